/* externs_percpu.c: variables of the host that each CPU has. */
#define SEC(name) __attribute__((section(name), used))
#define __ksym    __attribute__((section(".ksyms")))
typedef unsigned long long u64;
typedef unsigned int u32;

struct queue {
    u32 length, cpu;
    u64 moved[2];
    u32 last;
};

static void *(*per_cpu_ptr)(const void *variable, u32 cpu) = (void *)153;
static void *(*this_cpu_ptr)(const void *variable) = (void *)154;

extern const struct queue queues __ksym;
extern u64 counts __ksym;

SEC("socket") u64 lengths(void *c)
{
    u64 sum = 0;
    for (u32 cpu = 0; cpu < 8; cpu++) {
        const struct queue *queue = per_cpu_ptr(&queues, cpu);
        if (!queue) return sum << 8 | cpu;
        sum += queue->length + queue->last;
    }
    return sum;
}

SEC("socket") u64 here(void *c) { return ((const struct queue *)this_cpu_ptr(&queues))->cpu; }
SEC("socket") u64 count(void *c) { return *(u64 *)this_cpu_ptr(&counts) += 3; }
