/* interp_runs.h: runs of operations in one handler, what compilers put one behind the other most often:
 * chosen by counting what is left of programs when interp_fuse.c has joined and followed what it can. */
#ifndef MYBPF__INTERP_RUNS_H
#define MYBPF__INTERP_RUNS_H

/* clang-format off */

/* X(Y, Z, first, link, second, ...). OVER: the second takes the value that the first wrote from a register of
 * the host and writes its own over it, so that it is not stored. FEED: it takes the value written last from
 * there, and that is stored as well. THEN: its operands are in memory, but for what its name says. The
 * beginning of a run is one too, or a single operation. JUMPING are those with a jump, and go on where it is
 * not taken. What guarded mode checks is nowhere but first: interp_fuse.c. */
#define MYBPF__JOINED2(X, Y, Z)                                                                              \
    X(Y, Z, ADD64_IMM, THEN, FROM_MOV_LSH64_IMM) X(Y, Z, ADD64_IMM, THEN, MOV64_REG)                         \
    X(Y, Z, ADD64_REG, THEN, FROM_MOV64_REG) X(Y, Z, FROM_LDX_H, FEED, STX_H)                                \
    X(Y, Z, FROM_LDX_W, THEN, FROM_ADD64_REG) X(Y, Z, FROM_MOV_LSH64_IMM, OVER, NEAR_RSH64_IMM)              \
    X(Y, Z, FROM_MOV_LSH64_IMM, THEN, WITH_MOV_ADD64_REG)                                                    \
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG) X(Y, Z, FROM_MOV_RSH32_IMM, THEN, LSH32_IMM)       \
    X(Y, Z, LDDW, THEN, ADD64_REG) X(Y, Z, LDX_B, FEED, STX_W) X(Y, Z, LDX_B, OVER, NEAR_LSH32_IMM)          \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM) X(Y, Z, LDX_B, THEN, FROM_OR32_REG)                                 \
    X(Y, Z, LDX_DW, OVER, NEAR_ADD64_IMM) X(Y, Z, LDX_DW, OVER, NEAR_ADD64_REG)                              \
    X(Y, Z, LDX_DW, THEN, FROM_ADD64_REG) X(Y, Z, LDX_W, FEED, STX_B) X(Y, Z, LDX_W, THEN, FROM_ADD32_REG)   \
    X(Y, Z, LSH32_IMM, OVER, NEAR_OR32_REG) X(Y, Z, LSH64_IMM, OVER, NEAR_OR64_REG)                          \
    X(Y, Z, LSH64_IMM, THEN, WITH_MOV_ADD64_REG) X(Y, Z, MOV32_IMM, THEN, ADD32_IMM)                         \
    X(Y, Z, MOV32_REG, THEN, MOV32_REG) X(Y, Z, MOV64_IMM, FEED, STX_DW)                                     \
    X(Y, Z, MOV64_IMM, THEN, MOV_ADD64_IMM) X(Y, Z, MOV64_REG, THEN, MOV64_IMM)                              \
    X(Y, Z, MOV64_REG, THEN, MOV64_REG) X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG)                         \
    X(Y, Z, MOV_ADD64_IMM, THEN, LDDW) X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B)                              \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_DW) X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B)                       \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W) X(Y, Z, MOV_ADD64_REG, THEN, MOV_ADD64_REG)                     \
    X(Y, Z, MOV_ADD64_REG, THEN, STX_B) X(Y, Z, MOV_AND32_IMM, FEED, STX_W)                                  \
    X(Y, Z, MOV_AND64_IMM, FEED, STX_DW) X(Y, Z, MOV_LSH32_IMM, OVER, NEAR_OR32_REG)                         \
    X(Y, Z, MOV_LSH64_IMM, OVER, NEAR_OR64_REG) X(Y, Z, MOV_LSH64_IMM, OVER, NEAR_RSH64_IMM)                 \
    X(Y, Z, MOV_MUL64_REG, OVER, NEAR_RSH64_IMM) X(Y, Z, MOV_RSH64_IMM, OVER, NEAR_AND64_IMM)                \
    X(Y, Z, MUL64_REG, OVER, NEAR_RSH64_IMM) X(Y, Z, NEAR_ADD32_REG, THEN, FROM_MOV32_REG)                   \
    X(Y, Z, NEAR_ADD64_IMM, THEN, FROM_MOV64_REG) X(Y, Z, NEAR_ADD64_REG, THEN, FROM_MOV64_REG)              \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG) X(Y, Z, NEAR_MUL32_REG, THEN, WITH_MOV_SUB32_REG)      \
    X(Y, Z, STX_B, THEN, ADD64_IMM) X(Y, Z, STX_B, THEN, LDX_B) X(Y, Z, STX_W, THEN, LDX_DW)                 \
    X(Y, Z, STX_W, THEN, MOV32_REG) X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B)
#define MYBPF__JUMPING2(X, Y, Z)                                                                             \
    X(Y, Z, ADD32_IMM, THEN, ADD_JLT64_REG) X(Y, Z, ADD64_IMM, THEN, ADD_JLT64_REG)                          \
    X(Y, Z, ADD_JEQ64_IMM, THEN, JA) X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG)                             \
    X(Y, Z, JEQ32_IMM, THEN, JA) X(Y, Z, JLE32_REG, THEN, STX_W) X(Y, Z, JLT32_REG, THEN, MOV32_REG)         \
    X(Y, Z, JLT64_REG, THEN, MOV64_REG) X(Y, Z, JNE32_IMM, THEN, LDX_B) X(Y, Z, MOV32_IMM, THEN, JA)         \
    X(Y, Z, MOV32_IMM, THEN, JEQ32_IMM) X(Y, Z, MOV32_REG, THEN, JA) X(Y, Z, MOV64_IMM, THEN, ADD_JNE64_IMM)
#define MYBPF__JOINED3(X, Y, Z)                                                                              \
    X(Y, Z, ADD64_IMM, THEN, FROM_MOV_LSH64_IMM, OVER, NEAR_RSH64_IMM)                                       \
    X(Y, Z, ADD64_IMM, THEN, MOV64_REG, THEN, MOV64_IMM)                                                     \
    X(Y, Z, FROM_LDX_H, FEED, STX_H, THEN, FROM_ADD32_REG)                                                   \
    X(Y, Z, FROM_LDX_W, THEN, FROM_ADD64_REG, THEN, LDX_W)                                                   \
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_ADD32_REG)                              \
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_OR32_IMM)                               \
    X(Y, Z, FROM_MOV_RSH32_IMM, THEN, LSH32_IMM, OVER, NEAR_OR32_REG)                                        \
    X(Y, Z, LDX_B, OVER, NEAR_LSH32_IMM, OVER, NEAR_OR32_REG)                                                \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG)                                                \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, THEN, FROM_OR64_REG)                                                \
    X(Y, Z, LDX_DW, OVER, NEAR_ADD64_IMM, FEED, STX_DW) X(Y, Z, LDX_W, THEN, FROM_ADD32_REG, FEED, STX_W)    \
    X(Y, Z, LSH64_IMM, OVER, NEAR_OR64_REG, OVER, NEAR_MUL64_IMM)                                            \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B)                                           \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B, THEN, MOV_AND32_IMM)                                            \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_DW, THEN, FROM_MOV_MUL64_REG)                                      \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG)                                                \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_XOR32_REG)                                           \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, FROM_ADD64_REG)                                           \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, LDX_W)                                                    \
    X(Y, Z, MOV_ADD64_REG, THEN, STX_B, THEN, ADD64_REG)                                                     \
    X(Y, Z, MUL64_REG, OVER, NEAR_RSH64_IMM, OVER, NEAR_OR64_REG)                                            \
    X(Y, Z, NEAR_ADD32_REG, THEN, FROM_MOV32_REG, THEN, ADD64_IMM)                                           \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, OVER, FROM_LDX_W)                                      \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W)                                      \
    X(Y, Z, NEAR_MUL32_REG, THEN, WITH_MOV_SUB32_REG, THEN, MOV32_REG)                                       \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG)
#define MYBPF__JUMPING3(X, Y, Z)                                                                             \
    X(Y, Z, ADD64_IMM, THEN, MOV64_REG, FEED, JEQ64_IMM)                                                     \
    X(Y, Z, ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD_JGT64_IMM)                                            \
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B)                                            \
    X(Y, Z, JLT32_REG, THEN, MOV32_REG, THEN, JA) X(Y, Z, MOV32_REG, THEN, MOV32_REG, THEN, ADD_JEQ64_IMM)   \
    X(Y, Z, MOV64_IMM, THEN, MOV_ADD64_IMM, THEN, JLT64_IMM)                                                 \
    X(Y, Z, MOV64_REG, THEN, MOV64_IMM, THEN, JLT64_IMM)                                                     \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, FEED, JNE32_REG)                                                \
    X(Y, Z, MOV_ADD64_REG, THEN, STX_B, THEN, ADD_JNE64_IMM)                                                 \
    X(Y, Z, NEAR_ADD64_IMM, THEN, FROM_MOV64_REG, THEN, JA)                                                  \
    X(Y, Z, NEAR_ADD64_REG, THEN, FROM_MOV64_REG, THEN, JA) X(Y, Z, STX_B, THEN, ADD64_IMM, THEN, JGT64_IMM)
#define MYBPF__JOINED4(X, Y, Z)                                                                              \
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_ADD32_REG, THEN, FROM_ADD64_REG)        \
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_OR32_IMM, FEED, STX_B)                  \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, THEN, FROM_OR64_REG, THEN, LDX_B)                                   \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND32_IMM)                      \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B, THEN, MOV_AND32_IMM, OVER, NEAR_XOR32_REG)                      \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, FROM_MOV32_REG)                          \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_XOR32_REG, THEN, FROM_MOV32_REG)                     \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, FROM_ADD64_REG, OVER, NEAR_ADD64_REG)                     \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, LDX_W, OVER, NEAR_MUL32_REG)                              \
    X(Y, Z, MUL64_REG, OVER, NEAR_RSH64_IMM, OVER, NEAR_OR64_REG, OVER, NEAR_MUL64_REG)                      \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, OVER, FROM_LDX_W, THEN, RSH32_IMM)                     \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_ADD32_IMM)                \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, MOV64_REG)
#define MYBPF__JUMPING4(X, Y, Z)                                                                             \
    X(Y, Z, ADD64_IMM, THEN, MOV64_REG, FEED, JEQ64_IMM, THEN, RSH64_IMM)                                    \
    X(Y, Z, ADD64_IMM, THEN, MOV64_REG, THEN, MOV64_IMM, THEN, JNE32_IMM)                                    \
    X(Y, Z, FROM_LDX_H, FEED, STX_H, THEN, FROM_ADD32_REG, THEN, ADD_JEQ64_IMM)                              \
    X(Y, Z, FROM_LDX_W, THEN, FROM_ADD64_REG, THEN, LDX_W, THEN, ADD_JEQ32_IMM)                              \
    X(Y, Z, MOV64_REG, THEN, MOV64_IMM, THEN, JLT64_IMM, THEN, MOV64_IMM)                                    \
    X(Y, Z, MOV_ADD64_REG, THEN, STX_B, THEN, ADD64_REG, FEED, JLT64_IMM)                                    \
    X(Y, Z, NEAR_ADD32_REG, THEN, FROM_MOV32_REG, THEN, ADD64_IMM, THEN, ADD_JEQ64_IMM)                      \
    X(Y, Z, NEAR_ADD32_REG, THEN, FROM_MOV32_REG, THEN, ADD64_IMM, THEN, JLT64_IMM)                          \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, JNE32_IMM)
#define MYBPF__JOINED5(X, Y, Z)                                                                              \
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_ADD32_REG, THEN, FROM_ADD64_REG, THEN, ADD32_IMM)\
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_OR32_IMM, FEED, STX_B, THEN, ADD64_IMM) \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, THEN, FROM_OR64_REG, THEN, LDX_B, THEN, FROM_OR64_REG)              \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND32_IMM, THEN, MOV64_REG)     \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, FROM_ADD64_REG, OVER, NEAR_ADD64_REG, FEED, STX_W)        \
    X(Y, Z, MUL64_REG, OVER, NEAR_RSH64_IMM, OVER, NEAR_OR64_REG, OVER, NEAR_MUL64_REG, OVER, NEAR_XOR64_REG)\
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, OVER, FROM_LDX_W, THEN, RSH32_IMM, THEN, FROM_XOR32_REG)\
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_ADD32_IMM, FEED, STX_W)
#define MYBPF__JUMPING5(X, Y, Z)                                                                             \
    X(Y, Z, ADD64_IMM, THEN, MOV64_REG, FEED, JEQ64_IMM, THEN, RSH64_IMM, THEN, MOV_AND64_IMM)               \
    X(Y, Z, FROM_LDX_H, FEED, STX_H, THEN, FROM_ADD32_REG, THEN, ADD_JEQ64_IMM, THEN, JA)                    \
    X(Y, Z, FROM_LDX_W, THEN, FROM_ADD64_REG, THEN, LDX_W, THEN, ADD_JEQ32_IMM, THEN, JA)                    \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, FROM_MOV32_REG, THEN, JNE32_REG)         \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_XOR32_REG, THEN, FROM_MOV32_REG, THEN, JGT32_REG)    \
    X(Y, Z, NEAR_ADD32_REG, THEN, FROM_MOV32_REG, THEN, ADD64_IMM, THEN, ADD_JEQ64_IMM, THEN, JA)
#define MYBPF__JOINED6(X, Y, Z)                                                                              \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, FROM_ADD64_REG, OVER, NEAR_ADD64_REG, FEED, STX_W, THEN, NEAR_RSH64_IMM)\
    X(Y, Z, MUL64_REG, OVER, NEAR_RSH64_IMM, OVER, NEAR_OR64_REG, OVER, NEAR_MUL64_REG, OVER, NEAR_XOR64_REG, THEN, FROM_MOV_RSH64_IMM)\
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, OVER, FROM_LDX_W, THEN, RSH32_IMM, THEN, FROM_XOR32_REG, THEN, FROM_MOV32_REG)
#define MYBPF__JUMPING6(X, Y, Z)                                                                             \
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_ADD32_REG, THEN, FROM_ADD64_REG, THEN, ADD32_IMM, THEN, ADD_JLT64_REG)\
    X(Y, Z, FROM_MOV_MUL32_IMM, THEN, WITH_MOV_SUB32_REG, OVER, NEAR_OR32_IMM, FEED, STX_B, THEN, ADD64_IMM, THEN, JGT64_IMM)\
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND32_IMM, THEN, MOV64_REG, THEN, JEQ32_REG)\
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_XOR32_REG, THEN, FROM_MOV32_REG, THEN, JGT32_REG, THEN, MOV32_REG)\
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_ADD32_IMM, FEED, STX_W, THEN, ADD_JNE64_IMM)
#if MYBPF__TAIL_CALLS /* each is compiled by itself: more of them cost no more */
#define MYBPF__MORE_JOINED2(X, Y, Z)                                                                         \
    X(Y, Z, ADD32_IMM, OVER, NEAR_AND32_IMM) X(Y, Z, ADD32_IMM, THEN, ADD64_IMM)                             \
    X(Y, Z, ADD32_IMM, THEN, LDX_W) X(Y, Z, ADD32_IMM, THEN, MOV32_REG) X(Y, Z, ADD32_REG, THEN, AND32_IMM)  \
    X(Y, Z, ADD32_REG, THEN, FROM_MOV32_REG) X(Y, Z, ADD64_IMM, THEN, MOV32_REG)                             \
    X(Y, Z, ADD64_IMM, THEN, MOV_ADD64_IMM) X(Y, Z, ADD64_REG, THEN, FROM_XOR64_REG)                         \
    X(Y, Z, AND64_REG, OVER, NEAR_RSH64_IMM) X(Y, Z, FROM_ADD32_REG, OVER, NEAR_ADD32_IMM)                   \
    X(Y, Z, FROM_ADD32_REG, THEN, FROM_MOV_ADD32_REG) X(Y, Z, FROM_ADD64_REG, THEN, FROM_LDX_B)              \
    X(Y, Z, FROM_MOV_AND32_IMM, OVER, NEAR_LSH64_REG) X(Y, Z, FROM_MOV_MUL64_IMM, THEN, WITH_MOV_SUB64_REG)  \
    X(Y, Z, FROM_MOV_XOR32_IMM, THEN, FROM_AND32_REG) X(Y, Z, FROM_MOV_XOR64_REG, THEN, FROM_MOV_RSH64_IMM)  \
    X(Y, Z, FROM_XOR64_REG, OVER, NEAR_ADD64_REG) X(Y, Z, LDDW, THEN, NEAR_AND64_REG)                        \
    X(Y, Z, LDX_B, FEED, STX_DW) X(Y, Z, LDX_B, THEN, FROM_MOV_AND32_IMM)                                    \
    X(Y, Z, LDX_B, THEN, FROM_MOV_LSH32_IMM) X(Y, Z, LDX_B, THEN, LDX_B) X(Y, Z, LDX_DW, FEED, STX_B)        \
    X(Y, Z, LDX_H, THEN, FROM_MOV_ADD32_IMM) X(Y, Z, LDX_W, FEED, STX_W)                                     \
    X(Y, Z, LDX_W, OVER, NEAR_LSH64_IMM) X(Y, Z, LDX_W, OVER, NEAR_XOR32_REG)                                \
    X(Y, Z, LDX_W, THEN, ADD64_IMM) X(Y, Z, LSH64_IMM, OVER, NEAR_RSH64_IMM)                                 \
    X(Y, Z, MOV32_IMM, THEN, MOV32_IMM) X(Y, Z, MOV32_REG, THEN, MOV32_IMM) X(Y, Z, MOV32_REG, THEN, NEG32)  \
    X(Y, Z, MOV64_IMM, OVER, NEAR_LSH64_REG) X(Y, Z, MOV64_IMM, THEN, MOV64_IMM)                             \
    X(Y, Z, MOV64_REG, THEN, MOV_ADD64_REG) X(Y, Z, MOV64_REG, THEN, NEG64)                                  \
    X(Y, Z, MOV_ADD32_REG, THEN, WITH_MOV_ADD64_REG) X(Y, Z, MOV_ADD64_IMM, OVER, FROM_LDX_W)                \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_W) X(Y, Z, MOV_ADD64_REG, THEN, LDX_B)                             \
    X(Y, Z, MOV_ADD64_REG, THEN, MOV_RSH64_IMM) X(Y, Z, MOV_AND32_REG, OVER, NEAR_OR32_REG)                  \
    X(Y, Z, MOV_AND64_IMM, OVER, NEAR_LSH64_IMM) X(Y, Z, MOV_AND64_IMM, THEN, WITH_MOV_ADD64_REG)            \
    X(Y, Z, MOV_LSH64_IMM, THEN, WITH_MOV_ADD64_REG) X(Y, Z, MOV_OR32_REG, OVER, NEAR_LSH32_IMM)             \
    X(Y, Z, MOV_OR32_REG, OVER, NEAR_RSH32_IMM) X(Y, Z, MOV_RSH64_IMM, OVER, NEAR_ADD64_REG)                 \
    X(Y, Z, MOV_RSH64_IMM, THEN, AND64_IMM) X(Y, Z, MUL32_IMM, OVER, NEAR_ADD32_REG)                         \
    X(Y, Z, MUL64_IMM, OVER, NEAR_ADD64_REG) X(Y, Z, NEAR_ADD32_IMM, THEN, FROM_MOV_RSH32_IMM)               \
    X(Y, Z, NEAR_LSH64_IMM, OVER, NEAR_RSH64_IMM) X(Y, Z, NEAR_MUL64_IMM, OVER, NEAR_ADD64_IMM)              \
    X(Y, Z, NEAR_MUL64_IMM, THEN, WITH_MOV_ADD64_REG) X(Y, Z, NEAR_RSH64_IMM, THEN, FROM_ADD64_REG)          \
    X(Y, Z, NEAR_SUB64_REG, THEN, MUL64_REG) X(Y, Z, NEAR_XOR64_REG, THEN, FROM_MOV64_REG)                   \
    X(Y, Z, NEAR_XOR64_REG, THEN, FROM_MOV_LSH64_IMM) X(Y, Z, OR32_IMM, THEN, MUL32_IMM)                     \
    X(Y, Z, RSH64_IMM, FEED, STX_W) X(Y, Z, RSH64_IMM, OVER, NEAR_AND64_IMM)                                 \
    X(Y, Z, RSH64_IMM, OVER, NEAR_AND64_REG) X(Y, Z, RSH64_IMM, THEN, LDDW) X(Y, Z, STX_B, THEN, AND64_IMM)  \
    X(Y, Z, STX_DW, THEN, LDX_W) X(Y, Z, STX_DW, THEN, STX_DW) X(Y, Z, STX_H, THEN, ADD64_IMM)               \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, ADD32_IMM) X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_DW)              \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_MOV64_REG)
#define MYBPF__MORE_JUMPING2(X, Y, Z)                                                                        \
    X(Y, Z, ADD64_IMM, THEN, ADD_JEQ64_IMM) X(Y, Z, ADD64_IMM, THEN, JLT32_IMM)                              \
    X(Y, Z, ADD64_REG, THEN, JSLT64_IMM) X(Y, Z, ADD_JEQ32_IMM, THEN, MOV_AND32_IMM)                         \
    X(Y, Z, AND32_IMM, FEED, JEQ32_IMM) X(Y, Z, FROM_ADD64_REG, THEN, ADD_JLT64_REG)                         \
    X(Y, Z, FROM_MOV64_REG, THEN, JA) X(Y, Z, JEQ64_IMM, THEN, LDX_DW) X(Y, Z, JEQ64_IMM, THEN, MOV32_REG)   \
    X(Y, Z, JGT32_IMM, THEN, MOV32_REG) X(Y, Z, JLT32_IMM, THEN, MOV32_REG) X(Y, Z, LDDW, THEN, JLT64_REG)   \
    X(Y, Z, MOV32_IMM, THEN, ADD_JGT32_IMM) X(Y, Z, MOV32_IMM, THEN, JGT32_IMM)                              \
    X(Y, Z, MOV32_IMM, THEN, JNE32_IMM) X(Y, Z, MOV64_IMM, THEN, JA) X(Y, Z, MOV64_REG, THEN, JA)            \
    X(Y, Z, MOV64_REG, THEN, JEQ32_REG) X(Y, Z, MOV_ADD32_IMM, THEN, JEQ32_REG)                              \
    X(Y, Z, MOV_ADD64_IMM, FEED, JSLT64_IMM) X(Y, Z, MOV_AND64_IMM, FEED, JEQ64_IMM)                         \
    X(Y, Z, MOV_LSH64_IMM, THEN, JLT64_REG) X(Y, Z, WITH_MOV_AND64_REG, FEED, JGT64_IMM)
#define MYBPF__MORE_JOINED3(X, Y, Z)                                                                         \
    X(Y, Z, ADD32_IMM, THEN, LDX_W, THEN, ADD64_IMM) X(Y, Z, ADD64_IMM, THEN, MOV64_REG, THEN, MOV64_REG)    \
    X(Y, Z, AND64_REG, OVER, NEAR_RSH64_IMM, THEN, LDX_W)                                                    \
    X(Y, Z, FROM_ADD32_REG, THEN, FROM_MOV_ADD32_REG, THEN, FROM_MOV32_REG)                                  \
    X(Y, Z, FROM_ADD64_REG, THEN, FROM_LDX_B, FEED, STX_B)                                                   \
    X(Y, Z, FROM_LDX_H, FEED, STX_H, THEN, FROM_ADD64_REG)                                                   \
    X(Y, Z, FROM_MOV_AND32_IMM, OVER, NEAR_LSH64_REG, OVER, NEAR_OR64_REG)                                   \
    X(Y, Z, FROM_MOV_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W)                                  \
    X(Y, Z, FROM_MOV_MUL64_IMM, THEN, WITH_MOV_SUB64_REG, OVER, NEAR_ADD64_REG)                              \
    X(Y, Z, FROM_MOV_MUL64_IMM, THEN, WITH_MOV_SUB64_REG, OVER, NEAR_OR64_IMM)                               \
    X(Y, Z, FROM_MOV_XOR32_IMM, THEN, FROM_AND32_REG, THEN, FROM_ADD32_REG)                                  \
    X(Y, Z, LDDW, THEN, ADD64_REG, THEN, AND64_IMM) X(Y, Z, LDDW, THEN, NEAR_AND64_REG, THEN, ADD32_REG)     \
    X(Y, Z, LDDW, THEN, NEAR_AND64_REG, THEN, LDDW) X(Y, Z, LDX_B, FEED, STX_W, THEN, LDX_B)                 \
    X(Y, Z, LDX_B, OVER, NEAR_LSH32_IMM, THEN, FROM_OR32_REG)                                                \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, THEN, LDX_B)                                                        \
    X(Y, Z, LDX_B, THEN, FROM_MOV_LSH32_IMM, THEN, WITH_MOV_OR32_REG)                                        \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, FEED, STX_W)                                                         \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_AND32_IMM)                                                \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_MUL32_IMM)                                                \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_RSH32_IMM)                                                \
    X(Y, Z, LDX_B, THEN, LDX_B, OVER, NEAR_LSH64_IMM) X(Y, Z, LDX_B, THEN, LDX_B, THEN, STX_W)               \
    X(Y, Z, LDX_DW, OVER, NEAR_ADD64_REG, THEN, FROM_LDX_DW)                                                 \
    X(Y, Z, LDX_DW, OVER, NEAR_ADD64_REG, THEN, FROM_LDX_W)                                                  \
    X(Y, Z, LDX_DW, THEN, FROM_ADD64_REG, FEED, STX_DW) X(Y, Z, LDX_W, FEED, STX_B, THEN, LDX_W)             \
    X(Y, Z, LDX_W, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG)                                                \
    X(Y, Z, LDX_W, OVER, NEAR_XOR32_REG, THEN, FROM_MOV32_REG)                                               \
    X(Y, Z, LSH64_IMM, OVER, NEAR_OR64_REG, OVER, NEAR_XOR64_REG)                                            \
    X(Y, Z, LSH64_IMM, OVER, NEAR_OR64_REG, THEN, FROM_ADD64_REG)                                            \
    X(Y, Z, MOV32_IMM, THEN, ADD32_IMM, THEN, WITH_MOV_ADD64_REG)                                            \
    X(Y, Z, MOV64_IMM, FEED, STX_DW, THEN, MOV_ADD64_IMM)                                                    \
    X(Y, Z, MOV64_IMM, OVER, NEAR_LSH64_REG, THEN, MOV_RSH64_IMM)                                            \
    X(Y, Z, MOV64_REG, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B)                                                \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, ADD64_IMM)                                            \
    X(Y, Z, MOV_ADD32_REG, THEN, WITH_MOV_ADD64_REG, THEN, MOV_ADD32_REG)                                    \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B, OVER, NEAR_XOR32_REG)                                           \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B, THEN, MOV_AND64_IMM)                                            \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_W, THEN, LDX_W)                                                    \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, OVER, NEAR_ADD32_IMM)                                           \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, OVER, NEAR_LSH32_IMM)                                           \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND32_IMM)                                            \
    X(Y, Z, MOV_AND32_IMM, FEED, STX_W, THEN, MOV_ADD64_IMM)                                                 \
    X(Y, Z, MOV_AND64_IMM, FEED, STX_DW, THEN, MOV64_IMM)                                                    \
    X(Y, Z, MOV_AND64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B)                                       \
    X(Y, Z, MOV_LSH32_IMM, OVER, NEAR_OR32_REG, THEN, FROM_XOR32_REG)                                        \
    X(Y, Z, MOV_LSH32_IMM, OVER, NEAR_OR32_REG, THEN, MOV_RSH32_IMM)                                         \
    X(Y, Z, MOV_LSH64_IMM, OVER, NEAR_OR64_REG, THEN, MOV_RSH64_IMM)                                         \
    X(Y, Z, MOV_LSH64_IMM, OVER, NEAR_RSH64_IMM, THEN, MOV64_REG)                                            \
    X(Y, Z, MOV_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, OVER, FROM_LDX_DW)                                      \
    X(Y, Z, MOV_MUL64_REG, OVER, NEAR_RSH64_IMM, THEN, WITH_MOV_ADD64_REG)                                   \
    X(Y, Z, MOV_RSH64_IMM, THEN, AND64_IMM, THEN, NEG64)                                                     \
    X(Y, Z, NEAR_ADD32_IMM, THEN, FROM_MOV_RSH32_IMM, OVER, NEAR_ADD32_REG)                                  \
    X(Y, Z, NEAR_ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD64_IMM)                                           \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, RSH32_IMM)                                       \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, STX_DW)                                          \
    X(Y, Z, NEAR_MUL64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_H)                                      \
    X(Y, Z, NEAR_XOR64_REG, THEN, FROM_MOV_LSH64_IMM, OVER, NEAR_RSH64_IMM)                                  \
    X(Y, Z, OR32_IMM, THEN, MUL32_IMM, OVER, NEAR_ADD32_REG) X(Y, Z, RSH64_IMM, FEED, STX_W, THEN, LDX_DW)   \
    X(Y, Z, RSH64_IMM, OVER, NEAR_AND64_REG, OVER, NEAR_ADD64_REG)                                           \
    X(Y, Z, RSH64_IMM, THEN, LDDW, THEN, ADD64_REG) X(Y, Z, STX_B, THEN, ADD64_IMM, THEN, ADD32_IMM)         \
    X(Y, Z, STX_B, THEN, AND64_IMM, THEN, MUL64_IMM) X(Y, Z, STX_B, THEN, LDX_B, FEED, STX_B)                \
    X(Y, Z, STX_DW, THEN, STX_DW, THEN, FROM_LDX_B) X(Y, Z, STX_H, THEN, ADD64_IMM, THEN, MOV32_REG)         \
    X(Y, Z, STX_W, THEN, LDX_DW, FEED, STX_W) X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, FEED, STX_B)     \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_DW, THEN, FROM_MOV_AND64_REG)                                 \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_MOV64_REG, THEN, MOV32_IMM)
#define MYBPF__MORE_JUMPING3(X, Y, Z)                                                                        \
    X(Y, Z, ADD32_REG, THEN, AND32_IMM, THEN, ADD_JLT32_REG)                                                 \
    X(Y, Z, ADD64_IMM, THEN, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG)                                             \
    X(Y, Z, ADD64_IMM, THEN, MOV_ADD64_IMM, THEN, JLT64_REG)                                                 \
    X(Y, Z, ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD_JLT64_REG)                                            \
    X(Y, Z, ADD_JEQ32_IMM, THEN, MOV_AND32_IMM, THEN, WITH_MOV_ADD64_REG)                                    \
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_W)                                            \
    X(Y, Z, JEQ64_IMM, THEN, LDX_DW, OVER, NEAR_ADD64_IMM)                                                   \
    X(Y, Z, JGT32_IMM, THEN, MOV32_REG, THEN, ADD32_IMM) X(Y, Z, JGT32_IMM, THEN, MOV32_REG, THEN, JA)       \
    X(Y, Z, JLE32_REG, THEN, STX_W, THEN, JA) X(Y, Z, JLT32_IMM, THEN, MOV32_REG, THEN, JA)                  \
    X(Y, Z, JLT64_REG, THEN, MOV64_REG, THEN, WITH_MOV_ADD32_REG)                                            \
    X(Y, Z, JNE32_IMM, THEN, LDX_B, OVER, NEAR_LSH32_IMM) X(Y, Z, LDDW, THEN, JLT64_REG, THEN, MOV32_REG)    \
    X(Y, Z, LDDW, THEN, JLT64_REG, THEN, MOV64_REG)                                                          \
    X(Y, Z, LDX_B, THEN, FROM_MOV_AND32_IMM, FEED, JSGT32_IMM)                                               \
    X(Y, Z, LDX_H, THEN, FROM_MOV_ADD32_IMM, FEED, JLT32_REG)                                                \
    X(Y, Z, MOV32_REG, THEN, MOV32_IMM, THEN, JEQ32_IMM)                                                     \
    X(Y, Z, MOV32_REG, THEN, MOV32_REG, THEN, JEQ32_IMM)                                                     \
    X(Y, Z, MOV32_REG, THEN, MOV32_REG, THEN, JGT32_IMM)                                                     \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B, FEED, JEQ32_IMM)                                                \
    X(Y, Z, MOV_AND64_IMM, FEED, JEQ64_IMM, THEN, MOV32_REG)                                                 \
    X(Y, Z, MOV_AND64_IMM, FEED, JEQ64_IMM, THEN, MUL64_IMM)                                                 \
    X(Y, Z, MOV_LSH64_IMM, THEN, JLT64_REG, THEN, MOV64_REG)                                                 \
    X(Y, Z, NEAR_MUL32_REG, THEN, WITH_MOV_SUB32_REG, FEED, JNE32_IMM)                                       \
    X(Y, Z, NEAR_RSH64_IMM, THEN, FROM_ADD64_REG, THEN, ADD_JLT64_REG)                                       \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, FEED, JNE64_IMM)
#define MYBPF__MORE_JOINED4(X, Y, Z)                                                                         \
    X(Y, Z, FROM_ADD64_REG, THEN, FROM_LDX_B, FEED, STX_B, THEN, LDX_B)                                      \
    X(Y, Z, FROM_MOV_AND32_IMM, OVER, NEAR_LSH64_REG, OVER, NEAR_OR64_REG, THEN, ADD64_IMM)                  \
    X(Y, Z, FROM_MOV_MUL64_IMM, THEN, WITH_MOV_SUB64_REG, OVER, NEAR_ADD64_REG, OVER, NEAR_LSH64_IMM)        \
    X(Y, Z, FROM_MOV_RSH32_IMM, THEN, LSH32_IMM, OVER, NEAR_OR32_REG, THEN, FROM_MOV32_REG)                  \
    X(Y, Z, FROM_MOV_RSH32_IMM, THEN, LSH32_IMM, OVER, NEAR_OR32_REG, THEN, LDX_W)                           \
    X(Y, Z, FROM_MOV_RSH32_IMM, THEN, LSH32_IMM, OVER, NEAR_OR32_REG, THEN, MOV32_REG)                       \
    X(Y, Z, FROM_MOV_XOR32_IMM, THEN, FROM_AND32_REG, THEN, FROM_ADD32_REG, THEN, MOV_AND32_REG)             \
    X(Y, Z, LDDW, THEN, ADD64_REG, THEN, AND64_IMM, THEN, LDDW)                                              \
    X(Y, Z, LDDW, THEN, NEAR_AND64_REG, THEN, ADD32_REG, THEN, SUB64_REG)                                    \
    X(Y, Z, LDDW, THEN, NEAR_AND64_REG, THEN, LDDW, THEN, NEAR_MUL64_REG)                                    \
    X(Y, Z, LDX_B, FEED, STX_W, THEN, LDX_B, FEED, STX_W)                                                    \
    X(Y, Z, LDX_B, OVER, NEAR_LSH32_IMM, THEN, FROM_OR32_REG, THEN, LDX_B)                                   \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, THEN, LDX_B, OVER, NEAR_LSH64_IMM)                                  \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_MUL32_IMM, THEN, FROM_ADD32_REG)                          \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_RSH32_IMM, OVER, NEAR_AND32_IMM)                          \
    X(Y, Z, LDX_B, THEN, LDX_B, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG)                                   \
    X(Y, Z, LDX_B, THEN, LDX_B, THEN, STX_W, THEN, NEAR_LSH32_IMM)                                           \
    X(Y, Z, LDX_W, FEED, STX_B, THEN, LDX_W, FEED, STX_B)                                                    \
    X(Y, Z, LDX_W, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG, FEED, STX_DW)                                  \
    X(Y, Z, LDX_W, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG, THEN, LDX_W)                                   \
    X(Y, Z, LDX_W, THEN, FROM_ADD32_REG, FEED, STX_W, THEN, FROM_MOV_XOR32_REG)                              \
    X(Y, Z, LDX_W, THEN, FROM_ADD32_REG, FEED, STX_W, THEN, NEAR_XOR32_REG)                                  \
    X(Y, Z, LSH64_IMM, OVER, NEAR_OR64_REG, OVER, NEAR_MUL64_IMM, OVER, NEAR_ADD64_IMM)                      \
    X(Y, Z, LSH64_IMM, OVER, NEAR_OR64_REG, THEN, FROM_ADD64_REG, THEN, FROM_XOR64_REG)                      \
    X(Y, Z, MOV32_IMM, THEN, ADD32_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B)                          \
    X(Y, Z, MOV64_IMM, FEED, STX_DW, THEN, MOV_ADD64_IMM, THEN, LDDW)                                        \
    X(Y, Z, MOV64_IMM, OVER, NEAR_LSH64_REG, THEN, MOV_RSH64_IMM, OVER, NEAR_AND64_IMM)                      \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, FROM_MOV_AND32_IMM)                 \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, LDX_B)                              \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG)                          \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND64_IMM)                      \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B, OVER, NEAR_XOR32_REG, OVER, NEAR_AND64_IMM)                     \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_B, THEN, MOV_AND64_IMM, OVER, NEAR_XOR64_REG)                      \
    X(Y, Z, MOV_ADD64_REG, OVER, FROM_LDX_W, THEN, LDX_W, THEN, FROM_MUL64_REG)                              \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, OVER, NEAR_ADD32_IMM, FEED, STX_B)                              \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, FROM_MOV64_REG)                          \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND32_IMM, THEN, MOV32_REG)                           \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, LDX_W, OVER, NEAR_MUL64_REG)                              \
    X(Y, Z, MOV_AND32_IMM, FEED, STX_W, THEN, MOV_ADD64_IMM, THEN, LDDW)                                     \
    X(Y, Z, MOV_AND64_IMM, FEED, STX_DW, THEN, MOV64_IMM, FEED, STX_DW)                                      \
    X(Y, Z, MOV_AND64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, OVER, NEAR_LSH32_IMM)                 \
    X(Y, Z, MOV_MUL64_REG, OVER, NEAR_RSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, MOV32_REG)                  \
    X(Y, Z, MOV_RSH64_IMM, THEN, AND64_IMM, THEN, NEG64, THEN, FROM_XOR64_REG)                               \
    X(Y, Z, NEAR_ADD32_IMM, THEN, FROM_MOV_RSH32_IMM, OVER, NEAR_ADD32_REG, FEED, STX_H)                     \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_ADD32_REG)                \
    X(Y, Z, RSH64_IMM, OVER, NEAR_AND64_REG, OVER, NEAR_ADD64_REG, THEN, ADD64_REG)                          \
    X(Y, Z, RSH64_IMM, THEN, LDDW, THEN, ADD64_REG, THEN, LDDW)                                              \
    X(Y, Z, STX_B, THEN, AND64_IMM, THEN, MUL64_IMM, OVER, NEAR_ADD64_REG)                                   \
    X(Y, Z, STX_B, THEN, LDX_B, FEED, STX_B, THEN, ADD64_IMM)                                                \
    X(Y, Z, STX_W, THEN, LDX_DW, FEED, STX_W, THEN, LDX_DW)                                                  \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_MOV64_REG, THEN, MOV32_IMM, THEN, MOV64_REG)
#define MYBPF__MORE_JUMPING4(X, Y, Z)                                                                        \
    X(Y, Z, ADD32_REG, THEN, AND32_IMM, THEN, ADD_JLT32_REG, THEN, MOV32_REG)                                \
    X(Y, Z, ADD64_IMM, THEN, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, OVER, FROM_LDX_B)                           \
    X(Y, Z, ADD64_IMM, THEN, MOV64_REG, THEN, MOV64_REG, THEN, ADD_JLT64_IMM)                                \
    X(Y, Z, ADD64_IMM, THEN, MOV_ADD64_IMM, THEN, JLT64_REG, THEN, MOV64_REG)                                \
    X(Y, Z, ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD_JGT64_IMM, THEN, ADD64_REG)                           \
    X(Y, Z, ADD_JEQ32_IMM, THEN, MOV_AND32_IMM, THEN, WITH_MOV_ADD64_REG, THEN, ADD32_IMM)                   \
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, FROM_MOV_ADD32_IMM)                  \
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, LDX_B)                               \
    X(Y, Z, FROM_LDX_H, FEED, STX_H, THEN, FROM_ADD64_REG, THEN, ADD_JEQ64_IMM)                              \
    X(Y, Z, JEQ64_IMM, THEN, LDX_DW, OVER, NEAR_ADD64_IMM, FEED, STX_DW)                                     \
    X(Y, Z, JGT32_IMM, THEN, MOV32_REG, THEN, ADD32_IMM, OVER, NEAR_AND32_IMM)                               \
    X(Y, Z, JNE32_IMM, THEN, LDX_B, OVER, NEAR_LSH32_IMM, OVER, NEAR_AND32_IMM)                              \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_AND32_IMM, FEED, JNE32_IMM)                               \
    X(Y, Z, LDX_H, THEN, FROM_MOV_ADD32_IMM, FEED, JLT32_REG, THEN, MOV32_REG)                               \
    X(Y, Z, MOV32_REG, THEN, MOV32_IMM, THEN, JEQ32_IMM, THEN, MOV_OR32_REG)                                 \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, JNE32_REG)                               \
    X(Y, Z, MOV_AND64_IMM, FEED, JEQ64_IMM, THEN, MUL64_IMM, OVER, NEAR_ADD64_IMM)                           \
    X(Y, Z, MOV_LSH64_IMM, OVER, NEAR_RSH64_IMM, THEN, MOV64_REG, THEN, JLE64_REG)                           \
    X(Y, Z, NEAR_ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD64_IMM, THEN, ADD_JEQ64_IMM)                      \
    X(Y, Z, NEAR_ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD64_IMM, THEN, JLT64_IMM)                          \
    X(Y, Z, NEAR_MUL32_REG, THEN, WITH_MOV_SUB32_REG, THEN, MOV32_REG, THEN, JEQ32_IMM)                      \
    X(Y, Z, STX_B, THEN, ADD64_IMM, THEN, ADD32_IMM, THEN, ADD_JEQ64_IMM)                                    \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, FEED, STX_B, THEN, ADD_JLT32_REG)                          \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_DW, THEN, FROM_MOV_AND64_REG, FEED, JEQ64_IMM)
#define MYBPF__MORE_JOINED5(X, Y, Z)                                                                         \
    X(Y, Z, FROM_ADD64_REG, THEN, FROM_LDX_B, FEED, STX_B, THEN, LDX_B, FEED, STX_B)                         \
    X(Y, Z, FROM_MOV_RSH32_IMM, THEN, LSH32_IMM, OVER, NEAR_OR32_REG, THEN, LDX_W, OVER, NEAR_ADD32_REG)     \
    X(Y, Z, LDDW, THEN, NEAR_AND64_REG, THEN, ADD32_REG, THEN, SUB64_REG, THEN, FROM_MOV_AND64_REG)          \
    X(Y, Z, LDX_B, OVER, NEAR_LSH32_IMM, THEN, FROM_OR32_REG, THEN, LDX_B, THEN, FROM_OR32_REG)              \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, THEN, LDX_B, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG)             \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_RSH32_IMM, OVER, NEAR_AND32_IMM, THEN, RSH32_IMM)         \
    X(Y, Z, LDX_B, THEN, LDX_B, THEN, STX_W, THEN, NEAR_LSH32_IMM, OVER, NEAR_OR32_REG)                      \
    X(Y, Z, LDX_W, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG, FEED, STX_DW, THEN, STX_B)                     \
    X(Y, Z, LSH64_IMM, OVER, NEAR_OR64_REG, OVER, NEAR_MUL64_IMM, OVER, NEAR_ADD64_IMM, THEN, FROM_MOV64_REG)\
    X(Y, Z, MOV32_IMM, THEN, ADD32_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG)         \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, LDX_B, OVER, NEAR_LSH32_IMM)        \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, LDX_B, OVER, NEAR_LSH64_IMM)        \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND64_IMM, THEN, MOV64_REG)     \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, OVER, NEAR_ADD32_IMM, FEED, STX_B, THEN, LDX_H)                 \
    X(Y, Z, MOV_AND64_IMM, FEED, STX_DW, THEN, MOV64_IMM, FEED, STX_DW, THEN, MOV_ADD64_IMM)                 \
    X(Y, Z, MOV_RSH64_IMM, THEN, AND64_IMM, THEN, NEG64, THEN, FROM_XOR64_REG, OVER, NEAR_ADD64_REG)         \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, OVER, NEAR_ADD32_REG, THEN, LDX_W)   \
    X(Y, Z, RSH64_IMM, THEN, LDDW, THEN, ADD64_REG, THEN, LDDW, THEN, ADD64_REG)
#define MYBPF__MORE_JUMPING5(X, Y, Z)                                                                        \
    X(Y, Z, ADD64_IMM, THEN, MOV_ADD64_IMM, THEN, JLT64_REG, THEN, MOV64_REG, THEN, WITH_MOV_ADD32_REG)      \
    X(Y, Z, ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD_JGT64_IMM, THEN, ADD64_REG, THEN, FROM_MOV64_REG)     \
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, FROM_MOV_ADD32_IMM, OVER, NEAR_AND32_IMM)\
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, LDX_B, THEN, FROM_XOR32_REG)         \
    X(Y, Z, FROM_LDX_H, FEED, STX_H, THEN, FROM_ADD64_REG, THEN, ADD_JEQ64_IMM, THEN, JA)                    \
    X(Y, Z, FROM_MOV_AND32_IMM, OVER, NEAR_LSH64_REG, OVER, NEAR_OR64_REG, THEN, ADD64_IMM, THEN, JSGT32_IMM)\
    X(Y, Z, JEQ64_IMM, THEN, LDX_DW, OVER, NEAR_ADD64_IMM, FEED, STX_DW, THEN, NEAR_ADD64_REG)               \
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_AND32_IMM, FEED, JNE32_IMM, THEN, LDX_B)                  \
    X(Y, Z, LDX_H, THEN, FROM_MOV_ADD32_IMM, FEED, JLT32_REG, THEN, MOV32_REG, THEN, JA)                     \
    X(Y, Z, MOV32_REG, THEN, MOV32_IMM, THEN, JEQ32_IMM, THEN, MOV_OR32_REG, OVER, NEAR_OR32_REG)            \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, FROM_MOV_AND32_IMM, FEED, JNE32_IMM)\
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, JEQ32_REG)         \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, FROM_MOV64_REG, FEED, JNE64_REG)         \
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND32_IMM, THEN, MOV32_REG, THEN, JNE32_REG)          \
    X(Y, Z, MOV_AND64_IMM, FEED, JEQ64_IMM, THEN, MUL64_IMM, OVER, NEAR_ADD64_IMM, THEN, FROM_MOV64_REG)     \
    X(Y, Z, MOV_MUL64_REG, OVER, NEAR_RSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, MOV32_REG, THEN, JGT64_IMM) \
    X(Y, Z, NEAR_ADD64_REG, THEN, FROM_MOV64_REG, THEN, ADD64_IMM, THEN, ADD_JEQ64_IMM, THEN, JA)            \
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, MOV64_REG, THEN, JLE32_REG)    \
    X(Y, Z, NEAR_MUL32_REG, THEN, WITH_MOV_SUB32_REG, THEN, MOV32_REG, THEN, JEQ32_IMM, THEN, JA)            \
    X(Y, Z, STX_B, THEN, ADD64_IMM, THEN, ADD32_IMM, THEN, ADD_JEQ64_IMM, THEN, JA)                          \
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_DW, THEN, FROM_MOV_AND64_REG, FEED, JEQ64_IMM, THEN, ADD64_IMM)\
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_MOV64_REG, THEN, MOV32_IMM, THEN, MOV64_REG, THEN, ADD_JNE32_IMM)
#define MYBPF__MORE_JOINED6(X, Y, Z)                                                                         \
    X(Y, Z, FROM_ADD64_REG, THEN, FROM_LDX_B, FEED, STX_B, THEN, LDX_B, FEED, STX_B, THEN, LDX_B)            \
    X(Y, Z, FROM_MOV_RSH32_IMM, THEN, LSH32_IMM, OVER, NEAR_OR32_REG, THEN, LDX_W, OVER, NEAR_ADD32_REG, THEN, ADD32_REG)\
    X(Y, Z, LDX_B, OVER, NEAR_LSH32_IMM, THEN, FROM_OR32_REG, THEN, LDX_B, THEN, FROM_OR32_REG, FEED, STX_W) \
    X(Y, Z, LDX_B, OVER, NEAR_LSH64_IMM, THEN, FROM_OR64_REG, THEN, LDX_B, THEN, FROM_OR64_REG, THEN, FROM_XOR64_REG)\
    X(Y, Z, LDX_B, THEN, FROM_OR32_REG, OVER, NEAR_RSH32_IMM, OVER, NEAR_AND32_IMM, THEN, RSH32_IMM, OVER, NEAR_AND32_IMM)\
    X(Y, Z, LDX_B, THEN, LDX_B, THEN, STX_W, THEN, NEAR_LSH32_IMM, OVER, NEAR_OR32_REG, FEED, STX_H)         \
    X(Y, Z, LDX_W, OVER, NEAR_LSH64_IMM, OVER, NEAR_OR64_REG, FEED, STX_DW, THEN, STX_B, THEN, STX_B)        \
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, LDX_B, OVER, NEAR_LSH32_IMM, OVER, NEAR_OR32_REG)\
    X(Y, Z, MOV_AND64_IMM, FEED, STX_DW, THEN, MOV64_IMM, FEED, STX_DW, THEN, MOV_ADD64_IMM, THEN, LDDW)
#define MYBPF__MORE_JUMPING6(X, Y, Z)                                                                        \
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, FROM_MOV_ADD32_IMM, OVER, NEAR_AND32_IMM, THEN, MOV_ADD32_IMM)\
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, FROM_MOV_ADD32_IMM, OVER, NEAR_AND32_IMM, THEN, MOV_OR32_IMM)\
    X(Y, Z, ADD_JEQ64_IMM, THEN, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, LDX_B, THEN, FROM_XOR32_REG, OVER, NEAR_AND32_IMM)\
    X(Y, Z, JEQ64_IMM, THEN, LDX_DW, OVER, NEAR_ADD64_IMM, FEED, STX_DW, THEN, NEAR_ADD64_REG, THEN, FROM_MOV64_REG)\
    X(Y, Z, MOV32_IMM, THEN, ADD32_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, JNE32_IMM)\
    X(Y, Z, MOV32_REG, THEN, MOV32_IMM, THEN, JEQ32_IMM, THEN, MOV_OR32_REG, OVER, NEAR_OR32_REG, THEN, MOV32_IMM)\
    X(Y, Z, MOV64_REG, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV_AND64_IMM, THEN, MOV64_REG, THEN, JEQ64_REG)\
    X(Y, Z, MOV_ADD64_REG, THEN, FROM_LDX_B, THEN, MOV64_REG, THEN, FROM_MOV64_REG, FEED, JNE64_REG, THEN, MOV64_IMM)\
    X(Y, Z, MOV_AND64_IMM, FEED, JEQ64_IMM, THEN, MUL64_IMM, OVER, NEAR_ADD64_IMM, THEN, FROM_MOV64_REG, THEN, JA)\
    X(Y, Z, MOV_MUL64_REG, OVER, NEAR_RSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, MOV32_REG, THEN, JGT64_IMM, THEN, MOV_ADD64_REG)\
    X(Y, Z, NEAR_LSH64_IMM, THEN, WITH_MOV_ADD64_REG, THEN, FROM_LDX_W, THEN, MOV64_REG, THEN, JLE32_REG, THEN, STX_W)\
    X(Y, Z, WITH_MOV_ADD64_REG, THEN, FROM_LDX_DW, THEN, FROM_MOV_AND64_REG, FEED, JEQ64_IMM, THEN, ADD64_IMM, THEN, JA)
#endif

/* All of them: X(Y, Z, parts...) with the number of parts behind the name of X. */
#define MYBPF__RUNS(X, Y, Z)                                                                                 \
    MYBPF__JOINED2(X##2, Y, Z) MYBPF__JOINED3(X##3, Y, Z) MYBPF__JOINED4(X##4, Y, Z)                         \
    MYBPF__JOINED5(X##5, Y, Z) MYBPF__JOINED6(X##6, Y, Z) MYBPF__MORE_RUNS(X, Y, Z)                          \
    MYBPF__RUNS_JUMPING(X, Y, Z)
#define MYBPF__RUNS_JUMPING(X, Y, Z)                                                                         \
    MYBPF__JUMPING2(X##2, Y, Z) MYBPF__JUMPING3(X##3, Y, Z) MYBPF__JUMPING4(X##4, Y, Z)                      \
    MYBPF__JUMPING5(X##5, Y, Z) MYBPF__JUMPING6(X##6, Y, Z) MYBPF__MORE_JUMPING(X, Y, Z)
#if MYBPF__TAIL_CALLS
#define MYBPF__MORE_RUNS(X, Y, Z)                                                                            \
    MYBPF__MORE_JOINED2(X##2, Y, Z) MYBPF__MORE_JOINED3(X##3, Y, Z) MYBPF__MORE_JOINED4(X##4, Y, Z)          \
    MYBPF__MORE_JOINED5(X##5, Y, Z) MYBPF__MORE_JOINED6(X##6, Y, Z)
#define MYBPF__MORE_JUMPING(X, Y, Z)                                                                         \
    MYBPF__MORE_JUMPING2(X##2, Y, Z) MYBPF__MORE_JUMPING3(X##3, Y, Z) MYBPF__MORE_JUMPING4(X##4, Y, Z)       \
    MYBPF__MORE_JUMPING5(X##5, Y, Z) MYBPF__MORE_JUMPING6(X##6, Y, Z)
#else
#define MYBPF__MORE_RUNS(X, Y, Z)
#define MYBPF__MORE_JUMPING(X, Y, Z)
#endif
/* Y(Z, all but the last part, link, last part, the run's name) */
#define MYBPF__JOIN2(Y, Z, a, p, b)                       Y(Z, a, p, b, a##_##p##_##b)
#define MYBPF__JOIN3(Y, Z, a, p, b, q, c)                 Y(Z, a##_##p##_##b, q, c, a##_##p##_##b##_##q##_##c)
#define MYBPF__JOIN4(Y, Z, a, p, b, q, c, r, d)           Y(Z, a##_##p##_##b##_##q##_##c, r, d, a##_##p##_##b##_##q##_##c##_##r##_##d)
#define MYBPF__JOIN5(Y, Z, a, p, b, q, c, r, d, s, e)     Y(Z, a##_##p##_##b##_##q##_##c##_##r##_##d, s, e, a##_##p##_##b##_##q##_##c##_##r##_##d##_##s##_##e)
#define MYBPF__JOIN6(Y, Z, a, p, b, q, c, r, d, s, e, t, f)Y(Z, a##_##p##_##b##_##q##_##c##_##r##_##d##_##s##_##e, t, f, a##_##p##_##b##_##q##_##c##_##r##_##d##_##s##_##e##_##t##_##f)
#define MYBPF__RUN_NAME(Z, first, link, second, name)   Z(name)
#define MYBPF__PAYING_RUN(Z, first, link, second, name) Z(PAY_##name)

/* A handler; Y: what its name begins with, Z: how it goes on. */
#define MYBPF__RUN2(Y, Z, a, p, b)                                                                           \
    MYBPF__EXTRA(Y##a##_##p##_##b) { MYBPF__PART_##a(FIRST, p, ON, Z) MYBPF__PART_##b(p, THEN, Z, Z) }
#define MYBPF__RUN3(Y, Z, a, p, b, q, c)                                                                     \
    MYBPF__EXTRA(Y##a##_##p##_##b##_##q##_##c) { MYBPF__PART_##a(FIRST, p, ON, Z) MYBPF__PART_##b(p, q, ON, Z) MYBPF__PART_##c(q, THEN, Z, Z) }
#define MYBPF__RUN4(Y, Z, a, p, b, q, c, r, d)                                                               \
    MYBPF__EXTRA(Y##a##_##p##_##b##_##q##_##c##_##r##_##d) { MYBPF__PART_##a(FIRST, p, ON, Z) MYBPF__PART_##b(p, q, ON, Z) MYBPF__PART_##c(q, r, ON, Z) MYBPF__PART_##d(r, THEN, Z, Z) }
#define MYBPF__RUN5(Y, Z, a, p, b, q, c, r, d, s, e)                                                         \
    MYBPF__EXTRA(Y##a##_##p##_##b##_##q##_##c##_##r##_##d##_##s##_##e) { MYBPF__PART_##a(FIRST, p, ON, Z) MYBPF__PART_##b(p, q, ON, Z) MYBPF__PART_##c(q, r, ON, Z) MYBPF__PART_##d(r, s, ON, Z) MYBPF__PART_##e(s, THEN, Z, Z) }
#define MYBPF__RUN6(Y, Z, a, p, b, q, c, r, d, s, e, t, f)                                                   \
    MYBPF__EXTRA(Y##a##_##p##_##b##_##q##_##c##_##r##_##d##_##s##_##e##_##t##_##f) { MYBPF__PART_##a(FIRST, p, ON, Z) MYBPF__PART_##b(p, q, ON, Z) MYBPF__PART_##c(q, r, ON, Z) MYBPF__PART_##d(r, s, ON, Z) MYBPF__PART_##e(s, t, ON, Z) MYBPF__PART_##f(t, THEN, Z, Z) }

/* A part: `from` is FIRST or the link before it, `link` the one behind it. `then` is ON where another part
 * follows, else as `go`: SKIP, or PAY where jumps pay for the block that they enter. */
#define MYBPF__LAST            last
#define MYBPF__THIRD           regs[ip->off]
#define MYBPF__WIDE            ((uint32_t)ip[0].imm | (uint64_t)(uint32_t)ip[1].imm << 32)
#define MYBPF__GOAL            (const mybpf__record *)(const void *)((const char *)ip + ip->imm)
#define MYBPF__PUT_THEN(value) MYBPF__DST = value
#define MYBPF__PUT_OVER(value) (void)(value)
#define MYBPF__PUT_FEED(value) MYBPF__DST = value
#define MYBPF__GET_FIRST(value) value
#define MYBPF__GET_THEN(value)  value
#define MYBPF__GET_OVER(value)  value
#define MYBPF__GET_FEED(value)  last
#define MYBPF__LEAP_FIRST       ip += 1 + (ptrdiff_t)ip->off;
#define MYBPF__LEAP_THEN        ip = ip->u.target;
#define MYBPF__LEAP_OVER        ip = ip->u.target;
#define MYBPF__LEAP_FEED        ip = ip->u.target;
#define MYBPF__STEP_ON(n)        ip += (n);
#define MYBPF__STEP_SKIP(n)      MYBPF__SKIP(n);
#define MYBPF__STEP_PAY(n)       MYBPF__SKIP(n);
#define MYBPF__FALL_ON_SKIP(n)   ip += (n);
#define MYBPF__FALL_ON_PAY(n)    { MYBPF__PAY_ON(n) }
#define MYBPF__FALL_SKIP_SKIP(n) MYBPF__SKIP(n);
#define MYBPF__FALL_PAY_PAY(n)   MYBPF__PAY(n)
#define MYBPF__GO_SKIP           MYBPF__SKIP(0);
#define MYBPF__GO_PAY            MYBPF__PAY(0)
#define MYBPF__DO_MOV(U, a, b) (U)(b)
#define MYBPF__PART_ALU(link, then, n, op, U, a, b) MYBPF__PUT_##link(last = MYBPF__DO_##op(U, (U)(a), (U)(b))); MYBPF__STEP_##then(n)
#define MYBPF__PART_LOAD(link, then, U, a)   { U v; mybpf__copy(&v, MYBPF__AT(a), sizeof v); MYBPF__PUT_##link(last = v); } MYBPF__STEP_##then(1)
#define MYBPF__PART_STORE(from, then, U, b)  { U v = (U)MYBPF__GET_##from(b); mybpf__copy(MYBPF__AT(MYBPF__DST), &v, sizeof v); } MYBPF__STEP_##then(1)
#define MYBPF__PART_JCC(from, then, go, op, U, b) { const U x = (U)MYBPF__GET_##from(MYBPF__DST), y = (U)(b); if (MYBPF__IF_##op(x, y)) { MYBPF__LEAP_##from MYBPF__GO_##go } } MYBPF__FALL_##then##_##go(1)
#define MYBPF__PART_COUNT(then, go, op, U, b) { const U t = (U)(MYBPF__DST + MYBPF__IMM), x = (U)(b); MYBPF__DST = t; if (MYBPF__IF_##op(t, x)) { ip = ip[1].u.target; MYBPF__GO_##go } } MYBPF__FALL_##then##_##go(2)
#define MYBPF__PART_ADD32_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, ADD, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_ADD32_REG(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, ADD, uint32_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__PART_ADD64_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, ADD, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_ADD64_REG(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, ADD, uint64_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__PART_ADD_JEQ32_IMM(from, link, then, go)         MYBPF__PART_COUNT(then, go, JEQ, uint32_t, MYBPF__IMM2)
#define MYBPF__PART_ADD_JEQ64_IMM(from, link, then, go)         MYBPF__PART_COUNT(then, go, JEQ, uint64_t, MYBPF__IMM2)
#define MYBPF__PART_ADD_JGT32_IMM(from, link, then, go)         MYBPF__PART_COUNT(then, go, JGT, uint32_t, MYBPF__IMM2)
#define MYBPF__PART_ADD_JGT64_IMM(from, link, then, go)         MYBPF__PART_COUNT(then, go, JGT, uint64_t, MYBPF__IMM2)
#define MYBPF__PART_ADD_JLT32_REG(from, link, then, go)         MYBPF__PART_COUNT(then, go, JLT, uint32_t, MYBPF__SRC)
#define MYBPF__PART_ADD_JLT64_IMM(from, link, then, go)         MYBPF__PART_COUNT(then, go, JLT, uint64_t, MYBPF__IMM2)
#define MYBPF__PART_ADD_JLT64_REG(from, link, then, go)         MYBPF__PART_COUNT(then, go, JLT, uint64_t, MYBPF__SRC)
#define MYBPF__PART_ADD_JNE32_IMM(from, link, then, go)         MYBPF__PART_COUNT(then, go, JNE, uint32_t, MYBPF__IMM2)
#define MYBPF__PART_ADD_JNE64_IMM(from, link, then, go)         MYBPF__PART_COUNT(then, go, JNE, uint64_t, MYBPF__IMM2)
#define MYBPF__PART_AND32_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, AND, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_AND64_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, AND, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_AND64_REG(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, AND, uint64_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__PART_FROM_ADD32_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, ADD, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_FROM_ADD64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, ADD, uint64_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_FROM_AND32_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, AND, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_FROM_LDX_B(from, link, then, go)            MYBPF__PART_LOAD(link, then, uint8_t, MYBPF__LAST)
#define MYBPF__PART_FROM_LDX_DW(from, link, then, go)           MYBPF__PART_LOAD(link, then, uint64_t, MYBPF__LAST)
#define MYBPF__PART_FROM_LDX_H(from, link, then, go)            MYBPF__PART_LOAD(link, then, uint16_t, MYBPF__LAST)
#define MYBPF__PART_FROM_LDX_W(from, link, then, go)            MYBPF__PART_LOAD(link, then, uint32_t, MYBPF__LAST)
#define MYBPF__PART_FROM_MOV32_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, MOV, uint32_t, 0, MYBPF__LAST)
#define MYBPF__PART_FROM_MOV64_REG(from, link, then, go)        MYBPF__PUT_##link(last); MYBPF__STEP_##then(1)
#define MYBPF__PART_FROM_MOV_ADD32_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, ADD, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_ADD32_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, ADD, uint32_t, MYBPF__LAST, MYBPF__THIRD)
#define MYBPF__PART_FROM_MOV_AND32_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, AND, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_AND64_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, AND, uint64_t, MYBPF__LAST, MYBPF__THIRD)
#define MYBPF__PART_FROM_MOV_LSH32_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, LSH, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_LSH64_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, LSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_MUL32_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, MUL, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_MUL64_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, MUL, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_MUL64_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, MUL, uint64_t, MYBPF__LAST, MYBPF__THIRD)
#define MYBPF__PART_FROM_MOV_RSH32_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, RSH, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_RSH64_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, RSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_XOR32_IMM(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, XOR, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_FROM_MOV_XOR32_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, XOR, uint32_t, MYBPF__LAST, MYBPF__THIRD)
#define MYBPF__PART_FROM_MOV_XOR64_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, XOR, uint64_t, MYBPF__LAST, MYBPF__THIRD)
#define MYBPF__PART_FROM_MUL64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, MUL, uint64_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_FROM_OR32_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 1, OR, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_FROM_OR64_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 1, OR, uint64_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_FROM_XOR32_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, XOR, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_FROM_XOR64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, XOR, uint64_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__PART_JA(from, link, then, go)                    ip = MYBPF__GOAL; MYBPF__GO_##go
#define MYBPF__PART_JEQ32_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JEQ, uint32_t, MYBPF__IMM)
#define MYBPF__PART_JEQ32_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JEQ, uint32_t, MYBPF__SRC)
#define MYBPF__PART_JEQ64_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JEQ, uint64_t, MYBPF__IMM)
#define MYBPF__PART_JEQ64_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JEQ, uint64_t, MYBPF__SRC)
#define MYBPF__PART_JGT32_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JGT, uint32_t, MYBPF__IMM)
#define MYBPF__PART_JGT32_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JGT, uint32_t, MYBPF__SRC)
#define MYBPF__PART_JGT64_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JGT, uint64_t, MYBPF__IMM)
#define MYBPF__PART_JLE32_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JLE, uint32_t, MYBPF__SRC)
#define MYBPF__PART_JLE64_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JLE, uint64_t, MYBPF__SRC)
#define MYBPF__PART_JLT32_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JLT, uint32_t, MYBPF__IMM)
#define MYBPF__PART_JLT32_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JLT, uint32_t, MYBPF__SRC)
#define MYBPF__PART_JLT64_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JLT, uint64_t, MYBPF__IMM)
#define MYBPF__PART_JLT64_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JLT, uint64_t, MYBPF__SRC)
#define MYBPF__PART_JNE32_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JNE, uint32_t, MYBPF__IMM)
#define MYBPF__PART_JNE32_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JNE, uint32_t, MYBPF__SRC)
#define MYBPF__PART_JNE64_IMM(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JNE, uint64_t, MYBPF__IMM)
#define MYBPF__PART_JNE64_REG(from, link, then, go)             MYBPF__PART_JCC(from, then, go, JNE, uint64_t, MYBPF__SRC)
#define MYBPF__PART_JSGT32_IMM(from, link, then, go)            MYBPF__PART_JCC(from, then, go, JSGT, uint32_t, MYBPF__IMM)
#define MYBPF__PART_JSLT64_IMM(from, link, then, go)            MYBPF__PART_JCC(from, then, go, JSLT, uint64_t, MYBPF__IMM)
#define MYBPF__PART_LDDW(from, link, then, go)                  MYBPF__DST = MYBPF__WIDE; MYBPF__STEP_##then(2)
#define MYBPF__PART_LDX_B(from, link, then, go)                 MYBPF__PART_LOAD(link, then, uint8_t, MYBPF__SRC)
#define MYBPF__PART_LDX_DW(from, link, then, go)                MYBPF__PART_LOAD(link, then, uint64_t, MYBPF__SRC)
#define MYBPF__PART_LDX_H(from, link, then, go)                 MYBPF__PART_LOAD(link, then, uint16_t, MYBPF__SRC)
#define MYBPF__PART_LDX_W(from, link, then, go)                 MYBPF__PART_LOAD(link, then, uint32_t, MYBPF__SRC)
#define MYBPF__PART_LSH32_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, LSH, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_LSH64_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, LSH, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_MOV32_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, MOV, uint32_t, 0, MYBPF__IMM)
#define MYBPF__PART_MOV32_REG(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, MOV, uint32_t, 0, MYBPF__SRC)
#define MYBPF__PART_MOV64_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, MOV, uint64_t, 0, MYBPF__IMM)
#define MYBPF__PART_MOV64_REG(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, MOV, uint64_t, 0, MYBPF__SRC)
#define MYBPF__PART_MOV_ADD32_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, ADD, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_ADD32_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, ADD, uint32_t, MYBPF__SRC, MYBPF__THIRD)
#define MYBPF__PART_MOV_ADD64_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, ADD, uint64_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_ADD64_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, ADD, uint64_t, MYBPF__SRC, MYBPF__THIRD)
#define MYBPF__PART_MOV_AND32_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, AND, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_AND32_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, AND, uint32_t, MYBPF__SRC, MYBPF__THIRD)
#define MYBPF__PART_MOV_AND64_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, AND, uint64_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_LSH32_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, LSH, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_LSH64_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, LSH, uint64_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_MUL64_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, MUL, uint64_t, MYBPF__SRC, MYBPF__THIRD)
#define MYBPF__PART_MOV_OR32_IMM(from, link, then, go)          MYBPF__PART_ALU(link, then, 2, OR, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_OR32_REG(from, link, then, go)          MYBPF__PART_ALU(link, then, 2, OR, uint32_t, MYBPF__SRC, MYBPF__THIRD)
#define MYBPF__PART_MOV_RSH32_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, RSH, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MOV_RSH64_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 2, RSH, uint64_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__PART_MUL32_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, MUL, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_MUL64_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, MUL, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_MUL64_REG(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, MUL, uint64_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__PART_NEAR_ADD32_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, ADD, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_ADD32_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, ADD, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_ADD64_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, ADD, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_ADD64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, ADD, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_AND32_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, AND, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_AND64_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, AND, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_AND64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, AND, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_LSH32_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, LSH, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_LSH64_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, LSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_LSH64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, LSH, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_MUL32_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, MUL, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_MUL32_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, MUL, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_MUL64_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, MUL, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_MUL64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, MUL, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_OR32_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 1, OR, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_OR32_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 1, OR, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_OR64_IMM(from, link, then, go)         MYBPF__PART_ALU(link, then, 1, OR, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_OR64_REG(from, link, then, go)         MYBPF__PART_ALU(link, then, 1, OR, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_RSH32_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, RSH, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_RSH64_IMM(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, RSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__PART_NEAR_SUB64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, SUB, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_XOR32_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, XOR, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEAR_XOR64_REG(from, link, then, go)        MYBPF__PART_ALU(link, then, 1, XOR, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__PART_NEG32(from, link, then, go)                 MYBPF__PART_ALU(link, then, 1, SUB, uint32_t, 0, MYBPF__DST)
#define MYBPF__PART_NEG64(from, link, then, go)                 MYBPF__PART_ALU(link, then, 1, SUB, uint64_t, 0, MYBPF__DST)
#define MYBPF__PART_OR32_IMM(from, link, then, go)              MYBPF__PART_ALU(link, then, 1, OR, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_RSH32_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, RSH, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_RSH64_IMM(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, RSH, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__PART_STX_B(from, link, then, go)                 MYBPF__PART_STORE(from, then, uint8_t, MYBPF__SRC)
#define MYBPF__PART_STX_DW(from, link, then, go)                MYBPF__PART_STORE(from, then, uint64_t, MYBPF__SRC)
#define MYBPF__PART_STX_H(from, link, then, go)                 MYBPF__PART_STORE(from, then, uint16_t, MYBPF__SRC)
#define MYBPF__PART_STX_W(from, link, then, go)                 MYBPF__PART_STORE(from, then, uint32_t, MYBPF__SRC)
#define MYBPF__PART_SUB64_REG(from, link, then, go)             MYBPF__PART_ALU(link, then, 1, SUB, uint64_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__PART_WITH_MOV_ADD32_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, ADD, uint32_t, MYBPF__SRC, MYBPF__LAST)
#define MYBPF__PART_WITH_MOV_ADD64_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, ADD, uint64_t, MYBPF__SRC, MYBPF__LAST)
#define MYBPF__PART_WITH_MOV_AND64_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, AND, uint64_t, MYBPF__SRC, MYBPF__LAST)
#define MYBPF__PART_WITH_MOV_OR32_REG(from, link, then, go)     MYBPF__PART_ALU(link, then, 2, OR, uint32_t, MYBPF__SRC, MYBPF__LAST)
#define MYBPF__PART_WITH_MOV_SUB32_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, SUB, uint32_t, MYBPF__SRC, MYBPF__LAST)
#define MYBPF__PART_WITH_MOV_SUB64_REG(from, link, then, go)    MYBPF__PART_ALU(link, then, 2, SUB, uint64_t, MYBPF__SRC, MYBPF__LAST)

/* clang-format on */

#endif
