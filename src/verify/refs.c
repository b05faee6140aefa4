/* refs.c: objects that helpers gave to a path and want back on it. */
#ifndef MYBPF__REFS_C
#define MYBPF__REFS_C

#include "arith.c"

#ifndef MYBPF_NO_PROVER

/* The path holds one more object: its name, or 0 when it holds too many. */
MYBPF__FN uint32_t mybpf__ref_add(mybpf__sim *sim)
{
    mybpf__state *state = sim->state;
    if (state->ref_count == MYBPF__REFS) return 0;
    return state->refs[state->ref_count++] = ++sim->ids;
}

/* There is no object of this name any more, or it turned out to be NULL. */
MYBPF__FN void mybpf__ref_drop(mybpf__state *state, uint32_t id)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < state->ref_count; i++)
        if (state->refs[i] != id) state->refs[kept++] = state->refs[i];
    state->ref_count = kept;
}

MYBPF__FN void mybpf__forget_object(mybpf__value *value, void *user)
{
    if (value->kind == MYBPF__MEM && value->owned && value->id == *(const uint32_t *)user)
        *value = mybpf__value_unknown();
}

/* It is given back: pointers into it are pointers no more. */
MYBPF__FN void mybpf__ref_release(mybpf__sim *sim, uint32_t id)
{
    mybpf__ref_drop(sim->state, id);
    mybpf__each_value(sim, mybpf__forget_object, &id);
}

/* Is this the pointer that a helper or the context gave, unmoved, to an object of this kind? */
MYBPF__FN int mybpf__is_object(const mybpf__value *value, uint32_t object)
{
    return value->kind == MYBPF__MEM && !value->or_null && !value->off &&
           mybpf__scalar_is_const(&value->num) && !value->num.known.value &&
           (value->index & MYBPF__MEM_OBJECT) == object;
}

#endif
#endif
