/* map.h: maps as the host sees them. */
#ifndef MYBPF__MAP_H
#define MYBPF__MAP_H

#include "../base/vm.h"

/* Numbers of enum bpf_map_type; the ones that run so far. */
enum {
    MYBPF_MAP_TYPE_UNSPEC = 0,
    MYBPF_MAP_TYPE_HASH = 1,
    MYBPF_MAP_TYPE_ARRAY = 2,
    MYBPF_MAP_TYPE_PROG_ARRAY = 3
};

/* Update flags (linux/bpf.h BPF_ANY, BPF_NOEXIST, BPF_EXIST). */
enum { MYBPF_ANY = 0, MYBPF_NOEXIST = 1, MYBPF_EXIST = 2 };

/* map_flags (linux/bpf.h BPF_F_*). */
enum { MYBPF_F_NO_PREALLOC = 1, MYBPF_F_RDONLY_PROG = 128, MYBPF_F_WRONLY_PROG = 256, MYBPF_F_MMAPABLE = 1024 };

typedef struct mybpf_map_desc {
    char name[MYBPF_NAME_MAX];
    uint32_t type;        /* MYBPF_MAP_TYPE_* */
    uint32_t key_size;    /* bytes */
    uint32_t value_size;  /* bytes */
    uint32_t max_entries;
    uint32_t flags;       /* MYBPF_F_* */
} mybpf_map_desc;

/* A map with one reference, which the caller gives back with mybpf_map_unref. ERR_UNSUPPORTED names
 * a type that does not run, ERR_ARGUMENT a size it cannot have. */
MYBPF_API int mybpf_map_create(mybpf_vm *vm, const mybpf_map_desc *desc, mybpf_map **map, mybpf_error *error);
MYBPF_API mybpf_map *mybpf_map_ref(mybpf_map *map);
MYBPF_API void mybpf_map_unref(mybpf_map *map);
MYBPF_API const mybpf_map_desc *mybpf_map_describe(const mybpf_map *map);

/* Elements. Keys and values have the sizes of the description. These four return 0 or a negative
 * errno as the kernel's bpf() does (-ENOENT 2, -EEXIST 17, -E2BIG 7, -EINVAL 22, -ENOMEM 12); any
 * thread. `next_key` with key NULL gives the first key; -ENOENT after the last. */
MYBPF_API int mybpf_map_lookup(mybpf_map *map, const void *key, void *value);
MYBPF_API int mybpf_map_update(mybpf_map *map, const void *key, const void *value, uint64_t flags);
MYBPF_API int mybpf_map_delete(mybpf_map *map, const void *key);
MYBPF_API int mybpf_map_next_key(mybpf_map *map, const void *key, void *next);

/* The value's place in memory, NULL when absent. It stays until the element is deleted. */
MYBPF_API void *mybpf_map_value(mybpf_map *map, const void *key);

#endif
