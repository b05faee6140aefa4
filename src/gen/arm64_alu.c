/* arm64_alu.c: lowers arithmetic, shifts, division, extensions and constants to arm64. */
#ifndef MYBPF__ARM64_ALU_C
#define MYBPF__ARM64_ALU_C

#include "arm64_base.h"
#include "divide.h"
#include "divided.h"

/* A move of 32 bits also clears the upper half. */
MYBPF__FN void mybpf__a64_move(mybpf__emit *as, uint32_t x, unsigned dst, unsigned src)
{
    if (dst != src || !x) mybpf__a64_mov(&as->code, x, dst, src);
}

/* The second operand in a register; a constant costs IP0. */
MYBPF__FN unsigned mybpf__a64_second(mybpf__emit *as, const mybpf__op *op)
{
    if (!(op->flags & MYBPF__F_IMM)) return mybpf__a64_reg(as, op->b);
    int64_t imm = mybpf__a64_imm(op);
    if (!imm) return MYBPF__A64_ZR;
    mybpf__a64_mov_imm(&as->code, MYBPF__A64_IP0, op->width == 8 ? imm : (int64_t)(uint32_t)imm);
    return MYBPF__A64_IP0;
}

/* ---- sums and logic ---- */

/* One operand is a product, shifted, or extended. */
MYBPF__FN void mybpf__a64_with_part(mybpf__emit *as, const mybpf__op *op, uint32_t opcode,
                                    const mybpf__op *part)
{
    static const uint8_t mybpf__a64_shifts[] = {MYBPF__A64_LSL, MYBPF__A64_LSR, MYBPF__A64_ASR};
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, mybpf__a64_other(op, part));
    mybpf__a64_part kind = mybpf__a64_part_of(part);
    const mybpf__op *extension = kind == MYBPF__A64_SHIFT ? mybpf__a64_fused(as, part) : part;
    opcode |= mybpf__a64_x(op);
    if (kind == MYBPF__A64_PRODUCT)
        mybpf__a64_rrrr(&as->code,
                        (op->code == MYBPF__IR_SUB ? MYBPF__A64_MSUB : MYBPF__A64_MADD) | mybpf__a64_x(op),
                        dst, mybpf__a64_reg(as, part->a), mybpf__a64_second(as, part), a);
    else if (extension)
        mybpf__a64_rrr_extend(&as->code, opcode, dst, a, mybpf__a64_reg(as, extension->a),
                              mybpf__a64_extend_of(extension),
                              kind == MYBPF__A64_SHIFT ? mybpf__a64_shift_count(part) : 0);
    else
        mybpf__a64_rrr_shift(&as->code, opcode, dst, a, mybpf__a64_reg(as, part->a),
                             mybpf__a64_shifts[part->code - MYBPF__IR_SHL], mybpf__a64_shift_count(part));
}

MYBPF__FN void mybpf__a64_sum(mybpf__emit *as, const mybpf__op *op, uint32_t opcode)
{
    const mybpf__op *part = mybpf__a64_fused(as, op);
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    uint32_t x = mybpf__a64_x(op);
    int64_t imm = mybpf__a64_imm(op);
    if (part)
        mybpf__a64_with_part(as, op, opcode, part);
    else if (!(op->flags & MYBPF__F_IMM))
        mybpf__a64_rrr(&as->code, opcode | x, dst, a, mybpf__a64_reg(as, op->b));
    else if (!imm)
        mybpf__a64_move(as, x, dst, a);
    else
        mybpf__a64_add_imm(&as->code, x, dst, a,
                           opcode == MYBPF__A64_SUB ? (int64_t)(0 - (uint64_t)imm) : imm);
}

/* x & 0, x | -1 and the like; whether it was one. */
MYBPF__FN int mybpf__a64_trivial_logic(mybpf__emit *as, const mybpf__op *op, uint32_t opcode)
{
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    uint32_t x = mybpf__a64_x(op);
    int64_t imm = mybpf__a64_imm(op);
    if (imm != 0 && imm != -1) return 0;
    if (opcode == MYBPF__A64_AND ? imm != 0 : imm == 0)
        mybpf__a64_move(as, x, dst, a);
    else if (opcode == MYBPF__A64_EOR)
        mybpf__a64_rrr(&as->code, MYBPF__A64_ORN | x, dst, MYBPF__A64_ZR, a); /* mvn */
    else
        mybpf__a64_mov_imm(&as->code, dst, x ? imm : (int64_t)(uint32_t)imm);
    return 1;
}

MYBPF__FN void mybpf__a64_logic(mybpf__emit *as, const mybpf__op *op, uint32_t opcode)
{
    const mybpf__op *part = mybpf__a64_fused(as, op);
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    uint32_t x = mybpf__a64_x(op), mask = MYBPF__A64_NO_MASK;
    if (op->flags & MYBPF__F_IMM) {
        uint64_t imm = (uint64_t)mybpf__a64_imm(op);
        if (mybpf__a64_trivial_logic(as, op, opcode)) return;
        if (opcode == MYBPF__A64_AND && imm <= 0xffffffff) x = 0; /* the upper half becomes 0 either way */
        mask = mybpf__a64_mask(x, imm);
    }
    if (part)
        mybpf__a64_with_part(as, op, opcode, part);
    else if (mask != MYBPF__A64_NO_MASK)
        mybpf__a64_mask_imm(&as->code, opcode | x, dst, a, mask);
    else
        mybpf__a64_rrr(&as->code, opcode | x, dst, a, mybpf__a64_second(as, op));
}

/* ---- multiplication, division, shifts ---- */

MYBPF__FN unsigned mybpf__a64_top_bit(uint64_t value)
{
    unsigned bit = 0;
    while (value >>= 1) bit++;
    return bit;
}

MYBPF__FN void mybpf__a64_multiply(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    uint32_t x = mybpf__a64_x(op);
    int64_t imm = op->flags & MYBPF__F_IMM ? mybpf__a64_imm(op) : 0;
    if (imm == 1)
        mybpf__a64_move(as, x, dst, a);
    else if (mybpf__a64_is_by_shift(op) && mybpf__a64_is_power((uint64_t)imm))
        mybpf__a64_shift(&as->code, x, MYBPF__A64_LSL, dst, a, mybpf__a64_top_bit((uint64_t)imm));
    else if (mybpf__a64_is_by_shift(op)) /* a + (a << n) */
        mybpf__a64_rrr_shift(&as->code, MYBPF__A64_ADD | x, dst, a, a, MYBPF__A64_LSL,
                             mybpf__a64_top_bit((uint64_t)imm));
    else
        mybpf__a64_rrrr(&as->code, MYBPF__A64_MADD | x, dst, a, mybpf__a64_second(as, op), MYBPF__A64_ZR);
}

/* Unsigned division by a constant: divide.h. */
MYBPF__FN void mybpf__a64_reciprocal(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r)
{
    mybpf__buf *out = &as->code;
    unsigned dst = mybpf__a64_reg(as, op->dst), n = mybpf__a64_reg(as, op->a), h = MYBPF__A64_VALUE, x = n;
    unsigned after = r->after + (r->half ? 32u : 0u);
    int is_mod = op->code == MYBPF__IR_MOD;
    uint32_t width = mybpf__a64_x(op);
    if (r->before)
        mybpf__a64_shift(out, width, MYBPF__A64_LSR, x = MYBPF__A64_OTHER, n, r->before);
    else if (!width && !r->half)
        mybpf__a64_mov(out, 0, x = MYBPF__A64_OTHER, n);
    mybpf__a64_mov_imm(out, h, (int64_t)r->multiplier);
    mybpf__a64_rrr(out, r->half ? MYBPF__A64_UMULL : MYBPF__A64_UMULH, h, h, x);
    if (r->add) {
        mybpf__a64_rrr(out, MYBPF__A64_SUB | MYBPF__A64_X, MYBPF__A64_OTHER, n, h);
        mybpf__a64_rrr_shift(out, MYBPF__A64_ADD | MYBPF__A64_X, h, h, MYBPF__A64_OTHER, MYBPF__A64_LSR, 1);
    }
    if (after)
        mybpf__a64_shift(out, MYBPF__A64_X, MYBPF__A64_LSR, is_mod ? h : dst, h, after);
    else if (!is_mod)
        mybpf__a64_mov(out, MYBPF__A64_X, dst, h);
    if (is_mod) mybpf__a64_rrrr(out, MYBPF__A64_MSUB | width, dst, h, mybpf__a64_second(as, op), n);
}

/* ... signed. */
MYBPF__FN void mybpf__a64_reciprocal_signed(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r)
{
    mybpf__buf *out = &as->code;
    unsigned dst = mybpf__a64_reg(as, op->dst), n = mybpf__a64_reg(as, op->a), h = MYBPF__A64_VALUE, x = n;
    unsigned after = r->after + (r->half ? 32u : 0u);
    int is_mod = op->code == MYBPF__IR_SMOD;
    if (r->half) mybpf__a64_bits(out, MYBPF__A64_SBFM | MYBPF__A64_X, x = MYBPF__A64_OTHER, n, 0, 31);
    mybpf__a64_mov_imm(out, h, (int64_t)r->multiplier);
    if (r->half)
        mybpf__a64_rrrr(out, MYBPF__A64_MADD | MYBPF__A64_X, h, h, x, MYBPF__A64_ZR);
    else
        mybpf__a64_rrr(out, MYBPF__A64_SMULH, h, h, x);
    if (r->add) mybpf__a64_rrr(out, MYBPF__A64_ADD | MYBPF__A64_X, h, h, x);
    if (after) mybpf__a64_shift(out, MYBPF__A64_X, MYBPF__A64_ASR, h, h, after);
    mybpf__a64_rrr_shift(out, MYBPF__A64_ADD | MYBPF__A64_X, h, h, x, MYBPF__A64_LSR, 63);
    if (op->imm < 0) mybpf__a64_rrr(out, MYBPF__A64_SUB | MYBPF__A64_X, h, MYBPF__A64_ZR, h);
    if (is_mod)
        mybpf__a64_rrrr(out, MYBPF__A64_MSUB | mybpf__a64_x(op), dst, h, mybpf__a64_second(as, op), n);
    else
        mybpf__a64_mov(out, mybpf__a64_x(op), dst, h);
}

/* The hardware's quotient by 0 is 0 and that of the smallest by -1 the smallest: what BPF wants, and so are
 * the remainders a - b * quotient. */
MYBPF__FN void mybpf__a64_divide(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    mybpf__reciprocal r;
    int is_mod = op->code == MYBPF__IR_MOD || op->code == MYBPF__IR_SMOD;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    if (op->flags & MYBPF__F_RECIPROCAL && is_signed &&
        mybpf__reciprocal_find_signed(op->imm, op->width, &r)) {
        mybpf__a64_reciprocal_signed(as, op, &r);
        return;
    }
    if (op->flags & MYBPF__F_RECIPROCAL && !is_signed && mybpf__reciprocal_find(op->imm, op->width, &r)) {
        mybpf__a64_reciprocal(as, op, &r);
        return;
    }
    unsigned b = mybpf__a64_second(as, op);
    unsigned quotient = is_mod ? (unsigned)MYBPF__A64_IP1 : dst;
    const mybpf__op *div = is_mod ? mybpf__divided_with(as, op) : NULL;
    if (div)
        quotient = mybpf__a64_reg(as, div->dst);
    else
        mybpf__a64_rrr(&as->code, (is_signed ? MYBPF__A64_SDIV : MYBPF__A64_UDIV) | mybpf__a64_x(op),
                       quotient, a, b);
    if (is_mod) mybpf__a64_rrrr(&as->code, MYBPF__A64_MSUB | mybpf__a64_x(op), dst, quotient, b, a);
}

MYBPF__FN void mybpf__a64_shift_by(mybpf__emit *as, const mybpf__op *op, unsigned shift, uint32_t opcode)
{
    const mybpf__op *part = mybpf__a64_fused(as, op);
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    unsigned count = mybpf__a64_shift_count(op);
    uint32_t x = mybpf__a64_x(op);
    if (part) /* 32 bits, extended, to their new place */
        mybpf__a64_bits(&as->code, (part->code == MYBPF__IR_SEXT ? MYBPF__A64_SBFM : MYBPF__A64_UBFM) | x,
                        dst, mybpf__a64_reg(as, part->a), 64 - count, 31);
    else if (!(op->flags & MYBPF__F_IMM))
        mybpf__a64_rrr(&as->code, opcode | x, dst, a, mybpf__a64_reg(as, op->b));
    else if (!count)
        mybpf__a64_move(as, x, dst, a);
    else
        mybpf__a64_shift(&as->code, x, shift, dst, a, count);
}

MYBPF__FN void mybpf__a64_rotate(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    uint32_t x = mybpf__a64_x(op);
    if (op->flags & MYBPF__F_IMM) { /* to the right by what is left */
        mybpf__a64_shift(&as->code, x, MYBPF__A64_ROR, dst, a, (0u - (unsigned)op->imm) & (x ? 63 : 31));
        return;
    }
    mybpf__a64_rrr(&as->code, MYBPF__A64_SUB, MYBPF__A64_IP0, MYBPF__A64_ZR, mybpf__a64_reg(as, op->b));
    mybpf__a64_rrr(&as->code, MYBPF__A64_RORV | x, dst, a, MYBPF__A64_IP0);
}

/* ---- extensions and references ---- */

MYBPF__FN void mybpf__a64_extend(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__a64_reg(as, op->dst), a = mybpf__a64_reg(as, op->a);
    uint32_t x = mybpf__a64_x(op);
    int sign = op->code == MYBPF__IR_SEXT;
    if (op->aux == 8 || (op->aux == 4 && !(sign && x)))
        mybpf__a64_move(as, op->aux == 8 ? MYBPF__A64_X : 0, dst, a);
    else
        mybpf__a64_bits(&as->code, sign ? MYBPF__A64_SBFM | x : MYBPF__A64_UBFM, dst, a, 0, op->aux * 8 - 1);
}

MYBPF__FN void mybpf__a64_swap(mybpf__emit *as, unsigned width, unsigned dst, unsigned a)
{
    mybpf__a64_rr(&as->code, width == 8 ? MYBPF__A64_REV_X : MYBPF__A64_REV_W, dst, a);
    if (width == 2) mybpf__a64_shift(&as->code, 0, MYBPF__A64_LSR, dst, dst, 16);
}

/* Slot of the context table. */
MYBPF__FN void mybpf__a64_load_slot(mybpf__emit *as, unsigned rt, int32_t offset)
{
    as->uses_env = 1;
    mybpf__a64_load(&as->code, rt, MYBPF__A64_TABLE, offset);
}

/* A map, the value of one, a function pointer: an address now, or a slot of the context table. */
MYBPF__FN void mybpf__a64_reference(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__a64_reg(as, op->dst);
    if (op->code == MYBPF__IR_FUNC && as->request->mode == MYBPF__GEN_BARE) {
        mybpf__emit_fixup(as, MYBPF__A64_FIX_ADR, op->aux, dst);
        return;
    }
    if (as->request->mode == MYBPF__GEN_JIT) {
        mybpf__a64_mov_imm(&as->code, dst, (int64_t)(mybpf__emit_address(as, op) + (uint64_t)op->imm));
        return;
    }
    mybpf__a64_load_slot(as, dst, mybpf__emit_slot(as, op));
    if (op->imm) mybpf__a64_add_imm(&as->code, MYBPF__A64_X, dst, dst, op->imm);
}

#endif
