/* unroll.c: loops of one block that make a number of rounds which is known make several at once (UNROLL).
 * Values that only step along memory are added to once for all of them, and where one of them decides when
 * the loop ends, it ends with 0, so that the addition tells.
 *
 * Metered code takes the steps of these rounds at once. Where there are not enough, the loop goes on as it
 * was, a round at a time, and ends where it must. Other loops: rounds.c. */
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
    uint64_t steps, narrow;             /* values that only step along memory, or count; of 4 bytes */
    uint64_t read;                      /* values that something before the branch reads */
    uint32_t add[MYBPF__GLOBAL_VALUES]; /* the additions that make the steps */
    uint32_t asked;                     /* what only the branch needs, or NO_BLOCK */
    uint32_t rounds;                    /* at once */
    int64_t charge;                     /* of a round, that stands first; 0 in code that is not metered */
    uint32_t jump;                      /* the block that goes back, which takes steps as well, or NO_BLOCK */
    int64_t jump_charge;                /* ... 0 */
    int turned;                         /* the branch's value ends with 0 */
    int64_t limit;                      /* what is taken from it for that */
} mybpf__unroll;

/* How often the loop of block `x` runs, which has not been changed yet; 0: not known. `*last` is what its
 * counter holds then. One of 8 bytes is compared as such from then on: its upper half stays 0. */
MYBPF__FN uint64_t mybpf__unroll_trips(mybpf__ir *ir, uint32_t x, int64_t *last)
{
    const mybpf__block *block = &ir->blocks[x];
    if (block->taken != x || block->next == x || block->next == MYBPF__NO_BLOCK || !block->count) return 0;
    mybpf__op *branch = &ir->ops[block->first + block->count - 1], *add = NULL;
    int64_t start = 0;
    if (branch->code != MYBPF__IR_BRANCH || !(branch->flags & MYBPF__F_IMM) || branch->width < 4) return 0;
    for (uint32_t at = block->first; at < block->first + block->count; at++)
        if (mybpf__ir_writes(&ir->ops[at]) & MYBPF__VALUE_BIT(branch->a)) {
            if (add) return 0;
            add = &ir->ops[at];
        }
    if (!add || add->code != MYBPF__IR_ADD || !(add->flags & MYBPF__F_IMM) || add->a != branch->a ||
        !mybpf__loops_start(ir, x, x, branch->a, &start))
        return 0;
    if (start != (int32_t)start || branch->imm != (int32_t)branch->imm || add->imm != (int32_t)add->imm)
        return 0;
    int64_t way = branch->imm - start, step = add->imm, trips = 0;
    if (branch->sub == MYBPF__NE && step && way % step == 0) trips = way / step;
    if ((branch->sub == MYBPF__SLT || (branch->sub == MYBPF__LT && start >= 0 && branch->imm >= 0)) &&
        step > 0)
        trips = (way + step - 1) / step;
    *last = start + trips * step;
    if (trips <= 0) return 0;
    if (add->width == 8 && branch->width == 8) return (uint64_t)trips;
    if (start < 0 || *last < 0 || *last > INT32_MAX) return 0;
    if (add->width == 8) branch->width = 8;
    return (uint64_t)trips;
}

/* Looks at the operations: 0 where there is one that must be done once, or too many. Finds the values that
 * step. */
MYBPF__FN int mybpf__unroll_look(const mybpf__ir *ir, mybpf__unroll *unroll)
{
    int indexed = ir->request->target->can & MYBPF__CAN_INDEX;
    uint64_t other = 0, steps = 0, addressed = 0;
    uint32_t count = 0;
    unroll->written = unroll->again = unroll->read = unroll->narrow = 0;
    for (uint32_t at = unroll->first + (unroll->charge != 0); at + 1 < unroll->end; at++) {
        const mybpf__op *op = &ir->ops[at];
        uint64_t writes = mybpf__ir_writes(op), reads = mybpf__ir_reads(op);
        if (op->code == MYBPF__IR_NOP || at == unroll->asked) continue;
        count++;
        if (op->code >= MYBPF__IR_BRANCH) return 0;
        unroll->read |= reads;
        unroll->again |= unroll->written & writes;
        unroll->written |= writes;
        if (op->code == MYBPF__IR_ADD && op->flags & MYBPF__F_IMM && op->dst == op->a && op->imm >= -65536 &&
            op->imm <= 65536) {
            steps |= writes;
            if (op->width == 4) unroll->narrow |= writes;
            unroll->add[op->dst] = at;
            continue;
        }
        other |= writes;
        if (op->code >= MYBPF__IR_LOAD && op->code <= MYBPF__IR_STORE16) {
            addressed |= MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b);
            reads = op->code == MYBPF__IR_STORE ? MYBPF__VALUE_BIT(op->c) : 0;
            if (!indexed && op->b != MYBPF__NO_VALUE) reads = mybpf__ir_reads(op);
            if (op->disp < -0x1000000 || op->disp > 0x1000000) reads = mybpf__ir_reads(op);
        }
        other |= reads;
    }
    unroll->steps = steps & ~(unroll->again | other | (unroll->narrow & addressed) |
                              MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE));
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

/* Block `x`, a loop of its own, if it can make several rounds at once: as many as it may. `jump`: the block
 * that takes steps where it goes back, or NO_BLOCK. `asked`: the operation that only the branch needs, or
 * NO_BLOCK. */
MYBPF__FN int mybpf__unroll_begin(const mybpf__ir *ir, mybpf__unroll *unroll, uint32_t x, uint32_t jump,
                                  uint32_t rounds, uint32_t asked)
{
    const mybpf__block *block = &ir->blocks[x];
    if (!x || block->taken != x || block->next == MYBPF__NO_BLOCK) return 0;
    unroll->block = x;
    unroll->first = block->first;
    unroll->end = block->first + block->count;
    unroll->rounds = rounds;
    unroll->asked = asked;
    unroll->turned = 0;
    unroll->limit = 0;
    unroll->charge = unroll->jump_charge = 0;
    unroll->jump = jump;
    if (jump != MYBPF__NO_BLOCK) unroll->jump_charge = ir->ops[ir->blocks[jump].first].imm;
    if (ir->code->metered) {
        if (!block->count || ir->ops[block->first].code != MYBPF__IR_CHARGE) return 0;
        unroll->charge = ir->ops[block->first].imm;
    }
    if (!mybpf__unroll_look(ir, unroll)) return 0;
    if (!mybpf__unroll_fits(ir, unroll)) unroll->steps = 0;
    return 1;
}

/* One operation of one round, at the end of what has been made. */
MYBPF__FN int mybpf__unroll_op(mybpf__ir *ir, const mybpf__unroll *unroll, uint32_t at, uint32_t round,
                               mybpf_error *error)
{
    mybpf__op op = ir->ops[at], *made;
    int last = round + 1 == unroll->rounds;
    if (op.code == MYBPF__IR_NOP || at == unroll->asked ||
        (op.code == MYBPF__IR_CHARGE && unroll->rounds > 1))
        return MYBPF_OK;
    if (op.code == MYBPF__IR_ADD && op.dst < MYBPF__GLOBAL_VALUES && unroll->steps >> op.dst & 1) {
        if (!last || (unroll->turned && op.dst == ir->ops[unroll->end - 1].a)) return MYBPF_OK;
        op.imm *= unroll->rounds;
    } else if (op.code >= MYBPF__IR_LOAD && op.code <= MYBPF__IR_STORE16)
        op.disp += (int32_t)(mybpf__unroll_way(ir, unroll, at, op.a, round) +
                             mybpf__unroll_way(ir, unroll, at, op.b, round) *
                                 (op.b == MYBPF__NO_VALUE ? 0 : (int32_t)op.aux));
    if (at + 1 == unroll->end) {
        int counts = op.code == MYBPF__IR_SUB_BRANCH, seen = counts && unroll->read >> op.dst & 1;
        if (!last && !seen) return MYBPF_OK;
        if (!last) { /* each round reads what the one before left */
            op.code = MYBPF__IR_ADD;
            op.sub = 0;
            op.imm = -op.imm;
        } else if (unroll->turned) {
            op.code = MYBPF__IR_SUB_BRANCH;
            op.sub = MYBPF__NE;
            op.dst = op.a;
            op.imm = -ir->ops[unroll->add[op.a]].imm * unroll->rounds;
        } else if (counts && !seen)
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
           branch->imm <= 0x1000000 && branch->a < MYBPF__FRAME_VALUE &&
           (unroll->steps & ~unroll->narrow) >> branch->a & 1 &&
           !(ir->blocks[next].live_in & MYBPF__VALUE_BIT(branch->a));
}

/* All rounds, into the newest block or that of the loop. */
MYBPF__FN int mybpf__unroll_rounds(mybpf__ir *ir, const mybpf__unroll *unroll, uint32_t block,
                                   mybpf_error *error)
{
    uint32_t first = ir->op_count;
    int status = MYBPF_OK;
    for (uint32_t round = 0; round < unroll->rounds; round++)
        for (uint32_t at = unroll->first; at < unroll->end && !status; at++)
            status = mybpf__unroll_op(ir, unroll, at, round, error);
    ir->blocks[block].first = first;
    ir->blocks[block].count = ir->op_count - first;
    return status;
}

/* ---- metered code ---- */

/* Block `from`, which leaves the loop that way, gives back so many steps on it. */
MYBPF__FN int mybpf__unroll_refund(mybpf__loops *loops, uint32_t from, int64_t steps, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t made;
    mybpf__op *op;
    if (mybpf__loops_block(loops, ir->blocks[from].next, &made, error) ||
        !(op = mybpf__loops_op(ir, MYBPF__IR_SPEND, MYBPF__NO_VALUE, MYBPF__NO_VALUE, error)))
        return MYBPF_ERR_MEMORY;
    op->imm = -steps;
    op->flags = MYBPF__F_PAID;
    ir->blocks[made].loop_end = 0; /* laid out behind everything */
    ir->blocks[from].next = made;
    return MYBPF_OK;
}

/* A block in front of the loop takes the steps of all rounds that are made at once, or leads to the loop as
 * it was. */
MYBPF__FN int mybpf__unroll_metered(mybpf__loops *loops, mybpf__unroll *unroll, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t x = unroll->block, front = loops->front[x], test, slow;
    uint64_t live_in = ir->blocks[x].live_in;
    mybpf__unroll one = *unroll;
    mybpf__op *op;
    if (unroll->rounds == 1) return unroll->turned ? mybpf__unroll_rounds(ir, unroll, x, error) : MYBPF_OK;
    if (front == MYBPF__NO_BLOCK && mybpf__motion_front(loops, x, x, &front, error)) return MYBPF_ERR_MEMORY;
    if (mybpf__loops_block(loops, x, &test, error) ||
        !(op = mybpf__loops_op(ir, MYBPF__IR_SPEND, MYBPF__NO_VALUE, MYBPF__NO_VALUE, error)))
        return MYBPF_ERR_MEMORY;
    op->imm = (unroll->charge + unroll->jump_charge) * unroll->rounds;
    one.rounds = 1;
    if (mybpf__loops_block(loops, ir->blocks[x].next, &slow, error) ||
        mybpf__unroll_rounds(ir, &one, slow, error))
        return MYBPF_ERR_MEMORY;
    ir->blocks[front].next = test;
    ir->blocks[test].taken = ir->blocks[slow].taken = slow;
    ir->blocks[slow].loop_end = 0;
    ir->blocks[test].live_in = ir->blocks[slow].live_in = live_in; /* for what comes before they are found */
    ir->blocks[x].taken = test;
    if (unroll->jump != MYBPF__NO_BLOCK) {
        ir->blocks[slow].taken = unroll->jump;
        ir->blocks[unroll->jump].next = test;
        loops->moved[unroll->jump] = 1;
    }
    if (mybpf__unroll_rounds(ir, unroll, x, error)) return MYBPF_ERR_MEMORY;
    return unroll->jump_charge ? mybpf__unroll_refund(loops, x, unroll->jump_charge, error) : MYBPF_OK;
}

/* Block `x`, a loop of its own that runs `trips` times, 0: nobody knows. What could leave it has left it.
 * `jump`: the block that takes steps where it goes back, or NO_BLOCK. */
MYBPF__FN int mybpf__unroll_loop(mybpf__loops *loops, uint32_t x, uint64_t trips, int64_t last, uint32_t jump,
                                 mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__unroll unroll;
    uint32_t made = MYBPF__NO_BLOCK, rounds = trips >= MYBPF__UNROLL_FEW ? MYBPF__UNROLL_ROUNDS : 1;
    while (trips % rounds) rounds /= 2;
    if (!mybpf__unroll_begin(ir, &unroll, x, jump, rounds, MYBPF__NO_BLOCK)) return MYBPF_OK;
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
    if (unroll.charge) return mybpf__unroll_metered(loops, &unroll, error);
    if (unroll.rounds == 1 && !unroll.turned) return MYBPF_OK;
    loops->changed = 1;
    return mybpf__unroll_rounds(ir, &unroll, x, error);
}

#endif
