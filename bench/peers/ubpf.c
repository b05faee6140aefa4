/* ubpf.c: ubpf's JIT as a peer (ubpf_interpreter.c: its interpreter). PEERS="ubpf=FOLDER", where FOLDER holds
 * its sources and, in build/, a Release build of them: build/lib/libubpf.a, of position independent code. */
#include "peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <ubpf.h>

#ifndef INTERPRETED
#    define INTERPRETED 0
#endif

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
    int loaded = c && c->vm && !ubpf_register(c->vm, 1, "helper", (external_function_t)helper) &&
                 !ubpf_load(c->vm, insns, count * 8, &message);
    if (loaded && INTERPRETED)
        ubpf_toggle_bounds_check(c->vm, false); /* the count is no length; and mybpf checks none here */
    else if (loaded)
        c->run = ubpf_compile(c->vm, &message);
    if (message) fprintf(stderr, "ubpf: %s\n", message);
    free(message);
    if (loaded && (INTERPRETED || c->run)) return c;
    close_code(c);
    return NULL;
}

static uint64_t run_code(void *user, void *memory, uint64_t count)
{
    code *c = (code *)user;
    uint64_t result = 0;
    if (!INTERPRETED) return c->run(memory, (size_t)count);
    return ubpf_exec(c->vm, memory, (size_t)count, &result) ? ~result : result;
}

const peer bench_peer = {
    INTERPRETED ? "ubpf_interpreter" : "ubpf", INTERPRETED, open_code, run_code, close_code, NULL, NULL};
