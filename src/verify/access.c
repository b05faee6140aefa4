/* access.c: memory accesses, one at a time: proven, or refused in verified and marked in guarded mode. */
#ifndef MYBPF__ACCESS_C
#define MYBPF__ACCESS_C

#include "values.c"

#ifndef MYBPF_NO_PROVER

/* A state that instructions change, and where it is. */
typedef struct mybpf__sim {
    mybpf_object *object;
    mybpf_error *error;
    uint32_t ctx_size;
    int verified;
    uint32_t pc;
    mybpf__value v[MYBPF__STATE];
} mybpf__sim;

enum { MYBPF__READ = 1, MYBPF__WRITE = 2, MYBPF__ATOMIC = 4 };

/* What the program may do with a value of a map. */
MYBPF__FN int mybpf__sim_map_permits(const mybpf__map_slot *slot, int how)
{
    if (how & MYBPF__WRITE && (slot->read_only || slot->desc.flags & MYBPF_F_RDONLY_PROG)) return 0;
    return !(how & MYBPF__READ) || !(slot->desc.flags & MYBPF_F_WRONLY_PROG);
}

/* Are all `size` bytes from `at` inside what it points to, and is `how` permitted? */
MYBPF__FN int mybpf__sim_proven(const mybpf__sim *sim, mybpf__value at, uint64_t size, int how)
{
    int64_t low = at.kind == MYBPF__STACK ? -MYBPF_STACK_FRAME : 0, high = 0;
    if (at.kind == MYBPF__VALUE) {
        const mybpf__map_slot *slot = &sim->object->slots[at.index];
        if (!mybpf__sim_map_permits(slot, how)) return 0;
        high = slot->desc.value_size;
    } else if (at.kind == MYBPF__CTX) {
        if (how & MYBPF__ATOMIC) return 0; /* its alignment is not known */
        high = sim->ctx_size;
    } else if (at.kind != MYBPF__STACK)
        return 0;
    if (how & MYBPF__ATOMIC && at.off % (int)size) return 0;
    return at.off >= low && at.off <= high && size <= (uint64_t)(high - at.off);
}

/* The stack bytes [at, at + size), proven to be inside the frame: marks them written, or tells whether they
 * all are and no pointer is read in pieces. */
MYBPF__FN int mybpf__sim_stack_bytes(mybpf__sim *sim, int32_t at, uint32_t size, int write)
{
    int low = -at - (int)size, high = -at; /* counted downwards from r10 */
    for (int unit = low / 8; unit * 8 < high; unit++) {
        mybpf__value *value = &sim->v[MYBPF__REGISTERS + unit];
        int from = low > unit * 8 ? low - unit * 8 : 0, to = high < unit * 8 + 8 ? high - unit * 8 : 8;
        uint8_t mask = (uint8_t)((0xff << from) & (0xff >> (8 - to)));
        if (write) {
            mybpf__value_forget(value, 1);
            value->written |= mask;
        } else if ((value->written & mask) != mask || (mask != 0xff && value->kind >= MYBPF__STACK))
            return 0;
    }
    return 1;
}

/* A whole, aligned unit of the stack: where its value is kept; else NULL. */
MYBPF__FN mybpf__value *mybpf__sim_stack_unit(mybpf__sim *sim, mybpf__value at, uint32_t size)
{
    if (at.kind != MYBPF__STACK || size != 8 || at.off % 8 || at.off >= 0 || at.off < -MYBPF_STACK_FRAME)
        return NULL;
    return &sim->v[MYBPF__REGISTERS - 1 - at.off / 8];
}

/* What is known of a value, in words. */
MYBPF__FN void mybpf__sim_describe(const mybpf__sim *sim, mybpf__value value, char *text, size_t size)
{
    const mybpf_map_desc *desc = sim->object->slot_count ? &sim->object->slots[value.index].desc : NULL;
    switch (value.kind) {
    case MYBPF__CONST: mybpf__print(text, size, "the number %d", (int)value.off); break;
    case MYBPF__STACK: mybpf__print(text, size, "the stack at r10 + %d", (int)value.off); break;
    case MYBPF__CTX:
        mybpf__print(text, size, "the context (%u bytes) + %d", sim->ctx_size, (int)value.off);
        break;
    case MYBPF__VALUE:
        mybpf__print(text, size, "a value of map %s (%u bytes) + %d", desc->name, desc->value_size,
                     (int)value.off);
        break;
    case MYBPF__MAYBE_VALUE:
        mybpf__print(text, size, "a value of map %s or NULL, not yet compared with 0", desc->name);
        break;
    case MYBPF__MAP: mybpf__print(text, size, "map %s", desc->name); break;
    case MYBPF__FUNC: mybpf__print(text, size, "function %s", sim->object->funcs[value.off].name); break;
    default: mybpf__print(text, size, "not known"); break;
    }
}

/* This instruction was not proven: refuses it, or marks it. `what` names the access ("4-byte read"). */
MYBPF__FN int mybpf__sim_unproven(mybpf__sim *sim, const char *what, unsigned reg)
{
    char known[128];
    if (!sim->verified) {
        /* a checked write may hit any part of the stack */
        mybpf__value_forget(sim->v + MYBPF__REGISTERS, MYBPF__STACK_UNITS);
        sim->object->facts[sim->pc] |= MYBPF_FACT_GUARD;
        return MYBPF_OK;
    }
    mybpf__sim_describe(sim, sim->v[reg], known, sizeof known);
    return mybpf__fail(sim->error, MYBPF_ERR_VERIFY, sim->pc,
                       "cannot prove %s: r%u is %s; guarded mode checks it at run time", what, reg, known);
}

/* The memory access at register `reg` plus `off`. */
MYBPF__FN int mybpf__sim_access(mybpf__sim *sim, unsigned reg, int off, uint32_t size, int how)
{
    mybpf__value base = sim->v[reg], offset = mybpf__value_of(MYBPF__CONST, 0, off),
                 at = mybpf__value_sum(base, offset, 0);
    char what[64];
    if (base.kind == MYBPF__CONST || !mybpf__sim_proven(sim, at, size, how)) {
        mybpf__print(what, sizeof what, "the %u-byte %s at r%u + %d", size,
                     how & MYBPF__ATOMIC  ? "atomic access"
                     : how & MYBPF__WRITE ? "write"
                                          : "read",
                     reg, off);
        return mybpf__sim_unproven(sim, what, reg);
    }
    if (at.kind != MYBPF__STACK) return MYBPF_OK;
    if (how & MYBPF__READ && sim->verified && !mybpf__sim_stack_bytes(sim, at.off, size, 0))
        return mybpf__fail(
            sim->error, MYBPF_ERR_VERIFY, sim->pc,
            "the %u-byte read of the stack at r10 + %d: not written on every path, or part of a pointer",
            size, (int)at.off);
    if (how & MYBPF__WRITE) mybpf__sim_stack_bytes(sim, at.off, size, 1);
    return MYBPF_OK;
}

/* Loads give what was stored, where that is known. */
MYBPF__FN int mybpf__sim_load(mybpf__sim *sim, const mybpf_insn *insn, uint32_t size)
{
    mybpf__value at = mybpf__value_sum(sim->v[insn->src_reg], mybpf__value_of(MYBPF__CONST, 0, insn->off), 0);
    mybpf__value *unit = mybpf__sim_stack_unit(sim, at, size), loaded = mybpf__value_anything();
    int rc = mybpf__sim_access(sim, insn->src_reg, insn->off, size, MYBPF__READ);
    if (rc) return rc;
    if (unit) loaded = *unit;
    loaded.written = 0xff;
    sim->v[insn->dst_reg] = loaded;
    return MYBPF_OK;
}

MYBPF__FN int mybpf__sim_store(mybpf__sim *sim, const mybpf_insn *insn, uint32_t size, mybpf__value stored)
{
    mybpf__value at = mybpf__value_sum(sim->v[insn->dst_reg], mybpf__value_of(MYBPF__CONST, 0, insn->off), 0);
    mybpf__value *unit = mybpf__sim_stack_unit(sim, at, size);
    int rc = mybpf__sim_access(sim, insn->dst_reg, insn->off, size, MYBPF__WRITE);
    if (!rc && unit) *unit = stored;
    return rc;
}

#endif
#endif
