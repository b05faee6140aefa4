/* load_of_maps.c: maps of maps that the file fills, and a bloom filter with its map_extra. */
#define SEC(name)           __attribute__((section(name), used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, type) typeof(type) *name[]

typedef unsigned u32;

struct inner {
    __uint(type, 2);
    __uint(max_entries, 1);
    __type(key, u32);
    __type(value, long);
} first SEC(".maps"), second SEC(".maps");

struct {
    __uint(type, 12);
    __uint(max_entries, 3);
    __type(key, u32);
    __array(values, struct inner);
} outer SEC(".maps") = {.values = {[0] = &first, [2] = &second}};

struct {
    __uint(type, 13);
    __uint(max_entries, 3);
    __type(key, u32);
    __array(values, struct inner);
} by_hash SEC(".maps") = {.values = {&second}};

struct {
    __uint(type, 30);
    __uint(max_entries, 100);
    __uint(map_extra, 3);
    __type(value, long);
} filter SEC(".maps");

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*push)(void *map, const void *value, long flags) = (void *)87;

static long *find(void *map, u32 key)
{
    u32 zero = 0;
    void *inner = lookup(map, &key);
    return inner ? lookup(inner, &zero) : 0;
}

/* Each element of `outer` has its own map, and `by_hash` has the second of them. */
SEC("socket") int nested(void *ctx)
{
    long *a = find(&outer, 0), *b = find(&outer, 2), *c = find(&by_hash, 0), seven = 7;
    if (!a || !b || !c || find(&outer, 1)) return -1;
    *a += 1;
    *b += 10;
    *c += 100;
    if (push(&filter, &seven, 0)) return -2;
    return *a * 1000 + *b;
}
