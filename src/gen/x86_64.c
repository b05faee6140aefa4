/* x86_64.c: the x86-64 back end: prologues, control, stubs, and the target record. Its other parts:
 * x86_64_emit.h encodes, x86_64_base.h has registers and fixups, x86_64_alu.c arithmetic, x86_64_memory.c
 * loads and stores. */
#ifndef MYBPF__X86_64_C
#define MYBPF__X86_64_C

#include "lookups.c"
#include "x86_64_alu.c"
#include "x86_64_base.h"
#include "x86_64_memory.c"

/* ---- prologue and epilogue ---- */

MYBPF__FN void mybpf__x64_prologue(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    mybpf__ir *ir = as->ir;
    int pointer = ir->frame && !mybpf__x64_guarded(as) && !mybpf__x64_frame_by_rsp(as);
    uint32_t pushed = 8;
    if (pointer) ir->saved |= 1u << MYBPF__RBP;
    as->saved |= ir->saved;
    for (unsigned i = 0; i < MYBPF__X64_SAVED_COUNT; i++)
        if (ir->saved & 1u << mybpf__x64_saved[i]) mybpf__x64_push(out, mybpf__x64_saved[i]), pushed += 8;
    if (pointer) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RBP, MYBPF__RSP);
    as->stack = 0;
    if (ir->frame && !mybpf__x64_guarded(as)) {
        uint32_t stack = as->object_code->funcs[ir->func].stack;
        as->stack = ((stack ? stack : MYBPF_STACK_FRAME) + 7u) & ~7u;
    }
    if (ir->calls && as->calls_out && (pushed + as->stack) % 16) as->stack += 8;
    if (as->stack) mybpf__x64_alu_imm(out, MYBPF__X64_SUB, MYBPF__X64_W, MYBPF__RSP, (int32_t)as->stack);
}

/* All but the `ret`. */
MYBPF__ONE_COPY void mybpf__x64_leave(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    if (as->stack && as->ir->frame && !mybpf__x64_guarded(as) && !mybpf__x64_frame_by_rsp(as))
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RSP, MYBPF__RBP);
    else if (as->stack)
        mybpf__x64_alu_imm(out, MYBPF__X64_ADD, MYBPF__X64_W, MYBPF__RSP, (int32_t)as->stack);
    for (unsigned i = MYBPF__X64_SAVED_COUNT; i-- > 0;)
        if (as->ir->saved & 1u << mybpf__x64_saved[i]) mybpf__x64_pop(out, mybpf__x64_saved[i]);
}

MYBPF__FN void mybpf__x64_epilogue(mybpf__emit *as)
{
    mybpf__x64_leave(as);
    mybpf__buf_put_le(&as->code, 0xc3, 1);
}

/* rbp where no frame pointer is needed, r12 where no environment is, r9 and r10 where they are no scratch. */
MYBPF__FN uint32_t mybpf__x64_spare(const mybpf__ir *ir, int frame)
{
    const uint64_t one = 1, shifts = one << MYBPF__IR_SHL | one << MYBPF__IR_SHR | one << MYBPF__IR_SAR,
                   wide = one << MYBPF__IR_DIV | one << MYBPF__IR_MOD | one << MYBPF__IR_SDIV |
                          one << MYBPF__IR_SMOD | one << MYBPF__IR_ATOMIC;
    uint32_t set = 1u << MYBPF__R9 | 1u << MYBPF__R10;
    if (!frame) set |= 1u << MYBPF__RBP;
    if (ir->alone) set |= 1u << MYBPF__R12;
    if (ir->code->metered) set &= ~(1u << MYBPF__R9);
    if (ir->codes[0] & shifts && !mybpf__x64_bmi2(ir->request)) set &= ~(1u << MYBPF__R10);
    if ((ir->codes[0] | ir->codes[1]) & wide) set &= ~(1u << MYBPF__R9 | 1u << MYBPF__R10);
    return set;
}

/* ---- lowering: control ---- */

/* The same with one operand in memory: of 1 or 2 bytes only next to a constant of 8 bits. */
MYBPF__FN void mybpf__x64_compare_memory(mybpf__emit *as, const mybpf__op *op)
{
    int test = op->sub == MYBPF__SET || op->sub == MYBPF__CLEAR, small = op->imm >= -128 && op->imm < 128;
    unsigned wide = op->width == 2 ? (unsigned)MYBPF__X64_66 : mybpf__x64_w(op);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    if (!(op->flags & MYBPF__F_IMM))
        mybpf__x64_rm(&as->code, (test ? 0x85u : 0x3bu) | wide, mybpf__x64_reg(as, op->a), m);
    else if (op->width == 1)
        mybpf__x64_rmi(&as->code, test ? 0xf6 : 0x80, test ? 0 : MYBPF__X64_CMP, m, op->imm, 1);
    else if (test)
        mybpf__x64_rmi(&as->code, 0xf7 | wide, 0, m, op->imm, op->width == 2 ? 2 : 4);
    else
        mybpf__x64_rmi(&as->code, (small ? 0x83u : 0x81u) | wide, MYBPF__X64_CMP, m, op->imm, small ? 1 : 4);
}

/* The lowest 1 or 2 bytes of a register and a constant (operands.c). */
MYBPF__ONE_COPY void mybpf__x64_compare_narrow(mybpf__emit *as, const mybpf__op *op, unsigned a)
{
    if (op->width == 1 && !op->imm)
        mybpf__x64_rr(&as->code, 0x84 | MYBPF__X64_BYTE | MYBPF__X64_BYTE_RM, a, a);
    else
        mybpf__x64_rri(&as->code, op->width == 1 ? 0x80 | MYBPF__X64_BYTE_RM : 0x83 | (unsigned)MYBPF__X64_66,
                       MYBPF__X64_CMP, a, op->imm, 1);
}

/* A compare or test whose flags answer `sub`. */
MYBPF__FN void mybpf__x64_compare(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_MEMORY) {
        mybpf__x64_compare_memory(as, op);
        return;
    }
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), a = mybpf__x64_reg(as, op->a), b = MYBPF__R11;
    int test = op->sub == MYBPF__SET || op->sub == MYBPF__CLEAR;
    if (op->width < 4) {
        mybpf__x64_compare_narrow(as, op, a);
        return;
    }
    if (op->flags & MYBPF__F_IMM && mybpf__x64_fits(op->imm)) {
        int32_t imm = (int32_t)op->imm;
        if (!test && !imm)
            mybpf__x64_test_zero(as, w, a);
        else if (!test)
            mybpf__x64_alu_imm(out, MYBPF__X64_CMP, w, a, imm);
        else if (imm >= 0 && imm < 128)
            mybpf__x64_rri(out, 0xf6 | MYBPF__X64_BYTE_RM, 0, a, imm, 1);
        else
            mybpf__x64_rri(out, 0xf7 | (imm >= 0 ? 0 : w), 0, a, imm, 4);
        return;
    }
    if (op->flags & MYBPF__F_IMM)
        mybpf__x64_mov_imm(out, b, op->imm);
    else
        b = mybpf__x64_reg(as, op->b);
    if (test)
        mybpf__x64_rr(out, 0x85 | w, b, a);
    else
        mybpf__x64_alu(out, MYBPF__X64_CMP, w, a, b);
}

/* Has the operation in front of `branch` left flags that tell whether its result, which is compared, is 0? */
MYBPF__FN int mybpf__x64_compared(const mybpf__emit *as, const mybpf__op *branch)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    const mybpf__op *op = branch;
    if (as->request->disable & MYBPF__PASS_FUSION || branch->flags & MYBPF__F_MEMORY ||
        !(branch->flags & MYBPF__F_IMM) || branch->imm || branch->sub > MYBPF__NE)
        return 0;
    do
        if (op-- == as->ir->ops + block->first) return 0;
    while (op->code == MYBPF__IR_NOP || (op->code == MYBPF__IR_MOV && op->dst != branch->a));
    if (op->dst != branch->a || op->width != branch->width) return 0;
    switch (op->code) {
    case MYBPF__IR_ADD: return op->dst == op->a; /* no LEA */
    case MYBPF__IR_SUB:
    case MYBPF__IR_OR:
    case MYBPF__IR_XOR: return 1;
    case MYBPF__IR_AND: return !(op->flags & MYBPF__F_IMM) || (op->imm != 0xff && op->imm != 0xffff);
    default: return 0;
    }
}

MYBPF__ONE_COPY void mybpf__x64_select(mybpf__emit *as, const mybpf__op *op)
{
    unsigned c = MYBPF__R11; /* constants in comparisons are small enough not to need it */
    int compared = op > as->ir->ops && op[-1].code == MYBPF__IR_SPEND_IF; /* that leaves the flags */
    if (op->c == MYBPF__NO_VALUE)
        mybpf__x64_mov_imm(&as->code, c, op->disp);
    else if (op->disp)
        mybpf__x64_lea(&as->code, op->aux == 8 ? (unsigned)MYBPF__X64_W : 0u, c,
                       mybpf__x64_at(mybpf__x64_reg(as, op->c), op->disp));
    else
        c = mybpf__x64_reg(as, op->c);
    if (!compared) mybpf__x64_compare(as, op);
    mybpf__x64_rr(&as->code,
                  0x40u | mybpf__x64_conditions[op->sub] | MYBPF__X64_0F |
                      (op->aux == 8 ? (unsigned)MYBPF__X64_W : 0u),
                  mybpf__x64_reg(as, op->dst), c); /* cmov */
}

/* dst = c + (a < b) */
MYBPF__ONE_COPY void mybpf__x64_add_if(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = op->aux == 8 ? (unsigned)MYBPF__X64_W : 0u, dst = mybpf__x64_reg(as, op->dst);
    int less = op->sub == MYBPF__LT;
    if (!(op->flags & MYBPF__F_CARRY)) mybpf__x64_compare(as, op);
    mybpf__x64_move(as, w, dst, mybpf__x64_reg(as, op->c));                   /* keeps the flags */
    mybpf__x64_rri(&as->code, 0x83 | w, less ? 2 : 3, dst, less ? 0 : -1, 1); /* adc, or sbb */
}

MYBPF__ONE_COPY void mybpf__x64_branch(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    if (op->code == MYBPF__IR_SUB_BRANCH)
        mybpf__x64_simple(as, op, MYBPF__X64_SUB);
    else if (block->taken != block->next && !mybpf__x64_compared(as, op))
        mybpf__x64_compare(as, op);
    if (block->taken == block->next) return;
    if (block->taken == mybpf__emit_following(as))
        mybpf__x64_jcc(as, mybpf__x64_conditions[op->sub ^ 1], mybpf__emit_block(as, block->next));
    else
        mybpf__x64_jcc(as, mybpf__x64_conditions[op->sub], mybpf__emit_block(as, block->taken));
}

MYBPF__ONE_COPY void mybpf__x64_may_goto(mybpf__emit *as)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    mybpf__x64_rmi(&as->code, 0x83 | MYBPF__X64_W, MYBPF__X64_CMP, mybpf__x64_env(as, MYBPF__ABI_MAY_GOTO), 0,
                   1);
    mybpf__x64_jcc(as, MYBPF__X64_JZ, mybpf__emit_block(as, block->taken));
    mybpf__x64_rm(&as->code, 0xff | MYBPF__X64_W, 1, mybpf__x64_env(as, MYBPF__ABI_MAY_GOTO)); /* dec */
}

/* Jumps out when the condition holds: `stub` with the instruction's number. */
MYBPF__FN void mybpf__x64_fault_if(mybpf__emit *as, unsigned condition, mybpf__stub stub, uint32_t insn)
{
    mybpf__x64_jcc(as, condition,
                   mybpf__emit_cold(as, MYBPF__X64_COLD_FAULT, insn, (int64_t)stub, MYBPF__NO_LABEL));
}

MYBPF__FN void mybpf__x64_check_stop(mybpf__emit *as, uint32_t insn)
{
    mybpf__x64_rmi(&as->code, 0x83, MYBPF__X64_CMP, mybpf__x64_env(as, MYBPF__ABI_STOP), 0, 1);
    mybpf__x64_fault_if(as, MYBPF__X64_JNZ, MYBPF__STUB_STOP, insn);
}

/* The environment as the helper's sixth argument, with the steps in it. */
MYBPF__FN void mybpf__x64_pass_env(mybpf__emit *as)
{
    mybpf__x64_steps_out(as);
    as->uses_env = 1;
    mybpf__x64_mov(&as->code, MYBPF__X64_W, MYBPF__R9, MYBPF__X64_ENV);
}

/* Guarded mode: what the callee runs has its frame `below` bytes under ours. */
MYBPF__FN void mybpf__x64_offer_frame(mybpf__emit *as, int32_t below)
{
    unsigned frame = below ? MYBPF__R10 : MYBPF__RBP;
    if (!mybpf__x64_guarded(as)) return;
    if (below) mybpf__x64_lea(&as->code, MYBPF__X64_W, frame, mybpf__x64_at(MYBPF__RBP, -below));
    mybpf__x64_rm(&as->code, 0x89 | MYBPF__X64_W, frame, mybpf__x64_env(as, MYBPF__ABI_FRAME));
}

MYBPF__FN void mybpf__x64_call_out(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_pass_env(as);
    if (op->flags & MYBPF__F_STOP) mybpf__x64_offer_frame(as, MYBPF_STACK_FRAME);
    if (as->request->mode == MYBPF__GEN_JIT) {
        mybpf__emit_fixup(as, MYBPF__X64_CALL_FAR, MYBPF__NO_LABEL, mybpf__emit_helper_address(as, op));
    } else {
        int32_t slot = mybpf__emit_helper_slot(as, op);
        mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, MYBPF__R11, mybpf__x64_env(as, MYBPF__ABI_TABLE));
        mybpf__x64_rm(&as->code, 0xff, 2, mybpf__x64_at(MYBPF__R11, slot));
    }
    mybpf__x64_kept_in(as);
    if (op->flags & MYBPF__F_STOP) mybpf__x64_check_stop(as, op->insn);
}

/* The element of an array; where that is not known to be right, cold code calls. */
MYBPF__FN void mybpf__x64_lookup(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    uint32_t back = mybpf__emit_label(as);
    uint64_t stride = mybpf__lookups_stride(as->ir, op->aux - 1);
    int power = mybpf__lookups_power(stride);
    mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__R11, mybpf__x64_env(as, MYBPF__ABI_TABLE));
    mybpf__x64_rm(out, 0x8b, MYBPF__RAX, mybpf__x64_at(MYBPF__RSI, 0));
    mybpf__x64_rm(out, 0x3b | MYBPF__X64_W, MYBPF__RAX,
                  mybpf__x64_at(MYBPF__R11, mybpf__emit_lookup_slot(as, op, MYBPF__IR_CONST)));
    mybpf__x64_jcc(as, MYBPF__X64_JAE,
                   mybpf__emit_cold(as, MYBPF__X64_COLD_LOOKUP, op->insn, op - as->ir->ops, back));
    if (power > 0)
        mybpf__x64_shift_imm(out, 4, MYBPF__X64_W, MYBPF__RAX, (unsigned)power);
    else
        mybpf__x64_rri(out, 0x69 | MYBPF__X64_W, MYBPF__RAX, MYBPF__RAX, (int64_t)stride, 4); /* imul */
    mybpf__x64_rm(out, 0x03 | MYBPF__X64_W, MYBPF__RAX,                                       /* add */
                  mybpf__x64_at(MYBPF__R11, mybpf__emit_lookup_slot(as, op, MYBPF__IR_MAP_VALUE)));
    mybpf__emit_place(as, back);
}

MYBPF__ONE_COPY void mybpf__x64_helper(mybpf__emit *as, const mybpf__op *op)
{
    if (op->aux)
        mybpf__x64_lookup(as, op);
    else
        mybpf__x64_call_out(as, op);
}

/* Guarded mode: the callee's frame is the next one of the separate stack. */
MYBPF__FN void mybpf__x64_enter_frame(mybpf__emit *as, uint32_t insn)
{
    mybpf__x64_alu_imm(&as->code, MYBPF__X64_SUB, MYBPF__X64_W, MYBPF__RBP, MYBPF_STACK_FRAME);
    mybpf__x64_rm(&as->code, 0x3b | MYBPF__X64_W, MYBPF__RBP, mybpf__x64_env(as, MYBPF__ABI_LIMIT));
    mybpf__x64_fault_if(as, MYBPF__X64_JBE, MYBPF__STUB_DEPTH, insn);
}

MYBPF__FN void mybpf__x64_leave_frame(mybpf__emit *as)
{
    mybpf__x64_alu_imm(&as->code, MYBPF__X64_ADD, MYBPF__X64_W, MYBPF__RBP, MYBPF_STACK_FRAME);
}

MYBPF__ONE_COPY void mybpf__x64_call_value(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned a = mybpf__x64_reg(as, op->a);
    if (as->request->mode == MYBPF__GEN_BARE) {
        mybpf__x64_rr(out, 0xff, 2, a);
        return;
    }
    uint32_t back = mybpf__emit_label(as);
    mybpf__x64_alu_imm(out, MYBPF__X64_CMP, MYBPF__X64_W, a, (int32_t)MYBPF_HELPER_END);
    mybpf__x64_jcc(as, MYBPF__X64_JB,
                   mybpf__emit_cold(as, MYBPF__X64_COLD_CALL_HELPER, op->insn, (int64_t)a, back));
    if (mybpf__x64_guarded(as)) {
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, a);
        mybpf__x64_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
        mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__R11);
        mybpf__x64_fault_if(as, MYBPF__X64_JZ, MYBPF__STUB_CALL, op->insn);
        mybpf__x64_enter_frame(as, op->insn);
        mybpf__x64_rr(out, 0xff, 2, MYBPF__R11);
        mybpf__x64_leave_frame(as);
    } else
        mybpf__x64_rm(out, 0xff, 2, mybpf__x64_at(a, 0)); /* the descriptor's first field */
    mybpf__emit_place(as, back);
}

MYBPF__ONE_COPY void mybpf__x64_call_local(mybpf__emit *as, const mybpf__op *op)
{
    if (mybpf__x64_guarded(as)) mybpf__x64_enter_frame(as, op->insn);
    mybpf__x64_call(as, op->aux);
    if (mybpf__x64_guarded(as)) mybpf__x64_leave_frame(as);
}

/* rax: where the target begins, but for 1, the library ran it, and 0, there is none. */
MYBPF__FN void mybpf__x64_tail_jump(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    uint32_t back = mybpf__emit_label(as);
    mybpf__x64_alu_imm(out, MYBPF__X64_CMP, MYBPF__X64_W, MYBPF__RAX, 1);
    mybpf__x64_jcc(as, MYBPF__X64_JBE, mybpf__emit_cold(as, MYBPF__X64_COLD_TAIL, op->insn, 0, back));
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, MYBPF__RAX);
    mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RDI, mybpf__x64_env(as, MYBPF__ABI_RESULT));
    for (unsigned i = 1; i < 5; i++) mybpf__x64_mov_imm(out, mybpf__x64_arguments[i], 0);
    mybpf__x64_leave(as);
    mybpf__x64_rr(out, 0xff, 4, MYBPF__R11); /* jmp */
    mybpf__emit_place(as, back);
}

MYBPF__ONE_COPY void mybpf__x64_tail_call(mybpf__emit *as, const mybpf__op *op)
{
    int jumps = mybpf__emit_tail_jumps(as);
    mybpf__x64_pass_env(as);
    mybpf__x64_offer_frame(as, 0);
    mybpf__x64_call_env(as, jumps ? MYBPF__ABI_TAIL_JUMP : MYBPF__ABI_TAIL_CALL);
    mybpf__x64_kept_in(as);
    if (jumps) {
        mybpf__x64_tail_jump(as, op);
        return;
    }
    mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__RAX);
    mybpf__x64_jcc(as, MYBPF__X64_JNZ,
                   mybpf__emit_cold(as, MYBPF__X64_COLD_TAIL, op->insn, 0, MYBPF__NO_LABEL));
    mybpf__x64_alu_imm(&as->code, MYBPF__X64_OR, MYBPF__X64_W, MYBPF__RAX, -1);
}

MYBPF__ONE_COPY void mybpf__x64_packet(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    if (op->a == MYBPF__NO_VALUE)
        mybpf__x64_mov_imm(out, MYBPF__RSI, (int64_t)(uint32_t)op->imm);
    else
        mybpf__x64_lea(out, 0, MYBPF__RSI, mybpf__x64_at(mybpf__x64_reg(as, op->a), (int32_t)op->imm));
    as->uses_env = 1;
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDI, MYBPF__X64_ENV);
    mybpf__x64_mov_imm(out, MYBPF__RDX, op->width);
    mybpf__x64_steps_out(as);
    mybpf__x64_call_env(as, MYBPF__ABI_PACKET);
    mybpf__x64_kept_in(as);
    mybpf__x64_check_stop(as, op->insn);
    for (unsigned i = 1; i <= 5; i++)
        if (live >> i & 1) mybpf__x64_mov_imm(out, mybpf__x64_reg(as, i), 0);
}

/* Asks the library, or sees that it is the stack. */
MYBPF__FN void mybpf__x64_guard_slow(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_lea(&as->code, MYBPF__X64_W, MYBPF__R11, mybpf__x64_operand(as, op));
    mybpf__x64_mov_imm(&as->code, MYBPF__R10, op->width);
    mybpf__x64_call(as, mybpf__emit_stub(as, op->flags & MYBPF__F_WRITE ? MYBPF__STUB_GUARD_WRITE
                                                                        : MYBPF__STUB_GUARD_READ));
    mybpf__x64_fault_if(as, MYBPF__X64_JZ, MYBPF__STUB_ACCESS, op->insn);
}

/* In this process: the memory that was accessed last is known. */
MYBPF__FN void mybpf__x64_guard_window(mybpf__emit *as, const mybpf__op *op)
{
    int32_t window = MYBPF__ABI_WINDOW + (op->flags & MYBPF__F_WRITE ? MYBPF__WINDOW_SIZE : 0);
    uint32_t back = mybpf__emit_label(as);
    mybpf__x64_address m = mybpf__x64_at(mybpf__x64_reg(as, op->a), (int32_t)op->imm);
    if (!(op->flags & MYBPF__F_WRITE)) m.index = MYBPF__X64_WINDOW;
    if (m.index != MYBPF__NO_REG || m.disp)
        mybpf__x64_lea(&as->code, MYBPF__X64_W, MYBPF__R11, m);
    else
        mybpf__x64_mov(&as->code, MYBPF__X64_W, MYBPF__R11, m.base);
    if (op->flags & MYBPF__F_WRITE) /* add */
        mybpf__x64_rm(&as->code, 0x03 | MYBPF__X64_W, MYBPF__R11, mybpf__x64_env(as, window));
    mybpf__x64_rm(&as->code, 0x3b | MYBPF__X64_W, MYBPF__R11, mybpf__x64_env(as, window + 8 * op->sub));
    mybpf__x64_jcc(as, MYBPF__X64_JAE,
                   mybpf__emit_cold(as, MYBPF__X64_COLD_GUARD, op->insn, op - as->ir->ops, back));
    mybpf__emit_place(as, back);
}

MYBPF__ONE_COPY void mybpf__x64_guard(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_COVERED) return;
    if (mybpf__emit_windows(as, op)) {
        mybpf__x64_guard_window(as, op);
        return;
    }
    mybpf__x64_guard_slow(as, op);
    if (op->flags & MYBPF__F_ATOMIC && op->width > 1) {
        mybpf__x64_rri(&as->code, 0xf6 | MYBPF__X64_BYTE_RM, 0, MYBPF__R11, op->width - 1,
                       1); /* test r11b, width - 1 */
        mybpf__x64_fault_if(as, MYBPF__X64_JNZ, MYBPF__STUB_ACCESS, op->insn);
    }
}

MYBPF__ONE_COPY void mybpf__x64_guard_call(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_mov_imm(&as->code, MYBPF__R10, op->imm);
    mybpf__x64_call(as, mybpf__emit_stub(as, MYBPF__STUB_GUARD_CALL));
    mybpf__x64_fault_if(as, MYBPF__X64_JZ, MYBPF__STUB_STOP, op->insn);
}

/* Takes so many steps (SUB), gives them back (ADD), or asks whether there are as many (CMP). */
MYBPF__FN void mybpf__x64_steps(mybpf__emit *as, unsigned operation, int64_t steps)
{
    mybpf__x64_alu_imm(&as->code, operation, MYBPF__X64_W, MYBPF__X64_STEPS, (int32_t)steps);
}

MYBPF__ONE_COPY void mybpf__x64_charge(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_COVERED) return;
    mybpf__x64_steps(as, MYBPF__X64_SUB, mybpf__charge_steps(as->ir, op));
    mybpf__x64_jcc(as, MYBPF__X64_JB,
                   mybpf__emit_cold(as, MYBPF__X64_COLD_BUDGET, op->insn, op - as->ir->ops, MYBPF__NO_LABEL));
}

MYBPF__ONE_COPY void mybpf__x64_spend(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    if (!(op->flags & MYBPF__F_PAID)) {
        mybpf__x64_steps(as, MYBPF__X64_CMP, op->imm + op->aux);
        mybpf__x64_jcc(as, MYBPF__X64_JB, mybpf__emit_block(as, block->taken));
    }
    mybpf__x64_steps(as, MYBPF__X64_SUB, op->imm);
}

MYBPF__ONE_COPY void mybpf__x64_spend_if(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_compare(as, op);
    mybpf__x64_lea(&as->code, MYBPF__X64_W, MYBPF__R11, mybpf__x64_at(MYBPF__R9, -op->disp));
    mybpf__x64_rr(&as->code, 0x40u | mybpf__x64_conditions[op->sub] | MYBPF__X64_0F | MYBPF__X64_W, MYBPF__R9,
                  MYBPF__R11); /* cmov */
}

/* Cold code: takes the steps of all charges that `op` takes, one by one. */
MYBPF__FN void mybpf__x64_charge_slow(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__op *chain[MYBPF__CHARGES];
    for (uint32_t i = mybpf__charge_chain(as->ir, op, chain); i-- > 0;) {
        mybpf__x64_steps(as, MYBPF__X64_CMP, chain[i]->imm);
        mybpf__x64_fault_if(as, MYBPF__X64_JB, MYBPF__STUB_BUDGET, chain[i]->insn);
        mybpf__x64_steps(as, MYBPF__X64_SUB, chain[i]->imm);
    }
}

/* NEG, BSWAP, POPCNT. */
MYBPF__ONE_COPY void mybpf__x64_unary(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst);
    if (op->code == MYBPF__IR_POPCNT) { /* which waits for what was in dst, on many processors */
        if (op->dst != op->a) mybpf__x64_alu(&as->code, MYBPF__X64_XOR, 0, dst, dst);
        mybpf__buf_put_le(&as->code, 0xf3, 1);
        mybpf__x64_rr(&as->code, 0xb8 | MYBPF__X64_0F | w, dst, mybpf__x64_reg(as, op->a));
        return;
    }
    mybpf__x64_move(as, w, dst, mybpf__x64_reg(as, op->a));
    if (op->code == MYBPF__IR_NEG) {
        mybpf__x64_rr(&as->code, 0xf7 | w, 3, dst);
        return;
    }
    mybpf__x64_swap(as, op->width, dst);
    if (op->width == 2) mybpf__x64_rr(&as->code, 0xb7 | MYBPF__X64_0F, dst, dst); /* movzx */
}

/* What it calls is not part of it: nothing is to be saved on the way. */
MYBPF__FN void mybpf__x64_op(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op);
    switch (op->code) {
    case MYBPF__IR_NOP: break;
    case MYBPF__IR_CONST: mybpf__x64_mov_imm(out, mybpf__x64_reg(as, op->dst), op->imm); break;
    case MYBPF__IR_MAP:
    case MYBPF__IR_MAP_VALUE:
    case MYBPF__IR_FUNC: mybpf__x64_reference(as, op); break;
    case MYBPF__IR_MOV:
        if (op->dst != op->a || !w)
            mybpf__x64_mov(out, w, mybpf__x64_reg(as, op->dst), mybpf__x64_reg(as, op->a));
        break;
    case MYBPF__IR_SEXT:
    case MYBPF__IR_ZEXT: mybpf__x64_extend(as, op); break;
    case MYBPF__IR_NEG:
    case MYBPF__IR_BSWAP:
    case MYBPF__IR_POPCNT: mybpf__x64_unary(as, op); break;
    case MYBPF__IR_ADD: mybpf__x64_simple(as, op, MYBPF__X64_ADD); break;
    case MYBPF__IR_SUB: mybpf__x64_simple(as, op, MYBPF__X64_SUB); break;
    case MYBPF__IR_OR: mybpf__x64_simple(as, op, MYBPF__X64_OR); break;
    case MYBPF__IR_AND: mybpf__x64_simple(as, op, MYBPF__X64_AND); break;
    case MYBPF__IR_XOR: mybpf__x64_simple(as, op, MYBPF__X64_XOR); break;
    case MYBPF__IR_MUL: mybpf__x64_multiply(as, op); break;
    case MYBPF__IR_DIV:
    case MYBPF__IR_MOD:
    case MYBPF__IR_SDIV:
    case MYBPF__IR_SMOD: mybpf__x64_divide(as, op, live); break;
    case MYBPF__IR_SHL: mybpf__x64_shift(as, op, 4, live); break;
    case MYBPF__IR_SHR: mybpf__x64_shift(as, op, 5, live); break;
    case MYBPF__IR_SAR: mybpf__x64_shift(as, op, 7, live); break;
    case MYBPF__IR_ROTL: mybpf__x64_shift(as, op, 0, live); break;
    case MYBPF__IR_SELECT: mybpf__x64_select(as, op); break;
    case MYBPF__IR_SPEND_IF: mybpf__x64_spend_if(as, op); break;
    case MYBPF__IR_ADD_IF: mybpf__x64_add_if(as, op); break;
    case MYBPF__IR_LOAD: mybpf__x64_load(as, op); break;
    case MYBPF__IR_STORE: (op->flags & MYBPF__F_UPDATE ? mybpf__x64_update : mybpf__x64_store)(as, op); break;
    case MYBPF__IR_LOAD16:
    case MYBPF__IR_STORE16: mybpf__x64_vector(as, op); break;
    case MYBPF__IR_ATOMIC: mybpf__x64_atomic(as, op, live); break;
    case MYBPF__IR_CMPXCHG: mybpf__x64_cmpxchg(as, op); break;
    case MYBPF__IR_BRANCH:
    case MYBPF__IR_SUB_BRANCH: mybpf__x64_branch(as, op); break;
    case MYBPF__IR_MAY_GOTO: mybpf__x64_may_goto(as); break;
    case MYBPF__IR_SPEND: mybpf__x64_spend(as, op); break;
    case MYBPF__IR_EXIT: mybpf__x64_epilogue(as); break;
    case MYBPF__IR_CALL: mybpf__x64_call_local(as, op); break;
    case MYBPF__IR_CALL_VALUE: mybpf__x64_call_value(as, op); break;
    case MYBPF__IR_HELPER: mybpf__x64_helper(as, op); break;
    case MYBPF__IR_TAIL_CALL: mybpf__x64_tail_call(as, op); break;
    case MYBPF__IR_PACKET: mybpf__x64_packet(as, op, live); break;
    case MYBPF__IR_GUARD: mybpf__x64_guard(as, op); break;
    case MYBPF__IR_GUARD_CALL: mybpf__x64_guard_call(as, op); break;
    case MYBPF__IR_CHARGE: mybpf__x64_charge(as, op); break;
    default: break;
    }
}

/* ---- cold code and stubs ---- */

/* To a shared stub, with the instruction's number in eax. */
MYBPF__FN void mybpf__x64_to_stub(mybpf__emit *as, mybpf__stub stub, uint32_t insn)
{
    mybpf__x64_mov_imm(&as->code, MYBPF__RAX, insn);
    mybpf__x64_jump(as, mybpf__emit_stub(as, stub));
}

/* Behind a comparison of the answer with 1: goes on where there is no target. */
MYBPF__FN void mybpf__x64_no_target(mybpf__emit *as, uint32_t back)
{
    uint32_t done = mybpf__emit_label(as);
    mybpf__x64_jcc(as, MYBPF__X64_JZ, done);
    mybpf__x64_alu_imm(&as->code, MYBPF__X64_OR, MYBPF__X64_W, MYBPF__RAX, -1);
    mybpf__x64_jump(as, back);
    mybpf__emit_place(as, done);
}

MYBPF__FN void mybpf__x64_cold(mybpf__emit *as, const mybpf__cold *cold)
{
    mybpf__buf *out = &as->code;
    const mybpf__op *op = &as->ir->ops[cold->kind == MYBPF__X64_COLD_BUDGET ? cold->value : 0];
    switch (cold->kind) {
    case MYBPF__X64_COLD_BUDGET: /* give back what was taken */
        mybpf__x64_steps(as, MYBPF__X64_ADD, mybpf__charge_steps(as->ir, op));
        if (op->aux) mybpf__x64_charge_slow(as, &as->ir->ops[op->aux - 1]);
        mybpf__x64_to_stub(as, MYBPF__STUB_BUDGET, cold->insn);
        break;
    case MYBPF__X64_COLD_TAIL: /* done: leave with its result, or unwind if it was stopped */
        if (cold->back != MYBPF__NO_LABEL) mybpf__x64_no_target(as, cold->back);
        mybpf__x64_check_stop(as, cold->insn);
        mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RAX, mybpf__x64_env(as, MYBPF__ABI_RESULT));
        mybpf__x64_epilogue(as);
        break;
    case MYBPF__X64_COLD_CALL_HELPER: /* CALLX with a helper's number */
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, (unsigned)cold->value);
        mybpf__x64_mov_imm(out, MYBPF__R10, cold->insn);
        mybpf__x64_call(as, mybpf__emit_stub(as, MYBPF__STUB_CALL_HELPER));
        mybpf__x64_jump(as, cold->back);
        break;
    case MYBPF__X64_COLD_GUARD: /* each access of the group, in order, steps before them */
        op = mybpf__charge_left(as->ir, as->ir->order[cold->position]);
        if (op) mybpf__x64_charge_slow(as, op);
        for (uint32_t first = (uint32_t)cold->value, i = first; i < as->ir->op_count;
             i = mybpf__guard_next(as->ir, first, i))
            mybpf__x64_guard_slow(as, &as->ir->ops[i]);
        if (op) mybpf__x64_steps(as, MYBPF__X64_ADD, mybpf__charge_steps(as->ir, op));
        mybpf__x64_jump(as, cold->back);
        break;
    case MYBPF__X64_COLD_DIVIDE: mybpf__x64_divide_cold(as, &as->ir->ops[cold->value], cold->back); break;
    case MYBPF__X64_COLD_LOOKUP: /* r11: the context table */
        op = &as->ir->ops[cold->value];
        mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RDI,
                      mybpf__x64_at(MYBPF__R11, mybpf__emit_lookup_slot(as, op, MYBPF__IR_MAP)));
        mybpf__x64_call_out(as, op);
        mybpf__x64_jump(as, cold->back);
        break;
    default: mybpf__x64_to_stub(as, (mybpf__stub)cold->value, cold->insn);
    }
}

/* eax: the instruction. Records the fault and unwinds. */
MYBPF__FN void mybpf__x64_stub_fault(mybpf__emit *as, int status)
{
    if (status)
        mybpf__x64_rmi(&as->code, 0xc7, 0, mybpf__x64_env(as, MYBPF__ABI_STOP), status, 4);
    else { /* a nested run has named its own instruction */
        mybpf__x64_rmi(&as->code, 0x83 | MYBPF__X64_W, MYBPF__X64_CMP,
                       mybpf__x64_env(as, MYBPF__ABI_STOP_INSN), -1, 1);
        mybpf__x64_jcc(as, MYBPF__X64_JNZ, mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
    }
    mybpf__x64_rm(&as->code, 0x89 | MYBPF__X64_W, MYBPF__RAX, mybpf__x64_env(as, MYBPF__ABI_STOP_INSN));
    mybpf__x64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
}

/* r11: address, r10: size. Every register keeps its value; the zero flag tells a fault. */
MYBPF__FN void mybpf__x64_stub_guard(mybpf__emit *as, int write)
{
    mybpf__buf *out = &as->code;
    mybpf__x64_steps_out(as);
    if (!MYBPF__ARENA_OF(as->object_code)) {
        /* most are in the stack: nobody needs to be asked (below: ZF = 0) */
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R9, MYBPF__R11);
        mybpf__x64_rm(out, 0x2b | MYBPF__X64_W, MYBPF__R9, mybpf__x64_env(as, MYBPF__ABI_LIMIT)); /* sub */
        mybpf__x64_alu_imm(out, MYBPF__X64_CMP, MYBPF__X64_W, MYBPF__R9,
                           MYBPF_STACK_FRAME * MYBPF_CALL_DEPTH - 7);
        mybpf__x64_steps_in(as);
        size_t outside = mybpf__x64_skip(out, 0x73); /* jae */
        mybpf__x64_window_in(as);
        mybpf__buf_put_le(out, 0xc3, 1);
        mybpf__x64_here(out, outside);
    }
    if (write)
        mybpf__x64_rri(out, 0xba | MYBPF__X64_0F | MYBPF__X64_W, 5, MYBPF__R10, 32, 1); /* bts r10, 32 */
    mybpf__x64_push(out, MYBPF__R11);
    mybpf__x64_push(out, MYBPF__RAX);
    for (unsigned i = 0; i < 5; i++) mybpf__x64_push(out, mybpf__x64_arguments[i]);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDI, MYBPF__X64_ENV);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RSI, MYBPF__R11);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, MYBPF__R10);
    mybpf__x64_call_env(as, MYBPF__ABI_GUARD);
    mybpf__x64_kept_in(as);
    mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__RAX);
    for (unsigned i = 5; i-- > 0;) mybpf__x64_pop(out, mybpf__x64_arguments[i]);
    mybpf__x64_pop(out, MYBPF__RAX);
    mybpf__x64_pop(out, MYBPF__R11);
    mybpf__buf_put_le(out, 0xc3, 1);
}

/* r10: the helper's number, for guard_call; r11: the value, for resolve, which leaves its answer there. */
MYBPF__FN void mybpf__x64_stub_service(mybpf__emit *as, int resolve)
{
    mybpf__buf *out = &as->code;
    for (unsigned i = 5; i-- > 0;) mybpf__x64_push(out, mybpf__x64_arguments[i]); /* an array, r1 first */
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDI, MYBPF__X64_ENV);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RSI, resolve ? MYBPF__R11 : MYBPF__R10);
    if (!resolve) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, MYBPF__RSP);
    mybpf__x64_steps_out(as);
    mybpf__x64_call_env(as, resolve ? MYBPF__ABI_RESOLVE : MYBPF__ABI_GUARD_CALL);
    mybpf__x64_kept_in(as);
    if (resolve)
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, MYBPF__RAX);
    else
        mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__RAX);
    for (unsigned i = 0; i < 5; i++) mybpf__x64_pop(out, mybpf__x64_arguments[i]);
    mybpf__buf_put_le(out, 0xc3, 1);
}

/* r11: a helper's number, r10: the instruction. Calls the helper. */
MYBPF__FN void mybpf__x64_stub_call_helper(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    uint32_t stopped = mybpf__emit_label(as), fault = mybpf__emit_label(as);
    mybpf__x64_push(out, MYBPF__R10); /* and the stack is aligned */
    mybpf__x64_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
    mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__R11);
    mybpf__x64_jcc(as, MYBPF__X64_JZ, fault);
    mybpf__x64_offer_frame(as, MYBPF_STACK_FRAME);
    mybpf__x64_pass_env(as);
    mybpf__x64_rr(out, 0xff, 2, MYBPF__R11);
    mybpf__x64_kept_in(as);
    mybpf__x64_rmi(out, 0x83, MYBPF__X64_CMP, mybpf__x64_env(as, MYBPF__ABI_STOP), 0, 1);
    mybpf__x64_jcc(as, MYBPF__X64_JNZ, stopped);
    mybpf__x64_pop(out, MYBPF__R11);
    mybpf__buf_put_le(out, 0xc3, 1);
    mybpf__emit_place(as, stopped); /* the instruction where the stubs expect it; they drop the stack */
    mybpf__x64_pop(out, MYBPF__RAX);
    mybpf__x64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_STOP));
    mybpf__emit_place(as, fault);
    mybpf__x64_pop(out, MYBPF__RAX);
    mybpf__x64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_CALL));
}

/* Back to the stack of the entry stub, and out. */
MYBPF__FN void mybpf__x64_stub_unwind(mybpf__emit *as)
{
    mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, MYBPF__RSP, mybpf__x64_env(as, MYBPF__ABI_SP));
    mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, MYBPF__RAX, mybpf__x64_env(as, MYBPF__ABI_RESULT));
    mybpf__x64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_LEAVE));
}

/* The way in, as a C function of type mybpf_helper_fn. Functions keep the C convention among themselves, so
 * it only saves what it uses itself, and, where a run can be stopped in the middle, what an abandoned
 * function would have restored. */
MYBPF__FN void mybpf__x64_enter(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    int bare = as->request->mode == MYBPF__GEN_BARE, guarded = mybpf__x64_guarded(as),
        unwinds = as->stubs_used & 1u << MYBPF__STUB_UNWIND;
    uint32_t saved = unwinds ? as->saved : 0, pushed = 8;
    if (guarded) saved |= 1u << MYBPF__RBP;
    if (guarded || as->object_code->metered) as->uses_env = 1;
    if (!as->uses_env) {
        if (bare)
            as->enter = as->request->entry_func; /* its label: nothing is needed */
        else {
            mybpf__emit_place(as, as->enter);
            mybpf__x64_rm(out, 0xff, 4, mybpf__x64_at(MYBPF__R9, MYBPF__ABI_FN)); /* jmp */
        }
        return;
    }
    mybpf__emit_place(as, as->enter);
    for (unsigned i = 0; i < MYBPF__X64_SAVED_COUNT; i++)
        if (saved & 1u << mybpf__x64_saved[i]) mybpf__x64_push(out, mybpf__x64_saved[i]), pushed += 8;
    mybpf__x64_push(out, MYBPF__X64_ENV), pushed += 8;
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__X64_ENV, MYBPF__R9);
    if (unwinds) mybpf__x64_rm(out, 0xff, 6, mybpf__x64_env(as, MYBPF__ABI_SP)), pushed += 8; /* push */
    if (pushed % 16) mybpf__x64_push(out, MYBPF__RAX);
    if (unwinds) mybpf__x64_rm(out, 0x89 | MYBPF__X64_W, MYBPF__RSP, mybpf__x64_env(as, MYBPF__ABI_SP));
    if (guarded) mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RBP, mybpf__x64_env(as, MYBPF__ABI_FRAME));
    mybpf__x64_kept_in(as);
    if (bare)
        mybpf__x64_call(as, as->request->entry_func);
    else
        mybpf__x64_call_env(as, MYBPF__ABI_FN);
    mybpf__emit_place(as, as->stubs[MYBPF__STUB_LEAVE]);
    mybpf__x64_steps_out(as);
    if (pushed % 16) mybpf__x64_pop(out, MYBPF__RCX);
    if (unwinds) mybpf__x64_rm(out, 0x8f, 0, mybpf__x64_env(as, MYBPF__ABI_SP)); /* pop */
    mybpf__x64_pop(out, MYBPF__X64_ENV);
    for (unsigned i = MYBPF__X64_SAVED_COUNT; i-- > 0;)
        if (saved & 1u << mybpf__x64_saved[i]) mybpf__x64_pop(out, mybpf__x64_saved[i]);
    mybpf__buf_put_le(out, 0xc3, 1);
}

/* ---- the record ---- */

#if (defined(__x86_64__) || defined(_M_X64)) && !defined(_WIN32) && !defined(__ILP32__)
#    define MYBPF__X64_HOST 1
#else
#    define MYBPF__X64_HOST 0
#endif

static const mybpf__target mybpf__target_x86_64 = {
    MYBPF__TARGET_LIST,
    "x86_64",
    MYBPF__X64_HOST,
    0,
    MYBPF__CODE_ALIGN,
    {MYBPF__RAX, MYBPF__RDI, MYBPF__RSI, MYBPF__RDX, MYBPF__RCX, MYBPF__R8, MYBPF__RBX, MYBPF__R13,
     MYBPF__R14, MYBPF__R15, MYBPF__RBP},
    1u << MYBPF__RBX | 1u << MYBPF__R12 | 1u << MYBPF__R13 | 1u << MYBPF__R14 | 1u << MYBPF__R15 |
        1u << MYBPF__RBP,
    MYBPF__CAN_ADD3 | MYBPF__CAN_INDEX | MYBPF__CAN_ROTATE | MYBPF__CAN_SUB_BRANCH | MYBPF__CAN_JOIN |
        MYBPF__CAN_MEMORY | MYBPF__CAN_SELECT,
    MYBPF__CPU_SSE2,
    {{MYBPF__CAN_POPCNT, MYBPF__CPU_POPCNT}, {MYBPF__CAN_SWAP, MYBPF__CPU_MOVBE}},
    mybpf__x64_spare,
    mybpf__x64_prologue,
    mybpf__x64_op,
    mybpf__x64_jump,
    mybpf__x64_cold,
    mybpf__x64_enter,
    mybpf__x64_stub_unwind,
    mybpf__x64_stub_fault,
    mybpf__x64_stub_guard,
    mybpf__x64_stub_service,
    mybpf__x64_stub_call_helper,
    mybpf__x64_fixup_size,
    mybpf__x64_fixup_reaches,
    mybpf__x64_fixup_write,
    mybpf__x64_nops,
};
#undef MYBPF__X64_HOST
#undef MYBPF__TARGET_LIST
#define MYBPF__TARGET_LIST &mybpf__target_x86_64

#endif
