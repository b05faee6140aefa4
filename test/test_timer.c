/* test_timer.c: timers in values of maps, whose functions the host has called when it is time. */
#include "from_text.h"

#define MAP   "map_by_idx(0) ll\n"
#define VALUE "*(u32 *)(r10 - 4) = 0\nr1 = " MAP "r2 = r10\nr2 += -4\ncall 1\nif r0 == 0 goto out\nr7 = r0\n"
#define TIMER "r1 = r7\nr1 += 8\n"
#define SET   TIMER "r2 = code_addr(10) ll\ncall 170\nr6 |= r0\n"
#define START TIMER "r2 = 1000\nr3 = 0\ncall 171\nr0 |= r6\nout:\nexit\n"
#define INIT  TIMER "r2 = " MAP "r3 = 1\ncall 169\nr6 = r0\n"
/* Counts in the value, adding the key, and starts again. */
#define BODY                                                                                                 \
    "r6 = r3\nr1 = *(u32 *)(r2 + 0)\nr2 = *(u64 *)(r3 + 0)\nr2 += r1\nr2 += 1\n*(u64 *)(r3 + 0) = r2\nr1 = " \
    "r6\nr1 += 8\nr2 = 500\n"                                                                                \
    "r3 = 0\ncall 171\nr0 = 0\nexit"

static uint64_t now;
static uint64_t host_time(void *user)
{
    (void)user;
    return now;
}

static mybpf_vm *make_vm(void)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    host.time_ns = host_time;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return vm;
}

/* Values: a number, a timer. Has an element with key 0. */
static mybpf_map *make_map(mybpf_vm *vm, uint32_t type)
{
    static const uint64_t value[3] = {0, 0, 0};
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    uint32_t key = 0;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.key_size = 4;
    desc.value_size = 24;
    desc.max_entries = 4;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    CHECK_INT(mybpf_map_set_timer(map, 12, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_timer(map, 16, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_timer(map, 8, NULL), 0);
    CHECK_INT(mybpf_map_timer(map), 9);
    CHECK_INT(mybpf_map_update(map, &key, value, 0), 0);
    return map;
}

static mybpf_object *load(mybpf_vm *vm, const char *text, mybpf_map *map, mybpf_trust trust, uint32_t type,
                          mybpf_error *error)
{
    mybpf_raw_desc raw = {"main", 0, &map, 1};
    mybpf_load_opts opts;
    mybpf_object *object;
    raw.type = type;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    load_text(vm, text, &raw, &opts, &object, error);
    return object;
}

static int64_t run(const mybpf_object *object)
{
    uint64_t r0 = 77;
    CHECK_INT(object ? mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, NULL) : -1, 0);
    return (int64_t)r0;
}

static uint64_t counted(mybpf_map *map)
{
    uint64_t value[3] = {0, 0, 0};
    uint32_t key = 0;
    CHECK_INT(mybpf_map_lookup(map, &key, value), 0);
    return value[0];
}

TEST(timer, runs)
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_ARRAY, MYBPF_MAP_TYPE_HASH, MYBPF_MAP_TYPE_LRU_HASH};
    for (int engine = 0; engine < 6; engine++) {
        mybpf_vm *vm = make_vm();
        mybpf_map *map = make_map(vm, types[engine / 2]);
        mybpf_error error = {0};
        uint64_t next = 0;
        uint32_t key = 0;
        CASE("type %u, native %d", types[engine / 2], engine & 1);
        now = 100;
        mybpf_object *object = load(vm, VALUE INIT SET START BODY, map, MYBPF_VERIFIED, 0, &error);
        mybpf_object *cancel = load(vm, VALUE TIMER "call 172\nout:\nexit", map, MYBPF_VERIFIED, 0, &error);
        if (!object || !cancel)
            test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
        if (!object || !cancel || (engine & 1 && mybpf_jit_compile(object, NULL, &error))) {
            mybpf_object_close(object);
            mybpf_object_close(cancel);
            mybpf_map_unref(map);
            mybpf_vm_destroy(vm);
            continue;
        }
        CHECK_INT(run(cancel), -22); /* there is none */
        CHECK_INT(run(object), 0);
        CHECK_INT(mybpf_vm_run_timers(vm, NULL, &next, &error), 0);
        CHECK_INT(next, 1100);
        now = 1100;
        CHECK_INT(mybpf_vm_run_timers(vm, NULL, &next, &error), 1);
        CHECK_INT(counted(map), 1);
        CHECK_INT(next, 1600);
        CHECK_INT(run(object), -16); /* it is there already; and starts again */
        now = 5000;
        CHECK_INT(mybpf_vm_run_timers(vm, NULL, NULL, &error), 1);
        CHECK_INT(mybpf_vm_run_timers(vm, NULL, NULL, &error), 0);
        CHECK_INT(counted(map), 2);
        CHECK_INT(run(cancel), 1);
        CHECK_INT(run(cancel), 0);
        now = 9000;
        CHECK_INT(mybpf_vm_run_timers(vm, NULL, &next, &error), 0);
        CHECK(next == UINT64_MAX);
        CHECK_INT(run(object), -16);
        now = 20000;
        if (types[engine / 2] ==
            MYBPF_MAP_TYPE_ARRAY) { /* the element is replaced, or goes: so does its timer */
            static const uint64_t value[3] = {7, 7, 7};
            CHECK_INT(mybpf_map_update(map, &key, value, 0), 0);
        } else {
            CHECK_INT(mybpf_map_delete(map, &key), 0);
        }
        CHECK_INT(mybpf_vm_run_timers(vm, NULL, &next, &error), 0);
        CHECK(next == UINT64_MAX);
        if (types[engine / 2] == MYBPF_MAP_TYPE_ARRAY) {
            CHECK_INT(run(object), 0);
            mybpf_object_close(object); /* it stays as long as the host has the map */
            object = NULL;
            now = 30000;
            CHECK_INT(mybpf_vm_run_timers(vm, NULL, &next, &error), 1);
            CHECK_INT(counted(map), 8);
        }
        mybpf_object_close(object);
        mybpf_object_close(cancel);
        mybpf_map_unref(map);
        CHECK_INT(mybpf_vm_run_timers(vm, NULL, &next, &error), 0);
        CHECK(next == UINT64_MAX); /* nobody has the map any more */
        mybpf_vm_destroy(vm);
    }
}

TEST(timer, image)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_ARRAY);
    mybpf_error error = {0};
    now = 100;
    mybpf_object *object = load(vm, VALUE INIT SET START BODY, map, MYBPF_VERIFIED, 0, &error);
    mybpf_object *image = object ? image_of(vm, object, 0, NULL) : NULL;
    mybpf_object_close(object);
    mybpf_map_unref(map);
    CHECK_INT(run(image), 0);
    now = 2000;
    CHECK_INT(mybpf_vm_run_timers(vm, NULL, NULL, &error), 1);
    CHECK_INT(image ? counted(mybpf_object_map(image, 0)) : 0, 1);
    mybpf_object_close(image);
    mybpf_vm_destroy(vm);
}

/* A function that cancels its own timer would wait for itself; one that loops ends with the host's budget. */
TEST(timer, own_cancel)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_ARRAY);
    mybpf_error error = {0};
    now = 100;
    mybpf_object *object = load(
        vm, VALUE INIT SET START "r6 = r3\nr1 = r3\nr1 += 8\ncall 172\n*(u64 *)(r6 + 0) = r0\nr0 = 0\nexit",
        map, MYBPF_VERIFIED, 0, &error);
    if (!object) test_fail(__FILE__, __LINE__, "%s", error.message);
    CHECK_INT(run(object), 0);
    now = 2000;
    CHECK_INT(mybpf_vm_run_timers(vm, NULL, NULL, &error), 1);
    CHECK_INT((int64_t)counted(map), -35);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

TEST(timer, refused)
{
    static const struct {
        const char *text;
        mybpf_trust trust;
        uint32_t type;
        const char *message;
    } cases[] = {
        {VALUE "r0 = *(u64 *)(r7 + 8)\nout:\nexit", MYBPF_VERIFIED, 0,
         "a struct bpf_timer of a map is for its helpers alone"},
        {VALUE "*(u8 *)(r7 + 23) = 0\nr0 = 0\nout:\nexit", MYBPF_VERIFIED, 0,
         "a struct bpf_timer of a map is for its helpers alone"},
        {VALUE "r1 = r7\ncall 172\nout:\nexit", MYBPF_VERIFIED, 0, "argument 1 of timer_cancel"},
        {VALUE "r1 = r10\nr1 += -24\ncall 172\nout:\nexit", MYBPF_GUARDED, 0, "argument 1 of timer_cancel"},
        {VALUE INIT SET START "r0 = 1\nexit", MYBPF_VERIFIED, 0, "a timer's function returns 0"},
        {VALUE INIT SET START "r0 = *(u64 *)(r3 + 17)\nr0 = 0\nexit", MYBPF_VERIFIED, 0,
         "cannot prove the 8-byte read at r3 + 17"},
        {VALUE INIT SET START "*(u32 *)(r2 + 0) = 0\nr0 = 0\nexit", MYBPF_VERIFIED, 0,
         "programs may not write there"},
        {VALUE INIT SET START "r0 = 0\nexit", MYBPF_VERIFIED, MYBPF_PROG_TYPE_KPROBE,
         "helper timer_init (169) is not for programs of type kprobe"},
        {VALUE INIT SET START BODY, MYBPF_GUARDED, 0, "argument 1 of timer_start"},
    };
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_ARRAY);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mybpf_error error = {0};
        CASE("%d", (int)i);
        mybpf_object *object = load(vm, cases[i].text, map, cases[i].trust, cases[i].type, &error);
        CHECK(!object);
        if (!strstr(error.message, cases[i].message)) test_fail(__FILE__, __LINE__, "%s", error.message);
        mybpf_object_close(object);
    }
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}
