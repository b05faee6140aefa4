/* vm_impl.h: the vm's inside, and memory from the host's allocator. */
#ifndef MYBPF__VM_IMPL_H
#define MYBPF__VM_IMPL_H

#include "error.h"
#include "lock.h"
#include "vm.h"

struct mybpf__helpers;   /* helper/registry.c */
struct mybpf__instance;  /* run/instance.c */
struct mybpf__prog_type; /* load/prog_type.c */
struct mybpf__epochs;    /* map/epoch.h */
struct mybpf__timer;     /* run/timer.c */
struct mybpf__object_kind; /* map/kptr.c */

struct mybpf_vm {
    mybpf_host host; /* defaults filled in: every callback set but `random`, see below */
    struct mybpf__helpers *helpers;
#ifndef MYBPF_NO_PROVER
    struct mybpf__prog_type *prog_types; /* the host's own, the newest first */
#endif
    struct mybpf__instance *instances; /* under instance_lock */
    uint64_t instance_serial;
    mybpf__lock instance_lock;
    mybpf__lock atomic_lock; /* of 64-bit atomics where the CPU has none */
    uint64_t random_state;
#ifndef MYBPF_NO_MAP_TYPES
    mybpf_object *doomed_objects; /* closed, and nobody refers to them; under instance_lock */
    mybpf_map *inner_maps;        /* those that were in a map of maps; under instance_lock */
    struct mybpf__pin *pins;      /* maps by name; under instance_lock */
#    ifndef MYBPF_NO_PROVER
    struct mybpf__timer *timers; /* under timer_lock */
    uint32_t timer_round;
    mybpf__lock timer_lock;
    struct mybpf__object_kind *kinds; /* of objects that maps may hold */
#    endif
    struct mybpf__epochs *epochs; /* NULL until a map needs them; made under instance_lock */
#endif
};

/* Memory of the vm: zeroed, NULL when there is none or count * size overflows. */
MYBPF__FN void *mybpf__alloc(mybpf_vm *vm, size_t count, size_t size);
/* The first `used` * size bytes are kept, the rest is zeroed; the old block stays valid on failure. */
MYBPF__FN void *mybpf__grow(mybpf_vm *vm, void *memory, size_t used, size_t count, size_t size);
MYBPF__FN void mybpf__free(mybpf_vm *vm, void *memory);
MYBPF__FN uint64_t mybpf__mix(uint64_t x); /* all of its bits depend on all of x's */
/* The host's random number, or one of the vm's own generator. */
MYBPF__FN uint32_t mybpf__random(mybpf_vm *vm);

/* What mybpf_vm_create and _destroy need of modules further down. */
MYBPF__FN int mybpf__helpers_create(mybpf_vm *vm, mybpf_error *error);
MYBPF__FN void mybpf__helpers_destroy(mybpf_vm *vm);
#ifndef MYBPF_NO_PROVER
MYBPF__FN void mybpf__prog_types_destroy(mybpf_vm *vm);
#endif
#ifndef MYBPF_NO_MAP_TYPES
/* Frees maps that nobody refers to nor can still be using; `all`: the vm goes. */
MYBPF__FN void mybpf__maps_reap(mybpf_vm *vm, int all);
MYBPF__FN void mybpf__objects_reap(mybpf_vm *vm, int all);
MYBPF__FN void mybpf__pins_destroy(mybpf_vm *vm);
#    ifndef MYBPF_NO_PROVER
MYBPF__FN void mybpf__timers_destroy(mybpf_vm *vm);
MYBPF__FN void mybpf__kinds_destroy(mybpf_vm *vm);
#    endif
#endif
#ifndef MYBPF_NO_INSTANCES
MYBPF__FN void mybpf__instances_destroy(mybpf_vm *vm);
#endif

#endif
