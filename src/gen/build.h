/* build.h: what build.c and inline.c ask about instructions before there are operations. */
#ifndef MYBPF__BUILD_H
#define MYBPF__BUILD_H

#include "ir.h"
#include "../isa/codes.h"

#define MYBPF__NO_JUMP INT64_MIN

MYBPF__FN int mybpf__build_is_jump(const mybpf_insn *insn)
{
    return MYBPF__CLASS(insn->code) == MYBPF__CLASS_JMP || MYBPF__CLASS(insn->code) == MYBPF__CLASS_JMP32;
}

/* Slot that a jump at slot `at` goes to, or MYBPF__NO_JUMP: call, callx and exit are of those classes too.
 * JMP32 with operation 0 is gotol. */
MYBPF__FN int64_t mybpf__build_target(const mybpf_insn *insn, int64_t at)
{
    unsigned operation = insn->code & 0xf0u;
    if (operation == 0x80 || operation == 0x90) return MYBPF__NO_JUMP;
    return at + 1 + (MYBPF__CLASS(insn->code) == MYBPF__CLASS_JMP32 && !operation ? insn->imm : insn->off);
}

/* The function that starts at slot `start`, or -1. Functions are sorted. */
MYBPF__FN int64_t mybpf__build_function_at(const mybpf_code *code, int64_t start)
{
    uint32_t low = 0, high = code->func_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if ((int64_t)code->funcs[middle].start < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < code->func_count && (int64_t)code->funcs[low].start == start ? (int64_t)low : -1;
}

/* Is this a call of a function of the program, not through an address? */
MYBPF__INLINE int mybpf__build_calls(const mybpf_insn *insn)
{
    return insn->code == MYBPF__BUILD_CALL && insn->src_reg == 1;
}

#endif
