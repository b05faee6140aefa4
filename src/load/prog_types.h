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
