/* test_interp.c: every instruction, with boundary values, and the sequences that one handler does. */
#include "engines.h"

/* ---- arithmetic ---- */

/* a op b in 64 bits and, from the low halves, in 32. */
static const struct {
    const char *op;
    uint64_t a, b, in64, in32;
} alu[] = {
    {"+=", 1, 2, 3, 3},
    {"+=", MAX64, 1, 0, 0},
    {"+=", 0x7fffffff, 1, 0x80000000, 0x80000000},
    {"+=", 0xffffffff, MAX64, 0xfffffffe, 0xfffffffe},
    {"-=", 1, 2, MAX64, 0xffffffff},
    {"-=", 0, INT64_LO, INT64_LO, 0},
    {"-=", 5, MAX64, 6, 6},
    {"*=", 0x100000001, 0x100000001, 0x200000001, 1},
    {"*=", MAX64, MAX64, 1, 1},
    {"*=", 3, (uint64_t)-7, (uint64_t)-21, 0xffffffeb},
    {"/=", 7, 2, 3, 3},
    {"/=", 7, 0, 0, 0},
    {"/=", MAX64, 2, 0x7fffffffffffffff, 0x7fffffff},
    {"/=", 8, 0x100000000, 0, 0},
    {"/=", 8, MAX64, 0, 0},
    {"s/=", (uint64_t)-7, 2, (uint64_t)-3, 0xfffffffd},
    {"s/=", 7, (uint64_t)-2, (uint64_t)-3, 0xfffffffd},
    {"s/=", 7, 0, 0, 0},
    {"s/=", INT64_LO, MAX64, INT64_LO, 0},
    {"s/=", 0x80000000, MAX64, 0xffffffff80000000, 0x80000000},
    {"|=", 0xf0f0, 0x0f0f, 0xffff, 0xffff},
    {"|=", 1, INT64_LO, 0x8000000000000001, 1},
    {"|=", 1, (uint64_t)-16, (uint64_t)-15, 0xfffffff1},
    {"&=", 0xff00ff00ff00ff00, 0xffff0000ffff0000, 0xff000000ff000000, 0xff000000},
    {"&=", MAX64, (uint64_t)-16, (uint64_t)-16, 0xfffffff0},
    {"<<=", 1, 31, 0x80000000, 0x80000000},
    {"<<=", 0x100000001, 4, 0x1000000010, 0x10},
    {">>=", INT64_LO, 31, 0x100000000, 0},
    {">>=", 0x80000000, 31, 1, 1},
    {">>=", MAX64, 0, MAX64, 0xffffffff},
    {"s>>=", INT64_LO, 31, 0xffffffff00000000, 0},
    {"s>>=", 0x80000000, 31, 1, 0xffffffff},
    {"s>>=", (uint64_t)-16, 2, (uint64_t)-4, 0xfffffffc},
    {"s>>=", (uint64_t)-16, 0, (uint64_t)-16, 0xfffffff0},
    {"%=", 7, 4, 3, 3},
    {"%=", 7, 0, 7, 7},
    {"%=", 0x500000007, 0, 0x500000007, 7},
    {"%=", MAX64, 10, 5, 5},
    {"s%=", (uint64_t)-7, 4, (uint64_t)-3, 0xfffffffd},
    {"s%=", 7, (uint64_t)-4, 3, 3},
    {"s%=", 7, 0, 7, 7},
    {"s%=", INT64_LO, MAX64, 0, 0},
    {"s%=", 0x80000000, MAX64, 0, 0},
    {"^=", 0xff00ff, MAX64, 0xffffffffff00ff00, 0xff00ff00},
    {"^=", 5, 5, 0, 0},
    {"=", 5, 0xfffffffe87654321, 0xfffffffe87654321, 0x87654321},
    {"=", 5, (uint64_t)-1, MAX64, 0xffffffff},
    /* shifts by the width and more: the count is masked, also in an immediate */
    {"<<=", 1, 32, 0x100000000, 1},
    {"<<=", 1, 33, 0x200000000, 2},
    {"<<=", 3, 64, 3, 3},
    {"<<=", 1, 127, INT64_LO, 0x80000000},
    {"<<=", 1, MAX64, INT64_LO, 0x80000000},
    {">>=", INT64_LO, 64, INT64_LO, 0},
    {">>=", 0xf00000000, 32, 15, 0},
    {">>=", 0x80000000, 95, 1, 1},
    {">>=", MAX64, MAX64, 1, 1},
    {"s>>=", INT64_LO, 127, MAX64, 0},
    {"s>>=", 0x80000000, 32, 0, 0x80000000},
    {"s>>=", 0x80000000, 63, 0, 0xffffffff},
    {"s>>=", INT64_LO | 0x80000000, MAX64, MAX64, 0xffffffff},
    /* a 32-bit operation that changes nothing still clears the upper half */
    {"+=", MAX64, 0, MAX64, 0xffffffff},
    {"-=", MAX64, 0, MAX64, 0xffffffff},
    {"*=", MAX64, 1, MAX64, 0xffffffff},
    {"/=", MAX64, 1, MAX64, 0xffffffff},
    {"|=", MAX64, 0, MAX64, 0xffffffff},
    {"&=", MAX64, MAX64, MAX64, 0xffffffff},
    {"^=", MAX64, 0, MAX64, 0xffffffff},
    {"<<=", MAX64, 0, MAX64, 0xffffffff},
    {"%=", INT64_LO | 5, 0, INT64_LO | 5, 5},
    {"s/=", MAX64, 1, MAX64, 0xffffffff},
    {"s%=", INT64_LO | 5, 0, INT64_LO | 5, 5},
    /* the halves do not get mixed up: divisors that are 0 in 32 bits, numbers negative in one width only */
    {"/=", 0x700000008, 0x200000000, 3, 0},
    {"%=", 0x700000008, 0x200000000, 0x100000008, 8},
    {"s/=", 0x700000008, 0x200000000, 3, 0},
    {"s%=", 0x700000008, 0x200000000, 0x100000008, 8},
    {"s/=", 0xfffffff8, 2, 0x7ffffffc, 0xfffffffc},
    {"s%=", 0xfffffff9, 4, 1, 0xfffffffd},
    {"s/=", INT64_LO, 0xffffffff, 0xffffffff80000000, 0},
    {"s%=", 7, MAX64, 0, 0},
};

static int fits32(uint64_t v) { return v == (uint64_t)(int64_t)(int32_t)v; }

static void check_alu(void)
{
    char text[256];
    for (size_t i = 0; i < sizeof alu / sizeof *alu; i++) {
        const char *op = alu[i].op;
        unsigned long long a = alu[i].a, b = alu[i].b;
        CASE("0x%llx %s 0x%llx", a, op, b);
        snprintf(text, sizeof text, "r3 = 0x%llx ll\nr4 = 0x%llx ll\nr3 %s r4\nr0 = r3\nexit\n", a, b, op);
        CHECK_INT(value_of(text), alu[i].in64);
        snprintf(text, sizeof text, "r3 = 0x%llx ll\nr4 = 0x%llx ll\nw3 %s w4\nr0 = r3\nexit\n", a, b, op);
        CHECK_INT(value_of(text), alu[i].in32);
        if (!fits32(b)) continue;
        snprintf(text, sizeof text, "r3 = 0x%llx ll\nr3 %s %lld\nr0 = r3\nexit\n", a, op, (long long)b);
        CHECK_INT(value_of(text), alu[i].in64);
        snprintf(text, sizeof text, "r3 = 0x%llx ll\nw3 %s %lld\nr0 = r3\nexit\n", a, op, (long long)b);
        CHECK_INT(value_of(text), alu[i].in32);
    }
}

/* One operand: r0 goes through the line. */
static const struct {
    const char *line;
    uint64_t in, out;
} unary[] = {
    {"r0 = -r0", 5, (uint64_t)-5},
    {"r0 = -r0", INT64_LO, INT64_LO},
    {"w0 = -w0", 0x500000005, 0xfffffffb},
    {"w0 = -w0", 0x80000000, 0x80000000},
    {"r0 = (s8)r0", 0x1180, 0xffffffffffffff80},
    {"r0 = (s16)r0", 0x118000, 0xffffffffffff8000},
    {"r0 = (s32)r0", 0x1180000000, 0xffffffff80000000},
    {"r0 = (s32)r0", 0x117fffffff, 0x7fffffff},
    {"w0 = (s8)w0", 0x1180, 0xffffff80},
    {"w0 = (s8)w0", MAX64 - 0x80, 0x7f},
    {"w0 = (s16)w0", 0x118000, 0xffff8000},
    {"r1 = r0\nr0 = (s8)r1", 0x1180, 0xffffffffffffff80},
    {"r1 = r0\nr0 = (s16)r1", 0x117fff, 0x7fff},
    {"r1 = r0\nr0 = (s32)r1", 0x11ffffffff, MAX64},
    {"r1 = r0\nw0 = (s8)w1", MAX64, 0xffffffff},
    {"r1 = r0\nw0 = (s16)w1", 0xffffffff00008000, 0xffff8000},
    {"w0 = w0", MAX64, 0xffffffff},
    {"r0 = bswap16 r0", 0x1122334455667788, 0x8877},
    {"r0 = bswap32 r0", 0x1122334455667788, 0x88776655},
    {"r0 = bswap64 r0", 0x1122334455667788, 0x8877665544332211},
    {"r1 = 65\nr2 = 1\nr2 <<= r1\nr0 += r2", 0, 2}, /* shift counts are masked */
    {"r1 = 33\nr2 = 1\nw2 <<= w1\nr0 += r2", 0, 2},
    {"r1 = 127\nr0 s>>= r1", INT64_LO, MAX64},
    {"r1 = -1\nw0 >>= w1", 0x80000000, 1},
    {"r0 = 0x123456789abcdef0 ll", 0, 0x123456789abcdef0},
    {"r0 = -1 ll", 0, MAX64},
};

/* Byte order: what a value becomes on a little-endian and on a big-endian host. */
static const struct {
    const char *line;
    uint64_t little, big;
} order[] = {
    {"r0 = le16 r0", 0x7788, 0x8877},
    {"r0 = le32 r0", 0x55667788, 0x88776655},
    {"r0 = le64 r0", 0x1122334455667788, 0x8877665544332211},
    {"r0 = be16 r0", 0x8877, 0x7788},
    {"r0 = be32 r0", 0x88776655, 0x55667788},
    {"r0 = be64 r0", 0x8877665544332211, 0x1122334455667788},
};

static void check_unary(void)
{
    char text[256];
    for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) {
        CASE("%s of 0x%llx", unary[i].line, (unsigned long long)unary[i].in);
        snprintf(text, sizeof text, "r0 = 0x%llx ll\n%s\nexit\n", (unsigned long long)unary[i].in,
                 unary[i].line);
        CHECK_INT(value_of(text), unary[i].out);
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        CASE("%s", order[i].line);
        snprintf(text, sizeof text, "r0 = 0x1122334455667788 ll\n%s\nexit\n", order[i].line);
        CHECK_INT(value_of(text), MYBPF_BIG_ENDIAN ? order[i].big : order[i].little);
    }
}

/* ---- jumps ---- */

static const struct {
    const char *op;
    uint64_t a, b;
    int in64, in32; /* taken? */
} jumps[] = {
    {"==", 5, 5, 1, 1},
    {"==", 0x100000005, 5, 0, 1},
    {"!=", 5, 6, 1, 1},
    {"!=", 0x100000005, 5, 1, 0},
    {"!=", 5, 5, 0, 0},
    {">", 6, 5, 1, 1},
    {">", 5, 5, 0, 0},
    {">", 0x100000000, 5, 1, 0},
    {">", MAX64, 5, 1, 1},
    {">=", 5, 5, 1, 1},
    {">=", 4, 5, 0, 0},
    {">=", 4, MAX64, 0, 0},
    {"<", 4, 5, 1, 1},
    {"<", 5, 5, 0, 0},
    {"<", 0x100000000, 5, 0, 1},
    {"<=", 5, 5, 1, 1},
    {"<=", 6, 5, 0, 0},
    {"<=", 6, MAX64, 1, 1},
    {"s>", MAX64, 0, 0, 0},
    {"s>", 1, MAX64, 1, 1},
    {"s>", 0x80000000, 0, 1, 0},
    {"s>=", MAX64, MAX64, 1, 1},
    {"s>=", INT64_LO, 0, 0, 1},
    {"s<", MAX64, 0, 1, 1},
    {"s<", 0x80000000, 0, 0, 1},
    {"s<", 1, 1, 0, 0},
    {"s<=", 1, 1, 1, 1},
    {"s<=", 2, 1, 0, 0},
    {"s<=", INT64_LO, (uint64_t)-5, 1, 0},
    {"&", 6, 2, 1, 1},
    {"&", 4, 3, 0, 0},
    {"&", INT64_LO, INT64_LO, 1, 0},
    {"&", 0x80000000, (uint64_t)-0x80000000ll, 1, 1},
};

static void check_jumps(void)
{
    char text[320];
    for (size_t i = 0; i < sizeof jumps / sizeof *jumps; i++) {
        unsigned long long a = jumps[i].a, b = jumps[i].b;
        CASE("0x%llx %s 0x%llx", a, jumps[i].op, b);
        for (int form = 0; form < 4; form++) {
            char letter = form & 1 ? 'w' : 'r', right[32];
            if ((form & 2) && !fits32(b)) continue;
            if (form & 2)
                snprintf(right, sizeof right, "%lld", (long long)b);
            else
                snprintf(right, sizeof right, "%c4", letter);
            snprintf(text, sizeof text,
                     "r3 = 0x%llx ll\nr4 = 0x%llx ll\nr0 = 1\nif %c3 %s %s goto +1\nr0 = 0\nexit\n", a, b,
                     letter, jumps[i].op, right);
            CHECK_INT(value_of(text), form & 1 ? jumps[i].in32 : jumps[i].in64);
        }
    }
    CASE("goto");
    CHECK_INT(value_of("r0 = 1\ngoto +1\nl: exit\ngoto l\n"), 1);
    CHECK_INT(value_of("r0 = 1\ngotol +1\nl: exit\ngotol l\n"), 1);
}

/* ---- memory ---- */

static const struct {
    const char *type;
    size_t size;
    int is_signed, store;
} accesses[] = {
    {"u8", 1, 0, 1}, {"u16", 2, 0, 1}, {"u32", 4, 0, 1}, {"u64", 8, 0, 1},
    {"s8", 1, 1, 0}, {"s16", 2, 1, 0}, {"s32", 4, 1, 0},
};

static uint64_t read_as(const uint8_t *at, size_t size, int is_signed)
{
    uint8_t v8;
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;
    switch (size) {
    case 1: memcpy(&v8, at, 1); return is_signed ? (uint64_t)(int8_t)v8 : v8;
    case 2: memcpy(&v16, at, 2); return is_signed ? (uint64_t)(int16_t)v16 : v16;
    case 4: memcpy(&v32, at, 4); return is_signed ? (uint64_t)(int32_t)v32 : v32;
    default: memcpy(&v64, at, 8); return v64;
    }
}

static void check_access(size_t i, int at, int base, mybpf_trust trust)
{
    static const uint8_t pattern[32] = {0x81, 0x12, 0xa3, 0x34, 0xc5, 0x56, 0xe7, 0x78, 0x99, 0x8a, 0xbb,
                                        0x9c, 0xdd, 0xae, 0xff, 0x80, 0x01, 0x82, 0x03, 0x84, 0x05, 0x86,
                                        0x07, 0x88, 0x09, 0x8a, 0x0b, 0x8c, 0x0d, 0x8e, 0x0f, 0x80};
    const char *type = accesses[i].type;
    size_t size = accesses[i].size;
    uint8_t memory[32];
    char text[256];
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.ctx = memory;
    opts.ctx_size = sizeof memory;
    CASE("%s at %d + %d", type, base, at);
    memcpy(memory, pattern, sizeof memory);
    snprintf(text, sizeof text, "r1 += %d\nr0 = *(%s *)(r1 %+d)\nexit\n", base, type, at);
    CHECK_INT(run_text(text, trust, &opts).r0, read_as(pattern + base + at, size, accesses[i].is_signed));
    if (!accesses[i].store) return;
    for (int imm = 0; imm < 2; imm++) {
        uint64_t value = imm ? (uint64_t)-0x1234567 : 0x1122334455667788;
        memcpy(memory, pattern, sizeof memory);
        if (imm)
            snprintf(text, sizeof text, "r1 += %d\n*(%s *)(r1 %+d) = -0x1234567\nr0 = 0\nexit\n", base, type,
                     at);
        else
            snprintf(text, sizeof text,
                     "r1 += %d\nr3 = 0x1122334455667788 ll\n*(%s *)(r1 %+d) = r3\nr0 = 0\nexit\n", base, type,
                     at);
        CHECK_INT(run_text(text, trust, &opts).status, 0);
        CHECK_INT(read_as(memory + base + at, size, 0), size == 8 ? value : value & ((1ull << 8 * size) - 1));
        CHECK(!memcmp(memory, pattern, (size_t)(base + at)));
        CHECK(!memcmp(memory + base + at + size, pattern + base + at + size,
                      sizeof memory - (size_t)(base + at) - size));
    }
}

static void check_memory(void)
{
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        check_access(i, 0, 0, TRUSTED);
        check_access(i, 3, 0, TRUSTED); /* not aligned */
        check_access(i, -5, 9, TRUSTED);
        check_access(i, 0, 0, GUARDED);
        check_access(i, -1, 2, GUARDED);
        check_access(i, (int)(32 - accesses[i].size), 0, GUARDED);
    }
}

/* Packets: network order, and the end of the run where there is none. */
static const struct {
    const char *line;
    uint64_t want;
} packets[] = {
    {"r0 = *(u8 *)skb[0]", 0x11},
    {"r0 = *(u8 *)skb[7]", 0x88},
    {"r0 = *(u16 *)skb[1]", 0x2233},
    {"r0 = *(u32 *)skb[4]", 0x55667788},
    {"r0 = *(u8 *)skb[8]", 0},
    {"r0 = *(u32 *)skb[5]", 0},
    {"r0 = *(u8 *)skb[-1]", 0},
    {"r3 = 2\nr0 = *(u8 *)skb[r3 + 1]", 0x44},
    {"r3 = 2\nr0 = *(u16 *)skb[r3 + 1]", 0x4455},
    {"r3 = 2\nr0 = *(u32 *)skb[r3 + 2]", 0x55667788},
    {"r3 = 5\nr0 = *(u32 *)skb[r3 - 1]", 0x55667788},
    {"r3 = -1\nr0 = *(u8 *)skb[r3 + 0]", 0},
    {"r3 = 0x100000002 ll\nr0 = *(u8 *)skb[r3 + 0]", 0x33},
};

static void check_packets(void)
{
    uint8_t packet[8] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
    char text[256];
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    for (int as_packet = 0; as_packet < 2; as_packet++) {
        opts.ctx = packet;
        opts.ctx_size = 8;
        if (as_packet) {
            opts.ctx_size = 3; /* the packet counts, not the context */
            opts.packet = packet;
            opts.packet_size = 8;
        }
        for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
            outcome out;
            CASE("%s", packets[i].line);
            snprintf(text, sizeof text, "r6 = r1\nr0 = 5\n%s\nexit\n", packets[i].line);
            out = run_text(text, TRUSTED, &opts);
            CHECK_INT(out.status, 0);
            CHECK_INT(out.r0, packets[i].want);
        }
    }
    CASE("registers after a packet load");
    CHECK_INT(run_text("r6 = r1\nr1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\nr0 = *(u8 *)skb[0]\nr0 = r1\nr0 += "
                       "r2\nr0 += r3\n"
                       "r0 += r4\nr0 += r5\nexit\n",
                       TRUSTED, &opts)
                  .r0,
              0);
    CASE("the end out of a function");
    CHECK_INT(run_text("r6 = r1\ncall f\nr0 = 7\nexit\nf: r0 = *(u8 *)skb[100]\nexit\n", TRUSTED, &opts).r0,
              0);
}

/* ---- atomics: *(r10 - 8) holds `memory`, r3 and r0 the operands ---- */

static const struct {
    const char *line;
    uint64_t memory, r0, r3;                   /* before */
    uint64_t memory_after, r0_after, r3_after; /* r0 = 0 where the instruction has nothing to do with it */
} atomics[] = {
    {"lock *(u64 *)(r10 - 8) += r3", 5, 0, MAX64, 4, 0, MAX64},
    {"lock *(u64 *)(r10 - 8) |= r3", 5, 0, INT64_LO, INT64_LO | 5, 0, INT64_LO},
    {"lock *(u64 *)(r10 - 8) &= r3", MAX64, 0, INT64_LO, INT64_LO, 0, INT64_LO},
    {"lock *(u64 *)(r10 - 8) ^= r3", MAX64, 0, 5, MAX64 - 5, 0, 5},
    {"r3 = atomic_fetch_add((u64 *)(r10 - 8), r3)", 5, 0, MAX64, 4, 0, 5},
    {"r3 = atomic_fetch_or((u64 *)(r10 - 8), r3)", 5, 0, 10, 15, 0, 5},
    {"r3 = atomic_fetch_and((u64 *)(r10 - 8), r3)", MAX64, 0, 10, 10, 0, MAX64},
    {"r3 = atomic_fetch_xor((u64 *)(r10 - 8), r3)", MAX64, 0, 1, MAX64 - 1, 0, MAX64},
    {"r3 = xchg_64(r10 - 8, r3)", MAX64, 0, 1, 1, 0, MAX64},
    {"r0 = cmpxchg_64(r10 - 8, r0, r3)", MAX64, MAX64, 1, 1, MAX64, 1},
    {"r0 = cmpxchg_64(r10 - 8, r0, r3)", MAX64, 0xffffffff, 1, MAX64, MAX64, 1},
    {"lock *(u32 *)(r10 - 8) += r3", 0xaaaaaaaaffffffff, 0, 1, 0xaaaaaaaa00000000, 0, 1},
    {"lock *(u32 *)(r10 - 8) |= r3", 0xaaaaaaaa00000000, 0, MAX64, 0xaaaaaaaaffffffff, 0, MAX64},
    {"lock *(u32 *)(r10 - 8) &= r3", 0xaaaaaaaaffffffff, 0, 5, 0xaaaaaaaa00000005, 0, 5},
    {"lock *(u32 *)(r10 - 8) ^= r3", 0xaaaaaaaaffffffff, 0, 5, 0xaaaaaaaafffffffa, 0, 5},
    {"w3 = atomic_fetch_add((u32 *)(r10 - 8), w3)", 0xaaaaaaaaffffffff, 0, MAX64, 0xaaaaaaaafffffffe, 0,
     0xffffffff},
    {"w3 = atomic_fetch_or((u32 *)(r10 - 8), w3)", 0xaaaaaaaa00000001, 0, INT64_LO | 2, 0xaaaaaaaa00000003, 0,
     1},
    {"w3 = atomic_fetch_and((u32 *)(r10 - 8), w3)", 0xaaaaaaaaffffffff, 0, 4, 0xaaaaaaaa00000004, 0,
     0xffffffff},
    {"w3 = atomic_fetch_xor((u32 *)(r10 - 8), w3)", 0xaaaaaaaaffffffff, 0, 1, 0xaaaaaaaafffffffe, 0,
     0xffffffff},
    {"w3 = xchg32_32(r10 - 8, w3)", 0xaaaaaaaaffffffff, 0, 0x500000001, 0xaaaaaaaa00000001, 0, 0xffffffff},
    {"w0 = cmpxchg32_32(r10 - 8, w0, w3)", 0xaaaaaaaaffffffff, MAX64, 1, 0xaaaaaaaa00000001, 0xffffffff, 1},
    {"w0 = cmpxchg32_32(r10 - 8, w0, w3)", 0xaaaaaaaa80000000, 0x580000001, 1, 0xaaaaaaaa80000000, 0x80000000,
     1},
    {"w3 = load_acquire((u8 *)(r10 - 8))", 0x8182838485868788, 0, 0, 0x8182838485868788, 0, 0x88},
    {"w3 = load_acquire((u16 *)(r10 - 8))", 0x8182838485868788, 0, 0, 0x8182838485868788, 0, 0x8788},
    {"w3 = load_acquire((u32 *)(r10 - 8))", 0x8182838485868788, 0, 0, 0x8182838485868788, 0, 0x85868788},
    {"r3 = load_acquire((u64 *)(r10 - 8))", 0x8182838485868788, 0, 0, 0x8182838485868788, 0,
     0x8182838485868788},
    {"store_release((u8 *)(r10 - 8), w3)", 0x8182838485868788, 0, 0x1111, 0x8182838485868711, 0, 0x1111},
    {"store_release((u16 *)(r10 - 8), w3)", 0x8182838485868788, 0, 0x1111111111, 0x8182838485861111, 0,
     0x1111111111},
    {"store_release((u32 *)(r10 - 8), w3)", 0x8182838485868788, 0, 0x1111111111, 0x8182838411111111, 0,
     0x1111111111},
    {"store_release((u64 *)(r10 - 8), r3)", 0x8182838485868788, 0, 0x1111, 0x1111, 0, 0x1111},
};

static void check_atomics(void)
{
    char text[512];
    for (size_t i = 0; i < sizeof atomics / sizeof *atomics; i++) {
        static const char *const results[] = {"r0 = *(u64 *)(r10 - 8)", "", "r0 = r3"};
        const uint64_t want[3] = {atomics[i].memory_after, atomics[i].r0_after, atomics[i].r3_after};
        char line[128];
        snprintf(line, sizeof line, "%s", atomics[i].line);
        if (MYBPF_BIG_ENDIAN) { /* the low bytes of the eight at r10 - 8 are the last ones */
            const char *type = strstr(line, "(u");
            int bits = type ? atoi(type + 2) : strstr(line, "32_32") ? 32 : 64;
            strstr(line, "r10 - 8")[6] = (char)('0' + bits / 8);
        }
        for (int k = 0; k < 3; k++) {
            CASE("%s, result %d", line, k);
            snprintf(text, sizeof text,
                     "r0 = 0x%llx ll\nr3 = 0x%llx ll\nr4 = 0x%llx ll\n*(u64 *)(r10 - 8) = r4\n%s\n%s\nexit\n",
                     (unsigned long long)atomics[i].r0, (unsigned long long)atomics[i].r3,
                     (unsigned long long)atomics[i].memory, line, results[k]);
            CHECK_INT(value_of(text), want[k]);
        }
    }
}

/* Their processors refuse what a trusted program is not stopped from: only the interpreter has it. */
#if defined(__aarch64__) || defined(__riscv)
enum { NATIVE_ATOMICS_ARE_ALIGNED = 1 };
#else
enum { NATIVE_ATOMICS_ARE_ALIGNED = 0 };
#endif

RUN_TEST(interp, atomics_at_odd_addresses)
{
    static setup s;
    static const char text[] =
        "r1 = 7\n*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -13\n"
        "lock *(u64 *)(r2 + 0) += r1\nlock *(u32 *)(r2 + 1) += r1\nr0 = *(u64 *)(r10 - 13)\nexit\n";
    outcome out = run_text(text, GUARDED, NULL);
    CHECK_INT(out.status, MYBPF_FAULT_ACCESS);
    CHECK_INT(out.insn, 5);
    if (make(&s, text, TRUSTED, 0)) out = NATIVE_ATOMICS_ARE_ALIGNED ? run(&s, NULL) : run_all(&s, NULL);
    end(&s);
    CHECK_INT(out.status, 0);
    CHECK_INT(out.r0, MYBPF_BIG_ENDIAN ? 0x7000007 : 0x707);
    CASE("known when loaded");
    out = run_text("r1 = 7\n*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 8) = 0\nlock *(u64 *)(r10 - 13) += r1\nr0 "
                   "= 0\nexit\n",
                   GUARDED, NULL);
    CHECK_INT(out.status, MYBPF_FAULT_ACCESS);
    CHECK_INT(out.insn, 3);
}

/* ---- calls ---- */

static void check_calls(void)
{
    char text[512];
    CASE("helper");
    snprintf(text, sizeof text, "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\nr6 = 6\ncall %d\nr0 += r6\nexit\n",
             SUM);
    CHECK_INT(value_of(text), 54321 + 6);
    CASE("helper by number");
    snprintf(text, sizeof text, "r6 = %d\nr1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncallx r6\nexit\n", SUM);
    CHECK_INT(value_of(text), 54321);
    CASE("local");
    CHECK_INT(value_of("r1 = 3\nr2 = 4\nr6 = 100\nr7 = 200\nr8 = 300\nr9 = 400\ncall f\nr0 += r6\nr0 += "
                       "r7\nr0 += r8\nr0 += r9\n"
                       "exit\nf: r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\nr0 = r1\nr0 *= r2\nexit\n"),
              1012);
    CASE("pointer");
    CHECK_INT(value_of("r6 = 0x46550005 ll\nr1 = 20\ncallx r6\nexit\nr0 = r1\nr0 += 22\nexit\n"), 42);
    CASE("frames");
    CHECK_INT(
        value_of("*(u64 *)(r10 - 8) = 1\n*(u64 *)(r10 - 512) = 2\ncall f\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\n"
                 "r1 = *(u64 *)(r10 - 512)\nr0 += r1\nexit\n"
                 "f: *(u64 *)(r10 - 8) = 10\n*(u64 *)(r10 - 512) = 20\nr0 = *(u64 *)(r10 - 8)\nexit\n"),
        13);
    CASE("may_goto");
    CHECK_INT(value_of("r0 = 0\nl: may_goto out\nr0 += 1\ngoto l\nout: exit\n"), MYBPF_MAY_GOTO);
}

/* Every row of the instruction table, but the one that is always refused. */
RUN_TEST(interp, every_instruction)
{
    memset(covered, 0, sizeof covered);
    check_alu();
    check_unary();
    check_jumps();
    check_memory();
    check_packets();
    check_atomics();
    check_calls();
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        CASE("operation %d", op);
        CHECK(covered[op] || op == MYBPF_OP_CALL_KFUNC);
    }
}

/* Sequences that one handler does must do what they did one by one. Each computes r0 from r1 and r2. */
RUN_TEST(interp, fused_sequences)
{
    static const struct {
        const char *text;
        uint64_t want; /* r1 = 7, r2 = 3 */
    } rows[] = {
        {"r3 = r1\nr3 += r2\nr0 = r3", 10},
        {"r3 = r1\nr3 += r3\nr0 = r3", 14}, /* the second operand is what was just copied */
        {"r3 = r1\nr3 -= r2\nr0 = r3", 4},
        {"r3 = r1\nr3 <<= 4\nr0 = r3", 112},
        {"w3 = w1\nw3 -= 8\nr0 = r3", 0xffffffff},
        {"r3 = r1\nw3 -= 8\nr0 = r3", 0xffffffff},
        {"r3 = r1\nr4 = r3\nr0 = r4", 7},
        {"r3 = r1\nr1 = r2\nr2 = r3\nr0 = r1\nr0 <<= 8\nr0 += r2", 0x307},
        {"r3 = r1\nr3 += r2\nr1 = r2\nr2 = r3\nr0 = r1\nr0 <<= 8\nr0 += r2", 0x30a},
        {"r3 = r1\nr3 += r2\nr4 = r2\nr1 = r2\nr2 = r3\nr0 = r1\nr0 <<= 8\nr0 += r2\nr0 <<= 8\nr0 += r4",
         0x30a03},
        {"r3 = r1\nr3 += r2\nr2 = r2\nr2 = r3\nr0 = r2", 10},
        {"r3 = r1\nr3 += r2\nr3 = r2\nr2 = r3\nr0 = r2", 3},
        {"r0 = 0\nl: r0 += 2\nr2 += -1\nif r2 != 0 goto l", 6},
        {"r0 = 0\nr3 = 0\nl: r3 += 1\nr0 += 2\nif r1 > r3 goto l", 14},
        {"r0 = 0\nr3 = 0\nl: r3 += 1\nr0 += r3\nif r1 > r3 goto l", 28}, /* the counter is in use */
        {"r0 = 0\nr3 = 0\nl: r3 += 1\nr0 += 2\nif r3 < r1 goto l", 14},
        {"r0 = 0\nr3 = 0\nl: w3 += -1\nw0 += 2\nif w3 s> -5 goto l", 10},
        {"r0 = 0\nr3 = 0\nl: r3 += 1\nr3 += 1\nr0 += 1\nif r3 <= r1 goto l", 4},
        {"r0 = 0\nr3 = 0\nl: r3 += 1\nr0 += 2\nif r1 != r3 goto l", 14}, /* the counter on the right */
        {"r0 = 0\nr3 = 0\nl: r3 += 1\nr0 += 2\nif r1 >= r3 goto l", 16},
        {"r0 = 9\nr3 = 6\nr3 += 1\nif r1 == r3 goto m\nr0 = 0\nm: r0 += 1", 10},
        {"r0 = 9\nr3 = 6\nr3 += 2\nif r1 == r3 goto m\nr0 = 0\nm: r0 += 1", 1},
        {"r0 = 9\nr3 = -9\nw3 += 2\nif w1 s>= w3 goto m\nr0 = 0\nm: r0 += 1", 10},
        {"r0 = 0\nr3 = 7\nl: r3 += 1\nr0 += 1\nif r3 > r3 goto l", 1},
        {"r0 = 0\nr3 = 0x100000000 ll\nl: w3 += 1\nr0 += 1\nif r3 < r1 goto l", 7},
        {"r0 = 0\nr3 = 0x100000000 ll\nl: r3 += 1\nr0 += 1\nif w3 < w1 goto l", 7},
        {"r0 = 0\nl: r3 = r1\nr3 += r2\nr1 = r2\nr2 = r3\nif r2 < 100 goto l\nr0 = r2", 154},
        {"if r1 == 0 goto m\nr3 = r1\nm: r3 = r2\nr0 = r3", 3}, /* a block starts inside */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int guarded = 0; guarded < 2; guarded++) {
            char text[512];
            outcome out;
            CASE("%s%s", rows[i].text, guarded ? " (guarded)" : "");
            snprintf(text, sizeof text, "r1 = 7\nr2 = 3\n%s\nexit\n", rows[i].text);
            out = run_text(text, guarded ? GUARDED : TRUSTED, NULL);
            CHECK_INT(out.status, 0);
            CHECK_INT(out.r0, rows[i].want);
        }
    }
}
