/* write.c: what the writers of SPF and BARE images share: which functions and maps an image
 * needs, bytecode as it stands in images, native code, header and checksum. */
#ifndef MYBPF__AOT_WRITE_C
#define MYBPF__AOT_WRITE_C

#include "../base/error.h"
#include "../isa/op_of.h"
#include "write.h"

#define MYBPF__AOT_LDDW 0x18
#define MYBPF__AOT_CALL 0x85

MYBPF__FN int mybpf__aot_memory(const mybpf__aot *aot)
{
    return mybpf__fail(aot->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory writing %s", aot->format);
}

MYBPF__FN void *mybpf__aot_alloc(mybpf__aot *aot, size_t count, size_t size)
{
    void *memory = mybpf_vm_realloc(aot->vm, NULL, (count + 1) * size);
    if (memory) mybpf__zero(memory, (count + 1) * size);
    return memory;
}

/* ---- targets ---- */

MYBPF_API const char *mybpf_aot_target(size_t index)
{
    const mybpf__target *target = mybpf__target_at(index);
    return target ? mybpf__target_name(target) : NULL;
}

MYBPF_API const char *mybpf_aot_target_host(void)
{
    const mybpf__target *target = mybpf__target_host();
    return target ? mybpf__target_name(target) : NULL;
}

MYBPF_API const char *mybpf_aot_feature(const char *target, size_t index)
{
    const mybpf__cpu_feature *feature = mybpf__cpu_feature_at(target, index);
    return feature ? feature->name : NULL;
}

/* Is `name` the first `length` bytes of `text`? */
MYBPF__FN int mybpf__aot_is_word(const char *text, size_t length, const char *name)
{
    return mybpf__length(name, MYBPF_NAME_MAX) == length && mybpf__equal(text, name, length);
}

/* Adds ", name" to the list of what is known. */
MYBPF__FN void mybpf__aot_list(char known[128], const char *name)
{
    size_t length = mybpf__length(known, 128);
    mybpf__print(known + length, 128 - length, "%s%s", length ? ", " : "", name);
}

/* "+feature+feature" behind the target's name. */
MYBPF__FN int mybpf__aot_find_features(mybpf__aot *aot, const char *text)
{
    const char *target = mybpf__target_name(aot->generator);
    while (*text) {
        char known[128] = "";
        const mybpf__cpu_feature *feature;
        size_t length = 0, i = 0;
        for (text++; text[length] && text[length] != '+';) length++;
        while ((feature = mybpf__cpu_feature_at(target, i)) &&
               !mybpf__aot_is_word(text, length, feature->name))
            mybpf__aot_list(known, feature->name), i++;
        if (!feature)
            return mybpf__fail(aot->error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                               "target %s has no feature '%.*s'; known features: %s", target, (int)length,
                               text, known[0] ? known : "none");
        aot->features |= feature->bit;
        text += length;
    }
    return MYBPF_OK;
}

MYBPF__FN int mybpf__aot_find_target(mybpf__aot *aot, const char *text)
{
    char known[128] = "";
    const char *name, *native = NULL;
    size_t length = 0, i = 0;
    int rc;
    if (!text) return MYBPF_OK;
    while (text[length] && text[length] != '+') length++;
    if (mybpf__aot_is_word(text, length, "native") && (native = mybpf_aot_target_host()) != NULL)
        aot->features = mybpf__cpu_host();
    while ((name = mybpf_aot_target(i)) != NULL && name != native &&
           (native || !mybpf__aot_is_word(text, length, name)))
        mybpf__aot_list(known, name), i++;
    if (!name)
        return mybpf__fail(aot->error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           "no code is generated for target '%s'; known targets: %s", text, known);
    aot->generator = mybpf__target_at(i);
    aot->target = (uint32_t)mybpf__image_target_number(name);
    rc = mybpf__aot_find_features(aot, text + length);
    if (!rc && MYBPF_BIG_ENDIAN) /* which is what every target is not */
        return mybpf__fail(
            aot->error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
            "%s is little-endian: a program that was made for a big-endian machine does not run there", name);
    return rc;
}

/* ---- begin and end ---- */

MYBPF__FN int mybpf__aot_arguments(mybpf__aot *aot, const mybpf_object *object, void **bytes, size_t *size,
                                   mybpf_error *error)
{
    mybpf__zero(aot, sizeof *aot);
    if (bytes) *bytes = NULL;
    if (size) *size = 0;
    if (object && bytes && size) return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "object, bytes and size must not be NULL");
}

MYBPF__FN int mybpf__aot_begin(mybpf__aot *aot, const mybpf_object *object, const mybpf_aot_opts *opts,
                               const char *format, mybpf_error *error)
{
    aot->object = object;
    aot->error = error;
    aot->format = format;
    aot->code = mybpf_object_code(object);
    aot->vm = aot->out.vm = mybpf_object_vm(object);
    if (aot->code->func_count && !aot->code->insn_count)
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                           "the object is an image of native code: only bytecode can be converted");
    if (!aot->code->facts)
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN,
                           "an object must be loaded before it is converted");
    if (!mybpf_object_program(object, 0))
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN, "the object has no program");
    aot->keep = (uint8_t *)mybpf__aot_alloc(aot, aot->code->func_count, sizeof *aot->keep);
    aot->starts = (uint32_t *)mybpf__aot_alloc(aot, aot->code->func_count, sizeof *aot->starts);
    aot->numbers = (uint32_t *)mybpf__aot_alloc(aot, aot->code->func_count, sizeof *aot->numbers);
    aot->used = (uint8_t *)mybpf__aot_alloc(aot, aot->code->map_count, sizeof *aot->used);
    aot->maps = (uint32_t *)mybpf__aot_alloc(aot, aot->code->map_count, sizeof *aot->maps);
    if (!aot->keep || !aot->starts || !aot->numbers || !aot->used || !aot->maps)
        return mybpf__aot_memory(aot);
    return mybpf__aot_find_target(aot, opts ? opts->target : NULL);
}

/* Hands the image out, or frees everything. */
MYBPF__FN int mybpf__aot_end(mybpf__aot *aot, int status, void **bytes, size_t *size)
{
    if (!status && aot->out.failed) status = mybpf__aot_memory(aot);
    if (!status && aot->out.size > UINT32_MAX - MYBPF__IMAGE_CHECKSUM)
        status = mybpf__fail(aot->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "%s images have at most 4 GiB",
                             aot->format);
    if (!status) {
        mybpf__put_le(aot->out.bytes + MYBPF__IMAGE_AT_SIZE, aot->out.size + MYBPF__IMAGE_CHECKSUM, 4);
        mybpf__buf_put_le(&aot->out, mybpf__crc32(aot->out.bytes, aot->out.size), MYBPF__IMAGE_CHECKSUM);
        if (aot->out.failed) status = mybpf__aot_memory(aot);
    }
    if (status) mybpf__buf_free(&aot->out);
    *bytes = aot->out.bytes;
    *size = aot->out.size;
    if (aot->native.code.vm) mybpf__gen_free(aot->vm, &aot->native);
    mybpf_vm_realloc(aot->vm, aot->keep, 0);
    mybpf_vm_realloc(aot->vm, aot->starts, 0);
    mybpf_vm_realloc(aot->vm, aot->numbers, 0);
    mybpf_vm_realloc(aot->vm, aot->used, 0);
    mybpf_vm_realloc(aot->vm, aot->maps, 0);
    return status;
}

/* ---- what is needed ---- */

/* The function that starts at `slot`; every call of verified code has one. */
MYBPF__FN uint32_t mybpf__aot_func_at(const mybpf__aot *aot, uint32_t slot)
{
    uint32_t low = 0, high = aot->code->func_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (aot->code->funcs[middle].start <= slot)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The function that instruction `pc` calls or takes the address of, else MYBPF__LEFT_OUT. */
MYBPF__FN uint32_t mybpf__aot_callee(const mybpf__aot *aot, uint32_t pc)
{
    const mybpf_insn *insn = &aot->code->insns[pc];
    if (insn->code == MYBPF__AOT_CALL && insn->src_reg == 1)
        return mybpf__aot_func_at(aot, (uint32_t)((int64_t)pc + 1 + insn->imm));
    if (insn->code == MYBPF__AOT_LDDW && insn->src_reg == MYBPF_PSEUDO_FUNC) return (uint32_t)insn->imm;
    return MYBPF__LEFT_OUT;
}

MYBPF__FN int mybpf__aot_is_helper_call(const mybpf__aot *aot, uint32_t pc)
{
    const mybpf_insn *insn = &aot->code->insns[pc];
    return insn->code == MYBPF__AOT_CALL && insn->src_reg == 0 && !(aot->code->facts[pc] & MYBPF_FACT_PAD);
}

/* Keeps function `root` and what it needs: callees go on a list, so that nothing recurses. */
MYBPF__FN int mybpf__aot_keep(mybpf__aot *aot, uint32_t root)
{
    uint32_t *list = (uint32_t *)mybpf__aot_alloc(aot, aot->code->func_count, sizeof *list), pending = 0;
    if (!list) return mybpf__aot_memory(aot);
    aot->keep[root] = 1;
    list[pending++] = root;
    while (pending) {
        const mybpf_func *func = &aot->code->funcs[list[--pending]];
        for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
            uint32_t callee =
                aot->code->facts[pc] & MYBPF_FACT_PAD ? MYBPF__LEFT_OUT : mybpf__aot_callee(aot, pc);
            if (callee == MYBPF__LEFT_OUT || aot->keep[callee]) continue;
            aot->keep[callee] = 1;
            list[pending++] = callee;
        }
    }
    mybpf_vm_realloc(aot->vm, list, 0);
    return MYBPF_OK;
}

/* Code that casts to pointers of an arena goes with it. */
MYBPF__FN void mybpf__aot_use_arena(mybpf__aot *aot)
{
    for (uint32_t i = 0; i < aot->code->map_count; i++)
        if (aot->code->maps[i] && mybpf_map_describe(aot->code->maps[i])->type == MYBPF_MAP_TYPE_ARENA)
            aot->used[i] |= 1;
}

/* Places of the kept functions, and the maps that their code names. */
MYBPF__FN void mybpf__aot_layout(mybpf__aot *aot)
{
    for (uint32_t f = 0; f < aot->code->func_count; f++) {
        const mybpf_func *func = &aot->code->funcs[f];
        if (!aot->keep[f]) continue;
        aot->starts[f] = aot->slot_count;
        aot->slot_count += func->count;
        aot->numbers[f] = aot->func_count++;
        for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
            const mybpf_insn *insn = &aot->code->insns[pc];
            if (insn->code == MYBPF__AOT_LDDW &&
                (insn->src_reg == MYBPF_PSEUDO_MAP_IDX || insn->src_reg == MYBPF_PSEUDO_MAP_IDX_VALUE))
                aot->used[(uint32_t)insn->imm] |=
                    (uint8_t)(insn->src_reg == MYBPF_PSEUDO_MAP_IDX ? 1 : MYBPF__AOT_VALUE);
            if (mybpf__is_cast(insn)) mybpf__aot_use_arena(aot);
        }
    }
}

/* ---- code ---- */

MYBPF__FN int mybpf__aot_is_packet(const mybpf_insn *insn) /* LD_ABS, LD_IND */
{
    return (insn->code & 7) == 0 && (insn->code >> 5 == 1 || insn->code >> 5 == 2);
}

MYBPF__FN void mybpf__aot_put_insn(mybpf__buf *out, const mybpf_insn *insn, uint32_t imm)
{
    mybpf__buf_put_le(out, insn->code, 1);
    mybpf__buf_put_le(out, (uint32_t)insn->dst_reg | (uint32_t)insn->src_reg << 4, 1);
    mybpf__buf_put_le(out, (uint16_t)insn->off, 2);
    mybpf__buf_put_le(out, imm, 4);
}

/* One function's instructions, with the image's numbers of functions and maps. */
MYBPF__FN void mybpf__aot_put_func(mybpf__aot *aot, uint32_t f, int is_bare)
{
    const mybpf_func *func = &aot->code->funcs[f];
    for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
        const mybpf_insn *insn = &aot->code->insns[pc];
        uint32_t imm = (uint32_t)insn->imm, here = aot->starts[f] + (pc - func->start);
        uint32_t callee = mybpf__aot_callee(aot, pc);
        int is_lddw = insn->code == MYBPF__AOT_LDDW;
        int is_map =
            is_lddw && (insn->src_reg == MYBPF_PSEUDO_MAP_IDX || insn->src_reg == MYBPF_PSEUDO_MAP_IDX_VALUE);
        if (callee != MYBPF__LEFT_OUT) imm = is_lddw ? aot->numbers[callee] : aot->starts[callee] - here - 1;
        if (is_map) imm = is_bare ? 0 : aot->maps[imm];
        mybpf__aot_put_insn(&aot->out, insn, imm);
        if (!is_lddw) continue;
        imm = (uint32_t)insn[1].imm + (is_map && is_bare ? aot->maps[(uint32_t)insn->imm] : 0);
        mybpf__aot_put_insn(&aot->out, &insn[1], imm);
        pc++;
    }
}

MYBPF__FN void mybpf__aot_put_bytecode(mybpf__aot *aot, int is_bare)
{
    for (uint32_t f = 0; f < aot->code->func_count; f++)
        if (aot->keep[f]) mybpf__aot_put_func(aot, f, is_bare);
}

/* First slots of all functions but the first, which starts at 0. */
MYBPF__FN void mybpf__aot_put_starts(mybpf__aot *aot)
{
    for (uint32_t f = 0; f < aot->code->func_count; f++)
        if (aot->keep[f] && aot->numbers[f]) mybpf__buf_put_le(&aot->out, aot->starts[f], MYBPF__IMAGE_FUNC);
}

MYBPF__FN int mybpf__aot_generate(mybpf__aot *aot, mybpf__gen_mode mode)
{
    mybpf__gen_request request;
    mybpf__zero(&request, sizeof request);
    aot->native.code.vm = aot->vm;
    request.object = aot->object;
    request.target = aot->generator;
    request.features = aot->features;
    request.mode = mode;
    request.entry_func = aot->entry_func;
    request.keep = mode == MYBPF__GEN_BARE ? aot->keep : NULL;
    return mybpf__gen(&request, &aot->native, aot->error);
}

MYBPF__FN uint32_t mybpf__aot_native_flags(const mybpf__aot *aot)
{
    uint32_t flags = (uint32_t)aot->code->trust | MYBPF__IMAGE_FEATURE_FLAGS(aot->features);
    if (MYBPF__ARENA_OF(aot->code)) flags |= MYBPF__IMAGE_TRUST;
    if (aot->code->metered) flags |= MYBPF__IMAGE_METERED;
    for (uint32_t f = 0; f < aot->code->func_count; f++)
        for (uint32_t i = 0; aot->keep[f] && i < aot->code->funcs[f].count; i++) {
            uint32_t pc = aot->code->funcs[f].start + i;
            if (!(aot->code->facts[pc] & MYBPF_FACT_PAD) && mybpf__aot_is_packet(&aot->code->insns[pc]))
                flags |= MYBPF__IMAGE_PACKET;
        }
    return flags;
}

/* ---- header ---- */

/* Sets a header field; a count that the field cannot hold ends the writing. */
MYBPF__FN int mybpf__aot_field(mybpf__aot *aot, uint32_t at, uint32_t bytes, uint64_t value, const char *what)
{
    if (bytes < 8 && value >> (8 * bytes))
        return mybpf__fail(aot->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "%s images hold at most %llu %s, not %llu", aot->format, (1ull << (8 * bytes)) - 1,
                           what, (unsigned long long)value);
    if (aot->out.size > at) mybpf__put_le(aot->out.bytes + at, value, bytes);
    return MYBPF_OK;
}

/* Header with the fields both formats have, then the code. */
MYBPF__FN int mybpf__aot_put_code(mybpf__aot *aot, const char *magic, uint32_t header, int is_bare)
{
    uint8_t *fields = mybpf__buf_reserve(&aot->out, header);
    int native = aot->target != MYBPF__IMAGE_BYTECODE, status = MYBPF_OK;
    if (!fields) return mybpf__aot_memory(aot);
    mybpf__zero(fields, header);
    mybpf__copy(fields, magic, 3);
    fields[MYBPF__IMAGE_AT_VERSION] = MYBPF__IMAGE_VERSION;
    fields[MYBPF__IMAGE_AT_TARGET] = (uint8_t)aot->target;
    fields[MYBPF__IMAGE_AT_ABI] = (uint8_t)(native ? MYBPF__IMAGE_ABI : 0);
    fields[MYBPF__IMAGE_AT_FLAGS] =
        (uint8_t)(native ? mybpf__aot_native_flags(aot) : MYBPF__IMAGE_HOST_ORDER);
    aot->out.size = header;
    if (native) status = mybpf__aot_generate(aot, is_bare ? MYBPF__GEN_BARE : MYBPF__GEN_SPF);
    if (status) return status;
    if (aot->native.tail_jumps) aot->out.bytes[MYBPF__IMAGE_AT_ABI] = MYBPF__IMAGE_ABI_JUMPS;
    if (native)
        mybpf__buf_put(&aot->out, aot->native.code.bytes, aot->native.code.size);
    else
        mybpf__aot_put_bytecode(aot, is_bare);
    if (aot->out.failed) return mybpf__aot_memory(aot);
    status = mybpf__aot_field(aot, MYBPF__IMAGE_AT_CODE, 4, aot->out.size - header, "bytes of code");
    if (!status)
        status =
            mybpf__aot_field(aot, MYBPF__IMAGE_AT_ENTRY, 4, native ? aot->native.enter : 0, "bytes of code");
    if (!status)
        status = mybpf__aot_field(aot, MYBPF__IMAGE_AT_IMPORTS, 2, aot->native.import_count, "imports");
    return status;
}

/* The imports, with the image's numbers of maps. */
MYBPF__FN void mybpf__aot_put_imports(mybpf__aot *aot)
{
    for (uint32_t i = 0; i < aot->native.import_count; i++) {
        const mybpf__import *import = &aot->native.imports[i];
        int is_map = import->kind == MYBPF__IMPORT_MAP || import->kind == MYBPF__IMPORT_MAP_VALUE;
        uint32_t count = is_map ? import->index & MYBPF__IMPORT_COUNT : 0;
        uint32_t index = is_map ? aot->maps[import->index & ~count] | count : import->index;
        if (count && aot->out.bytes[MYBPF__IMAGE_AT_ABI] < MYBPF__IMAGE_ABI_COUNTS)
            aot->out.bytes[MYBPF__IMAGE_AT_ABI] = MYBPF__IMAGE_ABI_COUNTS;
        mybpf__buf_put_le(&aot->out, import->kind << 30 | index, MYBPF__IMAGE_IMPORT);
    }
}

#undef MYBPF__AOT_LDDW
#undef MYBPF__AOT_CALL

#endif
