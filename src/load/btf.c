/* btf.c: BTF as far as loading needs it: the maps of `.maps`, functions, and source lines. Fields are in the
 * host's byte order, as the object that holds them. */
#ifndef MYBPF__BTF_C
#define MYBPF__BTF_C

#include "btf.h"

#define MYBPF__BTF_BAD(...) mybpf__fail(error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, __VA_ARGS__)
#define MYBPF__BTF_DEPTH    32 /* of types that refer to types */

MYBPF__COLD uint32_t mybpf__btf_u32(const uint8_t *at)
{
    uint32_t value;
    mybpf__copy(&value, at, sizeof value);
    return value;
}

/* ---- the type section ---- */

/* Bytes that follow a type's 12: `fixed` + `each` for every one of its vlen members. */
MYBPF__COLD uint32_t mybpf__btf_more(uint32_t kind, uint32_t vlen)
{
    static const uint8_t mybpf__fixed[MYBPF__BTF_KINDS] = {0, 4, 0, 12, 0, 0, 0, 0, 0, 0,
                                                           0, 0, 0, 0,  4, 0, 0, 4, 0, 0};
    static const uint8_t mybpf__each[MYBPF__BTF_KINDS] = {0, 0, 0, 0, 12, 12, 8, 0, 0, 0,
                                                          0, 0, 0, 8, 0,  12, 0, 0, 0, 12};
    return mybpf__fixed[kind] + mybpf__each[kind] * vlen;
}

/* Bounds of one part of a section with a BTF header: its offset counts from the header's end. */
MYBPF__COLD int mybpf__btf_part(const uint8_t *bytes, uint64_t size, uint32_t field, const uint8_t **part,
                                uint32_t *part_size)
{
    uint32_t header = mybpf__btf_u32(bytes + 4), offset = mybpf__btf_u32(bytes + field);
    *part_size = mybpf__btf_u32(bytes + field + 4);
    if ((uint64_t)header + offset + *part_size > size) return 0;
    *part = bytes + header + offset;
    return 1;
}

/* Magic, version and length of a header with at least `least` bytes. */
MYBPF__COLD int mybpf__btf_header(const uint8_t *bytes, uint64_t size, uint32_t least, const char *name,
                                  mybpf_error *error)
{
    uint16_t magic;
    if (size < least) return MYBPF__BTF_BAD("%s: %llu bytes are too few", name, (unsigned long long)size);
    mybpf__copy(&magic, bytes, sizeof magic);
    uint32_t length = mybpf__btf_u32(bytes + 4);
    if (magic == 0x9feb)
        return mybpf__fail(error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           "%s: its byte order is not that of this machine", name);
    if (magic != 0xeb9f || bytes[2] != 1)
        return MYBPF__BTF_BAD("%s: the header is not one of BTF version 1", name);
    if (length < least || length > size)
        return MYBPF__BTF_BAD("%s: header of %u bytes", name, (unsigned)length);
    return MYBPF_OK;
}

/* Finds the records: each says how long it is. A kind from the future ends the list: its length is
 * not known, and types behind it count as missing. */
MYBPF__COLD int mybpf__btf_index(mybpf__btf *btf, uint32_t *offsets, mybpf_error *error)
{
    uint32_t at = 0;
    btf->count = 1;
    while (at < btf->type_size) {
        if (btf->type_size - at < 12) return MYBPF__BTF_BAD(".BTF: type %u is cut off", (unsigned)btf->count);
        uint32_t info = mybpf__btf_u32(btf->types + at + 4), kind = info >> 24 & 31;
        if (!kind) return MYBPF__BTF_BAD(".BTF: type %u has no kind", (unsigned)btf->count);
        if (kind >= MYBPF__BTF_KINDS) return MYBPF_OK;
        uint32_t length = 12 + mybpf__btf_more(kind, info & 0xffff);
        if (btf->type_size - at < length)
            return MYBPF__BTF_BAD(".BTF: type %u is cut off", (unsigned)btf->count);
        if (offsets) offsets[btf->count] = at;
        btf->count++;
        at += length;
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__btf_open(mybpf__btf *btf, mybpf_vm *vm, const uint8_t *bytes, uint64_t size,
                                mybpf_error *error)
{
    const uint8_t *strings;
    mybpf__zero(btf, sizeof *btf);
    btf->vm = vm;
    int status = mybpf__btf_header(bytes, size, 24, ".BTF", error);
    if (status) return status;
    if (!mybpf__btf_part(bytes, size, 8, &btf->types, &btf->type_size) ||
        !mybpf__btf_part(bytes, size, 16, &strings, &btf->string_size))
        return MYBPF__BTF_BAD(".BTF: types or strings lie outside the section");
    btf->strings = (const char *)strings;
    if (!btf->string_size || btf->strings[btf->string_size - 1])
        return MYBPF__BTF_BAD(".BTF: the strings do not end with a zero byte");
    status = mybpf__btf_index(btf, NULL, error);
    if (status) return status;
    btf->offsets = (uint32_t *)mybpf__alloc(vm, btf->count, sizeof *btf->offsets);
    if (!btf->offsets)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %u types",
                           (unsigned)btf->count);
    return mybpf__btf_index(btf, btf->offsets, error);
}

MYBPF__COLD void mybpf__btf_close(mybpf__btf *btf)
{
    if (btf->offsets) mybpf__free(btf->vm, btf->offsets);
    mybpf__zero(btf, sizeof *btf);
}

MYBPF__COLD const char *mybpf__btf_text(const mybpf__btf *btf, uint32_t offset)
{
    return offset < btf->string_size ? btf->strings + offset : "";
}

MYBPF__COLD mybpf__btf_type mybpf__btf_type_at(const mybpf__btf *btf, uint32_t id)
{
    mybpf__btf_type type;
    mybpf__zero(&type, sizeof type);
    if (!id || id >= btf->count) return type;
    const uint8_t *at = btf->types + btf->offsets[id];
    uint32_t info = mybpf__btf_u32(at + 4);
    type.name = mybpf__btf_u32(at);
    type.kind = info >> 24 & 31;
    type.vlen = info & 0xffff;
    type.flag = info >> 31;
    type.size_or_type = mybpf__btf_u32(at + 8);
    type.more = at + 12;
    return type;
}

MYBPF__COLD mybpf__btf_type mybpf__btf_strip_at(const mybpf__btf *btf, uint32_t *id)
{
    for (int depth = 0; depth < MYBPF__BTF_DEPTH; depth++) {
        mybpf__btf_type type = mybpf__btf_type_at(btf, *id);
        switch (type.kind) {
        case MYBPF__BTF_TYPEDEF:
        case MYBPF__BTF_VOLATILE:
        case MYBPF__BTF_CONST:
        case MYBPF__BTF_RESTRICT:
        case MYBPF__BTF_TYPE_TAG: *id = type.size_or_type; break;
        default: return type;
        }
    }
    *id = 0;
    return mybpf__btf_type_at(btf, 0);
}

MYBPF__COLD mybpf__btf_type mybpf__btf_strip(const mybpf__btf *btf, uint32_t id)
{
    return mybpf__btf_strip_at(btf, &id);
}

MYBPF__COLD uint32_t mybpf__btf_size(const mybpf__btf *btf, uint32_t id)
{
    uint64_t size = 1;
    for (int depth = 0; depth < MYBPF__BTF_DEPTH && size <= UINT32_MAX; depth++) {
        mybpf__btf_type type = mybpf__btf_strip(btf, id);
        switch (type.kind) {
        case MYBPF__BTF_INT:
        case MYBPF__BTF_STRUCT:
        case MYBPF__BTF_UNION:
        case MYBPF__BTF_ENUM:
        case MYBPF__BTF_FLOAT:
        case MYBPF__BTF_ENUM64: size *= type.size_or_type; return size <= UINT32_MAX ? (uint32_t)size : 0;
        case MYBPF__BTF_PTR: size *= 8; return size <= UINT32_MAX ? (uint32_t)size : 0;
        case MYBPF__BTF_ARRAY:
            size *= mybpf__btf_u32(type.more + 8);
            id = mybpf__btf_u32(type.more);
            break;
        default: return 0;
        }
    }
    return 0;
}

/* ---- maps ---- */

/* What libbpf's __uint(name, value) wrote: `int (*name)[value]`. */
MYBPF__COLD int mybpf__btf_uint(const mybpf__btf *btf, mybpf__btf_type member, uint32_t *value)
{
    if (member.kind != MYBPF__BTF_PTR) return 0;
    mybpf__btf_type array = mybpf__btf_strip(btf, member.size_or_type);
    if (array.kind != MYBPF__BTF_ARRAY) return 0;
    *value = mybpf__btf_u32(array.more + 8);
    return 1;
}

#ifndef MYBPF_NO_MAP_TYPES
/* What its __ulong(name, value) wrote: `enum { unique = value } name`. */
MYBPF__COLD int mybpf__btf_ulong(mybpf__btf_type member, uint64_t *value)
{
    if ((member.kind != MYBPF__BTF_ENUM && member.kind != MYBPF__BTF_ENUM64) || member.vlen != 1) return 0;
    *value = mybpf__btf_u32(member.more + 4);
    if (member.kind == MYBPF__BTF_ENUM64) *value |= (uint64_t)mybpf__btf_u32(member.more + 8) << 32;
    return 1;
}
#endif

/* Sets a size that two members may give (`key` and `key_size`); they must agree. */
MYBPF__COLD int mybpf__btf_agree(uint32_t *field, uint32_t value)
{
    if (*field && *field != value) return 0;
    *field = value;
    return 1;
}

/* `values`: an array of pointers at the end of the struct, to programs or to inner maps. */
MYBPF__COLD int mybpf__btf_values(const mybpf__btf *btf, mybpf__btf_type member, uint32_t bit_offset,
                                  mybpf__btf_map *map)
{
    if (member.kind != MYBPF__BTF_ARRAY || bit_offset % 8) return 0;
    mybpf__btf_type pointer = mybpf__btf_strip(btf, mybpf__btf_u32(member.more));
    if (pointer.kind != MYBPF__BTF_PTR) return 0;
    map->values_offset = bit_offset / 8;
    map->values_are_programs = mybpf__btf_strip(btf, pointer.size_or_type).kind == MYBPF__BTF_FUNC_PROTO;
    if (!map->values_are_programs) map->values_type = pointer.size_or_type;
    return mybpf__btf_agree(&map->desc.value_size, 4);
}

#ifndef MYBPF_NO_PROVER
/* Where a map's value has a struct of this name among its members: 1 + the offset, 0 when it has none. */
MYBPF__COLD uint32_t mybpf__btf_lock(const mybpf__btf *btf, uint32_t value, const char *name)
{
    mybpf__btf_type type = mybpf__btf_strip(btf, value);
    if (type.kind != MYBPF__BTF_STRUCT) return 0;
    for (uint32_t i = 0; i < type.vlen; i++) {
        const uint8_t *member = type.more + 12 * i;
        mybpf__btf_type lock = mybpf__btf_strip(btf, mybpf__btf_u32(member + 4));
        if (lock.kind == MYBPF__BTF_STRUCT && mybpf__same_text(mybpf__btf_text(btf, lock.name), name))
            return mybpf__btf_u32(member + 8) / 8 + 1;
    }
    return 0;
}
#endif

#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)
/* A pointer at byte `at` of values: one to an object when its target has such a type tag. Other tags say
 * nothing here; what is tagged kptr_untrusted is a number. */
MYBPF__COLD void mybpf__btf_kptr(const mybpf__btf *btf, uint32_t to, uint64_t at, mybpf__btf_map *map)
{
    mybpf__btf_type tag = mybpf__btf_type_at(btf, to), target = mybpf__btf_strip(btf, to);
    const char *text = mybpf__btf_text(btf, tag.name), *name = mybpf__btf_text(btf, target.name);
    mybpf__kptr_decl *kptr = &map->kptrs[map->kptr_count];
    if (tag.kind != MYBPF__BTF_TYPE_TAG) return;
    if (mybpf__same_text(text, "percpu_kptr")) map->kptr_fault = "percpu_kptr members do not run here";
    if (!mybpf__same_text(text, "kptr")) return;
    if ((target.kind != MYBPF__BTF_STRUCT && target.kind != MYBPF__BTF_FWD) || !*name)
        map->kptr_fault = "a kptr points to a struct that has a name";
    else if (map->kptr_count == MYBPF_MAP_KPTRS)
        map->kptr_fault = "values have more than 11 kptrs";
    else if (mybpf__print(kptr->name, sizeof kptr->name, "%s", name) >= sizeof kptr->name)
        map->kptr_fault = "the name of a kptr's struct is too long";
    else
        map->kptrs[map->kptr_count++].at = (uint32_t)at;
}

/* All of those in a value of this type, whose first byte is `at`: members, members of members, elements. */
MYBPF__COLD void mybpf__btf_kptrs(const mybpf__btf *btf, uint32_t id, uint64_t at, int depth,
                                  mybpf__btf_map *map)
{
    mybpf__btf_type type = mybpf__btf_strip(btf, id);
    uint32_t found = map->kptr_count, size, count;
    if (map->kptr_fault || depth == MYBPF__BTF_DEPTH || at > UINT32_MAX) return;
    if (map->kptr_looked++ >= 0x10000) return;
    if (type.kind == MYBPF__BTF_PTR) mybpf__btf_kptr(btf, type.size_or_type, at, map);
    if (type.kind == MYBPF__BTF_STRUCT)
        for (uint32_t i = 0; i < type.vlen; i++) {
            const uint8_t *member = type.more + 12 * i;
            uint32_t bits = mybpf__btf_u32(member + 8); /* of bit fields: 24, and a size that is not 0 */
            if (!type.flag || !(bits >> 24))
                mybpf__btf_kptrs(btf, mybpf__btf_u32(member + 4), at + bits / 8, depth + 1, map);
        }
    if (type.kind != MYBPF__BTF_ARRAY) return;
    size = mybpf__btf_size(btf, mybpf__btf_u32(type.more));
    count = mybpf__btf_u32(type.more + 8);
    for (uint32_t i = 0; i < count && !map->kptr_fault; i++, at += size) {
        mybpf__btf_kptrs(btf, mybpf__btf_u32(type.more), at, depth + 1, map);
        if (map->kptr_count == found) return; /* nor do the others have any */
    }
}
#endif

/* One member of a map's declaration: 1, or 0 when it cannot be read. */
MYBPF__COLD int mybpf__btf_member(const mybpf__btf *btf, const char *name, uint32_t type, uint32_t bit_offset,
                                  mybpf__btf_map *map)
{
    mybpf_map_desc *desc = &map->desc;
    mybpf__btf_type member = mybpf__btf_strip(btf, type);
    uint32_t value = 0;
    if (mybpf__same_text(name, "key") || mybpf__same_text(name, "value")) {
        if (member.kind != MYBPF__BTF_PTR) return 0;
        value = mybpf__btf_size(btf, member.size_or_type);
#ifndef MYBPF_NO_PROVER
        if (*name == 'v') {
            map->lock = mybpf__btf_lock(btf, member.size_or_type, "bpf_spin_lock");
            map->timer = mybpf__btf_lock(btf, member.size_or_type, "bpf_timer");
#    ifndef MYBPF_NO_MAP_TYPES
            mybpf__btf_kptrs(btf, member.size_or_type, 0, 0, map);
#    endif
        }
#endif
        return value && mybpf__btf_agree(*name == 'k' ? &desc->key_size : &desc->value_size, value);
    }
    if (mybpf__same_text(name, "values")) return mybpf__btf_values(btf, member, bit_offset, map);
#ifndef MYBPF_NO_MAP_TYPES
    if (mybpf__same_text(name, "map_extra") && mybpf__btf_ulong(member, &desc->extra)) return 1;
#endif
    if (!mybpf__btf_uint(btf, member, &value)) return 0;
    if (mybpf__same_text(name, "type")) return desc->type = value, 1;
    if (mybpf__same_text(name, "max_entries")) return desc->max_entries = value, 1;
    if (mybpf__same_text(name, "map_flags")) return desc->flags = value, 1;
    if (mybpf__same_text(name, "key_size")) return mybpf__btf_agree(&desc->key_size, value);
    if (mybpf__same_text(name, "value_size")) return mybpf__btf_agree(&desc->value_size, value);
        /* nothing here needs them: which memory bank, type-specific extras */
#ifndef MYBPF_NO_MAP_TYPES
    if (mybpf__same_text(name, "map_extra")) desc->extra = value;
#endif
    if (mybpf__same_text(name, "pinning"))
        return map->pin = value == 1, 1; /* LIBBPF_PIN_BY_NAME; others are loaders' own */
    return mybpf__same_text(name, "numa_node") || mybpf__same_text(name, "map_extra");
}

/* The members of the struct that declares a map. */
MYBPF__COLD int mybpf__btf_members(const mybpf__btf *btf, uint32_t id, const char *name, mybpf__btf_map *map,
                                   mybpf_error *error)
{
    mybpf__btf_type type = mybpf__btf_strip(btf, id);
    if (type.kind != MYBPF__BTF_STRUCT) return MYBPF__BTF_BAD("map %s: it is not declared as a struct", name);
    for (uint32_t i = 0; i < type.vlen; i++) {
        const uint8_t *member = type.more + 12 * i;
        const char *member_name = mybpf__btf_text(btf, mybpf__btf_u32(member));
        if (!mybpf__btf_member(btf, member_name, mybpf__btf_u32(member + 4), mybpf__btf_u32(member + 8), map))
            return MYBPF__BTF_BAD("map %s: member %s is unknown, malformed or contradicts another", name,
                                  member_name);
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__btf_declaration(const mybpf__btf *btf, uint32_t var, mybpf__btf_map *map,
                                       mybpf_error *error)
{
    mybpf__btf_type variable = mybpf__btf_type_at(btf, var);
    const char *name = mybpf__btf_text(btf, variable.name);
    if (variable.kind != MYBPF__BTF_VAR || !*name)
        return MYBPF__BTF_BAD(".BTF: type %u in the section .maps is no named variable", (unsigned)var);
    if (mybpf__print(map->desc.name, MYBPF_NAME_MAX, "%s", name) >= MYBPF_NAME_MAX)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "map name %s is longer than %d bytes", name,
                           MYBPF_NAME_MAX - 1);
    mybpf__btf_map inner;
    int status = mybpf__btf_members(btf, variable.size_or_type, name, map, error);
    if (status) return status;
#if !defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MAP_TYPES)
    if (map->kptr_fault)
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN, "map %s: %s", name, map->kptr_fault);
#endif
    if (map->values_type) {
        mybpf__zero(&inner, sizeof inner);
        status = mybpf__btf_members(btf, map->values_type, name, &inner, error);
        if (status) return status;
        map->inner = inner.desc;
        mybpf__print(map->inner.name, MYBPF_NAME_MAX, "%s.inner", name);
    }
    return 1;
}

MYBPF__COLD mybpf__btf_type mybpf__btf_datasec(const mybpf__btf *btf, const char *name)
{
    for (uint32_t id = 1; id < btf->count; id++) {
        mybpf__btf_type type = mybpf__btf_type_at(btf, id);
        if (type.kind == MYBPF__BTF_DATASEC && mybpf__same_text(mybpf__btf_text(btf, type.name), name))
            return type;
    }
    return mybpf__btf_type_at(btf, 0);
}

MYBPF__COLD int mybpf__btf_map_at(const mybpf__btf *btf, uint32_t index, mybpf__btf_map *map,
                                  mybpf_error *error)
{
    mybpf__btf_type section = mybpf__btf_datasec(btf, ".maps");
    mybpf__zero(map, sizeof *map);
    if (!section.kind)
        return MYBPF__BTF_BAD(".maps: .BTF does not describe it; was the object compiled with -g?");
    if (index >= section.vlen) return 0;
    return mybpf__btf_declaration(btf, mybpf__btf_u32(section.more + 12 * index), map, error);
}

/* ---- functions ---- */

/* One parameter of a function that is verified by itself: a number, its program's context, or memory. */
MYBPF__COLD int mybpf__btf_param(const mybpf__btf *btf, uint32_t id, mybpf__proto *proto, uint32_t index)
{
    static const char *const mybpf__contexts[] = {"__sk_buff", "xdp_md", "pt_regs", "bpf_perf_event_data"};
    mybpf__btf_type type = mybpf__btf_strip(btf, id), to;
    proto->kind[index] = MYBPF__PARAM_NUMBER;
    if (type.kind == MYBPF__BTF_INT || type.kind == MYBPF__BTF_ENUM || type.kind == MYBPF__BTF_ENUM64)
        return 1;
    if (type.kind != MYBPF__BTF_PTR) return 0;
    to = mybpf__btf_strip(btf, type.size_or_type);
    for (unsigned i = 0; to.kind == MYBPF__BTF_STRUCT && i < sizeof mybpf__contexts / sizeof *mybpf__contexts;
         i++)
        if (mybpf__same_text(mybpf__btf_text(btf, to.name), mybpf__contexts[i]))
            proto->kind[index] = MYBPF__PARAM_CTX;
    if (proto->kind[index] == MYBPF__PARAM_CTX) return 1;
    proto->kind[index] = MYBPF__PARAM_MEM;
    proto->size[index] = mybpf__btf_size(btf, type.size_or_type);
    return proto->size[index] > 0;
}

MYBPF__COLD mybpf__proto mybpf__btf_proto(const mybpf__btf *btf, uint32_t id)
{
    enum { GLOBAL = 1 }; /* linkage, in place of a number of members */
    mybpf__btf_type func = mybpf__btf_type_at(btf, id), type = mybpf__btf_type_at(btf, func.size_or_type),
                    result;
    mybpf__proto proto;
    mybpf__zero(&proto, sizeof proto);
    if (func.kind != MYBPF__BTF_FUNC || func.vlen != GLOBAL || type.kind != MYBPF__BTF_FUNC_PROTO ||
        type.vlen > 5)
        return proto;
    result = mybpf__btf_strip(btf, type.size_or_type);
    proto.returns =
        result.kind == MYBPF__BTF_INT || result.kind == MYBPF__BTF_ENUM || result.kind == MYBPF__BTF_ENUM64;
    proto.global = proto.returns || !result.kind;
    proto.params = (uint8_t)type.vlen;
    for (uint32_t i = 0; i < type.vlen && proto.global; i++)
        proto.global = (uint8_t)mybpf__btf_param(btf, mybpf__btf_u32(type.more + 8 * i + 4), &proto, i);
    return proto;
}

/* ---- .BTF.ext ---- */

/* Per section: name, number of records, the records. */
MYBPF__COLD int mybpf__btf_records(const mybpf__btf *btf, const uint8_t *bytes, uint64_t size, uint32_t which,
                                   mybpf__btf_record_fn each, void *user, mybpf_error *error)
{
    const char *what = which == MYBPF__BTF_LINES ? "line" : which == MYBPF__BTF_CORE ? "CO-RE" : "function";
    const uint8_t *part;
    uint32_t left;
    int status = mybpf__btf_header(bytes, size, 24, ".BTF.ext", error);
    if (status) return status;
    if (mybpf__btf_u32(bytes + 4) < which + 8) return MYBPF_OK; /* older than these records */
    if (!mybpf__btf_part(bytes, size, which, &part, &left))
        return MYBPF__BTF_BAD(".BTF.ext: %s records lie outside the section", what);
    if (!left) return MYBPF_OK;
    uint32_t record = left >= 4 ? mybpf__btf_u32(part) : 0;
    if (record < (which == MYBPF__BTF_FUNCS ? 8 : 16))
        return MYBPF__BTF_BAD(".BTF.ext: %s records of %u bytes", what, (unsigned)record);
    part += 4, left -= 4;
    while (left) {
        uint64_t count = left >= 8 ? mybpf__btf_u32(part + 4) : UINT32_MAX;
        if (count * record + 8 > left) return MYBPF__BTF_BAD(".BTF.ext: %s records are cut off", what);
        const char *section = mybpf__btf_text(btf, mybpf__btf_u32(part));
        part += 8, left -= 8;
        for (; count; count--, part += record, left -= record) each(user, section, part);
    }
    return MYBPF_OK;
}

#undef MYBPF__BTF_BAD
#undef MYBPF__BTF_DEPTH

#endif
