/* epoch.h: which runs are over. A run announces the epoch it began in; memory that was unlinked from a map in
 * one epoch may be used again when every run that began in it, or before, has ended. Entering writes one word
 * that other threads hardly ever touch, so that runs do not slow each other down. */
#ifndef MYBPF__EPOCH_H
#define MYBPF__EPOCH_H

#include "../base/vm_impl.h"

#ifndef MYBPF_NO_MAP_TYPES

enum { MYBPF__EPOCH_SLOTS = 32 };

typedef struct mybpf__epoch_slot {
    uint32_t began;    /* 0: free; else the epoch, which is odd */
    uint32_t room[15]; /* a cache line each */
} mybpf__epoch_slot;

struct mybpf__epochs {
    uint32_t now;
    uint32_t crowd; /* runs that found no slot: while there are any, nothing is used again */
    uint32_t room[14];
    mybpf__epoch_slot slot[MYBPF__EPOCH_SLOTS];
};

/* Between announcing and reading, and between unlinking and looking who has announced. On x86 the locked
 * instruction before it is enough. */
MYBPF__FN void mybpf__epoch_fence(void)
{
#    if defined(__GNUC__) && !defined(__x86_64__) && !defined(__i386__) && !defined(__SANITIZE_THREAD__)
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
#    endif
}

MYBPF__FN int mybpf__epoch_claim(uint32_t *began, uint32_t now)
{
#    if defined(__GNUC__)
    uint32_t none = 0;
    return !MYBPF__PEEK(began) &&
           __atomic_compare_exchange_n(began, &none, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
#    else
    return !*began && (*began = now, 1);
#    endif
}

/* A run begins: what mybpf__epoch_leave takes; NULL when nothing in this vm asks. `where` is an address on
 * the thread's stack, to spread threads over the slots. */
MYBPF__FN uint32_t *mybpf__epoch_enter(mybpf_vm *vm, uint64_t where)
{
    struct mybpf__epochs *epochs = MYBPF__LOAD_ACQUIRE(&vm->epochs);
    uint32_t first = (uint32_t)(where >> 14) * 0x9e3779b9u >> 24;
    if (!epochs) return NULL;
    for (uint32_t i = 0; i < MYBPF__EPOCH_SLOTS; i++) {
        uint32_t *began = &epochs->slot[(first + i) % MYBPF__EPOCH_SLOTS].began;
        if (!mybpf__epoch_claim(began, MYBPF__LOAD_ACQUIRE(&epochs->now))) continue;
        mybpf__epoch_fence();
        return began;
    }
    mybpf__add_ref(&epochs->crowd);
    mybpf__epoch_fence();
    return &epochs->crowd;
}

MYBPF__FN void mybpf__epoch_leave(mybpf_vm *vm, uint32_t *entered)
{
    if (!entered) return;
    if (entered == &vm->epochs->crowd)
        mybpf__drop_ref(entered);
    else
        MYBPF__STORE_RELEASE(entered, 0u);
}

/* Ends the epoch in which something was unlinked; its number. */
MYBPF__FN uint32_t mybpf__epoch_end(mybpf_vm *vm)
{
#    if defined(__GNUC__)
    uint32_t ended = __atomic_fetch_add(&vm->epochs->now, 2u, __ATOMIC_SEQ_CST);
#    else
    uint32_t ended = vm->epochs->now;
    vm->epochs->now += 2;
#    endif
    mybpf__epoch_fence();
    return ended;
}

/* Who may still hold what was unlinked in an epoch? `own` is what the asking run got when it entered. */
enum { MYBPF__HELD_BY_NONE, MYBPF__HELD_BY_OWN, MYBPF__HELD_BY_OTHERS };
MYBPF__FN int mybpf__epoch_held(const mybpf_vm *vm, uint32_t ended, const uint32_t *own)
{
    const struct mybpf__epochs *epochs = vm->epochs;
    int held = MYBPF__HELD_BY_NONE;
    if (MYBPF__LOAD_ACQUIRE(&epochs->crowd)) return MYBPF__HELD_BY_OTHERS;
    for (uint32_t i = 0; i < MYBPF__EPOCH_SLOTS; i++) {
        uint32_t began = MYBPF__LOAD_ACQUIRE(&epochs->slot[i].began);
        if (!began || (int32_t)(began - ended) > 0) continue;
        if (&epochs->slot[i].began != own) return MYBPF__HELD_BY_OTHERS;
        held = MYBPF__HELD_BY_OWN;
    }
    return held;
}

/* Makes the vm's epochs, when its first map that needs them is made. */
MYBPF__FN int mybpf__epochs_begin(mybpf_vm *vm)
{
    struct mybpf__epochs *made;
    int missing;
    if (MYBPF__LOAD_ACQUIRE(&vm->epochs)) return MYBPF_OK;
    made = (struct mybpf__epochs *)mybpf__alloc(vm, 1, sizeof *made);
    mybpf__acquire(&vm->instance_lock);
    if (!vm->epochs && made) {
        made->now = 1;
        MYBPF__STORE_RELEASE(&vm->epochs, made);
        made = NULL;
    }
    missing = !vm->epochs;
    mybpf__release(&vm->instance_lock);
    mybpf__free(vm, made);
    return missing ? MYBPF_ERR_MEMORY : MYBPF_OK;
}

#endif
#endif
