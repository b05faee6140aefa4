/* object.h: from bytes to programs that can run.
 *
 * open (bytes are read, nothing runs) -> set globals, map sizes -> load (maps made, code
 * linked and verified) -> run -> close. An object belongs to one thread until it is loaded; loaded,
 * it is immutable but for its maps, and any number of threads may run its programs. */
#ifndef MYBPF__OBJECT_H
#define MYBPF__OBJECT_H

#include "../helper/helper.h"
#include "../isa/insn.h"
#include "prog_type.h"

/* verified: only what is proven safe, no run-time checks. guarded: what was not proven is checked
 * while it runs. trusted: the caller vouches for the program. */
typedef enum mybpf_trust { MYBPF_VERIFIED = 0, MYBPF_GUARDED = 1, MYBPF_TRUSTED = 2 } mybpf_trust;

/* `bytes` is an ELF object, an SPF or a BARE image, told apart by its first bytes; it may be freed
 * afterwards. ERR_FORMAT, ERR_TARGET, ERR_UNSUPPORTED say what and where in `error`. */
MYBPF_API int mybpf_object_open(mybpf_vm *vm, const void *bytes, size_t size, mybpf_object **object,
                                mybpf_error *error);

/* A variable of the host that programs declare `extern ... __ksym`. */
typedef struct mybpf_ksym {
    const char *name;
    void *address;
    uint32_t size; /* bytes that programs may access there, where they declare it with a type; `address` is then a multiple
                      of 8 and stays until the object is closed. 0: they get its address as a number */
    int writable;  /* they may change it */
    int per_cpu;   /* each CPU has one: `address` is that of CPU 0, the others' follow, each `size` rounded up to 8 bytes, as
                      many as mybpf_host.cpus says. Programs reach them through bpf_per_cpu_ptr and bpf_this_cpu_ptr */
} mybpf_ksym;

/* What an ELF object may be told while it is opened. Nothing of it is needed afterwards but the memory of ksyms. */
typedef struct mybpf_open_opts {
    const void *btf; /* types of the target, for CO-RE relocations: raw BTF such as /sys/kernel/btf/vmlinux, or an ELF
                        file with a section .BTF. NULL: fields are where the object's own types have them */
    size_t btf_size;
    const char *kconfig; /* values of `extern ... __kconfig`, in the form of a kernel's .config, a line each: CONFIG_HZ=250,
                            CONFIG_BPF=y, CONFIG_LOCAL="text", LINUX_KERNEL_VERSION=0x60100. NULL: none */
    const mybpf_ksym *ksyms;
    size_t ksym_count;
    int describe; /* only to look at what is inside: of an ELF object, what the host would have to give may be missing; it
                     cannot be loaded */
} mybpf_open_opts;
/* The same with options, which may be NULL; images have no use for them. An instruction whose CO-RE relocation finds
 * nothing in the target must not be reached: verified mode refuses the program that may, else the run ends with
 * FAULT_CALL; the message names the type and the field. */
#if MYBPF__FILES
MYBPF_API int mybpf_object_open_with(mybpf_vm *vm, const void *bytes, size_t size, const mybpf_open_opts *opts,
                                     mybpf_object **object, mybpf_error *error);
#else
#    define mybpf_object_open_with(vm, bytes, size, opts, object, error)                                     \
        ((void)(opts), mybpf_object_open(vm, bytes, size, object, error))
#endif

/* Bare instructions instead of a file. */
typedef struct mybpf_raw_desc {
    const char *name;         /* of the program; NULL: "main" */
    uint32_t type;            /* MYBPF_PROG_TYPE_* */
    mybpf_map *const *maps;   /* what LDDW pseudo sources 1, 2, 5 and 6 index; each is referenced */
    size_t map_count;
} mybpf_raw_desc;

/* `insns`: an array of `count` struct bpf_insn or mybpf_insn in host byte order, copied. One program
 * at instruction 0 and the functions its local calls name. `desc` may be NULL. */
MYBPF_API int mybpf_object_open_insns(mybpf_vm *vm, const void *insns, size_t count, const mybpf_raw_desc *desc,
                                      mybpf_object **object, mybpf_error *error);

/* ---- what the verifier tells besides the one line of mybpf_error ---- */

/* Kinds of lines of a load's log. */
enum {
    MYBPF_LOG_INSN = 1, /* begins a refusal: the instruction as text */
    MYBPF_LOG_SOURCE,   /* its C source, where the object has it: "count.c:12: return *value;" */
    MYBPF_LOG_STATE,    /* a register or the stack bytes that it uses, one a line */
    MYBPF_LOG_PATH,     /* how control came there: where it began, then a branch a line */
    MYBPF_LOG_WHAT,     /* what cannot be */
    MYBPF_LOG_WHY,      /* why that is not safe */
    MYBPF_LOG_HELP,     /* what usually helps */
    MYBPF_LOG_GUARD,    /* guarded mode: begins what is said of an instruction that is checked while it runs */
    MYBPF_LOG_STEP,     /* level 2: a state, or an instruction that was followed, in the manner of Linux */
    MYBPF_LOG_PROGRAM   /* one program (or function that others call) is done */
};

/* What following one program took. Memory is that of all states put away, which the object's programs share. */
typedef struct mybpf_verify_stats {
    uint64_t visited;     /* instructions */
    uint64_t states;      /* saved to compare later ones with */
    uint64_t peak_states; /* put away at a time, for any reason */
    uint64_t peak_bytes;
} mybpf_verify_stats;

/* One line, valid during the call. The texts one below the other are the log for people. */
typedef struct mybpf_log_line {
    int kind;
    int32_t insn;                    /* or MYBPF_NO_INSN */
    const char *text;                /* no newline */
    const char *value;               /* in `text`, behind its label */
    const mybpf_program *program;    /* PROGRAM: NULL when it is a function that others call */
    const mybpf_verify_stats *stats; /* PROGRAM */
    const mybpf_error *error;        /* PROGRAM: why it is refused, NULL when it is not */
} mybpf_log_line;
typedef void (*mybpf_log_fn)(void *user, const mybpf_log_line *line);

/* What verified mode allows: by default what Linux allows privileged programs. A sum of rules to add; STRICT are
 * those that Linux has for unprivileged ones. */
enum {
    MYBPF_POLICY_NO_POINTER_LEAKS = 1, /* pointers' values stay inside: not stored but on the stack, not returned,
                                          compared or calculated with as numbers, not given to helpers as such */
    MYBPF_POLICY_NO_UNINIT_STACK = 2,  /* stack is not read before it is written; otherwise it reads as zero */
    MYBPF_POLICY_ALIGNED = 4,          /* memory accesses are at multiples of their size (packets: with
                                          the 2 bytes in front that Linux puts there) */
    MYBPF_POLICY_STRICT = MYBPF_POLICY_NO_POINTER_LEAKS | MYBPF_POLICY_NO_UNINIT_STACK
};

typedef struct mybpf_load_opts {
    mybpf_trust trust;
    uint32_t ctx_size;            /* bytes of context that may be relied upon: a run with fewer is refused (not when
                                     trusted); 0: none known */
    int metered;                  /* count steps in trusted and verified mode too, so that max_steps works */
    const mybpf_range *grants;    /* Sys and User helper numbers this load may call, both ends included */
    size_t grant_count;
    const mybpf_helper *temp;     /* Temp helpers; the array is copied */
    size_t temp_count;
    mybpf_log_fn log;             /* not NULL: is told all about a refusal, or about what guarded mode checks. In
                                     verified mode programs behind a refused one are looked at too then; the
                                     load's error is the first */
    void *log_user;
    int log_level;                /* 0 or 1: refusals, guards, and a line a program; 2: every step too */
    uint32_t policies;            /* MYBPF_POLICY_*: rules that verified mode adds; the other modes have none */
} mybpf_load_opts;

/* Makes the maps, links, verifies. After a failure the object can only be closed. `opts` may be NULL. */
MYBPF_API int mybpf_object_load(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error);
/* Frees everything; no program of the object may be running. NULL does nothing. */
MYBPF_API void mybpf_object_close(mybpf_object *object);

/* What is inside, by index until NULL, or by name (NULL when there is none). Global sections are
 * maps named ".bss", ".data", ".rodata"...; their one value is the section. */
MYBPF_API mybpf_program *mybpf_object_program(const mybpf_object *object, size_t index);
MYBPF_API mybpf_program *mybpf_object_find_program(const mybpf_object *object, const char *name);
MYBPF_API mybpf_map *mybpf_object_map(const mybpf_object *object, size_t index);
MYBPF_API mybpf_map *mybpf_object_find_map(const mybpf_object *object, const char *name);
/* Before load: the description of map `index`, to change sizes; NULL beyond the last. Maps exist from load on. */
MYBPF_API mybpf_map_desc *mybpf_object_map_desc(mybpf_object *object, size_t index);
#if MYBPF__FILES
MYBPF_API mybpf_map_desc *mybpf_object_find_map_desc(mybpf_object *object, const char *name); /* the same, by name */
#endif
/* Before load: the initial contents of a global section and their size; NULL when there is none, or when it is read-only
 * and native code of an image has been made with what is in it. */
MYBPF_API void *mybpf_object_section_data(mybpf_object *object, const char *name, size_t *size);
/* The global variables of an ELF object (not static ones), by index until it returns 0; `name` is the
 * object's. */
typedef struct mybpf_global {
    const char *name;
    uint32_t map;          /* index of its section */
    uint32_t offset, size; /* in the section, bytes */
} mybpf_global;
/* Tables of programs: what an ELF object's variables in the sections .struct_ops and .struct_ops.* have in those members
 * that point to functions, by index until it returns 0. Who would be called by the kernel is called by the host, with
 * mybpf_program_run; other members are read with mybpf_object_find_global. */
typedef struct mybpf_struct_op {
    const char *table;            /* the variable */
    const char *type;             /* its struct: "tcp_congestion_ops" */
    const char *member;           /* "ssthresh" */
    const mybpf_program *program; /* NULL: none */
} mybpf_struct_op;
#ifndef MYBPF_NO_ELF
MYBPF_API int mybpf_object_global(const mybpf_object *object, size_t index, mybpf_global *global);
/* A variable by name, and its size: before load what it begins with, afterwards the memory that programs use.
 * What stands in .rodata is set before load: verified programs rely on it. NULL when there is none (or no
 * memory). */
MYBPF_API void *mybpf_object_find_global(mybpf_object *object, const char *name, size_t *size);

MYBPF_API int mybpf_object_struct_op(const mybpf_object *object, size_t index, mybpf_struct_op *op);
MYBPF_API const mybpf_program *mybpf_object_find_struct_op(const mybpf_object *object, const char *table,
                                                           const char *member);
#else
#    define mybpf_object_global(object, index, global) ((void)(object), (void)(index), (void)(global), 0)
#    define mybpf_object_find_global(object, name, size)                                                     \
        ((void)(object), (void)(name), (void)(size), (void *)NULL)
#    define mybpf_object_struct_op(object, index, op) ((void)(object), (void)(index), (void)(op), 0)
#    define mybpf_object_find_struct_op(object, table, member)                                               \
        ((void)(object), (void)(table), (void)(member), (const mybpf_program *)NULL)
#endif
MYBPF_API const char *mybpf_object_license(const mybpf_object *object); /* "" when none */
/* The machine whose native code an image holds ("arm64"); NULL: bytecode. */
MYBPF_API const char *mybpf_object_target(const mybpf_object *object);
MYBPF_API uint32_t mybpf_object_kernel_version(const mybpf_object *object);
MYBPF_API mybpf_vm *mybpf_object_vm(const mybpf_object *object);

/* Before load: is load to take this program in? It does, but for programs of sections "?name". One that is left out is not
 * verified, nor what only it calls, and cannot run. 0, or ERR_STATE once the object is loaded. Native code of images is
 * taken in as a whole. */
#if MYBPF__FILES
MYBPF_API int mybpf_program_set_autoload(mybpf_program *program, int autoload);
MYBPF_API int mybpf_program_autoload(const mybpf_program *program);
#else
#    define mybpf_program_set_autoload(program, autoload) ((void)(program), (autoload) ? MYBPF_OK : MYBPF_ERR_UNSUPPORTED)
#    define mybpf_program_autoload(program)               ((void)(program), 1)
#endif

MYBPF_API const char *mybpf_program_name(const mybpf_program *program);    /* the function */
MYBPF_API const char *mybpf_program_section(const mybpf_program *program); /* "tcmd/hello"; without "?" */
MYBPF_API uint32_t mybpf_program_type(const mybpf_program *program);
#if MYBPF__FILES
/* What libbpf expects a program of this section to be attached to (MYBPF_ATTACH_XDP_DEVMAP for "xdp/devmap"), 0 when it
 * has nothing to say. */
MYBPF_API uint32_t mybpf_program_attach_type(const mybpf_program *program);
/* Before load: the type of a program whose section does not tell it, or tells another. ERR_ARGUMENT for a number that is
 * neither Linux' nor MYBPF_PROG_TYPE_TCMD nor registered. */
MYBPF_API int mybpf_program_set_type(mybpf_program *program, uint32_t type, mybpf_error *error);
#endif
MYBPF_API mybpf_object *mybpf_program_object(const mybpf_program *program);

/* ---- linked code, for engines and tools ---- */

/* Functions cover the code without gaps and in order; programs are functions too. */
typedef struct mybpf_func {
    uint32_t start, count;       /* instruction slots */
    uint32_t stack;              /* bytes below r10 it may touch, a multiple of 8; MYBPF_STACK_FRAME
                                    in verified and guarded mode and where r10 escapes */
    uint64_t zeroed;             /* parts of it that are zero when the function starts, since it may read them
                                    before it writes: bit i is the 8 bytes at r10 - 8 (i + 1) */
    char name[MYBPF_NAME_MAX];
} mybpf_func;

/* Per instruction slot, what the verifier found. */
enum {
    MYBPF_FACT_GUARD = 1,  /* memory access or call that needs a run-time check (guarded mode) */
    MYBPF_FACT_LEADER = 2, /* a basic block starts here */
    MYBPF_FACT_PAD = 4,    /* second slot of an LDDW */
    MYBPF_FACT_DEAD = 8,   /* control never comes here, though its function runs */
    MYBPF_FACT_FALLS = 16, /* a conditional jump that is never taken */
    MYBPF_FACT_JUMPS = 32  /* ... that always is */
};

/* Memory that an instruction accesses. */
enum {
    MYBPF_MEMORY_UNKNOWN = 0, /* no access, not proven, or several kinds */
    MYBPF_MEMORY_CONTEXT,
    MYBPF_MEMORY_STACK,     /* of the function that called it `index` calls ago */
    MYBPF_MEMORY_MAP_VALUE, /* of map `index` */
    MYBPF_MEMORY_OBJECT,    /* what a helper gave */
    MYBPF_MEMORY_PACKET,
    MYBPF_MEMORY_PACKET_META
};

/* What holds at an instruction whenever control comes there. Of an access: the region, and its offset there (from r10 on
 * the stack); of arithmetic and conditional jumps: the number in the src register, or in dst where that is
 * an immediate. */
enum {
    MYBPF_FACTS_CONSTANT = 1,       /* the number, or the offset, is `known` */
    MYBPF_FACTS_UPPER_ZERO = 2,     /* the number fits in 32 bits */
    MYBPF_FACTS_DST_UPPER_ZERO = 4, /* ... so does the one in dst */
    MYBPF_FACTS_NO_OVERFLOW = 8     /* ADD, SUB, MUL: the result, unsigned, is that of whole numbers */
};
typedef struct mybpf_insn_facts {
    int region; /* MYBPF_MEMORY_* */
    uint32_t index;
    uint32_t align;          /* of an access: the offset is a multiple of it, 1 to 16 */
    uint32_t flags;          /* MYBPF_FACTS_* */
    uint64_t known, unknown; /* bits of the number or offset; where `unknown` has a one, `known` has none */
} mybpf_insn_facts;
/* What the verifier found about a loaded object's instruction: 1, or 0 when that is nothing (always in trusted mode). */
#ifndef MYBPF_NO_PROVER
MYBPF_API int mybpf_object_insn_facts(const mybpf_object *object, uint32_t insn, mybpf_insn_facts *facts);
#else
#    define mybpf_object_insn_facts(object, insn, facts) ((void)(object), (void)(insn), (void)(facts), 0)
#endif

/* One object's linked code: after mybpf_object_load for engines; tools may take it right after
 * open, then `facts` is NULL and the funcs' stack is 0. Lives as long as the object. */
typedef struct mybpf_code {
    const mybpf_insn *insns;
    const uint8_t *facts;
    uint32_t insn_count;
    uint32_t func_count;
    const mybpf_func *funcs;
    mybpf_map *const *maps;      /* NULL entries before load */
    uint32_t map_count;          /* global sections included */
    int trust;                   /* mybpf_trust */
    int metered;                 /* charge each block on entry: facts LEADER */
#ifndef MYBPF_NO_MAP_TYPES
    uint32_t arena; /* not 0: it was verified, and the accesses with FACT_GUARD are to be in map arena - 1 */
#endif
} mybpf_code;
#ifdef MYBPF_NO_MAP_TYPES
#    define MYBPF__ARENA_OF(code) 0
#else
#    define MYBPF__ARENA_OF(code) ((code)->arena)
#endif

MYBPF_API const mybpf_code *mybpf_object_code(const mybpf_object *object);

/* The line of C that an instruction comes from (BTF line info); the texts are the object's. */
typedef struct mybpf_source {
    const char *file; /* without folders */
    const char *text; /* the line, without its indentation; "" when it is not known */
    uint32_t line;
} mybpf_source;
/* Of instruction slot `insn`: 1 and `source`, or 0 when it is not known. */
#if MYBPF__FILES
MYBPF_API int mybpf_object_source(const mybpf_object *object, uint32_t insn, mybpf_source *source);
#else
#    define mybpf_object_source(object, insn, source) ((void)(object), (void)(insn), (void)(source), 0)
#endif
/* The helper a linked CALL names, as this load resolved it (Temp ones too); NULL when unknown. */
MYBPF_API const mybpf_helper *mybpf_object_helper(const mybpf_object *object, uint32_t id);
/* Index in code->funcs where the program starts; not below func_count when it was not loaded. */
MYBPF_API uint32_t mybpf_program_func(const mybpf_program *program);
/* Map `index` of the linked code is a global section (its value is one block of memory). */
MYBPF_API int mybpf_object_map_is_section(const mybpf_object *object, uint32_t index);
/* What a pointer to function `index` holds while the program runs (loaded objects): the address of its descriptor, whose
 * first 8 bytes are the address of its native code. */
MYBPF_API uint64_t mybpf_object_func_pointer(const mybpf_object *object, uint32_t index);

/* What load writes into maps, because addresses are known only then. For image writers; index until
 * it returns 0. FUNC: 8 bytes at `offset` of section map `map`, in host byte order, become the
 * address of function `index`; MAP_VALUE: that of section map `index`'s value + `addend` (e.g.
 * `const char *text = "abc"`). PROGRAM: key `offset` of program array `map` is the program that function
 * `index` is. MAP: key `offset` of map of maps `map` is map `index`. */
enum {
    MYBPF_DATA_RELOC_FUNC = 0,
    MYBPF_DATA_RELOC_MAP_VALUE = 1,
    MYBPF_DATA_RELOC_PROGRAM = 2,
    MYBPF_DATA_RELOC_MAP = 3
};
typedef struct mybpf_data_reloc { uint32_t map, offset, kind, index, addend; } mybpf_data_reloc;
MYBPF_API int mybpf_object_data_reloc(const mybpf_object *object, size_t index, mybpf_data_reloc *reloc);

#endif
