/* ring.c: records from programs to their host, in the layout of the kernel's ring buffers: each a header of 8
 * bytes and its data, at multiples of 8. Producers take a lock to reserve; committing and consuming take
 * none. A record that reaches over the end goes on in memory behind it, where the kernel maps the beginning
 * once more. */
#ifndef MYBPF__RING_C
#define MYBPF__RING_C

#include "../base/platform.h"
#include "map_impl.h"
#include "ring.h"

#ifndef MYBPF_NO_MAP_TYPES

enum { MYBPF__RING_PAGE = MYBPF_MAP_PAGE, MYBPF__RING_HEADER = 8 };
#    define MYBPF__RING_BUSY    0x80000000u
#    define MYBPF__RING_DISCARD 0x40000000u

/* At a page's beginning; each position has a page for itself, as where the kernel lets programs map them. */
typedef struct mybpf__ring {
    mybpf__lock lock;
    uint32_t mask;     /* bytes - 1 */
    int wake;          /* what consumers wait for, -1: nobody does; platform.h */
    uint32_t lost;     /* records that did not fit */
    uintptr_t pending; /* the oldest record that may be busy */
    uint8_t *block;    /* to be freed */
    mybpf__lock busy;  /* a program drains it */
    uint8_t room[MYBPF__RING_PAGE - 16 - 3 * sizeof(uintptr_t)];
    uintptr_t consumer;
    uint8_t room2[MYBPF__RING_PAGE - sizeof(uintptr_t)];
    uintptr_t producer;
    uint8_t room3[MYBPF__RING_PAGE - sizeof(uintptr_t)];
} mybpf__ring; /* the data follow, twice as many bytes as the ring has */

MYBPF__FN uint8_t *mybpf__ring_at(mybpf__ring *ring, uintptr_t position)
{
    return (uint8_t *)(ring + 1) + (position & ring->mask);
}

/* A ring of `size` bytes, a power of two; NULL when there is no memory. Freed by freeing its block. */
MYBPF__FN mybpf__ring *mybpf__ring_new(mybpf_vm *vm, uint32_t size)
{
    uint8_t *block =
        (uint8_t *)mybpf__alloc(vm, 1, sizeof(mybpf__ring) + (size_t)size * 2 + MYBPF__RING_PAGE);
    if (!block) return NULL;
    mybpf__ring *ring = (mybpf__ring *)(void *)(block + (0 - (uintptr_t)block) % MYBPF__RING_PAGE);
    ring->block = block;
    ring->mask = size - 1;
    ring->wake = -1;
    return ring;
}

MYBPF__FN uint32_t mybpf__ring_room(uint32_t length)
{
    return ((length & ~(MYBPF__RING_BUSY | MYBPF__RING_DISCARD)) + MYBPF__RING_HEADER + 7) & ~7u;
}

/* Room for a record of `size` bytes, NULL when it does not fit. */
MYBPF__FN void *mybpf__ring_reserve(mybpf__ring *ring, uint64_t size)
{
    uint32_t *header, room, pages;
    uintptr_t consumer = MYBPF__LOAD_ACQUIRE(&ring->consumer), end;
    if (size > ring->mask || mybpf__ring_room((uint32_t)size) > ring->mask) return NULL;
    room = mybpf__ring_room((uint32_t)size);
    mybpf__acquire(&ring->lock);
    end = ring->producer + room;
    while (ring->pending != ring->producer) {
        uint32_t length = MYBPF__LOAD_ACQUIRE((uint32_t *)(void *)mybpf__ring_at(ring, ring->pending));
        if (length & MYBPF__RING_BUSY) break;
        ring->pending += mybpf__ring_room(length);
    }
    if (end - consumer > ring->mask || end - ring->pending > ring->mask) {
        mybpf__add_ref(&ring->lost);
        mybpf__release(&ring->lock);
        return NULL;
    }
    header = (uint32_t *)(void *)mybpf__ring_at(ring, ring->producer);
    pages = (uint32_t)((size_t)((uint8_t *)header - (uint8_t *)ring) / MYBPF__RING_PAGE);
    MYBPF__STORE_RELEASE(header, (uint32_t)size | MYBPF__RING_BUSY);
    header[1] = pages; /* where the ring is, for who has the record alone */
    MYBPF__STORE_RELEASE(&ring->producer, end);
    mybpf__release(&ring->lock);
    return header + 2;
}

/* The ring of a record. */
MYBPF__FN mybpf__ring *mybpf__ring_of(const void *record)
{
    const uint32_t *header = (const uint32_t *)record - 2;
    return (mybpf__ring *)(((uintptr_t)header & ~(uintptr_t)(MYBPF__RING_PAGE - 1)) -
                           (uintptr_t)header[1] * MYBPF__RING_PAGE);
}

MYBPF__FN uint32_t mybpf__ring_length(const void *record)
{
    return MYBPF__PEEK((const uint32_t *)record - 2) & ~(MYBPF__RING_BUSY | MYBPF__RING_DISCARD);
}

enum { MYBPF__RING_NO_WAKEUP = 1, MYBPF__RING_FORCE_WAKEUP = 2 };

/* Hands a record over, or gives it up. The consumer is woken if it waits for this one. */
MYBPF__FN void mybpf__ring_commit(void *record, uint64_t flags, int discard)
{
    mybpf__ring *ring = mybpf__ring_of(record);
    uint32_t *header = (uint32_t *)record - 2, length = mybpf__ring_length(record);
    uintptr_t consumer;
    if (discard) length |= MYBPF__RING_DISCARD;
#    if defined(__GNUC__)
    __atomic_exchange_n(header, length, __ATOMIC_SEQ_CST);
    consumer = __atomic_load_n(&ring->consumer, __ATOMIC_SEQ_CST);
#    else
    *header = length;
    consumer = ring->consumer;
#    endif
    if (flags & MYBPF__RING_FORCE_WAKEUP ||
        (!(flags & MYBPF__RING_NO_WAKEUP) && mybpf__ring_at(ring, consumer) == (uint8_t *)header)) {
        int wake = MYBPF__LOAD_ACQUIRE(&ring->wake);
        if (wake >= 0) mybpf__event_signal(wake);
    }
}

MYBPF__FN uintptr_t mybpf__ring_waiting(mybpf__ring *ring)
{
    uintptr_t consumer = MYBPF__LOAD_ACQUIRE(&ring->consumer);
    return MYBPF__LOAD_ACQUIRE(&ring->producer) - consumer;
}

/* Calls `sample` for every record that is there, until it returns a negative number, which is the result;
 * else how many there were. The host may have written the records by itself: -EINVAL for a position that none
 * can have and for a record that reaches beyond the producer's, -E2BIG for one larger than the ring. */
MYBPF__FN int mybpf__ring_consume(mybpf__ring *ring, mybpf_sample_fn sample, void *user)
{
    uintptr_t at = MYBPF__LOAD_ACQUIRE(&ring->consumer), end;
    int count = 0, status = 0;
    while (status >= 0 && (end = MYBPF__LOAD_ACQUIRE(&ring->producer)) != at) {
        uint8_t *header = mybpf__ring_at(ring, at);
        uint32_t length;
        if ((at | end) % 8) return -MYBPF__EINVAL;
        length = MYBPF__LOAD_ACQUIRE((uint32_t *)(void *)header);
        if (mybpf__ring_room(length) > end - at) return -MYBPF__EINVAL;
        if (mybpf__ring_room(length) - 1 > ring->mask) return -MYBPF__E2BIG;
        if ((length & (MYBPF__RING_BUSY | MYBPF__RING_DISCARD)) == MYBPF__RING_BUSY) break;
        if (!(length & MYBPF__RING_DISCARD)) {
            status = sample(user, header + MYBPF__RING_HEADER, length);
            if (count < INT_MAX) count++;
        }
        at += mybpf__ring_room(length);
#    if defined(__GNUC__)
        __atomic_store_n(&ring->consumer, at, __ATOMIC_SEQ_CST); /* before the next record is looked at */
#    else
        ring->consumer = at;
#    endif
    }
    return status < 0 ? status : count;
}

#endif
#endif
