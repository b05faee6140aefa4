/* func_ptr.c: a function pointer as an argument: the callee calls back. */
#include "mybpf.h"

typedef u64 (*operation)(u64 a, u64 b);

static __noinline u64 add(u64 a, u64 b) { return a + b; }
static __noinline u64 multiply(u64 a, u64 b) { return a * b; }

static __noinline u64 fold(operation op, u64 start, u64 count)
{
    for (u64 i = 1; i <= count; i++) start = op(start, i);
    return start;
}

SEC("tcmd/func_ptr") int main(void)
{
    u64 sum = fold(add, 0, 10), product = fold(multiply, 1, 10);
    printf("1 + 2 + ... + 10 = %lu\n", sum);
    printf("1 * 2 * ... * 10 = %lu\n", product);
    return (int)sum;
}
