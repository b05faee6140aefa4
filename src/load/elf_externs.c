/* elf_externs.c: what an ELF object declares and leaves to the host: `extern ... __kconfig` and `extern ...
 * __ksym`. They are found when a relocation names them; one that nothing uses needs no value. */
#ifndef MYBPF__ELF_EXTERNS_C
#define MYBPF__ELF_EXTERNS_C

#include "btf.c"
#include "elf.h"

#ifndef MYBPF_NO_ELF

enum { MYBPF__EXTERNS_MAX = 4096, MYBPF__KCONFIG_MAX = 1 << 20 };

MYBPF__COLD int mybpf__extern_bad(const mybpf__elf *elf, int code, const char *name, const char *why)
{
    return mybpf__fail(elf->error, code, MYBPF_NO_INSN, "extern %s: %s", name, why);
}

/* The type of the variable `name` in a section of BTF: 1, or 0 when it is not declared there. */
MYBPF__COLD int mybpf__extern_type(const mybpf__elf *elf, const char *section, const char *name,
                                   uint32_t *type)
{
    mybpf__btf_type list = mybpf__btf_datasec(&elf->btf, section);
    for (uint32_t i = 0; i < list.vlen; i++) {
        mybpf__btf_type variable = mybpf__btf_type_at(&elf->btf, mybpf__btf_u32(list.more + 12u * (size_t)i));
        if (variable.kind != MYBPF__BTF_VAR ||
            !mybpf__same_text(mybpf__btf_text(&elf->btf, variable.name), name))
            continue;
        *type = variable.size_or_type;
        return 1;
    }
    return 0;
}

/* ---- values in the form of a kernel's .config ---- */

/* What stands behind `name=` on a line of its own: its length, -1 when there is none. */
MYBPF__COLD int64_t mybpf__kconfig_find(const char *text, const char *name, const char **value)
{
    size_t length = mybpf__length(name, SIZE_MAX), end;
    while (text && *text) {
        if (mybpf__starts(text, name) && text[length] == '=') {
            *value = text + length + 1;
            for (end = 0; (*value)[end] && (*value)[end] != '\n' && (*value)[end] != '\r'; end++) {
            }
            return (int64_t)end;
        }
        while (*text && *text != '\n') text++;
        if (*text) text++;
    }
    return -1;
}

/* A number as C writes it. */
MYBPF__COLD int mybpf__kconfig_number(const char *text, size_t length, int *negative, uint64_t *number)
{
    size_t at = length && *text == '-';
    unsigned base = 10, digit;
    *negative = (int)at;
    if (length - at > 1 && text[at] == '0') base = 8, at++;
    if (base == 8 && length - at > 1 && (text[at] | 32) == 'x') base = 16, at++;
    *number = 0;
    for (size_t first = at; at < length; at++) {
        char c = (char)(text[at] | 32);
        digit = c >= 'a' && c <= 'f'                 ? (unsigned)(c - 'a') + 10
                : text[at] >= '0' && text[at] <= '9' ? (unsigned)(text[at] - '0')
                                                     : 16;
        if (digit >= base || *number > (UINT64_MAX - digit) / base) return 0;
        *number = *number * base + digit;
        if (at - first > 64) return 0;
    }
    return length > (size_t)*negative;
}

/* y, n or m: into a bool, a character or an enum libbpf_tristate. */
MYBPF__COLD const char *mybpf__kconfig_tristate(const mybpf__elf *elf, const mybpf__btf_type *type,
                                                char value, uint8_t *to)
{
    int is_enum = type->kind == MYBPF__BTF_ENUM && type->size_or_type == 4 &&
                  mybpf__same_text(mybpf__btf_text(&elf->btf, type->name), "libbpf_tristate");
    uint32_t state = value == 'y' ? 1 : value == 'm' ? 2 : 0;
    if (is_enum) {
        mybpf__copy(to, &state, sizeof state);
        return NULL;
    }
    if (type->kind != MYBPF__BTF_INT || type->size_or_type != 1)
        return "y, n and m are for bool, char and enum libbpf_tristate";
    if (mybpf__btf_u32(type->more) >> 24 & 4) { /* a bool */
        if (value == 'm') return "m is no value of a bool";
        *to = (uint8_t)state;
    } else {
        *to = (uint8_t)value;
    }
    return NULL;
}

/* "text" into an array of characters, cut where it is too long. */
MYBPF__COLD const char *mybpf__kconfig_text(const mybpf__elf *elf, const mybpf__btf_type *type,
                                            const char *text, size_t length, uint8_t *to)
{
    mybpf__btf_type element;
    uint32_t room;
    if (type->kind != MYBPF__BTF_ARRAY) return "a text is for an array of char";
    element = mybpf__btf_strip(&elf->btf, mybpf__btf_u32(type->more));
    room = mybpf__btf_u32(type->more + 8);
    if (element.kind != MYBPF__BTF_INT || element.size_or_type != 1) return "a text is for an array of char";
    if (length < 2 || text[length - 1] != '"') return "the host's text has no end";
    length -= 2;
    mybpf__copy(to, text + 1, length < room ? length : room - 1u);
    return NULL;
}

MYBPF__COLD const char *mybpf__kconfig_integer(const mybpf__btf_type *type, const char *text, size_t length,
                                               uint8_t *to)
{
    uint64_t number;
    uint32_t size = type->size_or_type;
    int negative, is_signed;
    if (type->kind != MYBPF__BTF_INT || size > 8 || size & (size - 1)) return "a number is for an integer";
    is_signed = (int)(mybpf__btf_u32(type->more) >> 24 & 1);
    if (!mybpf__kconfig_number(text, length, &negative, &number))
        return "the host's value is neither y, n, m, a text nor a number of 64 bits";
    uint64_t most = UINT64_MAX >> (64 - 8 * size + (uint32_t)is_signed);
    if (negative ? !is_signed || number > most + 1 : number > most) return "the host's number does not fit";
    if (mybpf__btf_u32(type->more) >> 24 & 4 && number > 1) return "the host's number is no value of a bool";
    if (negative) number = 0 - number;
    const uint8_t *from = (const uint8_t *)&number;
    mybpf__copy(to, from + (MYBPF_BIG_ENDIAN ? 8 - size : 0), size);
    return NULL;
}

/* Room for all of the section's variables, each at a multiple of 8: none is used yet. */
MYBPF__COLD int mybpf__kconfig_section(mybpf__elf *elf)
{
    mybpf__btf_type list = mybpf__btf_datasec(&elf->btf, ".kconfig");
    uint64_t size = 0;
    for (uint32_t i = 0; i < list.vlen; i++) {
        mybpf__btf_type variable = mybpf__btf_type_at(&elf->btf, mybpf__btf_u32(list.more + 12u * (size_t)i));
        size += ((uint64_t)mybpf__btf_size(&elf->btf, variable.size_or_type) + 7) & ~(uint64_t)7;
    }
    if (!size || size > MYBPF__KCONFIG_MAX)
        return mybpf__fail(elf->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "section .kconfig has %llu bytes; 1 to %d are possible", (unsigned long long)size,
                           MYBPF__KCONFIG_MAX);
    elf->kconfig = mybpf__add_section(elf->object, ".kconfig", NULL, size, 1, elf->error);
    if (elf->kconfig < 0) return (int)elf->kconfig;
    mybpf__map_slot *slot = &elf->object->slots[elf->kconfig];
    slot->data = mybpf__section_alloc(elf->object->vm, (uint32_t)size);
    if (slot->data) return MYBPF_OK;
    return mybpf__fail(elf->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for section .kconfig");
}

MYBPF__COLD int mybpf__extern_kconfig(mybpf__elf *elf, mybpf__elf_extern *found, uint32_t id, int weak)
{
    mybpf__btf_type type = mybpf__btf_strip(&elf->btf, id);
    const char *value = "0", *why = NULL;
    int status = elf->kconfig < 0 ? mybpf__kconfig_section(elf) : MYBPF_OK;
    if (status) return status;
    mybpf__map_slot *slot = &elf->object->slots[elf->kconfig];
    found->map = elf->kconfig;
    found->size = mybpf__btf_size(&elf->btf, id);
    found->value = elf->kconfig_used;
    if (!found->size || found->size > slot->size - elf->kconfig_used)
        return mybpf__extern_bad(elf, MYBPF_ERR_FORMAT, found->name, "its type has no size");
    elf->kconfig_used += (found->size + 7) & ~7u;
    int64_t length = elf->opts ? mybpf__kconfig_find(elf->opts->kconfig, found->name, &value) : -1;
    if (length < 0) {
        if (weak || mybpf__starts(found->name, "LINUX_")) return MYBPF_OK; /* there is no kernel */
        return mybpf__extern_bad(elf, MYBPF_ERR_NOT_FOUND, found->name,
                                 "the host gives no value for it (kconfig)");
    }
    uint8_t *to = slot->data + found->value;
    if (length == 1 && (*value == 'y' || *value == 'n' || *value == 'm'))
        why = mybpf__kconfig_tristate(elf, &type, *value, to);
    else if (*value == '"')
        why = mybpf__kconfig_text(elf, &type, value, (size_t)length, to);
    else
        why = mybpf__kconfig_integer(&type, value, (size_t)length, to);
    return why ? mybpf__extern_bad(elf, MYBPF_ERR_ARGUMENT, found->name, why) : MYBPF_OK;
}

/* ---- symbols of the host ---- */

/* A variable whose size the host tells is a section of its own, in the host's memory; others are addresses.
 */
MYBPF__COLD int mybpf__extern_ksym(mybpf__elf *elf, mybpf__elf_extern *found, uint32_t id)
{
    const mybpf_ksym *ksym = NULL;
    uint32_t size = mybpf__btf_size(&elf->btf, id);
    for (size_t i = 0; elf->opts && i < elf->opts->ksym_count && !ksym; i++)
        if (mybpf__same_text(elf->opts->ksyms[i].name, found->name)) ksym = &elf->opts->ksyms[i];
    if (!ksym) return 0;
    if ((!size || !ksym->size) && ksym->per_cpu)
        return mybpf__extern_bad(elf, MYBPF_ERR_ARGUMENT, found->name,
                                 "what each CPU has needs a size, and a type in the program");
    if (!size || !ksym->size) {
        found->value = mybpf__address(ksym->address);
        return 1;
    }
    if (ksym->size < size || !ksym->address || mybpf__address(ksym->address) % 8)
        return mybpf__extern_bad(elf, MYBPF_ERR_ARGUMENT, found->name,
                                 "the host's variable is smaller than its type, or not at a multiple of 8");
    found->map = mybpf__add_section(elf->object, found->name, NULL, ksym->size, 0, elf->error);
    if (found->map < 0) return (int)found->map;
    found->size = ksym->size;
    elf->object->slots[found->map].host = ksym->address;
    if (!ksym->writable)
        elf->object->slots[found->map].desc.flags = MYBPF_F_RDONLY_PROG; /* the host may change it */
    if (ksym->per_cpu) {
        elf->object->slots[found->map].per_cpu = 1;
        elf->object->slots[found->map].desc.type = MYBPF_MAP_TYPE_PERCPU_ARRAY;
    }
    return 1;
}

/* 1 and the extern, 0 when neither BTF nor the host know one of this name, or a negative status. */
MYBPF__COLD int mybpf__elf_extern_find(mybpf__elf *elf, const char *name, int weak, mybpf__elf_extern *found)
{
    uint32_t type = 0;
    int status;
    for (uint32_t i = 0; i < elf->extern_count; i++)
        if (mybpf__same_text(elf->externs[i].name, name)) return *found = elf->externs[i], 1;
    mybpf__zero(found, sizeof *found);
    found->name = name;
    found->map = -1;
    if (mybpf__extern_type(elf, ".kconfig", name, &type)) {
        status = mybpf__extern_kconfig(elf, found, type, weak);
        if (status) return status;
    } else {
        (void)mybpf__extern_type(elf, ".ksyms", name, &type);
        status = mybpf__extern_ksym(elf, found, type);
        if (status <= 0) return status;
    }
    if (elf->extern_count == MYBPF__EXTERNS_MAX)
        return mybpf__extern_bad(elf, MYBPF_ERR_LIMIT, name, "there are too many");
    void *externs = mybpf__more(elf->object->vm, elf->externs, elf->extern_count, &elf->extern_capacity,
                                sizeof *elf->externs);
    if (!externs) return mybpf__extern_bad(elf, MYBPF_ERR_MEMORY, name, "no memory");
    elf->externs = (mybpf__elf_extern *)externs;
    elf->externs[elf->extern_count++] = *found;
    return 1;
}

#endif
#endif
