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
    int is_memory = value->kind == MYBPF__MEM, same = value->id == *(const uint32_t *)user;
    if (((is_memory || value->kind == MYBPF__DYNPTR) && value->owned == 1 && same) ||
        (is_memory && value->owned == 2))
        *value = mybpf__value_unknown();
}

/* It is given back: pointers into it are pointers no more. */
MYBPF__FN void mybpf__ref_release(mybpf__sim *sim, uint32_t id)
{
    mybpf__ref_drop(sim->state, id);
    mybpf__each_value(sim, mybpf__forget_object, &id);
}

/* The packet may be elsewhere, or shorter. */
MYBPF__FN void mybpf__forget_packet(mybpf__value *value, void *user)
{
    (void)user;
    if (value->kind == MYBPF__PACKET || value->kind == MYBPF__META || value->kind == MYBPF__PACKET_END)
        *value = mybpf__value_unknown();
}

/* Is this the pointer that a helper or the context gave, unmoved, to an object of this kind? */
MYBPF__FN int mybpf__is_object(const mybpf__value *value, uint32_t object)
{
    return value->kind == MYBPF__MEM && !value->or_null && !value->off &&
           mybpf__scalar_is_const(&value->num) && !value->num.known.value &&
           ((value->index & MYBPF__MEM_OBJECT) == object ||
            (object == MYBPF_OBJECT_SOCK_COMMON &&
             (value->index & MYBPF__MEM_OBJECT) == MYBPF_OBJECT_SOCKET));
}

/* ---- dynptrs: two slots of the stack ---- */

/* The first slot of the one that a register points to, NULL when there is none. */
MYBPF__FN const mybpf__value *mybpf__dynptr_at(mybpf__sim *sim, const mybpf__value *at)
{
    mybpf__reach reach = mybpf__reach_of(at, 0);
    mybpf__frame *frame;
    uint32_t slot;
    if (at->kind != MYBPF__STACK || reach.low != reach.high || reach.low % 8 ||
        reach.low < -MYBPF_STACK_FRAME || reach.low > -16)
        return NULL;
    frame = &sim->state->frame[at->index];
    slot = (uint32_t)-reach.low / 8 - 1; /* then slot - 1 */
    for (uint32_t i = 0; i < 2; i++) {
        const mybpf__slot *part = &frame->slot[slot - i];
        if (!(frame->used >> (slot - i) & 1) || part->span != 8 || part->value.kind != MYBPF__DYNPTR ||
            part->value.index != i || part->value.id != frame->slot[slot].value.id)
            return NULL;
    }
    mybpf__mark_read(sim, at->index, (uint64_t)3 << (slot - 1));
    return &frame->slot[slot].value;
}

/* Makes one where `at` points to, whose bytes are written. */
MYBPF__FN void mybpf__dynptr_make(mybpf__sim *sim, const mybpf__value *at, uint32_t record)
{
    mybpf__frame *frame = &sim->state->frame[at->index];
    uint32_t slot = (uint32_t)-mybpf__reach_of(at, 0).low / 8 - 1, id = record ? record : ++sim->ids;
    for (uint32_t i = 0; i < 2; i++) {
        mybpf__slot *part = mybpf__slot_at(frame, slot - i);
        part->span = 8;
        part->value = mybpf__value_of(MYBPF__DYNPTR, i);
        part->value.id = id;
        part->value.owned = record != 0;
    }
}

/* Is this one, or a place for a new one? */
MYBPF__FN mybpf__reason mybpf__dynptr_refused(mybpf__sim *sim, const mybpf_helper *helper,
                                              const mybpf__value *value)
{
    const mybpf__value *dynptr;
    if (!sim->verified) return MYBPF__WHY_DYNPTR;
    if (mybpf__is_object(value, MYBPF_OBJECT_DYNPTR) && !(helper->flags & MYBPF_HELPER_RELEASE))
        return MYBPF__WHY_PROVEN;
    dynptr = mybpf__dynptr_at(sim, value);
    return dynptr && (dynptr->owned || !(helper->flags & MYBPF_HELPER_RELEASE)) ? MYBPF__WHY_PROVEN
                                                                                : MYBPF__WHY_DYNPTR;
}

/* ---- kptrs: objects in maps' values ---- */

/* The kptr that this is the address of, NULL when it is none's. */
MYBPF__FN const mybpf__kptr *mybpf__kptr_of(const mybpf__sim *sim, const mybpf__value *at)
{
    mybpf__reach reach = mybpf__reach_of(at, 0);
    const mybpf__kptr *kptr = at->kind == MYBPF__VALUE && reach.low == reach.high
                                  ? mybpf__kptr_among(sim->object, at->index, reach.low, 1)
                                  : NULL;
    return kptr && reach.low == kptr->at ? kptr : NULL;
}

/* ---- the lock of a map's value ---- */

/* Is this the struct bpf_spin_lock of a value that may be locked, or unlocked, now? */
MYBPF__FN mybpf__reason mybpf__lock_refused(const mybpf__sim *sim, const mybpf__value *value, int acquire)
{
    const mybpf__state *state = sim->state;
    mybpf__reach reach = mybpf__reach_of(value, 0);
    uint32_t lock = value->kind == MYBPF__VALUE ? mybpf__lock_of(sim->object, value->index) : 0;
    if (!lock || reach.low != reach.high || reach.low + 1 != lock) return MYBPF__WHY_LOCK;
    if (acquire) return state->lock_map ? MYBPF__WHY_LOCKED : MYBPF__WHY_PROVEN;
    return state->lock_map == value->index + 1 && state->lock_id == value->id ? MYBPF__WHY_PROVEN
                                                                              : MYBPF__WHY_NOT_LOCKED;
}

/* Takes the lock of the value that `value` points into, or gives it back. */
MYBPF__FN void mybpf__lock_move(mybpf__sim *sim, const mybpf__value *value, int acquire)
{
    sim->state->lock_map = acquire ? value->index + 1 : 0;
    sim->state->lock_id = acquire ? value->id : 0;
}

#endif
#endif
