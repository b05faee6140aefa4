/* verify.c: checking bare instructions without keeping them. */
#ifndef MYBPF__VERIFY_C
#define MYBPF__VERIFY_C

#include "verify_impl.h"

MYBPF_API int mybpf_verify(mybpf_vm *vm, const void *insns, size_t count, const mybpf_load_opts *opts,
                           mybpf_error *error)
{
    mybpf_object *object = NULL;
    int rc = mybpf_object_open_insns(vm, insns, count, NULL, &object, error);
    if (rc) return rc;
    rc = mybpf_object_load(object, opts, error);
    mybpf_object_close(object);
    return rc;
}

#endif
