/* jit.h: native code for loaded objects, in this process. */
#ifndef MYBPF__JIT_H
#define MYBPF__JIT_H

#include "../run/run.h"

/* Passes of the code generator (docs/codegen.md) that can be left out. */
enum {
    MYBPF_JIT_NO_COPIES = 1,      /* using the original of a copy */
    MYBPF_JIT_NO_EXTENSIONS = 2,  /* leaving out zero extensions that change nothing */
    MYBPF_JIT_NO_ADDRESSES = 4,   /* computing addresses inside loads and stores */
    MYBPF_JIT_NO_ROTATES = 8,     /* recognising rotates, and bits that are counted */
    MYBPF_JIT_NO_DEAD = 16,       /* leaving out results that nobody reads */
    MYBPF_JIT_NO_SINK = 32,       /* computing behind a loop what only follows it */
    MYBPF_JIT_NO_COUNTERS = 64,   /* letting counters run down to zero */
    MYBPF_JIT_NO_DIVISION = 128,  /* dividing by constants without a division; remainders from one */
    MYBPF_JIT_NO_JOIN = 256,      /* loading, storing and copying at once what was so byte by byte */
    MYBPF_JIT_NO_THREAD = 512,    /* jumping to where jumps lead; to where a loop's `switch` will */
    MYBPF_JIT_NO_UPPER = 1024,    /* leaving upper halves as they come where nobody reads them */
    MYBPF_JIT_NO_FOLD = 2048,     /* computing a sum in the only access through it */
    MYBPF_JIT_NO_FUSION = 4096,   /* several operations in one instruction of the machine */
    MYBPF_JIT_NO_GUARDS = 8192,   /* one run-time check for several accesses (guarded mode) */
    MYBPF_JIT_NO_FACTS = 16384,   /* what the verifier found: constants, jumps that go one way, dead code */
    MYBPF_JIT_NO_LOOKUPS = 32768, /* looking into arrays without a call */
    MYBPF_JIT_NO_CHARGES = 65536, /* taking the steps of several blocks at once */
    MYBPF_JIT_NO_SELECT = 131072, /* moving under a condition instead of jumping over a move */
    MYBPF_JIT_NO_INVARIANTS = 262144,    /* computing in front of a loop what is the same in every round */
    MYBPF_JIT_NO_SLOTS = 524288,         /* keeping slots of the stack in registers that are free */
    MYBPF_JIT_NO_CONSTANTS = 1048576,    /* keeping a loop's large constants in registers that are free */
    MYBPF_JIT_NO_MERGE = 2097152,        /* making results where they are copied to */
    MYBPF_JIT_NO_UNROLL = 4194304,       /* several rounds of a loop at once, or all */
    MYBPF_JIT_NO_ORDER = 8388608,        /* laying blocks out so that loops jump less */
    MYBPF_JIT_NO_ROUNDS = 16777216,      /* taking the steps of several rounds of a loop at once */
    MYBPF_JIT_NO_CALLS = 33554432,       /* calling directly where the address of a function is known */
    MYBPF_JIT_NO_INLINE = 67108864,      /* small functions in the place of calls */
    MYBPF_JIT_NO_FEATURES = 134217728,   /* using what the processor has beyond the base of its target */
    MYBPF_JIT_NO_TAIL_CALLS = 268435456, /* jumping to the next program where it is of the same object */
    MYBPF_JIT_NO_PASSES = 536870911      /* none at all: one operation an instruction */
};

/* Who is told the names of the functions (bpf_prog_NAME). ERR_UNSUPPORTED where there is no such thing,
 * ERR_PERMISSION where the file cannot be written; the object then stays interpreted. */
enum {
    MYBPF_JIT_TELL_PERF =
        1, /* a line a function in /tmp/perf-PID.map, for `perf report`; they stay when code is freed */
    MYBPF_JIT_TELL_GDB =
        2 /* gdb, until the code is freed: breakpoints, and where a program is (docs/debugging.md) */
};

typedef struct mybpf_jit_opts {
    uint32_t disable; /* passes to leave out, a set of MYBPF_JIT_NO_*: for finding a wrong one */
    uint32_t tell;    /* a set of MYBPF_JIT_TELL_* */
} mybpf_jit_opts;

/* Compiles every function of a loaded object and attaches the code: mybpf_program_run uses it from
 * then on. Executable memory comes from the vm's host, or, where that has none, from
 * mybpf_jit_exec(). ERR_UNSUPPORTED when this machine has no back end; the object stays interpreted
 * after any failure. Not while a program of the object runs. `opts` may be NULL. */
MYBPF_API int mybpf_jit_compile(mybpf_object *object, const mybpf_jit_opts *opts, mybpf_error *error);

/* This system's executable memory: write, then execute, never both. Fits mybpf_host.exec. */
MYBPF_API const mybpf_exec_ops *mybpf_jit_exec(void);

/* Offset in the attached code of the machine code for instruction slot `insn`, or -1; for dumps. */
MYBPF_API int64_t mybpf_jit_offset(const mybpf_object *object, uint32_t insn);

#endif
