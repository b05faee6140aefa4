/* aot.h: images, written ahead of time: bytecode, or machine code for any target (all
 * of them are little-endian) from any little-endian host. */
#ifndef MYBPF__AOT_H
#define MYBPF__AOT_H

#include "../run/run.h"

typedef struct mybpf_aot_opts {
    const char *target;  /* "x86_64"...: native code; NULL: bytecode, for every machine of this byte order */
    const char *program; /* BARE: section or function name of the one program; NULL: the first */
} mybpf_aot_opts;

/* An image of a loaded object (its trust mode is the image's). `bytes` comes from the vm's allocator; the
 * caller frees it with mybpf_vm_realloc(vm, bytes, 0). ERR_UNSUPPORTED says which section, map or
 * feature the format does not carry; ERR_TARGET lists the known targets, or says that this host's programs
 * are big-endian. Formats: docs/formats.md. */
MYBPF_API int mybpf_aot_bare(const mybpf_object *object, const mybpf_aot_opts *opts, void **bytes,
                             size_t *size, mybpf_error *error);
MYBPF_API int mybpf_aot_spf(const mybpf_object *object, const mybpf_aot_opts *opts, void **bytes,
                            size_t *size, mybpf_error *error);

/* Name of target `index`, NULL after the last. */
MYBPF_API const char *mybpf_aot_target(size_t index);

#endif
