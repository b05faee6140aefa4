/* join.c: numbers that a program puts together from neighbouring bytes, because their address may be odd or
 * their order not the machine's, become one load, swapped where need be. Needs live sets. */
#ifndef MYBPF__JOIN_C
#define MYBPF__JOIN_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum { MYBPF__JOIN_ANY, MYBPF__JOIN_LITTLE, MYBPF__JOIN_BIG };

/* Where a load reads, by what made the address: base + index * scale + disp, whatever registers held that. */
typedef struct mybpf__join_place {
    uint32_t base_write, index_write; /* what had written base and index then */
    int32_t disp;
    uint16_t base, index;
    uint8_t scale;
} mybpf__join_place;

/* A value that is made of bytes of memory, each in its place. */
typedef struct mybpf__joined {
    uint32_t memory;         /* how often memory had been written then */
    uint32_t load;           /* the last of the loads */
    mybpf__join_place place; /* of the lowest of its bytes */
    mybpf__join_place as;    /* the same in the registers of the last load, then */
    uint8_t bytes, order;    /* a set; empty: not of this kind */
} mybpf__joined;

typedef struct mybpf__join {
    mybpf__ir *ir;
    uint32_t memory;
    uint32_t
        write[MYBPF__GLOBAL_VALUES]; /* the operation that wrote the value last, + 1; 0: before this block */
    uint32_t reads[MYBPF__GLOBAL_VALUES]; /* since then */
    mybpf__joined value[MYBPF__GLOBAL_VALUES];
    mybpf__join_place place[MYBPF__GLOBAL_VALUES]; /* of what the value points to; base NO_VALUE: itself */
    int changed;
} mybpf__join;

MYBPF__FN int mybpf__join_loads(const mybpf__op *op) /* a part of a number */
{
    return op->code == MYBPF__IR_LOAD && op->width < 8 &&
           !(op->flags & (MYBPF__F_SIGNED | MYBPF__F_ORDERED | MYBPF__F_SWAPPED));
}

MYBPF__FN uint32_t mybpf__join_low(uint8_t bytes)
{
    uint32_t low = 0;
    while (!(bytes >> low & 1)) low++;
    return low;
}

/* value + index * scale + disp; `known`: what the value is, or NULL. */
MYBPF__FN mybpf__join_place mybpf__join_at(const mybpf__join *join, const mybpf__join_place *known,
                                           unsigned value, unsigned index, unsigned scale, int64_t disp)
{
    mybpf__join_place place;
    mybpf__zero(&place, sizeof place);
    place.base = (uint16_t)value;
    place.base_write = join->write[value];
    place.index = MYBPF__NO_VALUE;
    if (known && known->base != MYBPF__NO_VALUE && known->disp + disp == (int32_t)(known->disp + disp) &&
        (index == MYBPF__NO_VALUE || known->index == MYBPF__NO_VALUE)) {
        place = *known;
        disp += known->disp;
    }
    if (index != MYBPF__NO_VALUE) {
        place.index = (uint16_t)index;
        place.index_write = join->write[index];
        place.scale = (uint8_t)scale;
    }
    place.disp = (int32_t)disp;
    return place;
}

/* What the result of an operation points to. */
MYBPF__FN mybpf__join_place mybpf__join_points(const mybpf__join *join, const mybpf__op *op)
{
    mybpf__join_place place;
    mybpf__zero(&place, sizeof place);
    place.base = MYBPF__NO_VALUE;
    if (op->width != 8 || op->a >= MYBPF__GLOBAL_VALUES) return place;
    if (op->code == MYBPF__IR_MOV)
        return mybpf__join_at(join, &join->place[op->a], op->a, MYBPF__NO_VALUE, 1, 0);
    if (op->code != MYBPF__IR_ADD) return place;
    if (op->flags & MYBPF__F_IMM)
        return op->imm == (int32_t)op->imm
                   ? mybpf__join_at(join, &join->place[op->a], op->a, MYBPF__NO_VALUE, 1, op->imm)
                   : place;
    return mybpf__join_at(join, &join->place[op->a], op->a, op->b, 1, 0);
}

MYBPF__FN mybpf__joined mybpf__join_load(const mybpf__join *join, const mybpf__op *op, uint32_t at)
{
    mybpf__joined joined;
    joined.memory = join->memory;
    joined.load = at;
    joined.place = mybpf__join_at(join, &join->place[op->a], op->a, op->b, op->aux, op->disp);
    joined.as = mybpf__join_at(join, NULL, op->a, op->b, op->aux, op->disp);
    joined.bytes = (uint8_t)((1u << op->width) - 1);
    joined.order = op->width > 1 ? MYBPF__JOIN_LITTLE : MYBPF__JOIN_ANY;
    return joined;
}

/* Do their bytes lie in memory as they do in the number, or the other way round? */
MYBPF__FN mybpf__joined mybpf__join_both(const mybpf__joined *a, const mybpf__joined *b)
{
    uint32_t a_low = mybpf__join_low(a->bytes), b_low = mybpf__join_low(b->bytes);
    mybpf__joined low = a_low < b_low ? *a : *b, high = a_low < b_low ? *b : *a;
    int64_t apart = (int64_t)high.place.disp - low.place.disp,
            wanted = a_low < b_low ? b_low - a_low : a_low - b_low;
    int order = apart == wanted ? MYBPF__JOIN_LITTLE : MYBPF__JOIN_BIG;
    int same = low.place.base == high.place.base && low.place.base_write == high.place.base_write &&
               low.place.index == high.place.index && low.place.index_write == high.place.index_write &&
               low.place.scale == high.place.scale && low.memory == high.memory;
    if (!same || low.bytes & high.bytes || (apart != wanted && apart != -wanted) ||
        (low.order && low.order != order) || (high.order && high.order != order))
        low.bytes = high.bytes = 0;
    if (high.load > low.load) {
        int64_t disp = (int64_t)high.as.disp - apart;
        low.load = high.load;
        low.as = high.as;
        low.as.disp = (int32_t)disp;
        if (disp > INT32_MAX || disp < INT32_MIN + 8) low.bytes = high.bytes = 0;
    }
    low.bytes |= high.bytes;
    low.order = (uint8_t)order;
    return low;
}

/* What the operation makes, if it is such a number. */
MYBPF__FN mybpf__joined mybpf__join_result(const mybpf__join *join, const mybpf__op *op, uint32_t at)
{
    mybpf__joined none, a;
    mybpf__zero(&none, sizeof none);
    if (mybpf__join_loads(op)) return mybpf__join_load(join, op, at);
    if (op->a >= MYBPF__GLOBAL_VALUES || op->code < MYBPF__IR_MOV || op->code >= MYBPF__IR_LOAD) return none;
    a = join->value[op->a];
    if (!a.bytes || a.bytes >> op->width) return none; /* half of it may be cut off */
    switch (op->code) {
    case MYBPF__IR_MOV: return a;
    case MYBPF__IR_SHL:
        if (!(op->flags & MYBPF__F_IMM) || op->imm & 7 || op->imm < 0 || op->imm >= op->width * 8 ||
            (uint32_t)a.bytes << op->imm / 8 >> op->width)
            return none;
        a.bytes = (uint8_t)(a.bytes << op->imm / 8);
        return a;
    case MYBPF__IR_ADD:
    case MYBPF__IR_OR:
    case MYBPF__IR_XOR:
        if (op->flags & MYBPF__F_IMM || op->b >= MYBPF__GLOBAL_VALUES || !join->value[op->b].bytes)
            return none;
        a = mybpf__join_both(&a, &join->value[op->b]);
        return a.bytes >> op->width ? none : a;
    default: return none;
    }
}

/* The load of all bytes, with the registers of the last. */
MYBPF__FN mybpf__op mybpf__join_whole(const mybpf__joined *joined, uint16_t dst, uint32_t insn)
{
    mybpf__op op;
    mybpf__zero(&op, sizeof op);
    op.code = MYBPF__IR_LOAD;
    op.width = joined->bytes == 3 ? 2 : joined->bytes == 15 ? 4 : 8;
    op.flags = joined->order == MYBPF__JOIN_BIG ? MYBPF__F_SWAPPED : 0;
    op.dst = dst;
    op.a = joined->as.base;
    op.b = joined->as.index;
    op.c = MYBPF__NO_VALUE;
    op.aux = joined->as.scale;
    op.disp = (int32_t)((uint32_t)joined->as.disp - (op.flags ? op.width - 1u : 0u));
    op.insn = insn;
    return op;
}

/* Is `op` the last to read the value? */
MYBPF__FN int mybpf__join_last(const mybpf__join *join, const mybpf__op *op, unsigned value)
{
    uint64_t live = join->ir->live[op - join->ir->ops];
    return !join->reads[value] && (value == op->dst || !(live & MYBPF__VALUE_BIT(value)));
}

/* Is what the load at `load` made in `to` only read by what changes it in place, up to `at`? That goes. */
MYBPF__FN int mybpf__join_in_place(mybpf__join *join, uint32_t load, uint32_t at, unsigned to)
{
    mybpf__op *ops = join->ir->ops;
    uint64_t bit = MYBPF__VALUE_BIT(to);
    for (uint32_t i = load + 1; i < at; i++)
        if ((mybpf__ir_reads(&ops[i]) | mybpf__ir_writes(&ops[i])) & bit &&
            (ops[i].dst != to || !(mybpf__ir_reads(&ops[i]) & bit) || mybpf__ir_has_effects(&ops[i])))
            return 0;
    for (uint32_t i = load + 1; i < at; i++)
        if (mybpf__ir_writes(&ops[i]) & bit) ops[i].code = MYBPF__IR_NOP;
    return 1;
}

/* `at` has put the last bytes in place: it loads the number instead. Or, if the last load overwrote the base
 * and its result has no other use, that load does. */
MYBPF__FN void mybpf__join_replace(mybpf__join *join, uint32_t at, const mybpf__joined *joined)
{
    mybpf__op *op = &join->ir->ops[at], *load = &join->ir->ops[joined->load];
    unsigned to = load->dst;
    if (!mybpf__join_last(join, op, op->a) && !mybpf__join_last(join, op, op->b))
        return; /* the parts are needed as well: they cannot go */
    if (joined->memory == join->memory && joined->as.base_write == join->write[joined->as.base] &&
        (joined->as.index == MYBPF__NO_VALUE || joined->as.index_write == join->write[joined->as.index])) {
        *op = mybpf__join_whole(joined, op->dst, op->insn);
        join->changed = 1;
        for (uint32_t i = joined->load; i < at; i++) /* for fold.c: read later now */
            join->ir->live[i] |= MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b);
        return;
    }
    if ((op->a != to && op->b != to) || op->a == op->b || join->reads[to] ||
        (to != op->dst && join->ir->live[at] & MYBPF__VALUE_BIT(to)) ||
        !mybpf__join_in_place(join, joined->load, at, to))
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
    mybpf__join_place place = mybpf__join_points(join, op);
    if ((joined.bytes == 3 || joined.bytes == 15 || joined.bytes == 255) && op->code != MYBPF__IR_LOAD &&
        op->code != MYBPF__IR_MOV && op->code != MYBPF__IR_SHL)
        mybpf__join_replace(join, at, &joined);
    uint64_t reads = mybpf__ir_reads(op), writes = mybpf__ir_writes(op);
    for (; reads; reads &= reads - 1) join->reads[mybpf__lowest_value(reads)]++;
    for (; writes; writes &= writes - 1) {
        unsigned value = mybpf__lowest_value(writes);
        join->write[value] = at + 1;
        join->reads[value] = 0;
        join->value[value].bytes = 0;
        join->place[value].base = MYBPF__NO_VALUE;
        if (value == op->dst) join->place[value] = place;
    }
    if (joined.bytes) join->value[op->dst] = joined;
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
        for (unsigned value = 0; value < MYBPF__GLOBAL_VALUES; value++) {
            join.write[value] = join.reads[value] = join.value[value].bytes = 0;
            join.place[value].base = MYBPF__NO_VALUE;
        }
        for (uint32_t at = first; at < end; at++) mybpf__join_op(&join, at);
    }
    *changed |= join.changed;
}

#endif
