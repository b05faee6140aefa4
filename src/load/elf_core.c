/* elf_core.c: applies CO-RE relocations to an ELF object's instructions. */
#ifndef MYBPF__ELF_CORE_C
#define MYBPF__ELF_CORE_C

#include "core_types.c"
#include "elf.h"

#ifndef MYBPF_NO_ELF

/* Relocations, while they are applied. */
typedef struct mybpf__elf_relos {
    mybpf__elf *elf;
    mybpf__core core;
    int status; /* of the first that failed */
} mybpf__elf_relos;

/* ---- the target's types ---- */

/* The section .BTF of an ELF file of any machine: of vmlinux, or of an object that declares a host's types.
 */
MYBPF__COLD int mybpf__elf_btf_section(mybpf__elf *elf, const uint8_t **bytes, size_t *size)
{
    size_t names;
    GElf_Shdr header;
    Elf *file = elf_memory((char *)(uintptr_t)*bytes, *size); /* reading writes nothing */
    Elf_Scn *scn = NULL;
    int found = 0;
    if (file && elf_kind(file) == ELF_K_ELF && !elf_getshdrstrndx(file, &names))
        while (!found && (scn = elf_nextscn(file, scn)) != NULL) {
            const char *name = gelf_getshdr(scn, &header) ? elf_strptr(file, names, header.sh_name) : NULL;
            found = name && mybpf__same_text(name, ".BTF") && header.sh_type == SHT_PROGBITS &&
                    header.sh_offset <= *size && header.sh_size <= *size - header.sh_offset;
        }
    if (file) elf_end(file);
    if (!found) return MYBPF__ELF_BAD("the file has no section .BTF");
    *bytes += header.sh_offset;
    *size = (size_t)header.sh_size;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__elf_target_types(mybpf__elf *elf)
{
    const uint8_t *bytes = (const uint8_t *)elf->opts->btf;
    size_t size = elf->opts->btf_size;
    mybpf_error inner, *outer = elf->error;
    mybpf__zero(&inner, sizeof inner);
    elf->error = &inner;
    int status = size >= 4 && mybpf__equal(bytes, "\177ELF", 4) ? mybpf__elf_btf_section(elf, &bytes, &size)
                                                                : MYBPF_OK;
    if (!status) status = mybpf__btf_open(&elf->target, elf->object->vm, bytes, size, &inner);
    elf->error = outer;
    if (!status) return MYBPF_OK;
    return mybpf__fail(outer, status, MYBPF_NO_INSN, "the target's types: %s", inner.message);
}

/* ---- instructions ---- */

MYBPF__COLD int mybpf__elf_poison(mybpf__elf *elf, uint32_t slot, const char *text)
{
    mybpf_insn *insn = &elf->link.insns[slot];
    int64_t id = mybpf__add_note(elf->object, text, &elf->note_capacity, elf->error);
    if (id < 0) return (int)id;
    for (int i = insn->code == 0x18 ? 2 : 1; i--; insn++) {
        mybpf__zero(insn, sizeof *insn);
        insn->code = 0x85;
        insn->imm = (int32_t)id;
    }
    return MYBPF_OK;
}

/* The size of an instruction's access, in bytes, and the opcode's bits for one. */
MYBPF__COLD uint32_t mybpf__elf_access_size(uint8_t code)
{
    static const uint8_t mybpf__sizes[] = {4, 2, 1, 8};
    return mybpf__sizes[code >> 3 & 3];
}

MYBPF__COLD const char *mybpf__elf_patch_memory(mybpf_insn *insn, const mybpf__core_result *result)
{
    static const uint8_t mybpf__bits[] = {0, 0x10, 0x08, 0, 0x00, 0, 0, 0, 0x18};
    if (result->exact && (uint64_t)(int64_t)insn->off != result->before)
        return "the instruction's offset is not that of its own types";
    if (result->after > INT16_MAX) return "the target's offset is too large for the instruction";
    if (result->size_before != result->size_after) {
        if (!result->resizes) return "the target's field has another size, and a sign";
        if (mybpf__elf_access_size(insn->code) != result->size_before || result->size_after > 8 ||
            (result->size_after != 4 && !mybpf__bits[result->size_after]))
            return "the instruction cannot access a field of the target's size";
        insn->code = (uint8_t)((insn->code & ~0x18) | mybpf__bits[result->size_after]);
    }
    insn->off = (int16_t)result->after;
    return NULL;
}

/* Writes the result into an instruction; else the reason why that cannot be. */
MYBPF__COLD const char *mybpf__elf_patch(mybpf_insn *insn, uint32_t left, const mybpf__core_result *result)
{
    uint8_t cls = insn->code & 7;
    if (cls == 4 || cls == 7) { /* ALU, ALU64 */
        if (insn->code & 8) return "the instruction has no immediate";
        if (result->exact && insn->imm != (int32_t)(uint32_t)result->before)
            return "the instruction's immediate is not that of its own types";
        if (result->after >> 32 && (int64_t)result->after != (int32_t)(uint32_t)result->after)
            return "the target's value is too large for the instruction";
        insn->imm = (int32_t)(uint32_t)result->after;
        return NULL;
    }
    if (cls == 1 || cls == 2 || cls == 3) return mybpf__elf_patch_memory(insn, result); /* LDX, ST, STX */
    if (insn->code != 0x18 || left < 2 || insn->src_reg || insn->off || insn[1].code)
        return "the instruction holds no value of types";
    uint64_t held = (uint32_t)insn[0].imm | (uint64_t)(uint32_t)insn[1].imm << 32;
    if (result->exact && held != result->before)
        return "the instruction's value is not that of its own types";
    insn[0].imm = (int32_t)(uint32_t)result->after;
    insn[1].imm = (int32_t)(uint32_t)(result->after >> 32);
    return NULL;
}

MYBPF__COLD int mybpf__elf_core_apply(mybpf__elf_relos *relos, const char *name, const uint8_t *record)
{
    mybpf__elf *elf = relos->elf;
    const mybpf__elf_section *section = mybpf__elf_record_section(elf, name);
    uint32_t offset = mybpf__btf_u32(record), slot;
    mybpf__core_relo relo = {mybpf__btf_u32(record + 4), mybpf__btf_u32(record + 8),
                             mybpf__btf_u32(record + 12)};
    mybpf__core_result result;
    char text[MYBPF__NOTE_MAX];
    if (!section || section->kind != MYBPF__ELF_CODE || offset % 8 || offset >= section->size)
        return MYBPF__ELF_BAD("CO-RE relocation of section %s, offset %u: no instruction is there", name,
                              (unsigned)offset);
    int status = mybpf__core_resolve(&relos->core, &relo, &result, elf->error);
    if (status) return status;
    slot = section->slot + offset / 8;
    if (!result.why)
        result.why =
            mybpf__elf_patch(&elf->link.insns[slot], (uint32_t)((section->size - offset) / 8), &result);
    if (!result.why) return MYBPF_OK;
    mybpf__print(text, sizeof text, "CO-RE %s: %s", result.text, result.why);
    return mybpf__elf_poison(elf, slot, text);
}

MYBPF__COLD void mybpf__elf_core_record(void *user, const char *name, const uint8_t *record)
{
    mybpf__elf_relos *relos = (mybpf__elf_relos *)user;
    if (!relos->status) relos->status = mybpf__elf_core_apply(relos, name, record);
}

MYBPF__COLD int mybpf__elf_core(mybpf__elf *elf)
{
    const mybpf__elf_section *ext = mybpf__elf_find(elf, ".BTF.ext");
    mybpf__elf_relos relos;
    if (!elf->opts || !elf->opts->btf) return MYBPF_OK;
    int status = mybpf__elf_target_types(elf);
    if (status || !elf->btf.count || !ext || !ext->bytes) return status;
    mybpf__zero(&relos, sizeof relos);
    relos.elf = elf;
    status = mybpf__core_open(&relos.core, elf->object->vm, &elf->btf, &elf->target, elf->error);
    if (!status)
        status = mybpf__btf_records(&elf->btf, ext->bytes, ext->size, MYBPF__BTF_CORE, mybpf__elf_core_record,
                                    &relos, elf->error);
    mybpf__core_close(&relos.core);
    return relos.status ? relos.status : status;
}

#endif
#endif
