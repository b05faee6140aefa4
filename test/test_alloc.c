/* test_alloc.c: the n-th allocation fails, for every n: one clear error, nothing leaks. A scenario is a
 * function that uses a vm and gives the first failing status; add one a surface that allocates. */
#include "mybpf.h"
#include "test.h"

#include <stdlib.h>

typedef struct allocator {
    long calls, fail_at; /* the call that fails, counted from 0; -1: none */
    int and_after;       /* every later one fails too */
    long live;           /* blocks not freed */
} allocator;

static void *failing_realloc(void *user, void *memory, size_t size)
{
    allocator *a = user;
    if (!size) {
        a->live -= memory != NULL;
        free(memory);
        return NULL;
    }
    long call = a->calls++;
    if (a->fail_at >= 0 && (call == a->fail_at || (a->and_after && call > a->fail_at))) return NULL;
    void *grown = realloc(memory, size);
    if (grown && !memory) a->live++;
    return grown;
}

static int load_and_run(mybpf_object *object, mybpf_trust trust, mybpf_error *error)
{
    uint64_t args[5] = {1, 0, 0, 0, 0}, r0 = 0;
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    mybpf_range all = {0, UINT32_MAX};
    load.trust = trust;
    load.grants = &all;
    load.grant_count = 1;
    run.args = args;
    int status = mybpf_object_load(object, &load, error);
    for (size_t i = 0; !status && mybpf_object_program(object, i); i++)
        if (mybpf_program_autoload(mybpf_object_program(object, i)))
            status = mybpf_program_run(mybpf_object_program(object, i), &run, &r0, error);
    return status;
}

/* An object compiled from test/objects. */
static int use_file(mybpf_vm *vm, const char *name, mybpf_trust trust, mybpf_error *error)
{
    static uint8_t bytes[1 << 18];
    char path[1024];
    const char *folder = getenv("MYBPF_TEST_OBJECTS");
    mybpf_object *object = NULL;
    snprintf(path, sizeof path, "%s/%s.o", folder ? folder : "build/test/objects", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        snprintf(error->message, sizeof error->message, "test object %s was not built", name);
        return MYBPF_ERR_NOT_FOUND;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    static uint64_t needed;
    const mybpf_ksym ksym = {"needed", &needed, 8, 0, 0};
    int core = !strncmp(name, "core", 4), externs = !strncmp(name, "externs", 7),
        tables = !strcmp(name, "struct_ops");
    mybpf_open_opts opts = {core ? bytes : NULL, core ? size : 0, "CONFIG_NEEDED=1", &ksym, 1, 0};
    int status = mybpf_object_open_with(vm, bytes, size, core || externs ? &opts : NULL, &object, error);
    const mybpf_map_desc *desc;
    for (size_t i = 0; !status && (desc = mybpf_object_map_desc(object, i)) != NULL; i++)
        if (!strcmp(desc->name, ".bss") && !mybpf_object_section_data(object, ".bss", NULL))
            status = MYBPF_ERR_MEMORY;
    mybpf_load_opts load = {0};
    load.trust = trust;
    if (!status)
        status = core || externs || tables ? mybpf_object_load(object, &load, error)
                                           : load_and_run(object, trust, error);
    mybpf_object_close(object);
    return status;
}

static int use_globals(mybpf_vm *vm, mybpf_error *error)
{
    return use_file(vm, "load_globals", MYBPF_TRUSTED, error);
}
static int use_programs(mybpf_vm *vm, mybpf_error *error)
{
    return use_file(vm, "load_programs", MYBPF_GUARDED, error);
}
static int use_maps(mybpf_vm *vm, mybpf_error *error)
{
    return use_file(vm, "load_maps", MYBPF_VERIFIED, error);
}
static int use_legacy(mybpf_vm *vm, mybpf_error *error)
{
    return use_file(vm, "load_legacy", MYBPF_GUARDED, error);
}

static int use_core(mybpf_vm *vm, mybpf_error *error)
{
    return use_file(vm, "core_missing", MYBPF_VERIFIED, error);
}

static int use_externs(mybpf_vm *vm, mybpf_error *error)
{
    return use_file(vm, "externs_strong", MYBPF_VERIFIED, error);
}

static int use_tables(mybpf_vm *vm, mybpf_error *error)
{
    return use_file(vm, "struct_ops", MYBPF_TRUSTED, error);
}

/* Raw instructions with a map of the host's. */
static int use_raw(mybpf_vm *vm, mybpf_error *error)
{
    static const mybpf_insn insns[] = {{0x18, 1, 1, 0, 0}, {0, 0, 0, 0, 0},    {0x85, 0, 1, 0, 1},
                                       {0x95, 0, 0, 0, 0}, {0xb7, 0, 0, 0, 1}, {0x95, 0, 0, 0, 0}};
    mybpf_map_desc desc = {"hash", MYBPF_MAP_TYPE_HASH, 4, 8, 100, 0, 0, NULL};
    mybpf_map *map = NULL;
    mybpf_object *object = NULL;
    mybpf_raw_desc raw = {"raw", MYBPF_PROG_TYPE_UNSPEC, &map, 1};
    int status = mybpf_map_create(vm, &desc, &map, error);
    if (status) return status;
    status = mybpf_object_open_insns(vm, insns, sizeof insns / sizeof *insns, &raw, &object, error);
    if (!status) status = load_and_run(object, MYBPF_VERIFIED, error);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    return status;
}

/* A program type of the host's, a program of it, helpers that are not for all types. */
static int use_own_type(mybpf_vm *vm, mybpf_error *error)
{
    static const mybpf_insn insns[] = {{0x85, 0, 0, 0, 5}, {0x95, 0, 0, 0, 0}};
    static const mybpf_field field = {0, 8, MYBPF_FIELD_NUMBER, 8, 0, 0, 0, 0};
    static const mybpf_range helpers = {1, 8};
    static const mybpf_prog_type type = {MYBPF_PROG_TYPE_HOST, "own", NULL, &field, 1, &helpers, 1, 0};
    mybpf_raw_desc raw = {"raw", MYBPF_PROG_TYPE_HOST, NULL, 0};
    mybpf_object *object = NULL;
    int status = mybpf_prog_type_register(vm, &type, error);
    if (!status) status = mybpf_object_open_insns(vm, insns, 2, &raw, &object, error);
    if (!status) status = load_and_run(object, MYBPF_VERIFIED, error);
    mybpf_object_close(object);
    return status;
}

/* An arena in memory of the host, and a program that accesses a page of it. */
static int use_arena(mybpf_vm *vm, mybpf_error *error)
{
    static const mybpf_insn insns[] = {{0x18, 1, MYBPF_PSEUDO_MAP_IDX, 0, 0},
                                       {0, 0, 0, 0, 0},
                                       {0xb7, 2, 0, 0, 0},
                                       {0xb7, 3, 0, 0, 1},
                                       {0xb7, 4, 0, 0, -1},
                                       {0xb7, 5, 0, 0, 0},
                                       {0x85, 0, 0, 0, 900000},
                                       {0xbf, 1, 0, 1, 1},
                                       {0x79, 0, 1, 0, 0},
                                       {0x95, 0, 0, 0, 0}};
    mybpf_map_desc desc = {"arena", MYBPF_MAP_TYPE_ARENA, 0, 0, 4, MYBPF_F_MMAPABLE, 0, NULL};
    mybpf_map *map = NULL;
    mybpf_object *object = NULL;
    mybpf_raw_desc raw = {"raw", MYBPF_PROG_TYPE_UNSPEC, &map, 1};
    int status = mybpf_map_create(vm, &desc, &map, error);
    if (status) return status;
    status = mybpf_object_open_insns(vm, insns, sizeof insns / sizeof *insns, &raw, &object, error);
    if (!status) status = load_and_run(object, MYBPF_VERIFIED, error);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    return status;
}

/* A program on a packet; what the system gives for packets of Linux' contexts is not the allocator's. */
static int use_packet(mybpf_vm *vm, mybpf_error *error)
{
    static const mybpf_insn insns[] = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
    mybpf_test_run_opts test;
    mybpf_object *object = NULL;
    int status = mybpf_object_open_insns(vm, insns, 2, NULL, &object, error);
    if (!status) status = mybpf_object_load(object, NULL, error);
    memset(&test, 0, sizeof test);
    test.data_in = test.ctx_in = insns;
    test.data_size_in = test.ctx_size_in = sizeof insns;
    if (!status) status = mybpf_program_test_run(mybpf_object_program(object, 0), &test, error);
    mybpf_object_close(object);
    return status;
}

typedef int (*scenario)(mybpf_vm *, mybpf_error *);

static int use_vm(allocator *a, scenario use, mybpf_error *error)
{
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.realloc = failing_realloc;
    host.user = a;
    int status = mybpf_vm_create(&host, &vm, error);
    if (!status) status = use(vm, error);
    mybpf_vm_destroy(vm);
    return status;
}

static void fail_each(const char *name, scenario use)
{
    for (int and_after = 0; and_after < 2; and_after++)
        for (long n = -1;; n++) {
            allocator a = {0, n, and_after, 0};
            mybpf_error error = {0};
            CASE("%s, allocation %ld%s", name, n, and_after ? " and all after it" : "");
            int status = use_vm(&a, use, &error);
            int failed = n >= 0 && a.calls > n;
            if (status != (failed ? MYBPF_ERR_MEMORY : MYBPF_OK))
                test_fail(__FILE__, __LINE__, "status %d: %s", status, error.message);
            CHECK_INT(a.live, 0);
            if (n >= 0 && !failed) break;
            if (test_failures() > 5) return;
        }
}

#define SCENARIO(name)                                                                                       \
    TEST(alloc, name) { fail_each(#name, use_##name); }
SCENARIO(raw)
SCENARIO(own_type)
SCENARIO(packet)
SCENARIO(arena)
#undef SCENARIO
#define SCENARIO(name)                                                                                       \
    TEST(alloc, name)                                                                                        \
    {                                                                                                        \
        NEEDS_ELF();                                                                                         \
        fail_each(#name, use_##name);                                                                        \
    }
SCENARIO(globals)
SCENARIO(programs)
SCENARIO(maps)
SCENARIO(legacy)
SCENARIO(core)
SCENARIO(externs)
SCENARIO(tables)
