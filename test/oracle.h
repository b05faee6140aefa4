/* oracle.h: the running kernel, asked what programs do; where bpf() is allowed. */
#ifndef ORACLE_H
#define ORACLE_H

#include "compare.h"

#define ORACLE_BATCH 16 /* programs in one load */
#define ORACLE_MAPS  3  /* those of every GENERATE_KERNEL unit */

typedef struct oracle_map {
    int fd;
    uint8_t *memory; /* an array's, mapped; NULL: a hash map */
    size_t size;
} oracle_map;

typedef struct oracle {
    oracle_map results, blocks, maps[ORACLE_BATCH][ORACLE_MAPS];
} oracle;

/* 1 when there is a kernel to ask. */
int oracle_open(oracle *o);
void oracle_close(oracle *o);
/* Runs `count` (at most ORACLE_BATCH) programs after another, which costs one load. 0: the kernel refused.
 * What has no meaning in the kernel, as steps, is left 0. */
int oracle_run(oracle *o, const trial *const *trials, size_t count, seen *out);
/* One program: fits comparer.kernel. */
int oracle_compare(void *user, const trial *t, seen *out);

#endif
