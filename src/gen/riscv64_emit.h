/* riscv64_emit.h: RISC-V: registers, encoders, the choice of 16-bit forms, constants, jumps; and the short
 * words that lowering is written in. Operand order is the manual's: destination first. */
#ifndef MYBPF__RISCV64_EMIT_H
#define MYBPF__RISCV64_EMIT_H

#include "target.h"
#include "../base/buf.h"

/* clang-format off */
enum {
    MYBPF__RV_ZERO, MYBPF__RV_RA, MYBPF__RV_SP,
    MYBPF__RV_T0 = 5, MYBPF__RV_T1, MYBPF__RV_T2, MYBPF__RV_S0, MYBPF__RV_S1,
    MYBPF__RV_A0, MYBPF__RV_A1, MYBPF__RV_A2, MYBPF__RV_A3, MYBPF__RV_A4, MYBPF__RV_A5,
    MYBPF__RV_S2 = 18, MYBPF__RV_S3, MYBPF__RV_S11 = 27, MYBPF__RV_T3, MYBPF__RV_T4, MYBPF__RV_T5,
    MYBPF__RV_ENV = 20,   /* s4: the environment, where it is needed */
    MYBPF__RV_FRAME = 21, /* s5: r10 of guarded code */
    MYBPF__RV_STEPS = 22, /* s6: the steps left, in metered code */
    MYBPF__RV_FAR = 31    /* t6: for large displacements and far jumps */
};

/* An operation's number is its instruction word without operands. Of arithmetic, | W is the 32-bit form and
 * ^ IMM the one with an immediate. */
enum {
    MYBPF__RV_ADD = 0x33,        MYBPF__RV_SUB = 0x40000033,  MYBPF__RV_SLL = 0x1033,      MYBPF__RV_XOR = 0x4033,
    MYBPF__RV_SRL = 0x5033,      MYBPF__RV_SRA = 0x40005033,  MYBPF__RV_OR = 0x6033,       MYBPF__RV_AND = 0x7033,
    MYBPF__RV_MUL = 0x2000033,   MYBPF__RV_MULHU = 0x2003033, MYBPF__RV_MULH = 0x2001033, MYBPF__RV_DIV = 0x2004033,   MYBPF__RV_DIVU = 0x2005033,
    MYBPF__RV_REM = 0x2006033,   MYBPF__RV_REMU = 0x2007033,  MYBPF__RV_W = 0x08,          MYBPF__RV_IMM = 0x20,
    MYBPF__RV_ADDI = 0x13,       MYBPF__RV_SLLI = 0x1013,     MYBPF__RV_SRLI = 0x5013,     MYBPF__RV_SRAI = 0x40005013,
    MYBPF__RV_ANDI = 0x7013,     MYBPF__RV_ADDIW = 0x1b,      MYBPF__RV_LUI = 0x37,        MYBPF__RV_AUIPC = 0x17,
    MYBPF__RV_LB = 0x03,         MYBPF__RV_LW = 0x2003,       MYBPF__RV_LD = 0x3003,       MYBPF__RV_UNSIGNED = 0x4000,
    MYBPF__RV_SB = 0x23,         MYBPF__RV_SW = 0x2023,       MYBPF__RV_SD = 0x3023,
    MYBPF__RV_JAL = 0x6f,        MYBPF__RV_JALR = 0x67,       MYBPF__RV_BEQ = 0x63,        MYBPF__RV_BNE = 0x1063,
    MYBPF__RV_BLT = 0x4063,      MYBPF__RV_BGE = 0x5063,      MYBPF__RV_BLTU = 0x6063,     MYBPF__RV_BGEU = 0x7063,
    MYBPF__RV_INVERT = 0x1000, /* of a branch */
    MYBPF__RV_AMO = 0x2f,        MYBPF__RV_LR = 0x1000002f,   MYBPF__RV_SC = 0x1800002f,
    MYBPF__RV_ACQUIRE = 1 << 26, MYBPF__RV_RELEASE = 1 << 25,
    /* Zba, Zbb */
    MYBPF__RV_ADD_UW = 0x800003b, MYBPF__RV_SH1ADD = 0x20002033, MYBPF__RV_SH_NEXT = 0x2000, /* sh2add, sh3add */
    MYBPF__RV_ZEXT_H = 0x800403b, MYBPF__RV_SEXT_B = 0x60401013, MYBPF__RV_SEXT_H = 0x60501013,
    MYBPF__RV_REV8 = 0x6b805013, MYBPF__RV_CPOP = 0x60201013, MYBPF__RV_RORI = 0x60005013,
    MYBPF__RV_FENCE_R_RW = 0x230000f, MYBPF__RV_FENCE_RW_W = 0x310000f
};
/* clang-format on */

MYBPF__FN int mybpf__rv_fits(int64_t imm) { return imm >= -2048 && imm < 2048; }
/* The lowest 12 bits as instructions take them: what is left is a multiple of 4096. */
MYBPF__FN int32_t mybpf__rv_low(int64_t imm) { return (int32_t)((imm & 0xfff) ^ 0x800) - 0x800; }

MYBPF__FN uint32_t mybpf__rv_r(uint32_t op, unsigned rd, unsigned rs1, unsigned rs2)
{
    return op | rd << 7 | rs1 << 15 | rs2 << 20;
}
MYBPF__FN uint32_t mybpf__rv_i(uint32_t op, unsigned rd, unsigned rs1, int32_t imm)
{
    return op | rd << 7 | rs1 << 15 | (uint32_t)imm << 20;
}
MYBPF__FN uint32_t mybpf__rv_s(uint32_t op, unsigned rs2, unsigned rs1, int32_t imm)
{
    return op | ((uint32_t)imm & 31) << 7 | rs1 << 15 | rs2 << 20 | (uint32_t)imm >> 5 << 25;
}
/* `imm` is the whole number, of which the upper 20 bits are kept. */
MYBPF__FN uint32_t mybpf__rv_u(uint32_t op, unsigned rd, uint64_t imm)
{
    return op | rd << 7 | ((uint32_t)imm & 0xfffff000u);
}

/* The bits of `number` that `bits` names (0..9, then a = 10...), in that order; a dot is a 0. So the manual
 * writes immediates. */
MYBPF__FN uint32_t mybpf__rv_scatter(uint64_t number, const char *bits)
{
    uint32_t word = 0;
    for (; *bits; bits++) {
        unsigned bit = *bits == '.' ? 63 : (unsigned)*bits - (*bits > '9' ? 'a' - 10u : '0');
        word = word << 1 | (*bits == '.' ? 0 : (uint32_t)(number >> bit & 1));
    }
    return word;
}

/* ---- compressed forms: 0 where there is none ---- */

/* One of the eight registers that most of these can name. */
MYBPF__FN int mybpf__rv_small(unsigned reg) { return reg >= 8 && reg < 16; }
MYBPF__FN int mybpf__rv_fits6(int32_t imm) { return imm >= -32 && imm < 32; }
MYBPF__FN uint32_t mybpf__rv_imm6(int32_t imm)
{
    return mybpf__rv_scatter((uint32_t)imm, "5.....43210") << 2;
}

MYBPF__FN uint32_t mybpf__rv_compress_addi(unsigned rd, unsigned rs1, int32_t imm)
{
    uint64_t d = (uint64_t)imm;
    if (!rd) return 0;
    if (rs1 && !imm) return 0x8002 | rd << 7 | rs1 << 2;
    if ((!rs1 || rd == rs1) && mybpf__rv_fits6(imm))
        return (rs1 ? 1u : 0x4001u) | rd << 7 | mybpf__rv_imm6(imm);
    if (rs1 != MYBPF__RV_SP) return 0;
    if (rd == MYBPF__RV_SP && !(imm & 15) && imm >= -512 && imm < 512)
        return 0x6101 | mybpf__rv_scatter(d, "9.....46875") << 2;
    if (mybpf__rv_small(rd) && !(imm & 3) && imm > 0 && imm < 1024)
        return (rd & 7) << 2 | mybpf__rv_scatter(d, "54987623") << 5;
    return 0;
}

/* rd = rd op imm. */
MYBPF__FN uint32_t mybpf__rv_compress_i(uint32_t op, unsigned rd, int32_t imm)
{
    uint32_t imm6 = mybpf__rv_imm6(imm), small = (rd & 7) << 7 | imm6;
    switch (op) {
    case MYBPF__RV_ADDIW: return mybpf__rv_fits6(imm) ? 0x2001 | rd << 7 | imm6 : 0;
    case MYBPF__RV_SLLI:
        return imm & ~63 ? 0 : 0x0002 | rd << 7 | imm6; /* what else has its code is of Zbb */
    case MYBPF__RV_SRLI:
        return mybpf__rv_small(rd) && !(imm & ~0x43f) ? 0x8001u | (uint32_t)(imm & 0x400) | small
                                                      : 0; /* and srai */
    case MYBPF__RV_ANDI: return mybpf__rv_small(rd) && mybpf__rv_fits6(imm) ? 0x8801 | small : 0;
    default: return 0;
    }
}

/* rd = rd op rs2. */
MYBPF__FN uint32_t mybpf__rv_compress_r(uint32_t op, unsigned rd, unsigned rs2)
{
    uint32_t operands = (rd & 7) << 7 | (rs2 & 7) << 2;
    if (op == MYBPF__RV_ADD) return rd && rs2 ? 0x9002 | rd << 7 | rs2 << 2 : 0;
    if (!mybpf__rv_small(rd) || !mybpf__rv_small(rs2)) return 0;
    switch (op) {
    case MYBPF__RV_SUB: return 0x8c01 | operands;
    case MYBPF__RV_XOR: return 0x8c21 | operands;
    case MYBPF__RV_OR: return 0x8c41 | operands;
    case MYBPF__RV_AND: return 0x8c61 | operands;
    case MYBPF__RV_SUB | MYBPF__RV_W: return 0x9c01 | operands;
    case MYBPF__RV_ADD | MYBPF__RV_W: return 0x9c21 | operands;
    default: return 0;
    }
}

/* Loads and stores of 4 (`size` 2) or 8 (3) bytes. */
MYBPF__FN uint32_t mybpf__rv_compress_memory(unsigned size, int store, unsigned reg, unsigned base,
                                             int32_t imm)
{
    static const char *const mybpf__rv_offsets[2][3] = {{"543...26", "5.....43276", "543276"},
                                                        {"543...76", "5.....43876", "543876"}};
    uint32_t op = (size == 2 ? 0x4000u : 0x6000u) | (store ? 0x8000u : 0);
    if (size < 2 || size > 3 || imm < 0 || imm & ((1 << size) - 1)) return 0;
    const char *const *bits = mybpf__rv_offsets[size - 2];
    if (imm < 32 << size && mybpf__rv_small(base) && mybpf__rv_small(reg))
        return op | mybpf__rv_scatter((uint32_t)imm, bits[0]) << 5 | (base & 7) << 7 | (reg & 7) << 2;
    if (imm >= 64 << size || base != MYBPF__RV_SP || (!store && !reg)) return 0;
    if (store) return op | 2 | mybpf__rv_scatter((uint32_t)imm, bits[2]) << 7 | reg << 2;
    return op | 2 | mybpf__rv_scatter((uint32_t)imm, bits[1]) << 2 | reg << 7;
}

/* The 16-bit form of any instruction but jumps to labels, for which see the fixups. */
MYBPF__FN uint32_t mybpf__rv_compress(uint32_t word)
{
    unsigned rd = word >> 7 & 31, rs1 = word >> 15 & 31, rs2 = word >> 20 & 31, size = word >> 12 & 7;
    uint32_t op = word & 0xfe00707f;
    int32_t imm = mybpf__rv_low(word >> 20), high = (int32_t)(word >> 12 ^ 0x80000) - 0x80000;
    switch (word & 0x7f) {
    case MYBPF__RV_ADDI:
    case MYBPF__RV_ADDIW:
        op = word & 0x707f;
        if (op == MYBPF__RV_ADDI) return mybpf__rv_compress_addi(rd, rs1, imm);
        return rd && rd == rs1 ? mybpf__rv_compress_i(op, rd, imm) : 0;
    case MYBPF__RV_ADD:
    case MYBPF__RV_ADD | MYBPF__RV_W:
        if (rd == rs1) return mybpf__rv_compress_r(op, rd, rs2);
        if (rd != rs2 || op == MYBPF__RV_SUB || op == (MYBPF__RV_SUB | MYBPF__RV_W)) return 0;
        return mybpf__rv_compress_r(op, rd, rs1); /* what is left commutes, or has no such form */
    case MYBPF__RV_LUI:
        if (!rd || rd == MYBPF__RV_SP || !high || !mybpf__rv_fits6(high)) return 0;
        return 0x6001 | rd << 7 | mybpf__rv_imm6(high);
    case MYBPF__RV_LB: return mybpf__rv_compress_memory(size, 0, rd, rs1, imm);
    case MYBPF__RV_SB: return mybpf__rv_compress_memory(size, 1, rs2, rs1, (imm & ~31) | (int32_t)rd);
    case MYBPF__RV_JALR: return rs1 && !imm && rd < 2 ? 0x8002 | rd << 12 | rs1 << 7 : 0;
    default: return 0;
    }
}

/* Writes instructions, each in its shortest form, or only tells the bytes. */
MYBPF__FN unsigned mybpf__rv_write_all(uint8_t *at, const uint32_t *words, unsigned count)
{
    unsigned size = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t half = mybpf__rv_compress(words[i]);
        unsigned bytes = half ? 2 : 4;
        if (at) mybpf__put_le(at + size, half ? half : words[i], bytes);
        size += bytes;
    }
    return size;
}

MYBPF__FN void mybpf__rv_put(mybpf__buf *out, uint32_t word)
{
    uint8_t *at = mybpf__buf_reserve(out, 4);
    if (at) out->size += mybpf__rv_write_all(at, &word, 1);
}

/* ---- constants ---- */

enum { MYBPF__RV_LI_WORDS = 10 };

/* From the top down: up to 32 bits at once, then shifted and 12 more. */
MYBPF__FN unsigned mybpf__rv_li_steps(uint32_t *words, unsigned rd, int64_t imm)
{
    int32_t low = mybpf__rv_low(imm);
    uint64_t high = (uint64_t)imm - (uint64_t)(int64_t)low;
    unsigned n = 0, shift = 12;
    if (imm == (int32_t)imm) {
        if (high) words[n++] = mybpf__rv_u(MYBPF__RV_LUI, rd, high);
        if (high && low) words[n++] = mybpf__rv_i(MYBPF__RV_ADDIW, rd, rd, low);
        if (!high) words[n++] = mybpf__rv_i(MYBPF__RV_ADDI, rd, MYBPF__RV_ZERO, low);
        return n;
    }
    while (!(high >> shift & 1)) shift++;
    high = high >> shift | (high >> 63 ? ~(UINT64_MAX >> shift) : 0);
    n = mybpf__rv_li_steps(words, rd, (int64_t)high);
    words[n++] = mybpf__rv_i(MYBPF__RV_SLLI, rd, rd, (int32_t)shift);
    if (low) words[n++] = mybpf__rv_i(MYBPF__RV_ADDI, rd, rd, low);
    return n;
}

/* The shortest sequence for rd = imm. Zeros at the top may be shifted in at last, from either filling; or
 * both halves are made by themselves, the lower one in t5. */
MYBPF__FN unsigned mybpf__rv_li_words(uint32_t *words, unsigned rd, int64_t imm)
{
    uint32_t other[MYBPF__RV_LI_WORDS];
    int32_t low = (int32_t)(uint32_t)imm;
    uint64_t high = (uint64_t)imm - (uint64_t)(int64_t)low;
    unsigned n = mybpf__rv_li_steps(words, rd, imm), m, zeros = 0;
    while (!((uint64_t)imm << zeros >> 63) && zeros < 63) zeros++;
    for (unsigned way = 0; n > 2 && way < 3; way++) {
        uint64_t top = (uint64_t)imm << zeros | (way ? ~(UINT64_MAX << zeros) : 0);
        if (way < 2) {
            m = mybpf__rv_li_steps(other, rd, (int64_t)top);
            other[m++] = mybpf__rv_i(MYBPF__RV_SRLI, rd, rd, (int32_t)zeros);
        } else {
            m = mybpf__rv_li_steps(other, rd, (int64_t)high);
            m += mybpf__rv_li_steps(other + m, MYBPF__RV_T5, low);
            other[m++] = mybpf__rv_r(MYBPF__RV_ADD, rd, rd, MYBPF__RV_T5);
        }
        if (mybpf__rv_write_all(NULL, other, m) >= mybpf__rv_write_all(NULL, words, n)) continue;
        mybpf__copy(words, other, (n = m) * sizeof *words);
    }
    return n;
}

MYBPF__FN void mybpf__rv_li(mybpf__buf *out, unsigned rd, int64_t imm)
{
    uint32_t words[MYBPF__RV_LI_WORDS];
    unsigned n = mybpf__rv_li_words(words, rd, imm);
    for (unsigned i = 0; i < n; i++) mybpf__rv_put(out, words[i]);
}

/* ---- fixups ---- */

enum {
    MYBPF__RV_JUMP,
    MYBPF__RV_BRANCH,
    MYBPF__RV_BRANCH_ZERO, /* of a small register with zero */
    MYBPF__RV_CALL,
    MYBPF__RV_CALL_FAR,
    MYBPF__RV_ADDRESS,
    MYBPF__RV_FIXUPS
};

/* Bytes of each form, and the bits of the signed distance it reaches. `extra` of a branch is its word, of an
 * address the register. */
static const struct {
    uint8_t size, bits;
} mybpf__rv_forms[MYBPF__RV_FIXUPS][MYBPF__FORMS] = {
    {{2, 12}, {4, 21}, {8, 32}, {0, 0}},  /* c.j; jal; auipc t6 and jr */
    {{4, 13}, {8, 21}, {12, 32}, {0, 0}}, /* branch; the inverse over one of those jumps */
    {{2, 9}, {4, 13}, {8, 21}, {12, 32}}, /* c.beqz or c.bnez; the same */
    {{4, 21}, {8, 32}, {0, 0}, {0, 0}},   /* jal; auipc ra and jalr */
    {{8, 32}, {1, 64}, {0, 0}, {0, 0}},   /* auipc t6 and jalr; li t6 and jalr, as long as it takes */
    {{8, 32}, {0, 0}, {0, 0}, {0, 0}},    /* auipc and addi */
};

/* Calls an address that is far away; the bytes that takes. */
MYBPF__FN uint32_t mybpf__rv_call_far(uint8_t *at, uint64_t to)
{
    uint32_t words[MYBPF__RV_LI_WORDS + 1];
    unsigned n = mybpf__rv_li_words(words, MYBPF__RV_FAR, (int64_t)to);
    words[n++] = mybpf__rv_i(MYBPF__RV_JALR, MYBPF__RV_RA, MYBPF__RV_FAR, 0);
    return mybpf__rv_write_all(at, words, n);
}

MYBPF__FN uint32_t mybpf__rv_fixup_size(const mybpf__fixup *fixup, unsigned form)
{
    if (fixup->kind == MYBPF__RV_CALL_FAR && form == 1) return mybpf__rv_call_far(NULL, fixup->extra);
    return mybpf__rv_forms[fixup->kind][form].size;
}

MYBPF__FN int mybpf__rv_fixup_reaches(const mybpf__fixup *fixup, unsigned form, uint64_t from, uint64_t to,
                                      int known)
{
    int branch = fixup->kind == MYBPF__RV_BRANCH || fixup->kind == MYBPF__RV_BRANCH_ZERO;
    unsigned bits = mybpf__rv_forms[fixup->kind][form].bits;
    uint64_t distance = to - from;
    if (!known || bits == 64) return bits == 64;
    if (branch && mybpf__rv_forms[fixup->kind][form].size > 4) distance -= 4;
    if (bits == 32) distance += 0x800; /* the lower half is signed */
    return distance + ((uint64_t)1 << (bits - 1)) < (uint64_t)1 << bits;
}

MYBPF__FN uint32_t mybpf__rv_imm_j(uint64_t d) { return mybpf__rv_scatter(d, "ka987654321bjihgfedc") << 12; }
MYBPF__FN uint32_t mybpf__rv_imm_b(uint64_t d)
{
    return mybpf__rv_scatter(d, "ca98765.............4321b") << 7;
}

/* auipc `scratch`, then an instruction that adds the rest. */
MYBPF__FN void mybpf__rv_relative(uint8_t *at, unsigned scratch, uint32_t op, unsigned rd, uint64_t distance)
{
    int32_t low = mybpf__rv_low((int64_t)distance);
    mybpf__put_le(at, mybpf__rv_u(MYBPF__RV_AUIPC, scratch, distance - (uint64_t)(int64_t)low), 4);
    mybpf__put_le(at + 4, mybpf__rv_i(op, rd, scratch, low), 4);
}

MYBPF__FN void mybpf__rv_write_jump(uint8_t *at, uint32_t size, uint64_t distance)
{
    if (size == 2)
        mybpf__put_le(at, 0xa001 | mybpf__rv_scatter(distance, "b498a673215") << 2, 2);
    else if (size == 4)
        mybpf__put_le(at, MYBPF__RV_JAL | mybpf__rv_imm_j(distance), 4);
    else
        mybpf__rv_relative(at, MYBPF__RV_FAR, MYBPF__RV_JALR, MYBPF__RV_ZERO, distance);
}

MYBPF__FN void mybpf__rv_write_branch(uint8_t *at, uint32_t word, uint32_t size, uint64_t distance)
{
    if (size == 2) {
        uint32_t op = (word & MYBPF__RV_INVERT ? 0xe001u : 0xc001u) | (word >> 15 & 7) << 7;
        mybpf__put_le(at, op | mybpf__rv_scatter(distance, "843...76215") << 2, 2);
    } else if (size == 4) {
        mybpf__put_le(at, word | mybpf__rv_imm_b(distance), 4);
    } else {
        mybpf__put_le(at, (word ^ MYBPF__RV_INVERT) | mybpf__rv_imm_b(size), 4);
        mybpf__rv_write_jump(at + 4, size - 4, distance - 4);
    }
}

MYBPF__FN void mybpf__rv_fixup_write(uint8_t *at, const mybpf__fixup *fixup, uint64_t from, uint64_t to)
{
    uint32_t size = mybpf__rv_fixup_size(fixup, fixup->form);
    uint64_t distance = to - from;
    unsigned reg = (unsigned)fixup->extra;
    switch (fixup->kind) {
    case MYBPF__RV_JUMP: mybpf__rv_write_jump(at, size, distance); break;
    case MYBPF__RV_BRANCH:
    case MYBPF__RV_BRANCH_ZERO: mybpf__rv_write_branch(at, reg, size, distance); break;
    case MYBPF__RV_CALL:
        if (size == 4)
            mybpf__put_le(at, mybpf__rv_r(MYBPF__RV_JAL, MYBPF__RV_RA, 0, 0) | mybpf__rv_imm_j(distance), 4);
        else
            mybpf__rv_relative(at, MYBPF__RV_RA, MYBPF__RV_JALR, MYBPF__RV_RA, distance);
        break;
    case MYBPF__RV_CALL_FAR:
        if (fixup->form)
            mybpf__rv_call_far(at, to);
        else
            mybpf__rv_relative(at, MYBPF__RV_FAR, MYBPF__RV_JALR, MYBPF__RV_RA, distance);
        break;
    default: mybpf__rv_relative(at, reg, MYBPF__RV_ADDI, reg, distance);
    }
}

MYBPF__FN void mybpf__rv_nops(uint8_t *at, uint32_t count)
{
    for (; count >= 4; at += 4, count -= 4) mybpf__put_le(at, 0x13, 4);
    if (count) mybpf__put_le(at, 0x0001, 2);
}

/* ---- what lowering is written in ---- */

MYBPF__FN unsigned mybpf__rv_reg(const mybpf__emit *as, unsigned value) { return as->ir->reg[value]; }
MYBPF__FN int mybpf__rv_has(const mybpf__emit *as, uint32_t feature)
{
    return mybpf__cpu_has(as->request->features, feature);
}
MYBPF__FN int mybpf__rv_guarded(const mybpf__emit *as) { return as->object_code->trust == MYBPF_GUARDED; }

MYBPF__FN void mybpf__rv_op_r(mybpf__emit *as, uint32_t op, unsigned rd, unsigned rs1, unsigned rs2)
{
    mybpf__rv_put(&as->code, mybpf__rv_r(op, rd, rs1, rs2));
}
MYBPF__FN void mybpf__rv_op_i(mybpf__emit *as, uint32_t op, unsigned rd, unsigned rs1, int32_t imm)
{
    mybpf__rv_put(&as->code, mybpf__rv_i(op, rd, rs1, imm));
}
MYBPF__FN void mybpf__rv_store(mybpf__emit *as, uint32_t op, unsigned reg, unsigned base, int32_t disp)
{
    mybpf__rv_put(&as->code, mybpf__rv_s(op, reg, base, disp));
}
MYBPF__FN void mybpf__rv_const(mybpf__emit *as, unsigned rd, int64_t imm)
{
    mybpf__rv_li(&as->code, rd, imm);
}
MYBPF__FN void mybpf__rv_move(mybpf__emit *as, unsigned rd, unsigned rs)
{
    if (rd != rs) mybpf__rv_op_i(as, MYBPF__RV_ADDI, rd, rs, 0);
}

/* rd = rs + imm */
MYBPF__FN void mybpf__rv_add(mybpf__emit *as, unsigned rd, unsigned rs, int64_t imm)
{
    if (!imm)
        mybpf__rv_move(as, rd, rs);
    else if (mybpf__rv_fits(imm))
        mybpf__rv_op_i(as, MYBPF__RV_ADDI, rd, rs, (int32_t)imm);
    else {
        unsigned far = rd == rs ? (unsigned)MYBPF__RV_FAR : rd;
        mybpf__rv_const(as, far, imm);
        mybpf__rv_op_r(as, MYBPF__RV_ADD, rd, rs, far);
    }
}

/* rd = the lowest `bytes` bytes of rs, extended. */
MYBPF__FN void mybpf__rv_extend(mybpf__emit *as, unsigned rd, unsigned rs, unsigned bytes, int sign)
{
    int32_t shift = 64 - 8 * (int32_t)bytes;
    if (sign && bytes == 4)
        mybpf__rv_op_i(as, MYBPF__RV_ADDIW, rd, rs, 0);
    else if (!sign && bytes == 1)
        mybpf__rv_op_i(as, MYBPF__RV_ANDI, rd, rs, 255);
    else if (bytes == 4 && mybpf__rv_has(as, MYBPF__CPU_ZBA))
        mybpf__rv_op_r(as, MYBPF__RV_ADD_UW, rd, rs, MYBPF__RV_ZERO);
    else if (bytes < 4 && mybpf__rv_has(as, MYBPF__CPU_ZBB))
        mybpf__rv_op_r(as,
                       !sign        ? MYBPF__RV_ZEXT_H
                       : bytes == 1 ? MYBPF__RV_SEXT_B
                                    : MYBPF__RV_SEXT_H,
                       rd, rs, 0);
    else {
        mybpf__rv_op_i(as, MYBPF__RV_SLLI, rd, rs, shift);
        mybpf__rv_op_i(as, sign ? MYBPF__RV_SRAI : MYBPF__RV_SRLI, rd, rd, shift);
    }
}

/* The register of an operand; r10 that has none is put into `scratch`. */
MYBPF__FN unsigned mybpf__rv_use(mybpf__emit *as, unsigned value, unsigned scratch)
{
    if (value != MYBPF__FRAME_VALUE || mybpf__rv_guarded(as)) return mybpf__rv_reg(as, value);
    mybpf__rv_add(as, scratch, MYBPF__RV_SP, as->stack);
    return scratch;
}

/* Operand b, or the immediate, in a register. */
MYBPF__FN unsigned mybpf__rv_use_b(mybpf__emit *as, const mybpf__op *op)
{
    if (!(op->flags & MYBPF__F_IMM)) return mybpf__rv_use(as, op->b, MYBPF__RV_T1);
    if (!op->imm) return MYBPF__RV_ZERO;
    mybpf__rv_const(as, MYBPF__RV_T1, op->imm);
    return MYBPF__RV_T1;
}

/* Fields of the environment. */
MYBPF__FN void mybpf__rv_env_load(mybpf__emit *as, unsigned rd, int32_t offset)
{
    as->uses_env = 1;
    mybpf__rv_op_i(as, MYBPF__RV_LD, rd, MYBPF__RV_ENV, offset);
}
MYBPF__FN void mybpf__rv_env_store(mybpf__emit *as, unsigned reg, int32_t offset)
{
    as->uses_env = 1;
    mybpf__rv_store(as, MYBPF__RV_SD, reg, MYBPF__RV_ENV, offset);
}

MYBPF__FN void mybpf__rv_jump(mybpf__emit *as, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__RV_JUMP, label, 0);
}
MYBPF__FN void mybpf__rv_jump_reg(mybpf__emit *as, unsigned link, unsigned reg)
{
    mybpf__rv_op_i(as, MYBPF__RV_JALR, link, reg, 0);
}
MYBPF__FN void mybpf__rv_return(mybpf__emit *as) { mybpf__rv_jump_reg(as, MYBPF__RV_ZERO, MYBPF__RV_RA); }
MYBPF__FN void mybpf__rv_branch(mybpf__emit *as, uint32_t op, unsigned rs1, unsigned rs2, uint32_t label)
{
    int zero = (op & ~(uint32_t)MYBPF__RV_INVERT) == MYBPF__RV_BEQ && !rs2 && mybpf__rv_small(rs1);
    mybpf__emit_fixup(as, zero ? MYBPF__RV_BRANCH_ZERO : MYBPF__RV_BRANCH, label,
                      mybpf__rv_r(op, 0, rs1, rs2));
}
MYBPF__FN void mybpf__rv_call(mybpf__emit *as, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__RV_CALL, label, 0);
}
MYBPF__FN void mybpf__rv_call_env(mybpf__emit *as, int32_t offset)
{
    mybpf__rv_env_load(as, MYBPF__RV_T1, offset);
    mybpf__rv_jump_reg(as, MYBPF__RV_RA, MYBPF__RV_T1);
}

#endif
