/* core_local.c: what a program knows of types that core_target.c has otherwise. */
#define SEC(name)         __attribute__((section(name), used))
#define CORE              __attribute__((preserve_access_index))
#define INFO(field, kind) __builtin_preserve_field_info(field, kind)
enum { OFFSET, SIZE, EXISTS, SIGNED, LSHIFT, RSHIFT };

typedef unsigned u32;
typedef unsigned long long u64;

struct CORE sample {
    u32 a, b;
    u32 number; /* of 2 bytes in the target */
    u32 bits : 3, rest : 29;
    u32 array[4];
    void *pointer;
    struct {
        u32 inner[8];
    } part;
    u32 last[6];
};
struct CORE sample___old {
    u32 removed;
};
enum color { RED = 3 };
enum wide { FAR = 1 };
struct vanished {
    int x;
};

SEC("socket") u64 offset(struct sample *s) { return INFO(s->b, OFFSET); }
SEC("socket") u64 load(struct sample *s) { return s->b; }
SEC("socket") u64 narrow(struct sample *s) { return s->number; }
SEC("socket") u64 store(struct sample *s)
{
    s->number = 0x22222222;
    return *(volatile u64 *)s;
}
SEC("socket") u64 bits(struct sample *s) { return INFO(s->bits, RSHIFT); }
SEC("socket") u64 size(void *c) { return __builtin_preserve_type_info(*(struct sample *)0, 1); }
SEC("socket") u64 enumerator(void *c) { return __builtin_preserve_enum_value(*(enum color *)RED, 1); }
SEC("socket") u64 wide(void *c) { return __builtin_preserve_enum_value(*(enum wide *)FAR, 1); }
SEC("socket") u64 guarded(struct sample___old *old) { return INFO(old->removed, EXISTS) ? 1 : 2; }
SEC("socket") u64 type(void *c) { return __builtin_preserve_type_info(*(struct vanished *)0, 0); }
SEC("socket") u64 element(struct sample *s) { return INFO(s->part.inner[2], OFFSET); }
