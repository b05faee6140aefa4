/* object_impl.h: an object's inside. Readers (elf.c, raw.c, spf.c, bare.c) fill the first half,
 * mybpf_object_load the second. */
#ifndef MYBPF__OBJECT_IMPL_H
#define MYBPF__OBJECT_IMPL_H

#include "../base/vm_impl.h"
#include "object.h"

struct mybpf_program {
    mybpf_object *object;
    uint32_t func; /* index in code.funcs */
    uint32_t type;
    char section[MYBPF_NAME_MAX];
};

/* A map to be made at load: a declared one, or a global section with its contents. */
typedef struct mybpf__map_slot {
    mybpf_map_desc desc;
    mybpf_map *map;        /* given (raw code) or made by load; referenced */
    int is_section, read_only;
    uint8_t *data;         /* initial contents of a section, desc.value_size bytes; NULL: zero (.bss) */
} mybpf__map_slot;

/* What a function pointer points to: CALLX looks here. One an entry of code.funcs. */
typedef struct mybpf__func_desc {
    uint64_t native;       /* code address, 0 while interpreted */
    const mybpf_object *object;
    uint32_t func;
} mybpf__func_desc;

/* Source line of an instruction (BTF line info); sorted by insn. */
typedef struct mybpf__line { uint32_t insn, line; } mybpf__line;

struct mybpf_object {
    mybpf_vm *vm;
    int loaded;

    /* filled by a reader; all arrays from the vm's allocator, freed by mybpf_object_close */
    mybpf_insn *insns;                /* linked: calls relative, LDDW in indexed form */
    uint32_t insn_count;
    mybpf_func *funcs;
    uint32_t func_count;
    mybpf_program *programs;
    uint32_t program_count;
    mybpf__map_slot *slots;
    uint32_t slot_count;
    mybpf_data_reloc *relocs;         /* function pointers in section data */
    uint32_t reloc_count;
    mybpf__line *lines;
    uint32_t line_count;
    char license[MYBPF_NAME_MAX];
    uint32_t kernel_version;
    uint8_t *image_code;              /* native code of an image, attached by load; else NULL */
    uint32_t image_code_size;
    void *image;                      /* image.c's own: entries, imports, enter offset */

    /* filled by load */
    mybpf_code code;
    mybpf_map **maps;                 /* code.maps */
    uint8_t *facts;                   /* one a slot */
    mybpf__func_desc *func_descs;
    mybpf_helper *temp;
    uint32_t temp_count;
    mybpf_range *grants;
    uint32_t grant_count;
    void *interp;                     /* decoded code, run/interp.c's own */
    mybpf_native native;              /* enter NULL: none */
};

/* Source line of slot `insn`, 0 if not known; fills error->line and error->program for a failing call. */
MYBPF__FN void mybpf__locate(const mybpf_object *object, mybpf_error *error);

#endif
