/* divided.h: DIV and MOD of the same numbers by a value, side by side, are one division for back ends. */
#ifndef MYBPF__DIVIDED_H
#define MYBPF__DIVIDED_H

#include "ir.h"
#include "target.h"

/* Is it one without signs, by a value? */
MYBPF__FN int mybpf__divides(const mybpf__op *op)
{
    return (op->code == MYBPF__IR_DIV || op->code == MYBPF__IR_MOD) && !(op->flags & MYBPF__F_IMM);
}

/* The quotient and the remainder of the same numbers, in either order? */
MYBPF__FN int mybpf__divides_same(const mybpf__op *one, const mybpf__op *other)
{
    return one->code != other->code && one->a == other->a && one->b == other->b && one->width == other->width;
}

/* The other one, behind a DIV or in front of a MOD, or NULL. */
MYBPF__FN const mybpf__op *mybpf__divided_with(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    const mybpf__op *other = op, *first = as->ir->ops + block->first, *end = first + block->count;
    int quotient = op->code == MYBPF__IR_DIV;
    if (as->request->disable & MYBPF__PASS_DIVISION || !mybpf__divides(op)) return NULL;
    do {
        if (quotient ? ++other == end : other-- == first) return NULL;
    } while (other->code == MYBPF__IR_NOP);
    if (!mybpf__divides(other) || !mybpf__divides_same(op, other) || op->dst == other->dst) return NULL;
    const mybpf__op *div = quotient ? op : other; /* leaves the numbers alone */
    return div->dst == div->a || div->dst == div->b ? NULL : other;
}

#endif
