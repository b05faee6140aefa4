/* The sieve of Eratosthenes over 16 KB: byte stores with a stride. */
#include "kernel.h"

KERNEL(sieve)
{
    u64 primes = 0;
    for (u64 i = 0; i < count; i++) {
        for (u32 n = 0; n < 16384; n++) memory[n] = 1;
        for (u32 n = 2; n < 16384; n++) {
            if (!memory[n]) continue;
            primes++;
            for (u32 m = n + n; m < 16384; m += n) memory[m] = 0;
        }
    }
    return primes;
}
