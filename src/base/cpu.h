/* cpu.h: what a processor may have beyond the base of its instruction set. Code that uses it is made on
 * request alone, for images, or where it was found, for this process. */
#ifndef MYBPF__CPU_H
#define MYBPF__CPU_H

#include "bytes.h"

/* Bits that the flags of images hold from bit 5 on, so they stay; each target counts its own. */
enum {
    MYBPF__CPU_LSE = 1,  /* arm64: atomics in one instruction (FEAT_LSE) */
    MYBPF__CPU_SIMD = 2, /* arm64: vector registers may be used, as a kernel's code must not */
    MYBPF__CPU_SSE2 = 1  /* x86_64: the same */
};

typedef struct mybpf__cpu_feature {
    const char *target, *name;
    uint32_t bit;
} mybpf__cpu_feature;

/* Feature `index` of a target, NULL after the last. */
MYBPF__FN const mybpf__cpu_feature *mybpf__cpu_feature_at(const char *target, size_t index)
{
    static const mybpf__cpu_feature mybpf__cpu_features[] = {{"arm64", "lse", MYBPF__CPU_LSE},
                                                             {"arm64", "simd", MYBPF__CPU_SIMD},
                                                             {"x86_64", "sse2", MYBPF__CPU_SSE2}};
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

/* Features of this machine. Vector registers: where this very code may use them. */
MYBPF__FN uint32_t mybpf__cpu_host(void)
{
#if defined(__aarch64__)
    uint32_t features = mybpf__cpu_has_lse() ? MYBPF__CPU_LSE : 0;
#    ifdef __ARM_NEON
    features |= MYBPF__CPU_SIMD;
#    endif
    return features;
#elif defined(__x86_64__) && defined(__SSE2__)
    return MYBPF__CPU_SSE2;
#else
    return 0;
#endif
}

#endif
