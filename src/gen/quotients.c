/* quotients.c: a division gives the quotient and the remainder. A DIV, and a MOD of the same numbers behind
 * it, stand side by side then, and back ends emit both as one (divided.h). Where a block divides numbers that
 * the blocks in front of it have divided, as loops do that go on while `d <= n / d` and ask for `n % d`
 * first, the division moves to those, next to theirs. Needs live sets. */
#ifndef MYBPF__QUOTIENTS_C
#define MYBPF__QUOTIENTS_C

#include "ir.h"
#include "divided.h"
#include "liveness.c"
#include "../base/error.h"

enum { MYBPF__QUOTIENTS_WAYS = 4 }; /* that lead to a block, at most */

/* A way to a block whose first division is done in front of it: the operation is put in front of that at `at`
 * of `block`, which may lead there `through` another one. */
typedef struct mybpf__quotient_way {
    uint32_t block, at, through;
} mybpf__quotient_way;

/* A block's first division by a value, all of whose operands come from in front of the block: the operation,
 * or NO_BLOCK. `touched`: values that are read or written before. */
MYBPF__FN uint32_t mybpf__quotient_first(const mybpf__ir *ir, const mybpf__block *block, uint64_t *touched)
{
    uint64_t written = 0;
    *touched = 0;
    for (uint32_t at = block->first; at < block->first + block->count; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (mybpf__divides(op))
            return (MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b)) & written ? MYBPF__NO_BLOCK : at;
        uint64_t writes = mybpf__ir_writes(op);
        written |= writes;
        *touched |= mybpf__ir_reads(op) | writes;
    }
    return MYBPF__NO_BLOCK;
}

/* Has block `from`, which leads to `to`, divided what `op` divides, and has the numbers still? Then the other
 * result is made there. `held`: values that are in use from there on, but for those that live in `to`; else
 * those that the block uses. */
MYBPF__FN int mybpf__quotient_twin(const mybpf__ir *ir, uint32_t from, uint32_t to, const mybpf__op *op,
                                   mybpf__quotient_way *way, uint64_t *held)
{
    const mybpf__block *block = &ir->blocks[from];
    uint64_t numbers = MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b), written = 0;
    uint32_t end = block->first + block->count, other = block->taken == to ? block->next : block->taken;
    if (other == to) return 0;
    if (other != MYBPF__NO_BLOCK) *held |= ir->blocks[other].live_in;
    for (uint32_t at = end; at-- > block->first;) {
        const mybpf__op *twin = &ir->ops[at];
        uint64_t writes = mybpf__ir_writes(twin);
        written |= writes;
        *held |= mybpf__ir_reads(twin) | writes;
        if (written & numbers) return 0;
        if (!mybpf__divides(twin) || !mybpf__divides_same(twin, op)) continue;
        way->block = from;
        way->at = at + (twin->code == MYBPF__IR_DIV);
        return 2;
    }
    return 0;
}

/* The same, or the block that leads there alone has, or it only leads on: then the result is made at its end.
 * 0: none of that; 1: the last. */
MYBPF__FN int mybpf__quotient_way_of(const mybpf__ir *ir, uint32_t from, uint32_t to, const mybpf__op *op,
                                     mybpf__quotient_way *way, uint64_t *held)
{
    const mybpf__block *block = &ir->blocks[from];
    uint64_t numbers = MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b), used = 0, before;
    uint32_t end = block->first + block->count, count;
    way->through = MYBPF__NO_BLOCK;
    if (mybpf__quotient_twin(ir, from, to, op, way, &used)) return *held |= used, 2;
    if (block->taken != MYBPF__NO_BLOCK) return 0;
    const uint32_t *preds = mybpf__ir_predecessors(ir, from, &count);
    before = used | block->live_in;
    for (uint32_t at = block->first; at < end; at++)
        if (mybpf__ir_writes(&ir->ops[at]) & numbers) count = 0;
    if (from && count == 1 && mybpf__quotient_twin(ir, *preds, from, op, way, &before)) {
        way->through = from;
        return *held |= before, 2;
    }
    way->block = from;
    way->at = end;
    return 1;
}

/* The operation becomes part of the block, which is copied: no place is free. */
MYBPF__FN int mybpf__quotient_insert(mybpf__ir *ir, const mybpf__quotient_way *way, const mybpf__op *op,
                                     mybpf_error *error)
{
    mybpf__block *block = &ir->blocks[way->block];
    uint32_t first = ir->op_count, from = block->first, count = block->count;
    for (uint32_t i = 0; i <= count; i++) {
        uint32_t at = from + i - (from + i > way->at);
        mybpf__op *made = mybpf__ir_new_op(ir, MYBPF__IR_NOP, block->insn);
        if (!made) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
        if (from + i == way->at) {
            uint32_t insn = made->insn;
            *made = *op;
            made->insn = insn;
            continue;
        }
        *made = ir->ops[at];
        ir->ops[at].code = MYBPF__IR_NOP;
    }
    block->first = first;
    block->count = count + 1;
    return MYBPF_OK;
}

/* A value that holds the result from those ways on, its own if that is free, or NO_VALUE: none is. */
MYBPF__FN unsigned mybpf__quotient_value(const mybpf__ir *ir, unsigned own, uint64_t held)
{
    held |= MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE) | ir->constants;
    if (!(held & MYBPF__VALUE_BIT(own))) return own;
    return mybpf__ir_free_value(ir, held);
}

/* The first division of block `index` moves to where control comes from, if one of those ways has divided the
 * same: each of the others divides as often as this block did. */
MYBPF__FN int mybpf__quotient_move(mybpf__ir *ir, uint32_t index, int *changed, mybpf_error *error)
{
    mybpf__block *block = &ir->blocks[index];
    mybpf__quotient_way ways[MYBPF__QUOTIENTS_WAYS];
    uint32_t count, twins = 0;
    uint64_t held;
    const uint32_t *preds = mybpf__ir_predecessors(ir, index, &count);
    if (!index || !count || count > MYBPF__QUOTIENTS_WAYS) return MYBPF_OK;
    uint32_t at = mybpf__quotient_first(ir, block, &held);
    if (at == MYBPF__NO_BLOCK) return MYBPF_OK;
    mybpf__op op = ir->ops[at];
    held |= block->live_in;
    for (uint32_t i = 0; i < count; i++) {
        int way = mybpf__quotient_way_of(ir, preds[i], index, &op, &ways[i], &held);
        if (!way) return MYBPF_OK;
        twins += way == 2;
    }
    unsigned value = mybpf__quotient_value(ir, op.dst, held);
    if (!twins || value == MYBPF__NO_VALUE) return MYBPF_OK;
    mybpf__op *move = &ir->ops[at];
    move->code = op.dst == value ? MYBPF__IR_NOP : MYBPF__IR_MOV;
    move->width = 8;
    move->flags = 0;
    move->a = (uint16_t)value;
    move->b = MYBPF__NO_VALUE;
    op.dst = (uint16_t)value;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t same = 0; /* both ways of a block, one through another */
        while (ways[same].block != ways[i].block) same++;
        if (ways[i].through != MYBPF__NO_BLOCK)
            ir->blocks[ways[i].through].live_in |= MYBPF__VALUE_BIT(value);
        if (same == i && mybpf__quotient_insert(ir, &ways[i], &op, error)) return MYBPF_ERR_MEMORY;
    }
    block->live_in |= MYBPF__VALUE_BIT(value);
    ir->written |= MYBPF__VALUE_BIT(value);
    return *changed = 1, MYBPF_OK;
}

/* ---- within a block ---- */

/* Operation `at` moves up to where `to` is, or changes places with the one there. */
MYBPF__FN void mybpf__quotient_up(mybpf__ir *ir, uint32_t to, uint32_t at)
{
    mybpf__op op = ir->ops[at];
    op.insn = ir->ops[to].insn;
    for (; at > to; at--) ir->ops[at] = ir->ops[at - 1];
    ir->ops[to] = op;
}

/* The second of two divisions of the same numbers moves next to the first, a quotient in front of a
 * remainder. */
MYBPF__FN void mybpf__quotient_pairs(mybpf__ir *ir, const mybpf__block *block, int *changed)
{
    uint32_t last = MYBPF__NO_BLOCK;
    uint64_t touched = 0, written = 0; /* since then */
    for (uint32_t at = block->first; at < block->first + block->count; at++) {
        const mybpf__op *op = &ir->ops[at], *twin = &ir->ops[last == MYBPF__NO_BLOCK ? at : last];
        if (mybpf__divides(op)) {
            int behind = twin->code == MYBPF__IR_DIV;
            uint64_t numbers = MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b);
            if (mybpf__divides_same(twin, op) && !(written & numbers) &&
                !(touched & MYBPF__VALUE_BIT(op->dst)) && (at != last + 1 || !behind)) {
                mybpf__quotient_up(ir, last + (uint32_t)behind, at);
                *changed = 1;
                last = MYBPF__NO_BLOCK;
                continue;
            }
            last = at;
            touched = written = 0;
        }
        uint64_t writes = mybpf__ir_writes(&ir->ops[at]);
        written |= writes;
        touched |= mybpf__ir_reads(&ir->ops[at]) | writes;
    }
}

MYBPF__FN int mybpf__ir_quotients(mybpf__ir *ir, mybpf_error *error)
{
    int changed = 0, status = MYBPF_OK;
    for (uint32_t i = 0; i < ir->block_count && !status; i++)
        status = mybpf__quotient_move(ir, i, &changed, error);
    for (uint32_t i = 0; i < ir->block_count && !status; i++)
        mybpf__quotient_pairs(ir, &ir->blocks[i], &changed);
    return !status && changed ? mybpf__ir_liveness(ir, NULL, error) : status;
}

#endif
