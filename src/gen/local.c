/* local.c: one walk along each run of blocks, knowing what values hold: copies, needless zero extensions,
 * addresses that a load or store can compute itself, rotates that the compiler had to spell out (rotates.c),
 * divisions by constants. */
#ifndef MYBPF__LOCAL_C
#define MYBPF__LOCAL_C

#include "ir.h"
#include "target.h"
#include "divide.h"
#include "liveness.c"
#include "local.h"
#include "rotates.c"
#include "update.c"
#include "../base/error.h"

MYBPF__FN void mybpf__local_forget(mybpf__local *local, unsigned value)
{
    if (!(local->rooted & MYBPF__VALUE_BIT(value))) return;
    const mybpf__known *known = &local->known[value];
    local->known[known->root].users &= ~MYBPF__VALUE_BIT(value);
    if (known->index != MYBPF__NO_VALUE) local->known[known->index].users &= ~MYBPF__VALUE_BIT(value);
    local->rooted &= ~MYBPF__VALUE_BIT(value);
}

MYBPF__FN void mybpf__local_reset(mybpf__local *local)
{
    local->zero_upper = local->read = local->rooted = local->tied = 0;
    local->written &= local->fixed;
}

/* Nothing is known of `value` any more, nor of others by it. */
MYBPF__ONE_COPY void mybpf__local_untie(mybpf__local *local, unsigned value)
{
    mybpf__known *known = &local->known[value];
    mybpf__local_forget(local, value);
    for (unsigned user = 0; known->users; user++) /* empties `users` */
        if (known->users >> user & 1) mybpf__local_forget(local, user);
    local->tied &= ~MYBPF__VALUE_BIT(value);
}

/* `value` gets something new at operation `at`. */
MYBPF__INLINE void mybpf__local_write(mybpf__local *local, unsigned value, uint32_t at)
{
    uint64_t bit = MYBPF__ANY_BIT(value);
    if (local->tied & bit) mybpf__local_untie(local, value);
    local->known[value].def = at;
    local->known[value].version++;
    local->written |= bit;
    local->read &= ~bit;
    local->zero_upper &= ~bit;
}

MYBPF__FN void mybpf__local_tie(mybpf__local *local, unsigned value, uint64_t users)
{
    uint64_t bit = MYBPF__VALUE_BIT(value);
    local->known[value].users = local->tied & bit ? local->known[value].users | users : users;
    local->tied |= bit;
}

MYBPF__FN void mybpf__local_learn(mybpf__local *local, unsigned value, unsigned root, unsigned index,
                                  unsigned scale, int64_t disp)
{
    mybpf__known *known = &local->known[value];
    if (root == value || index == value || root >= MYBPF__GLOBAL_VALUES || disp != (int32_t)disp) return;
    known->root = (uint16_t)root;
    known->index = (uint16_t)index;
    known->scale = (uint8_t)scale;
    known->low = 0;
    known->disp = (int32_t)disp;
    local->rooted |= MYBPF__VALUE_BIT(value);
    mybpf__local_tie(local, value, 0);
    mybpf__local_tie(local, root, MYBPF__VALUE_BIT(value));
    if (index != MYBPF__NO_VALUE) mybpf__local_tie(local, index, MYBPF__VALUE_BIT(value));
}

/* ---- operands ---- */

/* The value that `value` is a copy of, or itself. `low`: only its lower 32 bits matter. */
MYBPF__INLINE uint16_t mybpf__local_copy_of(const mybpf__local *local, uint16_t value, int low)
{
    if (!(local->rooted & MYBPF__VALUE_BIT(value))) return value;
    const mybpf__known *known = &local->known[value];
    return known->index != MYBPF__NO_VALUE || known->disp || (known->low && !low) ? value : known->root;
}

/* A load or store through a value that is not known: is that a sum for fold.c? */
MYBPF__FN void mybpf__local_base(const mybpf__local *local, const mybpf__op *op)
{
    const mybpf__op *def = mybpf__local_def(local, op->a);
    if (local->enabled & MYBPF__PASS_ADDRESSES && op->b == MYBPF__NO_VALUE && !(op->flags & MYBPF__F_ORDERED))
        local->ir->sums += def && def->code == MYBPF__IR_ADD;
}

/* Does update.c want the addresses of this load and of the store two operations behind it as they are? */
MYBPF__FN int mybpf__local_update(mybpf__local *local, const mybpf__op *op, uint32_t at)
{
    if (op->code == MYBPF__IR_STORE) return local->update && at == local->update;
    if (at + 2 >= local->block_end || op->code != MYBPF__IR_LOAD || op[2].code != MYBPF__IR_STORE ||
        !(local->can & MYBPF__CAN_MEMORY) || !(local->enabled & MYBPF__PASS_FUSION) ||
        !mybpf__update_fits(op, op + 1, op + 2))
        return 0;
    local->update = at + 2;
    local->ir->updates++;
    return 1;
}

/* An access through a value that is a sum: the sum moves into the access. */
MYBPF__FN void mybpf__local_address(const mybpf__local *local, mybpf__op *op)
{
    if (op->a >= MYBPF__GLOBAL_VALUES || op->b != MYBPF__NO_VALUE) return;
    const mybpf__known *known = &local->known[op->a];
    int plain =
        (op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE) && !(op->flags & MYBPF__F_ORDERED);
    if (!(local->rooted & MYBPF__VALUE_BIT(op->a))) {
        if (plain) mybpf__local_base(local, op);
        return;
    }
    int64_t disp = (int64_t)known->disp + op->disp;
    if (known->low || disp != (int32_t)disp) return;
    if (known->index != MYBPF__NO_VALUE) {
        if (!plain || !(local->can & (MYBPF__CAN_INDEX | MYBPF__CAN_INDEX_ALONE))) return;
        if (local->can & MYBPF__CAN_INDEX_ALONE && (disp || (known->scale != 1 && known->scale != op->width)))
            return; /* the sum serves more than one access */
        op->b = known->index;
        op->aux = known->scale;
        local->ir->sums += known->scale == 1; /* may be a shift */
    }
    op->a = known->root;
    op->disp = (int32_t)disp;
}

MYBPF__FN void mybpf__local_operands(const mybpf__local *local, mybpf__op *op)
{
    int low = op->width <= 4;
    switch (op->code) {
    case MYBPF__IR_LOAD:
    case MYBPF__IR_STORE:
    case MYBPF__IR_LOAD16:
    case MYBPF__IR_STORE16:
    case MYBPF__IR_ATOMIC:
    case MYBPF__IR_CMPXCHG:
    case MYBPF__IR_GUARD:
        if (local->enabled & MYBPF__PASS_ADDRESSES) mybpf__local_address(local, op);
        if (!(local->enabled & MYBPF__PASS_COPIES)) return;
        op->a = mybpf__local_copy_of(local, op->a, 0);
        if (!(op->flags & MYBPF__F_FETCH)) op->c = mybpf__local_copy_of(local, op->c, low);
        return;
    case MYBPF__IR_SEXT:
    case MYBPF__IR_ZEXT: low = op->aux <= 4; break;
    case MYBPF__IR_PACKET: low = 1; break;
    case MYBPF__IR_CALL_VALUE: low = 0; break;
    default: break;
    }
    if (!(local->enabled & MYBPF__PASS_COPIES)) return;
    op->a = mybpf__local_copy_of(local, op->a, low);
    int count = op->code == MYBPF__IR_SHL || op->code == MYBPF__IR_SHR || op->code == MYBPF__IR_SAR;
    op->b = mybpf__local_copy_of(local, op->b, low || count);
}

/* ---- simpler operations ---- */

MYBPF__FN void mybpf__local_make_move(mybpf__op *op, uint16_t a, int width)
{
    op->code = MYBPF__IR_MOV;
    op->width = (uint8_t)width;
    op->flags = 0;
    op->a = a;
    op->b = MYBPF__NO_VALUE;
    op->imm = 0;
}

/* Shifting left and right by as much extends what stays: `op`, which shifts left, becomes the one behind it.
 */
MYBPF__FN void mybpf__local_shift_pair(mybpf__op *op)
{
    mybpf__op *back = op + 1;
    int64_t bits = 8 * op->width - op->imm;
    if (!(op->flags & back->flags & MYBPF__F_IMM) || (bits != 8 && bits != 16 && bits != 32) || !op->imm ||
        (back->code != MYBPF__IR_SHR && back->code != MYBPF__IR_SAR) || back->width != op->width ||
        back->imm != op->imm || back->a != op->dst || back->dst != op->dst)
        return;
    back->a = op->a;
    if (back->code == MYBPF__IR_SAR) {
        mybpf__local_make_move(back, back->a, op->width);
        back->code = MYBPF__IR_SEXT;
        back->aux = (uint32_t)bits / 8;
    } else if (bits == 32)
        mybpf__local_make_move(back, back->a, 4);
    else {
        back->code = MYBPF__IR_AND;
        back->imm = ((int64_t)1 << bits) - 1;
    }
    op->code = MYBPF__IR_NOP;
    op->dst = op->a = MYBPF__NO_VALUE;
}

/* What is loaded only to have its sign extended is loaded so. */
MYBPF__FN void mybpf__local_signed_load(mybpf__local *local, mybpf__op *op)
{
    mybpf__op *load = mybpf__local_def(local, op->a);
    uint64_t bit = MYBPF__VALUE_BIT(op->a);
    if (!load || load < local->ir->ops + local->block_first || load->code != MYBPF__IR_LOAD ||
        op->dst != op->a || local->read & bit || load->width != op->aux ||
        load->flags & (MYBPF__F_SIGNED | MYBPF__F_ORDERED | MYBPF__F_SWAPPED))
        return;
    load->flags |= MYBPF__F_SIGNED;
    load->sub = op->width & 4;
    if (op->width == 8) local->zero_upper &= ~bit;
    op->code = MYBPF__IR_NOP;
    op->dst = op->a = MYBPF__NO_VALUE;
}

/* The AND with a constant that made `value`, if what it masked is still there; else NULL. */
MYBPF__FN const mybpf__op *mybpf__local_mask(const mybpf__local *local, unsigned value)
{
    const mybpf__op *mask = mybpf__local_def(local, value);
    return mask && mask->code == MYBPF__IR_AND && mask->flags & MYBPF__F_IMM &&
                   local->known[mask->a & 63].version == local->known[value].source
               ? mask
               : NULL;
}

/* The count of a shift is taken modulo the width: a mask that says so is not needed. */
MYBPF__FN void mybpf__local_shift_count(const mybpf__local *local, mybpf__op *op)
{
    int64_t bits = 8 * op->width - 1;
    if (op->b == MYBPF__NO_VALUE) return;
    const mybpf__op *mask = mybpf__local_mask(local, op->b);
    if (mask && (mask->imm & bits) == bits) op->b = mask->a;
}

/* Adding a constant to a sum. */
MYBPF__FN void mybpf__local_sum(const mybpf__local *local, mybpf__op *op)
{
    if (op->width != 8 || !(op->flags & MYBPF__F_IMM) || op->a >= MYBPF__GLOBAL_VALUES) return;
    const mybpf__known *known = &local->known[op->a];
    if (!(local->rooted & MYBPF__VALUE_BIT(op->a))) return;
    int64_t sum = (int64_t)((uint64_t)op->imm + (uint64_t)known->disp);
    if (known->index != MYBPF__NO_VALUE || known->low || sum != (int32_t)sum) return;
    op->a = known->root;
    op->imm = sum;
}

/* What has zeros above 4 bytes is divided as a number of 4, which takes less time. */
MYBPF__FN void mybpf__local_divide_low(const mybpf__local *local, mybpf__op *op)
{
    int constant = op->flags & MYBPF__F_IMM;
    if (op->width == 4 || op->code > MYBPF__IR_MOD || local->can & MYBPF__CAN_SIGNS) return;
    if (!(local->zero_upper & MYBPF__VALUE_BIT(op->a))) return;
    if (constant ? op->imm < 0 || op->imm > INT32_MAX : !(local->zero_upper & MYBPF__VALUE_BIT(op->b)))
        return;
    op->width = 4;
}

/* Unsigned division by a power of two shifts; by other constants, and signed, it multiplies. */
MYBPF__FN void mybpf__local_divide(const mybpf__local *local, mybpf__op *op)
{
    mybpf__reciprocal reciprocal;
    mybpf__local_divide_low(local, op);
    uint64_t divisor = op->width == 4 ? (uint32_t)op->imm : (uint64_t)op->imm;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    if (!(op->flags & MYBPF__F_IMM) || !divisor) return;
    if (is_signed) {
        if (mybpf__reciprocal_find_signed(op->imm, op->width, &reciprocal)) op->flags |= MYBPF__F_RECIPROCAL;
        return;
    }
    if (mybpf__reciprocal_find(op->imm, op->width, &reciprocal)) {
        op->flags |= MYBPF__F_RECIPROCAL;
        return;
    }
    if (divisor & (divisor - 1)) return;
    if (op->code == MYBPF__IR_MOD) {
        op->code = MYBPF__IR_AND;
        op->imm = (int64_t)(divisor - 1);
    } else {
        op->code = MYBPF__IR_SHR;
        op->imm = 0;
        while (divisor >>= 1) op->imm++;
    }
}

/* A move that extends what is extended already only moves; one to itself does nothing. */
MYBPF__FN void mybpf__local_extension(const mybpf__local *local, mybpf__op *op)
{
    int zeroed = op->a < MYBPF__GLOBAL_VALUES && (local->zero_upper >> op->a & 1);
    if (local->enabled & MYBPF__PASS_EXTENSIONS && zeroed &&
        (op->code == MYBPF__IR_MOV ? op->width == 4 : op->aux == 4))
        mybpf__local_make_move(op, op->a, 8);
    if (local->enabled & MYBPF__PASS_COPIES && op->code == MYBPF__IR_MOV && op->width == 8 &&
        op->dst == op->a)
        op->code = MYBPF__IR_NOP;
}

MYBPF__FN void mybpf__local_simplify(mybpf__local *local, mybpf__op *op, uint32_t at)
{
    uint32_t enabled = local->enabled;
    switch (op->code) {
    case MYBPF__IR_SHL:
        if (enabled & MYBPF__PASS_EXTENSIONS && at + 1 < local->block_end) mybpf__local_shift_pair(op);
        /* fallthrough */
    case MYBPF__IR_SHR:
    case MYBPF__IR_SAR:
        if (enabled & MYBPF__PASS_EXTENSIONS) mybpf__local_shift_count(local, op);
        break;
    case MYBPF__IR_SEXT:
        if (enabled & MYBPF__PASS_EXTENSIONS) mybpf__local_signed_load(local, op);
        break;
    case MYBPF__IR_ADD:
        if (enabled & MYBPF__PASS_ADDRESSES && local->can & MYBPF__CAN_ADD3) mybpf__local_sum(local, op);
        /* fallthrough */
    case MYBPF__IR_OR:
    case MYBPF__IR_XOR:
        if (enabled & MYBPF__PASS_ROTATES && local->can & MYBPF__CAN_ROTATE) mybpf__rotates(local, op);
        break;
    case MYBPF__IR_DIV:
    case MYBPF__IR_MOD:
    case MYBPF__IR_SDIV:
    case MYBPF__IR_SMOD:
        if (enabled & MYBPF__PASS_DIVISION) mybpf__local_divide(local, op);
        break;
    case MYBPF__IR_MOV:
    case MYBPF__IR_ZEXT: mybpf__local_extension(local, op); break;
    default: break;
    }
}

/* ---- what an operation leaves behind ---- */

MYBPF__FN int mybpf__local_is_among(unsigned value, uint64_t set)
{
    return (MYBPF__VALUE_BIT(value) & set) != 0;
}

MYBPF__FN int mybpf__local_zeroes_upper(const mybpf__op *op, uint64_t zeroed)
{
    if (op->code > MYBPF__IR_MOV && op->code < MYBPF__IR_SELECT && op->width <= 4) return 1;
    switch (op->code) {
    case MYBPF__IR_CONST: return op->imm >= 0 && op->imm <= (int64_t)UINT32_MAX;
    case MYBPF__IR_LOAD: return op->width <= 4 && (!(op->flags & MYBPF__F_SIGNED) || op->sub == 4);
    case MYBPF__IR_ZEXT: return op->aux <= 4;
    case MYBPF__IR_SHR: return op->width == 4 || (op->flags & MYBPF__F_IMM && (op->imm & 63) >= 32);
    case MYBPF__IR_AND:
        if (op->width == 4 || (op->flags & MYBPF__F_IMM && op->imm >= 0 && op->imm <= (int64_t)UINT32_MAX))
            return 1;
        return mybpf__local_is_among(op->a, zeroed) || mybpf__local_is_among(op->b, zeroed);
    case MYBPF__IR_MOV: return op->width == 4 || (MYBPF__VALUE_BIT(op->a) & zeroed);
    case MYBPF__IR_SELECT: return op->aux == 4;
    case MYBPF__IR_POPCNT: return 1;
    case MYBPF__IR_ATOMIC:
    case MYBPF__IR_CMPXCHG: return op->width == 4;
    default: return 0;
    }
}

/* What `value` is, if it is another one plus a constant, else NULL. */
MYBPF__FN const mybpf__known *mybpf__local_offset(const mybpf__local *local, unsigned value)
{
    const mybpf__known *known = &local->known[value];
    if (!(local->rooted & MYBPF__VALUE_BIT(value))) return NULL;
    return known->index == MYBPF__NO_VALUE && !known->low ? known : NULL;
}

/* What a constant is added to may be a sum of two values: an access computes all three. 0: it is none. */
MYBPF__FN int mybpf__local_learn_indexed(mybpf__local *local, const mybpf__op *op, uint32_t at)
{
    const mybpf__known sum = local->known[op->a];
    if (op->width != 8 || sum.low || sum.index == MYBPF__NO_VALUE || !(local->can & MYBPF__CAN_INDEX))
        return 0;
    mybpf__local_write(local, op->dst, at);
    mybpf__local_learn(local, op->dst, sum.root, sum.index, sum.scale, sum.disp + op->imm);
    return 1;
}

/* Of a MOV or ADD; the value that a sum overwrites was `before` + `disp`. */
MYBPF__FN void mybpf__local_learn_result(mybpf__local *local, const mybpf__op *op, unsigned before,
                                         int32_t before_disp)
{
    if (op->code == MYBPF__IR_MOV) {
        mybpf__local_learn(local, op->dst, op->a, MYBPF__NO_VALUE, 1, 0);
        local->known[op->dst].low = op->width == 4;
    } else if (op->width == 8 && op->flags & MYBPF__F_IMM) {
        mybpf__local_learn(local, op->dst, op->a, MYBPF__NO_VALUE, 1, op->imm);
    } else if (op->width == 8 && op->b < MYBPF__GLOBAL_VALUES && op->a != op->dst && op->b != op->dst) {
        const mybpf__op *shift = mybpf__local_shift(local, op->b, 8);
        unsigned index = op->b, scale = 1, root = op->a;
        int64_t disp = 0;
        if (shift && shift->code == MYBPF__IR_SHL && shift->imm >= 1 && shift->imm <= 3 &&
            shift->a != op->dst && local->known[shift->a].version == local->known[op->b].source)
            index = shift->a, scale = 1u << shift->imm;
        const mybpf__known *base = mybpf__local_offset(local, root);
        if (local->can & MYBPF__CAN_INDEX && base && base->root != op->dst)
            root = base->root, disp = base->disp;
        mybpf__local_learn(local, op->dst, root, index, scale, disp);
    } else if (op->width == 8 && op->b < MYBPF__GLOBAL_VALUES && op->a != op->b &&
               local->can & MYBPF__CAN_INDEX) {
        mybpf__local_learn(local, op->dst, before, op->a == op->dst ? op->b : op->a, 1, before_disp);
    }
}

/* A call through the address of a function is one of that function. */
MYBPF__ONE_COPY void mybpf__local_call(const mybpf__local *local, mybpf__op *op)
{
    const mybpf__op *def = mybpf__local_def(local, mybpf__local_copy_of(local, op->a, 0));
    if (!def || def->code != MYBPF__IR_FUNC) return;
    op->code = MYBPF__IR_CALL;
    op->a = MYBPF__NO_VALUE;
    op->aux = def->aux;
}

/* Operations that read and write more than their operands. */
MYBPF__FN void mybpf__local_effects(mybpf__local *local, mybpf__op *op, uint32_t at)
{
    if (op->code == MYBPF__IR_CALL_VALUE && local->enabled & MYBPF__PASS_CALLS) mybpf__local_call(local, op);
    uint64_t reads = mybpf__ir_reads(op), writes = mybpf__ir_writes(op);
    local->read |= reads;
    for (; writes; writes &= writes - 1) mybpf__local_write(local, mybpf__lowest_value(writes), at);
}

MYBPF__FN void mybpf__local_op(mybpf__local *local, mybpf__op *op, uint32_t at)
{
    int access = op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE,
        update = access && mybpf__local_update(local, op, at);
    if (local->rooted && !update)
        mybpf__local_operands(local, op);
    else if (access)
        mybpf__local_base(local, op);
    if (update && local->enabled & MYBPF__PASS_COPIES) op->a = mybpf__local_copy_of(local, op->a, 0);
    mybpf__local_simplify(local, op, at);
    uint32_t source = local->known[op->a & 63].version;
    int zeroed = mybpf__local_zeroes_upper(op, local->zero_upper);
    local->read |= MYBPF__ANY_BIT(op->a) | MYBPF__ANY_BIT(op->b);
    if (mybpf__ir_has_effects(op)) {
        mybpf__local_effects(local, op, at);
        if (op->dst >= MYBPF__GLOBAL_VALUES) return;
    } else {
        if (op->dst >= MYBPF__GLOBAL_VALUES) return;
        if (op->code == MYBPF__IR_ADD || op->code == MYBPF__IR_MOV) {
            const mybpf__known *known = mybpf__local_offset(local, op->dst);
            unsigned before = known ? known->root : MYBPF__NO_VALUE;
            int32_t disp = known ? known->disp : 0;
            if (!(op->flags & MYBPF__F_IMM) || !(local->rooted & MYBPF__VALUE_BIT(op->a)) ||
                !mybpf__local_learn_indexed(local, op, at)) {
                mybpf__local_write(local, op->dst, at);
                mybpf__local_learn_result(local, op, before, disp);
            }
        } else
            mybpf__local_write(local, op->dst, at);
    }
    local->known[op->dst].source = source;
    if (zeroed) local->zero_upper |= MYBPF__VALUE_BIT(op->dst);
}

/* ---- moves under a condition ---- */

/* The move of block `arm`, which holds nothing else and is only reached by the branch `op`, as what SELECT
 * moves: 0 when it is none. A move of 4 bytes clears the upper half of what it writes, a SELECT of 4 bytes
 * even where it moves nothing. */
MYBPF__FN int mybpf__local_arm(const mybpf__local *local, const mybpf__op *move, mybpf__op *op)
{
    uint64_t zeroed = local->zero_upper;
    op->dst = move->dst;
    op->c = MYBPF__NO_VALUE;
    op->aux = 8;
    if (move->code == MYBPF__IR_CONST) {
        op->disp = (int32_t)move->imm;
        return move->imm == op->disp && op->dst < MYBPF__GLOBAL_VALUES;
    }
    if (move->code != MYBPF__IR_MOV || op->dst >= MYBPF__GLOBAL_VALUES || move->a >= MYBPF__GLOBAL_VALUES)
        return 0;
    op->c = local->enabled & MYBPF__PASS_COPIES ? mybpf__local_copy_of(local, move->a, move->width == 4)
                                                : move->a;
    if (move->width == 8 || zeroed & MYBPF__VALUE_BIT(op->c)) return 1;
    op->aux = 4;
    return (zeroed & MYBPF__VALUE_BIT(op->dst)) != 0;
}

/* Has this round of a loop, if there is one, made `value`? */
MYBPF__FN int mybpf__local_fresh(const mybpf__local *local, unsigned value)
{
    return !local->in_loop || mybpf__local_def(local, value);
}

/* Is what the move replaces the same number with some change, as letters become small ones? */
MYBPF__FN int mybpf__local_changes(const mybpf__local *local, const mybpf__op *op)
{
    const mybpf__op *was = mybpf__local_def(local, op->dst);
    return op->c != MYBPF__NO_VALUE && was && mybpf__ir_is_change(was) && was->a == op->c &&
           local->known[op->c].version == local->known[op->dst].source;
}

/* What `value` holds the lowest bytes of, or itself: a number of 2 bytes is compared without what is above.
 */
MYBPF__FN uint16_t mybpf__local_whole(const mybpf__local *local, uint16_t value)
{
    const mybpf__op *mask = value < MYBPF__GLOBAL_VALUES ? mybpf__local_mask(local, value) : NULL;
    return mask && (mask->imm == 255 || mask->imm == 65535) ? mask->a : value;
}

MYBPF__FN int mybpf__local_is_constant(const mybpf__local *local, unsigned value)
{
    const mybpf__op *def = mybpf__local_def(local, value);
    return (def && def->code == MYBPF__IR_CONST) || local->fixed & MYBPF__VALUE_BIT(value);
}

/* Is this the smaller or larger of two numbers, or one of two constants? Or does it depend on which of two
 * numbers is larger, one of which this round of a loop has made: that is hard to foresee. What else depends
 * on a condition mostly is as foreseeable as the condition, and a branch does not wait for it. So is the
 * smallest number so far, for which the next round would wait. */
MYBPF__FN int mybpf__local_chooses(const mybpf__local *local, const mybpf__op *op)
{
    int low = op->width == 4, constant = op->flags & MYBPF__F_IMM;
    uint16_t a = mybpf__local_copy_of(local, op->a, low), b = mybpf__local_copy_of(local, op->b, low),
             c = mybpf__local_copy_of(local, op->c, low), dst = mybpf__local_copy_of(local, op->dst, low);
    const mybpf__op *was = mybpf__local_def(local, op->dst);
    if (was && was->code != MYBPF__IR_CONST) was = NULL;
    if ((op->c == MYBPF__NO_VALUE && was) || mybpf__local_changes(local, op)) return 1;
    if (!constant) {
        int fresh_a = mybpf__local_fresh(local, op->a), fresh_b = mybpf__local_fresh(local, op->b);
        if ((dst == a && (c == b || c == mybpf__local_whole(local, b))) ||
            (dst == b && (c == a || c == mybpf__local_whole(local, a))))
            return fresh_a && fresh_b;
        return op->sub >= MYBPF__GT && op->sub <= MYBPF__SLT && (fresh_a || fresh_b) &&
               !mybpf__local_is_constant(local, op->a) && !mybpf__local_is_constant(local, op->b);
    }
    int64_t bound = op->c == MYBPF__NO_VALUE ? op->disp : was ? was->imm : INT64_MIN;
    return (op->c == MYBPF__NO_VALUE ? dst : c) == a && bound >= op->imm - 1 && bound <= op->imm + 1;
}

enum { MYBPF__LOCAL_AGAIN = 5 }; /* operations in front of the same question */

MYBPF__FN int mybpf__local_same_question(const mybpf__op *one, const mybpf__op *other)
{
    return one->a == other->a && one->b == other->b && one->imm == other->imm && one->width == other->width &&
           (one->sub | 1) == (other->sub | 1) && !((one->flags ^ other->flags) & MYBPF__F_IMM);
}

/* Compilers ask once for each of several numbers that they choose under one condition: has what `op` asks
 * been asked by a SELECT, or is it asked again where both ways meet, by a branch around a move? Then it is
 * less foreseeable than what compilers leave a branch for. */
MYBPF__FN int mybpf__local_asks_again(const mybpf__local *local, const mybpf__op *op, uint32_t join)
{
    const mybpf__ir *ir = local->ir;
    const mybpf__block *block = &ir->blocks[join], *arm;
    uint64_t numbers = MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b);
    uint32_t end = block->first + block->count;
    if (local->asked.code == MYBPF__IR_BRANCH && mybpf__local_same_question(&local->asked, op) &&
        local->asked_versions == local->known[op->a & 63].version + local->known[op->b & 63].version)
        return 1;
    if (!block->count || block->count > MYBPF__LOCAL_AGAIN || ir->ops[end - 1].code != MYBPF__IR_BRANCH ||
        !mybpf__local_same_question(&ir->ops[end - 1], op))
        return 0;
    for (uint32_t at = block->first; at < end; at++)
        if (mybpf__ir_writes(&ir->ops[at]) & numbers) return 0;
    arm = &ir->blocks[block->next];
    if (arm->next != block->taken) arm = &ir->blocks[block->taken];
    return arm->count == 1 && arm->taken == MYBPF__NO_BLOCK &&
           (ir->ops[arm->first].code == MYBPF__IR_MOV || ir->ops[arm->first].code == MYBPF__IR_CONST);
}

/* Does block `arm` end with what stands in front of the branch at `at` as well, which puts what the move in
 * front of it made somewhere else? Compilers do that on both ways where a number is to wait on the stack. */
MYBPF__FN int mybpf__local_spills(const mybpf__ir *ir, uint32_t first, uint32_t at, const mybpf__block *arm)
{
    if (at == first || arm->count != 2) return 0;
    const mybpf__op *one = &ir->ops[at - 1], *other = &ir->ops[arm->first + 1];
    unsigned value = ir->ops[arm->first].dst;
    if (one->code != other->code || one->width != other->width || one->flags || other->flags ||
        one->a != other->a)
        return 0;
    if (one->code == MYBPF__IR_MOV)
        return one->a == value && one->dst == other->dst && one->dst < MYBPF__GLOBAL_VALUES &&
               !((mybpf__ir_reads(&ir->ops[at]) | mybpf__ir_reads(&ir->ops[arm->first])) &
                 MYBPF__VALUE_BIT(one->dst));
    return one->code == MYBPF__IR_STORE && one->c == value && other->c == value && one->a != value &&
           one->b == other->b && one->aux == other->aux && one->disp == other->disp;
}

/* Block `index` ends with a branch around a block that only moves: no branch is needed. `entries`: of each
 * block, the edges that lead there. */
MYBPF__FN void mybpf__local_select(mybpf__local *local, uint32_t index, uint32_t *entries)
{
    mybpf__ir *ir = local->ir;
    mybpf__block *block = &ir->blocks[index];
    uint32_t at = block->first + block->count - 1;
    mybpf__op select = ir->ops[at];
    for (int taken = 0; taken < 2; taken++) {
        uint32_t arm = taken ? block->taken : block->next, join = taken ? block->next : block->taken;
        if (arm == join || entries[arm] != 1 || !ir->blocks[arm].count || ir->blocks[arm].count > 2 ||
            ir->blocks[arm].next != join || ir->blocks[arm].taken != MYBPF__NO_BLOCK)
            continue;
        int spills = ir->blocks[arm].count == 2;
        if ((spills && !mybpf__local_spills(ir, block->first, at, &ir->blocks[arm])) ||
            !mybpf__local_arm(local, &ir->ops[ir->blocks[arm].first], &select) ||
            (!mybpf__local_chooses(local, &select) && !mybpf__local_asks_again(local, &ir->ops[at], join)))
            continue;
        local->asked = ir->ops[at];
        local->asked_versions = local->known[select.a & 63].version + local->known[select.b & 63].version;
        select.code = MYBPF__IR_SELECT;
        if (!taken) select.sub ^= 1;
        ir->ops[at] = select;
        block->taken = MYBPF__NO_BLOCK;
        entries[join]--;
        ir->selects++;
        if (spills) { /* once, behind it */
            ir->ops[at - 1].code = ir->ops[ir->blocks[arm].first].code = MYBPF__IR_NOP;
            block->next = arm;
        } else {
            block->next = join;
            ir->blocks[arm].next = MYBPF__NO_BLOCK;
            ir->blocks[arm].count = 0;
            entries[arm] = 0;
        }
        local->read |= MYBPF__VALUE_BIT(select.c);
        int zeroed = select.aux == 4 ||
                     (local->zero_upper & MYBPF__VALUE_BIT(select.dst) &&
                      (select.c == MYBPF__NO_VALUE ? select.disp >= 0 : local->zero_upper >> select.c & 1));
        mybpf__local_write(local, select.dst, at);
        if (zeroed) local->zero_upper |= MYBPF__VALUE_BIT(select.dst);
        return;
    }
}

/* ---- blocks ---- */

/* By block: the edges that lead there, the first and the last block that has one. */
typedef struct mybpf__local_edges {
    uint32_t *count, *first, *last;
    uint32_t looked; /* operations of loops that have been looked at: their sum stays linear */
} mybpf__local_edges;

MYBPF__FN void mybpf__local_count(const mybpf__ir *ir, mybpf__local_edges *edges)
{
    for (uint32_t i = 0; i < ir->block_count; i++) {
        edges->count[i] = !i;
        edges->first[i] = i;
        edges->last[i] = 0;
    }
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const uint32_t to[2] = {ir->blocks[i].taken, ir->blocks[i].next};
        for (int way = 0; way < 2; way++) {
            if (to[way] == MYBPF__NO_BLOCK) continue;
            edges->count[to[way]]++;
            if (edges->first[to[way]] > i) edges->first[to[way]] = i;
            if (edges->last[to[way]] < i) edges->last[to[way]] = i;
        }
    }
}

/* Is `value` a copy of `root` so far? */
MYBPF__FN int mybpf__local_is_copy(const mybpf__local *local, unsigned value, unsigned root)
{
    const mybpf__known *known = &local->known[value];
    return local->rooted & MYBPF__VALUE_BIT(value) && known->root == root &&
           known->index == MYBPF__NO_VALUE && !known->disp;
}

/* Are both the same constant? */
MYBPF__FN int mybpf__local_same_constant(const mybpf__local *local, unsigned one, unsigned other)
{
    const mybpf__op *a = mybpf__local_def(local, one), *b = mybpf__local_def(local, other);
    return a && b && a->code == MYBPF__IR_CONST && b->code == MYBPF__IR_CONST && a->imm == b->imm;
}

/* Values that hold the same as others where the loop is entered, and where it goes back, from block `tail`
 * alone, by a copy that this makes: they do so in each round. The set, and what is known of each. Of equal
 * constants the loop goes on with what is copied to, as that is what a round begins with. */
MYBPF__FN uint64_t mybpf__local_equal_rounds(const mybpf__local *local, const mybpf__block *tail,
                                             uint64_t changed, mybpf__known *copies)
{
    uint64_t equal = 0, later = ~changed;
    for (uint32_t at = tail->first + tail->count; at-- > tail->first;) {
        const mybpf__op *op = &local->ir->ops[at];
        unsigned value = op->dst, root = op->a;
        if (op->code == MYBPF__IR_MOV && value != root &&
            !(later & (MYBPF__ANY_BIT(value) | MYBPF__ANY_BIT(root)))) {
            int low = op->width == 4, constants = 0;
            if (!mybpf__local_is_copy(local, value, root)) {
                value = op->a, root = op->dst;
                if (!mybpf__local_is_copy(local, value, root)) constants = 1;
            }
            if (!constants || (!(equal >> value & 1) && mybpf__local_same_constant(local, value, root))) {
                copies[value] = local->known[value];
                if (constants) copies[value].low = 0;
                copies[value].root = (uint16_t)root;
                copies[value].low |= (uint8_t)low;
                equal |= MYBPF__VALUE_BIT(value);
            }
        }
        later |= mybpf__ir_writes(op);
    }
    return equal;
}

/* Block `head` is entered from the one before it and by jumps back. Of what is known there that stays which
 * no block up to the last of these changes, as long as no other edge leads among them. 0: nothing is known.
 */
MYBPF__FN int mybpf__local_enter_loop(mybpf__local *local, mybpf__local_edges *edges, uint32_t head,
                                      uint32_t before)
{
    const mybpf__ir *ir = local->ir;
    uint32_t tail = edges->last[head], count = 0;
    mybpf__known copies[MYBPF__GLOBAL_VALUES];
    uint64_t changed = 0, equal;
    if (!head || edges->first[head] != before || tail < head) return 0;
    for (uint32_t i = head; i <= tail; i++) {
        if (i > head && edges->count[i] && (edges->first[i] < head || edges->last[i] > tail)) return 0;
        count += ir->blocks[i].count;
    }
    if (edges->looked + count > 2 * ir->op_count) return 0;
    edges->looked += count;
    for (uint32_t i = head; i <= tail; i++)
        for (uint32_t at = ir->blocks[i].first; at < ir->blocks[i].first + ir->blocks[i].count; at++)
            changed |= mybpf__ir_writes(&ir->ops[at]);
    equal = local->enabled & MYBPF__PASS_COPIES && edges->count[head] == 2
                ? mybpf__local_equal_rounds(local, &ir->blocks[tail], changed, copies)
                : 0;
    for (unsigned value = 0; value < MYBPF__GLOBAL_VALUES; value++) {
        uint64_t bit = MYBPF__VALUE_BIT(value);
        if (changed & bit) {
            mybpf__local_write(local, value, 0);
            local->written &= ~bit;
        } else if (local->rooted & bit && local->known[value].index != MYBPF__NO_VALUE)
            mybpf__local_forget(local, value); /* the sum stands in front of the loop */
    }
    for (; equal; equal &= equal - 1) {
        unsigned value = mybpf__lowest_value(equal);
        mybpf__local_learn(local, value, copies[value].root, MYBPF__NO_VALUE, 1, 0);
        local->known[value].low = copies[value].low;
    }
    local->read = ~(uint64_t)0;
    return 1;
}

/* A block that is only reached from the one in front of it continues with its knowledge. */
MYBPF__FN int mybpf__ir_local(mybpf__ir *ir, uint32_t enabled, mybpf_error *error)
{
    mybpf__local local;
    mybpf__local_edges edges;
    const mybpf__block *before = NULL;
    uint32_t tail = 0; /* of the loops so far, the last block */
    uint32_t *room =
        (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, 3 * ir->block_count, sizeof *room);
    if (!room) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = edges.count = room;
    edges.first = edges.count + ir->block_count;
    edges.last = edges.first + ir->block_count;
    edges.looked = 0;
    mybpf__zero(&local, sizeof local);
    local.ir = ir;
    local.enabled = enabled;
    local.can = ir->request->target->can;
    if (mybpf__target_can(ir->request, MYBPF__CAN_ROTATE)) local.can |= MYBPF__CAN_ROTATE;
    local.fixed = ir->constants;
    mybpf__local_count(ir, &edges);
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        if (edges.last[i] > tail) tail = edges.last[i];
        if (mybpf__block_is_dead(block)) continue;
        local.in_loop = i && tail >= i;
        if (!i || (before->next != i && before->taken != i) ||
            (edges.count[i] != 1 &&
             !mybpf__local_enter_loop(&local, &edges, i, (uint32_t)(before - ir->blocks))))
            mybpf__local_reset(&local);
        before = block;
        local.block_first = block->first;
        local.block_end = block->first + block->count;
        for (uint32_t at = block->first; at < local.block_end; at++)
            mybpf__local_op(&local, &ir->ops[at], at);
        if (enabled & MYBPF__PASS_SELECT && local.can & MYBPF__CAN_SELECT && block->count &&
            ir->ops[block->first + block->count - 1].code == MYBPF__IR_BRANCH)
            mybpf__local_select(&local, i, edges.count);
    }
    return MYBPF_OK;
}

#endif
