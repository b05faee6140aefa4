/* oracle.h: the running kernel, asked what a program does; where bpf() is allowed. */
#ifndef ORACLE_H
#define ORACLE_H

#include "mybpf.h"

typedef struct oracle {
    int result, block; /* map descriptors: r0, and the program's block of memory; -1: no kernel to ask */
    uint64_t *r0;
    uint8_t *memory;
    size_t size;
} oracle;

/* 1 when there is a kernel to ask. `size` bytes of memory come in r1. */
int oracle_open(oracle *o, size_t size);
void oracle_close(oracle *o);
/* 1: ran, with r0 in *r0 and `memory` as it left it. 0: the kernel refused the program. */
int oracle_run(oracle *o, const mybpf_insn *insns, size_t count, uint64_t *r0, uint8_t *memory);

#endif
