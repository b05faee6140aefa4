/* calls.c: arguments of helpers against their prototypes, and what a call leaves behind. */
#ifndef MYBPF__CALLS_C
#define MYBPF__CALLS_C

#include "../map/map_impl.h"
#include "access.c"

#ifndef MYBPF_NO_PROVER

/* Reading a register that a path has not written. */
MYBPF__FN int mybpf__sim_use(mybpf__sim *sim, unsigned reg)
{
    if (sim->v[reg].written) return MYBPF_OK;
    return mybpf__fail(sim->error, MYBPF_ERR_VERIFY, sim->pc, "r%u is read, but not written on every path",
                       reg);
}

/* What every call does to the registers; r0 is what it returned. */
MYBPF__FN void mybpf__sim_clobber(mybpf__sim *sim, mybpf__value result)
{
    mybpf__value_unset(sim->v + 1, 5);
    if (result.kind == MYBPF__MAYBE_VALUE) {
        /* the call at `off` names one value: what an earlier run of it returned loses the name */
        result.off = (int32_t)sim->pc;
        for (uint32_t i = 0; i < MYBPF__STATE; i++)
            if (sim->v[i].kind == MYBPF__MAYBE_VALUE && sim->v[i].off == result.off)
                mybpf__value_forget(&sim->v[i], 1);
    }
    sim->v[0] = result;
}

/* NUL-terminated text in a section that does not change: as it is in memory, with all addresses filled in. */
MYBPF__FN int mybpf__sim_proven_text(const mybpf__sim *sim, mybpf__value at)
{
    const mybpf__map_slot *slot;
    const uint8_t *text;
    uint32_t size;
    if (at.kind != MYBPF__VALUE || at.off < 0) return 0;
    slot = &sim->object->slots[at.index];
    if (!slot->is_section || !slot->read_only || !slot->map || (uint32_t)at.off >= slot->desc.value_size)
        return 0;
    text = (const uint8_t *)mybpf__map_base(slot->map) + at.off;
    size = slot->desc.value_size - (uint32_t)at.off;
    for (uint32_t i = 0; i < size && i < 1024; i++)
        if (!text[i]) return 1;
    return 0;
}

/* Argument `index` of a helper, 0 to 4: is it proven to be what the prototype asks for? `map` is the map
 * argument before it. Memory that the helper writes is marked written. */
MYBPF__FN int mybpf__sim_proven_argument(mybpf__sim *sim, const mybpf_helper *helper, unsigned index,
                                         mybpf__value map)
{
    mybpf__value value = sim->v[index + 1], size = index < 4 ? sim->v[index + 2] : mybpf__value_anything();
    const mybpf_map_desc *desc = map.kind == MYBPF__MAP ? &sim->object->slots[map.index].desc : NULL;
    uint32_t bytes = 0;
    int how = MYBPF__READ, ok;
    switch (helper->args[index]) {
    case MYBPF_ARG_CTX: return value.kind == MYBPF__CTX && !value.off;
    case MYBPF_ARG_MAP: return value.kind == MYBPF__MAP;
    case MYBPF_ARG_FUNC: return value.kind == MYBPF__FUNC;
    case MYBPF_ARG_STRING: return mybpf__sim_proven_text(sim, value);
    case MYBPF_ARG_MAP_KEY:
    case MYBPF_ARG_MAP_VALUE:
        if (!desc) return 0;
        bytes = helper->args[index] == MYBPF_ARG_MAP_KEY ? desc->key_size : desc->value_size;
        break;
    case MYBPF_ARG_PTR_LONG:
        bytes = 8;
        how = MYBPF__WRITE;
        break;
    case MYBPF_ARG_MEM_READ:
    case MYBPF_ARG_MEM_WRITE:
        if (size.kind != MYBPF__CONST || size.off < 0 || index == 4) return 0;
        bytes = (uint32_t)size.off;
        if (!bytes) return helper->args[index + 1] == MYBPF_ARG_SIZE_OR_ZERO;
        if (helper->args[index] == MYBPF_ARG_MEM_WRITE) how = MYBPF__WRITE;
        break;
    default: return 1; /* any number; a size is looked at with its memory */
    }
    ok = mybpf__sim_proven(sim, value, bytes, how);
    if (ok && value.kind == MYBPF__STACK) {
        if (how == MYBPF__WRITE)
            mybpf__sim_stack_bytes(sim, value.off, bytes, 1);
        else if (sim->verified)
            ok = mybpf__sim_stack_bytes(sim, value.off, bytes, 0);
    }
    return ok;
}

MYBPF__FN int mybpf__sim_call_helper(mybpf__sim *sim, const mybpf_helper *helper)
{
    mybpf__value map = mybpf__value_anything(), result = map;
    for (unsigned i = 0; i < 5; i++) {
        char what[64];
        int rc;
        if (helper->args[i] == MYBPF_ARG_NONE) continue;
        rc = mybpf__sim_use(sim, i + 1);
        if (helper->args[i] == MYBPF_ARG_MAP) map = sim->v[i + 1];
        if (!rc && !mybpf__sim_proven_argument(sim, helper, i, map)) {
            mybpf__print(what, sizeof what, "argument %u of %s", i + 1, helper->name);
            rc = mybpf__sim_unproven(sim, what, i + 1);
        }
        if (rc) return rc;
    }
    if (helper->ret == MYBPF_RET_MAP_VALUE_OR_NULL && map.kind == MYBPF__MAP)
        result = mybpf__value_of(MYBPF__MAYBE_VALUE, map.index, 0);
    mybpf__sim_clobber(sim, result);
    if (helper->ret == MYBPF_RET_VOID) mybpf__value_unset(sim->v, 1);
    return MYBPF_OK;
}

#endif
#endif
