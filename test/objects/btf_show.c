/* btf_show.c: memory as text, by its type. */
#include "mybpf.h"

enum shape { ROUND, SQUARE = 3, NONE = -1 };
typedef unsigned int number;
union either {
    unsigned int word;
    unsigned char bytes[4];
};
struct inner {
    short a, b;
};
struct shown {
    int plain;
    number of_typedef;
    long long negative;
    char letters[8];
    unsigned char small[3];
    enum shape shape;
    struct inner inner, zero, both[2];
    union either either;
    const void *pointer, *nothing;
    unsigned int low : 3, high : 12;
    _Bool flag;
    struct {
        int x;
    };
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, int);
    __type(value, struct shown);
} memory SEC(".maps");

char text[2048];
unsigned char bytes[4096]; /* shown instead of the map, as the type that is given */
unsigned long long flags, address;
unsigned int size, type_of, type_given;

SEC("raw_tp") int show(void *ctx)
{
    int zero = 0;
    struct btf_ptr ptr = {};
    ptr.ptr = address ? (void *)address : type_given ? (void *)bytes : bpf_map_lookup_elem(&memory, &zero);
    if (!ptr.ptr) return -1;
    ptr.type_id = type_given ? type_given : __builtin_btf_type_id(*(struct shown *)0, 1);
    type_of = ptr.type_id;
    return bpf_snprintf_btf(text, (size & (sizeof text - 1)) + 1, &ptr, sizeof ptr, flags);
}

SEC("raw_tp") int wrong_size(void *ctx)
{
    struct btf_ptr ptr = {};
    return bpf_snprintf_btf(text, sizeof text, &ptr, sizeof ptr - 4, 0);
}

SEC("iter/things") int sequence(struct bpf_iter_meta **ctx)
{
    struct btf_ptr ptr = {};
    int zero = 0;
    ptr.ptr = bpf_map_lookup_elem(&memory, &zero);
    ptr.type_id = __builtin_btf_type_id(*(struct shown *)0, 1);
    return bpf_seq_printf_btf((*ctx)->seq, &ptr, sizeof ptr, flags);
}
