/* operands.c: a number that is loaded for one operation alone is read from memory by that operation, where
 * the target has such instructions (MYBPF__CAN_MEMORY), or loaded with its bytes swapped; so go masks of a
 * byte that is compared, of a shift's count; bits that a branch alone asks for are tested by it
 * (MYBPF__CAN_TEST); what is added to a small product is added with it. Needs live sets, and keeps them true.
 */
#ifndef MYBPF__OPERANDS_C
#define MYBPF__OPERANDS_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum { MYBPF__OPERANDS_REACH = 4 }; /* operations between a mask and what needs it not */

typedef struct mybpf__operands {
    mybpf__ir *ir;
    uint64_t loaded;    /* values that a load wrote, which nobody has read since; memory is as it was */
    uint64_t addresses; /* values in the addresses of those loads */
    uint32_t load[MYBPF__GLOBAL_VALUES];
} mybpf__operands;

MYBPF__FN uint64_t mybpf__operands_address(const mybpf__op *load)
{
    return MYBPF__VALUE_BIT(load->a) | MYBPF__VALUE_BIT(load->b);
}

/* A comparison with a constant reads as many bytes as were loaded. */
MYBPF__FN int mybpf__operands_compares(const mybpf__op *branch, const mybpf__op *load)
{
    int is_signed = branch->sub >= MYBPF__SGT && branch->sub <= MYBPF__SLT;
    if (branch->imm != (int32_t)branch->imm) return 0;
    if (load->width >= 4) return load->width == branch->width;
    if (load->flags & MYBPF__F_SIGNED || is_signed || branch->imm < 0) return 0;
    return branch->imm <= (load->width == 1 ? 255 : 127);
}

/* May `op` have what `load` made in memory? `value` is one of its operands. */
MYBPF__FN int mybpf__operands_fit(const mybpf__op *op, const mybpf__op *load, unsigned value)
{
    int wide = op->width == load->width || (op->width == 4 && load->width == 8);
    switch (op->code) {
    case MYBPF__IR_ADD:
    case MYBPF__IR_OR:
    case MYBPF__IR_AND:
    case MYBPF__IR_XOR:
    case MYBPF__IR_MUL:
        return wide && !(op->flags & MYBPF__F_IMM) && op->a != op->b &&
               op->dst == (op->a == value ? op->b : op->a);
    case MYBPF__IR_BSWAP: return op->a == value && op->width <= load->width;
    case MYBPF__IR_SUB: return wide && op->b == value && op->a != value && op->dst == op->a;
    case MYBPF__IR_BRANCH:
        if (op->flags & MYBPF__F_IMM) return mybpf__operands_compares(op, load);
        return wide && op->a != op->b;
    default: return 0;
    }
}

MYBPF__FN void mybpf__operands_take(mybpf__operands *operands, mybpf__op *op, unsigned value)
{
    /* what tells the same with the operands exchanged */
    static const uint8_t mybpf__operands_mirrored[] = {MYBPF__EQ,  MYBPF__NE,  MYBPF__LT,  MYBPF__GE,
                                                       MYBPF__LE,  MYBPF__GT,  MYBPF__SLT, MYBPF__SGE,
                                                       MYBPF__SLE, MYBPF__SGT, MYBPF__SET, MYBPF__CLEAR};
    mybpf__ir *ir = operands->ir;
    mybpf__op *load = &ir->ops[operands->load[value]];
    if (op->code == MYBPF__IR_BSWAP) {
        op->code = MYBPF__IR_LOAD;
        op->flags = MYBPF__F_SWAPPED;
        op->a = load->a;
        op->b = load->b;
    } else {
        if (op->flags & MYBPF__F_IMM) {
            op->width = load->width;
            op->a = MYBPF__NO_VALUE;
        } else if (op->a == value) {
            op->a = op->b;
            if (op->code == MYBPF__IR_BRANCH) op->sub = mybpf__operands_mirrored[op->sub];
        }
        op->flags |= MYBPF__F_MEMORY;
        op->b = load->a;
        op->c = load->b;
    }
    op->aux = load->aux;
    op->disp = load->disp;
    load->code = MYBPF__IR_NOP;
    for (uint32_t at = operands->load[value]; at < (uint32_t)(op - ir->ops); at++)
        ir->live[at] = (ir->live[at] & ~MYBPF__VALUE_BIT(value)) | mybpf__operands_address(load);
}

/* Values whose loads stay where they are when `writes` are written. */
MYBPF__FN void mybpf__operands_written(mybpf__operands *operands, uint64_t writes)
{
    operands->loaded &= ~writes;
    if (!(operands->addresses & writes)) return;
    operands->addresses = 0;
    for (unsigned value = 0; operands->loaded >> value; value++) {
        if (!(operands->loaded >> value & 1)) continue;
        uint64_t address = mybpf__operands_address(&operands->ir->ops[operands->load[value]]);
        if (address & writes)
            operands->loaded &= ~MYBPF__VALUE_BIT(value);
        else
            operands->addresses |= address;
    }
}

/* Bits that a branch alone asks for: `r3 &= 8; if r3 == 0`. */
MYBPF__FN void mybpf__operands_test(mybpf__ir *ir, uint32_t first, uint32_t at)
{
    mybpf__op *op = &ir->ops[at];
    uint32_t mask = at;
    if (op->code != MYBPF__IR_BRANCH || op->sub > MYBPF__NE || !(op->flags & MYBPF__F_IMM) || op->imm ||
        ir->live[at] & MYBPF__VALUE_BIT(op->a))
        return;
    do
        if (mask-- == first) return;
    while (ir->ops[mask].code == MYBPF__IR_NOP);
    mybpf__op *and_op = &ir->ops[mask];
    if (and_op->code != MYBPF__IR_AND || and_op->dst != op->a || and_op->imm != (int32_t)and_op->imm) return;
    if (and_op->width < op->width) op->width = and_op->width;
    op->sub = op->sub == MYBPF__EQ ? MYBPF__CLEAR : MYBPF__SET;
    op->flags = and_op->flags;
    op->a = and_op->a;
    op->b = and_op->b;
    op->imm = and_op->imm;
    and_op->code = MYBPF__IR_NOP;
    for (; mask < at; mask++)
        ir->live[mask] = (ir->live[mask] & ~MYBPF__VALUE_BIT(and_op->dst)) | mybpf__ir_reads(op);
}

/* The AND with a constant that made what is in `value` at `at`, and that nothing else has read; NULL: there
 * is none near, or its operand has changed. */
MYBPF__FN mybpf__op *mybpf__operands_mask(const mybpf__ir *ir, uint32_t first, uint32_t at, uint64_t value)
{
    uint64_t between = 0;
    uint32_t last = at - first > MYBPF__OPERANDS_REACH ? at - MYBPF__OPERANDS_REACH : first;
    while (at-- > last) {
        mybpf__op *op = &ir->ops[at];
        if (op->code == MYBPF__IR_NOP) continue;
        if (op->code == MYBPF__IR_AND && op->dst < MYBPF__GLOBAL_VALUES && MYBPF__VALUE_BIT(op->dst) == value)
            return op->flags & MYBPF__F_IMM && !(MYBPF__VALUE_BIT(op->a) & between) ? op : NULL;
        if (mybpf__ir_reads(op) & value) return NULL;
        between |= mybpf__ir_writes(op);
        if (between & value) return NULL;
    }
    return NULL;
}

/* The operation at `at` takes what was masked as it is. */
MYBPF__FN void mybpf__operands_unmask(mybpf__ir *ir, mybpf__op *mask, uint32_t at, uint64_t value)
{
    mask->code = MYBPF__IR_NOP;
    for (uint32_t i = (uint32_t)(mask - ir->ops); i < at; i++)
        ir->live[i] = (ir->live[i] & ~value) | MYBPF__VALUE_BIT(mask->a);
}

/* A byte that is compared alone: `w3 &= 255; if w3 < 10`. Signs do not matter, as both are positive. */
MYBPF__FN void mybpf__operands_narrow(mybpf__ir *ir, uint32_t first, uint32_t at)
{
    mybpf__op *op = &ir->ops[at];
    uint64_t value = MYBPF__VALUE_BIT(op->a);
    if (!(op->flags & MYBPF__F_IMM) || op->flags & MYBPF__F_MEMORY || op->sub > MYBPF__LT || op->imm < 0 ||
        op->imm > 255 || !value || ir->live[at] & value)
        return;
    if (op->code == MYBPF__IR_SELECT &&
        (op->c == op->a || op->dst == op->a || (at > first && op[-1].code == MYBPF__IR_SPEND_IF)))
        return;
    mybpf__op *mask = mybpf__operands_mask(ir, first, at, value);
    if (!mask || (mask->imm != 255 && (mask->imm != 65535 || op->imm > 127))) return;
    op->width = mask->imm == 255 ? 1 : 2;
    op->a = mask->a;
    mybpf__operands_unmask(ir, mask, at, value);
}

/* The count of a shift, which is taken modulo the width: `r3 &= 63; r2 <<= r3`. Masks of what is needed
 * besides: local.c. */
MYBPF__FN void mybpf__operands_count(mybpf__ir *ir, uint32_t first, uint32_t at)
{
    mybpf__op *op = &ir->ops[at];
    uint64_t value = MYBPF__VALUE_BIT(op->b);
    int64_t bits = 8 * op->width - 1;
    if (op->flags & MYBPF__F_IMM || op->a == op->b || (op->dst != op->b && ir->live[at] & value)) return;
    mybpf__op *mask = mybpf__operands_mask(ir, first, at, value);
    if (!mask || (mask->imm & bits) != bits) return;
    op->b = mask->a;
    mybpf__operands_unmask(ir, mask, at, value);
}

/* A constant that is added to a product by 3, 5 or 9: the instruction that makes the product has room for it.
 */
MYBPF__FN void mybpf__operands_product(mybpf__ir *ir, uint32_t at, uint32_t end)
{
    mybpf__op *product = &ir->ops[at], *sum = product;
    if ((uint64_t)product->imm > 9 || !((1u << 3 | 1u << 5 | 1u << 9) >> product->imm & 1) ||
        !(product->flags & MYBPF__F_IMM))
        return;
    do
        if (++sum == ir->ops + end) return;
    while (sum->code == MYBPF__IR_NOP);
    uint32_t last = (uint32_t)(sum - ir->ops);
    uint64_t was = MYBPF__VALUE_BIT(product->dst);
    if (sum->code != MYBPF__IR_ADD || !(sum->flags & MYBPF__F_IMM) || sum->imm != (int32_t)sum->imm ||
        sum->a != product->dst || sum->width != product->width || product->dst >= MYBPF__GLOBAL_VALUES ||
        (sum->dst != product->dst && ir->live[last] & was))
        return;
    product->dst = sum->dst;
    product->disp = (int32_t)sum->imm;
    sum->code = MYBPF__IR_NOP;
    for (; at < last; at++) ir->live[at] = (ir->live[at] & ~was) | MYBPF__VALUE_BIT(sum->dst);
}

MYBPF__FN void mybpf__operands_op(mybpf__operands *operands, mybpf__op *op, uint32_t at)
{
    uint64_t writes = mybpf__ir_writes(op), live = operands->ir->live[at] & ~writes;
    if (operands->loaded)
        for (int second = 0; second < 2; second++) {
            unsigned value = second ? op->b : op->a;
            if (value >= MYBPF__GLOBAL_VALUES || !(operands->loaded & ~live & MYBPF__VALUE_BIT(value)) ||
                !mybpf__operands_fit(op, &operands->ir->ops[operands->load[value]], value))
                continue;
            mybpf__operands_take(operands, op, value);
            break;
        }
    operands->loaded &= mybpf__ir_has_effects(op) ? 0 : ~mybpf__ir_reads(op);
    mybpf__operands_written(operands, writes);
    if (op->code != MYBPF__IR_LOAD || op->flags & (MYBPF__F_ORDERED | MYBPF__F_SWAPPED)) return;
    operands->loaded |= writes;
    operands->addresses |= mybpf__operands_address(op);
    operands->load[op->dst] = at;
}

/* What is stored with its bytes the other way round, and is so for that alone: the store swaps them. */
MYBPF__FN void mybpf__operands_swap(mybpf__ir *ir, uint32_t at, uint32_t end)
{
    mybpf__op *swap = &ir->ops[at], *store = swap;
    do
        if (++store == ir->ops + end) return;
    while (store->code == MYBPF__IR_NOP);
    uint32_t last = (uint32_t)(store - ir->ops);
    if (store->code != MYBPF__IR_STORE || store->flags || store->width != swap->width ||
        store->c != swap->dst || store->a == swap->dst || store->b == swap->dst ||
        ir->live[last] & MYBPF__VALUE_BIT(swap->dst))
        return;
    store->flags = MYBPF__F_SWAPPED;
    store->c = swap->a;
    swap->code = MYBPF__IR_NOP;
    for (; at < last; at++)
        ir->live[at] = (ir->live[at] & ~MYBPF__VALUE_BIT(swap->dst)) | MYBPF__VALUE_BIT(swap->a);
}

MYBPF__FN void mybpf__ir_operands(mybpf__ir *ir)
{
    mybpf__operands operands;
    operands.ir = ir;
    uint32_t can = ir->request->target->can;
    const uint64_t one = 1, wanted = one << MYBPF__IR_LOAD | one << MYBPF__IR_BRANCH |
                                     one << MYBPF__IR_SELECT | one << MYBPF__IR_SHL | one << MYBPF__IR_SHR |
                                     one << MYBPF__IR_SAR | one << MYBPF__IR_MUL;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t first = ir->blocks[i].first, end = first + ir->blocks[i].count;
        operands.loaded = operands.addresses = 0;
        if (end > first && can & MYBPF__CAN_TEST) mybpf__operands_test(ir, first, end - 1);
        for (uint32_t at = first; at < end && can & MYBPF__CAN_MEMORY; at++) {
            uint8_t code = ir->ops[at].code;
            if (!operands.loaded && !(wanted >> code & 1)) continue;
            if (operands.loaded || code == MYBPF__IR_LOAD) mybpf__operands_op(&operands, &ir->ops[at], at);
            if (code == MYBPF__IR_BRANCH || code == MYBPF__IR_SELECT) mybpf__operands_narrow(ir, first, at);
            if (code == MYBPF__IR_MUL)
                mybpf__operands_product(ir, at, end);
            else if (code >= MYBPF__IR_SHL && code <= MYBPF__IR_SAR)
                mybpf__operands_count(ir, first, at);
        }
    }
    if (!ir->swaps || !mybpf__target_can(ir->request, MYBPF__CAN_SWAP)) return;
    for (uint32_t i = 0; i < ir->block_count; i++)
        for (uint32_t at = ir->blocks[i].first, end = at + ir->blocks[i].count; at < end; at++)
            if (ir->ops[at].code == MYBPF__IR_BSWAP) mybpf__operands_swap(ir, at, end);
}

#endif
