/* inside.h: a copy of the library with its private functions, for tests of these; not optimised, and with the
 * small interpreter, as little of it runs. Its tests are compiled together, in inside.c: the library takes
 * far longer to compile than they do. */
#define MYBPF_NO_COMPUTED_GOTO
#define MYBPF_SMALL
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
#include "mybpf_jit.h"
