/* select.c: one of two sums of a number with a constant, as digits become characters, is taken without a
 * branch, which would often be wrong. Other moves under a condition: local.c. Needs live sets, as a compiler
 * may make the sum in place and copy it then: merge.c leaves one operation. */
#ifndef MYBPF__SELECT_C
#define MYBPF__SELECT_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum { MYBPF__SELECT_REACH = 8 }; /* operations between the first sum and the branch */

/* The sum that is all that block `index` does, entered by one edge, on its way to `join`; else NULL. */
MYBPF__FN const mybpf__op *mybpf__select_sum(const mybpf__ir *ir, uint32_t index, uint32_t join)
{
    const mybpf__block *arm = &ir->blocks[index];
    const mybpf__op *sum = NULL;
    uint32_t edges;
    if (arm->count > 4 || arm->taken != MYBPF__NO_BLOCK || arm->next != join) return NULL;
    for (uint32_t at = arm->first; at < arm->first + arm->count; at++) {
        if (ir->ops[at].code == MYBPF__IR_NOP) continue;
        if (sum) return NULL;
        sum = &ir->ops[at];
    }
    if (!sum || sum->code != MYBPF__IR_ADD || sum->width < 4 || !(sum->flags & MYBPF__F_IMM) || !sum->imm ||
        sum->imm != (int32_t)sum->imm || sum->dst >= MYBPF__GLOBAL_VALUES)
        return NULL;
    mybpf__ir_predecessors(ir, index, &edges);
    return edges == 1 ? sum : NULL;
}

/* Is what the sum replaces another sum of the same number? Or of the one that is compared, if the sum goes on
 * from there. Of 8 bytes it may be an address, where a branch is mostly right: the number must be compared.
 */
MYBPF__FN int mybpf__select_chooses(const mybpf__ir *ir, const mybpf__block *block, uint32_t branch,
                                    const mybpf__op *sum)
{
    uint64_t written = 0;
    uint32_t last = branch - block->first > MYBPF__SELECT_REACH ? branch - MYBPF__SELECT_REACH : block->first;
    for (uint32_t at = branch; at-- > last;) {
        const mybpf__op *was = &ir->ops[at];
        written |= mybpf__ir_writes(was);
        if (!(written & MYBPF__VALUE_BIT(sum->dst))) continue;
        unsigned of = sum->a == sum->dst || sum->width == 8 ? ir->ops[branch].a : sum->a;
        if (sum->a != sum->dst && sum->a != of) return 0;
        return (was->code == MYBPF__IR_ADD || was->code == MYBPF__IR_OR) && was->flags & MYBPF__F_IMM &&
               was->width == sum->width && was->a == of && !(written & MYBPF__VALUE_BIT(of));
    }
    return 0;
}

MYBPF__FN void mybpf__select_block(mybpf__ir *ir, mybpf__block *block)
{
    uint32_t at = block->first + block->count - 1;
    mybpf__op *op = &ir->ops[at];
    for (int taken = 0; taken < 2; taken++) {
        uint32_t arm = taken ? block->taken : block->next, join = taken ? block->next : block->taken;
        const mybpf__op *sum = arm == join ? NULL : mybpf__select_sum(ir, arm, join);
        if (!sum || !mybpf__select_chooses(ir, block, at, sum)) continue;
        op->code = MYBPF__IR_SELECT;
        if (!taken) op->sub ^= 1;
        op->dst = sum->dst;
        op->c = sum->a;
        op->disp = (int32_t)sum->imm;
        op->aux = sum->width;
        ir->live[at] = block->live_out = ir->blocks[join].live_in;
        block->next = join;
        block->taken = ir->blocks[arm].next = MYBPF__NO_BLOCK;
        ir->blocks[arm].count = 0;
        return;
    }
}

MYBPF__FN void mybpf__ir_select(mybpf__ir *ir)
{
    for (uint32_t i = 0; i < ir->block_count; i++) {
        mybpf__block *block = &ir->blocks[i];
        if (block->count && block->taken != MYBPF__NO_BLOCK && block->next != MYBPF__NO_BLOCK &&
            ir->ops[block->first + block->count - 1].code == MYBPF__IR_BRANCH)
            mybpf__select_block(ir, block);
    }
}

#endif
