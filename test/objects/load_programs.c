/* load_programs.c: several programs, some of them in one section, and code that is left out. */
#define SEC(name) __attribute__((section(name), used))
#define NOINLINE  __attribute__((noinline))

static NOINLINE int shared(int x) { return x * 7; }
static NOINLINE int recursive(int x) { return x ? recursive(x - 1) + 2 : shared(1); }
NOINLINE int left_out(int x) { return shared(x) + 1; }

SEC("xdp") int first(void *ctx) { return shared(1); }
SEC("xdp") int second(void *ctx) { return shared(2); }
static SEC("xdp") NOINLINE int local(int x) { return x + shared(x); }
SEC("xdp") int third(void *ctx) { return local(3); }
SEC("kprobe/do_exit") int fourth(void *ctx) { return recursive(4); }
SEC("?tracepoint/sched/sched_switch") int not_wanted(void *ctx) { return left_out(5); }
SEC("anything") int fifth(void *ctx) { return 5; }

char _license[] SEC("license") = "Dual MIT/GPL";
unsigned _version SEC("version") = 0x050f00;
