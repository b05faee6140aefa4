/* Steps until a number becomes 1: a branch that nobody can predict. */
#include "kernel.h"

KERNEL(collatz)
{
    u64 steps = 0;
    (void)memory;
    for (u64 i = 1; i <= count; i++)
        for (u64 n = i; n != 1; steps++) n = n & 1 ? 3 * n + 1 : n / 2;
    return steps;
}
