/* core.c: CO-RE by libbpf's rules. A type of the object is looked for by its name without flavour ("___x"), a
 * field by the names that lead to it: through anonymous members, arrays and whatever the target has added. */
#ifndef MYBPF__CORE_C
#define MYBPF__CORE_C

#include "core.h"
#include "btf.c"

#ifndef MYBPF_NO_ELF

enum {
    MYBPF__CORE_STEPS = 64,    /* of a field: members and indices that lead to it */
    MYBPF__CORE_DEPTH = 32,    /* of types that refer to types */
    MYBPF__CORE_WORK = 1 << 22 /* vmlinux and a large object take less than a hundredth */
};
/* What is found out: nothing is an error, a failure has a reason in core->why. */
enum { MYBPF__CORE_FAILED = -1, MYBPF__CORE_NO = 0, MYBPF__CORE_YES = 1 };

/* A member (`name`), an element of an array (no name), or an enumerator, of type `type`. */
typedef struct mybpf__core_step {
    uint32_t type, index;
    const char *name;
} mybpf__core_step;

/* The way to a field. The first step is an index too: of an array of the root type. */
typedef struct mybpf__core_spec {
    const mybpf__btf *btf;
    uint32_t root, length, depth; /* depth: anonymous members counted */
    uint64_t bits;                /* from the start */
    mybpf__core_step step[MYBPF__CORE_STEPS];
} mybpf__core_spec;

MYBPF__COLD int mybpf__core_fail(mybpf__core *core, const char *why)
{
    core->why = why;
    return MYBPF__CORE_FAILED;
}

/* Takes one from what may be looked at. */
MYBPF__COLD int mybpf__core_works(mybpf__core *core)
{
    if (core->work) return core->work--, 1;
    core->why = "the types are too many to compare";
    return 0;
}

/* ---- names ---- */

/* Length of a name without its flavour: up to the last "___" that other characters surround. */
MYBPF__COLD size_t mybpf__core_essential(const char *name)
{
    size_t length = mybpf__length(name, SIZE_MAX);
    for (size_t i = length; i > 4; i--) {
        const char *at = name + i - 5;
        if (at[0] != '_' && at[1] == '_' && at[2] == '_' && at[3] == '_' && at[4] != '_') return i - 4;
    }
    return length;
}

MYBPF__COLD int mybpf__core_same_name(const char *a, const char *b)
{
    size_t length = mybpf__core_essential(a);
    return length == mybpf__core_essential(b) && mybpf__equal(a, b, length);
}

MYBPF__COLD uint32_t mybpf__core_bucket(const mybpf__core *core, const char *name)
{
    uint32_t hash = 2166136261u;
    for (size_t i = mybpf__core_essential(name); i--;) hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return (hash ^ hash >> 15) & core->mask;
}

MYBPF__COLD const char *mybpf__core_name(const mybpf__btf *btf, const mybpf__btf_type *type)
{
    return mybpf__btf_text(btf, type->name);
}

MYBPF__COLD int mybpf__core_open(mybpf__core *core, mybpf_vm *vm, const mybpf__btf *local,
                                 const mybpf__btf *target, mybpf_error *error)
{
    uint32_t buckets = 1;
    mybpf__zero(core, sizeof *core);
    core->vm = vm;
    core->local = local;
    core->target = target;
    core->work = MYBPF__CORE_WORK;
    while (buckets < target->count) buckets *= 2;
    core->mask = buckets - 1;
    core->heads = (uint32_t *)mybpf__alloc(vm, buckets, sizeof *core->heads);
    core->next = (uint32_t *)mybpf__alloc(vm, target->count, sizeof *core->next);
    if (!core->heads || !core->next)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for the names of %u types",
                           (unsigned)target->count);
    for (uint32_t id = target->count - 1; id; id--) { /* backwards: chains are in the file's order */
        mybpf__btf_type type = mybpf__btf_type_at(target, id);
        const char *name = mybpf__core_name(target, &type);
        if (!*name) continue;
        uint32_t bucket = mybpf__core_bucket(core, name);
        core->next[id] = core->heads[bucket];
        core->heads[bucket] = id;
    }
    return MYBPF_OK;
}

MYBPF__COLD void mybpf__core_close(mybpf__core *core)
{
    if (core->heads) mybpf__free(core->vm, core->heads);
    if (core->next) mybpf__free(core->vm, core->next);
    mybpf__zero(core, sizeof *core);
}

/* ---- parts of types ---- */

MYBPF__COLD int mybpf__core_is_struct(const mybpf__btf_type *type)
{
    return type->kind == MYBPF__BTF_STRUCT || type->kind == MYBPF__BTF_UNION;
}

MYBPF__COLD int mybpf__core_is_enum(const mybpf__btf_type *type)
{
    return type->kind == MYBPF__BTF_ENUM || type->kind == MYBPF__BTF_ENUM64;
}

MYBPF__COLD int mybpf__core_same_kind(const mybpf__btf_type *a, const mybpf__btf_type *b)
{
    return a->kind == b->kind || (mybpf__core_is_enum(a) && mybpf__core_is_enum(b));
}

/* Of an INT: signed; of old compilers' bit fields: where in its bytes it starts. */
MYBPF__COLD int mybpf__core_int_signed(const mybpf__btf_type *type)
{
    return (int)(mybpf__btf_u32(type->more) >> 24 & 1);
}
MYBPF__COLD int mybpf__core_int_plain(const mybpf__btf_type *type)
{
    return !(mybpf__btf_u32(type->more) >> 16 & 255);
}

typedef struct mybpf__core_member {
    const char *name;
    uint32_t type, bits, width; /* from the struct's start; width: of a bit field, else 0 */
} mybpf__core_member;

MYBPF__COLD mybpf__core_member mybpf__core_member_at(const mybpf__btf *btf, const mybpf__btf_type *type,
                                                     uint32_t index)
{
    const uint8_t *at = type->more + 12u * (size_t)index;
    uint32_t bits = mybpf__btf_u32(at + 8);
    mybpf__core_member member;
    member.name = mybpf__btf_text(btf, mybpf__btf_u32(at));
    member.type = mybpf__btf_u32(at + 4);
    member.bits = type->flag ? bits & 0xffffff : bits;
    member.width = type->flag ? bits >> 24 : 0;
    return member;
}

MYBPF__COLD const uint8_t *mybpf__core_enumerator(const mybpf__btf_type *type, uint32_t index)
{
    return type->more + (type->kind == MYBPF__BTF_ENUM ? 8u : 12u) * (size_t)index;
}

MYBPF__COLD const char *mybpf__core_enum_name(const mybpf__btf *btf, const mybpf__btf_type *type,
                                              uint32_t index)
{
    return mybpf__btf_text(btf, mybpf__btf_u32(mybpf__core_enumerator(type, index)));
}

/* May an array have elements beyond its length? One of length 0 that is the last member of its struct. */
MYBPF__COLD int mybpf__core_flexible(const mybpf__core_spec *spec, const mybpf__btf_type *array)
{
    const mybpf__core_step *step = &spec->step[spec->length - 1];
    mybpf__btf_type parent = mybpf__btf_type_at(spec->btf, step->type);
    return step->name && !mybpf__btf_u32(array->more + 8) && step->index + 1 == parent.vlen;
}

MYBPF__COLD int mybpf__core_add_step(mybpf__core *core, mybpf__core_spec *spec, uint32_t type, uint32_t index,
                                     const char *name)
{
    mybpf__core_step *step = &spec->step[spec->length];
    if (spec->length == MYBPF__CORE_STEPS) return mybpf__core_fail(core, "the field lies too deep");
    step->type = type;
    step->index = index;
    step->name = name;
    spec->length++;
    return MYBPF__CORE_YES;
}

/* Goes to element `index` of an array of `type`. */
MYBPF__COLD int mybpf__core_add_element(mybpf__core *core, mybpf__core_spec *spec, uint32_t type,
                                        uint32_t index)
{
    spec->bits += (uint64_t)index * mybpf__btf_size(spec->btf, type) * 8;
    return mybpf__core_add_step(core, spec, type, index, NULL);
}

/* ---- the object's side ---- */

/* A number of an access string, and what ends it. */
MYBPF__COLD int mybpf__core_number(const char **text, uint32_t *number)
{
    uint64_t value = 0;
    const char *at = *text;
    while (*at >= '0' && *at <= '9' && value <= UINT32_MAX) value = value * 10 + (uint64_t)(*at++ - '0');
    if (at == *text || value > INT32_MAX || (*at && *at != ':')) return 0;
    *number = (uint32_t)value;
    *text = *at ? at + 1 : at;
    return *at != ':' || at[1]; /* no colon at the end */
}

/* One more number: a member or an element of the type that the way has come to. */
MYBPF__COLD int mybpf__core_follow(mybpf__core *core, mybpf__core_spec *spec, uint32_t *id, uint32_t index)
{
    uint32_t at = *id;
    mybpf__btf_type type = mybpf__btf_strip_at(spec->btf, &at);
    if (mybpf__core_is_struct(&type)) {
        if (index >= type.vlen)
            return mybpf__core_fail(core, "its access string names a member that is not there");
        mybpf__core_member member = mybpf__core_member_at(spec->btf, &type, index);
        spec->bits += member.bits;
        *id = member.type;
        return *member.name ? mybpf__core_add_step(core, spec, at, index, member.name) : MYBPF__CORE_YES;
    }
    if (type.kind != MYBPF__BTF_ARRAY)
        return mybpf__core_fail(core, "its access string goes into a type without members");
    if (index >= mybpf__btf_u32(type.more + 8) && !mybpf__core_flexible(spec, &type))
        return mybpf__core_fail(core, "its access string names an element that is not there");
    *id = mybpf__btf_u32(type.more);
    (void)mybpf__btf_strip_at(spec->btf, id);
    return mybpf__core_add_element(core, spec, *id, index);
}

MYBPF__COLD int mybpf__core_is_type_kind(uint32_t kind)
{
    return (kind >= MYBPF__CORE_TYPE_ID_LOCAL && kind <= MYBPF__CORE_TYPE_SIZE) ||
           kind == MYBPF__CORE_TYPE_MATCHES;
}

MYBPF__COLD int mybpf__core_is_enum_kind(uint32_t kind)
{
    return kind == MYBPF__CORE_ENUMVAL_EXISTS || kind == MYBPF__CORE_ENUMVAL_VALUE;
}

/* Reads the access string: "0:1:2" is member 2 of member 1 of element 0. */
MYBPF__COLD int mybpf__core_parse(mybpf__core *core, const mybpf__core_relo *relo, mybpf__core_spec *spec)
{
    const char *text = mybpf__btf_text(core->local, relo->access);
    uint32_t id = relo->type, index;
    spec->btf = core->local;
    spec->root = relo->type;
    spec->length = spec->depth = 0;
    spec->bits = 0;
    if (!relo->type || relo->type >= core->local->count)
        return mybpf__core_fail(core, "its type does not exist");
    if (!mybpf__core_number(&text, &index)) return mybpf__core_fail(core, "its access string is malformed");
    if (mybpf__core_is_type_kind(relo->kind))
        return *text || index ? mybpf__core_fail(core, "its access string is not that of a type")
                              : MYBPF__CORE_YES;
    mybpf__btf_type type = mybpf__btf_strip_at(core->local, &id);
    if (mybpf__core_is_enum_kind(relo->kind)) {
        if (*text || !mybpf__core_is_enum(&type) || index >= type.vlen)
            return mybpf__core_fail(core, "its access string names no enumerator");
        return mybpf__core_add_step(core, spec, id, index, mybpf__core_enum_name(core->local, &type, index));
    }
    int status = mybpf__core_add_element(core, spec, id, index);
    while (status == MYBPF__CORE_YES && *text) {
        if (!mybpf__core_number(&text, &index))
            return mybpf__core_fail(core, "its access string is malformed");
        status = mybpf__core_follow(core, spec, &id, index);
    }
    return status;
}

/* ---- which fields are alike ---- */

/* May a field of the one type be read where the program knows the other? Structs are not looked into, sizes
 * of numbers may differ. */
MYBPF__COLD int mybpf__core_fields_fit(mybpf__core *core, uint32_t local_id, uint32_t target_id)
{
    for (int depth = 0; depth < MYBPF__CORE_DEPTH; depth++) {
        mybpf__btf_type local = mybpf__btf_strip(core->local, local_id),
                        target = mybpf__btf_strip(core->target, target_id);
        if (mybpf__core_is_struct(&local) && mybpf__core_is_struct(&target)) return MYBPF__CORE_YES;
        if (!mybpf__core_same_kind(&local, &target)) return MYBPF__CORE_NO;
        switch (local.kind) {
        case MYBPF__BTF_PTR:
        case MYBPF__BTF_FLOAT: return MYBPF__CORE_YES;
        case MYBPF__BTF_FWD:
        case MYBPF__BTF_ENUM:
        case MYBPF__BTF_ENUM64: {
            const char *a = mybpf__core_name(core->local, &local),
                       *b = mybpf__core_name(core->target, &target);
            return !*a || !*b || mybpf__core_same_name(a, b);
        }
        case MYBPF__BTF_INT: return mybpf__core_int_plain(&local) && mybpf__core_int_plain(&target);
        case MYBPF__BTF_ARRAY:
            local_id = mybpf__btf_u32(local.more);
            target_id = mybpf__btf_u32(target.more);
            break;
        default: return MYBPF__CORE_NO;
        }
    }
    return mybpf__core_fail(core, "its types nest too deep");
}

/* Looks for the member that `step` names in the target's type `*id`, also inside of anonymous members. */
MYBPF__COLD int mybpf__core_find_member(mybpf__core *core, const mybpf__core_step *step,
                                        mybpf__core_spec *spec, uint32_t *id)
{
    uint32_t at = *id;
    mybpf__btf_type type = mybpf__btf_strip_at(core->target, &at),
                    parent = mybpf__btf_type_at(core->local, step->type);
    if (!mybpf__core_is_struct(&type)) return MYBPF__CORE_NO;
    for (uint32_t i = 0; i < type.vlen; i++) {
        mybpf__core_member member = mybpf__core_member_at(core->target, &type, i);
        uint32_t inner = member.type;
        int found = MYBPF__CORE_NO;
        if (!mybpf__core_works(core)) return MYBPF__CORE_FAILED;
        if (*member.name && !mybpf__same_text(member.name, step->name)) continue;
        if (*member.name) {
            mybpf__core_member wanted = mybpf__core_member_at(core->local, &parent, step->index);
            found = mybpf__core_fields_fit(core, wanted.type, member.type);
            if (found != MYBPF__CORE_YES) return found;
            *id = member.type;
            spec->bits += member.bits;
            return mybpf__core_add_step(core, spec, at, i, member.name);
        }
        if (++spec->depth > MYBPF__CORE_STEPS) return mybpf__core_fail(core, "the field lies too deep");
        found = mybpf__core_find_member(core, step, spec, &inner);
        *id = inner;
        spec->bits += member.bits;
        if (found) return found;
        *id = at;
        spec->bits -= member.bits;
        spec->depth--;
    }
    return MYBPF__CORE_NO;
}

/* The same way through the target's type `id`. */
MYBPF__COLD int mybpf__core_find_field(mybpf__core *core, const mybpf__core_spec *local, uint32_t id,
                                       mybpf__core_spec *spec)
{
    for (uint32_t i = 0; i < local->length; i++) {
        const mybpf__core_step *step = &local->step[i];
        int found = MYBPF__CORE_YES;
        if (step->name) {
            found = mybpf__core_find_member(core, step, spec, &id);
        } else {
            mybpf__btf_type type = mybpf__btf_strip_at(core->target, &id);
            if (i) {
                if (type.kind != MYBPF__BTF_ARRAY) return MYBPF__CORE_NO;
                if (step->index >= mybpf__btf_u32(type.more + 8) && !mybpf__core_flexible(spec, &type))
                    return MYBPF__CORE_NO;
                id = mybpf__btf_u32(type.more);
                (void)mybpf__btf_strip_at(core->target, &id);
            }
            found = mybpf__core_add_element(core, spec, id, step->index);
        }
        if (found != MYBPF__CORE_YES) return found;
    }
    return MYBPF__CORE_YES;
}

MYBPF__COLD int mybpf__core_find_enumerator(mybpf__core *core, const mybpf__core_spec *local, uint32_t id,
                                            mybpf__core_spec *spec)
{
    mybpf__btf_type type = mybpf__btf_strip_at(core->target, &id);
    if (!mybpf__core_is_enum(&type)) return MYBPF__CORE_NO;
    for (uint32_t i = 0; i < type.vlen; i++) {
        const char *name = mybpf__core_enum_name(core->target, &type, i);
        if (!mybpf__core_works(core)) return MYBPF__CORE_FAILED;
        if (mybpf__core_same_name(local->step[0].name, name))
            return mybpf__core_add_step(core, spec, id, i, name);
    }
    return MYBPF__CORE_NO;
}

#endif
#endif
