/* compare_switch.c: the interpreter's other build, dispatching by switch and fusing nothing, as one more
 * engine. */
#define MYBPF_NO_COMPUTED_GOTO
#define MYBPF_SMALL
#ifndef MYBPF_NO_ELF
#    define MYBPF_NO_ELF
#endif
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"

#include "compare_run.h"

void compare_switch(const trial *t, seen *out)
{
    static mybpf_vm *vm;
    mybpf_object *object = NULL;
    if (!vm) vm = make_vm(NULL);
    if (vm) object = open_unit(vm, t);
    memset(out, 0, sizeof *out);
    out->status = 1;
    if (object) run(object, t, -1, out);
    mybpf_object_close(object);
}
