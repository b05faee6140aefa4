/* interp_math.h: the instructions that C does not have: signed ones without undefined behaviour, byte order,
 * atomics. */
#ifndef MYBPF__INTERP_MATH_H
#define MYBPF__INTERP_MATH_H

#include "../base/bytes.h"
#include "../base/lock.h"
#include "env.h"

MYBPF__FN uint64_t mybpf__arsh64(uint64_t a, uint64_t b)
{
    unsigned n = (unsigned)b & 63;
    return a >> n | (n && a >> 63 ? ~(uint64_t)0 << (64 - n) : 0);
}

MYBPF__FN uint32_t mybpf__arsh32(uint32_t a, uint32_t b)
{
    return (uint32_t)mybpf__arsh64((uint64_t)(int32_t)a, b & 31);
}

MYBPF__FN uint64_t mybpf__sdiv64(uint64_t a, uint64_t b)
{
    if (b + 1 <= 1) return b ? 0 - a : 0; /* -1 and 0 */
    return (uint64_t)((int64_t)a / (int64_t)b);
}

MYBPF__FN uint64_t mybpf__smod64(uint64_t a, uint64_t b)
{
    if (b + 1 <= 1) return b ? 0 : a;
    return (uint64_t)((int64_t)a % (int64_t)b);
}

MYBPF__FN uint32_t mybpf__sdiv32(uint32_t a, uint32_t b)
{
    return b ? (uint32_t)((int64_t)(int32_t)a / (int32_t)b) : 0;
}

MYBPF__FN uint32_t mybpf__smod32(uint32_t a, uint32_t b)
{
    return b ? (uint32_t)((int64_t)(int32_t)a % (int32_t)b) : a;
}

#if defined(__GNUC__)
MYBPF__FN uint64_t mybpf__swap16(uint64_t v) { return __builtin_bswap16((uint16_t)v); }
MYBPF__FN uint64_t mybpf__swap32(uint64_t v) { return __builtin_bswap32((uint32_t)v); }
MYBPF__FN uint64_t mybpf__swap64(uint64_t v) { return __builtin_bswap64(v); }
#else
MYBPF__FN uint64_t mybpf__swap16(uint64_t v) { return (v >> 8 & 0xff) | (v & 0xff) << 8; }
MYBPF__FN uint64_t mybpf__swap32(uint64_t v) { return mybpf__swap16(v >> 16) | mybpf__swap16(v) << 16; }
MYBPF__FN uint64_t mybpf__swap64(uint64_t v) { return mybpf__swap32(v >> 32) | mybpf__swap32(v) << 32; }
#endif

/* The immediate of an atomic instruction without BPF_FETCH. */
enum {
    MYBPF__ATOMIC_ADD = 0x00,
    MYBPF__ATOMIC_OR = 0x40,
    MYBPF__ATOMIC_AND = 0x50,
    MYBPF__ATOMIC_XOR = 0xa0,
    MYBPF__ATOMIC_XCHG = 0xe0,
    MYBPF__ATOMIC_CMPXCHG = 0xf0
};

/* What takes the place of `was`; `expected` is for CMPXCHG. 32-bit values are zero-extended. */
MYBPF__FN uint64_t mybpf__atomic_next(int op, uint64_t was, uint64_t value, uint64_t expected)
{
    switch (op & 0xf0) {
    case MYBPF__ATOMIC_ADD: return was + value;
    case MYBPF__ATOMIC_OR: return was | value;
    case MYBPF__ATOMIC_AND: return was & value;
    case MYBPF__ATOMIC_XOR: return was ^ value;
    case MYBPF__ATOMIC_XCHG: return value;
    default: return was == expected ? value : was;
    }
}

/* The old value at `at`, and the new one in its place. Where the CPU has no atomics of that size (8 bytes on
 * 32-bit MIPS: libatomic would have them, but is one more library), or the address is not aligned, a lock
 * keeps the interpreter's own apart. */
#if defined(__GNUC__)
/* Aligned as atomics need it: on some 32-bit hosts uint64_t by itself is not. */
typedef uint8_t mybpf__cell8;
typedef uint16_t mybpf__cell16 __attribute__((aligned(2)));
typedef uint32_t mybpf__cell32 __attribute__((aligned(4)));
typedef uint64_t mybpf__cell64 __attribute__((aligned(8)));
#    define MYBPF__HAS_ATOMIC(type)    __atomic_always_lock_free(sizeof(type), 0)
#    define MYBPF__IS_ATOMIC(at, type) (MYBPF__HAS_ATOMIC(type) && mybpf__address(at) % sizeof(type) == 0)
#    define MYBPF__EXCHANGE(at, was, now)                                                                    \
        __atomic_compare_exchange_n(at, was, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#else
#    define MYBPF__HAS_ATOMIC(type)       0
#    define MYBPF__IS_ATOMIC(at, type)    0
#    define MYBPF__EXCHANGE(at, was, now) 1
#endif
#define MYBPF__ATOMIC(name, type, cell)                                                                      \
    MYBPF__FN type name(mybpf_env *env, int op, void *at, type value, type expected)                         \
    {                                                                                                        \
        type was = expected, now; /* a guess, which the first exchange corrects */                           \
        if (MYBPF__IS_ATOMIC(at, type)) {                                                                    \
            do {                                                                                             \
                now = (type)mybpf__atomic_next(op, was, value, expected);                                    \
            } while (!MYBPF__EXCHANGE((cell *)at, &was, now));                                               \
            return was;                                                                                      \
        }                                                                                                    \
        mybpf__acquire(&env->vm->atomic_lock);                                                               \
        mybpf__copy(&was, at, sizeof was);                                                                   \
        now = (type)mybpf__atomic_next(op, was, value, expected);                                            \
        mybpf__copy(at, &now, sizeof now);                                                                   \
        mybpf__release(&env->vm->atomic_lock);                                                               \
        return was;                                                                                          \
    }
MYBPF__ATOMIC(mybpf__atomic32, uint32_t, mybpf__cell32)
MYBPF__ATOMIC(mybpf__atomic64, uint64_t, mybpf__cell64)
#undef MYBPF__ATOMIC
#undef MYBPF__EXCHANGE

/* Loads with acquire and stores with release order. Where the CPU has none of that size, they take the same
 * lock, for its order and so that nobody sees halves; a misaligned one is ordered by nothing. */
#if defined(__GNUC__)
#    define MYBPF__ATOMIC_LOAD(at, type)         __atomic_load_n((const type *)(at), __ATOMIC_ACQUIRE)
#    define MYBPF__ATOMIC_STORE(at, type, value) __atomic_store_n((type *)(at), value, __ATOMIC_RELEASE)
#else
#    define MYBPF__ATOMIC_LOAD(at, type)         0
#    define MYBPF__ATOMIC_STORE(at, type, value) (void)0
#endif
#define MYBPF__ORDERED(bits)                                                                                 \
    MYBPF__FN uint64_t mybpf__load_acquire##bits(mybpf_env *env, const void *at)                             \
    {                                                                                                        \
        uint##bits##_t value;                                                                                \
        if (MYBPF__IS_ATOMIC(at, uint##bits##_t)) return MYBPF__ATOMIC_LOAD(at, mybpf__cell##bits);          \
        if (!MYBPF__HAS_ATOMIC(uint##bits##_t)) mybpf__acquire(&env->vm->atomic_lock);                       \
        mybpf__copy(&value, at, sizeof value);                                                               \
        if (!MYBPF__HAS_ATOMIC(uint##bits##_t)) mybpf__release(&env->vm->atomic_lock);                       \
        return value;                                                                                        \
    }                                                                                                        \
    MYBPF__FN void mybpf__store_release##bits(mybpf_env *env, void *at, uint##bits##_t value)                \
    {                                                                                                        \
        if (MYBPF__IS_ATOMIC(at, uint##bits##_t)) {                                                          \
            MYBPF__ATOMIC_STORE(at, mybpf__cell##bits, value);                                               \
            return;                                                                                          \
        }                                                                                                    \
        if (!MYBPF__HAS_ATOMIC(uint##bits##_t)) mybpf__acquire(&env->vm->atomic_lock);                       \
        mybpf__copy(at, &value, sizeof value);                                                               \
        if (!MYBPF__HAS_ATOMIC(uint##bits##_t)) mybpf__release(&env->vm->atomic_lock);                       \
    }
MYBPF__ORDERED(8)
MYBPF__ORDERED(16)
MYBPF__ORDERED(32)
MYBPF__ORDERED(64)
#undef MYBPF__ORDERED
#undef MYBPF__IS_ATOMIC
#undef MYBPF__HAS_ATOMIC
#undef MYBPF__ATOMIC_LOAD
#undef MYBPF__ATOMIC_STORE

#endif
