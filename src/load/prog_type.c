/* prog_type.c: program types: their names, the host's own, and which helpers they may call. */
#ifndef MYBPF__PROG_TYPE_C
#define MYBPF__PROG_TYPE_C

#include "../base/error.h"
#include "../base/bytes.h"
#include "prog_type_impl.h"

MYBPF_API const char *mybpf_prog_type_name(uint32_t type)
{
#ifdef MYBPF_NO_MESSAGES
    (void)type;
    return NULL;
#else
#    define MYBPF__PROG_TYPE_TEXT(number, name, text) text "\0"
    if (type == (uint32_t)MYBPF_PROG_TYPE_TCMD) return "tcmd";
    return mybpf__nth_text(MYBPF_PROG_TYPES(MYBPF__PROG_TYPE_TEXT) "", type);
#    undef MYBPF__PROG_TYPE_TEXT
#endif
}

#ifndef MYBPF_NO_MESSAGES
MYBPF_API const char *mybpf_attach_type_name(uint32_t type)
{
#    define MYBPF__ATTACH_TYPE_TEXT(number, name, text) text "\0"
    return mybpf__nth_text(MYBPF_ATTACH_TYPES(MYBPF__ATTACH_TYPE_TEXT) "", type);
#    undef MYBPF__ATTACH_TYPE_TEXT
}

MYBPF_API const char *mybpf_verdict_name(uint32_t type, uint64_t r0)
{
    int32_t verdict = (int32_t)(uint32_t)r0;
#    define MYBPF__VERDICT_ROW(types, value, name)                                                           \
        if (type < 32 && (MYBPF__VERDICT_##types >> type & 1) && verdict == (value)) return #name;
    MYBPF_VERDICTS(MYBPF__VERDICT_ROW)
#    undef MYBPF__VERDICT_ROW
    if (type == MYBPF_PROG_TYPE_NETFILTER && (uint32_t)verdict < 2) return verdict ? "NF_ACCEPT" : "NF_DROP";
    return NULL;
}
#endif

#ifndef MYBPF_NO_PROVER

MYBPF__COLD const mybpf__prog_type *mybpf__prog_type_find(const mybpf_vm *vm, uint32_t type)
{
    const mybpf__prog_type *own = vm->prog_types;
    while (own && own->type != type) own = own->next;
    return own;
}

MYBPF__COLD int mybpf__type_allows(const mybpf_vm *vm, uint32_t type, const mybpf_helper *helper)
{
    const mybpf__prog_type *own = mybpf__prog_type_find(vm, type);
    if (helper->types && !(helper->types & MYBPF_FOR_TYPE(type))) return 0;
    if (!own || !own->helpers) return 1;
    for (size_t i = 0; i < own->helper_count; i++)
        if (helper->id >= own->helpers[i].first && helper->id <= own->helpers[i].last) return 1;
    return 0;
}

MYBPF__COLD void mybpf__prog_types_destroy(mybpf_vm *vm)
{
    mybpf__prog_type *next = vm->prog_types;
    while (next) {
        mybpf__prog_type *own = next;
        next = own->next;
        mybpf__free(vm, own);
    }
    vm->prog_types = NULL;
}

/* What is wrong with a field that stands at `least` or behind, NULL when nothing is. */
MYBPF__COLD const char *mybpf__field_fault(const mybpf_field *field, uint32_t least)
{
    uint32_t pointer = field->kind != MYBPF_FIELD_NUMBER, size = field->size;
    int memory = field->kind == MYBPF_FIELD_MEMORY || field->kind == MYBPF_FIELD_MEMORY_OR_NULL;
    if (field->kind > MYBPF_FIELD_MEMORY_OR_NULL) return "is of a kind that does not exist";
    if (!size || field->offset < least || field->offset + size > UINT16_MAX)
        return "is empty, or not behind the one before it";
    if (field->reads > 15 || field->writes > 15) return "has widths that are no sums of 1, 2, 4, 8";
    if (pointer &&
        ((size != 4 && size != 8) || field->offset % size || field->reads != size || field->writes))
        return "is an address: 4 or 8 aligned bytes, read whole, not written";
    if (memory != (field->bytes || field->object)) return "is memory of no size, or no memory but has one";
    return field->bytes > UINT16_MAX || field->object >> 31 ? "is memory of more than 65535 bytes" : NULL;
}

/* The same of a whole type; `*at`: the field that is wrong. */
MYBPF__COLD const char *mybpf__prog_type_fault(const mybpf_prog_type *type, size_t *at)
{
    uint32_t least = 0, packets[3] = {0, 0, 0};
    for (*at = 0; *at < type->field_count; ++*at) {
        const mybpf_field *field = &type->fields[*at];
        const char *fault = mybpf__field_fault(field, least);
        if (fault) return fault;
        least = (uint32_t)field->offset + field->size;
        if (field->kind < MYBPF_FIELD_PACKET || field->kind > MYBPF_FIELD_PACKET_META) continue;
        if (packets[field->kind - MYBPF_FIELD_PACKET]++) return "is a second one for the packet";
    }
    if (packets[0] != packets[1] || packets[2] > packets[0])
        return "is missing: a packet has a start and an end";
    return NULL;
}

MYBPF__COLD void mybpf__field_keep(mybpf__field *to, const mybpf_field *from)
{
    to->offset = from->offset;
    to->size = from->size;
    to->kind = from->kind;
    to->reads = from->reads;
    to->writes = from->writes;
    to->constant = from->constant;
    to->readers = to->writers = 1;
    to->bytes = (uint16_t)from->bytes;
    to->object = from->object;
}

MYBPF_API int mybpf_prog_type_register(mybpf_vm *vm, const mybpf_prog_type *type, mybpf_error *error)
{
    mybpf__prog_type *own;
    mybpf__field *fields;
    mybpf_range *helpers;
    const char *fault;
    size_t at;
    uint32_t index = vm && vm->prog_types ? vm->prog_types->index + 1 : 0;
    if (!vm || !type || !type->name || type->type < MYBPF_PROG_TYPE_HOST || type->type > UINT16_MAX ||
        (type->field_count && !type->fields) || type->field_count > UINT16_MAX ||
        type->helper_count > UINT16_MAX)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "program type: it needs a vm, a name and a number from %d to 65535",
                           (int)MYBPF_PROG_TYPE_HOST);
    if (mybpf__prog_type_find(vm, type->type))
        return mybpf__fail(error, MYBPF_ERR_EXISTS, MYBPF_NO_INSN, "program type %u (%s) is there already",
                           (unsigned)type->type, type->name);
    if (index == MYBPF_MAX_PROG_TYPES)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "program type %s: there are %u already",
                           type->name, (unsigned)index);
    fault = mybpf__prog_type_fault(type, &at);
    if (fault)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "program type %s: field %u %s",
                           type->name, (unsigned)at, fault);
    own = (mybpf__prog_type *)mybpf__alloc(
        vm, 1, sizeof *own + type->field_count * sizeof *fields + type->helper_count * sizeof *helpers);
    if (!own)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "program type %s: no memory", type->name);
    fields = (mybpf__field *)(void *)(own + 1);
    helpers = (mybpf_range *)(void *)(fields + type->field_count);
    for (size_t i = 0; i < type->field_count; i++) mybpf__field_keep(&fields[i], &type->fields[i]);
    if (type->helper_count) mybpf__copy(helpers, type->helpers, type->helper_count * sizeof *helpers);
    own->type = type->type;
    own->index = index;
    own->sections = type->sections;
    own->helpers = type->helpers ? helpers : NULL;
    own->helper_count = type->helper_count;
    own->context.name = type->name;
    own->context.fields = fields;
    own->context.count = (uint32_t)type->field_count;
    own->context.who = 1;
    own->context.writes_packet = type->writes_packet != 0;
    own->next = vm->prog_types;
    vm->prog_types = own;
    return MYBPF_OK;
}

#endif
#endif
