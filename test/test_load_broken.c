/* test_load_broken.c: opening what is broken, damaged or of another byte order: one refusal, no crash. */
#include "load_elf.h"
#include "load_object.h"
#include "test.h"

#include <stdlib.h>

#define HEADER(field) 0, offsetof(Elf64_Ehdr, field), sizeof((Elf64_Ehdr *)0)->field
#define SECTION(section, field)                                                                              \
    1, (section) * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, field), sizeof((Elf64_Shdr *)0)->field
#define SYMBOL(symbol, field)                                                                                \
    2, (symbol) * sizeof(Elf64_Sym) + offsetof(Elf64_Sym, field), sizeof((Elf64_Sym *)0)->field
#define RELOC(index, field)                                                                                  \
    3, (index) * sizeof(Elf64_Rel) + offsetof(Elf64_Rel, field), sizeof((Elf64_Rel *)0)->field
#define DATA_RELOC(field) 4, offsetof(Elf64_Rel, field), sizeof((Elf64_Rel *)0)->field
#define CODE(slot)        5, (slot)*8 + 4, 4
#define TO(symbol, type)  ELF64_R_INFO((uint64_t)(symbol), type)

static const struct {
    const char *what;
    int place; /* 0 file, 1 section headers, 2 symbols, 3 and 4 relocations, 5 code */
    size_t offset, width;
    uint64_t value;
    int status;
    const char *message;
} breaks[] = {
    {"nothing", HEADER(e_version), EV_CURRENT, 0, ""},
    {"machine", HEADER(e_machine), EM_X86_64, MYBPF_ERR_TARGET, "machine 62"},
    {"no machine", HEADER(e_machine), EM_NONE, 0, ""},
    {"section header size", HEADER(e_shentsize), 1, MYBPF_ERR_FORMAT, "section headers"},
    {"executable", HEADER(e_type), ET_EXEC, MYBPF_ERR_FORMAT, "relocatable"},
    {"section table outside", HEADER(e_shoff), 1 << 20, MYBPF_ERR_FORMAT, "section"},
    {"section table at the top", HEADER(e_shoff), UINT64_MAX - 63, MYBPF_ERR_FORMAT, "section"},
    {"too many sections", HEADER(e_shnum), 60000, MYBPF_ERR_FORMAT, "section"},
    {"names in no section", HEADER(e_shstrndx), 99, MYBPF_ERR_FORMAT, ""},
    {"names in code", HEADER(e_shstrndx), S_CODE, MYBPF_ERR_FORMAT, "string table"},
    {"name outside", SECTION(S_CODE, sh_name), 10000, MYBPF_ERR_FORMAT, "name"},
    {"strings without an end", SECTION(S_NAMES, sh_size), 5, MYBPF_ERR_FORMAT, "zero byte"},
    {"no strings", SECTION(S_NAMES, sh_size), 0, MYBPF_ERR_FORMAT, "zero byte"},
    {"section offset", SECTION(S_CODE, sh_offset), UINT64_MAX - 8, MYBPF_ERR_FORMAT, "outside the file"},
    {"section too long", SECTION(S_CODE, sh_size), UINT64_MAX, MYBPF_ERR_FORMAT, "outside the file"},
    {"code of odd size", SECTION(S_CODE, sh_size), 47, MYBPF_ERR_FORMAT, "instructions"},
    {"code shorter than its function", SECTION(S_CODE, sh_size), 40, MYBPF_ERR_FORMAT, "run"},
    {"huge .bss", SECTION(S_DATA, sh_type), SHT_NOBITS, MYBPF_ERR_FORMAT, ".data"},
    {"symbol size", SECTION(S_SYMBOLS, sh_entsize), 0, MYBPF_ERR_FORMAT, "symbol table"},
    {"odd symbol table", SECTION(S_SYMBOLS, sh_size), 25, MYBPF_ERR_FORMAT, "symbol table"},
    {"no symbols", SECTION(S_SYMBOLS, sh_size), 0, MYBPF_ERR_FORMAT, ""},
    {"symbol names nowhere", SECTION(S_SYMBOLS, sh_link), 1000, MYBPF_ERR_FORMAT, "1000"},
    {"symbol names in data", SECTION(S_SYMBOLS, sh_link), S_DATA, MYBPF_ERR_FORMAT, "string table"},
    {"two symbol tables", SECTION(S_DATA, sh_type), SHT_SYMTAB, MYBPF_ERR_FORMAT, "symbol table"},
    {"odd relocations", SECTION(S_CODE_REL, sh_size), 17, MYBPF_ERR_FORMAT, "relocations"},
    {"relocations with addends", SECTION(S_DATA_REL, sh_type), SHT_RELA, MYBPF_ERR_FORMAT, "relocations"},
    {"relocations of nothing", SECTION(S_CODE_REL, sh_info), 99, MYBPF_ERR_FORMAT, "section 99"},
    {"relocations of another's section", SECTION(S_DATA_REL, sh_info), S_CODE, MYBPF_ERR_FORMAT,
     "not the first"},
    {"relocations without symbols", SECTION(S_CODE_REL, sh_link), S_DATA, MYBPF_ERR_FORMAT, "symbol table"},
    {"symbol in no section", SYMBOL(Y_FUNC, st_shndx), 77, MYBPF_ERR_FORMAT, "77"},
    {"symbol name outside", SYMBOL(Y_FUNC, st_name), 9999, MYBPF_ERR_FORMAT, "name"},
    {"function too long", SYMBOL(Y_FUNC, st_size), 24, MYBPF_ERR_FORMAT, "func"},
    {"function of odd size", SYMBOL(Y_FUNC, st_size), 12, MYBPF_ERR_FORMAT, "func"},
    {"function outside", SYMBOL(Y_FUNC, st_value), 16, MYBPF_ERR_FORMAT, "func"},
    {"function at the top", SYMBOL(Y_FUNC, st_value), UINT64_MAX - 7, MYBPF_ERR_FORMAT, "func"},
    {"function between instructions", SYMBOL(Y_FUNC, st_value), 4, MYBPF_ERR_FORMAT, "func"},
    {"no program", SYMBOL(Y_PROGRAM, st_info), ELF64_ST_INFO(STB_LOCAL, STT_FUNC), MYBPF_ERR_FORMAT,
     "no program"},
    {"function that is a global", SYMBOL(Y_FUNC, st_shndx), S_DATA, MYBPF_ERR_NOT_FOUND, "func"},
    {"common symbol", SYMBOL(Y_DATA, st_shndx), SHN_COMMON, MYBPF_ERR_UNSUPPORTED, "-fno-common"},
    {"absolute symbol", SYMBOL(Y_DATA, st_shndx), SHN_ABS, 0, ""},
    {"global in the license", SYMBOL(Y_DATA, st_shndx), S_LICENSE, MYBPF_ERR_FORMAT, "number"},
    {"global outside", SYMBOL(Y_DATA, st_value), 17, MYBPF_ERR_FORMAT, "outside"},
    {"global at the end", SYMBOL(Y_DATA, st_value), 8, 0, ""},
    {"map elsewhere", SYMBOL(Y_MAP, st_value), 8, MYBPF_ERR_FORMAT, "map"},
    {"map outside", SYMBOL(Y_MAP, st_value), 4000, MYBPF_ERR_FORMAT, "map"},
    {"relocation outside", RELOC(0, r_offset), 48, MYBPF_ERR_FORMAT, "offset 48"},
    {"relocation at the top", RELOC(0, r_offset), UINT64_MAX - 7, MYBPF_ERR_FORMAT, "no instruction"},
    {"relocation between instructions", RELOC(0, r_offset), 4, MYBPF_ERR_FORMAT, "offset 4"},
    {"relocation of another instruction", RELOC(0, r_offset), 40, MYBPF_ERR_UNSUPPORTED, "offset 40"},
    {"relocation of half an lddw", RELOC(0, r_offset), 8, MYBPF_ERR_UNSUPPORTED, "offset 8"},
    {"relocation type", RELOC(0, r_info), TO(Y_DATA, 77), MYBPF_ERR_UNSUPPORTED, "type"},
    {"relocation to nothing", RELOC(0, r_info), TO(0, 1), MYBPF_ERR_FORMAT, "symbol 0"},
    {"relocation to no symbol", RELOC(0, r_info), TO(Y_COUNT, 1), MYBPF_ERR_FORMAT, "symbol 6"},
    {"relocation without effect", RELOC(0, r_info), TO(0, 0), 0, ""},
    {"call of a missing symbol", RELOC(2, r_info), TO(Y_MISSING, 10), MYBPF_ERR_NOT_FOUND, "missing"},
    {"call of a map", RELOC(2, r_info), TO(Y_MAP, 10), MYBPF_ERR_NOT_FOUND, "map"},
    {"call into the middle", CODE(4), 0, MYBPF_ERR_FORMAT, "func"},
    {"call beyond", CODE(4), INT32_MAX, MYBPF_ERR_FORMAT, "func"},
    {"call before", CODE(4), (uint32_t)-2, MYBPF_ERR_FORMAT, "func"},
    {"addend outside", CODE(0), 17, MYBPF_ERR_FORMAT, "number"},
    {"negative addend", CODE(0), (uint32_t)-1, MYBPF_ERR_FORMAT, "number"},
    {"addend of 64 bits", CODE(1), 1, MYBPF_ERR_FORMAT, "number"},
    {"pointer outside", DATA_RELOC(r_offset), 9, MYBPF_ERR_FORMAT, ".data"},
    {"pointer at the top", DATA_RELOC(r_offset), UINT64_MAX, MYBPF_ERR_FORMAT, ".data"},
    {"pointer of 4 bytes", DATA_RELOC(r_info), TO(Y_FUNC, 3), MYBPF_ERR_UNSUPPORTED, "8 bytes"},
    {"pointer to a map", DATA_RELOC(r_info), TO(Y_MAP, 2), MYBPF_ERR_UNSUPPORTED, "map"},
    {"pointer to nothing", DATA_RELOC(r_info), TO(Y_MISSING, 2), MYBPF_ERR_NOT_FOUND, "missing"},
    {"pointer to data", DATA_RELOC(r_info), TO(Y_DATA, 2), 0, ""},
};

static size_t break_place(const elf_file *file, int place)
{
    switch (place) {
    case 1: return file->headers;
    case 2: return file->at[S_SYMBOLS];
    case 3: return file->at[S_CODE_REL];
    case 4: return file->at[S_DATA_REL];
    case 5: return file->at[S_CODE];
    default: return 0;
    }
}

TEST(load, broken_elf)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < sizeof breaks / sizeof *breaks; i++) {
        elf_file file;
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("%s", breaks[i].what);
        elf_build(&file);
        elf_patch(&file, break_place(&file, breaks[i].place) + breaks[i].offset, breaks[i].width,
                  breaks[i].value);
        CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), breaks[i].status);
        if (!strstr(error.message, breaks[i].message)) CHECK_TEXT(error.message, breaks[i].message);
        CHECK_INT(error.message[0] != 0, breaks[i].status != 0);
        CHECK_INT(object != NULL, breaks[i].status == 0);
        if (object) CHECK_INT(object_run(object, "run", 0), 7);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(load, other_files)
{
    static const struct {
        const char *what, *bytes;
        size_t size;
        int status;
    } rows[] = {
        {"empty", "", 0, MYBPF_ERR_FORMAT},
        {"one byte", "\177", 1, MYBPF_ERR_FORMAT},
        {"text", "#!/bin/sh\n", 10, MYBPF_ERR_FORMAT},
        {"magic alone", "\177ELF", 4, MYBPF_ERR_FORMAT},
        {"zeroes", "\0\0\0\0\0\0\0\0", 8, MYBPF_ERR_FORMAT},
        {"an archive", "!<arch>\n", 8, MYBPF_ERR_FORMAT},
    };
    mybpf_vm *vm = vm_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("%s", rows[i].what);
        int status = rows[i].status;
#ifdef MYBPF_NO_ELF
        if (rows[i].bytes[0] == '\177' && rows[i].size > 1) status = MYBPF_ERR_UNSUPPORTED;
#endif
        CHECK_INT(mybpf_object_open(vm, rows[i].bytes, rows[i].size, &object, &error), status);
        CHECK(!object && error.message[0]);
    }
    mybpf_vm_destroy(vm);
}

/* A whole header of the other byte order. */
TEST(load, other_byte_order)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    elf_file file;
    elf_build(&file);
    for (size_t at = 16; at < 20; at += 2) { /* type and machine */
        uint8_t low = file.bytes[at];
        file.bytes[at] = file.bytes[at + 1];
        file.bytes[at + 1] = low;
    }
    file.bytes[EI_DATA] = MYBPF_BIG_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
    memset(file.bytes + offsetof(Elf64_Ehdr, e_shoff), 0, 8);
    memset(file.bytes + offsetof(Elf64_Ehdr, e_shnum), 0, 4);
    CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), MYBPF_ERR_TARGET);
    CHECK(strstr(error.message, "endian") != NULL);
    mybpf_vm_destroy(vm);
}

/* What clang makes for the one and for the other. */
TEST(load, both_byte_orders)
{
    NEEDS_ELF();
    static const char *const names[] = {"load_bpfel", "load_bpfeb"};
    for (int big = 0; big < 2; big++) {
        mybpf_vm *vm = vm_new();
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        size_t size = 0;
        uint8_t *bytes = object_bytes(names[big], &size);
        CASE("%s", names[big]);
        int status = mybpf_object_open(vm, bytes, size, &object, &error);
        if (big == MYBPF_BIG_ENDIAN) {
            CHECK_TEXT(error.message, "");
            if (object) CHECK_INT(object_run(object, "first_byte", 0), big ? 0 : 42);
        } else {
            CHECK_INT(status, MYBPF_ERR_TARGET);
            CHECK_TEXT(error.message,
                       big ? "big-endian object on a little-endian machine: compile it with -target bpfel"
                           : "little-endian object on a big-endian machine: compile it with -target bpfeb");
        }
        mybpf_object_close(object);
        free(bytes);
        mybpf_vm_destroy(vm);
    }
}

/* Names come from the file; a message stays one printable line. */
TEST(load, odd_names)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_new();
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    elf_file file;
    elf_build(&file);
    elf_patch(&file, file.at[S_CODE_REL] + 32 + 8, 8, TO(Y_MISSING, 10));
    memcpy(file.bytes + file.at[S_NAMES] + 84, "m\033[\nsin", 7);
    CHECK_INT(mybpf_object_open(vm, file.bytes, file.size, &object, &error), MYBPF_ERR_NOT_FOUND);
    CHECK(strstr(error.message, "m?[?sin") != NULL);
    mybpf_vm_destroy(vm);
}

/* Opens, loads and runs whatever the bytes are. Accepting and refusing are both right: nothing may crash,
 * and a refusal is one line. The bytes are copied so that a sanitizer sees their end. */
static void try_bytes(mybpf_vm *vm, const uint8_t *from, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1);
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    memcpy(bytes, from, size);
    int status = mybpf_object_open(vm, bytes, size, &object, &error);
    free(bytes);
    load.trust = MYBPF_GUARDED;
    if (!status) status = mybpf_object_load(object, &load, &error);
    if (status) {
        CHECK_INT(error.code, status);
        CHECK(error.message[0] && !strchr(error.message, '\n'));
    }
    run.max_steps = 1000;
    for (size_t i = 0; !status && mybpf_object_program(object, i); i++)
        mybpf_program_run(mybpf_object_program(object, i), &run, NULL, &error);
    mybpf_object_close(object);
}

/* Every prefix of the file, and every byte of it changed in `flips` ways. */
static void try_damaged(const uint8_t *whole, size_t size, int flips)
{
    static const uint8_t masks[] = {0xff, 0x01, 0x80, 0x08};
    mybpf_vm *vm = vm_new();
    uint8_t *bytes = malloc(size);
    memcpy(bytes, whole, size);
    for (size_t length = 0; length < size; length++) try_bytes(vm, bytes, length);
    for (size_t at = 0; at < size; at++)
        for (int flip = 0; flip < flips; flip++) {
            CASE("byte %zu ^ 0x%x", at, masks[flip]);
            bytes[at] = whole[at] ^ masks[flip];
            try_bytes(vm, bytes, size);
            bytes[at] = whole[at];
        }
    free(bytes);
    mybpf_vm_destroy(vm);
}

TEST(load, damaged_small)
{
    NEEDS_ELF();
    elf_file file;
    elf_build(&file);
    try_damaged(file.bytes, file.size, 4);
}

TEST(load, damaged_btf)
{
    NEEDS_ELF();
    size_t size = 0;
    uint8_t *bytes = object_bytes("load_maps", &size);
    CHECK(bytes != NULL);
    if (bytes) try_damaged(bytes, size, 1);
    free(bytes);
}
