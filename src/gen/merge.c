/* merge.c: a result that is only made to be copied is made where the copy goes (MERGE): `r0 += 5; r9 = r0`
 * becomes `r9 = r0 + 5`. With all that was done to it since it was made, where the machine's operations
 * overwrite their operands. Needs live sets, and keeps them true within the block. */
#ifndef MYBPF__MERGE_C
#define MYBPF__MERGE_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum { MYBPF__MERGE_FAR = 32 }; /* operations that are looked at on either side of a copy */

/* A copy of one value to another, which could be the same. */
MYBPF__FN int mybpf__merge_copies(const mybpf__op *op)
{
    return op->code == MYBPF__IR_MOV && op->width == 8 && op->dst != op->a &&
           op->dst < MYBPF__GLOBAL_VALUES && op->a < MYBPF__GLOBAL_VALUES && op->a != MYBPF__FRAME_VALUE &&
           op->dst != MYBPF__FRAME_VALUE;
}

/* Operands `from` become `to`. */
MYBPF__FN void mybpf__merge_operands(mybpf__op *op, unsigned from, unsigned to)
{
    if (op->a == from) op->a = (uint16_t)to;
    if (op->b == from) op->b = (uint16_t)to;
    if (op->c == from) op->c = (uint16_t)to;
}

/* Does making the result of `op` in `to` save the copy? `from` is where it is made now. */
MYBPF__FN int mybpf__merge_saves(const mybpf__ir *ir, const mybpf__op *op, uint64_t from, unsigned to)
{
    if (op->code == MYBPF__IR_SELECT) return 0; /* reads what it writes */
    if (!(mybpf__ir_reads(op) & from) || !(ir->request->target->can & MYBPF__CAN_MEMORY)) return 1;
    switch (op->code) {
    case MYBPF__IR_ADD: return 1;
    case MYBPF__IR_MUL:
        if (op->flags & MYBPF__F_IMM) return (op->imm & (op->imm - 1)) != 0 && op->imm == (int32_t)op->imm;
        return op->b == to;
    case MYBPF__IR_OR:
    case MYBPF__IR_AND:
    case MYBPF__IR_XOR: return !(op->flags & MYBPF__F_IMM) && op->b == to;
    case MYBPF__IR_LOAD:
    case MYBPF__IR_SEXT:
    case MYBPF__IR_ZEXT:
    case MYBPF__IR_MOV: return 1;
    default: return 0;
    }
}

/* The first operation whose result may as well be made in the copy's place, or `at`. */
MYBPF__FN uint32_t mybpf__merge_start(const mybpf__ir *ir, uint32_t first, uint32_t at)
{
    unsigned from = ir->ops[at].a, to = ir->ops[at].dst;
    uint64_t from_bit = MYBPF__VALUE_BIT(from), to_bit = MYBPF__VALUE_BIT(to);
    uint32_t best = at, end = at - first > MYBPF__MERGE_FAR ? at - MYBPF__MERGE_FAR : first;
    for (uint32_t i = at; i-- > end;) {
        const mybpf__op *op = &ir->ops[i];
        unsigned attributes = mybpf__ir_attributes[op->code];
        uint64_t reads = mybpf__ir_reads_by(op, attributes), writes = mybpf__ir_writes_by(op, attributes);
        if (op->code == MYBPF__IR_NOP) continue;
        if (writes & to_bit) break;
        if (writes & from_bit) {
            if (mybpf__ir_has_effects(op) || op->dst != from) break;
            if (mybpf__merge_saves(ir, op, from_bit, to)) best = i;
            if (!(reads & from_bit)) break;
        }
        if (reads & to_bit) break;
        if (reads & from_bit && mybpf__ir_implicit_reads(op) & from_bit) break;
    }
    return best;
}

/* Where nobody needs the copied value any more behind the copy at `at`, other than as what it is copied to:
 * the operation behind the last one that reads it, or 0 where it is needed for longer. `*out`: it is needed
 * behind the block. */
MYBPF__FN uint32_t mybpf__merge_end(const mybpf__ir *ir, uint32_t end, uint32_t at, int *out)
{
    uint64_t from = MYBPF__VALUE_BIT(ir->ops[at].a), to = MYBPF__VALUE_BIT(ir->ops[at].dst);
    *out = 0;
    for (uint32_t i = at; i < end && i - at < MYBPF__MERGE_FAR; i++) {
        const mybpf__op *op = &ir->ops[i];
        uint64_t writes = mybpf__ir_writes_by(op, mybpf__ir_attributes[op->code]);
        if (i > at) {
            if (mybpf__ir_implicit_reads(op) & from) return 0;
            if (op->code == MYBPF__IR_SELECT && op->dst == ir->ops[at].a) return 0; /* reads what it writes */
            if (mybpf__ir_has_effects(op) && writes & (from | to)) return 0;
            if (writes & from) return i + 1;
        }
        if (!(ir->live[i] & from)) return i + 1;
        if (i > at && writes & to) return 0;
        if (i + 1 == end) return *out = 1, end;
    }
    return 0;
}

/* The copy at `at`, in the block from `first` to `end`: 0 when it stays, 2 when the copied value must be made
 * behind the block again, which it is only where it `may_leave`. */
MYBPF__FN int mybpf__merge_copy(mybpf__ir *ir, uint32_t first, uint32_t end, uint32_t at, int may_leave)
{
    int out;
    unsigned from = ir->ops[at].a, to = ir->ops[at].dst;
    uint64_t from_bit = MYBPF__VALUE_BIT(from), to_bit = MYBPF__VALUE_BIT(to);
    uint32_t start = mybpf__merge_start(ir, first, at), stop;
    if (start == at || !(stop = mybpf__merge_end(ir, end, at, &out)) || (out && !may_leave)) return 0;
    for (uint32_t i = start; i < at; i++) {
        mybpf__op *op = &ir->ops[i];
        if (i > start) mybpf__merge_operands(op, from, to);
        if (op->dst == from && mybpf__ir_attributes[op->code] & MYBPF__IR_WRITES_DST) op->dst = (uint16_t)to;
        ir->live[i] = (ir->live[i] & ~from_bit) | to_bit;
    }
    ir->ops[at].code = MYBPF__IR_NOP;
    for (uint32_t i = at; i < stop; i++) {
        if (i > at) {
            mybpf__merge_operands(&ir->ops[i], from, to);
            ir->live[i - 1] = (ir->live[i - 1] & ~from_bit) | to_bit;
        }
    }
    if (out) ir->live[end - 1] = (ir->live[end - 1] & ~from_bit) | to_bit;
    return 1 + out;
}

MYBPF__FN void mybpf__merge_block(mybpf__ir *ir, const mybpf__block *block)
{
    uint32_t first = block->first, end = first + block->count;
    for (uint32_t at = first; at < end; at++)
        if (mybpf__merge_copies(&ir->ops[at])) mybpf__merge_copy(ir, first, end, at, 0);
}

#endif
