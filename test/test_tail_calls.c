/* test_tail_calls.c: tail calls among the programs of one object, where native code jumps: every engine
 * leaves the same, after any number of steps, with the jumps and without. test_equal.c has tail calls from
 * one object to another. MYBPF_SECONDS makes the random ones longer, MYBPF_SEED repeats. */
#include "compare.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
#include "test.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__unix__)
#    include <sys/mman.h>
#endif

enum { LONGEST = 8192, STEPS = 20000 };
enum { VERIFIED = 1 << MYBPF_VERIFIED, GUARDED = 1 << MYBPF_GUARDED, TRUSTED = 1 << MYBPF_TRUSTED, ALL = 7 };

/* What is left out of the code generator. */
static const uint32_t without[] = {0, MYBPF_JIT_NO_TAIL_CALLS, MYBPF_JIT_NO_PASSES,
                                   MYBPF_JIT_NO_PASSES & ~(uint32_t)MYBPF_JIT_NO_TAIL_CALLS};
enum { WITHOUT = sizeof without / sizeof *without };

/* ---- units from text ---- */

/* Slots in front of each line "func_N:"; how many there are. */
static unsigned find_functions(const char *text, unsigned starts[GENERATE_FUNCS])
{
    unsigned slots = 0, count = 0;
    for (const char *line = text; *line; line++) {
        size_t length = strcspn(line, "\n");
        const char *wide = strstr(line, " ll");
        if (!strncmp(line, "func_", 5) && count < GENERATE_FUNCS)
            starts[count++] = slots;
        else if (length && line[length - 1] != ':')
            slots += wide && wide < line + length ? 2 : 1;
        line += length;
        if (!*line) break;
    }
    return count;
}

/* `programs` of the functions are programs, which stand in the array by their numbers, as far as it goes. An
 * LDDW of 0x46550000 + n stands for function n. */
static int make_unit(unit *u, unsigned programs, const char *functions)
{
    static char text[LONGEST + 1024];
    unsigned starts[GENERATE_FUNCS], count = find_functions(functions, starts);
    size_t length =
        (size_t)snprintf(text, sizeof text, "# programs %u\n# map type %u key 4 value 4 entries 5\n",
                         programs, (unsigned)MYBPF_MAP_TYPE_PROG_ARRAY);
    mybpf_error error = {0};
    for (unsigned i = 1; i < count; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "# function %u at %u\n", i, starts[i]);
    for (unsigned i = 0; i < programs && i < GENERATE_TAILS; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "# tail key %u function %u\n", i, i);
    snprintf(text + length, sizeof text - length, "%s", functions);
    if (unit_parse(u, text, &error)) {
        test_fail(__FILE__, __LINE__, "line %u: %s in\n%s", error.line, error.message, text);
        return 0;
    }
    for (uint32_t i = 0; i < u->count; i++) {
        if (u->insns[i].code != 0x18) continue;
        if (u->insns[i].imm >> 16 == 0x4655) {
            u->insns[i].src_reg = MYBPF_PSEUDO_FUNC;
            u->insns[i].imm &= 0xffff;
        }
        i++;
    }
    return 1;
}

static void begin(trial *t, mybpf_trust trust, int metered)
{
    for (unsigned i = 0; i < sizeof t->memory; i++) t->memory[i] = (uint8_t)(i / 8 + 1);
    t->trust = trust;
    t->metered = metered;
    t->max_steps = metered ? STEPS : 0;
    t->disable = 0;
    t->stable_too = 0;
    t->engines = ~0u & ~(1u << ENGINE_KERNEL);
}

/* 0 when the engines differ; `d` has what the interpreter saw. */
static int same(const comparer *c, const trial *t, difference *d)
{
    char what[512];
    if (compare(c, t, d) != COMPARE_DIFFERENT) return 1;
    compare_describe(d, what, sizeof what);
    test_fail(__FILE__, __LINE__, "without 0x%x, %llu steps: %s", (unsigned)t->disable,
              (unsigned long long)t->max_steps, what);
    return 0;
}

/* In every way that native code is made, then stopped after every number of steps up to `most`. What the
 * interpreter saw with steps enough is in `d`. */
static int same_always(const comparer *c, trial *t, uint64_t most, difference *d)
{
    difference stopped;
    if (!same(c, t, d) || d->expected.status == 1) return d->expected.status == 1;
    t->engines = 1u << ENGINE_JIT;
    for (unsigned i = 1; i < WITHOUT; i++) {
        t->disable = without[i];
        if (!same(c, t, d)) return 0;
    }
    if (d->expected.steps < most) most = d->expected.steps;
    for (uint64_t steps = 1; t->metered && steps < most; steps++) {
        t->max_steps = steps;
        t->disable = without[steps % 7 ? 0 : steps % WITHOUT];
        if (!same(c, t, &stopped)) return 0;
    }
    return 1;
}

/* ---- rows ---- */

#define JUMP(n)   "r2 = map_by_idx(0) ll\nr3 = " #n "\ncall 12\n"
#define COUNT(at) "r2 = *(u64 *)(r1 + " #at ")\nr2 += 1\n*(u64 *)(r1 + " #at ") = r2\n"
#define EACH(x)   x(8) x(16) x(24) x(32) x(40) x(48) x(56) x(64) x(72) x(80) x(88) x(96)
#define FILL(at)  "*(u64 *)(r10 - " #at ") = -1\n"
#define LOOK(at)  "r1 = *(u64 *)(r10 - " #at ")\nr0 |= r1\n"
/* Of function n, with the context, which r6 holds. */
#define CALLBACK(n) "r1 = 0x4655000" #n " ll\nr2 = r6\nr3 = 0\nr4 = 0\nr5 = 0\ncall 2000101\n"
#define STOP        "call 2000104\n"

static const struct {
    const char *name;
    unsigned programs, modes;
    int status, insn; /* insn -2: of no interest */
    uint64_t r0;
    const char *functions;
} rows[] = {
    /* clang-format off */
    {"to the next", 2, ALL, 0, -1, 1,
     "func_0:\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr0 = *(u64 *)(r1 + 0)\nr0 &= 255\nexit"},
    {"to itself, 33 times", 1, ALL, 0, -1, 2 + 34,
     "func_0:\n" COUNT(8) "r6 = r2\n" JUMP(0) "r0 = r6\nr0 &= 255\nexit"},
    {"in turns, 33 times", 3, ALL, 0, -1, 1,
     "func_0:\n" COUNT(8) JUMP(1) "r0 = 1\nexit\n"
     "func_1:\n" COUNT(16) JUMP(2) "r0 = 2\nexit\n"
     "func_2:\n" COUNT(24) JUMP(0) "r0 = 3\nexit"},
    {"registers", 2, GUARDED | TRUSTED, 0, -1, 0,
     "func_0:\nr4 = 7\nr5 = 9\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr0 = r2\nr0 |= r3\nr0 |= r4\nr0 |= r5\nexit"},
    {"another context", 2, TRUSTED, 0, -1, 1234,
     "func_0:\nr1 = 1234\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr0 = r1\nexit"},
    {"a stack that is not written", 2, GUARDED, 0, -1, 0,
     "func_0:\n" EACH(FILL) JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr0 = 0\n" EACH(LOOK) "exit"},
    {"a larger frame", 2, ALL, 0, -1, UINT64_MAX,
     "func_0:\nr6 = r1\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\n" EACH(FILL) "r0 = 0\n" EACH(LOOK) "exit"},
    {"a smaller frame", 2, ALL, 0, -1, 7,
     "func_0:\n" EACH(FILL) "r2 = r10\nr2 += -96\n*(u64 *)(r10 - 8) = r2\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr6 = 3\nr7 = 4\nr0 = r6\nr0 += r7\nexit"},
    {"in a function, which saves registers", 3, ALL, 0, -1, 310 + 3,
     "func_0:\nr6 = 100\nr7 = 200\nr8 = r1\ncall func_3\nr0 += r6\nr0 += r7\n"
             "r8 = *(u64 *)(r8 + 8)\nr8 &= 255\nr0 += r8\nexit\n"
     "func_1:\nr6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\n" COUNT(8) "r0 = r6\nr0 += r7\nr0 += r8\nr0 += r9\nexit\n"
     "func_2:\nr0 = 0\nexit\n"
     "func_3:\nr6 = 10\nr7 = 20\nr8 = 30\nr9 = r1\n" JUMP(1) "r0 = r6\nr0 += r7\nr0 += r8\nexit"},
    {"in a function, which has a frame", 2, ALL, 0, -1, 13,
     "func_0:\n" FILL(8) "r6 = r1\ncall func_2\nr7 = r0\nr1 = r6\ncall func_2\n"
             "r0 += r7\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
     "func_1:\n*(u64 *)(r10 - 8) = 7\nr0 = *(u64 *)(r10 - 8)\nexit\n"
     "func_2:\n*(u64 *)(r10 - 16) = 3\nr2 = *(u64 *)(r10 - 16)\n*(u64 *)(r1 + 0) = r2\n" JUMP(1) "r0 = 1\nexit"},
    {"in functions of the targets", 2, ALL, 0, -1, 34 * (2 + 34),
     "func_0:\nr6 = r1\n" COUNT(8) "call func_2\nr6 = *(u64 *)(r6 + 8)\nr6 &= 255\nr0 += r6\nexit\n"
     "func_1:\nr0 = 0\nexit\n"
     "func_2:\n" JUMP(0) "r0 = 0\nexit"},
    {"in a callback", 2, GUARDED | TRUSTED, 0, -1, 41 + 3,
     "func_0:\nr6 = r1\n" CALLBACK(2) "r7 = r0\nr0 = *(u64 *)(r6 + 8)\nr0 &= 255\nr0 += r7\nexit\n"
     "func_1:\n" COUNT(8) "r6 = 9\nr0 = 40\nexit\n"
     "func_2:\n" JUMP(1) "r0 = 1\nexit"},
    {"in callbacks of the targets", 1, GUARDED | TRUSTED, 0, -1, 1 + 34,
     "func_0:\n" COUNT(8) "r6 = r1\n" CALLBACK(1) "exit\n"
     "func_1:\n" JUMP(0) "r0 = 1\nexit"},
    {"behind one that returned", 2, ALL, 0, -1, 4,
     "func_0:\nr6 = r1\ncall func_2\nr7 = r0\nr1 = r6\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\n" COUNT(8) "r0 = *(u64 *)(r1 + 8)\nr0 &= 255\nexit\n"
     "func_2:\n" JUMP(1) "r0 = 1\nexit"},
    {"an empty place", 2, ALL, 0, -1, 5, "func_0:\n" JUMP(4) "r0 = 5\nexit\nfunc_1:\nr0 = 1\nexit"},
    {"beyond the map", 2, ALL, 0, -1, 6, "func_0:\n" JUMP(5) "r0 = 6\nexit\nfunc_1:\nr0 = 1\nexit"},
    {"no index", 2, ALL, 0, -1, 7, "func_0:\n" JUMP(-1) "r0 = 7\nexit\nfunc_1:\nr0 = 1\nexit"},
    {"an index of 64 bits", 2, GUARDED | TRUSTED, 0, -1, 1,
     "func_0:\nr2 = map_by_idx(0) ll\nr3 = 0x500000001 ll\ncall 12\nr0 = 5\nexit\nfunc_1:\nr0 = 1\nexit"},
    {"r0 behind one that failed", 2, GUARDED | TRUSTED, 0, -1, UINT64_MAX,
     "func_0:\n" JUMP(4) "exit\nfunc_1:\nr0 = 1\nexit"},
    {"one that fails, again and again", 2, ALL, 0, -1, 8,
     "func_0:\nr6 = 9\nr7 = r1\nl:\nr1 = r7\n" JUMP(4) "r6 -= 1\nif r6 != 0 goto l\nr1 = r7\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr0 = 8\nexit"},
    {"a target that faults", 2, GUARDED, MYBPF_FAULT_ACCESS, 7, 0,
     "func_0:\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr0 = 0\nr0 = *(u8 *)(r0 + 0)\nexit"},
    {"a fault behind the limit", 1, GUARDED, MYBPF_FAULT_ACCESS, 5, 0,
     "func_0:\n" JUMP(0) "r0 = 0\nr0 = *(u8 *)(r0 + 0)\nexit"},
    {"a helper that ends the run", 2, ALL, 0, -1, 42,
     "func_0:\nr6 = r1\ncall func_2\nr0 = 5\nexit\n"
     "func_1:\nr1 = 42\n" STOP "r0 = 1\nexit\n"
     "func_2:\n" JUMP(1) "r0 = 1\nexit"},
    {"calls as deep as may be", 2, GUARDED, 0, -1, 1,
     "func_0:\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr1 = 6\ncall func_2\nexit\n"
     "func_2:\nr0 = 1\nif r1 == 0 goto +2\nr1 -= 1\ncall func_2\nexit"},
    {"calls too deep", 2, GUARDED, MYBPF_FAULT_DEPTH, -2, 0,
     "func_0:\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr1 = 7\ncall func_2\nexit\n"
     "func_2:\nr0 = 1\nif r1 == 0 goto +2\nr1 -= 1\ncall func_2\nexit"},
    {"callbacks without end", 1, TRUSTED, MYBPF_FAULT_STACK, -2, 0,
     "func_0:\n" COUNT(8) "r6 = r1\n" JUMP(0) CALLBACK(1) "exit\n"
     "func_1:\nr6 = r1\nr2 = *(u64 *)(r6 + 16)\nr2 += 1\n*(u64 *)(r6 + 16) = r2\n" CALLBACK(1) "exit"},
    {"a loop behind", 2, GUARDED | TRUSTED, 0, -1, 1830,
     "func_0:\nr6 = 50\nl:\nr6 -= 1\nif r6 != 0 goto l\n" JUMP(1) "r0 = 5\nexit\n"
     "func_1:\nr6 = 60\nr0 = 0\nm:\nr0 += r6\nr6 -= 1\nif r6 != 0 goto m\nexit"},
    /* clang-format on */
};

TEST(tail_calls, rows)
{
    static trial t;
    comparer c = {NULL, NULL, NULL};
    difference d;
    c.vm = compare_vm();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!make_unit(&t.unit, rows[i].programs, rows[i].functions)) continue;
        for (int how = 0; how < 6; how++) {
            mybpf_trust trust = (mybpf_trust)(how / 2);
            if (!(rows[i].modes >> trust & 1)) continue;
            CASE("%s, trust %d%s", rows[i].name, (int)trust, how % 2 ? ", metered" : "");
            begin(&t, trust, how % 2);
            if (!same_always(&c, &t, 300, &d)) continue;
            CHECK_INT(d.expected.status, rows[i].status);
            if (!rows[i].status) CHECK_INT(d.expected.r0, rows[i].r0);
            if (rows[i].insn != -2) CHECK_INT(d.expected.insn, rows[i].insn);
        }
    }
    mybpf_vm_destroy(c.vm);
}

/* ---- random chains ---- */

static uint64_t seed;
static unsigned pick(unsigned below)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (unsigned)((seed >> 20) % below);
}

typedef struct page {
    char text[LONGEST];
    size_t length;
} page;

static void add(page *p, const char *format, unsigned a, unsigned b)
{
    if (p->length < sizeof p->text - 128)
        p->length += (size_t)snprintf(p->text + p->length, sizeof p->text - p->length, format, a, b);
}

/* r6 is the context, r7 and r8 are numbers, r9 counts. */
static void add_piece(page *p, mybpf_trust trust, unsigned programs, unsigned functions)
{
    unsigned kind = pick(14), at = 8 * pick(8);
    switch (kind) {
    case 0: add(p, "r8 = *(u64 *)(r6 + %u)\nr7 += r8\n", at, 0); break;
    case 1: add(p, "*(u64 *)(r6 + %u) = r7\nr7 *= %u\n", at, 3 + pick(99)); break;
    case 2: add(p, "*(u64 *)(r10 - %u) = r7\nr8 = *(u32 *)(r10 - %u)\n", at + 8, at + 4); break;
    case 3: add(p, "r9 = %u\nr7 += r9\nr9 -= 1\nif r9 != 0 goto -3\n", 1 + pick(4), 0); break;
    case 4:
        if (functions > programs)
            add(p, "r1 = r6\ncall func_%u\nr7 += r0\n", programs + pick(functions - programs), 0);
        break;
    case 5:
        if (functions > programs && trust != MYBPF_VERIFIED)
            add(p, "r1 = 0x%x ll\nr2 = r6\nr3 = 0\nr4 = 0\nr5 = 0\ncall 2000101\nr7 ^= r0\n",
                0x46550000 + programs + pick(functions - programs), 0);
        break;
    case 6:
        if (!pick(6)) add(p, "r1 = r7\n" STOP "r7 += %u\n", 1, 0);
        break;
    case 7:
        if (!pick(4) && trust == MYBPF_GUARDED) add(p, "r0 = 0\nr0 = *(u8 *)(r0 + %u)\n", pick(9), 0);
        break;
    case 8: add(p, "r7 = r8\nr7 <<= %u\nr8 ^= r7\n", pick(63), 0); break;
    default: /* now and then a number decides */
        if (pick(3)) add(p, "if r7 & %u goto +%u\n", 1 + pick(3), 5);
        add(p, "r1 = r6\nr2 = map_by_idx(0) ll\nr3 = %u\ncall 12\n", pick(programs + !pick(5)), 0);
    }
}

static void add_function(page *p, mybpf_trust trust, unsigned number, unsigned programs, unsigned functions)
{
    add(p, "func_%u:\n", number, 0);
    add(p,
        number < programs || trust == MYBPF_VERIFIED ? "r6 = r1\nr7 = %u\nr8 = r7\n"
                                                     : "r6 = r1\nr7 = *(u64 *)(r1 + %u)\nr8 = r7\n",
        8 * pick(7), 0);
    if (trust != MYBPF_VERIFIED && number < programs && pick(3))
        add(p, "r7 = *(u64 *)(r6 + %u)\n", 8 * pick(8), 0);
    /* functions call programs alone: no way around but through tail calls, which end */
    for (unsigned i = 1 + pick(6); i--;)
        add_piece(p, trust, programs, number < programs ? functions : programs);
    add(p, "r0 = r7\nexit\n", 0, 0);
}

TEST(tail_calls, random_chains)
{
    static trial t;
    static page p;
    comparer c = {NULL, NULL, NULL};
    difference d;
    double seconds = test_seconds(10);
    clock_t start = clock();
    unsigned long count = 0, refused = 0, stops = 0;
    uint64_t first = test_number("MYBPF_SEED", (uint64_t)time(NULL));
    printf("  MYBPF_SEED=0x%llx\n", (unsigned long long)first);
    c.vm = compare_vm();
    for (; (double)(clock() - start) < seconds * CLOCKS_PER_SEC && test_failures() < 3; count++, first++) {
        seed = first * 0x9e3779b97f4a7c15u | 1;
        unsigned programs = 1 + pick(4), functions = programs + pick(3);
        mybpf_trust trust = (mybpf_trust)pick(3);
        p.length = 0;
        for (unsigned i = 0; i < functions; i++) add_function(&p, trust, i, programs, functions);
        CASE("MYBPF_SEED=0x%llx, trust %d", (unsigned long long)first, (int)trust);
        if (!make_unit(&t.unit, programs, p.text)) break;
        begin(&t, trust, pick(4) > 0);
        if (!same_always(&c, &t, 60, &d)) fprintf(stderr, "%s", p.text);
        refused += d.expected.status == 1;
        stops += d.expected.status == 1 ? 0 : d.expected.steps;
    }
    printf("  %lu chains, %lu of them refused, %lu steps\n", count, refused, stops);
    CHECK(refused < count / 4 + 1);
    mybpf_vm_destroy(c.vm);
}

/* ---- what native code does besides ---- */

static const char *lowest, *highest;

/* Where the host's stack is now. */
static uint64_t helper_here(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    char here;
    const char *volatile at = &here;
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
    if (!lowest || at < lowest) lowest = at;
    if (!highest || at > highest) highest = at;
    return 0;
}

/* Ends the run with 42, but is not registered as one that may: native code sees it when it is next asked. */
static uint64_t helper_end(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
    mybpf_env_stop(env, MYBPF_OK, 42);
    return 0;
}

static mybpf_object *open_chain(mybpf_vm *vm, const unit *u, mybpf_trust trust, int metered)
{
    static uint8_t image[UNIT_IMAGE];
    static const mybpf_range grant = {2000000, 2000001};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.metered = metered;
    opts.grants = &grant;
    opts.grant_count = 1;
    if (mybpf_object_open(vm, image, unit_image(u, image), &object, &error) ||
        mybpf_object_load(object, &opts, &error)) {
        test_fail(__FILE__, __LINE__, "%s", error.message);
        mybpf_object_close(object);
        return NULL;
    }
    return object;
}

static mybpf_vm *make_vm(void)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return vm;
}

/* 0: there is no native code here. */
static int compile(mybpf_object *object, uint32_t disable)
{
    mybpf_jit_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.disable = disable;
    return !mybpf_jit_compile(object, &opts, NULL);
}

/* 33 tail calls have the first program's place on the host's stack. */
TEST(tail_calls, stack_does_not_grow)
{
    static const mybpf_helper here = {
        2000000, "here", helper_here, MYBPF_RET_INTEGER, {0, 0, 0, 0, 0}, 0, NULL, 0, {0}, 0};
    static unit u;
    mybpf_vm *vm = make_vm();
    CHECK_INT(mybpf_helper_register(vm, &here, NULL), 0);
    if (make_unit(&u, 2,
                  "func_0:\nr6 = r1\n" FILL(8) "call 2000000\nr1 = r6\n" JUMP(
                      1) "r0 = 5\nexit\n"
                         "func_1:\nr6 = r1\n" FILL(8) "call 2000000\nr1 = r6\n" JUMP(0) "r0 = 6\nexit"))
        for (int how = 0; how < 12; how++) {
            mybpf_object *object = open_chain(vm, &u, (mybpf_trust)(how / 4), how % 2);
            int jumps = how / 2 % 2;
            uint64_t r0 = 0;
            CASE("trust %d, metered %d, jumps %d", how / 4, how % 2, jumps);
            lowest = highest = NULL;
            if (object && compile(object, jumps ? 0 : MYBPF_JIT_NO_TAIL_CALLS)) {
                CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, NULL), 0);
                CHECK_INT(r0, 6);
                if (jumps)
                    CHECK_INT(highest - lowest, 0);
                else
                    CHECK(highest - lowest > 33 * 16);
            }
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}

/* The object as a native SPF image, loaded again; NULL where there is no native code. */
static mybpf_object *through_image(mybpf_vm *vm, mybpf_object *object)
{
    static const mybpf_range grant = {2000000, 2000001};
    mybpf_aot_opts aot = {mybpf_aot_target_host(), NULL};
    mybpf_load_opts opts;
    mybpf_object *loaded = NULL;
    void *image = NULL;
    size_t size = 0;
    memset(&opts, 0, sizeof opts);
    opts.trust = MYBPF_TRUSTED;
    opts.grants = &grant;
    opts.grant_count = 1;
    if (!object || !aot.target) return NULL;
    CHECK_INT(mybpf_aot_spf(object, &aot, &image, &size, NULL), 0);
    if (!image) return NULL;
    CHECK_INT(((const uint8_t *)image)[5], 3); /* the ABI that has tail_jump */
    CHECK_INT(mybpf_object_open(vm, image, size, &loaded, NULL), 0);
    CHECK_INT(mybpf_object_load(loaded, &opts, NULL), 0);
    mybpf_vm_realloc(vm, image, 0);
    return loaded;
}

/* The same in images. */
TEST(tail_calls, in_images)
{
    static const mybpf_helper here = {
        2000000, "here", helper_here, MYBPF_RET_INTEGER, {0, 0, 0, 0, 0}, 0, NULL, 0, {0}, 0};
    static unit u;
    mybpf_vm *vm = make_vm();
    CHECK_INT(mybpf_helper_register(vm, &here, NULL), 0);
    if (make_unit(&u, 2,
                  "func_0:\nr6 = r1\n" FILL(8) "call 2000000\nr1 = r6\n" JUMP(
                      1) "r0 = 5\nexit\n"
                         "func_1:\nr6 = r1\n" FILL(8) "call 2000000\nr1 = r6\n" JUMP(0) "r0 = 6\nexit"))
        for (int how = 0; how < 6; how++) {
            mybpf_object *object = open_chain(vm, &u, (mybpf_trust)(how / 2), how % 2),
                         *loaded = through_image(vm, object);
            uint64_t r0 = 0;
            CASE("trust %d, metered %d", how / 2, how % 2);
            lowest = highest = NULL;
            if (loaded) {
                CHECK_INT(mybpf_program_run(mybpf_object_program(loaded, 0), NULL, &r0, NULL), 0);
                CHECK_INT(r0, 6);
                CHECK_INT(highest - lowest, 0);
            }
            mybpf_object_close(loaded);
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}

/* A run that has ended does not reach the target. */
TEST(tail_calls, ended_before)
{
    static const mybpf_helper end = {2000001, "end", helper_end, MYBPF_RET_INTEGER, {0, 0, 0, 0, 0}, 0, NULL,
                                     0,       {0},   0};
    static unit u;
    mybpf_vm *vm = make_vm();
    CHECK_INT(mybpf_helper_register(vm, &end, NULL), 0);
    if (make_unit(&u, 2,
                  "func_0:\nr6 = r1\ncall 2000001\nr1 = r6\n" JUMP(
                      1) "r0 = 5\nexit\n"
                         "func_1:\n*(u64 *)(r1 + 0) = 1\nr0 = 6\nexit"))
        for (int how = 0; how < 4; how++) {
            mybpf_object *object = open_chain(vm, &u, how / 2 ? MYBPF_TRUSTED : MYBPF_GUARDED, 0);
            mybpf_run_opts run;
            uint64_t r0 = 0, word = 0;
            CASE("trust %d, jumps %d", how / 2 ? MYBPF_TRUSTED : MYBPF_GUARDED, how % 2);
            memset(&run, 0, sizeof run);
            run.ctx = &word;
            run.ctx_size = sizeof word;
            if (object && compile(object, how % 2 ? 0 : MYBPF_JIT_NO_TAIL_CALLS)) {
                CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, NULL), 0);
                CHECK_INT(r0, 42);
                CHECK_INT(word, 0);
            }
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}

/* ---- what a target asks of the run ---- */

static const struct {
    const char *name;
    uint16_t types[2];
    mybpf_trust trust;
    uint64_t ctx_size;
    int args;   /* the run has arguments instead of a context */
    int packet; /* the context's packet is the run's */
    const char *functions;
    uint64_t r0;
} asks[] = {
#define CALLER "func_0:\n" JUMP(1) "r0 = 5\nexit\nfunc_1:\n"
#define FIELD  CALLER "r0 = *(u32 *)(r1 + 16)\nexit"
#define DATA                                                                                                 \
    CALLER "r2 = *(u32 *)(r1 + 76)\nr3 = *(u32 *)(r1 + 80)\nr0 = 6\nr4 = r2\nr4 += 2\nif r4 > r3 goto "      \
           "+1\nr0 = *(u8 *)(r2 + 1)\nexit"
#define LOADED                                                                                               \
    CALLER "r2 = 0\nr3 = r10\nr3 += -8\nr4 = 1\nr5 = 1\n*(u64 *)(r10 - 8) = 0\ncall 68\nr0 = *(u8 *)(r10 - " \
           "8)\nexit"
#define CLS    MYBPF_PROG_TYPE_SCHED_CLS
#define CGROUP MYBPF_PROG_TYPE_CGROUP_SKB
    {"a field", {CLS, CLS}, MYBPF_VERIFIED, 192, 0, 1, FIELD, 77},
    {"a field that is not given", {CLS, CLS}, MYBPF_VERIFIED, 16, 0, 1, FIELD, 5},
    {"a field, but arguments", {CLS, CLS}, MYBPF_VERIFIED, 192, 1, 1, FIELD, 5},
    {"a packet", {CLS, CLS}, MYBPF_VERIFIED, 192, 0, 1, DATA, 0x42},
    {"a packet that is not given", {CLS, CLS}, MYBPF_VERIFIED, 192, 0, 0, DATA, 5},
    {"a helper that asks who runs", {CLS, CGROUP}, MYBPF_TRUSTED, 192, 0, 1, LOADED, 0x41},
    {"a helper that asks who runs, of the other type",
     {CGROUP, CLS},
     MYBPF_TRUSTED,
     192,
     0,
     1,
     LOADED,
     0x41 + 14},
#undef CALLER
#undef FIELD
#undef DATA
#undef LOADED
#undef CLS
#undef CGROUP
};

/* Memory below 4 GiB, as the context's addresses of the packet have 32 bits; NULL where there is none. */
static uint8_t *low_memory(void)
{
    static uint8_t bytes[64], *memory;
    if (sizeof(void *) == 4) return bytes;
#if defined(__linux__) && defined(MAP_ANONYMOUS)
    for (uint64_t at = 0x20000000; !memory && at < 0xf0000000; at += 0x10000000) {
        void *got =
            mmap((void *)(uintptr_t)at, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED) continue;
        if ((uint64_t)(uintptr_t)got < 0xfffff000u)
            memory = (uint8_t *)got;
        else
            munmap(got, 4096);
    }
#endif
    return memory;
}

static void check_ask(mybpf_vm *vm, size_t row, uint8_t *packet)
{
    static unit u;
    uint32_t words[48];
    uint64_t args[5] = {0, 0, 0, 0, 0};
    mybpf_run_opts run;
    if (!make_unit(&u, 2, asks[row].functions)) return;
    for (int i = 0; i < 32; i++) packet[i] = (uint8_t)(0x41 + i);
    for (int i = 0; i < 2; i++) u.types[i] = asks[row].types[i];
    for (int engine = 0; engine < 3; engine++) {
        mybpf_object *object = open_chain(vm, &u, asks[row].trust, 0);
        mybpf_error error = {0};
        uint64_t r0 = 0;
        CASE("%s, %s", asks[row].name, engine ? "native" : "interpreter");
        memset(words, 0, sizeof words);
        memset(&run, 0, sizeof run);
        words[4] = 77;
        run.ctx = words;
        run.ctx_size = (size_t)asks[row].ctx_size;
        if (asks[row].args) {
            args[0] = (uint64_t)(uintptr_t)words;
            run.args = args;
        }
        words[0] = 32;
        words[19] = words[35] = (uint32_t)(uintptr_t)packet; /* data, data_meta, data_end */
        words[20] = words[19] + 32;
        run.packet = packet;
        run.packet_size = asks[row].packet ? 32 : 8;
        if (object && (!engine || compile(object, engine == 1 ? 0 : MYBPF_JIT_NO_TAIL_CALLS))) {
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
            CHECK_INT(r0, asks[row].r0);
        }
        mybpf_object_close(object);
    }
}

TEST(tail_calls, needs)
{
    mybpf_vm *vm = make_vm();
    uint8_t *packet = low_memory();
    if (!packet) test_skip("no memory below 4 GiB");
    for (size_t i = 0; packet && i < sizeof asks / sizeof *asks; i++) check_ask(vm, i, packet);
    mybpf_vm_destroy(vm);
}
