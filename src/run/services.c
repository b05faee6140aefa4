/* services.c: what a running program asks of the library, in every engine: may it touch this memory, may it
 * call this helper, tail calls, packet loads; and what its helpers ask (mybpf_env_*). */
#ifndef MYBPF__SERVICES_C
#define MYBPF__SERVICES_C

#include "env.h"
#include "../map/of_maps.c"
#include "../verify/context.c"

MYBPF__ONE_COPY void mybpf__stop(mybpf_env *env, int status, int64_t insn)
{
    if (env->abi.stop) return;
    env->abi.stop = status == MYBPF_OK ? MYBPF_STOP_EXIT : (uint32_t)status;
    env->abi.stop_insn = (uint64_t)insn;
}

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__FN const uint32_t *mybpf__env_epoch(const mybpf_env *env) { return env ? env->epoch : NULL; }
#endif

/* ---- memory ---- */

/* Does [address, address + size) lie in [base, base + length)? No sum can wrap. */
MYBPF__FN int mybpf__within(uint64_t address, uint64_t size, uint64_t base, uint64_t length)
{
    return address - base <= length && size <= length - (address - base);
}

MYBPF__FN int mybpf__map_allows(const mybpf_map *map, uint64_t address, uint64_t size, int write)
{
    if (!map || !map->ops->contains) return 0;
    if (map->desc.flags & (write ? MYBPF_F_RDONLY_PROG : MYBPF_F_WRONLY_PROG)) return 0;
#ifndef MYBPF_NO_PROVER
    if (map->lock || mybpf__kptr_count(map)) return 0; /* their bytes are nobody's */
#endif
    if (write && MYBPF__MAP_IS(map, MYBPF__MAP_CONSTANT)) return 0;
    return map->ops->contains(map, address, size);
}

/* May a run read (or write) these bytes, which are neither its stack nor its maps? */
MYBPF__FN int mybpf__given(const mybpf_run_opts *opts, uint64_t address, uint64_t size, int write)
{
    if (!write && mybpf__within(address, size, mybpf__address(opts->packet), opts->packet_size)) return 1;
    for (size_t i = 0; i < opts->region_count; i++) {
        const mybpf_region *region = &opts->regions[i];
        if (write && !region->writable) continue;
        if (mybpf__within(address, size, mybpf__address(region->address), region->size)) return 1;
    }
    return 0;
}

#ifndef MYBPF_NO_PROVER
/* Bytes of context that a run of `program` must give. */
MYBPF__FN uint32_t mybpf__context_needed(const mybpf_program *program)
{
    return program->object->ctx_size > program->ctx_size ? program->object->ctx_size : program->ctx_size;
}

/* Proven accesses to other memory rely on the context's addresses of it, which the host vouches for. */
MYBPF__FN int mybpf__memory_given(const mybpf_program *program, const mybpf_run_opts *opts)
{
    return !program->memory || mybpf__context_memory(program, opts->ctx);
}

/* Proven accesses to a packet rely on the context's word for where it is: that must be the run's too. */
MYBPF__FN int mybpf__packet_given(const mybpf_program *program, const mybpf_run_opts *opts)
{
    uint64_t first, size;
    if (!program->packet) return 1;
    return mybpf__context_packet(program, opts->ctx, &first, &size) &&
           (!size || mybpf__given(opts, first, size, program->packet & 2));
}
#else
#    define mybpf__context_needed(program)     ((program)->object->ctx_size)
#    define mybpf__packet_given(program, opts) 1
#    define mybpf__memory_given(program, opts) 1
#endif

#ifndef MYBPF_NO_MAP_TYPES
/* Is this one of the kind that is in one of the running object's maps of maps? */
MYBPF__FN int mybpf__inner_allowed(const mybpf_env *env, const mybpf_map *map)
{
    for (uint32_t i = 0; i < env->object->code.map_count; i++) {
        const mybpf_map *outer = env->object->code.maps[i];
        if (outer && outer->inner && mybpf__of_maps_fits(outer, map)) return 1;
    }
    return 0;
}

/* Do these bytes lie in a value of such a map? */
MYBPF__FN int mybpf__inner_value_allowed(const mybpf_env *env, uint64_t address, uint64_t size, int write)
{
    int allowed = 0;
    if (!env->object->has_inner) return 0;
    mybpf__acquire(&env->vm->instance_lock);
    for (const mybpf_map *map = env->vm->inner_maps; map && !allowed; map = map->next_inner)
        allowed = mybpf__map_allows(map, address, size, write) && mybpf__inner_allowed(env, map);
    mybpf__release(&env->vm->instance_lock);
    return allowed;
}
#endif

MYBPF__FN int mybpf__allowed(const mybpf_env *env, uint64_t address, uint64_t size, int write)
{
    const mybpf_run_opts *opts = env->opts;
    if (mybpf__within(address, size, env->stack_low, env->stack_high - env->stack_low)) return 1;
    if (mybpf__within(address, size, mybpf__address(opts->ctx), opts->ctx_size)) return 1;
    if (mybpf__given(opts, address, size, write)) return 1;
#ifndef MYBPF_NO_PROVER
    if (!write && mybpf__within(address, size, mybpf__address(env->lent), env->lent_size)) return 1;
#endif
    if (!env->object) return 0;
    for (uint32_t i = 0; i < env->object->code.map_count; i++)
        if (mybpf__map_allows(env->object->code.maps[i], address, size, write)) return 1;
#ifndef MYBPF_NO_MAP_TYPES
    if (mybpf__inner_value_allowed(env, address, size, write)) return 1;
#endif
    return 0;
}

#ifndef MYBPF_NO_NATIVE
/* The memory around [address, address + size), which the run may read (or write): code made in this process
 * asks there before it asks us. Neither the stack, which it knows, nor elements that may be deleted. */
MYBPF__FN void mybpf__see_window(mybpf_env *env, uint64_t address, uint64_t size, int write)
{
    const mybpf_run_opts *opts = env->opts;
    uint64_t base = mybpf__address(opts->ctx), length = opts->ctx_size;
    int found = mybpf__within(address, size, base, length);
    if (!found && !write) {
        base = mybpf__address(opts->packet), length = opts->packet_size;
        found = mybpf__within(address, size, base, length);
    }
    for (size_t i = 0; i < opts->region_count && !found; i++) {
        if (write && !opts->regions[i].writable) continue;
        base = mybpf__address(opts->regions[i].address), length = opts->regions[i].size;
        found = mybpf__within(address, size, base, length);
    }
    for (uint32_t i = 0; env->object && i < env->object->code.map_count && !found; i++) {
        const mybpf_map *map = env->object->code.maps[i];
        uint64_t stride;
        if (!map || map->desc.type != MYBPF_MAP_TYPE_ARRAY || !mybpf__map_allows(map, address, size, write))
            continue;
        stride = mybpf__map_round(map->desc.value_size);
        base = mybpf__address(mybpf__map_base(map));
        base += (address - base) / stride * stride;
        length = map->desc.value_size;
        found = 1;
    }
    if (!found) return;
    env->window[write][0] = 0 - base;
    for (uint64_t i = 1, bytes; i < 19; i++) {
        bytes = i > 2 ? 4 * (i - 2) : i;
        env->window[write][i] = length >= bytes ? length - bytes + 1 : 0;
    }
}
#else
#    define mybpf__see_window(env, address, size, write) (void)0
#endif

MYBPF__FN uint64_t mybpf__guard(mybpf_env *env, uint64_t address, uint64_t size_and_write)
{
#ifndef MYBPF_NO_MAP_TYPES
    const mybpf_code *code = env->object ? &env->object->code : NULL;
    if (code && code->arena) {
        const mybpf_map *arena = code->maps[code->arena - 1];
        if (arena->ops->contains(arena, address, (uint32_t)size_and_write)) return 1;
    } else
#endif
        if (mybpf__allowed(env, address, (uint32_t)size_and_write, (int)(size_and_write >> 32))) {
        mybpf__see_window(env, address, (uint32_t)size_and_write, (int)(size_and_write >> 32));
        return 1;
    }
    env->fault_address = address;
    env->fault_size = (uint32_t)size_and_write;
    env->fault_write = (uint32_t)(size_and_write >> 32);
    mybpf__stop(env, MYBPF_FAULT_ACCESS, MYBPF_NO_INSN);
    return 0;
}

/* ---- calls ---- */

MYBPF__FN const mybpf__func_desc *mybpf__func_pointed(const mybpf_env *env, uint64_t value)
{
    const mybpf_object *object = env->object;
    uint64_t at = value - mybpf__address(object->func_descs);
    if (!object->func_descs || at % sizeof(mybpf__func_desc)) return NULL;
    at /= sizeof(mybpf__func_desc);
    return at < object->func_count ? &object->func_descs[at] : NULL;
}

#ifndef MYBPF_NO_PROVER
/* May a helper be called by number, without the verifier's knowledge? Not for objects, nor by a program of
 * another type than it is for. */
MYBPF__FN int mybpf__callx_proven(const mybpf_env *env, const mybpf_helper *helper)
{
    for (unsigned i = 0; i < 5; i++)
        if (helper->args[i] >= MYBPF_ARG_CONST) return 0;
    if (helper->flags & (MYBPF_HELPER_ACQUIRE | MYBPF_HELPER_RELEASE)) return 0;
    return env->program ? mybpf__type_allows(env->vm, env->program->type, helper) : !helper->types;
}
#endif

MYBPF__FN const mybpf_helper *mybpf__callx_helper(const mybpf_env *env, uint64_t value)
{
    const mybpf_helper *helper = NULL;
    if (value >= MYBPF_HELPER_END || value == MYBPF__HELPER_TAIL_CALL) return NULL;
    if (mybpf__helper_for(env->object, (uint32_t)value, MYBPF_NO_INSN, &helper, NULL)) return NULL;
#ifndef MYBPF_NO_PROVER
    if (env->object->code.trust != MYBPF_TRUSTED && !mybpf__callx_proven(env, helper)) return NULL;
#endif
    return helper;
}

MYBPF__FN const mybpf_map *mybpf__known_map(const mybpf_env *env, uint64_t value)
{
    for (uint32_t i = 0; i < env->object->code.map_count; i++) {
        const mybpf_map *map = env->object->code.maps[i];
        if (map && mybpf__address(map) == value) return map;
    }
#ifndef MYBPF_NO_MAP_TYPES
    if (env->object->has_inner) {
        const mybpf_map *map;
        mybpf__acquire(&env->vm->instance_lock);
        for (map = env->vm->inner_maps; map; map = map->next_inner)
            if (mybpf__address(map) == value && mybpf__inner_allowed(env, map)) break;
        mybpf__release(&env->vm->instance_lock);
        return map;
    }
#endif
    return NULL;
}

MYBPF__FN int mybpf__text_allowed(const mybpf_env *env, uint64_t address)
{
    for (;; address++) {
        if (!mybpf__allowed(env, address, 1, 0)) return 0;
        if (!*(const char *)mybpf__pointer(address)) return 1;
    }
}

/* One argument of a helper, register `index` + 1, against its description. `map` is the MAP argument seen so
 * far. */
MYBPF__FN int mybpf__argument_allowed(const mybpf_env *env, const mybpf_helper *helper, unsigned index,
                                      const uint64_t *arg, const mybpf_map **map)
{
    int kind = helper->args[index], write = kind == MYBPF_ARG_MEM_WRITE;
    switch (kind) {
    case MYBPF_ARG_CTX: return *arg == mybpf__address(env->opts->ctx);
    case MYBPF_ARG_MAP: return (*map = mybpf__known_map(env, *arg)) != NULL;
    case MYBPF_ARG_MAP_KEY: return *map && mybpf__allowed(env, *arg, (*map)->desc.key_size, 0);
    case MYBPF_ARG_MAP_VALUE: return *map && mybpf__allowed(env, *arg, (*map)->desc.value_size, 0);
    case MYBPF_ARG_MEM_READ:
    case MYBPF_ARG_MEM_WRITE:
        if (!arg[1]) return helper->args[index + 1] == MYBPF_ARG_SIZE_OR_ZERO;
        return mybpf__allowed(env, *arg, arg[1], write);
    case MYBPF_ARG_STRING: return mybpf__text_allowed(env, *arg);
    case MYBPF_ARG_FUNC: return mybpf__func_pointed(env, *arg) != NULL;
    case MYBPF_ARG_PTR_LONG: return mybpf__allowed(env, *arg, 8, 1);
#ifndef MYBPF_NO_PROVER
    case MYBPF_ARG_PTR_INT: return mybpf__allowed(env, *arg, 4, 1);
    case MYBPF_ARG_VALUE_OR_NULL:
        return *map && (!*arg || mybpf__allowed(env, *arg, (*map)->desc.value_size, 0));
    case MYBPF_ARG_MAP_VALUE_WRITE: return *map && mybpf__allowed(env, *arg, (*map)->desc.value_size, 1);
    case MYBPF_ARG_MEM_UPDATE:
        if (!arg[1]) return helper->args[index + 1] == MYBPF_ARG_SIZE_OR_ZERO;
        return mybpf__allowed(env, *arg, arg[1], 0) && mybpf__allowed(env, *arg, arg[1], 1);
    case MYBPF_ARG_BYTES_READ: return mybpf__allowed(env, *arg, helper->sizes[index + 1], 0);
    case MYBPF_ARG_BYTES_WRITE: return mybpf__allowed(env, *arg, helper->sizes[index + 1], 1);
    case MYBPF_ARG_STACK_OR_NULL:
        return !*arg || mybpf__within(*arg, 1, env->stack_low, env->stack_high - env->stack_low);
#endif
    default: return 1;
    }
}

MYBPF__FN uint64_t mybpf__guard_call(mybpf_env *env, uint64_t id, const uint64_t *args)
{
    const mybpf_helper *helper = mybpf_object_helper(env->object, (uint32_t)id);
    const mybpf_map *map = NULL;
    for (unsigned i = 0; helper && i < 5; i++) {
        if (mybpf__argument_allowed(env, helper, i, &args[i], &map)) continue;
        mybpf__stop(env, MYBPF_FAULT_ACCESS, MYBPF_NO_INSN);
        return 0;
    }
    if (!helper) mybpf__stop(env, MYBPF_FAULT_CALL, MYBPF_NO_INSN);
    return helper != NULL;
}

#ifndef MYBPF_NO_NATIVE
/* What a guarded CALLX of a helper's number calls in native code: the arguments are known only here. */
MYBPF__FN uint64_t mybpf__guarded_helper(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                                         mybpf_env *env)
{
    uint64_t args[5] = {r1, r2, r3, r4, r5};
    const mybpf_helper *helper = mybpf__callx_helper(env, env->callx);
    if (!helper || !mybpf__guard_call(env, env->callx, args)) return 0;
    return helper->fn(r1, r2, r3, r4, r5, env);
}

/* Where memory has addresses as low as helpers' numbers, native code takes a function there for a helper, and
 * gets one. */
MYBPF__FN uint64_t mybpf__low_function(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                                       mybpf_env *env)
{
    return mybpf_env_call(env, env->callx, r1, r2, r3, r4, r5);
}

MYBPF__FN uint64_t mybpf__resolve(mybpf_env *env, uint64_t value)
{
    const mybpf__func_desc *func = mybpf__func_pointed(env, value);
    const mybpf_helper *helper = func ? NULL : mybpf__callx_helper(env, value);
    env->callx = value;
    if (func && func->native)
        return value < MYBPF_HELPER_END ? (uint64_t)(uintptr_t)mybpf__low_function : func->native;
    if (helper) {
        return (uint64_t)(uintptr_t)(env->object->code.trust == MYBPF_GUARDED ? mybpf__guarded_helper
                                                                              : helper->fn);
    }
    mybpf__stop(env, MYBPF_FAULT_CALL, MYBPF_NO_INSN);
    return 0;
}

#endif

/* The program that a tail call goes to, which the run is in from now on; NULL: none, the caller goes on. */
MYBPF__FN const mybpf_program *mybpf__tail_target(mybpf_env *env, uint64_t map, uint64_t index)
{
    const mybpf_map *array = (const mybpf_map *)mybpf__pointer(map);
    const mybpf_program *target;
    uint32_t needed;
    if (!array || array->desc.type != MYBPF_MAP_TYPE_PROG_ARRAY || env->tail_calls >= MYBPF_TAIL_CALLS)
        return NULL;
    target = mybpf__prog_array_get(array, (uint32_t)index);
    if (!target || !mybpf__program_taken(target)) return NULL;
    needed = mybpf__context_needed(target);
    if (needed && (env->opts->args || needed > env->opts->ctx_size)) return NULL;
#ifndef MYBPF_NO_PROVER
    if (target->packet && !mybpf__packet_given(target, env->opts)) return NULL;
    if (target->memory &&
        !(env->layout && env->program->type == target->type && mybpf__memory_given(target, env->opts)))
        return NULL;
    env->layout &= target->layout && env->program->type == target->type;
    env->program = target;
#endif
    env->tail_calls++;
    return target;
}

/* Runs it. The caller's frame is over, so the target takes its place; abi.result is its r0. */
MYBPF__ONE_COPY uint64_t mybpf__tail_enter(mybpf_env *env, const mybpf_program *target, uint64_t ctx)
{
    uint64_t args[5] = {ctx, 0, 0, 0, 0}, r0;
    r0 = mybpf__enter(env, target->object, target->func, args, 0);
    if (!env->abi.stop) env->abi.result = r0; /* else it is what a helper ended the run with */
    return 1;
}

/* 1: the target ran, abi.result is its r0. */
MYBPF__FN uint64_t mybpf__tail_call(uint64_t ctx, uint64_t map, uint64_t index, uint64_t r4, uint64_t r5,
                                    mybpf_env *env)
{
    const mybpf_program *target = mybpf__tail_target(env, map, index);
    (void)r4, (void)r5;
    return target ? mybpf__tail_enter(env, target, ctx) : 0;
}

#ifndef MYBPF_NO_NATIVE
/* To another program of the object that runs: entering it would leave everything as it is. */
MYBPF__FN uint64_t mybpf__tail_jump(uint64_t ctx, uint64_t map, uint64_t index, uint64_t r4, uint64_t r5,
                                    mybpf_env *env)
{
    const mybpf_program *target = mybpf__tail_target(env, map, index);
    (void)r4, (void)r5;
    if (!target) return 0;
    if (target->object != env->object || env->abi.stop || mybpf__own_stack(env, target->object))
        return mybpf__tail_enter(env, target, ctx);
    env->abi.result = ctx;
    return mybpf__address(target->object->native.entries[target->func]);
}
#endif

#ifdef MYBPF_NO_PROVER
#    define MYBPF__PACKET(env)      ((env)->opts->packet)
#    define MYBPF__PACKET_SIZE(env) ((env)->opts->packet_size)
#else
#    define MYBPF__PACKET(env)      ((const void *)(env)->packet)
#    define MYBPF__PACKET_SIZE(env) ((env)->packet_size)
#endif

MYBPF__FN uint64_t mybpf__packet_load(mybpf_env *env, uint64_t offset, uint64_t size)
{
    const mybpf_run_opts *opts = env->opts;
    const uint8_t *packet = (const uint8_t *)(MYBPF__PACKET(env) ? MYBPF__PACKET(env) : opts->ctx);
    uint64_t length = MYBPF__PACKET(env) ? MYBPF__PACKET_SIZE(env) : opts->ctx_size, value = 0;
    offset = (uint32_t)offset;
    if (!packet || !mybpf__within(offset, size, 0, length)) {
        env->abi.result = 0;
        mybpf__stop(env, MYBPF_OK, MYBPF_NO_INSN);
        return 0;
    }
    for (uint64_t i = 0; i < size; i++) value = value << 8 | packet[offset + i];
    return value;
}

#undef MYBPF__PACKET
#undef MYBPF__PACKET_SIZE

/* ---- for helpers ---- */

MYBPF_API mybpf_vm *mybpf_env_vm(mybpf_env *env) { return env->vm; }

MYBPF_API void *mybpf_env_user(mybpf_env *env) { return env->user; }

MYBPF_API void mybpf_env_stop(mybpf_env *env, int status, uint64_t r0)
{
    if (!env->abi.stop && status == MYBPF_OK) env->abi.result = r0;
    mybpf__stop(env, status, MYBPF_NO_INSN);
}

MYBPF_API int mybpf_env_stopped(const mybpf_env *env) { return env->abi.stop != 0; }

MYBPF_API uint64_t mybpf_env_call(mybpf_env *env, uint64_t func, uint64_t r1, uint64_t r2, uint64_t r3,
                                  uint64_t r4, uint64_t r5)
{
    uint64_t args[5] = {r1, r2, r3, r4, r5}, r0;
    const mybpf__func_desc *desc = env->object ? mybpf__func_pointed(env, func) : NULL;
    if (env->abi.stop) return 0;
    if (!desc) {
        mybpf__stop(env, MYBPF_FAULT_CALL, MYBPF_NO_INSN);
        return 0;
    }
    env->depth++;
    r0 = mybpf__enter(env, env->object, desc->func, args, 1);
    env->depth--;
    return r0;
}

/* What a helper's prototype does not describe is not proven either, so verified runs are asked too. Their
 * native code keeps its frames on the host's stack: of that, what lies between it and here may be read. */
MYBPF_API void *mybpf_env_memory(mybpf_env *env, uint64_t address, uint64_t size, int write)
{
    int trust = env->object ? env->object->code.trust : MYBPF_TRUSTED;
    int verified = trust == MYBPF_VERIFIED || (trust == MYBPF_GUARDED && MYBPF__ARENA_OF(&env->object->code));
    int stack = verified && write && size && address < env->stack_high && /* not in native code: */
                address + size > env->stack_low; /* its frames lie between return addresses. So nowhere */
    int allowed = trust == MYBPF_TRUSTED || (!stack && mybpf__allowed(env, address, size, write));
#ifndef MYBPF_NO_NATIVE
    uint64_t here = MYBPF__HERE();
    if (!allowed && trust == MYBPF_VERIFIED && !write && here < env->native_stack)
        allowed = mybpf__within(address, size, here, env->native_stack - here);
#endif
    return allowed ? mybpf__pointer(address) : NULL;
}

#ifndef MYBPF_NO_PROVER
MYBPF__FN int mybpf__env_knows(const mybpf_env *env, uint64_t address, uint64_t size)
{
    int trust = env->object ? env->object->code.trust : MYBPF_TRUSTED;
    return trust != MYBPF_TRUSTED || (env->opts && mybpf__allowed(env, address, size, 0));
}

MYBPF_API int mybpf_env_hold(mybpf_env *env, void *object, void (*release)(mybpf_env *env, void *object))
{
    if (env->held == MYBPF_HELD) return MYBPF_ERR_LIMIT;
    env->holds[env->held].object = object;
    env->holds[env->held++].release = release;
    return MYBPF_OK;
}

MYBPF_API void mybpf_env_drop(mybpf_env *env, const void *object)
{
    for (uint32_t i = 0; i < env->held; i++) {
        if (env->holds[i].object != object) continue;
        env->holds[i] = env->holds[--env->held];
        return;
    }
}

#    ifndef MYBPF_NO_MAP_TYPES
/* What is held last was in a kptr: one of its taker's maps knows of which kind it is. */
MYBPF__COLD void mybpf__kptr_lost(mybpf_env *env, void *object)
{
    uint64_t field = env->holds[env->held].field;
    const mybpf_object *taker = env->holds[env->held].taker;
    for (uint32_t i = 0; taker && i < taker->code.map_count; i++) {
        const mybpf_map *map = taker->code.maps[i];
        for (uint32_t k = 0; map && k < map->kptr_count; k++) {
            const mybpf_object_kind *kind = map->kptrs[k].kind;
            if (!map->ops->contains(map, field - map->kptrs[k].at, map->desc.value_size)) continue;
            kind->release(kind->user, object);
            return;
        }
    }
}

MYBPF__FN void mybpf__hold_kptr(mybpf_env *env, uint64_t field, void *object)
{
    if (mybpf_env_hold(env, object, mybpf__kptr_lost)) return; /* a trusted program that holds too much */
    env->holds[env->held - 1].field = field;
    env->holds[env->held - 1].taker = env->object;
}
#    endif

/* A run has ended: gives back what it still holds. */
MYBPF__FN void mybpf__release_held(mybpf_env *env)
{
    while (env->held) {
        env->held--;
        env->holds[env->held].release(env, env->holds[env->held].object);
    }
}
#endif

#ifndef MYBPF_NO_NATIVE
MYBPF_API int mybpf_env_create(mybpf_vm *vm, void *user, mybpf_env **env, mybpf_error *error)
{
    *env = (mybpf_env *)mybpf__alloc(vm, 1, sizeof **env);
    if (!*env) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory for an environment");
    mybpf__env_init(*env, vm, &mybpf__no_opts);
    (*env)->user = user;
    return MYBPF_OK;
}

MYBPF_API void mybpf_env_destroy(mybpf_env *env)
{
    if (env) mybpf__free(env->vm, env);
}
#endif

#endif
