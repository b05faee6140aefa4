/* scalar_lane.c: sets of numbers of one width, 1 to 64 bits, and what instructions make of them.
 *
 * A lane knows bits, an unsigned and a signed range of its members. All arithmetic is modulo 2^width; a
 * lane's fields beyond its width are zero, its signed bounds sign-extended to 64 bits. Results pass
 * through mybpf__lane_sync. */
#ifndef MYBPF__SCALAR_LANE_C
#define MYBPF__SCALAR_LANE_C

#include "../isa/codes.h"
#include "scalar.h"

#ifndef MYBPF_NO_PROVER

typedef struct mybpf__lane {
    mybpf__bits known;
    uint64_t umin, umax;
    int64_t smin, smax;
    unsigned width;
} mybpf__lane;

/* ---- numbers ---- */

MYBPF__FN uint64_t mybpf__ones(unsigned width) { return UINT64_MAX >> (64 - width); }
MYBPF__FN uint64_t mybpf__sign_bit(unsigned width) { return (uint64_t)1 << (width - 1); }
MYBPF__FN uint64_t mybpf__least(uint64_t a, uint64_t b) { return a < b ? a : b; }
MYBPF__FN uint64_t mybpf__most(uint64_t a, uint64_t b) { return a > b ? a : b; }
MYBPF__FN int64_t mybpf__sleast(int64_t a, int64_t b) { return a < b ? a : b; }
MYBPF__FN int64_t mybpf__smost(int64_t a, int64_t b) { return a > b ? a : b; }
MYBPF__FN uint64_t mybpf__magnitude(int64_t a) { return a < 0 ? 0 - (uint64_t)a : (uint64_t)a; }

/* The lowest `width` bits as a signed number. */
MYBPF__FN int64_t mybpf__signed(uint64_t a, unsigned width)
{
    uint64_t sign = mybpf__sign_bit(width);
    return (int64_t)(((a & mybpf__ones(width)) ^ sign) - sign);
}

/* a >> n, rounded down as the instruction does: C leaves negative numbers to the compiler. */
MYBPF__FN int64_t mybpf__sshift(int64_t a, uint64_t n) { return a < 0 ? ~(~a >> n) : a >> n; }

/* Ones from the highest one downwards. */
MYBPF__FN uint64_t mybpf__smear(uint64_t a)
{
#    if defined(__GNUC__)
    return a ? UINT64_MAX >> __builtin_clzll(a) : 0;
#    else
    for (unsigned n = 1; n < 64; n *= 2) a |= a >> n;
    return a;
#    endif
}

/* ---- known bits ---- */

MYBPF__FN mybpf__bits mybpf__bits_of(uint64_t value, uint64_t mask)
{
    mybpf__bits bits;
    bits.value = value & ~mask;
    bits.mask = mask;
    return bits;
}

MYBPF__FN int mybpf__bits_contain(mybpf__bits a, uint64_t value) { return (value & ~a.mask) == a.value; }

MYBPF__FN mybpf__bits mybpf__bits_join(mybpf__bits a, mybpf__bits b)
{
    return mybpf__bits_of(a.value, a.mask | b.mask | (a.value ^ b.value));
}

/* A sum's bit is unknown where an operand's is, or where the carries of the least and of the
 * greatest sum differ. */
MYBPF__FN mybpf__bits mybpf__bits_add(mybpf__bits a, mybpf__bits b)
{
    uint64_t least = a.value + b.value, most = least + a.mask + b.mask;
    return mybpf__bits_of(least, (least ^ most) | a.mask | b.mask);
}

MYBPF__FN mybpf__bits mybpf__bits_sub(mybpf__bits a, mybpf__bits b)
{
    uint64_t base = a.value - b.value, most = base + a.mask, least = base - b.mask;
    return mybpf__bits_of(base, (most ^ least) | a.mask | b.mask);
}

/* One step of long multiplication: `sum` plus `b` when the lowest bit of `a` is one. */
MYBPF__FN mybpf__bits mybpf__bits_mul_step(mybpf__bits sum, mybpf__bits a, mybpf__bits b)
{
    mybpf__bits more = mybpf__bits_add(sum, b);
    if (a.mask & 1) return mybpf__bits_join(sum, more);
    return a.value & 1 ? more : sum;
}

MYBPF__FN mybpf__bits mybpf__bits_mul(mybpf__bits a, mybpf__bits b)
{
    mybpf__bits sum = {0, 0};
    if (!(a.mask | b.mask)) return mybpf__bits_of(a.value * b.value, 0);
    for (; a.value | a.mask; a.value >>= 1, a.mask >>= 1, b.value <<= 1, b.mask <<= 1)
        sum = mybpf__bits_mul_step(sum, a, b);
    return sum;
}

/* The least number from `from` on that has these bits, in `at`; 0 when there is none. */
MYBPF__FN int mybpf__bits_from(mybpf__bits bits, uint64_t from, uint64_t *at)
{
    uint64_t near = bits.value | (from & bits.mask), below = mybpf__smear(near ^ from);
    if (near < from) { /* one up in an unknown bit above the difference */
        uint64_t room = bits.mask & ~from & ~below, bit = room & (0 - room);
        if (!room) return 0;
        near |= bit;
        below = bit - 1;
    }
    *at = (near & ~below) | (bits.value & below);
    return 1;
}

/* The greatest number up to `to` that has these bits. */
MYBPF__FN int mybpf__bits_to(mybpf__bits bits, uint64_t to, uint64_t *at)
{
    if (!mybpf__bits_from(mybpf__bits_of(~bits.value, bits.mask), ~to, at)) return 0;
    *at = ~*at;
    return 1;
}

/* ---- lanes ---- */

MYBPF__FN mybpf__lane mybpf__lane_unknown(unsigned width)
{
    mybpf__lane a;
    a.known = mybpf__bits_of(0, mybpf__ones(width));
    a.umin = 0;
    a.umax = mybpf__ones(width);
    a.smin = mybpf__signed(mybpf__sign_bit(width), width);
    a.smax = ~a.smin;
    a.width = width;
    return a;
}

MYBPF__FN mybpf__lane mybpf__lane_const(uint64_t value, unsigned width)
{
    mybpf__lane a;
    a.umin = a.umax = value & mybpf__ones(width);
    a.known = mybpf__bits_of(a.umin, 0);
    a.smin = a.smax = mybpf__signed(value, width);
    a.width = width;
    return a;
}

/* Every member is on the way from `lo` upwards to `hi`, which may pass the end and go on from 0. */
MYBPF__FN void mybpf__lane_within(mybpf__lane *a, uint64_t lo, uint64_t hi)
{
    int64_t slo = mybpf__signed(lo, a->width), shi = mybpf__signed(hi, a->width);
    lo &= mybpf__ones(a->width);
    hi &= mybpf__ones(a->width);
    if (lo <= hi) {
        a->umin = mybpf__most(a->umin, lo);
        a->umax = mybpf__least(a->umax, hi);
    }
    if (slo <= shi) {
        a->smin = mybpf__smost(a->smin, slo);
        a->smax = mybpf__sleast(a->smax, shi);
    }
}

/* The same with signed bounds, slo <= shi. A way that goes round all numbers says nothing. */
MYBPF__FN void mybpf__lane_swithin(mybpf__lane *a, int64_t slo, int64_t shi)
{
    if ((uint64_t)shi - (uint64_t)slo <= mybpf__ones(a->width))
        mybpf__lane_within(a, (uint64_t)slo, (uint64_t)shi);
}

/* The two ranges tell each other. Where both have numbers on either side of the sign, there are two parts,
 * and one may be empty. */
MYBPF__FN int mybpf__lane_sync_ranges(mybpf__lane *a)
{
    uint64_t sign = mybpf__sign_bit(a->width), low = (uint64_t)a->smin & mybpf__ones(a->width);
    if (a->umin > a->umax || a->smin > a->smax) return 0;
    if (a->umin < sign && a->umax >= sign && a->smin < 0 && a->smax >= 0) {
        if ((uint64_t)a->smax < a->umin) a->umin = low;
        if (low > a->umax) a->umax = (uint64_t)a->smax;
        if (a->umin > a->umax) return 0;
    }
    mybpf__lane_within(a, a->umin, a->umax);
    if (a->smin > a->smax) return 0;
    mybpf__lane_within(a, (uint64_t)a->smin, (uint64_t)a->smax);
    return a->umin <= a->umax;
}

/* Bits above the first that differs between the bounds are known. */
MYBPF__FN int mybpf__lane_sync_bits(mybpf__lane *a)
{
    uint64_t open = mybpf__smear(a->umin ^ a->umax);
    if ((a->known.value ^ a->umin) & ~a->known.mask & ~open) return 0;
    a->known = mybpf__bits_of(a->known.value | (a->umin & ~open), a->known.mask & open);
    return 1;
}

/* Bounds that are no members move inwards. */
MYBPF__FN int mybpf__lane_sync_bounds(mybpf__lane *a)
{
    uint64_t ones = mybpf__ones(a->width), sign = mybpf__sign_bit(a->width);
    uint64_t lo = ((uint64_t)a->smin & ones) ^ sign, hi = ((uint64_t)a->smax & ones) ^ sign;
    mybpf__bits flipped =
        mybpf__bits_of(a->known.value ^ sign, a->known.mask); /* ordered as signed numbers are */
    if (!mybpf__bits_from(a->known, a->umin, &a->umin) || !mybpf__bits_to(a->known, a->umax, &a->umax) ||
        !mybpf__bits_from(flipped, lo, &lo) || !mybpf__bits_to(flipped, hi, &hi))
        return 0;
    a->smin = mybpf__signed(lo ^ sign, a->width);
    a->smax = mybpf__signed(hi ^ sign, a->width);
    return 1;
}

MYBPF__FN int mybpf__lane_bounds_are_members(const mybpf__lane *a)
{
    uint64_t ones = mybpf__ones(a->width);
    return mybpf__bits_contain(a->known, a->umin) && mybpf__bits_contain(a->known, a->umax) &&
           mybpf__bits_contain(a->known, (uint64_t)a->smin & ones) &&
           mybpf__bits_contain(a->known, (uint64_t)a->smax & ones);
}

/* Makes the fields tell each other what they know; 0 when no member is left. */
MYBPF__FN int mybpf__lane_sync(mybpf__lane *a)
{
    for (unsigned pass = 0; pass < 2; pass++) {
        if (!mybpf__lane_sync_ranges(a) || !mybpf__lane_sync_bits(a)) return 0;
        if (mybpf__lane_bounds_are_members(a)) return 1;
        if (!mybpf__lane_sync_bounds(a)) return 0;
    }
    return mybpf__lane_sync_ranges(a);
}

/* ---- widths ---- */

MYBPF__FN mybpf__lane mybpf__lane_low(const mybpf__lane *a, unsigned width)
{
    mybpf__lane low = mybpf__lane_unknown(width);
    uint64_t ones = mybpf__ones(width);
    low.known = mybpf__bits_of(a->known.value & ones, a->known.mask & ones);
    if (a->umax - a->umin <= ones) mybpf__lane_within(&low, a->umin, a->umax);
    mybpf__lane_swithin(&low, a->smin, a->smax);
    return low;
}

MYBPF__FN mybpf__lane mybpf__lane_extend(const mybpf__lane *a, unsigned width, int sign_extended)
{
    mybpf__lane wide = mybpf__lane_unknown(width);
    if (sign_extended) {
        uint64_t ones = mybpf__ones(width);
        wide.known = mybpf__bits_of((uint64_t)mybpf__signed(a->known.value, a->width) & ones,
                                    (uint64_t)mybpf__signed(a->known.mask, a->width) & ones);
        mybpf__lane_within(&wide, (uint64_t)a->smin, (uint64_t)a->smax);
    } else {
        wide.known = a->known;
        mybpf__lane_within(&wide, a->umin, a->umax);
    }
    return wide;
}

/* ---- arithmetic: the result is `out`, unknown before ---- */

MYBPF__FN void mybpf__lane_add(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t ones = mybpf__ones(out->width), reach = a->umax - a->umin,
             sreach = (uint64_t)a->smax - (uint64_t)a->smin;
    out->known = mybpf__bits_add(a->known, b->known);
    if (reach <= ones - (b->umax - b->umin)) mybpf__lane_within(out, a->umin + b->umin, a->umax + b->umax);
    if (sreach <= ones - ((uint64_t)b->smax - (uint64_t)b->smin))
        mybpf__lane_within(out, (uint64_t)a->smin + (uint64_t)b->smin, (uint64_t)a->smax + (uint64_t)b->smax);
}

MYBPF__FN void mybpf__lane_sub(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t ones = mybpf__ones(out->width), reach = a->umax - a->umin,
             sreach = (uint64_t)a->smax - (uint64_t)a->smin;
    out->known = mybpf__bits_sub(a->known, b->known);
    if (reach <= ones - (b->umax - b->umin)) mybpf__lane_within(out, a->umin - b->umax, a->umax - b->umin);
    if (sreach <= ones - ((uint64_t)b->smax - (uint64_t)b->smin))
        mybpf__lane_within(out, (uint64_t)a->smin - (uint64_t)b->smax, (uint64_t)a->smax - (uint64_t)b->smin);
}

/* a * b as a signed 64-bit number; 0 when it is none. */
MYBPF__FN int mybpf__smul_fits(int64_t a, int64_t b, int64_t *product)
{
    uint64_t x = mybpf__magnitude(a), y = mybpf__magnitude(b), sign = (a < 0) != (b < 0);
    if (y && x > ((uint64_t)INT64_MAX + sign) / y) return 0;
    *product = (int64_t)(sign ? 0 - x * y : x * y);
    return 1;
}

MYBPF__FN void mybpf__lane_mul(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    int64_t p, q, r, s;
    out->known = mybpf__bits_mul(a->known, b->known);
    if ((!b->umax || a->umax <= UINT64_MAX / b->umax) &&
        a->umax * b->umax - a->umin * b->umin <= mybpf__ones(out->width))
        mybpf__lane_within(out, a->umin * b->umin, a->umax * b->umax);
    if (mybpf__smul_fits(a->smin, b->smin, &p) && mybpf__smul_fits(a->smin, b->smax, &q) &&
        mybpf__smul_fits(a->smax, b->smin, &r) && mybpf__smul_fits(a->smax, b->smax, &s))
        mybpf__lane_swithin(out, mybpf__sleast(mybpf__sleast(p, q), mybpf__sleast(r, s)),
                            mybpf__smost(mybpf__smost(p, q), mybpf__smost(r, s)));
}

/* x / 0 is 0. */
MYBPF__FN void mybpf__lane_div(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t least = mybpf__most(b->umin, 1);
    if (!b->umax) {
        *out = mybpf__lane_const(0, out->width);
        return;
    }
    mybpf__lane_within(out, b->umin ? a->umin / b->umax : 0, a->umax / least);
    if (b->umin == b->umax && !(least & (least - 1)))
        out->known = mybpf__bits_of(a->known.value / least, a->known.mask / least);
}

/* Of a remainder: the bits below the lowest that a divisor can have are the dividend's. */
MYBPF__FN void mybpf__lane_keep_low(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t any = b->known.value | b->known.mask, low = (any & (0 - any)) - 1;
    out->known = mybpf__bits_of(a->known.value & low, (a->known.mask | ~low) & mybpf__ones(out->width));
}

/* x % 0 is x. */
MYBPF__FN void mybpf__lane_mod(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    if (!b->umax || b->umin > a->umax) {
        *out = *a;
        return;
    }
    mybpf__lane_keep_low(out, a, b);
    mybpf__lane_within(out, 0, b->umin ? mybpf__least(a->umax, b->umax - 1) : a->umax);
    if (b->umin == b->umax && a->umin / b->umin == a->umax / b->umin)
        mybpf__lane_within(out, a->umin % b->umin, a->umax % b->umin);
}

/* Adds the quotients of a's bounds by `by` to [lo, hi]: for divisors of one sign the extremes are there. */
MYBPF__FN void mybpf__lane_quotients(const mybpf__lane *a, int64_t by, int64_t *lo, int64_t *hi)
{
    int64_t p = a->smin / by, q = a->smax / by;
    *lo = mybpf__sleast(*lo, mybpf__sleast(p, q));
    *hi = mybpf__smost(*hi, mybpf__smost(p, q));
}

/* x / 0 is 0; the least number / -1 is itself. */
MYBPF__FN void mybpf__lane_sdiv(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    int64_t lo = INT64_MAX, hi = INT64_MIN;
    if (a->smin == out->smin && b->smin <= -1 && b->smax >= -1) {
        if (a->smax == a->smin && b->smax == b->smin) *out = *a;
        return;
    }
    if (!b->umin) lo = hi = 0;
    if (b->smin < 0) {
        mybpf__lane_quotients(a, b->smin, &lo, &hi);
        mybpf__lane_quotients(a, mybpf__sleast(b->smax, -1), &lo, &hi);
    }
    if (b->smax > 0) {
        mybpf__lane_quotients(a, b->smax, &lo, &hi);
        mybpf__lane_quotients(a, mybpf__smost(b->smin, 1), &lo, &hi);
    }
    mybpf__lane_within(out, (uint64_t)lo, (uint64_t)hi);
}

/* x % 0 is x; a remainder has the dividend's sign. */
MYBPF__FN void mybpf__lane_smod(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t most = mybpf__most(mybpf__magnitude(b->smin), mybpf__magnitude(b->smax));
    uint64_t least =
        b->smin > 0 || b->smax < 0 ? mybpf__least(mybpf__magnitude(b->smin), mybpf__magnitude(b->smax)) : 0;
    int64_t lo = mybpf__sleast(a->smin, 0), hi = mybpf__smost(a->smax, 0);
    if (!most || (mybpf__magnitude(a->smin) < least && mybpf__magnitude(a->smax) < least)) {
        *out = *a;
        return;
    }
    mybpf__lane_keep_low(out, a, b);
    if (b->umin) {
        lo = mybpf__smost(lo, -(int64_t)(most - 1));
        hi = mybpf__sleast(hi, (int64_t)(most - 1));
    }
    mybpf__lane_within(out, (uint64_t)lo, (uint64_t)hi);
    if (b->smin == b->smax && b->smin != -1 && b->smin && a->smin / b->smin == a->smax / b->smin)
        mybpf__lane_within(out, (uint64_t)(a->smin % b->smin), (uint64_t)(a->smax % b->smin));
}

/* Where both operands fit a number of bits with sign, so does what AND, OR and XOR make of them. */
MYBPF__FN void mybpf__lane_bitwise(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t room =
        (uint64_t)(a->smin < 0 ? ~a->smin : a->smin) | (uint64_t)(a->smax < 0 ? ~a->smax : a->smax) |
        (uint64_t)(b->smin < 0 ? ~b->smin : b->smin) | (uint64_t)(b->smax < 0 ? ~b->smax : b->smax);
    room = mybpf__smear(room);
    mybpf__lane_within(out, ~room, room);
}

MYBPF__FN void mybpf__lane_and(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t ones = a->known.value & b->known.value;
    uint64_t any = (a->known.value | a->known.mask) & (b->known.value | b->known.mask);
    out->known = mybpf__bits_of(ones, any & ~ones);
    mybpf__lane_bitwise(out, a, b);
    out->umax = mybpf__least(out->umax, mybpf__least(a->umax, b->umax));
    out->smax = mybpf__sleast(out->smax, mybpf__smost(a->smax, b->smax));
}

MYBPF__FN void mybpf__lane_or(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t ones = a->known.value | b->known.value;
    out->known = mybpf__bits_of(ones, (a->known.mask | b->known.mask) & ~ones);
    mybpf__lane_bitwise(out, a, b);
    out->umin = mybpf__most(out->umin, mybpf__most(a->umin, b->umin));
    out->smin = mybpf__smost(out->smin, mybpf__sleast(a->smin, b->smin));
}

MYBPF__FN void mybpf__lane_xor(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *b)
{
    out->known = mybpf__bits_of(a->known.value ^ b->known.value, a->known.mask | b->known.mask);
    mybpf__lane_bitwise(out, a, b);
}

/* ---- shifts: `n` holds the amounts, less than the width ---- */

MYBPF__FN mybpf__bits mybpf__bits_shift(mybpf__bits a, unsigned op, unsigned n, unsigned width)
{
    uint64_t ones = mybpf__ones(width);
    switch (op) {
    case MYBPF__ALU_LSH: return mybpf__bits_of(a.value << n & ones, a.mask << n & ones);
    case MYBPF__ALU_RSH: return mybpf__bits_of(a.value >> n, a.mask >> n);
    default:
        return mybpf__bits_of((uint64_t)mybpf__sshift(mybpf__signed(a.value, width), n) & ones,
                              (uint64_t)mybpf__sshift(mybpf__signed(a.mask, width), n) & ones);
    }
}

MYBPF__FN void mybpf__lane_shift_bits(mybpf__lane *out, const mybpf__lane *a, unsigned op,
                                      const mybpf__lane *n)
{
    unsigned first = (unsigned)n->umin;
    out->known = mybpf__bits_shift(a->known, op, first, a->width);
    for (unsigned i = first + 1; i <= (unsigned)n->umax; i++)
        if (mybpf__bits_contain(n->known, i))
            out->known = mybpf__bits_join(out->known, mybpf__bits_shift(a->known, op, i, a->width));
}

MYBPF__FN void mybpf__lane_lsh(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *n)
{
    unsigned lo = (unsigned)n->umin, hi = (unsigned)n->umax;
    uint64_t ones = mybpf__ones(a->width), room = ones >> 1 >> hi; /* greatest that stays positive */
    mybpf__lane_shift_bits(out, a, MYBPF__ALU_LSH, n);
    if (lo == hi && a->umax - a->umin <= ones >> lo) mybpf__lane_within(out, a->umin << lo, a->umax << lo);
    if (a->umax <= ones >> hi) mybpf__lane_within(out, a->umin << lo, a->umax << hi);
    if (a->smin >= ~(int64_t)room && a->smax <= (int64_t)room)
        mybpf__lane_within(out, (uint64_t)a->smin << (a->smin < 0 ? hi : lo),
                           (uint64_t)a->smax << (a->smax < 0 ? lo : hi));
}

MYBPF__FN void mybpf__lane_rsh(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *n)
{
    mybpf__lane_shift_bits(out, a, MYBPF__ALU_RSH, n);
    mybpf__lane_within(out, a->umin >> n->umax, a->umax >> n->umin);
}

MYBPF__FN void mybpf__lane_arsh(mybpf__lane *out, const mybpf__lane *a, const mybpf__lane *n)
{
    mybpf__lane_shift_bits(out, a, MYBPF__ALU_ARSH, n);
    mybpf__lane_within(out, (uint64_t)mybpf__sshift(a->smin, a->smin < 0 ? n->umin : n->umax),
                       (uint64_t)mybpf__sshift(a->smax, a->smax < 0 ? n->umax : n->umin));
}

/* ---- one instruction ---- */

MYBPF__FN uint64_t mybpf__lane_swap_bytes(uint64_t a, unsigned width)
{
    uint64_t swapped = 0;
    for (unsigned i = 0; i < width; i += 8) swapped = swapped << 8 | (a >> i & 0xff);
    return swapped;
}

/* The bytes in the other order. */
MYBPF__FN mybpf__lane mybpf__lane_swap(const mybpf__lane *a)
{
    mybpf__lane out = mybpf__lane_unknown(a->width);
    out.known = mybpf__bits_of(mybpf__lane_swap_bytes(a->known.value, a->width),
                               mybpf__lane_swap_bytes(a->known.mask, a->width));
    return out;
}

/* a op b; `op` is the upper half of an arithmetic opcode. Only signed division has `is_signed`. */
MYBPF__FN mybpf__lane mybpf__lane_alu(unsigned op, int is_signed, const mybpf__lane *a, const mybpf__lane *b)
{
    mybpf__lane out = mybpf__lane_unknown(a->width), other = out;
    if (op == MYBPF__ALU_LSH || op == MYBPF__ALU_RSH || op == MYBPF__ALU_ARSH) {
        /* the amount's lowest bits count */
        mybpf__lane limit = mybpf__lane_const(a->width - 1, a->width);
        mybpf__lane_and(&other, b, &limit);
        if (!mybpf__lane_sync(&other)) return out;
    } else if (op == MYBPF__ALU_NEG) {
        other = mybpf__lane_const(0, a->width);
    }
    switch (op) {
    case MYBPF__ALU_ADD: mybpf__lane_add(&out, a, b); break;
    case MYBPF__ALU_SUB: mybpf__lane_sub(&out, a, b); break;
    case MYBPF__ALU_MUL: mybpf__lane_mul(&out, a, b); break;
    case MYBPF__ALU_DIV: is_signed ? mybpf__lane_sdiv(&out, a, b) : mybpf__lane_div(&out, a, b); break;
    case MYBPF__ALU_OR: mybpf__lane_or(&out, a, b); break;
    case MYBPF__ALU_AND: mybpf__lane_and(&out, a, b); break;
    case MYBPF__ALU_LSH: mybpf__lane_lsh(&out, a, &other); break;
    case MYBPF__ALU_RSH: mybpf__lane_rsh(&out, a, &other); break;
    case MYBPF__ALU_NEG: mybpf__lane_sub(&out, &other, a); break;
    case MYBPF__ALU_MOD: is_signed ? mybpf__lane_smod(&out, a, b) : mybpf__lane_mod(&out, a, b); break;
    case MYBPF__ALU_XOR: mybpf__lane_xor(&out, a, b); break;
    case MYBPF__ALU_MOV: out = *b; break;
    case MYBPF__ALU_ARSH: mybpf__lane_arsh(&out, a, &other); break;
    default: break;
    }
    out.known =
        mybpf__bits_of(out.known.value & mybpf__ones(out.width), out.known.mask & mybpf__ones(out.width));
    return out;
}

/* ---- comparisons ---- */

MYBPF__FN int mybpf__lane_meet(mybpf__lane *a, const mybpf__lane *b)
{
    if ((a->known.value ^ b->known.value) & ~(a->known.mask | b->known.mask)) return 0;
    a->known = mybpf__bits_of(a->known.value | b->known.value, a->known.mask & b->known.mask);
    a->umin = mybpf__most(a->umin, b->umin);
    a->umax = mybpf__least(a->umax, b->umax);
    a->smin = mybpf__smost(a->smin, b->smin);
    a->smax = mybpf__sleast(a->smax, b->smax);
    return 1;
}

/* a != b: a number that is known is cut off the other's ends, or leaves it one of two. */
MYBPF__FN int mybpf__lane_differ(mybpf__lane *a, const mybpf__lane *b)
{
    uint64_t mask = a->known.mask;
    if (b->umin != b->umax || b->smin != b->smax) return 1;
    if (a->umin == a->umax) return a->umin != b->umin;
    if (a->smin == a->smax) return a->smin != b->smin;
    if (mask && !(mask & (mask - 1)) && mybpf__bits_contain(a->known, b->umin))
        a->known = mybpf__bits_of(b->umin ^ mask, 0);
    if (a->umin == b->umin) a->umin++;
    if (a->umax == b->umin) a->umax--;
    if (a->smin == b->smin) a->smin++;
    if (a->smax == b->smin) a->smax--;
    return 1;
}

/* a < b */
MYBPF__FN int mybpf__lane_below(mybpf__lane *a, mybpf__lane *b)
{
    if (a->umin >= b->umax) return 0;
    a->umax = mybpf__least(a->umax, b->umax - 1);
    b->umin = mybpf__most(b->umin, a->umin + 1);
    return 1;
}

MYBPF__FN int mybpf__lane_sbelow(mybpf__lane *a, mybpf__lane *b)
{
    if (a->smin >= b->smax) return 0;
    a->smax = mybpf__sleast(a->smax, b->smax - 1);
    b->smin = mybpf__smost(b->smin, a->smin + 1);
    return 1;
}

/* a <= b */
MYBPF__FN int mybpf__lane_up_to(mybpf__lane *a, mybpf__lane *b)
{
    a->umax = mybpf__least(a->umax, b->umax);
    b->umin = mybpf__most(b->umin, a->umin);
    return 1;
}

MYBPF__FN int mybpf__lane_sup_to(mybpf__lane *a, mybpf__lane *b)
{
    a->smax = mybpf__sleast(a->smax, b->smax);
    b->smin = mybpf__smost(b->smin, a->smin);
    return 1;
}

/* a & b is not 0: neither is 0, and a bit that alone can be common is one in both. */
MYBPF__FN int mybpf__lane_touch(mybpf__lane *a, mybpf__lane *b)
{
    uint64_t common = (a->known.value | a->known.mask) & (b->known.value | b->known.mask);
    if (!common) return 0;
    a->umin = mybpf__most(a->umin, 1);
    b->umin = mybpf__most(b->umin, 1);
    if (common & (common - 1)) return 1;
    a->known = mybpf__bits_of(a->known.value | common, a->known.mask & ~common);
    b->known = mybpf__bits_of(b->known.value | common, b->known.mask & ~common);
    return 1;
}

/* a & b is 0: where one has a one, the other has none. */
MYBPF__FN int mybpf__lane_miss(mybpf__lane *a, mybpf__lane *b)
{
    if (a->known.value & b->known.value) return 0;
    a->known.mask &= ~b->known.value;
    b->known.mask &= ~a->known.value;
    return 1;
}

typedef enum mybpf__relation {
    MYBPF__REL_NONE,
    MYBPF__REL_EQ,
    MYBPF__REL_NE,
    MYBPF__REL_LT,
    MYBPF__REL_GE, /* turned round: b <= a */
    MYBPF__REL_GT, /* b < a */
    MYBPF__REL_LE,
    MYBPF__REL_SLT,
    MYBPF__REL_SGE,
    MYBPF__REL_SGT,
    MYBPF__REL_SLE,
    MYBPF__REL_TOUCH,
    MYBPF__REL_MISS
} mybpf__relation;

/* Keeps of both what can be in that relation; 0 when nothing can. */
MYBPF__FN int mybpf__lane_relate(mybpf__relation relation, mybpf__lane *a, mybpf__lane *b)
{
    int possible = 1;
    switch (relation) {
    case MYBPF__REL_EQ: possible = mybpf__lane_meet(a, b) && mybpf__lane_meet(b, a); break;
    case MYBPF__REL_NE: possible = mybpf__lane_differ(a, b) && mybpf__lane_differ(b, a); break;
    case MYBPF__REL_LT: possible = mybpf__lane_below(a, b); break;
    case MYBPF__REL_GE: possible = mybpf__lane_up_to(b, a); break;
    case MYBPF__REL_GT: possible = mybpf__lane_below(b, a); break;
    case MYBPF__REL_LE: possible = mybpf__lane_up_to(a, b); break;
    case MYBPF__REL_SLT: possible = mybpf__lane_sbelow(a, b); break;
    case MYBPF__REL_SGE: possible = mybpf__lane_sup_to(b, a); break;
    case MYBPF__REL_SGT: possible = mybpf__lane_sbelow(b, a); break;
    case MYBPF__REL_SLE: possible = mybpf__lane_sup_to(a, b); break;
    case MYBPF__REL_TOUCH: possible = mybpf__lane_touch(a, b); break;
    case MYBPF__REL_MISS: possible = mybpf__lane_miss(a, b); break;
    default: break;
    }
    return possible && mybpf__lane_sync(a) && mybpf__lane_sync(b);
}

#endif
#endif
