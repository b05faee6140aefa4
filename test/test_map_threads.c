/* test_map_threads.c: what a run has looked up stays as it was until the run ends, whatever others do to the
 * map; one thread at a time, and many. MYBPF_MAP_OPS operations a thread; `make tsan` has ten million of them
 * looked at. */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>

static mybpf_map *make(mybpf_vm *vm, uint32_t type, uint32_t value, uint32_t entries, uint32_t flags)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.key_size = 4;
    desc.value_size = value;
    desc.max_entries = entries;
    desc.flags = flags;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

/* r1 is a key. r0 = 0 when there is none, 1 when its value's halves are equal before and after helper
 * `meanwhile`, else 2. */
static mybpf_object *open_reader(mybpf_vm *vm, mybpf_map *map)
{
    static const mybpf_insn code[] = {
        {0x63, 10, 1, -4, 0}, /* *(u32 *)(r10 - 4) = r1 */
        {0xbf, 2, 10, 0, 0},
        {0x07, 2, 0, 0, -4},
        {0x18, 1, 5, 0, 0},
        {0, 0, 0, 0, 0},                    /* r1 = map 0 */
        {0x85, 0, 0, 0, 1},                 /* call map_lookup_elem */
        {0xbf, 7, 0, 0, 0},                 /* r7 = r0 */
        {0x15, 7, 0, 7, 0},                 /* if r7 == 0 goto none */
        {0x79, 6, 7, 0, 0},                 /* r6 = *(u64 *)r7 */
        {0x85, 0, 0, 0, MYBPF_HELPER_USER}, /* call meanwhile */
        {0x79, 1, 7, 8, 0},                 /* r1 = *(u64 *)(r7 + 8) */
        {0xb7, 0, 0, 0, 2},
        {0x5d, 1, 6, 1, 0}, /* if r1 != r6 goto exit */
        {0xb7, 0, 0, 0, 1},
        {0x95, 0, 0, 0, 0},
        {0xb7, 0, 0, 0, 0}, /* none */
        {0x95, 0, 0, 0, 0},
    };
    static const mybpf_range all = {0, UINT32_MAX};
    mybpf_raw_desc desc = {NULL, 0, &map, 1};
    mybpf_load_opts load;
    mybpf_object *object = NULL;
    mybpf_error error;
    memset(&load, 0, sizeof load);
    load.trust = MYBPF_TRUSTED;
    load.grants = &all;
    load.grant_count = 1;
    int status = mybpf_object_open_insns(vm, code, sizeof code / sizeof *code, &desc, &object, &error);
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

static uint64_t run_reader(const mybpf_object *object, uint32_t key, void *user)
{
    uint64_t args[5] = {key, 0, 0, 0, 0}, r0 = 99;
    mybpf_run_opts run;
    memset(&run, 0, sizeof run);
    run.args = args;
    run.user = user;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, NULL), 0);
    return r0;
}

static mybpf_vm *make_vm(mybpf_helper_fn meanwhile)
{
    mybpf_vm *vm = NULL;
    mybpf_helper helper;
    memset(&helper, 0, sizeof helper);
    helper.id = MYBPF_HELPER_USER;
    helper.name = "meanwhile";
    helper.fn = meanwhile;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    return vm;
}

/* ---- one thread: the helper changes the map under the run ---- */

static uint64_t churn(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    mybpf_map *map = (mybpf_map *)mybpf_env_user(env);
    uint64_t value[2] = {7, 8}; /* halves that differ: in the run's value they would show */
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t key = i % 4;
        if (i % 3)
            mybpf_map_delete(map, &key);
        else
            mybpf_map_update(map, &key, value, MYBPF_ANY);
    }
    return 0;
}

TEST(map_threads, value_stays_until_the_run_ends)
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_HASH, MYBPF_MAP_TYPE_LRU_HASH};
    mybpf_vm *vm = make_vm(churn);
    for (uint32_t i = 0; i < 4; i++) {
        mybpf_map *map = make(vm, types[i / 2], 16, 1, i & 1 && i < 2 ? MYBPF_F_NO_PREALLOC : 0);
        mybpf_object *object = open_reader(vm, map);
        uint64_t value[2] = {5, 5};
        CASE("type %u, flags %u", types[i / 2], i & 1);
        for (int run = 0; run < 300; run++) {
            uint32_t key = 0;
            for (; key < 4; key++) mybpf_map_delete(map, &key);
            CHECK_INT(mybpf_map_update(map, &(uint32_t){2}, value, MYBPF_ANY), 0);
            CHECK_INT(run_reader(object, 2, map), 1);
            CHECK_INT(run_reader(object, 77, map), 0);
        }
        mybpf_object_close(object);
        mybpf_map_unref(map);
    }
    mybpf_vm_destroy(vm);
}

/* What runs leave behind is used again: the map does not grow for ever. */
typedef struct meter {
    size_t bytes;
} meter;

static void *metered_realloc(void *user, void *memory, size_t size)
{
    ((meter *)user)->bytes += size;
    if (size) return realloc(memory, size);
    free(memory);
    return NULL;
}

TEST(map_threads, memory_is_used_again)
{
    meter m = {0};
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.realloc = metered_realloc;
    host.user = &m;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_HASH, 16, 64, 0);
    size_t before = m.bytes;
    uint64_t value[2] = {1, 1};
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t key = i * 2654435761u % 97 % 64;
        CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_ANY), 0);
        if (i % 3 == 0) CHECK_INT(mybpf_map_delete(map, &key), 0);
    }
    CHECK(m.bytes - before < 64 * 1024);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- many threads ---- */

static uint32_t cpu_zero(void *user)
{
    (void)user;
    return 0;
}

enum { KEYS = 64, WORKERS = 6 };

typedef struct worker {
    mybpf_map *map;
    const mybpf_object *object;
    uint32_t number, wrong;
    long ops;
} worker;

static uint64_t nothing(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
    return 0;
}

static void *work(void *arg)
{
    worker *w = (worker *)arg;
    uint64_t state = w->number * 7919 + 1;
    for (long i = 0; i < w->ops; i++) {
        uint64_t value[2];
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t key = (uint32_t)(state >> 40) % KEYS, next;
        value[0] = value[1] = state;
        switch (w->number) {
        case 0:
        case 1: mybpf_map_update(w->map, &key, value, (state >> 35) % 3); break;
        case 2: mybpf_map_delete(w->map, &key); break;
        case 3:
            if (!mybpf_map_lookup(w->map, &key, value) && value[0] != value[1]) w->wrong++;
            if (!mybpf_map_next_key(w->map, &key, &next) && next >= KEYS) w->wrong++;
            break;
        default:
            if (run_reader(w->object, key, NULL) > 1) w->wrong++;
            break;
        }
    }
    return NULL;
}

TEST(map_threads, readers_writers_deleters)
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_HASH, MYBPF_MAP_TYPE_LRU_HASH};
    const char *asked = getenv("MYBPF_MAP_OPS");
    long ops = asked ? atol(asked) / (2 * WORKERS) : 30000;
    for (int t = 0; t < 2; t++) {
        mybpf_vm *vm = make_vm(nothing);
        mybpf_map *map = make(vm, types[t], 16, t ? KEYS / 2 : KEYS - 4, 0);
        mybpf_object *object = open_reader(vm, map);
        pthread_t threads[WORKERS];
        worker workers[WORKERS];
        uint32_t left = 0, walked = 0, key;
        memset(workers, 0, sizeof workers);
        CASE("type %u", types[t]);
        for (uint32_t i = 0; i < WORKERS; i++) {
            workers[i].map = map;
            workers[i].object = object;
            workers[i].number = i;
            workers[i].ops = ops;
            CHECK_INT(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        }
        for (int i = 0; i < WORKERS; i++) {
            pthread_join(threads[i], NULL);
            CHECK_INT(workers[i].wrong, 0);
        }
        for (key = 0; key < KEYS; key++) left += mybpf_map_value(map, &key) != NULL;
        for (int more = !mybpf_map_next_key(map, NULL, &key); more;
             more = !mybpf_map_next_key(map, &key, &key))
            walked++;
        CHECK_INT(walked, left);
        mybpf_object_close(object);
        mybpf_map_unref(map);
        mybpf_vm_destroy(vm);
    }
}

/* Everything that the host can do with elements, on every type that has some, by several threads at once. */
typedef struct any_work {
    mybpf_map *map;
    uint32_t number;
    long ops;
} any_work;

static void *work_any(void *arg)
{
    const any_work *w = (const any_work *)arg;
    const mybpf_map_desc *desc = mybpf_map_describe(w->map);
    uint64_t value[64], place[2], state = w->number * 7919 + 1;
    uint32_t keys[64], next[4], count;
    for (long i = 0; i < w->ops; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t number = (uint32_t)(state >> 40) % KEYS;
        const void *key = desc->key_size ? keys : NULL;
        keys[0] = desc->key_size == 8 ? 32 - number % 3 : number; /* of a trie: bits, then what they are of */
        keys[1] = number;
        memset(value, (int)number, sizeof value);
        switch (state >> 33 & 7) {
        case 0:
        case 1: mybpf_map_update(w->map, key, value, MYBPF_ANY); break;
        case 2: mybpf_map_delete(w->map, key); break;
        case 3: mybpf_map_next_key(w->map, key, next); break;
        case 4: mybpf_map_lookup_and_delete(w->map, key, value, 0); break;
        case 5:
            count = 4;
            if (number < 8) mybpf_map_lookup_batch(w->map, NULL, place, keys, value, &count, 0);
            break;
        default: mybpf_map_lookup(w->map, key, value); break;
        }
    }
    return NULL;
}

TEST(map_threads, every_type)
{
    static const struct {
        uint32_t type, key, entries, flags;
    } shapes[] = {{MYBPF_MAP_TYPE_ARRAY, 4, KEYS, 0},
                  {MYBPF_MAP_TYPE_PERCPU_ARRAY, 4, KEYS, 0},
                  {MYBPF_MAP_TYPE_HASH, 4, KEYS / 2, MYBPF_F_NO_PREALLOC},
                  {MYBPF_MAP_TYPE_PERCPU_HASH, 4, KEYS, 0},
                  {MYBPF_MAP_TYPE_LRU_PERCPU_HASH, 4, KEYS / 2, 0},
                  {MYBPF_MAP_TYPE_LPM_TRIE, 8, KEYS, MYBPF_F_NO_PREALLOC},
                  {MYBPF_MAP_TYPE_QUEUE, 0, 16, 0},
                  {MYBPF_MAP_TYPE_STACK, 0, 16, 0},
                  {MYBPF_MAP_TYPE_BLOOM_FILTER, 0, KEYS, 0},
                  {MYBPF_MAP_TYPE_DEVMAP_HASH, 4, KEYS, 0}};
    enum { TYPES = sizeof shapes / sizeof *shapes, THREADS = 4 };
    const char *asked = getenv("MYBPF_MAP_OPS");
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.cpus = 3;
    host.cpu = cpu_zero;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (int t = 0; t < TYPES; t++) {
        pthread_t threads[THREADS];
        any_work works[THREADS];
        mybpf_map_desc desc;
        mybpf_map *map = NULL;
        memset(&desc, 0, sizeof desc);
        desc.type = shapes[t].type;
        desc.key_size = shapes[t].key;
        desc.value_size = 8;
        desc.max_entries = shapes[t].entries;
        desc.flags = shapes[t].flags;
        CASE("type %u", desc.type);
        CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
        for (uint32_t i = 0; map && i < THREADS; i++) {
            works[i].map = map;
            works[i].number = i;
            works[i].ops = (asked ? atol(asked) : 400000) / (TYPES * THREADS);
            CHECK_INT(pthread_create(&threads[i], NULL, work_any, &works[i]), 0);
        }
        for (int i = 0; map && i < THREADS; i++) pthread_join(threads[i], NULL);
        mybpf_map_unref(map);
    }
    mybpf_vm_destroy(vm);
}

/* ---- hot replacement: programs in a prog array, and maps in a map of maps, go while others use them ---- */

static mybpf_object *open_code(mybpf_vm *vm, mybpf_map *map, const mybpf_insn *code, size_t count)
{
    mybpf_raw_desc desc = {NULL, 0, &map, map != NULL};
    mybpf_load_opts load;
    mybpf_object *object = NULL;
    mybpf_error error;
    memset(&load, 0, sizeof load);
    load.trust = MYBPF_GUARDED;
    int status = mybpf_object_open_insns(vm, code, count, &desc, &object, &error);
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

typedef struct caller {
    const mybpf_object *object;
    long runs;
    uint32_t wrong;
} caller;

static void *call_many(void *arg)
{
    caller *c = (caller *)arg;
    for (long i = 0; i < c->runs; i++) {
        uint64_t r0 = 0;
        if (mybpf_program_run(mybpf_object_program(c->object, 0), NULL, &r0, NULL) || r0 < 5 || r0 > 6)
            c->wrong++;
    }
    return NULL;
}

/* One that is compiled jumps where it finds a program of its own object, enters others; they change
 * meanwhile. */
TEST(map_threads, tail_calls_replaced)
{
    /* as often as may be, then 6 through another's program, 5 through none or too many of its own */
    static const mybpf_insn jump[] = {{0x18, 2, 5, 0, 0},  {0, 0, 0, 0, 0},    {0xb7, 3, 0, 0, 0},
                                      {0x85, 0, 0, 0, 12}, {0xb7, 0, 0, 0, 5}, {0x95, 0, 0, 0, 0}},
                            six[] = {{0xb7, 0, 0, 0, 6}, {0x95, 0, 0, 0, 0}};
    const char *asked = getenv("MYBPF_MAP_OPS");
    long runs = asked ? atol(asked) / 10 : 20000;
    mybpf_vm *vm = make_vm(nothing);
    mybpf_map *programs = make(vm, MYBPF_MAP_TYPE_PROG_ARRAY, 4, 1, 0);
    pthread_t threads[2];
    caller callers[2];
    memset(callers, 0, sizeof callers);
    for (int i = 0; i < 2; i++) {
        mybpf_object *object = open_code(vm, programs, jump, 6);
        int status = mybpf_jit_compile(object, NULL, NULL);
        CHECK(!status || status == MYBPF_ERR_UNSUPPORTED);
        callers[i].object = object;
        callers[i].runs = runs;
    }
    for (int i = 0; i < 2; i++) CHECK_INT(pthread_create(&threads[i], NULL, call_many, &callers[i]), 0);
    for (long i = 0; i < runs / 10; i++) {
        uint32_t zero = 0;
        const mybpf_program *program = mybpf_object_program(callers[i % 2].object, 0);
        CHECK_INT(mybpf_map_update(programs, &zero, &program, MYBPF_ANY), 0);
        if (i % 5 == 0) mybpf_map_delete(programs, &zero);
        if (i % 5 > 2) {
            mybpf_object *object = open_code(vm, NULL, six, 2);
            if (i % 5 == 3) (void)mybpf_jit_compile(object, NULL, NULL);
            program = mybpf_object_program(object, 0);
            CHECK_INT(mybpf_map_update(programs, &zero, &program, MYBPF_ANY), 0);
            mybpf_object_close(object);
        }
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(callers[i].wrong, 0);
        mybpf_object_close((mybpf_object *)(uintptr_t)callers[i].object);
    }
    mybpf_map_unref(programs);
    mybpf_vm_destroy(vm);
}

TEST(map_threads, programs_and_maps_replaced)
{
    static const mybpf_insn jump[] = {{0x18, 2, 5, 0, 0},  {0, 0, 0, 0, 0},    {0xb7, 3, 0, 0, 0},
                                      {0x85, 0, 0, 0, 12}, {0xb7, 0, 0, 0, 5}, {0x95, 0, 0, 0, 0}},
                            six[] = {{0xb7, 0, 0, 0, 6}, {0x95, 0, 0, 0, 0}},
                            nested[] = {
                                {0x62, 10, 0, -4, 0}, /* *(u32 *)(r10 - 4) = 0 */
                                {0xbf, 2, 10, 0, 0},  {0x07, 2, 0, 0, -4}, {0x18, 1, 5, 0, 0},
                                {0, 0, 0, 0, 0},      {0x85, 0, 0, 0, 1},  {0x15, 0, 0, 7, 0}, /* no map: 5 */
                                {0xbf, 1, 0, 0, 0},   {0xbf, 2, 10, 0, 0}, {0x07, 2, 0, 0, -4},
                                {0x85, 0, 0, 0, 1},   {0x15, 0, 0, 2, 0}, /* no element: 5 */
                                {0x79, 0, 0, 0, 0},   {0x95, 0, 0, 0, 0},  {0xb7, 0, 0, 0, 5},
                                {0x95, 0, 0, 0, 0}};
    const char *asked = getenv("MYBPF_MAP_OPS");
    long runs = asked ? atol(asked) / 10 : 20000;
    mybpf_vm *vm = make_vm(nothing);
    mybpf_map *programs = make(vm, MYBPF_MAP_TYPE_PROG_ARRAY, 4, 1, 0),
              *inner = make(vm, MYBPF_MAP_TYPE_HASH, 8, 2, 0), *outer = NULL;
    mybpf_map_desc desc;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "outer");
    desc.type = MYBPF_MAP_TYPE_ARRAY_OF_MAPS;
    desc.key_size = desc.value_size = 4;
    desc.max_entries = 1;
    desc.inner = mybpf_map_describe(inner);
    CHECK_INT(mybpf_map_create(vm, &desc, &outer, NULL), 0);
    mybpf_map_unref(inner);
    pthread_t threads[2];
    caller callers[2];
    memset(callers, 0, sizeof callers);
    callers[0].object = open_code(vm, programs, jump, 6);
    callers[1].object = open_code(vm, outer, nested, 16);
    for (int i = 0; i < 2; i++) {
        callers[i].runs = runs;
        CHECK_INT(pthread_create(&threads[i], NULL, call_many, &callers[i]), 0);
    }
    for (long i = 0; i < runs / 50; i++) {
        uint32_t zero = 0;
        uint64_t value = 6;
        mybpf_object *object = open_code(vm, NULL, six, 2);
        const mybpf_program *program = mybpf_object_program(object, 0);
        CHECK_INT(mybpf_map_update(programs, &zero, &program, MYBPF_ANY), 0);
        mybpf_object_close(object);
        inner = make(vm, MYBPF_MAP_TYPE_HASH, 8, 2, 0);
        CHECK_INT(mybpf_map_update(inner, &zero, &value, MYBPF_ANY), 0);
        CHECK_INT(mybpf_map_update(outer, &zero, &inner, MYBPF_ANY), 0);
        mybpf_map_unref(inner);
        if (i % 3 == 0) mybpf_map_delete(programs, &zero), mybpf_map_delete(outer, &zero);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(callers[i].wrong, 0);
        mybpf_object_close((mybpf_object *)(uintptr_t)callers[i].object);
    }
    mybpf_map_unref(programs);
    mybpf_map_unref(outer);
    mybpf_vm_destroy(vm);
}
