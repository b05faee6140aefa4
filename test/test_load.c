/* test_load.c: opening, linking and loading: raw instructions, objects from clang. */
#include "load_elf.h"
#include "load_object.h"
#include "mybpf_aot.h"
#include "test.h"

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
    mybpf_map_desc desc = {"shared", MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, 0, 0, NULL};
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
        {"unknown base", 999999, {0, UINT32_MAX}, 0, MYBPF_ERR_VERIFY},
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
    mybpf_helper user = {
        MYBPF_HELPER_USER + 7, "user_add", add_one, MYBPF_RET_INTEGER, {MYBPF_ARG_ANY}, 0, NULL, 0, {0}, 0};
    mybpf_vm *vm = vm_new();
    CHECK_INT(mybpf_helper_register(vm, &user, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_insn insns[2] = {{0x85, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
        mybpf_helper temp = {MYBPF_HELPER_TEMP + 1,
                             "temp_add",
                             add_one,
                             MYBPF_RET_INTEGER,
                             {MYBPF_ARG_ANY},
                             0,
                             NULL,
                             0,
                             {0},
                             0};
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
    mybpf_helper temp = {
        MYBPF_HELPER_USER, "temp", add_one, MYBPF_RET_INTEGER, {MYBPF_ARG_ANY}, 0, NULL, 0, {0}, 0};
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

/* Global variables by name, before and after load. */
TEST(load, find_globals)
{
    NEEDS_ELF();
    static const char *const names[] = {"number", "zeroes", "constants", "text", "custom", "other_name"};
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_globals");
    if (!object) return;
    mybpf_global global;
    size_t size = 0, found = 0;
    for (size_t i = 0; mybpf_object_global(object, i, &global); i++) {
        CHECK(strcmp(global.name, "hidden") && strcmp(global.name, "missing") && strcmp(global.name, "globals"));
        for (size_t n = 0; n < sizeof names / sizeof *names; n++) found += !strcmp(global.name, names[n]);
        CHECK(mybpf_object_map_is_section(object, global.map));
    }
    CHECK_INT(found, sizeof names / sizeof *names);
    for (int loaded = 0; loaded < 2; loaded++) {
        CASE("loaded: %d", loaded);
        int32_t *custom = mybpf_object_find_global(object, "custom", &size),
                *constants = mybpf_object_find_global(object, "constants", NULL),
                *zeroes = mybpf_object_find_global(object, "zeroes", NULL);
        CHECK_INT(size, 4);
        CHECK(custom && *custom == 7 + loaded);
        CHECK(constants && constants[3] == 40);
        CHECK(zeroes && zeroes[1] == loaded);
        CHECK(!mybpf_object_find_global(object, "hidden", NULL));
        CHECK(!mybpf_object_find_global(object, "", NULL));
        if (custom) *custom = 8;
        if (!loaded) CHECK_INT(object_run(object, "globals", 1), 173572215 - 20000000);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

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
        mybpf_program *program = mybpf_object_program(object, i + (i == 4)); /* that of "?..." is between */
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
    CHECK(!mybpf_object_program(object, 6)); /* the "?" section's is not wanted, nor what it calls */
    CHECK(mybpf_object_find_program(object, "not_wanted") && !mybpf_program_autoload(mybpf_object_find_program(object, "not_wanted")));
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
    static const mybpf_map_desc want[] = {{"short_map", 2, 4, 8, 3, 0, 0, NULL},
                                          {"sample_map", 1, 8, 16, 100, 1, 0, NULL},
                                          {"tc_map", 2, 4, 4, 2, 0, 0, NULL}};
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

TEST(load, maps_of_maps)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_of_maps");
    mybpf_map_desc *desc = NULL;
    if (!object) return;
    for (size_t m = 0; (desc = mybpf_object_map_desc(object, m)) != NULL; m++) {
        if (!strcmp(desc->name, "filter")) CHECK_INT(desc->extra, 3);
        if (strcmp(desc->name, "outer")) continue;
        CHECK_INT(desc->value_size, 4);
        CHECK(desc->inner && desc->inner->value_size == 8);
    }
    CHECK_INT(object_run(object, "nested", 0), 1110);
    CHECK_INT(object_run(object, "nested", 0), 2220);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(load, btf_maps)
{
    NEEDS_ELF();
    static const mybpf_map_desc want[] = {{"typed", 1, 20, 48, 64, 1, 0, NULL},
                                          {"sized", 2, 4, 16, 5, 0, 0, NULL},
                                          {"named", 2, 4, 8, 1, 0, 0, NULL},
                                          {"jumps", 3, 4, 4, 4, 0, 0, NULL}};
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_maps");
    if (!object) return;
    check_maps(want, 4, object);
    CHECK_INT(object_run(object, "maps", 0), 77);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A lock that BTF tells of, and an image keeps: its bytecode is proven again. */
TEST(load, lock)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    for (int form = 0; form < 2; form++) {
        mybpf_object *object = object_open(vm, "load_lock");
        mybpf_error error = {0};
        uint32_t ctx[48] = {1};
        mybpf_run_opts run = {0};
        uint64_t r0 = 0;
        CASE("form %d", form);
        if (!object) break;
        if (mybpf_object_load(object, NULL, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
        if (form) {
            mybpf_aot_opts aot = {NULL, NULL};
            void *image = NULL;
            size_t size = 0;
            CHECK_INT(mybpf_aot_spf(object, &aot, &image, &size, &error), 0);
            mybpf_object_close(object);
            object = NULL;
            CHECK_INT(mybpf_object_open(vm, image, size, &object, &error), 0);
            mybpf_vm_realloc(vm, image, 0);
            if (mybpf_object_load(object, NULL, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
        }
        CHECK_INT(mybpf_map_lock(mybpf_object_map(object, 0)), 9);
        run.ctx = ctx;
        run.ctx_size = sizeof ctx;
        for (int i = 0; i < 3; i++)
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
        CHECK_INT((int32_t)r0, -2);
        mybpf_object_close(object);
    }
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

/* What only looks at an object need not have what its programs would. */
TEST(load, describe)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    size_t size = 0;
    uint8_t *bytes = object_bytes("externs_strong", &size);
    mybpf_open_opts opts;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    if (!bytes) {
        test_fail(__FILE__, __LINE__, "externs_strong was not built");
        return;
    }
    memset(&opts, 0, sizeof opts);
    CHECK_INT(mybpf_object_open_with(vm, bytes, size, &opts, &object, &error), MYBPF_ERR_NOT_FOUND);
    opts.describe = 1;
    CHECK_INT(mybpf_object_open_with(vm, bytes, size, &opts, &object, &error), 0);
    if (object) CHECK(mybpf_object_program(object, 0) != NULL);
    if (object) CHECK_INT(mybpf_object_load(object, NULL, &error), MYBPF_ERR_STATE);
    CHECK_TEXT(error.message, "the object was opened to be described");
    mybpf_object_close(object);
    free(bytes);
    mybpf_vm_destroy(vm);
}

/* Sizes may be changed until load. */
TEST(load, resized_map)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = object_open(vm, "load_legacy");
    if (!object) return;
    CHECK(mybpf_object_find_map_desc(object, mybpf_object_map_desc(object, 0)->name) ==
          mybpf_object_map_desc(object, 0));
    CHECK(!mybpf_object_find_map_desc(object, "no such map"));
    mybpf_object_map_desc(object, 0)->max_entries = 1;
    CHECK_INT((int)object_run(object, "legacy", 0), -1);
    CHECK(!mybpf_object_map_desc(object, 0));
    CHECK(!mybpf_object_find_map_desc(object, mybpf_map_describe(mybpf_object_map(object, 0))->name));
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
    mybpf_helper user = {
        MYBPF_HELPER_USER + 7, "missing", add_one, MYBPF_RET_INTEGER, {MYBPF_ARG_ANY}, 0, NULL, 0, {0}, 0};
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
    CHECK(strstr(text, "  ; reach  ; load_fault.c:7: __attribute__") != NULL);
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
    mybpf_object_map_desc(object, 0)->type = 34; /* insn_array */
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
