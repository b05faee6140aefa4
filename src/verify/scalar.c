/* scalar.c: scalars, made of a lane of the whole width and one of the lower half. */
#ifndef MYBPF__SCALAR_C
#define MYBPF__SCALAR_C

#include "../base/error.h"
#include "scalar_lane.c"

#ifndef MYBPF_NO_PROVER

/* The tests make it small, to try every number there is. */
#    ifndef MYBPF__SCALAR_WIDTH
#        define MYBPF__SCALAR_WIDTH 64u
#    endif
#    define MYBPF__SCALAR_HALF (MYBPF__SCALAR_WIDTH / 2)

/* ---- a scalar and its lanes ---- */

MYBPF__FN mybpf__lane mybpf__scalar_whole(const mybpf__scalar *a)
{
    mybpf__lane lane;
    lane.known = a->known;
    lane.umin = a->umin;
    lane.umax = a->umax;
    lane.smin = a->smin;
    lane.smax = a->smax;
    lane.width = MYBPF__SCALAR_WIDTH;
    return lane;
}

MYBPF__FN mybpf__lane mybpf__scalar_half(const mybpf__scalar *a)
{
    uint64_t ones = mybpf__ones(MYBPF__SCALAR_HALF);
    mybpf__lane lane;
    lane.known = mybpf__bits_of(a->known.value & ones, a->known.mask & ones);
    lane.umin = a->umin32;
    lane.umax = a->umax32;
    lane.smin = a->smin32;
    lane.smax = a->smax32;
    lane.width = MYBPF__SCALAR_HALF;
    return lane;
}

MYBPF__FN void mybpf__scalar_set_half(mybpf__scalar *a, const mybpf__lane *half)
{
    a->umin32 = (uint32_t)half->umin;
    a->umax32 = (uint32_t)half->umax;
    a->smin32 = (int32_t)half->smin;
    a->smax32 = (int32_t)half->smax;
}

MYBPF__FN mybpf__scalar mybpf__scalar_of(const mybpf__lane *whole, const mybpf__lane *half)
{
    mybpf__scalar a;
    a.known = whole->known;
    a.umin = whole->umin;
    a.umax = whole->umax;
    a.smin = whole->smin;
    a.smax = whole->smax;
    mybpf__scalar_set_half(&a, half);
    return a;
}

MYBPF__FN mybpf__scalar mybpf__scalar_const(uint64_t value)
{
    mybpf__lane whole = mybpf__lane_const(value, MYBPF__SCALAR_WIDTH),
                half = mybpf__lane_const(value, MYBPF__SCALAR_HALF);
    return mybpf__scalar_of(&whole, &half);
}

/* ---- consistency ---- */

/* The least number from `*at` on whose lower half is in half's range; 0 when it is beyond the width. */
MYBPF__FN int mybpf__half_from(const mybpf__lane *half, uint64_t *at)
{
    uint64_t ones = mybpf__ones(half->width), low = *at & ones, base = *at - low;
    if (low > half->umax) {
        if (base == mybpf__ones(2 * half->width) - ones) return 0;
        base += ones + 1;
        low = 0;
    }
    *at = base + mybpf__most(low, half->umin);
    return 1;
}

/* The greatest up to `*at`. */
MYBPF__FN int mybpf__half_to(const mybpf__lane *half, uint64_t *at)
{
    uint64_t ones = mybpf__ones(half->width), low = *at & ones, base = *at - low;
    if (low < half->umin) {
        if (!base) return 0;
        base -= ones + 1;
        low = ones;
    }
    *at = base + mybpf__least(low, half->umax);
    return 1;
}

/* The bounds of the whole move inwards to numbers whose lower half is in the half's range. */
MYBPF__FN int mybpf__lane_sync_half(mybpf__lane *whole, const mybpf__lane *half)
{
    uint64_t ones = mybpf__ones(whole->width), sign = mybpf__sign_bit(whole->width);
    uint64_t lo = ((uint64_t)whole->smin & ones) ^ sign, hi = ((uint64_t)whole->smax & ones) ^ sign;
    if (!mybpf__half_from(half, &whole->umin) || !mybpf__half_to(half, &whole->umax) ||
        !mybpf__half_from(half, &lo) || !mybpf__half_to(half, &hi))
        return 0;
    whole->smin = mybpf__signed(lo ^ sign, whole->width);
    whole->smax = mybpf__signed(hi ^ sign, whole->width);
    return 1;
}

MYBPF__FN int mybpf__in_half(const mybpf__lane *half, uint64_t bound)
{
    bound &= mybpf__ones(half->width);
    return bound >= half->umin && bound <= half->umax;
}

/* Has the whole nothing to learn of its half? */
MYBPF__FN int mybpf__lane_knows_half(const mybpf__lane *whole, const mybpf__lane *half)
{
    return half->known.mask == (whole->known.mask & mybpf__ones(half->width)) &&
           mybpf__in_half(half, whole->umin) && mybpf__in_half(half, whole->umax) &&
           mybpf__in_half(half, (uint64_t)whole->smin) && mybpf__in_half(half, (uint64_t)whole->smax);
}

/* The half learns what the whole knows, and what both know of the bits. */
MYBPF__FN int mybpf__lanes_sync_down(const mybpf__lane *whole, mybpf__lane *half)
{
    mybpf__lane low = mybpf__lane_low(whole, half->width);
    return mybpf__lane_meet(half, &low) && mybpf__lane_sync(half);
}

MYBPF__FN int mybpf__lanes_sync_up(mybpf__lane *whole, const mybpf__lane *half)
{
    uint64_t known = mybpf__ones(half->width) & ~half->known.mask;
    whole->known = mybpf__bits_of(whole->known.value | half->known.value, whole->known.mask & ~known);
    return mybpf__lane_sync_half(whole, half) && mybpf__lane_sync(whole);
}

/* Is `value` a member of both? */
MYBPF__FN int mybpf__lanes_hold(const mybpf__lane *whole, const mybpf__lane *half, uint64_t value)
{
    int64_t s = mybpf__signed(value, whole->width), s32 = mybpf__signed(value, half->width);
    uint64_t u32 = value & mybpf__ones(half->width);
    return mybpf__bits_contain(whole->known, value) && value >= whole->umin && value <= whole->umax &&
           s >= whole->smin && s <= whole->smax && mybpf__bits_contain(half->known, u32) &&
           u32 >= half->umin && u32 <= half->umax && s32 >= half->smin && s32 <= half->smax;
}

/* Makes a scalar of what is known of the whole and of the half; 0 when it has no member. */
MYBPF__FN int mybpf__scalar_join_lanes(mybpf__scalar *a, mybpf__lane *whole, mybpf__lane *half)
{
    if (!whole->known.mask) {
        if (!mybpf__lanes_hold(whole, half, whole->known.value)) return 0;
        *a = mybpf__scalar_const(whole->known.value);
        return 1;
    }
    if (!mybpf__lane_sync(whole)) return 0;
    for (unsigned round = 0; round < 2; round++) {
        if (!mybpf__lanes_sync_down(whole, half)) return 0;
        if (mybpf__lane_knows_half(whole, half)) break;
        if (!mybpf__lanes_sync_up(whole, half)) return 0;
    }
    *a = mybpf__scalar_of(whole, half);
    return 1;
}

MYBPF__FN int mybpf__scalar_sync(mybpf__scalar *a)
{
    mybpf__lane whole = mybpf__scalar_whole(a), half = mybpf__scalar_half(a);
    return mybpf__scalar_join_lanes(a, &whole, &half);
}

/* ---- making and comparing ---- */

MYBPF__FN mybpf__scalar mybpf__scalar_unknown(void)
{
    mybpf__lane whole = mybpf__lane_unknown(MYBPF__SCALAR_WIDTH),
                half = mybpf__lane_unknown(MYBPF__SCALAR_HALF);
    return mybpf__scalar_of(&whole, &half);
}

/* What a result on one lane leaves in the register. */
MYBPF__FN mybpf__scalar mybpf__scalar_extended(mybpf__lane *lane, int sign_extended)
{
    mybpf__scalar a = mybpf__scalar_unknown();
    mybpf__lane whole, half = mybpf__scalar_half(&a);
    if (!mybpf__lane_sync(lane)) return a;
    if (lane->width == half.width) half = *lane;
    whole = mybpf__lane_extend(lane, MYBPF__SCALAR_WIDTH, sign_extended);
    mybpf__scalar_join_lanes(&a, &whole, &half);
    return a;
}

MYBPF__FN mybpf__scalar mybpf__scalar_range(uint64_t umin, uint64_t umax)
{
    mybpf__scalar a = mybpf__scalar_unknown();
    a.umin = umin;
    a.umax = umax;
    mybpf__scalar_sync(&a);
    return a;
}

MYBPF__FN mybpf__scalar mybpf__scalar_load(unsigned bytes, int sign_extended)
{
    mybpf__lane lane = mybpf__lane_unknown(8 * bytes);
    return mybpf__scalar_extended(&lane, sign_extended);
}

MYBPF__FN mybpf__scalar mybpf__scalar_low(const mybpf__scalar *a, unsigned width, int sign_extended)
{
    mybpf__lane lane = mybpf__scalar_half(a);
    if (width < lane.width) lane = mybpf__lane_low(&lane, width);
    return mybpf__scalar_extended(&lane, sign_extended);
}

MYBPF__FN int mybpf__scalar_is_const(const mybpf__scalar *a) { return !a->known.mask; }

MYBPF__FN int mybpf__scalar_contains(const mybpf__scalar *a, uint64_t value)
{
    mybpf__lane whole = mybpf__scalar_whole(a), half = mybpf__scalar_half(a);
    return mybpf__lanes_hold(&whole, &half, value);
}

MYBPF__FN int mybpf__scalar_subset(const mybpf__scalar *inner, const mybpf__scalar *outer)
{
    const mybpf__scalar *a = inner, *b = outer;
    return !(a->known.mask & ~b->known.mask) && mybpf__bits_contain(b->known, a->known.value) &&
           a->umin >= b->umin && a->umax <= b->umax && a->smin >= b->smin && a->smax <= b->smax &&
           a->umin32 >= b->umin32 && a->umax32 <= b->umax32 && a->smin32 >= b->smin32 &&
           a->smax32 <= b->smax32;
}

MYBPF__FN int mybpf__scalar_equal(const mybpf__scalar *a, const mybpf__scalar *b)
{
    return mybpf__scalar_subset(a, b) && mybpf__scalar_subset(b, a);
}

MYBPF__FN int mybpf__scalar_join(mybpf__scalar *into, const mybpf__scalar *from)
{
    if (mybpf__scalar_subset(from, into)) return 0;
    into->known = mybpf__bits_join(into->known, from->known);
    into->umin = mybpf__least(into->umin, from->umin);
    into->umax = mybpf__most(into->umax, from->umax);
    into->smin = mybpf__sleast(into->smin, from->smin);
    into->smax = mybpf__smost(into->smax, from->smax);
    if (from->umin32 < into->umin32) into->umin32 = from->umin32;
    if (from->umax32 > into->umax32) into->umax32 = from->umax32;
    if (from->smin32 < into->smin32) into->smin32 = from->smin32;
    if (from->smax32 > into->smax32) into->smax32 = from->smax32;
    return 1;
}

/* The next bound outwards that a loop may stop at: 0, or all ones of 8, 16, 31, 32, 63 or 64 bits. */
MYBPF__FN uint64_t mybpf__widen_up(uint64_t a)
{
    static const uint8_t mybpf__stops[] = {8, 16, 31, 32, 63};
    if (!a) return 0;
    for (unsigned i = 0; i < sizeof mybpf__stops; i++)
        if (a <= mybpf__ones(mybpf__stops[i])) return mybpf__ones(mybpf__stops[i]);
    return UINT64_MAX;
}

MYBPF__FN int64_t mybpf__widen_signed_up(int64_t a)
{
    return a < 0 ? -1 : (int64_t)mybpf__widen_up((uint64_t)a);
}

MYBPF__FN int mybpf__scalar_widen(mybpf__scalar *into, const mybpf__scalar *from)
{
    mybpf__scalar old = *into;
    if (!mybpf__scalar_join(into, from)) return 0;
    if (into->umin < old.umin) into->umin = 0;
    if (into->umax > old.umax) into->umax = mybpf__widen_up(into->umax);
    if (into->smin < old.smin) into->smin = ~mybpf__widen_signed_up(~into->smin);
    if (into->smax > old.smax) into->smax = mybpf__widen_signed_up(into->smax);
    if (into->umin32 < old.umin32) into->umin32 = 0;
    if (into->umax32 > old.umax32) into->umax32 = (uint32_t)mybpf__widen_up(into->umax32);
    if (into->smin32 < old.smin32) into->smin32 = (int32_t)~mybpf__widen_signed_up(~(int64_t)into->smin32);
    if (into->smax32 > old.smax32) into->smax32 = (int32_t)mybpf__widen_signed_up(into->smax32);
    return 1;
}

/* ---- arithmetic ---- */

/* le, be, bswap: the immediate is the width. */
MYBPF__FN void mybpf__scalar_end(mybpf__scalar *dst, const mybpf_insn *insn)
{
    unsigned width = (unsigned)insn->imm;
    int swap = insn->code == 0xd7 || (insn->code == 0xdc) != MYBPF_BIG_ENDIAN;
    mybpf__lane lane = mybpf__scalar_whole(dst);
    if (width < MYBPF__SCALAR_WIDTH) {
        *dst = mybpf__scalar_low(dst, width, 0);
        lane = mybpf__scalar_whole(dst);
        lane = mybpf__lane_low(&lane, width);
    }
    if (!swap) return;
    lane = mybpf__lane_swap(&lane);
    *dst = mybpf__scalar_extended(&lane, 0);
}

/* Does the lower half of the result depend on the operands' lower halves alone? A shift to the left does if
 * the amount is less than the half's width. */
MYBPF__FN int mybpf__low_is_closed(unsigned op, const mybpf__scalar *src)
{
    switch (op) {
    case MYBPF__ALU_DIV:
    case MYBPF__ALU_MOD:
    case MYBPF__ALU_RSH:
    case MYBPF__ALU_ARSH: return 0;
    case MYBPF__ALU_LSH: return src->umax < MYBPF__SCALAR_HALF;
    default: return 1;
    }
}

/* An instruction that has one number as both operands, in the words of another operation. */
MYBPF__FN unsigned mybpf__alu_of_same(unsigned op, mybpf__scalar *src)
{
    switch (op) {
    case MYBPF__ALU_SUB:
    case MYBPF__ALU_XOR:
    case MYBPF__ALU_MOD: *src = mybpf__scalar_const(0); return MYBPF__ALU_MOV;
    case MYBPF__ALU_ADD: *src = mybpf__scalar_const(1); return MYBPF__ALU_LSH;
    case MYBPF__ALU_AND:
    case MYBPF__ALU_OR: return MYBPF__ALU_MOV;
    default: return op;
    }
}

MYBPF__FN void mybpf__scalar_alu(mybpf__scalar *dst, const mybpf_insn *insn, const mybpf__scalar *src)
{
    unsigned op = MYBPF__OPERATION(insn->code);
    int is_64 = MYBPF__CLASS(insn->code) == MYBPF__CLASS_ALU64;
    mybpf__scalar other = src ? *src : mybpf__scalar_const((uint64_t)(int64_t)insn->imm);
    mybpf__lane a, b, whole, half;
    if (op == MYBPF__ALU_END) {
        mybpf__scalar_end(dst, insn);
        return;
    }
    if (op == MYBPF__ALU_MOV && insn->off) { /* MOVSX */
        other = mybpf__scalar_low(&other, (unsigned)insn->off, 1);
    } else if (op == MYBPF__ALU_MOV && is_64) {
        *dst = other;
        return;
    } else if (src == dst) {
        op = mybpf__alu_of_same(op, &other);
    }
    a = mybpf__scalar_half(dst);
    b = mybpf__scalar_half(&other);
    if (!is_64) {
        half = mybpf__lane_alu(op, insn->off, &a, &b);
        *dst = mybpf__scalar_extended(&half, 0);
        return;
    }
    half = mybpf__lane_unknown(MYBPF__SCALAR_HALF);
    if (mybpf__low_is_closed(op, &other)) half = mybpf__lane_alu(op, 0, &a, &b);
    a = mybpf__scalar_whole(dst);
    b = mybpf__scalar_whole(&other);
    whole = mybpf__lane_alu(op, insn->off, &a, &b);
    *dst = mybpf__scalar_unknown();
    mybpf__scalar_join_lanes(dst, &whole, &half);
}

/* ---- branches ---- */

MYBPF__FN mybpf__relation mybpf__relation_of(uint8_t code, int taken)
{
    static const uint8_t mybpf__relations[16][2] = {
        {0, 0},
        {MYBPF__REL_NE, MYBPF__REL_EQ},      /* JEQ: not taken, taken */
        {MYBPF__REL_LE, MYBPF__REL_GT},      /* JGT */
        {MYBPF__REL_LT, MYBPF__REL_GE},      /* JGE */
        {MYBPF__REL_MISS, MYBPF__REL_TOUCH}, /* JSET */
        {MYBPF__REL_EQ, MYBPF__REL_NE},      /* JNE */
        {MYBPF__REL_SLE, MYBPF__REL_SGT},    /* JSGT */
        {MYBPF__REL_SLT, MYBPF__REL_SGE},    /* JSGE */
        {0, 0},
        {0, 0},
        {MYBPF__REL_GE, MYBPF__REL_LT},   /* JLT */
        {MYBPF__REL_GT, MYBPF__REL_LE},   /* JLE */
        {MYBPF__REL_SGE, MYBPF__REL_SLT}, /* JSLT */
        {MYBPF__REL_SGT, MYBPF__REL_SLE}, /* JSLE */
    };
    return (mybpf__relation)mybpf__relations[code >> 4][taken != 0];
}

/* Both sides are one number: most relations hold always or never; it touches itself unless it is 0. */
MYBPF__FN int mybpf__relate_same(mybpf__relation relation, mybpf__scalar *a, int is_half)
{
    mybpf__lane lane = is_half ? mybpf__scalar_half(a) : mybpf__scalar_whole(a);
    mybpf__lane zero = mybpf__lane_const(0, lane.width), other = lane;
    switch (relation) {
    case MYBPF__REL_NE:
    case MYBPF__REL_LT:
    case MYBPF__REL_GT:
    case MYBPF__REL_SLT:
    case MYBPF__REL_SGT: return 0;
    case MYBPF__REL_TOUCH:
    case MYBPF__REL_MISS:
        relation = relation == MYBPF__REL_MISS ? MYBPF__REL_EQ : MYBPF__REL_NE;
        if (!mybpf__lane_relate(relation, &lane, &zero)) return 0;
        break;
    default: return 1;
    }
    other = is_half ? mybpf__scalar_whole(a) : mybpf__scalar_half(a);
    return is_half ? mybpf__scalar_join_lanes(a, &other, &lane) : mybpf__scalar_join_lanes(a, &lane, &other);
}

MYBPF__FN int mybpf__scalar_branch(const mybpf_insn *insn, int taken, mybpf__scalar *dst, mybpf__scalar *src)
{
    mybpf__scalar imm = mybpf__scalar_const((uint64_t)(int64_t)insn->imm);
    mybpf__relation relation = mybpf__relation_of(insn->code, taken);
    int is_half = MYBPF__CLASS(insn->code) == MYBPF__CLASS_JMP32;
    mybpf__lane a, b, other_a, other_b;
    if (src == dst) return mybpf__relate_same(relation, dst, is_half);
    if (!src) src = &imm;
    a = mybpf__scalar_whole(dst);
    b = mybpf__scalar_whole(src);
    other_a = mybpf__scalar_half(dst);
    other_b = mybpf__scalar_half(src);
    if (!(is_half ? mybpf__lane_relate(relation, &other_a, &other_b) : mybpf__lane_relate(relation, &a, &b)))
        return 0;
    return mybpf__scalar_join_lanes(dst, &a, &other_a) && mybpf__scalar_join_lanes(src, &b, &other_b);
}

/* ---- text ---- */

typedef struct mybpf__scalar_log {
    char *text;
    size_t size, length;
} mybpf__scalar_log;

MYBPF__FN void mybpf__log_text(mybpf__scalar_log *log, const char *text)
{
    size_t done = log->length < log->size ? log->length : log->size;
    log->length += mybpf__print(log->text + done, log->size - done, "%s", text);
}

/* Small numbers are decimal. */
MYBPF__FN void mybpf__log_number(mybpf__scalar_log *log, int64_t number, int is_signed)
{
    char text[24];
    int small = is_signed ? number == (int16_t)number : number == (uint16_t)number;
    if (small)
        mybpf__print(text, sizeof text, "%lld", (long long)number);
    else
        mybpf__print(text, sizeof text, "0x%llx", (unsigned long long)number);
    mybpf__log_text(log, text);
}

/* Bounds that say something; equal ones share their number. */
MYBPF__FN void mybpf__log_bounds(mybpf__scalar_log *log, const mybpf__scalar *a)
{
    enum { MYBPF__BOUNDS = 8 };
    static const char mybpf__names[MYBPF__BOUNDS][8] = {
        "smin=", "smax=", "umin=", "umax=", "smin32=", "smax32=", "umin32=", "umax32="};
    const int64_t bounds[] = {a->smin,   a->smax,   (int64_t)a->umin, (int64_t)a->umax,
                              a->smin32, a->smax32, a->umin32,        a->umax32};
    const int64_t open[] = {INT64_MIN, INT64_MAX, 0, -1, INT32_MIN, INT32_MAX, 0, UINT32_MAX};
    unsigned said = 0;
    for (unsigned i = 0; i < MYBPF__BOUNDS; i++) {
        int is_signed = mybpf__names[i][0] == 's', negative = is_signed && bounds[i] < 0;
        if (bounds[i] == open[i] || said >> i & 1) continue;
        if (said) mybpf__log_text(log, ",");
        for (unsigned j = i; j < MYBPF__BOUNDS; j += 2) {
            int also_negative = mybpf__names[j][0] == 's' && bounds[j] < 0;
            if (bounds[j] != bounds[i] || bounds[j] == open[j] || also_negative != negative) continue;
            said |= 1u << j;
            mybpf__log_text(log, mybpf__names[j]);
        }
        mybpf__log_number(log, bounds[i], is_signed);
    }
    if (a->known.mask == UINT64_MAX) return;
    char text[48];
    mybpf__print(text, sizeof text, "%svar_off=(0x%llx; 0x%llx)", said ? "," : "",
                 (unsigned long long)a->known.value, (unsigned long long)a->known.mask);
    mybpf__log_text(log, text);
}

MYBPF__FN size_t mybpf__scalar_text(const mybpf__scalar *a, char *text, size_t size)
{
    mybpf__scalar_log log;
    log.text = text;
    log.size = size;
    log.length = 0;
    if (mybpf__scalar_is_const(a)) {
        mybpf__log_number(&log, (int64_t)a->known.value, 1);
    } else {
        mybpf__log_text(&log, "scalar(");
        mybpf__log_bounds(&log, a);
        mybpf__log_text(&log, ")");
    }
    return log.length;
}

#endif
#endif
