/* motion.c: operations leave loops without loops inside. What is the same in every round is computed in front
 * of the loop (INVARIANTS), what only the way out reads on that way (SINK). No operation gets another
 * register, so there must be one that it can keep: the loop writes the result nowhere else. */
#ifndef MYBPF__MOTION_C
#define MYBPF__MOTION_C

#include "ir.h"
#include "liveness.c"
#include "loops.h"
#include "../base/error.h"

enum { MYBPF__MOTION_MOST = 8 }; /* operations that take one way out */

/* May be computed elsewhere: it only depends on values, and costs little. */
MYBPF__FN int mybpf__motion_moves(const mybpf__op *op)
{
    if (op->code == MYBPF__IR_NOP || op->code >= MYBPF__IR_LOAD || op->dst >= MYBPF__GLOBAL_VALUES) return 0;
    return op->code < MYBPF__IR_DIV || op->code > MYBPF__IR_SMOD;
}

/* Operation `at` goes to the newest block. */
MYBPF__FN int mybpf__motion_move(mybpf__loops *loops, uint32_t at, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__op *op = mybpf__loops_op(ir, MYBPF__IR_NOP, 0, 0, error);
    if (!op) return MYBPF_ERR_MEMORY;
    *op = ir->ops[at];
    ir->ops[at].code = MYBPF__IR_NOP;
    return MYBPF_OK;
}

/* ---- ways out ---- */

/* A new block on the way from `x` to `to`: the newest one then. It is laid out behind `x` if that is the way
 * which is not taken, or else behind everything. */
MYBPF__FN int mybpf__motion_way_out(mybpf__loops *loops, uint32_t x, uint32_t to, int taken,
                                    mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t made;
    if (!taken && loops->back[x] != MYBPF__NO_BLOCK) return MYBPF_OK; /* the newest one */
    if (mybpf__loops_block(loops, to, &made, error)) return MYBPF_ERR_MEMORY;
    if (taken) {
        ir->blocks[x].taken = made;
        ir->blocks[made].loop_end = 0;
    } else {
        ir->blocks[x].next = loops->back[x] = made;
    }
    return MYBPF_OK;
}

/* A block that was there before the pass: what `block` leads to if it is a new one. Those have no live sets
 * yet. */
MYBPF__FN uint32_t mybpf__motion_behind(const mybpf__loops *loops, uint32_t block)
{
    return block < loops->count ? block : loops->ir->blocks[block].next;
}

/* Block `x` leaves the loop by the branch that is taken, or by the other way. */
MYBPF__FN int mybpf__motion_sink(mybpf__loops *loops, uint32_t x, int taken, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    const mybpf__block *block = &ir->blocks[x];
    uint32_t found[MYBPF__MOTION_MOST],
        count = 0, to = taken ? block->taken : block->next,
        stay = mybpf__motion_behind(loops, taken ? block->next : block->taken);
    uint64_t unneeded = ir->blocks[stay].live_in,
             needed = ir->blocks[mybpf__motion_behind(loops, to)].live_in, kept = 0, written = 0;
    uint32_t other = taken ? block->next : block->taken; /* what a copy on that way reads is needed there */
    if (other >= loops->count)
        for (uint32_t at = 0; at < ir->blocks[other].count; at++)
            unneeded |= mybpf__ir_reads(&ir->ops[ir->blocks[other].first + at]);
    if (!(needed & ~unneeded)) return MYBPF_OK;
    if (!taken &&
        loops->back[x] != MYBPF__NO_BLOCK) { /* copies are made on this way, in front of what comes */
        const mybpf__block *back = &ir->blocks[loops->back[x]];
        if (loops->back[x] != ir->block_count - 1) return MYBPF_OK;
        for (uint32_t at = back->first; at < back->first + back->count; at++)
            kept |= mybpf__ir_reads(&ir->ops[at]), written |= mybpf__ir_writes(&ir->ops[at]);
    }
    for (uint32_t at = block->first + block->count; at-- > block->first && count < MYBPF__MOTION_MOST;) {
        const mybpf__op *op = &ir->ops[at];
        uint64_t reads = mybpf__ir_reads(op), writes = mybpf__ir_writes(op);
        if (mybpf__motion_moves(op) && !((kept | unneeded | written) & writes) && needed & writes &&
            !(written & reads)) {
            found[count++] = at;
            needed |= reads;
            continue;
        }
        kept |= reads;
        written |= writes;
    }
    if (!count) return MYBPF_OK;
    if (mybpf__motion_way_out(loops, x, to, taken, error)) return MYBPF_ERR_MEMORY;
    while (count)
        if (mybpf__motion_move(loops, found[--count], error)) return MYBPF_ERR_MEMORY;
    return MYBPF_OK;
}

/* The ways out of the loop from `head` to `tail`. */
MYBPF__FN int mybpf__motion_exits(mybpf__loops *loops, uint32_t head, uint32_t tail, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    int status = MYBPF_OK;
    for (uint32_t x = tail + 1; x-- > head && !status;) { /* the newest block may be the tail's */
        const mybpf__block *block = &ir->blocks[x];
        if (!block->count || !mybpf__ir_is_branch(&ir->ops[block->first + block->count - 1])) continue;
        uint32_t taken = mybpf__motion_behind(loops, block->taken),
                 next = mybpf__motion_behind(loops, block->next);
        int taken_leaves = taken < head || taken > tail, next_leaves = next < head || next > tail;
        if (taken_leaves != next_leaves) status = mybpf__motion_sink(loops, x, taken_leaves, error);
    }
    return status;
}

/* ---- what stays the same ---- */

/* The block in front of the loop, the newest one then. NO_BLOCK in `made`: there can be none. */
MYBPF__FN int mybpf__motion_front(mybpf__loops *loops, uint32_t head, uint32_t tail, uint32_t *made,
                                  mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    *made = loops->front[head];
    if (*made == ir->block_count - 1) return MYBPF_OK; /* a counter is set there */
    if (*made != MYBPF__NO_BLOCK) return *made = MYBPF__NO_BLOCK, MYBPF_OK;
    if (mybpf__loops_block(loops, head, made, error)) return MYBPF_ERR_MEMORY;
    mybpf__loops_lead(loops, head, tail, *made);
    return MYBPF_OK;
}

/* Is the loop only entered at its head, and from elsewhere? */
MYBPF__FN int mybpf__motion_enters(const mybpf__ir *ir, uint32_t head, uint32_t tail)
{
    for (uint32_t i = head; i <= tail; i++) {
        uint32_t count, outside = 0;
        const uint32_t *preds = mybpf__ir_predecessors(ir, i, &count);
        for (uint32_t p = 0; p < count; p++) outside += preds[p] < head || preds[p] > tail;
        if ((i > head) == (outside > 0) && !(i > head && !count)) return 0;
    }
    return head > 0;
}

/* The values that the loop writes, and those that more than one operation writes. */
MYBPF__FN void mybpf__motion_writes(const mybpf__ir *ir, uint32_t head, uint32_t tail, uint64_t *once,
                                    uint64_t *again)
{
    *once = *again = 0;
    for (uint32_t i = head; i <= tail; i++) {
        const mybpf__block *block = &ir->blocks[i];
        for (uint32_t at = block->first; at < block->first + block->count; at++) {
            uint64_t writes = mybpf__ir_writes(&ir->ops[at]);
            *again |= *once & writes;
            *once |= writes;
        }
    }
}

/* In the loop from `head` to `tail`. */
MYBPF__FN int mybpf__motion_invariants(mybpf__loops *loops, uint32_t head, uint32_t tail, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint64_t once, again, kept = ir->blocks[head].live_in;
    uint32_t made = MYBPF__NO_BLOCK;
    mybpf__motion_writes(ir, head, tail, &once, &again);
    if (!(once & ~again & ~kept) || !mybpf__motion_enters(ir, head, tail)) return MYBPF_OK;
    for (uint32_t i = head; i <= tail; i++) {
        uint32_t first = ir->blocks[i].first, end = first + ir->blocks[i].count;
        for (uint32_t at = first; at < end; at++) {
            const mybpf__op *op = &ir->ops[at];
            uint64_t writes = mybpf__ir_writes(op);
            if (!mybpf__motion_moves(op) || (again | kept) & writes || mybpf__ir_reads(op) & once) continue;
            if (made == MYBPF__NO_BLOCK && mybpf__motion_front(loops, head, tail, &made, error))
                return MYBPF_ERR_MEMORY;
            if (made == MYBPF__NO_BLOCK) return MYBPF_OK;
            if (mybpf__motion_move(loops, at, error)) return MYBPF_ERR_MEMORY;
            once &= ~writes;
        }
    }
    return MYBPF_OK;
}

#endif
