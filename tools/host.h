/* host.h: which native code this machine runs. The file that includes it has included mybpf_aot.h. */
#ifndef HOST_H
#define HOST_H

#include <string.h>

/* The host's name among mybpf_aot_target's, NULL when there is no back end for it. */
static const char *host_target(void)
{
#if defined(__x86_64__) && !defined(__ILP32__) && !defined(_WIN32)
    static const char name[] = "x86_64";
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
    static const char name[] = "arm64";
#elif defined(__riscv) && __riscv_xlen == 64
    static const char name[] = "riscv64";
#else
    static const char name[] = "";
#endif
    size_t i = 0;
    while (mybpf_aot_target(i) && strcmp(mybpf_aot_target(i), name)) i++;
    return mybpf_aot_target(i);
}

#endif
