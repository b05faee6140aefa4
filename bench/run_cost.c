/* run_cost.c: what mybpf_program_run costs around a program: one of two instructions, by engine and mode; and
 * what a tail call costs, of 33 in a run. usage: run_cost */
#include "bench.h"
#include <string.h>

enum { RUNS = 1000000, ROUNDS = 9 };

static double nanoseconds(const mybpf_program *program, const mybpf_run_opts *opts, int runs)
{
    double times[ROUNDS];
    mybpf_error error = {0};
    uint64_t r0 = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = cpu_time();
        for (int i = 0; i < runs; i++) must(mybpf_program_run(program, opts, &r0, &error), &error, "run");
        times[round] = (cpu_time() - start) / runs * 1e9;
    }
    return median(times, ROUNDS);
}

/* The program calls itself until that fails; without an element in the map that is at once. */
static double tail_call(const mybpf_program *program, mybpf_map *map, const mybpf_run_opts *opts)
{
    const uint32_t zero = 0;
    double once = nanoseconds(program, opts, RUNS / 10);
    mybpf_map_update(map, &zero, &program, 0);
    double often = nanoseconds(program, opts, RUNS / 10);
    mybpf_map_delete(map, &zero);
    return (often - once) / 33;
}

static void print_tail_calls(mybpf_vm *vm, const char *name, const mybpf_load_opts *load,
                             const mybpf_run_opts *run)
{
    static const mybpf_insn insns[] = {{0x18, 2, MYBPF_PSEUDO_MAP_IDX, 0, 0},
                                       {0, 0, 0, 0, 0},
                                       {0xb7, 3, 0, 0, 0},
                                       {0x85, 0, 0, 0, 12},
                                       {0xb7, 0, 0, 0, 7},
                                       {0x95, 0, 0, 0, 0}};
    static const mybpf_map_desc desc = {"jumps", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1, 0, 0, NULL};
    mybpf_error error = {0};
    mybpf_map *map;
    mybpf_object *object;
    mybpf_raw_desc raw = {NULL, 0, &map, 1};
    mybpf_jit_opts through = {MYBPF_JIT_NO_TAIL_CALLS, 0};
    must(mybpf_map_create(vm, &desc, &map, &error), &error, "map");
    must(mybpf_object_open_insns(vm, insns, 6, &raw, &object, &error), &error, "open");
    must(mybpf_object_load(object, load, &error), &error, "load");
    const mybpf_program *program = mybpf_object_program(object, 0);
    printf("%-10s %12.1f", name, tail_call(program, map, run));
    for (int jumps = 0; jumps < 2; jumps++) {
        must(mybpf_jit_compile(object, jumps ? NULL : &through, &error), &error, "JIT");
        printf(" %12.1f", tail_call(program, map, run));
    }
    printf("%s\n", load->metered ? "   with a budget" : "");
    mybpf_object_close(object);
    mybpf_map_unref(map);
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
            double interpreted = nanoseconds(mybpf_object_program(object, 0), &run, RUNS);
            must(mybpf_jit_compile(object, NULL, &error), &error, "JIT");
            printf("%-10s %12.1f %12.1f%s\n", modes[mode], interpreted,
                   nanoseconds(mybpf_object_program(object, 0), &run, RUNS),
                   metered ? "   with a budget" : "");
            mybpf_object_close(object);
        }
    printf("\n%-10s %12s %12s %12s   ns a tail call to a program of the same object\n", "mode", "interpreter",
           "JIT, called", "JIT, jumped");
    for (int metered = 0; metered < 2; metered++)
        for (int mode = 0; mode < 3; mode++) {
            mybpf_load_opts load = {0};
            mybpf_run_opts run = {0};
            load.trust = (mybpf_trust)mode;
            load.metered = metered;
            run.max_steps = metered ? 1000 : 0;
            print_tail_calls(vm, modes[mode], &load, &run);
        }
    mybpf_vm_destroy(vm);
    return 0;
}
