/* x86_64_emit.h: x86-64 encoders, one a shape of operands. Operand order is Intel's: destination first. */
#ifndef MYBPF__X86_64_EMIT_H
#define MYBPF__X86_64_EMIT_H

#include "../base/buf.h"

enum {
    MYBPF__RAX,
    MYBPF__RCX,
    MYBPF__RDX,
    MYBPF__RBX,
    MYBPF__RSP,
    MYBPF__RBP,
    MYBPF__RSI,
    MYBPF__RDI,
    MYBPF__R8,
    MYBPF__R9,
    MYBPF__R10,
    MYBPF__R11,
    MYBPF__R12,
    MYBPF__R13,
    MYBPF__R14,
    MYBPF__R15,
    MYBPF__NO_REG = 0x10
};

/* An opcode: its last byte, and what stands in front of it. */
enum {
    MYBPF__X64_0F = 0x100, /* two-byte opcode */
    MYBPF__X64_W = 0x200,  /* 64-bit operands */
    MYBPF__X64_66 = 0x400, /* 16-bit operands */
    MYBPF__X64_LOCK = 0x800,
    MYBPF__X64_BYTE = 0x1000, /* `reg` is a byte register: 4..7 need a REX prefix to be spl..dil */
    MYBPF__X64_BYTE_RM = 0x2000
};

/* [base + index * scale + disp]; MYBPF__NO_REG where there is no index. base MYBPF__NO_REG is not supported.
 */
typedef struct mybpf__x64_address {
    uint8_t base, index, scale;
    int32_t disp;
} mybpf__x64_address;

/* Prefixes, REX and opcode; `r`, `x`, `b` are the registers whose fourth bits REX holds. Returns bytes
 * written. */
MYBPF__FN unsigned mybpf__x64_opcode(uint8_t *at, unsigned opcode, unsigned r, unsigned x, unsigned b,
                                     int byte)
{
    unsigned n = 0, rex = (opcode & MYBPF__X64_W ? 8u : 0) | (r & 8) >> 1 | (x & 8) >> 2 | (b & 8) >> 3;
    if (opcode & MYBPF__X64_LOCK) at[n++] = 0xf0;
    if (opcode & MYBPF__X64_66) at[n++] = 0x66;
    if (rex || byte) at[n++] = (uint8_t)(0x40 | rex);
    if (opcode & MYBPF__X64_0F) at[n++] = 0x0f;
    at[n++] = (uint8_t)opcode;
    return n;
}

MYBPF__FN uint8_t mybpf__x64_modrm(unsigned mod, unsigned reg, unsigned rm)
{
    return (uint8_t)(mod << 6 | (reg & 7) << 3 | (rm & 7));
}

/* op reg, rm and op rm, reg: both operands registers. `reg` may be an opcode extension. */
MYBPF__FN void mybpf__x64_rr(mybpf__buf *out, unsigned opcode, unsigned reg, unsigned rm)
{
    uint8_t *at = mybpf__buf_reserve(out, 16);
    if (!at) return;
    int byte = ((opcode & MYBPF__X64_BYTE) && reg >= 4) || ((opcode & MYBPF__X64_BYTE_RM) && rm >= 4);
    unsigned n = mybpf__x64_opcode(at, opcode, reg, 0, rm, byte);
    at[n++] = mybpf__x64_modrm(3, reg, rm);
    out->size += n;
}

/* The same with an immediate of `bytes` bytes behind it. */
MYBPF__FN void mybpf__x64_rri(mybpf__buf *out, unsigned opcode, unsigned reg, unsigned rm, int64_t imm,
                              unsigned bytes)
{
    mybpf__x64_rr(out, opcode, reg, rm);
    mybpf__buf_put_le(out, (uint64_t)imm, bytes);
}

/* op reg, [memory] and op [memory], reg. */
MYBPF__FN void mybpf__x64_rm(mybpf__buf *out, unsigned opcode, unsigned reg, mybpf__x64_address m)
{
    uint8_t *at = mybpf__buf_reserve(out, 16);
    if (!at) return;
    unsigned x = m.index == MYBPF__NO_REG ? 0 : m.index;
    unsigned n = mybpf__x64_opcode(at, opcode, reg, x, m.base, (opcode & MYBPF__X64_BYTE) && reg >= 4);
    int disp0 = !m.disp && (m.base & 7) != MYBPF__RBP, disp8 = m.disp >= -128 && m.disp < 128;
    unsigned mod = disp0 ? 0 : disp8 ? 1 : 2;
    if (m.index != MYBPF__NO_REG || (m.base & 7) == MYBPF__RSP) {
        unsigned scale = m.scale == 8 ? 3 : m.scale == 4 ? 2 : m.scale == 2 ? 1 : 0;
        at[n++] = mybpf__x64_modrm(mod, reg, 4);
        at[n++] = (uint8_t)(scale << 6 | (m.index == MYBPF__NO_REG ? 4u : m.index & 7u) << 3 | (m.base & 7u));
    } else
        at[n++] = mybpf__x64_modrm(mod, reg, m.base);
    if (mod == 1) at[n++] = (uint8_t)m.disp;
    if (mod == 2) mybpf__put_le(at + n, (uint64_t)(int64_t)m.disp, 4), n += 4;
    out->size += n;
}

/* The same with an immediate. */
MYBPF__FN void mybpf__x64_rmi(mybpf__buf *out, unsigned opcode, unsigned reg, mybpf__x64_address m,
                              int64_t imm, unsigned bytes)
{
    mybpf__x64_rm(out, opcode, reg, m);
    mybpf__buf_put_le(out, (uint64_t)imm, bytes);
}

/* Opcodes that hold their register: push, pop, bswap. */
MYBPF__FN void mybpf__x64_r(mybpf__buf *out, unsigned opcode, unsigned reg)
{
    uint8_t *at = mybpf__buf_reserve(out, 16);
    if (at) out->size += mybpf__x64_opcode(at, opcode + (reg & 7), 0, 0, reg, 0);
}

MYBPF__FN void mybpf__x64_push(mybpf__buf *out, unsigned reg) { mybpf__x64_r(out, 0x50, reg); }
MYBPF__FN void mybpf__x64_pop(mybpf__buf *out, unsigned reg) { mybpf__x64_r(out, 0x58, reg); }

/* The eight operations of opcode group 1, by number: add or adc sbb and sub xor cmp. */
enum {
    MYBPF__X64_ADD = 0,
    MYBPF__X64_OR = 1,
    MYBPF__X64_AND = 4,
    MYBPF__X64_SUB = 5,
    MYBPF__X64_XOR = 6,
    MYBPF__X64_CMP = 7
};

/* `w`: MYBPF__X64_W or 0. */
MYBPF__FN void mybpf__x64_alu(mybpf__buf *out, unsigned operation, unsigned w, unsigned dst, unsigned src)
{
    mybpf__x64_rr(out, (operation << 3 | 1) | w, src, dst);
}

MYBPF__FN void mybpf__x64_alu_imm(mybpf__buf *out, unsigned operation, unsigned w, unsigned dst, int32_t imm)
{
    if (imm >= -128 && imm < 128)
        mybpf__x64_rri(out, 0x83 | w, operation, dst, imm, 1);
    else if (dst == MYBPF__RAX) { /* short form without ModRM */
        uint8_t *at = mybpf__buf_reserve(out, 16);
        if (at) out->size += mybpf__x64_opcode(at, (operation << 3 | 5) | w, 0, 0, 0, 0);
        mybpf__buf_put_le(out, (uint64_t)(int64_t)imm, 4);
    } else
        mybpf__x64_rri(out, 0x81 | w, operation, dst, imm, 4);
}

MYBPF__FN void mybpf__x64_mov(mybpf__buf *out, unsigned w, unsigned dst, unsigned src)
{
    mybpf__x64_rr(out, 0x89 | w, src, dst);
}

/* mov dst, imm in its shortest form. Changes the flags when imm is 0. */
MYBPF__FN void mybpf__x64_mov_imm(mybpf__buf *out, unsigned dst, int64_t imm)
{
    if (!imm)
        mybpf__x64_alu(out, MYBPF__X64_XOR, 0, dst, dst);
    else if (imm > 0 && imm <= 0xffffffff) {
        mybpf__x64_r(out, 0xb8, dst);
        mybpf__buf_put_le(out, (uint64_t)imm, 4);
    } else if (imm >= INT32_MIN && imm < 0)
        mybpf__x64_rri(out, 0xc7 | MYBPF__X64_W, 0, dst, imm, 4);
    else {
        mybpf__x64_r(out, 0xb8 | MYBPF__X64_W, dst);
        mybpf__buf_put_le(out, (uint64_t)imm, 8);
    }
}

/* Shift group: 4 shl, 5 shr, 7 sar (0 rol, 1 ror). */
MYBPF__FN void mybpf__x64_shift_imm(mybpf__buf *out, unsigned operation, unsigned w, unsigned dst,
                                    unsigned count)
{
    if (count == 1)
        mybpf__x64_rr(out, 0xd1 | w, operation, dst);
    else
        mybpf__x64_rri(out, 0xc1 | w, operation, dst, (int64_t)count, 1);
}

MYBPF__FN void mybpf__x64_lea(mybpf__buf *out, unsigned w, unsigned dst, mybpf__x64_address m)
{
    mybpf__x64_rm(out, 0x8d | w, dst, m);
}

MYBPF__FN mybpf__x64_address mybpf__x64_at(unsigned base, int32_t disp)
{
    mybpf__x64_address m;
    m.base = (uint8_t)base;
    m.index = MYBPF__NO_REG;
    m.scale = 1;
    m.disp = disp;
    return m;
}

/* A jump over the next few bytes inside one operation: jcc (or 0xeb jmp) with the distance filled in by
 * `here`. */
MYBPF__FN size_t mybpf__x64_skip(mybpf__buf *out, unsigned opcode)
{
    mybpf__buf_put_le(out, opcode, 2);
    return out->size;
}

MYBPF__FN void mybpf__x64_here(mybpf__buf *out, size_t skip)
{
    if (!out->failed) out->bytes[skip - 1] = (uint8_t)(out->size - skip);
}

#endif
