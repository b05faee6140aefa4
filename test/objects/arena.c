/* arena.c: a list and variables in an arena, as clang 19 and later make them; older ones have no casts between address
 * spaces and make an object without the programs. */
typedef unsigned int u32;
typedef unsigned long long u64;
#define SEC(name)          __attribute__((section(name), used))
#define __uint(name, text) int(*name)[text]
#define __ksym             __attribute__((section(".ksyms")))

struct {
    __uint(type, 33);
    __uint(map_flags, 1024);
    __uint(max_entries, 16);
} arena SEC(".maps");

#ifdef __BPF_FEATURE_ADDR_SPACE_CAST
#    define __arena __attribute__((address_space(1)))

extern void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, u32 page_cnt, int node_id, u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void __arena *ptr, u32 page_cnt) __ksym;

struct node {
    struct node __arena *next;
    u64 value;
};

int __arena runs = 7;
u64 __arena wide[3] = {1, 2, 3};
struct node __arena *__arena head;

/* Puts `r1` in front of the list; how long it is. */
SEC("tcmd/push") u64 push(u64 value)
{
    struct node __arena *node = bpf_arena_alloc_pages(&arena, 0, 1, -1, 0);
    u64 length = 0;
    if (!node) return 0;
    node->next = head;
    node->value = value;
    head = node;
    __sync_fetch_and_add(&wide[2], value);
    runs++;
    for (int i = 0; i < 100 && node; i++, node = node->next) length++;
    return length;
}

SEC("tcmd/pop") u64 pop(u64 unused)
{
    struct node __arena *node = head;
    u64 value;
    if (!node) return 0;
    value = node->value;
    head = node->next;
    bpf_arena_free_pages(&arena, node, 1);
    return value;
}
#endif

SEC("tcmd/none") u64 none(u64 unused) { return 1; }
char _license[] SEC("license") = "GPL";
