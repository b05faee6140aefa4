/* fold.c: a sum that only the next access through it reads is computed by that access: `r1 += r2; r0 = *(r1 +
 * 8)`. What local.c does for sums whose operands stay; here they are overwritten, so live sets must tell that
 * nobody minds. Where an operand is overwritten before the access, a load may come sooner. */
#ifndef MYBPF__FOLD_C
#define MYBPF__FOLD_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

typedef struct mybpf__fold {
    mybpf__ir *ir;
    uint32_t
        write[MYBPF__GLOBAL_VALUES]; /* the operation that wrote the value last, + 1; 0: before this block */
    uint32_t reads[MYBPF__GLOBAL_VALUES]; /* since then */
    uint32_t write_before[MYBPF__GLOBAL_VALUES],
        reads_before[MYBPF__GLOBAL_VALUES]; /* the write before that */
    uint32_t effect; /* the last operation that does more than give a result, + 1; 0: none in this block */
    int changed;
} mybpf__fold;

/* Is what the sum at `at` read of `value`, which it may have overwritten itself, still there without the sum?
 */
MYBPF__FN int mybpf__fold_kept(const mybpf__fold *fold, uint16_t value, uint32_t at)
{
    return value < MYBPF__GLOBAL_VALUES && fold->write[value] <= at + (fold->ir->ops[at].dst == value);
}

/* The sum at `at` is left out: what it overwrote is there again. */
MYBPF__FN void mybpf__fold_unwrite(mybpf__fold *fold, unsigned value, uint32_t at)
{
    if (fold->write[value] != at + 1) return;
    fold->write[value] = fold->write_before[value];
    fold->reads[value] = fold->reads_before[value];
}

/* An operand of it: read once less. */
MYBPF__FN void mybpf__fold_unread(mybpf__fold *fold, uint16_t value)
{
    if (fold->reads[value]) fold->reads[value]--;
}

/* Is this access the only reader of what was written to `value`? */
MYBPF__FN int mybpf__fold_alone(const mybpf__fold *fold, const mybpf__op *op, unsigned value, uint64_t live)
{
    if (op->c == value || !fold->write[value] || fold->reads[value]) return 0;
    return !(live & MYBPF__VALUE_BIT(value)) || (op->code == MYBPF__IR_LOAD && op->dst == value);
}

/* The shift that made the index of an array's element, and may become its scale; NULL when there is none. */
MYBPF__FN mybpf__op *mybpf__fold_shift(const mybpf__fold *fold, const mybpf__op *op, unsigned index,
                                       uint64_t live)
{
    uint32_t can = fold->ir->request->target->can;
    if (!mybpf__fold_alone(fold, op, index, live)) return NULL;
    uint32_t at = fold->write[index] - 1;
    mybpf__op *shift = &fold->ir->ops[at];
    if (shift->code != MYBPF__IR_SHL || shift->width != 8 || !(shift->flags & MYBPF__F_IMM) ||
        shift->imm < 1 || shift->imm > 3 || !mybpf__fold_kept(fold, shift->a, at))
        return NULL;
    if (!(can & MYBPF__CAN_INDEX) && (op->disp || 1 << shift->imm != op->width)) return NULL;
    return shift;
}

/* An array's element: `r2 <<= 2; r0 = *(r1 + r2)`. */
MYBPF__FN void mybpf__fold_scale(mybpf__fold *fold, mybpf__op *op, uint64_t live)
{
    if (op->b >= MYBPF__GLOBAL_VALUES || op->aux != 1 || op->a == op->b) return;
    uint16_t base = op->a;
    mybpf__op *shift = mybpf__fold_shift(fold, op, op->b, live);
    if (!shift) base = op->b, shift = mybpf__fold_shift(fold, op, op->a, live);
    if (!shift) return;
    op->a = base;
    op->b = shift->a;
    op->aux = 1u << shift->imm;
    shift->code = MYBPF__IR_NOP;
    fold->changed = 1;
}

/* The same where a load has taken the place of the sum at `at`, and `index` has become another number since.
 */
MYBPF__FN int mybpf__fold_scale_sooner(mybpf__fold *fold, uint32_t at, uint16_t index, uint16_t base)
{
    mybpf__op *load = &fold->ir->ops[at];
    if (index >= MYBPF__GLOBAL_VALUES || index == base || fold->write[index] <= at) return 0;
    uint32_t write = fold->write_before[index];
    if (!write || write > at || fold->reads_before[index] != 1) return 0;
    mybpf__op *shift = &fold->ir->ops[write - 1];
    if (shift->code != MYBPF__IR_SHL || shift->width != 8 || !(shift->flags & MYBPF__F_IMM) ||
        shift->imm < 1 || shift->imm > 3 || shift->a >= MYBPF__GLOBAL_VALUES ||
        (shift->a != index && fold->write[shift->a] >= write))
        return 0;
    if (!(fold->ir->request->target->can & MYBPF__CAN_INDEX) &&
        (load->disp || 1 << shift->imm != load->width))
        return 0;
    load->a = base;
    load->b = shift->a;
    load->aux = 1u << shift->imm;
    shift->code = MYBPF__IR_NOP;
    return 1;
}

MYBPF__FN void mybpf__fold_access(mybpf__fold *fold, mybpf__op *op, uint64_t live)
{
    unsigned base = op->a;
    if (op->b != MYBPF__NO_VALUE || !mybpf__fold_alone(fold, op, base, live)) return;
    uint32_t at = fold->write[base] - 1, can = fold->ir->request->target->can;
    mybpf__op *sum = &fold->ir->ops[at], access = *op;
    if (sum->code != MYBPF__IR_ADD || sum->width != 8 || sum->dst != base) return;
    int kept = mybpf__fold_kept(fold, sum->a, at);
    access.a = sum->a;
    if (sum->flags & MYBPF__F_IMM) {
        int64_t disp = (int64_t)((uint64_t)sum->imm + (uint64_t)(int64_t)op->disp);
        if (disp != (int32_t)disp) return;
        access.disp = (int32_t)disp;
    } else {
        if (!(can & MYBPF__CAN_INDEX) && (!(can & MYBPF__CAN_INDEX_ALONE) || op->disp)) return;
        kept &= mybpf__fold_kept(fold, sum->b, at);
        access.b = sum->b;
        access.aux = 1;
    }
    if (!kept && (op->code != MYBPF__IR_LOAD || op->dst != base || fold->effect > at)) return;
    fold->changed = 1;
    if (!kept) { /* into its own base, and nothing is written in between: the load takes the place of the sum
                  */
        access.insn = sum->insn;
        *sum = access;
        op->code = MYBPF__IR_NOP;
        if (access.b != MYBPF__NO_VALUE && !mybpf__fold_scale_sooner(fold, at, access.b, access.a))
            mybpf__fold_scale_sooner(fold, at, access.a, access.b);
        return;
    }
    *op = access;
    mybpf__fold_unwrite(fold, base, at);
    if (op->b != MYBPF__NO_VALUE) mybpf__fold_unread(fold, op->b);
    mybpf__fold_unread(fold, op->a);
    sum->code = MYBPF__IR_NOP;
}

/* `changed`: live sets must be found again. */
MYBPF__FN void mybpf__ir_fold(mybpf__ir *ir, int *changed)
{
    mybpf__fold fold;
    fold.ir = ir;
    fold.changed = 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint32_t first = ir->blocks[i].first, end = first + ir->blocks[i].count;
        for (unsigned value = 0; value < ir->value_count && value < MYBPF__GLOBAL_VALUES; value++)
            fold.write[value] = fold.reads[value] = 0;
        fold.effect = 0;
        for (uint32_t at = first; at < end; at++) {
            mybpf__op *op = &ir->ops[at];
            if ((op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE) &&
                !(op->flags & MYBPF__F_ORDERED)) {
                mybpf__fold_access(&fold, op, ir->live[at]);
                mybpf__fold_scale(&fold, op, ir->live[at]);
            }
            if (mybpf__ir_has_effects(op) || op->flags & MYBPF__F_ORDERED) fold.effect = at + 1;
            uint64_t reads = mybpf__ir_reads(op), writes = mybpf__ir_writes(op);
            for (; reads; reads &= reads - 1) fold.reads[mybpf__lowest_value(reads)]++;
            for (; writes; writes &= writes - 1) {
                unsigned value = mybpf__lowest_value(writes);
                fold.write_before[value] = fold.write[value], fold.reads_before[value] = fold.reads[value];
                fold.write[value] = at + 1, fold.reads[value] = 0;
            }
        }
    }
    *changed |= fold.changed;
}

#endif
