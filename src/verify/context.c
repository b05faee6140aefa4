/* context.c: what a program's context holds, per program type, as data: the structures of linux/bpf.h. */
#ifndef MYBPF__CONTEXT_C
#define MYBPF__CONTEXT_C

#include "state.h"

#ifndef MYBPF_NO_PROVER

/* Fields that stand side by side and have the same rules. An access lies in one of them, at a multiple of its
 * width. Widths are sums of the bytes that may be accessed at once. */
typedef struct mybpf__field {
    uint16_t offset, size;
    uint8_t kind;             /* mybpf__kind of what a read gives */
    uint8_t reads, writes;    /* widths */
    uint8_t readers, writers; /* who may: MYBPF__SKB_*, ALL_OF_THEM */
} mybpf__field;

typedef struct mybpf__context {
    const char *name;
    const mybpf__field *fields;
    uint32_t count;
    uint8_t who;
    uint8_t writes_packet;
} mybpf__context;

enum {
    MYBPF__SKB_FILTER = 1,
    MYBPF__SKB_TC = 2,
    MYBPF__SKB_CGROUP = 4,
    MYBPF__SKB_LWT = 8,
    MYBPF__SKB_ALL = 15
};

/* clang-format off */
#    define MYBPF__FILTER MYBPF__SKB_FILTER
#    define MYBPF__TC     MYBPF__SKB_TC
#    define MYBPF__CGROUP MYBPF__SKB_CGROUP
#    define MYBPF__LWT    MYBPF__SKB_LWT
#    define MYBPF__ALL    MYBPF__SKB_ALL
static const mybpf__field mybpf__sk_buff_fields[] = {
    {  0,  8, MYBPF__NUMBER,     7, 0, MYBPF__ALL, 0},                                       /* len, pkt_type */
    {  8,  4, MYBPF__NUMBER,     7, 4, MYBPF__ALL, MYBPF__TC | MYBPF__CGROUP | MYBPF__LWT},  /* mark */
    { 12,  4, MYBPF__NUMBER,     7, 4, MYBPF__ALL, MYBPF__TC},                               /* queue_mapping */
    { 16, 16, MYBPF__NUMBER,     7, 0, MYBPF__ALL, 0},                                       /* protocol, vlan_... */
    { 32,  4, MYBPF__NUMBER,     7, 4, MYBPF__ALL, MYBPF__TC | MYBPF__CGROUP | MYBPF__LWT},  /* priority */
    { 36,  8, MYBPF__NUMBER,     7, 0, MYBPF__ALL, 0},                                       /* ..._ifindex */
    { 44,  4, MYBPF__NUMBER,     7, 4, MYBPF__ALL, MYBPF__TC},                               /* tc_index */
    { 48, 20, MYBPF__NUMBER,    15, 15, MYBPF__ALL, MYBPF__ALL},                             /* cb */
    { 68,  4, MYBPF__NUMBER,     7, 0, MYBPF__ALL, 0},                                       /* hash */
    { 72,  4, MYBPF__NUMBER,     7, 4, MYBPF__TC, MYBPF__TC},                                /* tc_classid */
    { 76,  4, MYBPF__PACKET,     4, 0, MYBPF__TC | MYBPF__CGROUP | MYBPF__LWT, 0},           /* data */
    { 80,  4, MYBPF__PACKET_END, 4, 0, MYBPF__TC | MYBPF__CGROUP | MYBPF__LWT, 0},           /* data_end */
    { 84,  4, MYBPF__NUMBER,     7, 0, MYBPF__ALL, 0},                                       /* napi_id */
    { 88,  4, MYBPF__NUMBER,     7, 0, MYBPF__CGROUP, 0},                                    /* family */
    { 92, 40, MYBPF__NUMBER,     4, 0, MYBPF__CGROUP, 0},                                    /* ..._ip4, ..._ip6 */
    {132,  8, MYBPF__NUMBER,     7, 0, MYBPF__CGROUP, 0},                                    /* ..._port */
    {140,  4, MYBPF__META,       4, 0, MYBPF__TC, 0},                                        /* data_meta */
    {152,  8, MYBPF__NUMBER,     8, 8, MYBPF__TC | MYBPF__CGROUP, MYBPF__TC | MYBPF__CGROUP}, /* tstamp */
    {160,  4, MYBPF__NUMBER,     7, 0, MYBPF__TC, 0},                                        /* wire_len */
    {164,  4, MYBPF__NUMBER,     7, 0, MYBPF__ALL, 0},                                       /* gso_segs */
    {176,  4, MYBPF__NUMBER,     7, 0, MYBPF__ALL, 0},                                       /* gso_size */
    {184,  8, MYBPF__NUMBER,     8, 0, MYBPF__TC | MYBPF__CGROUP, 0},                        /* hwtstamp */
};
static const mybpf__field mybpf__xdp_md_fields[] = {
    {  0,  4, MYBPF__PACKET,     4, 0, MYBPF__ALL, 0}, /* data */
    {  4,  4, MYBPF__PACKET_END, 4, 0, MYBPF__ALL, 0}, /* data_end */
    {  8,  4, MYBPF__META,       4, 0, MYBPF__ALL, 0}, /* data_meta */
    { 12,  8, MYBPF__NUMBER,     4, 0, MYBPF__ALL, 0}, /* ingress_ifindex, rx_queue_index */
};
static const mybpf__field mybpf__pt_regs_fields[] = {{0, 168, MYBPF__NUMBER, 15, 0, MYBPF__ALL, 0}};
static const mybpf__field mybpf__perf_event_fields[] = {
    {  0, 168, MYBPF__NUMBER,     8, 0, MYBPF__ALL, 0}, /* regs */
    {168,  16, MYBPF__NUMBER,    15, 0, MYBPF__ALL, 0}, /* sample_period, addr */
};
static const mybpf__field mybpf__record_fields[] = {{0, 8192, MYBPF__NUMBER, 15, 0, MYBPF__ALL, 0}};
static const mybpf__field mybpf__args_fields[] = {{0, 96, MYBPF__NUMBER, 15, 0, MYBPF__ALL, 0}};
#    undef MYBPF__FILTER
#    undef MYBPF__TC
#    undef MYBPF__CGROUP
#    undef MYBPF__LWT
#    undef MYBPF__ALL

/* X(program type, name of the structure, fields, who, may it write to the packet) */
#    define MYBPF__CONTEXTS(X)                              \
        X(1,  "__sk_buff",           sk_buff,    FILTER, 0) \
        X(2,  "pt_regs",             pt_regs,    ALL, 0)    \
        X(3,  "__sk_buff",           sk_buff,    TC, 1)     \
        X(4,  "__sk_buff",           sk_buff,    TC, 1)     \
        X(5,  "tracepoint record",   record,     ALL, 0)    \
        X(6,  "xdp_md",              xdp_md,     ALL, 1)    \
        X(7,  "bpf_perf_event_data", perf_event, ALL, 0)    \
        X(8,  "__sk_buff",           sk_buff,    CGROUP, 0) \
        X(10, "__sk_buff",           sk_buff,    LWT, 0)    \
        X(11, "__sk_buff",           sk_buff,    LWT, 0)    \
        X(12, "__sk_buff",           sk_buff,    LWT, 1)    \
        X(17, "tracepoint arguments", args,      ALL, 0)    \
        X(24, "tracepoint arguments", args,      ALL, 0)
/* clang-format on */

/* The layout of a program type's context, NULL when it has none. */
MYBPF__FN const mybpf__context *mybpf__context_of(uint32_t type)
{
#    define MYBPF__CONTEXT_ROW(number, text, table, who, writes)                                             \
        {text, mybpf__##table##_fields, sizeof mybpf__##table##_fields / sizeof(mybpf__field),               \
         MYBPF__SKB_##who, writes},
    static const mybpf__context mybpf__rows[] = {MYBPF__CONTEXTS(MYBPF__CONTEXT_ROW)};
#    undef MYBPF__CONTEXT_ROW
#    define MYBPF__CONTEXT_TYPE(number, text, table, who, writes) number,
    static const uint8_t mybpf__types[] = {MYBPF__CONTEXTS(MYBPF__CONTEXT_TYPE)};
#    undef MYBPF__CONTEXT_TYPE
    for (uint32_t i = 0; i < sizeof mybpf__types; i++)
        if (mybpf__types[i] == type) return &mybpf__rows[i];
    return NULL;
}
#    undef MYBPF__CONTEXTS

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

/* Bytes of a context up to the last of its pointers into the packet. */
MYBPF__FN uint32_t mybpf__context_packet_end(const mybpf__context *context)
{
    uint32_t end = 0;
    for (uint32_t i = 0; i < context->count; i++)
        if (context->fields[i].kind != MYBPF__NUMBER)
            end = (uint32_t)context->fields[i].offset + context->fields[i].size;
    return end;
}

/* What proven accesses to a packet rely on: the context's fields, 32 bits each as in linux/bpf.h, are in
 * order.
 * `*first` and `*size` are then what the program may access. */
MYBPF__FN int mybpf__context_packet(const mybpf_program *program, const void *ctx, uint64_t *first,
                                    uint64_t *size)
{
    const mybpf__context *context = mybpf__context_of(program->type);
    uint32_t meta = UINT32_MAX, data = 0, end = 0, field;
    for (uint32_t i = 0; context && i < context->count; i++) {
        mybpf__copy(&field, (const uint8_t *)ctx + context->fields[i].offset, sizeof field);
        if (context->fields[i].kind == MYBPF__PACKET) data = field;
        if (context->fields[i].kind == MYBPF__PACKET_END) end = field;
        if (context->fields[i].kind == MYBPF__META) meta = field;
    }
    if (meta == UINT32_MAX) meta = data; /* has none */
    *first = meta;
    *size = end - meta;
    return meta <= data && data <= end;
}

#endif
#endif
