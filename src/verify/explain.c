/* explain.c: what the verifier says: registers in words, reasons. */
#ifndef MYBPF__EXPLAIN_C
#define MYBPF__EXPLAIN_C

#include "../map/map_impl.h"
#include "context.c"
#include "state.c"

#ifndef MYBPF_NO_PROVER

#    ifdef MYBPF_NO_MAP_TYPES
#        define mybpf__desc_of(object, index)    ((const mybpf_map_desc *)&(object)->slots[index].desc)
#        define mybpf__holds_maps(object, index) 0
#    else
/* What map `index` is like, or what those in it are. */
MYBPF__FN const mybpf_map_desc *mybpf__desc_of(const mybpf_object *object, uint32_t index)
{
    const mybpf_map_desc *desc = &object->slots[index & ~MYBPF__INNER_MAP].desc;
    return index & MYBPF__INNER_MAP ? desc->inner : desc;
}

MYBPF__FN int mybpf__holds_maps(const mybpf_object *object, uint32_t index)
{
    const mybpf_map_desc *desc = mybpf__desc_of(object, index);
    return desc->inner &&
           (desc->type == MYBPF_MAP_TYPE_ARRAY_OF_MAPS || desc->type == MYBPF_MAP_TYPE_HASH_OF_MAPS);
}
#    endif

/* 1 + where values of map `index` have a lock; 0: nowhere, as in all maps that are in another one. */
MYBPF__FN uint32_t mybpf__lock_of(const mybpf_object *object, uint32_t index)
{
    return index & MYBPF__INNER_MAP ? 0 : object->slots[index].map->lock;
}

MYBPF__FN uint32_t mybpf__timer_of(const mybpf_object *object, uint32_t index)
{
    return index & MYBPF__INNER_MAP ? 0 : object->slots[index].map->timer;
}

#    ifdef MYBPF_NO_MAP_TYPES
#        define mybpf__kptr_among(object, index, low, size) ((void)(object), (const mybpf__kptr *)NULL)
#    else
/* The first kptr of values of map `index` that [low, low + size) has bytes of, NULL when there is none. */
MYBPF__FN const mybpf__kptr *mybpf__kptr_among(const mybpf_object *object, uint32_t index, int64_t low,
                                               uint64_t size)
{
    const mybpf_map *map = index & MYBPF__INNER_MAP ? NULL : object->slots[index].map;
    for (uint32_t i = 0; map && i < map->kptr_count; i++)
        if (low < (int64_t)map->kptrs[i].at + 8 && low + (int64_t)size > (int64_t)map->kptrs[i].at)
            return &map->kptrs[i];
    return NULL;
}
#    endif

/* Why something could not be proven, and what usually helps. X(name, text) */
#    define MYBPF__REASONS(X)                                                                                \
        X(PROVEN, "proven")                                                                                  \
        X(NO_POINTER, "only a pointer can be followed")                                                      \
        X(NO_MEMORY, "this is no memory that programs may access")                                           \
        X(OR_NULL, "compare it with NULL before this: `if (!p) return 0;`")                                  \
        X(BELOW, "it may lie in front of the first byte: make the offset unsigned, or check `i >= 0`")       \
        X(ABOVE, "it may lie behind the last byte: bound the offset, `if (i < size)`")                       \
        X(NO_SIZE, "nothing says how large the context is: load it with its size, "                          \
                   "mybpf_load_opts.ctx_size (mybpfc --ctx-size, run --memory)")                             \
        X(PACKET, "compare with the packet's end before this: `if (p + size > data_end) return 0;`")         \
        X(ALIGNMENT, "its address must be known to be a multiple of its size")                               \
        X(NO_ATOMIC, "atomic operations work on stack and map values")                                       \
        X(READ_ONLY, "programs may not write there")                                                         \
        X(WRITE_ONLY, "programs may not read there")                                                         \
        X(NO_FIELD, "no field that may be accessed like this is there")                                      \
        X(MIXED,                                                                                             \
          "this instruction accesses the context, or an arena, on one path and other memory on another")     \
        X(UNWRITTEN, "some of these bytes are not written on this path: initialise them")                    \
        X(PIECE, "it is part of a stored pointer, which is read whole or not at all")                        \
        X(SIZE, "the size may be too large: bound it, `if (n <= sizeof buffer)`")                            \
        X(SIZE_ZERO, "the size may be 0: check `if (n > 0)`")                                                \
        X(KIND, "it is not what this argument must be")                                                      \
        X(PACKET_ARG, "this helper takes no memory of a packet: copy it to the stack before")                \
        X(OBJECT, "it must be what such a helper gave, compared with NULL and not moved")                    \
        X(NOT_OWNED, "it is not the program's to release")                                                   \
        X(LOCK, "it must be the struct bpf_spin_lock in a map's value")                                      \
        X(LOCKED, "one lock may be held at a time: unlock the other before")                                 \
        X(NOT_LOCKED, "this is not the lock that is held")                                                   \
        X(LOCK_BYTES, "a struct bpf_spin_lock is for bpf_spin_lock and bpf_spin_unlock alone")               \
        X(TIMER, "a struct bpf_timer of a map is for its helpers alone, with this map and a function that "  \
                 "no other calls")                                                                           \
        X(KPTR, "a kptr in a map's value is for bpf_kptr_xchg alone; it may be read, all 8 bytes")           \
        X(ZERO, "it must be 0")                                                                              \
        X(STORAGE, "the program has another storage of this type: one is allowed")                           \
        X(CONSTANT, "it must be the same number on every path")                                              \
        X(MAP_TYPE, "the helper does not work on maps of this type")                                         \
        X(DYNPTR, "a struct bpf_dynptr is for its helpers alone, in verified mode, and a record in it must " \
                  "be released")                                                                             \
        X(TEXT, "text must end with a zero byte in a section that does not change")                          \
        X(LEAK, "the load's policy keeps pointers inside the program")                                       \
        X(RUN_TIME, "guarded mode checks it at run time")

typedef enum mybpf__reason {
#    define MYBPF__REASON_ENUM(name, text) MYBPF__WHY_##name,
    MYBPF__REASONS(MYBPF__REASON_ENUM) MYBPF__WHY_COUNT
#    undef MYBPF__REASON_ENUM
} mybpf__reason;

MYBPF__FN const char *mybpf__reason_text(mybpf__reason reason)
{
#    define MYBPF__REASON_TEXT(name, text) text "\0"
    return mybpf__nth_text(MYBPF__REASONS(MYBPF__REASON_TEXT) "", (uint32_t)reason);
#    undef MYBPF__REASON_TEXT
}
#    undef MYBPF__REASONS

/* An offset that may vary: "+ 8", "- 8 + scalar(...)". */
MYBPF__FN void mybpf__describe_offset(const mybpf__value *value, char *text, size_t size)
{
    int fixed = mybpf__scalar_is_const(&value->num);
    int64_t off = fixed ? (int64_t)((uint64_t)(int64_t)value->off + value->num.known.value) : value->off;
    size_t length = mybpf__print(text, size, "%c %llu", off < 0 ? '-' : '+',
                                 (unsigned long long)(off < 0 ? 0 - (uint64_t)off : (uint64_t)off));
    if (fixed) return;
    length += mybpf__print(text + length, size - length, " + ");
    mybpf__scalar_text(&value->num, text + length, size - length);
}

/* What is known of a value, in words. */
MYBPF__FN void mybpf__describe(const mybpf__sim *sim, const mybpf__value *value, char *text, size_t size)
{
    const mybpf_object *object = sim->object;
    const mybpf_map_desc *desc = NULL;
    const char *or_null = value->or_null ? " or NULL" : "";
    char offset[160];
    if (value->kind == MYBPF__VALUE || value->kind == MYBPF__MAP) desc = mybpf__desc_of(object, value->index);
    if (value->kind > MYBPF__NUMBER) mybpf__describe_offset(value, offset, sizeof offset);
    switch (value->kind) {
    case MYBPF__UNSET: mybpf__print(text, size, "not written"); break;
    case MYBPF__NUMBER:
        if (mybpf__scalar_is_const(&value->num)) {
            mybpf__print(text, size, "the number %lld", (long long)value->num.known.value);
            break;
        }
        mybpf__copy_text(text, size, mybpf__is_anything(&value->num) ? "any number" : "a number, ");
        if (!mybpf__is_anything(&value->num)) mybpf__scalar_text(&value->num, text + 10, size - 10);
        break;
    case MYBPF__STACK:
        mybpf__print(text, size, "the %sstack at r10 %s",
                     value->index == sim->state->depth ? "" : "caller's ", offset);
        break;
    case MYBPF__CTX:
        if (sim->context)
            mybpf__print(text, size, "the context (%s) %s", sim->context->name, offset);
        else
            mybpf__print(text, size, "the context (%u bytes) %s", sim->ctx_size, offset);
        break;
    case MYBPF__VALUE:
        mybpf__print(text, size, "a value of map %s (%u bytes)%s %s", desc->name, desc->value_size, or_null,
                     offset);
        break;
    case MYBPF__MEM:
        if (value->index & MYBPF__MEM_OBJECT)
            mybpf__print(text, size, "an object of kind %u (%u bytes)%s %s", value->index & MYBPF__MEM_OBJECT,
                         value->range, or_null, offset);
        else
            mybpf__print(text, size, "memory of %u bytes%s %s", value->range, or_null, offset);
        break;
    case MYBPF__PACKET:
    case MYBPF__META:
        mybpf__print(text, size, "the packet%s %s (%u bytes of it compared)",
                     value->kind == MYBPF__META ? "'s metadata" : "", offset, value->range);
        break;
    case MYBPF__PACKET_END: mybpf__print(text, size, "the packet's end"); break;
    case MYBPF__MAP: mybpf__print(text, size, "map %s", desc->name); break;
    case MYBPF__DYNPTR: mybpf__print(text, size, "a dynptr"); break;
    case MYBPF__ARENA: mybpf__print(text, size, "a pointer into an arena"); break;
    default: mybpf__print(text, size, "function %s", object->funcs[value->index].name); break;
    }
}

#endif
#endif
