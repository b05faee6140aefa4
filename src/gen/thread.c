/* thread.c: edges lead to where something is done. Blocks that held only a jump get no code, and a branch
 * around such a jump turns into one branch. */
#ifndef MYBPF__THREAD_C
#define MYBPF__THREAD_C

#include "ir.h"
#include "liveness.c"
#include "../base/error.h"

enum { MYBPF__THREAD_HOPS = 8 }; /* jumps to jumps to jumps: rare, and they may go round in circles */

MYBPF__FN uint32_t mybpf__thread_to(const mybpf__ir *ir, uint32_t block)
{
    for (int hops = 0; hops < MYBPF__THREAD_HOPS && block != MYBPF__NO_BLOCK; hops++) {
        if (ir->blocks[block].count || ir->blocks[block].next == MYBPF__NO_BLOCK) break;
        block = ir->blocks[block].next;
    }
    return block;
}

/* Loops go back by the branch that is taken, not by what follows. */
MYBPF__FN void mybpf__thread_turn(mybpf__ir *ir, uint32_t index)
{
    mybpf__block *block = &ir->blocks[index];
    uint32_t taken = block->taken;
    if (!block->count || block->next > index || taken <= index) return;
    mybpf__op *last = &ir->ops[block->first + block->count - 1];
    if (last->code != MYBPF__IR_BRANCH) return;
    last->sub ^= 1;
    block->taken = block->next;
    block->next = taken;
}

MYBPF__FN int mybpf__ir_thread(mybpf__ir *ir, mybpf_error *error)
{
    if (!ir->turns) return MYBPF_OK;
    uint32_t *entered =
        (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, ir->block_count, sizeof *entered);
    if (!entered) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = entered;
    for (uint32_t i = 0; i < ir->block_count; i++) entered[i] = !i;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        mybpf__block *block = &ir->blocks[i];
        block->taken = mybpf__thread_to(ir, block->taken);
        block->next = mybpf__thread_to(ir, block->next);
        if (block->taken != MYBPF__NO_BLOCK) entered[block->taken] = 1;
        if (block->next != MYBPF__NO_BLOCK) entered[block->next] = 1;
        mybpf__thread_turn(ir, i);
    }
    for (uint32_t i = 0; i < ir->block_count; i++)
        if (!entered[i] && !ir->blocks[i].count) ir->blocks[i].next = MYBPF__NO_BLOCK;
    return MYBPF_OK;
}

#endif
