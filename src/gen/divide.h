/* divide.h: division by a constant as a multiplication, for passes and back ends.
 *
 * n / d = floor(n * M / 2^(bits + s)) for all n < 2^bits if M = floor(2^(bits + s) / d) + 1 exceeds the exact
 * quotient by so little that e = M * d - 2^(bits + s) <= 2^s. With s = floor(log2 d), M fits bits, and e < d
 * < 2^(s + 1): so it holds, or does when n, and d, are halved first, or M gets a bit more (Granlund and
 * Montgomery, 1994).
 *
 * With signs floor(n * M / 2^(bits + s)), one more for n below 0, is the quotient by |d| for all |n| <=
 * 2^(bits - 1) if e <= 2^(s + 1): so with the largest s for which 2^s < |d|, or one less. */
#ifndef MYBPF__DIVIDE_H
#define MYBPF__DIVIDE_H

#include "../base/config.h"

typedef struct mybpf__reciprocal {
    uint64_t multiplier;
    uint8_t half; /* operands of 32 bits: quotient = (n >> before) * multiplier >> 32 >> after, in 64 bits;
                   * otherwise h = the upper 64 bits of (n >> before) * multiplier, and quotient = h >> after.
                   * Signed: as much, then 1 more for n below 0; then the quotient of d below 0 is negated */
    uint8_t before, after;
    uint8_t add; /* not half: quotient = ((n - h >> 1) + h) >> after; signed: (n + h) >> after */
} mybpf__reciprocal;

/* floor(2^(bits + shift) / d) + 1, without a carry out of 64 bits; and e. Long division by digits of 32 bits.
 */
MYBPF__FN uint64_t mybpf__reciprocal_of(uint32_t d, unsigned bits, unsigned shift, uint64_t *excess)
{
    uint64_t quotient = 0, rest = ((uint64_t)1 << shift) % d;
    for (unsigned i = 0; i < bits; i += 32) {
        rest <<= 32;
        quotient = quotient << 32 | rest / d;
        rest %= d;
    }
    *excess = d - rest;
    return quotient + 1;
}

/* For unsigned operands of 4 or 8 bytes. 0: there is none, because `divisor` is 0, a power of two, or too
 * large. */
MYBPF__FN int mybpf__reciprocal_find(int64_t divisor, unsigned width, mybpf__reciprocal *r)
{
    uint32_t d = (uint32_t)divisor;
    unsigned bits = width * 8, shift = 31;
    uint64_t excess;
    if ((width == 8 && divisor != (int64_t)d) || !(d & (d - 1))) return 0;
    r->half = width == 4;
    r->before = r->add = 0;
    while (!(d >> shift)) shift--;
    r->multiplier = mybpf__reciprocal_of(d, bits, shift, &excess);
    r->after = (uint8_t)shift;
    if (excess <= (uint64_t)1 << shift) return 1;
    if (!(d & 1)) {
        while (!(d & 1)) d >>= 1, r->before++;
        r->after = (uint8_t)(shift - r->before);
        r->multiplier = mybpf__reciprocal_of(d, bits, r->after, &excess);
    } else if (r->half) { /* all of 64 bits for an operand of 32: the excess is no matter */
        r->half = r->after = 0;
        r->multiplier = mybpf__reciprocal_of(d, 64, 0, &excess);
    } else {
        r->add = 1; /* M - 2^64, for shift + 1; adding n again brings that back, and one bit of the shift */
        r->multiplier = mybpf__reciprocal_of(d, bits, shift + 1, &excess);
    }
    return 1;
}

/* For signed operands. 0: there is none, because `divisor` is 0, 1 or -1. */
MYBPF__FN int mybpf__reciprocal_find_signed(int64_t divisor, unsigned width, mybpf__reciprocal *r)
{
    uint32_t d = divisor < 0 ? 0 - (uint32_t)divisor : (uint32_t)divisor;
    unsigned shift = 0;
    uint64_t excess;
    if (divisor != (int32_t)divisor || d < 2) return 0;
    while ((uint64_t)2 << shift < d) shift++;
    r->half = width == 4;
    r->before = 0;
    r->add = !r->half;
    r->after = (uint8_t)shift;
    if (shift) {
        r->multiplier = mybpf__reciprocal_of(d, width * 8, shift - 1, &excess);
        if (excess <= (uint64_t)1 << shift) {
            r->after--;
            r->add = 0;
            return 1;
        }
    }
    r->multiplier = mybpf__reciprocal_of(d, width * 8, shift, &excess);
    return 1;
}

#endif
