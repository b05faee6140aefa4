/* run.h: running programs, engines, named instances. */
#ifndef MYBPF__RUN_H
#define MYBPF__RUN_H

#include "../verify/verify.h"

/* Memory a run may touch besides its stack, maps and context (guarded mode checks it). */
typedef struct mybpf_region {
    void *address;
    size_t size;
    int writable;
} mybpf_region;

typedef struct mybpf_run_opts {
    void *ctx;            /* r1 = its address, 0 when NULL; writable by the program */
    size_t ctx_size;      /* r2 */
    const uint64_t *args; /* not NULL: r1..r5 come from these five instead */
    const void *packet;   /* what LD_ABS and LD_IND read; NULL: the context */
    size_t packet_size;
    const mybpf_region *regions;
    size_t region_count;
    uint64_t
        max_steps; /* 0: no limit; else the load must be metered (guarded always is). A run stops in front of
                      the block of instructions with which it would take more, the same in every engine */
    uint64_t *steps;   /* not NULL: receives the steps used */
    void *stack;       /* the BPF stack, 16-byte aligned; NULL: the library finds it */
    size_t stack_size; /* MYBPF_STACK_SIZE is enough for all but trusted programs */
    void *user;        /* for helpers: mybpf_env_user */
} mybpf_run_opts;

#define MYBPF_STACK_SIZE ((MYBPF_STACK_FRAME + 64u) * MYBPF_CALL_DEPTH)

/* Runs with the object's engine: native code when one is attached, else the interpreter. 0, or a
 * FAULT_ status with the instruction in `error`. Blocks are charged on entry when metered: a block that the
 * rest of the budget does not cover is not entered, FAULT_BUDGET names its first instruction. Any
 * number of threads at once. `opts` and `r0` may be NULL; a run that does not succeed leaves `r0` alone. */
MYBPF_API int mybpf_program_run(const mybpf_program *program, const mybpf_run_opts *opts, uint64_t *r0,
                                mybpf_error *error);

#ifndef MYBPF_NO_PROVER
/* One program on one packet, as libbpf's bpf_prog_test_run_opts does it in the kernel. `{0}`: no packet, no
 * context. A context of Linux (or of the host's, by its fields) that tells of a packet is made from data_in;
 * ctx_in may fill the rest. */
typedef struct mybpf_test_run_opts {
    const void *data_in; /* the packet as the program is to see it: of tc and xdp from the Ethernet header on,
                            of cgroup_skb and lwt from the IP header on */
    void *data_out;      /* gets the packet afterwards; may be NULL */
    size_t data_size_in;
    size_t data_size_out; /* room in data_out; then the size of the packet, whether it fitted or not */
    const void
        *ctx_in;   /* the context, or its beginning. Where it tells of a packet, `data` is the number of
                      bytes of metadata that data_in begins with, `data_end` data_size_in or 0, `data_meta` 0 */
    void *ctx_out; /* gets the context afterwards, in the same terms; may be NULL */
    size_t ctx_size_in;
    size_t ctx_size_out;       /* as data_size_out */
    uint64_t retval;           /* gets r0 */
    uint32_t repeat;           /* runs, each on what the one before left; 0: one */
    uint64_t duration;         /* gets the nanoseconds of a run, on average */
    const mybpf_run_opts *run; /* what else the runs get; its ctx and packet are not used. May be NULL */
    void *memory;       /* room for the packet, below 4 GiB: mybpf_packet_alloc. NULL: found for each call */
    size_t memory_size; /* at least mybpf_test_run_memory(data_size_in) */
} mybpf_test_run_opts;

/* 0, or what mybpf_program_run says; ERR_LIMIT when data_out or ctx_out is too small (it gets what fits; the
 * results are there). Programs find MYBPF_PACKET_HEADROOM bytes in front of the packet and
 * MYBPF_PACKET_TAILROOM behind it, for helpers that make it longer. Any number of threads at once, each with
 * its own `test`. */
#    define MYBPF_PACKET_HEADROOM 216u
#    define MYBPF_PACKET_TAILROOM 3520u
MYBPF_API int mybpf_program_test_run(const mybpf_program *program, mybpf_test_run_opts *test,
                                     mybpf_error *error);
MYBPF_API size_t mybpf_test_run_memory(size_t data_size);

/* Memory for a packet whose address fits into the 32 bits that most contexts have for it: NULL where the
 * system has none. 64-bit Linux is asked for it; elsewhere it is the vm's allocator's, if that lies low.
 * `size` is that of the request. */
MYBPF_API void *mybpf_packet_alloc(mybpf_vm *vm, size_t size);
MYBPF_API void mybpf_packet_free(mybpf_vm *vm, void *memory, size_t size);
#endif

#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)
/* Calls the functions of timers (bpf_timer_start) that are due by mybpf_host.time_ns; those that are started
 * meanwhile wait for the next call. How many there were, or the fault of the first that failed, when the
 * others have run. Of `opts` (NULL: none) they get max_steps, regions and user. `*next`, if not NULL, gets
 * when the next one is due, UINT64_MAX: none is. Any thread, several at once. */
MYBPF_API int mybpf_vm_run_timers(mybpf_vm *vm, const mybpf_run_opts *opts, uint64_t *next,
                                  mybpf_error *error);
#endif

/* Native code of an object, as a JIT or an image gives it. `enter` has the helper's type and calls
 * the code at mybpf_abi.fn with r1..r5. */
typedef struct mybpf_native {
    mybpf_helper_fn enter;
    const void *const *entries; /* code address per function; copied */
    uint32_t entry_count;       /* equals code->func_count */
    const void *code;           /* for dumps */
    size_t code_size;
    const uint64_t
        *table; /* an image's context table, what mybpf_abi.table is while its code runs; NULL: none */
    void (*release)(void *user); /* called once, when the object is closed or the code replaced */
    void *user;
} mybpf_native;

/* Gives a loaded object its native code; mybpf_object_native tells it (NULL: interpreted).
 * ERR_UNSUPPORTED under MYBPF_NO_NATIVE. Programs that call nothing but functions of their own, neither
 * guarded nor metered, may be entered with an environment of which only mybpf_abi's fields in front of
 * `guard` are set. Not while a program of the object runs. On failure `release` is not called. */
MYBPF_API int mybpf_object_attach_native(mybpf_object *object, const mybpf_native *native,
                                         mybpf_error *error);
MYBPF_API const mybpf_native *mybpf_object_native(const mybpf_object *object);

/* What native code sees of a run: the first bytes of mybpf_env. Versions 1 to 3 of the image ABI: every
 * field is 8 bytes on every host. Images address it by these offsets, see docs/formats.md. */
typedef struct mybpf_abi {
    uint64_t table; /*  0: address of the image's context table, 8 bytes an import */
    uint64_t fn;    /*  8: code that `enter` calls */
    uint64_t sp;    /* 16: native stack pointer to unwind to; `enter` saves and sets it */
    uint64_t frame; /* 24: r10 of the function `enter` calls, where the BPF stack is separate (guarded). Code
                       that calls a MAY_STOP helper (or CALLX) stores its r10 - MYBPF_STACK_FRAME here before,
                       so that callbacks run below it; before `tail_call` its r10 */
    uint64_t steps; /* 32: steps left, where metered */
    uint64_t stop;  /* 40: 0 while running; else bits 0..31 status (negative), or MYBPF_STOP_EXIT */
    uint64_t stop_insn; /* 48: instruction of the stop; UINT64_MAX: the engine fills in the one it is at */
    uint64_t guard;     /* 56: uint64_t (*)(mybpf_env *, uint64_t address, uint64_t size | write << 32): 0 =
                           fault,     recorded as a stop without instruction, as guard_call and resolve do */
    uint64_t tail_call; /* 64: mybpf_helper_fn: r1 ctx, r2 map, r3 index; 1 = done, r0 in `result`; 0 = fall
                           through */
    uint64_t
        resolve; /* 72: uint64_t (*)(mybpf_env *, uint64_t value): native code for a CALLX value, 0 = fault */
    uint64_t packet;     /* 80: uint64_t (*)(mybpf_env *, uint64_t offset, uint64_t size): LD_ABS; may stop */
    uint64_t result;     /* 88: r0 of a run ended by MYBPF_STOP_EXIT or a tail call */
    uint64_t limit;      /* 96: lowest address of the separate BPF stack: a call below it is FAULT_DEPTH */
    uint64_t may_goto;   /* 104: iterations left for MAY_GOTO in this run */
    uint64_t guard_call; /* 112: uint64_t (*)(mybpf_env *, uint64_t helper id, const uint64_t args[5]): 0 =
                            fault */
    uint64_t tail_jump; /* 120: as tail_call; above 1: the code of the target, which is of the same object and
                           to be jumped to with r1 = `result`, everything as the caller found it */
} mybpf_abi;

#define MYBPF_STOP_EXIT 1u
#define MYBPF_MAY_GOTO  0x800000u /* iterations of MAY_GOTO in one run (BPF_MAX_LOOPS) */

#ifndef MYBPF_NO_INSTANCES
/* Named instances: one loaded object each, which they own from then on: it is closed when the instance is
 * unloaded or replaced and its last run has ended. All of this while others run; thread safe. Names have 1 to
 * MYBPF_NAME_MAX - 1 bytes. ERR_EXISTS for a name that is taken, ERR_NOT_FOUND for one that is not, ERR_STATE
 * for an object that is in an instance already or not loaded. After another failure it is still the caller's.
 */
MYBPF_API int mybpf_instance_load(mybpf_vm *vm, const char *name, mybpf_object *object, mybpf_error *error);
MYBPF_API int mybpf_instance_replace(mybpf_vm *vm, const char *name, mybpf_object *object,
                                     mybpf_error *error);
MYBPF_API int mybpf_instance_unload(mybpf_vm *vm, const char *name, mybpf_error *error);
MYBPF_API void mybpf_instance_unload_all(mybpf_vm *vm);
/* The name of instance `index` in order of loading (copied into `name`): 0, or ERR_NOT_FOUND. */
MYBPF_API int mybpf_instance_name(mybpf_vm *vm, size_t index, char name[MYBPF_NAME_MAX]);
/* Runs every program whose section is `section` or starts with it and a '/', in order of loading, and tells
 * each result. */
typedef void (*mybpf_result_fn)(void *user, const char *instance, const mybpf_program *program, int status,
                                uint64_t r0, const mybpf_error *error);
MYBPF_API size_t mybpf_instance_run(mybpf_vm *vm, const char *section, const mybpf_run_opts *opts,
                                    mybpf_result_fn result, void *user);
#endif

#endif
