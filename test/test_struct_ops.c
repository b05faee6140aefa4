/* test_struct_ops.c: tables of programs, test/objects/struct_ops.c. */
#include "from_text.h"
#include "load_object.h"

static uint64_t call(const mybpf_program *program, uint64_t a, uint64_t b)
{
    uint64_t ctx[2], r0 = 0;
    mybpf_error error = {0};
    mybpf_run_opts opts;
    ctx[0] = a, ctx[1] = b;
    memset(&opts, 0, sizeof opts);
    opts.ctx = ctx;
    opts.ctx_size = sizeof ctx;
    if (!program || mybpf_program_run(program, &opts, &r0, &error))
        test_fail(__FILE__, __LINE__, "%s", program ? error.message : "no program");
    return r0;
}

static const mybpf_load_opts *verified(void)
{
    static mybpf_load_opts opts;
    opts.ctx_size = 16;
    return &opts;
}

TEST(struct_ops, tables)
{
    NEEDS_ELF();
    static const struct {
        const char *table, *member, *program;
    } want[] = {{"one", "start", "start"}, {"one", "step", "step"},   {"one", "stop", NULL},
                {"other", "start", NULL},  {"other", "step", "step"}, {"other", "stop", NULL}};
    mybpf_vm *vm = vm_with_jit();
    mybpf_object *object = object_open(vm, "struct_ops");
    mybpf_struct_op op;
    size_t size = 0;
    if (!object) {
        mybpf_vm_destroy(vm);
        return;
    }
    for (int loaded = 0; loaded < 2; loaded++) {
        for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
            int found = 0;
            CASE("%s.%s", want[i].table, want[i].member);
            for (size_t n = 0; mybpf_object_struct_op(object, n, &op); n++) {
                if (strcmp(op.table, want[i].table) || strcmp(op.member, want[i].member)) continue;
                found++;
                CHECK_TEXT(op.type, "counter_ops");
                CHECK(op.program == mybpf_object_find_struct_op(object, op.table, op.member));
                CHECK_TEXT(op.program ? mybpf_program_name(op.program) : "-",
                           want[i].program ? want[i].program : "-");
            }
            CHECK_INT(found, 1);
        }
        if (!loaded) CHECK_INT(mybpf_object_load(object, verified(), NULL), 0);
    }
    CHECK(!mybpf_object_struct_op(object, sizeof want / sizeof *want, &op));
    CHECK(!mybpf_object_find_struct_op(object, "one", "none"));
    CHECK_INT(call(mybpf_object_find_struct_op(object, "one", "start"), 0, 0), 100);
    CHECK_INT(call(mybpf_object_find_struct_op(object, "other", "step"), 30, 12), 42);
    if (!mybpf_jit_compile(object, NULL, NULL))
        CHECK_INT(call(mybpf_object_find_struct_op(object, "one", "step"), 30, 13), 43);
    const uint8_t *one = mybpf_object_find_global(object, "one", &size); /* three pointers, flags, name */
    CHECK_INT(size, 48);
    if (one) {
        uint32_t flags;
        memcpy(&flags, one + 24, sizeof flags);
        CHECK_INT(flags, 7);
        CHECK_TEXT((const char *)one + 28, "one");
    }
    /* an image has the programs and the section, the host knows them by their names */
    mybpf_object *image = image_of(vm, object, 0, verified());
    if (image) {
        CHECK_INT(call(mybpf_object_find_program(image, "step"), 1, 2), 3);
        CHECK(!mybpf_object_struct_op(image, 0, &op));
    }
    mybpf_object_close(image);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A member's program that is not wanted still is the member's. */
TEST(struct_ops, not_wanted)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_with_jit();
    mybpf_object *object = object_open(vm, "struct_ops");
    if (object) {
        CHECK_INT(mybpf_program_set_autoload(mybpf_object_find_program(object, "start"), 0), 0);
        CHECK_INT(mybpf_object_load(object, verified(), NULL), 0);
        const mybpf_program *start = mybpf_object_find_struct_op(object, "one", "start");
        CHECK(start && !mybpf_program_autoload(start));
        CHECK_INT(call(mybpf_object_find_struct_op(object, "one", "step"), 2, 3), 5);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}
