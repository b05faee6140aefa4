/* fuzz_raw.c: any instructions. The first byte says how many maps there are and the trust mode; verified mode
 * has no run-time checks, so that a wrong proof is a sanitizer's report here. */
#include "mybpf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define MAPS 3

/* A vm and an array, a hash and a section-like array of one entry, made once. */
static mybpf_vm *fuzz_vm(mybpf_map *maps[MAPS])
{
    static const mybpf_map_desc descs[MAPS] = {{"array", MYBPF_MAP_TYPE_ARRAY, 4, 8, 3, 0, 0, NULL},
                                               {"hash", MYBPF_MAP_TYPE_HASH, 4, 16, 8, 0, 0, NULL},
                                               {"single", MYBPF_MAP_TYPE_ARRAY, 4, 64, 1, 0, 0, NULL}};
    mybpf_vm *vm = NULL;
    if (mybpf_vm_create(NULL, &vm, NULL)) return NULL;
    for (int i = 0; i < MAPS; i++) mybpf_map_create(vm, &descs[i], &maps[i], NULL);
    return vm;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static mybpf_map *maps[MAPS];
    static mybpf_vm *vm;
    uint8_t ctx[64] = {0};
    mybpf_object *object = NULL;
    mybpf_raw_desc raw = {NULL, MYBPF_PROG_TYPE_UNSPEC, maps, 0};
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    if (!vm) vm = fuzz_vm(maps);
    if (!vm || !size) return -1;
    raw.map_count = bytes[0] & 3;
    load.trust = bytes[0] & 4 ? MYBPF_VERIFIED : MYBPF_GUARDED;
    load.metered = 1;
    load.ctx_size = sizeof ctx;
    run.ctx = ctx;
    run.ctx_size = sizeof ctx;
    run.max_steps = 10000;
    if (!mybpf_object_open_insns(vm, bytes + 1, (size - 1) / sizeof(mybpf_insn), &raw, &object, NULL) &&
        !mybpf_object_load(object, &load, NULL))
        mybpf_program_run(mybpf_object_program(object, 0), &run, NULL, NULL);
    mybpf_object_close(object);
    return 0;
}
