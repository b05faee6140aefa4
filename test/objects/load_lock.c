/* load_lock.c: a lock in a map's value, told by BTF. */
#include "mybpf.h"

struct item {
    long count;
    struct bpf_spin_lock lock;
    int rest;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, struct item);
} items SEC(".maps");

SEC("tc") int count(struct __sk_buff *skb)
{
    __u32 key = skb->len;
    struct item *item = bpf_map_lookup_elem(&items, &key);
    int rest;
    if (!item) return -1;
    bpf_spin_lock(&item->lock);
    item->count++;
    rest = item->rest--;
    bpf_spin_unlock(&item->lock);
    return rest;
}
