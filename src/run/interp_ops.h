/* interp_ops.h: what every instruction does, once; interp_loop.c gives OP, NEXT and their kin a meaning. */
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

#define MYBPF__ALU(op)                                                                             \
    OP(op##64_IMM) { DST = MYBPF__DO_##op(uint64_t, DST, IMM); NEXT; }                             \
    OP(op##64_REG) { DST = MYBPF__DO_##op(uint64_t, DST, SRC); NEXT; }                             \
    OP(op##32_IMM) { DST = MYBPF__DO_##op(uint32_t, (uint32_t)DST, (uint32_t)IMM); NEXT; }         \
    OP(op##32_REG) { DST = MYBPF__DO_##op(uint32_t, (uint32_t)DST, (uint32_t)SRC); NEXT; }

/* The same with signed operands: `function` is named for the width. */
#define MYBPF__ALU_SIGNED(op, function)                                                            \
    OP(op##64_IMM) { DST = function##64(DST, IMM); NEXT; }                                         \
    OP(op##64_REG) { DST = function##64(DST, SRC); NEXT; }                                         \
    OP(op##32_IMM) { DST = function##32((uint32_t)DST, (uint32_t)IMM); NEXT; }                     \
    OP(op##32_REG) { DST = function##32((uint32_t)DST, (uint32_t)SRC); NEXT; }

#define MYBPF__INTERP_ALU                                                                          \
    MYBPF__ALU(ADD)                                                                                \
    MYBPF__ALU(SUB)                                                                                \
    MYBPF__ALU(MUL)                                                                                \
    MYBPF__ALU(DIV)                                                                                \
    MYBPF__ALU(MOD)                                                                                \
    MYBPF__ALU(OR)                                                                                 \
    MYBPF__ALU(AND)                                                                                \
    MYBPF__ALU(XOR)                                                                                \
    MYBPF__ALU(LSH)                                                                                \
    MYBPF__ALU(RSH)                                                                                \
    OP(MOV64_IMM)  { DST = IMM; NEXT; }                                                            \
    OP(MOV64_REG)  { DST = SRC; NEXT; }                                                            \
    OP(MOV32_IMM)  { DST = (uint32_t)IMM; NEXT; }                                                  \
    OP(MOV32_REG)  { DST = (uint32_t)SRC; NEXT; }                                                  \
    MYBPF__ALU_SIGNED(ARSH, mybpf__arsh)                                                           \
    MYBPF__ALU_SIGNED(SDIV, mybpf__sdiv)                                                           \
    MYBPF__ALU_SIGNED(SMOD, mybpf__smod)                                                           \
    OP(NEG64)      { DST = 0 - DST; NEXT; }                                                        \
    OP(NEG32)      { DST = (uint32_t)(0 - DST); NEXT; }                                            \
    OP(MOVSX8_32)  { DST = (uint64_t)(int8_t)SRC & UINT32_MAX; NEXT; }                                      \
    OP(MOVSX16_32) { DST = (uint64_t)(int16_t)SRC & UINT32_MAX; NEXT; }                                      \
    OP(MOVSX8_64)  { DST = (uint64_t)(int8_t)SRC; NEXT; }                                          \
    OP(MOVSX16_64) { DST = (uint64_t)(int16_t)SRC; NEXT; }                                         \
    OP(MOVSX32_64) { DST = (uint64_t)(int32_t)SRC; NEXT; }                                         \
    OP(LE16)       { DST = MYBPF_BIG_ENDIAN ? mybpf__swap16(DST) : DST & 0xffff; NEXT; }          \
    OP(LE32)       { DST = MYBPF_BIG_ENDIAN ? mybpf__swap32(DST) : (uint32_t)DST; NEXT; }          \
    OP(LE64)       { DST = MYBPF_BIG_ENDIAN ? mybpf__swap64(DST) : DST; NEXT; }                    \
    OP(BE16)       { DST = MYBPF_BIG_ENDIAN ? DST & 0xffff : mybpf__swap16(DST); NEXT; }          \
    OP(BE32)       { DST = MYBPF_BIG_ENDIAN ? (uint32_t)DST : mybpf__swap32(DST); NEXT; }          \
    OP(BE64)       { DST = MYBPF_BIG_ENDIAN ? DST : mybpf__swap64(DST); NEXT; }                    \
    OP(BSWAP16)    { DST = mybpf__swap16(DST); NEXT; }                                             \
    OP(BSWAP32)    { DST = mybpf__swap32(DST); NEXT; }                                             \
    OP(BSWAP64)    { DST = mybpf__swap64(DST); NEXT; }                                             \
    OP(LDDW)       { DST = (uint32_t)ip[0].imm | (uint64_t)(uint32_t)ip[1].imm << 32; SKIP(2); }

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

#define MYBPF__JCC(op)                                                                             \
    OP(op##64_IMM) { JUMP_IF(MYBPF__IF_##op(DST, IMM)); }                                          \
    OP(op##64_REG) { JUMP_IF(MYBPF__IF_##op(DST, SRC)); }                                          \
    OP(op##32_IMM) { JUMP_IF(MYBPF__IF_##op((uint32_t)DST, (uint32_t)IMM)); }                      \
    OP(op##32_REG) { JUMP_IF(MYBPF__IF_##op((uint32_t)DST, (uint32_t)SRC)); }

#define MYBPF__INTERP_JUMPS                                                                        \
    OP(JA)       { SKIP(1 + (ptrdiff_t)ip->off); }                                                 \
    OP(JA32)     { SKIP(1 + (ptrdiff_t)ip->imm); }                                                 \
    OP(MAY_GOTO) { JUMP_IF(!env->abi.may_goto || (env->abi.may_goto--, 0)); }                      \
    MYBPF__JCC(JEQ)                                                                                \
    MYBPF__JCC(JNE)                                                                                \
    MYBPF__JCC(JSET)                                                                               \
    MYBPF__JCC(JGT)                                                                                \
    MYBPF__JCC(JGE)                                                                                \
    MYBPF__JCC(JLT)                                                                                \
    MYBPF__JCC(JLE)                                                                                \
    MYBPF__JCC(JSGT)                                                                               \
    MYBPF__JCC(JSGE)                                                                               \
    MYBPF__JCC(JSLT)                                                                               \
    MYBPF__JCC(JSLE)                                                 

/* ---- memory ---- */

#define MYBPF__LOAD(op, type)                                                                      \
    OP(op) { type v; mybpf__copy(&v, AT(SRC), sizeof v); DST = (uint64_t)v; NEXT; }
#define MYBPF__STORE(op, type, value)                                                              \
    OP(op) { type v = (type)(value); mybpf__copy(AT(DST), &v, sizeof v); NEXT; }
#define MYBPF__PACKET(op, offset)                                                                  \
    OP(op##_B) { packet_size = 1; packet_offset = (offset); goto packet; }                         \
    OP(op##_H) { packet_size = 2; packet_offset = (offset); goto packet; }                         \
    OP(op##_W) { packet_size = 4; packet_offset = (offset); goto packet; }

#define MYBPF__INTERP_MEMORY                                                                       \
    MYBPF__LOAD(LDX_B, uint8_t)                                                                    \
    MYBPF__LOAD(LDX_H, uint16_t)                                                                   \
    MYBPF__LOAD(LDX_W, uint32_t)                                                                   \
    MYBPF__LOAD(LDX_DW, uint64_t)                                                                  \
    MYBPF__LOAD(LDXSX_B, int8_t)                                                                   \
    MYBPF__LOAD(LDXSX_H, int16_t)                                                                  \
    MYBPF__LOAD(LDXSX_W, int32_t)                                                                  \
    MYBPF__STORE(ST_B, uint8_t, ip->imm)                                                           \
    MYBPF__STORE(ST_H, uint16_t, ip->imm)                                                          \
    MYBPF__STORE(ST_W, uint32_t, ip->imm)                                                          \
    MYBPF__STORE(ST_DW, uint64_t, IMM)                                                             \
    MYBPF__STORE(STX_B, uint8_t, SRC)                                                              \
    MYBPF__STORE(STX_H, uint16_t, SRC)                                                             \
    MYBPF__STORE(STX_W, uint32_t, SRC)                                                             \
    MYBPF__STORE(STX_DW, uint64_t, SRC)                                                            \
    MYBPF__PACKET(LD_ABS, IMM)                                                                     \
    MYBPF__PACKET(LD_IND, SRC + IMM)

/* ---- atomics: rare, so all of one width share their code; the immediate says which ---- */

#define MYBPF__INTERP_ATOMICS                                                                      \
    OP(ATOMIC_ADD32) OP(ATOMIC_OR32) OP(ATOMIC_AND32) OP(ATOMIC_XOR32)                             \
    { mybpf__atomic32(env, ip->imm, AT(DST), (uint32_t)SRC, 0); NEXT; }                            \
    OP(ATOMIC_ADD64) OP(ATOMIC_OR64) OP(ATOMIC_AND64) OP(ATOMIC_XOR64)                             \
    { mybpf__atomic64(env, ip->imm, AT(DST), SRC, 0); NEXT; }                                      \
    OP(ATOMIC_FETCH_ADD32) OP(ATOMIC_FETCH_OR32) OP(ATOMIC_FETCH_AND32) OP(ATOMIC_FETCH_XOR32)     \
    OP(ATOMIC_XCHG32)                                                                              \
    { SRC = mybpf__atomic32(env, ip->imm, AT(DST), (uint32_t)SRC, 0); NEXT; }                      \
    OP(ATOMIC_FETCH_ADD64) OP(ATOMIC_FETCH_OR64) OP(ATOMIC_FETCH_AND64) OP(ATOMIC_FETCH_XOR64)     \
    OP(ATOMIC_XCHG64)                                                                              \
    { SRC = mybpf__atomic64(env, ip->imm, AT(DST), SRC, 0); NEXT; }                                \
    OP(ATOMIC_CMPXCHG32)                                                                           \
    { regs[0] = mybpf__atomic32(env, ip->imm, AT(DST), (uint32_t)SRC, (uint32_t)regs[0]); NEXT; }  \
    OP(ATOMIC_CMPXCHG64)                                                                           \
    { regs[0] = mybpf__atomic64(env, ip->imm, AT(DST), SRC, regs[0]); NEXT; }                      \
    OP(LOAD_ACQ_B)   { DST = mybpf__load_acquire8(AT(SRC)); NEXT; }                                \
    OP(LOAD_ACQ_H)   { DST = mybpf__load_acquire16(AT(SRC)); NEXT; }                               \
    OP(LOAD_ACQ_W)   { DST = mybpf__load_acquire32(AT(SRC)); NEXT; }                               \
    OP(LOAD_ACQ_DW)  { DST = mybpf__load_acquire64(AT(SRC)); NEXT; }                               \
    OP(STORE_REL_B)  { mybpf__store_release8(AT(DST), (uint8_t)SRC); NEXT; }                       \
    OP(STORE_REL_H)  { mybpf__store_release16(AT(DST), (uint16_t)SRC); NEXT; }                     \
    OP(STORE_REL_W)  { mybpf__store_release32(AT(DST), (uint32_t)SRC); NEXT; }                     \
    OP(STORE_REL_DW) { mybpf__store_release64(AT(DST), (uint64_t)SRC); NEXT; }

/* ---- fused ---- */

#define MYBPF__THREE(Y, op)                                                                        \
    EXTRA(MOV_##op##64_REG) { DST = MYBPF__DO_##op(uint64_t, SRC, regs[ip->off]); SKIP(2); }       \
    EXTRA(MOV_##op##64_IMM) { DST = MYBPF__DO_##op(uint64_t, SRC, IMM); SKIP(2); }                 \
    EXTRA(MOV_##op##32_REG) { DST = MYBPF__DO_##op(uint32_t, (uint32_t)SRC, (uint32_t)regs[ip->off]); SKIP(2); } \
    EXTRA(MOV_##op##32_IMM) { DST = MYBPF__DO_##op(uint32_t, (uint32_t)SRC, (uint32_t)IMM); SKIP(2); }

#define MYBPF__COUNT(Y, op, swapped)                                                               \
    EXTRA(ADD_##op##64_REG) { uint64_t t = DST + IMM, x = SRC; DST = t; COUNT_IF(MYBPF__IF_##op(t, x)); } \
    EXTRA(ADD_##op##64_IMM) { uint64_t t = DST + IMM, x = IMM2; DST = t; COUNT_IF(MYBPF__IF_##op(t, x)); } \
    EXTRA(ADD_##op##32_REG) { uint32_t t = (uint32_t)(DST + IMM), x = (uint32_t)SRC; DST = t; COUNT_IF(MYBPF__IF_##op(t, x)); } \
    EXTRA(ADD_##op##32_IMM) { uint32_t t = (uint32_t)(DST + IMM), x = (uint32_t)IMM2; DST = t; COUNT_IF(MYBPF__IF_##op(t, x)); }

#define MYBPF__INTERP_FUSIONS                                                                      \
    MYBPF__FUSED_THREE(MYBPF__THREE, )                                                             \
    MYBPF__FUSED_COUNT(MYBPF__COUNT, )                                                             \
    EXTRA(MOV2)                                                                                    \
    {                                                                                              \
        uint32_t r = (uint32_t)ip->imm;                                                            \
        regs[r & 255] = regs[r >> 8 & 255];                                                        \
        regs[r >> 16 & 255] = regs[r >> 24];                                                       \
        SKIP(2);                                                                                   \
    }                                                                                              \
    EXTRA(MOV3)                                                                                    \
    {                                                                                              \
        uint32_t r = (uint32_t)ip->imm;                                                            \
        regs[r & 255] = regs[r >> 8 & 255];                                                        \
        regs[r >> 16 & 255] = regs[r >> 24];                                                       \
        DST = SRC;                                                                                 \
        SKIP(3);                                                                                   \
    }                                                                                              \
    EXTRA(ADD_ROTATE1)                                                                             \
    {                                                                                              \
        uint32_t r = (uint32_t)ip->imm;                                                            \
        uint64_t b = regs[r >> 8 & 255], sum = regs[r & 255] + b;                                  \
        regs[r >> 16 & 255] = b;                                                                   \
        DST = sum;                                                                                 \
        SRC = sum;                                                                                 \
        SKIP(4);                                                                                   \
    }                                                                                              \
    EXTRA(ADD_ROTATE2)                                                                             \
    {                                                                                              \
        uint32_t r = (uint32_t)ip->imm;                                                            \
        uint64_t b = regs[r >> 8 & 255], sum = regs[r & 255] + b;                                  \
        regs[r >> 16 & 255] = b;                                                                   \
        regs[r >> 24] = b;                                                                         \
        DST = sum;                                                                                 \
        SRC = sum;                                                                                 \
        SKIP(5);                                                                                   \
    }

/* clang-format on */

#endif
