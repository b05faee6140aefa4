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

MYBPF__FN void mybpf__native_drop(mybpf_object *object)
{
    mybpf_native native = object->native;
    if (!native.enter) return;
    mybpf__zero(&object->native, sizeof object->native);
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
    return MYBPF_OK;
}

#endif

MYBPF_API const mybpf_native *mybpf_object_native(const mybpf_object *object)
{
    return MYBPF__IS_NATIVE(object) ? &object->native : NULL;
}

#endif
