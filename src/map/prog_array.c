/* prog_array.c: the map of programs that tail calls jump to. Programs can neither read nor write it. */
#ifndef MYBPF__PROG_ARRAY_C
#define MYBPF__PROG_ARRAY_C

#include "map_impl.h"
#include "array.c"

typedef const mybpf_program *mybpf__program_slot;

/* Slots change while other threads make tail calls. */
MYBPF__FN mybpf__program_slot mybpf__slot_load(const mybpf__program_slot *slot)
{
#if defined(__GNUC__)
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
#else
    return *slot;
#endif
}

MYBPF__FN mybpf__program_slot mybpf__slot_exchange(mybpf__program_slot *slot, mybpf__program_slot program)
{
#if defined(__GNUC__)
    return __atomic_exchange_n(slot, program, __ATOMIC_ACQ_REL);
#else
    mybpf__program_slot old = *slot;
    *slot = program;
    return old;
#endif
}

MYBPF__FN int mybpf__prog_array_create(mybpf_map *map, mybpf_error *error)
{
    if (map->desc.key_size != 4 || map->desc.value_size != 4)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: a prog array has keys and values of 4 bytes, not %u and %u",
                           map->desc.name, map->desc.key_size, map->desc.value_size);
    return mybpf__map_memory(map, 0, map->desc.max_entries, sizeof(mybpf__program_slot), error);
}

MYBPF__FN const mybpf_program *mybpf__prog_array_get(const mybpf_map *map, uint64_t index)
{
    if (index >= map->desc.max_entries) return NULL;
    return mybpf__slot_load((const mybpf__program_slot *)map->data + index);
}

MYBPF__FN int mybpf__prog_array_read(mybpf_map *map, const void *key, void *value)
{
    const mybpf_program *program = mybpf__prog_array_get(map, mybpf__array_index(key));
    if (!program) return -MYBPF__ENOENT;
    mybpf__copy(value, &program, sizeof program);
    return 0;
}

MYBPF__FN int mybpf__prog_array_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                       mybpf_env *env)
{
    uint32_t index = mybpf__array_index(key);
    mybpf__program_slot program;
    (void)env;
    mybpf__copy(&program, value, sizeof program);
    if (flags != MYBPF_ANY || !program) return -MYBPF__EINVAL;
    if (index >= map->desc.max_entries) return -MYBPF__E2BIG;
#ifdef MYBPF_NO_MAP_TYPES
    mybpf__slot_exchange((mybpf__program_slot *)map->data + index, program);
#else
    mybpf__object_hold(program);
    mybpf__object_drop(mybpf__slot_exchange((mybpf__program_slot *)map->data + index, program));
#endif
    return 0;
}

MYBPF__FN int mybpf__prog_array_remove(mybpf_map *map, const void *key)
{
    uint32_t index = mybpf__array_index(key);
    mybpf__program_slot old;
    if (index >= map->desc.max_entries) return -MYBPF__E2BIG;
    old = mybpf__slot_exchange((mybpf__program_slot *)map->data + index, NULL);
#ifndef MYBPF_NO_MAP_TYPES
    mybpf__object_drop(old);
#endif
    return old ? 0 : -MYBPF__ENOENT;
}

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__FN void mybpf__prog_array_clear(mybpf_map *map)
{
    for (uint32_t i = 0; i < map->desc.max_entries; i++) (void)mybpf__prog_array_remove(map, &i);
}
#endif

#ifdef MYBPF_NO_MAP_TYPES
#    define MYBPF__PROG_ARRAY_MORE
#else
#    define MYBPF__PROG_ARRAY_MORE , MYBPF__MAP_DEFERS, NULL, NULL, NULL, NULL, NULL, NULL, NULL
#endif

MYBPF__UNUSED static const mybpf__map_type mybpf__prog_array_type = {
    MYBPF_MAP_TYPE_PROG_ARRAY,  MYBPF_F_NUMA_NODE | MYBPF__F_HOST,
    mybpf__prog_array_create,   NULL,
    mybpf__prog_array_read,     mybpf__prog_array_update,
    mybpf__prog_array_remove,   mybpf__array_next_key,
    NULL MYBPF__PROG_ARRAY_MORE};

#undef MYBPF__PROG_ARRAY_MORE

#endif
