/* kernel_verdict.c: asks the running kernel's verifier, see kernel_verdict.h. */
#include "kernel_verdict.h"

#include <string.h>

#ifdef __linux__
#    include <errno.h>
#    include <linux/bpf.h>
#    include <sys/syscall.h>
#    include <unistd.h>

extern long kernel_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */

static int command(int what, union bpf_attr *attr)
{
    return (int)kernel_syscall(SYS_bpf, (long)what, attr, sizeof *attr);
}

int kernel_open(kernel_verifier *k)
{
    static const struct {
        uint32_t type, value, entries;
    } maps[TYPED_MAPS + 1] = {{BPF_MAP_TYPE_HASH, TYPED_HASH_VALUE, 4},
                              {BPF_MAP_TYPE_ARRAY, TYPED_ARRAY_VALUE, 4},
                              {BPF_MAP_TYPE_ARRAY, TYPED_SINGLE_VALUE, 1},
                              {BPF_MAP_TYPE_PROG_ARRAY, 4, 2},
                              {BPF_MAP_TYPE_PROG_ARRAY, 4, 2}};
    int ok = 1;
    for (int i = 0; i <= TYPED_MAPS; i++) {
        union bpf_attr attr;
        memset(&attr, 0, sizeof attr);
        attr.map_type = maps[i].type;
        attr.key_size = 4;
        attr.value_size = maps[i].value;
        attr.max_entries = maps[i].entries;
        k->maps[i] = ok ? command(BPF_MAP_CREATE, &attr) : -1;
        ok = k->maps[i] >= 0;
    }
    if (!ok) kernel_close(k);
    return ok;
}

void kernel_close(kernel_verifier *k)
{
    for (int i = 0; i <= TYPED_MAPS; i++)
        if (k->maps[i] >= 0) close(k->maps[i]);
}

int kernel_accepts(kernel_verifier *k, const typed *t, int with_log)
{
    union bpf_attr attr;
    int maps[TYPED_MAPS], program;
    memcpy(maps, k->maps, sizeof maps);
    if (t->type == MYBPF_PROG_TYPE_XDP) maps[TYPED_PROGRAMS] = k->maps[TYPED_MAPS];
    memset(&attr, 0, sizeof attr);
    attr.prog_type = t->type;
    attr.insns = (uint64_t)(uintptr_t)t->insns;
    attr.insn_cnt = t->count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    attr.fd_array = (uint64_t)(uintptr_t)maps;
    k->log[0] = 0;
    if (with_log) {
        attr.log_level = 1;
        attr.log_buf = (uint64_t)(uintptr_t)k->log;
        attr.log_size = KERNEL_LOG; /* too small: the log's end */
    }
    program = command(BPF_PROG_LOAD, &attr);
    if (program >= 0) {
        close(program);
        return 1;
    }
    return errno == EAGAIN || errno == EINTR || errno == ENOMEM || errno == EPERM ? -1 : 0;
}

#else
int kernel_open(kernel_verifier *k) { return (void)k, 0; }
void kernel_close(kernel_verifier *k) { (void)k; }
int kernel_accepts(kernel_verifier *k, const typed *t, int with_log)
{
    return (void)k, (void)t, (void)with_log, -1;
}
#endif
