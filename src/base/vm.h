/* vm.h: what the host gives to mybpf, and the vm that keeps it.
 *
 * A vm owns the helper registry, the grants and the named instances; objects and maps are made in
 * one. Configure it (register helpers) from one thread before others use it; after that loading,
 * running and closing may happen on any thread. */
#ifndef MYBPF__VM_H
#define MYBPF__VM_H

#include "status.h"

typedef struct mybpf_vm mybpf_vm;
typedef struct mybpf_object mybpf_object;   /* one loaded file or instruction array */
typedef struct mybpf_program mybpf_program; /* an entry point of an object; owned by it */
typedef struct mybpf_map mybpf_map;         /* counted reference */
typedef struct mybpf_env mybpf_env;         /* one run of a program, as its helpers see it */

/* Memory for executable code, W^X: `alloc` gives writable memory, `seal` makes it executable and
 * read-only (and flushes the instruction cache), `free` takes it back in either state. `seal`
 * returns 0 or a mybpf_status. All may be called from any thread. */
typedef struct mybpf_exec_ops {
    void *(*alloc)(void *user, size_t size);
    int (*seal)(void *user, void *memory, size_t size);
    void (*free)(void *user, void *memory, size_t size);
    void *user;
} mybpf_exec_ops;

/* Everything the library asks of its host. `{0}` gives libc's malloc, the system clock, a seeded
 * generator and no output; under MYBPF_FREESTANDING `realloc` is required and the others default
 * to "nothing": zero, no output. Callbacks may be called from any thread that runs programs. */
typedef struct mybpf_host {
    /* size 0 frees, memory NULL allocates; alignment as malloc's. */
    void *(*realloc)(void *user, void *memory, size_t size);
    /* What programs print, in pieces; not NUL-terminated. */
    void (*output)(void *user, const char *text, size_t length);
    uint64_t (*time_ns)(void *user);     /* monotonic, for ktime_get_ns */
    uint32_t (*random)(void *user);      /* for get_prandom_u32 */
    uint32_t (*cpu)(void *user);         /* for get_smp_processor_id */
    uint64_t (*pid_tgid)(void *user);    /* tgid << 32 | pid */
    uint64_t (*uid_gid)(void *user);     /* gid << 32 | uid */
    void (*comm)(void *user, char name[16]);
    /* Copies `size` bytes from an address that may be unreadable: 0, or -1 when it was. NULL: every
     * probe_read of memory that the run was not given fails. */
    int (*probe_read)(void *user, void *to, const void *from, size_t size);
    void *user;                          /* handed to all of the above */
    const mybpf_exec_ops *exec;          /* NULL: native images are refused; must outlive the vm */
    /* Values that per-CPU maps have of each element, 1 to 4096: what `cpu` tells stays below. 0: as many as the
     * machine has processors; under MYBPF_FREESTANDING one. */
    uint32_t cpus;
#ifndef MYBPF_NO_PROVER
    /* What only the host knows: where a packet is redirected to, a stack trace, a cookie, a route... The helper's
     * number and its arguments, which are what its prototype asks for (memory that it writes to is zeroed). 1
     * when `*r0` is the answer, 0: what docs/helpers.md has for such a host. NULL: always that. */
    int (*ask)(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0);
#endif
} mybpf_host;

/* `host` is copied; NULL means `{0}`. ERR_MEMORY, or ERR_ARGUMENT when a required callback is
 * missing. mybpf_vm_destroy(NULL) does nothing; every object of the vm must be closed before. */
MYBPF_API int mybpf_vm_create(const mybpf_host *host, mybpf_vm **vm, mybpf_error *error);
MYBPF_API void mybpf_vm_destroy(mybpf_vm *vm);
/* The host's allocator: size 0 frees and returns NULL, memory NULL allocates (not zeroed); NULL
 * when there is none, the old block then stays. */
MYBPF_API void *mybpf_vm_realloc(mybpf_vm *vm, void *memory, size_t size);
MYBPF_API const mybpf_host *mybpf_vm_host(const mybpf_vm *vm);

#endif
