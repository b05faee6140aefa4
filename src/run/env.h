/* env.h: one run of a program, from the inside. */
#ifndef MYBPF__ENV_H
#define MYBPF__ENV_H

#include "../load/object_impl.h"
#include "../map/map_impl.h"
#include "run.h"

struct mybpf_env {
    mybpf_abi abi;                /* first: native code addresses it */
    mybpf_vm *vm;
    const mybpf_object *object;   /* whose code runs now: changes with tail calls */
    const mybpf_run_opts *opts;   /* never NULL while running */
    void *user;
    uint64_t stack_low, stack_high; /* the BPF stack programs may touch */
    uint32_t tail_calls;          /* made so far */
    uint32_t depth;               /* C-level nesting of runs (tail calls, callbacks) */
};

/* Interpreter: decodes `object`'s code once (load), frees it, runs function `func` with r1..r5 and its frame
 * ending at `frame`. A stop is left in env->abi. */
MYBPF__FN int mybpf__interp_prepare(mybpf_object *object, mybpf_error *error);
MYBPF__FN void mybpf__interp_free(mybpf_object *object);
MYBPF__FN uint64_t mybpf__interp_run(mybpf_env *env, const mybpf_object *object, uint32_t func, const uint64_t args[5],
                                     uint64_t frame);

/* Releases the native code attached to `object`, if any (run/native.c; close calls it). */
MYBPF__FN void mybpf__native_drop(mybpf_object *object);

/* Services that both the interpreter and native code (through mybpf_abi) use: run/services.c. */
MYBPF__FN uint64_t mybpf__guard(mybpf_env *env, uint64_t address, uint64_t size_and_write);
MYBPF__FN uint64_t mybpf__guard_call(mybpf_env *env, uint64_t id, const uint64_t *args);
MYBPF__FN uint64_t mybpf__tail_call(uint64_t ctx, uint64_t map, uint64_t index, uint64_t r4, uint64_t r5, mybpf_env *env);
MYBPF__FN uint64_t mybpf__packet_load(mybpf_env *env, uint64_t offset, uint64_t size);
MYBPF__FN uint64_t mybpf__resolve(mybpf_env *env, uint64_t value);
/* Ends the run: keeps the first stop. */
MYBPF__FN void mybpf__stop(mybpf_env *env, int status, int64_t insn);

#endif
