/* inline.c: small functions in the place of calls, while build.c makes blocks. A function that neither jumps
 * nor takes steps of its own becomes operations in the middle of the caller's block. Of others the call ends
 * its block; the function's blocks stand between that and the rest, their `exit` leads there:
 *
 *     r1 = r6;  goto f
 *   f: if r1 > 5 goto g
 *     r1 += 1
 *   g: r0 = r1;  goto rest
 *   rest: ...
 *
 * Such functions call nothing, do not jump back, and name neither r6 to r9, which they would have to keep,
 * nor r10, which would not be theirs. Their operations keep their instructions, which faults name; no slots
 * are said to start where they stand, as each function has code of its own too. Not in guarded mode, where a
 * call may be one too deep. */
#ifndef MYBPF__GEN_INLINE_C
#define MYBPF__GEN_INLINE_C

#include "ir.h"
#include "build.h"
#include "../base/error.h"
#include "../isa/codes.h"

enum {
    MYBPF__INLINE_MOST = 32, /* slots of a function */
    MYBPF__INLINE_MORE = 64  /* slots that a caller may get beside as many as it has */
};

enum mybpf__inline_form { MYBPF__INLINE_NOT, MYBPF__INLINE_STRAIGHT, MYBPF__INLINE_BLOCKS };

MYBPF__FN int mybpf__inline_wanted(const mybpf__ir *ir)
{
    return ir->code->func_count > 1 && !(ir->request->disable & MYBPF__PASS_INLINE) && ir->code->facts &&
           ir->code->trust != MYBPF_GUARDED;
}

/* Does an instruction at slot `at` of a function leave everything to its caller? `count`: slots behind `at`
 * that it may jump to. */
MYBPF__FN int mybpf__inline_insn(const mybpf_insn *insn, const uint8_t *facts, uint32_t count)
{
    unsigned type = MYBPF__CLASS(insn->code);
    if (insn->dst_reg > 5) return 0;
    if (type == MYBPF__CLASS_LD) return insn->code == MYBPF__BUILD_LDDW;
    if (insn->src_reg > 5) return 0;
    if (!mybpf__build_is_jump(insn) || insn->code == MYBPF__BUILD_EXIT) return 1;
    if (insn->code == MYBPF__BUILD_MAY_GOTO) return 0;
    int64_t target = mybpf__build_target(insn, 0);
    return target > 0 && target < (int64_t)count && facts[target] & MYBPF_FACT_LEADER;
}

/* How the function that is called at slot `at` may stand there instead. */
MYBPF__FN enum mybpf__inline_form mybpf__inline_form_of(const mybpf__ir *ir, uint32_t at, uint32_t *callee)
{
    const mybpf_code *code = ir->code;
    int64_t number = mybpf__build_function_at(code, (int64_t)at + 1 + code->insns[at].imm);
    const mybpf_func *func = number < 0 ? NULL : &code->funcs[number];
    if (!func || func->count > MYBPF__INLINE_MOST ||
        ir->inlined + func->count > code->funcs[ir->func].count + MYBPF__INLINE_MORE)
        return MYBPF__INLINE_NOT;
    const mybpf_insn *insns = code->insns + func->start;
    const uint8_t *facts = code->facts + func->start;
    uint32_t last = 0;
    int jumps = 0;
    for (uint32_t i = 0; i < func->count; i++) {
        if (!mybpf__inline_insn(&insns[i], facts + i, func->count - i)) return MYBPF__INLINE_NOT;
        jumps += mybpf__build_is_jump(&insns[i]);
        last = i;
        if (insns[i].code == MYBPF__BUILD_LDDW) i++;
    }
    *callee = (uint32_t)number;
    return jumps == 1 && insns[last].code == MYBPF__BUILD_EXIT && !code->metered ? MYBPF__INLINE_STRAIGHT
                                                                                 : MYBPF__INLINE_BLOCKS;
}

/* Is block `index` one of a function that stands in the place of a call? Until it is built, `loop_end` is the
 * block behind that function. */
MYBPF__INLINE int mybpf__inline_is(const mybpf__ir *ir, uint32_t index)
{
    return ir->inlined && index < ir->block_count && ir->blocks[index].loop_end != MYBPF__NO_BLOCK;
}

/* Makes the blocks of the function that is called at slot `at`, if they may stand there: 1, 0, or -1 without
 * memory. */
MYBPF__FN int mybpf__inline_blocks(mybpf__ir *ir, uint32_t at)
{
    uint32_t callee, first = ir->block_count;
    if (mybpf__inline_form_of(ir, at, &callee) != MYBPF__INLINE_BLOCKS) return 0;
    const mybpf_func *func = &ir->code->funcs[callee];
    uint32_t end = func->start + func->count;
    for (uint32_t slot = func->start; slot < end; slot++)
        if ((slot == func->start || ir->code->facts[slot] & MYBPF_FACT_LEADER) &&
            mybpf__ir_new_block(ir, slot, NULL))
            return -1;
    for (uint32_t i = ir->block_count; i-- > first; end = ir->blocks[i].insn) {
        ir->blocks[i].end = end;
        ir->blocks[i].loop_end = ir->block_count;
    }
    ir->inlined += func->count;
    return 1;
}

/* The block of the same function that starts at `slot`, behind `block`. */
MYBPF__FN uint32_t mybpf__inline_target(const mybpf__ir *ir, const mybpf__block *block, uint32_t slot)
{
    do block++;
    while (block->insn != slot);
    return (uint32_t)(block - ir->blocks);
}

#endif
