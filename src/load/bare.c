/* bare.c: reads BARE images. */
#ifndef MYBPF__LOAD_BARE_C
#define MYBPF__LOAD_BARE_C

#include "../base/error.h"
#include "image.h"

MYBPF__FN int mybpf__open_bare(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error)
{
    (void)object, (void)bytes, (void)size;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN, "BARE images cannot be read yet");
}

#endif
