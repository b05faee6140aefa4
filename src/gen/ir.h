/* ir.h: the intermediate form. One function at a time, in flat arrays: blocks of operations over
 * numbered values. Values 0..10 are the BPF registers; all are below MYBPF__GLOBAL_VALUES, so that a liveness
 * set is one word. docs/codegen.md. */
#ifndef MYBPF__IR_H
#define MYBPF__IR_H

#include "gen.h"

#define MYBPF__FRAME_VALUE   10 /* r10 */
#define MYBPF__GLOBAL_VALUES 63
#define MYBPF__NO_VALUE      0xffffu
#define MYBPF__NO_BLOCK      0xffffffffu
/* A value as a set: an empty one of what is no global value, as MYBPF__NO_VALUE, whose bit is the last. */
#define MYBPF__GLOBAL_SET       (((uint64_t)1 << MYBPF__GLOBAL_VALUES) - 1)
#define MYBPF__VALUE_BIT(value) ((uint64_t)1 << ((value)&63) & MYBPF__GLOBAL_SET)
/* The same where the last bit means nothing. */
#define MYBPF__ANY_BIT(value)  ((uint64_t)1 << ((value)&63))
#define MYBPF__ARGUMENT_VALUES ((uint64_t)0x3e) /* r1..r5 */
#define MYBPF__CHARGES         8u               /* that are taken at once, at most */
#define MYBPF__SPARE_REGISTERS 12               /* that spare.c may use, at most */

/* X(operation, writes dst, reads a, reads b, reads c, has effects): effects forbid removing it although its
 * result is unused; 2: it also reads dst; 5: effects, of which some are on values that it does not name. `b`
 * is only read when the operation has no immediate. Width is 4 or 8 bytes unless said. Operations of width 4
 * leave zeros in the upper half. */
/* clang-format off */
#define MYBPF__IR_OPS(X)                                                                               \
    X(NOP,        0, 0, 0, 0, 0) /* nothing: what a pass removed */                                    \
    X(CONST,      1, 0, 0, 0, 0) /* dst = imm */                                                       \
    X(MAP,        1, 0, 0, 0, 0) /* dst = map `aux` */                                                 \
    X(MAP_VALUE,  1, 0, 0, 0, 0) /* dst = address of the value of map `aux`, + imm */                  \
    X(FUNC,       1, 0, 0, 0, 0) /* dst = pointer to function `aux` */                                 \
    X(MOV,        1, 1, 0, 0, 0) /* dst = a */                                                         \
    X(SEXT,       1, 1, 0, 0, 0) /* dst = a's lowest `aux` bytes, sign-extended to width */            \
    X(ZEXT,       1, 1, 0, 0, 0) /* dst = a's lowest `aux` bytes */                                    \
    X(NEG,        1, 1, 0, 0, 0) /* dst = -a */                                                        \
    X(BSWAP,      1, 1, 0, 0, 0) /* dst = a's lowest 2, 4 or 8 (width) bytes, swapped */               \
    X(POPCNT,     1, 1, 0, 0, 0) /* only of targets that can: how many bits of a are set */            \
    X(ADD,        1, 1, 1, 0, 0) /* dst = a + b */                                                     \
    X(SUB,        1, 1, 1, 0, 0)                                                                       \
    X(MUL,        1, 1, 1, 0, 0) /* + disp, by 3, 5, 9 of targets that can: operands.c */              \
    X(DIV,        1, 1, 1, 0, 0) /* by 0: 0 */                                                         \
    X(MOD,        1, 1, 1, 0, 0) /* by 0: a */                                                         \
    X(SDIV,       1, 1, 1, 0, 0) /* smallest / -1: smallest */                                         \
    X(SMOD,       1, 1, 1, 0, 0) /* smallest % -1: 0 */                                                \
    X(OR,         1, 1, 1, 0, 0)                                                                       \
    X(AND,        1, 1, 1, 0, 0)                                                                       \
    X(XOR,        1, 1, 1, 0, 0)                                                                       \
    X(SHL,        1, 1, 1, 0, 0) /* counts are taken modulo the width */                               \
    X(SHR,        1, 1, 1, 0, 0)                                                                       \
    X(SAR,        1, 1, 1, 0, 0)                                                                       \
    X(ROTL,       1, 1, 1, 0, 0) /* only of targets that can; only by constants so far */              \
    X(SELECT,     1, 1, 1, 1, 2) /* of targets that can: if a `sub` b, dst = c + disp, of `aux` bytes */ \
    X(SPEND_IF,   0, 1, 1, 0, 1) /* the same: if a `sub` b, take `disp` steps, which are there */    \
    X(ADD_IF,     1, 1, 1, 1, 0) /* of targets that can: dst = c + (a `sub` b), LT or GE; sum of `aux` bytes */ \
    X(LOAD,       1, 1, 1, 0, 0) /* dst = *(a + b * aux + disp), width 1, 2, 4, 8; b may be absent */  \
    X(STORE,      0, 1, 1, 1, 1) /* *(a + b * aux + disp) = c, or imm */                               \
    X(LOAD16,     0, 1, 0, 0, 1) /* vector register imm = the 16 bytes at a + disp, of targets that can */ \
    X(STORE16,    0, 1, 0, 0, 1) /* those bytes = vector register imm, which no other pass knows of */ \
    X(ATOMIC,     1, 1, 0, 1, 5) /* *(a + disp) `sub`= c; with FETCH dst = old */                      \
    X(CMPXCHG,    1, 1, 0, 1, 5) /* r0 = old; if it was r0, *(a + disp) = c */                         \
    X(BRANCH,     0, 1, 1, 0, 1) /* to the block's `taken` if a `sub` b, else to `next` */             \
    X(SUB_BRANCH, 1, 1, 1, 0, 1) /* only of targets that can: dst = a - b, and BRANCH: MYBPF__CAN_* */ \
    X(MAY_GOTO,   0, 0, 0, 0, 1) /* to `taken` when the loop budget is used up */                      \
    X(SPEND,      0, 0, 0, 0, 1) /* imm + `aux` steps left? take imm, else to `taken`; PAID: just take */ \
    X(EXIT,       0, 0, 0, 0, 5) /* return r0 */                                                       \
    X(CALL,       0, 0, 0, 0, 5) /* function `aux` */                                                  \
    X(CALL_VALUE, 0, 1, 0, 0, 5) /* what a points to */                                                \
    X(HELPER,     0, 0, 0, 0, 5) /* helper number imm; aux: lookups.c */                               \
    X(TAIL_CALL,  0, 0, 0, 0, 5) /* r1..r3; returns, or continues with r0 = -1 */                      \
    X(PACKET,     0, 1, 0, 0, 5) /* r0 = packet[a + imm]; a may be absent */                           \
    X(GUARD,      0, 1, 0, 0, 1) /* may `width` bytes at a + disp be accessed? */                      \
    X(GUARD_CALL, 0, 0, 0, 0, 5) /* may helper imm be called with r1..r5? */                           \
    X(CHARGE,     0, 0, 0, 0, 1) /* take imm steps from the budget */
/* clang-format on */

#define MYBPF__IR_ENUM(name, dst, a, b, c, effects) MYBPF__IR_##name,
typedef enum mybpf__ir_code { MYBPF__IR_OPS(MYBPF__IR_ENUM) MYBPF__IR_COUNT } mybpf__ir_code;
#undef MYBPF__IR_ENUM

enum {
    MYBPF__BUILD_LDDW = 0x18,
    MYBPF__BUILD_CALL = 0x85,
    MYBPF__BUILD_EXIT = 0x95,
    MYBPF__BUILD_MAY_GOTO = 0xe5
}; /* opcodes */

/* `sub` of BRANCH. Each odd one is the negation of the one before it. */
enum {
    MYBPF__EQ,
    MYBPF__NE,
    MYBPF__GT,
    MYBPF__LE,
    MYBPF__GE,
    MYBPF__LT,
    MYBPF__SGT,
    MYBPF__SLE,
    MYBPF__SGE,
    MYBPF__SLT,
    MYBPF__SET,
    MYBPF__CLEAR
};

enum { MYBPF__RMW_ADD, MYBPF__RMW_OR, MYBPF__RMW_AND, MYBPF__RMW_XOR, MYBPF__RMW_XCHG }; /* `sub` of ATOMIC */

/* Bits of mybpf__gen_request.disable: the numbers of MYBPF_JIT_NO_* in jit.h. */
enum {
    MYBPF__PASS_COPIES = 1,      /* local.c: use the original of a copy */
    MYBPF__PASS_EXTENSIONS = 2,  /* local.c: zero extensions that change nothing; shift pairs that extend */
    MYBPF__PASS_ADDRESSES = 4,   /* local.c: sums move into loads and stores */
    MYBPF__PASS_ROTATES = 8,     /* rotates.c: two shifts and an or; popcount.c: bits counted by sums */
    MYBPF__PASS_DEAD = 16,       /* liveness.c: results that nobody reads */
    MYBPF__PASS_SINK = 32,       /* loops.c, motion.c: results that only what follows a loop reads */
    MYBPF__PASS_COUNTERS = 64,   /* loops.c: counters that only count */
    MYBPF__PASS_DIVISION = 128,  /* local.c: division by constants; remainder.c, quotients.c */
    MYBPF__PASS_JOIN = 256,      /* join.c, parts.c, memcpy.c: what is loaded, stored, copied byte by byte */
    MYBPF__PASS_THREAD = 512,    /* thread.c: jumps to jumps; states.c: to what is asked next */
    MYBPF__PASS_UPPER = 1024,    /* upper.c: upper halves that nobody reads */
    MYBPF__PASS_FOLD = 2048,     /* fold.c: sums that only one access reads */
    MYBPF__PASS_FUSION = 4096,   /* arm64_fuse.h, operands.c: several operations in one instruction */
    MYBPF__PASS_GUARDS = 8192,   /* guards.c: one check for several accesses */
    MYBPF__PASS_FACTS = 16384,   /* facts.c: what the verifier found */
    MYBPF__PASS_LOOKUPS = 32768, /* lookups.c: arrays looked into without a call */
    MYBPF__PASS_CHARGES = 65536, /* charges.c: steps that are taken later */
    MYBPF__PASS_SELECT = 131072, /* local.c: moves that a branch jumps over; carry.c */
    MYBPF__PASS_INVARIANTS = 262144,   /* motion.c: what is the same in every round of a loop */
    MYBPF__PASS_SLOTS = 524288,        /* spare.c: slots of the stack in registers */
    MYBPF__PASS_CONSTANTS = 1048576,   /* spare.c: large constants in registers */
    MYBPF__PASS_MERGE = 2097152,       /* merge.c: results that are made where they are copied to */
    MYBPF__PASS_UNROLL = 4194304,      /* unroll.c, counted.c, ahead.c: several rounds of a loop at once */
    MYBPF__PASS_ORDER = 8388608,       /* order.c: blocks where the most jumps are saved */
    MYBPF__PASS_ROUNDS = 16777216,     /* rounds.c: steps of several rounds of a loop at once */
    MYBPF__PASS_CALLS = 33554432,      /* local.c: calls through the address of a function */
    MYBPF__PASS_INLINE = 67108864,     /* inline.c: small functions in the place of calls */
    MYBPF__PASS_TAIL_CALLS = 268435456 /* back ends: jumps to programs of the same object */
};

enum {
    MYBPF__F_IMM = 1,      /* imm stands for b (c in a store) */
    MYBPF__F_SIGNED = 2,   /* LOAD: sign-extend to 64 bits, or, if `sub` is 4, to 32 */
    MYBPF__F_UPDATE = 2,   /* STORE, where the target has CAN_MEMORY: *(a + b * aux + disp) `sub`= c or imm,
                              `sub` being a mybpf__ir_code */
    MYBPF__F_WRITE = 4,    /* GUARD: for writing */
    MYBPF__F_FETCH = 8,    /* ATOMIC */
    MYBPF__F_ORDERED = 16, /* LOAD acquires, STORE releases */
    MYBPF__F_MEMORY = 16,  /* ADD, SUB, OR, AND, XOR, MUL, BRANCH, of targets that can: the right operand, or
                            * the left one of a comparison with imm, is in memory, at b + c * aux + disp */
    MYBPF__F_RECIPROCAL = 32, /* division by imm: may be a multiplication, with the numbers of divide.h */
    MYBPF__F_SWAPPED =
        32,             /* LOAD, STORE, of targets that can join: bytes the other way round, width 2, 4, 8 */
    MYBPF__F_CARRY = 32, /* ADD: leaves the carry that the next ADD_IF takes; ADD_IF: that, no comparison */
    MYBPF__F_PAID = 1,  /* SPEND: there are enough; what is negative is given back */
    MYBPF__F_STOP = 64, /* HELPER: may end the run */
    MYBPF__F_ATOMIC = 128, /* GUARD: must be aligned */
    MYBPF__F_COVERED = 1, /* GUARD: the one at `aux` asks for its bytes too. That one, whose `aux` is the last
                           * such guard + 1, asks for `c` bytes at a + imm, of size `sub` of the window.
                           * CHARGE: later ones, whose `aux` names it, + 1, take its steps */
    /* Of upper.c, where the target has MYBPF__CAN_SIGNS, for operations with a result, with operands: */
    MYBPF__F_LOW = 4, /* nobody reads the upper half of the result. Of width 4 it becomes the sign then; MOV,
                       * OR, AND, XOR may leave what comes */
    MYBPF__F_A_SIGNED = 64, /* operand a is a number of 4 bytes with its sign extended */
    MYBPF__F_B_SIGNED = 128 /* ... b */
};

typedef struct mybpf__op {
    uint8_t code; /* mybpf__ir_code */
    uint8_t width;
    uint8_t sub;
    uint8_t flags; /* MYBPF__F_* */
    uint16_t dst, a, b, c;
    int32_t disp;
    int64_t imm;
    uint32_t insn; /* instruction slot it comes from: faults name it */
    uint32_t aux;
} mybpf__op;

typedef struct mybpf__block {
    uint32_t first, count;      /* operations */
    uint32_t taken, next;       /* where it goes: a branch's target; what follows. MYBPF__NO_BLOCK: nowhere */
    uint32_t insn, end;         /* its instruction slots: the first, and the one behind the last */
    uint32_t loop_end;          /* the last block in layout order that jumps back to it, or NO_BLOCK */
    uint64_t live_in, live_out; /* sets of global values */
} mybpf__block;

/* The lowest value of a set that has one: `set &= set - 1` takes it out. */
MYBPF__INLINE unsigned mybpf__lowest_value(uint64_t set)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(set);
#else
    unsigned value = 0;
    while (!(set >> value & 1)) value++;
    return value;
#endif
}

/* Nothing is done here and it leads nowhere: control never comes here. */
MYBPF__FN int mybpf__block_is_dead(const mybpf__block *block)
{
    return !block->count && block->next == MYBPF__NO_BLOCK;
}

/* One function. The arrays are reused for the next one. */
typedef struct mybpf__ir {
    const mybpf__gen_request *request;
    const mybpf_code *code;
    mybpf_vm *vm;
    uint32_t func;
    mybpf__op *ops;
    uint32_t op_count, op_capacity;
    mybpf__block *blocks;
    uint32_t block_count, block_capacity;
    uint32_t *order; /* blocks as they are laid out */
    uint32_t order_capacity;
    uint32_t *block_at; /* build: block that starts at a slot of the function; in the memory of `live` */
    uint32_t *work;     /* scratch of a pass; after liveness the predecessors (mybpf__ir_predecessors) */
    uint32_t work_capacity;
    uint32_t *preds,
        *spare_work; /* liveness: parts of `work`; the latter, three entries a block, is free then */
    uint64_t *live;  /* by operation: global values live after it */
    uint32_t live_capacity;
    uint32_t value_count;
    uint8_t *reg; /* by value: the target's register */
    uint32_t reg_capacity;
    uint8_t spare[MYBPF__SPARE_REGISTERS]; /* spare.c: registers of the values from 11 on */
    uint64_t constants;                    /* spare.c: values that hold one, made where the function starts */
    uint64_t codes[2];                     /* spare.c: what operations there are; those with MYBPF__F_IMM */
    int alone;                             /* the program never needs its environment */
    uint64_t written, read;                /* liveness.c: global values that are written, read */
    int leaf;                              /* spare.c: nothing is called, as far as is known */
    int cyclic;                            /* liveness.c: control may go back */
    uint32_t narrow_loads, narrow_stores;  /* build.c: of less than 8 bytes */
    uint32_t stores_beside; /* build.c: stores of registers beside the one before, at store_disp */
    int32_t store_disp;
    int frame_apart;          /* spare.c: only accesses through r10 reach the frame */
    uint32_t divisions;       /* build.c */
    uint32_t quotients;       /* build.c: divisions by values, without signs */
    uint32_t inlined, callee; /* inline.c: slots of other functions; the one that is built */
    uint32_t swaps;           /* build.c: BSWAP */
    uint32_t bit_sums;        /* build.c: constants that bits are counted with */
    int turns;        /* build.c: a block goes back, or does nothing but lead on: thread.c may change edges */
    uint32_t edges;   /* charges.c: blocks from here on stand for the edge to their `next`, no jump back */
    uint32_t updates; /* local.c: stores that update.c may make one with a load */
    uint32_t selects; /* local.c: branches that have become SELECT */
    uint32_t sums;    /* local.c: accesses with a sum or an index that fold.c may simplify */
    /* regs.c: what the prologue must provide */
    uint32_t saved;    /* callee-saved registers written (a set) */
    int calls;         /* something is called: keep the stack aligned */
    int frame;         /* r10 is used */
    int frame_escapes; /* ... not only as a base with constant offsets */
} mybpf__ir;

/* An array of at least `count` entries, the first ones kept, new ones not initialised; NULL when there is no
 * memory. */
MYBPF__FN void *mybpf__room(mybpf_vm *vm, void *array, uint32_t *capacity, uint32_t count, size_t size)
{
    if (count <= *capacity) return array;
    uint64_t wanted = *capacity ? (uint64_t)*capacity * 2 : 64;
    if (wanted < count) wanted = count;
    if (wanted > 0x7fffffffu || wanted > SIZE_MAX / size) return NULL;
    void *grown = mybpf_vm_realloc(vm, array, (size_t)wanted * size);
    if (!grown) return NULL;
    *capacity = (uint32_t)wanted;
    return grown;
}

/* A new array of zeros. */
MYBPF__FN void *mybpf__room_zero(mybpf_vm *vm, uint32_t count, size_t size)
{
    uint32_t capacity = 0;
    void *array = mybpf__room(vm, NULL, &capacity, count, size);
    if (array) mybpf__zero(array, (size_t)count * size);
    return array;
}

/* An array that is about to be written; of few pages, that costs more than it saves. */
MYBPF__FN void mybpf__expect(const mybpf__gen_request *request, void *array, uint32_t count, size_t size)
{
    if (array && request->expect && count >= 0x4000 / size) request->expect(array, count * size);
}

/* `count` words of memory for what runs before live sets are recorded: theirs. NULL when there is none. */
MYBPF__FN uint64_t *mybpf__ir_scratch(mybpf__ir *ir, uint32_t count)
{
    uint64_t *live = (uint64_t *)mybpf__room(ir->vm, ir->live, &ir->live_capacity, count, sizeof *live);
    if (live != ir->live) mybpf__expect(ir->request, live, count, sizeof *live);
    if (live) ir->live = live;
    return live;
}

/* build.c: fills ops, blocks, order for function `ir->func`; a new block, a new operation at the end (NULL:
 * no memory). */
MYBPF__FN int mybpf__ir_build(mybpf__ir *ir, mybpf_error *error);
MYBPF__FN int mybpf__ir_new_block(mybpf__ir *ir, uint32_t insn, mybpf_error *error);
MYBPF__FN mybpf__op *mybpf__ir_new_op(mybpf__ir *ir, int code, uint32_t insn);
/* liveness.c: global values that an operation reads and writes (clobbered ones count as written); live sets.
 */
MYBPF__FN uint64_t mybpf__ir_reads(const mybpf__op *op);
MYBPF__FN uint64_t mybpf__ir_writes(const mybpf__op *op);
MYBPF__FN int mybpf__ir_liveness(mybpf__ir *ir, void (*then)(mybpf__ir *, const mybpf__block *),
                                 mybpf_error *error);
/* passes.c: the optimisations that are switched on, in order; leaves live sets behind. */
MYBPF__FN int mybpf__ir_passes(mybpf__ir *ir, mybpf_error *error);
/* regs.c: registers for values, and what the frame needs. */
MYBPF__FN int mybpf__ir_assign(mybpf__ir *ir, mybpf_error *error);

/* The charges that one takes the steps of, itself first; how many. */
MYBPF__FN uint32_t mybpf__charge_chain(const mybpf__ir *ir, const mybpf__op *op,
                                       const mybpf__op *chain[MYBPF__CHARGES])
{
    uint32_t count = 0;
    chain[count++] = op;
    for (; op->aux && count < MYBPF__CHARGES; count++) chain[count] = op = &ir->ops[op->aux - 1];
    return count;
}

MYBPF__FN int64_t mybpf__charge_steps(const mybpf__ir *ir, const mybpf__op *op)
{
    const mybpf__op *chain[MYBPF__CHARGES];
    int64_t steps = 0;
    for (uint32_t i = mybpf__charge_chain(ir, op, chain); i-- > 0;) steps += chain[i]->imm;
    return steps;
}

/* The charge of a block that later ones take, or NULL. */
MYBPF__FN const mybpf__op *mybpf__charge_left(const mybpf__ir *ir, uint32_t block)
{
    const mybpf__op *op = &ir->ops[ir->blocks[block].first];
    return op->code == MYBPF__IR_CHARGE && op->flags & MYBPF__F_COVERED ? op : NULL;
}

/* The guard of a group behind `at`, for the cold code of its first one; op_count when there is none. */
MYBPF__FN uint32_t mybpf__guard_next(const mybpf__ir *ir, uint32_t first, uint32_t at)
{
    while (++at < ir->ops[first].aux)
        if (ir->ops[at].code == MYBPF__IR_GUARD && ir->ops[at].flags & MYBPF__F_COVERED &&
            ir->ops[at].aux == first)
            return at;
    return ir->op_count;
}

MYBPF__FN void mybpf__ir_free(mybpf__ir *ir)
{
    mybpf_vm_realloc(ir->vm, ir->ops, 0);
    mybpf_vm_realloc(ir->vm, ir->blocks, 0);
    mybpf_vm_realloc(ir->vm, ir->order, 0);
    mybpf_vm_realloc(ir->vm, ir->work, 0);
    mybpf_vm_realloc(ir->vm, ir->live, 0);
    mybpf_vm_realloc(ir->vm, ir->reg, 0);
}

#endif
