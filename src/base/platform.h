/* platform.h: what the library takes from libc and the system when the host gives nothing.
 *
 * A user may have included <stdio.h> under -std=c99 before us, so no feature macro can be counted on:
 * what the headers then hide is declared here under a name of our own. */
#ifndef MYBPF__PLATFORM_H
#define MYBPF__PLATFORM_H

#include "bytes.h"

MYBPF__FN void mybpf__default_output(void *user, const char *text, size_t length)
{
    (void)user, (void)text, (void)length;
}

MYBPF__FN int mybpf__default_probe_read(void *user, void *to, const void *from, size_t size)
{
    (void)user, (void)to, (void)from, (void)size;
    return -1;
}

#ifndef MYBPF_FREESTANDING
#    include <stdlib.h>
#    include <time.h>
#    if defined(__linux__) && defined(__GNUC__)
#        define MYBPF__LINUX 1
#        include <errno.h>
#        include <sys/prctl.h>
#        include <sys/syscall.h>
#        include <unistd.h>
extern long mybpf__libc_syscall(long number, ...) __asm__("syscall");
extern int mybpf__libc_getcpu(void) __asm__("sched_getcpu");
extern int mybpf__libc_eventfd(unsigned count, int flags) __asm__("eventfd");
extern int mybpf__libc_poll(void *fds, unsigned long count, int timeout) __asm__("poll");
#        if __SIZEOF_LONG__ == 8
extern int mybpf__libc_clock(int clock, long time[2]) __asm__("clock_gettime");
extern void *mybpf__libc_mmap(void *at, size_t size, int access, int flags, int fd,
                              long offset) __asm__("mmap");
extern int mybpf__libc_munmap(void *memory, size_t size) __asm__("munmap");
extern int mybpf__libc_madvise(void *memory, size_t size, int advice) __asm__("madvise");
#        endif
#    elif defined(__unix__) || defined(__APPLE__)
#        define MYBPF__UNIX 1
#        include <unistd.h>
#    endif

MYBPF__FN void *mybpf__default_realloc(void *user, void *memory, size_t size)
{
    (void)user;
    if (size) return realloc(memory, size);
    free(memory);
    return NULL;
}
#else
#    define mybpf__default_realloc NULL
#endif

/* Monotonic time: the kernel's clock through libc, whatever the headers declare. */
MYBPF__FN uint64_t mybpf__default_time(void *user)
{
    (void)user;
#if defined(MYBPF_FREESTANDING)
    return 0;
#elif defined(CLOCK_MONOTONIC)
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now)) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#elif defined(MYBPF__LINUX) && __SIZEOF_LONG__ == 8
    long now[2] = {0, 0}; /* a struct timespec; 1 is CLOCK_MONOTONIC */
    mybpf__libc_clock(1, now);
    return (uint64_t)now[0] * 1000000000u + (uint64_t)now[1];
#elif defined(TIME_UTC)
    struct timespec now;
    if (!timespec_get(&now, TIME_UTC)) return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#else
    return (uint64_t)clock() * (1000000000u / (uint64_t)CLOCKS_PER_SEC);
#endif
}

MYBPF__FN uint32_t mybpf__default_cpu(void *user)
{
    (void)user;
#ifdef MYBPF__LINUX
    int cpu = mybpf__libc_getcpu(); /* without a system call, where the C library can */
    return cpu < 0 ? 0 : (uint32_t)cpu;
#else
    return 0;
#endif
}

MYBPF__FN uint32_t mybpf__default_cpus(void)
{
#if defined(_SC_NPROCESSORS_CONF) && (defined(MYBPF__LINUX) || defined(MYBPF__UNIX))
    long count = sysconf(_SC_NPROCESSORS_CONF);
    return count < 1 ? 1 : count > 4096 ? 4096 : (uint32_t)count;
#else
    return 1;
#endif
}

MYBPF__FN uint64_t mybpf__default_pid(void *user)
{
    (void)user;
#ifdef MYBPF__LINUX
    return (uint64_t)(uint32_t)getpid() << 32 | (uint32_t)mybpf__libc_syscall(SYS_gettid);
#elif defined(MYBPF__UNIX)
    return (uint64_t)(uint32_t)getpid() << 32 | (uint32_t)getpid();
#else
    return 0;
#endif
}

MYBPF__FN uint64_t mybpf__default_uid(void *user)
{
    (void)user;
#if defined(MYBPF__LINUX) || defined(MYBPF__UNIX)
    return (uint64_t)(uint32_t)getgid() << 32 | (uint32_t)getuid();
#else
    return 0;
#endif
}

MYBPF__FN void mybpf__default_comm(void *user, char name[16])
{
    (void)user;
    mybpf__zero(name, 16);
#ifdef MYBPF__LINUX
    prctl(PR_GET_NAME, name);
#endif
}

/* Something that a thread can wait for, and that select, poll and epoll take: -2 where there is none. */
MYBPF__FN int mybpf__event_open(void)
{
#ifdef MYBPF__LINUX
    int fd = mybpf__libc_eventfd(0, 04000 | 02000000); /* EFD_NONBLOCK | EFD_CLOEXEC */
    return fd < 0 ? -2 : fd;
#else
    return -2;
#endif
}

MYBPF__FN void mybpf__event_close(int fd)
{
#ifdef MYBPF__LINUX
    if (fd >= 0) close(fd);
#else
    (void)fd;
#endif
}

MYBPF__FN void mybpf__event_signal(int fd)
{
#ifdef MYBPF__LINUX
    uint64_t one = 1;
    if (write(fd, &one, sizeof one) < 0) return; /* full: it is signalled */
#else
    (void)fd;
#endif
}

MYBPF__FN void mybpf__event_clear(int fd)
{
#ifdef MYBPF__LINUX
    uint64_t count;
    if (fd >= 0 && read(fd, &count, sizeof count) < 0) return; /* it was clear */
#else
    (void)fd;
#endif
}

/* Until it is signalled, or `timeout` ms have passed; negative: for ever. */
MYBPF__FN void mybpf__event_wait(int fd, int timeout)
{
#ifdef MYBPF__LINUX
    struct {
        int fd;
        short events, got;
    } wait = {fd, 1 /* POLLIN */, 0};
    mybpf__libc_poll(&wait, 1, timeout);
#else
    (void)fd, (void)timeout;
#endif
}

/* Copies memory of this process that may not be there: 1 when it was, 0 when it was not, -1 where the system
 * does not tell. */
MYBPF__UNUSED static int mybpf__read_if_there(void *to, uint64_t from, size_t size)
{
#if defined(MYBPF__LINUX) && defined(SYS_process_vm_readv)
    struct {
        void *base;
        size_t size;
    } local, remote;
    local.base = to, local.size = size;
    remote.base = mybpf__pointer(from), remote.size = size;
    long got = mybpf__libc_syscall(SYS_process_vm_readv, (long)getpid(), &local, 1L, &remote, 1L, 0L);
    if (got >= 0) return (size_t)got == size;
    return errno == EFAULT ? 0 : -1;
#else
    (void)to, (void)from, (void)size;
    return -1;
#endif
}

/* Memory with an address below 4 GiB, from the system. */
#if defined(MYBPF__LINUX) && __SIZEOF_LONG__ == 8
#    define MYBPF__LOW_MAPS 1

MYBPF__FN void *mybpf__low_map(size_t size)
{
#    if defined(__mips__)
    int flags = 0x802; /* MAP_PRIVATE | MAP_ANONYMOUS */
#    else
    int flags = 0x22;
#    endif
    uint64_t step = 0x1000000, limit = 0x100000000u;
    for (uint64_t at = 0x10000000; size < limit && at < limit - size; at += step) {
        void *memory = mybpf__libc_mmap((void *)(uintptr_t)at, size, 3, flags, -1, 0);
        if (memory == (void *)(intptr_t)-1) return NULL;
        if (mybpf__address(memory) < limit - size) return memory;
        mybpf__libc_munmap(memory, size);
    }
    return NULL;
}

MYBPF__FN void mybpf__low_unmap(void *memory, size_t size) { mybpf__libc_munmap(memory, size); }

/* Address space, if possible at `at`, whose pages get memory, of zeroes, when they are used. */
MYBPF__FN void *mybpf__reserve(uint64_t at, size_t size)
{
#    if defined(__mips__)
    int flags = 0xc02; /* MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE */
#    elif defined(__powerpc__) || defined(__sparc__)
    int flags = 0x62;
#    else
    int flags = 0x4022;
#    endif
    void *memory = mybpf__libc_mmap((void *)(uintptr_t)at, size, 3, flags, -1, 0);
    return memory == (void *)(intptr_t)-1 ? NULL : memory;
}

/* The memory of such pages may go; where this machine's are larger than the part, it stays. */
MYBPF__FN void mybpf__unused_memory(void *memory, size_t size)
{
    (void)mybpf__libc_madvise(memory, size, 4 /* MADV_DONTNEED */);
}
#else
#    define MYBPF__LOW_MAPS 0
#endif

#undef MYBPF__LINUX
#undef MYBPF__UNIX

#endif
