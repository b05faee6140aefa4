/* ubpf.c: ubpf's JIT as a peer. PEERS="ubpf=FOLDER", where FOLDER holds its sources and, in build/, what this
 * gives: cmake -S . -B build -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON && cmake --build
 * build --target ubpf */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <ubpf.h>

typedef struct code {
    struct ubpf_vm *vm;
    ubpf_jit_fn run;
} code;

static void close_code(void *user)
{
    code *c = (code *)user;
    if (c && c->vm) ubpf_destroy(c->vm);
    free(c);
}

static void *open_code(const void *insns, uint32_t count, peer_helper *helper)
{
    code *c = (code *)calloc(1, sizeof *c);
    char *message = NULL;
    if (c) c->vm = ubpf_create();
    if (c && c->vm && !ubpf_register(c->vm, 1, "helper", (external_function_t)helper) &&
        !ubpf_load(c->vm, insns, count * 8, &message))
        c->run = ubpf_compile(c->vm, &message);
    if (message) fprintf(stderr, "ubpf: %s\n", message);
    free(message);
    if (c && c->run) return c;
    close_code(c);
    return NULL;
}

static uint64_t run_code(void *user, void *memory, uint64_t count)
{
    return ((code *)user)->run(memory, (size_t)count);
}

const peer bench_peer = {"ubpf", open_code, run_code, close_code};
