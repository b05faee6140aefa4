/* fuzz_asm.c: assembler and disassembler. The input is a program text; what assembles must disassemble to
 * text that assembles to the same bytes. It is also taken as instructions, for the disassembler and the
 * field checks. */
#include "mybpf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition) abort();
}

/* Text of `insn` and back. Valid instructions come back as they were. */
static void round_trip(const mybpf_insn *insn, size_t left)
{
    char text[160];
    size_t length = mybpf_disassemble(insn, left, text, sizeof text);
    require(length < sizeof text && length == strlen(text));
    if (mybpf_insn_check(insn, left, NULL)) return;
    mybpf_insn back[2];
    memset(back, 0, sizeof back);
    int64_t slots = mybpf_assemble(text, length, back, 2, NULL);
    require(slots == (insn->code == 0x18 ? 2 : 1));
    if (insn->code == 0x8d && insn->imm) return; /* printed in its newer form */
    require(!memcmp(back, insn, (size_t)slots * sizeof *insn));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mybpf_insn insns[256];
    mybpf_error error;
    int64_t count = mybpf_assemble((const char *)data, size, insns, 256, &error);
    require(count == mybpf_assemble((const char *)data, size, NULL, 0, NULL));
    require(count >= 0 || (error.code == count && error.line && error.message[0]));
    for (int64_t i = 0; i < count && i < 256; i++)
        round_trip(insns + i, (size_t)(count < 256 ? count - i : 256 - i));

    size_t slots = size / sizeof *insns < 256 ? size / sizeof *insns : 256;
    memcpy(insns, data, slots * sizeof *insns);
    for (size_t i = 0; i < slots; i++) round_trip(insns + i, slots - i);
    return 0;
}
