/* kernel.h: what the kernels share. Each is one C source, compiled for eBPF and by the host's compilers
 * alike; KERNEL_BY names the compiler, so that one process can hold several. A kernel gets `memory`, 64 KB
 * that ../kernels_run.c fills anew for every run, and how often to do its work; its result is compared. */
#ifndef KERNEL_H
#define KERNEL_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;

#define INLINE static inline __attribute__((always_inline))

#ifdef __bpf__
#    define KERNEL(name) __attribute__((section("bench/" #    name), used)) u64 name(u8 *memory, u64 count)

static u64 (*const bench_step)(u64 a, u64 b) = (u64(*)(u64, u64))2000000;

#    define MAP(name, kind, entries, key_type, value_type)                                                   \
        struct {                                                                                             \
            int (*type)[kind];                                                                               \
            int (*max_entries)[entries];                                                                     \
            key_type *key;                                                                                   \
            value_type *value;                                                                               \
        } name __attribute__((section(".maps"), used))
static void *(*const map_lookup)(void *map, const void *key) = (void *(*)(void *, const void *))1;
static long (*const map_update)(void *map, const void *key, const void *value,
                                u64 flags) = (long (*)(void *, const void *, const void *, u64))2;
#    define LOOKUP(map, key)        map_lookup(&map, key)
#    define UPDATE(map, key, value) map_update(&map, key, value, 0)
#else
#    define KERNEL_PASTE(by, name)                         by##_##name
#    define KERNEL_NAMED(by, name)                         KERNEL_PASTE(by, name)
#    define KERNEL(name)                                   u64 KERNEL_NAMED(KERNEL_BY, name)(u8 * memory, u64 count)
#    define MAP(name, kind, entries, key_type, value_type) extern char name##_is_the_runners
#    define LOOKUP(map, key)                               bench_lookup(#    map, key)
#    define UPDATE(map, key, value)                        bench_update(#    map, key, value)

u64 bench_step(u64 a, u64 b);
/* Maps are the runner's, found by the first letter of their name: what they cost is the library's in every
 * engine. */
void *bench_lookup(const char *map, const void *key);
long bench_update(const char *map, const void *key, const void *value);
#endif

enum { MAP_HASH = 1, MAP_ARRAY = 2 };

#endif
