/* Copies by hand, to the stack and back to the packet, as programs do that rewrite a header. */
#include "kernel.h"

struct header {
    u64 words[6];
};

KERNEL(copy)
{
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        u8 *packet = memory + (i & 127) * 64;
        struct header header = *(struct header *)packet;
        u8 *bytes = (u8 *)&header;
        for (u32 at = 0; at < 6; at++) {
            u8 byte = bytes[at];
            bytes[at] = bytes[at + 6];
            bytes[at + 6] = byte;
        }
        *(struct header *)(packet + 8) = header;
        sum += packet[i & 63];
    }
    return sum;
}
