/* facts.c: what the verifier found makes operations simpler: jumps that go one way only, code that is never
 * reached, registers that hold a constant, zero extensions of what has no upper half. The first pass: each
 * operation still is one instruction, whose facts hold where it stands; but for what lookups.c made of a
 * call. */
#ifndef MYBPF__GEN_FACTS_C
#define MYBPF__GEN_FACTS_C

#include "ir.h"
#include "../base/error.h"

/* The number in `b`, always the same, becomes an immediate where one can hold it. */
MYBPF__FN void mybpf__facts_constant(mybpf__op *op, uint64_t value)
{
    int shift = op->code == MYBPF__IR_SHL || op->code == MYBPF__IR_SHR || op->code == MYBPF__IR_SAR,
        divides = op->code >= MYBPF__IR_DIV && op->code <= MYBPF__IR_SMOD;
    int64_t imm = op->width == 4 ? (int64_t)(int32_t)(uint32_t)value : (int64_t)value;
    if (op->flags & MYBPF__F_IMM || op->b == MYBPF__NO_VALUE) return;
    if (op->code != MYBPF__IR_BRANCH && (op->code < MYBPF__IR_ADD || op->code > MYBPF__IR_SAR)) return;
    if (shift) imm = (int64_t)(value & (op->width * 8u - 1u));
    if (imm != (int32_t)imm || (divides && !imm)) return;
    op->flags |= MYBPF__F_IMM;
    op->imm = imm;
    op->b = MYBPF__NO_VALUE;
}

MYBPF__FN void mybpf__facts_op(mybpf__ir *ir, mybpf__op *op)
{
    mybpf_insn_facts facts;
    if (op->code != MYBPF__IR_MOV && op->code != MYBPF__IR_BRANCH &&
        (op->code < MYBPF__IR_ADD || op->code > MYBPF__IR_SAR))
        return;
    if (ir->code->insns[op->insn].code == MYBPF__BUILD_CALL) return; /* lookups.c */
    if (op->flags & MYBPF__F_IMM || !mybpf_object_insn_facts(ir->request->object, op->insn, &facts) ||
        facts.region)
        return;
    if (op->code == MYBPF__IR_MOV && facts.flags & MYBPF_FACTS_CONSTANT) {
        op->code = MYBPF__IR_CONST;
        op->imm = op->width == 4 ? (int64_t)(uint32_t)facts.known : (int64_t)facts.known;
        op->width = 8;
        op->a = MYBPF__NO_VALUE;
    } else if (op->code == MYBPF__IR_MOV && facts.flags & MYBPF_FACTS_UPPER_ZERO) {
        op->width = 8;
    } else if (facts.flags & MYBPF_FACTS_CONSTANT) {
        mybpf__facts_constant(op, facts.known);
    }
}

/* Blocks that no edge leads to any more do nothing. */
MYBPF__FN int mybpf__facts_reach(mybpf__ir *ir, mybpf_error *error)
{
    uint32_t *work =
        (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, 2 * ir->block_count, sizeof *work);
    uint32_t count = 1, *reached = work ? work + ir->block_count : NULL;
    if (!work) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = work;
    for (uint32_t i = 0; i < ir->block_count; i++) reached[i] = !i;
    work[0] = 0;
    while (count) {
        const mybpf__block *block = &ir->blocks[work[--count]];
        const uint32_t to[2] = {block->taken, block->next};
        for (int i = 0; i < 2; i++)
            if (to[i] != MYBPF__NO_BLOCK && !reached[to[i]]) reached[to[i]] = 1, work[count++] = to[i];
    }
    for (uint32_t i = 0; i < ir->block_count; i++) {
        if (reached[i]) continue;
        for (uint32_t op = 0; op < ir->blocks[i].count;
             op++) /* some look at all operations, in no block's order */
            ir->ops[ir->blocks[i].first + op].code = MYBPF__IR_NOP;
        ir->blocks[i].count = 0;
        ir->blocks[i].taken = ir->blocks[i].next = MYBPF__NO_BLOCK;
    }
    return MYBPF_OK;
}

MYBPF__FN int mybpf__ir_facts(mybpf__ir *ir, mybpf_error *error)
{
    int decided = 0;
    if (ir->code->trust == MYBPF_TRUSTED || !ir->code->facts) return MYBPF_OK;
    for (uint32_t i = 0; i < ir->op_count; i++) mybpf__facts_op(ir, &ir->ops[i]);
    for (uint32_t i = 0; i < ir->block_count; i++) {
        mybpf__block *block = &ir->blocks[i];
        mybpf__op *last = block->count ? &ir->ops[block->first + block->count - 1] : NULL;
        unsigned ways = last ? ir->code->facts[last->insn] & (MYBPF_FACT_FALLS | MYBPF_FACT_JUMPS) : 0;
        if (!ways || last->code != MYBPF__IR_BRANCH) continue;
        if (ways & MYBPF_FACT_JUMPS) block->next = block->taken;
        block->taken = MYBPF__NO_BLOCK;
        last->code = MYBPF__IR_NOP;
        decided = 1;
    }
    return decided ? mybpf__facts_reach(ir, error) : MYBPF_OK;
}

#endif
