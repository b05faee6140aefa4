/* load_elf.h: a small ELF object built in memory, for tests that then break it in one place. */
#ifndef LOAD_ELF_H
#define LOAD_ELF_H

#include "mybpf.h"

#include <elf.h>
#include <string.h>

/* The file's sections, in order. */
enum {
    S_NULL,
    S_NAMES,
    S_CODE,
    S_CODE_REL,
    S_DATA,
    S_DATA_REL,
    S_SYMBOLS,
    S_TEXT,
    S_MAPS,
    S_LICENSE,
    S_COUNT
};
/* Its symbols. */
enum { Y_NULL, Y_PROGRAM, Y_FUNC, Y_DATA, Y_MAP, Y_MISSING, Y_COUNT };

typedef struct elf_file {
    uint8_t bytes[2048];
    size_t size;
    size_t at[S_COUNT]; /* where a section's contents stand */
    size_t headers;     /* where the section headers stand */
} elf_file;

static uint32_t elf_add(elf_file *file, int section, const void *data, size_t size)
{
    file->at[section] = file->size;
    memcpy(file->bytes + file->size, data, size);
    file->size += (size + 7) & ~(size_t)7;
    return (uint32_t)size;
}

static void elf_header(elf_file *file, int section, uint32_t name, uint32_t type, uint64_t flags,
                       uint64_t size, uint32_t link, uint32_t info, uint64_t entry)
{
    Elf64_Shdr header;
    memset(&header, 0, sizeof header);
    header.sh_name = name;
    header.sh_type = type;
    header.sh_flags = flags;
    header.sh_offset = file->at[section];
    header.sh_size = size;
    header.sh_link = link;
    header.sh_info = info;
    header.sh_addralign = 8;
    header.sh_entsize = entry;
    memcpy(file->bytes + file->headers + (size_t)section * sizeof header, &header, sizeof header);
}

/* Program "run" in section "xdp" takes the address of 8 bytes in .data and of map "map", and calls "func" in
 * .text, which returns 7; .data holds a pointer to "func". */
static void elf_build(elf_file *file)
{
    static const char names[] = "\0.strtab\0xdp\0.relxdp\0.data\0.rel.data\0.symtab\0.text\0maps\0license\0"
                                "run\0func\0number\0map\0missing";
    static const mybpf_insn code[] = {
        {0x18, 1, 0, 0, 8},  {0, 0, 0, 0, 0}, /* r1 = number + 8 */
        {0x18, 2, 0, 0, 0},  {0, 0, 0, 0, 0}, /* r2 = map */
        {0x85, 0, 1, 0, -1},                  /* call func */
        {0x95, 0, 0, 0, 0},                   /* exit */
    };
    static const mybpf_insn text[] = {{0xb7, 0, 0, 0, 7}, {0x95, 0, 0, 0, 0}}; /* r0 = 7; exit */
    static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint32_t map[] = {2, 4, 8, 1, 0};
    const Elf64_Rel code_rel[] = {{0, ELF64_R_INFO((uint64_t)Y_DATA, 1)},
                                  {16, ELF64_R_INFO((uint64_t)Y_MAP, 1)},
                                  {32, ELF64_R_INFO((uint64_t)Y_FUNC, 10)}};
    const Elf64_Rel data_rel[] = {{8, ELF64_R_INFO((uint64_t)Y_FUNC, 2)}};
    const Elf64_Sym symbols[Y_COUNT] = {{0, 0, 0, 0, 0, 0},
                                        {64, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, S_CODE, 0, sizeof code},
                                        {68, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, S_TEXT, 0, sizeof text},
                                        {73, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, S_DATA, 0, 16},
                                        {80, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, S_MAPS, 0, sizeof map},
                                        {84, ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), 0, SHN_UNDEF, 0, 0}};
    Elf64_Ehdr header;
    memset(file, 0, sizeof *file);
    file->size = sizeof header;
    elf_add(file, S_NAMES, names, sizeof names);
    elf_add(file, S_CODE, code, sizeof code);
    elf_add(file, S_CODE_REL, code_rel, sizeof code_rel);
    elf_add(file, S_DATA, data, sizeof data);
    elf_add(file, S_DATA_REL, data_rel, sizeof data_rel);
    elf_add(file, S_SYMBOLS, symbols, sizeof symbols);
    elf_add(file, S_TEXT, text, sizeof text);
    elf_add(file, S_MAPS, map, sizeof map);
    elf_add(file, S_LICENSE, "GPL", 4);
    file->headers = file->size;
    file->size += S_COUNT * sizeof(Elf64_Shdr);
    elf_header(file, S_NULL, 0, SHT_NULL, 0, 0, 0, 0, 0);
    elf_header(file, S_NAMES, 1, SHT_STRTAB, 0, sizeof names, 0, 0, 0);
    elf_header(file, S_CODE, 9, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, sizeof code, 0, 0, 0);
    elf_header(file, S_CODE_REL, 13, SHT_REL, 0, sizeof code_rel, S_SYMBOLS, S_CODE, sizeof(Elf64_Rel));
    elf_header(file, S_DATA, 21, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, sizeof data, 0, 0, 0);
    elf_header(file, S_DATA_REL, 27, SHT_REL, 0, sizeof data_rel, S_SYMBOLS, S_DATA, sizeof(Elf64_Rel));
    elf_header(file, S_SYMBOLS, 37, SHT_SYMTAB, 0, sizeof symbols, S_NAMES, 1, sizeof(Elf64_Sym));
    elf_header(file, S_TEXT, 45, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, sizeof text, 0, 0, 0);
    elf_header(file, S_MAPS, 51, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, sizeof map, 0, 0, 0);
    elf_header(file, S_LICENSE, 56, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 4, 0, 0, 0);
    memset(&header, 0, sizeof header);
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = MYBPF_BIG_ENDIAN ? ELFDATA2MSB : ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_REL;
    header.e_machine = EM_BPF;
    header.e_version = EV_CURRENT;
    header.e_shoff = file->headers;
    header.e_ehsize = sizeof header;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = S_COUNT;
    header.e_shstrndx = S_NAMES;
    memcpy(file->bytes, &header, sizeof header);
}

/* Writes `width` low bytes of `value` at `offset`, in the host's byte order. */
static void elf_patch(elf_file *file, size_t offset, size_t width, uint64_t value)
{
    uint8_t bytes[8];
    memcpy(bytes, &value, sizeof bytes);
    memcpy(file->bytes + offset, bytes + (MYBPF_BIG_ENDIAN ? 8 - width : 0), width);
}

#endif
