/* Counts bits, leading and trailing zeros by hand. */
#include "kernel.h"

KERNEL(bits)
{
    u64 sum = 0;
    const u64 *words = (const u64 *)memory;
    for (u64 i = 0; i < count; i++) {
        u64 x = words[i & 4095] ^ i, y = x, low = x & -x;
        u32 leading = 0;
        y -= y >> 1 & 0x5555555555555555u;
        y = (y & 0x3333333333333333u) + (y >> 2 & 0x3333333333333333u);
        y = (y + (y >> 4)) & 0x0f0f0f0f0f0f0f0fu;
        sum += y * 0x0101010101010101u >> 56;
        if (!(x >> 32)) leading += 32, x <<= 32;
        if (!(x >> 48)) leading += 16, x <<= 16;
        if (!(x >> 56)) leading += 8, x <<= 8;
        if (!(x >> 60)) leading += 4, x <<= 4;
        sum += leading + (low > 0xffff);
    }
    return sum;
}
