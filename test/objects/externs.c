/* externs.c: what a program leaves to its host. */
#define SEC(name) __attribute__((section(name), used))
#define __weak    __attribute__((weak))
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym    __attribute__((section(".ksyms")))
typedef unsigned long long u64;
enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern int CONFIG_HZ __kconfig;
extern unsigned char CONFIG_SMALL __kconfig;
extern short CONFIG_NEGATIVE __kconfig;
extern u64 CONFIG_WIDE __kconfig;
extern char CONFIG_LETTER __kconfig;
extern char CONFIG_TEXT[8] __kconfig;
extern _Bool CONFIG_FLAG __kconfig;
extern enum libbpf_tristate CONFIG_MODULE __kconfig;
extern int CONFIG_ABSENT __kconfig __weak;
extern const void untyped __ksym;
extern const int shared __ksym;
extern int changed __ksym;
extern const void absent __ksym __weak;
extern const int absent_too __ksym __weak;
extern int my_add(int a, int b) __ksym;
extern int my_optional(int a, int b) __ksym __weak;
extern int my_absent(int a, int b) __ksym __weak;

SEC("socket") u64 version(void *c) { return (u64)LINUX_KERNEL_VERSION; }
SEC("socket") u64 wrapper(void *c) { return LINUX_HAS_SYSCALL_WRAPPER; }
SEC("socket") u64 hertz(void *c) { return (u64)CONFIG_HZ; }
SEC("socket") u64 small(void *c) { return CONFIG_SMALL; }
SEC("socket") u64 negative(void *c) { return (u64)CONFIG_NEGATIVE; }
SEC("socket") u64 wide(void *c) { return CONFIG_WIDE; }
SEC("socket") u64 letter(void *c) { return (u64)CONFIG_LETTER; }
SEC("socket") u64 text(void *c) { return (u64)CONFIG_TEXT[1] | (u64)CONFIG_TEXT[7] << 8; }
SEC("socket") u64 flag(void *c) { return CONFIG_FLAG; }
SEC("socket") u64 module(void *c) { return CONFIG_MODULE; }
SEC("socket") u64 nothing(void *c) { return (u64)CONFIG_ABSENT; }
SEC("socket") u64 address(void *c) { return (u64)&untyped; }
SEC("socket") u64 value(void *c) { return (u64)shared; }
SEC("socket") u64 change(void *c) { return (u64)(changed += 5); }
SEC("socket") u64 none(void *c) { return &absent || &absent_too; }
SEC("socket") u64 add(void *c) { return (u64)my_add(3, 4); }
SEC("socket") u64 optional(void *c) { return my_optional ? (u64)my_optional(1, 2) : 77; }
SEC("socket") u64 missing(void *c) { return my_absent ? (u64)my_absent(1, 2) : 78; }
/* The host's constants decide what is not reached. */
SEC("socket") u64 decided(void *c)
{
    if (CONFIG_HZ == 250) return 1;
    return *(volatile u64 *)16;
}
