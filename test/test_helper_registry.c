/* test_helper_registry.c: registering helpers, what a load may call, and what a helper may touch by itself.
 */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

static mybpf_vm *vm;
static mybpf_env *env;

static void setup(void)
{
    mybpf_host host;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    CHECK_INT(mybpf_env_create(vm, NULL, &env, NULL), 0);
}

static void teardown(void)
{
    mybpf_env_destroy(env);
    mybpf_vm_destroy(vm);
}

static uint64_t call(uint32_t id, uint64_t r1)
{
    const mybpf_helper *helper = mybpf_helper_find(vm, id);
    CHECK(helper && helper->fn);
    return helper && helper->fn ? helper->fn(r1, 0, 0, 0, 0, env) : 0;
}

/* ---- the registry ---- */

static uint64_t mine(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *e)
{
    (void)r2, (void)r3, (void)r4, (void)r5, (void)e;
    return r1 + 1;
}

static mybpf_helper record(uint32_t id, const char *name)
{
    mybpf_helper helper;
    memset(&helper, 0, sizeof helper);
    helper.id = id;
    helper.name = name;
    helper.fn = mine;
    helper.args[0] = MYBPF_ARG_ANY;
    return helper;
}

TEST(helper_registry, names)
{
    NEEDS_ELF(); /* without it, helpers that do not run here have no names */
    setup();
    CHECK_INT(mybpf_helper_find_name(vm, "trace_printk")->id, 6);
    CHECK(mybpf_helper_find_name(vm, "no such") == NULL);
    CHECK(mybpf_helper_find(vm, 110) == NULL);
    CHECK_TEXT(mybpf_helper_name(22), "perf_event_read");
    CHECK_TEXT(mybpf_helper_name(1), "map_lookup_elem");
    CHECK_TEXT(mybpf_helper_name(211), "cgrp_storage_delete");
    CHECK(mybpf_helper_name(0) == NULL);
    CHECK(mybpf_helper_name(212) == NULL);
    CHECK(mybpf_helper_name(UINT32_MAX) == NULL);
    int checked = 0; /* what runs here has its official name and a prototype that registration would take */
    for (uint32_t id = 1; id < MYBPF_HELPER_SYS + 100; id++) {
        const mybpf_helper *helper = mybpf_helper_find(vm, id);
        mybpf_error error = {0};
        if (id == 1000) id = MYBPF_HELPER_SYS;
        if (!helper) continue;
        CASE("helper %u", id);
        CHECK_INT(helper->id, id);
        if (id < 1000) CHECK_TEXT(helper->name, mybpf_helper_name(id));
        if (mybpf_helper_register(vm, helper, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
        checked++;
    }
    CHECK(checked > 40);
    teardown();
}

TEST(helper_registry, registration)
{
    setup();
    mybpf_error error = {0};
    mybpf_helper helper = record(MYBPF_HELPER_USER, "mine");
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    const mybpf_helper *found = mybpf_helper_find(vm, MYBPF_HELPER_USER);
    CHECK(found && found != &helper && found == mybpf_helper_find_name(vm, "mine"));
    CHECK_INT(call(MYBPF_HELPER_USER, 41), 42);
    helper = record(5, "ktime_get_ns"); /* in a built-in's place */
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    CHECK_INT(call(5, 9), 10);
    helper = record(22, "perf_event_read"); /* an official one that is not built in */
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    CHECK_INT(call(22, 1), 2);
    helper = record(MYBPF_HELPER_USER + 1, "mine");
    CHECK_INT(mybpf_helper_register(vm, &helper, &error), MYBPF_ERR_EXISTS);
    CHECK_TEXT(error.message, "helper 2000001: the name mine belongs to helper 2000000");
    CHECK(mybpf_helper_find(vm, MYBPF_HELPER_USER) == found); /* where it was */
    teardown();
}

TEST(helper_registry, wrong_prototypes)
{
    static const struct {
        uint8_t args[5], ret, flags;
        const char *why;
    } rows[] = {
        {{MYBPF_ARG_MEM_READ, MYBPF_ARG_ANY}, 0, 0, "memory without its size after it"},
        {{MYBPF_ARG_MEM_WRITE}, 0, 0, "memory without its size after it"},
        {{1, 1, 1, 1, MYBPF_ARG_MEM_READ}, 0, 0, "memory without its size after it"},
        {{MYBPF_ARG_SIZE}, 0, 0, "a size without memory before it"},
        {{MYBPF_ARG_ANY, MYBPF_ARG_SIZE_OR_ZERO}, 0, 0, "a size without memory before it"},
        {{MYBPF_ARG_MAP_KEY, MYBPF_ARG_MAP}, 0, 0, "a key or value without a map before it"},
        {{MYBPF_ARG_ANY, MYBPF_ARG_MAP_VALUE}, 0, 0, "a key or value without a map before it"},
        {{MYBPF_ARG_NONE, MYBPF_ARG_ANY}, 0, 0, "an argument after the last"},
        {{MYBPF_ARG_FUNC}, 0, 0, "a function, but it is not MAY_STOP"},
        {{MYBPF_ARG_DYNPTR_NEW + 1}, 0, 0, "an argument kind that does not exist"},
        {{MYBPF_ARG_ANY}, MYBPF_RET_ALLOC_OR_NULL + 1, 0, "a result kind that does not exist"},
        {{MYBPF_ARG_ANY}, MYBPF_RET_MAP_VALUE_OR_NULL, 0, "a map value as result without a map"},
        {{MYBPF_ARG_MAP, MYBPF_ARG_MAP_KEY, MYBPF_ARG_FUNC, MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE},
         MYBPF_RET_MAP_VALUE_OR_NULL,
         MYBPF_HELPER_MAY_STOP,
         NULL},
    };
    static const uint32_t numbers[] = {MYBPF_HELPER_TEMP, MYBPF_HELPER_END, UINT32_MAX};
    setup();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
        mybpf_helper helper = record(MYBPF_HELPER_USER, "mine");
        char text[128];
        CASE("row %zu", i);
        memcpy(helper.args, rows[i].args, 5);
        helper.ret = rows[i].ret;
        helper.flags = rows[i].flags;
        CHECK_INT(mybpf_helper_register(vm, &helper, &error), rows[i].why ? MYBPF_ERR_ARGUMENT : 0);
        snprintf(text, sizeof text, "helper 2000000 (mine): the prototype has %s",
                 rows[i].why ? rows[i].why : "");
        if (rows[i].why) CHECK_TEXT(error.message, text);
    }
    for (size_t i = 0; i < 3; i++) {
        mybpf_helper helper = record(numbers[i], "mine");
        CASE("number %u", numbers[i]);
        CHECK_INT(mybpf_helper_register(vm, &helper, NULL), MYBPF_ERR_ARGUMENT);
    }
    mybpf_helper helper = record(7, NULL);
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), MYBPF_ERR_ARGUMENT);
    helper = record(7, "x");
    helper.fn = NULL;
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_helper_register(vm, NULL, NULL), MYBPF_ERR_ARGUMENT);
    teardown();
}

/* ---- what a load may call ---- */

typedef struct grant_row {
    uint32_t id;
    mybpf_trust trust;
    mybpf_range grant; /* {0, 0}: none */
    int status;
    const char *message;
} grant_row;

static int load_call(uint32_t id, const grant_row *row, mybpf_error *error)
{
    const mybpf_insn code[] = {
        {0xb7, 1, 0, 0, 1}, {0xb7, 2, 0, 0, 1},           {0xb7, 3, 0, 0, 1}, {0xb7, 4, 0, 0, 1},
        {0xb7, 5, 0, 0, 1}, {0x85, 0, 0, 0, (int32_t)id}, {0x95, 0, 0, 0, 0},
    };
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    mybpf_helper temp = record(MYBPF_HELPER_TEMP, "temporary");
    memset(&opts, 0, sizeof opts);
    opts.trust = row->trust;
    opts.grants = &row->grant;
    opts.grant_count = row->grant.last != 0;
    opts.temp = &temp;
    opts.temp_count = 1;
    CHECK_INT(mybpf_object_open_insns(vm, code, sizeof code / sizeof *code, NULL, &object, error), 0);
    int status = mybpf_object_load(object, &opts, error);
    uint64_t r0 = 0;
    if (!status && id >= MYBPF_HELPER_USER) {
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, error), 0);
        CHECK_INT(r0, 2);
    }
    mybpf_object_close(object);
    return status;
}

TEST(helper_registry, grants)
{
    static const grant_row rows[] = {
        {5, MYBPF_VERIFIED, {0, 0}, 0, NULL},
        {1000000,
         MYBPF_TRUSTED,
         {0, 0},
         MYBPF_ERR_PERMISSION,
         "helper sys_malloc (1000000) was not granted to this load"},
        {1000000, MYBPF_TRUSTED, {1000000, 1000000}, 0, NULL},
        {1000000, MYBPF_TRUSTED, {1000001, 1999999}, MYBPF_ERR_PERMISSION, NULL},
        {1000000,
         MYBPF_GUARDED,
         {1000000, 1999999},
         MYBPF_ERR_PERMISSION,
         "helper sys_malloc (1000000) is for trusted loads only"},
        {1000000, MYBPF_VERIFIED, {1000000, 1999999}, MYBPF_ERR_PERMISSION, NULL},
        {1000044, MYBPF_GUARDED, {1000000, 1999999}, 0, NULL},
        {1000044, MYBPF_GUARDED, {1000000, 1000043}, MYBPF_ERR_PERMISSION, NULL},
        {2000000,
         MYBPF_GUARDED,
         {0, 0},
         MYBPF_ERR_PERMISSION,
         "helper mine (2000000) was not granted to this load"},
        {2000000, MYBPF_GUARDED, {2000000, 2000000}, 0, NULL},
        {2000000, MYBPF_VERIFIED, {2000000, 2000000}, 0, NULL},
        {2000001, MYBPF_GUARDED, {2000000, 2999999}, MYBPF_ERR_VERIFY, "unknown helper 2000001"},
        {3000000, MYBPF_GUARDED, {0, 0}, 0, NULL}, /* handed over with the load: that is the grant */
        {3000001, MYBPF_GUARDED, {0, 0}, MYBPF_ERR_VERIFY, NULL},
        {110,
         MYBPF_TRUSTED,
         {0, 0},
         MYBPF_ERR_UNSUPPORTED,
         "helper tcp_gen_syncookie (110) is not available here: it acts on a kernel's sockets"},
        {0, MYBPF_TRUSTED, {0, 0}, MYBPF_ERR_VERIFY, "unknown helper 0"},
        {212, MYBPF_TRUSTED, {0, 0}, MYBPF_ERR_VERIFY, "unknown helper 212"},
        {4000000, MYBPF_TRUSTED, {0, UINT32_MAX}, MYBPF_ERR_VERIFY, NULL},
        {UINT32_MAX, MYBPF_TRUSTED, {0, UINT32_MAX}, MYBPF_ERR_VERIFY, NULL},
    };
    setup();
    mybpf_helper helper = record(MYBPF_HELPER_USER, "mine");
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
#ifdef MYBPF_NO_ELF
        if (rows[i].message && strstr(rows[i].message, "is not available here")) continue; /* has no name */
#endif
        CASE("row %zu, helper %u", i, rows[i].id);
        CHECK_INT(load_call(rows[i].id, &rows[i], &error), rows[i].status);
        if (rows[i].message) CHECK_TEXT(error.message, rows[i].message);
    }
    teardown();
}

/* Each of Linux's helpers is there, or refused by its name and with a reason. */
TEST(helper_registry, official_ones)
{
    static const grant_row nobody = {0, MYBPF_TRUSTED, {0, 0}, 0, NULL};
    unsigned missing = 0;
    setup();
    for (uint32_t id = 1; id <= 211; id++) {
        char begin[96];
        mybpf_error error = {0};
        if (mybpf_helper_find(vm, id)) continue;
        CASE("helper %u", id);
        CHECK_INT(load_call(id, &nobody, &error),
                  mybpf_helper_name(id) ? MYBPF_ERR_UNSUPPORTED : MYBPF_ERR_VERIFY);
        missing++;
        if (!mybpf_helper_name(id)) continue; /* names are left out */
        int length = snprintf(begin, sizeof begin,
                              "helper %s (%u) is not available here: ", mybpf_helper_name(id), id);
        CHECK(!strncmp(error.message, begin, (size_t)length) && strlen(error.message) > (size_t)length);
    }
    CHECK(missing > 0 && missing < 100);
    teardown();
}

/* ---- what a helper may touch by itself ---- */

static uint64_t may_read_write(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *e)
{
    (void)r2, (void)r3, (void)r4, (void)r5;
    return (uint64_t)(mybpf_env_memory(e, r1, 8, 0) != NULL) |
           (uint64_t)(mybpf_env_memory(e, r1, 8, 1) != NULL) << 1;
}

/* Native frames of a verified program lie between return addresses: no engine lets a helper write there. */
TEST(helper_registry, stack_memory)
{
    static const struct {
        mybpf_trust trust;
        uint64_t want; /* 1: may read, 2: may write */
    } rows[] = {{MYBPF_VERIFIED, 1}, {MYBPF_GUARDED, 3}, {MYBPF_TRUSTED, 3}};
    static const char text[] = "r1 = 0\n*(u64 *)(r10 - 8) = r1\nr1 = r10\nr1 += -8\ncall 3000000\nexit\n";
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        mybpf_helper temp = record(MYBPF_HELPER_TEMP, "may_read_write");
        mybpf_load_opts opts = {0};
        mybpf_error error = {0};
        mybpf_object *object = NULL;
        mybpf_insn code[8];
        uint64_t r0 = 99;
        int64_t count = mybpf_assemble(text, sizeof text - 1, code, 8, &error);
        CASE("trust %d, jit %d", (int)rows[i / 2].trust, (int)(i % 2));
        setup();
        temp.fn = may_read_write;
        temp.args[0] = MYBPF_ARG_ANY;
        opts.trust = rows[i / 2].trust;
        opts.temp = &temp;
        opts.temp_count = 1;
        CHECK_INT(mybpf_object_open_insns(vm, code, (size_t)count, NULL, &object, &error), 0);
        CHECK_INT(mybpf_object_load(object, &opts, &error), 0);
        int status = i % 2 ? mybpf_jit_compile(object, NULL, &error) : 0;
        if (status != MYBPF_ERR_UNSUPPORTED) CHECK_INT(status, 0);
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
        CHECK_INT(r0, rows[i / 2].want);
        mybpf_object_close(object);
        teardown();
    }
}

TEST(helper_registry, temp_prototype)
{
    static const char text[] = "r0 = 0\nexit\n";
    mybpf_helper temp = record(MYBPF_HELPER_TEMP, "hasty");
    mybpf_load_opts opts = {0};
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    mybpf_insn code[2];
    int64_t count = mybpf_assemble(text, sizeof text - 1, code, 2, &error);
    temp.args[4] = MYBPF_ARG_MEM_WRITE;
    opts.temp = &temp;
    opts.temp_count = 1;
    setup();
    CHECK_INT(mybpf_object_open_insns(vm, code, (size_t)count, NULL, &object, &error), 0);
    CHECK_INT(mybpf_object_load(object, &opts, &error), MYBPF_ERR_ARGUMENT);
    CHECK_TEXT(error.message, "temp helper 3000000 (hasty): the prototype has an argument after the last");
    mybpf_object_close(object);
    teardown();
}
