/* config.h: version, compile-time switches and the few facts about the compiler that the rest needs.
 *
 * Every switch is defined by the user before including a mybpf header; none is required.
 *   MYBPF_IMPLEMENTATION   this unit carries the code of every mybpf header included after it
 *   MYBPF_STATIC           every public function is static: private to this unit
 *   MYBPF_FREESTANDING     no libc: no malloc, no clock; memory and output come from `mybpf_host`
 *   MYBPF_NO_ELF           no libelf: ELF objects are refused by name, images and raw code still load
 *   MYBPF_NO_ASM           no assembler and no disassembler
 *   MYBPF_NO_IMAGES        no SPF and BARE images: they are refused by name
 *   MYBPF_NO_PROVER        the verifier checks structure alone: what it could have proven is guarded or refused
 *   MYBPF_NO_NATIVE        no native code can be attached to objects: everything is interpreted
 *   MYBPF_NO_INSTANCES     no named instances
 *   MYBPF_NO_SYS           no Sys helpers but those that the host registers itself
 *   MYBPF_NO_MAP_TYPES     maps are of type hash, array and prog_array; no batches, no freezing, and what was
 *                          deleted is used again at once
 *   MYBPF_NO_MORE_HELPERS  Base helpers are those of maps, memory, time and text: none of packets, sockets, timers and
 *                          dynptrs, nor those that ask the host
 *   MYBPF_NO_MESSAGES      an error says code and instruction, its message is the status' text; helpers and
 *                          map types that do not run here have no names
 *   MYBPF_NO_COMPUTED_GOTO the interpreter dispatches with `switch` although the compiler has labels as values
 *   MYBPF_SMALL            a smaller, slower interpreter; -Os asks for it too
 *   MYBPF_INTERPRETER_ONLY the smallest build: MYBPF_SMALL and every MYBPF_NO_ above but the last. What is left
 *                          runs bare instructions: structural verifier, all instructions, guarded and trusted
 *                          mode, maps, Base helpers and registered ones
 */
#ifndef MYBPF__CONFIG_H
#define MYBPF__CONFIG_H

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define MYBPF_VERSION_MAJOR 0
#define MYBPF_VERSION_MINOR 1
#define MYBPF_VERSION_PATCH 0
#define MYBPF_VERSION_HEX   0x000100
#define MYBPF_VERSION       "0.1.0"

#ifdef MYBPF_INTERPRETER_ONLY
#    ifndef MYBPF_NO_ELF
#        define MYBPF_NO_ELF
#    endif
#    ifndef MYBPF_NO_ASM
#        define MYBPF_NO_ASM
#    endif
#    ifndef MYBPF_NO_IMAGES
#        define MYBPF_NO_IMAGES
#    endif
#    ifndef MYBPF_NO_PROVER
#        define MYBPF_NO_PROVER
#    endif
#    ifndef MYBPF_NO_NATIVE
#        define MYBPF_NO_NATIVE
#    endif
#    ifndef MYBPF_NO_INSTANCES
#        define MYBPF_NO_INSTANCES
#    endif
#    ifndef MYBPF_NO_SYS
#        define MYBPF_NO_SYS
#    endif
#    ifndef MYBPF_NO_MAP_TYPES
#        define MYBPF_NO_MAP_TYPES
#    endif
#    ifndef MYBPF_NO_MESSAGES
#        define MYBPF_NO_MESSAGES
#    endif
#    ifndef MYBPF_SMALL
#        define MYBPF_SMALL
#    endif
#endif
#if defined(MYBPF_NO_PROVER) && !defined(MYBPF_NO_MORE_HELPERS)
#    define MYBPF_NO_MORE_HELPERS
#endif
#ifdef MYBPF_FREESTANDING
#    ifndef MYBPF_NO_ELF
#        define MYBPF_NO_ELF
#    endif
#endif

#if defined(__GNUC__) || defined(__clang__)
#    define MYBPF__UNUSED      __attribute__((unused))
#    define MYBPF__PRINTF(f, a) __attribute__((format(printf, f, a)))
#    define MYBPF__LIKELY(x)   __builtin_expect(!!(x), 1)
#    define MYBPF__UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#    define MYBPF__UNUSED
#    define MYBPF__PRINTF(f, a)
#    define MYBPF__LIKELY(x)   (x)
#    define MYBPF__UNLIKELY(x) (x)
#endif

/* A private function: static, and silent where a build does not use it. */
#define MYBPF__FN MYBPF__UNUSED static

/* The same, small, and in the middle of what is done for each instruction of a program: part of its callers. */
#if defined(__GNUC__) && !defined(__OPTIMIZE_SIZE__)
#    define MYBPF__INLINE __attribute__((always_inline)) MYBPF__FN inline
#else
#    define MYBPF__INLINE MYBPF__FN
#endif

/* The same, of many callers and never hot: one copy. */
#if defined(__GNUC__)
#    define MYBPF__ONE_COPY __attribute__((noinline)) MYBPF__FN
#else
#    define MYBPF__ONE_COPY MYBPF__FN
#endif

/* The same, of what a host does seldom (loading, assembling, explaining): small rather than fast, where the
 * rest is compiled for speed. */
#if defined(__GNUC__)
#    define MYBPF__COLD __attribute__((cold)) MYBPF__FN
#else
#    define MYBPF__COLD MYBPF__FN
#endif

#ifdef MYBPF_STATIC
#    define MYBPF_API MYBPF__FN
#elif defined(__cplusplus)
#    define MYBPF_API extern "C"
#else
#    define MYBPF_API extern
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#    define MYBPF_BIG_ENDIAN 1
#else
#    define MYBPF_BIG_ENDIAN 0
#endif

#if MYBPF_BIG_ENDIAN
#    define MYBPF__HOST_ENDIAN  "big-endian"
#    define MYBPF__OTHER_ENDIAN "little-endian"
#else
#    define MYBPF__HOST_ENDIAN  "little-endian"
#    define MYBPF__OTHER_ENDIAN "big-endian"
#endif

#if defined(MYBPF_SMALL) || defined(__OPTIMIZE_SIZE__)
#    define MYBPF__SMALL 1
#else
#    define MYBPF__SMALL 0
#endif

#if defined(__GNUC__) && !defined(MYBPF_NO_COMPUTED_GOTO) && !MYBPF__SMALL
#    define MYBPF__COMPUTED_GOTO 1
#else
#    define MYBPF__COMPUTED_GOTO 0
#endif

/* Are handlers functions that jump to each other? clang promises that such a call is a jump, while labels of one
 * function have lately come to share one jump there, which is mispredicted. */
#if defined(__clang__) && MYBPF__COMPUTED_GOTO && (defined(__x86_64__) || defined(__aarch64__)) && !defined(_WIN32)
#    if __has_attribute(musttail)
#        define MYBPF__TAIL_CALLS 1
#    endif
#endif
#ifndef MYBPF__TAIL_CALLS
#    define MYBPF__TAIL_CALLS 0
#endif
#define MYBPF__LABELS (MYBPF__COMPUTED_GOTO && !MYBPF__TAIL_CALLS)

/* Are there objects with more than instructions: sections, data relocations, source lines? */
#if defined(MYBPF_NO_ELF) && defined(MYBPF_NO_IMAGES)
#    define MYBPF__FILES 0
#else
#    define MYBPF__FILES 1
#endif

/* What RFC 9669 and Linux fix. */
#define MYBPF_STACK_FRAME    512  /* bytes of stack a function has in verified and guarded mode */
#define MYBPF_CALL_DEPTH     8    /* frames, the program's own included */
#define MYBPF_TAIL_CALLS     33   /* tail calls in one run */
#define MYBPF_MAX_INSNS      1000000 /* instructions in one object */
#define MYBPF_MAX_MAPS       256  /* maps in one object, global sections not counted */
#define MYBPF_NAME_MAX       64   /* bytes of a stored name, its NUL included; longer names are refused */

#endif
