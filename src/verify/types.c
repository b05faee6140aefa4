/* types.c: may the programs call the helpers that they call, for what they are? */
#ifndef MYBPF__TYPES_C
#define MYBPF__TYPES_C

#include "cfg.c"

#ifndef MYBPF_NO_PROVER

/* A program type as a bit: those of Linux, TCMD, the host's own, the others. */
MYBPF__FN uint64_t mybpf__type_bit(const mybpf_vm *vm, uint32_t type)
{
    const mybpf__prog_type *own = mybpf__prog_type_find(vm, type);
    return own ? (uint64_t)1 << (34 + own->index) : MYBPF_FOR_TYPE(type);
}

/* The types, of those in `types`, that may not call the helper. */
MYBPF__FN uint64_t mybpf__types_refused(const mybpf_vm *vm, const mybpf_helper *helper, uint64_t types)
{
    uint64_t known = ((uint64_t)1 << 34) - 1, others = (uint64_t)1 << 63, refused = 0;
    if (helper->types) refused = types & (known | others) & ~helper->types;
    for (const mybpf__prog_type *own = vm->prog_types; own; own = own->next)
        if (types >> (34 + own->index) & 1 && !mybpf__type_allows(vm, own->type, helper))
            refused |= (uint64_t)1 << (34 + own->index);
    return refused;
}

MYBPF__FN int mybpf__types_fail(const mybpf_object *object, const mybpf_helper *helper, uint64_t types,
                                uint32_t pc, mybpf_error *error)
{
    const mybpf__prog_type *own = object->vm->prog_types;
    const char *name;
    uint32_t type = 0;
    while (!(types >> type & 1)) type++;
    while (own && own->index + 34 != type) own = own->next;
    name = own ? own->context.name : mybpf_prog_type_name(type == 33 ? (uint32_t)MYBPF_PROG_TYPE_TCMD : type);
    return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "helper %s (%u) is not for programs of type %s",
                       helper->name, (unsigned)helper->id, name ? name : "that nobody knows");
}

/* Is there a helper among the calls that is not for everyone, or a program that may not call all? */
MYBPF__FN int mybpf__types_matter(const mybpf_object *object)
{
    for (uint32_t i = 0; object->vm->prog_types && i < object->program_count; i++)
        if (mybpf__prog_type_find(object->vm, object->programs[i].type)) return 1;
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        const mybpf_helper *helper;
        if (insn->code != MYBPF__CODE_CALL || insn->src_reg || object->facts[pc] & MYBPF_FACT_PAD) continue;
        helper = mybpf_object_helper(object, (uint32_t)insn->imm);
        if (helper && helper->types) return 1;
    }
    return 0;
}

/* What function `f` calls gets the types of the programs that it is called from; 1 when one got another. */
MYBPF__FN int mybpf__types_spread(const mybpf_object *object, uint64_t *types, uint32_t f)
{
    int grown = 0;
    for (uint32_t i = 0, pc = object->funcs[f].start; i < object->funcs[f].count; i++, pc++) {
        int64_t callee = object->facts[pc] & MYBPF_FACT_PAD ? -1 : mybpf__call_target(object, pc);
        if (callee < 0 || !(types[f] & ~types[callee])) continue;
        types[callee] |= types[f];
        grown = 1;
    }
    return grown;
}

/* Every helper that a program reaches, through whatever functions, is one that its type may call. Types
 * spread along calls until none is new, so a function is looked at as often as types come to it. */
MYBPF__FN int mybpf__check_types(const mybpf_object *object, mybpf_error *error)
{
    uint64_t *types;
    uint32_t f = 0;
    int rc = MYBPF_OK, grown = 1;
    if (!mybpf__types_matter(object)) return MYBPF_OK;
    types = (uint64_t *)mybpf__alloc(object->vm, object->func_count, sizeof *types);
    if (!types) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory to verify the program");
    for (uint32_t i = 0; i < object->program_count; i++)
        if (mybpf__program_taken(&object->programs[i]))
            types[object->programs[i].func] |= mybpf__type_bit(object->vm, object->programs[i].type);
    while (grown)
        for (f = 0, grown = 0; f < object->func_count; f++) grown |= mybpf__types_spread(object, types, f);
    f = 0;
    for (uint32_t pc = 0; pc < object->insn_count && !rc; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        const mybpf_helper *helper;
        uint64_t refused;
        if (pc == object->funcs[f].start + object->funcs[f].count) f++;
        if (insn->code != MYBPF__CODE_CALL || insn->src_reg || object->facts[pc] & MYBPF_FACT_PAD) continue;
        helper = mybpf_object_helper(object, (uint32_t)insn->imm);
        refused = helper ? mybpf__types_refused(object->vm, helper, types[f]) : 0;
        if (refused) rc = mybpf__types_fail(object, helper, refused, pc, error);
    }
    mybpf__free(object->vm, types);
    return rc;
}

#endif
#endif
