/* maps_programs.c: what maps.c runs here and in the kernel. Each program does OPS operations on keys in an
 * order that no prefetcher knows; `loop` does what the others do besides. `fill` comes first. */
#include "mybpf.h"

#define OPS    1024
#define KEYS   4096
#define EACH   _Pragma("clang loop unroll(disable)") for (__u32 i = 0; i < OPS; i++)
#define KEY(i) ((i)*2654435761u >> 20)

#define MAP(name, kind, entries, key_type)                                                                   \
    struct {                                                                                                 \
        __uint(type, kind);                                                                                  \
        __uint(max_entries, entries);                                                                        \
        __type(key, key_type);                                                                               \
        __type(value, __u64);                                                                                \
    } name SEC(".maps")

MAP(array, BPF_MAP_TYPE_ARRAY, KEYS, __u32);
MAP(hash, BPF_MAP_TYPE_HASH, KEYS, __u64);
MAP(lru, BPF_MAP_TYPE_LRU_HASH, KEYS, __u64);
MAP(crowded, BPF_MAP_TYPE_LRU_HASH, KEYS / 4 * 3, __u64);
MAP(percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY, KEYS, __u32);
MAP(percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, KEYS, __u64);
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20);
} ring SEC(".maps");

SEC("tc/fill")
int fill(struct __sk_buff *skb)
{
    _Pragma("clang loop unroll(disable)") for (__u32 i = 0; i < KEYS; i++)
    {
        __u32 index = i;
        __u64 key = i, value = i * 3 + 1;
        bpf_map_update_elem(&array, &index, &value, BPF_ANY);
        bpf_map_update_elem(&hash, &key, &value, BPF_ANY);
        bpf_map_update_elem(&lru, &key, &value, BPF_ANY);
        bpf_map_update_elem(&percpu_array, &index, &value, BPF_ANY);
        bpf_map_update_elem(&percpu_hash, &key, &value, BPF_ANY);
    }
    return 0;
}

SEC("tc/loop")
int loop(struct __sk_buff *skb)
{
    __u64 sum = 0;
    EACH
    {
        __u64 key = KEY(i);
        __asm__ volatile("" : : "r"(&key) : "memory");
        sum += key;
    }
    return (int)sum;
}

#define LOOKUP(name, map, key_type)                                                                          \
    SEC("tc/" #name)                                                                                         \
    int name(struct __sk_buff *skb)                                                                          \
    {                                                                                                        \
        __u64 sum = 0;                                                                                       \
        EACH                                                                                                 \
        {                                                                                                    \
            key_type key = KEY(i);                                                                           \
            __u64 *value = bpf_map_lookup_elem(&map, &key);                                                  \
            if (value) sum += *value;                                                                        \
        }                                                                                                    \
        return (int)sum;                                                                                     \
    }
LOOKUP(array_lookup, array, __u32)
LOOKUP(hash_lookup, hash, __u64)
LOOKUP(lru_lookup, lru, __u64)
LOOKUP(percpu_array_lookup, percpu_array, __u32)
LOOKUP(percpu_hash_lookup, percpu_hash, __u64)

#define UPDATE(name, map)                                                                                    \
    SEC("tc/" #name)                                                                                         \
    int name(struct __sk_buff *skb)                                                                          \
    {                                                                                                        \
        __u64 sum = 0;                                                                                       \
        EACH                                                                                                 \
        {                                                                                                    \
            __u64 key = KEY(i), value = key * 3 + 1;                                                         \
            sum += (__u64)bpf_map_update_elem(&map, &key, &value, BPF_ANY);                                  \
        }                                                                                                    \
        return (int)sum;                                                                                     \
    }
UPDATE(hash_update, hash)
UPDATE(lru_update, lru)

/* Three quarters of the keys have room. */
SEC("tc/lru_lookup_update")
int lru_lookup_update(struct __sk_buff *skb)
{
    __u32 random = bpf_get_prandom_u32();
    EACH
    {
        __u64 key = KEY(i + random);
        __u64 *value = bpf_map_lookup_elem(&crowded, &key);
        if (!value) bpf_map_update_elem(&crowded, &key, &key, BPF_ANY);
    }
    return 0;
}

SEC("tc/ring_reserve_submit")
int ring_reserve_submit(struct __sk_buff *skb)
{
    __u64 sum = 0;
    EACH
    {
        __u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);
        if (!record) return -1;
        record[0] = i;
        record[1] = KEY(i);
        bpf_ringbuf_submit(record, 0);
    }
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
