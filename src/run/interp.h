/* interp.h: decoded code, as the interpreter runs it.
 *
 * One record an instruction slot, at the same index: jumps keep their distances, a fault's record is its
 * instruction, and a fused handler, which does the work of several instructions, finds their operands in
 * the records that follow its own and steps over them. */
#ifndef MYBPF__INTERP_H
#define MYBPF__INTERP_H

#include "env.h"
#include "interp_runs.h"

#if MYBPF__TAIL_CALLS
struct mybpf__record;
struct mybpf__interp;
struct mybpf__tail;
#    if __has_attribute(preserve_none) /* all registers are theirs: nothing to be saved */
#        define MYBPF__HANDLER_ABI __attribute__((preserve_none))
#    else
#        define MYBPF__HANDLER_ABI
#    endif
typedef const struct mybpf__record *(MYBPF__HANDLER_ABI *mybpf__handler)(
    mybpf_env *env, const struct mybpf__interp *interp, uint64_t last, struct mybpf__tail *run,
    const struct mybpf__record *ip, uint64_t *regs);
#elif MYBPF__COMPUTED_GOTO
typedef const void *mybpf__handler; /* address of a label */
#else
typedef uint32_t mybpf__handler; /* number of a case */
#endif

/* The handler of an operation; `table` is what mybpf__interp_loop gives. */
#if MYBPF__COMPUTED_GOTO
#    define MYBPF__HANDLER_OF(table, op) ((table)[op])
#else
#    define MYBPF__HANDLER_OF(table, op) ((void)(table), (mybpf__handler)(op))
#endif

typedef struct mybpf__record {
    union {
        mybpf__handler handler;
        const struct mybpf__record *target; /* second record of a fused jump: where it goes */
    } u;
    uint8_t dst, src;
    int16_t off;
    int32_t imm;
} mybpf__record;

/* What a record needs besides, when its handler is CHARGE or GUARD. */
typedef struct mybpf__extra {
    mybpf__handler charged; /* after CHARGE */
    mybpf__handler guarded; /* after GUARD */
    uint32_t cost;          /* of the block that starts here */
    uint8_t base, size;     /* of the access: register that holds the address, bytes */
    uint8_t write, aligned; /* it stores; it must be aligned */
#ifndef MYBPF_NO_MAP_TYPES
    uint8_t arena; /* it is of an arena, where the stack is not */
#endif
} mybpf__extra;

#ifdef MYBPF_NO_MAP_TYPES
#    define MYBPF__IS_ARENA(extra) 0
#else
#    define MYBPF__IS_ARENA(extra) (extra)->arena
#endif

typedef struct mybpf__callee {
    mybpf_helper_fn fn;
    uint32_t id, flags;
} mybpf__callee;

typedef struct mybpf__interp {
    mybpf__record *records;
    mybpf__extra *extras;   /* NULL when nothing is charged or guarded */
    mybpf__callee *helpers; /* what CALL's imm indexes */
    uint32_t helper_count;
    uint32_t stack; /* bytes of stack a trusted program needs, callers' records included */
} mybpf__interp;

/* A caller of the running function, while that runs. */
typedef struct mybpf__save {
    const mybpf__record *ip;
    uint64_t r[4]; /* r6..r9 */
    uint64_t frame, below;
    uint64_t reserved;
} mybpf__save;

/* clang-format off */

/* Handlers besides the instruction table's rows. */
#define MYBPF__INTERP_EXTRAS(X)                                                                              \
    X(TRAP)         /* no instruction */                                                                     \
    X(CHARGE)       /* pays for a block, then its first instruction's own handler */                         \
    X(GUARD)        /* checks an access, then its own handler */                                             \
    X(CALL_CHECKED) /* of a helper that may end the run; off: check its arguments */                         \
    X(TAIL_CALL)    /* helper 12; off: check its arguments */

/* Several instructions in one handler: what compilers emit most, chosen by measuring. A build for size
 * does without. Their operands are packed into the first record, four register numbers in `imm`
 * where it says so. */
#if MYBPF__SMALL
#    define MYBPF__INTERP_FUSED(X)
#else
#    define MYBPF__INTERP_FUSED(X)                                                                           \
        MYBPF__FUSED_THREE(MYBPF__FUSED_THREE_NAMES, X)                                                      \
        MYBPF__FUSED_COUNT(MYBPF__FUSED_COUNT_NAMES, X)                                                      \
        X(ADD_ROTATE1) X(ADD_ROTATE2) /* dst = a + b; x = b; [y = b;] src = dst */                           \
            MYBPF__FUSED_THREE(MYBPF__NEAR_NAMES, X) X(FROM_MOV64_REG) X(FROM_MOV32_REG) X(FROM_LDX_B)       \
                X(FROM_LDX_H) X(FROM_LDX_W) X(FROM_LDX_DW)                                                   \
        MYBPF__RUNS(MYBPF__JOIN, MYBPF__RUN_NAME, X)                                                         \
        MYBPF__PAYING(X)
#endif

/* Jumps in metered code, which pay for the block that they enter: that costs no dispatch. X(operation) */
#define MYBPF__PAYING(X)                                                                                     \
    X(PAY_JA) MYBPF__PAYING_JCC(MYBPF__PAYING_NAMES, X) MYBPF__FUSED_COUNT(MYBPF__PAYING_COUNT_NAMES, X)     \
    MYBPF__RUNS_JUMPING(MYBPF__JOIN, MYBPF__PAYING_RUN, X)
#define MYBPF__PAYING_JCC(X, Y)                                                                              \
    X(Y, JEQ) X(Y, JNE) X(Y, JSET) X(Y, JGT) X(Y, JGE) X(Y, JLT) X(Y, JLE) X(Y, JSGT) X(Y, JSGE) X(Y, JSLT) X(Y, JSLE)
#define MYBPF__PAYING_NAMES(Y, op)                                                                           \
    Y(PAY_##op##64_REG) Y(PAY_##op##64_IMM) Y(PAY_##op##32_REG) Y(PAY_##op##32_IMM)
#define MYBPF__PAYING_COUNT_NAMES(Y, op, swapped)                                                            \
    Y(PAY_ADD_##op##64_REG) Y(PAY_ADD_##op##64_IMM) Y(PAY_ADD_##op##32_REG) Y(PAY_ADD_##op##32_IMM)


/* The value that was written last is in a register of the host as well. The same operations with it as dst
 * (NEAR), as src (FROM) or as the third operand (WITH): otherwise each waits for memory to give what the one
 * before it has just put there. */
#define MYBPF__NEAR_NAMES(Y, op)                                                                             \
    Y(NEAR_##op##64_IMM)                                                                                     \
    Y(NEAR_##op##64_REG) Y(FROM_##op##64_REG) Y(NEAR_##op##32_IMM) Y(NEAR_##op##32_REG) Y(FROM_##op##32_REG) \
        Y(FROM_MOV_##op##64_IMM) Y(FROM_MOV_##op##64_REG) Y(WITH_MOV_##op##64_REG) Y(FROM_MOV_##op##32_IMM)  \
            Y(FROM_MOV_##op##32_REG) Y(WITH_MOV_##op##32_REG)

/* "dst = src; dst op= x": three operands. X(operator) */
#define MYBPF__FUSED_THREE(X, Y)                                                                             \
    X(Y, ADD) X(Y, SUB) X(Y, MUL) X(Y, AND) X(Y, OR) X(Y, XOR) X(Y, LSH) X(Y, RSH)
#define MYBPF__FUSED_THREE_NAMES(Y, op)                                                                      \
    Y(MOV_##op##64_REG) Y(MOV_##op##64_IMM) Y(MOV_##op##32_REG) Y(MOV_##op##32_IMM)

/* "dst += imm; if dst op x goto": the end of a loop. X(jump, the jump with its operands swapped) */
#define MYBPF__FUSED_COUNT(X, Y)                                                                             \
    X(Y, JEQ, JEQ)                                                                                           \
    X(Y, JNE, JNE)                                                                                           \
    X(Y, JGT, JLT)                                                                                           \
    X(Y, JGE, JLE) X(Y, JLT, JGT) X(Y, JLE, JGE) X(Y, JSGT, JSLT) X(Y, JSGE, JSLE) X(Y, JSLT, JSGT)          \
        X(Y, JSLE, JSGE)
#define MYBPF__FUSED_COUNT_NAMES(Y, op, swapped)                                                             \
    Y(ADD_##op##64_REG) Y(ADD_##op##64_IMM) Y(ADD_##op##32_REG) Y(ADD_##op##32_IMM)

/* What mybpf__interp_loop does itself where handlers are functions. */
#define MYBPF__INTERP_SELDOM(X)                                                                              \
    X(LD_ABS_B) X(LD_ABS_H) X(LD_ABS_W) X(LD_IND_B) X(LD_IND_H) X(LD_IND_W) X(CALLX) X(CALL_KFUNC)           \
    MYBPF__SELDOM_ATOMICS(X, 32) MYBPF__SELDOM_ATOMICS(X, 64)                                                \
    X(LOAD_ACQ_B) X(LOAD_ACQ_H) X(LOAD_ACQ_W) X(LOAD_ACQ_DW)                                                 \
    X(STORE_REL_B) X(STORE_REL_H) X(STORE_REL_W) X(STORE_REL_DW)
#define MYBPF__SELDOM_ATOMICS(X, width)                                                                      \
    X(ATOMIC_ADD##width) X(ATOMIC_OR##width) X(ATOMIC_AND##width) X(ATOMIC_XOR##width)                       \
    X(ATOMIC_FETCH_ADD##width) X(ATOMIC_FETCH_OR##width) X(ATOMIC_FETCH_AND##width)                          \
    X(ATOMIC_FETCH_XOR##width) X(ATOMIC_XCHG##width) X(ATOMIC_CMPXCHG##width)
#define MYBPF__INTERP_SELDOM_EXTRAS(X) X(CALL_CHECKED) X(TAIL_CALL) X(TRAP)

/* clang-format on */

enum { MYBPF__IMM_REG = 11 }; /* in a build for size, operands in the immediate are read as this register */

#define MYBPF__INTERP_ENUM(name) MYBPF__OP_##name,
enum {
    MYBPF__OP_TAKEN = 0xffff, /* the second half of a fused jump: no handler */
    MYBPF__OP_FIRST = MYBPF_OP_COUNT - 1,
    MYBPF__INTERP_EXTRAS(MYBPF__INTERP_ENUM) MYBPF__INTERP_FUSED(MYBPF__INTERP_ENUM) MYBPF__OP_END
};
/* Rows under the same kind of name. */
#define MYBPF__OP_ALIAS(name, code, select, value, format, width, symbol, mnemonic, group, cpu)              \
    MYBPF__OP_##name = MYBPF_OP_##name,
enum { MYBPF_OPS(MYBPF__OP_ALIAS) MYBPF__OP_ALIASES };
#undef MYBPF__OP_ALIAS
#undef MYBPF__INTERP_ENUM

#endif
