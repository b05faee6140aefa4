/* state.c: making states, putting them away and getting them back, comparing and joining them. */
#ifndef MYBPF__STATE_C
#define MYBPF__STATE_C

#include "cfg.c"
#include "state.h"

#ifndef MYBPF_NO_PROVER

/* ---- values ---- */

MYBPF__FN mybpf__value mybpf__value_of(mybpf__kind kind, uint32_t index)
{
    mybpf__value value;
    mybpf__zero(&value, sizeof value);
    value.kind = (uint8_t)kind;
    value.index = index;
    if (kind != MYBPF__UNSET) value.num = mybpf__scalar_const(0);
    return value;
}

MYBPF__FN mybpf__value mybpf__value_number(mybpf__scalar num)
{
    mybpf__value value;
    mybpf__zero(&value, sizeof value);
    value.kind = MYBPF__NUMBER;
    value.num = num;
    return value;
}

MYBPF__FN mybpf__value mybpf__value_unknown(void) { return mybpf__value_number(mybpf__scalar_unknown()); }

MYBPF__FN int mybpf__is_const(const mybpf__value *value, uint64_t number)
{
    return value->kind == MYBPF__NUMBER && mybpf__scalar_is_const(&value->num) &&
           value->num.known.value == number;
}

MYBPF__FN int mybpf__is_pointer(const mybpf__value *value) { return value->kind > MYBPF__NUMBER; }

/* ---- places ---- */

/* Places of a state, folded into 64 bits: two may share one, which is never wrong where these are used. */
MYBPF__FN uint64_t mybpf__place_bit(uint32_t frame, uint32_t place)
{
    return (uint64_t)1 << ((13 * frame + place) % 64);
}

MYBPF__FN void mybpf__run_frame(mybpf__sim *sim, uint32_t depth)
{
    sim->state->depth = depth;
    sim->top = &sim->state->frame[depth];
}

/* A slot to be written to; it is in use from now on. */
MYBPF__FN mybpf__slot *mybpf__slot_at(mybpf__frame *frame, uint32_t index)
{
    mybpf__slot *slot = &frame->slot[index];
    if (!(frame->used >> index & 1)) {
        frame->used |= (uint64_t)1 << index;
        slot->span = slot->written = slot->zero = 0;
        slot->value.kind = MYBPF__UNSET;
    }
    return slot;
}

/* Does the instruction at slot `pc` call a helper? Of a function that it called, it is come back to. */
MYBPF__FN int mybpf__calls_back(const mybpf__sim *sim, uint32_t pc)
{
    const mybpf_insn *insn = &sim->insns[pc];
    return insn->code == MYBPF__CODE_CALL && !insn->src_reg;
}

/* Registers of frame `f` that still matter; r10 is always the same. */
MYBPF__FN uint32_t mybpf__live_regs(const mybpf__sim *sim, const mybpf__state *state, uint32_t f)
{
    uint32_t at;
    if (f == state->depth) return sim->live[state->pc] & 0x3ffu;
    at = state->frame[f + 1].call_at;
    return mybpf__calls_back(sim, at) ? sim->live[at] & 0x3ffu : sim->live[at + 1] & 0x3c0u;
}

/* Starts frame `f` with nothing known. */
MYBPF__FN void mybpf__frame_begin(mybpf__state *state, uint32_t f, uint32_t func, uint32_t call_at)
{
    mybpf__frame *frame = &state->frame[f];
    for (unsigned r = 0; r < MYBPF__REGS; r++) frame->reg[r].kind = MYBPF__UNSET;
    frame->reg[10] = mybpf__value_of(MYBPF__STACK, f);
    frame->func = func;
    frame->call_at = call_at;
    frame->turns = 0;
    frame->used = 0;
    frame->fresh = UINT64_MAX;
}

/* Counts what is done to places, besides visiting instructions: a whole state is much more than one of these.
 */
MYBPF__FN void mybpf__touch(mybpf__sim *sim, uint32_t frames, uint32_t places)
{
    sim->touched += MYBPF__FRAME_EFFORT * frames + places;
}

/* ---- putting states away ---- */

MYBPF__FN uint32_t mybpf__hash_word(uint32_t hash, uint64_t word)
{
    word = (word ^ hash) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(word >> 32) ^ (uint32_t)word;
}

enum { MYBPF__PLACE_WORDS = sizeof(mybpf__saved_place) / 8, MYBPF__SCALAR_WORDS = sizeof(mybpf__scalar) / 8 };

MYBPF__FN mybpf__saved_frame *mybpf__saved_frames(mybpf__saved *saved)
{
    return (mybpf__saved_frame *)(void *)(saved + 1);
}

/* The places of a saved state, one after the other. */
MYBPF__FN mybpf__saved_place *mybpf__place_first(mybpf__saved *saved)
{
    return (mybpf__saved_place *)(void *)(mybpf__saved_frames(saved) + saved->depth + 1);
}

MYBPF__FN mybpf__saved_place *mybpf__place_next(mybpf__saved_place *place)
{
    return (mybpf__saved_place *)(void *)((uint64_t *)(void *)(place + 1) + place->shape);
}

MYBPF__FN int mybpf__is_anything(const mybpf__scalar *num)
{
    return num->known.mask == UINT64_MAX && !num->umin && !~num->umax && num->smin == INT64_MIN &&
           num->smax == INT64_MAX && !num->umin32 && !~num->umax32 && num->smin32 == INT32_MIN &&
           num->smax32 == INT32_MAX;
}

/* Writes one place to `at`, behind the head, which the caller began. */
MYBPF__FN void mybpf__pack_value(mybpf__saved_place *head, const mybpf__value *value)
{
    uint64_t *num = (uint64_t *)(void *)(head + 1);
    head->kind = value->kind;
    head->or_null = value->or_null & 1u;
    head->owned = value->owned & 3u;
    head->id = value->id;
    head->off = value->off;
    head->from = value->kind == MYBPF__NUMBER ? value->from : (uint64_t)value->index << 32 | value->range;
    if (mybpf__scalar_is_const(&value->num)) {
        head->shape = 1;
        *num = value->num.known.value;
    } else if (!mybpf__is_anything(&value->num)) {
        head->shape = MYBPF__SCALAR_WORDS;
        mybpf__copy(num, &value->num, sizeof value->num);
    }
}

MYBPF__FN uint32_t mybpf__hash_place(uint32_t hash, const mybpf__saved_place *place)
{
    const uint64_t *num = (const uint64_t *)(const void *)(place + 1);
    hash = mybpf__hash_word(hash, (uint64_t)place->frame << 56 | (uint64_t)place->place << 48 |
                                      (uint64_t)place->kind << 40 | (uint64_t)place->span << 32 |
                                      (uint64_t)place->written << 24 | (uint64_t)place->zero << 16 |
                                      place->or_null);
    hash = mybpf__hash_word(hash, (uint32_t)place->off);
    for (uint32_t i = 0; i < place->shape; i++) hash = mybpf__hash_word(hash, num[i]);
    return hash;
}

/* Writes the places of the running state that matter to `scratch`, and fills `head` with what sums them up;
 * the words that they take. */
MYBPF__FN size_t mybpf__pack_places(mybpf__sim *sim, mybpf__saved *head)
{
    const mybpf__state *state = sim->state;
    uint64_t *at = sim->scratch;
    for (uint32_t f = 0; f <= state->depth; f++) {
        const mybpf__frame *frame = &state->frame[f];
        uint32_t live = mybpf__live_regs(sim, state, f);
        uint64_t used = frame->used & sim->slots_read[frame->func];
        for (uint32_t p = 0; p < MYBPF__REGS + MYBPF__SLOTS; p++) {
            uint32_t index = p - MYBPF__REGS;
            const mybpf__slot *slot = p < MYBPF__REGS ? NULL : &frame->slot[index];
            const mybpf__value *value = slot ? &slot->value : &frame->reg[p];
            mybpf__saved_place *place = (mybpf__saved_place *)(void *)at;
            if (slot && !(used >> index)) break;
            if (slot ? !(used >> index & 1) : !(live >> p & 1) || !value->kind) continue;
            mybpf__zero(place, sizeof *place);
            place->frame = (uint8_t)f;
            place->place = (uint8_t)p;
            if (slot) {
                place->span = slot->span;
                place->written = slot->written;
                place->zero = slot->zero;
            }
            if (!slot || slot->span) mybpf__pack_value(place, value);
            if (place->kind == MYBPF__NUMBER) head->bits |= mybpf__place_bit(f, p);
            head->hash = mybpf__hash_place(head->hash, place);
            head->places++;
            at += MYBPF__PLACE_WORDS + place->shape;
        }
    }
    mybpf__touch(sim, state->depth + 1, 2u * head->places);
    return (size_t)(at - sim->scratch);
}

/* The running state as it is, or NULL when there is no memory for it. */
MYBPF__FN mybpf__saved *mybpf__pack(mybpf__sim *sim)
{
    const mybpf__state *state = sim->state;
    mybpf__saved head, *saved;
    size_t bytes, words;
    mybpf__zero(&head, sizeof head);
    words = mybpf__pack_places(sim, &head);
    bytes = sizeof head + (state->depth + 1) * sizeof(mybpf__saved_frame) + words * sizeof *sim->scratch;
    saved = (mybpf__saved *)mybpf_vm_realloc(sim->object->vm, NULL, bytes);
    if (!saved) return NULL;
    sim->kept += bytes;
    if (sim->kept > sim->stats.peak_bytes) sim->stats.peak_bytes = sim->kept;
    if (++sim->put_away > sim->stats.peak_states) sim->stats.peak_states = sim->put_away;
    head.bytes = (uint32_t)bytes;
    head.pc = state->pc;
    head.parent = sim->parent;
    head.length = sim->parent ? sim->parent->length + 1 : 1;
    head.depth = (uint8_t)state->depth;
    head.spent = (uint8_t)state->spent;
    head.rounds = state->rounds;
    head.ref_count = (uint8_t)state->ref_count;
    mybpf__copy(head.refs, state->refs, sizeof head.refs);
    head.lock_map = state->lock_map;
    head.lock_id = state->lock_id;
    *saved = head;
    for (uint32_t f = 0; f <= state->depth; f++) {
        mybpf__saved_frame *frame = &mybpf__saved_frames(saved)[f];
        frame->func = state->frame[f].func;
        frame->call_at = state->frame[f].call_at;
        frame->turns = state->frame[f].turns;
        frame->fresh = state->frame[f].fresh;
        frame->read = 0;
    }
    mybpf__copy(mybpf__place_first(saved), sim->scratch, words * sizeof *sim->scratch);
    return saved;
}

MYBPF__FN void mybpf__saved_free(mybpf__sim *sim, mybpf__saved *saved)
{
    sim->kept -= saved->bytes;
    sim->put_away--;
    mybpf__free(sim->object->vm, saved);
}

MYBPF__FN mybpf__value mybpf__unpack_value(const mybpf__saved_place *place)
{
    const uint64_t *num = (const uint64_t *)(const void *)(place + 1);
    mybpf__value value;
    mybpf__zero(&value, sizeof value);
    value.kind = place->kind;
    value.or_null = place->or_null;
    value.precise = place->precise;
    value.owned = place->owned;
    value.id = place->id;
    value.off = place->off;
    if (place->kind == MYBPF__NUMBER) {
        value.from = place->from;
    } else {
        value.index = (uint32_t)(place->from >> 32);
        value.range = (uint32_t)place->from;
    }
    if (place->shape > 1)
        mybpf__copy(&value.num, num, sizeof value.num);
    else
        value.num = place->shape ? mybpf__scalar_const(*num) : mybpf__scalar_unknown();
    return value;
}

/* Makes `state` what `saved` holds. */
MYBPF__FN void mybpf__unpack(mybpf__sim *sim, mybpf__state *state, mybpf__saved *saved)
{
    mybpf__saved_place *place = mybpf__place_first(saved);
    mybpf__touch(sim, saved->depth + 1u, 2u * saved->places);
    state->pc = saved->pc;
    state->depth = saved->depth;
    if (state == sim->state) mybpf__run_frame(sim, saved->depth);
    state->spent = saved->spent;
    state->rounds = saved->rounds;
    state->ref_count = saved->ref_count;
    mybpf__copy(state->refs, saved->refs, sizeof state->refs);
    state->lock_map = saved->lock_map;
    state->lock_id = saved->lock_id;
    for (uint32_t f = 0; f <= saved->depth; f++) {
        const mybpf__saved_frame *frame = &mybpf__saved_frames(saved)[f];
        mybpf__frame_begin(state, f, frame->func, frame->call_at);
        state->frame[f].turns = frame->turns;
        state->frame[f].fresh = frame->fresh;
    }
    for (uint32_t i = 0; i < saved->places; i++, place = mybpf__place_next(place)) {
        mybpf__frame *frame = &state->frame[place->frame];
        if (place->place < MYBPF__REGS) {
            frame->reg[place->place] = mybpf__unpack_value(place);
        } else {
            mybpf__slot *slot = mybpf__slot_at(frame, place->place - MYBPF__REGS);
            slot->span = place->span;
            slot->written = place->written;
            slot->zero = place->zero;
            slot->value = mybpf__unpack_value(place);
        }
    }
}

/* ---- comparing ---- */

/* Names in the saved state and what they are in the other: what is one there is one here. */
typedef struct mybpf__id_map {
    uint32_t count, old_id[64], new_id[64];
} mybpf__id_map;

MYBPF__FN int mybpf__ids_match(mybpf__id_map *map, uint32_t old_id, uint32_t new_id)
{
    for (uint32_t i = 0; i < map->count; i++)
        if (map->old_id[i] == old_id) return map->new_id[i] == new_id;
    if (map->count == 64) return 0;
    map->old_id[map->count] = old_id;
    map->new_id[map->count++] = new_id;
    return 1;
}

/* What `at` has from `off` on, instead of from its own fixed offset. */
MYBPF__FN mybpf__scalar mybpf__num_from(const mybpf__value *at, int32_t off)
{
    static const mybpf_insn mybpf__add = {MYBPF__CODE_ADD64_REG, 0, 0, 0, 0};
    mybpf__scalar num = at->num, apart = mybpf__scalar_const((uint64_t)((int64_t)at->off - off));
    if (at->off != off) mybpf__scalar_alu(&num, &mybpf__add, &apart);
    return num;
}

/* Is every member of `num` one of the saved number? */
MYBPF__FN int mybpf__num_within(const mybpf__scalar *num, const mybpf__saved_place *was)
{
    const uint64_t *words = (const uint64_t *)(const void *)(was + 1);
    mybpf__scalar old;
    if (!was->shape) return 1;
    if (was->shape == 1) return mybpf__scalar_is_const(num) && num->known.value == *words;
    mybpf__copy(&old, words, sizeof old);
    return mybpf__scalar_subset(num, &old);
}

/* In guarded mode a number that may be any may be a pointer too: what it is used for is looked at as it runs.
 */
MYBPF__FN int mybpf__anything_saved(const mybpf__sim *sim, const mybpf__saved_place *was)
{
    return !sim->verified && was->kind == MYBPF__NUMBER && !was->shape && !was->id;
}

/* Does all that holds for `was` also hold for `now`? */
MYBPF__FN int mybpf__value_within(const mybpf__sim *sim, const mybpf__value *now,
                                  const mybpf__saved_place *was, int whole, mybpf__id_map *ids,
                                  uint32_t place)
{
    mybpf__scalar num;
    if (mybpf__anything_saved(sim, was)) return 1;
    if (was->kind != now->kind) return 0;
    if (was->kind == MYBPF__NUMBER) {
        if (!whole && !was->precise) return 1;
        if (!mybpf__num_within(&now->num, was)) return 0;
        /* one that is alone may stand for any: it gets a name nobody has */
        return !was->id || mybpf__ids_match(ids, was->id, now->id ? now->id : UINT32_MAX - place);
    }
    if (was->or_null != now->or_null || was->owned != now->owned || was->from >> 32 != now->index ||
        now->range < (uint32_t)was->from || !was->id != !now->id)
        return 0;
    if (was->off != now->off && now->kind >= MYBPF__PACKET) return 0;
    num = mybpf__num_from(now, was->off);
    return mybpf__num_within(&num, was) && (!was->id || mybpf__ids_match(ids, was->id, now->id));
}

MYBPF__FN int mybpf__slot_within(const mybpf__sim *sim, const mybpf__slot *now, const mybpf__saved_place *was,
                                 int whole, mybpf__id_map *ids, uint32_t place)
{
    if (was->written & ~now->written) return 0;
    if (was->zero & ~now->zero) return 0;
    if (!was->span) return !now->span || now->value.kind == MYBPF__NUMBER || !was->written || !sim->verified;
    if (was->kind == MYBPF__NUMBER && !whole && !was->precise)
        return !now->span || now->value.kind == MYBPF__NUMBER;
    return was->span == now->span && mybpf__value_within(sim, &now->value, was, whole, ids, place);
}

/* Is the running state one of those that `saved` stands for? */
MYBPF__FN int mybpf__within_saved(mybpf__sim *sim, mybpf__saved *saved, int whole)
{
    const mybpf__state *state = sim->state;
    mybpf__saved_place *was = mybpf__place_first(saved);
    const mybpf__saved_frame *frames = mybpf__saved_frames(saved);
    mybpf__id_map ids;
    ids.count = 0;
    sim->touched += 2;
    if (saved->depth != state->depth || saved->ref_count != state->ref_count) return 0;
    if (saved->spent > state->spent) return 0; /* the other way round, less can happen */
    for (uint32_t f = 0; f <= saved->depth; f++)
        if (frames[f].func != state->frame[f].func || frames[f].call_at != state->frame[f].call_at) return 0;
    for (uint32_t i = 0; i < saved->ref_count; i++)
        if (!mybpf__ids_match(&ids, saved->refs[i], state->refs[i])) return 0;
    if (saved->lock_map != state->lock_map || !saved->lock_id != !state->lock_id) return 0;
    if (saved->lock_id && !mybpf__ids_match(&ids, saved->lock_id, state->lock_id)) return 0;
    for (uint32_t i = 0; i < saved->places; i++, was = mybpf__place_next(was)) {
        const mybpf__frame *frame = &state->frame[was->frame];
        uint32_t index = was->place - MYBPF__REGS, place = (uint32_t)was->frame << 8 | was->place;
        sim->touched += 2;
        if (was->place < MYBPF__REGS) {
            if (!mybpf__value_within(sim, &frame->reg[was->place], was, whole, &ids, place)) return 0;
            continue;
        }
        if (!whole && !(frames[was->frame].read >> index & 1)) continue;
        if (!(frame->used >> index & 1)) return 0;
        if (!mybpf__slot_within(sim, &frame->slot[index], was, whole, &ids, place)) return 0;
    }
    return 1;
}

/* ---- joining ---- */

/* Makes `num` hold for `from`, the older one, too; widened, it ends after a few turns. */
MYBPF__FN void mybpf__num_join(mybpf__scalar *num, const mybpf__scalar *from, int widen)
{
    mybpf__scalar joined = *from;
    if (widen)
        mybpf__scalar_widen(&joined, num);
    else
        mybpf__scalar_join(&joined, num);
    *num = joined;
}

/* Two pointers to the same thing: what differs of their offsets becomes a part that may vary. */
MYBPF__FN void mybpf__pointer_join(mybpf__sim *sim, mybpf__value *into, const mybpf__value *from, int widen)
{
    int moved = into->off != from->off || !mybpf__scalar_equal(&into->num, &from->num);
    into->or_null |= from->or_null;
    if (from->range < into->range) into->range = from->range;
    if (into->id != from->id) into->id = into->or_null ? ++sim->ids : 0;
    if (!moved) return;
    into->num = mybpf__num_from(into, from->off);
    into->off = from->off;
    mybpf__num_join(&into->num, &from->num, widen);
}

/* Makes `into` hold for what `from` says too; where nothing does, in verified mode, it must not be read. */
MYBPF__FN void mybpf__value_join(mybpf__sim *sim, mybpf__value *into, const mybpf__value *from, int widen)
{
    int packet = into->kind == MYBPF__PACKET || into->kind == MYBPF__META;
    int fixed = into->kind >= MYBPF__PACKET;
    if (!into->kind) return;
    if (!from->kind) {
        into->kind = MYBPF__UNSET;
        return;
    }
    into->from |= from->from;
    if (into->kind == MYBPF__NUMBER && from->kind == MYBPF__NUMBER) {
        mybpf__num_join(&into->num, &from->num, widen);
        if (into->id != from->id) into->id = 0;
        return;
    }
    if (into->kind != from->kind || into->index != from->index || into->owned != from->owned ||
        (into->owned && (into->id != from->id || into->or_null != from->or_null)) ||
        (fixed && into->off != from->off) || (packet && into->id != from->id) ||
        (fixed && !mybpf__scalar_equal(&into->num, &from->num)) ||
        (into->off != from->off && (into->or_null || from->or_null))) {
        uint64_t comes_from = into->from;
        *into = sim->verified ? mybpf__value_of(MYBPF__UNSET, 0) : mybpf__value_unknown();
        into->from = comes_from;
        return;
    }
    mybpf__pointer_join(sim, into, from, widen);
}

MYBPF__FN void mybpf__slot_join(mybpf__sim *sim, mybpf__slot *into, const mybpf__slot *from, int widen)
{
    into->written &= from->written;
    into->zero &= from->zero;
    if (into->span != from->span) into->span = 0;
    if (!into->span) return;
    mybpf__value_join(sim, &into->value, &from->value, widen);
    if (!into->value.kind) into->span = into->written = into->zero = 0;
}

/* Gives the objects that `older` holds, and the value that it locked, the names that they have in the running
 * state. */
MYBPF__FN void mybpf__name_objects(const mybpf__state *state, const mybpf__state *older, mybpf__value *value)
{
    if (state->lock_map && value->kind == MYBPF__VALUE && value->id && value->id == older->lock_id)
        value->id = state->lock_id;
    for (uint32_t i = 0; i < state->ref_count && value->owned; i++) {
        if (value->id != older->refs[i]) continue;
        value->id = state->refs[i];
        return;
    }
}

/* Makes the running state hold for what `saved` stands for too; the frames are the same. */
MYBPF__FN void mybpf__state_join(mybpf__sim *sim, mybpf__saved *saved, int widen)
{
    mybpf__state *state = sim->state, *other = sim->other;
    mybpf__unpack(sim, other, saved);
    mybpf__touch(sim, state->depth + 1, 2u * saved->places);
    for (uint32_t f = 0; f <= state->depth; f++) {
        mybpf__frame *frame = &state->frame[f], *older = &other->frame[f];
        for (unsigned r = 0; r < 10; r++) {
            mybpf__name_objects(state, other, &older->reg[r]);
            mybpf__value_join(sim, &frame->reg[r], &older->reg[r], widen);
        }
        frame->used &= older->used;
        for (uint32_t s = 0; s < MYBPF__SLOTS; s++) {
            if (!(frame->used >> s & 1)) continue;
            mybpf__name_objects(state, other, &older->slot[s].value);
            mybpf__slot_join(sim, &frame->slot[s], &older->slot[s], widen);
        }
    }
}

#endif
#endif
