/* mybpf_jit.h: native code for loaded objects, in this process. MIT OR Apache-2.0, at your choice.
 *
 * WHAT
 *     Compiles every function of an object that mybpf.h has loaded; mybpf_program_run then runs the native code. Same
 *     results, faults and budgets as the interpreter. Back ends: x86-64, arm64, RISC-V (RV64GC). Executable
 *     memory: POSIX (mmap, mprotect).
 *
 * HOW
 *     In one C or C++ file:        #define MYBPF_IMPLEMENTATION      (of mybpf.h too; or MYBPF_JIT_IMPLEMENTATION
 *                                  #include "mybpf_jit.h"             for this header alone)
 *     After mybpf_object_load:     mybpf_jit_compile(object, NULL, &error);
 *     A program of an object whose compilation failed stays interpreted.
 *
 * CONFIGURATION
 *     That of mybpf.h, the same in every unit. Under MYBPF_FREESTANDING mybpf_host.exec must provide the memory.
 *
 * EXAMPLE: loads a file's bytes, compiles them where this machine can
 *     int load_fast(mybpf_vm *vm, const void *bytes, size_t size, mybpf_object **object, mybpf_error *error)
 *     {
 *         int status = mybpf_object_open(vm, bytes, size, object, error);
 *         if (status) return status;
 *         status = mybpf_object_load(*object, NULL, error);
 *         if (!status) status = mybpf_jit_compile(*object, NULL, error);
 *         return status == MYBPF_ERR_UNSUPPORTED ? MYBPF_OK : status;
 *     }
 *
 * CONCEPTS
 *     Code is written to memory that is not executable, then made executable and read-only (W^X): mybpf_exec_ops.
 *     Calls of helpers are direct calls of their C functions. In guarded mode an access that the verifier proved
 *     carries no check; the others call a guard. docs/codegen.md describes the code generator.
 *     On request (mybpf_jit_opts.tell) perf and gdb know the compiled functions by name.
 *
 * API
 *     mybpf_jit_compile  mybpf_jit_exec  mybpf_jit_offset
 *
 * ERRORS, THREADS, MEMORY
 *     As in mybpf.h. Compile an object before other threads run it. The code is freed with its object.
 *
 * LIMITS
 *     Other machines have no back end: there mybpf_jit_compile returns MYBPF_ERR_UNSUPPORTED. */
#ifndef MYBPF_JIT_H
#define MYBPF_JIT_H

#include "mybpf.h"
#if MYBPF_VERSION_HEX != 0x000100
#    error "mybpf_jit.h 0.1.0 comes with mybpf.h 0.1.0; take both from one release"
#endif
#include "jit/jit.h"

#endif /* MYBPF_JIT_H */

#if defined(MYBPF_IMPLEMENTATION) || defined(MYBPF_JIT_IMPLEMENTATION)
#ifndef MYBPF__JIT_IMPLEMENTED
#define MYBPF__JIT_IMPLEMENTED
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
#include "jit/exec_posix.c"
#include "jit/exec_windows.c"
#include "jit/exec_none.c"
#include "jit/tell.c"
#include "jit/jit.c"
#endif
#endif
