/* fill.c: a loop of one block that stores the same number of 1, 2 or 4 bytes again and again, as far as a
 * counter goes, stores 16 bytes at a time in front of it (UNROLL). What stands around that is of ahead.c. */
#ifndef MYBPF__FILL_C
#define MYBPF__FILL_C

#include "ir.h"
#include "ahead.c"
#include "liveness.c"
#include "loops.h"
#include "../base/error.h"

enum {
    MYBPF__FILL_BYTES = 16, /* of the rounds that are made at once */
    MYBPF__FILL_FEW = 64    /* bytes for which it is not worth it */
};

typedef struct mybpf__fill {
    mybpf__ahead ahead;
    uint32_t store;
    uint16_t walks;  /* what the address steps by */
    uint16_t filler; /* a value that nothing else needs: what is stored, as often as it fits */
} mybpf__fill;

/* ---- which loops ---- */

/* Looks at the operations in front of the branch: one store, values that step, and what is made anew in each
 * round. */
MYBPF__FN int mybpf__fill_look(const mybpf__ir *ir, mybpf__fill *fill)
{
    uint64_t written = 0, early = 0; /* read before this round has written it */
    fill->store = fill->ahead.branch;
    for (uint32_t at = ir->blocks[fill->ahead.x].first; at < fill->ahead.branch; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (op->code == MYBPF__IR_STORE) {
            if (fill->store != fill->ahead.branch || op->width > 4 || op->flags & ~MYBPF__F_IMM) return 0;
            fill->store = at;
        } else if (op->code >= MYBPF__IR_LOAD && op->code != MYBPF__IR_CHARGE)
            return 0;
        early |= mybpf__ir_reads(op) & ~written;
        written |= mybpf__ir_writes(op);
    }
    if (early & written & ~fill->ahead.steps) return 0; /* what the round before has left */
    return fill->store != fill->ahead.branch && !fill->ahead.again;
}

/* ---- the rounds ---- */

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
    const mybpf__ahead *ahead = &fill->ahead;
    mybpf__op store = ir->ops[fill->store], *op;
    int32_t disp = store.disp + (ahead->add[fill->walks] < fill->store ? store.width : 0);
    for (int32_t at = 0; at < MYBPF__FILL_BYTES; at += 8) {
        if (!(op = mybpf__loops_op(ir, MYBPF__IR_STORE, MYBPF__NO_VALUE, store.a, error)))
            return MYBPF_ERR_MEMORY;
        op->b = store.b;
        op->c = fill->filler;
        op->aux = store.aux;
        op->disp = disp + at;
        op->insn = store.insn;
    }
    return mybpf__ahead_steps(ir, ahead, error);
}

/* Block `x`, a loop of its own; `jump`: the block that takes steps where it goes back, or NO_BLOCK. `*made`:
 * it is such a loop. */
MYBPF__FN int mybpf__fill_loop(mybpf__loops *loops, uint32_t x, uint32_t jump, int *made, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__fill fill;
    *made = 0;
    if (!mybpf__ahead_look(ir, &fill.ahead, x, jump) || !mybpf__fill_look(ir, &fill)) return MYBPF_OK;
    const mybpf__op *store = &ir->ops[fill.store];
    fill.ahead.rounds = MYBPF__FILL_BYTES / store->width;
    if ((!(store->flags & MYBPF__F_IMM) && fill.ahead.written & MYBPF__VALUE_BIT(store->c)) ||
        !mybpf__ahead_branch(ir, &fill.ahead) || !mybpf__ahead_condition(ir, &fill.ahead) ||
        !mybpf__ahead_walks(ir, &fill.ahead, fill.store, &fill.walks) ||
        mybpf__ahead_few(ir, &fill.ahead, MYBPF__FILL_FEW / store->width) ||
        (fill.filler = mybpf__ahead_spare(ir, &fill.ahead)) == MYBPF__NO_VALUE)
        return MYBPF_OK;
    *made = 1;
    if (mybpf__ahead_begin(loops, &fill.ahead, error) || mybpf__fill_rounds(ir, &fill, error) ||
        mybpf__ahead_enter(loops, &fill.ahead, error) || mybpf__fill_repeat(ir, &fill, error) ||
        mybpf__ahead_limit(loops, &fill.ahead, error))
        return MYBPF_ERR_MEMORY;
    mybpf__ahead_lead(loops, &fill.ahead, MYBPF__VALUE_BIT(fill.filler));
    return MYBPF_OK;
}

#endif
