/* map.h: maps as the host sees them. */
#ifndef MYBPF__MAP_H
#define MYBPF__MAP_H

#include "../base/vm.h"
#include "types.h"

/* MYBPF_MAP_TYPE_HASH = 1, ...: the numbers of enum bpf_map_type. docs/maps.md tells which run. */
#define MYBPF__MAP_TYPE_ENUM(number, name, text) MYBPF_MAP_TYPE_##name = (number),
enum { MYBPF_MAP_TYPES(MYBPF__MAP_TYPE_ENUM) MYBPF_MAP_TYPE_COUNT };
#undef MYBPF__MAP_TYPE_ENUM

/* Update flags (linux/bpf.h BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK). F_LOCK: in place, while
 * the lock in the value is held; -EINVAL where values have none. */
enum { MYBPF_ANY = 0, MYBPF_NOEXIST = 1, MYBPF_EXIST = 2, MYBPF_F_LOCK = 4 };

/* map_flags (linux/bpf.h BPF_F_*). Programs cannot write through their helpers to a RDONLY_PROG map, nor
 * read a WRONLY_PROG one; the host neither a RDONLY nor a WRONLY one. NO_PREALLOC: elements get memory when
 * they are added. ZERO_SEED: keys are hashed without a random number. The others change nothing. */
enum {
    MYBPF_F_NO_PREALLOC = 1,
    MYBPF_F_NO_COMMON_LRU = 2,
    MYBPF_F_NUMA_NODE = 4,
    MYBPF_F_RDONLY = 8,
    MYBPF_F_WRONLY = 16,
    MYBPF_F_ZERO_SEED = 64,
    MYBPF_F_RDONLY_PROG = 128,
    MYBPF_F_WRONLY_PROG = 256,
    MYBPF_F_CLONE = 512,
    MYBPF_F_MMAPABLE = 1024,
    MYBPF_F_PRESERVE_ELEMS = 2048,
    MYBPF_F_INNER_MAP = 4096,
    MYBPF_F_SEGV_ON_FAULT = 131072,
    MYBPF_F_NO_USER_CONV = 262144
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
#ifndef MYBPF_NO_MAP_TYPES
    uint64_t extra; /* map_extra: of a bloom filter the number of hash functions, 0: five; of an arena the
                     * address that it gets, if it is free; 0: any */
    const struct mybpf_map_desc *inner; /* of maps of maps: what the maps in it are like; copied */
#endif
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
/* The same of a struct bpf_timer, at a multiple of 8. */
MYBPF_API int mybpf_map_set_timer(mybpf_map *map, uint32_t offset, mybpf_error *error);
MYBPF_API uint32_t mybpf_map_timer(const mybpf_map *map);
#endif

/* Kinds of objects that programs hold: numbers from MYBPF_OBJECT_HOST on are the host's to choose. */
enum {
    MYBPF_OBJECT_NONE = 0,
    MYBPF_OBJECT_RECORD = 1,      /* of a ring buffer */
    MYBPF_OBJECT_SOCK_COMMON = 2, /* struct bpf_sock, as far as every kind of socket has it */
    MYBPF_OBJECT_SOCKET = 3,      /* the whole of it */
    MYBPF_OBJECT_TCP_SOCK = 4,    /* struct bpf_tcp_sock; no helper takes one */
    MYBPF_OBJECT_DYNPTR = 5,      /* that a program did not make */
    MYBPF_OBJECT_HOST = 256
};

/* A kind of the host's objects that programs may keep in values of maps (`struct NAME __kptr *field`), with
 * the helper kptr_xchg: what helpers with this number as `object` and ACQUIRE give, and with RELEASE take. */
typedef struct mybpf_object_kind {
    const char *name; /* of the struct in a program's BTF; kept, not copied */
    uint32_t object;  /* its number, from MYBPF_OBJECT_HOST on */
    /* Bytes that programs may access of one that they have from a map, 0: none; one of which a helper gave
     * less is not put into a map. */
    uint32_t size;
    int read_only; /* they may only read those; else what a helper gave for reading is not put into a map */
    /* Gives back a reference that nobody else will: of what is in a value that goes, or of what a run took
     * out of one and still held when it ended early. Any thread; a map may be locked, so that it must not use
     * maps nor run programs. */
    void (*release)(void *user, void *object);
    void *user;
} mybpf_object_kind;

#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)
#    define MYBPF_MAP_KPTRS 11 /* kptrs in a value, as in Linux */
/* Registers a kind with the vm, which keeps a copy as long as it lives: before maps and loads use it.
 * ERR_ARGUMENT for a number that is not the host's, or without name or release; ERR_EXISTS when the vm has a
 * kind of this name or number. */
MYBPF_API int mybpf_object_kind_register(mybpf_vm *vm, const mybpf_object_kind *kind, mybpf_error *error);
/* Says that values have a kptr at `offset`, a multiple of 8, for objects of the kind `object`, which is
 * registered; as mybpf_map_set_lock. Hashes and arrays, LRU or per CPU or not, and local storages. A value
 * that is updated or deleted, or whose map is freed, gives back what it holds, once; what a program puts into
 * a value after it was deleted is given back when its memory is used again, at the latest with the map.
 * Copies of values have 0 there. */
MYBPF_API int mybpf_map_set_kptr(mybpf_map *map, uint32_t offset, uint32_t object, mybpf_error *error);
/* 1 + the offset of kptr `index`, 0 when there are no more; `*object` (not if NULL) becomes its kind. */
MYBPF_API uint32_t mybpf_map_kptr(const mybpf_map *map, uint32_t index, uint32_t *object);
/* The host's kptr_xchg on the value that mybpf_map_value gives: puts `*object`, which may be NULL, in at
 * `offset`; `*object` becomes what was there, both with their references. 0, -ENOENT, or -EINVAL where no
 * kptr is. */
MYBPF_API int mybpf_map_kptr_xchg(mybpf_map *map, const void *key, uint32_t offset, void **object);
#endif
/* "hash" for MYBPF_MAP_TYPE_HASH; NULL for a number that Linux does not have either, and always under
 * MYBPF_NO_MESSAGES. */
MYBPF_API const char *mybpf_map_type_name(uint32_t type);

/* Elements. Keys and values have the sizes of the description; of a per-CPU map the host reads and writes
 * mybpf_map_value_bytes: the values of all CPUs, each rounded up to 8. These return 0 or a negative
 * errno as the kernel's bpf() does (-EPERM 1, -ENOENT 2, -E2BIG 7, -ENOMEM 12, -EEXIST 17, -EINVAL 22...);
 * any thread. `next_key` with key NULL, or a key that is gone, gives the first key; -ENOENT after the last.
 * In a PROG_ARRAY the host's value is a `const mybpf_program *` whatever value_size says; its object
 * stays, even closed, until the entry is deleted or nobody refers to the map any more (under
 * MYBPF_NO_MAP_TYPES it must stay open). In a map of maps it is a `mybpf_map
 * *` that fits desc.inner; the map of maps takes a reference to it. */
MYBPF_API int mybpf_map_lookup(mybpf_map *map, const void *key, void *value);
MYBPF_API int mybpf_map_update(mybpf_map *map, const void *key, const void *value, uint64_t flags);
MYBPF_API int mybpf_map_delete(mybpf_map *map, const void *key);
MYBPF_API int mybpf_map_next_key(mybpf_map *map, const void *key, void *next);
/* Queues, stacks and bloom filters have no keys: with key NULL `lookup` peeks, `update` pushes, and
 * mybpf_map_lookup_and_delete pops. To peek into a bloom filter is to ask whether `value` may be in it. */

/* The value's place in memory as programs see it (of a per-CPU map that of this CPU), NULL when absent (and
 * in a PROG_ARRAY). It stays memory of the map until the map is freed, and holds this element's value until
 * it is deleted; in a hash map until it is updated. What a run has looked up, it keeps: until it ends nothing
 * that was replaced or deleted meanwhile is used again, the run's own work excepted if it exceeds 32
 * elements. Of an arena, whatever `key` is, its first page, taken or not. */
MYBPF_API void *mybpf_map_value(mybpf_map *map, const void *key);

#ifndef MYBPF_NO_MAP_TYPES
/* As above, with flags (0, or MYBPF_F_LOCK as far as values have locks). */
MYBPF_API int mybpf_map_lookup_flags(mybpf_map *map, const void *key, void *value, uint64_t flags);
/* Removes an element and copies its value, which nobody else gets any more. Of queues and stacks, with key
 * NULL, the next one; -ENOTSUPP (524) for types that cannot. */
MYBPF_API int mybpf_map_lookup_and_delete(mybpf_map *map, const void *key, void *value, uint64_t flags);
/* What mmap(2) gives for a map's file descriptor: `*memory` is the map's memory, the `length` bytes at
 * `offset`, whole pages of MYBPF_MAP_PAGE bytes on every machine. It is there as long as the map is. Arrays
 * with MYBPF_F_MMAPABLE: the values, each at a multiple of 8. Ring buffers of both kinds: a page with the
 * consumer's position, one with the producer's, each a uintptr_t at its beginning, then the data, twice as
 * many bytes as the ring has: a record that reaches over the end goes on behind it. What is not asked for as
 * `writable` is only to be read. 0, -EINVAL (offset, length, an array without the flag or with
 * MYBPF_F_RDONLY), -EACCES (the map's flags), -EPERM (frozen; of a ring buffer the host writes only the
 * consumer's page, of a user ring buffer all but that), -ENOTSUPP (524; another type, values with locks,
 * timers or kptrs). */
enum { MYBPF_MAP_PAGE = 4096 };
MYBPF_API int mybpf_map_mmap(mybpf_map *map, size_t length, int writable, uint64_t offset, void **memory);
/* From now on the host's updates and deletes are -EPERM, forever, and so is this call. Programs still write.
 * -EBUSY when the host mapped it writable. */
MYBPF_API int mybpf_map_freeze(mybpf_map *map);
/* A per-CPU map's value of one CPU, as mybpf_map_value. NULL in other maps. */
MYBPF_API void *mybpf_map_value_percpu(mybpf_map *map, const void *key, uint32_t cpu);
/* Keeps the map in its vm under a name, NULL: its own, until it is unpinned or the vm is destroyed; objects
 * whose declaration says `__uint(pinning, LIBBPF_PIN_BY_NAME)` share the one of their map's name. 0, -EEXIST,
 * -EINVAL (no name, or too long), -ENOMEM; unpin -ENOENT. */
MYBPF_API int mybpf_map_pin(mybpf_map *map, const char *name);
MYBPF_API int mybpf_map_unpin(mybpf_vm *vm, const char *name);
/* The map of this name, with a reference for the caller to give back; NULL when there is none. */
MYBPF_API mybpf_map *mybpf_map_pinned(mybpf_vm *vm, const char *name);
/* Bytes of a value that these functions read and write. */
MYBPF_API size_t mybpf_map_value_bytes(const mybpf_map *map);
/* Values of an element of a per-CPU map (mybpf_host.cpus). */
MYBPF_API uint32_t mybpf_cpu_count(const mybpf_vm *vm);

/* Many elements in one call, as bpf()'s BATCH commands. `*count` says how many `keys` and `values` have room
 * for, or hold, and then how many were read, written or deleted. Lookups: `in` is NULL to begin with, later
 * what the call before wrote to `out` (4 bytes or the key's size, whichever is more); -ENOENT when that was
 * the end (`*count` may have elements then, too), -ENOSPC when a hash bucket holds more than `*count`.
 * Deleting lookups are for hash maps. Others stop at the first element that fails. `elem_flags` is 0, or
 * MYBPF_F_LOCK. -ENOTSUPP for types that cannot. */
MYBPF_API int mybpf_map_lookup_batch(mybpf_map *map, const void *in, void *out, void *keys, void *values,
                                     uint32_t *count, uint64_t elem_flags);
MYBPF_API int mybpf_map_lookup_and_delete_batch(mybpf_map *map, const void *in, void *out, void *keys,
                                                void *values, uint32_t *count, uint64_t elem_flags);
MYBPF_API int mybpf_map_update_batch(mybpf_map *map, const void *keys, const void *values, uint32_t *count,
                                     uint64_t elem_flags);
MYBPF_API int mybpf_map_delete_batch(mybpf_map *map, const void *keys, uint32_t *count, uint64_t elem_flags);
#endif

#endif
