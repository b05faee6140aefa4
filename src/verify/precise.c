/* precise.c: which numbers and which stack slots of the saved states on the running path have mattered. Only
 * those are compared with later states, so that paths which differ in nothing that matters are one. */
#ifndef MYBPF__PRECISE_C
#define MYBPF__PRECISE_C

#include "report.c"

#ifndef MYBPF_NO_PROVER

/* Something was decided by what is known of numbers that come from the places `from` of the last saved state:
 * they were not free to be others, nor were those that they came from. */
MYBPF__FN void mybpf__mark_precise(mybpf__sim *sim, uint64_t from)
{
    if (!sim->verified) return; /* there everything is compared */
    for (mybpf__saved *saved = sim->parent; saved && from; saved = saved->parent) {
        mybpf__saved_place *place = mybpf__place_first(saved);
        uint64_t next = 0;
        if (!(from & saved->bits)) return;
        sim->touched += saved->places / 2u + 1;
        for (uint32_t i = 0; i < saved->places; i++, place = mybpf__place_next(place)) {
            if (place->kind != MYBPF__NUMBER || place->precise) continue;
            if (!(from & mybpf__place_bit(place->frame, place->place))) continue;
            place->precise = 1;
            next |= place->from;
        }
        from = next;
    }
}

MYBPF__FN void mybpf__mark_value(mybpf__sim *sim, const mybpf__value *value)
{
    if (value->kind == MYBPF__NUMBER) mybpf__mark_precise(sim, value->from);
}

/* Slots `slots` of frame `f` were read: as the saved states left them, unless written since. */
MYBPF__FN void mybpf__mark_read(mybpf__sim *sim, uint32_t f, uint64_t slots)
{
    if (!sim->verified) return;
    slots &= ~sim->state->frame[f].fresh;
    for (mybpf__saved *saved = sim->parent; saved && slots && f <= saved->depth; saved = saved->parent) {
        mybpf__saved_frame *frame = &mybpf__saved_frames(saved)[f];
        slots &= ~frame->read;
        frame->read |= slots;
        slots &= ~frame->fresh;
        sim->touched++;
    }
}

/* The running path ends in `saved`, whose own paths are known to be safe: what mattered to them matters to
 * this one. */
MYBPF__FN void mybpf__mark_like(mybpf__sim *sim, mybpf__saved *saved, int whole)
{
    mybpf__saved_place *place = mybpf__place_first(saved);
    uint64_t from = 0;
    if (!sim->verified) return;
    mybpf__touch(sim, saved->depth + 1u, saved->places);
    for (uint32_t i = 0; i < saved->places; i++, place = mybpf__place_next(place)) {
        const mybpf__frame *frame = &sim->state->frame[place->frame];
        const mybpf__value *value = &frame->reg[place->place < MYBPF__REGS ? place->place : 0];
        uint32_t index = place->place - MYBPF__REGS;
        if (!whole && !place->precise) continue;
        if (place->place >= MYBPF__REGS) {
            if (!(frame->used >> index & 1) || !frame->slot[index].span) continue;
            value = &frame->slot[index].value;
        }
        if (value->kind == MYBPF__NUMBER) from |= value->from;
    }
    mybpf__mark_precise(sim, from);
    for (uint32_t f = 0; f <= saved->depth; f++)
        mybpf__mark_read(sim, f, whole ? UINT64_MAX : mybpf__saved_frames(saved)[f].read);
}

/* Every number comes from its own place from now on: a state was saved here. */
MYBPF__FN void mybpf__from_here(mybpf__sim *sim)
{
    mybpf__touch(sim, sim->state->depth + 1, 0);
    for (uint32_t f = 0; f <= sim->state->depth; f++) {
        mybpf__frame *frame = &sim->state->frame[f];
        for (uint32_t r = 0; r < MYBPF__REGS; r++) frame->reg[r].from = mybpf__place_bit(f, r);
        for (uint32_t s = 0; s < MYBPF__SLOTS; s++) {
            if (!(frame->used >> s)) break;
            if (frame->used >> s & 1) frame->slot[s].value.from = mybpf__place_bit(f, MYBPF__REGS + s);
        }
        frame->fresh = 0;
    }
}

#endif
#endif
