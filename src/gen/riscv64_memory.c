/* riscv64_memory.c: lowers loads, stores and atomics to RISC-V. */
#ifndef MYBPF__RISCV64_MEMORY_C
#define MYBPF__RISCV64_MEMORY_C

#include "riscv64_alu.c"

/* Base register of an access, and what is left of its displacement. */
MYBPF__FN unsigned mybpf__rv_address(mybpf__emit *as, const mybpf__op *op, int32_t *disp)
{
    unsigned base = mybpf__rv_reg(as, op->a);
    int64_t offset = op->disp;
    if (op->a == MYBPF__FRAME_VALUE && !mybpf__rv_guarded(as)) base = MYBPF__RV_SP, offset += as->stack;
    *disp = (int32_t)offset;
    if (mybpf__rv_fits(offset)) return base;
    *disp = mybpf__rv_low(offset);
    mybpf__rv_add(as, MYBPF__RV_T0, base, offset - *disp);
    return MYBPF__RV_T0;
}

/* The same, for instructions that have no displacement. */
MYBPF__FN unsigned mybpf__rv_pointer(mybpf__emit *as, const mybpf__op *op)
{
    int32_t disp;
    unsigned base = mybpf__rv_address(as, op, &disp);
    if (!disp && base != MYBPF__RV_SP) return base;
    mybpf__rv_add(as, MYBPF__RV_T0, base, disp);
    return MYBPF__RV_T0;
}

MYBPF__FN uint32_t mybpf__rv_size(const mybpf__op *op) /* the bits of loads and stores that tell it */
{
    return op->width == 8 ? 0x3000 : op->width == 4 ? 0x2000 : op->width == 2 ? 0x1000 : 0;
}

MYBPF__FN void mybpf__rv_load(mybpf__emit *as, const mybpf__op *op)
{
    int32_t disp;
    unsigned base = mybpf__rv_address(as, op, &disp);
    int low = op->flags & MYBPF__F_SIGNED || op->width == 8 || (op->width == 4 && op->flags & MYBPF__F_LOW);
    uint32_t zeros = low ? 0 : MYBPF__RV_UNSIGNED;
    mybpf__rv_op_i(as, 0x03 | mybpf__rv_size(op) | zeros, mybpf__rv_reg(as, op->dst), base, disp);
    if (op->flags & MYBPF__F_SIGNED && op->sub == 4 && !(op->flags & MYBPF__F_LOW))
        mybpf__rv_extend(as, mybpf__rv_reg(as, op->dst), mybpf__rv_reg(as, op->dst), 4, 0);
    if (op->flags & MYBPF__F_ORDERED) mybpf__rv_put(&as->code, MYBPF__RV_FENCE_R_RW);
}

MYBPF__FN void mybpf__rv_store_op(mybpf__emit *as, const mybpf__op *op)
{
    int32_t disp;
    unsigned c = MYBPF__RV_ZERO;
    if (!(op->flags & MYBPF__F_IMM))
        c = mybpf__rv_use(as, op->c, MYBPF__RV_T1);
    else if (op->imm)
        mybpf__rv_const(as, c = MYBPF__RV_T1, op->imm);
    unsigned base = mybpf__rv_address(as, op, &disp);
    if (op->flags & MYBPF__F_ORDERED) mybpf__rv_put(&as->code, MYBPF__RV_FENCE_RW_W);
    mybpf__rv_store(as, MYBPF__RV_SB | mybpf__rv_size(op), c, base, disp);
}

/* Those that fetch are ordered on both sides, the others are not. */
MYBPF__FN void mybpf__rv_atomic(mybpf__emit *as, const mybpf__op *op)
{
    static const uint8_t mybpf__rv_operations[] = {0x00, 0x40, 0x60, 0x20, 0x08}; /* by MYBPF__RMW_* */
    unsigned base = mybpf__rv_pointer(as, op), c = mybpf__rv_use(as, op->c, MYBPF__RV_T1),
             dst = MYBPF__RV_ZERO;
    uint32_t code = MYBPF__RV_AMO | mybpf__rv_size(op) | (uint32_t)mybpf__rv_operations[op->sub] << 24;
    if (op->flags & MYBPF__F_FETCH) {
        code |= MYBPF__RV_ACQUIRE | MYBPF__RV_RELEASE;
        dst = mybpf__rv_reg(as, op->dst);
    }
    mybpf__rv_op_r(as, code, dst, base, c);
    if (dst && op->width == 4) mybpf__rv_finish(as, op, dst, dst);
}

MYBPF__FN void mybpf__rv_cmpxchg(mybpf__emit *as, const mybpf__op *op)
{
    unsigned base = mybpf__rv_pointer(as, op), c = mybpf__rv_use(as, op->c, MYBPF__RV_T4), r0 = MYBPF__RV_A0,
             wanted = r0;
    uint32_t again = mybpf__emit_label(as), done = mybpf__emit_label(as), size = mybpf__rv_size(op);
    if (op->width == 4) mybpf__rv_extend(as, wanted = MYBPF__RV_T1, r0, 4, 1); /* as lr.w does */
    mybpf__emit_place(as, again);
    mybpf__rv_op_r(as, MYBPF__RV_LR | size | MYBPF__RV_ACQUIRE | MYBPF__RV_RELEASE, MYBPF__RV_T2, base, 0);
    mybpf__rv_branch(as, MYBPF__RV_BNE, MYBPF__RV_T2, wanted, done);
    mybpf__rv_op_r(as, MYBPF__RV_SC | size | MYBPF__RV_RELEASE, MYBPF__RV_T3, base, c);
    mybpf__rv_branch(as, MYBPF__RV_BNE, MYBPF__RV_T3, MYBPF__RV_ZERO, again);
    mybpf__emit_place(as, done);
    mybpf__rv_finish(as, op, r0, MYBPF__RV_T2);
}

#endif
