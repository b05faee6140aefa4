/* prog_type.h: program types: names, and types that a host makes of its own. */
#ifndef MYBPF__PROG_TYPE_H
#define MYBPF__PROG_TYPE_H

#include "../helper/helper.h"
#include "prog_types.h"

/* MYBPF_PROG_TYPE_XDP = 6, ...: the numbers of enum bpf_prog_type; TCMD, a command, is mybpf's own. */
#define MYBPF__PROG_TYPE_ENUM(number, name, text) MYBPF_PROG_TYPE_##name = (number),
enum {
    MYBPF_PROG_TYPES(MYBPF__PROG_TYPE_ENUM) MYBPF_PROG_TYPE_COUNT,
    MYBPF_PROG_TYPE_TCMD = 1000, /* r1 = argc, r2 = argv */
    MYBPF_PROG_TYPE_HOST = 2000  /* from here to 65535: the host's own */
};
#undef MYBPF__PROG_TYPE_ENUM

/* "xdp" for MYBPF_PROG_TYPE_XDP; NULL for a number that is none of these, and always under
 * MYBPF_NO_MESSAGES. */
MYBPF_API const char *mybpf_prog_type_name(uint32_t type);

/* MYBPF_ATTACH_XDP = 37, ...: the numbers of enum bpf_attach_type, which tell what a program of its type is attached
 * to; and its name ("xdp_devmap"), NULL as above. */
#define MYBPF__ATTACH_TYPE_ENUM(number, name, text) MYBPF_ATTACH_##name = (number),
enum { MYBPF_ATTACH_TYPES(MYBPF__ATTACH_TYPE_ENUM) MYBPF_ATTACH_TYPE_COUNT };
#undef MYBPF__ATTACH_TYPE_ENUM
#ifndef MYBPF_NO_MESSAGES
MYBPF_API const char *mybpf_attach_type_name(uint32_t type);
#else
#    define mybpf_attach_type_name(type) ((void)(type), (const char *)NULL)
#endif

/* MYBPF_XDP_PASS = 2, MYBPF_TC_ACT_SHOT = 2...: what programs return, in the words of linux/bpf.h. */
#define MYBPF__VERDICT_ENUM(types, value, name) MYBPF_##name = (value),
enum { MYBPF_VERDICTS(MYBPF__VERDICT_ENUM) MYBPF__VERDICT_END };
#undef MYBPF__VERDICT_ENUM

/* "XDP_PASS" for what a program of type MYBPF_PROG_TYPE_XDP returned, of which the lower 32 bits count; NULL
 * where Linux has no name for it, and always under MYBPF_NO_MESSAGES. */
#ifndef MYBPF_NO_MESSAGES
MYBPF_API const char *mybpf_verdict_name(uint32_t type, uint64_t r0);
#else
#    define mybpf_verdict_name(type, r0) ((void)(type), (void)(r0), (const char *)NULL)
#endif

typedef struct mybpf_range {
    uint32_t first, last;
} mybpf_range; /* both ends included */

#ifndef MYBPF_NO_PROVER
/* What a field of a context holds. Addresses have 4 or 8 bytes and are read whole. */
typedef enum mybpf_field_kind {
    MYBPF_FIELD_NUMBER = 0,
    MYBPF_FIELD_PACKET,        /* the address of the packet's first byte */
    MYBPF_FIELD_PACKET_END,    /* of the first one behind its last */
    MYBPF_FIELD_PACKET_META,   /* of metadata, which ends where the packet begins */
    MYBPF_FIELD_MEMORY,        /* of `bytes` bytes at a multiple of 8 */
    MYBPF_FIELD_MEMORY_OR_NULL /* the same, or 0 */
} mybpf_field_kind;

/* Fields that stand side by side and have the same rules. An access lies in one of them, at a multiple of its
 * width, and has one of the widths: sums of 1, 2, 4, 8. */
typedef struct mybpf_field {
    uint16_t offset, size;
    uint8_t kind;          /* mybpf_field_kind */
    uint8_t reads, writes; /* widths; 0: not at all */
    uint8_t constant;      /* memory: it is not for writing */
    uint32_t bytes;        /* of the memory */
    uint32_t object;       /* what object the memory is, for OBJECT arguments of helpers; 0: none */
} mybpf_field;

/* A type of the host's own: which sections hold such programs, what their context is, what they may call. */
typedef struct mybpf_prog_type {
    uint32_t type;               /* MYBPF_PROG_TYPE_HOST to 65535 */
    const char *name;            /* of the type and its context in messages; kept, not copied */
    const char *const *sections; /* names or beginnings of names ("sensor" for "sensor/door"), then NULL;
                                    kept, not copied; the array may be NULL */
    const mybpf_field *fields;   /* in order of their offsets, copied */
    size_t field_count;
    const mybpf_range *helpers; /* numbers that such programs may call (Sys and User ones if the load grants
                                   them, too), copied; NULL: no rule */
    size_t helper_count;
    int writes_packet; /* programs may write to the packet */
} mybpf_prog_type;

/* Tells the vm of a type, before objects with such programs are opened. In verified loads that promise no
 * ctx_size, programs of it are proven against the fields, as Linux' types are; the run then gives a context
 * with these fields, with addresses of memory that lives as long. ERR_ARGUMENT for a description that
 * contradicts itself, ERR_EXISTS for a number that is taken, ERR_LIMIT after MYBPF_MAX_PROG_TYPES. */
#    define MYBPF_MAX_PROG_TYPES 29u
MYBPF_API int mybpf_prog_type_register(mybpf_vm *vm, const mybpf_prog_type *type, mybpf_error *error);
#endif

#endif
