/* impl.c: the implementation, compiled once for all tests of a build and for the tools. */
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
