/* jit_time.c: how long the JIT takes, by program size. It must grow no faster than the program. */
#include "bench.h"

/* Straight-line arithmetic, memory accesses and a short branch now and then, ended by an exit. */
static void generate(mybpf_insn *insns, size_t count)
{
    static const struct {
        uint8_t code, dst, src;
        int16_t off;
        int32_t imm;
    } pattern[] = {
        {0xb7, 1, 0, 0, 7},     /* r1 = 7 */
        {0x0f, 0, 1, 0, 0},     /* r0 += r1 */
        {0x7b, 10, 0, -8, 0},   /* *(u64 *)(r10 - 8) = r0 */
        {0x27, 0, 0, 0, 31},    /* r0 *= 31 */
        {0x79, 2, 10, -8, 0},   /* r2 = *(u64 *)(r10 - 8) */
        {0xaf, 0, 2, 0, 0},     /* r0 ^= r2 */
        {0x25, 0, 0, 1, 1000},  /* if r0 > 1000 goto +1 */
        {0x77, 0, 0, 0, 3},     /* r0 >>= 3 */
        {0x04, 0, 0, 0, 12345}, /* w0 += 12345 */
        {0x67, 0, 0, 0, 5},     /* r0 <<= 5 */
    };
    for (size_t i = 0; i < count; i++) {
        mybpf_insn insn = {0};
        size_t at = i % (sizeof pattern / sizeof *pattern);
        insn.code = pattern[at].code;
        insn.dst_reg = pattern[at].dst & 15u;
        insn.src_reg = pattern[at].src & 15u;
        insn.off = pattern[at].off;
        insn.imm = pattern[at].imm;
        insns[i] = insn;
    }
    mybpf_insn first = {0}, last = {0};
    first.code = 0xb7; /* r0 = 0 */
    last.code = 0x95;
    insns[0] = first;
    insns[count - 1] = last;
}

int main(void)
{
    static const size_t sizes[] = {100, 1000, 10000, 100000, 1000000};
    enum { ROUNDS = 5 };
    mybpf_error error = {0};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.exec = mybpf_jit_exec();
    must(mybpf_vm_create(&host, &vm, &error), &error, "vm");
    printf("%12s %14s %14s %12s %12s\n", "instructions", "load ns/insn", "JIT ns/insn", "JIT ms",
           "bytes/insn");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t count = sizes[i];
        mybpf_insn *insns = (mybpf_insn *)malloc(count * sizeof *insns);
        if (!insns) return fprintf(stderr, "out of memory\n"), 1;
        generate(insns, count);
        double loads[ROUNDS], jits[ROUNDS];
        size_t code_size = 0;
        for (int round = 0; round < ROUNDS; round++) {
            mybpf_object *object = NULL;
            mybpf_load_opts opts = {0};
            opts.trust = MYBPF_TRUSTED;
            double start = cpu_time();
            must(mybpf_object_open_insns(vm, insns, count, NULL, &object, &error), &error, "open");
            must(mybpf_object_load(object, &opts, &error), &error, "load");
            double loaded = cpu_time();
            must(mybpf_jit_compile(object, NULL, &error), &error, "JIT");
            loads[round] = loaded - start;
            jits[round] = cpu_time() - loaded;
            code_size = mybpf_object_native(object)->code_size;
            mybpf_object_close(object);
        }
        double jit = median(jits, ROUNDS);
        printf("%12zu %14.1f %14.1f %12.3f %12.2f\n", count, median(loads, ROUNDS) * 1e9 / (double)count,
               jit * 1e9 / (double)count, jit * 1e3, (double)code_size / (double)count);
        free(insns);
    }
    mybpf_vm_destroy(vm);
    return 0;
}
