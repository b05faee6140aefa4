/* interp_pairs.h: two operations in one handler, what compilers put side by side most often: chosen by
 * measuring what is left of programs when interp_fuse.c has joined and followed what it can. */
#ifndef MYBPF__INTERP_PAIRS_H
#define MYBPF__INTERP_PAIRS_H

/* clang-format off */

/* X(Y, first, second). No jump is a first one; what guarded mode checks is no second one: interp_fuse.c. */
#define MYBPF__FUSED_PAIRS(X, Y)                                                                             \
    MYBPF__PAIRS_JUMPING(X, Y)                                                                               \
    X(Y, ADD64_IMM, FROM_MOV_LSH64_IMM) X(Y, ADD64_IMM, MOV32_REG) X(Y, ADD64_IMM, MOV64_REG)                \
    X(Y, ADD64_REG, FROM_LDX_B) X(Y, ADD64_REG, FROM_LDX_DW) X(Y, ADD64_REG, FROM_LDX_H)                     \
    X(Y, ADD64_REG, FROM_LDX_W) X(Y, ADD64_REG, FROM_MOV64_REG) X(Y, FROM_LDX_H, STX_H)                      \
    X(Y, FROM_LDX_W, RSH32_IMM) X(Y, FROM_MOV_ADD64_REG, FROM_LDX_B) X(Y, FROM_MOV_ADD64_REG, FROM_LDX_DW)   \
    X(Y, FROM_MOV_ADD64_REG, FROM_LDX_H) X(Y, FROM_MOV_ADD64_REG, FROM_LDX_W)                                \
    X(Y, FROM_MOV_MUL32_IMM, WITH_MOV_SUB32_REG) X(Y, FROM_MOV_MUL64_REG, MUL64_REG)                         \
    X(Y, FROM_MOV_RSH32_IMM, LSH32_IMM) X(Y, FROM_MOV_RSH64_IMM, LSH64_IMM) X(Y, FROM_OR64_REG, LDX_B)       \
    X(Y, FROM_XOR32_REG, FROM_MOV32_REG) X(Y, LDX_B, FROM_OR32_REG) X(Y, LDX_B, LDX_B)                       \
    X(Y, LDX_B, NEAR_LSH32_IMM) X(Y, LDX_B, NEAR_LSH64_IMM) X(Y, LDX_DW, NEAR_ADD64_IMM)                     \
    X(Y, LDX_W, FROM_ADD32_REG) X(Y, LDX_W, NEAR_LSH64_IMM) X(Y, LDX_W, NEAR_MUL32_REG)                      \
    X(Y, LSH32_IMM, NEAR_OR32_REG) X(Y, MOV32_IMM, ADD32_IMM) X(Y, MOV32_REG, LDX_W)                         \
    X(Y, MOV32_REG, MOV32_REG) X(Y, MOV64_IMM, MOV_ADD64_IMM) X(Y, MOV64_IMM, STX_DW)                        \
    X(Y, MOV64_REG, FROM_MOV32_REG) X(Y, MOV64_REG, MOV64_IMM) X(Y, MOV_ADD64_REG, FROM_LDX_B)               \
    X(Y, MOV_ADD64_REG, FROM_LDX_DW) X(Y, MOV_ADD64_REG, FROM_LDX_H) X(Y, MOV_ADD64_REG, FROM_LDX_W)         \
    X(Y, MOV_ADD64_REG, MOV_ADD64_REG) X(Y, MOV_ADD64_REG, STX_B) X(Y, MOV_AND32_IMM, MOV64_REG)             \
    X(Y, MOV_AND32_IMM, NEAR_XOR32_REG) X(Y, MOV_AND32_IMM, STX_W) X(Y, MOV_AND64_IMM, STX_DW)               \
    X(Y, MOV_LSH32_IMM, NEAR_OR32_REG) X(Y, MOV_RSH32_IMM, MOV_LSH32_IMM) X(Y, NEAR_ADD32_REG, ADD64_IMM)    \
    X(Y, NEAR_ADD32_REG, FROM_ADD64_REG) X(Y, NEAR_ADD64_IMM, FROM_MOV64_REG)                                \
    X(Y, NEAR_ADD64_REG, FROM_LDX_B) X(Y, NEAR_ADD64_REG, FROM_LDX_DW) X(Y, NEAR_ADD64_REG, FROM_LDX_H)      \
    X(Y, NEAR_ADD64_REG, FROM_LDX_W) X(Y, NEAR_ADD64_REG, FROM_MOV64_REG) X(Y, NEAR_LSH32_IMM, LDX_B)        \
    X(Y, NEAR_LSH64_IMM, NEAR_OR64_REG) X(Y, NEAR_LSH64_IMM, WITH_MOV_ADD64_REG)                             \
    X(Y, NEAR_MUL32_REG, WITH_MOV_SUB32_REG) X(Y, NEAR_MUL64_REG, NEAR_XOR64_REG)                            \
    X(Y, NEAR_OR32_IMM, STX_B) X(Y, NEAR_OR32_REG, NEAR_ADD32_REG) X(Y, NEAR_OR64_REG, LDX_B)                \
    X(Y, NEAR_OR64_REG, NEAR_MUL64_IMM) X(Y, NEAR_RSH64_IMM, NEAR_LSH64_IMM)                                 \
    X(Y, NEAR_RSH64_IMM, NEAR_OR64_REG) X(Y, NEAR_XOR32_REG, FROM_MOV32_REG)                                 \
    X(Y, RSH32_IMM, FROM_XOR32_REG) X(Y, RSH64_IMM, MOV_AND64_IMM) X(Y, STX_B, ADD64_IMM)                    \
    X(Y, STX_B, LDX_B) X(Y, STX_B, LDX_W) X(Y, STX_DW, NEAR_ADD64_REG) X(Y, STX_W, ADD64_IMM)                \
    X(Y, STX_W, LDX_B) X(Y, STX_W, LDX_DW) X(Y, STX_W, MOV32_REG) X(Y, WITH_MOV_ADD64_REG, FROM_LDX_B)       \
    X(Y, WITH_MOV_ADD64_REG, FROM_LDX_DW) X(Y, WITH_MOV_ADD64_REG, FROM_LDX_H)                               \
    X(Y, WITH_MOV_ADD64_REG, FROM_LDX_W)
#define MYBPF__PAIRS_JUMPING(X, Y)                                                                           \
    X(Y, ADD32_IMM, ADD_JLT64_REG) X(Y, ADD64_IMM, ADD_JEQ64_IMM) X(Y, ADD64_IMM, ADD_JLT64_REG)             \
    X(Y, ADD64_IMM, JGT64_IMM) X(Y, ADD64_REG, JLT64_IMM) X(Y, FROM_ADD32_REG, ADD_JEQ64_IMM)                \
    X(Y, FROM_MOV64_REG, JA) X(Y, MOV32_IMM, JA) X(Y, MOV32_IMM, JEQ32_IMM) X(Y, MOV32_REG, ADD_JEQ64_IMM)   \
    X(Y, MOV32_REG, JA) X(Y, MOV32_REG, JEQ32_IMM) X(Y, MOV64_REG, JNE32_IMM)
#define MYBPF__FUSED_PAIR_NAMES(Y, first, second)  Y(first##_THEN_##second)
#define MYBPF__PAYING_PAIR_NAMES(Y, first, second) Y(PAY_##first##_THEN_##second)

/* Half a pair: `then(n)` is what follows, n records on. */
#define MYBPF__LAST  last
#define MYBPF__THIRD regs[ip->off]
#define MYBPF__DO_MOV(U, a, b) (U)(b)
#define MYBPF__HALF_ALU(then, n, op, U, a, b) MYBPF__DST = last = MYBPF__DO_##op(U, (U)(a), (U)(b)); then(n)
#define MYBPF__HALF_COPY(then)        MYBPF__DST = last; then(1)
#define MYBPF__HALF_LOAD(then, U, a)  { U v; mybpf__copy(&v, MYBPF__AT(a), sizeof v); MYBPF__DST = last = v; } then(1)
#define MYBPF__HALF_STORE(then, U)    { U v = (U)MYBPF__SRC; mybpf__copy(MYBPF__AT(MYBPF__DST), &v, sizeof v); } then(1)
#define MYBPF__HALF_JCC(then, op, U, b) { const U x = (U)MYBPF__DST, y = (U)(b); if (MYBPF__IF_##op(x, y)) then(1 + (ptrdiff_t)ip->off); then(1); }
#define MYBPF__HALF_COUNT(then, op, b)  { const uint64_t t = MYBPF__DST + MYBPF__IMM, x = (b); MYBPF__DST = t; if (MYBPF__IF_##op(t, x)) { ip = ip[1].u.target; then(0); } then(2); }
#define MYBPF__GO_ON(n) ip += (n);
#define MYBPF__HALF_ADD32_IMM(then)            MYBPF__HALF_ALU(then, 1, ADD, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_ADD64_IMM(then)            MYBPF__HALF_ALU(then, 1, ADD, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_ADD64_REG(then)            MYBPF__HALF_ALU(then, 1, ADD, uint64_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__HALF_ADD_JEQ64_IMM(then)        MYBPF__HALF_COUNT(then, JEQ, MYBPF__IMM2)
#define MYBPF__HALF_ADD_JLT64_REG(then)        MYBPF__HALF_COUNT(then, JLT, MYBPF__SRC)
#define MYBPF__HALF_FROM_ADD32_REG(then)       MYBPF__HALF_ALU(then, 1, ADD, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__HALF_FROM_ADD64_REG(then)       MYBPF__HALF_ALU(then, 1, ADD, uint64_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__HALF_FROM_LDX_B(then)           MYBPF__HALF_LOAD(then, uint8_t, MYBPF__LAST)
#define MYBPF__HALF_FROM_LDX_DW(then)          MYBPF__HALF_LOAD(then, uint64_t, MYBPF__LAST)
#define MYBPF__HALF_FROM_LDX_H(then)           MYBPF__HALF_LOAD(then, uint16_t, MYBPF__LAST)
#define MYBPF__HALF_FROM_LDX_W(then)           MYBPF__HALF_LOAD(then, uint32_t, MYBPF__LAST)
#define MYBPF__HALF_FROM_MOV32_REG(then)       MYBPF__HALF_ALU(then, 1, MOV, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__HALF_FROM_MOV64_REG(then)       MYBPF__HALF_COPY(then)
#define MYBPF__HALF_FROM_MOV_ADD64_REG(then)   MYBPF__HALF_ALU(then, 2, ADD, uint64_t, MYBPF__LAST, MYBPF__THIRD)
#define MYBPF__HALF_FROM_MOV_LSH64_IMM(then)   MYBPF__HALF_ALU(then, 2, LSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_FROM_MOV_MUL32_IMM(then)   MYBPF__HALF_ALU(then, 2, MUL, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_FROM_MOV_MUL64_REG(then)   MYBPF__HALF_ALU(then, 2, MUL, uint64_t, MYBPF__LAST, MYBPF__THIRD)
#define MYBPF__HALF_FROM_MOV_RSH32_IMM(then)   MYBPF__HALF_ALU(then, 2, RSH, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_FROM_MOV_RSH64_IMM(then)   MYBPF__HALF_ALU(then, 2, RSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_FROM_OR32_REG(then)        MYBPF__HALF_ALU(then, 1, OR, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__HALF_FROM_OR64_REG(then)        MYBPF__HALF_ALU(then, 1, OR, uint64_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__HALF_FROM_XOR32_REG(then)       MYBPF__HALF_ALU(then, 1, XOR, uint32_t, MYBPF__DST, MYBPF__LAST)
#define MYBPF__HALF_JA(then)                   then(1 + (ptrdiff_t)ip->off);
#define MYBPF__HALF_JEQ32_IMM(then)            MYBPF__HALF_JCC(then, JEQ, uint32_t, MYBPF__IMM)
#define MYBPF__HALF_JGT64_IMM(then)            MYBPF__HALF_JCC(then, JGT, uint64_t, MYBPF__IMM)
#define MYBPF__HALF_JLT64_IMM(then)            MYBPF__HALF_JCC(then, JLT, uint64_t, MYBPF__IMM)
#define MYBPF__HALF_JNE32_IMM(then)            MYBPF__HALF_JCC(then, JNE, uint32_t, MYBPF__IMM)
#define MYBPF__HALF_LDX_B(then)                MYBPF__HALF_LOAD(then, uint8_t, MYBPF__SRC)
#define MYBPF__HALF_LDX_DW(then)               MYBPF__HALF_LOAD(then, uint64_t, MYBPF__SRC)
#define MYBPF__HALF_LDX_W(then)                MYBPF__HALF_LOAD(then, uint32_t, MYBPF__SRC)
#define MYBPF__HALF_LSH32_IMM(then)            MYBPF__HALF_ALU(then, 1, LSH, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_LSH64_IMM(then)            MYBPF__HALF_ALU(then, 1, LSH, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_MOV32_IMM(then)            MYBPF__HALF_ALU(then, 1, MOV, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_MOV32_REG(then)            MYBPF__HALF_ALU(then, 1, MOV, uint32_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__HALF_MOV64_IMM(then)            MYBPF__HALF_ALU(then, 1, MOV, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_MOV64_REG(then)            MYBPF__HALF_ALU(then, 1, MOV, uint64_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__HALF_MOV_ADD64_IMM(then)        MYBPF__HALF_ALU(then, 2, ADD, uint64_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__HALF_MOV_ADD64_REG(then)        MYBPF__HALF_ALU(then, 2, ADD, uint64_t, MYBPF__SRC, MYBPF__THIRD)
#define MYBPF__HALF_MOV_AND32_IMM(then)        MYBPF__HALF_ALU(then, 2, AND, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__HALF_MOV_AND64_IMM(then)        MYBPF__HALF_ALU(then, 2, AND, uint64_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__HALF_MOV_LSH32_IMM(then)        MYBPF__HALF_ALU(then, 2, LSH, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__HALF_MOV_RSH32_IMM(then)        MYBPF__HALF_ALU(then, 2, RSH, uint32_t, MYBPF__SRC, MYBPF__IMM)
#define MYBPF__HALF_MUL64_REG(then)            MYBPF__HALF_ALU(then, 1, MUL, uint64_t, MYBPF__DST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_ADD32_REG(then)       MYBPF__HALF_ALU(then, 1, ADD, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_ADD64_IMM(then)       MYBPF__HALF_ALU(then, 1, ADD, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_NEAR_ADD64_REG(then)       MYBPF__HALF_ALU(then, 1, ADD, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_LSH32_IMM(then)       MYBPF__HALF_ALU(then, 1, LSH, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_NEAR_LSH64_IMM(then)       MYBPF__HALF_ALU(then, 1, LSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_NEAR_MUL32_REG(then)       MYBPF__HALF_ALU(then, 1, MUL, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_MUL64_IMM(then)       MYBPF__HALF_ALU(then, 1, MUL, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_NEAR_MUL64_REG(then)       MYBPF__HALF_ALU(then, 1, MUL, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_OR32_IMM(then)        MYBPF__HALF_ALU(then, 1, OR, uint32_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_NEAR_OR32_REG(then)        MYBPF__HALF_ALU(then, 1, OR, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_OR64_REG(then)        MYBPF__HALF_ALU(then, 1, OR, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_RSH64_IMM(then)       MYBPF__HALF_ALU(then, 1, RSH, uint64_t, MYBPF__LAST, MYBPF__IMM)
#define MYBPF__HALF_NEAR_XOR32_REG(then)       MYBPF__HALF_ALU(then, 1, XOR, uint32_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_NEAR_XOR64_REG(then)       MYBPF__HALF_ALU(then, 1, XOR, uint64_t, MYBPF__LAST, MYBPF__SRC)
#define MYBPF__HALF_RSH32_IMM(then)            MYBPF__HALF_ALU(then, 1, RSH, uint32_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_RSH64_IMM(then)            MYBPF__HALF_ALU(then, 1, RSH, uint64_t, MYBPF__DST, MYBPF__IMM)
#define MYBPF__HALF_STX_B(then)                MYBPF__HALF_STORE(then, uint8_t)
#define MYBPF__HALF_STX_DW(then)               MYBPF__HALF_STORE(then, uint64_t)
#define MYBPF__HALF_STX_H(then)                MYBPF__HALF_STORE(then, uint16_t)
#define MYBPF__HALF_STX_W(then)                MYBPF__HALF_STORE(then, uint32_t)
#define MYBPF__HALF_WITH_MOV_ADD64_REG(then)   MYBPF__HALF_ALU(then, 2, ADD, uint64_t, MYBPF__SRC, MYBPF__LAST)
#define MYBPF__HALF_WITH_MOV_SUB32_REG(then)   MYBPF__HALF_ALU(then, 2, SUB, uint32_t, MYBPF__SRC, MYBPF__LAST)
#define MYBPF__PAIR(Y, first, second)                                                                        \
    MYBPF__EXTRA(first##_THEN_##second) { MYBPF__HALF_##first(MYBPF__GO_ON) MYBPF__HALF_##second(MYBPF__SKIP); }

#define MYBPF__PAYING_PAIR(Y, first, second)                                                                 \
    MYBPF__EXTRA(PAY_##first##_THEN_##second) { MYBPF__HALF_##first(MYBPF__GO_ON) MYBPF__HALF_##second(MYBPF__PAY) }

/* clang-format on */

#endif
