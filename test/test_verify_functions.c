/* test_verify_functions.c: what is known of functions that are called otherwise than by name, in objects of
 * files. */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

#include <stdlib.h>

static uint64_t visited; /* by the first program of the object loaded last */

static void told(void *user, const mybpf_log_line *line)
{
    (void)user;
    if (line->stats && !visited) visited = line->stats->visited;
}

/* An object of test/objects, loaded; NULL after a failure, or when it is not built. */
static mybpf_object *open_object(mybpf_vm *vm, mybpf_trust trust, const char *object_name, mybpf_error *error)
{
    const char *folder = getenv("MYBPF_TEST_OBJECTS");
    static unsigned char bytes[65536];
    char name[1024];
    mybpf_object *object = NULL;
    mybpf_load_opts opts = {0};
    opts.trust = trust;
    opts.log = told;
    visited = 0;
    if (!folder) return NULL;
    snprintf(name, sizeof name, "%s/%s.o", folder, object_name);
    FILE *file = fopen(name, "rb");
    if (!file) return NULL;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (mybpf_object_open(vm, bytes, size, &object, error)) return NULL;
    if (!mybpf_object_load(object, &opts, error)) return object;
    mybpf_object_close(object);
    return NULL;
}

static size_t guards_in(const mybpf_object *object)
{
    const mybpf_code *code = mybpf_object_code(object);
    size_t count = 0;
    for (uint32_t i = 0; i < code->insn_count; i++) count += code->facts[i] & MYBPF_FACT_GUARD;
    return count;
}

typedef struct run_row {
    const char *program;
    uint64_t value, r0;
} run_row;

/* Interpreted, then native code where there is any. */
static void check_runs(mybpf_object *object, int trust, const run_row *runs, size_t count)
{
    for (int engine = 0; engine < 2; engine++) {
        mybpf_error error = {0};
        if (engine && mybpf_jit_compile(object, NULL, &error)) continue;
        for (size_t i = 0; i < count; i++) {
            uint64_t args[5] = {runs[i].value}, r0 = 0;
            const mybpf_program *program = mybpf_object_find_program(object, runs[i].program);
            mybpf_run_opts run = {0};
            run.args = args;
            CASE("%s(%u), trust %d, engine %d", runs[i].program, (unsigned)runs[i].value, trust, engine);
            CHECK_INT(mybpf_program_run(program, &run, &r0, &error), 0);
            CHECK_INT(r0, runs[i].r0);
        }
    }
}

/* Calls through tables of functions that do not change are proven: the index need not be known. */
TEST(verify_functions, tables)
{
    static const run_row runs[] = {
        {"table", 4, 8},  {"table", 5, 15}, {"table", 6, 36}, {"table", 7, (uint64_t)-7},
        {"entry", 9, 81}, {"text", 0, 'a'}, {"text", 3, 'b'},
    };
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.exec = mybpf_jit_exec();
    if (!getenv("MYBPF_TEST_OBJECTS")) SKIP("MYBPF_TEST_OBJECTS is not set");
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
        mybpf_error error = {0};
        mybpf_object *object = open_object(vm, (mybpf_trust)trust, "verify_functions", &error);
        CASE("trust %d: %s", trust, error.message);
        if (!object && error.code == MYBPF_ERR_UNSUPPORTED) break; /* no libelf, or another byte order */
        CHECK(object != NULL);
        if (!object) break;
        if (trust == MYBPF_GUARDED)
            CHECK_INT(guards_in(object), 2); /* "table", "text": the entry is not known */
        check_runs(object, trust, runs, sizeof runs / sizeof *runs);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

static uint64_t triangles(uint64_t value)
{
    uint64_t sum = value + 499500;
    for (int i = 0; i < 5; i++) sum += sum + 499500;
    return sum + sum + 499501;
}

/* Functions of global linkage are verified once, by what they are declared with. */
TEST(verify_functions, globals)
{
    const run_row runs[] = {{"triangles", 3, triangles(3)}, {"swapped", 5, 704}, {"first_of", 5, 6}};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.exec = mybpf_jit_exec();
    if (!getenv("MYBPF_TEST_OBJECTS")) SKIP("MYBPF_TEST_OBJECTS is not set");
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
        mybpf_error error = {0};
        mybpf_object *object = open_object(vm, (mybpf_trust)trust, "verify_globals", &error);
        CASE("trust %d: %s", trust, error.message);
        if (!object && error.code == MYBPF_ERR_UNSUPPORTED) break;
        CHECK(object != NULL);
        if (!object) break;
        if (trust == MYBPF_VERIFIED) CHECK(visited > 2000 && visited < 8000); /* seven calls of `triangle` */
        check_runs(object, trust, runs, sizeof runs / sizeof *runs);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* Those that would be refused by themselves, or return too little to go on with, are followed at each call.
 */
TEST(verify_functions, followed_globals)
{
    static const struct {
        const char *object, *program;
        uint64_t value, r0;
    } rows[] = {{"verify_global_null", "null", 9, 9}, {"verify_global_range", "by_global", 2, 3}};
    mybpf_vm *vm = NULL;
    if (!getenv("MYBPF_TEST_OBJECTS")) SKIP("MYBPF_TEST_OBJECTS is not set");
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
        mybpf_run_opts run = {0};
        uint64_t args[5] = {rows[i].value}, r0 = 0;
        mybpf_object *object = open_object(vm, MYBPF_VERIFIED, rows[i].object, &error);
        CASE("%s: %s", rows[i].object, error.message);
        if (!object && error.code == MYBPF_ERR_UNSUPPORTED) break;
        CHECK(object != NULL);
        if (!object) break;
        run.args = args;
        CHECK_INT(mybpf_program_run(mybpf_object_find_program(object, rows[i].program), &run, &r0, &error),
                  0);
        CHECK_INT(r0, rows[i].r0);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(verify_functions, refused_globals)
{
    mybpf_vm *vm = NULL;
    mybpf_error error = {0};
    mybpf_object *object;
    if (!getenv("MYBPF_TEST_OBJECTS")) SKIP("MYBPF_TEST_OBJECTS is not set");
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    object = open_object(vm, MYBPF_VERIFIED, "verify_global_refused", &error);
    CASE("%s", error.message);
    CHECK(object == NULL);
    if (error.code != MYBPF_ERR_UNSUPPORTED) {
        CHECK_INT(error.code, MYBPF_ERR_VERIFY);
        CHECK_TEXT(error.program, "behind");
        CHECK(strstr(error.message, "it may lie behind the last byte") != NULL);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}
