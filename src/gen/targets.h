/* targets.h: every back end, a line each. Including one puts its record at the head of MYBPF__TARGET_LIST. */
#ifndef MYBPF__TARGETS_H
#define MYBPF__TARGETS_H

#include "arm64.c"
#include "riscv64.c"
#include "x86_64.c"

#endif
