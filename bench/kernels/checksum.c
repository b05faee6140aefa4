/* The internet checksum, by halves. */
#include "kernel.h"

INLINE u16 be16(const u8 *p) { return (u16)(p[0] << 8 | p[1]); }

KERNEL(checksum)
{
    u64 total = 0;
    for (u64 i = 0; i < count; i++) {
        u32 sum = 0;
        for (u32 at = 0; at < 1024; at += 2) sum += be16(memory + at + (i & 1));
        while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
        total += (u16)~sum;
    }
    return total;
}
