/* kernels.c: small programs whose speed depends on what a code generator recovers. Compiled by the host's
 * compiler and for eBPF alike; kernels_run.c times them. Each gets 4,096 bytes and how often to do its work.
 */
#define KERNEL(name)                                                                                         \
    __attribute__((section("bench/" #name), used)) unsigned long long kernel_##name(                         \
        unsigned char *memory, unsigned long long count)

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

/* Decimal digits: division and remainder by 10. */
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

/* The same in 32 bits, by a divisor whose reciprocal needs 33: days since a Monday. */
KERNEL(weekday)
{
    u64 sum = 0;
    (void)memory;
    for (u64 i = 0; i < count; i++) {
        u32 day = (u32)i * 2654435761u;
        sum += day % 7 + day / 7;
    }
    return sum;
}

/* Headers of packets whose addresses are not aligned: numbers byte by byte, in network order. */
static inline u32 be32(const u8 *p) { return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3]; }
static inline u16 be16(const u8 *p) { return (u16)(p[0] << 8 | p[1]); }

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

/* The internet checksum, by halves. */
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

/* More numbers than eBPF has registers: a block of a stream cipher. */
#define ROUND(a, b, c, d)                                                                                    \
    a += b, d = (d ^ a) << 16 | (d ^ a) >> 16, c += d, b = (b ^ c) << 12 | (b ^ c) >> 20, a += b,            \
            d = (d ^ a) << 8 | (d ^ a) >> 24, c += d, b = (b ^ c) << 7 | (b ^ c) >> 25

KERNEL(cipher)
{
    u32 *state = (u32 *)memory, sum = 0;
    for (u64 i = 0; i < count; i++) {
        u32 x0 = state[0], x1 = state[1], x2 = state[2], x3 = state[3], x4 = state[4], x5 = state[5],
            x6 = state[6], x7 = state[7], x8 = state[8], x9 = state[9], xa = state[10], xb = state[11],
            xc = (u32)i, xd = state[13], xe = state[14], xf = state[15];
        for (int round = 0; round < 10; round++) {
            ROUND(x0, x4, x8, xc);
            ROUND(x1, x5, x9, xd);
            ROUND(x2, x6, xa, xe);
            ROUND(x3, x7, xb, xf);
            ROUND(x0, x5, xa, xf);
            ROUND(x1, x6, xb, xc);
            ROUND(x2, x7, x8, xd);
            ROUND(x3, x4, x9, xe);
        }
        sum += x0 ^ x1 ^ x2 ^ x3 ^ x4 ^ x5 ^ x6 ^ x7 ^ x8 ^ x9 ^ xa ^ xb ^ xc ^ xd ^ xe ^ xf;
    }
    return sum;
}

/* Insertion sort of 32 numbers. */
KERNEL(sort)
{
    u32 *numbers = (u32 *)(memory + 2048);
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        for (u32 at = 0; at < 32; at++) {
            u32 number = (u32)(i + at) * 2654435761u, to = at;
            for (; to > 0 && numbers[to - 1] > number; to--) numbers[to] = numbers[to - 1];
            numbers[to] = number;
        }
        sum += numbers[i & 31];
    }
    return sum;
}

/* A hash by multiplication and rotation. */
KERNEL(hash)
{
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        const u64 *words = (const u64 *)memory;
        u64 h = i;
        for (int at = 0; at < 32; at++) {
            u64 w = words[at] * 0x87c37b91114253d5u;
            h ^= (w << 31 | w >> 33) * 0x4cf5ad432745937fu;
            h = (h << 27 | h >> 37) * 5 + 0x52dce729;
        }
        sum += h;
    }
    return sum;
}

/* The smallest and the largest of numbers: moves that depend on a comparison. */
KERNEL(extremes)
{
    const u32 *numbers = (const u32 *)memory;
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        u32 least = ~0u, most = 0;
        for (u32 at = 0; at < 512; at++) {
            u32 n = numbers[at] ^ (u32)i;
            if (n < least) least = n;
            if (n > most) most = n;
        }
        sum += most - least;
    }
    return sum;
}
