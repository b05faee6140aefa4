/* rodata.c: constants that the host sets before it loads; the verifier knows them. */
#define SEC(name) __attribute__((section(name), used))
typedef unsigned long long u64;

const volatile unsigned char width = 1;
const volatile int limit = -1;
const volatile u64 wide = 0x1122334455667788ull;
const volatile short table[4] = {1, 2, 3, -4};

static inline u64 never(void) { return *(volatile u64 *)16; } /* no verified program comes here */

SEC("socket") u64 program(void *c)
{
    u64 sum = 0;
    if (limit < 0) return never();
    for (int i = 0; i < limit; i++) sum += i;
    if (width != 8 || wide != 0x1122334455667788ull || table[3] != -4) return never();
    if (*(const volatile unsigned char *)((const char *)&wide + 1) !=
        (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0x22 : 0x77))
        return never();
    return sum;
}
