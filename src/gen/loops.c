/* loops.c: loops as compilers leave them. A copy that only what follows the loop reads is made behind it
 * (SINK); a counter that only counts runs down, so that one operation subtracts and compares, and what it was
 * is not compared where what it is will do (COUNTERS). */
#ifndef MYBPF__LOOPS_C
#define MYBPF__LOOPS_C

#include "ir.h"
#include "target.h"
#include "liveness.c"
#include "loops.h"
#include "memmove.c"
#include "fill.c"
#include "merge.c"
#include "several.c"
#include "unroll.c"
#include "motion.c"
#include "../base/error.h"

/* ---- copies ---- */

/* What the values hold at the end of a block: equal numbers stand for equal contents. */
typedef struct mybpf__loops_held {
    uint32_t number[MYBPF__GLOBAL_VALUES];
    uint32_t write[MYBPF__GLOBAL_VALUES]; /* the last operation that wrote it */
    uint64_t copies;                      /* values last written by a copy, and not read since */
} mybpf__loops_held;

MYBPF__FN void mybpf__loops_hold(const mybpf__ir *ir, const mybpf__block *block, mybpf__loops_held *held)
{
    for (uint32_t i = 0; i < MYBPF__GLOBAL_VALUES; i++) held->number[i] = i;
    held->copies = 0;
    for (uint32_t at = block->first; at < block->first + block->count; at++) {
        const mybpf__op *op = &ir->ops[at];
        uint64_t writes = mybpf__ir_writes(op);
        int copy = op->code == MYBPF__IR_MOV && op->width == 8 && op->a < MYBPF__GLOBAL_VALUES;
        uint32_t number = copy ? held->number[op->a] : 0;
        held->copies &= ~(mybpf__ir_reads(op) | writes);
        if (copy) held->copies |= writes;
        for (uint32_t value = 0; writes; value++, writes >>= 1)
            if (writes & 1) {
                held->number[value] = copy ? number : MYBPF__GLOBAL_VALUES * (at + 1) + value;
                held->write[value] = at;
            }
    }
}

/* Block `x` goes back or on to the next block. What it copies for the latter alone is copied on the way
 * there, from a value that holds the same when the block ends and that the loop needs anyway. */
MYBPF__FN int mybpf__loops_sink(mybpf__loops *loops, uint32_t x, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__loops_held held;
    uint32_t next = ir->blocks[x].next, made = MYBPF__NO_BLOCK,
             behind =
                 next < loops->count ? next : ir->blocks[next].next; /* a new block has no live sets yet */
    uint64_t needed = ir->blocks[ir->blocks[x].taken].live_in, after = ir->blocks[behind].live_in & ~needed;
    if (!after) return MYBPF_OK;
    mybpf__loops_hold(ir, &ir->blocks[x], &held);
    after &= held.copies;
    for (uint32_t value = 0; after >> value; value++) {
        uint32_t same = 0;
        if (!(after >> value & 1)) continue;
        while (same < ir->value_count && same < MYBPF__GLOBAL_VALUES &&
               !(needed >> same & 1 && held.number[same] == held.number[value]))
            same++;
        if (same == ir->value_count || same == MYBPF__GLOBAL_VALUES) continue;
        if (made == MYBPF__NO_BLOCK && mybpf__loops_block(loops, next, &made, error)) return MYBPF_ERR_MEMORY;
        if (!mybpf__loops_op(ir, MYBPF__IR_MOV, value, same, error)) return MYBPF_ERR_MEMORY;
        ir->ops[held.write[value]].code = MYBPF__IR_NOP;
    }
    if (made != MYBPF__NO_BLOCK) ir->blocks[x].next = loops->back[x] = made;
    return MYBPF_OK;
}

/* The other way round: block `x` goes back with a copy of what the next block needs the original of. It is
 * made where the copy goes, and copied on the way out. */
MYBPF__FN int mybpf__loops_merge(mybpf__loops *loops, uint32_t x, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t first = ir->blocks[x].first, end = first + ir->blocks[x].count, made = loops->back[x];
    uint64_t needed = ir->blocks[ir->blocks[x].taken].live_in; /* and what is copied on the way out so far */
    if (first >= loops->ops) return MYBPF_OK;                  /* unroll.c: has no live sets */
    for (uint32_t at = first; at < end; at++) {
        mybpf__op copy = ir->ops[at];
        if (!mybpf__merge_copies(&copy) || needed & MYBPF__VALUE_BIT(copy.a) ||
            !(ir->blocks[ir->blocks[x].taken].live_in & MYBPF__VALUE_BIT(copy.dst)) ||
            !(ir->live[end - 1] & MYBPF__VALUE_BIT(copy.a)))
            continue;
        if (made != MYBPF__NO_BLOCK && made != ir->block_count - 1) return MYBPF_OK;
        if (mybpf__merge_copy(ir, first, end, at, 1) < 2) continue;
        if (made == MYBPF__NO_BLOCK) {
            if (mybpf__loops_block(loops, ir->blocks[x].next, &made, error)) return MYBPF_ERR_MEMORY;
            ir->blocks[x].next = loops->back[x] = made;
        }
        if (!mybpf__loops_op(ir, MYBPF__IR_MOV, copy.a, copy.dst, error)) return MYBPF_ERR_MEMORY;
        needed |= MYBPF__VALUE_BIT(copy.dst);
    }
    return MYBPF_OK;
}

/* ---- counters ----
 *
 * A counter i is only read by `i += k` and, right behind it, by the branch that repeats the loop while i
 * differs from n, or while i < n. The loop does not change n; nothing after it reads i. The value then holds
 * c = n - i instead: it starts with that, and counts c -= k. All is modulo 2^width.
 *
 * i + k != n  <=>  c != k: always.
 * i + k < n   <=>  c > k, signed or not, if k = 1, i starts with 0 and the loop ends when the condition
 * fails: either i < n, so that i + 1 <= n does not wrap, c = n - i does not either, and n - i > 1 <=> i + 1 <
 * n; or it is the first time and n <= 0 = i: then c = n, and neither 1 < n nor n > 1. */

typedef struct mybpf__counter {
    uint32_t head, tail; /* the loop's blocks; the tail ends with the branch */
    uint32_t add, branch;
    uint16_t value;
    uint8_t condition; /* of SUB_BRANCH: repeat while c `condition` k */
} mybpf__counter;

/* Does the branch repeat while counter (its a, or else its b) differs from, or is less than, the other
 * operand? */
MYBPF__FN int mybpf__counter_condition(const mybpf__op *branch, int first, mybpf__counter *counter)
{
    /* counter is a, counter is b, condition on what is left */
    static const uint8_t mybpf__counter_kinds[3][3] = {{MYBPF__NE, MYBPF__NE, MYBPF__NE},
                                                       {MYBPF__LT, MYBPF__GT, MYBPF__GT},
                                                       {MYBPF__SLT, MYBPF__SGT, MYBPF__SGT}};
    for (int i = 0; i < 3; i++) {
        if (branch->sub != mybpf__counter_kinds[i][!first]) continue;
        counter->value = first ? branch->a : branch->b;
        counter->condition = mybpf__counter_kinds[i][2];
        return counter->value < MYBPF__FRAME_VALUE && branch->a != branch->b;
    }
    return 0;
}

/* The addition in front of the branch. */
MYBPF__FN int mybpf__counter_addition(const mybpf__ir *ir, mybpf__counter *counter)
{
    const mybpf__op *branch = &ir->ops[counter->branch];
    uint64_t bit = MYBPF__VALUE_BIT(counter->value);
    uint32_t at = counter->branch;
    while (at > ir->blocks[counter->tail].first) {
        const mybpf__op *op = &ir->ops[--at];
        if (!((mybpf__ir_reads(op) | mybpf__ir_writes(op)) & bit)) continue;
        counter->add = at;
        return op->code == MYBPF__IR_ADD && op->flags & MYBPF__F_IMM && op->width == branch->width &&
               op->dst == counter->value && op->a == counter->value && op->imm == (int32_t)op->imm &&
               op->imm && (counter->condition == MYBPF__NE || op->imm == 1);
    }
    return 0;
}

/* Is the loop only entered at its head, does it leave both operands alone, and does nobody read the counter
 * behind it? What has been put in front of another loop has no live sets yet. */
MYBPF__FN int mybpf__counter_alone(const mybpf__loops *loops, const mybpf__counter *counter)
{
    const mybpf__ir *ir = loops->ir;
    const mybpf__op *branch = &ir->ops[counter->branch];
    uint64_t bit = MYBPF__VALUE_BIT(counter->value), limit = 0, reads = 0, writes = 0;
    if (!(branch->flags & MYBPF__F_IMM)) limit = MYBPF__VALUE_BIT(branch->a) | MYBPF__VALUE_BIT(branch->b);
    for (uint32_t i = counter->head; i <= counter->tail; i++) {
        const mybpf__block *block = &ir->blocks[i];
        const uint32_t successors[2] = {block->taken, block->next};
        uint32_t count;
        const uint32_t *preds = mybpf__ir_predecessors(ir, i, &count);
        for (uint32_t p = 0; i > counter->head && p < count; p++)
            if (preds[p] < counter->head || preds[p] > counter->tail) return 0;
        for (int s = 0; s < 2; s++)
            if (successors[s] != MYBPF__NO_BLOCK &&
                (successors[s] < counter->head || successors[s] > counter->tail) &&
                (successors[s] >= loops->count || ir->blocks[successors[s]].live_in & bit))
                return 0;
        for (uint32_t at = block->first; at < block->first + block->count; at++) {
            if (at == counter->add || at == counter->branch) continue;
            reads |= mybpf__ir_reads(&ir->ops[at]);
            writes |= mybpf__ir_writes(&ir->ops[at]);
        }
    }
    return !((reads | writes) & bit) && !(writes & limit);
}

/* In front of the loop: counter = limit - counter. */
MYBPF__FN int mybpf__counter_enter(mybpf__ir *ir, const mybpf__counter *counter, int known, int64_t start,
                                   mybpf_error *error)
{
    mybpf__op branch = ir->ops[counter->branch], *op;
    unsigned value = counter->value, limit = branch.a == value ? branch.b : branch.a;
    int constant = branch.flags & MYBPF__F_IMM;
    if (constant && known) {
        if (!(op = mybpf__loops_op(ir, MYBPF__IR_CONST, value, MYBPF__NO_VALUE, error)))
            return MYBPF_ERR_MEMORY;
        op->imm = (int64_t)((uint64_t)branch.imm - (uint64_t)start);
        if (branch.width == 4) op->imm = (uint32_t)op->imm;
        return MYBPF_OK;
    }
    op = mybpf__loops_op(ir,
                         constant          ? MYBPF__IR_NEG
                         : start || !known ? MYBPF__IR_SUB
                                           : MYBPF__IR_MOV,
                         value, constant ? value : limit, error);
    if (!op) return MYBPF_ERR_MEMORY;
    op->width = branch.width;
    if (op->code == MYBPF__IR_SUB) op->b = (uint16_t)value;
    if (!constant) return MYBPF_OK;
    if (!(op = mybpf__loops_op(ir, MYBPF__IR_ADD, value, value, error))) return MYBPF_ERR_MEMORY;
    op->width = branch.width;
    op->flags = MYBPF__F_IMM;
    op->imm = branch.imm;
    return MYBPF_OK;
}

MYBPF__FN int mybpf__counter_turn(mybpf__loops *loops, const mybpf__counter *counter, int known,
                                  int64_t start, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t made;
    if (mybpf__loops_block(loops, counter->head, &made, error)) return MYBPF_ERR_MEMORY;
    if (mybpf__counter_enter(ir, counter, known, start, error)) return MYBPF_ERR_MEMORY;
    mybpf__loops_lead(loops, counter->head, counter->tail, made);
    mybpf__op *branch = &ir->ops[counter->branch], *add = &ir->ops[counter->add];
    branch->code = MYBPF__IR_SUB_BRANCH;
    branch->sub = counter->condition;
    branch->flags = MYBPF__F_IMM;
    branch->dst = branch->a = counter->value;
    branch->b = MYBPF__NO_VALUE;
    branch->imm = add->imm;
    add->code = MYBPF__IR_NOP;
    return MYBPF_OK;
}

/* A counter that already runs to 0: subtract and compare in one. */
MYBPF__FN void mybpf__counter_fuse(mybpf__loops *loops, uint32_t x)
{
    mybpf__ir *ir = loops->ir;
    mybpf__counter counter;
    mybpf__op *branch = &ir->ops[ir->blocks[x].first + ir->blocks[x].count - 1];
    counter.head = counter.tail = x;
    counter.branch = (uint32_t)(branch - ir->ops);
    counter.value = branch->a;
    counter.condition = branch->sub;
    if (branch->code != MYBPF__IR_BRANCH || branch->sub != MYBPF__NE || !(branch->flags & MYBPF__F_IMM) ||
        branch->imm || !mybpf__counter_addition(ir, &counter) || ir->ops[counter.add].imm == INT32_MIN)
        return;
    branch->code = MYBPF__IR_SUB_BRANCH;
    branch->dst = branch->a;
    branch->imm = -ir->ops[counter.add].imm;
    ir->ops[counter.add].code = MYBPF__IR_NOP;
    loops->changed = 1;
}

/* What the last block of a loop compares with a number: `old = i + plus; i += step; if old < number`, where
 * the sum may be made elsewhere and copied to i. */
typedef struct mybpf__older {
    uint32_t made, add, sum; /* the operations that make `old`, change i, and make what i becomes */
    int64_t plus;
    int used; /* is `old` read in between? */
} mybpf__older;

/* Where what the operation at `at` leaves in its result is made of that: a sum with a constant, of this
 * operation or of one that it copies. 0: nowhere. */
MYBPF__FN int mybpf__older_adds(const mybpf__ir *ir, const mybpf__block *block, uint32_t at, uint32_t *sum)
{
    const mybpf__op *op = &ir->ops[at];
    unsigned i = op->dst;
    if (op->code == MYBPF__IR_MOV && op->width == 8 && op->a < MYBPF__GLOBAL_VALUES) {
        uint64_t copied = MYBPF__VALUE_BIT(op->a);
        do
            if (at-- == block->first) return 0;
        while (!(mybpf__ir_writes(&ir->ops[at]) & copied));
        op = &ir->ops[at];
        if (op->width != 8) return 0;
    }
    *sum = at;
    return op->code == MYBPF__IR_ADD && op->flags & MYBPF__F_IMM && op->a == i;
}

/* Where i becomes the copy of a sum, it is added to, and the sum goes if nobody reads it. */
MYBPF__FN void mybpf__older_add(mybpf__ir *ir, const mybpf__older *older)
{
    mybpf__op *add = &ir->ops[older->add], *sum = &ir->ops[older->sum];
    uint64_t copied = MYBPF__VALUE_BIT(sum->dst), reads = 0;
    if (add == sum) return;
    for (uint32_t at = older->sum + 1; at < older->add; at++) reads |= mybpf__ir_reads(&ir->ops[at]);
    add->code = MYBPF__IR_ADD;
    add->flags = MYBPF__F_IMM;
    add->a = add->dst;
    add->imm = sum->imm;
    if (!((reads | ir->live[older->add]) & copied)) sum->code = MYBPF__IR_NOP;
}

MYBPF__FN int mybpf__older_find(const mybpf__ir *ir, const mybpf__block *block, mybpf__older *older)
{
    uint32_t branch = block->first + block->count - 1, at = branch, adds = 0;
    uint64_t old = MYBPF__VALUE_BIT(ir->ops[branch].a);
    while (at > block->first && !(mybpf__ir_writes(&ir->ops[at - 1]) & old)) at--;
    if (at == block->first) return 0;
    const mybpf__op *made = &ir->ops[older->made = --at];
    int copy = made->code == MYBPF__IR_MOV;
    if ((!copy && (made->code != MYBPF__IR_ADD || !(made->flags & MYBPF__F_IMM))) ||
        made->a >= MYBPF__FRAME_VALUE || made->a == made->dst)
        return 0;
    older->plus = copy ? 0 : made->imm;
    older->used = 0;
    older->add = older->sum = at;
    while (++at < branch) {
        const mybpf__op *op = &ir->ops[at];
        older->used |= (mybpf__ir_reads(op) & old) != 0;
        if (!(mybpf__ir_writes(op) & MYBPF__VALUE_BIT(made->a))) continue;
        if (!mybpf__older_adds(ir, block, at, &older->sum)) return 0;
        older->add = at;
        adds++;
    }
    return adds == 1;
}

/* The loop that block `x` ends may compare what its counter was before it was added to, plus a constant: it
 * compares what it is now. Where the counter starts with a small number and goes up to one, nothing wraps,
 * whatever the widths are. */
MYBPF__FN void mybpf__counter_newer(mybpf__loops *loops, uint32_t x)
{
    mybpf__ir *ir = loops->ir;
    const int64_t most = 1 << 28;
    uint32_t head = ir->blocks[x].taken, writes = 0;
    mybpf__op *branch = &ir->ops[ir->blocks[x].first + ir->blocks[x].count - 1];
    mybpf__older older;
    int64_t start = 0;
    if (branch->code != MYBPF__IR_BRANCH || !(branch->flags & MYBPF__F_IMM) ||
        (branch->sub != MYBPF__LT && branch->sub != MYBPF__SLT) || branch->a >= MYBPF__GLOBAL_VALUES ||
        !mybpf__older_find(ir, &ir->blocks[x], &older))
        return;
    mybpf__op *made = &ir->ops[older.made];
    int64_t step = ir->ops[older.sum].imm, number = branch->imm - older.plus + step;
    for (uint32_t i = head; i <= x; i++)
        for (uint32_t at = ir->blocks[i].first; at < ir->blocks[i].first + ir->blocks[i].count; at++)
            writes += (mybpf__ir_writes(&ir->ops[at]) & MYBPF__VALUE_BIT(made->a)) != 0;
    if (writes != 1 || !mybpf__motion_enters(ir, head, x) ||
        !mybpf__loops_start(ir, head, x, made->a, &start) || start < 0 || start > most || step < 1 ||
        step > most || older.plus < -most || older.plus > most || start + older.plus < 0 || branch->imm < 0 ||
        branch->imm > most || number < 0)
        return;
    branch->a = made->a;
    branch->imm = number;
    mybpf__older_add(ir, &older);
    if (!older.used && !(ir->live[ir->blocks[x].first + ir->blocks[x].count - 1] & mybpf__ir_writes(made)))
        made->code = MYBPF__IR_NOP;
    loops->changed = 1;
}

/* Block `x` jumps back: the end of a loop without loops inside. */
MYBPF__FN int mybpf__loops_count(mybpf__loops *loops, uint32_t x, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    mybpf__counter counter;
    counter.head = ir->blocks[x].taken;
    counter.tail = x;
    counter.branch = ir->blocks[x].first + ir->blocks[x].count - 1;
    for (int first = 1; first >= 0 && counter.head; first--) {
        const mybpf__op *branch = &ir->ops[counter.branch];
        int64_t start = 0;
        if (!first && branch->flags & MYBPF__F_IMM) break;
        if (first && branch->sub == MYBPF__NE && branch->flags & MYBPF__F_IMM && !branch->imm)
            break; /* see below */
        if (!mybpf__counter_condition(branch, first, &counter) || !mybpf__counter_addition(ir, &counter) ||
            !mybpf__counter_alone(loops, &counter))
            continue;
        int known = mybpf__loops_start(ir, counter.head, counter.tail, counter.value, &start);
        if (counter.condition != MYBPF__NE && (!known || start)) continue;
        return mybpf__counter_turn(loops, &counter, known, start, error);
    }
    mybpf__counter_fuse(loops, x);
    return MYBPF_OK;
}

/* ---- the pass ---- */

MYBPF__FN int mybpf__loops_order(mybpf__loops *loops, mybpf_error *error)
{
    mybpf__ir *ir = loops->ir;
    uint32_t *order =
        (uint32_t *)mybpf__room(ir->vm, ir->order, &ir->order_capacity, ir->block_count, sizeof *order);
    if (!order) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->order = order;
    for (uint32_t i = 0; i < loops->count; i++) {
        uint32_t front = loops->front[i], back = loops->back[i];
        if (loops->moved[i]) continue;
        for (; front != MYBPF__NO_BLOCK && front != i; front = ir->blocks[front].next) *order++ = front;
        *order++ = i;
        if (back == MYBPF__NO_BLOCK) continue;
        *order++ = back;
    }
    for (uint32_t i = 0; i < loops->count; i++)
        if (loops->moved[i]) *order++ = i;
    for (uint32_t i = loops->count; i < ir->block_count; i++)
        if (ir->blocks[i].loop_end != MYBPF__NO_BLOCK) *order++ = i; /* motion.c: ways out */
    return MYBPF_OK;
}

/* Does block `x` end with a branch that goes back, or else on to the next block? */
MYBPF__FN int mybpf__loops_tail(const mybpf__ir *ir, uint32_t x)
{
    const mybpf__block *block = &ir->blocks[x];
    return block->taken <= x && block->next != MYBPF__NO_BLOCK && block->next > x && block->count &&
           mybpf__ir_is_branch(&ir->ops[block->first + block->count - 1]);
}

/* Edges that go back in a walk from the entry, whatever the order of the blocks, as bits of `loop_end`, which
 * nobody needs before the live sets are found again. */
enum {
    MYBPF__LOOPS_OPEN = 1,
    MYBPF__LOOPS_DONE = 2,
    MYBPF__LOOPS_TAKEN = 4,
    MYBPF__LOOPS_NEXT = 8,
    MYBPF__LOOPS_STEP = 16
};

MYBPF__FN void mybpf__loops_walk(mybpf__ir *ir, uint32_t *stack)
{
    uint32_t depth = 1;
    for (uint32_t i = 0; i < ir->block_count; i++) ir->blocks[i].loop_end = 0;
    stack[0] = 0;
    ir->blocks[0].loop_end = MYBPF__LOOPS_OPEN;
    while (depth) {
        mybpf__block *block = &ir->blocks[stack[depth - 1]];
        uint32_t step = block->loop_end / MYBPF__LOOPS_STEP, to = step ? block->next : block->taken;
        if (step == 2) {
            block->loop_end ^= MYBPF__LOOPS_OPEN | MYBPF__LOOPS_DONE;
            depth--;
            continue;
        }
        block->loop_end += MYBPF__LOOPS_STEP;
        if (to == MYBPF__NO_BLOCK) continue;
        uint32_t *state = &ir->blocks[to].loop_end;
        if (*state & MYBPF__LOOPS_OPEN) {
            block->loop_end |= step ? MYBPF__LOOPS_NEXT : MYBPF__LOOPS_TAKEN;
        } else if (!(*state & MYBPF__LOOPS_DONE)) {
            *state |= MYBPF__LOOPS_OPEN;
            stack[depth++] = to;
        }
    }
}

/* The last loop that was seen, by the blocks that go back to its head. */
typedef struct mybpf__inner {
    uint32_t head, back; /* the last block that goes back, + 1 */
    uint32_t before;     /* the one in front of those to this head */
} mybpf__inner;

/* Does block `x` end a loop without loops inside? Its head is what `x` goes back to. */
MYBPF__FN int mybpf__loops_inner(const mybpf__ir *ir, mybpf__inner *inner, uint32_t x)
{
    const mybpf__block *block = &ir->blocks[x];
    uint32_t count, head = block->taken;
    if (!(block->loop_end & (MYBPF__LOOPS_TAKEN | MYBPF__LOOPS_NEXT))) return 0;
    if (head != inner->head) inner->head = head, inner->before = inner->back;
    inner->back = x + 1;
    if (!(block->loop_end & MYBPF__LOOPS_TAKEN) || head > x || inner->before > head) return 0;
    const uint32_t *preds = mybpf__ir_predecessors(ir, head, &count);
    for (uint32_t p = 0; p < count; p++) {
        const mybpf__block *from = &ir->blocks[preds[p]];
        int back = (from->taken == head && from->loop_end & MYBPF__LOOPS_TAKEN) ||
                   (from->next == head && from->loop_end & MYBPF__LOOPS_NEXT);
        if (back && (preds[p] > x || preds[p] < head)) return 0;
    }
    return 1;
}

/* In metered code the jump back of a loop of one block `x` may be a block of its own, which takes a step:
 * that block, else NO_BLOCK. */
MYBPF__FN uint32_t mybpf__loops_jump(const mybpf__ir *ir, uint32_t x)
{
    const mybpf__block *block = &ir->blocks[x];
    if (!block->count || ir->ops[block->first + block->count - 1].code != MYBPF__IR_BRANCH)
        return MYBPF__NO_BLOCK;
    for (int way = 0; way < 2; way++) {
        uint32_t jump = way ? block->taken : block->next, count;
        const mybpf__block *back = jump == MYBPF__NO_BLOCK ? NULL : &ir->blocks[jump];
        if (!back || back->next != x || back->taken != MYBPF__NO_BLOCK || jump == x || back->count != 1 ||
            ir->ops[back->first].code != MYBPF__IR_CHARGE || block->taken == block->next)
            continue;
        mybpf__ir_predecessors(ir, jump, &count);
        if (count == 1) return jump;
    }
    return MYBPF__NO_BLOCK;
}

/* Of the predecessors of block `x`, `from` becomes `to`. */
MYBPF__FN void mybpf__loops_predecessor(mybpf__ir *ir, uint32_t x, uint32_t from, uint32_t to)
{
    for (uint32_t p = ir->work[x]; p < ir->work[x + 1]; p++)
        if (ir->preds[p] == from) {
            ir->preds[p] = to;
            return;
        }
}

/* The passes see loop `x` as if it went back to itself, where its branch is taken. */
MYBPF__FN void mybpf__loops_leave_out(mybpf__ir *ir, uint32_t x, uint32_t jump)
{
    mybpf__block *block = &ir->blocks[x];
    if (block->next == jump) {
        ir->ops[block->first + block->count - 1].sub ^= 1;
        block->next = block->taken;
    }
    block->taken = x;
    block->loop_end |= MYBPF__LOOPS_TAKEN;
    ir->blocks[jump].loop_end &= ~(uint32_t)MYBPF__LOOPS_NEXT;
    mybpf__loops_predecessor(ir, x, jump, x);
}

/* Nothing came of it: it falls through to the jump. */
MYBPF__FN void mybpf__loops_put_back(mybpf__ir *ir, uint32_t x, uint32_t jump)
{
    mybpf__block *block = &ir->blocks[x];
    ir->ops[block->first + block->count - 1].sub ^= 1;
    block->taken = block->next;
    block->next = jump;
    block->loop_end &= ~(uint32_t)MYBPF__LOOPS_TAKEN;
    ir->blocks[jump].loop_end |= MYBPF__LOOPS_NEXT;
    mybpf__loops_predecessor(ir, x, x, jump);
}

/* Needs live sets, and the blocks in their first order; `changed`: live sets must be found again. What is in
 * front of loops comes first: it asks for predecessors, which are those before the pass. */
MYBPF__FN int mybpf__ir_loops(mybpf__ir *ir, uint32_t enabled, int *changed, mybpf_error *error)
{
    mybpf__loops loops;
    mybpf__inner inner = {MYBPF__NO_BLOCK, 0, 0};
    uint32_t back = 0; /* the last block that was seen to jump back, + 1 */
    int status = MYBPF_OK,
        counters = enabled & MYBPF__PASS_COUNTERS && ir->request->target->can & MYBPF__CAN_SUB_BRANCH;
    if (!ir->cyclic) return MYBPF_OK;
    loops.ir = ir;
    loops.count = ir->block_count;
    loops.ops = ir->op_count;
    loops.changed = 0;
    loops.front = ir->spare_work;
    loops.back = loops.front + loops.count;
    loops.moved = loops.back + loops.count;
    for (uint32_t i = 0; i < 2 * loops.count; i++) loops.front[i] = MYBPF__NO_BLOCK;
    for (uint32_t i = 0; i < loops.count; i++) loops.moved[i] = 0;
    mybpf__loops_walk(ir, ir->order);
    for (uint32_t i = 0; i < ir->block_count; i++) ir->order[i] = i; /* as it was */
    for (uint32_t x = 0; x < loops.count && !status; x++) {
        uint32_t jump =
            ir->code->metered && enabled & MYBPF__PASS_UNROLL ? mybpf__loops_jump(ir, x) : MYBPF__NO_BLOCK;
        if (jump != MYBPF__NO_BLOCK) mybpf__loops_leave_out(ir, x, jump);
        int innermost = back <= ir->blocks[x].taken, inner_loop = mybpf__loops_inner(ir, &inner, x);
        if (ir->blocks[x].taken <= x || ir->blocks[x].next <= x) back = x + 1;
        int64_t last = 0;
        int filled = 0;
        if (enabled & MYBPF__PASS_UNROLL && ir->blocks[x].taken == x)
            status = mybpf__fill_loop(&loops, x, jump, &filled, error);
        if (!status && !filled && enabled & MYBPF__PASS_UNROLL && ir->blocks[x].taken == x)
            status = mybpf__memmove_loop(&loops, x, jump, &filled, error);
        if (filled || status) {
            if (jump != MYBPF__NO_BLOCK) mybpf__loops_put_back(ir, x, jump);
            continue;
        }
        if (innermost && enabled & MYBPF__PASS_COUNTERS && ir->blocks[x].taken <= x && ir->blocks[x].count)
            mybpf__counter_newer(&loops, x);
        uint64_t trips = enabled & MYBPF__PASS_UNROLL ? mybpf__unroll_trips(ir, x, &last) : 0;
        if (innermost && counters && mybpf__loops_tail(ir, x)) status = mybpf__loops_count(&loops, x, error);
        if (!status && inner_loop && enabled & MYBPF__PASS_INVARIANTS)
            status = mybpf__motion_invariants(&loops, ir->blocks[x].taken, x, error);
        if (!status && inner_loop && enabled & MYBPF__PASS_UNROLL && !trips)
            status = mybpf__several_loop(&loops, x, jump, &filled, error);
        if (!status && inner_loop && enabled & MYBPF__PASS_UNROLL && !filled)
            status = mybpf__unroll_loop(&loops, x, trips, last, jump, error);
        if (jump != MYBPF__NO_BLOCK && !loops.moved[jump]) mybpf__loops_put_back(ir, x, jump);
    }
    inner.head = MYBPF__NO_BLOCK;
    inner.back = inner.before = 0;
    for (uint32_t x = 0; x < loops.count && enabled & (MYBPF__PASS_SINK | MYBPF__PASS_MERGE) && !status;
         x++) {
        int inner_loop = mybpf__loops_inner(ir, &inner, x), sink = enabled & MYBPF__PASS_SINK,
            tail = mybpf__loops_tail(ir, x);
        if (tail && sink) status = mybpf__loops_sink(&loops, x, error);
        if (!status && tail && enabled & MYBPF__PASS_MERGE) status = mybpf__loops_merge(&loops, x, error);
        if (!status && inner_loop && sink)
            status = mybpf__motion_exits(&loops, ir->blocks[x].taken, x, error);
    }
    for (uint32_t i = 0; i < loops.count; i++) ir->blocks[i].loop_end = MYBPF__NO_BLOCK;
    if (!status && ir->block_count > loops.count) status = mybpf__loops_order(&loops, error);
    *changed |= loops.changed;
    return status;
}

#endif
