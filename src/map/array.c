/* array.c: the array map, also behind every global section. Values lie one after the other, zero at first,
 * and are never added or removed. Reads and writes of values do not lock, as in the kernel. */
#ifndef MYBPF__ARRAY_C
#define MYBPF__ARRAY_C

#include "map_impl.h"

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
    return mybpf__map_memory(map, 0, map->desc.max_entries, mybpf__map_round(map->desc.value_size), error);
}

MYBPF__FN void *mybpf__array_lookup(mybpf_map *map, const void *key)
{
    uint32_t index = mybpf__array_index(key);
    if (index >= map->desc.max_entries) return NULL;
    return (uint8_t *)map->data + index * (size_t)mybpf__map_round(map->desc.value_size);
}

MYBPF__FN int mybpf__array_read(mybpf_map *map, const void *key, void *value)
{
    const void *at = mybpf__array_lookup(map, key);
    if (!at) return -MYBPF__ENOENT;
    mybpf__copy(value, at, map->desc.value_size);
    return 0;
}

MYBPF__FN int mybpf__array_update(mybpf_map *map, const void *key, const void *value, uint64_t flags)
{
    if (flags > MYBPF_EXIST) return -MYBPF__EINVAL;
    void *at = mybpf__array_lookup(map, key);
    if (!at) return -MYBPF__E2BIG;
    if (flags == MYBPF_NOEXIST) return -MYBPF__EEXIST;
    mybpf__move(at, value, map->desc.value_size); /* which may be part of this map */
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
    return mybpf__map_within(map->data, mybpf__map_round(map->desc.value_size), map->desc.max_entries,
                             map->desc.value_size, address, size);
}

MYBPF__FN void *mybpf__map_base(const mybpf_map *map) { return map->data; }

MYBPF__UNUSED static const mybpf__map_type mybpf__array_type = {
    MYBPF_MAP_TYPE_ARRAY,
    MYBPF_F_NUMA_NODE | MYBPF_F_MMAPABLE | MYBPF_F_RDONLY_PROG | MYBPF_F_WRONLY_PROG,
    mybpf__array_create,
    mybpf__array_lookup,
    mybpf__array_read,
    mybpf__array_update,
    NULL,
    mybpf__array_next_key,
    mybpf__array_contains,
};

#endif
