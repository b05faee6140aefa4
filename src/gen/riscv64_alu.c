/* riscv64_alu.c: lowers arithmetic, shifts, division, extensions, constants and references to RISC-V. */
#ifndef MYBPF__RISCV64_ALU_C
#define MYBPF__RISCV64_ALU_C

#include "divide.h"
#include "divided.h"
#include "ir.h"
#include "riscv64_emit.h"
#include "target.h"

/* Must the upper half become zero? The machine's own operations of 4 bytes extend the sign. */
MYBPF__FN int mybpf__rv_zeroes(const mybpf__op *op) { return op->width == 4 && !(op->flags & MYBPF__F_LOW); }

MYBPF__FN void mybpf__rv_finish(mybpf__emit *as, const mybpf__op *op, unsigned rd, unsigned rs)
{
    if (mybpf__rv_zeroes(op))
        mybpf__rv_extend(as, rd, rs, 4, 0);
    else
        mybpf__rv_move(as, rd, rs);
}

/* The form for the operation's width. Where the upper half is cut off afterwards, and the lower one depends
 * on lower halves alone, that for 8 bytes does as well, and is often shorter. */
MYBPF__FN uint32_t mybpf__rv_form(const mybpf__op *op, uint32_t code)
{
    int low = code == MYBPF__RV_ADD || code == MYBPF__RV_SUB || code == MYBPF__RV_MUL;
    if (op->width == 8 || code == MYBPF__RV_OR || code == MYBPF__RV_AND || code == MYBPF__RV_XOR) return code;
    return low && mybpf__rv_zeroes(op) ? code : code | MYBPF__RV_W;
}

/* Immediates of 12 bits; a - imm is a + -imm. */
MYBPF__FN int mybpf__rv_alu_imm(mybpf__emit *as, const mybpf__op *op, uint32_t code, unsigned dst, unsigned a)
{
    int64_t imm = op->imm;
    if (code == MYBPF__RV_SUB && imm > -2048 && imm <= 2048) code = MYBPF__RV_ADD, imm = -imm;
    if (!mybpf__rv_fits(imm)) return 0;
    if (code != MYBPF__RV_ADD && code != MYBPF__RV_OR && code != MYBPF__RV_AND && code != MYBPF__RV_XOR)
        return 0;
    mybpf__rv_op_i(as, mybpf__rv_form(op, code) ^ MYBPF__RV_IMM, dst, a, (int32_t)imm);
    if (code != MYBPF__RV_AND || imm < 0) mybpf__rv_finish(as, op, dst, dst);
    return 1;
}

MYBPF__FN void mybpf__rv_alu(mybpf__emit *as, const mybpf__op *op, uint32_t code)
{
    unsigned dst = mybpf__rv_reg(as, op->dst), a, b;
    int frame = op->a == MYBPF__FRAME_VALUE && !mybpf__rv_guarded(as);
    if (frame && code == MYBPF__RV_ADD && op->width == 8 && op->flags & MYBPF__F_IMM) {
        mybpf__rv_add(as, dst, MYBPF__RV_SP, (int64_t)as->stack + op->imm);
        return;
    }
    a = mybpf__rv_use(as, op->a, MYBPF__RV_T0);
    if (op->flags & MYBPF__F_IMM && mybpf__rv_alu_imm(as, op, code, dst, a)) return;
    b = mybpf__rv_use_b(as, op);
    mybpf__rv_op_r(as, mybpf__rv_form(op, code), dst, a, b);
    mybpf__rv_finish(as, op, dst, dst);
}

MYBPF__FN void mybpf__rv_shift(mybpf__emit *as, const mybpf__op *op, uint32_t code)
{
    unsigned dst = mybpf__rv_reg(as, op->dst);
    int32_t count = (int32_t)op->imm & (op->width * 8 - 1);
    if (!(op->flags & MYBPF__F_IMM)) {
        mybpf__rv_alu(as, op, code);
        return;
    }
    unsigned a = mybpf__rv_use(as, op->a, MYBPF__RV_T0);
    if (!count && op->width == 8)
        mybpf__rv_move(as, dst, a);
    else if (!count)
        mybpf__rv_extend(as, dst, a, 4, !mybpf__rv_zeroes(op));
    else if (code == MYBPF__RV_SLL && mybpf__rv_zeroes(op)) {
        mybpf__rv_op_i(as, MYBPF__RV_SLLI, dst, a, count + 32);
        mybpf__rv_op_i(as, MYBPF__RV_SRLI, dst, dst, 32);
    } else {
        mybpf__rv_op_i(as, mybpf__rv_form(op, code) ^ MYBPF__RV_IMM, dst, a, count);
        if (code == MYBPF__RV_SRA) mybpf__rv_finish(as, op, dst, dst);
    }
}

/* Unsigned division by a constant: divide.h. */
MYBPF__FN void mybpf__rv_reciprocal(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r)
{
    unsigned dst = mybpf__rv_reg(as, op->dst), n = mybpf__rv_use(as, op->a, MYBPF__RV_T0), x;
    int32_t after = r->after + (r->half ? 32 : 0);
    if (op->width == 4) mybpf__rv_extend(as, MYBPF__RV_T0, n, 4, 0), n = MYBPF__RV_T0;
    x = n;
    if (r->before) mybpf__rv_op_i(as, MYBPF__RV_SRLI, x = MYBPF__RV_T1, n, r->before);
    mybpf__rv_const(as, MYBPF__RV_T2, (int64_t)r->multiplier);
    mybpf__rv_op_r(as, r->half ? MYBPF__RV_MUL : MYBPF__RV_MULHU, MYBPF__RV_T2, MYBPF__RV_T2, x);
    if (r->add) {
        mybpf__rv_op_r(as, MYBPF__RV_SUB, MYBPF__RV_T1, n, MYBPF__RV_T2);
        mybpf__rv_op_i(as, MYBPF__RV_SRLI, MYBPF__RV_T1, MYBPF__RV_T1, 1);
        mybpf__rv_op_r(as, MYBPF__RV_ADD, MYBPF__RV_T2, MYBPF__RV_T2, MYBPF__RV_T1);
    }
    unsigned quotient = op->code == MYBPF__IR_DIV ? dst : (unsigned)MYBPF__RV_T2;
    if (after)
        mybpf__rv_op_i(as, MYBPF__RV_SRLI, quotient, MYBPF__RV_T2, after);
    else
        mybpf__rv_move(as, quotient, MYBPF__RV_T2);
    if (op->code == MYBPF__IR_DIV) return;
    mybpf__rv_const(as, MYBPF__RV_T1, op->width == 4 ? (int64_t)(uint32_t)op->imm : op->imm);
    mybpf__rv_op_r(as, MYBPF__RV_MUL, MYBPF__RV_T2, MYBPF__RV_T2, MYBPF__RV_T1);
    mybpf__rv_op_r(as, mybpf__rv_form(op, MYBPF__RV_SUB), dst, n, MYBPF__RV_T2);
}

/* ... signed. */
MYBPF__FN void mybpf__rv_reciprocal_signed(mybpf__emit *as, const mybpf__op *op, const mybpf__reciprocal *r)
{
    const unsigned q = MYBPF__RV_T2;
    unsigned dst = mybpf__rv_reg(as, op->dst), n = mybpf__rv_use(as, op->a, MYBPF__RV_T0);
    int32_t after = r->after + (r->half ? 32 : 0);
    if (op->width == 4 && !(op->flags & MYBPF__F_A_SIGNED))
        mybpf__rv_extend(as, MYBPF__RV_T0, n, 4, 1), n = MYBPF__RV_T0;
    mybpf__rv_const(as, q, (int64_t)r->multiplier);
    mybpf__rv_op_r(as, r->half ? MYBPF__RV_MUL : MYBPF__RV_MULH, q, q, n);
    if (r->add) mybpf__rv_op_r(as, MYBPF__RV_ADD, q, q, n);
    if (after) mybpf__rv_op_i(as, MYBPF__RV_SRAI, q, q, after);
    mybpf__rv_op_i(as, MYBPF__RV_SRLI, MYBPF__RV_T1, n, 63);
    mybpf__rv_op_r(as, MYBPF__RV_ADD, q, q, MYBPF__RV_T1);
    if (op->imm < 0) mybpf__rv_op_r(as, MYBPF__RV_SUB, q, MYBPF__RV_ZERO, q);
    if (op->code == MYBPF__IR_SMOD) {
        mybpf__rv_const(as, MYBPF__RV_T1, op->imm);
        mybpf__rv_op_r(as, MYBPF__RV_MUL, q, q, MYBPF__RV_T1);
        mybpf__rv_op_r(as, MYBPF__RV_SUB, q, n, q);
    }
    mybpf__rv_finish(as, op, dst, q);
}

/* A remainder whose quotient is known: the product takes less time than the division. */
MYBPF__FN void mybpf__rv_rest(mybpf__emit *as, const mybpf__op *op, unsigned quotient)
{
    unsigned dst = mybpf__rv_reg(as, op->dst), a = mybpf__rv_use(as, op->a, MYBPF__RV_T0),
             b = mybpf__rv_use(as, op->b, MYBPF__RV_T1);
    mybpf__rv_op_r(as, MYBPF__RV_MUL, MYBPF__RV_T2, quotient, b);
    mybpf__rv_op_r(as, mybpf__rv_form(op, MYBPF__RV_SUB), dst, a, MYBPF__RV_T2);
    mybpf__rv_finish(as, op, dst, dst);
}

/* Remainders by zero and overflows are as BPF wants them; a quotient by zero is not: all ones instead of 0.
 */
MYBPF__FN void mybpf__rv_divide(mybpf__emit *as, const mybpf__op *op, uint32_t code)
{
    unsigned dst = mybpf__rv_reg(as, op->dst), a, b, test, work = dst;
    int remainder = op->code == MYBPF__IR_MOD || op->code == MYBPF__IR_SMOD;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    mybpf__reciprocal r;
    if (op->flags & MYBPF__F_RECIPROCAL && is_signed &&
        mybpf__reciprocal_find_signed(op->imm, op->width, &r)) {
        mybpf__rv_reciprocal_signed(as, op, &r);
        return;
    }
    if (op->flags & MYBPF__F_RECIPROCAL && !is_signed && mybpf__reciprocal_find(op->imm, op->width, &r)) {
        mybpf__rv_reciprocal(as, op, &r);
        return;
    }
    const mybpf__op *div = remainder ? mybpf__divided_with(as, op) : NULL;
    if (div) {
        mybpf__rv_rest(as, op, mybpf__rv_reg(as, div->dst));
        return;
    }
    if (remainder || (op->flags & MYBPF__F_IMM && op->imm)) {
        mybpf__rv_alu(as, op, code);
        return;
    }
    if (op->flags & MYBPF__F_IMM) {
        mybpf__rv_const(as, dst, 0);
        return;
    }
    a = mybpf__rv_use(as, op->a, MYBPF__RV_T0);
    test = b = mybpf__rv_use(as, op->b, MYBPF__RV_T1);
    if (op->width == 4 && !(op->flags & MYBPF__F_B_SIGNED))
        mybpf__rv_extend(as, test = MYBPF__RV_T1, b, 4, 1);
    if (work == test) work = MYBPF__RV_T2;
    uint32_t done = mybpf__emit_label(as);
    mybpf__rv_op_r(as, mybpf__rv_form(op, code), work, a, b);
    mybpf__rv_branch(as, MYBPF__RV_BNE, test, MYBPF__RV_ZERO, done);
    mybpf__rv_const(as, work, 0);
    mybpf__emit_place(as, done);
    mybpf__rv_finish(as, op, dst, work);
}

/* ---- Zba, Zbb ---- */

/* The sum that a shift by 1, 2 or 3 in front of it is only for, so that one instruction does both; NULL. */
MYBPF__FN const mybpf__op *mybpf__rv_scaled(const mybpf__emit *as, const mybpf__op *shift)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    const mybpf__op *sum = shift, *end = as->ir->ops + block->first + block->count;
    if (shift->code != MYBPF__IR_SHL || shift->width != 8 || !(shift->flags & MYBPF__F_IMM) ||
        shift->imm < 1 || shift->imm > 3 || shift->a == MYBPF__FRAME_VALUE ||
        as->request->disable & MYBPF__PASS_FUSION)
        return NULL;
    do
        if (++sum == end) return NULL;
    while (sum->code == MYBPF__IR_NOP);
    if (sum->code != MYBPF__IR_ADD || sum->width != 8 || sum->flags & MYBPF__F_IMM ||
        (sum->a == shift->dst) == (sum->b == shift->dst) ||
        (shift->a == 1 && sum->dst == 1)) /* mybpf__rv_only_passed: that may be in another register then */
        return NULL;
    uint64_t gone = ~as->ir->live[sum - as->ir->ops] | mybpf__ir_writes(sum);
    return gone & MYBPF__VALUE_BIT(shift->dst) && mybpf__rv_has(as, MYBPF__CPU_ZBA) ? sum : NULL;
}

/* Such a sum. */
MYBPF__FN int mybpf__rv_sum_scaled(mybpf__emit *as, const mybpf__op *sum)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    const mybpf__op *shift = sum;
    do
        if (shift-- == as->ir->ops + block->first) return 0;
    while (shift->code == MYBPF__IR_NOP);
    if (mybpf__rv_scaled(as, shift) != sum) return 0;
    unsigned other = mybpf__rv_use(as, sum->a == shift->dst ? sum->b : sum->a, MYBPF__RV_T0);
    mybpf__rv_op_r(as, MYBPF__RV_SH1ADD + MYBPF__RV_SH_NEXT * ((uint32_t)shift->imm - 1),
                   mybpf__rv_reg(as, sum->dst), mybpf__rv_reg(as, shift->a), other);
    return 1;
}

/* ROTL by a constant. */
MYBPF__FN void mybpf__rv_rotate(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__rv_reg(as, op->dst);
    int32_t bits = op->width * 8;
    mybpf__rv_op_i(as, MYBPF__RV_RORI | (op->width == 4 ? (uint32_t)MYBPF__RV_W : 0u), dst,
                   mybpf__rv_use(as, op->a, MYBPF__RV_T0), (bits - (int32_t)op->imm) & (bits - 1));
    mybpf__rv_finish(as, op, dst, dst);
}

/* Swaps neighbouring groups of `bits` bits in t0: `mask`, in t1, selects the lower one of each pair. */
MYBPF__FN void mybpf__rv_swap_groups(mybpf__emit *as, int32_t bits, int64_t mask)
{
    mybpf__rv_const(as, MYBPF__RV_T1, mask);
    mybpf__rv_op_i(as, MYBPF__RV_SRLI, MYBPF__RV_T2, MYBPF__RV_T0, bits);
    mybpf__rv_op_r(as, MYBPF__RV_AND, MYBPF__RV_T2, MYBPF__RV_T2, MYBPF__RV_T1);
    mybpf__rv_op_r(as, MYBPF__RV_AND, MYBPF__RV_T0, MYBPF__RV_T0, MYBPF__RV_T1);
    mybpf__rv_op_i(as, MYBPF__RV_SLLI, MYBPF__RV_T0, MYBPF__RV_T0, bits);
    mybpf__rv_op_r(as, MYBPF__RV_OR, MYBPF__RV_T0, MYBPF__RV_T0, MYBPF__RV_T2);
}

/* Swaps the halves of t0's lowest 2 * `bits` bits into dst. */
MYBPF__FN void mybpf__rv_swap_halves(mybpf__emit *as, unsigned dst, unsigned from, int32_t bits)
{
    mybpf__rv_op_i(as, MYBPF__RV_SLLI, MYBPF__RV_T2, from, 64 - bits);
    mybpf__rv_op_i(as, MYBPF__RV_SLLI, dst, from, 64 - 2 * bits);
    mybpf__rv_op_i(as, MYBPF__RV_SRLI, MYBPF__RV_T2, MYBPF__RV_T2, 64 - 2 * bits);
    mybpf__rv_op_i(as, MYBPF__RV_SRLI, dst, dst, 64 - bits);
    mybpf__rv_op_r(as, MYBPF__RV_OR, dst, dst, MYBPF__RV_T2);
}

MYBPF__FN void mybpf__rv_swap(mybpf__emit *as, const mybpf__op *op)
{
    unsigned a = mybpf__rv_use(as, op->a, MYBPF__RV_T0), dst = mybpf__rv_reg(as, op->dst);
    if (mybpf__rv_has(as, MYBPF__CPU_ZBB)) {
        mybpf__rv_op_r(as, MYBPF__RV_REV8, dst, a, 0);
        if (op->width < 8) mybpf__rv_op_i(as, MYBPF__RV_SRLI, dst, dst, 64 - op->width * 8);
        return;
    }
    if (op->width > 2) {
        mybpf__rv_move(as, MYBPF__RV_T0, a);
        mybpf__rv_swap_groups(as, 8, op->width == 8 ? 0x00ff00ff00ff00ff : 0x00ff00ff);
        a = MYBPF__RV_T0;
    }
    if (op->width == 8) mybpf__rv_swap_groups(as, 16, 0x0000ffff0000ffff);
    mybpf__rv_swap_halves(as, dst, a, op->width * 4);
}

MYBPF__FN void mybpf__rv_sign_extend(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__rv_reg(as, op->dst), a = mybpf__rv_use(as, op->a, MYBPF__RV_T0);
    int32_t bits = (int32_t)op->aux * 8;
    if (bits == 32 && op->flags & MYBPF__F_A_SIGNED && !mybpf__rv_zeroes(op)) {
        mybpf__rv_move(as, dst, a);
        return;
    }
    if (bits == 32 || !mybpf__rv_zeroes(op)) {
        mybpf__rv_extend(as, dst, a, op->aux, !mybpf__rv_zeroes(op));
        return;
    }
    if (mybpf__rv_has(as, MYBPF__CPU_ZBA) && mybpf__rv_has(as, MYBPF__CPU_ZBB)) {
        mybpf__rv_extend(as, dst, a, op->aux, 1);
        mybpf__rv_extend(as, dst, dst, 4, 0);
        return;
    }
    mybpf__rv_op_i(as, MYBPF__RV_SLLI, dst, a, 64 - bits);
    mybpf__rv_op_i(as, MYBPF__RV_SRAI, dst, dst, 32 - bits);
    mybpf__rv_op_i(as, MYBPF__RV_SRLI, dst, dst, 32);
}

/* Slot of the context table. */
MYBPF__FN void mybpf__rv_load_slot(mybpf__emit *as, unsigned rd, int32_t offset)
{
    int32_t low = mybpf__rv_low(offset);
    mybpf__rv_env_load(as, rd, MYBPF__ABI_TABLE);
    mybpf__rv_add(as, rd, rd, offset - low);
    mybpf__rv_op_i(as, MYBPF__RV_LD, rd, rd, low);
}

/* A map, the value of one, a function pointer: an address now, or a slot of the context table. */
MYBPF__FN void mybpf__rv_reference(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__rv_reg(as, op->dst);
    if (op->code == MYBPF__IR_FUNC && as->request->mode == MYBPF__GEN_BARE) {
        mybpf__emit_fixup(as, MYBPF__RV_ADDRESS, op->aux, dst);
    } else if (as->request->mode == MYBPF__GEN_JIT) {
        mybpf__rv_const(as, dst, (int64_t)(mybpf__emit_address(as, op) + (uint64_t)op->imm));
    } else {
        mybpf__rv_load_slot(as, dst, mybpf__emit_slot(as, op));
        mybpf__rv_add(as, dst, dst, op->imm);
    }
}

#endif
