/* lookups.c: bpf_map_lookup_elem of an array that is known when the code is made, without a call: a bound and
 * an address. In this process the call ends its block, and a block for the address alone stands between that
 * and the rest:
 *
 *     r1 = *(u32 *)r2;  r0 = 0;  if r1 >= entries goto rest
 *     r1 *= stride;  r0 = values;  r0 += r1
 *   rest:
 *
 * An SPF image learns its maps' addresses and whose helper 1 it will call when it is loaded: two slots of the
 * context table hold the number of elements, or 0, and the address of the first. There the call stays one
 * operation, whose `aux` is the map's number + 1 and which does not read r1; back ends make, with the call as
 * cold code:
 *
 *     r0 = *(u32 *)r2;  if r0 >= count goto call;  r0 = r0 * stride + values */
#ifndef MYBPF__LOOKUPS_C
#define MYBPF__LOOKUPS_C

#include "ir.h"
#include "../isa/codes.h"

enum { MYBPF__LOOKUP_HELPER = 1 };

/* Along the instructions of a block: the number + 1 of the map that each register has the address of. */
typedef struct mybpf__lookups {
    int wanted;
    uint32_t map[16];
} mybpf__lookups;

MYBPF__FN void mybpf__lookups_forget(mybpf__lookups *lookups)
{
    mybpf__zero(lookups->map, sizeof lookups->map);
}

/* A host may have put a helper of its own in the place of the library's. */
MYBPF__FN void mybpf__lookups_begin(mybpf__lookups *lookups, const mybpf__gen_request *request)
{
    lookups->wanted =
        mybpf_object_code(request->object)->map_count && !(request->disable & MYBPF__PASS_LOOKUPS) &&
        (request->mode == MYBPF__GEN_SPF ||
         (request->mode == MYBPF__GEN_JIT &&
          mybpf_helper_is_built_in(mybpf_object_helper(request->object, MYBPF__LOOKUP_HELPER))));
    mybpf__lookups_forget(lookups);
}

MYBPF__FN int mybpf__lookups_fit(const mybpf_map *map)
{
    const mybpf_map_desc *desc = map ? mybpf_map_describe(map) : NULL;
    return desc && desc->type == MYBPF_MAP_TYPE_ARRAY && !(desc->flags & MYBPF_F_WRONLY_PROG) &&
           desc->value_size < 0x7fffff00;
}

/* An instruction, in order: the number + 1 of the array that it looks into, else 0. */
MYBPF__FN uint32_t mybpf__lookups_step(mybpf__lookups *lookups, const mybpf_code *code,
                                       const mybpf_insn *insn)
{
    unsigned type = MYBPF__CLASS(insn->code);
    uint32_t map = lookups->map[1];
    if (insn->code == MYBPF__BUILD_LDDW) {
        lookups->map[insn->dst_reg] = insn->src_reg == MYBPF_PSEUDO_MAP_IDX ? (uint32_t)insn->imm + 1 : 0;
    } else if (insn->code == MYBPF__CODE_MOV64_REG && !insn->off) {
        lookups->map[insn->dst_reg] = lookups->map[insn->src_reg];
    } else if (type == MYBPF__CLASS_LDX || type == MYBPF__CLASS_ALU || type == MYBPF__CLASS_ALU64) {
        lookups->map[insn->dst_reg] = 0;
    } else if (type != MYBPF__CLASS_ST &&
               (type != MYBPF__CLASS_STX || MYBPF__MODE(insn->code) != 0x60)) { /* no plain store */
        mybpf__lookups_forget(lookups);
        if (insn->code == MYBPF__BUILD_CALL && !insn->src_reg && insn->imm == MYBPF__LOOKUP_HELPER && map &&
            mybpf__lookups_fit(code->maps[map - 1]))
            return map;
    }
    return 0;
}

/* Is block `index` one for an address? It has no instruction of its own. */
MYBPF__FN int mybpf__lookups_block(const mybpf__ir *ir, uint32_t index)
{
    return index + 1 < ir->block_count && ir->blocks[index].insn == ir->blocks[index + 1].insn;
}

MYBPF__FN mybpf__op *mybpf__lookups_op(mybpf__ir *ir, int code, unsigned dst, unsigned a, uint32_t insn)
{
    mybpf__op *op = mybpf__ir_new_op(ir, code, insn);
    if (!op) return NULL;
    op->width = 8;
    op->dst = (uint16_t)dst;
    op->a = (uint16_t)a;
    return op;
}

/* In the place of the call: 0 without memory. `op` is there already. */
MYBPF__FN int mybpf__lookups_bound(mybpf__ir *ir, mybpf__op *op, uint32_t map)
{
    op->code = MYBPF__IR_LOAD;
    op->width = 4;
    op->dst = 1;
    op->a = 2;
    uint32_t insn = op->insn;
    ir->narrow_loads++;
    if (!mybpf__lookups_op(ir, MYBPF__IR_CONST, 0, MYBPF__NO_VALUE, insn)) return 0;
    if (!(op = mybpf__lookups_op(ir, MYBPF__IR_BRANCH, MYBPF__NO_VALUE, 1, insn))) return 0;
    op->width = 4;
    op->sub = MYBPF__GE;
    op->flags = MYBPF__F_IMM;
    op->imm = (int32_t)mybpf_map_describe(ir->code->maps[map])->max_entries;
    return 1;
}

/* Bytes between the beginnings of two elements. */
MYBPF__FN uint64_t mybpf__lookups_stride(const mybpf__ir *ir, uint32_t map)
{
    return ((uint64_t)mybpf_map_describe(ir->code->maps[map])->value_size + 7) & ~(uint64_t)7;
}

/* n where the number is 2^n, else -1. */
MYBPF__FN int mybpf__lookups_power(uint64_t number)
{
    int power = 0;
    while (number >> power & ~(uint64_t)1) power++;
    return number == (uint64_t)1 << power ? power : -1;
}

/* The block for the address, of the call `insn`. */
MYBPF__FN int mybpf__lookups_address(mybpf__ir *ir, uint32_t map, uint32_t insn)
{
    uint64_t stride = mybpf__lookups_stride(ir, map);
    int power = mybpf__lookups_power(stride);
    mybpf__op *op;
    if (!(op = mybpf__lookups_op(ir, MYBPF__IR_MUL, 1, 1, insn))) return 0;
    op->flags = MYBPF__F_IMM;
    op->imm = (int64_t)stride;
    if (power >= 0) op->code = MYBPF__IR_SHL, op->imm = power;
    if (!(op = mybpf__lookups_op(ir, MYBPF__IR_MAP_VALUE, 0, MYBPF__NO_VALUE, insn))) return 0;
    op->aux = map;
    if (!(op = mybpf__lookups_op(ir, MYBPF__IR_ADD, 0, 0, insn))) return 0;
    op->b = 1;
    return 1;
}

#endif
