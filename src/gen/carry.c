/* carry.c: a sum that gains 1 where a comparison holds, as of checksums whose carry goes round, takes what
 * the comparison leaves as a carry (SELECT):
 *
 *     r5 = 1; if r1 < r2 goto on; r5 = 0; on: r3 += r5      dst = c + (a < b)
 *
 * If the comparison asks whether the sum in front of it has wrapped, that has left the carry already. Needs
 * live sets, and SELECT, which local.c makes of the branch. */
#ifndef MYBPF__CARRY_C
#define MYBPF__CARRY_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum { MYBPF__CARRY_REACH = 8 }; /* operations in between */

/* The constant that the SELECT at `at` replaces, 0 or 1, by the operation that makes it; op_count: none. */
MYBPF__FN uint32_t mybpf__carry_constant(const mybpf__ir *ir, uint32_t first, uint32_t at)
{
    uint64_t value = MYBPF__VALUE_BIT(ir->ops[at].dst);
    for (uint32_t i = at; i-- > first && at - i <= MYBPF__CARRY_REACH;) {
        const mybpf__op *op = &ir->ops[i];
        if (op->code == MYBPF__IR_CONST && op->dst == ir->ops[at].dst)
            return !(op->imm & ~(int64_t)1) && op->imm + ir->ops[at].disp == 1 ? i : ir->op_count;
        if ((mybpf__ir_reads(op) | mybpf__ir_writes(op)) & value) break;
    }
    return ir->op_count;
}

/* The sum that is all that reads the result of the SELECT at `at`, while what that compares is still there,
 * in block `index` or in the one that only follows it; op_count: none. */
MYBPF__FN uint32_t mybpf__carry_sum(const mybpf__ir *ir, uint32_t index, uint32_t at)
{
    const mybpf__op *select = &ir->ops[at];
    const mybpf__block *block = &ir->blocks[index];
    uint64_t value = MYBPF__VALUE_BIT(select->dst), compared = mybpf__ir_reads(select) & ~value;
    uint32_t edges = 0;
    if (select->a == select->dst || (!(select->flags & MYBPF__F_IMM) && select->b == select->dst))
        return ir->op_count;
    for (uint32_t i = at, seen = 0; seen < MYBPF__CARRY_REACH; seen++) {
        if (++i == block->first + block->count) {
            if (block != &ir->blocks[index] || block->taken != MYBPF__NO_BLOCK || block->next <= index ||
                block->next == MYBPF__NO_BLOCK)
                break;
            mybpf__ir_predecessors(ir, block->next, &edges);
            block = &ir->blocks[block->next];
            if (edges != 1 || !block->count) break;
            i = block->first;
        }
        const mybpf__op *op = &ir->ops[i];
        if (mybpf__ir_reads(op) & value)
            return op->code == MYBPF__IR_ADD && !op->flags && op->a != op->b &&
                           (op->dst == select->dst || !(ir->live[i] & value))
                       ? i
                       : ir->op_count;
        if (mybpf__ir_writes(op) & (value | compared)) break;
    }
    return ir->op_count;
}

/* The condition as one that leaves a carry, a < b, or none where it holds, a >= b. 0: it is no such. */
MYBPF__FN int mybpf__carry_condition(mybpf__op *op)
{
    uint16_t a = op->a;
    int constant = op->flags & MYBPF__F_IMM;
    switch (op->sub) {
    case MYBPF__LT:
    case MYBPF__GE: return 1;
    case MYBPF__EQ:
    case MYBPF__NE:
        if (!constant || op->imm) return 0;
        op->imm = 1;
        op->sub = op->sub == MYBPF__EQ ? MYBPF__LT : MYBPF__GE;
        return 1;
    case MYBPF__GT:
    case MYBPF__LE:
        if (constant && (op->imm < 0 || op->imm >= INT32_MAX)) return 0;
        if (constant)
            op->imm++;
        else
            op->a = op->b, op->b = a;
        op->sub = (op->sub == MYBPF__GT) == (constant != 0) ? MYBPF__GE : MYBPF__LT;
        return 1;
    default: return 0;
    }
}

/* Is what is compared the sum in front of it with what that was made of? Then nothing in between changes the
 * flags: F_CARRY. */
MYBPF__FN void mybpf__carry_wraps(mybpf__ir *ir, uint32_t first, uint32_t at)
{
    mybpf__op *op = &ir->ops[at];
    if (op->flags & MYBPF__F_IMM || !(ir->request->target->can & MYBPF__CAN_MEMORY)) return;
    while (at-- > first) {
        mybpf__op *sum = &ir->ops[at];
        if (sum->code == MYBPF__IR_ADD && sum->dst == op->a && !sum->flags && sum->width == op->width &&
            (sum->a == op->b || sum->b == op->b) && op->a != op->b) {
            sum->flags = MYBPF__F_CARRY;
            op->flags |= MYBPF__F_CARRY;
            return;
        }
        if ((sum->code != MYBPF__IR_NOP && sum->code != MYBPF__IR_MOV && sum->code != MYBPF__IR_LOAD &&
             sum->code != MYBPF__IR_STORE) ||
            sum->flags & ~MYBPF__F_IMM || mybpf__ir_writes(sum) & mybpf__ir_reads(op))
            return;
    }
}

/* The SELECT at `at`, in block `index`. */
MYBPF__FN void mybpf__carry_select(mybpf__ir *ir, uint32_t index, uint32_t at)
{
    mybpf__op select = ir->ops[at];
    mybpf__block *block = &ir->blocks[index], *then;
    uint64_t value = MYBPF__VALUE_BIT(select.dst);
    if (select.c != MYBPF__NO_VALUE || select.disp & ~1 || select.width < 4 || select.flags & ~MYBPF__F_IMM ||
        (at > block->first && ir->ops[at - 1].code == MYBPF__IR_SPEND_IF))
        return;
    uint32_t constant = mybpf__carry_constant(ir, block->first, at), sum = mybpf__carry_sum(ir, index, at);
    if (!select.disp) select.sub ^= 1;
    if (constant == ir->op_count || sum == ir->op_count || !mybpf__carry_condition(&select)) return;
    mybpf__op *op = &ir->ops[sum];
    select.code = MYBPF__IR_ADD_IF;
    select.c = op->a == select.dst ? op->b : op->a;
    select.disp = 0;
    select.aux = op->width;
    select.dst = op->dst;
    select.insn = op->insn;
    *op = select;
    ir->ops[constant].code = ir->ops[at].code = MYBPF__IR_NOP;
    uint64_t reads = mybpf__ir_reads(op);
    uint32_t end = block->first + block->count;
    for (uint32_t i = constant; i < end && i < sum; i++) ir->live[i] &= ~value;
    if (sum < block->first || sum >= end) { /* in the next one */
        then = &ir->blocks[block->next];
        block->live_out = (block->live_out & ~value) | reads;
        then->live_in = (then->live_in & ~value) | reads;
        for (uint32_t i = at; i < end; i++) ir->live[i] |= reads;
        at = then->first;
        for (uint32_t i = at; i < sum; i++) ir->live[i] &= ~value;
    } else
        then = block;
    for (uint32_t i = at; i < sum; i++) ir->live[i] |= reads;
    mybpf__carry_wraps(ir, then->first, sum);
}

MYBPF__FN void mybpf__ir_carry(mybpf__ir *ir)
{
    for (uint32_t i = 0; i < ir->block_count; i++)
        for (uint32_t at = ir->blocks[i].first; at < ir->blocks[i].first + ir->blocks[i].count; at++)
            if (ir->ops[at].code == MYBPF__IR_SELECT) mybpf__carry_select(ir, i, at);
}

#endif
