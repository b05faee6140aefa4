/* write.h: what the writers of SPF and BARE images share. */
#ifndef MYBPF__AOT_WRITE_H
#define MYBPF__AOT_WRITE_H

#include "../base/buf.h"
#include "../gen/gen.h"
#include "../load/image_format.h"
#include "aot.h"

enum { MYBPF__AOT_VALUE = 2 };
#define MYBPF__LEFT_OUT UINT32_MAX /* a map that the image does not carry */

/* An image while it is written. */
typedef struct mybpf__aot {
    const mybpf_object *object;
    const mybpf_code *code;
    mybpf_vm *vm;
    mybpf_error *error;
    const char *format; /* "SPF", "BARE": for messages */
    uint32_t target;    /* number in the image; 0: bytecode */
    const mybpf__target *generator;
    uint32_t features; /* MYBPF__CPU_*, asked for */
    uint32_t entry_func;        /* BARE: of the program */
    uint8_t *keep;              /* per function: 1 = it is in the image */
    uint32_t *starts, *numbers; /* per function in the image: its first slot there, and which one it is */
    uint32_t slot_count, func_count; /* in the image */
    uint8_t *used;                   /* per map: not 0: the image needs it; MYBPF__AOT_VALUE: and what is in it */
    uint32_t *maps;                  /* per map: SPF: its number there; BARE: its offset in the bss */
    mybpf__gen_result native;
    mybpf__buf out;
} mybpf__aot;

#endif
