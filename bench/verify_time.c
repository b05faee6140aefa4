/* verify_time.c: what the verifier costs: time and memory for each instruction it visits, for straight code,
 * for programs made to cost it time, and for the larger programs of a corpus (MYBPF_CORPUS, else left out).
 */
#include <stddef.h>
#include <stdint.h>
static uint64_t visits;
#define MYBPF__VISITED(sim) (visits = (sim)->all_visited + (sim)->visited)
#include "bench.h"

#include "../test/corpus.c"

static void put(mybpf_insn *insn, int code, int dst, int src, int off, int32_t imm)
{
    insn->code = (uint8_t)code;
    insn->dst_reg = (uint8_t)dst & 15u;
    insn->src_reg = (uint8_t)src & 15u;
    insn->off = (int16_t)off;
    insn->imm = imm;
}

/* ---- memory ---- */

static size_t used, peak;

/* The size stands in front of each block. */
static void *count_memory(void *user, void *memory, size_t size)
{
    size_t *block = memory ? (size_t *)memory - 2 : NULL, *now;
    (void)user;
    if (block) used -= *block;
    if (!size) return free(block), NULL;
    now = (size_t *)realloc(block, size + 2 * sizeof *now);
    if (!now) exit(1);
    *now = size;
    used += size;
    if (used > peak) peak = used;
    return now + 2;
}

/* ---- programs ---- */

typedef size_t (*fill_fn)(mybpf_insn *insns, size_t count);

static size_t fill_straight(mybpf_insn *insns, size_t count)
{
    put(&insns[0], 0xb7, 0, 0, 0, 0);
    put(&insns[1], 0x7b, 10, 0, -8, 0);
    for (size_t i = 2; i < count - 1; i++) {
        switch (i % 8) {
        case 0: put(&insns[i], 0x79, 2, 10, -8, 0); break;
        case 1: put(&insns[i], 0x57, 2, 0, 0, 255); break;
        case 2: put(&insns[i], 0x0f, 0, 2, 0, 0); break;
        case 3: put(&insns[i], 0x27, 0, 0, 0, 31); break;
        case 4: put(&insns[i], 0x77, 0, 0, 0, 3); break;
        case 5: put(&insns[i], 0xaf, 0, 2, 0, 0); break;
        case 6: put(&insns[i], 0x7b, 10, 0, -8, 0); break;
        default: put(&insns[i], 0x85, 0, 0, 0, 7); break;
        }
        if (i < 9 && insns[i].code == 0x0f) put(&insns[i], 0xb7, 2, 0, 0, 1);
    }
    put(&insns[2], 0xb7, 2, 0, 0, 1);
    put(&insns[count - 1], 0x95, 0, 0, 0, 0);
    return count;
}

/* Each of 40 branches leaves another sum behind, which a branch at the end asks for: 2^40 paths. */
static size_t fill_branchy(mybpf_insn *insns, size_t count)
{
    size_t i = 0;
    (void)count;
    put(&insns[i++], 0x85, 0, 0, 0, 7);
    put(&insns[i++], 0xbf, 6, 0, 0, 0);
    put(&insns[i++], 0xb7, 7, 0, 0, 0);
    for (int n = 0; n < 40; n++) {
        put(&insns[i++], 0x85, 0, 0, 0, 7);
        put(&insns[i++], 0x15, 0, 0, 1, n);
        put(&insns[i++], 0x07, 7, 0, 0, n < 30 ? 1 << n : n);
    }
    put(&insns[i++], 0x15, 7, 0, 0, 5);
    put(&insns[i++], 0xb7, 0, 0, 0, 0);
    put(&insns[i++], 0x95, 0, 0, 0, 0);
    return i;
}

/* The same at the bottom of eight functions whose stacks are full of numbers with ranges. */
static size_t fill_deep(mybpf_insn *insns, size_t count)
{
    enum { DEPTH = MYBPF_CALL_DEPTH, SLOTS = 64 };
    size_t i = 0;
    (void)count;
    for (int f = 0; f < DEPTH; f++) {
        for (int s = 0; s < SLOTS; s++) {
            put(&insns[i++], 0x85, 0, 0, 0, 7);
            put(&insns[i++], 0x57, 0, 0, 0, 0xff);
            put(&insns[i++], 0x7b, 10, 0, -8 * (s + 1), 0);
        }
        if (f < DEPTH - 1)
            put(&insns[i], 0x85, 0, 1, 0, 2 * SLOTS + 2), i++;
        else
            i += fill_branchy(insns + i, count) - 2;
        for (int s = 0; s < SLOTS; s++) {
            put(&insns[i++], 0x79, 2, 10, -8 * (s + 1), 0);
            put(&insns[i++], 0x25, 2, 0, 0, 100 + s);
        }
        put(&insns[i++], 0xb7, 0, 0, 0, 0);
        put(&insns[i++], 0x95, 0, 0, 0, 0);
    }
    return i;
}

/* Many functions that a helper may call: each alone is too much. */
static size_t fill_roots(mybpf_insn *insns, size_t count)
{
    enum { ROOTS = 200 };
    size_t i = 0, at = 3 * ROOTS + 2;
    mybpf_insn body[256];
    size_t length;
    memset(body, 0, sizeof body);
    length = fill_branchy(body, 256);
    (void)count;
    for (int f = 0; f < ROOTS; f++) {
        put(&insns[i], 0x18, 1, MYBPF_PSEUDO_FUNC, 0, (int32_t)(at + (size_t)f * length - i - 1));
        i += 2;
        put(&insns[i++], 0xb7, 0, 0, 0, 0);
    }
    put(&insns[i++], 0xb7, 0, 0, 0, 0);
    put(&insns[i++], 0x95, 0, 0, 0, 0);
    for (int f = 0; f < ROOTS; f++) {
        for (size_t k = 0; k < length; k++) insns[i++] = body[k];
    }
    return i;
}

static size_t fill_endless(mybpf_insn *insns, size_t count)
{
    size_t i = 0;
    (void)count;
    put(&insns[i++], 0x85, 0, 0, 0, 7);
    for (int s = 0; s < 64; s++) put(&insns[i++], 0x7b, 10, 0, -8 * (s + 1), 0);
    put(&insns[i++], 0xb7, 6, 0, 0, 0);
    put(&insns[i++], 0x07, 6, 0, 0, 1);
    for (int s = 0; s < 64; s++) put(&insns[i++], 0x79, 2, 10, -8 * (s + 1), 0);
    for (int n = 0; n < 20; n++) put(&insns[i++], 0x15, 2, 0, 0, n);
    put(&insns[i], 0x55, 6, 0, -(int)(i - 65), 100000000);
    i++;
    put(&insns[i++], 0xb7, 0, 0, 0, 0);
    put(&insns[i++], 0x95, 0, 0, 0, 0);
    return i;
}

/* ---- measuring ---- */

typedef struct sum {
    double seconds;
    uint64_t visits;
} sum;

/* The median of a few loads. */
static sum measure(mybpf_vm *vm, const char *name, const mybpf_insn *insns, size_t count, mybpf_trust trust,
                   const mybpf_raw_desc *raw, int quiet)
{
    enum { ROUNDS = 5 };
    mybpf_error error = {0};
    mybpf_load_opts opts = {0};
    double rounds[ROUNDS];
    sum now = {0, 0};
    size_t before = used, above;
    int rc = 0;
    opts.trust = trust;
    for (int round = 0; round < ROUNDS; round++) {
        mybpf_object *object = NULL;
        rc = mybpf_object_open_insns(vm, insns, count, raw, &object, &error);
        visits = 0;
        peak = used;
        double start = cpu_time();
        if (!rc) rc = mybpf_object_load(object, &opts, &error);
        rounds[round] = cpu_time() - start;
        mybpf_object_close(object);
    }
    now.seconds = median(rounds, ROUNDS);
    now.visits = visits;
    if (!visits) visits = 1;
    above = peak - before > 1 << 20 ? peak - before - (1 << 20) : 0;
    if (!quiet)
        printf("%-28.28s %-9s %9zu %9llu %8.1f ms %8.1f ns %8.1f B  %s\n", name,
               trust == MYBPF_VERIFIED ? "verified" : "guarded", count, (unsigned long long)now.visits,
               now.seconds * 1e3, now.seconds * 1e9 / (double)visits, (double)above / (double)visits,
               rc ? error.message : "ok");
    return now;
}

static void measure_corpus(mybpf_vm *vm)
{
    mybpf_map_desc desc = {"map", MYBPF_MAP_TYPE_HASH, 8, 48, 1, 0, 0, NULL};
    mybpf_map *maps[1] = {NULL};
    corpus c;
    sum all = {0, 0}, larger = {0, 0};
    if (!corpus_open(&c, "verifier/linux_verdicts.jsonl")) return;
    must(mybpf_map_create(vm, &desc, &maps[0], NULL), NULL, "map");
    while (corpus_next(&c)) {
        size_t count = 0;
        const mybpf_insn *insns = corpus_insns(&c, "insns", &count);
        mybpf_raw_desc raw = {NULL, (uint32_t)corpus_number(&c, "prog_type", 0), maps, 1};
        sum now = measure(vm, corpus_text(&c, "name"), insns, count, MYBPF_VERIFIED, &raw, 1);
        all.seconds += now.seconds;
        all.visits += now.visits;
        if (count < 100 && now.visits < 1000) continue;
        now = measure(vm, corpus_text(&c, "name"), insns, count, MYBPF_VERIFIED, &raw, 0);
        larger.seconds += now.seconds;
        larger.visits += now.visits;
    }
    printf("corpus: %.1f ns for each of %llu instructions visited; of programs with a hundred or more %.1f "
           "ns\n",
           all.seconds * 1e9 / (double)all.visits, (unsigned long long)all.visits,
           larger.seconds * 1e9 / (double)(larger.visits ? larger.visits : 1));
    corpus_close(&c);
    mybpf_map_unref(maps[0]);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        fill_fn fill;
    } shapes[] = {
        {"straight", fill_straight},           {"branchy", fill_branchy},
        {"branchy in deep frames", fill_deep}, {"200 branchy functions", fill_roots},
        {"endless loop", fill_endless},
    };
    size_t count = MYBPF_MAX_INSNS;
    mybpf_insn *insns = (mybpf_insn *)malloc(count * sizeof *insns);
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.realloc = count_memory;
    if (!insns) return 1;
    must(mybpf_vm_create(&host, &vm, NULL), NULL, "vm");
    printf("%-28s %-9s %9s %9s %11s %11s %10s\n", "program", "mode", "size", "visits", "time", "each",
           "above 1 MB");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        if (argc > 1 && !strstr(shapes[s].name, argv[1])) continue;
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++) {
            memset(insns, 0, count * sizeof *insns);
            size_t length = shapes[s].fill(insns, count);
            measure(vm, shapes[s].name, insns, length, (mybpf_trust)trust, NULL, 0);
        }
    }
    measure_corpus(vm);
    free(insns);
    mybpf_vm_destroy(vm);
    return 0;
}
