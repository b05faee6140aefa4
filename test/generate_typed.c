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
unsigned typed_target(maker *m, int but)
{
    unsigned r = typed_below(m, REGS);
    while ((int)r == but) r = typed_below(m, REGS);
    return r;
}

void typed_set(maker *m, unsigned r, known k) { m->now.reg[r] = k; }

int64_t typed_some_number(maker *m)
{
    static const int32_t edges[] = {0,  1,  2,  3,   7,  8,  15, 16,         31,
                                    32, 63, 64, 255, -1, -2, -8, 0x7fffffff, -0x7fffffff - 1};
    return typed_maybe(m, 60) ? (int64_t)typed_below(m, 32)
                              : edges[typed_below(m, sizeof edges / sizeof *edges)];
}

/* ---- numbers ---- */

const uint8_t typed_size_codes[4] = {0x10, 0x08, 0x00, 0x18};

void typed_number(maker *m, unsigned r)
{
    unsigned k = typed_below(m, 4);
    int value = typed_find(m, VALUE);
    switch (typed_below(m, 6)) {
    case 0:
    case 1: {
        int64_t imm = typed_some_number(m);
        typed_put(m, typed_maybe(m, 60) ? 0xb7 : 0xb4, r, 0, 0, imm);
        typed_set(m, r, typed_number_up_to(imm < 0 ? UINT32_MAX : (uint32_t)imm));
        return;
    }
    case 2:
        if (value < 0) break;
        typed_put(m, 0x61 | typed_size_codes[k], r, (unsigned)value,
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
        typed_put(m, (typed_maybe(m, 30) && k < 3 ? 0x81 : 0x61) | typed_size_codes[k], r, r,
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
    if (r < 0 || typed_maybe(m, 15)) typed_number(m, (unsigned)(r = (int)typed_target(m, -1)));
    return r;
}

static void calculate(maker *m)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
                                  0x70, 0x80, 0x90, 0xa0, 0xc0, 0xb0, 0xd0};
    unsigned op = ops[typed_below(m, sizeof ops)], wide = typed_maybe(m, 60) ? 7 : 4,
             dst = (unsigned)a_number(m);
    int src = typed_maybe(m, 40) ? typed_find(m, NUMBER) : -1, off = 0;
    int64_t imm = typed_some_number(m);
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
unsigned typed_bounded(maker *m, uint32_t bound)
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
        other = typed_target(m, (int)r);
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
            other = typed_target(m, (int)r);
            typed_put(m, (int)code, other, 10, -8 * ((int)s + 1), 0);
            typed_set(m, other, k);
            typed_out(m, typed_put(m, 0x25, other, 0, 0, bound));
            if (narrow && typed_maybe(m, 60)) r = other;
            break;
        }
        typed_out(m, typed_put(m, 0x25, r, 0, 0, bound));
        m->now.slot[s] = k;
        typed_set(m, r, k);
        if (typed_maybe(m, 60)) typed_put(m, 0x79, r = typed_target(m, -1), 10, -8 * ((int)s + 1), 0);
        break;
    }
    case 5: /* signed, both ends */
        if (!typed_wrong(m)) typed_out(m, typed_put(m, 0xc5, r, 0, 0, 0));
        typed_out(m, typed_put(m, 0x65, r, 0, 0, bound));
        break;
    case 6: /* with a register */
        other = typed_target(m, (int)r);
        typed_put(m, 0xb7, other, 0, 0, bound);
        typed_set(m, other, k);
        typed_out(m, typed_maybe(m, 50) ? typed_put(m, 0x2d, r, other, 0, 0)
                                        : typed_put(m, 0xad, other, r, 0, 0));
        break;
    case 7: /* one of two numbers: a branch decides */
        other = typed_target(m, (int)r);
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
    unsigned a = typed_bounded(m, typed_below(m, 300)), b, op;
    m->now.reg[a].kind = NONE;
    b = typed_bounded(m, 1 + typed_below(m, 40));
    if (a == b) return;
    for (unsigned i = 0; i < 2; i++) {
        unsigned r = i ? a : b;
        if (typed_maybe(m, 50)) typed_put(m, typed_maybe(m, 60) ? 0x07 : 0x04, r, 0, 0, typed_some_number(m));
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

/* ---- calls ---- */

/* A helper that reads or writes as many bytes as a number says. */
static void sized(maker *m)
{
    int bytes = 8 + 8 * (int)typed_below(m, 4), value = typed_find(m, VALUE);
    unsigned r = typed_bounded(m, (uint32_t)bytes);
    int fill = !(m->flags & TYPED_KERNEL) && typed_maybe(m, 50);
    if (value >= 6 && !m->now.reg[value].off && typed_size_of(m, &m->now.reg[value]) >= bytes &&
        (unsigned)value != r && typed_maybe(m, 50)) {
        typed_put(m, 0xbf, 2, r, 0, 0);
        typed_put(m, 0xbf, 1, (unsigned)value, 0, 0);
    } else {
        if (r != 2) typed_put(m, 0xbf, 2, r, 0, 0);
        m->now.reg[2].kind = NONE;
        typed_stack_pointer(m, 1, bytes);
    }
    if (m->flags & TYPED_KERNEL) {
        typed_put(m, 0xb7, 3, 0, 0, 0);
        typed_put(m, 0x85, 0, 0, 0, 113); /* probe_read_kernel, of nothing that can be read */
    } else {
        typed_put(m, 0xb7, 3, 0, 0, typed_some_number(m));
        if (!typed_wrong(m)) typed_out(m, typed_put(m, 0x15, 2, 0, 0, 0)); /* the size must not be 0 */
        typed_put(m, 0x85, 0, 0, 0, fill ? GENERATE_FILL : GENERATE_FOLD);
    }
    typed_clobber(m);
    typed_set(m, 0, typed_number_up_to(UINT32_MAX));
}

enum { LOOPED = 2, LOOPS = 181 }; /* callback: by bpf_loop */

/* bpf_loop(count, function, pointer to this frame, 0): the function gets an index and the pointer. */
static void loop_arguments(maker *m, unsigned call)
{
    int number = typed_find(m, NUMBER);
    typed_stack_pointer(m, 3, 8 + 8 * (int)typed_below(m, 4));
    if (number > 3 && typed_maybe(m, 50)) {
        typed_put(m, 0xbf, 1, (unsigned)number, 0, 0);
        typed_put(m, 0x57, 1, 0, 0, 7);
    } else
        typed_put(m, 0xb7, 1, 0, 0, typed_below(m, 6));
    m->calls[call].at = typed_put(m, 0x18, 2, MYBPF_PSEUDO_FUNC, 0, 0);
    typed_put(m, 0, 0, 0, 0, 0);
    typed_put(m, 0xb7, 4, 0, 0, 0);
    memset(m->calls[call].args, 0, sizeof m->calls[call].args);
    m->calls[call].args[0] = typed_number_up_to(8);
    m->calls[call].args[1] = m->now.reg[3];
    typed_put(m, 0x85, 0, 0, 0, LOOPS);
}

static void call_sub(maker *m)
{
    unsigned n = m->call_count, sub = m->sub_count;
    int callback = !(m->flags & TYPED_KERNEL) && typed_maybe(m, 30) ? 1 + (int)typed_below(m, 2) : 0;
    if (n == 8 || m->is_sub > 1) {
        typed_access(m);
        return;
    }
    if (sub == FUNCS || (sub && typed_maybe(m, 30) && !m->is_sub)) sub = typed_below(m, sub);
    if (callback == LOOPED) {
        loop_arguments(m, n);
    } else if (callback) { /* r1 is the function */
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
        typed_access(m);
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
    return typed_put(m, op, (unsigned)dst, 0, 0, typed_some_number(m));
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
        typed_access(m);
        return;
    }
    (void)end;
    if (bounded_by_number) { /* for (i = 0; i < n; i++), n bounded */
        unsigned n = typed_bounded(m, turns);
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
        unsigned n = typed_target(m, (int)counter);
        typed_put(m, 0x79, n, 10, -8 * bounded_by_number, 0);
        before.reg[n].kind = m->now.reg[n].kind = NONE;
        typed_out(m, typed_put(m, 0x3d, counter, n, 0, 0));
    }
    if (p >= 0 && m->now.reg[p].kind >= STACKED) {
        known k = m->now.reg[p];
        int room = k.kind == STACKED ? (int)k.bound : typed_size_of(m, &k) - k.off, last = (int)turns - 1;
        unsigned copy = typed_target(m, p);
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
    unsigned to = typed_target(m, p);
    uint32_t at;
    known k;
    if (p < 0 || q < 0 || p == q) {
        typed_bounded(m, typed_below(m, 16));
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
    } kinds[] = {{8, calculate},
                 {8, mix},
                 {14, typed_access},
                 {12, typed_stack_access},
                 {16, typed_indexed_access},
                 {10, typed_lookup},
                 {6, typed_check_null},
                 {13, typed_packet},
                 {4, typed_change},
                 {5, sized},
                 {5, call_sub},
                 {1, tail},
                 {12, branch},
                 {6, loop},
                 {6, choice},
                 {10, typed_meet},
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
    if (typed_maybe(m, 60) && r > 0) {
        typed_put(m, 0xbf, 0, (unsigned)r, 0, 0);
        if (m->is_body && !typed_wrong(m)) typed_put(m, 0x57, 0, 0, 0, 1);
    } else if (!typed_wrong(m))
        typed_put(m, 0xb7, 0, 0, 0, typed_below(m, m->is_body ? 2 : 3));
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
    m->is_body = 0;
    for (uint32_t i = 0; i < m->call_count; i++) {
        if (m->calls[i].sub != (int)index) continue;
        m->t->insns[m->calls[i].at].imm = (int32_t)start - (int32_t)m->calls[i].at - 1;
        for (unsigned a = 0; a < 5; a++) m->now.reg[a + 1] = m->calls[i].args[a];
        if (m->calls[i].callback == 1) m->now.reg[2] = typed_number_up_to(UINT32_MAX);
        m->is_body |= m->calls[i].callback == LOOPED;
    }
    if (m->t->globals >> (index + 1) & 1) { /* as it is declared */
        known memory = {STACKED, 0, 0, 8};
        memset(m->now.reg, 0, sizeof m->now.reg);
        if (!typed_wrong(m)) typed_out(m, typed_put(m, 0x15, 1, 0, 0, 0));
        m->now.reg[1] = memory;
        m->now.reg[2] = typed_number_up_to(UINT32_MAX);
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
    if (!(flags & TYPED_KERNEL) && typed_maybe(&m, 30)) t->globals = typed_below(&m, 256) & ~1u;
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
