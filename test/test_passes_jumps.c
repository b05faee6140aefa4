/* test_passes_jumps.c: what passes make of jumps and questions (passes.h). */
#include "passes.h"

/* Blocks are laid out where loops jump least. */
TEST(passes, order)
{
    /* a loop inside leaves to a block in front of it: it goes back by the branch, and needs no jump */
    static const char turn[] = "r0 = 0\ngoto body\nlatch: r1 += -1\nif r1 == 0 goto out\nbody: r2 = r1\n"
                               "inner: r0 += r2\nr2 >>= 1\nif r2 == 0 goto latch\ngoto inner\nout: exit\n";
    CHECK_PASSES(turn, MYBPF_JIT_NO_ORDER,
                 "(0) CONST.8 0=#0 =>2\n(1) ADD.8 1=1#-1 BRANCH.8.eq 1#0 ->5\n(2) MOV.8 2=1\n(3) ADD.8 0=0,2 "
                 "SHR.8 2=2#1 BRANCH.8.eq 2#0 ->1 =>3\n(5) EXIT \n");
    CHECK_PASSES(turn, ALL,
                 "(0) CONST.8 0=#0\n(2) MOV.8 2=1\n(3) ADD.8 0=0,2 SHR.8 2=2#1 BRANCH.8.eq 2#0 ->1 =>3\n(1) "
                 "ADD.8 1=1#-1 BRANCH.8.eq 1#0 ->5 =>2\n(5) EXIT \n");
    /* two ways meet in a block that nothing falls into: it follows one of them */
    static const char meet[] = "r0 = 0\ngoto test\nmeet: r0 ^= r2\nr1 += -1\nif r1 == 0 goto out\n"
                               "test: r2 = *(u8 *)(r1 + 0)\nif r2 > 9 goto more\nr0 += r2\nr2 *= 7\n"
                               "goto meet\nmore: r0 += 3\ngoto meet\nout: exit\n";
    CHECK_PASSES(meet, MYBPF_JIT_NO_ORDER,
                 "(0) CONST.8 0=#0 =>2\n(1) XOR.8 0=0,2 ADD.8 1=1#-1 BRANCH.8.eq 1#0 ->5\n(2) LOAD.1 2=1 "
                 "BRANCH.8.gt 2#9 ->4\n(3) ADD.8 0=0,2 MUL.8 2=2#7 =>1\n(4) ADD.8 0=0#3 =>1\n(5) EXIT \n");
    CHECK_PASSES(meet, ALL,
                 "(0) CONST.8 0=#0 =>2\n(4) ADD.8 0=0#3\n(1) XOR.8 0=0,2 ADD.8 1=1#-1 BRANCH.8.eq 1#0 "
                 "->5\n(2) LOAD.1 2=1 BRANCH.8.gt 2#9 ->4\n(3) ADD.8 0=0,2 MUL.8 2=2#7 =>1\n(5) EXIT \n");
    /* a loop that what follows a question leaves: the loop goes on behind it */
    static const char left[] = "r0 = 0\ngoto in\nlatch: r0 += 1\nif r0 != 40 goto in\nr0 = 1\nexit\n"
                               "in: r2 = *(u8 *)(r1 + 0)\nr1 += 1\nif r2 == r3 goto latch\nr0 *= r2\n"
                               "exit\n";
    CHECK_PASSES(left, MYBPF_JIT_NO_ORDER,
                 "(0) CONST.8 0=#0 =>3\n(1) ADD.8 0=0#1 BRANCH.8.ne 0#40 ->3\n(2) CONST.8 0=#1 EXIT \n(3) "
                 "LOAD.1 2=1 ADD.8 1=1#1 BRANCH.8.eq 2,3 ->1\n(4) MUL.8 0=0,2 EXIT \n");
    CHECK_PASSES(left, ALL,
                 "(0) CONST.8 0=#0\n(3) LOAD.1 2=1 ADD.8 1=1#1 BRANCH.8.eq 2,3 ->1 =>4\n(1) ADD.8 0=0#1 "
                 "BRANCH.8.ne 0#40 ->3\n(2) CONST.8 0=#1 EXIT \n(4) MUL.8 0=0,2 EXIT \n");
    /* a switch: behind a question where it divides the cases comes the half with more of them */
    static const char cases[] = "r0 = 0\non: r2 = *(u8 *)(r1 + 0)\nr1 += 1\nif r2 s> 31 goto high\n"
                                "r3 = r2\nr3 += -9\nif r3 < 2 goto on\ngoto other\n"
                                "high: if r2 s> 43 goto more\nif r2 == 32 goto on\nif r2 == 34 goto a\n"
                                "other: r0 += 1\ngoto on\n"
                                "more: if r2 == 44 goto b\nif r2 == 58 goto on\nif r2 == 59 goto out\n"
                                "if r2 == 61 goto b\ngoto other\n"
                                "a: r0 *= 3\ngoto on\nb: r0 ^= 5\ngoto on\nout: exit\n";
    CHECK_PASSES(
        cases, MYBPF_JIT_NO_ORDER,
        "(0) CONST.8 0=#0\n(1) LOAD.1 2=1 ADD.8 1=1#1 BRANCH.8.sgt 2#31 ->4\n(2) ADD.8 3=2#-9 BRANCH.8.lt "
        "3#2 ->1 =>7\n(4) BRANCH.8.sgt 2#43 ->8\n(5) BRANCH.8.eq 2#32 ->1\n(6) BRANCH.8.eq 2#34 ->13\n(7) "
        "ADD.8 0=0#1 =>1\n(8) BRANCH.8.eq 2#44 ->14\n(9) BRANCH.8.eq 2#58 ->1\n(10) BRANCH.8.eq 2#59 "
        "->15\n(11) BRANCH.8.ne 2#61 ->7 =>14\n(13) MUL.8 0=0#3 =>1\n(14) XOR.8 0=0#5 =>1\n(15) EXIT \n");
    CHECK_PASSES(cases, ALL,
                 "(0) CONST.8 0=#0\n(1) LOAD.1 2=1 ADD.8 1=1#1 BRANCH.8.sgt 2#31 ->4 =>2\n(4) BRANCH.8.sgt "
                 "2#43 ->8 =>5\n(8) BRANCH.8.eq 2#44 ->14\n(9) BRANCH.8.eq 2#58 ->1\n(10) BRANCH.8.eq 2#59 "
                 "->15\n(11) BRANCH.8.ne 2#61 ->7\n(14) XOR.8 0=0#5 =>1\n(2) ADD.8 3=2#-9 BRANCH.8.lt 3#2 "
                 "->1 =>7\n(5) BRANCH.8.eq 2#32 ->1\n(6) BRANCH.8.eq 2#34 ->13\n(7) ADD.8 0=0#1 =>1\n(13) "
                 "MUL.8 0=0#3 =>1\n(15) EXIT \n");
}

TEST(passes, jumps)
{
    /* a branch around a jump back is a branch back; both ends of a loop are seen then */
    CHECK_PASSES("r0 = 1\nr2 = r1\nloop: r0 *= 3\nr2 += -1\nif r2 == 0 goto out\ngoto loop\nout: exit\n", ALL,
                 "(0) CONST.8 0=#1 MOV.8 2=1\n(1) MUL.8 0=0#3 SUB_BRANCH.8.ne 2=2#1 ->1\n(3) EXIT \n");
    CHECK_PASSES("r0 = 1\nif r1 > 7 goto a\ngoto b\na: goto c\nb: r0 = 2\nc: goto d\nd: exit\n",
                 MYBPF_JIT_NO_SELECT, "(0) CONST.8 0=#1 BRANCH.8.gt 1#7 ->5\n(3) CONST.8 0=#2\n(5) EXIT \n");
    CHECK_PASSES("r0 = 1\nif r1 > 7 goto a\na: goto a\n", ALL, "(0) BRANCH.8.gt 1#7 ->1\n(1) =>1\n");
}

/* What has been asked is not asked again, where a program goes back. */
TEST(passes, answers)
{
#define AROUND(body) "on: r0 = 0\n" body "end: r4 += -1\nif r4 != 0 goto on\nexit\n"
    static const struct {
        const char *source, *want;
    } rows[] = {
        {AROUND("if r1 < r2 goto small\nr0 = r4\nsmall: if r1 < r2 goto end\nr1 = r3\n"),
         "(0) CONST.8 0=#0 BRANCH.8.lt 1,2 ->4\n(1) MOV.8 0=4\n(3) MOV.8 1=3\n(4) ADD.8 4=4#-1 BRANCH.8.ne "
         "4#0 "
         "->0\n(5) EXIT \n"},
        {AROUND("if r1 < r2 goto small\nr0 = r4\nsmall: if r1 >= r2 goto end\nr1 = r3\n"),
         "(0) CONST.8 0=#0 BRANCH.8.lt 1,2 ->3\n(1) MOV.8 0=4 =>4\n(3) MOV.8 1=3\n(4) ADD.8 4=4#-1 "
         "BRANCH.8.ne 4#0 ->0\n(5) EXIT \n"},
        /* not asked on the only way there */
        {AROUND("if r1 == 0 goto end\nif r1 > 20 goto end\nr0 = 1\nif r1 == 0 goto end\nr1 = r3\n"),
         "(0) CONST.8 0=#0 BRANCH.8.eq 1#0 ->4\n(1) BRANCH.8.gt 1#20 ->4\n(2) CONST.8 0=#1\n(3) MOV.8 "
         "1=3\n(4) ADD.8 4=4#-1 BRANCH.8.ne 4#0 ->0\n(5) EXIT \n"},
        {AROUND("if r1 == 0 goto end\nr1 += -1\nif r1 == 0 goto end\nr1 = r3\n"),
         "(0) CONST.8 0=#0 BRANCH.8.eq 1#0 ->3\n(1) ADD.8 1=1#-1 BRANCH.8.eq 1#0 ->3\n(2) MOV.8 1=3\n(3) "
         "ADD.8 4=4#-1 BRANCH.8.ne 4#0 ->0\n(4) EXIT \n"},
        {AROUND("if r1 < r2 goto small\nr1 = r4\nsmall: if r1 < r2 goto end\nr1 = r3\n"),
         "(0) CONST.8 0=#0 BRANCH.8.lt 1,2 ->4\n(1) MOV.8 1=4\n(2) BRANCH.8.lt 4,2 ->4\n(3) MOV.8 1=3\n(4) "
         "ADD.8 4=4#-1 BRANCH.8.ne 4#0 ->0\n(5) EXIT \n"},
        {AROUND("if r1 < r2 goto small\nr0 = r4\nsmall: if w1 < w2 goto end\nr1 = r3\n"),
         "(0) CONST.8 0=#0 BRANCH.8.lt 1,2 ->2\n(1) MOV.8 0=4\n(2) BRANCH.4.lt 1,2 ->4\n(3) MOV.8 1=3\n(4) "
         "ADD.8 4=4#-1 BRANCH.8.ne 4#0 ->0\n(5) EXIT \n"},
        {AROUND("if r1 < r2 goto small\nr0 = r4\nsmall: if r1 <= r2 goto end\nr1 = r3\n"),
         "(0) CONST.8 0=#0 BRANCH.8.lt 1,2 ->2\n(1) MOV.8 0=4\n(2) BRANCH.8.le 1,2 ->4\n(3) MOV.8 1=3\n(4) "
         "ADD.8 4=4#-1 BRANCH.8.ne 4#0 ->0\n(5) EXIT \n"},
    };
#undef AROUND
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "x86_64", rows[i].source,
                     MYBPF_JIT_NO_ORDER | MYBPF_JIT_NO_COUNTERS | MYBPF_JIT_NO_SELECT, rows[i].want);
    /* the smaller and the larger of two numbers: moves that need no branch, but on a target without those */
    static const char both[] =
        "on: r5 = r2\nif r1 > r2 goto small\nr5 = r1\nsmall: if r1 > r2 goto end\nr1 = r2\n"
        "end: r2 = r5\nr1 -= r5\nr4 += -1\nif r4 != 0 goto on\nr0 = r1\nexit\n";
    static const char branches[] =
        "(0) MOV.8 5=2 BRANCH.8.gt 1,2 ->4\n(1) MOV.8 5=1\n(3) MOV.8 1=2\n(4) MOV.8 2=5 SUB.8 1=1,5 ADD.8 "
        "4=4#-1 BRANCH.8.ne 4#0 ->0\n(5) MOV.8 0=1 EXIT \n";
    CHECK_PASSES(both, MYBPF_JIT_NO_COUNTERS,
                 "(0) MOV.8 5=2 SELECT.8.le 5=1,2,1 SELECT.8.le 1=1,2,2 MOV.8 2=5 SUB.8 1=1,5 ADD.8 4=4#-1 "
                 "BRANCH.8.ne 4#0 ->0\n(5) MOV.8 0=1 EXIT \n");
    CHECK_PASSES(both, MYBPF_JIT_NO_COUNTERS | MYBPF_JIT_NO_SELECT, branches);
    check_passes(__LINE__, "riscv64", both, MYBPF_JIT_NO_COUNTERS, branches);
    /* something else is done as well: one branch */
    CHECK_PASSES(
        "r0 = 0\non: r5 = r2\nif r1 > r2 goto small\nr5 = r1\nr0 += 1\nsmall: if r1 > r2 goto end\n"
        "r1 = r2\nend: r2 = r5\nr1 -= r5\nr4 += -1\nif r4 != 0 goto on\nexit\n",
        MYBPF_JIT_NO_COUNTERS,
        "(0) CONST.8 0=#0\n(1) MOV.8 5=2 BRANCH.8.gt 1,2 ->5\n(2) MOV.8 5=1 ADD.8 0=0#1\n(4) MOV.8 1=2\n(5) "
        "MOV.8 2=5 SUB.8 1=1,5 ADD.8 4=4#-1 BRANCH.8.ne 4#0 ->1\n(6) EXIT \n");
}

/* A loop that asks what the round before has decided: nobody asks where that is known. */
TEST(passes, states)
{
    static const char two[] = "r0 = 0\nw3 = 0\n"
                              "on: r1 += 1\nr4 = *(u8 *)(r1 - 1)\n"
                              "if w3 == 0 goto a\nif w3 == 1 goto b\nif w3 == 2 goto c\ngoto on\n"
                              "a: w3 = 1\nif r4 == 58 goto on\nw3 = 0\ngoto on\n"
                              "b: r0 += r4\nw3 = 2\nif r4 != 10 goto on\nw3 = 0\ngoto on\n"
                              "c: exit\n",
                      unknown[] = "r0 = 0\n"
                                  "on: r1 += 1\nr4 = *(u8 *)(r1 - 1)\n"
                                  "if w3 == 0 goto a\nif w3 == 1 goto b\nif w3 == 2 goto c\ngoto on\n"
                                  "a: w3 += 1\ngoto on\n"
                                  "b: w3 ^= w4\ngoto on\n"
                                  "c: exit\n",
                      also[] = "r0 = 0\n"
                               "on: r5 = *(u8 *)(r1 + 0)\nr1 += 1\nif r5 == 0 goto end\n"
                               "w3 = 1\nw4 = 1\nif r5 == 44 goto join\n"
                               "w3 = 2\nw4 = 0\nif r5 == 58 goto join\nw3 = 3\n"
                               "join: if w4 == 1 goto y\nif w4 == 2 goto y\nif w4 == 3 goto x\n"
                               "if w3 == 1 goto y\nif w3 == 2 goto x\nif w3 == 3 goto y\n"
                               "x: r0 += 1\ny: r0 ^= r5\ngoto on\nend: exit\n";
    /* of two values */
    CHECK_PASSES(also, MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0\n"
                 "(1) LOAD.1 5=1 ADD.8 1=1#1 BRANCH.8.eq 5#0 ->13\n"
                 "(2) BRANCH.8.eq 5#44 ->12\n"
                 "(3) BRANCH.8.eq 5#58 ->11 =>23\n"
                 "(11) ADD.8 0=0#1\n"
                 "(12) XOR.8 0=0,5 =>1\n"
                 "(13) EXIT \n"
                 "(23) =>12\n");
    CHECK_PASSES(two, MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0 =>10\n"
                 "(11) ADD.8 1=1#1 LOAD.1 4=1-1\n"
                 "(7) ADD.8 0=0,4 BRANCH.8.ne 4#10 ->12\n"
                 "(8)\n"
                 "(10) ADD.8 1=1#1 LOAD.1 4=1-1\n"
                 "(5) BRANCH.8.eq 4#58 ->11\n"
                 "(6) =>10\n"
                 "(12)\n"
                 "(9) EXIT \n");
    CHECK_PASSES(two, MYBPF_JIT_NO_SELECT | MYBPF_JIT_NO_THREAD,
                 "(0) CONST.8 0=#0 CONST.8 3=#0\n"
                 "(1) ADD.8 1=1#1 LOAD.1 4=1-1 BRANCH.4.eq 3#0 ->5\n"
                 "(2) BRANCH.4.eq 3#1 ->7\n"
                 "(3) BRANCH.4.eq 3#2 ->9\n"
                 "(4) =>1\n"
                 "(5) CONST.8 3=#1 BRANCH.8.eq 4#58 ->1\n"
                 "(6) CONST.8 3=#0 =>1\n"
                 "(7) ADD.8 0=0,4 CONST.8 3=#2 BRANCH.8.ne 4#10 ->1\n"
                 "(8) CONST.8 3=#0 =>1\n"
                 "(9) EXIT \n");
    CHECK_PASSES(unknown, MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0\n"
                 "(1) ADD.8 1=1#1 LOAD.1 4=1-1 BRANCH.4.eq 3#0 ->5\n"
                 "(2) BRANCH.4.eq 3#1 ->6\n"
                 "(3) BRANCH.4.ne 3#2 ->1\n"
                 "(7) EXIT \n"
                 "(5) ADD.4 3=3#1 =>1\n"
                 "(6) XOR.4 3=3,4 =>1\n");
}

/* Bytes of padding in the code of a program that starts with `lead` times six bytes. */
static unsigned padding(const char *source, unsigned lead)
{
    mybpf_error error = {0};
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    mybpf__gen_request request;
    mybpf__gen_result result;
    unsigned count = 0;
    char text[1024] = "r0 = 0\n";
    while (lead--) strcat(text, "r0 ^= 0x12345678\n");
    strcat(text, source);
    if (prepare("x86_64", text, MYBPF_JIT_NO_ORDER, &vm, &object, &request)) {
        CHECK_INT(mybpf__gen(&request, &result, &error), 0);
        for (size_t at = 0; at + 4 <= result.code.size; at++)
            count += result.code.bytes[at] == 0x0f && result.code.bytes[at + 1] == 0x1f;
        mybpf__gen_free(vm, &result);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
    return count;
}

/* Loops are padded, also where they are entered in the middle; nothing else that is jumped back to. */
TEST(passes, padding)
{
    static const struct {
        const char *source;
        int padded;
    } rows[] = {
        {"on: r0 ^= r1\nr0 *= 0x1234567\nr0 += 0x1234567\nif r0 & 8 goto go\nr0 += 0x1234567\n"
         "go: r1 += -1\nif r1 > 9 goto on\nexit\n",
         1},
        {"goto in\non: r0 += 0x1234567\nmore: r0 ^= r1\nr0 *= 0x1234567\nr0 += 0x1234567\n"
         "in: r1 += -1\nif r0 & 8 goto on\nif r1 > 9 goto more\nexit\n",
         1},
        {"if r1 == 7 goto far\nr0 ^= 5\nmeet: r0 ^= r1\nr0 *= 0x1234567\nr0 += 0x1234567\n"
         "if r0 & 8 goto go\nr0 += 0x1234567\ngo: exit\nfar: r0 += 5\ngoto meet\n",
         0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned count = 0;
        CASE("%s", rows[i].source);
        for (unsigned lead = 0; lead < 11; lead++) count += padding(rows[i].source, lead);
        CHECK_INT(count != 0, rows[i].padded);
    }
}
