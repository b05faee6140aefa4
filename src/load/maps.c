/* maps.c: what a load makes of an object's maps: sections with their contents, declared maps, those that are
 * shared by name, and the pointers in all of them. */
#ifndef MYBPF__LOAD_MAPS_C
#define MYBPF__LOAD_MAPS_C

#include "../map/arena.h"
#include "../map/map_impl.h"
#include "object_impl.h"

#if MYBPF__FILES
/* The map of a global section, with the section's contents. Of its description a host may change the
 * size: a larger one leaves room behind the last variable. */
MYBPF__COLD int mybpf__load_section(mybpf_object *object, mybpf__map_slot *slot, mybpf_error *error)
{
    uint32_t type = MYBPF_MAP_TYPE_ARRAY;
#    ifndef MYBPF_NO_ELF
    if (slot->per_cpu) type = MYBPF_MAP_TYPE_PERCPU_ARRAY;
#    endif
    if (slot->desc.value_size < slot->size || slot->desc.type != type || slot->desc.key_size != 4 ||
        slot->desc.max_entries != 1)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "section %s is an array of one entry with at least %u bytes", slot->desc.name,
                           (unsigned)slot->size);
#    ifndef MYBPF_NO_ELF
    if (slot->host && slot->desc.value_size != slot->size)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "%s is the host's variable of %u bytes",
                           slot->desc.name, (unsigned)slot->size);
#    endif
    int status = mybpf_map_create(object->vm, &slot->desc, &slot->map, error);
    if (status) return status;
    slot->map->is_section = 1;
#    ifndef MYBPF_NO_ELF
    if (slot->host) {
        mybpf__map_data_free(slot->map);
        slot->map->data = slot->host;
        slot->map->is_section = MYBPF__HOST_SECTION;
        return MYBPF_OK;
    }
#    endif
    if (slot->data) mybpf__copy(mybpf__map_base(slot->map), slot->data, slot->size);
#    ifndef MYBPF_NO_MAP_TYPES
    slot->map->frozen = (uint32_t)slot->read_only; /* the verifier relies on it */
#    endif
    return MYBPF_OK;
}

/* A slot of a program array that the file fills. */
MYBPF__COLD int mybpf__load_program_slot(mybpf_object *object, const mybpf_data_reloc *reloc,
                                         mybpf_error *error)
{
    const mybpf_program *program = NULL;
    for (uint32_t i = 0; i < object->program_count; i++)
        if (object->programs[i].func == reloc->index) program = &object->programs[i];
    if (program && !mybpf__program_taken(program))
        return mybpf__fail(
            error, MYBPF_ERR_STATE, MYBPF_NO_INSN, "map %s: its element %u, program %s, is not to be loaded",
            object->slots[reloc->map].desc.name, (unsigned)reloc->offset, mybpf_program_name(program));
    if (program && !mybpf_map_update(object->maps[reloc->map], &reloc->offset, &program, MYBPF_ANY))
        return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                       "map %s: function %s cannot be its element %u", object->slots[reloc->map].desc.name,
                       object->funcs[reloc->index].name, (unsigned)reloc->offset);
}

/* A map in a map of maps. */
MYBPF__COLD int mybpf__load_map_slot(mybpf_object *object, const mybpf_data_reloc *reloc, mybpf_error *error)
{
    mybpf_map *outer = object->maps[reloc->map];
    int status = outer->desc.key_size == 4
                     ? mybpf_map_update(outer, &reloc->offset, &object->maps[reloc->index], MYBPF_ANY)
                     : -MYBPF__EINVAL;
    if (!status) return MYBPF_OK;
    return mybpf__fail(error, status == -MYBPF__ENOMEM ? MYBPF_ERR_MEMORY : MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                       "map %s: map %s cannot be its element %u", outer->desc.name,
                       object->slots[reloc->index].desc.name, (unsigned)reloc->offset);
}

MYBPF__COLD int mybpf__load_reloc(mybpf_object *object, const mybpf_data_reloc *reloc, mybpf_error *error)
{
    if (reloc->kind == MYBPF_DATA_RELOC_PROGRAM) return mybpf__load_program_slot(object, reloc, error);
    if (reloc->kind == MYBPF_DATA_RELOC_MAP) return mybpf__load_map_slot(object, reloc, error);
    uint64_t value =
        mybpf__address(&object->func_descs[reloc->kind == MYBPF_DATA_RELOC_FUNC ? reloc->index : 0]);
    if (reloc->kind == MYBPF_DATA_RELOC_MAP_VALUE)
        value = mybpf__address(mybpf__map_base(object->maps[reloc->index])) + reloc->addend;
    mybpf__copy((uint8_t *)mybpf__map_base(object->maps[reloc->map]) + reloc->offset, &value, sizeof value);
    return MYBPF_OK;
}
#else
#    define mybpf__load_section(object, slot, error) (MYBPF_OK)
#    define mybpf__load_reloc(object, reloc, error)  (MYBPF_OK)
#endif

#ifdef MYBPF_NO_MAP_TYPES
#    define mybpf__load_map(object, slot, error)                                                             \
        mybpf_map_create((object)->vm, &(slot)->desc, &(slot)->map, error)
#    define mybpf__load_pins(object, error) MYBPF_OK
#else
/* What loaders make of a declaration that leaves open what only one value fits: libbpf, and cilium's. */
MYBPF__COLD void mybpf__map_defaults(const mybpf_vm *vm, mybpf_map_desc *desc)
{
    uint32_t pages = 1;
    if (desc->type == MYBPF_MAP_TYPE_PERF_EVENT_ARRAY) {
        desc->key_size = desc->value_size = 4;
        if (!desc->max_entries) desc->max_entries = mybpf_cpu_count(vm);
    }
    if (desc->type != MYBPF_MAP_TYPE_RINGBUF && desc->type != MYBPF_MAP_TYPE_USER_RINGBUF) return;
    desc->key_size = desc->value_size = 0;
    while (pages < 1u << 19 && pages * 4096u < desc->max_entries) pages *= 2;
    if (desc->max_entries)
        desc->max_entries = pages * 4096u < desc->max_entries ? desc->max_entries : pages * 4096u;
}

MYBPF__COLD int mybpf__same_map(const mybpf_map_desc *a, const mybpf_map_desc *b)
{
    return a->type == b->type && a->key_size == b->key_size && a->value_size == b->value_size &&
           a->max_entries == b->max_entries && a->flags == b->flags && a->extra == b->extra;
}

/* The map of this name that the vm has, when it is as the object declares it. */
MYBPF__COLD int mybpf__load_pinned(mybpf_object *object, mybpf__map_slot *slot, mybpf_error *error)
{
    const mybpf_map_desc *have, *want = &slot->desc;
    mybpf_map *map = mybpf_map_pinned(object->vm, want->name);
    if (!map) return MYBPF_OK;
    slot->map = map; /* close gives it back */
    have = mybpf_map_describe(map);
    int same = mybpf__same_map(have, want) && !have->inner == !want->inner &&
               (!want->inner || mybpf__same_map(have->inner, want->inner));
#    ifndef MYBPF_NO_PROVER
    same = same && mybpf_map_lock(map) == slot->lock;
#    endif
    if (same) return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN,
                       "map %s: the one that is pinned has type %s, key %u, value %u, %u entries, flags 0x%x",
                       want->name, mybpf_map_type_name(have->type), (unsigned)have->key_size,
                       (unsigned)have->value_size, (unsigned)have->max_entries, (unsigned)have->flags);
}

#    ifndef MYBPF_NO_PROVER
/* What the map's values hold; a map that others have already has all of it, for their programs were verified.
 */
MYBPF__COLD int mybpf__load_kptrs(mybpf_object *object, const mybpf__map_slot *slot, int shared,
                                  mybpf_error *error)
{
    uint32_t have = slot->map->kptr_count;
    for (uint32_t i = 0; i < slot->kptr_count; i++) {
        const mybpf__kptr_decl *decl = &slot->kptrs[i];
        const mybpf_object_kind *kind = mybpf__kind_find(object->vm, 0, decl->name);
        int status;
        if (!kind)
            return mybpf__fail(error, MYBPF_ERR_NOT_FOUND, MYBPF_NO_INSN,
                               "map %s: values hold a struct %s, a kind of objects that the host has not "
                               "registered (mybpf_object_kind_register)",
                               slot->desc.name, decl->name);
        status = mybpf__map_add_kptr(slot->map, decl->at, kind, error);
        if (status) return status;
    }
    if (!shared || have == slot->map->kptr_count) return MYBPF_OK;
    slot->map->kptr_count = have;
    return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN,
                       "map %s: values of the one that is pinned hold no struct %s at %u", slot->desc.name,
                       slot->kptrs[0].name, (unsigned)slot->kptrs[0].at);
}
#    else
#        define mybpf__load_kptrs(object, slot, shared, error) MYBPF_OK
#    endif

/* The pages at an arena's beginning, with the object's variables. */
MYBPF__COLD int mybpf__load_arena(const mybpf__map_slot *slot, mybpf_error *error)
{
    uint8_t *memory = (uint8_t *)slot->map->data;
    if (slot->desc.type == MYBPF_MAP_TYPE_ARENA &&
        mybpf_arena_alloc_pages(slot->map, memory,
                                (uint32_t)(mybpf__map_whole_pages(slot->size) / MYBPF_MAP_PAGE))) {
        mybpf__copy(memory, slot->data, slot->size);
        return MYBPF_OK;
    }
    return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                       "map %s: it is no arena with room for %u bytes of variables", slot->desc.name,
                       (unsigned)slot->size);
}

MYBPF__COLD int mybpf__load_map(mybpf_object *object, mybpf__map_slot *slot, mybpf_error *error)
{
    int status = MYBPF_OK, shared;
    mybpf__map_defaults(object->vm, &slot->desc);
    if (slot->pin) status = mybpf__load_pinned(object, slot, error);
    if (status) return status;
    shared = slot->map != NULL;
    slot->made = slot->pin && !shared;
    if (!shared) status = mybpf_map_create(object->vm, &slot->desc, &slot->map, error);
    if (!status && !shared && slot->data)
        status = mybpf__load_arena(slot, error); /* one that is pinned has its own */
    return status ? status : mybpf__load_kptrs(object, slot, shared, error);
}

/* Once nothing can fail any more but this. */
MYBPF__COLD int mybpf__load_pins(mybpf_object *object, mybpf_error *error)
{
    for (uint32_t i = 0; i < object->slot_count; i++) {
        mybpf__map_slot *slot = &object->slots[i];
        int rc = slot->made ? mybpf_map_pin(slot->map, NULL) : 0;
        if (!rc) continue;
        while (i--)
            if (object->slots[i].made) (void)mybpf_map_unpin(object->vm, object->slots[i].desc.name);
        return mybpf__fail(error, rc == -MYBPF__ENOMEM ? MYBPF_ERR_MEMORY : MYBPF_ERR_EXISTS, MYBPF_NO_INSN,
                           "map %s cannot be pinned: %s", slot->desc.name,
                           rc == -MYBPF__ENOMEM ? "no memory" : "another load has pinned one meanwhile");
    }
    return MYBPF_OK;
}
#endif

MYBPF__COLD int mybpf__load_maps(mybpf_object *object, mybpf_error *error)
{
    for (uint32_t i = 0; i < object->slot_count; i++) {
        mybpf__map_slot *slot = &object->slots[i];
        int status = MYBPF_OK;
        if (slot->is_section)
            status = mybpf__load_section(object, slot, error);
        else if (!slot->map)
            status = mybpf__load_map(object, slot, error);
#ifndef MYBPF_NO_PROVER
        if (!status && slot->lock) status = mybpf_map_set_lock(slot->map, slot->lock - 1, error);
        if (!status && slot->timer) status = mybpf_map_set_timer(slot->map, slot->timer - 1, error);
#endif
        if (status) return status;
        object->maps[i] = slot->map;
#ifndef MYBPF_NO_MAP_TYPES
        if (MYBPF__MAP_IS(slot->map, MYBPF__MAP_DEFERS)) object->defers = 1;
        if (slot->map->inner) object->has_inner = 1;
#endif
    }
    return MYBPF_OK;
}

/* Function descriptors, and what refers to them and to sections from data. */
MYBPF__COLD int mybpf__load_pointers(mybpf_object *object, mybpf_error *error)
{
    int status = MYBPF_OK;
    object->func_descs =
        (mybpf__func_desc *)mybpf__alloc(object->vm, object->func_count + 1u, sizeof *object->func_descs);
    if (!object->func_descs)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %u functions",
                           (unsigned)object->func_count);
    for (uint32_t i = 0; i < object->func_count; i++) {
        object->func_descs[i].object = object;
        object->func_descs[i].func = i;
    }
    for (uint32_t i = 0; !status && i < object->reloc_count; i++)
        status = mybpf__load_reloc(object, &object->relocs[i], error);
    return status;
}

#endif
