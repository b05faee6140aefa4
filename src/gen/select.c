/* select.c: what a branch would often be wrong about is taken without one: one of two sums of a number with
 * constants, as digits become characters; what little is computed where a single bit is set, or is not, as of
 * odd numbers. In the copies of rounds.c its steps are taken under the same condition (SPEND_IF); other
 * blocks of metered code may have to end before it. Other moves under a condition: local.c. Needs live sets,
 * as a compiler may make a result in place and copy it then: merge.c leaves one operation. */
#ifndef MYBPF__SELECT_C
#define MYBPF__SELECT_C

#include "ir.h"
#include "target.h"
#include "liveness.c"
#include "../base/error.h"

enum {
    MYBPF__SELECT_REACH = 8,   /* operations between the first sum, or the bit, and the branch */
    MYBPF__SELECT_MOST = 3,    /* operations under a single bit */
    MYBPF__SELECT_STEPS = 4095 /* that such operations take, at most: what fits into any instruction */
};

/* The sum, or move, that is all that block `index` does, entered by one edge, on its way to `join`; else
 * NULL. */
MYBPF__FN const mybpf__op *mybpf__select_sum(const mybpf__ir *ir, uint32_t index, uint32_t join)
{
    const mybpf__block *arm = &ir->blocks[index];
    const mybpf__op *sum = NULL;
    uint32_t edges;
    if (arm->count > 4 || arm->taken != MYBPF__NO_BLOCK || arm->next != join) return NULL;
    for (uint32_t at = arm->first; at < arm->first + arm->count; at++) {
        if (ir->ops[at].code == MYBPF__IR_NOP) continue;
        if (sum) return NULL;
        sum = &ir->ops[at];
    }
    if (!sum || sum->dst >= MYBPF__GLOBAL_VALUES) return NULL;
    if (sum->code == MYBPF__IR_MOV
            ? sum->width < 8
            : sum->code != MYBPF__IR_ADD || sum->width < 4 || !(sum->flags & MYBPF__F_IMM) || !sum->imm ||
                  sum->imm != (int32_t)sum->imm)
        return NULL;
    mybpf__ir_predecessors(ir, index, &edges);
    return edges == 1 ? sum : NULL;
}

/* Is what the sum replaces another sum of the same number? Or of the one that is compared, if the sum goes on
 * from there. Of 8 bytes it may be an address, where a branch is mostly right: the number must be compared.
 * Is what a move replaces the same number, with some change? */
MYBPF__FN int mybpf__select_chooses(const mybpf__ir *ir, const mybpf__block *block, uint32_t branch,
                                    const mybpf__op *sum)
{
    uint64_t written = 0;
    uint32_t last = branch - block->first > MYBPF__SELECT_REACH ? branch - MYBPF__SELECT_REACH : block->first;
    int move = sum->code == MYBPF__IR_MOV;
    for (uint32_t at = branch; at-- > last;) {
        const mybpf__op *was = &ir->ops[at];
        written |= mybpf__ir_writes(was);
        if (!(written & MYBPF__VALUE_BIT(sum->dst))) continue;
        unsigned of = !move && (sum->a == sum->dst || sum->width == 8) ? ir->ops[branch].a : sum->a;
        if ((sum->a != sum->dst && sum->a != of) || was->a != of || written & MYBPF__VALUE_BIT(of)) return 0;
        return move ? mybpf__ir_is_change(was)
                    : (was->code == MYBPF__IR_ADD || was->code == MYBPF__IR_OR) &&
                          was->flags & MYBPF__F_IMM && was->width == sum->width;
    }
    return 0;
}

MYBPF__FN void mybpf__select_block(mybpf__ir *ir, mybpf__block *block)
{
    uint32_t at = block->first + block->count - 1;
    mybpf__op *op = &ir->ops[at];
    for (int taken = 0; taken < 2; taken++) {
        uint32_t arm = taken ? block->taken : block->next, join = taken ? block->next : block->taken;
        const mybpf__op *sum = arm == join ? NULL : mybpf__select_sum(ir, arm, join);
        if (!sum || !mybpf__select_chooses(ir, block, at, sum)) continue;
        op->code = MYBPF__IR_SELECT;
        if (!taken) op->sub ^= 1;
        op->dst = sum->dst;
        op->c = sum->a;
        op->disp = sum->code == MYBPF__IR_MOV ? 0 : (int32_t)sum->imm;
        op->aux = sum->width;
        ir->live[at] = block->live_out = ir->blocks[join].live_in;
        block->next = join;
        block->taken = ir->blocks[arm].next = MYBPF__NO_BLOCK;
        ir->blocks[arm].count = 0;
        return;
    }
}

/* ---- under a single bit ---- */

typedef struct mybpf__select_arm {
    uint32_t op[MYBPF__SELECT_MOST];
    uint32_t count;
    int32_t steps; /* that a copy of rounds.c takes here */
    uint64_t writes;
    unsigned result; /* the value that is needed behind it */
} mybpf__select_arm;

/* Does the block end with the question whether one bit is set? `ask`: the branch, which asks for the bit
 * itself where the number that has it is still there. */
MYBPF__FN int mybpf__select_asks_bit(const mybpf__ir *ir, const mybpf__block *block, mybpf__op *ask)
{
    uint32_t branch = block->first + block->count - 1,
             last = branch - block->first > MYBPF__SELECT_REACH ? branch - MYBPF__SELECT_REACH : block->first;
    const mybpf__op *op = &ir->ops[branch], *mask = op;
    uint64_t written = 0;
    if (op->code != MYBPF__IR_BRANCH || !(op->flags & MYBPF__F_IMM)) return 0;
    *ask = *op;
    if (op->sub <= MYBPF__NE && !op->imm) {
        for (uint32_t at = branch; at-- > last;) {
            written |= mybpf__ir_writes(&ir->ops[at]);
            if (written & MYBPF__VALUE_BIT(op->a)) {
                mask = &ir->ops[at];
                break;
            }
        }
        if (mask->code != MYBPF__IR_AND || !(mask->flags & MYBPF__F_IMM)) return 0;
        if (mask->imm <= INT32_MAX && !(written & MYBPF__VALUE_BIT(mask->a))) {
            ask->sub = op->sub == MYBPF__NE ? MYBPF__SET : MYBPF__CLEAR;
            ask->a = mask->a;
            ask->imm = mask->imm;
        }
    } else if (op->sub < MYBPF__SET)
        return 0;
    return mask->imm > 0 && !(mask->imm & (mask->imm - 1));
}

/* What block `index` computes on its way to `join`, entered by one edge: a few cheap operations, one result.
 */
MYBPF__FN int mybpf__select_arm_of(const mybpf__ir *ir, uint32_t index, uint32_t join, mybpf__select_arm *arm)
{
    const mybpf__block *block = &ir->blocks[index];
    uint32_t edges;
    arm->count = arm->result = 0;
    arm->steps = 0;
    arm->writes = 0;
    if (block->count > 8 || block->taken != MYBPF__NO_BLOCK || block->next != join) return 0;
    for (uint32_t at = block->first; at < block->first + block->count; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (op->code == MYBPF__IR_NOP) continue;
        if (op->code == MYBPF__IR_SPEND && op->flags & MYBPF__F_PAID && !arm->steps && op->imm > 0 &&
            op->imm <= MYBPF__SELECT_STEPS) {
            arm->steps = (int32_t)op->imm;
            continue;
        }
        if (op->code < MYBPF__IR_MOV || op->code >= MYBPF__IR_ROTL || op->dst >= MYBPF__GLOBAL_VALUES ||
            (op->code >= MYBPF__IR_DIV && op->code <= MYBPF__IR_SMOD) ||
            (op->code >= MYBPF__IR_SHL && !(op->flags & MYBPF__F_IMM)) || arm->count == MYBPF__SELECT_MOST)
            return 0;
        arm->op[arm->count++] = at;
        arm->writes |= mybpf__ir_writes(op);
        arm->result = op->dst;
    }
    mybpf__ir_predecessors(ir, index, &edges);
    return arm->count && edges == 1 &&
           (arm->writes & ir->blocks[join].live_in) == MYBPF__VALUE_BIT(arm->result);
}

/* A value that may hold the arm's result until it is taken, NO_VALUE: there is none. It is not needed behind
 * the arm, nor asked for by the branch; the arm may read it up to where the result is made. One that has to
 * be saved for this alone is worth it where there are loops. What the arm only moves is there already. */
MYBPF__FN unsigned mybpf__select_other(const mybpf__ir *ir, const mybpf__op *ask, uint32_t join,
                                       const mybpf__select_arm *arm)
{
    uint64_t result = MYBPF__VALUE_BIT(arm->result), late = arm->writes,
             needed = ir->blocks[join].live_in | result | mybpf__ir_reads(ask) |
                      MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE);
    const mybpf__op *only = &ir->ops[arm->op[0]];
    int made = 0;
    if (arm->count == 1 && only->code == MYBPF__IR_MOV && only->width == 8 && only->a != MYBPF__FRAME_VALUE)
        return only->a;
    if (arm->writes & ~result & mybpf__ir_reads(ask)) return MYBPF__NO_VALUE;
    for (uint32_t i = 0; i < arm->count; i++) {
        if (made) late |= mybpf__ir_reads(&ir->ops[arm->op[i]]);
        made |= ir->ops[arm->op[i]].dst == arm->result;
    }
    return mybpf__ir_free_value(ir, needed | late);
}

/* The block goes on with what the arm does, its result in `other`, and takes that or leaves it, as `op` asks,
 * the branch. `set`: the arm is where it goes when it is taken. */
MYBPF__FN int mybpf__select_make(mybpf__ir *ir, uint32_t index, mybpf__op op, int set,
                                 const mybpf__select_arm *arm, unsigned other, mybpf_error *error)
{
    mybpf__block was = ir->blocks[index], *block = &ir->blocks[index];
    uint32_t first = ir->op_count, last = was.first + was.count - 1, arm_index = set ? was.taken : was.next;
    mybpf__op *made;
    int renamed = 0;
    for (uint32_t i = 0; i < was.count + arm->count; i++) {
        uint32_t from = i + 1 < was.count    ? was.first + i
                        : i + 1 == was.count ? last
                                             : arm->op[i - was.count];
        if (from == last) continue; /* the branch comes last */
        if (!(made = mybpf__ir_new_op(ir, ir->ops[from].code, ir->ops[from].insn)))
            return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
        *made = ir->ops[from];
        if (i < was.count) continue;
        if (renamed && made->a == arm->result) made->a = (uint16_t)other;
        if (renamed && made->b == arm->result) made->b = (uint16_t)other;
        if (made->dst == arm->result) made->dst = (uint16_t)other, renamed = 1;
        if (made->code == MYBPF__IR_MOV && made->width == 8 && made->a == other && made->dst == other)
            made->code = MYBPF__IR_NOP;
    }
    if (!set) op.sub ^= 1;
    if (arm->steps) { /* next to the SELECT, which compares the same */
        if (!(made = mybpf__ir_new_op(ir, MYBPF__IR_SPEND_IF, op.insn)))
            return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
        *made = op;
        made->code = MYBPF__IR_SPEND_IF;
        made->disp = arm->steps;
    }
    if (!(made = mybpf__ir_new_op(ir, MYBPF__IR_SELECT, op.insn)))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    *made = op;
    made->code = MYBPF__IR_SELECT;
    made->dst = (uint16_t)arm->result;
    made->c = (uint16_t)other;
    made->disp = 0;
    made->aux = 8;
    block->first = first;
    block->count = ir->op_count - first;
    block->next = set ? was.next : was.taken;
    block->taken = ir->blocks[arm_index].next = MYBPF__NO_BLOCK;
    ir->blocks[arm_index].count = 0;
    return MYBPF_OK;
}

/* Blocks that ask for a single bit. `changed`: live sets must be found again. */
MYBPF__FN int mybpf__select_bits(mybpf__ir *ir, int *changed, mybpf_error *error)
{
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        mybpf__select_arm arm;
        mybpf__op ask;
        if (!block->count || block->taken == MYBPF__NO_BLOCK || block->next == MYBPF__NO_BLOCK ||
            block->taken == block->next || !mybpf__select_asks_bit(ir, block, &ask))
            continue;
        for (int set = 0; set < 2; set++) {
            uint32_t index = set ? block->taken : block->next, join = set ? block->next : block->taken;
            if (index == i || !mybpf__select_arm_of(ir, index, join, &arm)) continue;
            unsigned other = mybpf__select_other(ir, &ask, join, &arm);
            if (other == MYBPF__NO_VALUE) continue;
            if (mybpf__select_make(ir, i, ask, set, &arm, other, error)) return MYBPF_ERR_MEMORY;
            *changed = 1;
            break;
        }
    }
    return MYBPF_OK;
}

/* ---- the pass ---- */

MYBPF__FN int mybpf__ir_select(mybpf__ir *ir, mybpf_error *error)
{
    int changed = 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        mybpf__block *block = &ir->blocks[i];
        if (block->count && block->taken != MYBPF__NO_BLOCK && block->next != MYBPF__NO_BLOCK &&
            ir->ops[block->first + block->count - 1].code == MYBPF__IR_BRANCH)
            mybpf__select_block(ir, block);
    }
    int status = mybpf__select_bits(ir, &changed, error);
    return !status && changed ? mybpf__ir_liveness(ir, NULL, error) : status;
}

#endif
