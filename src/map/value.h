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

/* ---- kptrs: objects of the host ---- */

#    ifdef MYBPF_NO_PROVER
#        define mybpf__kptrs_drop(map, value, env) (void)(map)
#        define mybpf__is_kptr(map, at)            0
#    else
/* Puts an object into a kptr, and what was there out: it is the caller's then. */
MYBPF__FN void *mybpf__kptr_exchange(void *field, void *object)
{
    void **at = (void **)(void *)((uint8_t *)field + (MYBPF_BIG_ENDIAN ? 8 - sizeof *at : 0));
#        if defined(__GNUC__)
    return __atomic_exchange_n(at, object, __ATOMIC_ACQ_REL);
#        else
    void *old = *at;
    *at = object;
    return old;
#        endif
}

/* Gives back what an element's values hold; for a program that updates one of them, that of its CPU. */
MYBPF__FN void mybpf__kptrs_drop(const mybpf_map *map, void *value, const mybpf_env *env)
{
    size_t stride = (size_t)mybpf__map_round(map->desc.value_size);
    for (uint32_t i = 0; i < map->kptr_count; i++) {
        const mybpf_object_kind *kind = map->kptrs[i].kind;
        uint32_t cpu = env && map->cpus > 1 ? mybpf__cpu(map) : 0, end = env ? cpu + 1 : map->cpus;
        for (; cpu < end; cpu++) {
            void *old = mybpf__kptr_exchange((uint8_t *)value + cpu * stride + map->kptrs[i].at, NULL);
            if (old) kind->release(kind->user, old);
        }
    }
}

/* Is the byte at `at` of a value one of a kptr's? */
MYBPF__FN int mybpf__is_kptr(const mybpf_map *map, uint32_t at)
{
    for (uint32_t i = 0; i < map->kptr_count; i++)
        if (at - map->kptrs[i].at < 8) return 1;
    return 0;
}
#    endif

/* Fields of a value that are nobody's to see: its lock, objects of the host. */
#    define mybpf__value_hides(map) (mybpf__value_lock(map) || mybpf__kptr_count(map))

MYBPF__FN void mybpf__clear_hidden(const mybpf_map *map, void *value)
{
    uint8_t *at = (uint8_t *)value;
    if (mybpf__value_lock(map)) mybpf__zero(at + mybpf__value_lock(map) - 1, 4);
#    ifndef MYBPF_NO_PROVER
    for (uint32_t i = 0; i < map->kptr_count; i++)
        for (uint32_t cpu = 0; cpu < map->cpus; cpu++)
            mybpf__zero(at + cpu * (size_t)mybpf__map_round(map->desc.value_size) + map->kptrs[i].at, 8);
#    endif
}

/* A value with such fields, which stay as they are. */
MYBPF__FN void mybpf__copy_around_hidden(const mybpf_map *map, void *to, const void *from)
{
    uint32_t lock = mybpf__value_lock(map) - 1, size = map->desc.value_size, word, i = 0;
    for (; i + 4 <= size; i += 4) {
        if (i == lock || mybpf__is_kptr(map, i)) continue;
        mybpf__copy(&word, (const uint8_t *)from + i, 4);
        MYBPF__POKE((uint32_t *)to + i / 4, word);
    }
    for (; i < size; i++) MYBPF__POKE((uint8_t *)to + i, ((const uint8_t *)from)[i]);
}

/* All of an element, for the host. */
MYBPF__FN void mybpf__value_out(const mybpf_map *map, void *to, const void *from)
{
    mybpf__copy_from_map(to, from, mybpf__value_bytes(map));
    mybpf__clear_hidden(map, to);
}

/* Over the present values: the host gives all of them, a program that of its CPU. */
MYBPF__FN void mybpf__value_in(const mybpf_map *map, void *to, const void *from, const mybpf_env *env)
{
    size_t stride = (size_t)mybpf__map_round(map->desc.value_size);
    int all = MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU) && !env;
    uint8_t *at = (uint8_t *)to + (map->cpus > 1 && !all ? mybpf__cpu(map) * stride : 0);
    if (mybpf__value_hides(map))
        for (uint32_t i = 0; i < (all ? map->cpus : 1); i++)
            mybpf__copy_around_hidden(map, at + i * stride, (const uint8_t *)from + i * stride);
    else
        mybpf__copy_to_map(at, from, all ? map->cpus * stride : map->desc.value_size);
}

/* Into an element that nobody sees yet. */
MYBPF__FN void mybpf__value_new(const mybpf_map *map, void *to, const void *from, const mybpf_env *env)
{
    mybpf__kptrs_drop(map, to, NULL); /* a program put one in when it was deleted already */
    if (MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU)) {
        mybpf__zero(to, (size_t)mybpf__value_room(map));
        mybpf__value_in(map, to, from, env);
    } else {
        mybpf__copy(to, from, map->stored);
        mybpf__clear_hidden(map, to);
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
    mybpf__kptrs_drop(map, to, env); /* as in the kernel */
}

#endif
#endif
