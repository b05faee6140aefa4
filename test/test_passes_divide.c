/* test_passes_divide.c: what passes make of divisions (passes.h). */
#include "passes.h"

TEST(passes, remainders)
{
    static const char a_mod_b[] = "w4 = w1\n w4 /= w2\n w4 *= w2\n w0 = w1\n w0 -= w4\n exit";
    CHECK_PASSES(a_mod_b, ALL, "(0) MOD.4 0=1,2 EXIT \n");
    CHECK_PASSES(a_mod_b, MYBPF_JIT_NO_DIVISION, "(0) DIV.4 4=1,2 MUL.4 4=4,2 SUB.4 0=1,4 EXIT \n");
    CHECK_PASSES("r4 = r1\n r4 /= 10\n r4 *= 10\n r0 = r1\n r0 -= r4\n exit", ALL,
                 "(0) MOD.8 0=1#10 EXIT \n");
    /* signed, over itself */
    CHECK_PASSES("r4 = r1\n r4 s/= r2\n r4 *= r2\n r1 -= r4\n r0 = r1\n exit", ALL,
                 "(0) SMOD.8 1=1,2 MOV.8 0=1 EXIT \n");
    /* not: the quotient is read later, another factor, another width, what was divided is no more */
    CHECK_PASSES("r4 = r1\n r4 /= r2\n r5 = r4\n r4 *= r2\n r0 = r1\n r0 -= r4\n r0 += r5\n exit", ALL,
                 "(0) DIV.8 5=1,2 MUL.8 2=2,5 SUB.8 1=1,2 ADD.8 0=1,5 EXIT \n");
    CHECK_PASSES("r4 = r1\n r4 /= r2\n r4 *= r3\n r0 = r1\n r0 -= r4\n exit", ALL,
                 "(0) DIV.8 4=1,2 MUL.8 4=4,3 SUB.8 0=1,4 EXIT \n");
    CHECK_PASSES("r4 = r1\n r4 /= 10\n r4 *= 12\n r0 = r1\n r0 -= r4\n exit", ALL,
                 "(0) DIV.8 4=1#10 MUL.8 4=4#12 SUB.8 0=1,4 EXIT \n");
    CHECK_PASSES("r4 = r1\n r4 /= r2\n w4 *= w2\n r0 = r1\n r0 -= r4\n exit", ALL,
                 "(0) DIV.8 4=1,2 MUL.4 4=4,2 SUB.8 0=1,4 EXIT \n");
    CHECK_PASSES("r4 = r1\n r4 /= r2\n r4 *= r2\n r1 += 1\n r0 = r1\n r0 -= r4\n exit", ALL,
                 "(0) DIV.8 4=1,2 MUL.8 4=4,2 ADD.8 1=1#1 SUB.8 0=1,4 EXIT \n");
}

/* Numbers of 4 bytes in registers of 8. */
TEST(passes, divided_low)
{
    static const struct {
        const char *source, *want;
    } rows[] = {
        {"w0 = w1\nw3 = w2\nr0 /= r3\nr0 %= 10\nexit\n",
         "(0) MOV.4 0=1 MOV.4 3=2 DIV.4 0=0,3 MOD.4 0=0#10 EXIT \n"},
        /* not: one of them may have more, signed, a divisor that has more */
        {"w0 = w1\nr0 /= r2\nexit\n", "(0) MOV.4 0=1 DIV.8 0=0,2 EXIT \n"},
        {"w3 = w2\nr1 %= r3\nr0 = r1\nexit\n", "(0) MOV.4 3=2 MOD.8 1=1,3 MOV.8 0=1 EXIT \n"},
        {"w0 = w1\nw3 = w2\nr0 s/= r3\nexit\n", "(0) MOV.4 0=1 MOV.4 3=2 SDIV.8 0=0,3 EXIT \n"},
        {"w0 = w1\nr0 /= -10\nexit\n", "(0) MOV.4 0=1 DIV.8 0=0#-10 EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "x86_64", rows[i].source, ALL, rows[i].want);
    check_passes(__LINE__, "riscv64", rows[0].source, ALL,
                 "(0) MOV.4 0=1 MOV.4 3=2 DIV.8 0=0,3 MOD.8 0=0#10 EXIT \n");
}

/* ---- division ---- */

/* The divisor is read later than it was, and others know. */
TEST(passes, remainders_in_loops)
{
    static const char loop[] = "r0 = 0\nr7 = 100\non: *(u8 *)(r1 + 0) = r0\nr4 = 4\nr0 = r4\nw3 = w1\n"
                               "w3 s/= w4\nw3 *= w4\nw4 = w1\nw4 -= w3\nr7 += -1\nif r7 != 0 goto on\n"
                               "r0 += r4\nexit\n";
    CHECK_PASSES(loop, MYBPF_JIT_NO_UNROLL,
                 "(0) CONST.8 0=#0 CONST.8 7=#100\n(1) STORE.1 1,0 CONST.8 0=#4 SMOD.4 4=1,0 SUB_BRANCH.8.ne "
                 "7=7#1 ->1\n"
                 "(2) ADD.8 0=0,4 EXIT \n");
}

/* Whether a number is a multiple of a constant. */
TEST(passes, multiples)
{
    static const struct {
        const char *source, *want;
    } rows[] = {
        {"r0 = 7\nw1 %= 15\nif w1 == 0 goto on\nr0 = 8\non: exit\n",
         "(0) CONST.8 0=#7 MUL.4 1=1#-286331153 BRANCH.4.le 1#286331153 ->2\n"
         "(1) CONST.8 0=#8\n"
         "(2) EXIT \n"},
        {"r0 = 7\nw4 = w1\nw4 /= 3\nw4 *= 3\nw5 = w1\nw5 -= w4\nif r5 != 0 goto on\nr0 = 8\non: exit\n",
         "(0) CONST.8 0=#7 MUL.4 5=1#-1431655765 BRANCH.4.gt 5#1431655765 ->2\n"
         "(1) CONST.8 0=#8\n"
         "(2) EXIT \n"},
        /* even: where there is an operation's room */
        {"r0 = 7\nw4 = w1\nw4 /= 24\nw4 *= 24\nw5 = w1\nw5 -= w4\nif w5 == 0 goto on\nr0 = 8\non: exit\n",
         "(0) CONST.8 0=#7 MUL.4 5=1#-1431655765 ROTL.4 5=5#29 BRANCH.4.le 5#178956970 ->2\n"
         "(1) CONST.8 0=#8\n"
         "(2) EXIT \n"},
        {"r0 = 7\nw1 %= 24\nif w1 == 0 goto on\nr0 = 8\non: exit\n",
         "(0) CONST.8 0=#7 MOD.4 1=1#24 BRANCH.4.eq 1#0 ->2\n"
         "(1) CONST.8 0=#8\n"
         "(2) EXIT \n"},
        /* not: of 8 bytes, compared with another number, needed later, read in between */
        {"r0 = 7\nr1 %= 15\nif r1 == 0 goto on\nr0 = 8\non: exit\n",
         "(0) CONST.8 0=#7 MOD.8 1=1#15 BRANCH.8.eq 1#0 ->2\n"
         "(1) CONST.8 0=#8\n"
         "(2) EXIT \n"},
        {"r0 = 7\nw1 %= 15\nif w1 == 1 goto on\nr0 = 8\non: exit\n",
         "(0) CONST.8 0=#7 MOD.4 1=1#15 BRANCH.4.eq 1#1 ->2\n"
         "(1) CONST.8 0=#8\n"
         "(2) EXIT \n"},
        {"r0 = 7\nw1 %= 15\nif w1 == 0 goto on\nr0 = r1\non: exit\n",
         "(0) CONST.8 0=#7 MOD.4 1=1#15 BRANCH.4.eq 1#0 ->2\n"
         "(1) MOV.8 0=1\n"
         "(2) EXIT \n"},
        {"r0 = 7\nw1 %= 15\nr0 += r1\nif w1 == 0 goto on\nr0 = 8\non: exit\n",
         "(0) CONST.8 0=#7 MOD.4 1=1#15 ADD.8 0=0,1 BRANCH.4.eq 1#0 ->2\n"
         "(1) CONST.8 0=#8\n"
         "(2) EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "x86_64", rows[i].source, MYBPF_JIT_NO_SELECT, rows[i].want);
    check_passes(__LINE__, "x86_64", rows[0].source, MYBPF_JIT_NO_SELECT | MYBPF_JIT_NO_DIVISION,
                 "(0) CONST.8 0=#7 MOD.4 1=1#15 BRANCH.4.eq 1#0 ->2\n"
                 "(1) CONST.8 0=#8\n"
                 "(2) EXIT \n");
}

/* A loop that divides by what it counts. */
TEST(passes, counted)
{
    static const char primes[] = "r0 = 0\nw2 = 3\n"
                                 "on: w4 = w1\nw4 %= w2\nif w4 == 0 goto out\nr0 += 1\nw2 += 2\n"
                                 "if w2 < 9 goto on\nout: exit\n",
                      entered[] = "r0 = 0\nr2 = 5\ngoto in\non: r0 += r2\nif r2 s< 3 goto out\n"
                                  "in: r2 += -1\nr4 = r1\nr4 /= r2\nif r4 < 50 goto on\nout: exit\n",
                      unknown[] = "r0 = 0\non: w4 = w1\nw4 %= w2\nif w4 == 0 goto out\nr0 += 1\nw2 += 2\n"
                                  "if w2 < 9 goto on\nout: exit\n",
                      twice[] = "r0 = 0\nr2 = 3\nif r3 == 0 goto on\nr2 = 5\n"
                                "on: r4 = r1\nr4 %= r2\nif r4 == 0 goto out\nr0 += 1\nr2 += 2\n"
                                "if r2 < 9 goto on\nout: exit\n",
                      inside[] = "r0 = 0\nr2 = 3\n"
                                 "on: w4 = w1\nw4 %= w2\nif w4 == 0 goto on\nr0 += 1\nw2 += 2\n"
                                 "if w2 < 9 goto on\nout: exit\n",
                      many[] =
                          "r0 = 0\nr2 = 3\non: r4 = r1\nr4 %= r2\nif r4 == 0 goto out\nr0 += 1\nr2 += 2\n"
                          "if r2 < 200 goto on\nout: exit\n";
    CHECK_PASSES(primes, ALL,
                 "(0) CONST.8 0=#0\n"
                 "(1) MUL.4 4=1#-1431655765 BRANCH.4.le 4#1431655765 ->9\n"
                 "(2) CONST.8 0=#1\n"
                 "(3) MUL.4 4=1#-858993459 BRANCH.4.le 4#858993459 ->9\n"
                 "(4) CONST.8 0=#2\n"
                 "(5) MUL.4 4=1#-1227133513 BRANCH.4.le 4#613566756 ->9\n"
                 "(6) CONST.8 0=#3\n"
                 "(9) EXIT \n");
    CHECK_PASSES(primes, MYBPF_JIT_NO_UNROLL,
                 "(0) CONST.8 0=#0 CONST.8 2=#3\n"
                 "(1) MOD.4 4=1,2 BRANCH.4.eq 4#0 ->3\n"
                 "(2) ADD.8 0=0#1 ADD.4 2=2#2 BRANCH.4.lt 2#9 ->1\n"
                 "(3) EXIT \n");
    CHECK_PASSES(entered, ALL,
                 "(0) CONST.8 0=#0 SHR.8 4=1#2 BRANCH.8.lt 4#50 ->2 =>9\n"
                 "(2) CONST.8 0=#4 DIV.8 4=1#3 BRANCH.8.lt 4#50 ->4 =>9\n"
                 "(4) CONST.8 0=#7 SHR.8 1=1#1 SELECT.8.lt 0=1#50+9\n"
                 "(9) EXIT \n");
    /* not: nobody knows where it starts, or which of two ways; a way back in the middle; too many rounds */
    CHECK_PASSES(unknown, ALL,
                 "(0) CONST.8 0=#0\n"
                 "(1) MOD.4 4=1,2 BRANCH.4.eq 4#0 ->3\n"
                 "(2) ADD.8 0=0#1 ADD.4 2=2#2 BRANCH.4.lt 2#9 ->1\n"
                 "(3) EXIT \n");
    CHECK_PASSES(twice, MYBPF_JIT_NO_SELECT,
                 "(0) CONST.8 0=#0 CONST.8 2=#3 BRANCH.8.eq 3#0 ->2\n"
                 "(1) CONST.8 2=#5\n"
                 "(2) MOD.8 4=1,2 BRANCH.8.eq 4#0 ->4\n"
                 "(3) ADD.8 0=0#1 ADD.8 2=2#2 BRANCH.8.lt 2#9 ->2\n"
                 "(4) EXIT \n");
    CHECK_PASSES(inside, ALL,
                 "(0) CONST.8 0=#0 CONST.8 2=#3\n"
                 "(1) MOD.4 4=1,2 BRANCH.4.eq 4#0 ->1\n"
                 "(2) ADD.8 0=0#1 ADD.4 2=2#2 BRANCH.4.lt 2#9 ->1\n"
                 "(3) EXIT \n");
    CHECK_PASSES(many, ALL,
                 "(0) CONST.8 0=#0 CONST.8 2=#3\n"
                 "(1) MOD.8 4=1,2 BRANCH.8.eq 4#0 ->3\n"
                 "(2) ADD.8 0=0#1 ADD.8 2=2#2 BRANCH.8.lt 2#200 ->1\n"
                 "(3) EXIT \n");
}

/* ---- reciprocals ---- */

static uint64_t upper(uint64_t a, uint64_t b) /* half of the product */
{
    uint64_t low = (a & 0xffffffff) * (b & 0xffffffff), x = (a >> 32) * (b & 0xffffffff) + (low >> 32),
             y = (a & 0xffffffff) * (b >> 32) + (x & 0xffffffff);
    return (a >> 32) * (b >> 32) + (x >> 32) + (y >> 32);
}

static uint64_t divide(const mybpf__reciprocal *r, uint64_t n)
{
    uint64_t h = upper(n >> r->before, r->multiplier);
    if (r->half) return (n >> r->before) * r->multiplier >> 32 >> r->after;
    return r->add ? (((n - h) >> 1) + h) >> r->after : h >> r->after;
}

/* Numbers around multiples of the divisor and at the ends, for every kind of divisor. */
static void check_divisor(uint32_t d, unsigned width)
{
    uint64_t most = width == 4 ? UINT32_MAX : UINT64_MAX, x = 88172645463325252u;
    mybpf__reciprocal r;
    if (!mybpf__reciprocal_find(width == 4 ? (int64_t)(int32_t)d : (int64_t)d, width, &r)) {
        CHECK(!(d & (d - 1)));
        return;
    }
    if (r.half) CHECK(r.multiplier <= UINT32_MAX);
    for (unsigned i = 0; i < 64; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint64_t multiple = (i < 4 ? most - i * (uint64_t)d : (x & most) >> i) / d * d;
        const uint64_t numbers[] = {multiple, multiple - 1,         multiple + d - 1, most - i,
                                    i,        (most >> i) + (i & 1)};
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            uint64_t n = numbers[k] & most;
            if (divide(&r, n) != n / d) test_fail(__FILE__, __LINE__, "%llu / %u", (unsigned long long)n, d);
        }
    }
}

TEST(passes, reciprocals)
{
    for (uint32_t d = 0; d < 3000; d++) check_divisor(d, 4), check_divisor(d, 8);
    for (unsigned bit = 1; bit < 32; bit++)
        for (uint32_t by = 0; by < 40; by++) {
            check_divisor(((uint32_t)1 << bit) + by, 4), check_divisor(((uint32_t)1 << bit) + by, 8);
            check_divisor(((uint32_t)1 << bit) - by, 4), check_divisor(((uint32_t)1 << bit) - by, 8);
        }
    mybpf__reciprocal r;
    CHECK(!mybpf__reciprocal_find(-3, 8, &r)); /* 2^64 - 3 */
}

/* floor(a * b / 2^64), b with its sign. */
static int64_t upper_signed(int64_t a, uint64_t b)
{
    uint64_t h = upper((uint64_t)a, b);
    if (a < 0) h -= b;
    if ((int64_t)b < 0) h -= (uint64_t)a;
    return (int64_t)h;
}

static int64_t floor_shift(int64_t n, unsigned by) { return n < 0 ? ~(~n >> by) : n >> by; }

static int64_t divide_signed(const mybpf__reciprocal *r, int64_t n, int64_t d)
{
    int64_t h = r->half ? floor_shift(n * (int64_t)r->multiplier, 32) : upper_signed(n, r->multiplier);
    if (r->add) h = (int64_t)((uint64_t)h + (uint64_t)n);
    h = floor_shift(h, r->after) + (n < 0);
    return d < 0 ? -h : h;
}

static void check_signed(int32_t d, unsigned width)
{
    int64_t least = width == 4 ? INT32_MIN : INT64_MIN;
    uint64_t x = 88172645463325252u;
    mybpf__reciprocal r;
    if (!mybpf__reciprocal_find_signed(d, width, &r)) {
        CHECK(d >= -1 && d <= 1);
        return;
    }
    if (r.half) CHECK(r.multiplier <= UINT32_MAX);
    for (unsigned i = 0; i < 64; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        int64_t some = i < 4 ? least + (int64_t)i * (d < 0 ? -(int64_t)d : d) : (int64_t)x >> i,
                multiple = some / d * d;
        const int64_t numbers[] = {multiple,       multiple - (multiple != INT64_MIN),
                                   multiple + 1,   least + (int64_t)i,
                                   -1 - least - i, i};
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
            int64_t n = width == 4 ? (int32_t)numbers[k] : numbers[k];
            if (divide_signed(&r, n, d) != n / d)
                test_fail(__FILE__, __LINE__, "%lld / %d", (long long)n, (int)d);
        }
    }
}

TEST(passes, signed_reciprocals)
{
    for (int32_t d = -1500; d < 1500; d++) check_signed(d, 4), check_signed(d, 8);
    for (unsigned bit = 1; bit < 32; bit++)
        for (uint32_t by = 0; by < 80; by++) {
            int32_t d = (int32_t)(((uint32_t)1 << bit) + by - 40);
            check_signed(d, 4), check_signed(d, 8);
        }
}

/* ---- quotients and remainders of the same numbers ---- */

TEST(passes, quotients)
{
    static const struct {
        const char *source, *want;
    } rows[] = {
        /* in one block, in either order */
        {"w4 = w1\nw4 %= w2\nr3 += r4\nw0 = w1\nw0 /= w2\nr0 += r3\nexit\n",
         "(0) DIV.4 0=1,2 MOD.4 4=1,2 ADD.8 3=3,4 ADD.8 0=0,3 EXIT \n"},
        {"r4 = r1\nr4 /= r2\nr3 += r4\nr5 = r1\nr5 %= r2\nr0 = r5\nr0 += r3\nexit\n",
         "(0) DIV.8 4=1,2 MOD.8 5=1,2 ADD.8 3=3,4 ADD.8 0=5,3 EXIT \n"},
        /* not: of another width, of a number that has changed, of a constant */
        {"w4 = w1\nw4 %= w2\nr3 += r4\nr0 = r1\nr0 /= r2\nr0 += r3\nexit\n",
         "(0) MOD.4 4=1,2 ADD.8 3=3,4 DIV.8 0=1,2 ADD.8 0=0,3 EXIT \n"},
        {"w4 = w1\nw4 %= w2\nr3 += r4\nr1 += 1\nw0 = w1\nw0 /= w2\nr0 += r3\nexit\n",
         "(0) MOD.4 4=1,2 ADD.8 3=3,4 ADD.8 1=1#1 DIV.4 0=1,2 ADD.8 0=0,3 EXIT \n"},
        {"w4 = w1\nw4 %= 7\nr3 += r4\nw0 = w1\nw0 /= 7\nr0 += r3\nexit\n",
         "(0) MOD.4 4=1#7 ADD.8 3=3,4 DIV.4 0=1#7 ADD.8 0=0,3 EXIT \n"},
        /* in a block behind another one */
        {"r0 = 1\nw4 = w1\nw4 %= w2\nif w4 != 0 goto out\nw1 /= w2\nr0 = r1\nout: exit\n",
         "(0) CONST.8 0=#1 DIV.4 3=1,2 MOD.4 4=1,2 BRANCH.4.ne 4#0 ->2\n"
         "(1) MOV.8 1=3 MOV.8 0=1\n"
         "(2) EXIT \n"},
        /* a loop that goes on with the quotient, one that asks for it */
        {"r0 = 0\non: w4 = w1\nw4 %= w2\nif w4 != 0 goto out\nw1 /= w2\nr0 += 1\ngoto on\nout: r0 += "
         "r1\nexit\n",
         "(0) CONST.8 0=#0\n"
         "(1) DIV.4 3=1,2 MOD.4 4=1,2 BRANCH.4.ne 4#0 ->3\n"
         "(2) MOV.8 1=3 ADD.8 0=0#1 =>1\n"
         "(3) ADD.8 0=0,1 EXIT \n"},
        {"r0 = 0\nw2 = 5\non: w4 = w1\nw4 %= w2\nif w4 == 0 goto out\nw2 += 6\nw4 = w1\nw4 /= w2\nif w4 >= "
         "w2 goto on\nr2 = r1\nout: r0 = r2\nexit\n",
         "(0) CONST.8 2=#5 MOD.4 0=1,2\n"
         "(1) MOV.8 4=0 BRANCH.4.eq 4#0 ->4\n"
         "(2) ADD.4 2=2#6 DIV.4 4=1,2 MOD.4 0=1,2 BRANCH.4.ge 4,2 ->1\n"
         "(3) MOV.8 2=1\n"
         "(4) MOV.8 0=2 EXIT \n"},
        /* not: another way has not divided and has others to go */
        {"r0 = 1\nif r3 == 0 goto in\nw4 = w1\nw4 %= w2\nif w4 != 0 goto out\nin: w1 /= w2\nr0 = r1\nout: "
         "exit\n",
         "(0) CONST.8 0=#1 BRANCH.8.eq 3#0 ->2\n"
         "(1) MOD.4 4=1,2 BRANCH.4.ne 4#0 ->3\n"
         "(2) DIV.4 1=1,2 MOV.8 0=1\n"
         "(3) EXIT \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_passes(__LINE__, "x86_64", rows[i].source, MYBPF_JIT_NO_SELECT, rows[i].want);
    check_passes(__LINE__, "x86_64", rows[0].source, MYBPF_JIT_NO_DIVISION,
                 "(0) MOD.4 4=1,2 ADD.8 3=3,4 DIV.4 0=1,2 ADD.8 0=0,3 EXIT \n");
}
