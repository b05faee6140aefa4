/* test_run.c: what runs are made of: faults, budgets, depth, stacks, callbacks, tail calls, threads. */
#include "engines.h"

#include <pthread.h>

/* ---- memory that a guarded program may not touch ---- */

RUN_TEST(run, guarded_accesses)
{
    static uint8_t rooms[2][256]; /* so that regions have no neighbours */
    uint8_t *region = rooms[0] + 96, *secret = rooms[1] + 96;
    uint64_t start;
    static const size_t sizes[] = {1, 2, 4, 8};
    static const char *const types[] = {"u8", "u16", "u32", "u64"};
    mybpf_region regions[2];
    uint64_t args[5] = {0, 0, 0, 0, 0};
    uint8_t memory[64];
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    memset(memory, 0x11, sizeof memory);
    regions[0].address = region;
    regions[0].size = 64;
    regions[0].writable = 1;
    regions[1].address = secret;
    regions[1].size = 64;
    regions[1].writable = 0;
    opts.ctx = memory;
    opts.ctx_size = sizeof memory;
    opts.args = args;
    opts.regions = regions;
    opts.region_count = 2;
    for (size_t i = 0; i < 4; i++) {
        size_t size = sizes[i];
        char text[128];
        setup load, store;
        snprintf(text, sizeof text, "r0 = *(%s *)(r1 + 0)\nr0 = 1\nexit\n", types[i]);
        if (!make(&load, text, GUARDED, 0)) return;
        snprintf(text, sizeof text, "*(%s *)(r1 + 0) = 0\nr0 = 1\nexit\n", types[i]);
        if (!make(&store, text, GUARDED, 0)) return;
        for (int which = 0; which < 3; which++) {
            uint8_t *base = which == 0 ? memory : which == 1 ? region : secret;
            start = (uint64_t)(uintptr_t)base;
            for (int64_t offset = -9; offset < 74; offset++) {
                int inside = offset >= 0 && (size_t)offset + size <= 64;
                int read = inside ? 0 : MYBPF_FAULT_ACCESS,
                    write = inside && which < 2 ? 0 : MYBPF_FAULT_ACCESS;
                outcome out;
                args[0] = start + (uint64_t)offset;
                CASE("%s at %lld of %d", types[i], (long long)offset, which);
                out = run_all(&load, &opts);
                CHECK_INT(out.status, read);
                CHECK_INT(out.insn, read ? 0 : NO_INSN);
                if (which == 0 || inside) {
                    out = run_all(&store, &opts);
                    CHECK_INT(out.status, write);
                    CHECK_INT(out.insn, write ? 0 : NO_INSN);
                }
            }
        }
        for (size_t k = 0; k < 9; k++) { /* sums that wrap */
            args[0] = (uint64_t)0 - k;
            CASE("%s at -%d", types[i], (int)k);
            CHECK_INT(run_all(&load, &opts).status, MYBPF_FAULT_ACCESS);
            CHECK_INT(run_all(&store, &opts).status, MYBPF_FAULT_ACCESS);
        }
        end(&load);
        end(&store);
    }
}

/* Offsets of an instruction count too, at both ends of their range, and so does the stack. */
RUN_TEST(run, guarded_offsets)
{
    static const struct {
        const char *text;
        int insn; /* of the fault; NO_INSN: none */
    } rows[] = {
        {"r2 = r1\nr2 += 32767\nr0 = *(u8 *)(r2 - 32767)\nexit\n", NO_INSN},
        {"r2 = r1\nr2 += 32768\nr0 = *(u8 *)(r2 - 32768)\nexit\n", NO_INSN},
        {"r2 = r1\nr2 += -32767\nr0 = *(u8 *)(r2 + 32767)\nexit\n", NO_INSN},
        {"r0 = *(u8 *)(r1 + 32767)\nexit\n", 0},
        {"r0 = *(u8 *)(r1 - 32768)\nexit\n", 0},
        {"r2 = r10\nr0 = *(u8 *)(r2 + 0)\nexit\n", 1},
        {"r2 = r10\nr0 = *(u8 *)(r2 - 1)\nexit\n", NO_INSN},
        {"r2 = r10\nr0 = *(u64 *)(r2 - 7)\nexit\n", 1},
        {"r2 = r10\n*(u32 *)(r2 - 3) = 0\nr0 = 0\nexit\n", 1},
        {"r2 = r10\nr0 = *(u8 *)(r2 - 4096)\nexit\n", NO_INSN}, /* the whole stack is the program's */
        {"r2 = r10\nr0 = *(u8 *)(r2 - 4097)\nexit\n", 1},
        {"r2 = r10\n*(u64 *)(r2 - 4100) = 0\nr0 = 0\nexit\n", 1},
        {"r2 = 0\nr0 = *(u8 *)(r2 + 0)\nexit\n", 1},
        {"r2 = 0\nr2 -= 1\nr0 = *(u64 *)(r2 + 1)\nexit\n", 2},
        {"r2 = 0\nr0 = *(u64 *)(r2 - 1)\nexit\n", 1},
        {"r0 = *(u64 *)(r1 + 0)\nr2 = 5\nlock *(u64 *)(r1 + 8) += r2\nr0 = 0\nexit\n", 2},
        {"r2 = 5\nlock *(u32 *)(r1 + 4) += r2\nlock *(u32 *)(r1 + 6) += r2\nr0 = 0\nexit\n", 2},
        {"w2 = load_acquire((u32 *)(r1 + 4))\nw2 = load_acquire((u32 *)(r1 + 8))\nr0 = 0\nexit\n", 1},
        {"w2 = 1\nstore_release((u32 *)(r1 + 2), w2)\nr0 = 0\nexit\n", 1},
    };
    uint64_t memory;
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.ctx = &memory;
    opts.ctx_size = 8;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome out;
        memory = 0;
        CASE("%s", rows[i].text);
        out = run_text(rows[i].text, GUARDED, &opts);
        CHECK_INT(out.status, rows[i].insn == NO_INSN ? 0 : MYBPF_FAULT_ACCESS);
        CHECK_INT(out.insn, rows[i].insn);
    }
}

RUN_TEST(run, guarded_maps)
{
    static const struct {
        const char *text; /* r1: the address of a value of 12 bytes, the array has 3 */
        int status;
    } rows[] = {
        {"r0 = *(u64 *)(r1 + 0)\nexit\n", 0},
        {"r0 = *(u32 *)(r1 + 8)\nexit\n", 0},
        {"*(u8 *)(r1 + 11) = 5\nr0 = 0\nexit\n", 0},
        {"r0 = *(u8 *)(r1 - 1)\nexit\n", MYBPF_FAULT_ACCESS},
        {"r0 = *(u64 *)(r1 + 1024)\nexit\n", MYBPF_FAULT_ACCESS},
    };
    setup s;
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    mybpf_run_opts opts;
    uint64_t args[5] = {0, 0, 0, 0, 0};
    uint32_t key = 0;
    make_vm(&s);
    memset(&desc, 0, sizeof desc);
    memset(&opts, 0, sizeof opts);
    strcpy(desc.name, "values");
    desc.type = MYBPF_MAP_TYPE_ARRAY;
    desc.key_size = 4;
    desc.value_size = 12;
    desc.max_entries = 3;
    CHECK_INT(mybpf_map_create(s.vm, &desc, &map, &error), 0);
    if (!map) return;
    opts.args = args;
    args[0] = (uint64_t)(uintptr_t)mybpf_map_value(map, &key);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CASE("%s", rows[i].text);
        s.insn_count = assemble(rows[i].text, s.insns, 16);
        s.map = map;
        if (load(&s, GUARDED, 0)) CHECK_INT(run_all(&s, &opts).status, rows[i].status);
        s.map = NULL; /* not a map of this object */
        if (load(&s, GUARDED, 0)) CHECK_INT(run_all(&s, &opts).status, MYBPF_FAULT_ACCESS);
    }
    mybpf_map_unref(map);
    end(&s);
}

/* Arguments of helpers are checked against their descriptions, by CALL and by CALLX. */
RUN_TEST(run, guarded_helpers)
{
    static const struct {
        const char *text; /* %s: a call of FILL */
        int status;
    } rows[] = {
        {"r1 = r10\nr1 += -16\nr2 = 16\n%s\nexit\n", 0},
        {"r1 = r10\nr1 += -16\nr2 = 17\n%s\nexit\n", MYBPF_FAULT_ACCESS},
        {"r1 = r10\nr1 += -16\nr2 = 0\n%s\nexit\n", MYBPF_FAULT_ACCESS},
        {"r1 = r10\nr1 += -16\nr2 = -1\n%s\nexit\n", MYBPF_FAULT_ACCESS},
        {"r1 = 0\nr2 = 1\n%s\nexit\n", MYBPF_FAULT_ACCESS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[256], call[64];
        outcome out;
        CASE("%s", rows[i].text);
        snprintf(call, sizeof call, "call %d", FILL);
        snprintf(text, sizeof text, rows[i].text, call);
        out = run_text(text, GUARDED, NULL);
        CHECK_INT(out.status, rows[i].status);
        if (out.status) CHECK(out.insn == 2 || out.insn == 3);
        snprintf(call, sizeof call, "r6 = %d\ncallx r6", FILL);
        snprintf(text, sizeof text, rows[i].text, call);
        CHECK_INT(run_text(text, GUARDED, NULL).status, rows[i].status);
    }
}

RUN_TEST(run, callx_of_anything_else)
{
    static const char *const rows[] = {
        "r6 = 0\ncallx r6\nexit\n",   "r6 = 1999999\ncallx r6\nexit\n",
        "r6 = r10\ncallx r6\nexit\n", "r6 = -1\ncallx r6\nexit\n",
        "r6 = 12\ncallx r6\nexit\n",  "r6 = 1000000\ncallx r6\nexit\n" /* not granted */};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        outcome out;
        CASE("%s", rows[i]);
        out = run_text(rows[i], GUARDED, NULL);
        CHECK_INT(out.status, MYBPF_FAULT_CALL);
        CHECK_INT(out.insn, 1);
    }
}

/* ---- budgets ---- */

RUN_TEST(run, budget_is_exact)
{
    /* blocks: 0-2 (3 slots), 3-5 (3, seven times), 6 (1), 7-8 (1 + lddw's 1 + 1) */
    static const char text[] = "r0 = 0\nr1 = 7\nr2 = 5\nl: r0 += 2\nr1 += -1\nif r1 != 0 goto l\ngoto m\n"
                               "m: r3 = 0x123456789 ll\nexit\n";
    const uint64_t all = 3 + 7 * 3 + 1 + 2;
    for (int trust = GUARDED; trust <= TRUSTED; trust++) {
        setup s;
        mybpf_run_opts opts;
        memset(&opts, 0, sizeof opts);
        if (!make(&s, text, (mybpf_trust)trust, 1)) return;
        for (uint64_t budget = 0; budget < all + 3; budget++) {
            outcome out;
            uint64_t used = budget < 3    ? 0
                            : budget < 24 ? budget / 3 * 3
                            : budget < 25 ? 24
                            : budget < 27 ? 25
                                          : all;
            int at = budget < 3 ? 0 : budget < 24 ? 3 : budget < 25 ? 6 : 7;
            CASE("budget %d", (int)budget);
            opts.max_steps = budget;
            out = run_all(&s, &opts);
            if (!budget || budget >= all) { /* 0: no limit */
                CHECK_INT(out.status, 0);
                CHECK_INT(out.r0, 14);
                CHECK_INT(out.steps, all);
                continue;
            }
            CHECK_INT(out.status, MYBPF_FAULT_BUDGET);
            CHECK_INT(out.insn, at);
            CHECK_INT(out.steps, used);
        }
        end(&s);
    }
}

/* The stopped block did nothing at all. */
RUN_TEST(run, budget_stops_before_the_block)
{
    setup s;
    uint64_t memory = 0;
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.ctx = &memory;
    opts.ctx_size = 8;
    opts.max_steps = 10;
    if (!make(&s, "l: r2 = *(u64 *)(r1 + 0)\nr2 += 1\n*(u64 *)(r1 + 0) = r2\ngoto l\n", GUARDED, 0)) return;
    CHECK_INT(run_all(&s, &opts).status, MYBPF_FAULT_BUDGET);
    CHECK_INT(memory, 2);
    end(&s);
}

/* Functions, callbacks and tail calls share one budget. */
RUN_TEST(run, budget_of_calls)
{
    setup s;
    char text[256];
    mybpf_run_opts opts;
    outcome out;
    memset(&opts, 0, sizeof opts);
    snprintf(text, sizeof text,
             "r1 = 0x46550008 ll\nr2 = 0\nr3 = 0\nr4 = 10\nr5 = 0\ncall %d\nexit\nr0 = 1\nexit\n", EACH);
    if (!make(&s, text, GUARDED, 0)) return;
    out = run_all(&s, &opts);
    CHECK_INT(out.r0, 10);
    CHECK_INT(out.steps, 7 + 10 * 2);
    opts.max_steps = 7 + 2 * 4 + 1;
    out = run_all(&s, &opts);
    CHECK_INT(out.status, MYBPF_FAULT_BUDGET);
    CHECK_INT(out.insn, 8);
    CHECK_INT(out.steps, 7 + 2 * 4);
    end(&s);
}

/* ---- depth and stacks ---- */

RUN_TEST(run, depth)
{
    char text[512];
    outcome out;
    CASE("callbacks down to the eighth frame");
    /* f(n): n ? each(f, n - 1, 0, 1) + 1 : 0; r1 is n */
    snprintf(text, sizeof text,
             "r1 = *(u64 *)(r1 + 0)\ncall f\nexit\nf: if r1 == 0 goto l\nr2 = r1\nr2 += -1\nr1 = 0x46550003 "
             "ll\nr3 = 0\n"
             "r4 = 1\nr5 = 0\ncall %d\nr0 += 1\nexit\nl: r0 = 0\nexit\n",
             EACH);
    for (uint64_t n = 0; n < 12; n++) {
        mybpf_run_opts opts;
        memset(&opts, 0, sizeof opts);
        opts.ctx = &n;
        opts.ctx_size = 8;
        CASE("callbacks %d deep", (int)n);
        out = run_text(text, GUARDED, &opts);
        if (n <= 6) { /* main and f take two frames */
            CHECK_INT(out.status, 0);
            CHECK_INT(out.r0, n);
        } else {
            CHECK_INT(out.status, MYBPF_FAULT_DEPTH);
            CHECK_INT(out.insn, 11);
        }
        CHECK_INT(run_text(text, TRUSTED, &opts).r0, n);
    }
    CASE("recursion");
    for (uint64_t n = 0; n < 12; n++) {
        static const char recursive[] = "r1 = *(u64 *)(r1 + 0)\ncall f\nexit\nf: r0 = 0\nif r1 == 0 goto "
                                        "l\nr1 += -1\nr2 = 0x46550003 ll\n"
                                        "callx r2\nr0 += 1\nl: exit\n";
        mybpf_run_opts opts;
        memset(&opts, 0, sizeof opts);
        opts.ctx = &n;
        opts.ctx_size = 8;
        out = run_text(recursive, GUARDED, &opts);
        CASE("recursion %d deep", (int)n);
        CHECK_INT(out.status, n <= 6 ? 0 : MYBPF_FAULT_DEPTH);
        CHECK_INT(out.insn, n <= 6 ? NO_INSN : 8);
        if (n <= 6) CHECK_INT(out.r0, n);
    }
}

RUN_TEST(run, trusted_recursion)
{
    static const char fib[] = "r1 = *(u64 *)(r1 + 0)\ncall fib\nexit\n"
                              "fib: r0 = r1\nif r1 < 2 goto out\nr6 = r1\nr1 += -1\ncall fib\nr7 = r0\nr1 = "
                              "r6\nr1 += -2\ncall fib\n"
                              "r0 += r7\nout: exit\n";
    static const char forever[] = "f: *(u64 *)(r10 - 8) = 1\ncall f\nexit\n";
    static uint64_t small[64];
    uint64_t n = 20;
    mybpf_run_opts opts;
    setup s;
    outcome out;
    memset(&opts, 0, sizeof opts);
    opts.ctx = &n;
    opts.ctx_size = 8;
    CHECK_INT(run_text(fib, TRUSTED, &opts).r0, 6765);
    if (!make(&s, forever, TRUSTED, 0)) return;
    out = run(&s, NULL); /* native code uses the host's stack: not to be tried */
    CHECK_INT(out.status, MYBPF_FAULT_STACK);
    CHECK_INT(out.insn, 1);
    opts.stack = (void *)(((uintptr_t)small + 15) & ~(uintptr_t)15);
    opts.stack_size = sizeof small - 16;
    CHECK_INT(run(&s, &opts).status, MYBPF_FAULT_STACK);
    end(&s);
}

RUN_TEST(run, big_frames)
{
    static const char text[] =
        "r1 = 1\ncall f\nexit\nf: r6 = r10\nr6 += -300000\n*(u64 *)(r6 + 0) = 5\n*(u64 *)(r10 - 8) = 6\n"
        "call g\nr0 = *(u64 *)(r6 + 0)\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
        "g: *(u64 *)(r10 - 8) = 100\n*(u64 *)(r10 - 512) = 100\nr0 = 0\nexit\n";
    CHECK_INT(value_of(text), 11);
}

/* The stack of a run is zero at its start, and a given one is used. */
RUN_TEST(run, stacks)
{
    static const char dirty[] = "r0 = *(u64 *)(r10 - 8)\nr1 = *(u64 *)(r10 - 512)\nr0 |= r1\n*(u64 *)(r10 - "
                                "8) = -1\n*(u64 *)(r10 - 512) = -1\nexit\n";
    static uint64_t stack[MYBPF_STACK_SIZE / 8 + 2];
    mybpf_run_opts opts;
    mybpf_error error = {0};
    setup s;
    memset(&opts, 0, sizeof opts);
    memset(stack, 0xff, sizeof stack);
    if (!make(&s, dirty, GUARDED, 0)) return;
    CHECK_INT(run_all(&s, NULL).r0, 0);
    CHECK_INT(run(&s, NULL).r0, 0);
    opts.stack = (void *)(((uintptr_t)stack + 15) & ~(uintptr_t)15);
    opts.stack_size = MYBPF_STACK_SIZE;
    CHECK_INT(run(&s, &opts).r0, 0);
    CHECK_INT(run(&s, &opts).r0, 0);
    opts.stack_size = 512;
    CHECK_INT(mybpf_program_run(s.program, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
    opts.stack = (uint8_t *)opts.stack + 8;
    opts.stack_size = MYBPF_STACK_SIZE;
    CHECK_INT(mybpf_program_run(s.program, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
    end(&s);
}

/* ---- helpers that end the run, and callbacks ---- */

RUN_TEST(run, stops)
{
    char text[512];
    outcome out;
    CASE("exit from a helper");
    snprintf(text, sizeof text, "r1 = 0\nr2 = 42\ncall %d\nr0 = 1\nexit\n", STOP);
    out = run_text(text, GUARDED, NULL);
    CHECK_INT(out.status, 0);
    CHECK_INT(out.r0, 42);
    CASE("fault in a helper");
    snprintf(text, sizeof text, "r1 = -37\nr2 = 42\ncall %d\nr0 = 1\nexit\n", STOP);
    for (int trust = GUARDED; trust <= TRUSTED; trust++) {
        out = run_text(text, (mybpf_trust)trust, NULL);
        CHECK_INT(out.status, MYBPF_FAULT_HELPER);
        CHECK_INT(out.insn, 2);
    }
    CASE("fault in a callback");
    snprintf(text, sizeof text,
             "r1 = 0x46550009 ll\nr2 = 3\nr3 = 0\nr4 = 5\nr5 = 0\ncall %d\nr0 = 1\nexit\nr1 += -5\nif r1 != "
             "0 goto l\n"
             "r2 = 0\nr2 = *(u8 *)(r2 + 0)\nl: r0 = 0\nexit\n",
             EACH);
    out = run_text(text, GUARDED, NULL);
    CHECK_INT(out.status, MYBPF_FAULT_ACCESS);
    CHECK_INT(out.insn, 12);
    CASE("exit from a helper in a function in a callback");
    snprintf(
        text, sizeof text,
        "r1 = 0x46550009 ll\nr2 = 3\nr3 = 0\nr4 = 5\nr5 = 0\ncall %d\nr0 = 1\nexit\ncall f\nr0 = 7\nexit\n"
        "f: r1 = 0\nr2 = 99\ncall %d\nr0 = 2\nexit\n",
        EACH, STOP);
    out = run_text(text, GUARDED, NULL);
    CHECK_INT(out.status, 0);
    CHECK_INT(out.r0, 99);
    CASE("callback of no function");
    snprintf(text, sizeof text, "r1 = 5\nr2 = 3\nr3 = 0\nr4 = 5\nr5 = 0\ncall %d\nr0 = 1\nexit\n", EACH);
    out = run_text(text, TRUSTED, NULL);
    CHECK_INT(out.status, MYBPF_FAULT_CALL);
    CHECK_INT(out.insn, 5);
}

/* A callback's frame lies below that of the function that called the helper. */
RUN_TEST(run, callback_frames)
{
    char text[512];
    snprintf(text, sizeof text,
             "call f\nexit\nf: *(u64 *)(r10 - 8) = 5\n*(u64 *)(r10 - 512) = 6\nr1 = 0x46550010 ll\nr2 = "
             "1\nr3 = 0\nr4 = 1\n"
             "r5 = 0\ncall %d\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nr1 = *(u64 *)(r10 - 512)\nr0 += r1\nexit\n"
             "*(u64 *)(r10 - 8) = 70\n*(u64 *)(r10 - 512) = 70\nr0 = 100\nexit\n",
             EACH);
    CHECK_INT(run_text(text, GUARDED, NULL).r0, 111);
    CHECK_INT(run_text(text, TRUSTED, NULL).r0, 111);
}

RUN_TEST(run, user_data)
{
    uint64_t mine = 1234567;
    char text[64];
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.user = &mine;
    snprintf(text, sizeof text, "call %d\nexit\n", USER);
    CHECK_INT(run_text(text, GUARDED, &opts).r0, mine);
}

RUN_TEST(run, arguments)
{
    uint64_t memory[4] = {0}, args[5] = {1, 2, 3, 4, 5};
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    CHECK_INT(value_of("r0 = r1\nr0 |= r2\nr0 |= r3\nr0 |= r4\nr0 |= r5\nexit\n"), 0);
    opts.ctx = memory;
    opts.ctx_size = sizeof memory;
    CHECK_INT(run_text("r0 = r1\nexit\n", TRUSTED, &opts).r0, (uintptr_t)memory);
    CHECK_INT(run_text("r0 = r2\nr0 |= r3\nexit\n", TRUSTED, &opts).r0, sizeof memory);
    opts.args = args;
    CHECK_INT(
        run_text(
            "r0 = r1\nr0 *= 10\nr0 += r2\nr0 *= 10\nr0 += r3\nr0 *= 10\nr0 += r4\nr0 *= 10\nr0 += r5\nexit\n",
            TRUSTED, &opts)
            .r0,
        12345);
    opts.ctx = NULL;
    CHECK_INT(run_text("r0 = 0\nexit\n", TRUSTED, &opts).status, MYBPF_ERR_ARGUMENT);
}

/* ---- tail calls: test_equal.c has the rest ---- */

/* Guarded: what is no map of the program's is no map. */
RUN_TEST(run, tail_call_of_no_map)
{
    outcome out = run_text("r2 = r10\nr2 += -64\nr3 = 0\ncall 12\nr0 = 5\nexit\n", GUARDED, NULL);
    CHECK_INT(out.status, MYBPF_FAULT_ACCESS);
    CHECK_INT(out.insn, 3);
}

/* ---- threads ---- */

typedef struct worker {
    const setup *s;
    uint64_t n, wrong;
    uint64_t *shared;
} worker;

static void *work(void *arg)
{
    worker *w = (worker *)arg;
    uint64_t args[5] = {w->n, 0, 0, 0, 0};
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.args = args;
    args[1] = (uint64_t)(uintptr_t)w->shared;
    for (int i = 0; i < 200; i++) {
        outcome out = run(w->s, &opts);
        if (out.status || out.r0 != w->n * (w->n + 1) / 2) w->wrong++;
    }
    return NULL;
}

RUN_TEST(run, many_threads)
{
    setup s;
    pthread_t threads[4];
    worker workers[4];
    uint64_t shared = 0;
    if (!make(&s,
              "r0 = 0\nr4 = 1\nl: r0 += r1\nlock *(u64 *)(r2 + 0) += r4\nr1 += -1\nif r1 != 0 goto l\nexit\n",
              TRUSTED, 1))
        return;
    for (int native = 0; native < 2; native++) {
        uint64_t total = 0;
        shared = 0;
        for (size_t i = 0; i < 4; i++) {
            workers[i].s = &s;
            workers[i].n = 100 + i;
            workers[i].wrong = 0;
            workers[i].shared = &shared;
            total += 200 * workers[i].n;
            pthread_create(&threads[i], NULL, work, &workers[i]);
        }
        for (size_t i = 0; i < 4; i++) {
            pthread_join(threads[i], NULL);
            CHECK_INT(workers[i].wrong, 0);
        }
        CHECK_INT(shared, total);
        if (!compile(s.object)) break;
    }
    end(&s);
}

/* ---- messages ---- */

RUN_TEST(run, fault_names_the_place)
{
    setup s;
    mybpf_error error = {0};
    if (!make(&s, "r0 = 0\nr1 = 0x10\nr0 = *(u32 *)(r1 + 4)\nexit\n", GUARDED, 0)) return;
    CHECK_INT(mybpf_program_run(s.program, NULL, NULL, &error), MYBPF_FAULT_ACCESS);
    CHECK_INT(error.code, MYBPF_FAULT_ACCESS);
    CHECK_INT(error.insn, 2);
    CHECK_TEXT(error.program, "main");
#ifdef MYBPF_NO_MESSAGES
    CHECK_TEXT(error.message, "bad memory access");
#else
    CHECK_TEXT(error.message, "bad memory access: read of 4 bytes at 0x14");
#endif
    end(&s);
}

/* What cannot be kept is refused before anything runs. */
TEST(run, wrong_runs)
{
    setup s;
    mybpf_run_opts opts;
    mybpf_error error;
    memset(&opts, 0, sizeof opts);
    memset(&error, 0, sizeof error);
    CHECK_INT(mybpf_program_run(NULL, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
    if (!make(&s, "l: goto l\n", TRUSTED, 0)) return;
    opts.max_steps = 10;
    CHECK_INT(mybpf_program_run(s.program, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
    CHECK_INT(error.code, MYBPF_ERR_ARGUMENT);
    opts.max_steps = 0;
    opts.region_count = 3; /* and no regions */
    CHECK_INT(mybpf_program_run(s.program, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
    CHECK(!mybpf_object_program(NULL, 0) && !mybpf_object_find_program(NULL, "x"));
    CHECK_INT(mybpf_vm_create(NULL, NULL, &error), MYBPF_ERR_ARGUMENT);
    end(&s);
}
