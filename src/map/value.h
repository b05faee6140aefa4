/* value.h: values in a map's memory: one an element, or one for each CPU. */
#ifndef MYBPF__MAP_VALUE_H
#define MYBPF__MAP_VALUE_H

#include "map_impl.h"

#ifdef MYBPF_NO_MAP_TYPES

#    define mybpf__value_room(map)                    mybpf__map_round((map)->desc.value_size)
#    define mybpf__value_stays(map, flags)            0
#    define mybpf__value_out(map, to, from)           mybpf__copy(to, from, (map)->desc.value_size)
#    define mybpf__value_in(map, to, from, e)         mybpf__move(to, from, (map)->desc.value_size)
#    define mybpf__update_flags_fit(map, flags)       ((flags) <= MYBPF_EXIST)
#    define mybpf__value_put(map, to, from, flags, e) mybpf__value_in(map, to, from, e)
#    define mybpf__value_new(map, to, from, e)        mybpf__copy(to, from, (map)->desc.value_size)

#else

/* The CPU whose values a program gets. */
MYBPF__FN uint32_t mybpf__cpu(const mybpf_map *map)
{
    const mybpf_host *host = &map->vm->host;
    return host->cpu(host->user) % map->cpus;
}

/* Memory of an element's values. */
MYBPF__FN uint64_t mybpf__value_room(const mybpf_map *map)
{
    return mybpf__map_round(map->stored) * map->cpus;
}

/* Bytes that the host reads and writes: of a per-CPU map all values, each rounded up to 8. */
MYBPF__FN size_t mybpf__value_bytes(const mybpf_map *map)
{
    return MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU) ? (size_t)mybpf__value_room(map) : map->stored;
}

/* Is the value of an element written over, and not the element replaced? */
#    define mybpf__value_stays(map, flags) (MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU) || (flags)&MYBPF_F_LOCK)

/* Copies between a map's memory, which is aligned, and a caller's. Others may use the map's meanwhile: word
 * by word. */
MYBPF__FN void mybpf__copy_from_map(void *to, const void *from, size_t size)
{
    uint8_t *out = (uint8_t *)to;
    const uintptr_t *in = (const uintptr_t *)from;
    for (; size >= sizeof *in; size -= sizeof *in, in++, out += sizeof *in) {
        uintptr_t word = MYBPF__PEEK(in);
        mybpf__copy(out, &word, sizeof word);
    }
    for (size_t i = 0; i < size; i++) out[i] = MYBPF__PEEK((const uint8_t *)in + i);
}

MYBPF__FN void mybpf__copy_to_map(void *to, const void *from, size_t size)
{
    uintptr_t *out = (uintptr_t *)to;
    const uint8_t *in = (const uint8_t *)from;
    if ((uintptr_t)to - (uintptr_t)from < size) { /* a program's value may be part of the map */
        mybpf__move(to, from, size);
        return;
    }
    for (; size >= sizeof *out; size -= sizeof *out, out++, in += sizeof *out) {
        uintptr_t word;
        mybpf__copy(&word, in, sizeof word);
        MYBPF__POKE(out, word);
    }
    for (size_t i = 0; i < size; i++) MYBPF__POKE((uint8_t *)out + i, in[i]);
}

/* 1 + where each value has a struct bpf_spin_lock, 0: nowhere. */
#    ifdef MYBPF_NO_PROVER
#        define mybpf__value_lock(map) ((void)(map), 0u)
#    else
#        define mybpf__value_lock(map) ((map)->lock)
#    endif

MYBPF__FN void mybpf__clear_lock(const mybpf_map *map, void *value)
{
    if (mybpf__value_lock(map)) mybpf__zero((uint8_t *)value + mybpf__value_lock(map) - 1, 4);
}

/* A value with a lock, which stays as it is. */
MYBPF__FN void mybpf__copy_around_lock(const mybpf_map *map, void *to, const void *from)
{
    uint32_t lock = mybpf__value_lock(map) - 1, size = map->desc.value_size, word, i = 0;
    for (; i + 4 <= size; i += 4) {
        if (i == lock) continue;
        mybpf__copy(&word, (const uint8_t *)from + i, 4);
        MYBPF__POKE((uint32_t *)to + i / 4, word);
    }
    for (; i < size; i++) MYBPF__POKE((uint8_t *)to + i, ((const uint8_t *)from)[i]);
}

/* All of an element, for the host. */
MYBPF__FN void mybpf__value_out(const mybpf_map *map, void *to, const void *from)
{
    mybpf__copy_from_map(to, from, mybpf__value_bytes(map));
    mybpf__clear_lock(map, to);
}

/* Over the present values: the host gives all of them, a program that of its CPU. */
MYBPF__FN void mybpf__value_in(const mybpf_map *map, void *to, const void *from, const mybpf_env *env)
{
    size_t stride = (size_t)mybpf__map_round(map->desc.value_size);
    if (mybpf__value_lock(map))
        mybpf__copy_around_lock(map, to, from);
    else if (!MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU) || env)
        mybpf__copy_to_map((uint8_t *)to + (map->cpus > 1 ? mybpf__cpu(map) * stride : 0), from,
                           map->desc.value_size);
    else
        mybpf__copy_to_map(to, from, map->cpus * stride);
}

/* Into an element that nobody sees yet. */
MYBPF__FN void mybpf__value_new(const mybpf_map *map, void *to, const void *from, const mybpf_env *env)
{
    if (MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU)) {
        mybpf__zero(to, (size_t)mybpf__value_room(map));
        mybpf__value_in(map, to, from, env);
    } else {
        mybpf__copy(to, from, map->stored);
        mybpf__clear_lock(map, to);
    }
}

/* Flags of an update: MYBPF_F_LOCK only where values have locks. */
MYBPF__FN int mybpf__update_flags_fit(const mybpf_map *map, uint64_t flags)
{
    return (flags & ~(uint64_t)MYBPF_F_LOCK) <= MYBPF_EXIST &&
           (!(flags & MYBPF_F_LOCK) || mybpf__value_lock(map));
}

/* mybpf__value_in, with MYBPF_F_LOCK while the value's lock is held. */
MYBPF__FN void mybpf__value_put(const mybpf_map *map, void *to, const void *from, uint64_t flags,
                                const mybpf_env *env)
{
    mybpf__lock *lock = (mybpf__lock *)(void *)((uint8_t *)to + mybpf__value_lock(map) - 1);
    if (flags & MYBPF_F_LOCK) mybpf__acquire(lock);
    mybpf__value_in(map, to, from, env);
    if (flags & MYBPF_F_LOCK) mybpf__release(lock);
}

#endif
#endif
