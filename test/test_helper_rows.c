/* test_helper_rows.c: every helper of the list is called by a program that its prototype alone describes:
 * proven, and with one result in the interpreter, native code and an image, where that does not depend on the
 * moment. */
#include "from_text.h"

#include <stdlib.h>

#define ROW(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters) number,
static const uint32_t numbers[] = {
    MYBPF_BASE_HELPERS(ROW) MYBPF_CALLBACK_HELPERS(ROW) MYBPF_PACKET_HELPERS(ROW) MYBPF_MORE_HELPERS(ROW)
        MYBPF_SOCKET_HELPERS(ROW) MYBPF_HOST_HELPERS(ROW) MYBPF_MAP_HELPERS(ROW) MYBPF_TARGET_HELPERS(ROW)
            MYBPF_DYNPTR_HELPERS(ROW) MYBPF_TIMER_HELPERS(ROW)};

/* The map that a helper works on. */
static uint32_t map_type(uint32_t id)
{
    static const struct {
        uint32_t first, last, type;
    } rows[] = {{12, 12, MYBPF_MAP_TYPE_PROG_ARRAY},       {22, 22, MYBPF_MAP_TYPE_PERF_EVENT_ARRAY},
                {25, 25, MYBPF_MAP_TYPE_PERF_EVENT_ARRAY}, {55, 55, MYBPF_MAP_TYPE_PERF_EVENT_ARRAY},
                {27, 27, MYBPF_MAP_TYPE_STACK_TRACE},      {33, 37, MYBPF_MAP_TYPE_CGROUP_ARRAY},
                {51, 51, MYBPF_MAP_TYPE_DEVMAP},           {52, 60, MYBPF_MAP_TYPE_SOCKMAP},
                {70, 72, MYBPF_MAP_TYPE_SOCKHASH},         {81, 81, MYBPF_MAP_TYPE_CGROUP_STORAGE},
                {82, 82, MYBPF_MAP_TYPE_SOCKHASH},         {87, 89, MYBPF_MAP_TYPE_QUEUE},
                {107, 108, MYBPF_MAP_TYPE_SK_STORAGE},     {130, 134, MYBPF_MAP_TYPE_RINGBUF},
                {145, 146, MYBPF_MAP_TYPE_INODE_STORAGE},  {156, 157, MYBPF_MAP_TYPE_TASK_STORAGE},
                {195, 195, MYBPF_MAP_TYPE_PERCPU_ARRAY},   {210, 211, MYBPF_MAP_TYPE_CGRP_STORAGE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (id >= rows[i].first && id <= rows[i].last) return rows[i].type;
    return MYBPF_MAP_TYPE_ARRAY;
}

static mybpf_map *make_map(mybpf_vm *vm, uint32_t type)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    int storage = type == MYBPF_MAP_TYPE_SK_STORAGE || type == MYBPF_MAP_TYPE_INODE_STORAGE ||
                  type == MYBPF_MAP_TYPE_TASK_STORAGE || type == MYBPF_MAP_TYPE_CGRP_STORAGE,
        cgroups = type == MYBPF_MAP_TYPE_CGROUP_STORAGE;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.key_size = type == MYBPF_MAP_TYPE_QUEUE || type == MYBPF_MAP_TYPE_RINGBUF ? 0 : cgroups ? 8 : 4;
    desc.value_size = type == MYBPF_MAP_TYPE_RINGBUF ? 0
                      : type == MYBPF_MAP_TYPE_PERF_EVENT_ARRAY || type == MYBPF_MAP_TYPE_CGROUP_ARRAY ||
                              type == MYBPF_MAP_TYPE_PROG_ARRAY
                          ? 4
                          : 8;
    desc.max_entries = storage || cgroups ? 0 : type == MYBPF_MAP_TYPE_RINGBUF ? 4096 : 4;
    desc.flags = storage ? MYBPF_F_NO_PREALLOC : 0;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

/* A program type that may call it. */
static uint32_t type_for(const mybpf_helper *helper)
{
    static const uint32_t preferred[] = {0, 3, 6, 2, 1, 8};
    for (size_t i = 0; i < sizeof preferred / sizeof *preferred; i++)
        if (preferred[i] && (!helper->types || helper->types >> preferred[i] & 1)) return preferred[i];
    for (uint32_t type = 1; type < 33; type++)
        if (helper->types >> type & 1) return type;
    return 0;
}

/* A call with the arguments that the prototype asks for, and whether the text is a whole program. */
static int write_call(const mybpf_helper *helper, char *text, size_t room)
{
    size_t at = (size_t)snprintf(
        text, room, "r6 = r1\n*(u64 *)(r10 - 8) = 0\n*(u64 *)(r10 - 16) = 0\n*(u64 *)(r10 - 24) = 0\n");
    for (int i = 0; i < 5 && helper->args[i]; i++) {
        const char *what = "0";
        switch (helper->args[i]) {
        case MYBPF_ARG_CTX: what = "r6"; break;
        case MYBPF_ARG_MAP: what = "map_by_idx(0) ll"; break;
        case MYBPF_ARG_MAP_KEY:
        case MYBPF_ARG_MAP_VALUE:
        case MYBPF_ARG_MAP_VALUE_WRITE:
        case MYBPF_ARG_MEM_READ:
        case MYBPF_ARG_MEM_WRITE:
        case MYBPF_ARG_MEM_UPDATE:
        case MYBPF_ARG_PTR_LONG:
        case MYBPF_ARG_PTR_INT: what = "r10"; break;
        case MYBPF_ARG_SIZE:
        case MYBPF_ARG_SIZE_OR_ZERO:
        case MYBPF_ARG_ALLOC_SIZE: what = "8"; break;
        case MYBPF_ARG_FUNC:
        case MYBPF_ARG_STRING:
        case MYBPF_ARG_OBJECT:
        case MYBPF_ARG_TIMER:
        case MYBPF_ARG_DYNPTR:
        case MYBPF_ARG_DYNPTR_NEW:
        case MYBPF_ARG_KPTR:
        case MYBPF_ARG_LOCK: return 0; /* these have tests of their own */
        default: break;
        }
        at += (size_t)snprintf(text + at, room - at, "r%d = %s\n", i + 1, what);
        if (!strcmp(what, "r10")) at += (size_t)snprintf(text + at, room - at, "r%d += -8\n", i + 1);
    }
    at += (size_t)snprintf(text + at, room - at, "call %u\n", (unsigned)helper->id);
    if (helper->flags & MYBPF_HELPER_ACQUIRE)
        snprintf(text + at, room - at, "if r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall %d\nr0 = 0\nout:\nexit",
                 helper->id == 131 ? 133 : 86);
    else if (helper->ret == MYBPF_RET_VOID || helper->id == 12)
        snprintf(text + at, room - at, "r0 = 0\nexit");
    else if (helper->ret == MYBPF_RET_MAP_VALUE)
        snprintf(text + at, room - at, "r0 = *(u64 *)(r0 + 0)\nexit");
    else if (helper->ret == MYBPF_RET_MAP_VALUE_OR_NULL)
        snprintf(text + at, room - at, "if r0 == 0 goto out\nr0 = *(u64 *)(r0 + 0)\nout:\nexit");
    else
        snprintf(text + at, room - at, "r7 = *(u64 *)(r10 - 8)\nr0 ^= r7\nexit");
    return 1;
}

/* What differs from one moment to the next. */
static int is_constant(uint32_t id)
{
    static const uint32_t moving[] = {5, 7, 8, 118, 120, 125, 160, 208};
    for (size_t i = 0; i < sizeof moving / sizeof *moving; i++)
        if (moving[i] == id) return 0;
    return 1;
}

static int run(const mybpf_object *object, uint64_t *r0)
{
    static const uint8_t packet[64] = {0};
    uint64_t ctx[128] = {0};
    mybpf_run_opts opts;
    mybpf_error error = {0};
    memset(&opts, 0, sizeof opts);
    opts.ctx = ctx;
    opts.ctx_size = sizeof ctx;
    opts.packet = packet;
    opts.packet_size = sizeof packet;
    int status = mybpf_program_run(mybpf_object_program(object, 0), &opts, r0, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    return status;
}

static mybpf_object *open_call(mybpf_vm *vm, const mybpf_helper *helper, mybpf_trust trust)
{
    char text[1024];
    mybpf_insn insns[64];
    mybpf_map *map = make_map(vm, map_type(helper->id));
    mybpf_raw_desc raw = {"main", 0, &map, 1};
    mybpf_load_opts load;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    raw.type = type_for(helper);
    memset(&load, 0, sizeof load);
    load.trust = trust;
    load.ctx_size = trust == MYBPF_GUARDED ? 1024 : 0;
    int64_t count =
        write_call(helper, text, sizeof text) ? mybpf_assemble(text, strlen(text), insns, 64, &error) : 0;
    int status = count > 0 ? mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, &error) : 0;
    if (count > 0 && !status) status = mybpf_object_load(object, &load, &error);
    if (count < 0 || status) {
        test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
        mybpf_object_close(object);
        object = NULL;
    }
    mybpf_map_unref(map);
    return object;
}

static mybpf_object *guarded_image(mybpf_vm *vm, const mybpf_object *from)
{
    mybpf_load_opts load;
    memset(&load, 0, sizeof load);
    load.trust = MYBPF_GUARDED;
    load.ctx_size = 1024;
    return image_of(vm, from, 0, &load);
}

TEST(helper_rows, every_engine)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    int called = 0;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const mybpf_helper *helper = mybpf_helper_find(vm, numbers[i]);
        uint64_t first = 0, r0 = 0;
        if (numbers[i] == 153 || numbers[i] == 154) continue; /* of variables of a host: test_externs.c */
        for (int engine = 0; engine < 5;
             engine++) { /* interpreted, JIT; each verified and guarded; an image */
            CASE("%s, engine %d", helper ? helper->name : "none", engine);
            mybpf_object *object =
                helper ? open_call(vm, helper, engine & 1 ? MYBPF_GUARDED : MYBPF_VERIFIED) : NULL;
            if (!object) break;
            called += !engine;
            if (engine == 4) {
                mybpf_object *image = guarded_image(vm, object);
                mybpf_object_close(object);
                object = image;
            }
            if (object && (engine < 2 || engine > 3 || !mybpf_jit_compile(object, NULL, NULL))) {
                if (!run(object, engine ? &r0 : &first) && engine && is_constant(numbers[i]))
                    CHECK_INT(r0, first);
            }
            mybpf_object_close(object);
        }
    }
    CHECK(called > 130);
    mybpf_vm_destroy(vm);
}
