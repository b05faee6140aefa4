/* More numbers than eBPF has registers: a block of a stream cipher. */
#include "kernel.h"

#define ROUND(a, b, c, d)                                                                                    \
    a += b, d = (d ^ a) << 16 | (d ^ a) >> 16, c += d, b = (b ^ c) << 12 | (b ^ c) >> 20, a += b,            \
            d = (d ^ a) << 8 | (d ^ a) >> 24, c += d, b = (b ^ c) << 7 | (b ^ c) >> 25

KERNEL(cipher)
{
    u32 *state = (u32 *)memory, sum = 0;
    for (u64 i = 0; i < count; i++) {
        u32 x0 = state[0], x1 = state[1], x2 = state[2], x3 = state[3], x4 = state[4], x5 = state[5],
            x6 = state[6], x7 = state[7], x8 = state[8], x9 = state[9], xa = state[10], xb = state[11],
            xc = (u32)i, xd = state[13], xe = state[14], xf = state[15];
        for (int round = 0; round < 10; round++) {
            ROUND(x0, x4, x8, xc);
            ROUND(x1, x5, x9, xd);
            ROUND(x2, x6, xa, xe);
            ROUND(x3, x7, xb, xf);
            ROUND(x0, x5, xa, xf);
            ROUND(x1, x6, xb, xc);
            ROUND(x2, x7, x8, xd);
            ROUND(x3, x4, x9, xe);
        }
        sum += x0 ^ x1 ^ x2 ^ x3 ^ x4 ^ x5 ^ x6 ^ x7 ^ x8 ^ x9 ^ xa ^ xb ^ xc ^ xd ^ xe ^ xf;
    }
    return sum;
}
