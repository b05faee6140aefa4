/* Tables of programs. */
#include "mybpf.h"

struct counter_ops {
    unsigned (*start)(void *counter);
    unsigned (*step)(void *counter, unsigned by);
    unsigned (*stop)(void *counter);
    unsigned flags;
    char name[16];
};

SEC("struct_ops/start")
int start(unsigned long long *ctx) { return 100; }

SEC("struct_ops/step")
int step(unsigned long long *ctx) { return (int)ctx[0] + (int)ctx[1]; }

SEC(".struct_ops")
struct counter_ops one = {.start = (void *)start, .step = (void *)step, .flags = 7, .name = "one"};

SEC(".struct_ops.link")
struct counter_ops other = {.step = (void *)step};
