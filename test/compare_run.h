/* compare_run.h: opens a unit, runs it and looks at what it left: once for each build of the library that is
 * compared (compare.c, compare_switch.c). */
#ifndef COMPARE_RUN_H
#define COMPARE_RUN_H

#include "compare.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* ---- helpers ---- */

static uint64_t helper_sum(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)env;
    return r1 + 3 * r2 + 5 * r3 + 7 * r4 + 11 * r5;
}

static uint64_t helper_callback(uint64_t func, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5,
                                mybpf_env *env)
{
    return mybpf_env_call(env, func, r2, r3, r4, r5, 0) + 1;
}

static uint64_t helper_fold(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    const uint8_t *bytes = (const uint8_t *)(uintptr_t)r1;
    uint64_t sum = r2;
    (void)r3, (void)r4, (void)r5, (void)env;
    for (uint64_t i = 0; i < r2; i++) sum = sum * 31 + bytes[i];
    return sum;
}

static uint64_t helper_fill(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)r1;
    (void)r4, (void)r5, (void)env;
    for (uint64_t i = 0; i < r2; i++) bytes[i] = (uint8_t)(r3 + i);
    return ~r2;
}

static uint64_t helper_stop(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r2, (void)r3, (void)r4, (void)r5;
    mybpf_env_stop(env, MYBPF_OK, r1);
    return 0;
}

/* ---- memory: nothing that a program may touch lies near anything else that it may ---- */

enum { APART = 64, FAR = 40960, DEEP = 1 << 20 };

static void *padded_realloc(void *user, void *memory, size_t size)
{
    uint8_t *base = memory ? (uint8_t *)memory - APART : NULL;
    (void)user;
    if (!size) {
        free(base);
        return NULL;
    }
    base = (uint8_t *)realloc(base, size + 2 * APART);
    return base ? base + APART : NULL;
}

static mybpf_vm *make_vm(const mybpf_exec_ops *exec)
{
    enum { ANY = MYBPF_ARG_ANY };
    /* clang-format off */
    static const mybpf_helper helpers[] = {
        {GENERATE_SUM, "sum", helper_sum, MYBPF_RET_INTEGER, {ANY, ANY, ANY, ANY, ANY}, 0, NULL, 0, {0}, 0},
        {GENERATE_CALLBACK, "callback", helper_callback, MYBPF_RET_INTEGER, {MYBPF_ARG_FUNC, ANY, ANY, ANY, ANY}, MYBPF_HELPER_MAY_STOP, NULL, 0, {0}, 0},
        {GENERATE_FOLD, "fold", helper_fold, MYBPF_RET_INTEGER, {MYBPF_ARG_MEM_READ, MYBPF_ARG_SIZE, 0, 0, 0}, 0, NULL, 0, {0}, 0},
        {GENERATE_FILL, "fill", helper_fill, MYBPF_RET_INTEGER, {MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE, ANY, 0, 0}, 0, NULL, 0, {0}, 0},
        {GENERATE_STOP, "stop", helper_stop, MYBPF_RET_INTEGER, {ANY, 0, 0, 0, 0}, MYBPF_HELPER_MAY_STOP, NULL, 0, {0}, 0},
    };
    /* clang-format on */
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.realloc = padded_realloc;
    host.exec = exec;
    if (mybpf_vm_create(&host, &vm, NULL)) return NULL;
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        if (mybpf_helper_register(vm, &helpers[i], NULL)) return NULL;
    return vm;
}

static int load(mybpf_object *object, mybpf_trust trust, int metered)
{
    static const mybpf_range grant = {GENERATE_SUM, GENERATE_LAST};
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.metered = metered;
    opts.grants = &grant;
    opts.grant_count = 1;
    opts.ctx_size = trust == MYBPF_TRUSTED ? 0 : GENERATE_MEMORY;
    return mybpf_object_load(object, &opts, NULL);
}

/* NULL when it was refused. */
static mybpf_object *open_unit(mybpf_vm *vm, const trial *t)
{
    static uint8_t image[UNIT_IMAGE];
    static mybpf_insn insns[GENERATE_INSNS];
    static char name[MYBPF_NAME_MAX] = "program0";
    mybpf_raw_desc desc = {0};
    mybpf_object *object = NULL;
    size_t count = unit_raw(&t->unit, insns);
    desc.name = name;
    int status = count ? mybpf_object_open_insns(vm, insns, count, &desc, &object, NULL)
                       : mybpf_object_open(vm, image, unit_image(&t->unit, image), &object, NULL);
    if (!status && !load(object, t->trust, t->metered)) return object;
    mybpf_object_close(object);
    return NULL;
}

/* ---- maps ---- */

static mybpf_map *find_map(const mybpf_object *object, const unit *u, uint32_t index)
{
    char name[16];
    unit_map_name(u, index, name);
    return mybpf_object_find_map(object, name);
}

static void put_seen(seen *out, const void *bytes, size_t size)
{
    if (size > SEEN_MAPS - out->maps_size) size = SEEN_MAPS - out->maps_size;
    memcpy(out->maps + out->maps_size, bytes, size);
    out->maps_size += (uint32_t)size;
}

static size_t element_size; /* what qsort compares */
static int by_bytes(const void *a, const void *b) { return memcmp(a, b, element_size); }

/* Keys with their values, in the order of their bytes: that of the map depends on addresses. */
static void see_hash(const unit_map *as, mybpf_map *map, seen *out)
{
    uint8_t elements[16][2 * GENERATE_DATA], key[GENERATE_DATA];
    uint32_t count = 0;
    memset(elements, 0, sizeof elements);
    for (const void *last = NULL; map && count < 16 && !mybpf_map_next_key(map, last, key); last = key) {
        memcpy(elements[count], key, as->key_size);
        mybpf_map_lookup(map, key, elements[count++] + as->key_size);
    }
    element_size = sizeof *elements;
    qsort(elements, count, sizeof *elements, by_bytes);
    for (uint32_t i = 0; i < count; i++) put_seen(out, elements[i], as->key_size + as->value_size);
    put_seen(out, &(uint8_t){(uint8_t)count}, 1);
}

/* An array or a section? */
static int is_values(const unit_map *map) { return !map->type || map->type == MYBPF_MAP_TYPE_ARRAY; }

/* Element `index` of an array. */
static void *array_value(mybpf_map *map, uint32_t index)
{
    uint8_t key[GENERATE_DATA] = {0}; /* as large as any map's */
    memcpy(key, &index, sizeof index);
    return mybpf_map_value(map, key);
}

/* An image leaves out what its code does not name: then all is as it was at the start. */
static void see_maps(const mybpf_object *object, const unit *u, seen *out)
{
    for (uint32_t i = 0; i < u->map_count; i++) {
        const unit_map *as = &u->maps[i];
        mybpf_map *map = find_map(object, u, i);
        if (as->type == MYBPF_MAP_TYPE_HASH) see_hash(as, map, out);
        for (uint32_t k = 0; is_values(as) && k < as->max_entries; k++)
            put_seen(out, map ? array_value(map, k) : as->data, as->value_size);
    }
}

/* ---- running ---- */

/* `fill`: -1, or with what byte the stack is filled before; then the block is elsewhere, too. */
static void run(const mybpf_object *object, const trial *t, int fill, seen *out)
{
    static uint64_t blocks[2][(2 * FAR + GENERATE_MEMORY) / 8], stack[(2 * FAR + MYBPF_STACK_SIZE) / 8 + 2];
    static uint64_t deep[DEEP / 8 + 2];
    uint8_t *block = (uint8_t *)blocks[fill > 0] + FAR, *bottom = (uint8_t *)stack + FAR;
    mybpf_error error;
    mybpf_run_opts opts;
    memset(&error, 0, sizeof error);
    memset(&opts, 0, sizeof opts);
    memset(out, 0, sizeof *out);
    memcpy(block, t->memory, GENERATE_MEMORY);
    opts.ctx = block;
    opts.ctx_size = GENERATE_MEMORY;
    opts.max_steps = t->max_steps;
    opts.steps = &out->steps;
    if (fill >= 0) memset(deep, fill, sizeof deep);
    if (t->trust != MYBPF_TRUSTED || fill >= 0) {
        opts.stack = t->trust == MYBPF_TRUSTED ? (uint8_t *)deep : bottom;
        opts.stack = (uint8_t *)opts.stack + (0 - (uintptr_t)opts.stack) % 16;
        opts.stack_size = t->trust == MYBPF_TRUSTED ? DEEP - 64 * (fill > 0) : MYBPF_STACK_SIZE;
    }
    out->status = mybpf_program_run(mybpf_object_program(object, 0), &opts, &out->r0, &error);
    out->insn = out->status ? (int)error.insn : -1;
    memcpy(out->memory, block, GENERATE_MEMORY);
    see_maps(object, &t->unit, out);
}

#endif
