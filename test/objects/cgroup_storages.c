/* cgroup_storages.c: programs of both attach types count in the storage of their cgroup. */
#include "mybpf.h"

struct {
    __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
    __type(key, struct bpf_cgroup_storage_key);
    __type(value, __u64);
} counts SEC(".maps");

static int count(void)
{
    __u64 *value = bpf_get_local_storage(&counts, 0);
    return (int)++*value;
}

SEC("cgroup_skb/ingress") int ingress(struct __sk_buff *skb) { return count() & 1; }
SEC("cgroup_skb/egress") int egress(struct __sk_buff *skb) { return count() & 1; }
SEC("cgroup/dev") int device(void *ctx) { return count(); }
SEC("cgroup/sysctl") int sysctl(void *ctx) { return count(); }
