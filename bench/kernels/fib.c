/* Fibonacci, iterative: the shortest loop there is. */
#include "kernel.h"

KERNEL(fib)
{
    u64 a = 0, b = 1;
    (void)memory;
    for (u64 i = 0; i < count; i++) {
        u64 next = a + b;
        a = b;
        b = next;
    }
    return a;
}
