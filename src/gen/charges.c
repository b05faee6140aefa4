/* charges.c: steps that are taken later. A block that does nothing that could be seen after a fault leaves
 * its charge to the blocks behind it, as far as it is the only way there; these take the steps of both at
 * once. Where the steps do not suffice, or a check of such a block fails, cold code takes them one by one, in
 * order: so the same block is not entered. On the way to a block that is entered from elsewhere too, a block
 * of its own takes them. */
#ifndef MYBPF__CHARGES_C
#define MYBPF__CHARGES_C

#include "ir.h"
#include "liveness.c"
#include "../base/error.h"

/* The charge of a block that has one: it stands first. */
MYBPF__FN mybpf__op *mybpf__charges_of(const mybpf__ir *ir, uint32_t block)
{
    mybpf__op *op = &ir->ops[ir->blocks[block].first];
    return ir->blocks[block].count && op->code == MYBPF__IR_CHARGE ? op : NULL;
}

/* Is `from`, earlier in the program, the only way to `block`, which takes steps itself? */
MYBPF__FN int mybpf__charges_alone(const mybpf__ir *ir, uint32_t block, uint32_t from)
{
    uint32_t count = 0;
    if (block == MYBPF__NO_BLOCK || block <= from || block >= ir->edges) return 0;
    mybpf__ir_predecessors(ir, block, &count);
    return count == 1 && mybpf__charges_of(ir, block);
}

/* Can nothing of a block be seen if the run ends in it or right behind it? */
MYBPF__FN int mybpf__charges_hidden(const mybpf__ir *ir, uint32_t index)
{
    const mybpf__block *block = &ir->blocks[index];
    int checks = ir->request->mode == MYBPF__GEN_JIT && !MYBPF__ARENA_OF(ir->code); /* in cold code */
    if (!mybpf__charges_of(ir, index) || !mybpf__charges_alone(ir, block->next, index)) return 0;
    for (uint32_t at = block->first + 1; at < block->first + block->count; at++) {
        const mybpf__op *op = &ir->ops[at];
        if (op->code == MYBPF__IR_GUARD ? !checks || op->flags & MYBPF__F_ATOMIC
                                        : mybpf__ir_is_seen(op) && !mybpf__ir_is_branch(op))
            return 0;
    }
    return 1;
}

/* Does the block behind `index` go back to it, or further, and the other way lead out of that loop? That one
 * is taken once. */
MYBPF__FN int mybpf__charges_repeats(const mybpf__ir *ir, uint32_t index)
{
    const mybpf__block *block = &ir->blocks[index], *behind = &ir->blocks[block->next];
    uint32_t head = behind->taken < behind->next ? behind->taken : behind->next;
    return head <= index && (block->taken < head || block->taken > block->next);
}

/* Makes the charge of `block` take that of operation `charge` too. */
MYBPF__FN void mybpf__charges_leave(mybpf__ir *ir, uint32_t charge, uint32_t block)
{
    mybpf__op *op = block == MYBPF__NO_BLOCK ? NULL : mybpf__charges_of(ir, block);
    if (op) op->aux = charge + 1;
}

/* A block on the way from `from` to the one it branches to. */
MYBPF__FN int mybpf__charges_split(mybpf__ir *ir, uint32_t from, mybpf_error *error)
{
    uint32_t made = ir->block_count, to = ir->blocks[from].taken, *order;
    uint64_t *live;
    if (mybpf__ir_new_block(ir, ir->blocks[to].insn, error)) return MYBPF_ERR_MEMORY;
    mybpf__block *block = &ir->blocks[made];
    block->first = ir->op_count;
    block->count = 1;
    block->next = to;
    block->live_in = block->live_out = ir->blocks[to].live_in;
    order = (uint32_t *)mybpf__room(ir->vm, ir->order, &ir->order_capacity, ir->block_count, sizeof *order);
    if (order) ir->order = order;
    live = (uint64_t *)mybpf__room(ir->vm, ir->live, &ir->live_capacity, ir->op_count + 1, sizeof *live);
    if (live) ir->live = live;
    if (!order || !live || !mybpf__ir_new_op(ir, MYBPF__IR_CHARGE, block->insn))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->order[made] = made;
    ir->live[block->first] = block->live_out;
    ir->blocks[from].taken = made;
    return MYBPF_OK;
}

/* Needs the predecessors of liveness.c. Blocks come in the program's order: what one leaves to a later one
 * is known there. */
MYBPF__FN int mybpf__ir_charges(mybpf__ir *ir, mybpf_error *error)
{
    int status = MYBPF_OK;
    ir->edges = ir->block_count;
    for (uint32_t i = 0; i < ir->edges && !status; i++) {
        const mybpf__op *op = mybpf__charges_of(ir, i);
        const mybpf__op *chain[MYBPF__CHARGES];
        uint32_t taken = ir->blocks[i].taken, charge = ir->blocks[i].first;
        if (!op || mybpf__charge_chain(ir, op, chain) >= MYBPF__CHARGES - 1 || !mybpf__charges_hidden(ir, i))
            continue;
        int split = taken != MYBPF__NO_BLOCK && !mybpf__charges_alone(ir, taken, i);
        if (split && !op->aux && !mybpf__charges_hidden(ir, ir->blocks[i].next) &&
            !mybpf__charges_repeats(ir, i))
            continue; /* the jump would cost what is gained */
        if (split) status = mybpf__charges_split(ir, i, error);
        ir->ops[charge].flags |= MYBPF__F_COVERED;
        mybpf__charges_leave(ir, charge, ir->blocks[i].next);
        mybpf__charges_leave(ir, charge, ir->blocks[i].taken);
    }
    return status;
}

#endif
