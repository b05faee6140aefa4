/* contexts.h: what the context of each of Linux' program types holds: the structures of linux/bpf.h, and what
 * programs may do with them, as data. */
#ifndef MYBPF__CONTEXTS_H
#define MYBPF__CONTEXTS_H

#include "../load/prog_type_impl.h"

#ifndef MYBPF_NO_PROVER

/* Who reads and writes fields that several types share: of __sk_buff, and of struct bpf_sock. */
enum {
    MYBPF__WHO_NONE = 0,
    MYBPF__WHO_FILTER = 1, /* socket filters */
    MYBPF__WHO_TC = 2,
    MYBPF__WHO_CGROUP = 4,
    MYBPF__WHO_LWT = 8,
    MYBPF__WHO_SK_SKB = 16,
    MYBPF__WHO_SKB = 31, /* all of these */
    MYBPF__WHO_NOT_SK_SKB = 15,
    MYBPF__WHO_MARK = 14,
    MYBPF__WHO_PRIORITY = 30,
    MYBPF__WHO_INDEX = 18,
    MYBPF__WHO_PACKETS = 30,
    MYBPF__WHO_SOCKETS = 20,
    MYBPF__WHO_STAMPS = 6,
    MYBPF__WHO_COMMON = 1,   /* pointers to struct bpf_sock as every kind of socket has it */
    MYBPF__WHO_SOCKET = 2,   /* to a full one */
    MYBPF__WHO_CREATION = 4, /* cgroup_sock programs */
    MYBPF__WHO_FULL = 6,
    MYBPF__WHO_ALL = 255
};

/* The host's struct pt_regs, as far as programs see it. */
#    if defined(__x86_64__) || defined(_M_X64)
#        define MYBPF__PT_REGS 168
#    elif defined(__aarch64__) || defined(_M_ARM64)
#        define MYBPF__PT_REGS 272
#    elif defined(__riscv) && UINTPTR_MAX > 0xffffffffu
#        define MYBPF__PT_REGS 256
#    elif defined(__s390x__)
#        define MYBPF__PT_REGS 216
#    elif defined(__i386__)
#        define MYBPF__PT_REGS 68
#    elif defined(__arm__)
#        define MYBPF__PT_REGS 72
#    else
#        define MYBPF__PT_REGS 352
#    endif

/* clang-format off */
/* X(offset, size, kind, widths of reads and of writes, who reads, who writes, "fields")
 * X with a P behind is an address of memory: (offset, kind, who reads, bytes, object, constant, "field"). */
#    define MYBPF__SK_BUFF(X, P) \
    X(  0,  8, NUMBER,     7,  0, SKB, NONE, "len, pkt_type") \
    X(  8,  4, NUMBER,     7,  4, NOT_SK_SKB, MARK, "mark") \
    X( 12,  4, NUMBER,     7,  4, SKB, TC, "queue_mapping") \
    X( 16, 16, NUMBER,     7,  0, SKB, NONE, "protocol, vlan_present, vlan_tci, vlan_proto") \
    X( 32,  4, NUMBER,     7,  4, SKB, PRIORITY, "priority") \
    X( 36,  8, NUMBER,     7,  0, SKB, NONE, "ingress_ifindex, ifindex") \
    X( 44,  4, NUMBER,     7,  4, SKB, INDEX, "tc_index") \
    X( 48, 20, NUMBER,    15, 15, SKB, NOT_SK_SKB, "cb") \
    X( 68,  4, NUMBER,     7,  0, SKB, NONE, "hash") \
    X( 72,  4, NUMBER,     7,  4, TC, TC, "tc_classid") \
    X( 76,  4, PACKET,     4,  0, PACKETS, NONE, "data") \
    X( 80,  4, PACKET_END, 4,  0, PACKETS, NONE, "data_end") \
    X( 84,  4, NUMBER,     7,  0, SKB, NONE, "napi_id") \
    X( 88,  4, NUMBER,     7,  0, SOCKETS, NONE, "family") \
    X( 92, 40, NUMBER,     4,  0, SOCKETS, NONE, "remote_ip4, local_ip4, remote_ip6, local_ip6") \
    X(132,  8, NUMBER,     7,  0, SOCKETS, NONE, "remote_port, local_port") \
    X(140,  4, PACKET_META, 4, 0, TC, NONE, "data_meta") \
    X(152,  8, NUMBER,     8,  8, STAMPS, STAMPS, "tstamp") \
    X(160,  4, NUMBER,     7,  0, TC, NONE, "wire_len") \
    X(164,  4, NUMBER,     7,  0, SKB, NONE, "gso_segs") \
    P(168, MEMORY_OR_NULL, SKB, 80, SOCK_COMMON, 1, "sk") \
    X(176,  4, NUMBER,     7,  0, SKB, NONE, "gso_size") \
    X(180,  1, NUMBER,     1,  0, TC, NONE, "tstamp_type") \
    X(184,  8, NUMBER,     8,  0, STAMPS, NONE, "hwtstamp")
#    define MYBPF__FLOW(X, P) \
    X( 76,  4, PACKET,     4,  0, ALL, NONE, "data") \
    X( 80,  4, PACKET_END, 4,  0, ALL, NONE, "data_end") \
    P(144, MEMORY, ALL, 56, NONE, 0, "flow_keys")
#    define MYBPF__XDP_MD(X, P) \
    X(  0,  4, PACKET,     4,  0, ALL, NONE, "data") \
    X(  4,  4, PACKET_END, 4,  0, ALL, NONE, "data_end") \
    X(  8,  4, PACKET_META, 4, 0, ALL, NONE, "data_meta") \
    X( 12,  8, NUMBER,     4,  0, ALL, NONE, "ingress_ifindex, rx_queue_index")
#    define MYBPF__PT_REGS_FIELDS(X, P) X(0, MYBPF__PT_REGS, NUMBER, 15, 0, ALL, NONE, "all registers")
#    define MYBPF__PERF_EVENT(X, P) \
    X(  0, MYBPF__PT_REGS, NUMBER, 8, 0, ALL, NONE, "regs") \
    X((MYBPF__PT_REGS + 7) / 8 * 8, 16, NUMBER, 15, 0, ALL, NONE, "sample_period, addr")
#    define MYBPF__RECORD(X, P) X(8, 8184, NUMBER, 15, 0, ALL, NONE, "the record, but for its common fields")
#    define MYBPF__ARGS(X, P)   X(0, 96, NUMBER, 15, 0, ALL, NONE, "12 arguments")
#    define MYBPF__BTF_ARGS(X, P) X(0, 104, NUMBER, 8, 0, ALL, NONE, "arguments, then the result")
#    define MYBPF__SYSCALL(X, P) X(0, 65528, NUMBER, 15, 15, ALL, ALL, "plain memory")
#    define MYBPF__LIRC(X, P)    X(0, 4, NUMBER, 4, 0, ALL, NONE, "sample")
#    define MYBPF__SOCK(X, P) \
    X(  0,  4, NUMBER, 4, 4, ALL, CREATION, "bound_dev_if") \
    X(  4,  4, NUMBER, 7, 0, ALL, NONE, "family") \
    X(  8,  8, NUMBER, 7, 0, FULL, NONE, "type, protocol") \
    X( 16,  8, NUMBER, 4, 4, FULL, CREATION, "mark, priority") \
    X( 24,  4, NUMBER, 7, 0, ALL, NONE, "src_ip4") \
    X( 28, 16, NUMBER, 7, 0, ALL, NONE, "src_ip6") \
    X( 44,  4, NUMBER, 7, 0, ALL, NONE, "src_port") \
    X( 48,  2, NUMBER, 3, 0, ALL, NONE, "dst_port") \
    X( 48,  4, NUMBER, 4, 0, ALL, NONE, "dst_port") \
    X( 52, 20, NUMBER, 7, 0, ALL, NONE, "dst_ip4, dst_ip6") \
    X( 72,  8, NUMBER, 7, 0, ALL, NONE, "state, rx_queue_mapping")
#    define MYBPF__TCP_SOCK(X, P) \
    X(  0, 80, NUMBER, 4, 0, ALL, NONE, "snd_cwnd to sacked_out") \
    X( 80, 16, NUMBER, 8, 0, ALL, NONE, "bytes_received, bytes_acked") \
    X( 96, 16, NUMBER, 4, 0, ALL, NONE, "dsack_dups to icsk_retransmits")
#    define MYBPF__SOCK_ADDR(X, P) \
    X(  0,  4, NUMBER, 4, 0, ALL, NONE, "user_family") \
    X(  4,  4, NUMBER, 7, 4, ALL, ALL, "user_ip4") \
    X(  8, 16, NUMBER, 15, 12, ALL, ALL, "user_ip6") \
    X( 24,  4, NUMBER, 7, 4, ALL, ALL, "user_port") \
    X( 28, 12, NUMBER, 4, 0, ALL, NONE, "family, type, protocol") \
    X( 40,  4, NUMBER, 7, 4, ALL, ALL, "msg_src_ip4") \
    X( 44, 16, NUMBER, 15, 12, ALL, ALL, "msg_src_ip6") \
    P( 64, MEMORY, ALL, 80, SOCKET, 1, "sk")
#    define MYBPF__SOCK_OPS(X, P) \
    X(  0,  4, NUMBER, 4, 0, ALL, NONE, "op") \
    X(  4,  4, NUMBER, 4, 4, ALL, ALL, "reply") \
    X(  8, 156, NUMBER, 4, 0, ALL, NONE, "replylong[1] to sacked_out") \
    X(164,  4, NUMBER, 4, 4, ALL, ALL, "sk_txhash") \
    X(168, 16, NUMBER, 8, 0, ALL, NONE, "bytes_received, bytes_acked") \
    P(184, MEMORY_OR_NULL, ALL, 80, SOCKET, 1, "sk") \
    X(192,  8, PACKET, 8, 0, ALL, NONE, "skb_data") \
    X(200,  8, PACKET_END, 8, 0, ALL, NONE, "skb_data_end") \
    X(208,  4, NUMBER, 4, 0, ALL, NONE, "skb_len") \
    X(212,  4, NUMBER, 7, 0, ALL, NONE, "skb_tcp_flags") \
    X(216,  8, NUMBER, 8, 0, ALL, NONE, "skb_hwtstamp")
#    define MYBPF__DEVICE(X, P) \
    X(  0,  4, NUMBER, 7, 0, ALL, NONE, "access_type") \
    X(  4,  8, NUMBER, 4, 0, ALL, NONE, "major, minor")
#    define MYBPF__SYSCTL(X, P) \
    X(  0,  4, NUMBER, 7, 0, ALL, NONE, "write") \
    X(  4,  4, NUMBER, 7, 4, ALL, ALL, "file_pos")
#    define MYBPF__SOCKOPT(X, P) \
    P(  0, MEMORY, ALL, 80, SOCKET, 1, "sk") \
    X(  8,  8, PACKET, 8, 0, ALL, NONE, "optval") \
    X( 16,  8, PACKET_END, 8, 0, ALL, NONE, "optval_end") \
    X( 24, 16, NUMBER, 4, 4, ALL, ALL, "level, optname, optlen, retval")
#    define MYBPF__SK_MSG(X, P) \
    X(  0,  8, PACKET, 8, 0, ALL, NONE, "data") \
    X(  8,  8, PACKET_END, 8, 0, ALL, NONE, "data_end") \
    X( 16, 56, NUMBER, 4, 0, ALL, NONE, "family to size") \
    P( 72, MEMORY, ALL, 80, SOCKET, 1, "sk")
#    define MYBPF__SK_REUSEPORT(X, P) \
    X(  0,  8, PACKET, 8, 0, ALL, NONE, "data") \
    X(  8,  8, PACKET_END, 8, 0, ALL, NONE, "data_end") \
    X( 16,  4, NUMBER, 7, 0, ALL, NONE, "len") \
    X( 20,  4, NUMBER, 6, 0, ALL, NONE, "eth_protocol") \
    X( 24,  8, NUMBER, 7, 0, ALL, NONE, "ip_protocol, bind_inany") \
    X( 32,  4, NUMBER, 4, 0, ALL, NONE, "hash") \
    P( 40, MEMORY, ALL, 80, SOCKET, 1, "sk") \
    P( 48, MEMORY_OR_NULL, ALL, 80, SOCK_COMMON, 1, "migrating_sk")
#    define MYBPF__SK_LOOKUP(X, P) \
    P(  0, MEMORY_OR_NULL, ALL, 80, SOCKET, 1, "sk") \
    X(  8, 28, NUMBER, 7, 0, ALL, NONE, "family, protocol, remote_ip4, remote_ip6") \
    X( 36,  4, NUMBER, 7, 0, ALL, NONE, "remote_port") \
    X( 40, 28, NUMBER, 7, 0, ALL, NONE, "local_ip4, local_ip6, local_port, ingress_ifindex")
#    define MYBPF__NETFILTER(X, P) X(0, 16, NUMBER, 8, 0, ALL, NONE, "state, skb")

/* X(program type, name of the structure, fields, who, may it write to the packet) */
#    define MYBPF__CONTEXTS(X)                                 \
        X(1,  "__sk_buff",            SK_BUFF, FILTER, 0)      \
        X(2,  "pt_regs",              PT_REGS_FIELDS, ALL, 0)  \
        X(3,  "__sk_buff",            SK_BUFF, TC, 1)          \
        X(4,  "__sk_buff",            SK_BUFF, TC, 1)          \
        X(5,  "tracepoint record",    RECORD, ALL, 0)          \
        X(6,  "xdp_md",               XDP_MD, ALL, 1)          \
        X(7,  "bpf_perf_event_data",  PERF_EVENT, ALL, 0)      \
        X(8,  "__sk_buff",            SK_BUFF, CGROUP, 0)      \
        X(9,  "bpf_sock",             SOCK, CREATION, 0)       \
        X(10, "__sk_buff",            SK_BUFF, LWT, 0)         \
        X(11, "__sk_buff",            SK_BUFF, LWT, 0)         \
        X(12, "__sk_buff",            SK_BUFF, LWT, 1)         \
        X(13, "bpf_sock_ops",         SOCK_OPS, ALL, 0)        \
        X(14, "__sk_buff",            SK_BUFF, SK_SKB, 1)      \
        X(15, "bpf_cgroup_dev_ctx",   DEVICE, ALL, 0)          \
        X(16, "sk_msg_md",            SK_MSG, ALL, 1)          \
        X(17, "tracepoint arguments", ARGS, ALL, 0)            \
        X(18, "bpf_sock_addr",        SOCK_ADDR, ALL, 0)       \
        X(19, "__sk_buff",            SK_BUFF, LWT, 0)         \
        X(20, "lirc sample",          LIRC, ALL, 0)            \
        X(21, "sk_reuseport_md",      SK_REUSEPORT, ALL, 0)    \
        X(22, "__sk_buff",            FLOW, ALL, 0)            \
        X(23, "bpf_sysctl",           SYSCTL, ALL, 0)          \
        X(24, "tracepoint arguments", ARGS, ALL, 0)            \
        X(25, "bpf_sockopt",          SOCKOPT, ALL, 1)         \
        X(26, "arguments",            BTF_ARGS, ALL, 0)        \
        X(29, "arguments",            BTF_ARGS, ALL, 0)        \
        X(30, "bpf_sk_lookup",        SK_LOOKUP, ALL, 0)       \
        X(31, "syscall argument",     SYSCALL, ALL, 0)         \
        X(32, "bpf_nf_ctx",           NETFILTER, ALL, 0)
/* clang-format on */

#endif
#endif
