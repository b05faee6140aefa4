/* test_map_ring.c: records on their way from programs to the host: ring buffers and perf event arrays, with
 * threads. */
#include "mybpf.h"
#include "test.h"

#include <poll.h>
#include <pthread.h>

static mybpf_map *make(mybpf_vm *vm, uint32_t type, uint32_t entries)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.max_entries = entries;
    if (type == MYBPF_MAP_TYPE_PERF_EVENT_ARRAY) desc.key_size = desc.value_size = 4;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

static uint32_t cpu_one(void *user)
{
    (void)user;
    return 1;
}

static mybpf_vm *make_vm(void)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.cpus = 3;
    host.cpu = cpu_one;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return vm;
}

/* r1 = address of a record, r2 = its size (at most 64): output to map 0. */
static mybpf_object *open_writer(mybpf_vm *vm, mybpf_map *map)
{
    static const char *const ring = "r3 = r2\nr2 = r1\nr1 = map_by_idx(0) ll\nr4 = 0\ncall 130\nexit";
    static const char *const perf =
        "r5 = r2\nr4 = r1\nr1 = 0\nr2 = map_by_idx(0) ll\nr3 = 4294967295 ll\ncall 25\nexit";
    const char *text = mybpf_map_describe(map)->type == MYBPF_MAP_TYPE_RINGBUF ? ring : perf;
    mybpf_insn insns[16];
    mybpf_raw_desc raw = {"main", 0, &map, 1};
    mybpf_load_opts load;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    int64_t count = mybpf_assemble(text, strlen(text), insns, 16, &error);
    memset(&load, 0, sizeof load);
    load.trust = MYBPF_TRUSTED;
    int status = mybpf_object_open_insns(vm, insns, count < 0 ? 0 : (size_t)count, &raw, &object, &error);
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

static int64_t write_record(const mybpf_object *object, const void *data, size_t size)
{
    uint64_t args[5] = {(uint64_t)(uintptr_t)data, size, 0, 0, 0}, r0 = 0;
    mybpf_run_opts run;
    memset(&run, 0, sizeof run);
    run.args = args;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, NULL), 0);
    return (int64_t)r0;
}

typedef struct seen {
    uint64_t count, bytes, sum, lost, stop_at;
    uint32_t cpu;
} seen;

static int on_sample(void *user, void *data, size_t size)
{
    seen *s = (seen *)user;
    const uint8_t *bytes = (const uint8_t *)data;
    for (size_t i = 0; i < size; i++) s->sum += bytes[i];
    s->bytes += size;
    s->count++;
    return s->stop_at && s->count == s->stop_at ? -5 : 0;
}

static void on_event(void *user, uint32_t cpu, void *data, size_t size)
{
    on_sample(user, data, size);
    ((seen *)user)->cpu = cpu;
}

static void on_lost(void *user, uint32_t cpu, uint64_t count)
{
    ((seen *)user)->lost += count;
    CHECK_INT(cpu, 1);
}

/* Records of every size, round the ring many times: against a model of how much fits. */
TEST(map_ring, fills_and_empties)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_RINGBUF, 4096);
    mybpf_object *object = open_writer(vm, map);
    mybpf_ring_buffer *rings = NULL, *second = NULL;
    uint8_t data[300];
    uint64_t used = 0, count = 0, bytes = 0, sum = 0, state = 1;
    seen s;
    memset(&s, 0, sizeof s);
    CHECK_INT(mybpf_ring_buffer_new(map, on_sample, &s, &rings, NULL), 0);
    CHECK_INT(mybpf_ring_buffer_new(map, on_sample, &s, &second, NULL), MYBPF_ERR_EXISTS);
    CHECK(second == NULL);
    for (int i = 0; i < 5000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t size = (size_t)(state >> 40) % sizeof data, room = (size + 15) / 8 * 8;
        memset(data, (int)(state >> 33) & 255, sizeof data);
        CASE("record %d of %zu bytes", i, size);
        int64_t expected = used + room > 4095 ? -11 : 0;
        CHECK_INT(write_record(object, data, size), expected);
        if (!expected) used += room, count++, bytes += size, sum += size * data[0];
        if (i % 37 == 0) {
            CHECK(mybpf_ring_buffer_consume(rings) >= 0);
            used = 0;
        }
    }
    mybpf_ring_buffer_consume(rings);
    CHECK_INT(s.count, count);
    CHECK_INT(s.bytes, bytes);
    CHECK_INT(s.sum, sum);
    mybpf_ring_buffer_free(rings);
    CHECK_INT(mybpf_ring_buffer_new(map, on_sample, &s, &rings, NULL), 0); /* another one, later */
    mybpf_ring_buffer_free(rings);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

TEST(map_ring, sample_stops_consuming)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_RINGBUF, 4096), *other = make(vm, MYBPF_MAP_TYPE_RINGBUF, 4096);
    mybpf_object *object = open_writer(vm, map), *writer = open_writer(vm, other);
    mybpf_ring_buffer *rings = NULL;
    seen s;
    memset(&s, 0, sizeof s);
    s.stop_at = 2;
    CHECK_INT(mybpf_ring_buffer_new(map, on_sample, &s, &rings, NULL), 0);
    CHECK_INT(mybpf_ring_buffer_add(rings, other, on_sample, &s, NULL), 0);
    for (int i = 0; i < 3; i++) CHECK_INT(write_record(object, "abc", 3), 0);
    CHECK_INT(write_record(writer, "xyz", 3), 0);
    CHECK_INT(mybpf_ring_buffer_poll(rings, 0), -5);
    CHECK_INT(s.count, 2);
    CHECK_INT(mybpf_ring_buffer_poll(rings, 0), 2); /* the third, and that of the second ring */
    CHECK_INT(mybpf_ring_buffer_poll(rings, 0), 0);
    mybpf_ring_buffer_free(rings);
    mybpf_object_close(object);
    mybpf_object_close(writer);
    mybpf_map_unref(map);
    mybpf_map_unref(other);
    mybpf_vm_destroy(vm);
}

#ifdef __linux__
TEST(map_ring, readable_for_poll)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_RINGBUF, 4096);
    mybpf_object *object = open_writer(vm, map);
    mybpf_ring_buffer *rings = NULL;
    seen s;
    memset(&s, 0, sizeof s);
    CHECK_INT(mybpf_ring_buffer_new(map, on_sample, &s, &rings, NULL), 0);
    struct pollfd fd = {mybpf_ring_buffer_fd(rings), POLLIN, 0};
    int waits = fd.fd >= 0; /* not in a build without GNU's extensions */
    CHECK_INT(poll(&fd, 1, 0), 0);
    CHECK_INT(write_record(object, "abc", 3), 0);
    CHECK_INT(poll(&fd, 1, 0), waits);
    CHECK_INT(mybpf_ring_buffer_consume(rings), 1);
    CHECK_INT(poll(&fd, 1, 0), 0);
    CHECK_INT(mybpf_ring_buffer_poll(rings, 1), 0);
    s.count = 0, s.stop_at = 1; /* what it leaves there can be waited for */
    for (int i = 0; i < 3; i++) CHECK_INT(write_record(object, "abc", 3), 0);
    CHECK_INT(mybpf_ring_buffer_consume(rings), -5);
    CHECK_INT(poll(&fd, 1, 0), waits);
    CHECK_INT(mybpf_ring_buffer_consume(rings), 2);
    CHECK_INT(poll(&fd, 1, 0), 0);
    mybpf_ring_buffer_free(rings);
    CHECK_INT(write_record(object, "abc", 3), 0); /* before there is a consumer */
    CHECK_INT(mybpf_ring_buffer_new(map, on_sample, &s, &rings, NULL), 0);
    fd.fd = mybpf_ring_buffer_fd(rings);
    CHECK_INT(poll(&fd, 1, 0), waits);
    CHECK_INT(mybpf_ring_buffer_consume(rings), 1);
    CHECK_INT(poll(&fd, 1, 0), 0);
    mybpf_ring_buffer_free(rings);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}
#endif

TEST(map_ring, perf_events)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_PERF_EVENT_ARRAY, 3);
    mybpf_object *object = open_writer(vm, map);
    mybpf_ring_buffer *rings = NULL, *second = NULL;
    uint8_t data[64] = {1};
    seen s;
    int64_t status = 0;
    uint64_t fitted = 0, failed = 0;
    memset(&s, 0, sizeof s);
    CHECK_INT(write_record(object, data, 64), -2);
    CHECK_INT(mybpf_perf_buffer_new(map, 3, on_event, on_lost, &s, &rings, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_perf_buffer_new(map, 1, on_event, on_lost, &s, &rings, NULL), 0);
    CHECK_INT(mybpf_perf_buffer_new(map, 1, on_event, on_lost, &s, &second, NULL), MYBPF_ERR_EXISTS);
    for (int i = 0; i < 100; i++) {
        status = write_record(object, data, 64);
        fitted += !status;
        failed += status == -28;
    }
    CHECK_INT(fitted, 4095 / 72);
    CHECK_INT(fitted + failed, 100);
    CHECK_INT(mybpf_ring_buffer_poll(rings, 0), fitted);
    CHECK_INT(s.sum, fitted);
    CHECK_INT(s.cpu, 1);
    CHECK_INT(s.lost, failed);
    mybpf_ring_buffer_free(rings);
    CHECK_INT(write_record(object, data, 64), -2);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- the ring's memory, by hand ---- */

enum { PAGE = MYBPF_MAP_PAGE };
#define BUSY_BIT    0x80000000u
#define DISCARD_BIT 0x40000000u

typedef struct view {
    uintptr_t *consumer, *producer;
    const uint8_t *data;
    size_t size;
} view;

static view map_ring(mybpf_map *map)
{
    void *consumer = NULL, *rest = NULL;
    view v;
    v.size = mybpf_map_describe(map)->max_entries;
    CHECK_INT(mybpf_map_mmap(map, PAGE, 1, 0, &consumer), 0);
    CHECK_INT(mybpf_map_mmap(map, PAGE + 2 * v.size, 0, PAGE, &rest), 0);
    CHECK_INT((uintptr_t)consumer % PAGE | (uintptr_t)rest % PAGE, 0);
    v.consumer = (uintptr_t *)consumer;
    v.producer = (uintptr_t *)rest;
    v.data = (const uint8_t *)rest + PAGE;
    return v;
}

/* What is there, as a reader of the kernel's rings takes it; how many were records. */
static int take(const view *v, seen *s, int *discarded, int *wrapped)
{
    uintptr_t at = __atomic_load_n(v->consumer, __ATOMIC_ACQUIRE);
    int count = 0;
    while (at < __atomic_load_n(v->producer, __ATOMIC_ACQUIRE)) {
        size_t place = at & (v->size - 1);
        uint32_t word = __atomic_load_n((const uint32_t *)(const void *)(v->data + place), __ATOMIC_ACQUIRE),
                 length = word & ~(BUSY_BIT | DISCARD_BIT);
        if (word & BUSY_BIT) break;
        if (word & DISCARD_BIT)
            ++*discarded;
        else
            on_sample(s, (void *)(uintptr_t)(v->data + place + 8), length), count++;
        *wrapped += place + 8 + length > v->size;
        at += (length + 8 + 7) / 8 * 8;
        __atomic_store_n(v->consumer, at, __ATOMIC_RELEASE);
    }
    return count;
}

TEST(map_ring, memory_by_hand)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_RINGBUF, 4096);
    mybpf_object *object = open_writer(vm, map);
    view v = map_ring(map);
    uint8_t data[300];
    uint64_t used = 0, count = 0, bytes = 0, sum = 0, state = 1;
    int discarded = 0, wrapped = 0, full = 0;
    seen s;
    memset(&s, 0, sizeof s);
    for (int i = 0; i < 3000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t size = (size_t)(state >> 33) % sizeof data, room = (size + 8 + 7) / 8 * 8;
        uint64_t of_this = 0;
        for (size_t k = 0; k < size; k++) of_this += data[k] = (uint8_t)(state >> (k % 56));
        int fits = used + room < 4096;
        CHECK_INT(write_record(object, data, size), fits ? 0 : -11);
        full += !fits;
        if (fits) used += room, count++, bytes += size, sum += of_this;
        if (state >> 58 && fits) continue;
        take(&v, &s, &discarded, &wrapped);
        CHECK_INT(s.count, count);
        CHECK_INT(s.bytes, bytes);
        CHECK_INT(s.sum, sum);
        used = 0;
    }
    CHECK(wrapped > 20 && full > 20);
    CHECK_INT(discarded, 0);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* One record is reserved while the host looks: it waits there; then it is given up. */
static view looked_at;
static int looks;
static uint64_t look(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    seen s;
    int discarded = 0, wrapped = 0;
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
    memset(&s, 0, sizeof s);
    CHECK(*looked_at.producer > *looked_at.consumer);
    CHECK_INT(take(&looked_at, &s, &discarded, &wrapped), 0);
    CHECK_INT(discarded, 0);
    looks++;
    return 0;
}

TEST(map_ring, busy_and_discarded_by_hand)
{
    static const char *const text =
        "r6 = r1\nr1 = map_by_idx(0) ll\nr2 = 24\nr3 = 0\ncall 131\nif r0 == 0 goto out\n"
        "r7 = r0\n*(u64 *)(r7 + 0) = 5\ncall 2000000\nr1 = r7\nr2 = 0\n"
        "if r6 == 0 goto give\ncall 133\ngoto out\ngive:\ncall 132\nout:\nr0 = 0\nexit";
    static const mybpf_range all = {0, UINT32_MAX};
    mybpf_helper helper;
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_RINGBUF, 4096);
    mybpf_raw_desc raw = {"main", 0, &map, 1};
    mybpf_insn insns[32];
    mybpf_load_opts load;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    memset(&helper, 0, sizeof helper);
    helper.id = MYBPF_HELPER_USER;
    helper.name = "look";
    helper.fn = look;
    CHECK_INT(mybpf_helper_register(vm, &helper, NULL), 0);
    memset(&load, 0, sizeof load);
    load.trust = MYBPF_TRUSTED;
    load.grants = &all;
    load.grant_count = 1;
    int64_t count = mybpf_assemble(text, strlen(text), insns, 32, &error);
    int status = mybpf_object_open_insns(vm, insns, count < 0 ? 0 : (size_t)count, &raw, &object, &error);
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    looked_at = map_ring(map);
    looks = 0;
    for (uint64_t i = 0; !status && i < 600; i++) { /* round and round */
        uint64_t args[5] = {i % 2, 0, 0, 0, 0}, r0;
        mybpf_run_opts run;
        seen s;
        int discarded = 0, wrapped = 0;
        memset(&run, 0, sizeof run);
        memset(&s, 0, sizeof s);
        run.args = args;
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, NULL), 0);
        CHECK_INT(take(&looked_at, &s, &discarded, &wrapped), i % 2 ? 0 : 1);
        CHECK_INT(discarded, i % 2 ? 1 : 0);
        CHECK_INT(s.bytes, i % 2 ? 0 : 24);
    }
    CHECK_INT(looks, 600);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

TEST(map_ring, memory_refusals)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *ring = make(vm, MYBPF_MAP_TYPE_RINGBUF, 4096),
              *user = make(vm, MYBPF_MAP_TYPE_USER_RINGBUF, 4096),
              *perf = make(vm, MYBPF_MAP_TYPE_PERF_EVENT_ARRAY, 4);
    void *memory = NULL;
    CHECK_INT(mybpf_map_mmap(ring, 0, 0, 0, &memory), -22);
    CHECK_INT(mybpf_map_mmap(ring, SIZE_MAX, 0, 0, &memory), -22);
    CHECK_INT(mybpf_map_mmap(ring, PAGE, 0, 8, &memory), -22);
    CHECK_INT(mybpf_map_mmap(ring, 4 * PAGE, 0, PAGE, &memory), -22);
    CHECK_INT(mybpf_map_mmap(ring, PAGE, 0, 4 * PAGE, &memory), -22);
    CHECK_INT(mybpf_map_mmap(ring, PAGE, 0, UINT64_MAX - PAGE + 1, &memory), -22);
    CHECK_INT(mybpf_map_mmap(ring, PAGE, 1, PAGE, &memory), -1);
    CHECK_INT(mybpf_map_mmap(ring, 2 * PAGE, 1, 0, &memory), -1);
    CHECK_INT(mybpf_map_mmap(user, PAGE, 1, 0, &memory), -1);
    CHECK_INT(mybpf_map_mmap(perf, PAGE, 0, 0, &memory), -524);
    CHECK(!memory);
    mybpf_map_desc desc = {"locked", MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, MYBPF_F_MMAPABLE, 0, NULL};
    mybpf_map *locked = NULL;
    CHECK_INT(mybpf_map_create(vm, &desc, &locked, NULL), 0);
    CHECK_INT(mybpf_map_set_lock(locked, 0, NULL), 0);
    CHECK_INT(mybpf_map_mmap(locked, PAGE, 0, 0, &memory), -524);
    mybpf_map_unref(locked);
    CHECK(!memory);
    CHECK_INT(mybpf_map_mmap(ring, 1, 1, 0, &memory), 0);
    CHECK_INT(mybpf_map_mmap(user, 3 * PAGE, 1, PAGE, &memory), 0);
    CHECK(memory != NULL);
    mybpf_map_unref(ring);
    mybpf_map_unref(user);
    mybpf_map_unref(perf);
    mybpf_vm_destroy(vm);
}

/* ---- threads ---- */

enum { WRITERS = 3, RECORDS = 20000 };

typedef struct writer {
    const mybpf_object *object;
    uint64_t number, written;
    int ended;
} writer;

static void *write_many(void *arg)
{
    writer *w = (writer *)arg;
    for (uint64_t i = 0; i < RECORDS; i++) {
        uint64_t data[3];
        data[0] = w->number;
        data[1] = w->written;
        data[2] = ~w->written;
        if (!write_record(w->object, data, 8 + (size_t)(i % 2 + 1) * 8)) w->written++;
    }
    __atomic_store_n(&w->ended, 1, __ATOMIC_RELEASE);
    return NULL;
}

static uint64_t next_of[WRITERS], wrong;

/* Each writer's records come in its order, whole. */
static int on_order(void *user, void *data, size_t size)
{
    uint64_t got[3] = {0, 0, 0};
    (void)user;
    memcpy(got, data, size);
    if (got[0] >= WRITERS || got[1] != next_of[got[0]] || (size == 24 && got[2] != ~got[1]))
        wrong++;
    else
        next_of[got[0]]++;
    return 0;
}

/* The same, read by hand. */
TEST(map_ring, threads_by_hand)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_RINGBUF, 1 << 12);
    mybpf_object *object = open_writer(vm, map);
    view v = map_ring(map);
    pthread_t threads[WRITERS];
    writer writers[WRITERS];
    uint64_t total = 0;
    memset(next_of, 0, sizeof next_of);
    memset(writers, 0, sizeof writers);
    wrong = 0;
    for (uint64_t i = 0; i < WRITERS; i++) {
        writers[i].object = object;
        writers[i].number = i;
        CHECK_INT(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (uint64_t i = 0; i < WRITERS; i++) {
        for (int ended = 0; !ended;) {
            uintptr_t at = __atomic_load_n(v.consumer, __ATOMIC_ACQUIRE);
            while (at < __atomic_load_n(v.producer, __ATOMIC_ACQUIRE)) {
                const uint8_t *record = v.data + (at & (v.size - 1));
                uint32_t length = __atomic_load_n((const uint32_t *)(const void *)record, __ATOMIC_ACQUIRE);
                if (length & BUSY_BIT) break;
                on_order(NULL, (void *)(uintptr_t)(record + 8), length);
                at += (length + 15) / 8 * 8;
                __atomic_store_n(v.consumer, at, __ATOMIC_RELEASE);
            }
            ended = __atomic_load_n(&writers[i].ended, __ATOMIC_ACQUIRE) &&
                    at == __atomic_load_n(v.producer, __ATOMIC_ACQUIRE);
        }
        pthread_join(threads[i], NULL);
        total += writers[i].written;
    }
    CHECK_INT(wrong, 0);
    CHECK_INT(next_of[0] + next_of[1] + next_of[2], total);
    CHECK(total > 0);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

TEST(map_ring, threads)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make(vm, MYBPF_MAP_TYPE_RINGBUF, 1 << 16);
    mybpf_object *object = open_writer(vm, map);
    mybpf_ring_buffer *rings = NULL;
    pthread_t threads[WRITERS];
    writer writers[WRITERS];
    uint64_t total = 0, read = 0;
    memset(next_of, 0, sizeof next_of);
    wrong = 0;
    CHECK_INT(mybpf_ring_buffer_new(map, on_order, NULL, &rings, NULL), 0);
    memset(writers, 0, sizeof writers);
    for (uint64_t i = 0; i < WRITERS; i++) {
        writers[i].object = object;
        writers[i].number = i;
        CHECK_INT(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (int idle = 0; idle < 2;) {
        int got = mybpf_ring_buffer_poll(rings, 100);
        idle = got ? 0 : idle + 1;
        read += (uint64_t)got;
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        total += writers[i].written;
    }
    read += (uint64_t)mybpf_ring_buffer_poll(rings, 0);
    CHECK_INT(wrong, 0);
    CHECK_INT(read, total);
    CHECK(total > 0);
    mybpf_ring_buffer_free(rings);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}
