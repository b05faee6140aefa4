/* Calls of a helper. */
#include "kernel.h"

KERNEL(helper)
{
    u64 sum = 0;
    (void)memory;
    for (u64 i = 0; i < count; i++) sum = bench_step(sum, i);
    return sum;
}
