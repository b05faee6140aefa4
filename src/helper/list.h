/* list.h: every helper that exists here, one line each. The host's table and what programs declare both come
 * from it.
 *
 * X(number, name, ret, a1, a2, a3, a4, a5, flags, types, C result, C parameters)
 *   ret       mybpf_ret, a1..a5 mybpf_arg, flags MYBPF_HELPER_ (see helper.h)
 *   types     MYBPF__TYPES_: the program types that may call it, as in the kernel
 *   the C prototype is what `#include "mybpf.h"` gives a program: bpf_NAME for Base, NAME for Sys
 */
#ifndef MYBPF__HELPER_LIST_H
#define MYBPF__HELPER_LIST_H

/* A bit for each type, as the kernel's checks have it; and for programs that are none of Linux'. */
#define MYBPF__TYPES(bits)  (((uint64_t)1 << 63) + 0x200000001u + (bits))
#define MYBPF__TYPES_ALL     0
#define MYBPF__TYPES_LOCKING (~(uint64_t)0x10200a6u) /* not socket filters nor what is traced */
/* Kprobes, tracepoints, perf events, raw tracepoints (writable too), fentry and the like, lsm, syscall. */
#define MYBPF__TYPES_TRACING     MYBPF__TYPES(0xa50200a4u)
#define MYBPF__TYPES_ASSIGNS     MYBPF__TYPES(0x40000018u)
#define MYBPF__TYPES_CGROUPS     MYBPF__TYPES(0x118u)
#define MYBPF__TYPES_CGROUP_LWT  MYBPF__TYPES(0x81c18u)
#define MYBPF__TYPES_CGROUP_STORAGES MYBPF__TYPES(0x284a300u)
#define MYBPF__TYPES_CHECKSUMS   MYBPF__TYPES(0x81c58u) /* tc, xdp, lwt */
#define MYBPF__TYPES_COARSE      MYBPF__TYPES(0x40ed7f5au) /* nothing that is traced */
#define MYBPF__TYPES_COOKIES     MYBPF__TYPES(0x8624631au)
#define MYBPF__TYPES_EVENTS      MYBPF__TYPES(0x80u)
#define MYBPF__TYPES_FUNCTIONS   MYBPF__TYPES(0x24000000u)
#define MYBPF__TYPES_ITERATORS   MYBPF__TYPES(0x4000000u)
#define MYBPF__TYPES_KPROBES     MYBPF__TYPES(0x4u)
#define MYBPF__TYPES_LIRC        MYBPF__TYPES(0x100000u)
#define MYBPF__TYPES_LOOKUPS     MYBPF__TYPES(0x44158u)
#define MYBPF__TYPES_NETNS       MYBPF__TYPES(0x205231au)
#define MYBPF__TYPES_PULL        MYBPF__TYPES(0x85c18u)
#define MYBPF__TYPES_REDIRECT    MYBPF__TYPES(0x1058u)
#define MYBPF__TYPES_RELEASES    MYBPF__TYPES(0x40044158u)
#define MYBPF__TYPES_RELATIVE    MYBPF__TYPES(0x20011au)
#define MYBPF__TYPES_REUSEPORT   MYBPF__TYPES(0x200000u)
#define MYBPF__TYPES_RETVALS     MYBPF__TYPES(0x2848200u)
#define MYBPF__TYPES_ROOM        MYBPF__TYPES(0x4018u)
#define MYBPF__TYPES_SKB         MYBPF__TYPES(0x685d1au) /* skb programs, sk_reuseport, flow_dissector */
#define MYBPF__TYPES_SK_MSG      MYBPF__TYPES(0x10000u)
#define MYBPF__TYPES_SK_SKB      MYBPF__TYPES(0x4000u)
#define MYBPF__TYPES_SK_STORAGES MYBPF__TYPES(0x26052318u)
#define MYBPF__TYPES_SOCKOPTS    MYBPF__TYPES(0x2042000u)
#define MYBPF__TYPES_SOCK_OPS    MYBPF__TYPES(0x2000u)
#define MYBPF__TYPES_SYSCALL     MYBPF__TYPES(0x80000000u)
#define MYBPF__TYPES_SYSCTL      MYBPF__TYPES(0x800000u)
#define MYBPF__TYPES_TC          MYBPF__TYPES(0x18u)
#define MYBPF__TYPES_TC_LWT      MYBPF__TYPES(0x1018u)
#define MYBPF__TYPES_TC_SK_SKB   MYBPF__TYPES(0x5018u)
#define MYBPF__TYPES_TC_XDP      MYBPF__TYPES(0x58u)
#define MYBPF__TYPES_TCP_SOCKS   MYBPF__TYPES(0x2002118u)
#define MYBPF__TYPES_TIMING      (~(uint64_t)0x10200a4u)
#define MYBPF__TYPES_UIDS        MYBPF__TYPES(0x411au)
#define MYBPF__TYPES_XDP         MYBPF__TYPES(0x40u)

/* clang-format off */
#define MYBPF_BASE_HELPERS(X) \
    X(1,   map_lookup_elem,       MAP_VALUE_OR_NULL, MAP, MAP_KEY, NONE, NONE, NONE,            PACKET, ALL, void *, (void *map, const void *key)) \
    X(2,   map_update_elem,       INTEGER, MAP, MAP_KEY, MAP_VALUE, ANY, NONE,                  PACKET, ALL, long, (void *map, const void *key, const void *value, __u64 flags)) \
    X(3,   map_delete_elem,       INTEGER, MAP, MAP_KEY, NONE, NONE, NONE,                      PACKET, ALL, long, (void *map, const void *key)) \
    X(4,   probe_read,            INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, TRACING, long, (void *dst, __u32 size, const void *unsafe)) \
    X(5,   ktime_get_ns,          INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u64, (void)) \
    X(6,   trace_printk,          INTEGER, MEM_READ, SIZE, NONE, NONE, NONE,                    VARIADIC, ALL, long, (const char *fmt, __u32 fmt_size, ...)) \
    X(7,   get_prandom_u32,       INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u32, (void)) \
    X(8,   get_smp_processor_id,  INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u32, (void)) \
    X(12,  tail_call,             INTEGER, CTX, MAP, ANY, NONE, NONE,                           NONE, ALL, long, (void *ctx, void *prog_array, __u32 index)) \
    X(14,  get_current_pid_tgid,  INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u64, (void)) \
    X(15,  get_current_uid_gid,   INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u64, (void)) \
    X(16,  get_current_comm,      INTEGER, MEM_WRITE, SIZE, NONE, NONE, NONE,                   NONE, ALL, long, (void *buf, __u32 size)) \
    X(42,  get_numa_node_id,      INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, long, (void)) \
    X(45,  probe_read_str,        LENGTH, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, TRACING, long, (void *dst, __u32 size, const void *unsafe)) \
    X(105, strtol,                INTEGER, MEM_READ, SIZE, ANY, PTR_LONG, NONE,                 NONE, ALL, long, (const char *buf, unsigned long size, __u64 flags, long *res)) \
    X(106, strtoul,               INTEGER, MEM_READ, SIZE, ANY, PTR_LONG, NONE,                 NONE, ALL, long, (const char *buf, unsigned long size, __u64 flags, unsigned long *res)) \
    X(112, probe_read_user,       INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, ALL, long, (void *dst, __u32 size, const void *unsafe)) \
    X(113, probe_read_kernel,     INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, ALL, long, (void *dst, __u32 size, const void *unsafe)) \
    X(114, probe_read_user_str,   LENGTH, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, ALL, long, (void *dst, __u32 size, const void *unsafe)) \
    X(115, probe_read_kernel_str, LENGTH, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, ALL, long, (void *dst, __u32 size, const void *unsafe)) \
    X(118, jiffies64,             INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u64, (void)) \
    X(125, ktime_get_boot_ns,     INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u64, (void)) \
    X(160, ktime_get_coarse_ns,   INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, COARSE, __u64, (void)) \
    X(165, snprintf,              INTEGER, MEM_WRITE, SIZE_OR_ZERO, STRING, MEM_READ, SIZE_OR_ZERO, NONE, ALL, long, (char *str, __u32 size, const char *fmt, const __u64 *data, __u32 data_size)) \
    X(177, trace_vprintk,         INTEGER, MEM_READ, SIZE, MEM_READ, SIZE_OR_ZERO, NONE,        NONE, ALL, long, (const char *fmt, __u32 fmt_size, const void *data, __u32 data_size)) \
    X(182, strncmp,               INTEGER, MEM_READ, SIZE, STRING, NONE, NONE,                  NONE, ALL, long, (const char *s1, __u32 s1_size, const char *s2))

/* The lock in a map's value: not for socket filters and what is traced, as the kernel has it. */
#define MYBPF_LOCK_HELPERS(X) \
    X(93,  spin_lock,             VOID, LOCK, NONE, NONE, NONE, NONE,                           ACQUIRE, LOCKING, void, (struct bpf_spin_lock *lock)) \
    X(94,  spin_unlock,           VOID, LOCK, NONE, NONE, NONE, NONE,                           RELEASE, LOCKING, void, (struct bpf_spin_lock *lock))

/* These call functions of the program, and are not there where nothing is proven of it (MYBPF_NO_PROVER). */
#define MYBPF_CALLBACK_HELPERS(X) \
    X(164, for_each_map_elem,     INTEGER, MAP, FUNC, STACK_OR_NULL, ANY, NONE,                 MAY_STOP, ALL, long, (void *map, void *function, void *ctx, __u64 flags)) \
    X(181, loop,                  INTEGER, ANY, FUNC, STACK_OR_NULL, ANY, NONE,                 MAY_STOP, ALL, long, (__u32 count, void *function, void *ctx, __u64 flags))

/* What programs do with packets. */
#define MYBPF_PACKET_HELPERS(X) \
    X(9,   skb_store_bytes,         INTEGER, CTX, ANY, MEM_READ, SIZE, ANY,   NEW_PACKET, TC_SK_SKB, long, (void *skb, __u32 offset, const void *from, __u32 len, __u64 flags)) \
    X(10,  l3_csum_replace,         INTEGER, CTX, ANY, ANY, ANY, ANY,   NEW_PACKET, TC_LWT, long, (void *skb, __u32 offset, __u64 from, __u64 to, __u64 flags)) \
    X(11,  l4_csum_replace,         INTEGER, CTX, ANY, ANY, ANY, ANY,   NEW_PACKET, TC_LWT, long, (void *skb, __u32 offset, __u64 from, __u64 to, __u64 flags)) \
    X(13,  clone_redirect,          INTEGER, CTX, ANY, ANY, NONE, NONE,   NEW_PACKET, TC_LWT, long, (void *skb, __u32 ifindex, __u64 flags)) \
    X(18,  skb_vlan_push,           INTEGER, CTX, ANY, ANY, NONE, NONE,   NEW_PACKET, TC, long, (void *skb, __be16 protocol, __u16 tci)) \
    X(19,  skb_vlan_pop,            INTEGER, CTX, NONE, NONE, NONE, NONE,   NEW_PACKET, TC, long, (void *skb)) \
    X(23,  redirect,                INTEGER, ANY, ANY, NONE, NONE, NONE,   NONE, REDIRECT, long, (__u32 ifindex, __u64 flags)) \
    X(26,  skb_load_bytes,          INTEGER, CTX, ANY, MEM_WRITE, SIZE, NONE,   NONE, SKB, long, (const void *skb, __u32 offset, void *to, __u32 len)) \
    X(28,  csum_diff,               INTEGER, MEM_READ, SIZE_OR_ZERO, MEM_READ, SIZE_OR_ZERO, ANY,   PACKET, CHECKSUMS, __s64, (__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __u32 seed)) \
    X(31,  skb_change_proto,        INTEGER, CTX, ANY, ANY, NONE, NONE,   NEW_PACKET, TC, long, (void *skb, __be16 protocol, __u64 flags)) \
    X(32,  skb_change_type,         INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, TC, long, (void *skb, __u32 type)) \
    X(34,  get_hash_recalc,         INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, CGROUP_LWT, __u32, (void *skb)) \
    X(38,  skb_change_tail,         INTEGER, CTX, ANY, ANY, NONE, NONE,   NEW_PACKET, TC_SK_SKB, long, (void *skb, __u32 len, __u64 flags)) \
    X(39,  skb_pull_data,           INTEGER, CTX, ANY, NONE, NONE, NONE,   NEW_PACKET, PULL, long, (void *skb, __u32 len)) \
    X(40,  csum_update,             INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, TC_LWT, __s64, (void *skb, __u32 csum)) \
    X(41,  set_hash_invalid,        VOID, CTX, NONE, NONE, NONE, NONE,   NONE, TC_LWT, void, (void *skb)) \
    X(43,  skb_change_head,         INTEGER, CTX, ANY, ANY, NONE, NONE,   NEW_PACKET, TC_SK_SKB, long, (void *skb, __u32 len, __u64 flags)) \
    X(44,  xdp_adjust_head,         INTEGER, CTX, ANY, NONE, NONE, NONE,   NEW_PACKET, XDP, long, (void *xdp, int delta)) \
    X(48,  set_hash,                INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, TC, long, (void *skb, __u32 hash)) \
    X(50,  skb_adjust_room,         INTEGER, CTX, ANY, ANY, ANY, NONE,   NEW_PACKET, ROOM, long, (void *skb, __s32 len_diff, __u32 mode, __u64 flags)) \
    X(54,  xdp_adjust_meta,         INTEGER, CTX, ANY, NONE, NONE, NONE,   NEW_PACKET, XDP, long, (void *xdp, int delta)) \
    X(65,  xdp_adjust_tail,         INTEGER, CTX, ANY, NONE, NONE, NONE,   NEW_PACKET, XDP, long, (void *xdp, int delta)) \
    X(68,  skb_load_bytes_relative, INTEGER, CTX, ANY, MEM_WRITE, SIZE, ANY,   NONE, RELATIVE, long, (const void *skb, __u32 offset, void *to, __u32 len, __u32 start)) \
    X(97,  skb_ecn_set_ce,          INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, CGROUPS, long, (void *skb)) \
    X(152, redirect_neigh,          INTEGER, ANY, MEM_READ, SIZE_OR_ZERO, ANY, NONE,   NONE, TC, long, (__u32 ifindex, void *params, int size, __u64 flags)) \
    X(155, redirect_peer,           INTEGER, ANY, ANY, NONE, NONE, NONE,   NONE, TC, long, (__u32 ifindex, __u64 flags)) \
    X(188, xdp_get_buff_len,        INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, XDP, __u64, (void *xdp)) \
    X(189, xdp_load_bytes,          INTEGER, CTX, ANY, MEM_WRITE, SIZE, NONE,   NONE, XDP, long, (void *xdp, __u32 offset, void *buf, __u32 len)) \
    X(190, xdp_store_bytes,         INTEGER, CTX, ANY, MEM_READ, SIZE, NONE,   NONE, XDP, long, (void *xdp, __u32 offset, void *buf, __u32 len)) \
    X(192, skb_set_tstamp,          INTEGER, CTX, ANY, ANY, NONE, NONE,   NONE, TC, long, (void *skb, __u64 tstamp, __u32 type))

/* More of what is run and where, and of memory that is not the run's. */
#define MYBPF_MORE_HELPERS(X) \
    X(36,  probe_write_user,         INTEGER, ANY, MEM_READ, SIZE, NONE, NONE,    NONE, TRACING, long, (void *dst, const void *src, __u32 len)) \
    X(120, get_ns_current_pid_tgid,  INTEGER, ANY, ANY, MEM_WRITE, SIZE, NONE,    NONE, ALL, long, (__u64 dev, __u64 ino, void *ids, __u32 size)) \
    X(126, seq_printf,               INTEGER, ANY, MEM_READ, SIZE, MEM_READ, SIZE_OR_ZERO, NONE, ITERATORS, long, (struct seq_file *seq, const char *fmt, __u32 fmt_size, const void *data, __u32 data_size)) \
    X(148, copy_from_user,           INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE, NONE, ALL, long, (void *dst, __u32 size, const void *user)) \
    X(149, snprintf_btf,             INTEGER, MEM_WRITE, SIZE, MEM_READ, SIZE, ANY, NONE, ALL, long, (char *str, __u32 str_size, struct btf_ptr *ptr, __u32 btf_ptr_size, __u64 flags)) \
    X(150, seq_printf_btf,           INTEGER, ANY, MEM_READ, SIZE_OR_ZERO, ANY, NONE, NONE, ITERATORS, long, (struct seq_file *seq, struct btf_ptr *ptr, __u32 btf_ptr_size, __u64 flags)) \
    X(180, find_vma,                 INTEGER, ANY, ANY, FUNC, STACK_OR_NULL, ANY, MAY_STOP, TRACING, long, (void *task, __u64 addr, void *function, void *ctx, __u64 flags)) \
    X(183, get_func_arg,             INTEGER, CTX, ANY, PTR_LONG, NONE, NONE,     NONE, FUNCTIONS, long, (void *ctx, __u32 n, __u64 *value)) \
    X(184, get_func_ret,             INTEGER, CTX, PTR_LONG, NONE, NONE, NONE,    NONE, FUNCTIONS, long, (void *ctx, __u64 *value)) \
    X(185, get_func_arg_cnt,         INTEGER, CTX, NONE, NONE, NONE, NONE,        NONE, FUNCTIONS, long, (void *ctx)) \
    X(208, ktime_get_tai_ns,         INTEGER, NONE, NONE, NONE, NONE, NONE,       NONE, ALL, __u64, (void))

/* Sockets of the host. */
#define MYBPF_SOCKET_HELPERS(X) \
    X(84,  sk_lookup_tcp,            MEM_OR_NULL, CTX, MEM_READ, SIZE, ANY, ANY, ACQUIRE, LOOKUPS, struct bpf_sock *, (void *ctx, struct bpf_sock_tuple *tuple, __u32 size, __u64 netns, __u64 flags)) \
    X(85,  sk_lookup_udp,            MEM_OR_NULL, CTX, MEM_READ, SIZE, ANY, ANY, ACQUIRE, LOOKUPS, struct bpf_sock *, (void *ctx, struct bpf_sock_tuple *tuple, __u32 size, __u64 netns, __u64 flags)) \
    X(86,  sk_release,               INTEGER, OBJECT, NONE, NONE, NONE, NONE,    RELEASE, RELEASES, long, (void *sk)) \
    X(95,  sk_fullsock,              MEM_OR_NULL, OBJECT, NONE, NONE, NONE, NONE, NONE, CGROUPS, struct bpf_sock *, (struct bpf_sock *sk)) \
    X(96,  tcp_sock,                 MEM_OR_NULL, OBJECT, NONE, NONE, NONE, NONE, NONE, TCP_SOCKS, struct bpf_tcp_sock *, (struct bpf_sock *sk)) \
    X(98,  get_listener_sock,        MEM_OR_NULL, OBJECT, NONE, NONE, NONE, NONE, NONE, CGROUPS, struct bpf_sock *, (struct bpf_sock *sk)) \
    X(99,  skc_lookup_tcp,           MEM_OR_NULL, CTX, MEM_READ, SIZE, ANY, ANY, ACQUIRE, LOOKUPS, struct bpf_sock *, (void *ctx, struct bpf_sock_tuple *tuple, __u32 size, __u64 netns, __u64 flags)) \
    X(124, sk_assign,                INTEGER, CTX, OBJECT, ANY, NONE, NONE,      NONE, ASSIGNS, long, (void *ctx, void *sk, __u64 flags))

/* What the host alone knows: mybpf_host.ask is asked, and helper/host.c says what holds where it does not know. */
#define MYBPF_HOST_HELPERS(X) \
    X(17,  get_cgroup_classid,      INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, ALL, __u32, (void *skb)) \
    X(20,  skb_get_tunnel_key,      INTEGER, CTX, MEM_WRITE, SIZE, ANY, NONE,   NONE, TC_LWT, long, (void *skb, void *key, __u32 size, __u64 flags)) \
    X(21,  skb_set_tunnel_key,      INTEGER, CTX, MEM_READ, SIZE, ANY, NONE,   NONE, TC_LWT, long, (void *skb, const void *key, __u32 size, __u64 flags)) \
    X(22,  perf_event_read,         INTEGER, MAP, ANY, NONE, NONE, NONE,   NONE, ALL, __u64, (void *map, __u64 flags)) \
    X(24,  get_route_realm,         INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, CGROUP_LWT, __u32, (void *skb)) \
    X(29,  skb_get_tunnel_opt,      INTEGER, CTX, MEM_WRITE, SIZE, NONE, NONE,   NONE, TC_LWT, long, (void *skb, void *opt, __u32 size)) \
    X(30,  skb_set_tunnel_opt,      INTEGER, CTX, MEM_READ, SIZE, NONE, NONE,   NONE, TC_LWT, long, (void *skb, const void *opt, __u32 size)) \
    X(35,  get_current_task,        INTEGER, NONE, NONE, NONE, NONE, NONE,   NONE, ALL, __u64, (void)) \
    X(46,  get_socket_cookie,       INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, COOKIES, __u64, (void *ctx)) \
    X(47,  get_socket_uid,          INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, UIDS, __u32, (void *skb)) \
    X(49,  setsockopt,              INTEGER, CTX, ANY, ANY, MEM_READ, SIZE,   NONE, SOCKOPTS, long, (void *ctx, int level, int name, const void *value, int size)) \
    X(55,  perf_event_read_value,   INTEGER, MAP, ANY, MEM_WRITE, SIZE, NONE,   NONE, ALL, long, (void *map, __u64 flags, void *value, __u32 size)) \
    X(56,  perf_prog_read_value,    INTEGER, CTX, MEM_WRITE, SIZE, NONE, NONE,   NONE, EVENTS, long, (void *ctx, void *value, __u32 size)) \
    X(57,  getsockopt,              INTEGER, CTX, ANY, ANY, MEM_WRITE, SIZE,   NONE, SOCKOPTS, long, (void *ctx, int level, int name, void *value, int size)) \
    X(58,  override_return,         INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, KPROBES, long, (void *regs, __u64 result)) \
    X(59,  sock_ops_cb_flags_set,   INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, SOCK_OPS, long, (void *sock_ops, int flags)) \
    X(61,  msg_apply_bytes,         INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, SK_MSG, long, (void *msg, __u32 bytes)) \
    X(62,  msg_cork_bytes,          INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, SK_MSG, long, (void *msg, __u32 bytes)) \
    X(66,  skb_get_xfrm_state,      INTEGER, CTX, ANY, MEM_WRITE, SIZE, ANY,   NONE, TC, long, (void *skb, __u32 index, void *state, __u32 size, __u64 flags)) \
    X(67,  get_stack,               LENGTH, CTX, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE,   NONE, TRACING, long, (void *ctx, void *buf, __u32 size, __u64 flags)) \
    X(69,  fib_lookup,              INTEGER, CTX, MEM_UPDATE, SIZE, ANY, NONE,   PACKET, TC_XDP, long, (void *ctx, void *params, int size, __u32 flags)) \
    X(77,  rc_repeat,               INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, LIRC, long, (void *ctx)) \
    X(78,  rc_keydown,              INTEGER, CTX, ANY, ANY, ANY, NONE,   NONE, LIRC, long, (void *ctx, __u32 protocol, __u64 scancode, __u32 toggle)) \
    X(79,  skb_cgroup_id,           INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, CGROUPS, __u64, (void *skb)) \
    X(80,  get_current_cgroup_id,   INTEGER, NONE, NONE, NONE, NONE, NONE,   NONE, ALL, __u64, (void)) \
    X(83,  skb_ancestor_cgroup_id,  INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, CGROUPS, __u64, (void *skb, int level)) \
    X(92,  rc_pointer_rel,          INTEGER, CTX, ANY, ANY, NONE, NONE,   NONE, LIRC, long, (void *ctx, __s32 x, __s32 y)) \
    X(101, sysctl_get_name,         INTEGER, CTX, MEM_WRITE, SIZE, ANY, NONE,   NONE, SYSCTL, long, (void *ctx, char *buf, unsigned long size, __u64 flags)) \
    X(102, sysctl_get_current_value, INTEGER, CTX, MEM_WRITE, SIZE, NONE, NONE,   NONE, SYSCTL, long, (void *ctx, char *buf, unsigned long size)) \
    X(103, sysctl_get_new_value,    INTEGER, CTX, MEM_WRITE, SIZE, NONE, NONE,   NONE, SYSCTL, long, (void *ctx, char *buf, unsigned long size)) \
    X(104, sysctl_set_new_value,    INTEGER, CTX, MEM_READ, SIZE, NONE, NONE,   NONE, SYSCTL, long, (void *ctx, const char *buf, unsigned long size)) \
    X(109, send_signal,             INTEGER, ANY, NONE, NONE, NONE, NONE,   NONE, ALL, long, (__u32 signal)) \
    X(117, send_signal_thread,      INTEGER, ANY, NONE, NONE, NONE, NONE,   NONE, ALL, long, (__u32 signal)) \
    X(119, read_branch_records,     LENGTH, CTX, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE,   NONE, EVENTS, long, (void *ctx, void *buf, __u32 size, __u64 flags)) \
    X(122, get_netns_cookie,        INTEGER, ANY, NONE, NONE, NONE, NONE,   NONE, NETNS, __u64, (void *ctx)) \
    X(123, get_current_ancestor_cgroup_id, INTEGER, ANY, NONE, NONE, NONE, NONE,   NONE, ALL, __u64, (int level)) \
    X(127, seq_write,               INTEGER, ANY, MEM_READ, SIZE_OR_ZERO, NONE, NONE,   NONE, ITERATORS, long, (struct seq_file *seq, const void *data, __u32 len)) \
    X(135, csum_level,              INTEGER, CTX, ANY, NONE, NONE, NONE,   NONE, TC_LWT, long, (void *skb, __u64 level)) \
    X(141, get_task_stack,          LENGTH, ANY, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE,   NONE, ALL, long, (void *task, void *buf, __u32 size, __u64 flags)) \
    X(151, skb_cgroup_classid,      INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, TC, __u64, (void *skb)) \
    X(158, get_current_task_btf,    INTEGER, NONE, NONE, NONE, NONE, NONE,   NONE, ALL, struct task_struct *, (void)) \
    X(163, check_mtu,               INTEGER, CTX, ANY, PTR_INT, ANY, ANY,   NONE, TC_XDP, long, (void *ctx, __u32 ifindex, __u32 *mtu_len, __s32 len_diff, __u64 flags)) \
    X(166, sys_bpf,                 INTEGER, ANY, MEM_READ, SIZE, NONE, NONE,   NONE, SYSCALL, long, (__u32 cmd, void *attr, __u32 size)) \
    X(167, btf_find_by_name_kind,   INTEGER, MEM_READ, SIZE, ANY, ANY, NONE,   NONE, SYSCALL, long, (char *name, int size, __u32 kind, int flags)) \
    X(168, sys_close,               INTEGER, ANY, NONE, NONE, NONE, NONE,   NONE, SYSCALL, long, (__u32 fd)) \
    X(173, get_func_ip,             INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, TRACING, __u64, (void *ctx)) \
    X(174, get_attach_cookie,       INTEGER, CTX, NONE, NONE, NONE, NONE,   NONE, TRACING, __u64, (void *ctx)) \
    X(175, task_pt_regs,            INTEGER, ANY, NONE, NONE, NONE, NONE,   NONE, ALL, long, (void *task)) \
    X(176, get_branch_snapshot,     LENGTH, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,   NONE, ALL, long, (void *entries, __u32 size, __u64 flags)) \
    X(179, kallsyms_lookup_name,    INTEGER, MEM_READ, SIZE_OR_ZERO, ANY, PTR_LONG, NONE,   NONE, SYSCALL, long, (const char *name, int size, int flags, __u64 *res)) \
    X(186, get_retval,              INTEGER, NONE, NONE, NONE, NONE, NONE,   NONE, RETVALS, int, (void)) \
    X(187, set_retval,              INTEGER, ANY, NONE, NONE, NONE, NONE,   NONE, RETVALS, int, (int retval)) \
    X(191, copy_from_user_task,     INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, ANY, ANY,   NONE, ALL, long, (void *dst, __u32 size, const void *user, void *task, __u64 flags))

/* Redirect tables, groups, stack traces, local storages; not there under MYBPF_NO_MAP_TYPES. */
#define MYBPF_TARGET_HELPERS(X) \
    X(27,  get_stackid,             INTEGER, CTX, MAP, ANY, NONE, NONE,  NONE, TRACING, long, (void *ctx, void *map, __u64 flags)) \
    X(33,  skb_under_cgroup,        INTEGER, CTX, MAP, ANY, NONE, NONE,  NONE, CGROUP_LWT, long, (void *skb, void *map, __u32 index)) \
    X(37,  current_task_under_cgroup, INTEGER, MAP, ANY, NONE, NONE, NONE,  NONE, ALL, long, (void *map, __u32 index)) \
    X(51,  redirect_map,            INTEGER, MAP, ANY, ANY, NONE, NONE,  NONE, XDP, long, (void *map, __u64 key, __u64 flags)) \
    X(52,  sk_redirect_map,         INTEGER, CTX, MAP, ANY, ANY, NONE,  NONE, SK_SKB, long, (void *skb, void *map, __u32 key, __u64 flags)) \
    X(53,  sock_map_update,         INTEGER, CTX, MAP, MAP_KEY, ANY, NONE,  NONE, SOCK_OPS, long, (void *sock_ops, void *map, void *key, __u64 flags)) \
    X(60,  msg_redirect_map,        INTEGER, CTX, MAP, ANY, ANY, NONE,  NONE, SK_MSG, long, (void *msg, void *map, __u32 key, __u64 flags)) \
    X(70,  sock_hash_update,        INTEGER, CTX, MAP, MAP_KEY, ANY, NONE,  NONE, SOCK_OPS, long, (void *sock_ops, void *map, void *key, __u64 flags)) \
    X(71,  msg_redirect_hash,       INTEGER, CTX, MAP, MAP_KEY, ANY, NONE,  NONE, SK_MSG, long, (void *msg, void *map, void *key, __u64 flags)) \
    X(72,  sk_redirect_hash,        INTEGER, CTX, MAP, MAP_KEY, ANY, NONE,  NONE, SK_SKB, long, (void *skb, void *map, void *key, __u64 flags)) \
    X(81,  get_local_storage,       MAP_VALUE, MAP, CONST, NONE, NONE, NONE,  MAY_STOP, CGROUP_STORAGES, void *, (void *map, __u64 flags)) \
    X(82,  sk_select_reuseport,     INTEGER, CTX, MAP, MAP_KEY, ANY, NONE,  NONE, REUSEPORT, long, (void *reuse, void *map, void *key, __u64 flags)) \
    X(107, sk_storage_get,          MAP_VALUE_OR_NULL, MAP, ANY, VALUE_OR_NULL, ANY, NONE,  NONE, SK_STORAGES, void *, (void *map, void *sk, void *value, __u64 flags)) \
    X(108, sk_storage_delete,       INTEGER, MAP, ANY, NONE, NONE, NONE,  NONE, SK_STORAGES, long, (void *map, void *sk)) \
    X(145, inode_storage_get,       MAP_VALUE_OR_NULL, MAP, ANY, VALUE_OR_NULL, ANY, NONE,  NONE, ALL, void *, (void *map, void *inode, void *value, __u64 flags)) \
    X(146, inode_storage_delete,    INTEGER, MAP, ANY, NONE, NONE, NONE,  NONE, ALL, int, (void *map, void *inode)) \
    X(156, task_storage_get,        MAP_VALUE_OR_NULL, MAP, ANY, VALUE_OR_NULL, ANY, NONE,  NONE, ALL, void *, (void *map, struct task_struct *task, void *value, __u64 flags)) \
    X(157, task_storage_delete,     INTEGER, MAP, ANY, NONE, NONE, NONE,  NONE, ALL, long, (void *map, struct task_struct *task)) \
    X(210, cgrp_storage_get,        MAP_VALUE_OR_NULL, MAP, ANY, VALUE_OR_NULL, ANY, NONE,  NONE, ALL, void *, (void *map, void *cgroup, void *value, __u64 flags)) \
    X(211, cgrp_storage_delete,     INTEGER, MAP, ANY, NONE, NONE, NONE,  NONE, ALL, long, (void *map, void *cgroup))

/* Timers in values of maps: not for what is traced; not there under MYBPF_NO_MAP_TYPES. */
#define MYBPF_TIMER_HELPERS(X) \
    X(169, timer_init,               INTEGER, TIMER, MAP, ANY, NONE, NONE,      NONE, TIMING, long, (struct bpf_timer *timer, void *map, __u64 flags)) \
    X(170, timer_set_callback,       INTEGER, TIMER, FUNC, NONE, NONE, NONE,    MAY_STOP, TIMING, long, (struct bpf_timer *timer, void *function)) \
    X(171, timer_start,              INTEGER, TIMER, ANY, ANY, NONE, NONE,      NONE, TIMING, long, (struct bpf_timer *timer, __u64 nsecs, __u64 flags)) \
    X(172, timer_cancel,             INTEGER, TIMER, NONE, NONE, NONE, NONE,    NONE, TIMING, long, (struct bpf_timer *timer))

/* Memory of which the verifier does not know how much it is; not there under MYBPF_NO_MAP_TYPES. */
#define MYBPF_DYNPTR_HELPERS(X) \
    X(197, dynptr_from_mem,          INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, DYNPTR_NEW, NONE, NONE, ALL, long, (void *data, __u32 size, __u64 flags, struct bpf_dynptr *ptr)) \
    X(198, ringbuf_reserve_dynptr,   INTEGER, MAP, ANY, ANY, DYNPTR_NEW, NONE,  ACQUIRE, ALL, long, (void *ringbuf, __u32 size, __u64 flags, struct bpf_dynptr *ptr)) \
    X(199, ringbuf_submit_dynptr,    VOID, DYNPTR, ANY, NONE, NONE, NONE,       RELEASE, ALL, void, (struct bpf_dynptr *ptr, __u64 flags)) \
    X(200, ringbuf_discard_dynptr,   VOID, DYNPTR, ANY, NONE, NONE, NONE,       RELEASE, ALL, void, (struct bpf_dynptr *ptr, __u64 flags)) \
    X(201, dynptr_read,              INTEGER, MEM_WRITE, SIZE_OR_ZERO, DYNPTR, ANY, ANY, NONE, ALL, long, (void *dst, __u32 len, const struct bpf_dynptr *src, __u32 offset, __u64 flags)) \
    X(202, dynptr_write,             INTEGER, DYNPTR, ANY, MEM_READ, SIZE_OR_ZERO, ANY, NONE, ALL, long, (const struct bpf_dynptr *dst, __u32 offset, void *src, __u32 len, __u64 flags)) \
    X(203, dynptr_data,              ALLOC_OR_NULL, DYNPTR, ANY, ALLOC_SIZE, NONE, NONE, NONE, ALL, void *, (const struct bpf_dynptr *ptr, __u32 offset, __u32 len)) \
    X(209, user_ringbuf_drain,       INTEGER, MAP, FUNC, STACK_OR_NULL, ANY, NONE, MAY_STOP, ALL, long, (void *map, void *function, void *ctx, __u64 flags))

/* More Base helpers: those of map types that MYBPF_NO_MAP_TYPES leaves out; MYBPF_NO_PROVER, too. */
#define MYBPF_MAP_HELPERS(X) \
    X(25,  perf_event_output,        INTEGER, CTX, MAP, ANY, MEM_READ, SIZE_OR_ZERO,               NONE, ALL, long, (void *ctx, void *map, __u64 flags, void *data, __u64 size)) \
    X(87,  map_push_elem,            INTEGER, MAP, MAP_VALUE, ANY, NONE, NONE,                     PACKET, ALL, long, (void *map, const void *value, __u64 flags)) \
    X(88,  map_pop_elem,             INTEGER, MAP, MAP_VALUE_WRITE, NONE, NONE, NONE,              NONE, ALL, long, (void *map, void *value)) \
    X(89,  map_peek_elem,            INTEGER, MAP, MAP_VALUE_WRITE, NONE, NONE, NONE,              NONE, ALL, long, (void *map, void *value)) \
    X(130, ringbuf_output,           INTEGER, MAP, MEM_READ, SIZE_OR_ZERO, ANY, NONE,              NONE, ALL, long, (void *ringbuf, void *data, __u64 size, __u64 flags)) \
    X(131, ringbuf_reserve,          ALLOC_OR_NULL, MAP, ALLOC_SIZE, ANY, NONE, NONE,              ACQUIRE, ALL, void *, (void *ringbuf, __u64 size, __u64 flags)) \
    X(132, ringbuf_submit,           VOID, OBJECT, ANY, NONE, NONE, NONE,                          RELEASE, ALL, void, (void *data, __u64 flags)) \
    X(133, ringbuf_discard,          VOID, OBJECT, ANY, NONE, NONE, NONE,                          RELEASE, ALL, void, (void *data, __u64 flags)) \
    X(134, ringbuf_query,            INTEGER, MAP, ANY, NONE, NONE, NONE,                          NONE, ALL, __u64, (void *ringbuf, __u64 flags)) \
    X(153, per_cpu_ptr,              MAP_VALUE_OR_NULL, MAP, ANY, NONE, NONE, NONE,                NONE, ALL, void *, (const void *percpu_ptr, __u32 cpu)) \
    X(154, this_cpu_ptr,             MAP_VALUE, MAP, NONE, NONE, NONE, NONE,                       NONE, ALL, void *, (const void *percpu_ptr)) \
    X(194, kptr_xchg,                MEM_OR_NULL, KPTR, OBJECT, NONE, NONE, NONE,                  EXCHANGE, ALL, void *, (void *field, void *object)) \
    X(195, map_lookup_percpu_elem,   MAP_VALUE_OR_NULL, MAP, MAP_KEY, ANY, NONE, NONE,             PACKET, ALL, void *, (void *map, const void *key, __u32 cpu))

/* Functions of the kernel that objects call by name have no number there; these do, and stand where MYBPF_MAP_HELPERS
 * do. */
#define MYBPF_KERNEL_FUNCTIONS(X) \
    X(900000, arena_alloc_pages,     INTEGER, MAP, ANY, ANY, ANY, ANY,                             NONE, ALL, void __arena *, (void *map, void __arena *addr, __u32 page_cnt, int node_id, __u64 flags)) \
    X(900001, arena_free_pages,      VOID, MAP, ANY, ANY, NONE, NONE,                              NONE, ALL, void, (void *map, void __arena *ptr, __u32 page_cnt))

/* Sys numbers go by theme, with room. Memory and its size stand side by side, so that a guarded run can
 * check them; what cannot be described is for trusted loads. program.h gives them C's names and order. */
#define MYBPF_SYS_HELPERS(X) \
    /* memory of the host */ \
    X(1000000, sys_malloc,   POINTER, ANY, NONE, NONE, NONE, NONE,                              TRUSTED, ALL, void *, (__u64 size)) \
    X(1000001, sys_calloc,   POINTER, ANY, ANY, NONE, NONE, NONE,                               TRUSTED, ALL, void *, (__u64 count, __u64 size)) \
    X(1000002, sys_realloc,  POINTER, ANY, ANY, NONE, NONE, NONE,                               TRUSTED, ALL, void *, (void *memory, __u64 size)) \
    X(1000003, sys_free,     VOID, ANY, NONE, NONE, NONE, NONE,                                 TRUSTED, ALL, void, (void *memory)) \
    /* bytes */ \
    X(1000010, sys_memcpy,   VOID, MEM_WRITE, SIZE_OR_ZERO, MEM_READ, SIZE_OR_ZERO, NONE,       NONE, ALL, void, (void *to, __u64 to_size, const void *from, __u64 size)) \
    X(1000011, sys_memmove,  VOID, MEM_WRITE, SIZE_OR_ZERO, MEM_READ, SIZE_OR_ZERO, NONE,       NONE, ALL, void, (void *to, __u64 to_size, const void *from, __u64 size)) \
    X(1000012, sys_memset,   VOID, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,                    NONE, ALL, void, (void *to, __u64 size, int byte)) \
    X(1000013, sys_memcmp,   INTEGER, MEM_READ, SIZE_OR_ZERO, MEM_READ, SIZE_OR_ZERO, NONE,     NONE, ALL, int, (const void *a, __u64 a_size, const void *b, __u64 size)) \
    /* strings */ \
    X(1000020, sys_strlen,   INTEGER, STRING, NONE, NONE, NONE, NONE,                           NONE, ALL, __u64, (const char *s)) \
    X(1000021, sys_strcmp,   INTEGER, STRING, STRING, NONE, NONE, NONE,                         NONE, ALL, int, (const char *a, const char *b)) \
    X(1000022, sys_strncmp,  INTEGER, STRING, STRING, ANY, NONE, NONE,                          NONE, ALL, int, (const char *a, const char *b, __u64 size)) \
    X(1000023, sys_strcpy,   VOID, ANY, STRING, NONE, NONE, NONE,                               TRUSTED, ALL, void, (char *to, const char *from)) \
    X(1000024, sys_strncpy,  VOID, MEM_WRITE, SIZE_OR_ZERO, STRING, NONE, NONE,                 NONE, ALL, void, (char *to, __u64 size, const char *from)) \
    X(1000025, sys_strchr,   POINTER, STRING, ANY, NONE, NONE, NONE,                            NONE, ALL, char *, (const char *s, int c)) \
    X(1000026, sys_strrchr,  POINTER, STRING, ANY, NONE, NONE, NONE,                            NONE, ALL, char *, (const char *s, int c)) \
    X(1000027, sys_strstr,   POINTER, STRING, STRING, NONE, NONE, NONE,                         NONE, ALL, char *, (const char *s, const char *part)) \
    X(1000030, sys_strtol,   INTEGER, STRING, ANY, PTR_LONG, NONE, NONE,                        NONE, ALL, long, (const char *s, int base, char **end)) \
    X(1000031, sys_strtoul,  INTEGER, STRING, ANY, PTR_LONG, NONE, NONE,                        NONE, ALL, unsigned long, (const char *s, int base, char **end)) \
    /* output */ \
    X(1000040, sys_printf,   INTEGER, MEM_READ, SIZE, MEM_READ, SIZE_OR_ZERO, NONE,             NONE, ALL, int, (const char *fmt, __u64 fmt_size, const __u64 *args, __u64 args_size)) \
    X(1000041, sys_snprintf, INTEGER, MEM_WRITE, SIZE_OR_ZERO, STRING, MEM_READ, SIZE_OR_ZERO,  NONE, ALL, int, (char *to, __u64 size, const char *fmt, const __u64 *args, __u64 args_size)) \
    X(1000042, sys_sprintf,  INTEGER, ANY, STRING, MEM_READ, SIZE_OR_ZERO, NONE,                TRUSTED, ALL, int, (char *to, const char *fmt, const __u64 *args, __u64 args_size)) \
    X(1000043, sys_puts,     INTEGER, STRING, NONE, NONE, NONE, NONE,                           NONE, ALL, int, (const char *s)) \
    X(1000044, sys_putchar,  INTEGER, ANY, NONE, NONE, NONE, NONE,                              NONE, ALL, int, (int c)) \
    /* the run */ \
    X(1000050, sys_exit,     VOID, ANY, NONE, NONE, NONE, NONE,                                 MAY_STOP, ALL, void, (__u64 result))
/* clang-format on */

#endif
