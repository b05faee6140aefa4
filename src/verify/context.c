/* context.c: the layout of a program's context, and what it promises when the program runs. */
#ifndef MYBPF__CONTEXT_C
#define MYBPF__CONTEXT_C

#include "contexts.h"
#include "state.h"

#ifndef MYBPF_NO_PROVER

/* clang-format off */
#    define MYBPF__FIELD(offset, size, kind, reads, writes, readers, writers, text)                          \
        {offset, size, MYBPF_FIELD_##kind, reads, writes, 0, MYBPF__WHO_##readers, MYBPF__WHO_##writers, 0, 0},
#    define MYBPF__POINTER(offset, kind, readers, bytes, object, constant, text)                             \
        {offset, 8, MYBPF_FIELD_##kind, 8, 0, constant, MYBPF__WHO_##readers, 0, bytes, MYBPF_OBJECT_##object},
#    define MYBPF__FIELDS(X) \
    X(SK_BUFF) X(FLOW) X(XDP_MD) X(PT_REGS_FIELDS) X(PERF_EVENT) X(RECORD) X(ARGS) X(BTF_ARGS) X(SYSCALL) X(LIRC) X(SOCK) X(TCP_SOCK) \
    X(SOCK_ADDR) X(SOCK_OPS) X(DEVICE) X(SYSCTL) X(SOCKOPT) X(SK_MSG) X(SK_REUSEPORT) X(SK_LOOKUP) X(NETFILTER)
/* clang-format on */
#    define MYBPF__FIELD_TABLE(name)                                                                         \
        static const mybpf__field mybpf__fields_##name[] = {MYBPF__##name(MYBPF__FIELD, MYBPF__POINTER)};
MYBPF__FIELDS(MYBPF__FIELD_TABLE)

#    define MYBPF__CONTEXT_ROW(number, text, table, who, writes)                                             \
        {text, mybpf__fields_##table, sizeof mybpf__fields_##table / sizeof(mybpf__field), MYBPF__WHO_##who, \
         writes},
#    define MYBPF__CONTEXT_TYPE(number, text, table, who, writes) number,

/* The layout of a program type's context, NULL when it has none. */
MYBPF__FN const mybpf__context *mybpf__context_of(const mybpf_vm *vm, uint32_t type)
{
    static const mybpf__context mybpf__rows[] = {MYBPF__CONTEXTS(MYBPF__CONTEXT_ROW)};
    static const uint8_t mybpf__types[] = {MYBPF__CONTEXTS(MYBPF__CONTEXT_TYPE)};
    const mybpf__prog_type *own;
    for (uint32_t i = 0; i < sizeof mybpf__types; i++)
        if (mybpf__types[i] == type) return &mybpf__rows[i];
    own = mybpf__prog_type_find(vm, type);
    return own ? &own->context : NULL;
}

/* The layout of an object that programs may read by its fields alone, NULL: it is plain memory. */
MYBPF__FN const mybpf__context *mybpf__object_layout(uint32_t object)
{
    static const mybpf__context mybpf__rows[] = {
        MYBPF__CONTEXT_ROW(2, "bpf_sock", SOCK, COMMON, 0) MYBPF__CONTEXT_ROW(3, "bpf_sock", SOCK, SOCKET, 0)
            MYBPF__CONTEXT_ROW(4, "bpf_tcp_sock", TCP_SOCK, ALL, 0)};
    uint32_t index = object - MYBPF_OBJECT_SOCK_COMMON;
    return index < sizeof mybpf__rows / sizeof *mybpf__rows ? &mybpf__rows[index] : NULL;
}
#    undef MYBPF__FIELD
#    undef MYBPF__POINTER
#    undef MYBPF__FIELDS
#    undef MYBPF__FIELD_TABLE
#    undef MYBPF__CONTEXT_ROW
#    undef MYBPF__CONTEXT_TYPE

/* The field that an access of `size` bytes at `offset` is in, NULL when it is not permitted. */
MYBPF__FN const mybpf__field *mybpf__context_field(const mybpf__context *context, int64_t offset,
                                                   uint32_t size, int write)
{
    for (uint32_t i = 0; i < context->count; i++) {
        const mybpf__field *field = &context->fields[i];
        if (offset < field->offset || offset + size > field->offset + field->size) continue;
        if (offset % size || !((write ? field->writes : field->reads) & size)) return NULL;
        return (write ? field->writers : field->readers) & context->who ? field : NULL;
    }
    return NULL;
}

MYBPF__FN int mybpf__field_is_packet(const mybpf__field *field)
{
    return field->kind >= MYBPF_FIELD_PACKET && field->kind <= MYBPF_FIELD_PACKET_META;
}

/* Bytes of a context up to the last of its addresses: into the packet, or of other memory. */
MYBPF__FN uint32_t mybpf__context_addresses(const mybpf__context *context, int packet)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < context->count; i++)
        if (context->fields[i].kind != MYBPF_FIELD_NUMBER &&
            mybpf__field_is_packet(&context->fields[i]) == packet &&
            context->fields[i].readers & context->who)
            end = (uint32_t)context->fields[i].offset + context->fields[i].size;
    return end;
}

/* What a field that is an address holds. */
MYBPF__FN uint64_t mybpf__field_address(const mybpf__field *field, const void *ctx)
{
    uint64_t wide;
    uint32_t narrow;
    mybpf__copy(&narrow, (const uint8_t *)ctx + field->offset, sizeof narrow);
    if (field->size == sizeof narrow) return narrow;
    mybpf__copy(&wide, (const uint8_t *)ctx + field->offset, sizeof wide);
    return wide;
}

/* What proven accesses to a packet rely on: the context's fields, 32 bits each in most of linux/bpf.h, are in
 * order. `*first` and `*size` are then what the program may access. */
MYBPF__FN int mybpf__context_packet(const mybpf_program *program, const void *ctx, uint64_t *first,
                                    uint64_t *size)
{
    const mybpf__context *context = mybpf__context_of(program->object->vm, program->type);
    uint64_t meta = UINT64_MAX, data = 0, end = 0;
    for (uint32_t i = 0; context && i < context->count; i++) {
        const mybpf__field *field = &context->fields[i];
        if (!mybpf__field_is_packet(field) || !(field->readers & context->who)) continue;
        if (field->kind == MYBPF_FIELD_PACKET) data = mybpf__field_address(field, ctx);
        if (field->kind == MYBPF_FIELD_PACKET_END) end = mybpf__field_address(field, ctx);
        if (field->kind == MYBPF_FIELD_PACKET_META) meta = mybpf__field_address(field, ctx);
    }
    if (meta == UINT64_MAX) meta = data; /* has none */
    *first = meta;
    *size = end - meta;
    return meta <= data && data <= end;
}

/* Are the addresses there that are never NULL? */
MYBPF__FN int mybpf__context_memory(const mybpf_program *program, const void *ctx)
{
    const mybpf__context *context = mybpf__context_of(program->object->vm, program->type);
    for (uint32_t i = 0; context && i < context->count; i++)
        if (context->fields[i].kind == MYBPF_FIELD_MEMORY && context->fields[i].readers & context->who &&
            !mybpf__field_address(&context->fields[i], ctx))
            return 0;
    return 1;
}

#endif
#endif
