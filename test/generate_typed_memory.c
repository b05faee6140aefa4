/* generate_typed_memory.c: accesses to the stack, contexts, packets and map values, and what makes the
 * pointers. */
#include "generate_typed_impl.h"

/* ---- memory ---- */

int typed_size_of(const maker *m, const known *k)
{
    if (k->kind == CONTEXT) return m->t->type ? 0 : GENERATE_MEMORY;
    if (k->kind == PACKET) return (int)k->bound;
    return k->map == TYPED_HASH    ? TYPED_HASH_VALUE
           : k->map == TYPED_ARRAY ? TYPED_ARRAY_VALUE
                                   : TYPED_SINGLE_VALUE;
}

int typed_some_pointer(maker *m)
{
    static const uint8_t kinds[] = {VALUE, VALUE, PACKET, PACKET, CONTEXT, STACKED};
    for (unsigned tries = 0; tries < 6; tries++) {
        int r = typed_find(m, kinds[typed_below(m, sizeof kinds)]);
        if (r >= 0) return r;
    }
    return -1;
}

/* The store is known to the slots. `k`: what is stored whole, NULL for bytes. */
static void stored(maker *m, int off, int size, const known *k)
{
    for (int at = off; at < off + size; at++) {
        int s = (-at - 1) / 8;
        if (s < 0 || s >= SLOTS) continue;
        if (at == off || at % 8 == 0) m->now.slot[s].kind = NONE;
        if (size == 8 && !(off % 8)) m->now.has[s] = 1;
    }
    if (k && size == 8 && !(off % 8) && -off / 8 - 1 < SLOTS) m->now.slot[-off / 8 - 1] = *k;
}

/* One access through register `p`, `low` to `high` bytes from where it points. */
void typed_access_within(maker *m, unsigned p, int low, int high)
{
    unsigned k = typed_below(m, 4), r = typed_target(m, (int)p);
    int room = high - low, off, read = typed_maybe(m, 55);
    known at = m->now.reg[p];
    while (k && 1 << k > room) k--;
    if (room < 1) return;
    off = low + (typed_maybe(m, 50) ? room - (1 << k) : (int)typed_below(m, (unsigned)(room - (1 << k) + 1)));
    if (typed_wrong(m)) off += typed_maybe(m, 70) ? 1 + (int)typed_below(m, 8) : -1 - (int)typed_below(m, 8);
    if (m->flags & TYPED_KERNEL && at.kind == STACKED) off &= -(1 << k);
    if (typed_maybe(m, 8) && k >= 2 && at.kind != PACKET && at.kind != CONTEXT && !(off & ((1 << k) - 1))) {
        static const int ops[] = {0x00, 0x01, 0x40, 0x51, 0xa1, 0xe1, 0xf1};
        int value = typed_find(m, NUMBER), op = ops[typed_below(m, 7)];
        if (value >= 0 && (op != 0xf1 || m->now.reg[0].kind == NUMBER)) {
            typed_put(m, k == 3 ? 0xdb : 0xc3, p, (unsigned)value, off, op);
            if (op & 1) typed_set(m, op == 0xf1 ? 0 : (unsigned)value, typed_number_up_to(UINT32_MAX));
            return;
        }
    }
    if (read) {
        typed_put(m, (typed_maybe(m, 25) && k < 3 ? 0x81 : 0x61) | typed_size_codes[k], r, p, off, 0);
        typed_set(m, r, typed_number_up_to(k == 0 ? 255 : UINT32_MAX));
    } else {
        int value = typed_maybe(m, 50) ? typed_find(m, NUMBER) : -1;
        if (value >= 0 && value != (int)p)
            typed_put(m, 0x63 | typed_size_codes[k], p, (unsigned)value, off, 0);
        else
            typed_put(m, 0x62 | typed_size_codes[k], p, 0, off, typed_some_number(m));
    }
}

void typed_stack_access(maker *m)
{
    unsigned k = typed_below(m, 4), s = typed_below(m, CTX_SLOT), r;
    int off = -8 * ((int)s + 1) + ((int)typed_below(m, 8u >> k) << k), value;
    if (typed_maybe(m, 55)) { /* write */
        value = typed_maybe(m, 60) ? (int)typed_below(m, REGS) : -1;
        if (value >= 0 && m->now.reg[value].kind == NONE) value = -1;
        if (value >= 0 && m->now.reg[value].kind > NUMBER) k = 3, off = -8 * ((int)s + 1);
        if (value >= 0)
            typed_put(m, 0x63 | typed_size_codes[k], 10, (unsigned)value, off, 0);
        else
            typed_put(m, 0x62 | typed_size_codes[k], 10, 0, off,
                      typed_maybe(m, 50) ? 0 : typed_some_number(m));
        stored(m, off, 1 << k, value >= 0 ? &m->now.reg[value] : NULL);
        return;
    }
    for (unsigned tries = 0; tries < 8 && !m->now.has[s]; tries++) s = typed_below(m, CTX_SLOT);
    if (!m->now.has[s] && !typed_wrong(m)) {
        typed_put(m, 0x7a, 10, 0, -8 * ((int)s + 1), typed_some_number(m));
        m->now.has[s] = 1;
        m->now.slot[s] = typed_number_up_to(UINT32_MAX);
    }
    r = typed_target(m, -1);
    if (m->now.slot[s].kind > NUMBER) k = 3;
    off = -8 * ((int)s + 1) + ((int)typed_below(m, 8u >> k) << k);
    typed_put(m, (typed_maybe(m, 25) && k < 3 ? 0x81 : 0x61) | typed_size_codes[k], r, 10, off, 0);
    typed_set(m, r, k == 3 && m->now.slot[s].kind ? m->now.slot[s] : typed_number_up_to(UINT32_MAX));
}

/* A pointer to some of the stack, all of it written. */
int typed_stack_pointer(maker *m, unsigned r, int bytes)
{
    int slots = (bytes + 7) / 8, first = (int)typed_below(m, (unsigned)(CTX_SLOT - slots + 1)),
        last = first + slots - 1;
    known k = {STACKED, 0, -8 * (last + 1), (uint32_t)(8 * slots)};
    for (int s = first; s <= last; s++) {
        if (!m->now.has[s] && !typed_wrong(m))
            typed_put(m, 0x7a, 10, 0, -8 * (s + 1), typed_some_number(m)), m->now.has[s] = 1;
        m->now.slot[s].kind = NONE;
    }
    typed_put(m, 0xbf, r, 10, 0, 0);
    typed_put(m, 0x07, r, 0, 0, k.off);
    typed_set(m, r, k);
    return k.off;
}

void typed_access(maker *m)
{
    int p = typed_some_pointer(m);
    if (p < 0 || typed_maybe(m, 20)) {
        typed_stack_access(m);
        return;
    }
    if (m->now.reg[p].kind == STACKED)
        typed_access_within(m, (unsigned)p, 0, (int)m->now.reg[p].bound);
    else
        typed_access_within(m, (unsigned)p, -m->now.reg[p].off,
                            typed_size_of(m, &m->now.reg[p]) - m->now.reg[p].off);
}

/* pointer + bounded number, and an access near the end that this leaves. */
void typed_indexed_access(maker *m)
{
    int p = typed_some_pointer(m), room, scale = (int)typed_below(m, 4);
    unsigned r, copy;
    uint32_t bound;
    known k;
    if (p < 0 || typed_maybe(m, 15)) {
        typed_stack_pointer(m, (unsigned)(p = (int)typed_target(m, -1)), 8 + 8 * (int)typed_below(m, 6));
    }
    k = m->now.reg[p];
    room = k.kind == STACKED ? (int)k.bound : typed_size_of(m, &k) - k.off;
    if (room < 2) return;
    while ((1 << scale) * 2 > room) scale--;
    bound = typed_below(m, (unsigned)(room >> scale));
    copy = 6 + typed_below(m, 4);
    if ((int)copy == p) copy = 6 + (copy - 5) % 4;
    typed_put(m, 0xbf, copy, (unsigned)p, 0, 0);
    typed_set(m, copy, k);
    m->now.reg[copy].kind = NONE; /* nothing else may be put there */
    r = typed_bounded(m, bound);
    if (r == copy || m->now.reg[r].kind != NUMBER || r == (unsigned)p) return;
    bound = m->now.reg[r].bound;
    if (scale) {
        typed_put(m, typed_maybe(m, 70) ? 0x67 : 0x64, r, 0, 0, scale);
        typed_set(m, r, typed_number_up_to(bound << scale));
    }
    if (m->now.reg[p].kind != k.kind || m->now.reg[p].off != k.off) return; /* written over meanwhile */
    if (typed_maybe(m, 15)) {                                               /* downwards from the end */
        typed_put(m, 0x07, copy, 0, 0, (int)(bound << scale));
        typed_put(m, 0x1f, copy, r, 0, 0);
        room = (int)(bound << scale) + 1;
    } else {
        typed_put(m, 0x0f, copy, r, 0, 0);
    }
    m->now.reg[copy] = k;
    if (k.kind == PACKET) m->now.reg[copy].bound = 0;
    if (k.kind == PACKET && typed_maybe(m, 45)) { /* a base of its own: compared again */
        unsigned other = typed_target(m, (int)copy), size = 1 + typed_below(m, 8);
        int end = typed_find(m, END);
        if (end < 0 || (int)other == end) return;
        typed_put(m, 0xbf, other, copy, 0, 0);
        typed_put(m, 0x07, other, 0, 0, size);
        m->now.reg[other].kind = NONE;
        typed_out(m, typed_put(m, 0x2d, other, (unsigned)end, 0, 0));
        m->now.reg[copy].off = 0;
        m->now.reg[copy].bound = size;
        typed_access_within(m, copy, 0, (int)size);
    } else if (k.kind == PACKET) {
        if (typed_maybe(m, 50)) /* nothing was compared with it */
            typed_access_within(m, copy, 0, room);
        else
            typed_packet(m);
        return;
    } else {
        typed_access_within(m, copy, 0, room - (int)(bound << scale));
    }
    m->now.reg[copy].kind = NONE;
}

/* ---- packets ---- */

void typed_packet(maker *m)
{
    unsigned data = 6 + typed_below(m, 4), end = 6 + typed_below(m, 4), test, size = 1 + typed_below(m, 24);
    int fields = m->t->type == MYBPF_PROG_TYPE_XDP ? 0 : 76, p = typed_find(m, PACKET),
        e = typed_find(m, END);
    known k = {PACKET, 0, 0, 0};
    if (!m->t->type || m->is_sub) {
        typed_access(m);
        return;
    }
    if (p < 0 || e < 0 || typed_maybe(m, 10)) {
        if (data == end) end = 6 + (end - 5) % 4;
        typed_put(m, 0x79, end, 10, -8 * (CTX_SLOT + 1), 0);
        typed_put(m, 0x61, data, end, fields, 0);
        typed_put(m, 0x61, end, end, fields + 4, 0);
        typed_set(m, data, k);
        k.kind = END;
        typed_set(m, end, k);
        p = (int)data, e = (int)end;
    }
    do test = typed_below(m, REGS);
    while ((int)test == p || (int)test == e);
    typed_put(m, 0xbf, test, (unsigned)p, 0, 0);
    typed_put(m, 0x07, test, 0, 0, size);
    m->now.reg[test].kind = NONE;
    size += (unsigned)m->now.reg[p].off;
    switch (typed_below(m, 20)) {
    default: typed_out(m, typed_put(m, 0x2d, test, (unsigned)e, 0, 0)); break;
    case 0:
    case 1:
    case 2: typed_out(m, typed_put(m, 0xad, (unsigned)e, test, 0, 0)); break;
    case 3:
    case 4:
    case 5: /* one byte more is there */
        typed_out(m, typed_put(m, typed_wrong(m) ? 0x2d : 0x3d, test, (unsigned)e, 0, 0));
        size++;
        break;
    case 6:
    case 7:
    case 8: /* the other way round */
        typed_put(m, 0xbd, test, (unsigned)e, 1, 0);
        typed_out(m, typed_put(m, 0x05, 0, 0, 0, 0));
        break;
    case 9: { /* any */
        static const uint8_t ops[] = {0x2d, 0x3d, 0xad, 0xbd, 0x1d, 0x5d};
        int op = ops[typed_below(m, m->flags & TYPED_KERNEL ? 4 : 6)], turned = typed_maybe(m, 50);
        typed_out(m, typed_put(m, op, turned ? (unsigned)e : test, turned ? test : (unsigned)e, 0, 0));
        break;
    }
    }
    if (m->now.reg[p].bound < size) m->now.reg[p].bound = size;
    for (unsigned r = 0; r < REGS; r++) { /* copies, or so it seems */
        if (m->now.reg[r].kind == PACKET && r != (unsigned)p && typed_maybe(m, 50)) {
            typed_access_within(m, r, 0, (int)size - m->now.reg[p].off);
            break;
        }
    }
    if (m->now.reg[p].kind != PACKET) return;
    typed_access_within(m, (unsigned)p, -m->now.reg[p].off, (int)size - m->now.reg[p].off);
}

/* ---- maps ---- */

void typed_key(maker *m, unsigned map)
{
    unsigned s = typed_below(m, CTX_SLOT);
    int source = typed_maybe(m, 50) ? typed_find(m, NUMBER) : -1;
    if (source >= 0)
        typed_put(m, 0x63, 10, (unsigned)source, -8 * ((int)s + 1), 0);
    else
        typed_put(m, 0x62, 10, 0, -8 * ((int)s + 1), typed_below(m, 6));
    m->now.slot[s].kind = NONE;
    typed_put(m, 0x18, 1, MYBPF_PSEUDO_MAP_IDX, 0, map);
    typed_put(m, 0, 0, 0, 0, 0);
    typed_put(m, 0xbf, 2, 10, 0, 0);
    typed_put(m, 0x07, 2, 0, 0, -8 * ((int)s + 1) + (typed_wrong(m) ? (int)typed_below(m, 8) : 0));
}

void typed_check_null(maker *m)
{
    int r = typed_find(m, OR_NULL), other;
    known k;
    if (r < 0) {
        typed_access(m);
        return;
    }
    k = m->now.reg[r];
    k.kind = VALUE;
    other = (int)typed_target(m, r);
    switch (typed_below(m, 6)) {
    case 0:
        typed_put(m, 0x55, (unsigned)r, 0, 1, 0);
        typed_out(m, typed_put(m, 0x05, 0, 0, 0, 0));
        break;
    case 1: /* a copy */
        typed_put(m, 0xbf, (unsigned)other, (unsigned)r, 0, 0);
        typed_set(m, (unsigned)other, k);
        typed_out(m, typed_put(m, 0x15, (unsigned)other, 0, 0, 0));
        break;
    case 2: /* with a register, which the kernel does not understand */
        if (m->flags & TYPED_KERNEL) break;
        typed_put(m, 0xb7, (unsigned)other, 0, 0, 0);
        typed_set(m, (unsigned)other, typed_number_up_to(0));
        typed_out(m, typed_put(m, 0x1d, (unsigned)r, (unsigned)other, 0, 0));
        break;
    case 3: /* a spilled one */
        typed_put(m, 0x7b, 10, (unsigned)r, -8, 0);
        m->now.has[0] = 1;
        typed_out(m, typed_put(m, 0x15, (unsigned)r, 0, 0, 0));
        m->now.slot[0] = k;
        break;
    default:
        typed_out(m, typed_put(m, typed_wrong(m) ? 0x16 : 0x15, (unsigned)r, 0, 0, typed_wrong(m)));
        break;
    }
    typed_set(m, (unsigned)r, k);
    if (typed_wrong(m)) {
        other = typed_find(m, OR_NULL);
        if (other >= 0) m->now.reg[other].kind = VALUE; /* another lookup's */
    }
}

void typed_lookup(maker *m)
{
    unsigned map = typed_below(m, 2), to = typed_maybe(m, 50) ? 6 + typed_below(m, 4) : 0;
    known k = {OR_NULL, (uint16_t)map, 0, 0};
    if (typed_maybe(m, 15)) { /* without a call */
        to = typed_target(m, -1);
        typed_put(m, 0x18, to, MYBPF_PSEUDO_MAP_IDX_VALUE, 0, TYPED_SINGLE);
        k.off = typed_maybe(m, 50) ? 0 : 8 * (int)typed_below(m, 4);
        typed_put(m, 0, 0, 0, 0, k.off);
        k.kind = VALUE;
        k.map = TYPED_SINGLE;
        typed_set(m, to, k);
        return;
    }
    typed_key(m, map);
    typed_put(m, 0x85, 0, 0, 0, 1);
    typed_clobber(m);
    typed_set(m, 0, k);
    if (to) typed_put(m, 0xbf, to, 0, 0, 0), typed_set(m, to, k);
    if (typed_maybe(m, 75)) typed_check_null(m);
}

void typed_change(maker *m)
{
    unsigned map = typed_below(m, 2);
    int value = typed_find(m, VALUE), size = map == TYPED_HASH ? TYPED_HASH_VALUE : TYPED_ARRAY_VALUE;
    if (typed_maybe(m, 25)) {
        typed_key(m, map);
        typed_put(m, 0x85, 0, 0, 0, 3);
    } else {
        int by_value = value >= 6 && !m->now.reg[value].off && typed_size_of(m, &m->now.reg[value]) >= size;
        if (!by_value) typed_stack_pointer(m, 3, size - (typed_wrong(m) ? 8 : 0));
        int off = m->now.reg[3].off;
        typed_key(m, map);
        if (by_value)
            typed_put(m, 0xbf, 3, (unsigned)value, 0, 0);
        else
            typed_put(m, 0xbf, 3, 10, 0, 0), typed_put(m, 0x07, 3, 0, 0, off);
        typed_put(m, 0xb7, 4, 0, 0, typed_below(m, 3));
        typed_put(m, 0x85, 0, 0, 0, 2);
    }
    typed_clobber(m);
    typed_set(m, 0, typed_number_up_to(UINT32_MAX));
}
