/* mybpfc_native.h: which machine code an instruction became, and what it says: disassembled by Capstone where
 * the Makefile found it (MYBPF_HAVE_CAPSTONE), bytes alone elsewhere. */
#ifndef MYBPFC_NATIVE_H
#define MYBPFC_NATIVE_H

#include "mybpfc_object.h"

#ifdef MYBPF_HAVE_CAPSTONE
#    include "library.h"
#    include <capstone/capstone.h>
#endif

/* ---- where the code of an instruction is ---- */

/* Bytes of the native code; empty: none. */
typedef struct piece {
    size_t start, end;
} piece;

/* An image's, in the file. */
static piece image_code(const loaded *l)
{
    piece where = {image_code_at(l), image_code_at(l) + image_code_size(l)};
    return where;
}

/* All pieces of an object that was compiled in this process; `insns` NULL when none was. */
typedef struct native_map {
    const unsigned char *code;
    piece *insns; /* by slot; from malloc, with what follows */
    piece *funcs; /* by function: what it does before its first instruction */
} native_map;

typedef struct native_start {
    size_t offset;
    piece *of; /* NULL: of nothing that is shown */
} native_start;

static int compare_starts(const void *a, const void *b)
{
    const native_start *x = (const native_start *)a, *y = (const native_start *)b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return x->of < y->of ? -1 : x->of > y->of; /* the last instruction that starts there has the code */
}

/* 0, or -1 without memory. Blocks may have been moved: a piece ends where any other one starts. */
static int map_native(const loaded *l, native_map *map)
{
    const mybpf_code *code = mybpf_object_code(l->object);
    const mybpf_native *native = mybpf_object_native(l->object);
    size_t count = 0, slots = (size_t)code->insn_count + code->func_count;
    memset(map, 0, sizeof *map);
    if (!native || !code->insn_count) return 0;
    piece *pieces = (piece *)calloc(slots, sizeof *pieces);
    native_start *starts = (native_start *)calloc(slots + 2, sizeof *starts);
    if (!pieces || !starts) {
        free(pieces), free(starts);
        return -1;
    }
    map->code = (const unsigned char *)native->code;
    map->insns =
        pieces + code->func_count; /* behind the functions: where both start, the instruction has the code */
    map->funcs = pieces;
    for (uint32_t f = 0; f < code->func_count && f < native->entry_count; f++, count++) {
        starts[count].offset = (size_t)((const unsigned char *)native->entries[f] - map->code);
        starts[count].of = &map->funcs[f];
    }
    for (uint32_t i = 0; i < code->insn_count; i++) {
        int64_t offset = mybpf_jit_offset(l->object, i);
        if (offset < 0) continue;
        starts[count].offset = (size_t)offset;
        starts[count++].of = &map->insns[i];
    }
    starts[count++].offset = (size_t)((const unsigned char *)(uintptr_t)native->enter - map->code);
    starts[count++].offset = native->code_size;
    qsort(starts, count, sizeof *starts, compare_starts);
    for (size_t i = 0; i + 1 < count; i++)
        if (starts[i].of) starts[i].of->start = starts[i].offset, starts[i].of->end = starts[i + 1].offset;
    free(starts);
    return 0;
}

static void unmap_native(native_map *map) { free(map->funcs); }

/* ---- what it says ---- */

#ifdef MYBPF_HAVE_CAPSTONE
#    define CAPSTONE_FUNCTIONS(X) X(cs_open) X(cs_malloc) X(cs_disasm_iter) X(cs_free)
static struct {
    CAPSTONE_FUNCTIONS(LIBRARY_POINTER)
} capstone;

/* Another major version has other structures. */
#    define CAPSTONE_FILES_OF(major) "libcapstone.so." #    major, "libcapstone." #    major ".dylib", NULL
#    define CAPSTONE_FILES(major)    CAPSTONE_FILES_OF(major)

static int load_capstone(void)
{
    static const char *const files[] = {CAPSTONE_FILES(CS_API_MAJOR)};
    static const char *const names[] = {CAPSTONE_FUNCTIONS(LIBRARY_NAME) NULL};
    return load_library(files, names, &capstone);
}

/* Capstone for a target's name; 0 when it does not know that machine. */
static csh open_disassembler(const char *target)
{
    static const struct {
        const char *name;
        cs_arch arch;
        int mode;
    } machines[] = {
        {"x86_64", CS_ARCH_X86, CS_MODE_64},
#    if CS_API_MAJOR >= 5
        {"riscv64", CS_ARCH_RISCV, CS_MODE_RISCV64 | CS_MODE_RISCVC},
#    endif
        {"arm64", CS_ARCH_ARM64, 0}
    };
    csh handle = 0;
    if (load_capstone()) return 0;
    for (size_t i = 0; target && i < sizeof machines / sizeof *machines; i++)
        if (!strcmp(machines[i].name, target) &&
            capstone.cs_open(machines[i].arch, (cs_mode)machines[i].mode, &handle))
            return 0;
    return handle;
}

/* One instruction at *at, which moves behind it; 0 at the end and where there is none. */
static int disassemble_native(const char *target, const unsigned char *code, size_t end, size_t *at,
                              char *text, size_t size)
{
    static csh handle;
    static const char *machine;
    if (machine != target) handle = open_disassembler(machine = target);
    const uint8_t *bytes = code + *at;
    size_t left = end - *at;
    uint64_t address = *at;
    cs_insn *insn = handle && left ? capstone.cs_malloc(handle) : NULL;
    int found = insn && capstone.cs_disasm_iter(handle, &bytes, &left, &address, insn);
    if (found) {
        snprintf(text, size, insn->op_str[0] ? "%s %s" : "%s", insn->mnemonic, insn->op_str);
        *at += insn->size;
    }
    if (insn) capstone.cs_free(insn, 1);
    return found;
}
#else
static int disassemble_native(const char *target, const unsigned char *code, size_t end, size_t *at,
                              char *text, size_t size)
{
    (void)target, (void)code, (void)end, (void)at, (void)text, (void)size;
    return 0;
}
#endif

enum { NATIVE_COLUMN = 46, NATIVE_BYTES = 10 };

/* How many bytes of what Capstone does not know make a line: those of RISC-V tell how long they are. */
static size_t unknown_native(const char *target, const unsigned char *code, size_t left)
{
    size_t length = !target || strcmp(target, "riscv64") ? (size_t)NATIVE_BYTES : (code[0] & 3) == 3 ? 4 : 2;
    return length < left ? length : left;
}

/* A line for each machine instruction from `column` on, the first behind `width` columns that have been
 * printed. */
static void print_native(const char *target, const unsigned char *code, piece where, int column, int width)
{
    char text[200];
    for (size_t at = where.start; at < where.end;) {
        size_t next = at;
        if (!disassemble_native(target, code, where.end, &next, text, sizeof text)) {
            next = at + unknown_native(target, code + at, where.end - at);
            text[0] = 0;
        }
        if (width > column) putchar('\n'), width = 0;
        printf("%*s%6lx: ", column - width, "", (unsigned long)at);
        for (size_t i = at; i < next; i++) printf("%02x ", code[i]);
        printf(text[0] ? "%*s%s\n" : "%*s%s\n",
               next - at < NATIVE_BYTES ? (int)(NATIVE_BYTES - (next - at)) * 3 : 0, "", text);
        at = next, width = 0;
    }
    if (width) putchar('\n');
}

#endif
