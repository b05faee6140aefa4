/* compare.h: runs one program in every engine of this host, and tells whether they differ. */
#ifndef COMPARE_H
#define COMPARE_H

#include "generate.h"

#define SEEN_MAPS 1024

/* A run as everything outside can see it; no address is part of it. */
typedef struct seen {
    int status, insn; /* 1: the program was refused when loaded */
    uint64_t r0, steps;
    uint8_t memory[GENERATE_MEMORY];
    uint32_t maps_size;
    uint8_t maps[SEEN_MAPS]; /* every map's contents, one after the other */
} seen;

/* The interpreter is what all others are compared with. */
#define COMPARE_ENGINES(X)                                                                                   \
    X(INTERPRETER, "interpreter")                                                                            \
    X(SWITCH, "switch")                                                                                      \
    X(JIT, "JIT")                                                                                            \
    X(SPF_NATIVE, "SPF native")                                                                              \
    X(SPF_BYTECODE, "SPF bytecode")                                                                          \
    X(BARE_NATIVE, "BARE native")                                                                            \
    X(BARE_BYTECODE, "BARE bytecode")                                                                        \
    X(KERNEL, "kernel")
#define COMPARE_ENGINE(name, text) ENGINE_##name,
enum { COMPARE_ENGINES(COMPARE_ENGINE) ENGINE_COUNT };
#undef COMPARE_ENGINE

/* One program and how it runs. */
typedef struct trial {
    unit unit;
    uint8_t memory[GENERATE_MEMORY]; /* the block at the start */
    mybpf_trust trust;
    int metered;
    uint64_t max_steps;
    uint32_t disable; /* passes of the code generator */
    uint32_t engines; /* a set of 1 << ENGINE_: those asked, where this host has them */
    int stable_too;   /* refused unless the interpreter sees the same wherever memory lies and whatever was in
                         it */
} trial;

typedef struct difference {
    int engine;
    uint32_t ran;       /* a set of 1 << ENGINE_: those that were compared */
    seen expected, got; /* the interpreter's, and that engine's */
} difference;

/* What a kernel is asked with, see oracle.h; 0: it refused. */
typedef int (*compare_kernel)(void *user, const trial *t, seen *out);

typedef struct comparer {
    mybpf_vm *vm;
    compare_kernel kernel; /* NULL: none */
    void *kernel_user;
} comparer;

enum { COMPARE_SAME, COMPARE_DIFFERENT, COMPARE_REFUSED };

/* A vm that has the helpers of generate.h. NULL without memory. */
mybpf_vm *compare_vm(void);
/* Runs in all engines asked for; `d->expected` is what the interpreter saw in any case. */
int compare(const comparer *c, const trial *t, difference *d);
const char *compare_engine_name(int engine);
/* What differs, in one line. */
void compare_describe(const difference *d, char *text, size_t size);
enum {
    DIFFERS_STATUS = 1,
    DIFFERS_INSN = 2,
    DIFFERS_R0 = 4,
    DIFFERS_STEPS = 8,
    DIFFERS_MEMORY = 16,
    DIFFERS_MAPS = 32
};
unsigned compare_kind(const difference *d);

/* compare_switch.c: the interpreter's other build. */
void compare_switch(const trial *t, seen *out);

#endif
