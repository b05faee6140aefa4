/* arena.h: the host's side of arenas (BPF_MAP_TYPE_ARENA). */
#ifndef MYBPF__ARENA_H
#define MYBPF__ARENA_H

#include "map.h"

#ifndef MYBPF_NO_MAP_TYPES

/* An arena has desc.max_entries pages of MYBPF_MAP_PAGE bytes, which mybpf_map_mmap gives the host; a program
 * accesses those that are taken. What bpf_arena_alloc_pages and bpf_arena_free_pages are for programs:
 * `count` pages in a row, zero, at `at` or, where that is NULL, wherever there are; NULL when they are not
 * free. Pages that are given back may be taken again at once. Any thread, while programs run. */
MYBPF_API void *mybpf_arena_alloc_pages(mybpf_map *map, const void *at, uint32_t count);
MYBPF_API void mybpf_arena_free_pages(mybpf_map *map, const void *at, uint32_t count);

#endif
#endif
