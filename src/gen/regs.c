/* regs.c: a register for every value, and what the function's frame must provide.
 * The BPF registers have fixed homes, so that calls need no moves. */
#ifndef MYBPF__REGS_C
#define MYBPF__REGS_C

#include "ir.h"
#include "target.h"
#include "../base/error.h"

/* How does this operation use r10? */
MYBPF__FN void mybpf__regs_frame(mybpf__ir *ir, const mybpf__op *op)
{
    int base = op->a == MYBPF__FRAME_VALUE,
        other = op->b == MYBPF__FRAME_VALUE || op->c == MYBPF__FRAME_VALUE;
    if ((!base && !other) || op->code == MYBPF__IR_NOP) return;
    ir->frame = 1;
    if (op->flags & MYBPF__F_MEMORY && (op->code < MYBPF__IR_LOAD || op->code == MYBPF__IR_BRANCH)) {
        ir->frame_escapes |= base || op->c == MYBPF__FRAME_VALUE;
        return;
    }
    switch (op->code) {
    case MYBPF__IR_LOAD:
    case MYBPF__IR_STORE:
    case MYBPF__IR_LOAD16:
    case MYBPF__IR_STORE16:
    case MYBPF__IR_ATOMIC:
    case MYBPF__IR_CMPXCHG: ir->frame_escapes |= other; break;
    default: ir->frame_escapes = 1;
    }
}

MYBPF__FN int mybpf__ir_assign(mybpf__ir *ir, mybpf_error *error)
{
    const mybpf__target *target = ir->request->target;
    uint8_t *reg = (uint8_t *)mybpf__room(ir->vm, ir->reg, &ir->reg_capacity, ir->value_count, sizeof *reg);
    if (!reg) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for registers");
    ir->reg = reg;
    for (uint32_t i = 0; i <= MYBPF__FRAME_VALUE; i++) reg[i] = target->home[i];
    for (uint32_t i = MYBPF__FRAME_VALUE + 1; i < ir->value_count; i++)
        reg[i] = ir->spare[i - MYBPF__FRAME_VALUE - 1];
    ir->calls = ir->frame = ir->frame_escapes = 0;
    int looks = !ir->leaf || ir->read & MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE);
    for (uint32_t i = 0; looks && i < ir->op_count; i++) {
        const mybpf__op *op = &ir->ops[i];
        mybpf__regs_frame(ir, op);
        if (op->code >= MYBPF__IR_CALL && op->code != MYBPF__IR_CHARGE) ir->calls = 1;
    }
    ir->saved = 0;
    for (uint32_t i = 0; i < ir->value_count; i++)
        if (i != MYBPF__FRAME_VALUE && ir->written & MYBPF__VALUE_BIT(i))
            ir->saved |= (1u << reg[i]) & target->callee_saved;
    return MYBPF_OK;
}

#endif
