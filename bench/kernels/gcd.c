/* The greatest common divisor, and trial division: remainders by numbers that are not known before. */
#include "kernel.h"

KERNEL(gcd)
{
    u64 sum = 0;
    (void)memory;
    for (u64 i = 1; i <= count; i++) {
        u32 a = (u32)i * 2654435761u, b = (u32)i * 40503u + 1, number = (u32)i | 1;
        while (b) {
            u32 rest = a % b;
            a = b;
            b = rest;
        }
        for (u32 divisor = 3; divisor < 40 && number % divisor; divisor += 2) sum++;
        sum += a;
    }
    return sum;
}
