/* maps.c: the Base helpers of maps without keys, per-CPU maps and ring buffers. */
#ifndef MYBPF__HELPER_MAPS_C
#define MYBPF__HELPER_MAPS_C

#include "../map/arena.h"
#include "../map/ringbuf.c"
#include "base.c"

#if !defined(MYBPF_NO_MAP_TYPES) && !defined(MYBPF_NO_PROVER)

/* A guarded or trusted program may hand over any of its maps. */
MYBPF__HELPER(map_push_elem)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (map->desc.flags & MYBPF_F_RDONLY_PROG) return MYBPF__ERRNO(MYBPF__EPERM);
    if (!map->ops->push) return MYBPF__ERRNO(MYBPF__EOPNOTSUPP);
    return (uint64_t)map->ops->push(map, mybpf__pointer(r2), r3);
}

MYBPF__HELPER(map_pop_elem)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (map->desc.flags & (MYBPF_F_RDONLY_PROG | MYBPF_F_WRONLY_PROG)) return MYBPF__ERRNO(MYBPF__EPERM);
    if (!map->ops->pop) return MYBPF__ERRNO(MYBPF__EOPNOTSUPP);
    return (uint64_t)map->ops->pop(map, mybpf__pointer(r2));
}

MYBPF__HELPER(map_peek_elem)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (map->desc.flags & MYBPF_F_WRONLY_PROG) return MYBPF__ERRNO(MYBPF__EPERM);
    if (!map->ops->peek) return MYBPF__ERRNO(MYBPF__EOPNOTSUPP);
    return (uint64_t)map->ops->peek(map, mybpf__pointer(r2));
}

MYBPF__HELPER(map_lookup_percpu_elem)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (map->desc.flags & MYBPF_F_WRONLY_PROG) return 0;
    return mybpf__address(mybpf_map_value_percpu(map, mybpf__pointer(r2), (uint32_t)r3));
}

/* The object goes into the field with the run's reference, and what was there comes out with its own. */
MYBPF__HELPER(kptr_xchg)
{
    void *old = mybpf__kptr_exchange(mybpf__pointer(r1), mybpf__pointer(r2));
    if (r2) mybpf_env_drop(env, mybpf__pointer(r2));
    if (old) mybpf__hold_kptr(env, r1, old);
    return mybpf__address(old);
}

/* A variable of the host that each CPU has: the one of `cpu`, NULL where there is no such CPU. Loads that are
 * not verified may hand over any map. */
MYBPF__FN uint64_t mybpf__variable_of_cpu(uint64_t variable, uint32_t cpu)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(variable);
    uint32_t zero = 0;
    if (map->is_section != MYBPF__HOST_SECTION || map->desc.type != MYBPF_MAP_TYPE_PERCPU_ARRAY) return 0;
    return mybpf__address(mybpf_map_value_percpu(map, &zero, cpu));
}

MYBPF__HELPER(per_cpu_ptr) { return mybpf__variable_of_cpu(r1, (uint32_t)r2); }

MYBPF__HELPER(this_cpu_ptr)
{
    return mybpf__variable_of_cpu(r1, mybpf__cpu((mybpf_map *)mybpf__pointer(r1)));
}

/* ---- records for the host ---- */

enum { MYBPF__RB_FLAGS = MYBPF__RING_NO_WAKEUP | MYBPF__RING_FORCE_WAKEUP };

MYBPF__FN mybpf__ring *mybpf__ring_arg(uint64_t map)
{
    mybpf_map *given = (mybpf_map *)mybpf__pointer(map);
    return given->desc.type == MYBPF_MAP_TYPE_RINGBUF ? (mybpf__ring *)given->data : NULL;
}

/* A run that ends early gives its records up. */
MYBPF__FN void mybpf__record_dropped(mybpf_env *env, void *record)
{
    (void)env;
    mybpf__ring_commit(record, 0, 1);
}

MYBPF__HELPER(ringbuf_reserve)
{
    mybpf__ring *ring = mybpf__ring_arg(r1);
    void *record = ring && !r3 ? mybpf__ring_reserve(ring, r2) : NULL;
    if (record && mybpf_env_hold(env, record, mybpf__record_dropped)) {
        mybpf__record_dropped(env, record);
        return 0;
    }
    return mybpf__address(record);
}

MYBPF__HELPER(ringbuf_submit)
{
    mybpf_env_drop(env, mybpf__pointer(r1));
    mybpf__ring_commit(mybpf__pointer(r1), r2, 0);
    return 0;
}

MYBPF__HELPER(ringbuf_discard)
{
    mybpf_env_drop(env, mybpf__pointer(r1));
    mybpf__ring_commit(mybpf__pointer(r1), r2, 1);
    return 0;
}

MYBPF__HELPER(ringbuf_output)
{
    mybpf__ring *ring = mybpf__ring_arg(r1);
    void *record;
    if (!ring || r4 & ~(uint64_t)MYBPF__RB_FLAGS) return MYBPF__ERRNO(MYBPF__EINVAL);
    record = mybpf__ring_reserve(ring, r3);
    if (!record) return MYBPF__ERRNO(MYBPF__EAGAIN);
    if (r3) mybpf__copy(record, mybpf__pointer(r2), (size_t)r3);
    mybpf__ring_commit(record, r4, 0);
    return 0;
}

MYBPF__HELPER(ringbuf_query)
{
    mybpf__ring *ring = mybpf__ring_arg(r1);
    if (!ring) return 0;
    switch (r2) {
    case 0: return mybpf__ring_waiting(ring);
    case 1: return (uint64_t)ring->mask + 1;
    case 2: return MYBPF__LOAD_ACQUIRE(&ring->consumer);
    case 3: return MYBPF__LOAD_ACQUIRE(&ring->producer);
    default: return 0;
    }
}

/* Flags: the CPU in the lower half, all ones for this one; above it, bytes of the packet to add. */
MYBPF__HELPER(perf_event_output)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r2);
    uint64_t packet_size = 0, more = r3 >> 32;
    const void *packet = mybpf__run_packet(env, &packet_size);
    uint32_t cpu = (uint32_t)r3;
    if (map->desc.type != MYBPF_MAP_TYPE_PERF_EVENT_ARRAY || more >> 20 || (more && !packet))
        return MYBPF__ERRNO(MYBPF__EINVAL);
    if (more > packet_size) return MYBPF__ERRNO(MYBPF__EFAULT);
    if (cpu == UINT32_MAX) cpu = map->vm->host.cpu(map->vm->host.user) % mybpf_cpu_count(map->vm);
    return (uint64_t)mybpf__perf_output(map, cpu, mybpf__pointer(r4), r5, packet, more);
}

/* Rows that give or take an object, but not both, are about records. */
#    define MYBPF__MAP_HELPER_ROW(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters)   \
        {number,                                                                                             \
         #name,                                                                                              \
         mybpf__helper_##name,                                                                               \
         MYBPF_RET_##ret,                                                                                    \
         {MYBPF_ARG_##a1, MYBPF_ARG_##a2, MYBPF_ARG_##a3, MYBPF_ARG_##a4, MYBPF_ARG_##a5},                   \
         MYBPF_HELPER_##flags,                                                                               \
         NULL,                                                                                               \
         (MYBPF_HELPER_##flags & MYBPF_HELPER_EXCHANGE) % MYBPF_HELPER_EXCHANGE ? MYBPF_OBJECT_RECORD : 0,   \
         {0, 0, 0, 0, 0, 0},                                                                                 \
         MYBPF__TYPES_##types},

static const mybpf_helper mybpf__map_helpers[] = {MYBPF_MAP_HELPERS(MYBPF__MAP_HELPER_ROW)};
#    undef MYBPF__MAP_HELPER_ROW

/* ---- pages of arenas ---- */

/* The node is that of a machine with one, 0, or none in particular. */
MYBPF__HELPER(arena_alloc_pages)
{
    if (r5 || ((uint32_t)r4 != UINT32_MAX && (uint32_t)r4)) return 0;
    return mybpf__address(
        mybpf_arena_alloc_pages((mybpf_map *)mybpf__pointer(r1), mybpf__pointer(r2), (uint32_t)r3));
}

MYBPF__HELPER(arena_free_pages)
{
    mybpf_arena_free_pages((mybpf_map *)mybpf__pointer(r1), mybpf__pointer(r2), (uint32_t)r3);
    return 0;
}

static const mybpf_helper mybpf__kernel_functions[] = {MYBPF_KERNEL_FUNCTIONS(MYBPF__HELPER_ROW)};

#endif
#endif
