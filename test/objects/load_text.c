/* load_text.c: no section is named: the global functions are programs, as in ubpf's objects. */
static __attribute__((noinline)) int helper(int x) { return x + 40; }
int entry(void *ctx, int size) { return helper(2); }
