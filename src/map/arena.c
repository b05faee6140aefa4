/* arena.c: memory that programs and their host share, with pages that are taken and given back. A pointer
 * into it is the same number for both, and means the same wherever it is stored. */
#ifndef MYBPF__ARENA_C
#define MYBPF__ARENA_C

#include "../base/platform.h"
#include "arena.h"
#include "ring.c"

#ifndef MYBPF_NO_MAP_TYPES

/* What stands in front of the pages, in whole pages: map->block. A bit for each page, set while it is taken,
 * follows. */
typedef struct mybpf__arena {
    mybpf__lock lock;
    uint32_t pages;
    uint32_t first;  /* no page below it is free */
    size_t reserved; /* bytes that the system gave; 0: it is memory of the vm */
} mybpf__arena;

MYBPF__FN uint32_t *mybpf__arena_bits(const mybpf__arena *arena, uint32_t page)
{
    return (uint32_t *)(uintptr_t)(arena + 1) + page / 32;
}

MYBPF__FN int mybpf__arena_taken(const mybpf__arena *arena, uint32_t page)
{
    return (int)(MYBPF__LOAD_ACQUIRE(mybpf__arena_bits(arena, page)) >> page % 32 & 1);
}

/* ---- the map ---- */

/* What Linux asks of the description, in its order. */
MYBPF__COLD int mybpf__arena_check(const mybpf_map_desc *desc, mybpf_error *error)
{
    uint64_t size = (uint64_t)desc->max_entries * MYBPF_MAP_PAGE;
    if (desc->key_size || desc->value_size || !(desc->flags & MYBPF_F_MMAPABLE))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: an arena has neither keys nor values, and needs the flag "
                           "BPF_F_MMAPABLE (1024)",
                           desc->name);
    if (desc->extra % MYBPF_MAP_PAGE)
        return mybpf__fail(
            error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
            "map %s: map_extra of an arena, the address that it is wanted at, is a multiple of "
            "%d",
            desc->name, (int)MYBPF_MAP_PAGE);
    if (size > (uint64_t)1 << 32)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: an arena has at most 4 GiB, not %u pages", desc->name, desc->max_entries);
    if (desc->extra >> 32 != (desc->extra + size - 1) >> 32)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: %u pages at map_extra 0x%llx go beyond a multiple of 4 GiB", desc->name,
                           desc->max_entries, (unsigned long long)desc->extra);
    return MYBPF_OK;
}

/* `head` bytes and the pages behind them: address space that gets memory where it is used, if this system has
 * that and the host has no allocator of its own, else memory of the vm. */
MYBPF__COLD uint8_t *mybpf__arena_memory(mybpf_map *map, size_t head, uint64_t size, size_t *reserved)
{
    uint8_t *block;
    *reserved = 0;
#    if MYBPF__LOW_MAPS
    if (map->vm->host.realloc == mybpf__default_realloc) {
        block = (uint8_t *)mybpf__reserve(map->desc.extra ? map->desc.extra - head : 0, head + (size_t)size);
        if (block) *reserved = head + (size_t)size;
        return block;
    }
#    endif
    if (size > MYBPF_MAX_MAP_BYTES) return NULL;
    block = (uint8_t *)mybpf_vm_realloc(map->vm, NULL, head + (size_t)size);
    if (block) mybpf__zero(block, head);
    return block;
}

MYBPF__FN int mybpf__arena_create(mybpf_map *map, mybpf_error *error)
{
    uint64_t size = (uint64_t)map->desc.max_entries * MYBPF_MAP_PAGE;
    size_t head = sizeof(mybpf__arena) + (map->desc.max_entries + 31) / 32 * sizeof(uint32_t), reserved;
    int status = mybpf__arena_check(&map->desc, error);
    if (status) return status;
    head = (size_t)mybpf__map_whole_pages(head +
                                          MYBPF_MAP_PAGE); /* a page more: the block may not begin at one */
    map->block = mybpf__arena_memory(map, head, size, &reserved);
    if (!map->block)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "map %s: no memory for %u pages",
                           map->desc.name, map->desc.max_entries);
    mybpf__arena *arena = (mybpf__arena *)map->block;
    arena->pages = map->desc.max_entries;
    arena->reserved = reserved;
    uint64_t base = mybpf__address(map->block) + head;
    map->data = (uint8_t *)map->block + head - base % MYBPF_MAP_PAGE;
    return MYBPF_OK;
}

MYBPF__FN void mybpf__arena_destroy(mybpf_map *map)
{
#    if MYBPF__LOW_MAPS
    mybpf__arena *arena = (mybpf__arena *)map->block;
    if (!arena->reserved) return; /* map_data_free frees it */
    mybpf__low_unmap(arena, arena->reserved);
    map->block = map->data = NULL;
#    else
    (void)map;
#    endif
}

MYBPF__FN int mybpf__arena_read(mybpf_map *map, const void *key, void *value)
{
    (void)map, (void)key, (void)value;
    return -MYBPF__EINVAL;
}

MYBPF__FN int mybpf__arena_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                  mybpf_env *env)
{
    (void)map, (void)key, (void)value, (void)env;
    return flags & MYBPF_F_LOCK ? -MYBPF__EINVAL : -MYBPF__EOPNOTSUPP;
}

MYBPF__FN int mybpf__arena_remove(mybpf_map *map, const void *key)
{
    (void)map, (void)key;
    return -MYBPF__EOPNOTSUPP;
}

/* Are all of these bytes in pages that are taken? */
MYBPF__FN int mybpf__arena_contains(const mybpf_map *map, uint64_t address, uint64_t size)
{
    const mybpf__arena *arena = (const mybpf__arena *)map->block;
    uint64_t at = address - mybpf__address(map->data), bytes = (uint64_t)arena->pages * MYBPF_MAP_PAGE;
    if (at >= bytes || size > bytes - at) return 0;
    uint32_t page = (uint32_t)(at / MYBPF_MAP_PAGE), last = page;
    if (size) last = (uint32_t)((at + size - 1) / MYBPF_MAP_PAGE);
    while (page < last && mybpf__arena_taken(arena, page)) page++;
    return mybpf__arena_taken(arena, page);
}

MYBPF__UNUSED static const mybpf__map_type mybpf__arena_type = {MYBPF_MAP_TYPE_ARENA,
                                                                MYBPF_F_MMAPABLE | MYBPF_F_SEGV_ON_FAULT |
                                                                    MYBPF_F_NO_USER_CONV,
                                                                mybpf__arena_create,
                                                                NULL,
                                                                mybpf__arena_read,
                                                                mybpf__arena_update,
                                                                mybpf__arena_remove,
                                                                NULL,
                                                                mybpf__arena_contains,
                                                                MYBPF__MAP_KEYLESS | MYBPF__MAP_VALUELESS,
                                                                mybpf__arena_destroy,
                                                                NULL,
                                                                NULL,
                                                                NULL,
                                                                NULL,
                                                                NULL,
                                                                NULL};

/* ---- pages ---- */

/* The page at `at`, or one behind the last where it is none. */
MYBPF__FN uint32_t mybpf__arena_page(const mybpf_map *map, uint64_t at)
{
    const mybpf__arena *arena = (const mybpf__arena *)map->block;
    uint64_t page = (at - mybpf__address(map->data)) / MYBPF_MAP_PAGE;
    return page < arena->pages ? (uint32_t)page : arena->pages;
}

/* The first of `count` pages in a row, from page `from` to `end`, that are free; else `end`. */
MYBPF__FN uint32_t mybpf__arena_free_run(const mybpf__arena *arena, uint32_t from, uint32_t end,
                                         uint32_t count)
{
    uint32_t run = 0;
    for (uint32_t page = from; page < end; page++) {
        run = mybpf__arena_taken(arena, page) ? 0 : run + 1;
        if (run == count) return page + 1 - count;
    }
    return end;
}

/* The same pages taken, or free, from now on; under the lock. */
MYBPF__FN void mybpf__arena_mark(mybpf__arena *arena, uint32_t page, uint32_t count, int taken)
{
    for (uint32_t end = page + count; page < end; page++) {
        uint32_t *word = mybpf__arena_bits(arena, page), bit = (uint32_t)1 << page % 32;
        MYBPF__STORE_RELEASE(word, taken ? *word | bit : *word & ~bit);
    }
}

MYBPF_API void *mybpf_arena_alloc_pages(mybpf_map *map, const void *at, uint32_t count)
{
    if (map->desc.type != MYBPF_MAP_TYPE_ARENA || !count) return NULL;
    mybpf__arena *arena = (mybpf__arena *)map->block;
    uint8_t *memory = (uint8_t *)map->data;
    uint32_t page = arena->pages, end = arena->pages;
    if (count > arena->pages || (at && mybpf__address(at) % MYBPF_MAP_PAGE)) return NULL;
    mybpf__acquire(&arena->lock);
    if (at) {
        page = mybpf__arena_page(map, mybpf__address(at));
        if (end - page >= count)
            end = page + count;
        else
            page = end;
    } else {
        page = arena->first;
    }
    page = mybpf__arena_free_run(arena, page, end, count);
    if (page < end) {
        memory += (size_t)page * MYBPF_MAP_PAGE;
        mybpf__zero(memory, (size_t)count * MYBPF_MAP_PAGE);
        mybpf__arena_mark(arena, page, count, 1);
        if (page == arena->first) arena->first = page + count;
    } else {
        memory = NULL;
    }
    mybpf__release(&arena->lock);
    return memory;
}

MYBPF_API void mybpf_arena_free_pages(mybpf_map *map, const void *at, uint32_t count)
{
    if (map->desc.type != MYBPF_MAP_TYPE_ARENA || !count || !at) return;
    mybpf__arena *arena = (mybpf__arena *)map->block;
    uint32_t page = mybpf__arena_page(map, mybpf__address(at));
    if (count > arena->pages - page) count = arena->pages - page;
    mybpf__acquire(&arena->lock);
    mybpf__arena_mark(arena, page, count, 0);
    if (count && page < arena->first) arena->first = page;
#    if MYBPF__LOW_MAPS
    if (arena->reserved && count) /* who reads there nevertheless finds zeroes */
        mybpf__unused_memory((uint8_t *)map->data + (size_t)page * MYBPF_MAP_PAGE,
                             (size_t)count * MYBPF_MAP_PAGE);
#    endif
    mybpf__release(&arena->lock);
}

#endif
#endif
