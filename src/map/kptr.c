/* kptr.c: objects of the host in the values of maps. Whoever takes one out of its field by an exchange owns
 * its reference, so that each is given back once, whatever threads do at the same time. */
#ifndef MYBPF__MAP_KPTR_C
#define MYBPF__MAP_KPTR_C

#include "hash.c"

#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)

/* A chain: records that maps point to never move. */
struct mybpf__object_kind {
    mybpf_object_kind kind;
    struct mybpf__object_kind *next;
};

MYBPF__COLD const mybpf_object_kind *mybpf__kind_find(const mybpf_vm *vm, uint32_t object, const char *name)
{
    for (const struct mybpf__object_kind *entry = vm->kinds; entry; entry = entry->next)
        if (name ? mybpf__same_text(entry->kind.name, name) : entry->kind.object == object)
            return &entry->kind;
    return NULL;
}

MYBPF_API int mybpf_object_kind_register(mybpf_vm *vm, const mybpf_object_kind *kind, mybpf_error *error)
{
    struct mybpf__object_kind *entry;
    if (!vm || !kind || !kind->name || !kind->release || kind->object < MYBPF_OBJECT_HOST ||
        kind->object >> 31)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "kind of objects: vm, name or release is missing, or its number is not from %d on",
                           MYBPF_OBJECT_HOST);
    if (mybpf__kind_find(vm, kind->object, NULL) || mybpf__kind_find(vm, 0, kind->name))
        return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN,
                           "kind of objects %s: there is one of this name or number (%u)", kind->name,
                           (unsigned)kind->object);
    entry = (struct mybpf__object_kind *)mybpf__alloc(vm, 1, sizeof *entry);
    if (!entry)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "kind of objects %s: no memory",
                           kind->name);
    entry->kind = *kind;
    entry->next = vm->kinds;
    vm->kinds = entry;
    return MYBPF_OK;
}

MYBPF__COLD void mybpf__kinds_destroy(mybpf_vm *vm)
{
    while (vm->kinds) {
        struct mybpf__object_kind *entry = vm->kinds;
        vm->kinds = entry->next;
        mybpf__free(vm, entry);
    }
}

/* ---- where they are ---- */

/* Linux' types, which may be written to by programs, with a field there that nothing else is in. */
MYBPF__COLD int mybpf__kptr_fits(const mybpf_map *map, uint32_t offset)
{
    static const uint8_t mybpf__types[] = {
        MYBPF_MAP_TYPE_HASH,        MYBPF_MAP_TYPE_ARRAY,           MYBPF_MAP_TYPE_PERCPU_HASH,
        MYBPF_MAP_TYPE_LRU_HASH,    MYBPF_MAP_TYPE_LRU_PERCPU_HASH, MYBPF_MAP_TYPE_PERCPU_ARRAY,
        MYBPF_MAP_TYPE_SK_STORAGE,  MYBPF_MAP_TYPE_INODE_STORAGE,   MYBPF_MAP_TYPE_TASK_STORAGE,
        MYBPF_MAP_TYPE_CGRP_STORAGE};
    uint32_t size = map->desc.value_size, lock = map->lock - 1, timer = map->timer - 1, found = 0;
    for (size_t i = 0; i < sizeof mybpf__types; i++) found |= mybpf__types[i] == map->desc.type;
    if (!found || map->is_section || map->is_inner || offset % 8 || size < 8 || offset > size - 8) return 0;
    if (map->desc.flags & (MYBPF_F_RDONLY_PROG | MYBPF_F_WRONLY_PROG | MYBPF_F_MMAPABLE)) return 0;
    if (map->lock && lock < offset + 8 && offset < lock + 4) return 0;
    return !(map->timer && timer < offset + 8 && offset < timer + 16);
}

MYBPF__COLD int mybpf__map_add_kptr(mybpf_map *map, uint32_t offset, const mybpf_object_kind *kind,
                                    mybpf_error *error)
{
    for (uint32_t i = 0; i < map->kptr_count; i++)
        if (map->kptrs[i].at == offset)
            return map->kptrs[i].kind == kind
                       ? MYBPF_OK
                       : mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN,
                                     "map %s: the kptr at %u of values is for objects of kind %s, not %s",
                                     map->desc.name, (unsigned)offset, map->kptrs[i].kind->name, kind->name);
    if (!mybpf__kptr_fits(map, offset))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: no kptr can be at %u in values of %u bytes of a map of type %s with "
                           "flags 0x%x",
                           map->desc.name, (unsigned)offset, (unsigned)map->desc.value_size,
                           mybpf_map_type_name(map->desc.type), (unsigned)map->desc.flags);
    if (map->kptr_count == MYBPF_MAP_KPTRS)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "map %s: values have more than %d kptrs",
                           map->desc.name, MYBPF_MAP_KPTRS);
    map->kptrs[map->kptr_count].kind = kind;
    map->kptrs[map->kptr_count++].at = offset;
    return MYBPF_OK;
}

MYBPF_API int mybpf_map_set_kptr(mybpf_map *map, uint32_t offset, uint32_t object, mybpf_error *error)
{
    const mybpf_object_kind *kind = mybpf__kind_find(map->vm, object, NULL);
    if (!kind)
        return mybpf__fail(error, MYBPF_ERR_NOT_FOUND, MYBPF_NO_INSN,
                           "map %s: the host has registered no kind %u of objects", map->desc.name,
                           (unsigned)object);
    return mybpf__map_add_kptr(map, offset, kind, error);
}

MYBPF_API uint32_t mybpf_map_kptr(const mybpf_map *map, uint32_t index, uint32_t *object)
{
    if (index >= map->kptr_count) return 0;
    if (object) *object = map->kptrs[index].kind->object;
    return map->kptrs[index].at + 1;
}

MYBPF_API int mybpf_map_kptr_xchg(mybpf_map *map, const void *key, uint32_t offset, void **object)
{
    uint32_t *entered, found = 0;
    uint8_t *value;
    for (uint32_t i = 0; i < map->kptr_count; i++) found |= map->kptrs[i].at == offset;
    if (!found) return -MYBPF__EINVAL;
    entered = mybpf__hash_enter(map);
    value = (uint8_t *)mybpf_map_value(map, key);
    if (value) *object = mybpf__kptr_exchange(value + offset, *object);
    mybpf__hash_leave(map, entered);
    return value ? 0 : -MYBPF__ENOENT;
}

/* ---- when the map goes ---- */

/* Of `count` elements, whose values are `stride` bytes apart. */
MYBPF__COLD void mybpf__kptrs_drop_from(mybpf_map *map, uint8_t *value, uint64_t stride, uint64_t count)
{
    for (; count; count--, value += stride) mybpf__kptrs_drop(map, value, NULL);
}

/* Those of elements that were deleted, and of memory that never was one, too. */
MYBPF__COLD void mybpf__kptrs_destroy(mybpf_map *map)
{
    if (!map->kptr_count) return;
    if (map->desc.type == MYBPF_MAP_TYPE_ARRAY || map->desc.type == MYBPF_MAP_TYPE_PERCPU_ARRAY) {
        mybpf__kptrs_drop_from(map, (uint8_t *)map->data, mybpf__value_room(map), map->desc.max_entries);
        return;
    }
    mybpf__hash *hash = (mybpf__hash *)map->data;
    mybpf__kptrs_drop_from(map, hash->pool.first + hash->value_at, hash->pool.stride, hash->pool.count);
    for (mybpf__chunk *chunk = hash->pool.chunks; chunk; chunk = chunk->next)
        mybpf__kptrs_drop_from(map, chunk->first + hash->value_at, hash->pool.stride, chunk->count);
}

#endif
#endif
