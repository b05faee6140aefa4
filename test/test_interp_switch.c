/* test_interp_switch.c: the tests of the engines on the interpreter's other build: dispatch by switch,
 * nothing fused. */
#define MYBPF_NO_COMPUTED_GOTO
#define MYBPF_SMALL
#ifndef MYBPF_NO_ELF
#    define MYBPF_NO_ELF
#endif
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"

#define ENGINES_INTERP_ONLY
#define RUN_TEST(suite, name) TEST(suite##_switch, name)
#include "test_interp.c"
#include "test_run.c"
#include "test_equal.c"

/* This build has no libelf either: ELF objects are refused by name. */
#include "load_elf.h"

TEST(load_switch, no_elf)
{
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    elf_file file;
    elf_build(&file);
    elf_patch(&file, file.size, 1, 0); /* one more byte makes no difference */
    file.size++;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), MYBPF_ERR_UNSUPPORTED);
    CHECK(strstr(error.message, "ELF") != NULL);
    mybpf_vm_destroy(vm);
}
