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
    uint32_t flag; /* STRUCT, UNION: members may be bit fields; ENUM: signed; FWD: of a union */
    const uint8_t *more;
} mybpf__btf_type;

/* A variable of the section `.maps`, as BTF declares it. */
typedef struct mybpf__btf_map {
    mybpf_map_desc desc;
    uint32_t values_offset; /* of the array of initial values in the variable; 0: none */
    int values_are_programs;
    uint32_t values_type; /* the struct that declares the maps in it; 0: none */
    mybpf_map_desc inner; /* what that says */
    uint32_t lock, timer; /* 1 + where values have such a thing; 0: nowhere */
    uint32_t pin;         /* by name */
#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)
    uint32_t kptr_count;
    uint32_t kptr_looked;   /* members that were looked at: a file may nest without end */
    const char *kptr_fault; /* why values cannot have one of theirs */
    mybpf__kptr_decl kptrs[MYBPF_MAP_KPTRS];
#endif
} mybpf__btf_map;

/* Checks every record of a .BTF section. Free with mybpf__btf_close, also after a failure. */
MYBPF__FN int mybpf__btf_open(mybpf__btf *btf, mybpf_vm *vm, const uint8_t *bytes, uint64_t size,
                              mybpf_error *error);
MYBPF__FN void mybpf__btf_close(mybpf__btf *btf);
MYBPF__FN mybpf__btf_type mybpf__btf_type_at(const mybpf__btf *btf, uint32_t id);
/* The type behind typedefs and qualifiers, void when they go round in circles; `*id` becomes its number. */
MYBPF__FN mybpf__btf_type mybpf__btf_strip_at(const mybpf__btf *btf, uint32_t *id);
MYBPF__FN mybpf__btf_type mybpf__btf_strip(const mybpf__btf *btf, uint32_t id);
/* sizeof a type in bytes, 0 when it has none. */
MYBPF__FN uint32_t mybpf__btf_size(const mybpf__btf *btf, uint32_t id);
/* A string, "" when it is outside. */
MYBPF__FN const char *mybpf__btf_text(const mybpf__btf *btf, uint32_t offset);
/* Map `index` of the section `.maps`: 1, 0 after the last one, or a negative status. */
MYBPF__FN int mybpf__btf_map_at(const mybpf__btf *btf, uint32_t index, mybpf__btf_map *map,
                                mybpf_error *error);

/* The section's list of variables; kind 0 when there is none. */
MYBPF__FN mybpf__btf_type mybpf__btf_datasec(const mybpf__btf *btf, const char *name);

/* What function `id`, a FUNC, is declared with. */
MYBPF__FN mybpf__proto mybpf__btf_proto(const mybpf__btf *btf, uint32_t id);

/* Records of a .BTF.ext section, one at a time, with the section's name: their first word is a byte offset in
 * it. FUNCS: then the FUNC. LINES: then file, text (both in the strings), line << 10 | column. CORE: then type,
 * access string, kind. */
enum { MYBPF__BTF_FUNCS = 8, MYBPF__BTF_LINES = 16, MYBPF__BTF_CORE = 24 }; /* where the header tells of them */
typedef void (*mybpf__btf_record_fn)(void *user, const char *section, const uint8_t *record);
MYBPF__FN int mybpf__btf_records(const mybpf__btf *btf, const uint8_t *bytes, uint64_t size, uint32_t which,
                                 mybpf__btf_record_fn each, void *user, mybpf_error *error);
MYBPF__FN uint32_t mybpf__btf_u32(const uint8_t *at);

#endif
