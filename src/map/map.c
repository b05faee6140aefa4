/* map.c: maps of every type: creation, references, and the way from the public functions to a type's. */
#ifndef MYBPF__MAP_C
#define MYBPF__MAP_C

#include "map_impl.h"
#include "arena.c"
#include "array.c"
#include "cgroup_storage.c"
#include "hash.c"
#include "kptr.c"
#include "of_maps.c"
#include "prog_array.c"
#include "queue.c"
#include "ringbuf.c"
#include "stacks.c"
#include "targets.c"
#include "trie.c"

/* clang-format off */
static const mybpf__map_type *const mybpf__map_types[] = {
    &mybpf__hash_type,
    &mybpf__array_type,
    &mybpf__prog_array_type,
#ifndef MYBPF_NO_MAP_TYPES
    &mybpf__percpu_hash_type,
    &mybpf__percpu_array_type,
    &mybpf__lru_hash_type,
    &mybpf__lru_percpu_hash_type,
    &mybpf__trie_type,
    &mybpf__queue_type,
    &mybpf__stack_type,
    &mybpf__bloom_type,
    &mybpf__ringbuf_type,
    &mybpf__perf_type,
    &mybpf__user_ringbuf_type,
    &mybpf__array_of_maps_type,
    &mybpf__hash_of_maps_type,
    &mybpf__devmap_type,
    &mybpf__devmap_hash_type,
    &mybpf__cpumap_type,
    &mybpf__xskmap_type,
    &mybpf__sockmap_type,
    &mybpf__sockhash_type,
    &mybpf__sockarray_type,
    &mybpf__cgroup_array_type,
    &mybpf__stack_trace_type,
    &mybpf__sk_storage_type,
    &mybpf__inode_storage_type,
    &mybpf__task_storage_type,
    &mybpf__cgrp_storage_type,
    &mybpf__cgroup_storage_type,
    &mybpf__percpu_cgroup_storage_type,
    &mybpf__arena_type,
#endif
};
/* clang-format on */

MYBPF_API const char *mybpf_map_type_name(uint32_t type)
{
#ifdef MYBPF_NO_MESSAGES
    (void)type;
    return NULL;
#else
#    define MYBPF__MAP_TYPE_TEXT(number, name, text) text "\0"
    return mybpf__nth_text(MYBPF_MAP_TYPES(MYBPF__MAP_TYPE_TEXT), type);
#    undef MYBPF__MAP_TYPE_TEXT
#endif
}

MYBPF__FN int mybpf__map_within(const mybpf_map *map, const void *base, uint64_t stride, uint64_t count,
                                uint64_t address, uint64_t size)
{
    uint64_t offset = address - mybpf__address(base), room = map->desc.value_size;
    if (offset >= stride * count) return 0; /* also when the address is below */
    offset %= stride;
#ifndef MYBPF_NO_MAP_TYPES
    if (map->cpus > 1 && offset < map->cpus * mybpf__map_round(room)) offset %= mybpf__map_round(room);
#endif
    return offset <= room && size <= room - offset;
}

MYBPF__FN int mybpf__map_memory(mybpf_map *map, uint64_t head, uint64_t count, uint64_t stride,
                                mybpf_error *error)
{
    if (head > MYBPF_MAX_MAP_BYTES || stride > MYBPF_MAX_MAP_BYTES ||
        count * stride > MYBPF_MAX_MAP_BYTES - head)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: %u entries of %u + %u bytes are too large", map->desc.name,
                           map->desc.max_entries, map->desc.key_size, map->desc.value_size);
    map->data = mybpf__alloc(map->vm, 1, (size_t)(head + count * stride));
    if (!map->data)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "map %s: no memory for %u entries",
                           map->desc.name, map->desc.max_entries);
    return MYBPF_OK;
}

MYBPF__FN void mybpf__map_data_free(mybpf_map *map)
{
#ifndef MYBPF_NO_MAP_TYPES
    if (map->block) {
        mybpf__free(map->vm, map->block);
        map->block = NULL;
        return;
    }
#endif
    mybpf__free(map->vm, map->data);
}

/* What no type of map allows. */
MYBPF__FN int mybpf__map_check(const mybpf_map_desc *desc, const mybpf__map_type *type, mybpf_error *error)
{
    const char *why = NULL;
    const char *name = mybpf_map_type_name(desc->type);
    if (!type && desc->type < MYBPF_MAP_TYPE_COUNT)
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                           "map %s: maps of type %s (%u) do not run here", desc->name, name, desc->type);
    if (!type)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "map %s: there is no map type %u",
                           desc->name, desc->type);
    if (!desc->key_size && !mybpf__keyless(type))
        why = "a key";
    else if (!desc->value_size && !mybpf__valueless(type))
        why = "a value";
    else if (!desc->max_entries && !mybpf__unsized(type))
        why = "max_entries";
    if (why)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "map %s: %s needs %s larger than 0",
                           desc->name, name, why);
#ifndef MYBPF_NO_MAP_TYPES
    if (type->is & MYBPF__MAP_PERCPU && mybpf__map_round(desc->value_size) > MYBPF__PERCPU_MOST)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: a value of %u bytes is larger than the %d of a map per CPU", desc->name,
                           desc->value_size, MYBPF__PERCPU_MOST);
#endif
    if ((desc->flags & ~type->flags) ||
        (desc->flags & MYBPF_F_RDONLY_PROG && desc->flags & MYBPF_F_WRONLY_PROG)
#ifndef MYBPF_NO_MAP_TYPES
        || (desc->flags & MYBPF_F_RDONLY && desc->flags & MYBPF_F_WRONLY)
#endif
    )
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: %s does not take the flags 0x%x", desc->name, name, desc->flags);
    return MYBPF_OK;
}

MYBPF__FN void mybpf__map_free(mybpf_map *map)
{
#ifndef MYBPF_NO_MAP_TYPES
#    ifndef MYBPF_NO_PROVER
    mybpf__kptrs_destroy(map);
#    endif
    if (map->ops->destroy && map->data) map->ops->destroy(map);
    mybpf__free(map->vm, map->inner);
#endif
#ifndef MYBPF_NO_ELF
    if (map->is_section != MYBPF__HOST_SECTION)
#endif
        mybpf__map_data_free(map);
    mybpf__free(map->vm, map);
}

MYBPF__FN const mybpf__map_type *mybpf__map_type_of(uint32_t type)
{
    for (size_t i = 0; i < sizeof mybpf__map_types / sizeof *mybpf__map_types; i++)
        if (mybpf__map_types[i]->type == type) return mybpf__map_types[i];
    return NULL;
}

MYBPF_API int mybpf_map_create(mybpf_vm *vm, const mybpf_map_desc *desc, mybpf_map **map, mybpf_error *error)
{
    const mybpf__map_type *type = NULL;
    if (!vm || !desc || !map || mybpf__length(desc->name, MYBPF_NAME_MAX) == MYBPF_NAME_MAX)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map: vm, description or result is missing");
    *map = NULL;
    type = mybpf__map_type_of(desc->type);
    int status = mybpf__map_check(desc, type, error);
    if (status) return status;
    mybpf_map *made = (mybpf_map *)mybpf__alloc(vm, 1, sizeof *made);
    if (!made) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "map %s: no memory", desc->name);
    made->ops = type;
    made->vm = vm;
    made->desc = *desc;
    made->refs = 1;
#ifndef MYBPF_NO_MAP_TYPES
    made->users = 1;
    made->cpus = MYBPF__MAP_IS(made, MYBPF__MAP_PERCPU) ? mybpf_cpu_count(vm) : 1;
    made->stored = desc->value_size;
    mybpf__maps_reap(vm, 0);
    if (MYBPF__MAP_IS(made, MYBPF__MAP_OF_MAPS)) {
        made->stored = sizeof(mybpf_map *);
        status = mybpf__of_maps_inner(made, error);
    } else {
        made->desc.inner = NULL; /* the caller's, who may not keep it */
    }
    if (!status && MYBPF__MAP_IS(made, MYBPF__MAP_DEFERS) && mybpf__epochs_begin(vm))
        status = mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "map %s: no memory", desc->name);
#endif
    if (!status) status = type->create(made, error);
    if (status)
        mybpf__map_free(made);
    else
        *map = made;
    return status;
}

MYBPF_API mybpf_map *mybpf_map_ref(mybpf_map *map)
{
    if (map) mybpf__add_ref(&map->refs);
#ifndef MYBPF_NO_MAP_TYPES
    if (map) mybpf__add_ref(&map->users);
#endif
    return map;
}

#ifdef MYBPF_NO_MAP_TYPES
MYBPF_API void mybpf_map_unref(mybpf_map *map)
{
    if (map && !mybpf__drop_ref(&map->refs)) mybpf__map_free(map);
}
#else
/* A program in a prog array that belongs to its own object would keep both for ever. */
MYBPF__FN void mybpf__map_drop_user(mybpf_map *map)
{
    if (mybpf__drop_ref(&map->users)) return;
    if (map->desc.type == MYBPF_MAP_TYPE_PROG_ARRAY) mybpf__prog_array_clear(map);
    mybpf__timers_drop(map, NULL);
}

MYBPF__FN void mybpf__map_drop(mybpf_map *map)
{
    if (mybpf__drop_ref(&map->refs)) return;
    if (map->is_inner) { /* a run may have found it */
        map->ended = mybpf__epoch_end(map->vm);
        MYBPF__STORE_RELEASE(&map->doomed, 1u);
        return;
    }
    mybpf__map_free(map);
}

MYBPF_API void mybpf_map_unref(mybpf_map *map)
{
    if (!map) return;
    mybpf__map_drop_user(map);
    mybpf__map_drop(map);
}
#endif

#ifndef MYBPF_NO_PROVER
/* Is there a kptr among these bytes of values? */
MYBPF__COLD int mybpf__map_kptr_within(const mybpf_map *map, uint32_t offset, uint32_t size)
{
#    ifndef MYBPF_NO_MAP_TYPES
    for (uint32_t i = 0; i < mybpf__kptr_count(map); i++)
        if (map->kptrs[i].at < offset + size && offset < map->kptrs[i].at + 8) return 1;
#    else
    (void)map, (void)offset, (void)size;
#    endif
    return 0;
}

MYBPF_API int mybpf_map_set_lock(mybpf_map *map, uint32_t offset, mybpf_error *error)
{
    const mybpf_map_desc *desc = &map->desc;
    if ((desc->type != MYBPF_MAP_TYPE_HASH && desc->type != MYBPF_MAP_TYPE_ARRAY) || desc->value_size < 4 ||
        offset % 4 || offset > desc->value_size - 4 || mybpf__map_kptr_within(map, offset, 4))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: no lock can be at %u in values of %u bytes of a map of type %s",
                           desc->name, offset, desc->value_size, mybpf_map_type_name(desc->type));
    map->lock = offset + 1;
    return MYBPF_OK;
}

MYBPF_API uint32_t mybpf_map_lock(const mybpf_map *map) { return map->lock; }

MYBPF_API int mybpf_map_set_timer(mybpf_map *map, uint32_t offset, mybpf_error *error)
{
    const mybpf_map_desc *desc = &map->desc;
    if ((desc->type != MYBPF_MAP_TYPE_HASH && desc->type != MYBPF_MAP_TYPE_ARRAY &&
         desc->type != MYBPF_MAP_TYPE_LRU_HASH) ||
        desc->value_size < 16 || offset % 8 || offset > desc->value_size - 16 ||
        mybpf__map_kptr_within(map, offset, 16))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: no timer can be at %u in values of %u bytes of a map of type %s",
                           desc->name, offset, desc->value_size, mybpf_map_type_name(desc->type));
    map->timer = offset + 1;
    return MYBPF_OK;
}

MYBPF_API uint32_t mybpf_map_timer(const mybpf_map *map) { return map->timer; }
#endif

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__FN void mybpf__maps_reap(mybpf_vm *vm, int all)
{
    mybpf_map *gone = NULL, **link, *map;
    if (!MYBPF__PEEK(&vm->inner_maps)) return;
    mybpf__acquire(&vm->instance_lock);
    for (link = &vm->inner_maps; (map = *link) != NULL;) {
        if (MYBPF__LOAD_ACQUIRE(&map->doomed) &&
            (all || mybpf__epoch_held(vm, map->ended, NULL) == MYBPF__HELD_BY_NONE)) {
            *link = map->next_inner;
            map->next_inner = gone;
            gone = map;
        } else {
            link = &map->next_inner;
        }
    }
    mybpf__release(&vm->instance_lock);
    while (gone) {
        map = gone;
        gone = map->next_inner;
        mybpf__map_free(map);
    }
}
#endif

#ifndef MYBPF_NO_PROVER
MYBPF__FN int mybpf__map_each(mybpf_map *map, mybpf__each_element_fn each, void *user)
{
    uint32_t key;
    switch (map->desc.type) {
    case MYBPF_MAP_TYPE_HASH:
    case MYBPF_MAP_TYPE_PERCPU_HASH:
    case MYBPF_MAP_TYPE_LRU_HASH:
    case MYBPF_MAP_TYPE_LRU_PERCPU_HASH: mybpf__hash_each(map, each, user); return 1;
    case MYBPF_MAP_TYPE_ARRAY:
    case MYBPF_MAP_TYPE_PERCPU_ARRAY:
        for (key = 0; key < map->desc.max_entries; key++)
            if (each(user, &key, map->ops->lookup(map, &key))) break;
        return 1;
    default: return 0;
    }
}
#endif

MYBPF_API const mybpf_map_desc *mybpf_map_describe(const mybpf_map *map) { return &map->desc; }

/* May the host read, or write? */
#ifdef MYBPF_NO_MAP_TYPES
#    define mybpf__map_host_reads(map)  1
#    define mybpf__map_host_writes(map) 1
#    define mybpf__map_has(op)          1
#else
#    define mybpf__map_has(op)         ((op) != NULL)
#    define mybpf__map_host_reads(map) (!((map)->desc.flags & MYBPF_F_WRONLY))
#    define mybpf__map_host_writes(map)                                                                      \
        (!((map)->desc.flags & MYBPF_F_RDONLY) && !MYBPF__LOAD_ACQUIRE(&(map)->frozen))
#endif

MYBPF_API int mybpf_map_lookup(mybpf_map *map, const void *key, void *value)
{
    if (!mybpf__map_host_reads(map)) return -MYBPF__EPERM;
    return mybpf__map_has(map->ops->read) ? map->ops->read(map, key, value) : -MYBPF__EOPNOTSUPP;
}

MYBPF_API int mybpf_map_update(mybpf_map *map, const void *key, const void *value, uint64_t flags)
{
    if (!mybpf__map_host_writes(map)) return -MYBPF__EPERM;
    return mybpf__map_has(map->ops->update) ? map->ops->update(map, key, value, flags, NULL)
                                            : -MYBPF__EOPNOTSUPP;
}

MYBPF_API int mybpf_map_delete(mybpf_map *map, const void *key)
{
    if (!mybpf__map_host_writes(map)) return -MYBPF__EPERM;
    return map->ops->remove ? map->ops->remove(map, key) : -MYBPF__EINVAL;
}

MYBPF_API int mybpf_map_next_key(mybpf_map *map, const void *key, void *next)
{
    if (!mybpf__map_host_reads(map)) return -MYBPF__EPERM;
    return mybpf__map_has(map->ops->next_key) ? map->ops->next_key(map, key, next) : -MYBPF__EOPNOTSUPP;
}

MYBPF_API void *mybpf_map_value(mybpf_map *map, const void *key)
{
#ifndef MYBPF_NO_MAP_TYPES
    if (map->desc.type == MYBPF_MAP_TYPE_ARENA) return map->data;
#endif
    return map->ops->lookup ? map->ops->lookup(map, key) : NULL;
}

#endif
