/* test_examples.c: every program of examples/ on every engine, in trusted and guarded mode. What each prints
 * stands in examples/expected/NAME.txt. */
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
#include "test.h"

#include <stdlib.h>

typedef struct example {
    const char *name;
    const char *args[3];
    uint32_t r0;
    int bare;    /* the BARE format can carry it */
    int guarded; /* it does nothing that only trusted programs may */
} example;

static const example examples[] = {
    {"hello_world", {0}, 0, 1, 1},      {"print_argv", {"one", "two"}, 3, 1, 1},
    {"sub_prog", {0}, 21, 1, 1},        {"func_ptr", {0}, 55, 1, 1},
    {"func_ptr_global", {0}, 54, 0, 1}, {"global_data", {0}, 56, 0, 1},
    {"global_bss", {0}, 168, 1, 1},     {"big_stack", {0}, 750, 1, 0},
    {"map_array", {0}, 1000, 0, 1},     {"map_hash", {0}, 0, 0, 1},
    {"atomics", {0}, 7, 1, 1},          {"fibonacci", {"90"}, 0, 1, 1},
};

typedef enum engine {
    INTERPRETER,
    JIT,
    SPF_BYTECODE,
    SPF_NATIVE,
    BARE_BYTECODE,
    BARE_NATIVE,
    ENGINES
} engine;
static const char *const engine_names[] = {"interpreter", "JIT",           "SPF bytecode",
                                           "SPF native",  "BARE bytecode", "BARE native"};

/* ---- files ---- */

/* A file next to (or, with `up`, above) the compiled examples; NULL and a failed check when it is not there.
 */
static char *contents(const char *up, const char *name, const char *ending, size_t *size)
{
    const char *folder = getenv("MYBPF_EXAMPLES");
    char path[1024];
    snprintf(path, sizeof path, "%s/%s%s%s", folder ? folder : "build/examples", up, name, ending);
    FILE *file = fopen(path, "rb");
    if (!file) {
        test_fail(__FILE__, __LINE__, "%s is not there", path);
        return NULL;
    }
    enum { ROOM = 1 << 18 };
    char *bytes = malloc(ROOM);
    *size = bytes ? fread(bytes, 1, ROOM - 1, file) : 0;
    if (bytes) bytes[*size] = 0;
    fclose(file);
    return bytes;
}

/* ---- one run ---- */

typedef struct printed {
    char text[2048];
    size_t size;
} printed;

static void collect(void *user, const char *text, size_t length)
{
    printed *out = user;
    if (length > sizeof out->text - 1 - out->size) length = sizeof out->text - 1 - out->size;
    memcpy(out->text + out->size, text, length);
    out->size += length;
    out->text[out->size] = 0;
}

static int load(mybpf_object *object, mybpf_trust trust, mybpf_error *error)
{
    static const mybpf_range sys = {MYBPF_HELPER_SYS, MYBPF_HELPER_USER - 1};
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.grants = &sys;
    opts.grant_count = 1;
    return mybpf_object_load(object, &opts, error);
}

/* As a command: r1 = argc, r2 = argv; a guarded program may read both. */
static int run(const mybpf_object *object, const example *e, uint64_t *r0, mybpf_error *error)
{
    const char *argv[5] = {e->name, e->args[0], e->args[1], e->args[2], NULL};
    uint64_t wide[5], args[5] = {0};
    mybpf_region regions[6];
    mybpf_run_opts opts;
    size_t argc = 0;
    for (; argv[argc]; argc++) {
        wide[argc] = (uintptr_t)argv[argc];
        regions[argc].address = (void *)(uintptr_t)argv[argc];
        regions[argc].size = strlen(argv[argc]) + 1;
        regions[argc].writable = 0;
    }
    wide[argc] = 0;
    regions[argc].address = wide;
    regions[argc].size = (argc + 1) * sizeof *wide;
    regions[argc].writable = 0;
    args[0] = argc;
    args[1] = (uintptr_t)wide;
    memset(&opts, 0, sizeof opts);
    opts.args = args;
    opts.regions = regions;
    opts.region_count = argc + 1;
    *r0 = 0xdead;
    return mybpf_program_run(mybpf_object_program(object, 0), &opts, r0, error);
}

/* The object as an image of that kind, opened and loaded again. */
static int as_image(mybpf_vm *vm, mybpf_object **object, engine with, mybpf_trust trust, mybpf_error *error)
{
    mybpf_aot_opts opts = {NULL, NULL};
    void *bytes = NULL;
    size_t size = 0;
    int status;
    if (with == SPF_NATIVE || with == BARE_NATIVE) opts.target = mybpf_aot_target_host();
    if (with == SPF_BYTECODE || with == SPF_NATIVE)
        status = mybpf_aot_spf(*object, &opts, &bytes, &size, error);
    else
        status = mybpf_aot_bare(*object, &opts, &bytes, &size, error);
    if (status) return status;
    mybpf_object_close(*object);
    *object = NULL;
    status = mybpf_object_open(vm, bytes, size, object, error);
    mybpf_vm_realloc(vm, bytes, 0);
    if (status) return status;
    /* Machine code carries its guards in itself; whoever loads it must trust who made it. */
    return load(*object, opts.target ? MYBPF_TRUSTED : trust, error);
}

static int try_example(const example *e, engine with, mybpf_trust trust, printed *out, uint64_t *r0,
                       mybpf_error *error)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    size_t size = 0;
    char *file = contents("", e->name, ".o", &size);
    memset(&host, 0, sizeof host);
    host.output = collect;
    host.user = out;
    host.exec = mybpf_jit_exec();
    int status = mybpf_vm_create(&host, &vm, error);
    if (!status) status = mybpf_object_open(vm, file, file ? size : 0, &object, error);
    if (!status) status = load(object, trust, error);
    if (!status && with == JIT) status = mybpf_jit_compile(object, NULL, error);
    if (!status && with > JIT) status = as_image(vm, &object, with, trust, error);
    if (!status)
        CHECK((mybpf_object_native(object) != NULL) ==
              (with == JIT || with == SPF_NATIVE || with == BARE_NATIVE));
    if (!status) status = run(object, e, r0, error);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
    free(file);
    return status;
}

/* ---- all of them ---- */

static void check_example(const example *e, engine with, mybpf_trust trust, const char *expected)
{
    static printed out;
    mybpf_error error;
    uint64_t r0 = 0;
    int cannot =
        (with == BARE_BYTECODE && !e->bare) || (with == BARE_NATIVE && (!e->bare || trust == MYBPF_GUARDED));
    CASE("%s, %s, %s", e->name, engine_names[with], trust == MYBPF_TRUSTED ? "trusted" : "guarded");
    memset(&out, 0, sizeof out);
    memset(&error, 0, sizeof error);
    int status = try_example(e, with, trust, &out, &r0, &error);
    if (cannot) {
        CHECK_INT(status, MYBPF_ERR_UNSUPPORTED);
    } else if (trust == MYBPF_GUARDED && !e->guarded) {
        CHECK_INT(status, MYBPF_FAULT_ACCESS);
    } else {
        if (status)
            test_fail(__FILE__, __LINE__, "%s at %d: %s", mybpf_status_name(status), error.insn,
                      error.message);
        CHECK_TEXT(out.text, expected);
        CHECK_INT((uint32_t)r0, e->r0);
    }
}

static void check_engine(engine with)
{
    NEEDS_ELF();
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        size_t size = 0;
        char *expected = contents("../../examples/expected/", examples[i].name, ".txt", &size);
        if (!expected) continue;
        check_example(&examples[i], with, MYBPF_TRUSTED, expected);
        check_example(&examples[i], with, MYBPF_GUARDED, expected);
        free(expected);
    }
}

#define NATIVE(with)                                                                                         \
    if (!mybpf_aot_target_host()) SKIP("no back end for this machine");                                      \
    check_engine(with)

TEST(examples, interpreter) { check_engine(INTERPRETER); }
TEST(examples, jit) { NATIVE(JIT); }
TEST(examples, spf_bytecode) { check_engine(SPF_BYTECODE); }
TEST(examples, spf_native) { NATIVE(SPF_NATIVE); }
TEST(examples, bare_bytecode) { check_engine(BARE_BYTECODE); }
TEST(examples, bare_native) { NATIVE(BARE_NATIVE); }
