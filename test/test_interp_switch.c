/* test_interp_switch.c: the tests of the engines on the interpreter's other build: dispatch by switch, nothing fused. */
#define MYBPF_NO_COMPUTED_GOTO
#define MYBPF_SMALL
#define MYBPF_NO_ELF
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"

#define ENGINES_INTERP_ONLY
#define RUN_TEST(suite, name) TEST(suite##_switch, name)
#include "test_interp.c"
#include "test_run.c"
