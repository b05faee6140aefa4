/* elf.c: relocatable eBPF ELF objects. libelf reads the header and the section table; every offset,
 * size and name it gives is checked against the file before it is used. */
#ifndef MYBPF__ELF_C
#define MYBPF__ELF_C

#include "elf.h"
#include "globals.c"
#include "sections.c"
#include "struct_ops.c"

#ifdef MYBPF_NO_ELF

MYBPF__COLD int mybpf__open_elf(mybpf_object *object, const void *bytes, size_t size,
                                const mybpf_open_opts *opts, mybpf_error *error)
{
    (void)object, (void)bytes, (void)size, (void)opts;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                       "ELF objects are not supported: this build has MYBPF_NO_ELF");
}

#else

/* ---- header and sections ---- */

MYBPF__COLD int mybpf__elf_header(mybpf__elf *elf)
{
    GElf_Ehdr header;
    int host_order = MYBPF_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB;
    if (elf_version(EV_CURRENT) == EV_NONE)
        return mybpf__fail(elf->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN, "libelf is too old");
    /* libelf takes a writable pointer, but reading writes nothing */
    elf->elf = elf_memory((char *)(uintptr_t)elf->bytes, (size_t)elf->size);
    if (!elf->elf || elf_kind(elf->elf) != ELF_K_ELF || !gelf_getehdr(elf->elf, &header))
        return MYBPF__ELF_BAD("no valid ELF header");
    if (header.e_machine != EM_BPF && header.e_machine != EM_NONE) /* none: clang before version 3.9 */
        return mybpf__fail(elf->error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           "ELF file for machine %u, not for eBPF (%u)", (unsigned)header.e_machine,
                           (unsigned)EM_BPF);
    if (header.e_ident[EI_CLASS] != ELFCLASS64)
        return MYBPF__ELF_BAD("32-bit ELF file: eBPF objects are 64-bit");
    if (header.e_ident[EI_DATA] != host_order)
        return mybpf__fail(elf->error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           MYBPF__OTHER_ENDIAN " object on a " MYBPF__HOST_ENDIAN
                                               " machine: compile it with -target %s",
                           MYBPF_BIG_ENDIAN ? "bpfeb" : "bpfel");
    if (header.e_shentsize != sizeof(Elf64_Shdr))
        return MYBPF__ELF_BAD("section headers of %u bytes", (unsigned)header.e_shentsize);
    if (header.e_type != ET_REL)
        return MYBPF__ELF_BAD("ELF file of type %u, not a relocatable object (%u)", (unsigned)header.e_type,
                              (unsigned)ET_REL);
    return MYBPF_OK;
}

/* A string table as a section holds it: it must end with a zero byte, so that any offset in it is a string.
 */
MYBPF__COLD int mybpf__elf_strings(mybpf__elf *elf, const mybpf__elf_section *section, uint32_t index,
                                   const char **strings, uint64_t *size)
{
    if (section->type != SHT_STRTAB || !section->bytes || !section->size || section->bytes[section->size - 1])
        return MYBPF__ELF_BAD("section %u is no string table that ends with a zero byte", (unsigned)index);
    *strings = (const char *)section->bytes;
    *size = section->size;
    return MYBPF_OK;
}

/* Does `name` equal `base` or start with it and a dot? */
MYBPF__COLD int mybpf__elf_named(const char *name, const char *base)
{
    size_t length = mybpf__length(base, MYBPF_NAME_MAX);
    return mybpf__starts(name, base) && (!name[length] || name[length] == '.');
}

MYBPF__COLD int mybpf__elf_is_text(const char *name) { return mybpf__elf_named(name, ".text"); }

MYBPF__COLD mybpf__elf_kind mybpf__elf_classify(const mybpf__elf_section *section)
{
    int bits = section->type == SHT_PROGBITS;
    if (mybpf__same_text(section->name, ".maps")) return MYBPF__ELF_BTF_MAPS;
    if (mybpf__same_text(section->name, "maps") || mybpf__starts(section->name, "maps/"))
        return MYBPF__ELF_LEGACY_MAPS;
    if (mybpf__same_text(section->name, "license") || mybpf__same_text(section->name, "version"))
        return MYBPF__ELF_OTHER;
    if (!(section->flags & SHF_ALLOC) || !section->size) return MYBPF__ELF_OTHER;
    if (section->flags & SHF_EXECINSTR) return bits ? MYBPF__ELF_CODE : MYBPF__ELF_OTHER;
    return bits || section->type == SHT_NOBITS ? MYBPF__ELF_DATA : MYBPF__ELF_OTHER;
}

MYBPF__COLD int mybpf__elf_section_at(mybpf__elf *elf, uint32_t index, uint64_t *name)
{
    mybpf__elf_section *section = &elf->sections[index];
    GElf_Shdr header;
    Elf_Scn *scn = elf_getscn(elf->elf, index);
    if (!scn || !gelf_getshdr(scn, &header))
        return MYBPF__ELF_BAD("section %u has no valid header", (unsigned)index);
    *name = header.sh_name;
    section->size = header.sh_size;
    section->flags = header.sh_flags;
    section->type = header.sh_type;
    section->info = header.sh_info;
    section->link = header.sh_link;
    section->map = -1;
    if (header.sh_type == SHT_NOBITS || header.sh_type == SHT_NULL) return MYBPF_OK;
    if (header.sh_offset > elf->size || header.sh_size > elf->size - header.sh_offset)
        return MYBPF__ELF_BAD("section %u: its %llu bytes at %llu lie outside the file", (unsigned)index,
                              (unsigned long long)header.sh_size, (unsigned long long)header.sh_offset);
    section->bytes = elf->bytes + header.sh_offset;
    if ((header.sh_type == SHT_REL || header.sh_type == SHT_RELA) && header.sh_info >= elf->section_count)
        return MYBPF__ELF_BAD("section %u holds relocations for section %u of %u", (unsigned)index,
                              (unsigned)header.sh_info, (unsigned)elf->section_count);
    if (header.sh_type == SHT_SYMTAB) {
        if (elf->symbol_table) return MYBPF__ELF_BAD("more than one symbol table");
        if (header.sh_entsize != sizeof(Elf64_Sym) || header.sh_size % sizeof(Elf64_Sym) ||
            header.sh_size / sizeof(Elf64_Sym) > INT32_MAX)
            return MYBPF__ELF_BAD("symbol table of %llu bytes with entries of %llu",
                                  (unsigned long long)header.sh_size, (unsigned long long)header.sh_entsize);
        elf->symbol_table = index;
        elf->symbols = section->bytes;
        elf->symbol_count = (uint32_t)(header.sh_size / sizeof(Elf64_Sym));
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__elf_sections(mybpf__elf *elf)
{
    size_t count, names;
    const char *strings = NULL;
    uint64_t string_size = 0, offset;
    if (elf_getshdrnum(elf->elf, &count) || elf_getshdrstrndx(elf->elf, &names) || !count)
        return MYBPF__ELF_BAD("no valid section table");
    if (count > elf->size / sizeof(Elf64_Shdr) || names >= count || count >= SHN_LORESERVE)
        return MYBPF__ELF_BAD("a table of %zu sections with names in section %zu is not possible", count,
                              names);
    elf->sections = (mybpf__elf_section *)mybpf__alloc(elf->object->vm, count, sizeof *elf->sections);
    uint64_t *name_at = (uint64_t *)mybpf__alloc(elf->object->vm, count, sizeof *name_at);
    int status = MYBPF_OK;
    if (!elf->sections || !name_at)
        status =
            mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %zu sections", count);
    elf->section_count = (uint32_t)count;
    for (uint32_t i = 0; !status && i < count; i++) status = mybpf__elf_section_at(elf, i, &name_at[i]);
    if (!status)
        status = mybpf__elf_strings(elf, &elf->sections[names], (uint32_t)names, &strings, &string_size);
    for (uint32_t i = 0; !status && i < count; i++) {
        offset = name_at[i];
        if (offset >= string_size)
            status = MYBPF__ELF_BAD("section %u: its name lies outside the string table", (unsigned)i);
        else
            elf->sections[i].name = strings + offset;
    }
    mybpf__free(elf->object->vm, name_at);
    for (uint32_t i = 1; !status && i < count; i++)
        elf->sections[i].kind = mybpf__elf_classify(&elf->sections[i]);
    if (status || !elf->symbol_table) return status;
    uint32_t link = elf->sections[elf->symbol_table].link;
    if (link >= count)
        return MYBPF__ELF_BAD("the symbol table's names are in section %u of %zu", (unsigned)link, count);
    return mybpf__elf_strings(elf, &elf->sections[link], link, &elf->strings, &elf->string_size);
}

MYBPF__COLD mybpf__elf_section *mybpf__elf_find(mybpf__elf *elf, const char *name)
{
    for (uint32_t i = 1; i < elf->section_count; i++)
        if (mybpf__same_text(elf->sections[i].name, name)) return &elf->sections[i];
    return NULL;
}

MYBPF__COLD int mybpf__elf_symbol_at(mybpf__elf *elf, uint32_t index, mybpf__elf_symbol *symbol)
{
    Elf64_Sym raw;
    if (!index || index >= elf->symbol_count)
        return MYBPF__ELF_BAD("symbol %u does not exist: there are %u", (unsigned)index,
                              (unsigned)elf->symbol_count);
    mybpf__copy(&raw, elf->symbols + (size_t)index * sizeof raw, sizeof raw);
    if (raw.st_name >= elf->string_size)
        return MYBPF__ELF_BAD("symbol %u: its name lies outside the string table", (unsigned)index);
    symbol->name = elf->strings + raw.st_name;
    symbol->value = raw.st_value;
    symbol->size = raw.st_size;
    symbol->section = raw.st_shndx;
    symbol->type = (uint8_t)ELF64_ST_TYPE(raw.st_info);
    symbol->bind = (uint8_t)ELF64_ST_BIND(raw.st_info);
    if (raw.st_shndx == SHN_ABS || raw.st_shndx == SHN_COMMON) return MYBPF_OK;
    if (raw.st_shndx >= elf->section_count)
        return MYBPF__ELF_BAD("symbol %s is in section %u of %u", symbol->name, (unsigned)raw.st_shndx,
                              (unsigned)elf->section_count);
    if (symbol->type == STT_SECTION) symbol->name = elf->sections[raw.st_shndx].name;
    return MYBPF_OK;
}

/* ---- license, version, globals ---- */

MYBPF__COLD int mybpf__elf_info(mybpf__elf *elf)
{
    const mybpf__elf_section *license = mybpf__elf_find(elf, "license"),
                             *version = mybpf__elf_find(elf, "version");
    if (license && license->bytes && license->size) {
        if (license->size > MYBPF_NAME_MAX || license->bytes[license->size - 1])
            return MYBPF__ELF_BAD("section license: not a text of at most %d bytes", MYBPF_NAME_MAX - 1);
        mybpf__copy(elf->object->license, license->bytes, (size_t)license->size);
    }
    if (version && version->bytes && version->size) {
        if (version->size != 4)
            return MYBPF__ELF_BAD("section version: %llu bytes, not 4", (unsigned long long)version->size);
        mybpf__copy(&elf->object->kernel_version, version->bytes, 4);
    }
    return MYBPF_OK;
}

#    ifndef MYBPF_NO_MAP_TYPES
/* Variables that stand at the beginning of the object's arena: its map takes what they begin with. */
MYBPF__COLD int64_t mybpf__elf_arena_data(mybpf__elf *elf, const mybpf__elf_section *section)
{
    uint32_t arena = mybpf__arena_of(elf->object);
    mybpf__map_slot *slot;
    if (!arena)
        return MYBPF__ELF_BAD("section %s: its variables are in an arena, and the object has not one",
                              section->name);
    slot = &elf->object->slots[arena - 1];
    if (section->size > (uint64_t)slot->desc.max_entries * MYBPF_MAP_PAGE)
        return MYBPF__ELF_BAD("section %s: %llu bytes are more than arena %s has", section->name,
                              (unsigned long long)section->size, slot->desc.name);
    slot->size = (uint32_t)section->size;
    slot->data = mybpf__section_alloc(elf->object->vm, slot->size);
    if (!slot->data)
        return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for section %s",
                           section->name);
    if (section->bytes) mybpf__copy(slot->data, section->bytes, slot->size);
    return (int64_t)arena - 1;
}
#    endif

MYBPF__COLD int64_t mybpf__elf_section_map(mybpf__elf *elf, mybpf__elf_section *section)
{
#    ifndef MYBPF_NO_MAP_TYPES
    if (section->map < 0 && mybpf__same_text(section->name, ".addr_space.1"))
        section->map = mybpf__elf_arena_data(elf, section);
#    endif
    /* .data.rel.ro is read-only once its pointers are in place */
    int read_only = !(section->flags & SHF_WRITE) || mybpf__elf_named(section->name, ".data.rel.ro");
    if (section->map < 0)
        section->map = mybpf__add_section(elf->object, section->name, section->bytes, section->size,
                                          read_only, elf->error);
    return section->map;
}

/* The sections a host may look for become maps even when no program uses them. Merged strings and
 * constants, and sections of other names, wait until something refers to them. */
MYBPF__COLD int mybpf__elf_globals(mybpf__elf *elf)
{
    for (uint32_t i = 1; i < elf->section_count; i++) {
        mybpf__elf_section *section = &elf->sections[i];
        int known = mybpf__elf_named(section->name, ".data") || mybpf__elf_named(section->name, ".bss") ||
                    mybpf__elf_named(section->name, ".rodata") ||
                    mybpf__elf_named(section->name, ".struct_ops") ||
                    mybpf__same_text(section->name, ".addr_space.1");
        if (section->kind != MYBPF__ELF_DATA || !known || section->flags & SHF_MERGE) continue;
        int64_t map = mybpf__elf_section_map(elf, section);
        if (map < 0) return (int)map;
    }
    return MYBPF_OK;
}

/* ---- code ---- */

MYBPF__COLD int mybpf__elf_code(mybpf__elf *elf)
{
    uint64_t slots = 0;
    for (uint32_t i = 1; i < elf->section_count; i++) {
        mybpf__elf_section *section = &elf->sections[i];
        if (section->kind != MYBPF__ELF_CODE) continue;
        if (section->size % sizeof(mybpf_insn))
            return MYBPF__ELF_BAD("section %s: %llu bytes are no whole number of instructions", section->name,
                                  (unsigned long long)section->size);
        section->slot = (uint32_t)slots;
        slots += section->size / sizeof(mybpf_insn);
        if (slots > MYBPF_MAX_INSNS) break; /* link_begin refuses it */
    }
    int status = mybpf__link_begin(&elf->link, elf->object, (size_t)slots, elf->error);
    if (status) return status;
    for (uint32_t i = 1; i < elf->section_count; i++) {
        const mybpf__elf_section *section = &elf->sections[i];
        if (section->kind == MYBPF__ELF_CODE)
            mybpf__copy(elf->link.insns + section->slot, section->bytes, (size_t)section->size);
    }
    return MYBPF_OK;
}

/* Is this symbol the name of a function? Assembly without `.type` has plain labels; local ones are
 * jump targets. */
MYBPF__COLD int mybpf__elf_is_func(const mybpf__elf *elf, const mybpf__elf_symbol *symbol)
{
    if (symbol->section >= elf->section_count || elf->sections[symbol->section].kind != MYBPF__ELF_CODE)
        return 0;
    if (symbol->type == STT_FUNC) return 1;
    return symbol->type == STT_NOTYPE && symbol->bind != STB_LOCAL &&
           symbol->value < elf->sections[symbol->section].size;
}

MYBPF__COLD int mybpf__elf_add_func(mybpf__elf *elf, const mybpf__elf_symbol *symbol, int is_program)
{
    mybpf__elf_section *section = &elf->sections[symbol->section];
    mybpf__link_func func;
    mybpf__zero(&func, sizeof func);
    if (symbol->value >= section->size || symbol->size > section->size - symbol->value || symbol->value % 8 ||
        symbol->size % 8)
        return MYBPF__ELF_BAD("function %s: %llu bytes at %llu do not fit section %s of %llu", symbol->name,
                              (unsigned long long)symbol->size, (unsigned long long)symbol->value,
                              section->name, (unsigned long long)section->size);
    section->has_func = 1;
    func.start = section->slot + (uint32_t)(symbol->value / 8);
    if (symbol->size) func.end = func.start + (uint32_t)(symbol->size / 8);
    func.name = symbol->name;
    if (elf->func_types) func.proto = mybpf__btf_proto(&elf->btf, elf->func_types[func.start]);
    if (is_program) {
        func.skip = section->name[0] == '?'; /* as libbpf: the rest is a name like any other */
        func.section = section->name + func.skip;
        func.type = mybpf__section_type(elf->object->vm, func.section);
    }
    return mybpf__link_add_func(&elf->link, &func, elf->error);
}

/* Which functions are programs: the global ones in sections of other names than .text, or, when there
 * is no such section, those in .text. */
MYBPF__COLD int mybpf__elf_is_program(const mybpf__elf *elf, const mybpf__elf_symbol *symbol, int only_text)
{
    const char *name = elf->sections[symbol->section].name;
    return symbol->bind != STB_LOCAL && mybpf__elf_is_text(name) == only_text;
}

/* A program section without any symbol is one program with the section's name. */
MYBPF__COLD int mybpf__elf_nameless(mybpf__elf *elf)
{
    for (uint32_t i = 1; i < elf->section_count; i++) {
        const mybpf__elf_section *section = &elf->sections[i];
        if (section->kind != MYBPF__ELF_CODE || mybpf__elf_is_text(section->name)) continue;
        mybpf__elf_symbol symbol = {section->name, 0, 0, i, STT_FUNC, STB_GLOBAL};
        int status = section->has_func ? MYBPF_OK : mybpf__elf_add_func(elf, &symbol, 1);
        if (status) return status;
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__elf_funcs(mybpf__elf *elf)
{
    int only_text = 1, programs = 0, status = MYBPF_OK;
    for (uint32_t i = 1; i < elf->section_count; i++)
        if (elf->sections[i].kind == MYBPF__ELF_CODE && !mybpf__elf_is_text(elf->sections[i].name))
            only_text = 0;
    for (uint32_t i = 1; !status && i < elf->symbol_count; i++) {
        mybpf__elf_symbol symbol;
        status = mybpf__elf_symbol_at(elf, i, &symbol);
        if (status || !mybpf__elf_is_func(elf, &symbol)) continue;
        int is_program = mybpf__elf_is_program(elf, &symbol, only_text);
        status = mybpf__elf_add_func(elf, &symbol, is_program);
        programs += is_program;
    }
    if (!status) status = mybpf__elf_nameless(elf);
    for (uint32_t i = 0; i < elf->link.func_count; i++) programs += elf->link.funcs[i].section != NULL;
    if (!status && !programs)
        return MYBPF__ELF_BAD("there is no program: no global function in a code section");
    return status;
}

/* ---- source lines ---- */

#    define MYBPF__RECENT_FILES                                                                              \
        8u /* a file's name is looked for among so many, so that many cost no search */

/* Index of the file with this path in the object's files; a new one when it is not among the latest. */
MYBPF__COLD uint32_t mybpf__elf_file(mybpf__elf *elf, const char *path)
{
    mybpf_object *object = elf->object;
    const char *name = path;
    for (; *path; path++)
        if (*path == '/') name = path + 1;
    mybpf__file file;
    mybpf__zero(&file, sizeof file);
    mybpf__copy(file.name, name, mybpf__length(name, sizeof file.name - 1));
    for (uint32_t i = object->file_count, n = MYBPF__RECENT_FILES; i && n; i--, n--)
        if (mybpf__same_text(object->files[i - 1].name, file.name)) return i - 1;
    void *files =
        mybpf__more(object->vm, object->files, object->file_count, &elf->file_capacity, sizeof file);
    if (!files) {
        elf->lines_full = 1;
        return 0;
    }
    object->files = (mybpf__file *)files;
    object->files[object->file_count] = file;
    return object->file_count++;
}

/* Records of one section stand together: it is looked for once. */
MYBPF__COLD const mybpf__elf_section *mybpf__elf_record_section(mybpf__elf *elf, const char *name)
{
    if (name != elf->record_name) {
        elf->record_name = name;
        elf->record_section = mybpf__elf_find(elf, name);
    }
    return elf->record_section;
}

MYBPF__COLD void mybpf__elf_line(void *user, const char *name, const uint8_t *record)
{
    mybpf__elf *elf = (mybpf__elf *)user;
    uint32_t offset = mybpf__btf_u32(record), text = mybpf__btf_u32(record + 8);
    mybpf_object *object = elf->object;
    const mybpf__elf_section *section = mybpf__elf_record_section(elf, name);
    if (elf->lines_full || !section || section->kind != MYBPF__ELF_CODE || offset >= section->size) return;
    void *lines = mybpf__more(object->vm, object->lines, object->line_count, &elf->line_capacity,
                              sizeof *object->lines);
    if (!lines) {
        elf->lines_full = 1;
        return;
    }
    object->lines = (mybpf__line *)lines;
    mybpf__line *added = &object->lines[object->line_count];
    added->file = mybpf__elf_file(elf, mybpf__btf_text(&elf->btf, mybpf__btf_u32(record + 4)));
    added->insn = section->slot + offset / 8;
    added->line = mybpf__btf_u32(record + 12) >> 10;
    added->text = text < elf->btf.string_size ? text : 0;
    if (!elf->lines_full) object->line_count++;
}

/* Records are in order within a section, and sections mostly too: few moves, whatever the file says
 * the order is made certain. */
MYBPF__COLD void mybpf__elf_sort_lines(mybpf_object *object)
{
    mybpf__line *lines = object->lines;
    for (uint32_t gap = object->line_count / 2; gap; gap /= 2)
        for (uint32_t i = gap; i < object->line_count; i++) {
            mybpf__line moving = lines[i];
            uint32_t j = i;
            for (; j >= gap && lines[j - gap].insn > moving.insn; j -= gap) lines[j] = lines[j - gap];
            lines[j] = moving;
        }
}

/* Which FUNC of BTF the function at a place is. */
MYBPF__COLD void mybpf__elf_func_type(void *user, const char *name, const uint8_t *record)
{
    mybpf__elf *elf = (mybpf__elf *)user;
    const mybpf__elf_section *section = mybpf__elf_record_section(elf, name);
    uint32_t offset = mybpf__btf_u32(record);
    if (!section || section->kind != MYBPF__ELF_CODE || offset >= section->size || offset % 8) return;
    elf->func_types[section->slot + offset / 8] = mybpf__btf_u32(record + 4);
}

MYBPF__COLD int mybpf__elf_types(mybpf__elf *elf)
{
    const mybpf__elf_section *btf = mybpf__elf_find(elf, ".BTF"), *ext = mybpf__elf_find(elf, ".BTF.ext");
    if (!btf || !btf->bytes) return MYBPF_OK;
    int status = mybpf__btf_open(&elf->btf, elf->object->vm, btf->bytes, btf->size, elf->error);
    if (status || !ext || !ext->bytes) return status;
    elf->func_types =
        (uint32_t *)mybpf__alloc(elf->object->vm, elf->link.count + 1u, sizeof *elf->func_types);
    if (!elf->func_types)
        return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for types of functions");
    status = mybpf__btf_records(&elf->btf, ext->bytes, ext->size, MYBPF__BTF_FUNCS, mybpf__elf_func_type, elf,
                                elf->error);
    if (status) return status;
    status = mybpf__btf_records(&elf->btf, ext->bytes, ext->size, MYBPF__BTF_LINES, mybpf__elf_line, elf,
                                elf->error);
    if (elf->lines_full)
        return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for source lines");
    mybpf__elf_sort_lines(elf->object);
    if (!status && elf->object->line_count) {
        char *text = (char *)mybpf__alloc(elf->object->vm, elf->btf.string_size + 1u, 1);
        if (!text)
            return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for source lines");
        mybpf__copy(text, elf->btf.strings, elf->btf.string_size);
        elf->object->line_text = text;
    }
    return status;
}

/* Does a program ask for memory as text, by its type? */
MYBPF__COLD int mybpf__elf_shows_types(const mybpf_object *object)
{
    for (uint32_t i = 0; i < object->insn_count; i += object->insns[i].code == 0x18 ? 2 : 1) {
        const mybpf_insn *insn = &object->insns[i];
        if (insn->code == 0x85 && !insn->src_reg && (insn->imm == 149 || insn->imm == 150)) return 1;
    }
    return 0;
}

/* Then the target's types stay, else the object's own. */
MYBPF__COLD int mybpf__elf_keep_types(mybpf__elf *elf)
{
    mybpf__btf *from = elf->target.offsets ? &elf->target : &elf->btf, *types;
    if (!from->offsets || !mybpf__elf_shows_types(elf->object)) return MYBPF_OK;
    types = (mybpf__btf *)mybpf__alloc(elf->object->vm,
                                       sizeof *types + (size_t)from->type_size + from->string_size, 1);
    if (!types)
        return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for types of %u bytes",
                           (unsigned)from->type_size);
    *types = *from;
    from->offsets = NULL;
    mybpf__copy(types + 1, types->types, types->type_size);
    types->types = (const uint8_t *)(types + 1);
    mybpf__copy((uint8_t *)(types + 1) + types->type_size, types->strings, types->string_size);
    types->strings = (const char *)types->types + types->type_size;
    elf->object->types = types;
    return MYBPF_OK;
}

/* ---- all of it ---- */

MYBPF__COLD int mybpf__elf_link(mybpf__elf *elf)
{
    int status = MYBPF_OK;
    for (uint32_t i = 1; !status && i < elf->section_count; i++) {
        const mybpf__elf_section *section = &elf->sections[i];
        if (section->kind != MYBPF__ELF_CODE) continue;
        status = mybpf__link_section(&elf->link, section->slot + (uint32_t)(section->size / 8), section->name,
                                     elf->error);
    }
    if (!status) status = mybpf__link_finish(&elf->link, elf->error);
    for (uint32_t i = 0; i < elf->object->program_count; i++)
        elf->object->programs[i].wants_type = !mybpf__elf_is_text(elf->object->programs[i].section);
    return status;
}

MYBPF__COLD int mybpf__open_elf(mybpf_object *object, const void *bytes, size_t size,
                                const mybpf_open_opts *opts, mybpf_error *error)
{
    typedef int (*step)(mybpf__elf *);
    static const step mybpf__steps[] = {mybpf__elf_header,   mybpf__elf_sections,      mybpf__elf_info,
                                        mybpf__elf_code,     mybpf__elf_types,         mybpf__elf_funcs,
                                        mybpf__elf_core,     mybpf__elf_declared_maps, mybpf__elf_globals,
                                        mybpf__elf_relocate, mybpf__elf_variables,     mybpf__elf_struct_ops,
                                        mybpf__elf_link,     mybpf__elf_keep_types};
    int status = MYBPF_OK;
    mybpf__elf *elf = (mybpf__elf *)mybpf__alloc(object->vm, 1, sizeof *elf);
    if (!elf) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory to read an ELF file");
    elf->object = object;
    elf->error = error;
    elf->opts = opts;
    elf->kconfig = -1;
    elf->bytes = (const uint8_t *)bytes;
    elf->size = size;
    for (size_t i = 0; !status && i < sizeof mybpf__steps / sizeof *mybpf__steps; i++)
        status = mybpf__steps[i](elf);
    if (elf->elf) elf_end(elf->elf);
    mybpf__link_free(&elf->link);
    mybpf__btf_close(&elf->btf);
    mybpf__btf_close(&elf->target);
    mybpf__free(object->vm, elf->externs);
    mybpf__free(object->vm, elf->func_types);
    mybpf__free(object->vm, elf->sections);
    mybpf__free(object->vm, elf);
    return status;
}

#endif
#endif
