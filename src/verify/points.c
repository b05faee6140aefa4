/* points.c: what the simulation wants to know of every instruction before it begins: which registers may
 * still be read from there on, and where paths may meet. */
#ifndef MYBPF__POINTS_C
#define MYBPF__POINTS_C

#include "../isa/op_of.h"
#include "../run/env.h"
#include "state.c"

#ifndef MYBPF_NO_PROVER

enum {
    MYBPF__POINT_MEET = 1,     /* states that come here are compared with earlier ones */
    MYBPF__POINT_MAY_GOTO = 2, /* and loops from here end by themselves */
    MYBPF__POINT_CALLBACK = 4, /* a helper calls a function here, again and again */
    MYBPF__POINT_KINDS = 7
};

/* What an instruction does to registers. */
enum {
    MYBPF__READS_DST = 1,
    MYBPF__READS_SRC = 2,
    MYBPF__READS_R0 = 4,
    MYBPF__SETS_DST = 8,
    MYBPF__SETS_SRC = 16,
    MYBPF__SETS_R0 = 32,
    MYBPF__CLOBBERS = 64 /* r0 to r5, as calls do */
};

/* The same by format. */
enum {
    MYBPF__USES_ALU_IMM = MYBPF__READS_DST | MYBPF__SETS_DST,
    MYBPF__USES_ALU_REG = MYBPF__READS_DST | MYBPF__READS_SRC | MYBPF__SETS_DST,
    MYBPF__USES_ALU_NEG = MYBPF__READS_DST | MYBPF__SETS_DST,
    MYBPF__USES_ALU_MOVSX = MYBPF__READS_SRC | MYBPF__SETS_DST,
    MYBPF__USES_ALU_END = MYBPF__READS_DST | MYBPF__SETS_DST,
    MYBPF__USES_JA = 0,
    MYBPF__USES_JA32 = 0,
    MYBPF__USES_JCC_IMM = MYBPF__READS_DST,
    MYBPF__USES_JCC_REG = MYBPF__READS_DST | MYBPF__READS_SRC,
    MYBPF__USES_CALL = MYBPF__CLOBBERS,
    MYBPF__USES_CALL_LOCAL = MYBPF__CLOBBERS,
    MYBPF__USES_CALL_KFUNC = MYBPF__CLOBBERS,
    MYBPF__USES_CALLX = MYBPF__READS_DST | MYBPF__CLOBBERS,
    MYBPF__USES_EXIT = 0,
    MYBPF__USES_MAY_GOTO = 0,
    MYBPF__USES_LDDW = MYBPF__SETS_DST,
    MYBPF__USES_LD_ABS = MYBPF__CLOBBERS,
    MYBPF__USES_LD_IND = MYBPF__READS_SRC | MYBPF__CLOBBERS,
    MYBPF__USES_LDX = MYBPF__READS_SRC | MYBPF__SETS_DST,
    MYBPF__USES_ST = MYBPF__READS_DST,
    MYBPF__USES_STX = MYBPF__READS_DST | MYBPF__READS_SRC,
    MYBPF__USES_ATOMIC = MYBPF__READS_DST | MYBPF__READS_SRC,
    MYBPF__USES_ATOMIC_FETCH = MYBPF__READS_DST | MYBPF__READS_SRC | MYBPF__SETS_SRC,
    MYBPF__USES_ATOMIC_XCHG = MYBPF__READS_DST | MYBPF__READS_SRC | MYBPF__SETS_SRC,
    MYBPF__USES_ATOMIC_CMPXCHG = MYBPF__READS_DST | MYBPF__READS_SRC | MYBPF__READS_R0 | MYBPF__SETS_R0,
    MYBPF__USES_LOAD_ACQ = MYBPF__READS_SRC | MYBPF__SETS_DST,
    MYBPF__USES_STORE_REL = MYBPF__READS_DST | MYBPF__READS_SRC
};

/* Sets of registers. */
enum {
    MYBPF__REGS_ARGS = 0x3e, /* r1 to r5 */
    MYBPF__REGS_CALL = 0x3f  /* those that a call leaves nothing in */
};

MYBPF__FN unsigned mybpf__uses_of(const mybpf_insn *insn, unsigned format)
{
#    define MYBPF__USES(name, dst, src, off, imm) MYBPF__USES_##name,
    static const uint8_t mybpf__table[] = {MYBPF_FORMATS(MYBPF__USES) 0};
#    undef MYBPF__USES
    unsigned uses = mybpf__table[format];
    if (format <= MYBPF_FORMAT_ALU_REG && MYBPF__OPERATION(insn->code) == MYBPF__ALU_MOV)
        uses &= ~(unsigned)MYBPF__READS_DST;
    return uses;
}

/* A helper that calls a function of the program before it returns: numbers of its arguments. */
typedef struct mybpf__callback {
    uint8_t id, func, handed; /* which function, what it is handed */
    uint8_t as;               /* as which of the function's arguments */
} mybpf__callback;

/* bpf_for_each_map_elem, bpf_find_vma, bpf_loop, bpf_user_ringbuf_drain */
enum {
    MYBPF__CALLBACK_EACH = 164,
    MYBPF__CALLBACK_VMA = 180,
    MYBPF__CALLBACK_LOOP = 181,
    MYBPF__CALLBACK_DRAIN = 209
};

MYBPF__FN const mybpf__callback *mybpf__callback_of(const mybpf_helper *helper)
{
    static const mybpf__callback mybpf__rows[] = {{MYBPF__CALLBACK_EACH, 2, 3, 4},
                                                  {MYBPF__CALLBACK_VMA, 3, 4, 3},
                                                  {MYBPF__CALLBACK_LOOP, 2, 3, 2},
                                                  {MYBPF__CALLBACK_DRAIN, 2, 3, 2}};
    for (size_t i = 0; helper && i < sizeof mybpf__rows / sizeof *mybpf__rows; i++)
        if (mybpf__rows[i].id == helper->id && helper->args[mybpf__rows[i].func - 1] == MYBPF_ARG_FUNC)
            return &mybpf__rows[i];
    return NULL;
}

/* Registers that the call at `pc` may read. */
MYBPF__FN unsigned mybpf__call_reads(const mybpf_object *object, const mybpf_insn *insn)
{
    const mybpf_helper *helper;
    unsigned reads = 0;
    if (insn->code == MYBPF__CODE_CALLX) return MYBPF__REGS_ARGS;
    if (insn->src_reg) return MYBPF__REGS_ARGS;
    helper = mybpf_object_helper(object, (uint32_t)insn->imm);
    if (!helper || helper->flags & MYBPF_HELPER_VARIADIC) return MYBPF__REGS_ARGS;
    for (unsigned i = 0; i < 5; i++)
        if (helper->args[i] != MYBPF_ARG_NONE) reads |= 2u << i;
    return reads;
}

/* Registers that must hold something for what follows slot `pc` and the instruction itself. */
MYBPF__FN unsigned mybpf__live_before(const mybpf__sim *sim, uint32_t pc)
{
    const mybpf_insn *insn = &sim->insns[pc];
    unsigned uses = mybpf__uses_of(insn, mybpf_op_describe(mybpf__op_of(insn))->format), live = 0, count;
    int64_t to[2];
    if (insn->code == MYBPF__CODE_EXIT) return 1;
    count = mybpf__successors(sim->insns, pc, to);
    for (unsigned i = 0; i < count; i++) live |= sim->live[to[i]];
    if (uses & MYBPF__SETS_DST) live &= ~(1u << insn->dst_reg);
    if (uses & MYBPF__SETS_SRC) live &= ~(1u << insn->src_reg);
    if (uses & MYBPF__SETS_R0) live &= ~1u;
    if (uses & MYBPF__CLOBBERS) live &= ~(unsigned)MYBPF__REGS_CALL;
    if (uses & MYBPF__READS_DST) live |= 1u << insn->dst_reg;
    if (uses & MYBPF__READS_SRC) live |= 1u << insn->src_reg;
    if (uses & MYBPF__READS_R0) live |= 1u;
    if (insn->code == MYBPF__CODE_CALL || insn->code == MYBPF__CODE_CALLX)
        live |= mybpf__call_reads(sim->object, insn);
    return live;
}

/* Jumps by where they go, to walk them backwards. */
typedef struct mybpf__jumps {
    uint32_t *first; /* by target: 1 + a slot that jumps there */
    uint32_t *next;  /* by slot: 1 + another slot that jumps to the same place */
    uint32_t *work;  /* slots to look at again, each at most once at a time */
    uint8_t *queued;
    uint32_t count;
} mybpf__jumps;

MYBPF__FN void mybpf__live_again(mybpf__jumps *jumps, uint32_t pc)
{
    if (jumps->queued[pc]) return;
    jumps->queued[pc] = 1;
    jumps->work[jumps->count++] = pc;
}

/* Slots from which control comes to `pc`. */
MYBPF__FN void mybpf__live_sources(const mybpf__sim *sim, mybpf__jumps *jumps, uint32_t pc)
{
    uint32_t before = pc ? pc - 1 : 0;
    if (pc && sim->object->facts[before] & MYBPF_FACT_PAD) before--;
    if (pc) mybpf__live_again(jumps, before); /* if it does not fall through, looking at it changes nothing */
    for (uint32_t from = jumps->first[pc]; from; from = jumps->next[from - 1])
        mybpf__live_again(jumps, from - 1);
}

/* Backwards until nothing new is live: a slot is looked at once, and again for each register it learns of. */
MYBPF__FN void mybpf__live_solve(mybpf__sim *sim, mybpf__jumps *jumps)
{
    for (uint32_t pc = sim->object->insn_count; pc-- > 0;) {
        if (!(sim->object->facts[pc] & MYBPF_FACT_PAD)) mybpf__live_again(jumps, pc);
        while (jumps->count) {
            uint32_t at = jumps->work[--jumps->count];
            unsigned live = mybpf__live_before(sim, at);
            jumps->queued[at] = 0;
            if (live == sim->live[at]) continue;
            sim->live[at] = (uint16_t)live;
            mybpf__live_sources(sim, jumps, at);
        }
    }
}

/* The slots of `func`'s stack that may be read at all: those of its loads, or all when it gives its stack's
 * address away. */
MYBPF__FN uint64_t mybpf__slots_read(const mybpf_object *object, const mybpf_func *func)
{
    uint64_t slots = 0;
    for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        const mybpf_op_info *info;
        if (object->facts[pc] & MYBPF_FACT_PAD) continue;
        info = mybpf_op_describe(mybpf__op_of(insn));
        if (info->format == MYBPF_FORMAT_ST || insn->code == MYBPF__CODE_LDDW) continue;
        if (insn->dst_reg == 10 && info->format != MYBPF_FORMAT_STX) return UINT64_MAX;
        if (insn->src_reg != 10) continue;
        if (info->format != MYBPF_FORMAT_LDX || insn->off >= 0 || insn->off < -MYBPF_STACK_FRAME)
            return UINT64_MAX;
        slots |= (uint64_t)1 << (-insn->off - 1) / 8 | (uint64_t)1 << (-insn->off - info->width) / 8;
    }
    return slots;
}

MYBPF__FN void mybpf__points_mark(mybpf__sim *sim, mybpf__jumps *jumps)
{
    const mybpf_object *object = sim->object;
    for (uint32_t f = 0; f < object->func_count; f++) {
        sim->points[object->funcs[f].start] |= MYBPF__POINT_MEET;
        sim->slots_read[f] = mybpf__slots_read(object, &object->funcs[f]);
    }
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        const mybpf_helper *helper;
        int64_t to[2];
        unsigned count;
        if (object->facts[pc] & MYBPF_FACT_PAD) continue;
        count = mybpf__successors(object->insns, pc, to);
        if (insn->code == MYBPF__CODE_CALL && insn->src_reg == 1) sim->points[pc + 1] |= MYBPF__POINT_MEET;
        helper = sim->verified && mybpf__calls_back(sim, pc)
                     ? mybpf_object_helper(object, (uint32_t)insn->imm)
                     : NULL;
        if (mybpf__callback_of(helper)) sim->points[pc] |= MYBPF__POINT_MEET | MYBPF__POINT_CALLBACK;
        if (helper && helper->flags & MYBPF_HELPER_NEW_PACKET) sim->moves_packet = 1;
        if (insn->code == MYBPF__CODE_CALLX) {
            sim->points[pc + 1] |= MYBPF__POINT_MEET;
            sim->follow_all = 1;
        }
        if (insn->code == MYBPF__CODE_MAY_GOTO) sim->points[pc] |= MYBPF__POINT_MEET | MYBPF__POINT_MAY_GOTO;
        sim->loops_end |= sim->points[pc] & (MYBPF__POINT_MAY_GOTO | MYBPF__POINT_CALLBACK);
        if (count != 2 && insn->code != MYBPF__CODE_JA && insn->code != MYBPF__CODE_JA32) continue;
        sim->points[to[count - 1]] |= MYBPF__POINT_MEET;
        jumps->next[pc] = jumps->first[to[count - 1]];
        jumps->first[to[count - 1]] = pc + 1;
    }
}

/* Fills `points` and `live`. */
MYBPF__FN int mybpf__points_find(mybpf__sim *sim)
{
    mybpf_vm *vm = sim->object->vm;
    uint32_t count = sim->object->insn_count;
    mybpf__jumps jumps;
    int rc = MYBPF_ERR_MEMORY;
    jumps.count = 0;
    jumps.first = (uint32_t *)mybpf__alloc(vm, count, sizeof *jumps.first);
    jumps.next = (uint32_t *)mybpf__alloc(vm, count, sizeof *jumps.next);
    jumps.work = (uint32_t *)mybpf__alloc(vm, count, sizeof *jumps.work);
    jumps.queued = (uint8_t *)mybpf__alloc(vm, count, 1);
    if (jumps.first && jumps.next && jumps.work && jumps.queued) {
        mybpf__points_mark(sim, &jumps);
        mybpf__live_solve(sim, &jumps);
        rc = MYBPF_OK;
    }
    mybpf__free(vm, jumps.first);
    mybpf__free(vm, jumps.next);
    mybpf__free(vm, jumps.work);
    mybpf__free(vm, jumps.queued);
    return rc;
}

#endif
#endif
