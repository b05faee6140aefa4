/* mybpfc_elf.h: the sections of an ELF object, as `readelf -S` and `-r` tell them, for show. With
 * MYBPF_NO_ELF there are none, and no libelf is needed. */
#ifndef MYBPFC_ELF_H
#define MYBPFC_ELF_H

#include "tool.h"

#ifndef MYBPF_NO_ELF
#    include <gelf.h>
#endif

typedef struct elf_section {
    const char *name;
    unsigned long size, entries; /* relocations or symbols; 0 for other sections */
    const char *kind, *target;   /* "relocations" of section `target`; target NULL for other kinds */
} elf_section;

#ifdef MYBPF_NO_ELF

static void each_section(char *bytes, size_t size, void (*each)(void *user, const elf_section *section),
                         void *user)
{
    (void)bytes, (void)size, (void)each, (void)user;
}

static char *section_bytes(char *bytes, size_t size, const char *name, size_t *length)
{
    (void)bytes, (void)size, (void)name;
    *length = 0;
    return NULL;
}

#else

static const char *section_kind(const GElf_Shdr *header)
{
    switch (header->sh_type) {
    case SHT_REL:
    case SHT_RELA: return "relocations";
    case SHT_SYMTAB: return "symbols";
    case SHT_STRTAB: return "strings";
    case SHT_NOBITS: return "zeros";
    default: break;
    }
    if (header->sh_flags & SHF_EXECINSTR) return "code";
    return header->sh_flags & SHF_ALLOC ? (header->sh_flags & SHF_WRITE ? "data" : "read-only data")
                                        : "information";
}

static const char *section_name(Elf *elf, size_t names, Elf_Scn *section)
{
    GElf_Shdr header;
    const char *name =
        section && gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
    return name ? name : "";
}

/* Calls `each` for every section of the ELF file in `bytes`, in order; nothing when it is none. */
static void each_section(char *bytes, size_t size, void (*each)(void *user, const elf_section *section),
                         void *user)
{
    size_t names = 0;
    Elf_Scn *section = NULL;
    if (elf_version(EV_CURRENT) == EV_NONE) return;
    Elf *elf = elf_memory(bytes, size);
    int usable = elf && !elf_getshdrstrndx(elf, &names);
    while (usable && (section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        elf_section told = {section_name(elf, names, section), 0, 0, NULL, NULL};
        if (!gelf_getshdr(section, &header)) continue;
        told.size = (unsigned long)header.sh_size;
        told.kind = section_kind(&header);
        int counted = header.sh_type == SHT_REL || header.sh_type == SHT_RELA || header.sh_type == SHT_SYMTAB;
        if (counted && header.sh_entsize) told.entries = (unsigned long)(header.sh_size / header.sh_entsize);
        if (header.sh_type == SHT_REL || header.sh_type == SHT_RELA)
            told.target = section_name(elf, names, elf_getscn(elf, header.sh_info));
        each(user, &told);
    }
    elf_end(elf);
}

/* The bytes of the first section `name` in the file, NULL when there are none. */
static char *section_bytes(char *bytes, size_t size, const char *name, size_t *length)
{
    size_t names = 0;
    char *found = NULL;
    Elf_Scn *section = NULL;
    if (elf_version(EV_CURRENT) == EV_NONE) return NULL;
    Elf *elf = elf_memory(bytes, size);
    int usable = elf && !elf_getshdrstrndx(elf, &names);
    while (usable && !found && (section = elf_nextscn(elf, section))) {
        GElf_Shdr header;
        if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS || header.sh_offset > size ||
            header.sh_size > size - header.sh_offset || strcmp(section_name(elf, names, section), name))
            continue;
        found = bytes + header.sh_offset;
        *length = (size_t)header.sh_size;
    }
    elf_end(elf);
    return found;
}

#endif /* MYBPF_NO_ELF */

#endif
