/* rotates.c: rotates that a compiler had to spell out: two shifts and an OR, and where what is rotated is a
 * product with a constant, another product and a shift (ROTATES). Part of local.c's walk. */
#ifndef MYBPF__ROTATES_C
#define MYBPF__ROTATES_C

#include "ir.h"
#include "liveness.c"
#include "local.h"

enum { MYBPF__ROTATES_REACH = 8 }; /* operations between a product and what is done to it */

MYBPF__FN void mybpf__rotates_make(mybpf__op *op, uint16_t a, int64_t count)
{
    op->code = MYBPF__IR_ROTL;
    op->flags = MYBPF__F_IMM;
    op->imm = count;
    op->a = a;
    op->b = MYBPF__NO_VALUE;
}

/* x << n | x >> width - n. One of the shifts may have overwritten x: if nobody else has read its result, it
 * is left out. */
MYBPF__FN int mybpf__rotates_shifts(const mybpf__local *local, mybpf__op *op)
{
    const mybpf__op *left = mybpf__local_shift(local, op->a, op->width),
                    *right = mybpf__local_shift(local, op->b, op->width);
    if (!left || !right || left->code == right->code) return 0;
    if (left->code == MYBPF__IR_SHR) {
        const mybpf__op *other = left;
        left = right;
        right = other;
    }
    int64_t bits = op->width * 8, n = left->imm & (bits - 1);
    if (left->a != right->a || !n || n + (right->imm & (bits - 1)) != bits) return 0;
    const mybpf__known *x = &local->known[left->a], *l = &local->known[left->dst],
                       *r = &local->known[right->dst];
    if (l->source != r->source) return 0;
    if (x->version != l->source) { /* overwritten: by which shift? */
        const mybpf__known *last = left->dst == left->a ? l : r;
        if (last != x || local->read >> left->a & 1 || op->dst != left->a || last->def < local->block_first)
            return 0;
        local->ir->ops[last->def].code = MYBPF__IR_NOP;
    }
    mybpf__rotates_make(op, left->a, n);
    return 1;
}

/* A product with a constant: which one? */
MYBPF__FN int mybpf__rotates_factor(const mybpf__local *local, const mybpf__op *product, uint64_t *factor)
{
    const mybpf__op *def = NULL;
    if (product->code != MYBPF__IR_MUL) return 0;
    if (product->flags & MYBPF__F_IMM)
        *factor = (uint64_t)product->imm;
    else if ((def = mybpf__local_def(local, product->b)) == NULL || def->code != MYBPF__IR_CONST ||
             def > product)
        return 0;
    else
        *factor = (uint64_t)def->imm;
    if (product->width == 4) *factor = (uint32_t)*factor;
    return 1;
}

/* Do both products read the same number? Only what stands between them could change it. */
MYBPF__FN int mybpf__rotates_same(const mybpf__op *one, const mybpf__op *other)
{
    const mybpf__op *at = one < other ? one : other, *end = one < other ? other : one;
    if (one->a != other->a || end - at > MYBPF__ROTATES_REACH) return 0;
    for (; at < end; at++)
        if (mybpf__ir_writes(at) & MYBPF__VALUE_BIT(one->a)) return 0;
    return 1;
}

/* x * (c << n) | x * c >> width - n, which LLVM makes of a rotated product: `shifted` is the second part, and
 * one of the two is overwritten by the result. */
MYBPF__FN int mybpf__rotates_product(const mybpf__local *local, mybpf__op *op, uint16_t plain,
                                     uint16_t shifted)
{
    mybpf__op *ops = local->ir->ops, *shift = mybpf__local_def(local, shifted), *product, *inner;
    uint64_t wide = 0, factor = 0;
    if (!shift || shift->code != MYBPF__IR_SHR || shift < ops + local->block_first ||
        !mybpf__local_shift(local, shifted, op->width))
        return 0;
    product = mybpf__local_def(local, plain);
    if (!product || product < ops + local->block_first) return 0;
    for (inner = shift; inner-- > ops + local->block_first;)
        if (mybpf__ir_writes(inner) & MYBPF__VALUE_BIT(shift->a) || shift - inner == MYBPF__ROTATES_REACH)
            break;
    int64_t bits = op->width * 8, n = bits - (shift->imm & (bits - 1));
    if (inner < ops + local->block_first || inner->dst != shift->a || inner->width != op->width ||
        product->width != op->width || n == bits || !mybpf__rotates_factor(local, product, &wide) ||
        !mybpf__rotates_factor(local, inner, &factor) || !mybpf__rotates_same(product, inner))
        return 0;
    factor <<= n;
    if (wide != (op->width == 4 ? (uint32_t)factor : factor)) return 0;
    if (mybpf__local_def(local, shift->a) == inner) {
        mybpf__rotates_make(op, shift->a, n);
        return 1;
    }
    if (local->read & MYBPF__VALUE_BIT(op->dst)) return 0;
    if (op->dst == plain) { /* becomes the other product */
        if (!(inner->flags & MYBPF__F_IMM) && mybpf__local_def(local, inner->b) > product) return 0;
        product->flags = inner->flags;
        product->b = inner->b;
        product->imm = inner->imm;
    } else if (op->dst == shifted && shift->a == shifted)
        shift->code = MYBPF__IR_NOP;
    else
        return 0;
    mybpf__rotates_make(op, op->dst, n);
    return 1;
}

/* Was the value shifted right? One of both always is. */
MYBPF__INLINE int mybpf__rotates_right(const mybpf__local *local, unsigned value)
{
    const mybpf__op *op = mybpf__local_def(local, value);
    return op && op->code == MYBPF__IR_SHR;
}

/* Sums and exclusive ORs do what an OR does where no bit is set on both sides. */
MYBPF__FN void mybpf__rotates(const mybpf__local *local, mybpf__op *op)
{
    if (op->flags & MYBPF__F_IMM || op->a == op->b) return;
    if (!mybpf__rotates_right(local, op->a) && !mybpf__rotates_right(local, op->b)) return;
    if (mybpf__rotates_shifts(local, op)) return;
    if (!mybpf__rotates_product(local, op, op->a, op->b)) mybpf__rotates_product(local, op, op->b, op->a);
}

#endif
