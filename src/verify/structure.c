/* structure.c: the rules that need no simulated execution, the same in every trust mode. */
#ifndef MYBPF__STRUCTURE_C
#define MYBPF__STRUCTURE_C

#include "verify_impl.h"
#include "cfg.c"
#include "types.c"

/* What a 64-bit immediate stands for. */
MYBPF__FN int mybpf__check_lddw(const mybpf_object *object, uint32_t pc, mybpf_error *error)
{
    const mybpf_insn *insn = &object->insns[pc];
    uint32_t index = (uint32_t)insn->imm, second = (uint32_t)insn[1].imm;
    switch (insn->src_reg) {
    case 0: return MYBPF_OK;
    case MYBPF_PSEUDO_FUNC:
        if (index < object->func_count && !second) return MYBPF_OK;
        return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "lddw of function %u: there are %u functions", index,
                           object->func_count);
    case MYBPF_PSEUDO_MAP_IDX:
    case MYBPF_PSEUDO_MAP_IDX_VALUE: {
        const mybpf_map_desc *desc;
        size_t room;
        if (index >= object->slot_count)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "lddw of map %u: there are %u maps", index,
                               object->slot_count);
        if (insn->src_reg == MYBPF_PSEUDO_MAP_IDX) {
            if (!second) return MYBPF_OK;
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "lddw of a map: the second immediate must be 0");
        }
        desc = &object->slots[index].desc;
        room = desc->value_size;
#ifndef MYBPF_NO_MAP_TYPES
        if (desc->type == MYBPF_MAP_TYPE_ARENA)
            room = (size_t)desc->max_entries * MYBPF_MAP_PAGE;
        else
#endif
            if (desc->type != MYBPF_MAP_TYPE_ARRAY || desc->max_entries != 1)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                               "lddw of a value of map %s: only an array of one entry has a fixed one",
                               desc->name);
        if (second <= room) return MYBPF_OK;
        return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "lddw of offset %u in %s, which has %u bytes", second,
                           desc->name, (unsigned)room);
    }
    default:
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, pc, "lddw kind %u is not supported", insn->src_reg);
    }
}

MYBPF__FN int mybpf__check_slot(const mybpf_object *object, uint32_t pc, mybpf_error *error)
{
    const mybpf_insn *insn = &object->insns[pc];
    const mybpf_op_info *info = mybpf_op_describe(mybpf_insn_op(insn));
    const mybpf_helper *helper;
    unsigned written = insn->dst_reg;
    switch (info->format) {
    case MYBPF_FORMAT_CALL: return mybpf__helper_for(object, (uint32_t)insn->imm, pc, &helper, error);
    case MYBPF_FORMAT_CALL_KFUNC:
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, pc,
                           "call of kernel function %d (BTF id): there is no kernel here", (int)insn->imm);
    case MYBPF_FORMAT_CALL_LOCAL:
        if (mybpf__call_target(object, pc) >= 0) return MYBPF_OK;
        return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "call to instruction %lld, where no function starts",
                           (long long)pc + 1 + insn->imm);
    case MYBPF_FORMAT_LDDW:
        if (written != 10) return mybpf__check_lddw(object, pc, error);
        break;
    case MYBPF_FORMAT_ATOMIC_FETCH:
    case MYBPF_FORMAT_ATOMIC_XCHG: written = insn->src_reg; break;
    case MYBPF_FORMAT_ALU_IMM:
    case MYBPF_FORMAT_ALU_REG:
    case MYBPF_FORMAT_ALU_NEG:
    case MYBPF_FORMAT_ALU_MOVSX:
    case MYBPF_FORMAT_ALU_END:
    case MYBPF_FORMAT_LDX:
    case MYBPF_FORMAT_LOAD_ACQ: break;
    default: return MYBPF_OK;
    }
    if (written != 10) return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "write to r10: the frame pointer is read-only");
}

/* Functions cover the code without gaps; every instruction stands alone. */
MYBPF__FN int mybpf__check_slots(mybpf_object *object, mybpf_error *error)
{
    uint32_t pc = 0;
    for (uint32_t f = 0; f < object->func_count; f++) {
        const mybpf_func *func = &object->funcs[f];
        uint32_t end = func->start + func->count;
        if (func->start != pc || !func->count || func->count > object->insn_count - pc)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                               "function %s does not start where the one before it ends", func->name);
        for (; pc < end; pc++) {
            int rc = mybpf_insn_check(&object->insns[pc], end - pc, error);
            if (rc && error) error->insn = (int32_t)pc;
            if (!rc) rc = mybpf__check_slot(object, pc, error);
            if (rc) return rc;
            if (object->insns[pc].code == MYBPF__CODE_LDDW) object->facts[++pc] |= MYBPF_FACT_PAD;
        }
    }
    if (pc != object->insn_count || !pc)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN, "the functions do not cover the code");
    return MYBPF_OK;
}

/* Bytes below r10 that a function of a trusted program may touch. */
MYBPF__FN uint32_t mybpf__stack_of(const mybpf_object *object, const mybpf_func *func)
{
    int64_t low = 0, copy[11] = {0};
    unsigned copies = 0;
    for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        unsigned cls = MYBPF__CLASS(insn->code), alu = cls == MYBPF__CLASS_ALU || cls == MYBPF__CLASS_ALU64;
        if (object->facts[pc] & MYBPF_FACT_PAD) continue;
        if (insn->code == MYBPF__CODE_MOV64_REG && insn->src_reg == 10 && !insn->off) {
            copies |= 1u << insn->dst_reg;
            copy[insn->dst_reg] = 0;
            if (pc + 1 >= func->start + func->count || insn[1].code != MYBPF__CODE_ADD64_IMM ||
                insn[1].dst_reg != insn->dst_reg)
                if (low > -(int64_t)MYBPF_STACK_FRAME) low = -(int64_t)MYBPF_STACK_FRAME;
            continue;
        }
        if (insn->code == MYBPF__CODE_ADD64_IMM && (copies >> insn->dst_reg & 1)) {
            copy[insn->dst_reg] += insn->imm;
            if (copy[insn->dst_reg] < low) low = copy[insn->dst_reg];
            continue;
        }
        if ((cls == MYBPF__CLASS_ST || cls == MYBPF__CLASS_STX) && insn->dst_reg == 10 && insn->off < low)
            low = insn->off;
        if (cls == MYBPF__CLASS_LDX && insn->src_reg == 10 && insn->off < low) low = insn->off;
        if ((alu || cls == MYBPF__CLASS_STX) && insn->src_reg == 10 && low > -(int64_t)MYBPF_STACK_FRAME)
            low = -(int64_t)MYBPF_STACK_FRAME;
        if (alu || cls == MYBPF__CLASS_LDX || cls == MYBPF__CLASS_LD) copies &= ~(1u << insn->dst_reg);
    }
    if (low < -(int64_t)0x7ffffff0) low = -(int64_t)0x7ffffff0;
    return ((uint32_t)-low + 7) & ~7u;
}

MYBPF__FN int mybpf__verify_structure(mybpf_object *object, mybpf_error *error)
{
    uint32_t *work = (uint32_t *)mybpf__alloc(object->vm, object->insn_count, 4 * sizeof *work);
    int rc;
    if (!object->facts) object->facts = (uint8_t *)mybpf__alloc(object->vm, object->insn_count, 1);
    if (!object->facts || !work)
        rc = mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory to verify %u instructions",
                         object->insn_count);
    else
        rc = mybpf__check_slots(object, error);
    for (uint32_t f = 0; f < object->func_count && !rc; f++) {
        mybpf_func *func = &object->funcs[f];
        rc = mybpf__walk_function(object, func, work, error);
        func->stack = mybpf__stack_of(object, func);
    }
    if (!rc && object->code.trust == MYBPF_VERIFIED) rc = mybpf__walk_calls(object, work, error);
#ifndef MYBPF_NO_PROVER
    if (!rc) rc = mybpf__check_types(object, error);
#endif
    mybpf__free(object->vm, work);
    return rc;
}

#endif
