/* mybpf_jit.h: (manual to be written) */
#ifndef MYBPF_JIT_H
#define MYBPF_JIT_H

#include "mybpf.h"
#include "jit/jit.h"

#endif /* MYBPF_JIT_H */

#if defined(MYBPF_IMPLEMENTATION) || defined(MYBPF_JIT_IMPLEMENTATION)
#ifndef MYBPF__JIT_IMPLEMENTED
#define MYBPF__JIT_IMPLEMENTED
#include "base/bytes.h"
#include "base/error.h"
#include "base/buf.h"
#include "base/error.c"
#include "isa/op_of.h"
#include "gen/gen.h"
#include "gen/ir.h"
#include "gen/target.h"
#include "gen/build.c"
#include "gen/liveness.c"
#include "gen/local.c"
#include "gen/passes.c"
#include "gen/regs.c"
#include "gen/x86_64_emit.h"
#include "gen/x86_64.c"
#include "gen/layout.c"
#include "gen/gen.c"
#include "jit/exec_posix.c"
#include "jit/exec_windows.c"
#include "jit/exec_none.c"
#include "jit/jit.c"
#endif
#endif
