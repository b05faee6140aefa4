/* tell.c: tells perf and gdb what is where in compiled code, for those who ask for it (mybpf_jit_opts.tell).
 */
#ifndef MYBPF__TELL_C
#define MYBPF__TELL_C

#include "jit.h"
#include "../base/error.h"
#include "../base/lock.h"
#include "../gen/gen.h"
#include "exec_os.h"

/* What the functions are called: Linux' own JIT says bpf_prog_TAG_NAME. */
enum { MYBPF__TOLD_NAME = MYBPF_NAME_MAX + 16 };

/* Compiled code, and its pieces in order: a function each, at last the entry stub. */
typedef struct mybpf__told {
    mybpf_vm *vm;
    const mybpf_code *code;
    const mybpf__gen_result *result;
    const uint8_t *bytes; /* where the code runs */
} mybpf__told;

/* Piece `index`, for 0 to entry_count: its offset, size and name. */
MYBPF__COLD uint32_t mybpf__told_piece(const mybpf__told *told, uint32_t index, uint32_t *size,
                                       char name[MYBPF__TOLD_NAME])
{
    const mybpf__gen_result *result = told->result;
    int is_func = index < result->entry_count;
    uint32_t start = is_func ? result->entries[index] : result->enter, end = (uint32_t)result->code.size;
    if (index + 1 < result->entry_count && result->entries[index + 1] > start)
        end = result->entries[index + 1];
    if (is_func && result->enter > start && result->enter < end) end = result->enter;
    *size = end - start;
    if (is_func)
        mybpf__print(name, MYBPF__TOLD_NAME, "bpf_prog_%s", told->code->funcs[index].name);
    else
        mybpf__print(name, MYBPF__TOLD_NAME, "mybpf_enter");
    return start;
}

/* ---- perf: /tmp/perf-PID.map, a line a function: address, size, name ---- */

#if defined(MYBPF__EXEC_POSIX)
MYBPF__COLD int mybpf__tell_perf(const mybpf__told *told, mybpf_error *error)
{
    char file[48], line[MYBPF__TOLD_NAME + 48], name[MYBPF__TOLD_NAME];
    int flags = O_WRONLY | O_CREAT | O_APPEND, failed = 0;
#    ifdef O_NOFOLLOW /* anybody may put a link there */
    flags |= O_NOFOLLOW;
#    endif
    mybpf__print(file, sizeof file, "/tmp/perf-%ld.map", (long)getpid());
    int to = open(file, flags, 0600);
    for (uint32_t i = 0; to >= 0 && !failed && i <= told->result->entry_count; i++) {
        uint32_t size, start = mybpf__told_piece(told, i, &size, name);
        size_t length =
            mybpf__print(line, sizeof line, "%llx %x %s\n",
                         (unsigned long long)(mybpf__address(told->bytes) + start), (unsigned)size, name);
        failed = write(to, line, length) != (ssize_t)length;
    }
    if (to >= 0) close(to);
    return to >= 0 && !failed
               ? MYBPF_OK
               : mybpf__fail(error, MYBPF_ERR_PERMISSION, MYBPF_NO_INSN, "%s cannot be written", file);
}
#else
MYBPF__COLD int mybpf__tell_perf(const mybpf__told *told, mybpf_error *error)
{
    (void)told;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                       "this system has no perf to tell of native code");
}
#endif

/* ---- gdb: an ELF object in memory and a call of a function that gdb has a breakpoint in ("JIT Compilation
 * Interface") ---- */

#if defined(__GNUC__) && defined(__ELF__)
#    if defined(__x86_64__)
#        define MYBPF__ELF_MACHINE 62
#    elif defined(__aarch64__)
#        define MYBPF__ELF_MACHINE 183
#    elif defined(__riscv)
#        define MYBPF__ELF_MACHINE 243
#    endif
#endif

#ifdef MYBPF__ELF_MACHINE
struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};
struct jit_descriptor {
    uint32_t version, action_flag; /* 1: registers, 2: unregisters `relevant_entry` */
    struct jit_code_entry *relevant_entry, *first_entry;
};

/* gdb looks for these two names. Weak: a process may have another compiler that has them. */
#    ifdef __cplusplus
extern "C" {
#    endif
extern struct jit_descriptor __jit_debug_descriptor;
void __jit_debug_register_code(void);
__attribute__((weak)) struct jit_descriptor __jit_debug_descriptor = {1, 0, NULL, NULL};
__attribute__((weak, noinline)) void __jit_debug_register_code(void) { __asm__ volatile("" ::: "memory"); }
#    ifdef __cplusplus
}
#    endif

static mybpf__lock mybpf__gdb_lock; /* of the list that starts at the descriptor */

MYBPF__COLD void mybpf__gdb_act(struct jit_code_entry *entry, uint32_t action)
{
    struct jit_descriptor *all = &__jit_debug_descriptor;
    mybpf__acquire(&mybpf__gdb_lock);
    if (action == 1) {
        entry->next_entry = all->first_entry;
        if (entry->next_entry) entry->next_entry->prev_entry = entry;
        all->first_entry = entry;
    } else {
        if (entry->next_entry) entry->next_entry->prev_entry = entry->prev_entry;
        *(entry->prev_entry ? &entry->prev_entry->next_entry : &all->first_entry) = entry->next_entry;
    }
    all->relevant_entry = entry;
    all->action_flag = action;
    __jit_debug_register_code();
    mybpf__release(&mybpf__gdb_lock);
}

/* Rows of the table of sections: a table of texts, of symbols, and .text, which is not in the file (NOBITS).
 */
typedef struct mybpf__told_section {
    uint32_t name, type, flags; /* name: in mybpf__told_names */
    uint64_t address, offset, size;
    uint32_t link, info, entry_size;
} mybpf__told_section;
static const char mybpf__told_names[] = "\0.text\0.symtab\0.strtab\0.shstrtab";
enum {
    MYBPF__TOLD_SECTIONS = 5,
    MYBPF__TOLD_HEADER = 64, /* a row of the table takes as much */
    MYBPF__TOLD_SYMBOL = 24,
    MYBPF__TOLD_SYMBOLS = MYBPF__TOLD_HEADER * (1 + MYBPF__TOLD_SECTIONS) /* offset */
};

MYBPF__COLD void mybpf__told_header(mybpf__buf *to)
{
    static const uint8_t mybpf__ident[16] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
    mybpf__buf_put(to, mybpf__ident, sizeof mybpf__ident);
    mybpf__buf_put_le(to, 1, 2); /* relocatable: symbols count from their section */
    mybpf__buf_put_le(to, MYBPF__ELF_MACHINE, 2);
    mybpf__buf_put_le(to, 1, 4);
    mybpf__buf_put_le(to, 0, 8); /* no entry, no segments */
    mybpf__buf_put_le(to, 0, 8);
    mybpf__buf_put_le(to, MYBPF__TOLD_HEADER, 8); /* sections */
    mybpf__buf_put_le(to, 0, 4);
    mybpf__buf_put_le(to, MYBPF__TOLD_HEADER, 2);
    mybpf__buf_put_le(to, 0, 4);
    mybpf__buf_put_le(to, MYBPF__TOLD_HEADER, 2);
    mybpf__buf_put_le(to, MYBPF__TOLD_SECTIONS, 2);
    mybpf__buf_put_le(to, MYBPF__TOLD_SECTIONS - 1, 2); /* .shstrtab */
}

MYBPF__COLD void mybpf__told_sections(const mybpf__told *told, mybpf__buf *to, uint64_t strings,
                                      uint64_t strings_size)
{
    mybpf__told_section rows[MYBPF__TOLD_SECTIONS] = {
        {0, 0, 0, 0, 0, 0, 0, 0, 0},
        {1, 8, 6, 0, MYBPF__TOLD_SYMBOLS, 0, 0, 0, 0},
        {7, 2, 0, 0, MYBPF__TOLD_SYMBOLS, 0, 3, 1, MYBPF__TOLD_SYMBOL},
        {15, 3, 0, 0, 0, 0, 0, 0, 0},
        {23, 3, 0, 0, 0, sizeof mybpf__told_names, 0, 0, 0},
    };
    rows[1].address = mybpf__address(told->bytes);
    rows[1].size = told->result->code.size;
    rows[2].size = strings - MYBPF__TOLD_SYMBOLS;
    rows[3].offset = strings;
    rows[3].size = strings_size;
    rows[4].offset = strings + strings_size;
    for (unsigned i = 0; i < MYBPF__TOLD_SECTIONS; i++) {
        const mybpf__told_section *row = &rows[i];
        mybpf__buf_put_le(to, row->name, 4);
        mybpf__buf_put_le(to, row->type, 4);
        mybpf__buf_put_le(to, row->flags, 8);
        mybpf__buf_put_le(to, row->address, 8);
        mybpf__buf_put_le(to, row->offset, 8);
        mybpf__buf_put_le(to, row->size, 8);
        mybpf__buf_put_le(to, row->link, 4);
        mybpf__buf_put_le(to, row->info, 4);
        mybpf__buf_put_le(to, i == 1 ? MYBPF__CODE_ALIGN : 1, 8);
        mybpf__buf_put_le(to, row->entry_size, 8);
    }
}

MYBPF__COLD void mybpf__told_symbol(mybpf__buf *to, uint64_t name, uint32_t start, uint32_t size)
{
    mybpf__buf_put_le(to, name, 4);
    mybpf__buf_put_le(to, size ? 0x12 : 0, 1); /* a global function */
    mybpf__buf_put_le(to, 0, 1);
    mybpf__buf_put_le(to, size ? 1 : 0, 2); /* of .text */
    mybpf__buf_put_le(to, start, 8);
    mybpf__buf_put_le(to, size, 8);
}

MYBPF__COLD void mybpf__told_elf(const mybpf__told *told, mybpf__buf *to)
{
    uint32_t count = told->result->entry_count + 1, size;
    mybpf__buf symbols = {NULL, NULL, 0, 0, 0}, names = {NULL, NULL, 0, 0, 0};
    char name[MYBPF__TOLD_NAME];
    symbols.vm = names.vm = told->vm;
    mybpf__buf_put_le(&names, 0, 1);
    mybpf__told_symbol(&symbols, 0, 0, 0);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = mybpf__told_piece(told, i, &size, name);
        mybpf__told_symbol(&symbols, names.size, start, size);
        mybpf__buf_put(&names, name, mybpf__length(name, sizeof name) + 1);
    }
    mybpf__told_header(to);
    mybpf__told_sections(told, to, MYBPF__TOLD_SYMBOLS + symbols.size, names.size);
    to->failed |= symbols.failed | names.failed;
    mybpf__buf_put(to, symbols.bytes, symbols.size);
    mybpf__buf_put(to, names.bytes, names.size);
    mybpf__buf_put(to, mybpf__told_names, sizeof mybpf__told_names);
    mybpf__buf_free(&symbols);
    mybpf__buf_free(&names);
}

/* What mybpf__forget_gdb takes back is in *entry. */
MYBPF__COLD int mybpf__tell_gdb(const mybpf__told *told, void **entry, mybpf_error *error)
{
    struct jit_code_entry *made = (struct jit_code_entry *)mybpf_vm_realloc(told->vm, NULL, sizeof *made);
    mybpf__buf elf = {NULL, NULL, 0, 0, 0};
    elf.vm = told->vm;
    if (made) mybpf__told_elf(told, &elf);
    if (!made || elf.failed) {
        mybpf__buf_free(&elf);
        mybpf_vm_realloc(told->vm, made, 0);
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory to tell gdb of native code");
    }
    mybpf__zero(made, sizeof *made);
    made->symfile_addr = (const char *)elf.bytes;
    made->symfile_size = elf.size;
    mybpf__gdb_act(made, 1);
    *entry = made;
    return MYBPF_OK;
}

MYBPF__COLD void mybpf__forget_gdb(mybpf_vm *vm, void *entry)
{
    struct jit_code_entry *made = (struct jit_code_entry *)entry;
    mybpf__gdb_act(made, 2);
    mybpf_vm_realloc(vm, (void *)(uintptr_t)made->symfile_addr, 0);
    mybpf_vm_realloc(vm, made, 0);
}
#    undef MYBPF__ELF_MACHINE
#else
MYBPF__COLD int mybpf__tell_gdb(const mybpf__told *told, void **entry, mybpf_error *error)
{
    (void)told, (void)entry;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN,
                       "this build cannot tell gdb of native code");
}
MYBPF__COLD void mybpf__forget_gdb(mybpf_vm *vm, void *entry) { (void)vm, (void)entry; }
#endif

#endif
