/* sections.c: what a section's name says of the programs in it: libbpf's names, as data. */
#ifndef MYBPF__SECTIONS_C
#define MYBPF__SECTIONS_C

#include "object_impl.h"

/* X(prefix, type, what it is expected to be attached to): what libbpf's section_defs say. The longest prefix
 * that fits decides, so that "kprobe" also stands for "kprobe/do_exit" and "kprobe_1", "fentry" for
 * "fentry.s/do_exit". */
/* clang-format off */
#define MYBPF__SECTIONS(X) \
    X("tcmd",                    TCMD,                    NONE) \
    X("socket",                  SOCKET_FILTER,           NONE) \
    X("sk_reuseport/migrate",    SK_REUSEPORT,            SK_REUSEPORT_SELECT_OR_MIGRATE) \
    X("sk_reuseport",            SK_REUSEPORT,            SK_REUSEPORT_SELECT) \
    X("kprobe",                  KPROBE,                  NONE) \
    X("uprobe",                  KPROBE,                  NONE) \
    X("kretprobe",               KPROBE,                  NONE) \
    X("uretprobe",               KPROBE,                  NONE) \
    X("kprobe.multi",            KPROBE,                  TRACE_KPROBE_MULTI) \
    X("kretprobe.multi",         KPROBE,                  TRACE_KPROBE_MULTI) \
    X("kprobe.session",          KPROBE,                  TRACE_KPROBE_SESSION) \
    X("uprobe.multi",            KPROBE,                  TRACE_UPROBE_MULTI) \
    X("uretprobe.multi",         KPROBE,                  TRACE_UPROBE_MULTI) \
    X("uprobe.session",          KPROBE,                  TRACE_UPROBE_SESSION) \
    X("ksyscall",                KPROBE,                  NONE) \
    X("kretsyscall",             KPROBE,                  NONE) \
    X("usdt",                    KPROBE,                  NONE) \
    X("tc/ingress",              SCHED_CLS,               TCX_INGRESS) \
    X("tc/egress",               SCHED_CLS,               TCX_EGRESS) \
    X("tcx/ingress",             SCHED_CLS,               TCX_INGRESS) \
    X("tcx/egress",              SCHED_CLS,               TCX_EGRESS) \
    X("tc",                      SCHED_CLS,               NONE) \
    X("classifier",              SCHED_CLS,               NONE) \
    X("action",                  SCHED_ACT,               NONE) \
    X("netkit/primary",          SCHED_CLS,               NETKIT_PRIMARY) \
    X("netkit/peer",             SCHED_CLS,               NETKIT_PEER) \
    X("tracepoint",              TRACEPOINT,              NONE) \
    X("tp",                      TRACEPOINT,              NONE) \
    X("raw_tracepoint",          RAW_TRACEPOINT,          NONE) \
    X("raw_tp",                  RAW_TRACEPOINT,          NONE) \
    X("raw_tracepoint.w",        RAW_TRACEPOINT_WRITABLE, NONE) \
    X("raw_tp.w",                RAW_TRACEPOINT_WRITABLE, NONE) \
    X("tp_btf",                  TRACING,                 TRACE_RAW_TP) \
    X("fentry",                  TRACING,                 TRACE_FENTRY) \
    X("fmod_ret",                TRACING,                 MODIFY_RETURN) \
    X("fexit",                   TRACING,                 TRACE_FEXIT) \
    X("fsession",                TRACING,                 TRACE_FSESSION) \
    X("fsession.multi",          TRACING,                 TRACE_FSESSION_MULTI) \
    X("fentry.multi",            TRACING,                 TRACE_FENTRY_MULTI) \
    X("fexit.multi",             TRACING,                 TRACE_FEXIT_MULTI) \
    X("freplace",                EXT,                     NONE) \
    X("lsm",                     LSM,                     LSM_MAC) \
    X("lsm_cgroup",              LSM,                     LSM_CGROUP) \
    X("iter",                    TRACING,                 TRACE_ITER) \
    X("syscall",                 SYSCALL,                 NONE) \
    X("xdp.frags/devmap",        XDP,                     XDP_DEVMAP) \
    X("xdp/devmap",              XDP,                     XDP_DEVMAP) \
    X("xdp.frags/cpumap",        XDP,                     XDP_CPUMAP) \
    X("xdp/cpumap",              XDP,                     XDP_CPUMAP) \
    X("xdp",                     XDP,                     XDP) \
    X("perf_event",              PERF_EVENT,              NONE) \
    X("lwt_in",                  LWT_IN,                  NONE) \
    X("lwt_out",                 LWT_OUT,                 NONE) \
    X("lwt_xmit",                LWT_XMIT,                NONE) \
    X("lwt_seg6local",           LWT_SEG6LOCAL,           NONE) \
    X("sockops",                 SOCK_OPS,                CGROUP_SOCK_OPS) \
    X("sk_skb/stream_parser",    SK_SKB,                  SK_SKB_STREAM_PARSER) \
    X("sk_skb/stream_verdict",   SK_SKB,                  SK_SKB_STREAM_VERDICT) \
    X("sk_skb/verdict",          SK_SKB,                  SK_SKB_VERDICT) \
    X("sk_skb",                  SK_SKB,                  NONE) \
    X("sk_msg",                  SK_MSG,                  SK_MSG_VERDICT) \
    X("lirc_mode2",              LIRC_MODE2,              LIRC_MODE2) \
    X("flow_dissector",          FLOW_DISSECTOR,          FLOW_DISSECTOR) \
    X("cgroup_skb/ingress",      CGROUP_SKB,              CGROUP_INET_INGRESS) \
    X("cgroup_skb/egress",       CGROUP_SKB,              CGROUP_INET_EGRESS) \
    X("cgroup/skb",              CGROUP_SKB,              NONE) \
    X("cgroup/sock_release",     CGROUP_SOCK,             CGROUP_INET_SOCK_RELEASE) \
    X("cgroup/sock",             CGROUP_SOCK,             CGROUP_INET_SOCK_CREATE) \
    X("cgroup/post_bind4",       CGROUP_SOCK,             CGROUP_INET4_POST_BIND) \
    X("cgroup/post_bind6",       CGROUP_SOCK,             CGROUP_INET6_POST_BIND) \
    X("cgroup/bind4",            CGROUP_SOCK_ADDR,        CGROUP_INET4_BIND) \
    X("cgroup/bind6",            CGROUP_SOCK_ADDR,        CGROUP_INET6_BIND) \
    X("cgroup/connect4",         CGROUP_SOCK_ADDR,        CGROUP_INET4_CONNECT) \
    X("cgroup/connect6",         CGROUP_SOCK_ADDR,        CGROUP_INET6_CONNECT) \
    X("cgroup/connect_unix",     CGROUP_SOCK_ADDR,        CGROUP_UNIX_CONNECT) \
    X("cgroup/sendmsg4",         CGROUP_SOCK_ADDR,        CGROUP_UDP4_SENDMSG) \
    X("cgroup/sendmsg6",         CGROUP_SOCK_ADDR,        CGROUP_UDP6_SENDMSG) \
    X("cgroup/sendmsg_unix",     CGROUP_SOCK_ADDR,        CGROUP_UNIX_SENDMSG) \
    X("cgroup/recvmsg4",         CGROUP_SOCK_ADDR,        CGROUP_UDP4_RECVMSG) \
    X("cgroup/recvmsg6",         CGROUP_SOCK_ADDR,        CGROUP_UDP6_RECVMSG) \
    X("cgroup/recvmsg_unix",     CGROUP_SOCK_ADDR,        CGROUP_UNIX_RECVMSG) \
    X("cgroup/getpeername4",     CGROUP_SOCK_ADDR,        CGROUP_INET4_GETPEERNAME) \
    X("cgroup/getpeername6",     CGROUP_SOCK_ADDR,        CGROUP_INET6_GETPEERNAME) \
    X("cgroup/getpeername_unix", CGROUP_SOCK_ADDR,        CGROUP_UNIX_GETPEERNAME) \
    X("cgroup/getsockname4",     CGROUP_SOCK_ADDR,        CGROUP_INET4_GETSOCKNAME) \
    X("cgroup/getsockname6",     CGROUP_SOCK_ADDR,        CGROUP_INET6_GETSOCKNAME) \
    X("cgroup/getsockname_unix", CGROUP_SOCK_ADDR,        CGROUP_UNIX_GETSOCKNAME) \
    X("cgroup/sysctl",           CGROUP_SYSCTL,           CGROUP_SYSCTL) \
    X("cgroup/getsockopt",       CGROUP_SOCKOPT,          CGROUP_GETSOCKOPT) \
    X("cgroup/setsockopt",       CGROUP_SOCKOPT,          CGROUP_SETSOCKOPT) \
    X("cgroup/dev",              CGROUP_DEVICE,           CGROUP_DEVICE) \
    X("struct_ops",              STRUCT_OPS,              NONE) \
    X("sk_lookup",               SK_LOOKUP,               SK_LOOKUP) \
    X("netfilter",               NETFILTER,               NETFILTER) \
    X("cgroup_skb",              CGROUP_SKB,              NONE) \
    X("tcx",                     SCHED_CLS,               NONE) \
    X("netkit",                  SCHED_CLS,               NONE) \
    X("cgroup/post_bind",        CGROUP_SOCK,             NONE) \
    X("cgroup/bind",             CGROUP_SOCK_ADDR,        NONE) \
    X("cgroup/connect",          CGROUP_SOCK_ADDR,        NONE) \
    X("cgroup/sendmsg",          CGROUP_SOCK_ADDR,        NONE) \
    X("cgroup/recvmsg",          CGROUP_SOCK_ADDR,        NONE) \
    X("cgroup/getpeername",      CGROUP_SOCK_ADDR,        NONE) \
    X("cgroup/getsockname",      CGROUP_SOCK_ADDR,        NONE)
/* clang-format on */

#define MYBPF_ATTACH_NONE 0

typedef struct mybpf__section_row {
    const char *prefix;
    uint32_t type, attach;
} mybpf__section_row;

/* May `c` follow a prefix? Old objects have "xdp_drop", "socket1". */
MYBPF__COLD int mybpf__section_break(char c)
{
    return !c || c == '/' || c == '.' || c == '_' || (c >= '0' && c <= '9');
}

/* Does `section` begin with a prefix longer than `*longest`? Then it is that long. */
MYBPF__COLD int mybpf__section_fits(const char *section, const char *prefix, size_t *longest)
{
    size_t length = mybpf__length(prefix, MYBPF_NAME_MAX);
    if (length <= *longest || !mybpf__starts(section, prefix) || !mybpf__section_break(section[length]))
        return 0;
    *longest = length;
    return 1;
}

/* What libbpf's names say of `section`: NULL when that is nothing, or when a type of the host's fits better.
 */
MYBPF__COLD const mybpf__section_row *mybpf__section_row_of(const char *section, size_t longest)
{
#define MYBPF__SECTION_ROW(prefix, type, attach) {prefix, MYBPF_PROG_TYPE_##type, MYBPF_ATTACH_##attach},
    static const mybpf__section_row mybpf__rows[] = {MYBPF__SECTIONS(MYBPF__SECTION_ROW)};
#undef MYBPF__SECTION_ROW
    const mybpf__section_row *found = NULL;
    for (size_t i = 0; i < sizeof mybpf__rows / sizeof *mybpf__rows; i++)
        if (mybpf__section_fits(section, mybpf__rows[i].prefix, &longest)) found = &mybpf__rows[i];
    return found;
}

/* The program type for a section name, MYBPF_PROG_TYPE_UNSPEC when it says nothing. */
MYBPF__COLD uint32_t mybpf__section_type(const mybpf_vm *vm, const char *section)
{
    const mybpf__section_row *row;
    uint32_t type = MYBPF_PROG_TYPE_UNSPEC;
    size_t longest = 0;
#ifndef MYBPF_NO_PROVER
    for (const mybpf__prog_type *own = vm->prog_types; own; own = own->next)
        for (const char *const *name = own->sections; name && *name; name++)
            if (mybpf__section_fits(section, *name, &longest)) type = own->type;
#else
    (void)vm;
#endif
    row = mybpf__section_row_of(section, longest);
    return row ? row->type : type;
}

#if MYBPF__FILES
MYBPF_API uint32_t mybpf_program_attach_type(const mybpf_program *program)
{
    const mybpf__section_row *row = mybpf__section_row_of(program->section, 0);
    return row && row->type == program->type ? row->attach : 0;
}

MYBPF_API int mybpf_program_set_type(mybpf_program *program, uint32_t type, mybpf_error *error)
{
    int known = type < MYBPF_PROG_TYPE_COUNT || type == MYBPF_PROG_TYPE_TCMD;
    if (!program) return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "program is NULL");
    if (program->object->loaded || program->object->failed)
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN, "program %s: its type is set before load",
                           mybpf_program_name(program));
#    ifndef MYBPF_NO_PROVER
    known = known || mybpf__prog_type_find(program->object->vm, type);
#    endif
    if (!known)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "program %s: there is no type %u",
                           mybpf_program_name(program), (unsigned)type);
    program->type = type;
    return MYBPF_OK;
}
#endif

#ifndef MYBPF_NO_ELF
MYBPF__COLD int mybpf__sections_known(const mybpf_object *object, const mybpf_load_opts *opts,
                                      mybpf_error *error)
{
    for (uint32_t i = 0; i < object->program_count && opts->trust == MYBPF_VERIFIED && !opts->ctx_size; i++) {
        const mybpf_program *program = &object->programs[i];
        if (!program->wants_type || !mybpf__program_taken(program) || program->type != MYBPF_PROG_TYPE_UNSPEC)
            continue;
        mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                    "section \"%s\" is none that libbpf or the host knows (xdp, tc, kprobe/...): what is the "
                    "program's "
                    "type? mybpf_program_set_type, or ctx_size, tell",
                    program->section);
        if (error) mybpf__copy_text(error->program, sizeof error->program, mybpf_program_name(program));
        return MYBPF_ERR_VERIFY;
    }
    return MYBPF_OK;
}
#endif

#undef MYBPF__SECTIONS
#undef MYBPF_ATTACH_NONE

#endif
