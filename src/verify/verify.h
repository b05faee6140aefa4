/* verify.h: what must hold before a program may run.
 *
 * Structural rules hold in every trust mode: known instructions, reserved fields, jump and call targets
 * inside the function, no falling off the end, r10 read-only, helpers known and granted, call depth. verified
 * mode also refuses code that is never reached and every memory access and loop it cannot prove. */
#ifndef MYBPF__VERIFY_H
#define MYBPF__VERIFY_H

#include "../load/object.h"

/* Checks bare instructions as mybpf_object_load would, with nothing kept: 0 or ERR_VERIFY with the
 * instruction and the reason. */
MYBPF_API int mybpf_verify(mybpf_vm *vm, const void *insns, size_t count, const mybpf_load_opts *opts,
                           mybpf_error *error);

#endif
