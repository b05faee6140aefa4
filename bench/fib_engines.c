/* fib_engines.c: one eBPF function by every engine and by the host's compiler, in one process.
 *
 * usage: fib_engines FIB.O [COUNT [ROUNDS]]
 *
 * Rounds are interleaved, so that a change of clock rate meets all engines; a figure is the median of the
 * rounds' thread CPU time, and every result is compared. "offset" is where the first instruction lies in its
 * 64-byte line: a loop that straddles two lines may take twice as long, whoever made it. */
#include "bench.h"

unsigned long long fib(unsigned long long count); /* fib_kernel.c, by the host's compiler */

typedef enum kind { NATIVE, INTERPRETER, JIT, SPF, BARE, KINDS } kind;
static const char *const names[KINDS] = {"gcc -O3", "interpreter", "JIT", "SPF", "BARE"};

static mybpf_object *load(mybpf_vm *vm, const void *bytes, size_t size)
{
    mybpf_error error = {0};
    mybpf_load_opts opts = {0};
    mybpf_object *object = NULL;
    opts.trust = MYBPF_TRUSTED;
    must(mybpf_object_open(vm, bytes, size, &object, &error), &error, "open");
    must(mybpf_object_load(object, &opts, &error), &error, "load");
    return object;
}

/* The object as engine `how` runs it. */
static mybpf_object *prepare(mybpf_vm *vm, const void *elf, size_t size, kind how)
{
    mybpf_error error = {0};
    mybpf_object *object = load(vm, elf, size);
    if (how == JIT) must(mybpf_jit_compile(object, NULL, &error), &error, "JIT");
    if (how != SPF && how != BARE) return object;
    mybpf_aot_opts opts = {0};
    void *image = NULL;
    size_t image_size = 0;
    opts.target = mybpf_aot_target_host();
    must((how == SPF ? mybpf_aot_spf : mybpf_aot_bare)(object, &opts, &image, &image_size, &error), &error,
         names[how]);
    mybpf_object_close(object);
    object = load(vm, image, image_size);
    mybpf_vm_realloc(vm, image, 0);
    return object;
}

static uint64_t run(const mybpf_object *object, uint64_t count)
{
    mybpf_error error = {0};
    mybpf_run_opts opts = {0};
    uint64_t args[5] = {0}, r0 = 0;
    args[0] = count;
    opts.args = args;
    must(mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error), &error, "run");
    return r0;
}

static unsigned offset_of(const mybpf_object *object)
{
    const mybpf_native *native = object ? mybpf_object_native(object) : NULL;
    if (object && !native) return 0;
    uintptr_t address = native ? (uintptr_t)native->entries[0] : (uintptr_t)fib;
    return (unsigned)(address % 64);
}

int main(int argc, char **argv)
{
    static char elf[1 << 20];
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 100000000;
    size_t rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 5;
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file || !rounds || rounds > 100)
        return fprintf(stderr, "usage: %s FIB.O [COUNT [ROUNDS, at most 100]]\n", argv[0]), 2;
    size_t size = fread(elf, 1, sizeof elf, file);
    fclose(file);

    mybpf_error error = {0};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.exec = mybpf_jit_exec();
    must(mybpf_vm_create(&host, &vm, &error), &error, "vm");
    mybpf_object *objects[KINDS] = {NULL};
    for (int how = INTERPRETER; how < KINDS; how++) objects[how] = prepare(vm, elf, size, (kind)how);

    double times[KINDS][100];
    uint64_t want = fib(count);
    for (size_t round = 0; round < rounds; round++)
        for (int how = NATIVE; how < KINDS; how++) {
            if (isatty(2)) fprintf(stderr, "\rround %zu of %zu: %-12s", round + 1, rounds, names[how]);
            double start = cpu_time();
            uint64_t got = how == NATIVE ? fib(count) : run(objects[how], count);
            times[how][round] = cpu_time() - start;
            if (got != want)
                return fprintf(stderr, "%s: %llu, not %llu\n", names[how], (unsigned long long)got,
                               (unsigned long long)want),
                       1;
        }
    if (isatty(2)) fprintf(stderr, "\r%40s\r", "");

    double base = median(times[NATIVE], rounds);
    printf("%llu iterations, median of %zu rounds\n", (unsigned long long)count, rounds);
    printf("%-12s %10s %8s %8s\n", "", "ns/iter", "ratio", "offset");
    for (int how = NATIVE; how < KINDS; how++) {
        double time = median(times[how], rounds);
        printf("%-12s %10.3f %8.3f", names[how], time * 1e9 / (double)count, time / base);
        if (how == INTERPRETER)
            printf(" %8s\n", "-");
        else
            printf(" %8u\n", offset_of(objects[how]));
        mybpf_object_close(objects[how]);
    }
    mybpf_vm_destroy(vm);
    return 0;
}
