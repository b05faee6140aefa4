/* counted.c: a loop that divides by what it counts, of which is known where it begins and ends: all its
 * rounds behind one another, so that each divides by a constant (UNROLL).
 *
 *     for (divisor = 3; divisor < 40 && number % divisor; divisor += 2) ...
 *
 * Its blocks follow one another, and are entered at one of them alone; each may have a way out. */
#ifndef MYBPF__COUNTED_C
#define MYBPF__COUNTED_C

#include "ir.h"
#include "build.c"
#include "constants.h"
#include "liveness.c"
#include "../base/error.h"

enum {
    MYBPF__COUNTED_BLOCKS = 4,  /* of the loop, at most */
    MYBPF__COUNTED_ROUNDS = 32, /* that it makes */
    MYBPF__COUNTED_MOST = 192,  /* operations of all of them, without constants */
    MYBPF__COUNTED_LOOPS = 4,   /* of a function */
    MYBPF__COUNTED_HOPS = 4     /* blocks in front of it that are looked at */
};

typedef struct mybpf__counted {
    mybpf__ir *ir;
    uint32_t path[MYBPF__COUNTED_BLOCKS], length; /* the blocks, first the one that is entered */
    mybpf__constants start, known;                /* registers where the loop is entered; at this place */
    uint32_t operations, divisions;               /* so far; by values that are constants */
} mybpf__counted;

/* ---- which loops ---- */

MYBPF__FN int mybpf__counted_divides(const mybpf__op *op)
{
    return op->code >= MYBPF__IR_DIV && op->code <= MYBPF__IR_SMOD;
}

/* Where block `index` of the loop leads within it. */
MYBPF__INLINE uint32_t mybpf__counted_next(const mybpf__counted *loop, uint32_t index)
{
    return loop->path[index + 1 < loop->length ? index + 1 : 0];
}

MYBPF__FN int mybpf__counted_has(const mybpf__counted *loop, uint32_t block)
{
    for (uint32_t i = 0; i < loop->length; i++)
        if (loop->path[i] == block) return 1;
    return 0;
}

/* Finds a way from a block back to it. */
MYBPF__FN int mybpf__counted_path(mybpf__counted *loop, uint32_t from)
{
    for (uint32_t ways = 0; ways < 1u << MYBPF__COUNTED_BLOCKS; ways++) {
        uint32_t index = from;
        for (loop->length = 0; loop->length < MYBPF__COUNTED_BLOCKS && index != MYBPF__NO_BLOCK;) {
            const mybpf__block *block = &loop->ir->blocks[index];
            index = ways >> loop->length & 1 ? block->taken : block->next;
            loop->path[loop->length++] = (uint32_t)(block - loop->ir->blocks);
            if (index == from) return 1;
        }
    }
    return 0;
}

/* May block `index` of the loop be there several times, and does its other way, if it has one, lead out? */
MYBPF__FN int mybpf__counted_block(const mybpf__counted *loop, uint32_t index)
{
    const mybpf__ir *ir = loop->ir;
    const mybpf__block *block = &ir->blocks[loop->path[index]];
    uint32_t next = mybpf__counted_next(loop, index);
    if (!loop->path[index] || !mybpf__ir_repeats(ir, block)) return 0;
    return block->taken == MYBPF__NO_BLOCK ||
           !mybpf__counted_has(loop, block->taken == next ? block->next : block->taken);
}

/* The block that is entered comes first; no other one is. */
MYBPF__FN int mybpf__counted_turn(mybpf__counted *loop)
{
    uint32_t path[MYBPF__COUNTED_BLOCKS], head = loop->length, count;
    for (uint32_t i = 0; i < loop->length; i++) {
        const uint32_t *preds = mybpf__ir_predecessors(loop->ir, loop->path[i], &count);
        for (uint32_t p = 0; p < count; p++) {
            if (mybpf__counted_has(loop, preds[p])) continue;
            if (head != loop->length && head != i) return 0;
            head = i;
        }
    }
    if (head == loop->length) return 0;
    for (uint32_t i = 0; i < loop->length; i++) path[i] = loop->path[(head + i) % loop->length];
    for (uint32_t i = 0; i < loop->length; i++) loop->path[i] = path[i];
    return 1;
}

/* The constant that register `value` holds at the end of block `index`: 0, nobody knows. */
MYBPF__FN int mybpf__counted_constant(const mybpf__ir *ir, uint32_t index, unsigned value, int64_t *constant)
{
    for (int hops = 0; hops < MYBPF__COUNTED_HOPS; hops++) {
        const mybpf__block *block = &ir->blocks[index];
        uint32_t at = block->first + block->count, count;
        while (at > block->first && !(mybpf__ir_writes(&ir->ops[at - 1]) & MYBPF__VALUE_BIT(value))) at--;
        if (at > block->first) {
            *constant = ir->ops[at - 1].imm;
            return ir->ops[at - 1].code == MYBPF__IR_CONST;
        }
        const uint32_t *preds = mybpf__ir_predecessors(ir, index, &count);
        if (count != 1 || !index) return 0;
        index = preds[0];
    }
    return 0;
}

/* What the registers hold where the loop is entered: constants on which all ways in agree. */
MYBPF__FN void mybpf__counted_start(mybpf__counted *loop)
{
    uint32_t count;
    const uint32_t *preds = mybpf__ir_predecessors(loop->ir, loop->path[0], &count);
    loop->start.known = 0;
    for (unsigned value = 0; value < MYBPF__FRAME_VALUE; value++) {
        int agree = 1, first = 1;
        for (uint32_t p = 0; p < count && agree; p++) {
            int64_t constant = 0;
            if (mybpf__counted_has(loop, preds[p])) continue;
            agree = mybpf__counted_constant(loop->ir, preds[p], value, &constant) &&
                    (first || constant == loop->start.value[value]);
            loop->start.value[value] = constant;
            first = 0;
        }
        if (agree) loop->start.known |= MYBPF__VALUE_BIT(value);
    }
}

/* ---- its rounds ---- */

/* An operation of block `made`, or only counted if that is MYBPF__NO_BLOCK. */
MYBPF__FN int mybpf__counted_op(mybpf__counted *loop, uint32_t made, const mybpf__op *was, mybpf_error *error)
{
    mybpf__op op = *was, *copy;
    if (op.code == MYBPF__IR_NOP) return MYBPF_OK;
    loop->divisions += mybpf__counted_divides(&op) && !(op.flags & MYBPF__F_IMM);
    mybpf__constants_fold(&loop->known, &op);
    loop->divisions -= mybpf__counted_divides(&op) && !(op.flags & MYBPF__F_IMM);
    loop->operations += op.code != MYBPF__IR_CONST && op.code != MYBPF__IR_CHARGE;
    if (made == MYBPF__NO_BLOCK) return MYBPF_OK;
    if (!(copy = mybpf__ir_new_op(loop->ir, op.code, op.insn)))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    *copy = op;
    loop->ir->blocks[made].count++;
    return MYBPF_OK;
}

/* Block `index` in a round. `*out` becomes 1 where it is left for certain. */
MYBPF__FN int mybpf__counted_copy(mybpf__counted *loop, uint32_t index, int make, int *out,
                                  mybpf_error *error)
{
    mybpf__ir *ir = loop->ir;
    mybpf__block was = ir->blocks[loop->path[index]];
    uint32_t made = make ? ir->block_count : MYBPF__NO_BLOCK, next = mybpf__counted_next(loop, index);
    int branch = was.taken != MYBPF__NO_BLOCK, status = MYBPF_OK, answer = -1;
    if (make) {
        if (mybpf__ir_new_block(ir, was.insn, error)) return MYBPF_ERR_MEMORY;
        ir->blocks[made].first = ir->op_count;
    }
    for (uint32_t at = 0; at < was.count && !status; at++) {
        const mybpf__op *op = &ir->ops[was.first + at];
        if (branch && at + 1 == was.count && (answer = mybpf__constants_answer(&loop->known, op)) >= 0) break;
        status = mybpf__counted_op(loop, made, op, error);
    }
    *out = answer >= 0 && (answer ? was.taken : was.next) != next;
    if (!make || status) return status;
    mybpf__block *block = &ir->blocks[made];
    block->next = answer == 1 ? was.taken : was.next;
    if (answer < 0) block->taken = was.taken;
    if (block->next == next) block->next = made + 1;
    if (block->taken == next) block->taken = made + 1;
    return MYBPF_OK;
}

/* All rounds: are they so few, and so small? */
MYBPF__FN int mybpf__counted_rounds(mybpf__counted *loop, int make, mybpf_error *error)
{
    int out = 0;
    loop->known = loop->start;
    loop->operations = loop->divisions = 0;
    for (uint32_t round = 0; round < MYBPF__COUNTED_ROUNDS; round++)
        for (uint32_t index = 0; index < loop->length; index++) {
            if (mybpf__counted_copy(loop, index, make, &out, error)) return 0;
            if (out) return round && loop->divisions > 1;
            if (loop->operations > MYBPF__COUNTED_MOST) return 0;
        }
    return 0;
}

/* ---- the rounds instead of the loop ---- */

/* Blocks from `made` on get the place of the loop's first one; what led into the loop leads to them. */
MYBPF__FN int mybpf__counted_place(mybpf__counted *loop, uint32_t made, mybpf_error *error)
{
    mybpf__ir *ir = loop->ir;
    uint32_t count = ir->block_count, low = loop->path[0], to = 0, *number;
    mybpf__block *blocks = (mybpf__block *)mybpf__room_zero(ir->vm, count, sizeof *blocks);
    number = (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, count, sizeof *number);
    if (number) ir->work = number;
    if (!blocks || !number) {
        mybpf_vm_realloc(ir->vm, blocks, 0);
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    }
    for (uint32_t i = 0; i < loop->length; i++) {
        mybpf__block *was = &ir->blocks[loop->path[i]];
        ir->blocks[made + i].end = was->end; /* where an instruction's code is */
        was->end = was->insn;
        mybpf__ir_drop(ir, was);
        if (loop->path[i] < low) low = loop->path[i];
    }
    for (uint32_t i = 0; i < low; i++) number[i] = to++;
    for (uint32_t i = made; i < count; i++) number[i] = to++;
    for (uint32_t i = low; i < made; i++) number[i] = to++;
    for (uint32_t i = 0; i < count; i++) {
        mybpf__block block = ir->blocks[i];
        if (block.taken == loop->path[0]) block.taken = made;
        if (block.next == loop->path[0]) block.next = made;
        if (block.taken != MYBPF__NO_BLOCK) block.taken = number[block.taken];
        if (block.next != MYBPF__NO_BLOCK) block.next = number[block.next];
        blocks[number[i]] = block;
    }
    mybpf_vm_realloc(ir->vm, ir->blocks, 0);
    ir->blocks = blocks;
    ir->block_capacity = count;
    return MYBPF_OK;
}

/* Fills `order`, which has no more to tell so far, and the predecessors. */
MYBPF__FN int mybpf__counted_edges(mybpf__ir *ir, mybpf_error *error)
{
    uint32_t count = ir->block_count;
    uint32_t *order = (uint32_t *)mybpf__room(ir->vm, ir->order, &ir->order_capacity, count, sizeof *order);
    uint32_t *work =
        (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, 3 * count + 1, sizeof *work);
    if (order) ir->order = order;
    if (work) ir->work = work;
    if (!order || !work)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    for (uint32_t i = 0; i < count; i++) order[i] = i;
    ir->preds = work + count + 1;
    mybpf__liveness_edges(ir);
    return MYBPF_OK;
}

/* Does block `index` divide by a value that may be what a loop counts? */
MYBPF__FN int mybpf__counted_wanted(mybpf__counted *loop, uint32_t index)
{
    const mybpf__block *block = &loop->ir->blocks[index];
    uint32_t at = block->first, end = at + block->count;
    while (at < end &&
           (!mybpf__counted_divides(&loop->ir->ops[at]) || loop->ir->ops[at].flags & MYBPF__F_IMM))
        at++;
    if (at == end || !mybpf__counted_path(loop, index)) return 0;
    for (uint32_t i = 0; i < loop->length; i++)
        if (!mybpf__counted_block(loop, i)) return 0;
    return 1;
}

/* In front of everything that looks at single operations. */
MYBPF__FN int mybpf__ir_counted(mybpf__ir *ir, mybpf_error *error)
{
    mybpf__counted loop;
    int status = MYBPF_OK, edges = 0, left = MYBPF__COUNTED_LOOPS;
    loop.ir = ir;
    for (uint32_t i = 1; i < ir->block_count && left && !status; i++) {
        uint32_t made = ir->block_count;
        if (!mybpf__counted_wanted(&loop, i)) continue;
        if (!edges) status = mybpf__counted_edges(ir, error);
        if (status || !(edges = 1) || !mybpf__counted_turn(&loop)) continue;
        mybpf__counted_start(&loop);
        if (!mybpf__counted_rounds(&loop, 0, error)) continue;
        if (!mybpf__counted_rounds(&loop, 1, error)) return MYBPF_ERR_MEMORY;
        status = mybpf__counted_place(&loop, made, error);
        if (!status) status = mybpf__counted_edges(ir, error);
        left--;
    }
    return status;
}

#endif
