/* hash.c: the hash map. All elements are one block made at creation, so that a value's address stays valid
 * and the guard's question is one range check. Buckets are chains with a lock each; a lookup through the
 * host's functions copies under it, so that a value is never seen half written. */
#ifndef MYBPF__HASH_C
#define MYBPF__HASH_C

#include "map_impl.h"

/* The block: this head, the buckets, the elements (a key, then the value, each rounded up to 8). */
typedef struct mybpf__hash_bucket {
    mybpf__lock lock;
    uint32_t first; /* element + 1, 0 ends a chain */
} mybpf__hash_bucket;

typedef struct mybpf__hash {
    mybpf__lock free_lock;
    uint32_t free;   /* chain of deleted elements */
    uint32_t fresh;  /* elements from here on were never used */
    uint32_t mask;   /* buckets - 1 */
    uint32_t *links; /* next element of the chain, one an element */
    mybpf__hash_bucket *buckets;
    uint8_t *elements;
    size_t key_room, stride;
} mybpf__hash;

enum { MYBPF__HASH_KEY = 512 }; /* bytes a key may have, as long Linux's limit */

MYBPF__FN int mybpf__hash_create(mybpf_map *map, mybpf_error *error)
{
    if (map->desc.key_size > MYBPF__HASH_KEY)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "map %s: a key of %u bytes is larger than %d", map->desc.name, map->desc.key_size,
                           MYBPF__HASH_KEY);
    uint64_t buckets = 1, count = map->desc.max_entries;
    while (buckets < count) buckets *= 2;
    uint64_t key_room = mybpf__map_round(map->desc.key_size);
    uint64_t stride = key_room + mybpf__map_round(map->desc.value_size);
    uint64_t links = sizeof(mybpf__hash) + buckets * sizeof(mybpf__hash_bucket);
    uint64_t elements = mybpf__map_round(links + count * 4);
    int status = mybpf__map_memory(map, elements, count, stride, error);
    if (status) return status;
    uint8_t *block = (uint8_t *)map->data;
    mybpf__hash *hash = (mybpf__hash *)map->data;
    hash->mask = (uint32_t)(buckets - 1);
    hash->buckets = (mybpf__hash_bucket *)(void *)(block + sizeof(mybpf__hash));
    hash->links = (uint32_t *)(void *)(block + links);
    hash->elements = block + elements;
    hash->key_room = (size_t)key_room;
    hash->stride = (size_t)stride;
    return 0;
}

MYBPF__FN uint8_t *mybpf__hash_key(const mybpf__hash *hash, uint32_t element)
{
    return hash->elements + (size_t)(element - 1) * hash->stride;
}

/* The bucket of a key. The function has no seed: the same updates give the same order everywhere. */
MYBPF__FN mybpf__hash_bucket *mybpf__hash_of(const mybpf_map *map, const void *key)
{
    const uint8_t *bytes = (const uint8_t *)key;
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    uint64_t mix = map->desc.key_size;
    uint32_t size = map->desc.key_size;
    for (; size >= 4; size -= 4, bytes += 4) {
        mix = (mix ^ mybpf__le32(bytes)) * 0x9e3779b97f4a7c15u;
        mix ^= mix >> 32;
    }
    while (size--) mix = (mix ^ *bytes++) * 0x9e3779b97f4a7c15u;
    return hash->buckets + ((mix ^ mix >> 32) & hash->mask);
}

/* Where the number of the key's element stands, or the end of the chain. Under the bucket's lock. */
MYBPF__FN uint32_t *mybpf__hash_find(const mybpf_map *map, mybpf__hash_bucket *bucket, const void *key)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    uint32_t *at = &bucket->first;
    while (*at && !mybpf__equal(mybpf__hash_key(hash, *at), key, map->desc.key_size))
        at = &hash->links[*at - 1];
    return at;
}

/* An unused element, 0 when the map is full. */
MYBPF__FN uint32_t mybpf__hash_take(mybpf_map *map)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    mybpf__acquire(&hash->free_lock);
    uint32_t element = hash->free;
    if (element)
        hash->free = hash->links[element - 1];
    else if (hash->fresh < map->desc.max_entries)
        element = ++hash->fresh;
    mybpf__release(&hash->free_lock);
    return element;
}

MYBPF__FN void *mybpf__hash_lookup(mybpf_map *map, const void *key)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    mybpf__hash_bucket *bucket = mybpf__hash_of(map, key);
    mybpf__acquire(&bucket->lock);
    uint32_t element = *mybpf__hash_find(map, bucket, key);
    mybpf__release(&bucket->lock);
    return element ? mybpf__hash_key(hash, element) + hash->key_room : NULL;
}

MYBPF__FN int mybpf__hash_read(mybpf_map *map, const void *key, void *value)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    mybpf__hash_bucket *bucket = mybpf__hash_of(map, key);
    mybpf__acquire(&bucket->lock);
    uint32_t element = *mybpf__hash_find(map, bucket, key);
    if (element) mybpf__copy(value, mybpf__hash_key(hash, element) + hash->key_room, map->desc.value_size);
    mybpf__release(&bucket->lock);
    return element ? 0 : -MYBPF__ENOENT;
}

/* On a copy of the key: the caller's may change meanwhile, and an element in the wrong chain or there twice
 * would make walks endless. */
MYBPF__FN int mybpf__hash_update(mybpf_map *map, const void *callers_key, const void *value, uint64_t flags)
{
    uint8_t key[MYBPF__HASH_KEY];
    if (flags > MYBPF_EXIST) return -MYBPF__EINVAL;
    mybpf__copy(key, callers_key, map->desc.key_size);
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    mybpf__hash_bucket *bucket = mybpf__hash_of(map, key);
    int result = 0;
    mybpf__acquire(&bucket->lock);
    uint32_t element = *mybpf__hash_find(map, bucket, key);
    if (element) {
        if (flags == MYBPF_NOEXIST) result = -MYBPF__EEXIST;
    } else if (flags == MYBPF_EXIST) {
        result = -MYBPF__ENOENT;
    } else if ((element = mybpf__hash_take(map)) != 0) {
        mybpf__copy(mybpf__hash_key(hash, element), key, map->desc.key_size);
        hash->links[element - 1] = bucket->first;
        bucket->first = element;
    } else {
        result = -MYBPF__E2BIG;
    }
    if (!result) mybpf__move(mybpf__hash_key(hash, element) + hash->key_room, value, map->desc.value_size);
    mybpf__release(&bucket->lock);
    return result;
}

MYBPF__FN int mybpf__hash_remove(mybpf_map *map, const void *key)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    mybpf__hash_bucket *bucket = mybpf__hash_of(map, key);
    mybpf__acquire(&bucket->lock);
    uint32_t *at = mybpf__hash_find(map, bucket, key), element = *at;
    if (element) {
        *at = hash->links[element - 1];
        mybpf__acquire(&hash->free_lock);
        hash->links[element - 1] = hash->free;
        hash->free = element;
        mybpf__release(&hash->free_lock);
    }
    mybpf__release(&bucket->lock);
    return element ? 0 : -MYBPF__ENOENT;
}

/* Bucket by bucket, each under its lock; a key that is gone starts over, as in the kernel. */
MYBPF__FN int mybpf__hash_next_key(mybpf_map *map, const void *key, void *next)
{
    mybpf__hash *hash = (mybpf__hash *)map->data;
    mybpf__hash_bucket *bucket = key ? mybpf__hash_of(map, key) : hash->buckets;
    uint32_t element = 0, after_key = key != NULL;
    for (;;) {
        mybpf__acquire(&bucket->lock);
        element = after_key ? *mybpf__hash_find(map, bucket, key) : bucket->first;
        int gone = after_key && !element;
        if (after_key && element) element = hash->links[element - 1];
        if (element) mybpf__copy(next, mybpf__hash_key(hash, element), map->desc.key_size);
        mybpf__release(&bucket->lock);
        if (element) return 0;
        after_key = 0;
        if (gone)
            bucket = hash->buckets;
        else if (bucket++ == hash->buckets + hash->mask)
            return -MYBPF__ENOENT;
    }
}

MYBPF__FN int mybpf__hash_contains(const mybpf_map *map, uint64_t address, uint64_t size)
{
    const mybpf__hash *hash = (const mybpf__hash *)map->data;
    return mybpf__map_within(hash->elements + hash->key_room, hash->stride, map->desc.max_entries,
                             map->desc.value_size, address, size);
}

MYBPF__UNUSED static const mybpf__map_type mybpf__hash_type = {
    MYBPF_MAP_TYPE_HASH,
    MYBPF_F_NO_PREALLOC | MYBPF_F_NUMA_NODE | MYBPF_F_ZERO_SEED | MYBPF_F_RDONLY_PROG | MYBPF_F_WRONLY_PROG,
    mybpf__hash_create,
    mybpf__hash_lookup,
    mybpf__hash_read,
    mybpf__hash_update,
    mybpf__hash_remove,
    mybpf__hash_next_key,
    mybpf__hash_contains,
};

#endif
