/* raw.c: instructions from memory, without a file. The functions are what local calls and function
 * addresses name; maps are those the caller hands over. */
#ifndef MYBPF__RAW_C
#define MYBPF__RAW_C

#include "link.h"

/* The maps handed over become the object's map slots. */
MYBPF__FN int mybpf__raw_maps(mybpf_object *object, const mybpf_raw_desc *desc, mybpf_error *error)
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

/* LDDW of a map or its value: the file descriptor forms index the caller's maps as well. */
MYBPF__FN int mybpf__raw_map_refs(mybpf__link *link, mybpf_error *error)
{
    for (uint32_t i = 0; i < link->count; i++) {
        mybpf_insn *insn = &link->insns[i];
        if (insn->code != 0x18) continue;
        int value = insn->src_reg == MYBPF_PSEUDO_MAP_VALUE || insn->src_reg == MYBPF_PSEUDO_MAP_IDX_VALUE;
        int map = insn->src_reg == MYBPF_PSEUDO_MAP_FD || insn->src_reg == MYBPF_PSEUDO_MAP_IDX;
        if (map || value) {
            if ((uint32_t)insn->imm >= link->object->slot_count)
                return mybpf__fail(error, MYBPF_ERR_VERIFY, i,
                                   "instruction %u names map %d, but %u are given", (unsigned)i,
                                   (int)insn->imm, (unsigned)link->object->slot_count);
            insn->src_reg = value ? MYBPF_PSEUDO_MAP_IDX_VALUE : MYBPF_PSEUDO_MAP_IDX;
        }
        i++;
    }
    return MYBPF_OK;
}

MYBPF__FN int mybpf__raw_link(mybpf__link *link, const void *insns, const mybpf_raw_desc *desc,
                              mybpf_error *error)
{
    mybpf__copy(link->insns, insns, link->count * sizeof *link->insns);
    link->keep_all = 1; /* indices in messages stay the caller's */
    mybpf__link_func program;
    mybpf__zero(&program, sizeof program);
    program.name = program.section = desc->name ? desc->name : "main";
    program.type = desc->type;
    int status = mybpf__raw_map_refs(link, error);
    if (!status) status = mybpf__link_add_func(link, &program, error);
    if (!status) status = mybpf__link_section(link, link->count, program.name, error);
    return status ? status : mybpf__link_finish(link, error);
}

/* Fills an empty object. */
MYBPF__FN int mybpf__open_raw(mybpf_object *object, const void *insns, size_t count,
                              const mybpf_raw_desc *desc, mybpf_error *error)
{
    mybpf__link link;
    int status = mybpf__raw_maps(object, desc, error);
    if (status) return status;
    status = mybpf__link_begin(&link, object, count, error);
    if (!status) status = mybpf__raw_link(&link, insns, desc, error);
    mybpf__link_free(&link);
    return status;
}

#endif
