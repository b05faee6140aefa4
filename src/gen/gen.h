/* gen.h: the code generator's door: linked code in, machine code out. JIT and AOT use it alike.
 * docs/codegen.md describes what happens behind it. */
#ifndef MYBPF__GEN_H
#define MYBPF__GEN_H

#include "../base/buf.h"
#include "../base/cpu.h"
#include "../run/run.h"

/* What the context table of position-independent code holds, in the order of the imports. */
typedef enum mybpf__import_kind {
    MYBPF__IMPORT_HELPER = 0,         /* `index` is the helper's number; slot = its address */
    MYBPF__IMPORT_MAP = 1,            /* `index` is the map in mybpf_code.maps; slot = the map itself */
    MYBPF__IMPORT_MAP_VALUE = 2,      /* slot = address of that map's value (global section) */
    MYBPF__IMPORT_COUNT = 0x20000000, /* in `index` of a MAP_VALUE: not the address, but the number of
                                       * elements, if the library's lookup may be left out, else 0 */
    MYBPF__IMPORT_FUNC = 3 /* `index` is a function; slot = its descriptor (what function pointers hold) */
} mybpf__import_kind;

typedef struct mybpf__import {
    uint32_t kind, index;
} mybpf__import;

typedef enum mybpf__gen_mode {
    MYBPF__GEN_JIT, /* addresses of this process, in the code */
    MYBPF__GEN_SPF, /* position independent, everything through the context table */
    MYBPF__GEN_BARE /* the same, and function pointers are code addresses (no descriptors) */
} mybpf__gen_mode;

typedef struct mybpf__target mybpf__target; /* gen/target.h: one constant record an ISA */

typedef struct mybpf__gen_request {
    const mybpf_object *object;
    const mybpf__target *target;
    mybpf__gen_mode mode;
    uint32_t entry_func; /* BARE: `enter` calls this function instead of abi.fn */
    uint64_t base;       /* JIT: where the code will run if known (for call rel32), else 0 */
    const uint8_t *keep; /* BARE: a byte for each function, 0 = unused, leave it out; NULL: all are used */
    uint32_t
        features;     /* MYBPF__CPU_*: what the processor has beyond the base of its target: mybpf__cpu_has */
    uint32_t disable; /* MYBPF_JIT_NO_*: passes to leave out */
    /* Not NULL: called once with an upper bound of the code's size; returns `base`, where the code is written
     * then, not to `code.bytes`. 0: there is no memory. */
    uint64_t (*place)(void *user, size_t bound);
    void *place_user;
    /* Not NULL: told of memory that is about to be written, mostly for the first time. */
    void (*expect)(void *memory, size_t size);
} mybpf__gen_request;

/* Code must be placed at a multiple of this: loops are laid out against the lines that processors fetch. */
#define MYBPF__CODE_ALIGN 64

typedef struct mybpf__gen_result {
    mybpf__buf code;
    uint32_t enter;    /* offset of the entry stub, C convention: mybpf_helper_fn */
    uint32_t *entries; /* offset of each function */
    uint32_t entry_count;
    mybpf__import *imports; /* empty in JIT mode */
    uint32_t import_count;
    int tail_jumps;         /* is mybpf_abi.tail_jump used? */
    uint32_t *insn_offsets; /* code offset of each instruction slot, for dumps and debuggers */
} mybpf__gen_result;

/* Fills `result`, which the caller frees with mybpf__gen_free whatever happened. */
MYBPF__FN int mybpf__gen(const mybpf__gen_request *request, mybpf__gen_result *result, mybpf_error *error);
MYBPF__FN void mybpf__gen_free(mybpf_vm *vm, mybpf__gen_result *result);

/* Targets by name ("x86_64"); NULL when unknown. `index` enumerates them. The host's own: NULL if there is no
 * back end. */
MYBPF__FN const mybpf__target *mybpf__target_find(const char *name);
MYBPF__FN const mybpf__target *mybpf__target_at(size_t index);
MYBPF__FN const mybpf__target *mybpf__target_host(void);
MYBPF__FN const char *mybpf__target_name(const mybpf__target *target);

#endif
