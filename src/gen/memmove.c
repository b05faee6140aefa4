/* memmove.c: a loop of one block that copies, one load and one store of the same width that both step by it,
 * copies 16 bytes at a time in front of it (UNROLL). What stands around that is of ahead.c; in front of it
 * all stands the question whether the bytes that are stored are those that are loaded next: the difference
 * of the two addresses, as a number without sign, is at least 16 where they are not. */
#ifndef MYBPF__MEMMOVE_C
#define MYBPF__MEMMOVE_C

#include "ir.h"
#include "ahead.c"
#include "target.h"
#include "liveness.c"
#include "loops.h"
#include "../base/error.h"

enum {
    MYBPF__MEMMOVE_BYTES = 16, /* of the rounds that are made at once */
    MYBPF__MEMMOVE_FEW = 48    /* bytes for which it is not worth it */
};

typedef struct mybpf__memmove {
    mybpf__ahead ahead;
    uint32_t load, store;
    uint16_t walks[2]; /* what the address of each steps by */
    uint16_t spare;    /* a value that nothing else needs */
    uint16_t terms[4]; /* the difference of the addresses: the sum of the first two, less the others, ... */
    int64_t apart;     /* ... and this */
    int known;         /* ... which is all: it is enough */
} mybpf__memmove;

/* Looks at the operations in front of the branch: a load, a store of what it has loaded, values that step,
 * and what is made anew in each round. */
MYBPF__FN int mybpf__memmove_look(const mybpf__ir *ir, mybpf__memmove *move)
{
    uint64_t written = 0, early = 0; /* read before this round has written it */
    uint32_t none = move->ahead.branch;
    move->load = move->store = none;
    for (uint32_t at = ir->blocks[move->ahead.x].first; at < none; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (op->code == MYBPF__IR_LOAD) {
            if (move->load != none || op->flags) return 0;
            move->load = at;
        } else if (op->code == MYBPF__IR_STORE) {
            if (move->store != none || move->load == none || op->flags ||
                op->width != ir->ops[move->load].width)
                return 0;
            move->store = at;
        } else if (op->code >= MYBPF__IR_LOAD && op->code != MYBPF__IR_CHARGE)
            return 0;
        early |= mybpf__ir_reads(op) & ~written;
        written |= mybpf__ir_writes(op);
    }
    return move->store != none && ir->ops[move->store].c == ir->ops[move->load].dst &&
           !(early & written & ~move->ahead.steps) && !move->ahead.again;
}

/* One of the values of an address, that of the store or of the load, for the difference: what both have does
 * not count. */
MYBPF__FN void mybpf__memmove_term(mybpf__memmove *move, uint16_t value, int load)
{
    uint16_t *mine = &move->terms[load ? 2 : 0], *theirs = &move->terms[load ? 0 : 2];
    if (value == MYBPF__NO_VALUE) return;
    for (int i = 0; i < 2; i++)
        if (theirs[i] == value) {
            theirs[i] = MYBPF__NO_VALUE;
            return;
        }
    mine[mine[0] != MYBPF__NO_VALUE] = value;
}

/* Where the access at `at` starts in a round, from where its address is when the round starts. */
MYBPF__FN int32_t mybpf__memmove_disp(const mybpf__ir *ir, const mybpf__memmove *move, uint32_t at)
{
    const mybpf__op *op = &ir->ops[at];
    return op->disp + (move->ahead.add[move->walks[at == move->load]] < at ? op->width : 0);
}

/* The difference of the addresses. Indexes with a scale must be the same. 0: it cannot be had, or is too
 * small. */
MYBPF__FN int mybpf__memmove_apart(const mybpf__ir *ir, mybpf__memmove *move)
{
    const mybpf__op *load = &ir->ops[move->load], *store = &ir->ops[move->store];
    int scaled =
        (load->b != MYBPF__NO_VALUE && load->aux > 1) || (store->b != MYBPF__NO_VALUE && store->aux > 1);
    for (int i = 0; i < 4; i++) move->terms[i] = MYBPF__NO_VALUE;
    move->apart =
        (int64_t)mybpf__memmove_disp(ir, move, move->store) - mybpf__memmove_disp(ir, move, move->load);
    if (scaled && (load->b != store->b || load->aux != store->aux)) return 0;
    for (int second = 0; second < 2 - scaled; second++) {
        mybpf__memmove_term(move, second ? store->b : store->a, 0);
        mybpf__memmove_term(move, second ? load->b : load->a, 1);
    }
    move->known = (move->terms[0] & move->terms[1] & move->terms[2] & move->terms[3]) == MYBPF__NO_VALUE;
    return !move->known || (uint64_t)move->apart >= MYBPF__MEMMOVE_BYTES;
}

/* ---- the rounds ---- */

/* The loads, stores and additions of these rounds, for the newest block. */
MYBPF__FN int mybpf__memmove_rounds(mybpf__ir *ir, const mybpf__memmove *move, mybpf_error *error)
{
    const uint32_t at[2] = {move->load, move->store};
    int vectors = (ir->request->features & ir->request->target->vectors) != 0 &&
                  ir->ops[at[0]].b == MYBPF__NO_VALUE && ir->ops[at[1]].b == MYBPF__NO_VALUE;
    mybpf__op *op;
    for (int32_t done = 0; done < MYBPF__MEMMOVE_BYTES; done += vectors ? 16 : 8)
        for (int stores = 0; stores < 2; stores++) {
            const mybpf__op access = ir->ops[at[stores]];
            if (!(op = mybpf__loops_op(ir, access.code, MYBPF__NO_VALUE, access.a, error)))
                return MYBPF_ERR_MEMORY;
            op->b = access.b;
            op->aux = access.aux;
            op->insn = access.insn;
            op->disp = mybpf__memmove_disp(ir, move, at[stores]) + done;
            if (vectors)
                op->code = stores ? MYBPF__IR_STORE16 : MYBPF__IR_LOAD16;
            else if (stores)
                op->c = move->spare;
            else
                op->dst = move->spare;
        }
    return mybpf__ahead_steps(ir, &move->ahead, error);
}

/* What asks whether they may be made, in front of all: the newest block then. */
MYBPF__FN int mybpf__memmove_asks(mybpf__loops *loops, mybpf__memmove *move, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__op *op;
    uint32_t made;
    int sum = move->terms[0] != MYBPF__NO_VALUE;
    if (mybpf__loops_block(loops, move->ahead.front, &made, error)) return MYBPF_ERR_MEMORY;
    if (!(op = mybpf__loops_op(ir, sum ? MYBPF__IR_MOV : MYBPF__IR_CONST, move->spare,
                               sum ? move->terms[0] : (unsigned)MYBPF__NO_VALUE, error)))
        return MYBPF_ERR_MEMORY;
    if (!sum) op->imm = move->apart;
    for (int i = 1; i < 4; i++) {
        if (move->terms[i] == MYBPF__NO_VALUE) continue;
        if (!(op = mybpf__loops_op(ir, i < 2 ? MYBPF__IR_ADD : MYBPF__IR_SUB, move->spare, move->spare,
                                   error)))
            return MYBPF_ERR_MEMORY;
        op->b = move->terms[i];
    }
    if (sum && move->apart && mybpf__ahead_add(ir, move->spare, move->apart, 8, error))
        return MYBPF_ERR_MEMORY;
    if (!(op = mybpf__loops_op(ir, MYBPF__IR_BRANCH, MYBPF__NO_VALUE, move->spare, error)))
        return MYBPF_ERR_MEMORY;
    op->sub = MYBPF__LT;
    op->flags = MYBPF__F_IMM;
    op->imm = MYBPF__MEMMOVE_BYTES;
    ir->blocks[made].taken = move->ahead.x;
    move->ahead.front = made;
    return MYBPF_OK;
}

/* Block `x`, a loop of its own; `jump`: the block that takes steps where it goes back, or NO_BLOCK. `*made`:
 * it is such a loop. */
MYBPF__FN int mybpf__memmove_loop(mybpf__loops *loops, uint32_t x, uint32_t jump, int *made,
                                  mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__memmove move;
    *made = 0;
    if (!(ir->request->target->can & MYBPF__CAN_JOIN) || !mybpf__ahead_look(ir, &move.ahead, x, jump) ||
        !mybpf__memmove_look(ir, &move))
        return MYBPF_OK;
    move.ahead.rounds = (uint32_t)MYBPF__MEMMOVE_BYTES / ir->ops[move.load].width;
    move.spare = mybpf__ahead_spare(ir, &move.ahead);
    if (!mybpf__ahead_branch(ir, &move.ahead) || !mybpf__ahead_condition(ir, &move.ahead) ||
        !mybpf__ahead_walks(ir, &move.ahead, move.store, &move.walks[0]) ||
        !mybpf__ahead_walks(ir, &move.ahead, move.load, &move.walks[1]) ||
        mybpf__ahead_few(ir, &move.ahead, MYBPF__MEMMOVE_FEW / ir->ops[move.load].width) ||
        move.spare == MYBPF__NO_VALUE || !mybpf__memmove_apart(ir, &move))
        return MYBPF_OK;
    *made = 1;
    if (mybpf__ahead_begin(loops, &move.ahead, error) || mybpf__memmove_rounds(ir, &move, error) ||
        mybpf__ahead_enter(loops, &move.ahead, error) || mybpf__ahead_limit(loops, &move.ahead, error) ||
        (!move.known && mybpf__memmove_asks(loops, &move, error)))
        return MYBPF_ERR_MEMORY;
    mybpf__ahead_lead(loops, &move.ahead, MYBPF__VALUE_BIT(move.spare));
    return MYBPF_OK;
}

#endif
