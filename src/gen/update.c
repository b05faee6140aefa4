/* update.c: a number that is loaded, changed and stored where it was, as counters are, is changed in memory
 * by one operation, where the target has such (FUSION, MYBPF__CAN_MEMORY) and nobody needs it besides. In
 * front of fold.c, which gives that one access its address: local.c leaves those of the two as they are. */
#ifndef MYBPF__UPDATE_C
#define MYBPF__UPDATE_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

/* Does the store take what `change` makes of what `load` has loaded from the same place? */
MYBPF__FN int mybpf__update_fits(const mybpf__op *load, const mybpf__op *change, const mybpf__op *store)
{
    if (store->code != MYBPF__IR_STORE || store->flags || load->code != MYBPF__IR_LOAD || load->flags ||
        load->width != store->width || load->a != store->a || load->b != store->b ||
        load->aux != store->aux || load->disp != store->disp || store->c != change->dst ||
        load->dst == load->a || load->dst == load->b || change->dst == store->a || change->dst == store->b)
        return 0;
    if (change->code != MYBPF__IR_ADD && change->code != MYBPF__IR_SUB &&
        (change->code < MYBPF__IR_OR || change->code > MYBPF__IR_XOR))
        return 0;
    if (change->width < store->width || change->flags & ~MYBPF__F_IMM) return 0;
    if (change->flags)
        return change->a == load->dst && change->imm == (int32_t)change->imm &&
               (store->width != 2 || (change->imm >= -128 && change->imm < 128));
    return change->a != change->b &&
           (change->a == load->dst || (change->b == load->dst && change->code != MYBPF__IR_SUB));
}

/* The store at `at` becomes all three, if nobody needs what the others leave. */
MYBPF__FN void mybpf__update_store(mybpf__ir *ir, uint32_t first, uint32_t at)
{
    mybpf__op *store = &ir->ops[at], *before[2] = {NULL, NULL};
    for (uint32_t i = at, found = 0; found < 2;) {
        if (i-- == first) return;
        if (ir->ops[i].code != MYBPF__IR_NOP) before[found++] = &ir->ops[i];
    }
    mybpf__op *change = before[0], *load = before[1];
    if (!mybpf__update_fits(load, change, store)) return;
    uint64_t gone = MYBPF__VALUE_BIT(load->dst) | MYBPF__VALUE_BIT(change->dst);
    if (ir->live[at] & gone) return;
    store->flags = (uint8_t)(MYBPF__F_UPDATE | change->flags);
    store->sub = change->code;
    store->imm = change->imm;
    store->c = change->flags ? (uint16_t)MYBPF__NO_VALUE : change->a == load->dst ? change->b : change->a;
    load->code = change->code = MYBPF__IR_NOP;
    for (uint32_t i = (uint32_t)(load - ir->ops); i < at; i++)
        ir->live[i] = (ir->live[i] & ~gone) | mybpf__ir_reads(store);
}

/* Needs live sets, and keeps them true. */
MYBPF__FN void mybpf__ir_update(mybpf__ir *ir)
{
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t first = ir->blocks[i].first;
        for (uint32_t at = first + 2; at < first + ir->blocks[i].count; at++)
            if (ir->ops[at].code == MYBPF__IR_STORE) mybpf__update_store(ir, first, at);
    }
}

#endif
