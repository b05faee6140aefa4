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

enum { MYBPF__X64_MOST = 32 }; /* bytes that encoders store, as words, of which most are kept */

/* The prefixes that few instructions have, in front of `bytes`. */
MYBPF__FN uint64_t mybpf__x64_prefixes(uint64_t bytes, unsigned opcode)
{
    if (opcode & MYBPF__X64_66) bytes = bytes << 8 | 0x66;
    return opcode & MYBPF__X64_LOCK ? bytes << 8 | 0xf0 : bytes;
}

/* Prefixes, REX, opcode and `behind` it the next byte, the first in the lowest byte; `r`, `x`, `b` are the
 * registers whose fourth bits REX holds. `*count`: of bytes in front of `behind`. What most instructions have
 * takes no branches, as nothing would foretell them. */
MYBPF__INLINE uint64_t mybpf__x64_opcode(unsigned opcode, unsigned r, unsigned x, unsigned b, int byte,
                                         unsigned behind, unsigned *count)
{
    unsigned rex = (opcode / MYBPF__X64_W & 1u) << 3 | (r & 8) >> 1 | (x & 8) >> 2 | (b & 8) >> 3,
             two = opcode / MYBPF__X64_0F & 1u, extended = (rex | (unsigned)byte) != 0;
    uint64_t bytes = (opcode & 0xff) | behind << 8;
    bytes = bytes << 8 * two | ((two << 4) - two);
    bytes = bytes << 8 * extended | (extended << 6 | rex);
    *count = 1 + two + extended + (opcode / MYBPF__X64_66 & 1u) + (opcode / MYBPF__X64_LOCK & 1u);
    return opcode & (MYBPF__X64_66 | MYBPF__X64_LOCK) ? mybpf__x64_prefixes(bytes, opcode) : bytes;
}

/* Where an instruction is to be stored, or NULL: there must be room first. Encoders then leave to a function
 * of their own (.._grown), as whatever is called in their middle would make them save registers. */
MYBPF__INLINE uint8_t *mybpf__x64_place(const mybpf__buf *out)
{
    return MYBPF__X64_MOST <= out->capacity - out->size ? out->bytes + out->size : NULL;
}

MYBPF__INLINE unsigned mybpf__x64_modrm(unsigned mod, unsigned reg, unsigned rm)
{
    return mod << 6 | (reg & 7) << 3 | (rm & 7);
}

/* Does a byte register ask for a REX prefix? */
MYBPF__INLINE int mybpf__x64_byte(unsigned opcode, unsigned which, unsigned reg)
{
    return (opcode & which) != 0 && reg >= 4;
}

MYBPF__FN void mybpf__x64_rr(mybpf__buf *out, unsigned opcode, unsigned reg, unsigned rm);
MYBPF__ONE_COPY void mybpf__x64_rr_grown(mybpf__buf *out, unsigned opcode, unsigned reg, unsigned rm)
{
    if (mybpf__buf_grow(out, MYBPF__X64_MOST)) mybpf__x64_rr(out, opcode, reg, rm);
}

/* op reg, rm and op rm, reg: both operands registers. `reg` may be an opcode extension. */
MYBPF__FN void mybpf__x64_rr(mybpf__buf *out, unsigned opcode, unsigned reg, unsigned rm)
{
    uint8_t *at = mybpf__x64_place(out);
    if (!at) {
        mybpf__x64_rr_grown(out, opcode, reg, rm);
        return;
    }
    unsigned n = 1, modrm = mybpf__x64_modrm(3, reg, rm);
    uint64_t bytes = (opcode & 0xff) | modrm << 8;
    if (opcode <= (MYBPF__X64_W | 0xff) && !(opcode & MYBPF__X64_0F)) { /* most */
        unsigned rex = (opcode / MYBPF__X64_W & 1u) << 3 | (reg & 8) >> 1 | (rm & 8) >> 3;
        if (rex) bytes = bytes << 8 | 0x40 | rex, n = 2;
    } else {
        int byte =
            mybpf__x64_byte(opcode, MYBPF__X64_BYTE, reg) || mybpf__x64_byte(opcode, MYBPF__X64_BYTE_RM, rm);
        bytes = mybpf__x64_opcode(opcode, reg, 0, rm, byte, modrm, &n);
    }
    mybpf__put_le64(at, bytes);
    out->size += n + 1;
}

/* Of BMI2: the opcode, its prefix << 8 (1: 66, 2: F3, 3: F2), its map << 12 (2: 0F 38, 3: 0F 3A). */
enum {
    MYBPF__X64_MULX = 0x23f6, /* rdx * rm: the upper half in reg, before that the lower one in `second` */
    MYBPF__X64_SHLX = 0x21f7,
    MYBPF__X64_SARX = 0x22f7,
    MYBPF__X64_SHRX = 0x23f7,
    MYBPF__X64_RORX = 0x33f0 /* `second` is 0, an immediate of a byte follows */
};

/* op reg, rm, second: what has a VEX prefix, of three bytes, which holds registers and the like inverted. */
MYBPF__FN void mybpf__x64_vex(mybpf__buf *out, unsigned opcode, unsigned w, unsigned reg, unsigned rm,
                              unsigned second)
{
    uint8_t bytes[5];
    bytes[0] = 0xc4;
    bytes[1] = (uint8_t)((0xe0 ^ (reg & 8) << 4 ^ (rm & 8) << 2) | opcode >> 12);
    bytes[2] = (uint8_t)((w ? 0xf8u : 0x78u) ^ second << 3 ^ (opcode >> 8 & 3));
    bytes[3] = (uint8_t)opcode;
    bytes[4] = (uint8_t)mybpf__x64_modrm(3, reg, rm);
    mybpf__buf_put(out, bytes, sizeof bytes);
}

/* The same as mybpf__x64_rr with an immediate of `bytes` bytes behind it. */
MYBPF__FN void mybpf__x64_rri(mybpf__buf *out, unsigned opcode, unsigned reg, unsigned rm, int64_t imm,
                              unsigned bytes)
{
    mybpf__x64_rr(out, opcode, reg, rm);
    mybpf__buf_put_le(out, (uint64_t)imm, bytes);
}

MYBPF__FN void mybpf__x64_rm(mybpf__buf *out, unsigned opcode, unsigned reg, mybpf__x64_address m);
MYBPF__ONE_COPY void mybpf__x64_rm_grown(mybpf__buf *out, unsigned opcode, unsigned reg, mybpf__x64_address m)
{
    if (mybpf__buf_grow(out, MYBPF__X64_MOST)) mybpf__x64_rm(out, opcode, reg, m);
}

/* op reg, [memory] and op [memory], reg. */
MYBPF__FN void mybpf__x64_rm(mybpf__buf *out, unsigned opcode, unsigned reg, mybpf__x64_address m)
{
    uint8_t *at = mybpf__x64_place(out);
    if (!at) {
        mybpf__x64_rm_grown(out, opcode, reg, m);
        return;
    }
    int disp0 = !m.disp && (m.base & 7) != MYBPF__RBP, disp8 = m.disp >= -128 && m.disp < 128;
    int indexed = m.index != MYBPF__NO_REG, sib = indexed || (m.base & 7) == MYBPF__RSP;
    unsigned n, x = indexed ? m.index : 0, mod = disp0 ? 0 : disp8 ? 1 : 2, size = disp0 ? 0 : disp8 ? 1 : 4;
    unsigned modrm = mybpf__x64_modrm(mod, reg, sib ? 4 : m.base);
    mybpf__put_le64(at, mybpf__x64_opcode(opcode, reg, x, m.base,
                                          mybpf__x64_byte(opcode, MYBPF__X64_BYTE, reg), modrm, &n));
    n++;
    if (sib) {
        unsigned scale = m.scale == 8 ? 3 : m.scale == 4 ? 2 : m.scale == 2 ? 1 : 0;
        at[n++] = (uint8_t)mybpf__x64_modrm(scale, indexed ? m.index : 4u, m.base);
    }
    mybpf__put_le64(at + n, (uint64_t)(int64_t)m.disp);
    out->size += n + size;
}

/* movbe: 0xf0 loads, 0xf1 stores, what x64_rm makes of that with two bytes in front of the opcode. */
MYBPF__FN void mybpf__x64_movbe(mybpf__buf *out, unsigned opcode, unsigned reg, mybpf__x64_address m)
{
    uint8_t *at = mybpf__buf_reserve(out, MYBPF__X64_MOST);
    if (!at) return;
    mybpf__x64_rm(out, opcode, reg, m);
    while (*at != (opcode & 0xff)) at++; /* a prefix, REX */
    mybpf__put_le64(at + 3, mybpf__le64(at + 1));
    at[2] = *at;
    at[0] = 0x0f, at[1] = 0x38;
    out->size += 2;
}

/* The same as mybpf__x64_rm with an immediate. */
MYBPF__FN void mybpf__x64_rmi(mybpf__buf *out, unsigned opcode, unsigned reg, mybpf__x64_address m,
                              int64_t imm, unsigned bytes)
{
    mybpf__x64_rm(out, opcode, reg, m);
    mybpf__buf_put_le(out, (uint64_t)imm, bytes);
}

MYBPF__FN void mybpf__x64_ri(mybpf__buf *out, unsigned opcode, unsigned reg, int64_t imm, unsigned bytes);
MYBPF__ONE_COPY void mybpf__x64_ri_grown(mybpf__buf *out, unsigned opcode, unsigned reg, int64_t imm,
                                         unsigned bytes)
{
    if (mybpf__buf_grow(out, MYBPF__X64_MOST)) mybpf__x64_ri(out, opcode, reg, imm, bytes);
}

/* Opcodes without ModRM, which may hold their register, as push, pop, bswap do; an immediate of `bytes`
 * bytes. */
MYBPF__FN void mybpf__x64_ri(mybpf__buf *out, unsigned opcode, unsigned reg, int64_t imm, unsigned bytes)
{
    uint8_t *at = mybpf__x64_place(out);
    if (!at) {
        mybpf__x64_ri_grown(out, opcode, reg, imm, bytes);
        return;
    }
    unsigned n;
    mybpf__put_le64(at, mybpf__x64_opcode(opcode + (reg & 7), 0, 0, reg, 0, 0, &n));
    mybpf__put_le64(at + n, (uint64_t)imm);
    out->size += n + bytes;
}

MYBPF__FN void mybpf__x64_r(mybpf__buf *out, unsigned opcode, unsigned reg)
{
    mybpf__x64_ri(out, opcode, reg, 0, 0);
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
    else if (dst == MYBPF__RAX) /* short form without ModRM */
        mybpf__x64_ri(out, (operation << 3 | 5) | w, 0, imm, 4);
    else
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
    else if (imm > 0 && imm <= 0xffffffff)
        mybpf__x64_ri(out, 0xb8, dst, imm, 4);
    else if (imm >= INT32_MIN && imm < 0)
        mybpf__x64_rri(out, 0xc7 | MYBPF__X64_W, 0, dst, imm, 4);
    else
        mybpf__x64_ri(out, 0xb8 | MYBPF__X64_W, dst, imm, 8);
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
