/* core_missing.c: asks for what core_target.c has not. */
#define SEC(name)         __attribute__((section(name), used))
#define CORE              __attribute__((preserve_access_index))
#define INFO(field, kind) __builtin_preserve_field_info(field, kind)

struct CORE sample___gone {
    int gone, sign;
};
enum color___gone { PINK = 3 };

SEC("socket") int guarded_by_field(struct sample___gone *s)
{
    if (INFO(s->gone, 2)) return s->gone;
    return 5;
}
SEC("socket") int missing_field(struct sample___gone *s) { return s->gone; }
SEC("socket") int missing_enumerator(void *c)
{
    return __builtin_preserve_enum_value(*(enum color___gone *)PINK, 1);
}
SEC("socket") int signed_field(struct sample___gone *s) { return s->sign; }
