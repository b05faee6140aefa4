/* test_verify_hard.c: programs of the largest size made to cost the verifier time: it must end, and quickly
 * enough that nobody waits. */
#include "mybpf.h"
#include "test.h"
#include "unit.h"

#include <stdlib.h>

typedef void (*fill_fn)(mybpf_insn *insns, size_t count);

static void put(mybpf_insn *insn, int code, int dst, int src, int off, int32_t imm)
{
    insn->code = (uint8_t)code;
    insn->dst_reg = (uint8_t)dst & 15u;
    insn->src_reg = (uint8_t)src & 15u;
    insn->off = (int16_t)off;
    insn->imm = imm;
}

static void fill_branches(mybpf_insn *insns, size_t count)
{
    for (size_t i = 1; i < count - 1; i++)
        put(&insns[i], 0x15, 0, 0, i < count - 1000 ? (int)(i * 7 % 900) : 0, 0);
}

/* A goto chain from the end to the beginning. */
static void fill_backwards(mybpf_insn *insns, size_t count)
{
    for (size_t i = 3; i < count - 1; i++) put(&insns[i], 0x05, 0, 0, -2, 0);
    put(&insns[2], 0x95, 0, 0, 0, 0);
    put(&insns[count - 1], 0x05, 0, 0, -2, 0);
    put(&insns[1], 0x06, 0, 0, 0, (int32_t)count - 3);
}

/* Two arms, each with another constant in a register and a stack slot. */
static void fill_diamonds(mybpf_insn *insns, size_t count)
{
    size_t i = 1;
    for (int r = 6; r < 10; r++) put(&insns[i++], 0xb7, r, 0, 0, r);
    for (int n = 0; i + 8 < count; n++) {
        put(&insns[i++], 0x15, 1, 0, 2, n);
        put(&insns[i++], 0x7a, 10, 0, -8 * (n % 64 + 1), n);
        put(&insns[i++], 0x05, 0, 0, 1, 0);
        put(&insns[i++], 0xb7, 6 + n % 4, 0, 0, n);
        put(&insns[i++], 0x7b, 10, 6 + n % 4, -8 * (n % 61 + 1), 0);
    }
    while (i < count - 1) put(&insns[i++], 0xb7, 0, 0, 0, 0);
}

/* Jumps back as far as they reach, moving what is known from register to register. */
static void fill_loops(mybpf_insn *insns, size_t count)
{
    for (int r = 2; r < 10; r++) put(&insns[r], 0xb7, r, 0, 0, r);
    put(&insns[1], 0xb7, 1, 0, 0, 0);
    for (size_t i = 10; i < count - 1; i++) {
        int back = i - 10 > 32000 ? 32000 : (int)(i - 10);
        if (i % 3 == 0)
            put(&insns[i], 0x15, 1, 0, -back - 1, (int32_t)i);
        else if (i % 3 == 1)
            put(&insns[i], 0xbf, (int)(1 + i % 9), (int)(1 + i * 5 % 9), 0, 0);
        else
            put(&insns[i], 0x7b, 10, (int)(1 + i % 9), -8 * (int)(i % 64 + 1), 0);
    }
}

/* One function calls all others, which return different things. */
static void fill_calls(mybpf_insn *insns, size_t count)
{
    size_t third = count / 3;
    for (size_t i = 1; i < third; i++) put(&insns[i], 0x85, 0, 1, 0, (int32_t)(third + 2 * (i - 1) - i));
    put(&insns[third], 0x95, 0, 0, 0, 0);
    for (size_t i = third + 1; i < count; i++) {
        int ends = i + 1 == count || (i < 3 * third - 3 && (i - third) % 2 == 0);
        put(&insns[i], ends ? 0x95 : 0xb7, 0, 0, 0, ends ? 0 : (int32_t)i);
    }
}

/* Two hundred functions that a helper calls; through each lead 2^40 paths that end with different sums. */
enum { ROOTS = 200, BRANCHES = 40, LENGTH = 2 + 3 * BRANCHES + 3, HEAD = 4 * ROOTS + 2 };
static void fill_roots(mybpf_insn *insns)
{
    size_t i = 1;
    for (int f = 0; f < ROOTS; f++) {
        put(&insns[i], 0x18, 1, MYBPF_PSEUDO_FUNC, 0, (int32_t)(HEAD + LENGTH * (size_t)f - i - 1));
        put(&insns[i + 2], 0x85, 0, 0, 0, MYBPF_HELPER_USER);
        put(&insns[i + 3], 0xb7, 0, 0, 0, 0);
        i += 4;
    }
    put(&insns[i++], 0x95, 0, 0, 0, 0);
    for (int f = 0; f < ROOTS; f++) {
        put(&insns[i++], 0xb7, 6, 0, 0, 0);
        put(&insns[i++], 0xbf, 7, 1, 0, 0);
        for (int n = 0; n < BRANCHES; n++) {
            put(&insns[i++], 0x77, 7, 0, 0, 1);
            put(&insns[i++], 0x45, 7, 0, 1, 1);
            put(&insns[i++], 0x07, 6, 0, 0, n < 30 ? 1 << n : n);
        }
        put(&insns[i++], 0x15, 6, 0, 0, 5);
        put(&insns[i++], 0xb7, 0, 0, 0, 0);
        put(&insns[i++], 0x95, 0, 0, 0, 0);
    }
}

static uint64_t call_nothing(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)env;
    return 0;
}

/* One function is too much for a program's budget; all together end at the object's. */
TEST(verify_hard, object)
{
    static const mybpf_helper helper = {MYBPF_HELPER_USER,
                                        "user_call",
                                        call_nothing,
                                        MYBPF_RET_INTEGER,
                                        {MYBPF_ARG_FUNC},
                                        MYBPF_HELPER_MAY_STOP,
                                        NULL,
                                        0,
                                        {0},
                                        0};
    static const mybpf_range grant = {MYBPF_HELPER_USER, MYBPF_HELPER_USER};
    enum { COUNT = HEAD + ROOTS * LENGTH };
    mybpf_insn *insns = (mybpf_insn *)calloc(COUNT, sizeof *insns);
    mybpf_vm *vm = NULL;
    CHECK(insns != NULL);
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    if (!insns || !vm) return;
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    put(&insns[0], 0xb7, 0, 0, 0, 0);
    fill_roots(insns);
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++) {
        mybpf_load_opts opts = {0};
        mybpf_error error = {0};
        opts.trust = (mybpf_trust)trust;
        opts.grants = &grant;
        opts.grant_count = 1;
        int rc = mybpf_verify(vm, insns, COUNT, &opts, &error);
        CASE("trust %d: %s", trust, error.message);
        CHECK_INT(rc, trust == MYBPF_GUARDED ? 0 : MYBPF_ERR_VERIFY);
        if (rc) CHECK(strstr(error.message, "instructions visited") != NULL);
    }
    free(insns);
    mybpf_vm_destroy(vm);
}

/* What the verifier visits of an object: four times what it may visit of a program. */
#ifdef MYBPF_MAX_VISITED
enum { LIMIT = 4 * MYBPF_MAX_VISITED };
#else
enum { LIMIT = 4 * 1000000 };
#endif

/* A log hears of every program; those behind the object's budget are refused at once. */
static void add_visited(void *user, const mybpf_log_line *line)
{
    if (line->kind == MYBPF_LOG_PROGRAM) *(uint64_t *)user += line->stats->visited;
}

TEST(verify_hard, logged_programs)
{
    static const mybpf_insn loop[] = {{0xb7, 6, 0, 0, 0}, {0x07, 6, 0, 0, 1}, {0x55, 6, 0, -2, INT32_MAX},
                                      {0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
    enum { SIZE = sizeof loop / sizeof *loop };
    static uint8_t image[UNIT_IMAGE];
    static unit u;
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    mybpf_load_opts opts = {0};
    mybpf_error error = {0};
    uint64_t visited = 0;
    u.func_count = u.program_count = GENERATE_FUNCS;
    u.count = GENERATE_FUNCS * SIZE;
    for (uint32_t f = 0; f < GENERATE_FUNCS; f++) {
        u.funcs[f] = f * SIZE;
        memcpy(&u.insns[f * SIZE], loop, sizeof loop);
    }
    opts.log = add_visited;
    opts.log_user = &visited;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    CHECK_INT(mybpf_object_open(vm, image, unit_image(&u, image), &object, &error), 0);
    CHECK_INT(mybpf_object_load(object, &opts, &error), MYBPF_ERR_VERIFY);
    CHECK(strstr(error.message, "instructions visited") != NULL);
    CHECK(visited > LIMIT && visited < LIMIT + 1000); /* not eight times */
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(verify_hard, programs)
{
    static const struct {
        const char *name;
        fill_fn fill;
        int ends;
    } shapes[] = {
        {"branches", fill_branches, 1}, {"backwards", fill_backwards, 1}, {"diamonds", fill_diamonds, 1},
        {"loops", fill_loops, 1},       {"calls", fill_calls, 1},
    };
    size_t count = MYBPF_MAX_INSNS;
    mybpf_insn *insns = (mybpf_insn *)calloc(count, sizeof *insns);
    mybpf_vm *vm = NULL;
    CHECK(insns != NULL);
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    if (!insns || !vm) return;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++) {
            mybpf_load_opts opts = {0};
            mybpf_error error = {0};
            opts.trust = (mybpf_trust)trust;
            memset(insns, 0, count * sizeof *insns);
            put(&insns[0], 0xb7, 0, 0, 0, 0);
            put(&insns[count - 1], 0x95, 0, 0, 0, 0);
            shapes[s].fill(insns, count);
            int rc = mybpf_verify(vm, insns, count, &opts, &error);
            CASE("%s, trust %d: %s", shapes[s].name, trust, error.message);
            CHECK_INT(rc, trust == MYBPF_GUARDED || shapes[s].ends ? 0 : MYBPF_ERR_VERIFY);
        }
    }
    free(insns);
    mybpf_vm_destroy(vm);
}
