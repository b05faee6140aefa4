/* test_random.c: random programs do the same in every engine and in the kernel.
 *
 * MYBPF_SECONDS says how long (10, in all), MYBPF_PROGRAMS how many of each kind instead, MYBPF_SEED where to
 * begin (the time); the seed is printed. A program that engines disagree about is made small and printed as
 * assembly; saved to a file, MYBPF_REPLAY=FILE runs it again. */
#include "oracle.h"
#include "shrink.h"
#include "survive.h"
#include "test.h"
#include "trial.h"
#include "unit.h"

#include <stdlib.h>
#include <time.h>

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

static void print_trial(const trial *t)
{
    char *text = (char *)malloc(UNIT_TEXT);
    if (!text) return;
    trial_print(t, text, UNIT_TEXT);
    fputs(text, stderr);
    free(text);
}

static void report(const comparer *c, const char *kind, uint64_t seed, trial *t, difference *d)
{
    char what[512];
    compare_describe(d, what, sizeof what);
    test_fail(__FILE__, __LINE__, "%s, MYBPF_SEED=0x%llx: %s", kind, (unsigned long long)seed, what);
    fflush(stdout);
    shrink(c, t, d);
    compare_describe(d, what, sizeof what);
    fprintf(stderr, "# %s, MYBPF_SEED=0x%llx, made small: %s\n", kind, (unsigned long long)seed, what);
    print_trial(t);
}

/* Programs of one kind for a share of the time. */
static void try_programs(int kind, oracle *kernel, double share)
{
    static trial t;
    const char *text = getenv("MYBPF_SECONDS");
    double seconds = (text ? atof(text) : 10) * share, took;
    uint64_t seed = from_environment("MYBPF_SEED", (uint64_t)time(NULL) << 20);
    uint64_t wanted = from_environment("MYBPF_PROGRAMS", 0), programs = 0, refused = 0;
    struct timespec start;
    comparer c;
    difference d;
    memset(&c, 0, sizeof c);
    c.vm = compare_vm();
    c.kernel = kernel ? oracle_compare : NULL;
    c.kernel_user = kernel;
    printf("  MYBPF_SEED=0x%llx\n", (unsigned long long)seed);
    fflush(stdout);
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (; wanted ? programs < wanted : seconds_since(&start) < seconds; programs++) {
        trial_make(&t, kind, seed + programs, 0);
        switch (compare_here(&c, &t, &d)) {
        case COMPARE_REFUSED: refused++; break;
        case COMPARE_DIFFERENT: report(&c, trial_kind_name(kind), seed + programs, &t, &d); break;
        default: break;
        }
        if (test_failures() >= 3) break;
    }
    took = seconds_since(&start);
    printf("  %s: %llu programs, %llu of them refused, %.0f a second\n", trial_kind_name(kind),
           (unsigned long long)programs, (unsigned long long)refused, (double)programs / took);
    CHECK(refused < programs / 4 + 1); /* else the generator is worth nothing */
    CHECK(programs > 0);
    mybpf_vm_destroy(c.vm);
}

TEST(random, guarded) { try_programs(TRIAL_GUARDED, NULL, 0.3); }
TEST(random, trusted) { try_programs(TRIAL_TRUSTED, NULL, 0.25); }
TEST(random, verified) { try_programs(TRIAL_VERIFIED, NULL, 0.2); }

TEST(random, kernel)
{
    oracle kernel;
    if (!oracle_open(&kernel)) SKIP("bpf() is not allowed here");
    try_programs(TRIAL_KERNEL, &kernel, 0.25);
    oracle_close(&kernel);
}

/* Nothing that a program leaves depends on an address: else hosts could not be compared. */
TEST(random, stable)
{
    static trial t;
    comparer c = {NULL, NULL, NULL};
    difference d;
    c.vm = compare_vm();
    for (uint64_t i = 0; i < 300 && !test_failures(); i++) {
        int kind = (int)(i % TRIAL_KINDS);
        trial_make(&t, kind, i, 0);
        t.engines = 0;
        if (compare(&c, &t, &d) == COMPARE_REFUSED) continue;
        t.stable_too = 1;
        if (compare(&c, &t, &d) == COMPARE_SAME) continue;
        test_fail(__FILE__, __LINE__, "%s, seed %llu: depends on addresses", trial_kind_name(kind),
                  (unsigned long long)i);
        print_trial(&t);
    }
    mybpf_vm_destroy(c.vm);
}

/* What is printed means the same when it is read again. */
TEST(random, text)
{
    static trial t, again;
    char *text = (char *)malloc(UNIT_TEXT);
    mybpf_error error = {0};
    for (uint64_t i = 0; text && i < 200 && !test_failures(); i++) {
        trial_make(&t, (int)(i % TRIAL_KINDS), i, 0);
        trial_print(&t, text, UNIT_TEXT);
        CASE("seed %llu", (unsigned long long)i);
        if (trial_parse(&again, text, &error))
            test_fail(__FILE__, __LINE__, "line %u: %s", error.line, error.message);
        CHECK(!memcmp(t.unit.insns, again.unit.insns, sizeof t.unit.insns));
        CHECK(!memcmp(&t, &again, sizeof t));
    }
    free(text);
}

TEST(random, replay)
{
    static trial t;
    static char text[UNIT_TEXT];
    const char *name = getenv("MYBPF_REPLAY");
    FILE *file = name ? fopen(name, "r") : NULL;
    comparer c = {NULL, NULL, NULL};
    mybpf_error error = {0};
    difference d;
    char what[512] = "refused";
    int result;
    if (!file) SKIP("MYBPF_REPLAY names no file");
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    c.vm = compare_vm();
    if (trial_parse(&t, text, &error)) {
        test_fail(name, (int)error.line, "%s", error.message);
    } else if ((result = compare_here(&c, &t, &d)) != COMPARE_SAME) {
        if (result == COMPARE_DIFFERENT) compare_describe(&d, what, sizeof what);
        test_fail(__FILE__, __LINE__, "%s", what);
    } else {
        printf("  all engines: status %d at %d, r0 0x%llx, steps %llu\n", d.expected.status, d.expected.insn,
               (unsigned long long)d.expected.r0, (unsigned long long)d.expected.steps);
    }
    mybpf_vm_destroy(c.vm);
}
