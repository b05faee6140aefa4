/* upper.c: for targets whose 4-byte operations extend the sign instead of leaving zeros. Finds the results
 * whose upper half nobody reads, so that it may be anything (F_LOW), and the operands that are numbers of 4
 * bytes with their sign extended already (F_A_SIGNED, F_B_SIGNED). The last pass: only back ends read its
 * flags. */
#ifndef MYBPF__UPPER_C
#define MYBPF__UPPER_C

#include "ir.h"
#include "target.h"
#include "liveness.c"

#define MYBPF__UPPER_ROUNDS 10 /* as deep as loops may be nested; beyond that nothing is changed */

/* A set for each block, in the room that liveness has left. */
MYBPF__FN uint64_t mybpf__upper_get(const mybpf__ir *ir, uint32_t block)
{
    return block == MYBPF__NO_BLOCK
               ? 0
               : ir->spare_work[2 * (size_t)block] | (uint64_t)ir->spare_work[2 * (size_t)block + 1] << 32;
}
/* 1 when it was another one. */
MYBPF__FN int mybpf__upper_set(mybpf__ir *ir, uint32_t block, uint64_t set)
{
    int changed = mybpf__upper_get(ir, block) != set;
    ir->spare_work[2 * (size_t)block] = (uint32_t)set;
    ir->spare_work[2 * (size_t)block + 1] = (uint32_t)(set >> 32);
    return changed;
}

/* ---- who reads upper halves ---- */

/* Values whose upper half an operation reads, when those of `needed` are read behind it. */
MYBPF__FN uint64_t mybpf__upper_reads(const mybpf__op *op, uint64_t needed)
{
    uint64_t a = MYBPF__VALUE_BIT(op->a), b = MYBPF__VALUE_BIT(op->b), c = MYBPF__VALUE_BIT(op->c);
    int wide = op->width == 8, kept = op->dst >= MYBPF__GLOBAL_VALUES || needed & MYBPF__VALUE_BIT(op->dst);
    switch (op->code) {
    case MYBPF__IR_MOV:
    case MYBPF__IR_NEG:
    case MYBPF__IR_ADD:
    case MYBPF__IR_SUB:
    case MYBPF__IR_MUL:
    case MYBPF__IR_OR:
    case MYBPF__IR_AND:
    case MYBPF__IR_XOR: return wide && kept ? a | b : 0;
    case MYBPF__IR_SHL: return wide && kept ? a : 0;
    case MYBPF__IR_SHR:
    case MYBPF__IR_SAR: return wide ? a : 0;
    case MYBPF__IR_SEXT:
    case MYBPF__IR_ZEXT: return op->aux > 4 ? a : 0;
    case MYBPF__IR_BSWAP:
    case MYBPF__IR_POPCNT:
    case MYBPF__IR_ROTL:
    case MYBPF__IR_DIV:
    case MYBPF__IR_MOD:
    case MYBPF__IR_SDIV:
    case MYBPF__IR_SMOD:
    case MYBPF__IR_BRANCH:
    case MYBPF__IR_SUB_BRANCH: return wide ? a | b : 0;
    case MYBPF__IR_STORE: return a | b | (wide ? c : 0);
    case MYBPF__IR_ATOMIC: return a | (wide ? c : 0);
    case MYBPF__IR_CMPXCHG: return a | (wide ? c | 1 : 0);
    case MYBPF__IR_PACKET: return 0;
    default: return mybpf__ir_reads(op);
    }
}

MYBPF__FN uint64_t mybpf__upper_backwards(mybpf__ir *ir, const mybpf__block *block, int mark)
{
    uint64_t needed = mybpf__upper_get(ir, block->taken) | mybpf__upper_get(ir, block->next);
    for (uint32_t i = block->first + block->count; i-- > block->first;) {
        mybpf__op *op = &ir->ops[i];
        uint64_t writes = mybpf__ir_writes(op);
        if (op->code == MYBPF__IR_NOP) continue;
        if (mark && op->dst < MYBPF__GLOBAL_VALUES && op->code != MYBPF__IR_SUB_BRANCH && !(writes & needed))
            op->flags |= MYBPF__F_LOW;
        needed = (needed & ~writes) | mybpf__upper_reads(op, needed);
    }
    return needed;
}

/* ---- whose are signs ---- */

MYBPF__FN int mybpf__upper_is_signed(const mybpf__op *op)
{
    int low = op->flags & MYBPF__F_LOW, imm = op->flags & MYBPF__F_IMM, a = op->flags & MYBPF__F_A_SIGNED,
        fits = op->imm == (int32_t)op->imm, b = imm ? fits : op->flags & MYBPF__F_B_SIGNED;
    switch (op->code) {
    case MYBPF__IR_CONST: return low || fits;
    case MYBPF__IR_MOV: return a && (low || op->width == 8);
    case MYBPF__IR_ZEXT: return op->aux < 4 || (a && (low || op->aux == 8));
    case MYBPF__IR_SEXT: return low || op->width == 8;
    case MYBPF__IR_POPCNT: return 1;
    case MYBPF__IR_LOAD:
        if (op->flags & MYBPF__F_SIGNED && op->sub == 4) return low;
        return op->width < 4 || (op->width == 4 && (low || op->flags & MYBPF__F_SIGNED));
    case MYBPF__IR_AND:
        if (imm && fits && op->imm >= 0) return 1; /* fall through */
    case MYBPF__IR_OR:
    case MYBPF__IR_XOR: return a && b && (low || op->width == 8);
    case MYBPF__IR_NEG:
    case MYBPF__IR_ADD:
    case MYBPF__IR_SUB:
    case MYBPF__IR_MUL:
    case MYBPF__IR_DIV:
    case MYBPF__IR_MOD:
    case MYBPF__IR_SDIV:
    case MYBPF__IR_SMOD:
    case MYBPF__IR_SHL:
    case MYBPF__IR_SHR:
    case MYBPF__IR_SAR:
    case MYBPF__IR_ROTL:
    case MYBPF__IR_ATOMIC:
    case MYBPF__IR_CMPXCHG: return low && op->width == 4;
    default: return 0;
    }
}

MYBPF__FN uint64_t mybpf__upper_forwards(mybpf__ir *ir, uint32_t index)
{
    const mybpf__block *block = &ir->blocks[index];
    uint64_t known = mybpf__upper_get(ir, index);
    for (uint32_t i = block->first; i < block->first + block->count; i++) {
        mybpf__op *op = &ir->ops[i];
        uint8_t attributes = mybpf__ir_attributes[op->code];
        if (op->code == MYBPF__IR_NOP) continue;
        if (attributes & MYBPF__IR_READS_A && op->code != MYBPF__IR_GUARD) {
            op->flags &= (uint8_t) ~(MYBPF__F_A_SIGNED | MYBPF__F_B_SIGNED);
            if (known & MYBPF__VALUE_BIT(op->a)) op->flags |= MYBPF__F_A_SIGNED;
            if (known & MYBPF__VALUE_BIT(op->b)) op->flags |= MYBPF__F_B_SIGNED;
        }
        known &= ~mybpf__ir_writes(op);
        if (op->dst < MYBPF__GLOBAL_VALUES && mybpf__upper_is_signed(op)) known |= mybpf__ir_writes(op);
    }
    return known;
}

/* ---- both, until nothing changes ---- */

MYBPF__FN int mybpf__upper_narrow(mybpf__ir *ir, uint32_t block, uint64_t known)
{
    return block != MYBPF__NO_BLOCK && mybpf__upper_set(ir, block, mybpf__upper_get(ir, block) & known);
}

MYBPF__FN void mybpf__ir_upper(mybpf__ir *ir)
{
    int changed = 1;
    for (uint32_t i = 0; i < ir->block_count; i++) mybpf__upper_set(ir, i, 0);
    for (int round = 0; changed; round++) {
        if (round == MYBPF__UPPER_ROUNDS) return;
        changed = 0;
        for (uint32_t i = ir->block_count; i-- > 0;)
            changed |= mybpf__upper_set(ir, i, mybpf__upper_backwards(ir, &ir->blocks[i], 0));
    }
    for (uint32_t i = 0; i < ir->block_count; i++) mybpf__upper_backwards(ir, &ir->blocks[i], 1);
    for (uint32_t i = 0; i < ir->block_count; i++) mybpf__upper_set(ir, i, i ? UINT64_MAX : 0);
    changed = 1;
    for (int round = 0; changed && round < MYBPF__UPPER_ROUNDS; round++) {
        changed = 0;
        for (uint32_t i = 0; i < ir->block_count; i++) {
            uint64_t known = mybpf__upper_forwards(ir, i);
            changed |= mybpf__upper_narrow(ir, ir->blocks[i].taken, known);
            changed |= mybpf__upper_narrow(ir, ir->blocks[i].next, known);
        }
    }
    for (uint32_t i = 0; changed && i < ir->block_count; i++) mybpf__upper_set(ir, i, 0);
    for (uint32_t i = 0; i < ir->block_count; i++) mybpf__upper_forwards(ir, i);
}

#undef MYBPF__UPPER_ROUNDS

#endif
