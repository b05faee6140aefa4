/* test_load.c: opening, linking and loading: raw instructions, objects from clang, broken ELF files. */
#include "load_elf.h"
#include "mybpf_aot.h"
#include "test.h"

#include <stdlib.h>

static mybpf_vm *vm_new(void)
{
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    return vm;
}

/* A file of MYBPF_TEST_OBJECTS (compiled from test/objects), or NULL. The caller frees it. */
static uint8_t *object_bytes(const char *name, size_t *size)
{
    char path[1024];
    const char *folder = getenv("MYBPF_TEST_OBJECTS");
    snprintf(path, sizeof path, "%s/%s.o", folder ? folder : "build/test/objects", name);
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    uint8_t *bytes = malloc(1 << 20);
    *size = bytes ? fread(bytes, 1, 1 << 20, file) : 0;
    fclose(file);
    return bytes;
}

static mybpf_object *object_open(mybpf_vm *vm, const char *name)
{
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    size_t size = 0;
    uint8_t *bytes = object_bytes(name, &size);
    if (!bytes) {
        test_fail(__FILE__, __LINE__, "test object %s was not built", name);
        return NULL;
    }
    if (mybpf_object_open(vm, bytes, size, &object, &error))
        test_fail(__FILE__, __LINE__, "%s: %s", name, error.message);
    free(bytes); /* an object keeps nothing of its file */
    return object;
}

/* Loads trusted and runs one program with r1 = `r1`. */
static uint64_t object_run(mybpf_object *object, const char *program, uint64_t r1)
{
    mybpf_error error = {0};
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    uint64_t args[5] = {r1, 0, 0, 0, 0}, r0 = 0xdead;
    load.trust = MYBPF_TRUSTED;
    run.args = args;
    if (!mybpf_object_code(object)->facts && mybpf_object_load(object, &load, &error))
        test_fail(__FILE__, __LINE__, "load: %s", error.message);
    else if (!mybpf_object_find_program(object, program))
        test_fail(__FILE__, __LINE__, "no program %s", program);
    else if (mybpf_program_run(mybpf_object_find_program(object, program), &run, &r0, &error))
        test_fail(__FILE__, __LINE__, "run: %s", error.message);
    return r0;
}

/* ---- raw instructions ---- */

static const mybpf_insn two_functions[] = {
    {0xb7, 1, 0, 0, 20},                  /* 0: r1 = 20 */
    {0x85, 0, 1, 0, 1},                   /* 1: call 3 */
    {0x95, 0, 0, 0, 0},                   /* 2: exit */
    {0xbf, 0, 1, 0, 0},                   /* 3: r0 = r1 */
    {0x18, 2, 4, 0, 3},  {0, 0, 0, 0, 0}, /* 4: r2 = function at 8 */
    {0x0f, 0, 1, 0, 0},                   /* 6: r0 += r1 */
    {0x95, 0, 0, 0, 0},                   /* 7: exit */
    {0xb7, 0, 0, 0, 1},                   /* 8: r0 = 1 */
    {0x95, 0, 0, 0, 0},                   /* 9: exit */
};

TEST(load, raw_functions)
{
    static const uint32_t starts[] = {0, 3, 8}, counts[] = {3, 5, 2};
    mybpf_vm *vm = vm_new();
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    CHECK_INT(mybpf_object_open_insns(vm, two_functions, 10, NULL, &object, &error), 0);
    const mybpf_code *code = mybpf_object_code(object);
    CHECK_INT(code->func_count, 3);
    CHECK_INT(code->insn_count, 10);
    CHECK(!code->facts);
    for (uint32_t i = 0; i < 3 && i < code->func_count; i++) {
        CHECK_INT(code->funcs[i].start, starts[i]);
        CHECK_INT(code->funcs[i].count, counts[i]);
    }
    CHECK_INT(code->insns[1].imm, 1);
    CHECK_INT(code->insns[4].imm, 2); /* the function's index now */
    CHECK_TEXT(mybpf_program_name(mybpf_object_program(object, 0)), "main");
    CHECK(!mybpf_object_program(object, 1));
    CHECK_TEXT(mybpf_object_license(object), "");
    CHECK_INT(object_run(object, "main", 0), 40);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(load, raw_refused)
{
    static const struct {
        const char *what;
        mybpf_insn insns[4];
        size_t count;
        int status;
        const char *message;
    } rows[] = {
        {"nothing", {{0x95, 0, 0, 0, 0}}, 0, MYBPF_ERR_FORMAT, "no instructions"},
        {"too many", {{0x95, 0, 0, 0, 0}}, MYBPF_MAX_INSNS + 1, MYBPF_ERR_LIMIT, "limit"},
        {"call beyond the end",
         {{0x85, 0, 1, 0, 1}, {0x95, 0, 0, 0, 0}},
         2,
         MYBPF_ERR_VERIFY,
         "the target of the call is outside"},
        {"call before the start",
         {{0xb7, 0, 0, 0, 0}, {0x85, 0, 1, 0, -3}},
         2,
         MYBPF_ERR_VERIFY,
         "the target of the call is outside"},
        {"call far away",
         {{0x85, 0, 1, 0, INT32_MAX}, {0x95, 0, 0, 0, 0}},
         2,
         MYBPF_ERR_VERIFY,
         "the target of the call is outside"},
        {"function address outside",
         {{0x18, 1, 4, 0, 9}, {0, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}},
         3,
         MYBPF_ERR_VERIFY,
         "address"},
        {"a map that is not given",
         {{0x18, 1, 1, 0, 1}, {0, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}},
         3,
         MYBPF_ERR_VERIFY,
         "map 1"},
        {"a negative map",
         {{0x18, 1, 6, 0, -1}, {0, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}},
         3,
         MYBPF_ERR_VERIFY,
         "map -1"},
    };
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_object *object = (mybpf_object *)vm;
        mybpf_error error = {0};
        CASE("%s", rows[i].what);
        CHECK_INT(mybpf_object_open_insns(vm, rows[i].insns, rows[i].count, NULL, &object, &error),
                  rows[i].status);
        CHECK(!object);
        CHECK_INT(error.code, rows[i].status);
        if (!strstr(error.message, rows[i].message)) CHECK_TEXT(error.message, rows[i].message);
    }
    mybpf_vm_destroy(vm);
}

/* The four map forms, with a map shared with the host. */
TEST(load, raw_maps)
{
    mybpf_vm *vm = vm_new();
    mybpf_map_desc desc = {"shared", MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, 0};
    mybpf_map *map = NULL;
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
    for (uint8_t source = 1; source <= 6; source++) {
        int is_value = source == MYBPF_PSEUDO_MAP_VALUE || source == MYBPF_PSEUDO_MAP_IDX_VALUE;
        mybpf_insn insns[4] = {{0x18, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}, {0, 0, 0, 0, 0}};
        mybpf_raw_desc raw = {"shared", MYBPF_PROG_TYPE_XDP, NULL, 1};
        mybpf_object *object = NULL;
        mybpf_map *maps[1];
        if (source == MYBPF_PSEUDO_BTF_ID || source == MYBPF_PSEUDO_FUNC) continue;
        CASE("source %d", source);
        maps[0] = map;
        raw.maps = maps;
        insns[0].src_reg = (uint8_t)(source & 15);
        insns[1].imm = is_value ? 3 : 0;
        CHECK_INT(mybpf_object_open_insns(vm, insns, 3, &raw, &object, NULL), 0);
        CHECK_INT(mybpf_program_type(mybpf_object_program(object, 0)), MYBPF_PROG_TYPE_XDP);
        CHECK_INT(mybpf_object_code(object)->insns[0].src_reg, is_value ? 6 : 5);
        uint64_t want =
            is_value ? (uint64_t)(uintptr_t)mybpf_map_value(map, "\0\0\0\0") + 3 : (uint64_t)(uintptr_t)map;
        CHECK_INT(object_run(object, "shared", 0), want);
        CHECK(mybpf_object_find_map(object, "shared") == map);
        mybpf_object_close(object);
    }
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- helpers and grants ---- */

static uint64_t add_one(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
    return r1 + 1;
}

TEST(load, grants)
{
    static const struct {
        const char *what;
        uint32_t helper;
        mybpf_range grant;
        int temp, status;
    } rows[] = {
        {"unknown base", 900000, {0, UINT32_MAX}, 0, MYBPF_ERR_VERIFY},
        {"user, not granted", MYBPF_HELPER_USER + 7, {1, 0}, 0, MYBPF_ERR_PERMISSION},
        {"user, others granted",
         MYBPF_HELPER_USER + 7,
         {MYBPF_HELPER_USER + 8, MYBPF_HELPER_TEMP},
         0,
         MYBPF_ERR_PERMISSION},
        {"user, granted", MYBPF_HELPER_USER + 7, {MYBPF_HELPER_USER + 7, MYBPF_HELPER_USER + 7}, 0, 0},
        {"user, in a range", MYBPF_HELPER_USER + 7, {0, UINT32_MAX}, 0, 0},
        {"unknown user", MYBPF_HELPER_USER + 9, {0, UINT32_MAX}, 0, MYBPF_ERR_VERIFY},
        {"temp, given", MYBPF_HELPER_TEMP + 1, {1, 0}, 1, 0},
        {"temp, not given", MYBPF_HELPER_TEMP + 1, {0, UINT32_MAX}, 0, MYBPF_ERR_VERIFY},
        {"negative", UINT32_MAX, {0, UINT32_MAX}, 0, MYBPF_ERR_VERIFY},
    };
    mybpf_helper user = {MYBPF_HELPER_USER + 7, "user_add", add_one, MYBPF_RET_INTEGER,
                         {MYBPF_ARG_ANY},       0,          NULL, 0, {0}, 0};
    mybpf_vm *vm = vm_new();
    CHECK_INT(mybpf_helper_register(vm, &user, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_insn insns[2] = {{0x85, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
        mybpf_helper temp = {MYBPF_HELPER_TEMP + 1, "temp_add", add_one, MYBPF_RET_INTEGER,
                             {MYBPF_ARG_ANY},       0,          NULL, 0, {0}, 0};
        mybpf_load_opts opts = {0};
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        uint64_t r0 = 0;
        char number[16];
        CASE("%s", rows[i].what);
        insns[0].imm = (int32_t)rows[i].helper;
        opts.trust = MYBPF_GUARDED;
        opts.grants = &rows[i].grant;
        opts.grant_count = 1;
        opts.temp = &temp;
        opts.temp_count = (size_t)rows[i].temp;
        CHECK_INT(mybpf_object_open_insns(vm, insns, 2, NULL, &object, NULL), 0);
        CHECK_INT(mybpf_object_load(object, &opts, &error), rows[i].status);
        temp.fn = NULL; /* the object has its own copy */
        if (rows[i].status) {
            snprintf(number, sizeof number, "%u", rows[i].helper);
            if (!strstr(error.message, number)) CHECK_TEXT(error.message, number);
            CHECK_INT(error.insn, 0);
            CHECK_TEXT(error.program, "main");
            CHECK(!mybpf_object_helper(object, rows[i].helper));
        } else {
            uint64_t args[5] = {41, 0, 0, 0, 0};
            mybpf_run_opts run = {0};
            run.args = args;
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, NULL), 0);
            CHECK_INT(r0, 42);
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(load, wrong_temp_helpers)
{
    mybpf_helper temp = {MYBPF_HELPER_USER, "temp", add_one, MYBPF_RET_INTEGER, {MYBPF_ARG_ANY}, 0, NULL, 0, {0}, 0};
    mybpf_load_opts opts = {0};
    mybpf_insn insns[2] = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
    mybpf_vm *vm = vm_new();
    opts.temp = &temp;
    opts.temp_count = 1;
    for (int i = 0; i < 3; i++) {
        mybpf_object *object = NULL;
        temp.id = i ? MYBPF_HELPER_TEMP : MYBPF_HELPER_USER;
        temp.fn = i == 1 ? NULL : add_one;
        opts.temp = i == 2 ? NULL : &temp;
        CHECK_INT(mybpf_object_open_insns(vm, insns, 2, NULL, &object, NULL), 0);
        CHECK_INT(mybpf_object_load(object, &opts, NULL), MYBPF_ERR_ARGUMENT);
        CHECK_INT(mybpf_object_load(object, NULL, NULL), MYBPF_ERR_STATE);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* ---- objects from clang ---- */

TEST(load, globals)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_globals");
    if (!object) return;
    CHECK_INT(object_run(object, "globals", 1), 173572215);
    CHECK_INT(mybpf_object_code(object)->func_count, 4); /* globals, twice, thrice, weak_one */
    CHECK(mybpf_object_find_map(object, ".bss") != NULL);
    CHECK(mybpf_object_find_map(object, "counters") != NULL);
    CHECK(!mybpf_object_find_map(object, ".maps"));
    CHECK(mybpf_object_map_is_section(object, 0));
    CHECK_INT(mybpf_map_describe(mybpf_object_find_map(object, ".rodata"))->flags, MYBPF_F_RDONLY_PROG);
    CHECK(!mybpf_object_section_data(object, ".data", NULL)); /* too late: it is loaded */
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A host sets globals between open and load. */
TEST(load, set_globals)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_globals");
    if (!object) return;
    size_t size = 0;
    uint8_t *bss = mybpf_object_section_data(object, ".bss", &size);
    int32_t *custom = mybpf_object_section_data(object, ".data.custom", NULL);
    CHECK_INT(size, 20); /* zeroes and hidden */
    CHECK(bss && custom && *custom == 7);
    CHECK(!mybpf_object_section_data(object, ".nothing", NULL));
    for (size_t i = 0; i < size && bss; i++) CHECK_INT(bss[i], 0);
    if (custom) *custom = 8;
    CHECK_INT(object_run(object, "globals", 1), 173572215 - 20000000);
    CHECK_INT(object_run(object, "globals", 1),
              173572215 - 20000000 + 10 + 200); /* .bss stays between runs */
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(load, programs)
{
    NEEDS_ELF();
    static const struct {
        const char *name, *section;
        uint32_t type;
        uint64_t r0;
    } rows[] = {{"first", "xdp", MYBPF_PROG_TYPE_XDP, 7},
                {"second", "xdp", MYBPF_PROG_TYPE_XDP, 14},
                {"third", "xdp", MYBPF_PROG_TYPE_XDP, 24},
                {"fourth", "kprobe/do_exit", MYBPF_PROG_TYPE_KPROBE, 15},
                {"fifth", "anything", MYBPF_PROG_TYPE_UNSPEC, 5}};
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_programs");
    if (!object) return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_program *program = mybpf_object_program(object, i);
        CASE("%s", rows[i].name);
        if (!program) {
            CHECK(program);
            break;
        }
        CHECK_TEXT(mybpf_program_name(program), rows[i].name);
        CHECK_TEXT(mybpf_program_section(program), rows[i].section);
        CHECK_INT(mybpf_program_type(program), rows[i].type);
        CHECK_INT(object_run(object, rows[i].name, 0), rows[i].r0);
    }
    CASE("rest");
    CHECK(!mybpf_object_program(object, 5)); /* the "?" section's is not wanted, nor what it calls */
    CHECK(!mybpf_object_find_program(object, "not_wanted"));
    CHECK_INT(mybpf_object_code(object)->func_count, 8);
    CHECK_TEXT(mybpf_object_license(object), "Dual MIT/GPL");
    CHECK_INT(mybpf_object_kernel_version(object), 0x050f00);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(load, text_only)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_text");
    if (!object) return;
    CHECK_TEXT(mybpf_program_section(mybpf_object_program(object, 0)), ".text");
    CHECK_INT(object_run(object, "entry", 0), 42);
    CHECK(!mybpf_object_program(object, 1));
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

static void check_maps(const mybpf_map_desc *want, size_t count, mybpf_object *object)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        mybpf_map_desc *desc = NULL;
        CASE("%s", want[i].name);
        for (size_t m = 0; (desc = mybpf_object_map_desc(object, m)) != NULL; m++)
            if (!strcmp(desc->name, want[i].name)) break;
        if (!desc) {
            CHECK(desc);
            continue;
        }
        found++;
        CHECK_INT(desc->type, want[i].type);
        CHECK_INT(desc->key_size, want[i].key_size);
        CHECK_INT(desc->value_size, want[i].value_size);
        CHECK_INT(desc->max_entries, want[i].max_entries);
        CHECK_INT(desc->flags, want[i].flags);
    }
    CASE("all");
    CHECK(!mybpf_object_map_desc(object, found));
}

TEST(load, legacy_maps)
{
    NEEDS_ELF();
    static const mybpf_map_desc want[] = {
        {"short_map", 2, 4, 8, 3, 0}, {"sample_map", 1, 8, 16, 100, 1}, {"tc_map", 2, 4, 4, 2, 0}};
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_legacy");
    if (!object) return;
    check_maps(want, 3, object);
    CHECK_INT(object_run(object, "legacy", 0), 42);
    uint32_t key = 1;
    uint64_t value = 0;
    CHECK_INT(mybpf_map_lookup(mybpf_object_find_map(object, "short_map"), &key, &value), 0);
    CHECK_INT(value, 42);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(load, btf_maps)
{
    NEEDS_ELF();
    static const mybpf_map_desc want[] = {{"typed", 1, 20, 48, 64, 1},
                                          {"sized", 2, 4, 16, 5, 0},
                                          {"named", 2, 4, 8, 1, 0},
                                          {"jumps", 3, 4, 4, 4, 0}};
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_maps");
    if (!object) return;
    check_maps(want, 4, object);
    CHECK_INT(object_run(object, "maps", 0), 77);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* An SPF image keeps what load writes into maps: pointers in data, elements of program arrays. */
TEST(load, through_spf)
{
    NEEDS_ELF();
    static const struct {
        const char *file, *program;
        uint64_t r1, r0;
    } rows[] = {{"load_maps", "maps", 0, 77}, {"load_globals", "globals", 1, 173572215}};
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_object *object = object_open(vm, rows[i].file), *image = NULL;
        mybpf_load_opts opts = {0};
        mybpf_error error = {0};
        void *bytes = NULL;
        size_t size = 0;
        CASE("%s", rows[i].file);
        if (!object) continue;
        opts.trust = MYBPF_TRUSTED;
        CHECK_INT(mybpf_object_load(object, &opts, NULL), 0);
        CHECK_INT(mybpf_aot_spf(object, NULL, &bytes, &size, &error), 0);
        mybpf_object_close(object);
        if (!bytes) continue;
        CHECK_INT(mybpf_object_open(vm, bytes, size, &image, NULL), 0);
        mybpf_vm_realloc(vm, bytes, 0);
        if (image) CHECK_INT(object_run(image, rows[i].program, rows[i].r1), rows[i].r0);
        mybpf_object_close(image);
    }
    mybpf_vm_destroy(vm);
}

/* Sizes may be changed until load. */
TEST(load, resized_map)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_legacy");
    if (!object) return;
    mybpf_object_map_desc(object, 0)->max_entries = 1;
    CHECK_INT((int)object_run(object, "legacy", 0), -1);
    CHECK(!mybpf_object_map_desc(object, 0));
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A global section may grow, and is nothing but a section. */
TEST(load, resized_section)
{
    NEEDS_ELF();
    for (int change = 0; change < 5; change++) {
        mybpf_vm *vm = vm_new();
        mybpf_object *object = object_open(vm, "load_globals");
        mybpf_map_desc *desc = object ? mybpf_object_map_desc(object, 0) : NULL;
        mybpf_error error = {0};
        if (!desc) return;
        CASE("change %d of %s", change, desc->name);
        if (change == 0) desc->value_size += 100;
        if (change == 1) desc->value_size -= 1;
        if (change == 2) desc->type = MYBPF_MAP_TYPE_HASH;
        if (change == 3) desc->max_entries = 2;
        if (change == 4) desc->key_size = 8;
        if (!change)
            CHECK_INT(object_run(object, "globals", 1), 173572215);
        else
            CHECK_INT(mybpf_object_load(object, NULL, &error), MYBPF_ERR_ARGUMENT);
        mybpf_object_close(object);
        mybpf_vm_destroy(vm);
    }
}

TEST(load, missing_symbol)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    size_t size = 0;
    uint8_t *bytes = object_bytes("load_missing", &size);
    CHECK_INT(mybpf_object_open(vm, bytes, size, &object, &error), MYBPF_ERR_NOT_FOUND);
    CHECK(strstr(error.message, "nowhere") != NULL);
    free(bytes);
    mybpf_vm_destroy(vm);
}

/* A missing function may be a helper's name: as ubpf's objects call theirs. */
TEST(load, helper_by_name)
{
    NEEDS_ELF();
    mybpf_helper user = {MYBPF_HELPER_USER + 7, "missing", add_one, MYBPF_RET_INTEGER,
                         {MYBPF_ARG_ANY},       0,         NULL, 0, {0}, 0};
    mybpf_range grant = {MYBPF_HELPER_USER, MYBPF_HELPER_TEMP};
    mybpf_vm *vm = vm_new();
    CHECK_INT(mybpf_helper_register(vm, &user, NULL), 0);
    for (int prefix = 0; prefix < 2; prefix++) {
        mybpf_load_opts opts = {0};
        mybpf_object *object = NULL;
        elf_file file;
        elf_build(&file);
        elf_patch(&file, file.at[S_CODE_REL] + 32 + 8, 8, ELF64_R_INFO((uint64_t)Y_MISSING, 10));
        if (prefix) { /* over other symbols' names */
            memcpy(file.bytes + file.at[S_NAMES] + 64, "bpf_missing", 12);
            elf_patch(&file, file.at[S_SYMBOLS] + Y_MISSING * sizeof(Elf64_Sym), 4, 64);
        }
        opts.grants = &grant;
        opts.grant_count = 1;
        CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, NULL), 0);
        if (object) CHECK_INT(mybpf_object_code(object)->insns[4].imm, (int32_t)user.id);
        CHECK_INT(mybpf_object_load(object, prefix ? &opts : NULL, NULL), prefix ? 0 : MYBPF_ERR_PERMISSION);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* Relocations that carry their addends, as gcc's assembler may write them. */
TEST(load, rela)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = NULL;
    elf_file file;
    elf_build(&file);
    const Elf64_Rela relocs[] = {{0, ELF64_R_INFO((uint64_t)Y_DATA, 1), 12},
                                 {32, ELF64_R_INFO((uint64_t)Y_FUNC, 10), 0}};
    memcpy(file.bytes + file.size, relocs, sizeof relocs);
    elf_patch(&file, file.headers + S_CODE_REL * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_type), 4,
              SHT_RELA);
    elf_patch(&file, file.headers + S_CODE_REL * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_offset), 8,
              file.size);
    file.size += sizeof relocs;
    CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, NULL), 0);
    if (object) CHECK_INT(mybpf_object_code(object)->insns[1].imm, 12);
    if (object) CHECK_INT(object_run(object, "run", 0), 7);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A fault names the function and the source line. */
TEST(load, fault_line)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_fault");
    uint64_t args[5] = {16, 0, 0, 0, 0};
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    mybpf_error error = {0};
    if (!object) return;
    load.trust = MYBPF_GUARDED;
    run.args = args;
    CHECK_INT(mybpf_object_load(object, &load, &error), 0);
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, NULL, &error), MYBPF_FAULT_ACCESS);
    CHECK_TEXT(error.program, "reach");
    CHECK_INT(error.line, 4);
    CHECK_TEXT(error.file, "load_fault.c");
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

static void tell_lines(void *user, const mybpf_log_line *line)
{
    char *text = (char *)user;
    snprintf(text + strlen(text), 4096 - strlen(text), "%s\n", line->text);
}

/* The log of a load has source lines. */
TEST(load, source_lines)
{
    NEEDS_ELF();
    static char text[4096];
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_fault");
    mybpf_load_opts load = {0};
    mybpf_error error = {0};
    if (!object) return;
    text[0] = 0;
    load.ctx_size = 2;
    load.log = tell_lines;
    load.log_user = text;
    CHECK_INT(mybpf_object_load(object, &load, &error), MYBPF_ERR_VERIFY);
    CHECK_TEXT(error.file, "load_fault.c");
    CHECK(strstr(text, "reach: ") == text);
    CHECK(strstr(text, "\n  source: load_fault.c:4: return *(volatile int *)address; /* line 4: the test") !=
          NULL);
    CHECK(strstr(text, "call pc+1  ; reach  ; load_fault.c:7: __attribute__") != NULL);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A refusal names function and instruction. */
TEST(load, located)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_legacy");
    mybpf_load_opts opts = {0};
    mybpf_error error = {0};
    if (!object) return;
    mybpf_object_map_desc(object, 0)->type = 4; /* perf_event_array */
    CHECK_INT(mybpf_object_load(object, &opts, &error), MYBPF_ERR_UNSUPPORTED);
    CHECK(strstr(error.message, "short_map") != NULL);
    mybpf_object_close(object);
    elf_file file;
    elf_build(&file);
    elf_patch(&file, file.at[S_TEXT] + 4, 4, 123456);
    file.bytes[file.at[S_TEXT]] = 0x85;
    CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), 0);
    CHECK_INT(mybpf_object_load(object, &opts, &error), MYBPF_ERR_VERIFY);
    CHECK_INT(error.insn, 6);
    CHECK_TEXT(error.program, "func");
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* ---- section names ---- */

TEST(load, section_types)
{
    NEEDS_ELF();
    static const struct {
        const char *section;
        uint32_t type;
    } rows[] = {{"xdp", 6},         {"xdp.frags", 6},
                {"xdp_drop", 6},    {"xdpx", 0},
                {"tp/a/b", 5},      {"tp_btf/x", 26},
                {"tc", 3},          {"tcx/in", 3},
                {"tcmd/x", 1000},   {"tcmd", 1000},
                {"socket1", 1},     {"sockops", 13},
                {"raw_tp.w/x", 24}, {"raw_tp/x", 17},
                {"lsm.s/x", 29},    {"cgroup/connect4", 18},
                {"cgroup/dev", 15}, {"kprobe.multi/tcp_*", 2},
                {"syscall", 31},    {"iter/task", 26},
                {"fentry.s/x", 26}, {"x", 0}};
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        elf_file file;
        mybpf_object *object = NULL;
        CASE("%s", rows[i].section);
        elf_build(&file);
        /* a string table of its own at the end, for the code section's name */
        size_t at = file.size;
        memset(file.bytes + at, 0, 64);
        memcpy(file.bytes + at, file.bytes + file.at[S_NAMES], 96);
        strcpy((char *)file.bytes + at + 96, rows[i].section);
        file.size += 128;
        elf_patch(&file, file.headers + S_NAMES * 64 + 24, 8, at);
        elf_patch(&file, file.headers + S_NAMES * 64 + 32, 8, 128);
        elf_patch(&file, file.headers + S_CODE * 64, 4, 96);
        CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, NULL), 0);
        if (object) CHECK_INT(mybpf_program_type(mybpf_object_program(object, 0)), rows[i].type);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* ---- broken files ---- */

#define HEADER(field) 0, offsetof(Elf64_Ehdr, field), sizeof((Elf64_Ehdr *)0)->field
#define SECTION(section, field)                                                                              \
    1, (section) * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, field), sizeof((Elf64_Shdr *)0)->field
#define SYMBOL(symbol, field)                                                                                \
    2, (symbol) * sizeof(Elf64_Sym) + offsetof(Elf64_Sym, field), sizeof((Elf64_Sym *)0)->field
#define RELOC(index, field)                                                                                  \
    3, (index) * sizeof(Elf64_Rel) + offsetof(Elf64_Rel, field), sizeof((Elf64_Rel *)0)->field
#define DATA_RELOC(field) 4, offsetof(Elf64_Rel, field), sizeof((Elf64_Rel *)0)->field
#define CODE(slot)        5, (slot)*8 + 4, 4
#define TO(symbol, type)  ELF64_R_INFO((uint64_t)(symbol), type)

static const struct {
    const char *what;
    int place; /* 0 file, 1 section headers, 2 symbols, 3 and 4 relocations, 5 code */
    size_t offset, width;
    uint64_t value;
    int status;
    const char *message;
} breaks[] = {
    {"nothing", HEADER(e_version), EV_CURRENT, 0, ""},
    {"machine", HEADER(e_machine), EM_X86_64, MYBPF_ERR_TARGET, "machine 62"},
    {"no machine", HEADER(e_machine), EM_NONE, 0, ""},
    {"section header size", HEADER(e_shentsize), 1, MYBPF_ERR_FORMAT, "section headers"},
    {"executable", HEADER(e_type), ET_EXEC, MYBPF_ERR_FORMAT, "relocatable"},
    {"section table outside", HEADER(e_shoff), 1 << 20, MYBPF_ERR_FORMAT, "section"},
    {"section table at the top", HEADER(e_shoff), UINT64_MAX - 63, MYBPF_ERR_FORMAT, "section"},
    {"too many sections", HEADER(e_shnum), 60000, MYBPF_ERR_FORMAT, "section"},
    {"names in no section", HEADER(e_shstrndx), 99, MYBPF_ERR_FORMAT, ""},
    {"names in code", HEADER(e_shstrndx), S_CODE, MYBPF_ERR_FORMAT, "string table"},
    {"name outside", SECTION(S_CODE, sh_name), 10000, MYBPF_ERR_FORMAT, "name"},
    {"strings without an end", SECTION(S_NAMES, sh_size), 5, MYBPF_ERR_FORMAT, "zero byte"},
    {"no strings", SECTION(S_NAMES, sh_size), 0, MYBPF_ERR_FORMAT, "zero byte"},
    {"section offset", SECTION(S_CODE, sh_offset), UINT64_MAX - 8, MYBPF_ERR_FORMAT, "outside the file"},
    {"section too long", SECTION(S_CODE, sh_size), UINT64_MAX, MYBPF_ERR_FORMAT, "outside the file"},
    {"code of odd size", SECTION(S_CODE, sh_size), 47, MYBPF_ERR_FORMAT, "instructions"},
    {"code shorter than its function", SECTION(S_CODE, sh_size), 40, MYBPF_ERR_FORMAT, "run"},
    {"huge .bss", SECTION(S_DATA, sh_type), SHT_NOBITS, MYBPF_ERR_FORMAT, ".data"},
    {"symbol size", SECTION(S_SYMBOLS, sh_entsize), 0, MYBPF_ERR_FORMAT, "symbol table"},
    {"odd symbol table", SECTION(S_SYMBOLS, sh_size), 25, MYBPF_ERR_FORMAT, "symbol table"},
    {"no symbols", SECTION(S_SYMBOLS, sh_size), 0, MYBPF_ERR_FORMAT, ""},
    {"symbol names nowhere", SECTION(S_SYMBOLS, sh_link), 1000, MYBPF_ERR_FORMAT, "1000"},
    {"symbol names in data", SECTION(S_SYMBOLS, sh_link), S_DATA, MYBPF_ERR_FORMAT, "string table"},
    {"two symbol tables", SECTION(S_DATA, sh_type), SHT_SYMTAB, MYBPF_ERR_FORMAT, "symbol table"},
    {"odd relocations", SECTION(S_CODE_REL, sh_size), 17, MYBPF_ERR_FORMAT, "relocations"},
    {"relocations with addends", SECTION(S_DATA_REL, sh_type), SHT_RELA, MYBPF_ERR_FORMAT, "relocations"},
    {"relocations of nothing", SECTION(S_CODE_REL, sh_info), 99, MYBPF_ERR_FORMAT, "section 99"},
    {"relocations of another's section", SECTION(S_DATA_REL, sh_info), S_CODE, MYBPF_ERR_FORMAT,
     "not the first"},
    {"relocations without symbols", SECTION(S_CODE_REL, sh_link), S_DATA, MYBPF_ERR_FORMAT, "symbol table"},
    {"symbol in no section", SYMBOL(Y_FUNC, st_shndx), 77, MYBPF_ERR_FORMAT, "77"},
    {"symbol name outside", SYMBOL(Y_FUNC, st_name), 9999, MYBPF_ERR_FORMAT, "name"},
    {"function too long", SYMBOL(Y_FUNC, st_size), 24, MYBPF_ERR_FORMAT, "func"},
    {"function of odd size", SYMBOL(Y_FUNC, st_size), 12, MYBPF_ERR_FORMAT, "func"},
    {"function outside", SYMBOL(Y_FUNC, st_value), 16, MYBPF_ERR_FORMAT, "func"},
    {"function at the top", SYMBOL(Y_FUNC, st_value), UINT64_MAX - 7, MYBPF_ERR_FORMAT, "func"},
    {"function between instructions", SYMBOL(Y_FUNC, st_value), 4, MYBPF_ERR_FORMAT, "func"},
    {"no program", SYMBOL(Y_PROGRAM, st_info), ELF64_ST_INFO(STB_LOCAL, STT_FUNC), MYBPF_ERR_FORMAT,
     "no program"},
    {"function that is a global", SYMBOL(Y_FUNC, st_shndx), S_DATA, MYBPF_ERR_NOT_FOUND, "func"},
    {"common symbol", SYMBOL(Y_DATA, st_shndx), SHN_COMMON, MYBPF_ERR_UNSUPPORTED, "-fno-common"},
    {"absolute symbol", SYMBOL(Y_DATA, st_shndx), SHN_ABS, 0, ""},
    {"global in the license", SYMBOL(Y_DATA, st_shndx), S_LICENSE, MYBPF_ERR_FORMAT, "number"},
    {"global outside", SYMBOL(Y_DATA, st_value), 17, MYBPF_ERR_FORMAT, "outside"},
    {"global at the end", SYMBOL(Y_DATA, st_value), 8, 0, ""},
    {"map elsewhere", SYMBOL(Y_MAP, st_value), 8, MYBPF_ERR_FORMAT, "map"},
    {"map outside", SYMBOL(Y_MAP, st_value), 4000, MYBPF_ERR_FORMAT, "map"},
    {"relocation outside", RELOC(0, r_offset), 48, MYBPF_ERR_FORMAT, "offset 48"},
    {"relocation at the top", RELOC(0, r_offset), UINT64_MAX - 7, MYBPF_ERR_FORMAT, "no instruction"},
    {"relocation between instructions", RELOC(0, r_offset), 4, MYBPF_ERR_FORMAT, "offset 4"},
    {"relocation of another instruction", RELOC(0, r_offset), 40, MYBPF_ERR_UNSUPPORTED, "offset 40"},
    {"relocation of half an lddw", RELOC(0, r_offset), 8, MYBPF_ERR_UNSUPPORTED, "offset 8"},
    {"relocation type", RELOC(0, r_info), TO(Y_DATA, 77), MYBPF_ERR_UNSUPPORTED, "type"},
    {"relocation to nothing", RELOC(0, r_info), TO(0, 1), MYBPF_ERR_FORMAT, "symbol 0"},
    {"relocation to no symbol", RELOC(0, r_info), TO(Y_COUNT, 1), MYBPF_ERR_FORMAT, "symbol 6"},
    {"relocation without effect", RELOC(0, r_info), TO(0, 0), 0, ""},
    {"call of a missing symbol", RELOC(2, r_info), TO(Y_MISSING, 10), MYBPF_ERR_NOT_FOUND, "missing"},
    {"call of a map", RELOC(2, r_info), TO(Y_MAP, 10), MYBPF_ERR_NOT_FOUND, "map"},
    {"call into the middle", CODE(4), 0, MYBPF_ERR_FORMAT, "func"},
    {"call beyond", CODE(4), INT32_MAX, MYBPF_ERR_FORMAT, "func"},
    {"call before", CODE(4), (uint32_t)-2, MYBPF_ERR_FORMAT, "func"},
    {"addend outside", CODE(0), 17, MYBPF_ERR_FORMAT, "number"},
    {"negative addend", CODE(0), (uint32_t)-1, MYBPF_ERR_FORMAT, "number"},
    {"addend of 64 bits", CODE(1), 1, MYBPF_ERR_FORMAT, "number"},
    {"pointer outside", DATA_RELOC(r_offset), 9, MYBPF_ERR_FORMAT, ".data"},
    {"pointer at the top", DATA_RELOC(r_offset), UINT64_MAX, MYBPF_ERR_FORMAT, ".data"},
    {"pointer of 4 bytes", DATA_RELOC(r_info), TO(Y_FUNC, 3), MYBPF_ERR_UNSUPPORTED, "8 bytes"},
    {"pointer to a map", DATA_RELOC(r_info), TO(Y_MAP, 2), MYBPF_ERR_UNSUPPORTED, "map"},
    {"pointer to nothing", DATA_RELOC(r_info), TO(Y_MISSING, 2), MYBPF_ERR_NOT_FOUND, "missing"},
    {"pointer to data", DATA_RELOC(r_info), TO(Y_DATA, 2), 0, ""},
};

static size_t break_place(const elf_file *file, int place)
{
    switch (place) {
    case 1: return file->headers;
    case 2: return file->at[S_SYMBOLS];
    case 3: return file->at[S_CODE_REL];
    case 4: return file->at[S_DATA_REL];
    case 5: return file->at[S_CODE];
    default: return 0;
    }
}

TEST(load, broken_elf)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        elf_file file;
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("%s", breaks[i].what);
        elf_build(&file);
        elf_patch(&file, break_place(&file, breaks[i].place) + breaks[i].offset, breaks[i].width,
                  breaks[i].value);
        CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), breaks[i].status);
        if (!strstr(error.message, breaks[i].message)) CHECK_TEXT(error.message, breaks[i].message);
        CHECK_INT(error.message[0] != 0, breaks[i].status != 0);
        CHECK_INT(object != NULL, breaks[i].status == 0);
        if (object) CHECK_INT(object_run(object, "run", 0), 7);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(load, other_files)
{
    static const struct {
        const char *what, *bytes;
        size_t size;
        int status;
    } rows[] = {
        {"empty", "", 0, MYBPF_ERR_FORMAT},
        {"one byte", "\177", 1, MYBPF_ERR_FORMAT},
        {"text", "#!/bin/sh\n", 10, MYBPF_ERR_FORMAT},
        {"magic alone", "\177ELF", 4, MYBPF_ERR_FORMAT},
        {"zeroes", "\0\0\0\0\0\0\0\0", 8, MYBPF_ERR_FORMAT},
        {"an archive", "!<arch>\n", 8, MYBPF_ERR_FORMAT},
    };
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("%s", rows[i].what);
        int status = rows[i].status;
#ifdef MYBPF_NO_ELF
        if (rows[i].bytes[0] == '\177' && rows[i].size > 1) status = MYBPF_ERR_UNSUPPORTED;
#endif
        CHECK_INT(mybpf_object_open(vm, rows[i].bytes, rows[i].size, &object, &error), status);
        CHECK(!object && error.message[0]);
    }
    mybpf_vm_destroy(vm);
}

/* A whole header of the other byte order. */
TEST(load, other_byte_order)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    elf_file file;
    elf_build(&file);
    for (size_t at = 16; at < 20; at += 2) { /* type and machine */
        uint8_t low = file.bytes[at];
        file.bytes[at] = file.bytes[at + 1];
        file.bytes[at + 1] = low;
    }
    file.bytes[EI_DATA] = MYBPF_BIG_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
    memset(file.bytes + offsetof(Elf64_Ehdr, e_shoff), 0, 8);
    memset(file.bytes + offsetof(Elf64_Ehdr, e_shnum), 0, 4);
    CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), MYBPF_ERR_TARGET);
    CHECK(strstr(error.message, "endian") != NULL);
    mybpf_vm_destroy(vm);
}

/* What clang makes for the one and for the other. */
TEST(load, both_byte_orders)
{
    NEEDS_ELF();
    static const char *const names[] = {"load_bpfel", "load_bpfeb"};
    for (int big = 0; big < 2; big++) {
        mybpf_vm *vm = vm_new();
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        size_t size = 0;
        uint8_t *bytes = object_bytes(names[big], &size);
        CASE("%s", names[big]);
        int status = mybpf_object_open(vm, bytes, size, &object, &error);
        if (big == MYBPF_BIG_ENDIAN) {
            CHECK_TEXT(error.message, "");
            if (object) CHECK_INT(object_run(object, "first_byte", 0), big ? 0 : 42);
        } else {
            CHECK_INT(status, MYBPF_ERR_TARGET);
            CHECK_TEXT(error.message,
                       big ? "big-endian object on a little-endian machine: compile it with -target bpfel"
                           : "little-endian object on a big-endian machine: compile it with -target bpfeb");
        }
        mybpf_object_close(object);
        free(bytes);
        mybpf_vm_destroy(vm);
    }
}

/* Names come from the file; a message stays one printable line. */
TEST(load, odd_names)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    elf_file file;
    elf_build(&file);
    elf_patch(&file, file.at[S_CODE_REL] + 32 + 8, 8, TO(Y_MISSING, 10));
    memcpy(file.bytes + file.at[S_NAMES] + 84, "m\033[\nsin", 7);
    CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), MYBPF_ERR_NOT_FOUND);
    CHECK(strstr(error.message, "m?[?sin") != NULL);
    mybpf_vm_destroy(vm);
}

/* Opens, loads and runs whatever the bytes are. Accepting and refusing are both right: nothing may crash,
 * and a refusal is one line. The bytes are copied so that a sanitizer sees their end. */
static void try_bytes(mybpf_vm *vm, const uint8_t *from, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    memcpy(bytes, from, size);
    int status = mybpf_object_open(vm, bytes, size, &object, &error);
    free(bytes);
    load.trust = MYBPF_GUARDED;
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status) {
        CHECK_INT(error.code, status);
        CHECK(error.message[0] && !strchr(error.message, '\n'));
    }
    run.max_steps = 1000;
    for (size_t i = 0; !status && mybpf_object_program(object, i); i++)
        mybpf_program_run(mybpf_object_program(object, i), &run, NULL, &error);
    mybpf_object_close(object);
}

/* Every prefix of the file, and every byte of it changed in `flips` ways. */
static void try_damaged(const uint8_t *whole, size_t size, int flips)
{
    static const uint8_t masks[] = {0xff, 0x01, 0x80, 0x08};
    mybpf_vm *vm = vm_new();
    uint8_t *bytes = malloc(size);
    memcpy(bytes, whole, size);
    for (size_t length = 0; length < size; length++) try_bytes(vm, bytes, length);
    for (size_t at = 0; at < size; at++)
        for (int flip = 0; flip < flips; flip++) {
            CASE("byte %zu ^ 0x%x", at, masks[flip]);
            bytes[at] = whole[at] ^ masks[flip];
            try_bytes(vm, bytes, size);
            bytes[at] = whole[at];
        }
    free(bytes);
    mybpf_vm_destroy(vm);
}

TEST(load, damaged_small)
{
    NEEDS_ELF();
    elf_file file;
    elf_build(&file);
    try_damaged(file.bytes, file.size, 4);
}

TEST(load, damaged_btf)
{
    NEEDS_ELF();
    size_t size = 0;
    uint8_t *bytes = object_bytes("load_maps", &size);
    CHECK(bytes != NULL);
    if (bytes) try_damaged(bytes, size, 1);
    free(bytes);
}
