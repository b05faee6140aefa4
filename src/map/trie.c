/* trie.c: longest prefix match. A key is the number of its bits that count, then the bits; a lookup finds the
 * longest prefix of its key. Nodes branch at a bit; those without a value of their own have two children.
 * Lookups take no lock; changes take the map's. */
#ifndef MYBPF__TRIE_C
#define MYBPF__TRIE_C

#include "pool.c"
#include "value.h"

#ifndef MYBPF_NO_MAP_TYPES

typedef struct mybpf__trie_node {
    mybpf__element element;
    struct mybpf__trie_node *child[2]; /* by the bit behind the prefix */
    uint32_t length;                   /* bits of the prefix */
    uint32_t is_branch;                /* it has no value */
} mybpf__trie_node;                    /* the bits follow, then the value */

typedef struct mybpf__trie {
    mybpf__trie_node *root;
    uint32_t count, bits; /* most bits of a prefix */
    size_t value_at;
    mybpf__pool pool;
    mybpf__shelf shelf;
} mybpf__trie;

MYBPF__FN int mybpf__trie_create(mybpf_map *map, mybpf_error *error)
{
    uint32_t size = map->desc.key_size;
    uint64_t count = map->desc.max_entries < 8 ? map->desc.max_entries * 2 : 16, value_at, stride;
    if (size < 5 || size > 260 || !(map->desc.flags & MYBPF_F_NO_PREALLOC))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: an lpm_trie needs keys of 5 to 260 bytes and BPF_F_NO_PREALLOC",
                           map->desc.name);
    if (map->desc.value_size > MYBPF__ELEMENT_MOST - 256)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: a value of %u bytes is larger than %d", map->desc.name,
                           map->desc.value_size, MYBPF__ELEMENT_MOST - 256);
    value_at = sizeof(mybpf__trie_node) + mybpf__map_round(size - 4);
    stride = value_at + mybpf__value_room(map);
    int status = mybpf__map_memory(map, mybpf__map_round(sizeof(mybpf__trie)), count, stride, error);
    if (status) return status;
    mybpf__trie *trie = (mybpf__trie *)map->data;
    trie->bits = (size - 4) * 8;
    trie->value_at = (size_t)value_at;
    mybpf__pool_begin(&trie->pool, (uint8_t *)map->data + mybpf__map_round(sizeof *trie), count,
                      (uint64_t)map->desc.max_entries * 4 + 0x10000, (size_t)stride);
    return 0;
}

MYBPF__FN void mybpf__trie_destroy(mybpf_map *map)
{
    mybpf__pool_destroy(map, &((mybpf__trie *)map->data)->pool);
}

MYBPF__FN uint8_t *mybpf__trie_value(const mybpf_map *map, mybpf__trie_node *node)
{
    return (uint8_t *)node + ((const mybpf__trie *)map->data)->value_at;
}

/* Bits that a prefix and a key have in common, at most as many as both have. */
MYBPF__FN uint32_t mybpf__trie_match(const mybpf__trie_node *node, const uint8_t *bits, uint32_t length)
{
    const uint8_t *own = (const uint8_t *)(node + 1);
    uint32_t most = node->length < length ? node->length : length, at = 0;
    while (at + 8 <= most && own[at / 8] == bits[at / 8]) at += 8;
    if (at < most) {
        uint32_t differ = (uint32_t)own[at / 8] ^ bits[at / 8];
        while (at < most && !(differ >> (7 - at % 8) & 1)) at++;
    }
    return at;
}

MYBPF__FN uint32_t mybpf__trie_bit(const uint8_t *bits, uint32_t at)
{
    return (uint32_t)bits[at / 8] >> (7 - at % 8) & 1u;
}

MYBPF__FN void *mybpf__trie_lookup(mybpf_map *map, const void *key)
{
    mybpf__trie *trie = (mybpf__trie *)map->data;
    const uint8_t *bits = (const uint8_t *)key + 4;
    mybpf__trie_node *node = MYBPF__LOAD_ACQUIRE(&trie->root), *best = NULL;
    uint32_t length;
    mybpf__copy(&length, key, 4);
    if (length > trie->bits) return NULL;
    while (node) {
        uint32_t match = mybpf__trie_match(node, bits, length);
        if (match < node->length) break;
        if (!MYBPF__PEEK(&node->is_branch)) best = node;
        if (match == length) break;
        node = MYBPF__LOAD_ACQUIRE(&node->child[mybpf__trie_bit(bits, match)]);
    }
    return best ? mybpf__trie_value(map, best) : NULL;
}

MYBPF__FN int mybpf__trie_read(mybpf_map *map, const void *key, void *value)
{
    uint32_t *entered = mybpf__epoch_enter(map->vm, mybpf__address(&map));
    const void *at = mybpf__trie_lookup(map, key);
    if (at) mybpf__value_out(map, value, at);
    mybpf__epoch_leave(map->vm, entered);
    return at ? 0 : -MYBPF__ENOENT;
}

/* One more element. */
MYBPF__FN int mybpf__trie_count(mybpf_map *map, uint64_t flags)
{
    mybpf__trie *trie = (mybpf__trie *)map->data;
    if (flags == MYBPF_EXIST) return -MYBPF__ENOENT;
    if (trie->count == map->desc.max_entries) return -MYBPF__ENOSPC;
    trie->count++;
    return 0;
}

/* Where the key's node hangs, or would; `match` bits are common with the node that is there. */
MYBPF__FN mybpf__trie_node **mybpf__trie_place(mybpf__trie *trie, const uint8_t *bits, uint32_t length,
                                               mybpf__trie_node ***parent, uint32_t *match)
{
    mybpf__trie_node **at = &trie->root;
    *parent = NULL;
    while (*at) {
        *match = mybpf__trie_match(*at, bits, length);
        if ((*at)->length != *match || (*at)->length == length) break;
        *parent = at;
        at = &(*at)->child[mybpf__trie_bit(bits, *match)];
    }
    return at;
}

/* Hangs `made` up at `at`. `fork` is a node to use where both need a common parent. */
MYBPF__FN int mybpf__trie_hang(mybpf_map *map, mybpf__trie_node **at, mybpf__trie_node *made,
                               mybpf__trie_node *fork, uint32_t match, uint64_t flags)
{
    mybpf__trie *trie = (mybpf__trie *)map->data;
    mybpf__trie_node *node = *at;
    const uint8_t *bits = (const uint8_t *)(made + 1);
    int same = node && node->length == match && match == made->length, status = 0;
    if (same && !node->is_branch)
        status = flags == MYBPF_NOEXIST ? -MYBPF__EEXIST : 0;
    else
        status = mybpf__trie_count(map, flags);
    if (status) return status;
    if (same) {
        made->child[0] = node->child[0];
        made->child[1] = node->child[1];
    } else if (node && match == made->length) {
        made->child[mybpf__trie_bit((const uint8_t *)(node + 1), match)] = node;
    } else if (node) {
        uint32_t side = mybpf__trie_bit(bits, match);
        mybpf__copy(fork + 1, node + 1, map->desc.key_size - 4);
        fork->length = match;
        fork->is_branch = 1;
        fork->child[side] = made;
        fork->child[!side] = node;
        made = fork;
    }
    MYBPF__STORE_RELEASE(at, made);
    if (same) mybpf__pool_retire(&trie->shelf, &node->element);
    return 0;
}

MYBPF__FN mybpf__trie_node *mybpf__trie_take(mybpf_map *map, mybpf_env *env)
{
    mybpf__trie *trie = (mybpf__trie *)map->data;
    mybpf__trie_node *node =
        (mybpf__trie_node *)(void *)mybpf__pool_take(map, &trie->pool, &trie->shelf, mybpf__env_epoch(env));
    if (node) node->child[0] = node->child[1] = NULL;
    return node;
}

MYBPF__FN int mybpf__trie_update(mybpf_map *map, const void *key, const void *value, uint64_t flags,
                                 mybpf_env *env)
{
    mybpf__trie *trie = (mybpf__trie *)map->data;
    mybpf__trie_node **at, **parent, *made, *fork;
    uint32_t length, match = 0;
    int status;
    mybpf__copy(&length, key, 4);
    if (flags > MYBPF_EXIST || length > trie->bits) return -MYBPF__EINVAL;
    mybpf__acquire(&trie->shelf.lock);
    made = mybpf__trie_take(map, env);
    fork = mybpf__trie_take(map, env);
    if (made && fork) {
        mybpf__copy(made + 1, (const uint8_t *)key + 4, map->desc.key_size - 4);
        mybpf__copy(mybpf__trie_value(map, made), value, map->desc.value_size);
        made->length = length;
        made->is_branch = 0;
        at = mybpf__trie_place(trie, (const uint8_t *)(made + 1), length, &parent, &match);
        status = mybpf__trie_hang(map, at, made, fork, match, flags);
        if (!status && *at == fork) fork = NULL;
        if (!status) made = NULL;
    } else {
        status = -MYBPF__ENOMEM;
    }
    if (made) mybpf__shelf_push(&trie->shelf.free, &made->element);
    if (fork) mybpf__shelf_push(&trie->shelf.free, &fork->element);
    mybpf__release(&trie->shelf.lock);
    return status;
}

/* A branch that is left with one child goes, too. */
MYBPF__FN void mybpf__trie_unhang(mybpf__trie *trie, mybpf__trie_node **at, mybpf__trie_node **parent)
{
    mybpf__trie_node *node = *at, *above = parent ? *parent : NULL;
    if (node->child[0] && node->child[1]) {
        MYBPF__POKE(&node->is_branch, 1u);
        return;
    }
    if (above && above->is_branch && !node->child[0] && !node->child[1]) {
        MYBPF__STORE_RELEASE(parent, above->child[at == &above->child[0]]);
        mybpf__pool_retire(&trie->shelf, &above->element);
    } else {
        MYBPF__STORE_RELEASE(at, node->child[node->child[0] == NULL]);
    }
    mybpf__pool_retire(&trie->shelf, &node->element);
}

MYBPF__FN int mybpf__trie_remove(mybpf_map *map, const void *key)
{
    mybpf__trie *trie = (mybpf__trie *)map->data;
    mybpf__trie_node **at, **parent;
    uint32_t length, match = 0;
    int found;
    mybpf__copy(&length, key, 4);
    if (length > trie->bits) return -MYBPF__EINVAL;
    mybpf__acquire(&trie->shelf.lock);
    at = mybpf__trie_place(trie, (const uint8_t *)key + 4, length, &parent, &match);
    found = *at && (*at)->length == match && match == length && !(*at)->is_branch;
    if (found) {
        trie->count--;
        mybpf__trie_unhang(trie, at, parent);
    }
    mybpf__release(&trie->shelf.lock);
    return found ? 0 : -MYBPF__ENOENT;
}

/* The first node below `node` in post-order, children before their parents. */
MYBPF__FN const mybpf__trie_node *mybpf__trie_first(const mybpf__trie_node *node)
{
    const mybpf__trie_node *first = NULL;
    while (node) {
        if (!node->is_branch) first = node;
        node = node->child[0] || node->is_branch ? node->child[0] : node->child[1];
    }
    return first;
}

/* The node behind the key's in post-order; the first for a key that is not there. */
MYBPF__FN const mybpf__trie_node *mybpf__trie_after(const mybpf__trie *trie, const void *key)
{
    const mybpf__trie_node *node = trie->root, *after = NULL;
    const uint8_t *bits = key ? (const uint8_t *)key + 4 : NULL;
    uint32_t length = UINT32_MAX, match = 0;
    int beside = 0; /* `after` is what hangs to the right; else it is above */
    if (key) mybpf__copy(&length, key, 4);
    if (length > trie->bits) return mybpf__trie_first(node);
    for (; node; node = node->child[mybpf__trie_bit(bits, match)]) {
        match = mybpf__trie_match(node, bits, length);
        if (node->length != match || match == length) break;
        if (!mybpf__trie_bit(bits, match) && node->child[1])
            after = node->child[1], beside = 1;
        else if (!node->is_branch)
            after = node, beside = 0;
    }
    if (!node || node->length != match || node->is_branch) return mybpf__trie_first(trie->root);
    return beside ? mybpf__trie_first(after) : after;
}

MYBPF__FN int mybpf__trie_next_key(mybpf_map *map, const void *key, void *next)
{
    mybpf__trie *trie = (mybpf__trie *)map->data;
    const mybpf__trie_node *node;
    mybpf__acquire(&trie->shelf.lock);
    node = mybpf__trie_after(trie, key);
    if (node) {
        mybpf__copy(next, &node->length, 4);
        mybpf__copy((uint8_t *)next + 4, node + 1, map->desc.key_size - 4);
    }
    mybpf__release(&trie->shelf.lock);
    return node ? 0 : -MYBPF__ENOENT;
}

MYBPF__FN int mybpf__trie_contains(const mybpf_map *map, uint64_t address, uint64_t size)
{
    const mybpf__trie *trie = (const mybpf__trie *)map->data;
    return mybpf__pool_contains(map, &trie->pool, trie->value_at, address, size);
}

MYBPF__UNUSED static const mybpf__map_type mybpf__trie_type = {
    MYBPF_MAP_TYPE_LPM_TRIE,
    MYBPF_F_NO_PREALLOC | MYBPF_F_NUMA_NODE | MYBPF__F_ACCESS,
    mybpf__trie_create,
    mybpf__trie_lookup,
    mybpf__trie_read,
    mybpf__trie_update,
    mybpf__trie_remove,
    mybpf__trie_next_key,
    mybpf__trie_contains,
    MYBPF__MAP_DEFERS | MYBPF__MAP_BATCH_READ | MYBPF__MAP_BATCH_WRITE | MYBPF__MAP_BATCH_DELETE,
    mybpf__trie_destroy,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL};

#endif
#endif
