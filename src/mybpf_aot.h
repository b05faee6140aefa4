/* mybpf_aot.h: images, written ahead of time for any target. MIT OR Apache-2.0, at your choice.
 *
 * WHAT
 *     Turns a loaded object into a BARE or an SPF image, in native code for a named target or in bytecode for
 *     every machine. BARE: one program with its functions, helpers and .bss; mybpf_bare.h runs it. SPF: several
 *     programs, all global sections, maps; mybpf.h loads it. docs/formats.md specifies both byte by byte.
 *
 * HOW
 *     In one C or C++ file:        #define MYBPF_IMPLEMENTATION      (of mybpf.h too; or MYBPF_AOT_IMPLEMENTATION
 *                                  #include "mybpf_aot.h"             for this header alone)
 *     After mybpf_object_load:     mybpf_aot_spf(object, &opts, &bytes, &size, &error);
 *
 * CONFIGURATION
 *     That of mybpf.h, the same in every unit.
 *
 * EXAMPLE: an image of `object` in arm64 code; the caller gives it back with mybpf_vm_realloc(vm, bytes, 0)
 *     int to_spf(const mybpf_object *object, void **bytes, size_t *size, mybpf_error *error)
 *     {
 *         mybpf_aot_opts opts = {0};
 *         opts.target = "arm64"; // or mybpf_aot_target_host()
 *         return mybpf_aot_spf(object, &opts, bytes, size, error);
 *     }
 *
 * CONCEPTS
 *     The code generator is that of mybpf_jit.h; its code is position-independent and reaches helpers through a
 *     table that the loader fills. Trust mode and metering of the load are the image's: native code cannot be
 *     verified again, so a loader that was given an image trusts whoever made it. Bytecode is verified when loaded.
 *
 * API
 *     mybpf_aot_spf  mybpf_aot_bare  mybpf_aot_target  mybpf_aot_target_host  mybpf_aot_feature
 *
 * ERRORS, THREADS, MEMORY
 *     As in mybpf.h. MYBPF_ERR_TARGET lists the known targets, MYBPF_ERR_UNSUPPORTED names what the
 *     format does not carry.
 *
 * LIMITS
 *     Targets: x86_64 (with +sse2, +popcnt, +bmi2, +movbe), arm64 (+lse, +simd), riscv64 (+zba, +zbb); native: this machine's, with all that it has. BARE carries no maps and no .data or .rodata. */
#ifndef MYBPF_AOT_H
#define MYBPF_AOT_H

#include "mybpf.h"
#if MYBPF_VERSION_HEX != 0x000100
#    error "mybpf_aot.h 0.1.0 comes with mybpf.h 0.1.0; take both from one release"
#endif
#include "aot/aot.h"

#endif /* MYBPF_AOT_H */

#if defined(MYBPF_IMPLEMENTATION) || defined(MYBPF_AOT_IMPLEMENTATION)
#ifndef MYBPF__AOT_IMPLEMENTED
#define MYBPF__AOT_IMPLEMENTED
#include "base/bytes.h"
#include "base/error.h"
#include "base/buf.h"
#include "base/cpu.h"
#include "base/error.c"
#include "isa/op_of.h"
#include "gen/gen.h"
#include "gen/ir.h"
#include "gen/target.h"
#include "gen/ahead.c"
#include "gen/build.c"
#include "gen/liveness.c"
#include "gen/divide.h"
#include "gen/constants.h"
#include "gen/carry.c"
#include "gen/counted.c"
#include "gen/facts.c"
#include "gen/fill.c"
#include "gen/fold.c"
#include "gen/guards.c"
#include "gen/join.c"
#include "gen/local.c"
#include "gen/loops.c"
#include "gen/memmove.c"
#include "gen/remainder.c"
#include "gen/several.c"
#include "gen/states.c"
#include "gen/thread.c"
#include "gen/upper.c"
#include "gen/passes.c"
#include "gen/regs.c"
#include "gen/targets.h"
#include "gen/layout.c"
#include "gen/gen.c"
#include "load/image_format.h"
#include "aot/write.h"
#include "aot/write.c"
#include "aot/bare.c"
#include "aot/spf.c"
#endif
#endif
