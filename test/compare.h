/* compare.h: runs one program in the interpreter and natively, and tells whether they differ. */
#ifndef COMPARE_H
#define COMPARE_H

#include "generate.h"

/* A run as everything outside can see it. */
typedef struct seen {
    int status, insn; /* 1: the program was refused when loaded */
    uint64_t r0, steps;
    uint8_t memory[GENERATE_MEMORY];
} seen;

typedef struct compare_opts {
    mybpf_trust trust;
    int metered;
    uint64_t max_steps;
    const uint8_t *memory; /* GENERATE_MEMORY bytes at the start */
} compare_opts;

/* A vm that has the helpers of generate.h. */
mybpf_vm *compare_vm(void);
/* Runs in both engines: 0 when both say the same (or there is no back end). */
int compare_engines(mybpf_vm *vm, const mybpf_insn *insns, size_t count, const compare_opts *opts,
                    seen *interpreted, seen *native);

#endif
