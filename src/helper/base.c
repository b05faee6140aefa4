/* base.c: the Base helpers, with the numbers and contracts of linux/bpf.h. */
#ifndef MYBPF__HELPER_BASE_C
#define MYBPF__HELPER_BASE_C

#include "helper_impl.h"
#include "list.h"

/* Every helper has the same C type; most use few of its parameters. */
#define MYBPF__HELPER(name)                                                                                  \
    MYBPF__FN uint64_t mybpf__base_##name(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,   \
                                          mybpf_env *env)
#define MYBPF__IGNORE5       (void)r1, (void)r2, (void)r3, (void)r4, (void)r5
#define MYBPF__ERRNO(number) ((uint64_t)(int64_t) - (number))

/* ---- maps ---- */

MYBPF__HELPER(map_lookup_elem)
{
    (void)r3, (void)r4, (void)r5, (void)env;
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (map->desc.flags & MYBPF_F_WRONLY_PROG) return 0;
    return mybpf__address(mybpf_map_value(map, mybpf__pointer(r2)));
}

/* Programs write neither a map that is read-only for them nor one that they cannot look up. */
MYBPF__FN int mybpf__base_may_write(const mybpf_map *map)
{
    return map->ops->lookup && !(map->desc.flags & MYBPF_F_RDONLY_PROG);
}

MYBPF__HELPER(map_update_elem)
{
    (void)r5, (void)env;
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (!mybpf__base_may_write(map)) return MYBPF__ERRNO(MYBPF__EPERM);
    return (uint64_t)(int64_t)mybpf_map_update(map, mybpf__pointer(r2), mybpf__pointer(r3), r4);
}

MYBPF__HELPER(map_delete_elem)
{
    (void)r3, (void)r4, (void)r5, (void)env;
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (!mybpf__base_may_write(map)) return MYBPF__ERRNO(MYBPF__EPERM);
    return (uint64_t)(int64_t)mybpf_map_delete(map, mybpf__pointer(r2));
}

/* ---- the table ---- */

static const mybpf_helper mybpf__base_helpers[] = {
    {1,
     "map_lookup_elem",
     mybpf__base_map_lookup_elem,
     MYBPF_RET_MAP_VALUE_OR_NULL,
     {MYBPF_ARG_MAP, MYBPF_ARG_MAP_KEY, 0, 0, 0},
     0,
     NULL},
    {2,
     "map_update_elem",
     mybpf__base_map_update_elem,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_MAP, MYBPF_ARG_MAP_KEY, MYBPF_ARG_MAP_VALUE, MYBPF_ARG_ANY, 0},
     0,
     NULL},
    {3,
     "map_delete_elem",
     mybpf__base_map_delete_elem,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_MAP, MYBPF_ARG_MAP_KEY, 0, 0, 0},
     0,
     NULL},
};

#endif
