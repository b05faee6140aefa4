/* timer.c: timers in the values of maps. What is known of one is kept here, by its address: the bytes in the
 * value are not used, so that nothing that is written there matters. The host's clock decides, when the host
 * asks. */
#ifndef MYBPF__RUN_TIMER_C
#define MYBPF__RUN_TIMER_C

#include "../map/hash.c"
#include "program.c"

#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)

struct mybpf__timer {
    struct mybpf__timer *next;
    mybpf_map *map;               /* it is in */
    uint64_t at;                  /* its address */
    const mybpf_program *program; /* that set the function; its object stays. NULL: none did */
    uint32_t func, armed;         /* armed: 0, or the round in which it was started */
    uint64_t expires;
};

/* Under the lock: where the timer at this address is linked, or the list's end. */
MYBPF__FN struct mybpf__timer **mybpf__timer_link(mybpf_vm *vm, uint64_t at)
{
    struct mybpf__timer **link = &vm->timers;
    while (*link && (*link)->at != at) link = &(*link)->next;
    return link;
}

/* Takes timers out of the list: that at `at`, or with 0 all of `map`; with both 0 all. */
MYBPF__FN void mybpf__timers_take(mybpf_vm *vm, const mybpf_map *map, uint64_t at)
{
    struct mybpf__timer *gone = NULL, **link = &vm->timers, *timer;
    mybpf__acquire(&vm->timer_lock);
    while ((timer = *link) != NULL) {
        if ((map && timer->map != map) || (at && timer->at != at)) {
            link = &timer->next;
            continue;
        }
        *link = timer->next;
        timer->next = gone;
        gone = timer;
    }
    mybpf__release(&vm->timer_lock);
    while (gone) {
        timer = gone;
        gone = timer->next;
        if (timer->program) mybpf__object_drop(timer->program);
        mybpf__free(vm, timer);
    }
}

MYBPF__FN void mybpf__timers_drop(mybpf_map *map, const void *value)
{
    if (map->timer && MYBPF__PEEK(&map->vm->timers))
        mybpf__timers_take(map->vm, map, value ? mybpf__address(value) + map->timer - 1 : 0);
}

MYBPF__FN void mybpf__timers_destroy(mybpf_vm *vm) { mybpf__timers_take(vm, NULL, 0); }

/* ---- what programs do ---- */

MYBPF__FN int mybpf__timer_init(mybpf_env *env, uint64_t at, mybpf_map *map, uint64_t clock)
{
    mybpf_vm *vm = env->vm;
    struct mybpf__timer *timer, **link;
    int there;
    if (!map->timer || !map->ops->contains ||
        !map->ops->contains(map, at - (map->timer - 1), map->desc.value_size))
        return -MYBPF__EINVAL; /* of a trusted program */
    if (clock != 0 && clock != 1 && clock != 7)
        return -MYBPF__EINVAL; /* CLOCK_REALTIME, MONOTONIC, BOOTTIME */
    timer = (struct mybpf__timer *)mybpf__alloc(vm, 1, sizeof *timer);
    if (!timer) return -MYBPF__ENOMEM;
    timer->map = map;
    timer->at = at;
    mybpf__acquire(&vm->timer_lock);
    link = mybpf__timer_link(vm, at);
    there = *link != NULL;
    if (!there) *link = timer;
    mybpf__release(&vm->timer_lock);
    if (there) mybpf__free(vm, timer);
    return there ? -MYBPF__EBUSY : 0;
}

MYBPF__FN int mybpf__timer_set_callback(mybpf_env *env, uint64_t at, uint64_t function)
{
    const mybpf__func_desc *func = env->object ? mybpf__func_pointed(env, function) : NULL;
    const mybpf_program *program = env->program, *before = NULL;
    struct mybpf__timer *timer;
    if (!func || !program || program->object != env->object) return -MYBPF__EPERM;
    mybpf__add_ref(&program->object->refs); /* runs of it hold it, too */
    mybpf__acquire(&env->vm->timer_lock);
    timer = *mybpf__timer_link(env->vm, at);
    before = timer ? timer->program : program;
    if (timer) {
        timer->program = program;
        timer->func = func->func;
    }
    mybpf__release(&env->vm->timer_lock);
    if (before) mybpf__object_drop(before);
    return timer ? 0 : -MYBPF__EINVAL;
}

/* Flags: 1 the time is absolute, 2 on this CPU. */
MYBPF__FN int mybpf__timer_start(mybpf_env *env, uint64_t at, uint64_t nanoseconds, uint64_t flags)
{
    const mybpf_host *host = &env->vm->host;
    uint64_t now = flags & 1 ? 0 : host->time_ns(host->user);
    struct mybpf__timer *timer;
    int status = -MYBPF__EINVAL;
    if (flags & ~(uint64_t)3) return status;
    mybpf__acquire(&env->vm->timer_lock);
    timer = *mybpf__timer_link(env->vm, at);
    if (timer && timer->program) {
        timer->expires = nanoseconds > UINT64_MAX - 1 - now ? UINT64_MAX - 1 : now + nanoseconds;
        timer->armed = env->vm->timer_round + 1;
        status = 0;
    }
    mybpf__release(&env->vm->timer_lock);
    return status;
}

/* 1 when it was running. */
MYBPF__FN int mybpf__timer_cancel(mybpf_env *env, uint64_t at)
{
    struct mybpf__timer *timer;
    int status = -MYBPF__EINVAL;
    if (env->timer == at) return -MYBPF__EDEADLK; /* that is what runs */
    mybpf__acquire(&env->vm->timer_lock);
    timer = *mybpf__timer_link(env->vm, at);
    if (timer) {
        status = timer->armed != 0;
        timer->armed = 0;
    }
    mybpf__release(&env->vm->timer_lock);
    return status;
}

/* ---- what the host does ---- */

/* Takes the next timer that is due, of those that were started before this round: a copy, with references. */
MYBPF__FN int mybpf__timer_due(mybpf_vm *vm, uint32_t round, uint64_t now, struct mybpf__timer *due)
{
    struct mybpf__timer *found = NULL;
    mybpf__acquire(&vm->timer_lock);
    for (struct mybpf__timer *timer = vm->timers; timer; timer = timer->next)
        if (timer->armed && timer->armed <= round && timer->expires <= now &&
            (!found || timer->expires < found->expires))
            found = timer;
    if (found) {
        found->armed = 0;
        *due = *found;
        mybpf__add_ref(&due->program->object->refs);
        mybpf__add_ref(&due->map->refs);
    }
    mybpf__release(&vm->timer_lock);
    return found != NULL;
}

/* The key of the element whose value is at `value`: in `copy`, if it fits. */
MYBPF__FN const void *mybpf__timer_key(const mybpf_map *map, const void *value, uint8_t copy[MYBPF__HASH_KEY])
{
    if (map->desc.type == MYBPF_MAP_TYPE_ARRAY) {
        uint32_t index = (uint32_t)((mybpf__address(value) - mybpf__address(mybpf__map_base(map))) /
                                    mybpf__map_round(map->desc.value_size));
        mybpf__copy(copy, &index, sizeof index);
    } else {
        const mybpf__hash *hash = (const mybpf__hash *)map->data;
        const uint8_t *key = (const uint8_t *)value - hash->value_at + sizeof(mybpf__element);
        if (map->desc.key_size > MYBPF__HASH_KEY) return key;
        mybpf__copy(copy, key, map->desc.key_size);
    }
    return copy;
}

MYBPF__FN int mybpf__timer_run(mybpf_vm *vm, uint32_t round, uint64_t now, const mybpf_run_opts *opts,
                               int *status, mybpf_error *error)
{
    struct mybpf__timer due;
    uint8_t key[MYBPF__HASH_KEY];
    mybpf_env env;
    uint64_t args[5] = {0, 0, 0, 0, 0};
    mybpf__env_init(&env, vm, opts);
    env.epoch = mybpf__epoch_enter(vm, mybpf__address(&env)); /* what is removed from now on stays */
    if (!mybpf__timer_due(vm, round, now, &due)) {
        mybpf__epoch_leave(vm, env.epoch);
        return 0;
    }
    args[0] = mybpf__address(due.map);
    args[2] = due.at - (due.map->timer - 1);
    env.lent = mybpf__timer_key(due.map, mybpf__pointer(args[2]), key);
    args[1] = mybpf__address(env.lent);
    env.program = due.program;
    env.timer = due.at;
    env.lent_size = due.map->desc.key_size;
    (void)mybpf__enter(&env, due.program->object, due.func, args, 0);
    mybpf__release_held(&env);
    mybpf__epoch_leave(vm, env.epoch);
    if (env.abi.stop && env.abi.stop != MYBPF_STOP_EXIT && !*status) *status = mybpf__run_fault(&env, error);
    mybpf__map_drop(due.map);
    mybpf__object_drop(due.program);
    return 1;
}

MYBPF_API int mybpf_vm_run_timers(mybpf_vm *vm, const mybpf_run_opts *opts, uint64_t *next,
                                  mybpf_error *error)
{
    mybpf_run_opts own;
    uint64_t now = vm->host.time_ns(vm->host.user);
    uint32_t round;
    int status = 0, count = 0;
    mybpf__zero(&own, sizeof own);
    if (opts) {
        own.max_steps = opts->max_steps;
        own.regions = opts->regions;
        own.region_count = opts->region_count;
        own.user = opts->user;
    }
    mybpf__acquire(&vm->timer_lock);
    round = ++vm->timer_round;
    mybpf__release(&vm->timer_lock);
    while (mybpf__timer_run(vm, round, now, &own, &status, error)) count++;
    if (next) {
        *next = UINT64_MAX;
        mybpf__acquire(&vm->timer_lock);
        for (const struct mybpf__timer *timer = vm->timers; timer; timer = timer->next)
            if (timer->armed && timer->expires < *next) *next = timer->expires;
        mybpf__release(&vm->timer_lock);
    }
    return status ? status : count;
}

#endif
#endif
