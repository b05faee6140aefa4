/* prog_types.h: the program types of linux/bpf.h, one list for the host's enum, messages and checks. */
#ifndef MYBPF__PROG_TYPES_H
#define MYBPF__PROG_TYPES_H

/* X(number, NAME, "name as bpftool prints it") */
/* clang-format off */
#define MYBPF_PROG_TYPES(X) \
    X(0,  UNSPEC,                  "unspec") \
    X(1,  SOCKET_FILTER,           "socket_filter") \
    X(2,  KPROBE,                  "kprobe") \
    X(3,  SCHED_CLS,               "sched_cls") \
    X(4,  SCHED_ACT,               "sched_act") \
    X(5,  TRACEPOINT,              "tracepoint") \
    X(6,  XDP,                     "xdp") \
    X(7,  PERF_EVENT,              "perf_event") \
    X(8,  CGROUP_SKB,              "cgroup_skb") \
    X(9,  CGROUP_SOCK,             "cgroup_sock") \
    X(10, LWT_IN,                  "lwt_in") \
    X(11, LWT_OUT,                 "lwt_out") \
    X(12, LWT_XMIT,                "lwt_xmit") \
    X(13, SOCK_OPS,                "sock_ops") \
    X(14, SK_SKB,                  "sk_skb") \
    X(15, CGROUP_DEVICE,           "cgroup_device") \
    X(16, SK_MSG,                  "sk_msg") \
    X(17, RAW_TRACEPOINT,          "raw_tracepoint") \
    X(18, CGROUP_SOCK_ADDR,        "cgroup_sock_addr") \
    X(19, LWT_SEG6LOCAL,           "lwt_seg6local") \
    X(20, LIRC_MODE2,              "lirc_mode2") \
    X(21, SK_REUSEPORT,            "sk_reuseport") \
    X(22, FLOW_DISSECTOR,          "flow_dissector") \
    X(23, CGROUP_SYSCTL,           "cgroup_sysctl") \
    X(24, RAW_TRACEPOINT_WRITABLE, "raw_tracepoint_writable") \
    X(25, CGROUP_SOCKOPT,          "cgroup_sockopt") \
    X(26, TRACING,                 "tracing") \
    X(27, STRUCT_OPS,              "struct_ops") \
    X(28, EXT,                     "ext") \
    X(29, LSM,                     "lsm") \
    X(30, SK_LOOKUP,               "sk_lookup") \
    X(31, SYSCALL,                 "syscall") \
    X(32, NETFILTER,               "netfilter")

/* X(number, NAME, "name as libbpf has it"): enum bpf_attach_type. */
#define MYBPF_ATTACH_TYPES(X) \
    X(0,  CGROUP_INET_INGRESS,            "cgroup_inet_ingress") \
    X(1,  CGROUP_INET_EGRESS,             "cgroup_inet_egress") \
    X(2,  CGROUP_INET_SOCK_CREATE,        "cgroup_inet_sock_create") \
    X(3,  CGROUP_SOCK_OPS,                "cgroup_sock_ops") \
    X(4,  SK_SKB_STREAM_PARSER,           "sk_skb_stream_parser") \
    X(5,  SK_SKB_STREAM_VERDICT,          "sk_skb_stream_verdict") \
    X(6,  CGROUP_DEVICE,                  "cgroup_device") \
    X(7,  SK_MSG_VERDICT,                 "sk_msg_verdict") \
    X(8,  CGROUP_INET4_BIND,              "cgroup_inet4_bind") \
    X(9,  CGROUP_INET6_BIND,              "cgroup_inet6_bind") \
    X(10, CGROUP_INET4_CONNECT,           "cgroup_inet4_connect") \
    X(11, CGROUP_INET6_CONNECT,           "cgroup_inet6_connect") \
    X(12, CGROUP_INET4_POST_BIND,         "cgroup_inet4_post_bind") \
    X(13, CGROUP_INET6_POST_BIND,         "cgroup_inet6_post_bind") \
    X(14, CGROUP_UDP4_SENDMSG,            "cgroup_udp4_sendmsg") \
    X(15, CGROUP_UDP6_SENDMSG,            "cgroup_udp6_sendmsg") \
    X(16, LIRC_MODE2,                     "lirc_mode2") \
    X(17, FLOW_DISSECTOR,                 "flow_dissector") \
    X(18, CGROUP_SYSCTL,                  "cgroup_sysctl") \
    X(19, CGROUP_UDP4_RECVMSG,            "cgroup_udp4_recvmsg") \
    X(20, CGROUP_UDP6_RECVMSG,            "cgroup_udp6_recvmsg") \
    X(21, CGROUP_GETSOCKOPT,              "cgroup_getsockopt") \
    X(22, CGROUP_SETSOCKOPT,              "cgroup_setsockopt") \
    X(23, TRACE_RAW_TP,                   "trace_raw_tp") \
    X(24, TRACE_FENTRY,                   "trace_fentry") \
    X(25, TRACE_FEXIT,                    "trace_fexit") \
    X(26, MODIFY_RETURN,                  "modify_return") \
    X(27, LSM_MAC,                        "lsm_mac") \
    X(28, TRACE_ITER,                     "trace_iter") \
    X(29, CGROUP_INET4_GETPEERNAME,       "cgroup_inet4_getpeername") \
    X(30, CGROUP_INET6_GETPEERNAME,       "cgroup_inet6_getpeername") \
    X(31, CGROUP_INET4_GETSOCKNAME,       "cgroup_inet4_getsockname") \
    X(32, CGROUP_INET6_GETSOCKNAME,       "cgroup_inet6_getsockname") \
    X(33, XDP_DEVMAP,                     "xdp_devmap") \
    X(34, CGROUP_INET_SOCK_RELEASE,       "cgroup_inet_sock_release") \
    X(35, XDP_CPUMAP,                     "xdp_cpumap") \
    X(36, SK_LOOKUP,                      "sk_lookup") \
    X(37, XDP,                            "xdp") \
    X(38, SK_SKB_VERDICT,                 "sk_skb_verdict") \
    X(39, SK_REUSEPORT_SELECT,            "sk_reuseport_select") \
    X(40, SK_REUSEPORT_SELECT_OR_MIGRATE, "sk_reuseport_select_or_migrate") \
    X(41, PERF_EVENT,                     "perf_event") \
    X(42, TRACE_KPROBE_MULTI,             "trace_kprobe_multi") \
    X(43, LSM_CGROUP,                     "lsm_cgroup") \
    X(44, STRUCT_OPS,                     "struct_ops") \
    X(45, NETFILTER,                      "netfilter") \
    X(46, TCX_INGRESS,                    "tcx_ingress") \
    X(47, TCX_EGRESS,                     "tcx_egress") \
    X(48, TRACE_UPROBE_MULTI,             "trace_uprobe_multi") \
    X(49, CGROUP_UNIX_CONNECT,            "cgroup_unix_connect") \
    X(50, CGROUP_UNIX_SENDMSG,            "cgroup_unix_sendmsg") \
    X(51, CGROUP_UNIX_RECVMSG,            "cgroup_unix_recvmsg") \
    X(52, CGROUP_UNIX_GETPEERNAME,        "cgroup_unix_getpeername") \
    X(53, CGROUP_UNIX_GETSOCKNAME,        "cgroup_unix_getsockname") \
    X(54, NETKIT_PRIMARY,                 "netkit_primary") \
    X(55, NETKIT_PEER,                    "netkit_peer") \
    X(56, TRACE_KPROBE_SESSION,           "trace_kprobe_session") \
    X(57, TRACE_UPROBE_SESSION,           "trace_uprobe_session") \
    X(58, TRACE_FSESSION,                 "trace_fsession") \
    X(59, TRACE_FENTRY_MULTI,             "trace_fentry_multi") \
    X(60, TRACE_FEXIT_MULTI,              "trace_fexit_multi") \
    X(61, TRACE_FSESSION_MULTI,           "trace_fsession_multi")

/* X(types, value, NAME): what a program's result means to programs of these types, bits (1 << number). Where a
 * value has two names, the first is told. */
#define MYBPF__VERDICT_XDP  0x40u       /* xdp */
#define MYBPF__VERDICT_TC   0x18u       /* sched_cls, sched_act */
#define MYBPF__VERDICT_SK   0x40214000u /* sk_skb, sk_msg, sk_reuseport, sk_lookup */
#define MYBPF__VERDICT_BPF  0x00481c00u /* lwt_in, lwt_out, lwt_xmit, lwt_seg6local, flow_dissector */
#define MYBPF__VERDICT_LWT  0x00001c00u
#define MYBPF__VERDICT_FLOW 0x00400000u
#define MYBPF_VERDICTS(X) \
    X(XDP,  0,  XDP_ABORTED)       \
    X(XDP,  1,  XDP_DROP)          \
    X(XDP,  2,  XDP_PASS)          \
    X(XDP,  3,  XDP_TX)            \
    X(XDP,  4,  XDP_REDIRECT)      \
    X(TC,  -1,  TC_ACT_UNSPEC)     \
    X(TC,   0,  TC_ACT_OK)         \
    X(TC,   1,  TC_ACT_RECLASSIFY) \
    X(TC,   2,  TC_ACT_SHOT)       \
    X(TC,   3,  TC_ACT_PIPE)       \
    X(TC,   4,  TC_ACT_STOLEN)     \
    X(TC,   5,  TC_ACT_QUEUED)     \
    X(TC,   6,  TC_ACT_REPEAT)     \
    X(TC,   7,  TC_ACT_REDIRECT)   \
    X(TC,   8,  TC_ACT_TRAP)       \
    X(SK,   0,  SK_DROP)           \
    X(SK,   1,  SK_PASS)           \
    X(BPF,  0,  BPF_OK)            \
    X(BPF,  2,  BPF_DROP)          \
    X(BPF,  7,  BPF_REDIRECT)      \
    X(LWT,  128, BPF_LWT_REROUTE)  \
    X(FLOW, 129, BPF_FLOW_DISSECTOR_CONTINUE)
/* clang-format on */

#endif
