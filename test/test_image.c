/* test_image.c: SPF and BARE images: readers, writers, and what both refuse. */
#include "image_sample.h"
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
#include "test.h"

#include <stdlib.h>

/* ---- a vm whose n-th allocation fails ---- */

static long allocations, failing; /* failing: number of the allocation that fails, 0 for none */

static void *host_realloc(void *user, void *memory, size_t size)
{
    (void)user;
    if (!size) {
        free(memory);
        return NULL;
    }
    if (++allocations == failing || size > 0x8000000) return NULL;
    return realloc(memory, size);
}

static uint64_t twice(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
    return r1 * 2;
}

static mybpf_vm *new_vm(int exec)
{
    static const mybpf_helper helper = {
        HELPER_TWICE, "twice", twice, MYBPF_RET_INTEGER, {MYBPF_ARG_ANY, 0, 0, 0, 0}, 0, NULL, 0, {0}, 0};
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.realloc = host_realloc;
    host.exec = exec ? mybpf_jit_exec() : NULL;
    if (mybpf_vm_create(&host, &vm, NULL) || mybpf_helper_register(vm, &helper, NULL)) {
        mybpf_vm_destroy(vm);
        return NULL;
    }
    return vm;
}

static const mybpf_range grants[] = {{HELPER_TWICE, HELPER_TWICE}};

static int load(mybpf_vm *vm, const void *bytes, size_t size, mybpf_trust trust, mybpf_object **object,
                mybpf_error *error)
{
    mybpf_load_opts opts;
    int status = mybpf_object_open(vm, bytes, size, object, error);
    if (status) return status;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.grants = grants;
    opts.grant_count = 1;
    status = mybpf_object_load(*object, &opts, error);
    if (status) {
        mybpf_object_close(*object);
        *object = NULL;
    }
    return status;
}

/* One refusal: a status, and one line that says why. */
static void check_error(int status, const mybpf_error *error)
{
    CHECK(status < 0);
    CHECK_INT(error->code, status);
    CHECK(error->message[0] && !strchr(error->message, '\n') &&
          strlen(error->message) < sizeof error->message - 1);
}

static uint64_t run(const mybpf_program *program, uint64_t r1)
{
    uint64_t args[5] = {0}, r0 = 0;
    mybpf_run_opts opts;
    mybpf_error error;
    memset(&opts, 0, sizeof opts);
    memset(&error, 0, sizeof error);
    args[0] = r1;
    opts.args = args;
    CHECK_INT(mybpf_program_run(program, &opts, &r0, &error), 0);
    CHECK_TEXT(error.message, "");
    return r0;
}

typedef int (*writer)(const mybpf_object *, const mybpf_aot_opts *, void **, size_t *, mybpf_error *);
static const struct {
    const char *name;
    void (*make)(image *);
    writer write;
} samples[] = {{"BARE", sample_bare, mybpf_aot_bare}, {"SPF", sample_spf, mybpf_aot_spf}};

/* ---- bytecode ---- */

TEST(image, written_as_read)
{
    for (int s = 0; s < 2; s++) {
        image sample;
        mybpf_vm *vm = new_vm(0);
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        void *bytes[2] = {NULL, NULL};
        size_t size[2] = {0, 0};
        CASE("%s", samples[s].name);
        samples[s].make(&sample);
        CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error), 0);
        CHECK_TEXT(error.message, "");
        for (int i = 0; object && i < 2; i++)
            CHECK_INT(samples[s].write(object, NULL, &bytes[i], &size[i], &error), 0);
        for (int i = 0; object && i < 2; i++) {
            CHECK_INT(size[i], sample.size);
            CHECK(size[i] == sample.size && !memcmp(bytes[i], sample.bytes, sample.size));
            mybpf_vm_realloc(vm, bytes[i], 0);
        }
        mybpf_object_close(object);
        mybpf_vm_destroy(vm);
    }
}

/* Bytecode is for one byte order: clang has settled how a program sees the bytes of its numbers. */
TEST(image, other_byte_order)
{
    for (int s = 0; s < 2; s++) {
        image sample;
        mybpf_vm *vm = new_vm(0);
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("%s", samples[s].name);
        samples[s].make(&sample);
        sample.bytes[6] ^= 0x10;
        seal(&sample);
        CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error), MYBPF_ERR_TARGET);
        check_error(MYBPF_ERR_TARGET, &error);
        CHECK(strstr(error.message, big_endian()
                                        ? "bytecode for little-endian machines, this one is big-endian"
                                        : "bytecode for big-endian machines, this one is little-endian"));
        mybpf_object_close(object);
        mybpf_vm_destroy(vm);
    }
}

TEST(image, spf_contents)
{
    image sample;
    mybpf_vm *vm = new_vm(0);
    mybpf_object *object = NULL;
    const mybpf_program *sum;
    mybpf_map *map;
    sample_spf(&sample);
    CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, NULL), 0);
    if (!object) return;
    CHECK_TEXT(mybpf_object_license(object), "GPL");
    CHECK_INT(mybpf_object_kernel_version(object), 0x060102);
    sum = mybpf_object_find_program(object, "sum");
    CHECK(sum && sum == mybpf_object_program(object, 0));
    CHECK_TEXT(mybpf_program_section(sum), "tcmd/sum");
    CHECK_INT(mybpf_program_type(sum), MYBPF_PROG_TYPE_TCMD);
    CHECK_TEXT(mybpf_program_section(mybpf_object_program(object, 1)), "socket");
    CHECK_INT(mybpf_program_type(mybpf_object_program(object, 1)), MYBPF_PROG_TYPE_SOCKET_FILTER);
    CHECK(!mybpf_object_program(object, 2));
    map = mybpf_object_find_map(object, "hash");
    CHECK(map && mybpf_map_describe(map)->value_size == 8 &&
          mybpf_map_describe(map)->flags == MYBPF_F_NO_PREALLOC);
    CHECK(mybpf_object_find_map(object, ".data") && mybpf_object_map_is_section(object, 2));
    CHECK(mybpf_map_describe(mybpf_object_find_map(object, ".rodata"))->flags & MYBPF_F_RDONLY_PROG);
    CHECK_INT(run(sum, 3), 3 * 40 + 'c' + 1);
    CHECK_INT(run(sum, 1), 3 * 41 + 'c' + 2);
    CHECK_INT(run(mybpf_object_program(object, 1), 0), (uintptr_t)map);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(image, bare_contents)
{
    image sample;
    mybpf_vm *vm = new_vm(0);
    mybpf_object *object = NULL;
    sample_bare(&sample);
    CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, NULL), 0);
    if (!object) return;
    CHECK_TEXT(mybpf_program_name(mybpf_object_program(object, 0)), "main");
    CHECK_TEXT(mybpf_program_section(mybpf_object_program(object, 0)), "tcmd");
    CHECK_INT(mybpf_program_type(mybpf_object_program(object, 0)), MYBPF_PROG_TYPE_TCMD);
    CHECK_INT(run(mybpf_object_program(object, 0), 5), 1015);
    CHECK_INT(run(mybpf_object_program(object, 0), 6), 2018);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* r0 = 7, exit: what do the formats add? */
TEST(image, header_sizes)
{
    static const mybpf_insn insns[] = {{0xb7, 0, 0, 0, 7}, {0x95, 0, 0, 0, 0}};
    const size_t program = 8 + sizeof "" + sizeof "main" + sizeof "";
    mybpf_vm *vm = new_vm(0);
    mybpf_object *object = NULL;
    void *bytes;
    size_t size;
    CHECK_INT(mybpf_object_open_insns(vm, insns, 2, NULL, &object, NULL), 0);
    CHECK_INT(mybpf_object_load(object, NULL, NULL), 0);
    CHECK_INT(mybpf_aot_bare(object, NULL, &bytes, &size, NULL), 0);
    CHECK_INT(size - sizeof insns, 32);
    mybpf_vm_realloc(vm, bytes, 0);
    CHECK_INT(mybpf_aot_spf(object, NULL, &bytes, &size, NULL), 0);
    CHECK(size - sizeof insns - program <= 64);
    CHECK(size - sizeof insns <= 64);
    mybpf_vm_realloc(vm, bytes, 0);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A BARE image takes one program of several, and only what that one needs. */
TEST(image, bare_takes_what_it_needs)
{
    static const struct {
        const char *program;
        int status;
        const char *text;
    } rows[] = {{NULL, MYBPF_ERR_UNSUPPORTED, ".data"}, {"tcmd/sum", MYBPF_ERR_UNSUPPORTED, ".data"},
                {"map", MYBPF_ERR_UNSUPPORTED, "hash"}, {"socket", MYBPF_ERR_UNSUPPORTED, "map"},
                {"none", MYBPF_ERR_NOT_FOUND, "none"},  {"three", 0, ""}};
    image sample;
    mybpf_vm *vm = new_vm(0);
    mybpf_object *object = NULL;
    sample_spf(&sample);
    put_at(&sample, SPF_PROGRAMS + 8, 2, 2); /* the second program is now function 2, */
    memcpy(sample.bytes + SPF_STRINGS + 14, "map", 4);
    seal(&sample);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_aot_opts opts = {NULL, rows[i].program};
        mybpf_error error = {0};
        void *bytes = NULL;
        size_t size = 0;
        image with_map;
        CASE("%s", rows[i].program ? rows[i].program : "first");
        with_map = sample;
        if (i < 4) put_at(&with_map, SPF_PROGRAMS + 8, 2, 1);
        if (i == 5) opts.program = "map";
        seal(&with_map);
        CHECK_INT(load(vm, with_map.bytes, with_map.size, MYBPF_TRUSTED, &object, &error), 0);
        CHECK_INT(mybpf_aot_bare(object, &opts, &bytes, &size, &error), rows[i].status);
        CHECK(strstr(error.message, rows[i].text) != NULL);
        if (!rows[i].status) {
            mybpf_object *bare = NULL;
            CHECK_INT(size, 32 + 4 * 8);
            CHECK_INT(load(vm, bytes, size, MYBPF_TRUSTED, &bare, &error), 0);
            if (bare) CHECK_INT(run(mybpf_object_program(bare, 0), 14), 42);
            mybpf_object_close(bare);
        }
        mybpf_vm_realloc(vm, bytes, 0);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* Maps and sections that nothing names are left out. */
TEST(image, unused_sections_are_left_out)
{
    image sample;
    mybpf_vm *vm = new_vm(0);
    mybpf_object *object = NULL, *again = NULL;
    void *bytes = NULL;
    size_t size = 0;
    sample_spf(&sample);
    sample.bytes[SPF_CODE + 18 * 8 + 1] = 1; /* function 1: r1 = 0 instead of the map's address */
    sample.bytes[SPF_CODE + 11 * 8 + 1] = 6 << 4 | 1;
    sample.bytes[SPF_CODE + 11 * 8 + 4] = 2; /* function 0: .data instead of .bss: the counter's high half */
    sample.bytes[SPF_CODE + 12 * 8 + 4] = big_endian() ? 0 : 4;
    seal(&sample);
    CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, NULL), 0);
    CHECK_INT(mybpf_aot_spf(object, NULL, &bytes, &size, NULL), 0);
    CHECK_INT(load(vm, bytes, size, MYBPF_TRUSTED, &again, NULL), 0);
    if (again) {
        CHECK(!mybpf_object_find_map(again, "hash"));
        CHECK(!mybpf_object_find_map(again, ".bss"));
        CHECK(mybpf_object_find_map(again, ".rodata")); /* .data points to it */
        CHECK_INT(run(mybpf_object_program(again, 0), 3), 3 * 40 + 'c' + 1);
    }
    mybpf_vm_realloc(vm, bytes, 0);
    mybpf_object_close(again);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* ---- native code ---- */

/* Hand-written machine code, so that this does not depend on the code generator. */
static const struct {
    const char *name;
    void (*make)(image *);
    uint64_t first;
} natives[] = {{"BARE", sample_bare_native, 1010}, {"SPF", sample_spf_native, 42010}};

TEST(image, native_runs)
{
    if (!HAVE_SAMPLE || !mybpf_jit_exec()) SKIP("no machine code for this machine");
    for (int s = 0; s < 2; s++) {
        image sample;
        mybpf_vm *vm = new_vm(1);
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        void *bytes;
        size_t size;
        CASE("%s", natives[s].name);
        natives[s].make(&sample);
        CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error), 0);
        CHECK_TEXT(error.message, "");
        if (object) {
            CHECK(mybpf_object_native(object) != NULL);
            CHECK_INT(mybpf_object_code(object)->trust, MYBPF_TRUSTED);
            CHECK_INT(run(mybpf_object_program(object, 0), 5), natives[s].first);
            CHECK_INT(run(mybpf_object_program(object, 0), 6), natives[s].first + 1002);
            CHECK_INT(mybpf_aot_spf(object, NULL, &bytes, &size, &error), MYBPF_ERR_UNSUPPORTED);
        }
        mybpf_object_close(object);
        mybpf_vm_destroy(vm);
    }
}

/* clang-format off */
static const struct { int spf; size_t at; unsigned bytes; uint64_t value; int status; const char *text; } hostile_native[] = {
    {0, 4, 1, FOREIGN_TARGET, MYBPF_ERR_TARGET, FOREIGN_NAME},
    {1, 4, 1, FOREIGN_TARGET, MYBPF_ERR_TARGET, FOREIGN_NAME},
    {0, 5, 1, 2, MYBPF_ERR_UNSUPPORTED, "ABI version 2"},
    {0, 5, 1, 0, MYBPF_ERR_UNSUPPORTED, "ABI version 0"},
    {0, 5, 1, 3, MYBPF_ERR_UNSUPPORTED, "ABI version 3, known up to 1"},
    {1, 5, 1, 4, MYBPF_ERR_UNSUPPORTED, "ABI version 4, known up to 3"},
    {0, 6, 1, 1, MYBPF_ERR_FORMAT, "guards"},
    {0, 6, 1, 3, MYBPF_ERR_FORMAT, "guards"},
    {1, 6, 1, 3, MYBPF_ERR_FORMAT, "an arena"},
    {1, 4, 3, 0x100102, MYBPF_ERR_FORMAT, "0x10"}, /* of arm64 */
    {1, 4, 3, 0x800102, MYBPF_ERR_UNSUPPORTED, "0x80"}, /* of arm64, which has no such feature */
    {0, 16, 4, 8, MYBPF_ERR_FORMAT, "bss"},
    {0, 22, 2, 1, MYBPF_ERR_FORMAT, "functions"},
    {0, 24, 4, NATIVE_CODE, MYBPF_ERR_FORMAT, "entry"},
    {1, 24, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, "entry"},
    {1, 22, 2, 0, MYBPF_ERR_FORMAT, "no function"},
    {0, 28 + NATIVE_CODE, 4, HELPER_TWICE + 1, MYBPF_ERR_VERIFY, "2000002"},
    {0, 28 + NATIVE_CODE, 4, 4000000, MYBPF_ERR_FORMAT, "helper"},
    {0, 28 + NATIVE_CODE, 4, 1u << 30, MYBPF_ERR_FORMAT, "import"},
    {0, 28 + NATIVE_CODE, 4, 3u << 30, MYBPF_ERR_FORMAT, "import"},
    {0, 32 + NATIVE_CODE, 4, 2u << 30 | 16, MYBPF_ERR_FORMAT, "16 bytes of bss"},
    {1, SPF_CODE + NATIVE_CODE + 20, 4, HELPER_TWICE + 1, MYBPF_ERR_VERIFY, "2000002"},
    {1, SPF_CODE + NATIVE_CODE + 20, 4, 4000000, MYBPF_ERR_FORMAT, "helper"},
    {1, SPF_CODE + NATIVE_CODE + 20, 4, 1u << 30 | 1, MYBPF_ERR_FORMAT, "map 1"},
    {1, SPF_CODE + NATIVE_CODE + 20, 4, 2u << 30 | 1, MYBPF_ERR_FORMAT, "map 1"},
    {1, SPF_CODE + NATIVE_CODE + 20, 4, 3u << 30 | 1, MYBPF_ERR_FORMAT, "function 1"},
    {1, SPF_CODE + NATIVE_CODE + 20, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, "function"},
    {1, SPF_CODE + NATIVE_CODE + 28, 4, NATIVE_CODE, MYBPF_ERR_FORMAT, "a function"},
};
/* clang-format on */

TEST(image, hostile_native)
{
    if (!HAVE_SAMPLE || !mybpf_jit_exec()) SKIP("no machine code for this machine");
    for (size_t i = 0; i < sizeof hostile_native / sizeof *hostile_native; i++) {
        image sample;
        mybpf_vm *vm = new_vm(1);
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("%s byte %zu = 0x%llx", natives[hostile_native[i].spf].name, hostile_native[i].at,
             (unsigned long long)hostile_native[i].value);
        natives[hostile_native[i].spf].make(&sample);
        put_at(&sample, hostile_native[i].at, hostile_native[i].bytes, hostile_native[i].value);
        seal(&sample);
        CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error),
                  hostile_native[i].status);
        check_error(hostile_native[i].status, &error);
        if (!strstr(error.message, hostile_native[i].text)) CHECK_TEXT(error.message, hostile_native[i].text);
        mybpf_object_close(object);
        mybpf_vm_destroy(vm);
    }
}

/* Native code runs where the load vouches for it, helpers are granted and memory may be executed. */
TEST(image, native_needs_permission)
{
    image sample;
    mybpf_vm *vm = new_vm(1);
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    if (!HAVE_SAMPLE || !mybpf_jit_exec()) SKIP("no machine code for this machine");
    sample_spf_native(&sample);
    CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_VERIFIED, &object, &error), MYBPF_ERR_PERMISSION);
    CHECK(strstr(error.message, "trusted") != NULL);
    CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_GUARDED, &object, &error), MYBPF_ERR_PERMISSION);
    CHECK_INT(mybpf_object_open(vm, sample.bytes, sample.size, &object, NULL), 0);
    if (object) {
        mybpf_load_opts opts;
        memset(&opts, 0, sizeof opts);
        opts.trust = MYBPF_TRUSTED;
        CHECK_INT(mybpf_object_load(object, &opts, &error), MYBPF_ERR_PERMISSION);
        CHECK(strstr(error.message, "twice") != NULL);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
    vm = new_vm(0);
    CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error), MYBPF_ERR_UNSUPPORTED);
    CHECK(strstr(error.message, "executable memory") != NULL);
    mybpf_vm_destroy(vm);
}

/* What the code generator makes of the bytecode samples gives the same results. */
TEST(image, compiled_as_interpreted)
{
    mybpf_aot_opts opts = {mybpf_aot_target_host(), NULL};
    if (!mybpf_jit_exec() || !mybpf_aot_target_host()) SKIP("no machine code for this machine");
    for (int s = 0; s < 2; s++)
        for (int spf = s; spf < 2; spf++) {
            image sample;
            mybpf_vm *vm = new_vm(1);
            mybpf_object *object = NULL, *native = NULL;
            mybpf_error error = {0};
            void *bytes = NULL, *again = NULL;
            size_t size = 0, again_size = 0;
            CASE("%s as %s", samples[s].name, samples[spf].name);
            samples[s].make(&sample);
            CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error), 0);
            CHECK_INT(samples[spf].write(object, &opts, &bytes, &size, &error), 0);
            CHECK_INT(samples[spf].write(object, &opts, &again, &again_size, &error), 0);
            CHECK_TEXT(error.message, "");
            CHECK(size && size == again_size && !memcmp(bytes, again, size));
            if (bytes) CHECK_INT(load(vm, bytes, size, MYBPF_TRUSTED, &native, &error), 0);
            CHECK_TEXT(error.message, "");
            for (uint64_t i = 0; native && i < 3; i++)
                CHECK_INT(run(mybpf_object_program(native, 0), i), run(mybpf_object_program(object, 0), i));
            if (native && s)
                CHECK_INT(run(mybpf_object_program(native, 1), 0),
                          (uintptr_t)mybpf_object_find_map(native, "hash"));
            mybpf_object_close(native);
            mybpf_object_close(object);
            mybpf_vm_realloc(vm, bytes, 0);
            mybpf_vm_realloc(vm, again, 0);
            mybpf_vm_destroy(vm);
        }
}

/* "native" is this machine with all that it has: what is asked for stands in the flags. */
TEST(image, native_target)
{
    static const mybpf_insn insns[] = {/* 16 bytes of the context behind the first 16; the last of them */
                                       {0x79, 2, 1, 0, 0},  {0x79, 3, 1, 8, 0},  {0x7b, 1, 2, 16, 0},
                                       {0x7b, 1, 3, 24, 0}, {0x79, 0, 1, 24, 0}, {0x95, 0, 0, 0, 0}};
    mybpf_aot_opts opts = {"native", NULL};
    if (!mybpf_jit_exec() || !mybpf_aot_target_host()) SKIP("no machine code for this machine");
    for (int spf = 0; spf < 2; spf++) {
        mybpf_vm *vm = new_vm(1);
        mybpf_object *object = NULL, *native = NULL;
        mybpf_load_opts trusted;
        mybpf_error error = {0};
        void *bytes = NULL;
        size_t size = 0;
        memset(&trusted, 0, sizeof trusted);
        trusted.trust = MYBPF_TRUSTED;
        CHECK_INT(mybpf_object_open_insns(vm, insns, sizeof insns / sizeof *insns, NULL, &object, &error), 0);
        CHECK_INT(mybpf_object_load(object, &trusted, &error), 0);
        CHECK_INT(samples[spf].write(object, &opts, &bytes, &size, &error), 0);
        CHECK_TEXT(error.message, "");
        /* beside features, which are those that the library was compiled for, not this test */
        if (bytes) CHECK_INT(((const uint8_t *)bytes)[6] & 15, MYBPF_TRUSTED);
        if (bytes) CHECK_INT(load(vm, bytes, size, MYBPF_TRUSTED, &native, &error), 0);
        CHECK_TEXT(error.message, "");
        if (native) {
            uint64_t ctx[4] = {1, 0x0123456789abcdefu, 0, 0}, r0 = 0;
            mybpf_run_opts run_opts;
            memset(&run_opts, 0, sizeof run_opts);
            run_opts.ctx = ctx;
            run_opts.ctx_size = sizeof ctx;
            CHECK_INT(mybpf_program_run(mybpf_object_program(native, 0), &run_opts, &r0, &error), 0);
            CHECK(r0 == 0x0123456789abcdefu && ctx[2] == 1 && ctx[3] == r0);
        }
        mybpf_object_close(native);
        mybpf_object_close(object);
        mybpf_vm_realloc(vm, bytes, 0);
        mybpf_vm_destroy(vm);
    }
}

/* A guarded image faults where the interpreter does, and its host goes on. */
TEST(image, guards_stay)
{
    static const mybpf_insn insns[] = {
        {0xb7, 0, 0, 0, 7}, {0x15, 1, 0, 1, 0}, {0x79, 0, 1, 8, 0}, {0x95, 0, 0, 0, 0}};
    mybpf_load_opts guarded;
    mybpf_aot_opts opts = {mybpf_aot_target_host(), NULL};
    mybpf_vm *vm = new_vm(1);
    mybpf_object *object[2] = {NULL, NULL};
    mybpf_error error = {0};
    uint64_t r0 = 0, args[5] = {0x10, 0, 0, 0, 0};
    mybpf_run_opts run_opts;
    void *bytes = NULL;
    size_t size = 0;
    if (!mybpf_jit_exec() || !mybpf_aot_target_host()) SKIP("no machine code for this machine");
    memset(&guarded, 0, sizeof guarded);
    memset(&run_opts, 0, sizeof run_opts);
    guarded.trust = MYBPF_GUARDED;
    run_opts.args = args;
    CHECK_INT(mybpf_object_open_insns(vm, insns, 4, NULL, &object[0], &error), 0);
    CHECK_INT(mybpf_object_load(object[0], &guarded, &error), 0);
    CHECK_INT(mybpf_aot_bare(object[0], &opts, &bytes, &size, &error), MYBPF_ERR_UNSUPPORTED);
    CHECK(strstr(error.message, "guards") != NULL);
    CHECK_INT(mybpf_aot_spf(object[0], &opts, &bytes, &size, &error), 0);
    CHECK_INT(load(vm, bytes, size, MYBPF_TRUSTED, &object[1], &error), 0);
    for (int i = 0; i < 2 && object[1]; i++) {
        const mybpf_program *program = mybpf_object_program(object[i], 0);
        CASE("%s", i ? "image" : "interpreter");
        CHECK_INT(mybpf_object_code(object[i])->trust, MYBPF_GUARDED);
        CHECK_INT(mybpf_program_run(program, &run_opts, &r0, &error), MYBPF_FAULT_ACCESS);
        CHECK_INT(error.insn, 2);
        CHECK_INT(run(program, 0), 7);
        run_opts.max_steps = 1;
        CHECK_INT(mybpf_program_run(program, &run_opts, &r0, &error), MYBPF_FAULT_BUDGET);
        CHECK_INT(error.insn, 0);
        run_opts.max_steps = 0;
    }
    mybpf_vm_realloc(vm, bytes, 0);
    mybpf_object_close(object[1]);
    mybpf_object_close(object[0]);
    mybpf_vm_destroy(vm);
}

/* ---- refusals ---- */

static void check_refused(mybpf_vm *vm, const uint8_t *bytes, size_t size)
{
    mybpf_object *object = (mybpf_object *)vm;
    mybpf_error error = {0};
    uint8_t *copy = (uint8_t *)malloc(size ? size : 1); /* exact, so that a read beyond the end is seen */
    memcpy(copy, bytes, size);
    check_error(mybpf_object_open(vm, copy, size, &object, &error), &error);
    CHECK(!object);
    mybpf_object_close(object);
    free(copy);
}

/* Samples of bytecode, then of native code. */
static const char *make_any(int s, image *sample)
{
    if (s < 2)
        samples[s].make(sample);
    else
        natives[s - 2].make(sample);
    return samples[s % 2].name;
}

TEST(image, truncated)
{
    mybpf_vm *vm = new_vm(0);
    for (int s = 0; s < 4; s++) {
        image sample;
        const char *name = make_any(s, &sample);
        for (size_t size = 0; size < sample.size; size++) {
            CASE("%s, %zu bytes", name, size);
            check_refused(vm, sample.bytes, size);
        }
        CASE("%s, one byte more", name);
        check_refused(vm, sample.bytes, sample.size + 1);
    }
    mybpf_vm_destroy(vm);
}

TEST(image, flipped)
{
    mybpf_vm *vm = new_vm(0);
    for (int s = 0; s < 4; s++) {
        image sample;
        const char *name = make_any(s, &sample);
        for (size_t bit = 0; bit < sample.size * 8; bit++) {
            CASE("%s, bit %zu", name, bit);
            sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            check_refused(vm, sample.bytes, sample.size);
            sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    }
    mybpf_vm_destroy(vm);
}

/* Damage that the checksum covers. Status 0: any will do. */
/* clang-format off */
static const struct { int spf; size_t at; unsigned bytes; uint64_t value; int status; const char *text; } hostile[] = {
    {0, 3, 1, 2, MYBPF_ERR_UNSUPPORTED, "version 2"},
    {0, 4, 1, 77, MYBPF_ERR_TARGET, "77"},
    {0, 4, 1, 2, MYBPF_ERR_UNSUPPORTED, "ABI"},
    {0, 5, 1, 1, MYBPF_ERR_UNSUPPORTED, "ABI version 1"},
    {0, 6, 1, 2, MYBPF_ERR_FORMAT, "flags"},
    {0, 6, 1, 0x80, MYBPF_ERR_UNSUPPORTED, "0x80"},
    {0, 12, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, "4294967295 bytes of code"},
    {0, 12, 4, 0xFFFFFFF8, MYBPF_ERR_FORMAT, "bytes of code"},
    {0, 12, 4, 0, MYBPF_ERR_FORMAT, "instructions"},
    {0, 12, 4, 111, MYBPF_ERR_FORMAT, "whole instructions"},
    {0, 16, 4, 0xFFFFFFFF, MYBPF_ERR_LIMIT, "bss"},
    {0, 16, 4, 0x10000001, MYBPF_ERR_LIMIT, "bss"},
    {0, 16, 4, 0, MYBPF_ERR_VERIFY, "map 0"},
    {0, 20, 2, 1, MYBPF_ERR_FORMAT, "imports"},
    {0, 22, 2, 0, MYBPF_ERR_FORMAT, "function 0 of 0"},
    {0, 22, 2, 1, MYBPF_ERR_FORMAT, "optional part"},
    {0, 22, 2, 0xFFFF, MYBPF_ERR_FORMAT, "functions"},
    {0, 24, 4, 2, MYBPF_ERR_FORMAT, "function 2 of 2"},
    {0, 24, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, "function 4294967295"},
    {0, 28 + 14 * 8, 4, 0, MYBPF_ERR_FORMAT, "function 1 starts at instruction 0"},
    {0, 28 + 14 * 8, 4, 14, MYBPF_ERR_FORMAT, "instruction 14 of 14"},
    {0, 28 + 14 * 8, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, "function 1 starts"},
    {0, 28 + 14 * 8, 4, 12, MYBPF_ERR_VERIFY, ""},
    {0, 28 + 8 + 4, 4, 1, MYBPF_ERR_VERIFY, "map 1"},
    {0, 28 + 16 + 4, 4, 17, MYBPF_ERR_VERIFY, "17"},
    {0, 28 + 7 * 8 + 4, 4, 0x7FFFFFFF, MYBPF_ERR_VERIFY, "call"},
    {1, 3, 1, 0, MYBPF_ERR_UNSUPPORTED, "version 0"},
    {1, 12, 4, 0xFFFFFFF8, MYBPF_ERR_FORMAT, "bytes of code"},
    {1, 16, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, "bytes of data"},
    {1, 16, 4, 21, MYBPF_ERR_FORMAT, "optional part"},
    {1, 16, 4, 23, MYBPF_ERR_FORMAT, "strings"},
    {1, 22, 2, 0, MYBPF_ERR_FORMAT, "no function"},
    {1, 22, 2, 0xFFFF, MYBPF_ERR_FORMAT, "functions"},
    {1, 28, 2, 0, MYBPF_ERR_FORMAT, ""},
    {1, 28, 2, 0xFFFF, MYBPF_ERR_FORMAT, "programs"},
    {1, 30, 2, 0xFFFF, MYBPF_ERR_FORMAT, "maps"},
    {1, 32, 2, 0xFFFF, MYBPF_ERR_FORMAT, "sections"},
    {1, 34, 2, 0xFFFF, MYBPF_ERR_FORMAT, "relocations"},
    {1, 36, 2, 0xFFFF, MYBPF_ERR_FORMAT, "strings"},
    {1, 36, 2, 0, MYBPF_ERR_FORMAT, ""},
    {1, 38, 2, 53, MYBPF_ERR_FORMAT, "string 53"},
    {1, 38, 2, 0xFFFF, MYBPF_ERR_FORMAT, "string 65535"},
    {1, SPF_PROGRAMS, 2, 3, MYBPF_ERR_FORMAT, "function 3 of 3"},
    {1, SPF_PROGRAMS, 2, 0xFFFF, MYBPF_ERR_FORMAT, "function 65535"},
    {1, SPF_PROGRAMS + 4, 2, 0xFFFF, MYBPF_ERR_FORMAT, "string"},
    {1, SPF_MAPS, 2, 0xFFFF, MYBPF_ERR_FORMAT, "string"},
    {1, SPF_MAPS + 2, 2, 0xFFFF, 0, "65535"},
    {1, SPF_MAPS + 4, 4, 0xFFFFFFFF, 0, ""},
    {1, SPF_MAPS + 8, 4, 0xFFFFFFFF, 0, ""},
    {1, SPF_MAPS + 12, 4, 0, 0, ""},
    {1, SPF_SECTIONS, 2, 0xFFFF, MYBPF_ERR_FORMAT, "string"},
    {1, SPF_SECTIONS + 2, 2, 2, MYBPF_ERR_FORMAT, "flags"},
    {1, SPF_SECTIONS + 4, 4, 0, MYBPF_ERR_FORMAT, ".bss"},
    {1, SPF_SECTIONS + 4, 4, 0xFFFFFFFF, MYBPF_ERR_LIMIT, "4294967327"},
    {1, SPF_SECTIONS + 8, 4, 9, MYBPF_ERR_FORMAT, ".bss"},
    {1, SPF_SECTIONS + 12 + 8, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, ".data"},
    {1, SPF_SECTIONS + 12 + 8, 4, 24, MYBPF_ERR_FORMAT, ".data"},
    {1, SPF_SECTIONS + 12 + 8, 4, 16, MYBPF_ERR_FORMAT, "no section"},
    {1, SPF_RELOCS, 4, 17, MYBPF_ERR_FORMAT, "byte 17"},
    {1, SPF_RELOCS, 4, 0xFFFFFFFF, MYBPF_ERR_FORMAT, "outside"},
    {1, SPF_RELOCS, 4, 0xFFFFFFF8, MYBPF_ERR_FORMAT, "outside"},
    {1, SPF_RELOCS + 4, 2, 3, MYBPF_ERR_FORMAT, "section 3"},
    {1, SPF_RELOCS + 4, 2, 0x7FFF, MYBPF_ERR_FORMAT, "section 32767"},
    {1, SPF_RELOCS + 4, 2, 0xFFFF, MYBPF_ERR_FORMAT, "map 32767"},
    {1, SPF_RELOCS + 4, 2, 0x8000, MYBPF_ERR_FORMAT, "element 8 of map 0"},
    {1, SPF_RELOCS + 6, 2, 0x8003, MYBPF_ERR_FORMAT, "function or section"},
    {1, SPF_RELOCS + 8 + 6, 2, 3, MYBPF_ERR_FORMAT, "function or section"},
    {1, SPF_RELOCS + 8 + 4, 2, 0, MYBPF_ERR_FORMAT, "section 0"},
    {1, SPF_DATA + 16, 1, 9, MYBPF_ERR_FORMAT, "function or section"},
    {1, SPF_FUNCS, 4, 0, MYBPF_ERR_FORMAT, "function 1"},
    {1, SPF_FUNCS + 4, 4, 18, MYBPF_ERR_FORMAT, "function 2"},
    {1, SPF_FUNCS + 4, 4, 26, MYBPF_ERR_FORMAT, "function 2"},
    {1, SPF_STRINGS + 1, 1, 27, MYBPF_ERR_FORMAT, "control"},
    {1, SPF_STRINGS + 52, 1, 'x', MYBPF_ERR_FORMAT, "string"},
};
/* clang-format on */

TEST(image, hostile_fields)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        image sample;
        mybpf_vm *vm = new_vm(1);
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        int status;
        CASE("%s byte %zu = 0x%llx", samples[hostile[i].spf].name, hostile[i].at,
             (unsigned long long)hostile[i].value);
        samples[hostile[i].spf].make(&sample);
        put_at(&sample, hostile[i].at, hostile[i].bytes, hostile[i].value);
        seal(&sample);
        status = load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error);
        check_error(status, &error);
        if (hostile[i].status) CHECK_INT(status, hostile[i].status);
        if (!strstr(error.message, hostile[i].text)) CHECK_TEXT(error.message, hostile[i].text);
        mybpf_object_close(object);
        mybpf_vm_destroy(vm);
    }
}

TEST(image, optional_parts)
{
    for (int s = 0; s < 2; s++) {
        image sample;
        mybpf_vm *vm = new_vm(0);
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        samples[s].make(&sample);
        CASE("%s", samples[s].name);
        sample.size -= 4;
        put(&sample, 4, 1), put(&sample, 4, 3), put(&sample, 3, 0x636261);
        put(&sample, 4, 99), put(&sample, 4, 0);
        put(&sample, 4, 0);
        seal(&sample);
        CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, &error), 0);
        CHECK_TEXT(error.message, "");
        mybpf_object_close(object);
        put_at(&sample, sample.size - 8, 4, 1); /* one byte too many in the last part */
        seal(&sample);
        check_refused(vm, sample.bytes, sample.size);
        put_at(&sample, sample.size - 8, 4, 0xFFFFFFFF);
        seal(&sample);
        check_refused(vm, sample.bytes, sample.size);
        mybpf_vm_destroy(vm);
    }
}

/* Random damage with the checksum put right: anything may come out but a crash. */
TEST(image, random_damage)
{
    uint32_t random = 1, refused = 0;
    mybpf_vm *vm = new_vm(0);
    for (int i = 0; i < 20000; i++) {
        image sample;
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        int status;
        samples[i % 2].make(&sample);
        for (int n = 0; n <= i % 5; n++) {
            random = random * 1664525 + 1013904223;
            sample.bytes[(random >> 8) % sample.size] =
                (uint8_t)(random >> 3 & 1 ? random >> 24 : 0xFFu << (random >> 29));
        }
        seal(&sample);
        status = load(vm, sample.bytes, sample.size, i & 2 ? MYBPF_TRUSTED : MYBPF_GUARDED, &object, &error);
        if (status) refused++, check_error(status, &error);
        mybpf_object_close(object);
    }
    CHECK(refused > 5000 && refused < 20000);
    mybpf_vm_destroy(vm);
}

/* Loads an image, writes it as `target`, loads the result; allocation number `failing` fails. */
static int load_write_load(mybpf_vm *vm, const image *sample, writer write, const char *target)
{
    mybpf_object *object = NULL, *again = NULL;
    mybpf_aot_opts opts = {target, NULL};
    mybpf_error error = {0};
    void *bytes = NULL;
    size_t size = 0;
    int status = load(vm, sample->bytes, sample->size, MYBPF_TRUSTED, &object, &error);
    if (!status && write) {
        status = write(object, &opts, &bytes, &size, &error);
        CHECK(!status == (bytes != NULL) && !status == (size != 0));
        if (!status) status = load(vm, bytes, size, MYBPF_TRUSTED, &again, &error);
    }
    if (status) check_error(status, &error);
    mybpf_vm_realloc(vm, bytes, 0);
    mybpf_object_close(again);
    mybpf_object_close(object);
    return status;
}

TEST(image, every_allocation_fails)
{
    const char *target = HAVE_SAMPLE && mybpf_jit_exec() ? mybpf_aot_target_host() : NULL;
    for (int s = 0; s < 6; s++) { /* to bytecode, then to native code; native samples are only loaded */
        image sample;
        mybpf_vm *vm = new_vm(1);
        int done = 0;
        if (s >= 2 && !target) continue;
        make_any(s < 2 ? s : s - 2, &sample);
        for (long n = 1; n < 2000 && !done; n++) {
            int status;
            CASE("%s %d, allocation %ld", samples[s % 2].name, s / 2, n);
            allocations = 0;
            failing = n;
            status = load_write_load(vm, &sample, s < 4 ? samples[s % 2].write : NULL, s < 2 ? NULL : target);
            done = allocations < n;
            failing = 0;
            CHECK_INT(status, done ? 0 : MYBPF_ERR_MEMORY);
        }
        CHECK(done);
        mybpf_vm_destroy(vm);
    }
}

TEST(image, writers_refuse)
{
    image sample;
    mybpf_vm *vm = new_vm(0);
    mybpf_object *object = NULL;
    mybpf_aot_opts opts = {"z80", NULL};
    mybpf_error error = {0};
    void *bytes = vm;
    size_t size = 1;
    sample_bare(&sample);
    CHECK_INT(mybpf_object_open(vm, sample.bytes, sample.size, &object, NULL), 0);
    CHECK_INT(mybpf_aot_bare(object, NULL, &bytes, &size, &error), MYBPF_ERR_STATE);
    check_error(MYBPF_ERR_STATE, &error);
    CHECK(!bytes && !size);
    mybpf_object_close(object);
    CHECK_INT(load(vm, sample.bytes, sample.size, MYBPF_TRUSTED, &object, NULL), 0);
    CHECK_INT(mybpf_aot_spf(object, &opts, &bytes, &size, &error), MYBPF_ERR_TARGET);
    CHECK(strstr(error.message, "z80") && strstr(error.message, "known targets"));
    for (size_t i = 0; mybpf_aot_target(i); i++) CHECK(strstr(error.message, mybpf_aot_target(i)) != NULL);
    opts.target = "arm64+lse+sve";
    CHECK_INT(mybpf_aot_bare(object, &opts, &bytes, &size, &error), MYBPF_ERR_TARGET);
    CHECK_TEXT(error.message, "target arm64 has no feature 'sve'; known features: lse, simd");
    opts.target = "x86_64+";
    CHECK_INT(mybpf_aot_bare(object, &opts, &bytes, &size, &error), MYBPF_ERR_TARGET);
    CHECK_TEXT(error.message, "target x86_64 has no feature ''; known features: sse2, popcnt, bmi2, movbe");
    CHECK_INT(mybpf_aot_bare(object, NULL, NULL, &size, &error), MYBPF_ERR_ARGUMENT);
    mybpf_object_close(object);
    if (mybpf_aot_target(0)) { /* r1 = 0, r2 = 0, map_lookup_elem, exit */
        static const mybpf_insn insns[] = {
            {0xb7, 1, 0, 0, 0}, {0xb7, 2, 0, 0, 0}, {0x85, 0, 0, 0, 1}, {0x95, 0, 0, 0, 0}};
        mybpf_load_opts trusted;
        memset(&trusted, 0, sizeof trusted);
        trusted.trust = MYBPF_TRUSTED;
        opts.target = mybpf_aot_target(0);
        CHECK_INT(mybpf_object_open_insns(vm, insns, 4, NULL, &object, NULL), 0);
        CHECK_INT(mybpf_object_load(object, &trusted, &error), 0);
        CHECK_INT(mybpf_aot_bare(object, &opts, &bytes, &size, &error),
                  MYBPF_BIG_ENDIAN ? MYBPF_ERR_TARGET : MYBPF_ERR_UNSUPPORTED);
        CHECK(strstr(error.message, MYBPF_BIG_ENDIAN ? "little-endian" : "map_lookup_elem") != NULL);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}
