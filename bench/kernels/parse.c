/* Headers of packets whose addresses are not aligned: numbers byte by byte, in network order. */
#include "kernel.h"

INLINE u32 be32(const u8 *p) { return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3]; }
INLINE u16 be16(const u8 *p) { return (u16)(p[0] << 8 | p[1]); }

KERNEL(parse)
{
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        const u8 *packet = memory + (i & 31) * 64;
        if (be16(packet + 12) != 0x0800 || packet[14] != 0x45) continue;
        const u8 *ip = packet + 14;
        u32 source = be32(ip + 12), destination = be32(ip + 16);
        if (ip[9] == 6)
            sum += be16(ip + 20) * 31u + be16(ip + 22) + be32(ip + 24);
        else if (ip[9] == 17)
            sum += be16(ip + 22);
        sum += source ^ destination;
    }
    return sum;
}
