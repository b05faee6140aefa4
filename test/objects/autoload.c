/* autoload.c: programs that are loaded only when the host says so. */
#define SEC(name)           __attribute__((section(name), used))
#define NOINLINE            __attribute__((noinline))
#define __uint(name, value) int(*name)[value]
typedef unsigned u32;

static long (*tail_call)(void *ctx, void *map, u32 index) = (void *)12;

static NOINLINE int helpful(int x)
{
    volatile int y = x;
    return y + 3;
}
static NOINLINE int bad_helper(void *c) { return *(volatile int *)8; } /* no verified program does this */
static NOINLINE int twice(int x) { return helpful(x) * 2; }
static NOINLINE int callback(u32 i, void *c) { return 0; }

struct {
    __uint(type, 3);
    __uint(max_entries, 2);
    __uint(key_size, 4);
    __uint(value_size, 4);
} jumps SEC(".maps");

SEC("?socket/bad") int bad(void *c) { return bad_helper(c) + helpful(1); }
SEC("socket") int good(void *c) { return twice(1); }
SEC("?socket") int other(void *c) { return helpful(40); }
SEC("socket") int jump(void *c)
{
    tail_call(c, &jumps, 0);
    return -1;
}
SEC("socket") int looped(void *c)
{
    static long (*loop)(u32 count, void *fn, void *ctx, unsigned long long flags) = (void *)181;
    return (int)loop(3, callback, 0, 0);
}
