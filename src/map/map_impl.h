/* map_impl.h: what a map type provides, one constant record each. */
#ifndef MYBPF__MAP_IMPL_H
#define MYBPF__MAP_IMPL_H

#include "../base/vm_impl.h"
#include "map.h"

/* Functions of one map type; NULL where the type has no such operation (-EOPNOTSUPP 95 / -EINVAL). Results as
 * the public functions: 0 or negative errno. */
typedef struct mybpf__map_type {
    uint32_t type;
    const char *name;                                   /* "hash" */
    int (*create)(mybpf_map *map, mybpf_error *error);  /* checks the description, makes `map->data` */
    void (*destroy)(mybpf_map *map);
    void *(*lookup)(mybpf_map *map, const void *key);
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
    int is_section; /* a global section: one value, key 0 */
    void *data;     /* the type's own */
};

/* Prog array: the program at `index`, or NULL; run/ calls it for tail calls. Host updates hold a `const mybpf_program *`. */
MYBPF__FN const mybpf_program *mybpf__prog_array_get(const mybpf_map *map, uint64_t index);
/* The memory of an array's values (global sections), for LDDW. */
MYBPF__FN void *mybpf__map_base(const mybpf_map *map);

#endif
