/* test_kptr.c: objects of the host in the values of maps: what programs may do with them, and that each is
 * given back once, whatever becomes of the value that it is in. */
#include "from_text.h"

#include <pthread.h>
#include <stdlib.h>

enum { ITEM = MYBPF_OBJECT_HOST, OTHER, ITEMS = 4096 };
enum { NUMBER = 0, FIELD = 8, FIELD_OTHER = 24, VALUE = 40 };

#define MAP    "map_by_idx(0) ll\n"
#define LOOKUP "*(u32 *)(r10 - 4) = 0\nr1 = " MAP "r2 = r10\nr2 += -4\ncall 1\nif r0 == 0 goto out\nr7 = r0\n"
#define NEW    "call 2000000\nif r0 == 0 goto out\n"
#define PUT    "r1 = r0\ncall 2000001\n"
#define FIELDS "r1 = r7\nr1 += 8\n"
#define PUT_IN LOOKUP NEW "r2 = r0\n" FIELDS "call 194\nif r0 == 0 goto out\n" PUT "out:\nr0 = 0\nexit"
#define TAKE                                                                                                 \
    LOOKUP FIELDS "r2 = 0\ncall 194\nif r0 == 0 goto out\nr8 = *(u64 *)(r0 + 8)\n" PUT "r0 = r8\nout:\nexit"

/* What the host knows of an object: how many have it. */
typedef struct item {
    uint64_t number, payload;
    uint32_t refs;
} item;

static item items[ITEMS];
static uint32_t made, live, failures;

static uint32_t count(uint32_t *at, uint32_t by)
{
#ifdef __GNUC__
    return __atomic_add_fetch(at, by, __ATOMIC_ACQ_REL);
#else
    return *at += by;
#endif
}

static void give_back(void *user, void *object)
{
    item *it = object;
    if (user != &live) count(&failures, 1);
    if (count(&it->refs, (uint32_t)-1) != 0) count(&failures, 1);
    count(&live, (uint32_t)-1);
}

static void let_go(mybpf_env *env, void *object)
{
    (void)env;
    give_back(&live, object);
}

/* The next one that nobody has. */
static void *fresh(void)
{
    for (;;) {
        uint32_t n = count(&made, 1), none = 0;
        item *it = &items[n % ITEMS];
#ifdef __GNUC__
        if (!__atomic_compare_exchange_n(&it->refs, &none, 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            continue;
#else
        if (it->refs != none) continue;
        it->refs = 1;
#endif
        it->number = n;
        it->payload = 1000 + n;
        count(&live, 1);
        return it;
    }
}

#define HELPER(name)                                                                                         \
    static uint64_t name(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
#define UNUSED (void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env

HELPER(item_new)
{
    void *it = fresh();
    UNUSED;
    if (!mybpf_env_hold(env, it, let_go)) return (uint64_t)(uintptr_t)it;
    let_go(env, it);
    return 0;
}
HELPER(item_put)
{
    UNUSED;
    mybpf_env_drop(env, (void *)(uintptr_t)r1);
    give_back(&live, (void *)(uintptr_t)r1);
    return 0;
}
HELPER(item_fail)
{
    UNUSED;
    mybpf_env_stop(env, MYBPF_FAULT_ACCESS, 0);
    return 0;
}

static mybpf_vm *make_vm_of(int kind_count)
{
    const mybpf_object_kind kinds[] = {{"item", ITEM, 16, 0, give_back, &live},
                                       {"other", OTHER, 16, 1, give_back, &live}};
    const mybpf_helper helpers[] = {
        {2000000,
         "item_new",
         item_new,
         MYBPF_RET_MEM_OR_NULL,
         {0},
         MYBPF_HELPER_ACQUIRE,
         NULL,
         ITEM,
         {16},
         0},
        {2000001,
         "item_put",
         item_put,
         MYBPF_RET_VOID,
         {MYBPF_ARG_OBJECT},
         MYBPF_HELPER_RELEASE,
         NULL,
         ITEM,
         {0},
         0},
        {2000002,
         "other_new",
         item_new,
         MYBPF_RET_MEM_OR_NULL,
         {0},
         MYBPF_HELPER_ACQUIRE,
         NULL,
         OTHER,
         {16},
         0},
        {2000003,
         "other_put",
         item_put,
         MYBPF_RET_VOID,
         {MYBPF_ARG_OBJECT},
         MYBPF_HELPER_RELEASE,
         NULL,
         OTHER,
         {0},
         0},
        {2000004,
         "short_new",
         item_new,
         MYBPF_RET_MEM_OR_NULL,
         {0},
         MYBPF_HELPER_ACQUIRE,
         NULL,
         ITEM,
         {8},
         0},
        {2000005,
         "const_new",
         item_new,
         MYBPF_RET_MEM_OR_NULL,
         {0},
         MYBPF_HELPER_ACQUIRE | MYBPF_HELPER_CONSTANT,
         NULL,
         ITEM,
         {16},
         0},
        {2000006, "item_fail", item_fail, MYBPF_RET_INTEGER, {0}, MYBPF_HELPER_MAY_STOP, NULL, 0, {0}, 0},
        {2000007, "item_get", item_new, MYBPF_RET_MEM_OR_NULL, {0}, 0, NULL, ITEM, {16}, 0},
    };
    mybpf_vm *vm = vm_with_jit();
    for (int i = 0; i < kind_count; i++) CHECK_INT(mybpf_object_kind_register(vm, &kinds[i], NULL), 0);
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        CHECK_INT(mybpf_helper_register(vm, &helpers[i], NULL), 0);
    made = live = failures = 0;
    memset(items, 0, sizeof items);
    return vm;
}
static mybpf_vm *make_vm(void) { return make_vm_of(2); }

static mybpf_map *plain_map(mybpf_vm *vm, uint32_t type, uint32_t entries, uint32_t flags)
{
    int storage = type == MYBPF_MAP_TYPE_SK_STORAGE || type == MYBPF_MAP_TYPE_CGRP_STORAGE ||
                  type == MYBPF_MAP_TYPE_TASK_STORAGE || type == MYBPF_MAP_TYPE_INODE_STORAGE;
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.key_size = 4;
    desc.value_size = VALUE;
    desc.max_entries = storage ? 0 : entries;
    desc.flags = flags | (storage ? MYBPF_F_NO_PREALLOC : 0);
    if (type == MYBPF_MAP_TYPE_QUEUE || type == MYBPF_MAP_TYPE_STACK) desc.key_size = 0;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

/* Values: a number, an item, a number, another, a number. */
static mybpf_map *make_map(mybpf_vm *vm, uint32_t type, uint32_t entries)
{
    mybpf_map *map = plain_map(vm, type, entries, 0);
    mybpf_error error = {0};
    if (mybpf_map_set_kptr(map, FIELD, ITEM, &error) || mybpf_map_set_kptr(map, FIELD_OTHER, OTHER, &error))
        test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

static const mybpf_range user = {2000000, 2999999};

static mybpf_object *load(mybpf_vm *vm, const char *text, mybpf_map *map, mybpf_trust trust,
                          uint32_t policies, mybpf_error *error)
{
    mybpf_raw_desc raw = {"main", 0, &map, 1};
    mybpf_load_opts opts;
    mybpf_object *object;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.grants = &user;
    opts.grant_count = 1;
    opts.policies = policies;
    load_text(vm, text, &raw, &opts, &object, error);
    return object;
}

/* The same, which must work. */
static mybpf_object *loaded(mybpf_vm *vm, const char *text, mybpf_map *map, mybpf_trust trust, int native)
{
    mybpf_error error = {0};
    mybpf_object *object = load(vm, text, map, trust, 0, &error);
    if (!object || (native && mybpf_aot_target_host() && mybpf_jit_compile(object, NULL, &error)))
        test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
    return object;
}

static int64_t run(const mybpf_object *object, int status)
{
    uint64_t r0 = 77;
    CHECK_INT(object ? mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, NULL) : -1, status);
    return (int64_t)r0;
}

static void add(mybpf_map *map, uint32_t key, uint64_t number)
{
    uint64_t wide = key, value[64 * VALUE / 8];
    memset(value, 0xff, sizeof value); /* what is given for the fields does not matter */
    value[0] = number;
    CHECK_INT(mybpf_map_update(map, &wide, value, 0), 0);
}

static void done(mybpf_vm *vm)
{
    mybpf_vm_destroy(vm);
    CHECK_INT(live, 0);
    CHECK_INT(failures, 0);
}

#define KPTR   "a kptr in a map's value is for bpf_kptr_xchg alone"
#define OBJECT "it must be what such a helper gave, compared with NULL and not moved"

TEST(kptr, verdicts)
{
    static const struct {
        const char *text, *message; /* NULL: accepted, in guarded mode too */
        uint32_t policies;
    } cases[] = {
        {PUT_IN, NULL, 0},
        {TAKE, NULL, 0},
        {LOOKUP NEW "r6 = r0\nr2 = r6\n" FIELDS
                    "call 194\nr6 = r0\nif r6 == 0 goto out\nr0 = *(u64 *)(r6 + 0)\n"
                    "r1 = r6\ncall 2000001\nout:\nr0 = 0\nexit",
         NULL, 0},
        {LOOKUP "r0 = *(u64 *)(r7 + 8)\nout:\nexit", NULL, 0},
        {LOOKUP
         "r0 = *(u64 *)(r7 + 0)\nr1 = *(u64 *)(r7 + 16)\nr1 = *(u64 *)(r7 + 32)\n*(u64 *)(r7 + 16) = 1\n"
         "out:\nr0 = 0\nexit",
         NULL, 0},
        /* not given back, given back twice, used afterwards */
        {LOOKUP FIELDS "r2 = 0\ncall 194\nout:\nr0 = 0\nexit", "must be released on every path", 0},
        {LOOKUP NEW "r2 = r0\n" FIELDS "call 194\nout:\nr0 = 0\nexit", "must be released on every path", 0},
        {LOOKUP NEW "r6 = r0\nr2 = r0\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT
                    "r1 = r6\ncall 2000001\nout:\n"
                    "r0 = 0\nexit",
         "argument 1 of item_put: ", 0},
        {LOOKUP NEW "r6 = r0\nr2 = r0\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT
                    "r0 = *(u64 *)(r6 + 0)\nout:\n"
                    "r0 = 0\nexit",
         "cannot prove the 8-byte read at r6 + 0", 0},
        {LOOKUP NEW "r6 = r0\nr2 = r6\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT "r2 = r6\n" FIELDS
                    "call 194\n"
                    "out:\nr0 = 0\nexit",
         "argument 2 of kptr_xchg: ", 0},
        {LOOKUP FIELDS "r2 = 0\ncall 194\nr0 = *(u64 *)(r0 + 0)\nout:\nexit", "compare it with NULL", 0},
        {LOOKUP FIELDS "r2 = 0\ncall 194\nif r0 == 0 goto out\nr6 = r0\n" PUT
                       "r0 = *(u64 *)(r6 + 0)\nout:\nexit",
         "cannot prove the 8-byte read at r6 + 0", 0},
        /* another kind, less memory than it must have, not for writing, not the program's, moved, or NULL, a
           number */
        {LOOKUP "call 2000002\nif r0 == 0 goto out\nr2 = r0\n" FIELDS "call 194\n" PUT "out:\nr0 = 0\nexit",
         "argument 2 of kptr_xchg: r2 is an object of kind 257 (16 bytes) + 0; " OBJECT, 0},
        {LOOKUP "call 2000004\nif r0 == 0 goto out\nr2 = r0\n" FIELDS "call 194\n" PUT "out:\nr0 = 0\nexit",
         "argument 2 of kptr_xchg: r2 is an object of kind 256 (8 bytes) + 0; " OBJECT, 0},
        {LOOKUP "call 2000005\nif r0 == 0 goto out\nr2 = r0\n" FIELDS "call 194\n" PUT "out:\nr0 = 0\nexit",
         OBJECT, 0},
        {LOOKUP "call 2000007\nif r0 == 0 goto out\nr2 = r0\n" FIELDS "call 194\n" PUT "out:\nr0 = 0\nexit",
         "it is not the program's to release", 0},
        {LOOKUP NEW "r2 = r0\nr2 += 8\n" FIELDS "call 194\n" PUT "out:\nr0 = 0\nexit", OBJECT, 0},
        {LOOKUP "call 2000000\nr2 = r0\n" FIELDS "call 194\n" PUT "out:\nr0 = 0\nexit",
         "compare it with NULL", 0},
        {LOOKUP FIELDS "r2 = 1\ncall 194\n" PUT "out:\nr0 = 0\nexit", OBJECT, 0},
        {LOOKUP FIELDS "r2 = r10\ncall 194\n" PUT "out:\nr0 = 0\nexit", OBJECT, 0},
        /* what was taken out is of the field's kind, and may be written to or not as that says */
        {LOOKUP "r1 = r7\nr1 += 24\nr2 = 0\ncall 194\nif r0 == 0 goto out\n" PUT "out:\nr0 = 0\nexit",
         "argument 1 of item_put: ", 0},
        {LOOKUP "r1 = r7\nr1 += 24\nr2 = 0\ncall 194\nif r0 == 0 goto out\nr1 = r0\nr2 = *(u64 *)(r0 + 8)\n"
                "call 2000003\nout:\nr0 = 0\nexit",
         NULL, 0},
        {LOOKUP "r1 = r7\nr1 += 24\nr2 = 0\ncall 194\nif r0 == 0 goto out\nr1 = r0\n*(u64 *)(r0 + 8) = 0\n"
                "call 2000003\nout:\nr0 = 0\nexit",
         "programs may not write there", 0},
        {LOOKUP FIELDS
         "r2 = 0\ncall 194\nif r0 == 0 goto out\nr1 = r0\nr2 = *(u64 *)(r0 + 9)\ncall 2000001\nout:\n"
         "r0 = 0\nexit",
         "it may lie behind the last byte", 0},
        /* somewhere else than at a kptr of a value */
        {LOOKUP "r1 = r7\nr2 = 0\ncall 194\n" PUT "out:\nr0 = 0\nexit",
         "argument 1 of kptr_xchg: r1 is a value of map m (40 bytes) + 0; " KPTR, 0},
        {LOOKUP "r1 = r7\nr1 += 9\nr2 = 0\ncall 194\n" PUT "out:\nr0 = 0\nexit",
         "argument 1 of kptr_xchg: ", 0},
        {LOOKUP "r1 = r7\nr1 += 16\nr2 = 0\ncall 194\n" PUT "out:\nr0 = 0\nexit",
         "argument 1 of kptr_xchg: ", 0},
        {LOOKUP "r1 = *(u64 *)(r7 + 0)\nr1 &= 8\nr1 += r7\nr2 = 0\ncall 194\n" PUT "out:\nr0 = 0\nexit",
         "argument 1 of kptr_xchg: ", 0},
        {"r1 = r10\nr1 += -8\nr2 = 0\ncall 194\n" PUT "r0 = 0\nexit", "argument 1 of kptr_xchg: ", 0},
        {"*(u32 *)(r10 - 4) = 0\nr1 = " MAP
         "r2 = r10\nr2 += -4\ncall 1\nr1 = r0\nr1 += 8\nr2 = 0\ncall 194\n" PUT "r0 = 0\nexit",
         "compare it with NULL", 0},
        /* nothing else reads or writes it */
        {LOOKUP "*(u64 *)(r7 + 8) = 0\nout:\nr0 = 0\nexit", "cannot prove the 8-byte write at r7 + 8: ", 0},
        {LOOKUP "*(u8 *)(r7 + 15) = 0\nout:\nr0 = 0\nexit", KPTR, 0},
        {LOOKUP "*(u64 *)(r7 + 4) = 0\nout:\nr0 = 0\nexit", KPTR, 0},
        {LOOKUP "r1 = 1\nlock *(u64 *)(r7 + 8) += r1\nout:\nr0 = 0\nexit", KPTR, 0},
        {LOOKUP "r0 = *(u32 *)(r7 + 8)\nout:\nexit", KPTR, 0},
        {LOOKUP "r0 = *(u64 *)(r7 + 12)\nout:\nexit", KPTR, 0},
        {LOOKUP "r1 = *(u64 *)(r7 + 0)\nr1 &= 8\nr7 += r1\nr0 = *(u64 *)(r7 + 0)\nout:\nexit", KPTR, 0},
        {LOOKUP "r0 = *(u64 *)(r7 + 8)\nout:\nexit", KPTR, MYBPF_POLICY_NO_POINTER_LEAKS},
        {LOOKUP "r1 = " MAP "r2 = r10\nr2 += -4\nr3 = r7\nr4 = 0\ncall 2\nout:\nr0 = 0\nexit",
         "argument 3 of map_update_elem: ", 0},
        {LOOKUP "r1 = r7\nr2 = 9\ncall 16\nout:\nr0 = 0\nexit", "argument 1 of get_current_comm: ", 0},
        {LOOKUP "r1 = r7\nr1 += 8\nr2 = 8\nr3 = r10\nr3 += -8\ncall 6\nout:\nr0 = 0\nexit", KPTR, 0},
        {LOOKUP "r1 = r7\nr2 = 40\nr3 = 0\nr4 = r10\nr4 += -24\ncall 197\nout:\nr0 = 0\nexit", KPTR, 0},
        {LOOKUP NEW "r2 = r0\n" FIELDS "r6 = 194\ncallx r6\nout:\nr0 = 0\nexit",
         "the call through a register", 0},
        {LOOKUP NEW "r6 = r0\nr1 = 0\nr2 = " MAP "r3 = 0\ncall 12\nr1 = r6\ncall 2000001\nout:\nr0 = 0\nexit",
         "", 0},
    };
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_ARRAY, 4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int guarded = 0; guarded < 2; guarded++) {
            mybpf_error error = {0};
            CASE("%d, %s", (int)i, guarded ? "guarded" : "verified");
            mybpf_object *object = load(vm, cases[i].text, map, guarded ? MYBPF_GUARDED : MYBPF_VERIFIED,
                                        cases[i].policies, &error);
            if (!cases[i].message && !object) test_fail(__FILE__, __LINE__, "%s", error.message);
            if (cases[i].message && !guarded) {
                CHECK(!object);
                if (!strstr(error.message, cases[i].message))
                    test_fail(__FILE__, __LINE__, "%s", error.message);
            }
            if (cases[i].message && strstr(cases[i].text, "call 194\n") &&
                !strstr(cases[i].message, "cannot prove") && !strstr(cases[i].message, "NULL") &&
                !strstr(cases[i].message, "behind") && !strstr(cases[i].message, "write there"))
                CHECK(!object); /* nor is the helper called unless that is proven */
            mybpf_object_close(object);
        }
    mybpf_map_unref(map);
    done(vm);
}

static const uint32_t types[] = {MYBPF_MAP_TYPE_ARRAY,       MYBPF_MAP_TYPE_HASH,
                                 MYBPF_MAP_TYPE_LRU_HASH,    MYBPF_MAP_TYPE_PERCPU_ARRAY,
                                 MYBPF_MAP_TYPE_PERCPU_HASH, MYBPF_MAP_TYPE_LRU_PERCPU_HASH};
enum { TYPES = sizeof types / sizeof *types };

/* Put in, written over, taken out, left to the map: in every mode and engine. */
TEST(kptr, runs)
{
    for (uint32_t i = 0; i < 6 * TYPES; i++) {
        uint32_t type = types[i / 6];
        mybpf_trust trust = (mybpf_trust)(i / 2 % 3);
        mybpf_vm *vm = make_vm();
        mybpf_map *map = make_map(vm, type, 4);
        uint64_t value[64 * VALUE / 8];
        uint32_t key = 0;
        CASE("type %u, trust %d, native %d", (unsigned)type, (int)trust, (int)i & 1);
        if (type == MYBPF_MAP_TYPE_HASH || type == MYBPF_MAP_TYPE_LRU_HASH || i / 6 > 3) add(map, 0, 5);
        mybpf_object *in = loaded(vm, PUT_IN, map, trust, i & 1), *take = loaded(vm, TAKE, map, trust, i & 1);
        mybpf_object *number =
            loaded(vm, LOOKUP "r0 = *(u64 *)(r7 + 8)\nout:\nexit", map, MYBPF_VERIFIED, i & 1);
        CHECK_INT(run(take, 0), 0);
        CHECK_INT(run(number, 0), 0);
        CHECK_INT(run(in, 0), 0);
        CHECK_INT(live, 1);
        CHECK_INT(run(in, 0), 0); /* the first one came out */
        CHECK_INT(live, 1);
        CHECK(run(number, 0) == (int64_t)(uintptr_t)&items[2]);
        CHECK_INT(run(take, 0), 1002);
        CHECK_INT(live, 0);
        CHECK_INT(run(in, 0), 0);
        CHECK_INT(mybpf_map_lookup(map, &key, value), 0); /* the host's copy has none */
        CHECK_INT(value[1], 0);
        CHECK_INT(live, 1);
        add(map, 0, 9); /* an update gives it back */
        CHECK_INT(live, 0);
        CHECK_INT(run(number, 0), 0);
        CHECK_INT(mybpf_map_lookup(map, &key, value), 0);
        CHECK_INT(value[0], 9);
        CHECK_INT(run(in, 0), 0);
        if (i / 6 % 3) {
            CHECK_INT(mybpf_map_delete(map, &key), 0); /* and so does a delete */
            CHECK_INT(live, 0);
            add(map, 0, 1);
            CHECK_INT(run(in, 0), 0);
        }
        CHECK_INT(live, 1);
        mybpf_object_close(in);
        mybpf_object_close(take);
        mybpf_object_close(number);
        CHECK_INT(live, 1);
        mybpf_map_unref(map); /* and the map */
        CHECK_INT(live, 0);
        done(vm);
    }
}

/* A program that deletes the element, updates it, or lets it go as the one not used for longest, sees to its
 * objects too; what it puts in afterwards is given back with the map. */
TEST(kptr, program_changes)
{
#define KEY(n) "*(u32 *)(r10 - 4) = " #n "\nr1 = " MAP "r2 = r10\nr2 += -4\n"
#define VALUES                                                                                               \
    "*(u64 *)(r10 - 48) = 3\n*(u64 *)(r10 - 40) = 3\n*(u64 *)(r10 - 32) = 3\n*(u64 *)(r10 - 24) = 3\n*(u64 " \
    "*)(r10 - 16) = 3\nr3 = r10\nr3 += -48\nr4 = 0\n"
    static const struct {
        const char *text;
        uint32_t type, left;
    } cases[] = {
        {LOOKUP NEW "r2 = r0\n" FIELDS
                    "call 194\nif r0 == 0 goto +2\n" PUT KEY(0) "call 3\nout:\nr0 = 0\nexit",
         MYBPF_MAP_TYPE_HASH, 0},
        {LOOKUP KEY(0) "call 3\n" NEW "r2 = r0\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT
                       "out:\nr0 = 0\nexit",
         MYBPF_MAP_TYPE_HASH, 1},
        {LOOKUP NEW "r2 = r0\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT KEY(0) VALUES
         "call 2\nout:\nr0 = 0\nexit",
         MYBPF_MAP_TYPE_HASH, 0},
        {LOOKUP NEW "r2 = r0\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT KEY(0) VALUES
         "call 2\nout:\nr0 = 0\nexit",
         MYBPF_MAP_TYPE_ARRAY, 0},
        {LOOKUP NEW "r2 = r0\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT KEY(0) VALUES
         "call 2\nout:\nr0 = 0\nexit",
         MYBPF_MAP_TYPE_PERCPU_ARRAY, 0},
        {LOOKUP NEW "r2 = r0\n" FIELDS "call 194\nif r0 == 0 goto +2\n" PUT KEY(1) VALUES "call 2\n" KEY(2)
             VALUES "call 2\nout:\nr0 = 0\nexit",
         MYBPF_MAP_TYPE_LRU_HASH, 0},
    };
    for (uint32_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        mybpf_vm *vm = make_vm();
        mybpf_map *map = make_map(vm, cases[i / 2].type, 1);
        CASE("%d", (int)i);
        add(map, 0, 5);
        mybpf_object *object = loaded(vm, cases[i / 2].text, map, MYBPF_VERIFIED, i & 1);
        CHECK_INT(run(object, 0), 0);
        CHECK_INT(made, 1);
        CHECK_INT(live, cases[i / 2].left);
        for (uint32_t n = 0; n < 200; n++) { /* deleted elements are used again */
            add(map, 0, n);
            if (cases[i / 2].type != MYBPF_MAP_TYPE_LRU_HASH) CHECK_INT(run(object, 0), 0);
        }
        if (cases[i / 2].left) CHECK(live < 150);
        mybpf_object_close(object);
        mybpf_map_unref(map);
        done(vm);
    }
}

/* A run that ends early gives back what it had taken out, and what it has put in stays. */
TEST(kptr, faults)
{
    static const struct {
        const char *text;
        uint32_t left;
    } cases[] = {
        {LOOKUP NEW "r2 = r0\n" FIELDS
                    "call 194\nr6 = r0\ncall 2000006\nif r6 == 0 goto out\nr1 = r6\ncall 2000001\n"
                    "out:\nr0 = 0\nexit",
         1},
        {LOOKUP FIELDS
         "r2 = 0\ncall 194\nr6 = r0\ncall 2000006\nif r6 == 0 goto out\nr1 = r6\ncall 2000001\nout:\n"
         "r0 = 0\nexit",
         0},
        {LOOKUP NEW "r6 = r0\ncall 2000006\nr1 = r6\ncall 2000001\nout:\nr0 = 0\nexit", 1},
    };
    for (uint32_t i = 0; i < 12 * sizeof cases / sizeof *cases; i++) {
        mybpf_vm *vm = make_vm();
        mybpf_map *map = make_map(vm, types[i / 2 % 6], 4);
        CASE("%d", (int)i);
        if (i / 2 % 6 % 3) add(map, 0, 5);
        mybpf_object *object = loaded(vm, cases[i / 12].text, map, MYBPF_VERIFIED, i & 1),
                     *in = loaded(vm, PUT_IN, map, MYBPF_VERIFIED, 0);
        CHECK_INT(run(in, 0), 0);
        CHECK_INT(run(object, MYBPF_FAULT_ACCESS), 77);
        CHECK_INT(live, cases[i / 12].left);
        mybpf_object_close(object);
        mybpf_object_close(in);
        mybpf_map_unref(map);
        done(vm);
    }
}

/* In guarded mode nothing but the helper gets at a map's values that hold objects, unless that is proven. */
TEST(kptr, guarded)
{
    static const char *const texts[] = {
        LOOKUP "r1 = *(u64 *)(r7 + 0)\nr7 += r1\n*(u64 *)(r7 + 0) = 1\nout:\nr0 = 0\nexit",
        LOOKUP "*(u64 *)(r7 + 8) = 0\nout:\nr0 = 0\nexit",
        LOOKUP "r1 = " MAP "r2 = r10\nr2 += -4\nr3 = r7\nr4 = 0\ncall 2\nout:\nr0 = 0\nexit",
        LOOKUP NEW "r6 = r0\nr2 = r0\n" FIELDS "r8 = 194\ncallx r8\nout:\nr0 = 0\nexit",
    };
    for (uint32_t i = 0; i < 2 * sizeof texts / sizeof *texts; i++) {
        mybpf_vm *vm = make_vm();
        mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_ARRAY, 4);
        mybpf_error error = {0};
        CASE("%d", (int)i);
        add(map, 0, 8);
        mybpf_object *in = loaded(vm, PUT_IN, map, MYBPF_VERIFIED, 0);
        CHECK_INT(run(in, 0), 0);
        mybpf_object *object = load(vm, texts[i / 2], map, MYBPF_GUARDED, 0, &error);
        if (object && i & 1 && mybpf_aot_target_host()) CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
        if (object)
            (void)run(object, i / 2 == 3 ? MYBPF_FAULT_CALL : MYBPF_FAULT_ACCESS);
        else
            CHECK_INT(i / 2, 3);
        CHECK_INT(live, 1);
        mybpf_object_close(object);
        mybpf_object_close(in);
        mybpf_map_unref(map);
        done(vm);
    }
}

TEST(kptr, host)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_HASH, 4);
    mybpf_object *take = loaded(vm, TAKE, map, MYBPF_VERIFIED, 0);
    void *object = fresh(), *memory;
    uint32_t key = 0, kind = 0;
    uint64_t keys[4], values[4 * VALUE / 8];
    uint32_t counts = 4;
    CHECK_INT(mybpf_map_kptr(map, 0, &kind), FIELD + 1);
    CHECK_INT(kind, ITEM);
    CHECK_INT(mybpf_map_kptr(map, 1, &kind), FIELD_OTHER + 1);
    CHECK_INT(kind, OTHER);
    CHECK_INT(mybpf_map_kptr(map, 2, NULL), 0);
    CHECK_INT(mybpf_map_kptr_xchg(map, &key, FIELD, &object), -2);
    add(map, 0, 1);
    CHECK_INT(mybpf_map_kptr_xchg(map, &key, 16, &object), -22);
    CHECK_INT(mybpf_map_kptr_xchg(map, &key, FIELD, &object), 0);
    CHECK(!object);
    CHECK_INT(run(take, 0), 1001);
    CHECK_INT(live, 0);
    object = fresh();
    CHECK_INT(mybpf_map_kptr_xchg(map, &key, FIELD, &object), 0);
    CHECK_INT(mybpf_map_kptr_xchg(map, &key, FIELD, &object), 0);
    CHECK(object == &items[2]);
    CHECK_INT(mybpf_map_kptr_xchg(map, &key, FIELD, &object), 0);
    memset(values, 0xff, sizeof values);
    CHECK_INT(mybpf_map_lookup_batch(map, NULL, keys, keys + 1, values, &counts, 0), -2);
    CHECK_INT(counts, 1);
    CHECK_INT(values[1], 0);
    CHECK_INT(values[3], 0);
    CHECK_INT(values[4] == 0, 0);
    CHECK_INT(mybpf_map_lookup_and_delete(map, &key, values, 0), 0);
    CHECK_INT(values[1], 0);
    CHECK_INT(live, 0);
    mybpf_map *array = make_map(vm, MYBPF_MAP_TYPE_ARRAY, 4);
    CHECK_INT(mybpf_map_mmap(array, 4096, 0, 0, &memory), -524);
    object = fresh();
    CHECK_INT(mybpf_map_kptr_xchg(array, &key, FIELD_OTHER, &object), 0);
    CHECK_INT(mybpf_map_pin(array, NULL), 0);
    mybpf_map_unref(array); /* the vm frees it */
    CHECK_INT(live, 1);
    mybpf_object_close(take);
    mybpf_map_unref(map);
    done(vm);
}

/* What kinds there may be, and where. */
TEST(kptr, arguments)
{
    static const struct {
        mybpf_object_kind kind;
        int status;
    } kinds[] = {{{"third", 258, 0, 0, give_back, NULL}, 0},
                 {{"item", 259, 0, 0, give_back, NULL}, MYBPF_ERR_EXISTS},
                 {{"fourth", ITEM, 0, 0, give_back, NULL}, MYBPF_ERR_EXISTS},
                 {{"fourth", 255, 0, 0, give_back, NULL}, MYBPF_ERR_ARGUMENT},
                 {{"fourth", 0x80000000u, 0, 0, give_back, NULL}, MYBPF_ERR_ARGUMENT},
                 {{"fourth", 259, 0, 0, NULL, NULL}, MYBPF_ERR_ARGUMENT},
                 {{NULL, 259, 0, 0, give_back, NULL}, MYBPF_ERR_ARGUMENT}};
    static const struct {
        uint32_t type, flags;
        int status;
    } maps[] = {{MYBPF_MAP_TYPE_HASH, 0, 0},
                {MYBPF_MAP_TYPE_SK_STORAGE, 0, 0},
                {MYBPF_MAP_TYPE_INODE_STORAGE, 0, 0},
                {MYBPF_MAP_TYPE_TASK_STORAGE, 0, 0},
                {MYBPF_MAP_TYPE_CGRP_STORAGE, 0, 0},
                {MYBPF_MAP_TYPE_LRU_PERCPU_HASH, 0, 0},
                {MYBPF_MAP_TYPE_HASH, MYBPF_F_RDONLY_PROG, MYBPF_ERR_ARGUMENT},
                {MYBPF_MAP_TYPE_HASH, MYBPF_F_WRONLY_PROG, MYBPF_ERR_ARGUMENT},
                {MYBPF_MAP_TYPE_ARRAY, MYBPF_F_MMAPABLE, MYBPF_ERR_ARGUMENT},
                {MYBPF_MAP_TYPE_STACK, 0, MYBPF_ERR_ARGUMENT},
                {MYBPF_MAP_TYPE_QUEUE, 0, MYBPF_ERR_ARGUMENT}};
    mybpf_vm *vm = make_vm();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        CASE("kind %d", (int)i);
        CHECK_INT(mybpf_object_kind_register(vm, &kinds[i].kind, NULL), kinds[i].status);
    }
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        mybpf_map *map = plain_map(vm, maps[i].type, 4, maps[i].flags);
        CASE("map %d", (int)i);
        CHECK_INT(mybpf_map_set_kptr(map, FIELD, ITEM, NULL), maps[i].status);
        mybpf_map_unref(map);
    }
    mybpf_map *map = plain_map(vm, MYBPF_MAP_TYPE_ARRAY, 4, 0), *outer = NULL;
    CHECK_INT(mybpf_map_set_timer(map, 0, NULL), 0);
    CHECK_INT(mybpf_map_set_kptr(map, 8, ITEM, NULL), MYBPF_ERR_ARGUMENT); /* in the timer */
    CHECK_INT(mybpf_map_set_kptr(map, 20, ITEM, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_kptr(map, 40, ITEM, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_kptr(map, 16, 999, NULL), MYBPF_ERR_NOT_FOUND);
    CHECK_INT(mybpf_map_set_kptr(map, 16, ITEM, NULL), 0);
    CHECK_INT(mybpf_map_set_lock(map, 20, NULL), MYBPF_ERR_ARGUMENT); /* in the kptr */
    CHECK_INT(mybpf_map_set_timer(map, 8, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_kptr(map, 16, ITEM, NULL), 0);
    CHECK_INT(mybpf_map_set_kptr(map, 16, OTHER, NULL), MYBPF_ERR_EXISTS);
    CHECK_INT(mybpf_map_set_kptr(map, 32, OTHER, NULL), 0);
    mybpf_map_desc desc = *mybpf_map_describe(map), inner = desc;
    desc.type = MYBPF_MAP_TYPE_ARRAY_OF_MAPS;
    desc.value_size = 4;
    desc.inner = &inner;
    CHECK_INT(mybpf_map_create(vm, &desc, &outer, NULL), 0);
    uint32_t key = 0;
    CHECK_INT(mybpf_map_update(outer, &key, &map, 0), -22); /* the verifier knows of no kptrs there */
    mybpf_map_unref(outer);
    mybpf_map_unref(map);
    done(vm);
}

/* An image has no place for kinds of objects. */
TEST(kptr, image)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_ARRAY, 4);
    mybpf_object *object = loaded(vm, PUT_IN, map, MYBPF_VERIFIED, 0), *image = NULL;
    for (int kind = 0; kind < 4 && object; kind++) {
        mybpf_error error = {0};
        CHECK_INT(load_image(vm, object, kind, NULL, &image, &error), MYBPF_ERR_UNSUPPORTED);
        if (!strstr(error.message,
                    kind & IMAGE_BARE ? "BARE carries only .bss" : "objects of the host (kptrs)"))
            test_fail(__FILE__, __LINE__, "%s", error.message);
    }
    mybpf_object_close(object);
    mybpf_map_unref(map);
    done(vm);
}

/* ---- threads ---- */

typedef struct worker {
    pthread_t thread;
    const mybpf_object *in, *take;
    mybpf_map *map;
    uint32_t rounds;
    int host;
} worker;

static void *work(void *of)
{
    worker *w = of;
    uint64_t r0, value[VALUE / 8] = {0};
    uint32_t key = 0;
    for (uint32_t i = 0; i < w->rounds; i++) {
        void *object = NULL;
        (void)mybpf_program_run(mybpf_object_program(w->in, 0), NULL, &r0, NULL);
        if (i % 3 == 0) (void)mybpf_program_run(mybpf_object_program(w->take, 0), NULL, &r0, NULL);
        if (i % 5 == 0 && w->host) (void)mybpf_map_update(w->map, &key, value, 0);
        if (i % 7 == 0 && w->host) (void)mybpf_map_delete(w->map, &key);
        if (i % 2 == 0 && !mybpf_map_kptr_xchg(w->map, &key, FIELD, &object) && object)
            give_back(&live, object);
    }
    return NULL;
}

TEST(kptr, threads)
{
    const char *ops = getenv("MYBPF_MAP_OPS"); /* of other tests, whose operations are shorter */
    uint32_t rounds = ops ? (uint32_t)atoi(ops) / 100 : 5000;
    for (uint32_t i = 0; i < 4; i++) {
        mybpf_vm *vm = make_vm();
        mybpf_map *map = make_map(vm, types[i / 2], 4);
        worker workers[3];
        CASE("type %u, native %d", (unsigned)types[i / 2], (int)i & 1);
        add(map, 0, 1);
        mybpf_object *in = loaded(vm, PUT_IN, map, MYBPF_VERIFIED, i & 1),
                     *take = loaded(vm, TAKE, map, MYBPF_VERIFIED, i & 1);
        for (int t = 0; t < 3; t++) {
            workers[t].in = in;
            workers[t].take = take;
            workers[t].map = map;
            workers[t].rounds = rounds;
            workers[t].host = t == 0;
            CHECK_INT(pthread_create(&workers[t].thread, NULL, work, &workers[t]), 0);
        }
        for (int t = 0; t < 3; t++) pthread_join(workers[t].thread, NULL);
        mybpf_object_close(in);
        mybpf_object_close(take);
        mybpf_map_unref(map);
        done(vm);
    }
}

/* ---- what BTF tells ---- */

#ifndef MYBPF_NO_ELF
#    include "load_object.h"

static mybpf_object *open_file(mybpf_vm *vm)
{
    size_t size = 0;
    uint8_t *bytes = object_bytes("kptr", &size);
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    if (!bytes || mybpf_object_open(vm, bytes, size, &object, &error))
        test_fail(__FILE__, __LINE__, "%s", bytes ? error.message : "test object kptr was not built");
    free(bytes);
    return object;
}

/* Did the compiler put the type tags into BTF? */
static int has_tags(const mybpf_object *object)
{
    return mybpf_object_map(object, 0) && mybpf_map_kptr(mybpf_object_map(object, 0), 0, NULL);
}

TEST(kptr, btf)
{
    for (int native = 0; native < 2; native++) {
        mybpf_vm *vm = make_vm();
        mybpf_error error = {0};
        mybpf_load_opts opts = {0};
        uint32_t ctx[48] = {41}, kind = 0;
        mybpf_run_opts run = {0};
        uint64_t r0 = 0;
        mybpf_object *object = open_file(vm);
        opts.grants = &user;
        opts.grant_count = 1;
        int status = object ? mybpf_object_load(object, &opts, &error) : MYBPF_ERR_NOT_FOUND;
        if (object && status && !has_tags(object)) {
            mybpf_object_close(object);
            mybpf_vm_destroy(vm);
            SKIP("the compiler left out the type tags");
        }
        if (status || (native && mybpf_aot_target_host() && mybpf_jit_compile(object, NULL, &error))) {
            test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
            mybpf_object_close(object);
            mybpf_vm_destroy(vm);
            continue;
        }
        CHECK_INT(mybpf_map_kptr(mybpf_object_map(object, 0), 0, &kind), 8 + 1);
        CHECK_INT(kind, ITEM);
        CHECK_INT(mybpf_map_kptr(mybpf_object_map(object, 0), 1, &kind), 24 + 1);
        CHECK_INT(mybpf_map_kptr(mybpf_object_map(object, 0), 2, &kind), 32 + 1);
        CHECK_INT(kind, OTHER);
        CHECK_INT(mybpf_map_kptr(mybpf_object_map(object, 0), 3, &kind), 0);
        run.ctx = ctx;
        run.ctx_size = sizeof ctx;
        for (int i = 0; i < 3; i++)
            CHECK_INT(mybpf_program_run(mybpf_object_find_program(object, "put"), &run, &r0, &error), 0);
        CHECK_INT(r0, 0);
        CHECK_INT(live, 1);
        CHECK_INT(mybpf_program_run(mybpf_object_find_program(object, "take"), &run, &r0, &error), 0);
        CHECK_INT(r0, 41);
        CHECK_INT(live, 0);
        CHECK_INT(mybpf_program_run(mybpf_object_find_program(object, "put"), &run, &r0, &error), 0);
        mybpf_object_close(object);
        done(vm);
    }
}

/* A vm whose host knows no such objects says so; opening alone asks for none. */
TEST(kptr, unregistered)
{
    mybpf_vm *vm = make_vm_of(1);
    mybpf_error error = {0};
    mybpf_load_opts opts = {0};
    mybpf_object *object = open_file(vm);
    opts.grants = &user;
    opts.grant_count = 1;
    if (object && mybpf_object_load(object, &opts, &error) != MYBPF_ERR_NOT_FOUND && !has_tags(object)) {
        mybpf_object_close(object);
        mybpf_vm_destroy(vm);
        SKIP("the compiler left out the type tags");
    }
    if (!strstr(error.message,
                "map values: values hold a struct other, a kind of objects that the host has not "
                "registered"))
        test_fail(__FILE__, __LINE__, "%s", error.message);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}
#endif

/* ---- the n-th allocation fails ---- */

typedef struct allocator {
    long calls, fail_at, blocks;
} allocator;

static void *failing_realloc(void *user_data, void *memory, size_t size)
{
    allocator *a = user_data;
    void *grown;
    if (!size) {
        a->blocks -= memory != NULL;
        free(memory);
        return NULL;
    }
    if (a->calls++ == a->fail_at) return NULL;
    grown = realloc(memory, size);
    a->blocks += grown && !memory;
    return grown;
}

/* All of it: a kind, a map, a program that puts an object in. */
static int use_all(allocator *a)
{
    static const mybpf_object_kind kind = {"item", ITEM, 16, 0, give_back, &live};
    static const mybpf_helper item_new_helper = {
        2000000, "item_new", item_new, MYBPF_RET_MEM_OR_NULL, {0}, MYBPF_HELPER_ACQUIRE, NULL, ITEM, {16}, 0};
    static const mybpf_helper item_put_helper = {
        2000001, "item_put", item_put, MYBPF_RET_VOID, {MYBPF_ARG_OBJECT}, MYBPF_HELPER_RELEASE, NULL,
        ITEM,    {0},        0};
    static const mybpf_map_desc desc = {"m", MYBPF_MAP_TYPE_HASH, 4, VALUE, 4, 0, 0, NULL};
    const uint64_t value[VALUE / 8] = {0};
    mybpf_error error = {0};
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_map *map = NULL;
    mybpf_object *object = NULL;
    uint32_t key = 0;
    uint64_t r0;
    memset(&host, 0, sizeof host);
    host.realloc = failing_realloc;
    host.user = a;
    int status = mybpf_vm_create(&host, &vm, &error);
    if (!status) status = mybpf_object_kind_register(vm, &kind, &error);
    if (!status) status = mybpf_helper_register(vm, &item_new_helper, &error);
    if (!status) status = mybpf_helper_register(vm, &item_put_helper, &error);
    if (!status) status = mybpf_map_create(vm, &desc, &map, &error);
    if (!status) status = mybpf_map_set_kptr(map, FIELD, ITEM, &error);
    if (!status && mybpf_map_update(map, &key, value, 0)) status = MYBPF_ERR_MEMORY;
    if (!status) {
        object = load(vm, PUT_IN, map, MYBPF_VERIFIED, 0, &error);
        status = object ? mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error) : error.code;
    }
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
    return status;
}

TEST(kptr, allocations)
{
    allocator a = {0, -1, 0};
    made = live = failures = 0;
    memset(items, 0, sizeof items);
    CHECK_INT(use_all(&a), 0);
    CHECK_INT(made, 1);
    for (long n = 0, count_of = a.calls; n < count_of; n++) {
        CASE("allocation %ld", n);
        a.calls = 0;
        a.fail_at = n;
        CHECK_INT(use_all(&a), MYBPF_ERR_MEMORY);
        CHECK_INT(a.blocks, 0);
        CHECK_INT(live, 0);
        CHECK_INT(failures, 0);
    }
}
