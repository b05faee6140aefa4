/* thread.c: edges lead to where something is done. Blocks that held only a jump get no code, and a branch
 * around such a jump turns into one branch. Blocks that nothing parts any more become one. */
#ifndef MYBPF__THREAD_C
#define MYBPF__THREAD_C

#include "ir.h"
#include "target.h"
#include "liveness.c"
#include "../base/error.h"

enum {
    MYBPF__THREAD_HOPS = 8, /* jumps to jumps to jumps: rare, and they may go round in circles */
    MYBPF__THREAD_LOOK = 8  /* operations of a block that are looked at */
};

MYBPF__FN uint32_t mybpf__thread_to(const mybpf__ir *ir, uint32_t block)
{
    for (int hops = 0; hops < MYBPF__THREAD_HOPS && block != MYBPF__NO_BLOCK; hops++) {
        if (ir->blocks[block].count || ir->blocks[block].next == MYBPF__NO_BLOCK) break;
        block = ir->blocks[block].next;
    }
    return block;
}

/* ---- questions that have been answered ---- */

typedef struct mybpf__thread {
    mybpf__ir *ir;
    uint32_t *edges, *from; /* by block: the edges that lead there; the block that the last one comes from */
} mybpf__thread;

/* The branch that ends a block, or NULL. */
MYBPF__FN const mybpf__op *mybpf__thread_branch(const mybpf__ir *ir, const mybpf__block *block)
{
    const mybpf__op *last = block->count ? &ir->ops[block->first + block->count - 1] : NULL;
    return last && last->code == MYBPF__IR_BRANCH ? last : NULL;
}

/* Does block `index` go on to `to` only where `branch` is taken (1), or only where it is not (0)? -1: not
 * known. Nothing between that question and the end of the block may change what it is about. */
MYBPF__FN int mybpf__thread_answer(const mybpf__thread *thread, uint32_t index, uint32_t to,
                                   const mybpf__op *branch)
{
    const mybpf__ir *ir = thread->ir;
    uint64_t asked = mybpf__ir_reads(branch);
    for (int hops = 0; hops < MYBPF__THREAD_HOPS; hops++) {
        const mybpf__block *block = &ir->blocks[index];
        const mybpf__op *last = mybpf__thread_branch(ir, block);
        if (last && block->taken != block->next && last->width == branch->width && last->a == branch->a &&
            last->b == branch->b && last->flags == branch->flags && last->imm == branch->imm &&
            (last->sub | 1) == (branch->sub | 1))
            return (block->taken == to) == (last->sub == branch->sub);
        if (block->count > MYBPF__THREAD_LOOK || thread->edges[index] != 1 || thread->from[index] == index)
            return -1;
        for (uint32_t at = block->first; at < block->first + block->count; at++)
            if (mybpf__ir_writes(&ir->ops[at]) & asked) return -1;
        to = index;
        index = thread->from[index];
    }
    return -1;
}

/* Is a move all that is done in block `index`, on its way to `join`? */
MYBPF__FN int mybpf__thread_moves(const mybpf__ir *ir, uint32_t index, uint32_t join)
{
    if (index == MYBPF__NO_BLOCK || index == join) return 0;
    const mybpf__block *block = &ir->blocks[index];
    return block->count == 1 && block->taken == MYBPF__NO_BLOCK && block->next == join &&
           (ir->ops[block->first].code == MYBPF__IR_MOV || ir->ops[block->first].code == MYBPF__IR_CONST);
}

/* Does the edge from block `index` to `to` lead from a question around a move to the same question around
 * another one? Compilers write so what they choose without a branch, as the smaller and the larger of two
 * numbers, and so does local.c. */
MYBPF__FN int mybpf__thread_chooses(const mybpf__thread *thread, uint32_t index, uint32_t to)
{
    const mybpf__ir *ir = thread->ir;
    const mybpf__block *again = &ir->blocks[to], *asks;
    if (!(ir->request->target->can & MYBPF__CAN_SELECT) || ir->code->metered ||
        ir->request->disable & MYBPF__PASS_SELECT)
        return 0;
    if (!mybpf__thread_moves(ir, again->taken, again->next) &&
        !mybpf__thread_moves(ir, again->next, again->taken))
        return 0;
    if (mybpf__thread_moves(ir, index, to)) {
        if (thread->edges[index] != 1) return 0;
        index = thread->from[index];
    }
    asks = &ir->blocks[index];
    return (asks->taken == to && mybpf__thread_moves(ir, asks->next, to)) ||
           (asks->next == to && mybpf__thread_moves(ir, asks->taken, to));
}

/* Where the edge from block `index` to `to` leads in the end: on, if all that is there is a branch that is
 * known to go one way. */
MYBPF__FN uint32_t mybpf__thread_on(const mybpf__thread *thread, uint32_t index, uint32_t to)
{
    const mybpf__ir *ir = thread->ir;
    if (to == MYBPF__NO_BLOCK || to == index || ir->blocks[to].count != 1) return to;
    const mybpf__op *branch = mybpf__thread_branch(ir, &ir->blocks[to]);
    int answer = branch ? mybpf__thread_answer(thread, index, to, branch) : -1;
    if (answer >= 0 && mybpf__thread_chooses(thread, index, to)) return to;
    return answer < 0 ? to : answer ? ir->blocks[to].taken : ir->blocks[to].next;
}

/* Block `index` leads to `to` no more. */
MYBPF__FN void mybpf__thread_leave(const mybpf__thread *thread, uint32_t index, uint32_t to)
{
    if (to == MYBPF__NO_BLOCK) return;
    thread->edges[to]--;
    if (thread->from[to] == index) thread->from[to] = to; /* who knows */
}

/* A branch that is known to go one way because of those in front of it goes. */
MYBPF__FN void mybpf__thread_known(const mybpf__thread *thread, uint32_t index)
{
    mybpf__ir *ir = thread->ir;
    mybpf__block *block = &ir->blocks[index];
    const mybpf__op *branch = mybpf__thread_branch(ir, block);
    if (!branch || thread->edges[index] != 1 || thread->from[index] == index ||
        block->count > MYBPF__THREAD_LOOK)
        return;
    for (uint32_t at = block->first; at < block->first + block->count; at++)
        if (mybpf__ir_writes(&ir->ops[at]) & mybpf__ir_reads(branch)) return;
    int answer = mybpf__thread_answer(thread, thread->from[index], index, branch);
    if (answer < 0) return;
    if (block->next != block->taken) mybpf__thread_leave(thread, index, answer ? block->next : block->taken);
    if (answer) block->next = block->taken;
    block->taken = MYBPF__NO_BLOCK;
    ir->ops[block->first + block->count - 1].code = MYBPF__IR_NOP;
    if (block->count == 1) block->count = 0;
}

/* ---- edges ---- */

/* The block's branch, if it has one, asks the opposite. */
MYBPF__FN void mybpf__thread_invert(mybpf__ir *ir, mybpf__block *block)
{
    uint32_t taken = block->taken;
    if (!mybpf__thread_branch(ir, block)) return;
    ir->ops[block->first + block->count - 1].sub ^= 1;
    block->taken = block->next;
    block->next = taken;
}

/* Loops go back by the branch that is taken, not by what follows. */
MYBPF__FN void mybpf__thread_turn(mybpf__ir *ir, uint32_t index)
{
    mybpf__block *block = &ir->blocks[index];
    if (block->next <= index && block->taken > index) mybpf__thread_invert(ir, block);
}

/* Block `index` leads to `to` by this edge. */
MYBPF__FN void mybpf__thread_edge(const mybpf__thread *thread, uint32_t index, uint32_t *edge, uint32_t to)
{
    if (*edge == to) return;
    mybpf__thread_leave(thread, index, *edge);
    thread->edges[to]++;
    thread->from[to] = index;
    *edge = to;
}

MYBPF__FN void mybpf__thread_count(const mybpf__thread *thread)
{
    const mybpf__ir *ir = thread->ir;
    for (uint32_t i = 0; i < ir->block_count; i++) thread->edges[i] = !i, thread->from[i] = i;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const uint32_t to[2] = {ir->blocks[i].taken, ir->blocks[i].next};
        for (int way = 0; way < 2; way++)
            if (to[way] != MYBPF__NO_BLOCK) thread->edges[to[way]]++, thread->from[to[way]] = i;
    }
}

/* Nothing leads to block `index`: it goes if all it does is to lead on. */
MYBPF__FN void mybpf__thread_end(const mybpf__thread *thread, uint32_t index)
{
    mybpf__block *block = &thread->ir->blocks[index];
    if (block->count > 1 || (block->count && !mybpf__thread_branch(thread->ir, block))) return;
    mybpf__thread_leave(thread, index, block->taken);
    mybpf__thread_leave(thread, index, block->next);
    block->count = 0;
    block->taken = block->next = MYBPF__NO_BLOCK;
}

MYBPF__FN int mybpf__ir_thread(mybpf__ir *ir, mybpf_error *error)
{
    mybpf__thread thread;
    if (!ir->turns) return MYBPF_OK;
    thread.ir = ir;
    thread.edges = (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, 2 * ir->block_count,
                                           sizeof *thread.edges);
    if (!thread.edges)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = thread.edges;
    thread.from = thread.edges + ir->block_count;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        mybpf__block *block = &ir->blocks[i];
        block->taken = mybpf__thread_to(ir, block->taken);
        block->next = mybpf__thread_to(ir, block->next);
    }
    mybpf__thread_count(&thread);
    for (uint32_t i = 0; i < ir->block_count; i++) {
        mybpf__block *block = &ir->blocks[i];
        if (block->taken != MYBPF__NO_BLOCK)
            mybpf__thread_edge(&thread, i, &block->taken, mybpf__thread_on(&thread, i, block->taken));
        if (block->next != MYBPF__NO_BLOCK)
            mybpf__thread_edge(&thread, i, &block->next, mybpf__thread_on(&thread, i, block->next));
        mybpf__thread_known(&thread, i);
        mybpf__thread_turn(ir, i);
    }
    for (uint32_t i = 0; i < ir->block_count; i++)
        if (!thread.edges[i]) mybpf__thread_end(&thread, i);
    return MYBPF_OK;
}

/* ---- blocks that follow one another alone ---- */

enum { MYBPF__CHAIN_INNER = 0x40000000 }; /* beside the edges to a block: it becomes part of another one */

/* The block that alone follows block `index`, which alone leads there; or NO_BLOCK. */
MYBPF__FN uint32_t mybpf__chain_next(const mybpf__ir *ir, const uint32_t *edges, uint32_t index)
{
    uint32_t next = ir->blocks[index].next;
    if (ir->blocks[index].taken != MYBPF__NO_BLOCK || next == MYBPF__NO_BLOCK || next == index)
        return MYBPF__NO_BLOCK;
    return (edges[next] & ~(uint32_t)MYBPF__CHAIN_INNER) == 1 ? next : (uint32_t)MYBPF__NO_BLOCK;
}

/* The instructions of block `inner`, and of dead ones in front of it, count as those of `head` if they follow
 * them: those of blocks that states.c has made need not. */
MYBPF__FN void mybpf__chain_insns(mybpf__ir *ir, uint32_t head, uint32_t inner)
{
    uint32_t end = ir->blocks[head].end;
    for (uint32_t i = head + 1; i <= inner; i++) {
        const mybpf__block *block = &ir->blocks[i];
        if (i < inner && !mybpf__block_is_dead(block)) return;
        if (block->end == block->insn) continue;
        if (block->insn != end) return;
        end = block->end;
    }
    ir->blocks[head].end = end;
    for (uint32_t i = head + 1; i <= inner; i++) ir->blocks[i].end = ir->blocks[i].insn;
}

/* Block `head` goes on with the operations of those that follow it. */
MYBPF__FN int mybpf__chain_make(mybpf__ir *ir, const uint32_t *edges, uint32_t head, mybpf_error *error)
{
    uint32_t first = ir->op_count, next;
    for (uint32_t from = head;; from = next) {
        mybpf__block was = ir->blocks[from];
        next = mybpf__chain_next(ir, edges, from);
        for (uint32_t at = was.first; at < was.first + was.count; at++) {
            mybpf__op *made = mybpf__ir_new_op(ir, ir->ops[at].code, ir->ops[at].insn);
            if (!made)
                return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
            *made = ir->ops[at];
        }
        if (from != head) {
            ir->blocks[from].count = 0;
            ir->blocks[from].taken = ir->blocks[from].next = MYBPF__NO_BLOCK;
            mybpf__chain_insns(ir, head, from);
        }
        if (next != MYBPF__NO_BLOCK) continue;
        ir->blocks[head].taken = was.taken;
        ir->blocks[head].next = was.next;
        break;
    }
    ir->blocks[head].first = first;
    ir->blocks[head].count = ir->op_count - first;
    if (ir->blocks[head].next == head) mybpf__thread_invert(ir, &ir->blocks[head]);
    return MYBPF_OK;
}

/* So loops that are left with one block are known as such. */
MYBPF__FN int mybpf__ir_chains(mybpf__ir *ir, mybpf_error *error)
{
    uint32_t count = ir->block_count, next;
    uint32_t *edges = (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, count, sizeof *edges);
    int status = MYBPF_OK;
    if (!edges) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = edges;
    for (uint32_t i = 0; i < count; i++) edges[i] = !i;
    for (uint32_t i = 0; i < count; i++) {
        if (ir->blocks[i].taken != MYBPF__NO_BLOCK) edges[ir->blocks[i].taken]++;
        if (ir->blocks[i].next != MYBPF__NO_BLOCK) edges[ir->blocks[i].next]++;
    }
    for (uint32_t i = 0; i < count; i++)
        if ((next = mybpf__chain_next(ir, edges, i)) != MYBPF__NO_BLOCK) edges[next] |= MYBPF__CHAIN_INNER;
    for (uint32_t i = 0; i < count && !status; i++)
        if (!(edges[i] & MYBPF__CHAIN_INNER) && mybpf__chain_next(ir, edges, i) != MYBPF__NO_BLOCK)
            status = mybpf__chain_make(ir, edges, i, error);
    return status;
}

#endif
