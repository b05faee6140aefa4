/* program.c: runs programs: the environment of a run, its BPF stack, the engine, and what becomes of a fault.
 */
#ifndef MYBPF__PROGRAM_C
#define MYBPF__PROGRAM_C

#include "../map/epoch.h"
#include "env.h"
#include "packet.c"

/* Runs inside runs: each of a run's programs may nest callbacks as deep as calls. */
#define MYBPF__NESTED_RUNS (MYBPF_CALL_DEPTH * (MYBPF_TAIL_CALLS + 1u))

/* All but what `held` counts and the window, which guarded code finds zeroed when it is entered. In pieces
 * that compilers store at once: a call or a `rep stos` for the whole took longer than the rest of a short
 * run. */
MYBPF__FN void mybpf__env_zero(mybpf_env *env)
{
#if defined(MYBPF_NO_NATIVE) || defined(MYBPF_NO_PROVER)
    mybpf__zero(env, sizeof *env);
#else
    enum { PIECE = 64, MIDDLE = offsetof(mybpf_env, vm), END = offsetof(mybpf_env, holds) };
    uint8_t *bytes = (uint8_t *)env;
    mybpf__zero(bytes, PIECE);
    mybpf__zero(bytes + PIECE, sizeof env->abi - PIECE);
    mybpf__zero(bytes + MIDDLE, PIECE);
    mybpf__zero(bytes + MIDDLE + PIECE, PIECE);
    mybpf__zero(bytes + MIDDLE + 2 * PIECE, END - MIDDLE - 2 * PIECE);
#endif
}

MYBPF__FN void mybpf__env_init(mybpf_env *env, mybpf_vm *vm, const mybpf_run_opts *opts)
{
    mybpf__env_zero(env);
    env->vm = vm;
    env->opts = opts;
    env->user = opts->user;
#ifndef MYBPF_NO_PROVER
    env->packet = (const uint8_t *)opts->packet;
    env->packet_size = opts->packet_size;
#endif
    env->abi.steps = opts->max_steps ? opts->max_steps : UINT64_MAX;
    env->abi.may_goto = MYBPF_MAY_GOTO;
#ifndef MYBPF_NO_NATIVE
    env->abi.guard = (uint64_t)(uintptr_t)mybpf__guard;
    env->abi.guard_call = (uint64_t)(uintptr_t)mybpf__guard_call;
    env->abi.tail_call = (uint64_t)(uintptr_t)mybpf__tail_call;
    env->abi.resolve = (uint64_t)(uintptr_t)mybpf__resolve;
    env->abi.packet = (uint64_t)(uintptr_t)mybpf__packet_load;
    env->abi.tail_jump = (uint64_t)(uintptr_t)mybpf__tail_jump;
#endif
}

/* ---- one function, with its object's engine ---- */

/* Bytes of BPF stack that runs of `object` want; native code but guarded uses the host's stack. */
MYBPF__FN size_t mybpf__stack_wanted(const mybpf_object *object)
{
    if (!MYBPF__IS_NATIVE(object)) return mybpf__interp_stack_size(object);
    return object->code.trust == MYBPF_GUARDED ? MYBPF_STACK_SIZE : 0;
}

MYBPF__FN size_t mybpf__own_stack(const mybpf_env *env, const mybpf_object *object)
{
    size_t wanted = mybpf__stack_wanted(object);
    uint64_t frame = env->abi.frame, high = env->stack_high;
    int inside = object->code.trust != MYBPF_TRUSTED && frame != high; /* of a call: eight more do not fit */
    return !high || inside || wanted > frame - mybpf__address(env->saves) ? wanted : 0;
}

/* Is there room for a frame of `func` that ends at abi.frame? */
MYBPF__FN int mybpf__frame_fits(const mybpf_env *env, const mybpf_object *object, uint32_t func)
{
    uint64_t left = env->abi.frame - env->stack_low, stack = object->funcs[func].stack;
    if (MYBPF__IS_NATIVE(object) && object->code.trust != MYBPF_GUARDED) return 1;
    return env->abi.frame >= env->stack_low && stack <= left &&
           env->abi.frame - stack >= mybpf__address(env->saves);
}

/* With everything about the caller put aside by mybpf__enter. */
MYBPF__FN uint64_t mybpf__enter_engine(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                       const uint64_t args[5])
{
    uint64_t native_stack = env->native_stack, r0;
    if (env->depth >= MYBPF__NESTED_RUNS || !mybpf__frame_fits(env, object, func)) {
        mybpf__stop(env, object->code.trust == MYBPF_TRUSTED ? MYBPF_FAULT_STACK : MYBPF_FAULT_DEPTH,
                    MYBPF_NO_INSN);
        return 0;
    }
    env->object = object;
    env->native_stack = MYBPF__IS_NATIVE(object) ? MYBPF__HERE() : 0;
    if (MYBPF__IS_NATIVE(object)) {
        env->abi.table = mybpf__address(object->native.table);
        env->abi.fn = mybpf__address(object->native.entries[func]);
        r0 = object->native.enter(args[0], args[1], args[2], args[3], args[4], env);
    } else {
        r0 = mybpf__interp_run(env, object, func, args, env->abi.frame);
    }
    env->native_stack = native_stack;
    if (env->abi.stop && !env->stopped && env->abi.stop_insn != (uint64_t)MYBPF_NO_INSN)
        env->stopped = object;
    return r0;
}

/* On a BPF stack of its own: callers' records at the bottom, frames from the top down. What is not
 * trusted gets a fixed number of frames, all zero, and the records' place is not its to touch. */
MYBPF__FN uint64_t mybpf__enter_on(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                   const uint64_t args[5], void *stack, size_t size)
{
    uint64_t base = mybpf__address(stack);
    env->saves = (struct mybpf__save *)stack;
    env->stack_low = base;
    env->stack_high = base + (size & ~(size_t)15);
    if (object->code.trust != MYBPF_TRUSTED) {
        size_t frames = MYBPF_STACK_FRAME * MYBPF_CALL_DEPTH;
        env->stack_low = env->stack_high - frames;
        mybpf__zero(mybpf__pointer(env->stack_low), frames);
    }
    env->abi.limit = env->stack_low;
    env->abi.frame = env->stack_high;
    return mybpf__enter_engine(env, object, func, args);
}

MYBPF__FN uint64_t mybpf__enter_on_c_stack(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                           const uint64_t args[5])
{
    uint64_t stack[MYBPF_STACK_SIZE / 8 + 2];
    uint8_t *aligned = (uint8_t *)stack + (0 - (uintptr_t)stack) % 16;
    return mybpf__enter_on(env, object, func, args, aligned, MYBPF_STACK_SIZE);
}

MYBPF__FN uint64_t mybpf__enter_on_heap(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                        const uint64_t args[5], size_t size)
{
    uint8_t *stack = (uint8_t *)mybpf_vm_realloc(env->vm, NULL, size + 16);
    uint64_t r0;
    if (!stack) {
        mybpf__stop(env, MYBPF_ERR_MEMORY, MYBPF_NO_INSN);
        return 0;
    }
    r0 = mybpf__enter_on(env, object, func, args, stack + (0 - (uintptr_t)stack) % 16, size);
    mybpf__free(env->vm, stack);
    return r0;
}

MYBPF__FN uint64_t mybpf__enter(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                const uint64_t args[5], int callback)
{
    const mybpf_object *caller = env->object;
    struct mybpf__save *saves = env->saves;
    uint64_t low = env->stack_low, high = env->stack_high, r0;
    uint64_t frame = env->abi.frame, limit = env->abi.limit;
#ifndef MYBPF_NO_NATIVE
    uint64_t table = env->abi.table, fn = env->abi.fn;
#endif
    size_t wanted;
    if (env->abi.stop) return 0;
    wanted = callback ? 0 : mybpf__own_stack(env, object);
#ifndef MYBPF_NO_MAP_TYPES
    if (object->defers && !env->epoch) env->epoch = mybpf__epoch_enter(env->vm, mybpf__address(env));
#endif
#ifndef MYBPF_NO_NATIVE
    if (object->code.trust == MYBPF_GUARDED) /* other maps than the caller's */
        mybpf__zero(env->window, sizeof env->window);
#endif
    if (wanted) {
        if (!caller && env->opts->stack)
            r0 = mybpf__enter_on(env, object, func, args, env->opts->stack, env->opts->stack_size);
        else if (wanted <= MYBPF_STACK_SIZE)
            r0 = mybpf__enter_on_c_stack(env, object, func, args);
        else
            r0 = mybpf__enter_on_heap(env, object, func, args, wanted);
    } else {
        r0 = mybpf__enter_engine(env, object, func, args);
    }
    env->object = caller;
    env->saves = saves;
    env->stack_low = low;
    env->stack_high = high;
#ifndef MYBPF_NO_NATIVE
    env->abi.table = table;
    env->abi.fn = fn;
    if (caller && caller->code.trust == MYBPF_GUARDED) mybpf__zero(env->window, sizeof env->window);
#endif
    env->abi.frame = frame;
    env->abi.limit = limit;
    return r0;
}

/* ---- a whole run ---- */

/* Nothing of a caller is to be put aside, and native code that is not guarded needs no stack. */
MYBPF__FN uint64_t mybpf__enter_first(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                      const uint64_t args[5])
{
    if (!MYBPF__IS_NATIVE(object) || object->code.trust == MYBPF_GUARDED)
        return mybpf__enter(env, object, func, args, 0);
#ifndef MYBPF_NO_MAP_TYPES
    if (object->defers) env->epoch = mybpf__epoch_enter(env->vm, mybpf__address(env));
#endif
    return mybpf__enter_engine(env, object, func, args);
}

MYBPF__FN int mybpf__run_fault(const mybpf_env *env, mybpf_error *error)
{
    int status = (int)(int32_t)(uint32_t)env->abi.stop;
    const mybpf_object *object = env->stopped;
    int64_t insn = object ? (int64_t)env->abi.stop_insn : MYBPF_NO_INSN;
    if (status == MYBPF_FAULT_ACCESS && env->fault_size)
        mybpf__fail(error, status, insn, "%s: %s of %u bytes at 0x%llx", mybpf_status_text(status),
                    env->fault_write ? "write" : "read", (unsigned)env->fault_size,
                    (unsigned long long)env->fault_address);
#if MYBPF__FILES
    else if (status == MYBPF_FAULT_CALL && object && insn >= 0 && insn < (int64_t)object->insn_count &&
             mybpf__is_poison((uint32_t)object->insns[insn].imm) && object->insns[insn].code == 0x85)
        mybpf__fail(error, status, insn, "%s", mybpf__note_of(object, (uint32_t)object->insns[insn].imm));
#endif
    else
        mybpf__fail(error, status, insn, "%s", mybpf_status_text(status));
    if (object) mybpf__locate(object, error);
    return status;
}

MYBPF__FN int mybpf__run_check(const mybpf_program *program, const mybpf_run_opts *opts, mybpf_error *error)
{
    if (!program) return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "program is NULL");
    const mybpf_object *object = program->object;
    size_t wanted = object->loaded ? mybpf__stack_wanted(object) : 0;
    uint32_t promised;
    if (!object->loaded || !mybpf__program_taken(program))
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN, "program %s is not loaded",
                           mybpf_program_name(program));
    if (opts->max_steps && !object->code.metered)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "max_steps, but the object was not loaded as metered: nothing would stop it");
    if ((!opts->ctx && opts->ctx_size) || (!opts->regions && opts->region_count))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "ctx or regions is NULL, but has a size");
    promised = mybpf__context_needed(program);
    if (promised && (opts->args || opts->ctx_size < promised))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "the load promised a context of %u bytes, the run gives %s%lu", (unsigned)promised,
                           opts->args ? "arguments instead of " : "", (unsigned long)opts->ctx_size);
    if (!mybpf__memory_given(program, opts))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "the context holds NULL where an address of memory must be");
    if (!mybpf__packet_given(program, opts))
        return mybpf__fail(
            error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
            "the context's packet is not the run's: data to data_end must be inside its packet "
            "(writable regions, where the program writes)");
    if (opts->stack && mybpf__address(opts->stack) % 16)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "the stack is not aligned to 16 bytes");
    if (opts->stack && wanted && object->code.trust != MYBPF_TRUSTED && opts->stack_size < wanted)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "a stack of %lu bytes: %lu are needed",
                           (unsigned long)opts->stack_size, (unsigned long)wanted);
    return MYBPF_OK;
}

/* A run that may ask for anything. */
MYBPF__FN int mybpf__run_with_env(const mybpf_program *program, const mybpf_run_opts *opts, uint64_t *r0,
                                  mybpf_error *error)
{
    mybpf_env env;
    uint64_t args[5] = {0, 0, 0, 0, 0}, result, budget;
    int status;
#ifdef MYBPF_NO_NATIVE /* small rather than quick */
    mybpf_run_opts none;
    mybpf__zero(&none, sizeof none);
    if (!opts) opts = &none;
#else
    if (!opts) opts = &mybpf__no_opts;
#endif
    status = mybpf__run_check(program, opts, error);
    if (status) return status;
    mybpf__env_init(&env, program->object->vm, opts);
    budget = env.abi.steps;
    args[0] = mybpf__address(opts->ctx);
    args[1] = opts->ctx_size;
    if (opts->args) mybpf__copy(args, opts->args, sizeof args);
#ifndef MYBPF_NO_PROVER
    env.program = program;
    env.layout = program->layout;
#endif
    result = mybpf__enter_first(&env, program->object, program->func, args);
#ifndef MYBPF_NO_PROVER
    mybpf__release_held(&env);
#endif
#ifndef MYBPF_NO_MAP_TYPES
    mybpf__epoch_leave(env.vm, env.epoch);
#endif
    if (opts->steps) *opts->steps = budget - env.abi.steps;
    if (env.abi.stop == MYBPF_STOP_EXIT)
        result = env.abi.result;
    else if (env.abi.stop)
        return mybpf__run_fault(&env, error);
    if (r0) *r0 = result;
    return MYBPF_OK;
}

#ifndef MYBPF_NO_NATIVE
/* Is this a run of native code that needs neither an environment nor anything checked? */
MYBPF__FN int mybpf__runs_alone(const mybpf_program *program, const mybpf_run_opts *opts)
{
    return program && program->alone && opts &&
           !(opts->max_steps | opts->region_count | mybpf__address(opts->args) | mybpf__address(opts->steps) |
             mybpf__address(opts->stack)) &&
           opts->ctx_size >= mybpf__context_needed(program) && (opts->ctx || !opts->ctx_size);
}

MYBPF__FN uint64_t mybpf__run_alone(const mybpf_program *program, const mybpf_run_opts *opts)
{
    const mybpf_native *native = &program->object->native;
    mybpf_env env; /* such code looks at nothing behind these */
    mybpf__zero(&env.abi, offsetof(mybpf_abi, guard));
    env.abi.table = mybpf__address(native->table);
    env.abi.fn = mybpf__address(native->entries[program->func]);
    return native->enter(mybpf__address(opts->ctx), opts->ctx_size, 0, 0, 0, &env);
}
#endif

MYBPF_API int mybpf_program_run(const mybpf_program *program, const mybpf_run_opts *opts, uint64_t *r0,
                                mybpf_error *error)
{
#ifndef MYBPF_NO_NATIVE
    if (mybpf__runs_alone(program, opts)) {
        uint64_t result = mybpf__run_alone(program, opts);
        if (r0) *r0 = result;
        return MYBPF_OK;
    }
#endif
    return mybpf__run_with_env(program, opts, r0, error);
}

#endif
