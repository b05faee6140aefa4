/* lock.c: locks in the values of maps. */
#ifndef MYBPF__HELPER_LOCK_C
#define MYBPF__HELPER_LOCK_C

#include "../base/lock.h"
#include "helper_impl.h"
#include "list.h"

#ifndef MYBPF_NO_PROVER

/* A struct bpf_spin_lock is one number of 32 bits, 0 while nobody holds it. */
MYBPF__FN void mybpf__unlock(mybpf_env *env, void *lock)
{
    (void)env;
    mybpf__release((mybpf__lock *)lock);
}

/* A run that ends while it holds the lock gives it back: nobody waits for it forever. */
MYBPF__HELPER(spin_lock)
{
    mybpf__lock *lock = (mybpf__lock *)mybpf__pointer(r1);
    mybpf__acquire(lock);
    (void)mybpf_env_hold(env, lock, mybpf__unlock); /* of a trusted program that holds too much, no more */
    return 0;
}

MYBPF__HELPER(spin_unlock)
{
    mybpf__lock *lock = (mybpf__lock *)mybpf__pointer(r1);
    mybpf_env_drop(env, lock);
    mybpf__release(lock);
    return 0;
}

static const mybpf_helper mybpf__lock_helpers[] = {MYBPF_LOCK_HELPERS(MYBPF__HELPER_ROW)};

#endif
#endif
