/* inside.c: the tests that look into the library (inside.h). */
#include "test_core.c"
#include "test_facts.c"
#include "test_guards.c"
#include "test_passes.c"
#include "test_passes_bytes.c"
#include "test_pool.c"
#include "test_x86_64.c"
