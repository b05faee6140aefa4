/* core_kernel.c: relocations to types of the Linux kernel, of every kind that this clang writes: what we make
 * of them and what the kernel makes of them must be the same. */
#define SEC(name)               __attribute__((section(name), used))
#define CORE                    __attribute__((preserve_access_index))
#define INFO(field, kind)       __builtin_preserve_field_info(field, kind)
#define TYPE(type, kind)        __builtin_preserve_type_info(*(type *)0, kind)
#define ENUM(type, value, kind) __builtin_preserve_enum_value(*(type *)value, kind)
typedef unsigned u32;
typedef unsigned long long u64;

struct CORE list_head {
    struct list_head *next, *prev;
};
struct CORE qstr___mine {
    union {
        struct {
            u32 hash, len;
        };
    };
    const unsigned char *name;
};
struct CORE task_struct {
    int pid, tgid;
    char comm[16];
    struct task_struct *group_leader, *real_parent;
    struct list_head tasks;
    unsigned sched_reset_on_fork : 1, in_execve : 1;
    int no_such_field;
    unsigned state;
    u64 pid_as_struct;
};
struct CORE task_struct___other {
    struct list_head pid; /* of another kind */
    long comm;
    struct {
        int x;
    } tasks;
};
struct CORE sk_buff {
    u32 len, data_len;
    unsigned char pkt_type : 3, ip_summed : 2, cloned : 1;
    unsigned char *data;
    union {
        struct {
            unsigned short protocol;
        };
    };
    char cb[48];
};
struct CORE iphdr {
    unsigned char ihl : 4, version : 4;
    unsigned saddr;
};
struct CORE file_operations {
    void *owner;
    long (*read)(void *, char *, unsigned long, long *);
};
struct CORE bpf_insn {
    unsigned char code, dst_reg : 4, src_reg : 4;
    short off;
    int imm;
};
struct not_in_the_kernel {
    int x;
};
union bpf_attr {
    u32 map_type;
};
struct bpf_attr___struct { /* a union in the kernel */
    u32 map_type;
};
enum bpf_map_type { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_NONE___x = 7, BPF_MAP_TYPE_NO_SUCH = 9 };
enum bpf_map_type___small { BPF_MAP_TYPE_ARRAY = 2 };
enum no_such_enum { NO_SUCH = 1 };
typedef u64 kernel_no_such_t;
typedef unsigned short __u16___local;
typedef struct {
    int counter;
} atomic_t;
typedef u64 dma_addr_t;

#define FIELD(name, type, field)                                                                             \
    SEC("socket") u64 name(struct type *s)                                                                   \
    {                                                                                                        \
        return INFO(s->field, 0) + INFO(s->field, 1) + INFO(s->field, 2) + INFO(s->field, 3) +               \
               INFO(s->field, 4) + INFO(s->field, 5);                                                        \
    }
/* Of structs, arrays, pointers and elements clang asks no more. */
#define PLAIN(name, type, field)                                                                             \
    SEC("socket") u64 name(struct type *s)                                                                   \
    {                                                                                                        \
        return INFO(s->field, 0) + INFO(s->field, 1) + INFO(s->field, 2);                                    \
    }

FIELD(pid, task_struct, pid)
PLAIN(comm, task_struct, comm)
PLAIN(leader, task_struct, group_leader)
PLAIN(next, task_struct, tasks.next)
FIELD(bit, task_struct, in_execve)
FIELD(fork, task_struct, sched_reset_on_fork)
FIELD(gone, task_struct, no_such_field)
PLAIN(other_pid, task_struct___other, pid)
FIELD(other_comm, task_struct___other, comm)
PLAIN(other_tasks, task_struct___other, tasks)
FIELD(len, sk_buff, len)
FIELD(ip_summed, sk_buff, ip_summed)
FIELD(cloned, sk_buff, cloned)
FIELD(protocol, sk_buff, protocol)
FIELD(version, iphdr, version)
FIELD(saddr, iphdr, saddr)
PLAIN(read_op, file_operations, read)
FIELD(src_reg, bpf_insn, src_reg)
FIELD(off, bpf_insn, off)
FIELD(hash_len, qstr___mine, len)
PLAIN(letter, task_struct, comm[3])
PLAIN(cb, sk_buff, cb[47])
PLAIN(second, list_head, prev)

#define TYPES(name, type)                                                                                    \
    SEC("socket") u64 name(void *c)                                                                          \
    {                                                                                                        \
        return TYPE(type, 0) + TYPE(type, 1) + __builtin_btf_type_id(*(type *)0, 1);                         \
    }
TYPES(task, struct task_struct)
TYPES(other, struct task_struct___other)
TYPES(nothing, struct not_in_the_kernel)
TYPES(attr, union bpf_attr)
TYPES(attr_struct, struct bpf_attr___struct)
TYPES(map_type, enum bpf_map_type)
TYPES(no_enum, enum no_such_enum)
TYPES(no_typedef, kernel_no_such_t)
TYPES(atomic, atomic_t)
TYPES(dma, dma_addr_t)
TYPES(u16, __u16___local)

#define ENUMS(name, type, value)                                                                             \
    SEC("socket") u64 name(void *c) { return ENUM(type, value, 0) + ENUM(type, value, 1); }
ENUMS(hash, enum bpf_map_type, BPF_MAP_TYPE_HASH)
ENUMS(none, enum bpf_map_type, BPF_MAP_TYPE_NONE___x)
ENUMS(no_such, enum bpf_map_type, BPF_MAP_TYPE_NO_SUCH)
ENUMS(array, enum bpf_map_type___small, BPF_MAP_TYPE_ARRAY)
ENUMS(nowhere, enum no_such_enum, NO_SUCH)
