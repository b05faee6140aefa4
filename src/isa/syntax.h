/* syntax.h: how instructions are written. The disassembler prints these patterns, the assembler
 * matches them, so the two cannot disagree.
 *
 * A format has up to three patterns: LLVM's, which is the one printed, the classic (ubpf) one, and another
 * that is accepted. Blanks are optional between items. Items:
 *   %d %s  destination, source register: r0..r15          %D %S  the same, w0..w15 where width < 8
 *   %e %f  the same as %d %s, and w0..w15 accepted where the width allows it
 *   %z     r0, or w0 where width < 8
 *   %o     the row's symbol    %n  its mnemonic    %u  "u32" or "u64", from its width
 *   %h     "32" where width is 4                   %w  "32_32" or "_64"
 *   %i     imm                 %v  imm of the second slot
 *   %m     offset, " + 4"      %M  offset, "+4" or nothing    %x  imm, " + 4" or nothing
 *   %k     off, " module 4" or nothing
 *   %a     "addr_space_cast", of MOV64_REG     %b %c  the upper, the lower half of imm
 *   %t     jump target in off: "+4" or a label     %T  the same in imm      %l  a label, for imm
 *   %q     64-bit immediate by its kind: a pattern of MYBPF__PSEUDO_SYNTAX
 *   %Q     64-bit number, both slots
 */
#ifndef MYBPF__SYNTAX_H
#define MYBPF__SYNTAX_H

#include "op_of.h"

#ifndef MYBPF_NO_ASM

/* clang-format off */
#define MYBPF__SYNTAX(X) \
    X(ALU_IMM,        "%D %o %i",                                   "%n %d, %i",                    "") \
    X(ALU_REG,        "%D %o %S",                                   "%n %d, %s",                    "%d = %a(%s, %b, %c)") \
    X(ALU_NEG,        "%D = -%D",                                   "%n %d",                        "") \
    X(ALU_MOVSX,      "%D = (%o)%S",                                "%n %d, %s",                    "") \
    X(ALU_END,        "%d = %o %d",                                 "%n %d",                        "%o %d") \
    X(JA,             "goto %t",                                    "%n %t",                        "") \
    X(JA32,           "gotol %T",                                   "%n %T",                        "") \
    X(JCC_IMM,        "if %D %o %i goto %t",                        "%n %d, %i, %t",                "") \
    X(JCC_REG,        "if %D %o %S goto %t",                        "%n %d, %s, %t",                "") \
    X(CALL,           "call %i",                                    "",                             "") \
    X(CALL_LOCAL,     "call pc%T",                                  "call local %T",                "call %l") \
    X(CALL_KFUNC,     "call kfunc %i%k",                            "",                             "") \
    X(CALLX,          "callx %d",                                   "call %d",                      "") \
    X(EXIT,           "exit",                                       "",                             "") \
    X(MAY_GOTO,       "may_goto %t",                                "",                             "") \
    X(LDDW,           "%d = %q",                                    "%n %d, %Q",                    "") \
    X(LD_ABS,         "r0 = *(%o *)skb[%i]",                        "%n %i",                        "") \
    X(LD_IND,         "r0 = *(%o *)skb[%s%x]",                      "%n %s, %i",                    "") \
    X(LDX,            "%e = *(%o *)(%s%m)",                         "%n %d, [%s%M]",                "") \
    X(ST,             "*(%o *)(%d%m) = %i",                         "%n [%d%M], %i",                "") \
    X(STX,            "*(%o *)(%d%m) = %f",                         "%n [%d%M], %s",                "") \
    X(ATOMIC,         "lock *(%u *)(%d%m) %o %f",                   "lock %n%h [%d%M], %s",         "") \
    X(ATOMIC_FETCH,   "%S = atomic_fetch_%n((%u *)(%d%m), %S)",     "lock fetch %n%h [%d%M], %s",   "") \
    X(ATOMIC_XCHG,    "%S = xchg%w(%d%m, %S)",                      "lock %n%h [%d%M], %s",         "") \
    X(ATOMIC_CMPXCHG, "%z = cmpxchg%w(%d%m, %z, %S)",               "lock %n%h [%d%M], %s",         "") \
    X(LOAD_ACQ,       "%D = load_acquire((%o *)(%s%m))",            "%n %d, [%s%M]",                "") \
    X(STORE_REL,      "store_release((%o *)(%d%m), %S)",            "%n [%d%M], %s",                "")

/* What the immediate of an LDDW stands for, by src_reg: RFC 9669 section 5.4. */
#define MYBPF__PSEUDO_SYNTAX(X) \
    X(0,                        "%Q ll") \
    X(MYBPF_PSEUDO_MAP_FD,        "map_by_fd(%i) ll") \
    X(MYBPF_PSEUDO_MAP_VALUE,     "map_val(map_by_fd(%i)) + %v ll") \
    X(MYBPF_PSEUDO_BTF_ID,        "var_addr(%i) + %v ll") \
    X(MYBPF_PSEUDO_FUNC,          "code_addr(%i) ll") \
    X(MYBPF_PSEUDO_MAP_IDX,       "map_by_idx(%i) ll") \
    X(MYBPF_PSEUDO_MAP_IDX_VALUE, "map_val(map_by_idx(%i)) + %v ll")
/* clang-format on */

enum { MYBPF__SYNTAXES = 3, MYBPF__PSEUDO_KINDS = MYBPF_PSEUDO_MAP_IDX_VALUE + 1 };

/* The patterns of a format. */
MYBPF__FN const char *const *mybpf__syntax(int format)
{
    switch (format) {
#    define MYBPF__ROW(name, llvm, classic, other)                                                           \
    case MYBPF_FORMAT_##name: {                                                                              \
        static const char *const mybpf__patterns[MYBPF__SYNTAXES] = {llvm, classic, other};                  \
        return mybpf__patterns;                                                                              \
    }
        MYBPF__SYNTAX(MYBPF__ROW)
#    undef MYBPF__ROW
    default: return NULL;
    }
}

MYBPF__FN const char *mybpf__pseudo_syntax(unsigned kind)
{
    switch (kind) {
#    define MYBPF__ROW(value, pattern)                                                                       \
    case (value): return pattern;
        MYBPF__PSEUDO_SYNTAX(MYBPF__ROW)
#    undef MYBPF__ROW
    default: return NULL;
    }
}

#endif /* MYBPF_NO_ASM */

#endif
