/* jit_pieces.h: random programs of what passes look for, or nearly, for tests of what native code does. */
#ifndef JIT_PIECES_H
#define JIT_PIECES_H

#include "mybpf.h"

enum { INSNS = 1024, WORDS = 64, INPUTS = 8 };

static mybpf_insn insns[INSNS];
static size_t count;
static uint64_t seed, field[WORDS];

static unsigned pick(unsigned below)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (unsigned)((seed >> 20) % below);
}

static void emit(unsigned code, unsigned dst, unsigned src, int off, int64_t imm)
{
    mybpf_insn *insn = &insns[count++];
    insn->code = (uint8_t)code;
    insn->dst_reg = dst & 15;
    insn->src_reg = src & 15;
    insn->off = (int16_t)off;
    insn->imm = (int32_t)imm;
}

/* Registers: r0..r5 hold numbers, r6 the middle of `field`, r7 counts loops up to r8; r9 is what it was. */
enum { FIELD = 6, COUNTER, LIMIT, OLDER };

/* ---- pieces, all over few registers so that they meet ---- */

static void arithmetic(void)
{
    static const uint8_t wide[] = {0x0f, 0x1f, 0x2f, 0x4f, 0x5f, 0xaf, 0xbf, 0xbf, 0xbf},
                         narrow[] = {0x0c, 0x1c, 0x4c, 0x5c, 0xac, 0xbc, 0xbc, 0xbc};
    if (pick(2))
        emit(wide[pick(sizeof wide)], pick(5), pick(5), 0, 0);
    else
        emit(narrow[pick(sizeof narrow)], pick(5), pick(5), 0, 0);
}

static void immediate(void)
{
    static const uint8_t shifts[] = {0x67, 0x64, 0x77, 0x74, 0xc7, 0xc4};
    if (pick(3))
        emit(shifts[pick(sizeof shifts)], pick(5), 0, 0, pick(32));
    else
        emit(0x07, pick(5), 0, 0, (int64_t)pick(64) - 32);
}

static void shift_by(void) /* a value, as it is */
{
    static const uint8_t shifts[] = {0x6f, 0x6c, 0x7f, 0x7c, 0xcf, 0xcc};
    unsigned d = pick(6), s = pick(6), n = pick(6);
    if (pick(3)) emit(0xbf, d, s, 0, 0);
    if (pick(4) == 0) emit(0xb7, d, 0, 0, pick(2) ? 1 : -1);
    emit(shifts[pick(sizeof shifts)], d, n, 0, 0);
    if (pick(3) == 0) emit(0xb7, n, 0, 0, 3);
}

/* Bytes the other way round, beside a load or a store, or nearly. */
static void swapped(void)
{
    static const uint8_t loads[] = {0x69, 0x61, 0x79, 0x81, 0x89}, stores[] = {0x6b, 0x63, 0x7b};
    static const int widths[] = {16, 32, 64};
    unsigned d = pick(5), s = pick(4) ? d : pick(5), n = pick(3), base = FIELD, unlike = pick(8) == 0;
    if (pick(3) == 0) emit(0xbf, base = 5, FIELD, 0, 0), emit(0x07, 5, 0, 0, pick(16));
    if (pick(4)) emit(loads[unlike ? pick(sizeof loads) : n], s, base, (int)pick(16) - 8, 0);
    if (pick(6) == 0) emit(0x7b, FIELD, pick(5), (int)pick(16) - 8, 0);
    if (pick(6) == 0) emit(0x0f, pick(6), pick(6), 0, 0);
    if (d != s) emit(0xbf, d, s, 0, 0);
    emit(pick(2) ? 0xd7 : 0xdc, d, 0, 0, widths[n]);
    if (pick(6) == 0) emit(0x0f, pick(5), pick(5), 0, 0);
    if (pick(2)) emit(stores[pick(8) ? n : pick(3)], FIELD, d, (int)pick(16) - 8, 0);
    if (pick(2)) emit(0xb7, pick(3) ? d : s, 0, 0, 4);
    if (base == 5) emit(0xb7, 5, 0, 0, 1);
}

static void shift_pair(void)
{
    unsigned d = pick(5);
    emit(0x67, d, 0, 0, 32);
    emit(pick(2) ? 0x77 : 0xc7, pick(8) ? d : pick(5), 0, 0, 32);
}

static void rotate(void) /* as compilers write it, or nearly */
{
    unsigned d = pick(5), s = pick(5), t = pick(5), n = 1 + pick(31);
    emit(0xbc, d, s, 0, 0);
    emit(0x64, d, 0, 0, n);
    emit(pick(9) ? 0x74 : 0x77, pick(9) ? s : t, 0, 0, 32 - n);
    emit(pick(2) ? 0x4c : 0xac, pick(2) ? s : d, pick(2) ? d : s, 0, 0);
}

static void rotate_wide(void) /* from a third register */
{
    unsigned d = pick(5), s = pick(5), t = pick(5), n = 1 + pick(63);
    emit(0xbf, d, t, 0, 0);
    emit(0x67, d, 0, 0, n);
    emit(0xbf, s, t, 0, 0);
    emit(0x77, s, 0, 0, 64 - n);
    emit(0x4f, d, s, 0, 0);
}

static void large(unsigned d, uint64_t imm) /* of 64 bits, in two slots */
{
    emit(0x18, d, 0, 0, (int64_t)imm);
    emit(0, 0, 0, 0, (int64_t)(imm >> 32));
}

/* A rotated product as LLVM has it, x * (c << n) | x * c >> width - n, or nearly: each of the products may
 * come first, and be in x. */
static void rotate_product(void)
{
    static const uint64_t factors[] = {0x87c37b91114253d5u, 0xcc9e2d51u, 5, 0x9e3779b185ebca87u};
    unsigned w = pick(2) ? 0u : 3u, d = pick(5), x = pick(5), order = pick(4), t = pick(5), u = pick(5),
             n = 1 + pick(w ? 63 : 31);
    uint64_t c = factors[pick(4)], up = c << (pick(9) ? n : 1);
    unsigned plain = order & 1 ? d : x, shifted = order & 1 ? x : d;
    if (w && d != x && t != x && u != x && t != u) {
        large(t, up), large(u, c);
        if (pick(9) == 0) emit(0xbf, u, t, 0, 0);
        emit(0xbf, d, x, 0, 0);
        if (pick(12) == 0) emit(0x07, pick(2) ? d : x, 0, 0, 1);
        emit(0x2f, order & 2 ? d : x, (order & 2 ? d : x) == plain ? t : u, 0, 0);
        emit(0x2f, order & 2 ? x : d, (order & 2 ? x : d) == plain ? t : u, 0, 0);
    } else {
        w = 0;
        n = 1 + (n & 31) % 31;
        emit(0xbc, d, x, 0, 0);
        if (pick(12) == 0) emit(0x07, pick(2) ? d : x, 0, 0, 1);
        emit(0x24, plain, 0, 0, (int64_t)(int32_t)(uint32_t)(c << n));
        if (pick(12) == 0) emit(0x07, shifted, 0, 0, 1);
        emit(0x24, shifted, 0, 0, (int64_t)(int32_t)(uint32_t)c);
    }
    if (pick(12) == 0) emit(0xbf, pick(5), pick(2) ? plain : shifted, 0, 0);
    emit(0x74 + w, shifted, 0, 0, (w ? 64 : 32) - (int)n);
    if (pick(12) == 0) emit(0xbf, pick(5), pick(2) ? plain : shifted, 0, 0);
    emit((pick(2) ? 0x4cu : 0x0cu) + w, pick(2) ? d : x, 0, 0, 0);
    insns[count - 1].src_reg = (insns[count - 1].dst_reg == d ? x : d) & 15;
}

/* Bits counted by sums, or nearly: in 4 or 8 bytes, in place or not, the masks in registers or not. */
static void counted(void)
{
    static const unsigned shifts[] = {1, 2, 4};
    static const uint64_t masks[] = {0x5555555555555555u, 0x3333333333333333u, 0x0f0f0f0f0f0f0f0fu,
                                     0x0101010101010101u};
    unsigned w = pick(2) ? 0u : 3u, x = pick(5), t = pick(5), m = pick(5), y = pick(2) ? x : pick(5),
             bits = w ? 64 : 32;
    if (x == t || x == m || t == m || y == t || y == m) return;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t mask = masks[i] ^ (uint64_t)(pick(60) == 0);
        unsigned v = i ? y : x, shift = i < 3 ? shifts[i] + (pick(60) == 0) : 0;
        if (pick(20) == 0) emit(0x07, pick(5), 0, 0, 1);
        if (pick(40) == 0) emit(0xbf, pick(5), pick(2) ? v : t, 0, 0);
        if (w) large(m, mask);
        if (i < 3) {
            emit(pick(20) ? (pick(2) ? 0xbf : 0xbc + w) : 0xbc, t, pick(30) ? v : pick(5), 0, 0);
            emit(0x74 + w, t, 0, 0, shift);
            if (pick(20) == 0) emit(0x07, v, 0, 0, 1);
        }
        if (i < 2) {
            if (w)
                emit(0x5f, t, m, 0, 0);
            else
                emit(0x54, t, 0, 0, (int64_t)(int32_t)(uint32_t)mask);
        }
        if (!i && y != x) emit(0xbf, y, x, 0, 0);
        if (i == 1) {
            if (w)
                emit(0x5f, y, m, 0, 0);
            else
                emit(0x54, y, 0, 0, (int64_t)(int32_t)(uint32_t)mask);
        }
        if (i < 3) emit((i ? 0x0cu : 0x1cu) + w, y, t, 0, 0);
        if (i == 2) {
            if (w)
                emit(0x5f, y, m, 0, 0);
            else
                emit(0x54, y, 0, 0, (int64_t)(int32_t)(uint32_t)mask);
        }
        if (i == 3) {
            if (w)
                emit(0x2f, y, m, 0, 0);
            else
                emit(0x24, y, 0, 0, (int64_t)(int32_t)(uint32_t)mask);
        }
    }
    if (pick(20) == 0) emit(0xbf, pick(5), y, 0, 0);
    emit((pick(20) ? 0x74 : 0xc4) + w, y, 0, 0, bits - 8);
    if (pick(2)) emit(0xb7, t, 0, 0, 2);
    if (pick(2)) emit(0xb7, m, 0, 0, 2);
}

static void element(void) /* of an array */
{
    unsigned d = pick(5), s = pick(5), t = pick(5), n = pick(4);
    if (d == t || d == s) return;
    emit(0x57, s, 0, 0, 7);
    emit(0xbf, t, s, 0, 0);
    emit(0x67, t, 0, 0, n);
    emit(0xbf, d, FIELD, 0, 0);
    emit(0x0f, d, t, 0, 0);
    if (pick(3)) emit(0x07, d, 0, 0, pick(16));
    if (pick(3) == 0) { /* the index changes before the load */
        if (pick(6) == 0) emit(0x0f, s, t, 0, 0);
        emit(0xb7, pick(4) ? t : s, 0, 0, 3);
        if (pick(6) == 0) emit(0x0f, t, s, 0, 0);
        emit(pick(2) ? 0x61 : 0x79, d, d, 0, 0);
    } else if (pick(2))
        emit(0x61, t, d, 4, 0);
    else
        emit(0x63, d, s, -8, 0);
}

static void branch(void)
{
    emit(pick(2) ? 0x15 : 0xa6, pick(5), 0, 1, 5);
    emit(0xbf, pick(5), pick(5), 0, 0);
}

/* Both ways around a move: the smaller of two, a bound, a constant, or anything. */
static void choice(void)
{
    static const uint8_t conditions[] = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0};
    unsigned a = pick(5), b = pick(5), d = pick(5), w = pick(2), around = pick(4) == 0,
             code = conditions[pick(sizeof conditions)] | (w ? 6u : 5u);
    int bound = (int)pick(40) - 20;
    if (pick(3)) emit(pick(2) ? 0xbc : 0xbf, d, a, 0, 0);
    if (pick(4) == 0) emit(0xbc, b, b, 0, 0);
    if (pick(4) == 0) emit(0xb7, d, 0, 0, pick(2) ? bound : 1);
    if (pick(6) == 0) emit(0xbf, a, b, 0, 0), emit(0x54, a, 0, 0, pick(2) ? 255 : 65535);
    if (pick(3))
        emit(code | 8u, pick(4) ? a : d, b, around ? 1 : (int)(pick(3) > 0), 0);
    else
        emit(code, pick(4) ? a : d, 0, around ? 1 : (int)(pick(3) > 0), bound);
    if (around) emit(0x05, 0, 0, 1, 0);
    switch (pick(4)) {
    case 0: emit(0xbc, d, b, 0, 0); break;
    case 1: emit(0xb7, d, 0, 0, bound + (int)pick(2)); break;
    case 2: emit(0xb4, d, 0, 0, bound); break;
    default: emit(0xbf, d, pick(3) ? b : a, 0, 0); break;
    }
    if (pick(2)) emit(0xbf, pick(5), d, 0, 0);
}

/* What a load leaves is read once, or more often; memory changes between, or the address. */
static void operand(void)
{
    static const uint8_t loads[] = {0x61, 0x79, 0x61, 0x79, 0x71, 0x69, 0x81, 0x91},
                         ops[] = {0x0f, 0x0c, 0x1f, 0x1c, 0x2f, 0x2c, 0x4f, 0x4c, 0x5f, 0x5c, 0xaf, 0xac},
                         conditions[] = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0};
    static const int numbers[] = {0, 1, 127, 128, 255, 256, -1, -128, 40000};
    unsigned v = pick(5), x = pick(5), index = pick(5), base = FIELD,
             jump = conditions[pick(sizeof conditions)];
    if (pick(2)) {
        emit(0x57, index, 0, 0, 7);
        base = 5;
        if (pick(2)) emit(0x67, index, 0, 0, 1 + pick(4));
        emit(0xbf, base, FIELD, 0, 0), emit(0x0f, base, index, 0, 0);
    }
    emit(loads[pick(sizeof loads)], v, base, (int)pick(16) - 8, 0);
    if (pick(5) == 0) arithmetic();
    if (pick(8) == 0) emit(0x73, FIELD, x, (int)pick(16), 0);
    if (pick(3))
        emit(ops[pick(sizeof ops)], pick(3) ? x : v, pick(3) ? v : x, 0, 0);
    else if (pick(2))
        emit(jump | (pick(2) ? 5u : 6u), v, 0, 1, numbers[pick(sizeof numbers / sizeof *numbers)]);
    else
        emit(jump | 8u | (pick(2) ? 5u : 6u), pick(2) ? x : v, pick(2) ? v : x, 1, 0);
    emit(0xb7, pick(3) ? v : pick(5), 0, 0, 1);
    if (pick(2)) emit(0xb7, 5, 0, 0, 1);
}

/* A result that is compared with 0, or bits of it, or a product by small numbers. */
static void bits(void)
{
    static const uint8_t ops[] = {0x57, 0x54, 0x5f, 0x5c, 0x4f, 0x4c, 0xaf,
                                  0xac, 0x1f, 0x1c, 0x0f, 0x0c, 0x17};
    static const int numbers[] = {1, 2, 3, 4, 5, 8, 9, 10, 17, 255, 65535, 64, -1, -8, INT32_MIN, 0x40000000};
    unsigned d = pick(5), s = pick(5), code = ops[pick(sizeof ops)];
    int number = numbers[pick(sizeof numbers / sizeof *numbers)];
    if (pick(3) == 0) emit(pick(2) ? 0x27 : 0x24, d, 0, 0, number);
    if (pick(2)) emit(0xbf, d, s, 0, 0);
    emit(code, d, code & 8 ? pick(5) : 0, 0, code & 8 ? 0 : number);
    if (pick(6) == 0) emit(0xb7, pick(5), 0, 0, 0);
    emit((pick(2) ? 0x10u : 0x50u) | (pick(2) ? 5u : 6u), d, 0, 1 + (int)pick(2), pick(6) ? 0 : number);
    emit(0x07, pick(5), 0, 0, 77);
    emit(pick(2) ? 0xb7 : 0x07, pick(2) ? d : pick(5), 0, 0, 5);
}

static void copies(void)
{
    unsigned s = pick(5);
    for (unsigned n = 1 + pick(3); n; n--) emit(0xbf, pick(5), s, 0, 0);
}

static void division(void)
{
    static const uint8_t ops[] = {0x37, 0x34, 0x97, 0x94};
    static const int32_t edges[] = {1,   2,    3,       5,          7,  10, 14, 28,       100,
                                    641, 1000, 0x10000, 0x7fffffff, -1, -2, -7, INT32_MIN};
    int32_t by = edges[pick(sizeof edges / sizeof *edges)];
    if (pick(3) == 0) by = (int32_t)(uint32_t)(seed >> pick(40));
    emit(ops[pick(4)], pick(5), 0, pick(3) == 0, by ? by : 9);
}

/* A remainder spelt out, or nearly: by zero too. */
static void remainder_of(void)
{
    unsigned a = pick(5), b = pick(5), q = pick(5), r = pick(3) ? pick(5) : q, wide = pick(2) ? 3 : 0;
    int is_signed = (int)pick(2);
    emit(0xbc + wide, q, a, 0, 0);
    emit(0x3c + wide, q, b, is_signed, 0);
    if (pick(9) == 0) emit(0x0f, pick(5), pick(5), 0, 0);
    emit(0x2c + (pick(9) ? wide : 3), q, pick(9) ? b : pick(5), 0, 0);
    if (pick(9) == 0) emit(0x0f, pick(5), pick(5), 0, 0);
    if (r != q && pick(9)) emit(0xbc + wide, r, pick(9) ? a : pick(5), 0, 0);
    emit(0x1c + wide, pick(9) ? r : a, q, 0, 0);
    if (pick(3)) emit(0xb7, q, 0, 0, 1);
}

/* Quotient and remainder of the same numbers, or nearly: the other one at once, behind a question, or in the
 * next round of a loop. */
static void divided(void)
{
    unsigned n = pick(5), d = pick(5), q = pick(5), r = pick(5), wide = pick(4) ? 0 : 3,
             one = (pick(2) ? 0x3c : 0x9c) + wide, other = one ^ 0xa0, loop = pick(3) == 0;
    if (loop) emit(0xb7, 5, 0, 0, 0);
    size_t at = count;
    if (r != n) emit(0xbc + wide, r, n, 0, 0);
    emit(one, r, d, 0, 0);
    if (pick(8) == 0) emit(0x07, pick(5), 0, 0, 1);
    if (loop) {
        emit(0x15, r, 0, 6 + (q != n), 0);
        emit(0x07, 5, 0, 0, 1);
        emit(0x25, 5, 0, 4 + (q != n), 5);
        emit(0x04, d, 0, 0, 1 + (int)pick(3));
    } else if (pick(2))
        emit(pick(2) ? 0x15 : 0x55, r, 0, 1 + (q != n), 0);
    if (q != n) emit(0xbc + wide, q, n, 0, 0);
    emit(pick(8) ? other : one, q, d, 0, 0);
    if (loop) emit(0xbd, d, q, (int)at - (int)count - 1, 0), emit(0xb7, 5, 0, 0, 1);
}

/* Is a number a multiple of a constant? Or nearly that question. */
static void multiple_of(void)
{
    unsigned a = pick(5), q = pick(5), r = pick(5), wide = pick(4) ? 0 : 3;
    int by = pick(3) ? 3 + (int)pick(30) : (int)(uint32_t)(seed >> pick(40)) | 1;
    if (pick(3) == 0) {
        emit(0x94 + wide, r = a, 0, 0, by);
    } else {
        emit(0xbc + wide, q, a, 0, 0);
        emit(0x34 + wide, q, 0, 0, by);
        emit(0x24 + wide, q, 0, 0, pick(9) ? by : 3);
        emit(0xbc + wide, r, a, 0, 0);
        emit(0x1c + wide, r, q, 0, 0);
    }
    if (pick(6) == 0) emit(0x0f, pick(5), pick(5), 0, 0);
    emit((pick(2) ? 0x15u : 0x55u) + pick(2), r, 0, 1, pick(6) == 0);
    emit(0x07, pick(5), 0, 0, 1);
    if (pick(3)) emit(0xb7, r, 0, 0, 2);
    if (pick(3)) emit(0xb7, q, 0, 0, 1);
}

/* An access through a sum that overwrites one of its operands, or nearly the only one. */
static void sum(void)
{
    unsigned d = pick(5), index = pick(5), base = pick(2) ? d : 5u;
    if (base == index) return;
    emit(0x57, index, 0, 0, pick(2) ? 7 : 31);
    emit(0xbf, base, FIELD, 0, 0);
    if (pick(3)) emit(0x47, base, 0, 0, 0); /* an address that passes do not know */
    if (pick(3) == 0) emit(0x07, base, 0, 0, pick(16));
    if (pick(4)) emit(0x0f, base, index, 0, 0);
    if (pick(3) == 0) emit(0x07, base, 0, 0, pick(16));
    if (pick(6) == 0) emit(0x07, index, 0, 0, 1);
    if (pick(6) == 0) emit(0x0f, pick(5), index, 0, 0);
    switch (pick(5)) {
    case 0: emit(0x61, index, base, 4, 0); break;
    case 1: emit(0x79, base, base, -8, 0); break;
    case 2: emit(0x7b, base, index, 8, 0); break;
    case 3: emit(0x62, base, 0, 8, -5); break;
    default: emit(0x71, pick(5), base, 0, 0); break;
    }
    if (pick(4)) emit(0xb7, base, 0, 0, 3);
}

/* A number from neighbouring bytes, in either order, or nearly; the last load may overwrite its base. */
static void bytes(void)
{
    unsigned d = pick(5), t = pick(5), base = pick(3) ? FIELD : 5u, n = 2u << pick(2), big = pick(2),
             down = pick(2), w = n < 8 && pick(2), mixed = pick(2), step = pick(3) ? 1 : 3;
    int off = (int)pick(16) - 8;
    if (d == t) return;
    if (base == 5) emit(0xbf, 5, FIELD, 0, 0);
    if (base == 5 && mixed) /* an address that some loads have as a sum, until an operand goes */
        emit(0x57, t, 0, 0, 7), emit(0x0f, 5, t, 0, 0);
    else if (base == 5)
        emit(0x47, 5, 0, 0, 0); /* one that passes do not know */
    if (pick(20) == 0) n = 8;
    for (unsigned i = 0; i < n; i++) {
        unsigned at = pick(30) ? (down ? n - 1 - i : i) * step % n : pick(n), to = i ? t : d, shift = 8 * at;
        int address = off + (int)(big ? n - 1 - at : at);
        if (i == n - 1 && base == 5 && pick(2)) to = 5;
        emit(pick(40) ? 0x71 : 0x91, to, base, address, 0);
        if (shift) emit(w ? 0x64 : 0x67, to, 0, 0, shift & (w ? 31 : 63));
        if (pick(30) == 0) emit(0x73, FIELD, to, off, 0);
        if (pick(30) == 0) emit(0x07, base == FIELD ? d : base, 0, 0, 1);
        if (pick(20) == 0) emit(0x0f, pick(5), to, 0, 0);
        if (!i) continue;
        if (pick(4) == 0) {
            emit(0x0f, d, to, 0, 0);
        } else if (to == 5 || pick(2)) {
            emit(w ? 0x4c : 0x4f, d, to, 0, 0);
        } else {
            emit(w ? 0x4c : 0x4f, to, d, 0, 0);
            t = d;
            d = to;
        }
    }
    if (pick(2)) emit(0x71, pick(5), FIELD, off, 0);
    if (pick(2)) emit(0xb7, 5, 0, 0, 1);
}

/* Four bytes as two halves of two, as unaligned numbers are loaded: the last load may overwrite the address,
 * and be changed in place from there on. */
static void halves(void)
{
    unsigned low = pick(5), x = pick(5), t = pick(5), high = pick(2) ? 5u : pick(5), w = pick(4) ? 0 : 3;
    int off = (int)pick(16) - 8;
    if (low == x || low == t || low == high || x == high) return;
    emit(0xbf, 5, FIELD, 0, 0);
    emit(0x47, 5, 0, 0, 0); /* an address that passes do not know */
    emit(0x71, low, 5, off + 1, 0);
    emit(0x64 + w, low, 0, 0, 8);
    emit(0x71, t, 5, off, 0);
    emit(pick(8) ? 0x4c + w : 0x0f, low, t, 0, 0);
    emit(0x71, x, 5, off + 2, 0);
    emit(0x71, high, 5, off + (pick(20) ? 3 : 4), 0);
    if (high != 5) emit(0xb7, 5, 0, 0, 1);
    if (pick(20) == 0) emit(0x73, FIELD, x, off, 0);
    emit(0x64 + w, high, 0, 0, 8);
    if (pick(20) == 0) emit(pick(2) ? 0x0f : 0xbf, pick(5), high, 0, 0);
    emit(0x4c + w, high, x, 0, 0);
    if (pick(20) == 0) emit(0x0f, high, pick(5), 0, 0);
    emit(0x64 + w, high, 0, 0, 16);
    if (pick(3))
        emit(0x4c + w, high, low, 0, 0);
    else
        emit(0x4c + w, low, high, 0, 0);
    if (pick(2)) emit(0xdc, pick(2) ? high : low, 0, 0, 32);
    if (pick(2)) emit(0xb7, 5, 0, 0, 1);
}

/* Two places swapped, or moved, bit by bit: what is loaded between stores is overwritten by later ones. */
static void exchange(void)
{
    static const uint8_t loads[] = {0x71, 0x69, 0x61, 0x79}, stores[] = {0x73, 0x6b, 0x63, 0x7b};
    unsigned x = pick(5), y = pick(5), kind = pick(4), size = 1u << kind, n = 2 + pick(kind < 2 ? 4 : 2);
    int a = (int)pick(8) - 16, b = a + (int)(pick(4) ? n * size : pick(2 * n) * size) + (pick(8) ? 0 : 1);
    if (pick(2)) a = b, b = a - (int)(n * size);
    for (unsigned i = 0; i < n; i++) {
        unsigned at = pick(20) ? i : pick(n), first = pick(8) == 0;
        int p = a + (int)(at * size), q = b + (int)((pick(30) ? at : i) * size);
        emit(loads[kind], x, FIELD, p, 0);
        if (pick(3)) emit(loads[kind], y, FIELD, q, 0);
        emit(stores[kind], FIELD, first ? x : y, first ? q : p, 0);
        if (pick(30) == 0) emit(0x0f, pick(5), x, 0, 0);
        if (pick(40) == 0) emit(loads[pick(4)], pick(5), FIELD, p, 0);
        if (pick(40) == 0) emit(0x72, FIELD, 0, q, 7);
        if (pick(10)) emit(stores[kind], FIELD, first ? y : x, first ? p : q, 0);
    }
    if (pick(3) == 0) emit(0xb7, x, 0, 0, 1);
    if (pick(2)) emit(0xb7, y, 0, 0, 2);
}

/* The other way round: a number or constants, stored in parts in any order, or nearly. */
static void parts(void)
{
    unsigned d = pick(5), s = pick(5), n = 2u << pick(3), big = pick(3) == 0, w = pick(3) == 0,
             size = big || pick(3) ? 1 : 2u << pick(2), in_place = pick(4) == 0, constant = pick(4) == 0,
             step = 1 + 2 * pick(4), start = pick(8);
    static const uint8_t stores[] = {0, 0x73, 0x6b, 0, 0x63};
    int off = (int)pick(16) - 8;
    for (unsigned i = 0; i < n; i += size) {
        unsigned at = in_place ? i : (i * step + start * size) % n;
        int address = off + (int)(big ? n - 1 - at : at);
        if (pick(40) == 0) emit(0x73, FIELD, pick(5), off, 0);
        if (pick(40) == 0) emit(0x71, pick(5), FIELD, off, 0);
        if (pick(40) == 0) emit(0x07, s, 0, 0, 1);
        if (constant && pick(8)) {
            if (pick(2))
                emit((stores[size] & 0xf8u) | 2u, FIELD, 0, address, (int)pick(3) - 1);
            else
                emit(0xb7, d, 0, 0, pick(300)), emit(stores[size], FIELD, d, address, 0);
            continue;
        }
        if (in_place) {
            if (i) emit(w ? 0x74 : 0x77, s, 0, 0, w && size == 4 ? 31 : 8 * size);
            emit(stores[size], FIELD, s, address, 0);
            continue;
        }
        if (at || pick(4) == 0) {
            emit(w ? 0xbc : 0xbf, d, s, 0, 0);
            if (at) emit((w ? 0x74u : 0x77u) + (pick(4) ? 0u : 0x50u), d, 0, 0, 8 * at & (w ? 31 : 63));
        }
        emit(stores[size], FIELD, at ? d : s, address, 0);
    }
}

/* A number of 8 bytes, loaded or stored in two halves. */
static void load_halves(unsigned reg, unsigned base, int off)
{
    unsigned high = reg ? reg - 1 : 4;
    emit(0x61, high, base, off + 4, 0);
    emit(0x61, reg, base, off, 0);
    emit(0x67, high, 0, 0, 32);
    emit(0x4f, reg, high, 0, 0);
}

static void store_halves(unsigned base, unsigned reg, int off)
{
    emit(0x63, base, reg, off, 0);
    emit(0x77, reg, 0, 0, 32);
    emit(0x63, base, reg, off + 4, 0);
}

/* Copies piece by piece, or nearly: all are loaded, some wait in slots of the stack, all are stored. */
static void moved(void)
{
    enum { MOST = 12, DIRECT = 3, BYTES = 40 };
    static const uint8_t loads[] = {0, 0x71, 0x69, 0, 0x61, 0, 0, 0, 0x79},
                         stores[] = {0, 0x73, 0x6b, 0, 0x63, 0, 0, 0, 0x7b};
    unsigned size = 1u << (pick(3) ? 0 : pick(4)), most = size > 2 ? BYTES / size : MOST,
             halves = size == 8 && pick(2), n = 2 + pick(most - 1), direct = pick(DIRECT + 1),
             wide = pick(3) == 0 || (size == 8 && pick(16)), from_base = pick(6) ? FIELD : 5u,
             to_base = pick(3) ? FIELD : 5u, step = pick(3) ? 1 : 5, kept;
    unsigned mixed = 0, last = pick(3) ? n - 1 : 0, turn = pick(3) ? n - 1 : 0,
             slots = pick(4) ? MOST : 2 + pick(4), twice = pick(12) == 0;
    int from = (int)pick(24) - 8, to = (int)pick(24) - 8;
    if (n % 5 == 0) step = 1;
    emit(0xbf, 5, FIELD, 0, 0);
    if (pick(3) == 0) emit(0x07, 5, 0, 0, pick(8));
    if (pick(3)) emit(0x47, 5, 0, 0, 0); /* an address that passes do not know */
    if (pick(8) == 0) {                  /* to the stack */
        emit(0xbf, 5, 10, 0, 0), emit(0x07, 5, 0, 0, -256), emit(0x07, 5, 0, 0, pick(2) ? 64 : 152);
        for (int at = -8; at < 56; at += 8) emit(0x7a, 5, 0, at, at);
        from_base = FIELD, to_base = 5;
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned at = last ? last - i : i, reg = at < direct ? at : 3 + pick(2);
        int slot = -8 * (1 + (int)(at % slots));
        if (at < direct && at >= slots) reg = 3;
        if (halves && pick(8))
            load_halves(reg, from_base, from + (int)(at * size));
        else
            emit(pick(60) ? loads[size] : 0x91, reg, from_base, from + (int)(at * size), 0);
        if (pick(60) == 0) emit(0x07, pick(5), 0, 0, 1);
        if (pick(60) == 0) emit(0x73, pick(2) ? FIELD : 5, pick(5), from + (int)pick(8), 0);
        if (pick(60) == 0) emit(0x73, 10, pick(5), slot - (int)pick(8), 0);
        if (pick(60) == 0) emit(0x07, 5, 0, 0, 1);
        if (reg >= direct && pick(20) == 0) emit(0x7b, 10, pick(5), slot, 0), mixed |= 1u << at % slots;
        if (reg >= direct) emit(wide ? 0x7b : 0x63, 10, reg, slot, 0);
        if (twice || pick(40) == 0) emit(stores[size], to_base, reg, to + (int)(at * size), 0);
        if (slots < MOST && reg >= direct) { /* what nearly waits is stored at once */
            emit(wide || mixed >> at % slots & 1 ? 0x79 : 0x61, 3 + pick(2), 10, slot, 0);
            emit(stores[size], to_base, insns[count - 1].dst_reg, to + (int)(at * size), 0);
        }
        if (pick(40) == 0) emit(0x0f, pick(5), reg, 0, 0);
    }
    if (pick(10) == 0) emit(0x05, 0, 0, 0, 0);
    for (unsigned i = 0; i < n; i++) {
        unsigned at = turn ? turn - i : i * step % n, reg = at < direct ? at : 3 + pick(2);
        int slot = -8 * (1 + (int)(at % slots));
        if (slots < MOST && reg >= direct) continue;
        if (reg >= direct) emit(wide || mixed >> at % slots & 1 ? 0x79 : 0x61, reg, 10, slot, 0);
        if (wide && reg >= direct && pick(60) == 0) emit(0x61, reg, 10, slot + 4, 0);
        if (mixed >> at % slots & 1) emit(0x0f, pick(5), reg, 0, 0);
        if (pick(60) == 0) emit(0x07, pick(2) ? reg : 5, 0, 0, 1);
        if (pick(20) == 0) emit(0xd3, FIELD, reg, to, 0x110); /* store_release */
        if (halves && pick(8))
            store_halves(to_base, reg, to + (int)(at * size));
        else
            emit(pick(60) ? stores[size] : 0x63, to_base, reg, to + (int)(at * size), 0);
        if (pick(60) == 0) emit(loads[size], pick(5), pick(2) ? FIELD : 5, to + (int)pick(8), 0);
        if (pick(60) == 0) emit(stores[size], pick(2) ? FIELD : 5, pick(5), to + (int)pick(8), 0);
        if (pick(60) == 0) emit(stores[size], to_base, reg, to + (int)pick(12), 0);
        if (pick(60) == 0 && reg >= direct) emit(wide ? 0x79 : 0x61, pick(5), 10, slot, 0);
        if (pick(40) == 0) emit(0x0f, pick(5), reg, 0, 0);
    }
    kept = pick(12);
    if (kept == 5) kept = 12; /* where the stack is, is no program's business */
    for (unsigned r = 0; r < 6; r++)
        if (r != kept) emit(0xb7, r, 0, 0, (int)r + 1);
}

/* Something small where a single bit is set, or is not: in place, from another number, or by way of a third.
 */
static void odd(void)
{
    static const uint8_t ops[] = {0x07, 0x27, 0x47, 0x57, 0x67, 0x77, 0xa7,
                                  0x0f, 0x1f, 0xaf, 0xbf, 0x04, 0xbc, 0x2c};
    unsigned t = pick(5), d = pick(5), s = pick(5), n = 1 + pick(3), bit = pick(16) ? 1u << pick(8) : 3;
    size_t at;
    if (pick(3)) {
        if (pick(3)) emit(0xbf, t, s, 0, 0);
        emit(pick(2) ? 0x57 : 0x54, t, 0, 0, bit);
        if (pick(6) == 0) arithmetic();
        at = count;
        emit((pick(2) ? 0x15u : 0x55u) + (pick(2) ? 1u : 0u), t, 0, 0, pick(8) == 0);
    } else {
        at = count;
        emit(pick(2) ? 0x45 : 0x46, t, 0, 0, bit);
    }
    while (n--) {
        unsigned code = ops[pick(sizeof ops)], to = n && pick(3) == 0 ? pick(5) : d;
        emit(code, to, code & 8 ? (pick(2) ? s : pick(5)) : 0, 0, code & 8 ? 0 : 1 + (int)pick(30));
    }
    if (pick(3) == 0) emit(0xbf, pick(5), d, 0, 0);
    insns[at].off = (int16_t)(count - at - 1);
    if (pick(2)) emit(0xb7, s, 0, 0, 3);
}

/* Branches forward to wherever another one stands, with something to do in between. */
static void tangle(void)
{
    size_t at[6];
    unsigned n = 2 + pick(5);
    for (unsigned i = 0; i < n; i++) {
        at[i] = count;
        if (pick(5) == 0)
            emit(0x05, 0, 0, 0, 0);
        else
            emit(pick(2) ? 0x15 : 0x65, pick(5), 0, 0, pick(3));
        for (unsigned k = 1 + pick(3); k--;) emit(pick(2) ? 0x07 : 0xa7, pick(5), 0, 0, pick(16));
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned to = i + 1 + pick(n - i);
        insns[at[i]].off = (int16_t)((to == n ? count : at[to]) - at[i] - 1);
    }
}

/* Two shifts that extend, or nearly, behind a load or not. */
static void signs(void)
{
    static const uint8_t loads[] = {0x71, 0x69, 0x61, 0x79, 0x91}, counts[] = {8, 16, 24, 32, 40, 48, 56};
    unsigned s = pick(5), d = pick(2) ? s : pick(5), wide = pick(2), n = counts[pick(wide ? 7 : 3)];
    if (pick(4)) emit(loads[pick(sizeof loads)], s, FIELD, (int)pick(16) - 8, 0);
    if (pick(8) == 0) arithmetic();
    if (d != s) emit(pick(2) ? 0xbf : 0xbc, d, s, 0, 0);
    if (pick(3) == 0) {
        emit(pick(2) ? 0xbf : 0xbc, d, s, pick(3) ? 8 : 16, 0); /* of instruction set 4 */
    } else {
        emit(wide ? 0x67 : 0x64, d, 0, 0, n);
        emit((pick(3) ? 0xc0u : 0x70u) | ((pick(9) ? wide : pick(2)) ? 7u : 4u), d, 0, 0,
             pick(9) ? n : counts[pick(3)]);
    }
    if (pick(4) == 0) emit(0xbc, pick(2) ? d : pick(5), d, 0, 0);
    if (pick(3) == 0) emit(0x0f, pick(5), pick(2) ? s : d, 0, 0);
}

/* A number or what a byte of it says is better: as letters become small ones. */
static void letter(void)
{
    static const uint8_t changes[] = {0x04, 0x44, 0x54, 0xa4, 0x24, 0x07, 0x14},
                         conditions[] = {0x10, 0x20, 0x30, 0x50, 0xa0, 0xb0, 0x60, 0xd0};
    static const int masks[] = {255, 255, 255, 65535, 127, -1},
                     numbers[] = {0, 1, 26, 127, 128, 200, 255, 256, -1};
    unsigned s = pick(5), a = pick(5), d = pick(5), late = pick(2), turned = pick(4) == 0,
             jump = conditions[pick(sizeof conditions)] | (pick(2) ? 6u : 5u);
    emit(pick(3) ? 0x71 : 0x69, s, FIELD, (int)pick(16), 0);
    if (late) emit(0xbc, d, s, 0, 0), emit(changes[pick(sizeof changes)], d, 0, 0, (int)pick(64) - 32);
    emit(0xbc, a, s, 0, 0);
    if (pick(3)) emit(0x04, a, 0, 0, (int)pick(120) - 100);
    emit(pick(2) ? 0x54 : 0x57, a, 0, 0, masks[pick(sizeof masks / sizeof *masks)]);
    if (!late) emit(0xbc, d, s, 0, 0), emit(changes[pick(sizeof changes)], d, 0, 0, (int)pick(64) - 32);
    if (pick(8) == 0) immediate();
    if (turned) emit(jump, a, 0, 1, numbers[pick(9)]), emit(0x05, 0, 0, 1, 0);
    if (!turned) emit(jump, a, 0, 1, numbers[pick(9)]);
    emit(pick(3) ? 0xbf : 0xbc, d, pick(6) ? s : pick(5), 0, 0);
    if (pick(4) == 0) emit(0x0f, pick(5), pick(2) ? a : d, 0, 0);
    if (pick(2)) emit(0xb7, a, 0, 0, 9);
}

/* A count that is masked, as much as shifts do by themselves, or more. */
static void masked_count(void)
{
    static const uint8_t shifts[] = {0x6f, 0x6c, 0x7f, 0x7c, 0xcf, 0xcc};
    static const int masks[] = {63, 31, 255, 15, 127};
    unsigned n = pick(5), s = pick(5);
    if (n != s) emit(pick(2) ? 0xbf : 0xbc, n, s, 0, 0);
    emit(pick(2) ? 0x57 : 0x54, n, 0, 0, masks[pick(5)]);
    if (pick(4) == 0) emit(0x07, pick(2) ? s : pick(5), 0, 0, 1);
    emit(shifts[pick(sizeof shifts)], pick(5), n, 0, 0);
    if (pick(2)) emit(0xb7, n, 0, 0, 2);
}

/* The same question twice, or its opposite, or nearly. */
static void asked(void)
{
    static const uint8_t conditions[] = {0x10, 0x50, 0x20, 0xb0, 0x30, 0xa0,
                                         0x60, 0xd0, 0x70, 0xc0, 0x40, 0x40};
    unsigned a = pick(5), b = pick(5), which = pick(sizeof conditions), width = pick(2) ? 5u : 6u,
             by = pick(2) ? 8u : 0u;
    int number = pick(3) ? 0 : (int)pick(20);
    for (unsigned n = 2 + pick(2); n--;) {
        unsigned over = 1 + pick(2), code = conditions[pick(3) ? which : which ^ 1] | by;
        emit(code | (pick(12) ? width : 11u - width), a, by ? b : 0, (int)over, by ? 0 : number);
        while (over--) emit(pick(2) ? 0xb7 : 0x07, pick(8) ? 1 + pick(4) : a, 0, 0, 3);
        if (pick(3) == 0) emit(0x05, 0, 0, 0, 0);
    }
}

/* Bytes loaded and stored, all near each other, some by way of the stack. */
static void jumble(void)
{
    int from = (int)pick(4), apart = pick(3) ? 8 : 3;
    unsigned base = pick(4) ? FIELD : 5u;
    emit(0xbf, 5, FIELD, 0, 0);
    if (pick(2)) emit(0x47, 5, 0, 0, 0);
    for (int slot = -8; slot >= -16; slot -= 8) emit(0x7b, 10, pick(5), slot, 0);
    for (unsigned n = 6 + pick(12); n--;) {
        unsigned reg = pick(5), by = pick(10) ? base : 11u - base;
        switch (pick(8)) {
        case 0: emit(0x7b, 10, reg, -8 - 8 * (int)pick(2), 0); break;
        case 1: emit(0x79, reg, 10, -8 - 8 * (int)pick(2), 0); break;
        case 2:
        case 3:
        case 4: emit(0x71, reg, by, from + (int)pick(5), 0); break;
        default: emit(0x73, by, reg, from + (pick(3) ? apart : 0) + (int)pick(5), 0); break;
        }
    }
    emit(0xb7, 5, 0, 0, 1);
    for (unsigned r = 0; r < 5; r++)
        if (pick(3)) emit(0xb7, r, 0, 0, (int)r);
}

/* A number in memory that is changed, or nearly. */
static void updated(void)
{
    static const uint8_t loads[] = {0x71, 0x69, 0x61, 0x79}, stores[] = {0x73, 0x6b, 0x63, 0x7b},
                         ops[] = {0x07, 0x17, 0x47, 0x57, 0xa7, 0x0f, 0x1f, 0x4f, 0x5f, 0xaf, 0x2f};
    static const int numbers[] = {1, -1, 127, 128, -128, 300, 70000, INT32_MIN};
    unsigned v = pick(5), d = pick(6) ? v : pick(5), x = pick(5), n = pick(4), base = FIELD,
             code = ops[pick(sizeof ops)];
    int off = (int)pick(32) - 16;
    if (pick(2)) {
        unsigned index = pick(5);
        emit(0x57, index, 0, 0, 15);
        if (pick(2)) emit(0x67, index, 0, 0, 1 + pick(3));
        emit(0xbf, base = 5, FIELD, 0, 0), emit(0x0f, 5, index, 0, 0);
    }
    emit(loads[n], v, base, off, 0);
    if (pick(10) == 0) arithmetic();
    emit(pick(3) ? code : code - 3u, d, code & 8 ? (d == v ? x : v) : 0, 0, code & 8 ? 0 : numbers[pick(8)]);
    if (pick(10) == 0) emit(0x73, FIELD, x, off, 0);
    emit(stores[pick(10) ? n : pick(4)], base, d, pick(10) ? off : off + 1, 0);
    if (pick(3)) emit(0xb7, v, 0, 0, 1);
    if (d != v && pick(3)) emit(0xb7, d, 0, 0, 2);
    if (base == 5) emit(0xb7, 5, 0, 0, 1);
}

/* Bytes copied in turn, apart or not. */
static void in_turn(void)
{
    unsigned n = 2 + pick(7), size = pick(4) ? 1 : 1u << pick(3), down = pick(2), base = pick(3) ? FIELD : 5u,
             to_base = pick(3) ? base : FIELD;
    static const uint8_t loads[] = {0, 0x71, 0x69, 0, 0x61}, stores[] = {0, 0x73, 0x6b, 0, 0x63};
    int from = (int)pick(20) - 8, to = (int)pick(20) - 8;
    emit(0xbf, 5, FIELD, 0, 0);
    if (pick(2)) emit(0x07, 5, 0, 0, pick(8));
    if (pick(2)) emit(0x47, 5, 0, 0, 0);
    for (unsigned i = 0; i < n; i++) {
        int at = (int)((down ? n - 1 - i : i) * size);
        unsigned reg = pick(3);
        if (pick(8) == 0) at = (int)(pick(n) * size);
        emit(loads[size], reg, base, from + at, 0);
        if (pick(20) == 0) emit(loads[size], 3, pick(2) ? FIELD : 5, to + at, 0);
        if (pick(20) == 0) emit(stores[size], pick(2) ? FIELD : 5, 4, from + at + (int)pick(3), 0);
        emit(stores[size], to_base, reg, to + at, 0);
        if (pick(30) == 0) emit(0x7b, 10, reg, -8, 0);
        if (pick(30) == 0) emit(0x07, 5, 0, 0, 1);
    }
    emit(0xb7, 5, 0, 0, 1);
    for (unsigned r = 0; r < 3; r++)
        if (pick(2)) emit(0xb7, r, 0, 0, (int)r);
}

/* ---- functions ---- */

enum { FUNCS = 4, CALLS = 24 };
static struct {
    size_t at;
    unsigned func;
} calls[CALLS];
static unsigned call_count;

/* A call, or one through an address that passes know or do not, from an earlier block. What the function
 * leaves in r1 to r5 is nobody's business. */
static void call(void)
{
    unsigned way = pick(5), kept = pick(2) ? 0u : 5u, slot = pick(3) ? 0 : 1 + pick(6);
    if (call_count == CALLS) return;
    if (slot) emit(0x7b, 10, pick(5), -8 * (int)slot, 0); /* and is there behind the call */
    calls[call_count].at = count;
    calls[call_count++].func = pick(FUNCS);
    if (way > 2) {
        emit(0x18, kept, MYBPF_PSEUDO_FUNC, 0, 0);
        emit(0, 0, 0, 0, 0);
        if (pick(3) == 0) emit(0xbf, 5, kept, 0, 0), kept = 5;
        if (pick(3) == 0) emit(0x15, pick(2) ? kept : 1u, 0, 1, 3), emit(0x07, 4, 0, 0, 1);
        if (pick(6) == 0) emit(0x47, kept, 0, 0, 0);
        emit(0x8d, kept, 0, 0, 0);
    } else
        emit(0x85, 0, 1, 0, 0);
    for (unsigned r = 1; r < 6; r++)
        if (pick(2))
            emit(0xb7, r, 0, 0, (int)r);
        else
            emit(0x79, r, FIELD, 8 * (int)r, 0);
    if (slot) emit(0x79, pick(5), 10, -8 * (int)slot, 0);
}

/* A loop that needs r0 to r5: what is made under a condition has to go elsewhere. */
static void busy(void)
{
    emit(0xb7, 5, 0, 0, 0);
    size_t at = count;
    for (unsigned n = 1 + pick(2); n--;) odd();
    for (unsigned r = 1; r < 5; r++) emit(pick(2) ? 0x0f : 0xaf, 0, r, 0, 0);
    emit(0x07, 5, 0, 0, 1);
    emit(0xa5, 5, 0, (int)at - (int)count - 1, 2 + (int)pick(5));
}

/* Small, mostly: with other functions' registers or a stack they are not for the place of a call. */
static void function(void)
{
    static void (*const inner[])(void) = {arithmetic, immediate, shift_pair, rotate,      shift_by,
                                          branch,     branch,    choice,     bits,        division,
                                          copies,     tangle,    odd,        remainder_of};
    unsigned most = pick(8) ? 24 : 80;
    size_t start = count, early = 0;
    emit(0xb7, 0, 0, 0, 9); /* these two may hold an address, which is another one in another run */
    if (pick(8) == 0)
        large(5, seed);
    else
        emit(0xbf, 5, 1 + pick(4), 0, 0);
    unsigned own = pick(24);
    if (own < 4) emit(0xbf, FIELD + pick(4), 1, 0, 0);
    if (own < 2) emit(0x0f, 0, insns[count - 1].dst_reg, 0, 0);
    if (own > 19) emit(0x7b, 10, 1, -8 * (int)(1 + pick(6)), 0);
    if (own > 21) emit(0x71, 0, 10, insns[count - 1].off, 0);
    if (own == 18)
        emit(0xbf, 4, 10, 0, 0), emit(0x7b, 4, 1, -8 * (int)(1 + pick(6)), 0), emit(0xb7, 4, 0, 0, 7);
    for (unsigned n = pick(5); n && count - start < most; n--) {
        inner[pick(sizeof inner / sizeof *inner)]();
        if (n > 1 && pick(6) == 0) emit(pick(2) ? 0x15 : 0x25, pick(5), 0, 1, 3), emit(0x95, 0, 0, 0, 0);
        if (n > 1 && pick(8) == 0) early = count, emit(0x1d, pick(5), pick(5), 0, 0);
    }
    if (pick(8) == 0) emit(0x07, 1, 0, 0, 1), emit(0x57, 1, 0, 0, 7), emit(0x55, 1, 0, -3, 0);
    if (pick(6) == 0) busy();
    if (early) insns[early].off = (int16_t)(count - early - 1);
    emit(0x95, 0, 0, 0, 0);
}

static void functions(void)
{
    size_t starts[FUNCS];
    for (unsigned f = 0; f < FUNCS; f++) {
        unsigned used = 0;
        for (unsigned i = 0; i < call_count; i++) used |= calls[i].func == f;
        starts[f] = count;
        if (used) function();
    }
    for (unsigned i = 0; i < call_count; i++)
        insns[calls[i].at].imm = (int32_t)((int64_t)starts[calls[i].func] - (int64_t)calls[i].at - 1);
}

static void some_pieces(unsigned n);
#include "jit_pieces_choices.h"

static void (*const pieces[])(void) = {
    arithmetic,     arithmetic, arithmetic,   immediate, immediate,    shift_pair, rotate,  shift_by,
    rotate_wide,    element,    element,      branch,    copies,       division,   bytes,   sum,
    rotate_product, tangle,     tangle,       odd,       remainder_of, choice,     operand, bits,
    parts,          moved,      call,         counted,   swapped,      swapped,    signs,   signs,
    letter,         letter,     masked_count, asked,     asked,        in_turn,    updated, updated,
    jumble,         jumble,     multiple_of,  halves,    exchange,     exchange,   divided, divided,
    carry,          carry,      spilled};

static void some_pieces(unsigned n)
{
    while (n-- && count < INSNS / 2) pieces[pick(sizeof pieces / sizeof *pieces)]();
}

#endif
