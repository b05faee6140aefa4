/* test_passes_choices.c: what passes make of numbers that depend on a condition (passes.h). */
#include "passes.h"

/* The larger of two, one that has a bound, one of two constants: no branch. */
TEST(passes, selects)
{
    CHECK_PASSES("r0 = r1\nif r1 > r2 goto on\nr0 = r2\non: exit\n", ALL,
                 "(0) MOV.8 0=1 SELECT.8.le 0=1,2,2\n(2) EXIT \n");
    CHECK_PASSES("w2 = w2\nw0 = w1\nif w0 s< w2 goto set\ngoto on\nset: w0 = w2\non: exit\n", ALL,
                 "(0) MOV.4 2=2 MOV.4 0=1 SELECT.4.slt 0=1,2,2 EXIT \n");
    CHECK_PASSES("r0 = r1\nif r1 < 256 goto on\nr0 = 255\non: exit\n", ALL,
                 "(0) MOV.8 0=1 SELECT.8.ge 0=1#256+255\n(2) EXIT \n");
    CHECK_PASSES("r0 = 1\nif r1 == r2 goto on\nr0 = 0\non: exit\n", ALL,
                 "(0) CONST.8 0=#1 SELECT.8.ne 0=1,2\n(2) EXIT \n");
    CHECK_PASSES("w3 = w2\nw3 &= 65535\nw0 = w1\nif w0 < w3 goto on\nr0 = r2\non: exit\n", ALL,
                 "(0) AND.4 3=2#65535 MOV.4 0=1 SELECT.4.ge 0=1,3,2\n(2) EXIT \n");
    CHECK_PASSES("w3 = w2\nw3 &= 65535\nr2 += 1\nw0 = w1\nif w0 < w3 goto on\nr0 = r2\non: exit\n", ALL,
                 "(0) AND.4 3=2#65535 ADD.8 2=2#1 MOV.4 0=1 SELECT.4.ge 0=1,3,2\n(2) EXIT \n");
    /* one of two sums */
    CHECK_PASSES("w0 = w1\nw0 |= 48\nif w1 < 10 goto on\nw1 += 87\nw0 = w1\non: exit\n", ALL,
                 "(0) OR.4 0=1#48 SELECT.4.ge 0=1,1#10+87\n(2) EXIT \n");
    CHECK_PASSES("r0 = r1\nr0 += 48\nif r1 < 10 goto on\nr0 += 39\non: exit\n", ALL,
                 "(0) ADD.8 0=1#48 SELECT.8.ge 0=1,1#10+87\n(2) EXIT \n");
    CHECK_PASSES("r0 = r1\nr0 += 48\nif r2 < 10 goto on\nr0 += 39\non: exit\n", ALL,
                 "(0) ADD.8 0=1#48 BRANCH.8.lt 2#10 ->2\n(1) ADD.8 0=1#87\n(2) EXIT \n");
    CHECK_PASSES("r0 = r1\nr0 += 48\nif r1 < 10 goto on\nw0 += 39\non: exit\n", ALL,
                 "(0) ADD.8 0=1#48 BRANCH.8.lt 1#10 ->2\n(1) ADD.4 0=0#39\n(2) EXIT \n");
    CHECK_PASSES("r0 = r1\nr0 += 48\nr1 += 1\nif r1 < 10 goto on\nr0 += 39\non: exit\n", ALL,
                 "(0) ADD.8 0=1#48 ADD.8 1=1#1 BRANCH.8.lt 1#10 ->2\n(1) ADD.8 0=0#39\n(2) EXIT \n");
    /* what depends on which of two numbers is larger; not on whether they are equal, nor on a constant */
    CHECK_PASSES("r0 = 0\nif r1 > r2 goto on\nr0 = r3\non: exit\n", ALL,
                 "(0) CONST.8 0=#0 SELECT.8.le 0=1,2,3\n(2) EXIT \n");
    CHECK_PASSES("w0 = w5\nif w1 s>= w2 goto on\nr0 = 7\non: exit\n", ALL,
                 "(0) MOV.4 0=5 SELECT.4.slt 0=1,2+7\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\nif r1 == r2 goto on\nr0 = r3\non: exit\n", ALL,
                 "(0) CONST.8 0=#0 BRANCH.8.eq 1,2 ->2\n(1) MOV.8 0=3\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\nif r1 > 8 goto on\nr0 = r3\non: exit\n", ALL,
                 "(0) CONST.8 0=#0 BRANCH.8.gt 1#8 ->2\n(1) MOV.8 0=3\n(2) EXIT \n");
    CHECK_PASSES("r4 = 8\nr0 = r4\nif r1 > r4 goto on\nr0 = r3\non: exit\n", ALL,
                 "(0) CONST.8 0=#8 BRANCH.8.gt 1,0 ->2\n(1) MOV.8 0=3\n(2) EXIT \n");
    /* not: what comes with upper halves, what has nothing to do with the condition, what has another way in
     */
    CHECK_PASSES("r0 = r1\nif w1 > w2 goto on\nw0 = w2\non: exit\n", ALL,
                 "(0) MOV.8 0=1 BRANCH.4.gt 1,2 ->2\n(1) MOV.4 0=2\n(2) EXIT \n");
    CHECK_PASSES("r0 = r1\nif r3 > r2 goto on\nr0 = r2\non: exit\n", ALL,
                 "(0) MOV.8 0=1 SELECT.8.le 0=3,2,2\n(2) EXIT \n");
    CHECK_PASSES("r0 = r1\nif r3 == 0 goto set\nif r1 > r2 goto on\nset: r0 = r2\non: exit\n", ALL,
                 "(0) MOV.8 0=1 BRANCH.8.eq 3#0 ->2\n(1) BRANCH.8.gt 1,2 ->3\n(2) MOV.8 0=2\n(3) EXIT \n");
}

/* One of two numbers that waits on the stack is put there once, behind the choice. */
TEST(passes, spilled_choices)
{
    const uint32_t not = MYBPF_JIT_NO_SLOTS;
    CHECK_PASSES(
        "w3 = 48\n*(u32 *)(r10 - 8) = r3\nif w1 < 10 goto on\nw3 = 87\n*(u32 *)(r10 - 8) = r3\non: "
        "r0 = *(u32 *)(r10 - 8)\nr0 += r1\nexit\n",
        not,
        "(0) CONST.8 3=#48 SELECT.4.ge 3=1#10+87\n(1) STORE.4 10,3-8\n(2) LOAD.4 0=10-8 ADD.8 0=0,1 EXIT \n");
    CHECK_PASSES("w3 = 48\n*(u64 *)(r10 - 8) = r3\nif w1 < 10 goto on\nw3 = 87\n*(u64 *)(r10 - 8) = r3\non: "
                 "r0 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n",
                 ALL, "(0) CONST.8 3=#48 SELECT.4.ge 3=1#10+87\n(1)\n(2) ADD.8 0=3,1 EXIT \n");
    CHECK_PASSES("w3 = 48\n*(u32 *)(r2 + 4) = r3\nif w1 < 10 goto on\nw3 = 87\n*(u32 *)(r2 + 4) = r3\non: r0 "
                 "= r3\nexit\n",
                 ALL, "(0) CONST.8 3=#48 SELECT.4.ge 3=1#10+87\n(1) STORE.4 2,3+4\n(2) MOV.8 0=3 EXIT \n");
    CHECK_PASSES("w3 = 48\nr4 = r3\nif r4 < r1 goto on\nw3 = 87\nr4 = r3\non: r0 = r3\nr0 += r4\nexit\n", ALL,
                 "(0) CONST.8 3=#48 SELECT.8.ge 3=3,1+87\n(1)\n(2) ADD.8 0=3,3 EXIT \n");
    /* not: elsewhere, another number, another width, what the other way reads */
    CHECK_PASSES("w3 = 48\n*(u32 *)(r2 + 4) = r3\nif w1 < 10 goto on\nw3 = 87\n*(u32 *)(r2 + 8) = r3\non: r0 "
                 "= r3\nexit\n",
                 ALL,
                 "(0) CONST.8 3=#48 STORE.4 2,3+4 BRANCH.4.lt 1#10 ->2\n(1) CONST.8 3=#87 STORE.4 2,3+8\n(2) "
                 "MOV.8 0=3 EXIT \n");
    CHECK_PASSES("w3 = 48\n*(u32 *)(r2 + 4) = r3\nif w1 < 10 goto on\nw3 = 87\n*(u32 *)(r2 + 4) = r4\non: r0 "
                 "= r3\nexit\n",
                 ALL,
                 "(0) CONST.8 3=#48 STORE.4 2,3+4 BRANCH.4.lt 1#10 ->2\n(1) CONST.8 3=#87 STORE.4 2,4+4\n(2) "
                 "MOV.8 0=3 EXIT \n");
    CHECK_PASSES("w3 = 48\n*(u32 *)(r2 + 4) = r3\nif w1 < 10 goto on\nw3 = 87\n*(u64 *)(r2 + 4) = r3\non: r0 "
                 "= r3\nexit\n",
                 ALL,
                 "(0) CONST.8 3=#48 STORE.4 2,3+4 BRANCH.4.lt 1#10 ->2\n(1) CONST.8 3=#87 STORE.8 2,3+4\n(2) "
                 "MOV.8 0=3 EXIT \n");
    CHECK_PASSES("w3 = 48\nr4 = r3\nif r1 > 9 goto on\nr3 = r4\nr4 = r3\non: r0 = r3\nr0 += r4\nexit\n", ALL,
                 "(0) CONST.8 3=#48 MOV.8 4=3 BRANCH.8.gt 1#9 ->2\n(1) MOV.8 4=3\n(2) ADD.8 0=3,4 EXIT \n");
}

/* What a comparison adds to a sum; the carry of the sum that is compared is there already. */
TEST(passes, carries)
{
    CHECK_PASSES("r0 = 0\non: w3 = *(u32 *)(r1 + 0)\nw0 += w3\nw4 = 1\nif w0 < w3 goto go\nw4 = 0\ngo: r1 += "
                 "4\n*(u32 *)(r1 + 0) = w3\nw0 += w4\nif r1 != r2 goto on\nexit\n",
                 MYBPF_JIT_NO_UNROLL,
                 "(0) CONST.8 0=#0\n(1) LOAD.4 3=1 ADD.4 0=0,3 ADD.8 1=1#4 STORE.4 1,3 ADD_IF.4.lt 0=0,3,0 "
                 "BRANCH.8.ne 1,2 ->1\n(4) EXIT \n");
    CHECK_PASSES("w1 += w2\nw3 = 1\nif w1 < w2 goto on\nw3 = 0\non: w1 += w3\nr0 = r1\nexit\n", ALL,
                 "(0) ADD.4 1=1,2\n(2) ADD_IF.4.lt 0=1,2,1 EXIT \n");
    CHECK_PASSES("r5 = r1\nr5 += r2\nr3 = 1\nif r1 > r5 goto on\nr3 = 0\non: r0 = r4\nr0 += r3\nexit\n", ALL,
                 "(0) ADD.8 5=1,2\n(2) ADD_IF.8.lt 0=5,1,4 EXIT \n");
    CHECK_PASSES(
        "r5 = r1\nr5 += r2\nr3 = 1\nif w1 > w5 goto on\nr3 = 0\non: r0 = r4\nr0 += r3\nr0 ^= r5\nexit\n", ALL,
        "(0) ADD.8 5=1,2\n(2) ADD_IF.4.lt 0=5,1,4 XOR.8 0=0,5 EXIT \n");
    CHECK_PASSES(
        "r5 = r1\nr5 += r2\nr5 ^= 1\nr3 = 0\nif r1 > r5 goto on\nr3 = 1\non: r0 = r4\nr0 += r3\nexit\n", ALL,
        "(0) ADD.8 5=1,2 XOR.8 5=5#1\n(2) ADD_IF.8.ge 0=5,1,4 EXIT \n");
    CHECK_PASSES("r3 = 1\nif r1 == 0 goto on\nr3 = 0\non: w3 += w4\nr0 = r3\nexit\n", ALL,
                 "(0)\n(2) ADD_IF.8.lt 0=1,4#1 EXIT \n");
    CHECK_PASSES("r3 = 1\nif r1 != 0 goto on\nr3 = 0\non: r3 += r4\nr0 = r3\nexit\n", ALL,
                 "(0)\n(2) ADD_IF.8.ge 0=1,4#1 EXIT \n");
    CHECK_PASSES("r3 = 1\nif r1 > 9 goto on\nr3 = 0\non: r3 += r1\nr0 = r3\nexit\n", ALL,
                 "(0)\n(2) ADD_IF.8.ge 0=1,1#10 EXIT \n");
    CHECK_PASSES("r3 = 1\nif r1 <= r2 goto on\nr3 = 0\non: r3 += r1\nr0 = r3\nexit\n", ALL,
                 "(0)\n(2) ADD_IF.8.ge 0=2,1,1 EXIT \n");
    /* not: signs, other numbers, what something else reads as well, or compares what is no longer there */
    CHECK_PASSES("r3 = 1\nif r1 s< r2 goto on\nr3 = 0\non: r3 += r1\nr0 = r3\nexit\n", ALL,
                 "(0) CONST.8 3=#1 SELECT.8.sge 3=1,2\n(2) ADD.8 0=3,1 EXIT \n");
    CHECK_PASSES("r3 = 2\nif r1 < r2 goto on\nr3 = 0\non: r3 += r1\nr0 = r3\nexit\n", ALL,
                 "(0) CONST.8 3=#2 SELECT.8.ge 3=1,2\n(2) ADD.8 0=3,1 EXIT \n");
    CHECK_PASSES("r3 = 1\nif r1 < r2 goto on\nr3 = 0\non: r0 = r1\nr0 += r3\nr0 ^= r3\nexit\n", ALL,
                 "(0) CONST.8 3=#1 SELECT.8.ge 3=1,2\n(2) ADD.8 0=1,3 XOR.8 0=0,3 EXIT \n");
    CHECK_PASSES("r3 = 1\nif r1 < r2 goto on\nr3 = 0\non: r1 ^= 5\nr3 += r1\nr0 = r3\nexit\n", ALL,
                 "(0) CONST.8 3=#1 SELECT.8.ge 3=1,2\n(2) XOR.8 1=1#5 ADD.8 0=3,1 EXIT \n");
    CHECK_PASSES("r3 = 1\nif r1 < -1 goto on\nr3 = 0\non: r3 += r3\nr0 = r3\nexit\n", ALL,
                 "(0) CONST.8 3=#1 SELECT.8.ge 3=1#-1\n(2) ADD.8 0=3,3 EXIT \n");
}

/* What has been asked by a SELECT, or is asked again where both ways meet. */
TEST(passes, selects_asked_again)
{
    CHECK_PASSES(
        "w5 = w2\nw3 = 16\nif w5 < 65536 goto a\nw3 = 32\na: w4 = w5\nw4 <<= 16\nif w5 < 65536 goto b\n"
        "w4 = w5\nb: w0 = w4\nw0 += w3\nexit\n",
        ALL,
        "(0) CONST.8 3=#16 SELECT.4.ge 3=2#65536+32\n"
        "(2) SHL.4 4=2#16 SELECT.4.ge 4=2,2#65536\n"
        "(4) ADD.4 0=4,3 EXIT \n");
    CHECK_PASSES("r5 = r3\nr5 >>= 32\nif r4 == 0 goto a\nr5 = r3\na: r0 = r5\nr0 >>= 16\nif r4 == 0 goto b\n"
                 "r0 = r5\nb: r0 += r5\nexit\n",
                 ALL,
                 "(0) SHR.8 5=3#32 SELECT.8.ne 5=4,3#0\n"
                 "(2) SHR.8 0=5#16 SELECT.8.ne 0=4,5#0\n"
                 "(4) ADD.8 0=0,5 EXIT \n");
    /* not: once, of another number, of one that has changed */
    CHECK_PASSES("r5 = r3\nr5 >>= 32\nif r4 == 0 goto a\nr5 = r3\na: r0 = r5\nr0 >>= 16\nif r2 == 0 goto b\n"
                 "r0 = r5\nb: r0 += r5\nexit\n",
                 ALL,
                 "(0) SHR.8 5=3#32 BRANCH.8.eq 4#0 ->2\n"
                 "(1) MOV.8 5=3\n"
                 "(2) SHR.8 0=5#16 BRANCH.8.eq 2#0 ->4\n"
                 "(3) MOV.8 0=5\n"
                 "(4) ADD.8 0=0,5 EXIT \n");
    CHECK_PASSES("r5 = r3\nr5 >>= 32\nif r4 == 0 goto a\nr5 = r3\na: r0 = r5\nr4 >>= 16\nif r4 == 0 goto b\n"
                 "r0 = r3\nb: r0 += r5\nexit\n",
                 ALL,
                 "(0) SHR.8 5=3#32 BRANCH.8.eq 4#0 ->2\n"
                 "(1) MOV.8 5=3\n"
                 "(2) MOV.8 0=5 SHR.8 4=4#16 BRANCH.8.eq 4#0 ->4\n"
                 "(3) MOV.8 0=3\n"
                 "(4) ADD.8 0=0,5 EXIT \n");
}

/* The smallest so far is for the next round, which would wait for it; of two that a round loads it is not. */
TEST(passes, selects_in_loops)
{
    const uint32_t not = MYBPF_JIT_NO_UNROLL | MYBPF_JIT_NO_COUNTERS;
    CHECK_PASSES("r0 = 0\non: r3 = *(u64 *)(r1 + 0)\nr1 += 8\nif r3 >= r0 goto less\nr0 = r3\n"
                 "less: if r1 != r2 goto on\nexit\n",
                 not,
                 "(0) CONST.8 0=#0\n(1) LOAD.8 3=1 ADD.8 1=1#8 BRANCH.8.ge 3,0 ->3\n(2) MOV.8 0=3\n(3) "
                 "BRANCH.8.ne 1,2 ->1\n(4) EXIT \n");
    CHECK_PASSES("r0 = 0\non: r3 = *(u64 *)(r1 + 0)\nr4 = *(u64 *)(r1 + 8)\nr1 += 8\nif r3 >= r4 goto less\n"
                 "r4 = r3\nless: r0 += r4\nif r1 != r2 goto on\nexit\n",
                 not,
                 "(0) CONST.8 0=#0\n(1) LOAD.8 3=1 LOAD.8 4=1+8 ADD.8 1=1#8 SELECT.8.lt 4=3,4,3 ADD.8 0=0,4 "
                 "BRANCH.8.ne 1,2 ->1\n(4) EXIT \n");
    /* nor where it is copied from round to round */
    CHECK_PASSES("r0 = 0\non: r3 = *(u64 *)(r1 + 0)\nr1 += 8\nr4 = r3\nif r3 > r0 goto more\nr4 = r0\nmore: "
                 "*(u64 *)(r1 + 0) = r3\n"
                 "r0 = r4\nif r1 != r2 goto on\nexit\n",
                 not,
                 "(0) CONST.8 0=#0\n(1) LOAD.8 3=1 ADD.8 1=1#8 MOV.8 4=3 BRANCH.8.gt 3,0 ->3\n(2) MOV.8 "
                 "4=0\n(3) STORE.8 1,3 MOV.8 0=4 BRANCH.8.ne 1,2 ->1\n(4) EXIT \n");
    /* what no round has made is as it was: foreseen */
    CHECK_PASSES("r0 = 0\non: r1 += 8\nr4 = 5\nif r3 > r5 goto more\nr4 = r0\nmore: r0 += r4\n"
                 "if r1 != r2 goto on\nexit\n",
                 not | MYBPF_JIT_NO_INVARIANTS,
                 "(0) CONST.8 0=#0\n(1) ADD.8 1=1#8 CONST.8 4=#5 BRANCH.8.gt 3,5 ->3\n(2) MOV.8 4=0\n(3) "
                 "ADD.8 0=0,4 BRANCH.8.ne 1,2 ->1\n(4) EXIT \n");
    /* of three */
    CHECK_PASSES("r0 = 0\non: r3 = *(u64 *)(r1 + 0)\nr4 = *(u64 *)(r1 + 8)\nr5 = *(u64 *)(r1 + 16)\nr1 += "
                 "8\nif r3 >= r4 goto less\n"
                 "r4 = r3\nless: if r4 >= r5 goto most\nr5 = r4\nmost: r0 += r5\nif r1 != r2 goto on\nexit\n",
                 not,
                 "(0) CONST.8 0=#0\n(1) LOAD.8 3=1 LOAD.8 4=1+8 LOAD.8 5=1+16 ADD.8 1=1#8 SELECT.8.lt "
                 "4=3,4,3 SELECT.8.lt 5=4,5,4 ADD.8 0=0,5 BRANCH.8.ne 1,2 ->1\n(6) EXIT \n");
}

/* A number, or the same with a change: letters. The block in front of the choice may stand behind it. */
TEST(passes, changes)
{
    static const char letters[] = "r0 = 0\non: r3 = *(u8 *)(r1 + 0)\nw4 = w3\nw4 += -97\nw4 &= 255\nw5 = w3\n"
                                  "w5 %s= %d\nif w4 < 26 goto small\nr5 = r3\nsmall: *(u8 *)(r1 + 0) = r5\n"
                                  "r1 += 1\nif r1 != r2 goto on\nexit\n";
    static const struct {
        const char *change;
        int with;
        const char *made;
    } rows[] = {{"+", -32, "ADD.4 5=3#-32"}, {"|", 32, "OR.4 5=3#32"}, {"^", 32, "XOR.4 5=3#32"}};
    char source[512], want[512];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(source, sizeof source, letters, rows[i].change, rows[i].with);
        snprintf(want, sizeof want,
                 "(0) CONST.8 0=#0\n(1) LOAD.1 3=1 ADD.4 4=3#-97 %s SELECT.1.ge 5=4,3#26 STORE.1 1,5 ADD.8 "
                 "1=1#1 BRANCH.8.ne 1,2 ->1\n(4) EXIT \n",
                 rows[i].made);
        CHECK_PASSES(source, MYBPF_JIT_NO_UNROLL, want);
    }
    CHECK_PASSES("w4 = w2\nw4 += 1\nw3 = w4\nw3 += 5\nif r5 > 7 goto on\nr3 = r4\nr3 <<= 32\nr3 >>= 32\n"
                 "on: r0 = r3\nr0 += r4\nexit\n",
                 ALL, "(0) ADD.4 4=2#1 ADD.4 3=4#5 SELECT.8.le 3=5,4#7\n(2) ADD.8 0=3,4 EXIT \n");
    /* not: another number, a product, of 8 bytes */
    CHECK_PASSES("w4 = w3\nw4 += 1\nif w1 < 26 goto on\nr4 = r2\non: r0 = r4\nexit\n", ALL,
                 "(0) ADD.4 4=3#1 BRANCH.4.lt 1#26 ->2\n(1) MOV.8 4=2\n(2) MOV.8 0=4 EXIT \n");
    CHECK_PASSES("w4 = w3\nw4 *= 7\nif w1 < 26 goto on\nr4 = r3\non: r0 = r4\nexit\n", ALL,
                 "(0) MUL.4 4=3#7 BRANCH.4.lt 1#26 ->2\n(1) MOV.8 4=3\n(2) MOV.8 0=4 EXIT \n");
    CHECK_PASSES("r4 = r3\nr4 += 1\nif w1 < 26 goto on\nr4 = r3\non: r0 = r4\nexit\n", ALL,
                 "(0) ADD.8 4=3#1 BRANCH.4.lt 1#26 ->2\n(1) MOV.8 4=3\n(2) MOV.8 0=4 EXIT \n");
}
