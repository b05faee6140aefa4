/* liveness.c: which global values are needed after each operation. */
#ifndef MYBPF__LIVENESS_C
#define MYBPF__LIVENESS_C

#include "ir.h"
#include "target.h"
#include "../base/error.h"

enum {
    MYBPF__IR_WRITES_DST = 1,
    MYBPF__IR_READS_A = 2,
    MYBPF__IR_READS_B = 4,
    MYBPF__IR_READS_C = 8,
    MYBPF__IR_EFFECTS = 16,
    MYBPF__IR_READS_DST = 32,
    MYBPF__IR_IMPLICIT = 64 /* reads or writes what it does not name */
};

#define MYBPF__IR_ATTRIBUTES(name, dst, a, b, c, effects)                                                    \
    (dst) | (a) << 1 | (b) << 2 | (c) << 3 | (effects) << 4,
static const uint8_t mybpf__ir_attributes[] = {MYBPF__IR_OPS(MYBPF__IR_ATTRIBUTES)};
#undef MYBPF__IR_ATTRIBUTES

/* What calls read and write beyond their operands. */
MYBPF__FN uint64_t mybpf__ir_implicit_reads(const mybpf__op *op)
{
    switch (op->code) {
    case MYBPF__IR_HELPER: return op->aux ? MYBPF__ARGUMENT_VALUES & ~(uint64_t)2 : MYBPF__ARGUMENT_VALUES;
    case MYBPF__IR_CALL:
    case MYBPF__IR_CALL_VALUE:
    case MYBPF__IR_TAIL_CALL:
    case MYBPF__IR_GUARD_CALL: return MYBPF__ARGUMENT_VALUES;
    case MYBPF__IR_EXIT:
    case MYBPF__IR_CMPXCHG: return 1;
    default: return 0;
    }
}

MYBPF__FN uint64_t mybpf__ir_implicit_writes(const mybpf__op *op)
{
    switch (op->code) {
    case MYBPF__IR_CALL:
    case MYBPF__IR_CALL_VALUE:
    case MYBPF__IR_HELPER:
    case MYBPF__IR_TAIL_CALL:
    case MYBPF__IR_PACKET: return MYBPF__ARGUMENT_VALUES | 1;
    case MYBPF__IR_CMPXCHG: return 1;
    case MYBPF__IR_ATOMIC: return op->flags & MYBPF__F_FETCH ? MYBPF__VALUE_BIT(op->dst) : 0;
    default: return 0;
    }
}

/* Of an operand that the attributes tell of: a set, without branches, which nothing foretells. */
MYBPF__INLINE uint64_t mybpf__ir_operand(unsigned value, unsigned attributes, unsigned which)
{
    return (uint64_t)(attributes / which & 1u) << (value & 63);
}

/* Operands that few operations have, and what is not named. */
MYBPF__ONE_COPY uint64_t mybpf__ir_seldom_reads(const mybpf__op *op, unsigned attributes)
{
    uint64_t set = attributes & MYBPF__IR_IMPLICIT ? mybpf__ir_implicit_reads(op) : 0;
    if (op->flags & MYBPF__F_MEMORY) set |= MYBPF__VALUE_BIT(op->c);
    return set | mybpf__ir_operand(op->dst, attributes, MYBPF__IR_READS_DST);
}

/* Both for an operation with these attributes: what is called for each one, several times. */
MYBPF__INLINE uint64_t mybpf__ir_reads_by(const mybpf__op *op, unsigned attributes)
{
    uint64_t set = mybpf__ir_operand(op->a, attributes, MYBPF__IR_READS_A) |
                   mybpf__ir_operand(op->b, attributes, MYBPF__IR_READS_B) |
                   mybpf__ir_operand(op->c, attributes, MYBPF__IR_READS_C);
    if (attributes & (MYBPF__IR_IMPLICIT | MYBPF__IR_READS_DST) || op->flags & MYBPF__F_MEMORY)
        set |= mybpf__ir_seldom_reads(op, attributes);
    return set & MYBPF__GLOBAL_SET;
}

MYBPF__INLINE uint64_t mybpf__ir_writes_by(const mybpf__op *op, unsigned attributes)
{
    uint64_t set = mybpf__ir_operand(op->dst, attributes, MYBPF__IR_WRITES_DST);
    if (attributes & MYBPF__IR_IMPLICIT) set |= mybpf__ir_implicit_writes(op);
    return set & MYBPF__GLOBAL_SET;
}

MYBPF__FN uint64_t mybpf__ir_reads(const mybpf__op *op)
{
    return mybpf__ir_reads_by(op, mybpf__ir_attributes[op->code]);
}

MYBPF__FN uint64_t mybpf__ir_writes(const mybpf__op *op)
{
    return mybpf__ir_writes_by(op, mybpf__ir_attributes[op->code]);
}

/* Does the operation make a number of 4 bytes of another one, and a constant? */
MYBPF__FN int mybpf__ir_is_change(const mybpf__op *op)
{
    return (op->code == MYBPF__IR_ADD || (op->code >= MYBPF__IR_OR && op->code <= MYBPF__IR_XOR)) &&
           op->flags & MYBPF__F_IMM && op->width == 4;
}

/* Ends a block with two ways to go on, by comparing. */
MYBPF__FN int mybpf__ir_is_branch(const mybpf__op *op)
{
    return op->code == MYBPF__IR_BRANCH || op->code == MYBPF__IR_SUB_BRANCH;
}

/* May the block be there several times? Nothing but its end and its steps has to do with where it is. */
MYBPF__FN int mybpf__ir_repeats(const mybpf__ir *ir, const mybpf__block *block)
{
    uint32_t end = block->first + block->count;
    int branch = block->count && ir->ops[end - 1].code == MYBPF__IR_BRANCH;
    if (branch != (block->taken != MYBPF__NO_BLOCK)) return 0;
    for (uint32_t at = block->first; at < end - (branch ? 1 : 0); at++)
        if (ir->ops[at].code >= MYBPF__IR_BRANCH &&
            !(ir->ops[at].code == MYBPF__IR_CHARGE && at == block->first))
            return 0;
    return 1;
}

/* The block gets no code: nothing leads there any more. Nor are its operations to be found by those who look
 * at all that there are. */
MYBPF__FN void mybpf__ir_drop(mybpf__ir *ir, mybpf__block *block)
{
    for (uint32_t i = 0; i < block->count; i++) ir->ops[block->first + i].code = MYBPF__IR_NOP;
    block->count = 0;
    block->taken = block->next = MYBPF__NO_BLOCK;
}

/* Has an effect besides its result: may not be removed. */
MYBPF__FN int mybpf__ir_has_effects(const mybpf__op *op)
{
    return mybpf__ir_attributes[op->code] & MYBPF__IR_EFFECTS;
}

/* Does it do what is seen after a fault? Nobody sees the own frame then. */
MYBPF__FN int mybpf__ir_is_seen(const mybpf__op *op)
{
    return mybpf__ir_has_effects(op) && !(op->code == MYBPF__IR_STORE && op->a == MYBPF__FRAME_VALUE);
}

/* Values live before the operations of a block when `live` are live after them. */
MYBPF__FN uint64_t mybpf__liveness_block(const mybpf__ir *ir, const mybpf__block *block, uint64_t live)
{
    const mybpf__op *first = &ir->ops[block->first];
    for (const mybpf__op *op = first + block->count; op-- > first;) {
        unsigned attributes = mybpf__ir_attributes[op->code];
        live = (live & ~mybpf__ir_writes_by(op, attributes)) | mybpf__ir_reads_by(op, attributes);
    }
    return live;
}

/* The same, recorded for every operation, and without the operations whose results nobody reads. */
MYBPF__FN uint64_t mybpf__liveness_record(mybpf__ir *ir, const mybpf__block *block, uint64_t live)
{
    unsigned kept = ir->request->disable & MYBPF__PASS_DEAD ? 0xff : MYBPF__IR_EFFECTS;
    mybpf__op *first = &ir->ops[block->first];
    uint64_t *after = &ir->live[block->first], written = 0, read = 0;
    for (uint32_t i = block->count; i-- > 0;) {
        mybpf__op *op = &first[i];
        unsigned attributes = mybpf__ir_attributes[op->code];
        uint64_t writes = mybpf__ir_writes_by(op, attributes);
        after[i] = live;
        if (!(writes & live) && !(attributes & kept)) {
            op->code = MYBPF__IR_NOP;
            continue;
        }
        uint64_t reads = mybpf__ir_reads_by(op, attributes);
        written |= writes;
        read |= reads;
        live = (live & ~writes) | reads;
    }
    ir->written |= written;
    ir->read |= read;
    return live;
}

/* The blocks from which control comes to `block`, as liveness has found them. */
MYBPF__FN const uint32_t *mybpf__ir_predecessors(const mybpf__ir *ir, uint32_t block, uint32_t *count)
{
    *count = ir->work[block + 1] - ir->work[block];
    return ir->preds + ir->work[block];
}

/* Fills `work`: where each block's predecessors start in `preds`, one more at the end; then `preds`. */
MYBPF__FN void mybpf__liveness_edges(mybpf__ir *ir)
{
    uint32_t count = ir->block_count, *first = ir->work, *preds = ir->preds;
    for (uint32_t i = 0; i <= count; i++) first[i] = 0;
    for (uint32_t i = 0; i < count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        if (block->taken != MYBPF__NO_BLOCK) first[block->taken]++;
        if (block->next != MYBPF__NO_BLOCK) first[block->next]++;
    }
    for (uint32_t i = 0, sum = 0; i <= count; i++) sum += first[i], first[i] = sum;
    for (uint32_t i = 0; i < count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        if (block->taken != MYBPF__NO_BLOCK) preds[--first[block->taken]] = i;
        if (block->next != MYBPF__NO_BLOCK) preds[--first[block->next]] = i;
    }
}

MYBPF__FN uint64_t mybpf__liveness_out(const mybpf__ir *ir, const mybpf__block *block)
{
    uint64_t live = 0;
    if (block->taken != MYBPF__NO_BLOCK) live |= ir->blocks[block->taken].live_in;
    if (block->next != MYBPF__NO_BLOCK) live |= ir->blocks[block->next].live_in;
    return live;
}

/* Blocks `from` to `to`, among which control goes back: what is live at their starts. Blocks are looked at
 * again only when a successor's set grew, so the time is bound by edges times values, whatever the order of
 * the blocks. `loop_end` marks blocks on the stack meanwhile. */
MYBPF__FN void mybpf__liveness_settle(mybpf__ir *ir, uint32_t from, uint32_t to)
{
    uint32_t depth = 0, *stack = ir->spare_work;
    for (uint32_t i = from; i <= to; i++) {
        ir->blocks[i].live_in = 0;
        ir->blocks[i].loop_end = 1;
        stack[depth++] = i;
    }
    while (depth) {
        uint32_t index = stack[--depth], count;
        mybpf__block *block = &ir->blocks[index];
        const uint32_t *preds = mybpf__ir_predecessors(ir, index, &count);
        uint64_t in = mybpf__liveness_block(ir, block, mybpf__liveness_out(ir, block));
        block->loop_end = 0;
        if (in == block->live_in) continue;
        block->live_in = in;
        for (uint32_t p = 0; p < count; p++) {
            if (preds[p] < from || ir->blocks[preds[p]].loop_end) continue;
            ir->blocks[preds[p]].loop_end = 1;
            stack[depth++] = preds[p];
        }
    }
}

/* From the last block to the first. Where no control goes back over a block, all behind it is known. `then`,
 * if not NULL, is done to each block whose live sets are known. */
MYBPF__FN int mybpf__ir_liveness(mybpf__ir *ir, void (*then)(mybpf__ir *, const mybpf__block *),
                                 mybpf_error *error)
{
    uint32_t count = ir->block_count, *back;
    uint32_t *work =
        (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, 6 * count + 2, sizeof *work);
    if (work) ir->work = work;
    if (!work || !mybpf__ir_scratch(ir, ir->op_count))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for liveness");
    ir->preds = work + count + 1;
    ir->spare_work = ir->preds + 2 * (size_t)count;
    mybpf__liveness_edges(ir);
    back = ir->spare_work + count; /* the first block of the loops that reach each block's end */
    for (uint32_t i = 0; i < count; i++) back[i] = i;
    ir->cyclic = 0;
    for (uint32_t i = 0; i < count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        if (block->taken < back[i]) back[i] = block->taken;
        if (block->next < back[i]) back[i] = block->next;
        ir->cyclic |= block->taken <= i || block->next <= i;
    }
    ir->written = ir->read = 0;
    uint32_t settled = count; /* blocks from here on are */
    for (uint32_t i = count; i-- > 0;) {
        mybpf__block *block = &ir->blocks[i];
        if (i < settled && (back[i] < i || block->taken == i || block->next == i)) {
            uint32_t from = back[i];
            for (uint32_t x = i; x-- > from;)
                if (back[x] < from) from = back[x];
            mybpf__liveness_settle(ir, from, i);
            settled = from;
        }
        block->loop_end = MYBPF__NO_BLOCK;
        block->live_out = mybpf__liveness_out(ir, block);
        block->live_in = mybpf__liveness_record(ir, block, block->live_out);
        if (then) then(ir, block);
    }
    return MYBPF_OK;
}

/* May `value` hold something new where it is not live? The register of one of r6 to r9 that the function does
 * not write may be that of another value (spare.c). */
MYBPF__FN int mybpf__ir_is_free(const mybpf__ir *ir, unsigned value)
{
    uint8_t home = ir->request->target->home[value];
    if (value < 6 || ir->written & MYBPF__VALUE_BIT(value)) return 1;
    for (uint32_t i = MYBPF__FRAME_VALUE + 1; i < ir->value_count; i++)
        if (ir->spare[i - MYBPF__FRAME_VALUE - 1] == home) return 0;
    return 1;
}

/* A value that may, none of `held`; NO_VALUE: there is none. One whose register has to be saved for this
 * alone is worth it where there are loops. */
MYBPF__FN unsigned mybpf__ir_free_value(const mybpf__ir *ir, uint64_t held)
{
    for (unsigned value = 0; value < MYBPF__FRAME_VALUE; value++)
        if (!(held >> value & 1) && (value < 6 || ir->written >> value & 1)) return value;
    for (unsigned value = 6; value < MYBPF__FRAME_VALUE && ir->cyclic; value++)
        if (!(held >> value & 1) && mybpf__ir_is_free(ir, value)) return value;
    return MYBPF__NO_VALUE;
}

#endif
