/* btf.h: reading BTF, the type information clang puts into .BTF and .BTF.ext. */
#ifndef MYBPF__BTF_H
#define MYBPF__BTF_H

#include "object_impl.h"

/* Kinds of types (linux/btf.h BTF_KIND_*). */
enum {
    MYBPF__BTF_INT = 1,
    MYBPF__BTF_PTR,
    MYBPF__BTF_ARRAY,
    MYBPF__BTF_STRUCT,
    MYBPF__BTF_UNION,
    MYBPF__BTF_ENUM,
    MYBPF__BTF_FWD,
    MYBPF__BTF_TYPEDEF,
    MYBPF__BTF_VOLATILE,
    MYBPF__BTF_CONST,
    MYBPF__BTF_RESTRICT,
    MYBPF__BTF_FUNC,
    MYBPF__BTF_FUNC_PROTO,
    MYBPF__BTF_VAR,
    MYBPF__BTF_DATASEC,
    MYBPF__BTF_FLOAT,
    MYBPF__BTF_DECL_TAG,
    MYBPF__BTF_TYPE_TAG,
    MYBPF__BTF_ENUM64,
    MYBPF__BTF_KINDS
};

/* The file's bytes stay the reader's; only `offsets` is owned. */
typedef struct mybpf__btf {
    mybpf_vm *vm;
    const uint8_t *types;
    uint32_t type_size;
    const char *strings;
    uint32_t string_size;
    uint32_t *offsets; /* of type i in `types`; type 0 is void */
    uint32_t count;    /* void included */
} mybpf__btf;

/* One type: its record's head, and where what follows it stands. Zero (void) for a bad id. */
typedef struct mybpf__btf_type {
    uint32_t kind, vlen, name, size_or_type;
    const uint8_t *more;
} mybpf__btf_type;

/* A variable of the section `.maps`, as BTF declares it. */
typedef struct mybpf__btf_map {
    mybpf_map_desc desc;
    uint32_t values_offset; /* of the array of initial values in the variable; 0: none */
    int values_are_programs;
    uint32_t lock; /* 1 + where values have a lock; 0: nowhere */
} mybpf__btf_map;

/* Checks every record of a .BTF section. Free with mybpf__btf_close, also after a failure. */
MYBPF__FN int mybpf__btf_open(mybpf__btf *btf, mybpf_vm *vm, const uint8_t *bytes, uint64_t size,
                              mybpf_error *error);
MYBPF__FN void mybpf__btf_close(mybpf__btf *btf);
MYBPF__FN mybpf__btf_type mybpf__btf_type_at(const mybpf__btf *btf, uint32_t id);
/* A string, "" when it is outside. */
MYBPF__FN const char *mybpf__btf_text(const mybpf__btf *btf, uint32_t offset);
/* Map `index` of the section `.maps`: 1, 0 after the last one, or a negative status. */
MYBPF__FN int mybpf__btf_map_at(const mybpf__btf *btf, uint32_t index, mybpf__btf_map *map,
                                mybpf_error *error);

/* Line records of a .BTF.ext section, one at a time. */
typedef void (*mybpf__btf_line_fn)(void *user, const char *section, uint32_t offset, const char *file,
                                   uint32_t line, uint32_t text);
/* Calls `line` for every record with the section's name, the byte offset in it, and where the line's text stands in
 * `strings`. */
MYBPF__FN int mybpf__btf_lines(const mybpf__btf *btf, const uint8_t *bytes, uint64_t size,
                               mybpf__btf_line_fn line, void *user, mybpf_error *error);

#endif
