/* list.h: every helper that exists here, one line each. The host's table and what programs declare both come from it.
 *
 * X(number, name, ret, a1, a2, a3, a4, a5, flags, C result, C parameters)
 *   ret       mybpf_ret, a1..a5 mybpf_arg, flags MYBPF_HELPER_ (see helper.h)
 *   the C prototype is what `#include "mybpf.h"` gives a program: bpf_NAME for Base, mybpf_NAME for Sys
 */
#ifndef MYBPF__HELPER_LIST_H
#define MYBPF__HELPER_LIST_H

/* clang-format off */
#define MYBPF_BASE_HELPERS(X) \
    X(1,   map_lookup_elem,       MAP_VALUE_OR_NULL, MAP, MAP_KEY, NONE, NONE, NONE,            NONE, void *, (void *map, const void *key)) \
    X(2,   map_update_elem,       INTEGER, MAP, MAP_KEY, MAP_VALUE, ANY, NONE,                  NONE, long, (void *map, const void *key, const void *value, __u64 flags)) \
    X(3,   map_delete_elem,       INTEGER, MAP, MAP_KEY, NONE, NONE, NONE,                      NONE, long, (void *map, const void *key)) \
    X(4,   probe_read,            INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, long, (void *dst, __u32 size, const void *unsafe)) \
    X(5,   ktime_get_ns,          INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u64, (void)) \
    X(6,   trace_printk,          INTEGER, MEM_READ, SIZE, NONE, NONE, NONE,                    VARIADIC, long, (const char *fmt, __u32 fmt_size, ...)) \
    X(7,   get_prandom_u32,       INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u32, (void)) \
    X(8,   get_smp_processor_id,  INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u32, (void)) \
    X(12,  tail_call,             INTEGER, CTX, MAP, ANY, NONE, NONE,                           NONE, long, (void *ctx, void *prog_array, __u32 index)) \
    X(14,  get_current_pid_tgid,  INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u64, (void)) \
    X(15,  get_current_uid_gid,   INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u64, (void)) \
    X(16,  get_current_comm,      INTEGER, MEM_WRITE, SIZE, NONE, NONE, NONE,                   NONE, long, (void *buf, __u32 size)) \
    X(42,  get_numa_node_id,      INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, long, (void)) \
    X(45,  probe_read_str,        INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, long, (void *dst, __u32 size, const void *unsafe)) \
    X(105, strtol,                INTEGER, MEM_READ, SIZE, ANY, PTR_LONG, NONE,                 NONE, long, (const char *buf, unsigned long size, __u64 flags, long *res)) \
    X(106, strtoul,               INTEGER, MEM_READ, SIZE, ANY, PTR_LONG, NONE,                 NONE, long, (const char *buf, unsigned long size, __u64 flags, unsigned long *res)) \
    X(112, probe_read_user,       INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, long, (void *dst, __u32 size, const void *unsafe)) \
    X(113, probe_read_kernel,     INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, long, (void *dst, __u32 size, const void *unsafe)) \
    X(114, probe_read_user_str,   INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, long, (void *dst, __u32 size, const void *unsafe)) \
    X(115, probe_read_kernel_str, INTEGER, MEM_WRITE, SIZE_OR_ZERO, ANY, NONE, NONE,            NONE, long, (void *dst, __u32 size, const void *unsafe)) \
    X(118, jiffies64,             INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u64, (void)) \
    X(125, ktime_get_boot_ns,     INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u64, (void)) \
    X(160, ktime_get_coarse_ns,   INTEGER, NONE, NONE, NONE, NONE, NONE,                        NONE, __u64, (void)) \
    X(165, snprintf,              INTEGER, MEM_WRITE, SIZE_OR_ZERO, STRING, MEM_READ, SIZE_OR_ZERO, NONE, long, (char *str, __u32 size, const char *fmt, const __u64 *data, __u32 data_size)) \
    X(177, trace_vprintk,         INTEGER, MEM_READ, SIZE, MEM_READ, SIZE_OR_ZERO, NONE,        NONE, long, (const char *fmt, __u32 fmt_size, const void *data, __u32 data_size)) \
    X(182, strncmp,               INTEGER, MEM_READ, SIZE, STRING, NONE, NONE,                  NONE, long, (const char *s1, __u32 s1_size, const char *s2))
/* clang-format on */

#endif
