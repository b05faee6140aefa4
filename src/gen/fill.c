/* fill.c: a loop of one block that stores the same number of 1, 2 or 4 bytes again and again, as far as a
 * counter goes, stores 16 bytes at a time in front of it (UNROLL). The loop itself makes the last rounds, at
 * least one, so that all that it leaves behind is as it would be.
 *
 *         if limit < K goto loop             K: what the counter gains in these rounds
 *         limit -= K; if !(counter < limit) goto back
 * rounds: 16 bytes; counter += ...; if counter < limit goto rounds
 * back:   limit += K
 * loop:   ...
 *
 * Nothing wraps: counter < limit - K and limit >= K. Metered code takes the steps of these rounds at once,
 * and where there are not enough goes on with the loop. */
#ifndef MYBPF__FILL_C
#define MYBPF__FILL_C

#include "ir.h"
#include "liveness.c"
#include "loops.h"
#include "../base/error.h"

enum {
    MYBPF__FILL_BYTES = 16,   /* of the rounds that are made at once */
    MYBPF__FILL_FEW = 64,     /* bytes for which it is not worth it */
    MYBPF__FILL_MOST = 0x1000 /* that a value may step by in a round */
};

typedef struct mybpf__fill {
    uint32_t x, store, branch;        /* the block; operations */
    uint64_t written, steps, narrow;  /* values that it writes; by an addition to them; of 4 bytes */
    uint64_t read;                    /* by others than the branch, and but what is stored */
    uint32_t add[MYBPF__FRAME_VALUE]; /* the additions */
    uint16_t counter, walks;          /* what the branch asks for, what the address steps by */
    uint16_t limit;                   /* NO_VALUE: it is a constant */
    uint16_t filler;         /* a value that nothing else needs: what is stored, as often as it fits */
    uint8_t relation, width; /* the loop goes on while counter `relation` limit */
    int64_t gain;            /* what the counter gains in the rounds that are made at once */
    uint32_t rounds;         /* ... so many */
    int64_t charge;          /* ... the steps of each */
} mybpf__fill;

/* ---- which loops ---- */

/* Looks at the operations in front of the branch: one store, values that step, and what is made anew in each
 * round. */
MYBPF__FN int mybpf__fill_look(const mybpf__ir *ir, mybpf__fill *fill)
{
    const mybpf__block *block = &ir->blocks[fill->x];
    uint64_t early = 0; /* read before this round has written it */
    fill->store = fill->branch = block->first + block->count - 1;
    fill->written = fill->steps = fill->narrow = fill->read = 0;
    for (uint32_t at = block->first; at < fill->branch; at++) {
        const mybpf__op *op = &ir->ops[at];
        uint64_t reads = mybpf__ir_reads(op), writes = mybpf__ir_writes(op);
        if (op->code == MYBPF__IR_NOP || (op->code == MYBPF__IR_CHARGE && at == block->first)) continue;
        if (op->code == MYBPF__IR_STORE) {
            if (fill->store != fill->branch || op->width > 4 || op->flags & ~MYBPF__F_IMM) return 0;
            fill->store = at;
            reads = MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b);
        } else if (op->code >= MYBPF__IR_LOAD || writes & fill->written)
            return 0;
        fill->read |= reads;
        if (op->code == MYBPF__IR_ADD && op->flags & MYBPF__F_IMM && op->dst == op->a &&
            op->dst < MYBPF__FRAME_VALUE && op->imm >= -MYBPF__FILL_MOST && op->imm <= MYBPF__FILL_MOST) {
            fill->steps |= writes;
            if (op->width == 4) fill->narrow |= writes;
            fill->add[op->dst] = at;
        } else
            early |= reads & ~fill->written;
        fill->written |= writes;
    }
    if (early & fill->written & ~fill->steps) return 0; /* what the round before has left */
    return fill->store != fill->branch;
}

/* The counter that the branch asks for, or asked for before or with some addition: what it compares is that
 * plus `*plus` when the round ends. */
MYBPF__FN int mybpf__fill_counter(const mybpf__ir *ir, mybpf__fill *fill, uint16_t value, int64_t *plus)
{
    uint32_t at = fill->branch;
    *plus = 0;
    fill->counter = value;
    if (fill->steps & MYBPF__VALUE_BIT(value)) return 1;
    if (!(fill->written & MYBPF__VALUE_BIT(value))) return 0;
    while (!(mybpf__ir_writes(&ir->ops[--at]) & MYBPF__VALUE_BIT(value))) continue;
    const mybpf__op *op = &ir->ops[at];
    int adds = op->code == MYBPF__IR_ADD && op->flags & MYBPF__F_IMM;
    if ((op->code != MYBPF__IR_MOV && !adds) || (op->width == 4 && fill->width == 8) ||
        !(fill->steps & MYBPF__VALUE_BIT(op->a)))
        return 0;
    fill->counter = op->a;
    if (adds) *plus = op->imm;
    if (fill->add[op->a] > at) *plus -= ir->ops[fill->add[op->a]].imm;
    return 1;
}

/* Does the loop go on while its counter is less than a limit, or differs from it? */
MYBPF__FN int mybpf__fill_condition(const mybpf__ir *ir, mybpf__fill *fill)
{
    static const uint8_t mybpf__fill_relations[12][2] = {
        /* by `sub`, the counter on the left or on the right; 0: no */
        {0, 0},          {MYBPF__LT, MYBPF__LT}, {0, MYBPF__LT},  {MYBPF__LE, 0},
        {0, MYBPF__LE},  {MYBPF__LT, 0},         {0, MYBPF__SLT}, {MYBPF__SLE, 0},
        {0, MYBPF__SLE}, {MYBPF__SLT, 0},        {0, 0},          {0, 0}};
    const mybpf__op *branch = &ir->ops[fill->branch];
    int constant = branch->flags & MYBPF__F_IMM,
        turned = !constant && !(fill->written & MYBPF__VALUE_BIT(branch->a));
    int64_t plus, step;
    if (branch->code != MYBPF__IR_BRANCH || branch->flags & ~MYBPF__F_IMM) return 0;
    fill->relation = mybpf__fill_relations[branch->sub][turned];
    fill->width = branch->width;
    fill->limit = constant ? (uint16_t)MYBPF__NO_VALUE : turned ? branch->a : branch->b;
    if (!fill->relation || !mybpf__fill_counter(ir, fill, turned ? branch->b : branch->a, &plus)) return 0;
    step = ir->ops[fill->add[fill->counter]].imm;
    fill->gain = step * fill->rounds + plus;
    if (step <= 0 || step + plus < 0 || plus > MYBPF__FILL_MOST) return 0; /* what it compares never wraps */
    if (fill->narrow >> fill->counter & 1 && fill->width == 8) return 0;
    if (constant) return branch->imm > fill->gain;
    return fill->limit < MYBPF__FRAME_VALUE && fill->limit != ir->ops[fill->store].c &&
           !((fill->written | fill->read | ir->constants) & MYBPF__VALUE_BIT(fill->limit));
}

/* Does the address step by as much as is stored? 4 bytes of a counter must not have begun with more. */
MYBPF__FN int mybpf__fill_address(const mybpf__ir *ir, mybpf__fill *fill)
{
    const mybpf__op *store = &ir->ops[fill->store];
    int indexed = store->b != MYBPF__NO_VALUE && fill->written & MYBPF__VALUE_BIT(store->b);
    uint16_t other = indexed ? store->a : store->b;
    int64_t start, bytes;
    fill->walks = indexed ? store->b : store->a;
    if (!(fill->steps & MYBPF__VALUE_BIT(fill->walks)) || fill->written & MYBPF__VALUE_BIT(other)) return 0;
    bytes = ir->ops[fill->add[fill->walks]].imm * (indexed ? (int64_t)store->aux : 1);
    if (bytes != store->width) return 0;
    int known = mybpf__loops_start(ir, fill->x, fill->x, fill->counter, &start);
    if (known && fill->limit == MYBPF__NO_VALUE &&
        ir->ops[fill->branch].imm - start < MYBPF__FILL_FEW / bytes)
        return 0;
    if (!(fill->narrow >> fill->walks & 1)) return 1;
    return fill->walks == fill->counter && known && start >= 0 && start <= INT32_MAX;
}

/* A value that the loop and all that follows does without. */
MYBPF__FN int mybpf__fill_spare(const mybpf__ir *ir, mybpf__fill *fill)
{
    uint64_t used = ir->blocks[fill->x].live_in | fill->written | fill->read;
    uint16_t stored = ir->ops[fill->store].c;
    if (!(ir->ops[fill->store].flags & MYBPF__F_IMM)) used |= MYBPF__VALUE_BIT(stored);
    fill->filler = (uint16_t)mybpf__ir_free_value(ir, used);
    return fill->filler != MYBPF__NO_VALUE;
}

/* ---- the rounds ---- */

/* A comparison with the limit, or what has become of it; it is not taken to the next block. */
MYBPF__FN int mybpf__fill_asks(mybpf__ir *ir, const mybpf__fill *fill, unsigned value, int relation,
                               mybpf_error *error)
{
    mybpf__op *op = mybpf__loops_op(ir, MYBPF__IR_BRANCH, MYBPF__NO_VALUE, value, error);
    if (!op) return MYBPF_ERR_MEMORY;
    op->sub = (uint8_t)relation;
    op->width = fill->width;
    op->b = fill->limit;
    if (fill->limit != MYBPF__NO_VALUE && value != fill->limit) return MYBPF_OK;
    op->flags = MYBPF__F_IMM;
    op->b = MYBPF__NO_VALUE;
    op->imm = value == fill->limit ? fill->gain : ir->ops[fill->branch].imm - fill->gain;
    return MYBPF_OK;
}

MYBPF__FN int mybpf__fill_add(mybpf__ir *ir, unsigned value, int64_t number, int width, mybpf_error *error)
{
    mybpf__op *op = mybpf__loops_op(ir, MYBPF__IR_ADD, value, value, error);
    if (!op) return MYBPF_ERR_MEMORY;
    op->flags = MYBPF__F_IMM;
    op->width = (uint8_t)width;
    op->imm = number;
    return MYBPF_OK;
}

/* The filler: what is stored, as often as it fits. */
MYBPF__FN int mybpf__fill_repeat(mybpf__ir *ir, const mybpf__fill *fill, mybpf_error *error)
{
    mybpf__op store = ir->ops[fill->store], *op;
    uint64_t mask = ((uint64_t)1 << 8 * store.width) - 1, times = UINT64_MAX / mask;
    int constant = store.flags & MYBPF__F_IMM;
    if (!(op = mybpf__loops_op(ir, constant ? MYBPF__IR_CONST : MYBPF__IR_AND, fill->filler,
                               constant ? MYBPF__NO_VALUE : store.c, error)))
        return MYBPF_ERR_MEMORY;
    op->imm = constant ? (int64_t)(((uint64_t)store.imm & mask) * times) : (int64_t)mask;
    if (constant) return MYBPF_OK;
    op->flags = MYBPF__F_IMM;
    if (store.width == 4) { /* no immediate: a move of 4 bytes */
        op->code = MYBPF__IR_MOV;
        op->flags = 0;
        op->width = 4;
        op->imm = 0;
    }
    if (!(op = mybpf__loops_op(ir, MYBPF__IR_MUL, fill->filler, fill->filler, error)))
        return MYBPF_ERR_MEMORY;
    op->flags = MYBPF__F_IMM;
    op->imm = (int64_t)times;
    return MYBPF_OK;
}

/* The stores and additions of these rounds, for the newest block. */
MYBPF__FN int mybpf__fill_rounds(mybpf__ir *ir, const mybpf__fill *fill, mybpf_error *error)
{
    mybpf__op store = ir->ops[fill->store], *op;
    int32_t disp = store.disp + (fill->add[fill->walks] < fill->store ? store.width : 0);
    for (int32_t at = 0; at < MYBPF__FILL_BYTES; at += 8) {
        if (!(op = mybpf__loops_op(ir, MYBPF__IR_STORE, MYBPF__NO_VALUE, store.a, error)))
            return MYBPF_ERR_MEMORY;
        op->b = store.b;
        op->c = fill->filler;
        op->aux = store.aux;
        op->disp = disp + at;
        op->insn = store.insn;
    }
    for (unsigned value = 0; value < MYBPF__FRAME_VALUE; value++) {
        if (!(fill->steps >> value & 1)) continue;
        const mybpf__op *add = &ir->ops[fill->add[value]];
        if (mybpf__fill_add(ir, value, add->imm * fill->rounds, add->width, error)) return MYBPF_ERR_MEMORY;
    }
    return mybpf__fill_asks(ir, fill, fill->counter, fill->relation, error);
}

/* The blocks in front of the loop, from the last to the first as each leads to the one made before it; the
 * order in which they are laid out is that in which they lead on. */
MYBPF__FN int mybpf__fill_make(mybpf__loops *loops, const mybpf__fill *fill, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t back, rounds, spend = MYBPF__NO_BLOCK, front, test;
    uint64_t live = ir->blocks[fill->x].live_in;
    int limited = fill->limit != MYBPF__NO_VALUE;
    mybpf__op *op;
    if (mybpf__loops_block(loops, fill->x, &back, error) ||
        (limited && mybpf__fill_add(ir, fill->limit, fill->gain, 8, error)) ||
        mybpf__loops_block(loops, back, &rounds, error) || mybpf__fill_rounds(ir, fill, error))
        return MYBPF_ERR_MEMORY;
    ir->blocks[rounds].taken = rounds;
    if (fill->charge) {
        if (mybpf__loops_block(loops, rounds, &spend, error) ||
            !(op = mybpf__loops_op(ir, MYBPF__IR_SPEND, MYBPF__NO_VALUE, MYBPF__NO_VALUE, error)))
            return MYBPF_ERR_MEMORY;
        op->imm = fill->charge * fill->rounds;
        ir->blocks[spend].taken = back;
        ir->blocks[rounds].taken = spend;
    }
    if (mybpf__loops_block(loops, fill->charge ? spend : rounds, &front, error) ||
        (limited && mybpf__fill_add(ir, fill->limit, -fill->gain, 8, error)) ||
        mybpf__fill_repeat(ir, fill, error) ||
        mybpf__fill_asks(ir, fill, fill->counter, fill->relation ^ 1, error))
        return MYBPF_ERR_MEMORY;
    ir->blocks[front].taken = back;
    if (limited) {
        int is_signed = fill->relation >= MYBPF__SGT;
        if (mybpf__loops_block(loops, front, &test, error) ||
            mybpf__fill_asks(ir, fill, fill->limit, is_signed ? MYBPF__SLT : MYBPF__LT, error))
            return MYBPF_ERR_MEMORY;
        ir->blocks[test].taken = fill->x;
        front = test;
    }
    for (uint32_t i = back; i < ir->block_count; i++) /* for what comes before they are found */
        ir->blocks[i].live_in = live | MYBPF__VALUE_BIT(fill->filler);
    mybpf__loops_lead(loops, fill->x, fill->x, front);
    return MYBPF_OK;
}

/* Block `x`, a loop of its own; `jump`: the block that takes steps where it goes back, or NO_BLOCK. `*made`:
 * it is such a loop. */
MYBPF__FN int mybpf__fill_loop(mybpf__loops *loops, uint32_t x, uint32_t jump, int *made, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    const mybpf__block *block = &ir->blocks[x];
    mybpf__fill fill;
    *made = 0;
    if (!x || block->taken != x || block->next == MYBPF__NO_BLOCK || block->next == x || block->count < 3 ||
        loops->front[x] != MYBPF__NO_BLOCK)
        return MYBPF_OK;
    fill.x = x;
    if (!mybpf__fill_look(ir, &fill)) return MYBPF_OK;
    const mybpf__op *store = &ir->ops[fill.store];
    fill.rounds = MYBPF__FILL_BYTES / store->width;
    fill.charge = 0;
    if (ir->code->metered) {
        if (ir->ops[block->first].code != MYBPF__IR_CHARGE) return MYBPF_OK;
        fill.charge = ir->ops[block->first].imm;
        if (jump != MYBPF__NO_BLOCK) fill.charge += ir->ops[ir->blocks[jump].first].imm;
    }
    if ((!(store->flags & MYBPF__F_IMM) && fill.written & MYBPF__VALUE_BIT(store->c)) ||
        !mybpf__fill_condition(ir, &fill) || !mybpf__fill_address(ir, &fill) || !mybpf__fill_spare(ir, &fill))
        return MYBPF_OK;
    *made = 1;
    return mybpf__fill_make(loops, &fill, error);
}

#endif
