/* interp_fuse.c: finds sequences that one handler can do, and brings them together.
 *
 * Works on records whose operands are decoded and on `ops`, the operation of each slot. Only instructions
 * that cannot fault are moved or joined, and only inside a basic block: no fault, jump or step count can
 * tell. */
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
} mybpf__fuse;

#if !MYBPF__SMALL

#    define MYBPF__FUSE_REACH 8u /* how far an addition is moved down to its jump */

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

MYBPF__FN uint32_t mybpf__fuse_moves_at(mybpf__fuse *fuse, uint32_t pc)
{
    mybpf__record *r = &fuse->records[pc];
    if (fuse->ops[pc + 1] != MYBPF_OP_MOV64_REG) return 0;
    r->imm = mybpf__fuse_pack(r[0].dst, r[0].src, r[1].dst, r[1].src);
    if (!mybpf__fuse_inside(fuse, pc + 2) || fuse->ops[pc + 2] != MYBPF_OP_MOV64_REG) {
        fuse->ops[pc] = MYBPF__OP_MOV2;
        return 2;
    }
    r->dst = r[2].dst;
    r->src = r[2].src;
    fuse->ops[pc] = MYBPF__OP_MOV3;
    return 3;
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
    if (!taken && op == MYBPF_OP_MOV64_REG) taken = mybpf__fuse_moves_at(fuse, pc);
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

/* The registers that hold the value written last, once the operation at `pc` is done; `held` is what they
 * were before. Takes the handler that knows. */
MYBPF__FN unsigned mybpf__fuse_held(mybpf__fuse *fuse, uint32_t pc, unsigned held)
{
    const mybpf__record *r = &fuse->records[pc];
    unsigned op = fuse->ops[pc], dst = 1u << r->dst;
    uint64_t ways = mybpf__fuse_near(op);
    if (ways) {
        unsigned as_dst = ways & 0xffff, as_src = ways >> 16 & 0xffff, as_third = (unsigned)(ways >> 32),
                 to = 0;
        if (as_dst && held & dst)
            to = as_dst;
        else if (as_src && held >> r->src & 1)
            to = as_src;
        else if (as_third && held >> r->off & 1)
            to = as_third;
        if (to) fuse->ops[pc] = (uint16_t)to;
        if (op == MYBPF_OP_MOV64_REG) return (to ? held : 1u << r->src) | dst;
        return dst;
    }
    if (op >= MYBPF__OP_FIRST) return 0;
    switch (mybpf_op_describe((int)op)->format) {
    case MYBPF_FORMAT_ALU_IMM:
    case MYBPF_FORMAT_ALU_REG:
    case MYBPF_FORMAT_ALU_NEG:
    case MYBPF_FORMAT_ALU_MOVSX:
    case MYBPF_FORMAT_ALU_END:
    case MYBPF_FORMAT_LDX: return dst;
    case MYBPF_FORMAT_ST:
    case MYBPF_FORMAT_STX:
    case MYBPF_FORMAT_JCC_IMM:
    case MYBPF_FORMAT_JCC_REG: return held;
    case MYBPF_FORMAT_LDDW: return held & ~dst;
    case MYBPF_FORMAT_CALL: return held & ~1u;
    default: return 0;
    }
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
#    define MYBPF__JUMPING(Y, first, second) Y(first##_THEN_##second)
        MYBPF__PAIRS_JUMPING(MYBPF__JUMPING, MYBPF__ROW)
#    undef MYBPF__JUMPING
        /* clang-format on */
#    undef MYBPF__ROW
#    undef MYBPF__ROWS
#    undef MYBPF__COUNTS
    default: return op;
    }
}

/* The operation that does two, or 0. Most are no part of a pair: sets of numbers modulo 64 tell it soon. */
MYBPF__FN unsigned mybpf__fuse_both(unsigned first, unsigned second)
{
#    define MYBPF__ROW(Y, first, second) | (uint64_t)1 << (MYBPF__OP_##first & 63)
    const uint64_t firsts = 0 MYBPF__FUSED_PAIRS(MYBPF__ROW, );
#    undef MYBPF__ROW
#    define MYBPF__ROW(Y, first, second) | (uint64_t)1 << (MYBPF__OP_##second & 63)
    const uint64_t seconds = 0 MYBPF__FUSED_PAIRS(MYBPF__ROW, );
#    undef MYBPF__ROW
    if (!(firsts >> (first & 63) & seconds >> (second & 63) & 1)) return 0;
    switch (first << 16 | second) {
#    define MYBPF__ROW(Y, first, second)                                                                     \
    case MYBPF__OP_##first << 16 | MYBPF__OP_##second: return MYBPF__OP_##first##_THEN_##second;
        MYBPF__FUSED_PAIRS(MYBPF__ROW, )
#    undef MYBPF__ROW
    default: return 0;
    }
}

MYBPF__FN void mybpf__fuse_function(mybpf__fuse *fuse)
{
    unsigned held = 0;
    uint32_t before = fuse->end; /* a slot that may be the first of a pair */
    for (uint32_t pc = fuse->start + 1; pc < fuse->end; pc++) mybpf__fuse_sink(fuse, pc);
    for (uint32_t pc = fuse->start, taken; pc < fuse->end; pc += taken) {
        unsigned both = 0;
        taken = mybpf__fuse_at(fuse, pc);
        if (fuse->facts[pc] & MYBPF_FACT_PAD) continue;
        if (fuse->facts[pc] & MYBPF_FACT_LEADER) {
            held = 0;
            before = fuse->end;
        }
        held = mybpf__fuse_held(fuse, pc, held);
        if (before < fuse->end && !(fuse->guarded && fuse->facts[pc] & MYBPF_FACT_GUARD))
            both = mybpf__fuse_both(fuse->ops[before], fuse->ops[pc]);
        if (both) fuse->ops[before] = (uint16_t)both;
        before = both ? fuse->end : pc;
    }
}

#else
MYBPF__FN void mybpf__fuse_function(mybpf__fuse *fuse) { (void)fuse; }
#endif

#endif
