/* fuzz_elf.c: an ELF object from anywhere: opened, loaded in guarded mode, every program run. */
#include "mybpf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static mybpf_vm *vm;
    static uint64_t memory[2];
    const mybpf_ksym ksyms[] = {{"shared", memory, 16, 1, 0}, {"needed", memory, 0, 0, 0}};
    mybpf_object *object = NULL;
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    mybpf_open_opts opts = {0};
    if (size < 4 || memcmp(bytes, "\177ELF", 4)) return -1; /* images have targets of their own */
    if (!vm && mybpf_vm_create(NULL, &vm, NULL)) return -1;
    load.trust = MYBPF_GUARDED;
    run.max_steps = 10000;
    opts.kconfig = "CONFIG_HZ=250\nCONFIG_FLAG=y\nCONFIG_TEXT=\"text\"\nCONFIG_NEEDED=-1\n";
    opts.ksyms = ksyms;
    opts.ksym_count = 2;
    opts.btf = bytes; /* relocations to its own types, if it has types */
    opts.btf_size = size;
    int status = mybpf_object_open_with(vm, bytes, size, &opts, &object, NULL);
    opts.btf = NULL;
    opts.btf_size = 0;
    if (status) status = mybpf_object_open_with(vm, bytes, size, &opts, &object, NULL);
    if (!status && !mybpf_object_load(object, &load, NULL))
        for (size_t i = 0; mybpf_object_program(object, i); i++)
            mybpf_program_run(mybpf_object_program(object, i), &run, NULL, NULL);
    mybpf_object_close(object);
    return 0;
}
