/* elf_maps.c: the maps an ELF object declares: legacy `maps` sections of struct bpf_map_def (libbpf
 * before 1.0, iproute2, the kernel's samples) and the BTF-defined ones of `.maps`. */
#ifndef MYBPF__ELF_MAPS_C
#define MYBPF__ELF_MAPS_C

#include "elf.h"

#ifndef MYBPF_NO_ELF

MYBPF__COLD int mybpf__elf_add_map(mybpf__elf *elf, const mybpf_map_desc *desc,
                                   const mybpf__elf_symbol *symbol, uint64_t size, uint64_t values)
{
    if (elf->map_count == MYBPF_MAX_MAPS)
        return mybpf__fail(elf->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "there are more than %d maps",
                           MYBPF_MAX_MAPS);
    int64_t index = mybpf__add_map(elf->object, desc, elf->error);
    if (index < 0) return (int)index;
    mybpf__elf_map *map = &elf->maps[elf->map_count++];
    map->section = symbol->section;
    map->index = (uint32_t)index;
    map->offset = symbol->value;
    map->size = size;
    map->values = values;
    return MYBPF_OK;
}

/* ---- legacy ---- */

/* Bytes from `symbol` to the next symbol of its section, or to the section's end. */
MYBPF__COLD int mybpf__elf_room(mybpf__elf *elf, const mybpf__elf_symbol *symbol, uint64_t *room)
{
    uint64_t end = elf->sections[symbol->section].size;
    for (uint32_t i = 1; i < elf->symbol_count; i++) {
        mybpf__elf_symbol other;
        int status = mybpf__elf_symbol_at(elf, i, &other);
        if (status) return status;
        if (other.section == symbol->section && other.value > symbol->value && other.value < end)
            end = other.value;
    }
    *room = symbol->value < end ? end - symbol->value : 0;
    return MYBPF_OK;
}

/* struct bpf_map_def begins with these, and is so long for libbpf. In the kernel's samples the index of the
 * inner map follows, then the NUMA node; iproute2 has more. */
enum {
    MYBPF__DEF_TYPE,
    MYBPF__DEF_KEY,
    MYBPF__DEF_VALUE,
    MYBPF__DEF_ENTRIES,
    MYBPF__DEF_FLAGS,
    MYBPF__DEF_FIELDS,
    MYBPF__DEF_INNER = MYBPF__DEF_FIELDS,
    MYBPF__DEF_SAMPLE_FIELDS = 7,
    MYBPF__DEF_ID = MYBPF__DEF_FIELDS,
    MYBPF__DEF_PINNING, /* 2: in the global name space */
    MYBPF__DEF_INNER_ID,
    MYBPF__DEF_INNER_INDEX,
    MYBPF__DEF_IPROUTE2_FIELDS
};

MYBPF__COLD int mybpf__elf_legacy_map(mybpf__elf *elf, const mybpf__elf_symbol *symbol)
{
    const mybpf__elf_section *section = &elf->sections[symbol->section];
    uint32_t field[MYBPF__DEF_IPROUTE2_FIELDS] = {0, 0, 0, 0, 0, 0, 0, 0, 0};
    uint64_t room;
    mybpf_map_desc desc;
    mybpf__zero(&desc, sizeof desc);
    int status = mybpf__elf_room(elf, symbol, &room);
    if (status) return status;
    if (room < 16 || !section->bytes) /* a definition without flags is the shortest */
        return MYBPF__ELF_BAD("map %s: %llu bytes in section %s are too few for a definition", symbol->name,
                              (unsigned long long)room, section->name);
    mybpf__copy(field, section->bytes + symbol->value,
                room < sizeof field ? (size_t)room & ~(size_t)3 : sizeof field);
    desc.type = field[MYBPF__DEF_TYPE];
    desc.key_size = field[MYBPF__DEF_KEY];
    desc.value_size = field[MYBPF__DEF_VALUE];
    desc.max_entries = field[MYBPF__DEF_ENTRIES];
    desc.flags = field[MYBPF__DEF_FLAGS];
    if (mybpf__print(desc.name, sizeof desc.name, "%s", symbol->name) >= sizeof desc.name)
        return mybpf__fail(elf->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "map name %s is longer than %d bytes",
                           symbol->name, MYBPF_NAME_MAX - 1);
    status = mybpf__elf_add_map(elf, &desc, symbol, room, 0);
    if (status) return status;
    mybpf__elf_map *map = &elf->maps[elf->map_count - 1];
    map->legacy = 1;
    map->by_id = room >= sizeof field;
    map->id = field[MYBPF__DEF_ID];
    map->inner = field[map->by_id ? MYBPF__DEF_INNER_ID : MYBPF__DEF_INNER];
#    ifndef MYBPF_NO_MAP_TYPES
    elf->object->slots[map->index].pin = map->by_id && field[MYBPF__DEF_PINNING] == 2;
    if ((desc.type == MYBPF_MAP_TYPE_ARRAY_OF_MAPS || desc.type == MYBPF_MAP_TYPE_HASH_OF_MAPS) &&
        !desc.value_size)
        elf->object->slots[map->index].desc.value_size = 4;
#    endif
    return MYBPF_OK;
}

/* ---- BTF-defined ---- */

/* The variable's symbol in the section `.maps`. */
MYBPF__COLD int mybpf__elf_map_symbol(mybpf__elf *elf, const char *name, mybpf__elf_symbol *symbol)
{
    for (uint32_t i = 1; i < elf->symbol_count; i++) {
        int status = mybpf__elf_symbol_at(elf, i, symbol);
        if (status) return status;
        if (symbol->section < elf->section_count &&
            elf->sections[symbol->section].kind == MYBPF__ELF_BTF_MAPS && symbol->type != STT_SECTION &&
            mybpf__same_text(symbol->name, name))
            return MYBPF_OK;
    }
    return MYBPF__ELF_BAD("map %s: there is no symbol of this name in section .maps", name);
}

#    ifndef MYBPF_NO_MAP_TYPES
/* What the maps in a map are like. */
MYBPF__COLD int mybpf__elf_inner(mybpf__elf *elf, uint32_t index, const mybpf_map_desc *inner)
{
    mybpf__map_slot *slot = &elf->object->slots[index];
    slot->inner = (mybpf_map_desc *)mybpf__alloc(elf->object->vm, 1, sizeof *slot->inner);
    if (!slot->inner)
        return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for map %s",
                           slot->desc.name);
    *slot->inner = *inner;
    slot->desc.inner = slot->inner;
    return MYBPF_OK;
}
#    endif

#    ifndef MYBPF_NO_MAP_TYPES
/* Where values hold objects. */
MYBPF__COLD int mybpf__elf_kptrs(mybpf__elf *elf, uint32_t index, const mybpf__btf_map *map)
{
    mybpf__map_slot *slot = &elf->object->slots[index];
#        ifndef MYBPF_NO_PROVER
    if (!map->kptr_count) return MYBPF_OK;
    slot->kptrs = (mybpf__kptr_decl *)mybpf__alloc(elf->object->vm, map->kptr_count, sizeof *slot->kptrs);
    if (!slot->kptrs)
        return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for map %s",
                           slot->desc.name);
    mybpf__copy(slot->kptrs, map->kptrs, map->kptr_count * sizeof *slot->kptrs);
    slot->kptr_count = map->kptr_count;
#        else
    (void)slot, (void)map;
#        endif
    return MYBPF_OK;
}

/* The place of a legacy map among those of its section. */
MYBPF__COLD uint32_t mybpf__elf_map_place(const mybpf__elf *elf, const mybpf__elf_map *map)
{
    uint32_t place = 0;
    for (uint32_t i = 0; i < elf->map_count; i++)
        place +=
            elf->maps[i].legacy && elf->maps[i].section == map->section && elf->maps[i].offset < map->offset;
    return place;
}

/* Legacy maps of maps name one that is like those in them. Where it is not there, the host describes it. */
MYBPF__COLD int mybpf__elf_legacy_inner(mybpf__elf *elf)
{
    for (uint32_t i = 0; i < elf->map_count; i++) {
        const mybpf__elf_map *outer = &elf->maps[i];
        uint32_t type = elf->object->slots[outer->index].desc.type;
        if (!outer->legacy || (type != MYBPF_MAP_TYPE_ARRAY_OF_MAPS && type != MYBPF_MAP_TYPE_HASH_OF_MAPS))
            continue;
        if (outer->by_id ? !outer->inner : outer->size < 4 * MYBPF__DEF_SAMPLE_FIELDS) continue;
        for (uint32_t k = 0; k < elf->map_count; k++) {
            const mybpf__elf_map *inner = &elf->maps[k];
            if (k == i || !inner->legacy || inner->section != outer->section) continue;
            if ((outer->by_id ? inner->id : mybpf__elf_map_place(elf, inner)) != outer->inner) continue;
            int status = mybpf__elf_inner(elf, outer->index, &elf->object->slots[inner->index].desc);
            if (status) return status;
            break;
        }
    }
    return MYBPF_OK;
}
#    endif

MYBPF__COLD int mybpf__elf_btf_maps(mybpf__elf *elf)
{
    mybpf__btf_map map;
    int found = 1;
    for (uint32_t i = 0; found == 1; i++) {
        mybpf__elf_symbol symbol;
        found = mybpf__btf_map_at(&elf->btf, i, &map, elf->error);
        if (found != 1) break;
        int status = mybpf__elf_map_symbol(elf, map.desc.name, &symbol);
        if (status) return status;
        const mybpf__elf_section *section = &elf->sections[symbol.section];
        if (symbol.value > section->size || symbol.size > section->size - symbol.value ||
            map.values_offset > symbol.size)
            return MYBPF__ELF_BAD("map %s lies outside section .maps", map.desc.name);
        uint64_t values = map.values_offset ? symbol.value + map.values_offset : 0;
        status = mybpf__elf_add_map(elf, &map.desc, &symbol, symbol.size, values);
        if (status) return status;
#    ifndef MYBPF_NO_PROVER
        elf->object->slots[elf->maps[elf->map_count - 1].index].lock = map.lock;
        elf->object->slots[elf->maps[elf->map_count - 1].index].timer = map.timer;
#    endif
        elf->maps[elf->map_count - 1].programs = map.values_are_programs;
#    ifndef MYBPF_NO_MAP_TYPES
        elf->object->slots[elf->maps[elf->map_count - 1].index].pin = (int)map.pin;
        status = mybpf__elf_kptrs(elf, elf->maps[elf->map_count - 1].index, &map);
        if (!status && map.values_type)
            status = mybpf__elf_inner(elf, elf->maps[elf->map_count - 1].index, &map.inner);
        if (status) return status;
#    endif
    }
    return found;
}

MYBPF__COLD int mybpf__elf_declared_maps(mybpf__elf *elf)
{
    const mybpf__elf_section *declared = mybpf__elf_find(elf, ".maps");
    int status = MYBPF_OK;
    for (uint32_t i = 1; !status && i < elf->symbol_count; i++) {
        mybpf__elf_symbol symbol;
        status = mybpf__elf_symbol_at(elf, i, &symbol);
        if (status || symbol.section >= elf->section_count || symbol.type == STT_SECTION || !symbol.name[0])
            continue;
        if (elf->sections[symbol.section].kind == MYBPF__ELF_LEGACY_MAPS)
            status = mybpf__elf_legacy_map(elf, &symbol);
    }
#    ifndef MYBPF_NO_MAP_TYPES
    if (!status) status = mybpf__elf_legacy_inner(elf);
#    endif
    if (status || !declared || !declared->size) return status;
    return mybpf__elf_btf_maps(elf);
}

#endif
#endif
