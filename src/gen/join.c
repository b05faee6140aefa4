/* join.c: numbers that a program puts together from neighbouring bytes, because their address may be odd or
 * their order not the machine's, become one load, swapped where need be. Needs live sets. */
#ifndef MYBPF__JOIN_C
#define MYBPF__JOIN_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum { MYBPF__JOIN_ANY, MYBPF__JOIN_LITTLE, MYBPF__JOIN_BIG };

/* A value that is `count` bytes of memory, at base + index * scale + disp, shifted left. */
typedef struct mybpf__joined {
    uint32_t memory;                  /* how often memory had been written then */
    uint32_t base_write, index_write; /* what had written base and index then */
    uint32_t load;                    /* the last of the loads */
    int32_t disp;
    uint16_t base, index;
    uint8_t scale, count, shift, order; /* count 0: not of this kind */
} mybpf__joined;

typedef struct mybpf__join {
    mybpf__ir *ir;
    uint32_t memory;
    uint32_t
        write[MYBPF__GLOBAL_VALUES]; /* the operation that wrote the value last, + 1; 0: before this block */
    uint32_t reads[MYBPF__GLOBAL_VALUES]; /* since then */
    mybpf__joined value[MYBPF__GLOBAL_VALUES];
    int changed;
} mybpf__join;

MYBPF__FN int mybpf__join_loads(const mybpf__op *op) /* a part of a number */
{
    return op->code == MYBPF__IR_LOAD && op->width < 8 && !(op->flags & (MYBPF__F_SIGNED | MYBPF__F_ORDERED));
}

MYBPF__FN mybpf__joined mybpf__join_load(const mybpf__join *join, const mybpf__op *op, uint32_t at)
{
    mybpf__joined joined;
    mybpf__zero(&joined, sizeof joined);
    joined.memory = join->memory;
    joined.base = op->a;
    joined.index = op->b;
    joined.scale = (uint8_t)op->aux;
    joined.base_write = join->write[op->a];
    if (op->b != MYBPF__NO_VALUE) joined.index_write = join->write[op->b];
    joined.disp = op->disp;
    joined.load = at;
    joined.count = op->width;
    joined.order = op->width > 1 ? MYBPF__JOIN_LITTLE : MYBPF__JOIN_ANY;
    return joined;
}

/* Do their bytes lie side by side in memory and in the number? */
MYBPF__FN mybpf__joined mybpf__join_both(const mybpf__joined *a, const mybpf__joined *b)
{
    mybpf__joined low = a->shift < b->shift ? *a : *b, high = a->shift < b->shift ? *b : *a;
    int little = (int64_t)high.disp == (int64_t)low.disp + low.count,
        order = little ? MYBPF__JOIN_LITTLE : MYBPF__JOIN_BIG;
    int same = low.base == high.base && low.base_write == high.base_write && low.index == high.index &&
               low.index_write == high.index_write && low.scale == high.scale && low.memory == high.memory;
    int beside = high.shift == low.shift + 8 * low.count &&
                 (little || (int64_t)low.disp == (int64_t)high.disp + high.count);
    if (!same || !beside || (low.order && low.order != order) || (high.order && high.order != order))
        low.count = high.count = 0;
    if (!little) low.disp = high.disp;
    if (high.load > low.load) low.load = high.load;
    low.count = (uint8_t)(low.count + high.count);
    low.order = (uint8_t)order;
    return low;
}

/* What the operation makes, if it is such a number; count 0: it is not. */
MYBPF__FN mybpf__joined mybpf__join_result(const mybpf__join *join, const mybpf__op *op, uint32_t at)
{
    mybpf__joined joined;
    unsigned bits;
    mybpf__zero(&joined, sizeof joined);
    if (mybpf__join_loads(op)) return mybpf__join_load(join, op, at);
    if (op->a >= MYBPF__GLOBAL_VALUES || op->code < MYBPF__IR_MOV || op->code >= MYBPF__IR_LOAD)
        return joined;
    mybpf__joined a = join->value[op->a];
    bits = a.shift + 8u * a.count;
    if (!a.count || bits > op->width * 8u) return joined; /* half of it may be cut off */
    switch (op->code) {
    case MYBPF__IR_MOV: return a;
    case MYBPF__IR_SHL:
        if (!(op->flags & MYBPF__F_IMM) || op->imm & 7 || op->imm < 0 || op->imm + bits > op->width * 8u)
            return joined;
        a.shift = (uint8_t)(a.shift + op->imm);
        return a;
    case MYBPF__IR_ADD:
    case MYBPF__IR_OR:
    case MYBPF__IR_XOR:
        if (op->flags & MYBPF__F_IMM || op->b >= MYBPF__GLOBAL_VALUES || !join->value[op->b].count)
            return joined;
        a = mybpf__join_both(&a, &join->value[op->b]);
        return a.shift + 8u * a.count > op->width * 8u ? joined : a;
    default: return joined;
    }
}

MYBPF__FN mybpf__op mybpf__join_whole(const mybpf__joined *joined, uint16_t dst, uint32_t insn)
{
    mybpf__op op;
    mybpf__zero(&op, sizeof op);
    op.code = MYBPF__IR_LOAD;
    op.width = joined->count;
    op.flags = joined->order == MYBPF__JOIN_BIG ? MYBPF__F_SWAPPED : 0;
    op.dst = dst;
    op.a = joined->base;
    op.b = joined->index;
    op.c = MYBPF__NO_VALUE;
    op.aux = joined->scale;
    op.disp = joined->disp;
    op.insn = insn;
    return op;
}

/* Is `op` the last to read the value? */
MYBPF__FN int mybpf__join_last(const mybpf__join *join, const mybpf__op *op, unsigned value)
{
    uint64_t live = join->ir->live[op - join->ir->ops];
    return !join->reads[value] && (value == op->dst || !(live & MYBPF__VALUE_BIT(value)));
}

/* `at` has put the last bytes in place: it loads the number instead. Or, if the last load overwrote the base
 * and its result has no other use, that load does. */
MYBPF__FN void mybpf__join_replace(mybpf__join *join, uint32_t at, const mybpf__joined *joined)
{
    mybpf__op *op = &join->ir->ops[at], *load = &join->ir->ops[joined->load];
    unsigned to = load->dst;
    if (!mybpf__join_last(join, op, op->a) && !mybpf__join_last(join, op, op->b))
        return; /* the parts are needed as well: they cannot go */
    if (joined->memory == join->memory && joined->base_write == join->write[joined->base] &&
        (joined->index == MYBPF__NO_VALUE || joined->index_write == join->write[joined->index])) {
        *op = mybpf__join_whole(joined, op->dst, op->insn);
        join->changed = 1;
        return;
    }
    /* base and index were as they were: join_both compared what the last load saw with the others */
    if ((op->a != to && op->b != to) || op->a == op->b || join->write[to] != joined->load + 1 ||
        join->reads[to] || (to != op->dst && join->ir->live[at] & MYBPF__VALUE_BIT(to)))
        return;
    *load = mybpf__join_whole(joined, (uint16_t)to, load->insn);
    op->code = to == op->dst ? MYBPF__IR_NOP : MYBPF__IR_MOV;
    op->width = 8;
    op->a = (uint16_t)to;
    op->b = MYBPF__NO_VALUE;
    join->changed = 1;
}

MYBPF__FN void mybpf__join_op(mybpf__join *join, uint32_t at)
{
    mybpf__op *op = &join->ir->ops[at];
    mybpf__joined joined = mybpf__join_result(join, op, at);
    if (joined.count && !joined.shift && (joined.count == 2 || joined.count == 4 || joined.count == 8) &&
        op->code != MYBPF__IR_LOAD && op->code != MYBPF__IR_MOV && op->code != MYBPF__IR_SHL)
        mybpf__join_replace(join, at, &joined);
    uint64_t reads = mybpf__ir_reads(op), writes = mybpf__ir_writes(op);
    for (unsigned value = 0; reads; value++, reads >>= 1) join->reads[value] += reads & 1;
    for (unsigned value = 0; writes; value++, writes >>= 1) {
        if (!(writes & 1)) continue;
        join->write[value] = at + 1;
        join->reads[value] = 0;
        join->value[value].count = 0;
    }
    if (joined.count) join->value[op->dst] = joined;
    if ((mybpf__ir_has_effects(op) && op->code != MYBPF__IR_GUARD && op->code != MYBPF__IR_CHARGE) ||
        op->flags & MYBPF__F_ORDERED)
        join->memory++;
}

/* `changed`: live sets must be found again. */
MYBPF__FN void mybpf__ir_join(mybpf__ir *ir, int *changed)
{
    mybpf__join join;
    join.ir = ir;
    join.memory = 0;
    join.changed = 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t first = ir->blocks[i].first, end = first + ir->blocks[i].count, loads = 0;
        for (uint32_t at = first; at < end; at++) loads += (uint32_t)mybpf__join_loads(&ir->ops[at]);
        if (loads < 2) continue;
        for (unsigned value = 0; value < MYBPF__GLOBAL_VALUES; value++)
            join.write[value] = join.reads[value] = join.value[value].count = 0;
        for (uint32_t at = first; at < end; at++) mybpf__join_op(&join, at);
    }
    *changed |= join.changed;
}

#endif
