/* guard_cost.c: what guarded mode costs a packet parser of whose accesses none can be proven.
 *
 * usage: guard_cost GUARD_KERNEL.O
 *
 * The same program by the JIT in turns in one process: trusted; trusted with a budget of steps (metered), as
 * guarded mode always has one; guarded. Medians of thread CPU times. "checks" is guarded divided by metered,
 * what the checks cost, and is to be at most 1.5; "all" is guarded divided by trusted. Every result is
 * compared. */
#include "bench.h"
#include <string.h>

enum { ROUNDS = 15, VARIANTS = 3, PACKETS = 64, PACKET = 128 };

static uint8_t packets[PACKETS * PACKET];

static void
fill(void) /* Ethernet, some with a VLAN tag, IPv4 with and without options, IPv6, ARP; TCP and UDP */
{
    uint64_t x = 88172645463325252u;
    for (size_t i = 0; i < sizeof packets; i++)
        x ^= x << 13, x ^= x >> 7, x ^= x << 17, packets[i] = (uint8_t)x;
    for (unsigned i = 0; i < PACKETS; i++) {
        uint8_t *p = packets + i * PACKET + 12;
        if (i % 5 == 0) *p++ = 0x81, *p++ = 0, p += 2;
        if (i % 7 == 0) {
            p[0] = 0x86, p[1] = 0xdd, p[8] = i % 2 ? 6 : 17;
        } else if (i % 11 == 0) {
            p[0] = 8, p[1] = 6;
        } else {
            p[0] = 8, p[1] = 0, p[2] = i % 3 ? 0x45 : 0x46, p[11] = i % 2 ? 6 : 17;
        }
    }
}

static uint64_t run(const mybpf_program *program, uint64_t count)
{
    mybpf_error error = {0};
    mybpf_run_opts opts = {0};
    mybpf_region region = {packets, sizeof packets, 0};
    uint64_t args[5] = {(uint64_t)(uintptr_t)packets, count}, r0 = 0;
    opts.args = args;
    opts.regions = &region;
    opts.region_count = 1;
    must(mybpf_program_run(program, &opts, &r0, &error), &error, "run");
    return r0;
}

static size_t guards(const mybpf_object *object, size_t *accesses)
{
    const mybpf_code *code = mybpf_object_code(object);
    size_t count = 0;
    *accesses = 0;
    for (uint32_t i = 0; i < code->insn_count; i++) {
        if (code->facts[i] & MYBPF_FACT_PAD) continue;
        *accesses += mybpf_op_describe(mybpf_insn_op(&code->insns[i]))->format >= MYBPF_FORMAT_LDX;
        count += code->facts[i] & MYBPF_FACT_GUARD;
    }
    return count;
}

int main(int argc, char **argv)
{
    static char elf[1 << 20];
    static const mybpf_trust modes[] = {MYBPF_TRUSTED, MYBPF_TRUSTED, MYBPF_GUARDED};
    static double times[VARIANTS][ROUNDS];
    mybpf_error error = {0};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    mybpf_object *objects[VARIANTS] = {NULL, NULL, NULL};
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!file) return fprintf(stderr, "usage: %s GUARD_KERNEL.O\n", argv[0]), 2;
    size_t size = fread(elf, 1, sizeof elf, file), accesses;
    fclose(file);
    host.exec = mybpf_jit_exec();
    must(mybpf_vm_create(&host, &vm, &error), &error, "vm");
    for (int i = 0; i < VARIANTS; i++) {
        mybpf_load_opts opts = {0};
        opts.trust = modes[i];
        opts.metered = i;
        must(mybpf_object_open(vm, elf, size, &objects[i], &error), &error, "open");
        must(mybpf_object_load(objects[i], &opts, &error), &error, "load");
        must(mybpf_jit_compile(objects[i], NULL, &error), &error, "JIT");
    }
    fill();
    printf("%-8s %8s %7s %11s %11s %11s %7s %5s\n", "parser", "accesses", "guards", "trusted ms",
           "metered ms", "guarded ms", "checks", "all");
    for (size_t p = 0; mybpf_object_program(objects[0], p); p++) {
        const uint64_t count = 2000000;
        uint64_t want = 0;
        for (int round = 0; round < ROUNDS; round++)
            for (int i = 0; i < VARIANTS; i++) {
                double start = cpu_time();
                uint64_t got = run(mybpf_object_program(objects[i], p), count);
                times[i][round] = cpu_time() - start;
                if ((round || i) && got != want) return fprintf(stderr, "results differ\n"), 1;
                want = got;
            }
        double trusted = median(times[0], ROUNDS), metered = median(times[1], ROUNDS),
               guarded = median(times[2], ROUNDS);
        size_t checked = guards(objects[2], &accesses);
        printf("%-8s %8zu %7zu %11.1f %11.1f %11.1f %7.2f %5.2f\n",
               mybpf_program_name(mybpf_object_program(objects[0], p)), accesses, checked, trusted * 1e3,
               metered * 1e3, guarded * 1e3, guarded / metered, guarded / trusted);
    }
    for (int i = 0; i < VARIANTS; i++) mybpf_object_close(objects[i]);
    mybpf_vm_destroy(vm);
    return 0;
}
