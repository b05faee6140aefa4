/* global_data.c: the three kinds of global variables. They keep their values from one run to the next. */
#include "mybpf.h"

static const char *const volatile names[] = {"zero", "one", "two", "three"}; /* .rodata, and the strings' */
static const volatile u32 squares[] = {0, 1, 4, 9};
static volatile u32 runs = 41; /* .data */
static volatile u64 sum;       /* .bss */

SEC("tcmd/global_data") int main(void)
{
    runs++;
    for (u32 i = 0; i < 4; i++) {
        printf("%s squared is %u\n", names[i], squares[i]);
        sum += squares[i];
    }
    printf("runs = %u, sum = %lu\n", runs, sum);
    return (int)(runs + sum);
}
