/* hash.c: the hash maps: plain, per-CPU, LRU, and of maps. Chains of elements that no lookup locks: an update
 * puts a new element in the old one's place, which readers that are there already go on seeing whole. Updates
 * lock a group of buckets. In the smallest build one lock serves all, lookups too. */
#ifndef MYBPF__HASH_C
#define MYBPF__HASH_C

#include "pool.c"
#include "value.h"

/* The block: this head, the shelves, the buckets, the elements. A chain ends with its bucket's number * 2 +
 * 1, so that a reader sees when an element took it to another chain; in the smallest build, where none can,
 * with 0. */
typedef struct mybpf__hash {
    uintptr_t mask; /* buckets - 1 */
    uintptr_t *buckets;
    size_t value_at; /* of an element: its key stands behind the head */
    uint32_t count;
    mybpf__pool pool;
#ifdef MYBPF_NO_MAP_TYPES
    mybpf__shelf shelf;
#else
    uint32_t hand; /* LRU: the bucket where the next element to go is looked for */
    uintptr_t seed;
    mybpf__shelf *shelves; /* bucket b belongs to shelf b & shelf_mask */
    uintptr_t shelf_mask;
#endif
} mybpf__hash;

enum {
    MYBPF__HASH_KEY = 512, /* bytes of a key that is copied without asking for memory */
    MYBPF__HASH_SHELVES = 64
};

/* Reading, from the host: nothing that was there is used again meanwhile. */
#ifdef MYBPF_NO_MAP_TYPES
MYBPF__FN uint32_t *mybpf__hash_enter(mybpf_map *map)
{
    mybpf__acquire(&((mybpf__hash *)map->data)->shelf.lock);
    return NULL;
}
MYBPF__FN void mybpf__hash_leave(mybpf_map *map, uint32_t *entered)
{
    (void)entered;
    mybpf__release(&((mybpf__hash *)map->data)->shelf.lock);
}
#    define mybpf__hash_ends(link)          (!(link))
#    define mybpf__hash_shelf(hash, bucket) (&(hash)->shelf)
#    define mybpf__hash_begin_lookup(map)   mybpf__hash_enter(map)
#    define mybpf__hash_end_lookup(map)     mybpf__hash_leave(map, NULL)
#else
#    define mybpf__hash_ends(link)          ((link)&1)
#    define mybpf__hash_begin_lookup(map)   (void)0 /* the run has entered */
#    define mybpf__hash_end_lookup(map)     (void)0
#    define mybpf__hash_enter(map)          mybpf__epoch_enter((map)->vm, mybpf__address(&(map)))
#    define mybpf__hash_leave(map, entered) mybpf__epoch_leave((map)->vm, entered)
#endif

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__FN int mybpf__hash_check(const mybpf_map *map, mybpf_error *error)
{
    const mybpf_map_desc *desc = &map->desc;
    if (MYBPF__MAP_IS(map, MYBPF__MAP_LRU) && desc->flags & MYBPF_F_NO_PREALLOC)
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                           "map %s: an LRU hash has all its elements from the beginning, BPF_F_NO_PREALLOC "
                           "is not for it",
                           desc->name);
    if (MYBPF__MAP_IS(map, MYBPF__MAP_PERCPU) && desc->flags & MYBPF_F_NUMA_NODE)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "map %s: %s does not take the flags 0x%x", desc->name,
                           mybpf_map_type_name(desc->type), desc->flags);
    if ((uint64_t)desc->key_size + desc->value_size > MYBPF__ELEMENT_MOST)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: an element of %u + %u bytes is larger than %d", desc->name,
                           desc->key_size, desc->value_size, MYBPF__ELEMENT_MOST);
    return MYBPF_OK;
}
#endif

MYBPF__FN int mybpf__hash_create(mybpf_map *map, mybpf_error *error)
{
#ifdef MYBPF_NO_MAP_TYPES
    if (map->desc.key_size > MYBPF__HASH_KEY)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: a key of %u bytes is larger than %d", map->desc.name, map->desc.key_size,
                           MYBPF__HASH_KEY);
    int status;
#else
    int status = mybpf__hash_check(map, error);
    if (status) return status;
#endif
    uint64_t buckets = 1, limit = map->desc.max_entries, bucket_at = sizeof(mybpf__hash);
    while (buckets < limit) buckets *= 2;
    uint64_t value_at = sizeof(mybpf__element) + mybpf__map_round(map->desc.key_size);
    uint64_t stride = value_at + mybpf__value_room(map);
#ifdef MYBPF_NO_MAP_TYPES
    uint64_t count = limit + 1; /* an update takes one before it gives one back */
#else
    uint64_t shelves = 1;
    while (shelves < MYBPF__HASH_SHELVES && shelves * 8 < buckets) shelves *= 2;
    uint64_t count = limit + (stride > 1024 ? shelves : shelves * 8);
    if (map->desc.flags & MYBPF_F_NO_PREALLOC) count = limit < 16 ? limit : 16;
    limit = limit * 4 + 0x10000;
    bucket_at += shelves * sizeof(mybpf__shelf);
#endif
    uint64_t elements = mybpf__map_round(bucket_at + buckets * sizeof(uintptr_t));
    status = mybpf__map_memory(map, elements, count, stride, error);
    if (status) return status;
    uint8_t *block = (uint8_t *)map->data;
    mybpf__hash *hash = (mybpf__hash *)map->data;
    hash->mask = (uintptr_t)buckets - 1;
    hash->buckets = (uintptr_t *)(void *)(block + bucket_at);
    hash->value_at = (size_t)value_at;
    mybpf__pool_begin(&hash->pool, block + elements, count, limit, (size_t)stride);
#ifndef MYBPF_NO_MAP_TYPES
    hash->shelf_mask = (uintptr_t)shelves - 1;
    hash->shelves = (mybpf__shelf *)(void *)(block + sizeof(mybpf__hash));
    for (uintptr_t b = 0; b < buckets; b++) hash->buckets[b] = b << 1 | 1;
    if (!(map->desc.flags & MYBPF_F_ZERO_SEED))
        hash->seed = (uintptr_t)mybpf__mix((uint64_t)mybpf__random(map->vm) << 32 | mybpf__random(map->vm));
#endif
    return 0;
}

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__FN void mybpf__hash_destroy(mybpf_map *map)
{
    mybpf__pool_destroy(map, &((mybpf__hash *)map->data)->pool);
}
#endif

/* What a key's element is tagged with: the hash of the key, and bit 0. */
MYBPF__FN uintptr_t mybpf__hash_tag(const mybpf_map *map, const void *key)
{
    const uint8_t *bytes = (const uint8_t *)key;
    uint32_t size = map->desc.key_size;
    uint64_t mix = size, word;
#ifndef MYBPF_NO_MAP_TYPES
    mix ^= ((const mybpf__hash *)map->data)->seed;
#endif
    for (; size >= 8; size -= 8, bytes += 8) {
        mybpf__copy(&word, bytes, 8);
        mix = (mix ^ word) * 0x9e3779b97f4a7c15u;
        mix ^= mix >> 32;
    }
    if (size) {
        for (word = 0; size; size--) word = word << 8 | *bytes++;
        mix = (mix ^ word) * 0x9e3779b97f4a7c15u;
        mix ^= mix >> 32;
    }
    return (uintptr_t)mix | 1;
}

MYBPF__FN uintptr_t *mybpf__hash_bucket(const mybpf__hash *hash, uintptr_t tag)
{
    return &hash->buckets[tag >> 1 & hash->mask];
}

#ifndef MYBPF_NO_MAP_TYPES
MYBPF__FN mybpf__shelf *mybpf__hash_shelf(const mybpf__hash *hash, uintptr_t bucket)
{
    return &hash->shelves[bucket & hash->shelf_mask];
}
#endif

MYBPF__FN uint8_t *mybpf__hash_key(mybpf__element *element) { return (uint8_t *)(element + 1); }

MYBPF__FN int mybpf__hash_same(const mybpf_map *map, mybpf__element *element, const void *key)
{
#if !MYBPF__SMALL
    if (map->desc.key_size == 8) {
        uint64_t a, b;
        mybpf__copy(&a, element + 1, 8);
        mybpf__copy(&b, key, 8);
        return a == b;
    }
    if (map->desc.key_size == 4) {
        uint32_t a, b;
        mybpf__copy(&a, element + 1, 4);
        mybpf__copy(&b, key, 4);
        return a == b;
    }
#endif
    return mybpf__equal(element + 1, key, map->desc.key_size);
}

/* Where the link to the key's element stands, or the end of the chain. Under the shelf's lock. */
MYBPF__FN uintptr_t *mybpf__hash_link(const mybpf_map *map, const void *key, uintptr_t tag)
{
    uintptr_t *at = mybpf__hash_bucket((const mybpf__hash *)map->data, tag);
    while (!mybpf__hash_ends(*at)) {
        mybpf__element *element = (mybpf__element *)*at;
        if ((MYBPF__PEEK(&element->tag) | 1) == tag && mybpf__hash_same(map, element, key)) break;
        at = &element->next;
    }
    return at;
}

#ifdef MYBPF_NO_MAP_TYPES
MYBPF__FN mybpf__element *mybpf__hash_find(const mybpf_map *map, const void *key, uintptr_t tag)
{
    uintptr_t link = *mybpf__hash_link(map, key, tag);
    return mybpf__hash_ends(link) ? NULL : (mybpf__element *)link;
}
#else
/* The key's element, or NULL; without a lock. */
MYBPF__FN mybpf__element *mybpf__hash_find(const mybpf_map *map, const void *key, uintptr_t tag)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    uintptr_t link;
    do {
        link = MYBPF__LOAD_ACQUIRE(mybpf__hash_bucket(hash, tag));
        while (!mybpf__hash_ends(link)) {
            mybpf__element *element = (mybpf__element *)link;
            if ((MYBPF__PEEK(&element->tag) | 1) == tag && mybpf__hash_same(map, element, key))
                return element;
            link = MYBPF__LOAD_ACQUIRE(&element->next);
        }
    } while (link >> 1 != (tag >> 1 & hash->mask)); /* the end of another chain */
    return NULL;
}
#endif

MYBPF__FN uint8_t *mybpf__hash_value(const mybpf_map *map, mybpf__element *element)
{
    return (uint8_t *)element + ((const mybpf__hash *)map->data)->value_at;
}

MYBPF__FN void *mybpf__hash_lookup(mybpf_map *map, const void *key)
{
    uintptr_t tag = mybpf__hash_tag(map, key);
    mybpf__hash_begin_lookup(map);
    mybpf__element *element = mybpf__hash_find(map, key, tag);
    mybpf__hash_end_lookup(map);
    return element ? mybpf__hash_value(map, element) : NULL;
}

MYBPF__FN int mybpf__hash_read(mybpf_map *map, const void *key, void *value)
{
    uintptr_t tag = mybpf__hash_tag(map, key);
    uint32_t *entered = mybpf__hash_enter(map);
    mybpf__element *element = mybpf__hash_find(map, key, tag);
    if (element) mybpf__value_out(map, value, mybpf__hash_value(map, element));
    mybpf__hash_leave(map, entered);
    return element ? 0 : -MYBPF__ENOENT;
}

/* What the value of an element that goes refers to. */
MYBPF__FN void mybpf__hash_forget(mybpf_map *map, mybpf__element *element)
{
#ifdef MYBPF_NO_MAP_TYPES
    (void)map, (void)element;
#else
    if (MYBPF__MAP_IS(map, MYBPF__MAP_OF_MAPS))
        mybpf_map_unref(*(mybpf_map **)(void *)mybpf__hash_value(map, element));
    mybpf__timers_drop(map, mybpf__hash_value(map, element));
    mybpf__kptrs_drop(map, mybpf__hash_value(map, element), NULL);
#endif
}

/* Takes the element that `at` links out of its chain. */
MYBPF__FN void mybpf__hash_unlink(mybpf_map *map, mybpf__shelf *shelf, uintptr_t *at)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    mybpf__element *element = (mybpf__element *)*at;
    MYBPF__STORE_RELEASE(at, element->next);
    mybpf__drop_ref(&hash->count);
    mybpf__hash_forget(map, element);
    mybpf__pool_retire(shelf, element);
}

#ifndef MYBPF_NO_MAP_TYPES

/* LRU: an element of `bucket` that was not used since the hand came by goes; 0 when all were. Its lock is
 * held by `own` alone. */
MYBPF__FN int mybpf__hash_evict_from(mybpf_map *map, uintptr_t bucket)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    uintptr_t *at = &hash->buckets[bucket];
    while (!mybpf__hash_ends(*at)) {
        mybpf__element *element = (mybpf__element *)*at;
        uintptr_t tag = MYBPF__PEEK(&element->tag);
        if (!(tag & 1)) {
            mybpf__hash_unlink(map, mybpf__hash_shelf(hash, bucket), at);
            return 1;
        }
        MYBPF__POKE(&element->tag, tag & ~(uintptr_t)1);
        at = &element->next;
    }
    return 0;
}

/* Makes room for one more: the hand goes round the buckets, twice if all were used. What others have locked
 * is passed by. */
MYBPF__FN int mybpf__hash_evict(mybpf_map *map, const mybpf__shelf *own)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    for (uint64_t i = 0; i <= (uint64_t)hash->mask * 2 + 2; i++) {
        uintptr_t bucket = mybpf__add_ref(&hash->hand) & hash->mask;
        mybpf__shelf *shelf = mybpf__hash_shelf(hash, bucket);
        if (MYBPF__PEEK(&hash->buckets[bucket]) & 1) continue;
        if (shelf != own && !mybpf__try_acquire(&shelf->lock)) continue;
        int gone = mybpf__hash_evict_from(map, bucket);
        if (shelf != own) mybpf__release(&shelf->lock);
        if (gone) return 1;
    }
    return 0;
}

#endif

/* Elements that it may have. */
#ifdef MYBPF_NO_MAP_TYPES
#    define mybpf__hash_most(map) ((map)->desc.max_entries)
#else
enum { MYBPF__STORAGE_OBJECTS = 16384 }; /* of storages, which do not say how many */
#    define mybpf__hash_most(map)                                                                            \
        ((map)->desc.max_entries ? (map)->desc.max_entries : (uint32_t)MYBPF__STORAGE_OBJECTS)
#endif

/* Counts one more element; not more than fit. */
MYBPF__FN int mybpf__hash_count(mybpf_map *map, const mybpf__shelf *shelf)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    (void)shelf;
#ifdef MYBPF_NO_MAP_TYPES
    return hash->count == mybpf__hash_most(map) ? -MYBPF__E2BIG : (hash->count++, 0);
#else
    while (mybpf__add_ref(&hash->count) > mybpf__hash_most(map)) {
        mybpf__drop_ref(&hash->count);
        if (!MYBPF__MAP_IS(map, MYBPF__MAP_LRU)) return -MYBPF__E2BIG;
        if (!mybpf__hash_evict(map, shelf)) return -MYBPF__ENOMEM;
    }
    return 0;
#endif
}

/* A new element in the place of the one that `at` links, or at the head of its chain. */
MYBPF__FN int mybpf__hash_put(mybpf_map *map, mybpf__shelf *shelf, uintptr_t *at, const void *key,
                              const void *value, uintptr_t tag, mybpf_env *env)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    mybpf__element *old = mybpf__hash_ends(*at) ? NULL : (mybpf__element *)*at, *element;
    int status = old ? 0 : mybpf__hash_count(map, shelf);
    if (status) return status;
    element = mybpf__pool_take(map, &hash->pool, shelf, mybpf__env_epoch(env));
#ifndef MYBPF_NO_MAP_TYPES
    if (!element) {
        if (!old) mybpf__drop_ref(&hash->count);
        return -MYBPF__ENOMEM;
    }
#endif
    mybpf__copy(mybpf__hash_key(element), key, map->desc.key_size);
    mybpf__value_new(map, mybpf__hash_value(map, element), value, env);
    MYBPF__POKE(&element->tag, MYBPF__MAP_IS(map, MYBPF__MAP_LRU) && !old ? tag & ~(uintptr_t)1 : tag);
    if (!old) at = mybpf__hash_bucket(hash, tag);
    MYBPF__STORE_RELEASE(&element->next, old ? old->next : *at);
    MYBPF__STORE_RELEASE(at, (uintptr_t)element);
    if (!old) return 0;
    mybpf__hash_forget(map, old);
    mybpf__pool_retire(shelf, old);
    return 0;
}

/* On a copy of the key: the caller's may change meanwhile, and an element in the wrong chain or there twice
 * would make walks endless. */
MYBPF__FN int mybpf__hash_update(mybpf_map *map, const void *callers_key, const void *value, uint64_t flags,
                                 mybpf_env *env)
{
    uint8_t copy[MYBPF__HASH_KEY], *key = copy;
    if (!mybpf__update_flags_fit(map, flags)) return -MYBPF__EINVAL;
#ifndef MYBPF_NO_MAP_TYPES
    if (map->desc.key_size > sizeof copy) key = (uint8_t *)mybpf__alloc(map->vm, 1, map->desc.key_size);
    if (!key) return -MYBPF__ENOMEM;
#endif
    mybpf__copy(key, callers_key, map->desc.key_size);
    mybpf__hash *hash = (mybpf__hash *)map->data;
    uintptr_t tag = mybpf__hash_tag(map, key), *at;
    mybpf__shelf *shelf = mybpf__hash_shelf(hash, tag >> 1 & hash->mask);
    int result = 0;
    mybpf__acquire(&shelf->lock);
    at = mybpf__hash_link(map, key, tag);
    if (mybpf__hash_ends(*at) ? flags & MYBPF_EXIST : flags & MYBPF_NOEXIST)
        result = mybpf__hash_ends(*at) ? -MYBPF__ENOENT : -MYBPF__EEXIST;
    else if (!mybpf__hash_ends(*at) && mybpf__value_stays(map, flags))
        mybpf__value_put(map, mybpf__hash_value(map, (mybpf__element *)*at), value, flags, env);
    else
        result = mybpf__hash_put(map, shelf, at, key, value, tag, env);
    mybpf__release(&shelf->lock);
#ifndef MYBPF_NO_MAP_TYPES
    if (key != copy) mybpf__free(map->vm, key);
#endif
    return result;
}

/* Removes an element, after copying its value out when that is wanted. */
MYBPF__FN int mybpf__hash_take(mybpf_map *map, const void *key, void *value)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    uintptr_t tag = mybpf__hash_tag(map, key), *at;
    mybpf__shelf *shelf = mybpf__hash_shelf(hash, tag >> 1 & hash->mask);
    int found;
    mybpf__acquire(&shelf->lock);
    at = mybpf__hash_link(map, key, tag);
    found = !mybpf__hash_ends(*at);
    if (found && value) mybpf__value_out(map, value, mybpf__hash_value(map, (mybpf__element *)*at));
    if (found) mybpf__hash_unlink(map, shelf, at);
    mybpf__release(&shelf->lock);
    return found ? 0 : -MYBPF__ENOENT;
}

MYBPF__FN int mybpf__hash_remove(mybpf_map *map, const void *key) { return mybpf__hash_take(map, key, NULL); }

/* The element behind the key's; a key that is gone starts over, as in the kernel. */
MYBPF__FN int mybpf__hash_next_key(mybpf_map *map, const void *key, void *next)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    uint32_t *entered = mybpf__hash_enter(map);
    uintptr_t tag = key ? mybpf__hash_tag(map, key) : 1, bucket = 0, link;
    mybpf__element *element = key ? mybpf__hash_find(map, key, tag) : NULL;
    if (element) bucket = tag >> 1 & hash->mask;
    link = element ? MYBPF__LOAD_ACQUIRE(&element->next) : MYBPF__LOAD_ACQUIRE(hash->buckets);
    while (mybpf__hash_ends(link) && bucket++ < hash->mask)
        link = MYBPF__LOAD_ACQUIRE(&hash->buckets[bucket]);
    if (!mybpf__hash_ends(link))
        mybpf__copy(next, mybpf__hash_key((mybpf__element *)link), map->desc.key_size);
    mybpf__hash_leave(map, entered);
    return mybpf__hash_ends(link) ? -MYBPF__ENOENT : 0;
}

#ifndef MYBPF_NO_PROVER
enum { MYBPF__HASH_WALK = 32 }; /* elements of a bucket that are looked at together */

/* Elements of `bucket` behind the first `skip`, at most MYBPF__HASH_WALK. */
MYBPF__FN uint32_t mybpf__hash_some(mybpf__hash *hash, uintptr_t bucket, uint32_t skip,
                                    mybpf__element **found)
{
    mybpf__shelf *shelf = mybpf__hash_shelf(hash, bucket);
    uint32_t count = 0;
    mybpf__acquire(&shelf->lock);
    for (uintptr_t e = hash->buckets[bucket]; !mybpf__hash_ends(e) && count < MYBPF__HASH_WALK;
         e = ((mybpf__element *)e)->next) {
        if (skip)
            skip--;
        else
            found[count++] = (mybpf__element *)e;
    }
    mybpf__release(&shelf->lock);
    return count;
}

MYBPF__FN void mybpf__hash_each(mybpf_map *map, mybpf__each_element_fn each, void *user)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    size_t of_cpu = 0;
#    ifndef MYBPF_NO_MAP_TYPES
    if (map->cpus > 1) of_cpu = mybpf__cpu(map) * (size_t)mybpf__map_round(map->desc.value_size);
#    endif
    for (uintptr_t bucket = 0; bucket <= hash->mask; bucket++) {
        mybpf__element *found[MYBPF__HASH_WALK];
        uint32_t count, skip = 0;
        if (mybpf__hash_ends(MYBPF__LOAD_ACQUIRE(&hash->buckets[bucket]))) continue;
        do {
            count = mybpf__hash_some(hash, bucket, skip, found);
            for (uint32_t i = 0; i < count; i++) {
                uint8_t copy[MYBPF__HASH_KEY], *key = mybpf__hash_key(found[i]);
                if (map->desc.key_size <= sizeof copy) {
                    mybpf__copy(copy, key, map->desc.key_size);
                    key = copy;
                }
                if (each(user, key, mybpf__hash_value(map, found[i]) + of_cpu)) return;
            }
            skip += count;
        } while (count == MYBPF__HASH_WALK);
    }
}
#endif

MYBPF__FN int mybpf__hash_contains(const mybpf_map *map, uint64_t address, uint64_t size)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    return mybpf__pool_contains(map, &hash->pool, hash->value_at, address, size);
}

#ifndef MYBPF_NO_MAP_TYPES

/* LRU: a program's lookup counts as a use. */
MYBPF__FN void *mybpf__hash_lookup_lru(mybpf_map *map, const void *key)
{
    mybpf__element *element = mybpf__hash_find(map, key, mybpf__hash_tag(map, key));
    if (!element) return NULL;
    if (!(MYBPF__PEEK(&element->tag) & 1)) MYBPF__OR(&element->tag, (uintptr_t)1);
    return mybpf__hash_value(map, element);
}

MYBPF__FN void *mybpf__hash_of_cpu(mybpf_map *map, const void *key, uint32_t cpu)
{
    uint8_t *value = cpu < map->cpus ? (uint8_t *)mybpf__hash_lookup(map, key) : NULL;
    return value ? value + cpu * (size_t)mybpf__map_round(map->desc.value_size) : NULL;
}

MYBPF__FN void *mybpf__hash_lookup_percpu(mybpf_map *map, const void *key)
{
    return mybpf__hash_of_cpu(map, key, mybpf__cpu(map));
}

MYBPF__FN void *mybpf__hash_lookup_lru_percpu(mybpf_map *map, const void *key)
{
    uint8_t *value = (uint8_t *)mybpf__hash_lookup_lru(map, key);
    return value ? value + mybpf__cpu(map) * (size_t)mybpf__map_round(map->desc.value_size) : NULL;
}

/* Bucket by bucket, each whole: a bucket's elements are those of one moment. */
MYBPF__FN int mybpf__hash_read_some(mybpf_map *map, uint32_t *at, void *keys, void *values, uint32_t *count,
                                    int remove)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    uint8_t *key = (uint8_t *)keys, *value = (uint8_t *)values;
    uint32_t done = 0, most = *count, key_size = map->desc.key_size;
    size_t value_size = mybpf__value_bytes(map);
    int status = 0;
    *count = 0;
    if (*at > hash->mask) return -MYBPF__ENOENT;
    for (; *at <= hash->mask && !status; ++*at) {
        uintptr_t *link = &hash->buckets[*at];
        mybpf__shelf *shelf = mybpf__hash_shelf(hash, *at);
        uint32_t inside = 0;
        if (MYBPF__LOAD_ACQUIRE(link) & 1) continue;
        mybpf__acquire(&shelf->lock);
        for (uintptr_t e = *link; !mybpf__hash_ends(e); e = ((mybpf__element *)e)->next) inside++;
        if (inside > most - done) status = done ? 1 : -MYBPF__ENOSPC;
        while (!status && !mybpf__hash_ends(*link)) {
            mybpf__element *element = (mybpf__element *)*link;
            mybpf__copy(key + (size_t)done * key_size, mybpf__hash_key(element), key_size);
            mybpf__value_out(map, value + done * value_size, mybpf__hash_value(map, element));
            done++;
            if (remove)
                mybpf__hash_unlink(map, shelf, link);
            else
                link = &element->next;
        }
        mybpf__release(&shelf->lock);
        if (status) break;
    }
    *count = done;
    return status ? status < 0 ? status : 0 : -MYBPF__ENOENT; /* that was the last bucket */
}

#    define MYBPF__HASH_IS                                                                                   \
        (MYBPF__MAP_DEFERS | MYBPF__MAP_BATCH_READ | MYBPF__MAP_BATCH_WRITE | MYBPF__MAP_BATCH_DELETE)
#    define MYBPF__HASH_MORE(is)                                                                             \
        , MYBPF__HASH_IS | (is), mybpf__hash_destroy, mybpf__hash_take, mybpf__hash_read_some, NULL, NULL,   \
            NULL, NULL
#    define MYBPF__HASH_MORE_PERCPU(is)                                                                      \
        , MYBPF__HASH_IS | MYBPF__MAP_PERCPU | (is), mybpf__hash_destroy, mybpf__hash_take,                  \
            mybpf__hash_read_some, mybpf__hash_of_cpu, NULL, NULL, NULL
#else
#    define MYBPF__HASH_MORE(is)
#endif

#define MYBPF__HASH_TYPE(type, flags, lookup, more)                                                          \
    {                                                                                                        \
        MYBPF_MAP_TYPE_##type, (flags) | MYBPF_F_ZERO_SEED | MYBPF__F_ACCESS, mybpf__hash_create, lookup,    \
            mybpf__hash_read, mybpf__hash_update, mybpf__hash_remove, mybpf__hash_next_key,                  \
            mybpf__hash_contains more                                                                        \
    }

MYBPF__UNUSED static const mybpf__map_type mybpf__hash_type =
    MYBPF__HASH_TYPE(HASH, MYBPF_F_NO_PREALLOC | MYBPF_F_NUMA_NODE, mybpf__hash_lookup, MYBPF__HASH_MORE(0));
#ifndef MYBPF_NO_MAP_TYPES
MYBPF__UNUSED static const mybpf__map_type mybpf__percpu_hash_type =
    MYBPF__HASH_TYPE(PERCPU_HASH, MYBPF_F_NO_PREALLOC, mybpf__hash_lookup_percpu, MYBPF__HASH_MORE_PERCPU(0));
MYBPF__UNUSED static const mybpf__map_type mybpf__lru_hash_type =
    MYBPF__HASH_TYPE(LRU_HASH, MYBPF_F_NO_PREALLOC | MYBPF_F_NO_COMMON_LRU | MYBPF_F_NUMA_NODE,
                     mybpf__hash_lookup_lru, MYBPF__HASH_MORE(MYBPF__MAP_LRU));
MYBPF__UNUSED static const mybpf__map_type mybpf__lru_percpu_hash_type =
    MYBPF__HASH_TYPE(LRU_PERCPU_HASH, MYBPF_F_NO_PREALLOC | MYBPF_F_NO_COMMON_LRU | MYBPF_F_NUMA_NODE,
                     mybpf__hash_lookup_lru_percpu, MYBPF__HASH_MORE_PERCPU(MYBPF__MAP_LRU));
#endif

#undef MYBPF__HASH_TYPE
#undef MYBPF__HASH_MORE
#undef MYBPF__HASH_MORE_PERCPU
#undef MYBPF__HASH_IS
#undef mybpf__hash_most

#endif
