/* mybpf_aot.h: (manual to be written) */
#ifndef MYBPF_AOT_H
#define MYBPF_AOT_H

#include "mybpf.h"
#include "aot/aot.h"

#endif /* MYBPF_AOT_H */

#if defined(MYBPF_IMPLEMENTATION) || defined(MYBPF_AOT_IMPLEMENTATION)
#ifndef MYBPF__AOT_IMPLEMENTED
#define MYBPF__AOT_IMPLEMENTED
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
#include "load/image_format.h"
#include "aot/write.h"
#include "aot/write.c"
#include "aot/bare.c"
#include "aot/spf.c"
#endif
#endif
