/* raw.c: instructions from memory, without a file. The functions are what local calls and function
 * addresses name, all in the place they have; maps are those the caller hands over. */
#ifndef MYBPF__RAW_C
#define MYBPF__RAW_C

#include "../base/error.h"
#include "object_impl.h"

#define MYBPF__CODE_LDDW  0x18
#define MYBPF__CODE_CALL  0x85
#define MYBPF__CODE_CALLX 0x8d

/* As many instructions as an object may have? */
MYBPF__COLD int mybpf__code_size(size_t count, mybpf_error *error)
{
    if (count > MYBPF_MAX_INSNS)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "%zu instructions are more than the limit of %u", count,
                           (unsigned)MYBPF_MAX_INSNS);
    if (!count) return mybpf__fail(error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, "there are no instructions");
    return MYBPF_OK;
}

/* The maps handed over become the object's map slots. */
MYBPF__COLD int mybpf__raw_maps(mybpf_object *object, const mybpf_raw_desc *desc, mybpf_error *error)
{
    if (desc->map_count > MYBPF_MAX_MAPS)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "%zu maps are more than the limit of %d",
                           desc->map_count, MYBPF_MAX_MAPS);
    for (size_t i = 0; i < desc->map_count; i++) {
        if (!desc->maps[i])
            return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "map %zu is NULL", i);
        int64_t index = mybpf__add_map(object, mybpf_map_describe(desc->maps[i]), error);
        if (index < 0) return (int)index;
        object->slots[index].map = mybpf_map_ref(desc->maps[i]);
    }
    return MYBPF_OK;
}

/* clang before version 19 puts the register of a callx into the immediate. */
MYBPF__COLD void mybpf__raw_callx(mybpf_insn *insn)
{
    if (insn->dst_reg || insn->imm <= 0 || insn->imm > 10) return;
    insn->dst_reg = (uint8_t)(insn->imm & 15);
    insn->imm = 0;
}

/* LDDW of a map or its value: the file descriptor forms index the caller's maps as well. */
MYBPF__COLD int mybpf__raw_map_ref(const mybpf_object *object, uint32_t at, mybpf_error *error)
{
    mybpf_insn *insn = &object->insns[at];
    int value = insn->src_reg == MYBPF_PSEUDO_MAP_VALUE || insn->src_reg == MYBPF_PSEUDO_MAP_IDX_VALUE;
    int map = insn->src_reg == MYBPF_PSEUDO_MAP_FD || insn->src_reg == MYBPF_PSEUDO_MAP_IDX;
    if (!map && !value) return MYBPF_OK;
    if ((uint32_t)insn->imm >= object->slot_count)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, at, "names map %d, but %u are given", (int)insn->imm,
                           (unsigned)object->slot_count);
    insn->src_reg = value ? MYBPF_PSEUDO_MAP_IDX_VALUE : MYBPF_PSEUDO_MAP_IDX;
    return MYBPF_OK;
}

/* Brings instructions into linked form but for the addresses of functions, and marks in `starts` where
 * functions start. */
MYBPF__COLD int mybpf__raw_scan(const mybpf_object *object, uint8_t *starts, const char *name,
                                mybpf_error *error)
{
    starts[0] = 1;
    for (uint32_t i = 0; i < object->insn_count; i++) {
        mybpf_insn *insn = &object->insns[i];
        int lddw = insn->code == MYBPF__CODE_LDDW;
        int call = insn->code == MYBPF__CODE_CALL && insn->src_reg == 1;
        int status = lddw ? mybpf__raw_map_ref(object, i, error) : MYBPF_OK;
        if (status) return status;
        if (insn->code == MYBPF__CODE_CALLX) mybpf__raw_callx(insn);
        if (call || (lddw && insn->src_reg == MYBPF_PSEUDO_FUNC)) {
            int64_t target = (int64_t)i + insn->imm + 1;
            if (target < 0 || target >= object->insn_count)
                return mybpf__fail(error, MYBPF_ERR_VERIFY, i, "%s: %s is outside", name,
                                   call ? "the target of the call" : "the function address");
            starts[target] = 1;
        }
        i += (uint32_t)lddw;
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__raw_functions(mybpf_object *object, const uint8_t *starts, const mybpf_raw_desc *desc,
                                     mybpf_error *error)
{
    const char *name = desc->name ? desc->name : "main";
    uint32_t count = 0;
    for (uint32_t i = 0; i < object->insn_count; i++) count += starts[i];
    object->funcs = (mybpf_func *)mybpf__alloc(object->vm, count, sizeof *object->funcs);
    object->programs = (mybpf_program *)mybpf__alloc(object->vm, 1, sizeof *object->programs);
    if (!object->funcs || !object->programs)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %u functions",
                           (unsigned)count);
    for (uint32_t i = 0; i < object->insn_count; i++) {
        if (starts[i]) object->funcs[object->func_count++].start = i;
        object->funcs[object->func_count - 1].count++;
    }
#ifndef MYBPF_NO_MESSAGES
    for (uint32_t i = 1; i < count; i++)
        mybpf__print(object->funcs[i].name, MYBPF_NAME_MAX, "func_%u", (unsigned)object->funcs[i].start);
#endif
    object->program_count = 1;
    object->programs[0].type = desc->type;
    mybpf__copy_text(object->funcs[0].name, MYBPF_NAME_MAX, name);
    if (mybpf__copy_text(object->programs[0].section, MYBPF_NAME_MAX, name) >= MYBPF_NAME_MAX)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "program %s: its name is longer than %d bytes", name, MYBPF_NAME_MAX - 1);
    return MYBPF_OK;
}

/* Function addresses become indices. */
MYBPF__COLD void mybpf__raw_addresses(const mybpf_object *object)
{
    for (uint32_t i = 0; i < object->insn_count; i++) {
        mybpf_insn *insn = &object->insns[i];
        if (insn->code != MYBPF__CODE_LDDW) continue;
        if (insn->src_reg == MYBPF_PSEUDO_FUNC)
            insn->imm =
                (int32_t)(mybpf__func_of(object, (uint32_t)((int64_t)i + insn->imm + 1)) - object->funcs);
        i++;
    }
}

MYBPF__COLD int mybpf__raw_code(mybpf_object *object, const void *insns, size_t count,
                                const mybpf_raw_desc *desc, mybpf_error *error)
{
    uint8_t *starts = (uint8_t *)mybpf__alloc(object->vm, count, 1);
    object->insns = (mybpf_insn *)mybpf__alloc(object->vm, count, sizeof *object->insns);
    int status = MYBPF_OK;
    if (!starts || !object->insns)
        status = mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %zu instructions", count);
    if (!status) {
        mybpf__copy(object->insns, insns, count * sizeof *object->insns);
        object->insn_count = (uint32_t)count;
        status = mybpf__raw_scan(object, starts, desc->name ? desc->name : "main", error);
    }
    if (!status) status = mybpf__raw_functions(object, starts, desc, error);
    if (!status) mybpf__raw_addresses(object);
    mybpf__free(object->vm, starts);
    return status;
}

/* Fills an empty object. */
MYBPF__COLD int mybpf__open_raw(mybpf_object *object, const void *insns, size_t count,
                                const mybpf_raw_desc *desc, mybpf_error *error)
{
    int status = mybpf__code_size(count, error);
    if (!status) status = mybpf__raw_maps(object, desc, error);
    return status ? status : mybpf__raw_code(object, insns, count, desc, error);
}

#undef MYBPF__CODE_LDDW
#undef MYBPF__CODE_CALL
#undef MYBPF__CODE_CALLX

#endif
