/* passes.c: the optimisations, in the order in which they run. */
#ifndef MYBPF__PASSES_C
#define MYBPF__PASSES_C

#include "ir.h"
#include "target.h"
#include "../base/error.h"

MYBPF__FN int mybpf__ir_passes(mybpf__ir *ir, mybpf_error *error)
{
    (void)ir;
    (void)error;
    return MYBPF_OK;
}

#endif
