/* peer.h: what kernels_run asks of another runtime: a shared library that defines `bench_peer`. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdint.h>

typedef uint64_t peer_helper(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);

typedef struct peer {
    const char *name;
    int interprets; /* not 0: it does a sixteenth of the work, as mybpf's interpreter does */
    /* The code of `count` instructions (8 bytes each, RFC 9669), which call `helper` as number 1 and have
     * no maps; NULL: it cannot run them. */
    void *(*open)(const void *insns, uint32_t count, peer_helper *helper);
    uint64_t (*run)(void *code, void *memory, uint64_t count); /* r1 and r2 */
    void (*close)(void *code);
    /* Both NULL, or: how much of the work it can do, at most `count`; all engines do that much then. */
    uint64_t (*most)(void *code, uint64_t count);
    double (*seconds)(void *code); /* what the last run took, if that is not for the caller to measure */
} peer;

#ifdef __cplusplus
extern "C"
#else
extern
#endif
    const peer bench_peer;

#endif
