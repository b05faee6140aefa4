/* mmap.c: the memory of a map in the kernel's layout, for a host that reads and writes it by itself. What may
 * be mapped, how, and why not, is what mmap(2) says about a map's file descriptor. */
#ifndef MYBPF__MAP_MMAP_C
#define MYBPF__MAP_MMAP_C

#include "map.c"

#ifndef MYBPF_NO_MAP_TYPES

/* The bytes that there are, from `*at` on, or what the type has against it. */
MYBPF__COLD int mybpf__map_pages(const mybpf_map *map, uint64_t offset, uint64_t length, int writable,
                                 uint8_t **at, uint64_t *bytes)
{
    mybpf__ring *ring = (mybpf__ring *)map->data;
    if (map->desc.type == MYBPF_MAP_TYPE_ARENA) {
        *at = (uint8_t *)map->data;
        *bytes = offset ? 0 : (uint64_t)map->desc.max_entries * MYBPF_MAP_PAGE;
        return 0;
    }
    if (map->desc.type == MYBPF_MAP_TYPE_ARRAY) {
        if (!map->block) return -MYBPF__EINVAL;
        *at = (uint8_t *)map->data;
        *bytes = mybpf__map_whole_pages(map->desc.max_entries * mybpf__value_room(map));
        return 0;
    }
    /* Each side writes what is its own: who reads a position, who writes the other one and the data. */
    if (writable && (map->desc.type == MYBPF_MAP_TYPE_RINGBUF ? offset || length != MYBPF_MAP_PAGE : !offset))
        return -MYBPF__EPERM;
    *at = (uint8_t *)&ring->consumer;
    *bytes = 2 * MYBPF_MAP_PAGE + 2 * ((uint64_t)ring->mask + 1);
    return 0;
}

MYBPF_API int mybpf_map_mmap(mybpf_map *map, size_t length, int writable, uint64_t offset, void **memory)
{
    uint64_t size = mybpf__map_whole_pages(length), bytes = 0;
    uint32_t type = map->desc.type;
    uint8_t *at = NULL;
    int status;
    *memory = NULL;
    if (!size || size < length || offset % MYBPF_MAP_PAGE) return -MYBPF__EINVAL;
    if (map->desc.flags & (writable ? MYBPF__F_HOST : MYBPF_F_WRONLY)) return -MYBPF__EACCES;
    if (type != MYBPF_MAP_TYPE_ARRAY && type != MYBPF_MAP_TYPE_RINGBUF &&
        type != MYBPF_MAP_TYPE_USER_RINGBUF && type != MYBPF_MAP_TYPE_ARENA)
        return -MYBPF__ENOTSUPP;
    if (map->desc.flags & MYBPF_F_RDONLY) return -MYBPF__EINVAL; /* a shared mapping is one that may write */
#    ifndef MYBPF_NO_PROVER
    if (map->lock || map->timer || map->kptr_count) return -MYBPF__ENOTSUPP;
#    endif
    mybpf__acquire(&map->vm->instance_lock); /* nobody freezes it meanwhile */
    if (writable && map->frozen)
        status = -MYBPF__EPERM;
    else if (writable && map->desc.flags & MYBPF_F_RDONLY_PROG)
        status = -MYBPF__EACCES;
    else
        status = mybpf__map_pages(map, offset, size, writable, &at, &bytes);
    if (!status && (offset > bytes || size > bytes - offset)) status = -MYBPF__EINVAL;
    if (!status && writable) map->written = 1;
    mybpf__release(&map->vm->instance_lock);
    if (!status) *memory = at + offset;
    return status;
}

#endif
#endif
