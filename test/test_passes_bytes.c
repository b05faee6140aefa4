/* test_passes_bytes.c: what passes make of numbers that are loaded, stored and copied in parts (passes.h). */
#include "passes.h"

/* ---- bytes ---- */

TEST(passes, bytes)
{
    /* network order; the last load overwrites the base, and becomes the load of all */
    CHECK_PASSES("r0 = *(u8 *)(r1 + 3)\nr0 <<= 8\nr1 = *(u8 *)(r1 + 4)\nr0 |= r1\nexit\n", ALL,
                 "(0) LOAD.2 0=1+3 swapped EXIT \n");
    CHECK_PASSES("w0 = *(u8 *)(r1 + 3)\nw2 = *(u8 *)(r1 + 2)\nw0 <<= 8\nw0 |= w2\nr2 = *(u16 *)(r1 + 0)\nr0 "
                 "<<= 16\nr0 |= r2\nexit\n",
                 ALL, "(0) LOAD.4 0=1 EXIT \n");
    /* in any order; through a sum whose operand is overwritten in between */
    CHECK_PASSES("w0 = *(u8 *)(r1 + 0)\nw0 <<= 24\nw2 = *(u8 *)(r1 + 3)\nw0 |= w2\nw2 = *(u8 *)(r1 + 1)\n"
                 "w2 <<= 16\nw0 |= w2\nw2 = *(u8 *)(r1 + 2)\nw2 <<= 8\nw0 |= w2\nexit\n",
                 ALL, "(0) LOAD.4 0=1 swapped EXIT \n");
    CHECK_PASSES("r3 = r1\nr3 += r2\nw0 = *(u8 *)(r3 + 4)\nw2 = *(u8 *)(r3 + 5)\nw2 <<= 8\nw0 |= w2\n"
                 "w2 = *(u16 *)(r3 + 6)\nw2 <<= 16\nw0 |= w2\nexit\n",
                 ALL, "(0) ADD.8 3=1,2 LOAD.4 0=3+4 EXIT \n");
    CHECK_PASSES(
        "r1 += 4\nr3 = r1\nr0 = *(u8 *)(r3 + 4)\nr1 = *(u8 *)(r1 + 5)\nr1 <<= 8\nr0 |= r1\nr0 += r3\nexit\n",
        ALL, "(0) ADD.8 3=1#4 LOAD.2 0=3+4 ADD.8 0=0,3 EXIT \n");
    CHECK_PASSES("w0 = *(u8 *)(r1 + 0)\nw0 <<= 8\nw2 = *(u8 *)(r1 + 3)\nw0 |= w2\nexit\n", ALL,
                 "(0) LOAD.1 0=1 SHL.4 0=0#8 LOAD.1 2=1+3 OR.4 0=0,2 EXIT \n");
    /* memory may have changed between the loads */
    CHECK_PASSES(
        "r0 = *(u8 *)(r1 + 3)\nr0 <<= 8\n*(u8 *)(r2 + 0) = 1\nr3 = *(u8 *)(r1 + 2)\nr0 |= r3\nexit\n", ALL,
        "(0) LOAD.1 0=1+3 SHL.8 0=0#8 STORE.1 2#1 LOAD.1 3=1+2 OR.8 0=0,3 EXIT \n");
    /* the last byte is needed as well */
    CHECK_PASSES("r0 = *(u8 *)(r1 + 3)\nr0 <<= 8\nr1 = *(u8 *)(r1 + 4)\nr0 |= r1\nr0 += r1\nexit\n", ALL,
                 "(0) LOAD.1 0=1+3 SHL.8 0=0#8 LOAD.1 1=1+4 OR.8 0=0,1 ADD.8 0=0,1 EXIT \n");
    /* both parts are needed as well: nothing would go */
    CHECK_PASSES(
        "r0 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\nr3 <<= 8\nr4 = r3\nr4 |= r0\nr0 *= r3\nr0 ^= r4\nexit\n",
        ALL, "(0) LOAD.1 0=1 LOAD.1 3=1+1 SHL.8 3=3#8 OR.8 4=3,0 MUL.8 0=0,3 XOR.8 0=0,4 EXIT \n");
    /* a byte that falls out of 32 bits */
    CHECK_PASSES("r0 = *(u8 *)(r1 + 3)\nw0 <<= 28\nr2 = *(u8 *)(r1 + 4)\nr0 |= r2\nexit\n", ALL,
                 "(0) LOAD.1 0=1+3 SHL.4 0=0#28 LOAD.1 2=1+4 OR.8 0=0,2 EXIT \n");
}

/* The other way round: numbers stored byte by byte. */
TEST(passes, parts)
{
    /* network order, as compilers write it; the machine's, shifted in place; in halves */
    CHECK_PASSES("r3 = r2\nr3 >>= 24\n*(u8 *)(r1 + 1) = r3\nr3 = r2\nr3 >>= 16\n*(u8 *)(r1 + 2) = r3\n"
                 "*(u8 *)(r1 + 4) = r2\nr2 >>= 8\n*(u8 *)(r1 + 3) = r2\nr0 = 0\nexit\n",
                 ALL, "(0) STORE.4 1,2+1 swapped CONST.8 0=#0 EXIT \n");
    CHECK_PASSES("*(u8 *)(r1 + 0) = r2\nw2 >>= 8\n*(u8 *)(r1 + 1) = r2\nw2 >>= 8\n*(u8 *)(r1 + 2) = r2\n"
                 "w2 >>= 8\n*(u8 *)(r1 + 3) = r2\nr0 = 0\nexit\n",
                 ALL, "(0) STORE.4 1,2 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES("*(u32 *)(r1 + 0) = r2\nr2 >>= 32\n*(u32 *)(r1 + 4) = r2\nr0 = 0\nexit\n", ALL,
                 "(0) STORE.8 1,2 CONST.8 0=#0 EXIT \n");
    /* parts of two numbers; as many as one store takes */
    CHECK_PASSES("*(u8 *)(r1 + 0) = r2\nr3 = r4\nr3 >>= 8\n*(u8 *)(r1 + 3) = r3\n*(u8 *)(r1 + 2) = r4\n"
                 "r2 >>= 8\n*(u8 *)(r1 + 1) = r2\nr4 >>= 16\n*(u8 *)(r1 + 4) = r4\nr0 = 0\nexit\n",
                 ALL, "(0) STORE.2 1,2 STORE.2 1,4+2 SHR.8 4=4#16 STORE.1 1,4+4 CONST.8 0=#0 EXIT \n");
    /* constants */
    CHECK_PASSES("r0 = 0\n*(u8 *)(r1 + 1) = 2\n*(u8 *)(r1 + 3) = r0\n*(u8 *)(r1 + 2) = 3\n*(u8 *)(r1 + 0) = "
                 "255\n*(u32 *)(r1 + 4) = 0\nexit\n",
                 ALL, "(0) CONST.8 0=#0 STORE.8 1#197375 EXIT \n");
    CHECK_PASSES("r0 = 0\n*(u32 *)(r1 + 4) = -1\n*(u32 *)(r1 + 0) = 7\nexit\n", ALL,
                 "(0) CONST.8 0=#0 STORE.4 1#-1+4 STORE.4 1#7 EXIT \n");
    /* not: something looks at memory in between, the base is another one, bits are cut off, bytes overlap */
    CHECK_PASSES("*(u8 *)(r1 + 0) = r2\nr2 >>= 8\nr0 = *(u8 *)(r3 + 0)\n*(u8 *)(r1 + 1) = r2\nexit\n", ALL,
                 "(0) STORE.1 1,2 SHR.8 2=2#8 LOAD.1 0=3 STORE.1 1,2+1 EXIT \n");
    CHECK_PASSES("*(u8 *)(r1 + 0) = r2\nr2 >>= 8\nr1 *= 3\n*(u8 *)(r1 + 1) = r2\nr0 = 0\nexit\n", ALL,
                 "(0) STORE.1 1,2 SHR.8 2=2#8 MUL.8 1=1#3 STORE.1 1,2+1 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(
        "w3 = w2\n*(u32 *)(r1 + 0) = r3\nr2 >>= 32\n*(u32 *)(r1 + 4) = r2\nw3 >>= 31\nr0 = r3\nexit\n",
        MYBPF_JIT_NO_COPIES, "(0) MOV.4 0=2 STORE.4 1,0 SHR.8 2=2#32 STORE.4 1,2+4 SHR.4 0=0#31 EXIT \n");
    CHECK_PASSES(
        "*(u8 *)(r1 + 0) = r2\n*(u16 *)(r1 + 1) = r2\nr2 >>= 8\n*(u8 *)(r1 + 1) = r2\nr0 = 0\nexit\n", ALL,
        "(0) STORE.1 1,2 STORE.2 1,2+1 SHR.8 2=2#8 STORE.1 1,2+1 CONST.8 0=#0 EXIT \n");
    /* a frame that only r10 reaches is not looked at through others */
    CHECK_PASSES("*(u8 *)(r1 + 0) = r2\nr2 >>= 8\nr0 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 + 1) = r2\nexit\n",
                 MYBPF_JIT_NO_SLOTS, "(0) STORE.2 1,2 LOAD.8 0=10-8 EXIT \n");
    CHECK_PASSES("r3 = r10\n*(u8 *)(r1 + 0) = r2\nr2 >>= 8\nr0 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 + 1) = r2\n"
                 "*(u8 *)(r3 - 1) = r2\nexit\n",
                 ALL, "(0) STORE.1 1,2 SHR.8 2=2#8 LOAD.8 0=10-8 STORE.1 1,2+1 STORE.1 10,2-1 EXIT \n");
    CHECK_PASSES("*(u8 *)(r1 + 0) = r2\nr2 >>= 8\n*(u8 *)(r1 + 1) = r2\nr0 = 0\nexit\n", MYBPF_JIT_NO_JOIN,
                 "(0) STORE.1 1,2 SHR.8 2=2#8 STORE.1 1,2+1 CONST.8 0=#0 EXIT \n");
}

/* Bytes that are copied one by one, each before the next is loaded: nothing else is in between if they are
 * apart, as those of a packet's two addresses. */
TEST(passes, bytes_in_turn)
{
#define COPY(to, from) "r3 = *(u8 *)(r1 + " #from ")\n*(u8 *)(r1 + " #to ") = r3\n"
    CHECK_PASSES(COPY(4, 10) COPY(5, 11) COPY(2, 8) COPY(3, 9) COPY(0, 6) COPY(1, 7) "r0 = 0\nexit\n", ALL,
                 "(0) LOAD.2 3=1+10 STORE.2 1,3+4 LOAD.4 3=1+6 STORE.4 1,3 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(COPY(0, 1) COPY(1, 2) COPY(2, 3) COPY(3, 4) "r0 = 0\nexit\n", ALL,
                 "(0) LOAD.4 3=1+1 STORE.4 1,3 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(COPY(4, 3) COPY(3, 2) COPY(2, 1) COPY(1, 0) "r0 = 0\nexit\n", ALL,
                 "(0) LOAD.4 3=1 STORE.4 1,3+1 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(COPY(1, 0) COPY(2, 1) COPY(3, 2) COPY(4, 3) "r0 = 0\nexit\n", ALL,
                 "(0) LOAD.1 3=1 STORE.1 1,3+1 LOAD.1 3=1+1 STORE.1 1,3+2 LOAD.1 3=1+2 STORE.1 1,3+3 LOAD.1 "
                 "3=1+3 STORE.1 1,3+4 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(COPY(8, 0) COPY(9, 1) "r2 = *(u8 *)(r1 + 8)\n" COPY(10, 2) COPY(11, 3) "r0 = r2\nexit\n",
                 ALL, "(0) LOAD.2 3=1 STORE.2 1,3+8 LOAD.1 0=1+8 LOAD.2 3=1+2 STORE.2 1,3+10 EXIT \n");
    CHECK_PASSES(COPY(8, 0) COPY(9, 1) "r2 = *(u8 *)(r4 + 8)\n" COPY(10, 2) COPY(11, 3) "r0 = r2\nexit\n",
                 ALL, "(0) LOAD.2 3=1 STORE.2 1,3+8 LOAD.1 0=4+8 LOAD.2 3=1+2 STORE.2 1,3+10 EXIT \n");
#undef COPY
    /* what waits is loaded before the store that overwrites it, wherever that is joined */
    CHECK_PASSES(
        "r2 = *(u8 *)(r1 + 100)\n*(u64 *)(r10 - 8) = r2\nr3 = *(u8 *)(r1 + 10)\nr4 = *(u8 *)(r1 + 11)\n"
        "*(u8 *)(r1 + 101) = r4\nr5 = *(u8 *)(r1 + 99)\n*(u8 *)(r1 + 100) = r3\n*(u8 *)(r1 + 40) = r5\n"
        "r2 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 + 41) = r2\nr0 = *(u8 *)(r1 + 41)\nexit\n",
        MYBPF_JIT_NO_SLOTS,
        "(0) LOAD.2 2=1+99 STORE.8 10,2-8 LOAD.2 4=1+10 STORE.2 1,4+100 LOAD.8 2=10-8 STORE.2 1,2+40 LOAD.1 "
        "0=1+41 EXIT \n");
}

/* Bytes that are copied one by one. */
TEST(passes, copied_bytes)
{
#define LOADED "r2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\nr4 = *(u8 *)(r1 + 2)\nr5 = *(u8 *)(r1 + 3)\n"
#define STORED                                                                                               \
    "*(u8 *)(r1 + 8) = r5\n*(u8 *)(r1 + 5) = r2\n*(u8 *)(r1 + 7) = r4\n*(u8 *)(r1 + 6) = r3\nr0 = 0\nexit\n"
    CHECK_PASSES(LOADED STORED, ALL, "(0) LOAD.4 5=1 STORE.4 1,5+5 CONST.8 0=#0 EXIT \n");
    /* four by way of the stack, one of 8 bytes, so four can go that way; the last needs none */
    CHECK_PASSES(
        "r2 = *(u8 *)(r1 + 0)\n*(u64 *)(r10 - 8) = r2\nr2 = *(u8 *)(r1 + 1)\n*(u64 *)(r10 - 16) = r2\n"
        "r2 = *(u8 *)(r1 + 2)\n*(u64 *)(r10 - 24) = r2\nr2 = *(u8 *)(r1 + 3)\n*(u64 *)(r10 - 32) = r2\n"
        "r2 = *(u8 *)(r1 + 4)\n*(u8 *)(r1 + 5) = r2\nr2 = *(u64 *)(r10 - 32)\n*(u8 *)(r1 + 4) = r2\n"
        "r2 = *(u64 *)(r10 - 24)\n*(u8 *)(r1 + 3) = r2\nr2 = *(u64 *)(r10 - 16)\n*(u8 *)(r1 + 2) = r2\n"
        "r2 = *(u64 *)(r10 - 8)\n*(u8 *)(r1 + 1) = r2\nr0 = 0\nexit\n",
        MYBPF_JIT_NO_SLOTS,
        "(0) LOAD.4 2=1 STORE.8 10,2-8 LOAD.1 2=1+4 STORE.1 1,2+5 LOAD.8 2=10-8 STORE.4 1,2+1 "
        "CONST.8 0=#0 EXIT \n");
    /* not: read later, memory written in between, or looked at, the base is another one, not side by side */
    CHECK_PASSES(
        LOADED "*(u8 *)(r1 + 8) = r5\n*(u8 *)(r1 + 7) = r4\n*(u8 *)(r1 + 6) = r3\n"
               "*(u8 *)(r1 + 5) = r2\nr0 = r5\nexit\n",
        ALL, "(0) LOAD.2 3=1 LOAD.1 4=1+2 LOAD.1 0=1+3 STORE.1 1,0+8 STORE.1 1,4+7 STORE.2 1,3+5 EXIT \n");
    CHECK_PASSES(
        "r2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\n*(u8 *)(r1 + 2) = 7\nr4 = *(u8 *)(r1 + 2)\n"
        "r5 = *(u8 *)(r1 + 3)\n" STORED,
        ALL, "(0) STORE.1 1#7+2 LOAD.4 5=1 STORE.4 1,5+5 CONST.8 0=#0 EXIT \n"); /* but all are there now */
    CHECK_PASSES(
        "r2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\n*(u8 *)(r1 + 1) = 7\n*(u8 *)(r1 + 2) = 7\n"
        "r4 = *(u8 *)(r1 + 2)\nr5 = *(u8 *)(r1 + 3)\n" STORED,
        ALL, "(0) LOAD.2 3=1 STORE.2 1#1799+1 LOAD.2 5=1+2 STORE.2 1,5+7 STORE.2 1,3+5 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(
        "r2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\n*(u8 *)(r6 + 2) = 7\n"
        "r4 = *(u8 *)(r1 + 2)\nr5 = *(u8 *)(r1 + 3)\n" STORED,
        ALL, "(0) LOAD.2 3=1 STORE.1 6#7+2 LOAD.2 5=1+2 STORE.2 1,5+7 STORE.2 1,3+5 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(LOADED "*(u8 *)(r1 + 8) = r5\n*(u8 *)(r1 + 7) = r4\nr0 = *(u8 *)(r6 + 0)\n"
                        "*(u8 *)(r1 + 6) = r3\n*(u8 *)(r1 + 5) = r2\nexit\n",
                 ALL, "(0) LOAD.2 3=1 LOAD.2 5=1+2 STORE.2 1,5+7 LOAD.1 0=6 STORE.2 1,3+5 EXIT \n");
    /* nor may a load come before one that acquires */
    CHECK_PASSES("r2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\nw0 = load_acquire((u32 *)(r6 + 0))\n"
                 "r4 = *(u8 *)(r1 + 2)\nr5 = *(u8 *)(r1 + 3)\n*(u8 *)(r1 + 8) = r5\n*(u8 *)(r1 + 5) = r2\n"
                 "*(u8 *)(r1 + 7) = r4\n*(u8 *)(r1 + 6) = r3\nexit\n",
                 ALL, "(0) LOAD.2 3=1 LOAD.4 0=6 LOAD.2 5=1+2 STORE.2 1,5+7 STORE.2 1,3+5 EXIT \n");
    CHECK_PASSES(LOADED STORED, MYBPF_JIT_NO_JOIN,
                 "(0) LOAD.1 2=1 LOAD.1 3=1+1 LOAD.1 4=1+2 LOAD.1 5=1+3 STORE.1 1,5+8 STORE.1 1,2+5 "
                 "STORE.1 1,4+7 STORE.1 1,3+6 CONST.8 0=#0 EXIT \n");
#undef LOADED
#undef STORED
}

/* 16 bytes at once, where vector registers may be used. */
TEST(passes, copied_vectors)
{
#define LOADED "r2 = *(u64 *)(r1 + 0)\nr3 = *(u64 *)(r1 + 8)\n"
#define STORED "*(u64 *)(r6 + 8) = r3\n*(u64 *)(r6 + 0) = r2\nr0 = 0\nexit\n"
#define EIGHT  "(0) LOAD.8 2=1 LOAD.8 3=1+8"
    check_passes(__LINE__, VECTORS, LOADED STORED, ALL, "(0) LOAD16.16 1 STORE16.16 6 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(LOADED STORED, ALL, EIGHT " STORE.8 6,3+8 STORE.8 6,2 CONST.8 0=#0 EXIT \n");
    /* in halves of either */
    check_passes(__LINE__, VECTORS,
                 "r2 = *(u64 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 12)\nr4 = *(u32 *)(r1 + 8)\nr3 <<= 32\nr3 |= r4\n"
                 "*(u32 *)(r6 + 0) = r2\nr2 >>= 32\n*(u32 *)(r6 + 4) = r2\n*(u64 *)(r6 + 8) = r3\nr0 = 0\n"
                 "exit\n",
                 ALL, "(0) LOAD16.16 1 STORE16.16 6 CONST.8 0=#0 EXIT \n");
    /* by way of the stack, beside bytes */
    check_passes(
        __LINE__, VECTORS,
        "r2 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 8) = r2\nr2 = *(u64 *)(r1 + 4)\n*(u64 *)(r10 - 16) = r2\n"
        "r3 = *(u32 *)(r1 + 12)\nr4 = *(u8 *)(r1 + 16)\n*(u8 *)(r1 + 17) = r4\n*(u32 *)(r1 + 13) = r3\n"
        "r2 = *(u64 *)(r10 - 16)\n*(u64 *)(r1 + 5) = r2\nr2 = *(u32 *)(r10 - 8)\n*(u32 *)(r1 + 1) = r2\n"
        "r0 = 0\nexit\n",
        MYBPF_JIT_NO_SLOTS,
        "(0) LOAD16.16 1 LOAD.1 4=1+16 STORE.1 1,4+17 STORE16.16 1+1 CONST.8 0=#0 EXIT \n");
    /* several rounds of a loop */
    check_passes(
        __LINE__, VECTORS,
        "r3 = 0\nloop: r4 = *(u64 *)(r1 + 0)\nr5 = *(u64 *)(r1 + 8)\n*(u64 *)(r2 + 0) = r4\n*(u64 "
        "*)(r2 + 8) = r5\n"
        "r1 += 16\nr2 += 16\nr3 += 1\nif r3 != 8 goto loop\nr0 = 0\nexit\n",
        ALL,
        "(0)\n(3) CONST.8 3=#8\n(1) LOAD16.16 1 STORE16.16 2 LOAD16.16 1+16 STORE16.16 2+16 LOAD16.16 1+32 "
        "STORE16.16 2+32 LOAD16.16 1+48 STORE16.16 2+48 ADD.8 1=1#64 ADD.8 2=2#64 SUB_BRANCH.8.ne 3=3#4 "
        "->1\n(2) CONST.8 0=#0 EXIT \n");
    /* not: a call in between, which need not keep vector registers, or in a frame whose slots may be in
     * others */
    check_passes(__LINE__, VECTORS,
                 "r7 = *(u64 *)(r6 + 0)\nr8 = *(u64 *)(r6 + 8)\ncall f\n*(u64 *)(r6 + 16) = r7\n"
                 "*(u64 *)(r6 + 24) = r8\nexit\nf:\nr0 = 0\nexit\n",
                 MYBPF_JIT_NO_INLINE,
                 "(0) LOAD.8 7=6 LOAD.8 8=6+8 CALL  STORE.8 6,7+16 STORE.8 6,8+24 EXIT \n");
    check_passes(__LINE__, VECTORS,
                 LOADED "*(u64 *)(r10 - 8) = r3\n*(u64 *)(r10 - 16) = r2\nr0 = *(u64 *)(r10 - 8)\n"
                        "r3 = *(u64 *)(r10 - 8)\nr2 = *(u64 *)(r10 - 16)\nr0 += r2\nexit\n",
                 MYBPF_JIT_NO_SLOTS,
                 EIGHT " STORE.8 10,3-8 STORE.8 10,2-16 LOAD.8 0=10-8 ADD.8 0=0,10 in memory-16 EXIT \n");
    check_passes(__LINE__, VECTORS, LOADED STORED, MYBPF_JIT_NO_JOIN,
                 EIGHT " STORE.8 6,3+8 STORE.8 6,2 CONST.8 0=#0 EXIT \n");
#undef LOADED
#undef STORED
#undef EIGHT
}

/* Swapped in pieces: what is loaded behind the first stores is loaded in front of them. */
TEST(passes, swapped_places)
{
#define SWAP(a, b)                                                                                           \
    "r3 = *(u16 *)(r1 + " a ")\nr4 = *(u16 *)(r1 + " b ")\n*(u16 *)(r1 + " a ") = r4\n*(u16 *)(r1 + " b      \
    ") = r3\n"
    CHECK_PASSES(SWAP("0", "8") SWAP("2", "10") SWAP("4", "12") SWAP("6", "14") "r0 = 0\nexit\n", ALL,
                 "(0) LOAD.8 3=1 LOAD.8 4=1+8 STORE.8 1,4 STORE.8 1,3+8 CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(SWAP("0", "6") SWAP("2", "8") SWAP("4", "10") "r0 = 0\nexit\n", ALL,
                 "(0) LOAD.4 3=1 LOAD.4 4=1+6 STORE.4 1,4 STORE.4 1,3+6 LOAD.2 3=1+4 LOAD.2 4=1+10 STORE.2 "
                 "1,4+4 STORE.2 1,3+10 CONST.8 0=#0 EXIT \n");
    /* what is read besides stays, and what would overwrite it is not joined to what is in front */
    CHECK_PASSES(SWAP("8", "2") SWAP("10", "4") SWAP("6", "0") "r0 = r3\nexit\n", ALL,
                 "(0) LOAD.4 3=1+8 LOAD.4 4=1+2 STORE.4 1,4+8 STORE.4 1,3+2 LOAD.2 0=1+6 LOAD.2 4=1 STORE.2 "
                 "1,4+6 STORE.2 1,0 EXIT \n");
    CHECK_PASSES(SWAP("0", "6") SWAP("2", "8") "r5 = r3\n" SWAP("4", "10") "r0 = r5\nexit\n", ALL,
                 "(0) LOAD.2 3=1 LOAD.2 4=1+6 STORE.2 1,4 STORE.2 1,3+6 LOAD.2 0=1+2 LOAD.2 4=1+8 STORE.2 "
                 "1,4+2 STORE.2 1,0+8 LOAD.2 3=1+4 LOAD.2 4=1+10 STORE.2 1,4+4 STORE.2 1,3+10 EXIT \n");
    /* the same bytes: of what is moved by less than its size, each is moved twice */
    CHECK_PASSES(
        SWAP("0", "2") SWAP("2", "4") SWAP("4", "6") "r0 = 0\nexit\n", ALL,
        "(0) LOAD.2 3=1 LOAD.2 4=1+2 STORE.2 1,4 STORE.2 1,3+2 LOAD.2 3=1+2 LOAD.2 4=1+4 STORE.2 1,4+2 "
        "STORE.2 1,3+4 LOAD.2 3=1+4 LOAD.2 4=1+6 STORE.2 1,4+4 STORE.2 1,3+6 CONST.8 0=#0 EXIT \n");
#undef SWAP
}

/* Where bytes are copied, numbers are joined in front of spare.c, and again behind it: what is swapped by
 * then is neither a part of a number nor a slot that could be a register. */
TEST(passes, joined_twice)
{
#define LOADED "r2 = *(u8 *)(r1 + 0)\nr2 <<= 8\nr3 = *(u8 *)(r1 + 1)\nr2 |= r3\n"
    CHECK_PASSES(LOADED
                 "r4 = *(u8 *)(r1 + 2)\nr4 <<= 8\nr5 = *(u8 *)(r1 + 3)\nr4 |= r5\nr4 <<= 16\nr2 |= r4\n"
                 "*(u8 *)(r6 + 0) = r2\n*(u8 *)(r6 + 2) = r2\n*(u8 *)(r6 + 4) = r2\n*(u8 *)(r6 + 6) = r2\n"
                 "r0 = r2\nexit\n",
                 ALL,
                 "(0) LOAD.2 0=1 swapped LOAD.2 4=1+2 swapped SHL.8 4=4#16 OR.8 0=0,4 STORE.1 6,0 STORE.1 "
                 "6,0+2 STORE.1 6,0+4 "
                 "STORE.1 6,0+6 EXIT \n");
    CHECK_PASSES(LOADED "r4 = *(u8 *)(r1 + 2)\nr5 = *(u8 *)(r1 + 4)\n*(u8 *)(r10 - 5) = r2\nr2 >>= 8\n"
                        "*(u8 *)(r10 - 6) = r2\nr2 >>= 8\n*(u8 *)(r10 - 7) = r2\nr2 >>= 8\n"
                        "*(u8 *)(r10 - 8) = r2\nr0 = *(u32 *)(r10 - 8)\nexit\n",
                 ALL, "(0) LOAD.2 2=1 swapped STORE.4 10,2-8 swapped LOAD.4 0=10-8 EXIT \n");
#undef LOADED
}

/* Loops that store the same number again and again. */
TEST(passes, fills)
{
    /* by an index, up to a limit that is given back; what is compared is what the index was */
    CHECK_PASSES("r3 = 0\non: r4 = r3\nr5 = r1\nr5 += r3\n*(u8 *)(r5 + 0) = r2\nr3 += 1\n"
                 "if r4 < r0 goto on\nr0 = r3\nexit\n",
                 0,
                 "(0) CONST.8 3=#0\n(6) BRANCH.8.lt 0#15 ->1\n(5) ADD.8 0=0#-15 AND.8 5=2#255 MUL.8 "
                 "5=5#72340172838076673 BRANCH.8.ge 3,0 ->3\n(4) STORE.8 1,3,5 STORE.8 1,3,5+8 ADD.8 3=3#16 "
                 "BRANCH.8.lt 3,0 ->4\n(3) ADD.8 0=0#15\n(1) MOV.8 4=3 STORE.1 1,3,2 ADD.8 3=3#1 BRANCH.8.lt "
                 "4,0 ->1\n(2) MOV.8 0=3 EXIT \n");
    /* a pointer and its end; the number is known */
    CHECK_PASSES("r5 = 0\non: *(u16 *)(r1 + 0) = 258\nr1 += 2\nif r1 != r2 goto on\nr0 = 0\nexit\n", 0,
                 "(0)\n(6) BRANCH.8.lt 2#16 ->1\n(5) ADD.8 2=2#-16 CONST.8 0=#72621652109820162 BRANCH.8.ge "
                 "1,2 ->3\n(4) STORE.8 1,0 STORE.8 1,0+8 ADD.8 1=1#16 BRANCH.8.lt 1,2 ->4\n(3) ADD.8 "
                 "2=2#16\n(1) STORE.2 1#258 ADD.8 1=1#2 BRANCH.8.ne 1,2 ->1\n(2) CONST.8 0=#0 EXIT \n");
    /* constants alone: nothing is asked first */
    CHECK_PASSES("r3 = 0\non: *(u32 *)(r1 + 4) = r3\nr1 += 4\nr4 += 1\nif r4 s< 1000 goto on\nr0 = 0\nexit\n",
                 0,
                 "(0) CONST.8 3=#0\n(4) MOV.4 0=3 MUL.8 0=0#4294967297 BRANCH.8.sge 4#996 ->1\n(3) STORE.8 "
                 "1,0+4 STORE.8 1,0+12 ADD.8 1=1#16 ADD.8 4=4#4 BRANCH.8.slt 4#996 ->3\n(1) STORE.4 1,3+4 "
                 "ADD.8 1=1#4 ADD.8 4=4#1 BRANCH.8.slt 4#1000 ->1\n(2) CONST.8 0=#0 EXIT \n");
    /* not these: few, another stride, what the round before has left, the limit itself, 4 bytes of an index
     * that may have begun with more */
    CHECK_PASSES("r4 = 0\non: *(u8 *)(r1 + 0) = r3\nr1 += 1\nr4 += 1\nif r4 < 50 goto on\nr0 = 0\nexit\n",
                 MYBPF_JIT_NO_COUNTERS,
                 "(0) CONST.8 4=#0\n(3) ADD.8 4=4#-50\n(1) STORE.1 1,3 STORE.1 1,3+1 ADD.8 1=1#2 "
                 "SUB_BRANCH.8.ne 4=4#-2 ->1\n(2) CONST.8 0=#0 EXIT \n");
    CHECK_PASSES("r5 = 0\non: *(u8 *)(r1 + 0) = r3\nr1 += 2\nif r1 < r2 goto on\nr0 = 0\nexit\n", 0,
                 "(0)\n(6) BRANCH.8.lt 2#8 ->1\n(5) ADD.8 2=2#-8 BRANCH.8.ge 1,2 ->3\n(4) STORE.1 1,3 "
                 "STORE.1 1,3+2 STORE.1 1,3+4 STORE.1 1,3+6 ADD.8 1=1#8 BRANCH.8.lt 1,2 ->4\n(3) ADD.8 "
                 "2=2#8\n(1) STORE.1 1,3 ADD.8 1=1#2 BRANCH.8.lt 1,2 ->1\n(2) CONST.8 0=#0 EXIT \n");
    CHECK_PASSES("r5 = 0\non: *(u8 *)(r1 + 0) = r3\nr3 ^= 1\nr1 += 1\nif r1 < r2 goto on\nr0 = 0\nexit\n", 0,
                 "(0)\n(6) BRANCH.8.lt 2#4 ->1\n(5) ADD.8 2=2#-4 BRANCH.8.ge 1,2 ->3\n(4) STORE.1 1,3 XOR.8 "
                 "3=3#1 STORE.1 1,3+1 XOR.8 3=3#1 STORE.1 1,3+2 XOR.8 3=3#1 STORE.1 1,3+3 XOR.8 3=3#1 ADD.8 "
                 "1=1#4 BRANCH.8.lt 1,2 ->4\n(3) ADD.8 2=2#4\n(1) STORE.1 1,3 XOR.8 3=3#1 ADD.8 1=1#1 "
                 "BRANCH.8.lt 1,2 ->1\n(2) CONST.8 0=#0 EXIT \n");
    CHECK_PASSES("r5 = 0\non: *(u8 *)(r1 + 0) = r2\nr1 += 1\nif r1 < r2 goto on\nr0 = 0\nexit\n", 0,
                 "(0)\n(1) STORE.1 1,2 ADD.8 1=1#1 BRANCH.8.lt 1,2 ->1\n(2) CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(
        "r5 = 0\non: r5 = r1\nr5 += r3\n*(u8 *)(r5 + 0) = r2\nw3 += 1\nif w3 < w4 goto on\nr0 = 0\nexit\n", 0,
        "(0)\n(6) BRANCH.4.lt 4#4 ->1\n(5) ADD.8 4=4#-4 BRANCH.4.ge 3,4 ->3\n(4) STORE.1 1,3,2 ADD.4 3=3#1 "
        "STORE.1 1,3,2 ADD.4 3=3#1 STORE.1 1,3,2 ADD.4 3=3#1 STORE.1 1,3,2 ADD.4 3=3#1 BRANCH.4.lt 3,4 "
        "->4\n(3) ADD.8 4=4#4\n(1) STORE.1 1,3,2 ADD.4 3=3#1 BRANCH.4.lt 3,4 ->1\n(2) CONST.8 0=#0 EXIT \n");
}
