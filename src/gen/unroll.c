/* unroll.c: loops of one block that make a number of rounds which is known make several at once (UNROLL).
 * Values that only step along memory are added to once for all of them, and where one of them decides when
 * the loop ends, it ends with 0, so that the addition tells. */
#ifndef MYBPF__UNROLL_C
#define MYBPF__UNROLL_C

#include "ir.h"
#include "target.h"
#include "liveness.c"
#include "loops.h"
#include "motion.c"
#include "../base/error.h"

enum {
    MYBPF__UNROLL_MOST = 64,  /* operations of the new block */
    MYBPF__UNROLL_ROUNDS = 4, /* at once */
    MYBPF__UNROLL_FEW = 8     /* rounds for which it is not worth it */
};

typedef struct mybpf__unroll {
    uint32_t block, first, end;         /* its operations; the branch is the last one */
    uint64_t written, again;            /* values that are written, and by more than one operation */
    uint64_t steps;                     /* values that only step along memory */
    uint32_t add[MYBPF__GLOBAL_VALUES]; /* the additions that make the steps */
    uint32_t rounds;                    /* at once */
    int turned;                         /* the branch's value ends with 0 */
    int64_t limit;                      /* what is taken from it for that */
} mybpf__unroll;

/* How often the loop of block `x` runs, which has not been changed yet; 0: not known. `*last` is what its
 * counter holds then. */
MYBPF__FN uint64_t mybpf__unroll_trips(const mybpf__ir *ir, uint32_t x, int64_t *last)
{
    const mybpf__block *block = &ir->blocks[x];
    if (block->taken != x || block->next == x || block->next == MYBPF__NO_BLOCK || !block->count) return 0;
    const mybpf__op *branch = &ir->ops[block->first + block->count - 1], *add = NULL;
    int64_t start = 0;
    if (branch->code != MYBPF__IR_BRANCH || !(branch->flags & MYBPF__F_IMM) || branch->width != 8) return 0;
    for (uint32_t at = block->first; at < block->first + block->count; at++)
        if (mybpf__ir_writes(&ir->ops[at]) & MYBPF__VALUE_BIT(branch->a)) {
            if (add) return 0;
            add = &ir->ops[at];
        }
    if (!add || add->code != MYBPF__IR_ADD || add->width != 8 || !(add->flags & MYBPF__F_IMM) ||
        add->a != branch->a || !mybpf__loops_start(ir, x, x, branch->a, &start))
        return 0;
    if (start != (int32_t)start || branch->imm != (int32_t)branch->imm || add->imm != (int32_t)add->imm)
        return 0;
    int64_t way = branch->imm - start, step = add->imm, trips = 0;
    if (branch->sub == MYBPF__NE && step && way % step == 0) trips = way / step;
    if ((branch->sub == MYBPF__SLT || (branch->sub == MYBPF__LT && start >= 0 && branch->imm >= 0)) &&
        step > 0)
        trips = (way + step - 1) / step;
    *last = start + trips * step;
    return trips > 0 ? (uint64_t)trips : 0;
}

/* Looks at the operations: 0 where there is one that must be done once, or too many. Finds the values that
 * step. */
MYBPF__FN int mybpf__unroll_look(const mybpf__ir *ir, mybpf__unroll *unroll)
{
    int indexed = ir->request->target->can & MYBPF__CAN_INDEX;
    uint64_t other = 0, steps = 0;
    uint32_t count = 0;
    unroll->written = unroll->again = 0;
    for (uint32_t at = unroll->first; at + 1 < unroll->end; at++) {
        const mybpf__op *op = &ir->ops[at];
        uint64_t writes = mybpf__ir_writes(op), reads = mybpf__ir_reads(op);
        if (op->code == MYBPF__IR_NOP) continue;
        count++;
        if (op->code >= MYBPF__IR_BRANCH) return 0;
        unroll->again |= unroll->written & writes;
        unroll->written |= writes;
        if (op->code == MYBPF__IR_ADD && op->width == 8 && op->flags & MYBPF__F_IMM && op->dst == op->a &&
            op->imm >= -65536 && op->imm <= 65536) {
            steps |= writes;
            unroll->add[op->dst] = at;
            continue;
        }
        other |= writes;
        if (op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE) {
            reads = op->code == MYBPF__IR_STORE ? MYBPF__VALUE_BIT(op->c) : 0;
            if (!indexed && op->b != MYBPF__NO_VALUE) reads = mybpf__ir_reads(op);
            if (op->disp < -0x1000000 || op->disp > 0x1000000) reads = mybpf__ir_reads(op);
        }
        other |= reads;
    }
    unroll->steps = steps & ~(unroll->again | other | MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE));
    while (unroll->rounds > 1 && count * unroll->rounds > MYBPF__UNROLL_MOST) unroll->rounds /= 2;
    return 1;
}

/* What an address gains in this round by a value that steps: `at` is where it is read. */
MYBPF__FN int64_t mybpf__unroll_way(const mybpf__ir *ir, const mybpf__unroll *unroll, uint32_t at,
                                    unsigned value, uint32_t round)
{
    if (value >= MYBPF__GLOBAL_VALUES || !(unroll->steps >> value & 1)) return 0;
    const mybpf__op *branch = &ir->ops[unroll->end - 1];
    uint32_t add = unroll->add[value];
    int64_t step = ir->ops[add].imm;
    if (unroll->turned && branch->a == value) return step * (round + (at > add)) + unroll->limit;
    if (round + 1 == unroll->rounds && at > add) return 0; /* it was added to by then */
    return step * (round + (at > add));
}

/* May what is added to displacements be that much? */
MYBPF__FN int mybpf__unroll_fits(const mybpf__ir *ir, const mybpf__unroll *unroll)
{
    int far = ir->request->target->can & MYBPF__CAN_MEMORY ? 1 : 0;
    for (uint64_t set = unroll->steps; set && !far; set &= set - 1) {
        uint32_t value = 0;
        while (!(set >> value & 1)) value++;
        int64_t way = ir->ops[unroll->add[value]].imm * unroll->rounds;
        if (way < -128 || way > 128) return 0;
    }
    return 1;
}

/* One operation of one round, at the end of what has been made. */
MYBPF__FN int mybpf__unroll_op(mybpf__ir *ir, const mybpf__unroll *unroll, uint32_t at, uint32_t round,
                               mybpf_error *error)
{
    mybpf__op op = ir->ops[at], *made;
    int last = round + 1 == unroll->rounds;
    if (op.code == MYBPF__IR_NOP) return MYBPF_OK;
    if (op.code == MYBPF__IR_ADD && op.dst < MYBPF__GLOBAL_VALUES && unroll->steps >> op.dst & 1) {
        if (!last || (unroll->turned && op.dst == ir->ops[unroll->end - 1].a)) return MYBPF_OK;
        op.imm *= unroll->rounds;
    } else if (op.code == MYBPF__IR_LOAD || op.code == MYBPF__IR_STORE)
        op.disp += (int32_t)(mybpf__unroll_way(ir, unroll, at, op.a, round) +
                             mybpf__unroll_way(ir, unroll, at, op.b, round) *
                                 (op.b == MYBPF__NO_VALUE ? 0 : (int32_t)op.aux));
    if (at + 1 == unroll->end) {
        if (!last) return MYBPF_OK;
        if (unroll->turned) {
            op.code = MYBPF__IR_SUB_BRANCH;
            op.sub = MYBPF__NE;
            op.dst = op.a;
            op.imm = -ir->ops[unroll->add[op.a]].imm * unroll->rounds;
        } else if (op.code == MYBPF__IR_SUB_BRANCH)
            op.imm *= unroll->rounds;
    }
    if (!(made = mybpf__ir_new_op(ir, op.code, op.insn)))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    *made = op;
    return MYBPF_OK;
}

/* Can the value that the branch asks for end with 0? Nobody may read it behind the loop. */
MYBPF__FN int mybpf__unroll_turns(const mybpf__loops *loops, const mybpf__unroll *unroll)
{
    const mybpf__ir *ir = loops->ir;
    const mybpf__op *branch = &ir->ops[unroll->end - 1];
    const mybpf__block *block = &ir->blocks[unroll->block];
    uint32_t next = mybpf__motion_behind(loops, block->next);
    uint32_t can = ir->request->target->can;
    return can & MYBPF__CAN_SUB_BRANCH && can & MYBPF__CAN_MEMORY && branch->code == MYBPF__IR_BRANCH &&
           branch->flags & MYBPF__F_IMM && branch->width == 8 && branch->imm >= -0x1000000 &&
           branch->imm <= 0x1000000 && branch->a < MYBPF__FRAME_VALUE && unroll->steps >> branch->a & 1 &&
           !(ir->blocks[next].live_in & MYBPF__VALUE_BIT(branch->a));
}

/* Block `x`, a loop of its own that runs `trips` times, 0: nobody knows. What could leave it has left it. */
MYBPF__FN int mybpf__unroll_loop(mybpf__loops *loops, uint32_t x, uint64_t trips, int64_t last,
                                 mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__unroll unroll;
    uint32_t made = MYBPF__NO_BLOCK;
    int status = MYBPF_OK;
    unroll.block = x;
    unroll.first = ir->blocks[x].first;
    unroll.end = unroll.first + ir->blocks[x].count;
    unroll.turned = 0;
    unroll.limit = 0;
    unroll.rounds = trips >= MYBPF__UNROLL_FEW ? MYBPF__UNROLL_ROUNDS : 1;
    while (trips % unroll.rounds) unroll.rounds /= 2;
    if (!x || ir->blocks[x].taken != x || ir->blocks[x].next == MYBPF__NO_BLOCK ||
        !mybpf__unroll_look(ir, &unroll))
        return MYBPF_OK;
    if (!mybpf__unroll_fits(ir, &unroll)) unroll.steps = 0;
    if ((trips || ir->ops[unroll.end - 1].sub == MYBPF__NE) && mybpf__unroll_turns(loops, &unroll)) {
        unsigned value = ir->ops[unroll.end - 1].a;
        unroll.limit = trips ? last : ir->ops[unroll.end - 1].imm;
        if (mybpf__motion_front(loops, x, x, &made, error)) return MYBPF_ERR_MEMORY;
        if (made != MYBPF__NO_BLOCK) {
            mybpf__op *op = mybpf__loops_op(ir, MYBPF__IR_ADD, value, value, error);
            if (!op) return MYBPF_ERR_MEMORY;
            op->flags = MYBPF__F_IMM;
            op->imm = -unroll.limit;
            unroll.turned = 1;
        }
    }
    if (unroll.rounds == 1 && !unroll.turned) return MYBPF_OK;
    uint32_t first = ir->op_count;
    for (uint32_t round = 0; round < unroll.rounds; round++)
        for (uint32_t at = unroll.first; at < unroll.end && !status; at++)
            status = mybpf__unroll_op(ir, &unroll, at, round, error);
    ir->blocks[x].first = first;
    ir->blocks[x].count = ir->op_count - first;
    loops->changed = 1;
    return status;
}

#endif
