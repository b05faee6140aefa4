/* arm64_fuse.h: operations that are a part of the next one's instruction: the extension or shift of an
 * operand or index, a product that something is added to. Nobody else reads their result, so nothing is
 * emitted where they stand. A part may have one itself: the extension of what is shifted. */
#ifndef MYBPF__ARM64_FUSE_H
#define MYBPF__ARM64_FUSE_H

#include "arm64_emit.h"
#include "ir.h"
#include "target.h"

typedef enum mybpf__a64_part {
    MYBPF__A64_NO_PART,
    MYBPF__A64_EXTENSION, /* of 32 bits to 64 */
    MYBPF__A64_SHIFT,     /* by a constant */
    MYBPF__A64_PRODUCT
} mybpf__a64_part;

/* The operations around `op` in its block; NULL where there is none. */
MYBPF__FN const mybpf__op *mybpf__a64_before(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    while (op > as->ir->ops + block->first)
        if ((--op)->code != MYBPF__IR_NOP) return op;
    return NULL;
}

MYBPF__FN const mybpf__op *mybpf__a64_behind(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    while (++op < as->ir->ops + block->first + block->count)
        if (op->code != MYBPF__IR_NOP) return op;
    return NULL;
}

MYBPF__FN int mybpf__a64_is_power(uint64_t value) { return value && !(value & (value - 1)); }

/* A product that a shift makes, or one with an addition. */
MYBPF__FN int mybpf__a64_is_by_shift(const mybpf__op *op)
{
    int64_t imm = op->width == 8 ? op->imm : (int64_t)(int32_t)op->imm;
    return op->flags & MYBPF__F_IMM && imm > 0 &&
           (mybpf__a64_is_power((uint64_t)imm) || mybpf__a64_is_power((uint64_t)imm - 1));
}

MYBPF__FN unsigned mybpf__a64_shift_count(const mybpf__op *op)
{
    return (unsigned)op->imm & (op->width * 8u - 1);
}

MYBPF__FN mybpf__a64_part mybpf__a64_part_of(const mybpf__op *op)
{
    int constant = op->flags & MYBPF__F_IMM;
    switch (op->code) {
    case MYBPF__IR_MOV: return op->width == 4 ? MYBPF__A64_EXTENSION : MYBPF__A64_NO_PART;
    case MYBPF__IR_ZEXT: return op->aux == 4 ? MYBPF__A64_EXTENSION : MYBPF__A64_NO_PART;
    case MYBPF__IR_SEXT: return op->aux == 4 && op->width == 8 ? MYBPF__A64_EXTENSION : MYBPF__A64_NO_PART;
    case MYBPF__IR_SHL:
    case MYBPF__IR_SHR:
    case MYBPF__IR_SAR: return constant && mybpf__a64_shift_count(op) ? MYBPF__A64_SHIFT : MYBPF__A64_NO_PART;
    case MYBPF__IR_MUL: return mybpf__a64_is_by_shift(op) ? MYBPF__A64_NO_PART : MYBPF__A64_PRODUCT;
    default: return MYBPF__A64_NO_PART;
    }
}

/* Does `op` read the value once, and is it the last to do so? */
MYBPF__FN int mybpf__a64_alone_reads(const mybpf__emit *as, const mybpf__op *op, unsigned value)
{
    uint64_t gone = ~as->ir->live[op - as->ir->ops] | mybpf__ir_writes(op);
    int is_stored = op->code == MYBPF__IR_STORE && op->c == value;
    return (gone & MYBPF__VALUE_BIT(value)) && (op->a == value) + (op->b == value) == 1 && !is_stored;
}

MYBPF__FN const mybpf__op *mybpf__a64_fused(const mybpf__emit *as, const mybpf__op *op);

/* A shifted operand; where it is extended, too, only sums take it, by 4 bits at most. */
MYBPF__FN int mybpf__a64_fuses_shift(const mybpf__emit *as, const mybpf__op *shift, const mybpf__op *op)
{
    if (shift->width != op->width) return 0;
    return !mybpf__a64_fused(as, shift) ||
           ((op->code == MYBPF__IR_ADD || op->code == MYBPF__IR_SUB) && mybpf__a64_shift_count(shift) <= 4);
}

/* An index is extended and scaled by the width. Base and index change places where that helps. */
MYBPF__FN int mybpf__a64_fuses_index(const mybpf__op *part, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_ORDERED || op->b == MYBPF__NO_VALUE) return 0;
    if (mybpf__a64_part_of(part) == MYBPF__A64_EXTENSION) return op->b == part->dst || op->aux == 1;
    return part->code == MYBPF__IR_SHL && part->width == 8 && op->aux == 1 &&
           (uint64_t)1 << mybpf__a64_shift_count(part) == op->width;
}

/* Is `part`, in front of `op`, a part of its instruction? */
MYBPF__FN int mybpf__a64_fuses(const mybpf__emit *as, const mybpf__op *part, const mybpf__op *op)
{
    mybpf__a64_part kind = mybpf__a64_part_of(part);
    int constant = op->flags & MYBPF__F_IMM;
    if (!kind || !mybpf__a64_alone_reads(as, op, part->dst)) return 0;
    switch (op->code) {
    case MYBPF__IR_SHL:
        return kind == MYBPF__A64_EXTENSION && constant && op->width == 8 && op->imm > 0 && op->imm < 32;
    case MYBPF__IR_ADD:
    case MYBPF__IR_SUB:
        if (constant || (op->code == MYBPF__IR_SUB && op->b != part->dst)) return 0;
        if (kind == MYBPF__A64_EXTENSION) return op->width == 8;
        if (kind == MYBPF__A64_PRODUCT) return part->width == op->width;
        return kind == MYBPF__A64_SHIFT && mybpf__a64_fuses_shift(as, part, op);
    case MYBPF__IR_OR:
    case MYBPF__IR_AND:
    case MYBPF__IR_XOR: return kind == MYBPF__A64_SHIFT && !constant && mybpf__a64_fuses_shift(as, part, op);
    case MYBPF__IR_LOAD:
    case MYBPF__IR_STORE: return mybpf__a64_fuses_index(part, op);
    default: return 0;
    }
}

/* The part that `op` completes; NULL when it stands alone. */
MYBPF__FN const mybpf__op *mybpf__a64_fused(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__op *before;
    if (as->request->disable & MYBPF__PASS_FUSION) return NULL;
    before = mybpf__a64_before(as, op);
    return before && mybpf__a64_fuses(as, before, op) ? before : NULL;
}

/* Is `op` a part of the next one? */
MYBPF__FN int mybpf__a64_is_part(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__op *behind;
    if (as->request->disable & MYBPF__PASS_FUSION || !mybpf__a64_part_of(op)) return 0;
    behind = mybpf__a64_behind(as, op);
    return behind && mybpf__a64_fuses(as, op, behind);
}

/* How `op` takes its other operand: `part`'s is the one that is extended, shifted or multiplied. */
MYBPF__FN unsigned mybpf__a64_other(const mybpf__op *op, const mybpf__op *part)
{
    return op->a == part->dst ? op->b : op->a;
}

MYBPF__FN unsigned mybpf__a64_extend_of(const mybpf__op *extension)
{
    return extension->code == MYBPF__IR_SEXT ? MYBPF__A64_SXTW : MYBPF__A64_UXTW;
}

#endif
