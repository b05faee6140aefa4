/* exec_posix.c: executable memory where there is mmap. */
#ifndef MYBPF__EXEC_POSIX_C
#define MYBPF__EXEC_POSIX_C

#include "jit.h"
#include "exec_os.h"
#include "../base/lock.h"

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

/* All of it is about to be written: Linux brings the pages at once, which costs half of a fault for each. */
#    ifdef MAP_POPULATE
#        define MYBPF__MAP_FLAGS (MAP_PRIVATE | MAP_POPULATE)
#    else
#        define MYBPF__MAP_FLAGS MAP_PRIVATE
#    endif

MYBPF__FN void *mybpf__exec_map(void *hint, size_t size)
{
#    ifdef MYBPF__MAP_ANONYMOUS
    return mmap(hint, size, PROT_READ | PROT_WRITE, MYBPF__MAP_FLAGS | MYBPF__MAP_ANONYMOUS, -1, 0);
#    else
    int zero = open("/dev/zero", O_RDWR);
    void *memory =
        zero < 0 ? MAP_FAILED : mmap(hint, size, PROT_READ | PROT_WRITE, MYBPF__MAP_FLAGS, zero, 0);
    if (zero >= 0) close(zero);
    return memory;
#    endif
}

/* Memory lies near this library if there is room, so that helpers are in reach of a plain call; and some
 * processors take several cycles more for a call through a pointer across 2^37 bytes. What is mapped goes
 * downwards from a start, each below the last, as a hint that is taken already is no hint at all. */
#    define MYBPF__EXEC_NEAR ((uintptr_t)0x4000000) /* bytes between the library and the first */
#    define MYBPF__EXEC_ROOM ((uintptr_t)0x60000000)
#    define MYBPF__EXEC_STEP ((uintptr_t)0x1000000) /* over what is in the way */
static uintptr_t mybpf__exec_last;                  /* where the last one begins */

MYBPF__FN void *mybpf__exec_alloc(void *user, size_t size)
{
    (void)user;
    uintptr_t start = (uintptr_t)mybpf_jit_exec & ~(uintptr_t)0xffff, hint = MYBPF__PEEK(&mybpf__exec_last);
    size = mybpf__exec_pages(size);
    if (!size) return NULL;
    start =
        start > MYBPF__EXEC_ROOM ? start - MYBPF__EXEC_NEAR : start + MYBPF__EXEC_ROOM; /* below: the heap */
    for (int i = 0; i < 8 && size < MYBPF__EXEC_ROOM / 4; i++) {
        if (hint > start || hint < start - MYBPF__EXEC_ROOM + 2 * MYBPF__EXEC_STEP) hint = start;
        hint = (hint - size) & ~(uintptr_t)0xffff;
        void *memory = mybpf__exec_map((void *)hint, size);
        if (memory == MAP_FAILED) return NULL;
        if ((uintptr_t)memory <= start && (uintptr_t)memory >= start - MYBPF__EXEC_ROOM) {
            MYBPF__POKE(&mybpf__exec_last, (uintptr_t)memory);
            return memory;
        }
        munmap(memory, size);
        hint -= MYBPF__EXEC_STEP;
    }
    void *memory = mybpf__exec_map(NULL, size);
    return memory == MAP_FAILED ? NULL : memory;
}

#    if defined(__linux__) && defined(__GNUC__)
extern int mybpf__libc_expect(void *memory, size_t size, int advice) __asm__("madvise");

/* Memory of any allocator is about to be written: Linux brings its pages at once, and large ones where there
 * are many. The numbers are part of Linux' interface; where it does not know them, nothing happens. */
MYBPF__FN void mybpf__exec_expect(void *memory, size_t size)
{
    enum { MYBPF__HUGEPAGE = 14, MYBPF__POPULATE_WRITE = 23, MYBPF__LARGE = 0x200000 };
    size_t page = mybpf__exec_pages(1);
    uintptr_t start = ((uintptr_t)memory + page - 1) & ~(uintptr_t)(page - 1),
              end = ((uintptr_t)memory + size) & ~(uintptr_t)(page - 1);
    int before = errno;
    if (start < end && end - start >= MYBPF__LARGE)
        (void)mybpf__libc_expect((void *)start, end - start, MYBPF__HUGEPAGE);
    if (start < end) (void)mybpf__libc_expect((void *)start, end - start, MYBPF__POPULATE_WRITE);
    errno = before;
}
#    endif

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
#    undef MYBPF__MAP_FLAGS
#    undef MYBPF__EXEC_NEAR
#    undef MYBPF__EXEC_ROOM
#    undef MYBPF__EXEC_STEP
#endif

#endif
