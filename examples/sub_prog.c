/* sub_prog.c: functions of the program calling each other. */
#include "mybpf.h"

static __noinline u64 gcd(u64 a, u64 b)
{
    while (b) {
        u64 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static __noinline u64 lcm(u64 a, u64 b) { return a / gcd(a, b) * b; }

SEC("tcmd/sub_prog") int main(void)
{
    u64 all = 1;
    for (u64 i = 2; i <= 20; i++) all = lcm(all, i);
    printf("gcd(1071, 462) = %lu\n", gcd(1071, 462));
    printf("smallest number that 1 to 20 divide: %lu\n", all);
    return (int)gcd(1071, 462);
}
