/* cpu.h: what a processor may have beyond the base of its instruction set. Code that uses it is made on
 * request alone, for images, or where it was found, for this process. */
#ifndef MYBPF__CPU_H
#define MYBPF__CPU_H

#include "bytes.h"
#include "lock.h"

/* Bits that the flags of images hold (MYBPF__IMAGE_FEATURES), so they stay; each target counts its own, to 8.
 */
enum {
    MYBPF__CPU_LSE = 1,    /* arm64: atomics in one instruction (FEAT_LSE) */
    MYBPF__CPU_SIMD = 2,   /* arm64: vector registers may be used, as a kernel's code must not */
    MYBPF__CPU_SSE2 = 1,   /* x86_64: the same */
    MYBPF__CPU_POPCNT = 2, /* x86_64: counting bits */
    MYBPF__CPU_BMI2 = 4,   /* x86_64: shifts by any register, rotates, both of which overwrite nothing */
    MYBPF__CPU_MOVBE = 8,  /* x86_64: bytes the other way round while they are loaded or stored */
    MYBPF__CPU_ZBA = 1,    /* riscv64: zero extension of 4 bytes, sums with an operand times 2, 4, 8 */
    MYBPF__CPU_ZBB = 2,    /* riscv64: bytes swapped, rotates, bits counted, extensions of 1 and 2 bytes */
    MYBPF__CPU_ASK = 0x40000000 /* and what mybpf__cpu_host tells, which is asked where it is wanted */
};

typedef struct mybpf__cpu_feature {
    const char *target, *name;
    uint32_t bit;
} mybpf__cpu_feature;

/* Feature `index` of a target, NULL after the last. */
MYBPF__FN const mybpf__cpu_feature *mybpf__cpu_feature_at(const char *target, size_t index)
{
    static const mybpf__cpu_feature mybpf__cpu_features[] = {
        {"arm64", "lse", MYBPF__CPU_LSE},    {"arm64", "simd", MYBPF__CPU_SIMD},
        {"x86_64", "sse2", MYBPF__CPU_SSE2}, {"x86_64", "popcnt", MYBPF__CPU_POPCNT},
        {"x86_64", "bmi2", MYBPF__CPU_BMI2}, {"x86_64", "movbe", MYBPF__CPU_MOVBE},
        {"riscv64", "zba", MYBPF__CPU_ZBA},  {"riscv64", "zbb", MYBPF__CPU_ZBB}};
    for (size_t i = 0; i < sizeof mybpf__cpu_features / sizeof *mybpf__cpu_features; i++)
        if (mybpf__same_text(mybpf__cpu_features[i].target, target) && !index--)
            return &mybpf__cpu_features[i];
    return NULL;
}

/* The first of a target's features in `bits`. */
MYBPF__FN const char *mybpf__cpu_feature_in(const char *target, uint32_t bits)
{
    const mybpf__cpu_feature *feature;
    for (size_t i = 0; (feature = mybpf__cpu_feature_at(target, i)) != NULL; i++)
        if (feature->bit & bits) return feature->name;
    return "more";
}

#if defined(__aarch64__) && !defined(__ARM_FEATURE_ATOMICS) && !defined(MYBPF_FREESTANDING)
#    if defined(__linux__)
#        include <sys/auxv.h>
#    elif defined(__APPLE__)
#        include <sys/sysctl.h>
#    endif
#endif

#if defined(__aarch64__)
MYBPF__FN int mybpf__cpu_has_lse(void)
{
#    if defined(__ARM_FEATURE_ATOMICS)
    return 1; /* this very code may use it */
#    elif defined(MYBPF_FREESTANDING)
    return 0;
#    elif defined(__linux__)
    return (getauxval(16 /* AT_HWCAP */) & 1u << 8 /* HWCAP_ATOMICS */) != 0;
#    elif defined(__APPLE__)
    int has = 0;
    size_t size = sizeof has;
    return !sysctlbyname("hw.optional.armv8_1_atomics", &has, &size, NULL, 0) && has;
#    else
    return 0;
#    endif
}
#endif

/* Features of this machine that are known at once. Vector registers: where this very code may use them. */
MYBPF__FN uint32_t mybpf__cpu_known(void)
{
    uint32_t features = 0;
#if defined(__aarch64__)
    if (mybpf__cpu_has_lse()) features |= MYBPF__CPU_LSE;
#    ifdef __ARM_NEON
    features |= MYBPF__CPU_SIMD;
#    endif
#elif defined(__x86_64__)
#    ifdef __SSE2__
    features |= MYBPF__CPU_SSE2;
#    endif
#    ifdef __POPCNT__
    features |= MYBPF__CPU_POPCNT;
#    endif
#    ifdef __BMI2__
    features |= MYBPF__CPU_BMI2;
#    endif
#    ifdef __MOVBE__
    features |= MYBPF__CPU_MOVBE;
#    endif
#elif defined(__riscv)
#    ifdef __riscv_zba
    features |= MYBPF__CPU_ZBA;
#    endif
#    ifdef __riscv_zbb
    features |= MYBPF__CPU_ZBB;
#    endif
#endif
    return features;
}

/* What else there may be takes some time to find out. */
#if defined(__x86_64__) && defined(__GNUC__) &&                                                              \
    !(defined(__POPCNT__) && defined(__BMI2__) && defined(__MOVBE__))
#    define MYBPF__CPU_LOOKS
MYBPF__FN void mybpf__cpuid(uint32_t leaf, uint32_t *b, uint32_t *c)
{
    uint32_t d;
    *c = 0;
    __asm__ __volatile__("cpuid" : "+a"(leaf), "=b"(*b), "+c"(*c), "=d"(d));
}

MYBPF__COLD uint32_t mybpf__cpu_look(void)
{
    uint32_t features = 0, b, c;
    mybpf__cpuid(1, &b, &c);
    if (c >> 23 & 1) features |= MYBPF__CPU_POPCNT;
    if (c >> 22 & 1) features |= MYBPF__CPU_MOVBE;
    if (!(c >> 26 & 1)) return features; /* XSAVE has leaf 13: so there is this one */
    mybpf__cpuid(7, &b, &c);
    return b >> 8 & 1 ? features | MYBPF__CPU_BMI2 : features;
}
#elif defined(__riscv) && __riscv_xlen == 64 && defined(__linux__) && defined(__GNUC__) &&                   \
    !defined(MYBPF_FREESTANDING) && !(defined(__riscv_zba) && defined(__riscv_zbb))
#    define MYBPF__CPU_LOOKS
extern long mybpf__libc_hwprobe(long number, ...) __asm__("syscall");

MYBPF__COLD uint32_t mybpf__cpu_look(void)
{
    struct {
        int64_t key;
        uint64_t value;
    } asked = {4 /* RISCV_HWPROBE_KEY_IMA_EXT_0 */, 0}; /* of a system that does not know it, -1 */
    if (mybpf__libc_hwprobe(258 /* riscv_hwprobe */, &asked, 1L, 0L, 0L, 0L) || asked.key != 4) return 0;
    return (asked.value >> 3 & 1 ? (uint32_t)MYBPF__CPU_ZBA : 0u) |
           (asked.value >> 4 & 1 ? (uint32_t)MYBPF__CPU_ZBB : 0u);
}
#endif

/* All features of this machine, which is looked at once: virtual ones take tens of microseconds for CPUID. */
MYBPF__FN uint32_t mybpf__cpu_host(void)
{
    uint32_t features = mybpf__cpu_known();
#ifdef MYBPF__CPU_LOOKS
    static uint32_t mybpf__cpu_found; /* CPU_ASK: it was */
    uint32_t found = MYBPF__PEEK(&mybpf__cpu_found);
    if (!found) {
        found = MYBPF__CPU_ASK | mybpf__cpu_look();
        MYBPF__POKE(&mybpf__cpu_found, found);
    }
    features |= found & ~(uint32_t)MYBPF__CPU_ASK;
#endif
    return features;
}

#undef MYBPF__CPU_LOOKS

/* What code for this process may use. */
MYBPF__FN uint32_t mybpf__cpu_request(void) { return mybpf__cpu_known() | MYBPF__CPU_ASK; }

/* Is this feature among those requested? */
MYBPF__FN int mybpf__cpu_has(uint32_t features, uint32_t feature)
{
    if (!(features & feature) && features & MYBPF__CPU_ASK) features = mybpf__cpu_host();
    return (features & feature) != 0;
}

#endif
