/* mybpfc_btf.h: the types of an ELF object's .BTF section, for gen. Every offset is checked: a broken section
 * has no types. With MYBPF_NO_ELF there are none. */
#ifndef MYBPFC_BTF_H
#define MYBPFC_BTF_H

#include "mybpfc_elf.h"

/* Kinds (linux/btf.h BTF_KIND_*). */
enum {
    BTF_INT = 1,
    BTF_PTR,
    BTF_ARRAY,
    BTF_STRUCT,
    BTF_UNION,
    BTF_ENUM,
    BTF_FWD,
    BTF_TYPEDEF,
    BTF_VOLATILE,
    BTF_CONST,
    BTF_RESTRICT,
    BTF_FUNC,
    BTF_FUNC_PROTO,
    BTF_VAR,
    BTF_DATASEC,
    BTF_FLOAT,
    BTF_DECL_TAG,
    BTF_TYPE_TAG,
    BTF_ENUM64,
    BTF_KINDS
};

typedef struct btf {
    const unsigned char *types; /* in the file */
    const char *strings;
    uint32_t type_size, string_size;
    uint32_t *offsets; /* of each type, from malloc */
    uint32_t count;    /* void included; 0: there is no BTF */
} btf;

/* All zero (void) for a number that is none. */
typedef struct btf_type {
    uint32_t kind, vlen, flag, size; /* size: or the type that it refers to */
    const char *name;
    const unsigned char *more;
} btf_type;

static uint32_t btf_word(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static const char *btf_text(const btf *b, uint32_t offset)
{
    return offset < b->string_size ? b->strings + offset : "";
}

static btf_type btf_at(const btf *b, uint32_t id)
{
    btf_type type = {0, 0, 0, 0, "", NULL};
    if (!id || id >= b->count) return type;
    const unsigned char *at = b->types + b->offsets[id];
    uint32_t info = btf_word(at + 4);
    type.kind = info >> 24 & 31;
    type.vlen = info & 0xffff;
    type.flag = info >> 31;
    type.size = btf_word(at + 8);
    type.name = btf_text(b, btf_word(at));
    type.more = at + 12;
    return type;
}

/* The type behind typedefs and qualifiers; `*name`, if not NULL: that of the last typedef, or "". */
static uint32_t btf_resolve(const btf *b, uint32_t id, const char **name)
{
    if (name) *name = "";
    for (int depth = 0; depth < 64; depth++) {
        btf_type type = btf_at(b, id);
        if (type.kind != BTF_TYPEDEF && type.kind != BTF_VOLATILE && type.kind != BTF_CONST &&
            type.kind != BTF_RESTRICT && type.kind != BTF_TYPE_TAG)
            return id;
        if (name && type.kind == BTF_TYPEDEF) *name = type.name;
        id = type.size;
    }
    return 0;
}

/* Bytes of a record of this kind behind its first 12. */
static uint32_t btf_more(uint32_t kind, uint32_t vlen)
{
    static const unsigned char fixed[BTF_KINDS] = {0, 4, 0, 12, 0, 0, 0, 0, 0, 0,
                                                   0, 0, 0, 0,  4, 0, 0, 4, 0, 0};
    static const unsigned char each[BTF_KINDS] = {0, 0, 0, 0, 12, 12, 8, 0, 0, 0,
                                                  0, 0, 0, 8, 0,  12, 0, 0, 0, 12};
    return fixed[kind] + each[kind] * vlen;
}

/* Where each record begins; up to the first that is broken, or of a kind from the future. */
static void btf_index(btf *b)
{
    uint32_t at = 0;
    b->offsets = (uint32_t *)calloc(b->type_size / 12 + 2, sizeof *b->offsets);
    if (!b->offsets) return;
    b->count = 1;
    while (b->type_size - at >= 12) {
        uint32_t info = btf_word(b->types + at + 4), kind = info >> 24 & 31;
        if (!kind || kind >= BTF_KINDS || b->type_size - at - 12 < btf_more(kind, info & 0xffff)) return;
        b->offsets[b->count++] = at;
        at += 12 + btf_more(kind, info & 0xffff);
    }
}

/* The types of an object; to be closed. */
static void btf_open(btf *b, char *bytes, size_t size)
{
    size_t btf_size = 0;
    const unsigned char *at = (const unsigned char *)section_bytes(bytes, size, ".BTF", &btf_size);
    memset(b, 0, sizeof *b);
    if (!at || btf_size < 24 || btf_size > UINT32_MAX) return;
    uint64_t head = btf_word(at + 4), types = head + btf_word(at + 8), strings = head + btf_word(at + 16);
    b->type_size = btf_word(at + 12);
    b->string_size = btf_word(at + 20);
    if (at[2] != 1 || types + b->type_size > btf_size || strings + b->string_size > btf_size) return;
    if (!b->string_size || at[strings + b->string_size - 1]) return;
    b->types = at + types;
    b->strings = (const char *)at + strings;
    btf_index(b);
}

static void btf_close(btf *b) { free(b->offsets); }

#endif
