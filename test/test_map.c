/* test_map.c: maps against a naive model, their limits and error numbers, and threads. */
#include "mybpf.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>

static mybpf_vm *vm;

static void setup(void) { CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0); }

static void teardown(void)
{
    mybpf_vm_destroy(vm);
    vm = NULL;
}

static mybpf_map_desc description(uint32_t type, uint32_t key, uint32_t value, uint32_t entries)
{
    mybpf_map_desc desc;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.key_size = key;
    desc.value_size = value;
    desc.max_entries = entries;
    return desc;
}

static mybpf_map *make(uint32_t type, uint32_t key, uint32_t value, uint32_t entries)
{
    mybpf_map_desc desc = description(type, key, value, entries);
    mybpf_map *map = NULL;
    mybpf_error error;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

/* Keys that are too long to be copied without asking for memory. */
TEST(map, large_keys)
{
    static char key[1500], next[1500];
    char value = 0;
    int count = 0;
    setup();
    mybpf_map *map = make(MYBPF_MAP_TYPE_HASH, sizeof key, 1, 40);
    for (value = 1; value <= 40; value++) {
        key[1499] = value;
        CHECK_INT(mybpf_map_update(map, key, &value, MYBPF_NOEXIST), 0);
    }
    CHECK_INT(mybpf_map_update(map, key, &value, MYBPF_NOEXIST), -17);
    CHECK_INT(mybpf_map_lookup(map, key, &value), 0);
    CHECK_INT(value, 40);
    key[0] = 1;
    CHECK_INT(mybpf_map_lookup(map, key, &value), -2);
    CHECK_INT(mybpf_map_update(map, key, &value, MYBPF_ANY), -7);
    while (!mybpf_map_next_key(map, NULL, next)) count += !mybpf_map_delete(map, next);
    CHECK_INT(count, 40);
    mybpf_map_unref(map);
    teardown();
}

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

/* ---- what may not be made ---- */

TEST(map, refused)
{
    static const struct {
        uint32_t type, key, value, entries, flags;
        int status;
        const char *message;
    } rows[] = {
        {MYBPF_MAP_TYPE_ARRAY, 8, 8, 1, 0, MYBPF_ERR_ARGUMENT,
         "map m: the key of an array has 4 bytes, not 8"},
        {MYBPF_MAP_TYPE_ARRAY, 4, 0, 1, 0, MYBPF_ERR_ARGUMENT, "map m: array needs a value larger than 0"},
        {MYBPF_MAP_TYPE_ARRAY, 4, 8, 0, 0, MYBPF_ERR_ARGUMENT,
         "map m: array needs max_entries larger than 0"},
        {MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, 1, MYBPF_ERR_ARGUMENT, "map m: array does not take the flags 0x1"},
        {MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, 128 | 256, MYBPF_ERR_ARGUMENT,
         "map m: array does not take the flags 0x180"},
        {MYBPF_MAP_TYPE_ARRAY, 4, 0xffffffff, 1, 0, MYBPF_ERR_LIMIT,
         "map m: 1 entries of 4 + 4294967295 bytes are too large"},
        {MYBPF_MAP_TYPE_ARRAY, 4, 8, 0xffffffff, 0, MYBPF_ERR_LIMIT, NULL},
        {MYBPF_MAP_TYPE_ARRAY, 4, 0xffffffff, 0xffffffff, 0, MYBPF_ERR_LIMIT, NULL},
        {MYBPF_MAP_TYPE_HASH, 0, 8, 1, 0, MYBPF_ERR_ARGUMENT, "map m: hash needs a key larger than 0"},
        {MYBPF_MAP_TYPE_HASH, 4, 8, 1, 1024, MYBPF_ERR_ARGUMENT, "map m: hash does not take the flags 0x400"},
        {MYBPF_MAP_TYPE_HASH, 0xffffffff, 0xffffffff, 0xffffffff, 0, MYBPF_ERR_LIMIT, NULL},
        {MYBPF_MAP_TYPE_HASH, 0x400000, 8, 1, 0, MYBPF_ERR_LIMIT,
         "map m: an element of 4194304 + 8 bytes is larger than 4194240"},
        {MYBPF_MAP_TYPE_LRU_HASH, 4, 8, 1, 1, MYBPF_ERR_UNSUPPORTED,
         "map m: an LRU hash has all its elements from the beginning, BPF_F_NO_PREALLOC is not for it"},
        {MYBPF_MAP_TYPE_PERCPU_ARRAY, 4, 32769, 1, 0, MYBPF_ERR_LIMIT,
         "map m: a value of 32769 bytes is larger than the 32768 of a map per CPU"},
        {MYBPF_MAP_TYPE_CPUMAP, 4, 4, 4096, 0, MYBPF_ERR_LIMIT,
         "map m: a cpumap has at most 4095 entries, not 4096"},
        {MYBPF_MAP_TYPE_SOCKHASH, 513, 4, 1, 0, MYBPF_ERR_LIMIT,
         "map m: a key of 513 bytes is larger than 512"},
        {MYBPF_MAP_TYPE_HASH, 512, 0xffffffff, 1, 0, MYBPF_ERR_LIMIT, NULL},
        {MYBPF_MAP_TYPE_HASH, 512, 8, 0x800000, 0, MYBPF_ERR_LIMIT, NULL},
        {MYBPF_MAP_TYPE_HASH, 1, 1, 0x80000001, 0, MYBPF_ERR_LIMIT, NULL},
        {MYBPF_MAP_TYPE_PROG_ARRAY, 4, 16, 1, 0, MYBPF_ERR_ARGUMENT,
         "map m: a prog array has keys and values of 4 bytes, not 4 and 16"},
        {MYBPF_MAP_TYPE_RINGBUF, 0, 0, 4097, 0, MYBPF_ERR_ARGUMENT, NULL},
        {MYBPF_MAP_TYPE_RINGBUF, 0, 0, 0x80000000, 0, MYBPF_ERR_LIMIT, NULL},
        {MYBPF_MAP_TYPE_LPM_TRIE, 8, 8, 4, 0, MYBPF_ERR_ARGUMENT,
         "map m: an lpm_trie needs keys of 5 to 260 bytes and BPF_F_NO_PREALLOC"},
        {MYBPF_MAP_TYPE_QUEUE, 4, 8, 4, 0, MYBPF_ERR_ARGUMENT, "map m: a queue has no keys"},
        {MYBPF_MAP_TYPE_INSN_ARRAY, 4, 16, 4, 0, MYBPF_ERR_UNSUPPORTED,
         "map m: maps of type insn_array (34) do not run here"},
        {MYBPF_MAP_TYPE_UNSPEC, 4, 4, 1, 0, MYBPF_ERR_UNSUPPORTED,
         "map m: maps of type unspec (0) do not run here"},
        {99, 4, 4, 1, 0, MYBPF_ERR_ARGUMENT, "map m: there is no map type 99"},
    };
    setup();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_map_desc desc = description(rows[i].type, rows[i].key, rows[i].value, rows[i].entries);
        mybpf_map *map = (mybpf_map *)&desc;
        mybpf_error error = {0};
        CASE("row %zu", i);
        desc.flags = rows[i].flags;
        CHECK_INT(mybpf_map_create(vm, &desc, &map, &error), rows[i].status);
        CHECK(map == NULL);
        CHECK_INT(error.code, rows[i].status);
        if (rows[i].message) CHECK_TEXT(error.message, rows[i].message);
    }
    teardown();
}

/* Types that do not run are refused by their name. */
TEST(map, types_that_do_not_run)
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_STRUCT_OPS, MYBPF_MAP_TYPE_INSN_ARRAY};
    setup();
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        mybpf_map_desc desc = description(types[i], 4, 4, 4);
        mybpf_map *map = NULL;
        mybpf_error error = {0};
        CASE("type %u", types[i]);
        CHECK_INT(mybpf_map_create(vm, &desc, &map, &error), MYBPF_ERR_UNSUPPORTED);
        CHECK(strstr(error.message, mybpf_map_type_name(types[i])) != NULL);
    }
    teardown();
}

TEST(map, unterminated_name)
{
    setup();
    mybpf_map_desc desc = description(MYBPF_MAP_TYPE_ARRAY, 4, 8, 1);
    mybpf_map *map = NULL;
    memset(desc.name, 'x', sizeof desc.name);
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), MYBPF_ERR_ARGUMENT);
    CHECK(map == NULL);
    teardown();
}

TEST(map, type_names)
{
    CHECK_TEXT(mybpf_map_type_name(MYBPF_MAP_TYPE_UNSPEC), "unspec");
    CHECK_TEXT(mybpf_map_type_name(MYBPF_MAP_TYPE_LPM_TRIE), "lpm_trie");
    CHECK_TEXT(mybpf_map_type_name(MYBPF_MAP_TYPE_INSN_ARRAY), "insn_array");
    CHECK(mybpf_map_type_name(MYBPF_MAP_TYPE_COUNT) == NULL);
    CHECK(mybpf_map_type_name(UINT32_MAX) == NULL);
}

/* ---- error numbers, as bpf(2) gives them ---- */

TEST(map, array_errors)
{
    setup();
    mybpf_map *map = make(MYBPF_MAP_TYPE_ARRAY, 4, 5, 3);
    uint32_t key = 2, next = 77;
    char value[5] = "abcd";
    CHECK_INT(mybpf_map_lookup(map, &key, value), 0);
    CHECK_INT(value[0] | value[4], 0); /* zero at first */
    CHECK_INT(mybpf_map_update(map, &key, "wxyz", MYBPF_EXIST), 0);
    CHECK_INT(mybpf_map_lookup(map, &key, value), 0);
    CHECK_TEXT(value, "wxyz");
    CHECK_TEXT((char *)mybpf_map_value(map, &key), "wxyz");
    CHECK_INT((uintptr_t)mybpf_map_value(map, &key) % 8, 0);
    CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_NOEXIST), -17);
    CHECK_INT(mybpf_map_update(map, &key, value, 3), -22);
    CHECK_INT(mybpf_map_delete(map, &key), -22);
    key = 3;
    CHECK_INT(mybpf_map_lookup(map, &key, value), -2);
    CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_ANY), -7);
    CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_NOEXIST), -7);
    CHECK(mybpf_map_value(map, &key) == NULL);
    for (uint32_t i = 0; i < 3; i++) {
        CHECK_INT(mybpf_map_next_key(map, i ? &next : NULL, &next), 0);
        CHECK_INT(next, i);
    }
    CHECK_INT(mybpf_map_next_key(map, &next, &next), -2);
    key = UINT32_MAX; /* not a key: starts over */
    CHECK_INT(mybpf_map_next_key(map, &key, &next), 0);
    CHECK_INT(next, 0);
    mybpf_map_unref(map);
    teardown();
}

TEST(map, hash_errors)
{
    setup();
    mybpf_map *map = make(MYBPF_MAP_TYPE_HASH, 3, 4, 2);
    char value[4];
    CHECK_INT(mybpf_map_lookup(map, "abc", value), -2);
    CHECK_INT(mybpf_map_update(map, "abc", "one", MYBPF_EXIST), -2);
    CHECK_INT(mybpf_map_update(map, "abc", "one", 3), -22);
    CHECK_INT(mybpf_map_delete(map, "abc"), -2);
    CHECK_INT(mybpf_map_next_key(map, NULL, value), -2);
    CHECK_INT(mybpf_map_update(map, "abc", "one", MYBPF_NOEXIST), 0);
    CHECK_INT(mybpf_map_update(map, "abc", "two", MYBPF_NOEXIST), -17);
    CHECK_INT(mybpf_map_update(map, "abc", "two", MYBPF_EXIST), 0);
    CHECK_INT(mybpf_map_update(map, "abd", "xxx", MYBPF_ANY), 0);
    CHECK_INT(mybpf_map_update(map, "abe", "xxx", MYBPF_ANY), -7);
    CHECK_INT(mybpf_map_update(map, "abc", "tri", MYBPF_ANY), 0); /* full, but it exists */
    CHECK_INT(mybpf_map_lookup(map, "abc", value), 0);
    CHECK_TEXT(value, "tri");
    char *place = mybpf_map_value(map, "abc");
    CHECK_INT(mybpf_map_delete(map, "abc"), 0);
    CHECK_TEXT(place, "tri"); /* still memory of the map */
    CHECK_INT(mybpf_map_delete(map, "abc"), -2);
    CHECK_INT(mybpf_map_update(map, "abe", "fit", MYBPF_ANY), 0);
    mybpf_map_unref(map);
    teardown();
}

/* A program may hand over a part of the element that it updates. */
TEST(map, value_from_itself)
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_ARRAY, MYBPF_MAP_TYPE_HASH};
    setup();
    for (size_t i = 0; i < 2; i++) {
        mybpf_map *map = make(types[i], 4, 8, 2);
        uint8_t value[8] = {1, 2, 3, 4, 5, 6, 7, 8};
        uint32_t key = 0;
        CASE("type %u", (unsigned)types[i]);
        CHECK_INT(mybpf_map_update(map, &key, value, 0), 0);
        uint8_t *at = (uint8_t *)mybpf_map_value(map, &key);
        memcpy(value, at + 3, 5); /* what follows is the map's memory, too */
        CHECK_INT(mybpf_map_update(map, &key, at + 3, 0), 0);
        CHECK((at == mybpf_map_value(map, &key)) == (types[i] == MYBPF_MAP_TYPE_ARRAY));
        CHECK(!memcmp(mybpf_map_value(map, &key), value, 5));
        mybpf_map_unref(map);
    }
    teardown();
}

static mybpf_object *open_returning(int32_t r0)
{
    const mybpf_insn code[] = {{0xb7, 0, 0, 0, r0}, {0x95, 0, 0, 0, 0}};
    mybpf_object *object = NULL;
    CHECK_INT(mybpf_object_open_insns(vm, code, 2, NULL, &object, NULL), 0);
    CHECK_INT(mybpf_object_load(object, NULL, NULL), 0);
    return object;
}

TEST(map, prog_array)
{
    setup();
    mybpf_map *map = make(MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2);
    mybpf_object *object = open_returning(5);
    const mybpf_program *program = mybpf_object_program(object, 0), *got = NULL, *none = NULL;
    uint32_t key = 1;
    CHECK_INT(mybpf_map_lookup(map, &key, &got), -2);
    CHECK_INT(mybpf_map_delete(map, &key), -2);
    CHECK_INT(mybpf_map_update(map, &key, &none, MYBPF_ANY), -22);
    CHECK_INT(mybpf_map_update(map, &key, &program, MYBPF_NOEXIST), -22);
    CHECK_INT(mybpf_map_update(map, &key, &program, MYBPF_ANY), 0);
    CHECK_INT(mybpf_map_lookup(map, &key, &got), 0);
    CHECK(got == program);
    CHECK(mybpf_map_value(map, &key) == NULL);
    CHECK_INT(mybpf_map_delete(map, &key), 0);
    CHECK_INT(mybpf_map_lookup(map, &key, &got), -2);
    key = 2;
    CHECK_INT(mybpf_map_update(map, &key, &program, MYBPF_ANY), -7);
    CHECK_INT(mybpf_map_delete(map, &key), -7);
    CHECK_INT(mybpf_map_lookup(map, &key, &got), -2);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    teardown();
}

/* A program that is in a prog array outlives its object's handle; its object goes with the last entry. */
TEST(map, prog_array_keeps_objects)
{
    setup();
    for (int replaced = 0; replaced < 3; replaced++) {
        mybpf_map *map = make(MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2);
        mybpf_object *object = open_returning(5);
        const mybpf_program *program = mybpf_object_program(object, 0), *got = NULL;
        uint64_t r0 = 0;
        for (uint32_t key = 0; key < 2; key++) CHECK_INT(mybpf_map_update(map, &key, &program, MYBPF_ANY), 0);
        mybpf_object_close(object);
        uint32_t key = 1;
        CHECK_INT(mybpf_map_lookup(map, &key, &got), 0);
        CHECK_INT(mybpf_program_run(got, NULL, &r0, NULL), 0);
        CHECK_INT(r0, 5);
        if (replaced == 1) CHECK_INT(mybpf_map_delete(map, &key), 0);
        if (replaced == 2) {
            object = open_returning(6);
            program = mybpf_object_program(object, 0);
            for (key = 0; key < 2; key++) CHECK_INT(mybpf_map_update(map, &key, &program, MYBPF_ANY), 0);
            mybpf_object_close(object);
        }
        mybpf_map_unref(map);
    }
    teardown();
}

/* ---- random operations against a model ---- */

enum { KEYS = 40 };

typedef struct model {
    int present[KEYS];
    uint64_t value[KEYS];
    uint32_t count, limit;
} model;

static int model_update(model *m, uint32_t key, uint64_t value, uint64_t flags)
{
    if (m->present[key] && flags == MYBPF_NOEXIST) return -17;
    if (!m->present[key] && flags == MYBPF_EXIST) return -2;
    if (!m->present[key] && m->count == m->limit) return -7;
    m->count += !m->present[key];
    m->present[key] = 1;
    m->value[key] = value;
    return 0;
}

static int model_delete(model *m, uint32_t key)
{
    if (!m->present[key]) return -2;
    m->present[key] = 0;
    m->count--;
    return 0;
}

/* Keys of `size` bytes that differ in one place only, so that every byte must count. */
static void spell(uint8_t *bytes, uint32_t size, uint32_t key)
{
    memset(bytes, 0xa5, size);
    bytes[key % size] = (uint8_t)(key + 1);
}

/* Every key once, however the walk is begun. */
static void check_walk(mybpf_map *map, const model *m, uint32_t key_size)
{
    uint8_t key[64], expected[64];
    uint32_t seen = 0, steps = 0;
    int found[KEYS] = {0};
    for (int more = !mybpf_map_next_key(map, NULL, key); more; more = !mybpf_map_next_key(map, key, key)) {
        for (uint32_t k = 0; k < KEYS; k++) {
            spell(expected, key_size, k);
            if (memcmp(key, expected, key_size)) continue;
            CHECK(m->present[k] && !found[k]);
            found[k] = 1;
            seen++;
        }
        if (++steps > KEYS) break;
    }
    CHECK_INT(steps, m->count);
    CHECK_INT(seen, m->count);
}

TEST(map, hash_model)
{
    static const uint32_t key_sizes[] = {1, 3, 4, 8, 13, 64}, limits[] = {1, 7, 32, KEYS};
    setup();
    for (uint32_t round = 0; round < 24; round++) {
        uint32_t key_size = key_sizes[round % 6], limit = limits[round / 6];
        model m;
        memset(&m, 0, sizeof m);
        m.limit = limit;
        mybpf_map *map = make(MYBPF_MAP_TYPE_HASH, key_size, 8, limit);
        seed = round;
        for (int step = 0; step < 3000; step++) {
            uint32_t k = draw(KEYS);
            uint64_t value = draw(1u << 30), got = 0, flags = draw(3);
            uint8_t key[64];
            CASE("round %u step %d", round, step);
            spell(key, key_size, k);
            switch (draw(4)) {
            case 0: CHECK_INT(mybpf_map_delete(map, key), model_delete(&m, k)); break;
            case 1:
                CHECK_INT(mybpf_map_lookup(map, key, &got), m.present[k] ? 0 : -2);
                if (m.present[k]) CHECK_INT(got, m.value[k]);
                CHECK((mybpf_map_value(map, key) != NULL) == m.present[k]);
                break;
            default:
                CHECK_INT(mybpf_map_update(map, key, &value, flags), model_update(&m, k, value, flags));
                break;
            }
            if (step % 100 == 0) check_walk(map, &m, key_size);
        }
        mybpf_map_unref(map);
    }
    teardown();
}

TEST(map, array_model)
{
    setup();
    for (uint32_t size = 1; size < 20; size++) {
        uint8_t model_values[10][20] = {{0}}, value[20];
        mybpf_map *map = make(MYBPF_MAP_TYPE_ARRAY, 4, size, 10);
        seed = size;
        for (int step = 0; step < 500; step++) {
            uint32_t k = draw(10);
            CASE("value size %u step %d", size, step);
            for (uint32_t i = 0; i < size; i++) value[i] = (uint8_t)draw(256);
            CHECK_INT(mybpf_map_update(map, &k, value, MYBPF_ANY), 0);
            memcpy(model_values[k], value, size);
            k = draw(10);
            CHECK_INT(mybpf_map_lookup(map, &k, value), 0);
            CHECK_INT(memcmp(value, model_values[k], size), 0);
        }
        mybpf_map_unref(map);
    }
    teardown();
}

/* A walk that deletes what it has just seen empties the map: the gone key starts it over. */
TEST(map, walk_and_delete)
{
    setup();
    mybpf_map *map = make(MYBPF_MAP_TYPE_HASH, 4, 4, 100);
    uint32_t key, count = 0;
    for (key = 0; key < 100; key++) CHECK_INT(mybpf_map_update(map, &key, &key, MYBPF_ANY), 0);
    for (int more = !mybpf_map_next_key(map, NULL, &key); more && count < 200; count++) {
        CHECK_INT(mybpf_map_delete(map, &key), 0);
        more = !mybpf_map_next_key(map, &key, &key);
    }
    CHECK_INT(count, 100);
    CHECK_INT(mybpf_map_next_key(map, NULL, &key), -2);
    mybpf_map_unref(map);
    teardown();
}

/* ---- what guarded programs may touch ---- */

/* v = value of key r2; *(v + r1) = 1, as wide as `store` says, or when that is a call: get_current_comm(v,
 * r1). r0 is 1, or 0 when there is no such key. */
static int guarded_run(mybpf_map *map, uint8_t store, int64_t r1, uint32_t key, uint64_t *r0)
{
    const int is_call = store == 0x85;
    const mybpf_insn code[] = {
        {0xbf, 6, 1, 0, 0},   /* r6 = r1 */
        {0x63, 10, 2, -4, 0}, /* *(u32 *)(r10 - 4) = r2 */
        {0xbf, 2, 10, 0, 0},  /* r2 = r10 */
        {0x07, 2, 0, 0, -4},  /* r2 += -4 */
        {0x18, 1, 5, 0, 0},
        {0, 0, 0, 0, 0},                    /* r1 = map 0 */
        {0x85, 0, 0, 0, 1},                 /* call map_lookup_elem */
        {0x15, 0, 0, 6, 0},                 /* if r0 == 0 goto exit */
        {0xbf, 1, 0, 0, 0},                 /* r1 = r0 */
        {0x07, 1, 0, 0, 1},                 /* r1 += 1 */
        {0xbf, 2, 6, 0, 0},                 /* r2 = r6 */
        {0x0f, 0, 6, 0, 0},                 /* r0 += r6 */
        {store, 0, 0, 0, is_call ? 16 : 1}, /* *(r0 + 0) = 1 */
        {0xb7, 0, 0, 0, 1},                 /* r0 = 1 */
        {0x95, 0, 0, 0, 0},                 /* exit */
    };
    mybpf_raw_desc desc = {NULL, 0, &map, 1};
    mybpf_load_opts load;
    mybpf_run_opts run;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    uint64_t args[5] = {(uint64_t)r1, key, 0, 0, 0};
    memset(&load, 0, sizeof load);
    memset(&run, 0, sizeof run);
    load.trust = MYBPF_GUARDED;
    run.args = args;
    int status = mybpf_object_open_insns(vm, code, sizeof code / sizeof *code, &desc, &object, &error);
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status)
        test_fail(__FILE__, __LINE__, "%s", error.message);
    else
        status = mybpf_program_run(mybpf_object_program(object, 0), &run, r0, &error);
    mybpf_object_close(object);
    return status;
}

TEST(map, guarded_values)
{
    static const struct {
        uint8_t store;
        int64_t offset;
        int allowed;
    } rows[] =
        {
            {0x72, 0, 1},          {0x72, 4, 1},         {0x72, 5, 0},
            {0x72, -1, 0}, /* a value has five bytes; the padding is nobody's */
            {0x6a, 3, 1},          {0x6a, 4, 0},         {0x62, 0, 1},
            {0x62, 1, 1},          {0x62, 2, 0},         {0x62, -1, 0},
            {0x7a, 0, 0},          {0x7a, -8, 0},        {0x72, 1 << 20, 0},
            {0x72, -(1 << 20), 0}, {0x72, INT64_MAX, 0}, {0x72, INT64_MIN, 0},
        };
    setup();
    for (uint32_t type = MYBPF_MAP_TYPE_HASH; type <= MYBPF_MAP_TYPE_ARRAY; type++) {
        mybpf_map *map = make(type, 4, 5, 3);
        for (uint32_t key = 0; key < 3; key++)
            CHECK_INT(mybpf_map_update(map, &key, "\0\0\0\0", MYBPF_ANY), 0);
        for (uint32_t key = 0; key < 4; key++)
            for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                int allowed = rows[i].allowed || key == 3;
                uint64_t r0 = 99;
                CASE("type %u key %u row %zu", type, key, i);
                CHECK_INT(guarded_run(map, rows[i].store, rows[i].offset, key, &r0),
                          allowed ? 0 : MYBPF_FAULT_ACCESS);
                if (allowed) CHECK_INT(r0, key < 3);
            }
        mybpf_map_unref(map);
    }
    teardown();
}

/* Helpers are held to the same: get_current_comm(value of key 0 + 1, r1). And nothing behind the last value
 * is the map's. */
TEST(map, guarded_sizes)
{
    static const struct {
        int64_t size;
        int status;
    } rows[] = {{4, 0},
                {5, MYBPF_FAULT_ACCESS},
                {0, MYBPF_FAULT_ACCESS},
                {-1, MYBPF_FAULT_ACCESS},
                {INT64_MIN, MYBPF_FAULT_ACCESS}};
    setup();
    for (uint32_t type = MYBPF_MAP_TYPE_HASH; type <= MYBPF_MAP_TYPE_ARRAY; type++) {
        mybpf_map *map = make(type, 4, 5, 3);
        uint32_t last = 0;
        uint64_t r0;
        for (uint32_t key = 0; key < 3; key++) {
            CHECK_INT(mybpf_map_update(map, &key, "\0\0\0\0", MYBPF_ANY), 0);
            if (mybpf_map_value(map, &key) > mybpf_map_value(map, &last)) last = key;
        }
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            CASE("type %u row %zu", type, i);
            CHECK_INT(guarded_run(map, 0x85, rows[i].size, 0, &r0), rows[i].status);
        }
        CASE("type %u", type);
        CHECK_INT(guarded_run(map, 0x72, type == MYBPF_MAP_TYPE_HASH ? 16 : 8, last, &r0),
                  MYBPF_FAULT_ACCESS);
        mybpf_map_unref(map);
    }
    teardown();
}

/* ---- memory ---- */

typedef struct tight {
    int left, live;
} tight;

static void *tight_realloc(void *user, void *memory, size_t size)
{
    tight *t = user;
    if (!size) {
        t->live -= memory != NULL;
        free(memory);
        return NULL;
    }
    if (t->left-- <= 0) return NULL;
    t->live += memory == NULL;
    return realloc(memory, size);
}

TEST(map, every_allocation_can_fail)
{
    for (uint32_t type = MYBPF_MAP_TYPE_HASH; type <= MYBPF_MAP_TYPE_PROG_ARRAY; type++) {
        int made = 0;
        for (int n = 0; !made && n < 20; n++) {
            tight t = {1000, 0};
            mybpf_host host;
            mybpf_error error = {0};
            mybpf_map_desc desc = description(type, 4, type == MYBPF_MAP_TYPE_PROG_ARRAY ? 4 : 8, 4);
            mybpf_map *map = NULL;
            memset(&host, 0, sizeof host);
            host.realloc = tight_realloc;
            host.user = &t;
            CASE("type %u, allocation %d", type, n);
            CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
            t.left = n;
            made = !mybpf_map_create(vm, &desc, &map, &error);
            if (!made) CHECK_INT(error.code, MYBPF_ERR_MEMORY);
            CHECK((map != NULL) == made);
            CHECK(mybpf_map_ref(map) == map);
            mybpf_map_unref(map);
            mybpf_map_unref(map);
            mybpf_vm_destroy(vm);
            CHECK_INT(t.live, 0);
        }
        CHECK(made);
    }
    vm = NULL;
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 4000 };

typedef struct worker {
    mybpf_map *map;
    uint32_t number;
    uint32_t torn, failed;
    long balance; /* insertions less deletions */
} worker;

/* A value is two equal halves: a torn read shows. */
static void *work(void *arg)
{
    worker *w = arg;
    uint32_t state = w->number * 7919 + 1;
    for (int i = 0; i < ROUNDS; i++) {
        state = state * 1664525 + 1013904223;
        uint32_t key = (state >> 16) % 16, next;
        uint64_t value[2];
        value[0] = value[1] = state;
        switch ((state >> 8) % 4) {
        case 0:
            if (!mybpf_map_update(w->map, &key, value, MYBPF_NOEXIST)) w->balance++;
            break;
        case 1:
            if (!mybpf_map_delete(w->map, &key)) w->balance--;
            break;
        case 2:
            if (!mybpf_map_lookup(w->map, &key, value) && value[0] != value[1]) w->torn++;
            break;
        default:
            mybpf_map_update(w->map, &key, value, MYBPF_EXIST);
            if (!mybpf_map_next_key(w->map, &key, &next) && next >= 16) w->failed++;
            break;
        }
    }
    return NULL;
}

TEST(map, threads)
{
    setup();
    mybpf_map *map = make(MYBPF_MAP_TYPE_HASH, 4, 16, 12); /* fewer places than keys: it fills up */
    pthread_t threads[THREADS];
    worker workers[THREADS];
    long expected = 0, left = 0;
    memset(workers, 0, sizeof workers);
    for (uint32_t i = 0; i < THREADS; i++) {
        workers[i].map = mybpf_map_ref(map);
        workers[i].number = i;
        CHECK_INT(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        mybpf_map_unref(map);
        CHECK_INT(workers[i].torn, 0);
        CHECK_INT(workers[i].failed, 0);
        expected += workers[i].balance;
    }
    for (uint32_t key = 0; key < 16; key++) left += mybpf_map_value(map, &key) != NULL;
    CHECK_INT(left, expected);
    for (uint32_t key = 0; key < 16; key++) mybpf_map_delete(map, &key);
    uint64_t value[2] = {0, 0}; /* no place was lost: twelve fit again, not one more */
    for (uint32_t key = 0; key < 13; key++)
        CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_ANY), key < 12 ? 0 : -7);
    mybpf_map_unref(map);
    teardown();
}

/* ---- locks in values ---- */

/* The lock is nobody's to copy; with MYBPF_F_LOCK a value changes in place. */
TEST(map, locks_in_values)
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_ARRAY, MYBPF_MAP_TYPE_HASH};
    setup();
    for (size_t i = 0; i < 2; i++) {
        mybpf_map *map = make(types[i], 4, 16, 2), *bare = make(types[i], 4, 16, 2);
        uint32_t key = 1, value[4] = {1, 7, 3, 4}, got[4];
        CASE("type %u", types[i]);
        CHECK_INT(mybpf_map_set_lock(map, 4, NULL), 0);
        CHECK_INT(mybpf_map_update(bare, &key, value, MYBPF_F_LOCK), -22);
        CHECK_INT(mybpf_map_lookup_flags(bare, &key, got, MYBPF_F_LOCK), -22);
        CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_ANY), 0);
        uint32_t *at = (uint32_t *)mybpf_map_value(map, &key);
        CHECK_INT(at[1], 0);
        value[0] = 9;
        CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_F_LOCK | MYBPF_EXIST), 0);
        CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_F_LOCK | MYBPF_NOEXIST), -17);
        CHECK(mybpf_map_value(map, &key) == at);
        CHECK_INT(at[0], 9);
        CHECK_INT(at[1], 0);
        at[1] = 1; /* held */
        CHECK_INT(mybpf_map_lookup(map, &key, got), 0);
        CHECK_INT(got[1], 0);
        CHECK_INT(got[3], 4);
        at[1] = 0;
        CHECK_INT(mybpf_map_lookup_flags(map, &key, got, MYBPF_F_LOCK), 0);
        CHECK_INT(got[0], 9);
        CHECK_INT(at[1], 0);
        mybpf_map_unref(map);
        mybpf_map_unref(bare);
    }
    teardown();
}
