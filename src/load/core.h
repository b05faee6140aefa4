/* core.h: CO-RE, "compile once, run everywhere": what a field, a type or an enumerator of an object's own
 * types is among the types of a target. */
#ifndef MYBPF__CORE_H
#define MYBPF__CORE_H

#include "btf.h"

#ifndef MYBPF_NO_ELF

/* Kinds of relocations (linux/bpf.h enum bpf_core_relo_kind). */
enum {
    MYBPF__CORE_FIELD_BYTE_OFFSET,
    MYBPF__CORE_FIELD_BYTE_SIZE,
    MYBPF__CORE_FIELD_EXISTS,
    MYBPF__CORE_FIELD_SIGNED,
    MYBPF__CORE_FIELD_LSHIFT_U64,
    MYBPF__CORE_FIELD_RSHIFT_U64,
    MYBPF__CORE_TYPE_ID_LOCAL,
    MYBPF__CORE_TYPE_ID_TARGET,
    MYBPF__CORE_TYPE_EXISTS,
    MYBPF__CORE_TYPE_SIZE,
    MYBPF__CORE_ENUMVAL_EXISTS,
    MYBPF__CORE_ENUMVAL_VALUE,
    MYBPF__CORE_TYPE_MATCHES,
    MYBPF__CORE_KINDS
};

typedef struct mybpf__core {
    mybpf_vm *vm;
    const mybpf__btf *local, *target;
    uint32_t *heads, *next; /* the target's named types by name without flavour: first of a bucket, then a
                               chain; 0 ends it */
    uint32_t mask;
    uint32_t work; /* types and members that may still be looked at: hostile types are related without end */
    const char *why; /* after a failure */
} mybpf__core;

/* One relocation: `type` and `access` (in the strings) are the object's. */
typedef struct mybpf__core_relo {
    uint32_t type, access, kind;
} mybpf__core_relo;

typedef struct mybpf__core_result {
    uint64_t before, after;           /* what the instruction holds, and what it is to hold */
    uint32_t size_before, size_after; /* of the field, where the instruction may load or store it */
    int exact;                        /* `before` is what every compiler writes */
    int resizes;                      /* a load or store of the field may become one of another size */
    const char *why; /* not NULL: the target has nothing for it, the instruction must not be reached */
    char text[160];  /* "field_byte_offset of struct sk_buff.len" */
} mybpf__core_result;

/* Both BTFs stay open while it is used. Free with mybpf__core_close, also after a failure. */
MYBPF__FN int mybpf__core_open(mybpf__core *core, mybpf_vm *vm, const mybpf__btf *local,
                               const mybpf__btf *target, mybpf_error *error);
MYBPF__FN void mybpf__core_close(mybpf__core *core);
/* ERR_FORMAT or ERR_UNSUPPORTED for a record that is malformed or of no known kind. */
MYBPF__FN int mybpf__core_resolve(mybpf__core *core, const mybpf__core_relo *relo, mybpf__core_result *result,
                                  mybpf_error *error);

#endif
#endif
