/* loops.h: what the passes over loops share: blocks that they add. */
#ifndef MYBPF__LOOPS_H
#define MYBPF__LOOPS_H

#include "ir.h"
#include "build.c"
#include "liveness.c"
#include "../base/error.h"

typedef struct mybpf__loops {
    mybpf__ir *ir;
    uint32_t count, ops;    /* blocks, operations before the pass */
    uint32_t *front, *back; /* by block: the new one laid out in front of it, behind it */
    uint32_t *moved;        /* by block: is it laid out behind everything? */
    int changed;
} mybpf__loops;

/* A new block, without operations so far, from which control goes on to `next`. */
MYBPF__FN int mybpf__loops_block(mybpf__loops *loops, uint32_t next, uint32_t *made, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t index = ir->block_count;
    if (mybpf__ir_new_block(ir, ir->blocks[next].insn, error)) return MYBPF_ERR_MEMORY;
    ir->blocks[index].first = ir->op_count;
    ir->blocks[index].next = next;
    *made = index;
    loops->changed = 1;
    return MYBPF_OK;
}

/* An operation for the newest block. */
MYBPF__FN mybpf__op *mybpf__loops_op(mybpf__ir *ir, int code, unsigned dst, unsigned a, mybpf_error *error)
{
    mybpf__block *block = &ir->blocks[ir->block_count - 1];
    mybpf__op *op = mybpf__ir_new_op(ir, code, block->insn);
    if (!op) {
        mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
        return NULL;
    }
    op->width = 8;
    op->dst = (uint16_t)dst;
    op->a = (uint16_t)a;
    block->count++;
    return op;
}

/* Where block `from` leads to `head` it leads to `made` instead; so do blocks that unroll.c has put on its
 * way there: what gives steps back, and a loop as it was. */
MYBPF__FN void mybpf__loops_lead_from(const mybpf__loops *loops, uint32_t from, uint32_t head, uint32_t made,
                                      int far)
{
    mybpf__block *block = &loops->ir->blocks[from];
    uint32_t *const edges[2] = {&block->taken, &block->next};
    for (int way = 0; way < 2; way++) {
        uint32_t to = *edges[way];
        if (to == head)
            *edges[way] = made;
        else if (far && to != MYBPF__NO_BLOCK && to >= loops->count && to != made)
            mybpf__loops_lead_from(loops, to, head, made, far - 1);
    }
}

/* What leads to `head` from elsewhere than the loop up to `tail` leads to `made`, in front of it. */
MYBPF__FN void mybpf__loops_lead(mybpf__loops *loops, uint32_t head, uint32_t tail, uint32_t made)
{
    uint32_t count;
    const uint32_t *preds = mybpf__ir_predecessors(loops->ir, head, &count);
    for (uint32_t p = 0; p < count; p++)
        if (preds[p] < head || preds[p] > tail) mybpf__loops_lead_from(loops, preds[p], head, made, 3);
    loops->front[head] = made;
}

/* Does `value` start with a constant when the loop from `head` to `tail` is entered? The blocks that enter
 * the loop must agree. */
MYBPF__FN int mybpf__loops_start(const mybpf__ir *ir, uint32_t head, uint32_t tail, unsigned value,
                                 int64_t *start)
{
    uint32_t count, known = 0;
    const uint32_t *preds = mybpf__ir_predecessors(ir, head, &count);
    for (uint32_t p = 0; p < count; p++) {
        const mybpf__block *block = &ir->blocks[preds[p]];
        uint32_t at = block->first + block->count;
        if (preds[p] >= head && preds[p] <= tail) continue;
        while (at > block->first && !(mybpf__ir_writes(&ir->ops[at - 1]) & MYBPF__VALUE_BIT(value))) at--;
        if (at == block->first || ir->ops[at - 1].code != MYBPF__IR_CONST) return 0;
        if (known++ && ir->ops[at - 1].imm != *start) return 0;
        *start = ir->ops[at - 1].imm;
    }
    return known > 0;
}

#endif
