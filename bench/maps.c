/* maps.c: what an operation on a map costs in JIT code, next to the same program in the running kernel.
 *
 * usage: maps MAPS_PROGRAMS.O [--rounds N] [--json FILE]
 *
 * Rounds are interleaved, one of each operation here and one through BPF_PROG_TEST_RUN; a figure is the
 * median of the rounds. Where bpf() is not allowed the kernel's columns are empty. "loop" is what the
 * programs do besides; its time is subtracted from the others'. The last lines are two threads that look up
 * at the same time, each in CPU time of its own: what they do together divided by what one does alone. */
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#ifdef __linux__
#    include <linux/bpf.h>
#    include <sys/mman.h>
#    include <sys/syscall.h>
#endif

enum { OPS = 1024, REPEAT = 32, MOST_ROUNDS = 400, RING = 1 << 20 };

/* Of maps_programs.c, in order; `bar` 0: none. `absolute`: nanoseconds, else a share of the kernel's time.
 * `same`: both return the same. */
static const struct operation {
    const char *name, *program;
    double bar;
    int absolute, same;
} operations[] = {
    {"loop", "loop", 0, 0, 1},
    {"array lookup", "array_lookup", 1.0, 1, 1},
    {"hash lookup, 8-byte keys", "hash_lookup", 0.6, 0, 1},
    {"hash update", "hash_update", 0.7, 0, 1},
    {"LRU lookup", "lru_lookup", 0.7, 0, 1},
    {"LRU update", "lru_update", 0.7, 0, 1},
    {"LRU lookup, update where absent", "lru_lookup_update", 0.7, 0, 0},
    {"ring buffer reserve + submit", "ring_reserve_submit", 0.7, 0, 1},
    {"per-CPU array lookup", "percpu_array_lookup", 0, 0, 0},
    {"per-CPU hash lookup", "percpu_hash_lookup", 0, 0, 0},
};
enum { COUNT = sizeof operations / sizeof *operations };

static mybpf_object *object;

static const mybpf_program *program_of(const char *name)
{
    const mybpf_program *program = mybpf_object_find_program(object, name);
    if (program) return program;
    fprintf(stderr, "no program %s\n", name);
    exit(1);
}

/* One run here, of a program that asks nothing of its context. */
static uint64_t run(const mybpf_program *program)
{
    char ctx[512] = {0};
    mybpf_error error = {0};
    mybpf_run_opts opts = {0};
    uint64_t r0 = 0;
    opts.ctx = ctx;
    opts.ctx_size = sizeof(struct __sk_buff);
    must(mybpf_program_run(program, &opts, &r0, &error), &error, "run");
    return r0;
}

/* ---- the kernel's side ---- */

static int kernel_allowed;

#ifdef __linux__
static int kernel_maps[64], kernel_programs[COUNT], kernel_ring = -1;
static uint64_t *kernel_positions[2]; /* the ring's consumer and producer */

static int command(int what, union bpf_attr *attr) { return (int)syscall(SYS_bpf, what, attr, sizeof *attr); }

static int kernel_run(int fd, uint32_t repeat, uint32_t *duration, uint32_t *result)
{
    static const char packet[64];
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (uint32_t)fd;
    attr.test.data_in = (uint64_t)(uintptr_t)packet;
    attr.test.data_size_in = sizeof packet;
    attr.test.repeat = repeat;
    int status = command(BPF_PROG_TEST_RUN, &attr);
    *duration = attr.test.duration;
    *result = attr.test.retval;
    return status;
}

/* The function of `program` as it was linked here, a program of the kernel: -1. */
static int kernel_load(const mybpf_program *program)
{
    const mybpf_code *code = mybpf_object_code(object);
    const mybpf_func *func = &code->funcs[mybpf_program_func(program)];
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
    attr.insns = (uint64_t)(uintptr_t)(code->insns + func->start);
    attr.insn_cnt = func->count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    attr.fd_array = (uint64_t)(uintptr_t)kernel_maps;
    return command(BPF_PROG_LOAD, &attr);
}

static int kernel_map(const mybpf_map_desc *desc)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_type = desc->type;
    attr.key_size = desc->key_size;
    attr.value_size = desc->value_size;
    attr.max_entries = desc->max_entries;
    attr.map_flags = desc->flags;
    return command(BPF_MAP_CREATE, &attr);
}

/* NULL, or what the kernel refused. */
static const char *kernel_open(void)
{
    const mybpf_code *code = mybpf_object_code(object);
    uint32_t duration, result;
    for (uint32_t i = 0; i < code->map_count; i++) {
        const mybpf_map_desc *desc = mybpf_map_describe(code->maps[i]);
        if (i == 64 || (kernel_maps[i] = kernel_map(desc)) < 0) return desc->name;
        if (desc->type == MYBPF_MAP_TYPE_RINGBUF) kernel_ring = kernel_maps[i];
    }
    void *consumer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, kernel_ring, 0),
         *producer = mmap(NULL, 4096, PROT_READ, MAP_SHARED, kernel_ring, 4096);
    if (consumer == MAP_FAILED || producer == MAP_FAILED) return "the ring";
    kernel_positions[0] = (uint64_t *)consumer;
    kernel_positions[1] = (uint64_t *)producer;
    int fill = kernel_load(program_of("fill"));
    if (fill < 0 || kernel_run(fill, 1, &duration, &result)) return "fill";
    close(fill);
    for (int i = 0; i < COUNT; i++)
        if ((kernel_programs[i] = kernel_load(program_of(operations[i].program))) < 0)
            return operations[i].program;
    return NULL;
}

/* Nanoseconds of an operation. */
static double kernel_time(int i, uint32_t *result)
{
    uint32_t duration = 0;
    if (kernel_run(kernel_programs[i], REPEAT, &duration, result)) {
        perror(operations[i].program);
        exit(1);
    }
    *kernel_positions[0] = *(volatile uint64_t *)kernel_positions[1]; /* the host has read everything */
    return (double)duration / OPS;
}
#else
static const char *kernel_open(void) { return "bpf(), which is Linux's,"; }
static double kernel_time(int i, uint32_t *result) { return (void)i, (void)result, 0; }
#endif

/* ---- here ---- */

static int take(void *user, void *data, size_t size) { return (void)user, (void)data, (void)size, 0; }

static double our_time(int i, uint32_t *result)
{
    const mybpf_program *program = program_of(operations[i].program);
    double start = cpu_time();
    for (int n = 0; n < REPEAT; n++) *result = (uint32_t)run(program);
    return (cpu_time() - start) * 1e9 / ((double)OPS * REPEAT);
}

typedef struct worker {
    const char *program;
    pthread_barrier_t *start;
    double time;
} worker;

static void *work(void *arg)
{
    worker *w = (worker *)arg;
    const mybpf_program *program = program_of(w->program);
    run(program);
    if (w->start) pthread_barrier_wait(w->start);
    double start = cpu_time();
    for (int n = 0; n < REPEAT * 20; n++) run(program);
    w->time = cpu_time() - start;
    return NULL;
}

/* What two threads do in the time that one needs. */
static double scaling(const char *name)
{
    double ratios[15];
    for (int round = 0; round < 15; round++) {
        pthread_barrier_t start;
        pthread_t threads[2];
        worker alone = {name, NULL, 0}, both[2] = {{name, &start, 0}, {name, &start, 0}};
        pthread_barrier_init(&start, NULL, 2);
        work(&alone);
        for (int i = 0; i < 2; i++)
            if (pthread_create(&threads[i], NULL, work, &both[i])) exit(1);
        for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&start);
        ratios[round] = alone.time / both[0].time + alone.time / both[1].time;
    }
    return median(ratios, 15);
}

/* ---- the tables ---- */

static void report(const double *ours, const double *theirs, FILE *json)
{
    printf("%-34s %9s %11s %7s %9s\n", "", "JIT, ns", "kernel, ns", "ratio", "bar");
    if (json) fprintf(json, "{\"operations\": [");
    for (int i = 0; i < COUNT; i++) {
        const struct operation *op = &operations[i];
        double here = i ? ours[i] - ours[0] : ours[0], there = i ? theirs[i] - theirs[0] : theirs[0];
        printf("%-34s %9.2f", op->name, here);
        if (kernel_allowed)
            printf(" %11.2f %7.2f", there, here / there);
        else
            printf(" %11s %7s", "-", "-");
        if (op->bar > 0) printf(" %6.1f %s", op->bar, op->absolute ? "ns" : " x");
        printf("\n");
        if (json) fprintf(json, "%s\n  {\"name\": \"%s\", \"ns\": %.3f", i ? "," : "", op->name, here);
        if (json && kernel_allowed)
            fprintf(json, ", \"kernel_ns\": %.3f, \"ratio\": %.3f", there, here / there);
        if (json && op->bar > 0)
            fprintf(json, ", \"%s\": %.1f", op->absolute ? "bar_ns" : "bar_ratio", op->bar);
        if (json) fprintf(json, "}");
    }
    if (json) fprintf(json, "\n], \"two_threads\": [");
    for (int i = 1; i < 3; i++) {
        double ratio = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? scaling(operations[i].program) : 0;
        if (ratio <= 0) continue;
        printf("two threads: %-31s %25.2f %6.1f  x\n", operations[i].name, ratio, 1.8);
        if (json)
            fprintf(json, "%s\n  {\"name\": \"%s\", \"ratio\": %.3f, \"bar_ratio\": 1.8}", i > 1 ? "," : "",
                    operations[i].name, ratio);
    }
    if (json) fprintf(json, "\n]}\n");
}

static int measure(size_t rounds, const char *json)
{
    static double here[COUNT][MOST_ROUNDS], there[COUNT][MOST_ROUNDS];
    double ours[COUNT], theirs[COUNT] = {0};
    mybpf_error error = {0};
    mybpf_ring_buffer *consumer = NULL;
    must(mybpf_ring_buffer_new(mybpf_object_find_map(object, "ring"), take, NULL, &consumer, &error), &error,
         "ring");
    for (size_t round = 0; round < rounds; round++)
        for (int i = 0; i < COUNT; i++) {
            uint32_t mine = 0, its = 0;
            here[i][round] = our_time(i, &mine);
            mybpf_ring_buffer_consume(consumer);
            if (kernel_allowed) there[i][round] = kernel_time(i, &its);
            if (kernel_allowed && operations[i].same && mine != its)
                return fprintf(stderr, "%s: %u, and the kernel's %u\n", operations[i].name, mine, its), 1;
        }
    for (int i = 0; i < COUNT; i++) {
        ours[i] = median(here[i], rounds);
        if (kernel_allowed) theirs[i] = median(there[i], rounds);
    }
    mybpf_ring_buffer_free(consumer);
    FILE *file = json ? fopen(json, "w") : NULL;
    if (json && !file) return perror(json), 1;
    printf("%d operations a run, median of %zu rounds; the loop's time is subtracted from the others\n", OPS,
           rounds);
    report(ours, theirs, file);
    return file && fclose(file) ? 1 : 0;
}

int main(int argc, char **argv)
{
    static char elf[1 << 20];
    const char *json = NULL;
    size_t rounds = 51;
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    int usage = !file;
    for (int i = 2; i < argc; i += 2) {
        if (i + 1 < argc && !strcmp(argv[i], "--json"))
            json = argv[i + 1];
        else if (i + 1 < argc && !strcmp(argv[i], "--rounds"))
            rounds = strtoul(argv[i + 1], NULL, 10);
        else
            usage = 1;
    }
    if (usage || !rounds || rounds > MOST_ROUNDS)
        return fprintf(stderr, "usage: %s MAPS_PROGRAMS.O [--rounds N, at most %d] [--json FILE]\n", argv[0],
                       MOST_ROUNDS),
               2;
    size_t size = fread(elf, 1, sizeof elf, file);
    fclose(file);
    mybpf_error error = {0};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.exec = mybpf_jit_exec();
    must(mybpf_vm_create(&host, &vm, &error), &error, "vm");
    must(mybpf_object_open(vm, elf, size, &object, &error), &error, "open");
    must(mybpf_object_load(object, NULL, &error), &error, "load");
    must(mybpf_jit_compile(object, NULL, &error), &error, "JIT");
    run(program_of("fill"));
    const char *refused = kernel_open();
    if (refused)
        fprintf(stderr, "the kernel refuses %s (%s): measured here alone\n", refused, strerror(errno));
    kernel_allowed = !refused;
    int status = measure(rounds, json);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
    return status;
}
