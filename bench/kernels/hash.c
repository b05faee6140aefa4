/* A hash by multiplication and rotation. */
#include "kernel.h"

KERNEL(hash)
{
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        const u64 *words = (const u64 *)memory;
        u64 h = i;
        for (int at = 0; at < 32; at++) {
            u64 w = words[at] * 0x87c37b91114253d5u;
            h ^= (w << 31 | w >> 33) * 0x4cf5ad432745937fu;
            h = (h << 27 | h >> 37) * 5 + 0x52dce729;
        }
        sum += h;
    }
    return sum;
}
