/* codes.h: the parts of an opcode byte, in the words of RFC 9669 sections 4 and 5. */
#ifndef MYBPF__CODES_H
#define MYBPF__CODES_H

#define MYBPF__CLASS(code) ((code)&7u)
enum {
    MYBPF__CLASS_LD,
    MYBPF__CLASS_LDX,
    MYBPF__CLASS_ST,
    MYBPF__CLASS_STX,
    MYBPF__CLASS_ALU,
    MYBPF__CLASS_JMP,
    MYBPF__CLASS_JMP32,
    MYBPF__CLASS_ALU64
};

/* ALU and JMP: the second operand is a register, not the immediate. */
#define MYBPF__BY_REG(code) ((code)&8u)

/* ALU and ALU64: the operation. */
#define MYBPF__OPERATION(code) ((code)&0xf0u)
enum {
    MYBPF__ALU_ADD = 0x00,
    MYBPF__ALU_SUB = 0x10,
    MYBPF__ALU_MUL = 0x20,
    MYBPF__ALU_DIV = 0x30,
    MYBPF__ALU_OR = 0x40,
    MYBPF__ALU_AND = 0x50,
    MYBPF__ALU_LSH = 0x60,
    MYBPF__ALU_RSH = 0x70,
    MYBPF__ALU_NEG = 0x80,
    MYBPF__ALU_MOD = 0x90,
    MYBPF__ALU_XOR = 0xa0,
    MYBPF__ALU_MOV = 0xb0,
    MYBPF__ALU_ARSH = 0xc0,
    MYBPF__ALU_END = 0xd0
};

/* JMP and JMP32: the comparison. */
enum {
    MYBPF__JEQ = 0x10,
    MYBPF__JGT = 0x20,
    MYBPF__JGE = 0x30,
    MYBPF__JSET = 0x40,
    MYBPF__JNE = 0x50,
    MYBPF__JLT = 0xa0,
    MYBPF__JLE = 0xb0
};

/* LD, LDX, ST, STX: the mode. */
#define MYBPF__MODE(code) ((code)&0xe0u)
enum { MYBPF__MODE_MEMSX = 0x80, MYBPF__MODE_ATOMIC = 0xc0 };

/* Whole opcodes. */
enum {
    MYBPF__CODE_ADD64_IMM = 0x07,
    MYBPF__CODE_ADD64_REG = 0x0f,
    MYBPF__CODE_SUB64_REG = 0x1f,
    MYBPF__CODE_MOV64_REG = 0xbf
};

#endif
