/* engines.h: runs small programs, written as text, in every engine, and checks that the engines agree.
 *
 * The tests that use it name themselves with RUN_TEST: test_interp_switch.c includes them a second time, for
 * the interpreter's other build. */
#ifndef ENGINES_H
#define ENGINES_H

#ifndef RUN_TEST
#    include "mybpf.h"
#    include "mybpf_jit.h"
#    define RUN_TEST(suite, name) TEST(suite, name)
#endif
#include "test.h"

#include <stdlib.h>

#define GUARDED  MYBPF_GUARDED
#define TRUSTED  MYBPF_TRUSTED
#define NO_INSN  (-1)
#define INT64_LO 0x8000000000000000u
#define MAX64    0xffffffffffffffffu

static uint8_t covered[MYBPF_OP_COUNT]; /* operations that some text held */

typedef struct setup {
    mybpf_vm *vm;
    mybpf_object *object;
    const mybpf_program *program;
} setup;

/* What a run left. */
typedef struct outcome {
    int status, insn;
    uint64_t r0, steps;
} outcome;

/* Assembles `text`; 0x46550000 + n in an LDDW stands for the function that starts at slot n. */
static size_t assemble(const char *text, mybpf_insn *insns, size_t capacity)
{
    mybpf_error error = {0};
    int64_t count = mybpf_assemble(text, strlen(text), insns, capacity, &error);
    if (count < 0 || (size_t)count > capacity) {
        test_fail(__FILE__, __LINE__, "line %u: %s in\n%s", error.line, error.message, text);
        return 0;
    }
    for (int64_t i = 0; i < count; i++) {
        int op = mybpf_insn_op(&insns[i]);
        if (op >= 0) covered[op] = 1;
        if (op != MYBPF_OP_LDDW) continue;
        if (insns[i].imm >> 16 == 0x4655) {
            insns[i].src_reg = MYBPF_PSEUDO_FUNC;
            insns[i].imm = (insns[i].imm & 0xffff) - (int32_t)i - 1;
        }
        i++;
    }
    return (size_t)count;
}

static uint64_t helper_sum(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)env;
    return r1 + 10 * r2 + 100 * r3 + 1000 * r4 + 10000 * r5;
}

/* Calls back func(r2, r3): the sum of what `r4` calls return. */
static uint64_t helper_each(uint64_t func, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < r4 && !mybpf_env_stopped(env); i++)
        sum += mybpf_env_call(env, func, r2 + i, r3, r4, r5, 0);
    return sum;
}

static uint64_t helper_stop(uint64_t status, uint64_t r0, uint64_t r3, uint64_t r4, uint64_t r5,
                            mybpf_env *env)
{
    (void)r3, (void)r4, (void)r5;
    mybpf_env_stop(env, (int)(int64_t)status, r0);
    return 77;
}

static uint64_t helper_user(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
    return *(const uint64_t *)mybpf_env_user(env);
}

/* Fills r2 bytes at r1. */
static uint64_t helper_fill(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r3, (void)r4, (void)r5, (void)env;
    memset((void *)(uintptr_t)r1, 0xee, (size_t)r2);
    return r2;
}

enum { SUM = 2000000, EACH, STOP, USER, FILL };
static const mybpf_helper helpers[] = {
    {SUM,
     "sum",
     helper_sum,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY},
     0,
     NULL},
    {EACH,
     "each",
     helper_each,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_FUNC, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_NONE},
     MYBPF_HELPER_MAY_STOP,
     NULL},
    {STOP,
     "stop",
     helper_stop,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_NONE, MYBPF_ARG_NONE, MYBPF_ARG_NONE},
     MYBPF_HELPER_MAY_STOP,
     NULL},
    {USER,
     "user",
     helper_user,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_NONE, MYBPF_ARG_NONE, MYBPF_ARG_NONE, MYBPF_ARG_NONE, MYBPF_ARG_NONE},
     0,
     NULL},
    {FILL,
     "fill",
     helper_fill,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE, MYBPF_ARG_NONE, MYBPF_ARG_NONE, MYBPF_ARG_NONE},
     0,
     NULL},
};

static void make_vm(setup *s)
{
    mybpf_error error = {0};
    memset(s, 0, sizeof *s);
    CHECK_INT(mybpf_vm_create(NULL, &s->vm, &error), 0);
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        CHECK_INT(mybpf_helper_register(s->vm, &helpers[i], &error), 0);
}

static mybpf_object *load_insns(mybpf_vm *vm, const mybpf_insn *insns, size_t count, mybpf_trust trust,
                                int metered, mybpf_map *const *maps, size_t map_count)
{
    static const mybpf_range grant = {SUM, FILL};
    mybpf_error error = {0};
    mybpf_raw_desc raw;
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    memset(&raw, 0, sizeof raw);
    memset(&opts, 0, sizeof opts);
    raw.maps = maps;
    raw.map_count = map_count;
    opts.trust = trust;
    opts.metered = metered;
    opts.grants = &grant;
    opts.grant_count = 1;
    if (!mybpf_object_open_insns(vm, insns, count, &raw, &object, &error) &&
        !mybpf_object_load(object, &opts, &error))
        return object;
    test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
    mybpf_object_close(object);
    return NULL;
}

static mybpf_object *load_text(mybpf_vm *vm, const char *text, mybpf_trust trust, int metered)
{
    mybpf_insn insns[512];
    size_t count = assemble(text, insns, 512);
    return count ? load_insns(vm, insns, count, trust, metered, NULL, 0) : NULL;
}

static int make(setup *s, const char *text, mybpf_trust trust, int metered)
{
    make_vm(s);
    s->object = load_text(s->vm, text, trust, metered);
    if (s->object) s->program = mybpf_object_program(s->object, 0);
    return s->object != NULL;
}

static void end(setup *s)
{
    mybpf_object_close(s->object);
    mybpf_vm_destroy(s->vm);
}

/* 1 when the object now runs natively. */
static int compile(mybpf_object *object)
{
#ifdef ENGINES_INTERP_ONLY
    (void)object;
    return 0;
#else
    mybpf_error error = {0};
    int status = mybpf_jit_compile(object, NULL, &error);
    if (status && status != MYBPF_ERR_UNSUPPORTED) test_fail(__FILE__, __LINE__, "jit: %s", error.message);
    return !status;
#endif
}

static outcome run(const setup *s, const mybpf_run_opts *opts)
{
    mybpf_error error = {0};
    mybpf_run_opts full;
    outcome out = {0, NO_INSN, 0, 0};
    memset(&full, 0, sizeof full);
    if (opts) full = *opts;
    full.steps = &out.steps;
    out.status = mybpf_program_run(s->program, &full, &out.r0, &error);
    if (out.status) out.insn = error.insn;
    return out;
}

/* Runs in every engine on the same memory; checks that they agree and gives the interpreter's outcome. */
static outcome run_both(setup *s, const mybpf_run_opts *opts)
{
    uint8_t before[1024], after[1024];
    size_t size = opts && opts->ctx ? opts->ctx_size : 0;
    outcome out, native;
    if (size > sizeof before) size = 0;
    if (size) memcpy(before, opts->ctx, size);
    out = run(s, opts);
    if (!compile(s->object)) return out;
    if (size) {
        memcpy(after, opts->ctx, size);
        memcpy(opts->ctx, before, size);
    }
    native = run(s, opts);
    CHECK_INT(native.status, out.status);
    CHECK_INT(native.r0, out.r0);
    CHECK_INT(native.insn, out.insn);
    if (mybpf_object_code(s->object)->metered) CHECK_INT(native.steps, out.steps);
    if (size) CHECK(!memcmp(after, opts->ctx, size));
    return out;
}

static outcome run_text(const char *text, mybpf_trust trust, const mybpf_run_opts *opts)
{
    setup s;
    outcome out = {-1000, NO_INSN, 0, 0};
    if (make(&s, text, trust, 0)) out = run_both(&s, opts);
    end(&s);
    return out;
}

static uint64_t value_of(const char *text)
{
    outcome out = run_text(text, TRUSTED, NULL);
    CHECK_INT(out.status, 0);
    return out.r0;
}

#endif
