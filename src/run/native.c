/* native.c: gives a loaded object machine code, and takes it away again. */
#ifndef MYBPF__NATIVE_C
#define MYBPF__NATIVE_C

#include "env.h"

#ifdef MYBPF_NO_NATIVE

MYBPF__FN void mybpf__native_drop(mybpf_object *object) { (void)object; }

MYBPF_API int mybpf_object_attach_native(mybpf_object *object, const mybpf_native *native, mybpf_error *error)
{
    (void)object, (void)native;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                       "native code is not supported: this build has MYBPF_NO_NATIVE");
}

#else

/* Does the object's native code work without an environment? Not when it is watched or calls anything. */
MYBPF__COLD int mybpf__native_alone(const mybpf_object *object)
{
    if (object->code.trust == MYBPF_GUARDED || object->code.metered || !object->insn_count) return 0;
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        unsigned code = object->insns[pc].code;
        if (code & 2) continue; /* ALU64, memory: most */
        if (!(code & 7) && code & 0x60) return 0;                                /* LD_ABS, LD_IND */
        if ((code & 0xf7) == 0x85 && object->insns[pc].src_reg != 1) return 0; /* and CALLX */
        if (code == 0xe5) return 0;                                              /* MAY_GOTO */
    }
    return 1;
}

/* Programs that may be run without one: what they promise of the context is a size at most. */
MYBPF__COLD void mybpf__native_mark(mybpf_object *object)
{
    int alone = object->native.enter && mybpf__native_alone(object);
    for (uint32_t i = 0; i < object->program_count; i++) {
        mybpf_program *program = &object->programs[i];
        program->alone = (uint8_t)(alone && mybpf__program_taken(program));
#    ifndef MYBPF_NO_PROVER
        if (program->packet || program->memory) program->alone = 0;
#    endif
    }
}

MYBPF__FN void mybpf__native_drop(mybpf_object *object)
{
    mybpf_native native = object->native;
    if (!native.enter) return;
    mybpf__zero(&object->native, sizeof object->native);
    mybpf__native_mark(object);
    for (uint32_t i = 0; object->func_descs && i < object->func_count; i++) object->func_descs[i].native = 0;
    mybpf_vm_realloc(object->vm, (void *)(uintptr_t)native.entries, 0);
    if (native.release) native.release(native.user);
}

MYBPF_API int mybpf_object_attach_native(mybpf_object *object, const mybpf_native *native, mybpf_error *error)
{
    const void **entries;
    if (!object->func_descs)
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN,
                           "native code for an object that is not loaded");
    if (!native->enter || native->entry_count != object->func_count)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "native code with %u entries for an object of %u functions", native->entry_count,
                           object->func_count);
    entries = (const void **)mybpf__alloc(object->vm, object->func_count, sizeof *entries);
    if (!entries)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: attaching native code");
    mybpf__native_drop(object);
    object->native = *native;
    object->native.entries = entries;
    for (uint32_t i = 0; i < object->func_count; i++) {
        entries[i] = native->entries[i];
        object->func_descs[i].native = mybpf__address(native->entries[i]);
    }
    mybpf__native_mark(object);
    return MYBPF_OK;
}

#endif

MYBPF_API const mybpf_native *mybpf_object_native(const mybpf_object *object)
{
    return MYBPF__IS_NATIVE(object) ? &object->native : NULL;
}

#endif
