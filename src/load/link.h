/* link.h: what a reader hands to the linker (link.c): all code in one flat array, and which
 * functions of it are known. */
#ifndef MYBPF__LINK_H
#define MYBPF__LINK_H

#include "object_impl.h"

#ifndef MYBPF_NO_ELF

#    define MYBPF__NO_SLOT UINT32_MAX

/* A function in the input. Readers append the ones they know; the linker adds those that are only
 * called, and drops those that nothing reaches. */
typedef struct mybpf__link_func {
    uint32_t start;      /* first slot of the input */
    uint32_t end;        /* one past the last slot; 0: not known, it ends where the next one starts */
    const char *name;    /* NULL: made up; not copied */
    const char *section; /* of a program: its section; NULL: a plain function */
    uint32_t type;       /* of a program: MYBPF_PROG_TYPE_* */
    int skip;            /* load is to leave the program out */
    mybpf__proto proto;
    uint32_t out; /* the linker's: index in object->funcs, MYBPF__NO_SLOT while not reached */
} mybpf__link_func;

typedef struct mybpf__link {
    mybpf_object *object;
    mybpf_insn *insns; /* `count` slots; maps already in indexed form */
    uint32_t *targets; /* per slot: what a local call or an LDDW FUNC refers to, an input slot */
    uint32_t *func_at; /* per slot: the function that starts there, in `funcs` once they are sorted */
    uint32_t count;
    mybpf__link_func *funcs;
    uint32_t func_count, func_capacity;
    uint32_t *section_ends; /* of the sections linked so far, ascending: no function crosses one */
    uint32_t section_count, section_capacity;
    uint32_t *order; /* functions as they go out */
    uint32_t order_count;
} mybpf__link;

/* Room for `count` slots, all without targets. */
MYBPF__FN int mybpf__link_begin(mybpf__link *link, mybpf_object *object, size_t count, mybpf_error *error);
MYBPF__FN int mybpf__link_add_func(mybpf__link *link, const mybpf__link_func *func, mybpf_error *error);
/* The next section: slots from the end of the last one to `end`. Fills the targets of its calls and
 * function addresses that no relocation has filled: they are relative and stay inside the section.
 * `name` is for messages. */
MYBPF__FN int mybpf__link_section(mybpf__link *link, uint32_t end, const char *name, mybpf_error *error);
/* Merges. Fills the object's insns, funcs and programs, and moves its lines and FUNC data relocations
 * (in input slots until now) to their final places. */
MYBPF__FN int mybpf__link_finish(mybpf__link *link, mybpf_error *error);
MYBPF__FN void mybpf__link_free(mybpf__link *link);

/* One more element for an array that doubles when it is full: the (moved) array, or NULL. */
MYBPF__FN void *mybpf__more(mybpf_vm *vm, void *array, uint32_t count, uint32_t *capacity, size_t size);

#endif /* MYBPF_NO_ELF */

#endif
