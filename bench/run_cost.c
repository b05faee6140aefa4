/* run_cost.c: what mybpf_program_run costs around a program: one of two instructions, by engine and mode.
 * usage: run_cost */
#include "bench.h"
#include <string.h>

enum { RUNS = 1000000, ROUNDS = 9 };

static double nanoseconds(const mybpf_program *program, const mybpf_run_opts *opts)
{
    double times[ROUNDS];
    mybpf_error error = {0};
    uint64_t r0 = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_time();
        for (int i = 0; i < RUNS; i++) must(mybpf_program_run(program, opts, &r0, &error), &error, "run");
        times[round] = (cpu_time() - start) / RUNS * 1e9;
    }
    return median(times, ROUNDS);
}

int main(void)
{
    static const mybpf_insn insns[] = {{0xb7, 0, 0, 0, 7}, {0x95, 0, 0, 0, 0}};
    static const char *const modes[] = {"verified", "guarded", "trusted"};
    mybpf_vm *vm;
    mybpf_error error = {0};
    must(mybpf_vm_create(NULL, &vm, &error), &error, "vm");
    printf("%-10s %12s %12s   ns a run of two instructions\n", "mode", "interpreter", "JIT");
    for (int metered = 0; metered < 2; metered++)
        for (int mode = 0; mode < 3; mode++) {
            mybpf_object *object;
            mybpf_load_opts load = {0};
            mybpf_run_opts run = {0};
            load.trust = (mybpf_trust)mode;
            load.metered = metered;
            run.max_steps = metered ? 100 : 0;
            must(mybpf_object_open_insns(vm, insns, 2, NULL, &object, &error), &error, "open");
            must(mybpf_object_load(object, &load, &error), &error, "load");
            double interpreted = nanoseconds(mybpf_object_program(object, 0), &run);
            must(mybpf_jit_compile(object, NULL, &error), &error, "JIT");
            printf("%-10s %12.1f %12.1f%s\n", modes[mode], interpreted,
                   nanoseconds(mybpf_object_program(object, 0), &run), metered ? "   with a budget" : "");
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
    return 0;
}
