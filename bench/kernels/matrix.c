/* The product of two matrices of 32 x 32 numbers. */
#include "kernel.h"

KERNEL(matrix)
{
    const u32 *a = (const u32 *)memory, *b = a + 1024;
    u32 *product = (u32 *)(memory + 32768);
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        for (u32 row = 0; row < 32; row++)
            for (u32 column = 0; column < 32; column++) {
                u32 cell = (u32)i;
                for (u32 at = 0; at < 32; at++) cell += a[row * 32 + at] * b[at * 32 + column];
                product[row * 32 + column] = cell;
            }
        sum += product[i & 1023];
    }
    return sum;
}
