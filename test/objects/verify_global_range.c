/* verify_global_range.c: what a function of global linkage returns may be any number, what a static one does
 * is known. */
#define SEPARATE  __attribute__((noinline))
#define SEC(name) __attribute__((section(name), used))
typedef unsigned long u64;

static u64 table[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static SEPARATE u64 known(u64 value) { return value & 7; }
SEPARATE u64 any(u64 value) { return value & 7; }

SEC("tcmd/by_static") u64 by_static(u64 value) { return table[known(value)]++; }
SEC("tcmd/by_global") u64 by_global(u64 value) { return table[any(value)]++; }
