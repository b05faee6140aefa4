/* registry.c: finding helpers by number and name: first the host's own, then the built-in tables. */
#ifndef MYBPF__HELPER_REGISTRY_C
#define MYBPF__HELPER_REGISTRY_C

#include "helper_impl.h"
#include "base.c"
#include "maps.c"
#include "sys.c"
#include "lock.c"
#include "packet.c"
#include "host.c"
#include "sockets.c"
#include "targets.c"
#include "dynptr.c"
#include "timer.c"

/* A chain: records that were handed out never move. */
typedef struct mybpf__registered {
    mybpf_helper helper;
    struct mybpf__registered *next;
} mybpf__registered;

struct mybpf__helpers {
    mybpf__registered *first;
};

static const struct mybpf__helper_table {
    const mybpf_helper *rows;
    size_t count;
} mybpf__helper_tables[] = {
    {mybpf__base_helpers, sizeof mybpf__base_helpers / sizeof *mybpf__base_helpers},
#ifndef MYBPF_NO_PROVER
    {mybpf__lock_helpers, sizeof mybpf__lock_helpers / sizeof *mybpf__lock_helpers},
#endif
#if !defined(MYBPF_NO_MAP_TYPES) && !defined(MYBPF_NO_PROVER)
    {mybpf__map_helpers, sizeof mybpf__map_helpers / sizeof *mybpf__map_helpers},
    {mybpf__kernel_functions, sizeof mybpf__kernel_functions / sizeof *mybpf__kernel_functions},
#endif
#ifndef MYBPF_NO_MORE_HELPERS
    {mybpf__packet_helpers, sizeof mybpf__packet_helpers / sizeof *mybpf__packet_helpers},
    {mybpf__more_helpers, sizeof mybpf__more_helpers / sizeof *mybpf__more_helpers},
    {mybpf__socket_helpers, sizeof mybpf__socket_helpers / sizeof *mybpf__socket_helpers},
    {mybpf__host_helpers, sizeof mybpf__host_helpers / sizeof *mybpf__host_helpers},
#    ifndef MYBPF_NO_MAP_TYPES
    {mybpf__timer_helpers, sizeof mybpf__timer_helpers / sizeof *mybpf__timer_helpers},
    {mybpf__dynptr_helpers, sizeof mybpf__dynptr_helpers / sizeof *mybpf__dynptr_helpers},
    {mybpf__target_helpers, sizeof mybpf__target_helpers / sizeof *mybpf__target_helpers},
#    endif
#endif
#ifndef MYBPF_NO_SYS
    {mybpf__sys_helpers, sizeof mybpf__sys_helpers / sizeof *mybpf__sys_helpers},
#endif
};

MYBPF__COLD int mybpf__helpers_create(mybpf_vm *vm, mybpf_error *error)
{
    vm->helpers = (struct mybpf__helpers *)mybpf__alloc(vm, 1, sizeof *vm->helpers);
    if (!vm->helpers)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for the helper registry");
    return MYBPF_OK;
}

MYBPF__COLD void mybpf__helpers_destroy(mybpf_vm *vm)
{
    mybpf__registered *next = vm->helpers ? vm->helpers->first : NULL;
    while (next) {
        mybpf__registered *entry = next;
        next = entry->next;
        mybpf__free(vm, entry);
    }
    mybpf__free(vm, vm->helpers);
    vm->helpers = NULL;
}

/* Do number `id` and name `name` (NULL: any) fit this record? */
MYBPF__COLD int mybpf__helper_is(const mybpf_helper *helper, uint32_t id, const char *name)
{
    return name ? mybpf__same_text(helper->name, name) : helper->id == id;
}

MYBPF__COLD const mybpf_helper *mybpf__helper_search(const mybpf_vm *vm, uint32_t id, const char *name)
{
    for (const mybpf__registered *entry = vm->helpers->first; entry; entry = entry->next)
        if (mybpf__helper_is(&entry->helper, id, name)) return &entry->helper;
    for (size_t t = 0; t < sizeof mybpf__helper_tables / sizeof *mybpf__helper_tables; t++)
        for (size_t i = 0; i < mybpf__helper_tables[t].count; i++)
            if (mybpf__helper_is(&mybpf__helper_tables[t].rows[i], id, name))
                return &mybpf__helper_tables[t].rows[i];
    return NULL;
}

MYBPF_API const mybpf_helper *mybpf_helper_find(const mybpf_vm *vm, uint32_t id)
{
    return mybpf__helper_search(vm, id, NULL);
}

MYBPF_API const mybpf_helper *mybpf_helper_find_name(const mybpf_vm *vm, const char *name)
{
    return mybpf__helper_search(vm, 0, name);
}

#ifndef MYBPF_NO_NATIVE
MYBPF_API int mybpf_helper_is_built_in(const mybpf_helper *helper)
{
    for (size_t t = 0; helper && t < sizeof mybpf__helper_tables / sizeof *mybpf__helper_tables; t++)
        for (size_t i = 0; i < mybpf__helper_tables[t].count; i++)
            if (mybpf__helper_tables[t].rows[i].id == helper->id)
                return mybpf__helper_tables[t].rows[i].fn == helper->fn;
    return 0;
}
#endif

#ifdef MYBPF_NO_PROVER
#    define MYBPF__ARG_LAST              MYBPF_ARG_PTR_LONG
#    define MYBPF__RET_LAST              MYBPF_RET_POINTER
#    define mybpf__objects_fault(helper) NULL
#else
#    define MYBPF__ARG_LAST MYBPF_ARG_DYNPTR_NEW
#    define MYBPF__RET_LAST MYBPF_RET_ALLOC_OR_NULL

/* What is wrong with the parts of a prototype that speak of objects and memory of a fixed size. */
MYBPF__COLD const char *mybpf__objects_fault(const mybpf_helper *helper)
{
    unsigned kinds[MYBPF__ARG_LAST + 1] = {0}, acquires = helper->flags & MYBPF_HELPER_ACQUIRE,
                                     releases = helper->flags & MYBPF_HELPER_RELEASE;
    int memory = helper->ret >= MYBPF_RET_MEM;
    for (int i = 0; i < 5; i++) {
        uint8_t arg = helper->args[i];
        kinds[arg]++;
        if ((arg == MYBPF_ARG_BYTES_READ || arg == MYBPF_ARG_BYTES_WRITE) && !helper->sizes[i + 1])
            return "memory whose size is 0";
        if ((arg == MYBPF_ARG_MAP_VALUE_WRITE || arg == MYBPF_ARG_VALUE_OR_NULL) && !kinds[MYBPF_ARG_MAP])
            return "a value without a map before it";
    }
    if (kinds[MYBPF_ARG_KPTR] > (helper->args[0] == MYBPF_ARG_KPTR))
        return "a kptr that is not the first argument";
    if (helper->object >> 31) return "a kind of object that is too large";
    if (kinds[MYBPF_ARG_OBJECT] && !helper->object && !kinds[MYBPF_ARG_KPTR]) return "an object of no kind";
    if (acquires && releases && !kinds[MYBPF_ARG_KPTR]) return "both ACQUIRE and RELEASE";
    if (acquires && !memory && !kinds[MYBPF_ARG_LOCK] && !kinds[MYBPF_ARG_DYNPTR_NEW])
        return "ACQUIRE, but it gives nothing";
    if (releases && kinds[MYBPF_ARG_OBJECT] + kinds[MYBPF_ARG_LOCK] + kinds[MYBPF_ARG_DYNPTR] != 1)
        return "RELEASE of not one thing";
    if (kinds[MYBPF_ARG_LOCK] && !acquires && !releases) return "a lock, but neither ACQUIRE nor RELEASE";
    if (kinds[MYBPF_ARG_ALLOC_SIZE] != (helper->ret == MYBPF_RET_ALLOC_OR_NULL))
        return "ALLOC_SIZE without ALLOC_OR_NULL, or the reverse";
    if (memory && helper->ret != MYBPF_RET_ALLOC_OR_NULL && !helper->sizes[0] && !helper->object &&
        !kinds[MYBPF_ARG_KPTR])
        return "memory of 0 bytes as result";
    if (helper->ret == MYBPF_RET_LENGTH && !kinds[MYBPF_ARG_SIZE] && !kinds[MYBPF_ARG_SIZE_OR_ZERO])
        return "a length as result without a size";
    return helper->ret == MYBPF_RET_MAP_VALUE && !kinds[MYBPF_ARG_MAP] ? "a map value as result without a map"
                                                                       : NULL;
}
#endif

#ifdef MYBPF_NO_PROVER
#    define mybpf__is_sized(arg) ((arg) == MYBPF_ARG_MEM_READ || (arg) == MYBPF_ARG_MEM_WRITE)
#else
#    define mybpf__is_sized(arg)                                                                             \
        ((arg) == MYBPF_ARG_MEM_READ || (arg) == MYBPF_ARG_MEM_WRITE || (arg) == MYBPF_ARG_MEM_UPDATE)
#endif

MYBPF__COLD const char *mybpf__helper_fault(const mybpf_helper *helper)
{
    int maps = 0, ended = 0;
    for (int i = 0; i < 5; i++) {
        uint8_t arg = helper->args[i], before = i ? helper->args[i - 1] : (uint8_t)MYBPF_ARG_NONE;
        int memory = mybpf__is_sized(before);
        int size = arg == MYBPF_ARG_SIZE || arg == MYBPF_ARG_SIZE_OR_ZERO;
        if (arg > MYBPF__ARG_LAST) return MYBPF__TEXT("an argument kind that does not exist");
        if (arg != MYBPF_ARG_NONE && ended) return MYBPF__TEXT("an argument after the last");
        if (memory != size)
            return memory ? MYBPF__TEXT("memory without its size after it")
                          : MYBPF__TEXT("a size without memory before it");
        if ((arg == MYBPF_ARG_MAP_KEY || arg == MYBPF_ARG_MAP_VALUE) && !maps)
            return MYBPF__TEXT("a key or value without a map before it");
        if (arg == MYBPF_ARG_FUNC && !(helper->flags & MYBPF_HELPER_MAY_STOP))
            return MYBPF__TEXT("a function, but it is not MAY_STOP");
        maps += arg == MYBPF_ARG_MAP;
        ended |= arg == MYBPF_ARG_NONE;
    }
    if (mybpf__is_sized(helper->args[4])) return MYBPF__TEXT("memory without its size after it");
    if (helper->ret > MYBPF__RET_LAST) return MYBPF__TEXT("a result kind that does not exist");
    if (helper->ret == MYBPF_RET_MAP_VALUE_OR_NULL && !maps)
        return MYBPF__TEXT("a map value as result without a map");
    return mybpf__objects_fault(helper);
}
#undef MYBPF__ARG_LAST
#undef MYBPF__RET_LAST
#undef mybpf__objects_fault
#undef mybpf__is_sized

MYBPF_API int mybpf_helper_register(mybpf_vm *vm, const mybpf_helper *helper, mybpf_error *error)
{
    if (!vm || !helper || !helper->name || (!helper->fn && !helper->reason))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "helper: vm, name or function is missing");
    if (helper->id >= MYBPF_HELPER_TEMP)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "helper %s: number %u is not one of Base, Sys or User (0 to %u)", helper->name,
                           helper->id, MYBPF_HELPER_TEMP - 1);
    const char *fault = mybpf__helper_fault(helper);
    if (fault)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "helper %u (%s): the prototype has %s",
                           helper->id, helper->name, fault);
    const mybpf_helper *same = mybpf_helper_find_name(vm, helper->name);
    if (same && same->id != helper->id)
        return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN,
                           "helper %u: the name %s belongs to helper %u", helper->id, helper->name, same->id);
    mybpf__registered *entry = (mybpf__registered *)mybpf__alloc(vm, 1, sizeof *entry);
    if (!entry)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "helper %s: no memory", helper->name);
    entry->helper = *helper;
    entry->next = vm->helpers->first; /* the newest with a number wins */
    vm->helpers->first = entry;
    return MYBPF_OK;
}

#endif
