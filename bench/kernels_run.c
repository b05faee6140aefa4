/* kernels_run.c: kernels.c by the host's compiler and by the JIT, and the JIT without one pass after the
 * other.
 *
 * usage: kernels_run KERNELS.O [KERNEL]
 *
 * All variants take turns in one process; a figure is the median of thread CPU times, every result is
 * compared. "JIT" is the JIT's time divided by the compiler's; a pass's column is the time without it divided
 * by the time with all. */
#include "bench.h"
#include <string.h>

enum { ROUNDS = 7, VARIANTS = 34, MEMORY = 4096 };

#define KERNELS(X)                                                                                           \
    X(itoa, 200000)                                                                                          \
    X(weekday, 10000000) X(parse, 3000000) X(checksum, 20000) X(cipher, 40000) X(sort, 40000)                \
        X(hash, 200000) X(extremes, 20000)
#define DECLARE(name, count)                                                                                 \
    unsigned long long kernel_##name(unsigned char *memory, unsigned long long count_);
KERNELS(DECLARE)
#define ROW(name, count) {#name, kernel_##name, count},
static const struct {
    const char *name;
    unsigned long long (*native)(unsigned char *memory, unsigned long long count);
    uint64_t count;
} kernels[] = {KERNELS(ROW)};

static uint64_t memory[MEMORY / 8];

static void fill(void) /* packets of TCP and UDP, which are numbers as well */
{
    uint8_t *bytes = (uint8_t *)memory;
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < MEMORY / 8; i++) x ^= x << 13, x ^= x >> 7, x ^= x << 17, memory[i] = x;
    for (size_t i = 0; i < MEMORY; i += 64)
        bytes[i + 12] = 8, bytes[i + 13] = 0, bytes[i + 14] = 0x45, bytes[i + 23] = i % 3 ? 6 : 17;
}

static uint64_t run(const mybpf_program *program, uint64_t count)
{
    mybpf_error error = {0};
    mybpf_run_opts opts = {0};
    uint64_t args[5] = {(uint64_t)(uintptr_t)memory, count}, r0 = 0;
    opts.args = args;
    must(mybpf_program_run(program, &opts, &r0, &error), &error, "run");
    return r0;
}

int main(int argc, char **argv)
{
    static char elf[1 << 20];
    uint32_t disable[VARIANTS] = {0};
    size_t variants = 1;
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file) return fprintf(stderr, "usage: %s KERNELS.O [KERNEL]\n", argv[0]), 2;
    size_t size = fread(elf, 1, sizeof elf, file);
    fclose(file);
    for (uint32_t pass = 1; pass & MYBPF_JIT_NO_PASSES; pass *= 2) disable[variants++] = pass;
    disable[variants++] = MYBPF_JIT_NO_PASSES;

    mybpf_error error = {0};
    mybpf_vm *vm = NULL;
    mybpf_object *objects[VARIANTS] = {NULL};
    must(mybpf_vm_create(NULL, &vm, &error), &error, "vm");
    for (size_t i = 0; i < variants; i++) {
        mybpf_load_opts opts = {0};
        mybpf_jit_opts jit = {0};
        opts.trust = MYBPF_TRUSTED;
        jit.disable = disable[i];
        must(mybpf_object_open(vm, elf, size, &objects[i], &error), &error, "open");
        must(mybpf_object_load(objects[i], &opts, &error), &error, "load");
        must(mybpf_jit_compile(objects[i], &jit, &error), &error, "JIT");
    }
    printf("%-10s %8s %6s", "kernel", "gcc us", "JIT");
    for (size_t i = 1; i + 1 < variants; i++) printf(" -0x%-4x", (unsigned)disable[i]);
    printf("   none\n");
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        static double times[VARIANTS + 1][ROUNDS];
        char name[64];
        if (argc > 2 && strcmp(argv[2], kernels[k].name)) continue;
        snprintf(name, sizeof name, "kernel_%s", kernels[k].name);
        for (size_t round = 0; round < ROUNDS; round++)
            for (size_t i = 0; i <= variants; i++) {
                uint64_t got, want;
                fill();
                double start = cpu_time();
                got = i == variants ? kernels[k].native((unsigned char *)memory, kernels[k].count)
                                    : run(mybpf_object_find_program(objects[i], name), kernels[k].count);
                times[i][round] = cpu_time() - start;
                fill();
                want = kernels[k].native((unsigned char *)memory, kernels[k].count);
                if (got != want)
                    return fprintf(stderr, "%s: wrong without 0x%x\n", name, (unsigned)disable[i]), 1;
            }
        double all = median(times[0], ROUNDS), native = median(times[variants], ROUNDS);
        printf("%-10s %8.0f %6.2f", kernels[k].name, native * 1e6, all / native);
        for (size_t i = 1; i < variants; i++) printf(" %6.2f", median(times[i], ROUNDS) / all);
        printf("\n");
        fflush(stdout);
    }
    for (size_t i = 0; i < variants; i++) mybpf_object_close(objects[i]);
    mybpf_vm_destroy(vm);
    return 0;
}
