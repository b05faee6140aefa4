/* timer.c: Base helpers of timers in maps' values; run/timer.c does what they ask. */
#ifndef MYBPF__HELPER_TIMER_C
#define MYBPF__HELPER_TIMER_C

#include "helper_impl.h"
#include "list.h"

#if !defined(MYBPF_NO_MAP_TYPES) && !defined(MYBPF_NO_PROVER)

MYBPF__HELPER(timer_init)
{
    return (uint64_t)mybpf__timer_init(env, r1, (mybpf_map *)mybpf__pointer(r2), r3);
}
MYBPF__HELPER(timer_set_callback) { return (uint64_t)mybpf__timer_set_callback(env, r1, r2); }
MYBPF__HELPER(timer_start) { return (uint64_t)mybpf__timer_start(env, r1, r2, r3); }
MYBPF__HELPER(timer_cancel) { return (uint64_t)mybpf__timer_cancel(env, r1); }

#    ifndef MYBPF_NO_MORE_HELPERS
static const mybpf_helper mybpf__timer_helpers[] = {MYBPF_TIMER_HELPERS(MYBPF__HELPER_ROW)};
#    endif

#endif
#endif
