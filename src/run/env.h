/* env.h: one run of a program, from the inside. */
#ifndef MYBPF__ENV_H
#define MYBPF__ENV_H

#include "../load/object_impl.h"
#include "../map/map_impl.h"
#include "run.h"

#define MYBPF__HELPER_TAIL_CALL 12u /* bpf_tail_call's number: engines do it themselves */

struct mybpf_env {
    mybpf_abi abi; /* first: native code addresses it */
#ifndef MYBPF_NO_NATIVE
    /* Next, for native code made in this process alone: memory that the run may read, and may write, as the
     * last checks found it: where it begins, negated; then at how many places 1, 2, 4, 8, 12... 64 bytes
     * may begin. */
    uint64_t window[2][19];
#endif
    mybpf_vm *vm;
    const mybpf_object *object; /* whose code runs now: changes with tail calls */
    const mybpf_run_opts *opts; /* never NULL while running */
    void *user;
    const mybpf_object *stopped;    /* whose instruction abi.stop_insn is */
    uint64_t stack_low, stack_high; /* the BPF stack programs may touch */
    uint64_t native_stack;          /* where native code was entered on the host's stack; 0: it was not */
    struct mybpf__save *saves; /* where the interpreter keeps its callers, growing upwards below the stack */
    uint64_t callx;            /* helper number a guarded CALLX is about to call */
    uint64_t fault_address;    /* of the access that faulted */
    uint32_t fault_size, fault_write;
    uint32_t tail_calls; /* made so far */
    uint32_t depth;      /* of callbacks in callbacks; tail calls have a limit of their own */
#ifndef MYBPF_NO_PROVER
    const mybpf_program *program; /* that runs: changes with tail calls; NULL: none */
    int layout;                   /* the addresses in its type's context are still those that the host gave */
    const uint8_t *packet; /* where it is now: mybpf_run_opts.packet until a helper moves it; NULL: none */
    uint64_t packet_size;
    const void *lent; /* memory besides that a helper lets the program read: the key it calls back with */
    uint64_t lent_size;
    uint64_t timer; /* the address of the timer whose function runs, 0: none */
    uint32_t held;  /* of `holds` */
#endif
#ifndef MYBPF_NO_MAP_TYPES
    uint32_t *epoch; /* what the run got when it entered, NULL before; map/epoch.h */
#endif
#ifndef MYBPF_NO_PROVER
    struct { /* last, and not zeroed: what is to be given back when the run ends early */
        void *object;
        void (*release)(mybpf_env *env, void *object);
#    ifndef MYBPF_NO_MAP_TYPES
        uint64_t field; /* of what was in a kptr: where, and who took it out */
        const mybpf_object *taker;
#    endif
    } holds[MYBPF_HELD];
#endif
};

#ifndef MYBPF_NO_PROVER
/* Program types, as bits, whose context is a struct __sk_buff: those whose packets begin with the Ethernet
 * header, those where they begin with the network header, and all. */
#    define MYBPF__TYPE(name) (1u << MYBPF_PROG_TYPE_##name)
enum {
    MYBPF__SKB_ETHERNET = MYBPF__TYPE(SOCKET_FILTER) | MYBPF__TYPE(SCHED_CLS) | MYBPF__TYPE(SCHED_ACT),
    MYBPF__SKB_NETWORK = MYBPF__TYPE(CGROUP_SKB) | MYBPF__TYPE(LWT_IN) | MYBPF__TYPE(LWT_OUT) |
                         MYBPF__TYPE(LWT_XMIT) | MYBPF__TYPE(LWT_SEG6LOCAL),
    MYBPF__SKB_TYPES = MYBPF__SKB_ETHERNET | MYBPF__SKB_NETWORK | MYBPF__TYPE(SK_SKB)
};
#    undef MYBPF__TYPE

MYBPF__FN int mybpf__type_among(uint32_t type, uint32_t types) { return type < 32 && types >> type & 1; }
#endif

/* Interpreter: decodes `object`'s code once (load), frees it, runs function `func` with r1..r5 and its frame
 * ending at `frame`. A stop is left in env->abi. */
MYBPF__FN int mybpf__interp_prepare(mybpf_object *object, mybpf_error *error);
MYBPF__FN void mybpf__interp_free(mybpf_object *object);
MYBPF__FN uint64_t mybpf__interp_run(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                     const uint64_t args[5], uint64_t frame);

MYBPF__FN uint32_t
mybpf__interp_stack_size(const mybpf_object *object); /* bytes of BPF stack its runs want */

/* Does `object` run native code? */
#ifdef MYBPF_NO_NATIVE
#    define MYBPF__IS_NATIVE(object) 0
#else
#    define MYBPF__IS_NATIVE(object) ((object)->native.enter != NULL)
#endif

/* Releases attached native code, if any: the object is interpreted again. */
MYBPF__FN void mybpf__native_drop(mybpf_object *object);

/* Bytes of a BPF stack that a program of `object` must have for itself; 0: its frame is at abi.frame. */
MYBPF__FN size_t mybpf__own_stack(const mybpf_env *env, const mybpf_object *object);

/* Runs a function with its object's engine, its frame at abi.frame: program.c. A callback's stack is part of
 * what its object's runs want; programs have it for themselves, however deep in calls a tail call was made.
 */
MYBPF__FN uint64_t mybpf__enter(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                const uint64_t args[5], int callback);
#ifndef MYBPF_NO_NATIVE
/* What a run without options has. */
MYBPF__UNUSED static const mybpf_run_opts mybpf__no_opts = {NULL, 0, NULL, NULL, 0, NULL, 0, 0, NULL, NULL, 0, NULL};
#endif

/* An environment for runs in `vm`; `env` is zeroed first. */
MYBPF__FN void mybpf__env_init(mybpf_env *env, mybpf_vm *vm, const mybpf_run_opts *opts);

/* Where this function's frame is on the host's stack, about. */
#if defined(__GNUC__)
#    define MYBPF__HERE() mybpf__address(__builtin_frame_address(0))
#else
#    define MYBPF__HERE()                                                                                    \
        ((uint64_t)0) /* not known: strings on the stack of proven native programs are not read */
#endif

/* Services that both the interpreter and native code (through mybpf_abi) use: services.c. Those that
 * return 0 for a fault have recorded it, without an instruction. */
MYBPF__FN uint64_t mybpf__guard(mybpf_env *env, uint64_t address, uint64_t size_and_write);
MYBPF__FN uint64_t mybpf__guard_call(mybpf_env *env, uint64_t id, const uint64_t *args);
MYBPF__FN uint64_t mybpf__tail_call(uint64_t ctx, uint64_t map, uint64_t index, uint64_t r4, uint64_t r5,
                                    mybpf_env *env);
MYBPF__FN uint64_t mybpf__packet_load(mybpf_env *env, uint64_t offset, uint64_t size);
#ifndef MYBPF_NO_NATIVE
/* tail_call for code of the JIT: more than 1 is where the target begins, to be jumped to in the place of the
 * caller, with r1 from abi.result and r2 to r5 zero. */
MYBPF__FN uint64_t mybpf__tail_jump(uint64_t ctx, uint64_t map, uint64_t index, uint64_t r4, uint64_t r5,
                                    mybpf_env *env);
MYBPF__FN uint64_t mybpf__resolve(mybpf_env *env, uint64_t value);
#endif
/* The function a function pointer stands for, NULL when it is none of the running object's. */
MYBPF__FN const mybpf__func_desc *mybpf__func_pointed(const mybpf_env *env, uint64_t value);
/* The helper a CALLX value numbers, NULL when this load may not call one of that number. */
MYBPF__FN const mybpf_helper *mybpf__callx_helper(const mybpf_env *env, uint64_t value);
/* Ends the run: keeps the first stop. */
MYBPF__FN void mybpf__stop(mybpf_env *env, int status, int64_t insn);

#endif
