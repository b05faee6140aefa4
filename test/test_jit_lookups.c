/* test_jit_lookups.c: looking into an array without a call is what the call does: values, steps, budgets and
 * faults are the interpreter's, and a helper that the host puts in the library's place is called. Also in
 * images, whose host may have other maps than their writer had. */
#include "from_text.h"

enum { KEYS = 8 };

/* A key in the context; counts in the value and returns it, else -1. */
static const char *const bodies[] = {
    "r2 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 4) = r2\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\n",
    /* a copy of the address, and something else between */
    "r6 = map_by_idx(0) ll\nr2 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 12) = r2\nr2 = r10\nr1 = r6\nr2 += -12\nr7 "
    "= 5\ncall "
    "1\n",
    /* of two paths: the call stays */
    "r2 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 4) = r2\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\nif r2 != 0 "
    "goto +0\ncall "
    "1\n",
    /* twice in a block, the second time in the value of the first */
    "r8 = r1\nr2 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 4) = r2\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall "
    "1\nr9 = r0\n"
    "*(u32 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map_by_idx(0) ll\ncall 1\nif r9 != 0 goto +2\nr0 = "
    "r9\nexit\n",
};
static const char end[] =
    "if r0 != 0 goto +2\nr0 = -1\nexit\nr1 = *(u8 *)(r0 + 0)\nr1 += 1\n*(u8 *)(r0 + 0) = r1\nr0 = r1\nexit\n";

typedef struct outcome {
    int status, insn;
    uint64_t r0, steps;
} outcome;

static outcome run(const mybpf_object *object, uint32_t key, uint64_t budget)
{
    outcome out = {0, 0, 0, 0};
    mybpf_error error = {0};
    mybpf_run_opts opts;
    uint64_t ctx[2] = {key, 0};
    memset(&opts, 0, sizeof opts);
    opts.ctx = ctx;
    opts.ctx_size = sizeof ctx;
    opts.max_steps = budget;
    opts.steps = &out.steps;
    out.status = mybpf_program_run(mybpf_object_program(object, 0), &opts, &out.r0, &error);
    out.insn = out.status ? (int)error.insn : 0;
    return out;
}

static mybpf_object *load(mybpf_vm *vm, const char *body, mybpf_map *map, int trust)
{
    char text[1024];
    mybpf_error error = {0};
    mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_UNSPEC, &map, 1};
    mybpf_load_opts opts;
    mybpf_object *object;
    memset(&opts, 0, sizeof opts);
    opts.trust = (mybpf_trust)trust;
    opts.metered = 1;
    opts.ctx_size = 16;
    snprintf(text, sizeof text, "%s%s", body, end);
    if (load_text(vm, text, &raw, &opts, &object, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

/* Both in the same way, one after the other, on maps that begin alike. */
static void compare(const mybpf_object *object, const mybpf_object *native, uint32_t entries)
{
    const uint32_t keys[KEYS] = {0, 1, entries - 1, entries, entries + 1, 0x7fffffff, 0x80000000, 0xffffffff};
    for (int i = 0; i < KEYS; i++)
        for (uint64_t budget = 0; budget < 30; budget++) {
            outcome want = run(object, keys[i], budget), got = run(native, keys[i], budget);
            CHECK_INT(got.status, want.status);
            CHECK_INT(got.insn, want.insn);
            CHECK_INT(got.r0, want.r0);
            CHECK_INT(got.steps, want.steps);
        }
}

TEST(jit_lookups, as_the_call)
{
    static const uint32_t shapes[][3] = {{8, 1, 0},     {1, 5, 0},  {24, 7, 0},
                                         {64, 4096, 0}, {12, 3, 0}, {40, 9, MYBPF_F_WRONLY_PROG}};
    mybpf_vm *vm = vm_with_jit();
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t b = 0; b < sizeof bodies / sizeof *bodies; b++)
            for (int trust = shapes[s][2] ? MYBPF_GUARDED : MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
                mybpf_map *maps[2] = {NULL, NULL};
                mybpf_object *objects[2];
                mybpf_map_desc desc;
                memset(&desc, 0, sizeof desc);
                strcpy(desc.name, "array");
                desc.type = MYBPF_MAP_TYPE_ARRAY;
                desc.key_size = 4;
                desc.value_size = shapes[s][0];
                desc.max_entries = shapes[s][1];
                desc.flags = shapes[s][2];
                CASE("shape %zu, body %zu, trust %d", s, b, trust);
                for (int i = 0; i < 2; i++) {
                    CHECK_INT(mybpf_map_create(vm, &desc, &maps[i], NULL), 0);
                    objects[i] = load(vm, bodies[b], maps[i], trust);
                }
                if (objects[0] && objects[1] && !mybpf_jit_compile(objects[1], NULL, NULL))
                    compare(objects[0], objects[1], desc.max_entries);
                for (int i = 0; i < 2; i++) {
                    mybpf_object_close(objects[i]);
                    mybpf_map_unref(maps[i]);
                }
            }
    mybpf_vm_destroy(vm);
}

static uint64_t value[2], calls;
static uint64_t look_elsewhere(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                               mybpf_env *env)
{
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5, (void)env;
    calls++;
    return (uint64_t)(uintptr_t)value;
}

static const mybpf_helper mine = {1,
                                  "map_lookup_elem",
                                  look_elsewhere,
                                  MYBPF_RET_MAP_VALUE_OR_NULL,
                                  {MYBPF_ARG_MAP, MYBPF_ARG_MAP_KEY, 0, 0, 0},
                                  0,
                                  NULL,
                                  0,
                                  {0},
                                  0};

TEST(jit_lookups, of_the_host)
{
    static const mybpf_map_desc desc = {"array", MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 0, 0, NULL};
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = NULL;
    CHECK(mybpf_helper_is_built_in(mybpf_helper_find(vm, 1)));
    CHECK(!mybpf_helper_is_built_in(NULL));
    CHECK_INT(mybpf_helper_register(vm, &mine, NULL), 0);
    CHECK(!mybpf_helper_is_built_in(mybpf_helper_find(vm, 1)));
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
    mybpf_object *object = load(vm, bodies[0], map, MYBPF_TRUSTED);
    if (object) {
        CHECK_INT(run(object, 100, 0).r0, 1);
        if (!mybpf_jit_compile(object, NULL, NULL)) CHECK_INT(run(object, 100, 0).r0, 2);
        CHECK_INT(calls, *(const uint8_t *)value); /* which programs count in */
        CHECK(calls > 0);
    }
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- images ---- */

static mybpf_map_desc array_of(uint32_t value_size, uint32_t entries)
{
    mybpf_map_desc desc;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "array");
    desc.type = MYBPF_MAP_TYPE_ARRAY;
    desc.key_size = 4;
    desc.value_size = value_size;
    desc.max_entries = entries;
    return desc;
}

/* A native SPF image of `body` with an array of its own, which `change` may make another; NULL where there is
 * no native code. */
static mybpf_object *image_with(mybpf_vm *vm, const char *body, int trust, const mybpf_map_desc *desc,
                                const mybpf_map_desc *change)
{
    mybpf_aot_opts aot = {mybpf_aot_target_host(), NULL};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    mybpf_map *map = NULL;
    void *image = NULL;
    size_t size = 0;
    if (!aot.target || mybpf_map_create(vm, desc, &map, NULL)) return NULL;
    object = load(vm, body, map, trust);
    if (object) CHECK_INT(mybpf_aot_spf(object, &aot, &image, &size, NULL), 0);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    if (!image) return NULL;
    CHECK_INT(((const uint8_t *)image)[5],
              strstr(body, "goto +0") ? 1 : 2); /* ABI: 2 where a lookup needs no call */
    CHECK_INT(mybpf_object_open(vm, image, size, &object, NULL), 0);
    mybpf_vm_realloc(vm, image, 0);
    if (change) *mybpf_object_map_desc(object, 0) = *change;
    memset(&opts, 0, sizeof opts);
    opts.trust = MYBPF_TRUSTED;
    CHECK_INT(mybpf_object_load(object, &opts, NULL), 0);
    return object;
}

TEST(jit_lookups, in_images)
{
    static const uint32_t shapes[][2] = {{8, 1}, {1, 5}, {24, 7}, {64, 4096}, {12, 3}};
    mybpf_vm *vm = vm_with_jit();
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t b = 0; b < sizeof bodies / sizeof *bodies; b++)
            for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
                mybpf_map_desc desc = array_of(shapes[s][0], shapes[s][1]);
                mybpf_object *native = image_with(vm, bodies[b], trust, &desc, NULL), *object;
                mybpf_map *map = NULL;
                CASE("shape %zu, body %zu, trust %d", s, b, trust);
                CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
                object = load(vm, bodies[b], map, trust);
                if (object && native) compare(object, native, desc.max_entries);
                mybpf_object_close(object);
                mybpf_object_close(native);
                mybpf_map_unref(map);
            }
    mybpf_vm_destroy(vm);
}

/* The array is not what it was when the image was written: longer, of other values, no array at all. */
TEST(jit_lookups, in_images_of_other_arrays)
{
    mybpf_vm *vm = vm_with_jit();
    mybpf_map_desc desc = array_of(8, 4), other = desc;
    const uint32_t key = 77;
    uint8_t seven[32] = {7};
    for (int change = 0; change < 3; change++) {
        CASE("change %d", change);
        other.max_entries = change ? 100 : 80;
        if (change == 1) other.value_size = 32;
        if (change == 2) other.type = MYBPF_MAP_TYPE_HASH;
        mybpf_object *object = image_with(vm, bodies[0], MYBPF_TRUSTED, &desc, &other);
        if (!object) continue;
        if (change == 2) CHECK_INT(run(object, 77, 0).r0, UINT64_MAX);
        CHECK_INT(mybpf_map_update(mybpf_object_map(object, 0), &key, seven, 0), 0);
        CHECK_INT(run(object, 77, 0).r0, 8);
        CHECK_INT(*(const uint8_t *)mybpf_map_value(mybpf_object_map(object, 0), &key), 8);
        CHECK_INT(run(object, 100, 0).r0, UINT64_MAX);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(jit_lookups, in_images_with_a_helper_of_the_host)
{
    mybpf_vm *vm = vm_with_jit();
    mybpf_map_desc desc = array_of(8, 4);
    CHECK_INT(mybpf_helper_register(vm, &mine, NULL), 0);
    mybpf_object *object = image_with(vm, bodies[0], MYBPF_TRUSTED, &desc, NULL);
    if (object) {
        value[0] = calls = 0;
        CHECK_INT(run(object, 1, 0).r0, 1);
        CHECK_INT(run(object, 100, 0).r0, 2);
        CHECK_INT(calls, 2);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}
