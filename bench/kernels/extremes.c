/* The smallest and the largest of numbers: moves that depend on a comparison. */
#include "kernel.h"

KERNEL(extremes)
{
    const u32 *numbers = (const u32 *)memory;
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        u32 least = ~0u, most = 0;
        for (u32 at = 0; at < 512; at++) {
            u32 n = numbers[at] ^ (u32)i;
            if (n < least) least = n;
            if (n > most) most = n;
        }
        sum += most - least;
    }
    return sum;
}
