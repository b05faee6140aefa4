/* test_externs.c: what objects leave to the host: `__kconfig` values, `__ksym` variables and functions. */
#include "mybpf_jit.h"
#include "mybpf_aot.h"
#include "btf_build.h"
#include "load_object.h"
#include "test.h"

static const char config[] = "# a comment\n"
                             "CONFIG_HZ_250=y\n"
                             "CONFIG_HZ=250\r\n"
                             "CONFIG_SMALL=0xff\n"
                             "CONFIG_NEGATIVE=-32768\n"
                             "CONFIG_WIDE=18446744073709551615\n"
                             "CONFIG_LETTER=n\n"
                             "CONFIG_TEXT=\"a longer text\"\n"
                             "CONFIG_FLAG=y\n"
                             "LINUX_KERNEL_VERSION=0x60100\n"
                             "CONFIG_HZ=1000\n"
                             "CONFIG_MODULE=m";

static uint64_t add(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)c, (void)d, (void)e, (void)env;
    return (uint32_t)a + (uint32_t)b;
}

/* A vm with the functions that externs.c wants, but for my_absent. */
static mybpf_vm *externs_vm(void)
{
    static const char *const names[] = {"my_add", "my_optional"};
    mybpf_vm *vm = vm_new();
    for (uint32_t i = 0; i < 2; i++) {
        mybpf_helper helper = {0};
        helper.id = MYBPF_HELPER_USER + i;
        helper.name = names[i];
        helper.fn = add;
        helper.args[0] = helper.args[1] = MYBPF_ARG_ANY;
        CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    }
    return vm;
}

static mybpf_object *externs_open(mybpf_vm *vm, const char *name, const mybpf_open_opts *opts,
                                  mybpf_error *error)
{
    mybpf_object *object = NULL;
    size_t size = 0;
    uint8_t *bytes = object_bytes(name, &size);
    if (!bytes) test_fail(__FILE__, __LINE__, "test object %s was not built", name);
    if (bytes) mybpf_object_open_with(vm, bytes, size, opts, &object, error);
    free(bytes);
    return object;
}

static int externs_load(mybpf_object *object, mybpf_trust trust, mybpf_error *error)
{
    static const mybpf_range all = {MYBPF_HELPER_SYS, MYBPF_HELPER_TEMP - 1};
    mybpf_load_opts load = {0};
    load.trust = trust;
    load.grants = &all;
    load.grant_count = 1;
    return mybpf_object_load(object, &load, error);
}

TEST(externs, values)
{
    NEEDS_ELF();
    static uint64_t untyped, shared, changed;
    mybpf_vm *vm = externs_vm();
    const mybpf_ksym ksyms[] = {
        {"untyped", &untyped, 0, 0, 0}, {"shared", &shared, 4, 0, 0}, {"changed", &changed, 8, 1, 0}};
    const struct {
        const char *program;
        uint64_t r0;
    } rows[] = {{"version", 0x60100},
                {"wrapper", 0},
                {"hertz", 250},
                {"small", 255},
                {"negative", (uint64_t)-32768},
                {"wide", UINT64_MAX},
                {"letter", 'n'},
                {"text", ' '},
                {"flag", 1},
                {"module", 2},
                {"nothing", 0},
                {"address", (uintptr_t)&untyped},
                {"value", 42},
                {"change", 12},
                {"none", 0},
                {"add", 7},
                {"optional", 3},
                {"missing", 78},
                {"decided", 1}};
    for (int way = 0; way < 4; way++) {
        mybpf_error error = {0};
        mybpf_open_opts opts = {0};
        opts.kconfig = config;
        opts.ksyms = ksyms;
        opts.ksym_count = sizeof ksyms / sizeof *ksyms;
        mybpf_object *object = externs_open(vm, "externs", &opts, &error);
        int rc = object ? externs_load(object, way & 1 ? MYBPF_GUARDED : MYBPF_VERIFIED, &error) : 1;
        if (!rc && way >= 2) {
            rc = mybpf_jit_compile(object, NULL, &error);
            if (rc == MYBPF_ERR_UNSUPPORTED) rc = 0;
        }
        if (rc) test_fail(__FILE__, __LINE__, "%s", error.message);
        int32_t four[2] = {42, 0};
        memcpy(&shared, four, sizeof shared); /* after the load: what it holds is no constant */
        four[0] = 7;
        memcpy(&changed, four, sizeof changed);
        for (size_t i = 0; !rc && i < sizeof rows / sizeof *rows; i++) {
            uint64_t r0 = 0;
            CASE("%s, way %d", rows[i].program, way);
            if (mybpf_program_run(mybpf_object_find_program(object, rows[i].program), NULL, &r0, &error))
                test_fail(__FILE__, __LINE__, "%s", error.message);
            CHECK_INT(r0, rows[i].r0);
        }
        memcpy(four, &changed, sizeof four);
        CHECK_INT(four[0], 12);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* Values that do not fit, externs that are not there: refused by name. */
TEST(externs, refused)
{
    NEEDS_ELF();
    static uint64_t memory[2];
    const mybpf_ksym tiny[] = {{"untyped", memory, 0, 0, 0},
                               {"shared", memory, 3, 0, 0},
                               {"changed", memory, 8, 1, 0}},
                     odd[] = {{"untyped", memory, 0, 0, 0},
                              {"shared", (char *)memory + 4, 4, 0, 0},
                              {"changed", memory, 8, 1, 0}};
    static const struct {
        const char *object, *kconfig;
        int ksyms; /* 0 none, 1 tiny, 2 odd */
        int status;
        const char *message;
    } rows[] = {
        {"externs_strong", "", 0, MYBPF_ERR_NOT_FOUND, "extern CONFIG_NEEDED: the host gives no value"},
        {"externs_strong", "CONFIG_NEEDED=1", 0, MYBPF_ERR_NOT_FOUND,
         "needed: neither the object nor the host"},
        {"externs_strong", "CONFIG_NEEDED=", 0, MYBPF_ERR_ARGUMENT, "nor a number"},
        {"externs_strong", "CONFIG_NEEDED=-", 0, MYBPF_ERR_ARGUMENT, "nor a number"},
        {"externs_strong", "CONFIG_NEEDED=0x", 0, MYBPF_ERR_ARGUMENT, "nor a number"},
        {"externs_strong", "CONFIG_NEEDED=12a", 0, MYBPF_ERR_ARGUMENT, "nor a number"},
        {"externs_strong", "CONFIG_NEEDED=08", 0, MYBPF_ERR_ARGUMENT, "nor a number"},
        {"externs_strong", "CONFIG_NEEDED=2147483648", 0, MYBPF_ERR_ARGUMENT, "does not fit"},
        {"externs_strong", "CONFIG_NEEDED=-2147483649", 0, MYBPF_ERR_ARGUMENT, "does not fit"},
        {"externs_strong", "CONFIG_NEEDED=18446744073709551616", 0, MYBPF_ERR_ARGUMENT, "nor a number"},
        {"externs_strong", "CONFIG_NEEDED=y", 0, MYBPF_ERR_ARGUMENT, "y, n and m are for"},
        {"externs_strong", "CONFIG_NEEDED=\"a\"", 0, MYBPF_ERR_ARGUMENT, "a text is for"},
        {"externs", config, 0, MYBPF_ERR_NOT_FOUND, "untyped"},
        {"externs", config, 1, MYBPF_ERR_ARGUMENT, "extern shared: the host's variable"},
        {"externs", config, 2, MYBPF_ERR_ARGUMENT, "extern shared: the host's variable"},
        {"externs",
         "CONFIG_FLAG=m\nCONFIG_HZ=1\nCONFIG_SMALL=1\nCONFIG_NEGATIVE=1\nCONFIG_WIDE=1\nCONFIG_LETTER=m\n"
         "CONFIG_TEXT=\"\"\n",
         0, MYBPF_ERR_ARGUMENT, "m is no value of a bool"},
        {"externs",
         "CONFIG_FLAG=2\nCONFIG_HZ=1\nCONFIG_SMALL=1\nCONFIG_NEGATIVE=1\nCONFIG_WIDE=1\nCONFIG_LETTER=m\n"
         "CONFIG_TEXT=\"\"\n",
         0, MYBPF_ERR_ARGUMENT, "number is no value of a bool"},
        {"externs",
         "CONFIG_HZ=1\nCONFIG_SMALL=1\nCONFIG_NEGATIVE=1\nCONFIG_WIDE=1\nCONFIG_LETTER=m\nCONFIG_TEXT=\"\n",
         0, MYBPF_ERR_ARGUMENT, "no end"},
    };
    mybpf_vm *vm = externs_vm();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
        mybpf_open_opts opts = {0};
        CASE("row %zu", i);
        opts.kconfig = rows[i].kconfig;
        opts.ksyms = rows[i].ksyms == 1 ? tiny : rows[i].ksyms == 2 ? odd : NULL;
        opts.ksym_count = rows[i].ksyms ? 3 : 0;
        mybpf_object *object = externs_open(vm, rows[i].object, &opts, &error);
        CHECK(!object);
        mybpf_object_close(object);
        CHECK_INT(error.code, rows[i].status);
        if (!strstr(error.message, rows[i].message)) test_fail(__FILE__, __LINE__, "%s", error.message);
    }
    mybpf_open_opts none = {0};
    mybpf_error error = {0};
    none.ksym_count = 1;
    CHECK(!externs_open(vm, "externs", &none, &error));
    CHECK_TEXT(error.message, "the host's symbols are NULL");
    mybpf_vm_destroy(vm);
}

/* A weak function that is not there is minded where it is called. */
TEST(externs, reached)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
        mybpf_error error = {0};
        mybpf_object *object = externs_open(vm, "externs_reached", NULL, &error);
        int rc = object ? externs_load(object, (mybpf_trust)trust, &error) : 1;
        if (trust == MYBPF_VERIFIED) CHECK_INT(rc, MYBPF_ERR_VERIFY);
        if (trust != MYBPF_VERIFIED && rc) test_fail(__FILE__, __LINE__, "%s", error.message);
        if (!rc)
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, NULL, &error),
                      MYBPF_FAULT_CALL);
        CHECK_TEXT(error.message, "function my_absent: neither the object nor the host defines it");
        CHECK_TEXT(error.program, "program");
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* The host's memory is its own: sections cannot be replaced, nor made larger. */
TEST(externs, host_memory)
{
    NEEDS_ELF();
    static uint64_t memory[4];
    const mybpf_ksym ksyms[] = {
        {"untyped", memory, 0, 0, 0}, {"shared", &memory[1], 4, 0, 0}, {"changed", &memory[2], 8, 1, 0}};
    mybpf_vm *vm = externs_vm();
    mybpf_error error = {0};
    mybpf_open_opts opts = {NULL, 0, config, ksyms, 3, 0};
    mybpf_object *object = externs_open(vm, "externs", &opts, &error);
    mybpf_map_desc *desc = NULL;
    CHECK(object && !mybpf_object_section_data(object, "shared", NULL));
    for (size_t i = 0;
         object && (desc = mybpf_object_map_desc(object, i)) != NULL && strcmp(desc->name, "shared"); i++) {
    }
    CHECK(desc != NULL);
    if (desc) desc->value_size = 4096;
    CHECK_INT(object ? externs_load(object, MYBPF_GUARDED, &error) : 0, MYBPF_ERR_ARGUMENT);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* What the host puts into .rodata before the load is known to the verifier, and cannot be changed afterwards.
 */
TEST(externs, rodata)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    for (int way = 0; way < 4; way++) { /* 0: as the file has it */
        mybpf_error error = {0};
        mybpf_object *object = externs_open(vm, "rodata", NULL, &error);
        uint64_t r0 = 0;
        uint32_t zero = 0;
        size_t size = 0;
        CASE("way %d", way);
        unsigned char *width = object ? mybpf_object_find_global(object, "width", &size) : NULL;
        int *limit = object ? mybpf_object_find_global(object, "limit", NULL) : NULL;
        CHECK(width && limit && size == 1);
        if (width && way) *width = 8;
        if (limit && way) *limit = way == 3 ? -2 : 5;
        int rc = object ? externs_load(object, MYBPF_VERIFIED, &error) : 0;
        CHECK_INT(rc, way == 0 || way == 3 ? MYBPF_ERR_VERIFY : 0);
        if (!rc && way == 2) {
            rc = mybpf_jit_compile(object, NULL, &error);
            if (rc == MYBPF_ERR_UNSUPPORTED) rc = 0;
        }
        if (!rc && object) {
            uint8_t bytes[64] = {0};
            mybpf_map *map = mybpf_object_find_map(object, ".rodata");
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
            CHECK_INT(r0, 10);
            CHECK_INT(mybpf_map_update(map, &zero, bytes, MYBPF_ANY), -1); /* EPERM */
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* A call by number in the target's types: the function's name decides. */
TEST(externs, by_number)
{
    NEEDS_ELF();
    static btf_build types;
    mybpf_vm *vm = externs_vm();
    uint32_t u32, proto, number[3];
    btf_begin(&types);
    u32 = btf_int(&types, "unsigned int", 4, 0);
    proto = btf_parts(&types, PROTO_, NULL, u32, (const btf_part[]){{"a", u32, 0}, {NULL, 0, 0}});
    number[0] = btf_to(&types, FUNC_, "my_add", proto);
    number[1] = btf_to(&types, FUNC_, "my_absent", proto);
    number[2] = u32;
    btf_end(&types);
    static const char *const messages[] = {"",
                                           "kernel function 4 my_absent: the host has no helper of this name",
                                           "kernel function 1: the target's types have no such function"};
    size_t size = 0;
    uint8_t *bytes = object_bytes("externs_call", &size);
    mybpf_insn call = {0x85, 0, 0, 0, 7}, *at = NULL;
    for (size_t i = 0; bytes && i + sizeof call <= size; i += 8) /* its only call: of helper 7 */
        if (!memcmp(bytes + i, &call, sizeof call)) at = (mybpf_insn *)(void *)(bytes + i);
    CHECK(at != NULL);
    for (uint32_t i = 0; at && i < 4; i++) { /* 3: no types, no function */
        mybpf_error error = {0};
        mybpf_open_opts opts = {0};
        mybpf_object *object = NULL;
        uint64_t r0 = 0;
        opts.btf = i < 3 ? types.bytes : NULL;
        opts.btf_size = i < 3 ? types.size : 0;
        call.src_reg = 2;
        call.imm = (int32_t)number[i % 3];
        memcpy(at, &call, sizeof call);
        CHECK_INT(mybpf_object_open_with(vm, bytes, size, &opts, &object, &error), 0);
        int rc = object ? externs_load(object, MYBPF_VERIFIED, &error) : 1;
        CHECK_INT(rc, i == 0 ? 0 : i == 3 ? MYBPF_ERR_UNSUPPORTED : MYBPF_ERR_VERIFY);
        if (i < 3) CHECK_TEXT(error.message, messages[i]);
        if (!rc) CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
        CHECK_INT(r0, i == 0 ? 7 : 0);
        mybpf_object_close(object);
    }
    free(bytes);
    mybpf_vm_destroy(vm);
}

/* What each CPU has: the host's memory, and its CPU. */
static uint32_t percpu_cpu;
static uint32_t percpu_here(void *user) { return (void)user, percpu_cpu; }

struct percpu_queue { /* as in externs_percpu.c */
    uint32_t length, cpu;
    uint64_t moved[2];
    uint32_t last;
};

static mybpf_vm *percpu_vm(void)
{
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.cpus = 3;
    host.cpu = percpu_here;
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return vm;
}

static uint64_t percpu_run(mybpf_object *object, const char *name)
{
    mybpf_error error = {0};
    uint64_t r0 = 0;
    if (mybpf_program_run(mybpf_object_find_program(object, name), NULL, &r0, &error))
        test_fail(__FILE__, __LINE__, "%s: %s", name, error.message);
    return r0;
}

TEST(externs, per_cpu)
{
    NEEDS_ELF();
    static struct percpu_queue queues[3];
    static uint64_t counts[3];
    const mybpf_ksym ksyms[] = {{"queues", queues, sizeof queues[0], 0, 1}, {"counts", counts, 8, 1, 1}};
    mybpf_vm *vm = percpu_vm();
    for (int way = 0; way < 6; way++) {
        mybpf_error error = {0};
        mybpf_open_opts opts = {0};
        opts.ksyms = ksyms;
        opts.ksym_count = 2;
        mybpf_object *object = externs_open(vm, "externs_percpu", &opts, &error);
        int rc = object ? externs_load(object, (mybpf_trust)(way / 2), &error) : 1;
        CASE("way %d: %s", way, error.message);
        CHECK_INT(rc, 0);
        if (!rc && way & 1) {
            rc = mybpf_jit_compile(object, NULL, &error);
            if (rc == MYBPF_ERR_UNSUPPORTED) rc = 0;
            CHECK_INT(rc, 0);
        }
        for (uint32_t cpu = 0; cpu < 3; cpu++) {
            queues[cpu].length = 10 * cpu, queues[cpu].cpu = 100 + cpu, queues[cpu].last = 1;
            counts[cpu] = 0;
        }
        if (!rc) CHECK_INT(percpu_run(object, "lengths"), 33 << 8 | 3);
        for (percpu_cpu = 0; !rc && percpu_cpu < 3; percpu_cpu++) {
            CHECK_INT(percpu_run(object, "here"), 100 + percpu_cpu);
            CHECK_INT(percpu_run(object, "count"), 3);
        }
        percpu_cpu = 1;
        if (!rc) CHECK_INT(percpu_run(object, "count"), 6);
        CHECK_INT(counts[0], 3);
        CHECK_INT(counts[1], rc ? 3 : 6);
        void *image = NULL;
        size_t size = 0;
        if (!rc && !(way & 1)) {
            CHECK_INT(mybpf_aot_spf(object, NULL, &image, &size, &error), MYBPF_ERR_UNSUPPORTED);
            CHECK(strstr(error.message, "a variable that each CPU of the host has") != NULL);
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* A host that tells no size, of a type that programs do not know, or whose variable is not one of each CPU.
 */
TEST(externs, per_cpu_refused)
{
    NEEDS_ELF();
    static struct percpu_queue queues[3];
    static uint64_t counts[3];
    static const struct {
        uint32_t size;
        int writable, per_cpu;
        const char *message;
    } rows[] = {
        {0, 1, 1, "extern counts: what each CPU has needs a size"},
        {4, 1, 1, "extern counts: the host's variable is smaller"},
        {8, 0, 1, "the 8-byte write"},
        {8, 1, 0, "argument 1 of this_cpu_ptr"},
    };
    mybpf_vm *vm = percpu_vm();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const mybpf_ksym ksyms[] = {{"queues", queues, sizeof queues[0], 0, 1},
                                    {"counts", counts, rows[i].size, rows[i].writable, rows[i].per_cpu}};
        mybpf_error error = {0};
        mybpf_open_opts opts = {0};
        opts.ksyms = ksyms;
        opts.ksym_count = 2;
        mybpf_object *object = externs_open(vm, "externs_percpu", &opts, &error);
        int rc = object ? externs_load(object, MYBPF_VERIFIED, &error) : error.code;
        CASE("row %zu: %s", i, error.message);
        CHECK(rc < 0);
        CHECK(strstr(error.message, rows[i].message) != NULL);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}
