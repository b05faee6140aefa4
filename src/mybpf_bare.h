/* mybpf_bare.h: runs a BARE image, machine code that mybpf made ahead of time. Stands alone, needs no libc.
 *
 *     #define MYBPF_BARE_IMPLEMENTATION   // in one C or C++ file; with MYBPF_STATIC, all of it stays in there
 *     #include "mybpf_bare.h"
 *
 *     mybpf_bare bare;
 *     mybpf_bare_env env = {0};
 *     const mybpf_bare_helper helpers[] = {{6, my_trace_printk}};
 *     if (mybpf_bare_open(&bare, image, size)) return -1;   // damaged, for another machine, ...
 *     bare.table = table;                                   // room for bare.table_count entries
 *     bare.bss = bss;                                       // bare.bss_size bytes, aligned to 16
 *     if (mybpf_bare_bind(&bare, helpers, 1)) return -1;    // helper number bare.missing is missing
 *     r0 = mybpf_bare_run(&bare, r1, r2, &env);
 *
 * open  checks the image in the `size` bytes at `image`, which may be more than it has: every length, the
 *       checksum, machine and ABI. It writes nothing but `bare`.
 * bind  clears the bss, looks the helpers up and writes their addresses into the table. Again: starts afresh.
 * run   calls the code where it stands; the caller has made that memory executable, and where instructions have a
 *       cache of their own (arm64, riscv64) told it (__builtin___clear_cache). Gives r0. Then env.stop is 0, or
 *       tells that a helper ended the run (mybpf_abi.stop). Runs may overlap, each with its own env, as far as
 *       the program's use of its bss allows.
 *
 * Image, table and bss stay with the caller, and in place while the program may run. Code is fastest when the
 * image begins 36 bytes behind a multiple of 64: its code, at byte 28, then begins a cache line. Bytecode and
 * images that count steps or read packets are refused, as are those for a processor with features that this
 * header was not compiled for (arm64: -march=armv8.1-a for LSE), unless MYBPF_BARE_FEATURES is defined in front
 * of it: an expression, flags of images (bits 4 to 7) that this machine may run. mybpf.h loads every BARE image.
 * docs/formats.md has the format. MIT OR Apache-2.0. */
#include "bare/bare.h"
