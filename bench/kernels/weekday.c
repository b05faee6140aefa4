/* Division by 7 in 32 bits, a divisor whose reciprocal needs 33: days since a Monday. */
#include "kernel.h"

KERNEL(weekday)
{
    u64 sum = 0;
    (void)memory;
    for (u64 i = 0; i < count; i++) {
        u32 day = (u32)i * 2654435761u;
        sum += day % 7 + day / 7;
    }
    return sum;
}
