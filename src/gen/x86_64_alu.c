/* x86_64_alu.c: lowers arithmetic, shifts, division, extensions and constants to x86-64. */
#ifndef MYBPF__X86_64_ALU_C
#define MYBPF__X86_64_ALU_C

#include "divide.h"
#include "divided.h"
#include "x86_64_base.h"

/* ---- simple operations ---- */

MYBPF__FN void mybpf__x64_move(mybpf__emit *as, unsigned w, unsigned dst, unsigned src)
{
    if (dst != src) mybpf__x64_mov(&as->code, w, dst, src);
}

/* Group-1 operations: add sub and or xor. */
MYBPF__ONE_COPY void mybpf__x64_simple(mybpf__emit *as, const mybpf__op *op, unsigned operation)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), b;
    if (op->flags & MYBPF__F_MEMORY) {
        mybpf__x64_rm(out, (operation << 3 | 3) | w, dst, mybpf__x64_operand(as, op));
        return;
    }
    if (op->flags & MYBPF__F_IMM) {
        int32_t imm = (int32_t)op->imm;
        if (operation == MYBPF__X64_AND && (imm == 0xff || imm == 0xffff) && op->imm == imm) { /* movzx */
            mybpf__x64_rr(out, imm == 0xff ? 0xb6 | MYBPF__X64_0F | MYBPF__X64_BYTE_RM : 0xb7 | MYBPF__X64_0F,
                          dst, a);
            return;
        }
        if (mybpf__x64_fits(op->imm)) {
            if (operation == MYBPF__X64_ADD && dst != a) {
                mybpf__x64_lea(out, w, dst, mybpf__x64_at(a, imm));
                return;
            }
            mybpf__x64_move(as, w, dst, a);
            if (operation == MYBPF__X64_AND && imm >= 0) w = 0; /* the upper half becomes 0 either way */
            mybpf__x64_alu_imm(out, operation, w, dst, imm);
            return;
        }
        mybpf__x64_mov_imm(out, b = MYBPF__R11, op->imm);
    } else
        b = mybpf__x64_reg(as, op->b);
    if (dst == b && dst != a) {
        if (operation == MYBPF__X64_SUB) { /* a - dst = a + -dst */
            mybpf__x64_rr(out, 0xf7 | w, 3, dst);
            operation = MYBPF__X64_ADD;
        }
        b = a;
    } else if (dst != a && operation == MYBPF__X64_ADD && !(op->flags & MYBPF__F_CARRY)) {
        mybpf__x64_address m = mybpf__x64_at(a, 0);
        m.index = (uint8_t)b;
        mybpf__x64_lea(out, w, dst, m);
        return;
    } else
        mybpf__x64_move(as, w, dst, a);
    mybpf__x64_alu(out, operation, w, dst, b);
}

/* n where the value is 2^n, else -1. */
MYBPF__FN int mybpf__x64_power(uint64_t value)
{
    int n = 0;
    if (!value || value & (value - 1)) return -1;
    while (value >> n != 1) n++;
    return n;
}

/* By 3, 5, 9, their multiples with powers of two, or by what is next to a power of two: in two or three
 * cycles, imul takes three. With a constant that operands.c adds to the former: no longer than without, where
 * lea takes two cycles for any scaled index. */
MYBPF__FN int mybpf__x64_multiply_sum(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), from = a;
    int above = mybpf__x64_power((uint64_t)op->imm - 1), below = mybpf__x64_power((uint64_t)op->imm + 1),
        shift = 0;
    if (op->imm < 3) return 0;
    while (!(op->imm >> shift & 1)) shift++;
    int64_t odd = op->imm >> shift;
    if (odd == 3 || odd == 5 || odd == 9) {
        mybpf__x64_address m = mybpf__x64_at(a, shift ? 0 : op->disp);
        m.index = (uint8_t)a;
        m.scale = (uint8_t)(odd - 1);
        mybpf__x64_lea(out, w, dst, m);
        if (shift) mybpf__x64_shift_imm(out, 4, w, dst, (unsigned)shift);
        return 1;
    }
    if (above < 0 && below < 0) return 0;
    if (dst == a) from = MYBPF__R11;
    mybpf__x64_mov(out, w, dst == a ? from : dst, a);
    mybpf__x64_shift_imm(out, 4, w, dst, (unsigned)(above < 0 ? below : above));
    mybpf__x64_alu(out, above < 0 ? MYBPF__X64_SUB : MYBPF__X64_ADD, w, dst, from);
    return 1;
}

MYBPF__ONE_COPY void mybpf__x64_multiply(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), b;
    if (op->flags & MYBPF__F_MEMORY) {
        mybpf__x64_rm(out, 0xaf | MYBPF__X64_0F | w, dst, mybpf__x64_operand(as, op));
        return;
    }
    if (op->flags & MYBPF__F_IMM) {
        int power = mybpf__x64_power(w ? (uint64_t)op->imm : (uint32_t)op->imm);
        if (power > 0) {
            mybpf__x64_move(as, w, dst, a);
            mybpf__x64_shift_imm(out, 4, w, dst, (unsigned)power);
            return;
        }
        if (mybpf__x64_multiply_sum(as, op)) return;
        if (mybpf__x64_fits(op->imm)) {
            int small = op->imm >= -128 && op->imm < 128;
            mybpf__x64_rri(out, (small ? 0x6bu : 0x69u) | w, dst, a, op->imm, small ? 1 : 4);
            return;
        }
        mybpf__x64_mov_imm(out, b = MYBPF__R11, op->imm);
    } else
        b = mybpf__x64_reg(as, op->b);
    if (dst == b)
        b = a;
    else
        mybpf__x64_move(as, w, dst, a);
    mybpf__x64_rr(out, 0xaf | MYBPF__X64_0F | w, dst, b);
}

/* With BMI2: shifts by values, rotates by constants. */
MYBPF__ONE_COPY void mybpf__x64_shift_apart(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a),
             opcode = op->code == MYBPF__IR_SHL   ? MYBPF__X64_SHLX
                      : op->code == MYBPF__IR_SHR ? MYBPF__X64_SHRX
                                                  : MYBPF__X64_SARX;
    if (op->code != MYBPF__IR_ROTL) {
        mybpf__x64_vex(out, opcode, w, dst, a, mybpf__x64_reg(as, op->b));
    } else if (dst != a) {
        mybpf__x64_vex(out, MYBPF__X64_RORX, w, dst, a, 0);
        mybpf__buf_put_le(out, op->width * 8u - (unsigned)op->imm, 1);
    } else
        mybpf__x64_shift_imm(out, 0, w, dst, (unsigned)op->imm);
}

MYBPF__ONE_COPY void mybpf__x64_shift(mybpf__emit *as, const mybpf__op *op, unsigned operation, uint64_t live)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a),
             work = dst;
    if ((op->code == MYBPF__IR_ROTL || !(op->flags & MYBPF__F_IMM)) && mybpf__x64_bmi2(as->request)) {
        mybpf__x64_shift_apart(as, op);
        return;
    }
    if (op->flags & MYBPF__F_IMM) {
        unsigned count = (unsigned)op->imm & (op->width * 8u - 1);
        if (count || !w) mybpf__x64_move(as, w, dst, a);
        if (count)
            mybpf__x64_shift_imm(out, operation, w, dst, count);
        else if (dst == a && !w)
            mybpf__x64_mov(out, 0, dst, dst);
        else if (w)
            mybpf__x64_move(as, w, dst, a);
        return;
    }
    /* the count must be in cl; rcx may be in use, may be the destination, may be the count already */
    unsigned count = mybpf__x64_reg(as, op->b);
    int save =
        count != MYBPF__RCX && dst != MYBPF__RCX && (mybpf__x64_live_registers(as, live) & 1u << MYBPF__RCX);
    if (dst == MYBPF__RCX && !(a == MYBPF__RCX && count == MYBPF__RCX)) work = MYBPF__R11;
    if (work == count && work != a) work = MYBPF__R10;
    if (save) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, MYBPF__RCX);
    mybpf__x64_move(as, w, work, a);
    if (count != MYBPF__RCX) mybpf__x64_mov(out, 0, MYBPF__RCX, count);
    mybpf__x64_rr(out, 0xd3 | w, operation, work);
    mybpf__x64_move(as, w, dst, work);
    if (save) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RCX, MYBPF__R11);
    if (work == MYBPF__R10) mybpf__x64_window_in(as);
}

/* ---- division ----
 * div takes rdx:rax and leaves the quotient in rax, the remainder in rdx. What lives there waits in r11, r10
 * and r9; the divisor moves to r11 when it is in the way. Zero and -1 as divisors, which would trap, are told
 * apart beforehand. */

MYBPF__FN void mybpf__x64_test_zero(mybpf__emit *as, unsigned w, unsigned reg)
{
    mybpf__x64_rr(&as->code, 0x85 | w, reg, reg);
}

/* Where the divisor of `op`, no constant, is while it divides. */
MYBPF__FN unsigned mybpf__x64_divisor(const mybpf__emit *as, const mybpf__op *op)
{
    unsigned b = mybpf__x64_reg(as, op->b);
    return b == MYBPF__RAX || b == MYBPF__RDX ? (unsigned)MYBPF__R11 : b;
}

/* A division of 8 bytes takes longer than one of 4, which it is where both numbers fit: one branch asks for
 * that, and for a divisor that is zero. */
MYBPF__FN void mybpf__x64_unsigned(mybpf__emit *as, const mybpf__op *op, unsigned a, unsigned divisor)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op);
    uint32_t back = MYBPF__NO_LABEL;
    mybpf__x64_move(as, w, MYBPF__RAX, a);
    if (!(op->flags & MYBPF__F_IMM)) {
        back = mybpf__emit_label(as);
        if (w) {
            mybpf__x64_lea(out, w, MYBPF__RDX, mybpf__x64_at(divisor, -1));
            mybpf__x64_alu(out, MYBPF__X64_OR, w, MYBPF__RDX, divisor);
            mybpf__x64_alu(out, MYBPF__X64_OR, w, MYBPF__RDX, MYBPF__RAX);
            mybpf__x64_shift_imm(out, 5, w, MYBPF__RDX, 32);
        } else
            mybpf__x64_test_zero(as, w, divisor);
        mybpf__x64_jcc(as, w ? MYBPF__X64_JNZ : MYBPF__X64_JZ,
                       mybpf__emit_cold(as, MYBPF__X64_COLD_DIVIDE, op->insn, op - as->ir->ops, back));
        w = 0;
    }
    mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RDX, MYBPF__RDX);
    mybpf__x64_rr(out, 0xf7 | w, 6, divisor);
    if (back != MYBPF__NO_LABEL) mybpf__emit_place(as, back);
}

MYBPF__FN void mybpf__x64_divided_by_zero(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_mov(&as->code, mybpf__x64_w(op), MYBPF__RDX, MYBPF__RAX);
    mybpf__x64_mov_imm(&as->code, MYBPF__RAX, 0);
}

/* The rest of it: the dividend is in rax. By zero: 0, and the dividend. */
MYBPF__ONE_COPY void mybpf__x64_divide_cold(mybpf__emit *as, const mybpf__op *op, uint32_t back)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), divisor = mybpf__x64_divisor(as, op);
    if (w) {
        mybpf__x64_test_zero(as, w, divisor);
        size_t zero = mybpf__x64_skip(out, 0x70 | MYBPF__X64_JZ);
        mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RDX, MYBPF__RDX);
        mybpf__x64_rr(out, 0xf7 | w, 6, divisor);
        size_t end = mybpf__x64_skip(out, 0xeb);
        mybpf__x64_here(out, zero);
        mybpf__x64_divided_by_zero(as, op);
        mybpf__x64_here(out, end);
    } else
        mybpf__x64_divided_by_zero(as, op);
    mybpf__x64_jump(as, back);
}

MYBPF__FN void mybpf__x64_signed(mybpf__emit *as, const mybpf__op *op, unsigned a, unsigned divisor)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op);
    size_t zero = 0, minus = 0, end = 0;
    mybpf__x64_move(as, w, MYBPF__RAX, a);
    if (!(op->flags & MYBPF__F_IMM)) {
        if (op->code == MYBPF__IR_SMOD) mybpf__x64_mov(out, w, MYBPF__RDX, MYBPF__RAX);
        mybpf__x64_test_zero(as, w, divisor);
        zero = mybpf__x64_skip(out, 0x70 | MYBPF__X64_JZ);
        if (op->code == MYBPF__IR_SMOD) mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RDX, MYBPF__RDX);
        mybpf__x64_alu_imm(out, MYBPF__X64_CMP, w, divisor, -1);
        minus = mybpf__x64_skip(out, 0x70 | MYBPF__X64_JZ);
    }
    mybpf__buf_put_le(out, w ? 0x9948 : 0x99, w ? 2 : 1); /* cqo, cdq */
    mybpf__x64_rr(out, 0xf7 | w, 7, divisor);
    if (!zero) return;
    if (op->code == MYBPF__IR_SDIV) {
        end = mybpf__x64_skip(out, 0xeb);
        mybpf__x64_here(out, zero);
        mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RAX, MYBPF__RAX);
        mybpf__x64_here(out, minus); /* 0 or the dividend */
        mybpf__x64_rr(out, 0xf7 | w, 3, MYBPF__RAX);
        mybpf__x64_here(out, end);
    } else {
        mybpf__x64_here(out, zero);
        mybpf__x64_here(out, minus);
    }
}

/* Divisors that need no division. */
MYBPF__FN int mybpf__x64_trivial_division(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a);
    int is_mod = op->code == MYBPF__IR_MOD || op->code == MYBPF__IR_SMOD;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    if (!(op->flags & MYBPF__F_IMM)) return 0;
    int64_t imm = w ? op->imm : (int64_t)(int32_t)op->imm;
    if (imm == 0 && is_mod) {
        if (dst != a || !w) mybpf__x64_mov(&as->code, w, dst, a);
    } else if (imm == 0 || (imm == -1 && op->code == MYBPF__IR_SMOD)) {
        mybpf__x64_mov_imm(&as->code, dst, 0);
    } else if (imm == -1 && is_signed) {
        mybpf__x64_move(as, w, dst, a);
        mybpf__x64_rr(&as->code, 0xf7 | w, 3, dst);
    } else
        return 0;
    return 1;
}

/* Operands of 32 bits whose product fits 64: in r11, and the quotient where it goes. A multiplier of 31 bits
 * is part of the instruction; another one needs a register, as a remainder does: r10, if nothing else is
 * free. 1: it was. */
MYBPF__FN int mybpf__x64_reciprocal_half(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r)
{
    mybpf__buf *out = &as->code;
    unsigned dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), shift = 32u + r->after,
             to = op->code == MYBPF__IR_DIV ? dst : (unsigned)MYBPF__R11,
             with = op->code == MYBPF__IR_DIV ? (unsigned)MYBPF__R11
                    : dst != a                ? dst
                                              : (unsigned)MYBPF__R10;
    uint64_t multiplier = r->multiplier;
    for (; !(multiplier & 1); shift--) multiplier >>= 1;
    mybpf__x64_mov(out, 0, MYBPF__R11, a);
    if (r->before) mybpf__x64_shift_imm(out, 5, 0, MYBPF__R11, r->before);
    if (multiplier <= INT32_MAX)
        mybpf__x64_rri(out, 0x69 | MYBPF__X64_W, to, MYBPF__R11, (int64_t)multiplier, 4);
    else {
        mybpf__x64_mov_imm(out, to == MYBPF__R11 ? with : to, (int64_t)multiplier);
        mybpf__x64_rr(out, 0xaf | MYBPF__X64_0F | MYBPF__X64_W, to, with);
    }
    mybpf__x64_shift_imm(out, 5, MYBPF__X64_W, to, shift);
    if (op->code == MYBPF__IR_DIV) return 0;
    mybpf__x64_rri(out, 0x69, MYBPF__R11, MYBPF__R11, op->imm, 4);
    mybpf__x64_move(as, 0, dst, a);
    mybpf__x64_alu(out, MYBPF__X64_SUB, 0, dst, MYBPF__R11);
    return with == MYBPF__R10;
}

/* Signed ones: the dividend in r11, the quotient in r10. */
MYBPF__ONE_COPY void mybpf__x64_signed_half(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r)
{
    mybpf__buf *out = &as->code;
    unsigned dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a);
    mybpf__x64_rr(out, 0x63 | MYBPF__X64_W, MYBPF__R11, a); /* movsxd */
    mybpf__x64_mov_imm(out, MYBPF__R10, (int64_t)r->multiplier);
    mybpf__x64_rr(out, 0xaf | MYBPF__X64_0F | MYBPF__X64_W, MYBPF__R10, MYBPF__R11);
    mybpf__x64_shift_imm(out, 7, MYBPF__X64_W, MYBPF__R10, 32u + r->after);
    mybpf__x64_shift_imm(out, 5, 0, MYBPF__R11, 31);
    mybpf__x64_alu(out, MYBPF__X64_ADD, 0, MYBPF__R10, MYBPF__R11);
    if (op->imm < 0) mybpf__x64_rr(out, 0xf7, 3, MYBPF__R10); /* neg */
    if (op->code == MYBPF__IR_SDIV) {
        mybpf__x64_mov(out, 0, dst, MYBPF__R10);
        return;
    }
    mybpf__x64_rri(out, 0x69, MYBPF__R10, MYBPF__R10, op->imm, 4);
    mybpf__x64_move(as, 0, dst, a);
    mybpf__x64_alu(out, MYBPF__X64_SUB, 0, dst, MYBPF__R10);
}

/* ... of 64 bits: the dividend in rdx, the quotient there as well, the upper half of rax * rdx. What is still
 * needed of them waits in r10 and r11. */
MYBPF__ONE_COPY void mybpf__x64_signed_whole(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r,
                                             uint64_t live)
{
    mybpf__buf *out = &as->code;
    const unsigned w = MYBPF__X64_W;
    unsigned dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a);
    uint32_t keep = mybpf__x64_live_registers(as, live) & ~(1u << dst), wait = keep | 1u << a;
    if (wait & 1u << MYBPF__RAX) mybpf__x64_mov(out, w, MYBPF__R10, MYBPF__RAX);
    if (wait & 1u << MYBPF__RDX) mybpf__x64_mov(out, w, MYBPF__R11, MYBPF__RDX);
    if (a != MYBPF__RDX) mybpf__x64_mov(out, w, MYBPF__RDX, a);
    a = a == MYBPF__RAX ? (unsigned)MYBPF__R10 : a == MYBPF__RDX ? (unsigned)MYBPF__R11 : a;
    mybpf__x64_mov_imm(out, MYBPF__RAX, (int64_t)r->multiplier);
    mybpf__x64_rr(out, 0xf7 | w, 5, MYBPF__RDX); /* imul */
    if (r->add) mybpf__x64_alu(out, MYBPF__X64_ADD, w, MYBPF__RDX, a);
    if (r->after) mybpf__x64_shift_imm(out, 7, w, MYBPF__RDX, r->after);
    mybpf__x64_mov(out, w, MYBPF__RAX, a);
    mybpf__x64_shift_imm(out, 5, w, MYBPF__RAX, 63);
    mybpf__x64_alu(out, MYBPF__X64_ADD, w, MYBPF__RDX, MYBPF__RAX);
    if (op->imm < 0) mybpf__x64_rr(out, 0xf7 | w, 3, MYBPF__RDX); /* neg */
    if (op->code == MYBPF__IR_SMOD) {
        mybpf__x64_rri(out, 0x69 | w, MYBPF__RAX, MYBPF__RDX, op->imm, 4);
        mybpf__x64_mov(out, w, MYBPF__RDX, a);
        mybpf__x64_alu(out, MYBPF__X64_SUB, w, MYBPF__RDX, MYBPF__RAX);
    }
    mybpf__x64_move(as, w, dst, MYBPF__RDX);
    if (keep & 1u << MYBPF__RAX) mybpf__x64_mov(out, w, MYBPF__RAX, MYBPF__R10);
    if (keep & 1u << MYBPF__RDX) mybpf__x64_mov(out, w, MYBPF__RDX, MYBPF__R11);
    mybpf__x64_window_in(as);
}

/* With BMI2: the quotient in r11, the upper half of rdx * r11. What is still needed of rdx waits in r10. */
MYBPF__ONE_COPY void mybpf__x64_reciprocal_apart(mybpf__emit *as, const mybpf__op *op,
                                                 const mybpf__reciprocal *r, uint64_t live)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), from = a;
    int again = r->add || op->code == MYBPF__IR_MOD; /* the dividend is read once more */
    uint32_t keep = mybpf__x64_live_registers(as, live) & ~(1u << dst) & 1u << MYBPF__RDX,
             wait = keep | (again && a == MYBPF__RDX);
    if (wait) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R10, MYBPF__RDX);
    if (a == MYBPF__RDX || !w || r->before) mybpf__x64_mov(out, w, from = MYBPF__R11, a);
    if (a == MYBPF__RDX) a = MYBPF__R10;
    if (r->before) mybpf__x64_shift_imm(out, 5, MYBPF__X64_W, MYBPF__R11, r->before);
    mybpf__x64_mov_imm(out, MYBPF__RDX, (int64_t)r->multiplier);
    mybpf__x64_vex(out, MYBPF__X64_MULX, MYBPF__X64_W, MYBPF__R11, from, MYBPF__R11);
    if (r->add) {
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, a);
        mybpf__x64_alu(out, MYBPF__X64_SUB, MYBPF__X64_W, MYBPF__RDX, MYBPF__R11);
        mybpf__x64_shift_imm(out, 5, MYBPF__X64_W, MYBPF__RDX, 1);
        mybpf__x64_alu(out, MYBPF__X64_ADD, MYBPF__X64_W, MYBPF__R11, MYBPF__RDX);
    }
    if (r->after) mybpf__x64_shift_imm(out, 5, MYBPF__X64_W, MYBPF__R11, r->after);
    if (op->code == MYBPF__IR_MOD) {
        mybpf__x64_rri(out, 0x69 | w, MYBPF__R11, MYBPF__R11, op->imm, 4);
        mybpf__x64_move(as, w, dst, a);
        mybpf__x64_alu(out, MYBPF__X64_SUB, w, dst, MYBPF__R11);
    } else
        mybpf__x64_mov(out, w, dst, MYBPF__R11);
    if (keep) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, MYBPF__R10);
    if (wait) mybpf__x64_window_in(as);
}

/* The quotient through rdx, the upper half of rax * rdx. What is still needed of them waits in r10 and r11.
 */
MYBPF__FN void mybpf__x64_reciprocal_whole(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r,
                                           uint64_t live)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a);
    int again = r->add || op->code == MYBPF__IR_MOD; /* the dividend is read once more */
    uint32_t keep = mybpf__x64_live_registers(as, live) & ~(1u << dst), wait = keep | (again ? 1u << a : 0);
    if (wait & 1u << MYBPF__RAX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R10, MYBPF__RAX);
    if (wait & 1u << MYBPF__RDX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, MYBPF__RDX);
    if (a != MYBPF__RDX || !w) mybpf__x64_mov(out, w, MYBPF__RDX, a);
    a = a == MYBPF__RAX ? (unsigned)MYBPF__R10 : a == MYBPF__RDX ? (unsigned)MYBPF__R11 : a;
    if (r->before) mybpf__x64_shift_imm(out, 5, MYBPF__X64_W, MYBPF__RDX, r->before);
    mybpf__x64_mov_imm(out, MYBPF__RAX, (int64_t)r->multiplier);
    mybpf__x64_rr(out, 0xf7 | MYBPF__X64_W, 4, MYBPF__RDX); /* mul */
    if (r->add) {
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RAX, a);
        mybpf__x64_alu(out, MYBPF__X64_SUB, MYBPF__X64_W, MYBPF__RAX, MYBPF__RDX);
        mybpf__x64_shift_imm(out, 5, MYBPF__X64_W, MYBPF__RAX, 1);
        mybpf__x64_alu(out, MYBPF__X64_ADD, MYBPF__X64_W, MYBPF__RDX, MYBPF__RAX);
    }
    if (r->after) mybpf__x64_shift_imm(out, 5, MYBPF__X64_W, MYBPF__RDX, r->after);
    if (op->code == MYBPF__IR_MOD) {
        mybpf__x64_rri(out, 0x69 | w, MYBPF__RAX, MYBPF__RDX, op->imm, 4);
        mybpf__x64_move(as, w, MYBPF__RDX, a);
        mybpf__x64_alu(out, MYBPF__X64_SUB, w, MYBPF__RDX, MYBPF__RAX);
    }
    mybpf__x64_move(as, w, dst, MYBPF__RDX);
    if (keep & 1u << MYBPF__RAX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RAX, MYBPF__R10);
    if (keep & 1u << MYBPF__RDX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, MYBPF__R11);
    if (wait & 1u << MYBPF__RAX) mybpf__x64_window_in(as);
}

/* Multiplies instead, if the operation is marked. */
MYBPF__FN int mybpf__x64_reciprocal(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__reciprocal reciprocal;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    if (!(op->flags & MYBPF__F_RECIPROCAL)) return 0;
    if (is_signed && mybpf__reciprocal_find_signed(op->imm, op->width, &reciprocal)) {
        if (reciprocal.half) {
            mybpf__x64_signed_half(as, op, &reciprocal);
            mybpf__x64_window_in(as);
        } else
            mybpf__x64_signed_whole(as, op, &reciprocal, live);
    } else if (mybpf__reciprocal_find(op->imm, op->width, &reciprocal)) {
        if (reciprocal.half) {
            if (mybpf__x64_reciprocal_half(as, op, &reciprocal)) mybpf__x64_window_in(as);
        } else if (mybpf__x64_bmi2(as->request))
            mybpf__x64_reciprocal_apart(as, op, &reciprocal, live);
        else
            mybpf__x64_reciprocal_whole(as, op, &reciprocal, live);
    }
    return 1;
}

/* Both results, from rax and rdx. */
MYBPF__FN void mybpf__x64_divided(mybpf__emit *as, unsigned w, unsigned quotient, unsigned rest)
{
    if (quotient == MYBPF__RDX && rest == MYBPF__RAX) {
        mybpf__buf_put_le(&as->code, 0x9248, 2); /* xchg rax, rdx */
        return;
    }
    if (quotient == MYBPF__RDX) mybpf__x64_move(as, w, rest, MYBPF__RDX);
    mybpf__x64_move(as, w, quotient, MYBPF__RAX);
    if (quotient != MYBPF__RDX) mybpf__x64_move(as, w, rest, MYBPF__RDX);
}

MYBPF__ONE_COPY void mybpf__x64_divide(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    if (mybpf__x64_reciprocal(as, op, live)) return;
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a),
             divisor = MYBPF__R11;
    int is_mod = op->code == MYBPF__IR_MOD || op->code == MYBPF__IR_SMOD;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    if (mybpf__x64_trivial_division(as, op)) return;
    const mybpf__op *rest = mybpf__divided_with(as, op);
    if (rest && is_mod) return;
    if (rest) live = as->ir->live[rest - as->ir->ops] & ~MYBPF__VALUE_BIT(rest->dst);
    uint32_t keep = mybpf__x64_live_registers(as, live) & ~(1u << dst);
    int keeps_rax = keep >> MYBPF__RAX & 1, keeps_rdx = keep >> MYBPF__RDX & 1;
    if (!(op->flags & MYBPF__F_IMM)) divisor = mybpf__x64_divisor(as, op);
    unsigned rax_waits = divisor == MYBPF__R11 ? MYBPF__R10 : MYBPF__R11,
             rdx_waits = keeps_rax ? rax_waits - 1 : rax_waits;
    int steps = keeps_rdx && rdx_waits == MYBPF__X64_STEPS;
    if (steps) mybpf__x64_steps_out(as);
    if (keeps_rax) mybpf__x64_mov(out, MYBPF__X64_W, rax_waits, MYBPF__RAX);
    if (keeps_rdx) mybpf__x64_mov(out, MYBPF__X64_W, rdx_waits, MYBPF__RDX);
    if (op->flags & MYBPF__F_IMM)
        mybpf__x64_mov_imm(out, divisor, w ? op->imm : (int64_t)(uint32_t)op->imm);
    else
        mybpf__x64_move(as, w, divisor, mybpf__x64_reg(as, op->b));
    if (is_signed)
        mybpf__x64_signed(as, op, a, divisor);
    else
        mybpf__x64_unsigned(as, op, a, divisor);
    if (rest)
        mybpf__x64_divided(as, w, dst, mybpf__x64_reg(as, rest->dst));
    else
        mybpf__x64_move(as, w, dst, is_mod ? MYBPF__RDX : MYBPF__RAX);
    if (keeps_rax) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RAX, rax_waits);
    if (keeps_rdx) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, rdx_waits);
    if (steps) mybpf__x64_steps_in(as);
    if ((keeps_rax && rax_waits == MYBPF__X64_WINDOW) || (keeps_rdx && rdx_waits == MYBPF__X64_WINDOW))
        mybpf__x64_window_in(as);
}

/* ---- moves and extensions ---- */

MYBPF__ONE_COPY void mybpf__x64_extend(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a);
    int sign = op->code == MYBPF__IR_SEXT;
    switch (op->aux) {
    case 1:
        mybpf__x64_rr(&as->code, (sign ? 0xbeu | w : 0xb6u) | MYBPF__X64_0F | MYBPF__X64_BYTE_RM, dst, a);
        break;
    case 2: mybpf__x64_rr(&as->code, (sign ? 0xbfu | w : 0xb7u) | MYBPF__X64_0F, dst, a); break;
    case 4:
        if (sign && w)
            mybpf__x64_rr(&as->code, 0x63 | w, dst, a);
        else
            mybpf__x64_mov(&as->code, 0, dst, a);
        break;
    default: mybpf__x64_move(as, MYBPF__X64_W, dst, a);
    }
}

/* The lowest bytes the other way round; of 2, the others stay. */
MYBPF__FN void mybpf__x64_swap(mybpf__emit *as, unsigned width, unsigned reg)
{
    if (width == 2)
        mybpf__x64_rri(&as->code, 0xc1 | MYBPF__X64_66, 1, reg, 8, 1); /* ror r16, 8 */
    else
        mybpf__x64_r(&as->code, 0xc8 | MYBPF__X64_0F | (width == 8 ? (unsigned)MYBPF__X64_W : 0u), reg);
}

/* A map, the value of one, a function pointer: an address now, or a slot of the context table. */
MYBPF__ONE_COPY void mybpf__x64_reference(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__x64_reg(as, op->dst);
    if (op->code == MYBPF__IR_FUNC && as->request->mode == MYBPF__GEN_BARE) {
        mybpf__emit_fixup(as, MYBPF__X64_LEA_LABEL, op->aux, dst);
        return;
    }
    if (as->request->mode == MYBPF__GEN_JIT) {
        mybpf__x64_mov_imm(&as->code, dst, (int64_t)(mybpf__emit_address(as, op) + (uint64_t)op->imm));
        return;
    }
    int32_t slot = mybpf__emit_slot(as, op);
    mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, dst, mybpf__x64_env(as, MYBPF__ABI_TABLE));
    mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, dst, mybpf__x64_at(dst, slot));
    if (op->imm) {
        if (mybpf__x64_fits(op->imm))
            mybpf__x64_alu_imm(&as->code, MYBPF__X64_ADD, MYBPF__X64_W, dst, (int32_t)op->imm);
        else {
            mybpf__x64_mov_imm(&as->code, MYBPF__R11, op->imm);
            mybpf__x64_alu(&as->code, MYBPF__X64_ADD, MYBPF__X64_W, dst, MYBPF__R11);
        }
    }
}

#endif
