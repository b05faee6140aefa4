/* Base64 of 48 bytes at a time: shifts, a table, and a line's length by division by a constant. */
#include "kernel.h"

KERNEL(base64)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        const u8 *from = memory + (i & 255) * 48;
        u8 *to = memory + 32768;
        for (u32 at = 0; at < 48; at += 3) {
            u32 bits = (u32)from[at] << 16 | (u32)from[at + 1] << 8 | from[at + 2];
            *to++ = (u8)letters[bits >> 18];
            *to++ = (u8)letters[bits >> 12 & 63];
            *to++ = (u8)letters[bits >> 6 & 63];
            *to++ = (u8)letters[bits & 63];
        }
        sum += memory[32768 + i % 61] + i / 76;
    }
    return sum;
}
