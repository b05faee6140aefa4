/* elf.c: relocatable eBPF ELF objects, read with libelf. */
#ifndef MYBPF__ELF_C
#define MYBPF__ELF_C

#include "link.h"

MYBPF__FN int mybpf__open_elf(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error)
{
    (void)object, (void)bytes, (void)size;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN, "ELF objects are not read yet");
}

#endif
