/* popcount.c: bits that are counted by adding neighbours, as compilers do where the instruction set cannot:
 * `x -= x >> 1 & 0x55..; x = (x & 0x33..) + (x >> 2 & 0x33..); (x + (x >> 4) & 0x0f..) * 0x01.. >> width - 8`
 * is one operation, where the processor has it (ROTATES). Trailing and leading zeros are counted so, too. In
 * front of spare.c, as the masks need no registers then. Makes live sets of its own, where the last factor
 * was seen. */
#ifndef MYBPF__POPCOUNT_C
#define MYBPF__POPCOUNT_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

enum {
    MYBPF__POPCOUNT_FAR = 48,  /* operations from the first to the last */
    MYBPF__POPCOUNT_MOST = 24, /* that compute something and go */
    MYBPF__POPCOUNT_OUTSIDE = -1
};

typedef struct mybpf__popcount {
    mybpf__ir *ir;
    uint32_t block, first;
    unsigned width;
    uint32_t found[MYBPF__POPCOUNT_MOST], count; /* operations that go */
} mybpf__popcount;

/* What a value holds at some place: what `def` has made, or what `value` held when the block began. */
typedef struct mybpf__origin {
    int64_t def; /* or OUTSIDE */
    unsigned value;
} mybpf__origin;

MYBPF__FN void mybpf__popcount_goes(mybpf__popcount *p, uint32_t at)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (p->found[i] == at) return;
    if (p->count < MYBPF__POPCOUNT_MOST) p->found[p->count] = at;
    p->count++;
}

/* What `value` holds in front of `at`, through copies; those go if what they copy `goes`. */
MYBPF__FN mybpf__origin mybpf__popcount_origin(mybpf__popcount *p, unsigned value, uint32_t at, int goes)
{
    mybpf__origin origin;
    uint32_t far = at - p->first > MYBPF__POPCOUNT_FAR ? at - MYBPF__POPCOUNT_FAR : p->first;
    while (at-- > far) {
        const mybpf__op *op = &p->ir->ops[at];
        if (!(mybpf__ir_writes(op) & MYBPF__VALUE_BIT(value))) continue;
        if (op->code == MYBPF__IR_MOV && op->width >= p->width && op->a < MYBPF__GLOBAL_VALUES) {
            value = op->a;
            if (goes) mybpf__popcount_goes(p, at);
            continue;
        }
        origin.def = at;
        origin.value = value;
        return origin;
    }
    origin.def = MYBPF__POPCOUNT_OUTSIDE;
    origin.value = value;
    return origin;
}

/* The operation with this code that made `value`, which goes, or NULL. */
MYBPF__FN const mybpf__op *mybpf__popcount_made(mybpf__popcount *p, unsigned value, uint32_t at, int code)
{
    mybpf__origin origin = mybpf__popcount_origin(p, value, at, 1);
    if (origin.def == MYBPF__POPCOUNT_OUTSIDE) return NULL;
    const mybpf__op *op = &p->ir->ops[origin.def];
    if (op->code != code || op->width != p->width) return NULL;
    mybpf__popcount_goes(p, (uint32_t)origin.def);
    return op;
}

/* The last operation that writes `value` in the only block in front of this one, which may go back to itself
 * and leaves the value alone; NULL: there is none. */
MYBPF__FN const mybpf__op *mybpf__popcount_before(const mybpf__popcount *p, unsigned value)
{
    const mybpf__ir *ir = p->ir;
    const mybpf__block *block = &ir->blocks[p->block];
    uint32_t count, before = MYBPF__NO_BLOCK;
    const uint32_t *from = mybpf__ir_predecessors(ir, p->block, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (from[i] == p->block || from[i] == before) continue;
        if (before != MYBPF__NO_BLOCK) return NULL;
        before = from[i];
    }
    for (uint32_t at = block->first; at < block->first + block->count; at++)
        if (mybpf__ir_writes(&ir->ops[at]) & MYBPF__VALUE_BIT(value)) return NULL;
    if (before == MYBPF__NO_BLOCK || !p->block) return NULL;
    block = &ir->blocks[before];
    for (uint32_t at = block->first + block->count; at-- > block->first;)
        if (mybpf__ir_writes(&ir->ops[at]) & MYBPF__VALUE_BIT(value)) return &ir->ops[at];
    return NULL;
}

/* Is this constant in `value`? Made here, in the block in front of this one, or by the only operation of the
 * function that writes it, if that cannot be missed: nobody reads what the function finds there. */
MYBPF__FN int mybpf__popcount_holds(mybpf__popcount *p, unsigned value, uint32_t at, uint64_t wanted)
{
    const mybpf__ir *ir = p->ir;
    mybpf__origin origin = mybpf__popcount_origin(p, value, at, 0);
    const mybpf__op *made = origin.def == MYBPF__POPCOUNT_OUTSIDE ? NULL : &ir->ops[origin.def];
    if (!made && !(made = mybpf__popcount_before(p, origin.value))) {
        uint64_t bit = MYBPF__VALUE_BIT(origin.value);
        if (ir->blocks[0].live_in & bit) return 0;
        for (uint32_t i = 0; i < ir->op_count; i++) {
            if (!(mybpf__ir_writes(&ir->ops[i]) & bit)) continue;
            if (made) return 0;
            made = &ir->ops[i];
        }
    }
    return made && made->code == MYBPF__IR_CONST && (uint64_t)made->imm == wanted;
}

/* The place of `op`, and which operand the constant stands beside; NO_VALUE: it has another one. */
MYBPF__FN unsigned mybpf__popcount_beside(mybpf__popcount *p, const mybpf__op *op, uint64_t constant)
{
    uint32_t at = (uint32_t)(op - p->ir->ops);
    if (op->flags & MYBPF__F_IMM) {
        uint64_t imm = p->width == 4 ? (uint32_t)op->imm : (uint64_t)op->imm;
        return imm == constant ? op->a : MYBPF__NO_VALUE;
    }
    if (mybpf__popcount_holds(p, op->b, at, constant)) return op->a;
    return mybpf__popcount_holds(p, op->a, at, constant) ? op->b : MYBPF__NO_VALUE;
}

/* `value`, in front of `at`, is something shifted right by `count`, & `mask`, 0: without one: the shift. */
MYBPF__FN const mybpf__op *mybpf__popcount_shifted(mybpf__popcount *p, unsigned value, uint32_t at,
                                                   int64_t count, uint64_t mask)
{
    const mybpf__op *op;
    if (mask) {
        if (!(op = mybpf__popcount_made(p, value, at, MYBPF__IR_AND))) return NULL;
        value = mybpf__popcount_beside(p, op, mask);
        at = (uint32_t)(op - p->ir->ops);
        if (value >= MYBPF__GLOBAL_VALUES) return NULL;
    }
    op = mybpf__popcount_made(p, value, at, MYBPF__IR_SHR);
    return op && op->flags & MYBPF__F_IMM && op->imm == count ? op : NULL;
}

/* A sum whose one operand is the other one shifted right by `count`, or, with a mask, both & that: what is
 * shifted, where it is, and the operation that made it; NULL: none. */
MYBPF__FN const mybpf__op *mybpf__popcount_sum(mybpf__popcount *p, const mybpf__op *sum, int64_t count,
                                               uint64_t mask, int code)
{
    uint32_t at = (uint32_t)(sum - p->ir->ops);
    if (sum->flags & MYBPF__F_IMM) return NULL;
    for (int second = 0; second < 2; second++) {
        uint32_t kept = p->count, plain_at = at;
        unsigned shifted = second ? sum->a : sum->b, plain = second ? sum->b : sum->a;
        const mybpf__op *shift = mybpf__popcount_shifted(p, shifted, at, count, mask), *op = NULL;
        if (shift && mask && (op = mybpf__popcount_made(p, plain, at, MYBPF__IR_AND)) != NULL) {
            plain = mybpf__popcount_beside(p, op, mask);
            plain_at = (uint32_t)(op - p->ir->ops);
        }
        if (shift && (op || !mask) && plain < MYBPF__GLOBAL_VALUES) {
            const mybpf__op *one = mybpf__popcount_made(p, plain, plain_at, code);
            if (one && one == mybpf__popcount_made(p, shift->a, (uint32_t)(shift - p->ir->ops), code))
                return one;
        }
        p->count = kept;
    }
    return NULL;
}

/* Whose bits the shift at `last` has the number of: the value, and where it was found. 0: that is something
 * else. */
MYBPF__FN int mybpf__popcount_tree(mybpf__popcount *p, uint32_t last, mybpf__origin *counted)
{
    uint64_t bytes = p->width == 4 ? 0x01010101u : 0x0101010101010101u;
    const mybpf__op *ops = p->ir->ops, *op = mybpf__popcount_made(p, ops[last].a, last, MYBPF__IR_MUL);
    unsigned value;
    if (!op || (value = mybpf__popcount_beside(p, op, bytes)) >= MYBPF__GLOBAL_VALUES) return 0;
    op = mybpf__popcount_made(p, value, (uint32_t)(op - ops), MYBPF__IR_AND);
    if (!op || (value = mybpf__popcount_beside(p, op, 0x0f * bytes)) >= MYBPF__GLOBAL_VALUES) return 0;
    if (!(op = mybpf__popcount_made(p, value, (uint32_t)(op - ops), MYBPF__IR_ADD))) return 0;
    if (!(op = mybpf__popcount_sum(p, op, 4, 0, MYBPF__IR_ADD))) return 0;
    if (!(op = mybpf__popcount_sum(p, op, 2, 0x33 * bytes, MYBPF__IR_SUB))) return 0;
    if (op->flags & MYBPF__F_IMM) return 0;
    uint32_t at = (uint32_t)(op - ops);
    const mybpf__op *half = mybpf__popcount_shifted(p, op->b, at, 1, 0x55 * bytes);
    if (!half) return 0;
    mybpf__origin one = mybpf__popcount_origin(p, op->a, at, 0),
                  other = mybpf__popcount_origin(p, half->a, (uint32_t)(half - ops), 0);
    *counted = one;
    return one.def == other.def && one.value == other.value && p->count <= MYBPF__POPCOUNT_MOST;
}

/* Does nobody else read what the operations compute that go, and does the number stay till then? */
MYBPF__FN int mybpf__popcount_alone(const mybpf__popcount *p, uint32_t last, mybpf__origin counted)
{
    const mybpf__ir *ir = p->ir;
    uint64_t within = 0, bit = MYBPF__VALUE_BIT(counted.value);
    for (uint32_t at = counted.def < 0 ? p->first : (uint32_t)counted.def + 1; at < last; at++) {
        uint64_t writes = mybpf__ir_writes(&ir->ops[at]);
        uint32_t i = 0;
        while (i < p->count && p->found[i] != at) i++;
        if (i < p->count) {
            within |= writes;
            continue;
        }
        if (writes & bit || mybpf__ir_reads(&ir->ops[at]) & within) return 0;
        within &= ~writes;
    }
    return !(ir->live[last] & within & ~mybpf__ir_writes(&ir->ops[last]));
}

MYBPF__FN void mybpf__popcount_find(mybpf__ir *ir, uint32_t index, uint32_t at)
{
    mybpf__popcount p;
    mybpf__origin counted;
    mybpf__op *op = &ir->ops[at];
    p.ir = ir;
    p.block = index;
    p.first = ir->blocks[index].first;
    p.width = op->width;
    p.count = 0;
    if (!mybpf__popcount_tree(&p, at, &counted) || !mybpf__popcount_alone(&p, at, counted)) return;
    for (uint32_t i = 0; i < p.count; i++) ir->ops[p.found[i]].code = MYBPF__IR_NOP;
    op->code = MYBPF__IR_POPCNT;
    op->flags = 0;
    op->a = (uint16_t)counted.value;
}

MYBPF__FN int mybpf__ir_popcount(mybpf__ir *ir, mybpf_error *error)
{
    int status = mybpf__ir_liveness(ir, NULL, error);
    for (uint32_t i = 0; i < ir->block_count && !status; i++) {
        const mybpf__block *block = &ir->blocks[i];
        for (uint32_t at = block->first; at < block->first + block->count; at++) {
            const mybpf__op *op = &ir->ops[at];
            if (op->code == MYBPF__IR_SHR && op->flags & MYBPF__F_IMM && op->imm == op->width * 8 - 8)
                mybpf__popcount_find(ir, i, at);
        }
    }
    return status;
}

#endif
