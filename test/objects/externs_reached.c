/* externs_reached.c: a weak function that is called without a look. */
#define SEC(name) __attribute__((section(name), used))
extern int my_absent(int a, int b) __attribute__((section(".ksyms"), weak));

SEC("socket") int program(void *c) { return my_absent(1, 2); }
