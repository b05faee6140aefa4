/* remainder.c: `q = a / b; q *= b; r = a - q` is a remainder, which division leaves anyway. What it is for b
 * = 0 is the same: a. Compilers write it so when they see no remainder to begin with. Needs live sets. */
#ifndef MYBPF__REMAINDER_C
#define MYBPF__REMAINDER_C

#include "ir.h"
#include "liveness.c"

typedef struct mybpf__written {
    uint32_t at;    /* the operation that wrote a value last, + 1; 0: before this block */
    uint32_t reads; /* of it since then */
} mybpf__written;

typedef struct mybpf__remainders {
    mybpf__ir *ir;
    mybpf__written last[MYBPF__GLOBAL_VALUES], before[MYBPF__GLOBAL_VALUES]; /* the write before that */
    int changed;
} mybpf__remainders;

/* The operation that made what `written` is, read once by the next one; NULL: before this block, or read more
 * often. */
MYBPF__FN mybpf__op *mybpf__remainder_source(const mybpf__remainders *r, const mybpf__written *written)
{
    return written->at && written->reads == 1 ? &r->ir->ops[written->at - 1] : NULL;
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
    if (!quotient || product->code != MYBPF__IR_MUL || (product->flags | quotient->flags) & MYBPF__F_IMM)
        return;
    if (quotient->code != MYBPF__IR_DIV && quotient->code != MYBPF__IR_SDIV) return;
    if (product->width != op->width || quotient->width != op->width || quotient->a != op->a) return;
    if ((product->a == q ? product->b : product->a) != quotient->b || (product->a != q && product->b != q))
        return;
    uint32_t divided = r->before[q].at;
    if (r->last[op->a].at > divided || r->last[quotient->b].at > divided || quotient->b == q) return;
    op->code = quotient->code == MYBPF__IR_DIV ? MYBPF__IR_MOD : MYBPF__IR_SMOD;
    op->b = quotient->b;
    product->code = quotient->code = MYBPF__IR_NOP;
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
        mybpf__zero(r.last, sizeof r.last);
        mybpf__zero(r.before, sizeof r.before);
        for (uint32_t at = first; at < end; at++) {
            mybpf__op *op = &ir->ops[at];
            mybpf__remainder_find(&r, op, ir->live[at]);
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
