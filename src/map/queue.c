/* queue.c: maps without keys: queues and stacks, and bloom filters. */
#ifndef MYBPF__QUEUE_C
#define MYBPF__QUEUE_C

#include "value.h"

#ifndef MYBPF_NO_MAP_TYPES

/* ---- queues and stacks: a ring of values under one lock ---- */

typedef struct mybpf__queue {
    mybpf__lock lock;
    uint32_t first, count;
} mybpf__queue;

MYBPF__FN int mybpf__queue_create(mybpf_map *map, mybpf_error *error)
{
    if (map->desc.key_size)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "map %s: a %s has no keys",
                           map->desc.name, mybpf_map_type_name(map->desc.type));
    return mybpf__map_memory(map, mybpf__map_round(sizeof(mybpf__queue)), map->desc.max_entries,
                             mybpf__map_round(map->desc.value_size), error);
}

/* Value number `index`, counted from the oldest. */
MYBPF__FN uint8_t *mybpf__queue_at(const mybpf_map *map, uint32_t index)
{
    const mybpf__queue *queue = (const mybpf__queue *)map->data;
    uint64_t place = ((uint64_t)queue->first + index) % map->desc.max_entries;
    return (uint8_t *)map->data + mybpf__map_round(sizeof *queue) +
           (size_t)place * (size_t)mybpf__map_round(map->desc.value_size);
}

/* MYBPF_EXIST: in a full one, instead of the oldest. */
MYBPF__FN int mybpf__queue_push(mybpf_map *map, const void *value, uint64_t flags)
{
    mybpf__queue *queue = (mybpf__queue *)map->data;
    int status = 0;
    if (flags != MYBPF_ANY && flags != MYBPF_EXIST) return -MYBPF__EINVAL;
    mybpf__acquire(&queue->lock);
    if (queue->count == map->desc.max_entries && flags != MYBPF_EXIST) {
        status = -MYBPF__E2BIG;
    } else {
        if (queue->count == map->desc.max_entries) {
            queue->first = queue->first + 1 == map->desc.max_entries ? 0 : queue->first + 1;
            queue->count--;
        }
        mybpf__copy(mybpf__queue_at(map, queue->count++), value, map->desc.value_size);
    }
    mybpf__release(&queue->lock);
    return status;
}

MYBPF__FN int mybpf__queue_get(mybpf_map *map, void *value, int remove)
{
    mybpf__queue *queue = (mybpf__queue *)map->data;
    int is_stack = map->desc.type == MYBPF_MAP_TYPE_STACK, status = 0;
    mybpf__acquire(&queue->lock);
    if (!queue->count) {
        mybpf__zero(value, map->desc.value_size);
        status = -MYBPF__ENOENT;
    } else {
        mybpf__copy(value, mybpf__queue_at(map, is_stack ? queue->count - 1 : 0), map->desc.value_size);
        if (remove) queue->count--;
        if (remove && !is_stack)
            queue->first = queue->first + 1 == map->desc.max_entries ? 0 : queue->first + 1;
    }
    mybpf__release(&queue->lock);
    return status;
}

MYBPF__FN int mybpf__queue_pop(mybpf_map *map, void *value) { return mybpf__queue_get(map, value, 1); }
MYBPF__FN int mybpf__queue_peek(mybpf_map *map, void *value) { return mybpf__queue_get(map, value, 0); }

/* ---- bloom filters: bits that are only ever set ---- */

typedef struct mybpf__bloom {
    uint32_t hashes, mask; /* bits - 1 */
    uint64_t seed;
} mybpf__bloom;

MYBPF__FN int mybpf__bloom_create(mybpf_map *map, mybpf_error *error)
{
    uint32_t hashes = map->desc.extra ? (uint32_t)map->desc.extra : 5;
    if (map->desc.key_size || map->desc.extra > 15)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: a bloom filter has no keys, and 1 to 15 hash functions (map_extra)",
                           map->desc.name);
    if (map->desc.value_size > MYBPF__ELEMENT_MOST + 64)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: a value of %u bytes is larger than %d", map->desc.name,
                           map->desc.value_size, MYBPF__ELEMENT_MOST + 64);
    /* 7 bits for every 5 hashes of an element: half of them are set when it is full */
    uint64_t wanted = (uint64_t)map->desc.max_entries * hashes / 5 * 7, bits = 64;
    while (bits < wanted) bits *= 2;
    if (bits > (uint64_t)1 << 32) bits = (uint64_t)1 << 32;
    int status = mybpf__map_memory(map, sizeof(mybpf__bloom), bits / 8, 1, error);
    if (status) return status;
    mybpf__bloom *bloom = (mybpf__bloom *)map->data;
    bloom->hashes = hashes;
    bloom->mask = (uint32_t)(bits - 1);
    if (!(map->desc.flags & MYBPF_F_ZERO_SEED)) bloom->seed = mybpf__random(map->vm);
    return 0;
}

/* Sets the value's bits, or asks whether all are set. */
MYBPF__FN int mybpf__bloom_bits(mybpf_map *map, const void *value, int set)
{
    const mybpf__bloom *bloom = (const mybpf__bloom *)map->data;
    uint32_t *bits = (uint32_t *)(void *)((uint8_t *)map->data + sizeof *bloom);
    const uint8_t *bytes = (const uint8_t *)value;
    uint64_t mix = bloom->seed, step;
    for (uint32_t i = 0; i < map->desc.value_size; i++) mix = mybpf__mix(mix ^ bytes[i]) + i;
    step = mybpf__mix(mix) | 1;
    for (uint32_t i = 0; i < bloom->hashes; i++, mix += step) {
        uint32_t bit = (uint32_t)(mix >> 32) & bloom->mask;
        if (set)
            MYBPF__OR(&bits[bit / 32], (uint32_t)1 << bit % 32);
        else if (!(MYBPF__PEEK(&bits[bit / 32]) >> bit % 32 & 1))
            return -MYBPF__ENOENT;
    }
    return 0;
}

MYBPF__FN int mybpf__bloom_push(mybpf_map *map, const void *value, uint64_t flags)
{
    return flags ? -MYBPF__EINVAL : mybpf__bloom_bits(map, value, 1);
}

MYBPF__FN int mybpf__bloom_peek(mybpf_map *map, void *value) { return mybpf__bloom_bits(map, value, 0); }

/* ---- for the host ---- */

MYBPF__FN int mybpf__keyless_read(mybpf_map *map, const void *key, void *value)
{
    return key ? -MYBPF__EINVAL : map->ops->peek(map, value);
}

MYBPF__FN int mybpf__keyless_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                    mybpf_env *env)
{
    (void)env;
    return key ? -MYBPF__EINVAL : map->ops->push(map, value, flags);
}

MYBPF__FN int mybpf__queue_next_key(mybpf_map *map, const void *key, void *next)
{
    (void)map, (void)key, (void)next;
    return -MYBPF__EINVAL;
}

MYBPF__FN int mybpf__bloom_remove(mybpf_map *map, const void *key)
{
    (void)map;
    return key ? -MYBPF__EINVAL : -MYBPF__EOPNOTSUPP;
}

#    define MYBPF__KEYLESS(type, flags, name, remove, next_key, pop)                                         \
        {                                                                                                    \
            MYBPF_MAP_TYPE_##type, (flags) | MYBPF_F_NUMA_NODE | MYBPF__F_ACCESS, mybpf__##name##_create,    \
                NULL, mybpf__keyless_read, mybpf__keyless_update, remove, next_key, NULL,                    \
                MYBPF__MAP_KEYLESS, NULL, NULL, NULL, NULL, mybpf__##name##_push, pop, mybpf__##name##_peek  \
        }

MYBPF__UNUSED static const mybpf__map_type mybpf__queue_type =
    MYBPF__KEYLESS(QUEUE, 0, queue, NULL, mybpf__queue_next_key, mybpf__queue_pop);
MYBPF__UNUSED static const mybpf__map_type mybpf__stack_type =
    MYBPF__KEYLESS(STACK, 0, queue, NULL, mybpf__queue_next_key, mybpf__queue_pop);
MYBPF__UNUSED static const mybpf__map_type mybpf__bloom_type =
    MYBPF__KEYLESS(BLOOM_FILTER, MYBPF_F_ZERO_SEED, bloom, mybpf__bloom_remove, NULL, NULL);

#    undef MYBPF__KEYLESS

#endif
#endif
