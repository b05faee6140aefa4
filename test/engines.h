/* engines.h: runs small programs, written as text, in every engine, and checks that the engines agree.
 *
 * The tests that use it name themselves with RUN_TEST: test_interp_switch.c includes them a second time, for
 * the interpreter's other build. */
#ifndef ENGINES_H
#define ENGINES_H

#ifndef RUN_TEST
#    include "mybpf.h"
#    include "mybpf_aot.h"
#    include "mybpf_jit.h"
#    define RUN_TEST(suite, name) TEST(suite, name)
#endif
#include "test.h"

#include <stdlib.h>

#define VERIFIED MYBPF_VERIFIED
#define GUARDED  MYBPF_GUARDED
#define TRUSTED  MYBPF_TRUSTED
#define NO_INSN  (-1)
#define INT64_LO 0x8000000000000000u
#define MAX64    0xffffffffffffffffu

/* The interpreter comes first: the others must do what it does. */
enum { INTERP, JIT, SPF, BARE, SPF_BYTECODE, BARE_BYTECODE, ENGINES };
static const char *const engine_names[] = {"interpreter", "jit",          "spf",
                                           "bare",        "spf bytecode", "bare bytecode"};

static uint8_t covered[MYBPF_OP_COUNT]; /* operations that some text held */

typedef struct setup {
    mybpf_vm *vm;
    mybpf_object *object; /* interpreted */
    const mybpf_program *program;
    mybpf_object *others[ENGINES]; /* the same code in the other engines, made when first needed; */
    int has_others;                /* NULL: that engine cannot have it */
    mybpf_insn insns[512];
    size_t insn_count;
    mybpf_trust trust;
    int metered;
    mybpf_map *map; /* what LDDW of map 0 means; NULL: none */
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
#define ANY MYBPF_ARG_ANY
/* clang-format off */
static const mybpf_helper helpers[] = {
    {SUM, "sum", helper_sum, MYBPF_RET_INTEGER, {ANY, ANY, ANY, ANY, ANY}, 0, NULL, 0, {0}, 0},
    {EACH, "each", helper_each, MYBPF_RET_INTEGER, {MYBPF_ARG_FUNC, ANY, ANY, ANY, 0}, MYBPF_HELPER_MAY_STOP, NULL, 0, {0}, 0},
    {STOP, "stop", helper_stop, MYBPF_RET_INTEGER, {ANY, ANY, 0, 0, 0}, MYBPF_HELPER_MAY_STOP, NULL, 0, {0}, 0},
    {USER, "user", helper_user, MYBPF_RET_INTEGER, {0, 0, 0, 0, 0}, 0, NULL, 0, {0}, 0},
    {FILL, "fill", helper_fill, MYBPF_RET_INTEGER, {MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE, 0, 0, 0}, 0, NULL, 0, {0}, 0},
};
/* clang-format on */
#undef ANY

/* Where the library's memory comes from; NULL: malloc. */
static void *(*engines_realloc)(void *user, void *memory, size_t size);

static void make_vm(setup *s)
{
    mybpf_error error = {0};
    mybpf_host host;
    memset(s, 0, sizeof *s);
    memset(&host, 0, sizeof host);
    host.realloc = engines_realloc;
#ifndef ENGINES_INTERP_ONLY
    host.exec = mybpf_jit_exec();
#endif
    CHECK_INT(mybpf_vm_create(&host, &s->vm, &error), 0);
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        CHECK_INT(mybpf_helper_register(s->vm, &helpers[i], &error), 0);
}

static const mybpf_range grant = {SUM, FILL};

/* Loads what `s` says; NULL with `error` filled. */
static mybpf_object *try_load(setup *s, mybpf_error *error)
{
    mybpf_raw_desc raw;
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    memset(&raw, 0, sizeof raw);
    memset(&opts, 0, sizeof opts);
    raw.maps = &s->map;
    raw.map_count = s->map != NULL;
    opts.trust = s->trust;
    opts.metered = s->metered;
    opts.grants = &grant;
    opts.grant_count = 1;
    if (!mybpf_object_open_insns(s->vm, s->insns, s->insn_count, &raw, &object, error) &&
        !mybpf_object_load(object, &opts, error))
        return object;
    mybpf_object_close(object);
    return NULL;
}

/* (Re)loads the object of `s` from its instructions. */
static int load(setup *s, mybpf_trust trust, int metered)
{
    mybpf_error error = {0};
    for (int i = 0; i < ENGINES; i++) {
        mybpf_object_close(s->others[i]);
        s->others[i] = NULL;
    }
    mybpf_object_close(s->object);
    s->has_others = 0;
    s->trust = trust;
    s->metered = metered;
    s->object = try_load(s, &error);
    if (s->object)
        s->program = mybpf_object_program(s->object, 0);
    else
        test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
    return s->object != NULL;
}

static int make(setup *s, const char *text, mybpf_trust trust, int metered)
{
    make_vm(s);
    s->insn_count = assemble(text, s->insns, sizeof s->insns / sizeof *s->insns);
    return s->insn_count && load(s, trust, metered);
}

static void end(setup *s)
{
    for (int i = 0; i < ENGINES; i++) mybpf_object_close(s->others[i]);
    mybpf_object_close(s->object);
    mybpf_vm_destroy(s->vm);
}

#ifdef ENGINES_INTERP_ONLY
static inline int has_engine(int engine) { return engine == INTERP; }
static int compile(mybpf_object *object) { return (void)object, 0; }
static mybpf_object *make_other(setup *s, int engine) { return (void)s, (void)engine, (mybpf_object *)NULL; }
#else
/* Can this machine run it? */
static inline int has_engine(int engine)
{
    return engine == INTERP || engine >= SPF_BYTECODE || (mybpf_aot_target_host() && mybpf_jit_exec());
}

/* 1 when the object now runs natively. */
static int compile(mybpf_object *object)
{
    mybpf_error error = {0};
    int status = mybpf_jit_compile(object, NULL, &error);
    if (status && status != MYBPF_ERR_UNSUPPORTED) test_fail(__FILE__, __LINE__, "jit: %s", error.message);
    return !status;
}

/* The object of `s` as an image that was written and read back; NULL: the format cannot carry it. */
static mybpf_object *make_image(const setup *s, int engine)
{
    int is_native = engine == SPF || engine == BARE, is_bare = engine == BARE || engine == BARE_BYTECODE;
    mybpf_aot_opts aot = {is_native ? mybpf_aot_target_host() : NULL, NULL};
    mybpf_error error = {0};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    void *image = NULL;
    size_t size = 0;
    int status;
    if (!has_engine(engine)) return NULL;
    memset(&opts, 0, sizeof opts);
    opts.trust = is_native ? TRUSTED : s->trust; /* native code holds the checks of the mode it was made in */
    opts.metered = s->metered;
    opts.grants = &grant;
    opts.grant_count = 1;
    status = is_bare ? mybpf_aot_bare(s->object, &aot, &image, &size, &error)
                     : mybpf_aot_spf(s->object, &aot, &image, &size, &error);
    if (status == MYBPF_ERR_UNSUPPORTED && is_bare) return NULL;
    if (!status) status = mybpf_object_open(s->vm, image, size, &object, &error);
    if (!status) status = mybpf_object_load(object, &opts, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s: %s", engine_names[engine], error.message);
    mybpf_vm_realloc(s->vm, image, 0);
    if (!status) return object;
    mybpf_object_close(object);
    return NULL;
}

static mybpf_object *make_other(setup *s, int engine)
{
    mybpf_error error = {0};
    mybpf_object *object;
    if (engine != JIT) return make_image(s, engine);
    object = try_load(s, &error);
    CHECK(object != NULL);
    if (object && compile(object)) return object;
    mybpf_object_close(object);
    return NULL;
}
#endif

static outcome run_program(const mybpf_program *program, const mybpf_run_opts *opts)
{
    mybpf_error error = {0};
    mybpf_run_opts full;
    outcome out = {0, NO_INSN, 0, 0};
    memset(&full, 0, sizeof full);
    if (opts) full = *opts;
    full.steps = &out.steps;
    out.status = mybpf_program_run(program, &full, &out.r0, &error);
    if (out.status) out.insn = error.insn;
    return out;
}

static outcome run(const setup *s, const mybpf_run_opts *opts) { return run_program(s->program, opts); }

/* Runs in every engine on the same memory; checks that they agree and gives the interpreter's outcome. */
static outcome run_all(setup *s, const mybpf_run_opts *opts)
{
    uint8_t before[1024], after[1024];
    size_t size = opts && opts->ctx ? opts->ctx_size : 0;
    outcome out, other;
    if (size > sizeof before) size = 0;
    if (size) memcpy(before, opts->ctx, size);
    out = run(s, opts);
    if (size) memcpy(after, opts->ctx, size);
    for (int e = JIT; e < ENGINES; e++) {
        const char *name = engine_names[e];
        if (!s->has_others && (!s->map || e == JIT)) /* an image has maps of its own */
            s->others[e] = make_other(s, e);
        if (!s->others[e]) continue;
        if (size) memcpy(opts->ctx, before, size);
        other = run_program(mybpf_object_program(s->others[e], 0), opts);
        if (other.status != out.status || other.r0 != out.r0 || other.insn != out.insn)
            test_fail(__FILE__, __LINE__, "%s: status %d at %d, r0 0x%llx; interpreter: %d at %d, 0x%llx",
                      name, other.status, other.insn, (unsigned long long)other.r0, out.status, out.insn,
                      (unsigned long long)out.r0);
        if (mybpf_object_code(s->object)->metered && other.steps != out.steps)
            test_fail(__FILE__, __LINE__, "%s: %llu steps; interpreter: %llu", name,
                      (unsigned long long)other.steps, (unsigned long long)out.steps);
        if (size && memcmp(after, opts->ctx, size))
            test_fail(__FILE__, __LINE__, "%s: the memory differs from the interpreter's", name);
    }
    s->has_others = 1;
    return out;
}

static outcome run_text(const char *text, mybpf_trust trust, const mybpf_run_opts *opts)
{
    static setup s;
    outcome out = {-1000, NO_INSN, 0, 0};
    if (make(&s, text, trust, 0)) out = run_all(&s, opts);
    end(&s);
    return out;
}

static inline uint64_t value_of(const char *text)
{
    outcome out = run_text(text, TRUSTED, NULL);
    CHECK_INT(out.status, 0);
    return out.r0;
}

#endif
