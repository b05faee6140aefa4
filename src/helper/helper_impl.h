/* helper_impl.h: the registry's inside, and what helpers share. */
#ifndef MYBPF__HELPER_IMPL_H
#define MYBPF__HELPER_IMPL_H

#include "../map/map_impl.h"
#include "helper.h"

/* The helpers a host registered; the built-in ones are constant tables. Made and freed with the vm. */
MYBPF__FN int mybpf__helpers_create(mybpf_vm *vm, mybpf_error *error);
MYBPF__FN void mybpf__helpers_destroy(mybpf_vm *vm);

#endif
