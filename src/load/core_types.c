/* core_types.c: CO-RE: which types are alike, and what a relocation comes to. */
#ifndef MYBPF__CORE_TYPES_C
#define MYBPF__CORE_TYPES_C

#include "core.h"
#include "core.c"

#ifndef MYBPF_NO_ELF

/* ---- do two types have the same shape? (type_exists, type_size, type_id) ---- */

MYBPF__COLD int mybpf__core_types_fit(mybpf__core *core, uint32_t local_id, uint32_t target_id, int level);

/* Parameters of functions; what they return is the caller's to compare. */
MYBPF__COLD int mybpf__core_parameters(mybpf__core *core, const mybpf__btf_type *local,
                                       const mybpf__btf_type *target, int level,
                                       int (*alike)(mybpf__core *, uint32_t, uint32_t, int))
{
    if (local->vlen != target->vlen) return MYBPF__CORE_NO;
    for (uint32_t i = 0; i < local->vlen; i++) {
        int found = alike(core, mybpf__btf_u32(local->more + 8u * i + 4),
                          mybpf__btf_u32(target->more + 8u * i + 4), level - 1);
        if (found != MYBPF__CORE_YES) return found;
    }
    return MYBPF__CORE_YES;
}

MYBPF__COLD int mybpf__core_types_fit(mybpf__core *core, uint32_t local_id, uint32_t target_id, int level)
{
    for (int depth = 0; depth < MYBPF__CORE_DEPTH && level > 0; depth++) {
        mybpf__btf_type local = mybpf__btf_strip(core->local, local_id),
                        target = mybpf__btf_strip(core->target, target_id);
        int found;
        if (!mybpf__core_works(core)) return MYBPF__CORE_FAILED;
        if (!mybpf__core_same_kind(&local, &target)) return MYBPF__CORE_NO;
        switch (local.kind) {
        case 0: /* void */
        case MYBPF__BTF_STRUCT:
        case MYBPF__BTF_UNION:
        case MYBPF__BTF_ENUM:
        case MYBPF__BTF_ENUM64:
        case MYBPF__BTF_FWD: return MYBPF__CORE_YES;
        case MYBPF__BTF_INT: return mybpf__core_int_plain(&local) && mybpf__core_int_plain(&target);
        case MYBPF__BTF_ARRAY:
            local_id = mybpf__btf_u32(local.more);
            target_id = mybpf__btf_u32(target.more);
            continue;
        case MYBPF__BTF_FUNC_PROTO:
            found = mybpf__core_parameters(core, &local, &target, level, mybpf__core_types_fit);
            if (found != MYBPF__CORE_YES) return found;
            break;
        case MYBPF__BTF_PTR: break;
        default: return MYBPF__CORE_NO;
        }
        local_id = local.size_or_type;
        target_id = target.size_or_type;
    }
    return mybpf__core_fail(core, "its types nest too deep");
}

/* ---- has a type all that the other has? (type_matches) ---- */

MYBPF__COLD int mybpf__core_match(mybpf__core *core, uint32_t local_id, uint32_t target_id, int level,
                                  int pointed);

MYBPF__COLD int mybpf__core_names_match(const char *local, const char *target)
{
    return *target ? mybpf__core_same_name(local, target) : !*local;
}

MYBPF__COLD int mybpf__core_enums_match(mybpf__core *core, const mybpf__btf_type *local,
                                        const mybpf__btf_type *target)
{
    if (local->size_or_type != target->size_or_type || local->vlen > target->vlen) return MYBPF__CORE_NO;
    for (uint32_t i = 0, k; i < local->vlen; i++) {
        const char *name = mybpf__core_enum_name(core->local, local, i);
        for (k = 0; k < target->vlen; k++) {
            if (!mybpf__core_works(core)) return MYBPF__CORE_FAILED;
            if (mybpf__core_names_match(name, mybpf__core_enum_name(core->target, target, k))) break;
        }
        if (k == target->vlen) return MYBPF__CORE_NO;
    }
    return MYBPF__CORE_YES;
}

MYBPF__COLD int mybpf__core_structs_match(mybpf__core *core, const mybpf__btf_type *local,
                                          const mybpf__btf_type *target, int level, int pointed)
{
    if (local->vlen > target->vlen) return MYBPF__CORE_NO;
    for (uint32_t i = 0; i < local->vlen; i++) {
        mybpf__core_member member = mybpf__core_member_at(core->local, local, i), other;
        int found = MYBPF__CORE_NO;
        for (uint32_t k = 0; k < target->vlen && !found; k++) {
            if (!mybpf__core_works(core)) return MYBPF__CORE_FAILED;
            other = mybpf__core_member_at(core->target, target, k);
            if (mybpf__core_names_match(member.name, other.name))
                found = mybpf__core_match(core, member.type, other.type, level - 1, pointed);
        }
        if (found != MYBPF__CORE_YES) return found;
    }
    return MYBPF__CORE_YES;
}

/* Behind a pointer a struct's name is enough, and its declaration does for it. */
MYBPF__COLD int mybpf__core_pointed_match(const mybpf__btf_type *local, const mybpf__btf_type *target)
{
    uint32_t is_union = local->kind == MYBPF__BTF_FWD ? local->flag : local->kind == MYBPF__BTF_UNION;
    if (target->kind == MYBPF__BTF_FWD) return is_union == target->flag;
    return target->kind == (is_union ? MYBPF__BTF_UNION : MYBPF__BTF_STRUCT);
}

MYBPF__COLD int mybpf__core_match_behind(mybpf__core *core, uint32_t local_id, uint32_t target_id, int level)
{
    return mybpf__core_match(core, local_id, target_id, level, 1);
}
MYBPF__COLD int mybpf__core_match_here(mybpf__core *core, uint32_t local_id, uint32_t target_id, int level)
{
    return mybpf__core_match(core, local_id, target_id, level, 0);
}

MYBPF__COLD int mybpf__core_match(mybpf__core *core, uint32_t local_id, uint32_t target_id, int level,
                                  int pointed)
{
    for (int depth = 0; depth < MYBPF__CORE_DEPTH && level > 0; depth++) {
        mybpf__btf_type local = mybpf__btf_strip(core->local, local_id),
                        target = mybpf__btf_strip(core->target, target_id);
        int found, same = local.kind == target.kind;
        if (!mybpf__core_works(core)) return MYBPF__CORE_FAILED;
        if (!mybpf__core_names_match(mybpf__core_name(core->local, &local),
                                     mybpf__core_name(core->target, &target)))
            return MYBPF__CORE_NO;
        switch (local.kind) {
        case 0: return same;
        case MYBPF__BTF_FWD:
            return pointed ? mybpf__core_pointed_match(&local, &target) : same && local.flag == target.flag;
        case MYBPF__BTF_ENUM:
        case MYBPF__BTF_ENUM64:
            return mybpf__core_is_enum(&target) ? mybpf__core_enums_match(core, &local, &target)
                                                : MYBPF__CORE_NO;
        case MYBPF__BTF_STRUCT:
        case MYBPF__BTF_UNION:
            if (pointed) return mybpf__core_pointed_match(&local, &target);
            return same ? mybpf__core_structs_match(core, &local, &target, level, pointed) : MYBPF__CORE_NO;
        case MYBPF__BTF_INT:
            return same && local.size_or_type == target.size_or_type &&
                   mybpf__core_int_signed(&local) == mybpf__core_int_signed(&target);
        case MYBPF__BTF_ARRAY:
            if (!same || mybpf__btf_u32(local.more + 8) != mybpf__btf_u32(target.more + 8))
                return MYBPF__CORE_NO;
            local_id = mybpf__btf_u32(local.more);
            target_id = mybpf__btf_u32(target.more);
            continue;
        case MYBPF__BTF_FUNC_PROTO:
            found = !same
                        ? MYBPF__CORE_NO
                        : mybpf__core_parameters(core, &local, &target, level,
                                                 pointed ? mybpf__core_match_behind : mybpf__core_match_here);
            if (found != MYBPF__CORE_YES) return found;
            break;
        case MYBPF__BTF_PTR:
            if (!same) return MYBPF__CORE_NO;
            pointed = 1;
            break;
        default: return MYBPF__CORE_NO;
        }
        local_id = local.size_or_type;
        target_id = target.size_or_type;
    }
    return mybpf__core_fail(core, "its types nest too deep");
}

/* ---- what a relocation comes to ---- */

/* One side of it: the object's or the target's. */
typedef struct mybpf__core_value {
    uint64_t value;
    uint32_t size, type; /* of the field, as an instruction accesses it; 0: none */
    int exact;
} mybpf__core_value;

/* Where a bit field is loaded from: the smallest aligned number that has it, at least of its type's size. */
MYBPF__COLD int mybpf__core_bit_field(mybpf__core *core, uint64_t bits, uint32_t width, uint32_t *size,
                                      uint64_t *offset)
{
    if (!*size || *size > 8 || *size & (*size - 1))
        return mybpf__core_fail(core, "a bit field of an odd type");
    for (;; *size *= 2) {
        *offset = bits / 8 / *size * *size;
        if (bits + width - *offset * 8 <= (uint64_t)*size * 8) return MYBPF__CORE_YES;
        if (*size == 8) return mybpf__core_fail(core, "a bit field that no number of 64 bits has");
    }
}

/* What a load of the field loads: of an array, an element. */
MYBPF__COLD void mybpf__core_loaded(const mybpf__btf *btf, uint32_t id, mybpf__core_value *value)
{
    mybpf__btf_type type = mybpf__btf_strip_at(btf, &id);
    for (int depth = 0; type.kind == MYBPF__BTF_ARRAY && depth < MYBPF__CORE_DEPTH; depth++) {
        id = mybpf__btf_u32(type.more);
        type = mybpf__btf_strip_at(btf, &id);
    }
    value->type = id;
    value->size = mybpf__btf_size(btf, id);
}

MYBPF__COLD int mybpf__core_field(mybpf__core *core, uint32_t kind, const mybpf__core_spec *spec,
                                  mybpf__core_value *value)
{
    const mybpf__core_step *step = &spec->step[spec->length - 1];
    mybpf__btf_type parent = mybpf__btf_type_at(spec->btf, step->type), type;
    mybpf__core_member member = {NULL, step->type, 0, 0};
    if (kind == MYBPF__CORE_FIELD_EXISTS) return value->value = 1, MYBPF__CORE_YES;
    if (step->name) member = mybpf__core_member_at(spec->btf, &parent, step->index);
    type = mybpf__btf_strip(spec->btf, member.type);
    uint32_t size = member.width ? type.size_or_type : mybpf__btf_size(spec->btf, member.type);
    uint64_t offset = spec->bits / 8, width = member.width ? member.width : (uint64_t)size * 8;
    if (member.width &&
        mybpf__core_bit_field(core, spec->bits, member.width, &size, &offset) != MYBPF__CORE_YES)
        return MYBPF__CORE_FAILED;
    if (!step->name && kind > MYBPF__CORE_FIELD_BYTE_SIZE)
        return mybpf__core_fail(core, "an element has no such property");
    value->exact = !member.width || kind == MYBPF__CORE_FIELD_SIGNED || kind == MYBPF__CORE_FIELD_RSHIFT_U64;
    switch (kind) {
    case MYBPF__CORE_FIELD_BYTE_OFFSET:
        value->value = offset;
        if (!member.width) mybpf__core_loaded(spec->btf, member.type, value);
        break;
    case MYBPF__CORE_FIELD_BYTE_SIZE: value->value = size; break;
    case MYBPF__CORE_FIELD_SIGNED:
        value->value = (mybpf__core_is_enum(&type) && type.flag) ||
                       (type.kind == MYBPF__BTF_INT && mybpf__core_int_signed(&type));
        break;
    case MYBPF__CORE_FIELD_LSHIFT_U64:
        value->value = MYBPF_BIG_ENDIAN ? (8 - (uint64_t)size) * 8 + (spec->bits - offset * 8)
                                        : 64 - (spec->bits + width - offset * 8);
        break;
    default: value->value = 64 - width; break; /* RSHIFT_U64 */
    }
    return MYBPF__CORE_YES;
}

/* `spec` is NULL when the target has none. */
MYBPF__COLD int mybpf__core_evaluate(mybpf__core *core, uint32_t kind, const mybpf__core_spec *spec,
                                     mybpf__core_value *value)
{
    mybpf__zero(value, sizeof *value);
    value->exact =
        kind != MYBPF__CORE_TYPE_ID_LOCAL && kind != MYBPF__CORE_TYPE_ID_TARGET; /* linkers renumber */
    if (!spec) {
        if (kind == MYBPF__CORE_ENUMVAL_VALUE)
            return mybpf__core_fail(core, "the target's types have no such enumerator");
        if (kind < MYBPF__CORE_TYPE_ID_LOCAL && kind != MYBPF__CORE_FIELD_EXISTS)
            return mybpf__core_fail(core, "the target's types have no such field");
        return MYBPF__CORE_YES;
    }
    switch (kind) {
    case MYBPF__CORE_TYPE_ID_LOCAL:
    case MYBPF__CORE_TYPE_ID_TARGET: value->value = spec->root; break;
    case MYBPF__CORE_TYPE_SIZE: value->value = mybpf__btf_size(spec->btf, spec->root); break;
    case MYBPF__CORE_TYPE_EXISTS:
    case MYBPF__CORE_TYPE_MATCHES:
    case MYBPF__CORE_ENUMVAL_EXISTS: value->value = 1; break;
    case MYBPF__CORE_ENUMVAL_VALUE: {
        mybpf__btf_type type = mybpf__btf_type_at(spec->btf, spec->step[0].type);
        const uint8_t *at = mybpf__core_enumerator(&type, spec->step[0].index) + 4;
        value->value = type.kind == MYBPF__BTF_ENUM
                           ? (uint64_t)(int64_t)(int32_t)mybpf__btf_u32(at)
                           : mybpf__btf_u32(at) | (uint64_t)mybpf__btf_u32(at + 4) << 32;
        break;
    }
    default: return mybpf__core_field(core, kind, spec, value);
    }
    return MYBPF__CORE_YES;
}

/* Is what the relocation asks for in the target's type `id`? */
MYBPF__COLD int mybpf__core_find(mybpf__core *core, uint32_t kind, const mybpf__core_spec *local, uint32_t id,
                                 mybpf__core_spec *spec)
{
    spec->btf = core->target;
    spec->root = id;
    spec->length = spec->depth = 0;
    spec->bits = 0;
    if (kind == MYBPF__CORE_TYPE_MATCHES)
        return mybpf__core_match(core, local->root, id, MYBPF__CORE_DEPTH, 0);
    if (mybpf__core_is_type_kind(kind))
        return mybpf__core_types_fit(core, local->root, id, MYBPF__CORE_DEPTH);
    if (mybpf__core_is_enum_kind(kind)) return mybpf__core_find_enumerator(core, local, id, spec);
    return mybpf__core_find_field(core, local, id, spec);
}

/* Goes through all types of the name: those that have what is asked for must agree on it. `found` is where
 * the last one has it; YES, NO or FAILED. */
MYBPF__COLD int mybpf__core_candidates(mybpf__core *core, uint32_t kind, const mybpf__core_spec *local,
                                       mybpf__core_spec *found, mybpf__core_value *value)
{
    mybpf__btf_type type = mybpf__btf_type_at(core->local, local->root);
    const char *name = mybpf__core_name(core->local, &type);
    int any = MYBPF__CORE_NO;
    uint64_t bits = 0;
    if (!*name) return mybpf__core_fail(core, "its type has no name");
    for (uint32_t id = core->heads[mybpf__core_bucket(core, name)]; id; id = core->next[id]) {
        mybpf__btf_type candidate = mybpf__btf_type_at(core->target, id);
        mybpf__core_value next;
        if (!mybpf__core_works(core)) return MYBPF__CORE_FAILED;
        if (!mybpf__core_same_kind(&type, &candidate) ||
            !mybpf__core_same_name(name, mybpf__core_name(core->target, &candidate)))
            continue;
        int status = mybpf__core_find(core, kind, local, id, found);
        if (status == MYBPF__CORE_NO) continue;
        if (status == MYBPF__CORE_YES) status = mybpf__core_evaluate(core, kind, found, &next);
        if (status != MYBPF__CORE_YES) return status;
        if (any && (bits != found->bits || value->value != next.value))
            return mybpf__core_fail(core, "the target has several types of this name, which differ in it");
        any = MYBPF__CORE_YES;
        bits = found->bits;
        *value = next;
    }
    return any;
}

/* May the instruction that loads or stores the field become one of another size? Where the upper bits are
 * zero. */
MYBPF__COLD int mybpf__core_resizes(const mybpf__core *core, uint32_t local_id, uint32_t target_id)
{
    mybpf__btf_type local = mybpf__btf_strip(core->local, local_id),
                    target = mybpf__btf_strip(core->target, target_id);
    if (local.kind != target.kind) return 0;
    if (local.kind == MYBPF__BTF_PTR) return 1;
    return local.kind == MYBPF__BTF_INT && !mybpf__core_int_signed(&local) &&
           !mybpf__core_int_signed(&target);
}

/* ---- for messages ---- */

MYBPF__COLD void mybpf__core_describe(const mybpf__core *core, const mybpf__core_relo *relo,
                                      const mybpf__core_spec *spec, char *text, size_t size)
{
    static const char *const mybpf__kinds[] = {
        "field_byte_offset", "field_byte_size", "field_exists",   "field_signed", "field_lshift_u64",
        "field_rshift_u64",  "type_id_local",   "type_id_target", "type_exists",  "type_size",
        "enumval_exists",    "enumval_value",   "type_matches"};
    mybpf__btf_type type = mybpf__btf_type_at(core->local, relo->type);
    const char *name = mybpf__core_name(core->local, &type), *what = "";
    switch (type.kind) {
    case MYBPF__BTF_STRUCT: what = "struct "; break;
    case MYBPF__BTF_UNION: what = "union "; break;
    case MYBPF__BTF_ENUM:
    case MYBPF__BTF_ENUM64: what = "enum "; break;
    default: break;
    }
    size_t at =
        mybpf__print(text, size, "%s of %s%s", mybpf__kinds[relo->kind], what, *name ? name : "(no name)");
    for (uint32_t i = 0; i < spec->length && at < size; i++) {
        const mybpf__core_step *step = &spec->step[i];
        if (step->name)
            at += mybpf__print(text + at, size - at, ".%s", step->name);
        else if (i || step->index)
            at += mybpf__print(text + at, size - at, "[%u]", (unsigned)step->index);
    }
}

MYBPF__COLD int mybpf__core_resolve(mybpf__core *core, const mybpf__core_relo *relo,
                                    mybpf__core_result *result, mybpf_error *error)
{
    mybpf__core_spec local, found;
    mybpf__core_value before, after;
    mybpf__zero(result, sizeof *result);
    if (relo->kind >= MYBPF__CORE_KINDS)
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN, "CO-RE relocation of unknown kind %u",
                           (unsigned)relo->kind);
    int status = mybpf__core_parse(core, relo, &local);
    mybpf__core_describe(core, relo, &local, result->text, sizeof result->text);
    if (status == MYBPF__CORE_YES) status = mybpf__core_evaluate(core, relo->kind, &local, &before);
    if (status != MYBPF__CORE_YES)
        return mybpf__fail(error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, "CO-RE relocation, %s, \"%s\": %s",
                           result->text, mybpf__btf_text(core->local, relo->access), core->why);
    if (relo->kind == MYBPF__CORE_TYPE_ID_LOCAL) {
        after = before;
    } else {
        status = mybpf__core_candidates(core, relo->kind, &local, &found, &after);
        if (status == MYBPF__CORE_NO) status = mybpf__core_evaluate(core, relo->kind, NULL, &after);
        if (status != MYBPF__CORE_YES) return result->why = core->why, MYBPF_OK;
    }
    result->before = before.value;
    result->after = after.value;
    result->exact = before.exact;
    result->size_before = before.size;
    result->size_after = after.size;
    result->resizes = mybpf__core_resizes(core, before.type, after.type);
    return MYBPF_OK;
}

#endif
#endif
