/* helper_impl.h: the registry's inside, and what helpers share. */
#ifndef MYBPF__HELPER_IMPL_H
#define MYBPF__HELPER_IMPL_H

#include "../map/map_impl.h"
#include "helper.h"

/* The helpers a host registered; the built-in ones are constant tables. Made and freed with the vm. */
MYBPF__FN int mybpf__helpers_create(mybpf_vm *vm, mybpf_error *error);
MYBPF__FN void mybpf__helpers_destroy(mybpf_vm *vm);

/* What is wrong with a prototype, NULL when nothing is. */
MYBPF__FN const char *mybpf__helper_fault(const mybpf_helper *helper);

#ifndef MYBPF_NO_PROVER
/* The packet that the run was given, NULL when there is none. */
MYBPF__FN const void *mybpf__run_packet(const mybpf_env *env, uint64_t *size);
#endif

/* A helper's implementation. All have one C type and most use few of its parameters, hence the names
 * they do not use are marked here and not in each. */
#define MYBPF__HELPER(name)                                                                                  \
    MYBPF__FN uint64_t mybpf__helper_##name(MYBPF__UNUSED uint64_t r1, MYBPF__UNUSED uint64_t r2,            \
                                            MYBPF__UNUSED uint64_t r3, MYBPF__UNUSED uint64_t r4,            \
                                            MYBPF__UNUSED uint64_t r5, MYBPF__UNUSED mybpf_env *env)

/* A row of a helper table from a row of list.h. */
#define MYBPF__HELPER_ROW(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters)           \
    {number,                                                                                                 \
     #name,                                                                                                  \
     mybpf__helper_##name,                                                                                   \
     MYBPF_RET_##ret,                                                                                        \
     {MYBPF_ARG_##a1, MYBPF_ARG_##a2, MYBPF_ARG_##a3, MYBPF_ARG_##a4, MYBPF_ARG_##a5},                       \
     MYBPF_HELPER_##flags,                                                                                   \
     NULL,                                                                                                   \
     0,                                                                                                      \
     {0, 0, 0, 0, 0, 0},                                                                                     \
     MYBPF__TYPES_##types},

/* A negative errno as r0. */
#define MYBPF__ERRNO(number) ((uint64_t) - (int64_t)(number))

#endif
