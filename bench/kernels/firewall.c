/* A firewall that knows its flows: TCP and UDP packets, addresses and ports looked up in a hash map and
 * counted. */
#include "kernel.h"

struct flow {
    u32 source, destination;
    u16 from, to;
    u32 protocol;
};
struct counter {
    u64 packets, bytes;
};
MAP(flows, MAP_HASH, 1024, struct flow, struct counter);

INLINE u32 word(const u8 *p) { return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3]; }
INLINE u16 half(const u8 *p) { return (u16)(p[0] << 8 | p[1]); }

KERNEL(firewall)
{
    u64 passed = 0;
    for (u64 i = 0; i < count; i++) {
        const u8 *ip = memory + (i & 255) * 64 + 14;
        struct flow flow = {0, 0, 0, 0, 0};
        struct counter *known, first = {1, 0};
        if (half(ip - 2) != 0x0800 || ip[0] != 0x45) continue;
        if (ip[9] != 6 && ip[9] != 17) continue;
        flow.source = word(ip + 12);
        flow.destination = word(ip + 16);
        flow.from = half(ip + 20);
        flow.to = half(ip + 22);
        flow.protocol = ip[9];
        known = (struct counter *)LOOKUP(flows, &flow);
        if (known) {
            known->packets++;
            known->bytes += half(ip + 2);
            passed += known->packets;
        } else if (flow.to != 23) {
            first.bytes = half(ip + 2);
            UPDATE(flows, &flow, &first);
        }
    }
    return passed;
}
