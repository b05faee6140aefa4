/* array.c: the array maps, plain and per CPU, the plain one also behind every global section. Values lie one
 * after the other, zero at first, and are never added or removed. Reads and writes of values do not lock, as
 * in the kernel. */
#ifndef MYBPF__ARRAY_C
#define MYBPF__ARRAY_C

#include "value.h"

/* The number a key holds; array and prog array keys are u32 in host order. */
MYBPF__FN uint32_t mybpf__array_index(const void *key)
{
    uint32_t index;
    mybpf__copy(&index, key, sizeof index);
    return index;
}

MYBPF__FN int mybpf__array_create(mybpf_map *map, mybpf_error *error)
{
    if (map->desc.key_size != 4)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: the key of an array has 4 bytes, not %u", map->desc.name,
                           map->desc.key_size);
#ifndef MYBPF_NO_MAP_TYPES
    if (map->desc.flags & MYBPF_F_MMAPABLE) {
        uint64_t size = map->desc.max_entries * mybpf__value_room(map);
        int status = mybpf__map_memory(map, MYBPF_MAP_PAGE, 1, mybpf__map_whole_pages(size), error);
        if (status) return status;
        map->block = map->data; /* the host may map whole pages */
        map->data = (uint8_t *)map->block + (0 - (uintptr_t)map->block) % MYBPF_MAP_PAGE;
        return MYBPF_OK;
    }
#endif
    return mybpf__map_memory(map, 0, map->desc.max_entries, mybpf__value_room(map), error);
}

MYBPF__FN void *mybpf__array_lookup(mybpf_map *map, const void *key)
{
    uint32_t index = mybpf__array_index(key);
    if (index >= map->desc.max_entries) return NULL;
    return (uint8_t *)map->data + index * (size_t)mybpf__value_room(map);
}

MYBPF__FN int mybpf__array_read(mybpf_map *map, const void *key, void *value)
{
    const void *at = mybpf__array_lookup(map, key);
    if (!at) return -MYBPF__ENOENT;
    mybpf__value_out(map, value, at);
    return 0;
}

MYBPF__FN int mybpf__array_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                  mybpf_env *env)
{
    if (!mybpf__update_flags_fit(map, flags)) return -MYBPF__EINVAL;
    void *at = mybpf__array_lookup(map, key);
    if (!at) return -MYBPF__E2BIG;
    if (flags & MYBPF_NOEXIST) return -MYBPF__EEXIST;
    (void)env;
    mybpf__timers_drop(map, at);
    mybpf__value_put(map, at, value, flags, env); /* which may be part of this map */
    return 0;
}

MYBPF__FN int mybpf__array_next_key(mybpf_map *map, const void *key, void *next)
{
    uint32_t index = key ? mybpf__array_index(key) : UINT32_MAX;
    index = index < map->desc.max_entries ? index + 1 : 0;
    if (index >= map->desc.max_entries) return -MYBPF__ENOENT;
    mybpf__copy(next, &index, sizeof index);
    return 0;
}

MYBPF__FN int mybpf__array_contains(const mybpf_map *map, uint64_t address, uint64_t size)
{
    return mybpf__map_within(map, map->data, mybpf__value_room(map), map->desc.max_entries, address, size);
}

MYBPF__FN void *mybpf__map_base(const mybpf_map *map) { return map->data; }

#ifndef MYBPF_NO_MAP_TYPES

MYBPF__FN void *mybpf__array_of_cpu(mybpf_map *map, const void *key, uint32_t cpu)
{
    uint8_t *value = cpu < map->cpus ? (uint8_t *)mybpf__array_lookup(map, key) : NULL;
    return value ? value + cpu * (size_t)mybpf__map_round(map->desc.value_size) : NULL;
}

MYBPF__FN void *mybpf__array_lookup_percpu(mybpf_map *map, const void *key)
{
    return mybpf__array_of_cpu(map, key, mybpf__cpu(map));
}

#    define MYBPF__ARRAY_MORE(is, of_cpu)                                                                    \
        , MYBPF__MAP_BATCH_READ | MYBPF__MAP_BATCH_WRITE | (is), NULL, NULL, NULL, of_cpu, NULL, NULL, NULL
#else
#    define MYBPF__ARRAY_MORE(is, of_cpu)
#endif

MYBPF__UNUSED static const mybpf__map_type mybpf__array_type = {
    MYBPF_MAP_TYPE_ARRAY,
    MYBPF_F_NUMA_NODE | MYBPF_F_MMAPABLE | MYBPF_F_INNER_MAP | MYBPF__F_ACCESS,
    mybpf__array_create,
    mybpf__array_lookup,
    mybpf__array_read,
    mybpf__array_update,
    NULL,
    mybpf__array_next_key,
    mybpf__array_contains MYBPF__ARRAY_MORE(0, NULL)};

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__UNUSED static const mybpf__map_type mybpf__percpu_array_type = {
    MYBPF_MAP_TYPE_PERCPU_ARRAY,
    MYBPF__F_ACCESS,
    mybpf__array_create,
    mybpf__array_lookup_percpu,
    mybpf__array_read,
    mybpf__array_update,
    NULL,
    mybpf__array_next_key,
    mybpf__array_contains MYBPF__ARRAY_MORE(MYBPF__MAP_PERCPU, mybpf__array_of_cpu)};
#endif

#undef MYBPF__ARRAY_MORE

#endif
