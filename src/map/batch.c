/* batch.c: what the host does with maps besides single elements: batches, lookups that delete, freezing.
 * Orders of checks and error numbers are those of the kernel's bpf(). */
#ifndef MYBPF__MAP_BATCH_C
#define MYBPF__MAP_BATCH_C

#include "map.c"

#ifndef MYBPF_NO_MAP_TYPES

MYBPF_API size_t mybpf_map_value_bytes(const mybpf_map *map) { return mybpf__value_bytes(map); }

MYBPF__COLD int mybpf__read_locked(mybpf_map *map, const void *key, void *value)
{
    uint32_t *entered = mybpf__epoch_enter(map->vm, mybpf__address(&map));
    uint8_t *at = (uint8_t *)map->ops->lookup(map, key);
    if (at) {
        mybpf__lock *lock = (mybpf__lock *)(void *)(at + mybpf__value_lock(map) - 1);
        mybpf__acquire(lock);
        mybpf__value_out(map, value, at);
        mybpf__release(lock);
    }
    mybpf__epoch_leave(map->vm, entered);
    return at ? 0 : -MYBPF__ENOENT;
}

MYBPF_API int mybpf_map_lookup_flags(mybpf_map *map, const void *key, void *value, uint64_t flags)
{
    if (flags & ~(uint64_t)MYBPF_F_LOCK) return -MYBPF__EINVAL;
    if (!mybpf__map_host_reads(map)) return -MYBPF__EPERM;
    if (!flags) return mybpf_map_lookup(map, key, value);
    return mybpf__value_lock(map) ? mybpf__read_locked(map, key, value) : -MYBPF__EINVAL;
}

MYBPF_API int mybpf_map_lookup_and_delete(mybpf_map *map, const void *key, void *value, uint64_t flags)
{
    if (flags & ~(uint64_t)MYBPF_F_LOCK) return -MYBPF__EINVAL;
    if (!mybpf__map_host_reads(map) || !mybpf__map_host_writes(map)) return -MYBPF__EPERM;
    if (flags) return -MYBPF__EINVAL; /* of no use to queues; hash maps have no locks */
    if (map->ops->pop) return key ? -MYBPF__EINVAL : map->ops->pop(map, value);
    return map->ops->take ? map->ops->take(map, key, value) : -MYBPF__ENOTSUPP;
}

MYBPF_API int mybpf_map_freeze(mybpf_map *map)
{
    if (MYBPF__MAP_IS(map, MYBPF__MAP_NO_FREEZE)) return -MYBPF__ENOTSUPP;
    if (!mybpf__map_host_writes(map)) return -MYBPF__EPERM;
    mybpf__acquire(&map->vm->instance_lock);
    int written = (int)map->written;
    if (!written) MYBPF__STORE_RELEASE(&map->frozen, 1u);
    mybpf__release(&map->vm->instance_lock);
    return written ? -MYBPF__EBUSY : 0;
}

MYBPF_API void *mybpf_map_value_percpu(mybpf_map *map, const void *key, uint32_t cpu)
{
    return map->ops->of_cpu ? map->ops->of_cpu(map, key, cpu) : NULL;
}

MYBPF_API uint32_t mybpf_cpu_count(const mybpf_vm *vm)
{
    return vm->host.cpus > 4096 ? 4096 : vm->host.cpus ? vm->host.cpus : 1;
}

/* Key after key, for types without buckets. `key` has room for one. */
MYBPF__COLD int mybpf__batch_walk(mybpf_map *map, const void *in, uint8_t *key, uint8_t *keys,
                                  uint8_t *values, uint32_t *count)
{
    uint32_t key_size = map->desc.key_size, most = *count, done = 0, tries = 0;
    size_t value_size = mybpf__value_bytes(map);
    const void *from = in;
    int status = 0;
    while (done < most && !status) {
        status = map->ops->next_key(map, from, key);
        if (status) break;
        status = map->ops->read(map, key, values + done * value_size);
        if (status == -MYBPF__ENOENT && ++tries < 3) { /* gone meanwhile */
            status = 0;
            continue;
        }
        if (status) break;
        mybpf__copy(keys + (size_t)done * key_size, key, key_size);
        from = keys + (size_t)done * key_size;
        done++;
    }
    *count = done;
    return status;
}

MYBPF__COLD int mybpf__batch_lookup(mybpf_map *map, const void *in, void *out, void *keys, void *values,
                                    uint32_t *count, uint64_t elem_flags, int remove)
{
    uint32_t bucket = 0, key_size = map->desc.key_size;
    int status;
    if (!mybpf__map_host_reads(map) || (remove && !mybpf__map_host_writes(map))) return -MYBPF__EPERM;
    if (remove ? !map->ops->read_some : !MYBPF__MAP_IS(map, MYBPF__MAP_BATCH_READ)) return -MYBPF__ENOTSUPP;
    if (elem_flags) return -MYBPF__EINVAL;
    if (!*count) return 0;
    if (map->ops->read_some) {
        if (in) mybpf__copy(&bucket, in, sizeof bucket);
        status = map->ops->read_some(map, &bucket, keys, values, count, remove);
        if (out && status != -MYBPF__ENOSPC) mybpf__copy(out, &bucket, sizeof bucket);
        return status;
    }
    uint8_t *key = (uint8_t *)mybpf__alloc(map->vm, 1, key_size);
    if (!key) return -MYBPF__ENOMEM;
    status = mybpf__batch_walk(map, in, key, (uint8_t *)keys, (uint8_t *)values, count);
    mybpf__free(map->vm, key);
    if (out && *count) mybpf__copy(out, (uint8_t *)keys + (size_t)(*count - 1) * key_size, key_size);
    return status;
}

MYBPF_API int mybpf_map_lookup_batch(mybpf_map *map, const void *in, void *out, void *keys, void *values,
                                     uint32_t *count, uint64_t elem_flags)
{
    return mybpf__batch_lookup(map, in, out, keys, values, count, elem_flags, 0);
}

MYBPF_API int mybpf_map_lookup_and_delete_batch(mybpf_map *map, const void *in, void *out, void *keys,
                                                void *values, uint32_t *count, uint64_t elem_flags)
{
    return mybpf__batch_lookup(map, in, out, keys, values, count, elem_flags, 1);
}

/* Updates, or deletes when there are no values. */
MYBPF__COLD int mybpf__batch_write(mybpf_map *map, const void *keys, const void *values, uint32_t *count,
                                   uint64_t elem_flags, uint32_t can)
{
    const uint8_t *key = (const uint8_t *)keys, *value = (const uint8_t *)values;
    uint32_t most = *count, done = 0;
    size_t value_size = mybpf__value_bytes(map);
    int status = 0;
    if (!mybpf__map_host_writes(map)) return -MYBPF__EPERM;
    if (!MYBPF__MAP_IS(map, can)) return -MYBPF__ENOTSUPP;
    if (elem_flags) return -MYBPF__EINVAL;
    for (; done < most; done++, key += map->desc.key_size) {
        status = value ? mybpf_map_update(map, key, value + done * value_size, MYBPF_ANY)
                       : mybpf_map_delete(map, key);
        if (status) break;
    }
    *count = done;
    return status;
}

MYBPF_API int mybpf_map_update_batch(mybpf_map *map, const void *keys, const void *values, uint32_t *count,
                                     uint64_t elem_flags)
{
    return mybpf__batch_write(map, keys, values, count, elem_flags, MYBPF__MAP_BATCH_WRITE);
}

MYBPF_API int mybpf_map_delete_batch(mybpf_map *map, const void *keys, uint32_t *count, uint64_t elem_flags)
{
    return mybpf__batch_write(map, keys, NULL, count, elem_flags, MYBPF__MAP_BATCH_DELETE);
}

#endif
#endif
