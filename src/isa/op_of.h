/* op_of.h: which row of the table an instruction is. */
#ifndef MYBPF__OP_OF_H
#define MYBPF__OP_OF_H

#include "insn.h"

/* The row that this opcode alone tells, else MYBPF_OP_COUNT: one lookup in a table of bytes that the compiler
 * makes. */
MYBPF__FN int mybpf__op_plain(uint8_t code)
{
    switch (code) {
#define MYBPF__PLAIN_NONE(name, code)                                                                        \
case (code):                                                                                                 \
    return MYBPF_OP_##name;
#define MYBPF__PLAIN_OFF(name, code)
#define MYBPF__PLAIN_IMM(name, code)
#define MYBPF__PLAIN_SRC(name, code)
#define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu)                   \
    MYBPF__PLAIN_##select(name, code)
        MYBPF_OPS(MYBPF__ROW)
#undef MYBPF__ROW
#undef MYBPF__PLAIN_NONE
#undef MYBPF__PLAIN_OFF
#undef MYBPF__PLAIN_IMM
#undef MYBPF__PLAIN_SRC
    default: return MYBPF_OP_COUNT;
    }
}

/* The other rows: a field that tells instructions of one opcode apart must hold `value`. */
typedef struct mybpf__selected {
    uint8_t code, op;
    uint16_t select : 2, value : 14;
} mybpf__selected;

MYBPF__UNUSED static const mybpf__selected mybpf__selected_rows[] = {
#define MYBPF__SELECTED_NONE(name, code, value)
#define MYBPF__SELECTED_OFF(name, code, value) {code, MYBPF_OP_##name, MYBPF_SELECT_OFF, value},
#define MYBPF__SELECTED_IMM(name, code, value) {code, MYBPF_OP_##name, MYBPF_SELECT_IMM, value},
#define MYBPF__SELECTED_SRC(name, code, value) {code, MYBPF_OP_##name, MYBPF_SELECT_SRC, value},
#define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu)                   \
    MYBPF__SELECTED_##select(name, code, value)
    MYBPF_OPS(MYBPF__ROW)
#undef MYBPF__ROW
#undef MYBPF__SELECTED_NONE
#undef MYBPF__SELECTED_OFF
#undef MYBPF__SELECTED_IMM
#undef MYBPF__SELECTED_SRC
};
enum { MYBPF__SELECTED_ROWS = sizeof mybpf__selected_rows / sizeof *mybpf__selected_rows };

/* mybpf_insn_op for every header's own use. Of the opcodes with a plain row only arithmetic ones (DIV and
 * SDIV, MOV and MOVSX) have others too, and `off`, when not 0, selects those. */
MYBPF__FN int mybpf__op_of(const mybpf_insn *insn)
{
    int op = mybpf__op_plain(insn->code);
    if (op < MYBPF_OP_COUNT && (!insn->off || ((insn->code & 7) != 4 && (insn->code & 7) != 7))) return op;
    const int32_t fields[] = {0, insn->off, insn->imm, insn->src_reg}; /* as mybpf_select numbers them */
    for (unsigned i = 0; i < MYBPF__SELECTED_ROWS; i++) {
        const mybpf__selected *row = &mybpf__selected_rows[i];
        if (row->code == insn->code && row->value == fields[row->select]) return row->op;
    }
    return op < MYBPF_OP_COUNT ? op : -1;
}

/* MOV64_REG with off 1 is addr_space_cast, from the address space in the lower half of the immediate to that
 * in the upper one: 1 has addresses of an arena as its host and programs keep them, 0 those to access it by.
 * Here both are the same. */
enum { MYBPF__CAST_TO_ACCESS = 1, MYBPF__CAST_TO_KEEP = 0x10000 };

MYBPF__FN int mybpf__is_cast(const mybpf_insn *insn)
{
    return insn->code == 0xbf && insn->off == 1 && insn->imm;
}

#endif
