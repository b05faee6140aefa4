/* spf.c: writes SPF images: all programs and functions of an object, the maps and sections they use. */
#ifndef MYBPF__AOT_SPF_C
#define MYBPF__AOT_SPF_C

#include "write.c"

typedef struct mybpf__spf_out {
    mybpf__aot aot;
    mybpf__buf strings, data; /* written last */
    uint32_t map_count, section_count, reloc_count;
} mybpf__spf_out;

/* ---- maps and sections ---- */

/* Sections that only the data of used sections point to are used too. */
MYBPF__FN void mybpf__spf_follow_pointers(mybpf__aot *aot)
{
    mybpf_data_reloc reloc;
    int again = 1;
    while (again) {
        again = 0;
        for (size_t i = 0; mybpf_object_data_reloc(aot->object, i, &reloc); i++) {
            if (!aot->used[reloc.map] || reloc.kind > MYBPF_DATA_RELOC_MAP_VALUE) continue;
            aot->used[reloc.map] |= MYBPF__AOT_VALUE;
            if (reloc.kind == MYBPF_DATA_RELOC_FUNC || aot->used[reloc.index] & MYBPF__AOT_VALUE) continue;
            aot->used[reloc.index] |= MYBPF__AOT_VALUE;
            again = 1;
        }
    }
}

/* In the image declared maps come first, then sections. */
MYBPF__FN void mybpf__spf_number_maps(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    for (uint32_t i = 0; i < aot->code->map_count; i++)
        if (aot->used[i] && !mybpf_object_map_is_section(aot->object, i)) aot->maps[i] = spf->map_count++;
    for (uint32_t i = 0; i < aot->code->map_count; i++)
        if (aot->used[i] && mybpf_object_map_is_section(aot->object, i))
            aot->maps[i] = spf->map_count + spf->section_count++;
}

/* ---- strings ---- */

/* Place of `text` in the strings, each of which is there once; the empty one is the first. */
MYBPF__FN uint32_t mybpf__spf_string_at(mybpf__spf_out *spf, const char *text)
{
    size_t length = mybpf__length(text, MYBPF_NAME_MAX) + 1, at = 0;
    for (; at < spf->strings.size;
         at += mybpf__length((const char *)spf->strings.bytes + at, MYBPF_NAME_MAX) + 1)
        if (mybpf__same_text((const char *)spf->strings.bytes + at, text)) return (uint32_t)at;
    mybpf__buf_put(&spf->strings, text, length);
    return (uint32_t)at;
}

/* ---- tables ---- */

MYBPF__FN int mybpf__spf_put_programs(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    const mybpf_program *program;
    size_t count = 0;
    for (size_t i = 0; (program = mybpf_object_program(aot->object, i)) != NULL; i++) {
        uint32_t type = mybpf_program_type(program);
        if (!mybpf_program_autoload(program)) continue;
        count++;
        mybpf__buf_put_le(&aot->out, mybpf_program_func(program), 2);
        mybpf__buf_put_le(&aot->out, type <= UINT16_MAX ? type : 0, 2);
        mybpf__buf_put_le(&aot->out, mybpf__spf_string_at(spf, mybpf_program_name(program)), 2);
        mybpf__buf_put_le(&aot->out, mybpf__spf_string_at(spf, mybpf_program_section(program)), 2);
    }
    return mybpf__aot_field(aot, MYBPF__SPF_AT_PROGRAMS, 2, count, "programs");
}

MYBPF__FN int mybpf__spf_put_maps(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    for (uint32_t i = 0; i < aot->code->map_count; i++) {
        const mybpf_map_desc *desc;
        if (!aot->used[i] || mybpf_object_map_is_section(aot->object, i)) continue;
        desc = mybpf_map_describe(aot->code->maps[i]);
#ifndef MYBPF_NO_MAP_TYPES
        int variables = desc->type == MYBPF_MAP_TYPE_ARENA && aot->used[i] & MYBPF__AOT_VALUE;
        if (desc->extra || desc->inner || variables)
            return mybpf__fail(aot->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                               "map %s: an image has no place for its map_extra or the %s in it", desc->name,
                               variables ? "variables" : "maps");
#endif
#if !defined(MYBPF_NO_MAP_TYPES) && !defined(MYBPF_NO_PROVER)
        if (mybpf_map_kptr(aot->code->maps[i], 0, NULL))
            return mybpf__fail(aot->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                               "map %s: its values hold objects of the host (kptrs), which an image cannot "
                               "tell",
                               desc->name);
#endif
        mybpf__buf_put_le(&aot->out, mybpf__spf_string_at(spf, desc->name), 2);
        mybpf__buf_put_le(&aot->out, desc->type, 2);
        mybpf__buf_put_le(&aot->out, desc->key_size, 4);
        mybpf__buf_put_le(&aot->out, desc->value_size, 4);
        mybpf__buf_put_le(&aot->out, desc->max_entries, 4);
        mybpf__buf_put_le(&aot->out, desc->flags, 4);
    }
    return mybpf__aot_field(aot, MYBPF__SPF_AT_MAPS, 2, spf->map_count, "maps");
}

/* A section's bytes as they are now; where pointers stand, offsets: they are the same on every host. Zeroes
 * at the end are left out. Returns how many bytes remain. */
MYBPF__FN uint32_t mybpf__spf_put_data(mybpf__spf_out *spf, uint32_t map)
{
    const uint32_t key = 0;
    uint32_t size = mybpf_map_describe(spf->aot.code->maps[map])->value_size;
    uint8_t *data = mybpf__buf_reserve(&spf->data, size);
    const void *value = mybpf_map_value(spf->aot.code->maps[map], &key);
    mybpf_data_reloc reloc;
    if (!data || !value) return 0;
    mybpf__copy(data, value, size);
    for (size_t i = 0; mybpf_object_data_reloc(spf->aot.object, i, &reloc); i++)
        if (reloc.map == map)
            mybpf__put_le(data + reloc.offset, reloc.kind == MYBPF_DATA_RELOC_FUNC ? 0 : reloc.addend, 8);
    while (size && !data[size - 1]) size--;
    spf->data.size += size;
    return size;
}

MYBPF__FN int mybpf__spf_put_sections(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    for (uint32_t i = 0; i < aot->code->map_count; i++) {
        const mybpf_map_desc *desc;
        if (!aot->used[i] || !mybpf_object_map_is_section(aot->object, i)) continue;
        desc = mybpf_map_describe(aot->code->maps[i]);
        if (desc->type != MYBPF_MAP_TYPE_ARRAY)
            return mybpf__fail(
                aot->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                "the program uses %s, a variable that each CPU of the host has: no image carries that",
                desc->name);
        mybpf__buf_put_le(&aot->out, mybpf__spf_string_at(spf, desc->name), 2);
        mybpf__buf_put_le(&aot->out, desc->flags & MYBPF_F_RDONLY_PROG ? MYBPF__SPF_READ_ONLY : 0, 2);
        mybpf__buf_put_le(&aot->out, desc->value_size, 4);
        mybpf__buf_put_le(&aot->out, mybpf__spf_put_data(spf, i), 4);
    }
    return mybpf__aot_field(aot, MYBPF__SPF_AT_SECTIONS, 2, spf->section_count, "sections");
}

MYBPF__FN int mybpf__spf_put_relocs(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    mybpf_data_reloc reloc;
    for (size_t i = 0; mybpf_object_data_reloc(aot->object, i, &reloc); i++) {
        int is_func = reloc.kind == MYBPF_DATA_RELOC_FUNC;
        int is_element = reloc.kind == MYBPF_DATA_RELOC_PROGRAM;
        uint32_t what, where;
        if (!aot->used[reloc.map]) continue;
        where = is_element ? aot->maps[reloc.map] | MYBPF__SPF_RELOC_ELEMENT
                           : aot->maps[reloc.map] - spf->map_count;
        what = is_func || is_element ? reloc.index : aot->maps[reloc.index] - spf->map_count;
        if (!is_element && where >= MYBPF__SPF_RELOC_ELEMENT)
            return mybpf__fail(aot->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                               "a pointer in section %u: too many sections", where);
        if (what >= MYBPF__SPF_RELOC_FUNC)
            return mybpf__fail(aot->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                               "a pointer in data to function %u: SPF images number them up to %u", what,
                               MYBPF__SPF_RELOC_FUNC - 1);
        mybpf__buf_put_le(&aot->out, reloc.offset, 4);
        mybpf__buf_put_le(&aot->out, where, 2);
        mybpf__buf_put_le(&aot->out, what | (is_func || is_element ? MYBPF__SPF_RELOC_FUNC : 0), 2);
        spf->reloc_count++;
    }
    return mybpf__aot_field(aot, MYBPF__SPF_AT_RELOCS, 2, spf->reloc_count, "pointers in data");
}

MYBPF__FN int mybpf__spf_put_funcs(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    mybpf__aot_put_imports(aot);
    if (aot->target == MYBPF__IMAGE_BYTECODE)
        mybpf__aot_put_starts(aot);
    else
        for (uint32_t i = 0; i < aot->native.entry_count; i++)
            mybpf__buf_put_le(&aot->out, aot->native.entries[i], MYBPF__IMAGE_FUNC);
    return mybpf__aot_field(aot, MYBPF__IMAGE_AT_FUNCS, 2, aot->code->func_count, "functions");
}

/* Maps whose values have a lock, an optional part. */
MYBPF__FN void mybpf__spf_put_locks(mybpf__spf_out *spf)
{
#ifndef MYBPF_NO_PROVER
    mybpf__aot *aot = &spf->aot;
    for (int put = 0, count = 0; put < 2; put++) { /* they are counted first */
        for (uint32_t i = 0, number = 0; i < aot->code->map_count; i++) {
            uint32_t where[2];
            if (!aot->used[i] || mybpf_object_map_is_section(aot->object, i)) continue;
            where[0] = mybpf_map_lock(aot->code->maps[i]);
            where[1] = mybpf_map_timer(aot->code->maps[i]);
            for (int what = 0; what < 2; what++) {
                if (where[what] && put) {
                    mybpf__buf_put_le(&aot->out, number, 4);
                    mybpf__buf_put_le(&aot->out, where[what] | (uint32_t)what << 31, 4);
                }
                count += where[what] && !put;
            }
            number++;
        }
        if (put || !count) return;
        mybpf__buf_put_le(&aot->out, MYBPF__SPF_LOCKS, 4);
        mybpf__buf_put_le(&aot->out, (uint32_t)count * MYBPF__SPF_LOCK, 4);
    }
#else
    (void)spf;
#endif
}

MYBPF__FN int mybpf__spf_put_rest(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    uint32_t license = mybpf__spf_string_at(spf, mybpf_object_license(aot->object));
    int status;
    if (spf->strings.failed || spf->data.failed || aot->out.failed) return mybpf__aot_memory(aot);
    mybpf__buf_put(&aot->out, spf->data.bytes, spf->data.size);
    mybpf__buf_put(&aot->out, spf->strings.bytes, spf->strings.size);
    mybpf__spf_put_locks(spf);
    status = mybpf__aot_field(aot, MYBPF__IMAGE_AT_DATA, 4, spf->data.size, "bytes of data");
    if (!status)
        status = mybpf__aot_field(aot, MYBPF__SPF_AT_STRINGS, 2, spf->strings.size, "bytes of names");
    if (!status) status = mybpf__aot_field(aot, MYBPF__SPF_AT_LICENSE, 2, license, "bytes of names");
    if (!status)
        status = mybpf__aot_field(aot, MYBPF__SPF_AT_KERNEL, 4, mybpf_object_kernel_version(aot->object), "");
    return status;
}

MYBPF__FN int mybpf__spf_write(mybpf__spf_out *spf)
{
    mybpf__aot *aot = &spf->aot;
    int status;
    for (uint32_t i = 0; i < aot->code->func_count; i++) aot->keep[i] = 1;
    mybpf__aot_layout(aot);
    mybpf__spf_follow_pointers(aot);
    mybpf__spf_number_maps(spf);
    mybpf__spf_string_at(spf, "");
    if ((status = mybpf__aot_put_code(aot, "SPF", MYBPF__SPF_HEADER, 0)) != 0 ||
        (status = mybpf__spf_put_programs(spf)) != 0 || (status = mybpf__spf_put_maps(spf)) != 0 ||
        (status = mybpf__spf_put_sections(spf)) != 0 || (status = mybpf__spf_put_relocs(spf)) != 0 ||
        (status = mybpf__spf_put_funcs(spf)) != 0)
        return status;
    return mybpf__spf_put_rest(spf);
}

MYBPF_API int mybpf_aot_spf(const mybpf_object *object, const mybpf_aot_opts *opts, void **bytes,
                            size_t *size, mybpf_error *error)
{
    mybpf__spf_out spf;
    int status;
    mybpf__zero(&spf, sizeof spf);
    status = mybpf__aot_arguments(&spf.aot, object, bytes, size, error);
    if (status) return status;
    status = mybpf__aot_begin(&spf.aot, object, opts, "SPF", error);
    spf.strings.vm = spf.data.vm = spf.aot.vm;
    if (!status) status = mybpf__spf_write(&spf);
    mybpf__buf_free(&spf.strings);
    mybpf__buf_free(&spf.data);
    return mybpf__aot_end(&spf.aot, status, bytes, size);
}

#endif
