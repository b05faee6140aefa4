/* map_array.c: an array map, shared with the host: a histogram of a pseudo-random sequence. */
#include "mybpf.h"

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 8);
    __type(key, u32);
    __type(value, u64);
} histogram SEC(".maps");

SEC("tcmd/map_array") int main(void)
{
    u32 seed = 1;
    for (u32 i = 0; i < 1000; i++) {
        seed = seed * 1103515245 + 12345;
        u32 slot = seed >> 29;
        u64 *count = bpf_map_lookup_elem(&histogram, &slot);
        if (count) *count += 1;
    }
    u64 total = 0;
    for (u32 slot = 0; slot < 8; slot++) {
        u64 *count = bpf_map_lookup_elem(&histogram, &slot);
        if (!count) return -1;
        printf("%u: %lu\n", slot, *count);
        total += *count;
    }
    u32 beyond = 8;
    printf("total %lu, slot 8 is %s\n", total,
           bpf_map_lookup_elem(&histogram, &beyond) ? "there" : "not there");
    return (int)total;
}
