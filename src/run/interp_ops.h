/* interp_ops.h: what every instruction does, once; interp_loop.c gives MYBPF__OP, MYBPF__NEXT and their kin a
 * meaning. */
#ifndef MYBPF__INTERP_OPS_H
#define MYBPF__INTERP_OPS_H

/* clang-format off */

/* ---- arithmetic: `a op b`, for 64 bits and for 32; U is the type ---- */

#define MYBPF__DO_ADD(U, a, b)  (U)((a) + (b))
#define MYBPF__DO_SUB(U, a, b)  (U)((a) - (b))
#define MYBPF__DO_MUL(U, a, b)  (U)((a) * (b))
#define MYBPF__DO_DIV(U, a, b)  (U)((b) ? (a) / (b) : 0)
#define MYBPF__DO_MOD(U, a, b)  (U)((b) ? (a) % (b) : (a))
#define MYBPF__DO_OR(U, a, b)   (U)((a) | (b))
#define MYBPF__DO_AND(U, a, b)  (U)((a) & (b))
#define MYBPF__DO_XOR(U, a, b)  (U)((a) ^ (b))
#define MYBPF__DO_LSH(U, a, b)  (U)((a) << ((b) & (8 * sizeof(U) - 1)))
#define MYBPF__DO_RSH(U, a, b)  (U)((a) >> ((b) & (8 * sizeof(U) - 1)))

#define MYBPF__ALU(op)                                                                                       \
    MYBPF__OP(op##64_IMM) { MYBPF__DST = MYBPF__DO_##op(uint64_t, MYBPF__DST, MYBPF__IMM); MYBPF__NEXT; }    \
    MYBPF__OP(op##64_REG) { MYBPF__DST = MYBPF__DO_##op(uint64_t, MYBPF__DST, MYBPF__SRC); MYBPF__NEXT; }    \
    MYBPF__OP(op##32_IMM) { MYBPF__DST = MYBPF__DO_##op(uint32_t, (uint32_t)MYBPF__DST, (uint32_t)MYBPF__IMM); MYBPF__NEXT; } \
    MYBPF__OP(op##32_REG) { MYBPF__DST = MYBPF__DO_##op(uint32_t, (uint32_t)MYBPF__DST, (uint32_t)MYBPF__SRC); MYBPF__NEXT; }

/* The same with signed operands: `function` is named for the width. */
#define MYBPF__ALU_SIGNED(op, function)                                                                      \
    MYBPF__OP(op##64_IMM) { MYBPF__DST = function##64(MYBPF__DST, MYBPF__IMM); MYBPF__NEXT; }                \
    MYBPF__OP(op##64_REG) { MYBPF__DST = function##64(MYBPF__DST, MYBPF__SRC); MYBPF__NEXT; }                \
    MYBPF__OP(op##32_IMM) { MYBPF__DST = function##32((uint32_t)MYBPF__DST, (uint32_t)MYBPF__IMM); MYBPF__NEXT; } \
    MYBPF__OP(op##32_REG) { MYBPF__DST = function##32((uint32_t)MYBPF__DST, (uint32_t)MYBPF__SRC); MYBPF__NEXT; }

#define MYBPF__INTERP_ALU                                                                                    \
    MYBPF__ALU(ADD)                                                                                          \
    MYBPF__ALU(SUB)                                                                                          \
    MYBPF__ALU(MUL)                                                                                          \
    MYBPF__ALU(DIV)                                                                                          \
    MYBPF__ALU(MOD)                                                                                          \
    MYBPF__ALU(OR)                                                                                           \
    MYBPF__ALU(AND)                                                                                          \
    MYBPF__ALU(XOR)                                                                                          \
    MYBPF__ALU(LSH)                                                                                          \
    MYBPF__ALU(RSH)                                                                                          \
    MYBPF__OP(MOV64_IMM)  { MYBPF__DST = MYBPF__IMM; MYBPF__NEXT; }                                          \
    MYBPF__OP(MOV64_REG)  { MYBPF__DST = MYBPF__SRC; MYBPF__NEXT; }                                          \
    MYBPF__OP(MOV32_IMM)  { MYBPF__DST = (uint32_t)MYBPF__IMM; MYBPF__NEXT; }                                \
    MYBPF__OP(MOV32_REG)  { MYBPF__DST = (uint32_t)MYBPF__SRC; MYBPF__NEXT; }                                \
    MYBPF__ALU_SIGNED(ARSH, mybpf__arsh)                                                                     \
    MYBPF__ALU_SIGNED(SDIV, mybpf__sdiv)                                                                     \
    MYBPF__ALU_SIGNED(SMOD, mybpf__smod)                                                                     \
    MYBPF__OP(NEG64)      { MYBPF__DST = 0 - MYBPF__DST; MYBPF__NEXT; }                                      \
    MYBPF__OP(NEG32)      { MYBPF__DST = (uint32_t)(0 - MYBPF__DST); MYBPF__NEXT; }                          \
    MYBPF__OP(MOVSX8_32)  { MYBPF__DST = (uint64_t)(int8_t)MYBPF__SRC & UINT32_MAX; MYBPF__NEXT; }           \
    MYBPF__OP(MOVSX16_32) { MYBPF__DST = (uint64_t)(int16_t)MYBPF__SRC & UINT32_MAX; MYBPF__NEXT; }          \
    MYBPF__OP(MOVSX8_64)  { MYBPF__DST = (uint64_t)(int8_t)MYBPF__SRC; MYBPF__NEXT; }                        \
    MYBPF__OP(MOVSX16_64) { MYBPF__DST = (uint64_t)(int16_t)MYBPF__SRC; MYBPF__NEXT; }                       \
    MYBPF__OP(MOVSX32_64) { MYBPF__DST = (uint64_t)(int32_t)MYBPF__SRC; MYBPF__NEXT; }                       \
    MYBPF__OP(LE16)       { MYBPF__DST = MYBPF_BIG_ENDIAN ? mybpf__swap16(MYBPF__DST) : MYBPF__DST & 0xffff; MYBPF__NEXT; } \
    MYBPF__OP(LE32)       { MYBPF__DST = MYBPF_BIG_ENDIAN ? mybpf__swap32(MYBPF__DST) : (uint32_t)MYBPF__DST; MYBPF__NEXT; } \
    MYBPF__OP(LE64)       { MYBPF__DST = MYBPF_BIG_ENDIAN ? mybpf__swap64(MYBPF__DST) : MYBPF__DST; MYBPF__NEXT; } \
    MYBPF__OP(BE16)       { MYBPF__DST = MYBPF_BIG_ENDIAN ? MYBPF__DST & 0xffff : mybpf__swap16(MYBPF__DST); MYBPF__NEXT; } \
    MYBPF__OP(BE32)       { MYBPF__DST = MYBPF_BIG_ENDIAN ? (uint32_t)MYBPF__DST : mybpf__swap32(MYBPF__DST); MYBPF__NEXT; } \
    MYBPF__OP(BE64)       { MYBPF__DST = MYBPF_BIG_ENDIAN ? MYBPF__DST : mybpf__swap64(MYBPF__DST); MYBPF__NEXT; } \
    MYBPF__OP(BSWAP16)    { MYBPF__DST = mybpf__swap16(MYBPF__DST); MYBPF__NEXT; }                           \
    MYBPF__OP(BSWAP32)    { MYBPF__DST = mybpf__swap32(MYBPF__DST); MYBPF__NEXT; }                           \
    MYBPF__OP(BSWAP64)    { MYBPF__DST = mybpf__swap64(MYBPF__DST); MYBPF__NEXT; }                           \
    MYBPF__OP(LDDW)       { MYBPF__DST = (uint32_t)ip[0].imm | (uint64_t)(uint32_t)ip[1].imm << 32; MYBPF__SKIP(2); }

/* ---- jumps ---- */

#define MYBPF__IF_JEQ(a, b)  ((a) == (b))
#define MYBPF__IF_JNE(a, b)  ((a) != (b))
#define MYBPF__IF_JSET(a, b) (((a) & (b)) != 0)
#define MYBPF__IF_JGT(a, b)  ((a) > (b))
#define MYBPF__IF_JGE(a, b)  ((a) >= (b))
#define MYBPF__IF_JLT(a, b)  ((a) < (b))
#define MYBPF__IF_JLE(a, b)  ((a) <= (b))
#define MYBPF__IF_JSGT(a, b) (MYBPF__SIGNED(a) > MYBPF__SIGNED(b))
#define MYBPF__IF_JSGE(a, b) (MYBPF__SIGNED(a) >= MYBPF__SIGNED(b))
#define MYBPF__IF_JSLT(a, b) (MYBPF__SIGNED(a) < MYBPF__SIGNED(b))
#define MYBPF__IF_JSLE(a, b) (MYBPF__SIGNED(a) <= MYBPF__SIGNED(b))
/* An unsigned value of 4 or 8 bytes, as a signed one. */
#define MYBPF__SIGNED(a)     (sizeof(a) == 4 ? (int64_t)(int32_t)(a) : (int64_t)(a))

#define MYBPF__JCC(op)                                                                                       \
    MYBPF__OP(op##64_IMM) { MYBPF__JUMP_IF(MYBPF__IF_##op(MYBPF__DST, MYBPF__IMM)); }                        \
    MYBPF__OP(op##64_REG) { MYBPF__JUMP_IF(MYBPF__IF_##op(MYBPF__DST, MYBPF__SRC)); }                        \
    MYBPF__OP(op##32_IMM) { MYBPF__JUMP_IF(MYBPF__IF_##op((uint32_t)MYBPF__DST, (uint32_t)MYBPF__IMM)); }    \
    MYBPF__OP(op##32_REG) { MYBPF__JUMP_IF(MYBPF__IF_##op((uint32_t)MYBPF__DST, (uint32_t)MYBPF__SRC)); }

#define MYBPF__INTERP_JUMPS                                                                                  \
    MYBPF__OP(JA)       { MYBPF__SKIP(1 + (ptrdiff_t)ip->off); }                                             \
    MYBPF__OP(JA32)     { MYBPF__SKIP(1 + (ptrdiff_t)ip->imm); }                                             \
    MYBPF__OP(MAY_GOTO) { MYBPF__JUMP_IF(!env->abi.may_goto || (env->abi.may_goto--, 0)); }                  \
    MYBPF__JCC(JEQ)                                                                                          \
    MYBPF__JCC(JNE)                                                                                          \
    MYBPF__JCC(JSET)                                                                                         \
    MYBPF__JCC(JGT)                                                                                          \
    MYBPF__JCC(JGE)                                                                                          \
    MYBPF__JCC(JLT)                                                                                          \
    MYBPF__JCC(JLE)                                                                                          \
    MYBPF__JCC(JSGT)                                                                                         \
    MYBPF__JCC(JSGE)                                                                                         \
    MYBPF__JCC(JSLT)                                                                                         \
    MYBPF__JCC(JSLE)                                                 

/* ---- memory ---- */

#define MYBPF__LOAD(op, type)                                                                                \
    MYBPF__OP(op) { type v; mybpf__copy(&v, MYBPF__AT(MYBPF__SRC), sizeof v); MYBPF__DST = (uint64_t)v; MYBPF__NEXT; }
#define MYBPF__STORE(op, type, value)                                                                        \
    MYBPF__OP(op) { type v = (type)(value); mybpf__copy(MYBPF__AT(MYBPF__DST), &v, sizeof v); MYBPF__NEXT; }
#define MYBPF__PACKET(op, offset)                                                                            \
    MYBPF__OP(op##_B) { packet_size = 1; packet_offset = (offset); goto packet; }                            \
    MYBPF__OP(op##_H) { packet_size = 2; packet_offset = (offset); goto packet; }                            \
    MYBPF__OP(op##_W) { packet_size = 4; packet_offset = (offset); goto packet; }

#define MYBPF__INTERP_MEMORY                                                                                 \
    MYBPF__LOAD(LDX_B, uint8_t)                                                                              \
    MYBPF__LOAD(LDX_H, uint16_t)                                                                             \
    MYBPF__LOAD(LDX_W, uint32_t)                                                                             \
    MYBPF__LOAD(LDX_DW, uint64_t)                                                                            \
    MYBPF__LOAD(LDXSX_B, int8_t)                                                                             \
    MYBPF__LOAD(LDXSX_H, int16_t)                                                                            \
    MYBPF__LOAD(LDXSX_W, int32_t)                                                                            \
    MYBPF__STORE(ST_B, uint8_t, ip->imm)                                                                     \
    MYBPF__STORE(ST_H, uint16_t, ip->imm)                                                                    \
    MYBPF__STORE(ST_W, uint32_t, ip->imm)                                                                    \
    MYBPF__STORE(ST_DW, uint64_t, MYBPF__IMM)                                                                \
    MYBPF__STORE(STX_B, uint8_t, MYBPF__SRC)                                                                 \
    MYBPF__STORE(STX_H, uint16_t, MYBPF__SRC)                                                                \
    MYBPF__STORE(STX_W, uint32_t, MYBPF__SRC)                                                                \
    MYBPF__STORE(STX_DW, uint64_t, MYBPF__SRC)                                                               \
    MYBPF__PACKET(LD_ABS, MYBPF__IMM)                                                                        \
    MYBPF__PACKET(LD_IND, MYBPF__SRC + MYBPF__IMM)

/* ---- atomics: rare, so all of one width share their code; the immediate says which ---- */

#define MYBPF__INTERP_ATOMICS                                                                                \
    MYBPF__OP(ATOMIC_ADD32) MYBPF__OP(ATOMIC_OR32) MYBPF__OP(ATOMIC_AND32) MYBPF__OP(ATOMIC_XOR32)           \
    { mybpf__atomic32(env, ip->imm, MYBPF__AT(MYBPF__DST), (uint32_t)MYBPF__SRC, 0); MYBPF__NEXT; }          \
    MYBPF__OP(ATOMIC_ADD64) MYBPF__OP(ATOMIC_OR64) MYBPF__OP(ATOMIC_AND64) MYBPF__OP(ATOMIC_XOR64)           \
    { mybpf__atomic64(env, ip->imm, MYBPF__AT(MYBPF__DST), MYBPF__SRC, 0); MYBPF__NEXT; }                    \
    MYBPF__OP(ATOMIC_FETCH_ADD32) MYBPF__OP(ATOMIC_FETCH_OR32) MYBPF__OP(ATOMIC_FETCH_AND32) MYBPF__OP(ATOMIC_FETCH_XOR32) \
    MYBPF__OP(ATOMIC_XCHG32)                                                                                 \
    { MYBPF__SRC = mybpf__atomic32(env, ip->imm, MYBPF__AT(MYBPF__DST), (uint32_t)MYBPF__SRC, 0); MYBPF__NEXT; } \
    MYBPF__OP(ATOMIC_FETCH_ADD64) MYBPF__OP(ATOMIC_FETCH_OR64) MYBPF__OP(ATOMIC_FETCH_AND64) MYBPF__OP(ATOMIC_FETCH_XOR64) \
    MYBPF__OP(ATOMIC_XCHG64)                                                                                 \
    { MYBPF__SRC = mybpf__atomic64(env, ip->imm, MYBPF__AT(MYBPF__DST), MYBPF__SRC, 0); MYBPF__NEXT; }       \
    MYBPF__OP(ATOMIC_CMPXCHG32)                                                                              \
    { regs[0] = mybpf__atomic32(env, ip->imm, MYBPF__AT(MYBPF__DST), (uint32_t)MYBPF__SRC, (uint32_t)regs[0]); MYBPF__NEXT; } \
    MYBPF__OP(ATOMIC_CMPXCHG64)                                                                              \
    { regs[0] = mybpf__atomic64(env, ip->imm, MYBPF__AT(MYBPF__DST), MYBPF__SRC, regs[0]); MYBPF__NEXT; }    \
    MYBPF__OP(LOAD_ACQ_B)   { MYBPF__DST = mybpf__load_acquire8(MYBPF__AT(MYBPF__SRC)); MYBPF__NEXT; }       \
    MYBPF__OP(LOAD_ACQ_H)   { MYBPF__DST = mybpf__load_acquire16(MYBPF__AT(MYBPF__SRC)); MYBPF__NEXT; }      \
    MYBPF__OP(LOAD_ACQ_W)   { MYBPF__DST = mybpf__load_acquire32(MYBPF__AT(MYBPF__SRC)); MYBPF__NEXT; }      \
    MYBPF__OP(LOAD_ACQ_DW)  { MYBPF__DST = mybpf__load_acquire64(MYBPF__AT(MYBPF__SRC)); MYBPF__NEXT; }      \
    MYBPF__OP(STORE_REL_B)  { mybpf__store_release8(MYBPF__AT(MYBPF__DST), (uint8_t)MYBPF__SRC); MYBPF__NEXT; } \
    MYBPF__OP(STORE_REL_H)  { mybpf__store_release16(MYBPF__AT(MYBPF__DST), (uint16_t)MYBPF__SRC); MYBPF__NEXT; } \
    MYBPF__OP(STORE_REL_W)  { mybpf__store_release32(MYBPF__AT(MYBPF__DST), (uint32_t)MYBPF__SRC); MYBPF__NEXT; } \
    MYBPF__OP(STORE_REL_DW) { mybpf__store_release64(MYBPF__AT(MYBPF__DST), (uint64_t)MYBPF__SRC); MYBPF__NEXT; }

/* ---- fused ---- */

#define MYBPF__THREE(Y, op)                                                                                  \
    MYBPF__EXTRA(MOV_##op##64_REG) { MYBPF__DST = MYBPF__DO_##op(uint64_t, MYBPF__SRC, regs[ip->off]); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(MOV_##op##64_IMM) { MYBPF__DST = MYBPF__DO_##op(uint64_t, MYBPF__SRC, MYBPF__IMM); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(MOV_##op##32_REG) { MYBPF__DST = MYBPF__DO_##op(uint32_t, (uint32_t)MYBPF__SRC, (uint32_t)regs[ip->off]); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(MOV_##op##32_IMM) { MYBPF__DST = MYBPF__DO_##op(uint32_t, (uint32_t)MYBPF__SRC, (uint32_t)MYBPF__IMM); MYBPF__SKIP(2); }

#define MYBPF__COUNT(Y, op, swapped)                                                                         \
    MYBPF__EXTRA(ADD_##op##64_REG) { uint64_t t = MYBPF__DST + MYBPF__IMM, x = MYBPF__SRC; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); } \
    MYBPF__EXTRA(ADD_##op##64_IMM) { uint64_t t = MYBPF__DST + MYBPF__IMM, x = MYBPF__IMM2; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); } \
    MYBPF__EXTRA(ADD_##op##32_REG) { uint32_t t = (uint32_t)(MYBPF__DST + MYBPF__IMM), x = (uint32_t)MYBPF__SRC; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); } \
    MYBPF__EXTRA(ADD_##op##32_IMM) { uint32_t t = (uint32_t)(MYBPF__DST + MYBPF__IMM), x = (uint32_t)MYBPF__IMM2; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); }

#define MYBPF__INTERP_FUSIONS                                                                                \
    MYBPF__FUSED_THREE(MYBPF__THREE, )                                                                       \
    MYBPF__FUSED_COUNT(MYBPF__COUNT, )                                                                       \
    MYBPF__EXTRA(MOV2)                                                                                       \
    {                                                                                                        \
        uint32_t r = (uint32_t)ip->imm;                                                                      \
        regs[r & 255] = regs[r >> 8 & 255];                                                                  \
        regs[r >> 16 & 255] = regs[r >> 24];                                                                 \
        MYBPF__SKIP(2);                                                                                      \
    }                                                                                                        \
    MYBPF__EXTRA(MOV3)                                                                                       \
    {                                                                                                        \
        uint32_t r = (uint32_t)ip->imm;                                                                      \
        regs[r & 255] = regs[r >> 8 & 255];                                                                  \
        regs[r >> 16 & 255] = regs[r >> 24];                                                                 \
        MYBPF__DST = MYBPF__SRC;                                                                             \
        MYBPF__SKIP(3);                                                                                      \
    }                                                                                                        \
    MYBPF__EXTRA(ADD_ROTATE1)                                                                                \
    {                                                                                                        \
        uint32_t r = (uint32_t)ip->imm;                                                                      \
        uint64_t b = regs[r >> 8 & 255], sum = regs[r & 255] + b;                                            \
        regs[r >> 16 & 255] = b;                                                                             \
        MYBPF__DST = sum;                                                                                    \
        MYBPF__SRC = sum;                                                                                    \
        MYBPF__SKIP(4);                                                                                      \
    }                                                                                                        \
    MYBPF__EXTRA(ADD_ROTATE2)                                                                                \
    {                                                                                                        \
        uint32_t r = (uint32_t)ip->imm;                                                                      \
        uint64_t b = regs[r >> 8 & 255], sum = regs[r & 255] + b;                                            \
        regs[r >> 16 & 255] = b;                                                                             \
        regs[r >> 24] = b;                                                                                   \
        MYBPF__DST = sum;                                                                                    \
        MYBPF__SRC = sum;                                                                                    \
        MYBPF__SKIP(5);                                                                                      \
    }

/* clang-format on */

#endif
