/* stacks.c: stack traces, each once, by a number made of what they hold; and values that belong to an object
 * of the host: a task, a socket, a file, a group. */
#ifndef MYBPF__MAP_STACKS_C
#define MYBPF__MAP_STACKS_C

#include "hash.c"
#include "ringbuf.c"

#ifndef MYBPF_NO_MAP_TYPES

/* ---- stack traces ---- */

enum { MYBPF__STACK_MOST = 1016, MYBPF__STACK_BUILD_ID = 32 }; /* bytes of a trace; a flag */

typedef struct mybpf__traces {
    mybpf__lock lock;
    uint32_t mask; /* traces - 1 */
} mybpf__traces;

typedef struct mybpf__trace {
    uint32_t used, hash; /* bytes */
} mybpf__trace;          /* these follow */

MYBPF__FN mybpf__trace *mybpf__trace_at(const mybpf_map *map, uint32_t id)
{
    size_t stride = sizeof(mybpf__trace) + map->desc.value_size;
    return (mybpf__trace *)(void *)((uint8_t *)map->data + sizeof(mybpf__traces) + id * stride);
}

MYBPF__FN int mybpf__stack_create(mybpf_map *map, mybpf_error *error)
{
    uint32_t size = map->desc.value_size;
    uint64_t count = 1;
    if (map->desc.key_size != 4 || size < 8 || size % 8 || size > MYBPF__STACK_MOST)
        return mybpf__fail(
            error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
            "map %s: a stack trace has a key of 4 bytes, and a value of 8 for each of at most 127 calls",
            map->desc.name);
    while (count < map->desc.max_entries) count *= 2;
    int status = mybpf__map_memory(map, sizeof(mybpf__traces), count, sizeof(mybpf__trace) + size, error);
    if (!status) ((mybpf__traces *)map->data)->mask = (uint32_t)(count - 1);
    return status;
}

/* The trace with this number, NULL when there is none; under the lock. */
MYBPF__FN mybpf__trace *mybpf__stack_find(const mybpf_map *map, const void *key)
{
    uint32_t id = mybpf__array_index(key);
    mybpf__trace *trace = id <= ((const mybpf__traces *)map->data)->mask ? mybpf__trace_at(map, id) : NULL;
    return trace && trace->used ? trace : NULL;
}

MYBPF__FN int mybpf__stack_out(mybpf_map *map, const void *key, void *value, int remove)
{
    mybpf__traces *traces = (mybpf__traces *)map->data;
    mybpf__acquire(&traces->lock);
    mybpf__trace *trace = mybpf__stack_find(map, key);
    if (trace) {
        mybpf__zero(value, map->desc.value_size);
        mybpf__copy(value, trace + 1, trace->used);
        if (remove) trace->used = 0;
    }
    mybpf__release(&traces->lock);
    return trace ? 0 : -MYBPF__ENOENT;
}

MYBPF__FN int mybpf__stack_read(mybpf_map *map, const void *key, void *value)
{
    return mybpf__stack_out(map, key, value, 0);
}

MYBPF__FN int mybpf__stack_take(mybpf_map *map, const void *key, void *value)
{
    return mybpf__stack_out(map, key, value, 1);
}

MYBPF__FN int mybpf__stack_remove(mybpf_map *map, const void *key)
{
    mybpf__traces *traces = (mybpf__traces *)map->data;
    if (mybpf__array_index(key) > traces->mask) return -MYBPF__E2BIG;
    mybpf__acquire(&traces->lock);
    mybpf__trace *trace = mybpf__stack_find(map, key);
    if (trace) trace->used = 0;
    mybpf__release(&traces->lock);
    return trace ? 0 : -MYBPF__ENOENT;
}

MYBPF__FN int mybpf__stack_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                  mybpf_env *env)
{
    (void)map, (void)key, (void)value, (void)flags, (void)env;
    return -MYBPF__EINVAL;
}

MYBPF__FN int mybpf__stack_next_key(mybpf_map *map, const void *key, void *next)
{
    mybpf__traces *traces = (mybpf__traces *)map->data;
    uint32_t id = 0;
    int found = 0;
    mybpf__acquire(&traces->lock);
    if (key && mybpf__stack_find(map, key)) id = mybpf__array_index(key) + 1;
    for (; !found && id <= traces->mask; id += !found) found = mybpf__trace_at(map, id)->used != 0;
    mybpf__release(&traces->lock);
    if (found) mybpf__copy(next, &id, sizeof id);
    return found ? 0 : -MYBPF__ENOENT;
}

/* The number of a trace of `size` bytes, or an errno. Flags: 512 compare only what it is made of, 1024 it
 * takes another one's place. */
MYBPF__FN int64_t mybpf__stack_put(mybpf_map *map, const void *stack, uint32_t size, uint64_t flags)
{
    mybpf__traces *traces = (mybpf__traces *)map->data;
    uint64_t mix = size, word;
    uint32_t hash, id;
    int same;
    for (uint32_t i = 0; i + 8 <= size; i += 8) {
        mybpf__copy(&word, (const uint8_t *)stack + i, 8);
        mix = mybpf__mix(mix ^ word);
    }
    hash = (uint32_t)mix;
    id = hash & traces->mask;
    mybpf__trace *trace = mybpf__trace_at(map, id);
    mybpf__acquire(&traces->lock);
    same = trace->used && trace->hash == hash &&
           (flags & 512 || (trace->used == size && mybpf__equal(trace + 1, stack, size)));
    if (!same && trace->used && !(flags & 1024)) {
        mybpf__release(&traces->lock);
        return -MYBPF__EEXIST;
    }
    if (!same) {
        mybpf__copy(trace + 1, stack, size);
        trace->hash = hash;
        trace->used = size;
    }
    mybpf__release(&traces->lock);
    return id;
}

MYBPF__UNUSED static const mybpf__map_type mybpf__stack_trace_type = {MYBPF_MAP_TYPE_STACK_TRACE,
                                                                      MYBPF_F_NUMA_NODE | MYBPF_F_RDONLY |
                                                                          MYBPF_F_WRONLY,
                                                                      mybpf__stack_create,
                                                                      NULL,
                                                                      mybpf__stack_read,
                                                                      mybpf__stack_update,
                                                                      mybpf__stack_remove,
                                                                      mybpf__stack_next_key,
                                                                      NULL,
                                                                      0,
                                                                      NULL,
                                                                      mybpf__stack_take,
                                                                      NULL,
                                                                      NULL,
                                                                      NULL,
                                                                      NULL,
                                                                      NULL};

/* ---- local storage: a hash by the object, 8 bytes that the host knows it by ---- */

MYBPF__FN int mybpf__storage_create(mybpf_map *map, mybpf_error *error)
{
    int made = map->desc.key_size == 8 &&
               map->desc.max_entries == MYBPF__STORAGE_OBJECTS; /* of another's description */
    if ((!made && (map->desc.key_size != 4 || map->desc.max_entries)) ||
        !(map->desc.flags & MYBPF_F_NO_PREALLOC))
        return mybpf__fail(
            error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
            "map %s: a local storage has a key of 4 bytes, max_entries 0 and BPF_F_NO_PREALLOC",
            map->desc.name);
    map->desc.key_size = 8;
    map->desc.max_entries = MYBPF__STORAGE_OBJECTS;
    return mybpf__hash_create(map, error);
}

#    define MYBPF__STORAGE(name, TYPE)                                                                       \
        MYBPF__UNUSED static const mybpf__map_type mybpf__##name##_type = {                                  \
            MYBPF_MAP_TYPE_##TYPE,                                                                           \
            MYBPF_F_NO_PREALLOC | MYBPF_F_CLONE,                                                             \
            mybpf__storage_create,                                                                           \
            mybpf__hash_lookup,                                                                              \
            mybpf__hash_read,                                                                                \
            mybpf__hash_update,                                                                              \
            mybpf__hash_remove,                                                                              \
            mybpf__no_next_key,                                                                              \
            mybpf__hash_contains,                                                                            \
            MYBPF__MAP_DEFERS | MYBPF__MAP_UNSIZED,                                                          \
            mybpf__hash_destroy,                                                                             \
            NULL,                                                                                            \
            NULL,                                                                                            \
            NULL,                                                                                            \
            NULL,                                                                                            \
            NULL,                                                                                            \
            NULL};
MYBPF__STORAGE(sk_storage, SK_STORAGE)
MYBPF__STORAGE(inode_storage, INODE_STORAGE)
MYBPF__STORAGE(task_storage, TASK_STORAGE)
MYBPF__STORAGE(cgrp_storage, CGRP_STORAGE)
#    undef MYBPF__STORAGE

#endif
#endif
