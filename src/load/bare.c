/* bare.c: reads BARE images: one program, its sub-functions, and at most one section, the bss. */
#ifndef MYBPF__LOAD_BARE_C
#define MYBPF__LOAD_BARE_C

#include "image.c"

#ifndef MYBPF_NO_IMAGES

/* The bss, as map 0. */
MYBPF__COLD int mybpf__bare_section(mybpf__image_in *in, uint32_t bss)
{
    if (bss > MYBPF__IMAGE_SECTION_MAX)
        return mybpf__fail(in->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "BARE image: %u bytes of bss, at most %u are allowed", bss,
                           MYBPF__IMAGE_SECTION_MAX);
    if (bss) {
        int64_t index = mybpf__add_section(in->object, ".bss", NULL, bss, 0, in->error);
        if (index < 0) return (int)index;
    }
    return MYBPF_OK;
}

/* The program has no name of its own; its section tells what it is for. */
MYBPF__COLD int mybpf__bare_program(mybpf__image_in *in, uint32_t func)
{
    mybpf_object *object = in->object;
    uint32_t type = in->bytes[MYBPF__IMAGE_AT_TYPE];
    mybpf_program *program = (mybpf_program *)mybpf__alloc(object->vm, 1, sizeof *program);
    if (!program) return mybpf__image_memory(in);
    object->programs = program;
    object->program_count = 1;
    program->object = object;
    program->func = func;
    program->type = type == MYBPF__BARE_TCMD ? (uint32_t)MYBPF_PROG_TYPE_TCMD : type;
    mybpf__print(program->section, sizeof program->section, type == MYBPF__BARE_TCMD ? "tcmd" : "bare");
    mybpf__print(object->funcs[func].name, sizeof object->funcs[func].name, "main");
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__bare_bytecode(mybpf__image_in *in)
{
    const uint8_t *code = NULL, *starts = NULL;
    int status = mybpf__image_take(in, &code, in->code_size, 1, "bytes of code");
    if (!in->func_count || in->entry >= in->func_count)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "BARE image: the program is function %u of %u", in->entry, in->func_count);
    if (!status) status = mybpf__image_take(in, &starts, in->func_count - 1u, MYBPF__IMAGE_FUNC, "functions");
    if (!status) status = mybpf__image_alloc_funcs(in, in->func_count);
    if (!status) status = mybpf__image_bytecode(in, code, starts);
    return status ? status : mybpf__bare_program(in, in->entry);
}

/* Imports are helpers and places in the bss. */
MYBPF__COLD int mybpf__bare_imports(const mybpf__image_in *in, const uint8_t *imports, uint32_t bss)
{
    for (uint32_t i = 0; i < in->import_count; i++) {
        uint32_t import = mybpf__le32(imports + i * MYBPF__IMAGE_IMPORT);
        uint32_t kind = import >> 30, index = import & MYBPF__IMAGE_IMPORT_INDEX;
        if (kind == MYBPF__IMAGE_HELPER ? index < MYBPF_HELPER_END
                                        : kind == MYBPF__IMAGE_MAP_VALUE && index < bss)
            continue;
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "BARE image: import 0x%x is neither a helper nor inside %u bytes of bss", import,
                           bss);
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__bare_native(mybpf__image_in *in, uint32_t bss)
{
    const uint8_t *code = NULL, *imports = NULL;
    int status = mybpf__image_take(in, &code, in->code_size, 1, "bytes of code");
    if (!status) status = mybpf__image_take(in, &imports, in->import_count, MYBPF__IMAGE_IMPORT, "imports");
    if (status) return status;
    if (in->func_count || in->flags & MYBPF_GUARDED)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "BARE image: native code carries no %s",
                           in->func_count ? "table of functions" : "guards");
    status = mybpf__image_alloc_funcs(in, 1);
    if (!status) status = mybpf__bare_imports(in, imports, bss);
    if (!status) status = mybpf__image_native(in, code, imports, NULL);
    return status ? status : mybpf__bare_program(in, 0);
}

MYBPF__COLD int mybpf__open_bare(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error)
{
    mybpf__image_in in;
    uint32_t bss;
    int status;
    mybpf__zero(&in, sizeof in);
    in.object = object;
    in.format = "BARE";
    in.bytes = (const uint8_t *)bytes;
    in.size = size;
    in.error = error;
    status = mybpf__image_begin(&in, MYBPF__BARE_HEADER);
    if (status) return status;
    bss = mybpf__le32(in.bytes + MYBPF__IMAGE_AT_DATA);
    status = mybpf__bare_section(&in, bss);
    if (!status)
        status =
            in.target == MYBPF__IMAGE_BYTECODE ? mybpf__bare_bytecode(&in) : mybpf__bare_native(&in, bss);
    return status ? status : mybpf__image_end(&in);
}

#endif /* MYBPF_NO_IMAGES */

#endif
