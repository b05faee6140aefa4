/* linux.c: the JIT of the running kernel as a peer, for those who may use bpf(). PEERS="linux=".
 *
 * A kernel is called as a function, by a program that hands it the value of a map as memory, and stores what
 * it returns there. The verifier follows every round of a loop, a million instructions in all, so a kernel
 * does as much of its work as was accepted, and all others do no more when this peer is there: `most`. What
 * the kernel reads from memory is unknown to the verifier, and where that leads to too many ways through the
 * program, or out of its memory, there is no figure; nor where that is little. Time is what the kernel's test
 * run tells. */
#include "peer.h"
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MEMORY = 65536, MAPPED = MEMORY + 4096, RESULT = MEMORY, FRONT = 9 };

typedef struct code {
    int map, program; /* -1: none */
    uint8_t *value;   /* of the map */
    uint32_t count;   /* instructions, those in front included */
    struct bpf_insn *insns;
    double seconds;
    char log[65536];
} code;

static int command(int what, union bpf_attr *attr)
{
    return (int)syscall(__NR_bpf, what, attr, sizeof *attr);
}

static void close_code(void *user)
{
    code *c = (code *)user;
    if (!c) return;
    if (c->value && c->value != MAP_FAILED) munmap(c->value, MAPPED);
    if (c->program >= 0) close(c->program);
    if (c->map >= 0) close(c->map);
    free(c->insns);
    free(c);
}

static int make_map(void)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = 4;
    attr.value_size = MEMORY + 8;
    attr.max_entries = 1;
    attr.map_flags = BPF_F_MMAPABLE;
    return command(BPF_MAP_CREATE, &attr);
}

/* A program that does the work `rounds` times, or -1. */
static int load(code *c, uint32_t rounds)
{
    union bpf_attr attr;
    c->insns[2].imm = (int32_t)rounds;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_XDP;
    attr.insns = (uint64_t)(uintptr_t)c->insns;
    attr.insn_cnt = c->count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    attr.log_buf = (uint64_t)(uintptr_t)c->log;
    attr.log_size = sizeof c->log;
    attr.log_level = 4; /* the error and figures */
    c->log[0] = 0;
    return command(BPF_PROG_LOAD, &attr);
}

static void *open_code(const void *insns, uint32_t count, peer_helper *helper)
{
    static const struct bpf_insn front[FRONT] = {
        {BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_VALUE, 0, 0},
        {0, 0, 0, 0, 0},
        {BPF_ALU | BPF_MOV | BPF_K, 2, 0, 0, 0},
        {BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, FRONT - 4},
        {BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_VALUE, 0, 0},
        {0, 0, 0, 0, RESULT},
        {BPF_STX | BPF_MEM | BPF_DW, 1, 0, 0, 0},
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    code *c = (code *)calloc(1, sizeof *c);
    (void)helper;
    if (!c) return NULL;
    c->program = -1;
    c->map = make_map();
    c->count = count + FRONT;
    c->insns = (struct bpf_insn *)malloc(c->count * sizeof *c->insns);
    if (c->map >= 0) c->value = (uint8_t *)mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_SHARED, c->map, 0);
    if (c->insns && c->value && c->value != MAP_FAILED) {
        memcpy(c->insns, front, sizeof front);
        memcpy(c->insns + FRONT, insns, count * sizeof *c->insns);
        c->insns[0].imm = c->insns[4].imm = c->map;
        c->program = load(c, 1);
    }
    if (c->program >= 0) return c;
    c->log[strcspn(c->log, "\n")] = 0;
    fprintf(stderr, "linux: %s\n", c->log[0] ? c->log : "no right to use bpf()");
    close_code(c);
    return NULL;
}

static uint64_t most(void *user, uint64_t count)
{
    code *c = (code *)user;
    uint32_t rounds = 1;
    while (rounds < count) {
        uint32_t more = rounds < count / 2 ? rounds * 2 : (uint32_t)count;
        int program = load(c, more);
        if (program < 0) break;
        close(c->program);
        c->program = program;
        rounds = more;
    }
    return rounds;
}

static uint64_t run_code(void *user, void *memory, uint64_t count)
{
    static uint8_t packet[64];
    code *c = (code *)user;
    union bpf_attr attr;
    uint64_t result;
    (void)count; /* that of `most` is in the program */
    memcpy(c->value, memory, MEMORY);
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (uint32_t)c->program;
    attr.test.data_in = (uint64_t)(uintptr_t)packet;
    attr.test.data_size_in = sizeof packet;
    attr.test.repeat = 1;
    if (command(BPF_PROG_TEST_RUN, &attr)) perror("linux: BPF_PROG_TEST_RUN");
    c->seconds = attr.test.duration * 1e-9;
    memcpy(&result, c->value + RESULT, sizeof result);
    return result;
}

static double seconds(void *user) { return ((code *)user)->seconds; }

const peer bench_peer = {"linux", 0, open_code, run_code, close_code, most, seconds};
