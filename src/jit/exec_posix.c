/* exec_posix.c: executable memory where there is mmap. */
#ifndef MYBPF__EXEC_POSIX_C
#define MYBPF__EXEC_POSIX_C

#include "jit.h"
#include "exec_os.h"

#ifdef MYBPF__EXEC_POSIX

/* Under -std=c99 <sys/mman.h> hides MAP_ANONYMOUS, whatever we define: the user may have included it before.
 */
#    if defined(MAP_ANONYMOUS)
#        define MYBPF__MAP_ANONYMOUS MAP_ANONYMOUS
#    elif defined(MAP_ANON)
#        define MYBPF__MAP_ANONYMOUS MAP_ANON
#    elif defined(__linux__) && (defined(__mips__) || defined(__xtensa__))
#        define MYBPF__MAP_ANONYMOUS 0x800
#    elif defined(__linux__) && !defined(__alpha__) && !defined(__hppa__)
#        define MYBPF__MAP_ANONYMOUS 0x20
#    elif defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) ||       \
        defined(__DragonFly__)
#        define MYBPF__MAP_ANONYMOUS 0x1000
#    endif

MYBPF__FN size_t mybpf__exec_pages(size_t size)
{
    long page = sysconf(_SC_PAGESIZE);
    size_t mask = page > 0 ? (size_t)page - 1 : 4095;
    return size > SIZE_MAX - mask ? 0 : (size + mask) & ~mask;
}

MYBPF__FN void *mybpf__exec_map(void *hint, size_t size)
{
#    ifdef MYBPF__MAP_ANONYMOUS
    return mmap(hint, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MYBPF__MAP_ANONYMOUS, -1, 0);
#    else
    int zero = open("/dev/zero", O_RDWR);
    void *memory = zero < 0 ? MAP_FAILED : mmap(hint, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    if (zero >= 0) close(zero);
    return memory;
#    endif
}

/* Near this library if there is room, so that helpers are in reach of a plain call. */
MYBPF__FN void *mybpf__exec_alloc(void *user, size_t size)
{
    (void)user;
    uintptr_t near_us = (uintptr_t)mybpf_jit_exec & ~(uintptr_t)0xffff;
    size = mybpf__exec_pages(size);
    if (!size) return NULL;
    void *memory = near_us > 0x8000000 ? mybpf__exec_map((void *)(near_us - 0x4000000), size) : MAP_FAILED;
    if (memory == MAP_FAILED) memory = mybpf__exec_map(NULL, size);
    return memory == MAP_FAILED ? NULL : memory;
}

MYBPF__FN int mybpf__exec_seal(void *user, void *memory, size_t size)
{
    (void)user;
    if (mprotect(memory, mybpf__exec_pages(size), PROT_READ | PROT_EXEC)) return MYBPF_ERR_PERMISSION;
    /* Most machines but x86 must be told that instructions have changed. */
#    if defined(__GNUC__)
    __builtin___clear_cache((char *)memory, (char *)memory + size);
#    elif defined(__TINYC__) && defined(__aarch64__)
    __arm64_clear_cache((char *)memory, (char *)memory + size);
#    elif !defined(__x86_64__)
    return MYBPF_ERR_UNSUPPORTED;
#    endif
    return MYBPF_OK;
}

MYBPF__FN void mybpf__exec_free(void *user, void *memory, size_t size)
{
    (void)user;
    munmap(memory, mybpf__exec_pages(size));
}

#    undef MYBPF__MAP_ANONYMOUS
#endif

#endif
