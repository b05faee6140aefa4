/* test_verify_functions.c: what is known of functions that are called otherwise than by name, in objects of
 * files. */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

#include <stdlib.h>

/* The object of test/objects/verify_functions.c, loaded; NULL after a failure, or when it is not built. */
static mybpf_object *open_object(mybpf_vm *vm, mybpf_trust trust, const char *object_name, mybpf_error *error)
{
    const char *folder = getenv("MYBPF_TEST_OBJECTS");
    static unsigned char bytes[65536];
    char name[1024];
    mybpf_object *object = NULL;
    mybpf_load_opts opts = {0};
    opts.trust = trust;
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

/* Calls through tables of functions that do not change are proven: the index need not be known. */
TEST(verify_functions, tables)
{
    static const struct {
        const char *program;
        uint64_t value, r0;
    } runs[] = {
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
        for (int engine = 0; engine < 2; engine++) {
            if (engine && mybpf_jit_compile(object, NULL, &error)) continue;
            for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
                uint64_t args[5] = {runs[i].value}, r0 = 0;
                mybpf_run_opts run = {0};
                run.args = args;
                CASE("%s(%u), trust %d, engine %d", runs[i].program, (unsigned)runs[i].value, trust, engine);
                CHECK_INT(
                    mybpf_program_run(mybpf_object_find_program(object, runs[i].program), &run, &r0, &error),
                    0);
                CHECK_INT(r0, runs[i].r0);
            }
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}
