/* vm_impl.h: the vm's inside, and memory from the host's allocator. */
#ifndef MYBPF__VM_IMPL_H
#define MYBPF__VM_IMPL_H

#include "error.h"
#include "lock.h"
#include "vm.h"

struct mybpf__helpers;  /* helper/registry.c */
struct mybpf__instance; /* run/instance.c */

struct mybpf_vm {
    mybpf_host host;                   /* every callback set: defaults are filled in */
    struct mybpf__helpers *helpers;
    struct mybpf__instance *instances; /* under instance_lock */
    mybpf__lock instance_lock;
    uint64_t random_state;
};

/* Memory of the vm: zeroed, NULL when there is none or count * size overflows. */
MYBPF__FN void *mybpf__alloc(mybpf_vm *vm, size_t count, size_t size);
/* The first `used` * size bytes are kept, the rest is zeroed; the old block stays valid on failure. */
MYBPF__FN void *mybpf__grow(mybpf_vm *vm, void *memory, size_t used, size_t count, size_t size);
MYBPF__FN void mybpf__free(mybpf_vm *vm, void *memory);

#endif
