/* kernel_verdict.h: what the running kernel's verifier says of a program of generate_typed.h. */
#ifndef KERNEL_VERDICT_H
#define KERNEL_VERDICT_H

#include "generate_typed.h"

enum { KERNEL_LOG = 1 << 16 };

typedef struct kernel_verifier {
    int maps[TYPED_MAPS +
             1]; /* file descriptors; a program array belongs to one type of program: xdp's is the last */
    char log[KERNEL_LOG];
} kernel_verifier;

/* 0: bpf() is not allowed here. */
int kernel_open(kernel_verifier *k);
void kernel_close(kernel_verifier *k);

/* Does the kernel load it? `log` holds its last words when it does not; -1: for want of memory, or
 * interrupted. */
int kernel_accepts(kernel_verifier *k, const typed *t, int with_log);

#endif
