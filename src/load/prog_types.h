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
/* clang-format on */

#endif
