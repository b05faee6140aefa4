/* interp_fuse.c: finds sequences that one handler can do, and brings them together.
 *
 * Works on records whose operands are decoded and on `ops`, the operation of each slot. Only instructions
 * that cannot fault are moved, inside a basic block, or joined to others, there and past branches that are
 * not taken, where metered code pays for the next block: no fault, jump or step count can tell. */
#ifndef MYBPF__INTERP_FUSE_C
#define MYBPF__INTERP_FUSE_C

#include "interp.h"

/* One function being worked on. */
typedef struct mybpf__fuse {
    mybpf__record *records;
    uint16_t *ops;
    const uint8_t *facts;
    int guarded; /* what may fault is checked */
    uint32_t start, end;
    unsigned held;  /* registers that hold the value written last, bits */
    unsigned wrote; /* the register that the operation before wrote, if it left the value there */
} mybpf__fuse;

enum { MYBPF__NOWHERE = 16 };                                  /* no register */
enum { MYBPF__LINK_THEN, MYBPF__LINK_OVER, MYBPF__LINK_FEED }; /* see interp_runs.h */

#if !MYBPF__SMALL

enum {
    MYBPF__FUSE_REACH = 8, /* how far an addition is moved down to its jump, a copy up to its source */
    MYBPF__FUSE_RUNS = 3   /* that go on from earlier blocks */
};

/* The operation behind a copy to its dst becomes this one, with three operands; 0: none. */
MYBPF__FN unsigned mybpf__fuse_three(unsigned op)
{
    /* clang-format off */
    switch (op) {
#    define MYBPF__ROW(name) case MYBPF_OP_##name: return MYBPF__OP_MOV_##name;
#    define MYBPF__ROWS(Y, op) Y(op##64_REG) Y(op##64_IMM) Y(op##32_REG) Y(op##32_IMM)
        MYBPF__FUSED_THREE(MYBPF__ROWS, MYBPF__ROW)
#    undef MYBPF__ROWS
#    undef MYBPF__ROW
    default: return 0;
    }
    /* clang-format on */
}

/* A jump behind the addition to a counter becomes one of these: where the counter is its dst, and, in the
 * upper 16 bits, where it is its src; 0: none. */
MYBPF__FN uint32_t mybpf__fuse_jump(unsigned op)
{
    /* clang-format off */
    switch (op) {
#    define MYBPF__ROW(op, first, second)                                                                    \
        case MYBPF_OP_##op: return (uint32_t)MYBPF__OP_ADD_##first | (uint32_t)(second) << 16;
#    define MYBPF__ROWS(Y, op, swapped)                                                                      \
        MYBPF__ROW(op##64_REG, op##64_REG, MYBPF__OP_ADD_##swapped##64_REG)                                  \
        MYBPF__ROW(op##64_IMM, op##64_IMM, 0)                                                                \
        MYBPF__ROW(op##32_REG, op##32_REG, MYBPF__OP_ADD_##swapped##32_REG)                                  \
        MYBPF__ROW(op##32_IMM, op##32_IMM, 0)
        MYBPF__FUSED_COUNT(MYBPF__ROWS, )
#    undef MYBPF__ROWS
#    undef MYBPF__ROW
    default: return 0;
    }
    /* clang-format on */
}

/* Does `pc` continue the block of the slot before it? */
MYBPF__FN int mybpf__fuse_inside(const mybpf__fuse *fuse, uint32_t pc)
{
    return pc < fuse->end && !(fuse->facts[pc] & (MYBPF_FACT_LEADER | MYBPF_FACT_PAD));
}

/* Register operations that take dst and src or an immediate, and can never fault. */
MYBPF__FN int mybpf__fuse_plain(unsigned op) { return op <= MYBPF_OP_ARSH64_REG; }

MYBPF__FN int mybpf__fuse_loads(unsigned op) { return op >= MYBPF_OP_LDX_B && op <= MYBPF_OP_LDX_DW; }

MYBPF__FN int mybpf__fuse_has_src(unsigned op)
{
    int format = mybpf_op_describe((int)op)->format;
    return format == MYBPF_FORMAT_ALU_REG || format == MYBPF_FORMAT_ALU_MOVSX;
}

/* Moves the addition to a counter that the jump at `pc` compares down to the slot before the jump, past
 * instructions that have nothing to do with that register. */
MYBPF__FN void mybpf__fuse_sink(mybpf__fuse *fuse, uint32_t pc)
{
    const mybpf__record *jump = &fuse->records[pc];
    uint32_t ways = mybpf__fuse_jump(fuse->ops[pc]);
    unsigned wide = MYBPF_OP_ADD64_IMM;
    if (!ways || !mybpf__fuse_inside(fuse, pc)) return;
    if (mybpf_op_describe(fuse->ops[pc])->width == 4) wide = MYBPF_OP_ADD32_IMM;
    for (uint32_t at = pc - 1; pc - at <= MYBPF__FUSE_REACH; at--) {
        mybpf__record record = fuse->records[at];
        unsigned op = fuse->ops[at];
        if (!mybpf__fuse_plain(op)) return;
        if (op == wide && (record.dst == jump->dst || (ways >> 16 && record.dst == jump->src))) {
            for (uint32_t i = at; i + 1 < pc; i++) {
                if (fuse->records[i + 1].dst == record.dst) return;
                if (mybpf__fuse_has_src(fuse->ops[i + 1]) && fuse->records[i + 1].src == record.dst) return;
            }
            for (uint32_t i = at; i + 1 < pc; i++) {
                fuse->records[i] = fuse->records[i + 1];
                fuse->ops[i] = fuse->ops[i + 1];
            }
            fuse->records[pc - 1] = record;
            fuse->ops[pc - 1] = (uint16_t)op;
            return;
        }
        if (!mybpf__fuse_inside(fuse, at)) return;
    }
}

/* Moves the copy at `pc` up to where its source gets the value, past instructions that have nothing to do
 * with its register: there the value need not come back from memory. */
MYBPF__FN void mybpf__fuse_raise(mybpf__fuse *fuse, uint32_t pc)
{
    const mybpf__record mov = fuse->records[pc];
    unsigned op = fuse->ops[pc];
    uint32_t at = pc;
    if (op != MYBPF_OP_MOV64_REG && op != MYBPF_OP_MOV32_REG) return;
    if (mybpf__fuse_inside(fuse, pc + 1) && fuse->records[pc + 1].dst == mov.dst &&
        mybpf__fuse_plain(fuse->ops[pc + 1]))
        return; /* one operation of three operands */
    for (; mybpf__fuse_inside(fuse, at) && pc - at < MYBPF__FUSE_REACH; at--) {
        const mybpf__record *record = &fuse->records[at - 1];
        unsigned other = fuse->ops[at - 1];
        if (record->dst == mov.src && (mybpf__fuse_plain(other) || mybpf__fuse_loads(other))) break;
        if (!mybpf__fuse_plain(other) || other == MYBPF_OP_MOV64_REG || record->dst == mov.dst) return;
        if (mybpf__fuse_has_src(other) && record->src == mov.dst) return;
    }
    if (!mybpf__fuse_inside(fuse, at) || pc - at >= MYBPF__FUSE_REACH) return;
    for (uint32_t i = pc; i > at; i--) {
        fuse->records[i] = fuse->records[i - 1];
        fuse->ops[i] = fuse->ops[i - 1];
    }
    fuse->records[at] = mov;
    fuse->ops[at] = (uint16_t)op;
}

MYBPF__FN int32_t mybpf__fuse_pack(unsigned a, unsigned b, unsigned c, unsigned d)
{
    return (int32_t)(a | b << 8 | c << 16 | d << 24);
}

/* dst += imm; if dst op x goto */
MYBPF__FN uint32_t mybpf__fuse_count_at(mybpf__fuse *fuse, uint32_t pc)
{
    mybpf__record *add = &fuse->records[pc], *jump = add + 1;
    uint32_t ways = mybpf__fuse_jump(fuse->ops[pc + 1]);
    unsigned op, wide = MYBPF_OP_ADD64_IMM;
    if (ways && mybpf_op_describe(fuse->ops[pc + 1])->width == 4) wide = MYBPF_OP_ADD32_IMM;
    if (!ways || fuse->ops[pc] != wide) return 0;
    op = add->dst == jump->dst ? ways & 0xffff : add->dst == jump->src ? ways >> 16 : 0u;
    if (!op || (ways >> 16 && jump->dst == jump->src)) return 0;
    add->src = add->dst == jump->dst ? jump->src : jump->dst; /* both ways may be the same */
    jump->u.target = jump + 1 + jump->off;
    fuse->ops[pc + 1] = MYBPF__OP_TAKEN;
    fuse->ops[pc] = (uint16_t)op;
    return 2;
}

/* dst = a + b; x = b; [y = b;] z = dst: what a loop that carries its last two values ends with */
MYBPF__FN uint32_t mybpf__fuse_rotate_at(mybpf__fuse *fuse, uint32_t pc)
{
    mybpf__record *r = &fuse->records[pc];
    uint32_t count = 2;
    unsigned d = r->dst, a = r->src, b = r[1].src;
    if (fuse->ops[pc + 1] != MYBPF_OP_ADD64_REG || r[1].dst != d || b == d) return 0;
    while (count < 5 && mybpf__fuse_inside(fuse, pc + count) && fuse->ops[pc + count] == MYBPF_OP_MOV64_REG) {
        const mybpf__record *mov = &r[count++];
        if (mov->src == d && count > 3) {
            r->src = mov->dst;
            r->imm = mybpf__fuse_pack(a, b, r[2].dst, r[count - 2].dst);
            fuse->ops[pc] = count == 4 ? MYBPF__OP_ADD_ROTATE1 : MYBPF__OP_ADD_ROTATE2;
            return count;
        }
        if (mov->src != b || mov->dst == b || mov->dst == d) return 0;
    }
    return 0;
}

/* dst = src; dst op= x */
MYBPF__FN uint32_t mybpf__fuse_three_at(mybpf__fuse *fuse, uint32_t pc)
{
    mybpf__record *mov = &fuse->records[pc], *alu = mov + 1;
    unsigned op = fuse->ops[pc + 1], wide = fuse->ops[pc] == MYBPF_OP_MOV64_REG ? 8 : 4;
    if (alu->dst != mov->dst || !mybpf__fuse_plain(op) || mybpf_op_describe((int)op)->width != wide) return 0;
    if (!(op = mybpf__fuse_three(op))) return 0;
    mov->off = alu->src == mov->dst ? mov->src : alu->src;
    mov->imm = alu->imm;
    fuse->ops[pc] = (uint16_t)op;
    return 2;
}

/* Joins what starts at `pc`: the slots taken, at least 1. */
MYBPF__FN uint32_t mybpf__fuse_at(mybpf__fuse *fuse, uint32_t pc)
{
    uint32_t taken = 0;
    unsigned op = fuse->ops[pc];
    if (!mybpf__fuse_inside(fuse, pc + 1)) return 1;
    if (op == MYBPF_OP_ADD64_IMM || op == MYBPF_OP_ADD32_IMM) taken = mybpf__fuse_count_at(fuse, pc);
    if (op == MYBPF_OP_MOV64_REG) taken = mybpf__fuse_rotate_at(fuse, pc);
    if (!taken && (op == MYBPF_OP_MOV64_REG || op == MYBPF_OP_MOV32_REG))
        taken = mybpf__fuse_three_at(fuse, pc);
    return taken ? taken : 1;
}

/* The same operation with the value written last as dst, as src, as third operand, 16 bits each; 0: there is
 * none. One lookup in a table that the compiler makes. */
MYBPF__FN uint64_t mybpf__fuse_near(unsigned op)
{
    /* clang-format off */
    switch (op) {
#    define MYBPF__ROW(op, dst, src, third)                                                                  \
        case op: return (uint64_t)(dst) | (uint64_t)(src) << 16 | (uint64_t)(third) << 32;
#    define MYBPF__NEAR_ROWS(op)                                                                             \
        MYBPF__ROW(MYBPF_OP_##op##_IMM, MYBPF__OP_NEAR_##op##_IMM, 0, 0)                                     \
        MYBPF__ROW(MYBPF_OP_##op##_REG, MYBPF__OP_NEAR_##op##_REG, MYBPF__OP_FROM_##op##_REG, 0)             \
        MYBPF__ROW(MYBPF__OP_MOV_##op##_IMM, 0, MYBPF__OP_FROM_MOV_##op##_IMM, 0)                            \
        MYBPF__ROW(MYBPF__OP_MOV_##op##_REG, 0, MYBPF__OP_FROM_MOV_##op##_REG, MYBPF__OP_WITH_MOV_##op##_REG)
#    define MYBPF__ROWS(Y, op) MYBPF__NEAR_ROWS(op##64) MYBPF__NEAR_ROWS(op##32)
        MYBPF__FUSED_THREE(MYBPF__ROWS, )
        MYBPF__ROW(MYBPF_OP_MOV64_REG, 0, MYBPF__OP_FROM_MOV64_REG, 0)
        MYBPF__ROW(MYBPF_OP_MOV32_REG, 0, MYBPF__OP_FROM_MOV32_REG, 0)
        MYBPF__ROW(MYBPF_OP_LDX_B, 0, MYBPF__OP_FROM_LDX_B, 0)
        MYBPF__ROW(MYBPF_OP_LDX_H, 0, MYBPF__OP_FROM_LDX_H, 0)
        MYBPF__ROW(MYBPF_OP_LDX_W, 0, MYBPF__OP_FROM_LDX_W, 0)
        MYBPF__ROW(MYBPF_OP_LDX_DW, 0, MYBPF__OP_FROM_LDX_DW, 0)
#    undef MYBPF__ROWS
#    undef MYBPF__NEAR_ROWS
#    undef MYBPF__ROW
    default: return 0;
    }
    /* clang-format on */
}

/* Takes the handler that knows what the operation at `pc` finds in the register of the host: a value that
 * the ones before it have left there. Does it write over the register which they wrote, without reading it
 * from memory? */
MYBPF__FN unsigned mybpf__fuse_near_at(mybpf__fuse *fuse, uint32_t pc, uint64_t ways)
{
    const mybpf__record *r = &fuse->records[pc];
    unsigned as_dst = ways & 0xffff, as_src = ways >> 16 & 0xffff, as_third = (unsigned)(ways >> 32);
    unsigned other = MYBPF__NOWHERE; /* what is read from memory */
    if (as_dst && fuse->held >> r->dst & 1) {
        fuse->ops[pc] = (uint16_t)as_dst;
        if (as_src) other = r->src;
    } else if (as_src && fuse->held >> r->src & 1) {
        fuse->ops[pc] = (uint16_t)as_src;
        other = as_third ? (unsigned)r->off : as_dst ? r->dst : other;
    } else if (as_third && fuse->held >> r->off & 1) {
        fuse->ops[pc] = (uint16_t)as_third;
        other = r->src;
    } else
        return MYBPF__LINK_THEN;
    return r->dst == fuse->wrote && other != r->dst ? MYBPF__LINK_OVER : MYBPF__LINK_THEN;
}

/* Follows the value written last past the operation at `pc`: the registers that hold it, and the one that the
 * operation wrote. Gives what mybpf__fuse_near_at does. */
MYBPF__FN unsigned mybpf__fuse_follow(mybpf__fuse *fuse, uint32_t pc)
{
    const mybpf__record *r = &fuse->records[pc];
    unsigned op = fuse->ops[pc], dst = 1u << r->dst, over = 0;
    uint64_t ways = mybpf__fuse_near(op);
    if (ways) {
        over = mybpf__fuse_near_at(fuse, pc, ways);
        if (op == MYBPF_OP_MOV64_REG)
            fuse->held = (fuse->ops[pc] != op ? fuse->held : 1u << r->src) | dst;
        else
            fuse->held = dst;
        fuse->wrote = r->dst;
        return over;
    }
    fuse->wrote = MYBPF__NOWHERE;
    if (op >= MYBPF__OP_FIRST) {
        fuse->held = 0;
        return 0;
    }
    switch (mybpf_op_describe((int)op)->format) {
    case MYBPF_FORMAT_ALU_IMM:
    case MYBPF_FORMAT_ALU_REG:
    case MYBPF_FORMAT_ALU_NEG:
    case MYBPF_FORMAT_ALU_MOVSX:
    case MYBPF_FORMAT_ALU_END:
    case MYBPF_FORMAT_LDX:
        fuse->held = dst;
        fuse->wrote = r->dst;
        break;
    case MYBPF_FORMAT_ST: break;
    case MYBPF_FORMAT_STX: return fuse->held >> r->src & 1 ? MYBPF__LINK_FEED : MYBPF__LINK_THEN;
    case MYBPF_FORMAT_JCC_IMM:
    case MYBPF_FORMAT_JCC_REG: return fuse->held >> r->dst & 1 ? MYBPF__LINK_FEED : MYBPF__LINK_THEN;
    case MYBPF_FORMAT_LDDW: fuse->held &= ~dst; break;
    case MYBPF_FORMAT_CALL: fuse->held &= ~1u; break;
    default: fuse->held = 0;
    }
    return 0;
}

/* A jump as metered code has it. */
MYBPF__FN uint16_t mybpf__fuse_paying(uint16_t op)
{
    /* clang-format off */
    switch (op) {
    case MYBPF_OP_JA: return MYBPF__OP_PAY_JA;
#    define MYBPF__ROW(name) case MYBPF__OP_##name: return MYBPF__OP_PAY_##name;
#    define MYBPF__ROWS(Y, op) Y(op##64_REG) Y(op##64_IMM) Y(op##32_REG) Y(op##32_IMM)
#    define MYBPF__COUNTS(Y, op, swapped) MYBPF__ROWS(Y, ADD_##op)
        MYBPF__PAYING_JCC(MYBPF__ROWS, MYBPF__ROW)
        MYBPF__FUSED_COUNT(MYBPF__COUNTS, MYBPF__ROW)
        MYBPF__RUNS_JUMPING(MYBPF__JOIN, MYBPF__RUN_NAME, MYBPF__ROW)
        /* clang-format on */
#    undef MYBPF__ROW
#    undef MYBPF__ROWS
#    undef MYBPF__COUNTS
    default: return op;
    }
}

/* The operation that does both, or 0. Most cannot be joined: sets of numbers modulo 256 tell it soon. */
MYBPF__FN unsigned mybpf__fuse_both(unsigned first, unsigned link, unsigned second)
{
    /* clang-format off */
#    define MYBPF__BIT(word, op) (((op) >> 6 & 3) == (word) ? (uint64_t)1 << ((op) & 63) : 0)
#    define MYBPF__WORDS(ROW) {0 MYBPF__RUNS(MYBPF__JOIN, ROW, 0), 0 MYBPF__RUNS(MYBPF__JOIN, ROW, 1),       \
                               0 MYBPF__RUNS(MYBPF__JOIN, ROW, 2), 0 MYBPF__RUNS(MYBPF__JOIN, ROW, 3)}
#    define MYBPF__ROW(word, first, link, second, name) | MYBPF__BIT(word, MYBPF__OP_##first)
    static const uint64_t mybpf__firsts[] = MYBPF__WORDS(MYBPF__ROW);
#    undef MYBPF__ROW
#    define MYBPF__ROW(word, first, link, second, name) | MYBPF__BIT(word, MYBPF__OP_##second)
    static const uint64_t mybpf__seconds[] = MYBPF__WORDS(MYBPF__ROW);
#    undef MYBPF__ROW
#    undef MYBPF__WORDS
#    undef MYBPF__BIT
    if (!(mybpf__firsts[first >> 6 & 3] >> (first & 63) & mybpf__seconds[second >> 6 & 3] >> (second & 63) & 1))
        return 0;
    switch (first << 18 | link << 16 | second) {
#    define MYBPF__ROW(Z, first, link, second, name)                                                         \
        case MYBPF__OP_##first << 18 | MYBPF__LINK_##link << 16 | MYBPF__OP_##second: return MYBPF__OP_##name;
        MYBPF__RUNS(MYBPF__JOIN, MYBPF__ROW, )
#    undef MYBPF__ROW
    default: return 0;
    }
    /* clang-format on */
}

/* Is it a conditional jump: the second half of one that counts, or one by itself? */
enum { MYBPF__FUSE_COUNTS = 1, MYBPF__FUSE_ALONE };
MYBPF__FN int mybpf__fuse_branches(unsigned op)
{
    int format = op < MYBPF__OP_FIRST ? mybpf_op_describe((int)op)->format : 0;
    if (format == MYBPF_FORMAT_JCC_IMM || format == MYBPF_FORMAT_JCC_REG) return MYBPF__FUSE_ALONE;
    return op >= MYBPF__OP_ADD_JEQ64_REG && op <= MYBPF__OP_ADD_JSLE32_IMM ? MYBPF__FUSE_COUNTS : 0;
}

/* Makes the operation at `pc`, which was `op`, part of the run that starts at `run`, where it can be. */
MYBPF__FN int mybpf__fuse_join(mybpf__fuse *fuse, uint32_t run, uint32_t pc, unsigned op, unsigned link)
{
    unsigned both = 0;
    if (run == fuse->end || (fuse->guarded && fuse->facts[pc] & MYBPF_FACT_GUARD)) return 0;
    if (link) both = mybpf__fuse_both(fuse->ops[run], link, op);
    if (!both) both = mybpf__fuse_both(fuse->ops[run], MYBPF__LINK_THEN, op);
    if (both) fuse->ops[run] = (uint16_t)both;
    return both != 0;
}

/* Runs of operations. One belongs to its block: it starts where it is entered. Others go on from the blocks
 * before, past branches that are not taken: they end where one that belongs there starts, as nothing between
 * needs to have a handler. */
MYBPF__FN void mybpf__fuse_runs(mybpf__fuse *fuse)
{
    uint32_t own = fuse->end, others[MYBPF__FUSE_RUNS], count = 0;
    uint16_t ends[MYBPF__FUSE_RUNS]; /* what the others were when one started last */
    int branched = 0;
    for (uint32_t pc = fuse->start, taken; pc < fuse->end; pc += taken) {
        mybpf__record *record = &fuse->records[pc];
        unsigned op, link, kept = 0;
        taken = mybpf__fuse_at(fuse, pc);
        if (fuse->facts[pc] & MYBPF_FACT_PAD) continue;
        if (fuse->facts[pc] & MYBPF_FACT_LEADER) {
            if (!branched) count = 0;
            if (branched && count < MYBPF__FUSE_RUNS) others[count++] = own;
            own = fuse->end;
            fuse->held = 0;
            fuse->wrote = MYBPF__NOWHERE;
        }
        link = mybpf__fuse_follow(fuse, pc);
        op = fuse->ops[pc];
        branched = mybpf__fuse_branches(op);
        if (!mybpf__fuse_join(fuse, own, pc, op, link)) {
            own = pc;
            if (branched == MYBPF__FUSE_ALONE) count = 0; /* its handler is where its target would be */
        } else if (branched == MYBPF__FUSE_ALONE) {
            record->u.target = record + 1 + record->off;
            fuse->ops[pc] = MYBPF__OP_TAKEN;
        }
        for (uint32_t i = 0; i < count; i++) {
            uint32_t run = others[i];
            uint16_t end = own == pc ? fuse->ops[run] : ends[i];
            if (mybpf__fuse_join(fuse, run, pc, op, link)) {
                ends[kept] = end;
                others[kept++] = run;
            } else
                fuse->ops[run] = end;
        }
        count = kept;
    }
}

MYBPF__FN void mybpf__fuse_function(mybpf__fuse *fuse)
{
    for (uint32_t pc = fuse->start + 1; pc < fuse->end; pc++) {
        mybpf__fuse_raise(fuse, pc);
        mybpf__fuse_sink(fuse, pc);
    }
    mybpf__fuse_runs(fuse);
}

#else
MYBPF__FN void mybpf__fuse_function(mybpf__fuse *fuse) { (void)fuse; }
#endif

#endif
