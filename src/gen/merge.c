/* merge.c: a result that is only made to be copied is made where the copy goes (MERGE): `r0 += 5; r9 = r0`
 * becomes `r9 = r0 + 5`. With all that was done to it since it was made, where the machine's operations
 * overwrite their operands. There a result is also made in an operand that is needed no more, `r3 = r1 | r2`
 * in r1 or r2. Needs live sets, and keeps them true within the block. */
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

/* ---- operands ---- */

/* Overwrites its left operand, where the machine's operations do. */
MYBPF__INLINE int mybpf__merge_overwrites(const mybpf__op *op)
{
    const uint32_t set = 1u << MYBPF__IR_SUB | 1u << MYBPF__IR_MUL | 1u << MYBPF__IR_OR |
                         1u << MYBPF__IR_AND | 1u << MYBPF__IR_XOR | 1u << MYBPF__IR_SHL |
                         1u << MYBPF__IR_SHR | 1u << MYBPF__IR_SAR | 1u << MYBPF__IR_ROTL;
    return op->code <= MYBPF__IR_ROTL && set >> op->code & 1;
}

/* Operation `at` overwrites its left operand, but has another result, which takes a move: the operand that is
 * not needed any more behind it and may hold the result, or NO_VALUE. */
MYBPF__FN unsigned mybpf__merge_operand(const mybpf__ir *ir, uint32_t at)
{
    const mybpf__op *op = &ir->ops[at];
    uint64_t kept = ir->live[at] | MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE) | ir->constants;
    int constant = op->flags & MYBPF__F_IMM;
    if (op->dst == op->b || op->dst == MYBPF__FRAME_VALUE) return MYBPF__NO_VALUE;
    if (constant &&
        (op->code == MYBPF__IR_MUL || (op->code == MYBPF__IR_AND && (op->imm == 0xff || op->imm == 0xffff))))
        return MYBPF__NO_VALUE; /* has an instruction of its own */
    if (!(kept & MYBPF__VALUE_BIT(op->a))) return op->a;
    if (constant || kept & MYBPF__VALUE_BIT(op->b)) return MYBPF__NO_VALUE;
    return op->code == MYBPF__IR_MUL || (op->code >= MYBPF__IR_OR && op->code <= MYBPF__IR_XOR)
               ? op->b
               : MYBPF__NO_VALUE;
}

/* Where `from`, which operation `at` makes, is needed no more, if `to` can hold it till then: the operation
 * behind the last one that reads it, or 0. */
MYBPF__FN uint32_t mybpf__merge_until(const mybpf__ir *ir, uint32_t end, uint32_t at, unsigned from,
                                      unsigned to)
{
    uint64_t from_bit = MYBPF__VALUE_BIT(from), both = from_bit | MYBPF__VALUE_BIT(to);
    if (end - at > MYBPF__MERGE_FAR) end = at + MYBPF__MERGE_FAR;
    for (uint32_t i = at + 1; i < end; i++) {
        const mybpf__op *op = &ir->ops[i];
        unsigned attributes = mybpf__ir_attributes[op->code];
        uint64_t writes = mybpf__ir_writes_by(op, attributes);
        if (attributes & MYBPF__IR_IMPLICIT && mybpf__ir_implicit_reads(op) & from_bit) return 0;
        if (writes & both && attributes & (MYBPF__IR_EFFECTS | MYBPF__IR_READS_DST)) return 0;
        if (!(ir->live[i] & from_bit)) return i + 1;
        if (writes & both && (op->dst == to || op->a != from || !mybpf__merge_overwrites(op)))
            return op->dst == to ? 0 : i + 1;
    }
    return 0;
}

/* The operation at `at`, which overwrites an operand, makes its result in one that nobody needs any more: no
 * move. `sums`: only where that ends with a sum into this operand, which fold.c can leave out then. */
MYBPF__FN void mybpf__merge_result(mybpf__ir *ir, uint32_t end, uint32_t at, int sums)
{
    mybpf__op *op = &ir->ops[at];
    unsigned from = op->dst, to = mybpf__merge_operand(ir, at);
    uint32_t stop;
    if (to == MYBPF__NO_VALUE || !(stop = mybpf__merge_until(ir, end, at, from, to))) return;
    if (sums && (ir->ops[stop - 1].code != MYBPF__IR_ADD || ir->ops[stop - 1].dst != to)) return;
    if (op->a != to) {
        op->b = op->a;
        op->a = (uint16_t)to;
    }
    op->dst = (uint16_t)to;
    for (uint32_t i = at + 1; i < stop; i++) {
        op = &ir->ops[i];
        if (op->dst == from && op->a == from && mybpf__merge_overwrites(op)) op->dst = (uint16_t)to;
        mybpf__merge_operands(op, from, to);
        ir->live[i - 1] = (ir->live[i - 1] & ~MYBPF__VALUE_BIT(from)) | MYBPF__VALUE_BIT(to);
    }
}

/* ---- blocks ---- */

MYBPF__FN void mybpf__merge_block(mybpf__ir *ir, const mybpf__block *block)
{
    uint32_t first = block->first, end = first + block->count;
    int results = (ir->request->target->can & MYBPF__CAN_MEMORY) != 0;
    for (uint32_t at = first; at < end; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (mybpf__merge_copies(op))
            mybpf__merge_copy(ir, first, end, at, 0);
        else if (results && op->dst != op->a && mybpf__merge_overwrites(op))
            mybpf__merge_result(ir, end, at, 0);
    }
}

/* What fold.c can make use of. */
MYBPF__FN void mybpf__merge_sums(mybpf__ir *ir)
{
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t end = ir->blocks[i].first + ir->blocks[i].count;
        for (uint32_t at = ir->blocks[i].first; at < end; at++)
            if (ir->ops[at].dst != ir->ops[at].a && mybpf__merge_overwrites(&ir->ops[at]))
                mybpf__merge_result(ir, end, at, 1);
    }
}

#endif
