/* Copies a packet and sums it up on the way. */
#include "kernel.h"

KERNEL(copy_checksum)
{
    u64 total = 0;
    for (u64 i = 0; i < count; i++) {
        const u16 *from = (const u16 *)(memory + (i & 7) * 2048);
        u16 *to = (u16 *)(memory + 32768);
        u32 sum = 0;
        for (u32 at = 0; at < 750; at++) {
            u16 word = from[at];
            to[at] = word;
            sum += word;
        }
        sum = (sum & 0xffff) + (sum >> 16);
        total += (u16) ~(sum + (sum >> 16));
    }
    return total;
}
