/* map_hash.c: a hash map: insert, find, refuse, delete. */
#include "mybpf.h"

struct point {
    s32 x, y;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, struct point);
    __type(value, u64);
} points SEC(".maps");

SEC("tcmd/map_hash") int main(void)
{
    for (s32 i = 0; i < 16; i++) {
        struct point key = {i, -i};
        u64 value = (u64)i * i;
        if (bpf_map_update_elem(&points, &key, &value, BPF_NOEXIST)) return -1;
    }
    struct point key = {7, -7}, other = {100, 100};
    u64 value = 1;
    u64 *found = bpf_map_lookup_elem(&points, &key);
    printf("(7, -7) holds %lu\n", found ? *found : 0);
    printf("insert it again: %ld\n", bpf_map_update_elem(&points, &key, &value, BPF_NOEXIST));
    printf("insert a seventeenth: %ld\n", bpf_map_update_elem(&points, &other, &value, BPF_ANY));
    printf("delete it: %ld\n", bpf_map_delete_elem(&points, &key));
    printf("delete it again: %ld\n", bpf_map_delete_elem(&points, &key));
    return bpf_map_lookup_elem(&points, &key) ? 1 : 0;
}
