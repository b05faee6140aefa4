/* lock.h: a spin lock and reference counts, for maps and instances. No OS is needed. */
#ifndef MYBPF__LOCK_H
#define MYBPF__LOCK_H

#include "config.h"

typedef struct mybpf__lock {
    uint32_t held;
} mybpf__lock;

#if defined(__GNUC__)
MYBPF__FN void mybpf__acquire(mybpf__lock *lock)
{
    while (__atomic_exchange_n(&lock->held, 1u, __ATOMIC_ACQUIRE))
        while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
        }
}
MYBPF__FN int mybpf__try_acquire(mybpf__lock *lock)
{
    return !__atomic_exchange_n(&lock->held, 1u, __ATOMIC_ACQUIRE);
}
MYBPF__FN void mybpf__release(mybpf__lock *lock) { __atomic_store_n(&lock->held, 0u, __ATOMIC_RELEASE); }
MYBPF__FN uint32_t mybpf__add_ref(uint32_t *count) { return __atomic_add_fetch(count, 1u, __ATOMIC_RELAXED); }
MYBPF__FN uint32_t mybpf__drop_ref(uint32_t *count)
{
    return __atomic_sub_fetch(count, 1u, __ATOMIC_ACQ_REL);
}
#else /* no atomics known: one thread only */
MYBPF__FN void mybpf__acquire(mybpf__lock *lock) { lock->held = 1; }
MYBPF__FN int mybpf__try_acquire(mybpf__lock *lock) { return !lock->held && (lock->held = 1, 1); }
MYBPF__FN void mybpf__release(mybpf__lock *lock) { lock->held = 0; }
MYBPF__FN uint32_t mybpf__add_ref(uint32_t *count) { return ++*count; }
MYBPF__FN uint32_t mybpf__drop_ref(uint32_t *count) { return --*count; }
#endif

/* Words that others may read and write meanwhile. LOAD and STORE: what was written before the store is seen
 * after the load. */
#if defined(__GNUC__)
#    define MYBPF__LOAD_ACQUIRE(at)         __atomic_load_n(at, __ATOMIC_ACQUIRE)
#    define MYBPF__STORE_RELEASE(at, value) __atomic_store_n(at, value, __ATOMIC_RELEASE)
#    define MYBPF__PEEK(at)                 __atomic_load_n(at, __ATOMIC_RELAXED)
#    define MYBPF__POKE(at, value)          __atomic_store_n(at, value, __ATOMIC_RELAXED)
#    define MYBPF__SUB(at, value)           __atomic_fetch_sub(at, value, __ATOMIC_RELAXED)
#    define MYBPF__OR(at, bits)             __atomic_fetch_or(at, bits, __ATOMIC_RELAXED)
#else
#    define MYBPF__LOAD_ACQUIRE(at)         (*(at))
#    define MYBPF__STORE_RELEASE(at, value) ((void)(*(at) = (value)))
#    define MYBPF__PEEK(at)                 (*(at))
#    define MYBPF__POKE(at, value)          ((void)(*(at) = (value)))
#    define MYBPF__SUB(at, value)           ((void)(*(at) -= (value)))
#    define MYBPF__OR(at, bits)             ((void)(*(at) |= (bits)))
#endif

#endif
