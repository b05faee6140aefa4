/* constants.h: what operations give whose operands are constants. */
#ifndef MYBPF__CONSTANTS_H
#define MYBPF__CONSTANTS_H

#include "ir.h"
#include "liveness.c"

/* Registers that hold a constant. */
typedef struct mybpf__constants {
    uint64_t known; /* a set */
    int64_t value[MYBPF__FRAME_VALUE];
} mybpf__constants;

MYBPF__FN int mybpf__constants_has(const mybpf__constants *constants, unsigned value)
{
    return value < MYBPF__FRAME_VALUE && constants->known >> value & 1;
}

/* The result of an operation that has no effects, of `a` and `b`: 0, it is not one of these. */
MYBPF__FN int mybpf__constants_result(const mybpf__op *op, uint64_t a, uint64_t b, int64_t *result)
{
    unsigned count = (unsigned)b & (8u * op->width - 1);
    uint64_t narrow = op->width == 4 ? (uint32_t)a : a, r;
    switch (op->code) {
    case MYBPF__IR_MOV: r = a; break;
    case MYBPF__IR_NEG: r = 0 - a; break;
    case MYBPF__IR_ADD: r = a + b; break;
    case MYBPF__IR_SUB: r = a - b; break;
    case MYBPF__IR_MUL: r = a * b; break;
    case MYBPF__IR_OR: r = a | b; break;
    case MYBPF__IR_AND: r = a & b; break;
    case MYBPF__IR_XOR: r = a ^ b; break;
    case MYBPF__IR_SHL: r = a << count; break;
    case MYBPF__IR_SHR: r = narrow >> count; break;
    default: return 0;
    }
    *result = (int64_t)(op->width == 4 ? (uint32_t)r : r);
    return 1;
}

/* Does a branch go where it is taken? Both operands are of its width, unsigned. */
MYBPF__FN int mybpf__constants_compare(unsigned sub, uint64_t a, uint64_t b, unsigned width)
{
    uint64_t sign = (uint64_t)1 << (8 * width - 1);
    int yes;
    switch (sub & ~1u) {
    case MYBPF__EQ: yes = a == b; break;
    case MYBPF__GT: yes = a > b; break;
    case MYBPF__GE: yes = a >= b; break;
    case MYBPF__SGT: yes = (a ^ sign) > (b ^ sign); break;
    case MYBPF__SGE: yes = (a ^ sign) >= (b ^ sign); break;
    default: yes = (a & b) != 0; break;
    }
    return yes ^ (int)(sub & 1);
}

/* Where a branch of width 4 or 8 goes: 1 taken, 0 not, -1 nobody knows. */
MYBPF__FN int mybpf__constants_answer(const mybpf__constants *constants, const mybpf__op *branch)
{
    uint64_t b = (uint64_t)branch->imm, a;
    int imm = branch->flags & MYBPF__F_IMM;
    if (!mybpf__constants_has(constants, branch->a) || branch->width < 4 || branch->flags & MYBPF__F_MEMORY ||
        (!imm && !mybpf__constants_has(constants, branch->b)))
        return -1;
    a = (uint64_t)constants->value[branch->a];
    if (!imm) b = (uint64_t)constants->value[branch->b];
    if (branch->width == 4) a = (uint32_t)a, b = (uint32_t)b;
    return mybpf__constants_compare(branch->sub, a, b, branch->width);
}

/* An operation whose operands are known becomes a constant; a right one alone becomes its immediate. The set
 * is then that behind it. */
MYBPF__FN void mybpf__constants_fold(mybpf__constants *constants, mybpf__op *op)
{
    uint64_t writes = mybpf__ir_writes(op);
    int arithmetic = op->code >= MYBPF__IR_ADD && op->code <= MYBPF__IR_SAR && op->width >= 4,
        both = (arithmetic || op->code == MYBPF__IR_MOV || op->code == MYBPF__IR_NEG) &&
               mybpf__constants_has(constants, op->a);
    int64_t b = op->imm;
    if (arithmetic && !(op->flags & MYBPF__F_IMM)) {
        int known = mybpf__constants_has(constants, op->b);
        if (known) b = constants->value[op->b];
        if (known && b && (op->width == 4 || b == (int32_t)b)) {
            op->flags |= MYBPF__F_IMM;
            op->imm = (int32_t)b;
            op->b = MYBPF__NO_VALUE;
        }
        both &= known;
    }
    if (both && mybpf__constants_result(op, (uint64_t)constants->value[op->a], (uint64_t)b, &b)) {
        op->code = MYBPF__IR_CONST;
        op->width = 8;
        op->flags = 0;
        op->imm = b;
        op->a = op->b = MYBPF__NO_VALUE;
    }
    constants->known &= ~writes;
    if (op->code != MYBPF__IR_CONST || op->dst >= MYBPF__FRAME_VALUE) return;
    constants->known |= writes;
    constants->value[op->dst] = op->imm;
}

#endif
