/* program.h: what `#include "mybpf.h"` gives a program, that is, a file compiled with
 *
 *     clang -O2 -g -target bpf -I. -c hello.c
 *
 * It needs no other header. libbpf's <bpf/bpf_helpers.h> and <linux/bpf.h> (or vmlinux.h) may be included
 * before it; what they declare is then left alone. Included after it, <bpf/bpf_helpers.h> adds nothing. */
#ifndef MYBPF__PROGRAM_H
#define MYBPF__PROGRAM_H

#include "../map/types.h"
#include "../helper/list.h"

/* ---- types ---- */

typedef __UINT8_TYPE__ __u8;
typedef __UINT16_TYPE__ __u16;
typedef __UINT32_TYPE__ __u32;
typedef unsigned long long __u64;
typedef __INT8_TYPE__ __s8;
typedef __INT16_TYPE__ __s16;
typedef __INT32_TYPE__ __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef __SIZE_TYPE__ size_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINTPTR_TYPE__ uintptr_t;

#ifndef NULL
#    define NULL ((void *)0)
#endif

/* A format and its arguments, at most 12. The format is one of the variable arguments, as C does not let a
 * macro's be none. MYBPF__FORMAT(fmt, a, b) is fmt, MYBPF__COUNT of it 2, and MYBPF__U64S of it (__u64)(a),
 * (__u64)(b). */
/* clang-format off */
#define MYBPF__PASTE_(a, b) a##b
#define MYBPF__PASTE(a, b) MYBPF__PASTE_(a, b)
#define MYBPF__NTH(fmt, a, b, c, d, e, f, g, h, i, j, k, l, n, ...) n
#define MYBPF__FORMAT_(fmt, ...) fmt
#define MYBPF__FORMAT(...) MYBPF__FORMAT_(__VA_ARGS__, 0)
#define MYBPF__COUNT(...) MYBPF__NTH(__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0)
#define MYBPF__U64S_1(fmt, a)       (__u64)(a)
#define MYBPF__U64S_2(fmt, a, ...)  (__u64)(a), MYBPF__U64S_1(fmt, __VA_ARGS__)
#define MYBPF__U64S_3(fmt, a, ...)  (__u64)(a), MYBPF__U64S_2(fmt, __VA_ARGS__)
#define MYBPF__U64S_4(fmt, a, ...)  (__u64)(a), MYBPF__U64S_3(fmt, __VA_ARGS__)
#define MYBPF__U64S_5(fmt, a, ...)  (__u64)(a), MYBPF__U64S_4(fmt, __VA_ARGS__)
#define MYBPF__U64S_6(fmt, a, ...)  (__u64)(a), MYBPF__U64S_5(fmt, __VA_ARGS__)
#define MYBPF__U64S_7(fmt, a, ...)  (__u64)(a), MYBPF__U64S_6(fmt, __VA_ARGS__)
#define MYBPF__U64S_8(fmt, a, ...)  (__u64)(a), MYBPF__U64S_7(fmt, __VA_ARGS__)
#define MYBPF__U64S_9(fmt, a, ...)  (__u64)(a), MYBPF__U64S_8(fmt, __VA_ARGS__)
#define MYBPF__U64S_10(fmt, a, ...) (__u64)(a), MYBPF__U64S_9(fmt, __VA_ARGS__)
#define MYBPF__U64S_11(fmt, a, ...) (__u64)(a), MYBPF__U64S_10(fmt, __VA_ARGS__)
#define MYBPF__U64S_12(fmt, a, ...) (__u64)(a), MYBPF__U64S_11(fmt, __VA_ARGS__)
#define MYBPF__U64S(...) MYBPF__PASTE(MYBPF__U64S_, MYBPF__COUNT(__VA_ARGS__))(__VA_ARGS__)
/* Declares fmt_ and, of the size that MYBPF__COUNT says, args_. */
#define MYBPF__TEXT(...) \
    char fmt_[] = MYBPF__FORMAT(__VA_ARGS__); \
    MYBPF__PASTE(MYBPF__ARGS_, MYBPF__NTH(__VA_ARGS__, N, N, N, N, N, N, N, N, N, N, N, N, 0, 0))(__VA_ARGS__)
#define MYBPF__ARGS_0(fmt) __u64 args_[1]
#define MYBPF__ARGS_N(...) __u64 args_[] = {MYBPF__U64S(__VA_ARGS__)}
/* clang-format on */

/* ---- <bpf/bpf_helpers.h>: sections, map definitions, Base helpers ---- */

#ifndef __BPF_HELPERS__
#    define __BPF_HELPERS__

/* Where a function or variable goes, under libbpf's names: "tcmd/NAME", "xdp", ".maps", "license"... */
#    define SEC(name) __attribute__((section(name), used))

#    undef __always_inline
#    define __always_inline inline __attribute__((always_inline))
#    ifndef __noinline
#        define __noinline __attribute__((noinline))
#    endif
#    ifndef __weak
#        define __weak __attribute__((weak))
#    endif
#    define __hidden __attribute__((visibility("hidden")))
#    ifndef __ksym
#        define __ksym __attribute__((section(".ksyms")))
#    endif
#    ifndef __kconfig
#        define __kconfig __attribute__((section(".kconfig")))
#    endif
/* What lies in an arena, where the compiler knows address spaces (clang 19). */
#    ifndef __arena
#        ifdef __BPF_FEATURE_ADDR_SPACE_CAST
#            define __arena __attribute__((address_space(1)))
#        else
#            define __arena
#        endif
#    endif
/* Members of maps' values that hold objects of the host, for bpf_kptr_xchg. */
#    define __kptr           __attribute__((btf_type_tag("kptr")))
#    define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#    define __percpu_kptr    __attribute__((btf_type_tag("percpu_kptr")))
#    ifndef offsetof
#        define offsetof(type, member) __builtin_offsetof(type, member)
#    endif
#    ifndef container_of
#        define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))
#    endif
#    define barrier() __asm__ volatile("" ::: "memory")

/* Maps: a struct of these in SEC(".maps") (compile with -g), or a struct bpf_map_def in SEC("maps"). */
#    define __uint(name, value)  int(*name)[value]
#    define __type(name, value)  __typeof__(value) *name
#    define __array(name, value) __typeof__(value) *name[]
struct bpf_map_def {
    unsigned int type;
    unsigned int key_size;
    unsigned int value_size;
    unsigned int max_entries;
    unsigned int map_flags;
};

#    define MYBPF__DECLARE_BASE(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters)     \
        static result(*const bpf_##name) parameters __attribute__((unused)) = (result(*) parameters)number;
struct bpf_spin_lock; /* in linux/bpf.h, or below */
struct btf_ptr;
struct bpf_sock;
struct bpf_sock_tuple;
struct bpf_tcp_sock;
struct bpf_timer;
struct bpf_dynptr;
struct task_struct;
struct seq_file;
MYBPF_BASE_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_LOCK_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_PACKET_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_MORE_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_SOCKET_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_HOST_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_CALLBACK_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_MAP_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_KERNEL_FUNCTIONS(MYBPF__DECLARE_BASE)
MYBPF_TARGET_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_TIMER_HELPERS(MYBPF__DECLARE_BASE)
MYBPF_DYNPTR_HELPERS(MYBPF__DECLARE_BASE)
#    undef MYBPF__DECLARE_BASE

/* One line of output, up to 12 arguments. The format is a literal and lives on the stack. */
#    define bpf_printk(...)                                                                                  \
        MYBPF__PASTE(MYBPF__PRINTK_, MYBPF__NTH(__VA_ARGS__, V, V, V, V, V, V, V, V, V, R, R, R, 0, 0))      \
        (__VA_ARGS__)
#    define MYBPF__PRINTK_0(fmt)                                                                             \
        __extension__({                                                                                      \
            char fmt_[] = fmt;                                                                               \
            bpf_trace_printk(fmt_, sizeof fmt_);                                                             \
        })
#    define MYBPF__PRINTK_R(...)                                                                             \
        __extension__({                                                                                      \
            char fmt_[] = MYBPF__FORMAT(__VA_ARGS__);                                                        \
            bpf_trace_printk(fmt_, sizeof fmt_, MYBPF__U64S(__VA_ARGS__));                                   \
        })
#    define MYBPF__PRINTK_V(...)                                                                             \
        __extension__({                                                                                      \
            MYBPF__TEXT(__VA_ARGS__);                                                                        \
            bpf_trace_vprintk(fmt_, sizeof fmt_, args_, sizeof args_);                                       \
        })

#endif

/* ---- <linux/bpf.h>: map types, flags, contexts ---- */

#if !defined(__LINUX_BPF_H__) && !defined(_UAPI__LINUX_BPF_H__) && !defined(__VMLINUX_H__)

#    define MYBPF__MAP_TYPE_ENUM(number, name, text) BPF_MAP_TYPE_##name = number,
enum bpf_map_type { MYBPF_MAP_TYPES(MYBPF__MAP_TYPE_ENUM) };
#    undef MYBPF__MAP_TYPE_ENUM

enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2 };
enum { BPF_F_LOCK = 4 }; /* of lookups and updates, as those above */
enum {                   /* of maps */
       BPF_F_NO_PREALLOC = 1,
       BPF_F_NO_COMMON_LRU = 2,
       BPF_F_RDONLY = 8,
       BPF_F_WRONLY = 16,
       BPF_F_ZERO_SEED = 64,
       BPF_F_RDONLY_PROG = 128,
       BPF_F_WRONLY_PROG = 256,
       BPF_F_CLONE = 512,
       BPF_F_MMAPABLE = 1024,
       BPF_F_INNER_MAP = 4096,
       BPF_F_SEGV_ON_FAULT = 131072,
       BPF_F_NO_USER_CONV = 262144
};
enum {
    BPF_F_HDR_FIELD_MASK = 15,
    BPF_F_PSEUDO_HDR = 16,
    BPF_F_MARK_MANGLED_0 = 32,
    BPF_F_MARK_ENFORCE = 64
}; /* of checksums */
enum {
    BPF_F_SKIP_FIELD_MASK = 255,
    BPF_F_USER_STACK = 256,
    BPF_F_FAST_STACK_CMP = 512
}; /* of stack traces */

struct bpf_spin_lock {
    __u32 val;
};
struct bpf_timer {
    __u64 opaque[2];
};
struct bpf_iter_meta { /* the first thing in the context of an iterator points to it */
    struct seq_file *seq;
    __u64 session_id;
    __u64 seq_num;
};
struct bpf_cgroup_storage_key {
    __u64 cgroup_inode_id;
    __u32 attach_type;
};
struct bpf_dynptr {
    __u64 opaque[2];
};
struct btf_ptr { /* for bpf_snprintf_btf: what, and its type: bpf_core_type_id_kernel(T) */
    void *ptr;
    __u32 type_id;
    __u32 flags;
};
enum { BTF_F_COMPACT = 1, BTF_F_NONAME = 2, BTF_F_PTR_RAW = 4, BTF_F_ZERO = 8 };

enum xdp_action { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };
struct xdp_md {
    __u32 data;
    __u32 data_end;
    __u32 data_meta;
    __u32 ingress_ifindex;
    __u32 rx_queue_index;
    __u32 egress_ifindex;
};

#    define TC_ACT_UNSPEC     (-1)
#    define TC_ACT_OK         0
#    define TC_ACT_RECLASSIFY 1
#    define TC_ACT_SHOT       2
#    define TC_ACT_PIPE       3
#    define TC_ACT_STOLEN     4
#    define TC_ACT_QUEUED     5
#    define TC_ACT_REPEAT     6
#    define TC_ACT_REDIRECT   7
#    define TC_ACT_TRAP       8
struct __sk_buff {
    __u32 len;
    __u32 pkt_type;
    __u32 mark;
    __u32 queue_mapping;
    __u32 protocol;
    __u32 vlan_present;
    __u32 vlan_tci;
    __u32 vlan_proto;
    __u32 priority;
    __u32 ingress_ifindex;
    __u32 ifindex;
    __u32 tc_index;
    __u32 cb[5];
    __u32 hash;
    __u32 tc_classid;
    __u32 data;
    __u32 data_end;
};

#endif

/* ---- Sys helpers: C's library; they run only where the host grants them ---- */

#define MYBPF__DECLARE_SYS(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters)          \
    static result(*const name) parameters __attribute__((unused)) = (result(*) parameters)number;
MYBPF_SYS_HELPERS(MYBPF__DECLARE_SYS)
#undef MYBPF__DECLARE_SYS

/* Room beyond the 512 bytes that the compiler lays out itself: memory below this function's own variables,
 * trusted programs only, once in a function. */
#define MYBPF_BIG_STACK(bytes)                                                                               \
    __extension__({                                                                                          \
        void *low_;                                                                                          \
        __asm__ volatile("%0 = r10\n\t%0 += %1" : "=r"(low_) : "i"(-512 - (((bytes) + 7) & ~7)));            \
        low_;                                                                                                \
    })

#ifndef MYBPF_NO_LIBC_NAMES

/* Formats are literals, arguments integers or pointers, at most 12. The format is written to the stack, which
 * costs its length there (512 bytes a function in all) and works where a program has no .rodata: in a BARE
 * image. A literal passed for %s does need .rodata. */
#    define printf(...)                                                                                      \
        __extension__({                                                                                      \
            MYBPF__TEXT(__VA_ARGS__);                                                                        \
            sys_printf(fmt_, sizeof fmt_, args_, MYBPF__COUNT(__VA_ARGS__) * sizeof *args_);                 \
        })
#    define snprintf(to, size, ...)                                                                          \
        __extension__({                                                                                      \
            MYBPF__TEXT(__VA_ARGS__);                                                                        \
            sys_snprintf(to, size, fmt_, args_, MYBPF__COUNT(__VA_ARGS__) * sizeof *args_);                  \
        })
#    define sprintf(to, ...)                                                                                 \
        __extension__({                                                                                      \
            MYBPF__TEXT(__VA_ARGS__);                                                                        \
            sys_sprintf(to, fmt_, args_, MYBPF__COUNT(__VA_ARGS__) * sizeof *args_);                         \
        })
#    define puts(literal) printf(literal "\n") /* another string: sys_puts */
#    define putchar(c)    sys_putchar(c)

#    define malloc(size)          sys_malloc(size)
#    define calloc(count, size)   sys_calloc(count, size)
#    define realloc(memory, size) sys_realloc(memory, size)
#    define free(memory)          sys_free(memory)
#    define exit(result)          sys_exit(result)

/* Small sizes known at compile time become stores, others a call. The compiler itself cannot copy or
 * clear more than 1 KB at once (a large struct assignment): use these. */
static inline __attribute__((always_inline)) void *mybpf_memcpy(void *to, const void *from, __u64 size)
{
    if (__builtin_constant_p(size) && size <= 64) return __builtin_memcpy(to, from, size);
    sys_memcpy(to, size, from, size);
    return to;
}
static inline __attribute__((always_inline)) void *mybpf_memset(void *to, int byte, __u64 size)
{
    if (__builtin_constant_p(size) && size <= 64) return __builtin_memset(to, byte, size);
    sys_memset(to, size, byte);
    return to;
}
static inline __attribute__((always_inline)) void *mybpf_memmove(void *to, const void *from, __u64 size)
{
    sys_memmove(to, size, from, size);
    return to;
}
static inline __attribute__((always_inline)) int mybpf_memcmp(const void *a, const void *b, __u64 size)
{
    return sys_memcmp(a, size, b, size);
}
static inline __attribute__((always_inline)) char *mybpf_strcpy(char *to, const char *from)
{
    sys_strcpy(to, from);
    return to;
}
static inline __attribute__((always_inline)) char *mybpf_strncpy(char *to, const char *from, __u64 size)
{
    sys_strncpy(to, size, from);
    return to;
}
static inline __attribute__((always_inline)) long mybpf_strtol(const char *s, char **end, int base)
{
    char *stop;
    long value = sys_strtol(s, base, &stop);
    if (end) *end = stop;
    return value;
}
static inline __attribute__((always_inline)) unsigned long mybpf_strtoul(const char *s, char **end, int base)
{
    char *stop;
    unsigned long value = sys_strtoul(s, base, &stop);
    if (end) *end = stop;
    return value;
}
#    define memcpy(to, from, size)  mybpf_memcpy(to, from, size)
#    define memset(to, byte, size)  mybpf_memset(to, byte, size)
#    define memmove(to, from, size) mybpf_memmove(to, from, size)
#    define memcmp(a, b, size)      mybpf_memcmp(a, b, size)
#    define strlen(s)               sys_strlen(s)
#    define strcmp(a, b)            sys_strcmp(a, b)
#    define strncmp(a, b, size)     sys_strncmp(a, b, size)
#    define strcpy(to, from)        mybpf_strcpy(to, from)
#    define strncpy(to, from, size) mybpf_strncpy(to, from, size)
#    define strchr(s, c)            sys_strchr(s, c)
#    define strrchr(s, c)           sys_strrchr(s, c)
#    define strstr(s, part)         sys_strstr(s, part)
#    define strtol(s, end, base)    mybpf_strtol(s, end, base)
#    define strtoul(s, end, base)   mybpf_strtoul(s, end, base)

#endif

#endif
