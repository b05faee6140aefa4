/* passes.c: the optimisations, in the order in which they run. Each can be left out (MYBPF_JIT_NO_*). */
#ifndef MYBPF__PASSES_C
#define MYBPF__PASSES_C

#include "ir.h"
#include "carry.c"
#include "charges.c"
#include "counted.c"
#include "facts.c"
#include "fold.c"
#include "guards.c"
#include "join.c"
#include "liveness.c"
#include "local.c"
#include "loops.c"
#include "memcpy.c"
#include "merge.c"
#include "operands.c"
#include "order.c"
#include "parts.c"
#include "popcount.c"
#include "quotients.c"
#include "remainder.c"
#include "rounds.c"
#include "select.c"
#include "spare.c"
#include "states.c"
#include "thread.c"
#include "update.c"
#include "upper.c"
#include "../base/error.h"

enum {
    MYBPF__LOOP_PASSES = MYBPF__PASS_SINK | MYBPF__PASS_COUNTERS | MYBPF__PASS_INVARIANTS |
                         MYBPF__PASS_MERGE | MYBPF__PASS_UNROLL
};

/* Passes that need live sets and may make them wrong, among them all that know loops: those that there is
 * something for, a set of MYBPF__PASS_*. */
MYBPF__FN uint32_t mybpf__passes_between(const mybpf__ir *ir, uint32_t enabled)
{
    uint32_t set = ir->turns ? (uint32_t)MYBPF__LOOP_PASSES : 0u;
    if (ir->narrow_loads > 1 && ir->request->target->can & MYBPF__CAN_JOIN) set |= MYBPF__PASS_JOIN;
    if (ir->divisions) set |= MYBPF__PASS_DIVISION;
    if (ir->sums) set |= MYBPF__PASS_FOLD;
    if (ir->updates) set |= MYBPF__PASS_FUSION;
    return set & enabled;
}

MYBPF__FN int mybpf__ir_passes(mybpf__ir *ir, mybpf_error *error)
{
    const uint32_t local = MYBPF__PASS_COPIES | MYBPF__PASS_EXTENSIONS | MYBPF__PASS_ADDRESSES |
                           MYBPF__PASS_ROTATES | MYBPF__PASS_DIVISION | MYBPF__PASS_SELECT |
                           MYBPF__PASS_CALLS;
    uint32_t enabled = ~ir->request->disable;
    int changed = 0;
    int status = enabled & MYBPF__PASS_FACTS ? mybpf__ir_facts(ir, error) : MYBPF_OK;
    if (!status && enabled & MYBPF__PASS_THREAD) status = mybpf__ir_thread(ir, error);
    if (!status && enabled & MYBPF__PASS_THREAD && ir->turns) status = mybpf__ir_states(ir, error);
    if (!status && enabled & MYBPF__PASS_UNROLL && ir->divisions && ir->turns)
        status = mybpf__ir_counted(ir, error);
    if (!status && enabled & MYBPF__PASS_JOIN && (ir->narrow_stores > 3 || ir->stores_beside) &&
        ir->request->target->can & MYBPF__CAN_JOIN && ir->code->trust != MYBPF_GUARDED)
        status = mybpf__ir_memcpy(ir, error);
    if (!status && enabled & MYBPF__PASS_ROTATES && ir->bit_sums &&
        mybpf__target_can(ir->request, MYBPF__CAN_POPCNT))
        status = mybpf__ir_popcount(ir, error);
    if (!status && enabled & (MYBPF__PASS_SLOTS | MYBPF__PASS_CONSTANTS) && ir->code->trust != MYBPF_GUARDED)
        status = mybpf__ir_spare(ir, enabled, error);
    if (!status && enabled & local) status = mybpf__ir_local(ir, enabled, error);
    if (!status && enabled & MYBPF__PASS_THREAD && ir->selects && ir->turns)
        status = mybpf__ir_chains(ir, error);
    if (!status && enabled & MYBPF__PASS_JOIN && ir->narrow_stores > 1 &&
        ir->request->target->can & MYBPF__CAN_JOIN)
        mybpf__ir_parts(ir);
    uint32_t between = mybpf__passes_between(ir, enabled);
    void (*merge)(mybpf__ir *, const mybpf__block *) =
        enabled & MYBPF__PASS_MERGE ? mybpf__merge_block : NULL;
    if (!status) status = mybpf__ir_liveness(ir, between ? NULL : merge, error);
    if (!status && between & MYBPF__PASS_JOIN) mybpf__ir_join(ir, &changed);
    if (!status && between & MYBPF__PASS_DIVISION) mybpf__ir_remainders(ir, &changed);
    if (!status && between & MYBPF__PASS_FUSION) mybpf__ir_update(ir);
    /* behind join.c, which asks live sets about values that a folded sum is read for later */
    if (!status && between & MYBPF__PASS_FOLD) {
        if (merge && ir->request->target->can & MYBPF__CAN_MEMORY) mybpf__merge_sums(ir);
        mybpf__ir_fold(ir, &changed);
    }
    if (!status && between & MYBPF__LOOP_PASSES) status = mybpf__ir_loops(ir, enabled, &changed, error);
    if (!status && changed)
        status = mybpf__ir_liveness(ir, merge, error);
    else if (between && merge)
        for (uint32_t i = 0; i < ir->block_count && !status; i++) merge(ir, &ir->blocks[i]);
    if (!status && enabled & MYBPF__PASS_DIVISION && ir->quotients > 1)
        status = mybpf__ir_quotients(ir, error);
    if (!status && enabled & MYBPF__PASS_ROUNDS && ir->code->metered) status = mybpf__ir_rounds(ir, error);
    if (!status && enabled & MYBPF__PASS_SELECT && ir->request->target->can & MYBPF__CAN_SELECT)
        status = mybpf__ir_select(ir, error);
    if (!status && enabled & MYBPF__PASS_SELECT && ir->selects) mybpf__ir_carry(ir);
    if (!status && enabled & MYBPF__PASS_UPPER && ir->request->target->can & MYBPF__CAN_SIGNS)
        mybpf__ir_upper(ir);
    if (!status && enabled & MYBPF__PASS_FUSION &&
        ir->request->target->can & (MYBPF__CAN_MEMORY | MYBPF__CAN_TEST))
        mybpf__ir_operands(ir);
    if (!status && enabled & MYBPF__PASS_CHARGES && ir->code->metered) status = mybpf__ir_charges(ir, error);
    if (!status && ir->code->trust == MYBPF_GUARDED && !MYBPF__ARENA_OF(ir->code) &&
        ir->request->mode == MYBPF__GEN_JIT)
        mybpf__ir_guards(ir, enabled);
    if (!status && enabled & MYBPF__PASS_ORDER) status = mybpf__ir_order(ir, error);
    return status;
}

#endif
