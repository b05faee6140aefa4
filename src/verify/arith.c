/* arith.c: arithmetic on numbers and pointers, and what branches tell of them. */
#ifndef MYBPF__ARITH_C
#define MYBPF__ARITH_C

#include "memory.c"

#ifndef MYBPF_NO_PROVER

#    define MYBPF__IS_ALU64(insn) (MYBPF__CLASS((insn)->code) == MYBPF__CLASS_ALU64)

/* ---- pointers ---- */

/* Not what pointers are for, but those of an arena, which stay such; or a cast, `why` "", makes one. Refused
 * in verified mode, else the result is a number nobody knows. */
MYBPF__FN int mybpf__no_pointer_math(mybpf__sim *sim, const mybpf_insn *insn, const char *why)
{
    mybpf__value *dst = &sim->top->reg[insn->dst_reg];
    unsigned reg = mybpf__is_pointer(dst) ? insn->dst_reg : insn->src_reg;
    const mybpf__value *pointer = &sim->top->reg[reg];
    char known[160];
    if (sim->verified && pointer->kind != MYBPF__ARENA && *why) {
        mybpf__describe(sim, pointer, known, sizeof known);
        return MYBPF__REFUSE(sim, "arithmetic on a pointer: r%u is %s; %s", reg, known, why);
    }
    *dst = mybpf__value_unknown();
    if (sim->verified) dst->kind = MYBPF__ARENA;
    return MYBPF_OK;
}

/* pointer + number, or - number. */
MYBPF__FN int mybpf__move_pointer(mybpf__sim *sim, const mybpf_insn *insn, const mybpf__value *pointer,
                                  const mybpf__value *number, int minus)
{
    mybpf__value moved = *pointer;
    const mybpf__scalar *num = &number->num;
    int64_t low = num->smin, sum;
    if (pointer->or_null) return mybpf__no_pointer_math(sim, insn, "compare it with NULL before it is moved");
    if (pointer->kind >= MYBPF__PACKET_END) {
        if (pointer->kind == MYBPF__MAP && !minus && mybpf__is_const(number, 0)) /* as Linux */
            return sim->top->reg[insn->dst_reg] = moved, MYBPF_OK;
        return mybpf__no_pointer_math(sim, insn, "it stands for what it is and cannot be moved");
    }
    if (sim->verified && minus && pointer->kind == MYBPF__STACK)
        return mybpf__no_pointer_math(
            sim, insn, "nothing is subtracted from the stack's address: add a negative number");
    mybpf__mark_value(sim, number);
    if (mybpf__scalar_is_const(num)) {
        /* `low` may be anything here: without a sign, as a sum that is too large is not to be undefined */
        sum = (int64_t)((uint64_t)(int64_t)pointer->off + (minus ? 0 - (uint64_t)low : (uint64_t)low));
        if (low >= MYBPF__FAR || low <= -MYBPF__FAR || sum >= MYBPF__FAR || sum <= -MYBPF__FAR)
            return mybpf__no_pointer_math(sim, insn, "the offset is too large to be followed");
        moved.off = (int32_t)sum;
    } else {
        static const mybpf_insn mybpf__add = {MYBPF__CODE_ADD64_REG, 0, 0, 0, 0},
                                mybpf__sub = {MYBPF__CODE_SUB64_REG, 0, 0, 0, 0};
        if (low == INT64_MIN)
            return mybpf__no_pointer_math(sim, insn, "the offset has no bounds: check it first");
        mybpf__scalar_alu(&moved.num, minus ? &mybpf__sub : &mybpf__add, num);
        if (moved.num.smin <= -MYBPF__FAR || moved.num.smin >= MYBPF__FAR)
            return mybpf__no_pointer_math(sim, insn, "the offset is too large to be followed");
        if (moved.kind == MYBPF__PACKET || moved.kind == MYBPF__META) {
            moved.id = ++sim->ids; /* another base, of which nothing was compared */
            moved.range = 0;
        }
    }
    sim->top->reg[insn->dst_reg] = moved;
    return MYBPF_OK;
}

MYBPF__FN int mybpf__pointer_math(mybpf__sim *sim, const mybpf_insn *insn, const mybpf__value *src)
{
    mybpf__value *dst = &sim->top->reg[insn->dst_reg];
    unsigned op = MYBPF__OPERATION(insn->code);
    int leaks = sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS;
    int wide = MYBPF__IS_ALU64(insn), both = mybpf__is_pointer(dst) && mybpf__is_pointer(src);
    if (dst->kind == MYBPF__ARENA) return mybpf__no_pointer_math(sim, insn, "");
    if (op == MYBPF__ALU_NEG || op == MYBPF__ALU_END ||
        (op == MYBPF__ALU_SUB && (!wide || both))) { /* negated, swapped, a difference */
        if (leaks) return mybpf__no_pointer_math(sim, insn, mybpf__reason_text(MYBPF__WHY_LEAK));
        *dst = mybpf__value_unknown();
        return MYBPF_OK;
    }
    if (!wide) return mybpf__no_pointer_math(sim, insn, "32 bits do not hold it");
    if (op != MYBPF__ALU_ADD && op != MYBPF__ALU_SUB)
        return mybpf__no_pointer_math(sim, insn, "only numbers may be added or subtracted");
    if (both) return mybpf__no_pointer_math(sim, insn, "two pointers cannot be added");
    if (mybpf__is_pointer(dst)) {
        mybpf__value pointer = *dst;
        return mybpf__move_pointer(sim, insn, &pointer, src, op == MYBPF__ALU_SUB);
    }
    if (op == MYBPF__ALU_SUB)
        return mybpf__no_pointer_math(sim, insn, "it cannot be subtracted from a number");
    {
        mybpf__value number = *dst;
        return mybpf__move_pointer(sim, insn, src, &number, 0);
    }
}

/* ---- numbers ---- */

MYBPF__FN int mybpf__mov_reg(mybpf__sim *sim, const mybpf_insn *insn, mybpf__value *dst, mybpf__value *src)
{
    mybpf__value moved = *src;
    if (insn->imm == MYBPF__CAST_TO_ACCESS) return mybpf__no_pointer_math(sim, insn, "");
    if (MYBPF__IS_ALU64(insn) && insn->off <= !mybpf__is_pointer(src)) { /* 1: a cast the other way */
        mybpf__name_number(sim, src);
        *dst = *src;
        return MYBPF_OK;
    }
    if (mybpf__is_pointer(src)) {
        if (sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS)
            return mybpf__refuse_leak(sim, "the move", insn->src_reg);
        *dst = mybpf__value_unknown();
        if (!MYBPF__IS_ALU64(insn)) dst->num = mybpf__scalar_load(4, 0);
        return MYBPF_OK;
    }
    mybpf__scalar_alu(&moved.num, insn, &src->num);
    if (mybpf__scalar_equal(&moved.num, &src->num))
        mybpf__name_number(sim, src), moved.id = src->id;
    else
        moved.id = 0;
    *dst = moved;
    return MYBPF_OK;
}

/* A shift by what may be more than the width: its result is not followed, as a mistake is likelier than that
 * the amount's other bits are meant to be ignored. */
MYBPF__FN int mybpf__shifts_out(const mybpf_insn *insn, const mybpf__scalar *amount)
{
    unsigned op = MYBPF__OPERATION(insn->code);
    return (op == MYBPF__ALU_LSH || op == MYBPF__ALU_RSH || op == MYBPF__ALU_ARSH) &&
           amount->umax >= (MYBPF__IS_ALU64(insn) ? 64u : 32u);
}

/* One instruction of the classes ALU and ALU64. */
MYBPF__FN int mybpf__alu(mybpf__sim *sim, const mybpf_insn *insn)
{
    mybpf__frame *frame = sim->top;
    mybpf__value *dst = &frame->reg[insn->dst_reg], *src = &frame->reg[insn->src_reg], imm;
    unsigned op = MYBPF__OPERATION(insn->code);
    int by_register = MYBPF__BY_REG(insn->code) && op != MYBPF__ALU_END && op != MYBPF__ALU_NEG;
    if (!by_register) {
        imm = mybpf__value_number(mybpf__scalar_const((uint64_t)(int64_t)insn->imm));
        src = &imm;
    }
    if (op == MYBPF__ALU_MOV) {
        if (!by_register && !MYBPF__IS_ALU64(insn))
            imm = mybpf__value_number(mybpf__scalar_const((uint32_t)insn->imm));
        if (by_register) return mybpf__mov_reg(sim, insn, dst, src);
        *dst = imm;
        return MYBPF_OK;
    }
    if (mybpf__is_pointer(dst) || mybpf__is_pointer(src)) return mybpf__pointer_math(sim, insn, src);
    if (MYBPF__IS_ALU64(insn) && op <= MYBPF__ALU_SUB && mybpf__scalar_is_const(&dst->num) &&
        mybpf__scalar_is_const(&src->num)) /* counters: most of what long loops do */
        dst->num = mybpf__scalar_const(op ? dst->num.known.value - src->num.known.value
                                          : dst->num.known.value + src->num.known.value);
    else if (mybpf__shifts_out(insn, &src->num))
        dst->num = mybpf__scalar_load(MYBPF__IS_ALU64(insn) ? 8 : 4, 0);
    else
        mybpf__scalar_alu(&dst->num, insn, by_register ? &src->num : NULL);
    dst->from |= src->from;
    dst->id = 0;
    return MYBPF_OK;
}

/* ---- branches ---- */

/* Calls `each` for every value of the running state that is in use. */
typedef void (*mybpf__each_fn)(mybpf__value *value, void *user);
MYBPF__FN void mybpf__each_value(mybpf__sim *sim, mybpf__each_fn each, void *user)
{
    mybpf__state *state = sim->state;
    uint32_t slots = 0;
    for (uint32_t f = 0; f <= state->depth; f++) {
        mybpf__frame *frame = &state->frame[f];
        for (unsigned r = 0; r < MYBPF__REGS; r++) each(&frame->reg[r], user);
        for (uint32_t s = 0; s < MYBPF__SLOTS; s++) {
            if (!(frame->used >> s)) break;
            slots++;
            if ((frame->used >> s & 1) && frame->slot[s].span) each(&frame->slot[s].value, user);
        }
    }
    mybpf__touch(sim, state->depth + 1, slots / 2);
}

MYBPF__FN void mybpf__learn_number(mybpf__value *value, void *user)
{
    const mybpf__value *known = (const mybpf__value *)user;
    if (value->kind != MYBPF__NUMBER || value->id != known->id) return;
    value->num = known->num;
    value->from |= known->from;
}

/* Puts what a branch told of register `reg` into it and its copies. */
MYBPF__FN void mybpf__learn(mybpf__sim *sim, unsigned reg, const mybpf__scalar *num, uint64_t from)
{
    mybpf__value *value = &sim->top->reg[reg], known;
    value->num = *num;
    value->from |= from;
    if (!value->id) return;
    known = *value;
    mybpf__each_value(sim, mybpf__learn_number, &known);
}

typedef struct mybpf__null_test {
    uint32_t id;
    int is_null;
} mybpf__null_test;

MYBPF__FN void mybpf__learn_null(mybpf__value *value, void *user)
{
    const mybpf__null_test *test = (const mybpf__null_test *)user;
    if (!value->or_null || value->id != test->id || value->kind <= MYBPF__NUMBER) return;
    if (test->is_null) {
        *value = mybpf__value_number(mybpf__scalar_const(0));
        return;
    }
    value->or_null = 0;
    if (value->owned != 1 && !(value->kind == MYBPF__VALUE && value->range)) value->id = 0;
}

typedef struct mybpf__packet_test {
    uint32_t id, range;
    uint8_t kind;
} mybpf__packet_test;

MYBPF__FN void mybpf__learn_packet(mybpf__value *value, void *user)
{
    const mybpf__packet_test *test = (const mybpf__packet_test *)user;
    if (value->kind == test->kind && value->id == test->id && value->range < test->range)
        value->range = test->range;
}

/* When a comparison of two pointers jumps: a sum of what they may be to each other. */
enum {
    MYBPF__LESS = 1,
    MYBPF__SAME = 2,
    MYBPF__MORE = 4,
    MYBPF__DIFFERENT = MYBPF__LESS | MYBPF__MORE,
    MYBPF__ANY_ORDER = 7,
    MYBPF__NO_ORDER = 8 /* it tells nothing of pointers */
};

MYBPF__FN unsigned mybpf__order_of(unsigned comparison)
{
    switch (comparison) {
    case MYBPF__JEQ: return MYBPF__SAME;
    case MYBPF__JGT: return MYBPF__MORE;
    case MYBPF__JGE: return MYBPF__MORE | MYBPF__SAME;
    case MYBPF__JNE: return MYBPF__DIFFERENT;
    case MYBPF__JLT: return MYBPF__LESS;
    case MYBPF__JLE: return MYBPF__LESS | MYBPF__SAME;
    default: return MYBPF__NO_ORDER;
    }
}

/* The pointer `at` was compared with the end of what it is in: `order` is what it may be to it. */
MYBPF__FN void mybpf__learn_end(mybpf__sim *sim, const mybpf__value *at, unsigned order)
{
    mybpf__packet_test test;
    if (order & MYBPF__MORE) return; /* may be beyond it */
    if (at->off < 0 || at->num.smin < 0 || at->num.umax > MYBPF__PACKET_MAX ||
        at->off + (int64_t)at->num.umax > MYBPF__PACKET_MAX)
        return;
    test.id = at->id;
    test.kind = at->kind;
    test.range = (uint32_t)at->off + (order == MYBPF__LESS);
    mybpf__each_value(sim, mybpf__learn_packet, &test);
}

/* Is `b` where what `a` points into ends? */
MYBPF__FN int mybpf__is_end_of(const mybpf__value *b, const mybpf__value *a)
{
    if (a->kind == MYBPF__PACKET) return b->kind == MYBPF__PACKET_END;
    return a->kind == MYBPF__META && b->kind == MYBPF__PACKET && !b->id && !b->off &&
           mybpf__scalar_is_const(&b->num);
}

/* May a pointer of this kind be NULL, without a word of it? */
MYBPF__FN int mybpf__never_null(const mybpf__value *value)
{
    return !value->or_null &&
           (value->kind == MYBPF__STACK || value->kind == MYBPF__VALUE || value->kind == MYBPF__MEM ||
            value->kind == MYBPF__MAP || value->kind == MYBPF__FUNC);
}

/* Of two pointers: what the branch tells when it goes the way that `order` stands for. */
MYBPF__FN void mybpf__learn_order(mybpf__sim *sim, const mybpf_insn *insn, unsigned order)
{
    mybpf__frame *frame = sim->top;
    mybpf__value a = frame->reg[insn->dst_reg], b = frame->reg[insn->src_reg];
    unsigned mirrored = (order & MYBPF__SAME) | (order & MYBPF__LESS ? (unsigned)MYBPF__MORE : 0u) |
                        (order & MYBPF__MORE ? (unsigned)MYBPF__LESS : 0u);
    mybpf__null_test test;
    if (mybpf__is_end_of(&b, &a)) mybpf__learn_end(sim, &a, order);
    if (mybpf__is_end_of(&a, &b)) mybpf__learn_end(sim, &b, mirrored);
    if (order != MYBPF__SAME || a.or_null == b.or_null || !mybpf__is_pointer(&a) || !mybpf__is_pointer(&b))
        return;
    test.id = a.or_null ? a.id : b.id; /* equal to one that is not NULL */
    test.is_null = 0;
    if (mybpf__never_null(a.or_null ? &b : &a)) mybpf__each_value(sim, mybpf__learn_null, &test);
}

#endif
#endif
