/* cfg.c: where control goes: successors of an instruction, reachability, functions and their calls.
 * Nothing here recurses, and every pass is linear, whatever the code looks like. */
#ifndef MYBPF__CFG_C
#define MYBPF__CFG_C

#include "verify_impl.h"

#define MYBPF__CODE_LDDW     0x18
#define MYBPF__CODE_JA       0x05
#define MYBPF__CODE_JA32     0x06
#define MYBPF__CODE_CALL     0x85
#define MYBPF__CODE_CALLX    0x8d
#define MYBPF__CODE_EXIT     0x95
#define MYBPF__CODE_MAY_GOTO 0xe5

/* A bit of `facts` that only these passes use: taken off again at the end. */
#define MYBPF__FACT_SEEN 0x80

/* The slots that may run after slot `pc`, a checked instruction: 0 to 2 of them, a fall-through first. Slots
 * outside the code are possible: the caller looks. */
MYBPF__FN unsigned mybpf__successors(const mybpf_insn *insns, uint32_t pc, int64_t to[2])
{
    const mybpf_insn *insn = &insns[pc];
    unsigned cls = insn->code & 7;
    to[0] = (int64_t)pc + 1;
    switch (insn->code) {
    case MYBPF__CODE_EXIT: return 0;
    case MYBPF__CODE_CALL:
    case MYBPF__CODE_CALLX: return 1;
    case MYBPF__CODE_LDDW: return to[0]++, 1;
    case MYBPF__CODE_JA: return to[0] += insn->off, 1;
    case MYBPF__CODE_JA32: return to[0] += insn->imm, 1;
    default: break;
    }
    if (cls != 5 && cls != 6) return 1; /* neither JMP nor JMP32 */
    to[1] = to[0] + insn->off;
    return 2;
}

/* The function that holds slot `pc`. */
MYBPF__FN uint32_t mybpf__func_at(const mybpf_object *object, uint32_t pc)
{
    uint32_t low = 0, high = object->func_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (object->funcs[middle].start <= pc)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The function that starts at `pc`, or -1. */
MYBPF__FN int64_t mybpf__func_starting(const mybpf_object *object, int64_t pc)
{
    uint32_t func;
    if (pc < 0 || pc >= (int64_t)object->insn_count) return -1;
    func = mybpf__func_at(object, (uint32_t)pc);
    return object->funcs[func].start == pc ? (int64_t)func : -1;
}

/* Follows every path of one function: each jump must land on an instruction of it, each instruction must be
 * reached, none may run into the next function. `work` has room for its slots. */
MYBPF__FN int mybpf__walk_function(mybpf_object *object, const mybpf_func *func, uint32_t *work,
                                   mybpf_error *error)
{
    uint8_t *facts = object->facts;
    uint32_t end = func->start + func->count, pending = 0;
    work[pending++] = func->start;
    facts[func->start] |= MYBPF_FACT_LEADER | MYBPF__FACT_SEEN;
    while (pending) {
        int64_t to[2];
        uint32_t pc = work[--pending];
        unsigned count = mybpf__successors(object->insns, pc, to);
        int jumps = count == 2 || to[0] != (int64_t)pc + 1;
        if (object->insns[pc].code == MYBPF__CODE_LDDW) jumps = 0;
        for (unsigned i = 0; i < count; i++) {
            if (to[i] < (int64_t)func->start || to[i] >= (int64_t)end) {
                if (jumps && (i == 1 || count == 1))
                    return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                                       "jump to instruction %lld leaves function %s (%u to %u)",
                                       (long long)to[i], func->name, func->start, end - 1);
                return mybpf__fail(
                    error, MYBPF_ERR_VERIFY, pc,
                    "function %s runs past its last instruction: it must end with exit or goto", func->name);
            }
            if (facts[to[i]] & MYBPF_FACT_PAD)
                return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                                   "jump to instruction %lld lands on the second half of an lddw",
                                   (long long)to[i]);
            if (jumps) facts[to[i]] |= MYBPF_FACT_LEADER;
            if (facts[to[i]] & MYBPF__FACT_SEEN) continue;
            facts[to[i]] |= MYBPF__FACT_SEEN;
            work[pending++] = (uint32_t)to[i];
        }
    }
    for (uint32_t pc = func->start; pc < end; pc++) {
        if (!(facts[pc] & (MYBPF__FACT_SEEN | MYBPF_FACT_PAD)))
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                               "unreachable instruction: no path of function %s leads here", func->name);
        facts[pc] &= (uint8_t)~MYBPF__FACT_SEEN;
    }
    return MYBPF_OK;
}

#endif
