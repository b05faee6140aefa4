/* ops.h: the instruction table, the one place that names every instruction.
 *
 * From it come the enum below, decoding, the structural checks, the disassembler and the assembler,
 * the interpreter's handlers, the code generator's translation and the tests' enumeration.
 *
 * X(name, code, select, value, format, width, symbol, mnemonic, group, cpu)
 *   code      the opcode byte (RFC 9669 section 3)
 *   select    the field that tells instructions of one opcode apart: NONE, OFF, IMM or SRC,
 *   value     and what it must hold
 *   format    operands, reserved fields and text: see MYBPF_FORMATS
 *   width     bytes the operation works on: 4 or 8 for arithmetic, the access size for memory
 *   symbol    operator or type in LLVM's syntax
 *   mnemonic  name in the classic (ubpf) syntax
 *   group     conformance group; LINUX marks what Linux has beyond RFC 9669
 *   cpu       the first -mcpu version that has it
 */
#ifndef MYBPF__OPS_H
#define MYBPF__OPS_H

/* clang-format off */
#define MYBPF_OPS(X) \
    /* ALU (32-bit) */                                                                             \
    X(ADD32_IMM,           0x04, NONE, 0,     ALU_IMM,        4, "+=",       "add32",           BASE32,   V1) \
    X(ADD32_REG,           0x0c, NONE, 0,     ALU_REG,        4, "+=",       "add32",           BASE32,   V1) \
    X(SUB32_IMM,           0x14, NONE, 0,     ALU_IMM,        4, "-=",       "sub32",           BASE32,   V1) \
    X(SUB32_REG,           0x1c, NONE, 0,     ALU_REG,        4, "-=",       "sub32",           BASE32,   V1) \
    X(MUL32_IMM,           0x24, NONE, 0,     ALU_IMM,        4, "*=",       "mul32",           DIVMUL32, V1) \
    X(MUL32_REG,           0x2c, NONE, 0,     ALU_REG,        4, "*=",       "mul32",           DIVMUL32, V1) \
    X(DIV32_IMM,           0x34, NONE, 0,     ALU_IMM,        4, "/=",       "div32",           DIVMUL32, V1) \
    X(DIV32_REG,           0x3c, NONE, 0,     ALU_REG,        4, "/=",       "div32",           DIVMUL32, V1) \
    X(SDIV32_IMM,          0x34, OFF,  1,     ALU_IMM,        4, "s/=",      "sdiv32",          DIVMUL32, V4) \
    X(SDIV32_REG,          0x3c, OFF,  1,     ALU_REG,        4, "s/=",      "sdiv32",          DIVMUL32, V4) \
    X(OR32_IMM,            0x44, NONE, 0,     ALU_IMM,        4, "|=",       "or32",            BASE32,   V1) \
    X(OR32_REG,            0x4c, NONE, 0,     ALU_REG,        4, "|=",       "or32",            BASE32,   V1) \
    X(AND32_IMM,           0x54, NONE, 0,     ALU_IMM,        4, "&=",       "and32",           BASE32,   V1) \
    X(AND32_REG,           0x5c, NONE, 0,     ALU_REG,        4, "&=",       "and32",           BASE32,   V1) \
    X(LSH32_IMM,           0x64, NONE, 0,     ALU_IMM,        4, "<<=",      "lsh32",           BASE32,   V1) \
    X(LSH32_REG,           0x6c, NONE, 0,     ALU_REG,        4, "<<=",      "lsh32",           BASE32,   V1) \
    X(RSH32_IMM,           0x74, NONE, 0,     ALU_IMM,        4, ">>=",      "rsh32",           BASE32,   V1) \
    X(RSH32_REG,           0x7c, NONE, 0,     ALU_REG,        4, ">>=",      "rsh32",           BASE32,   V1) \
    X(MOD32_IMM,           0x94, NONE, 0,     ALU_IMM,        4, "%=",       "mod32",           DIVMUL32, V1) \
    X(MOD32_REG,           0x9c, NONE, 0,     ALU_REG,        4, "%=",       "mod32",           DIVMUL32, V1) \
    X(SMOD32_IMM,          0x94, OFF,  1,     ALU_IMM,        4, "s%=",      "smod32",          DIVMUL32, V4) \
    X(SMOD32_REG,          0x9c, OFF,  1,     ALU_REG,        4, "s%=",      "smod32",          DIVMUL32, V4) \
    X(XOR32_IMM,           0xa4, NONE, 0,     ALU_IMM,        4, "^=",       "xor32",           BASE32,   V1) \
    X(XOR32_REG,           0xac, NONE, 0,     ALU_REG,        4, "^=",       "xor32",           BASE32,   V1) \
    X(MOV32_IMM,           0xb4, NONE, 0,     ALU_IMM,        4, "=",        "mov32",           BASE32,   V1) \
    X(MOV32_REG,           0xbc, NONE, 0,     ALU_REG,        4, "=",        "mov32",           BASE32,   V1) \
    X(ARSH32_IMM,          0xc4, NONE, 0,     ALU_IMM,        4, "s>>=",     "arsh32",          BASE32,   V1) \
    X(ARSH32_REG,          0xcc, NONE, 0,     ALU_REG,        4, "s>>=",     "arsh32",          BASE32,   V1) \
    X(NEG32,               0x84, NONE, 0,     ALU_NEG,        4, "-",        "neg32",           BASE32,   V1) \
    X(MOVSX8_32,           0xbc, OFF,  8,     ALU_MOVSX,      4, "s8",       "movsx832",        BASE32,   V4) \
    X(MOVSX16_32,          0xbc, OFF,  16,    ALU_MOVSX,      4, "s16",      "movsx1632",       BASE32,   V4) \
    /* ALU64 */                                                                                    \
    X(ADD64_IMM,           0x07, NONE, 0,     ALU_IMM,        8, "+=",       "add",             BASE64,   V1) \
    X(ADD64_REG,           0x0f, NONE, 0,     ALU_REG,        8, "+=",       "add",             BASE64,   V1) \
    X(SUB64_IMM,           0x17, NONE, 0,     ALU_IMM,        8, "-=",       "sub",             BASE64,   V1) \
    X(SUB64_REG,           0x1f, NONE, 0,     ALU_REG,        8, "-=",       "sub",             BASE64,   V1) \
    X(MUL64_IMM,           0x27, NONE, 0,     ALU_IMM,        8, "*=",       "mul",             DIVMUL64, V1) \
    X(MUL64_REG,           0x2f, NONE, 0,     ALU_REG,        8, "*=",       "mul",             DIVMUL64, V1) \
    X(DIV64_IMM,           0x37, NONE, 0,     ALU_IMM,        8, "/=",       "div",             DIVMUL64, V1) \
    X(DIV64_REG,           0x3f, NONE, 0,     ALU_REG,        8, "/=",       "div",             DIVMUL64, V1) \
    X(SDIV64_IMM,          0x37, OFF,  1,     ALU_IMM,        8, "s/=",      "sdiv",            DIVMUL64, V4) \
    X(SDIV64_REG,          0x3f, OFF,  1,     ALU_REG,        8, "s/=",      "sdiv",            DIVMUL64, V4) \
    X(OR64_IMM,            0x47, NONE, 0,     ALU_IMM,        8, "|=",       "or",              BASE64,   V1) \
    X(OR64_REG,            0x4f, NONE, 0,     ALU_REG,        8, "|=",       "or",              BASE64,   V1) \
    X(AND64_IMM,           0x57, NONE, 0,     ALU_IMM,        8, "&=",       "and",             BASE64,   V1) \
    X(AND64_REG,           0x5f, NONE, 0,     ALU_REG,        8, "&=",       "and",             BASE64,   V1) \
    X(LSH64_IMM,           0x67, NONE, 0,     ALU_IMM,        8, "<<=",      "lsh",             BASE64,   V1) \
    X(LSH64_REG,           0x6f, NONE, 0,     ALU_REG,        8, "<<=",      "lsh",             BASE64,   V1) \
    X(RSH64_IMM,           0x77, NONE, 0,     ALU_IMM,        8, ">>=",      "rsh",             BASE64,   V1) \
    X(RSH64_REG,           0x7f, NONE, 0,     ALU_REG,        8, ">>=",      "rsh",             BASE64,   V1) \
    X(MOD64_IMM,           0x97, NONE, 0,     ALU_IMM,        8, "%=",       "mod",             DIVMUL64, V1) \
    X(MOD64_REG,           0x9f, NONE, 0,     ALU_REG,        8, "%=",       "mod",             DIVMUL64, V1) \
    X(SMOD64_IMM,          0x97, OFF,  1,     ALU_IMM,        8, "s%=",      "smod",            DIVMUL64, V4) \
    X(SMOD64_REG,          0x9f, OFF,  1,     ALU_REG,        8, "s%=",      "smod",            DIVMUL64, V4) \
    X(XOR64_IMM,           0xa7, NONE, 0,     ALU_IMM,        8, "^=",       "xor",             BASE64,   V1) \
    X(XOR64_REG,           0xaf, NONE, 0,     ALU_REG,        8, "^=",       "xor",             BASE64,   V1) \
    X(MOV64_IMM,           0xb7, NONE, 0,     ALU_IMM,        8, "=",        "mov",             BASE64,   V1) \
    X(MOV64_REG,           0xbf, NONE, 0,     ALU_REG,        8, "=",        "mov",             BASE64,   V1) \
    X(ARSH64_IMM,          0xc7, NONE, 0,     ALU_IMM,        8, "s>>=",     "arsh",            BASE64,   V1) \
    X(ARSH64_REG,          0xcf, NONE, 0,     ALU_REG,        8, "s>>=",     "arsh",            BASE64,   V1) \
    X(NEG64,               0x87, NONE, 0,     ALU_NEG,        8, "-",        "neg",             BASE64,   V1) \
    X(MOVSX8_64,           0xbf, OFF,  8,     ALU_MOVSX,      8, "s8",       "movsx864",        BASE64,   V4) \
    X(MOVSX16_64,          0xbf, OFF,  16,    ALU_MOVSX,      8, "s16",      "movsx1664",       BASE64,   V4) \
    X(MOVSX32_64,          0xbf, OFF,  32,    ALU_MOVSX,      8, "s32",      "movsx3264",       BASE64,   V4) \
    /* byte order; the immediate is the width in bits */                                           \
    X(LE16,                0xd4, IMM,  16,    ALU_END,        2, "le16",     "le16",            BASE32,   V1) \
    X(LE32,                0xd4, IMM,  32,    ALU_END,        4, "le32",     "le32",            BASE32,   V1) \
    X(LE64,                0xd4, IMM,  0x40,  ALU_END,        8, "le64",     "le64",            BASE64,   V1) \
    X(BE16,                0xdc, IMM,  16,    ALU_END,        2, "be16",     "be16",            BASE32,   V1) \
    X(BE32,                0xdc, IMM,  32,    ALU_END,        4, "be32",     "be32",            BASE32,   V1) \
    X(BE64,                0xdc, IMM,  0x40,  ALU_END,        8, "be64",     "be64",            BASE64,   V1) \
    X(BSWAP16,             0xd7, IMM,  16,    ALU_END,        2, "bswap16",  "swap16",          BASE32,   V4) \
    X(BSWAP32,             0xd7, IMM,  32,    ALU_END,        4, "bswap32",  "swap32",          BASE32,   V4) \
    X(BSWAP64,             0xd7, IMM,  0x40,  ALU_END,        8, "bswap64",  "swap64",          BASE64,   V4) \
    /* jumps */                                                                                    \
    X(JA,                  0x05, NONE, 0,     JA,             0, "goto",     "ja",              BASE32,   V1) \
    X(JA32,                0x06, NONE, 0,     JA32,           0, "gotol",    "ja32",            BASE32,   V4) \
    X(JEQ64_IMM,           0x15, NONE, 0,     JCC_IMM,        8, "==",       "jeq",             BASE64,   V1) \
    X(JEQ64_REG,           0x1d, NONE, 0,     JCC_REG,        8, "==",       "jeq",             BASE64,   V1) \
    X(JGT64_IMM,           0x25, NONE, 0,     JCC_IMM,        8, ">",        "jgt",             BASE64,   V1) \
    X(JGT64_REG,           0x2d, NONE, 0,     JCC_REG,        8, ">",        "jgt",             BASE64,   V1) \
    X(JGE64_IMM,           0x35, NONE, 0,     JCC_IMM,        8, ">=",       "jge",             BASE64,   V1) \
    X(JGE64_REG,           0x3d, NONE, 0,     JCC_REG,        8, ">=",       "jge",             BASE64,   V1) \
    X(JSET64_IMM,          0x45, NONE, 0,     JCC_IMM,        8, "&",        "jset",            BASE64,   V1) \
    X(JSET64_REG,          0x4d, NONE, 0,     JCC_REG,        8, "&",        "jset",            BASE64,   V1) \
    X(JNE64_IMM,           0x55, NONE, 0,     JCC_IMM,        8, "!=",       "jne",             BASE64,   V1) \
    X(JNE64_REG,           0x5d, NONE, 0,     JCC_REG,        8, "!=",       "jne",             BASE64,   V1) \
    X(JSGT64_IMM,          0x65, NONE, 0,     JCC_IMM,        8, "s>",       "jsgt",            BASE64,   V1) \
    X(JSGT64_REG,          0x6d, NONE, 0,     JCC_REG,        8, "s>",       "jsgt",            BASE64,   V1) \
    X(JSGE64_IMM,          0x75, NONE, 0,     JCC_IMM,        8, "s>=",      "jsge",            BASE64,   V1) \
    X(JSGE64_REG,          0x7d, NONE, 0,     JCC_REG,        8, "s>=",      "jsge",            BASE64,   V1) \
    X(JLT64_IMM,           0xa5, NONE, 0,     JCC_IMM,        8, "<",        "jlt",             BASE64,   V2) \
    X(JLT64_REG,           0xad, NONE, 0,     JCC_REG,        8, "<",        "jlt",             BASE64,   V2) \
    X(JLE64_IMM,           0xb5, NONE, 0,     JCC_IMM,        8, "<=",       "jle",             BASE64,   V2) \
    X(JLE64_REG,           0xbd, NONE, 0,     JCC_REG,        8, "<=",       "jle",             BASE64,   V2) \
    X(JSLT64_IMM,          0xc5, NONE, 0,     JCC_IMM,        8, "s<",       "jslt",            BASE64,   V2) \
    X(JSLT64_REG,          0xcd, NONE, 0,     JCC_REG,        8, "s<",       "jslt",            BASE64,   V2) \
    X(JSLE64_IMM,          0xd5, NONE, 0,     JCC_IMM,        8, "s<=",      "jsle",            BASE64,   V2) \
    X(JSLE64_REG,          0xdd, NONE, 0,     JCC_REG,        8, "s<=",      "jsle",            BASE64,   V2) \
    X(JEQ32_IMM,           0x16, NONE, 0,     JCC_IMM,        4, "==",       "jeq32",           BASE32,   V3) \
    X(JEQ32_REG,           0x1e, NONE, 0,     JCC_REG,        4, "==",       "jeq32",           BASE32,   V3) \
    X(JGT32_IMM,           0x26, NONE, 0,     JCC_IMM,        4, ">",        "jgt32",           BASE32,   V3) \
    X(JGT32_REG,           0x2e, NONE, 0,     JCC_REG,        4, ">",        "jgt32",           BASE32,   V3) \
    X(JGE32_IMM,           0x36, NONE, 0,     JCC_IMM,        4, ">=",       "jge32",           BASE32,   V3) \
    X(JGE32_REG,           0x3e, NONE, 0,     JCC_REG,        4, ">=",       "jge32",           BASE32,   V3) \
    X(JSET32_IMM,          0x46, NONE, 0,     JCC_IMM,        4, "&",        "jset32",          BASE32,   V3) \
    X(JSET32_REG,          0x4e, NONE, 0,     JCC_REG,        4, "&",        "jset32",          BASE32,   V3) \
    X(JNE32_IMM,           0x56, NONE, 0,     JCC_IMM,        4, "!=",       "jne32",           BASE32,   V3) \
    X(JNE32_REG,           0x5e, NONE, 0,     JCC_REG,        4, "!=",       "jne32",           BASE32,   V3) \
    X(JSGT32_IMM,          0x66, NONE, 0,     JCC_IMM,        4, "s>",       "jsgt32",          BASE32,   V3) \
    X(JSGT32_REG,          0x6e, NONE, 0,     JCC_REG,        4, "s>",       "jsgt32",          BASE32,   V3) \
    X(JSGE32_IMM,          0x76, NONE, 0,     JCC_IMM,        4, "s>=",      "jsge32",          BASE32,   V3) \
    X(JSGE32_REG,          0x7e, NONE, 0,     JCC_REG,        4, "s>=",      "jsge32",          BASE32,   V3) \
    X(JLT32_IMM,           0xa6, NONE, 0,     JCC_IMM,        4, "<",        "jlt32",           BASE32,   V3) \
    X(JLT32_REG,           0xae, NONE, 0,     JCC_REG,        4, "<",        "jlt32",           BASE32,   V3) \
    X(JLE32_IMM,           0xb6, NONE, 0,     JCC_IMM,        4, "<=",       "jle32",           BASE32,   V3) \
    X(JLE32_REG,           0xbe, NONE, 0,     JCC_REG,        4, "<=",       "jle32",           BASE32,   V3) \
    X(JSLT32_IMM,          0xc6, NONE, 0,     JCC_IMM,        4, "s<",       "jslt32",          BASE32,   V3) \
    X(JSLT32_REG,          0xce, NONE, 0,     JCC_REG,        4, "s<",       "jslt32",          BASE32,   V3) \
    X(JSLE32_IMM,          0xd6, NONE, 0,     JCC_IMM,        4, "s<=",      "jsle32",          BASE32,   V3) \
    X(JSLE32_REG,          0xde, NONE, 0,     JCC_REG,        4, "s<=",      "jsle32",          BASE32,   V3) \
    /* calls and the end */                                                                        \
    X(CALL,                0x85, SRC,  0,     CALL,           0, "call",     "call",            BASE32,   V1) \
    X(CALL_LOCAL,          0x85, SRC,  1,     CALL_LOCAL,     0, "call",     "call",            BASE32,   V1) \
    X(CALL_KFUNC,          0x85, SRC,  2,     CALL_KFUNC,     0, "call",     "call",            BASE32,   V1) \
    X(CALLX,               0x8d, NONE, 0,     CALLX,          0, "callx",    "callx",           LINUX,    V1) \
    X(EXIT,                0x95, NONE, 0,     EXIT,           0, "exit",     "exit",            BASE32,   V1) \
    X(MAY_GOTO,            0xe5, SRC,  0,     MAY_GOTO,       0, "may_goto", "may_goto",        LINUX,    V4) \
    /* loads and stores */                                                                         \
    X(LDDW,                0x18, NONE, 0,     LDDW,           8, "ll",       "lddw",            BASE64,   V1) \
    X(LD_ABS_B,            0x30, NONE, 0,     LD_ABS,         1, "u8",       "ldabsb",          PACKET,   V1) \
    X(LD_ABS_H,            0x28, NONE, 0,     LD_ABS,         2, "u16",      "ldabsh",          PACKET,   V1) \
    X(LD_ABS_W,            0x20, NONE, 0,     LD_ABS,         4, "u32",      "ldabsw",          PACKET,   V1) \
    X(LD_IND_B,            0x50, NONE, 0,     LD_IND,         1, "u8",       "ldindb",          PACKET,   V1) \
    X(LD_IND_H,            0x48, NONE, 0,     LD_IND,         2, "u16",      "ldindh",          PACKET,   V1) \
    X(LD_IND_W,            0x40, NONE, 0,     LD_IND,         4, "u32",      "ldindw",          PACKET,   V1) \
    X(LDX_B,               0x71, NONE, 0,     LDX,            1, "u8",       "ldxb",            BASE32,   V1) \
    X(LDX_H,               0x69, NONE, 0,     LDX,            2, "u16",      "ldxh",            BASE32,   V1) \
    X(LDX_W,               0x61, NONE, 0,     LDX,            4, "u32",      "ldxw",            BASE32,   V1) \
    X(LDX_DW,              0x79, NONE, 0,     LDX,            8, "u64",      "ldxdw",           BASE64,   V1) \
    X(LDXSX_B,             0x91, NONE, 0,     LDX,            1, "s8",       "ldxsb",           BASE64,   V4) \
    X(LDXSX_H,             0x89, NONE, 0,     LDX,            2, "s16",      "ldxsh",           BASE64,   V4) \
    X(LDXSX_W,             0x81, NONE, 0,     LDX,            4, "s32",      "ldxsw",           BASE64,   V4) \
    X(ST_B,                0x72, NONE, 0,     ST,             1, "u8",       "stb",             BASE32,   V1) \
    X(ST_H,                0x6a, NONE, 0,     ST,             2, "u16",      "sth",             BASE32,   V1) \
    X(ST_W,                0x62, NONE, 0,     ST,             4, "u32",      "stw",             BASE32,   V1) \
    X(ST_DW,               0x7a, NONE, 0,     ST,             8, "u64",      "stdw",            BASE64,   V1) \
    X(STX_B,               0x73, NONE, 0,     STX,            1, "u8",       "stxb",            BASE32,   V1) \
    X(STX_H,               0x6b, NONE, 0,     STX,            2, "u16",      "stxh",            BASE32,   V1) \
    X(STX_W,               0x63, NONE, 0,     STX,            4, "u32",      "stxw",            BASE32,   V1) \
    X(STX_DW,              0x7b, NONE, 0,     STX,            8, "u64",      "stxdw",           BASE64,   V1) \
    /* atomics; the immediate is the operation, its bit 0 BPF_FETCH */                             \
    X(ATOMIC_ADD32,        0xc3, IMM,  0,     ATOMIC,         4, "+=",       "add",             ATOMIC32, V1) \
    X(ATOMIC_FETCH_ADD32,  0xc3, IMM,  1,     ATOMIC_FETCH,   4, "+=",       "add",             ATOMIC32, V3) \
    X(ATOMIC_OR32,         0xc3, IMM,  0x40,  ATOMIC,         4, "|=",       "or",              ATOMIC32, V3) \
    X(ATOMIC_FETCH_OR32,   0xc3, IMM,  0x41,  ATOMIC_FETCH,   4, "|=",       "or",              ATOMIC32, V3) \
    X(ATOMIC_AND32,        0xc3, IMM,  0x50,  ATOMIC,         4, "&=",       "and",             ATOMIC32, V3) \
    X(ATOMIC_FETCH_AND32,  0xc3, IMM,  0x51,  ATOMIC_FETCH,   4, "&=",       "and",             ATOMIC32, V3) \
    X(ATOMIC_XOR32,        0xc3, IMM,  0xa0,  ATOMIC,         4, "^=",       "xor",             ATOMIC32, V3) \
    X(ATOMIC_FETCH_XOR32,  0xc3, IMM,  0xa1,  ATOMIC_FETCH,   4, "^=",       "xor",             ATOMIC32, V3) \
    X(ATOMIC_XCHG32,       0xc3, IMM,  0xe1,  ATOMIC_XCHG,    4, "xchg",     "xchg",            ATOMIC32, V3) \
    X(ATOMIC_CMPXCHG32,    0xc3, IMM,  0xf1,  ATOMIC_CMPXCHG, 4, "cmpxchg",  "cmpxchg",         ATOMIC32, V3) \
    X(ATOMIC_ADD64,        0xdb, IMM,  0,     ATOMIC,         8, "+=",       "add",             ATOMIC64, V1) \
    X(ATOMIC_FETCH_ADD64,  0xdb, IMM,  1,     ATOMIC_FETCH,   8, "+=",       "add",             ATOMIC64, V3) \
    X(ATOMIC_OR64,         0xdb, IMM,  0x40,  ATOMIC,         8, "|=",       "or",              ATOMIC64, V3) \
    X(ATOMIC_FETCH_OR64,   0xdb, IMM,  0x41,  ATOMIC_FETCH,   8, "|=",       "or",              ATOMIC64, V3) \
    X(ATOMIC_AND64,        0xdb, IMM,  0x50,  ATOMIC,         8, "&=",       "and",             ATOMIC64, V3) \
    X(ATOMIC_FETCH_AND64,  0xdb, IMM,  0x51,  ATOMIC_FETCH,   8, "&=",       "and",             ATOMIC64, V3) \
    X(ATOMIC_XOR64,        0xdb, IMM,  0xa0,  ATOMIC,         8, "^=",       "xor",             ATOMIC64, V3) \
    X(ATOMIC_FETCH_XOR64,  0xdb, IMM,  0xa1,  ATOMIC_FETCH,   8, "^=",       "xor",             ATOMIC64, V3) \
    X(ATOMIC_XCHG64,       0xdb, IMM,  0xe1,  ATOMIC_XCHG,    8, "xchg",     "xchg",            ATOMIC64, V3) \
    X(ATOMIC_CMPXCHG64,    0xdb, IMM,  0xf1,  ATOMIC_CMPXCHG, 8, "cmpxchg",  "cmpxchg",         ATOMIC64, V3) \
    X(LOAD_ACQ_B,          0xd3, IMM,  0x100, LOAD_ACQ,       1, "u8",       "load_acquireb",   LINUX,    V4) \
    X(LOAD_ACQ_H,          0xcb, IMM,  0x100, LOAD_ACQ,       2, "u16",      "load_acquireh",   LINUX,    V4) \
    X(LOAD_ACQ_W,          0xc3, IMM,  0x100, LOAD_ACQ,       4, "u32",      "load_acquirew",   LINUX,    V4) \
    X(LOAD_ACQ_DW,         0xdb, IMM,  0x100, LOAD_ACQ,       8, "u64",      "load_acquiredw",  LINUX,    V4) \
    X(STORE_REL_B,         0xd3, IMM,  0x110, STORE_REL,      1, "u8",       "store_releaseb",  LINUX,    V4) \
    X(STORE_REL_H,         0xcb, IMM,  0x110, STORE_REL,      2, "u16",      "store_releaseh",  LINUX,    V4) \
    X(STORE_REL_W,         0xc3, IMM,  0x110, STORE_REL,      4, "u32",      "store_releasew",  LINUX,    V4) \
    X(STORE_REL_DW,        0xdb, IMM,  0x110, STORE_REL,      8, "u64",      "store_releasedw", LINUX,    V4)

/* X(format, destination register, source register, offset, immediate): which fields are in use.
 * An unused field must be zero; the field that selects the operation counts as used. */
#define MYBPF_FORMATS(X) \
    X(ALU_IMM,        1, 0, 0, 1) /* dst op= imm */ \
    X(ALU_REG,        1, 1, 0, 0) /* dst op= src */ \
    X(ALU_NEG,        1, 0, 0, 0) /* dst = -dst */ \
    X(ALU_MOVSX,      1, 1, 0, 0) /* dst = (sN)src */ \
    X(ALU_END,        1, 0, 0, 0) /* dst = swap(dst) */ \
    X(JA,             0, 0, 1, 0) /* goto off */ \
    X(JA32,           0, 0, 0, 1) /* gotol imm */ \
    X(JCC_IMM,        1, 0, 1, 1) /* if dst op imm goto off */ \
    X(JCC_REG,        1, 1, 1, 0) /* if dst op src goto off */ \
    X(CALL,           0, 0, 0, 1) /* helper number imm */ \
    X(CALL_LOCAL,     0, 0, 0, 1) /* function at imm */ \
    X(CALL_KFUNC,     0, 0, 1, 1) /* BTF id imm */ \
    X(CALLX,          1, 0, 0, 1) /* register dst; older compilers put its number into imm */ \
    X(EXIT,           0, 0, 0, 0) \
    X(MAY_GOTO,       0, 0, 1, 0) /* goto off when the loop budget is used up */ \
    X(LDDW,           1, 1, 0, 1) /* two slots; src is a BPF_PSEUDO_ kind */ \
    X(LD_ABS,         0, 0, 0, 1) /* r0 = packet[imm] */ \
    X(LD_IND,         0, 1, 0, 1) /* r0 = packet[src + imm] */ \
    X(LDX,            1, 1, 1, 0) /* dst = *(src + off) */ \
    X(ST,             1, 0, 1, 1) /* *(dst + off) = imm */ \
    X(STX,            1, 1, 1, 0) /* *(dst + off) = src */ \
    X(ATOMIC,         1, 1, 1, 0) /* *(dst + off) op= src */ \
    X(ATOMIC_FETCH,   1, 1, 1, 0) /* src = old; *(dst + off) op= src */ \
    X(ATOMIC_XCHG,    1, 1, 1, 0) /* swap(src, *(dst + off)) */ \
    X(ATOMIC_CMPXCHG, 1, 1, 1, 0) /* r0 = old; if (old == r0) *(dst + off) = src */ \
    X(LOAD_ACQ,       1, 1, 1, 0) /* dst = *(src + off) */ \
    X(STORE_REL,      1, 1, 1, 0) /* *(dst + off) = src */
/* clang-format on */

#define MYBPF__OP_ENUM(name, code, select, value, format, width, symbol, mnemonic, group, cpu)     \
    MYBPF_OP_##name,
typedef enum mybpf_op { MYBPF_OPS(MYBPF__OP_ENUM) MYBPF_OP_COUNT } mybpf_op;
#undef MYBPF__OP_ENUM

#define MYBPF__FORMAT_ENUM(name, dst, src, off, imm) MYBPF_FORMAT_##name,
typedef enum mybpf_format { MYBPF_FORMATS(MYBPF__FORMAT_ENUM) MYBPF_FORMAT_COUNT } mybpf_format;
#undef MYBPF__FORMAT_ENUM

#endif
