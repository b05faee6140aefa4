/* generate_typed_meet.c: ways through a program that meet and know different things, for tests of how the
 * verifier compares its states. */
#include "generate_typed_impl.h"

/* Enough that a state is saved where the ways meet. */
static void pass_time(maker *m, unsigned scratch)
{
    typed_number(m, scratch);
    for (int i = 0; i < 3; i++) {
        typed_put(m, 0x25, scratch, 0, 0, typed_below(m, 4));
        typed_put(m, 0x57, scratch, 0, 0, 0x7fffffff);
    }
    m->now.reg[scratch].kind = NONE;
}

static unsigned register_but(maker *m, unsigned taken)
{
    unsigned r = 6 + typed_below(m, 4);
    while (taken >> r & 1) r = r == 9 ? 1 : r + 1;
    return r;
}

/* Bytes of `p` are compared with the packet's end. */
static void compare_packet(maker *m, unsigned p, unsigned end, unsigned bytes, unsigned scratch)
{
    typed_put(m, 0xbf, scratch, p, 0, 0);
    typed_put(m, 0x07, scratch, 0, 0, bytes);
    typed_out(m, typed_put(m, 0x2d, scratch, end, 0, 0));
}

/* Each gives what the access behind needs; `all`: or else too little. */
enum { MEET_COPY, MEET_PACKET, MEET_NULL, MEET_LOOKUP, MEET_OFFSET, MEETS };

typedef struct meeting {
    unsigned p, a, b, scratch, bound;
    int kind, end;
} meeting;

static void one_way(maker *m, const meeting *w, int all)
{
    known k = m->now.reg[w->p];
    pass_time(m, w->scratch);
    switch (w->kind) {
    case MEET_COPY:
        if (all)
            typed_put(m, 0xbf, w->b, w->a, 0, 0);
        else
            typed_number(m, w->b);
        break;
    case MEET_PACKET:
        compare_packet(m, w->p, (unsigned)w->end, all ? w->bound : 1 + w->bound / 2, w->scratch);
        break;
    case MEET_NULL:
        if (all) typed_out(m, typed_put(m, 0x15, w->p, 0, 0, 0));
        break;
    case MEET_LOOKUP:
        if (all) {
            typed_put(m, 0xbf, w->a, w->p, 0, 0);
        } else {
            typed_key(m, k.map);
            typed_put(m, 0x85, 0, 0, 0, 1);
            typed_clobber(m);
            m->now.reg[0].kind = NONE;
            typed_put(m, 0xbf, w->a, 0, 0, 0);
        }
        break;
    default:
        typed_number(m, w->a);
        typed_out(m, typed_put(m, 0x25, w->a, 0, 0, all ? w->bound : 2 * w->bound + 1));
        typed_put(m, 0xbf, w->b, w->p, 0, 0);
        typed_put(m, 0x0f, w->b, w->a, 0, 0);
        break;
    }
    m->now.reg[w->p] = k;
}

void typed_meet(maker *m)
{
    meeting w;
    int p, safe = typed_maybe(m, 50), room;
    uint32_t at, other;
    frame_known before;
    known k;
    memset(&w, 0, sizeof w);
    w.kind = (int)typed_below(m, MEETS);
    p = w.kind == MEET_PACKET                          ? typed_find(m, PACKET)
        : w.kind == MEET_NULL || w.kind == MEET_LOOKUP ? typed_find(m, OR_NULL)
                                                       : typed_some_pointer(m);
    w.end = typed_find(m, END);
    if (p < 6 || (w.kind == MEET_PACKET && w.end < 6) || m->nesting > 1) {
        typed_lookup(m);
        return;
    }
    k = m->now.reg[p];
    w.p = (unsigned)p;
    w.a = register_but(m, 1u << p | (w.end >= 0 ? 1u << w.end : 0));
    w.b = register_but(m, 1u << p | 1u << w.a | (w.end >= 0 ? 1u << w.end : 0));
    w.scratch = register_but(m, 1u << p | 1u << w.a | 1u << w.b | (w.end >= 0 ? 1u << w.end : 0));
    room = k.kind == STACKED ? (int)k.bound : typed_size_of(m, &k) - k.off;
    w.bound = w.kind == MEET_PACKET ? 4 + typed_below(m, 16)
              : room > 3            ? typed_below(m, (unsigned)room - 2)
                                    : 1;
    if (w.kind == MEET_COPY) typed_number(m, w.a);
    m->now.reg[w.a].kind = m->now.reg[w.b].kind = NONE;
    m->now.reg[p] = k;
    before = m->now;
    at = typed_some_branch(m);
    one_way(m, &w, 1);
    other = typed_put(m, 0x05, 0, 0, 0, 0);
    typed_land_here(m, at);
    one_way(m, &w, safe);
    typed_land_here(m, other);
    for (unsigned r = 0; r < REGS; r++)
        if (memcmp(&before.reg[r], &m->now.reg[r], sizeof(known))) m->now.reg[r].kind = NONE;
    m->now.reg[p] = k;
    if (w.kind == MEET_COPY) { /* one is bounded, the other one used */
        typed_out(m, typed_put(m, 0x25, w.b, 0, 0, w.bound));
        typed_put(m, 0xbf, w.b, w.p, 0, 0);
        typed_put(m, 0x0f, w.b, w.a, 0, 0);
    }
    if (w.kind == MEET_LOOKUP) typed_out(m, typed_put(m, 0x15, w.a, 0, 0, 0));
    if (w.kind == MEET_COPY || w.kind == MEET_OFFSET) {
        m->now.reg[w.b] = k;
        typed_access_within(m, w.b, 0, room - (int)w.bound);
        m->now.reg[w.b].kind = NONE;
    } else {
        if (k.kind == OR_NULL) m->now.reg[p].kind = VALUE;
        if (k.kind == PACKET) m->now.reg[p].bound = w.bound + (unsigned)k.off;
        typed_access_within(m, w.p, -k.off, typed_size_of(m, &m->now.reg[p]) - k.off);
    }
}

/* A number that three ways make, another one that tells them apart for a while, and then what the first one
 * is for: an offset or a size. Only the way that is followed last makes too much of it. */
void typed_meet_twice(maker *m)
{
    unsigned r = register_but(m, 0), x = register_but(m, 1u << r),
             scratch = register_but(m, 1u << r | 1u << x);
    unsigned slot = typed_below(m, CTX_SLOT), in_slot = (unsigned)typed_maybe(m, 40),
             bytes = 8 + 8 * typed_below(m, 3);
    uint32_t first = typed_some_branch(m), second = typed_some_branch(m), to_meet[2], over;
    int32_t low = (int32_t)typed_below(m, 4),
            high = typed_maybe(m, 50) ? low : (int32_t)(bytes + typed_below(m, 40));
    if (m->nesting > 1) return;
    for (unsigned way = 0; way < 3; way++) {
        if (way == 1) typed_land_here(m, second);
        if (way == 2) typed_land_here(m, first);
        pass_time(m, scratch);
        if (in_slot)
            typed_put(m, 0x7a, 10, 0, -8 * ((int)slot + 1), way == 2 ? high : low);
        else
            typed_put(m, 0xb7, r, 0, 0, way == 2 ? high : low);
        typed_put(m, 0xb7, x, 0, 0, way ? 5 : 3);
        if (way < 2) to_meet[way] = typed_put(m, 0x05, 0, 0, 0, 0);
    }
    typed_land_here(m, to_meet[0]);
    typed_land_here(m, to_meet[1]);
    over = typed_put(m, 0x15, x, 0, 0, 3);
    pass_time(m, scratch);
    typed_land_here(m, over);
    for (unsigned i = 0; i < REGS; i++) m->now.reg[i].kind = NONE; /* more than that was written */
    m->now.slot[slot].kind = NONE;
    m->now.has[slot] |= (uint8_t)in_slot;
    pass_time(m, scratch);
    if (in_slot) typed_put(m, 0x79, r, 10, -8 * ((int)slot + 1), 0);
    m->now.reg[r].kind = NONE;
    if (typed_maybe(m, 30)) { /* a size */
        typed_put(m, 0xbf, 2, r, 0, 0);
        typed_stack_pointer(m, 1, (int)bytes);
        typed_put(m, 0xb7, 3, 0, 0, 0);
        if (!(m->flags & TYPED_KERNEL) && !low) typed_out(m, typed_put(m, 0x15, 2, 0, 0, 0));
        typed_put(m, 0x85, 0, 0, 0, m->flags & TYPED_KERNEL ? 113 : GENERATE_FILL);
        typed_clobber(m);
        typed_set(m, 0, typed_number_up_to(UINT32_MAX));
    } else {
        known k = {VALUE, TYPED_SINGLE, 0, 0};
        typed_put(m, 0x18, scratch, MYBPF_PSEUDO_MAP_IDX_VALUE, 0, TYPED_SINGLE);
        typed_put(m, 0, 0, 0, 0, 0);
        typed_put(m, 0x0f, scratch, r, 0, 0);
        typed_set(m, scratch, k);
        typed_access_within(m, scratch, 0, TYPED_SINGLE_VALUE - low);
        m->now.reg[scratch].kind = NONE;
    }
}
