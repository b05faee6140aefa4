/* cgroup_storage.c: the storages of cgroups: a value for each cgroup that a program is attached to, which is
 * there when the program runs. A hash by the cgroup's number and, where keys have 16 bytes, the attach type.
 */
#ifndef MYBPF__CGROUP_STORAGE_C
#define MYBPF__CGROUP_STORAGE_C

#include "hash.c"

#ifndef MYBPF_NO_MAP_TYPES

enum { MYBPF__CGROUP_VALUE = 65407 /* Linux's */ };

/* struct bpf_cgroup_storage_key, of which a map with keys of 8 bytes has the number alone. */
typedef struct mybpf__cgroup_key {
    uint64_t cgroup;
    uint32_t attach_type, room;
} mybpf__cgroup_key;

/* What is behind the attach type does not count. */
MYBPF__FN mybpf__cgroup_key mybpf__cgroup_key_of(const mybpf_map *map, const void *key)
{
    mybpf__cgroup_key made;
    mybpf__zero(&made, sizeof made);
    mybpf__copy(&made, key, map->desc.key_size == 8 ? 8 : 12);
    return made;
}

MYBPF__FN int mybpf__cgroup_create(mybpf_map *map, mybpf_error *error)
{
    uint32_t flags = map->desc.flags;
    if ((map->desc.key_size != 8 && map->desc.key_size != sizeof(mybpf__cgroup_key)) || map->desc.max_entries)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: a storage of cgroups has a key of 8 or 16 bytes and max_entries 0",
                           map->desc.name);
    if (map->desc.value_size > MYBPF__CGROUP_VALUE)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: a value of %u bytes is larger than %d", map->desc.name,
                           map->desc.value_size, MYBPF__CGROUP_VALUE);
    map->desc.max_entries = MYBPF__STORAGE_OBJECTS;
    map->desc.flags = MYBPF_F_NO_PREALLOC;
    int status = mybpf__hash_create(map, error);
    map->desc.max_entries = 0;
    map->desc.flags = flags;
    return status;
}

MYBPF__FN void *mybpf__cgroup_lookup(mybpf_map *map, const void *key)
{
    mybpf__cgroup_key wanted = mybpf__cgroup_key_of(map, key);
    return map->cpus > 1 ? mybpf__hash_lookup_percpu(map, &wanted) : mybpf__hash_lookup(map, &wanted);
}

MYBPF__FN void *mybpf__cgroup_of_cpu(mybpf_map *map, const void *key, uint32_t cpu)
{
    mybpf__cgroup_key wanted = mybpf__cgroup_key_of(map, key);
    return mybpf__hash_of_cpu(map, &wanted, cpu);
}

MYBPF__FN int mybpf__cgroup_read(mybpf_map *map, const void *key, void *value)
{
    mybpf__cgroup_key wanted = mybpf__cgroup_key_of(map, key);
    return mybpf__hash_read(map, &wanted, value);
}

/* Values are made for programs that run, not by updates. */
MYBPF__FN int mybpf__cgroup_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                   mybpf_env *env)
{
    mybpf__cgroup_key wanted = mybpf__cgroup_key_of(map, key);
    if (flags & ~(uint64_t)MYBPF_EXIST) return -MYBPF__EINVAL;
    return mybpf__hash_update(map, &wanted, value, MYBPF_EXIST, env);
}

MYBPF__FN int mybpf__cgroup_remove(mybpf_map *map, const void *key)
{
    mybpf__cgroup_key wanted = mybpf__cgroup_key_of(map, key);
    return mybpf__hash_remove(map, &wanted);
}

MYBPF__FN int mybpf__cgroup_next_key(mybpf_map *map, const void *key, void *next)
{
    mybpf__cgroup_key wanted;
    if (!key) return mybpf__hash_next_key(map, NULL, next);
    wanted = mybpf__cgroup_key_of(map, key);
    return mybpf__hash_next_key(map, &wanted, next);
}

/* The value of a run in this cgroup, zero at first: NULL when there is no memory, or there are too many. */
MYBPF__FN void *mybpf__cgroup_value(mybpf_map *map, uint64_t cgroup, uint32_t attach_type, mybpf_env *env)
{
    mybpf__cgroup_key key;
    void *value, *zeroes;
    int status = 0;
    mybpf__zero(&key, sizeof key);
    key.cgroup = cgroup;
    key.attach_type = attach_type;
    value = mybpf__cgroup_lookup(map, &key);
    if (value) return value;
    zeroes = mybpf__alloc(map->vm, 1, (size_t)mybpf__map_round(map->desc.value_size));
    if (!zeroes) return NULL;
    key = mybpf__cgroup_key_of(map, &key);
    while (!value && (!status || status == -MYBPF__EEXIST)) { /* others make it, and delete it, meanwhile */
        status = mybpf__hash_update(map, &key, zeroes, MYBPF_NOEXIST, env);
        value = mybpf__cgroup_lookup(map, &key);
    }
    mybpf__free(map->vm, zeroes);
    return value;
}

#    define MYBPF__CGROUP_STORAGE(name, TYPE, is, of_cpu)                                                    \
        MYBPF__UNUSED static const mybpf__map_type mybpf__##name##_type = {                                  \
            MYBPF_MAP_TYPE_##TYPE,                                                                           \
            MYBPF_F_NUMA_NODE | MYBPF__F_ACCESS,                                                             \
            mybpf__cgroup_create,                                                                            \
            mybpf__cgroup_lookup,                                                                            \
            mybpf__cgroup_read,                                                                              \
            mybpf__cgroup_update,                                                                            \
            mybpf__cgroup_remove,                                                                            \
            mybpf__cgroup_next_key,                                                                          \
            mybpf__hash_contains,                                                                            \
            MYBPF__MAP_DEFERS | MYBPF__MAP_UNSIZED | (is),                                                   \
            mybpf__hash_destroy,                                                                             \
            NULL,                                                                                            \
            NULL,                                                                                            \
            of_cpu,                                                                                          \
            NULL,                                                                                            \
            NULL,                                                                                            \
            NULL};
MYBPF__CGROUP_STORAGE(cgroup_storage, CGROUP_STORAGE, 0, NULL)
MYBPF__CGROUP_STORAGE(percpu_cgroup_storage, PERCPU_CGROUP_STORAGE, MYBPF__MAP_PERCPU, mybpf__cgroup_of_cpu)
#    undef MYBPF__CGROUP_STORAGE

#endif
#endif
