/* memcpy.c: bytes that a program copies one by one, because neither address need be even, are copied several
 * at once: all are loaded, some wait in slots of the stack as there are more than registers, all are stored.
 * The loads of a number's bytes become the load of one of them, which the others' stores are joined to as
 * well; 16 bytes go through a vector register, which nothing else uses. In front of spare.c, so that the
 * slots of the others are free. */
#ifndef MYBPF__MEMCPY_C
#define MYBPF__MEMCPY_C

#include "ir.h"
#include "target.h"
#include "join.c"
#include "liveness.c"
#include "parts.c"

enum {
    MYBPF__MEMCPY_MOST = 48,   /* loads that are waiting for their stores */
    MYBPF__MEMCPY_STORES = 32, /* that may change places */
    MYBPF__MEMCPY_READS = 32,  /* loads between them */
    MYBPF__MEMCPY_LEAST = 4,   /* narrow loads, and stores, in a block that is worth a look */
    MYBPF__MEMCPY_SLOTS = 64,  /* of 8 bytes: a frame */
    MYBPF__MEMCPY_TRIES = 6,   /* to join what is swapped, leaving something out */
    MYBPF__MEMCPY_VECTORS = 6  /* registers that calls need not keep, on any target and system */
};

/* A load, and where what it loads goes: to memory, in between perhaps to a slot and back. Operations + 1, 0:
 * there is none. */
typedef struct mybpf__moved {
    uint32_t load, put, got, store;
    uint32_t calls;        /* before the load */
    uint32_t from_write;   /* what had written the base */
    uint32_t since, until; /* it may be loaded in front of these operations: in between nothing changes it */
    uint32_t to_time;      /* stores of the same time, through one base, may change places */
    int32_t from, to;      /* displacements */
    uint16_t from_base;
    uint8_t width;
    uint8_t general; /* no vector register holds it: of a frame whose slots may be registers, or a call is in
                        between */
    uint8_t fixed;   /* more reads it than its store, or it is read later */
    uint8_t alone;   /* no number of several begins with it */
    uint8_t way;     /* whose load and store are for it as well, + 1; 0: it stays as it is */
    uint8_t joined;  /* of the first of them: how many, how many bytes */
    uint8_t bytes;
    uint32_t over; /* the store, of those that may change places, that overwrites what it loads, + 1 */
} mybpf__moved;

/* What an access reads or writes. */
typedef struct mybpf__memcpy_bytes {
    int32_t disp;
    uint32_t write; /* what had written the base */
    uint16_t base;
    uint8_t width;
    uint8_t load; /* that reads them, one of `moved`, + 1; 0: none that could go to the front */
} mybpf__memcpy_bytes;

typedef struct mybpf__memcpy {
    mybpf__ir *ir;
    int apart;                         /* only accesses through r10 reach the frame */
    uint8_t puts[MYBPF__MEMCPY_SLOTS]; /* stores to each slot, 2: or more, or not to be followed */
    uint8_t gots[MYBPF__MEMCPY_SLOTS]; /* loads */
    uint8_t slot[MYBPF__MEMCPY_SLOTS]; /* the load whose number is there, + 1 */
    uint8_t value[MYBPF__GLOBAL_VALUES];
    uint32_t write[MYBPF__GLOBAL_VALUES];
    uint32_t since[2]; /* the operation behind the last one that changed memory: outside the frame, in it */
    uint32_t calls;    /* and whatever else has effects of its own */
    uint32_t vectors;  /* registers that are left in this block */
    uint32_t stores;   /* the time of those that may change places: through one base, their bytes apart */
    uint32_t base_write, range_count, read_count;
    uint32_t group; /* the first of them */
    uint32_t begin; /* `since` there: what is loaded later through the same base is not theirs */
    mybpf__memcpy_bytes range[MYBPF__MEMCPY_STORES], read[MYBPF__MEMCPY_READS];
    uint16_t base;
    uint32_t count;
    mybpf__moved moved[MYBPF__MEMCPY_MOST];
} mybpf__memcpy;

MYBPF__FN int mybpf__memcpy_plain(const mybpf__op *op)
{
    return op->b == MYBPF__NO_VALUE &&
           !(op->flags & (MYBPF__F_SIGNED | MYBPF__F_ORDERED | MYBPF__F_IMM | MYBPF__F_SWAPPED));
}

/* The slot that is read or written, in 4 or 8 bytes, and nowhere else in the function. */
MYBPF__FN uint32_t mybpf__memcpy_slot(const mybpf__memcpy *m, const mybpf__op *op)
{
    uint32_t slot = (uint32_t)(-1 - op->disp) / 8;
    if (!m->apart || op->a != MYBPF__FRAME_VALUE || op->width < 4 || !mybpf__memcpy_plain(op))
        return MYBPF__MEMCPY_SLOTS;
    if (slot >= MYBPF__MEMCPY_SLOTS || m->puts[slot] != 1 || m->gots[slot] != 1) return MYBPF__MEMCPY_SLOTS;
    return slot;
}

/* Counts what reads and writes each slot; does nothing else reach the frame? */
MYBPF__FN int mybpf__memcpy_frame(mybpf__memcpy *m)
{
    const mybpf__ir *ir = m->ir;
    for (const mybpf__op *op = ir->ops, *end = op + ir->op_count; op < end; op++) {
        if (op->a != MYBPF__FRAME_VALUE && op->b != MYBPF__FRAME_VALUE && op->c != MYBPF__FRAME_VALUE)
            continue;
        if (!(mybpf__ir_reads(op) & MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE))) continue;
        if (op->a != MYBPF__FRAME_VALUE || op->b == MYBPF__FRAME_VALUE || op->c == MYBPF__FRAME_VALUE ||
            op->code < MYBPF__IR_LOAD || op->code > MYBPF__IR_CMPXCHG || op->disp >= 0 ||
            op->disp + op->width > 0 || op->disp < -8 * MYBPF__MEMCPY_SLOTS)
            return 0;
        uint32_t first = (uint32_t)(-op->disp - op->width) / 8, last = (uint32_t)(-1 - op->disp) / 8;
        int once = first == last && (op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE);
        for (uint32_t slot = first; slot <= last; slot++) {
            uint8_t *count = op->code == MYBPF__IR_LOAD ? &m->gots[slot] : &m->puts[slot];
            *count = (uint8_t)(once && !*count ? 1 : 2);
        }
    }
    return 1;
}

/* The load and the store of 16 bytes. */
MYBPF__FN void mybpf__memcpy_vector(mybpf__memcpy *m, const mybpf__moved *way)
{
    mybpf__op *load = &m->ir->ops[way->load - 1], *store = &m->ir->ops[way->store - 1];
    if (way->put) m->ir->ops[way->put - 1].code = m->ir->ops[way->got - 1].code = MYBPF__IR_NOP;
    load->code = MYBPF__IR_LOAD16;
    load->dst = store->c = MYBPF__NO_VALUE;
    store->code = MYBPF__IR_STORE16;
    load->imm = store->imm = --m->vectors;
}

/* Can all be loaded where one of them is? */
MYBPF__FN int mybpf__memcpy_at(mybpf__moved *const *moved, uint32_t count, const mybpf__moved *way)
{
    for (uint32_t i = 0; i < count; i++)
        if (way->load <= moved[i]->since || way->load > moved[i]->until) return 0;
    return 1;
}

/* The one whose load and store may be for all of them, as it has the shortest way; NULL: none. */
MYBPF__FN const mybpf__moved *mybpf__memcpy_way(const mybpf__memcpy *m, mybpf__moved *const *moved,
                                                uint32_t count, unsigned bytes)
{
    const mybpf__op *ops = m->ir->ops;
    const mybpf__moved *way = NULL;
    for (uint32_t i = 0; i < count; i++) {
        int wide = !moved[i]->put || bytes == 16 ||
                   (ops[moved[i]->put - 1].width >= bytes && ops[moved[i]->got - 1].width >= bytes);
        if (wide && (!way || !moved[i]->put) && mybpf__memcpy_at(moved, count, moved[i])) way = moved[i];
    }
    return way;
}

/* Stores side by side become one. */
MYBPF__FN void mybpf__memcpy_join(mybpf__memcpy *m, mybpf__moved *const *moved)
{
    mybpf__op *ops = m->ir->ops;
    const mybpf__moved *way = &m->moved[moved[0]->way - 1];
    unsigned bytes = moved[0]->bytes;
    for (uint32_t i = 0; i < moved[0]->joined; i++) {
        const mybpf__moved *other = moved[i];
        if (other == way) continue;
        ops[other->load - 1].code = ops[other->store - 1].code = MYBPF__IR_NOP;
        if (other->put) ops[other->put - 1].code = ops[other->got - 1].code = MYBPF__IR_NOP;
    }
    ops[way->load - 1].width = ops[way->store - 1].width = (uint8_t)bytes;
    ops[way->load - 1].disp = moved[0]->from;
    ops[way->store - 1].disp = moved[0]->to;
    if (bytes == 16) mybpf__memcpy_vector(m, way);
}

MYBPF__FN int mybpf__memcpy_before(const mybpf__moved *a, const mybpf__moved *b)
{
    return a->to_time != b->to_time ? a->to_time < b->to_time : a->to < b->to;
}

/* Is `b` what lies behind `a`, there and here? */
MYBPF__FN int mybpf__memcpy_beside(const mybpf__moved *a, const mybpf__moved *b)
{
    return a->to_time == b->to_time && a->since < b->until && b->since < a->until &&
           a->from_base == b->from_base && a->from_write == b->from_write &&
           (int64_t)a->to + a->width == b->to && (int64_t)a->from + a->width == b->from;
}

/* Finds out which of the list, in its order, become one. */
MYBPF__FN void mybpf__memcpy_plan(const mybpf__memcpy *m, mybpf__moved *const *list, uint32_t count)
{
    for (uint32_t first = 0, most; first < count; first += most) {
        unsigned sum = list[first]->width, bytes = 0;
        int general = list[first]->general || !m->vectors;
        const mybpf__moved *way = NULL;
        most = 1;
        for (uint32_t i = first + 1;
             i < count && !list[first]->alone && mybpf__memcpy_beside(list[i - 1], list[i]); i++) {
            sum += list[i]->width;
            general |= list[i]->general;
            if (sum > (general ? 8 : 16)) break;
            if (!(sum & (sum - 1))) most = i + 1 - first, bytes = sum;
        }
        if (most > 1) way = mybpf__memcpy_way(m, &list[first], most, bytes);
        list[first]->joined = (uint8_t)most;
        list[first]->bytes = (uint8_t)bytes;
        for (uint32_t i = 0; i < most; i++) list[first + i]->way = (uint8_t)(way ? way - m->moved + 1 : 0);
    }
}

/* Where what is swapped is joined: a load that stays where it is must not come behind the store that
 * overwrites what it loads. The first of the numbers that this store would be joined with is to stay alone
 * then: it is told so. Loads that are `fixed` first, as others may find a way yet. 0: there is nothing of
 * that kind. */
MYBPF__FN int mybpf__memcpy_late(const mybpf__memcpy *m, mybpf__moved *const *list, uint32_t count, int fixed)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const mybpf__moved *moved = &m->moved[i];
        if (!moved->over || moved->way || (fixed && !moved->fixed)) continue;
        for (uint32_t first = 0; first < count; first += list[first]->joined)
            for (uint32_t k = first; list[first]->way && k < first + list[first]->joined; k++) {
                const mybpf__moved *way = &m->moved[list[first]->way - 1];
                if (list[k]->store != moved->over || way == list[k] || way->store > moved->load) continue;
                list[first]->alone = 1;
                return 1;
            }
    }
    return 0;
}

/* What is waiting is joined; values in `live` are read later. */
MYBPF__FN void mybpf__memcpy_end(mybpf__memcpy *m, uint64_t live)
{
    mybpf__moved *list[MYBPF__MEMCPY_MOST];
    uint32_t count = 0;
    for (unsigned value = 0; value < MYBPF__GLOBAL_VALUES; value++) {
        if (m->value[value] && live & MYBPF__VALUE_BIT(value)) m->moved[m->value[value] - 1].fixed = 1;
        m->value[value] = 0;
    }
    for (uint32_t i = 0; i < m->count; i++) {
        mybpf__moved *moved = &m->moved[i];
        uint32_t to = count;
        if (moved->fixed || !moved->store || !moved->put != !moved->got) continue;
        for (; to && mybpf__memcpy_before(moved, list[to - 1]); to--) list[to] = list[to - 1];
        list[to] = moved;
        count++;
    }
    mybpf__memcpy_plan(m, list, count);
    for (int tries = 0; mybpf__memcpy_late(m, list, count, 1) || mybpf__memcpy_late(m, list, count, 0);
         tries++) {
        for (uint32_t i = 0; i < count && tries == MYBPF__MEMCPY_TRIES; i++) list[i]->alone = 1;
        mybpf__memcpy_plan(m, list, count);
    }
    for (uint32_t first = 0; first < count; first += list[first]->joined)
        if (list[first]->way) mybpf__memcpy_join(m, &list[first]);
    m->count = 0;
    for (uint32_t i = 0; i < MYBPF__MEMCPY_SLOTS; i++) m->slot[i] = 0;
    for (uint32_t i = 0; i < m->read_count; i++) m->read[i].load = 0;
}

/* Is the access to the frame, of which nothing else knows? */
MYBPF__FN int mybpf__memcpy_in_frame(const mybpf__memcpy *m, unsigned base)
{
    return m->apart && base == MYBPF__FRAME_VALUE;
}

MYBPF__FN mybpf__memcpy_bytes mybpf__memcpy_bytes_of(const mybpf__memcpy *m, const mybpf__op *op)
{
    mybpf__memcpy_bytes bytes;
    bytes.disp = op->disp;
    bytes.write = m->write[op->a];
    bytes.base = op->a;
    bytes.width = op->width;
    bytes.load = 0;
    return bytes;
}

/* Do accesses through the same base meet? */
MYBPF__FN int mybpf__memcpy_meet(const mybpf__memcpy_bytes *a, const mybpf__memcpy_bytes *b)
{
    return a->base == b->base && a->write == b->write && (int64_t)a->disp < (int64_t)b->disp + b->width &&
           b->disp < (int64_t)a->disp + a->width;
}

/* Are the bytes of the access among those? */
MYBPF__FN int mybpf__memcpy_among(const mybpf__memcpy_bytes *list, uint32_t count, mybpf__memcpy_bytes bytes)
{
    for (uint32_t i = 0; i < count; i++)
        if (mybpf__memcpy_meet(&bytes, &list[i])) return 1;
    return 0;
}

/* The store at `at` overwrites what a load between the stores that may change places has read, as where bytes
 * are swapped. 0: it must stay behind that. */
MYBPF__FN int mybpf__memcpy_over(mybpf__memcpy *m, uint32_t at, const mybpf__memcpy_bytes *bytes)
{
    for (int mark = 0; mark < 2; mark++)
        for (uint32_t i = 0; i < m->read_count; i++) {
            mybpf__moved *moved = m->read[i].load ? &m->moved[m->read[i].load - 1] : NULL;
            if (!mybpf__memcpy_meet(bytes, &m->read[i])) continue;
            if (!mark && (!moved || moved->over)) return 0;
            if (mark) moved->over = at + 1;
        }
    return 1;
}

/* Stores from here on cannot change places with those before. */
MYBPF__FN void mybpf__memcpy_fence(mybpf__memcpy *m)
{
    m->stores++;
    m->range_count = m->read_count = 0;
    m->base = MYBPF__NO_VALUE;
}

/* Since when what is loaded has been there: since before the stores that may change places, if they write
 * other bytes through the same base. */
MYBPF__FN uint32_t mybpf__memcpy_since(mybpf__memcpy *m, const mybpf__op *op)
{
    int in_frame = mybpf__memcpy_in_frame(m, op->a);
    mybpf__memcpy_bytes bytes = mybpf__memcpy_bytes_of(m, op);
    if (!m->range_count || in_frame != mybpf__memcpy_in_frame(m, m->base)) return m->since[in_frame];
    if (op->b != MYBPF__NO_VALUE || op->a != m->base || m->write[op->a] != m->base_write ||
        m->read_count == MYBPF__MEMCPY_READS || mybpf__memcpy_among(m->range, m->range_count, bytes)) {
        mybpf__memcpy_fence(m);
        return m->since[in_frame];
    }
    m->read[m->read_count++] = bytes;
    return m->begin;
}

/* The operation at `at` writes these bytes, or, NULL, any: what may be there can be loaded no later; nor
 * where the stores began that it may change places with. */
MYBPF__FN void mybpf__memcpy_write(mybpf__memcpy *m, uint32_t at, const mybpf__memcpy_bytes *bytes)
{
    for (uint32_t i = 0; i < m->count; i++) {
        mybpf__moved *moved = &m->moved[i];
        if (bytes && (mybpf__memcpy_in_frame(m, bytes->base) != mybpf__memcpy_in_frame(m, moved->from_base) ||
                      (bytes->base == moved->from_base && bytes->write == moved->from_write &&
                       ((int64_t)bytes->disp >= (int64_t)moved->from + moved->width ||
                        moved->from >= (int64_t)bytes->disp + bytes->width))))
            continue;
        uint32_t until = 1 + (bytes ? m->group : at);
        if (moved->until > until) moved->until = until;
    }
    if (!bytes || !mybpf__memcpy_in_frame(m, bytes->base)) m->since[0] = at + 1;
    if (!bytes || mybpf__memcpy_in_frame(m, bytes->base)) m->since[1] = at + 1;
}

/* What was put into a slot comes back. */
MYBPF__FN void mybpf__memcpy_got(mybpf__memcpy *m, uint32_t at, uint32_t slot)
{
    const mybpf__op *op = &m->ir->ops[at], *put;
    uint8_t number = m->slot[slot];
    m->value[op->dst] = number;
    if (!number) return;
    mybpf__moved *moved = &m->moved[number - 1];
    put = &m->ir->ops[moved->put - 1];
    moved->got = at + 1;
    moved->fixed |= put->disp != op->disp || put->width != op->width;
}

MYBPF__FN void mybpf__memcpy_load(mybpf__memcpy *m, uint32_t at)
{
    const mybpf__op *op = &m->ir->ops[at];
    int in_frame = mybpf__memcpy_in_frame(m, op->a);
    uint32_t slot = mybpf__memcpy_slot(m, op);
    if (slot < MYBPF__MEMCPY_SLOTS) {
        mybpf__memcpy_got(m, at, slot);
        return;
    }
    m->value[op->dst] = 0;
    uint32_t reads = m->read_count, since = mybpf__memcpy_since(m, op);
    if ((op->width == 8 && !m->vectors) || !mybpf__memcpy_plain(op)) return;
    if (m->count == MYBPF__MEMCPY_MOST) mybpf__memcpy_end(m, ~(uint64_t)0);
    mybpf__moved *moved = &m->moved[m->count++];
    mybpf__zero(moved, sizeof *moved);
    moved->load = at + 1;
    moved->from = op->disp;
    moved->from_base = op->a;
    moved->from_write = m->write[op->a];
    moved->since = since;
    moved->until = UINT32_MAX;
    moved->width = op->width;
    moved->general = (uint8_t)in_frame; /* its slots may become registers */
    moved->calls = m->calls;
    m->value[op->dst] = (uint8_t)m->count;
    if (m->read_count > reads) m->read[reads].load = (uint8_t)m->count;
}

/* The bytes that a store writes join those that may change places, which may end with that. */
MYBPF__FN void mybpf__memcpy_range(mybpf__memcpy *m, uint32_t at)
{
    const mybpf__op *op = &m->ir->ops[at];
    mybpf__memcpy_bytes bytes = mybpf__memcpy_bytes_of(m, op);
    if (m->range_count == MYBPF__MEMCPY_STORES || m->base != op->a || m->base_write != m->write[op->a] ||
        mybpf__memcpy_among(m->range, m->range_count, bytes) || !mybpf__memcpy_over(m, at, &bytes)) {
        mybpf__memcpy_fence(m);
        m->base = op->a;
        m->base_write = m->write[op->a];
        m->begin = m->since[mybpf__memcpy_in_frame(m, op->a)];
        m->group = at;
    }
    m->range[m->range_count++] = bytes;
    mybpf__memcpy_write(m, at, &bytes);
}

MYBPF__FN void mybpf__memcpy_store(mybpf__memcpy *m, uint32_t at)
{
    const mybpf__op *op = &m->ir->ops[at];
    uint32_t slot = mybpf__memcpy_slot(m, op);
    uint8_t number = op->c < MYBPF__GLOBAL_VALUES && mybpf__memcpy_plain(op) ? m->value[op->c] : 0;
    mybpf__moved *moved = number ? &m->moved[number - 1] : NULL;
    if (slot < MYBPF__MEMCPY_SLOTS) {
        m->slot[slot] = number;
        if (!moved) return;
        moved->fixed |= moved->put != 0 || op->width < moved->width;
        moved->put = at + 1;
        return;
    }
    mybpf__memcpy_range(m, at);
    if (!moved) {
        if (op->c < MYBPF__GLOBAL_VALUES && !(op->flags & MYBPF__F_IMM) && m->value[op->c])
            m->moved[m->value[op->c] - 1].fixed = 1;
        return;
    }
    moved->fixed |= moved->store != 0 || op->width != moved->width;
    moved->store = at + 1;
    moved->to = op->disp;
    moved->to_time = m->stores;
    moved->general |= mybpf__memcpy_in_frame(m, op->a) || moved->calls != m->calls;
}

MYBPF__FN void mybpf__memcpy_op(mybpf__memcpy *m, uint32_t at)
{
    const mybpf__op *op = &m->ir->ops[at];
    uint64_t writes = mybpf__ir_writes(op), reads = mybpf__ir_reads(op);
    int plain = !(op->flags & MYBPF__F_ORDERED), load = op->code == MYBPF__IR_LOAD && plain,
        store = op->code == MYBPF__IR_STORE && plain;
    if (load || store) {
        reads = MYBPF__VALUE_BIT(op->a); /* of what is stored below */
        if (op->b != MYBPF__NO_VALUE) reads |= MYBPF__VALUE_BIT(op->b);
    }
    for (; reads; reads &= reads - 1) {
        unsigned value = mybpf__lowest_value(reads);
        if (m->value[value]) m->moved[m->value[value] - 1].fixed = 1;
    }
    if (load)
        mybpf__memcpy_load(m, at);
    else if (store)
        mybpf__memcpy_store(m, at);
    else if (mybpf__ir_has_effects(op) || op->code == MYBPF__IR_LOAD) { /* that acquires */
        mybpf__memcpy_fence(m);
        mybpf__memcpy_write(m, at, NULL);
        m->calls++;
    }
    for (; writes; writes &= writes - 1) {
        unsigned value = mybpf__lowest_value(writes);
        m->write[value] = at + 1;
        if (!load) m->value[value] = 0;
    }
}

/* How far an access is enough for a look at its block: one of several of single bytes, or it is beside the
 * one before it, `last`, of 4 or 8 bytes. */
MYBPF__FN uint32_t mybpf__memcpy_weight(const mybpf__op **last, const mybpf__op *op, unsigned widest)
{
    const mybpf__op *before = *last;
    if (op->width < 4) return 1;
    if (op->width > widest) return 0;
    *last = op;
    if (!before || op->a != before->a) return 0;
    int beside =
        (int64_t)before->disp + before->width == op->disp || (int64_t)op->disp + op->width == before->disp;
    return beside ? MYBPF__MEMCPY_LEAST : 0;
}

MYBPF__FN int mybpf__memcpy_wanted(const mybpf__ir *ir, const mybpf__block *block, unsigned widest)
{
    const mybpf__op *load = NULL, *store = NULL;
    uint32_t loads = 0, stores = 0;
    if (block->count < 4) return 0;
    for (const mybpf__op *op = &ir->ops[block->first], *end = op + block->count; op < end; op++) {
        if (op->code == MYBPF__IR_LOAD)
            loads += mybpf__memcpy_weight(&load, op, widest);
        else if (op->code == MYBPF__IR_STORE && !(op->flags & MYBPF__F_IMM))
            stores += mybpf__memcpy_weight(&store, op, widest);
    }
    return loads >= MYBPF__MEMCPY_LEAST && stores >= MYBPF__MEMCPY_LEAST;
}

/* Numbers that are loaded or stored in two halves are made whole, so that they are seen as copies. Leaves
 * live sets behind. */
MYBPF__FN int mybpf__memcpy_prepare(mybpf__memcpy *m, mybpf__ir *ir, mybpf_error *error)
{
    int changed = 0;
    mybpf__zero(m, sizeof *m);
    m->ir = ir;
    ir->frame_apart = mybpf__memcpy_frame(m);
    mybpf__ir_parts(ir);
    int status = mybpf__ir_liveness(ir, NULL, error);
    if (status) return status;
    mybpf__ir_join(ir, &changed);
    if (changed) status = mybpf__ir_liveness(ir, NULL, error);
    mybpf__zero(m, sizeof *m);
    m->ir = ir;
    m->apart = mybpf__memcpy_frame(m);
    return status;
}

/* Makes live sets of its own where there is something to look at. */
MYBPF__FN int mybpf__ir_memcpy(mybpf__ir *ir, mybpf_error *error)
{
    mybpf__memcpy m;
    int started = 0, vectors = (ir->request->features & ir->request->target->vectors) != 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        if (!mybpf__memcpy_wanted(ir, block, vectors ? 8 : 4)) continue;
        if (!started) {
            int status = mybpf__memcpy_prepare(&m, ir, error);
            if (status) return status;
            started = 1;
        }
        for (unsigned value = 0; value < MYBPF__GLOBAL_VALUES; value++) m.write[value] = 0;
        m.since[0] = m.since[1] = 0;
        m.vectors = vectors ? MYBPF__MEMCPY_VECTORS : 0;
        mybpf__memcpy_fence(&m);
        for (uint32_t at = block->first, end = at + block->count; at < end; at++) mybpf__memcpy_op(&m, at);
        mybpf__memcpy_end(&m, block->live_out);
    }
    return MYBPF_OK;
}

#endif
