/* parts.c: numbers that a program writes byte by byte, because their address may be odd or their order not
 * the machine's, are stored at once, swapped where need be; so are constants side by side. join.c the other
 * way round. Between the stores nothing may look at memory, so any of them may be the one that stays. */
#ifndef MYBPF__PARTS_C
#define MYBPF__PARTS_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum { MYBPF__PARTS_MOST = 32, MYBPF__PARTS_CONSTANT = MYBPF__GLOBAL_VALUES };

/* A value: bits `shift` to `top` of what `root` held after `write`, or a constant. */
typedef struct mybpf__parts_value {
    uint32_t write; /* operation + 1; 0: before this block */
    uint8_t root, shift, top;
    int64_t constant;
} mybpf__parts_value;

typedef struct mybpf__parts_store {
    uint32_t at;
    int32_t disp;
    uint8_t width;
    mybpf__parts_value part;
} mybpf__parts_store;

typedef struct mybpf__parts {
    mybpf__ir *ir;
    uint32_t write[MYBPF__GLOBAL_VALUES];
    mybpf__parts_value value[MYBPF__GLOBAL_VALUES];
    mybpf__parts_store store[MYBPF__PARTS_MOST]; /* through the same base, with nothing in between */
    uint32_t count, base_write;
    uint16_t base;
} mybpf__parts;

MYBPF__FN int mybpf__parts_narrow(const mybpf__op *op)
{
    return op->code == MYBPF__IR_STORE && op->width < 8 && op->b == MYBPF__NO_VALUE &&
           !(op->flags & (MYBPF__F_ORDERED | MYBPF__F_SWAPPED)) && op->a < MYBPF__GLOBAL_VALUES;
}

/* Does `next` write the bytes behind those of `store`, which are the next ones of the same number (1), or the
 * ones before (-1), or also constant (0)? 2: no. */
MYBPF__FN int mybpf__parts_beside(const mybpf__parts_store *store, const mybpf__parts_store *next)
{
    const mybpf__parts_value *a = &store->part, *b = &next->part;
    if ((int64_t)store->disp + store->width != next->disp || a->root != b->root) return 2;
    if (a->root == MYBPF__PARTS_CONSTANT) return 0;
    if (a->write != b->write) return 2;
    if (b->shift == a->shift + 8 * store->width) return 1;
    return store->width == 1 && next->width == 1 && b->shift + 8 == a->shift ? -1 : 2;
}

/* The stores from number `first` on that are as many bytes as one store writes, the most that there are,
 * become one; how many they are. */
MYBPF__FN uint32_t mybpf__parts_join(mybpf__parts *parts, uint32_t first)
{
    const mybpf__parts_store *store = parts->store;
    uint32_t count = 1, bytes = store[first].width;
    int order = 2;
    for (uint32_t i = first + 1, sum = bytes; i < parts->count && sum < 8; i++) {
        int beside = mybpf__parts_beside(&store[i - 1], &store[i]);
        if (beside == 2 || (order != 2 && beside != order)) break;
        order = beside;
        sum += store[i].width;
        /* the lowest bytes are in a value that may have been cut off */
        const mybpf__parts_value *low = &store[order < 0 ? i : first].part;
        if ((sum == 2 || sum == 4 || sum == 8) && (!order || low->shift + 8 * sum <= low->top))
            count = i + 1 - first, bytes = sum;
    }
    if (count < 2) return 1;
    uint64_t constant = 0;
    for (uint32_t i = first + count; i-- > first;)
        constant = constant << (8 * store[i].width & 63) |
                   ((uint64_t)store[i].part.constant & (((uint64_t)1 << 8 * store[i].width) - 1));
    if (!order && bytes == 8 && (int64_t)constant != (int32_t)constant) return 1;
    for (uint32_t i = first; i < first + count; i++) parts->ir->ops[store[i].at].code = MYBPF__IR_NOP;
    mybpf__op *op = &parts->ir->ops[store[order < 0 ? first + count - 1 : first].at];
    op->code = MYBPF__IR_STORE;
    op->width = (uint8_t)bytes;
    op->disp = store[first].disp;
    op->flags = !order ? MYBPF__F_IMM : order < 0 ? MYBPF__F_SWAPPED : 0;
    if (!order) op->c = MYBPF__NO_VALUE, op->imm = bytes == 4 ? (int32_t)constant : (int64_t)constant;
    return count;
}

/* Something else looks at memory: what can be done with the stores so far. */
MYBPF__FN void mybpf__parts_end(mybpf__parts *parts)
{
    for (uint32_t i = 1; i < parts->count; i++) {
        mybpf__parts_store store = parts->store[i];
        uint32_t to = i;
        for (; to && parts->store[to - 1].disp > store.disp; to--) parts->store[to] = parts->store[to - 1];
        parts->store[to] = store;
    }
    for (uint32_t i = 0; i + 1 < parts->count;) i += mybpf__parts_join(parts, i);
    parts->count = 0;
}

MYBPF__FN void mybpf__parts_add(mybpf__parts *parts, uint32_t at)
{
    const mybpf__op *op = &parts->ir->ops[at];
    mybpf__parts_store store;
    if (op->flags & MYBPF__F_IMM) {
        mybpf__zero(&store.part, sizeof store.part);
        store.part.root = MYBPF__PARTS_CONSTANT;
        store.part.constant = op->imm;
    } else
        store.part = parts->value[op->c];
    store.at = at;
    store.disp = op->disp;
    store.width = op->width;
    int ends =
        parts->count == MYBPF__PARTS_MOST || parts->base != op->a || parts->base_write != parts->write[op->a];
    for (uint32_t i = 0; i < parts->count && !ends; i++)
        ends = (int64_t)op->disp < (int64_t)parts->store[i].disp + parts->store[i].width &&
               parts->store[i].disp < (int64_t)op->disp + op->width;
    if (ends) mybpf__parts_end(parts);
    parts->base = op->a;
    parts->base_write = parts->write[op->a];
    if (store.part.root != MYBPF__PARTS_CONSTANT &&
        (store.part.shift & 7 || store.part.shift + 8 * op->width > store.part.top))
        store.part.root = MYBPF__PARTS_CONSTANT + 1; /* of nothing */
    parts->store[parts->count++] = store;
}

/* What the operation makes. */
MYBPF__FN mybpf__parts_value mybpf__parts_result(const mybpf__parts *parts, const mybpf__op *op, uint32_t at)
{
    mybpf__parts_value part, whole;
    mybpf__zero(&whole, sizeof whole);
    whole.write = at + 1;
    whole.root = (uint8_t)op->dst;
    whole.top = 64;
    if (op->code == MYBPF__IR_CONST) {
        whole.root = MYBPF__PARTS_CONSTANT;
        whole.constant = op->imm;
        return whole;
    }
    int shifts = (op->code == MYBPF__IR_SHR || op->code == MYBPF__IR_SAR) && op->flags & MYBPF__F_IMM &&
                 op->imm >= 0 && op->imm < op->width * 8;
    if ((op->code != MYBPF__IR_MOV && !shifts) || op->a >= MYBPF__GLOBAL_VALUES) return whole;
    part = parts->value[op->a];
    if (part.root >= MYBPF__PARTS_CONSTANT) return whole;
    if (op->width == 4 && part.top > part.shift + 32) part.top = (uint8_t)(part.shift + 32);
    if (!shifts) return part;
    if (part.shift + op->imm >= part.top) return whole;
    part.shift = (uint8_t)(part.shift + op->imm);
    return part;
}

MYBPF__FN void mybpf__parts_op(mybpf__parts *parts, uint32_t at)
{
    const mybpf__op *op = &parts->ir->ops[at];
    /* a frame that nobody else sees, and what is not in it */
    int memory = op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE,
        apart = memory && parts->ir->frame_apart && !(op->flags & MYBPF__F_ORDERED) &&
                (op->a == MYBPF__FRAME_VALUE) != (parts->base == MYBPF__FRAME_VALUE);
    if (mybpf__parts_narrow(op))
        mybpf__parts_add(parts, at);
    else if (parts->count && (memory ? !apart : mybpf__ir_has_effects(op)))
        mybpf__parts_end(parts);
    uint64_t writes = mybpf__ir_writes(op);
    mybpf__parts_value part;
    if (!writes) return;
    part = mybpf__parts_result(parts, op, at);
    for (; writes; writes &= writes - 1) {
        unsigned value = mybpf__lowest_value(writes);
        parts->write[value] = at + 1;
        parts->value[value] = part;
        if (value != op->dst) parts->value[value].root = (uint8_t)value; /* a call's: several */
    }
}

/* Needs no live sets: comes in front of liveness.c, which removes what nobody reads now. */
MYBPF__FN void mybpf__ir_parts(mybpf__ir *ir)
{
    mybpf__parts parts;
    parts.ir = ir;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t first = ir->blocks[i].first, end = first + ir->blocks[i].count, stores = 0;
        for (uint32_t at = first; at < end; at++) stores += (uint32_t)mybpf__parts_narrow(&ir->ops[at]);
        if (stores < 2) continue;
        for (unsigned value = 0; value < MYBPF__GLOBAL_VALUES; value++) {
            mybpf__zero(&parts.value[value], sizeof parts.value[value]);
            parts.write[value] = 0;
            parts.value[value].root = (uint8_t)value;
            parts.value[value].top = 64;
        }
        parts.count = 0;
        parts.base = MYBPF__NO_VALUE;
        parts.base_write = 0;
        for (uint32_t at = first; at < end; at++) mybpf__parts_op(&parts, at);
        mybpf__parts_end(&parts);
    }
}

#endif
