/* calls.c: arguments of helpers against their prototypes, calls of functions, and what a call leaves behind.
 */
#ifndef MYBPF__CALLS_C
#define MYBPF__CALLS_C

#include "../map/map_impl.h"
#include "points.c"
#include "refs.c"

#ifndef MYBPF_NO_PROVER

enum { MYBPF__LOOPS_MAX = 1 << 23 }; /* calls of bpf_loop */

/* What simulating an instruction comes to, besides an error. */
enum { MYBPF__GO_ON = 0, MYBPF__PATH_ENDS = 1 };

MYBPF__FN void mybpf__want_all_entered(mybpf__sim *sim)
{
    for (uint32_t f = 0; f < sim->object->func_count; f++) mybpf__want_entered(sim, f);
}

/* ---- arguments ---- */

/* NUL-terminated text in a section that does not change: as it is in memory, with all addresses filled in. */
MYBPF__FN mybpf__reason mybpf__text_refused(const mybpf__sim *sim, const mybpf__value *at)
{
    const mybpf__map_slot *slot;
    int64_t off = mybpf__reach_of(at, 0).low;
    const uint8_t *text;
    uint32_t size;
    if (at->kind != MYBPF__VALUE || at->or_null || !mybpf__scalar_is_const(&at->num) || off < 0)
        return MYBPF__WHY_TEXT;
    if (at->index & MYBPF__INNER_MAP) return MYBPF__WHY_TEXT;
    slot = &sim->object->slots[at->index];
    if (!slot->is_section || !slot->read_only || !slot->map || off >= slot->desc.value_size)
        return MYBPF__WHY_TEXT;
    text = (const uint8_t *)mybpf__map_base(slot->map) + off;
    size = slot->desc.value_size - (uint32_t)off;
    for (uint32_t i = 0; i < size && i < 1024; i++)
        if (!text[i]) return MYBPF__WHY_PROVEN;
    return MYBPF__WHY_TEXT;
}

/* A helper reads or writes at least `least` and at most `size` bytes at the pointer in a register. */
MYBPF__FN mybpf__reason mybpf__memory_refused(mybpf__sim *sim, const mybpf__value *at, uint64_t least,
                                              uint64_t size, int how)
{
    mybpf__reach reach = mybpf__reach_of(at, 0);
    mybpf__reason reason = mybpf__access_refused(sim, at, 0, size, how);
    uint64_t all = (uint64_t)(reach.high - reach.low) + size;
    if (at->kind == MYBPF__CTX && sim->context) return MYBPF__WHY_KIND;
    if (reason || at->kind != MYBPF__STACK) return reason;
    mybpf__use_stack(sim, at->index, reach.low);
    if (how & MYBPF__READ) {
        reason = mybpf__read_bytes(sim, at->index, reach.low, all);
        if (!reason && sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS &&
            mybpf__stack_holds_pointer(sim, at->index, reach.low, all, 1))
            reason = MYBPF__WHY_LEAK;
        return sim->verified ? reason : MYBPF__WHY_PROVEN;
    }
    if (reach.low != reach.high) least = 0;
    mybpf__blur_bytes(sim, at->index, reach.low + (int64_t)least, all - least);
    mybpf__write_bytes(sim, at->index, reach.low, least, 0);
    return MYBPF__WHY_PROVEN;
}

/* What a size may be besides a size: nothing else, 0, or 0 with NULL, which few of the official helpers take.
 */
typedef enum mybpf__empty { MYBPF__EMPTY_REFUSED = 0, MYBPF__EMPTY_SIZE, MYBPF__EMPTY_NULL } mybpf__empty;

MYBPF__FN mybpf__empty mybpf__empty_of(const mybpf__sim *sim, const mybpf_helper *helper, unsigned size)
{
    if (helper->args[size] != MYBPF_ARG_SIZE_OR_ZERO) return MYBPF__EMPTY_REFUSED;
    switch (helper->id) {
    case 28:  /* csum_diff */
    case 119: /* read_branch_records */
    case 152: /* redirect_neigh */
    case 165: /* snprintf */
    case 177: /* trace_vprintk */ return MYBPF__EMPTY_NULL;
    default: return sim->verified && helper->id < MYBPF_HELPER_SYS ? MYBPF__EMPTY_SIZE : MYBPF__EMPTY_NULL;
    }
}

/* Memory whose size is the argument behind it. */
MYBPF__FN mybpf__reason mybpf__sized_refused(mybpf__sim *sim, const mybpf__value *at,
                                             const mybpf__value *size, mybpf__empty empty, int how)
{
    if (size->kind != MYBPF__NUMBER) return MYBPF__WHY_SIZE;
    mybpf__mark_value(sim, size);
    if (!size->num.umin && !empty) return MYBPF__WHY_SIZE_ZERO;
    if (size->num.umax >= MYBPF__FAR) return MYBPF__WHY_SIZE;
    if (mybpf__is_const(at, 0)) mybpf__mark_value(sim, at);
    if (!size->num.umax && empty == MYBPF__EMPTY_NULL && (at->or_null || mybpf__is_const(at, 0)))
        return MYBPF__WHY_PROVEN;
    return mybpf__memory_refused(sim, at, size->num.umin, size->num.umax, how);
}

enum { MYBPF__LOCAL_STORAGE = 81 /* get_local_storage */, MYBPF__PER_CPU_PTR = 153 /* 154: this_cpu_ptr */ };

/* Maps that are not for all helpers, and helpers that are not for all maps: X(type, helpers that take it) */
/* clang-format off */
#    define MYBPF__MAP_HELPERS(X)                                    \
        X(PROG_ARRAY, 12, 12)          X(PERF_EVENT_ARRAY, 22, 25)   \
        X(PERF_EVENT_ARRAY, 55, 55)    X(PERF_EVENT_ARRAY, 111, 111) \
        X(PERF_EVENT_ARRAY, 121, 121)  X(STACK_TRACE, 27, 27)        \
        X(CGROUP_ARRAY, 33, 33)        X(CGROUP_ARRAY, 37, 37)       \
        X(CGROUP_STORAGE, 81, 81)      X(PERCPU_CGROUP_STORAGE, 81, 81) \
        X(DEVMAP, 51, 51)              X(DEVMAP, 1, 1)               \
        X(DEVMAP_HASH, 51, 51)         X(DEVMAP_HASH, 1, 1)          \
        X(CPUMAP, 51, 51)              X(CPUMAP, 1, 1)               \
        X(XSKMAP, 51, 51)              X(XSKMAP, 1, 1)               \
        X(ARRAY_OF_MAPS, 1, 1)         X(HASH_OF_MAPS, 1, 1)         \
        X(SOCKMAP, 52, 53)             X(SOCKMAP, 60, 60)            \
        X(SOCKMAP, 1, 3)               X(SOCKMAP, 82, 82)            \
        X(SOCKHASH, 70, 72)            X(SOCKHASH, 1, 3)             \
        X(SOCKHASH, 82, 82)            X(REUSEPORT_SOCKARRAY, 82, 82) \
        X(QUEUE, 87, 89)               X(STACK, 87, 89)              \
        X(BLOOM_FILTER, 87, 87)        X(BLOOM_FILTER, 89, 89)       \
        X(PERCPU_ARRAY, 1, 3)          X(PERCPU_ARRAY, 195, 195)     \
        X(PERCPU_ARRAY, 164, 164)      X(PERCPU_HASH, 164, 164)      \
        X(HASH, 164, 164)              X(HASH, 1, 3)                 \
        X(LRU_HASH, 164, 164)          X(LRU_HASH, 1, 3)             \
        X(ARRAY, 164, 164)             X(ARRAY, 1, 3)                \
        X(HASH, 169, 169)              X(LRU_HASH, 169, 169)         \
        X(ARRAY, 169, 169)                                           \
        X(PERCPU_HASH, 1, 3)           X(PERCPU_HASH, 195, 195)      \
        X(LRU_PERCPU_HASH, 1, 3)       X(LRU_PERCPU_HASH, 195, 195)  \
        X(LRU_PERCPU_HASH, 164, 164)                                 \
        X(SK_STORAGE, 107, 108)        X(INODE_STORAGE, 145, 146)    \
        X(TASK_STORAGE, 156, 157)      X(CGRP_STORAGE, 210, 211)     \
        X(RINGBUF, 130, 130)           X(RINGBUF, 131, 131)          \
        X(RINGBUF, 134, 134)           X(RINGBUF, 198, 198)          \
        X(USER_RINGBUF, 209, 209)      X(ARENA, 255, 255)
/* clang-format on */

/* May this helper be given a map of this type? Those of elements work on all maps that are not in the table.
 */
MYBPF__FN mybpf__reason mybpf__map_type_refused(mybpf__sim *sim, const mybpf_helper *helper, uint32_t map)
{
#    define MYBPF__MAP_HELPER(type, first, last) {MYBPF_MAP_TYPE_##type, first, last},
    static const struct {
        uint8_t type, first, last;
    } mybpf__rows[] = {MYBPF__MAP_HELPERS(MYBPF__MAP_HELPER)};
#    undef MYBPF__MAP_HELPER
    uint32_t type = mybpf__desc_of(sim->object, map)->type;
    int listed = 0, bound = 0, per_cpu;
    if (helper->id > UINT8_MAX) return MYBPF__WHY_PROVEN; /* none of Linux' */
    per_cpu = type == MYBPF_MAP_TYPE_PERCPU_ARRAY && !(map & MYBPF__INNER_MAP) &&
              sim->object->slots[map].is_section; /* a variable of the host */
    if (per_cpu || helper->id - MYBPF__PER_CPU_PTR < 2)
        return per_cpu && helper->id - MYBPF__PER_CPU_PTR < 2 ? MYBPF__WHY_PROVEN : MYBPF__WHY_MAP_TYPE;
    if (helper->id == MYBPF__LOCAL_STORAGE) { /* as many as can be attached with it */
        uint32_t *storage = &sim->storages[type == MYBPF_MAP_TYPE_CGROUP_STORAGE];
        if (*storage && *storage != map + 1) return MYBPF__WHY_STORAGE;
        *storage = map + 1;
    }
    for (size_t i = 0; i < sizeof mybpf__rows / sizeof *mybpf__rows; i++) {
        int fits = helper->id >= mybpf__rows[i].first && helper->id <= mybpf__rows[i].last;
        if (fits && mybpf__rows[i].type == type) return MYBPF__WHY_PROVEN;
        listed |= mybpf__rows[i].type == type;
        bound |= fits && helper->id > 3;
    }
    return listed || bound ? MYBPF__WHY_MAP_TYPE : MYBPF__WHY_PROVEN;
}
#    undef MYBPF__MAP_HELPERS

/* A number that is the same on every path. */
MYBPF__FN mybpf__reason mybpf__constant_refused(mybpf__sim *sim, const mybpf__value *value)
{
    if (value->kind != MYBPF__NUMBER || !mybpf__scalar_is_const(&value->num)) return MYBPF__WHY_CONSTANT;
    mybpf__mark_value(sim, value);
    return MYBPF__WHY_PROVEN;
}

/* What goes into a kptr is all that one of its kind is, or NULL. */
MYBPF__FN mybpf__reason mybpf__object_refused(mybpf__sim *sim, const mybpf_helper *helper,
                                              const mybpf__value *value)
{
    uint32_t object = helper->object;
    if (helper->args[0] == MYBPF_ARG_KPTR) {
        const mybpf_object_kind *kind = sim->kptr->kind;
        if (mybpf__is_const(value, 0)) return mybpf__constant_refused(sim, value);
        if (value->range < kind->size || (value->index & MYBPF__MEM_CONSTANT && !kind->read_only))
            return MYBPF__WHY_OBJECT;
        object = kind->object;
    }
    if (!mybpf__is_object(value, object)) return MYBPF__WHY_OBJECT;
    return helper->flags & MYBPF_HELPER_RELEASE && value->owned != 1 ? MYBPF__WHY_NOT_OWNED
                                                                     : MYBPF__WHY_PROVEN;
}

/* The context itself, not moved. */
MYBPF__FN int mybpf__is_context(const mybpf__value *value)
{
    return value->kind == MYBPF__CTX && !value->off && mybpf__scalar_is_const(&value->num) &&
           !value->num.known.value;
}

/* The struct bpf_timer of a value. */
MYBPF__FN mybpf__reason mybpf__timer_refused(const mybpf__sim *sim, const mybpf__value *value)
{
    mybpf__reach reach = mybpf__reach_of(value, 0);
    uint32_t timer = value->kind == MYBPF__VALUE ? mybpf__timer_of(sim->object, value->index) : 0;
    return timer && reach.low == reach.high && reach.low + 1 == timer ? MYBPF__WHY_PROVEN : MYBPF__WHY_TIMER;
}

/* A function that is called after the helper has returned, or who knows when: of a timer, with an element of
 * its map; else with anything. Not both. */
MYBPF__FN mybpf__reason mybpf__later_refused(mybpf__sim *sim, const mybpf_helper *helper, uint32_t func)
{
    uint32_t timers = helper->args[0] == MYBPF_ARG_TIMER ? sim->top->reg[1].index + 1 : 0;
    if (sim->verified && sim->entered[func] & MYBPF__ENTER_WANTED && sim->timers[func] != timers)
        return MYBPF__WHY_TIMER;
    sim->timers[func] = timers;
    mybpf__want_entered(sim, func);
    return MYBPF__WHY_PROVEN;
}

/* Argument `index` of a helper, 0 to 4: why is it not proven to be what the prototype asks for? `map` is the
 * map argument before it. Memory that the helper writes is marked written. */
MYBPF__FN mybpf__reason mybpf__argument_refused(mybpf__sim *sim, const mybpf_helper *helper, unsigned index,
                                                const mybpf__value *map)
{
    const mybpf__value *value = &sim->top->reg[index + 1];
    const mybpf_map_desc *desc = map->kind == MYBPF__MAP ? mybpf__desc_of(sim->object, map->index) : NULL;
    uint32_t bytes = helper->sizes[index + 1];
    int how = MYBPF__READ; /* of memory that has so many */
    mybpf__reason reason = MYBPF__WHY_PROVEN;
    mybpf__empty empty;
    if ((value->kind == MYBPF__PACKET || value->kind == MYBPF__META) && helper->id < MYBPF_HELPER_SYS &&
        !(helper->flags & MYBPF_HELPER_PACKET) && helper->args[index] != MYBPF_ARG_ANY)
        return MYBPF__WHY_PACKET_ARG;
    if (value->or_null && helper->args[index] >= MYBPF_ARG_OBJECT) return MYBPF__WHY_OR_NULL;
    switch (helper->args[index]) {
    case MYBPF_ARG_CTX: return mybpf__is_context(value) ? MYBPF__WHY_PROVEN : MYBPF__WHY_KIND;
    case MYBPF_ARG_MAP:
        if (value->kind != MYBPF__MAP) return MYBPF__WHY_KIND;
        if (value->or_null) return MYBPF__WHY_OR_NULL;
        if (helper->args[0] == MYBPF_ARG_TIMER && value->index != sim->top->reg[1].index)
            return MYBPF__WHY_TIMER;
        return sim->verified ? mybpf__map_type_refused(sim, helper, value->index) : MYBPF__WHY_PROVEN;
    case MYBPF_ARG_FUNC:
        if (value->kind != MYBPF__FUNC) return MYBPF__WHY_KIND;
        if (!sim->verified || !mybpf__callback_of(helper))
            return mybpf__later_refused(sim, helper, value->index);
        return MYBPF__WHY_PROVEN;
    case MYBPF_ARG_STRING: return mybpf__text_refused(sim, value);
    case MYBPF_ARG_VALUE_OR_NULL:
        if (mybpf__is_const(value, 0)) return mybpf__constant_refused(sim, value);
        /* fall through */
    case MYBPF_ARG_MAP_KEY:
    case MYBPF_ARG_MAP_VALUE:
    case MYBPF_ARG_MAP_VALUE_WRITE:
        if (!desc) return MYBPF__WHY_KIND;
        bytes = helper->args[index] == MYBPF_ARG_MAP_KEY ? desc->key_size : desc->value_size;
        if (helper->args[index] == MYBPF_ARG_MAP_VALUE_WRITE &&
            desc->type != MYBPF_MAP_TYPE_BLOOM_FILTER /* it asks */)
            how = MYBPF__WRITE;
        break;
    case MYBPF_ARG_PTR_LONG:
    case MYBPF_ARG_PTR_INT:
        bytes = helper->args[index] == MYBPF_ARG_PTR_INT ? 4 : 8;
        if (!mybpf__is_aligned(value, 0, bytes)) return MYBPF__WHY_ALIGNMENT;
        /* fall through */
    case MYBPF_ARG_BYTES_WRITE: how = MYBPF__WRITE; break;
    case MYBPF_ARG_BYTES_READ: break;
    case MYBPF_ARG_STACK_OR_NULL:
        if (value->kind != MYBPF__STACK)
            return mybpf__is_const(value, 0) ? mybpf__constant_refused(sim, value) : MYBPF__WHY_KIND;
        mybpf__mark_value(sim, value);
        return mybpf__within_bounds(mybpf__reach_of(value, 0), 1, -MYBPF_STACK_FRAME, 0);
    case MYBPF_ARG_CONST:
        if (helper->id == MYBPF__LOCAL_STORAGE && !mybpf__is_const(value, 0)) return MYBPF__WHY_ZERO;
        /* fall through */
    case MYBPF_ARG_ALLOC_SIZE: return mybpf__constant_refused(sim, value);
    case MYBPF_ARG_OBJECT: return mybpf__object_refused(sim, helper, value);
    case MYBPF_ARG_TIMER: return mybpf__timer_refused(sim, value);
    case MYBPF_ARG_KPTR:
        sim->kptr = mybpf__kptr_of(sim, value);
        return sim->kptr ? MYBPF__WHY_PROVEN : MYBPF__WHY_KPTR;
    case MYBPF_ARG_DYNPTR: return mybpf__dynptr_refused(sim, helper, value);
    case MYBPF_ARG_DYNPTR_NEW:
        if (!sim->verified) return MYBPF__WHY_DYNPTR;
        if (value->kind != MYBPF__STACK || mybpf__reach_of(value, 0).low != mybpf__reach_of(value, 0).high)
            return MYBPF__WHY_KIND;
        if (!mybpf__is_aligned(value, 0, 8)) return MYBPF__WHY_ALIGNMENT;
        bytes = 16;
        how = MYBPF__WRITE;
        break;
    case MYBPF_ARG_LOCK: return mybpf__lock_refused(sim, value, helper->flags & MYBPF_HELPER_ACQUIRE);
    case MYBPF_ARG_MEM_READ:
    case MYBPF_ARG_MEM_WRITE:
    case MYBPF_ARG_MEM_UPDATE:
        if (helper->args[3] == MYBPF_ARG_DYNPTR_NEW && value->kind != MYBPF__VALUE) return MYBPF__WHY_KIND;
        empty = mybpf__empty_of(sim, helper, index + 1);
        if (helper->args[index] != MYBPF_ARG_MEM_WRITE)
            reason = mybpf__sized_refused(sim, value, value + 1, empty, MYBPF__READ);
        return reason || helper->args[index] == MYBPF_ARG_MEM_READ
                   ? reason
                   : mybpf__sized_refused(sim, value, value + 1, empty, MYBPF__WRITE);
    case MYBPF_ARG_ANY:
        if (sim->verified && helper->id == 122 /* get_netns_cookie: the context, or NULL */ &&
            !mybpf__is_context(value))
            return mybpf__is_const(value, 0) ? mybpf__constant_refused(sim, value) : MYBPF__WHY_KIND;
        return sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS && mybpf__is_pointer(value) ? MYBPF__WHY_LEAK
                                                                                         : MYBPF__WHY_PROVEN;
    default: return MYBPF__WHY_PROVEN; /* any number; a size is looked at with its memory */
    }
    return mybpf__memory_refused(sim, value, bytes, bytes, how);
}

/* ---- calls ---- */

/* Reading a register that this path has not written. */
MYBPF__FN int mybpf__use(mybpf__sim *sim, unsigned reg)
{
    if (sim->top->reg[reg].kind) return MYBPF_OK;
    return MYBPF__REFUSE(sim, "r%u is read, but not written on every path", reg);
}

/* What every call does to the registers; r0 is what it returned. */
MYBPF__FN void mybpf__clobber(mybpf__sim *sim, const mybpf__value *result)
{
    mybpf__frame *frame = sim->top;
    for (unsigned r = 1; r <= 5; r++) frame->reg[r].kind = MYBPF__UNSET;
    frame->reg[0] = *result;
}

/* What a function that a helper calls must not return. */
MYBPF__FN int mybpf__callback_result(mybpf__sim *sim)
{
    char known[160];
    mybpf__describe(sim, &sim->top->reg[0], known, sizeof known);
    return MYBPF__REFUSE(sim, "a function that a helper calls returns 0 to go on or 1 to stop: r0 is %s",
                         known);
}

/* The running function returns to its caller, with r0 as it is. */
MYBPF__FN int mybpf__return(mybpf__sim *sim)
{
    mybpf__state *state = sim->state;
    mybpf__value result = sim->top->reg[0];
    int back;
    if (!state->depth) {
        int rc = (sim->global ? sim->global->returns : sim->program != NULL) ? mybpf__use(sim, 0) : MYBPF_OK;
        const char *why = NULL;
        if (rc) return rc;
        if (sim->program && sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS && mybpf__is_pointer(&result))
            return mybpf__refuse_leak(sim, "the result", 0);
        if (sim->global && sim->global->returns && result.kind != MYBPF__NUMBER)
            why = "a global function returns a number: make it static, then each call is followed";
        else if (sim->verified && !sim->program && !sim->global && sim->timers[state->frame[0].func] &&
                 !mybpf__is_const(&result, 0))
            why = "a timer's function returns 0";
        else if (state->lock_map)
            why = "a lock must be unlocked on every path before the program ends";
        else if (state->ref_count)
            why = "what a helper gave must be released on every path before the program ends";
        return why ? mybpf__refuse(sim, why) : MYBPF__PATH_ENDS;
    }
    if (result.kind == MYBPF__STACK && result.index == state->depth) {
        if (sim->verified)
            return mybpf__refuse(sim, "r0 is a pointer to this function's stack: it must not be returned");
        result = mybpf__value_unknown();
    }
    back = mybpf__calls_back(sim, sim->top->call_at);
    if (back) {
        if (result.kind != MYBPF__NUMBER || result.num.umax > 1) return mybpf__callback_result(sim);
        mybpf__mark_value(sim, &result);
    }
    mybpf__walk(sim, MYBPF__WAY_RETURN);
    state->pc = sim->top->call_at + !back; /* perhaps it is called once more */
    mybpf__run_frame(sim, state->depth - 1);
    if (!back) mybpf__clobber(sim, &result);
    return MYBPF__GO_ON;
}

/* A tail call that succeeds returns in this function's place; one that fails goes on. */
MYBPF__FN int mybpf__tail_call_step(mybpf__sim *sim)
{
    mybpf__value unknown = mybpf__value_unknown();
    int rc;
    if (sim->state->ref_count)
        return mybpf__refuse(sim, "what a helper gave must be released before a tail call");
    mybpf__clobber(sim, &unknown);
    if (sim->verified) sim->top->reg[0].kind = MYBPF__UNSET; /* as in Linux it returns nothing */
    if (!sim->state->depth) return sim->state->pc++, MYBPF__GO_ON;
    rc = mybpf__continue_later(sim, sim->state->pc + 1, 0);
    if (rc) return rc;
    sim->top->reg[0] = unknown;
    if (!sim->verified) mybpf__forget_stacks(sim);
    return mybpf__return(sim);
}

/* The arguments of a call: written, and what the prototype asks for. `*map` becomes the map among them. */
MYBPF__FN int mybpf__check_arguments(mybpf__sim *sim, const mybpf_helper *helper, mybpf__value *map)
{
    for (unsigned i = 0; i < 5; i++) {
        int rc = helper->args[i] == MYBPF_ARG_NONE ? MYBPF_OK : mybpf__use(sim, i + 1);
        if (rc) return rc;
    }
    for (unsigned i = 0; i < 5; i++) {
        mybpf__reason reason;
        char what[96];
        int rc;
        if (helper->args[i] == MYBPF_ARG_NONE) {
            if (!(helper->flags & MYBPF_HELPER_VARIADIC) ||
                !(sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS) || !mybpf__is_pointer(&sim->top->reg[i + 1]))
                continue;
            mybpf__print(what, sizeof what, "argument %u of %s", i + 1, helper->name);
            return mybpf__refuse_unproven(sim, what, i + 1, MYBPF__WHY_LEAK);
        }
        if (helper->args[i] == MYBPF_ARG_FUNC && !sim->verified) {
            mybpf__forget_stacks(sim);
            if (sim->top->reg[i + 1].kind != MYBPF__FUNC) mybpf__want_all_entered(sim);
        }
        if (helper->args[i] == MYBPF_ARG_MAP) *map = sim->top->reg[i + 1];
        reason = mybpf__argument_refused(sim, helper, i, map);
        if (!reason) continue;
        mybpf__print(what, sizeof what, "argument %u of %s", i + 1, helper->name);
        rc = helper->args[i] >= MYBPF_ARG_CONST ? mybpf__refuse_unproven(sim, what, i + 1, reason)
                                                : mybpf__unproven(sim, what, i + 1, reason);
        if (rc) return rc;
    }
    return MYBPF_OK;
}

/* The register of the first argument of this kind, 0 when there is none. */
MYBPF__FN unsigned mybpf__argument_of(const mybpf_helper *helper, uint8_t kind)
{
    for (unsigned i = 0; i < 5; i++)
        if (helper->args[i] == kind) return i + 1;
    return 0;
}

/* At most the size that the helper was given, or an errno. */
MYBPF__FN mybpf__value mybpf__value_length(const mybpf__value *size)
{
    static const mybpf_insn mybpf__least = {0x75, 0, 0, 0, -4095}, mybpf__most = {0xdd, 0, 1, 0, 0};
    mybpf__value length = mybpf__value_unknown();
    mybpf__scalar most = mybpf__scalar_const(size->num.umax);
    if (size->kind != MYBPF__NUMBER || size->num.umax >= MYBPF__FAR) return length;
    (void)mybpf__scalar_branch(&mybpf__least, 1, &length.num, NULL);
    (void)mybpf__scalar_branch(&mybpf__most, 1, &length.num, &most);
    return length;
}

/* The kind of object that a helper gives; of a socket, where it takes one, another view of it. */
MYBPF__FN uint32_t mybpf__object_given(const mybpf_helper *helper)
{
    if (helper->object != MYBPF_OBJECT_SOCK_COMMON || helper->args[0] != MYBPF_ARG_OBJECT)
        return helper->object;
    return helper->id == 96 ? (uint32_t)MYBPF_OBJECT_TCP_SOCK : (uint32_t)MYBPF_OBJECT_SOCKET; /* tcp_sock */
}

/* What the helper returns; its arguments are still in their registers. */
MYBPF__ONE_COPY mybpf__value mybpf__result_of(mybpf__sim *sim, const mybpf_helper *helper,
                                              const mybpf__value *map)
{
    const mybpf__value *reg = sim->top->reg;
    mybpf__value result = mybpf__value_unknown();
    unsigned size;
    switch (helper->ret) {
    case MYBPF_RET_MAP_VALUE:
    case MYBPF_RET_MAP_VALUE_OR_NULL:
        if (map->kind != MYBPF__MAP) return result;
        result = mybpf__value_of(MYBPF__VALUE, map->index);
        if (mybpf__holds_maps(sim->object, map->index))
            result = mybpf__value_of(MYBPF__MAP, map->index | MYBPF__INNER_MAP);
        break;
    case MYBPF_RET_LENGTH:
        size = mybpf__argument_of(helper, MYBPF_ARG_SIZE);
        return mybpf__value_length(&reg[size ? size : mybpf__argument_of(helper, MYBPF_ARG_SIZE_OR_ZERO)]);
    case MYBPF_RET_MEM:
    case MYBPF_RET_MEM_OR_NULL:
    case MYBPF_RET_ALLOC_OR_NULL:
        result = mybpf__value_of(MYBPF__MEM, mybpf__object_given(helper));
        result.range = helper->sizes[0];
        if (helper->ret == MYBPF_RET_ALLOC_OR_NULL)
            result.range = (uint32_t)reg[mybpf__argument_of(helper, MYBPF_ARG_ALLOC_SIZE)].num.umax;
        if (helper->flags & MYBPF_HELPER_CONSTANT) result.index |= MYBPF__MEM_CONSTANT;
        if (helper->args[0] == MYBPF_ARG_KPTR) {
            const mybpf_object_kind *kind = sim->kptr->kind;
            result.index = kind->object | (kind->read_only ? MYBPF__MEM_CONSTANT : 0);
            result.range = kind->size;
        }
        break;
    default: return result;
    }
    result.or_null = helper->ret != MYBPF_RET_MEM && helper->ret != MYBPF_RET_MAP_VALUE;
    if (result.kind == MYBPF__VALUE) result.range = mybpf__lock_of(sim->object, map->index) != 0;
    if (result.or_null || (result.kind == MYBPF__VALUE && result.range)) result.id = ++sim->ids;
    return result;
}

MYBPF__FN int mybpf__call_function(mybpf__sim *sim, uint32_t func)
{
    mybpf__state *state = sim->state;
    uint32_t depth = state->depth + 1;
    if (depth == MYBPF_CALL_DEPTH) {
        if (!sim->verified) return MYBPF__PATH_ENDS; /* the run ends with FAULT_DEPTH */
        return MYBPF__REFUSE(sim, "calls nest deeper than %d functions", MYBPF_CALL_DEPTH);
    }
    mybpf__walk(sim, MYBPF__WAY_CALL);
    mybpf__frame_begin(state, depth, func, state->pc);
    for (unsigned r = 1; r <= 5; r++) state->frame[depth].reg[r] = state->frame[depth - 1].reg[r];
    mybpf__run_frame(sim, depth);
    state->pc = sim->object->funcs[func].start;
    return MYBPF__GO_ON;
}

/* ---- functions that are verified by themselves ---- */

/* Why is this argument not what a global function is declared with? Memory is there to be read and written.
 */
MYBPF__FN mybpf__reason mybpf__global_refused(mybpf__sim *sim, const mybpf__proto *proto, uint32_t index)
{
    const mybpf__value *value = &sim->top->reg[index + 1];
    mybpf__reason reason;
    switch (proto->kind[index]) {
    case MYBPF__PARAM_NUMBER: return value->kind == MYBPF__NUMBER ? MYBPF__WHY_PROVEN : MYBPF__WHY_KIND;
    case MYBPF__PARAM_CTX: return mybpf__is_context(value) ? MYBPF__WHY_PROVEN : MYBPF__WHY_KIND;
    default: break;
    }
    if (mybpf__is_const(value, 0)) return mybpf__mark_value(sim, value), MYBPF__WHY_PROVEN;
    if (value->kind != MYBPF__STACK && value->kind != MYBPF__VALUE && value->kind != MYBPF__MEM)
        return MYBPF__WHY_KIND;
    reason = mybpf__access_refused(sim, value, 0, proto->size[index], MYBPF__WRITE);
    return reason ? reason
                  : mybpf__memory_refused(sim, value, proto->size[index], proto->size[index], MYBPF__READ);
}

/* A call of a function that is verified by itself, once for all its calls; 0 when it is not, or was not given
 * what it is declared with: then it is followed here. */
MYBPF__FN int mybpf__call_global(mybpf__sim *sim, uint32_t func)
{
    const mybpf__proto *proto = sim->object->protos ? &sim->object->protos[func] : NULL;
    mybpf__value result = mybpf__value_unknown();
    if (!proto || !proto->global || !sim->verified || sim->follow_all || sim->state->lock_map ||
        sim->state->depth + 1 == MYBPF_CALL_DEPTH)
        return 0;
    for (uint32_t i = 0; i < proto->params; i++)
        if (mybpf__global_refused(sim, proto, i)) return 0;
    for (uint32_t i = 0; i < proto->params; i++)
        if (sim->top->reg[i + 1].kind == MYBPF__STACK)
            (void)mybpf__memory_refused(sim, &sim->top->reg[i + 1], proto->size[i], proto->size[i],
                                        MYBPF__WRITE);
    if (!(sim->entered[func] & MYBPF__ENTER_GLOBAL)) sim->globals[sim->global_count++] = func;
    sim->entered[func] |= MYBPF__ENTER_GLOBAL;
    if (!proto->returns) result.kind = MYBPF__UNSET;
    mybpf__clobber(sim, &result);
    if (sim->moves_packet) mybpf__each_value(sim, mybpf__forget_packet, NULL); /* perhaps it did, too */
    sim->state->pc++;
    return 1;
}

/* What it starts with. */
MYBPF__FN void mybpf__global_arguments(mybpf__sim *sim, const mybpf__proto *proto)
{
    for (uint32_t i = 0; i < proto->params; i++) {
        mybpf__value *value = &sim->top->reg[i + 1];
        *value = mybpf__value_unknown();
        if (proto->kind[i] == MYBPF__PARAM_CTX) *value = mybpf__value_of(MYBPF__CTX, 0);
        if (proto->kind[i] != MYBPF__PARAM_MEM) continue;
        *value = mybpf__value_of(MYBPF__MEM, 0);
        value->range = proto->size[i];
        value->or_null = 1;
        value->id = ++sim->ids;
    }
}

/* ---- callbacks ---- */

/* A map, and a key and the value of an element of it. */
MYBPF__FN void mybpf__element_arguments(mybpf__sim *sim, uint32_t map)
{
    mybpf__value *reg = sim->top->reg;
    reg[1] = mybpf__value_of(MYBPF__MAP, map);
    reg[2] = mybpf__value_of(MYBPF__MEM, MYBPF__MEM_CONSTANT);
    reg[2].range = mybpf__desc_of(sim->object, map)->key_size;
    reg[3] = mybpf__value_of(MYBPF__VALUE, map);
    reg[3].range = mybpf__lock_of(sim->object, map) != 0;
    if (reg[3].range) reg[3].id = ++sim->ids;
}

/* What the helper hands to its function besides what it was handed for it. */
MYBPF__FN void mybpf__callback_arguments(mybpf__sim *sim, const mybpf__callback *callback,
                                         const mybpf__value *from, const mybpf__value *map)
{
    mybpf__value *reg = sim->top->reg;
    uint64_t most = from[1].kind == MYBPF__NUMBER ? from[1].num.umax : (uint64_t)MYBPF__LOOPS_MAX;
    for (unsigned r = 1; r <= 5; r++) reg[r].kind = MYBPF__UNSET;
    reg[callback->as] = from[callback->handed];
    if (callback->id == MYBPF__CALLBACK_LOOP) { /* an index below the count, of 32 bits */
        if (most > MYBPF__LOOPS_MAX) most = MYBPF__LOOPS_MAX;
        reg[1] = mybpf__value_number(mybpf__scalar_range(0, most - 1));
        reg[1].from = from[1].from;
        return;
    }
    if (callback->id == MYBPF__CALLBACK_DRAIN) {
        reg[1] = mybpf__value_of(MYBPF__MEM, MYBPF__MEM_CONSTANT | MYBPF_OBJECT_DYNPTR);
        return;
    }
    if (callback->id == MYBPF__CALLBACK_VMA) { /* the host's numbers */
        reg[1] = reg[2] = mybpf__value_unknown();
        return;
    }
    mybpf__element_arguments(sim, map->index);
}

/* A helper that calls a function of the program: the function is a loop's body. One path goes on behind the
 * helper, the other through the function and back to the call, until nothing new comes there: states that
 * meet at the call are joined when there are many, since the helper ends by itself. */
MYBPF__FN int mybpf__call_back(mybpf__sim *sim, const mybpf__callback *callback, const mybpf__value *map,
                               const mybpf__value *result)
{
    mybpf__frame *frame = sim->top;
    mybpf__value before[6];
    uint32_t turns = frame->turns;
    int rc;
    frame->turns = 0; /* behind it */
    for (unsigned r = 0; r < 6; r++) before[r] = frame->reg[r];
    if (callback->id == MYBPF__CALLBACK_LOOP) mybpf__mark_value(sim, &before[1]);
    mybpf__clobber(sim, result);
    if (callback->id == MYBPF__CALLBACK_LOOP && mybpf__is_const(&before[1], 0))
        return sim->state->pc++, MYBPF__GO_ON;
    rc = mybpf__continue_later(sim, sim->state->pc + 1, 0);
    frame->turns = turns;
    for (unsigned r = 0; r < 6; r++) frame->reg[r] = before[r];
    if (!rc) rc = mybpf__call_function(sim, before[callback->func].index);
    sim->state->rounds++;
    if (!rc) mybpf__callback_arguments(sim, callback, before, map);
    return rc;
}

/* In place of an instruction that was left without a meaning: a run that comes here ends. */
MYBPF__FN int mybpf__call_poison(mybpf__sim *sim)
{
#    if MYBPF__FILES
    if (sim->verified)
        return mybpf__refuse(sim, mybpf__note_of(sim->object, (uint32_t)sim->insns[sim->state->pc].imm));
#    endif
    (void)sim;
    return MYBPF__PATH_ENDS;
}

MYBPF__FN int mybpf__refs_full(mybpf__sim *sim, const mybpf_helper *helper)
{
    return MYBPF__REFUSE(sim, "call of %s: more than %d objects are held at a time", helper->name,
                         MYBPF__REFS);
}

/* What a call does to the dynptr among its arguments. */
MYBPF__FN int mybpf__call_dynptr(mybpf__sim *sim, const mybpf_helper *helper, mybpf__value *result)
{
    unsigned made = mybpf__argument_of(helper, MYBPF_ARG_DYNPTR_NEW),
             used = mybpf__argument_of(helper, MYBPF_ARG_DYNPTR);
    const mybpf__value *reg = sim->top->reg, *dynptr;
    uint32_t record = 0;
    if (made && helper->flags & MYBPF_HELPER_ACQUIRE) {
        record = mybpf__ref_add(sim);
        if (!record) return mybpf__refs_full(sim, helper);
    }
    if (made) mybpf__dynptr_make(sim, &reg[made], record);
    dynptr = used ? mybpf__dynptr_at(sim, &reg[used]) : NULL;
    if (dynptr && result->kind == MYBPF__MEM && dynptr->owned) result->owned = 2;
    if (dynptr && helper->flags & MYBPF_HELPER_RELEASE) mybpf__ref_release(sim, dynptr->id);
    return MYBPF_OK;
}

MYBPF__FN int mybpf__call_helper(mybpf__sim *sim, const mybpf_helper *helper)
{
    if (MYBPF__FILES && helper->id == MYBPF__POISON) return mybpf__call_poison(sim);
    const mybpf__callback *callback = sim->verified ? mybpf__callback_of(helper) : NULL;
    mybpf__value map = mybpf__value_unknown(), result;
    unsigned object = mybpf__argument_of(helper, MYBPF_ARG_OBJECT),
             lock = mybpf__argument_of(helper, MYBPF_ARG_LOCK);
    int rc = mybpf__check_arguments(sim, helper, &map);
    if (rc) return rc;
    if (sim->state->lock_map && !lock)
        return MYBPF__REFUSE(sim, "call of %s while a lock is held: unlock it before", helper->name);
    if (lock) mybpf__lock_move(sim, &sim->top->reg[lock], helper->flags & MYBPF_HELPER_ACQUIRE);
    if (helper->id == MYBPF__HELPER_TAIL_CALL) return mybpf__tail_call_step(sim);
    result = mybpf__result_of(sim, helper, &map);
    if (callback) return mybpf__call_back(sim, callback, &map, &result);
    if (object && result.kind == MYBPF__MEM && sim->top->reg[object].owned) result.owned = 2;
    if (helper->flags & MYBPF_HELPER_RELEASE && object && sim->top->reg[object].owned)
        mybpf__ref_release(sim, sim->top->reg[object].id);
    rc = mybpf__call_dynptr(sim, helper, &result);
    if (rc) return rc;
    if (helper->flags & MYBPF_HELPER_ACQUIRE && result.kind == MYBPF__MEM) {
        result.owned = 1;
        result.id = mybpf__ref_add(sim);
        if (!result.id) return mybpf__refs_full(sim, helper);
    }
    mybpf__clobber(sim, &result);
    if (helper->ret == MYBPF_RET_VOID) sim->top->reg[0].kind = MYBPF__UNSET;
    if (helper->flags & MYBPF_HELPER_NEW_PACKET) mybpf__each_value(sim, mybpf__forget_packet, NULL);
    sim->state->pc++;
    return MYBPF__GO_ON;
}

MYBPF__FN int mybpf__call_register(mybpf__sim *sim, const mybpf_insn *insn)
{
    unsigned reg = insn->imm ? (unsigned)insn->imm : insn->dst_reg;
    const mybpf__value *value = &sim->top->reg[reg];
    mybpf__value unknown = mybpf__value_unknown();
    int rc = mybpf__use(sim, reg);
    if (rc) return rc;
    if (value->kind == MYBPF__FUNC) return mybpf__call_function(sim, value->index);
    rc = mybpf__unproven(sim, "the call through a register", reg, MYBPF__WHY_RUN_TIME);
    if (rc) return rc;
    if (sim->state->lock_map) return mybpf__refuse(sim, "a call through a register while a lock is held");
    mybpf__want_all_entered(sim);
    mybpf__clobber(sim, &unknown);
    sim->state->pc++;
    return MYBPF__GO_ON;
}

#endif
#endif
