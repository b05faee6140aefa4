/* generate_typed.h: random programs that use pointers nearly as they should: for tests of the verifier.
 *
 * Numbers are bounded and added to pointers, pointers are spilled, filled, compared with NULL and with the
 * packet's end, handed to functions, global ones too, to callbacks and the bodies of bpf_loop; accesses lie
 * near the ends of what they are in. Some of a program is a little wrong, so that about half of them are
 * refused. They read their context, maps and packet: what these hold decides which way they go. */
#ifndef GENERATE_TYPED_H
#define GENERATE_TYPED_H

#include "generate.h"

enum { TYPED_INSNS = 512 };

/* The maps that programs name by index, in this order. */
enum { TYPED_HASH, TYPED_ARRAY, TYPED_SINGLE, TYPED_PROGRAMS, TYPED_MAPS };
enum { TYPED_HASH_VALUE = 16, TYPED_ARRAY_VALUE = 24, TYPED_SINGLE_VALUE = 40 };

enum {
    TYPED_KERNEL = 1, /* only helpers that Linux has, too */
    TYPED_TAME = 2    /* nothing wrong on purpose */
};

typedef struct typed {
    mybpf_insn insns[TYPED_INSNS]; /* raw: maps by index (MYBPF_PSEUDO_MAP_IDX), functions relative */
    uint32_t count;
    uint32_t type;     /* program type; MYBPF_PROG_TYPE_UNSPEC: a context of GENERATE_MEMORY bytes */
    int has_tail_call; /* it may run itself again */
    unsigned globals;  /* function i is global, a bit each: of memory of 8 bytes, or NULL, and a number */
} typed;

void generate_typed(entropy *e, typed *t, unsigned flags);

#endif
