/* exec_none.c: systems without executable memory of their own; the host may still give some
 * (mybpf_host.exec). */
#ifndef MYBPF__EXEC_NONE_C
#define MYBPF__EXEC_NONE_C

#include "jit.h"
#include "exec_os.h"

#if !defined(MYBPF__EXEC_POSIX) && !defined(MYBPF__EXEC_WINDOWS)

MYBPF__FN void *mybpf__exec_alloc(void *user, size_t size)
{
    (void)user;
    (void)size;
    return NULL;
}

MYBPF__FN int mybpf__exec_seal(void *user, void *memory, size_t size)
{
    (void)user;
    (void)memory;
    (void)size;
    return MYBPF_ERR_UNSUPPORTED;
}

MYBPF__FN void mybpf__exec_free(void *user, void *memory, size_t size)
{
    (void)user;
    (void)memory;
    (void)size;
}

#endif

#endif
