/* elf_reloc.c: relocations. Instructions take maps, sections and functions in the indexed form of linked
 * code (insn.h); pointers in data are listed, and filled in when addresses are known. */
#ifndef MYBPF__ELF_RELOC_C
#define MYBPF__ELF_RELOC_C

#include "elf.h"

#ifndef MYBPF_NO_ELF

/* Relocation types of the BPF psABI; readelf has other names for the same numbers. */
enum {
    MYBPF__R_NONE = 0,
    MYBPF__R_64_64 = 1,    /* LDDW; in data of clang before version 13: 8 bytes */
    MYBPF__R_64_ABS64 = 2, /* 8 bytes of data */
    MYBPF__R_64_32 = 10    /* CALL */
};

typedef struct mybpf__elf_reloc {
    const char *section; /* it is applied to, for messages */
    uint64_t offset;     /* in that section */
    uint32_t type;
    int has_addend; /* RELA; else the addend is in the place itself */
    int64_t addend;
    mybpf__elf_symbol symbol;
} mybpf__elf_reloc;

/* What a symbol + addend is. */
typedef enum mybpf__elf_target_kind {
    MYBPF__ELF_TO_VALUE, /* `value`: an absolute symbol, or 0 for a weak one that is missing */
    MYBPF__ELF_TO_CODE,  /* `value`: slot in the linker's input */
    MYBPF__ELF_TO_MAP,   /* `map` */
    MYBPF__ELF_TO_GLOBAL /* `value` bytes into section map `map` */
} mybpf__elf_target_kind;

typedef struct mybpf__elf_target {
    mybpf__elf_target_kind kind;
    uint32_t map;
    uint64_t value;
} mybpf__elf_target;

MYBPF__COLD int mybpf__elf_reloc_bad(const mybpf__elf *elf, const mybpf__elf_reloc *reloc, int code,
                                     const char *why)
{
    return mybpf__fail(elf->error, code, MYBPF_NO_INSN, "section %s: offset %llu: reference to %s: %s",
                       reloc->section, (unsigned long long)reloc->offset, reloc->symbol.name, why);
}

/* ---- where symbols lead ---- */

MYBPF__COLD int mybpf__elf_to_map(mybpf__elf *elf, const mybpf__elf_reloc *reloc, uint64_t offset,
                                  mybpf__elf_target *target)
{
    for (uint32_t i = 0; i < elf->map_count; i++) {
        if (elf->maps[i].section != reloc->symbol.section || elf->maps[i].offset != offset) continue;
        target->kind = MYBPF__ELF_TO_MAP;
        target->map = elf->maps[i].index;
        return MYBPF_OK;
    }
    return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_FORMAT, "no map is declared there");
}

MYBPF__COLD int mybpf__elf_to_global(mybpf__elf *elf, const mybpf__elf_reloc *reloc, uint64_t offset,
                                     mybpf__elf_target *target)
{
    mybpf__elf_section *section = &elf->sections[reloc->symbol.section];
    if (offset > section->size)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_FORMAT, "it lies outside its section");
    int64_t map = mybpf__elf_section_map(elf, section);
    if (map < 0) return (int)map;
    target->kind = MYBPF__ELF_TO_GLOBAL;
    target->map = (uint32_t)map;
    target->value = offset;
    return MYBPF_OK;
}

/* The helper that a function which the object does not have is: of that name, with or without "bpf_". */
MYBPF__COLD const mybpf_helper *mybpf__elf_helper(const mybpf__elf *elf, const char *name)
{
    const mybpf_helper *helper = mybpf_helper_find_name(elf->object->vm, name);
    return helper || !mybpf__starts(name, "bpf_") ? helper
                                                  : mybpf_helper_find_name(elf->object->vm, name + 4);
}

/* May it be missing? */
MYBPF__COLD int mybpf__elf_is_weak(const mybpf__elf *elf, const mybpf__elf_reloc *reloc)
{
    return reloc->symbol.bind == STB_WEAK || (elf->opts && elf->opts->describe);
}

/* A symbol that the object does not define: the host's, or 0 where it is weak. Of a function a program asks
 * no more than whether it is there. */
MYBPF__COLD int mybpf__elf_missing(mybpf__elf *elf, const mybpf__elf_reloc *reloc, uint64_t offset,
                                   mybpf__elf_target *target)
{
    mybpf__elf_extern found;
    int weak = mybpf__elf_is_weak(elf, reloc);
    int status = mybpf__elf_extern_find(elf, reloc->symbol.name, weak, &found);
    const mybpf_helper *helper = status ? NULL : mybpf__elf_helper(elf, reloc->symbol.name);
    if (status < 0) return status;
    if (!status && !helper && !weak)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_NOT_FOUND,
                                    "neither the object nor the host defines this symbol");
    target->kind = MYBPF__ELF_TO_VALUE;
    target->value = helper ? helper->id : 0;
    if (!status) return MYBPF_OK;
    target->value = found.value + offset;
    if (found.map < 0) return MYBPF_OK;
    if (offset > found.size)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_FORMAT, "it lies outside its variable");
    target->kind = MYBPF__ELF_TO_GLOBAL;
    target->map = (uint32_t)found.map;
    if (!elf->object->slots[found.map].per_cpu) return MYBPF_OK;
    if (offset)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_UNSUPPORTED,
                                    "each CPU has its own: only the address of the whole is for bpf_per_cpu_ptr");
    target->kind = MYBPF__ELF_TO_MAP;
    return MYBPF_OK;
}

/* `addend` in bytes. */
MYBPF__COLD int mybpf__elf_resolve(mybpf__elf *elf, const mybpf__elf_reloc *reloc, int64_t addend,
                                   mybpf__elf_target *target)
{
    const mybpf__elf_symbol *symbol = &reloc->symbol;
    uint64_t offset = symbol->value + (uint64_t)addend;
    mybpf__zero(target, sizeof *target);
    if (symbol->section == SHN_UNDEF) return mybpf__elf_missing(elf, reloc, offset, target);
    if (symbol->section == SHN_COMMON)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_UNSUPPORTED,
                                    "a common symbol; compile with -fno-common");
    if (symbol->section == SHN_ABS) {
        target->value = offset;
        return MYBPF_OK;
    }
    const mybpf__elf_section *section = &elf->sections[symbol->section];
    switch (section->kind) {
    case MYBPF__ELF_CODE:
        if (offset % 8 || offset >= section->size)
            return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_FORMAT, "no instruction is there");
        target->kind = MYBPF__ELF_TO_CODE;
        target->value = section->slot + offset / 8;
        return MYBPF_OK;
    case MYBPF__ELF_LEGACY_MAPS:
    case MYBPF__ELF_BTF_MAPS: return mybpf__elf_to_map(elf, reloc, offset, target);
    case MYBPF__ELF_DATA: return mybpf__elf_to_global(elf, reloc, offset, target);
    default:
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_FORMAT, "its section is neither code nor data");
    }
}

/* ---- instructions ---- */

MYBPF__COLD int mybpf__elf_reloc_lddw(mybpf__elf *elf, const mybpf__elf_reloc *reloc, uint32_t slot)
{
    mybpf_insn *insn = &elf->link.insns[slot];
    mybpf__elf_target target;
    int64_t in_place = (int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn[0].imm);
    if (!insn[1].imm) in_place = insn[0].imm; /* older assemblers fill the first half alone */
    int status = mybpf__elf_resolve(elf, reloc, reloc->has_addend ? reloc->addend : in_place, &target);
    if (status) return status;
    insn[0].src_reg = 0;
    insn[0].imm = insn[1].imm = 0;
    elf->link.targets[slot] = MYBPF__NO_SLOT;
    switch (target.kind) {
    case MYBPF__ELF_TO_VALUE:
        insn[0].imm = (int32_t)(uint32_t)target.value;
        insn[1].imm = (int32_t)(uint32_t)(target.value >> 32);
        break;
    case MYBPF__ELF_TO_CODE:
        insn[0].src_reg = MYBPF_PSEUDO_FUNC;
        elf->link.targets[slot] = (uint32_t)target.value;
        break;
    case MYBPF__ELF_TO_MAP:
        insn[0].src_reg = MYBPF_PSEUDO_MAP_IDX;
        insn[0].imm = (int32_t)target.map;
        break;
    case MYBPF__ELF_TO_GLOBAL:
        insn[0].src_reg = MYBPF_PSEUDO_MAP_IDX_VALUE;
        insn[0].imm = (int32_t)target.map;
        insn[1].imm = (int32_t)(uint32_t)target.value;
        break;
    }
    return MYBPF_OK;
}

/* A call of a function that the object does not have; a weak one may be missing where the call is not
 * reached. */
MYBPF__COLD int mybpf__elf_reloc_helper(mybpf__elf *elf, const mybpf__elf_reloc *reloc, uint32_t slot)
{
    const mybpf_helper *helper = mybpf__elf_helper(elf, reloc->symbol.name);
    mybpf_insn *insn = &elf->link.insns[slot];
    char text[MYBPF__NOTE_MAX];
    if (!helper && mybpf__elf_is_weak(elf, reloc)) {
        mybpf__print(text, sizeof text, "function %s: neither the object nor the host defines it",
                     reloc->symbol.name);
        return mybpf__elf_poison(elf, slot, text);
    }
    if (!helper)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_NOT_FOUND,
                                    "neither the object nor a helper defines this function");
    insn->src_reg = 0;
    insn->imm = (int32_t)helper->id;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__elf_reloc_call(mybpf__elf *elf, const mybpf__elf_reloc *reloc, uint32_t slot)
{
    mybpf_insn *insn = &elf->link.insns[slot];
    mybpf__elf_target target;
    /* in place: instructions from the symbol, less one; -1 is the symbol itself */
    int64_t addend = reloc->has_addend ? reloc->addend : ((int64_t)insn->imm + 1) * 8;
    if (reloc->symbol.section == SHN_UNDEF) return mybpf__elf_reloc_helper(elf, reloc, slot);
    int status = mybpf__elf_resolve(elf, reloc, addend, &target);
    if (status) return status;
    if (target.kind != MYBPF__ELF_TO_CODE)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_NOT_FOUND,
                                    "a call to something that is no function here");
    insn->src_reg = 1;
    elf->link.targets[slot] = (uint32_t)target.value;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__elf_reloc_code(mybpf__elf *elf, const mybpf__elf_section *section,
                                      const mybpf__elf_reloc *reloc)
{
    if (reloc->offset % 8 || reloc->offset >= section->size)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_FORMAT, "no instruction is at this offset");
    uint32_t slot = section->slot + (uint32_t)(reloc->offset / 8);
    uint8_t code = elf->link.insns[slot].code;
    if (reloc->type == MYBPF__R_64_64 && code == 0x18 && section->size - reloc->offset >= 16)
        return mybpf__elf_reloc_lddw(elf, reloc, slot);
    if (reloc->type == MYBPF__R_64_32 && code == 0x85) return mybpf__elf_reloc_call(elf, reloc, slot);
    return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_UNSUPPORTED,
                                "the relocation's type does not fit the instruction");
}

/* ---- data ---- */

MYBPF__COLD int mybpf__elf_add_reloc(mybpf__elf *elf, const mybpf_data_reloc *reloc)
{
    mybpf_object *object = elf->object;
    void *relocs = mybpf__more(object->vm, object->relocs, object->reloc_count, &elf->reloc_capacity,
                               sizeof *object->relocs);
    if (!relocs) return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for relocations");
    object->relocs = (mybpf_data_reloc *)relocs;
    object->relocs[object->reloc_count++] = *reloc;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__elf_reloc_data(mybpf__elf *elf, const mybpf__elf_section *section,
                                      const mybpf__elf_reloc *reloc)
{
    mybpf__elf_target target;
    int64_t addend = reloc->addend;
    if (reloc->type != MYBPF__R_64_ABS64 && reloc->type != MYBPF__R_64_64)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_UNSUPPORTED,
                                    "only pointers of 8 bytes can be relocated in data");
    if (!section->bytes || section->size < 8 || reloc->offset > section->size - 8)
        return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_FORMAT, "the offset lies outside the section");
    if (!reloc->has_addend) mybpf__copy(&addend, section->bytes + reloc->offset, sizeof addend);
    int status = mybpf__elf_resolve(elf, reloc, addend, &target);
    if (status) return status;
    uint64_t in_place = target.kind == MYBPF__ELF_TO_VALUE ? target.value : 0;
    mybpf__copy(elf->object->slots[section->map].data + reloc->offset, &in_place, sizeof in_place);
    mybpf_data_reloc data = {(uint32_t)section->map, (uint32_t)reloc->offset, MYBPF_DATA_RELOC_FUNC,
                             (uint32_t)target.value, 0};
    switch (target.kind) {
    case MYBPF__ELF_TO_VALUE: return MYBPF_OK;
    case MYBPF__ELF_TO_CODE: return mybpf__elf_add_reloc(elf, &data);
    case MYBPF__ELF_TO_MAP: break;
    case MYBPF__ELF_TO_GLOBAL:
        data.kind = MYBPF_DATA_RELOC_MAP_VALUE;
        data.index = target.map;
        data.addend = (uint32_t)target.value;
        return mybpf__elf_add_reloc(elf, &data);
    }
    return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_UNSUPPORTED, "the address of a map in data");
}

/* Initial values in `.maps`: elements of a program array or of a map of maps. */
MYBPF__COLD int mybpf__elf_reloc_values(mybpf__elf *elf, const mybpf__elf_section *section,
                                        const mybpf__elf_reloc *reloc)
{
    mybpf__elf_target target;
    for (uint32_t i = 0; i < elf->map_count; i++) {
        const mybpf__elf_map *map = &elf->maps[i];
        if (!map->values || &elf->sections[map->section] != section) continue;
        if (reloc->offset < map->values || reloc->offset - map->offset >= map->size) continue;
        int status = mybpf__elf_resolve(elf, reloc, 0, &target);
        if (status) return status;
        if (target.kind != (map->programs ? MYBPF__ELF_TO_CODE : MYBPF__ELF_TO_MAP) ||
            (reloc->offset - map->values) % 8)
            break;
        mybpf_data_reloc element = {map->index, (uint32_t)((reloc->offset - map->values) / 8),
                                    map->programs ? MYBPF_DATA_RELOC_PROGRAM : MYBPF_DATA_RELOC_MAP,
                                    map->programs ? (uint32_t)target.value : target.map, 0};
        return mybpf__elf_add_reloc(elf, &element);
    }
    return mybpf__elf_reloc_bad(elf, reloc, MYBPF_ERR_UNSUPPORTED, "it cannot be an initial value of a map");
}

/* ---- sections of relocations ---- */

/* Record `index` of a SHT_REL or SHT_RELA section; `size` is its length. */
MYBPF__COLD int mybpf__elf_reloc_at(mybpf__elf *elf, const uint8_t *at, const mybpf__elf_section *to,
                                    int has_addend, mybpf__elf_reloc *reloc)
{
    Elf64_Rela record;
    mybpf__zero(&record, sizeof record);
    mybpf__copy(&record, at, has_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel));
    reloc->section = to->name;
    reloc->offset = record.r_offset;
    reloc->type = (uint32_t)ELF64_R_TYPE(record.r_info);
    reloc->has_addend = has_addend;
    reloc->addend = record.r_addend;
    if (reloc->type == MYBPF__R_NONE) return MYBPF_OK;
    return mybpf__elf_symbol_at(elf, (uint32_t)ELF64_R_SYM(record.r_info), &reloc->symbol);
}

MYBPF__COLD int mybpf__elf_reloc_section(mybpf__elf *elf, const mybpf__elf_section *from,
                                         mybpf__elf_section *to)
{
    int has_addend = from->type == SHT_RELA, status = MYBPF_OK;
    size_t length = has_addend ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel);
    if (from->link != elf->symbol_table)
        return MYBPF__ELF_BAD("section %s: section %u is not the symbol table", from->name,
                              (unsigned)from->link);
    if (from->size % length)
        return MYBPF__ELF_BAD("section %s: %llu bytes are no whole number of relocations", from->name,
                              (unsigned long long)from->size);
    for (uint64_t at = 0; !status && at < from->size; at += length) {
        mybpf__elf_reloc reloc;
        status = mybpf__elf_reloc_at(elf, from->bytes + at, to, has_addend, &reloc);
        if (status || reloc.type == MYBPF__R_NONE) continue;
        if (to->kind == MYBPF__ELF_CODE)
            status = mybpf__elf_reloc_code(elf, to, &reloc);
        else if (to->kind == MYBPF__ELF_DATA)
            status = mybpf__elf_reloc_data(elf, to, &reloc);
        else
            status = mybpf__elf_reloc_values(elf, to, &reloc);
    }
    return status;
}

/* Is this a relocation section whose target we use now? Data counts from the moment it is a map. */
MYBPF__COLD mybpf__elf_section *mybpf__elf_reloc_target(mybpf__elf *elf, const mybpf__elf_section *from,
                                                        int data)
{
    if (from->type != SHT_REL && from->type != SHT_RELA) return NULL;
    mybpf__elf_section *to = &elf->sections[from->info];
    if (to->kind == MYBPF__ELF_DATA) return data && to->map >= 0 && !from->used ? to : NULL;
    return !data && (to->kind == MYBPF__ELF_CODE || to->kind == MYBPF__ELF_BTF_MAPS) ? to : NULL;
}

/* One pass over the relocation sections for code, or for data; how many were applied, or an error. */
MYBPF__COLD int mybpf__elf_reloc_pass(mybpf__elf *elf, int data)
{
    int count = 0;
    for (uint32_t i = 1; i < elf->section_count; i++) {
        mybpf__elf_section *from = &elf->sections[i], *to = mybpf__elf_reloc_target(elf, from, data);
        if (!to) continue;
        if (to->used)
            return MYBPF__ELF_BAD("section %s: %s is not the first to hold its relocations", to->name,
                                  from->name);
        from->used = to->used = 1;
        int status = mybpf__elf_reloc_section(elf, from, to);
        if (status) return status;
        count++;
    }
    return count;
}

/* A call of a kernel function by its number in the target's types, as linkers and loaders leave it: the
 * helper of its name. */
MYBPF__COLD int mybpf__elf_kfunc(mybpf__elf *elf, uint32_t slot)
{
    mybpf_insn *insn = &elf->link.insns[slot];
    mybpf__btf_type type = mybpf__btf_type_at(&elf->target, (uint32_t)insn->imm);
    const char *name = mybpf__btf_text(&elf->target, type.name);
    const mybpf_helper *helper = type.kind == MYBPF__BTF_FUNC ? mybpf__elf_helper(elf, name) : NULL;
    char text[MYBPF__NOTE_MAX];
    if (!elf->target.count) return MYBPF_OK; /* the verifier refuses it */
    if (!helper) {
        if (type.kind == MYBPF__BTF_FUNC)
            mybpf__print(text, sizeof text, "kernel function %d %s: the host has no helper of this name",
                         (int)insn->imm, name);
        else
            mybpf__print(text, sizeof text, "kernel function %d: the target's types have no such function",
                         (int)insn->imm);
        return mybpf__elf_poison(elf, slot, text);
    }
    insn->src_reg = 0;
    insn->imm = (int32_t)helper->id;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__elf_kfuncs(mybpf__elf *elf)
{
    int status = MYBPF_OK;
    for (uint32_t i = 0; !status && i < elf->link.count; i++) {
        const mybpf_insn *insn = &elf->link.insns[i];
        if (insn->code == 0x85 && insn->src_reg == 2) status = mybpf__elf_kfunc(elf, i);
        if (insn->code == 0x18) i++;
    }
    return status;
}

MYBPF__COLD int mybpf__elf_relocate(mybpf__elf *elf)
{
    int count = mybpf__elf_reloc_pass(elf, 0);
    if (count < 0) return count;
    do count = mybpf__elf_reloc_pass(elf, 1); /* data may bring further data into use, and so on */
    while (count > 0);
    return count < 0 ? count : mybpf__elf_kfuncs(elf);
}

#    undef MYBPF__ELF_BAD

#endif
#endif
