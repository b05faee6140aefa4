/* arm64.c: the arm64 back end (AArch64, little-endian): prologues, control, stubs, and the target record. Its
 * other parts: arm64_emit.h encodes, arm64_fuse.h finds what is one instruction, arm64_base.h has registers
 * and fixups, arm64_alu.c arithmetic, arm64_memory.c loads, stores and atomics. */
#ifndef MYBPF__ARM64_C
#define MYBPF__ARM64_C

#include "arm64_alu.c"
#include "arm64_base.h"
#include "arm64_memory.c"
#include "lookups.c"

/* ---- prologue and epilogue ----
 * Saved registers lie at the stack pointer, what else the function needs above them. One instruction stores
 * the first pair and makes room for all. */

MYBPF__FN unsigned mybpf__a64_list(uint32_t set, uint8_t list[13])
{
    unsigned count = 0;
    for (unsigned reg = 19; reg <= MYBPF__A64_LR; reg++)
        if (set >> reg & 1) list[count++] = (uint8_t)reg;
    list[count] = MYBPF__A64_NO_REG;
    return count;
}

/* One or two registers of the list, at `at` above the stack pointer; the first ones may move it by `room`. */
MYBPF__FN void mybpf__a64_move_saved(mybpf__emit *as, unsigned kind, const uint8_t *list, unsigned at,
                                     int32_t room)
{
    unsigned when = kind == MYBPF__A64_LOAD ? MYBPF__A64_POST : MYBPF__A64_PRE;
    if (list[1] != MYBPF__A64_NO_REG)
        mybpf__a64_pair(&as->code, kind, list[0], list[1], MYBPF__A64_SP, room ? room : (int32_t)at,
                        room ? when : (unsigned)MYBPF__A64_OFFSET);
    else if (room)
        mybpf__a64_single(&as->code, kind, list[0], MYBPF__A64_SP, room, when);
    else
        mybpf__a64_access(&as->code, kind, 8, list[0], mybpf__a64_at(MYBPF__A64_SP, at));
}

/* What one instruction can move the stack pointer by while it stores. */
MYBPF__FN int mybpf__a64_moves_at_once(unsigned count, uint32_t room)
{
    return room <= (count > 1 ? 504u : count ? 255u : 0u);
}

MYBPF__FN void mybpf__a64_save(mybpf__emit *as, uint32_t set, uint32_t room)
{
    uint8_t list[13];
    unsigned count = mybpf__a64_list(set, list);
    int at_once = mybpf__a64_moves_at_once(count, room);
    if (!at_once) mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_SP, MYBPF__A64_SP, -(int64_t)room);
    for (unsigned i = 0; i < count; i += 2)
        mybpf__a64_move_saved(as, MYBPF__A64_STORE, list + i, i * 8, i || !at_once ? 0 : -(int32_t)room);
}

MYBPF__FN void mybpf__a64_restore(mybpf__emit *as, uint32_t set, uint32_t room)
{
    uint8_t list[13];
    unsigned count = mybpf__a64_list(set, list);
    int at_once = mybpf__a64_moves_at_once(count, room);
    for (unsigned i = (count + 1) / 2 * 2; i > 0; i -= 2)
        mybpf__a64_move_saved(as, MYBPF__A64_LOAD, list + i - 2, (i - 2) * 8,
                              i > 2 || !at_once ? 0 : (int32_t)room);
    if (!at_once) mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_SP, MYBPF__A64_SP, (int64_t)room);
}

/* Bytes for a set of registers; the stack pointer stays a multiple of 16. */
MYBPF__FN uint32_t mybpf__a64_room(uint32_t set)
{
    uint8_t list[13];
    return (mybpf__a64_list(set, list) * 8u + 15u) & ~15u;
}

/* x5, x6, x8, x13..x15, and x26..x28, which functions save. */
MYBPF__FN uint32_t mybpf__a64_spare(const mybpf__ir *ir, int frame)
{
    (void)frame;
    return 0x1800e160u | (ir->code->metered ? 0u : 1u << MYBPF__A64_STEPS);
}

MYBPF__FN void mybpf__a64_prologue(mybpf__emit *as)
{
    mybpf__ir *ir = as->ir;
    int own_frame = ir->frame && !mybpf__a64_guarded(as);
    int pointer = own_frame && !mybpf__a64_frame_by_sp(as);
    if (pointer) ir->saved |= 1u << MYBPF__A64_FRAME;
    as->saved |= ir->saved;
    if (ir->calls) ir->saved |= 1u << MYBPF__A64_LR;
    as->stack = mybpf__a64_room(ir->saved);
    if (own_frame) {
        uint32_t stack = as->object_code->funcs[ir->func].stack;
        as->stack += ((stack ? stack : MYBPF_STACK_FRAME) + 15u) & ~15u;
    }
    mybpf__a64_save(as, ir->saved, as->stack);
    if (pointer) mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_FRAME, MYBPF__A64_SP, as->stack);
}

MYBPF__FN void mybpf__a64_return(mybpf__emit *as)
{
    mybpf__a64_restore(as, as->ir->saved, as->stack);
    mybpf__a64_put(&as->code, MYBPF__A64_RET);
}

/* ---- branches ---- */

/* `sub` with another constant that compares can hold: x > 4095 is x >= 4096. Not for the smallest and
 * largest. */
MYBPF__FN void mybpf__a64_nearby_constant(unsigned *sub, int64_t *imm)
{
    int64_t step = *sub == MYBPF__GT || *sub == MYBPF__LE || *sub == MYBPF__SGT || *sub == MYBPF__SLE ? 1
                   : *sub >= MYBPF__GE && *sub <= MYBPF__SLT                                          ? -1
                                                                                                      : 0;
    if (*imm <= 0 || *imm >= INT32_MAX || mybpf__a64_is_sum((uint64_t)*imm) ||
        !mybpf__a64_is_sum((uint64_t)(*imm + step)))
        return;
    *sub = (unsigned)((int)*sub + 2 * (int)step);
    *imm += step;
}

/* A subtraction or test whose flags answer `sub`. */
MYBPF__FN void mybpf__a64_compare(mybpf__emit *as, const mybpf__op *op, int64_t imm)
{
    unsigned a = mybpf__a64_reg(as, op->a),
             dst = op->code == MYBPF__IR_SUB_BRANCH ? mybpf__a64_reg(as, op->dst) : (unsigned)MYBPF__A64_ZR;
    uint32_t x = mybpf__a64_x(op), mask;
    int test = op->sub == MYBPF__SET || op->sub == MYBPF__CLEAR, constant = op->flags & MYBPF__F_IMM;
    if (test && constant && (mask = mybpf__a64_mask(x, (uint64_t)imm)) != MYBPF__A64_NO_MASK)
        mybpf__a64_mask_imm(&as->code, MYBPF__A64_ANDS | x, MYBPF__A64_ZR, a, mask);
    else if (!test && constant && mybpf__a64_is_sum(imm < 0 ? 0 - (uint64_t)imm : (uint64_t)imm))
        mybpf__a64_sum_imm(&as->code, (imm < 0 ? MYBPF__A64_ADDS : MYBPF__A64_SUBS) | x, dst, a,
                           imm < 0 ? 0 - (uint64_t)imm : (uint64_t)imm);
    else
        mybpf__a64_rrr(&as->code, (test ? MYBPF__A64_ANDS : MYBPF__A64_SUBS) | x, dst, a,
                       mybpf__a64_second(as, op));
}

/* Conditions that one instruction tests and branches on: zero, one bit, the sign. */
MYBPF__FN int mybpf__a64_branch_at_once(mybpf__emit *as, const mybpf__op *op, unsigned sub, uint32_t label)
{
    unsigned a = mybpf__a64_reg(as, op->a), top = op->width == 8 ? 63 : 31;
    int64_t imm = mybpf__a64_imm(op);
    uint64_t bits = op->width == 8 ? (uint64_t)imm : (uint32_t)imm;
    int zero = (imm == 0 && (sub == MYBPF__EQ || sub == MYBPF__LE)) || (imm == 1 && sub == MYBPF__LT);
    int other = (imm == 0 && (sub == MYBPF__NE || sub == MYBPF__GT)) || (imm == 1 && sub == MYBPF__GE);
    int negative = (imm == 0 && sub == MYBPF__SLT) || (imm == -1 && sub == MYBPF__SLE);
    int positive = (imm == 0 && sub == MYBPF__SGE) || (imm == -1 && sub == MYBPF__SGT);
    if (!(op->flags & MYBPF__F_IMM)) return 0;
    if (zero || other)
        mybpf__a64_jump_zero(as, (zero ? MYBPF__A64_CBZ : MYBPF__A64_CBNZ) | mybpf__a64_x(op), a, label);
    else if (negative || positive)
        mybpf__a64_jump_bit(as, negative ? MYBPF__A64_TBNZ : MYBPF__A64_TBZ, a, top, label);
    else if ((sub == MYBPF__SET || sub == MYBPF__CLEAR) && mybpf__a64_is_power(bits))
        mybpf__a64_jump_bit(as, sub == MYBPF__SET ? MYBPF__A64_TBNZ : MYBPF__A64_TBZ, a,
                            mybpf__a64_top_bit(bits), label);
    else
        return 0;
    return 1;
}

MYBPF__FN void mybpf__a64_branch(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    unsigned sub = op->sub;
    uint32_t to = block->taken;
    int64_t imm = mybpf__a64_imm(op);
    int subtract = op->code == MYBPF__IR_SUB_BRANCH;
    if (block->taken == block->next && !subtract) return;
    if (block->taken == mybpf__emit_following(as)) {
        sub ^= 1;
        to = block->next;
    }
    if (!subtract && mybpf__a64_branch_at_once(as, op, sub, mybpf__emit_block(as, to))) return;
    if (!subtract && op->flags & MYBPF__F_IMM) mybpf__a64_nearby_constant(&sub, &imm);
    mybpf__a64_compare(as, op, imm);
    if (block->taken == block->next) return;
    mybpf__a64_jump_if(as, mybpf__a64_conditions[sub], mybpf__emit_block(as, to));
}

/* Register `dst` takes what `c` holds where the condition of `op` holds. A SPEND_IF leaves the flags to the
 * SELECT behind it. */
MYBPF__FN void mybpf__a64_take_if(mybpf__emit *as, const mybpf__op *op, uint32_t x, unsigned dst, unsigned c)
{
    unsigned sub = op->sub;
    int64_t imm = mybpf__a64_imm(op);
    if (op->flags & MYBPF__F_IMM) mybpf__a64_nearby_constant(&sub, &imm);
    if (op == as->ir->ops || op[-1].code != MYBPF__IR_SPEND_IF) mybpf__a64_compare(as, op, imm);
    mybpf__a64_put(&as->code, MYBPF__A64_CSEL | x | dst << 16 | (uint32_t)mybpf__a64_conditions[sub] << 12 |
                                  c << 5 | dst);
}

MYBPF__FN void mybpf__a64_select(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__a64_reg(as, op->dst), c = MYBPF__A64_OTHER;
    if (op->c != MYBPF__NO_VALUE && op->disp)
        mybpf__a64_add_imm(&as->code, op->aux == 8 ? MYBPF__A64_X : 0u, c, mybpf__a64_reg(as, op->c),
                           op->disp);
    else if (op->c != MYBPF__NO_VALUE)
        c = mybpf__a64_reg(as, op->c);
    else if (op->disp)
        mybpf__a64_mov_imm(&as->code, c, op->disp);
    else
        c = MYBPF__A64_ZR;
    mybpf__a64_take_if(as, op, op->aux == 8 ? MYBPF__A64_X : 0u, dst, c);
}

/* dst = c + (a < b): cinc */
MYBPF__FN void mybpf__a64_add_if(mybpf__emit *as, const mybpf__op *op)
{
    unsigned sub = op->sub, c = mybpf__a64_reg(as, op->c);
    int64_t imm = mybpf__a64_imm(op);
    if (op->flags & MYBPF__F_IMM) mybpf__a64_nearby_constant(&sub, &imm);
    mybpf__a64_compare(as, op, imm);
    mybpf__a64_put(&as->code, MYBPF__A64_CSINC | (op->aux == 8 ? MYBPF__A64_X : 0u) | c << 16 |
                                  (uint32_t)mybpf__a64_conditions[sub ^ 1] << 12 | c << 5 |
                                  mybpf__a64_reg(as, op->dst));
}

MYBPF__FN void mybpf__a64_may_goto(mybpf__emit *as)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    mybpf__a64_load_env(as, MYBPF__A64_VALUE, MYBPF__ABI_MAY_GOTO);
    mybpf__a64_jump_zero(as, MYBPF__A64_CBZ | MYBPF__A64_X, MYBPF__A64_VALUE,
                         mybpf__emit_block(as, block->taken));
    mybpf__a64_sum_imm(&as->code, MYBPF__A64_SUB | MYBPF__A64_X, MYBPF__A64_VALUE, MYBPF__A64_VALUE, 1);
    mybpf__a64_store_env(as, MYBPF__A64_VALUE, MYBPF__ABI_MAY_GOTO);
}

/* ---- checks ---- */

enum {
    MYBPF__A64_COLD_FAULT,
    MYBPF__A64_COLD_BUDGET,
    MYBPF__A64_COLD_TAIL,
    MYBPF__A64_COLD_CALL_HELPER,
    MYBPF__A64_COLD_GUARD,
    MYBPF__A64_COLD_LOOKUP
};

/* Label of cold code that goes to `stub` with the instruction's number. */
MYBPF__FN uint32_t mybpf__a64_fault(mybpf__emit *as, mybpf__stub stub, uint32_t insn)
{
    return mybpf__emit_cold(as, MYBPF__A64_COLD_FAULT, insn, (int64_t)stub, MYBPF__NO_LABEL);
}

MYBPF__FN void mybpf__a64_check_stop(mybpf__emit *as, uint32_t stopped)
{
    mybpf__a64_load_env(as, MYBPF__A64_VALUE, MYBPF__ABI_STOP);
    mybpf__a64_jump_zero(as, MYBPF__A64_CBNZ | MYBPF__A64_X, MYBPF__A64_VALUE, stopped);
}

/* Asks the library, or sees that it is the stack. */
MYBPF__FN void mybpf__a64_guard_slow(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__a64_address m = mybpf__a64_operand(as, op);
    mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_ADDRESS, m.base, m.disp);
    mybpf__a64_mov_imm(&as->code, MYBPF__A64_VALUE, op->width);
    mybpf__a64_call(as, mybpf__emit_stub(as, op->flags & MYBPF__F_WRITE ? MYBPF__STUB_GUARD_WRITE
                                                                        : MYBPF__STUB_GUARD_READ));
    mybpf__a64_jump_if(as, MYBPF__A64_EQ, mybpf__a64_fault(as, MYBPF__STUB_ACCESS, op->insn));
}

/* In this process: the memory that was accessed last is known. */
MYBPF__FN void mybpf__a64_guard_window(mybpf__emit *as, const mybpf__op *op)
{
    int32_t window = MYBPF__ABI_WINDOW + (op->flags & MYBPF__F_WRITE ? MYBPF__WINDOW_SIZE : 0);
    uint32_t back = mybpf__emit_label(as);
    mybpf__a64_address m = mybpf__a64_operand(as, op);
    int64_t disp = m.disp + op->imm - op->disp;
    if (disp) mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_ADDRESS, m.base, disp);
    mybpf__a64_load_env(as, MYBPF__A64_OTHER, window);
    mybpf__a64_load_env(as, MYBPF__A64_VALUE, window + 8 * op->sub);
    mybpf__a64_rrr(&as->code, MYBPF__A64_ADD | MYBPF__A64_X, MYBPF__A64_OTHER,
                   disp ? (unsigned)MYBPF__A64_ADDRESS : m.base, MYBPF__A64_OTHER);
    mybpf__a64_rrr(&as->code, MYBPF__A64_SUBS | MYBPF__A64_X, MYBPF__A64_ZR, MYBPF__A64_OTHER,
                   MYBPF__A64_VALUE);
    mybpf__a64_jump_if(as, MYBPF__A64_HS,
                       mybpf__emit_cold(as, MYBPF__A64_COLD_GUARD, op->insn, op - as->ir->ops, back));
    mybpf__emit_place(as, back);
}

MYBPF__FN void mybpf__a64_guard(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_COVERED) return;
    if (mybpf__emit_windows(as, op)) {
        mybpf__a64_guard_window(as, op);
        return;
    }
    mybpf__a64_guard_slow(as, op);
    if (op->flags & MYBPF__F_ATOMIC && op->width > 1) {
        mybpf__a64_mask_imm(&as->code, MYBPF__A64_ANDS | MYBPF__A64_X, MYBPF__A64_ZR, MYBPF__A64_ADDRESS,
                            mybpf__a64_mask(MYBPF__A64_X, op->width - 1u));
        mybpf__a64_jump_if(as, MYBPF__A64_NE, mybpf__a64_fault(as, MYBPF__STUB_ACCESS, op->insn));
    }
}

MYBPF__FN void mybpf__a64_guard_call(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__a64_mov_imm(&as->code, MYBPF__A64_VALUE, op->imm);
    mybpf__a64_call(as, mybpf__emit_stub(as, MYBPF__STUB_GUARD_CALL));
    mybpf__a64_jump_zero(as, MYBPF__A64_CBZ | MYBPF__A64_X, MYBPF__A64_ADDRESS,
                         mybpf__a64_fault(as, MYBPF__STUB_STOP, op->insn));
}

/* Takes so many steps (SUBS), gives them back (ADDS), into `rd`: ZR asks whether there are as many. */
MYBPF__FN void mybpf__a64_steps(mybpf__emit *as, uint32_t opcode, unsigned rd, int64_t steps)
{
    if (mybpf__a64_is_sum((uint64_t)steps)) {
        mybpf__a64_sum_imm(&as->code, opcode | MYBPF__A64_X, rd, MYBPF__A64_STEPS, (uint64_t)steps);
        return;
    }
    mybpf__a64_mov_imm(&as->code, MYBPF__A64_IP0, steps);
    mybpf__a64_rrr(&as->code, opcode | MYBPF__A64_X, rd, MYBPF__A64_STEPS, MYBPF__A64_IP0);
}

MYBPF__FN void mybpf__a64_charge(mybpf__emit *as, const mybpf__op *op)
{
    if (op->flags & MYBPF__F_COVERED) return;
    mybpf__a64_steps(as, MYBPF__A64_SUBS, MYBPF__A64_STEPS, mybpf__charge_steps(as->ir, op));
    mybpf__a64_jump_if(
        as, MYBPF__A64_LO,
        mybpf__emit_cold(as, MYBPF__A64_COLD_BUDGET, op->insn, op - as->ir->ops, MYBPF__NO_LABEL));
}

MYBPF__FN void mybpf__a64_spend(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    if (op->imm < 0) {
        mybpf__a64_steps(as, MYBPF__A64_ADD, MYBPF__A64_STEPS, -op->imm);
        return;
    }
    if (!(op->flags & MYBPF__F_PAID)) {
        mybpf__a64_steps(as, MYBPF__A64_SUBS, MYBPF__A64_ZR, op->imm + op->aux);
        mybpf__a64_jump_if(as, MYBPF__A64_LO, mybpf__emit_block(as, block->taken));
    }
    mybpf__a64_steps(as, MYBPF__A64_SUB, MYBPF__A64_STEPS, op->imm);
}

MYBPF__FN void mybpf__a64_spend_if(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__a64_steps(as, MYBPF__A64_SUB, MYBPF__A64_OTHER, op->disp);
    mybpf__a64_take_if(as, op, MYBPF__A64_X, MYBPF__A64_STEPS, MYBPF__A64_OTHER);
}

/* Cold code: takes the steps of all charges that `op` takes, one by one. */
MYBPF__FN void mybpf__a64_charge_slow(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__op *chain[MYBPF__CHARGES];
    for (uint32_t i = mybpf__charge_chain(as->ir, op, chain); i-- > 0;) {
        mybpf__a64_steps(as, MYBPF__A64_SUBS, MYBPF__A64_ZR, chain[i]->imm);
        mybpf__a64_jump_if(as, MYBPF__A64_LO, mybpf__a64_fault(as, MYBPF__STUB_BUDGET, chain[i]->insn));
        mybpf__a64_steps(as, MYBPF__A64_SUBS, MYBPF__A64_STEPS, chain[i]->imm);
    }
}

/* ---- calls ---- */

/* The environment as the helper's sixth argument. */
MYBPF__FN void mybpf__a64_pass_env(mybpf__emit *as)
{
    as->uses_env = 1;
    mybpf__a64_mov(&as->code, MYBPF__A64_X, 5, MYBPF__A64_ENV);
}

/* A C function's result is r0. */
MYBPF__FN void mybpf__a64_take_result(mybpf__emit *as)
{
    mybpf__a64_mov(&as->code, MYBPF__A64_X, MYBPF__A64_R0, 0);
}

/* Guarded mode: what the callee runs has its frame `below` bytes under ours. */
MYBPF__FN void mybpf__a64_offer_frame(mybpf__emit *as, int32_t below)
{
    unsigned frame = below ? MYBPF__A64_VALUE : MYBPF__A64_FRAME;
    if (!mybpf__a64_guarded(as)) return;
    if (below) mybpf__a64_add_imm(&as->code, MYBPF__A64_X, frame, MYBPF__A64_FRAME, -(int64_t)below);
    mybpf__a64_store_env(as, frame, MYBPF__ABI_FRAME);
}

MYBPF__FN void mybpf__a64_call_out(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__a64_pass_env(as);
    if (op->flags & MYBPF__F_STOP) {
        mybpf__a64_offer_frame(as, MYBPF_STACK_FRAME);
        mybpf__a64_steps_out(as);
    }
    if (as->request->mode == MYBPF__GEN_JIT) {
        mybpf__emit_fixup(as, MYBPF__A64_FIX_CALL, MYBPF__NO_LABEL, mybpf__emit_helper_address(as, op));
    } else {
        mybpf__a64_load_slot(as, MYBPF__A64_IP0, mybpf__emit_helper_slot(as, op));
        mybpf__a64_call_reg(as, MYBPF__A64_IP0);
    }
    if (live & 1) mybpf__a64_take_result(as);
    if (op->flags & MYBPF__F_STOP) {
        mybpf__a64_steps_in(as);
        mybpf__a64_check_stop(as, mybpf__a64_fault(as, MYBPF__STUB_STOP, op->insn));
    }
}

/* The element of an array; where that is not known to be right, cold code calls. */
MYBPF__FN void mybpf__a64_lookup(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    uint32_t back = mybpf__emit_label(as);
    uint64_t stride = mybpf__lookups_stride(as->ir, op->aux - 1);
    int power = mybpf__lookups_power(stride);
    mybpf__a64_access(out, MYBPF__A64_LOAD, 4, MYBPF__A64_R0, mybpf__a64_at(mybpf__a64_reg(as, 2), 0));
    mybpf__a64_load_slot(as, MYBPF__A64_VALUE, mybpf__emit_lookup_slot(as, op, MYBPF__IR_CONST));
    mybpf__a64_rrr(out, MYBPF__A64_SUBS | MYBPF__A64_X, MYBPF__A64_ZR, MYBPF__A64_R0, MYBPF__A64_VALUE);
    mybpf__a64_jump_if(as, MYBPF__A64_HS,
                       mybpf__emit_cold(as, MYBPF__A64_COLD_LOOKUP, op->insn, op - as->ir->ops, back));
    mybpf__a64_load_slot(as, MYBPF__A64_VALUE, mybpf__emit_lookup_slot(as, op, MYBPF__IR_MAP_VALUE));
    if (power >= 0)
        mybpf__a64_rrr_shift(out, MYBPF__A64_ADD | MYBPF__A64_X, MYBPF__A64_R0, MYBPF__A64_VALUE,
                             MYBPF__A64_R0, MYBPF__A64_LSL, (unsigned)power);
    else {
        mybpf__a64_mov_imm(out, MYBPF__A64_OTHER, (int64_t)stride);
        mybpf__a64_rrrr(out, MYBPF__A64_MADD | MYBPF__A64_X, MYBPF__A64_R0, MYBPF__A64_R0, MYBPF__A64_OTHER,
                        MYBPF__A64_VALUE);
    }
    mybpf__emit_place(as, back);
}

MYBPF__FN void mybpf__a64_helper(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    if (op->aux)
        mybpf__a64_lookup(as, op);
    else
        mybpf__a64_call_out(as, op, live);
}

/* Guarded mode: the callee's frame is the next one of the separate stack. */
MYBPF__FN void mybpf__a64_enter_frame(mybpf__emit *as, uint32_t insn)
{
    mybpf__a64_load_env(as, MYBPF__A64_VALUE, MYBPF__ABI_LIMIT);
    mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_FRAME, MYBPF__A64_FRAME, -MYBPF_STACK_FRAME);
    mybpf__a64_rrr(&as->code, MYBPF__A64_SUBS | MYBPF__A64_X, MYBPF__A64_ZR, MYBPF__A64_FRAME,
                   MYBPF__A64_VALUE);
    mybpf__a64_jump_if(as, MYBPF__A64_LS, mybpf__a64_fault(as, MYBPF__STUB_DEPTH, insn));
}

MYBPF__FN void mybpf__a64_leave_frame(mybpf__emit *as)
{
    mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_FRAME, MYBPF__A64_FRAME, MYBPF_STACK_FRAME);
}

MYBPF__FN void mybpf__a64_call_value(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned a = mybpf__a64_reg(as, op->a);
    if (as->request->mode == MYBPF__GEN_BARE) {
        mybpf__a64_call_reg(as, a);
        return;
    }
    uint32_t back = mybpf__emit_label(as);
    mybpf__a64_mov_imm(out, MYBPF__A64_VALUE, (int64_t)MYBPF_HELPER_END);
    mybpf__a64_rrr(out, MYBPF__A64_SUBS | MYBPF__A64_X, MYBPF__A64_ZR, a, MYBPF__A64_VALUE);
    mybpf__a64_jump_if(as, MYBPF__A64_LO,
                       mybpf__emit_cold(as, MYBPF__A64_COLD_CALL_HELPER, op->insn, (int64_t)a, back));
    if (mybpf__a64_guarded(as)) {
        mybpf__a64_mov(out, MYBPF__A64_X, MYBPF__A64_ADDRESS, a);
        mybpf__a64_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
        mybpf__a64_jump_zero(as, MYBPF__A64_CBZ | MYBPF__A64_X, MYBPF__A64_ADDRESS,
                             mybpf__a64_fault(as, MYBPF__STUB_CALL, op->insn));
        mybpf__a64_enter_frame(as, op->insn);
        mybpf__a64_call_reg(as, MYBPF__A64_ADDRESS);
        mybpf__a64_leave_frame(as);
    } else { /* the descriptor's first field */
        mybpf__a64_load(out, MYBPF__A64_IP0, a, 0);
        mybpf__a64_call_reg(as, MYBPF__A64_IP0);
    }
    mybpf__emit_place(as, back);
}

MYBPF__FN void mybpf__a64_call_local(mybpf__emit *as, const mybpf__op *op)
{
    if (mybpf__a64_guarded(as)) mybpf__a64_enter_frame(as, op->insn);
    mybpf__a64_call(as, op->aux);
    if (mybpf__a64_guarded(as)) mybpf__a64_leave_frame(as);
}

/* x0: where the target begins, but for 1, the library ran it, and 0, there is none. */
MYBPF__FN void mybpf__a64_tail_jump(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    uint32_t back = mybpf__emit_label(as);
    mybpf__a64_sum_imm(out, MYBPF__A64_SUBS | MYBPF__A64_X, MYBPF__A64_ZR, 0, 1);
    mybpf__a64_jump_if(as, MYBPF__A64_LS, mybpf__emit_cold(as, MYBPF__A64_COLD_TAIL, op->insn, 0, back));
    mybpf__a64_mov(out, MYBPF__A64_X, MYBPF__A64_IP0, 0);
    mybpf__a64_load_env(as, 0, MYBPF__ABI_RESULT);
    for (unsigned i = 1; i < 5; i++) mybpf__a64_mov_imm(out, i, 0);
    mybpf__a64_restore(as, as->ir->saved, as->stack);
    mybpf__a64_put(out, MYBPF__A64_BR | MYBPF__A64_IP0 << 5);
    mybpf__emit_place(as, back);
}

/* Behind a comparison of the answer with 1: goes on where there is no target. */
MYBPF__FN void mybpf__a64_no_target(mybpf__emit *as, uint32_t back)
{
    uint32_t done = mybpf__emit_label(as);
    mybpf__a64_jump_if(as, MYBPF__A64_EQ, done);
    mybpf__a64_mov_imm(&as->code, MYBPF__A64_R0, -1);
    mybpf__a64_jump(as, back);
    mybpf__emit_place(as, done);
}

MYBPF__FN void mybpf__a64_tail_call(mybpf__emit *as, const mybpf__op *op)
{
    int jumps = mybpf__emit_tail_jumps(as);
    mybpf__a64_pass_env(as);
    mybpf__a64_offer_frame(as, 0);
    mybpf__a64_steps_out(as);
    mybpf__a64_call_env(as, jumps ? MYBPF__ABI_TAIL_JUMP : MYBPF__ABI_TAIL_CALL);
    mybpf__a64_steps_in(as);
    if (jumps) {
        mybpf__a64_tail_jump(as, op);
        return;
    }
    mybpf__a64_jump_zero(as, MYBPF__A64_CBNZ | MYBPF__A64_X, 0,
                         mybpf__emit_cold(as, MYBPF__A64_COLD_TAIL, op->insn, 0, MYBPF__NO_LABEL));
    mybpf__a64_mov_imm(&as->code, MYBPF__A64_R0, -1);
}

MYBPF__FN void mybpf__a64_packet(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    if (op->a == MYBPF__NO_VALUE)
        mybpf__a64_mov_imm(out, 1, (int64_t)(uint32_t)op->imm);
    else
        mybpf__a64_add_imm(out, 0, 1, mybpf__a64_reg(as, op->a), (int32_t)op->imm);
    as->uses_env = 1;
    mybpf__a64_mov(out, MYBPF__A64_X, 0, MYBPF__A64_ENV);
    mybpf__a64_mov_imm(out, 2, op->width);
    mybpf__a64_call_env(as, MYBPF__ABI_PACKET);
    mybpf__a64_take_result(as);
    mybpf__a64_check_stop(as, mybpf__a64_fault(as, MYBPF__STUB_STOP, op->insn));
    for (unsigned i = 1; i <= 5; i++)
        if (live >> i & 1) mybpf__a64_mov_imm(out, mybpf__a64_reg(as, i), 0);
}

MYBPF__FN void mybpf__a64_op(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    unsigned dst = op->dst == MYBPF__NO_VALUE ? 0 : mybpf__a64_reg(as, op->dst);
    if (mybpf__a64_is_part(as, op)) return;
    switch (op->code) {
    case MYBPF__IR_NOP: break;
    case MYBPF__IR_CONST: mybpf__a64_mov_imm(&as->code, dst, op->imm); break;
    case MYBPF__IR_MAP:
    case MYBPF__IR_MAP_VALUE:
    case MYBPF__IR_FUNC: mybpf__a64_reference(as, op); break;
    case MYBPF__IR_MOV: mybpf__a64_move(as, mybpf__a64_x(op), dst, mybpf__a64_reg(as, op->a)); break;
    case MYBPF__IR_SEXT:
    case MYBPF__IR_ZEXT: mybpf__a64_extend(as, op); break;
    case MYBPF__IR_NEG:
        mybpf__a64_rrr(&as->code, MYBPF__A64_SUB | mybpf__a64_x(op), dst, MYBPF__A64_ZR,
                       mybpf__a64_reg(as, op->a));
        break;
    case MYBPF__IR_BSWAP: mybpf__a64_swap(as, op->width, dst, mybpf__a64_reg(as, op->a)); break;
    case MYBPF__IR_ADD: mybpf__a64_sum(as, op, MYBPF__A64_ADD); break;
    case MYBPF__IR_SUB: mybpf__a64_sum(as, op, MYBPF__A64_SUB); break;
    case MYBPF__IR_OR: mybpf__a64_logic(as, op, MYBPF__A64_ORR); break;
    case MYBPF__IR_AND: mybpf__a64_logic(as, op, MYBPF__A64_AND); break;
    case MYBPF__IR_XOR: mybpf__a64_logic(as, op, MYBPF__A64_EOR); break;
    case MYBPF__IR_MUL: mybpf__a64_multiply(as, op); break;
    case MYBPF__IR_DIV:
    case MYBPF__IR_MOD:
    case MYBPF__IR_SDIV:
    case MYBPF__IR_SMOD: mybpf__a64_divide(as, op); break;
    case MYBPF__IR_SHL: mybpf__a64_shift_by(as, op, MYBPF__A64_LSL, MYBPF__A64_LSLV); break;
    case MYBPF__IR_SHR: mybpf__a64_shift_by(as, op, MYBPF__A64_LSR, MYBPF__A64_LSRV); break;
    case MYBPF__IR_SAR: mybpf__a64_shift_by(as, op, MYBPF__A64_ASR, MYBPF__A64_ASRV); break;
    case MYBPF__IR_ROTL: mybpf__a64_rotate(as, op); break;
    case MYBPF__IR_LOAD: mybpf__a64_load_value(as, op); break;
    case MYBPF__IR_STORE: mybpf__a64_store_value(as, op); break;
    case MYBPF__IR_LOAD16:
    case MYBPF__IR_STORE16:
        mybpf__a64_access(&as->code, op->code == MYBPF__IR_LOAD16 ? MYBPF__A64_LOAD : MYBPF__A64_STORE, 16,
                          (unsigned)op->imm, mybpf__a64_operand(as, op));
        break;
    case MYBPF__IR_ATOMIC: mybpf__a64_atomic_change(as, op); break;
    case MYBPF__IR_CMPXCHG: mybpf__a64_cmpxchg(as, op); break;
    case MYBPF__IR_SELECT: mybpf__a64_select(as, op); break;
    case MYBPF__IR_ADD_IF: mybpf__a64_add_if(as, op); break;
    case MYBPF__IR_BRANCH:
    case MYBPF__IR_SUB_BRANCH: mybpf__a64_branch(as, op); break;
    case MYBPF__IR_MAY_GOTO: mybpf__a64_may_goto(as); break;
    case MYBPF__IR_SPEND: mybpf__a64_spend(as, op); break;
    case MYBPF__IR_SPEND_IF: mybpf__a64_spend_if(as, op); break;
    case MYBPF__IR_EXIT: mybpf__a64_return(as); break;
    case MYBPF__IR_CALL: mybpf__a64_call_local(as, op); break;
    case MYBPF__IR_CALL_VALUE: mybpf__a64_call_value(as, op); break;
    case MYBPF__IR_HELPER: mybpf__a64_helper(as, op, live); break;
    case MYBPF__IR_TAIL_CALL: mybpf__a64_tail_call(as, op); break;
    case MYBPF__IR_PACKET: mybpf__a64_packet(as, op, live); break;
    case MYBPF__IR_GUARD: mybpf__a64_guard(as, op); break;
    case MYBPF__IR_GUARD_CALL: mybpf__a64_guard_call(as, op); break;
    case MYBPF__IR_CHARGE: mybpf__a64_charge(as, op); break;
    default: break;
    }
}

/* ---- cold code and stubs ---- */

/* To a shared stub, with the instruction's number in ADDRESS. */
MYBPF__FN void mybpf__a64_to_stub(mybpf__emit *as, mybpf__stub stub, uint32_t insn)
{
    mybpf__a64_mov_imm(&as->code, MYBPF__A64_ADDRESS, insn);
    mybpf__a64_jump(as, mybpf__emit_stub(as, stub));
}

MYBPF__FN void mybpf__a64_cold(mybpf__emit *as, const mybpf__cold *cold)
{
    mybpf__buf *out = &as->code;
    const mybpf__op *op = &as->ir->ops[cold->kind == MYBPF__A64_COLD_BUDGET ? cold->value : 0];
    switch (cold->kind) {
    case MYBPF__A64_COLD_BUDGET: /* give back what was taken */
        mybpf__a64_steps(as, MYBPF__A64_ADDS, MYBPF__A64_STEPS, mybpf__charge_steps(as->ir, op));
        if (op->aux) mybpf__a64_charge_slow(as, &as->ir->ops[op->aux - 1]);
        mybpf__a64_to_stub(as, MYBPF__STUB_BUDGET, cold->insn);
        break;
    case MYBPF__A64_COLD_TAIL: /* done: leave with its result, or unwind if it was stopped */
        if (cold->back != MYBPF__NO_LABEL) mybpf__a64_no_target(as, cold->back);
        mybpf__a64_check_stop(as, mybpf__a64_fault(as, MYBPF__STUB_STOP, cold->insn));
        mybpf__a64_load_env(as, MYBPF__A64_R0, MYBPF__ABI_RESULT);
        mybpf__a64_return(as);
        break;
    case MYBPF__A64_COLD_CALL_HELPER: /* CALLX with a helper's number */
        mybpf__a64_mov(out, MYBPF__A64_X, MYBPF__A64_ADDRESS, (unsigned)cold->value);
        mybpf__a64_mov_imm(out, MYBPF__A64_VALUE, cold->insn);
        mybpf__a64_call(as, mybpf__emit_stub(as, MYBPF__STUB_CALL_HELPER));
        mybpf__a64_jump(as, cold->back);
        break;
    case MYBPF__A64_COLD_GUARD: /* each access of the group, in order, steps before them */
        op = mybpf__charge_left(as->ir, as->ir->order[cold->position]);
        if (op) mybpf__a64_charge_slow(as, op);
        for (uint32_t first = (uint32_t)cold->value, i = first; i < as->ir->op_count;
             i = mybpf__guard_next(as->ir, first, i))
            mybpf__a64_guard_slow(as, &as->ir->ops[i]);
        if (op) mybpf__a64_steps(as, MYBPF__A64_ADDS, MYBPF__A64_STEPS, mybpf__charge_steps(as->ir, op));
        mybpf__a64_jump(as, cold->back);
        break;
    case MYBPF__A64_COLD_LOOKUP:
        op = &as->ir->ops[cold->value];
        mybpf__a64_load_slot(as, mybpf__a64_reg(as, 1), mybpf__emit_lookup_slot(as, op, MYBPF__IR_MAP));
        mybpf__a64_call_out(as, op, 1);
        mybpf__a64_jump(as, cold->back);
        break;
    default: mybpf__a64_to_stub(as, (mybpf__stub)cold->value, cold->insn);
    }
}

/* ADDRESS: the instruction. Records the fault and unwinds. */
MYBPF__FN void mybpf__a64_stub_fault(mybpf__emit *as, int status)
{
    if (status) {
        mybpf__a64_mov_imm(&as->code, MYBPF__A64_VALUE, (int64_t)(uint32_t)status);
        mybpf__a64_store_env(as, MYBPF__A64_VALUE, MYBPF__ABI_STOP);
    } else { /* a nested run has named its own instruction */
        mybpf__a64_load_env(as, MYBPF__A64_VALUE, MYBPF__ABI_STOP_INSN);
        mybpf__a64_sum_imm(&as->code, MYBPF__A64_ADDS | MYBPF__A64_X, MYBPF__A64_ZR, MYBPF__A64_VALUE, 1);
        mybpf__a64_jump_if(as, MYBPF__A64_NE, mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
    }
    mybpf__a64_store_env(as, MYBPF__A64_ADDRESS, MYBPF__ABI_STOP_INSN);
    mybpf__a64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
}

/* r1..r5 and three more registers: an array, r1 first. */
MYBPF__FN void mybpf__a64_push_arguments(mybpf__emit *as, unsigned second)
{
    mybpf__a64_pair(&as->code, MYBPF__A64_STORE, 0, 1, MYBPF__A64_SP, -64, MYBPF__A64_PRE);
    mybpf__a64_pair(&as->code, MYBPF__A64_STORE, 2, 3, MYBPF__A64_SP, 16, MYBPF__A64_OFFSET);
    mybpf__a64_pair(&as->code, MYBPF__A64_STORE, 4, MYBPF__A64_R0, MYBPF__A64_SP, 32, MYBPF__A64_OFFSET);
    mybpf__a64_pair(&as->code, MYBPF__A64_STORE, second, MYBPF__A64_LR, MYBPF__A64_SP, 48, MYBPF__A64_OFFSET);
}

MYBPF__FN void mybpf__a64_pop_arguments(mybpf__emit *as, unsigned second)
{
    mybpf__a64_pair(&as->code, MYBPF__A64_LOAD, second, MYBPF__A64_LR, MYBPF__A64_SP, 48, MYBPF__A64_OFFSET);
    mybpf__a64_pair(&as->code, MYBPF__A64_LOAD, 4, MYBPF__A64_R0, MYBPF__A64_SP, 32, MYBPF__A64_OFFSET);
    mybpf__a64_pair(&as->code, MYBPF__A64_LOAD, 2, 3, MYBPF__A64_SP, 16, MYBPF__A64_OFFSET);
    mybpf__a64_pair(&as->code, MYBPF__A64_LOAD, 0, 1, MYBPF__A64_SP, 64, MYBPF__A64_POST);
    mybpf__a64_put(&as->code, MYBPF__A64_RET);
}

/* ADDRESS and, in VALUE, its size. Every register of a BPF one keeps its value; the zero flag tells a fault.
 */
MYBPF__FN void mybpf__a64_stub_guard(mybpf__emit *as, int write)
{
    mybpf__buf *out = &as->code;
    if (!MYBPF__ARENA_OF(as->object_code)) {
        uint32_t outside = mybpf__emit_label(as);
        /* most are in the stack: nobody needs to be asked (below: they differ) */
        mybpf__a64_load_env(as, MYBPF__A64_OTHER, MYBPF__ABI_LIMIT);
        mybpf__a64_rrr(out, MYBPF__A64_SUB | MYBPF__A64_X, MYBPF__A64_OTHER, MYBPF__A64_ADDRESS,
                       MYBPF__A64_OTHER);
        mybpf__a64_sum_imm(out, MYBPF__A64_SUBS | MYBPF__A64_X, MYBPF__A64_ZR, MYBPF__A64_OTHER,
                           MYBPF_STACK_FRAME * MYBPF_CALL_DEPTH - 7);
        mybpf__a64_jump_if(as, MYBPF__A64_HS, outside);
        mybpf__a64_put(out, MYBPF__A64_RET);
        mybpf__emit_place(as, outside);
    }
    if (write)
        mybpf__a64_mask_imm(out, MYBPF__A64_ORR | MYBPF__A64_X, MYBPF__A64_VALUE, MYBPF__A64_VALUE,
                            mybpf__a64_mask(MYBPF__A64_X, (uint64_t)1 << 32));
    mybpf__a64_push_arguments(as, MYBPF__A64_ADDRESS);
    mybpf__a64_mov(out, MYBPF__A64_X, 0, MYBPF__A64_ENV);
    mybpf__a64_mov(out, MYBPF__A64_X, 1, MYBPF__A64_ADDRESS);
    mybpf__a64_mov(out, MYBPF__A64_X, 2, MYBPF__A64_VALUE);
    mybpf__a64_call_env(as, MYBPF__ABI_GUARD);
    mybpf__a64_sum_imm(out, MYBPF__A64_SUBS | MYBPF__A64_X, MYBPF__A64_ZR, 0, 0);
    mybpf__a64_pop_arguments(as, MYBPF__A64_ADDRESS);
}

/* VALUE: the helper's number, for guard_call; ADDRESS: the value, for resolve. The answer is in ADDRESS. */
MYBPF__FN void mybpf__a64_stub_service(mybpf__emit *as, int resolve)
{
    mybpf__buf *out = &as->code;
    mybpf__a64_push_arguments(as, MYBPF__A64_VALUE);
    mybpf__a64_mov(out, MYBPF__A64_X, 0, MYBPF__A64_ENV);
    mybpf__a64_mov(out, MYBPF__A64_X, 1, resolve ? MYBPF__A64_ADDRESS : MYBPF__A64_VALUE);
    if (!resolve) mybpf__a64_add_imm(out, MYBPF__A64_X, 2, MYBPF__A64_SP, 0);
    mybpf__a64_call_env(as, resolve ? MYBPF__ABI_RESOLVE : MYBPF__ABI_GUARD_CALL);
    mybpf__a64_mov(out, MYBPF__A64_X, MYBPF__A64_ADDRESS, 0);
    mybpf__a64_pop_arguments(as, MYBPF__A64_VALUE);
}

/* ADDRESS: a helper's number, VALUE: the instruction. Calls the helper. */
MYBPF__FN void mybpf__a64_stub_call_helper(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    uint32_t stopped = mybpf__emit_label(as), fault = mybpf__emit_label(as);
    mybpf__a64_pair(out, MYBPF__A64_STORE, MYBPF__A64_VALUE, MYBPF__A64_LR, MYBPF__A64_SP, -16,
                    MYBPF__A64_PRE);
    mybpf__a64_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
    mybpf__a64_jump_zero(as, MYBPF__A64_CBZ | MYBPF__A64_X, MYBPF__A64_ADDRESS, fault);
    mybpf__a64_offer_frame(as, MYBPF_STACK_FRAME);
    mybpf__a64_pass_env(as);
    mybpf__a64_steps_out(as);
    mybpf__a64_call_reg(as, MYBPF__A64_ADDRESS);
    mybpf__a64_steps_in(as);
    mybpf__a64_check_stop(as, stopped);
    mybpf__a64_take_result(as);
    mybpf__a64_pair(out, MYBPF__A64_LOAD, MYBPF__A64_VALUE, MYBPF__A64_LR, MYBPF__A64_SP, 16,
                    MYBPF__A64_POST);
    mybpf__a64_put(out, MYBPF__A64_RET);
    mybpf__emit_place(as, stopped); /* the instruction where the stubs expect it; they drop the stack */
    mybpf__a64_load(out, MYBPF__A64_ADDRESS, MYBPF__A64_SP, 0);
    mybpf__a64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_STOP));
    mybpf__emit_place(as, fault);
    mybpf__a64_load(out, MYBPF__A64_ADDRESS, MYBPF__A64_SP, 0);
    mybpf__a64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_CALL));
}

/* Back to the stack of the entry stub, and out. */
MYBPF__FN void mybpf__a64_stub_unwind(mybpf__emit *as)
{
    mybpf__a64_load_env(as, MYBPF__A64_VALUE, MYBPF__ABI_SP);
    mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_SP, MYBPF__A64_VALUE, 0);
    mybpf__a64_load_env(as, 0, MYBPF__ABI_RESULT);
    mybpf__a64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_LEAVE));
}

/* The way in, as a C function of type mybpf_helper_fn. It saves what it uses itself, and, where a run can be
 * stopped in the middle, what an abandoned function would have restored; above the registers abi.sp of the
 * run outside. */
MYBPF__FN void mybpf__a64_enter(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    int guarded = mybpf__a64_guarded(as), unwinds = as->stubs_used >> MYBPF__STUB_UNWIND & 1;
    uint32_t saved = 1u << MYBPF__A64_LR | (unwinds ? as->saved : 0);
    as->uses_env |= guarded || as->object_code->metered;
    if (guarded) saved |= 1u << MYBPF__A64_FRAME;
    if (as->object_code->metered) saved |= 1u << MYBPF__A64_STEPS;
    if (as->uses_env) saved |= 1u << MYBPF__A64_ENV;
    if (as->import_count) saved |= 1u << MYBPF__A64_TABLE;
    uint32_t registers = mybpf__a64_room(saved), room = registers + (unwinds ? 16 : 0);
    mybpf__emit_place(as, as->enter);
    mybpf__a64_save(as, saved, room);
    if (as->uses_env) mybpf__a64_mov(out, MYBPF__A64_X, MYBPF__A64_ENV, 5);
    if (as->import_count) mybpf__a64_load(out, MYBPF__A64_TABLE, 5, MYBPF__ABI_TABLE);
    if (unwinds) {
        mybpf__a64_load(out, MYBPF__A64_VALUE, 5, MYBPF__ABI_SP);
        mybpf__a64_store(out, MYBPF__A64_VALUE, MYBPF__A64_SP, registers);
        mybpf__a64_add_imm(out, MYBPF__A64_X, MYBPF__A64_VALUE, MYBPF__A64_SP, 0);
        mybpf__a64_store(out, MYBPF__A64_VALUE, 5, MYBPF__ABI_SP);
    }
    if (guarded) mybpf__a64_load(out, MYBPF__A64_FRAME, 5, MYBPF__ABI_FRAME);
    mybpf__a64_steps_in(as);
    if (as->request->mode == MYBPF__GEN_BARE)
        mybpf__a64_call(as, as->request->entry_func);
    else {
        mybpf__a64_load(out, MYBPF__A64_IP0, 5, MYBPF__ABI_FN);
        mybpf__a64_call_reg(as, MYBPF__A64_IP0);
    }
    mybpf__a64_mov(out, MYBPF__A64_X, 0, MYBPF__A64_R0);
    mybpf__emit_place(as, as->stubs[MYBPF__STUB_LEAVE]);
    mybpf__a64_steps_out(as);
    if (unwinds) {
        mybpf__a64_load(out, MYBPF__A64_VALUE, MYBPF__A64_SP, registers);
        mybpf__a64_store_env(as, MYBPF__A64_VALUE, MYBPF__ABI_SP);
    }
    mybpf__a64_restore(as, saved, room);
    mybpf__a64_put(out, MYBPF__A64_RET);
}

/* ---- the record ---- */

#if defined(__aarch64__) && !MYBPF_BIG_ENDIAN && !defined(_WIN32) && !defined(__ILP32__)
#    define MYBPF__A64_HOST 1
#else
#    define MYBPF__A64_HOST 0
#endif

static const mybpf__target mybpf__target_arm64 = {
    MYBPF__TARGET_LIST,
    "arm64",
    MYBPF__A64_HOST,
    0,
    MYBPF__CODE_ALIGN,
    {MYBPF__A64_R0, 0, 1, 2, 3, 4, 19, 20, 21, 22, MYBPF__A64_FRAME},
    0x1ff80000, /* x19..x28 */
    MYBPF__CAN_ADD3 | MYBPF__CAN_INDEX_ALONE | MYBPF__CAN_ROTATE | MYBPF__CAN_SUB_BRANCH | MYBPF__CAN_JOIN |
        MYBPF__CAN_SELECT | MYBPF__CAN_TEST,
    MYBPF__CPU_SIMD,
    {{0, 0}, {0, 0}},
    mybpf__a64_spare,
    mybpf__a64_prologue,
    mybpf__a64_op,
    mybpf__a64_jump,
    mybpf__a64_cold,
    mybpf__a64_enter,
    mybpf__a64_stub_unwind,
    mybpf__a64_stub_fault,
    mybpf__a64_stub_guard,
    mybpf__a64_stub_service,
    mybpf__a64_stub_call_helper,
    mybpf__a64_fixup_size,
    mybpf__a64_fixup_reaches,
    mybpf__a64_fixup_write,
    mybpf__a64_nops,
};
#undef MYBPF__A64_HOST
#undef MYBPF__TARGET_LIST
#define MYBPF__TARGET_LIST &mybpf__target_arm64

#endif
