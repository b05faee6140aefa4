/* Fibonacci, recursive: calls of functions, at most eight frames deep as eBPF allows. */
#include "kernel.h"

static __attribute__((noinline)) u64 number(u64 n) { return n < 2 ? n : number(n - 1) + number(n - 2); }

KERNEL(fib_recursive)
{
    u64 sum = 0;
    (void)memory;
    for (u64 i = 0; i < count; i++) sum += number(i % 7);
    return sum;
}
