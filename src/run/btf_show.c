/* btf_show.c: memory as text, by its type in BTF: bpf_snprintf_btf and bpf_seq_printf_btf, with the text that
 * Linux makes (btf_type_show). What a struct is zero in is left out, unless all is asked for; whether that is
 * so is found out by a first round that writes nothing. */
#ifndef MYBPF__BTF_SHOW_C
#define MYBPF__BTF_SHOW_C

#include "../helper/base.c"
#include "../load/btf.h"
#include "env.h"

#ifndef MYBPF_NO_PROVER

#    if defined(MYBPF_NO_ELF) || defined(MYBPF_NO_MORE_HELPERS)
MYBPF__COLD int64_t mybpf__show_typed(mybpf_env *env, uint64_t ptr, uint32_t ptr_size, uint64_t flags,
                                      char *text, size_t size)
{
    (void)env, (void)ptr, (void)ptr_size, (void)flags, (void)text, (void)size;
    return -MYBPF__EINVAL; /* there are no types */
}
#    else

enum {
    MYBPF__SHOW_COMPACT = 1,
    MYBPF__SHOW_NONAME = 2,
    MYBPF__SHOW_PTR_RAW = 4,
    MYBPF__SHOW_ZERO = 8
}; /* BTF_F_* */
enum {
    MYBPF__SHOW_NESTED = 10,    /* pointers, arrays and typedefs in one name */
    MYBPF__SHOW_DEPTH = 32,     /* structs and arrays in each other */
    MYBPF__SHOW_MOST = 1000000, /* values looked at: types can make more of few bytes */
    MYBPF__SHOW_NAME = 80
};

typedef struct mybpf__show {
    mybpf_env *env;
    const mybpf__btf *btf;
    uint64_t flags;
    mybpf__writer out;
    int status; /* 0 or a negative errno: it ends with that */
    uint32_t values;

    mybpf__btf_type member; /* which one is shown: its name, and its type as written; kind 0: none */
    uint32_t type;          /* the one that is shown, as written */
    uint32_t depth;
    uint32_t check, deepest; /* not 0: nothing is written, but where the deepest value was that is not 0 */
    int of_array, as_chars, ended; /* an element; of an array of characters, whose end was seen */
} mybpf__show;

/* ---- texts ---- */

MYBPF__COLD void mybpf__show_put(mybpf__show *show, const char *text)
{
    if (!show->check) mybpf__put_text(&show->out, text, 0, -1);
}

MYBPF__COLD void mybpf__show_indent(mybpf__show *show)
{
    for (uint32_t i = 0; i < show->depth && !(show->flags & MYBPF__SHOW_COMPACT); i++)
        mybpf__show_put(show, " ");
}

/* What ends a value, or a struct. */
MYBPF__COLD void mybpf__show_end(mybpf__show *show)
{
    if (show->depth) mybpf__show_put(show, ",");
    if (!(show->flags & MYBPF__SHOW_COMPACT)) mybpf__show_put(show, "\n");
}

MYBPF__COLD int mybpf__show_qualifies(const mybpf__btf_type *type)
{
    return type->kind == MYBPF__BTF_CONST || type->kind == MYBPF__BTF_VOLATILE ||
           type->kind == MYBPF__BTF_RESTRICT || type->kind == MYBPF__BTF_TYPE_TAG;
}

/* ".member = (struct name *[])[" or what of it is asked for. */
MYBPF__COLD void mybpf__show_name(mybpf__show *show)
{
    char stars[MYBPF__SHOW_NESTED + 1], arrays[2 * MYBPF__SHOW_NESTED + 1];
    uint32_t star_count = 0, array_count = 0, id = show->member.kind ? show->member.size_or_type : show->type;
    const char *name = NULL, *prefix = "", *opens = "",
               *member = show->member.kind ? mybpf__btf_text(show->btf, show->member.name) : "";
    int is_typedef = 0, i = 0;
    mybpf__btf_type type = mybpf__btf_type_at(show->btf, id);
    if (show->of_array) return;
    for (; i < MYBPF__SHOW_NESTED; i++) {
        if (type.kind == MYBPF__BTF_TYPEDEF) {
            if (!name) name = mybpf__btf_text(show->btf, type.name);
            is_typedef = 1;
            id = type.size_or_type;
        } else if (type.kind == MYBPF__BTF_ARRAY) {
            arrays[array_count++] = '[', arrays[array_count++] = ']';
            opens = "[";
            id = mybpf__btf_u32(type.more);
        } else if (type.kind == MYBPF__BTF_PTR) {
            stars[star_count++] = '*';
            id = type.size_or_type;
        } else {
            break;
        }
        type = mybpf__btf_type_at(show->btf, id);
        for (int depth = 0; depth < MYBPF__SHOW_DEPTH && mybpf__show_qualifies(&type); depth++)
            type = mybpf__btf_type_at(show->btf, id = type.size_or_type);
        if (!id) break;
    }
    if (i == MYBPF__SHOW_NESTED) return;
    stars[star_count] = arrays[array_count] = 0;
    if (!name) name = mybpf__btf_text(show->btf, type.name);
    if (type.kind == MYBPF__BTF_STRUCT || type.kind == MYBPF__BTF_UNION) {
        prefix = type.kind == MYBPF__BTF_STRUCT ? "struct" : "union";
        if (!array_count) opens = "{";
    } else if (type.kind == MYBPF__BTF_ENUM || type.kind == MYBPF__BTF_ENUM64) {
        prefix = "enum";
    }
    if (star_count) opens = "";
    if (is_typedef) prefix = "";
    char text[MYBPF__SHOW_NAME];
    if (show->flags & MYBPF__SHOW_NONAME)
        mybpf__print(text, sizeof text, "%s", opens);
    else
        mybpf__print(text, sizeof text, "%s%s%s(%s%s%s%s%s%s)%s", *member ? "." : "", member,
                     *member ? " = " : "", prefix, *prefix && *name ? " " : "", name, star_count ? " " : "",
                     stars, arrays, opens);
    mybpf__show_put(show, text);
}

/* ---- values ---- */

/* The bytes of the memory that is shown: 0 when they are not to be had. */
MYBPF__COLD int mybpf__show_read(mybpf__show *show, uint64_t at, void *to, uint32_t size)
{
    if (!show->status && mybpf__probe(show->env, to, at, size)) show->status = -MYBPF__EFAULT;
    return !show->status;
}

MYBPF__COLD void mybpf__show_value(mybpf__show *show, const char *text, int matters)
{
    if (!matters && !(show->flags & MYBPF__SHOW_ZERO) && show->depth) return;
    mybpf__show_indent(show);
    mybpf__show_name(show);
    mybpf__show_put(show, text);
    mybpf__show_end(show);
    if (show->depth > show->deepest) show->deepest = show->depth;
}

/* A number of any width up to 128 bits, in hexadecimal: bit fields, and what is no usual integer. */
MYBPF__COLD void mybpf__show_bits(mybpf__show *show, uint64_t at, uint32_t offset, uint32_t bits)
{
    uint8_t bytes[17] = {0};
    uint64_t low = 0, high = 0;
    char text[40];
    at += offset / 8, offset %= 8;
    if (bits > 128 || !mybpf__show_read(show, at, bytes, (offset + bits + 7) / 8)) return;
    for (uint32_t i = 0; i < bits; i++) {
        uint32_t from = MYBPF_BIG_ENDIAN ? offset + i : offset + bits - 1 - i; /* the highest first */
        uint32_t shift = MYBPF_BIG_ENDIAN ? 7 - from % 8 : from % 8;
        high = high << 1 | low >> 63;
        low = low << 1 | ((uint32_t)bytes[from / 8] >> shift & 1u);
    }
    if (high)
        mybpf__print(text, sizeof text, "0x%llx%016llx", (unsigned long long)high, (unsigned long long)low);
    else
        mybpf__print(text, sizeof text, "0x%llx", (unsigned long long)low);
    mybpf__show_value(show, text, low || high);
}

/* A number of 1, 2, 4 or 8 bytes, its sign extended. */
MYBPF__COLD uint64_t mybpf__show_number(const uint8_t *bytes, uint32_t size, int is_signed)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[MYBPF_BIG_ENDIAN ? size - 1 - i : i] << 8 * i;
    if (is_signed && size < 8 && value >> (8 * size - 1)) value |= UINT64_MAX << 8 * size;
    return value;
}

/* What an integer's record says: the encoding, where it begins, how many bits it has. */
enum { MYBPF__SHOW_SIGNED = 1 };

MYBPF__COLD void mybpf__show_int(mybpf__show *show, const mybpf__btf_type *type, uint64_t at, uint32_t offset)
{
    uint32_t data = mybpf__btf_u32(type->more), bits = data & 0xff, size = bits / 8;
    int is_signed = (data >> 24 & MYBPF__SHOW_SIGNED) != 0;
    uint8_t bytes[8];
    char text[24];
    uint64_t value;
    offset += data >> 16 & 0xff;
    if (offset || bits % 8 || !size || size > 8 || (size & (size - 1))) {
        mybpf__show_bits(show, at, offset, bits);
        return;
    }
    if (!mybpf__show_read(show, at, bytes, size)) return;
    value = mybpf__show_number(bytes, size, is_signed);
    if (size == 1 && show->as_chars) {
        if (!bytes[0]) show->ended = 1;
        if (show->ended) return;
        if ((bytes[0] >= 32 && bytes[0] < 127) || bytes[0] >= 160) { /* as Linux has it */
            mybpf__print(text, sizeof text, "'%c'", bytes[0]);
            mybpf__show_value(show, text, 1);
            return;
        }
    }
    mybpf__print(text, sizeof text, is_signed ? "%lld" : "%llu", (unsigned long long)value);
    mybpf__show_value(show, text, value != 0);
}

/* Named values are shown even if they are 0. */
MYBPF__COLD void mybpf__show_enum(mybpf__show *show, const mybpf__btf_type *type, uint64_t at)
{
    uint32_t wide = type->kind == MYBPF__BTF_ENUM64, step = wide ? 12 : 8, size = wide ? 8 : 4;
    uint8_t bytes[8];
    char text[24];
    uint64_t value;
    if (!mybpf__show_read(show, at, bytes, size)) return;
    value = mybpf__show_number(bytes, size, 1);
    for (uint32_t i = 0; i < type->vlen; i++) {
        const uint8_t *row = type->more + (size_t)i * step;
        uint64_t known = wide ? (uint64_t)mybpf__btf_u32(row + 8) << 32 | mybpf__btf_u32(row + 4)
                              : (uint64_t)(int64_t)(int32_t)mybpf__btf_u32(row + 4);
        if (known != value) continue;
        mybpf__show_value(show, mybpf__btf_text(show->btf, mybpf__btf_u32(row)), 1);
        return;
    }
    if (!wide && !type->flag) value = (uint32_t)value;
    mybpf__print(text, sizeof text, type->flag ? "%lld" : "%llu", (unsigned long long)value);
    mybpf__show_value(show, text, value != 0);
}

/* Addresses are shown as they are: Linux' own text for them, without PTR_RAW, is of use to nobody else. */
MYBPF__COLD void mybpf__show_pointer(mybpf__show *show, uint64_t at)
{
    uint8_t bytes[8];
    char text[24];
    uint64_t value;
    if (!mybpf__show_read(show, at, bytes, sizeof bytes)) return;
    value = mybpf__show_number(bytes, sizeof bytes, 0);
    mybpf__print(text, sizeof text, "0x%016llx", (unsigned long long)value);
    mybpf__show_value(show, text, value != 0);
}

/* ---- structs and arrays ---- */

MYBPF__FN void mybpf__show_type(mybpf__show *show, uint32_t id, uint64_t at, uint32_t offset);

MYBPF__COLD void mybpf__show_members(mybpf__show *show, const mybpf__btf_type *type, uint64_t at)
{
    for (uint32_t i = 0; i < type->vlen && !show->status; i++) {
        const uint8_t *row = type->more + (size_t)i * 12;
        uint32_t offset = mybpf__btf_u32(row + 8), bits = type->flag ? offset >> 24 : 0;
        if (type->flag) offset &= 0xffffff;
        show->member.kind = MYBPF__BTF_VAR;
        show->member.name = mybpf__btf_u32(row);
        show->member.size_or_type = mybpf__btf_u32(row + 4);
        if (bits) {
            show->type = show->member.size_or_type;
            mybpf__show_bits(show, at + offset / 8, offset % 8, bits);
        } else {
            mybpf__show_type(show, show->member.size_or_type, at + offset / 8, offset % 8);
        }
        show->member.kind = 0;
    }
}

MYBPF__COLD void mybpf__show_elements(mybpf__show *show, const mybpf__btf_type *type, uint64_t at)
{
    uint32_t element = mybpf__btf_u32(type->more), count = mybpf__btf_u32(type->more + 8),
             size = mybpf__btf_size(show->btf, element);
    show->as_chars = mybpf__btf_strip(show->btf, element).kind == MYBPF__BTF_INT && size == 1;
    show->ended = 0;
    for (uint32_t i = 0; i < count && !show->ended && !show->status; i++) {
        show->of_array = 1;
        show->member.kind = 0;
        mybpf__show_type(show, element, at + (uint64_t)i * size, 0);
        show->of_array = 0;
    }
    show->as_chars = show->ended = 0;
}

MYBPF__COLD void mybpf__show_aggregate(mybpf__show *show, const mybpf__btf_type *type, uint32_t id,
                                       uint64_t at)
{
    int is_array = type->kind == MYBPF__BTF_ARRAY;
    show->type = id;
    mybpf__show_indent(show);
    mybpf__show_name(show);
    if (!(show->flags & MYBPF__SHOW_COMPACT)) mybpf__show_put(show, "\n");
    show->depth++;
    if (is_array)
        mybpf__show_elements(show, type, at);
    else
        mybpf__show_members(show, type, at);
    show->depth--;
    mybpf__show_indent(show);
    mybpf__show_put(show, is_array ? "]" : "}");
    mybpf__show_end(show);
}

/* One that is in another and zero is left out. */
MYBPF__COLD void mybpf__show_nested(mybpf__show *show, const mybpf__btf_type *type, uint32_t id, uint64_t at)
{
    mybpf__btf_type member = show->member;
    if (show->depth && !(show->flags & MYBPF__SHOW_ZERO)) {
        int first = !show->check;
        if (first) {
            show->check = show->depth + 1;
            show->deepest = 0;
        }
        mybpf__show_aggregate(show, type, id, at);
        show->member = member;
        if (!first) return;
        show->check = 0;
        if (show->deepest <= show->depth) return;
    }
    mybpf__show_aggregate(show, type, id, at);
}

MYBPF__FN void mybpf__show_type(mybpf__show *show, uint32_t id, uint64_t at, uint32_t offset)
{
    mybpf__btf_type type = mybpf__btf_strip(show->btf, id);
    char text[40];
    if (++show->values > MYBPF__SHOW_MOST || show->depth >= MYBPF__SHOW_DEPTH) show->status = -MYBPF__E2BIG;
    if (show->status) return;
    switch (type.kind) {
    case MYBPF__BTF_STRUCT:
    case MYBPF__BTF_UNION:
    case MYBPF__BTF_ARRAY: mybpf__show_nested(show, &type, id, at); return;
    default: break;
    }
    show->type = id;
    switch (type.kind) {
    case MYBPF__BTF_INT: mybpf__show_int(show, &type, at, offset); break;
    case MYBPF__BTF_PTR: mybpf__show_pointer(show, at); break;
    case MYBPF__BTF_ENUM:
    case MYBPF__BTF_ENUM64: mybpf__show_enum(show, &type, at); break;
    default:
        mybpf__print(text, sizeof text, "<unsupported kind:%u>", (unsigned)type.kind);
        mybpf__show_put(show, text);
        break;
    }
}

/* struct btf_ptr: what is to be shown, and its type's number. */
MYBPF__COLD int64_t mybpf__show_typed(mybpf_env *env, uint64_t ptr, uint32_t ptr_size, uint64_t flags,
                                      char *text, size_t size)
{
    struct {
        uint64_t at;
        uint32_t type, flags;
    } what;
    mybpf__show show;
    if (flags & ~(uint64_t)15 || ptr_size != sizeof what || !env->object || !env->object->types)
        return -MYBPF__EINVAL;
    mybpf__copy(&what, mybpf__pointer(ptr), sizeof what);
    if ((int32_t)what.type <= 0) return -MYBPF__EINVAL;
    if (what.type >= env->object->types->count) return -MYBPF__ENOENT;
    mybpf__zero(&show, sizeof show);
    show.env = env;
    show.btf = env->object->types;
    show.flags = flags;
    show.out.text = text;
    show.out.size = size;
    mybpf__show_type(&show, what.type, what.at, 0);
    if (size) text[show.out.length < size ? show.out.length : size - 1] = 0;
    return show.status ? show.status : (int64_t)show.out.length;
}

#    endif
#endif
#endif
