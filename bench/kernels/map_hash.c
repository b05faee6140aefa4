/* Counts in a hash map with keys of 8 bytes. */
#include "kernel.h"

MAP(hash, MAP_HASH, 1024, u64, u64);

KERNEL(map_hash)
{
    u64 sum = 0;
    (void)memory;
    for (u64 i = 0; i < count; i++) {
        u64 key = i * 7 & 511, one = 1, *value = (u64 *)LOOKUP(hash, &key);
        if (value)
            sum += ++*value;
        else
            UPDATE(hash, &key, &one);
    }
    return sum;
}
