/* load_maps.c: BTF-defined maps, in the forms libbpf's macros give. */
#define SEC(name)           __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, type) typeof(type) *name[]

typedef unsigned u32;
typedef const volatile u32 odd;
struct pair {
    u32 a, b[3];
    char c;
};

struct {
    __uint(type, 1);
    __uint(max_entries, 64);
    __type(key, struct pair);
    __type(value, long[2][3]);
    __uint(map_flags, 1);
    __uint(pinning, 1);
} typed SEC(".maps");

static struct {
    __uint(type, 2);
    __uint(key_size, 4);
    __uint(value_size, 16);
    __uint(max_entries, 5);
} sized SEC(".maps");

struct named {
    __uint(type, 2);
    __uint(max_entries, 1);
    __type(key, odd);
    __type(value, void *);
} named SEC(".maps");

int target(void *ctx);
struct {
    __uint(type, 3);
    __uint(max_entries, 4);
    __uint(key_size, 4);
    __array(values, int(void *));
} jumps SEC(".maps") = {.values = {[2] = target}};

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*tail_call)(void *ctx, void *map, u32 index) = (void *)12;

SEC("socket") int target(void *ctx) { return 77; }

SEC("socket") int maps(void *ctx)
{
    u32 key = 4;
    long *value = lookup(&sized, &key);
    key = 0;
    void *other = lookup(&named, &key);
    if (!value || !other) return -1;
    struct pair pair = {};
    if (lookup(&typed, &pair)) return -2;
    tail_call(ctx, &jumps, 2);
    return -3;
}
