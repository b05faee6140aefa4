/* test_random.c: random programs do the same in every engine and in the kernel.
 *
 * MYBPF_SECONDS says how long (30, in all), MYBPF_PROGRAMS how many of each kind instead, MYBPF_SEED where to
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

/* What one kind of trial came to. */
typedef struct tally {
    uint64_t programs, refused;
    uint64_t ran[ENGINE_COUNT]; /* by each engine */
} tally;

static void count(tally *sum, const comparer *c, int kind, uint64_t seed, trial *t, difference *d, int result)
{
    sum->programs++;
    sum->refused += result == COMPARE_REFUSED;
    for (int i = 0; i < ENGINE_COUNT; i++) sum->ran[i] += d->ran >> i & 1;
    if (result == COMPARE_DIFFERENT) report(c, trial_kind_name(kind), seed, t, d);
}

static comparer make_comparer(oracle *kernel)
{
    comparer c;
    c.vm = compare_vm();
    c.kernel = kernel ? oracle_compare : NULL;
    c.kernel_user = kernel;
    return c;
}

static uint64_t first_seed(void)
{
    uint64_t seed = test_number("MYBPF_SEED", (uint64_t)time(NULL) << 20);
    printf("  MYBPF_SEED=0x%llx\n", (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

static unsigned statements(void) { return (unsigned)test_number("MYBPF_SIZE", 0); }

/* Has this share of the time passed, or the number of programs? */
static int is_over(const struct timespec *start, double share, uint64_t programs)
{
    uint64_t wanted = test_number("MYBPF_PROGRAMS", 0);
    if (test_failures() >= 3) return 1;
    return wanted ? programs >= wanted : seconds_since(start) >= test_seconds(30) * share;
}

static void finish(const comparer *c, const char *kind, const tally *sum, const struct timespec *start)
{
    printf("  %s: %llu programs, %llu of them refused, %.0f a second\n", kind,
           (unsigned long long)sum->programs, (unsigned long long)sum->refused,
           (double)sum->programs / seconds_since(start));
    printf("   ");
    for (int i = 1; i < ENGINE_COUNT; i++)
        if (sum->ran[i]) printf(" %s: %llu", compare_engine_name(i), (unsigned long long)sum->ran[i]);
    printf("\n");
    CHECK(sum->refused < sum->programs / 4 + 1); /* else the generator is worth nothing */
    CHECK(sum->programs > 0);
    mybpf_vm_destroy(c->vm);
}

/* Programs of one kind for a share of the time. */
static void try_programs(int kind, double share)
{
    static trial t;
    comparer c = make_comparer(NULL);
    uint64_t seed = first_seed();
    tally sum = {0, 0, {0}};
    difference d;
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (!is_over(&start, share, sum.programs)) {
        uint64_t now = seed + sum.programs;
        trial_make(&t, kind, now, statements());
        int result = compare_here(&c, &t, &d);
        count(&sum, &c, kind, now, &t, &d, result);
    }
    finish(&c, trial_kind_name(kind), &sum, &start);
}

TEST(random, guarded) { try_programs(TRIAL_GUARDED, 0.3); }
TEST(random, trusted) { try_programs(TRIAL_TRUSTED, 0.25); }
TEST(random, verified) { try_programs(TRIAL_VERIFIED, 0.2); }

/* The kernel takes many programs at once; one by one when it refuses one of them, or when they differ. */
static void try_batch(tally *sum, const comparer *c, uint64_t seed)
{
    static trial trials[ORACLE_BATCH];
    static seen kernel[ORACLE_BATCH];
    const trial *list[ORACLE_BATCH];
    difference d;
    int ran;
    for (size_t i = 0; i < ORACLE_BATCH; i++) {
        trial_make(&trials[i], TRIAL_KERNEL, seed + i, statements());
        list[i] = &trials[i];
    }
    ran = oracle_run((oracle *)c->kernel_user, list, ORACLE_BATCH, kernel);
    for (size_t i = 0; i < ORACLE_BATCH; i++) {
        trials[i].engines = 0;
        int result = compare_here(c, &trials[i], &d);
        kernel[i].steps = d.expected.steps;
        d.ran = (uint32_t)ran << ENGINE_KERNEL;
        trials[i].engines = 1 << ENGINE_KERNEL;
        if (!ran || memcmp(&kernel[i], &d.expected, sizeof d.expected)) {
            result = compare_here(c, &trials[i], &d);
            if (result == COMPARE_SAME && ran)
                test_fail(__FILE__, __LINE__, "seed 0x%llx differs in a batch alone",
                          (unsigned long long)(seed + i));
        }
        count(sum, c, TRIAL_KERNEL, seed + i, &trials[i], &d, result);
    }
}

TEST(random, kernel)
{
    oracle kernel;
    if (!oracle_open(&kernel)) SKIP("bpf() is not allowed here");
    comparer c = make_comparer(&kernel);
    uint64_t seed = first_seed();
    tally sum = {0, 0, {0}};
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (!is_over(&start, 0.25, sum.programs)) try_batch(&sum, &c, seed + sum.programs);
    finish(&c, "kernel", &sum, &start);
    oracle_close(&kernel);
}

/* ---- digests: what the interpreter saw, to be compared between hosts by test/test_random.py ---- */

static uint64_t fold(uint64_t digest, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) digest = (digest ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
    return digest;
}

static uint64_t fold_number(uint64_t digest, uint64_t number)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++) bytes[i] = (uint8_t)(number >> (8 * i));
    return fold(digest, bytes, sizeof bytes);
}

static uint64_t fold_seen(uint64_t digest, const seen *s)
{
    digest = fold_number(digest, (uint64_t)(int64_t)s->status);
    digest = fold_number(digest, (uint64_t)(int64_t)s->insn);
    digest = fold_number(digest, s->r0);
    digest = fold_number(digest, s->steps);
    digest = fold(digest, s->memory, sizeof s->memory);
    return fold(digest, s->maps, s->maps_size);
}

static void print_seen(const seen *s)
{
    fprintf(stderr, "# status %d at %d, r0 0x%llx, steps %llu\n# memory ", s->status, s->insn,
            (unsigned long long)s->r0, (unsigned long long)s->steps);
    for (size_t i = 0; i < sizeof s->memory; i++) fprintf(stderr, "%02x", s->memory[i]);
    fputs("\n# maps ", stderr);
    for (size_t i = 0; i < s->maps_size; i++) fprintf(stderr, "%02x", s->maps[i]);
    fputc('\n', stderr);
}

/* Every kind but the kernel's in turn; a digest for each MYBPF_BATCH programs. MYBPF_PRINT shows each. */
TEST(random, digest)
{
    if (!getenv("MYBPF_BATCH")) SKIP("MYBPF_BATCH is not set: test_random.py runs this");
    static trial t;
    comparer c = make_comparer(NULL);
    uint64_t seed = first_seed(), batch = test_number("MYBPF_BATCH", 256), digest = 0;
    tally sum = {0, 0, {0}};
    difference d;
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (!is_over(&start, 1, sum.programs)) {
        uint64_t now = seed + sum.programs;
        int kind = (int)(now % TRIAL_KERNEL);
        trial_make(&t, kind, now, statements());
        if (getenv("MYBPF_PRINT")) print_trial(&t);
        int result = compare_here(&c, &t, &d);
        if (getenv("MYBPF_PRINT")) print_seen(&d.expected);
        digest = fold_seen(digest, &d.expected);
        count(&sum, &c, kind, now, &t, &d, result);
        if (sum.programs % batch) continue;
        printf("digest %s 0x%llx %016llx\n", MYBPF_BIG_ENDIAN ? "be" : "le",
               (unsigned long long)(seed + sum.programs - batch), (unsigned long long)digest);
        fflush(stdout);
        digest = 0;
    }
    finish(&c, "all kinds", &sum, &start);
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
    if (!name) SKIP("MYBPF_REPLAY names no file");
    CASE("%s", name);
    CHECK(file != NULL);
    if (!file) return;
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
