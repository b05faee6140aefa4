/* generate_typed.c: random programs that use pointers nearly as they should, see generate_typed.h.
 *
 * The generator knows about as much as a careful programmer: what each register and each slot of the stack
 * holds, and an upper bound of numbers. Where paths meet, what differs is written anew, mostly. */
#include "generate_typed_impl.h"

unsigned typed_below(maker *m, unsigned limit) { return (unsigned)(entropy_next(m->e) % limit); }
int typed_maybe(maker *m, unsigned percent) { return typed_below(m, 100) < percent; }
int typed_wrong(maker *m) { return typed_below(m, 1000) < m->sloppy; }

uint32_t typed_put(maker *m, int code, unsigned dst, unsigned src, int off, int64_t imm)
{
    mybpf_insn *insn = &m->t->insns[m->t->count];
    if (m->t->count == TYPED_INSNS) return m->t->count - 1; /* such a program is refused */
    insn->code = (uint8_t)code;
    insn->dst_reg = dst & 15;
    insn->src_reg = src & 15;
    insn->off = (int16_t)off;
    insn->imm = (int32_t)imm;
    return m->t->count++;
}

void typed_land_here(maker *m, uint32_t at) { m->t->insns[at].off = (int16_t)(m->t->count - at - 1); }
static int is_full(const maker *m) { return m->t->count > TYPED_INSNS - 120; }

known typed_number_up_to(uint32_t bound)
{
    known k = {NUMBER, 0, 0, bound};
    return k;
}

void typed_clobber(maker *m)
{
    for (unsigned r = 1; r <= 5; r++) m->now.reg[r].kind = NONE;
}

/* A register of that kind, or -1. */
int typed_find(maker *m, unsigned kind)
{
    int found = -1;
    unsigned count = 0;
    for (unsigned r = 0; r < REGS; r++)
        if (m->now.reg[r].kind == kind && !typed_below(m, ++count)) found = (int)r;
    return found;
}

/* A register to be written to; not that one. */
static unsigned target(maker *m, int but)
{
    unsigned r = typed_below(m, REGS);
    while ((int)r == but) r = typed_below(m, REGS);
    return r;
}

void typed_set(maker *m, unsigned r, known k) { m->now.reg[r] = k; }

static int64_t some_number(maker *m)
{
    static const int32_t edges[] = {0,  1,  2,  3,   7,  8,  15, 16,         31,
                                    32, 63, 64, 255, -1, -2, -8, 0x7fffffff, -0x7fffffff - 1};
    return typed_maybe(m, 60) ? (int64_t)typed_below(m, 32)
                              : edges[typed_below(m, sizeof edges / sizeof *edges)];
}

/* ---- numbers ---- */

static const uint8_t size_codes[] = {0x10, 0x08, 0x00, 0x18};

void typed_number(maker *m, unsigned r)
{
    unsigned k = typed_below(m, 4);
    int value = typed_find(m, VALUE);
    switch (typed_below(m, 6)) {
    case 0:
    case 1: {
        int64_t imm = some_number(m);
        typed_put(m, typed_maybe(m, 60) ? 0xb7 : 0xb4, r, 0, 0, imm);
        typed_set(m, r, typed_number_up_to(imm < 0 ? UINT32_MAX : (uint32_t)imm));
        return;
    }
    case 2:
        if (value < 0) break;
        typed_put(m, 0x61 | size_codes[k], r, (unsigned)value,
                  -m->now.reg[value].off + (int)(typed_below(m, 2) << k), 0);
        typed_set(m, r, typed_number_up_to(k == 0 ? 255 : k == 1 ? 65535 : UINT32_MAX));
        return;
    case 3:
        typed_put(m, 0x85, 0, 0, 0, 7); /* a random number of 32 bits */
        typed_clobber(m);
        typed_set(m, 0, typed_number_up_to(UINT32_MAX));
        if (r) typed_put(m, 0xbf, r, 0, 0, 0);
        typed_set(m, r, typed_number_up_to(UINT32_MAX));
        return;
    default: break;
    }
    if (m->is_sub || m->now.slot[CTX_SLOT].kind != CONTEXT) {
        typed_put(m, 0xb7, r, 0, 0, typed_below(m, 8));
        typed_set(m, r, typed_number_up_to(8));
        return;
    }
    typed_put(m, 0x79, r, 10, -8 * (CTX_SLOT + 1), 0);
    switch (m->t->type) {
    case MYBPF_PROG_TYPE_UNSPEC:
        typed_put(m, (typed_maybe(m, 30) && k < 3 ? 0x81 : 0x61) | size_codes[k], r, r,
                  (int)typed_below(m, GENERATE_MEMORY >> k) << k, 0);
        break;
    case MYBPF_PROG_TYPE_XDP: typed_put(m, 0x61, r, r, 12, 0); break;
    default:
        typed_put(m, 0x61, r, r, typed_maybe(m, 50) ? 8 : 48 + 4 * (int)typed_below(m, 5), 0);
        break; /* mark, cb */
    }
    typed_set(m, r, typed_number_up_to(UINT32_MAX));
}

static int a_number(maker *m)
{
    int r = typed_find(m, NUMBER);
    if (r < 0 || typed_maybe(m, 15)) typed_number(m, (unsigned)(r = (int)target(m, -1)));
    return r;
}

static void calculate(maker *m)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
                                  0x70, 0x80, 0x90, 0xa0, 0xc0, 0xb0, 0xd0};
    unsigned op = ops[typed_below(m, sizeof ops)], wide = typed_maybe(m, 60) ? 7 : 4,
             dst = (unsigned)a_number(m);
    int src = typed_maybe(m, 40) ? typed_find(m, NUMBER) : -1, off = 0;
    int64_t imm = some_number(m);
    if ((op == 0x30 || op == 0x90) && m->flags & TYPED_KERNEL) op = 0x10; /* which it does not follow */
    if ((op == 0x30 || op == 0x90) && typed_maybe(m, 40)) off = 1;
    if (op == 0xb0 && src >= 0 && typed_maybe(m, 60)) off = 8 << typed_below(m, wide == 7 ? 3 : 2);
    if (src < 0 && (op == 0x30 || op == 0x90) && !imm) imm = 3;
    if (src < 0 && (op == 0x60 || op == 0x70 || op == 0xc0)) imm &= wide == 7 ? 63 : 31;
    if (op == 0x80)
        typed_put(m, 0x80 | (int)wide, dst, 0, 0, 0);
    else if (op == 0xd0)
        typed_put(m, wide == 7 ? 0xd7 : 0xd4 | (typed_maybe(m, 50) ? 8 : 0), dst, 0, 0,
                  16 << typed_below(m, 3));
    else
        typed_put(m, (int)(op | wide | (src >= 0 ? 8u : 0u)), dst, src >= 0 ? (unsigned)src : 0, off,
                  src >= 0 ? 0 : imm);
    typed_set(m, dst, typed_number_up_to(UINT32_MAX));
}

/* A jump out of the function. */
void typed_out(maker *m, uint32_t at)
{
    if (m->out_count < OUTS) m->outs[m->out_count++] = at;
}

/* Makes a number be at most some bound, in one of the ways that programs do it. */
static unsigned bounded(maker *m, uint32_t bound)
{
    unsigned r = (unsigned)a_number(m), wide = typed_maybe(m, 60) ? 5 : 6, other;
    known k = typed_number_up_to(bound);
    if (typed_wrong(m)) k.bound = bound, bound += 1 + typed_below(m, 9);
    switch (typed_below(m, 9)) {
    case 0: /* a mask */
        for (k.bound = 1; k.bound * 2 + 1 <= bound; k.bound = k.bound * 2 + 1) continue;
        typed_put(m, typed_maybe(m, 60) ? 0x57 : 0x54, r, 0, 0, k.bound);
        break;
    case 1: /* a remainder, of which the kernel knows nothing */
        if (m->flags & TYPED_KERNEL)
            typed_out(m, typed_put(m, 0x25, r, 0, 0, bound));
        else
            typed_put(m, typed_maybe(m, 60) ? 0x97 : 0x94, r, 0, 0, bound + 1);
        break;
    case 2:
        typed_put(m, 0x77, r, 0, 0, 61);
        k.bound = 7;
        break;
    case 3: /* of a copy */
        other = target(m, (int)r);
        typed_put(m, wide == 5 || typed_wrong(m) ? 0xbf : 0xbc, other, r, 0, 0);
        if (wide == 6 && !typed_wrong(m)) typed_put(m, 0xbc, r, r, 0, 0);
        typed_out(m, typed_put(m, 0x20 | (int)wide, other, 0, 0, bound));
        typed_set(m, other, k);
        if (wide == 6) r = other;
        break;
    case 4: { /* of a spilled one, or of its lower half */
        unsigned s = typed_below(m, CTX_SLOT), narrow = (unsigned)typed_maybe(m, 30),
                 code = narrow ? 0x61 : 0x79;
        typed_put(m, narrow ? 0x63 : 0x7b, 10, r, -8 * ((int)s + 1), 0);
        m->now.slot[s].kind = NONE;
        m->now.has[s] |= !narrow;
        if (narrow || typed_maybe(m, 30)) {
            other = target(m, (int)r);
            typed_put(m, (int)code, other, 10, -8 * ((int)s + 1), 0);
            typed_set(m, other, k);
            typed_out(m, typed_put(m, 0x25, other, 0, 0, bound));
            if (narrow && typed_maybe(m, 60)) r = other;
            break;
        }
        typed_out(m, typed_put(m, 0x25, r, 0, 0, bound));
        m->now.slot[s] = k;
        typed_set(m, r, k);
        if (typed_maybe(m, 60)) typed_put(m, 0x79, r = target(m, -1), 10, -8 * ((int)s + 1), 0);
        break;
    }
    case 5: /* signed, both ends */
        if (!typed_wrong(m)) typed_out(m, typed_put(m, 0xc5, r, 0, 0, 0));
        typed_out(m, typed_put(m, 0x65, r, 0, 0, bound));
        break;
    case 6: /* with a register */
        other = target(m, (int)r);
        typed_put(m, 0xb7, other, 0, 0, bound);
        typed_set(m, other, k);
        typed_out(m, typed_maybe(m, 50) ? typed_put(m, 0x2d, r, other, 0, 0)
                                        : typed_put(m, 0xad, other, r, 0, 0));
        break;
    case 7: /* one of two numbers: a branch decides */
        other = target(m, (int)r);
        typed_put(m, 0xb7, other, 0, 0, typed_below(m, bound + 1));
        typed_put(m, typed_maybe(m, 50) ? 0x15 : 0x25, r, 0, 1, typed_below(m, 4));
        typed_put(m, 0xb7, other, 0, 0, bound);
        r = other;
        break;
    default:
        if (wide == 6) typed_put(m, 0xbc, r, r, 0, 0); /* zero-extended */
        typed_out(m, typed_maybe(m, 50) ? typed_put(m, 0x20 | (int)wide, r, 0, 0, bound)
                                        : typed_put(m, 0x30 | (int)wide, r, 0, 0, bound + 1));
        break;
    }
    typed_set(m, r, k);
    return r;
}

/* Two numbers of which something is known, made one, or compared. */
static void mix(maker *m)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xc0};
    static const uint8_t jumps[] = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0};
    unsigned a = bounded(m, typed_below(m, 300)), b, op;
    m->now.reg[a].kind = NONE;
    b = bounded(m, 1 + typed_below(m, 40));
    if (a == b) return;
    for (unsigned i = 0; i < 2; i++) {
        unsigned r = i ? a : b;
        if (typed_maybe(m, 50)) typed_put(m, typed_maybe(m, 60) ? 0x07 : 0x04, r, 0, 0, some_number(m));
        if (typed_maybe(m, 20))
            typed_put(m, typed_maybe(m, 60) ? 0x47 : 0x44, r, 0, 0, 1 << typed_below(m, 8));
        if (typed_maybe(m, 15)) typed_put(m, typed_maybe(m, 60) ? 0x87 : 0x84, r, 0, 0, 0);
    }
    op = ops[typed_below(m, sizeof ops)];
    if ((op == 0x30 || op == 0x90) && m->flags & TYPED_KERNEL) op = 0x20;
    if (typed_maybe(m, 30)) {
        op = jumps[typed_below(m, sizeof jumps)] | (typed_maybe(m, 50) ? 5u : 6u) | 8u;
        typed_out(m, typed_put(m, (int)op, a, b, 0, 0));
    } else {
        typed_put(m, (int)(op | 8 | (typed_maybe(m, 60) ? 7u : 4u)), a, b,
                  (op == 0x30 || op == 0x90) && typed_maybe(m, 50), 0);
    }
    typed_set(m, a, typed_number_up_to(UINT32_MAX));
    typed_set(m, b, typed_number_up_to(UINT32_MAX));
}

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
    unsigned k = typed_below(m, 4), r = target(m, (int)p);
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
        typed_put(m, (typed_maybe(m, 25) && k < 3 ? 0x81 : 0x61) | size_codes[k], r, p, off, 0);
        typed_set(m, r, typed_number_up_to(k == 0 ? 255 : UINT32_MAX));
    } else {
        int value = typed_maybe(m, 50) ? typed_find(m, NUMBER) : -1;
        if (value >= 0 && value != (int)p)
            typed_put(m, 0x63 | size_codes[k], p, (unsigned)value, off, 0);
        else
            typed_put(m, 0x62 | size_codes[k], p, 0, off, some_number(m));
    }
}

static void stack_access(maker *m)
{
    unsigned k = typed_below(m, 4), s = typed_below(m, CTX_SLOT), r;
    int off = -8 * ((int)s + 1) + ((int)typed_below(m, 8u >> k) << k), value;
    if (typed_maybe(m, 55)) { /* write */
        value = typed_maybe(m, 60) ? (int)typed_below(m, REGS) : -1;
        if (value >= 0 && m->now.reg[value].kind == NONE) value = -1;
        if (value >= 0 && m->now.reg[value].kind > NUMBER) k = 3, off = -8 * ((int)s + 1);
        if (value >= 0)
            typed_put(m, 0x63 | size_codes[k], 10, (unsigned)value, off, 0);
        else
            typed_put(m, 0x62 | size_codes[k], 10, 0, off, typed_maybe(m, 50) ? 0 : some_number(m));
        stored(m, off, 1 << k, value >= 0 ? &m->now.reg[value] : NULL);
        return;
    }
    for (unsigned tries = 0; tries < 8 && !m->now.has[s]; tries++) s = typed_below(m, CTX_SLOT);
    if (!m->now.has[s] && !typed_wrong(m)) {
        typed_put(m, 0x7a, 10, 0, -8 * ((int)s + 1), some_number(m));
        m->now.has[s] = 1;
        m->now.slot[s] = typed_number_up_to(UINT32_MAX);
    }
    r = target(m, -1);
    if (m->now.slot[s].kind > NUMBER) k = 3;
    off = -8 * ((int)s + 1) + ((int)typed_below(m, 8u >> k) << k);
    typed_put(m, (typed_maybe(m, 25) && k < 3 ? 0x81 : 0x61) | size_codes[k], r, 10, off, 0);
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
            typed_put(m, 0x7a, 10, 0, -8 * (s + 1), some_number(m)), m->now.has[s] = 1;
        m->now.slot[s].kind = NONE;
    }
    typed_put(m, 0xbf, r, 10, 0, 0);
    typed_put(m, 0x07, r, 0, 0, k.off);
    typed_set(m, r, k);
    return k.off;
}

static void access(maker *m)
{
    int p = typed_some_pointer(m);
    if (p < 0 || typed_maybe(m, 20)) {
        stack_access(m);
        return;
    }
    if (m->now.reg[p].kind == STACKED)
        typed_access_within(m, (unsigned)p, 0, (int)m->now.reg[p].bound);
    else
        typed_access_within(m, (unsigned)p, -m->now.reg[p].off,
                            typed_size_of(m, &m->now.reg[p]) - m->now.reg[p].off);
}

static void packet(maker *m);

/* pointer + bounded number, and an access near the end that this leaves. */
static void indexed_access(maker *m)
{
    int p = typed_some_pointer(m), room, scale = (int)typed_below(m, 4);
    unsigned r, copy;
    uint32_t bound;
    known k;
    if (p < 0 || typed_maybe(m, 15)) {
        typed_stack_pointer(m, (unsigned)(p = (int)target(m, -1)), 8 + 8 * (int)typed_below(m, 6));
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
    r = bounded(m, bound);
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
        unsigned other = target(m, (int)copy), size = 1 + typed_below(m, 8);
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
            packet(m);
        return;
    } else {
        typed_access_within(m, copy, 0, room - (int)(bound << scale));
    }
    m->now.reg[copy].kind = NONE;
}

/* ---- packets ---- */

static void packet(maker *m)
{
    unsigned data = 6 + typed_below(m, 4), end = 6 + typed_below(m, 4), test, size = 1 + typed_below(m, 24);
    int fields = m->t->type == MYBPF_PROG_TYPE_XDP ? 0 : 76, p = typed_find(m, PACKET),
        e = typed_find(m, END);
    known k = {PACKET, 0, 0, 0};
    if (!m->t->type || m->is_sub) {
        access(m);
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

static void check_null(maker *m)
{
    int r = typed_find(m, OR_NULL), other;
    known k;
    if (r < 0) {
        access(m);
        return;
    }
    k = m->now.reg[r];
    k.kind = VALUE;
    other = (int)target(m, r);
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
    known k = {OR_NULL, (uint8_t)map, 0, 0};
    if (typed_maybe(m, 15)) { /* without a call */
        to = target(m, -1);
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
    if (typed_maybe(m, 75)) check_null(m);
}

static void change(maker *m)
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

/* ---- calls ---- */

/* A helper that reads or writes as many bytes as a number says. */
static void sized(maker *m)
{
    int bytes = 8 + 8 * (int)typed_below(m, 4), value = typed_find(m, VALUE), off;
    unsigned r = bounded(m, (uint32_t)bytes);
    int fill = !(m->flags & TYPED_KERNEL) && typed_maybe(m, 50);
    if (value >= 6 && !m->now.reg[value].off && typed_size_of(m, &m->now.reg[value]) >= bytes &&
        (unsigned)value != r && typed_maybe(m, 50)) {
        typed_put(m, 0xbf, 2, r, 0, 0);
        typed_put(m, 0xbf, 1, (unsigned)value, 0, 0);
    } else {
        if (r != 2) typed_put(m, 0xbf, 2, r, 0, 0);
        m->now.reg[2].kind = NONE;
        off = typed_stack_pointer(m, 1, bytes);
        (void)off;
    }
    if (m->flags & TYPED_KERNEL) {
        typed_put(m, 0xb7, 3, 0, 0, 0);
        typed_put(m, 0x85, 0, 0, 0, 113); /* probe_read_kernel, of nothing that can be read */
    } else {
        typed_put(m, 0xb7, 3, 0, 0, some_number(m));
        if (!typed_wrong(m)) typed_out(m, typed_put(m, 0x15, 2, 0, 0, 0)); /* the size must not be 0 */
        typed_put(m, 0x85, 0, 0, 0, fill ? GENERATE_FILL : GENERATE_FOLD);
    }
    typed_clobber(m);
    typed_set(m, 0, typed_number_up_to(UINT32_MAX));
}

static void call_sub(maker *m)
{
    unsigned n = m->call_count, sub = m->sub_count;
    int callback = !(m->flags & TYPED_KERNEL) && typed_maybe(m, 20);
    if (n == 8 || m->is_sub > 1) {
        access(m);
        return;
    }
    if (sub == FUNCS || (sub && typed_maybe(m, 30) && !m->is_sub)) sub = typed_below(m, sub);
    if (callback) { /* r1 is the function */
        m->calls[n].at = typed_put(m, 0x18, 1, MYBPF_PSEUDO_FUNC, 0, 0);
        typed_put(m, 0, 0, 0, 0, 0);
        typed_put(m, 0xb7, 2, 0, 0, 1);
        typed_put(m, 0xb7, 3, 0, 0, 2);
        memset(m->calls[n].args, 0, sizeof m->calls[n].args);
        typed_put(m, 0xb7, 4, 0, 0, 0);
        typed_put(m, 0xb7, 5, 0, 0, 0);
        typed_put(m, 0x85, 0, 0, 0, GENERATE_CALLBACK);
    } else {
        int p = typed_some_pointer(m);
        if (p < 0 || typed_maybe(m, 40))
            typed_stack_pointer(m, 1, 8 + 8 * (int)typed_below(m, 4));
        else if (p != 1)
            typed_put(m, 0xbf, 1, (unsigned)p, 0, 0), typed_set(m, 1, m->now.reg[p]);
        unsigned r = 2;
        int num = typed_find(m, NUMBER);
        if (num >= 0 && num != 2)
            typed_put(m, 0xbf, r, (unsigned)num, 0, 0), typed_set(m, r, m->now.reg[num]);
        else if (num < 0)
            typed_put(m, 0xb7, r, 0, 0, typed_below(m, 9)), typed_set(m, r, typed_number_up_to(9));
        m->now.reg[3].kind = m->now.reg[4].kind = m->now.reg[5].kind = NONE;
        if (typed_maybe(m, 40) && (p = typed_find(m, OR_NULL)) > 2)
            typed_put(m, 0xbf, 3, (unsigned)p, 0, 0), typed_set(m, 3, m->now.reg[p]);
        for (unsigned i = 0; i < 5; i++) m->calls[n].args[i] = m->now.reg[i + 1];
        m->calls[n].at = typed_put(m, 0x85, 0, 1, 0, 0);
    }
    m->calls[n].sub = (int)sub;
    m->calls[n].callback = callback;
    m->call_count++;
    if (sub == m->sub_count) m->sub_count++;
    typed_clobber(m);
    for (unsigned s = 0; s < SLOTS; s++)
        if (s != CTX_SLOT && m->now.slot[s].kind == NUMBER && typed_maybe(m, 90)) m->now.slot[s].kind = NONE;
    typed_set(m, 0, typed_number_up_to(UINT32_MAX));
}

static void tail(maker *m)
{
    if (m->is_sub || m->now.slot[CTX_SLOT].kind != CONTEXT) {
        access(m);
        return;
    }
    typed_put(m, 0x79, 1, 10, -8 * (CTX_SLOT + 1), 0);
    typed_put(m, 0x18, 2, MYBPF_PSEUDO_MAP_IDX, 0, TYPED_PROGRAMS);
    typed_put(m, 0, 0, 0, 0, 0);
    typed_put(m, 0xb7, 3, 0, 0, typed_below(m, 3));
    typed_put(m, 0x85, 0, 0, 0, 12);
    m->t->has_tail_call = 1;
    typed_clobber(m);
    m->now.reg[0].kind = NONE; /* it returns nothing */
}

/* ---- structure ---- */

static void statements(maker *m, unsigned count);

/* Two ways have met: what is not the same on both is written anew, or not known. */
static void settle(maker *m, const frame_known *before)
{
    for (unsigned r = 0; r < REGS; r++) {
        known *now = &m->now.reg[r];
        const known *old = &before->reg[r];
        if (now->kind == NUMBER && old->kind == NUMBER) {
            if (old->bound > now->bound) now->bound = old->bound;
        } else if (memcmp(now, old, sizeof *now)) {
            if (typed_wrong(m) && old->kind) continue;
            now->kind = NONE;
        }
    }
    for (unsigned s = 0; s < SLOTS; s++) {
        if (memcmp(&m->now.slot[s], &before->slot[s], sizeof(known))) m->now.slot[s].kind = NONE;
        if (!typed_wrong(m)) m->now.has[s] &= before->has[s];
    }
}

uint32_t typed_some_branch(maker *m)
{
    static const uint8_t ops[] = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0};
    int op = ops[typed_below(m, sizeof ops)] | (typed_maybe(m, 60) ? 5 : 6), dst = a_number(m),
        src = typed_maybe(m, 30) ? typed_find(m, NUMBER) : -1;
    if (src >= 0) return typed_put(m, op | 8, (unsigned)dst, (unsigned)src, 0, 0);
    return typed_put(m, op, (unsigned)dst, 0, 0, some_number(m));
}

static void branch(maker *m)
{
    uint32_t at = typed_some_branch(m), other;
    frame_known before = m->now, then;
    if (m->nesting > 2) {
        m->t->insns[at].off = 0;
        return;
    }
    m->nesting++;
    statements(m, 1 + typed_below(m, 3));
    if (typed_maybe(m, 35)) {
        then = m->now;
        m->now = before;
        other = typed_put(m, 0x05, 0, 0, 0, 0);
        typed_land_here(m, at);
        statements(m, 1 + typed_below(m, 3));
        typed_land_here(m, other);
        settle(m, &then);
    } else {
        typed_land_here(m, at);
        settle(m, &before);
    }
    m->nesting--;
}

/* Turns are counted in a slot or a register; a pointer may move along. */
static void loop(maker *m)
{
    unsigned counter = 6 + typed_below(m, 4), turns = 1 + typed_below(m, 6);
    int p = typed_some_pointer(m), walks = p >= 0 && typed_maybe(m, 40) && m->now.reg[p].kind != PACKET,
        end = -1;
    uint32_t top, skip = 0;
    frame_known before;
    int bounded_by_number = typed_maybe(m, 30),
        may_goto = !bounded_by_number && typed_maybe(m, 20) && !(m->flags & TYPED_KERNEL);
    if (m->loops || m->nesting > 1 || p == (int)counter) {
        access(m);
        return;
    }
    (void)end;
    if (bounded_by_number) { /* for (i = 0; i < n; i++), n bounded */
        unsigned n = bounded(m, turns);
        unsigned s = typed_below(m, CTX_SLOT);
        typed_put(m, 0x7b, 10, n, -8 * ((int)s + 1), 0);
        m->now.has[s] = 1;
        m->now.slot[s].kind = NONE;
        bounded_by_number = (int)s + 1;
        turns = m->now.reg[n].bound;
    }
    if (p >= 0 && (m->now.reg[p].kind < STACKED || p == (int)counter)) p = -1, walks = 0;
    m->loops++;
    m->nesting++;
    typed_put(m, 0xb7, counter, 0, 0, 0);
    m->now.reg[counter].kind = NONE; /* hands off */
    before = m->now;
    top = m->t->count;
    if (may_goto) skip = typed_put(m, 0xe5, 0, 0, 0, 0);
    if (bounded_by_number) {
        unsigned n = target(m, (int)counter);
        typed_put(m, 0x79, n, 10, -8 * bounded_by_number, 0);
        before.reg[n].kind = m->now.reg[n].kind = NONE;
        typed_out(m, typed_put(m, 0x3d, counter, n, 0, 0));
    }
    if (p >= 0 && m->now.reg[p].kind >= STACKED) {
        known k = m->now.reg[p];
        int room = k.kind == STACKED ? (int)k.bound : typed_size_of(m, &k) - k.off, last = (int)turns - 1;
        unsigned copy = target(m, p);
        if (walks) {
            typed_access_within(m, (unsigned)p, k.kind == STACKED ? 0 : -k.off, room - last);
            typed_put(m, 0x07, (unsigned)p, 0, 0, 1);
            before.reg[p].kind = m->now.reg[p].kind = NONE;
        } else if (copy != counter) {
            typed_put(m, 0xbf, copy, (unsigned)p, 0, 0);
            typed_put(m, 0x0f, copy, counter, 0, 0);
            m->now.reg[copy] = k;
            typed_access_within(m, copy, 0, room - last);
            m->now.reg[copy].kind = NONE;
        }
    }
    statements(m, typed_below(m, 3));
    typed_put(m, 0x07, counter, 0, 0, 1);
    if (!typed_wrong(m) && !may_goto && m->now.reg[counter].kind != NONE)
        typed_put(m, 0xb7, counter, 0, 0, turns);
    typed_put(m, 0xa5, counter, 0, (int)top - (int)m->t->count - 1, bounded_by_number ? 1000 : (int)turns);
    if (may_goto) typed_land_here(m, skip);
    settle(m, &before);
    typed_set(m, counter, typed_number_up_to(turns));
    m->nesting--;
    m->loops--;
}

/* The same pointer or number from one place or the other. */
static void choice(maker *m)
{
    int p = typed_some_pointer(m), q = typed_some_pointer(m);
    unsigned to = target(m, p);
    uint32_t at;
    known k;
    if (p < 0 || q < 0 || p == q) {
        bounded(m, typed_below(m, 16));
        return;
    }
    at = typed_some_branch(m);
    if (m->now.reg[p].kind != m->now.reg[q].kind || m->now.reg[p].kind < STACKED || (int)to == q) {
        m->t->insns[at].off = 0;
        return;
    }
    k = m->now.reg[p];
    typed_put(m, 0xbf, to, (unsigned)p, 0, 0);
    m->t->insns[at].off = 2;
    m->t->insns[at + 0].off = 2;
    typed_put(m, 0x05, 0, 0, 1, 0);
    typed_put(m, 0xbf, to, (unsigned)q, 0, 0);
    if (k.kind == VALUE &&
        typed_size_of(m, &m->now.reg[q]) - m->now.reg[q].off < typed_size_of(m, &k) - k.off)
        k = m->now.reg[q];
    if (k.kind == PACKET && m->now.reg[q].bound < k.bound) k = m->now.reg[q];
    if (k.kind == STACKED && m->now.reg[q].bound < k.bound) k = m->now.reg[q];
    typed_set(m, to, k);
    if (k.kind == STACKED)
        typed_access_within(m, to, 0, (int)k.bound);
    else
        typed_access_within(m, to, 0, typed_size_of(m, &k) - k.off);
    m->now.reg[to].kind = NONE;
}

static void statements(maker *m, unsigned count)
{
    static const struct {
        unsigned weight;
        void (*write)(maker *m);
    } kinds[] = {{8, calculate},       {8, mix},           {14, access},    {12, stack_access},
                 {16, indexed_access}, {10, typed_lookup}, {6, check_null}, {13, packet},
                 {4, change},          {5, sized},         {5, call_sub},   {1, tail},
                 {12, branch},         {6, loop},          {6, choice},     {10, typed_meet},
                 {6, typed_meet_twice}};
    while (count-- && !is_full(m)) {
        unsigned at = typed_below(m, 142), i = 0;
        for (; at >= kinds[i].weight; i++) at -= kinds[i].weight;
        kinds[i].write(m);
    }
}

static void finish(maker *m)
{
    int r = typed_find(m, NUMBER);
    if (typed_maybe(m, 60) && r > 0)
        typed_put(m, 0xbf, 0, (unsigned)r, 0, 0);
    else if (!typed_wrong(m))
        typed_put(m, 0xb7, 0, 0, 0, typed_below(m, 3));
    typed_put(m, 0x95, 0, 0, 0, 0);
    if (!m->out_count) return;
    for (uint32_t i = 0; i < m->out_count; i++) typed_land_here(m, m->outs[i]);
    typed_put(m, 0xb7, 0, 0, 0, 0);
    typed_put(m, 0x95, 0, 0, 0, 0);
    m->out_count = 0;
}

static void sub(maker *m, unsigned index)
{
    uint32_t start = m->t->count;
    memset(&m->now, 0, sizeof m->now);
    m->is_sub = 1 + (index > 1);
    m->nesting = m->loops = 0;
    for (uint32_t i = 0; i < m->call_count; i++) {
        if (m->calls[i].sub != (int)index) continue;
        m->t->insns[m->calls[i].at].imm = (int32_t)start - (int32_t)m->calls[i].at - 1;
        for (unsigned a = 0; a < 5; a++) m->now.reg[a + 1] = m->calls[i].args[a];
        if (m->calls[i].callback) m->now.reg[2] = typed_number_up_to(UINT32_MAX);
    }
    for (unsigned r = 1; r <= 5; r++)
        if (m->now.reg[r].kind > NUMBER && typed_maybe(m, 50))
            typed_put(m, 0xbf, 5 + r, r, 0, 0), m->now.reg[5 + r] = m->now.reg[r];
    statements(m, 1 + typed_below(m, 4));
    finish(m);
}

void generate_typed(entropy *e, typed *t, unsigned flags)
{
    static const uint32_t types[] = {MYBPF_PROG_TYPE_UNSPEC, MYBPF_PROG_TYPE_UNSPEC, MYBPF_PROG_TYPE_XDP,
                                     MYBPF_PROG_TYPE_SCHED_CLS};
    static const unsigned errors[] = {0, 10, 20, 40, 80};
    static maker m;
    known context = {CONTEXT, 0, 0, 0};
    memset(&m, 0, sizeof m);
    memset(t, 0, sizeof *t);
    m.e = e;
    m.t = t;
    m.flags = flags;
    m.sloppy = flags & TYPED_TAME ? 0 : errors[typed_below(&m, 5)];
    t->type = types[flags & TYPED_KERNEL ? 2 + typed_below(&m, 2) : typed_below(&m, 4)];
    typed_put(&m, 0x7b, 10, 1, -8 * (CTX_SLOT + 1), 0);
    m.now.slot[CTX_SLOT] = context;
    m.now.reg[1] = context;
    for (unsigned i = 0; i < 2; i++) {
        unsigned r = 6 + typed_below(&m, 4);
        typed_put(&m, 0xb7, r, 0, 0, typed_below(&m, 64));
        typed_set(&m, r, typed_number_up_to(64));
    }
    statements(&m, 3 + typed_below(&m, 10));
    finish(&m);
    for (unsigned i = 0; i < m.sub_count; i++) sub(&m, i);
}
