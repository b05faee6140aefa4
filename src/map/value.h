/* value.h: values in a map's memory: one an element, or one for each CPU. */
#ifndef MYBPF__MAP_VALUE_H
#define MYBPF__MAP_VALUE_H

#include "map_impl.h"

#ifdef MYBPF_NO_MAP_TYPES

#    define mybpf__value_room(map)             mybpf__map_round((map)->desc.value_size)
#    define mybpf__value_stays(map)            0
#    define mybpf__value_out(map, to, from)    mybpf__copy(to, from, (map)->desc.value_size)
#    define mybpf__value_in(map, to, from, e)  mybpf__move(to, from, (map)->desc.value_size)
#    define mybpf__value_new(map, to, from, e) mybpf__copy(to, from, (map)->desc.value_size)

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
    return mybpf__map_round(map->desc.value_size) * map->cpus;
}

/* Bytes that the host reads and writes: of a per-CPU map all values, each rounded up to 8. */
MYBPF__FN size_t mybpf__value_bytes(const mybpf_map *map)
{
    return MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU) ? (size_t)mybpf__value_room(map) : map->desc.value_size;
}

/* Is the value of an element written over, and not the element replaced? */
#    define mybpf__value_stays(map) MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU)

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

/* All of an element, for the host. */
MYBPF__FN void mybpf__value_out(const mybpf_map *map, void *to, const void *from)
{
    mybpf__copy_from_map(to, from, mybpf__value_bytes(map));
}

/* Over the present values: the host gives all of them, a program that of its CPU. */
MYBPF__FN void mybpf__value_in(const mybpf_map *map, void *to, const void *from, const mybpf_env *env)
{
    size_t stride = (size_t)mybpf__map_round(map->desc.value_size);
    if (!MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU) || env)
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
        mybpf__copy(to, from, map->desc.value_size);
    }
}

#endif
#endif
