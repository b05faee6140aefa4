/* test_iterator.c: an iterator program is run for each of the host's elements, and the host gets what it
 * writes; in every engine. */
#include "from_text.h"
#include "load_object.h"

/* As vmlinux.h has it. */
typedef struct iter_meta {
    uint64_t seq, session_id, seq_num;
} iter_meta;

typedef struct element {
    uint64_t number;
    char name[16];
} element;

typedef struct output {
    char text[256];
    size_t size, room;
} output;

/* The program's number for where it writes to is checked: it may be anything. */
static int ask_write(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0)
{
    output *to = (output *)mybpf_env_user(env);
    size_t size = (size_t)args[2];
    (void)user;
    if (helper != 127 || !to) return 0;
    *r0 = (uint64_t)-75;
    if (args[0] != (uintptr_t)to || size > to->room - to->size) return 1;
    memcpy(to->text + to->size, (const void *)(uintptr_t)args[1], size);
    to->size += size;
    *r0 = 0;
    return 1;
}

/* What programs of iterators return: 0 to go on, 1 for the same element again. */
static int64_t run_list(const mybpf_program *program, element *elements, size_t count, output *to)
{
    iter_meta meta = {(uintptr_t)to, 9, 0};
    uint64_t r0 = 0;
    memset(to->text, 0, sizeof to->text);
    to->size = 0;
    for (size_t i = 0; i <= count && !r0;) {
        uint64_t ctx[2] = {(uintptr_t)&meta, i < count ? (uintptr_t)&elements[i] : 0};
        mybpf_region regions[2] = {{&meta, sizeof meta, 0}, {elements, count * sizeof *elements, 0}};
        mybpf_run_opts run;
        mybpf_error error = {0};
        memset(&run, 0, sizeof run);
        run.ctx = ctx;
        run.ctx_size = sizeof ctx;
        run.regions = regions;
        run.region_count = 2;
        run.user = to;
        if (mybpf_program_run(program, &run, &r0, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
        if (r0 == 1) {
            elements[i].number = 30, r0 = 0;
            continue;
        }
        meta.seq_num += i < count;
        i++;
    }
    return (int32_t)r0;
}

TEST(iterator, every_engine)
{
    NEEDS_ELF();
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    host.ask = ask_write;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (int engine = 0; engine < 4; engine++) { /* interpreted, JIT; guarded and trusted */
        mybpf_object *object = object_open(vm, "iterator"), *image;
        mybpf_load_opts load;
        mybpf_error error = {0};
        output to;
        memset(&load, 0, sizeof load);
        load.trust = engine & 1 ? MYBPF_TRUSTED : MYBPF_GUARDED;
        load.ctx_size = 16;
        CASE("engine %d", engine);
        if (!object) break;
        if (mybpf_object_load(object, &load, &error))
            test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
        if (engine & 2) (void)mybpf_jit_compile(object, NULL, &error); /* where there is one */
        image = engine == 0 ? image_of(vm, object, 0, &load) : NULL;
        for (mybpf_object *o = object; o; o = o == image ? NULL : image) {
            element elements[3] = {{1, "one"}, {2, "two"}, {3, "thirty"}};
            const mybpf_program *program = mybpf_object_program(o, 0);
            CHECK_INT(mybpf_program_type(program), MYBPF_PROG_TYPE_TRACING);
            CHECK_INT(mybpf_program_attach_type(program), MYBPF_ATTACH_TRACE_ITER);
            to.room = sizeof to.text;
            CHECK_INT(run_list(program, elements, 3, &to), 0);
            CHECK_TEXT(to.text, "1 one\n--\n2 two\n--\n30 thirty\n--\n3 of session 9\n");
            to.room = 12; /* full in the second one */
            CHECK_INT(run_list(program, elements, 3, &to), -1);
            CHECK_TEXT(to.text, "1 one\n--\n");
            to.room = 16;
            CHECK_INT(run_list(program, elements, 3, &to), -2);
            CHECK_TEXT(to.text, "1 one\n--\n2 two\n");
        }
        mybpf_object_close(image);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* What cannot be formatted, and a host that takes nothing. */
TEST(iterator, refusals)
{
    static const struct {
        const char *format;
        uint64_t args[13];
        uint32_t size;
        int64_t result;
    } cases[] = {{"%d", {1}, 8, 0},  {"%d", {1}, 0, -22},   {"%d", {1}, 4, -22}, {"%n", {1}, 8, -22},
                 {"%d", {1}, 96, 0}, {"%d", {1}, 104, -22}, {"", {1}, 0, 0},     {"%", {1}, 8, -22}};
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_env *env = NULL;
    output to;
    memset(&host, 0, sizeof host);
    host.ask = ask_write;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    CHECK_INT(mybpf_env_create(vm, &to, &env, NULL), 0);
    const mybpf_helper *print = mybpf_helper_find(vm, 126), *put = mybpf_helper_find(vm, 127);
    to.room = sizeof to.text;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CASE("case %d", (int)i);
        to.size = 0;
        CHECK_INT((int64_t)print->fn((uintptr_t)&to, (uintptr_t)cases[i].format, strlen(cases[i].format) + 1,
                                     (uintptr_t)cases[i].args, cases[i].size, env),
                  cases[i].result);
    }
    CHECK_INT((int64_t)put->fn(5, (uintptr_t) "text", 4, 0, 0, env), -75); /* not where it writes to */
    mybpf_env_destroy(env);
    CHECK_INT(mybpf_env_create(vm, NULL, &env, NULL), 0);
    CHECK_INT((int64_t)put->fn((uintptr_t)&to, (uintptr_t) "text", 4, 0, 0, env), -75);
    CHECK_INT((int64_t)print->fn((uintptr_t)&to, (uintptr_t) "text", 5, 0, 0, env), -75);
    mybpf_env_destroy(env);
    mybpf_vm_destroy(vm);
}
