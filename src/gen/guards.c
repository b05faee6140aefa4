/* guards.c: one check for several accesses. The guards of a block through the same base, with nothing between
 * them that a fault would come too early for, become a group: its first one asks for all their bytes at once.
 * Where that is refused, cold code asks for each access in order, so the fault is that of the first access
 * that may not be. A guard for bytes that one before it has asked for is left out. */
#ifndef MYBPF__GUARDS_C
#define MYBPF__GUARDS_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

#define MYBPF__GUARD_SPAN   64 /* bytes that a group may span: mybpf_env.window knows sizes up to it */
#define MYBPF__GUARD_RECENT 16 /* guards that are remembered */

typedef struct mybpf__guards {
    mybpf__ir *ir;
    uint32_t recent[MYBPF__GUARD_RECENT]; /* guards that hold where we are: operations, the newest first */
    uint32_t leader[MYBPF__GUARD_RECENT]; /* their groups' first ones; MYBPF__NO_BLOCK: no more may join it */
    uint32_t count;
} mybpf__guards;

/* Where the bytes begin that a group's first guard asks for, and end. */
MYBPF__FN int64_t mybpf__guard_low(const mybpf__op *op) { return op->imm; }
MYBPF__FN int64_t mybpf__guard_high(const mybpf__op *op) { return op->imm + op->c; }

MYBPF__FN int mybpf__guard_covers(const mybpf__op *old, const mybpf__op *op)
{
    return old->a == op->a && !((op->flags ^ old->flags) & MYBPF__F_WRITE) && old->disp <= op->disp &&
           (int64_t)op->disp + op->width <= (int64_t)old->disp + old->width;
}

/* Makes `first`, which stands for a group already or for itself, ask for the bytes of `op` too. */
MYBPF__FN int mybpf__guard_join(mybpf__op *first, const mybpf__op *op)
{
    int64_t low = mybpf__guard_low(first), high = mybpf__guard_high(first);
    if (first->a != op->a || (first->flags ^ op->flags) & MYBPF__F_WRITE) return 0;
    if (op->disp < low) low = op->disp;
    if ((int64_t)op->disp + op->width > high) high = (int64_t)op->disp + op->width;
    if (high - low > MYBPF__GUARD_SPAN) return 0;
    first->imm = low;
    first->c = (uint16_t)(high - low);
    return 1;
}

MYBPF__FN void mybpf__guards_op(mybpf__guards *g, mybpf__op *op, uint32_t at)
{
    mybpf__ir *ir = g->ir;
    uint32_t leader = at;
    if (op->code != MYBPF__IR_GUARD || op->flags & MYBPF__F_ATOMIC) return;
    for (uint32_t i = 0; i < g->count; i++)
        if (mybpf__guard_covers(&ir->ops[g->recent[i]], op)) {
            op->code = MYBPF__IR_NOP;
            return;
        }
    for (uint32_t i = 0; i < g->count && leader == at; i++)
        if (g->leader[i] != MYBPF__NO_BLOCK && mybpf__guard_join(&ir->ops[g->leader[i]], op))
            leader = g->leader[i];
    if (leader != at) {
        ir->ops[leader].aux = at + 1; /* its last member, + 1 */
        op->flags |= MYBPF__F_COVERED;
        op->aux = leader;
    } else { /* it may fault before what follows it does: no more of that is asked for earlier */
        for (uint32_t i = 0; i < g->count; i++) g->leader[i] = MYBPF__NO_BLOCK;
    }
    if (g->count < MYBPF__GUARD_RECENT) g->count++;
    for (uint32_t i = g->count - 1; i > 0; i--)
        g->recent[i] = g->recent[i - 1], g->leader[i] = g->leader[i - 1];
    g->recent[0] = at;
    g->leader[0] = leader;
}

/* What an operation that is no guard leaves of what is known. */
MYBPF__FN void mybpf__guards_after(mybpf__guards *g, const mybpf__op *op)
{
    uint64_t writes = mybpf__ir_writes(op);
    uint32_t kept = 0;
    int calls = op->code >= MYBPF__IR_EXIT && op->code <= MYBPF__IR_PACKET, effects = mybpf__ir_is_seen(op);
    if (calls) g->count = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        if (MYBPF__VALUE_BIT(g->ir->ops[g->recent[i]].a) & writes) continue;
        g->recent[kept] = g->recent[i];
        g->leader[kept++] = effects ? MYBPF__NO_BLOCK : g->leader[i];
    }
    g->count = kept;
}

/* Asks from the base on where that is not too much: the sum of base and window is one instruction then. */
MYBPF__FN void mybpf__guards_settle(mybpf__op *op)
{
    int64_t high = mybpf__guard_high(op);
    if (mybpf__guard_low(op) > 0 && high <= MYBPF__GUARD_SPAN) {
        op->imm = 0;
        op->c = (uint16_t)high;
    }
    op->sub = (uint8_t)(op->c > 2 ? 2 + (op->c + 3) / 4 : op->c);
}

MYBPF__FN void mybpf__ir_guards(mybpf__ir *ir, uint32_t enabled)
{
    mybpf__guards g;
    g.ir = ir;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t first = ir->blocks[i].first, end = first + ir->blocks[i].count;
        g.count = 0;
        for (uint32_t at = first; at < end; at++) {
            mybpf__op *op = &ir->ops[at];
            if (op->code == MYBPF__IR_GUARD) {
                op->imm = op->disp;
                op->c = op->width;
                if (enabled & MYBPF__PASS_GUARDS) mybpf__guards_op(&g, op, at);
            } else {
                mybpf__guards_after(&g, op);
            }
        }
        for (uint32_t at = first; at < end; at++)
            if (ir->ops[at].code == MYBPF__IR_GUARD) mybpf__guards_settle(&ir->ops[at]);
    }
}

#undef MYBPF__GUARD_SPAN
#undef MYBPF__GUARD_RECENT

#endif
