/* map_impl.h: what a map type provides, one constant record each. */
#ifndef MYBPF__MAP_IMPL_H
#define MYBPF__MAP_IMPL_H

#include "../base/vm_impl.h"
#include "map.h"

/* The kernel's errno numbers, the same on every host. */
enum {
    MYBPF__EPERM = 1,
    MYBPF__ENOENT = 2,
    MYBPF__E2BIG = 7,
    MYBPF__ENOMEM = 12,
    MYBPF__EFAULT = 14,
    MYBPF__EEXIST = 17,
    MYBPF__EINVAL = 22,
    MYBPF__ERANGE = 34,
    MYBPF__EOPNOTSUPP = 95
};

/* Functions of one map type; NULL where the type has no such operation (-EOPNOTSUPP, delete
 * -EINVAL). Results as the public functions: 0 or negative errno. */
typedef struct mybpf__map_type {
    uint32_t type;
    uint32_t flags;                                            /* map_flags it accepts */
    int (*create)(mybpf_map *map, mybpf_error *error);         /* checks the description, makes `map->data` */
    void *(*lookup)(mybpf_map *map, const void *key);          /* NULL: programs cannot look it up */
    int (*read)(mybpf_map *map, const void *key, void *value); /* copies a value out, whole */
    int (*update)(mybpf_map *map, const void *key, const void *value, uint64_t flags);
    int (*remove)(mybpf_map *map, const void *key);
    int (*next_key)(mybpf_map *map, const void *key, void *next);
    /* Does [address, address + size) lie inside one value that programs may access? Guarded mode asks. */
    int (*contains)(const mybpf_map *map, uint64_t address, uint64_t size);
} mybpf__map_type;

struct mybpf_map {
    const mybpf__map_type *ops;
    mybpf_vm *vm;
    mybpf_map_desc desc;
    uint32_t refs;
#ifndef MYBPF_NO_PROVER
    uint32_t lock; /* 1 + where values have a struct bpf_spin_lock; 0: nowhere */
#endif
    int is_section; /* a global section: one value, key 0 */
    void *data;     /* the type's own, one block */
};

/* Values stand 8-byte aligned. */
MYBPF__FN uint64_t mybpf__map_round(uint64_t size) { return (size + 7) & ~(uint64_t)7; }

/* Is [address, address + size) inside the `room` bytes of one of `count` slots of `stride` bytes at `base`?
 */
MYBPF__FN int mybpf__map_within(const void *base, uint64_t stride, uint64_t count, uint64_t room,
                                uint64_t address, uint64_t size);
/* Memory for `count` slots of `stride` bytes after `head` bytes: ERR_LIMIT, ERR_MEMORY. */
MYBPF__FN int mybpf__map_memory(mybpf_map *map, uint64_t head, uint64_t count, uint64_t stride,
                                mybpf_error *error);

/* Prog array: the program at `index`, or NULL; run/ calls it for tail calls. Host updates hold a `const
 * mybpf_program *`. */
MYBPF__FN const mybpf_program *mybpf__prog_array_get(const mybpf_map *map, uint64_t index);
/* The memory of an array's values (global sections), for LDDW. */
MYBPF__FN void *mybpf__map_base(const mybpf_map *map);

#endif
