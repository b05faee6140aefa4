/* local.h: what local.c knows of values as it walks along a run of blocks. */
#ifndef MYBPF__LOCAL_H
#define MYBPF__LOCAL_H

#include "ir.h"

/* What is known of a value: if it is `rooted`, it equals root + index * scale + disp, as long as those keep
 * theirs. */
typedef struct mybpf__known {
    uint64_t users;       /* values whose knowledge names this one; none where it is not `tied` */
    uint16_t root, index; /* the latter MYBPF__NO_VALUE: none */
    uint8_t scale;
    uint8_t low; /* a copy, but of the lower 32 bits only */
    int32_t disp;
    uint32_t def;     /* operation that wrote it last, in this run */
    uint32_t version; /* of what it holds: another one with each write */
    uint32_t source;  /* version of `a` when `def` read it */
} mybpf__known;

typedef struct mybpf__local {
    mybpf__ir *ir;
    uint32_t enabled; /* set of MYBPF__PASS_* */
    uint32_t can;
    uint64_t zero_upper; /* values whose upper 32 bits are zero */
    uint64_t written;    /* in this run: `def` is known, and what follows there */
    uint64_t read;       /* values that something has read since `def` */
    uint64_t rooted;     /* values with a root */
    uint64_t fixed;      /* constants that nothing else is written over */
    uint64_t tied;       /* these, and all that roots and indices name: the others need not be looked at */
    int in_loop;         /* may the current block be executed again? */
    uint32_t update;     /* the store of a number that was loaded from there; 0: none. update.c */
    mybpf__op asked;     /* by the last SELECT, a branch; of the numbers it compares: */
    uint32_t asked_versions;
    uint32_t block_first, block_end;              /* operations of the current block */
    mybpf__known known[MYBPF__GLOBAL_VALUES + 1]; /* the last one is of no value, and stays empty */
} mybpf__local;

/* The operation that wrote `value` last, NULL: before this run. */
MYBPF__FN mybpf__op *mybpf__local_def(const mybpf__local *local, unsigned value)
{
    return local->written & MYBPF__VALUE_BIT(value) ? &local->ir->ops[local->known[value].def] : NULL;
}

/* The shift by a constant that made `value`, or NULL. */
MYBPF__FN const mybpf__op *mybpf__local_shift(const mybpf__local *local, uint16_t value, int width)
{
    const mybpf__op *op = mybpf__local_def(local, value);
    if (!op || (op->code != MYBPF__IR_SHL && op->code != MYBPF__IR_SHR) || op->width != width ||
        !(op->flags & MYBPF__F_IMM))
        return NULL;
    return op->dst == value && op->a < MYBPF__GLOBAL_VALUES ? op : NULL;
}

#endif
