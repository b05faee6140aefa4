/* jit_pieces_loops.h: random loops along memory, of what passes make several rounds of at once, or nearly. */
#ifndef JIT_PIECES_LOOPS_H
#define JIT_PIECES_LOOPS_H

#include "jit_pieces.h"

/* A loop that stores the same number again and again, by an index or a pointer, as far as a counter goes. */
static void fills(void)
{
    static const uint8_t conditions[][2] = {
        {0x50, 0x50}, {0xa0, 0x20}, {0xb0, 0x30}, {0xc0, 0x60}, {0xd0, 0x70}}; /* by r7 and r8, r8 and r7 */
    unsigned size = pick(3), kind = pick(5), reversed = pick(2), imm = pick(2), w = pick(3) == 0,
             at = pick(4), older = pick(3) == 0, early = pick(3) == 0, v = pick(6), t = pick(5),
             more = pick(5);
    int start = (int)pick(14) - (w ? 0 : 2), rounds = (int)pick(60) + !older,
        limit = start + rounds - (kind && pick(8) == 0 ? rounds + 3 : 0), step = at == 3 ? 1 << size : 1;
    size_t top;
    if (limit < 0 && kind < 3 && at != 3) limit = 0; /* or it goes on for long */
    emit(w && pick(2) ? 0xb4 : 0xb7, COUNTER, 0, 0, start);
    emit(0xb7, LIMIT, 0, 0, limit);
    if (pick(3) == 0) emit(0xbf, pick(2) ? 9 : v, pick(5), 0, 0);
    if (at == 2) emit(0xbf, t, FIELD, 0, 0); /* a pointer beside the counter */
    if (at == 3) {                           /* which is the counter */
        emit(0x67, COUNTER, 0, 0, size), emit(0x0f, COUNTER, FIELD, 0, 0);
        emit(0x67, LIMIT, 0, 0, size), emit(0x0f, LIMIT, FIELD, 0, 0);
        w = imm = 0;
    }
    if (pick(5) == 0) emit(0x05, 0, 0, 0, 0);
    top = count;
    if (older) emit(0xbf, OLDER, COUNTER, 0, 0);
    if (older && kind && pick(2)) emit(0x07, OLDER, 0, 0, (int)pick(5) - 2);
    if (early && at == 2) emit(0x07, t, 0, 0, 1 << size);
    if (early && at == 3) emit(0x07, COUNTER, 0, 0, step);
    if (at < 2) {
        emit(0xbf, t, COUNTER, 0, 0);
        if (size) emit(0x67, t, 0, 0, size);
        emit(0x0f, t, FIELD, 0, 0);
    }
    if (v == 5 && pick(8)) v = (t + 1) % 5;
    if (pick(3))
        emit((size == 2 ? 0x63
              : size    ? 0x6bu
                        : 0x73u),
             at == 3 ? (unsigned)COUNTER : t, v == 5 ? pick(2) ? (unsigned)LIMIT : (unsigned)COUNTER : v,
             (int)pick(9) - 4, 0);
    else
        emit((size == 2 ? 0x62
              : size    ? 0x6au
                        : 0x72u),
             at == 3 ? (unsigned)COUNTER : t, 0, (int)pick(9) - 4, pick(3) ? (int)pick(300) - 20 : 0);
    if (more < 4 && more != t && pick(2)) emit(pick(4) ? 0x07 : 0x04, more, 0, 0, (int)pick(7) - 3);
    if (pick(8) == 0) /* not to the address */
        emit(0x0f, (t + 1 + pick(4)) % 5, pick(2) ? (unsigned)LIMIT : (unsigned)COUNTER, 0, 0);
    if (!early && at == 2) emit(0x07, t, 0, 0, 1 << size);
    if (!early || at != 3) emit(w ? 0x04 : 0x07, COUNTER, 0, 0, step);
    if (imm)
        emit(conditions[kind][0] | (w ? 6u : 5u), older ? OLDER : COUNTER, 0, (int)top - (int)count - 1,
             limit);
    else
        emit(conditions[kind][reversed] | (w ? 0xeu : 0xdu),
             reversed ? (unsigned)LIMIT
             : older  ? (unsigned)OLDER
                      : (unsigned)COUNTER,
             !reversed ? (unsigned)LIMIT
             : older   ? (unsigned)OLDER
                       : (unsigned)COUNTER,
             (int)top - (int)count - 1, 0);
    if (at == 3) emit(0x1f, COUNTER, FIELD, 0, 0), emit(0x1f, LIMIT, FIELD, 0, 0);
    if (pick(2)) emit(0x0f, pick(5), COUNTER, 0, 0);
    if (pick(2)) emit(0x0f, pick(5), LIMIT, 0, 0);
    emit(0xb7, t, 0, 0, (int)pick(3)); /* no address */
    if (at == 3 && older) emit(0xb7, OLDER, 0, 0, 1);
}

/* What asks whether a loop goes on: `condition` is that of a jump; by `limit`, or LIMIT, which holds it. */
static void again(unsigned condition, unsigned what, int imm, int limit, size_t top)
{
    emit(condition | (imm ? 0u : 8u), what, imm ? 0u : (unsigned)LIMIT, (int)top - (int)count - 1,
         imm ? limit : 0);
}

enum { WALK_UP, WALK_END, WALK_TO_0, WALK_DOWN, WALK_LOW, WALKS };

/* The end of a round: counts `step` in the way of `kind`, and asks. */
static void walk_on(unsigned kind, unsigned from, int step, int limit, unsigned w, size_t top)
{
    static const uint8_t up[] = {0x55, 0xa5, 0xc5}, to_0[] = {0x55, 0x25, 0x65, 0x35},
                         down_to[] = {0x25, 0x65, 0x35, 0x75};
    unsigned jump = w + (kind == WALK_UP     ? up[step == 1 ? pick(3) : 1 + pick(2)]
                         : kind == WALK_TO_0 ? to_0[step == 1 ? pick(3) : 1 + pick(2)]
                                             : down_to[pick(4)]);
    if (kind == WALK_END) {
        emit(pick(2) ? 0x5d : 0xad, from, LIMIT, (int)top - (int)count - 1, 0);
        return;
    }
    emit(w ? 0x04 : 0x07, COUNTER, 0, 0, kind == WALK_UP ? step : -step);
    if (kind == WALK_LOW) {
        unsigned bits = pick(3) ? 65535 : 255;
        emit(0xbf, OLDER, COUNTER, 0, 0), emit(pick(2) ? 0x57 : 0x54, OLDER, 0, 0, (int)bits);
        if (pick(4) == 0) emit(0x0f, 5, OLDER, 0, 0);
    }
    if (kind == WALK_TO_0 && (jump & 0xf0) == 0x30) limit = 1;
    again(jump, kind == WALK_LOW ? OLDER : COUNTER, kind != WALK_UP || pick(2), limit, top);
}

/* A loop that copies, sums up or changes what lies in one place, or in two that may overlap. */
static void walks(void)
{
    unsigned r[] = {0, 1, 2, 3, 4}, kind = pick(WALKS), size = pick(4), w = pick(3) == 0, copies = pick(3),
             sums = copies == 2 || pick(3) == 0, early = pick(3), rounds = 1 + pick(size == 3 ? 20 : 40);
    static const uint8_t loads[] = {0x71, 0x69, 0x61, 0x79}, stores[] = {0x73, 0x6b, 0x63, 0x7b};
    int step = pick(3) ? 1 : 1 << size, limit = kind == WALK_TO_0 ? 0 : (int)pick(9) + step,
        stride = 1 << size;
    for (unsigned i = 5; i-- > 1;) {
        unsigned other = pick(i + 1), was = r[i];
        r[i] = r[other], r[other] = was;
    }
    unsigned from = r[0], to = r[1], item = r[2], sum = r[3], bit = r[4];
    if (pick(8) == 0) stride *= 2, rounds = rounds / 2 + 1;
    emit(0xbf, from, FIELD, 0, 0), emit(0x07, from, 0, 0, (int)pick(160) - 100);
    emit(0xbf, to, pick(2) ? (unsigned)FIELD : from, 0, 0);
    emit(0x07, to, 0, 0, insns[count - 1].src_reg == from ? (int)pick(41) - 20 : (int)pick(160) - 80);
    emit(0xb7, LIMIT, 0, 0, kind == WALK_UP ? limit += (int)rounds * step : limit);
    if (kind == WALK_END) emit(0xbf, LIMIT, from, 0, 0), emit(0x07, LIMIT, 0, 0, (int)rounds * stride);
    emit(0xb7, COUNTER, 0, 0,
         kind == WALK_UP     ? limit - (int)rounds * step
         : kind == WALK_TO_0 ? (int)rounds * step
                             : limit + (int)(rounds - 1) * step + (int)pick((unsigned)step));
    if (kind == WALK_LOW && pick(2)) emit(0x07, COUNTER, 0, 0, 0x30000);
    if (kind >= WALK_DOWN) emit(0x07, COUNTER, 0, 0, step);
    if (pick(4) == 0) emit(0x05, 0, 0, 0, 0);
    size_t top = count;
    if (pick(8) == 0) emit(0xb7, bit, 0, 0, 1);
    emit(loads[size], item, from, 0, 0);
    if (early == 1 && kind != WALK_END) emit(0x07, from, 0, 0, stride);
    if (copies == 1 && pick(2)) emit(pick(2) ? 0xa7 : 0x57, item, 0, 0, 127);
    if (sums) emit(size == 3 || pick(2) ? 0x0f : 0x0c, sum, item, 0, 0);
    if (sums && pick(2)) {
        emit(0xb7, bit, 0, 0, 1), emit(pick(2) ? 0xad : 0xae, sum, item, 1, 0), emit(0xb7, bit, 0, 0, 0);
        if (pick(2) == 0) emit(stores[size], to, item, 0, 0);
        emit(pick(2) ? 0x0f : 0x0c, sum, bit, 0, 0);
    }
    if (copies < 2) emit(stores[size], to, pick(8) ? item : sum, 0, 0);
    if (early == 2) emit(0x07, to, 0, 0, stride);
    if (early != 1 || kind == WALK_END) emit(0x07, from, 0, 0, stride);
    if (early != 2) emit(0x07, to, 0, 0, stride);
    walk_on(kind, from, step, limit, w, top);
    emit(0x1f, from, FIELD, 0, 0), emit(0x1f, to, FIELD, 0, 0); /* no addresses */
    if (pick(2)) emit(0x0f, item, COUNTER, 0, 0);
    if (kind == WALK_END)
        emit(0xb7, LIMIT, 0, 0, 7);
    else if (pick(2))
        emit(0x0f, sum, LIMIT, 0, 0);
}

#endif
