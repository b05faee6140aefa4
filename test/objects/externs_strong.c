/* externs_strong.c: needs what the host may not have. */
#define SEC(name) __attribute__((section(name), used))
extern int CONFIG_NEEDED __attribute__((section(".kconfig")));
extern const void needed __attribute__((section(".ksyms")));
extern int unused __attribute__((section(".kconfig")));

SEC("socket") int program(void *c) { return CONFIG_NEEDED + (int)(long)&needed; }
