/* from_text.h: a test's program from its text, and once more from an image of what was loaded. */
#ifndef FROM_TEXT_H
#define FROM_TEXT_H

#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
#include "test.h"

static inline mybpf_vm *vm_with_jit(void)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return vm;
}

/* What load returns; `*object` is NULL when it refuses. */
static inline int load_text(mybpf_vm *vm, const char *text, const mybpf_raw_desc *raw,
                            const mybpf_load_opts *opts, mybpf_object **object, mybpf_error *error)
{
    mybpf_insn insns[96];
    int64_t count = mybpf_assemble(text, strlen(text), insns, 96, error);
    int status;
    *object = NULL;
    if (count < 0) {
        test_fail(__FILE__, __LINE__, "line %u: %s", error->line, error->message);
        return (int)count;
    }
    status = mybpf_object_open_insns(vm, insns, (size_t)count, raw, object, error);
    if (!status) status = mybpf_object_load(*object, opts, error);
    if (!status) return status;
    mybpf_object_close(*object);
    *object = NULL;
    return status;
}

enum { IMAGE_NATIVE = 1, IMAGE_BARE = 2 };

/* `kind`: IMAGE_*, 0 is an SPF image of bytecode. */
static inline int load_image(mybpf_vm *vm, const mybpf_object *from, int kind, const mybpf_load_opts *opts,
                             mybpf_object **object, mybpf_error *error)
{
    mybpf_aot_opts aot = {kind & IMAGE_NATIVE ? mybpf_aot_target_host() : NULL, NULL};
    void *image = NULL;
    size_t size = 0;
    int status = kind & IMAGE_BARE ? mybpf_aot_bare(from, &aot, &image, &size, error)
                                   : mybpf_aot_spf(from, &aot, &image, &size, error);
    *object = NULL;
    if (!status) status = mybpf_object_open(vm, image, size, object, error);
    if (!status) status = mybpf_object_load(*object, opts, error);
    mybpf_vm_realloc(vm, image, 0);
    if (!status) return status;
    mybpf_object_close(*object);
    *object = NULL;
    return status;
}

/* The same, which must work; NULL where it did not. */
static inline mybpf_object *image_of(mybpf_vm *vm, const mybpf_object *from, int kind,
                                     const mybpf_load_opts *opts)
{
    mybpf_error error = {0};
    mybpf_object *object;
    if (load_image(vm, from, kind, opts, &object, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

#endif
