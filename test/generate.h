/* generate.h: random valid programs, for tests that compare engines.
 *
 * A unit is an object in the making: functions, programs among them that tail calls reach, maps, sections.
 * Its first program gets a block of GENERATE_MEMORY bytes in r1, calculates with boundary values, stores and
 * loads there, on its stack and in maps, branches, loops, calls functions and helpers, and returns a number
 * in r0. It ends for every input, reads no register and no stack that it did not write, and nothing it leaves
 * behind depends on an address. */
#ifndef GENERATE_H
#define GENERATE_H

#include "mybpf.h"

#define GENERATE_MEMORY 64
#define GENERATE_INSNS  2048 /* slots of the longest unit */
#define GENERATE_FUNCS  8
#define GENERATE_MAPS   6 /* sections included */
#define GENERATE_TAILS  4
#define GENERATE_DATA   64 /* bytes of the longest section */

enum {
    GENERATE_KERNEL = 1,  /* only what the Linux verifier accepts too */
    GENERATE_WILD = 2,    /* may fault: for guarded runs with a budget */
    GENERATE_PROVABLE = 4 /* only what mybpf's verifier proves */
};

/* Helpers that generated programs call, besides Base ones. */
enum {
    GENERATE_SUM = 2000100, /* of its arguments, each with another weight */
    GENERATE_CALLBACK,      /* r1 is a function, r2 and r3 its arguments: what it returns, and 1 */
    GENERATE_FOLD,          /* a checksum of r2 bytes at r1 */
    GENERATE_FILL,          /* writes r2 bytes at r1, which r3 says */
    GENERATE_STOP,          /* ends the run with r1 */
    GENERATE_LAST = GENERATE_STOP
};

/* A map as its description has it; a section has type 0 and initial bytes. Sections come last. */
typedef struct unit_map {
    uint32_t type, key_size, value_size, max_entries;
    int read_only;
    uint8_t data[GENERATE_DATA]; /* a section's */
} unit_map;

typedef struct unit {
    mybpf_insn insns[GENERATE_INSNS]; /* linked: maps and functions by index, local calls relative */
    uint32_t count;
    uint32_t funcs[GENERATE_FUNCS], func_count; /* first slots; the first ones are programs */
    uint32_t program_count;
    uint16_t types[GENERATE_FUNCS]; /* of programs: MYBPF_PROG_TYPE_* */
    unit_map maps[GENERATE_MAPS];
    uint32_t map_count;
    struct {
        uint32_t key, func;
    } tails[GENERATE_TAILS]; /* initial elements of the program array */
    uint32_t tail_count;
    int raw; /* functions are not listed: raw code, to be opened as such */
} unit;

/* Where decisions come from: bytes (a fuzzer's) while there are any, then a generator seeded by `state`. */
typedef struct entropy {
    const uint8_t *bytes;
    size_t size;
    uint64_t state;
} entropy;

uint64_t entropy_next(entropy *e);

/* Writes a unit; `size` is roughly the number of statements of its first program. */
void generate_unit(entropy *e, unit *u, unsigned size, unsigned flags);

#endif
