/* arm64_memory.c: lowers loads, stores and atomics to arm64. */
#ifndef MYBPF__ARM64_MEMORY_C
#define MYBPF__ARM64_MEMORY_C

#include "arm64_alu.c"
#include "arm64_base.h"

/* A register that holds the operand's address: atomics have no displacement. Costs ADDRESS. */
MYBPF__FN unsigned mybpf__a64_pointer(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__a64_address m = mybpf__a64_operand(as, op);
    if (!m.disp) return m.base;
    mybpf__a64_add_imm(&as->code, MYBPF__A64_X, MYBPF__A64_ADDRESS, m.base, m.disp);
    return MYBPF__A64_ADDRESS;
}

MYBPF__FN void mybpf__a64_load_value(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__a64_reg(as, op->dst);
    unsigned kind = !(op->flags & MYBPF__F_SIGNED) || op->width == 8 ? MYBPF__A64_LOAD
                    : op->sub == 4                                   ? MYBPF__A64_LOAD_SIGNED_W
                                                                     : MYBPF__A64_LOAD_SIGNED;
    if (op->flags & MYBPF__F_ORDERED)
        mybpf__a64_atomic(&as->code, MYBPF__A64_LDAR, op->width, 0, dst, mybpf__a64_pointer(as, op));
    else
        mybpf__a64_access(&as->code, kind, op->width, dst, mybpf__a64_operand(as, op));
    if (op->flags & MYBPF__F_SWAPPED && op->width == 2) /* its upper half is zero */
        mybpf__a64_rr(&as->code, MYBPF__A64_REV16, dst, dst);
    else if (op->flags & MYBPF__F_SWAPPED)
        mybpf__a64_swap(as, op->width, dst, dst);
}

MYBPF__FN void mybpf__a64_store_value(mybpf__emit *as, const mybpf__op *op)
{
    static const uint64_t mybpf__a64_sizes[] = {0, 0xff, 0xffff, 0, 0xffffffff, 0, 0, 0, ~(uint64_t)0};
    unsigned c = MYBPF__A64_ZR;
    if (!(op->flags & MYBPF__F_IMM))
        c = mybpf__a64_reg(as, op->c);
    else if ((uint64_t)op->imm & mybpf__a64_sizes[op->width])
        mybpf__a64_mov_imm(&as->code, c = MYBPF__A64_VALUE,
                           (int64_t)((uint64_t)op->imm & mybpf__a64_sizes[op->width]));
    if (op->flags & MYBPF__F_SWAPPED) {
        mybpf__a64_rr(&as->code,
                      op->width == 8   ? MYBPF__A64_REV_X
                      : op->width == 4 ? MYBPF__A64_REV_W
                                       : MYBPF__A64_REV16,
                      MYBPF__A64_VALUE, c);
        c = MYBPF__A64_VALUE;
    }
    if (op->flags & MYBPF__F_ORDERED)
        mybpf__a64_atomic(&as->code, MYBPF__A64_STLR, op->width, 0, c, mybpf__a64_pointer(as, op));
    else
        mybpf__a64_access(&as->code, MYBPF__A64_STORE, op->width, c, mybpf__a64_operand(as, op));
}

/* ---- atomics ----
 * Those that fetch acquire and release; the others order nothing, as in Linux. */

/* Back to `loop`, which is near. */
MYBPF__FN void mybpf__a64_loop(mybpf__emit *as, uint32_t opcode, unsigned rt, size_t loop)
{
    mybpf__a64_put(&as->code, opcode | mybpf__a64_field((uint64_t)loop - as->code.size, 19, 5) | rt);
}

/* Load, change, and store until nobody was faster. */
MYBPF__FN void mybpf__a64_atomic_loop(mybpf__emit *as, const mybpf__op *op, unsigned address)
{
    static const uint32_t mybpf__a64_changes[] = {MYBPF__A64_ADD, MYBPF__A64_ORR, MYBPF__A64_AND,
                                                  MYBPF__A64_EOR};
    mybpf__buf *out = &as->code;
    unsigned c = mybpf__a64_reg(as, op->c), changed = MYBPF__A64_OTHER;
    int fetch = op->flags & MYBPF__F_FETCH;
    size_t loop = out->size;
    mybpf__a64_atomic(out, fetch ? MYBPF__A64_LDAXR : MYBPF__A64_LDXR, op->width, 0, MYBPF__A64_VALUE,
                      address);
    if (op->sub == MYBPF__RMW_XCHG)
        changed = c;
    else
        mybpf__a64_rrr(out, mybpf__a64_changes[op->sub] | mybpf__a64_x(op), changed, MYBPF__A64_VALUE, c);
    mybpf__a64_atomic(out, fetch ? MYBPF__A64_STLXR : MYBPF__A64_STXR, op->width, MYBPF__A64_STATUS, changed,
                      address);
    mybpf__a64_loop(as, MYBPF__A64_CBNZ, MYBPF__A64_STATUS, loop);
    if (fetch) mybpf__a64_mov(out, mybpf__a64_x(op), mybpf__a64_reg(as, op->dst), MYBPF__A64_VALUE);
}

MYBPF__FN void mybpf__a64_atomic_change(mybpf__emit *as, const mybpf__op *op)
{
    static const uint32_t mybpf__a64_at_once[] = {MYBPF__A64_LDADD, MYBPF__A64_LDSET, MYBPF__A64_LDCLR,
                                                  MYBPF__A64_LDEOR, MYBPF__A64_SWP};
    unsigned address = mybpf__a64_pointer(as, op), c = mybpf__a64_reg(as, op->c);
    if (!(as->request->features & MYBPF__CPU_LSE)) {
        mybpf__a64_atomic_loop(as, op, address);
        return;
    }
    if (op->sub == MYBPF__RMW_AND) { /* it clears what is set */
        mybpf__a64_rrr(&as->code, MYBPF__A64_ORN | mybpf__a64_x(op), MYBPF__A64_VALUE, MYBPF__A64_ZR, c);
        c = MYBPF__A64_VALUE;
    }
    if (op->flags & MYBPF__F_FETCH)
        mybpf__a64_atomic(&as->code, mybpf__a64_at_once[op->sub] | MYBPF__A64_AL, op->width, c,
                          mybpf__a64_reg(as, op->dst), address);
    else
        mybpf__a64_atomic(&as->code, mybpf__a64_at_once[op->sub], op->width, c, MYBPF__A64_ZR, address);
}

MYBPF__FN void mybpf__a64_cmpxchg(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned address = mybpf__a64_pointer(as, op), c = mybpf__a64_reg(as, op->c);
    if (as->request->features & MYBPF__CPU_LSE) {
        mybpf__a64_atomic(out, MYBPF__A64_CASAL, op->width, MYBPF__A64_R0, c, address);
        return;
    }
    size_t loop = out->size;
    mybpf__a64_atomic(out, MYBPF__A64_LDAXR, op->width, 0, MYBPF__A64_VALUE, address);
    mybpf__a64_rrr(out, MYBPF__A64_SUBS | mybpf__a64_x(op), MYBPF__A64_ZR, MYBPF__A64_VALUE, MYBPF__A64_R0);
    mybpf__a64_put(out, MYBPF__A64_BCOND | mybpf__a64_field(12, 19, 5) | MYBPF__A64_NE);
    mybpf__a64_atomic(out, MYBPF__A64_STLXR, op->width, MYBPF__A64_STATUS, c, address);
    mybpf__a64_loop(as, MYBPF__A64_CBNZ, MYBPF__A64_STATUS, loop);
    mybpf__a64_mov(out, mybpf__a64_x(op), MYBPF__A64_R0, MYBPF__A64_VALUE);
}

#endif
