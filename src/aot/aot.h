/* aot.h: images, written ahead of time: bytecode, or machine code for any target (all
 * of them are little-endian) from any little-endian host. */
#ifndef MYBPF__AOT_H
#define MYBPF__AOT_H

#include "../run/run.h"

typedef struct mybpf_aot_opts {
    /* "x86_64", "arm64+lse"...: native code, with features of processors that have more than the target's base;
     * "native": for this machine, with all that it has. NULL: bytecode, for every machine of this byte order */
    const char *target;
    const char *program; /* BARE: section or function name of the one program; NULL: the first */
} mybpf_aot_opts;

/* An image of a loaded object (its trust mode is the image's). `bytes` comes from the vm's allocator; the
 * caller frees it with mybpf_vm_realloc(vm, bytes, 0). ERR_UNSUPPORTED says which section, map or
 * feature the format does not carry; ERR_TARGET lists the known targets or features, or says that this host's programs
 * are big-endian. Formats: docs/formats.md. */
MYBPF_API int mybpf_aot_bare(const mybpf_object *object, const mybpf_aot_opts *opts, void **bytes,
                             size_t *size, mybpf_error *error);
MYBPF_API int mybpf_aot_spf(const mybpf_object *object, const mybpf_aot_opts *opts, void **bytes,
                            size_t *size, mybpf_error *error);

/* Name of target `index`, NULL after the last; of the one that is this machine, NULL when none is. */
MYBPF_API const char *mybpf_aot_target(size_t index);
MYBPF_API const char *mybpf_aot_target_host(void);
/* Feature `index` of a target, NULL after the last: what may follow its name behind a '+'. */
MYBPF_API const char *mybpf_aot_feature(const char *target, size_t index);

#endif
