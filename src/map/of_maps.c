/* of_maps.c: maps whose values are maps, all alike. Programs look them up and use them like their own; the
 * host puts them in. A map that is taken out lives on until the runs that may have found it are over. */
#ifndef MYBPF__OF_MAPS_C
#define MYBPF__OF_MAPS_C

#include "array.c"
#include "hash.c"

#ifndef MYBPF_NO_MAP_TYPES

/* What the maps in it are like, copied from the description. */
MYBPF__FN int mybpf__of_maps_inner(mybpf_map *map, mybpf_error *error)
{
    const mybpf_map_desc *inner = map->desc.inner;
    if (!inner || inner->inner || inner->type == MYBPF_MAP_TYPE_PROG_ARRAY ||
        inner->type == MYBPF_MAP_TYPE_CGROUP_STORAGE || inner->type == MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: maps of maps need a description of the maps in them, which are neither "
                           "prog arrays nor storages of cgroups nor maps of maps",
                           map->desc.name);
    if (map->desc.value_size != 4)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: values that are maps have 4 bytes, not %u", map->desc.name,
                           map->desc.value_size);
    map->inner = (mybpf_map_desc *)mybpf__alloc(map->vm, 1, sizeof *map->inner);
    if (!map->inner)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "map %s: no memory", map->desc.name);
    *map->inner = *inner;
    map->desc.inner = map->inner;
    return MYBPF_OK;
}

/* May `inner` be put in? */
MYBPF__FN int mybpf__of_maps_fits(const mybpf_map *map, const mybpf_map *inner)
{
    const mybpf_map_desc *want = map->inner;
    int any_size = want->flags & MYBPF_F_INNER_MAP ||
                   (want->type != MYBPF_MAP_TYPE_ARRAY && want->type != MYBPF_MAP_TYPE_PERCPU_ARRAY);
#    ifndef MYBPF_NO_PROVER
    if (inner && (inner->lock || inner->kptr_count)) return 0; /* the verifier knows of none there */
#    endif
    return inner && inner->vm == map->vm && inner->desc.type == want->type &&
           inner->desc.key_size == want->key_size && inner->desc.value_size == want->value_size &&
           inner->desc.flags == want->flags && (any_size || inner->desc.max_entries == want->max_entries);
}

/* The map that the caller's value points to, with a reference and known to the vm; NULL when it does not fit.
 */
MYBPF__FN mybpf_map *mybpf__of_maps_take(const mybpf_map *map, const void *value)
{
    mybpf_map *inner;
    mybpf_vm *vm = map->vm;
    mybpf__copy(&inner, value, sizeof inner);
    if (!mybpf__of_maps_fits(map, inner)) return NULL;
    mybpf__acquire(&vm->instance_lock);
    if (!inner->is_inner) {
        inner->is_inner = 1;
        inner->next_inner = vm->inner_maps;
        vm->inner_maps = inner;
    }
    mybpf__release(&vm->instance_lock);
    return mybpf_map_ref(inner);
}

/* ---- arrays ---- */

MYBPF__FN mybpf_map **mybpf__of_maps_slot(mybpf_map *map, const void *key)
{
    uint32_t index = mybpf__array_index(key);
    return index < map->desc.max_entries ? (mybpf_map **)map->data + index : NULL;
}

MYBPF__FN int mybpf__array_of_maps_create(mybpf_map *map, mybpf_error *error)
{
    if (map->desc.key_size != 4)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: the key of an array has 4 bytes, not %u", map->desc.name,
                           map->desc.key_size);
    return mybpf__map_memory(map, 0, map->desc.max_entries, sizeof(mybpf_map *), error);
}

MYBPF__FN void *mybpf__array_of_maps_lookup(mybpf_map *map, const void *key)
{
    mybpf_map **slot = mybpf__of_maps_slot(map, key);
    return slot ? MYBPF__LOAD_ACQUIRE(slot) : NULL;
}

MYBPF__FN int mybpf__of_maps_read(mybpf_map *map, const void *key, void *value)
{
    void *inner = map->ops->lookup(map, key);
    if (!inner) return -MYBPF__ENOENT;
    mybpf__copy(value, &inner, sizeof inner);
    return 0;
}

MYBPF__FN mybpf_map *mybpf__of_maps_exchange(mybpf_map **slot, mybpf_map *inner)
{
#    if defined(__GNUC__)
    return __atomic_exchange_n(slot, inner, __ATOMIC_ACQ_REL);
#    else
    mybpf_map *old = *slot;
    *slot = inner;
    return old;
#    endif
}

MYBPF__FN int mybpf__array_of_maps_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                          mybpf_env *env)
{
    mybpf_map **slot = mybpf__of_maps_slot(map, key), *inner;
    (void)env;
    if (flags != MYBPF_ANY) return -MYBPF__EINVAL;
    if (!slot) return -MYBPF__E2BIG;
    inner = mybpf__of_maps_take(map, value);
    if (!inner) return -MYBPF__EINVAL;
    mybpf_map_unref(mybpf__of_maps_exchange(slot, inner));
    return 0;
}

MYBPF__FN int mybpf__array_of_maps_remove(mybpf_map *map, const void *key)
{
    mybpf_map **slot = mybpf__of_maps_slot(map, key), *old;
    if (!slot) return -MYBPF__E2BIG;
    old = mybpf__of_maps_exchange(slot, NULL);
    mybpf_map_unref(old);
    return old ? 0 : -MYBPF__ENOENT;
}

MYBPF__FN void mybpf__array_of_maps_destroy(mybpf_map *map)
{
    for (uint32_t i = 0; i < map->desc.max_entries; i++) mybpf_map_unref(((mybpf_map **)map->data)[i]);
}

/* ---- hashes: their values are pointers ---- */

MYBPF__FN void *mybpf__hash_of_maps_lookup(mybpf_map *map, const void *key)
{
    mybpf_map **value = (mybpf_map **)mybpf__hash_lookup(map, key);
    return value ? *value : NULL;
}

MYBPF__FN int mybpf__hash_of_maps_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                         mybpf_env *env)
{
    mybpf_map *inner = mybpf__of_maps_take(map, value);
    int status = inner ? mybpf__hash_update(map, key, &inner, flags, env) : -MYBPF__EINVAL;
    if (status) mybpf_map_unref(inner);
    return status;
}

MYBPF__FN void mybpf__hash_of_maps_destroy(mybpf_map *map)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    for (uintptr_t b = 0; b <= hash->mask; b++)
        for (uintptr_t link = hash->buckets[b]; !mybpf__hash_ends(link);
             link = ((mybpf__element *)link)->next)
            mybpf__hash_forget(map, (mybpf__element *)link);
    mybpf__hash_destroy(map);
}

MYBPF__UNUSED static const mybpf__map_type mybpf__array_of_maps_type = {MYBPF_MAP_TYPE_ARRAY_OF_MAPS,
                                                                        MYBPF_F_NUMA_NODE | MYBPF__F_HOST,
                                                                        mybpf__array_of_maps_create,
                                                                        mybpf__array_of_maps_lookup,
                                                                        mybpf__of_maps_read,
                                                                        mybpf__array_of_maps_update,
                                                                        mybpf__array_of_maps_remove,
                                                                        mybpf__array_next_key,
                                                                        NULL,
                                                                        MYBPF__MAP_OF_MAPS |
                                                                            MYBPF__MAP_DEFERS,
                                                                        mybpf__array_of_maps_destroy,
                                                                        NULL,
                                                                        NULL,
                                                                        NULL,
                                                                        NULL,
                                                                        NULL,
                                                                        NULL};

MYBPF__UNUSED static const mybpf__map_type mybpf__hash_of_maps_type = {
    MYBPF_MAP_TYPE_HASH_OF_MAPS,
    MYBPF_F_NO_PREALLOC | MYBPF_F_NUMA_NODE | MYBPF_F_ZERO_SEED | MYBPF__F_ACCESS,
    mybpf__hash_create,
    mybpf__hash_of_maps_lookup,
    mybpf__of_maps_read,
    mybpf__hash_of_maps_update,
    mybpf__hash_remove,
    mybpf__hash_next_key,
    NULL,
    MYBPF__MAP_OF_MAPS | MYBPF__MAP_DEFERS,
    mybpf__hash_of_maps_destroy,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL};

#endif
#endif
