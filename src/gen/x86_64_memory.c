/* x86_64_memory.c: lowers loads, stores and atomics to x86-64. */
#ifndef MYBPF__X86_64_MEMORY_C
#define MYBPF__X86_64_MEMORY_C

#include "x86_64_alu.c"
#include "x86_64_base.h"

MYBPF__ONE_COPY void mybpf__x64_load(mybpf__emit *as, const mybpf__op *op)
{
    static const uint16_t mybpf__x64_loads[2][4] = {
        {0xb6 | MYBPF__X64_0F, 0xb7 | MYBPF__X64_0F, 0x8b, 0x8b | MYBPF__X64_W},
        {0xbe | MYBPF__X64_0F | MYBPF__X64_W, 0xbf | MYBPF__X64_0F | MYBPF__X64_W, 0x63 | MYBPF__X64_W,
         0x8b | MYBPF__X64_W}};
    unsigned size = op->width == 8 ? 3 : op->width / 2u,
             opcode = mybpf__x64_loads[!!(op->flags & MYBPF__F_SIGNED)][size];
    if (op->flags & MYBPF__F_SWAPPED && op->width > 2 && mybpf__x64_has_movbe(as)) {
        mybpf__x64_movbe(&as->code, 0xf0 | mybpf__x64_w(op), mybpf__x64_reg(as, op->dst),
                         mybpf__x64_operand(as, op));
        return;
    }
    if (op->flags & MYBPF__F_SIGNED && op->sub == 4) opcode &= ~(unsigned)MYBPF__X64_W;
    mybpf__x64_rm(&as->code, opcode, mybpf__x64_reg(as, op->dst), mybpf__x64_operand(as, op));
    if (op->flags & MYBPF__F_SWAPPED) mybpf__x64_swap(as, op->width, mybpf__x64_reg(as, op->dst));
}

MYBPF__ONE_COPY void mybpf__x64_store(mybpf__emit *as, const mybpf__op *op)
{
    unsigned wide = op->width == 2 ? (unsigned)MYBPF__X64_66 : mybpf__x64_w(op);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    if (op->flags & MYBPF__F_IMM && mybpf__x64_fits(op->imm))
        mybpf__x64_rmi(&as->code, (op->width == 1 ? 0xc6u : 0xc7u) | wide, 0, m, op->imm,
                       op->width == 8 ? 4 : op->width);
    else {
        unsigned c = MYBPF__R11;
        if (op->flags & MYBPF__F_IMM)
            mybpf__x64_mov_imm(&as->code, c, op->imm);
        else
            c = mybpf__x64_reg(as, op->c);
        if (op->flags & MYBPF__F_SWAPPED && mybpf__x64_has_movbe(as)) {
            mybpf__x64_movbe(&as->code, 0xf1 | wide, c, m);
            return;
        }
        if (op->flags & MYBPF__F_SWAPPED) {
            mybpf__x64_mov(&as->code, mybpf__x64_w(op), MYBPF__R11, c);
            mybpf__x64_swap(as, op->width, c = MYBPF__R11);
        }
        mybpf__x64_rm(&as->code, op->width == 1 ? 0x88u | MYBPF__X64_BYTE : 0x89u | wide, c, m);
    }
}

/* A STORE with MYBPF__F_UPDATE. */
MYBPF__ONE_COPY void mybpf__x64_update(mybpf__emit *as, const mybpf__op *op)
{
    /* from MYBPF__IR_ADD on; products, quotients and remainders are not for it */
    static const uint8_t mybpf__x64_updates[] = {MYBPF__X64_ADD, MYBPF__X64_SUB, 0, 0, 0, 0, 0, MYBPF__X64_OR,
                                                 MYBPF__X64_AND, MYBPF__X64_XOR};
    unsigned operation = mybpf__x64_updates[op->sub - MYBPF__IR_ADD],
             wide = op->width == 2 ? (unsigned)MYBPF__X64_66 : mybpf__x64_w(op);
    int small = op->width == 1 || (op->imm >= -128 && op->imm < 128);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    if (op->flags & MYBPF__F_IMM)
        mybpf__x64_rmi(&as->code,
                       (op->width == 1 ? 0x80u
                        : small        ? 0x83u
                                       : 0x81u) |
                           wide,
                       operation, m, op->imm, small ? 1 : 4);
    else
        mybpf__x64_rm(&as->code, operation << 3 | (op->width == 1 ? (unsigned)MYBPF__X64_BYTE : 1u | wide),
                      mybpf__x64_reg(as, op->c), m);
}

/* LOAD16, STORE16: movups. */
MYBPF__ONE_COPY void mybpf__x64_vector(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_rm(&as->code, (op->code == MYBPF__IR_LOAD16 ? 0x10 : 0x11) | MYBPF__X64_0F, (unsigned)op->imm,
                  mybpf__x64_operand(as, op));
}

/* Fetching or, and, xor have no instruction: load, and try until nobody was faster. */
MYBPF__FN void mybpf__x64_atomic_loop(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    static const uint8_t mybpf__x64_operations[] = {MYBPF__X64_ADD, MYBPF__X64_OR, MYBPF__X64_AND,
                                                    MYBPF__X64_XOR};
    unsigned w = mybpf__x64_w(op), c = mybpf__x64_reg(as, op->c), dst = mybpf__x64_reg(as, op->dst);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    int moved = m.base == MYBPF__RAX;
    if (moved) {
        mybpf__x64_steps_out(as);
        mybpf__x64_mov(out, MYBPF__X64_W, m.base = MYBPF__R9, MYBPF__RAX);
    }
    int save = dst != MYBPF__RAX && (mybpf__x64_live_registers(as, live) & 1u << MYBPF__RAX);
    if (save || c == MYBPF__RAX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R10, MYBPF__RAX);
    if (c == MYBPF__RAX) c = MYBPF__R10;
    mybpf__x64_rm(out, 0x8b | w, MYBPF__RAX, m);
    size_t loop = out->size;
    mybpf__x64_mov(out, w, MYBPF__R11, MYBPF__RAX);
    mybpf__x64_alu(out, mybpf__x64_operations[op->sub], w, MYBPF__R11, c);
    mybpf__x64_rm(out, 0xb1 | MYBPF__X64_0F | MYBPF__X64_LOCK | w, MYBPF__R11, m);
    mybpf__buf_put_le(out, 0x70 | MYBPF__X64_JNZ, 1);
    mybpf__buf_put_le(out, (uint64_t)loop - (out->size + 1), 1);
    mybpf__x64_move(as, w, dst, MYBPF__RAX);
    if (save) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RAX, MYBPF__R10);
    if (moved) mybpf__x64_steps_in(as);
    mybpf__x64_window_in(as);
}

MYBPF__ONE_COPY void mybpf__x64_atomic(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    static const uint16_t mybpf__x64_plain[] = {0x01, 0x09, 0x21, 0x31};
    unsigned w = mybpf__x64_w(op), c = mybpf__x64_reg(as, op->c);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    if (op->sub == MYBPF__RMW_XCHG)
        mybpf__x64_rm(&as->code, 0x87 | w, c, m);
    else if (!(op->flags & MYBPF__F_FETCH))
        mybpf__x64_rm(&as->code, mybpf__x64_plain[op->sub] | MYBPF__X64_LOCK | w, c, m);
    else if (op->sub == MYBPF__RMW_ADD)
        mybpf__x64_rm(&as->code, 0xc1 | MYBPF__X64_0F | MYBPF__X64_LOCK | w, c, m);
    else
        mybpf__x64_atomic_loop(as, op, live);
}

MYBPF__ONE_COPY void mybpf__x64_cmpxchg(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = mybpf__x64_w(op);
    mybpf__x64_rm(&as->code, 0xb1 | MYBPF__X64_0F | MYBPF__X64_LOCK | w, mybpf__x64_reg(as, op->c),
                  mybpf__x64_operand(as, op));
    if (!w) mybpf__x64_mov(&as->code, 0, MYBPF__RAX, MYBPF__RAX); /* left alone where it was equal */
}

#endif
