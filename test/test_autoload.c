/* test_autoload.c: programs that load leaves out, and what is left of the code. */
#include "mybpf_aot.h"
#include "mybpf_jit.h"
#include "load_object.h"
#include "test.h"

static int run_named(mybpf_object *object, const char *name, uint64_t *r0, mybpf_error *error)
{
    mybpf_run_opts run = {0};
    uint64_t ctx[32] = {0};
    run.ctx = ctx;
    run.ctx_size = sizeof ctx;
    return mybpf_program_run(mybpf_object_find_program(object, name), &run, r0, error);
}

/* Loads after programs `on` and `off` (NULL: none) were switched. */
static mybpf_object *load_with(mybpf_vm *vm, mybpf_trust trust, const char *on, const char *off, int *status,
                               mybpf_error *error)
{
    mybpf_load_opts load = {0};
    mybpf_object *object = object_open(vm, "autoload");
    load.trust = trust;
    if (object && on) CHECK_INT(mybpf_program_set_autoload(mybpf_object_find_program(object, on), 1), 0);
    if (object && off) CHECK_INT(mybpf_program_set_autoload(mybpf_object_find_program(object, off), 0), 0);
    *status = object ? mybpf_object_load(object, &load, error) : 1;
    return object;
}

TEST(autoload, choices)
{
    NEEDS_ELF();
    static const struct {
        const char *on, *off, *runs, *rests;
        uint32_t funcs;
        uint64_t r0;
    } rows[] = {{NULL, NULL, "good", "bad", 6, 8},
                {"other", NULL, "other", "bad", 7, 43},
                {"other", "good", "other", "good", 5, 43},
                {NULL, "good", "jump", "good", 3, (uint64_t)-1},
                {NULL, "jump", "looped", "jump", 5, 3}};
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
        uint64_t r0 = 0;
        size_t row = i / 2;
        int status;
        CASE("row %zu, %s", row, i % 2 ? "native" : "interpreted");
        mybpf_object *object = load_with(vm, MYBPF_VERIFIED, rows[row].on, rows[row].off, &status, &error);
        if (!status && i % 2) status = mybpf_jit_compile(object, NULL, &error);
        if (status && status != MYBPF_ERR_UNSUPPORTED) test_fail(__FILE__, __LINE__, "%s", error.message);
        if (!status) {
            CHECK_INT(mybpf_object_code(object)->func_count, rows[row].funcs);
            CHECK_INT(run_named(object, rows[row].runs, &r0, &error), 0);
            CHECK_INT((int)r0, (int)rows[row].r0);
            CHECK_INT(run_named(object, rows[row].rests, &r0, &error), MYBPF_ERR_STATE);
            if (!strstr(error.message, rows[row].rests)) test_fail(__FILE__, __LINE__, "%s", error.message);
            CHECK_INT(mybpf_program_set_autoload(mybpf_object_find_program(object, "bad"), 1),
                      MYBPF_ERR_STATE);
            CHECK(mybpf_program_func(mybpf_object_find_program(object, rows[row].rests)) >= rows[row].funcs);
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(autoload, refused)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_error error = {0};
    int status;
    mybpf_object *object = load_with(vm, MYBPF_VERIFIED, "bad", NULL, &status, &error);
    CHECK_INT(status, MYBPF_ERR_VERIFY);
    CHECK_TEXT(error.program, "bad_helper");
    if (object) CHECK_TEXT(mybpf_program_section(mybpf_object_find_program(object, "bad")), "socket/bad");
    mybpf_object_close(object);

    object = object_open(vm, "autoload");
    for (size_t i = 0; object && mybpf_object_program(object, i); i++)
        mybpf_program_set_autoload(mybpf_object_program(object, i), 0);
    CHECK_INT(object ? mybpf_object_load(object, NULL, &error) : 0, MYBPF_ERR_ARGUMENT);
    CHECK_TEXT(error.message, "no program of the object is to be loaded");
    mybpf_object_close(object);
    CHECK_INT(mybpf_program_set_autoload(NULL, 1), MYBPF_ERR_ARGUMENT);

    /* what the file puts into a prog array must be loaded */
    object = object_open(vm, "load_maps");
    if (object) mybpf_program_set_autoload(mybpf_object_find_program(object, "target"), 0);
    CHECK_INT(object ? mybpf_object_load(object, NULL, &error) : 0, MYBPF_ERR_STATE);
    CHECK_TEXT(error.message, "map jumps: its element 2, program target, is not to be loaded");
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A fault is still where it is in the source; a tail call to a program that was left out fails. */
TEST(autoload, moved)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_error error = {0};
    uint64_t r0 = 0;
    uint32_t zero = 0;
    int status, line = 0;
    for (int way = 0; way < 2; way++) { /* all programs, or without some */
        mybpf_object *object = load_with(vm, MYBPF_GUARDED, "bad", way ? "good" : NULL, &status, &error);
        CHECK_INT(status, 0);
        if (!status) {
            CHECK_INT(run_named(object, "bad", &r0, &error), MYBPF_FAULT_ACCESS);
            CHECK_TEXT(error.program, "bad_helper");
            CHECK_TEXT(error.file, "autoload.c");
            CHECK(error.line && (!way || (int)error.line == line));
            line = (int)error.line;
            const mybpf_program *target = mybpf_object_find_program(object, way ? "good" : "other");
            CHECK_INT(mybpf_map_update(mybpf_object_find_map(object, "jumps"), &zero, &target, MYBPF_ANY), 0);
            CHECK_INT(run_named(object, "jump", &r0, &error), 0);
            CHECK_INT((int)r0, -1);
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* An image has the programs that were loaded. */
TEST(autoload, image)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_error error = {0};
    uint64_t r0 = 0;
    int status;
    void *image = NULL;
    size_t size = 0;
    mybpf_object *object = load_with(vm, MYBPF_VERIFIED, "other", "jump", &status, &error), *again = NULL;
    if (!status) status = mybpf_aot_spf(object, NULL, &image, &size, &error);
    if (!status) status = mybpf_object_open(vm, image, size, &again, &error);
    if (!status) {
        CHECK(!mybpf_object_find_program(again, "jump") && !mybpf_object_find_program(again, "bad"));
        mybpf_program_set_autoload(mybpf_object_find_program(again, "good"),
                                   0); /* images leave programs out too */
        status = mybpf_object_load(again, NULL, &error);
    }
    if (!status) {
        CHECK_INT(run_named(again, "other", &r0, &error), 0);
        CHECK_INT(r0, 43);
        CHECK_INT(run_named(again, "looped", &r0, &error), 0);
        CHECK_INT(r0, 3);
        CHECK_INT(run_named(again, "good", &r0, &error), MYBPF_ERR_STATE);
    }
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    mybpf_object_close(again);
    mybpf_vm_realloc(vm, image, 0);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}
