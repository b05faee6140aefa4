/* several.c: loops of one block that make nobody knows how many rounds make several at once, in front of the
 * loop (UNROLL). The rounds are those of unroll.c, what stands around them is of ahead.c. */
#ifndef MYBPF__SEVERAL_C
#define MYBPF__SEVERAL_C

#include "ir.h"
#include "ahead.c"
#include "loops.h"
#include "unroll.c"
#include "../base/error.h"

/* The rounds for the newest block; their last operation counts and asks. */
MYBPF__FN int mybpf__several_rounds(mybpf__ir *ir, const mybpf__ahead *ahead, const mybpf__unroll *unroll,
                                    mybpf_error *error)
{
    mybpf__block *block;
    if (mybpf__unroll_rounds(ir, unroll, ahead->made, error)) return MYBPF_ERR_MEMORY;
    mybpf__op *last = &ir->ops[ir->op_count - 1];
    if (last->code == MYBPF__IR_SUB_BRANCH) {
        last->code = MYBPF__IR_ADD;
        last->sub = 0;
        last->imm = -last->imm;
        return MYBPF_OK;
    }
    block = &ir->blocks[ahead->made];
    block->count--;
    ir->op_count--;
    return MYBPF_OK;
}

/* Is it worth it? The loop walks along memory, so that its rounds need not wait for each other, and of what
 * it does a quarter is needed once only for several rounds. */
MYBPF__FN int mybpf__several_pays(const mybpf__ir *ir, const mybpf__unroll *unroll)
{
    uint32_t memory = 0, once = 0, all = 0;
    for (uint32_t at = unroll->first; at < unroll->end; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (op->code == MYBPF__IR_NOP || op->code == MYBPF__IR_CHARGE) continue;
        int steps = op->code == MYBPF__IR_ADD && unroll->steps & mybpf__ir_writes(op);
        all++;
        once += steps || at == unroll->asked || at + 1 == unroll->end;
        memory += op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE;
    }
    return memory && once * 4 >= all;
}

/* Block `x`, a loop of its own. `jump`: the block that takes steps where it goes back, or NO_BLOCK.
 * `*made`: it is such a loop. */
MYBPF__FN int mybpf__several_loop(mybpf__loops *loops, uint32_t x, uint32_t jump, int *made,
                                  mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__ahead ahead;
    mybpf__unroll unroll;
    if (!mybpf__ahead_look(ir, &ahead, x, jump) || !mybpf__ahead_branch(ir, &ahead) ||
        !mybpf__unroll_begin(ir, &unroll, x, jump, MYBPF__UNROLL_ROUNDS, ahead.mask) || unroll.rounds < 2)
        return MYBPF_OK;
    ahead.rounds = unroll.rounds;
    if (!mybpf__several_pays(ir, &unroll) || !mybpf__ahead_condition(ir, &ahead)) return MYBPF_OK;
    *made = 1;
    if (mybpf__ahead_begin(loops, &ahead, error) || mybpf__several_rounds(ir, &ahead, &unroll, error) ||
        mybpf__ahead_enter(loops, &ahead, error) || mybpf__ahead_limit(loops, &ahead, error))
        return MYBPF_ERR_MEMORY;
    mybpf__ahead_lead(loops, &ahead, 0);
    return MYBPF_OK;
}

#endif
