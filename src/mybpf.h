/* mybpf.h: an eBPF runtime in one header. Version 0.1.0. MIT OR Apache-2.0, at your choice.
 *
 * WHAT
 *     Loads eBPF programs (ELF objects as clang makes them, SPF and BARE images, bare instructions), verifies
 *     them, runs them in an interpreter, gives them maps and helpers; assembles and disassembles. mybpf_jit.h
 *     adds native code in this process, mybpf_aot.h writes images, mybpf_bare.h runs an image without all this.
 *     Compiled for eBPF (clang -target bpf), the same header is what a program includes: SEC, helpers, map macros.
 *
 * HOW
 *     In one C or C++ file:                     #define MYBPF_IMPLEMENTATION
 *                                               #include "mybpf.h"
 *     Everywhere else:                          #include "mybpf.h"
 *     Link with -lelf, or define MYBPF_NO_ELF and link with nothing.
 *
 * CONFIGURATION (define before including; the same in every unit)
 *     MYBPF_IMPLEMENTATION    this unit carries the code of every mybpf header that follows
 *     MYBPF_STATIC            public functions are static: private to this unit
 *     MYBPF_NO_ELF            without libelf: ELF objects are refused, images and raw code still load
 *     MYBPF_NO_ASM            without assembler and disassembler
 *     MYBPF_NO_IMAGES         without the readers of SPF and BARE images
 *     MYBPF_NO_PROVER         the verifier checks structure alone: `verified` then refuses, and `guarded` checks, more
 *     MYBPF_FREESTANDING      without libc (and libelf): memory, time and output come from mybpf_host
 *     MYBPF_NO_COMPUTED_GOTO  the interpreter dispatches by `switch`
 *     MYBPF_NO_NATIVE         no native code can be attached: everything is interpreted
 *     MYBPF_NO_INSTANCES      without named instances
 *     MYBPF_NO_SYS            without Sys helpers, but for those that the host registers
 *     MYBPF_NO_MAP_TYPES      maps are of type hash, array and prog_array alone
 *     MYBPF_NO_MORE_HELPERS   without helpers of packets, sockets, timers, dynptrs, and those that ask the host
 *     MYBPF_NO_MESSAGES       errors carry code and instruction; the message is the status' text
 *     MYBPF_NO_HELPER_NAMES   without the names of official helpers that are not here (3.4 KB, for messages)
 *     MYBPF_NO_LIBC_NAMES     in a program for eBPF: printf, malloc, memcpy... are not made macros of Sys helpers
 *     MYBPF_SMALL             a smaller, slower interpreter (so does -Os)
 *     MYBPF_INTERPRETER_ONLY  the smallest build: MYBPF_SMALL, and every MYBPF_NO_ above but COMPUTED_GOTO. It opens bare
 *                             instructions, and has all of them; structural verifier, the three trust modes, maps,
 *                             Base helpers, registered helpers. At most 24 KB of text: gcc -Os for x86-64
 *                             with -fno-asynchronous-unwind-tables, which leaves out unwind tables that C does not use
 *
 * EXAMPLE: runs the first program of a file's bytes; its r1 is the address of `number`
 *     int run_file(const void *bytes, size_t size, uint32_t number, uint64_t *r0)
 *     {
 *         mybpf_error error = {0};
 *         mybpf_load_opts load = {0};
 *         mybpf_run_opts run = {0};
 *         mybpf_vm *vm = NULL;
 *         mybpf_object *object = NULL;
 *         load.trust = MYBPF_GUARDED;
 *         load.ctx_size = run.ctx_size = sizeof number;
 *         run.ctx = &number;
 *         int status = mybpf_vm_create(NULL, &vm, &error);
 *         if (!status) status = mybpf_object_open(vm, bytes, size, &object, &error);
 *         if (!status) status = mybpf_object_load(object, &load, &error);
 *         if (!status) status = mybpf_program_run(mybpf_object_program(object, 0), &run, r0, &error);
 *         if (status) fprintf(stderr, "%s: instruction %d: %s\n", error.program, (int)error.insn, error.message);
 *         mybpf_object_close(object);
 *         mybpf_vm_destroy(vm);
 *         return status;
 *     }
 *
 * CONCEPTS
 *     vm        what the host provides (memory, time, output...), the helper registry, the named instances
 *     object    one file or array of instructions: programs, functions, maps, global sections
 *     program   an entry point of an object: a function with a section name, such as "tcmd/hello"
 *               of a type, which says what its context is and what it may call; hosts may add types
 *     map       storage that programs and host share; counted references, so it may outlive its object
 *     helper    a function of the host that programs call by number; four ranges: Base (the numbers of
 *               linux/bpf.h), Sys (1000000..), User (2000000..), Temp (3000000.., for one load)
 *     env       one run of a program, as helpers see it
 *     engine    what runs an object: the interpreter, or native code when some is attached
 *     target    the machine that an image's code is for; of an object with CO-RE relocations: where it is to run, whose types
 *               the host gives as BTF (mybpf_open_opts)
 *     image     a BARE or SPF file, made by mybpf_aot.h; see docs/formats.md
 *     trust     verified  only what is proven safe runs, without checks; the default
 *               guarded   what could not be proven is checked while it runs, and a budget of steps bounds it:
 *                         the run gives one (max_steps), there is none by default
 *               trusted   nothing is checked: the caller vouches for the program
 *     A program means the same in every engine: r0, memory, faults with their instruction, budget stops.
 *
 * API (each declaration below carries its contract)
 *     vm         mybpf_vm_create  destroy  realloc  host
 *     objects    mybpf_object_open  open_with  open_insns  load  close  program  find_program  map  find_map  map_desc
 *                find_map_desc  section_data  global  find_global  struct_op  find_struct_op  license  kernel_version;
 *                mybpf_program_name  section  type  attach_type  set_type  object  set_autoload  autoload
 *     types      mybpf_prog_type_name  register: program types of the host's own (examples/host/sensor.c)
 *                mybpf_verdict_name; mybpf_attach_type_name
 *     timers     mybpf_vm_run_timers
 *     running    mybpf_program_run; mybpf_program_test_run: one program on one packet, for tests; mybpf_packet_alloc  free;
 *                mybpf_instance_load  replace  unload  unload_all  name  run
 *     verifying  mybpf_verify
 *     maps       mybpf_map_create  set_lock  lock  set_timer  timer  set_kptr  kptr  kptr_xchg  ref  unref  describe  type_name  lookup  update  delete  next_key
 *                value  lookup_flags  lookup_and_delete  freeze  value_percpu  value_bytes  pin  unpin  pinned; mybpf_cpu_count;
 *                mybpf_map_lookup_batch  lookup_and_delete_batch  update_batch  delete_batch
 *     objects in maps' values: mybpf_object_kind_register
 *     rings      mybpf_ring_buffer_new  add  poll  consume  fd  free; mybpf_perf_buffer_new; mybpf_user_ring_buffer_reserve
 *                submit  discard
 *     helpers    mybpf_helper_register  find  find_name  name  is_built_in; inside one: mybpf_env_vm  user  stop  stopped
 *                call  memory  hold  drop; mybpf_format_text; without a program: mybpf_env_create  destroy
 *     code       mybpf_assemble  disassemble; mybpf_insn_op  insn_check; mybpf_op_describe
 *     engines    mybpf_object_code  source  insn_facts  helper  attach_native  native...: what mybpf_jit.h and mybpf_aot.h build on
 *
 * ERRORS
 *     A function that can fail returns a mybpf_status: 0, or a negative code (mybpf_status_name tells its name). If
 *     given a mybpf_error, its message says in one line what is wrong; its insn, program, file and line say where.
 *     What the verifier has to say beyond that line (registers, the branches that lead there, what helps) it tells
 *     mybpf_load_opts.log.
 *     After a failure everything the call had made is gone. Nothing is printed, no errno set, no abort called, and
 *     there is no global state. The map functions return negative errno values, as bpf() does. A pointer must not be
 *     NULL unless its declaration says so; loading, compiling and running tell where it is all the same.
 *
 * MEMORY
 *     All of it comes from mybpf_host.realloc, malloc's unless told; every allocation may fail, cleanly.
 *
 * THREADS
 *     Configure a vm in one thread; then loading, running and closing may happen in any. An object belongs to one
 *     thread until it is loaded; from then on any number of threads run its programs. Maps may be used
 *     by all at once. Helpers and the host's callbacks are called from whatever thread runs a program.
 *
 * LIMITS
 *     An object has at most 1,000,000 instructions (MYBPF_MAX_INSNS) and 256 maps (MYBPF_MAX_MAPS) besides its
 *     global sections; names are shorter than 64 bytes; a map's elements take at most 1 GiB (MYBPF_MAX_MAP_BYTES),
 *     an arena 4 GiB of address space.
 *     Except in trusted mode a function has 512 bytes of stack and calls nest 8 deep. 33 tail calls a run. The map
 *     types that run are in docs/maps.md; what `verified` can prove is in docs/verifier.md. */
#ifndef MYBPF_H
#define MYBPF_H

#include "map/types.h"
#include "helper/list.h"

#ifdef __bpf__
#include "prog/program.h"
#else
#include "base/config.h"
#include "base/status.h"
#include "base/vm.h"
#include "isa/ops.h"
#include "isa/insn.h"
#include "map/map.h"
#include "map/ring.h"
#include "map/arena.h"
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
#include "base/platform.h"
#include "base/vm.c"
#include "isa/op_of.h"
#include "isa/decode.c"
#include "isa/syntax.h"
#include "isa/disasm.c"
#include "isa/asm_scan.h"
#include "isa/asm.c"
#include "map/map_impl.h"
#include "map/epoch.h"
#include "map/value.h"
#include "map/pool.c"
#include "map/array.c"
#include "map/hash.c"
#include "map/kptr.c"
#include "map/cgroup_storage.c"
#include "map/of_maps.c"
#include "map/prog_array.c"
#include "map/queue.c"
#include "map/ring.c"
#include "map/arena.c"
#include "map/ringbuf.c"
#include "map/stacks.c"
#include "map/targets.c"
#include "map/trie.c"
#include "map/map.c"
#include "map/batch.c"
#include "map/mmap.c"
#include "map/pin.c"
#include "helper/helper_impl.h"
#include "helper/names.c"
#include "helper/format.c"
#include "helper/base.c"
#include "helper/maps.c"
#include "helper/sys.c"
#include "helper/lock.c"
#include "helper/packet.c"
#include "helper/host.c"
#include "helper/sockets.c"
#include "helper/targets.c"
#include "helper/dynptr.c"
#include "helper/timer.c"
#include "helper/registry.c"
#include "load/object_impl.h"
#include "load/image_format.h"
#include "load/image.h"
#include "load/prog_type_impl.h"
#include "load/prog_type.c"
#include "load/sections.c"
#include "load/raw.c"
#include "load/link.h"
#include "load/link.c"
#include "load/btf.c"
#include "load/globals.c"
#include "load/struct_ops.c"
#include "load/core.h"
#include "load/core.c"
#include "load/core_types.c"
#include "load/elf.c"
#include "load/elf_core.c"
#include "load/elf_externs.c"
#include "load/elf_maps.c"
#include "load/elf_reloc.c"
#include "load/image.c"
#include "load/spf.c"
#include "load/bare.c"
#include "load/maps.c"
#include "load/object.c"
#include "load/autoload.c"
#include "verify/verify_impl.h"
#include "verify/scalar.h"
#include "verify/scalar_lane.c"
#include "verify/scalar.c"
#include "verify/state.h"
#include "verify/state.c"
#include "verify/contexts.h"
#include "verify/context.c"
#include "verify/explain.c"
#include "verify/cfg.c"
#include "verify/points.c"
#include "verify/report.c"
#include "verify/precise.c"
#include "verify/memory.c"
#include "verify/arith.c"
#include "verify/refs.c"
#include "verify/calls.c"
#include "verify/facts.c"
#include "verify/explore.c"
#include "verify/types.c"
#include "verify/structure.c"
#include "verify/unproven.c"
#include "verify/verify.c"
#include "run/env.h"
#include "run/services.c"
#include "run/packet.c"
#include "run/btf_show.c"
#include "run/interp.c"
#include "run/program.c"
#include "run/timer.c"
#include "run/test_run.c"
#include "run/native.c"
#include "run/instance.c"
#endif
