/* sys.c: to be written */
#ifndef MYBPF__HELPER_SYS_C
#define MYBPF__HELPER_SYS_C

#include "helper_impl.h"

#endif
