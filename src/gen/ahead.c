/* ahead.c: rounds of a loop of one block that are made in front of it, several at once, where nobody knows
 * how many there will be (UNROLL). The loop itself makes the last rounds, at least one, so that all that it
 * leaves behind is as it would be. What the rounds do: fill.c, several.c.
 *
 *         if limit < K goto loop             K: what the counter gains in these rounds
 *         limit -= K; if !(counter < limit) goto back
 * rounds: ...; if counter < limit goto rounds
 * back:   limit += K
 * loop:   ...
 *
 * Nothing wraps: counter < limit - K and limit >= K. Where the limit is a constant, so is what is left of it,
 * and a counter may run down to it as well. Metered code takes the steps of these rounds at once, and where
 * there are not enough goes on with the loop. */
#ifndef MYBPF__AHEAD_C
#define MYBPF__AHEAD_C

#include "ir.h"
#include "liveness.c"
#include "loops.h"
#include "../base/error.h"

enum { MYBPF__AHEAD_MOST = 0x1000 }; /* that a value may step by in a round */

typedef struct mybpf__ahead {
    uint32_t x, branch;                 /* the block; its last operation */
    uint64_t written, read;             /* values, by others than the branch */
    uint64_t again;                     /* ... written by more than one operation */
    uint64_t steps, narrow;             /* ... by nothing but the addition of a number; of 4 bytes */
    uint32_t add[MYBPF__GLOBAL_VALUES]; /* the additions */
    uint16_t counter;                   /* what the branch asks for */
    uint16_t compared;                  /* ... the counter, or its lowest bytes, made by ... */
    uint32_t mask;                      /* ... this operation, or that is NO_BLOCK */
    int64_t plus;                       /* what the branch compares has so much more than the counter */
    uint16_t limit;                     /* NO_VALUE: it is a constant */
    uint8_t relation, width;            /* the rounds are made while counter `relation` limit or `bound` */
    int64_t gain, bound;                /* what the counter gains in them */
    uint32_t rounds;                    /* at once */
    int64_t charge;                     /* the steps of each */
    uint32_t back, made, front;         /* blocks: behind the rounds, what makes them, in front of them */
} mybpf__ahead;

/* ---- which loops ---- */

/* Is block `x` a loop of its own? `jump`: the block that takes steps where it goes back, or NO_BLOCK. */
MYBPF__FN int mybpf__ahead_look(const mybpf__ir *ir, mybpf__ahead *ahead, uint32_t x, uint32_t jump)
{
    const mybpf__block *block = &ir->blocks[x];
    if (!x || block->taken != x || block->next == MYBPF__NO_BLOCK || block->next == x || block->count < 3)
        return 0;
    ahead->x = x;
    ahead->branch = block->first + block->count - 1;
    ahead->written = ahead->read = ahead->again = ahead->steps = ahead->narrow = 0;
    for (uint32_t at = block->first; at < ahead->branch; at++) {
        const mybpf__op *op = &ir->ops[at];
        uint64_t writes = mybpf__ir_writes(op);
        ahead->read |= mybpf__ir_reads(op);
        ahead->again |= ahead->written & writes;
        ahead->written |= writes;
        if (op->code != MYBPF__IR_ADD || !(op->flags & MYBPF__F_IMM) || op->dst != op->a ||
            op->dst >= MYBPF__GLOBAL_VALUES || op->imm < -MYBPF__AHEAD_MOST || op->imm > MYBPF__AHEAD_MOST)
            continue;
        ahead->steps |= writes;
        if (op->width == 4) ahead->narrow |= writes;
        ahead->add[op->dst] = at;
    }
    ahead->steps &= ~(ahead->again | MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE));
    ahead->charge = 0;
    if (!ir->code->metered) return 1;
    ahead->charge = ir->ops[block->first].imm;
    if (jump != MYBPF__NO_BLOCK) ahead->charge += ir->ops[ir->blocks[jump].first].imm;
    return ir->ops[block->first].code == MYBPF__IR_CHARGE;
}

/* Does the operation take the lowest 1 or 2 bytes? */
MYBPF__FN int mybpf__ahead_masks(const mybpf__op *op)
{
    return (op->code == MYBPF__IR_ZEXT && op->aux <= 2) ||
           (op->code == MYBPF__IR_AND && op->flags == MYBPF__F_IMM && (op->imm == 0xff || op->imm == 0xffff));
}

/* The counter that the branch asks for, or asked for before or with some addition, or asks for the lowest
 * bytes of. */
MYBPF__FN int mybpf__ahead_counter(const mybpf__ir *ir, mybpf__ahead *ahead, uint16_t value)
{
    uint32_t at = ahead->branch;
    ahead->plus = 0;
    ahead->counter = ahead->compared = value;
    if (ahead->steps & MYBPF__VALUE_BIT(value)) return 1;
    if (!(ahead->written & MYBPF__VALUE_BIT(value))) return 0;
    while (!(mybpf__ir_writes(&ir->ops[--at]) & MYBPF__VALUE_BIT(value))) continue;
    const mybpf__op *op = &ir->ops[at];
    int adds = op->code == MYBPF__IR_ADD && op->flags & MYBPF__F_IMM, masks = mybpf__ahead_masks(op);
    if ((op->code != MYBPF__IR_MOV && !adds && !masks) || !(ahead->steps & MYBPF__VALUE_BIT(op->a))) return 0;
    ahead->counter = op->a;
    if (masks) { /* nothing else in the loop needs them */
        ahead->mask = at;
        while (++at < ahead->branch)
            if (mybpf__ir_reads(&ir->ops[at]) & MYBPF__VALUE_BIT(value)) return 0;
        return ahead->add[op->a] < ahead->mask && ahead->limit == MYBPF__NO_VALUE &&
               !(ir->blocks[ahead->x].live_in & MYBPF__VALUE_BIT(value));
    }
    ahead->compared = op->a;
    if (adds) ahead->plus = op->imm;
    if (ahead->add[op->a] > at) ahead->plus -= ir->ops[ahead->add[op->a]].imm;
    return op->width == 8 || ahead->width == 4;
}

/* What the branch compares. */
MYBPF__FN int mybpf__ahead_branch(const mybpf__ir *ir, mybpf__ahead *ahead)
{
    const mybpf__op *branch = &ir->ops[ahead->branch];
    int constant = (branch->flags & MYBPF__F_IMM) != 0;
    int turned = !constant && !(ahead->written & MYBPF__VALUE_BIT(branch->a));
    ahead->width = branch->width;
    ahead->limit = constant ? (uint16_t)MYBPF__NO_VALUE : turned ? branch->a : branch->b;
    ahead->mask = MYBPF__NO_BLOCK;
    if (branch->flags & ~MYBPF__F_IMM || (constant && branch->imm != (int32_t)branch->imm)) return 0;
    if (branch->code == MYBPF__IR_BRANCH)
        return mybpf__ahead_counter(ir, ahead, turned ? branch->b : branch->a);
    ahead->counter = ahead->compared = branch->dst;
    return branch->code == MYBPF__IR_SUB_BRANCH && constant &&
           !(ahead->written & MYBPF__VALUE_BIT(branch->dst));
}

/* A counter that SUB_BRANCH takes down to 0. */
MYBPF__FN int mybpf__ahead_down(const mybpf__ir *ir, mybpf__ahead *ahead)
{
    const mybpf__op *branch = &ir->ops[ahead->branch];
    ahead->relation = branch->sub == MYBPF__SGT ? MYBPF__SGT : MYBPF__GT;
    ahead->gain = -branch->imm * ahead->rounds;
    ahead->bound = -ahead->gain;
    return branch->imm > 0 && branch->imm <= MYBPF__AHEAD_MOST &&
           (branch->sub == ahead->relation || branch->sub == MYBPF__NE);
}

/* Does the loop go on while its counter is less than a limit, or differs from it, or is more than a number?
 * For how many rounds at once is known by then. */
MYBPF__FN int mybpf__ahead_condition(const mybpf__ir *ir, mybpf__ahead *ahead)
{
    static const uint8_t mybpf__ahead_relations[12][3] = {
        /* by `sub`: the counter on the left and going up, on the right, on the left and going down; 0: no */
        {0, 0, 0},
        {MYBPF__LT, MYBPF__LT, MYBPF__GT},
        {0, MYBPF__LT, MYBPF__GT},
        {MYBPF__LE, 0, 0},
        {0, MYBPF__LE, MYBPF__GE},
        {MYBPF__LT, 0, 0},
        {0, MYBPF__SLT, MYBPF__SGT},
        {MYBPF__SLE, 0, 0},
        {0, MYBPF__SLE, MYBPF__SGE},
        {MYBPF__SLT, 0, 0},
        {0, 0, 0},
        {0, 0, 0}};
    const mybpf__op *branch = &ir->ops[ahead->branch];
    if (branch->code == MYBPF__IR_SUB_BRANCH) return mybpf__ahead_down(ir, ahead);
    int64_t step = ir->ops[ahead->add[ahead->counter]].imm;
    int down = step < 0, turned = ahead->limit != MYBPF__NO_VALUE && ahead->limit == branch->a;
    ahead->relation = mybpf__ahead_relations[branch->sub][down ? 2 : turned];
    ahead->gain = step * ahead->rounds + ahead->plus;
    ahead->bound = branch->imm - ahead->gain;
    if (!ahead->relation || !step ||
        (ahead->mask == MYBPF__NO_BLOCK && ahead->narrow >> ahead->counter & 1 && ahead->width == 8))
        return 0;
    /* what it compares never wraps */
    if (down)
        return ahead->limit == MYBPF__NO_VALUE && branch->imm >= 0 && step + ahead->plus <= 0 &&
               ahead->plus >= -MYBPF__AHEAD_MOST && ahead->bound <= INT32_MAX;
    if (step + ahead->plus < 0 || ahead->plus > MYBPF__AHEAD_MOST) return 0;
    if (ahead->mask != MYBPF__NO_BLOCK && branch->imm > 0xff) return 0; /* all masks have that */
    if (ahead->limit == MYBPF__NO_VALUE) return ahead->bound > 0;
    return ahead->limit < MYBPF__GLOBAL_VALUES && ahead->limit != MYBPF__FRAME_VALUE &&
           !((ahead->written | ahead->read | ir->constants) & MYBPF__VALUE_BIT(ahead->limit));
}

/* Does what the access at `at` reaches step by its width? `*walks`: the value that makes it. 4 bytes of a
 * counter must not have begun with more. */
MYBPF__FN int mybpf__ahead_walks(const mybpf__ir *ir, const mybpf__ahead *ahead, uint32_t at, uint16_t *walks)
{
    const mybpf__op *op = &ir->ops[at];
    int indexed = op->b != MYBPF__NO_VALUE && ahead->written & MYBPF__VALUE_BIT(op->b);
    uint16_t other = indexed ? op->a : op->b;
    int64_t start;
    *walks = indexed ? op->b : op->a;
    if (op->disp < -0x1000000 || op->disp > 0x1000000) return 0; /* what is added to it must fit */
    if (!(ahead->steps & MYBPF__VALUE_BIT(*walks)) || ahead->written & MYBPF__VALUE_BIT(other) ||
        ir->ops[ahead->add[*walks]].imm * (indexed ? (int64_t)op->aux : 1) != op->width)
        return 0;
    if (!(ahead->narrow >> *walks & 1)) return 1;
    return *walks == ahead->counter && mybpf__loops_start(ir, ahead->x, ahead->x, ahead->counter, &start) &&
           start >= 0 && start <= INT32_MAX;
}

/* Are there fewer rounds than `few`, as far as is known? */
MYBPF__FN int mybpf__ahead_few(const mybpf__ir *ir, const mybpf__ahead *ahead, int64_t few)
{
    int64_t start;
    return ahead->limit == MYBPF__NO_VALUE &&
           mybpf__loops_start(ir, ahead->x, ahead->x, ahead->counter, &start) && start == (int32_t)start &&
           (ir->ops[ahead->branch].imm - start) / ir->ops[ahead->add[ahead->counter]].imm < few;
}

/* A value that the loop and all that follows does without, NO_VALUE: there is none. */
MYBPF__FN uint16_t mybpf__ahead_spare(const mybpf__ir *ir, const mybpf__ahead *ahead)
{
    uint64_t branch = mybpf__ir_reads(&ir->ops[ahead->branch]);
    return (uint16_t)mybpf__ir_free_value(ir, ir->blocks[ahead->x].live_in | ahead->written | ahead->read |
                                                  branch);
}

/* ---- blocks: each leads to the one that was made before it ---- */

/* A comparison of `value`, what the branch compares or the limit; it is not taken to the next block. */
MYBPF__FN int mybpf__ahead_asks(mybpf__ir *ir, const mybpf__ahead *ahead, unsigned value, int relation,
                                mybpf_error *error)
{
    mybpf__op *op = mybpf__loops_op(ir, MYBPF__IR_BRANCH, MYBPF__NO_VALUE, value, error);
    if (!op) return MYBPF_ERR_MEMORY;
    op->sub = (uint8_t)relation;
    op->width = ahead->width;
    op->b = ahead->limit;
    if (ahead->limit != MYBPF__NO_VALUE && value != ahead->limit) return MYBPF_OK;
    op->flags = MYBPF__F_IMM;
    op->b = MYBPF__NO_VALUE;
    op->imm = value == ahead->limit ? ahead->gain : ahead->bound;
    return MYBPF_OK;
}

/* Asks by `relation` whether the rounds may be made, or made again. */
MYBPF__FN int mybpf__ahead_compare(mybpf__ir *ir, const mybpf__ahead *ahead, int relation, mybpf_error *error)
{
    if (ahead->mask != MYBPF__NO_BLOCK) {
        const mybpf__op mask = ir->ops[ahead->mask];
        mybpf__op *op = mybpf__loops_op(ir, mask.code, mask.dst, mask.a, error);
        if (!op) return MYBPF_ERR_MEMORY;
        *op = mask;
    }
    return mybpf__ahead_asks(ir, ahead, ahead->compared, relation, error);
}

MYBPF__FN int mybpf__ahead_add(mybpf__ir *ir, unsigned value, int64_t number, int width, mybpf_error *error)
{
    mybpf__op *op = mybpf__loops_op(ir, MYBPF__IR_ADD, value, value, error);
    if (!op) return MYBPF_ERR_MEMORY;
    op->flags = MYBPF__F_IMM;
    op->width = (uint8_t)width;
    op->imm = number;
    return MYBPF_OK;
}

/* The additions of these rounds, for the newest block. */
MYBPF__FN int mybpf__ahead_steps(mybpf__ir *ir, const mybpf__ahead *ahead, mybpf_error *error)
{
    for (unsigned value = 0; value < MYBPF__GLOBAL_VALUES; value++) {
        if (!(ahead->steps >> value & 1)) continue;
        const mybpf__op *add = &ir->ops[ahead->add[value]];
        if (mybpf__ahead_add(ir, value, add->imm * ahead->rounds, add->width, error)) return MYBPF_ERR_MEMORY;
    }
    return MYBPF_OK;
}

/* What stands behind the rounds, and the block for them, the newest then. */
MYBPF__FN int mybpf__ahead_begin(mybpf__loops *loops, mybpf__ahead *ahead, mybpf_error *error)
{
    ahead->back = ahead->x;
    if (ahead->limit != MYBPF__NO_VALUE && (mybpf__loops_block(loops, ahead->x, &ahead->back, error) ||
                                            mybpf__ahead_add(loops->ir, ahead->limit, ahead->gain, 8, error)))
        return MYBPF_ERR_MEMORY;
    return mybpf__loops_block(loops, ahead->back, &ahead->made, error);
}

/* The rounds are there, but for their branch. What takes their steps, and the block in front, the newest
 * then. */
MYBPF__FN int mybpf__ahead_enter(mybpf__loops *loops, mybpf__ahead *ahead, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t again = ahead->made;
    mybpf__op *op;
    if (mybpf__ahead_compare(ir, ahead, ahead->relation, error)) return MYBPF_ERR_MEMORY;
    if (ahead->charge) {
        if (mybpf__loops_block(loops, ahead->made, &again, error) ||
            !(op = mybpf__loops_op(ir, MYBPF__IR_SPEND, MYBPF__NO_VALUE, MYBPF__NO_VALUE, error)))
            return MYBPF_ERR_MEMORY;
        op->imm = ahead->charge * ahead->rounds;
        ir->blocks[again].taken = ahead->back;
    }
    ir->blocks[ahead->made].taken = again;
    if (mybpf__loops_block(loops, again, &ahead->front, error)) return MYBPF_ERR_MEMORY;
    return ahead->limit == MYBPF__NO_VALUE ? MYBPF_OK
                                           : mybpf__ahead_add(ir, ahead->limit, -ahead->gain, 8, error);
}

/* The block in front is there, but for its branch. What asks first whether there is as much as the limit is
 * lowered by: the newest block then. */
MYBPF__FN int mybpf__ahead_limit(mybpf__loops *loops, mybpf__ahead *ahead, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    if (mybpf__ahead_compare(ir, ahead, ahead->relation ^ 1, error)) return MYBPF_ERR_MEMORY;
    ir->blocks[ahead->front].taken = ahead->back;
    if (ahead->limit == MYBPF__NO_VALUE) return MYBPF_OK;
    int is_signed = ahead->relation >= MYBPF__SGT;
    if (mybpf__loops_block(loops, ahead->front, &ahead->front, error) ||
        mybpf__ahead_asks(ir, ahead, ahead->limit, is_signed ? MYBPF__SLT : MYBPF__LT, error))
        return MYBPF_ERR_MEMORY;
    ir->blocks[ahead->front].taken = ahead->x;
    return MYBPF_OK;
}

/* What leads to the loop leads to what has been made. `more`: values that this needs beside those of the
 * loop. */
MYBPF__FN void mybpf__ahead_lead(mybpf__loops *loops, mybpf__ahead *ahead, uint64_t more)
{
    mybpf__ir *ir = loops->ir;
    uint32_t x = ahead->x, before = loops->front[x];
    uint32_t first = ahead->back == x ? ahead->made : ahead->back;
    if (ahead->mask != MYBPF__NO_BLOCK) more |= MYBPF__VALUE_BIT(ahead->compared);
    for (uint32_t i = first; i < ir->block_count; i++) /* for what comes before they are found */
        ir->blocks[i].live_in = ir->blocks[x].live_in | more;
    if (before == MYBPF__NO_BLOCK) {
        mybpf__loops_lead(loops, x, x, ahead->front);
        return;
    }
    while (ir->blocks[before].next != x) before = ir->blocks[before].next;
    ir->blocks[before].next = ahead->front;
}

#endif
