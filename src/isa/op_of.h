/* op_of.h: which row of the table an instruction is. */
#ifndef MYBPF__OP_OF_H
#define MYBPF__OP_OF_H

#include "insn.h"

#define MYBPF__KEY(code, select, value) ((uint32_t)(code) | (uint32_t)(select) << 8 | (uint32_t)(value) << 16)

/* The row that has this opcode and holds `value` in its selecting field, or -1. Rows that need no
 * selection have small, dense keys: the compiler finds them by one lookup. */
MYBPF__FN int mybpf__op_find(uint8_t code, mybpf_select select, uint16_t value)
{
    switch (MYBPF__KEY(code, select, value)) {
#define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu)                   \
case MYBPF__KEY(code, MYBPF_SELECT_##select, value): return MYBPF_OP_##name;
        MYBPF_OPS(MYBPF__ROW)
#undef MYBPF__ROW
    default: return -1;
    }
}

/* mybpf_insn_op for every header's own use. No row selected by `off` has 0 there (DIV is the plain
 * row, SDIV the selected one), and no opcode has both a plain row and one selected by imm or src. */
MYBPF__FN int mybpf__op_of(const mybpf_insn *insn)
{
    int op = -1;
    if (insn->off) op = mybpf__op_find(insn->code, MYBPF_SELECT_OFF, (uint16_t)insn->off);
    if (op < 0) op = mybpf__op_find(insn->code, MYBPF_SELECT_NONE, 0);
    if (op < 0 && insn->imm >= 0 && insn->imm <= 0xffff)
        op = mybpf__op_find(insn->code, MYBPF_SELECT_IMM, (uint16_t)insn->imm);
    if (op < 0) op = mybpf__op_find(insn->code, MYBPF_SELECT_SRC, insn->src_reg);
    return op;
}

#undef MYBPF__KEY

#endif
