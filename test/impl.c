/* impl.c: the implementation that every test in the binary links against. */
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
