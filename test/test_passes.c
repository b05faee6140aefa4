/* test_passes.c: what the passes make of a program (passes.h). Bytes, choices, loops along memory have files
 * of their own. */
#include "passes.h"

/* ---- loops ---- */

static const char fibonacci[] =
    "r0 = 0\nif r1 == 0 goto out\nr2 = 1\nr4 = 0\nr3 = 0\nloop: r5 = r4\nr5 += r2\nr3 += 1\n"
    "r0 = r2\nr4 = r2\nr2 = r5\nif r1 > r3 goto loop\nout: exit\n";

TEST(passes, fibonacci)
{
    CHECK_PASSES(fibonacci, ALL,
                 "(0) CONST.8 0=#0 BRANCH.8.eq 1#0 ->3\n"
                 "(1) CONST.8 2=#1 CONST.8 4=#0\n"
                 "(4) MOV.8 3=1\n"
                 "(2) ADD.8 5=4,2 MOV.8 4=2 MOV.8 2=5 SUB_BRANCH.8.gt 3=3#1 ->2\n"
                 "(5) MOV.8 0=4\n"
                 "(3) EXIT \n");
    CHECK_PASSES(fibonacci, MYBPF_JIT_NO_SINK | MYBPF_JIT_NO_COUNTERS,
                 "(0) CONST.8 0=#0 BRANCH.8.eq 1#0 ->3\n"
                 "(1) CONST.8 2=#1 CONST.8 4=#0 CONST.8 3=#0\n"
                 "(2) ADD.8 5=4,2 ADD.8 3=3#1 MOV.8 0=2 MOV.8 4=2 MOV.8 2=5 BRANCH.8.gt 1,3 ->2\n"
                 "(3) EXIT \n");
}

/* Length of the loop that arm64's only conditional branch back closes. */
TEST(passes, fibonacci_on_arm64)
{
    mybpf_error error = {0};
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    mybpf__gen_request request;
    mybpf__gen_result result;
    int length = 0;
    if (prepare("arm64", fibonacci, ALL, &vm, &object, &request)) {
        CHECK_INT(mybpf__gen(&request, &result, &error), 0);
        for (size_t at = 0; at + 4 <= result.code.size; at += 4) {
            const uint8_t *b = result.code.bytes + at;
            uint32_t word =
                (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
            int32_t distance = (int32_t)(word << 8) >> 13; /* b.cond: in words */
            if (word >> 24 == 0x54 && distance < 0) length = 1 - distance;
        }
        CHECK_INT(length, 5);
        mybpf__gen_free(vm, &result);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(passes, counters)
{
    static const struct {
        const char *name, *source, *want;
    } rows[] = {
        {"not equal, start not known", "r0 = 1\nloop: r2 += 4\nr0 += r0\nif r2 != r1 goto loop\nexit\n",
         "(0) CONST.8 0=#1\n(3) SUB.8 2=1,2\n(1) ADD.8 0=0,0 SUB_BRANCH.8.ne 2=2#4 ->1\n(2) EXIT \n"},
        {"not equal, constants", "r0 = 1\nr2 = 3\nloop: r2 += -3\nr0 += r0\nif r2 != -300 goto loop\nexit\n",
         "(0) CONST.8 0=#1\n(3) CONST.8 2=#-303\n(1) ADD.8 0=0,0 SUB_BRANCH.8.ne 2=2#-3 ->1\n(2) EXIT \n"},
        {"not equal, start not known, constant limit",
         "r0 = 1\nloop: w2 += 1\nr0 += r0\nif w2 != 7 goto loop\nexit\n",
         "(0) CONST.8 0=#1\n(3) NEG.4 2=2 ADD.4 2=2#7\n(1) ADD.8 0=0,0 SUB_BRANCH.4.ne 2=2#1 ->1\n(2) EXIT "
         "\n"},
        {"less, signed, half as wide",
         "r0 = 1\nw2 = 0\nloop: w2 += 1\nr0 += r0\nif w2 s< w1 goto loop\nexit\n",
         "(0) CONST.8 0=#1\n(3) MOV.4 2=1\n(1) ADD.8 0=0,0 SUB_BRANCH.4.sgt 2=2#1 ->1\n(2) EXIT \n"},
        {"already runs to 0", "r0 = 1\nloop: r2 += -1\nr0 += r2\nif r2 != 0 goto loop\nexit\n",
         "(0) CONST.8 0=#1\n(1) ADD.8 2=2#-1 ADD.8 0=0,2 BRANCH.8.ne 2#0 ->1\n(2) EXIT \n"},
        {"already runs to 0, with a way around",
         "r0 = 1\nloop: r0 += r2\nif r0 == 7 goto on\nr0 *= 3\non: r2 += -1\nif r2 != 0 goto loop\nexit\n",
         "(0) CONST.8 0=#1\n(1) ADD.8 0=0,2 BRANCH.8.eq 0#7 ->3\n(2) MUL.8 0=0#3\n(3) SUB_BRANCH.8.ne 2=2#1 "
         "->1\n(4) EXIT \n"},
        {"less, start not 0", "r0 = 1\nr2 = 1\nloop: r2 += 1\nr0 += r0\nif r2 < r1 goto loop\nexit\n",
         "(0) CONST.8 0=#1 CONST.8 2=#1\n(1) ADD.8 2=2#1 ADD.8 0=0,0 BRANCH.8.lt 2,1 ->1\n(2) EXIT \n"},
        {"less, in steps that may wrap",
         "r0 = 1\nr2 = 0\nloop: r2 += 2\nr0 += r0\nif r2 < r1 goto loop\nexit\n",
         "(0) CONST.8 0=#1 CONST.8 2=#0\n(1) ADD.8 2=2#2 ADD.8 0=0,0 BRANCH.8.lt 2,1 ->1\n(2) EXIT \n"},
        {"read behind the loop",
         "r0 = 1\nr2 = 0\nloop: r2 += 1\nr0 += r0\nif r2 < r1 goto loop\nr0 += r2\nexit\n",
         "(0) CONST.8 0=#1 CONST.8 2=#0\n(1) ADD.8 2=2#1 ADD.8 0=0,0 BRANCH.8.lt 2,1 ->1\n(2) ADD.8 0=0,2 "
         "EXIT \n"},
        {"the limit changes", "r0 = 1\nr2 = 0\nloop: r2 += 1\nr1 += r0\nif r2 < r1 goto loop\nexit\n",
         "(0) CONST.8 0=#1 CONST.8 2=#0\n(1) ADD.8 2=2#1 ADD.8 1=1,0 BRANCH.8.lt 2,1 ->1\n(2) EXIT \n"},
        {"entered in the middle",
         "r0 = 1\nr2 = 0\nif r1 == 9 goto in\nloop: r0 += r0\nin: r2 += 1\nif r2 < r1 goto loop\nexit\n",
         "(0) CONST.8 0=#1 CONST.8 2=#0 BRANCH.8.eq 1#9 ->2\n(1) ADD.8 0=0,0\n(2) ADD.8 2=2#1 BRANCH.8.lt "
         "2,1 ->1\n(3) EXIT \n"},
        {"of two loops the inner one",
         "r0 = 1\nr3 = r1\nouter: r2 = 0\nloop: r2 += 1\nr0 += r0\nif r2 < r1 goto loop\nr3 += -1\nr0 += "
         "r3\nif r3 != 0 goto outer\nexit\n",
         "(0) CONST.8 0=#1 MOV.8 3=1\n(1)\n(5) MOV.8 2=1\n(2) ADD.8 0=0,0 SUB_BRANCH.8.gt 2=2#1 ->2\n"
         "(3) ADD.8 3=3#-1 ADD.8 0=0,3 BRANCH.8.ne 3#0 ->1\n(4) EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CASE("%s", rows[i].name);
        CHECK_PASSES(rows[i].source, ALL, rows[i].want);
    }
}

TEST(passes, sink)
{
    /* r3 and r0 hold the same when the block ends: r3 is needed in the loop, r0 only behind it */
    CHECK_PASSES("r0 = 0\nloop: r0 = r2\nr3 = r2\nr2 += r3\nif r2 < r1 goto loop\nr0 += r3\nexit\n", ALL,
                 "(0)\n(1) MOV.8 0=2 MOV.8 3=2 ADD.8 2=2,2 BRANCH.8.lt 2,1 ->1\n(2) ADD.8 0=0,3 EXIT \n");
    CHECK_PASSES("r3 = 0\nloop: r2 += r3\nr0 = r2\nr3 = r2\nr2 += 5\nif r2 < r1 goto loop\nr0 += r1\nexit\n",
                 MYBPF_JIT_NO_MERGE,
                 "(0) CONST.8 3=#0\n(1) ADD.8 2=2,3 MOV.8 3=2 ADD.8 2=2#5 BRANCH.8.lt 2,1 ->1\n(3) MOV.8 "
                 "0=3\n(2) ADD.8 0=0,1 EXIT \n");
    /* read by the branch itself: stays */
    CHECK_PASSES("r3 = 0\nloop: r2 += r3\nr0 = r2\nr3 = r2\nr2 += 5\nif r0 < r1 goto loop\nr0 += r1\nexit\n",
                 MYBPF_JIT_NO_COPIES | MYBPF_JIT_NO_MERGE,
                 "(0) CONST.8 3=#0\n(1) ADD.8 2=2,3 MOV.8 0=2 MOV.8 3=2 ADD.8 2=2#5 BRANCH.8.lt 0,1 ->1\n(2) "
                 "ADD.8 0=0,1 EXIT \n");
}

/* What is only read behind a loop goes there, on both ways out; what stays the same in front of it. */
TEST(passes, motion)
{
    static const char scan[] = "r0 = 0\nloop: r3 = *(u8 *)(r1 + 0)\nw4 = w2\nw4 &= 255\nr0 = r1\n"
                               "if w3 == w4 goto found\nr0 = 7\nr1 += 1\nif r1 < 99 goto loop\nfound: exit\n";
    CHECK_PASSES(scan, ALL,
                 "(0)\n(4) AND.4 4=2#255\n(1) LOAD.1 3=1 BRANCH.4.eq 3,4 ->6\n"
                 "(2) ADD.8 1=1#1 BRANCH.8.lt 1#99 ->1\n(5) CONST.8 0=#7\n(3) EXIT \n(6) MOV.8 0=1 =>3\n");
    CHECK_PASSES(scan, MYBPF_JIT_NO_SINK | MYBPF_JIT_NO_INVARIANTS,
                 "(0)\n(1) LOAD.1 3=1 AND.4 4=2#255 MOV.8 0=1 BRANCH.4.eq 3,4 ->3\n"
                 "(2) CONST.8 0=#7 ADD.8 1=1#1 BRANCH.8.lt 1#99 ->1\n(3) EXIT \n");
    /* stay: it is written twice, from what the loop changes, read before, or it is a loop around another */
    CHECK_PASSES(
        "r0 = 0\nloop: r3 = r2\nr3 *= 5\nr0 += r3\nr3 = r1\nr3 *= 3\nr0 += r3\nr1 += 1\n"
        "if r1 != 9 goto loop\nexit\n",
        MYBPF_JIT_NO_COUNTERS,
        "(0) CONST.8 0=#0\n(1) MUL.8 3=2#5 ADD.8 0=0,3 MUL.8 3=1#3 ADD.8 0=0,3 ADD.8 1=1#1 BRANCH.8.ne "
        "1#9 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\nloop: r0 += r3\nr3 = r2\nr3 *= 5\nr1 += r0\nif r1 != 9 goto loop\nexit\n", ALL,
        "(0) CONST.8 0=#0\n(1) ADD.8 0=0,3 MUL.8 3=2#5 ADD.8 1=1,0 BRANCH.8.ne 1#9 ->1\n(2) EXIT \n");
    /* a counter is set in front of the loop as well */
    CHECK_PASSES(
        "r0 = 0\nr3 = 0\nloop: r4 = r2\nr4 *= 5\nr0 += r4\nr3 += 1\nif r3 < r1 goto loop\nexit\n", ALL,
        "(0) CONST.8 0=#0\n(3) MOV.8 3=1 MUL.8 4=2#5\n(1) ADD.8 0=0,4 SUB_BRANCH.8.gt 3=3#1 ->1\n(2) "
        "EXIT \n");
}

/* ---- jumps ---- */

/* ---- addresses ---- */

TEST(passes, sums)
{
    CHECK_PASSES("r1 += 16\nr1 = *(u64 *)(r1 + 8)\nr1 += r2\nr0 = *(u32 *)(r1 - 4)\nexit\n", ALL,
                 "(0) LOAD.8 1=1+24 LOAD.4 0=1,2-4 EXIT \n");
    CHECK_PASSES("r0 = 0\nr2 += r1\n*(u8 *)(r2 + 3) = 1\nexit\n", ALL,
                 "(0) CONST.8 0=#0 STORE.1 2,1#1+3 EXIT \n");
    /* what acquires or releases has a plain address */
    CHECK_PASSES("r3 = r1\nr3 += r2\nr0 = load_acquire((u64 *)(r3 + 0))\nr0 += r1\nexit\n", ALL,
                 "(0) ADD.8 3=1,2 LOAD.8 0=3 ADD.8 0=0,1 EXIT \n");
    /* the sum is read again, stored itself, or its operand has changed */
    CHECK_PASSES("r2 += r1\nr0 = *(u8 *)(r2 + 3)\nr0 += r2\nexit\n", ALL,
                 "(0) ADD.8 2=2,1 LOAD.1 0=2+3 ADD.8 0=0,2 EXIT \n");
    CHECK_PASSES("r0 = 0\nr2 += r1\n*(u64 *)(r2 + 3) = r2\nexit\n", ALL,
                 "(0) CONST.8 0=#0 ADD.8 2=2,1 STORE.8 2,2+3 EXIT \n");
    CHECK_PASSES("r2 += r1\nr1 = 4\nr0 = *(u8 *)(r2 + 3)\nr0 += r1\nexit\n", ALL,
                 "(0) ADD.8 2=2,1 CONST.8 1=#4 LOAD.1 0=2+3 ADD.8 0=0,1 EXIT \n");
}

/* A shift that scales an index, once, for this access alone. */
TEST(passes, scales)
{
    CHECK_PASSES("r2 <<= 3\nr3 = r1\nr3 += r2\nr0 = *(u64 *)(r3 + 8)\nexit\n", ALL,
                 "(0) LOAD.8 0=1,2*8+8 EXIT \n");
    CHECK_PASSES("r0 = 0\nw2 = w2\nr2 <<= 2\nr2 += r1\n*(u32 *)(r2 + 0) = r3\nexit\n", ALL,
                 "(0) CONST.8 0=#0 MOV.4 2=2 STORE.4 1,2,3*4 EXIT \n");
    /* the index is another number where the load is */
    CHECK_PASSES("r2 <<= 3\nr3 = r1\nr3 += r2\nr2 = 7\nr3 = *(u64 *)(r3 + 8)\nr0 = r3\nr0 += r2\nexit\n", ALL,
                 "(0) LOAD.8 3=1,2*8+8 CONST.8 2=#7 ADD.8 0=3,2 EXIT \n");
    CHECK_PASSES("r2 = r4\nr2 <<= 2\nr3 = r1\nr3 += r2\nr2 = 7\nr1 = 8\nr3 = *(u32 *)(r3 + 0)\nr0 = r3\nr0 "
                 "+= r2\nr0 += r1\nexit\n",
                 ALL, "(0) LOAD.4 3=1,4*4 CONST.8 2=#7 CONST.8 1=#8 ADD.8 0=3,2 ADD.8 0=0,1 EXIT \n");
    CHECK_PASSES("r2 <<= 3\nr3 = r1\nr3 += r2\nr4 += r2\nr2 = 7\nr3 = *(u64 *)(r3 + 8)\nr0 = r3\nr0 += "
                 "r2\nr0 += r4\nexit\n",
                 ALL,
                 "(0) SHL.8 2=2#3 LOAD.8 3=1,2+8 ADD.8 4=4,2 CONST.8 2=#7 ADD.8 0=3,2 ADD.8 0=0,4 EXIT \n");
    /* too far, read again, stored itself, or what was shifted has changed */
    CHECK_PASSES("r2 <<= 4\nr2 += r1\nr0 = *(u64 *)(r2 + 0)\nexit\n", ALL,
                 "(0) SHL.8 2=2#4 LOAD.8 0=2,1 EXIT \n");
    CHECK_PASSES("r2 <<= 3\nr3 = r1\nr3 += r2\nr0 = *(u64 *)(r3 + 0)\nr0 += r2\nexit\n", ALL,
                 "(0) SHL.8 2=2#3 LOAD.8 0=1,2 ADD.8 0=0,2 EXIT \n");
    CHECK_PASSES("r0 = 0\nr2 <<= 3\nr3 = r1\nr3 += r2\n*(u64 *)(r3 + 0) = r2\nexit\n", ALL,
                 "(0) CONST.8 0=#0 SHL.8 2=2#3 STORE.8 1,2,2 EXIT \n");
    CHECK_PASSES("r4 = r2\nr4 <<= 3\nr2 = 5\nr4 += r1\nr0 = *(u64 *)(r4 + 0)\nr0 += r2\nexit\n", ALL,
                 "(0) SHL.8 4=2#3 CONST.8 2=#5 LOAD.8 0=4,1 ADD.8 0=0,2 EXIT \n");
    /* what a sum overwrote is there for another one; a load comes sooner, but not before what may write there
     */
    CHECK_PASSES(
        "r3 = r1\nr3 += r2\nr2 = r1\nr2 += r4\nr0 = *(u8 *)(r2 + 0)\nr3 = *(u8 *)(r3 + 0)\nr0 += r3\nexit\n",
        ALL, "(0) LOAD.1 0=1,4 LOAD.1 3=1,2 ADD.8 0=0,3 EXIT \n");
    CHECK_PASSES("r3 = r1\nr3 += r2\nr2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r3 + 4)\nr0 = r3\nr0 += r2\nexit\n",
                 ALL, "(0) LOAD.1 3=1,2+4 LOAD.1 2=1 ADD.8 0=3,2 EXIT \n");
    CHECK_PASSES(
        "r3 = r1\nr3 += r2\nr2 = 5\n*(u8 *)(r1 + 0) = r2\nr3 = *(u8 *)(r3 + 4)\nr0 = r3\nr0 += r2\nexit\n",
        ALL, "(0) ADD.8 3=1,2 CONST.8 2=#5 STORE.1 1,2 LOAD.1 3=3+4 ADD.8 0=3,2 EXIT \n");
    CHECK_PASSES("r3 = r1\nr3 += r2\nr2 = *(u8 *)(r3 + 1)\nr3 = *(u8 *)(r3 + 4)\nr0 = r3\nr0 += r2\nexit\n",
                 ALL, "(0) LOAD.1 3=1,2+4 LOAD.1 2=1,2+1 ADD.8 0=3,2 EXIT \n");
}

/* Two shifts that extend, a load that does so by itself. */
TEST(passes, extensions)
{
    static const struct {
        const char *source, *want;
    } rows[] = {
        {"r0 = r1\nr0 <<= 56\nr0 s>>= 56\nexit\n", "(0) SEXT.8 0=1 EXIT \n"},
        {"w0 = w1\nw0 <<= 16\nw0 s>>= 16\nexit\n", "(0) SEXT.4 0=1 EXIT \n"},
        {"r0 = r1\nr0 <<= 48\nr0 >>= 48\nexit\n", "(0) AND.8 0=1#65535 EXIT \n"},
        {"w0 = w1\nw0 <<= 24\nw0 >>= 24\nexit\n", "(0) AND.4 0=1#255 EXIT \n"},
        {"r0 = r1\nr0 <<= 32\nr0 >>= 32\nexit\n", "(0) MOV.4 0=1 EXIT \n"},
        {"r0 = *(u16 *)(r1 + 2)\nw0 <<= 16\nw0 s>>= 16\nexit\n", "(0) LOAD.2 0=1+2 signed 4 EXIT \n"},
        {"r0 = *(u16 *)(r1 + 2)\nr0 <<= 48\nr0 s>>= 48\nexit\n", "(0) LOAD.2 0=1+2 signed 8 EXIT \n"},
        {"r0 = *(u32 *)(r1 + 2)\nr0 <<= 32\nr0 s>>= 32\nexit\n", "(0) LOAD.4 0=1+2 signed 8 EXIT \n"},
        {"r0 = *(u8 *)(r1 + 2)\nr0 = (s8)r0\nexit\n", "(0) LOAD.1 0=1+2 signed 8 EXIT \n"},
        {"r0 = *(u16 *)(r1 + 2)\nr0 <<= 48\nr0 s>>= 48\nw0 = w0\nexit\n",
         "(0) LOAD.2 0=1+2 signed 8 MOV.4 0=0 EXIT \n"},
        {"r0 = *(u16 *)(r1 + 2)\nw0 <<= 16\nw0 s>>= 16\nw0 = w0\nexit\n",
         "(0) LOAD.2 0=1+2 signed 4 EXIT \n"},
        /* not: by different counts, of different widths, nothing left; what was loaded is read elsewhere */
        {"r0 = r1\nr0 <<= 56\nr0 s>>= 48\nexit\n", "(0) SHL.8 0=1#56 SAR.8 0=0#48 EXIT \n"},
        {"r0 = r1\nr0 <<= 16\nw0 s>>= 16\nexit\n", "(0) SHL.8 0=1#16 SAR.4 0=0#16 EXIT \n"},
        {"r0 = r1\nr0 <<= 24\nr0 s>>= 24\nexit\n", "(0) SHL.8 0=1#24 SAR.8 0=0#24 EXIT \n"},
        {"r0 = *(u8 *)(r1 + 2)\nr0 <<= 48\nr0 s>>= 48\nexit\n", "(0) LOAD.1 0=1+2 SEXT.8 0=0 EXIT \n"},
        {"r2 = *(u16 *)(r1 + 2)\nr0 = r2\nr2 <<= 48\nr2 s>>= 48\nr0 += r2\nexit\n",
         "(0) LOAD.2 0=1+2 SEXT.8 2=0 ADD.8 0=0,2 EXIT \n"},
        {"r2 = *(u16 *)(r1 + 2)\nif r1 == 0 goto on\nr2 = (s16)r2\non: r0 = r2\nexit\n",
         "(0) LOAD.2 2=1+2 BRANCH.8.eq 1#0 ->2\n(1) SEXT.8 2=2\n(2) MOV.8 0=2 EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "x86_64", rows[i].source, ALL, rows[i].want);
    check_passes(__LINE__, "x86_64", rows[1].source, MYBPF_JIT_NO_EXTENSIONS,
                 "(0) SHL.4 0=1#16 SAR.4 0=0#16 EXIT \n");
}

/* Counts are taken modulo the width anyway. */
TEST(passes, shift_counts)
{
    CHECK_PASSES("r0 = r1\nr3 = r2\nr3 &= 63\nr0 <<= r3\nexit\n", ALL, "(0) SHL.8 0=1,2 EXIT \n");
    CHECK_PASSES("w0 = w1\nw3 = w2\nw3 &= 31\nw0 s>>= w3\nexit\n", ALL, "(0) SAR.4 0=1,2 EXIT \n");
    CHECK_PASSES("w0 = w1\nw3 = w2\nw3 &= 255\nw0 >>= w3\nexit\n", ALL, "(0) SHR.4 0=1,2 EXIT \n");
    /* not: less is left; what is masked has changed, or is masked in place */
    CHECK_PASSES("r0 = r1\nr3 = r2\nr3 &= 31\nr0 <<= r3\nexit\n", ALL,
                 "(0) AND.8 2=2#31 SHL.8 0=1,2 EXIT \n");
    CHECK_PASSES("r0 = r1\nr3 = r2\nr3 &= 63\nr2 += 1\nr0 <<= r3\nr0 += r2\nexit\n", ALL,
                 "(0) AND.8 3=2#63 ADD.8 2=2#1 SHL.8 1=1,3 ADD.8 0=1,2 EXIT \n");
    CHECK_PASSES("r0 = r1\nr2 &= 62\nr0 <<= r2\nexit\n", ALL, "(0) AND.8 2=2#62 SHL.8 0=1,2 EXIT \n");
    /* in place, where it is needed for that alone, on x86-64 */
    CHECK_PASSES("r0 = r1\nr2 &= 63\nr0 <<= r2\nexit\n", ALL, "(0) SHL.8 0=1,2 EXIT \n");
    CHECK_PASSES("r0 = r1\nr2 &= 63\nr0 <<= r2\nr0 += r2\nexit\n", ALL,
                 "(0) AND.8 2=2#63 SHL.8 1=1,2 ADD.8 0=1,2 EXIT \n");
    CHECK_PASSES("r0 = r1\nr2 &= 63\nr3 = r2\nr0 <<= r2\nr0 += r3\nexit\n", ALL,
                 "(0) AND.8 2=2#63 SHL.8 1=1,2 ADD.8 0=1,2 EXIT \n");
    CHECK_PASSES("r2 &= 63\nr2 <<= r2\nr0 = r2\nexit\n", ALL,
                 "(0) AND.8 2=2#63 SHL.8 2=2,2 MOV.8 0=2 EXIT \n");
    CHECK_PASSES("r0 = r1\nr2 &= 63\nr0 <<= r2\nexit\n", MYBPF_JIT_NO_FUSION,
                 "(0) AND.8 2=2#63 SHL.8 0=1,2 EXIT \n");
}

/* Bytes that are compared alone. */
TEST(passes, narrow)
{
    static const struct {
        const char *source, *want;
    } rows[] = {
        {"w3 = w2\nw3 += -48\nw3 &= 255\nr0 = r1\nif w3 < 10 goto on\nr0 = r2\non: exit\n",
         "(0) ADD.4 3=2#-48 MOV.8 0=1 BRANCH.1.lt 3#10 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        {"r3 = r2\nr3 &= 255\nr0 = r1\nif r3 > 200 goto on\nr0 = r2\non: exit\n",
         "(0) MOV.8 0=1 BRANCH.1.gt 2#200 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        {"r3 = r2\nr3 &= 65535\nr0 = r1\nif r3 > 127 goto on\nr0 = r2\non: exit\n",
         "(0) MOV.8 0=1 BRANCH.2.gt 2#127 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        /* not: too large a number, with signs, another mask; read elsewhere; the number has changed */
        {"r3 = r2\nr3 &= 65535\nr0 = r1\nif r3 > 128 goto on\nr0 = r2\non: exit\n",
         "(0) AND.8 3=2#65535 MOV.8 0=1 BRANCH.8.gt 3#128 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        {"r3 = r2\nr3 &= 255\nr0 = r1\nif r3 s> 20 goto on\nr0 = r2\non: exit\n",
         "(0) AND.8 3=2#255 MOV.8 0=1 BRANCH.8.sgt 3#20 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        {"r3 = r2\nr3 &= 127\nr0 = r1\nif r3 > 20 goto on\nr0 = r2\non: exit\n",
         "(0) AND.8 3=2#127 MOV.8 0=1 BRANCH.8.gt 3#20 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        {"r3 = r2\nr3 &= 255\nr0 = r3\nif r3 > 20 goto on\nr0 = r2\non: exit\n",
         "(0) AND.8 0=2#255 BRANCH.8.gt 0#20 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        {"r3 = r2\nr3 &= 255\nr2 = 5\nr0 = r1\nif r3 > 20 goto on\nr0 = r2\non: exit\n",
         "(0) AND.8 3=2#255 CONST.8 2=#5 MOV.8 0=1 BRANCH.8.gt 3#20 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "x86_64", rows[i].source, ALL, rows[i].want);
    check_passes(__LINE__, "x86_64", rows[1].source, MYBPF_JIT_NO_FUSION,
                 "(0) AND.8 3=2#255 MOV.8 0=1 BRANCH.8.gt 3#200 ->2\n(1) MOV.8 0=2\n(2) EXIT \n");
}

/* x * (c << n) | x * c >> 64 - n; not with another factor. */
TEST(passes, rotated_products)
{
    CHECK_PASSES("w0 = w1\nw0 *= 48\nw1 *= 3\nw1 >>= 28\nw0 |= w1\nexit\n", ALL,
                 "(0) MUL.4 0=1#3 ROTL.4 0=0#4 EXIT \n");
    CHECK_PASSES("w0 = w1\nw0 *= 3\nw0 >>= 28\nw1 *= 48\nw0 |= w1\nexit\n", ALL,
                 "(0) MUL.4 0=1#3 ROTL.4 0=0#4 EXIT \n");
    CHECK_PASSES("w0 = w1\nw0 *= 49\nw1 *= 3\nw1 >>= 28\nw0 |= w1\nexit\n", ALL,
                 "(0) MUL.4 0=1#49 MUL.4 1=1#3 SHR.4 1=1#28 OR.4 0=0,1 EXIT \n");
}

/* Results are made in operands that are needed no more, where machine operations overwrite one. */
TEST(passes, results)
{
    static const char either[] = "r3 = r1\nr3 |= r2\nr3 >>= 4\nr0 = r3\nr0 *= r1\nexit\n";
    CHECK_PASSES(either, ALL, "(0) OR.8 2=2,1 SHR.8 2=2#4 MUL.8 0=2,1 EXIT \n");
    CHECK_PASSES(either, MYBPF_JIT_NO_MERGE, "(0) OR.8 3=1,2 SHR.8 3=3#4 MUL.8 0=3,1 EXIT \n");
    check_passes(__LINE__, "arm64", either, ALL, "(0) OR.8 3=1,2 SHR.8 3=3#4 MUL.8 0=3,1 EXIT \n");
    /* a sum into that operand is left out then */
    CHECK_PASSES("r3 = r1\nr3 |= r2\nr3 &= 63\nr2 = r5\nr2 += r3\nr3 = r1\nr3 &= 15\nr2 = *(u8 *)(r2 + 0)\n"
                 "r0 = r2\nr0 += r3\nexit\n",
                 ALL, "(0) OR.8 2=2,1 AND.8 2=2#63 AND.8 1=1#15 LOAD.1 2=5,2 ADD.8 0=2,1 EXIT \n");
    /* not: a difference of what stays, what is written before, or read behind the block */
    CHECK_PASSES("r3 = r1\nr3 -= r2\nr3 >>= 4\nr0 = r3\nr0 *= r1\nexit\n", ALL,
                 "(0) SUB.8 3=1,2 SHR.8 3=3#4 MUL.8 0=3,1 EXIT \n");
    CHECK_PASSES("r3 = r1\nr3 |= r2\nr2 = 5\nr0 = r3\nr0 *= r1\nr0 += r2\nexit\n", ALL,
                 "(0) OR.8 3=1,2 CONST.8 2=#5 MUL.8 3=3,1 ADD.8 0=3,2 EXIT \n");
    CHECK_PASSES("r0 = r1\nr0 |= r2\nif r1 == 0 goto on\nr0 += 1\non: exit\n", ALL,
                 "(0) OR.8 0=1,2 BRANCH.8.eq 1#0 ->2\n(1) ADD.8 0=0#1\n(2) EXIT \n");
}

/* Bits that are counted by sums, where the processor counts them. */
TEST(passes, counted_bits)
{
    static const char
        four[] = "w3 = w1\nw3 >>= 1\nw3 &= 0x55555555\nw1 -= w3\nw3 = w1\nw3 &= 0x33333333\n"
                 "w1 >>= 2\nw1 &= 0x33333333\nw1 += w3\nw3 = w1\nw3 >>= 4\nw3 += w1\n"
                 "w3 &= 0x0f0f0f0f\nw3 *= 0x01010101\nw3 >>= 24\nw0 = w3\n%s\nexit\n",
        eight[] =
            "r0 = 0\nr6 = 0x3333333333333333 ll\nr5 = 0x5555555555555555 ll\nif r2 == 0 goto on\nr3 = r1\n"
            "r4 = r3\nr4 >>= 1\nr4 &= r5\nr3 -= r4\nr4 = r%d\nr4 >>= 2\nr4 &= r6\nr3 &= r6\n"
            "r3 += r4\nr4 = r3\nr4 >>= 4\nr3 += r4\nr4 = 0x0f0f0f0f0f0f0f0f ll\nr3 &= r4\n"
            "r4 = 0x0101010101010101 ll\nr3 *= r4\nr3 >>= 56\nr0 = r3\non: r0 += r1\nexit\n";
    static const struct {
        const char *target, *more, *want;
        int from;
    } rows[] = {
        {"x86_64+popcnt", "", "(0) POPCNT.4 0=1 EXIT \n", 0},
        {"x86_64", "",
         "(0) SHR.4 3=1#1 AND.4 3=3#1431655765 SUB.4 1=1,3 AND.4 3=1#858993459 SHR.4 1=1#2 AND.4 "
         "1=1#858993459 ADD.4 1=1,3 SHR.4 0=1#4 ADD.4 0=0,1 AND.4 0=0#252645135 MUL.4 0=0#16843009 SHR.4 "
         "0=0#24 EXIT \n",
         0},
        {"riscv64+zbb", "", "(0) POPCNT.4 0=1 EXIT \n", 0},
        {"x86_64+popcnt", "r0 += r1",
         "(0) SHR.4 3=1#1 AND.4 3=3#1431655765 SUB.4 1=1,3 AND.4 3=1#858993459 SHR.4 1=1#2 AND.4 "
         "1=1#858993459 ADD.4 1=1,3 SHR.4 3=1#4 ADD.4 3=3,1 AND.4 3=3#252645135 MUL.4 3=3#16843009 SHR.4 "
         "3=3#24 ADD.8 0=3,1 EXIT \n",
         0}, /* what was computed on the way is read */
        {"x86_64+popcnt", NULL,
         "(0) CONST.8 0=#0 BRANCH.8.eq 2#0 ->2\n(1) POPCNT.8 0=1\n(2) ADD.8 0=0,1 EXIT \n", 3},
        {"x86_64+popcnt", NULL,
         "(0) CONST.8 0=#0 CONST.8 6=#3689348814741910323 CONST.8 5=#6148914691236517205 BRANCH.8.eq 2#0 "
         "->2\n(1) SHR.8 4=1#1 AND.8 4=4,5 SUB.8 0=1,4 SHR.8 4=1#2 AND.8 4=4,6 AND.8 0=0,6 ADD.8 0=0,4 SHR.8 "
         "4=0#4 ADD.8 0=0,4 CONST.8 4=#1085102592571150095 AND.8 0=0,4 CONST.8 4=#72340172838076673 MUL.8 "
         "0=0,4 SHR.8 0=0#56\n(2) ADD.8 0=0,1 EXIT \n",
         1},
    };
    char source[512];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].more)
            snprintf(source, sizeof source, four, rows[i].more);
        else
            snprintf(source, sizeof source, eight, rows[i].from);
        check_passes(__LINE__, rows[i].target, source, ALL, rows[i].want);
    }
    snprintf(source, sizeof source, four, "");
    check_passes(__LINE__, "x86_64+popcnt", source, MYBPF_JIT_NO_ROTATES, rows[1].want);
    /* rotates, where those come with a feature */
    static const char rotate[] = "w2 = w1\nw2 <<= 7\nw0 = w1\nw0 >>= 25\nw0 |= w2\nexit\n";
    check_passes(__LINE__, "riscv64+zbb", rotate, ALL, "(0) ROTL.4 0=1#7 EXIT \n");
    check_passes(__LINE__, "riscv64+zba", rotate, ALL, "(0) SHL.4 2=1#7 SHR.4 0=1#25 OR.4 0=0,2 EXIT \n");
}

/* Two halves of a number, each made of two bytes, as it may stand anywhere. */
TEST(passes, halves)
{
    /* the last load overwrites the address, and is changed in place */
    CHECK_PASSES("r5 = *(u8 *)(r4 + 5)\nw5 <<= 8\nr0 = *(u8 *)(r4 + 4)\nw5 |= w0\nr0 = *(u8 *)(r4 + 6)\nr4 = "
                 "*(u8 *)(r4 + 7)\n"
                 "w4 <<= 8\nw4 |= w0\nw4 <<= 16\nw4 |= w5\nr0 = r4\nexit\n",
                 ALL, "(0) LOAD.4 0=4+4 EXIT \n");
    /* not: it is read before it is whole */
    CHECK_PASSES("r5 = *(u8 *)(r4 + 5)\nw5 <<= 8\nr0 = *(u8 *)(r4 + 4)\nw5 |= w0\nr0 = *(u8 *)(r4 + 6)\nr4 = "
                 "*(u8 *)(r4 + 7)\n"
                 "w4 <<= 8\nw4 |= w0\nr1 += r4\nw4 <<= 16\nw4 |= w5\nr0 = r4\nr0 += r1\nexit\n",
                 ALL,
                 "(0) LOAD.2 5=4+4 LOAD.2 4=4+6 ADD.8 1=1,4 SHL.4 4=4#16 OR.4 4=4,5 ADD.8 0=4,1 EXIT \n");
}

/* Bytes that are swapped beside a load, and, where the processor can, beside a store. */
TEST(passes, swapped_bytes)
{
    static const struct {
        const char *source, *plain, *movbe;
    } rows[] = {
        {"r0 = *(u32 *)(r1 + 4)\nr0 = be32 r0\nexit\n", "(0) LOAD.4 0=1+4 swapped EXIT \n", NULL},
        {"r2 = *(u16 *)(r1 + 4)\nr0 = r2\nr3 = 5\nr0 = be16 r0\nr0 += r3\nexit\n",
         "(0) CONST.8 3=#5 LOAD.2 0=1+4 swapped ADD.8 0=0,3 EXIT \n", NULL},
        {"r0 = *(u64 *)(r1 + 4)\nr0 = be16 r0\nexit\n", "(0) LOAD.2 0=1+4 swapped EXIT \n", NULL},
        /* not: more bytes than were loaded, what is read otherwise, memory that may have changed */
        {"r0 = *(u16 *)(r1 + 4)\nr0 = be32 r0\nexit\n", "(0) LOAD.2 0=1+4 BSWAP.4 0=0 EXIT \n", NULL},
        {"r2 = *(u32 *)(r1 + 4)\nr0 = r2\nr0 = be32 r0\nr0 += r2\nexit\n",
         "(0) LOAD.4 2=1+4 BSWAP.4 0=2 ADD.8 0=0,2 EXIT \n", NULL},
        {"r0 = *(u32 *)(r1 + 4)\n*(u8 *)(r1 + 5) = 1\nr0 = be32 r0\nexit\n",
         "(0) LOAD.4 0=1+4 STORE.1 1#1+5 BSWAP.4 0=0 EXIT \n", NULL},
        {"r0 = 1\nr2 = be32 r2\n*(u32 *)(r1 + 4) = r2\nexit\n",
         "(0) CONST.8 0=#1 BSWAP.4 2=2 STORE.4 1,2+4 EXIT \n",
         "(0) CONST.8 0=#1 STORE.4 1,2+4 swapped EXIT \n"},
        /* not: less than was swapped, what is read again, an address */
        {"r0 = 1\nr2 = be64 r2\n*(u32 *)(r1 + 4) = r2\nexit\n",
         "(0) CONST.8 0=#1 BSWAP.8 2=2 STORE.4 1,2+4 EXIT \n", NULL},
        {"r2 = be32 r2\n*(u32 *)(r1 + 4) = r2\nr0 = r2\nexit\n",
         "(0) BSWAP.4 2=2 STORE.4 1,2+4 MOV.8 0=2 EXIT \n", NULL},
        {"r0 = 1\nr1 = be64 r1\n*(u64 *)(r1 + 4) = r1\nexit\n",
         "(0) CONST.8 0=#1 BSWAP.8 1=1 STORE.8 1,1+4 EXIT \n", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_passes(__LINE__, "x86_64", rows[i].source, ALL, rows[i].plain);
        check_passes(__LINE__, "x86_64+movbe", rows[i].source, ALL,
                     rows[i].movbe ? rows[i].movbe : rows[i].plain);
    }
    check_passes(__LINE__, "x86_64+movbe", rows[0].source, MYBPF_JIT_NO_FUSION,
                 "(0) LOAD.4 0=1+4 BSWAP.4 0=0 EXIT \n");
}

/* A loop compares what its counter is instead of what it was. */
TEST(passes, newer_counters)
{
    const uint32_t not = MYBPF_JIT_NO_UNROLL;
    CHECK_PASSES(
        "r0 = 0\nr3 = 0\non: r4 = r3\nr0 += r3\nr3 += 2\nif r4 < 1022 goto on\nexit\n", not,
        "(0) CONST.8 0=#0 CONST.8 3=#0\n(1) ADD.8 0=0,3 ADD.8 3=3#2 BRANCH.8.lt 3#1024 ->1\n(2) EXIT \n");
    CHECK_PASSES(
        "r0 = 0\nr3 = 2\non: r4 = r3\nr4 += -2\nr0 += r3\nr3 += 2\nif r4 < 9 goto on\nexit\n", not,
        "(0) CONST.8 0=#0 CONST.8 3=#2\n(1) ADD.8 0=0,3 ADD.8 3=3#2 BRANCH.8.lt 3#13 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\nr3 = 1\non: r4 = r3\nr4 += -2\nr0 += r3\nr3 += 2\nif r4 < 9 goto on\nexit\n", not,
                 "(0) CONST.8 0=#0 CONST.8 3=#1\n(1) ADD.8 4=3#-2 ADD.8 0=0,3 ADD.8 3=3#2 BRANCH.8.lt 4#9 "
                 "->1\n(2) EXIT \n");
    /* two that are the same in each round, one of which is compared as it was */
    static const char twins[] = "r0 = 0\nr3 = %d\nr4 = 2\non: r0 += r3\nr4 += 3\nr5 = r3\nr5 += -2\nr3 = r4\n"
                                "if r5 < 45 goto on\nexit\n";
    char source[256];
    snprintf(source, sizeof source, twins, 2);
    CHECK_PASSES(
        source, not,
        "(0) CONST.8 0=#0 CONST.8 3=#2\n(1) ADD.8 0=0,3 ADD.8 3=3#3 BRANCH.8.lt 3#50 ->1\n(2) EXIT \n");
    snprintf(source, sizeof source, twins, 3);
    CHECK_PASSES(source, not,
                 "(0) CONST.8 0=#0 CONST.8 3=#3 CONST.8 4=#2\n(1) ADD.8 0=0,3 ADD.8 4=4#3 ADD.8 5=3#-2 MOV.8 "
                 "3=4 BRANCH.8.lt 5#45 ->1\n(2) EXIT \n");
}

/* What is loaded for one operation. */
TEST(passes, operands)
{
    CHECK_PASSES("r0 = 7\nr3 = *(u64 *)(r1 + 8)\nr0 += r3\nexit\n", ALL,
                 "(0) CONST.8 0=#7 ADD.8 0=0,1 in memory+8 EXIT \n");
    CHECK_PASSES("r0 = 0\nr3 = *(u32 *)(r1 + 8)\nif w3 > w2 goto on\nr0 = 1\non: exit\n", MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0 BRANCH.4.lt 2,1 in memory+8 ->2\n(1) CONST.8 0=#1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\nr3 = *(u8 *)(r1 + 8)\nif r3 != 200 goto on\nr0 = 1\non: exit\n",
                 MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0 BRANCH.1.ne 1#200 in memory+8 ->2\n(1) CONST.8 0=#1\n(2) EXIT \n");
    /* a byte is never 256, and has no sign; memory or the address may have changed; read again */
    CHECK_PASSES("r0 = 0\nr3 = *(u8 *)(r1 + 8)\nif r3 == 256 goto on\nr0 = 1\non: exit\n",
                 MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0 LOAD.1 3=1+8 BRANCH.8.eq 3#256 ->2\n(1) CONST.8 0=#1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\nr3 = *(u8 *)(r1 + 8)\nif r3 s> 20 goto on\nr0 = 1\non: exit\n", MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0 LOAD.1 3=1+8 BRANCH.8.sgt 3#20 ->2\n(1) CONST.8 0=#1\n(2) EXIT \n");
    CHECK_PASSES("r3 = *(u64 *)(r1 + 8)\n*(u8 *)(r2 + 0) = 1\nr0 = 7\nr0 += r3\nexit\n", ALL,
                 "(0) LOAD.8 3=1+8 STORE.1 2#1 CONST.8 0=#7 ADD.8 0=0,3 EXIT \n");
    CHECK_PASSES("r0 = 7\nr3 = *(u64 *)(r1 + 8)\nr1 += 1\nr0 += r3\nr0 += r1\nexit\n", ALL,
                 "(0) CONST.8 0=#7 LOAD.8 3=1+8 ADD.8 1=1#1 ADD.8 0=0,3 ADD.8 0=0,1 EXIT \n");
    CHECK_PASSES("r0 = 7\nr3 = *(u64 *)(r1 + 8)\nr0 += r3\nr0 += r3\nexit\n", ALL,
                 "(0) CONST.8 0=#7 LOAD.8 3=1+8 ADD.8 0=0,3 ADD.8 0=0,3 EXIT \n");
    /* what is added to a small product: not to others, nor to what is needed without it, or in half */
    CHECK_PASSES("r0 = r1\nw0 *= 5\nw0 += -430675100\nexit\n", ALL, "(0) MUL.4 0=1#5-430675100 EXIT \n");
    CHECK_PASSES("r1 *= 9\nr0 = r1\nr0 += 8\nexit\n", ALL, "(0) MUL.8 0=1#9+8 EXIT \n");
    CHECK_PASSES("r0 = r1\nr0 *= 10\nr0 += 1\nexit\n", ALL, "(0) MUL.8 0=1#10 ADD.8 0=0#1 EXIT \n");
    CHECK_PASSES("r1 *= 3\nr0 = r1\nr0 += 8\nr0 ^= r1\nexit\n", ALL,
                 "(0) MUL.8 1=1#3 ADD.8 0=1#8 XOR.8 0=0,1 EXIT \n");
    CHECK_PASSES("r0 = r1\nw0 *= 3\nr0 += 1\nexit\n", ALL, "(0) MUL.4 0=1#3 ADD.8 0=0#1 EXIT \n");
    CHECK_PASSES("r0 = r1\nw0 *= 3\nw0 += 1\nexit\n", MYBPF_JIT_NO_FUSION,
                 "(0) MUL.4 0=1#3 ADD.4 0=0#1 EXIT \n");
}

/* What is loaded, changed and stored where it was. */
TEST(passes, updates)
{
    static const struct {
        const char *source, *want;
    } rows[] = {
        {"r3 = *(u64 *)(r1 + 8)\nr3 += 1\n*(u64 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) STORE.8 1#1+8 ADD CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u32 *)(r1 + 8)\nr3 -= r2\n*(u32 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) STORE.4 1,2+8 SUB CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u8 *)(r1 + 8)\nw2 ^= w3\n*(u8 *)(r1 + 8) = r2\nr0 = 0\nexit\n",
         "(0) STORE.1 1,2+8 XOR CONST.8 0=#0 EXIT \n"},
        {"r2 <<= 2\nr1 += r2\nr3 = *(u32 *)(r1 + 8)\nw3 |= 300\n*(u32 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) STORE.4 1,2#300*4+8 OR CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u16 *)(r1 + 8)\nw3 += -128\n*(u16 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) STORE.2 1#-128+8 ADD CONST.8 0=#0 EXIT \n"},
        /* not: needed besides, elsewhere, of another width, a difference the other way round, a product, a
         * number that there is no short form for, an address that is overwritten */
        {"r3 = *(u64 *)(r1 + 8)\nr3 += 1\n*(u64 *)(r1 + 8) = r3\nr0 = r3\nexit\n",
         "(0) LOAD.8 0=1+8 ADD.8 0=0#1 STORE.8 1,0+8 EXIT \n"},
        {"r3 = *(u64 *)(r1 + 8)\nr3 += 1\n*(u64 *)(r1 + 16) = r3\nr0 = 0\nexit\n",
         "(0) LOAD.8 3=1+8 ADD.8 3=3#1 STORE.8 1,3+16 CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u64 *)(r1 + 8)\nw3 += 1\n*(u64 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) LOAD.8 3=1+8 ADD.4 3=3#1 STORE.8 1,3+8 CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u64 *)(r1 + 8)\nr2 -= r3\n*(u64 *)(r1 + 8) = r2\nr0 = 0\nexit\n",
         "(0) SUB.8 2=2,1 in memory+8 STORE.8 1,2+8 CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u64 *)(r1 + 8)\nr3 *= r2\n*(u64 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) LOAD.8 3=1+8 MUL.8 3=3,2 STORE.8 1,3+8 CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u16 *)(r1 + 8)\nw3 += 128\n*(u16 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) LOAD.2 3=1+8 ADD.4 3=3#128 STORE.2 1,3+8 CONST.8 0=#0 EXIT \n"},
        {"r1 = *(u64 *)(r1 + 8)\nr1 += 1\n*(u64 *)(r1 + 8) = r1\nr0 = 0\nexit\n",
         "(0) LOAD.8 1=1+8 ADD.8 1=1#1 STORE.8 1,1+8 CONST.8 0=#0 EXIT \n"},
        {"r3 = *(u64 *)(r1 + 8)\nr3 += r3\n*(u64 *)(r1 + 8) = r3\nr0 = 0\nexit\n",
         "(0) LOAD.8 3=1+8 ADD.8 3=3,3 STORE.8 1,3+8 CONST.8 0=#0 EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "x86_64", rows[i].source, ALL, rows[i].want);
    check_passes(__LINE__, "x86_64", rows[0].source, MYBPF_JIT_NO_FUSION,
                 "(0) LOAD.8 3=1+8 ADD.8 3=3#1 STORE.8 1,3+8 CONST.8 0=#0 EXIT \n");
    check_passes(__LINE__, "riscv64", rows[0].source, ALL,
                 "(0) LOAD.8 3=1+8 ADD.8 3=3#1 STORE.8 1,3+8 CONST.8 0=#0 EXIT \n");
}

/* Bits that a branch asks for. */
TEST(passes, bits)
{
    static const struct {
        const char *source, *want;
    } rows[] = {
        {"r0 = 7\nr3 = r2\nr3 &= 8\nif r3 == 0 goto on\nr0 = r1\non: exit\n",
         "(0) CONST.8 0=#7 BRANCH.8.clear 2#8 ->2\n(1) MOV.8 0=1\n(2) EXIT \n"},
        {"r0 = 7\nw2 &= w3\nif r2 != 0 goto on\nr0 = r1\non: exit\n",
         "(0) CONST.8 0=#7 BRANCH.4.set 2,3 ->2\n(1) MOV.8 0=1\n(2) EXIT \n"},
        /* not: they are needed as well, or compared with something else */
        {"r0 = 7\nr2 &= 8\nif r2 == 0 goto on\nr0 = r2\non: exit\n",
         "(0) CONST.8 0=#7 AND.8 2=2#8 BRANCH.8.eq 2#0 ->2\n(1) MOV.8 0=2\n(2) EXIT \n"},
        {"r0 = 7\nr2 &= 8\nif r2 == 8 goto on\nr0 = r1\non: exit\n",
         "(0) CONST.8 0=#7 AND.8 2=2#8 BRANCH.8.eq 2#8 ->2\n(1) MOV.8 0=1\n(2) EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "arm64", rows[i].source, MYBPF_JIT_NO_SELECT, rows[i].want);
}

/* What little is computed under a single bit needs no branch; not where it has two results, or where the bit
 * is one of several. */
TEST(passes, single_bits)
{
    CHECK_PASSES(
        "r0 = r1\nr0 >>= 1\nr3 = r1\nr3 &= 1\nif r3 == 0 goto on\nr1 *= 3\nr1 += 1\nr0 = r1\non: exit\n", ALL,
        "(0) SHR.8 0=1#1 MUL.8 2=1#3+1 SELECT.8.set 0=1,2#1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 7\nif r2 & 8 goto on\nr0 = r1\non: exit\n", ALL,
                 "(0) CONST.8 0=#7 SELECT.8.clear 0=2,1#8\n(2) EXIT \n");
    CHECK_PASSES("r0 = 7\nif r2 & 9 goto on\nr0 = r1\non: exit\n", ALL,
                 "(0) CONST.8 0=#7 BRANCH.8.set 2#9 ->2\n(1) MOV.8 0=1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 7\nr1 = 8\nif r2 & 8 goto on\nr0 ^= 2\nr1 ^= 3\non: r0 += r1\nexit\n", ALL,
                 "(0) CONST.8 0=#7 CONST.8 1=#8 BRANCH.8.set 2#8 ->2\n(1) XOR.8 0=0#2 XOR.8 1=1#3\n(2) ADD.8 "
                 "0=0,1 EXIT \n");
    CHECK_PASSES("r0 = 7\nif r2 & 8 goto on\nr0 = r1\non: r0 += r1\nexit\n", ALL,
                 "(0) CONST.8 0=#7 SELECT.8.clear 0=2,1#8\n(2) ADD.8 0=0,1 EXIT \n");
    /* the bit is asked for where it is, but not where the number is another one by then */
    CHECK_PASSES("r0 = 0\nw3 = w1\nw3 &= 4\nif w3 == 0 goto on\nr0 = r2\nr0 ^= 5\non: r0 += r1\nexit\n", ALL,
                 "(0) CONST.8 0=#0 XOR.8 2=2#5 SELECT.4.set 0=1,2#4\n(2) ADD.8 0=0,1 EXIT \n");
    CHECK_PASSES(
        "r0 = 0\nr3 = r1\nr3 &= 4\nr1 += 1\nif r3 == 0 goto on\nr0 = r2\nr0 ^= 5\non: r0 += r1\nexit\n", ALL,
        "(0) CONST.8 0=#0 AND.8 3=1#4 ADD.8 1=1#1 XOR.8 2=2#5 SELECT.8.ne 0=3,2#0\n(2) ADD.8 0=0,1 EXIT \n");
    CHECK_PASSES(
        "r0 = 0\nr3 = r1\nr3 &= 4\nif r3 == 0 goto on\nr1 = 7\nr0 = r2\nr0 ^= r1\non: exit\n", ALL,
        "(0) CONST.8 0=#0 AND.8 1=1#4 BRANCH.8.eq 1#0 ->2\n(1) CONST.8 1=#7 XOR.8 0=2,1\n(2) EXIT \n");
    /* where r0 to r5 are needed, the register of one that nothing names serves in a function with loops */
    CHECK_PASSES("r0 = 0\non: r3 = r4\nr4 >>= 1\nif r3 & 8 goto even\nr0 ^= 5\neven: r0 += r2\nr1 += r5\nr5 "
                 "+= r3\nr1 -= 1\nif r1 > 7 goto on\nr0 += r5\nexit\n",
                 MYBPF_JIT_NO_UNROLL,
                 "(0) CONST.8 0=#0\n(1) MOV.8 3=4 SHR.8 4=4#1 XOR.8 6=0#5 SELECT.8.clear 0=3,6#8\n(3) ADD.8 "
                 "0=0,2 ADD.8 1=1,5 ADD.8 5=5,3 SUB.8 1=1#1 BRANCH.8.gt 1#7 ->1\n(4) ADD.8 0=0,5 EXIT \n");
    CHECK_PASSES("r0 = 0\nif r3 & 8 goto even\nr0 ^= 5\neven: r0 += r1\nr0 += r2\nr0 += r3\nr0 += r4\nr0 += "
                 "r5\nexit\n",
                 ALL,
                 "(0) CONST.8 0=#0 BRANCH.8.set 3#8 ->2\n(1) XOR.8 0=0#5\n(2) ADD.8 0=0,1 ADD.8 0=0,2 ADD.8 "
                 "0=0,3 ADD.8 0=0,4 ADD.8 0=0,5 EXIT \n");
}

/* ---- copies, slots, constants, rounds ---- */

TEST(passes, merges)
{
    /* made where it is copied to; the original is read under the copy's name from then on */
    CHECK_PASSES("r3 = r1\nr3 += r2\nr0 = r3\nr0 *= r3\nexit\n", ALL, "(0) ADD.8 3=1,2 MUL.8 0=3,3 EXIT \n");
    /* stays: the copied value is read later on, as what it is */
    CHECK_PASSES("r3 = r1\nr3 *= r2\nr0 = r3\nr0 += 1\nr0 *= r3\nexit\n", ALL,
                 "(0) MUL.8 1=1,2 ADD.8 0=1#1 MUL.8 0=0,1 EXIT \n");
    /* behind a loop the original is made again */
    CHECK_PASSES(
        "r3 = 0\nloop: r0 = *(u32 *)(r1 + 0)\nr0 += r3\nr3 = r0\nr1 += 4\nif r1 < r2 goto loop\nexit\n",
        MYBPF_JIT_NO_UNROLL,
        "(0) CONST.8 3=#0\n(1) LOAD.4 0=1 ADD.8 3=0,3 ADD.8 1=1#4 BRANCH.8.lt 1,2 ->1\n(3) MOV.8 0=3\n(2) "
        "EXIT \n");
}

TEST(passes, slots)
{
    /* a slot is a register; what is in 8 bytes may be read in 4 */
    CHECK_PASSES(
        "*(u64 *)(r10 - 8) = r1\nr1 = 0\nloop: r1 += r2\nr3 = *(u64 *)(r10 - 8)\nif r1 < r3 goto loop\n"
        "r0 = *(u32 *)(r10 - 8)\nexit\n",
        ALL, "(0) MOV.8 11=1 CONST.8 1=#0\n(1) ADD.8 1=1,2 BRANCH.8.lt 1,11 ->1\n(2) MOV.4 0=11 EXIT \n");
    /* not the other way round, nor where the frame is seen by others, nor what may be read before it is
     * written */
    CHECK_PASSES("*(u32 *)(r10 - 8) = r1\nr0 = *(u64 *)(r10 - 8)\nexit\n", ALL,
                 "(0) STORE.4 10,1-8 LOAD.8 0=10-8 EXIT \n");
    CHECK_PASSES("*(u64 *)(r10 - 8) = r1\nr3 = r10\nr3 += r2\nr0 = *(u64 *)(r3 - 8)\nexit\n", ALL,
                 "(0) STORE.8 10,1-8 LOAD.8 0=10,2-8 EXIT \n");
    CHECK_PASSES("if r1 == 0 goto on\n*(u64 *)(r10 - 8) = r1\non: r0 = *(u64 *)(r10 - 8)\nexit\n", ALL,
                 "(0) BRANCH.8.eq 1#0 ->2\n(1) STORE.8 10,1-8\n(2) LOAD.8 0=10-8 EXIT \n");
    /* two slots that are not needed at the same time share one */
    CHECK_PASSES(
        "*(u64 *)(r10 - 8) = r1\nr1 = 7\nr0 = *(u64 *)(r10 - 8)\n*(u64 *)(r10 - 16) = r2\nr2 = 8\n"
        "r3 = *(u64 *)(r10 - 16)\nr0 *= r3\nr0 *= r1\nr0 *= r2\nexit\n",
        ALL,
        "(0) MOV.8 0=1 CONST.8 1=#7 MOV.8 11=2 CONST.8 2=#8 MUL.8 0=0,11 MUL.8 0=0,1 MUL.8 0=0,2 EXIT \n");
}

TEST(passes, constants)
{
    CHECK_PASSES(
        "r0 = 0\nloop: r3 = 0x123456789abcdef ll\nr3 *= r1\nr0 ^= r3\nr1 += 1\nif r1 < r2 goto loop\nexit\n",
        ALL,
        "(0) CONST.8 11=#81985529216486895 CONST.8 0=#0\n(1) MUL.8 3=11,1 XOR.8 0=0,3 ADD.8 1=1#1 "
        "BRANCH.8.lt 1,2 ->1\n(2) EXIT \n");
}

TEST(passes, rounds)
{
    /* the index ends with 0; four rounds at once where there are as many */
    CHECK_PASSES("r0 = 0\nr3 = 0\nloop: r4 = r1\nr4 += r3\nr4 = *(u64 *)(r4 + 0)\nr0 ^= r4\nr3 += 8\nif r3 "
                 "!= 128 goto loop\nexit\n",
                 ALL,
                 "(0) CONST.8 0=#0 CONST.8 3=#0\n(3) ADD.8 3=3#-128\n(1) XOR.8 0=0,1 in memory*3+128 XOR.8 "
                 "0=0,1 in memory*3+136 XOR.8 0=0,1 in memory*3+144 XOR.8 0=0,1 in memory*3+152 "
                 "SUB_BRANCH.8.ne 3=3#-32 ->1\n(2) EXIT \n");
    CHECK_PASSES("r0 = 0\nr3 = 0\nloop: r4 = r1\nr4 += r3\nr4 = *(u64 *)(r4 + 0)\nr0 ^= r4\nr3 += 8\nif r3 "
                 "!= r2 goto loop\nexit\n",
                 ALL,
                 "(0) CONST.8 0=#0 CONST.8 3=#0\n(6) BRANCH.8.lt 2#32 ->1\n(5) ADD.8 2=2#-32 BRANCH.8.ge 3,2 "
                 "->3\n(4) XOR.8 0=0,1 in memory*3 XOR.8 0=0,1 in memory*3+8 XOR.8 0=0,1 in memory*3+16 "
                 "XOR.8 0=0,1 in memory*3+24 ADD.8 3=3#32 BRANCH.8.lt 3,2 ->4\n(3) ADD.8 2=2#32\n(1) XOR.8 "
                 "0=0,1 in memory*3 ADD.8 3=3#8 BRANCH.8.ne 3,2 ->1\n(2) EXIT \n");
    /* read otherwise: counts on */
    CHECK_PASSES("r0 = 0\nr3 = 0\nloop: r0 ^= r3\nr0 *= 3\nr3 += 1\nif r3 != 10 goto loop\nexit\n", ALL,
                 "(0) CONST.8 0=#0 CONST.8 3=#0\n(1) XOR.8 0=0,3 MUL.8 0=0#3 ADD.8 3=3#1 XOR.8 0=0,3 MUL.8 "
                 "0=0#3 ADD.8 3=3#1 BRANCH.8.ne 3#10 ->1\n(2) EXIT \n");
}

/* An array's address that reaches the call within a block. */
TEST(passes, lookups)
{
    static const char lookup[] = "r2 = r10\n r2 += -4\n r1 = map_by_idx(0) ll\n call 1\n r6 = r0\n exit",
                      joined[] = "r1 = map_by_idx(0) ll\n if r2 != 0 goto +0\n call 1\n exit";
    CHECK_PASSES(lookup, ALL,
                 "(0) LOAD.4 1=10-4 CONST.8 0=#0 BRANCH.4.ge 1#10 ->2\n"
                 "(1) MUL.8 1=1#24 MAP_VALUE.8 0= ADD.8 0=0,1\n"
                 "(2) EXIT \n");
    CHECK_PASSES(lookup, MYBPF_JIT_NO_LOOKUPS, "(0) ADD.8 2=10#-4 MAP.8 1= HELPER  EXIT \n");
    CHECK_PASSES(joined, ALL, "(0) MAP.8 1= BRANCH.8.ne 2#0 ->1\n(1) HELPER  EXIT \n");
    CHECK_PASSES("r1 = map_by_idx(0) ll\n r1 += 0\n call 1\n exit", ALL,
                 "(0) MAP.8 1= ADD.8 1=1#0 HELPER  EXIT \n");
}

/* ---- calls ---- */

/* The address of a function, that starts at slot 7. */
TEST(passes, calls_by_address)
{
    static const char direct[] = "r1 = 4\n r6 = code_addr(5) ll\n r2 = r6\n callx r2\n r0 += 1\n exit\n"
                                 " r0 = r10\n exit",
                      unknown[] =
                          "r6 = code_addr(6) ll\n if r1 != 0 goto +1\n r6 = r2\n callx r6\n r0 += 1\n exit\n"
                          " r0 = r10\n exit";
    CHECK_PASSES(direct, ALL, "(0) CONST.8 1=#4 FUNC.8 2= CALL  ADD.8 0=0#1 EXIT \n");
    CHECK_PASSES(direct, MYBPF_JIT_NO_CALLS,
                 "(0) CONST.8 1=#4 FUNC.8 6= MOV.8 2=6 CALL_VALUE 6 ADD.8 0=0#1 EXIT \n");
    CHECK_PASSES(unknown, MYBPF_JIT_NO_SELECT,
                 "(0) FUNC.8 6= BRANCH.8.ne 1#0 ->2\n(1) MOV.8 6=2\n(2) CALL_VALUE 6 ADD.8 0=0#1 EXIT \n");
}

/* Small functions, which leave r6 to r9 alone, have no stack and do not jump back. */
TEST(passes, inlined)
{
    static const char straight[] = "r6 = r1\n call f\n r0 += r6\n exit\n f: r0 = r1\n r0 *= 3\n exit",
                      branches[] =
                          "r6 = r1\n call f\n r0 += r6\n exit\n"
                          " f: r0 = 0\n if r1 == 0 goto g\n r0 = r1\n r0 *= 5\n exit\n g: r0 += 9\n exit",
                      first[] = "call f\n r0 += 1\n exit\n f: r0 = 7\n exit",
                      again[] = "l: call f\n call f\n if r0 > 9 goto l\n exit\n f: r0 += r1\n exit",
                      kept[] = "call f\n exit\n f: r6 = r1\n r0 = r6\n exit",
                      stack[] = "call f\n exit\n f: *(u64 *)(r10 - 8) = 1\n r0 = *(u64 *)(r10 - 8)\n exit",
                      back[] = "call f\n exit\n f: r1 += -1\n if r1 > 5 goto f\n r0 = r1\n exit",
                      calls[] = "call f\n exit\n f: r0 = 4\n call g\n r0 += 1\n exit\n g: r0 = 2\n exit";
    CHECK_PASSES(straight, ALL, "(0) MUL.8 0=1#3 ADD.8 0=0,1 EXIT \n");
    CHECK_PASSES(straight, MYBPF_JIT_NO_INLINE, "(0) MOV.8 6=1 CALL  ADD.8 0=0,6 EXIT \n");
    CHECK_PASSES(branches, ALL,
                 "(0) MOV.8 6=1\n(1) CONST.8 0=#0 BRANCH.8.eq 1#0 ->3\n(2) MUL.8 0=1#5 =>4\n(3) ADD.8 0=0#9\n"
                 "(4) ADD.8 0=0,6 EXIT \n");
    CHECK_PASSES(first, ALL, "(0) CONST.8 0=#7 ADD.8 0=0#1 EXIT \n");
    CHECK_PASSES(again, ALL, "(0) ADD.8 0=0,1 ADD.8 0=0,1 BRANCH.8.gt 0#9 ->0\n(1) EXIT \n");
    CHECK_PASSES(kept, ALL, "(0) CALL  EXIT \n");
    CHECK_PASSES(stack, ALL, "(0) CALL  EXIT \n");
    CHECK_PASSES(back, ALL, "(0) CALL  EXIT \n");
    CHECK_PASSES(calls, ALL, "(0) CALL  EXIT \n");
}
