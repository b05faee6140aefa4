/* big_stack.c: more stack than the 512 bytes of the kernel, for trusted programs. */
#include "mybpf.h"

#define COUNT 500

/* Each function has a frame of its own, as large as it says. */
static __noinline u64 triangle(u64 n)
{
    u64 *row = MYBPF_BIG_STACK(COUNT * sizeof *row);
    for (u64 i = 0; i < n; i++) row[i] = i + 1;
    u64 sum = 0;
    for (u64 i = 0; i < n; i++) sum += row[i];
    return sum;
}

SEC("tcmd/big_stack") int main(void)
{
    u64 *values = MYBPF_BIG_STACK(COUNT * sizeof *values);
    for (u64 i = 0; i < COUNT; i++) values[i] = triangle(i);
    printf("triangle(499) = %lu, triangle(1) = %lu\n", values[499], values[1]);
    return (int)(values[499] % 1000);
}
