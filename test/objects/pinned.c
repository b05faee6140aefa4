/* pinned.c: maps that are shared by name. */
#define SEC(name)           __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
typedef unsigned u32;
typedef unsigned long long u64;

struct {
    __uint(type, 2);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
    __uint(pinning, 1);
} counter SEC(".maps");
struct {
    __uint(type, 2);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, u64);
    __uint(pinning, 0);
} own SEC(".maps");
struct pair {
    u64 a, b;
};
/* What only one value fits is left open. */
struct {
    __uint(type, 27);
    __uint(max_entries, 5000);
    __type(value, struct pair);
} ring SEC(".maps");
struct {
    __uint(type, 4);
    __type(value, u64);
} events SEC(".maps");

/* libbpf's __ulong */
struct {
    __uint(type, 30);
    __uint(max_entries, 8);
    __type(value, u32);
    enum { HASHES = 3 } map_extra;
} filter SEC(".maps");

static void *(*lookup)(void *map, const void *key) = (void *)1;

SEC("tc") int count(void *c)
{
    u32 key = 0;
    u64 *shared = lookup(&counter, &key), *mine = lookup(&own, &key);
    if (!shared || !mine) return -1;
    return (int)(++*shared * 10 + ++*mine);
}
/* A program of type tc may not do this. */
SEC("tc") int packet(void *c)
{
    struct {
        u32 data, data_end;
    } *x = c;
    char *data = (char *)(long)x->data;
    return data + 1 > (char *)(long)x->data_end ? 0 : *data;
}
