/* elf.h: an ELF object while it is read, shared by elf.c (sections, symbols, programs), elf_maps.c
 * (declared maps) and elf_reloc.c (relocations). Names and bytes point into the file. */
#ifndef MYBPF__ELF_H
#define MYBPF__ELF_H

#include "btf.h"
#include "link.h"

#ifndef MYBPF_NO_ELF
#    include <gelf.h>

/* What a section is to us. */
typedef enum mybpf__elf_kind {
    MYBPF__ELF_OTHER,
    MYBPF__ELF_CODE,
    MYBPF__ELF_DATA,        /* globals; a map of its own once something needs it */
    MYBPF__ELF_LEGACY_MAPS, /* struct bpf_map_def, one a symbol */
    MYBPF__ELF_BTF_MAPS
} mybpf__elf_kind;

typedef struct mybpf__elf_section {
    const char *name;
    const uint8_t *bytes; /* NULL: SHT_NOBITS */
    uint64_t size, flags;
    uint32_t type, info, link;
    mybpf__elf_kind kind;
    uint32_t slot; /* CODE: its first slot in the linker's input */
    int64_t map;   /* DATA: map index, -1 while it has none */
    int used;      /* relocations: they were applied; others: to it */
    int has_func;  /* CODE: a symbol names a function in it */
} mybpf__elf_section;

typedef struct mybpf__elf_symbol {
    const char *name; /* of a section symbol: the section's */
    uint64_t value, size;
    uint32_t section; /* SHN_UNDEF, SHN_ABS, SHN_COMMON, or an index that exists */
    uint8_t type, bind;
} mybpf__elf_symbol;

/* A declared map: where it stands in its section, and the object's slot for it. */
typedef struct mybpf__elf_map {
    uint32_t section, index;
    uint64_t offset, size;
    uint64_t values; /* offset in the section of its initial values; 0: none */
    int programs;    /* the values are programs */
    /* legacy maps of maps: which one is like those in it, by iproute2's numbers or, without them, by its place */
    uint32_t id, inner, by_id, legacy;
} mybpf__elf_map;

/* What the object leaves to the host, once it is known. */
typedef struct mybpf__elf_extern {
    const char *name;
    int64_t map;    /* it is part of this section; -1: `value` is its address */
    uint64_t value; /* else where it begins there */
    uint32_t size;
} mybpf__elf_extern;

typedef struct mybpf__elf {
    mybpf_object *object;
    mybpf_error *error;
    const uint8_t *bytes;
    uint64_t size;
    Elf *elf;
    mybpf__elf_section *sections;
    uint32_t section_count;
    const uint8_t *symbols; /* Elf64_Sym each; the null symbol included */
    uint32_t symbol_count, symbol_table;
    const char *strings; /* their names, zero-terminated as a whole */
    uint64_t string_size;
    mybpf__elf_map maps[MYBPF_MAX_MAPS];
    uint32_t map_count;
    uint32_t reloc_capacity, line_capacity, file_capacity, note_capacity, extern_capacity;
    mybpf__elf_extern *externs;
    uint32_t extern_count, kconfig_used;
    int64_t kconfig; /* its section's map, -1 while it has none */
    const char *record_name; /* section of the last record of .BTF.ext */
    const mybpf__elf_section *record_section;
    uint32_t *func_types; /* by slot of code: the FUNC in BTF of the function that starts there, else 0 */
    int lines_full; /* a line record could not be kept: out of memory */
    mybpf__link link;
    mybpf__btf btf, target;       /* the object's types, and the target's where the host gave them */
    const mybpf_open_opts *opts; /* NULL: none */
} mybpf__elf;

#    define MYBPF__ELF_BAD(...) mybpf__fail(elf->error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, __VA_ARGS__)

MYBPF__FN mybpf__elf_section *mybpf__elf_find(mybpf__elf *elf, const char *name);
/* The section of records of .BTF.ext, NULL when there is none of this name. */
MYBPF__FN const mybpf__elf_section *mybpf__elf_record_section(mybpf__elf *elf, const char *name);
/* Symbol `index`, checked: 0 or ERR_FORMAT. */
MYBPF__FN int mybpf__elf_symbol_at(mybpf__elf *elf, uint32_t index, mybpf__elf_symbol *symbol);
/* The map of a DATA section, made on demand: its index, or a negative status. */
MYBPF__FN int64_t mybpf__elf_section_map(mybpf__elf *elf, mybpf__elf_section *section);
/* Finds the maps of `maps` and `.maps` sections and makes them the object's. */
MYBPF__FN int mybpf__elf_declared_maps(mybpf__elf *elf);
/* An extern: 1, 0 when neither the object's types nor the host know one of this name, or a negative status. */
MYBPF__FN int mybpf__elf_extern_find(mybpf__elf *elf, const char *name, int weak, mybpf__elf_extern *found);
/* An instruction that must not be reached: a call of a function that there is not, with a note why. */
MYBPF__FN int mybpf__elf_poison(mybpf__elf *elf, uint32_t slot, const char *text);
/* Applies CO-RE relocations, where the host gave the target's types. */
MYBPF__FN int mybpf__elf_core(mybpf__elf *elf);
/* Applies every relocation: to code, then to the data that is in use. */
MYBPF__FN int mybpf__elf_relocate(mybpf__elf *elf);
#endif

#endif
