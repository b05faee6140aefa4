/* targets.c: Base helpers that send packets and sockets to what a map says, ask for groups, keep stack traces
 * and values that belong to objects of the host. The host is told which (mybpf_host.ask), and does what is to
 * be done. */
#ifndef MYBPF__HELPER_TARGETS_C
#define MYBPF__HELPER_TARGETS_C

#include "../map/stacks.c"
#include "../map/cgroup_storage.c"
#include "../map/targets.c"
#include "host.c"

#if !defined(MYBPF_NO_MAP_TYPES) && !defined(MYBPF_NO_PROVER)

/* The map, if it is of one of these types; a guarded or trusted program may hand over any of its maps. */
MYBPF__FN mybpf_map *mybpf__map_of(uint64_t map, uint32_t type, uint32_t other)
{
    mybpf_map *given = (mybpf_map *)mybpf__pointer(map);
    return given->desc.type == type || given->desc.type == other ? given : NULL;
}

/* ---- packets ---- */

enum { MYBPF__REDIRECT_ACTIONS = 3, MYBPF__REDIRECT_BROADCAST = 8, MYBPF__REDIRECT_EXCLUDE = 16 };

/* The lower bits of the flags are what it returns when there is no such element. */
MYBPF__HELPER(redirect_map)
{
    mybpf_map *devices = mybpf__map_of(r1, MYBPF_MAP_TYPE_DEVMAP, MYBPF_MAP_TYPE_DEVMAP_HASH);
    mybpf_map *map = devices ? devices : mybpf__map_of(r1, MYBPF_MAP_TYPE_CPUMAP, MYBPF_MAP_TYPE_XSKMAP);
    uint64_t may = MYBPF__REDIRECT_ACTIONS;
    uint32_t key = (uint32_t)r2;
    if (devices) may |= MYBPF__REDIRECT_BROADCAST | MYBPF__REDIRECT_EXCLUDE;
    if (!map || r3 & ~may) return 0;
    if (!mybpf__target_lookup(map, &key) && !(r3 & MYBPF__REDIRECT_BROADCAST))
        return r3 & MYBPF__REDIRECT_ACTIONS;
    return MYBPF__ASK(51, (uint64_t)MYBPF__XDP_REDIRECT);
}

/* ---- sockets: 1 lets it pass to the element's, 0 drops it ---- */

MYBPF__FN uint64_t mybpf__to_socket(mybpf_env *env, uint32_t helper, uint64_t r1, uint64_t r2,
                                    const void *key, uint64_t r3, uint64_t r4)
{
    mybpf_map *map = mybpf__map_of(r2, MYBPF_MAP_TYPE_SOCKMAP, MYBPF_MAP_TYPE_SOCKHASH);
    uint64_t r5 = 0;
    if (!map || r4 & ~(uint64_t)1 || !mybpf__target_lookup(map, key)) return 0;
    return MYBPF__ASK(helper, 1);
}

MYBPF__FN uint64_t mybpf__to_socket_at(mybpf_env *env, uint32_t helper, uint64_t r1, uint64_t r2, uint64_t r3,
                                       uint64_t r4)
{
    uint32_t key = (uint32_t)r3;
    if (!mybpf__map_of(r2, MYBPF_MAP_TYPE_SOCKMAP, MYBPF_MAP_TYPE_SOCKMAP)) return 0;
    return mybpf__to_socket(env, helper, r1, r2, &key, r3, r4);
}

MYBPF__HELPER(sk_redirect_map) { return mybpf__to_socket_at(env, 52, r1, r2, r3, r4); }
MYBPF__HELPER(msg_redirect_map) { return mybpf__to_socket_at(env, 60, r1, r2, r3, r4); }
MYBPF__HELPER(sk_redirect_hash) { return mybpf__to_socket(env, 72, r1, r2, mybpf__pointer(r3), r3, r4); }
MYBPF__HELPER(msg_redirect_hash) { return mybpf__to_socket(env, 71, r1, r2, mybpf__pointer(r3), r3, r4); }

MYBPF__HELPER(sk_select_reuseport)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r2);
    if (r4) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (!mybpf__map_of(r2, MYBPF_MAP_TYPE_SOCKMAP, MYBPF_MAP_TYPE_SOCKHASH))
        map = mybpf__map_of(r2, MYBPF_MAP_TYPE_REUSEPORT_SOCKARRAY, MYBPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
    if (!map || !mybpf__target_lookup(map, mybpf__pointer(r3))) return MYBPF__ERRNO(MYBPF__ENOENT);
    return MYBPF__ASK(82, 0);
}

/* The host puts the socket in, as it knows its number. */
MYBPF__HELPER(sock_map_update) { return MYBPF__ASK(53, MYBPF__ERRNO(MYBPF__EOPNOTSUPP)); }
MYBPF__HELPER(sock_hash_update) { return MYBPF__ASK(70, MYBPF__ERRNO(MYBPF__EOPNOTSUPP)); }

/* ---- groups: is what runs, or the packet's socket, in the one at `index`? ---- */

MYBPF__FN uint64_t mybpf__group(mybpf_env *env, uint32_t helper, uint64_t map, uint64_t index, uint64_t r1,
                                uint64_t r2, uint64_t r3)
{
    mybpf_map *groups = mybpf__map_of(map, MYBPF_MAP_TYPE_CGROUP_ARRAY, MYBPF_MAP_TYPE_CGROUP_ARRAY);
    uint32_t key = (uint32_t)index;
    uint64_t r4 = 0, r5 = 0;
    if (!groups) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (key >= groups->desc.max_entries) return MYBPF__ERRNO(MYBPF__E2BIG);
    if (!mybpf__target_lookup(groups, &key)) return MYBPF__ERRNO(MYBPF__EAGAIN);
    return MYBPF__ASK(helper, 0);
}

MYBPF__HELPER(skb_under_cgroup) { return mybpf__group(env, 33, r2, r3, r1, r2, r3); }
MYBPF__HELPER(current_task_under_cgroup) { return mybpf__group(env, 37, r1, r2, r1, r2, 0); }

/* ---- stack traces ---- */

/* The trace that the host gives for get_stack, kept in the map: its number. */
MYBPF__HELPER(get_stackid)
{
    mybpf_map *map = mybpf__map_of(r2, MYBPF_MAP_TYPE_STACK_TRACE, MYBPF_MAP_TYPE_STACK_TRACE);
    uint64_t stack[MYBPF__STACK_MOST / 8], size;
    if (!map || r3 & ~(uint64_t)0x7ff) return MYBPF__ERRNO(MYBPF__EINVAL);
    size = mybpf__ask_host(67, r1, mybpf__address(stack), map->desc.value_size, r3 & 0x1ff, 0, env);
    if ((int64_t)size <= 0 || size < 8) return MYBPF__ERRNO(MYBPF__EFAULT);
    return (uint64_t)mybpf__stack_put(map, stack, (uint32_t)size & ~7u, r3);
}

/* ---- values of the host's objects, which the program knows by a number ---- */

MYBPF__FN uint64_t mybpf__storage_get(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint32_t type,
                                      mybpf_env *env)
{
    mybpf_map *map = mybpf__map_of(r1, type, type);
    void *value = map && r2 && r4 <= 1 ? map->ops->lookup(map, &r2) : NULL;
    if (value || !map || !r2 || r4 != 1) return mybpf__address(value);
    if (r3) {
        (void)map->ops->update(map, &r2, mybpf__pointer(r3), MYBPF_NOEXIST, env);
    } else {
        void *zeroes = mybpf__alloc(map->vm, 1, map->desc.value_size);
        if (zeroes) (void)map->ops->update(map, &r2, zeroes, MYBPF_NOEXIST, env);
        mybpf__free(map->vm, zeroes);
    }
    return mybpf__address(map->ops->lookup(map, &r2));
}

MYBPF__FN uint64_t mybpf__storage_delete(uint64_t r1, uint64_t r2, uint32_t type)
{
    mybpf_map *map = mybpf__map_of(r1, type, type);
    return map && r2 ? (uint64_t)map->ops->remove(map, &r2) : MYBPF__ERRNO(MYBPF__EINVAL);
}

#    define MYBPF__STORAGE(name, TYPE)                                                                       \
        MYBPF__HELPER(name##_storage_get)                                                                    \
        {                                                                                                    \
            return mybpf__storage_get(r1, r2, r3, r4, MYBPF_MAP_TYPE_##TYPE##_STORAGE, env);                 \
        }                                                                                                    \
        MYBPF__HELPER(name##_storage_delete)                                                                 \
        {                                                                                                    \
            return mybpf__storage_delete(r1, r2, MYBPF_MAP_TYPE_##TYPE##_STORAGE);                           \
        }
MYBPF__STORAGE(sk, SK)
MYBPF__STORAGE(inode, INODE)
MYBPF__STORAGE(task, TASK)
MYBPF__STORAGE(cgrp, CGRP)
#    undef MYBPF__STORAGE

/* That of the cgroup that the run is for, by its attach type. A program does not compare it with NULL. */
MYBPF__HELPER(get_local_storage)
{
    mybpf_map *map = mybpf__map_of(r1, MYBPF_MAP_TYPE_CGROUP_STORAGE, MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
    void *value = NULL;
    if (map && !r2) {
        uint64_t cgroup = mybpf__asked(env, 80, 0, 0, 0, 0, 0, 0);
        cgroup = mybpf__asked(env, 81, r1, 0, 0, 0, 0, cgroup);
        value = mybpf__cgroup_value(map, cgroup, mybpf__run_attach_type(env), env);
    }
    if (!value) mybpf_env_stop(env, MYBPF_FAULT_HELPER, 0);
    return mybpf__address(value);
}

#    ifndef MYBPF_NO_MORE_HELPERS
static const mybpf_helper mybpf__target_helpers[] = {MYBPF_TARGET_HELPERS(MYBPF__HELPER_ROW)};
#    endif

#endif
#endif
