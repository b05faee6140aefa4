/* image.c: what the readers of SPF and BARE images share: header, tables, code; and loading native
 * code from images. Every length is checked by mybpf__image_take before anything behind it is read. */
#ifndef MYBPF__IMAGE_C
#define MYBPF__IMAGE_C

#include "../base/error.h"
#include "../map/map_impl.h"
#include "../run/run.h"
#include "image.h"

MYBPF__COLD int mybpf__is_spf(const void *bytes, size_t size)
{
    return size >= 3 && mybpf__equal(bytes, "SPF", 3);
}
MYBPF__COLD int mybpf__is_bare(const void *bytes, size_t size)
{
    return size >= 3 && mybpf__equal(bytes, "BAR", 3);
}

#ifdef MYBPF_NO_IMAGES

MYBPF__COLD int mybpf__open_spf(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error)
{
    (void)object, (void)bytes, (void)size;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                       "images are not supported: this build has MYBPF_NO_IMAGES");
}

MYBPF__COLD int mybpf__open_bare(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error)
{
    return mybpf__open_spf(object, bytes, size, error);
}

MYBPF__COLD int mybpf__image_attach(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    (void)opts;
    return mybpf__open_spf(object, NULL, 0, error);
}

MYBPF__COLD void mybpf__image_free(mybpf_object *object) { (void)object; }

MYBPF_API const char *mybpf_object_target(const mybpf_object *object)
{
    (void)object;
    return NULL;
}

#else

/* ---- reading ---- */

MYBPF__COLD int mybpf__image_memory(const mybpf__image_in *in)
{
    return mybpf__fail(in->error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "%s image: out of memory", in->format);
}

/* Bits of features that mean something for this target. */
MYBPF__COLD uint32_t mybpf__image_known_features(uint32_t target)
{
    uint32_t bits = 0;
    const mybpf__cpu_feature *feature;
    for (size_t i = 0; (feature = mybpf__cpu_feature_at(mybpf__image_target_name(target), i)) != NULL; i++)
        bits |= feature->bit;
    return MYBPF__IMAGE_FEATURE_FLAGS(bits);
}

/* Flags and ABI that this reader can serve. */
MYBPF__COLD int mybpf__image_check_target(const mybpf__image_in *in)
{
    int native = in->target != MYBPF__IMAGE_BYTECODE, spf = mybpf__is_spf(in->bytes, 3);
    uint32_t abi = in->bytes[MYBPF__IMAGE_AT_ABI], oldest = native ? MYBPF__IMAGE_ABI : 0,
             newest = native && spf ? MYBPF__IMAGE_ABI_JUMPS : oldest;
    uint32_t features;
    if (!mybpf__image_target_name(in->target))
        return mybpf__fail(in->error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           "%s image: made for unknown machine %u", in->format, in->target);
    features = mybpf__image_known_features(in->target);
    if (abi < oldest || abi > newest)
        return mybpf__fail(in->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                           "%s image: ABI version %u, known up to %u", in->format, abi, newest);
    if (in->flags & ~(MYBPF__IMAGE_KNOWN | features))
        return mybpf__fail(in->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                           "%s image: flags 0x%x ask for features that this version does not know",
                           in->format, in->flags);
    if (native ? in->flags & ~features & MYBPF__IMAGE_BIG_ENDIAN
               : (in->flags & ~(uint32_t)MYBPF__IMAGE_BIG_ENDIAN) != 0)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "%s image: flags 0x%x contradict each other", in->format, in->flags);
    if (!native && in->flags != MYBPF__IMAGE_HOST_ORDER)
        return mybpf__fail(in->error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           "%s image: bytecode for " MYBPF__OTHER_ENDIAN
                           " machines, this one is " MYBPF__HOST_ENDIAN,
                           in->format);
    return MYBPF_OK;
}

/* Fills `in` from the header and checks all that does not depend on the format. */
MYBPF__COLD int mybpf__image_begin(mybpf__image_in *in, size_t header)
{
    const uint8_t *bytes = in->bytes;
    uint32_t size;
    if (in->size < header + MYBPF__IMAGE_CHECKSUM)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "%s image: %zu bytes, the header has %zu", in->format, in->size,
                           header + MYBPF__IMAGE_CHECKSUM);
    if (bytes[MYBPF__IMAGE_AT_VERSION] != MYBPF__IMAGE_VERSION)
        return mybpf__fail(in->error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                           "%s image: format version %u, known is %u", in->format,
                           bytes[MYBPF__IMAGE_AT_VERSION], MYBPF__IMAGE_VERSION);
    size = mybpf__le32(bytes + MYBPF__IMAGE_AT_SIZE);
    if (size != in->size)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "%s image: the header says %u bytes, there are %zu", in->format, size, in->size);
    in->size -= MYBPF__IMAGE_CHECKSUM;
    if (mybpf__crc32(bytes, in->size) != mybpf__le32(bytes + in->size))
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "%s image: wrong checksum, the file is damaged", in->format);
    in->at = header;
    in->target = bytes[MYBPF__IMAGE_AT_TARGET];
    in->flags = bytes[MYBPF__IMAGE_AT_FLAGS];
    in->code_size = mybpf__le32(bytes + MYBPF__IMAGE_AT_CODE);
    in->import_count = mybpf__le16(bytes + MYBPF__IMAGE_AT_IMPORTS);
    in->func_count = mybpf__le16(bytes + MYBPF__IMAGE_AT_FUNCS);
    in->entry = mybpf__le32(bytes + MYBPF__IMAGE_AT_ENTRY);
    return mybpf__image_check_target(in);
}

/* The next `count` records of `size` bytes: `*table`, which stands in the image. */
MYBPF__COLD int mybpf__image_take(mybpf__image_in *in, const uint8_t **table, uint64_t count, uint32_t size,
                                  const char *what)
{
    if (count * size > in->size - in->at) /* count is below 2^32: no overflow */
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "%s image: %llu %s at byte %zu do not fit into %zu bytes", in->format,
                           (unsigned long long)count, what, in->at, in->size);
    *table = in->bytes + in->at;
    in->at += (size_t)(count * size);
    return MYBPF_OK;
}

/* Behind the tables stand optional parts, which readers that do not know them pass over. */
MYBPF__COLD int mybpf__image_end(mybpf__image_in *in)
{
    while (in->at < in->size) {
        size_t left = in->size - in->at;
        if (left < MYBPF__IMAGE_TRAILER || mybpf__le32(in->bytes + in->at + 4) > left - MYBPF__IMAGE_TRAILER)
            return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                               "%s image: the last %zu bytes belong to no table and are no optional part",
                               in->format, left);
        in->at += MYBPF__IMAGE_TRAILER + mybpf__le32(in->bytes + in->at + 4);
    }
    return MYBPF_OK;
}

/* ---- bytecode ---- */

MYBPF__COLD void mybpf__image_insn(const uint8_t *bytes, mybpf_insn *insn)
{
    uint32_t registers = bytes[1];
    insn->code = bytes[0];
    insn->dst_reg = registers & 15u;
    insn->src_reg = registers >> 4 & 15u;
    insn->off = (int16_t)mybpf__le16(bytes + 2);
    insn->imm = (int32_t)mybpf__le32(bytes + 4);
}

/* Functions: `starts` has their first slots, function 0 left out, for it starts at 0. */
MYBPF__COLD int mybpf__image_bytecode_funcs(mybpf__image_in *in, const uint8_t *starts)
{
    mybpf_object *object = in->object;
    for (uint32_t i = 0; i < in->func_count; i++) {
        mybpf_func *func = &object->funcs[i];
        func->start = i ? mybpf__le32(starts + (i - 1) * MYBPF__IMAGE_FUNC) : 0;
        if (i && (func->start <= func[-1].start || func->start >= object->insn_count))
            return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                               "%s image: function %u starts at instruction %u of %u, after one at %u",
                               in->format, i, func->start, object->insn_count, func[-1].start);
        if (i) func[-1].count = func->start - func[-1].start;
        func->count = object->insn_count - func->start;
        mybpf__print(func->name, sizeof func->name, "function_%u", i);
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__image_bytecode(mybpf__image_in *in, const uint8_t *code, const uint8_t *starts)
{
    mybpf_object *object = in->object;
    uint32_t count = in->code_size / 8;
    if (!count || in->code_size % 8)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "%s image: %u bytes are no whole instructions", in->format, in->code_size);
    if (count > MYBPF_MAX_INSNS)
        return mybpf__fail(in->error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "%s image: %u instructions, at most %u are allowed", in->format, count,
                           (unsigned)MYBPF_MAX_INSNS);
    if (in->import_count)
        return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "%s image: bytecode has no imports, this one %u", in->format, in->import_count);
    object->insns = (mybpf_insn *)mybpf__alloc(object->vm, count, sizeof *object->insns);
    if (!object->insns) return mybpf__image_memory(in);
    object->insn_count = count;
    for (uint32_t i = 0; i < count; i++) mybpf__image_insn(code + 8 * (size_t)i, &object->insns[i]);
    return mybpf__image_bytecode_funcs(in, starts);
}

/* ---- native code ---- */

/* An import by number: can it exist at all? Helpers are looked up at load. */
MYBPF__COLD int mybpf__image_check_import(const mybpf__image_in *in, uint32_t import)
{
    const mybpf_object *object = in->object;
    uint32_t kind = import >> 30, index = import & MYBPF__IMAGE_IMPORT_INDEX;
    int known;
    switch (kind) {
    case MYBPF__IMAGE_HELPER: known = index < MYBPF_HELPER_END || mybpf__is_poison(index); break;
    case MYBPF__IMAGE_MAP_VALUE:
        if (in->bytes[MYBPF__IMAGE_AT_ABI] >= MYBPF__IMAGE_ABI_COUNTS) index &= ~MYBPF__IMAGE_IMPORT_COUNT;
        known = index < object->slot_count && object->slots[index].desc.type == MYBPF_MAP_TYPE_ARRAY;
        break;
    case MYBPF__IMAGE_MAP: known = index < object->slot_count; break;
    default: known = index < object->func_count; break;
    }
    if (known) return MYBPF_OK;
    return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                       "%s image: import of %s %u, which there is not", in->format,
                       kind == MYBPF__IMAGE_HELPER      ? "helper"
                       : kind == MYBPF__IMAGE_FUNC_DESC ? "function"
                                                        : "map",
                       index);
}

MYBPF__COLD int mybpf__image_check_offset(const mybpf__image_in *in, uint32_t offset, const char *what)
{
    if (offset < in->code_size) return MYBPF_OK;
    return mybpf__fail(in->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                       "%s image: %s at byte %u of %u bytes of code", in->format, what, offset,
                       in->code_size);
}

MYBPF__COLD int mybpf__image_is_count(const mybpf__image *image, uint32_t import)
{
    return !image->is_bare && image->imports[import] >> 30 == MYBPF__IMAGE_MAP_VALUE &&
           image->imports[import] & MYBPF__IMAGE_IMPORT_COUNT;
}

/* Elements of the array that code which was made for values of `value_size` bytes finds by itself: none where
 * the host has other plans. */
MYBPF__COLD uint64_t mybpf__image_count(const mybpf_object *object, const mybpf_map *map, uint32_t value_size)
{
    const mybpf_map_desc *desc = mybpf_map_describe(map);
    return mybpf_helper_is_built_in(mybpf_object_helper(object, 1)) && desc->type == MYBPF_MAP_TYPE_ARRAY &&
                   desc->value_size == value_size && !(desc->flags & MYBPF_F_WRONLY_PROG)
               ? desc->max_entries
               : 0;
}

/* Keeps code and tables for load. `entries`: code offsets of the functions, NULL (BARE): the stub calls the
 * one. */
MYBPF__COLD int mybpf__image_native(mybpf__image_in *in, const uint8_t *code, const uint8_t *imports,
                                    const uint8_t *entries)
{
    mybpf_object *object = in->object;
    mybpf__image *image = (mybpf__image *)mybpf__alloc(object->vm, 1, sizeof *image);
    int status = mybpf__image_check_offset(in, in->entry, "the entry");
    object->image = image;
    if (!image) return mybpf__image_memory(in);
    image->target = in->target;
    image->flags = in->flags;
    image->entry = in->entry;
    image->is_bare = !entries;
    image->import_count = in->import_count;
    image->entry_count = object->func_count;
    image->imports = (uint32_t *)mybpf__alloc(object->vm, 2u * in->import_count + 1u, sizeof *image->imports);
    image->entries = (uint32_t *)mybpf__alloc(object->vm, object->func_count + 1u, sizeof *image->entries);
    object->image_code = (uint8_t *)mybpf__alloc(object->vm, in->code_size + 1u, 1);
    if (!image->imports || !image->entries || !object->image_code) return mybpf__image_memory(in);
    object->image_code_size = in->code_size;
    mybpf__copy(object->image_code, code, in->code_size);
    for (uint32_t i = 0; i < object->func_count && !status; i++) {
        image->entries[i] = entries ? mybpf__le32(entries + i * MYBPF__IMAGE_FUNC) : in->entry;
        status = mybpf__image_check_offset(in, image->entries[i], "a function");
        mybpf__print(object->funcs[i].name, sizeof object->funcs[i].name, "function_%u", i);
    }
    for (uint32_t i = 0; i < in->import_count && !status; i++) {
        image->imports[i] = mybpf__le32(imports + i * MYBPF__IMAGE_IMPORT);
        if (entries) status = mybpf__image_check_import(in, image->imports[i]);
        if (!status && mybpf__image_is_count(image, i)) /* of what the code was made for */
            image->imports[in->import_count + i] =
                object->slots[image->imports[i] & ~MYBPF__IMAGE_IMPORT_COUNT & MYBPF__IMAGE_IMPORT_INDEX]
                    .desc.value_size;
    }
    return status;
}

MYBPF__COLD int mybpf__image_alloc_funcs(mybpf__image_in *in, uint32_t count)
{
    in->object->funcs = (mybpf_func *)mybpf__alloc(in->object->vm, count, sizeof *in->object->funcs);
    if (!in->object->funcs) return mybpf__image_memory(in);
    in->object->func_count = count;
    return MYBPF_OK;
}

MYBPF__COLD void mybpf__image_free(mybpf_object *object)
{
    mybpf__image *image = (mybpf__image *)object->image;
    if (image) {
        mybpf__free(object->vm, image->imports);
        mybpf__free(object->vm, image->entries);
    }
    mybpf__free(object->vm, image);
    mybpf__free(object->vm, object->image_code);
    object->image = NULL;
    object->image_code = NULL;
}

MYBPF_API const char *mybpf_object_target(const mybpf_object *object)
{
    return object->image ? mybpf__image_target_name(((const mybpf__image *)object->image)->target) : NULL;
}

/* ---- attaching ---- */

/* Executable memory and the context table of one loaded image; freed by mybpf_native.release. */
typedef struct mybpf__image_exec {
    mybpf_vm *vm;
    const mybpf_exec_ops *ops;
    void *code;
    size_t size;
    uint64_t *table;
} mybpf__image_exec;

MYBPF__COLD void mybpf__image_release(void *user)
{
    mybpf__image_exec *exec = (mybpf__image_exec *)user;
    if (!exec) return;
    if (exec->code) exec->ops->free(exec->ops->user, exec->code, exec->size);
    mybpf__free(exec->vm, exec->table);
    mybpf__free(exec->vm, exec);
}

/* May this load run the code at all? */
MYBPF__COLD int mybpf__image_permit(const mybpf_object *object, const mybpf_load_opts *opts,
                                    mybpf_error *error)
{
    const mybpf__image *image = (const mybpf__image *)object->image;
    uint32_t host = mybpf__image_target_host();
    if (image->target != host)
        return mybpf__fail(error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           "the image holds code for %s, this machine is %s",
                           mybpf__image_target_name(image->target),
                           host ? mybpf__image_target_name(host) : "none that images are made for");
    uint32_t missing = MYBPF__IMAGE_FEATURES(image->flags) & ~mybpf__cpu_known();
    if (missing) missing &= ~mybpf__cpu_host();
    if (missing)
        return mybpf__fail(error, MYBPF_ERR_TARGET, MYBPF_NO_INSN,
                           "the image holds code for %s with %s, which this processor does not have",
                           mybpf__image_target_name(host),
                           mybpf__cpu_feature_in(mybpf__image_target_name(host), missing));
    if (!opts || opts->trust != MYBPF_TRUSTED)
        return mybpf__fail(
            error, MYBPF_ERR_PERMISSION, MYBPF_NO_INSN,
            "native code cannot be verified: convert it to bytecode, or load the image as trusted");
    if (!mybpf_vm_host(object->vm)->exec)
        return mybpf__fail(
            error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
            "the image holds native code and this host gives no executable memory (mybpf_host.exec)");
    return MYBPF_OK;
}

/* The context table: what each import stands for in this process. */
MYBPF__COLD int mybpf__image_bind(const mybpf_object *object, uint64_t *table, mybpf_error *error)
{
    const mybpf__image *image = (const mybpf__image *)object->image;
    for (uint32_t i = 0; i < image->import_count; i++) {
        uint32_t kind = image->imports[i] >> 30, index = image->imports[i] & MYBPF__IMAGE_IMPORT_INDEX;
        const mybpf_helper *helper;
        int status;
        switch (kind) {
        case MYBPF__IMAGE_HELPER:
            status = mybpf__helper_for(object, index, MYBPF_NO_INSN, &helper, error);
            if (status) return status;
            table[i] = (uint64_t)(uintptr_t)helper->fn;
            break;
        case MYBPF__IMAGE_MAP: table[i] = mybpf__address(object->maps[index]); break;
        case MYBPF__IMAGE_MAP_VALUE:
            if (mybpf__image_is_count(image, i)) {
                table[i] = mybpf__image_count(object, object->maps[index & ~MYBPF__IMAGE_IMPORT_COUNT],
                                              image->imports[image->import_count + i]);
                break;
            }
            table[i] = image->is_bare ? mybpf__address(mybpf__map_base(object->maps[0])) + index
                                      : mybpf__address(mybpf__map_base(object->maps[index]));
            break;
        default: table[i] = mybpf__address(&object->func_descs[index]); break;
        }
    }
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__image_place(mybpf_object *object, mybpf__image_exec *exec, mybpf_error *error)
{
    exec->size = object->image_code_size;
    exec->code = exec->ops->alloc(exec->ops->user, exec->size);
    if (!exec->code)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN,
                           "no executable memory for %zu bytes of code", exec->size);
    mybpf__copy(exec->code, object->image_code, exec->size);
    if (exec->ops->seal(exec->ops->user, exec->code, exec->size))
        return mybpf__fail(error, MYBPF_ERR_PERMISSION, MYBPF_NO_INSN,
                           "the system does not let this process execute its memory");
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__image_attach_exec(mybpf_object *object, mybpf__image_exec *exec, mybpf_error *error)
{
    const mybpf__image *image = (const mybpf__image *)object->image;
    const uint8_t *code = (const uint8_t *)exec->code;
    mybpf_native native;
    int status;
    const void **entries = (const void **)mybpf__alloc(object->vm, image->entry_count, sizeof *entries);
    if (!entries)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: attaching native code");
    for (uint32_t i = 0; i < image->entry_count; i++) entries[i] = code + image->entries[i];
    mybpf__zero(&native, sizeof native);
    native.enter = (mybpf_helper_fn)(uintptr_t)(code + image->entry);
    native.entries = entries;
    native.entry_count = image->entry_count;
    native.code = code;
    native.code_size = exec->size;
    native.table = exec->table;
    native.release = mybpf__image_release;
    native.user = exec;
    status = mybpf_object_attach_native(object, &native, error);
    mybpf__free(object->vm, (void *)entries);
    return status;
}

/* Verified code that accesses an arena needs one. */
MYBPF__COLD int mybpf__image_arena(mybpf_object *object, mybpf_error *error)
{
#    ifndef MYBPF_NO_MAP_TYPES
    object->code.arena = mybpf__arena_of(object);
#    else
    (void)object;
#    endif
    if (MYBPF__ARENA_OF(&object->code)) return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                       "the image's code accesses an arena, which it does not have");
}

MYBPF__COLD int mybpf__image_attach(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    const mybpf__image *image = (const mybpf__image *)object->image;
    mybpf__image_exec *exec;
    int status = mybpf__image_permit(object, opts, error);
    if (status) return status;
    object->code.trust = (int)(image->flags & MYBPF__IMAGE_TRUST);
    object->code.metered = (image->flags & MYBPF__IMAGE_METERED) != 0;
    if (object->code.trust == MYBPF__IMAGE_TRUST) {
        object->code.trust = MYBPF_GUARDED;
        status = mybpf__image_arena(object, error);
        if (status) return status;
    }
    for (uint32_t i = 0; i < object->func_count && object->code.trust == MYBPF_GUARDED; i++)
        object->funcs[i].stack = MYBPF_STACK_FRAME;
    exec = (mybpf__image_exec *)mybpf__alloc(object->vm, 1, sizeof *exec);
    if (!exec)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: loading native code");
    exec->vm = object->vm;
    exec->ops = mybpf_vm_host(object->vm)->exec;
    exec->table = (uint64_t *)mybpf__alloc(object->vm, image->import_count + 1u, sizeof *exec->table);
    if (!exec->table)
        status = mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: %u imports",
                             image->import_count);
    if (!status) status = mybpf__image_bind(object, exec->table, error);
    if (!status) status = mybpf__image_place(object, exec, error);
    if (!status) status = mybpf__image_attach_exec(object, exec, error);
    if (status) mybpf__image_release(exec);
    return status;
}

#endif /* MYBPF_NO_IMAGES */

#endif
