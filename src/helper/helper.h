/* helper.h: functions that programs call by number. */
#ifndef MYBPF__HELPER_H
#define MYBPF__HELPER_H

#include "../map/map.h"

/* The four ranges. Base numbers are those of linux/bpf.h. Sys and User helpers run only when the
 * host grants them to a load; Temp ones are handed over with one load and live as long as it. */
#define MYBPF_HELPER_BASE 0u
#define MYBPF_HELPER_SYS  1000000u
#define MYBPF_HELPER_USER 2000000u
#define MYBPF_HELPER_TEMP 3000000u
#define MYBPF_HELPER_END  4000000u

/* Called with r1..r5; unused arguments hold anything. Native code calls it directly with the C
 * convention, and calls programs' functions through the same type. */
typedef uint64_t (*mybpf_helper_fn)(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                                    mybpf_env *env);

/* What an argument must be; checked at run time in guarded mode, proven in verified mode. */
typedef enum mybpf_arg {
    MYBPF_ARG_NONE = 0,     /* not an argument */
    MYBPF_ARG_ANY,          /* any value; never dereferenced */
    MYBPF_ARG_CTX,          /* the context the program was given */
    MYBPF_ARG_MAP,          /* a map */
    MYBPF_ARG_MAP_KEY,      /* readable, key_size of the MAP argument before it */
    MYBPF_ARG_MAP_VALUE,    /* readable, value_size of that map */
    MYBPF_ARG_MEM_READ,     /* readable memory of the size in the next argument */
    MYBPF_ARG_MEM_WRITE,    /* writable memory of the size in the next argument */
    MYBPF_ARG_SIZE,         /* the size of the argument before it, not 0 */
    MYBPF_ARG_SIZE_OR_ZERO, /* the same, 0 allowed (then the memory may be NULL, but for most Base helpers) */
    MYBPF_ARG_STRING,       /* readable, NUL-terminated */
    MYBPF_ARG_FUNC,         /* a function of the program */
    MYBPF_ARG_PTR_LONG,     /* writable, 8 bytes at a multiple of 8 */
    /* what follows is not there under MYBPF_NO_PROVER */
    MYBPF_ARG_PTR_INT,         /* writable, 4 bytes at a multiple of 4 */
    MYBPF_ARG_MAP_VALUE_WRITE, /* writable, value_size of the MAP argument before it */
    MYBPF_ARG_BYTES_READ,      /* readable memory of sizes[] bytes */
    MYBPF_ARG_BYTES_WRITE,     /* writable memory of sizes[] bytes */
    MYBPF_ARG_STACK_OR_NULL,   /* memory of the program's stack, or 0 */
    MYBPF_ARG_VALUE_OR_NULL,   /* readable, value_size of the MAP argument before it, or 0 */
    MYBPF_ARG_MEM_UPDATE,      /* readable and writable memory of the size in the next argument */
    /* and these cannot be checked at run time: a guarded program whose argument is not proven is refused */
    MYBPF_ARG_CONST,      /* a number that is the same on every path */
    MYBPF_ARG_ALLOC_SIZE, /* the same: bytes of the memory that ALLOC_OR_NULL returns */
    MYBPF_ARG_OBJECT,     /* an object of the kind `object`, not NULL, not moved */
    MYBPF_ARG_LOCK,       /* the struct bpf_spin_lock in a map's value */
    MYBPF_ARG_TIMER,      /* the struct bpf_timer in a map's value */
    MYBPF_ARG_KPTR, /* the first argument: a kptr in a map's value, whose kind an OBJECT, which may be 0, and MEM
                       that is returned have */
    /* and these not in guarded mode at all */
    MYBPF_ARG_DYNPTR,    /* a struct bpf_dynptr on the stack, which a helper made; with RELEASE one that was acquired */
    MYBPF_ARG_DYNPTR_NEW /* 16 bytes of the stack that become one */
} mybpf_arg;

typedef enum mybpf_ret {
    MYBPF_RET_INTEGER = 0,
    MYBPF_RET_VOID,
    MYBPF_RET_MAP_VALUE_OR_NULL, /* of the MAP argument */
    MYBPF_RET_POINTER,           /* host memory: trusted programs only may use it */
    /* what follows is not there under MYBPF_NO_PROVER */
    MYBPF_RET_MAP_VALUE, /* of the MAP argument, never NULL */
    MYBPF_RET_LENGTH,    /* at most the SIZE argument, or from -4095 to -1 */
    MYBPF_RET_MEM, /* sizes[0] bytes at a multiple of 8; an object of the kind `object`, where that is not 0
                    */
    MYBPF_RET_MEM_OR_NULL,  /* the same, or NULL */
    MYBPF_RET_ALLOC_OR_NULL /* as many bytes as the ALLOC_SIZE argument says, or NULL */
} mybpf_ret;

enum {
    MYBPF_HELPER_NONE = 0,
    MYBPF_HELPER_MAY_STOP = 1, /* it may end the run (mybpf_env_stop, or a callback that faults) */
    MYBPF_HELPER_VARIADIC = 2, /* arguments after the described ones may hold anything */
    MYBPF_HELPER_TRUSTED = 4,  /* only trusted loads may call it: its arguments cannot be checked */
    MYBPF_HELPER_PACKET = 8,   /* Base helpers: memory arguments may lie in a packet (others' always may) */
    MYBPF_HELPER_ACQUIRE = 16, /* what it returns must be released on every path; its LOCK is held then */
    MYBPF_HELPER_RELEASE = 32, /* its OBJECT argument is gone then; its LOCK is free */
    MYBPF_HELPER_EXCHANGE = 48, /* both, with a KPTR */
    MYBPF_HELPER_CONSTANT = 64, /* the memory that it returns is read-only */
    MYBPF_HELPER_NEW_PACKET = 128 /* what the program knows of the packet's place is not so any more */
};

/* Which program types may call a helper, a bit each: those of Linux and TCMD; bit 63 are the host's own. */
#define MYBPF_FOR_TYPE(type)                                                                                 \
    ((uint64_t)1 << ((uint32_t)(type) < 33u ? (uint32_t)(type) : (uint32_t)(type) == 1000u ? 33u : 63u))

typedef struct mybpf_helper {
    uint32_t id;
    const char *name;   /* "map_lookup_elem"; kept, not copied */
    mybpf_helper_fn fn; /* NULL: known by name, not available; `reason` says why */
    uint8_t ret;        /* mybpf_ret */
    uint8_t args[5];    /* mybpf_arg */
    uint8_t flags;      /* MYBPF_HELPER_* */
    const char *reason;
    uint32_t object;   /* kind of what it returns (MEM, ALLOC) and of its OBJECT arguments; 0: none */
    uint32_t sizes[6]; /* bytes of memory: [0] of the result, [n] of argument n where it is BYTES */
    uint64_t types;    /* MYBPF_FOR_TYPE of the program types that may call it; 0: all */
} mybpf_helper;

/* Registers a Base (replacing a built-in), Sys or User helper with the vm, before loads use it. The
 * record is copied, its strings are not. ERR_ARGUMENT for a number outside those ranges or
 * arguments that contradict each other. */
MYBPF_API int mybpf_helper_register(mybpf_vm *vm, const mybpf_helper *helper, mybpf_error *error);
/* The helper with this number or name, NULL when there is none. */
MYBPF_API const mybpf_helper *mybpf_helper_find(const mybpf_vm *vm, uint32_t id);
MYBPF_API const mybpf_helper *mybpf_helper_find_name(const mybpf_vm *vm, const char *name);
#ifndef MYBPF_NO_NATIVE
/* Does calling `helper` call the library's own, and not one that a host has put in its place? For NULL: no. */
MYBPF_API int mybpf_helper_is_built_in(const mybpf_helper *helper);
#else
#    define mybpf_helper_is_built_in(helper) ((void)(helper), 0)
#endif
/* The official name of a Base number ("perf_event_output" for 25) whether or not it runs here; NULL
 * when Linux has none, and always under MYBPF_NO_HELPER_NAMES, which MYBPF_NO_ELF and MYBPF_NO_MESSAGES
 * imply. */
MYBPF_API const char *mybpf_helper_name(uint32_t id);

/* For helpers: the run that called them. */
MYBPF_API mybpf_vm *mybpf_env_vm(mybpf_env *env);
MYBPF_API void *mybpf_env_user(mybpf_env *env); /* mybpf_run_opts.user */
/* Ends the run after this helper returns: with r0 when status is MYBPF_OK, else as that fault. Only
 * helpers registered with MYBPF_HELPER_MAY_STOP may call it. */
MYBPF_API void mybpf_env_stop(mybpf_env *env, int status, uint64_t r0);
/* Calls a function of the program (an MYBPF_ARG_FUNC value) from a MAY_STOP helper. After a
 * stop it returns 0 and the helper should return at once: mybpf_env_stopped tells. */
MYBPF_API uint64_t mybpf_env_call(mybpf_env *env, uint64_t func, uint64_t r1, uint64_t r2, uint64_t r3,
                                  uint64_t r4, uint64_t r5);
MYBPF_API int mybpf_env_stopped(const mybpf_env *env);
/* NULL unless all `size` bytes at `address` may be read (or written) by the program; in trusted mode always
 * the address. For helpers whose arguments the prototype cannot describe; what they write into a verified
 * program's stack it must describe: there `write` gives NULL. */
MYBPF_API void *mybpf_env_memory(mybpf_env *env, uint64_t address, uint64_t size, int write);

#ifndef MYBPF_NO_PROVER
/* What an ACQUIRE helper gave (or locked) and its RELEASE helper took back: a run that ends early, with a
 * fault or a stop, calls `release` for each that it still holds. 0, or ERR_LIMIT when the run holds
 * MYBPF_HELD of them already: the helper should then give nothing. */
#    define MYBPF_HELD 8u
MYBPF_API int mybpf_env_hold(mybpf_env *env, void *object, void (*release)(mybpf_env *env, void *object));
MYBPF_API void mybpf_env_drop(mybpf_env *env, const void *object);
#endif

#ifndef MYBPF_NO_NATIVE
/* A helper without a program: an environment that outlives runs, for hosts that call
 * native images by themselves (mybpf_bare.h). Free with mybpf_env_destroy. */
MYBPF_API int mybpf_env_create(mybpf_vm *vm, void *user, mybpf_env **env, mybpf_error *error);
MYBPF_API void mybpf_env_destroy(mybpf_env *env);
#endif

/* printf for programs: C99 conversions d i u o x X c s p %, flags, width, precision, h hh l ll z, and the
 * kernel's %pks %pus; never the host's printf, no %n, no floating point (refused). `args` are the
 * register values. A %s is read only where the run of `env` may read; NULL env trusts. Writes at most
 * `size` bytes, NUL included; returns the whole length, or -22 (EINVAL) for a bad format. */
MYBPF_API int64_t mybpf_format_text(mybpf_env *env, char *text, size_t size, const char *format,
                                    size_t format_size, const uint64_t *args, size_t arg_count);

#endif
