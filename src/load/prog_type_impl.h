/* prog_type_impl.h: contexts and the host's program types, from the inside. */
#ifndef MYBPF__PROG_TYPE_IMPL_H
#define MYBPF__PROG_TYPE_IMPL_H

#include "../base/vm_impl.h"
#include "prog_type.h"

#ifndef MYBPF_NO_PROVER

typedef struct mybpf__field {
    uint16_t offset, size;
    uint8_t kind; /* mybpf_field_kind */
    uint8_t reads, writes, constant;
    uint8_t readers, writers; /* who may: bits of mybpf__context.who */
    uint16_t bytes;
    uint32_t object;
} mybpf__field;

typedef struct mybpf__context {
    const char *name;
    const mybpf__field *fields;
    uint32_t count;
    uint8_t who;
    uint8_t writes_packet;
} mybpf__context;

/* A type of the host's. Behind it stand its fields, then its helper numbers. */
typedef struct mybpf__prog_type {
    struct mybpf__prog_type *next;
    uint32_t type, index; /* in order of registration */
    const char *const *sections;
    const mybpf_range *helpers;
    size_t helper_count;
    mybpf__context context;
} mybpf__prog_type;

/* The host's type of this number, NULL when there is none. */
MYBPF__FN const mybpf__prog_type *mybpf__prog_type_find(const mybpf_vm *vm, uint32_t type);
/* May programs of this type call the helper? */
MYBPF__FN int mybpf__type_allows(const mybpf_vm *vm, uint32_t type, const mybpf_helper *helper);

#endif
#endif
