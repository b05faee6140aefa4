/* load_legacy.c: `maps` sections of three loaders: libbpf before 1.0 (20 bytes), the kernel's samples
 * (28 bytes), iproute2 (36 bytes). */
#define SEC(name) __attribute__((section(name), used))

struct bpf_map_def {
    unsigned type, key_size, value_size, max_entries, map_flags;
};
struct sample_map_def {
    unsigned type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;
};
struct bpf_elf_map {
    unsigned type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct bpf_map_def SEC("maps") short_map = {2, 4, 8, 3, 0};
struct sample_map_def SEC("maps") sample_map = {1, 8, 16, 100, 1, 0, 0};
struct bpf_elf_map SEC("maps") tc_map = {2, 4, 4, 2, 0, 1, 2, 0, 0};

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*update)(void *map, const void *key, const void *value, unsigned long flags) = (void *)2;

SEC("classifier") int legacy(void *ctx)
{
    unsigned key = 1, beyond = 42;
    unsigned long value = 42;
    if (update(&short_map, &key, &value, 0)) return -1;
    unsigned long *found = lookup(&short_map, &key);
    return found && !lookup(&tc_map, &beyond) ? (int)*found : -2;
}
