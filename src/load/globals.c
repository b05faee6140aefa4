/* globals.c: the global variables of an ELF object, by name. */
#ifndef MYBPF__GLOBALS_C
#define MYBPF__GLOBALS_C

#include "../map/map_impl.h"
#include "elf.h"

#ifndef MYBPF_NO_ELF

/* Is this symbol a variable that other files could name, in a section that is a map? */
MYBPF__COLD int mybpf__elf_is_global(const mybpf__elf *elf, const mybpf__elf_symbol *symbol)
{
    const mybpf__elf_section *section;
    if (symbol->type != STT_OBJECT || symbol->bind == STB_LOCAL || symbol->section >= elf->section_count)
        return 0;
    section = &elf->sections[symbol->section];
    return section->kind == MYBPF__ELF_DATA && section->map >= 0 && symbol->size &&
           symbol->size <= section->size && symbol->value <= section->size - symbol->size &&
           mybpf__length(symbol->name, MYBPF_NAME_MAX) < MYBPF_NAME_MAX;
}

/* Once every section that is used has its map. */
MYBPF__COLD int mybpf__elf_variables(mybpf__elf *elf)
{
    mybpf_object *object = elf->object;
    uint32_t capacity = 0;
    for (uint32_t i = 1; i < elf->symbol_count; i++) {
        mybpf__elf_symbol symbol;
        int status = mybpf__elf_symbol_at(elf, i, &symbol);
        void *globals;
        mybpf__global *added;
        if (status) return status;
        if (!mybpf__elf_is_global(elf, &symbol)) continue;
        globals = mybpf__more(object->vm, object->globals, object->global_count, &capacity, sizeof *added);
        if (!globals)
            return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN,
                               "no memory for the names of globals");
        object->globals = (mybpf__global *)globals;
        added = &object->globals[object->global_count++];
        mybpf__zero(added, sizeof *added);
        mybpf__copy(added->name, symbol.name, mybpf__length(symbol.name, MYBPF_NAME_MAX));
        added->map = (uint32_t)elf->sections[symbol.section].map;
        added->offset = (uint32_t)symbol.value;
        added->size = (uint32_t)symbol.size;
    }
    return MYBPF_OK;
}

MYBPF_API int mybpf_object_global(const mybpf_object *object, size_t index, mybpf_global *global)
{
    if (index >= object->global_count) return 0;
    global->name = object->globals[index].name;
    global->map = object->globals[index].map;
    global->offset = object->globals[index].offset;
    global->size = object->globals[index].size;
    return 1;
}

MYBPF_API void *mybpf_object_find_global(mybpf_object *object, const char *name, size_t *size)
{
    for (uint32_t i = 0; i < object->global_count; i++) {
        const mybpf__global *global = &object->globals[i];
        mybpf__map_slot *slot = &object->slots[global->map];
        uint8_t *memory;
        if (!mybpf__same_text(global->name, name)) continue;
        if (size) *size = global->size;
        if (!object->loaded && !slot->data) slot->data = mybpf__section_alloc(object->vm, slot->size);
        memory = object->loaded ? (uint8_t *)mybpf__map_base(slot->map) : slot->data;
        return memory ? memory + global->offset : NULL;
    }
    return NULL;
}

#endif
#endif
