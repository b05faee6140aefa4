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

/* Kprobes, tracepoints, perf events, raw tracepoints (writable too), fentry and the like, lsm, syscall, and
 * programs that are none of Linux'. */
#define MYBPF__TYPES_ALL     0
#define MYBPF__TYPES_TRACING (((uint64_t)1 << 63) + 0x2a50200a5u)

#define MYBPF__TYPES_SKB       (((uint64_t)1 << 63) + 0x200685d1bu) /* skb programs, sk_reuseport, flow_dissector */
#define MYBPF__TYPES_CHECKSUMS (((uint64_t)1 << 63) + 0x200081c59u) /* tc, xdp, lwt */
#define MYBPF__TYPES_LOCKING (~(uint64_t)0x10200a6u)

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
    X(160, ktime_get_coarse_ns,   INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, ALL, __u64, (void)) \
    X(165, snprintf,              INTEGER, MEM_WRITE, SIZE_OR_ZERO, STRING, MEM_READ, SIZE_OR_ZERO, NONE, ALL, long, (char *str, __u32 size, const char *fmt, const __u64 *data, __u32 data_size)) \
    X(177, trace_vprintk,         INTEGER, MEM_READ, SIZE, MEM_READ, SIZE_OR_ZERO, NONE,        NONE, ALL, long, (const char *fmt, __u32 fmt_size, const void *data, __u32 data_size)) \
    X(182, strncmp,               INTEGER, MEM_READ, SIZE, STRING, NONE, NONE,                  NONE, ALL, long, (const char *s1, __u32 s1_size, const char *s2))

/* The lock in a map's value: not for socket filters and what is traced, as the kernel has it. */
#define MYBPF_LOCK_HELPERS(X) \
    X(93,  spin_lock,             VOID, LOCK, NONE, NONE, NONE, NONE,                           ACQUIRE, LOCKING, void, (struct bpf_spin_lock *lock)) \
    X(94,  spin_unlock,           VOID, LOCK, NONE, NONE, NONE, NONE,                           RELEASE, LOCKING, void, (struct bpf_spin_lock *lock))

/* These call functions of the program, and are not there where nothing is proven of it (MYBPF_NO_PROVER). */
#define MYBPF_CALLBACK_HELPERS(X) \
    X(181, loop,                  INTEGER, ANY, FUNC, STACK_OR_NULL, ANY, NONE,                 MAY_STOP, ALL, long, (__u32 count, void *function, void *ctx, __u64 flags))

/* What programs do with packets. */
#define MYBPF_PACKET_HELPERS(X) \
    X(26,  skb_load_bytes,        INTEGER, CTX, ANY, MEM_WRITE, SIZE, NONE,                     NONE, SKB, long, (const void *skb, __u32 offset, void *to, __u32 len)) \
    X(28,  csum_diff,             INTEGER, MEM_READ, SIZE_OR_ZERO, MEM_READ, SIZE_OR_ZERO, ANY, PACKET, CHECKSUMS, __s64, (__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __u32 seed))

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
    X(195, map_lookup_percpu_elem,   MAP_VALUE_OR_NULL, MAP, MAP_KEY, ANY, NONE, NONE,             PACKET, ALL, void *, (void *map, const void *key, __u32 cpu))

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
