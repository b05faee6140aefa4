/* test_passes_loops.c: what the code generator makes of loops along memory whose number of rounds is not
 * known: several at once, in front of the loop. */
#include "passes.h"

TEST(passes, several)
{
    /* up to a limit, down to 0, to a number, by the lowest bytes of a counter; 4 bytes of a counter */
    CHECK_PASSES("r0 = 0\non: r4 = *(u32 *)(r1 + 0)\nr0 += r4\nr1 += 4\nif r1 < r2 goto on\nexit\n", 0,
                 "(0) CONST.8 0=#0\n(6) BRANCH.8.lt 2#16 ->1\n(5) ADD.8 2=2#-16 BRANCH.8.ge 1,2 ->3\n(4) "
                 "LOAD.4 4=1 ADD.8 0=0,4 LOAD.4 4=1+4 ADD.8 0=0,4 LOAD.4 4=1+8 ADD.8 0=0,4 LOAD.4 4=1+12 "
                 "ADD.8 0=0,4 ADD.8 1=1#16 BRANCH.8.lt 1,2 ->4\n(3) ADD.8 2=2#16\n(1) LOAD.4 4=1 ADD.8 0=0,4 "
                 "ADD.8 1=1#4 BRANCH.8.lt 1,2 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\non: r4 = *(u32 *)(r1 + 0)\nr0 += r4\nr1 += 4\nr2 += -1\nif r2 != 0 goto on\nexit\n", 0,
        "(0) CONST.8 0=#0\n(4) BRANCH.8.le 2#4 ->1\n(3) LOAD.4 4=1 ADD.8 0=0,4 LOAD.4 4=1+4 ADD.8 0=0,4 "
        "LOAD.4 4=1+8 ADD.8 0=0,4 LOAD.4 4=1+12 ADD.8 0=0,4 ADD.8 1=1#16 ADD.8 2=2#-4 BRANCH.8.gt 2#4 "
        "->3\n(1) LOAD.4 4=1 ADD.8 0=0,4 ADD.8 1=1#4 SUB_BRANCH.8.ne 2=2#1 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\non: r4 = *(u16 *)(r1 + 0)\nr0 += r4\nr1 += 2\nw2 += -2\nif w2 > 1 goto on\nr0 += r2\nexit\n",
        0,
        "(0) CONST.8 0=#0\n(4) BRANCH.4.le 2#9 ->1\n(3) LOAD.2 4=1 ADD.8 0=0,4 LOAD.2 4=1+2 ADD.8 0=0,4 "
        "LOAD.2 4=1+4 ADD.8 0=0,4 LOAD.2 4=1+6 ADD.8 0=0,4 ADD.8 1=1#8 ADD.4 2=2#-8 BRANCH.4.gt 2#9 ->3\n(1) "
        "LOAD.2 4=1 ADD.8 0=0,4 ADD.8 1=1#2 ADD.4 2=2#-2 BRANCH.4.gt 2#1 ->1\n(2) ADD.8 0=0,2 EXIT \n");
    CHECK_PASSES("r0 = 0\non: r4 = *(u16 *)(r1 + 0)\nr0 += r4\nr1 += 2\nr2 += -2\nr3 = r2\nr3 &= 65535\nif "
                 "r3 > 1 goto on\nr0 += r3\nexit\n",
                 0,
                 "(0) CONST.8 0=#0\n(4) BRANCH.2.le 2#9 ->1\n(3) LOAD.2 4=1 ADD.8 0=0,4 LOAD.2 4=1+2 ADD.8 "
                 "0=0,4 LOAD.2 4=1+4 ADD.8 0=0,4 LOAD.2 4=1+6 ADD.8 0=0,4 ADD.8 1=1#8 ADD.8 2=2#-8 "
                 "BRANCH.2.gt 2#9 ->3\n(1) LOAD.2 4=1 ADD.8 0=0,4 ADD.8 1=1#2 ADD.8 2=2#-2 AND.8 3=2#65535 "
                 "BRANCH.8.gt 3#1 ->1\n(2) ADD.8 0=0,3 EXIT \n");
    CHECK_PASSES(
        "r0 = 0\nw3 = 0\non: r4 = *(u32 *)(r1 + 0)\nr0 ^= r4\nr1 += 4\nw3 += 1\nif w3 s< w2 goto "
        "on\nr0 += r3\nexit\n",
        0,
        "(0) CONST.8 0=#0 CONST.8 3=#0\n(6) BRANCH.4.slt 2#4 ->1\n(5) ADD.8 2=2#-4 BRANCH.4.sge 3,2 ->3\n(4) "
        "LOAD.4 4=1 XOR.8 0=0,4 LOAD.4 4=1+4 XOR.8 0=0,4 LOAD.4 4=1+8 XOR.8 0=0,4 LOAD.4 4=1+12 XOR.8 0=0,4 "
        "ADD.8 1=1#16 ADD.4 3=3#4 BRANCH.4.slt 3,2 ->4\n(3) ADD.8 2=2#4\n(1) LOAD.4 4=1 XOR.8 0=0,4 ADD.8 "
        "1=1#4 ADD.4 3=3#1 BRANCH.4.slt 3,2 ->1\n(2) ADD.8 0=0,3 EXIT \n");
    /* not: nothing of memory, too little that is saved, a limit that changes, a counter that wraps */
    CHECK_PASSES(
        "r0 = 0\non: r0 *= 3\nr0 += r1\nr1 += 4\nif r1 < r2 goto on\nexit\n", 0,
        "(0) CONST.8 0=#0\n(1) MUL.8 0=0#3 ADD.8 0=0,1 ADD.8 1=1#4 BRANCH.8.lt 1,2 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\non: r4 = *(u32 *)(r1 + 0)\nr0 ^= r4\nr0 *= 3\nr0 ^= r2\nr0 *= 5\nr0 ^= r3\nr0 *= "
                 "7\nr1 += 4\nif r1 < r2 goto on\nexit\n",
                 0,
                 "(0) CONST.8 0=#0\n(1) LOAD.4 4=1 XOR.8 0=0,4 MUL.8 0=0#3 XOR.8 0=0,2 MUL.8 0=0#5 XOR.8 "
                 "0=0,3 MUL.8 0=0#7 ADD.8 1=1#4 BRANCH.8.lt 1,2 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\non: r4 = *(u32 *)(r1 + 0)\nr0 += r4\nr1 += 4\nr2 ^= r4\nif r1 < r2 goto on\nexit\n",
                 0,
                 "(0) CONST.8 0=#0\n(1) LOAD.4 4=1 ADD.8 0=0,4 ADD.8 1=1#4 XOR.8 2=2,4 BRANCH.8.lt 1,2 "
                 "->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\non: r4 = *(u32 *)(r1 + 0)\nr0 += r4\nr1 += 4\nr2 += -1\nif r2 < 100 goto on\nexit\n", 0,
        "(0) CONST.8 0=#0\n(1) LOAD.4 4=1 ADD.8 0=0,4 ADD.8 1=1#4 ADD.8 2=2#-1 BRANCH.8.lt 2#100 ->1\n(2) "
        "EXIT \n");
    CHECK_PASSES("r0 = 0\non: r4 = *(u16 *)(r1 + 0)\nr0 += r4\nr1 += 2\nr2 += 2\nr3 = r2\nr3 &= 65535\nif r3 "
                 "< r5 goto on\nr0 += r3\nexit\n",
                 0,
                 "(0) CONST.8 0=#0\n(1) LOAD.2 4=1 ADD.8 0=0,4 ADD.8 1=1#2 ADD.8 2=2#2 AND.8 3=2#65535 "
                 "BRANCH.8.lt 3,5 ->1\n(2) ADD.8 0=0,3 EXIT \n");
}

/* A counter that starts far away, displacements to which nothing can be added. */
TEST(passes, far_loops)
{
    CHECK_PASSES(
        "r0 = 3\nr2 = 0x8000000000000000 ll\non: *(u8 *)(r1 + 0) = r3\nr1 += 1\nr2 += -1\nif r2 != "
        "0 goto on\nexit\n",
        0,
        "(0) CONST.8 0=#3 CONST.8 2=#-9223372036854775808\n(4) AND.8 4=3#255 MUL.8 4=4#72340172838076673 "
        "BRANCH.8.le 2#16 ->1\n(3) STORE.8 1,4 STORE.8 1,4+8 ADD.8 1=1#16 ADD.8 2=2#-16 BRANCH.8.gt 2#16 "
        "->3\n(1) STORE.1 1,3 ADD.8 1=1#1 ADD.8 2=2#-1 BRANCH.8.ne 2#0 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 3\nr2 = 0x8000000000000000 ll\non: *(u8 *)(r1 + 0) = r3\nr1 += 1\nr2 += -1\nif r2 s> "
        "0 goto on\nexit\n",
        0,
        "(0) CONST.8 0=#3 CONST.8 2=#-9223372036854775808\n(4) AND.8 4=3#255 MUL.8 4=4#72340172838076673 "
        "BRANCH.8.sle 2#16 ->1\n(3) STORE.8 1,4 STORE.8 1,4+8 ADD.8 1=1#16 ADD.8 2=2#-16 BRANCH.8.sgt 2#16 "
        "->3\n(1) STORE.1 1,3 ADD.8 1=1#1 ADD.8 2=2#-1 BRANCH.8.sgt 2#0 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\non: r5 = r1\nr5 += 0x7ffffff8\n*(u8 *)(r5 + 0) = r3\nr1 += 1\nr2 += -1\nif r2 s> 0 "
                 "goto on\nexit\n",
                 MYBPF_JIT_NO_COUNTERS,
                 "(0) CONST.8 0=#0\n(4) BRANCH.8.sle 2#4 ->1\n(3) STORE.1 1,3+2147483640 ADD.8 1=1#1 STORE.1 "
                 "1,3+2147483640 ADD.8 1=1#1 STORE.1 1,3+2147483640 ADD.8 1=1#1 STORE.1 1,3+2147483640 ADD.8 "
                 "1=1#1 ADD.8 2=2#-4 BRANCH.8.sgt 2#4 ->3\n(1) STORE.1 1,3+2147483640 ADD.8 1=1#1 ADD.8 "
                 "2=2#-1 BRANCH.8.sgt 2#0 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\nr5 = 0\non: r4 = r1\nr4 += r5\nr4 = *(u8 *)(r4 + 0)\nr3 = r1\nr3 += r5\nr3 += "
                 "0x7ffffff8\n*(u8 *)(r3 + 0) = r4\nr5 += 1\nif r5 < r2 goto on\nexit\n",
                 MYBPF_JIT_NO_COUNTERS,
                 "(0) CONST.8 0=#0 CONST.8 5=#0\n(6) BRANCH.8.lt 2#4 ->1\n(5) ADD.8 2=2#-4 BRANCH.8.ge 5,2 "
                 "->3\n(4) LOAD.1 4=1,5 STORE.1 1,5,4+2147483640 ADD.8 5=5#1 LOAD.1 4=1,5 STORE.1 "
                 "1,5,4+2147483640 ADD.8 5=5#1 LOAD.1 4=1,5 STORE.1 1,5,4+2147483640 ADD.8 5=5#1 LOAD.1 "
                 "4=1,5 STORE.1 1,5,4+2147483640 ADD.8 5=5#1 BRANCH.8.lt 5,2 ->4\n(3) ADD.8 2=2#4\n(1) "
                 "LOAD.1 4=1,5 STORE.1 1,5,4+2147483640 ADD.8 5=5#1 BRANCH.8.lt 5,2 ->1\n(2) EXIT \n");
}

TEST(passes, copies_in_loops)
{
    /* two pointers and a number, an index of both, a frame, a distance that is known */
    CHECK_PASSES("r0 = 0\non: r4 = *(u8 *)(r1 + 0)\n*(u8 *)(r2 + 0) = r4\nr1 += 1\nr2 += 1\nr3 += -1\nif r3 "
                 "!= 0 goto on\nexit\n",
                 0,
                 "(0) CONST.8 0=#0\n(5) MOV.8 5=2 SUB.8 5=5,1 BRANCH.8.lt 5#16 ->1\n(4) BRANCH.8.le 3#16 "
                 "->1\n(3) LOAD.8 5=1 STORE.8 2,5 LOAD.8 5=1+8 STORE.8 2,5+8 ADD.8 1=1#16 ADD.8 2=2#16 ADD.8 "
                 "3=3#-16 BRANCH.8.gt 3#16 ->3\n(1) LOAD.1 4=1 STORE.1 2,4 ADD.8 1=1#1 ADD.8 2=2#1 ADD.8 "
                 "3=3#-1 BRANCH.8.ne 3#0 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\nr4 = 0\non: r5 = r1\nr5 += r4\nr5 = *(u8 *)(r5 + 0)\nr0 = r2\nr0 += r4\n*(u8 *)(r0 "
        "+ 3) = r5\nr4 += 1\nif r4 < r3 goto on\nr0 = 0\nexit\n",
        0,
        "(0) CONST.8 4=#0\n(7) MOV.8 0=2 SUB.8 0=0,1 ADD.8 0=0#3 BRANCH.8.lt 0#16 ->1\n(6) BRANCH.8.lt 3#16 "
        "->1\n(5) ADD.8 3=3#-16 BRANCH.8.ge 4,3 ->3\n(4) LOAD.8 0=1,4 STORE.8 2,4,0+3 LOAD.8 0=1,4+8 STORE.8 "
        "2,4,0+11 ADD.8 4=4#16 BRANCH.8.lt 4,3 ->4\n(3) ADD.8 3=3#16\n(1) LOAD.1 5=1,4 STORE.1 2,4,5+3 ADD.8 "
        "4=4#1 BRANCH.8.lt 4,3 ->1\n(2) CONST.8 0=#0 EXIT \n");
    CHECK_PASSES(
        "r0 = 0\non: r4 = *(u16 *)(r1 + 6)\n*(u16 *)(r1 + 2) = r4\nr1 += 2\nif r1 < r2 goto on\nexit\n", 0,
        "(0) CONST.8 0=#0\n(6) BRANCH.8.lt 2#16 ->1\n(5) ADD.8 2=2#-16 BRANCH.8.ge 1,2 ->3\n(4) LOAD.8 3=1+6 "
        "STORE.8 1,3+2 LOAD.8 3=1+14 STORE.8 1,3+10 ADD.8 1=1#16 BRANCH.8.lt 1,2 ->4\n(3) ADD.8 2=2#16\n(1) "
        "LOAD.2 4=1+6 STORE.2 1,4+2 ADD.8 1=1#2 BRANCH.8.lt 1,2 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\non: r4 = *(u64 *)(r1 + 0)\n*(u64 *)(r2 + 0) = r4\nr1 += 8\nr2 += 8\nw3 += -8\nr0 = "
                 "r3\nr0 &= 255\nif r0 > 7 goto on\nr0 = r4\nexit\n",
                 0,
                 "(0)\n(5) MOV.8 5=2 SUB.8 5=5,1 BRANCH.8.lt 5#16 ->1\n(4) BRANCH.1.le 3#23 ->1\n(3) LOAD.8 "
                 "5=1 STORE.8 2,5 LOAD.8 5=1+8 STORE.8 2,5+8 ADD.8 1=1#16 ADD.8 2=2#16 ADD.4 3=3#-16 "
                 "BRANCH.1.gt 3#23 ->3\n(1) LOAD.8 4=1 STORE.8 2,4 ADD.8 1=1#8 ADD.8 2=2#8 ADD.4 3=3#-8 "
                 "BRANCH.1.gt 3#7 ->1\n(2) MOV.8 0=4 EXIT \n");
    /* not: bytes that were just stored, other strides, what is changed on the way, more than one */
    CHECK_PASSES(
        "r0 = 0\non: r4 = *(u16 *)(r1 + 2)\n*(u16 *)(r1 + 6) = r4\nr1 += 2\nif r1 < r2 goto on\nexit\n", 0,
        "(0) CONST.8 0=#0\n(6) BRANCH.8.lt 2#8 ->1\n(5) ADD.8 2=2#-8 BRANCH.8.ge 1,2 ->3\n(4) LOAD.2 4=1+2 "
        "STORE.2 1,4+6 LOAD.2 4=1+4 STORE.2 1,4+8 LOAD.2 4=1+6 STORE.2 1,4+10 LOAD.2 4=1+8 STORE.2 1,4+12 "
        "ADD.8 1=1#8 BRANCH.8.lt 1,2 ->4\n(3) ADD.8 2=2#8\n(1) LOAD.2 4=1+2 STORE.2 1,4+6 ADD.8 1=1#2 "
        "BRANCH.8.lt 1,2 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\non: r4 = *(u8 *)(r1 + 0)\n*(u8 *)(r2 + 0) = r4\nr1 += 1\nr2 += 2\nr3 += -1\nif r3 "
                 "!= 0 goto on\nexit\n",
                 MYBPF_JIT_NO_COUNTERS,
                 "(0) CONST.8 0=#0\n(4) BRANCH.8.le 3#4 ->1\n(3) LOAD.1 4=1 STORE.1 2,4 LOAD.1 4=1+1 STORE.1 "
                 "2,4+2 LOAD.1 4=1+2 STORE.1 2,4+4 LOAD.1 4=1+3 STORE.1 2,4+6 ADD.8 1=1#4 ADD.8 2=2#8 ADD.8 "
                 "3=3#-4 BRANCH.8.gt 3#4 ->3\n(1) LOAD.1 4=1 STORE.1 2,4 ADD.8 1=1#1 ADD.8 2=2#2 ADD.8 "
                 "3=3#-1 BRANCH.8.ne 3#0 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\non: r4 = *(u8 *)(r1 + 0)\nr4 ^= 1\n*(u8 *)(r2 + 0) = r4\nr1 += 1\nr2 += 1\nr3 += "
        "-1\nif r3 != 0 goto on\nexit\n",
        MYBPF_JIT_NO_COUNTERS,
        "(0) CONST.8 0=#0\n(4) BRANCH.8.le 3#4 ->1\n(3) LOAD.1 4=1 XOR.8 4=4#1 STORE.1 2,4 LOAD.1 4=1+1 "
        "XOR.8 4=4#1 STORE.1 2,4+1 LOAD.1 4=1+2 XOR.8 4=4#1 STORE.1 2,4+2 LOAD.1 4=1+3 XOR.8 4=4#1 STORE.1 "
        "2,4+3 ADD.8 1=1#4 ADD.8 2=2#4 ADD.8 3=3#-4 BRANCH.8.gt 3#4 ->3\n(1) LOAD.1 4=1 XOR.8 4=4#1 STORE.1 "
        "2,4 ADD.8 1=1#1 ADD.8 2=2#1 ADD.8 3=3#-1 BRANCH.8.ne 3#0 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\non: r4 = *(u8 *)(r1 + 0)\n*(u8 *)(r2 + 0) = r4\nr0 += r4\nr1 += 1\nr2 += 1\nr3 += "
        "-1\nif r3 != 0 goto on\nexit\n",
        MYBPF_JIT_NO_COUNTERS,
        "(0) CONST.8 0=#0\n(4) BRANCH.8.le 3#4 ->1\n(3) LOAD.1 4=1 STORE.1 2,4 ADD.8 0=0,4 LOAD.1 4=1+1 "
        "STORE.1 2,4+1 ADD.8 0=0,4 LOAD.1 4=1+2 STORE.1 2,4+2 ADD.8 0=0,4 LOAD.1 4=1+3 STORE.1 2,4+3 ADD.8 "
        "0=0,4 ADD.8 1=1#4 ADD.8 2=2#4 ADD.8 3=3#-4 BRANCH.8.gt 3#4 ->3\n(1) LOAD.1 4=1 STORE.1 2,4 ADD.8 "
        "0=0,4 ADD.8 1=1#1 ADD.8 2=2#1 ADD.8 3=3#-1 BRANCH.8.ne 3#0 ->1\n(2) EXIT \n");
}
