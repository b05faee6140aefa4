/* dynptr.c: Base helpers of memory whose size only the run knows: parts of a map's value, records of ring
 * buffers, and what the host sends through a user ring buffer. */
#ifndef MYBPF__HELPER_DYNPTR_C
#define MYBPF__HELPER_DYNPTR_C

#include "maps.c"

#if !defined(MYBPF_NO_MAP_TYPES) && !defined(MYBPF_NO_PROVER)

/* What a struct bpf_dynptr holds. Programs that are not trusted cannot write to it. */
typedef struct mybpf__dynptr {
    uint64_t data; /* 0: there is none */
    uint32_t size, room;
} mybpf__dynptr;

enum { MYBPF__DYNPTR_MOST = (1 << 24) - 1 };

MYBPF__FN void mybpf__dynptr_set(uint64_t at, uint64_t data, uint32_t size)
{
    mybpf__dynptr made;
    made.data = data;
    made.size = size;
    made.room = 0;
    mybpf__copy(mybpf__pointer(at), &made, sizeof made);
}

/* The `size` bytes at `offset` of what it is to; NULL where they are not all there, and why. */
MYBPF__FN uint8_t *mybpf__dynptr_bytes(uint64_t at, uint32_t offset, uint32_t size, uint64_t *why)
{
    mybpf__dynptr dynptr;
    mybpf__copy(&dynptr, mybpf__pointer(at), sizeof dynptr);
    *why = MYBPF__ERRNO(dynptr.data ? MYBPF__E2BIG : MYBPF__EINVAL);
    if (!dynptr.data || size > dynptr.size || offset > dynptr.size - size) return NULL;
    return (uint8_t *)mybpf__pointer(dynptr.data) + offset;
}

MYBPF__HELPER(dynptr_from_mem)
{
    uint32_t size = (uint32_t)r2;
    mybpf__dynptr_set(r4, 0, 0);
    if (size > MYBPF__DYNPTR_MOST) return MYBPF__ERRNO(MYBPF__E2BIG);
    if (r3) return MYBPF__ERRNO(MYBPF__EINVAL);
    mybpf__dynptr_set(r4, r1, size);
    return 0;
}

/* Without a record there still is one, which must be given back. */
MYBPF__HELPER(ringbuf_reserve_dynptr)
{
    uint32_t size = (uint32_t)r2;
    uint64_t record;
    mybpf__dynptr_set(r4, 0, 0);
    if (r3) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (size > MYBPF__DYNPTR_MOST) return MYBPF__ERRNO(MYBPF__E2BIG);
    record = mybpf__helper_ringbuf_reserve(r1, size, 0, 0, 0, env);
    if (!record) return MYBPF__ERRNO(MYBPF__EINVAL);
    mybpf__dynptr_set(r4, record, size);
    return 0;
}

MYBPF__FN uint64_t mybpf__dynptr_give(uint64_t at, uint64_t flags, mybpf_helper_fn how, mybpf_env *env)
{
    mybpf__dynptr dynptr;
    mybpf__copy(&dynptr, mybpf__pointer(at), sizeof dynptr);
    if (dynptr.data) how(dynptr.data, flags, 0, 0, 0, env);
    mybpf__dynptr_set(at, 0, 0);
    return 0;
}

MYBPF__HELPER(ringbuf_submit_dynptr) { return mybpf__dynptr_give(r1, r2, mybpf__helper_ringbuf_submit, env); }
MYBPF__HELPER(ringbuf_discard_dynptr)
{
    return mybpf__dynptr_give(r1, r2, mybpf__helper_ringbuf_discard, env);
}

MYBPF__HELPER(dynptr_read)
{
    uint64_t why;
    uint32_t size = (uint32_t)r2;
    const uint8_t *from = mybpf__dynptr_bytes(r3, (uint32_t)r4, size, &why);
    if (from && !r5) {
        mybpf__move(mybpf__pointer(r1), from, size);
        return 0;
    }
    mybpf__zero(mybpf__pointer(r1), size);
    return r5 ? MYBPF__ERRNO(MYBPF__EINVAL) : why;
}

MYBPF__HELPER(dynptr_write)
{
    uint64_t why;
    uint32_t size = (uint32_t)r4;
    uint8_t *to = mybpf__dynptr_bytes(r1, (uint32_t)r2, size, &why);
    if (!to || r5) return to ? MYBPF__ERRNO(MYBPF__EINVAL) : why;
    mybpf__move(to, mybpf__pointer(r3), size);
    return 0;
}

MYBPF__HELPER(dynptr_data)
{
    uint64_t why;
    return mybpf__address(mybpf__dynptr_bytes(r1, (uint32_t)r2, (uint32_t)r3, &why));
}

/* ---- records from the host ---- */

enum { MYBPF__DRAIN_STOP = -1 }; /* no errno that consuming gives */

typedef struct mybpf__drain {
    mybpf_env *env;
    uint64_t function, ctx, count;
} mybpf__drain;

MYBPF__FN int mybpf__drain_one(void *user, void *data, size_t size)
{
    mybpf__drain *drain = (mybpf__drain *)user;
    mybpf__dynptr dynptr;
    uint64_t stop;
    mybpf__zero(&dynptr, sizeof dynptr); /* compilers do not see that it is set through its address */
    mybpf__dynptr_set(mybpf__address(&dynptr), mybpf__address(data), (uint32_t)size);
    stop = mybpf_env_call(drain->env, drain->function, mybpf__address(&dynptr), drain->ctx, 0, 0, 0);
    drain->count++;
    return stop || mybpf_env_stopped(drain->env) || drain->count == 128 * 1024 ? MYBPF__DRAIN_STOP : 0;
}

/* Calls function(dynptr, ctx) for each record until it returns 1; how often it did. One program at a time. */
MYBPF__HELPER(user_ringbuf_drain)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    mybpf__drain drain;
    if (map->desc.type != MYBPF_MAP_TYPE_USER_RINGBUF || r4 & ~(uint64_t)MYBPF__RB_FLAGS)
        return MYBPF__ERRNO(MYBPF__EINVAL);
    if (!mybpf__try_acquire(&((mybpf__ring *)map->data)->busy)) return MYBPF__ERRNO(MYBPF__EBUSY);
    drain.env = env;
    drain.function = r2;
    drain.ctx = r3;
    drain.count = 0;
    int status = mybpf__ring_consume((mybpf__ring *)map->data, mybpf__drain_one, &drain);
    mybpf__release(&((mybpf__ring *)map->data)->busy);
    return status < MYBPF__DRAIN_STOP ? MYBPF__ERRNO(-status) : drain.count;
}

#    ifndef MYBPF_NO_MORE_HELPERS
static const mybpf_helper mybpf__dynptr_helpers[] = {MYBPF_DYNPTR_HELPERS(MYBPF__HELPER_ROW)};
#    endif

#endif
#endif
