/* bare.c: writes BARE images: one program of an object, the functions it needs, and the bss. */
#ifndef MYBPF__AOT_BARE_C
#define MYBPF__AOT_BARE_C

#include "write.c"

#define MYBPF__BARE_ALIGN 15u /* of each .bss section inside the image's one bss */

MYBPF__FN int mybpf__bare_choose(mybpf__aot *aot, const char *name)
{
    const mybpf_program *program;
    for (size_t i = 0; (program = mybpf_object_program(aot->object, i)) != NULL; i++)
        if (mybpf_program_autoload(program) &&
            (!name || mybpf__same_text(mybpf_program_section(program), name) ||
             mybpf__same_text(mybpf_program_name(program), name))) {
            uint32_t type = mybpf_program_type(program);
            aot->entry_func = mybpf_program_func(program);
            return type == (uint32_t)MYBPF_PROG_TYPE_TCMD ? (int)MYBPF__BARE_TCMD
                   : type < MYBPF__BARE_TCMD              ? (int)type
                                                          : 0;
        }
    return mybpf__fail(aot->error, MYBPF_ERR_NOT_FOUND, MYBPF_NO_INSN, "the object has no program%s%s",
                       name ? " named " : "", name ? name : "");
}

/* Gives each section its place in the bss; anything else has none. */
MYBPF__FN int mybpf__bare_lay_bss(mybpf__aot *aot, uint32_t *bss)
{
    uint64_t size = 0;
    for (uint32_t i = 0; i < aot->code->map_count; i++) {
        const mybpf_map_desc *desc;
        if (!aot->used[i]) continue;
        desc = mybpf_map_describe(aot->code->maps[i]);
        if (!mybpf_object_map_is_section(aot->object, i) || !mybpf__starts(desc->name, ".bss"))
            return mybpf__fail(aot->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                               "the program uses %s %s: BARE carries only .bss, convert it to SPF",
                               mybpf_object_map_is_section(aot->object, i) ? "section" : "map", desc->name);
        size = (size + MYBPF__BARE_ALIGN) & ~(uint64_t)MYBPF__BARE_ALIGN;
        aot->maps[i] = (uint32_t)size;
        size += desc->value_size;
    }
    if (size > MYBPF__IMAGE_SECTION_MAX)
        return mybpf__fail(aot->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "%llu bytes of bss, at most %u are possible", (unsigned long long)size,
                           MYBPF__IMAGE_SECTION_MAX);
    *bss = (uint32_t)size;
    return MYBPF_OK;
}

/* Helpers that take maps have nothing to work on, and those that call back cannot get into the code again. */
MYBPF__FN int mybpf__bare_check_helper(const mybpf__aot *aot, uint32_t id, uint32_t pc)
{
    const mybpf_helper *helper = mybpf_object_helper(aot->object, id);
    for (unsigned i = 0; helper && i < 5; i++)
        if (helper->args[i] == MYBPF_ARG_MAP || helper->args[i] == MYBPF_ARG_FUNC)
            return mybpf__fail(aot->error, MYBPF_ERR_UNSUPPORTED, pc,
                               "helper %s takes a %s: convert the program to SPF", helper->name,
                               helper->args[i] == MYBPF_ARG_MAP ? "map" : "function");
    return MYBPF_OK;
}

/* What native code in a BARE image cannot do. */
MYBPF__FN int mybpf__bare_check(const mybpf__aot *aot)
{
    int64_t callx = -1, addresses = 0;
    int status = MYBPF_OK;
    if (aot->target == MYBPF__IMAGE_BYTECODE) return MYBPF_OK;
    if (aot->code->trust == MYBPF_GUARDED)
        return mybpf__fail(
            aot->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
            "a BARE image of native code carries no guards: load the object as verified or trusted, or "
            "convert it to SPF");
    for (uint32_t f = 0; f < aot->code->func_count; f++)
        for (uint32_t i = 0; aot->keep[f] && i < aot->code->funcs[f].count && !status; i++) {
            uint32_t pc = aot->code->funcs[f].start + i;
            int op = aot->code->facts[pc] & MYBPF_FACT_PAD ? -1 : mybpf_insn_op(&aot->code->insns[pc]);
            if (op == MYBPF_OP_CALLX && callx < 0) callx = pc;
            addresses += op == MYBPF_OP_LDDW && aot->code->insns[pc].src_reg == MYBPF_PSEUDO_FUNC;
            if (mybpf__aot_is_helper_call(aot, pc))
                status = mybpf__bare_check_helper(aot, (uint32_t)aot->code->insns[pc].imm, pc);
        }
    if (!status && callx >= 0 && !addresses)
        return mybpf__fail(
            aot->error, MYBPF_ERR_UNSUPPORTED, callx,
            "callx, and the program takes no function's address: a BARE image cannot call a helper "
            "by a number in a register, convert the program to SPF");
    return status;
}

MYBPF__FN int mybpf__bare_write(mybpf__aot *aot, uint32_t type, uint32_t bss)
{
    int status = mybpf__aot_put_code(aot, "BAR", MYBPF__BARE_HEADER, 1);
    if (status) return status;
    aot->out.bytes[MYBPF__IMAGE_AT_TYPE] = (uint8_t)type;
    status = mybpf__aot_field(aot, MYBPF__IMAGE_AT_DATA, 4, bss, "bytes of bss");
    for (uint32_t i = 0; i < aot->native.import_count; i++)
        if (aot->native.imports[i].kind != MYBPF__IMPORT_HELPER &&
            aot->native.imports[i].kind != MYBPF__IMPORT_MAP_VALUE)
            return mybpf__fail(aot->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                               "the program uses the address of a map: BARE carries none, convert it to SPF");
    mybpf__aot_put_imports(aot);
    if (aot->target != MYBPF__IMAGE_BYTECODE) return status;
    if (!status) status = mybpf__aot_field(aot, MYBPF__IMAGE_AT_FUNCS, 2, aot->func_count, "functions");
    if (!status)
        status = mybpf__aot_field(aot, MYBPF__IMAGE_AT_ENTRY, 4, aot->numbers[aot->entry_func], "functions");
    mybpf__aot_put_starts(aot);
    return status;
}

MYBPF_API int mybpf_aot_bare(const mybpf_object *object, const mybpf_aot_opts *opts, void **bytes,
                             size_t *size, mybpf_error *error)
{
    mybpf__aot aot;
    uint32_t bss = 0;
    int type = 0, status = mybpf__aot_arguments(&aot, object, bytes, size, error);
    if (status) return status;
    status = mybpf__aot_begin(&aot, object, opts, "BARE", error);
    if (!status) status = type = mybpf__bare_choose(&aot, opts ? opts->program : NULL);
    if (status >= 0) status = mybpf__aot_keep(&aot, aot.entry_func);
    if (!status) {
        mybpf__aot_layout(&aot);
        status = mybpf__bare_lay_bss(&aot, &bss);
    }
    if (!status) status = mybpf__bare_check(&aot);
    if (!status) status = mybpf__bare_write(&aot, (uint32_t)type, bss);
    return mybpf__aot_end(&aot, status, bytes, size);
}

#undef MYBPF__BARE_ALIGN

#endif
