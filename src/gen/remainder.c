/* remainder.c: `q = a / b; q *= b; r = a - q` is a remainder, which division leaves anyway. What it is for b
 * = 0 is the same: a. Compilers write it so when they see no remainder to begin with. And of a remainder by a
 * constant that is only compared with 0 all that is asked is whether it is 0. Needs live sets. */
#ifndef MYBPF__REMAINDER_C
#define MYBPF__REMAINDER_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

typedef struct mybpf__written {
    uint32_t at;    /* the operation that wrote a value last, + 1; 0: before this block */
    uint32_t reads; /* of it since then */
} mybpf__written;

typedef struct mybpf__remainders {
    mybpf__ir *ir;
    uint32_t first;                                                          /* operation of the block */
    mybpf__written last[MYBPF__GLOBAL_VALUES], before[MYBPF__GLOBAL_VALUES]; /* the write before that */
    int changed;
} mybpf__remainders;

/* The operation that made what `written` is, read once by the next one; NULL: before this block, or read more
 * often. */
MYBPF__FN mybpf__op *mybpf__remainder_source(const mybpf__remainders *r, const mybpf__written *written)
{
    return written->at && written->reads == 1 ? &r->ir->ops[written->at - 1] : NULL;
}

/* Do the quotient and the product have the same right operand, the product's other one being `q`? */
MYBPF__FN int mybpf__remainder_same(const mybpf__op *quotient, const mybpf__op *product, unsigned q)
{
    if ((quotient->flags ^ product->flags) & MYBPF__F_IMM) return 0;
    if (product->flags & MYBPF__F_IMM) return product->a == q && product->imm == quotient->imm;
    return quotient->b != q &&
           ((product->a == q && product->b == quotient->b) || (product->b == q && product->a == quotient->b));
}

MYBPF__FN void mybpf__remainder_find(mybpf__remainders *r, mybpf__op *op, uint64_t live)
{
    unsigned q = op->b;
    mybpf__op *product, *quotient;
    if (op->code != MYBPF__IR_SUB || op->flags & MYBPF__F_IMM || q == op->a) return;
    if (live & MYBPF__VALUE_BIT(q) && op->dst != q) return;
    if (r->last[q].reads || !r->last[q].at) return;
    product = &r->ir->ops[r->last[q].at - 1];
    quotient = mybpf__remainder_source(r, &r->before[q]);
    if (!quotient || product->code != MYBPF__IR_MUL ||
        (quotient->code != MYBPF__IR_DIV && quotient->code != MYBPF__IR_SDIV))
        return;
    if (product->width != op->width || quotient->width != op->width || quotient->a != op->a ||
        !mybpf__remainder_same(quotient, product, q))
        return;
    uint32_t divided = r->before[q].at;
    if (r->last[op->a].at > divided) return;
    if (!(quotient->flags & MYBPF__F_IMM) && r->last[quotient->b].at > divided) return;
    for (uint32_t i = divided; &r->ir->ops[i] <= op; i++) /* it is read later now: others ask in between */
        r->ir->live[i - 1] |= MYBPF__VALUE_BIT(quotient->b);
    op->code = quotient->code == MYBPF__IR_DIV ? MYBPF__IR_MOD : MYBPF__IR_SMOD;
    op->b = quotient->b;
    op->imm = quotient->imm;
    op->flags = quotient->flags;
    product->code = quotient->code = MYBPF__IR_NOP;
    r->changed = 1;
}

/* n is a multiple of an odd d if n times the inverse of d, modulo 2^32, is at most (2^32 - 1) / d: of d * 2^k
 * if what turning that right by k gives is at most (2^32 - 1) / (d * 2^k). */
MYBPF__FN void mybpf__remainder_asked(mybpf__remainders *r, mybpf__op *branch, uint64_t live)
{
    if (branch->code != MYBPF__IR_BRANCH || branch->sub > MYBPF__NE || branch->imm || branch->width < 4 ||
        (branch->flags & (MYBPF__F_IMM | MYBPF__F_MEMORY)) != MYBPF__F_IMM ||
        branch->a >= MYBPF__GLOBAL_VALUES || live & MYBPF__VALUE_BIT(branch->a))
        return;
    const mybpf__written *written = &r->last[branch->a];
    mybpf__op *op = written->at ? &r->ir->ops[written->at - 1] : NULL;
    if (!op || written->reads || op->code != MYBPF__IR_MOD || op->width != 4 ||
        !(op->flags & MYBPF__F_RECIPROCAL))
        return;
    uint32_t d = (uint32_t)op->imm, limit = UINT32_MAX / d, inverse, turn = 0;
    while (!(d & 1)) d >>= 1, turn++;
    if (turn) { /* takes the place of an operation that has gone */
        if (op == r->ir->ops || op[-1].code != MYBPF__IR_NOP || written->at - 1 == r->first ||
            !(r->ir->request->target->can & MYBPF__CAN_ROTATE))
            return;
        op[-1] = *op;
        r->ir->live[written->at - 2] |= MYBPF__VALUE_BIT(op->dst);
        op->code = MYBPF__IR_ROTL;
        op->flags = MYBPF__F_IMM;
        op->a = op->dst;
        op->imm = 32 - turn;
        op--;
    }
    inverse = d; /* of the lowest 3 bits; each step doubles them */
    for (int bits = 3; bits < 32; bits *= 2) inverse *= 2 - d * inverse;
    op->code = MYBPF__IR_MUL;
    op->flags = MYBPF__F_IMM;
    op->imm = (int32_t)inverse;
    branch->sub = branch->sub == MYBPF__EQ ? MYBPF__LE : MYBPF__GT;
    branch->width = 4;
    branch->imm = (int32_t)limit;
    r->changed = 1;
}

/* `changed`: live sets must be found again. */
MYBPF__FN void mybpf__ir_remainders(mybpf__ir *ir, int *changed)
{
    mybpf__remainders r;
    r.ir = ir;
    r.changed = 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t first = ir->blocks[i].first, end = first + ir->blocks[i].count;
        r.first = first;
        mybpf__zero(r.last, sizeof r.last);
        mybpf__zero(r.before, sizeof r.before);
        for (uint32_t at = first; at < end; at++) {
            mybpf__op *op = &ir->ops[at];
            mybpf__remainder_find(&r, op, ir->live[at]);
            mybpf__remainder_asked(&r, op, ir->live[at]);
            uint64_t reads = mybpf__ir_reads(op), writes = mybpf__ir_writes(op);
            for (; reads; reads &= reads - 1) r.last[mybpf__lowest_value(reads)].reads++;
            for (; writes; writes &= writes - 1) {
                unsigned value = mybpf__lowest_value(writes);
                r.before[value] = r.last[value];
                r.last[value].at = at + 1;
                r.last[value].reads = 0;
            }
        }
    }
    *changed |= r.changed;
}

#endif
