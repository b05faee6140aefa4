/* rounds.c: metered loops take the steps of whole rounds at once (ROUNDS). A copy of the loop, several rounds
 * long, is entered where as many steps are left as these rounds can take at most; what they take at least is
 * taken there, the rest on the ways that cost more, without asking, and what is not needed is given back
 * where the loop is left. Where fewer steps are left, the loop goes on as it was and ends where it must.
 *
 * Only loops without loops or calls inside: nobody else sees the steps meanwhile. */
#ifndef MYBPF__ROUNDS_C
#define MYBPF__ROUNDS_C

#include "ir.h"
#include "build.c"
#include "liveness.c"
#include "loops.c"
#include "../base/error.h"

enum {
    MYBPF__ROUNDS_BLOCKS = 32, /* of a loop, at most */
    MYBPF__ROUNDS_MOST = 64,   /* operations of several rounds */
    MYBPF__ROUNDS_LONG = 160,  /* ... of one */
    MYBPF__ROUNDS_CHARGES = 3, /* from which on one round alone is worth it */
    /* of blocks that the pass makes, in `loop_end`; the copies have none of these */
    MYBPF__ROUNDS_BEHIND = 0, /* laid out behind everything */
    MYBPF__ROUNDS_TEST = 1    /* takes the steps of the rounds, where there are enough */
};

typedef struct mybpf__rounds {
    mybpf__ir *ir;
    uint32_t *enter; /* by block: what takes the steps in front of the copy of its loop, or NO_BLOCK */
    uint32_t *slow;  /* by block: has its loop a copy? Of one round its block there, else NO_BLOCK; 0: none */
    uint32_t *number; /* by block: its number in this loop, + 1; 0: it is outside */
    uint32_t blocks;  /* in front of the pass */
    uint32_t rounds;
    uint32_t first; /* block of the copy */
    uint32_t count; /* blocks of a round: the head, and so that all jumps lead forward */
    uint32_t block[MYBPF__ROUNDS_BLOCKS]; /* by number */
    /* By number, from it to the end of the round: the steps of the cheapest and of the dearest way */
    int64_t least[MYBPF__ROUNDS_BLOCKS], most[MYBPF__ROUNDS_BLOCKS];
    int64_t begin[MYBPF__ROUNDS_BLOCKS]; /* steps that it takes in the copy */
} mybpf__rounds;

MYBPF__FN int64_t mybpf__rounds_cost(const mybpf__ir *ir, uint32_t block)
{
    const mybpf__op *op = &ir->ops[ir->blocks[block].first];
    return ir->blocks[block].count && op->code == MYBPF__IR_CHARGE ? op->imm : 0;
}

/* What block `number` leaves of the steps of the cheapest way. */
MYBPF__FN int64_t mybpf__rounds_rest(const mybpf__rounds *loop, uint32_t number)
{
    return loop->least[number] - mybpf__rounds_cost(loop->ir, loop->block[number]);
}

/* Where a block goes, `taken` or else `next`: the number there, or MYBPF__ROUNDS_BLOCKS. */
MYBPF__FN uint32_t mybpf__rounds_to(const mybpf__rounds *loop, uint32_t block, int taken)
{
    uint32_t to = taken ? loop->ir->blocks[block].taken : loop->ir->blocks[block].next;
    if (to >= loop->blocks || !loop->number[to]) return MYBPF__ROUNDS_BLOCKS;
    return loop->number[to] - 1;
}

/* ---- which loops ---- */

/* Does block `from` go back to `head`, in the walk of loops.c? */
MYBPF__FN int mybpf__rounds_goes_back(const mybpf__ir *ir, uint32_t from, uint32_t head)
{
    const mybpf__block *block = &ir->blocks[from];
    return (block->loop_end & MYBPF__LOOPS_TAKEN && block->taken == head) ||
           (block->loop_end & MYBPF__LOOPS_NEXT && block->next == head);
}

/* Gathers the blocks from which control comes back to `head`, without loops inside. 0: there is no such loop.
 */
MYBPF__FN int mybpf__rounds_gather(mybpf__rounds *loop, uint32_t head)
{
    const mybpf__ir *ir = loop->ir;
    loop->count = 0;
    loop->block[loop->count++] = head;
    loop->number[head] = 1;
    for (uint32_t done = 0; done < loop->count; done++) {
        uint32_t count, block = loop->block[done];
        const uint32_t *preds = mybpf__ir_predecessors(ir, block, &count);
        for (uint32_t p = 0; p < count; p++) {
            const mybpf__block *from = &ir->blocks[preds[p]];
            if ((from->taken != block && from->next != block) || !from->loop_end ||
                (block == head && !mybpf__rounds_goes_back(ir, preds[p], head)))
                continue; /* into the loop, or never reached */
            if (block != head && mybpf__rounds_goes_back(ir, preds[p], block)) return 0;
            if (loop->number[preds[p]]) continue;
            if (loop->count == MYBPF__ROUNDS_BLOCKS || !preds[p]) return 0; /* or entered elsewhere */
            loop->number[preds[p]] = 1;
            loop->block[loop->count++] = preds[p];
        }
    }
    return 1;
}

/* Numbers the blocks as they are laid out: the head and what follows it, then those in front of it. */
MYBPF__FN void mybpf__rounds_sort(mybpf__rounds *loop)
{
    uint32_t head = loop->block[0];
    for (uint32_t i = 1; i < loop->count; i++) {
        uint32_t block = loop->block[i], to = i;
        for (; loop->block[to - 1] - head > block - head; to--) loop->block[to] = loop->block[to - 1];
        loop->block[to] = block;
    }
    for (uint32_t i = 0; i < loop->count; i++) loop->number[loop->block[i]] = i + 1;
}

/* What the ways from block `number` to the end of the round cost. */
MYBPF__FN void mybpf__rounds_ways(mybpf__rounds *loop, uint32_t number)
{
    int64_t least = INT64_MAX, most = 0, cost = mybpf__rounds_cost(loop->ir, loop->block[number]);
    for (int taken = 0; taken < 2; taken++) {
        uint32_t to = mybpf__rounds_to(loop, loop->block[number], taken);
        if (to == MYBPF__ROUNDS_BLOCKS) continue;
        int64_t low = to ? loop->least[to] : 0, high = to ? loop->most[to] : 0;
        if (low < least) least = low;
        if (high > most) most = high;
    }
    loop->least[number] = least + cost;
    loop->most[number] = most + cost;
}

/* The same of all: of each block after all that it leads to. */
MYBPF__FN void mybpf__rounds_all_ways(mybpf__rounds *loop)
{
    uint32_t stack[MYBPF__ROUNDS_BLOCKS], depth = 1, seen = 1;
    uint8_t step[MYBPF__ROUNDS_BLOCKS];
    stack[0] = step[0] = 0;
    while (depth) {
        uint32_t number = stack[depth - 1], to;
        if (step[depth - 1] == 2) {
            mybpf__rounds_ways(loop, number);
            depth--;
            continue;
        }
        to = mybpf__rounds_to(loop, loop->block[number], step[depth - 1]++);
        if (to == MYBPF__ROUNDS_BLOCKS || seen >> to & 1) continue;
        seen |= 1u << to;
        step[depth] = 0;
        stack[depth++] = to;
    }
}

/* How many operations it has but its charge; NO_BLOCK: one that must stay where it is. */
MYBPF__FN uint32_t mybpf__rounds_operations(const mybpf__ir *ir, const mybpf__block *block)
{
    uint32_t count = 0, end = block->first + block->count;
    for (uint32_t at = block->first; at < end; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (op->code == MYBPF__IR_NOP || (op->code == MYBPF__IR_CHARGE && at == block->first)) continue;
        if (op->code >= MYBPF__IR_BRANCH && !(mybpf__ir_is_branch(op) && at + 1 == end))
            return MYBPF__NO_BLOCK;
        count++;
    }
    if (block->taken != MYBPF__NO_BLOCK && !(block->count && mybpf__ir_is_branch(&ir->ops[end - 1])))
        return MYBPF__NO_BLOCK;
    return count;
}

/* Finds the loop of `head`, what its blocks cost, and how many rounds the copy has: 0 where there is to be
 * none. */
MYBPF__FN int mybpf__rounds_look(mybpf__rounds *loop, uint32_t head)
{
    const mybpf__ir *ir = loop->ir;
    uint32_t operations = 0, charges = 0;
    if (!mybpf__rounds_gather(loop, head)) return 0;
    mybpf__rounds_sort(loop);
    mybpf__rounds_all_ways(loop);
    for (uint32_t number = 0; number < loop->count; number++) {
        uint32_t block = loop->block[number], count = mybpf__rounds_operations(ir, &ir->blocks[block]);
        if (count == MYBPF__NO_BLOCK) return 0;
        operations += count;
        charges += mybpf__rounds_cost(ir, block) > 0;
    }
    loop->rounds = operations * 4 <= MYBPF__ROUNDS_MOST ? 4 : operations * 2 <= MYBPF__ROUNDS_MOST ? 2 : 1;
    return loop->least[0] && operations <= MYBPF__ROUNDS_LONG &&
           (loop->rounds > 1 || charges >= MYBPF__ROUNDS_CHARGES);
}

/* ---- the copy ---- */

/* A new block that takes `steps`, of which there are enough, and leads to `next`. */
MYBPF__FN int mybpf__rounds_spend(mybpf__ir *ir, uint32_t insn, uint32_t next, int64_t steps,
                                  mybpf_error *error)
{
    mybpf__op *op;
    if (mybpf__ir_new_block(ir, insn, error)) return MYBPF_ERR_MEMORY;
    mybpf__block *block = &ir->blocks[ir->block_count - 1];
    block->first = ir->op_count;
    block->next = next;
    if (!steps) return MYBPF_OK;
    if (!(op = mybpf__ir_new_op(ir, MYBPF__IR_SPEND, insn)))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    op->imm = steps;
    op->flags = MYBPF__F_PAID;
    block->count = 1;
    return MYBPF_OK;
}

/* The steps that each block takes in the copy beyond those of the cheapest way: at least on all ways there.
 */
MYBPF__FN void mybpf__rounds_begin(mybpf__rounds *loop)
{
    for (uint32_t number = 0; number < loop->count; number++) loop->begin[number] = number ? INT64_MAX : 0;
    for (uint32_t number = 0; number < loop->count; number++)
        for (int taken = 0; taken < 2; taken++) {
            uint32_t to = mybpf__rounds_to(loop, loop->block[number], taken);
            if (to == MYBPF__ROUNDS_BLOCKS || !to) continue;
            int64_t more = loop->least[to] - mybpf__rounds_rest(loop, number);
            if (more < loop->begin[to]) loop->begin[to] = more;
        }
}

/* One block of one round; it goes on as the block of the loop until mybpf__rounds_edge. */
MYBPF__FN int mybpf__rounds_copy(mybpf__rounds *loop, uint32_t number, uint32_t round, mybpf_error *error)
{
    mybpf__ir *ir = loop->ir;
    mybpf__block was = ir->blocks[loop->block[number]], *made;
    if (mybpf__rounds_spend(ir, was.insn, was.next, loop->begin[number], error)) return MYBPF_ERR_MEMORY;
    for (uint32_t at = was.first; at < was.first + was.count; at++) {
        mybpf__op op = ir->ops[at], *copy;
        if (op.code == MYBPF__IR_NOP || op.code == MYBPF__IR_CHARGE) continue;
        if (!(copy = mybpf__ir_new_op(ir, op.code, op.insn)))
            return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
        *copy = op;
    }
    made = &ir->blocks[ir->block_count - 1];
    made->count = ir->op_count - made->first;
    made->taken = was.taken;
    if (!round) made->end = was.end; /* where an instruction's code is: here, not in what is seldom run */
    return MYBPF_OK;
}

/* Where block `number` of a round goes that went to `to`: the copy, the next round, or out of the loop. */
MYBPF__FN int mybpf__rounds_edge(mybpf__rounds *loop, uint32_t number, uint32_t round, int taken,
                                 mybpf_error *error)
{
    mybpf__ir *ir = loop->ir;
    uint32_t next = mybpf__rounds_to(loop, loop->block[number], taken),
             made = loop->first + round * loop->count + number,
             to = taken ? ir->blocks[made].taken : ir->blocks[made].next;
    int64_t rest = mybpf__rounds_rest(loop, number), steps = 0;
    if (to == MYBPF__NO_BLOCK) return MYBPF_OK;
    if (!next) {
        to = round + 1 < loop->rounds ? loop->first + (round + 1) * loop->count : loop->first - 1;
    } else if (next != MYBPF__ROUNDS_BLOCKS) {
        to = loop->first + round * loop->count + next;
        steps = loop->least[next] - rest - loop->begin[next];
    } else {
        if (to < loop->blocks && loop->enter[to] != MYBPF__NO_BLOCK) to = loop->enter[to];
        steps = -(rest + (loop->rounds - 1 - round) * loop->least[0]);
    }
    if (steps) {
        if (mybpf__rounds_spend(ir, ir->blocks[to].insn, to, steps, error)) return MYBPF_ERR_MEMORY;
        to = ir->block_count - 1;
        ir->blocks[to].loop_end = MYBPF__ROUNDS_BEHIND;
    }
    if (taken)
        ir->blocks[made].taken = to;
    else
        ir->blocks[made].next = to;
    return MYBPF_OK;
}

/* What leads into the loop goes to the block that takes the steps of the rounds. */
MYBPF__FN int mybpf__rounds_test(mybpf__rounds *loop, mybpf_error *error)
{
    mybpf__ir *ir = loop->ir;
    uint32_t count, head = loop->block[0], test = ir->block_count;
    const uint32_t *preds = mybpf__ir_predecessors(ir, head, &count);
    if (mybpf__rounds_spend(ir, ir->blocks[head].insn, test + 1, loop->rounds * loop->least[0], error))
        return MYBPF_ERR_MEMORY;
    mybpf__op *op = &ir->ops[ir->blocks[test].first];
    op->flags = 0;
    op->aux = (uint32_t)(loop->rounds * (loop->most[0] - loop->least[0]));
    ir->blocks[test].taken = head;
    ir->blocks[test].loop_end = MYBPF__ROUNDS_TEST;
    for (uint32_t p = 0; p < count; p++) {
        mybpf__block *from = &ir->blocks[preds[p]];
        if (loop->number[preds[p]]) continue;
        if (from->taken == head) from->taken = test;
        if (from->next == head) from->next = test;
    }
    loop->enter[head] = test;
    loop->first = test + 1;
    return MYBPF_OK;
}

MYBPF__FN int mybpf__rounds_make(mybpf__rounds *loop, mybpf_error *error)
{
    mybpf__ir *ir = loop->ir;
    int status = mybpf__rounds_test(loop, error);
    mybpf__rounds_begin(loop);
    for (uint32_t round = 0; round < loop->rounds; round++)
        for (uint32_t number = 0; number < loop->count && !status; number++)
            status = mybpf__rounds_copy(loop, number, round, error);
    for (uint32_t round = 0; round < loop->rounds; round++)
        for (uint32_t number = 0; number < loop->count && !status; number++) {
            status = mybpf__rounds_edge(loop, number, round, 1, error);
            if (!status) status = mybpf__rounds_edge(loop, number, round, 0, error);
        }
    for (uint32_t number = 0; number < loop->count; number++) {
        loop->slow[loop->block[number]] = loop->rounds == 1 ? loop->first + number : MYBPF__NO_BLOCK;
        ir->blocks[loop->block[number]].end = ir->blocks[loop->block[number]].insn;
    }
    return status;
}

/* ---- the pass ---- */

/* Where an edge to `block` leads: copies of what held a charge and a jump alone do nothing. */
MYBPF__FN uint32_t mybpf__rounds_through(const mybpf__rounds *loop, uint32_t block)
{
    const mybpf__block *blocks = loop->ir->blocks;
    while (block != MYBPF__NO_BLOCK && block >= loop->blocks && !blocks[block].count)
        block = blocks[block].next;
    return block;
}

/* No edge leads to such a copy: it gets no code, and a branch around it turns into one branch. */
MYBPF__FN void mybpf__rounds_thread(mybpf__rounds *loop)
{
    mybpf__block *blocks = loop->ir->blocks;
    uint32_t end = loop->ir->block_count;
    for (uint32_t i = loop->blocks; i < end; i++) {
        blocks[i].taken = mybpf__rounds_through(loop, blocks[i].taken);
        if (blocks[i].count) blocks[i].next = mybpf__rounds_through(loop, blocks[i].next);
    }
    for (uint32_t i = loop->blocks; i < end; i++)
        if (!blocks[i].count) blocks[i].next = MYBPF__NO_BLOCK;
}

/* The copy stands where the loop was, of one round each block where its own was; the loop behind everything.
 */
MYBPF__FN int mybpf__rounds_order(mybpf__rounds *loop, mybpf_error *error)
{
    mybpf__ir *ir = loop->ir;
    uint32_t added = ir->block_count - loop->blocks, *order, count = 0, *was;
    order = (uint32_t *)mybpf__room(ir->vm, ir->order, &ir->order_capacity, ir->block_count + loop->blocks,
                                    sizeof *order);
    if (!order) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->order = order;
    was = order + ir->block_count;
    for (uint32_t i = 0; i < loop->blocks; i++) was[i] = order[i];
    for (uint32_t i = 0; i < loop->blocks; i++) {
        uint32_t block = loop->enter[was[i]];
        if (block != MYBPF__NO_BLOCK && loop->slow[was[i]] != MYBPF__NO_BLOCK) {
            order[count++] = block;
        } else if (block != MYBPF__NO_BLOCK) {
            order[count++] = block++;
            for (; block < ir->block_count && ir->blocks[block].loop_end != MYBPF__ROUNDS_TEST; block++)
                if (ir->blocks[block].loop_end == MYBPF__NO_BLOCK) order[count++] = block;
        }
        if (loop->slow[was[i]] != MYBPF__NO_BLOCK)
            order[count++] = loop->slow[was[i]] ? loop->slow[was[i]] : was[i];
    }
    for (uint32_t i = 0; i < loop->blocks; i++)
        if (loop->slow[was[i]]) order[count++] = was[i];
    for (uint32_t i = loop->blocks; i < loop->blocks + added; i++)
        if (ir->blocks[i].loop_end == MYBPF__ROUNDS_BEHIND) order[count++] = i;
    return MYBPF_OK;
}

/* Needs live sets and predecessors, and leaves them behind. Loops from the last to the first, as ways out
 * lead on to loops that follow. */
MYBPF__FN int mybpf__ir_rounds(mybpf__ir *ir, mybpf_error *error)
{
    mybpf__rounds loop;
    int status = MYBPF_OK;
    if (!ir->cyclic) return MYBPF_OK;
    loop.ir = ir;
    loop.blocks = ir->block_count;
    loop.first = loop.rounds = 0;
    loop.enter = ir->spare_work;
    loop.slow = loop.enter + loop.blocks;
    loop.number = loop.slow + loop.blocks;
    mybpf__loops_walk(ir, loop.enter);
    for (uint32_t i = 0; i < loop.blocks; i++)
        loop.enter[i] = MYBPF__NO_BLOCK, loop.slow[i] = loop.number[i] = 0;
    for (uint32_t head = loop.blocks; head-- > 1 && !status;) {
        uint32_t count, back = 0;
        const uint32_t *preds = mybpf__ir_predecessors(ir, head, &count);
        for (uint32_t p = 0; p < count; p++) back |= (uint32_t)mybpf__rounds_goes_back(ir, preds[p], head);
        if (!back || ir->blocks[head].insn == ir->blocks[head].end)
            continue; /* or another pass has made it */
        loop.count = 0;
        if (mybpf__rounds_look(&loop, head)) status = mybpf__rounds_make(&loop, error);
        for (uint32_t i = 0; i < loop.count; i++) loop.number[loop.block[i]] = 0;
    }
    if (!status && ir->block_count > loop.blocks) {
        mybpf__rounds_thread(&loop);
        status = mybpf__rounds_order(&loop, error);
        if (!status) status = mybpf__ir_liveness(ir, NULL, error);
    }
    return status;
}

#endif
