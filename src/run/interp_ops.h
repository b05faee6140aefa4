/* interp_ops.h: what every instruction does, once; interp_loop.c gives OP, NEXT and their kin a meaning:
 * A is the value of the destination register, B of the source register, b in BOTH of that or the immediate.
 */
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
    MYBPF__BOTH(op##64_IMM, op##64_REG, MYBPF__SET(MYBPF__DO_##op(uint64_t, MYBPF__A, b)))                   \
    MYBPF__BOTH(op##32_IMM, op##32_REG, MYBPF__SET32(MYBPF__DO_##op(uint32_t, (uint32_t)MYBPF__A, (uint32_t)b)))

/* The same with signed operands: `function` is named for the width. */
#define MYBPF__ALU_SIGNED(op, function)                                                                      \
    MYBPF__BOTH(op##64_IMM, op##64_REG, MYBPF__SET(function##64(MYBPF__A, b)))                               \
    MYBPF__BOTH(op##32_IMM, op##32_REG, MYBPF__SET32(function##32((uint32_t)MYBPF__A, (uint32_t)b)))

/* To the byte order that a host has, and to the other one. */
#define MYBPF__SAME16 MYBPF__SET(MYBPF__A & 0xffff)
#define MYBPF__SAME32 MYBPF__SET32(MYBPF__A)
#define MYBPF__SAME64 MYBPF__SET(MYBPF__A)
#define MYBPF__SWAP16 MYBPF__SET(mybpf__swap16(MYBPF__A))
#define MYBPF__SWAP32 MYBPF__SET(mybpf__swap32(MYBPF__A))
#define MYBPF__SWAP64 MYBPF__SET(mybpf__swap64(MYBPF__A))
#if MYBPF_BIG_ENDIAN
#    define MYBPF__ENDS                                                                                      \
    MYBPF__OP(BE16) MYBPF__SAME16 MYBPF__OP(BE32) MYBPF__SAME32 MYBPF__OP(BE64) MYBPF__SAME64                \
    MYBPF__OPS(LE16, BSWAP16) MYBPF__SWAP16 MYBPF__OPS(LE32, BSWAP32) MYBPF__SWAP32 MYBPF__OPS(LE64, BSWAP64) MYBPF__SWAP64
#else
#    define MYBPF__ENDS                                                                                      \
    MYBPF__OP(LE16) MYBPF__SAME16 MYBPF__OP(LE32) MYBPF__SAME32 MYBPF__OP(LE64) MYBPF__SAME64                \
    MYBPF__OPS(BE16, BSWAP16) MYBPF__SWAP16 MYBPF__OPS(BE32, BSWAP32) MYBPF__SWAP32 MYBPF__OPS(BE64, BSWAP64) MYBPF__SWAP64
#endif

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
    MYBPF__BOTH(MOV64_IMM, MOV64_REG, MYBPF__SET(b))                                                         \
    MYBPF__BOTH(MOV32_IMM, MOV32_REG, MYBPF__SET32(b))                                                       \
    MYBPF__ALU_SIGNED(ARSH, mybpf__arsh)                                                                     \
    MYBPF__ALU_SIGNED(SDIV, mybpf__sdiv)                                                                     \
    MYBPF__ALU_SIGNED(SMOD, mybpf__smod)                                                                     \
    MYBPF__OP(NEG64)      MYBPF__SET(0 - MYBPF__A)                                                           \
    MYBPF__OP(NEG32)      MYBPF__SET32(0 - MYBPF__A)                                                         \
    MYBPF__OP(MOVSX8_32)  MYBPF__SET32((uint64_t)(int8_t)MYBPF__B)                                           \
    MYBPF__OP(MOVSX16_32) MYBPF__SET32((uint64_t)(int16_t)MYBPF__B)                                          \
    MYBPF__OP(MOVSX8_64)  MYBPF__SET((uint64_t)(int8_t)MYBPF__B)                                             \
    MYBPF__OP(MOVSX16_64) MYBPF__SET((uint64_t)(int16_t)MYBPF__B)                                            \
    MYBPF__OP(MOVSX32_64) MYBPF__SET((uint64_t)(int32_t)MYBPF__B)                                            \
    MYBPF__ENDS                                                                                              \
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
    MYBPF__BOTH(op##64_IMM, op##64_REG, { MYBPF__JUMP_IF(MYBPF__IF_##op(MYBPF__A, b)); })                    \
    MYBPF__BOTH(op##32_IMM, op##32_REG, { MYBPF__JUMP_IF(MYBPF__IF_##op((uint32_t)MYBPF__A, (uint32_t)b)); })

#define MYBPF__INTERP_JUMPS                                                                                  \
    MYBPF__OP(JA)       { MYBPF__GO_JA; }                                                                    \
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
    MYBPF__OP(op) { type v; mybpf__copy(&v, MYBPF__AT(MYBPF__B), sizeof v); MYBPF__SET((uint64_t)v) }
#define MYBPF__STORE(size, type)                                                                             \
    MYBPF__BOTH(ST_##size, STX_##size, { type v = (type)b; mybpf__copy(MYBPF__AT(MYBPF__A), &v, sizeof v); MYBPF__NEXT; })
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
    MYBPF__STORE(B, uint8_t)                                                                          \
    MYBPF__STORE(H, uint16_t)                                                                                \
    MYBPF__STORE(W, uint32_t)                                                                                \
    MYBPF__STORE(DW, uint64_t)
#define MYBPF__INTERP_PACKETS                                                                                \
    MYBPF__PACKET(LD_ABS, MYBPF__IMM)                                                                        \
    MYBPF__PACKET(LD_IND, MYBPF__B + MYBPF__IMM)

/* ---- atomics: rare, so all of one width share their code; the immediate says which ---- */

#define MYBPF__ATOMIC_OPS(width)                                                                             \
    MYBPF__OP(ATOMIC_ADD##width) MYBPF__OP(ATOMIC_OR##width) MYBPF__OP(ATOMIC_AND##width) MYBPF__OP(ATOMIC_XOR##width) \
    MYBPF__OP(ATOMIC_FETCH_ADD##width) MYBPF__OP(ATOMIC_FETCH_OR##width) MYBPF__OP(ATOMIC_FETCH_AND##width)  \
    MYBPF__OP(ATOMIC_FETCH_XOR##width) MYBPF__OP(ATOMIC_XCHG##width) MYBPF__OP(ATOMIC_CMPXCHG##width)

#define MYBPF__INTERP_ATOMICS                                                                                \
    MYBPF__ATOMIC_OPS(32)                                                                                    \
    {                                                                                                        \
        value = mybpf__atomic32(env, ip->imm, MYBPF__AT(MYBPF__A), (uint32_t)MYBPF__B, (uint32_t)regs[0]);   \
        goto fetched;                                                                                        \
    }                                                                                                        \
    MYBPF__ATOMIC_OPS(64)                                                                                    \
    {                                                                                                        \
        value = mybpf__atomic64(env, ip->imm, MYBPF__AT(MYBPF__A), MYBPF__B, regs[0]);                       \
        goto fetched;                                                                                        \
    }                                                                                                        \
    MYBPF__OP(LOAD_ACQ_B)   MYBPF__SET(mybpf__load_acquire8(env, MYBPF__AT(MYBPF__B)))                            \
    MYBPF__OP(LOAD_ACQ_H)   MYBPF__SET(mybpf__load_acquire16(env, MYBPF__AT(MYBPF__B)))                           \
    MYBPF__OP(LOAD_ACQ_W)   MYBPF__SET(mybpf__load_acquire32(env, MYBPF__AT(MYBPF__B)))                           \
    MYBPF__OP(LOAD_ACQ_DW)  MYBPF__SET(mybpf__load_acquire64(env, MYBPF__AT(MYBPF__B)))                           \
    MYBPF__OP(STORE_REL_B)  { mybpf__store_release8(env, MYBPF__AT(MYBPF__A), (uint8_t)MYBPF__B); MYBPF__NEXT; }  \
    MYBPF__OP(STORE_REL_H)  { mybpf__store_release16(env, MYBPF__AT(MYBPF__A), (uint16_t)MYBPF__B); MYBPF__NEXT; } \
    MYBPF__OP(STORE_REL_W)  { mybpf__store_release32(env, MYBPF__AT(MYBPF__A), (uint32_t)MYBPF__B); MYBPF__NEXT; } \
    MYBPF__OP(STORE_REL_DW) { mybpf__store_release64(env, MYBPF__AT(MYBPF__A), MYBPF__B); MYBPF__NEXT; }

/* ---- checks, and calls that are as short ---- */

/* Goes `count` records on, where a block starts, and pays for it; PAY_ON stays in the handler. */
#define MYBPF__PAY_ON(count)                                                                                 \
        const mybpf__extra *extra;                                                                           \
        ip += (count);                                                                                       \
        extra = &interp->extras[ip - interp->records];                                                       \
        if (env->abi.steps < extra->cost) MYBPF__FAULT(MYBPF_FAULT_BUDGET);                                  \
        env->abi.steps -= extra->cost;
#define MYBPF__PAY(count) { MYBPF__PAY_ON(count) MYBPF__DISPATCH(extra->charged); }
#define MYBPF__INTERP_CHECKS                                                                                 \
    MYBPF__EXTRA(CHARGE) { MYBPF__PAY(0) }                                                                   \
    MYBPF__EXTRA(GUARD)                                                                                      \
    {                                                                                                        \
        const mybpf__extra *extra = &interp->extras[ip - interp->records];                                   \
        const uint64_t low = env->stack_low, at = regs[extra->base] + (uint64_t)(int64_t)MYBPF__OFF;       \
        if ((MYBPF__IS_ARENA(extra) || at - low > env->stack_high - low - extra->size) &&                    \
            !mybpf__guard(env, at, extra->size | (uint64_t)extra->write << 32))                              \
            MYBPF__STOPPED;                                                                                  \
        if (extra->aligned && at % extra->size) MYBPF__FAULT(MYBPF_FAULT_ACCESS);                            \
        MYBPF__DISPATCH(extra->guarded);                                                                     \
    }
#define MYBPF__INTERP_CALL                                                                                   \
    MYBPF__OP(CALL)                                                                                          \
    {                                                                                                        \
        regs[0] = interp->helpers[ip->imm].fn(regs[1], regs[2], regs[3], regs[4], regs[5], env);             \
        MYBPF__NEXT;                                                                                         \
    }

/* ---- fused ---- */

#define MYBPF__THREE(Y, op)                                                                                  \
    MYBPF__EXTRA(MOV_##op##64_REG) { MYBPF__DST = last = MYBPF__DO_##op(uint64_t, MYBPF__SRC, regs[ip->off]); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(MOV_##op##64_IMM) { MYBPF__DST = last = MYBPF__DO_##op(uint64_t, MYBPF__SRC, MYBPF__IMM); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(MOV_##op##32_REG) { MYBPF__DST = last = MYBPF__DO_##op(uint32_t, (uint32_t)MYBPF__SRC, (uint32_t)regs[ip->off]); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(MOV_##op##32_IMM) { MYBPF__DST = last = MYBPF__DO_##op(uint32_t, (uint32_t)MYBPF__SRC, (uint32_t)MYBPF__IMM); MYBPF__SKIP(2); }

#define MYBPF__COUNT(Y, op, swapped)                                                                         \
    MYBPF__EXTRA(ADD_##op##64_REG) { uint64_t t = MYBPF__DST + MYBPF__IMM, x = MYBPF__SRC; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); } \
    MYBPF__EXTRA(ADD_##op##64_IMM) { uint64_t t = MYBPF__DST + MYBPF__IMM, x = MYBPF__IMM2; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); } \
    MYBPF__EXTRA(ADD_##op##32_REG) { uint32_t t = (uint32_t)(MYBPF__DST + MYBPF__IMM), x = (uint32_t)MYBPF__SRC; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); } \
    MYBPF__EXTRA(ADD_##op##32_IMM) { uint32_t t = (uint32_t)(MYBPF__DST + MYBPF__IMM), x = (uint32_t)MYBPF__IMM2; MYBPF__DST = t; MYBPF__COUNT_IF(MYBPF__IF_##op(t, x)); }

#define MYBPF__NEARS(Y, op) MYBPF__NEAR(op, 64, uint64_t) MYBPF__NEAR(op, 32, uint32_t)
#define MYBPF__NEAR(op, bits, U)                                                                             \
    MYBPF__EXTRA(NEAR_##op##bits##_IMM) MYBPF__SET(MYBPF__DO_##op(U, (U)last, (U)MYBPF__IMM))                \
    MYBPF__EXTRA(NEAR_##op##bits##_REG) MYBPF__SET(MYBPF__DO_##op(U, (U)last, (U)MYBPF__SRC))                \
    MYBPF__EXTRA(FROM_##op##bits##_REG) MYBPF__SET(MYBPF__DO_##op(U, (U)MYBPF__DST, (U)last))                \
    MYBPF__EXTRA(FROM_MOV_##op##bits##_IMM) { MYBPF__DST = last = MYBPF__DO_##op(U, (U)last, (U)MYBPF__IMM); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(FROM_MOV_##op##bits##_REG) { MYBPF__DST = last = MYBPF__DO_##op(U, (U)last, (U)regs[ip->off]); MYBPF__SKIP(2); } \
    MYBPF__EXTRA(WITH_MOV_##op##bits##_REG) { MYBPF__DST = last = MYBPF__DO_##op(U, (U)MYBPF__SRC, (U)last); MYBPF__SKIP(2); }
#define MYBPF__LOAD_FROM(op, type)                                                                           \
    MYBPF__EXTRA(FROM_##op) { type v; mybpf__copy(&v, MYBPF__AT(last), sizeof v); MYBPF__SET((uint64_t)v) }

#define MYBPF__PAY_IF(condition) if (condition) MYBPF__PAY(1 + (ptrdiff_t)ip->off) MYBPF__PAY(1)
#define MYBPF__PAY_JCC(Y, op)                                                                                \
    MYBPF__EXTRA(PAY_##op##64_REG) { MYBPF__PAY_IF(MYBPF__IF_##op(MYBPF__DST, MYBPF__SRC)) }                 \
    MYBPF__EXTRA(PAY_##op##64_IMM) { MYBPF__PAY_IF(MYBPF__IF_##op(MYBPF__DST, MYBPF__IMM)) }                 \
    MYBPF__EXTRA(PAY_##op##32_REG) { MYBPF__PAY_IF(MYBPF__IF_##op((uint32_t)MYBPF__DST, (uint32_t)MYBPF__SRC)) } \
    MYBPF__EXTRA(PAY_##op##32_IMM) { MYBPF__PAY_IF(MYBPF__IF_##op((uint32_t)MYBPF__DST, (uint32_t)MYBPF__IMM)) }
#define MYBPF__PAY_COUNT(U, op, end)                                                                         \
    {                                                                                                        \
        const U t = (U)(MYBPF__DST + MYBPF__IMM), x = (U)(end);                                              \
        MYBPF__DST = t;                                                                                      \
        if (MYBPF__IF_##op(t, x)) {                                                                          \
            ip = ip[1].u.target;                                                                             \
            MYBPF__PAY(0)                                                                                    \
        }                                                                                                    \
        MYBPF__PAY(2)                                                                                        \
    }
#define MYBPF__PAY_COUNTS(Y, op, swapped)                                                                    \
    MYBPF__EXTRA(PAY_ADD_##op##64_REG) MYBPF__PAY_COUNT(uint64_t, op, MYBPF__SRC)                            \
    MYBPF__EXTRA(PAY_ADD_##op##64_IMM) MYBPF__PAY_COUNT(uint64_t, op, MYBPF__IMM2)                           \
    MYBPF__EXTRA(PAY_ADD_##op##32_REG) MYBPF__PAY_COUNT(uint32_t, op, MYBPF__SRC)                            \
    MYBPF__EXTRA(PAY_ADD_##op##32_IMM) MYBPF__PAY_COUNT(uint32_t, op, MYBPF__IMM2)

#define MYBPF__INTERP_FUSIONS                                                                                \
    MYBPF__FUSED_THREE(MYBPF__THREE, )                                                                       \
    MYBPF__FUSED_COUNT(MYBPF__COUNT, )                                                                       \
    MYBPF__FUSED_THREE(MYBPF__NEARS, )                                                                       \
    MYBPF__RUNS(MYBPF__RUN, , SKIP)                                                                          \
    MYBPF__PAYING_JCC(MYBPF__PAY_JCC, )                                                                      \
    MYBPF__FUSED_COUNT(MYBPF__PAY_COUNTS, )                                                                  \
    MYBPF__RUNS_JUMPING(MYBPF__RUN, PAY_, PAY)                                                               \
    MYBPF__EXTRA(PAY_JA) { ip = MYBPF__GOAL; MYBPF__PAY(0) }                                                 \
    MYBPF__EXTRA(FROM_MOV64_REG) { MYBPF__DST = last; MYBPF__NEXT; }                                         \
    MYBPF__EXTRA(FROM_MOV32_REG) MYBPF__SET32(last)                                                          \
    MYBPF__LOAD_FROM(LDX_B, uint8_t)                                                                         \
    MYBPF__LOAD_FROM(LDX_H, uint16_t)                                                                        \
    MYBPF__LOAD_FROM(LDX_W, uint32_t)                                                                        \
    MYBPF__LOAD_FROM(LDX_DW, uint64_t)                                                                       \
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
