/* ring.h: what programs send to their host: ring buffers and perf event arrays, read as with libbpf. */
#ifndef MYBPF__RING_H
#define MYBPF__RING_H

#include "map.h"

#ifndef MYBPF_NO_MAP_TYPES

/* A consumer of one or more ring buffers, or of a perf event array. One thread at a time uses it, any;
 * programs go on writing. A map has at most one. */
typedef struct mybpf_ring_buffer mybpf_ring_buffer;

/* A record, which is memory of the ring until the function returns. A negative result ends consuming; the
 * record counts as read. */
typedef int (*mybpf_sample_fn)(void *user, void *data, size_t size);
/* `size` is what the program wrote; the kernel rounds it up. */
typedef void (*mybpf_perf_sample_fn)(void *user, uint32_t cpu, void *data, size_t size);
/* Records that did not fit since the last call. */
typedef void (*mybpf_perf_lost_fn)(void *user, uint32_t cpu, uint64_t count);

/* The map is referenced until the consumer is freed. ERR_ARGUMENT for a map of another type, ERR_EXISTS for
 * one that has a consumer. On failure `*rings` is NULL. */
MYBPF_API int mybpf_ring_buffer_new(mybpf_map *map, mybpf_sample_fn sample, void *user,
                                    mybpf_ring_buffer **rings, mybpf_error *error);
MYBPF_API int mybpf_ring_buffer_add(mybpf_ring_buffer *rings, mybpf_map *map, mybpf_sample_fn sample,
                                    void *user, mybpf_error *error);
/* A ring of `page_count` (a power of two) times 4096 bytes for each CPU. `lost` may be NULL. */
MYBPF_API int mybpf_perf_buffer_new(mybpf_map *map, uint32_t page_count, mybpf_perf_sample_fn sample,
                                    mybpf_perf_lost_fn lost, void *user, mybpf_ring_buffer **rings,
                                    mybpf_error *error);
/* Reads what is there, ring after ring: the number of records, or what `sample` returned if that was
 * negative. `poll` waits for the first one, at most `timeout_ms` (negative: for ever); only Linux waits,
 * elsewhere it is `consume`. */
MYBPF_API int mybpf_ring_buffer_consume(mybpf_ring_buffer *rings);
MYBPF_API int mybpf_ring_buffer_poll(mybpf_ring_buffer *rings, int timeout_ms);
/* For select, poll and epoll: readable when there may be records; `consume` makes it unreadable. -1 where
 * there is none. */
MYBPF_API int mybpf_ring_buffer_fd(const mybpf_ring_buffer *rings);
/* The other way, through a user ring buffer: room for a sample that programs find when they drain it, NULL
 * when there is none (or the map is of another type). Each is submitted or discarded once. Any thread, as
 * many as want to. */
MYBPF_API void *mybpf_user_ring_buffer_reserve(mybpf_map *map, uint32_t size);
MYBPF_API void mybpf_user_ring_buffer_submit(void *sample);
MYBPF_API void mybpf_user_ring_buffer_discard(void *sample);
MYBPF_API void mybpf_ring_buffer_free(mybpf_ring_buffer *rings); /* NULL does nothing */

#endif
#endif
