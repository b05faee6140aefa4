/* object.c: an object from opening to closing. Readers fill it, load makes its maps, has it verified
 * and prepared to run; the accessors at the end show what is inside. */
#ifndef MYBPF__OBJECT_C
#define MYBPF__OBJECT_C

#include "../helper/helper_impl.h"
#include "../isa/op_of.h"
#include "../map/epoch.h"
#include "../map/map_impl.h"
#include "../run/env.h"
#include "../verify/verify_impl.h"
#include "btf.h"
#include "image.h"
#include "maps.c"
#include "object_impl.h"

/* A global section's bytes: more would be a hostile file's way to take all memory. */
#define MYBPF__SECTION_MAX 0x10000000u

/* ---- for readers ---- */

MYBPF__COLD mybpf__map_slot *mybpf__add_slot(mybpf_object *object, const char *name, mybpf_error *error)
{
    void *slots = mybpf__grow(object->vm, object->slots, object->slot_count, object->slot_count + 1,
                              sizeof *object->slots);
    if (!slots) {
        mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for map %s", name);
        return NULL;
    }
    object->slots = (mybpf__map_slot *)slots;
    return &object->slots[object->slot_count];
}

MYBPF__COLD uint8_t *mybpf__section_alloc(mybpf_vm *vm, uint32_t size)
{
    return (uint8_t *)mybpf__alloc(vm, (size_t)size / 8 + 1, 8);
}

#if MYBPF__FILES
MYBPF__COLD int64_t mybpf__add_section(mybpf_object *object, const char *name, const void *data,
                                       uint64_t size, int read_only, mybpf_error *error)
{
    if (!size || size > MYBPF__SECTION_MAX)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                           "section %s has %llu bytes; 1 to %u are possible", name, (unsigned long long)size,
                           MYBPF__SECTION_MAX);
    mybpf__map_slot *slot = mybpf__add_slot(object, name, error);
    if (!slot) return MYBPF_ERR_MEMORY;
    mybpf__copy_text(slot->desc.name, MYBPF_NAME_MAX,
                     name); /* compilers make long names; cut, they are of no use */
    slot->desc.type = MYBPF_MAP_TYPE_ARRAY;
    slot->desc.key_size = 4;
    slot->desc.value_size = slot->size = (uint32_t)size;
    slot->desc.max_entries = 1;
    slot->desc.flags = read_only ? MYBPF_F_RDONLY_PROG : 0;
    slot->is_section = 1;
    slot->read_only = read_only;
    if (data) {
        slot->data = mybpf__section_alloc(object->vm, (uint32_t)size);
        if (!slot->data)
            return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for section %s of %u bytes",
                               name, (unsigned)size);
        mybpf__copy(slot->data, data, (size_t)size);
    }
    return object->slot_count++;
}
#endif

MYBPF__COLD int64_t mybpf__add_map(mybpf_object *object, const mybpf_map_desc *desc, mybpf_error *error)
{
    mybpf__map_slot *slot = mybpf__add_slot(object, desc->name, error);
    if (!slot) return MYBPF_ERR_MEMORY;
    slot->desc = *desc;
    return object->slot_count++;
}

#if MYBPF__FILES
MYBPF__COLD int64_t mybpf__add_note(mybpf_object *object, const char *text, uint32_t *capacity,
                                    mybpf_error *error)
{
    uint32_t count = object->note_count, wanted = *capacity ? *capacity * 2 : 8;
    for (uint32_t i = count; i && i + 8 > count; i--) /* a bit field's relocations come in fours */
        if (mybpf__same_text(object->notes[i - 1].text, text)) return MYBPF__POISON + (int64_t)i - 1;
    if (count == *capacity) {
        void *notes = mybpf__grow(object->vm, object->notes, count, wanted, sizeof *object->notes);
        if (!notes)
            return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for what is wrong: %s",
                               text);
        object->notes = (mybpf__note *)notes;
        *capacity = wanted;
    }
    mybpf__copy_text(object->notes[count].text, sizeof object->notes[count].text, text);
    object->note_count++;
    return MYBPF__POISON + (int64_t)count;
}

MYBPF__COLD int mybpf__is_poison(uint32_t id)
{
    return id >= MYBPF__POISON && id - MYBPF__POISON < MYBPF_MAX_INSNS;
}

MYBPF__COLD const char *mybpf__note_of(const mybpf_object *object, uint32_t id)
{
    uint32_t index = id - MYBPF__POISON;
    return index < object->note_count
               ? object->notes[index].text
               : MYBPF__TEXT("an instruction that asked for what the target did not have");
}
#endif

/* ---- open and close ---- */

MYBPF__COLD void mybpf__publish_code(mybpf_object *object)
{
    mybpf_code *code = &object->code;
    code->insns = object->insns;
    code->facts = object->facts;
    code->insn_count = object->insn_count;
    code->func_count = object->func_count;
    code->funcs = object->funcs;
    code->maps = object->maps;
    code->map_count = object->slot_count;
}

/* What every reader's work ends with: the object handed out, or freed. */
MYBPF__COLD int mybpf__opened(mybpf_object *object, int status, mybpf_object **out, mybpf_error *error)
{
    if (!status) {
        object->maps = (mybpf_map **)mybpf__alloc(object->vm, object->slot_count + 1u, sizeof *object->maps);
        if (!object->maps)
            status = mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %u maps",
                                 (unsigned)object->slot_count);
    }
    if (status) {
        mybpf_object_close(object);
        return status;
    }
    for (uint32_t i = 0; i < object->program_count; i++) object->programs[i].object = object;
    mybpf__publish_code(object);
    *out = object;
    return MYBPF_OK;
}

MYBPF__COLD mybpf_object *mybpf__object_new(mybpf_vm *vm, mybpf_error *error)
{
    mybpf_object *object = (mybpf_object *)mybpf__alloc(vm, 1, sizeof *object);
    if (!object) {
        mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for an object");
        return NULL;
    }
    object->vm = vm;
#ifndef MYBPF_NO_MAP_TYPES
    object->refs = 1;
#endif
    return object;
}

MYBPF_API int mybpf_object_open(mybpf_vm *vm, const void *bytes, size_t size, mybpf_object **out,
                                mybpf_error *error)
{
#if MYBPF__FILES
    return mybpf_object_open_with(vm, bytes, size, NULL, out, error);
#else
    if (out) *out = NULL;
    (void)vm, (void)bytes, (void)size;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                       "files are not supported: this build has MYBPF_NO_ELF and MYBPF_NO_IMAGES");
#endif
}

#if MYBPF__FILES
MYBPF_API int mybpf_object_open_with(mybpf_vm *vm, const void *bytes, size_t size,
                                     const mybpf_open_opts *opts, mybpf_object **out, mybpf_error *error)
{
    if (out) *out = NULL;
    if (!vm || !out || (!bytes && size))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "vm, bytes and object must not be NULL");
    if (opts && ((!opts->btf && opts->btf_size) || (!opts->ksyms && opts->ksym_count)))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "the %s are NULL",
                           opts->btf_size && !opts->btf ? "target's types" : "host's symbols");
    if (!size) return mybpf__fail(error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, "the file is empty");
    int elf = size >= 4 && mybpf__equal(bytes, "\177ELF", 4);
    int spf = mybpf__is_spf(bytes, size), bare = mybpf__is_bare(bytes, size);
    if (!elf && !spf && !bare)
        return mybpf__fail(error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                           "neither an ELF object nor an SPF or BARE image");
    mybpf_object *object = mybpf__object_new(vm, error);
    if (!object) return MYBPF_ERR_MEMORY;
    int status = elf   ? mybpf__open_elf(object, bytes, size, opts, error)
                 : spf ? mybpf__open_spf(object, bytes, size, error)
                       : mybpf__open_bare(object, bytes, size, error);
    if (opts && opts->describe) object->failed = MYBPF__DESCRIBED;
    return mybpf__opened(object, status, out, error);
}
#endif

MYBPF_API int mybpf_object_open_insns(mybpf_vm *vm, const void *insns, size_t count,
                                      const mybpf_raw_desc *desc, mybpf_object **out, mybpf_error *error)
{
    static const mybpf_raw_desc mybpf__raw_default = {NULL, MYBPF_PROG_TYPE_UNSPEC, NULL, 0};
    if (out) *out = NULL;
    if (!vm || !out || (!insns && count) || (desc && desc->map_count && !desc->maps))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "vm, insns, maps and object must not be NULL");
    mybpf_object *object = mybpf__object_new(vm, error);
    if (!object) return MYBPF_ERR_MEMORY;
    int status = mybpf__open_raw(object, insns, count, desc ? desc : &mybpf__raw_default, error);
    return mybpf__opened(object, status, out, error);
}

MYBPF__COLD void mybpf__object_free(mybpf_object *object)
{
    mybpf_vm *vm = object->vm;
    mybpf__native_drop(object);
    mybpf__interp_free(object);
    mybpf__image_free(object);
    for (uint32_t i = 0; i < object->slot_count; i++) {
#ifdef MYBPF_NO_MAP_TYPES
        if (object->slots[i].map) mybpf_map_unref(object->slots[i].map);
#else
        if (object->slots[i].map)
            mybpf__map_drop(object->slots[i].map); /* its use ended when it was closed */
#endif
        mybpf__free(vm, object->slots[i].data);
#ifndef MYBPF_NO_MAP_TYPES
        mybpf__free(vm, object->slots[i].inner);
        mybpf__free(vm, object->slots[i].kptrs);
#endif
    }
    void *const owned[] = {object->insns,  object->funcs, object->programs, object->slots,
                           object->relocs, object->lines, object->maps,     object->func_descs,
                           object->facts,  object->temp,  object->grants,   object->files};
#ifndef MYBPF_NO_ELF
    mybpf__free(vm, object->globals);
    if (object->types) mybpf__btf_close(object->types);
    mybpf__free(vm, object->types);
    mybpf__free(vm, object->ops);
#endif
#if MYBPF__FILES
    mybpf__free(vm, object->line_text);
    mybpf__free(vm, object->protos);
    mybpf__free(vm, object->notes);
#endif
#ifndef MYBPF_NO_PROVER
    mybpf__free(vm, object->seen);
#endif
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) mybpf__free(vm, owned[i]);
    mybpf__free(vm, object);
}

#ifdef MYBPF_NO_MAP_TYPES

MYBPF_API void mybpf_object_close(mybpf_object *object)
{
    if (object) mybpf__object_free(object);
}

#else

/* The last reference is given back. Runs may have found the object's programs in a prog array. */
MYBPF__COLD void mybpf__object_unref(mybpf_object *object)
{
    mybpf_vm *vm = object->vm;
    if (mybpf__drop_ref(&object->refs)) return;
    if (!object->is_target) {
        mybpf__object_free(object);
        return;
    }
    object->ended = mybpf__epoch_end(vm);
    mybpf__acquire(&vm->instance_lock);
    object->next_doomed = vm->doomed_objects;
    MYBPF__STORE_RELEASE(&vm->doomed_objects, object);
    mybpf__release(&vm->instance_lock);
    mybpf__objects_reap(vm, 0);
}

MYBPF__COLD void mybpf__objects_reap(mybpf_vm *vm, int all)
{
    mybpf_object *gone = NULL, **link, *object;
    if (!MYBPF__LOAD_ACQUIRE(&vm->doomed_objects)) return;
    mybpf__acquire(&vm->instance_lock);
    for (link = &vm->doomed_objects; (object = *link) != NULL;) {
        if (all || mybpf__epoch_held(vm, object->ended, NULL) == MYBPF__HELD_BY_NONE) {
            *link = object->next_doomed;
            object->next_doomed = gone;
            gone = object;
        } else {
            link = &object->next_doomed;
        }
    }
    mybpf__release(&vm->instance_lock);
    while (gone) {
        object = gone;
        gone = object->next_doomed;
        mybpf__object_free(object);
    }
}

MYBPF__COLD void mybpf__object_hold(const mybpf_program *program)
{
    MYBPF__STORE_RELEASE(&program->object->is_target, 1u);
    mybpf__add_ref(&program->object->refs);
}

MYBPF__COLD void mybpf__object_drop(const mybpf_program *program)
{
    if (program) mybpf__object_unref(program->object);
}

MYBPF_API void mybpf_object_close(mybpf_object *object)
{
    if (!object) return;
    for (uint32_t i = 0; i < object->slot_count; i++)
        if (object->slots[i].map) mybpf__map_drop_user(object->slots[i].map);
    mybpf__object_unref(object);
}

#endif

/* ---- load ---- */

/* A copy of the caller's array, NULL for an empty one. */
MYBPF__COLD int mybpf__keep(mybpf_object *object, const void *from, size_t count, size_t size, void **copy,
                            mybpf_error *error)
{
    *copy = NULL;
    if (!count) return MYBPF_OK;
    if (!from || count > UINT32_MAX)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "load options: an array is missing or too long");
    *copy = mybpf__alloc(object->vm, count, size);
    if (!*copy) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for the load options");
    mybpf__copy(*copy, from, count * size);
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__load_options(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    void *grants, *temp = NULL;
    if (opts->trust < MYBPF_VERIFIED || opts->trust > MYBPF_TRUSTED)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "%d is no trust mode", (int)opts->trust);
    int status = mybpf__keep(object, opts->grants, opts->grant_count, sizeof *opts->grants, &grants, error);
    object->grants = (mybpf_range *)grants;
    object->grant_count = status ? 0 : (uint32_t)opts->grant_count;
    if (!status) status = mybpf__keep(object, opts->temp, opts->temp_count, sizeof *opts->temp, &temp, error);
    object->temp = (mybpf_helper *)temp;
    object->temp_count = status ? 0 : (uint32_t)opts->temp_count;
    for (uint32_t i = 0; i < object->temp_count; i++) {
        const mybpf_helper *helper = &object->temp[i];
        if (helper->id < MYBPF_HELPER_TEMP || helper->id >= MYBPF_HELPER_END || !helper->name || !helper->fn)
            return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                               "temp helper %u: it needs a name, a function and a number from %u to %u",
                               (unsigned)helper->id, MYBPF_HELPER_TEMP, MYBPF_HELPER_END - 1);
        const char *fault = mybpf__helper_fault(helper);
        if (fault)
            return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                               "temp helper %u (%s): the prototype has %s", (unsigned)helper->id,
                               helper->name, fault);
    }
    object->ctx_size = opts->trust == MYBPF_TRUSTED ? 0 : opts->ctx_size;
    object->code.trust = (int)opts->trust;
    object->code.metered = opts->metered || opts->trust == MYBPF_GUARDED;
    return status;
}

#ifdef MYBPF_NO_MAP_TYPES
#    define mybpf__guard_arena(object)        (void)0
#    define mybpf__check_casts(object, error) MYBPF_OK
#else
MYBPF__COLD uint32_t mybpf__arena_of(const mybpf_object *object)
{
    uint32_t arena = 0, count = 0;
    for (uint32_t i = 0; i < object->slot_count; i++)
        if (object->slots[i].desc.type == MYBPF_MAP_TYPE_ARENA) arena = i + 1, count++;
    return count == 1 ? arena : 0;
}

/* Casts are of the object's arena. */
MYBPF__COLD int mybpf__check_casts(const mybpf_object *object, mybpf_error *error)
{
    for (uint32_t pc = 0; pc < object->insn_count && !mybpf__arena_of(object); pc++)
        if (mybpf__is_cast(&object->insns[pc]))
            return mybpf__fail(error, MYBPF_ERR_VERIFY, pc,
                               "addr_space_cast: the object needs an arena for it, one and no more");
    return MYBPF_OK;
}

/* What a verified program does through pointers into its arena is checked while it runs, and nothing else:
 * engines take it for a guarded one. */
MYBPF__COLD void mybpf__guard_arena(mybpf_object *object)
{
    if (object->code.trust != MYBPF_VERIFIED) return;
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        if (!(object->facts[pc] & MYBPF_FACT_GUARD)) continue;
        object->code.trust = MYBPF_GUARDED;
        object->code.metered = 1;
        object->code.arena = mybpf__arena_of(object);
    }
}
#endif

/* Verifies the instructions and makes them ready to be interpreted. */
MYBPF__COLD int mybpf__load_code(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    object->facts = (uint8_t *)mybpf__alloc(object->vm, object->insn_count + 1u, 1);
    if (!object->facts)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory to verify %u instructions",
                           (unsigned)object->insn_count);
    mybpf__publish_code(object);
    int status = mybpf__verify_structure(object, error);
    if (!status) status = mybpf__check_casts(object, error);
    if (status) mybpf__explain_refusal(object, opts, NULL, error);
    if (!status) status = mybpf__verify_access(object, opts, error);
    if (!status) mybpf__guard_arena(object);
    if (!status) status = mybpf__interp_prepare(object, error);
    return status;
}

MYBPF_API int mybpf_object_load(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    mybpf_load_opts defaults;
    mybpf__zero(&defaults, sizeof defaults);
#ifndef MYBPF_NO_PROVER
    mybpf_error spare; /* the log has something to say even where nobody wants the error */
    mybpf__zero(&spare, sizeof spare);
    if (!error) error = &spare;
#endif
    if (!opts) opts = &defaults;
    if (!object) return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "object is NULL");
    if (object->loaded || object->failed)
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN, "the object %s",
                           object->loaded ? "is loaded already"
                           : object->failed == MYBPF__DESCRIBED
                               ? "was opened to be described"
                               : "was refused before and can only be closed");
    object->failed = 1;
    int status = mybpf__load_options(object, opts, error);
#if MYBPF__FILES
    if (!status) status = mybpf__autoload(object, error);
#endif
#ifndef MYBPF_NO_ELF
    if (!status) status = mybpf__sections_known(object, opts, error);
#endif
    if (!status) status = mybpf__load_maps(object, error);
    if (!status) status = mybpf__load_pointers(object, error);
    if (!status)
        status =
            object->image ? mybpf__image_attach(object, opts, error) : mybpf__load_code(object, opts, error);
    if (!status) status = mybpf__load_pins(object, error);
    if (status) {
        object->code.facts = NULL; /* what engines and image writers take for "loaded" */
        mybpf__locate(object, error);
        return status;
    }
    object->failed = 0;
    object->loaded = 1;
    return MYBPF_OK;
}

/* ---- helpers of this load ---- */

#if MYBPF__FILES
MYBPF__HELPER(poison)
{
    mybpf_env_stop(env, MYBPF_FAULT_CALL, 0);
    return 0;
}

static const mybpf_helper mybpf__poison = {MYBPF__POISON,
                                           "nothing",
                                           mybpf__helper_poison,
                                           MYBPF_RET_INTEGER,
                                           {0, 0, 0, 0, 0},
                                           MYBPF_HELPER_MAY_STOP,
                                           NULL,
                                           0,
                                           {0, 0, 0, 0, 0, 0},
                                           0};
#endif

MYBPF__COLD const mybpf_helper *mybpf__helper_known(const mybpf_object *object, uint32_t id)
{
#if MYBPF__FILES
    if (mybpf__is_poison(id)) return &mybpf__poison;
#endif
    for (uint32_t i = 0; i < object->temp_count; i++)
        if (object->temp[i].id == id) return &object->temp[i];
    return mybpf_helper_find(object->vm, id);
}

MYBPF__COLD int mybpf__helper_granted(const mybpf_object *object, uint32_t id)
{
    if (id < MYBPF_HELPER_SYS || id >= MYBPF_HELPER_TEMP) return 1;
    for (uint32_t i = 0; i < object->grant_count; i++)
        if (id >= object->grants[i].first && id <= object->grants[i].last) return 1;
    return 0;
}

MYBPF__COLD int mybpf__helper_for(const mybpf_object *object, uint32_t id, int64_t insn,
                                  const mybpf_helper **helper, mybpf_error *error)
{
    const mybpf_helper *found = mybpf__helper_known(object, id);
    *helper = NULL;
    if (!found && mybpf_helper_name(id))
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, insn, "helper %s (%u) is not available here%s",
                           mybpf_helper_name(id), (unsigned)id, mybpf__helper_why(id));
    if (!found) return mybpf__fail(error, MYBPF_ERR_VERIFY, insn, "unknown helper %u", (unsigned)id);
    if (!found->fn)
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, insn, "helper %s (%u) is not available: %s",
                           found->name, (unsigned)id,
                           found->reason ? found->reason : "it is not implemented");
    if (!mybpf__helper_granted(object, id))
        return mybpf__fail(error, MYBPF_ERR_PERMISSION, insn, "helper %s (%u) was not granted to this load",
                           found->name, (unsigned)id);
    if (found->flags & MYBPF_HELPER_TRUSTED && object->code.trust != MYBPF_TRUSTED)
        return mybpf__fail(error, MYBPF_ERR_PERMISSION, insn, "helper %s (%u) is for trusted loads only",
                           found->name, (unsigned)id);
    *helper = found;
    return MYBPF_OK;
}

MYBPF_API const mybpf_helper *mybpf_object_helper(const mybpf_object *object, uint32_t id)
{
    const mybpf_helper *helper = NULL;
    if (object) mybpf__helper_for(object, id, MYBPF_NO_INSN, &helper, NULL);
    return helper;
}

/* ---- places ---- */

MYBPF__COLD const mybpf_func *mybpf__func_of(const mybpf_object *object, uint32_t insn)
{
    uint32_t low = 0, high = object->func_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (object->funcs[middle].start <= insn)
            low = middle;
        else
            high = middle;
    }
    return &object->funcs[low];
}

#if MYBPF__FILES
MYBPF__COLD const mybpf__line *mybpf__line_of(const mybpf_object *object, uint32_t insn)
{
    uint32_t low = 0, high = object->line_count; /* the last line at or before it */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (object->lines[middle].insn <= insn)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low || object->lines[low - 1].insn < mybpf__func_of(object, insn)->start) return NULL;
    return &object->lines[low - 1];
}

MYBPF_API int mybpf_object_source(const mybpf_object *object, uint32_t insn, mybpf_source *source)
{
    const mybpf__line *line =
        object && source && insn < object->insn_count ? mybpf__line_of(object, insn) : NULL;
    if (!line) return 0;
    source->file = object->files[line->file].name;
    source->text = object->line_text ? object->line_text + line->text : "";
    while (*source->text == ' ' || *source->text == '\t') source->text++;
    source->line = line->line;
    return 1;
}
#endif

MYBPF__COLD void mybpf__locate(const mybpf_object *object, mybpf_error *error)
{
    if (!error || error->insn < 0 || (uint32_t)error->insn >= object->insn_count || !object->func_count)
        return;
    uint32_t insn = (uint32_t)error->insn;
    const mybpf_func *func = mybpf__func_of(object, insn);
    if (!error->program[0]) mybpf__copy(error->program, func->name, sizeof error->program);
#if MYBPF__FILES
    const mybpf__line *line = mybpf__line_of(object, insn);
    if (error->line || !line) return;
    error->line = line->line;
    mybpf__copy(error->file, object->files[line->file].name, sizeof error->file);
#endif
}

/* ---- what is inside ---- */

MYBPF_API mybpf_program *mybpf_object_program(const mybpf_object *object, size_t index)
{
    return object && index < object->program_count ? &object->programs[index] : NULL;
}

MYBPF_API mybpf_program *mybpf_object_find_program(const mybpf_object *object, const char *name)
{
    for (uint32_t i = 0; object && name && i < object->program_count; i++)
        if (mybpf__same_text(mybpf_program_name(&object->programs[i]), name)) return &object->programs[i];
    return NULL;
}

MYBPF__COLD mybpf__map_slot *mybpf__find_slot(const mybpf_object *object, const char *name)
{
    for (uint32_t i = 0; i < object->slot_count; i++)
        if (mybpf__same_text(object->slots[i].desc.name, name)) return &object->slots[i];
    return NULL;
}

MYBPF_API mybpf_map *mybpf_object_map(const mybpf_object *object, size_t index)
{
    return index < object->slot_count ? object->maps[index] : NULL;
}

MYBPF_API mybpf_map *mybpf_object_find_map(const mybpf_object *object, const char *name)
{
    const mybpf__map_slot *slot = mybpf__find_slot(object, name);
    return slot ? object->maps[slot - object->slots] : NULL;
}

MYBPF_API mybpf_map_desc *mybpf_object_map_desc(mybpf_object *object, size_t index)
{
    return index < object->slot_count && !object->loaded ? &object->slots[index].desc : NULL;
}

#if MYBPF__FILES
MYBPF_API mybpf_map_desc *mybpf_object_find_map_desc(mybpf_object *object, const char *name)
{
    mybpf__map_slot *slot = mybpf__find_slot(object, name);
    return slot && !object->loaded ? &slot->desc : NULL;
}
#endif

MYBPF_API void *mybpf_object_section_data(mybpf_object *object, const char *name, size_t *size)
{
    mybpf__map_slot *slot = MYBPF__FILES ? mybpf__find_slot(object, name) : NULL;
    if (!slot || !slot->is_section || object->loaded) return NULL;
#ifndef MYBPF_NO_ELF
    if (slot->host) return NULL;
#endif
    if (slot->read_only && object->image_code) return NULL; /* it is in the code */
    if (!slot->data) slot->data = mybpf__section_alloc(object->vm, slot->size);
    if (size) *size = slot->size;
    return slot->data;
}

MYBPF_API const char *mybpf_object_license(const mybpf_object *object) { return object->license; }
MYBPF_API uint32_t mybpf_object_kernel_version(const mybpf_object *object) { return object->kernel_version; }
MYBPF_API mybpf_vm *mybpf_object_vm(const mybpf_object *object) { return object->vm; }

MYBPF_API const char *mybpf_program_name(const mybpf_program *program)
{
    return program->object->funcs[program->func].name;
}

MYBPF_API const char *mybpf_program_section(const mybpf_program *program) { return program->section; }
MYBPF_API uint32_t mybpf_program_type(const mybpf_program *program) { return program->type; }

MYBPF_API mybpf_object *mybpf_program_object(const mybpf_program *program) { return program->object; }
MYBPF_API uint32_t mybpf_program_func(const mybpf_program *program) { return program->func; }
MYBPF_API const mybpf_code *mybpf_object_code(const mybpf_object *object) { return &object->code; }

MYBPF_API uint64_t mybpf_object_func_pointer(const mybpf_object *object, uint32_t index)
{
    return object->func_descs && index < object->func_count ? mybpf__address(&object->func_descs[index]) : 0;
}

MYBPF_API int mybpf_object_map_is_section(const mybpf_object *object, uint32_t index)
{
    return index < object->slot_count && object->slots[index].is_section;
}

MYBPF_API int mybpf_object_data_reloc(const mybpf_object *object, size_t index, mybpf_data_reloc *reloc)
{
    if (index >= object->reloc_count) return 0;
    *reloc = object->relocs[index];
    return 1;
}

#undef MYBPF__SECTION_MAX
#undef mybpf__load_section
#undef mybpf__load_reloc
#undef mybpf__load_map
#undef mybpf__load_pins
#undef mybpf__guard_arena
#undef mybpf__check_casts

#endif
