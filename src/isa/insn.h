/* insn.h: one instruction as it stands in memory, and its text. */
#ifndef MYBPF__INSN_H
#define MYBPF__INSN_H

#include "../base/status.h"
#include "ops.h"

/* Layout and field names of linux/bpf.h's struct bpf_insn, in the host's byte order; an array of
 * either may be passed where `const void *insns` is taken. RFC 9669 section 3. */
typedef struct mybpf_insn {
    uint8_t code;
    uint8_t dst_reg : 4;
    uint8_t src_reg : 4;
    int16_t off;
    int32_t imm;
} mybpf_insn;

/* src_reg of an LDDW (names of linux/bpf.h without BPF_): what the 64-bit immediate stands for.
 * Linked code uses the indexed forms alone: 0, FUNC, MAP_IDX and MAP_IDX_VALUE. */
enum {
    MYBPF_PSEUDO_MAP_FD = 1,        /* raw code: index into the maps handed over */
    MYBPF_PSEUDO_MAP_VALUE = 2,     /* raw code: that map's value + second imm */
    MYBPF_PSEUDO_BTF_ID = 3,        /* refused */
    MYBPF_PSEUDO_FUNC = 4,          /* linked: imm is the function's index in mybpf_code.funcs */
    MYBPF_PSEUDO_MAP_IDX = 5,       /* linked: imm is the map's index in mybpf_code.maps */
    MYBPF_PSEUDO_MAP_IDX_VALUE = 6  /* linked: address of that map's value + second imm */
};

/* What a table row says of one instruction. Builds without assembler and messages keep what checking needs. */
typedef struct mybpf_op_info {
#if !defined(MYBPF_NO_ASM) || !defined(MYBPF_NO_MESSAGES)
    const char *name;     /* "ADD64_IMM" */
    const char *symbol;   /* LLVM's operator or type */
    const char *mnemonic; /* classic name */
    int16_t value;
    uint8_t code;
    uint8_t group;        /* mybpf_group */
    uint8_t cpu;          /* 1..4 */
#endif
    uint8_t select : 2;   /* mybpf_select: the field that must hold `value` */
    uint8_t format : 6;   /* mybpf_format */
    uint8_t width;        /* bytes */
} mybpf_op_info;

typedef enum mybpf_select { MYBPF_SELECT_NONE, MYBPF_SELECT_OFF, MYBPF_SELECT_IMM, MYBPF_SELECT_SRC } mybpf_select;

typedef enum mybpf_group {
    MYBPF_GROUP_BASE32, MYBPF_GROUP_BASE64, MYBPF_GROUP_ATOMIC32, MYBPF_GROUP_ATOMIC64,
    MYBPF_GROUP_DIVMUL32, MYBPF_GROUP_DIVMUL64, MYBPF_GROUP_PACKET, MYBPF_GROUP_LINUX
} mybpf_group;

/* The operation of an instruction, or -1 when no row fits. Register numbers and reserved fields
 * are not looked at: mybpf_insn_check does that. Any thread. */
MYBPF_API int mybpf_insn_op(const mybpf_insn *insn);
/* The row of `op` (0 <= op < MYBPF_OP_COUNT), else NULL. */
MYBPF_API const mybpf_op_info *mybpf_op_describe(int op);
/* Known operation, registers in range, reserved fields zero (RFC 9669: "SHOULD be 0" is enforced).
 * `left` is the number of slots from `insn` to the end, so that an LDDW at the end is caught.
 * MYBPF_OK, or ERR_VERIFY with the field named in `error`. */
MYBPF_API int mybpf_insn_check(const mybpf_insn *insn, size_t left, mybpf_error *error);

#ifndef MYBPF_NO_ASM
/* One instruction as text in LLVM's syntax ("r1 = *(u32 *)(r10 - 4)", "if r1 > 5 goto +3",
 * "call 6"); LDDW takes two slots: `left` as above. Writes at most `size` bytes, NUL included, and
 * returns the length that the whole text has. Unknown code prints as "(invalid 0xNN)". */
MYBPF_API size_t mybpf_disassemble(const mybpf_insn *insn, size_t left, char *text, size_t size);

/* Assembles a program text. Accepts LLVM's syntax and the classic (ubpf) one, mixed; labels
 * ("name:"), `+N` / `-N` offsets, comments (# // ;). `insns` receives at most `capacity` slots; NULL
 * with 0 counts them. Returns the number of slots the text needs, or a negative status with the line
 * in error->line; a number above `capacity` means that nothing was written beyond it. */
MYBPF_API int64_t mybpf_assemble(const char *text, size_t length, mybpf_insn *insns,
                                 size_t capacity, mybpf_error *error);
#endif

#endif
