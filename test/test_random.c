/* test_random.c: random programs do the same in the interpreter, natively and in the kernel.
 *
 * MYBPF_SECONDS says how long (10), MYBPF_SEED where to begin (the time); the seed is printed. A program that
 * engines disagree about is printed as assembly, without the instructions the difference does not need. */
#include "compare.h"
#include "oracle.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>

typedef struct trial {
    mybpf_vm *vm;
    oracle *kernel; /* NULL: engines against each other */
    compare_opts opts;
    char what[512]; /* the last difference */
} trial;

static void describe(trial *t, const char *other, const seen *a, const seen *b)
{
    snprintf(t->what, sizeof t->what,
             "interpreter: status %d at %d, r0 %llx, steps %llu; %s: status %d at %d, r0 %llx, steps %llu%s",
             a->status, a->insn, (unsigned long long)a->r0, (unsigned long long)a->steps, other, b->status,
             b->insn, (unsigned long long)b->r0, (unsigned long long)b->steps,
             memcmp(a->memory, b->memory, sizeof a->memory) ? "; memory differs" : "");
}

/* 1 when engines disagree, -1 when the program was refused. */
static int differs(trial *t, const mybpf_insn *insns, size_t count)
{
    seen interpreted, other;
    memset(&interpreted, 0, sizeof interpreted);
    if (compare_engines(t->vm, insns, count, &t->opts, &interpreted, &other)) {
        describe(t, "native", &interpreted, &other);
        return 1;
    }
    if (interpreted.status == 1) return -1;
    if (!t->kernel) return 0;
    other = interpreted;
    memcpy(other.memory, t->opts.memory, sizeof other.memory);
    if (!oracle_run(t->kernel, insns, count, &other.r0, other.memory)) return -1;
    if (!memcmp(&interpreted, &other, sizeof other)) return 0;
    describe(t, "kernel", &interpreted, &other);
    return 1;
}

/* Without these a program may loop for ever, use a number as an address, or read what it never wrote. */
static int needed(const mybpf_insn *insn)
{
    static const uint8_t writes[] = {0xb7, 0xb4, 0x18, 0x00, 0x7a};
    if (memchr(writes, insn->code, sizeof writes)) return 1;
    if ((insn->code & 7) == 7) return insn->dst_reg >= 8 || insn->src_reg == 9;
    return insn->code == 0x55 && insn->dst_reg == 8;
}

/* Replaces what is not needed for the difference by "goto +0". */
static void reduce(trial *t, mybpf_insn *insns, size_t count)
{
    static const mybpf_insn nothing = {0x05, 0, 0, 0, 0};
    for (size_t step = count / 2; step; step /= 2) {
        for (size_t at = 0; at + step <= count; at += step) {
            mybpf_insn kept[GENERATE_INSNS];
            memcpy(kept, insns, count * sizeof *insns);
            for (size_t i = at; i < at + step; i++)
                if (!needed(&insns[i])) insns[i] = nothing;
            if (differs(t, insns, count) != 1) memcpy(insns, kept, count * sizeof *insns);
        }
    }
}

static void print_program(const mybpf_insn *insns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[128];
        if (insns[i].code == 0x05 && !insns[i].off) continue;
        mybpf_disassemble(&insns[i], count - i, text, sizeof text);
        fprintf(stderr, "    %4zu: %s\n", i, text);
        if (insns[i].code == 0x18) i++;
    }
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

static uint64_t first_seed(void)
{
    const char *text = getenv("MYBPF_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : (uint64_t)time(NULL);
    printf("  MYBPF_SEED=0x%llx\n", (unsigned long long)seed);
    return seed;
}

/* Programs of one kind for a share of the time. */
static void try_programs(const char *kind, unsigned flags, mybpf_trust trust, int metered, oracle *kernel,
                         double share)
{
    static mybpf_insn insns[GENERATE_INSNS];
    const char *text = getenv("MYBPF_SECONDS");
    double seconds = (text ? atof(text) : 10) * share;
    uint64_t seed = first_seed();
    unsigned programs = 0, refused = 0;
    uint8_t memory[GENERATE_MEMORY];
    struct timespec start;
    trial t;
    memset(&t, 0, sizeof t);
    t.vm = compare_vm();
    t.kernel = kernel;
    t.opts.trust = trust;
    t.opts.metered = metered;
    t.opts.memory = memory;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (; seconds_since(&start) < seconds && test_failures() < 3; programs++) {
        entropy e = {NULL, 0, 0};
        size_t count;
        int result;
        e.state = (seed + programs + 1) * 0x9e3779b97f4a7c15u;
        for (size_t i = 0; i < sizeof memory; i++) memory[i] = (uint8_t)(entropy_next(&e) >> 11);
        count = generate_program(&e, insns, 1 + (unsigned)(entropy_next(&e) % 40), flags);
        t.opts.max_steps = metered && entropy_next(&e) % 4 == 3 ? entropy_next(&e) % 400 + 1 : 0;
        result = differs(&t, insns, count);
        if (result < 0) refused++;
        if (result < 1) continue;
        test_fail(__FILE__, __LINE__, "%s, MYBPF_SEED=0x%llx: %s", kind,
                  (unsigned long long)(seed + programs), t.what);
        reduce(&t, insns, count);
        differs(&t, insns, count);
        fprintf(stderr, "  reduced: %s\n", t.what);
        print_program(insns, count);
    }
    printf("  %s: %u programs, %u of them refused\n", kind, programs, refused);
    CHECK(refused < programs / 2 + 1); /* else the generator is worth nothing */
    CHECK(programs > 0);
    mybpf_vm_destroy(t.vm);
}

TEST(random, guarded) { try_programs("guarded", GENERATE_WILD, MYBPF_GUARDED, 1, NULL, 0.35); }
TEST(random, trusted) { try_programs("trusted", 0, MYBPF_TRUSTED, 0, NULL, 0.3); }

TEST(random, kernel)
{
    oracle kernel;
    if (!oracle_open(&kernel, GENERATE_MEMORY)) SKIP("bpf() is not allowed here");
    try_programs("kernel", GENERATE_KERNEL, MYBPF_TRUSTED, 0, &kernel, 0.35);
    oracle_close(&kernel);
}
