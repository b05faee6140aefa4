/* spare.c: what registers hold that no BPF register has its home in: slots of the stack, in functions whose
 * frame nobody else sees (SLOTS), and constants too large for an immediate that loops make again in every
 * round (CONSTANTS). The first pass but for facts.c and thread.c, so that all others see values, not memory.
 */
#ifndef MYBPF__SPARE_C
#define MYBPF__SPARE_C

#include "ir.h"
#include "target.h"
#include "liveness.c"
#include "../base/error.h"

enum {
    MYBPF__SPARE_SLOTS = 64,    /* of 8 bytes: a frame */
    MYBPF__SPARE_CONSTANTS = 8, /* that are looked at */
    MYBPF__SPARE_THINGS = MYBPF__SPARE_SLOTS + MYBPF__SPARE_CONSTANTS,
    MYBPF__SPARE_ROUNDS = 8, /* along the blocks, in which sets must settle */
    MYBPF__SPARE_NONE = 0xff
};

typedef struct mybpf__spare {
    mybpf__ir *ir;
    uint32_t registers, leaf_only;      /* sets that are free; those of them that calls do not keep */
    uint64_t slots;                     /* that are read and written at one place, in 4 or 8 bytes */
    uint64_t seen, loads[2], stores[2]; /* in 4 bytes, in 8 */
    int escapes, leaf;
    uint32_t *list; /* operations on slots, large constants in loops, calls; in order */
    uint32_t *from; /* where those of each block start there, one more at the end */
    uint32_t constants;
    int16_t disp[MYBPF__SPARE_SLOTS];
    mybpf__op constant[MYBPF__SPARE_CONSTANTS]; /* what makes it */
    uint64_t across;                            /* slots that calls must keep */
    uint64_t beside[MYBPF__SPARE_SLOTS];        /* slots that are live where this one is written */
    uint32_t weight[MYBPF__SPARE_THINGS];
    uint8_t value[MYBPF__SPARE_THINGS]; /* what it becomes, MYBPF__SPARE_NONE: stays */
} mybpf__spare;

typedef struct mybpf__spare_block {
    uint64_t reads, writes, in, out;
} mybpf__spare_block;

/* The slot that an access through r10 is to, 64 and more where it is not one that could be a value. */
MYBPF__FN uint32_t mybpf__spare_slot(const mybpf__op *op)
{
    if (op->a != MYBPF__FRAME_VALUE || (op->code != MYBPF__IR_LOAD && op->code != MYBPF__IR_STORE))
        return MYBPF__SPARE_SLOTS;
    return (uint32_t)(-1 - op->disp) / 8;
}

MYBPF__FN int mybpf__spare_calls(const mybpf__op *op)
{
    return op->code >= MYBPF__IR_CALL && op->code != MYBPF__IR_CHARGE;
}

MYBPF__FN void mybpf__spare_access(mybpf__spare *spare, const mybpf__op *op, uint32_t weight)
{
    uint32_t first = (uint32_t)(-1 - op->disp) / 8, last = (uint32_t)(-op->disp - op->width) / 8;
    int wide = op->width == 8, load = op->code == MYBPF__IR_LOAD;
    if (op->c == MYBPF__FRAME_VALUE || op->disp >= 0 || op->disp + op->width > 0 ||
        op->disp < -8 * MYBPF__SPARE_SLOTS) {
        spare->escapes = 1;
        return;
    }
    uint64_t slot = (uint64_t)1 << first, both = slot | (uint64_t)1 << last;
    if ((!load && op->code != MYBPF__IR_STORE) || op->width < 4 || first != last ||
        op->flags & (MYBPF__F_SIGNED | MYBPF__F_ORDERED | MYBPF__F_SWAPPED) ||
        (spare->seen & slot && spare->disp[first] != op->disp))
        spare->slots &= ~both;
    spare->seen |= both;
    spare->disp[first] = (int16_t)op->disp;
    if (load)
        spare->loads[wide] |= slot;
    else
        spare->stores[wide] |= slot;
    spare->weight[first] += weight;
}

/* May the constant be worth a register? Some targets need several instructions for it. */
MYBPF__FN int mybpf__spare_large(const mybpf__op *op)
{
    if (op->code == MYBPF__IR_CONST) return op->imm < INT32_MIN || op->imm > (int64_t)UINT32_MAX;
    return op->code == MYBPF__IR_MAP_VALUE || op->code == MYBPF__IR_MAP;
}

/* Its number among the constants; a new one where there is room. */
MYBPF__FN uint32_t mybpf__spare_constant(mybpf__spare *spare, const mybpf__op *op, int is_new)
{
    uint32_t i = 0;
    for (; i < spare->constants; i++) {
        const mybpf__op *other = &spare->constant[i];
        if (other->code == op->code && other->imm == op->imm && other->aux == op->aux) return i;
    }
    if (!is_new || i == MYBPF__SPARE_CONSTANTS) return MYBPF__SPARE_CONSTANTS;
    spare->constant[spare->constants++] = *op;
    return i;
}

/* How deep in loops each block is, at most 3, by the jumps back. */
MYBPF__FN void mybpf__spare_depths(const mybpf__ir *ir, uint32_t *depth)
{
    uint32_t *end = depth + ir->block_count; /* the last block that goes back to it, + 1 */
    for (uint32_t i = 0; i < ir->block_count; i++) depth[i] = end[i] = 0;
    if (!ir->turns) return;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        if (block->taken <= i) end[block->taken] = i + 1;
        if (block->next <= i) end[block->next] = i + 1;
    }
    for (uint32_t i = 0; i < ir->block_count; i++)
        if (end[i]) {
            depth[i]++;
            if (end[i] < ir->block_count) depth[end[i]]--;
        }
    for (uint32_t i = 1; i < ir->block_count; i++) depth[i] += depth[i - 1];
}

/* Does it read r10, or have it as the base of an access? */
MYBPF__FN int mybpf__spare_names_frame(const mybpf__op *op)
{
    return op->a == MYBPF__FRAME_VALUE || op->b == MYBPF__FRAME_VALUE || op->c == MYBPF__FRAME_VALUE;
}

/* Operation `at` names r10, or is a call, or may make a large constant in a loop: is it put on the list? */
MYBPF__FN int mybpf__spare_lists(mybpf__spare *spare, uint32_t at, uint32_t weight, int constants)
{
    const mybpf__op *op = &spare->ir->ops[at];
    int listed = 0;
    if (op->a == MYBPF__FRAME_VALUE && op->code >= MYBPF__IR_LOAD && op->code <= MYBPF__IR_CMPXCHG) {
        mybpf__spare_access(spare, op, weight);
        listed = 1;
    } else if (mybpf__spare_names_frame(op) && mybpf__ir_reads(op) & MYBPF__VALUE_BIT(MYBPF__FRAME_VALUE))
        spare->escapes = 1;
    else if (constants && mybpf__spare_large(op)) {
        uint32_t number = mybpf__spare_constant(spare, op, 1);
        if (number < MYBPF__SPARE_CONSTANTS) spare->weight[MYBPF__SPARE_SLOTS + number] += weight;
        listed = 1;
    }
    if (!mybpf__spare_calls(op)) return listed;
    spare->leaf = 0;
    return 1;
}

/* What there is: slots, constants, calls. */
MYBPF__FN void mybpf__spare_look(mybpf__spare *spare, uint32_t enabled, const uint32_t *depth)
{
    mybpf__ir *ir = spare->ir;
    uint32_t count = 0;
    uint64_t codes[2] = {0, 0};
    spare->slots = ~(uint64_t)0;
    spare->leaf = 1;
    spare->escapes = 0;
    spare->constants = 0;
    spare->seen = spare->loads[0] = spare->loads[1] = spare->stores[0] = spare->stores[1] = 0;
    for (uint32_t i = 0; i < MYBPF__SPARE_THINGS; i++) spare->weight[i] = 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const mybpf__block *block = &ir->blocks[i];
        int constants = depth[i] && enabled & MYBPF__PASS_CONSTANTS;
        uint32_t weight = 1u << 3 * (depth[i] < 3 ? depth[i] : 3u);
        spare->from[i] = count;
        for (uint32_t at = block->first, end = at + block->count; at < end; at++) {
            const mybpf__op *op = &ir->ops[at];
            codes[op->flags & MYBPF__F_IMM] |= (uint64_t)1 << op->code;
            if ((constants || op->code >= MYBPF__IR_CALL || mybpf__spare_names_frame(op)) &&
                mybpf__spare_lists(spare, at, weight, constants))
                spare->list[count++] = at;
        }
    }
    ir->codes[0] = codes[0];
    ir->codes[1] = codes[1];
    spare->from[ir->block_count] = count;
    spare->slots &= spare->seen;
    if (!(enabled & MYBPF__PASS_SLOTS) || spare->escapes) spare->slots = 0;
}

/* Slots that are needed at each block's start and end; 0 where that does not settle soon. */
MYBPF__FN int mybpf__spare_liveness(mybpf__spare *spare, mybpf__spare_block *blocks)
{
    const mybpf__ir *ir = spare->ir;
    int changed = 1;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        mybpf__spare_block *sets = &blocks[i];
        sets->reads = sets->writes = sets->in = sets->out = 0;
        for (uint32_t n = spare->from[i + 1]; n-- > spare->from[i];) {
            const mybpf__op *op = &ir->ops[spare->list[n]];
            uint32_t slot = mybpf__spare_slot(op);
            if (slot >= MYBPF__SPARE_SLOTS) continue;
            uint64_t bit = (uint64_t)1 << slot;
            sets->writes |= bit;
            sets->reads &= ~bit;
            if (op->code == MYBPF__IR_LOAD) sets->reads |= bit, sets->writes &= ~bit;
        }
    }
    for (int round = 0; changed && round < MYBPF__SPARE_ROUNDS; round++) {
        changed = 0;
        for (uint32_t i = ir->block_count; i-- > 0;) {
            const mybpf__block *block = &ir->blocks[i];
            uint64_t out = 0;
            if (block->taken != MYBPF__NO_BLOCK) out |= blocks[block->taken].in;
            if (block->next != MYBPF__NO_BLOCK) out |= blocks[block->next].in;
            uint64_t in = (out & ~blocks[i].writes) | blocks[i].reads;
            changed |= in != blocks[i].in;
            blocks[i].in = in;
            blocks[i].out = out;
        }
    }
    return !changed;
}

/* Slots of which 8 bytes may be read where only 4 were written last stay in memory: `in` and `out` are those
 * written so, from here on. */
MYBPF__FN void mybpf__spare_halves(mybpf__spare *spare, mybpf__spare_block *blocks)
{
    const mybpf__ir *ir = spare->ir;
    uint64_t mixed = spare->slots & spare->stores[0] & spare->loads[1];
    int changed = mixed != 0;
    if (!changed) return;
    for (uint32_t i = 0; i < ir->block_count; i++) blocks[i].in = 0;
    for (int round = 0; changed && round < MYBPF__SPARE_ROUNDS; round++) {
        changed = 0;
        for (uint32_t i = 0; i < ir->block_count; i++) {
            const mybpf__block *block = &ir->blocks[i];
            uint64_t half = blocks[i].in;
            for (uint32_t n = spare->from[i]; n < spare->from[i + 1]; n++) {
                const mybpf__op *op = &ir->ops[spare->list[n]];
                uint32_t slot = mybpf__spare_slot(op);
                if (slot >= MYBPF__SPARE_SLOTS) continue;
                uint64_t bit = mixed & (uint64_t)1 << slot;
                if (op->code == MYBPF__IR_STORE)
                    half = op->width == 4 ? half | bit : half & ~bit;
                else if (op->width == 8)
                    spare->slots &= ~(half & bit);
            }
            for (int way = 0; way < 2; way++) {
                uint32_t to = way ? block->taken : block->next;
                if (to == MYBPF__NO_BLOCK || !(half & ~blocks[to].in)) continue;
                blocks[to].in |= half;
                changed = 1;
            }
        }
    }
    if (changed) spare->slots &= ~mixed;
}

/* Which slots cannot share a register: at each write the others that are needed behind it. What nobody reads
 * is not written. */
MYBPF__FN void mybpf__spare_beside(mybpf__spare *spare, const mybpf__spare_block *blocks)
{
    mybpf__ir *ir = spare->ir;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        uint64_t live = blocks[i].out & spare->slots;
        for (uint32_t n = spare->from[i + 1]; n-- > spare->from[i];) {
            const mybpf__op *op = &ir->ops[spare->list[n]];
            uint32_t slot = mybpf__spare_slot(op);
            if (mybpf__spare_calls(op)) spare->across |= live;
            if (slot >= MYBPF__SPARE_SLOTS || !(spare->slots >> slot & 1)) continue;
            uint64_t bit = (uint64_t)1 << slot;
            if (op->code == MYBPF__IR_LOAD) {
                live |= bit;
                continue;
            }
            live &= ~bit;
            spare->beside[slot] |= live;
            for (uint64_t set = live; set; set &= set - 1) spare->beside[mybpf__lowest_value(set)] |= bit;
        }
    }
}

/* The homes of r6 to r9, as far as the function does not name them: a set. */
MYBPF__FN uint32_t mybpf__spare_homes(const mybpf__ir *ir)
{
    uint64_t named = 0;
    uint32_t homes = 0;
    for (const mybpf__op *op = ir->ops, *end = op + ir->op_count; op < end; op++)
        if (op->code != MYBPF__IR_NOP)
            named |= MYBPF__VALUE_BIT(op->dst) | MYBPF__VALUE_BIT(op->a) | MYBPF__VALUE_BIT(op->b) |
                     MYBPF__VALUE_BIT(op->c);
    for (unsigned value = 6; value <= 9; value++)
        if (!(named >> value & 1)) homes |= 1u << ir->request->target->home[value];
    return homes;
}

/* The heaviest first: each gets a register that nothing beside it has. */
MYBPF__FN void mybpf__spare_choose(mybpf__spare *spare)
{
    mybpf__ir *ir = spare->ir;
    uint64_t holds[MYBPF__SPARE_REGISTERS]; /* slots in the register */
    uint32_t full = 0, count = 0;           /* registers with a constant; in use */
    for (;;) {
        uint32_t best = MYBPF__SPARE_THINGS, k = 0;
        for (uint32_t i = 0; i < MYBPF__SPARE_THINGS; i++) {
            int there = i < MYBPF__SPARE_SLOTS ? (int)(spare->slots >> i & 1)
                                               : i - MYBPF__SPARE_SLOTS < spare->constants;
            if (there && spare->weight[i] &&
                (best == MYBPF__SPARE_THINGS || spare->weight[i] > spare->weight[best]))
                best = i;
        }
        if (best == MYBPF__SPARE_THINGS) return;
        uint32_t weight = spare->weight[best];
        int constant = best >= MYBPF__SPARE_SLOTS;
        uint64_t bit = constant ? 0 : (uint64_t)1 << best;
        spare->weight[best] = 0;
        uint32_t not_kept = constant ? !spare->leaf : spare->across & bit ? 1 : 0;
        for (; k < count; k++)
            if (!(full >> k & 1) && !(constant ? holds[k] : holds[k] & spare->beside[best]) &&
                !(not_kept && spare->leaf_only >> ir->spare[k] & 1))
                break;
        if (k == count) { /* a further register: one that need not be saved, where it will do */
            uint32_t set = spare->registers & spare->leaf_only;
            if (not_kept || !set) set = spare->registers & ~spare->leaf_only;
            if (!set || count == MYBPF__SPARE_REGISTERS || (weight < 4 && !(set & spare->leaf_only)))
                continue;
            while (!(set >> ir->spare[k] & 1)) ir->spare[k]++;
            spare->registers &= ~(1u << ir->spare[k]);
            holds[count++] = 0;
            ir->value_count = MYBPF__FRAME_VALUE + 1 + count;
        }
        holds[k] |= bit;
        if (constant) full |= 1u << k;
        spare->value[best] = (uint8_t)(MYBPF__FRAME_VALUE + 1 + k);
    }
}

MYBPF__FN void mybpf__spare_move(mybpf__op *op, unsigned dst, unsigned a, unsigned width)
{
    op->code = MYBPF__IR_MOV;
    op->width = (uint8_t)width;
    op->flags = 0;
    op->dst = (uint16_t)dst;
    op->a = (uint16_t)a;
    op->b = op->c = MYBPF__NO_VALUE;
    op->disp = 0;
    op->imm = 0;
    op->aux = 0;
}

/* Loads and stores of the slots, and what makes the constants, become moves. */
MYBPF__FN void mybpf__spare_rewrite(mybpf__spare *spare)
{
    mybpf__ir *ir = spare->ir;
    for (uint32_t n = 0; n < spare->from[ir->block_count]; n++) {
        mybpf__op *op = &ir->ops[spare->list[n]];
        uint32_t slot = mybpf__spare_slot(op);
        if (slot >= MYBPF__SPARE_SLOTS) {
            if (!spare->constants || !mybpf__spare_large(op)) continue;
            slot = MYBPF__SPARE_SLOTS + mybpf__spare_constant(spare, op, 0);
            if (slot < MYBPF__SPARE_THINGS && spare->value[slot] != MYBPF__SPARE_NONE)
                mybpf__spare_move(op, op->dst, spare->value[slot], 8);
            continue;
        }
        unsigned value = spare->value[slot];
        if (value == MYBPF__SPARE_NONE) continue;
        int narrow = op->width == 4;
        if (op->code == MYBPF__IR_LOAD) { /* where only 4 bytes are ever written, the others are 0 */
            if (!(spare->stores[1] >> slot & 1)) narrow = 0;
            mybpf__spare_move(op, op->dst, value, narrow ? 4 : 8);
        } else if (op->flags & MYBPF__F_IMM) {
            int64_t imm = narrow ? (int64_t)(uint32_t)op->imm : op->imm;
            mybpf__spare_move(op, value, MYBPF__NO_VALUE, 8);
            op->code = MYBPF__IR_CONST;
            op->imm = imm;
        } else
            mybpf__spare_move(op, value, op->c, narrow ? 4 : 8);
    }
}

/* The constants are made once: where the function starts, behind its charge. */
MYBPF__FN int mybpf__spare_enter(mybpf__spare *spare, mybpf_error *error)
{
    mybpf__ir *ir = spare->ir;
    mybpf__op made[MYBPF__SPARE_CONSTANTS];
    uint32_t count = 0, at = ir->blocks[0].first;
    for (uint32_t i = 0; i < spare->constants; i++) {
        if (spare->value[MYBPF__SPARE_SLOTS + i] == MYBPF__SPARE_NONE) continue;
        made[count] = spare->constant[i];
        made[count].dst = spare->value[MYBPF__SPARE_SLOTS + i];
        ir->constants |= MYBPF__VALUE_BIT(made[count].dst);
        made[count++].insn = ir->blocks[0].insn;
    }
    if (!count) return MYBPF_OK;
    if (ir->blocks[0].count && ir->ops[at].code == MYBPF__IR_CHARGE) at++;
    mybpf__op *ops =
        (mybpf__op *)mybpf__room(ir->vm, ir->ops, &ir->op_capacity, ir->op_count + count, sizeof *ops);
    if (!ops) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->ops = ops;
    for (uint32_t i = ir->op_count; i-- > at;) ops[i + count] = ops[i];
    for (uint32_t i = 0; i < count; i++) ops[at + i] = made[i];
    ir->op_count += count;
    for (uint32_t i = 1; i < ir->block_count; i++) ir->blocks[i].first += count;
    ir->blocks[0].count += count;
    return MYBPF_OK;
}

MYBPF__FN uint32_t mybpf__spare_count(uint64_t set)
{
    uint32_t count = 0;
    for (; set; set &= set - 1) count++;
    return count;
}

/* Is a slot read in this block behind a store to it? Adds those that are read otherwise to `read`. */
MYBPF__FN int mybpf__spare_reads_back(const mybpf__spare *spare, uint32_t block, uint64_t *read)
{
    uint64_t stored = 0, loaded = 0;
    int back = 0;
    for (uint32_t n = spare->from[block]; n < spare->from[block + 1]; n++) {
        const mybpf__op *op = &spare->ir->ops[spare->list[n]];
        uint32_t slot = mybpf__spare_slot(op);
        uint64_t bit = slot < MYBPF__SPARE_SLOTS ? spare->slots & (uint64_t)1 << slot : 0;
        if (op->code == MYBPF__IR_STORE)
            stored |= bit;
        else
            loaded |= bit, back |= (stored & bit) != 0;
    }
    if (!back) *read |= loaded;
    return back;
}

/* Slots of the block that are read where the register that was stored there still holds the number: moves of
 * that. Adds the others that are read to `read`. */
MYBPF__FN void mybpf__spare_forward_block(mybpf__spare *spare, const mybpf__block *block, uint64_t *read)
{
    uint64_t stored = 0; /* slots whose number is in `held` as well */
    uint8_t held[MYBPF__SPARE_SLOTS], width[MYBPF__SPARE_SLOTS];
    for (mybpf__op *op = &spare->ir->ops[block->first], *end = op + block->count; op < end; op++) {
        uint32_t slot = mybpf__spare_slot(op);
        uint64_t bit = slot < MYBPF__SPARE_SLOTS ? spare->slots & (uint64_t)1 << slot : 0;
        if (bit && op->code == MYBPF__IR_LOAD) {
            if (stored & bit && width[slot] >= op->width)
                mybpf__spare_move(op, op->dst, held[slot], op->width);
            else
                *read |= bit;
        }
        uint64_t writes = stored ? mybpf__ir_writes(op) : 0;
        for (uint64_t set = stored; writes && set; set &= set - 1) {
            unsigned other = mybpf__lowest_value(set);
            if (writes & MYBPF__VALUE_BIT(held[other])) stored &= ~((uint64_t)1 << other);
        }
        if (!bit || op->code != MYBPF__IR_STORE) continue;
        stored &= ~bit;
        if (op->flags & MYBPF__F_IMM) continue;
        stored |= bit;
        held[slot] = (uint8_t)op->c;
        width[slot] = op->width;
    }
}

/* Spills that were not needed become moves, and slots that nobody reads then are not written. Were there any?
 * The list must be made anew then. */
MYBPF__FN int mybpf__spare_forward(mybpf__spare *spare)
{
    mybpf__ir *ir = spare->ir;
    uint64_t read = 0;
    int any = 0;
    for (uint32_t i = 0; i < ir->block_count; i++)
        if (mybpf__spare_reads_back(spare, i, &read)) {
            mybpf__spare_forward_block(spare, &ir->blocks[i], &read);
            any = 1;
        }
    for (uint32_t n = 0; any && n < spare->from[ir->block_count]; n++) {
        mybpf__op *op = &ir->ops[spare->list[n]];
        uint32_t slot = mybpf__spare_slot(op);
        if (slot < MYBPF__SPARE_SLOTS && spare->slots >> slot & 1 && !(read >> slot & 1))
            op->code = MYBPF__IR_NOP;
    }
    return any;
}

MYBPF__FN int mybpf__ir_spare(mybpf__ir *ir, uint32_t enabled, mybpf_error *error)
{
    mybpf__spare spare;
    uint32_t *depth = (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity,
                                              2 * ir->block_count + 1 + ir->op_count, sizeof *depth);
    if (!depth) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = depth;
    mybpf__zero(&spare, sizeof spare);
    ir->constants = 0;
    for (uint32_t i = 0; i < MYBPF__SPARE_REGISTERS; i++) ir->spare[i] = 0;
    for (uint32_t i = 0; i < MYBPF__SPARE_THINGS; i++) spare.value[i] = MYBPF__SPARE_NONE;
    spare.ir = ir;
    mybpf__spare_depths(ir, depth);
    spare.from = depth + ir->block_count; /* depths are known: room again */
    spare.list = spare.from + ir->block_count + 1;
    mybpf__spare_look(&spare, enabled, depth);
    ir->frame_apart = !spare.escapes;
    ir->leaf = spare.leaf;
    if (!spare.slots && !spare.constants) return MYBPF_OK;
    spare.registers = ir->request->target->spare(ir, spare.escapes);
    spare.leaf_only = ~ir->request->target->callee_saved;
    if (!spare.leaf) spare.registers &= ~spare.leaf_only;
    if (mybpf__spare_count(spare.slots) > mybpf__spare_count(spare.registers)) {
        if (ir->turns && mybpf__spare_forward(&spare)) mybpf__spare_look(&spare, enabled, depth);
        spare.registers |= mybpf__spare_homes(ir);
    }
    if (!spare.registers) return MYBPF_OK;
    if (spare.slots) {
        mybpf__spare_block *blocks = (mybpf__spare_block *)mybpf__ir_scratch(ir, 4 * ir->block_count);
        if (!blocks) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
        if (!mybpf__spare_liveness(&spare, blocks)) spare.slots = 0;
        spare.slots &= ~blocks[0].in; /* may be read before it is written */
        mybpf__spare_beside(&spare, blocks);
        mybpf__spare_halves(&spare, blocks);
    }
    mybpf__spare_choose(&spare);
    mybpf__spare_rewrite(&spare);
    return mybpf__spare_enter(&spare, error);
}

#endif
