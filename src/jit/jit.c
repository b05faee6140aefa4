/* jit.c: generates native code for this machine, puts it into executable memory and attaches it to its
 * object. */
#ifndef MYBPF__JIT_C
#define MYBPF__JIT_C

#include "jit.h"
#include "../base/error.h"
#include "../gen/gen.h"
#include "exec_none.c"
#include "exec_posix.c"
#include "exec_windows.c"
#include "tell.c"

MYBPF_API const mybpf_exec_ops *mybpf_jit_exec(void)
{
    static const mybpf_exec_ops mybpf__exec_ops = {mybpf__exec_alloc, mybpf__exec_seal, mybpf__exec_free,
                                                   NULL};
    return &mybpf__exec_ops;
}

/* Compiled code of one object. */
typedef struct mybpf__jit {
    mybpf_vm *vm;
    const mybpf_exec_ops *exec;
    uint8_t *memory; /* executable */
    size_t size;
    mybpf__gen_result result;
    void *gdb; /* what gdb was told; NULL: nothing */
} mybpf__jit;

MYBPF__FN void mybpf__jit_release(void *user)
{
    mybpf__jit *jit = (mybpf__jit *)user;
    if (jit->gdb) mybpf__forget_gdb(jit->vm, jit->gdb);
    if (jit->memory) jit->exec->free(jit->exec->user, jit->memory, jit->size);
    mybpf__gen_free(jit->vm, &jit->result);
    mybpf_vm_realloc(jit->vm, jit, 0);
}

/* Memory for at most `bound` bytes of code, while branches are still being sized. 0 when there is none. */
MYBPF__FN uint64_t mybpf__jit_place(void *user, size_t bound)
{
    mybpf__jit *jit = (mybpf__jit *)user;
    if (jit->memory) jit->exec->free(jit->exec->user, jit->memory, jit->size);
    jit->memory = (uint8_t *)jit->exec->alloc(jit->exec->user, bound + MYBPF__CODE_ALIGN);
    jit->size = bound + MYBPF__CODE_ALIGN;
    uint64_t address = mybpf__address(jit->memory);
    return jit->memory ? (address + MYBPF__CODE_ALIGN - 1) & ~(uint64_t)(MYBPF__CODE_ALIGN - 1) : 0;
}

MYBPF__FN uint8_t *mybpf__jit_code(const mybpf__jit *jit)
{
    return jit->memory + ((0u - (uintptr_t)jit->memory) & (MYBPF__CODE_ALIGN - 1));
}

MYBPF__FN int mybpf__jit_place_code(mybpf__jit *jit, mybpf_error *error)
{
    if (!jit->memory)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN,
                           "no executable memory for %lu bytes of code", (unsigned long)jit->result.code.size);
    int status = jit->exec->seal(jit->exec->user, jit->memory, jit->size);
    return status ? mybpf__fail(error, status, MYBPF_NO_INSN, "memory cannot be made executable here") : MYBPF_OK;
}

MYBPF__FN int mybpf__jit_attach(mybpf__jit *jit, mybpf_object *object, mybpf_error *error)
{
    const mybpf__gen_result *result = &jit->result;
    uint8_t *code = mybpf__jit_code(jit);
    mybpf_native native;
    const void **entries =
        (const void **)mybpf_vm_realloc(jit->vm, NULL, result->entry_count * sizeof *entries);
    if (!entries)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %u entries",
                           result->entry_count);
    for (uint32_t i = 0; i < result->entry_count; i++) entries[i] = code + result->entries[i];
    mybpf__zero(&native, sizeof native);
    native.enter = (mybpf_helper_fn)(uintptr_t)(code + result->enter);
    native.entries = entries;
    native.entry_count = result->entry_count;
    native.code = code;
    native.code_size = result->code.size;
    native.release = mybpf__jit_release;
    native.user = jit;
    int status = mybpf_object_attach_native(object, &native, error);
    mybpf_vm_realloc(jit->vm, (void *)(uintptr_t)entries, 0);
    return status;
}

MYBPF__COLD int mybpf__jit_tell(mybpf__jit *jit, const mybpf_object *object, uint32_t tell, mybpf_error *error)
{
    mybpf__told told = {NULL, NULL, NULL, NULL};
    told.vm = jit->vm;
    told.code = mybpf_object_code(object);
    told.result = &jit->result;
    told.bytes = mybpf__jit_code(jit);
    if (tell & ~(uint32_t)(MYBPF_JIT_TELL_PERF | MYBPF_JIT_TELL_GDB))
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "tell: 0x%x has bits beside MYBPF_JIT_TELL_*",
                           (unsigned)tell);
    int status = tell & MYBPF_JIT_TELL_GDB ? mybpf__tell_gdb(&told, &jit->gdb, error) : MYBPF_OK;
    if (!status && tell & MYBPF_JIT_TELL_PERF) status = mybpf__tell_perf(&told, error);
    return status;
}

MYBPF_API int mybpf_jit_compile(mybpf_object *object, const mybpf_jit_opts *opts, mybpf_error *error)
{
    if (!object) return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN, "object is NULL");
    mybpf_vm *vm = mybpf_object_vm(object);
    const mybpf_host *host = mybpf_vm_host(vm);
    mybpf__gen_request request;
    mybpf__zero(&request, sizeof request);
    request.object = object;
    request.target = mybpf__target_host();
    request.mode = MYBPF__GEN_JIT;
    request.disable = opts ? opts->disable : 0;
    request.features = request.disable & MYBPF_JIT_NO_FEATURES ? 0u : mybpf__cpu_request();
    request.place = mybpf__jit_place;
    request.expect = MYBPF__EXEC_EXPECT;
    if (!mybpf_object_code(object)->facts)
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN,
                           "native code for an object that is not loaded");
    if (!request.target)
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                           "this machine has no native back end");
    mybpf__jit *jit = (mybpf__jit *)mybpf_vm_realloc(vm, NULL, sizeof *jit);
    if (!jit) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for native code");
    mybpf__zero(jit, sizeof *jit);
    jit->vm = vm;
    jit->exec = host->exec ? host->exec : mybpf_jit_exec();
    request.place_user = jit;
    int status = mybpf__gen(&request, &jit->result, error);
    if (!status) status = mybpf__jit_place_code(jit, error);
    if (!status && opts && opts->tell) status = mybpf__jit_tell(jit, object, opts->tell, error);
    if (!status) status = mybpf__jit_attach(jit, object, error);
    if (status) mybpf__jit_release(jit);
    return status;
}

MYBPF_API int64_t mybpf_jit_offset(const mybpf_object *object, uint32_t insn)
{
    const mybpf_native *native = mybpf_object_native(object);
    if (!native || native->release != mybpf__jit_release || insn >= mybpf_object_code(object)->insn_count)
        return -1;
    return ((const mybpf__jit *)native->user)->result.insn_offsets[insn];
}

#endif
