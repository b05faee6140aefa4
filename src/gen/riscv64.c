/* riscv64.c: the RISC-V back end: RV64GC, little-endian: control, calls, guards, stubs, the target record.
 * riscv64_emit.h encodes, riscv64_alu.c has arithmetic, riscv64_memory.c loads, stores and atomics. */
#ifndef MYBPF__RISCV64_C
#define MYBPF__RISCV64_C

#include "ir.h"
#include "liveness.c"
#include "lookups.c"
#include "riscv64_memory.c"
#include "target.h"

/* ---- registers ----
 * r0 is a0, where helpers leave their result, and r2..r5 are a1..a4, where they take arguments from. r1 is
 * a5, so that it alone moves for a call: to a0, which is free then. a5 gets the environment. r6..r9 are
 * callee-saved, as in BPF. r10 is sp plus a constant; guarded code, which has a stack of its own for frames,
 * keeps it in a register. So does metered code with the steps left, which are in the environment while
 * somebody else may read or spend them. The t registers are scratch within one operation; gp and tp belong to
 * others. */
static const uint8_t mybpf__rv_arguments[5] = {MYBPF__RV_A5, MYBPF__RV_A1, MYBPF__RV_A2, MYBPF__RV_A3,
                                               MYBPF__RV_A4};

/* ---- prologue and epilogue ---- */

MYBPF__FN uint32_t mybpf__rv_count(uint32_t set)
{
    uint32_t count = 0;
    for (; set; set &= set - 1) count++;
    return count;
}

/* Registers of a set, in memory below sp + top. */
MYBPF__FN void mybpf__rv_save(mybpf__emit *as, uint32_t set, uint32_t top)
{
    for (unsigned reg = 0; set >> reg; reg++)
        if (set >> reg & 1) mybpf__rv_store(as, MYBPF__RV_SD, reg, MYBPF__RV_SP, (int32_t)(top -= 8));
}
MYBPF__FN void mybpf__rv_restore(mybpf__emit *as, uint32_t set, uint32_t top)
{
    for (unsigned reg = 0; set >> reg; reg++)
        if (set >> reg & 1) mybpf__rv_op_i(as, MYBPF__RV_LD, reg, MYBPF__RV_SP, (int32_t)(top -= 8));
}

MYBPF__FN uint32_t mybpf__rv_saved(const mybpf__emit *as)
{
    return as->ir->saved | (as->ir->calls ? 1u << MYBPF__RV_RA : 0);
}
/* How far sp moves before registers are saved: all the way, where short instructions still reach them. */
MYBPF__FN uint32_t mybpf__rv_first_step(const mybpf__emit *as)
{
    uint32_t saved = 8 * mybpf__rv_count(mybpf__rv_saved(as)), all = as->stack + saved;
    return all <= 512 ? all : (saved + 15) & ~15u;
}

/* s7..s11, which functions save; a6 and a7. */
enum { MYBPF__RV_SPARE = 0xf800000 };
MYBPF__FN uint32_t mybpf__rv_spare(const mybpf__ir *ir, int frame)
{
    (void)ir, (void)frame;
    return MYBPF__RV_SPARE | 3u << 16;
}

MYBPF__FN void mybpf__rv_prologue(mybpf__emit *as)
{
    uint32_t saved = 8 * mybpf__rv_count(mybpf__rv_saved(as)), stack = 0;
    if (as->ir->frame && !mybpf__rv_guarded(as)) {
        stack = as->object_code->funcs[as->ir->func].stack;
        if (!stack) stack = MYBPF_STACK_FRAME;
    }
    as->saved |= as->ir->saved;
    as->stack = ((stack + saved + 15) & ~15u) - saved;
    uint32_t first = mybpf__rv_first_step(as), rest = as->stack + saved - first;
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, -(int64_t)first);
    mybpf__rv_save(as, mybpf__rv_saved(as), first);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, -(int64_t)rest);
}

/* All but the `ret`. */
MYBPF__FN void mybpf__rv_leave(mybpf__emit *as)
{
    uint32_t set = mybpf__rv_saved(as), first = mybpf__rv_first_step(as);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, (int64_t)as->stack + 8 * mybpf__rv_count(set) - first);
    mybpf__rv_restore(as, set, first);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, first);
}

MYBPF__FN void mybpf__rv_epilogue(mybpf__emit *as)
{
    mybpf__rv_leave(as);
    mybpf__rv_return(as);
}

/* ---- lowering: control ---- */

/* Cold code of one check. */
enum {
    MYBPF__RV_COLD_FAULT,
    MYBPF__RV_COLD_TAIL,
    MYBPF__RV_COLD_CALL_HELPER,
    MYBPF__RV_COLD_GUARD,
    MYBPF__RV_COLD_BUDGET,
    MYBPF__RV_COLD_LOOKUP
};

/* Where to jump when a check fails: from there to `stub` with the instruction's number. */
MYBPF__FN uint32_t mybpf__rv_fault(mybpf__emit *as, mybpf__stub stub, uint32_t insn)
{
    return mybpf__emit_cold(as, MYBPF__RV_COLD_FAULT, insn, (int64_t)stub, MYBPF__NO_LABEL);
}
/* The same where frames run out, which only guarded code checks. */
MYBPF__FN uint32_t mybpf__rv_depth_fault(mybpf__emit *as, uint32_t insn)
{
    return mybpf__rv_guarded(as) ? mybpf__rv_fault(as, MYBPF__STUB_DEPTH, insn) : MYBPF__NO_LABEL;
}
MYBPF__FN void mybpf__rv_fault_if(mybpf__emit *as, uint32_t op, unsigned rs1, unsigned rs2, mybpf__stub stub,
                                  uint32_t insn)
{
    mybpf__rv_branch(as, op, rs1, rs2, mybpf__rv_fault(as, stub, insn));
}

MYBPF__FN void mybpf__rv_check_stop(mybpf__emit *as, uint32_t insn)
{
    mybpf__rv_env_load(as, MYBPF__RV_T0, MYBPF__ABI_STOP);
    mybpf__rv_fault_if(as, MYBPF__RV_BNE, MYBPF__RV_T0, MYBPF__RV_ZERO, MYBPF__STUB_STOP, insn);
}

/* By `sub`; GT, LE and their like are LT and GE of swapped operands. */
static const uint16_t mybpf__rv_conditions[] = {
    MYBPF__RV_BEQ, MYBPF__RV_BNE, MYBPF__RV_BLTU, MYBPF__RV_BGEU, MYBPF__RV_BGEU, MYBPF__RV_BLTU,
    MYBPF__RV_BLT, MYBPF__RV_BGE, MYBPF__RV_BGE,  MYBPF__RV_BLT,  MYBPF__RV_BNE,  MYBPF__RV_BEQ};

MYBPF__FN void mybpf__rv_branch_if(mybpf__emit *as, const mybpf__op *op, unsigned sub, uint32_t label)
{
    unsigned a = mybpf__rv_use(as, op->a, MYBPF__RV_T0), b;
    int test = sub == MYBPF__SET || sub == MYBPF__CLEAR, swapped = !test && sub & 2;
    const int signs = MYBPF__F_B_SIGNED | MYBPF__F_IMM;
    if (test && op->flags & MYBPF__F_IMM && mybpf__rv_fits(op->imm))
        mybpf__rv_op_i(as, MYBPF__RV_ANDI, MYBPF__RV_T0, a, (int32_t)op->imm);
    else {
        b = mybpf__rv_use_b(as, op);
        if (test) mybpf__rv_op_r(as, MYBPF__RV_AND, MYBPF__RV_T0, a, b);
    }
    if (test) a = MYBPF__RV_T0, b = MYBPF__RV_ZERO;
    /* of width 4, the sign of both extended: then 8 bytes compare like 4, signed or not */
    if (op->width == 4 && !(op->flags & MYBPF__F_A_SIGNED && (!test || op->flags & signs)))
        mybpf__rv_extend(as, MYBPF__RV_T0, a, 4, 1), a = MYBPF__RV_T0;
    if (op->width == 4 && !test && !(op->flags & signs))
        mybpf__rv_extend(as, MYBPF__RV_T1, b, 4, 1), b = MYBPF__RV_T1;
    mybpf__rv_branch(as, mybpf__rv_conditions[sub], swapped ? b : a, swapped ? a : b, label);
}

MYBPF__FN void mybpf__rv_branch_op(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    if (block->taken == block->next) return;
    if (block->taken == mybpf__emit_following(as))
        mybpf__rv_branch_if(as, op, op->sub ^ 1u, mybpf__emit_block(as, block->next));
    else
        mybpf__rv_branch_if(as, op, op->sub, mybpf__emit_block(as, block->taken));
}

MYBPF__FN void mybpf__rv_may_goto(mybpf__emit *as)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    mybpf__rv_env_load(as, MYBPF__RV_T0, MYBPF__ABI_MAY_GOTO);
    mybpf__rv_branch(as, MYBPF__RV_BEQ, MYBPF__RV_T0, MYBPF__RV_ZERO, mybpf__emit_block(as, block->taken));
    mybpf__rv_add(as, MYBPF__RV_T0, MYBPF__RV_T0, -1);
    mybpf__rv_env_store(as, MYBPF__RV_T0, MYBPF__ABI_MAY_GOTO);
}

/* Guarded mode: what the callee runs has its frame `below` bytes under ours. */
MYBPF__FN void mybpf__rv_offer_frame(mybpf__emit *as, int64_t below)
{
    unsigned frame = below ? MYBPF__RV_T0 : MYBPF__RV_FRAME;
    if (!mybpf__rv_guarded(as)) return;
    mybpf__rv_add(as, frame, MYBPF__RV_FRAME, -below);
    mybpf__rv_env_store(as, frame, MYBPF__ABI_FRAME);
}

/* r1 and the environment where C wants them. */
MYBPF__FN void mybpf__rv_c_arguments(mybpf__emit *as)
{
    as->uses_env = 1;
    mybpf__rv_move(as, MYBPF__RV_A0, as->ir->reg[1]);
    as->ir->reg[1] = MYBPF__RV_A5;
    mybpf__rv_move(as, MYBPF__RV_A5, MYBPF__RV_ENV);
}

MYBPF__FN void mybpf__rv_steps_out(mybpf__emit *as)
{
    if (as->object_code->metered) mybpf__rv_env_store(as, MYBPF__RV_STEPS, MYBPF__ABI_STEPS);
}
MYBPF__FN void mybpf__rv_steps_in(mybpf__emit *as)
{
    if (as->object_code->metered) mybpf__rv_env_load(as, MYBPF__RV_STEPS, MYBPF__ABI_STEPS);
}

MYBPF__FN void mybpf__rv_call_out(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_STOP) {
        mybpf__rv_offer_frame(as, MYBPF_STACK_FRAME);
        mybpf__rv_steps_out(as);
    }
    mybpf__rv_c_arguments(as);
    if (as->request->mode == MYBPF__GEN_JIT) {
        mybpf__emit_fixup(as, MYBPF__RV_CALL_FAR, MYBPF__NO_LABEL, mybpf__emit_helper_address(as, op));
    } else {
        mybpf__rv_load_slot(as, MYBPF__RV_T1, mybpf__emit_helper_slot(as, op));
        mybpf__rv_jump_reg(as, MYBPF__RV_RA, MYBPF__RV_T1);
    }
    if (op->flags & MYBPF__F_STOP) {
        mybpf__rv_steps_in(as);
        mybpf__rv_check_stop(as, op->insn);
    }
}

/* The element of an array; where that is not known to be right, cold code calls. */
MYBPF__FN void mybpf__rv_lookup(mybpf__emit *as, const mybpf__op *op)
{
    uint32_t back = mybpf__emit_label(as);
    uint64_t stride = mybpf__lookups_stride(as->ir, op->aux - 1);
    int power = mybpf__lookups_power(stride);
    as->ir->reg[1] = MYBPF__RV_A5; /* not passed after all */
    mybpf__rv_op_i(as, MYBPF__RV_LW | MYBPF__RV_UNSIGNED, MYBPF__RV_A0, mybpf__rv_reg(as, 2), 0);
    mybpf__rv_load_slot(as, MYBPF__RV_T1, mybpf__emit_lookup_slot(as, op, MYBPF__IR_CONST));
    mybpf__rv_branch(as, MYBPF__RV_BGEU, MYBPF__RV_A0, MYBPF__RV_T1,
                     mybpf__emit_cold(as, MYBPF__RV_COLD_LOOKUP, op->insn, op - as->ir->ops, back));
    if (power > 0) {
        mybpf__rv_op_i(as, MYBPF__RV_SLLI, MYBPF__RV_A0, MYBPF__RV_A0, power);
    } else {
        mybpf__rv_const(as, MYBPF__RV_T1, (int64_t)stride);
        mybpf__rv_op_r(as, MYBPF__RV_MUL, MYBPF__RV_A0, MYBPF__RV_A0, MYBPF__RV_T1);
    }
    mybpf__rv_load_slot(as, MYBPF__RV_T1, mybpf__emit_lookup_slot(as, op, MYBPF__IR_MAP_VALUE));
    mybpf__rv_op_r(as, MYBPF__RV_ADD, MYBPF__RV_A0, MYBPF__RV_A0, MYBPF__RV_T1);
    mybpf__emit_place(as, back);
}

MYBPF__FN void mybpf__rv_helper(mybpf__emit *as, const mybpf__op *op)
{
    if (op->aux)
        mybpf__rv_lookup(as, op);
    else
        mybpf__rv_call_out(as, op);
}

/* Guarded mode: the callee's frame is the next one of the separate stack. */
MYBPF__FN void mybpf__rv_enter_frame(mybpf__emit *as, uint32_t fault)
{
    if (!mybpf__rv_guarded(as)) return;
    mybpf__rv_add(as, MYBPF__RV_FRAME, MYBPF__RV_FRAME, -MYBPF_STACK_FRAME);
    mybpf__rv_env_load(as, MYBPF__RV_T0, MYBPF__ABI_LIMIT);
    mybpf__rv_branch(as, MYBPF__RV_BGEU, MYBPF__RV_T0, MYBPF__RV_FRAME, fault);
}
MYBPF__FN void mybpf__rv_leave_frame(mybpf__emit *as)
{
    if (mybpf__rv_guarded(as)) mybpf__rv_add(as, MYBPF__RV_FRAME, MYBPF__RV_FRAME, MYBPF_STACK_FRAME);
}

/* The function at t1. */
MYBPF__FN void mybpf__rv_call_function(mybpf__emit *as, uint32_t fault)
{
    mybpf__rv_enter_frame(as, fault);
    mybpf__rv_jump_reg(as, MYBPF__RV_RA, MYBPF__RV_T1);
    mybpf__rv_leave_frame(as);
}

MYBPF__FN void mybpf__rv_call_local(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__rv_enter_frame(as, mybpf__rv_depth_fault(as, op->insn));
    mybpf__rv_call(as, op->aux);
    mybpf__rv_leave_frame(as);
}

MYBPF__FN void mybpf__rv_call_value(mybpf__emit *as, const mybpf__op *op)
{
    unsigned a = mybpf__rv_use(as, op->a, MYBPF__RV_T1);
    if (as->request->mode == MYBPF__GEN_BARE) {
        mybpf__rv_jump_reg(as, MYBPF__RV_RA, a);
        return;
    }
    uint32_t back = mybpf__emit_label(as);
    mybpf__rv_const(as, MYBPF__RV_T0, MYBPF_HELPER_END);
    mybpf__rv_branch(as, MYBPF__RV_BLTU, a, MYBPF__RV_T0,
                     mybpf__emit_cold(as, MYBPF__RV_COLD_CALL_HELPER, op->insn, (int64_t)a, back));
    if (mybpf__rv_guarded(as)) {
        mybpf__rv_move(as, MYBPF__RV_T1, a);
        mybpf__rv_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
        mybpf__rv_fault_if(as, MYBPF__RV_BEQ, MYBPF__RV_T1, MYBPF__RV_ZERO, MYBPF__STUB_CALL, op->insn);
    } else
        mybpf__rv_op_i(as, MYBPF__RV_LD, MYBPF__RV_T1, a, 0); /* the descriptor's first field */
    mybpf__rv_call_function(as, mybpf__rv_depth_fault(as, op->insn));
    mybpf__emit_place(as, back);
}

/* a0: where the target begins, but for 1, the library ran it, and 0, there is none. */
MYBPF__FN void mybpf__rv_tail_jump(mybpf__emit *as, const mybpf__op *op)
{
    uint32_t back = mybpf__emit_label(as);
    mybpf__rv_const(as, MYBPF__RV_T0, 1);
    mybpf__rv_branch(as, MYBPF__RV_BGEU, MYBPF__RV_T0, MYBPF__RV_A0,
                     mybpf__emit_cold(as, MYBPF__RV_COLD_TAIL, op->insn, 0, back));
    mybpf__rv_move(as, MYBPF__RV_T1, MYBPF__RV_A0);
    mybpf__rv_env_load(as, mybpf__rv_arguments[0], MYBPF__ABI_RESULT);
    for (unsigned i = 1; i < 5; i++) mybpf__rv_const(as, mybpf__rv_arguments[i], 0);
    mybpf__rv_leave(as);
    mybpf__rv_jump_reg(as, MYBPF__RV_ZERO, MYBPF__RV_T1);
    mybpf__emit_place(as, back);
}

/* Goes on where there is no target. */
MYBPF__FN void mybpf__rv_no_target(mybpf__emit *as, uint32_t back)
{
    uint32_t done = mybpf__emit_label(as);
    mybpf__rv_branch(as, MYBPF__RV_BNE, MYBPF__RV_A0, MYBPF__RV_ZERO, done);
    mybpf__rv_const(as, MYBPF__RV_A0, -1);
    mybpf__rv_jump(as, back);
    mybpf__emit_place(as, done);
}

MYBPF__FN void mybpf__rv_tail_call(mybpf__emit *as, const mybpf__op *op)
{
    int jumps = mybpf__emit_tail_jumps(as);
    mybpf__rv_offer_frame(as, 0);
    mybpf__rv_c_arguments(as);
    mybpf__rv_steps_out(as);
    mybpf__rv_call_env(as, jumps ? MYBPF__ABI_TAIL_JUMP : MYBPF__ABI_TAIL_CALL);
    mybpf__rv_steps_in(as);
    if (jumps) {
        mybpf__rv_tail_jump(as, op);
        return;
    }
    mybpf__rv_branch(as, MYBPF__RV_BNE, MYBPF__RV_A0, MYBPF__RV_ZERO,
                     mybpf__emit_cold(as, MYBPF__RV_COLD_TAIL, op->insn, 0, MYBPF__NO_LABEL));
    mybpf__rv_const(as, MYBPF__RV_A0, -1);
}

MYBPF__FN void mybpf__rv_packet(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    if (op->a == MYBPF__NO_VALUE)
        mybpf__rv_const(as, MYBPF__RV_A1, op->imm);
    else
        mybpf__rv_add(as, MYBPF__RV_A1, mybpf__rv_use(as, op->a, MYBPF__RV_T0), op->imm);
    as->uses_env = 1;
    mybpf__rv_move(as, MYBPF__RV_A0, MYBPF__RV_ENV);
    mybpf__rv_const(as, MYBPF__RV_A2, op->width);
    mybpf__rv_call_env(as, MYBPF__ABI_PACKET);
    mybpf__rv_check_stop(as, op->insn);
    for (unsigned i = 1; i <= 5; i++)
        if (live >> i & 1) mybpf__rv_const(as, mybpf__rv_reg(as, i), 0);
}

/* Asks the library, or sees that it is the stack. */
MYBPF__FN void mybpf__rv_guard_slow(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__rv_add(as, MYBPF__RV_T1, mybpf__rv_use(as, op->a, MYBPF__RV_T1), op->disp);
    mybpf__rv_const(as, MYBPF__RV_T2, op->width);
    mybpf__rv_call(as, mybpf__emit_stub(as, op->flags & MYBPF__F_WRITE ? MYBPF__STUB_GUARD_WRITE
                                                                       : MYBPF__STUB_GUARD_READ));
    mybpf__rv_fault_if(as, MYBPF__RV_BEQ, MYBPF__RV_T2, MYBPF__RV_ZERO, MYBPF__STUB_ACCESS, op->insn);
}

/* In this process: the memory that was accessed last is known. */
MYBPF__FN void mybpf__rv_guard_window(mybpf__emit *as, const mybpf__op *op)
{
    int32_t window = MYBPF__ABI_WINDOW + (op->flags & MYBPF__F_WRITE ? MYBPF__WINDOW_SIZE : 0);
    uint32_t back = mybpf__emit_label(as);
    unsigned base = mybpf__rv_use(as, op->a, MYBPF__RV_T1);
    if (op->imm) mybpf__rv_add(as, MYBPF__RV_T1, base, (int32_t)op->imm), base = MYBPF__RV_T1;
    mybpf__rv_env_load(as, MYBPF__RV_T0, window);
    mybpf__rv_env_load(as, MYBPF__RV_T2, window + 8 * op->sub);
    mybpf__rv_op_r(as, MYBPF__RV_ADD, MYBPF__RV_T0, base, MYBPF__RV_T0);
    mybpf__rv_branch(as, MYBPF__RV_BGEU, MYBPF__RV_T0, MYBPF__RV_T2,
                     mybpf__emit_cold(as, MYBPF__RV_COLD_GUARD, op->insn, op - as->ir->ops, back));
    mybpf__emit_place(as, back);
}

MYBPF__FN void mybpf__rv_guard(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_COVERED) return;
    if (mybpf__emit_windows(as, op)) {
        mybpf__rv_guard_window(as, op);
        return;
    }
    mybpf__rv_guard_slow(as, op);
    if (op->flags & MYBPF__F_ATOMIC && op->width > 1) {
        mybpf__rv_op_i(as, MYBPF__RV_ANDI, MYBPF__RV_T1, MYBPF__RV_T1, op->width - 1);
        mybpf__rv_fault_if(as, MYBPF__RV_BNE, MYBPF__RV_T1, MYBPF__RV_ZERO, MYBPF__STUB_ACCESS, op->insn);
    }
}

MYBPF__FN void mybpf__rv_guard_call(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__rv_const(as, MYBPF__RV_T2, op->imm);
    mybpf__rv_call(as, mybpf__emit_stub(as, MYBPF__STUB_GUARD_CALL));
    mybpf__rv_fault_if(as, MYBPF__RV_BEQ, MYBPF__RV_T2, MYBPF__RV_ZERO, MYBPF__STUB_STOP, op->insn);
}

/* Nothing is taken unless it suffices. */
MYBPF__FN void mybpf__rv_charge(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_COVERED) return;
    mybpf__rv_const(as, MYBPF__RV_T0, mybpf__charge_steps(as->ir, op));
    if (op->aux)
        mybpf__rv_branch(
            as, MYBPF__RV_BLTU, MYBPF__RV_STEPS, MYBPF__RV_T0,
            mybpf__emit_cold(as, MYBPF__RV_COLD_BUDGET, op->insn, op - as->ir->ops, MYBPF__NO_LABEL));
    else
        mybpf__rv_fault_if(as, MYBPF__RV_BLTU, MYBPF__RV_STEPS, MYBPF__RV_T0, MYBPF__STUB_BUDGET, op->insn);
    mybpf__rv_op_r(as, MYBPF__RV_SUB, MYBPF__RV_STEPS, MYBPF__RV_STEPS, MYBPF__RV_T0);
}

MYBPF__FN void mybpf__rv_spend(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    if (!(op->flags & MYBPF__F_PAID)) {
        mybpf__rv_const(as, MYBPF__RV_T0, op->imm + op->aux);
        mybpf__rv_branch(as, MYBPF__RV_BLTU, MYBPF__RV_STEPS, MYBPF__RV_T0,
                         mybpf__emit_block(as, block->taken));
    }
    if (op->flags & MYBPF__F_PAID || op->aux) mybpf__rv_const(as, MYBPF__RV_T0, op->imm);
    mybpf__rv_op_r(as, MYBPF__RV_SUB, MYBPF__RV_STEPS, MYBPF__RV_STEPS, MYBPF__RV_T0);
}

/* Cold code: takes the steps of all charges that `op` takes, one by one. */
MYBPF__FN void mybpf__rv_charge_slow(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__op *chain[MYBPF__CHARGES];
    for (uint32_t i = mybpf__charge_chain(as->ir, op, chain); i-- > 0;) {
        mybpf__rv_const(as, MYBPF__RV_T0, chain[i]->imm);
        mybpf__rv_fault_if(as, MYBPF__RV_BLTU, MYBPF__RV_STEPS, MYBPF__RV_T0, MYBPF__STUB_BUDGET,
                           chain[i]->insn);
        mybpf__rv_op_r(as, MYBPF__RV_SUB, MYBPF__RV_STEPS, MYBPF__RV_STEPS, MYBPF__RV_T0);
    }
}

/* What is made for r1 of a helper close by is made in a0 at once, if nothing in between needs either. */
MYBPF__FN int mybpf__rv_only_passed(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    const mybpf__op *end = as->ir->ops + block->first + block->count;
    if (mybpf__ir_writes(op) != 2 || mybpf__ir_has_effects(op) || mybpf__ir_reads(op) & 2) return 0;
    while (++op < end && op->code != MYBPF__IR_HELPER)
        if ((mybpf__ir_reads(op) | mybpf__ir_writes(op)) & 3) return 0;
    return op < end;
}

MYBPF__FN void mybpf__rv_op(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    if (mybpf__rv_only_passed(as, op)) as->ir->reg[1] = MYBPF__RV_A0;
    switch (op->code) {
    case MYBPF__IR_CONST:
        mybpf__rv_const(as, mybpf__rv_reg(as, op->dst),
                        op->flags & MYBPF__F_LOW ? (int64_t)(int32_t)op->imm : op->imm);
        break;
    case MYBPF__IR_MAP:
    case MYBPF__IR_MAP_VALUE:
    case MYBPF__IR_FUNC: mybpf__rv_reference(as, op); break;
    case MYBPF__IR_MOV:
        mybpf__rv_finish(as, op, mybpf__rv_reg(as, op->dst),
                         mybpf__rv_use(as, op->a, mybpf__rv_reg(as, op->dst)));
        break;
    case MYBPF__IR_SEXT: mybpf__rv_sign_extend(as, op); break;
    case MYBPF__IR_ZEXT:
        if (op->aux < 4 || (op->aux == 4 && !(op->flags & MYBPF__F_LOW)))
            mybpf__rv_extend(as, mybpf__rv_reg(as, op->dst), mybpf__rv_use(as, op->a, MYBPF__RV_T0), op->aux,
                             0);
        else
            mybpf__rv_move(as, mybpf__rv_reg(as, op->dst), mybpf__rv_use(as, op->a, MYBPF__RV_T0));
        break;
    case MYBPF__IR_NEG:
        mybpf__rv_op_r(as, mybpf__rv_form(op, MYBPF__RV_SUB), mybpf__rv_reg(as, op->dst), MYBPF__RV_ZERO,
                       mybpf__rv_use(as, op->a, MYBPF__RV_T0));
        mybpf__rv_finish(as, op, mybpf__rv_reg(as, op->dst), mybpf__rv_reg(as, op->dst));
        break;
    case MYBPF__IR_BSWAP: mybpf__rv_swap(as, op); break;
    case MYBPF__IR_POPCNT:
        mybpf__rv_op_r(as, MYBPF__RV_CPOP | (op->width == 4 ? (uint32_t)MYBPF__RV_W : 0u),
                       mybpf__rv_reg(as, op->dst), mybpf__rv_use(as, op->a, MYBPF__RV_T0), 0);
        break;
    case MYBPF__IR_ADD:
        if (!mybpf__rv_sum_scaled(as, op)) mybpf__rv_alu(as, op, MYBPF__RV_ADD);
        break;
    case MYBPF__IR_SUB: mybpf__rv_alu(as, op, MYBPF__RV_SUB); break;
    case MYBPF__IR_MUL: mybpf__rv_alu(as, op, MYBPF__RV_MUL); break;
    case MYBPF__IR_OR: mybpf__rv_alu(as, op, MYBPF__RV_OR); break;
    case MYBPF__IR_AND: mybpf__rv_alu(as, op, MYBPF__RV_AND); break;
    case MYBPF__IR_XOR: mybpf__rv_alu(as, op, MYBPF__RV_XOR); break;
    case MYBPF__IR_DIV: mybpf__rv_divide(as, op, MYBPF__RV_DIVU); break;
    case MYBPF__IR_SDIV: mybpf__rv_divide(as, op, MYBPF__RV_DIV); break;
    case MYBPF__IR_MOD: mybpf__rv_divide(as, op, MYBPF__RV_REMU); break;
    case MYBPF__IR_SMOD: mybpf__rv_divide(as, op, MYBPF__RV_REM); break;
    case MYBPF__IR_SHL:
        if (!mybpf__rv_scaled(as, op)) mybpf__rv_shift(as, op, MYBPF__RV_SLL);
        break;
    case MYBPF__IR_ROTL: mybpf__rv_rotate(as, op); break;
    case MYBPF__IR_SHR: mybpf__rv_shift(as, op, MYBPF__RV_SRL); break;
    case MYBPF__IR_SAR: mybpf__rv_shift(as, op, MYBPF__RV_SRA); break;
    case MYBPF__IR_LOAD: mybpf__rv_load(as, op); break;
    case MYBPF__IR_STORE: mybpf__rv_store_op(as, op); break;
    case MYBPF__IR_ATOMIC: mybpf__rv_atomic(as, op); break;
    case MYBPF__IR_CMPXCHG: mybpf__rv_cmpxchg(as, op); break;
    case MYBPF__IR_BRANCH: mybpf__rv_branch_op(as, op); break;
    case MYBPF__IR_MAY_GOTO: mybpf__rv_may_goto(as); break;
    case MYBPF__IR_SPEND: mybpf__rv_spend(as, op); break;
    case MYBPF__IR_EXIT: mybpf__rv_epilogue(as); break;
    case MYBPF__IR_CALL: mybpf__rv_call_local(as, op); break;
    case MYBPF__IR_CALL_VALUE: mybpf__rv_call_value(as, op); break;
    case MYBPF__IR_HELPER: mybpf__rv_helper(as, op); break;
    case MYBPF__IR_TAIL_CALL: mybpf__rv_tail_call(as, op); break;
    case MYBPF__IR_PACKET: mybpf__rv_packet(as, op, live); break;
    case MYBPF__IR_GUARD: mybpf__rv_guard(as, op); break;
    case MYBPF__IR_GUARD_CALL: mybpf__rv_guard_call(as, op); break;
    case MYBPF__IR_CHARGE: mybpf__rv_charge(as, op); break;
    default: break; /* NOP, and what this target does not have */
    }
}

/* ---- cold code and stubs ---- */

MYBPF__FN void mybpf__rv_cold(mybpf__emit *as, const mybpf__cold *cold)
{
    const mybpf__op *op;
    switch (cold->kind) {
    case MYBPF__RV_COLD_TAIL: /* done: leave with its result, or unwind if it was stopped */
        if (cold->back != MYBPF__NO_LABEL) mybpf__rv_no_target(as, cold->back);
        mybpf__rv_check_stop(as, cold->insn);
        mybpf__rv_env_load(as, MYBPF__RV_A0, MYBPF__ABI_RESULT);
        mybpf__rv_epilogue(as);
        break;
    case MYBPF__RV_COLD_CALL_HELPER: /* CALLX with a helper's number */
        mybpf__rv_move(as, MYBPF__RV_T1, (unsigned)cold->value);
        mybpf__rv_const(as, MYBPF__RV_T2, cold->insn);
        mybpf__rv_call(as, mybpf__emit_stub(as, MYBPF__STUB_CALL_HELPER));
        mybpf__rv_jump(as, cold->back);
        break;
    case MYBPF__RV_COLD_BUDGET:
        op = &as->ir->ops[cold->value];
        mybpf__rv_charge_slow(as, &as->ir->ops[op->aux - 1]);
        mybpf__rv_const(as, MYBPF__RV_T0, cold->insn);
        mybpf__rv_jump(as, mybpf__emit_stub(as, MYBPF__STUB_BUDGET));
        break;
    case MYBPF__RV_COLD_GUARD: /* each access of the group, in order, steps before them */
        op = mybpf__charge_left(as->ir, as->ir->order[cold->position]);
        if (op) mybpf__rv_charge_slow(as, op);
        for (uint32_t first = (uint32_t)cold->value, i = first; i < as->ir->op_count;
             i = mybpf__guard_next(as->ir, first, i))
            mybpf__rv_guard_slow(as, &as->ir->ops[i]);
        if (op) mybpf__rv_add(as, MYBPF__RV_STEPS, MYBPF__RV_STEPS, (int32_t)mybpf__charge_steps(as->ir, op));
        mybpf__rv_jump(as, cold->back);
        break;
    case MYBPF__RV_COLD_LOOKUP:
        op = &as->ir->ops[cold->value];
        mybpf__rv_load_slot(as, mybpf__rv_reg(as, 1), mybpf__emit_lookup_slot(as, op, MYBPF__IR_MAP));
        mybpf__rv_call_out(as, op);
        mybpf__rv_jump(as, cold->back);
        break;
    default: /* to a shared stub, with the instruction's number in t0 */
        mybpf__rv_const(as, MYBPF__RV_T0, cold->insn);
        mybpf__rv_jump(as, mybpf__emit_stub(as, (mybpf__stub)cold->value));
    }
}

/* t0: the instruction. Records the fault and unwinds. */
MYBPF__FN void mybpf__rv_stub_fault(mybpf__emit *as, int status)
{
    mybpf__rv_const(as, MYBPF__RV_T1, status ? status : -1);
    if (status) {
        mybpf__rv_store(as, MYBPF__RV_SW, MYBPF__RV_T1, MYBPF__RV_ENV, MYBPF__ABI_STOP);
    } else { /* a nested run has named its own instruction */
        mybpf__rv_env_load(as, MYBPF__RV_T2, MYBPF__ABI_STOP_INSN);
        mybpf__rv_branch(as, MYBPF__RV_BNE, MYBPF__RV_T2, MYBPF__RV_T1,
                         mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
    }
    mybpf__rv_env_store(as, MYBPF__RV_T0, MYBPF__ABI_STOP_INSN);
    mybpf__rv_jump(as, mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
}

/* t1: address, t2: size. Every register but scratch keeps its value, and t1; t2 is 0 for a fault. */
MYBPF__FN void mybpf__rv_stub_guard(mybpf__emit *as, int write)
{
    const uint32_t kept = 1u << MYBPF__RV_RA | 1u << MYBPF__RV_T1 | 63u << MYBPF__RV_A0;
    if (!MYBPF__ARENA_OF(as->object_code)) {
        uint32_t outside = mybpf__emit_label(as);
        /* most are in the stack: nobody needs to be asked */
        mybpf__rv_env_load(as, MYBPF__RV_T0, MYBPF__ABI_LIMIT);
        mybpf__rv_op_r(as, MYBPF__RV_SUB, MYBPF__RV_T0, MYBPF__RV_T1, MYBPF__RV_T0);
        mybpf__rv_const(as, MYBPF__RV_T3, MYBPF_STACK_FRAME * MYBPF_CALL_DEPTH - 7);
        mybpf__rv_branch(as, MYBPF__RV_BGEU, MYBPF__RV_T0, MYBPF__RV_T3, outside);
        mybpf__rv_return(as);
        mybpf__emit_place(as, outside);
    }
    if (write) {
        mybpf__rv_const(as, MYBPF__RV_T0, (int64_t)1 << 32);
        mybpf__rv_op_r(as, MYBPF__RV_OR, MYBPF__RV_T2, MYBPF__RV_T2, MYBPF__RV_T0);
    }
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, -64);
    mybpf__rv_save(as, kept, 64);
    mybpf__rv_move(as, MYBPF__RV_A0, MYBPF__RV_ENV);
    mybpf__rv_move(as, MYBPF__RV_A1, MYBPF__RV_T1);
    mybpf__rv_move(as, MYBPF__RV_A2, MYBPF__RV_T2);
    mybpf__rv_call_env(as, MYBPF__ABI_GUARD);
    mybpf__rv_move(as, MYBPF__RV_T2, MYBPF__RV_A0);
    mybpf__rv_restore(as, kept, 64);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, 64);
    mybpf__rv_return(as);
}

/* Asks a service with r1..r5 kept. t2, for guard_call: the helper's number; t1, for resolve: the value.
 * The answer is left there. */
MYBPF__FN void mybpf__rv_stub_service(mybpf__emit *as, int resolve)
{
    unsigned reg = resolve ? MYBPF__RV_T1 : MYBPF__RV_T2;
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, -48);
    for (int32_t i = 0; i < 5; i++) /* an array, r1 first */
        mybpf__rv_store(as, MYBPF__RV_SD, mybpf__rv_arguments[i], MYBPF__RV_SP, 8 * i);
    mybpf__rv_store(as, MYBPF__RV_SD, MYBPF__RV_RA, MYBPF__RV_SP, 40);
    mybpf__rv_move(as, MYBPF__RV_A0, MYBPF__RV_ENV);
    mybpf__rv_move(as, MYBPF__RV_A1, reg);
    mybpf__rv_move(as, MYBPF__RV_A2, MYBPF__RV_SP);
    mybpf__rv_call_env(as, resolve ? MYBPF__ABI_RESOLVE : MYBPF__ABI_GUARD_CALL);
    mybpf__rv_move(as, reg, MYBPF__RV_A0);
    for (int32_t i = 0; i < 5; i++)
        mybpf__rv_op_i(as, MYBPF__RV_LD, mybpf__rv_arguments[i], MYBPF__RV_SP, 8 * i);
    mybpf__rv_op_i(as, MYBPF__RV_LD, MYBPF__RV_RA, MYBPF__RV_SP, 40);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, 48);
    mybpf__rv_return(as);
}

/* t1: a helper's number, t2: the instruction. Calls the helper. */
MYBPF__FN void mybpf__rv_stub_call_helper(mybpf__emit *as)
{
    static const uint8_t mybpf__rv_faults[] = {MYBPF__STUB_CALL, MYBPF__STUB_STOP};
    uint32_t fault[2];
    for (unsigned i = 0; i < 2; i++) fault[i] = mybpf__emit_label(as);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, -16);
    mybpf__rv_save(as, 1u << MYBPF__RV_RA | 1u << MYBPF__RV_T2, 16);
    mybpf__rv_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
    mybpf__rv_branch(as, MYBPF__RV_BEQ, MYBPF__RV_T1, MYBPF__RV_ZERO, fault[0]);
    mybpf__rv_offer_frame(as, MYBPF_STACK_FRAME);
    mybpf__rv_c_arguments(as);
    mybpf__rv_steps_out(as);
    mybpf__rv_jump_reg(as, MYBPF__RV_RA, MYBPF__RV_T1);
    mybpf__rv_steps_in(as);
    mybpf__rv_env_load(as, MYBPF__RV_T1, MYBPF__ABI_STOP);
    mybpf__rv_branch(as, MYBPF__RV_BNE, MYBPF__RV_T1, MYBPF__RV_ZERO, fault[1]);
    mybpf__rv_restore(as, 1u << MYBPF__RV_RA, 16);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, 16);
    mybpf__rv_return(as);
    for (unsigned i = 0; i < 2; i++) { /* the instruction where the stubs expect it; they drop the stack */
        mybpf__emit_place(as, fault[i]);
        mybpf__rv_op_i(as, MYBPF__RV_LD, MYBPF__RV_T0, MYBPF__RV_SP, 0);
        mybpf__rv_jump(as, mybpf__emit_stub(as, (mybpf__stub)mybpf__rv_faults[i]));
    }
}

/* Back to the stack of the entry stub, and out. */
MYBPF__FN void mybpf__rv_stub_unwind(mybpf__emit *as)
{
    mybpf__rv_env_load(as, MYBPF__RV_SP, MYBPF__ABI_SP);
    mybpf__rv_env_load(as, MYBPF__RV_A0, MYBPF__ABI_RESULT);
    mybpf__rv_jump(as, mybpf__emit_stub(as, MYBPF__STUB_LEAVE));
}

/* The way in, as a C function of type mybpf_helper_fn: r1 and the environment change places. Functions save
 * what they use, so this only saves what it uses itself, and, where a run can be stopped in the middle, what
 * an abandoned function would have restored. */
MYBPF__FN void mybpf__rv_enter(mybpf__emit *as)
{
    int bare = as->request->mode == MYBPF__GEN_BARE, guarded = mybpf__rv_guarded(as),
        unwinds = !!(as->stubs_used & 1u << MYBPF__STUB_UNWIND);
    uint32_t set = 1u << MYBPF__RV_RA | 1u << MYBPF__RV_ENV | (unwinds ? as->saved : 0) |
                   (guarded ? 1u << MYBPF__RV_FRAME : 0) |
                   (as->object_code->metered ? 1u << MYBPF__RV_STEPS : 0);
    uint32_t size = (8 * (mybpf__rv_count(set) + (uint32_t)unwinds) + 15) & ~15u;
    mybpf__emit_place(as, as->enter);
    if (!as->uses_env && !guarded && !as->object_code->metered) {
        if (!bare) mybpf__rv_op_i(as, MYBPF__RV_LD, MYBPF__RV_T1, MYBPF__RV_A5, MYBPF__ABI_FN);
        mybpf__rv_move(as, MYBPF__RV_A5, MYBPF__RV_A0);
        if (bare)
            mybpf__rv_jump(as, as->request->entry_func);
        else
            mybpf__rv_jump_reg(as, MYBPF__RV_ZERO, MYBPF__RV_T1);
        return;
    }
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, -(int64_t)size);
    mybpf__rv_save(as, set, size);
    mybpf__rv_move(as, MYBPF__RV_ENV, MYBPF__RV_A5);
    mybpf__rv_move(as, MYBPF__RV_A5, MYBPF__RV_A0);
    if (unwinds) {
        mybpf__rv_env_load(as, MYBPF__RV_T0, MYBPF__ABI_SP);
        mybpf__rv_store(as, MYBPF__RV_SD, MYBPF__RV_T0, MYBPF__RV_SP, 0);
        mybpf__rv_env_store(as, MYBPF__RV_SP, MYBPF__ABI_SP);
    }
    if (guarded) mybpf__rv_env_load(as, MYBPF__RV_FRAME, MYBPF__ABI_FRAME);
    mybpf__rv_steps_in(as);
    if (bare)
        mybpf__rv_call(as, as->request->entry_func);
    else
        mybpf__rv_call_env(as, MYBPF__ABI_FN);
    mybpf__emit_place(as, as->stubs[MYBPF__STUB_LEAVE]);
    mybpf__rv_steps_out(as);
    if (unwinds) {
        mybpf__rv_op_i(as, MYBPF__RV_LD, MYBPF__RV_T0, MYBPF__RV_SP, 0);
        mybpf__rv_env_store(as, MYBPF__RV_T0, MYBPF__ABI_SP);
    }
    mybpf__rv_restore(as, set, size);
    mybpf__rv_add(as, MYBPF__RV_SP, MYBPF__RV_SP, size);
    mybpf__rv_return(as);
}

/* ---- the record ---- */

#if defined(__riscv) && __riscv_xlen == 64 && defined(__riscv_compressed) && defined(__riscv_atomic)
#    define MYBPF__RV_HOST 1
#else
#    define MYBPF__RV_HOST 0
#endif

static const mybpf__target mybpf__target_riscv64 = {
    MYBPF__TARGET_LIST,
    "riscv64",
    MYBPF__RV_HOST,
    0,
    16,
    {MYBPF__RV_A0, MYBPF__RV_A5, MYBPF__RV_A1, MYBPF__RV_A2, MYBPF__RV_A3, MYBPF__RV_A4, MYBPF__RV_S0,
     MYBPF__RV_S1, MYBPF__RV_S2, MYBPF__RV_S3, MYBPF__RV_FRAME},
    1u << MYBPF__RV_S0 | 1u << MYBPF__RV_S1 | 1u << MYBPF__RV_S2 | 1u << MYBPF__RV_S3 | MYBPF__RV_SPARE,
    MYBPF__CAN_ADD3 | MYBPF__CAN_SIGNS,
    0,
    {{MYBPF__CAN_POPCNT | MYBPF__CAN_ROTATE, MYBPF__CPU_ZBB}, {0, 0}},
    mybpf__rv_spare,
    mybpf__rv_prologue,
    mybpf__rv_op,
    mybpf__rv_jump,
    mybpf__rv_cold,
    mybpf__rv_enter,
    mybpf__rv_stub_unwind,
    mybpf__rv_stub_fault,
    mybpf__rv_stub_guard,
    mybpf__rv_stub_service,
    mybpf__rv_stub_call_helper,
    mybpf__rv_fixup_size,
    mybpf__rv_fixup_reaches,
    mybpf__rv_fixup_write,
    mybpf__rv_nops,
};
#undef MYBPF__RV_HOST
#undef MYBPF__TARGET_LIST
#define MYBPF__TARGET_LIST &mybpf__target_riscv64

#endif
