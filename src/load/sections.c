/* sections.c: what a section's name says of the programs in it: libbpf's names, as data. */
#ifndef MYBPF__SECTIONS_C
#define MYBPF__SECTIONS_C

#include "object_impl.h"

/* X(prefix, type): numbers of enum bpf_prog_type. The longest prefix that fits decides, so that
 * "kprobe" also stands for "kprobe/do_exit", "kprobe.multi/tcp_*" and "kprobe_1". */
/* clang-format off */
#define MYBPF__SECTIONS(X)       \
    X("tcmd",              1000) \
    X("socket",               1) \
    X("kprobe",               2) \
    X("kretprobe",            2) \
    X("uprobe",               2) \
    X("uretprobe",            2) \
    X("ksyscall",             2) \
    X("kretsyscall",          2) \
    X("usdt",                 2) \
    X("tc",                   3) \
    X("tcx",                  3) \
    X("netkit",               3) \
    X("classifier",           3) \
    X("action",               4) \
    X("tracepoint",           5) \
    X("tp",                   5) \
    X("xdp",                  6) \
    X("perf_event",           7) \
    X("cgroup_skb",           8) \
    X("cgroup/skb",           8) \
    X("cgroup/sock",          9) \
    X("cgroup/sock_create",   9) \
    X("cgroup/sock_release",  9) \
    X("cgroup/post_bind",     9) \
    X("lwt_in",              10) \
    X("lwt_out",             11) \
    X("lwt_xmit",            12) \
    X("sockops",             13) \
    X("sk_skb",              14) \
    X("cgroup/dev",          15) \
    X("sk_msg",              16) \
    X("raw_tracepoint",      17) \
    X("raw_tp",              17) \
    X("cgroup/bind",         18) \
    X("cgroup/connect",      18) \
    X("cgroup/connect_unix", 18) \
    X("cgroup/sendmsg",      18) \
    X("cgroup/sendmsg_unix", 18) \
    X("cgroup/recvmsg",      18) \
    X("cgroup/recvmsg_unix", 18) \
    X("cgroup/getpeername",  18) \
    X("cgroup/getpeername_unix", 18) \
    X("cgroup/getsockname",  18) \
    X("cgroup/getsockname_unix", 18) \
    X("lwt_seg6local",       19) \
    X("lirc_mode2",          20) \
    X("sk_reuseport",        21) \
    X("flow_dissector",      22) \
    X("cgroup/sysctl",       23) \
    X("raw_tracepoint.w",    24) \
    X("raw_tp.w",            24) \
    X("cgroup/getsockopt",   25) \
    X("cgroup/setsockopt",   25) \
    X("tp_btf",              26) \
    X("fentry",              26) \
    X("fexit",               26) \
    X("fsession",            26) \
    X("fmod_ret",            26) \
    X("iter",                26) \
    X("struct_ops",          27) \
    X("freplace",            28) \
    X("lsm",                 29) \
    X("lsm_cgroup",          29) \
    X("sk_lookup",           30) \
    X("syscall",             31) \
    X("netfilter",           32)
/* clang-format on */

typedef struct mybpf__section_row {
    const char *prefix;
    uint32_t type;
} mybpf__section_row;

/* May `c` follow a prefix? Old objects have "xdp_drop", "socket1". */
MYBPF__FN int mybpf__section_break(char c)
{
    return !c || c == '/' || c == '.' || c == '_' || (c >= '0' && c <= '9');
}

/* Does `section` begin with a prefix longer than `*longest`? Then it is that long. */
MYBPF__FN int mybpf__section_fits(const char *section, const char *prefix, size_t *longest)
{
    size_t length = mybpf__length(prefix, MYBPF_NAME_MAX);
    if (length <= *longest || !mybpf__starts(section, prefix) || !mybpf__section_break(section[length]))
        return 0;
    *longest = length;
    return 1;
}

/* The program type for a section name, MYBPF_PROG_TYPE_UNSPEC when it says nothing. */
MYBPF__FN uint32_t mybpf__section_type(const mybpf_vm *vm, const char *section)
{
#define MYBPF__SECTION_ROW(prefix, type) {prefix, type},
    static const mybpf__section_row mybpf__rows[] = {MYBPF__SECTIONS(MYBPF__SECTION_ROW)};
#undef MYBPF__SECTION_ROW
    uint32_t type = MYBPF_PROG_TYPE_UNSPEC;
    size_t longest = 0;
#ifndef MYBPF_NO_PROVER
    for (const mybpf__prog_type *own = vm->prog_types; own; own = own->next)
        for (const char *const *name = own->sections; name && *name; name++)
            if (mybpf__section_fits(section, *name, &longest)) type = own->type;
#else
    (void)vm;
#endif
    for (size_t i = 0; i < sizeof mybpf__rows / sizeof *mybpf__rows; i++)
        if (mybpf__section_fits(section, mybpf__rows[i].prefix, &longest)) type = mybpf__rows[i].type;
    return type;
}

#undef MYBPF__SECTIONS

#endif
