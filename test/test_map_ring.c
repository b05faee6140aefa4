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

/* ---- threads ---- */

enum { WRITERS = 3, RECORDS = 20000 };

typedef struct writer {
    const mybpf_object *object;
    uint64_t number, written;
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
