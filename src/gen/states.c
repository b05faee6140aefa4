/* states.c: a loop that asks in each round what the one before has decided, `switch (state)`. Where that is
 * known, what the loop does up to the question is made again for this state, and goes on where the answer
 * leads (THREAD):
 *
 *     on: c = *p++; if state == 0 goto a; if state == 1 goto b; ...
 *     a:  state = 1; if c == ':' goto on; ...
 *
 * becomes
 *
 *     a:  state = 1; if c == ':' goto on1; ...
 *     on1: c = *p++; goto b
 *
 * Often nobody asks for the state then. Blocks as they were stay right for every state, so it does not matter
 * which of them are made again. So with what else is asked for, one value after another: a kind of token, and
 * whether it is one that has a value. */
#ifndef MYBPF__STATES_C
#define MYBPF__STATES_C

#include "ir.h"
#include "build.c"
#include "constants.h"
#include "liveness.c"
#include "../base/error.h"

enum {
    MYBPF__STATES_ASKS = 3,     /* branches that ask for it, at least */
    MYBPF__STATES_BLOCKS = 512, /* of the function, at most */
    MYBPF__STATES_LONG = 8,     /* operations of a block that is made again */
    MYBPF__STATES_FAR = 3,      /* blocks in front of a question */
    MYBPF__STATES_COPIES = 48,  /* blocks that are made for one value */
    MYBPF__STATES_MOST = 96,    /* operations of all that are made */
    MYBPF__STATES_ROUNDS = 12   /* along the blocks, in which what is known must settle */
};

/* What is known of the state. */
enum { MYBPF__STATES_NEVER, MYBPF__STATES_ONE, MYBPF__STATES_ANY };

typedef struct mybpf__states_block {
    int64_t in, made; /* the constants where the block begins, and that it makes */
    uint8_t known;    /* where it begins */
    uint8_t makes;    /* ONE: `made`; ANY: something; NEVER: nothing, it leaves the state as it is */
    uint8_t through;  /* may be made again, and leads to a question: its distance, + 1; 0: not */
} mybpf__states_block;

typedef struct mybpf__states_copy {
    uint32_t block; /* of which */
    int64_t state;  /* for which */
} mybpf__states_copy;

typedef struct mybpf__states {
    mybpf__ir *ir;
    unsigned value, width; /* the register with the state, and how many of its bytes are asked for: 4, 8 */
    mybpf__states_block *blocks;
    uint32_t count;                                /* blocks in front of the pass */
    uint32_t copies;                               /* for this value */
    uint32_t operations;                           /* of all copies */
    mybpf__states_copy copy[MYBPF__STATES_COPIES]; /* blocks from `count` on */
} mybpf__states;

/* ---- which register, which blocks ---- */

/* Does the block end with a question for the state? */
MYBPF__FN int mybpf__states_asks(const mybpf__ir *ir, const mybpf__block *block, unsigned value,
                                 unsigned width)
{
    const mybpf__op *op = block->count ? &ir->ops[block->first + block->count - 1] : NULL;
    return op && op->code == MYBPF__IR_BRANCH && op->a == value && op->width == width &&
           op->flags & MYBPF__F_IMM;
}

/* How many branches ask for each register. */
MYBPF__FN void mybpf__states_count(const mybpf__ir *ir, unsigned width, uint32_t asks[MYBPF__FRAME_VALUE])
{
    for (unsigned value = 0; value < MYBPF__FRAME_VALUE; value++) asks[value] = 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        unsigned value = block->count ? ir->ops[block->first + block->count - 1].a : MYBPF__NO_VALUE;
        if (value < MYBPF__FRAME_VALUE && mybpf__states_asks(ir, block, value, width)) asks[value]++;
    }
}

/* As much of a constant as is asked for. */
MYBPF__INLINE int64_t mybpf__states_cut(const mybpf__states *states, int64_t constant)
{
    return states->width == 4 ? (int64_t)(uint32_t)constant : constant;
}

/* What each block does with the state: 0 where no two make constants of it. */
MYBPF__FN int mybpf__states_look(mybpf__states *states)
{
    const mybpf__ir *ir = states->ir;
    uint64_t bit = MYBPF__VALUE_BIT(states->value);
    uint32_t makers = 0;
    for (uint32_t i = 0; i < states->count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        mybpf__states_block *known = &states->blocks[i];
        known->known = known->makes = MYBPF__STATES_NEVER;
        for (uint32_t at = block->first; at < block->first + block->count; at++) {
            const mybpf__op *op = &ir->ops[at];
            if (!(mybpf__ir_writes(op) & bit)) continue;
            known->makes = op->code == MYBPF__IR_CONST ? MYBPF__STATES_ONE : MYBPF__STATES_ANY;
            known->made = mybpf__states_cut(states, op->imm);
        }
        makers += known->makes == MYBPF__STATES_ONE;
        known->through = mybpf__states_asks(ir, block, states->value, states->width) &&
                         mybpf__ir_repeats(ir, block) && block->count <= MYBPF__STATES_LONG &&
                         known->makes == MYBPF__STATES_NEVER && i;
    }
    for (int far = 0; far < MYBPF__STATES_FAR; far++)
        for (uint32_t i = 1; i < states->count; i++) {
            const mybpf__block *block = &ir->blocks[i];
            mybpf__states_block *known = &states->blocks[i];
            if (known->through || known->makes != MYBPF__STATES_NEVER || block->count > MYBPF__STATES_LONG ||
                !mybpf__ir_repeats(ir, block))
                continue;
            if ((block->taken != MYBPF__NO_BLOCK && states->blocks[block->taken].through == far + 1) ||
                (block->next != MYBPF__NO_BLOCK && states->blocks[block->next].through == far + 1))
                known->through = (uint8_t)(far + 2);
        }
    return makers > 1;
}

/* ---- what is known ---- */

/* What is known of the state on the way from block `from` to `to`. */
MYBPF__FN int mybpf__states_edge(const mybpf__states *states, uint32_t from, uint32_t to, int64_t *state)
{
    const mybpf__block *block = &states->ir->blocks[from];
    const mybpf__states_block *known = &states->blocks[from];
    *state = known->makes == MYBPF__STATES_ONE ? known->made : known->in;
    if (known->makes == MYBPF__STATES_NEVER && known->known == MYBPF__STATES_NEVER)
        return MYBPF__STATES_NEVER;
    if (block->taken != block->next && mybpf__states_asks(states->ir, block, states->value, states->width)) {
        const mybpf__op *branch = &states->ir->ops[block->first + block->count - 1];
        if (branch->sub <= MYBPF__NE && (branch->sub == MYBPF__EQ) == (block->taken == to)) {
            *state = mybpf__states_cut(states, branch->imm);
            return MYBPF__STATES_ONE;
        }
    }
    return known->makes == MYBPF__STATES_NEVER ? known->known : known->makes;
}

/* Block `to` is reached with that. */
MYBPF__FN int mybpf__states_reach(mybpf__states *states, uint32_t from, uint32_t to)
{
    int64_t state;
    if (to == MYBPF__NO_BLOCK) return 0;
    mybpf__states_block *known = &states->blocks[to];
    int how = mybpf__states_edge(states, from, to, &state);
    if (how == MYBPF__STATES_NEVER || known->known == MYBPF__STATES_ANY) return 0;
    if (how == MYBPF__STATES_ONE && known->known == MYBPF__STATES_ONE && known->in == state) return 0;
    if (how == MYBPF__STATES_ONE && known->known == MYBPF__STATES_NEVER) {
        known->known = MYBPF__STATES_ONE;
        known->in = state;
    } else
        known->known = MYBPF__STATES_ANY;
    return 1;
}

MYBPF__FN int mybpf__states_settle(mybpf__states *states)
{
    int changed = 1;
    states->blocks[0].known = MYBPF__STATES_ANY;
    for (int round = 0; changed && round < MYBPF__STATES_ROUNDS; round++) {
        changed = 0;
        for (uint32_t i = 0; i < states->count; i++) {
            changed |= mybpf__states_reach(states, i, states->ir->blocks[i].taken);
            changed |= mybpf__states_reach(states, i, states->ir->blocks[i].next);
        }
    }
    return !changed;
}

/* ---- copies ---- */

/* The answer to the block's question, if it has one. */
MYBPF__FN int mybpf__states_answer(const mybpf__states *states, const mybpf__block *block, int64_t state)
{
    if (!mybpf__states_asks(states->ir, block, states->value, states->width)) return -1;
    const mybpf__op *branch = &states->ir->ops[block->first + block->count - 1];
    return mybpf__constants_compare(branch->sub, (uint64_t)state,
                                    (uint64_t)mybpf__states_cut(states, branch->imm), states->width);
}

/* The copy of block `index` for this state, which is made if there is room; NO_BLOCK: it is not. */
MYBPF__FN int mybpf__states_copy_of(mybpf__states *states, uint32_t index, int64_t state, uint32_t *copy,
                                    mybpf_error *error)
{
    mybpf__ir *ir = states->ir;
    mybpf__block was = ir->blocks[index];
    int answer = mybpf__states_answer(states, &was, state);
    *copy = MYBPF__NO_BLOCK;
    for (uint32_t i = 0; i < states->copies; i++)
        if (states->copy[i].block == index && states->copy[i].state == state) *copy = states->count + i;
    if (*copy != MYBPF__NO_BLOCK || states->copies == MYBPF__STATES_COPIES ||
        states->operations + was.count > MYBPF__STATES_MOST)
        return MYBPF_OK;
    if (mybpf__ir_new_block(ir, was.insn, error)) return MYBPF_ERR_MEMORY;
    mybpf__block *made = &ir->blocks[ir->block_count - 1];
    made->first = ir->op_count;
    made->count = was.count - (answer >= 0);
    made->next = answer == 1 ? was.taken : was.next;
    if (answer < 0) made->taken = was.taken;
    for (uint32_t i = 0; i < made->count; i++) {
        mybpf__op op = ir->ops[was.first + i], *again = mybpf__ir_new_op(ir, op.code, op.insn);
        if (!again) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
        *again = op;
    }
    states->operations += made->count;
    states->copy[states->copies].block = index;
    states->copy[states->copies].state = state;
    *copy = states->count + states->copies++;
    return MYBPF_OK;
}

/* Where an edge to block `to` leads in this state. An edge to a copy has been led there in the same one. */
MYBPF__FN int mybpf__states_to(mybpf__states *states, uint32_t *to, int64_t state, mybpf_error *error)
{
    uint32_t copy;
    for (uint32_t hops = 0; *to < states->count && states->blocks[*to].through; hops++) {
        const mybpf__block *block = &states->ir->blocks[*to];
        int answer = mybpf__states_answer(states, block, state);
        if (answer < 0 || block->count > 1 || hops == MYBPF__STATES_COPIES) break;
        *to = answer ? block->taken : block->next;
    }
    if (*to >= states->count || !states->blocks[*to].through) return MYBPF_OK;
    int status = mybpf__states_copy_of(states, *to, state, &copy, error);
    if (copy != MYBPF__NO_BLOCK) *to = copy;
    return status;
}

/* The edges that are known to come with one state. Copies lead to copies. */
MYBPF__FN int mybpf__states_edges(mybpf__states *states, mybpf_error *error)
{
    mybpf__ir *ir = states->ir;
    int status = MYBPF_OK;
    for (uint32_t i = 0; i < states->count + states->copies && !status; i++)
        for (int way = 0; way < 2 && !status; way++) {
            uint32_t to = way ? ir->blocks[i].taken : ir->blocks[i].next;
            int64_t state = 0;
            if (to >= states->count) continue; /* none, or a copy */
            if (i >= states->count)
                state = states->copy[i - states->count].state;
            else if (mybpf__states_edge(states, i, to, &state) != MYBPF__STATES_ONE)
                continue;
            status = mybpf__states_to(states, &to, state, error);
            *(way ? &ir->blocks[i].taken : &ir->blocks[i].next) = to;
        }
    return status;
}

/* Blocks that nothing leads to any more go; where an instruction's code is, is in a copy then. */
MYBPF__FN int mybpf__states_reached(mybpf__states *states, mybpf_error *error)
{
    mybpf__ir *ir = states->ir;
    uint32_t count = ir->block_count, depth = 1;
    uint32_t *order = (uint32_t *)mybpf__room(ir->vm, ir->order, &ir->order_capacity, count, sizeof *order);
    uint32_t *seen = (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, count, sizeof *seen);
    if (order) ir->order = order;
    if (seen) ir->work = seen;
    if (!order || !seen)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    for (uint32_t i = 0; i < count; i++) seen[i] = !i;
    for (order[0] = 0; depth;) {
        const mybpf__block *block = &ir->blocks[order[--depth]];
        const uint32_t to[2] = {block->taken, block->next};
        for (int way = 0; way < 2; way++)
            if (to[way] != MYBPF__NO_BLOCK && !seen[to[way]]) seen[to[way]] = 1, order[depth++] = to[way];
    }
    for (uint32_t i = 0; i < states->copies; i++) {
        mybpf__block *was = &ir->blocks[states->copy[i].block], *copy = &ir->blocks[states->count + i];
        if (seen[states->copy[i].block] || was->end == was->insn) continue;
        copy->end = was->end;
        was->end = was->insn;
    }
    for (uint32_t i = 0; i < count; i++) {
        order[i] = i;
        if (!seen[i]) mybpf__ir_drop(ir, &ir->blocks[i]);
    }
    return MYBPF_OK;
}

/* For one register, and so many bytes of it. */
MYBPF__FN int mybpf__states_of(mybpf__states *states, unsigned value, mybpf_error *error)
{
    states->value = value;
    states->blocks = (mybpf__states_block *)mybpf__ir_scratch(
        states->ir, (uint32_t)((states->count * sizeof *states->blocks + 7) / 8));
    if (!states->blocks)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    if (!mybpf__states_look(states) || !mybpf__states_settle(states)) return MYBPF_OK;
    int status = mybpf__states_edges(states, error);
    return status || !states->copies ? status : mybpf__states_reached(states, error);
}

/* Behind thread.c. */
MYBPF__FN int mybpf__ir_states(mybpf__ir *ir, mybpf_error *error)
{
    mybpf__states states;
    uint32_t asks[MYBPF__FRAME_VALUE];
    int status = MYBPF_OK;
    if (ir->block_count > MYBPF__STATES_BLOCKS) return MYBPF_OK;
    states.ir = ir;
    states.operations = 0;
    for (states.width = 4; states.width <= 8; states.width += 4) {
        mybpf__states_count(ir, states.width, asks);
        for (unsigned value = 0; value < MYBPF__FRAME_VALUE && !status; value++)
            if (asks[value] >= MYBPF__STATES_ASKS) {
                states.count = ir->block_count;
                states.copies = 0;
                status = mybpf__states_of(&states, value, error);
            }
    }
    return status;
}

#endif
