/* kptr.c: objects of the host in maps' values, told by BTF type tags: members, of members, of arrays. */
#include "mybpf.h"

struct item {
    long number, payload;
};
struct other; /* which only the host knows */

extern struct item *item_new(void);
extern void item_put(struct item *);
extern void other_put(struct other *);

struct pair {
    int count;
    struct other __kptr *others[2];
};

struct value {
    long count;
    struct item __kptr *item;
    struct pair pair;
    struct item __kptr_untrusted *number;
    struct item *plain;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4);
    __type(key, int);
    __type(value, struct value);
} values SEC(".maps");

SEC("tc") int put(struct __sk_buff *skb)
{
    int key = 0;
    struct value zero = {}, *value;
    struct item *item;
    bpf_map_update_elem(&values, &key, &zero, BPF_NOEXIST);
    value = bpf_map_lookup_elem(&values, &key);
    if (!value) return -1;
    item = item_new();
    if (!item) return -1;
    item->payload = skb->len;
    value->number = item;
    item = bpf_kptr_xchg(&value->item, item);
    if (item) item_put(item);
    value->count++;
    return 0;
}

SEC("tc") int take(struct __sk_buff *skb)
{
    int key = 0, payload;
    struct value *value = bpf_map_lookup_elem(&values, &key);
    struct item *item;
    struct other *other;
    (void)skb;
    if (!value) return -1;
    other = bpf_kptr_xchg(&value->pair.others[1], 0);
    if (other) other_put(other);
    item = bpf_kptr_xchg(&value->item, 0);
    if (!item) return 0;
    payload = (int)item->payload;
    item_put(item);
    return payload;
}
