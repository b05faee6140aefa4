/* ringbuf.c: the ring buffer map, the perf event array, and the host's consumers of both. */
#ifndef MYBPF__RINGBUF_C
#define MYBPF__RINGBUF_C

#include "array.c"
#include "ring.c"

#ifndef MYBPF_NO_MAP_TYPES

/* ---- what is no map of elements ---- */

MYBPF__FN int mybpf__no_read(mybpf_map *map, const void *key, void *value)
{
    (void)map, (void)key, (void)value;
    return -MYBPF__ENOTSUPP;
}

MYBPF__FN int mybpf__no_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                               mybpf_env *env)
{
    (void)map, (void)key, (void)value, (void)env;
    return flags & MYBPF_F_LOCK ? -MYBPF__EINVAL : -MYBPF__ENOTSUPP;
}

MYBPF__FN int mybpf__no_remove(mybpf_map *map, const void *key)
{
    (void)map, (void)key;
    return -MYBPF__ENOTSUPP;
}

MYBPF__FN int mybpf__no_next_key(mybpf_map *map, const void *key, void *next)
{
    (void)map, (void)key, (void)next;
    return -MYBPF__ENOTSUPP;
}

/* ---- the ring buffer ---- */

MYBPF__FN int mybpf__ringbuf_create(mybpf_map *map, mybpf_error *error)
{
    uint32_t size = map->desc.max_entries;
    if (map->desc.key_size || map->desc.value_size || size < MYBPF__RING_PAGE || size & (size - 1))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: a ring buffer has neither keys nor values, and max_entries is a power of "
                           "two from 4096 on",
                           map->desc.name);
    if (size > MYBPF_MAX_MAP_BYTES / 2)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "map %s: a ring of %u bytes is too large",
                           map->desc.name, size);
    map->data = mybpf__ring_new(map->vm, size);
    if (!map->data)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "map %s: no memory for a ring of %u bytes",
                           map->desc.name, size);
    return MYBPF_OK;
}

MYBPF__FN void mybpf__ringbuf_destroy(mybpf_map *map)
{
    mybpf__free(map->vm, ((mybpf__ring *)map->data)->block);
    map->data = NULL;
}

MYBPF__UNUSED static const mybpf__map_type mybpf__ringbuf_type = {MYBPF_MAP_TYPE_RINGBUF,
                                                                  MYBPF_F_NUMA_NODE,
                                                                  mybpf__ringbuf_create,
                                                                  NULL,
                                                                  mybpf__no_read,
                                                                  mybpf__no_update,
                                                                  mybpf__no_remove,
                                                                  mybpf__no_next_key,
                                                                  NULL,
                                                                  MYBPF__MAP_KEYLESS | MYBPF__MAP_VALUELESS,
                                                                  mybpf__ringbuf_destroy,
                                                                  NULL,
                                                                  NULL,
                                                                  NULL,
                                                                  NULL,
                                                                  NULL,
                                                                  NULL};

/* The same, from the host to programs. */
MYBPF__UNUSED static const mybpf__map_type mybpf__user_ringbuf_type = {MYBPF_MAP_TYPE_USER_RINGBUF,
                                                                       MYBPF_F_NUMA_NODE,
                                                                       mybpf__ringbuf_create,
                                                                       NULL,
                                                                       mybpf__no_read,
                                                                       mybpf__no_update,
                                                                       mybpf__no_remove,
                                                                       mybpf__no_next_key,
                                                                       NULL,
                                                                       MYBPF__MAP_KEYLESS |
                                                                           MYBPF__MAP_VALUELESS,
                                                                       mybpf__ringbuf_destroy,
                                                                       NULL,
                                                                       NULL,
                                                                       NULL,
                                                                       NULL,
                                                                       NULL,
                                                                       NULL};

MYBPF_API void *mybpf_user_ring_buffer_reserve(mybpf_map *map, uint32_t size)
{
    mybpf__ring *ring = (mybpf__ring *)map->data;
    if (map->desc.type != MYBPF_MAP_TYPE_USER_RINGBUF) return NULL;
    mybpf__acquire(
        &ring->lock); /* samples that the host wrote by itself are not counted: what was read is over */
    uintptr_t consumer = MYBPF__LOAD_ACQUIRE(&ring->consumer);
    if ((intptr_t)(consumer - ring->pending) > 0) ring->pending = consumer;
    mybpf__release(&ring->lock);
    return mybpf__ring_reserve(ring, size);
}

MYBPF_API void mybpf_user_ring_buffer_submit(void *sample) { mybpf__ring_commit(sample, 0, 0); }
MYBPF_API void mybpf_user_ring_buffer_discard(void *sample) { mybpf__ring_commit(sample, 0, 1); }

/* ---- the perf event array: a slot for each CPU, in which a consumer puts a ring ---- */

typedef struct mybpf__perf {
    mybpf__lock lock;
    uint32_t readers; /* programs that write now; the consumer waits for them when it takes its rings away */
} mybpf__perf;        /* rings follow */

MYBPF__FN mybpf__ring **mybpf__perf_rings(const mybpf_map *map)
{
    return (mybpf__ring **)(void *)((uint8_t *)map->data + mybpf__map_round(sizeof(mybpf__perf)));
}

MYBPF__FN int mybpf__perf_create(mybpf_map *map, mybpf_error *error)
{
    if (map->desc.key_size != 4 || map->desc.value_size != 4)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: a perf event array has keys and values of 4 bytes, not %u and %u",
                           map->desc.name, map->desc.key_size, map->desc.value_size);
    return mybpf__map_memory(map, mybpf__map_round(sizeof(mybpf__perf)), map->desc.max_entries,
                             sizeof(mybpf__ring *), error);
}

/* Elements are the consumer's: none is the host's. */
MYBPF__FN int mybpf__perf_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                 mybpf_env *env)
{
    return flags ? -MYBPF__EINVAL : mybpf__no_update(map, key, value, flags, env);
}

MYBPF__FN int mybpf__perf_remove(mybpf_map *map, const void *key)
{
    return mybpf__array_index(key) < map->desc.max_entries ? -MYBPF__ENOENT : -MYBPF__E2BIG;
}

/* Writes a record of two parts: 0, -E2BIG for a CPU that the map has no slot for, -ENOENT when nobody
 * consumes its, -ENOSPC when it is full. */
MYBPF__FN int mybpf__perf_output(mybpf_map *map, uint32_t cpu, const void *data, uint64_t size,
                                 const void *more, uint64_t more_size)
{
    mybpf__perf *perf = (mybpf__perf *)map->data;
    mybpf__ring *ring;
    uint8_t *record;
    int status = 0;
    if (cpu >= map->desc.max_entries) return -MYBPF__E2BIG;
    mybpf__acquire(&perf->lock);
    ring = mybpf__perf_rings(map)[cpu];
    if (ring) perf->readers++;
    mybpf__release(&perf->lock);
    if (!ring) return -MYBPF__ENOENT;
    record = (uint8_t *)mybpf__ring_reserve(ring, size + more_size);
    if (record) {
        if (size) mybpf__copy(record, data, (size_t)size);
        if (more_size) mybpf__copy(record + size, more, (size_t)more_size);
        mybpf__ring_commit(record, 0, 0);
    } else {
        status = -MYBPF__ENOSPC;
    }
    mybpf__acquire(&perf->lock);
    perf->readers--;
    mybpf__release(&perf->lock);
    return status;
}

MYBPF__UNUSED static const mybpf__map_type mybpf__perf_type = {MYBPF_MAP_TYPE_PERF_EVENT_ARRAY,
                                                               MYBPF_F_NUMA_NODE | MYBPF_F_PRESERVE_ELEMS |
                                                                   MYBPF__F_HOST,
                                                               mybpf__perf_create,
                                                               NULL,
                                                               mybpf__no_read,
                                                               mybpf__perf_update,
                                                               mybpf__perf_remove,
                                                               mybpf__array_next_key,
                                                               NULL,
                                                               0,
                                                               NULL,
                                                               NULL,
                                                               NULL,
                                                               NULL,
                                                               NULL,
                                                               NULL,
                                                               NULL};

/* ---- consumers ---- */

typedef struct mybpf__source {
    mybpf_map *map; /* referenced */
    mybpf__ring *ring;
    mybpf_sample_fn sample;     /* of a ring buffer */
    mybpf_perf_sample_fn event; /* of a perf event array */
    mybpf_perf_lost_fn lost;
    void *user;
    uint32_t cpu;
} mybpf__source;

struct mybpf_ring_buffer {
    mybpf_vm *vm;
    int wake;
    uint32_t count;
    mybpf__source *sources;
};

MYBPF__FN int mybpf__consumer_add(mybpf_ring_buffer *rings, const mybpf__source *source, mybpf_error *error)
{
    mybpf__source *grown = (mybpf__source *)mybpf__grow(rings->vm, rings->sources, rings->count,
                                                        rings->count + 1u, sizeof *grown);
    if (!grown) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for a ring's consumer");
    rings->sources = grown;
    grown[rings->count] = *source;
    mybpf_map_ref(source->map);
    rings->count++;
    MYBPF__STORE_RELEASE(&source->ring->wake, rings->wake);
    if (mybpf__ring_waiting(source->ring) && rings->wake >= 0) mybpf__event_signal(rings->wake);
    return MYBPF_OK;
}

MYBPF__FN int mybpf__consumer_new(mybpf_map *map, uint32_t type, mybpf_ring_buffer **rings,
                                  mybpf_error *error)
{
    *rings = NULL;
    if (!map || map->desc.type != type)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "map %s: it is no %s",
                           map ? map->desc.name : "", mybpf_map_type_name(type));
    mybpf_ring_buffer *made = (mybpf_ring_buffer *)mybpf__alloc(map->vm, 1, sizeof *made);
    if (!made) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for a ring's consumer");
    made->vm = map->vm;
    made->wake = mybpf__event_open();
    *rings = made;
    return MYBPF_OK;
}

MYBPF_API int mybpf_ring_buffer_add(mybpf_ring_buffer *rings, mybpf_map *map, mybpf_sample_fn sample,
                                    void *user, mybpf_error *error)
{
    mybpf__source source;
    mybpf__zero(&source, sizeof source);
    if (!map || map->desc.type != MYBPF_MAP_TYPE_RINGBUF)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "map %s: it is no ring buffer",
                           map ? map->desc.name : "");
    source.map = map;
    source.ring = (mybpf__ring *)map->data;
    if (MYBPF__LOAD_ACQUIRE(&source.ring->wake) != -1)
        return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN, "map %s: it has a consumer already",
                           map->desc.name);
    source.sample = sample;
    source.user = user;
    return mybpf__consumer_add(rings, &source, error);
}

MYBPF_API int mybpf_ring_buffer_new(mybpf_map *map, mybpf_sample_fn sample, void *user,
                                    mybpf_ring_buffer **rings, mybpf_error *error)
{
    int status = mybpf__consumer_new(map, MYBPF_MAP_TYPE_RINGBUF, rings, error);
    if (!status) status = mybpf_ring_buffer_add(*rings, map, sample, user, error);
    if (status) {
        mybpf_ring_buffer_free(*rings);
        *rings = NULL;
    }
    return status;
}

/* A ring of `size` bytes for slot `cpu`. */
MYBPF__FN int mybpf__perf_open(mybpf_ring_buffer *rings, mybpf__source *source, uint32_t size,
                               mybpf_error *error)
{
    mybpf__perf *perf = (mybpf__perf *)source->map->data;
    mybpf__ring **slot = mybpf__perf_rings(source->map) + source->cpu;
    int taken, status;
    source->ring = mybpf__ring_new(rings->vm, size);
    if (!source->ring) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for a ring");
    status = mybpf__consumer_add(rings, source, error);
    if (status) {
        mybpf__free(rings->vm, source->ring->block);
        return status;
    }
    mybpf__acquire(&perf->lock);
    taken = *slot != NULL;
    if (!taken) *slot = source->ring;
    mybpf__release(&perf->lock);
    if (!taken) return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN, "map %s: it has a consumer already",
                       source->map->desc.name);
}

MYBPF_API int mybpf_perf_buffer_new(mybpf_map *map, uint32_t page_count, mybpf_perf_sample_fn sample,
                                    mybpf_perf_lost_fn lost, void *user, mybpf_ring_buffer **rings,
                                    mybpf_error *error)
{
    mybpf__source source;
    int status = mybpf__consumer_new(map, MYBPF_MAP_TYPE_PERF_EVENT_ARRAY, rings, error);
    if (status) return status;
    if (!page_count || page_count & (page_count - 1) || page_count > 1u << 16)
        status = mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                             "a ring of %u pages: it is a power of two, at most 65536", page_count);
    mybpf__zero(&source, sizeof source);
    source.map = map;
    source.event = sample;
    source.lost = lost;
    source.user = user;
    for (uint32_t cpu = 0; !status && cpu < map->desc.max_entries && cpu < mybpf_cpu_count(map->vm); cpu++) {
        source.cpu = cpu;
        status = mybpf__perf_open(*rings, &source, page_count * MYBPF__RING_PAGE, error);
    }
    if (status) {
        mybpf_ring_buffer_free(*rings);
        *rings = NULL;
    }
    return status;
}

/* No program writes to the ring any more, and none will. */
MYBPF__FN void mybpf__perf_close(const mybpf__source *source)
{
    mybpf__perf *perf = (mybpf__perf *)source->map->data;
    mybpf__ring **slot = mybpf__perf_rings(source->map) + source->cpu;
    for (int busy = 1; busy;) {
        mybpf__acquire(&perf->lock);
        if (*slot == source->ring) *slot = NULL;
        busy = perf->readers != 0;
        mybpf__release(&perf->lock);
    }
    mybpf__free(source->map->vm, source->ring->block);
}

MYBPF_API void mybpf_ring_buffer_free(mybpf_ring_buffer *rings)
{
    if (!rings) return;
    for (uint32_t i = 0; i < rings->count; i++) {
        const mybpf__source *source = &rings->sources[i];
        if (source->map->desc.type == MYBPF_MAP_TYPE_PERF_EVENT_ARRAY)
            mybpf__perf_close(source);
        else
            MYBPF__STORE_RELEASE(&source->ring->wake, -1);
        mybpf_map_unref(source->map);
    }
    mybpf__event_close(rings->wake);
    mybpf__free(rings->vm, rings->sources);
    mybpf__free(rings->vm, rings);
}

MYBPF__FN int mybpf__source_event(void *user, void *record, size_t size)
{
    const mybpf__source *source = (const mybpf__source *)user;
    if (source->event) source->event(source->user, source->cpu, record, size);
    return 0;
}

MYBPF_API int mybpf_ring_buffer_consume(mybpf_ring_buffer *rings)
{
    int64_t count = 0;
    mybpf__event_clear(rings->wake);
    for (uint32_t i = 0; i < rings->count; i++) {
        mybpf__source *source = &rings->sources[i];
        int got = source->sample ? mybpf__ring_consume(source->ring, source->sample, source->user)
                                 : mybpf__ring_consume(source->ring, mybpf__source_event, source);
        uint32_t lost = MYBPF__PEEK(&source->ring->lost);
        if (got < 0) { /* what is left waits, here and in the rings behind it */
            if (rings->wake >= 0) mybpf__event_signal(rings->wake);
            return got;
        }
        count += got;
        if (!source->lost || !lost) continue;
        MYBPF__SUB(&source->ring->lost, lost);
        source->lost(source->user, source->cpu, lost);
    }
    return count > INT_MAX ? INT_MAX : (int)count;
}

MYBPF_API int mybpf_ring_buffer_poll(mybpf_ring_buffer *rings, int timeout_ms)
{
    int count = mybpf_ring_buffer_consume(rings);
    if (count || rings->wake < 0) return count;
    mybpf__event_wait(rings->wake, timeout_ms);
    return mybpf_ring_buffer_consume(rings);
}

MYBPF_API int mybpf_ring_buffer_fd(const mybpf_ring_buffer *rings)
{
    return rings->wake < 0 ? -1 : rings->wake;
}

#endif
#endif
