/* order.c: the order in which blocks are laid out. A loop whose blocks do not follow one another costs a jump
 * in every round: as programs come, where a pass left a block that two others led to, where a branch goes
 * round. Blocks become chains along the edges that are taken most, as far as loops tell, and the number of
 * cases of a switch. Last of all, as the passes over loops want the blocks in their first order. */
#ifndef MYBPF__ORDER_C
#define MYBPF__ORDER_C

#include "ir.h"
#include "liveness.c"
#include "loops.c"
#include "../base/error.h"

enum {
    MYBPF__ORDER_STEPS = 8, /* by block, in which loops must be known */
    MYBPF__ORDER_ROUNDS = 8,
    MYBPF__ORDER_ONCE = 1024,
    MYBPF__ORDER_MOST = 1 << 28, /* how often a block is executed */
    MYBPF__ORDER_WEIGHTS = 256,
    MYBPF__ORDER_CASES = 255, /* of a switch that count */
    MYBPF__ORDER_ASKS = 4,    /* operations of a block that asks */
    MYBPF__ORDER_HEAD = 1024  /* beside MYBPF__LOOPS_* */
};

static const uint8_t mybpf__order_back[2] = {MYBPF__LOOPS_NEXT, MYBPF__LOOPS_TAKEN};

typedef struct mybpf__order {
    mybpf__ir *ir;
    uint32_t count;                       /* blocks that may move: in front of those of charges.c */
    uint32_t *follows;                    /* by block: the next one with code, in the first order */
    uint32_t *depth;                      /* in loops */
    uint32_t *often;                      /* how often it is executed */
    uint32_t *link;                       /* the next one in its chain */
    uint32_t *head;                       /* by the last block of a chain: its first */
    uint32_t *tail;                       /* by the first one: the last; NO_BLOCK for others */
    uint32_t *list;                       /* by edge: another one of the same weight */
    uint16_t *asks;                       /* the value that a question of a switch is about */
    uint16_t *cases;                      /* ... and to how many ends it may lead */
    uint32_t first[MYBPF__ORDER_WEIGHTS]; /* the first edge of each, + 1 */
} mybpf__order;

/* Does the block end with a branch, of which either way may follow? */
MYBPF__FN int mybpf__order_branches(const mybpf__ir *ir, const mybpf__block *block)
{
    return block->count && mybpf__ir_is_branch(&ir->ops[block->first + block->count - 1]);
}

/* What follows each block. Does one of them jump? */
MYBPF__FN int mybpf__order_jumps(mybpf__order *order)
{
    const mybpf__ir *ir = order->ir;
    uint32_t follows = MYBPF__NO_BLOCK;
    int jumps = 0;
    for (uint32_t i = ir->block_count; i-- > 0;) {
        const mybpf__block *block = &ir->blocks[ir->order[i]];
        order->follows[ir->order[i]] = follows;
        if (mybpf__block_is_dead(block)) continue;
        jumps |= block->next != MYBPF__NO_BLOCK && block->next != follows &&
                 !(block->taken == follows && mybpf__order_branches(ir, block));
        follows = ir->order[i];
    }
    return jumps;
}

/* ---- how often ---- */

/* Where an edge goes, past what charges.c has put in between. */
MYBPF__FN uint32_t mybpf__order_to(const mybpf__order *order, uint32_t from, int taken)
{
    const mybpf__block *blocks = order->ir->blocks;
    uint32_t to = taken ? blocks[from].taken : blocks[from].next;
    return to >= order->count && to != MYBPF__NO_BLOCK ? blocks[to].next : to;
}

/* Marks the edges that go back, and the heads of loops. */
MYBPF__FN void mybpf__order_walk(const mybpf__order *order, uint32_t *stack)
{
    mybpf__block *blocks = order->ir->blocks;
    mybpf__loops_walk(order->ir, stack);
    for (uint32_t i = 0; i < order->count; i++) {
        uint32_t taken = blocks[i].taken;
        if (taken >= order->count && taken != MYBPF__NO_BLOCK && blocks[taken].loop_end & MYBPF__LOOPS_NEXT)
            blocks[i].loop_end |= MYBPF__LOOPS_TAKEN;
        if (blocks[i].loop_end & MYBPF__LOOPS_TAKEN)
            blocks[mybpf__order_to(order, i, 1)].loop_end |= MYBPF__ORDER_HEAD;
        if (blocks[i].loop_end & MYBPF__LOOPS_NEXT) blocks[blocks[i].next].loop_end |= MYBPF__ORDER_HEAD;
    }
}

/* How deep in loops each block is: by all ways back to a head, as blocks of a loop need not be neighbours.
 * 0 where that would take long. Predecessors are those of liveness.c. */
MYBPF__FN int mybpf__order_depths(mybpf__order *order, uint32_t *stack, uint32_t *mark)
{
    const mybpf__ir *ir = order->ir;
    uint32_t steps = MYBPF__ORDER_STEPS * order->count;
    for (uint32_t i = 0; i < order->count; i++) order->depth[i] = 0, mark[i] = MYBPF__NO_BLOCK;
    for (uint32_t head = 0; head < order->count; head++) {
        uint32_t count, height = 0;
        if (!(ir->blocks[head].loop_end & MYBPF__ORDER_HEAD)) continue;
        const uint32_t *preds = mybpf__ir_predecessors(ir, head, &count);
        for (uint32_t p = 0; p < count; p++) {
            uint32_t state = ir->blocks[preds[p]].loop_end;
            if ((state & MYBPF__LOOPS_TAKEN && mybpf__order_to(order, preds[p], 1) == head) ||
                (state & MYBPF__LOOPS_NEXT && ir->blocks[preds[p]].next == head))
                mark[preds[p]] = head, stack[height++] = preds[p];
        }
        for (mark[head] = head, order->depth[head]++; height;) {
            uint32_t index = stack[--height];
            if (index == head) continue;
            order->depth[index]++;
            preds = mybpf__ir_predecessors(ir, index, &count);
            for (uint32_t p = 0; p < count; p++)
                if (mark[preds[p]] != head && ir->blocks[preds[p]].loop_end)
                    mark[preds[p]] = head, stack[height++] = preds[p];
            if (!steps--) return 0;
        }
    }
    return 1;
}

/* ---- switches ---- */

/* The value that the block asks about, and does nothing else: it is compared with a number, or what is made
 * of it for that. NO_VALUE: there is none. */
MYBPF__FN unsigned mybpf__order_about(const mybpf__ir *ir, const mybpf__block *block)
{
    if (!block->count || block->count > MYBPF__ORDER_ASKS || block->taken == MYBPF__NO_BLOCK)
        return MYBPF__NO_VALUE;
    uint32_t last = block->first + block->count - 1;
    const mybpf__op *branch = &ir->ops[last];
    unsigned value = branch->a;
    if (branch->code != MYBPF__IR_BRANCH || !(branch->flags & MYBPF__F_IMM) ||
        branch->flags & MYBPF__F_MEMORY || value >= MYBPF__GLOBAL_VALUES)
        return MYBPF__NO_VALUE;
    for (uint32_t at = last; at-- > block->first;) {
        const mybpf__op *op = &ir->ops[at];
        if (op->code >= MYBPF__IR_LOAD && op->code != MYBPF__IR_CHARGE) return MYBPF__NO_VALUE;
        if (!(mybpf__ir_writes(op) & MYBPF__VALUE_BIT(value))) continue;
        if (op->dst == op->a || op->a >= MYBPF__GLOBAL_VALUES) return MYBPF__NO_VALUE;
        value = op->a;
    }
    return value;
}

/* Compilers make of a `switch` a tree of questions whether a number is larger, down to one for each case.
 * What they let follow is the half with the smaller numbers, not the one with more cases: LLVM does not move
 * blocks behind branches of eBPF. */
MYBPF__FN void mybpf__order_switches(const mybpf__order *order)
{
    const mybpf__ir *ir = order->ir;
    for (uint32_t i = order->count; i-- > 0;) {
        order->asks[i] = (uint16_t)mybpf__order_about(ir, &ir->blocks[i]);
        order->cases[i] = 1;
        if (order->asks[i] == MYBPF__NO_VALUE) continue;
        unsigned sum = 0;
        for (int taken = 0; taken < 2; taken++) {
            uint32_t to = mybpf__order_to(order, i, taken);
            sum +=
                to != MYBPF__NO_BLOCK && to > i && order->asks[to] == order->asks[i] ? order->cases[to] : 1u;
        }
        order->cases[i] = (uint16_t)(sum < MYBPF__ORDER_CASES ? sum : (uint32_t)MYBPF__ORDER_CASES);
    }
}

/* Is that a question of such a tree whose answers lead to further ones? */
MYBPF__FN int mybpf__order_splits(const mybpf__order *order, uint32_t from, uint32_t to, uint32_t other)
{
    const mybpf__ir *ir = order->ir;
    unsigned value = order->asks[to];
    if (value == MYBPF__NO_VALUE || value != order->asks[other]) return 0;
    const mybpf__op *op = &ir->ops[ir->blocks[from].first + ir->blocks[from].count - 1];
    return op->code == MYBPF__IR_BRANCH && op->a == value && op->flags & MYBPF__F_IMM &&
           !(op->flags & MYBPF__F_MEMORY) && op->sub >= MYBPF__GT && op->sub <= MYBPF__SLT;
}

/* How often an edge is taken: as many cases as there are, or half of the times, or as loops want it. */
MYBPF__FN uint32_t mybpf__order_weight(const mybpf__order *order, uint32_t from, int taken)
{
    uint32_t often = order->often[from], to = mybpf__order_to(order, from, taken),
             other = mybpf__order_to(order, from, !taken);
    if (to == MYBPF__NO_BLOCK) return 0;
    if (other == MYBPF__NO_BLOCK) return often;
    if (mybpf__order_splits(order, from, to, other)) {
        uint64_t cases = (uint64_t)often * order->cases[to];
        return (uint32_t)(cases / (order->cases[to] + (uint32_t)order->cases[other]));
    }
    uint32_t here = order->depth[to], there = order->depth[other];
    return here == there  ? often / 2
           : here < there ? often / MYBPF__ORDER_ROUNDS
                          : often - often / MYBPF__ORDER_ROUNDS;
}

/* From the entry on, a block after all from which edges lead there that do not go back. `left` of these. */
MYBPF__FN void mybpf__order_count(mybpf__order *order, uint32_t *stack, uint32_t *left)
{
    const mybpf__ir *ir = order->ir;
    uint32_t height = 0;
    for (uint32_t i = 0; i < order->count; i++) order->often[i] = left[i] = 0;
    for (uint32_t i = 0; i < order->count; i++)
        for (int taken = 0; taken < 2; taken++) {
            uint32_t to = mybpf__order_to(order, i, taken), state = ir->blocks[i].loop_end;
            if (to != MYBPF__NO_BLOCK && state && !(state & mybpf__order_back[taken])) left[to]++;
        }
    order->often[ir->order[0]] = MYBPF__ORDER_ONCE;
    for (stack[height++] = ir->order[0]; height;) {
        uint32_t from = stack[--height], state = ir->blocks[from].loop_end;
        if (state & MYBPF__ORDER_HEAD) order->often[from] *= MYBPF__ORDER_ROUNDS;
        if (order->often[from] > MYBPF__ORDER_MOST) order->often[from] = MYBPF__ORDER_MOST;
        for (int taken = 0; taken < 2; taken++) {
            uint32_t to = mybpf__order_to(order, from, taken);
            if (to == MYBPF__NO_BLOCK || state & mybpf__order_back[taken]) continue;
            order->often[to] += mybpf__order_weight(order, from, taken);
            if (!--left[to]) stack[height++] = to;
        }
    }
}

/* ---- chains ---- */

/* Does what follows block `from` by this edge stay there? Compilers know more than we do about that. But
 * where a loop ends the branch may as well go the other way, and where it is left early it goes on. */
MYBPF__FN int mybpf__order_stays(const mybpf__order *order, uint32_t from, int taken)
{
    uint32_t to = mybpf__order_to(order, from, taken), other = mybpf__order_to(order, from, !taken);
    if (other == MYBPF__NO_BLOCK) return 1;
    if (mybpf__order_splits(order, from, to, other)) return order->cases[other] <= order->cases[to];
    if (order->depth[other] > order->depth[to])
        return (order->ir->blocks[from].loop_end & mybpf__order_back[!taken]) != 0;
    return order->depth[other] == order->depth[to];
}

/* The weight of an edge as one of few. */
MYBPF__FN uint32_t mybpf__order_class(const mybpf__order *order, uint32_t from, int taken)
{
    uint32_t weight = mybpf__order_weight(order, from, taken), bits = 0,
             to = mybpf__order_to(order, from, taken);
    int follows = order->follows[from] == to;
    if (follows && mybpf__order_stays(order, from, taken)) return MYBPF__ORDER_WEIGHTS - 1;
    while (weight >> bits > 7) bits++;
    return (bits * 4 + (weight >> bits)) * 2 + (uint32_t)follows;
}

/* Lists the edges of block `from`. An edge is 2 * block, + 1 for the one that is taken. */
MYBPF__FN void mybpf__order_edges(mybpf__order *order, uint32_t from)
{
    const mybpf__ir *ir = order->ir;
    const mybpf__block *block = &ir->blocks[from];
    for (uint32_t taken = 0; taken < 2; taken++) {
        uint32_t to = taken ? block->taken : block->next;
        if (to == ir->order[0] || to == from || to >= order->count ||
            (taken && !mybpf__order_branches(ir, block)))
            continue;
        uint32_t *first = &order->first[mybpf__order_class(order, from, (int)taken)];
        order->list[2 * from + taken] = *first;
        *first = 2 * from + taken + 1;
    }
}

MYBPF__FN void mybpf__order_chain(mybpf__order *order)
{
    const mybpf__ir *ir = order->ir;
    mybpf__zero(order->first, sizeof order->first);
    for (uint32_t i = order->count; i-- > 0;) { /* so that each list has the first blocks first */
        order->link[i] = MYBPF__NO_BLOCK;
        order->head[i] = order->tail[i] = i;
        mybpf__order_edges(order, i);
    }
    for (uint32_t i = MYBPF__ORDER_WEIGHTS; i-- > 0;)
        for (uint32_t edge = order->first[i]; edge; edge = order->list[edge - 1]) {
            uint32_t from = (edge - 1) / 2,
                     to = (edge - 1) & 1 ? ir->blocks[from].taken : ir->blocks[from].next;
            if (order->link[from] != MYBPF__NO_BLOCK || order->tail[to] == MYBPF__NO_BLOCK ||
                order->head[from] == to)
                continue;
            order->link[from] = to;
            order->head[order->tail[to]] = order->head[from];
            order->tail[order->head[from]] = order->tail[to];
            order->tail[to] = MYBPF__NO_BLOCK;
        }
}

/* Lays chains out where the first of their blocks was. */
MYBPF__FN void mybpf__order_write(mybpf__order *order, uint32_t *done, uint32_t *out)
{
    mybpf__ir *ir = order->ir;
    uint32_t count = 0, *before = order->list; /* by block that is not the first of its chain */
    for (uint32_t i = 0; i < order->count; i++) {
        done[i] = 0;
        if (order->link[i] != MYBPF__NO_BLOCK) before[order->link[i]] = i;
    }
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t block = ir->order[i];
        if (block >= order->count) out[count++] = block;
        if (block >= order->count || done[block]) continue;
        while (order->tail[block] == MYBPF__NO_BLOCK) block = before[block];
        for (; block != MYBPF__NO_BLOCK; block = order->link[block]) done[block] = 1, out[count++] = block;
    }
    for (uint32_t i = 0; i < count; i++) ir->order[i] = out[i];
}

/* Where neither way of a branch follows, the one that is taken more often needs no jump. */
MYBPF__FN void mybpf__order_turn(const mybpf__order *order)
{
    mybpf__ir *ir = order->ir;
    uint32_t follows = MYBPF__NO_BLOCK;
    for (uint32_t i = ir->block_count; i-- > 0;) {
        uint32_t index = ir->order[i], taken = ir->blocks[index].taken, next = ir->blocks[index].next;
        mybpf__block *block = &ir->blocks[index];
        if (index < order->count && taken < order->count && next < order->count && taken != follows &&
            next != follows && mybpf__order_branches(ir, block) &&
            mybpf__order_weight(order, index, 1) < mybpf__order_weight(order, index, 0)) {
            ir->ops[block->first + block->count - 1].sub ^= 1;
            block->taken = next;
            block->next = taken;
        }
        if (!mybpf__block_is_dead(block)) follows = index;
    }
}

MYBPF__FN int mybpf__ir_order(mybpf__ir *ir, mybpf_error *error)
{
    mybpf__order order;
    size_t count = ir->block_count;
    if (!ir->cyclic) return MYBPF_OK;
    order.ir = ir;
    order.count = ir->block_count < ir->edges ? ir->block_count : ir->edges;
    uint32_t preds = 3 * order.count + 1,
             *work = (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity,
                                             preds + 10 * ir->block_count, sizeof *work);
    if (!work) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = work;
    ir->preds = work + order.count + 1;
    order.follows = work + preds;
    order.depth = order.follows + count;
    order.often = order.depth + count;
    order.link = order.often + count;
    order.head = order.link + count;
    order.tail = order.head + count;
    order.list = order.tail + count;
    order.asks = (uint16_t *)(order.list + 3 * count);
    order.cases = order.asks + count;
    if (!mybpf__order_jumps(&order)) return MYBPF_OK;
    mybpf__order_walk(&order, order.link);
    if (!mybpf__order_depths(&order, order.link, order.head)) return MYBPF_OK;
    mybpf__order_switches(&order);
    mybpf__order_count(&order, order.link, order.head);
    mybpf__order_chain(&order);
    mybpf__order_write(&order, order.head, order.list + 2 * count);
    mybpf__order_turn(&order);
    return MYBPF_OK;
}

#endif
