/* Decimal digits: division and remainder by 10. */
#include "kernel.h"

KERNEL(itoa)
{
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        u64 n = i * 0x9e3779b97f4a7c15u;
        u8 *out = memory + 20;
        do *--out = (u8)('0' + n % 10), n /= 10;
        while (n);
        sum += *out;
    }
    return sum;
}
