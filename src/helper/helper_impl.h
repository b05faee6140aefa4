/* helper_impl.h: the registry's inside, and what helpers share. */
#ifndef MYBPF__HELPER_IMPL_H
#define MYBPF__HELPER_IMPL_H

#include "../map/map_impl.h"
#include "helper.h"

/* The helpers a host registered; the built-in ones are constant tables. Made and freed with the vm. */
MYBPF__FN int mybpf__helpers_create(mybpf_vm *vm, mybpf_error *error);
MYBPF__FN void mybpf__helpers_destroy(mybpf_vm *vm);

/* ": " and why an official helper is not here, "" where nothing is to be said: names.c. */
MYBPF__FN const char *mybpf__helper_why(uint32_t id);
/* What is wrong with a prototype, NULL when nothing is. */
MYBPF__FN const char *mybpf__helper_fault(const mybpf_helper *helper);

#ifndef MYBPF_NO_PROVER
/* Does this memory belong to the run? What a trusted one reads besides may not be there. */
MYBPF__FN int mybpf__env_knows(const mybpf_env *env, uint64_t address, uint64_t size);
/* The run's packet where it is now, NULL when there is none: run/packet.c. */
MYBPF__FN const void *mybpf__run_packet(const mybpf_env *env, uint64_t *size);
/* Its bytes from `offset` on, to be written to; NULL where they are not there, or in no writable region. */
MYBPF__FN uint8_t *mybpf__packet_writable(mybpf_env *env, uint64_t offset, uint64_t size);
/* Bytes of metadata in front of it. */
MYBPF__FN uint32_t mybpf__packet_meta(const mybpf_env *env);
/* Makes it longer (shorter, if negative) at both ends, inside of the region that it is in, and tells the
 * context; what is new behind it is zero, in front what was there. 0, or -1: no room. */
MYBPF__FN int mybpf__packet_resize(mybpf_env *env, int64_t head, int64_t tail, uint32_t meta);
/* 32 bits of the context, where it has them; and how many bytes it has. */
MYBPF__FN uint64_t mybpf__context_bytes(const mybpf_env *env);
MYBPF__FN uint32_t mybpf__context_word(const mybpf_env *env, uint32_t offset);
MYBPF__FN void mybpf__context_set_word(mybpf_env *env, uint32_t offset, uint32_t word);
MYBPF__FN int mybpf__is_skb(const mybpf_env *env); /* is the context a struct __sk_buff? */
MYBPF__FN int mybpf__is_xdp(const mybpf_env *env);
/* Where the packet's network header is: 14, or 0 where packets begin with it. */
enum { MYBPF__ETHERNET = 14 };
MYBPF__FN uint32_t mybpf__network_header(const mybpf_env *env);
/* Memory that the program may read until the helper that lends it takes it back, with what was lent before: a
 * run that is not verified asks. */
MYBPF__FN void mybpf__lend(mybpf_env *env, const void **memory, uint64_t *size);
#    ifndef MYBPF_NO_MAP_TYPES
/* Timers by their address: run/timer.c. 0 or an errno. */
MYBPF__FN int mybpf__timer_init(mybpf_env *env, uint64_t at, mybpf_map *map, uint64_t clock);
MYBPF__FN int mybpf__timer_set_callback(mybpf_env *env, uint64_t at, uint64_t function);
MYBPF__FN int mybpf__timer_start(mybpf_env *env, uint64_t at, uint64_t nanoseconds, uint64_t flags);
MYBPF__FN int mybpf__timer_cancel(mybpf_env *env, uint64_t at);
/* The run holds what was in the kptr at this address: mybpf_env_hold. */
MYBPF__FN void mybpf__hold_kptr(mybpf_env *env, uint64_t field, void *object);
#    endif
/* Of the running program, 0 when there is none. */
MYBPF__FN uint32_t mybpf__run_attach_type(const mybpf_env *env);
/* The text of what a struct btf_ptr names, cut to `size` bytes, NUL included; its whole length, or a negative errno:
 * run/btf_show.c. */
MYBPF__FN int64_t mybpf__show_typed(mybpf_env *env, uint64_t ptr, uint32_t ptr_size, uint64_t flags,
                                    char *text, size_t size);
/* What mybpf_host.ask answers, else `answer`. */
MYBPF__FN uint64_t mybpf__ask(mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t answer);
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
