/* exec_windows.c: executable memory on Windows. */
#ifndef MYBPF__EXEC_WINDOWS_C
#define MYBPF__EXEC_WINDOWS_C

#include "jit.h"
#include "exec_os.h"

#ifdef MYBPF__EXEC_WINDOWS

MYBPF__FN void *mybpf__exec_alloc(void *user, size_t size)
{
    (void)user;
    return VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
}

MYBPF__FN int mybpf__exec_seal(void *user, void *memory, size_t size)
{
    DWORD old;
    (void)user;
    if (!VirtualProtect(memory, size, PAGE_EXECUTE_READ, &old)) return MYBPF_ERR_PERMISSION;
    FlushInstructionCache(GetCurrentProcess(), memory, size);
    return MYBPF_OK;
}

MYBPF__FN void mybpf__exec_free(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    VirtualFree(memory, 0, MEM_RELEASE);
}

#endif

#endif
