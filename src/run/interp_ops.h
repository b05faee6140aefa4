/* interp_ops.h: what every instruction does, once; interp_loop.c gives OP, NEXT and their kin a meaning. */
#ifndef MYBPF__INTERP_OPS_H
#define MYBPF__INTERP_OPS_H

/* clang-format off */

/* ---- arithmetic: `a op b` in 64 bits and in 32, with an immediate and with a register ---- */

#define MYBPF__ALU(op, result)                                                                     \
    OP(op##64_IMM) { uint64_t a = DST, b = IMM; DST = (result); NEXT; }                            \
    OP(op##64_REG) { uint64_t a = DST, b = SRC; DST = (result); NEXT; }                            \
    OP(op##32_IMM) { uint32_t a = (uint32_t)DST, b = (uint32_t)IMM; DST = (uint32_t)(result); NEXT; } \
    OP(op##32_REG) { uint32_t a = (uint32_t)DST, b = (uint32_t)SRC; DST = (uint32_t)(result); NEXT; }

/* The same with signed operands: `function` is named for the width. */
#define MYBPF__ALU_SIGNED(op, function)                                                            \
    OP(op##64_IMM) { DST = function##64(DST, IMM); NEXT; }                                         \
    OP(op##64_REG) { DST = function##64(DST, SRC); NEXT; }                                         \
    OP(op##32_IMM) { DST = function##32((uint32_t)DST, (uint32_t)IMM); NEXT; }                     \
    OP(op##32_REG) { DST = function##32((uint32_t)DST, (uint32_t)SRC); NEXT; }

#define MYBPF__INTERP_ALU                                                                          \
    MYBPF__ALU(ADD, a + b)                                                                         \
    MYBPF__ALU(SUB, a - b)                                                                         \
    MYBPF__ALU(MUL, a * b)                                                                         \
    MYBPF__ALU(DIV, b ? a / b : 0)                                                                 \
    MYBPF__ALU(MOD, b ? a % b : a)                                                                 \
    MYBPF__ALU(OR, a | b)                                                                          \
    MYBPF__ALU(AND, a & b)                                                                         \
    MYBPF__ALU(XOR, a ^ b)                                                                         \
    MYBPF__ALU(MOV, ((void)a, b))                                                                  \
    MYBPF__ALU(LSH, a << (b & (8 * sizeof a - 1)))                                                 \
    MYBPF__ALU(RSH, a >> (b & (8 * sizeof a - 1)))                                                 \
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

#define MYBPF__JCC(op, u64, u32, condition)                                                        \
    OP(op##64_IMM) { u64 a = (u64)DST, b = (u64)IMM; JUMP_IF(condition); }                         \
    OP(op##64_REG) { u64 a = (u64)DST, b = (u64)SRC; JUMP_IF(condition); }                         \
    OP(op##32_IMM) { u32 a = (u32)DST, b = (u32)IMM; JUMP_IF(condition); }                         \
    OP(op##32_REG) { u32 a = (u32)DST, b = (u32)SRC; JUMP_IF(condition); }

#define MYBPF__INTERP_JUMPS                                                                        \
    OP(JA)       { SKIP(1 + (ptrdiff_t)ip->off); }                                                 \
    OP(JA32)     { SKIP(1 + (ptrdiff_t)ip->imm); }                                                 \
    OP(MAY_GOTO) { JUMP_IF(!env->abi.may_goto || (env->abi.may_goto--, 0)); }                      \
    MYBPF__JCC(JEQ, uint64_t, uint32_t, a == b)                                                    \
    MYBPF__JCC(JNE, uint64_t, uint32_t, a != b)                                                    \
    MYBPF__JCC(JSET, uint64_t, uint32_t, (a & b) != 0)                                             \
    MYBPF__JCC(JGT, uint64_t, uint32_t, a > b)                                                     \
    MYBPF__JCC(JGE, uint64_t, uint32_t, a >= b)                                                    \
    MYBPF__JCC(JLT, uint64_t, uint32_t, a < b)                                                     \
    MYBPF__JCC(JLE, uint64_t, uint32_t, a <= b)                                                    \
    MYBPF__JCC(JSGT, int64_t, int32_t, a > b)                                                      \
    MYBPF__JCC(JSGE, int64_t, int32_t, a >= b)                                                     \
    MYBPF__JCC(JSLT, int64_t, int32_t, a < b)                                                      \
    MYBPF__JCC(JSLE, int64_t, int32_t, a <= b)

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

/* clang-format on */

#endif
