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
    MYBPF__EAGAIN = 11,
    MYBPF__EACCES = 13,
    MYBPF__EBUSY = 16,
    MYBPF__ENODEV = 19,
    MYBPF__ENOSPC = 28,
    MYBPF__EFAULT = 14,
    MYBPF__EEXIST = 17,
    MYBPF__EINVAL = 22,
    MYBPF__ERANGE = 34,
    MYBPF__EDEADLK = 35,
    MYBPF__EOVERFLOW = 75,
    MYBPF__EOPNOTSUPP = 95,
    MYBPF__ENOTSUPP = 524 /* the kernel's own, which bpf() lets out */
};

/* Functions of one map type; NULL where the type has no such operation. Results as the public
 * functions: 0 or negative errno. `env` is the run that asks, NULL the host. */
typedef struct mybpf__map_type {
    uint32_t type;
    uint32_t flags;                                            /* map_flags it accepts */
    int (*create)(mybpf_map *map, mybpf_error *error);         /* checks the description, makes `map->data` */
    void *(*lookup)(mybpf_map *map, const void *key);          /* NULL: programs cannot look it up */
    int (*read)(mybpf_map *map, const void *key, void *value); /* copies a value out, whole */
    int (*update)(mybpf_map *map, const void *key, const void *value, uint64_t flags, mybpf_env *env);
    int (*remove)(mybpf_map *map, const void *key);
    int (*next_key)(mybpf_map *map, const void *key, void *next);
    /* Does [address, address + size) lie inside one value that programs may access? Guarded mode asks. */
    int (*contains)(const mybpf_map *map, uint64_t address, uint64_t size);
#ifndef MYBPF_NO_MAP_TYPES
    uint32_t is;                                               /* MYBPF__MAP_* */
    void (*destroy)(mybpf_map *map);                           /* what is not in `map->data` */
    int (*take)(mybpf_map *map, const void *key, void *value); /* removes an element and copies it out */
    /* Elements from bucket `*at` on, as many as `*count` says: ENOSPC when not even a bucket's fit. */
    int (*read_some)(mybpf_map *map, uint32_t *at, void *keys, void *values, uint32_t *count, int remove);
    void *(*of_cpu)(mybpf_map *map, const void *key, uint32_t cpu);
    int (*push)(mybpf_map *map, const void *value, uint64_t flags); /* without keys */
    int (*pop)(mybpf_map *map, void *value);
    int (*peek)(mybpf_map *map, void *value);
#endif
} mybpf__map_type;

enum {
    MYBPF__MAP_PERCPU = 1, /* an element has a value for each CPU */
    MYBPF__MAP_LRU = 2,    /* the element not used for longest goes when it is full */
    MYBPF__MAP_KEYLESS = 4,
    MYBPF__MAP_DEFERS = 8, /* elements that are removed stay for runs that hold them */
    MYBPF__MAP_BATCH_READ = 16,
    MYBPF__MAP_BATCH_WRITE = 32,
    MYBPF__MAP_BATCH_DELETE = 64,
    MYBPF__MAP_NO_FREEZE = 128,
    MYBPF__MAP_VALUELESS = 256,
    MYBPF__MAP_OF_MAPS = 512,
    MYBPF__MAP_UNSIZED = 1024, /* max_entries may be 0 */
    MYBPF__MAP_CONSTANT = 2048 /* programs only read values */
};

/* map_flags that most types accept: who may access the elements; those about the host alone. */
#define MYBPF__F_ACCESS (MYBPF_F_RDONLY_PROG | MYBPF_F_WRONLY_PROG | MYBPF_F_RDONLY | MYBPF_F_WRONLY)
#define MYBPF__F_HOST   (MYBPF_F_RDONLY | MYBPF_F_WRONLY)

#ifdef MYBPF_NO_MAP_TYPES
#    define MYBPF__MAP_IS(map, what) 0
#    define mybpf__keyless(type)     0
#    define mybpf__valueless(type)   0
#    define mybpf__unsized(type)     0
#else
#    define MYBPF__MAP_IS(map, what) ((map)->ops->is & (what))
#    define mybpf__keyless(type)     ((type)->is & MYBPF__MAP_KEYLESS)
#    define mybpf__valueless(type)   ((type)->is & MYBPF__MAP_VALUELESS)
#    define mybpf__unsized(type)     ((type)->is & MYBPF__MAP_UNSIZED)
#endif

/* Linux's limits, in bytes: of a value of one CPU; of an element and what it keeps with it. */
enum { MYBPF__PERCPU_MOST = 0x8000, MYBPF__ELEMENT_MOST = 0x400000 - 64 };

/* A field of values that holds an object of the host, or 0: its address, a uintptr_t in the lower half of 8
 * bytes where pointers are smaller. */
typedef struct mybpf__kptr {
    const mybpf_object_kind *kind;
    uint32_t at;
} mybpf__kptr;

/* Values in maps with these fields are for proven accesses alone. */
#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)
#    define mybpf__kptr_count(map) ((map)->kptr_count)
#else
#    define mybpf__kptr_count(map) 0
#endif

enum { MYBPF__HOST_SECTION = 2 };
struct mybpf_map {
    const mybpf__map_type *ops;
    mybpf_vm *vm;
    mybpf_map_desc desc;
    uint32_t refs;
#ifndef MYBPF_NO_PROVER
    uint32_t lock;  /* 1 + where values have a struct bpf_spin_lock; 0: nowhere */
    uint32_t timer; /* the same of a struct bpf_timer */
#endif
    int is_section; /* a global section: one value, key 0; MYBPF__HOST_SECTION: in memory of the host */
    void *data;     /* the type's own, one block */
#ifndef MYBPF_NO_MAP_TYPES
    uint32_t users;   /* references of the host and of open objects: a prog array without any is emptied */
    uint32_t frozen;  /* the host may not write any more */
    uint32_t written; /* the host writes in the map's memory: it cannot be frozen any more */
    void *block;      /* what `data`, which stands at a page's beginning, is in; NULL: it is alone */
    uint32_t cpus;    /* values an element has; 1 if it is not per CPU */
    uint32_t stored;  /* bytes of a value: value_size, or a pointer's */
    mybpf_map_desc *inner;        /* of a map of maps: what those in it are like */
    struct mybpf_map *next_inner; /* once it was in one: in the vm's list of those, under instance_lock */
    uint32_t is_inner, doomed;    /* doomed: no reference is left, and it goes when epoch `ended` is over */
    uint32_t ended;
#    ifndef MYBPF_NO_PROVER
    uint32_t kptr_count;
    mybpf__kptr kptrs[MYBPF_MAP_KPTRS];
#    endif
#endif
};

#ifdef MYBPF_NO_MAP_TYPES
#    define mybpf__env_epoch(env) ((void)(env), (const uint32_t *)NULL)
#else
/* Of the types that there are, NULL for another one. */
MYBPF__FN const mybpf__map_type *mybpf__map_type_of(uint32_t type);
/* What the run got when it entered (epoch.h), NULL for the host's. */
MYBPF__FN const uint32_t *mybpf__env_epoch(const mybpf_env *env);
#endif

/* Values stand 8-byte aligned. */
MYBPF__FN uint64_t mybpf__map_round(uint64_t size) { return (size + 7) & ~(uint64_t)7; }

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__FN uint64_t mybpf__map_whole_pages(uint64_t size)
{
    return (size + MYBPF_MAP_PAGE - 1) & ~(uint64_t)(MYBPF_MAP_PAGE - 1);
}
#endif

/* Is [address, address + size) inside a value at the beginning of one of `count` slots of `stride` bytes? */
MYBPF__FN int mybpf__map_within(const mybpf_map *map, const void *base, uint64_t stride, uint64_t count,
                                uint64_t address, uint64_t size);
/* Frees the block of `map->data`. */
MYBPF__FN void mybpf__map_data_free(mybpf_map *map);
/* Memory for `count` slots of `stride` bytes after `head` bytes: ERR_LIMIT, ERR_MEMORY. */
MYBPF__FN int mybpf__map_memory(mybpf_map *map, uint64_t head, uint64_t count, uint64_t stride,
                                mybpf_error *error);

#ifndef MYBPF_NO_MAP_TYPES
/* An object that a prog array has a program of stays as long: object.c. */
MYBPF__FN void mybpf__object_hold(const mybpf_program *program);
MYBPF__FN void mybpf__object_drop(const mybpf_program *program);
/* The two halves of giving a reference back: an object that is closed does not use its maps any more, but
 * programs of it that are in a prog array do. */
MYBPF__FN void mybpf__map_drop_user(mybpf_map *map);
MYBPF__FN void mybpf__map_drop(mybpf_map *map);
#endif
#ifndef MYBPF_NO_PROVER
/* Calls `each` for the elements of a hash or an array, with the value that programs see and a copy of the
 * key, until it returns not 0: programs may add and remove elements meanwhile, and what is removed stays as
 * it is while the run lasts. 0 for maps of other types. */
typedef int (*mybpf__each_element_fn)(void *user, const void *key, void *value);
MYBPF__FN int mybpf__map_each(mybpf_map *map, mybpf__each_element_fn each, void *user);
#endif
#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)
/* The kind of this name, or with NULL this number; NULL when there is none. kptr.c */
MYBPF__FN const mybpf_object_kind *mybpf__kind_find(const mybpf_vm *vm, uint32_t object, const char *name);
/* Values have a kptr at `offset`: as mybpf_map_set_kptr. */
MYBPF__FN int mybpf__map_add_kptr(mybpf_map *map, uint32_t offset, const mybpf_object_kind *kind,
                                  mybpf_error *error);
/* A value goes, or with NULL all of the map's: its timers are no more. run/timer.c */
MYBPF__FN void mybpf__timers_drop(mybpf_map *map, const void *value);
#else
#    define mybpf__timers_drop(map, value) (void)(map)
#endif
/* Prog array: the program at `index`, or NULL; run/ calls it for tail calls. Host updates hold a `const
 * mybpf_program *`. */
MYBPF__FN const mybpf_program *mybpf__prog_array_get(const mybpf_map *map, uint64_t index);
/* The memory of an array's values (global sections), for LDDW. */
MYBPF__FN void *mybpf__map_base(const mybpf_map *map);

#endif
