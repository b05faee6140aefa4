/* Insertion sort of 32 numbers. */
#include "kernel.h"

KERNEL(sort)
{
    u32 *numbers = (u32 *)(memory + 2048);
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        for (u32 at = 0; at < 32; at++) {
            u32 number = (u32)(i + at) * 2654435761u, to = at;
            for (; to > 0 && numbers[to - 1] > number; to--) numbers[to] = numbers[to - 1];
            numbers[to] = number;
        }
        sum += numbers[i & 31];
    }
    return sum;
}
