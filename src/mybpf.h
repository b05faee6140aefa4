/* mybpf.h: the eBPF runtime (manual to be written) */
#ifndef MYBPF_H
#define MYBPF_H

#ifdef __bpf__
#include "prog/program.h"
#else
#include "base/config.h"
#include "base/status.h"
#include "base/vm.h"
#include "isa/ops.h"
#include "isa/insn.h"
#include "map/map.h"
#include "helper/helper.h"
#include "load/object.h"
#include "verify/verify.h"
#include "run/run.h"
#endif

#endif /* MYBPF_H */

#if !defined(__bpf__) && defined(MYBPF_IMPLEMENTATION) && !defined(MYBPF__IMPLEMENTED)
#define MYBPF__IMPLEMENTED
#include "base/bytes.h"
#include "base/error.h"
#include "base/lock.h"
#include "base/buf.h"
#include "base/vm_impl.h"
#include "base/error.c"
#include "base/status.c"
#include "base/vm.c"
#include "isa/op_of.h"
#include "isa/decode.c"
#include "isa/disasm.c"
#include "isa/asm_lex.c"
#include "isa/asm.c"
#include "map/map_impl.h"
#include "map/array.c"
#include "map/hash.c"
#include "map/prog_array.c"
#include "map/map.c"
#include "helper/format.c"
#include "helper/base.c"
#include "helper/sys.c"
#include "helper/registry.c"
#include "load/object_impl.h"
#include "load/image.h"
#include "load/sections.c"
#include "load/link.h"
#include "load/link.c"
#include "load/btf.c"
#include "load/elf.c"
#include "load/raw.c"
#include "load/image.c"
#include "load/spf.c"
#include "load/bare.c"
#include "load/object.c"
#include "verify/verify_impl.h"
#include "verify/cfg.c"
#include "verify/structure.c"
#include "verify/access.c"
#include "verify/verify.c"
#include "run/env.h"
#include "run/services.c"
#include "run/interp.c"
#include "run/program.c"
#include "run/native.c"
#include "run/instance.c"
#endif
