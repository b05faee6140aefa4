/* CRC-32 by a table that the kernel makes itself. */
#include "kernel.h"

KERNEL(crc)
{
    u32 *table = (u32 *)(memory + 32768), crc = 0;
    for (u32 n = 0; n < 256; n++) {
        u32 c = n;
        for (u32 bit = 0; bit < 8; bit++) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
        table[n] = c;
    }
    for (u64 i = 0; i < count; i++) {
        crc = ~crc;
        for (u32 at = 0; at < 1024; at++) crc = table[(crc ^ memory[at]) & 255] ^ crc >> 8;
        crc = ~crc;
    }
    return crc;
}
