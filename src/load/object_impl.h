/* object_impl.h: an object's inside. Readers (elf.c, raw.c, spf.c, bare.c) fill the first half,
 * mybpf_object_load the second. */
#ifndef MYBPF__OBJECT_IMPL_H
#define MYBPF__OBJECT_IMPL_H

#include "../base/vm_impl.h"
#include "../run/run.h"
#include "prog_type_impl.h"

/* Do functions find zeros in what they may read of their stack before they write it (mybpf_func.zeroed)? The
 * smallest build starts runs with a stack of zeros. */
#if defined(MYBPF_NO_PROVER) && defined(MYBPF_NO_NATIVE)
#    define MYBPF__ZEROES 0
#else
#    define MYBPF__ZEROES 1
#endif

struct mybpf_program {
    mybpf_object *object;
    uint32_t func; /* index in code.funcs */
    uint32_t type;
#ifndef MYBPF_NO_ELF
    uint8_t wants_type; /* its section's name ought to tell its type */
#endif
#ifndef MYBPF_NO_PROVER
    uint32_t ctx_size; /* bytes of its context that proven accesses rely on */
    uint8_t packet;    /* MYBPF__READ, MYBPF__WRITE: proven accesses rely on its context's packet */
    uint8_t memory;    /* and on other addresses in it */
    uint8_t layout;    /* it leaves the addresses of its type's context as they are */
#endif
#ifndef MYBPF_NO_NATIVE
    uint8_t alone; /* its native code asks nothing of a run but what is in registers: program.c */
#endif
#if MYBPF__FILES
    uint8_t skip; /* load leaves it out; `func` is then behind the functions of the code */
#endif
    char section[MYBPF_NAME_MAX];
};

/* A member of a map's values that is a pointer to an object of the host, as BTF declares it. */
typedef struct mybpf__kptr_decl {
    uint32_t at;
    char name[MYBPF_NAME_MAX]; /* of the struct */
} mybpf__kptr_decl;

/* A map to be made at load: a declared one, or a global section with its contents. */
typedef struct mybpf__map_slot {
    mybpf_map_desc desc;
    mybpf_map *map; /* given (raw code) or made by load; referenced */
    int is_section, read_only;
#ifndef MYBPF_NO_PROVER
    uint32_t timer; /* of a declared map: 1 + where values have a timer; 0: nowhere */
    uint32_t lock; /* of a declared map: 1 + where values have a lock; 0: nowhere */
#endif
    uint8_t *data; /* initial contents of a section, `size` bytes; NULL: zero (.bss) */
    uint32_t size; /* of a section: desc.value_size as the file has it */
#ifndef MYBPF_NO_ELF
    void *host;  /* of a section that is a variable of the host: its memory */
    int per_cpu; /* and whether each CPU has one: the map is a per-CPU array */
#endif
#ifndef MYBPF_NO_MAP_TYPES
    mybpf_map_desc *inner; /* of a map of maps that the file declares: desc.inner */
    int pin;               /* shared by name: taken from the vm, or left there by load */
    int made;              /* by load, and to be left there */
    mybpf__kptr_decl *kptrs; /* of a declared map */
    uint32_t kptr_count;
#endif
} mybpf__map_slot;

#ifndef MYBPF_NO_ELF
/* A global variable: where it stands in the section that is slot `map`. */
typedef struct mybpf__global {
    char name[MYBPF_NAME_MAX];
    uint32_t map, offset, size;
} mybpf__global;

/* A member of a struct_ops variable that is a program. */
typedef struct mybpf__table_member {
    char table[MYBPF_NAME_MAX], type[MYBPF_NAME_MAX], member[MYBPF_NAME_MAX];
    uint32_t map, offset;
} mybpf__table_member;
#endif

/* What a function pointer points to: CALLX looks here. One an entry of code.funcs. */
typedef struct mybpf__func_desc {
    uint64_t native; /* code address, 0 while interpreted */
    const mybpf_object *object;
    uint32_t func;
} mybpf__func_desc;

/* Source line of an instruction (BTF line info); sorted by insn. */
typedef struct mybpf__line {
    uint32_t insn, line;
    uint32_t file; /* index in the object's files */
    uint32_t text; /* of the line, in the object's line_text */
} mybpf__line;

/* Of one instruction: while it is simulated, what all visits had in common; afterwards what holds there. facts.c */
typedef struct mybpf__seen {
    uint64_t value, mask; /* known bits of an operand, or of an access' offset */
    uint32_t insn;
    uint16_t index;
    uint8_t kind, flags;
} mybpf__seen;

typedef struct mybpf__file {
    char name[MYBPF_NAME_MAX]; /* without folders */
} mybpf__file;

/* What is wrong with an instruction that must not be reached. A call of helper MYBPF__POISON + i stands in its place, and
 * says so wherever it goes; the text is the object's note `i`. As in libbpf, the verifier minds only if it is reached. */
enum { MYBPF__POISON = 0xbad2310, MYBPF__NOTE_MAX = 256 };
typedef struct mybpf__note {
    char text[MYBPF__NOTE_MAX];
} mybpf__note;

/* What a function is declared with, by BTF: one of global linkage is verified once, for all its calls. */
enum { MYBPF__PARAM_NUMBER = 1, MYBPF__PARAM_CTX, MYBPF__PARAM_MEM /* of `size` bytes, or NULL */ };
typedef struct mybpf__proto {
    uint8_t global, params,
        returns; /* global: of that linkage, and all of it is understood; returns: a number */
    uint8_t kind[5];
    uint32_t size[5];
} mybpf__proto;

enum { MYBPF__DESCRIBED = 2 };

struct mybpf_object {
    mybpf_vm *vm;
    int loaded, failed; /* failed: a load was tried and refused (or must not be: DESCRIBED), only close is left */

    /* filled by a reader; all arrays from the vm's allocator, freed by mybpf_object_close */
    mybpf_insn *insns; /* linked: calls relative, LDDW in indexed form */
    uint32_t insn_count;
    mybpf_func *funcs;
    uint32_t func_count;
    mybpf_program *programs;
    uint32_t program_count;
    mybpf__map_slot *slots;
    uint32_t slot_count;
    mybpf__proto *protos;     /* by function; NULL: not known */
    mybpf_data_reloc *relocs; /* what load writes into maps */
    uint32_t reloc_count;
#ifndef MYBPF_NO_ELF
    mybpf__global *globals;
    uint32_t global_count;
    mybpf__table_member *ops;
    uint32_t op_count;
    struct mybpf__btf *types; /* its bytes behind it: what bpf_snprintf_btf knows; NULL: nothing calls that */
#endif
    mybpf__line *lines;
    uint32_t line_count;
    mybpf__file *files;
    uint32_t file_count;
    char *line_text; /* BTF's strings; NULL: no texts */
#if MYBPF__FILES
    mybpf__note *notes;
    uint32_t note_count;
#endif
    char license[MYBPF_NAME_MAX];
    uint32_t kernel_version;
    uint8_t *image_code; /* native code of an image, attached by load; else NULL */
    uint32_t image_code_size;
    void *image; /* image.c's own: entries, imports, enter offset */

    /* filled by load */
    mybpf_code code;
    mybpf_map **maps; /* code.maps */
    uint8_t *facts;   /* one a slot */
#ifndef MYBPF_NO_PROVER
    mybpf__seen *seen; /* sorted by insn */
    uint32_t seen_count;
#endif
    mybpf__func_desc *func_descs;
    mybpf_helper *temp;
    uint32_t temp_count;
    mybpf_range *grants;
    uint32_t grant_count;
    uint32_t ctx_size;   /* every run must give as much: proven accesses rely on it */
    void *interp;        /* decoded code, run/interp.c's own */
    mybpf_native native; /* enter NULL: none */
#ifndef MYBPF_NO_MAP_TYPES
    uint32_t refs;             /* 1 while it is open, 1 an element of a prog array */
    uint32_t ended, is_target; /* a prog array had a program of it: it goes when epoch `ended` is over */
    mybpf_object *next_doomed;
    int has_inner; /* a map of it holds maps */
    int defers;    /* a map of it keeps what runs may hold: they enter an epoch */
#endif
};

/* The function that slot `insn` is in; there is one for every slot. */
MYBPF__FN const mybpf_func *mybpf__func_of(const mybpf_object *object, uint32_t insn);

#if MYBPF__FILES
/* The source line that slot `insn` comes from, NULL where it is not known. */
MYBPF__FN const mybpf__line *mybpf__line_of(const mybpf_object *object, uint32_t insn);
#endif
#ifndef MYBPF_NO_ELF
/* ERR_VERIFY when there is a program of which nobody knows what its context is, though it is to be proven. */
MYBPF__FN int mybpf__sections_known(const mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error);
#endif
/* Fills error->line, error->file and error->program from error->insn, where they are not known yet. */
MYBPF__FN void mybpf__locate(const mybpf_object *object, mybpf_error *error);

#ifndef MYBPF_NO_MAP_TYPES
/* 1 + the object's arena; 0: it has none, or several. */
MYBPF__FN uint32_t mybpf__arena_of(const mybpf_object *object);
#endif

/* The helper a CALL (or CALLX with a number) names in this load: 0, or the reason, named in `error`, why
 * it cannot be called: unknown (ERR_VERIFY), not available (ERR_UNSUPPORTED), not granted
 * (ERR_PERMISSION). */
MYBPF__FN int mybpf__helper_for(const mybpf_object *object, uint32_t id, int64_t insn,
                                const mybpf_helper **helper, mybpf_error *error);

#if MYBPF__FILES
/* Leaves out what load is not to take in. */
MYBPF__FN int mybpf__autoload(mybpf_object *object, mybpf_error *error);
#endif
/* Is it part of the code? Only of a loaded object it may not be. */
MYBPF__FN int mybpf__program_taken(const mybpf_program *program)
{
#if MYBPF__FILES
    return !program->skip;
#else
    (void)program;
    return 1;
#endif
}

/* ---- for readers ---- */

/* Each fills the first half of an empty object; what it leaves behind after a failure, close frees. */
MYBPF__FN int mybpf__open_elf(mybpf_object *object, const void *bytes, size_t size, const mybpf_open_opts *opts,
                              mybpf_error *error);
MYBPF__FN int mybpf__open_raw(mybpf_object *object, const void *insns, size_t count,
                              const mybpf_raw_desc *desc, mybpf_error *error);

/* For a section's contents: zeroed whole words, so that a host's struct of its variables fits. */
MYBPF__FN uint8_t *mybpf__section_alloc(mybpf_vm *vm, uint32_t size);
#if MYBPF__FILES
/* Appends a global section as map slot: `data` is copied (NULL: zeroes). Its index, or a negative status. */
MYBPF__FN int64_t mybpf__add_section(mybpf_object *object, const char *name, const void *data, uint64_t size,
                                     int read_only, mybpf_error *error);
#endif
#if MYBPF__FILES
/* Appends a note for an instruction that must not be reached, in an array that doubles: the number of the helper that
 * is to be called in its place, or a negative status. */
MYBPF__FN int64_t mybpf__add_note(mybpf_object *object, const char *text, uint32_t *capacity, mybpf_error *error);
/* Is helper `id` such a call? Why? */
MYBPF__FN int mybpf__is_poison(uint32_t id);
MYBPF__FN const char *mybpf__note_of(const mybpf_object *object, uint32_t id);
#endif
/* Appends a declared map; `desc` is copied. Its index, or a negative status. */
MYBPF__FN int64_t mybpf__add_map(mybpf_object *object, const mybpf_map_desc *desc, mybpf_error *error);

#endif
