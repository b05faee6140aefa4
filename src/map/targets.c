/* targets.c: tables of what packets, sockets and groups go to. The host says what the targets are: numbers of
 * devices and CPUs, and for sockets and groups numbers that it chooses; 0 is none. Programs name an element
 * and the host is told which; results are the kernel's. */
#ifndef MYBPF__MAP_TARGETS_C
#define MYBPF__MAP_TARGETS_C

#include "array.c"
#include "hash.c"

#ifndef MYBPF_NO_MAP_TYPES

enum {
    MYBPF__TARGET_WIDE = 1,    /* values may have 8 bytes, too */
    MYBPF__TARGET_ALWAYS = 2,  /* elements count as there, even empty ones */
    MYBPF__TARGET_ANY = 4,     /* no flags in updates */
    MYBPF__TARGET_COOKIES = 8, /* read only where values have 8 bytes */
    MYBPF__TARGET_CPUS = 16,
    MYBPF__TARGET_CPUS_MOST = 4095 /* Linux: what it was built for */
};

typedef struct mybpf__target_rules {
    uint8_t type, is;
    int16_t read, beyond,
        absent; /* errnos: of lookups, 0: they work; of deleting beyond the end, what is not there */
} mybpf__target_rules;

MYBPF__FN const mybpf__target_rules *mybpf__target_rules_of(const mybpf_map *map)
{
    static const mybpf__target_rules mybpf__rows[] = {
        {MYBPF_MAP_TYPE_DEVMAP, 1 | 2, 0, MYBPF__EINVAL, 0},
        {MYBPF_MAP_TYPE_CPUMAP, 1 | 2 | 16, 0, MYBPF__EINVAL, 0},
        {MYBPF_MAP_TYPE_XSKMAP, 0, MYBPF__EOPNOTSUPP, MYBPF__EINVAL, 0},
        {MYBPF_MAP_TYPE_SOCKMAP, 1 | 8, 0, MYBPF__EINVAL, MYBPF__EINVAL},
        {MYBPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 1 | 8, 0, MYBPF__E2BIG, MYBPF__ENOENT},
        {MYBPF_MAP_TYPE_CGROUP_ARRAY, 4, MYBPF__ENOTSUPP, MYBPF__E2BIG, MYBPF__ENOENT},
        {MYBPF_MAP_TYPE_DEVMAP_HASH, 1, 0, 0, 0},
        {MYBPF_MAP_TYPE_SOCKHASH, 1 | 8, 0, 0, 0},
    };
    const mybpf__target_rules *rules = mybpf__rows;
    while (rules->type != map->desc.type) rules++;
    return rules;
}

MYBPF__FN int mybpf__target_is_hash(const mybpf_map *map)
{
    return map->desc.type == MYBPF_MAP_TYPE_DEVMAP_HASH || map->desc.type == MYBPF_MAP_TYPE_SOCKHASH;
}

MYBPF__FN int mybpf__target_create(mybpf_map *map, mybpf_error *error)
{
    const mybpf__target_rules *rules = mybpf__target_rules_of(map);
    uint32_t size = map->desc.value_size;
    int key_fits = map->desc.key_size == 4 || map->desc.type == MYBPF_MAP_TYPE_SOCKHASH;
    if (!key_fits || (size != 4 && (size != 8 || !(rules->is & MYBPF__TARGET_WIDE))))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: a %s has keys of 4 bytes and values of 4%s, not %u and %u",
                           map->desc.name, mybpf_map_type_name(map->desc.type),
                           rules->is & MYBPF__TARGET_WIDE ? " or 8" : "", map->desc.key_size, size);
    if (rules->is & MYBPF__TARGET_CPUS && map->desc.max_entries > MYBPF__TARGET_CPUS_MOST)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: a cpumap has at most %d entries, not %u", map->desc.name,
                           MYBPF__TARGET_CPUS_MOST, map->desc.max_entries);
    if (map->desc.key_size > MYBPF__HASH_KEY)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: a key of %u bytes is larger than %d", map->desc.name, map->desc.key_size,
                           MYBPF__HASH_KEY);
    return mybpf__target_is_hash(map) ? mybpf__hash_create(map, error) : mybpf__array_create(map, error);
}

/* The first 4 bytes say whether there is one. */
MYBPF__FN void *mybpf__target_lookup(mybpf_map *map, const void *key)
{
    void *at = mybpf__target_is_hash(map) ? mybpf__hash_lookup(map, key) : mybpf__array_lookup(map, key);
    return at && MYBPF__PEEK((const uint32_t *)at) ? at : NULL;
}

MYBPF__FN int mybpf__target_read(mybpf_map *map, const void *key, void *value)
{
    const mybpf__target_rules *rules = mybpf__target_rules_of(map);
    uint32_t *entered = mybpf__hash_enter(map);
    const void *at = mybpf__target_lookup(map, key);
    int status = at ? 0 : -MYBPF__ENOENT;
    if (rules->read)
        status = -rules->read;
    else if (rules->is & MYBPF__TARGET_COOKIES && map->desc.value_size != 8)
        status = -MYBPF__ENOSPC;
    if (!status) mybpf__value_out(map, value, at);
    mybpf__hash_leave(map, entered);
    return status;
}

MYBPF__FN int mybpf__target_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                   mybpf_env *env)
{
    const mybpf__target_rules *rules = mybpf__target_rules_of(map);
    uint32_t first = mybpf__array_index(value), index = mybpf__array_index(key);
    int there;
    if (flags > MYBPF_EXIST || (rules->is & MYBPF__TARGET_ANY && flags)) return -MYBPF__EINVAL;
    if (map->desc.type == MYBPF_MAP_TYPE_DEVMAP_HASH) {
        if (!first) return -MYBPF__EINVAL;
        return mybpf__hash_update(map, key, value, flags & MYBPF_NOEXIST, env);
    }
    if (map->desc.type == MYBPF_MAP_TYPE_SOCKHASH) return mybpf__hash_update(map, key, value, flags, env);
    if (index >= map->desc.max_entries) return -MYBPF__E2BIG;
    there = rules->is & MYBPF__TARGET_ALWAYS || mybpf__target_lookup(map, key);
    if (there ? flags & MYBPF_NOEXIST : flags & MYBPF_EXIST) return there ? -MYBPF__EEXIST : -MYBPF__ENOENT;
    if (rules->is & MYBPF__TARGET_CPUS && first > 16384) return -MYBPF__EOVERFLOW;
    if (rules->is & MYBPF__TARGET_CPUS && index >= mybpf_cpu_count(map->vm)) return -MYBPF__ENODEV;
    mybpf__value_in(map, mybpf__array_lookup(map, key), value, env);
    return 0;
}

MYBPF__FN int mybpf__target_remove(mybpf_map *map, const void *key)
{
    const mybpf__target_rules *rules = mybpf__target_rules_of(map);
    static const uint64_t mybpf__none = 0;
    if (mybpf__target_is_hash(map)) return mybpf__hash_remove(map, key);
    if (mybpf__array_index(key) >= map->desc.max_entries) return -rules->beyond;
    if (!mybpf__target_lookup(map, key)) return -rules->absent;
    mybpf__value_in(map, mybpf__array_lookup(map, key), &mybpf__none, NULL);
    return 0;
}

MYBPF__FN void mybpf__target_destroy(mybpf_map *map)
{
    if (mybpf__target_is_hash(map)) mybpf__hash_destroy(map);
}

#    define MYBPF__TARGETS(name, TYPE, flags, lookup, next_key, contains, is)                                \
        MYBPF__UNUSED static const mybpf__map_type mybpf__##name##_type = {MYBPF_MAP_TYPE_##TYPE,            \
                                                                           MYBPF_F_NUMA_NODE | (flags),      \
                                                                           mybpf__target_create,             \
                                                                           lookup,                           \
                                                                           mybpf__target_read,               \
                                                                           mybpf__target_update,             \
                                                                           mybpf__target_remove,             \
                                                                           next_key,                         \
                                                                           contains,                         \
                                                                           is,                               \
                                                                           mybpf__target_destroy,            \
                                                                           NULL,                             \
                                                                           NULL,                             \
                                                                           NULL,                             \
                                                                           NULL,                             \
                                                                           NULL,                             \
                                                                           NULL};
MYBPF__TARGETS(devmap, DEVMAP, MYBPF__F_HOST, mybpf__target_lookup, mybpf__array_next_key,
               mybpf__array_contains, MYBPF__MAP_CONSTANT)
MYBPF__TARGETS(cpumap, CPUMAP, 0, mybpf__target_lookup, mybpf__array_next_key, mybpf__array_contains,
               MYBPF__MAP_CONSTANT)
MYBPF__TARGETS(xskmap, XSKMAP, MYBPF__F_HOST, mybpf__target_lookup, mybpf__array_next_key,
               mybpf__array_contains, MYBPF__MAP_CONSTANT)
MYBPF__TARGETS(sockmap, SOCKMAP, MYBPF__F_HOST, NULL, mybpf__array_next_key, NULL, 0)
MYBPF__TARGETS(sockhash, SOCKHASH, MYBPF__F_HOST, NULL, mybpf__hash_next_key, NULL, MYBPF__MAP_DEFERS)
MYBPF__TARGETS(sockarray, REUSEPORT_SOCKARRAY, MYBPF__F_ACCESS, NULL, mybpf__array_next_key, NULL, 0)
MYBPF__TARGETS(cgroup_array, CGROUP_ARRAY, MYBPF__F_HOST, NULL, mybpf__array_next_key, NULL, 0)
MYBPF__TARGETS(devmap_hash, DEVMAP_HASH, MYBPF__F_HOST, mybpf__target_lookup, mybpf__hash_next_key,
               mybpf__hash_contains, MYBPF__MAP_DEFERS | MYBPF__MAP_CONSTANT)
#    undef MYBPF__TARGETS

#endif
#endif
