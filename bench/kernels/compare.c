/* Compares two strings that are equal for a while. */
#include "kernel.h"

KERNEL(compare)
{
    u64 sum = 0;
    u8 *a = memory, *b = memory + 8192;
    for (u32 at = 0; at < 256; at++) b[at] = a[at] |= 1;
    a[255] = b[255] = 0;
    for (u64 i = 0; i < count; i++) {
        u32 at = 0;
        b[i & 255] ^= 2;
        while (a[at] && a[at] == b[at]) at++;
        sum += at + a[at] - b[at];
        b[i & 255] ^= 2;
    }
    return sum;
}
