/* test_sections.c: what the names of sections say of programs: libbpf's whole table, names of older objects,
 * and names that say nothing. */
#include "mybpf.h"
#include "test.h"

#ifndef MYBPF_NO_ELF
#    include "load_elf.h"
#    include "load_object.h"

#    define TYPE(name)        MYBPF_PROG_TYPE_##name
#    define ATTACH(name)      MYBPF_ATTACH_##name
#    define MYBPF_ATTACH_NONE 0

typedef struct row {
    const char *section;
    uint32_t type, attach;
} row;

/* clang-format off */
/* libbpf's section_defs: with a '+' also as the beginning of "name/what". */
static const row defs[] = {
    {"socket", TYPE(SOCKET_FILTER), ATTACH(NONE)},
    {"sk_reuseport/migrate", TYPE(SK_REUSEPORT), ATTACH(SK_REUSEPORT_SELECT_OR_MIGRATE)},
    {"sk_reuseport", TYPE(SK_REUSEPORT), ATTACH(SK_REUSEPORT_SELECT)},
    {"kprobe+", TYPE(KPROBE), ATTACH(NONE)},
    {"uprobe+", TYPE(KPROBE), ATTACH(NONE)},
    {"uprobe.s+", TYPE(KPROBE), ATTACH(NONE)},
    {"kretprobe+", TYPE(KPROBE), ATTACH(NONE)},
    {"uretprobe+", TYPE(KPROBE), ATTACH(NONE)},
    {"uretprobe.s+", TYPE(KPROBE), ATTACH(NONE)},
    {"kprobe.multi+", TYPE(KPROBE), ATTACH(TRACE_KPROBE_MULTI)},
    {"kretprobe.multi+", TYPE(KPROBE), ATTACH(TRACE_KPROBE_MULTI)},
    {"kprobe.session+", TYPE(KPROBE), ATTACH(TRACE_KPROBE_SESSION)},
    {"uprobe.multi+", TYPE(KPROBE), ATTACH(TRACE_UPROBE_MULTI)},
    {"uretprobe.multi+", TYPE(KPROBE), ATTACH(TRACE_UPROBE_MULTI)},
    {"uprobe.session+", TYPE(KPROBE), ATTACH(TRACE_UPROBE_SESSION)},
    {"uprobe.multi.s+", TYPE(KPROBE), ATTACH(TRACE_UPROBE_MULTI)},
    {"uretprobe.multi.s+", TYPE(KPROBE), ATTACH(TRACE_UPROBE_MULTI)},
    {"uprobe.session.s+", TYPE(KPROBE), ATTACH(TRACE_UPROBE_SESSION)},
    {"ksyscall+", TYPE(KPROBE), ATTACH(NONE)},
    {"kretsyscall+", TYPE(KPROBE), ATTACH(NONE)},
    {"usdt+", TYPE(KPROBE), ATTACH(NONE)},
    {"usdt.s+", TYPE(KPROBE), ATTACH(NONE)},
    {"tc/ingress", TYPE(SCHED_CLS), ATTACH(TCX_INGRESS)},
    {"tc/egress", TYPE(SCHED_CLS), ATTACH(TCX_EGRESS)},
    {"tcx/ingress", TYPE(SCHED_CLS), ATTACH(TCX_INGRESS)},
    {"tcx/egress", TYPE(SCHED_CLS), ATTACH(TCX_EGRESS)},
    {"tc", TYPE(SCHED_CLS), ATTACH(NONE)},
    {"classifier", TYPE(SCHED_CLS), ATTACH(NONE)},
    {"action", TYPE(SCHED_ACT), ATTACH(NONE)},
    {"netkit/primary", TYPE(SCHED_CLS), ATTACH(NETKIT_PRIMARY)},
    {"netkit/peer", TYPE(SCHED_CLS), ATTACH(NETKIT_PEER)},
    {"tracepoint+", TYPE(TRACEPOINT), ATTACH(NONE)},
    {"tp+", TYPE(TRACEPOINT), ATTACH(NONE)},
    {"tracepoint.s+", TYPE(TRACEPOINT), ATTACH(NONE)},
    {"tp.s+", TYPE(TRACEPOINT), ATTACH(NONE)},
    {"raw_tracepoint+", TYPE(RAW_TRACEPOINT), ATTACH(NONE)},
    {"raw_tp+", TYPE(RAW_TRACEPOINT), ATTACH(NONE)},
    {"raw_tracepoint.s+", TYPE(RAW_TRACEPOINT), ATTACH(NONE)},
    {"raw_tp.s+", TYPE(RAW_TRACEPOINT), ATTACH(NONE)},
    {"raw_tracepoint.w+", TYPE(RAW_TRACEPOINT_WRITABLE), ATTACH(NONE)},
    {"raw_tp.w+", TYPE(RAW_TRACEPOINT_WRITABLE), ATTACH(NONE)},
    {"tp_btf+", TYPE(TRACING), ATTACH(TRACE_RAW_TP)},
    {"tp_btf.s+", TYPE(TRACING), ATTACH(TRACE_RAW_TP)},
    {"fentry+", TYPE(TRACING), ATTACH(TRACE_FENTRY)},
    {"fmod_ret+", TYPE(TRACING), ATTACH(MODIFY_RETURN)},
    {"fexit+", TYPE(TRACING), ATTACH(TRACE_FEXIT)},
    {"fentry.s+", TYPE(TRACING), ATTACH(TRACE_FENTRY)},
    {"fmod_ret.s+", TYPE(TRACING), ATTACH(MODIFY_RETURN)},
    {"fexit.s+", TYPE(TRACING), ATTACH(TRACE_FEXIT)},
    {"fsession+", TYPE(TRACING), ATTACH(TRACE_FSESSION)},
    {"fsession.s+", TYPE(TRACING), ATTACH(TRACE_FSESSION)},
    {"fsession.multi+", TYPE(TRACING), ATTACH(TRACE_FSESSION_MULTI)},
    {"fsession.multi.s+", TYPE(TRACING), ATTACH(TRACE_FSESSION_MULTI)},
    {"fentry.multi+", TYPE(TRACING), ATTACH(TRACE_FENTRY_MULTI)},
    {"fexit.multi+", TYPE(TRACING), ATTACH(TRACE_FEXIT_MULTI)},
    {"fentry.multi.s+", TYPE(TRACING), ATTACH(TRACE_FENTRY_MULTI)},
    {"fexit.multi.s+", TYPE(TRACING), ATTACH(TRACE_FEXIT_MULTI)},
    {"freplace+", TYPE(EXT), ATTACH(NONE)},
    {"lsm+", TYPE(LSM), ATTACH(LSM_MAC)},
    {"lsm.s+", TYPE(LSM), ATTACH(LSM_MAC)},
    {"lsm_cgroup+", TYPE(LSM), ATTACH(LSM_CGROUP)},
    {"iter+", TYPE(TRACING), ATTACH(TRACE_ITER)},
    {"iter.s+", TYPE(TRACING), ATTACH(TRACE_ITER)},
    {"syscall", TYPE(SYSCALL), ATTACH(NONE)},
    {"xdp.frags/devmap", TYPE(XDP), ATTACH(XDP_DEVMAP)},
    {"xdp/devmap", TYPE(XDP), ATTACH(XDP_DEVMAP)},
    {"xdp.frags/cpumap", TYPE(XDP), ATTACH(XDP_CPUMAP)},
    {"xdp/cpumap", TYPE(XDP), ATTACH(XDP_CPUMAP)},
    {"xdp.frags", TYPE(XDP), ATTACH(XDP)},
    {"xdp", TYPE(XDP), ATTACH(XDP)},
    {"perf_event", TYPE(PERF_EVENT), ATTACH(NONE)},
    {"lwt_in", TYPE(LWT_IN), ATTACH(NONE)},
    {"lwt_out", TYPE(LWT_OUT), ATTACH(NONE)},
    {"lwt_xmit", TYPE(LWT_XMIT), ATTACH(NONE)},
    {"lwt_seg6local", TYPE(LWT_SEG6LOCAL), ATTACH(NONE)},
    {"sockops", TYPE(SOCK_OPS), ATTACH(CGROUP_SOCK_OPS)},
    {"sk_skb/stream_parser", TYPE(SK_SKB), ATTACH(SK_SKB_STREAM_PARSER)},
    {"sk_skb/stream_verdict", TYPE(SK_SKB), ATTACH(SK_SKB_STREAM_VERDICT)},
    {"sk_skb/verdict", TYPE(SK_SKB), ATTACH(SK_SKB_VERDICT)},
    {"sk_skb", TYPE(SK_SKB), ATTACH(NONE)},
    {"sk_msg", TYPE(SK_MSG), ATTACH(SK_MSG_VERDICT)},
    {"lirc_mode2", TYPE(LIRC_MODE2), ATTACH(LIRC_MODE2)},
    {"flow_dissector", TYPE(FLOW_DISSECTOR), ATTACH(FLOW_DISSECTOR)},
    {"cgroup_skb/ingress", TYPE(CGROUP_SKB), ATTACH(CGROUP_INET_INGRESS)},
    {"cgroup_skb/egress", TYPE(CGROUP_SKB), ATTACH(CGROUP_INET_EGRESS)},
    {"cgroup/skb", TYPE(CGROUP_SKB), ATTACH(NONE)},
    {"cgroup/sock_create", TYPE(CGROUP_SOCK), ATTACH(CGROUP_INET_SOCK_CREATE)},
    {"cgroup/sock_release", TYPE(CGROUP_SOCK), ATTACH(CGROUP_INET_SOCK_RELEASE)},
    {"cgroup/sock", TYPE(CGROUP_SOCK), ATTACH(CGROUP_INET_SOCK_CREATE)},
    {"cgroup/post_bind4", TYPE(CGROUP_SOCK), ATTACH(CGROUP_INET4_POST_BIND)},
    {"cgroup/post_bind6", TYPE(CGROUP_SOCK), ATTACH(CGROUP_INET6_POST_BIND)},
    {"cgroup/bind4", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET4_BIND)},
    {"cgroup/bind6", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET6_BIND)},
    {"cgroup/connect4", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET4_CONNECT)},
    {"cgroup/connect6", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET6_CONNECT)},
    {"cgroup/connect_unix", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UNIX_CONNECT)},
    {"cgroup/sendmsg4", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UDP4_SENDMSG)},
    {"cgroup/sendmsg6", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UDP6_SENDMSG)},
    {"cgroup/sendmsg_unix", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UNIX_SENDMSG)},
    {"cgroup/recvmsg4", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UDP4_RECVMSG)},
    {"cgroup/recvmsg6", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UDP6_RECVMSG)},
    {"cgroup/recvmsg_unix", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UNIX_RECVMSG)},
    {"cgroup/getpeername4", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET4_GETPEERNAME)},
    {"cgroup/getpeername6", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET6_GETPEERNAME)},
    {"cgroup/getpeername_unix", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UNIX_GETPEERNAME)},
    {"cgroup/getsockname4", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET4_GETSOCKNAME)},
    {"cgroup/getsockname6", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET6_GETSOCKNAME)},
    {"cgroup/getsockname_unix", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_UNIX_GETSOCKNAME)},
    {"cgroup/sysctl", TYPE(CGROUP_SYSCTL), ATTACH(CGROUP_SYSCTL)},
    {"cgroup/getsockopt", TYPE(CGROUP_SOCKOPT), ATTACH(CGROUP_GETSOCKOPT)},
    {"cgroup/setsockopt", TYPE(CGROUP_SOCKOPT), ATTACH(CGROUP_SETSOCKOPT)},
    {"cgroup/dev", TYPE(CGROUP_DEVICE), ATTACH(CGROUP_DEVICE)},
    {"struct_ops+", TYPE(STRUCT_OPS), ATTACH(NONE)},
    {"struct_ops.s+", TYPE(STRUCT_OPS), ATTACH(NONE)},
    {"sk_lookup", TYPE(SK_LOOKUP), ATTACH(SK_LOOKUP)},
    {"netfilter", TYPE(NETFILTER), ATTACH(NETFILTER)},
};

/* What libbpf took before version 1.0, by the name's beginning, and mybpf's own. */
static const row old[] = {
    {"xdp_drop", TYPE(XDP), ATTACH(XDP)}, {"xdp1", TYPE(XDP), ATTACH(XDP)}, {"xdp/any", TYPE(XDP), ATTACH(XDP)},
    {"socket1", TYPE(SOCKET_FILTER), 0}, {"tc/any", TYPE(SCHED_CLS), 0}, {"tcx/in", TYPE(SCHED_CLS), 0},
    {"classifier/1", TYPE(SCHED_CLS), 0}, {"kprobe_1", TYPE(KPROBE), 0}, {"cgroup_skb", TYPE(CGROUP_SKB), 0},
    {"cgroup/bind", TYPE(CGROUP_SOCK_ADDR), 0}, {"tcmd", TYPE(TCMD), 0}, {"tcmd/x", TYPE(TCMD), 0},
    {"lsm_cgroup/x", TYPE(LSM), ATTACH(LSM_CGROUP)}, {"cgroup/connect4/any", TYPE(CGROUP_SOCK_ADDR), ATTACH(CGROUP_INET4_CONNECT)},
    {"xdpx", 0, 0}, {"x", 0, 0}, {"XDP", 0, 0}, {"kprob", 0, 0}, {"cgroup", 0, 0}, {"tpx/a/b", 0, 0}};
/* clang-format on */

/* An object with one program, in `section`. */
static mybpf_object *open_section(mybpf_vm *vm, const char *section)
{
    elf_file file;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    elf_build(&file);
    /* a string table of its own at the end, for the code section's name */
    size_t at = file.size;
    memset(file.bytes + at, 0, 64);
    memcpy(file.bytes + at, file.bytes + file.at[S_NAMES], 96);
    strcpy((char *)file.bytes + at + 96, section);
    file.size += 160;
    elf_patch(&file, file.headers + S_NAMES * 64 + 24, 8, at);
    elf_patch(&file, file.headers + S_NAMES * 64 + 32, 8, 160);
    elf_patch(&file, file.headers + S_CODE * 64, 4, 96);
    if (mybpf_object_open(vm, file.bytes, file.size, &object, &error))
        test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

static void check_row(mybpf_vm *vm, const char *section, uint32_t type, uint32_t attach)
{
    CASE("%s", section);
    mybpf_object *object = open_section(vm, section);
    if (!object) return;
    const mybpf_program *program = mybpf_object_program(object, 0);
    CHECK_INT(mybpf_program_type(program), type);
    CHECK_INT(mybpf_program_attach_type(program), attach);
    mybpf_object_close(object);
}

TEST(sections, libbpf)
{
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof defs / sizeof *defs; i++) {
        char name[64], longer[80];
        size_t length = strlen(defs[i].section), plus = defs[i].section[length - 1] == '+';
        snprintf(name, sizeof name, "%.*s", (int)(length - plus), defs[i].section);
        check_row(vm, name, defs[i].type, defs[i].attach);
        if (!plus) continue;
        snprintf(longer, sizeof longer, "%s/some/thing", name);
        check_row(vm, longer, defs[i].type, defs[i].attach);
    }
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        check_row(vm, old[i].section, old[i].type, old[i].attach);
    mybpf_vm_destroy(vm);
}

TEST(sections, attach_names)
{
    CHECK_TEXT(mybpf_attach_type_name(MYBPF_ATTACH_CGROUP_INET_INGRESS), "cgroup_inet_ingress");
    CHECK_TEXT(mybpf_attach_type_name(37), "xdp");
    CHECK_TEXT(mybpf_attach_type_name(MYBPF_ATTACH_TYPE_COUNT - 1), "trace_fsession_multi");
    CHECK(!mybpf_attach_type_name(MYBPF_ATTACH_TYPE_COUNT));
    CHECK(!mybpf_attach_type_name(UINT32_MAX));
}

/* A name that says nothing: verified mode wants to know the context; the host may tell the type. */
TEST(sections, unknown)
{
    static const struct {
        const char *section;
        mybpf_trust trust;
        uint32_t ctx_size, type;
        int status;
    } rows[] = {{"anything", MYBPF_VERIFIED, 0, 0, MYBPF_ERR_VERIFY},
                {"anything", MYBPF_VERIFIED, 8, 0, 0},
                {"anything", MYBPF_GUARDED, 0, 0, 0},
                {"anything", MYBPF_TRUSTED, 0, 0, 0},
                {"anything", MYBPF_VERIFIED, 0, TYPE(XDP), 0},
                {"xdp", MYBPF_VERIFIED, 0, TYPE(SCHED_CLS), 0},
                {"anything", MYBPF_VERIFIED, 0, TYPE(TCMD), 0},
                {"anything", MYBPF_VERIFIED, 0, MYBPF_PROG_TYPE_COUNT, MYBPF_ERR_ARGUMENT},
                {"anything", MYBPF_VERIFIED, 0, MYBPF_PROG_TYPE_HOST, MYBPF_ERR_ARGUMENT}};
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CASE("row %d", (int)i);
        mybpf_error error = {0};
        mybpf_load_opts load = {0};
        mybpf_object *object = open_section(vm, rows[i].section);
        if (!object) continue;
        mybpf_program *program = mybpf_object_program(object, 0);
        int status = rows[i].type ? mybpf_program_set_type(program, rows[i].type, &error) : 0;
        load.trust = rows[i].trust;
        load.ctx_size = rows[i].ctx_size;
        if (!status) status = mybpf_object_load(object, &load, &error);
        CHECK_INT(status, rows[i].status);
        if (status == MYBPF_ERR_VERIFY) {
            CHECK(strstr(error.message, "section \"anything\" is none that libbpf or the host knows"));
            CHECK_TEXT(error.program, mybpf_program_name(program));
        }
        if (!status) {
            CHECK_INT(mybpf_program_type(program), rows[i].type);
            CHECK_INT(mybpf_program_attach_type(program), 0);
            CHECK_INT(mybpf_program_set_type(program, TYPE(XDP), &error), MYBPF_ERR_STATE);
        }
        mybpf_object_close(object);
    }
    for (int autoload = 0; autoload < 2; autoload++) { /* a program that is left out may have any name */
        CASE("autoload %d", autoload);
        mybpf_error why = {0};
        mybpf_object *object = object_open(vm, "load_programs");
        if (!object) break;
        CHECK_INT(mybpf_program_set_autoload(mybpf_object_find_program(object, "fifth"), autoload), 0);
        mybpf_object_load(object, NULL, &why);
        CHECK_INT(!strncmp(why.message, "section \"anything\"", 18), autoload);
        mybpf_object_close(object);
    }
    CHECK_INT(mybpf_program_set_type(NULL, 0, NULL), MYBPF_ERR_ARGUMENT);
    mybpf_vm_destroy(vm);
}

#endif
