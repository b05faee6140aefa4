/* Counts in an array map. */
#include "kernel.h"

MAP(array, MAP_ARRAY, 256, u32, u64);

KERNEL(map_array)
{
    u64 sum = 0;
    (void)memory;
    for (u64 i = 0; i < count; i++) {
        u32 key = (u32)(i * 7) & 255;
        u64 *value = (u64 *)LOOKUP(array, &key);
        if (value) sum += ++*value;
    }
    return sum;
}
