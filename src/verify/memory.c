/* memory.c: memory accesses, one at a time: proven, or refused in verified and marked in guarded mode. */
#ifndef MYBPF__MEMORY_C
#define MYBPF__MEMORY_C

#include "precise.c"

#ifndef MYBPF_NO_PROVER

enum { MYBPF__READ = 1, MYBPF__WRITE = 2, MYBPF__ATOMIC = 4, MYBPF__LOAD = 8 }; /* LOAD: by an instruction */

/* Where an access may begin, from the first byte of what the pointer is to. */
typedef struct mybpf__reach {
    int64_t low, high;
} mybpf__reach;

/* Far enough to be outside of everything, near enough to be added to. */
MYBPF__FN int64_t mybpf__clamp(int64_t offset)
{
    int64_t far = (int64_t)1 << 40;
    return offset > far ? far : offset < -far ? -far : offset;
}

MYBPF__FN mybpf__reach mybpf__reach_of(const mybpf__value *at, int off)
{
    mybpf__reach reach;
    int64_t fixed = (int64_t)at->off + off;
    reach.low = fixed + mybpf__clamp(at->num.smin);
    reach.high = fixed + mybpf__clamp(at->num.smax);
    return reach;
}

/* ---- what may be accessed ---- */

/* What the program may do with a value of a map. */
MYBPF__FN mybpf__reason mybpf__map_refuses(const mybpf_object *object, uint32_t index, int how)
{
    const mybpf_map_desc *desc = mybpf__desc_of(object, index);
    int read_only = !(index & MYBPF__INNER_MAP) && object->slots[index].read_only;
#    ifndef MYBPF_NO_MAP_TYPES
    const mybpf__map_type *type = mybpf__map_type_of(desc->type);
    read_only |= type && type->is & MYBPF__MAP_CONSTANT;
#    endif
    if (how & MYBPF__WRITE && (read_only || desc->flags & MYBPF_F_RDONLY_PROG)) return MYBPF__WHY_READ_ONLY;
    if (how & MYBPF__READ && desc->flags & MYBPF_F_WRONLY_PROG) return MYBPF__WHY_WRITE_ONLY;
    return MYBPF__WHY_PROVEN;
}

MYBPF__FN mybpf__reason mybpf__within_bounds(mybpf__reach reach, uint64_t size, int64_t low, int64_t high)
{
    if (reach.low < low) return MYBPF__WHY_BELOW;
    return reach.high > high || size > (uint64_t)(high - reach.high) ? MYBPF__WHY_ABOVE : MYBPF__WHY_PROVEN;
}

/* Fields of a value that are for their helpers alone; an instruction may load a kptr, as a number. */
MYBPF__FN mybpf__reason mybpf__field_touched(const mybpf__sim *sim, uint32_t index, mybpf__reach reach,
                                             uint64_t size, int how)
{
    int64_t lock = (int64_t)mybpf__lock_of(sim->object, index) - 1,
            timer = (int64_t)mybpf__timer_of(sim->object, index) - 1, end = reach.high + (int64_t)size;
    const mybpf__kptr *kptr =
        mybpf__kptr_among(sim->object, index, reach.low, (uint64_t)(reach.high - reach.low) + size);
    if (lock >= 0 && reach.low < lock + 4 && end > lock) return MYBPF__WHY_LOCK_BYTES;
    if (timer >= 0 && reach.low < timer + 16 && end > timer) return MYBPF__WHY_TIMER;
    if (!kptr || (how == (MYBPF__READ | MYBPF__LOAD) && reach.low == kptr->at && end - reach.low == 8 &&
                  !(sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS)))
        return MYBPF__WHY_PROVEN;
    return MYBPF__WHY_KPTR;
}

/* The run must give as much of the context from now on. */
MYBPF__FN void mybpf__need_context(mybpf__sim *sim, int64_t end)
{
    if (sim->program && end > sim->program->ctx_size) sim->program->ctx_size = (uint32_t)end;
}

/* Fields are named by the instruction: as in Linux, the pointer to them is not moved. */
MYBPF__FN mybpf__reason mybpf__context_refuses(mybpf__sim *sim, mybpf__reach reach, int off, uint64_t size,
                                               int how)
{
    const mybpf__field *field;
    mybpf__reason why;
    if (how & MYBPF__ATOMIC) return MYBPF__WHY_NO_ATOMIC; /* its alignment is not known */
    if (!sim->context) {
        why = mybpf__within_bounds(reach, size, 0, sim->ctx_size);
        return why == MYBPF__WHY_ABOVE && !sim->ctx_size ? MYBPF__WHY_NO_SIZE : why;
    }
    if (reach.low != reach.high || reach.low != off || size > 8) return MYBPF__WHY_NO_FIELD;
    field = mybpf__context_field(sim->context, reach.low, (uint32_t)size, how & MYBPF__WRITE);
    if (!field) return MYBPF__WHY_NO_FIELD;
    if (field->kind != MYBPF_FIELD_NUMBER && !mybpf__field_is_packet(field) && sim->program)
        sim->program->memory = 1;
    mybpf__need_context(sim, field->kind == MYBPF_FIELD_NUMBER
                                 ? reach.low + (int64_t)size
                                 : mybpf__context_addresses(sim->context, mybpf__field_is_packet(field)));
    return MYBPF__WHY_PROVEN;
}

/* A packet pointer is its base, which `range` bytes are known of, and a fixed offset. */
MYBPF__FN mybpf__reason mybpf__packet_refuses(mybpf__sim *sim, const mybpf__value *at, int off, uint64_t size,
                                              int how)
{
    int64_t first = (int64_t)at->off + off;
    if (how & MYBPF__ATOMIC) return MYBPF__WHY_NO_ATOMIC;
    if (how & MYBPF__WRITE && !sim->context->writes_packet) return MYBPF__WHY_READ_ONLY;
    if (first < 0 || at->num.smin < 0) return MYBPF__WHY_BELOW;
    if (first > at->range || size > (uint64_t)(at->range - first)) return MYBPF__WHY_PACKET;
    if (sim->program) sim->program->packet |= (uint8_t)(how & (MYBPF__READ | MYBPF__WRITE));
    return MYBPF__WHY_PROVEN;
}

/* Memory that a helper or the context gave. */
MYBPF__FN mybpf__reason mybpf__object_refuses(const mybpf__value *at, mybpf__reach reach, uint64_t size,
                                              int how)
{
    const mybpf__context *layout = mybpf__object_layout(at->index & MYBPF__MEM_OBJECT);
    if (how & MYBPF__WRITE && at->index & MYBPF__MEM_CONSTANT) return MYBPF__WHY_READ_ONLY;
    if (!layout) return mybpf__within_bounds(reach, size, 0, at->range);
    return reach.low == reach.high && size <= 8 &&
                   mybpf__context_field(layout, reach.low, (uint32_t)size, how & MYBPF__WRITE)
               ? MYBPF__WHY_PROVEN
               : MYBPF__WHY_NO_FIELD;
}

/* One that holds a record may not be written over: it could not be released any more. */
MYBPF__FN mybpf__reason mybpf__dynptr_written(const mybpf__sim *sim, uint32_t f, mybpf__reach reach,
                                              uint64_t size)
{
    const mybpf__frame *frame = &sim->state->frame[f];
    int64_t end = reach.high + (int64_t)size;
    for (int64_t at = reach.low; at < end; at++) {
        uint32_t slot = (uint32_t)(-at - 1) / 8;
        if (frame->used >> slot & 1 && frame->slot[slot].span &&
            frame->slot[slot].value.kind == MYBPF__DYNPTR && frame->slot[slot].value.owned)
            return MYBPF__WHY_DYNPTR;
        at += 7 - (at & 7); /* to the next slot */
    }
    return MYBPF__WHY_PROVEN;
}

/* What a field of the context holds, as the program gets it. */
MYBPF__ONE_COPY mybpf__value mybpf__field_value(mybpf__sim *sim, const mybpf__field *field,
                                                mybpf__value number)
{
    mybpf__value value;
    switch (field->kind) {
    case MYBPF_FIELD_PACKET: return mybpf__value_of(MYBPF__PACKET, 0);
    case MYBPF_FIELD_PACKET_END: return mybpf__value_of(MYBPF__PACKET_END, 0);
    case MYBPF_FIELD_PACKET_META: return mybpf__value_of(MYBPF__META, 0);
    case MYBPF_FIELD_MEMORY:
    case MYBPF_FIELD_MEMORY_OR_NULL:
        value = mybpf__value_of(MYBPF__MEM, field->object | (field->constant ? MYBPF__MEM_CONSTANT : 0));
        value.range = field->bytes;
        value.or_null = field->kind == MYBPF_FIELD_MEMORY_OR_NULL;
        if (value.or_null) value.id = ++sim->ids;
        return value;
    default: return number;
    }
}

/* Is an access of `size` bytes there aligned? Behind the 14 bytes of an Ethernet header packets are, in
 * Linux. */
MYBPF__FN int mybpf__is_aligned(const mybpf__value *at, int off, uint64_t size)
{
    int packet = at->kind == MYBPF__PACKET || at->kind == MYBPF__META;
    uint64_t low = (uint64_t)((int64_t)at->off + off + 2 * packet) + at->num.known.value;
    return !((low | at->num.known.mask) & (size - 1));
}

/* Why the `size` bytes at `at` + `off` may not be accessed. */
MYBPF__FN mybpf__reason mybpf__access_refused(mybpf__sim *sim, const mybpf__value *at, int off, uint64_t size,
                                              int how)
{
    mybpf__reach reach = mybpf__reach_of(at, off);
    mybpf__reason reason = MYBPF__WHY_NO_MEMORY;
    if (at->kind <= MYBPF__NUMBER) return MYBPF__WHY_NO_POINTER;
    if (at->or_null) return MYBPF__WHY_OR_NULL;
    switch (at->kind) {
    case MYBPF__CTX: reason = mybpf__context_refuses(sim, reach, off, size, how); break;
    case MYBPF__STACK:
        reason = mybpf__within_bounds(reach, size, -MYBPF_STACK_FRAME, 0);
        if (!reason && how & MYBPF__WRITE) reason = mybpf__dynptr_written(sim, at->index, reach, size);
        break;
    case MYBPF__VALUE:
        reason = mybpf__map_refuses(sim->object, at->index, how);
        if (!reason) reason = mybpf__field_touched(sim, at->index, reach, size, how);
        if (!reason)
            reason = mybpf__within_bounds(reach, size, 0, mybpf__desc_of(sim->object, at->index)->value_size);
        break;
    case MYBPF__MEM: reason = mybpf__object_refuses(at, reach, size, how); break;
    case MYBPF__PACKET:
    case MYBPF__META: reason = mybpf__packet_refuses(sim, at, off, size, how); break;
    default: break;
    }
    if (!reason && how & MYBPF__ATOMIC && !mybpf__is_aligned(at, off, size)) reason = MYBPF__WHY_ALIGNMENT;
    return reason;
}

/* ---- the stack, byte by byte ---- */

/* A part of the stack inside one slot. */
typedef struct mybpf__part {
    uint32_t slot, first, size;
    uint8_t mask;
} mybpf__part;

/* The part of [at, at + size) that is in the slot of its first byte. */
MYBPF__FN mybpf__part mybpf__part_at(int64_t at, uint64_t size)
{
    mybpf__part part;
    part.slot = (uint32_t)(-at - 1) / 8;
    part.first = (uint32_t)(at + 8 * ((int64_t)part.slot + 1));
    part.size = size < 8 - part.first ? (uint32_t)size : 8 - part.first;
    part.mask = (uint8_t)((0xffu >> (8 - part.size)) << part.first);
    return part;
}

MYBPF__FN void mybpf__use_stack(mybpf__sim *sim, uint32_t f, int64_t low)
{
    uint32_t depth = (uint32_t)-low;
    uint32_t *known = &sim->depths[sim->state->frame[f].func];
    if (low < 0 && depth > *known) *known = depth;
}

/* The slot's value is written over in part: its other bytes are just bytes. */
MYBPF__FN void mybpf__break_span(mybpf__sim *sim, mybpf__slot *slot)
{
    if (!slot->span) return;
    if (mybpf__is_const(&slot->value, 0)) {
        mybpf__mark_value(sim, &slot->value);
        slot->zero = (uint8_t)(slot->zero | 0xffu >> (8 - slot->span));
    }
    slot->span = 0;
}

/* Bytes at a known place are written; what they hold is not followed, but for zeroes. */
MYBPF__FN void mybpf__write_bytes(mybpf__sim *sim, uint32_t f, int64_t at, uint64_t size, int zero)
{
    mybpf__frame *frame = &sim->state->frame[f];
    while (size) {
        mybpf__part part = mybpf__part_at(at, size);
        mybpf__slot *slot = mybpf__slot_at(frame, part.slot);
        if (part.mask == 0xff) {
            slot->span = 0;
            frame->fresh |= (uint64_t)1 << part.slot;
        } else if (part.first < slot->span) {
            mybpf__break_span(sim, slot);
        }
        slot->written |= part.mask;
        slot->zero = (uint8_t)(zero ? slot->zero | part.mask : slot->zero & ~part.mask);
        at += part.size;
        size -= part.size;
    }
}

/* Bytes somewhere in [low, low + size) are written: nothing is certain to be, and what was there may be gone.
 */
MYBPF__FN void mybpf__blur_bytes(mybpf__sim *sim, uint32_t f, int64_t low, uint64_t size)
{
    mybpf__frame *frame = &sim->state->frame[f];
    while (size) {
        mybpf__part part = mybpf__part_at(low, size);
        if (frame->used >> part.slot & 1) {
            mybpf__slot *slot = &frame->slot[part.slot];
            if (part.first < slot->span) mybpf__break_span(sim, slot);
            slot->zero = (uint8_t)(slot->zero & ~part.mask);
        }
        low += part.size;
        size -= part.size;
    }
}

/* May these bytes be read: all written, or zero from the start, and no pointer in pieces? */
MYBPF__FN mybpf__reason mybpf__read_bytes(mybpf__sim *sim, uint32_t f, int64_t at, uint64_t size)
{
    mybpf__frame *frame = &sim->state->frame[f];
    while (size) {
        mybpf__part part = mybpf__part_at(at, size);
        const mybpf__slot *slot = &frame->slot[part.slot];
        int used = frame->used >> part.slot & 1;
        if (!used || (slot->written & part.mask) != part.mask) {
            if (sim->policies & MYBPF_POLICY_NO_UNINIT_STACK) return MYBPF__WHY_UNWRITTEN;
            sim->object->funcs[frame->func].zeroed |= (uint64_t)1 << part.slot;
        }
        if (used && slot->span && slot->value.kind == MYBPF__DYNPTR) return MYBPF__WHY_DYNPTR;
        if (used && slot->span && part.mask != 0xff && mybpf__is_pointer(&slot->value))
            return MYBPF__WHY_PIECE;
        mybpf__mark_read(sim, f, (uint64_t)1 << part.slot);
        at += part.size;
        size -= part.size;
    }
    return MYBPF__WHY_PROVEN;
}

/* ---- other paths ---- */

enum { MYBPF__ENTER_WANTED = 1, MYBPF__ENTER_DONE = 2, MYBPF__ENTER_GLOBAL = 4 };

/* Function `func` may be called by someone else, with any arguments. */
MYBPF__FN void mybpf__want_entered(mybpf__sim *sim, uint32_t func)
{
    sim->entered[func] |= MYBPF__ENTER_WANTED;
}

/* Puts the running state away, to be continued with later: at slot `pc`, or where the jump there goes. */
MYBPF__FN int mybpf__continue_later(mybpf__sim *sim, uint32_t pc, int taken)
{
    uint32_t here = sim->state->pc;
    mybpf__saved *saved;
    sim->state->pc = pc;
    saved = mybpf__pack(sim);
    sim->state->pc = here;
    if (!saved) return mybpf__no_memory(sim);
    saved->taken = (uint8_t)taken;
    saved->path = sim->path_count;
    saved->next = sim->work;
    sim->work = saved;
    if (saved->parent) saved->parent->branches++;
    return MYBPF_OK;
}

/* ---- loads and stores ---- */

/* Numbers that stand in two places get a name, so that what is learnt of one is learnt of both. */
MYBPF__FN void mybpf__name_number(mybpf__sim *sim, mybpf__value *value)
{
    if (value->kind == MYBPF__NUMBER && !value->id && !mybpf__scalar_is_const(&value->num))
        value->id = ++sim->ids;
}

/* The lowest `size` bytes of a number. */
MYBPF__FN mybpf__value mybpf__value_low(const mybpf__value *value, uint32_t size, int sign_extended)
{
    mybpf__value low = *value;
    if (size == 8) return low;
    low.num = mybpf__scalar_low(&value->num, 8 * size, sign_extended);
    if (!mybpf__scalar_equal(&low.num, &value->num)) low.id = 0;
    return low;
}

/* What a load of whole bytes of one slot brings. */
MYBPF__FN mybpf__value mybpf__load_slot(const mybpf__slot *slot, mybpf__part part, int sign_extended)
{
    mybpf__value unknown = mybpf__value_number(mybpf__scalar_load(part.size, sign_extended));
    if (part.first < slot->span) {
        if (mybpf__is_const(&slot->value, 0) && part.first + part.size <= slot->span) return slot->value;
        if (part.first || part.size > slot->span || (part.size < slot->span && MYBPF_BIG_ENDIAN))
            return unknown;
        return slot->value.kind == MYBPF__NUMBER ? mybpf__value_low(&slot->value, part.size, sign_extended)
                                                 : slot->value;
    }
    if ((slot->zero & part.mask) == part.mask) return mybpf__value_number(mybpf__scalar_const(0));
    return unknown;
}

MYBPF__FN int mybpf__sign_extends(const mybpf_insn *insn)
{
    return MYBPF__MODE(insn->code) == MYBPF__MODE_MEMSX;
}

MYBPF__ONE_COPY int mybpf__load_stack(mybpf__sim *sim, const mybpf_insn *insn, uint32_t size,
                                      const mybpf__value *at, mybpf__value *loaded)
{
    mybpf__reach reach = mybpf__reach_of(at, insn->off);
    mybpf__frame *frame = &sim->state->frame[at->index];
    mybpf__part part = mybpf__part_at(reach.low, size);
    mybpf__reason reason =
        mybpf__read_bytes(sim, at->index, reach.low, (uint64_t)(reach.high - reach.low) + size);
    mybpf__use_stack(sim, at->index, reach.low);
    if (reason && sim->verified)
        return MYBPF__REFUSE(sim, "the %u-byte read of the stack at r10 + %lld: %s", size,
                             (long long)reach.low, mybpf__reason_text(reason));
    if (reason || reach.low != reach.high || part.size != size) return MYBPF_OK;
    if (!(frame->used >> part.slot & 1)) return MYBPF_OK; /* a zero, but nothing relies on it */
    if (frame->slot[part.slot].span) mybpf__name_number(sim, &frame->slot[part.slot].value);
    *loaded = mybpf__load_slot(&frame->slot[part.slot], part, mybpf__sign_extends(insn));
    return MYBPF_OK;
}

enum { MYBPF__SEEN_ARENA = 32, MYBPF__SEEN_CONTEXT = 64, MYBPF__SEEN_OTHER = 128 }; /* bits of sim->points */

/* An instruction that accesses fields of a context, or an arena, accesses nothing else on another path: as in
 * the kernel, so that what it stands for can be told without running it. */
MYBPF__FN mybpf__reason mybpf__mixed_access(mybpf__sim *sim, unsigned kind)
{
    uint8_t *seen = &sim->points[sim->state->pc];
    unsigned what = MYBPF__SEEN_OTHER;
    if (kind == MYBPF__ARENA) what = MYBPF__SEEN_ARENA;
    if (kind == MYBPF__CTX && sim->context) what = MYBPF__SEEN_CONTEXT;
    *seen = (uint8_t)(*seen | what);
    what = *seen & (MYBPF__SEEN_ARENA | MYBPF__SEEN_CONTEXT | MYBPF__SEEN_OTHER);
    return what & (what - 1) ? MYBPF__WHY_MIXED : MYBPF__WHY_PROVEN; /* more than one of them */
}

/* The access of one instruction at `at`, by the load's policy too. */
MYBPF__FN mybpf__reason mybpf__insn_access_refused(mybpf__sim *sim, const mybpf__value *at, int off,
                                                   uint32_t size, int how)
{
    mybpf__reason reason = mybpf__access_refused(sim, at, off, size, how);
    int aligned = sim->policies & MYBPF_POLICY_ALIGNED || (sim->verified && at->kind == MYBPF__STACK);
    if (!reason && aligned && !mybpf__is_aligned(at, off, size)) return MYBPF__WHY_ALIGNMENT;
    return reason;
}

/* Proves the access at register `reg` plus the instruction's offset. `*proven` tells what came of it: nothing
 * in an arena, where every access is checked while it runs. */
MYBPF__FN int mybpf__access(mybpf__sim *sim, unsigned reg, int off, uint32_t size, int how, int *proven)
{
    const mybpf__value *at = &sim->top->reg[reg];
    int arena = at->kind == MYBPF__ARENA;
    mybpf__reason reason = arena ? MYBPF__WHY_PROVEN : mybpf__insn_access_refused(sim, at, off, size, how);
    char what[64];
    if (!reason) reason = mybpf__mixed_access(sim, at->kind);
    *proven = !reason && !arena;
    if (!reason) {
        if (arena) sim->object->facts[sim->state->pc] |= MYBPF_FACT_GUARD;
        return MYBPF_OK;
    }
    mybpf__print(what, sizeof what, "the %u-byte %s at r%u %c %d", (unsigned)size,
                 how & MYBPF__ATOMIC  ? "atomic access"
                 : how & MYBPF__WRITE ? "write"
                                      : "read",
                 reg, off < 0 ? '-' : '+', off < 0 ? -off : off);
    return mybpf__unproven(sim, what, reg, reason);
}

/* What the 8 bytes at `off` in section `map` are: a pointer that the file put there, where programs cannot
 * write. Anything else is not known. */
MYBPF__FN int mybpf__section_pointer(mybpf__sim *sim, uint32_t map, int64_t off, mybpf__value *value)
{
    const mybpf_object *object = sim->object;
    if (map & MYBPF__INNER_MAP || !object->slots[map].is_section || !object->slots[map].read_only) return 0;
    sim->touched += object->reloc_count / 8 + 1;
    for (uint32_t i = 0; i < object->reloc_count; i++) {
        const mybpf_data_reloc *reloc = &object->relocs[i];
        if (reloc->map != map || (int64_t)reloc->offset != off || reloc->kind == MYBPF_DATA_RELOC_PROGRAM)
            continue;
        *value =
            mybpf__value_of(reloc->kind == MYBPF_DATA_RELOC_FUNC ? MYBPF__FUNC : MYBPF__VALUE, reloc->index);
        if (value->kind == MYBPF__VALUE) value->num = mybpf__scalar_const(reloc->addend);
        if (value->kind == MYBPF__FUNC && !sim->verified) mybpf__want_entered(sim, reloc->index);
        return 1;
    }
    return 0;
}

enum { MYBPF__TABLE_MAX = 16 }; /* entries of which each has a path of its own */

/* A load from a table of pointers: at an index that is not known the path goes on with each of the entries.
 */
MYBPF__FN int mybpf__load_table(mybpf__sim *sim, const mybpf_insn *insn, const mybpf__value *at,
                                mybpf__value *loaded)
{
    mybpf__reach reach = mybpf__reach_of(at, insn->off);
    mybpf__value *reg = &sim->top->reg[insn->dst_reg], entry, before = *reg;
    int many = reach.low != reach.high, rc = MYBPF_OK;
    if (many && (!sim->verified || !mybpf__is_aligned(at, insn->off, 8) || reach.low % 8 ||
                 reach.high - reach.low > 8 * MYBPF__TABLE_MAX))
        return MYBPF_OK;
    for (int64_t off = reach.low; off <= reach.high; off += 8)
        if (!mybpf__section_pointer(sim, at->index, off, &entry)) return MYBPF_OK;
    for (int64_t off = reach.low; off < reach.high && !rc; off += 8) {
        (void)mybpf__section_pointer(sim, at->index, off, reg);
        rc = mybpf__continue_later(sim, sim->state->pc + 1, 0);
    }
    *reg = before;
    *loaded = entry;
    return rc;
}

/* A number in a section that nobody writes to any more, as the file or the host has put it there. Addresses
 * are none: they differ from process to process. */
MYBPF__FN void mybpf__load_constant(mybpf__sim *sim, const mybpf_insn *insn, uint32_t size,
                                    const mybpf__value *at, mybpf__value *loaded)
{
    const mybpf_object *object = sim->object;
    mybpf__reach reach = mybpf__reach_of(at, insn->off);
    const mybpf__map_slot *slot = at->index & MYBPF__INNER_MAP ? NULL : &object->slots[at->index];
    uint64_t number = 0;
    if (!slot || !slot->is_section || !slot->read_only || !slot->map || reach.low != reach.high ||
        reach.low < 0 || reach.low + (int64_t)size > (int64_t)slot->desc.value_size)
        return;
    sim->touched += object->reloc_count / 8 + 1;
    for (uint32_t i = 0; i < object->reloc_count; i++)
        if (object->relocs[i].map == at->index && reach.low < (int64_t)object->relocs[i].offset + 8 &&
            (int64_t)object->relocs[i].offset < reach.low + (int64_t)size)
            return;
    mybpf__copy((uint8_t *)&number + (MYBPF_BIG_ENDIAN ? 8 - size : 0),
                (const uint8_t *)mybpf__map_base(slot->map) + reach.low, size);
    if (mybpf__sign_extends(insn) && size < 8)
        number = (uint64_t)((int64_t)(number << (64 - 8 * size)) >> (64 - 8 * size));
    loaded->num = mybpf__scalar_const(number);
}

MYBPF__ONE_COPY int mybpf__load(mybpf__sim *sim, const mybpf_insn *insn, uint32_t size)
{
    mybpf__frame *frame = sim->top;
    mybpf__value at = frame->reg[insn->src_reg];
    int is_signed = mybpf__sign_extends(insn) && size < 8;
    mybpf__value loaded = mybpf__value_number(mybpf__scalar_load(size, is_signed));
    int proven, rc = mybpf__access(sim, insn->src_reg, insn->off, size, MYBPF__READ | MYBPF__LOAD, &proven);
    if (!rc && proven && at.kind == MYBPF__STACK) rc = mybpf__load_stack(sim, insn, size, &at, &loaded);
    if (!rc && proven && at.kind == MYBPF__VALUE) mybpf__load_constant(sim, insn, size, &at, &loaded);
    if (!rc && proven && at.kind == MYBPF__VALUE && size == 8)
        rc = mybpf__load_table(sim, insn, &at, &loaded);
    if (!rc && proven && at.kind == MYBPF__CTX && sim->context) {
        int64_t offset = mybpf__reach_of(&at, insn->off).low;
        const mybpf__field *field = mybpf__context_field(sim->context, offset, size, 0);
        if (is_signed && field->kind != MYBPF_FIELD_NUMBER) /* an upper half of ones: another address */
            rc = mybpf__unproven(sim, "the sign-extended read of an address", insn->src_reg,
                                 MYBPF__WHY_NO_FIELD);
        else
            loaded = mybpf__field_value(sim, field, loaded);
    }
    if (!rc) frame->reg[insn->dst_reg] = loaded; /* refused: as it was, for the report */
    return rc;
}

/* Stores `stored` (the immediate or a register's value) on the stack. */
MYBPF__FN int mybpf__store_stack(mybpf__sim *sim, const mybpf__value *at, int off, uint32_t size,
                                 mybpf__value *stored)
{
    mybpf__reach reach = mybpf__reach_of(at, off);
    uint32_t f = at->index;
    mybpf__part part = mybpf__part_at(reach.low, size);
    mybpf__slot *slot;
    mybpf__use_stack(sim, f, reach.low);
    if (reach.low != reach.high) {
        mybpf__blur_bytes(sim, f, reach.low, (uint64_t)(reach.high - reach.low) + size);
        return MYBPF_OK;
    }
    if (stored->kind == MYBPF__STACK && f < sim->state->depth) {
        if (sim->verified)
            return mybpf__refuse(
                sim, "a pointer to the stack must not be stored in a caller's: it may outlive its function");
        if (stored->index > f) *stored = mybpf__value_unknown();
    }
    if (sim->verified && mybpf__is_pointer(stored) && size < 8)
        return mybpf__refuse(sim, "a pointer stored in part: its slot of the stack would hold neither it nor "
                                  "a number; store all 8 bytes");
    if (part.first || part.size != size || (mybpf__is_pointer(stored) && size < 8)) {
        int zero = mybpf__is_const(stored, 0);
        if (zero) mybpf__mark_value(sim, stored);
        mybpf__write_bytes(sim, f, reach.low, size, zero);
        return MYBPF_OK;
    }
    mybpf__write_bytes(sim, f, reach.low, size, 0);
    slot = mybpf__slot_at(&sim->state->frame[f], part.slot);
    mybpf__name_number(sim, stored);
    slot->span = (uint8_t)size;
    slot->value = mybpf__value_low(stored, size, 0);
    return MYBPF_OK;
}

/* Is a part of one of these bytes' pointers written over, or a whole one of them read? */
MYBPF__FN int mybpf__stack_holds_pointer(const mybpf__sim *sim, uint32_t f, int64_t at, uint64_t size,
                                         int whole)
{
    const mybpf__frame *frame = &sim->state->frame[f];
    while (size) {
        mybpf__part part = mybpf__part_at(at, size);
        const mybpf__slot *slot = &frame->slot[part.slot];
        if (frame->used >> part.slot & 1 && slot->span && mybpf__is_pointer(&slot->value) &&
            (whole || part.mask != 0xff))
            return 1;
        at += part.size;
        size -= part.size;
    }
    return 0;
}

MYBPF__FN int mybpf__refuse_leak(mybpf__sim *sim, const char *what, unsigned reg)
{
    char known[256];
    mybpf__describe(sim, &sim->top->reg[reg], known, sizeof known);
    return MYBPF__REFUSE(sim, "%s would tell a pointer's value: r%u is %s; %s", what, reg, known,
                         mybpf__reason_text(MYBPF__WHY_LEAK));
}

/* Does a store give a pointer's value away: to memory others see, or in pieces? */
MYBPF__FN int mybpf__store_leaks(const mybpf__sim *sim, const mybpf__value *at, int off, uint32_t size,
                                 const mybpf__value *stored)
{
    mybpf__reach reach = mybpf__reach_of(at, off);
    if (!(sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS)) return 0;
    if (mybpf__is_pointer(stored) && (at->kind != MYBPF__STACK || size < 8 || reach.low != reach.high))
        return 1;
    return at->kind == MYBPF__STACK &&
           mybpf__stack_holds_pointer(sim, at->index, reach.low, (uint64_t)(reach.high - reach.low) + size,
                                      reach.low != reach.high);
}

MYBPF__FN int mybpf__store(mybpf__sim *sim, const mybpf_insn *insn, uint32_t size, mybpf__value *stored)
{
    mybpf__value at = sim->top->reg[insn->dst_reg];
    int proven, rc = mybpf__access(sim, insn->dst_reg, insn->off, size, MYBPF__WRITE, &proven);
    if (!rc && mybpf__store_leaks(sim, &at, insn->off, size, stored))
        return mybpf__refuse_leak(sim, "the write",
                                  mybpf__is_pointer(stored) ? insn->src_reg : insn->dst_reg);
    if (rc || !proven || at.kind != MYBPF__STACK) return rc;
    return mybpf__store_stack(sim, &at, insn->off, size, stored);
}

/* Atomic operations and ordered accesses: `*loaded` is what was there before, where that is known. What they
 * store is not followed. */
MYBPF__FN int mybpf__access_atomic(mybpf__sim *sim, unsigned reg, int off, uint32_t size, int how,
                                   mybpf__value *loaded)
{
    mybpf__value at = sim->top->reg[reg];
    mybpf__reach reach = mybpf__reach_of(&at, off);
    int proven, rc = mybpf__access(sim, reg, off, size, how | MYBPF__ATOMIC, &proven);
    mybpf__reason reason = MYBPF__WHY_PROVEN;
    if (rc || !proven || at.kind != MYBPF__STACK) return rc;
    mybpf__use_stack(sim, at.index, reach.low);
    if (how & MYBPF__READ)
        reason = mybpf__read_bytes(sim, at.index, reach.low, (uint64_t)(reach.high - reach.low) + size);
    if (reason && sim->verified)
        return MYBPF__REFUSE(sim, "the %u-byte atomic access to the stack at r10 + %lld: %s", size,
                             (long long)reach.low, mybpf__reason_text(reason));
    if (how & MYBPF__READ && !reason && reach.low == reach.high) { /* aligned: inside one slot */
        mybpf__part part = mybpf__part_at(reach.low, size);
        const mybpf__frame *frame = &sim->state->frame[at.index];
        if (frame->used >> part.slot & 1) *loaded = mybpf__load_slot(&frame->slot[part.slot], part, 0);
    }
    if (!(how & MYBPF__WRITE)) return MYBPF_OK;
    if (reach.low == reach.high)
        mybpf__write_bytes(sim, at.index, reach.low, size, 0);
    else
        mybpf__blur_bytes(sim, at.index, reach.low, (uint64_t)(reach.high - reach.low) + size);
    return MYBPF_OK;
}

#endif
#endif
