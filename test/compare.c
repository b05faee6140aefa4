/* compare.c: all engines of this host against the interpreter. */
#include "compare.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"

#include "compare_run.h"

#include <stdio.h>

#if defined(__x86_64__)
#    define HOST_TARGET "x86_64"
#elif defined(__aarch64__)
#    define HOST_TARGET "arm64"
#elif defined(__riscv) && __riscv_xlen == 64
#    define HOST_TARGET "riscv64"
#else
#    define HOST_TARGET "" /* none */
#endif

enum { RAN, CANNOT }; /* CANNOT: the engine is not for this host or this program */

mybpf_vm *compare_vm(void) { return make_vm(mybpf_jit_exec()); }

const char *compare_engine_name(int engine)
{
#define COMPARE_NAME(name, text) text,
    static const char *const names[] = {COMPARE_ENGINES(COMPARE_NAME)};
#undef COMPARE_NAME
    return names[engine];
}

/* Is there a code generator for this host? */
static int has_target(void)
{
    for (size_t i = 0; mybpf_aot_target(i); i++)
        if (!strcmp(mybpf_aot_target(i), HOST_TARGET)) return 1;
    return 0;
}

/* ---- engines ---- */

static void reset_maps(const mybpf_object *object, const unit *u)
{
    for (uint32_t i = 0; i < u->map_count; i++) {
        const unit_map *as = &u->maps[i];
        mybpf_map *map = find_map(object, u, i);
        uint8_t key[GENERATE_DATA];
        while (map && as->type == MYBPF_MAP_TYPE_HASH && !mybpf_map_next_key(map, NULL, key))
            mybpf_map_delete(map, key);
        for (uint32_t k = 0; map && is_values(as) && k < as->max_entries; k++)
            memcpy(array_value(map, k), as->data, as->value_size);
    }
}

static int run_jit(mybpf_object *object, const trial *t, seen *out)
{
    mybpf_jit_opts opts;
    int status;
    memset(&opts, 0, sizeof opts);
    opts.disable = t->disable;
    status = mybpf_jit_compile(object, &opts, NULL);
    if (status == MYBPF_ERR_UNSUPPORTED) return CANNOT;
    reset_maps(object, &t->unit);
    if (!status) run(object, t, -1, out);
    return RAN;
}

static int is_bare(int engine) { return engine == ENGINE_BARE_NATIVE || engine == ENGINE_BARE_BYTECODE; }

/* A helper by its number in a register, which native BARE code cannot do: the writer notices some of them. */
static int calls_by_number(const unit *u)
{
    for (uint32_t i = 1; i < u->count; i++)
        if (u->insns[i].code == 0x8d && u->insns[i - 1].code == 0xb7) return 1;
    return 0;
}

/* Through an image of `object`, whose maps are as at the start. */
static int run_image(const mybpf_object *object, const trial *t, int engine, seen *out)
{
    int native = engine == ENGINE_SPF_NATIVE || engine == ENGINE_BARE_NATIVE, status;
    int bare = is_bare(engine);
    mybpf_vm *vm = mybpf_object_vm(object);
    mybpf_object *image = NULL;
    mybpf_aot_opts opts;
    void *bytes = NULL;
    size_t size = 0;
    memset(&opts, 0, sizeof opts);
    opts.target = native ? HOST_TARGET : NULL;
    if (native && (!has_target() || (bare && calls_by_number(&t->unit)))) return CANNOT;
    status = (bare ? mybpf_aot_bare : mybpf_aot_spf)(object, &opts, &bytes, &size, NULL);
    if (bare && status == MYBPF_ERR_UNSUPPORTED) return CANNOT;
    if (!status) status = mybpf_object_open(vm, bytes, size, &image, NULL);
    if (!status) status = load(image, native ? MYBPF_TRUSTED : t->trust, t->metered);
    if (!status) run(image, t, -1, out);
    mybpf_vm_realloc(vm, bytes, 0);
    mybpf_object_close(image);
    return RAN;
}

static int run_engine(const comparer *c, mybpf_object *object, const trial *t, int engine, seen *out)
{
    memset(out, 0, sizeof *out);
    out->status = 1;
    switch (engine) {
    case ENGINE_SWITCH: compare_switch(t, out); return RAN;
    case ENGINE_JIT: return run_jit(object, t, out);
    case ENGINE_KERNEL: return c->kernel && c->kernel(c->kernel_user, t, out) ? RAN : CANNOT;
    default: reset_maps(object, &t->unit); return run_image(object, t, engine, out);
    }
}

/* ---- comparing ---- */

unsigned compare_kind(const difference *d)
{
    const seen *a = &d->expected, *b = &d->got;
    return (a->status != b->status ? DIFFERS_STATUS : 0u) | (a->insn != b->insn ? DIFFERS_INSN : 0u) |
           (a->r0 != b->r0 ? DIFFERS_R0 : 0u) | (a->steps != b->steps ? DIFFERS_STEPS : 0u) |
           (memcmp(a->memory, b->memory, sizeof a->memory) ? DIFFERS_MEMORY : 0u) |
           (a->maps_size != b->maps_size || memcmp(a->maps, b->maps, sizeof a->maps) ? DIFFERS_MAPS : 0u);
}

void compare_describe(const difference *d, char *text, size_t size)
{
    const seen *a = &d->expected, *b = &d->got;
    unsigned kind = compare_kind(d);
    snprintf(
        text, size,
        "interpreter: status %d at %d, r0 0x%llx, steps %llu; %s: status %d at %d, r0 0x%llx, steps %llu%s%s",
        a->status, a->insn, (unsigned long long)a->r0, (unsigned long long)a->steps,
        compare_engine_name(d->engine), b->status, b->insn, (unsigned long long)b->r0,
        (unsigned long long)b->steps, kind & DIFFERS_MEMORY ? "; memory differs" : "",
        kind & DIFFERS_MAPS ? "; maps differ" : "");
}

/* On two objects at once, so that nothing has the same address. */
static int is_stable(const comparer *c, const trial *t)
{
    mybpf_object *first = open_unit(c->vm, t), *second = open_unit(c->vm, t);
    seen a, b;
    int stable = first && second;
    if (stable) {
        run(first, t, 0, &a);
        run(second, t, 0xaa, &b);
        stable = !memcmp(&a, &b, sizeof a);
    }
    mybpf_object_close(first);
    mybpf_object_close(second);
    return stable;
}

int compare(const comparer *c, const trial *t, difference *d)
{
    mybpf_object *object = NULL;
    int result = COMPARE_SAME;
    memset(d, 0, sizeof *d);
    d->expected.status = 1;
    if (!t->stable_too || is_stable(c, t)) object = open_unit(c->vm, t);
    if (!object) return COMPARE_REFUSED;
    run(object, t, -1, &d->expected);
    for (d->engine = 1; d->engine < ENGINE_COUNT; d->engine++) {
        if (!(t->engines >> d->engine & 1)) continue;
        if (run_engine(c, object, t, d->engine, &d->got) == CANNOT) continue;
        d->ran |= 1u << d->engine;
        if (!t->metered || d->engine == ENGINE_KERNEL) d->got.steps = d->expected.steps;
        if (is_bare(d->engine) &&
            t->unit.program_count > 1) /* leaves the others out, and counts without them */
            d->got.insn = d->expected.insn;
        if (!memcmp(&d->expected, &d->got, sizeof d->got)) continue;
        result = COMPARE_DIFFERENT;
        break;
    }
    mybpf_object_close(object);
    return result;
}
