/* map.h: maps as the host sees them. */
#ifndef MYBPF__MAP_H
#define MYBPF__MAP_H

#include "../base/vm.h"
#include "types.h"

/* MYBPF_MAP_TYPE_HASH = 1, ...: the numbers of enum bpf_map_type. HASH, ARRAY and PROG_ARRAY run so far. */
#define MYBPF__MAP_TYPE_ENUM(number, name, text) MYBPF_MAP_TYPE_##name = (number),
enum { MYBPF_MAP_TYPES(MYBPF__MAP_TYPE_ENUM) MYBPF_MAP_TYPE_COUNT };
#undef MYBPF__MAP_TYPE_ENUM

/* Update flags (linux/bpf.h BPF_ANY, BPF_NOEXIST, BPF_EXIST). */
enum { MYBPF_ANY = 0, MYBPF_NOEXIST = 1, MYBPF_EXIST = 2 };

/* map_flags (linux/bpf.h BPF_F_*). Programs cannot write through their helpers to a RDONLY_PROG map, nor
 * read a WRONLY_PROG one; the host always can. The others are accepted and change nothing. */
enum {
    MYBPF_F_NO_PREALLOC = 1,
    MYBPF_F_NUMA_NODE = 4,
    MYBPF_F_ZERO_SEED = 64,
    MYBPF_F_RDONLY_PROG = 128,
    MYBPF_F_WRONLY_PROG = 256,
    MYBPF_F_MMAPABLE = 1024
};

/* Bytes one map's elements may take together; a larger one is refused. */
#ifndef MYBPF_MAX_MAP_BYTES
#    define MYBPF_MAX_MAP_BYTES 0x40000000u
#endif

typedef struct mybpf_map_desc {
    char name[MYBPF_NAME_MAX];
    uint32_t type;       /* MYBPF_MAP_TYPE_* */
    uint32_t key_size;   /* bytes */
    uint32_t value_size; /* bytes */
    uint32_t max_entries;
    uint32_t flags; /* MYBPF_F_* */
} mybpf_map_desc;

/* A map with one reference, which the caller gives back with mybpf_map_unref. ERR_UNSUPPORTED names
 * a type that does not run, ERR_ARGUMENT a size or flag it cannot have, ERR_LIMIT one too large. */
MYBPF_API int mybpf_map_create(mybpf_vm *vm, const mybpf_map_desc *desc, mybpf_map **map, mybpf_error *error);
MYBPF_API mybpf_map *mybpf_map_ref(mybpf_map *map);
MYBPF_API void mybpf_map_unref(mybpf_map *map); /* NULL does nothing */
MYBPF_API const mybpf_map_desc *mybpf_map_describe(const mybpf_map *map);
#ifndef MYBPF_NO_PROVER
/* Says that each value of a hash or array has a struct bpf_spin_lock at `offset`, a multiple of 4: before the
 * map holds anything and objects with it are loaded. Maps of ELF objects have it from BTF. ERR_ARGUMENT where
 * no lock can be. mybpf_map_lock: 1 + the offset, 0 when there is none. */
MYBPF_API int mybpf_map_set_lock(mybpf_map *map, uint32_t offset, mybpf_error *error);
MYBPF_API uint32_t mybpf_map_lock(const mybpf_map *map);
#endif
/* "hash" for MYBPF_MAP_TYPE_HASH; NULL for a number that Linux does not have either, and always under
 * MYBPF_NO_MESSAGES. */
MYBPF_API const char *mybpf_map_type_name(uint32_t type);

/* Elements. Keys and values have the sizes of the description. These four return 0 or a negative
 * errno as the kernel's bpf() does (-ENOENT 2, -EEXIST 17, -E2BIG 7, -EINVAL 22, -ENOMEM 12); any
 * thread. `next_key` with key NULL, or a key that is gone, gives the first key; -ENOENT after the last.
 * In a PROG_ARRAY the host's value is a `const mybpf_program *` whatever value_size says; that program's
 * object must stay open until the entry is deleted or the map is freed. */
MYBPF_API int mybpf_map_lookup(mybpf_map *map, const void *key, void *value);
MYBPF_API int mybpf_map_update(mybpf_map *map, const void *key, const void *value, uint64_t flags);
MYBPF_API int mybpf_map_delete(mybpf_map *map, const void *key);
MYBPF_API int mybpf_map_next_key(mybpf_map *map, const void *key, void *next);

/* The value's place in memory, NULL when absent (and in a PROG_ARRAY). It holds this element until
 * the element is deleted, and stays memory of the map until the map is freed. */
MYBPF_API void *mybpf_map_value(mybpf_map *map, const void *key);

#endif
