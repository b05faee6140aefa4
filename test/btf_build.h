/* btf_build.h: a small BTF made in memory, type by type, in this machine's byte order. */
#ifndef BTF_BUILD_H
#define BTF_BUILD_H

#include <stdint.h>
#include <string.h>

enum { BTF_ROOM = 4096, BTF_HEADER = 24 };
enum {
    INT_ = 1,
    PTR_,
    ARRAY_,
    STRUCT_,
    UNION_,
    ENUM_,
    FWD_,
    TYPEDEF_,
    VOLATILE_,
    CONST_,
    RESTRICT_,
    FUNC_,
    PROTO_,
    VAR_,
    DATASEC_,
    FLOAT_,
    DECL_TAG_,
    TYPE_TAG_,
    ENUM64_
};
enum {
    BTF_FLAG = 0x80
}; /* with a kind: bit fields in it, signed enumerators, forward declaration of a union */

typedef struct btf_build {
    uint8_t types[BTF_ROOM], strings[BTF_ROOM], bytes[BTF_HEADER + 2 * BTF_ROOM];
    uint32_t type_size, string_size, count, size;
} btf_build;

/* A member of a struct, a parameter, or an enumerator. */
typedef struct btf_part {
    const char *name;
    uint32_t a,
        b; /* struct: type, offset in bits | width << 24; proto: type; enum: value; enum64: its halves */
} btf_part;

static inline void btf_begin(btf_build *btf)
{
    memset(btf, 0, sizeof *btf);
    btf->string_size = 1;
    btf->count = 1;
}

static inline uint32_t btf_string(btf_build *btf, const char *text)
{
    uint32_t at = btf->string_size;
    if (!text || !*text) return 0;
    memcpy(btf->strings + at, text, strlen(text) + 1);
    btf->string_size += (uint32_t)strlen(text) + 1;
    return at;
}

static inline void btf_word(btf_build *btf, uint32_t word)
{
    memcpy(btf->types + btf->type_size, &word, 4);
    btf->type_size += 4;
}

static inline uint32_t btf_head(btf_build *btf, int kind, const char *name, uint32_t vlen,
                                uint32_t size_or_type)
{
    btf_word(btf, btf_string(btf, name));
    btf_word(btf, (uint32_t)(kind & 31) << 24 | (uint32_t)(kind & BTF_FLAG) << 24 | vlen);
    btf_word(btf, size_or_type);
    return btf->count++;
}

/* PTR, TYPEDEF, CONST..., FWD */
static inline uint32_t btf_to(btf_build *btf, int kind, const char *name, uint32_t type)
{
    return btf_head(btf, kind, name, 0, type);
}

static inline uint32_t btf_int(btf_build *btf, const char *name, uint32_t size, int is_signed)
{
    uint32_t id = btf_head(btf, INT_, name, 0, size);
    btf_word(btf, (is_signed ? 1u << 24 : 0) | size * 8);
    return id;
}

static inline uint32_t btf_array(btf_build *btf, uint32_t type, uint32_t index, uint32_t length)
{
    uint32_t id = btf_head(btf, ARRAY_, NULL, 0, 0);
    btf_word(btf, type), btf_word(btf, index), btf_word(btf, length);
    return id;
}

/* STRUCT, UNION, ENUM, ENUM64; PROTO: `size` is the result's type. Parts end with one whose name is NULL. */
static inline uint32_t btf_parts(btf_build *btf, int kind, const char *name, uint32_t size,
                                 const btf_part *parts)
{
    uint32_t count = 0, id;
    while (parts[count].name) count++;
    id = btf_head(btf, kind, name, count, size);
    for (uint32_t i = 0; i < count; i++) {
        btf_word(btf, btf_string(btf, parts[i].name));
        btf_word(btf, parts[i].a);
        if ((kind & 31) != ENUM_ && (kind & 31) != PROTO_) btf_word(btf, parts[i].b);
    }
    return id;
}

/* The whole: btf->bytes, btf->size. */
static inline void btf_end(btf_build *btf)
{
    uint32_t header[6] = {0, BTF_HEADER, 0, btf->type_size, btf->type_size, btf->string_size};
    uint16_t magic = 0xeb9f;
    memcpy(btf->bytes, header, sizeof header);
    memcpy(btf->bytes, &magic, 2);
    btf->bytes[2] = 1;
    memcpy(btf->bytes + BTF_HEADER, btf->types, btf->type_size);
    memcpy(btf->bytes + BTF_HEADER + btf->type_size, btf->strings, btf->string_size);
    btf->size = BTF_HEADER + btf->type_size + btf->string_size;
}

#endif
