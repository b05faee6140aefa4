/* exec_os.h: which of the exec_*.c files serves this system, and what it includes from it. */
#ifndef MYBPF__EXEC_OS_H
#define MYBPF__EXEC_OS_H

#ifndef MYBPF_FREESTANDING
#    if defined(_WIN32)
#        define MYBPF__EXEC_WINDOWS
#        ifndef WIN32_LEAN_AND_MEAN
#            define WIN32_LEAN_AND_MEAN
#        endif
#        include <windows.h>
#    elif defined(__unix__) || defined(__unix) || defined(__APPLE__) || defined(__HAIKU__)
#        define MYBPF__EXEC_POSIX
#        include <errno.h>
#        include <fcntl.h>
#        include <sys/mman.h>
#        include <unistd.h>
#    endif
#endif

/* What is told of memory that is about to be written (exec_posix.c), or NULL. */
#if defined(MYBPF__EXEC_POSIX) && defined(__linux__) && defined(__GNUC__)
#    define MYBPF__EXEC_EXPECT mybpf__exec_expect
#else
#    define MYBPF__EXEC_EXPECT NULL
#endif

#endif
