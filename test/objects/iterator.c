/* iterator.c: writes what it is told of each element, and how many there were. */
#include "mybpf.h"

struct element {
    __u64 number;
    char name[16];
};
struct bpf_iter__element {
    struct bpf_iter_meta *meta;
    struct element *element;
};

SEC("iter/element") int list(struct bpf_iter__element *ctx)
{
    struct seq_file *seq = ctx->meta->seq;
    struct element *element = ctx->element;
    if (!element) {
        static const char end[] = "%llu of session %llu\n";
        __u64 args[2] = {ctx->meta->seq_num, ctx->meta->session_id};
        return bpf_seq_printf(seq, end, sizeof end, args, sizeof args) < 0;
    }
    if (element->number == 3) return 1; /* once more */
    static const char line[] = "%llu %s\n";
    __u64 args[2] = {element->number, (__u64)(unsigned long)element->name};
    if (bpf_seq_printf(seq, line, sizeof line, args, sizeof args)) return -1;
    return bpf_seq_write(seq, "--\n", 3) ? -2 : 0;
}
