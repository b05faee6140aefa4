/* verdicts.h: programs of corpora in the format of the kernel's verifier tests, with the maps that they name,
 * and what this verifier says of them: test_verify.c compares, corpus/verify_corpus.c prints.
 *
 * A line is an object: id, name, tier, prog_type, insns (hex), fixups ([[instruction, kind of map]]), flags
 * (2: accesses must be aligned), verdict (ACCEPT or REJECT). */
#ifndef VERDICTS_H
#define VERDICTS_H

#include "corpus.h"
#include "mybpf.h"

#include <stdio.h>
#include <string.h>

/* Of the map of maps. */
static const mybpf_map_desc verdict_inner = {"inner", MYBPF_MAP_TYPE_ARRAY, 4, 4, 1, 0, 0, NULL};

/* Kinds of maps that programs name. One that does not exist here makes its programs UNSUPPORTED. */
static const struct {
    char kind[24];
    mybpf_map_desc desc;
} verdict_maps[] = {
    {"map_hash_8b", {"hash_8b", MYBPF_MAP_TYPE_HASH, 8, 8, 1, 0, 0, NULL}},
    {"map_hash_16b", {"hash_16b", MYBPF_MAP_TYPE_HASH, 8, 16, 1, 0, 0, NULL}},
    {"map_hash_48b", {"hash_48b", MYBPF_MAP_TYPE_HASH, 8, 48, 1, 0, 0, NULL}},
    {"map_array_48b", {"array_48b", MYBPF_MAP_TYPE_ARRAY, 4, 48, 1, 0, 0, NULL}},
    {"map_array_ro", {"array_ro", MYBPF_MAP_TYPE_ARRAY, 4, 48, 1, MYBPF_F_RDONLY_PROG, 0, NULL}},
    {"map_array_wo", {"array_wo", MYBPF_MAP_TYPE_ARRAY, 4, 48, 1, MYBPF_F_WRONLY_PROG, 0, NULL}},
    {"map_array_small", {"array_small", MYBPF_MAP_TYPE_ARRAY, 4, 1, 1, 0, 0, NULL}},
    {"prog1", {"prog1", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0, 0, NULL}},
    {"prog2", {"prog2", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8, 0, 0, NULL}},
    {"map_in_map", {"map_in_map", 12, 4, 4, 1, 0, 0, &verdict_inner}}, /* BPF_MAP_TYPE_ARRAY_OF_MAPS */
    {"map_ringbuf", {"ringbuf", 27, 0, 0, 4096, 0, 0, NULL}},          /* RINGBUF */
    {"map_stacktrace", {"stacktrace", 7, 4, 8, 1, 0, 0, NULL}},        /* STACK_TRACE */
    {"map_event_output", {"events", 4, 4, 4, 1, 0, 0, NULL}},          /* PERF_EVENT_ARRAY */
};
enum { VERDICT_MAPS = sizeof verdict_maps / sizeof *verdict_maps };

/* A program has the maps that its fixups name, in their order, and no other. */
typedef struct verdict_program {
    mybpf_vm *vm;
    mybpf_map *maps[VERDICT_MAPS];
    size_t map_count;
    mybpf_insn *insns;
    size_t count;
    uint32_t type, policies;
} verdict_program;

static void verdict_close(verdict_program *p)
{
    while (p->map_count) mybpf_map_unref(p->maps[--p->map_count]);
}

/* The corpus' current program: 0, or why it cannot be looked at. */
static const char *verdict_open(verdict_program *p, mybpf_vm *vm, corpus *c)
{
    int index[VERDICT_MAPS];
    const char *item;
    memset(p, 0, sizeof *p);
    memset(index, 0xff, sizeof index);
    p->vm = vm;
    p->insns = (mybpf_insn *)corpus_insns(c, "insns", &p->count);
    p->type = (uint32_t)corpus_number(c, "prog_type", 0);
    p->policies = corpus_number(c, "flags", 0) & 2 ? MYBPF_POLICY_ALIGNED : 0;
    if (!p->insns) return "a line without instructions";
    for (size_t i = 0; (item = corpus_item(c, "fixups", i)) != NULL; i++) {
        char kind[32];
        unsigned insn, map = 0;
        if (sscanf(item, "[%u, \"%31[^\"]", &insn, kind) != 2 || insn >= p->count)
            return "a fixup that cannot be read";
        while (map < VERDICT_MAPS && strcmp(verdict_maps[map].kind, kind)) map++;
        if (map == VERDICT_MAPS) return "a kind of map that is not known";
        if (index[map] < 0) {
            if (mybpf_map_create(vm, &verdict_maps[map].desc, &p->maps[p->map_count], NULL))
                return "a kind of map that does not exist here";
            index[map] = (int)p->map_count++;
        }
        p->insns[insn].imm = index[map];
    }
    return NULL;
}

/* Opens and loads it: what that returns. */
static int verdict_load(const verdict_program *p, mybpf_trust trust, mybpf_error *error)
{
    mybpf_raw_desc raw = {NULL, p->type, p->maps, p->map_count};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    int rc;
    memset(&opts, 0, sizeof opts);
    memset(error, 0, sizeof *error);
    opts.trust = trust;
    opts.policies = p->policies;
    rc = mybpf_object_open_insns(p->vm, p->insns, p->count, &raw, &object, error);
    if (!rc) rc = mybpf_object_load(object, &opts, error);
    mybpf_object_close(object);
    return rc;
}

#endif
