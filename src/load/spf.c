/* spf.c: reads SPF images: several programs, maps, global sections with their initial data. */
#ifndef MYBPF__LOAD_SPF_C
#define MYBPF__LOAD_SPF_C

#include "image.c"

#ifndef MYBPF_NO_IMAGES

/* The tables of an image, in the order in which they stand in it. */
typedef struct mybpf__spf_in {
    mybpf__image_in in;
    const uint8_t *code, *programs, *maps, *sections, *relocs, *imports, *funcs, *data, *strings;
    size_t parts; /* where the optional ones begin */
    uint32_t program_count, map_count, section_count, reloc_count, data_size, strings_size;
} mybpf__spf_in;

MYBPF__COLD int mybpf__spf_tables(mybpf__spf_in *spf)
{
    mybpf__image_in *in = &spf->in;
    const uint8_t *header = in->bytes;
    int status;
    /* In bytecode the first function starts at 0 and is not in the table. */
    uint32_t funcs = in->func_count - (in->target == MYBPF__IMAGE_BYTECODE);
    if (!in->func_count)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, "SPF image: it has no function");
    spf->program_count = mybpf__le16(header + MYBPF__SPF_AT_PROGRAMS);
    spf->map_count = mybpf__le16(header + MYBPF__SPF_AT_MAPS);
    spf->section_count = mybpf__le16(header + MYBPF__SPF_AT_SECTIONS);
    spf->reloc_count = mybpf__le16(header + MYBPF__SPF_AT_RELOCS);
    spf->data_size = mybpf__le32(header + MYBPF__IMAGE_AT_DATA);
    spf->strings_size = mybpf__le16(header + MYBPF__SPF_AT_STRINGS);
    if ((status = mybpf__image_take(in, &spf->code, in->code_size, 1, "bytes of code")) != 0 ||
        (status = mybpf__image_take(in, &spf->programs, spf->program_count, MYBPF__SPF_PROGRAM,
                                    "programs")) != 0 ||
        (status = mybpf__image_take(in, &spf->maps, spf->map_count, MYBPF__SPF_MAP, "maps")) != 0 ||
        (status = mybpf__image_take(in, &spf->sections, spf->section_count, MYBPF__SPF_SECTION,
                                    "sections")) != 0 ||
        (status = mybpf__image_take(in, &spf->relocs, spf->reloc_count, MYBPF__SPF_RELOC, "relocations")) !=
            0 ||
        (status = mybpf__image_take(in, &spf->imports, in->import_count, MYBPF__IMAGE_IMPORT, "imports")) !=
            0 ||
        (status = mybpf__image_take(in, &spf->funcs, funcs, MYBPF__IMAGE_FUNC, "functions")) != 0 ||
        (status = mybpf__image_take(in, &spf->data, spf->data_size, 1, "bytes of data")) != 0 ||
        (status = mybpf__image_take(in, &spf->strings, spf->strings_size, 1, "bytes of strings")) != 0)
        return status;
    spf->parts = in->at;
    return mybpf__image_end(in);
}

/* The optional parts that this reader knows: which maps have locks. Their sizes were checked. */
MYBPF__COLD int mybpf__spf_parts(const mybpf__spf_in *spf)
{
#    ifndef MYBPF_NO_PROVER
    const uint8_t *bytes = spf->in.bytes;
    for (size_t at = spf->parts; at < spf->in.size;
         at += MYBPF__IMAGE_TRAILER + mybpf__le32(bytes + at + 4)) {
        uint32_t size = mybpf__le32(bytes + at) == MYBPF__SPF_LOCKS ? mybpf__le32(bytes + at + 4) : 0;
        for (uint32_t i = 0; i + MYBPF__SPF_LOCK <= size; i += MYBPF__SPF_LOCK) {
            const uint8_t *record = bytes + at + MYBPF__IMAGE_TRAILER + i;
            if (mybpf__le32(record) >= spf->map_count)
                return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                                   "SPF image: a lock in map %u, which there is not", mybpf__le32(record));
            if (mybpf__le32(record + 4) >> 31)
                spf->in.object->slots[mybpf__le32(record)].timer = mybpf__le32(record + 4) & 0x7fffffff;
            else
                spf->in.object->slots[mybpf__le32(record)].lock = mybpf__le32(record + 4);
        }
    }
#    else
    (void)spf;
#    endif
    return MYBPF_OK;
}

/* String `at`: printable, terminated, short enough. */
MYBPF__COLD int mybpf__spf_string(const mybpf__spf_in *spf, uint32_t at, char text[MYBPF_NAME_MAX])
{
    const char *string = (const char *)spf->strings + at;
    size_t left = at < spf->strings_size ? spf->strings_size - at : 0, length = mybpf__length(string, left);
    if (length >= left || length >= MYBPF_NAME_MAX)
        return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "SPF image: string %u is no text of at most %d bytes inside %u bytes of strings",
                           at, MYBPF_NAME_MAX - 1, spf->strings_size);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)string[i] < ' ' || string[i] == 127)
            return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                               "SPF image: string %u has a control character", at);
    mybpf__copy(text, string, length + 1);
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__spf_maps(const mybpf__spf_in *spf)
{
    if (spf->map_count > MYBPF_MAX_MAPS)
        return mybpf__fail(spf->in.error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "SPF image: %u maps, at most %d are allowed", spf->map_count, MYBPF_MAX_MAPS);
    for (uint32_t i = 0; i < spf->map_count; i++) {
        const uint8_t *record = spf->maps + i * MYBPF__SPF_MAP;
        mybpf_map_desc desc;
        int64_t index;
        int status;
        mybpf__zero(&desc, sizeof desc);
        status = mybpf__spf_string(spf, mybpf__le16(record), desc.name);
        if (status) return status;
        desc.type = mybpf__le16(record + 2);
        desc.key_size = mybpf__le32(record + 4);
        desc.value_size = mybpf__le32(record + 8);
        desc.max_entries = mybpf__le32(record + 12);
        desc.flags = mybpf__le32(record + 16);
        index = mybpf__add_map(spf->in.object, &desc, spf->in.error);
        if (index < 0) return (int)index;
    }
    return mybpf__spf_parts(spf);
}

/* One section: its initial bytes stand in the image as far as they are not 0. */
MYBPF__COLD int mybpf__spf_section(const mybpf__spf_in *spf, const uint8_t *record, uint32_t *used)
{
    char name[MYBPF_NAME_MAX];
    uint32_t flags = mybpf__le16(record + 2), size = mybpf__le32(record + 4),
             initial = mybpf__le32(record + 8);
    mybpf_object *object = spf->in.object;
    int64_t index;
    int status = mybpf__spf_string(spf, mybpf__le16(record), name);
    if (status) return status;
    if (flags & ~MYBPF__SPF_READ_ONLY || !size || initial > size || initial > spf->data_size - *used)
        return mybpf__fail(
            spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
            "SPF image: section %s: flags 0x%x, %u bytes, %u of them at byte %u of %u bytes of data", name,
            flags, size, initial, *used, spf->data_size);
    index = mybpf__add_section(object, name, NULL, size, (int)flags, spf->in.error);
    if (index < 0) return (int)index;
    if (initial) {
        uint8_t *data = (uint8_t *)mybpf__alloc(object->vm, size, 1);
        if (!data) return mybpf__image_memory(&spf->in);
        mybpf__copy(data, spf->data + *used, initial);
        object->slots[index].data = data;
    }
    *used += initial;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__spf_sections(const mybpf__spf_in *spf)
{
    uint32_t used = 0;
    uint64_t total = 0;
    for (uint32_t i = 0; i < spf->section_count; i++)
        total += mybpf__le32(spf->sections + i * MYBPF__SPF_SECTION + 4);
    if (total > MYBPF__IMAGE_SECTION_MAX)
        return mybpf__fail(spf->in.error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "SPF image: its sections have %llu bytes, at most %u are allowed",
                           (unsigned long long)total, MYBPF__IMAGE_SECTION_MAX);
    for (uint32_t i = 0; i < spf->section_count; i++) {
        int status = mybpf__spf_section(spf, spf->sections + i * MYBPF__SPF_SECTION, &used);
        if (status) return status;
    }
    if (used == spf->data_size) return MYBPF_OK;
    return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                       "SPF image: %u of %u bytes of data belong to no section", spf->data_size - used,
                       spf->data_size);
}

/* An element of a program array: map `where`, key `offset`, the program in function `what`. */
MYBPF__COLD int mybpf__spf_element(const mybpf__spf_in *spf, uint32_t where, uint32_t what,
                                   mybpf_data_reloc *reloc)
{
    const mybpf_object *object = spf->in.object;
    reloc->kind = MYBPF_DATA_RELOC_PROGRAM;
    reloc->map = where;
    reloc->index = what & ~MYBPF__SPF_RELOC_FUNC;
    if (where < spf->map_count && object->slots[where].desc.type == MYBPF_MAP_TYPE_PROG_ARRAY &&
        what & MYBPF__SPF_RELOC_FUNC && reloc->index < object->func_count)
        return MYBPF_OK;
    return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                       "SPF image: element %u of map %u: not a function in a program array", reloc->offset,
                       where);
}

/* A pointer in a section's data. Of one into a section, the data has the offset in it. */
MYBPF__COLD int mybpf__spf_reloc(const mybpf__spf_in *spf, const uint8_t *record, mybpf_data_reloc *reloc)
{
    const mybpf_object *object = spf->in.object;
    uint32_t section = mybpf__le16(record + 4), what = mybpf__le16(record + 6);
    const mybpf__map_slot *slot, *to;
    reloc->offset = mybpf__le32(record);
    if (section & MYBPF__SPF_RELOC_ELEMENT)
        return mybpf__spf_element(spf, section & ~MYBPF__SPF_RELOC_ELEMENT, what, reloc);
    reloc->map = spf->map_count + section;
    slot = section < spf->section_count ? &object->slots[reloc->map] : NULL;
    if (!slot || slot->size < 8 || reloc->offset > slot->size - 8)
        return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "SPF image: relocation at byte %u of section %u is outside", reloc->offset,
                           section);
    reloc->kind = what & MYBPF__SPF_RELOC_FUNC ? MYBPF_DATA_RELOC_FUNC : MYBPF_DATA_RELOC_MAP_VALUE;
    what &= ~MYBPF__SPF_RELOC_FUNC;
    if (reloc->kind == MYBPF_DATA_RELOC_FUNC) {
        reloc->index = what;
        if (what < object->func_count) return MYBPF_OK;
    } else if (what < spf->section_count) {
        uint64_t addend = slot->data ? mybpf__le64(slot->data + reloc->offset) : 0;
        reloc->index = spf->map_count + what;
        to = &object->slots[reloc->index];
        reloc->addend = (uint32_t)addend;
        if (addend <= to->size) return MYBPF_OK;
    }
    return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                       "SPF image: relocation at byte %u of %s points to no function or section",
                       reloc->offset, slot->desc.name);
}

MYBPF__COLD int mybpf__spf_relocs(const mybpf__spf_in *spf)
{
    mybpf_object *object = spf->in.object;
    if (!spf->reloc_count) return MYBPF_OK;
    object->relocs = (mybpf_data_reloc *)mybpf__alloc(object->vm, spf->reloc_count, sizeof *object->relocs);
    if (!object->relocs) return mybpf__image_memory(&spf->in);
    for (uint32_t i = 0; i < spf->reloc_count; i++) {
        int status = mybpf__spf_reloc(spf, spf->relocs + i * MYBPF__SPF_RELOC, &object->relocs[i]);
        if (status) return status;
        object->reloc_count++;
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__spf_programs(const mybpf__spf_in *spf)
{
    mybpf_object *object = spf->in.object;
    if (!spf->program_count)
        return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, "SPF image: it has no program");
    object->programs =
        (mybpf_program *)mybpf__alloc(object->vm, spf->program_count, sizeof *object->programs);
    if (!object->programs) return mybpf__image_memory(&spf->in);
    for (uint32_t i = 0; i < spf->program_count; i++) {
        const uint8_t *record = spf->programs + i * MYBPF__SPF_PROGRAM;
        mybpf_program *program = &object->programs[i];
        int status;
        program->object = object;
        program->func = mybpf__le16(record);
        program->type = mybpf__le16(record + 2);
        if (program->func >= object->func_count)
            return mybpf__fail(spf->in.error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                               "SPF image: program %u is function %u of %u", i, program->func,
                               object->func_count);
        status = mybpf__spf_string(spf, mybpf__le16(record + 4), object->funcs[program->func].name);
        if (!status) status = mybpf__spf_string(spf, mybpf__le16(record + 6), program->section);
        if (status) return status;
        object->program_count++;
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__spf_code(mybpf__spf_in *spf)
{
    mybpf__image_in *in = &spf->in;
    int status;
    status = mybpf__image_alloc_funcs(in, in->func_count);
    if (status) return status;
    return in->target == MYBPF__IMAGE_BYTECODE ? mybpf__image_bytecode(in, spf->code, spf->funcs)
                                               : mybpf__image_native(in, spf->code, spf->imports, spf->funcs);
}

MYBPF__COLD int mybpf__open_spf(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error)
{
    mybpf__spf_in spf;
    int status;
    mybpf__zero(&spf, sizeof spf);
    spf.in.object = object;
    spf.in.format = "SPF";
    spf.in.bytes = (const uint8_t *)bytes;
    spf.in.size = size;
    spf.in.error = error;
    status = mybpf__image_begin(&spf.in, MYBPF__SPF_HEADER);
    if (!status) status = mybpf__spf_tables(&spf);
    if (!status) status = mybpf__spf_maps(&spf);
    if (!status) status = mybpf__spf_sections(&spf);
    if (!status) status = mybpf__spf_code(&spf);
    if (!status) status = mybpf__spf_relocs(&spf);
    if (!status) status = mybpf__spf_programs(&spf);
    if (!status)
        status = mybpf__spf_string(&spf, mybpf__le16(spf.in.bytes + MYBPF__SPF_AT_LICENSE), object->license);
    object->kernel_version = status ? 0 : mybpf__le32(spf.in.bytes + MYBPF__SPF_AT_KERNEL);
    return status;
}

#endif /* MYBPF_NO_IMAGES */

#endif
