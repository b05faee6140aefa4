/* test_host_helpers.c: helpers that ask the host: what they return when it does not know, and when it does.
 */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

static uint32_t asked;
static uint64_t given[5], answer;
static int knows;

static int host_ask(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0)
{
    CHECK(user == &answer);
    CHECK(mybpf_env_vm(env) != NULL);
    asked = helper;
    memcpy(given, args, sizeof given);
    if (knows) *r0 = answer;
    return knows;
}

static mybpf_vm *make_vm(int with_ask)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.user = &answer;
    if (with_ask) host.ask = host_ask;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return vm;
}

#define ROW(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters) {number, #name},
static const struct {
    uint32_t id;
    const char *name;
} rows[] = {MYBPF_HOST_HELPERS(ROW)};

/* Arguments as the prototype has them; memory is `bytes`. */
static void arguments(const mybpf_helper *helper, uint64_t args[5], uint8_t bytes[16])
{
    for (unsigned i = 0; i < 5; i++) {
        uint8_t kind = helper->args[i];
        args[i] = i + 1;
        if (kind == MYBPF_ARG_MEM_READ || kind == MYBPF_ARG_MEM_WRITE || kind == MYBPF_ARG_MEM_UPDATE ||
            kind == MYBPF_ARG_PTR_LONG || kind == MYBPF_ARG_PTR_INT)
            args[i] = (uint64_t)(uintptr_t)bytes;
        if (kind == MYBPF_ARG_SIZE || kind == MYBPF_ARG_SIZE_OR_ZERO) args[i] = 8;
    }
}

TEST(host_helpers, every_row)
{
    for (int with_ask = 0; with_ask < 3; with_ask++) { /* no host, one that does not know, one that does */
        mybpf_vm *vm = make_vm(with_ask > 0);
        mybpf_env *env = NULL;
        CHECK_INT(mybpf_env_create(vm, NULL, &env, NULL), 0);
        knows = with_ask == 2;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            const mybpf_helper *helper = mybpf_helper_find(vm, rows[i].id);
            uint64_t args[5], r0, words[2] = {0x1111111111111111u, 0x1111111111111111u};
            uint8_t *bytes = (uint8_t *)words;
            int writes = 0;
            CASE("%s, %d", rows[i].name, with_ask);
            CHECK_TEXT(helper->name, rows[i].name);
#ifndef MYBPF_NO_ELF /* which leaves the names out */
#ifndef MYBPF_NO_ELF /* which leaves the official names out */
            CHECK_TEXT(mybpf_helper_name(rows[i].id), rows[i].name);
#endif
#endif
            arguments(helper, args, bytes);
            for (int a = 0; a < 5; a++)
                writes |= helper->args[a] == MYBPF_ARG_MEM_WRITE || helper->args[a] == MYBPF_ARG_PTR_LONG;
            asked = 0;
            answer = 1000 + rows[i].id;
            r0 = helper->fn(args[0], args[1], args[2], args[3], args[4], env);
            CHECK_INT(asked, with_ask ? rows[i].id : 0);
            if (with_ask) CHECK(!memcmp(given, args, sizeof args));
            if (with_ask == 2 && helper->ret == MYBPF_RET_LENGTH)
                CHECK_INT((int64_t)r0, -14); /* more than there is room for */
            else if (with_ask == 2)
                CHECK_INT(r0, answer);
            else
                CHECK(!r0 || r0 == 65534 || r0 >= (uint64_t)-4095 || r0 == mybpf_vm_host(vm)->pid_tgid(NULL));
            CHECK(words[0] == (writes ? 0 : 0x1111111111111111u)); /* nothing of the stack goes to programs */
            CHECK(words[1] == 0x1111111111111111u);
        }
        mybpf_env_destroy(env);
        mybpf_vm_destroy(vm);
    }
}

/* The context is an array of arguments, then the result. */
TEST(host_helpers, function_arguments)
{
    static const char *const text =
        "r6 = r1\ncall 185\nr7 = r0\nr1 = r6\nr2 = 1\nr3 = r10\nr3 += -8\ncall 183\nr8 = *(u64 *)(r10 - 8)\n"
        "r8 *= 100\nr8 += r7\nr1 = r6\nr2 = 2\nr3 = r10\nr3 += -8\ncall 183\nif r0 == 0 goto out\nr1 = "
        "r6\nr2 = r10\nr2 += -8\n"
        "call 184\nif r0 != 0 goto out\nr0 = *(u64 *)(r10 - 8)\nr0 *= 10000\nr0 += r8\nout:\nexit";
    uint64_t ctx[13] = {5, 7, 9}, r0 = 0;
    mybpf_vm *vm = make_vm(1);
    mybpf_insn insns[64];
    mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_TRACING, NULL, 0};
    mybpf_load_opts load;
    mybpf_run_opts run;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, &error);
    memset(&load, 0, sizeof load);
    memset(&run, 0, sizeof run);
    run.ctx = ctx;
    run.ctx_size = sizeof ctx;
    int status = mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, &error);
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    knows = 1;
    answer = 2;
    CHECK_INT(status ? status : mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
    CHECK_INT(r0, 90702);
    knows = 0; /* all of the context is arguments: there is a third, and the program returns what it got */
    CHECK_INT(status ? status : mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
    CHECK_INT(r0, 0);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(host_helpers, memory_and_names)
{
    mybpf_vm *vm = make_vm(1);
    mybpf_env *env = NULL;
    uint64_t from = 7, to = 0;
    uint32_t ids[2] = {1, 1};
    CHECK_INT(mybpf_env_create(vm, NULL, &env, NULL), 0);
    knows = 0;
#define CALL(id, a, b, c, d)                                                                                 \
    mybpf_helper_find(vm, id)->fn((uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), 0, env)
    CHECK_INT(CALL(36, (uintptr_t)&to, (uintptr_t)&from, 8, 0), 0); /* trusted */
    CHECK_INT(to, 7);
    CHECK_INT(CALL(120, 0, 0, (uintptr_t)ids, 8), 0);
    CHECK_INT((uint64_t)ids[1] << 32 | ids[0], CALL(14, 0, 0, 0, 0));
    CHECK_INT((int64_t)CALL(120, 0, 0, (uintptr_t)ids, 4), -22);
    CHECK_INT(ids[0], 0);
    CHECK(CALL(208, 0, 0, 0, 0) != 0);
    CHECK_INT((int64_t)CALL(148, (uintptr_t)&to, 8, 1, 0), -14);
    CHECK_INT(to, 0);
    mybpf_env_destroy(env);
    mybpf_vm_destroy(vm);
}

/* ---- maps of what only the host has ---- */

static mybpf_map *make_map(mybpf_vm *vm, uint32_t type, uint32_t value_size, uint32_t entries, uint32_t flags)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.key_size = 4;
    desc.value_size = value_size;
    desc.max_entries = entries;
    desc.flags = flags;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

static int ask_stack(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0)
{
    static const uint64_t calls[3] = {1000, 2000, 3000};
    uint64_t size = args[2] < sizeof calls ? args[2] : sizeof calls;
    (void)user, (void)env;
    if (helper != 67) return 0;
    memcpy((void *)(uintptr_t)args[1], calls + (args[3] & 255), (size_t)size - 8 * (args[3] & 255));
    *r0 = size - 8 * (args[3] & 255);
    return 1;
}

TEST(host_helpers, stack_traces)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_env *env = NULL;
    uint64_t trace[4] = {1, 1, 1, 1};
    memset(&host, 0, sizeof host);
    host.ask = ask_stack;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    CHECK_INT(mybpf_env_create(vm, NULL, &env, NULL), 0);
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_STACK_TRACE, 32, 5, 0); /* of 8 */
    mybpf_map *one = make_map(vm, MYBPF_MAP_TYPE_STACK_TRACE, 32, 1, 0);
    uint64_t at = (uintptr_t)map, at_one = (uintptr_t)one;
    uint64_t id = CALL(27, 0, at, 0, 0), next;
    uint32_t key = (uint32_t)id, found = 99, none = 8;
    CHECK(id < 8);
    CHECK_INT(CALL(27, 0, at, 0, 0), id); /* the same again */
    CHECK_INT(CALL(27, 0, at, 512, 0), id);
    CHECK_INT(mybpf_map_lookup(map, &key, trace), 0);
    CHECK(trace[0] == 1000 && trace[1] == 2000 && trace[2] == 3000 && !trace[3]);
    CHECK_INT(mybpf_map_next_key(map, NULL, &found), 0);
    CHECK_INT(found, key);
    CHECK_INT(mybpf_map_next_key(map, &key, &found), -2);
    CHECK_INT(mybpf_map_update(map, &key, trace, 0), -22);
    CHECK_INT(mybpf_map_delete(map, &none), -7);
    CHECK_INT(mybpf_map_delete(map, &key), 0);
    CHECK_INT(mybpf_map_delete(map, &key), -2);
    CHECK_INT(mybpf_map_lookup(map, &key, trace), -2);
    CHECK_INT(CALL(27, 0, at, 4096, 0), (uint64_t)-22);
    CHECK_INT(CALL(27, 0, at_one, 0, 0), 0); /* two that want one place */
    CHECK_INT(CALL(27, 0, at_one, 1, 0), (uint64_t)-17);
    CHECK_INT(CALL(27, 0, at_one, 1025, 0), 0);
    key = 0;
    CHECK_INT(mybpf_map_lookup(one, &key, trace), 0);
    CHECK(trace[0] == 2000 && trace[1] == 3000 && !trace[2]);
    next = CALL(67, 0, (uintptr_t)trace, 16, 0); /* a part of it */
    CHECK_INT(next, 16);
    CHECK(trace[0] == 1000 && trace[1] == 2000);
    mybpf_map_unref(map);
    mybpf_map_unref(one);
    mybpf_env_destroy(env);
    mybpf_vm_destroy(vm);
}

TEST(host_helpers, targets)
{
    mybpf_vm *vm = make_vm(1);
    mybpf_env *env = NULL;
    uint32_t key = 2, value[2] = {7, 0}, got[2] = {0, 0};
    uint64_t object = 77, number = 0;
    CHECK_INT(mybpf_env_create(vm, NULL, &env, NULL), 0);
    mybpf_map *xsks = make_map(vm, MYBPF_MAP_TYPE_XSKMAP, 4, 4, 0),
              *socks = make_map(vm, MYBPF_MAP_TYPE_SOCKMAP, 8, 4, 0),
              *groups = make_map(vm, MYBPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 0),
              *devices = make_map(vm, MYBPF_MAP_TYPE_DEVMAP_HASH, 8, 4, 0),
              *tasks = make_map(vm, MYBPF_MAP_TYPE_TASK_STORAGE, 8, 0, MYBPF_F_NO_PREALLOC);
    knows = 0;
    CHECK_INT(mybpf_map_update(xsks, &key, value, 2), -2);
    CHECK_INT(mybpf_map_update(xsks, &key, value, 0), 0);
    CHECK_INT(mybpf_map_update(xsks, &key, value, 1), -17);
    CHECK_INT(mybpf_map_lookup(xsks, &key, got), -95);
    CHECK_INT(CALL(51, (uintptr_t)xsks, 2, 0, 0), 4);
    CHECK_INT(asked, 51);
    CHECK(given[0] == (uintptr_t)xsks && given[1] == 2);
    CHECK_INT(CALL(51, (uintptr_t)xsks, 1, 3, 0), 3);
    CHECK_INT(CALL(51, (uintptr_t)groups, 1, 3, 0), 0); /* no such table */
    CHECK_INT(mybpf_map_delete(xsks, &key), 0);
    CHECK_INT(CALL(51, (uintptr_t)xsks, 2, 2, 0), 2);
    CHECK_INT(mybpf_map_update(socks, &key, value, 0), 0);
    CHECK_INT(mybpf_map_lookup(socks, &key, got), 0);
    CHECK_INT(got[0], 7);
    CHECK_INT(CALL(52, 5, (uintptr_t)socks, 2, 1), 1);
    CHECK(asked == 52 && given[0] == 5 && given[2] == 2 && given[3] == 1);
    CHECK_INT(CALL(52, 5, (uintptr_t)socks, 3, 1), 0);
    CHECK_INT(CALL(60, 5, (uintptr_t)socks, 2, 2), 0);
    CHECK_INT(CALL(82, 5, (uintptr_t)socks, (uintptr_t)&key, 0), 0);
    CHECK_INT(asked, 82);
    CHECK_INT(mybpf_map_delete(socks, &key), 0);
    CHECK_INT(mybpf_map_delete(socks, &key), -22);
    CHECK_INT(mybpf_map_update(groups, &key, value, 1), -22);
    CHECK_INT(mybpf_map_update(groups, &key, value, 0), 0);
    CHECK_INT(mybpf_map_lookup(groups, &key, got), -524);
    asked = 0;
    CHECK_INT(CALL(33, 5, (uintptr_t)groups, 2, 0), 0);
    CHECK_INT(asked, 33);
    CHECK_INT(CALL(37, (uintptr_t)groups, 1, 0, 0), (uint64_t)-11);
    CHECK_INT(mybpf_map_update(devices, &key, value, 2), 0); /* BPF_EXIST asks for nothing */
    CHECK_INT(CALL(51, (uintptr_t)devices, 2, 0, 0), 4);
    CHECK_INT(CALL(156, (uintptr_t)tasks, 77, 0, 1) != 0, 1); /* host and programs share them */
    number = 5;
    CHECK_INT(mybpf_map_update(tasks, &object, &number, MYBPF_EXIST), 0);
    number = 0;
    CHECK_INT(mybpf_map_lookup(tasks, &object, &number), 0);
    CHECK_INT(number, 5);
    CHECK_INT(CALL(157, (uintptr_t)tasks, 77, 0, 0), 0);
    CHECK_INT(mybpf_map_lookup(tasks, &object, &number), -2);
    mybpf_map_unref(xsks);
    mybpf_map_unref(socks);
    mybpf_map_unref(groups);
    mybpf_map_unref(devices);
    mybpf_map_unref(tasks);
    mybpf_env_destroy(env);
    mybpf_vm_destroy(vm);
}

/* ---- sockets ---- */

static uint64_t socket_memory[10];
static int sockets_out;

static int ask_socket(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0)
{
    (void)user, (void)env;
    if (helper == 86) {
        CHECK(args[0] == (uintptr_t)socket_memory);
        sockets_out--;
    } else if (helper == 84 || helper == 99) {
        CHECK_INT(args[2], 12);
        sockets_out++;
        *r0 = (uintptr_t)socket_memory;
    } else if (helper == 95) {
        *r0 = args[0];
    } else if (helper == 124) {
        CHECK(args[1] == (uintptr_t)socket_memory);
        *r0 = 0;
    } else {
        return 0;
    }
    return helper != 86;
}

#define FIND(id)                                                                                             \
    "r6 = r1\n*(u64 *)(r10 - 16) = 0\n*(u32 *)(r10 - 8) = 0\nr2 = r10\nr2 += -16\nr3 = 12\nr4 = 0\nr5 = 0\ncall " #id "\n" \
    "if r0 == 0 goto out\nr7 = r0\n"
#define GIVE "r1 = r7\ncall 86\n"

static int load_text(mybpf_vm *vm, const char *text, uint32_t type, mybpf_trust trust, mybpf_object **object,
                     mybpf_error *error)
{
    mybpf_insn insns[64];
    mybpf_raw_desc raw = {"main", 0, NULL, 0};
    mybpf_load_opts opts;
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, error);
    raw.type = type;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    int status = mybpf_object_open_insns(vm, insns, (size_t)count, &raw, object, error);
    return status ? status : mybpf_object_load(*object, &opts, error);
}

TEST(host_helpers, sockets)
{
    static const struct {
        const char *text;
        mybpf_trust trust;
        const char *refused;
    } cases[] = {
        {FIND(84) "r8 = *(u32 *)(r7 + 4)\n" GIVE "r0 = r8\nout:\nexit", MYBPF_VERIFIED, NULL},
        {FIND(99) "r8 = *(u32 *)(r7 + 4)\n" GIVE "r0 = r8\nout:\nexit", MYBPF_VERIFIED, NULL},
        {FIND(84) "r8 = *(u32 *)(r7 + 4)\nr1 = r6\nr2 = r7\nr3 = 0\ncall 124\nr8 += r0\n" GIVE "r0 = r8\nout:\nexit", MYBPF_VERIFIED, NULL},
        {FIND(99) "r8 = 0\nr1 = r7\ncall 95\nif r0 == 0 goto none\nr8 = *(u32 *)(r0 + 4)\nnone:\n" GIVE "r0 = r8\nout:\nexit", MYBPF_VERIFIED, NULL},
        {FIND(84) "r8 = *(u32 *)(r7 + 4)\nr0 = r8\nr1 = 5\nr1 = *(u64 *)(r1 + 0)\n" GIVE "out:\nexit", MYBPF_GUARDED, NULL}, /* faults */
        {FIND(84) "r0 = 0\nout:\nexit", MYBPF_VERIFIED, "what a helper gave must be released"},
        {FIND(84) GIVE "r0 = *(u32 *)(r7 + 4)\nout:\nexit", MYBPF_VERIFIED, "cannot prove the 4-byte read at r7 + 4"},
        {FIND(84) "*(u32 *)(r7 + 16) = 0\n" GIVE "r0 = 0\nout:\nexit", MYBPF_VERIFIED, "cannot prove the 4-byte write at r7 + 16"},
        {FIND(99) "r1 = r7\ncall 95\nr8 = r0\n" GIVE "if r8 == 0 goto out\nr0 = *(u32 *)(r8 + 4)\nout:\nexit", MYBPF_VERIFIED, "cannot prove the 4-byte read at r8 + 4"},
        {FIND(99) "r1 = r7\ncall 95\nif r0 == 0 goto none\nr1 = r0\ncall 86\nr0 = 0\nexit\nnone:\n" GIVE "r0 = 0\nout:\nexit", MYBPF_VERIFIED, "it is not the program's to release"},
        {"r1 = *(u64 *)(r1 + 168)\nif r1 == 0 goto out\ncall 86\nout:\nr0 = 0\nexit", MYBPF_VERIFIED, "it is not the program's to release"},
    };
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.ask = ask_socket;
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    memset(socket_memory, 0, sizeof socket_memory);
    ((uint32_t *)socket_memory)[1] = 42;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int native = 0; native < 2; native++) {
            mybpf_object *object = NULL;
            mybpf_error error = {0};
            uint64_t ctx[24] = {0}, r0 = 0;
            mybpf_run_opts run;
            CASE("%d, native %d", (int)i, native);
            memset(&run, 0, sizeof run);
            run.ctx = ctx;
            run.ctx_size = sizeof ctx;
            int status = load_text(vm, cases[i].text, MYBPF_PROG_TYPE_SCHED_CLS, cases[i].trust, &object, &error);
            CHECK_INT(status != 0, cases[i].refused != NULL);
            if (status && (!cases[i].refused || !strstr(error.message, cases[i].refused)))
                test_fail(__FILE__, __LINE__, "%s", error.message);
            if (!status && (!native || !mybpf_jit_compile(object, NULL, &error))) {
                status = mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error);
                CHECK_INT(status, cases[i].trust == MYBPF_GUARDED ? MYBPF_FAULT_ACCESS : 0);
                if (!status) CHECK_INT(r0, 42);
                CHECK_INT(sockets_out, 0);
            }
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}
