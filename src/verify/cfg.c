/* cfg.c: where control goes: successors of an instruction, paths through a function, calls between them.
 * Nothing here recurses and every pass is linear, whatever the code looks like. */
#ifndef MYBPF__CFG_C
#define MYBPF__CFG_C

#include "../isa/codes.h"
#include "verify_impl.h"

#define MYBPF__CODE_LDDW     0x18
#define MYBPF__CODE_JA       0x05
#define MYBPF__CODE_JA32     0x06
#define MYBPF__CODE_CALL     0x85 /* src_reg 0: helper, 1: local */
#define MYBPF__CODE_CALLX    0x8d
#define MYBPF__CODE_EXIT     0x95
#define MYBPF__CODE_MAY_GOTO 0xe5

/* Are loops refused as such? Where there is a prover, it runs through them. */
#ifdef MYBPF_NO_PROVER
#    define MYBPF__REFUSES_LOOPS(object) ((object)->code.trust == MYBPF_VERIFIED)
#else
#    define MYBPF__REFUSES_LOOPS(object) 0
#endif

/* Bits of `facts` that only the walk uses. */
#define MYBPF__FACT_SEEN 0x80
#define MYBPF__FACT_PATH 0x40
#define MYBPF__FACT_LOOP 0x40 /* when that is done: it goes back in a loop */

/* The slots that may run after slot `pc`, a checked instruction: 0 to 2 of them, the fall-through first. They
 * may lie outside the code: the walk looks. */
MYBPF__FN unsigned mybpf__successors(const mybpf_insn *insns, uint32_t pc, int64_t to[2])
{
    const mybpf_insn *insn = &insns[pc];
    to[0] = (int64_t)pc + 1;
    switch (insn->code) {
    case MYBPF__CODE_EXIT: return 0;
    case MYBPF__CODE_CALL:
    case MYBPF__CODE_CALLX: return 1;
    case MYBPF__CODE_LDDW: to[0] += 1; return 1;
    case MYBPF__CODE_JA: to[0] += insn->off; return 1;
    case MYBPF__CODE_JA32: to[0] += insn->imm; return 1;
    default: break;
    }
    if (MYBPF__CLASS(insn->code) != MYBPF__CLASS_JMP && MYBPF__CLASS(insn->code) != MYBPF__CLASS_JMP32)
        return 1;
    to[1] = to[0] + insn->off;
    return 2;
}

/* The function that starts at slot `pc`, or -1. */
MYBPF__FN int64_t mybpf__func_at(const mybpf_object *object, int64_t pc)
{
    if (pc < 0 || pc >= object->insn_count) return -1;
    const mybpf_func *func = mybpf__func_of(object, (uint32_t)pc);
    return func->start == pc ? func - object->funcs : -1;
}

/* The function that slot `pc`, a CALL_LOCAL or an LDDW of one, names; else -1. */
MYBPF__FN int64_t mybpf__call_target(const mybpf_object *object, uint32_t pc)
{
    const mybpf_insn *insn = &object->insns[pc];
    if (insn->code == MYBPF__CODE_CALL && insn->src_reg == 1)
        return mybpf__func_at(object, (int64_t)pc + 1 + insn->imm);
    if (insn->code == MYBPF__CODE_LDDW && insn->src_reg == MYBPF_PSEUDO_FUNC) return insn->imm;
    return -1;
}

/* May control go from slot `pc` of `func` to slot `to`? */
MYBPF__FN int mybpf__check_edge(const mybpf_object *object, const mybpf_func *func, uint32_t pc, int64_t to,
                                mybpf_error *error)
{
    if (to < (int64_t)func->start || to >= (int64_t)func->start + func->count)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "control leaves function %s for instruction %lld",
                           func->name, (long long)to);
    if (object->facts[to] & MYBPF_FACT_PAD)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "jump to %lld, the second half of an lddw",
                           (long long)to);
    return MYBPF_OK;
}

/* Follows every path from slot `start` of a function, depth first: marks block leaders, refuses jumps that go
 * astray and, in verified mode, loops. A loop through the fall-through of a may_goto ends, so these edges are
 * left out and where they lead is walked afterwards. `work` has room for 4 entries a slot. */
MYBPF__FN int mybpf__walk_from(mybpf_object *object, const mybpf_func *func, uint32_t start, uint32_t *work,
                               mybpf_error *error)
{
    uint8_t *facts = object->facts;
    uint32_t pending = 0, deferred = 4 * func->count;
    work[--deferred] = start;
    facts[start] |= MYBPF_FACT_LEADER;
    while (pending || deferred < 4 * func->count) {
        uint32_t pc = pending ? work[--pending] : work[deferred++];
        int64_t to[2];
        unsigned count, code = object->insns[pc].code, may_goto = code == MYBPF__CODE_MAY_GOTO, jump;
        if (facts[pc] & MYBPF__FACT_SEEN) {
            /* met again: its own entry from below, when all that follows it is done, or another way to it */
            if (pending && work[pending - 1] == UINT32_MAX) {
                pending--;
                facts[pc] &= (uint8_t)~MYBPF__FACT_PATH;
            }
            continue;
        }
        facts[pc] |= MYBPF__FACT_SEEN | MYBPF__FACT_PATH;
        work[pending++] = UINT32_MAX;
        work[pending++] = pc;
        count = mybpf__successors(object->insns, pc, to);
        jump = count == 2 || code == MYBPF__CODE_JA || code == MYBPF__CODE_JA32;
        for (unsigned i = 0; i < count; i++) {
            int rc = mybpf__check_edge(object, func, pc, to[i], error);
            if (rc) return rc;
        }
        for (unsigned i = count; i-- > 0;) { /* the fall-through is walked first */
            if (jump) facts[to[i]] |= MYBPF_FACT_LEADER;
            if (may_goto && i == 0)
                work[--deferred] = (uint32_t)to[i];
            else if (!(facts[to[i]] & MYBPF__FACT_SEEN))
                work[pending++] = (uint32_t)to[i];
            else if (facts[to[i]] & MYBPF__FACT_PATH && MYBPF__REFUSES_LOOPS(object))
                return mybpf__fail(
                    error, MYBPF_ERR_VERIFY, pc,
                    "cannot prove that the loop from %u to %u ends; load it guarded, with a budget",
                    (uint32_t)to[i], pc);
#ifndef MYBPF_NO_PROVER
            else if (facts[to[i]] & MYBPF__FACT_PATH)
                facts[pc] |= MYBPF_FACT_GUARD; /* for the time being: MYBPF__FACT_LOOP */
#endif
        }
    }
    return MYBPF_OK;
}

/* All paths of one function. Code that nothing reaches is refused in verified mode, as Linux does; the other
 * modes take it, as userspace runtimes do, if it is right in itself: engines translate it too. */
MYBPF__FN int mybpf__walk_function(mybpf_object *object, const mybpf_func *func, uint32_t *work,
                                   mybpf_error *error)
{
    uint32_t end = func->start + func->count;
    int rc = mybpf__walk_from(object, func, func->start, work, error);
    for (uint32_t pc = func->start; pc < end && !rc; pc++) {
        if (object->facts[pc] & (MYBPF__FACT_SEEN | MYBPF_FACT_PAD)) continue;
        if (object->code.trust == MYBPF_VERIFIED)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "unreachable instruction in function %s",
                               func->name);
        rc = mybpf__walk_from(object, func, pc, work, error);
    }
    for (uint32_t pc = func->start; pc < end; pc++) {
#ifndef MYBPF_NO_PROVER
        if (object->facts[pc] & MYBPF_FACT_GUARD) object->facts[pc] ^= MYBPF_FACT_GUARD | MYBPF__FACT_LOOP;
#endif
        object->facts[pc] &= (uint8_t)~MYBPF__FACT_SEEN;
    }
    return rc;
}

/* No recursion, and no more frames than there are. A function whose address is taken counts as called there.
 * `work` has room for 3 entries a function. */
MYBPF__FN int mybpf__walk_calls(const mybpf_object *object, uint32_t *work, mybpf_error *error)
{
    uint32_t count = object->func_count, *height = work, *cursor = work + count, *path = cursor + count;
    mybpf__zero(work, 2 * (size_t)count *
                          sizeof *work); /* height 0: not entered; cursor: 1 + slot while on the path */
    for (uint32_t root = 0; root < count; root++) {
        uint32_t depth = 0;
        if (height[root]) continue;
        path[depth++] = root;
        while (depth) {
            uint32_t f = path[depth - 1], end = object->funcs[f].start + object->funcs[f].count, pc;
            if (!height[f]) {
                height[f] = 1;
                cursor[f] = object->funcs[f].start + 1;
            }
            for (pc = cursor[f] - 1; pc < end; pc++) {
                int64_t callee = object->facts[pc] & MYBPF_FACT_PAD ? -1 : mybpf__call_target(object, pc);
                if (callee < 0) continue;
                if (!height[callee]) {
                    path[depth++] = (uint32_t)callee;
                    break; /* comes back to this call when the callee is done */
                }
                if (cursor[callee])
                    return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                                       "function %s calls itself: refused in verified mode",
                                       object->funcs[callee].name);
                if (height[callee] >= height[f]) height[f] = height[callee] + 1;
                if (height[f] > MYBPF_CALL_DEPTH)
                    return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "calls nest deeper than %d functions",
                                       MYBPF_CALL_DEPTH);
            }
            cursor[f] = pc < end ? pc + 1 : 0;
            if (pc == end) depth--;
        }
    }
    return MYBPF_OK;
}

#endif
