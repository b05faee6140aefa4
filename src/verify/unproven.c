/* unproven.c: without the simulation, in builds that leave it out (MYBPF_NO_PROVER) and for programs that are
 * too much for it: accesses to the stack at a constant distance from r10 are proven, nothing else is. */
#ifndef MYBPF__UNPROVEN_C
#define MYBPF__UNPROVEN_C

#include "cfg.c"

/* Does a call of `helper` need no look at its arguments? */
MYBPF__FN int mybpf__takes_numbers(const mybpf_helper *helper)
{
    for (unsigned i = 0; i < 5; i++)
        if (helper->args[i] > MYBPF_ARG_ANY) return 0;
    return 1;
}

MYBPF__FN int mybpf__access_proven(const mybpf_object *object, const mybpf_insn *insn)
{
    const mybpf_op_info *info = mybpf_op_describe(mybpf_insn_op(insn));
    int loads = info->format == MYBPF_FORMAT_LDX || info->format == MYBPF_FORMAT_LOAD_ACQ;
    if (info->format == MYBPF_FORMAT_CALL)
        return mybpf__takes_numbers(mybpf_object_helper(object, (uint32_t)insn->imm));
    if (info->format == MYBPF_FORMAT_CALLX) return 0;
    if (info->format < MYBPF_FORMAT_LDX) return 1;
    if ((loads ? insn->src_reg : insn->dst_reg) != 10 || MYBPF__MODE(insn->code) == MYBPF__MODE_ATOMIC)
        return 0; /* atomics: alignment */
    return insn->off >= -MYBPF_STACK_FRAME && insn->off + info->width <= 0;
}

#ifndef MYBPF_NO_PROVER
/* Is this a call whose arguments must be proven in every mode but trusted? */
MYBPF__FN int mybpf__must_be_proven(const mybpf_object *object, uint32_t pc)
{
    const mybpf_insn *insn = &object->insns[pc];
    const mybpf_helper *helper = NULL;
    if (insn->code == MYBPF__CODE_CALL && !insn->src_reg)
        helper = mybpf_object_helper(object, (uint32_t)insn->imm);
    for (unsigned i = 0; helper && i < 5; i++)
        if (helper->args[i] >= MYBPF_ARG_CONST) return 1;
    return helper && helper->flags & (MYBPF_HELPER_ACQUIRE | MYBPF_HELPER_RELEASE);
}
#else
#    define mybpf__must_be_proven(object, pc) 0
#endif

#if MYBPF__ZEROES
/* What the load at slot `pc` takes from the stack was written, or is zero from the start. */
MYBPF__FN void mybpf__zero_read(mybpf_object *object, uint32_t func, uint32_t pc)
{
    const mybpf_insn *insn = &object->insns[pc];
    const mybpf_op_info *info = mybpf_op_describe(mybpf_insn_op(insn));
    if (info->format != MYBPF_FORMAT_LDX) return;
    object->funcs[func].zeroed |= (uint64_t)1 << (-insn->off - 1) / 8 | (uint64_t)1
                                                                            << (-insn->off - info->width) / 8;
}
#else
#    define mybpf__zero_read(object, func, pc) (void)(func)
#endif

/* Refuses, or guards, everything that is not proven. */
MYBPF__FN int mybpf__verify_unproven(mybpf_object *object, mybpf_error *error)
{
    for (uint32_t pc = 0, func = 0; pc < object->insn_count; pc++) {
        if (pc == object->funcs[func].start + object->funcs[func].count) func++;
        if (object->facts[pc] & MYBPF_FACT_PAD) continue;
        if (mybpf__access_proven(object, &object->insns[pc])) {
            mybpf__zero_read(object, func, pc);
            continue;
        }
        if (object->code.trust == MYBPF_VERIFIED)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                               "cannot prove this: the build has no prover; load it guarded");
        if (mybpf__must_be_proven(object, pc))
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                               "what this call needs cannot be checked while it runs, and the program is too "
                               "much to prove it");
        object->facts[pc] |= MYBPF_FACT_GUARD;
    }
    for (uint32_t f = 0; f < object->func_count; f++) object->funcs[f].stack = MYBPF_STACK_FRAME;
    return MYBPF_OK;
}

#undef mybpf__must_be_proven
#undef mybpf__zero_read

#ifdef MYBPF_NO_PROVER
MYBPF__FN int mybpf__verify_access(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    (void)opts;
    return object->code.trust == MYBPF_TRUSTED ? MYBPF_OK : mybpf__verify_unproven(object, error);
}
#endif

#endif
