/* generate.h: random valid programs, for tests that compare engines.
 *
 * A program gets a block of GENERATE_MEMORY bytes in r1, calculates with boundary values, stores and loads
 * there and on its stack, branches, loops, calls its functions, and returns a number in r0. It ends for
 * every input, and reads no register and no stack that it did not write. */
#ifndef GENERATE_H
#define GENERATE_H

#include "mybpf.h"

#define GENERATE_MEMORY 64
#define GENERATE_INSNS  2048 /* the longest program */

enum {
    GENERATE_KERNEL = 1, /* only what the Linux verifier accepts too */
    GENERATE_WILD = 2    /* accesses that may fault: for guarded programs */
};

/* Helpers that generated programs without GENERATE_KERNEL call: a sum of its arguments, and one that calls
 * back: r1 is the function, r2 and r3 its arguments. */
enum { GENERATE_SUM = 2000100, GENERATE_CALLBACK };

/* Where decisions come from: bytes (a fuzzer's) while there are any, then a generator seeded by `state`. */
typedef struct entropy {
    const uint8_t *bytes;
    size_t size;
    uint64_t state;
} entropy;

uint64_t entropy_next(entropy *e);

/* Writes a program of at most GENERATE_INSNS slots; returns its length. `size` is roughly the number of
 * statements. */
size_t generate_program(entropy *e, mybpf_insn *insns, unsigned size, unsigned flags);

#endif
