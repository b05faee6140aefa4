/* global_bss.c: zero-initialised globals, the only ones that a BARE image carries. */
#include "mybpf.h"

#define LIMIT 1000

static u8 composite[LIMIT];
static u32 primes;

SEC("tcmd/global_bss") int main(void)
{
    primes = 0;
    for (u32 i = 2; i < LIMIT; i++) {
        if (composite[i]) continue;
        primes++;
        for (u32 j = i * i; j < LIMIT; j += i) composite[j] = 1;
    }
    printf("%u primes below %u\n", primes, LIMIT);
    return (int)primes;
}
