/* arm64_emit.h: AArch64 encoders, one a shape of operands. Operand order is the assembler's: destination
 * first. */
#ifndef MYBPF__ARM64_EMIT_H
#define MYBPF__ARM64_EMIT_H

#include "../base/buf.h"

/* Registers are their numbers; these have a name. 31 is the stack pointer or zero, as the instruction wants.
 */
enum {
    MYBPF__A64_IP0 = 16,
    MYBPF__A64_IP1 = 17,
    MYBPF__A64_LR = 30,
    MYBPF__A64_SP = 31,
    MYBPF__A64_ZR = 31,
    MYBPF__A64_NO_REG = 32
};

/* clang-format off */

#define MYBPF__A64_X 0x80000000u /* added to an opcode: 64-bit operands */

/* rd, rn, rm; the first group may shift rm */
#define MYBPF__A64_ADD   0x0b000000u
#define MYBPF__A64_ADDS  0x2b000000u
#define MYBPF__A64_SUB   0x4b000000u
#define MYBPF__A64_SUBS  0x6b000000u
#define MYBPF__A64_AND   0x0a000000u
#define MYBPF__A64_ORR   0x2a000000u
#define MYBPF__A64_ORN   0x2a200000u
#define MYBPF__A64_EOR   0x4a000000u
#define MYBPF__A64_ANDS  0x6a000000u
#define MYBPF__A64_UDIV  0x1ac00800u
#define MYBPF__A64_SDIV  0x1ac00c00u
#define MYBPF__A64_LSLV  0x1ac02000u
#define MYBPF__A64_LSRV  0x1ac02400u
#define MYBPF__A64_ASRV  0x1ac02800u
#define MYBPF__A64_RORV  0x1ac02c00u
/* rd, rn, rm, ra */
#define MYBPF__A64_MADD  0x1b000000u
#define MYBPF__A64_MSUB  0x1b008000u
#define MYBPF__A64_UMULL 0x9ba07c00u /* 64 bits = 32 * 32 */
#define MYBPF__A64_UMULH 0x9bc07c00u
#define MYBPF__A64_SMULH 0x9b407c00u
/* rd, rn */
#define MYBPF__A64_REV16 0x5ac00400u
#define MYBPF__A64_REV_W 0x5ac00800u
#define MYBPF__A64_REV_X 0xdac00c00u
/* rd, rn, first and last bit */
#define MYBPF__A64_SBFM  0x13000000u
#define MYBPF__A64_UBFM  0x53000000u
#define MYBPF__A64_EXTR  0x13800000u
/* rd, 16 bits, position */
#define MYBPF__A64_MOVN  0x12800000u
#define MYBPF__A64_MOVZ  0x52800000u
#define MYBPF__A64_MOVK  0x72800000u
/* rt, [rn]; the stores with rs, the status or what was there */
#define MYBPF__A64_LDXR  0x085f7c00u
#define MYBPF__A64_LDAXR 0x085ffc00u
#define MYBPF__A64_STXR  0x08007c00u
#define MYBPF__A64_STLXR 0x0800fc00u
#define MYBPF__A64_LDAR  0x08dffc00u
#define MYBPF__A64_STLR  0x089ffc00u
#define MYBPF__A64_CASAL 0x08e0fc00u
#define MYBPF__A64_LDADD 0x38200000u
#define MYBPF__A64_LDCLR 0x38201000u
#define MYBPF__A64_LDEOR 0x38202000u
#define MYBPF__A64_LDSET 0x38203000u
#define MYBPF__A64_SWP   0x38208000u
#define MYBPF__A64_AL    0x00c00000u /* added to the last five: acquire and release */
/* branches without their distance */
#define MYBPF__A64_B     0x14000000u
#define MYBPF__A64_BL    0x94000000u
#define MYBPF__A64_BCOND 0x54000000u
#define MYBPF__A64_CSEL  0x1a800000u
#define MYBPF__A64_CSINC 0x1a800400u
#define MYBPF__A64_CBZ   0x34000000u
#define MYBPF__A64_CBNZ  0x35000000u
#define MYBPF__A64_TBZ   0x36000000u
#define MYBPF__A64_TBNZ  0x37000000u
#define MYBPF__A64_ADR   0x10000000u
#define MYBPF__A64_BR    0xd61f0000u
#define MYBPF__A64_BLR   0xd63f0000u
#define MYBPF__A64_RET   0xd65f03c0u
#define MYBPF__A64_NOP   0xd503201fu

enum { MYBPF__A64_EQ, MYBPF__A64_NE, MYBPF__A64_HS, MYBPF__A64_LO, MYBPF__A64_HI = 8, MYBPF__A64_LS,
       MYBPF__A64_GE, MYBPF__A64_LT, MYBPF__A64_GT, MYBPF__A64_LE };

enum { MYBPF__A64_LSL, MYBPF__A64_LSR, MYBPF__A64_ASR, MYBPF__A64_ROR };   /* shifts of rm */
enum { MYBPF__A64_UXTW = 2, MYBPF__A64_UXTX = 3, MYBPF__A64_SXTW = 6 };    /* extensions of rm */
enum { MYBPF__A64_STORE, MYBPF__A64_LOAD, MYBPF__A64_LOAD_SIGNED, MYBPF__A64_LOAD_SIGNED_W }; /* kinds of access */
enum { MYBPF__A64_POST = 1, MYBPF__A64_OFFSET = 2, MYBPF__A64_PRE = 3 };   /* pairs: when the base moves */

/* clang-format on */

MYBPF__FN void mybpf__a64_put(mybpf__buf *out, uint32_t word) { mybpf__buf_put_le(out, word, 4); }

/* ---- registers ---- */

MYBPF__FN void mybpf__a64_rr(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn)
{
    mybpf__a64_put(out, opcode | rn << 5 | rd);
}

MYBPF__FN void mybpf__a64_rrr(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn, unsigned rm)
{
    mybpf__a64_put(out, opcode | rm << 16 | rn << 5 | rd);
}

MYBPF__FN void mybpf__a64_rrr_shift(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn, unsigned rm,
                                    unsigned shift, unsigned count)
{
    mybpf__a64_rrr(out, opcode | shift << 22 | count << 10, rd, rn, rm);
}

/* ADD, SUB and their flag-setting forms alone; rd and rn may be the stack pointer. */
MYBPF__FN void mybpf__a64_rrr_extend(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn, unsigned rm,
                                     unsigned extend, unsigned count)
{
    mybpf__a64_rrr(out, opcode | 1u << 21 | extend << 13 | count << 10, rd, rn, rm);
}

MYBPF__FN void mybpf__a64_rrrr(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn, unsigned rm,
                               unsigned ra)
{
    mybpf__a64_rrr(out, opcode | ra << 10, rd, rn, rm);
}

/* `x`: MYBPF__A64_X or 0, here and below. */
MYBPF__FN void mybpf__a64_mov(mybpf__buf *out, uint32_t x, unsigned rd, unsigned rm)
{
    mybpf__a64_rrr(out, MYBPF__A64_ORR | x, rd, MYBPF__A64_ZR, rm);
}

/* SBFM, UBFM, EXTR (first: rm): the 64-bit forms have a second bit that says so. */
MYBPF__FN void mybpf__a64_bits(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn, unsigned first,
                               unsigned last)
{
    mybpf__a64_rrr(out, opcode | (opcode & MYBPF__A64_X) >> 9 | last << 10, rd, rn, first);
}

/* Shifts by a constant below the width; LSL, LSR, ASR, ROR. */
MYBPF__FN void mybpf__a64_shift(mybpf__buf *out, uint32_t x, unsigned shift, unsigned rd, unsigned rn,
                                unsigned count)
{
    unsigned top = x ? 63 : 31;
    switch (shift) {
    case MYBPF__A64_LSL:
        mybpf__a64_bits(out, MYBPF__A64_UBFM | x, rd, rn, (0 - count) & top, top - count);
        break;
    case MYBPF__A64_LSR: mybpf__a64_bits(out, MYBPF__A64_UBFM | x, rd, rn, count, top); break;
    case MYBPF__A64_ASR: mybpf__a64_bits(out, MYBPF__A64_SBFM | x, rd, rn, count, top); break;
    default: mybpf__a64_bits(out, MYBPF__A64_EXTR | x, rd, rn, rn, count);
    }
}

/* ---- immediates ---- */

/* Fits ADD and SUB: 12 bits, or 12 zeros below 12 bits. */
MYBPF__FN int mybpf__a64_is_sum(uint64_t imm) { return imm < 4096 || (imm < 1u << 24 && !(imm & 4095)); }

/* ADD, SUB and their flag-setting forms by what is_sum takes. */
MYBPF__FN void mybpf__a64_sum_imm(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn, uint64_t imm)
{
    uint32_t field = imm < 4096 ? (uint32_t)imm << 10 : 1u << 22 | (uint32_t)(imm >> 12) << 10;
    mybpf__a64_rr(out, (opcode & 0xe0000000u) | 0x11000000u | field, rd, rn);
}

#define MYBPF__A64_NO_MASK 0xffffffffu

/* The field that stands for `value` in AND, ORR, EOR, ANDS: a run of ones, rotated, repeated every 2, 4, ...
 * 64 bits. NO_MASK when it is none. */
MYBPF__FN uint32_t mybpf__a64_mask(uint32_t x, uint64_t value)
{
    unsigned size = 64, first = 0, ones = 0;
    if (!x) value = (value & 0xffffffffu) | value << 32;
    if (!value || !~value) return MYBPF__A64_NO_MASK;
    while (size > 2 && ((value ^ value >> size / 2) & ~(uint64_t)0 >> (64 - size / 2)) == 0) size /= 2;
    uint64_t all = ~(uint64_t)0 >> (64 - size);
    value &= all;
    uint64_t start = value & ~(value << 1 | value >> (size - 1)); /* ones that follow a zero */
    if (start & (start - 1)) return MYBPF__A64_NO_MASK;
    while (start >> first != 1) first++;
    for (uint64_t rest = value; rest; rest &= rest - 1) ones++;
    return (size == 64 ? 1u << 22 : 0) | ((size - first) & (size - 1)) << 16 |
           ((0u - 2 * size) & 0x3f) << 10 | (ones - 1) << 10;
}

/* AND, ORR, EOR, ANDS by a mask's field. */
MYBPF__FN void mybpf__a64_mask_imm(mybpf__buf *out, uint32_t opcode, unsigned rd, unsigned rn, uint32_t mask)
{
    mybpf__a64_rr(out, opcode + 0x08000000u + mask, rd, rn);
}

MYBPF__FN uint32_t mybpf__a64_half(uint32_t opcode, unsigned rd, uint64_t value, unsigned position)
{
    return opcode | position << 21 | (uint32_t)(value >> position * 16 & 0xffff) << 5 | rd;
}

/* MOVZ or MOVN, and MOVK for every half that it does not give. */
MYBPF__FN unsigned mybpf__a64_halves(uint32_t words[4], unsigned rd, uint64_t value, int inverted)
{
    uint64_t filler = inverted ? 0xffff : 0;
    uint32_t x = value >> 32 ? MYBPF__A64_X : 0;
    unsigned count = 0;
    for (unsigned i = 0; i < 4; i++) {
        if ((value >> i * 16 & 0xffff) == filler) continue;
        words[count] = count      ? mybpf__a64_half(MYBPF__A64_MOVK | x, rd, value, i)
                       : inverted ? mybpf__a64_half(MYBPF__A64_MOVN | x, rd, ~value, i)
                                  : mybpf__a64_half(MYBPF__A64_MOVZ | x, rd, value, i);
        count++;
    }
    if (!count) words[count++] = mybpf__a64_half(inverted ? MYBPF__A64_MOVN | x : MYBPF__A64_MOVZ, rd, 0, 0);
    return count;
}

/* The shortest way to rd = value; how many instructions. */
MYBPF__FN unsigned mybpf__a64_constant(uint32_t words[4], unsigned rd, uint64_t value)
{
    uint32_t x = value >> 32 ? MYBPF__A64_X : 0, other[4], mask;
    unsigned count = mybpf__a64_halves(words, rd, value, 0);
    if (count > 1 && !x && (value >> 16 == 0xffff || (value & 0xffff) == 0xffff)) { /* movn wd */
        unsigned half = value >> 16 == 0xffff ? 0 : 1;
        words[0] = mybpf__a64_half(MYBPF__A64_MOVN, rd, ~value, half);
        return 1;
    }
    if (count > 1 && x && mybpf__a64_halves(other, rd, value, 1) < count)
        count = mybpf__a64_halves(words, rd, value, 1);
    if (count > 1 && (mask = mybpf__a64_mask(x, value)) != MYBPF__A64_NO_MASK) {
        words[0] = (MYBPF__A64_ORR + 0x08000000u + mask) | x | MYBPF__A64_ZR << 5 | rd;
        return 1;
    }
    for (unsigned i = 0; count > 2 && i < 4; i++) { /* a mask but for one half */
        uint64_t half = (uint64_t)0xffff << i * 16;
        uint64_t like = (value & ~half) | ((value >> (i ^ 2u) * 16 & 0xffff) << i * 16);
        if ((mask = mybpf__a64_mask(x, like)) == MYBPF__A64_NO_MASK) continue;
        words[0] = (MYBPF__A64_ORR + 0x08000000u + mask) | x | MYBPF__A64_ZR << 5 | rd;
        words[1] = mybpf__a64_half(MYBPF__A64_MOVK | x, rd, value, i);
        count = 2;
    }
    return count;
}

MYBPF__FN void mybpf__a64_mov_imm(mybpf__buf *out, unsigned rd, int64_t imm)
{
    uint32_t words[4];
    unsigned count = mybpf__a64_constant(words, rd, (uint64_t)imm);
    for (unsigned i = 0; i < count; i++) mybpf__a64_put(out, words[i]);
}

/* rd = rn + imm, whatever imm is, at the cost of IP0. Both may be the stack pointer. */
MYBPF__FN void mybpf__a64_add_imm(mybpf__buf *out, uint32_t x, unsigned rd, unsigned rn, int64_t imm)
{
    uint32_t words[4], opcode = (imm < 0 ? MYBPF__A64_SUB : MYBPF__A64_ADD) | x;
    uint64_t size = imm < 0 ? 0 - (uint64_t)imm : (uint64_t)imm;
    if (mybpf__a64_is_sum(size))
        mybpf__a64_sum_imm(out, opcode, rd, rn, size);
    else if (size < 1u << 24 && mybpf__a64_constant(words, 0, x ? (uint64_t)imm : (uint32_t)imm) > 1) {
        mybpf__a64_sum_imm(out, opcode, rd, rn, size & ~(uint64_t)4095);
        mybpf__a64_sum_imm(out, opcode, rd, rd, size & 4095);
    } else {
        mybpf__a64_mov_imm(out, MYBPF__A64_IP0, x ? imm : (int64_t)(uint32_t)imm);
        mybpf__a64_rrr_extend(out, MYBPF__A64_ADD | x, rd, rn, MYBPF__A64_IP0, MYBPF__A64_UXTX, 0);
    }
}

/* ---- memory ---- */

/* [base + extended index * scale + disp]; index MYBPF__A64_NO_REG: none. */
typedef struct mybpf__a64_address {
    uint8_t base, index, extend, scale; /* scale: a power of two */
    int64_t disp;
} mybpf__a64_address;

MYBPF__FN mybpf__a64_address mybpf__a64_at(unsigned base, int64_t disp)
{
    mybpf__a64_address m;
    m.base = (uint8_t)base;
    m.index = MYBPF__A64_NO_REG;
    m.extend = MYBPF__A64_UXTX;
    m.scale = 1;
    m.disp = disp;
    return m;
}

MYBPF__FN unsigned mybpf__a64_log2(unsigned power) { return power > 2 ? (power > 4 ? 3u : 2u) : power / 2; }

/* rt, of 16 bytes a vector register, and memory of `size` bytes; what does not fit one instruction costs IP0,
 * an unaligned far one IP1. */
MYBPF__FN void mybpf__a64_access(mybpf__buf *out, unsigned kind, unsigned size, unsigned rt,
                                 mybpf__a64_address m)
{
    uint32_t opcode = (size == 16 ? 0x3c800000u : mybpf__a64_log2(size) << 30 | 0x38000000u) | kind << 22;
    if (m.index != MYBPF__A64_NO_REG && (m.disp || (m.scale != 1 && m.scale != size))) {
        mybpf__a64_rrr_extend(out, MYBPF__A64_ADD | MYBPF__A64_X, MYBPF__A64_IP0, m.base, m.index, m.extend,
                              mybpf__a64_log2(m.scale));
        m = mybpf__a64_at(MYBPF__A64_IP0, m.disp);
    }
    if (m.index != MYBPF__A64_NO_REG) {
        uint32_t scaled = m.scale == size && size > 1;
        mybpf__a64_rrr(out, opcode | 0x00200800u | (uint32_t)m.extend << 13 | scaled << 12, rt, m.base,
                       m.index);
        return;
    }
    if (m.disp >= 0 && m.disp < 4096 * (int64_t)size && m.disp % size == 0) {
        mybpf__a64_rr(out, opcode | 0x01000000u | (uint32_t)(m.disp / size) << 10, rt, m.base);
        return;
    }
    if (m.disp < -256 || m.disp > 255) { /* multiples of 4096 first */
        int64_t low = m.disp & 4095;
        if (m.disp - low < 1 << 24 && m.disp - low > -(1 << 24) && low % size == 0) {
            mybpf__a64_add_imm(out, MYBPF__A64_X, MYBPF__A64_IP0, m.base, m.disp - low);
            m.disp = low;
            m.base = MYBPF__A64_IP0;
            mybpf__a64_access(out, kind, size, rt, m);
        } else {
            mybpf__a64_mov_imm(out, MYBPF__A64_IP1, m.disp);
            mybpf__a64_rrr(out, opcode | 0x00200800u | MYBPF__A64_UXTX << 13, rt, m.base, MYBPF__A64_IP1);
        }
        return;
    }
    mybpf__a64_rr(out, opcode | ((uint32_t)m.disp & 0x1ff) << 12, rt, m.base);
}

MYBPF__FN void mybpf__a64_load(mybpf__buf *out, unsigned rt, unsigned base, int64_t disp)
{
    mybpf__a64_access(out, MYBPF__A64_LOAD, 8, rt, mybpf__a64_at(base, disp));
}

MYBPF__FN void mybpf__a64_store(mybpf__buf *out, unsigned rt, unsigned base, int64_t disp)
{
    mybpf__a64_access(out, MYBPF__A64_STORE, 8, rt, mybpf__a64_at(base, disp));
}

/* One 64-bit register and a base that moves by -256..255: POST, PRE. */
MYBPF__FN void mybpf__a64_single(mybpf__buf *out, unsigned kind, unsigned rt, unsigned base, int32_t disp,
                                 unsigned when)
{
    mybpf__a64_rr(out, 0xf8000000u | kind << 22 | ((uint32_t)disp & 0x1ff) << 12 | when << 10, rt, base);
}

/* Two 64-bit registers at -512..504, a multiple of 8. */
MYBPF__FN void mybpf__a64_pair(mybpf__buf *out, unsigned kind, unsigned rt, unsigned second, unsigned base,
                               int32_t disp, unsigned when)
{
    mybpf__a64_rr(out,
                  0xa8000000u | when << 23 | kind << 22 | ((uint32_t)(disp / 8) & 0x7f) << 15 | second << 10,
                  rt, base);
}

/* Exclusive, ordered and atomic accesses of `size` bytes at [base]; `rs`: status, or what is added, ... */
MYBPF__FN void mybpf__a64_atomic(mybpf__buf *out, uint32_t opcode, unsigned size, unsigned rs, unsigned rt,
                                 unsigned base)
{
    mybpf__a64_rr(out, opcode | mybpf__a64_log2(size) << 30 | rs << 16, rt, base);
}

#endif
