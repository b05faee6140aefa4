/* scalar.h: what the verifier knows of a number in a register or on the stack: the value domain.
 *
 * A scalar stands for a set of 64-bit numbers, its members: those that agree with the known bits and lie in
 * all four ranges. Every function here keeps each member that can occur: what it returns may stand for
 * more numbers than can really be there, never for fewer. test/test_scalar*.c and test_scalar_proof.py
 * prove that.
 *
 *   scalar.h       the type and the contract
 *   scalar_lane.c  sets of numbers of one width: arithmetic, comparisons
 *   scalar.c       scalars: a lane of 64 bits and one of 32 that tell each other what they know */
#ifndef MYBPF__SCALAR_H
#define MYBPF__SCALAR_H

#include "../isa/insn.h"

#ifndef MYBPF_NO_PROVER

/* Known bits: a bit is unknown where `mask` has a one, else as in `value`, which has no ones there. */
typedef struct mybpf__bits {
    uint64_t value, mask;
} mybpf__bits;

typedef struct mybpf__scalar {
    mybpf__bits known;
    uint64_t umin, umax;
    int64_t smin, smax;
    uint32_t umin32, umax32; /* of the lower half */
    int32_t smin32, smax32;
} mybpf__scalar;

/* Set by hand, a scalar needs mybpf__scalar_sync before it is used. */
MYBPF__FN mybpf__scalar mybpf__scalar_const(uint64_t value);
MYBPF__FN mybpf__scalar mybpf__scalar_unknown(void);
/* umin to umax. */
MYBPF__FN mybpf__scalar mybpf__scalar_range(uint64_t umin, uint64_t umax);
/* What a load of 1, 2, 4 or 8 bytes may bring, zero- or sign-extended. */
MYBPF__FN mybpf__scalar mybpf__scalar_load(unsigned bytes, int sign_extended);

MYBPF__FN int mybpf__scalar_is_const(const mybpf__scalar *a); /* the number is a->known.value */
MYBPF__FN int mybpf__scalar_contains(const mybpf__scalar *a, uint64_t value);
/* Is every member of `inner` one of `outer`? 0 when that cannot be told field by field. */
MYBPF__FN int mybpf__scalar_subset(const mybpf__scalar *inner, const mybpf__scalar *outer);
MYBPF__FN int mybpf__scalar_equal(const mybpf__scalar *a, const mybpf__scalar *b);

/* Makes the fields tell each other what they know, without losing a member; 0 when there is none. */
MYBPF__FN int mybpf__scalar_sync(mybpf__scalar *a);

/* dst op= src, for every instruction of the classes ALU and ALU64; `src` NULL is the immediate. That `src` is
 * `dst` means that both are the same number. */
MYBPF__FN void mybpf__scalar_alu(mybpf__scalar *dst, const mybpf_insn *insn, const mybpf__scalar *src);
/* The lowest `width` bits (8, 16 or 32), zero- or sign-extended: what a narrow store and a load leave. */
MYBPF__FN mybpf__scalar mybpf__scalar_low(const mybpf__scalar *a, unsigned width, int sign_extended);

/* The conditional jump `insn` (JMP or JMP32) is `taken` or not: keeps of both sides what agrees with that. 0
 * when nothing does: then it never goes that way, and both are in pieces. `src` NULL is the
 * immediate; that `src` is `dst` means that both are the same number. */
MYBPF__FN int mybpf__scalar_branch(const mybpf_insn *insn, int taken, mybpf__scalar *dst, mybpf__scalar *src);

/* Makes `into` hold for the members of `from` too; tells whether it changed. Join adds no more than the
 * fields need. Widen goes on to the next of a few round bounds, so that it changes a scalar a few times at
 * most (bits: 64 times). */
MYBPF__FN int mybpf__scalar_join(mybpf__scalar *into, const mybpf__scalar *from);
MYBPF__FN int mybpf__scalar_widen(mybpf__scalar *into, const mybpf__scalar *from);

/* As the kernel's log has it: "5", "scalar()", "scalar(smin=smin32=0,smax=umax=smax32=umax32=63,
 * var_off=(0x0; 0x3f))". Always ends with a NUL; returns the whole length. */
MYBPF__FN size_t mybpf__scalar_text(const mybpf__scalar *a, char *text, size_t size);

#endif
#endif
