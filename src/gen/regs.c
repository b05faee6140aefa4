/* regs.c: a register for every value, and what the function's frame must provide.
 * The BPF registers have fixed homes, so that calls need no moves. */
#ifndef MYBPF__REGS_C
#define MYBPF__REGS_C

#include "ir.h"
#include "target.h"
#include "../base/error.h"

/* Does this operation use r10 otherwise than as the base of an access? */
MYBPF__FN int mybpf__regs_escapes(const mybpf__op *op)
{
    if (!(mybpf__ir_reads(op) & MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE))) return 0;
    switch (op->code) {
    case MYBPF__IR_LOAD:
    case MYBPF__IR_STORE: return op->b == MYBPF__FRAME_VALUE || op->c == MYBPF__FRAME_VALUE;
    case MYBPF__IR_ATOMIC:
    case MYBPF__IR_CMPXCHG: return op->c == MYBPF__FRAME_VALUE;
    default: return 1;
    }
}

MYBPF__FN int mybpf__ir_assign(mybpf__ir *ir, mybpf_error *error)
{
    const mybpf__target *target = ir->request->target;
    uint8_t *reg = (uint8_t *)mybpf__room(ir->vm, ir->reg, &ir->reg_capacity, ir->value_count, sizeof *reg);
    if (!reg) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for registers");
    ir->reg = reg;
    for (uint32_t i = 0; i <= MYBPF__FRAME_VALUE; i++) reg[i] = target->home[i];
    uint64_t written = 0, read = 0;
    ir->calls = ir->frame_escapes = 0;
    for (uint32_t i = 0; i < ir->op_count; i++) {
        const mybpf__op *op = &ir->ops[i];
        written |= mybpf__ir_writes(op);
        read |= mybpf__ir_reads(op);
        if (mybpf__regs_escapes(op)) ir->frame_escapes = 1;
        if (op->code >= MYBPF__IR_CALL && op->code != MYBPF__IR_CHARGE) ir->calls = 1;
    }
    ir->frame = !!(read & MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE));
    ir->saved = 0;
    for (uint32_t i = 0; i < MYBPF__FRAME_VALUE; i++)
        if (written & MYBPF__VALUE_BIT(i)) ir->saved |= (1u << reg[i]) & target->callee_saved;
    return MYBPF_OK;
}

#endif
