/* kernels_run.c: the kernels of bench/kernels by compilers of the host and by every engine of mybpf.
 *
 * usage: kernels_run FOLDER [--json FILE] [--passes | --metered] [--rounds N] [--least] [--peer FILE.so]...
 *                    [KERNEL...]
 *
 * FOLDER holds the kernels as eBPF objects. All engines take turns in one process; a figure is the median of
 * thread CPU times (`--least`: the least of them, to which other work on the machine adds least), divided by
 * "scalar": gcc -O3 without vectors, functions and loops aligned to 64 bytes. Every result is compared. The
 * interpreter does a sixteenth of the work. `--passes`: what each pass of the code generator gives instead,
 * the JIT's time without it divided by the time with all. `--metered`: what a budget of steps costs, the time
 * with one divided by the time without. `--peer`: another runtime, see peers/peer.h; the kernels with maps
 * are not for it. */
#include "bench.h"
#include "kernels/list.h"
#include "peers/peer.h"
#include <dlfcn.h>
#include <string.h>

enum {
    SCALAR,
    GCC,
    CLANG_,
    NATIVES,
    JIT = NATIVES,
    SPF,
    BARE,
    INTERPRETER,
    PEER,
    MAX_PEERS = 8,
    ENGINES = PEER + MAX_PEERS
};
static const char *engine_names[ENGINES] = {"scalar", "gcc -O3", "clang -O2",  "JIT",
                                            "SPF",    "BARE",    "interpreter"};
static const peer *peers[MAX_PEERS];
static int engines = PEER; /* those in use */
enum { MEMORY = 65536, MAX_ROUNDS = 99, SMALLER = 16, VARIANTS = 40 };

typedef unsigned long long kernel_fn(unsigned char *memory, unsigned long long count);
#define DECLARE(name, count) kernel_fn scalar_##name, gcc_##name, clang_##name;
KERNELS(DECLARE)
#define ROW(name, count) {#name, {scalar_##name, gcc_##name, clang_##name}, count},
static const struct kernel {
    const char *name;
    kernel_fn *native[NATIVES];
    uint64_t count;
} kernels[] = {KERNELS(ROW)};

static const double BRIEF = 20e-6; /* seconds */

static uint64_t memory[MEMORY / 8];
static mybpf_vm *vm;
static size_t rounds = 7;
static int least;

/* ---- what kernels need of their host ---- */

static void fill(void) /* packets of TCP and UDP, which are numbers as well */
{
    uint8_t *bytes = (uint8_t *)memory;
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < MEMORY / 8; i++) x ^= x << 13, x ^= x >> 7, x ^= x << 17, memory[i] = x;
    for (size_t i = 0; i < MEMORY; i += 64)
        bytes[i + 12] = 8, bytes[i + 13] = 0, bytes[i + 14] = 0x45, bytes[i + 23] = i % 3 ? 6 : 17;
}

unsigned long long bench_step(unsigned long long a, unsigned long long b);
void *bench_lookup(const char *map, const void *key);
long bench_update(const char *map, const void *key, const void *value);

unsigned long long bench_step(unsigned long long a, unsigned long long b) { return (a ^ b) + (a >> 3); }
static uint64_t step(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)c, (void)d, (void)e, (void)env;
    return bench_step(a, b);
}

static uint64_t bench_helper(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    (void)c, (void)d, (void)e;
    return bench_step(a, b);
}

static mybpf_map *native_maps[128]; /* by the first letter of their names */
void *bench_lookup(const char *map, const void *key)
{
    return mybpf_map_value(native_maps[(unsigned char)*map], key);
}
long bench_update(const char *map, const void *key, const void *value)
{
    return mybpf_map_update(native_maps[(unsigned char)*map], key, value, 0);
}

/* An object's maps as they were at first; the native kernels' when there is no object. */
static void empty(const mybpf_object *object)
{
    static const uint8_t zero[64] = {0};
    mybpf_map *map;
    uint8_t key[64];
    for (size_t i = 0; (map = object    ? mybpf_object_map(object, i)
                              : i < 128 ? native_maps[i]
                                        : NULL) ||
                       (!object && i < 128);
         i++) {
        if (!map) continue;
        if (mybpf_map_describe(map)->type == MYBPF_MAP_TYPE_HASH)
            while (!mybpf_map_next_key(map, NULL, key)) mybpf_map_delete(map, key);
        else
            for (uint32_t k = 0; k < mybpf_map_describe(map)->max_entries; k++)
                mybpf_map_update(map, &k, zero, 0);
    }
}

/* ---- engines ---- */

static mybpf_object *load(const void *bytes, size_t size, int metered)
{
    static const mybpf_range user = {MYBPF_HELPER_USER, MYBPF_HELPER_END - 1};
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    mybpf_load_opts opts = {0};
    opts.trust = MYBPF_TRUSTED;
    opts.grants = &user;
    opts.grant_count = 1;
    opts.metered = metered;
    must(mybpf_object_open(vm, bytes, size, &object, &error), &error, "open");
    must(mybpf_object_load(object, &opts, &error), &error, "load");
    return object;
}

/* The object as an engine runs it, NULL where the format cannot carry it. */
static mybpf_object *prepare(const void *elf, size_t size, int engine, uint32_t disable, int metered)
{
    mybpf_object *object = load(elf, size, metered);
    mybpf_error error = {0};
    if (engine == JIT) {
        mybpf_jit_opts opts = {0};
        opts.disable = disable;
        must(mybpf_jit_compile(object, &opts, &error), &error, "JIT");
    }
    if (engine != SPF && engine != BARE) return object;
    mybpf_aot_opts opts = {0};
    void *image = NULL;
    size_t image_size = 0;
    opts.target = mybpf_aot_target_host() ? "native" : NULL;
    int status = (engine == SPF ? mybpf_aot_spf : mybpf_aot_bare)(object, &opts, &image, &image_size, &error);
    mybpf_object_close(object);
    object = status ? NULL : load(image, image_size, metered);
    mybpf_vm_realloc(vm, image, 0);
    return object;
}

static uint64_t run(const mybpf_object *object, uint64_t count)
{
    mybpf_error error = {0};
    mybpf_run_opts opts = {0};
    uint64_t args[5] = {(uint64_t)(uintptr_t)memory, count}, r0 = 0;
    opts.args = args;
    if (mybpf_object_code(object)->metered) opts.max_steps = INT64_MAX;
    must(mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error), &error, "run");
    return r0;
}

/* The code of an object, which stays open, as a peer runs it, NULL where it cannot: its read-only data by
 * address, its one helper as number 1. */
static void *prepare_peer(const mybpf_object *object, const peer *with)
{
    static const uint32_t first = 0;
    const mybpf_code *code = mybpf_object_code(object);
    mybpf_insn *insns = (mybpf_insn *)malloc(code->insn_count * sizeof *insns);
    int maps = 0;
    if (!insns) return NULL;
    memcpy(insns, code->insns, code->insn_count * sizeof *insns);
    for (uint32_t i = 0; i < code->insn_count; i++) {
        mybpf_insn *insn = &insns[i];
        if (mybpf_insn_op(insn) == MYBPF_OP_CALL) insn->imm = 1;
        if (mybpf_insn_op(insn) != MYBPF_OP_LDDW) continue;
        i++;
        if (insn->src_reg == MYBPF_PSEUDO_MAP_IDX_VALUE) {
            uint64_t address =
                (uint64_t)(uintptr_t)mybpf_map_value(code->maps[insn->imm], &first) + (uint32_t)insns[i].imm;
            insn->src_reg = 0, insn->imm = (int32_t)address, insns[i].imm = (int32_t)(address >> 32);
        }
        maps |= insn->src_reg;
    }
    void *made = maps ? NULL : with->open(insns, code->insn_count, bench_helper);
    free(insns);
    return made;
}

/* Seconds of one run of a peer. */
static double timed_peer(const peer *with, void *code, uint64_t count, uint64_t *result)
{
    fill();
    double start = cpu_time();
    *result = with->run(code, memory, count);
    return with->seconds ? with->seconds(code) : cpu_time() - start;
}

/* Seconds of one run by compiled C (`object` is NULL) or by an engine. */
static double timed(const struct kernel *kernel, int native, const mybpf_object *object, uint64_t count,
                    uint64_t *result)
{
    fill();
    empty(object);
    double start = cpu_time();
    *result = object ? run(object, count) : kernel->native[native]((unsigned char *)memory, count);
    return cpu_time() - start;
}

static void check(const struct kernel *kernel, const char *who, uint64_t got, uint64_t want)
{
    if (got == want) return;
    fprintf(stderr, "%s: %s: 0x%llx, not 0x%llx\n", kernel->name, who, (unsigned long long)got,
            (unsigned long long)want);
    exit(1);
}

/* ---- the tables ---- */

static size_t read_kernel(const char *folder, const char *name, void *bytes, size_t room)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.o", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) return fprintf(stderr, "kernels_run: no %s\n", path), exit(2), 0;
    size_t size = fread(bytes, 1, room, file);
    fclose(file);
    return size;
}

/* How much of the work a peer that cannot do all of it is to do; one that takes hardly any time says nothing.
 */
static uint64_t work_of(const struct kernel *kernel, const peer *with, void **code)
{
    uint64_t got, count = with->most(*code, kernel->count);
    if (timed(kernel, SCALAR, NULL, count, &got) >= BRIEF) return count;
    with->close(*code);
    *code = NULL;
    return kernel->count;
}

static double typical(double *times)
{
    double middle = median(times, rounds); /* sorts */
    return least ? times[0] : middle;
}

static void compare_engines(const struct kernel *kernel, const void *elf, size_t size, double ratio[ENGINES])
{
    static double times[ENGINES][MAX_ROUNDS];
    mybpf_object *objects[ENGINES] = {NULL};
    void *codes[ENGINES] = {NULL};
    uint64_t want = 0, small = 0, got;
    for (int e = JIT; e < engines; e++) objects[e] = prepare(elf, size, e, 0, 0);
    for (int e = PEER; e < engines; e++) codes[e] = prepare_peer(objects[e], peers[e - PEER]);
    uint64_t count = kernel->count;
    for (int e = PEER; e < engines; e++)
        if (codes[e] && peers[e - PEER]->most) count = work_of(kernel, peers[e - PEER], &codes[e]);
    timed(kernel, SCALAR, NULL, count / SMALLER, &small);
    for (size_t round = 0; round < rounds; round++)
        for (int e = 0; e < engines; e++) {
            int interprets = e < PEER ? e == INTERPRETER : peers[e - PEER]->interprets;
            unsigned part = interprets && count == kernel->count ? SMALLER : 1;
            if (e >= NATIVES && !(e < PEER ? (void *)objects[e] : codes[e])) continue;
            times[e][round] = part * (e < PEER ? timed(kernel, e, objects[e], count / part, &got)
                                               : timed_peer(peers[e - PEER], codes[e], count / part, &got));
            if (!round && !e) want = got;
            check(kernel, engine_names[e], got, part > 1 ? small : want);
        }
    double base = typical(times[SCALAR]);
    for (int e = 1; e < engines; e++)
        ratio[e] = e < NATIVES || (e < PEER ? (void *)objects[e] : codes[e]) ? typical(times[e]) / base : 0;
    ratio[SCALAR] = base; /* seconds */
    for (int e = PEER; e < engines; e++)
        if (codes[e]) peers[e - PEER]->close(codes[e]);
    for (int e = JIT; e < engines; e++) mybpf_object_close(objects[e]);
}

static void compare_passes(const struct kernel *kernel, const void *elf, size_t size)
{
    static double times[VARIANTS][MAX_ROUNDS];
    mybpf_object *objects[VARIANTS];
    uint32_t disable[VARIANTS] = {0};
    size_t variants = 1;
    uint64_t want, got;
    for (uint32_t pass = 1; pass & MYBPF_JIT_NO_PASSES; pass *= 2) disable[variants++] = pass;
    disable[variants++] = MYBPF_JIT_NO_PASSES;
    for (size_t v = 0; v < variants; v++) objects[v] = prepare(elf, size, JIT, disable[v], 0);
    timed(kernel, SCALAR, NULL, kernel->count, &want);
    for (size_t round = 0; round < rounds; round++)
        for (size_t v = 0; v < variants; v++) {
            times[v][round] = timed(kernel, 0, objects[v], kernel->count, &got);
            check(kernel, "JIT without a pass", got, want);
        }
    double all = median(times[0], rounds);
    printf("%-14s", kernel->name);
    for (size_t v = 1; v < variants; v++) {
        double without = median(times[v], rounds) / all;
        if (without > 1.03 || without < 0.97)
            printf("  %s0x%x %.2f", v + 1 < variants ? "-" : "none: -", (unsigned)disable[v], without);
    }
    printf("\n");
    for (size_t v = 0; v < variants; v++) mybpf_object_close(objects[v]);
}

/* With a budget divided by without one, for the JIT and the interpreter. */
static void compare_metered(const struct kernel *kernel, const void *elf, size_t size, double ratio[2])
{
    static double times[4][MAX_ROUNDS];
    mybpf_object *objects[4];
    uint64_t want[2], got;
    for (int v = 0; v < 4; v++) objects[v] = prepare(elf, size, v / 2 ? INTERPRETER : JIT, 0, v % 2);
    for (int i = 0; i < 2; i++) timed(kernel, SCALAR, NULL, kernel->count / (i ? SMALLER : 1), &want[i]);
    for (size_t round = 0; round < rounds; round++)
        for (int v = 0; v < 4; v++) {
            times[v][round] = timed(kernel, 0, objects[v], kernel->count / (v / 2 ? SMALLER : 1), &got);
            check(kernel, "a budget", got, want[v / 2]);
        }
    for (int i = 0; i < 2; i++) ratio[i] = median(times[2 * i + 1], rounds) / median(times[2 * i], rounds);
    printf("%-14s %11.2f %11.2f\n", kernel->name, ratio[0], ratio[1]);
    fflush(stdout);
    for (int v = 0; v < 4; v++) mybpf_object_close(objects[v]);
}

static void put_row(FILE *json, const struct kernel *kernel, const double ratio[ENGINES], const char *comma)
{
    printf("%-14s %9.2f", kernel->name, ratio[SCALAR] * 1e3);
    for (int e = 1; e < engines; e++)
        if (ratio[e] > 0)
            printf(" %11.2f", ratio[e]);
        else
            printf(" %11s", "-");
    printf("\n");
    fflush(stdout);
    if (!json) return;
    fprintf(json, "%s{\"kernel\": \"%s\", \"seconds\": %.6f", comma, kernel->name, ratio[SCALAR]);
    for (int e = 1; e < engines; e++)
        if (ratio[e] > 0) fprintf(json, ", \"%s\": %.4f", engine_names[e], ratio[e]);
    fprintf(json, "}");
}

/* The n-th root of a product, without a library of mathematics. */
static double root(double product, unsigned n)
{
    double low = 0, high = product > 1 ? product : 1;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2, power = 1;
        for (unsigned k = 0; k < n; k++) power *= middle;
        *(power < product ? &low : &high) = middle;
    }
    return low;
}

static void make_native_maps(void)
{
    static const mybpf_map_desc descs[] = {{"flows", MYBPF_MAP_TYPE_HASH, 16, 16, 1024, 0, 0, NULL},
                                           {"hash", MYBPF_MAP_TYPE_HASH, 8, 8, 1024, 0, 0, NULL},
                                           {"array", MYBPF_MAP_TYPE_ARRAY, 4, 8, 256, 0, 0, NULL}};
    mybpf_error error = {0};
    for (size_t i = 0; i < sizeof descs / sizeof *descs; i++)
        must(mybpf_map_create(vm, &descs[i], &native_maps[(unsigned char)descs[i].name[0]], &error), &error,
             "map");
}

/* Stays open: its code is in use until the end. */
static void add_peer(const char *file)
{
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    const peer *found = library ? (const peer *)dlsym(library, "bench_peer") : NULL;
    if (!found || engines == ENGINES) {
        fprintf(stderr, "kernels_run: %s: %s\n", file, found ? "too many peers" : dlerror());
        exit(2);
    }
    peers[engines - PEER] = found;
    engine_names[engines++] = found->name;
}

static int usage(void)
{
    fprintf(stderr, "usage: kernels_run FOLDER [--json FILE] [--passes | --metered] [--rounds N] [--least] "
                    "[--peer FILE.so]... [KERNEL...]\n");
    return 2;
}

/* Names that there are; says which there is not. */
static int known(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof kernels / sizeof *kernels && strcmp(argv[i], kernels[k].name)) k++;
        if (k < sizeof kernels / sizeof *kernels) continue;
        fprintf(stderr, "kernels_run: no kernel %s; there are", argv[i]);
        for (k = 0; k < sizeof kernels / sizeof *kernels; k++) fprintf(stderr, " %s", kernels[k].name);
        return fprintf(stderr, "\n"), 0;
    }
    return 1;
}

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (!strcmp(argv[i], name)) return 1;
    return argc == 0;
}

int main(int argc, char **argv)
{
    static char elf[1 << 20];
    const char *folder = argc > 1 ? argv[1] : NULL, *comma = "\n ";
    FILE *json = NULL;
    int at = 2, passes = 0, metered = 0;
    double product[ENGINES] = {0};
    unsigned counted[ENGINES] = {0};
    mybpf_error error = {0};
    mybpf_host host = {0};
    if (!folder) return usage();
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (!strcmp(argv[at], "--passes"))
            passes = 1;
        else if (!strcmp(argv[at], "--metered"))
            metered = 1;
        else if (!strcmp(argv[at], "--least"))
            least = 1;
        else if (!strcmp(argv[at], "--json") && at + 1 < argc)
            json = fopen(argv[++at], "w");
        else if (!strcmp(argv[at], "--peer") && at + 1 < argc)
            add_peer(argv[++at]);
        else if (!strcmp(argv[at], "--rounds") && at + 1 < argc)
            rounds = strtoul(argv[++at], NULL, 10);
        else
            return usage();
    }
    if (!rounds || rounds > MAX_ROUNDS) return usage();
    if (!known(argc - at, argv + at)) return 2;
    static const mybpf_helper helper = {MYBPF_HELPER_USER,
                                        "bench_step",
                                        step,
                                        MYBPF_RET_INTEGER,
                                        {MYBPF_ARG_ANY, MYBPF_ARG_ANY},
                                        MYBPF_HELPER_NONE,
                                        NULL,
                                        0,
                                        {0},
                                        0};
    host.exec = mybpf_jit_exec();
    must(mybpf_vm_create(&host, &vm, &error), &error, "vm");
    must(mybpf_helper_register(vm, &helper, &error), &error, "helper");
    make_native_maps();
    if (metered) printf("%-14s %11s %11s\n", "with a budget", "JIT", "interpreter"), engines = 3;
    if (!passes && !metered) {
        printf("%-14s %9s", "kernel", "scalar ms");
        for (int e = 1; e < engines; e++) printf(" %11s", engine_names[e]);
        printf("\n");
    }
    for (int e = 1; e < engines; e++) product[e] = 1;
    if (json) fprintf(json, "[");
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        double ratio[ENGINES];
        if (!wanted(kernels[k].name, argc - at, argv + at)) continue;
        size_t size = read_kernel(folder, kernels[k].name, elf, sizeof elf);
        if (passes) {
            compare_passes(&kernels[k], elf, size);
            continue;
        }
        if (metered)
            compare_metered(&kernels[k], elf, size, ratio + 1);
        else {
            compare_engines(&kernels[k], elf, size, ratio);
            put_row(json, &kernels[k], ratio, comma);
            comma = ",\n ";
        }
        for (int e = 1; e < engines; e++)
            if (ratio[e] > 0) product[e] *= ratio[e], counted[e]++;
    }
    if (json) fprintf(json, "\n]\n"), fclose(json);
    if (!passes) {
        printf("%-14s", "geometric mean");
        if (!metered) printf(" %9s", "");
        for (int e = 1; e < engines; e++) printf(" %11.2f", counted[e] ? root(product[e], counted[e]) : 0);
        printf("\n");
    }
    for (size_t i = 0; i < 128; i++) mybpf_map_unref(native_maps[i]);
    mybpf_vm_destroy(vm);
    return 0;
}
