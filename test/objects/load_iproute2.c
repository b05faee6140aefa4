/* load_iproute2.c: struct bpf_elf_map of iproute2, and that of the kernel's samples. */
#define SEC(name) __attribute__((section(name), used))
typedef unsigned u32;

struct bpf_elf_map {
    u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};
struct bpf_elf_map outer SEC("maps") = {
    .type = 13, .size_key = 4, .size_value = 4, .max_elem = 3, .inner_id = 77};
struct bpf_elf_map plain SEC("maps") = {
    .type = 2, .size_key = 4, .size_value = 4, .max_elem = 2, .pinning = 2};
struct bpf_elf_map inner SEC("maps") = {.type = 2, .size_key = 4, .size_value = 12, .max_elem = 5, .id = 77};

struct sample_map_def {
    u32 type, key_size, value_size, max_entries, map_flags, inner_map_idx, numa_node;
};
struct sample_map_def first SEC("maps/samples") = {
    .type = 1, .key_size = 8, .value_size = 4, .max_entries = 9};
struct sample_map_def second SEC("maps/samples") = {
    .type = 12, .key_size = 4, .max_entries = 3, .inner_map_idx = 2};
struct sample_map_def third SEC("maps/samples") = {
    .type = 1, .key_size = 4, .value_size = 20, .max_entries = 6};

SEC("socket") int program(void *c) { return (long)&outer && (long)&plain && (long)&second; }
