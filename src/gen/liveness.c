/* liveness.c: which global values are needed after each operation. */
#ifndef MYBPF__LIVENESS_C
#define MYBPF__LIVENESS_C

#include "ir.h"
#include "../base/error.h"

enum {
    MYBPF__IR_WRITES_DST = 1,
    MYBPF__IR_READS_A = 2,
    MYBPF__IR_READS_B = 4,
    MYBPF__IR_READS_C = 8,
    MYBPF__IR_EFFECTS = 16,
    MYBPF__IR_READS_DST = 32
};

#define MYBPF__IR_ATTRIBUTES(name, dst, a, b, c, effects)                                                    \
    (dst) | (a) << 1 | (b) << 2 | (c) << 3 | (effects) << 4,
static const uint8_t mybpf__ir_attributes[] = {MYBPF__IR_OPS(MYBPF__IR_ATTRIBUTES)};
#undef MYBPF__IR_ATTRIBUTES

/* What calls read and write beyond their operands. */
MYBPF__FN uint64_t mybpf__ir_implicit_reads(const mybpf__op *op)
{
    switch (op->code) {
    case MYBPF__IR_CALL:
    case MYBPF__IR_CALL_VALUE:
    case MYBPF__IR_HELPER:
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

MYBPF__FN uint64_t mybpf__ir_reads(const mybpf__op *op)
{
    uint8_t attributes = mybpf__ir_attributes[op->code];
    uint64_t set = attributes & MYBPF__IR_EFFECTS ? mybpf__ir_implicit_reads(op) : 0;
    if (attributes & MYBPF__IR_READS_A) set |= MYBPF__VALUE_BIT(op->a);
    if (attributes & MYBPF__IR_READS_B) set |= MYBPF__VALUE_BIT(op->b);
    if (attributes & MYBPF__IR_READS_C || op->flags & MYBPF__F_MEMORY) set |= MYBPF__VALUE_BIT(op->c);
    if (attributes & MYBPF__IR_READS_DST) set |= MYBPF__VALUE_BIT(op->dst);
    return set;
}

MYBPF__FN uint64_t mybpf__ir_writes(const mybpf__op *op)
{
    uint8_t attributes = mybpf__ir_attributes[op->code];
    uint64_t set = attributes & MYBPF__IR_EFFECTS ? mybpf__ir_implicit_writes(op) : 0;
    return attributes & MYBPF__IR_WRITES_DST ? set | MYBPF__VALUE_BIT(op->dst) : set;
}

/* Ends a block with two ways to go on, by comparing. */
MYBPF__FN int mybpf__ir_is_branch(const mybpf__op *op)
{
    return op->code == MYBPF__IR_BRANCH || op->code == MYBPF__IR_SUB_BRANCH;
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
    for (uint32_t i = block->first + block->count; i-- > block->first;)
        live = (live & ~mybpf__ir_writes(&ir->ops[i])) | mybpf__ir_reads(&ir->ops[i]);
    return live;
}

/* The same, recorded for every operation, and without the operations whose results nobody reads. */
MYBPF__FN uint64_t mybpf__liveness_record(mybpf__ir *ir, const mybpf__block *block, uint64_t live)
{
    int remove = !(ir->request->disable & MYBPF__PASS_DEAD);
    for (uint32_t i = block->first + block->count; i-- > block->first;) {
        mybpf__op *op = &ir->ops[i];
        uint64_t writes = mybpf__ir_writes(op);
        ir->live[i] = live;
        if (remove && !mybpf__ir_has_effects(op) && op->dst < MYBPF__GLOBAL_VALUES && !(writes & live)) {
            op->code = MYBPF__IR_NOP;
            continue;
        }
        ir->written |= writes;
        live = (live & ~writes) | mybpf__ir_reads(op);
    }
    return live;
}

/* The blocks from which control comes to `block`, as liveness has found them. */
MYBPF__FN const uint32_t *mybpf__ir_predecessors(const mybpf__ir *ir, uint32_t block, uint32_t *count)
{
    *count = ir->work[block + 1] - ir->work[block];
    return ir->preds + ir->work[block];
}

/* Blocks are looked at again only when a successor's set grew, so the time is bound by edges times
 * values, whatever the order of the blocks. `work` holds: first predecessor of each block (one more at the
 * end), the predecessors, the stack of blocks to look at; room for two numbers a block, which is free
 * afterwards. `loop_end` marks blocks on the stack meanwhile. */
MYBPF__FN int mybpf__ir_liveness(mybpf__ir *ir, mybpf_error *error)
{
    uint32_t count = ir->block_count;
    uint32_t *work =
        (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, 5 * count + 2, sizeof *work);
    if (work) ir->work = work;
    uint64_t *live =
        (uint64_t *)mybpf__room(ir->vm, ir->live, &ir->live_capacity, ir->op_count, sizeof *live);
    if (live) ir->live = live;
    if (!work || !live) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for liveness");
    uint32_t *first = work, *preds = work + count + 1, *stack = preds + 2 * (size_t)count;
    ir->preds = preds;
    ir->spare_work = stack;
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
    uint32_t depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        ir->blocks[i].live_in = ir->blocks[i].live_out = 0;
        ir->blocks[i].loop_end = 1;
        stack[depth++] = i;
    }
    while (depth) {
        mybpf__block *block = &ir->blocks[stack[--depth]];
        uint32_t index = (uint32_t)(block - ir->blocks);
        block->loop_end = 0;
        if (block->taken != MYBPF__NO_BLOCK) block->live_out |= ir->blocks[block->taken].live_in;
        if (block->next != MYBPF__NO_BLOCK) block->live_out |= ir->blocks[block->next].live_in;
        uint64_t in = mybpf__liveness_block(ir, block, block->live_out);
        if (in == block->live_in) continue;
        block->live_in = in;
        for (uint32_t p = first[index]; p < first[index + 1]; p++) {
            if (ir->blocks[preds[p]].loop_end) continue;
            ir->blocks[preds[p]].loop_end = 1;
            stack[depth++] = preds[p];
        }
    }
    ir->written = 0;
    for (uint32_t i = count; i-- > 0;) { /* sets of blocks behind this one may have shrunk */
        mybpf__block *block = &ir->blocks[i];
        block->loop_end = MYBPF__NO_BLOCK;
        block->live_out = 0;
        if (block->taken != MYBPF__NO_BLOCK) block->live_out |= ir->blocks[block->taken].live_in;
        if (block->next != MYBPF__NO_BLOCK) block->live_out |= ir->blocks[block->next].live_in;
        block->live_in = mybpf__liveness_record(ir, block, block->live_out);
    }
    return MYBPF_OK;
}

#endif
