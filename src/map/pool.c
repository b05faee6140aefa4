/* pool.c: the elements of maps that add and remove them. An element that was unlinked is used again when the
 * runs that may hold it are over (epoch.h); memory goes back to the host with the map alone. In the smallest
 * build all elements are there from the beginning, and used again at once. */
#ifndef MYBPF__POOL_C
#define MYBPF__POOL_C

#include "epoch.h"
#include "map_impl.h"

/* What an element begins with. */
typedef struct mybpf__element {
    uintptr_t next; /* the map's own; readers may still follow it when the element is unlinked */
    uintptr_t tag;  /* the map's own; of an unlinked element the next one of its list */
} mybpf__element;

typedef struct mybpf__chunk {
    struct mybpf__chunk *next;
    uint8_t *first;
    uint64_t count;
} mybpf__chunk;

/* All elements of a map. */
typedef struct mybpf__pool {
    size_t stride;
    uint8_t *fresh; /* never used ones */
    uint64_t left;
    uint8_t *first; /* those made with the map */
    uint64_t count;
#ifndef MYBPF_NO_MAP_TYPES
    mybpf__lock lock;
    uint32_t batch;       /* elements that a shelf gets at once */
    mybpf__chunk *chunks; /* made later */
    uint64_t total, limit;
#endif
} mybpf__pool;

/* Those that one lock of the map looks after: linked by their tags, whose bit 0 is no part of the link. */
typedef struct mybpf__shelf {
    mybpf__lock lock;
    uintptr_t free;
#ifndef MYBPF_NO_MAP_TYPES
    uintptr_t waiting, sealed; /* unlinked; the sealed ones in epoch `ended` or before */
    uint32_t waiting_count, ended;
    uint8_t room[64 - 16 - 3 * sizeof(uintptr_t)]; /* a cache line each */
#endif
} mybpf__shelf;

MYBPF__FN mybpf__element *mybpf__element_at(uintptr_t link)
{
    return (mybpf__element *)(link & ~(uintptr_t)1);
}

/* The first of a list, which is not empty. */
MYBPF__FN mybpf__element *mybpf__shelf_pop(uintptr_t *list)
{
    mybpf__element *element = mybpf__element_at(*list);
    /* a reader may have marked it while it waited: the end of a list must still be 0 */
    *list = (uintptr_t)mybpf__element_at(MYBPF__PEEK(&element->tag));
    return element;
}

MYBPF__FN void mybpf__shelf_push(uintptr_t *list, mybpf__element *element)
{
    MYBPF__POKE(&element->tag, *list);
    *list = (uintptr_t)element;
}

#ifdef MYBPF_NO_MAP_TYPES

MYBPF__FN mybpf__element *mybpf__pool_take(mybpf_map *map, mybpf__pool *pool, mybpf__shelf *shelf,
                                           const uint32_t *own)
{
    (void)map, (void)own;
    if (!shelf->free) {
        if (!pool->left) return NULL;
        pool->left--;
        pool->fresh += pool->stride;
        return (mybpf__element *)(void *)(pool->fresh - pool->stride);
    }
    return mybpf__shelf_pop(&shelf->free);
}

MYBPF__FN void mybpf__pool_retire(mybpf__shelf *shelf, mybpf__element *element)
{
    mybpf__shelf_push(&shelf->free, element);
}

#else

enum {
    MYBPF__SEAL_LEAST = 32, /* unlinked elements worth looking who runs */
    MYBPF__OWN_MOST = 32    /* a run that unlinks more than this may see the oldest used again */
};

/* Unlinked elements that nobody can hold become free ones. `least` of them must wait for an epoch to be
 * ended.
 */
MYBPF__FN void mybpf__shelf_reclaim(mybpf_vm *vm, mybpf__shelf *shelf, uint32_t least, const uint32_t *own)
{
    for (int round = 0; round < 2 && !shelf->free; round++) {
        if (!shelf->sealed) {
            if (shelf->waiting_count < least) return;
            shelf->sealed = shelf->waiting;
            shelf->waiting = 0;
            shelf->waiting_count = 0;
            shelf->ended = mybpf__epoch_end(vm);
        }
        int held = mybpf__epoch_held(vm, shelf->ended, own);
        if (held == MYBPF__HELD_BY_OTHERS) return;
        if (held == MYBPF__HELD_BY_OWN && shelf->waiting_count < MYBPF__OWN_MOST) return;
        shelf->free = shelf->sealed;
        shelf->sealed = 0;
    }
}

/* Never-used elements for a shelf that has none; `grow`: of new memory, if need be. */
MYBPF__FN int mybpf__pool_refill(mybpf_map *map, mybpf__pool *pool, mybpf__shelf *shelf, int grow)
{
    mybpf__acquire(&pool->lock);
    if (!pool->left && grow && pool->total < pool->limit) {
        uint64_t count = pool->total / 2 < 16 ? 16 : pool->total / 2;
        if (count > pool->limit - pool->total) count = pool->limit - pool->total;
        uint64_t head = (sizeof(mybpf__chunk) + 15) & ~(uint64_t)15;
        uint8_t *memory = (uint8_t *)mybpf__alloc(map->vm, 1, (size_t)(head + count * pool->stride));
        if (memory) {
            mybpf__chunk *chunk = (mybpf__chunk *)(void *)memory;
            chunk->first = pool->fresh = memory + head;
            chunk->count = pool->left = count;
            chunk->next = pool->chunks;
            pool->total += count;
            MYBPF__STORE_RELEASE(&pool->chunks, chunk);
        }
    }
    for (uint32_t i = 0; i < pool->batch && pool->left; i++, pool->left--, pool->fresh += pool->stride)
        mybpf__shelf_push(&shelf->free, (mybpf__element *)(void *)pool->fresh);
    mybpf__release(&pool->lock);
    return shelf->free != 0;
}

/* An element to use, under the shelf's lock; NULL when there is no memory. */
MYBPF__FN mybpf__element *mybpf__pool_take(mybpf_map *map, mybpf__pool *pool, mybpf__shelf *shelf,
                                           const uint32_t *own)
{
    if (!shelf->free) {
        mybpf__shelf_reclaim(map->vm, shelf, MYBPF__SEAL_LEAST, own);
        if (!shelf->free && !mybpf__pool_refill(map, pool, shelf, 0)) {
            mybpf__shelf_reclaim(map->vm, shelf, 1, own);
            if (!shelf->free && !mybpf__pool_refill(map, pool, shelf, 1)) return NULL;
        }
    }
    return mybpf__shelf_pop(&shelf->free);
}

/* Takes back an element that readers may still see. */
MYBPF__FN void mybpf__pool_retire(mybpf__shelf *shelf, mybpf__element *element)
{
    mybpf__shelf_push(&shelf->waiting, element);
    shelf->waiting_count++;
}

MYBPF__FN void mybpf__pool_destroy(mybpf_map *map, mybpf__pool *pool)
{
    while (pool->chunks) {
        mybpf__chunk *chunk = pool->chunks;
        pool->chunks = chunk->next;
        mybpf__free(map->vm, chunk);
    }
}

#endif

/* `count` elements at `memory` to begin with; at most `limit` altogether. */
MYBPF__FN void mybpf__pool_begin(mybpf__pool *pool, uint8_t *memory, uint64_t count, uint64_t limit,
                                 size_t stride)
{
    pool->first = pool->fresh = memory;
    pool->count = pool->left = count;
    pool->stride = stride;
#ifdef MYBPF_NO_MAP_TYPES
    (void)limit;
#else
    uint64_t most = (uint64_t)MYBPF_MAX_MAP_BYTES / stride;
    pool->total = count;
    pool->limit = limit < most ? limit : most;
    pool->batch = stride > 1024 ? 1 : 8;
#endif
}

/* Is [address, address + size) inside a value, which is at `offset` of its element? */
MYBPF__FN int mybpf__pool_contains(const mybpf_map *map, const mybpf__pool *pool, size_t offset,
                                   uint64_t address, uint64_t size)
{
    if (mybpf__map_within(map, pool->first + offset, pool->stride, pool->count, address, size)) return 1;
#ifndef MYBPF_NO_MAP_TYPES
    const mybpf__chunk *chunk = MYBPF__LOAD_ACQUIRE(&pool->chunks);
    for (; chunk; chunk = chunk->next)
        if (mybpf__map_within(map, chunk->first + offset, pool->stride, chunk->count, address, size))
            return 1;
#endif
    return 0;
}

#endif
