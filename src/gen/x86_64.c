/* x86_64.c: the x86-64 back end: registers and calls, fixups, lowering, stubs, the target record. */
#ifndef MYBPF__X86_64_C
#define MYBPF__X86_64_C

#include "ir.h"
#include "target.h"
#include "x86_64_emit.h"

/* ---- registers ----
 * r0..r5 are where the System V convention wants a helper's result and arguments. r6..r9 are callee-saved there, as
 * they are in BPF. r12 holds the environment in code that needs it. r9, r10, r11 are scratch; r9 carries the
 * environment to helpers. */
#define MYBPF__X64_ENV MYBPF__R12

static const uint8_t mybpf__x64_arguments[5] = {MYBPF__RDI, MYBPF__RSI, MYBPF__RDX, MYBPF__RCX, MYBPF__R8};
/* Saved by prologues in this order, as far as written. */
static const uint8_t mybpf__x64_saved[] = {MYBPF__RBX, MYBPF__R13, MYBPF__R14, MYBPF__R15, MYBPF__RBP};
enum { MYBPF__X64_SAVED_COUNT = 5 };

enum { /* mybpf_abi: offsets of its fields */
    MYBPF__ABI_TABLE = 0, MYBPF__ABI_FN = 8, MYBPF__ABI_SP = 16, MYBPF__ABI_FRAME = 24, MYBPF__ABI_STEPS = 32, MYBPF__ABI_STOP = 40,
    MYBPF__ABI_STOP_INSN = 48, MYBPF__ABI_GUARD = 56, MYBPF__ABI_TAIL_CALL = 64, MYBPF__ABI_RESOLVE = 72, MYBPF__ABI_PACKET = 80,
    MYBPF__ABI_RESULT = 88, MYBPF__ABI_LIMIT = 96, MYBPF__ABI_MAY_GOTO = 104, MYBPF__ABI_GUARD_CALL = 112
};

enum { MYBPF__X64_JZ = 4, MYBPF__X64_JNZ = 5, MYBPF__X64_JB = 2, MYBPF__X64_JBE = 6 };
/* Condition code of each `sub` of a branch. */
static const uint8_t mybpf__x64_conditions[] = {4, 5, 7, 6, 3, 2, 15, 14, 13, 12, 5, 4};

MYBPF__FN unsigned mybpf__x64_w(const mybpf__op *op) { return op->width == 8 ? (unsigned)MYBPF__X64_W : 0u; }
MYBPF__FN unsigned mybpf__x64_reg(const mybpf__emit *as, unsigned value) { return as->ir->reg[value]; }
MYBPF__FN int mybpf__x64_guarded(const mybpf__emit *as) { return as->object_code->trust == MYBPF_GUARDED; }
/* r10 is addressed through rsp: no frame pointer is kept. */
MYBPF__FN int mybpf__x64_frame_by_rsp(const mybpf__emit *as) { return !mybpf__x64_guarded(as) && as->ir->frame && !as->ir->frame_escapes; }
MYBPF__FN int mybpf__x64_fits(int64_t imm) { return imm >= INT32_MIN && imm <= INT32_MAX; }

MYBPF__FN uint32_t mybpf__x64_live_registers(const mybpf__emit *as, uint64_t live)
{
    uint32_t set = 0;
    for (unsigned value = 0; live; value++, live >>= 1)
        if (live & 1) set |= 1u << mybpf__x64_reg(as, value);
    return set;
}

/* A field of the environment. */
MYBPF__FN mybpf__x64_address mybpf__x64_env(mybpf__emit *as, int32_t offset)
{
    as->uses_env = 1;
    return mybpf__x64_at(MYBPF__X64_ENV, offset);
}

MYBPF__FN mybpf__x64_address mybpf__x64_operand(const mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_address m = mybpf__x64_at(mybpf__x64_reg(as, op->a), op->disp);
    if (op->a == MYBPF__FRAME_VALUE && mybpf__x64_frame_by_rsp(as)) m = mybpf__x64_at(MYBPF__RSP, op->disp + (int32_t)as->stack);
    if ((op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE) && op->b != MYBPF__NO_VALUE) {
        m.index = (uint8_t)mybpf__x64_reg(as, op->b);
        m.scale = (uint8_t)op->aux;
    }
    return m;
}

/* ---- fixups ---- */

enum { MYBPF__X64_JMP, MYBPF__X64_JCC, MYBPF__X64_CALL, MYBPF__X64_CALL_FAR, MYBPF__X64_LEA_LABEL, MYBPF__X64_FIXUPS };

static const uint8_t mybpf__x64_fixup_sizes[MYBPF__X64_FIXUPS][MYBPF__FORMS] = {
    {2, 5, 0}, /* jmp rel8, rel32 */
    {2, 6, 0}, /* jcc rel8, rel32; extra: condition */
    {5, 0, 0}, /* call rel32 */
    {5, 13, 0}, /* call rel32; mov r11, imm64 and call r11 */
    {7, 0, 0}, /* lea reg, [rip + rel32]; extra: register */
};

MYBPF__FN uint32_t mybpf__x64_fixup_size(const mybpf__fixup *fixup, unsigned form) { return mybpf__x64_fixup_sizes[fixup->kind][form]; }

MYBPF__FN int mybpf__x64_fixup_reaches(const mybpf__fixup *fixup, unsigned form, uint64_t from, uint64_t to, int known)
{
    int64_t distance = (int64_t)(to - from - mybpf__x64_fixup_size(fixup, form));
    if (!known) return form == 1;
    if (mybpf__x64_fixup_size(fixup, form) == 2) return distance >= -128 && distance < 128;
    return mybpf__x64_fits(distance);
}

MYBPF__FN void mybpf__x64_fixup_write(uint8_t *at, const mybpf__fixup *fixup, uint64_t from, uint64_t to)
{
    uint32_t size = mybpf__x64_fixup_size(fixup, fixup->form), n = 0;
    uint64_t distance = to - from - size;
    switch (fixup->kind) {
    case MYBPF__X64_JMP: at[n++] = fixup->form ? 0xe9 : 0xeb; break;
    case MYBPF__X64_JCC:
        if (fixup->form) at[n++] = 0x0f;
        at[n++] = (uint8_t)((fixup->form ? 0x80 : 0x70) | fixup->extra);
        break;
    case MYBPF__X64_LEA_LABEL:
        at[n++] = (uint8_t)(0x48 | (fixup->extra & 8) >> 1);
        at[n++] = 0x8d;
        at[n++] = mybpf__x64_modrm(0, (unsigned)fixup->extra, 5);
        break;
    default:
        if (fixup->form) { /* mov r11, imm64; call r11 */
            static const uint8_t mybpf__x64_call_r11[] = {0x41, 0xff, 0xd3};
            at[0] = 0x49, at[1] = 0xbb;
            mybpf__put_le(at + 2, to, 8);
            mybpf__copy(at + 10, mybpf__x64_call_r11, 3);
            return;
        }
        at[n++] = 0xe8;
    }
    mybpf__put_le(at + n, distance, size - n);
}

MYBPF__FN void mybpf__x64_nops(uint8_t *at, uint32_t count)
{
    static const uint8_t mybpf__x64_nop[9][9] = {{0x90},
                                                 {0x66, 0x90},
                                                 {0x0f, 0x1f, 0x00},
                                                 {0x0f, 0x1f, 0x40, 0x00},
                                                 {0x0f, 0x1f, 0x44, 0x00, 0x00},
                                                 {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
                                                 {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
                                                 {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
                                                 {0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}};
    while (count) {
        uint32_t n = count < 9 ? count : 9;
        mybpf__copy(at, mybpf__x64_nop[n - 1], n);
        at += n, count -= n;
    }
}

MYBPF__FN void mybpf__x64_jump(mybpf__emit *as, uint32_t label) { mybpf__emit_fixup(as, MYBPF__X64_JMP, label, 0); }
MYBPF__FN void mybpf__x64_jcc(mybpf__emit *as, unsigned condition, uint32_t label) { mybpf__emit_fixup(as, MYBPF__X64_JCC, label, condition); }
MYBPF__FN void mybpf__x64_call(mybpf__emit *as, uint32_t label) { mybpf__emit_fixup(as, MYBPF__X64_CALL, label, 0); }
MYBPF__FN void mybpf__x64_call_env(mybpf__emit *as, int32_t offset) { mybpf__x64_rm(&as->code, 0xff, 2, mybpf__x64_env(as, offset)); }

/* ---- prologue and epilogue ---- */

MYBPF__FN void mybpf__x64_prologue(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    mybpf__ir *ir = as->ir;
    int pointer = ir->frame && !mybpf__x64_guarded(as) && !mybpf__x64_frame_by_rsp(as);
    uint32_t pushed = 8;
    if (pointer) ir->saved |= 1u << MYBPF__RBP;
    as->saved |= ir->saved;
    for (unsigned i = 0; i < MYBPF__X64_SAVED_COUNT; i++)
        if (ir->saved & 1u << mybpf__x64_saved[i]) mybpf__x64_push(out, mybpf__x64_saved[i]), pushed += 8;
    if (pointer) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RBP, MYBPF__RSP);
    as->stack = 0;
    if (ir->frame && !mybpf__x64_guarded(as)) {
        uint32_t stack = as->object_code->funcs[ir->func].stack;
        as->stack = ((stack ? stack : MYBPF_STACK_FRAME) + 7u) & ~7u;
    }
    if (ir->calls && (pushed + as->stack) % 16) as->stack += 8;
    if (as->stack) mybpf__x64_alu_imm(out, MYBPF__X64_SUB, MYBPF__X64_W, MYBPF__RSP, (int32_t)as->stack);
}

MYBPF__FN void mybpf__x64_epilogue(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    if (as->stack && (as->ir->saved & 1u << MYBPF__RBP)) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RSP, MYBPF__RBP);
    else if (as->stack) mybpf__x64_alu_imm(out, MYBPF__X64_ADD, MYBPF__X64_W, MYBPF__RSP, (int32_t)as->stack);
    for (unsigned i = MYBPF__X64_SAVED_COUNT; i-- > 0;)
        if (as->ir->saved & 1u << mybpf__x64_saved[i]) mybpf__x64_pop(out, mybpf__x64_saved[i]);
    mybpf__buf_put_le(out, 0xc3, 1);
}

/* ---- lowering: arithmetic ---- */

MYBPF__FN void mybpf__x64_move(mybpf__emit *as, unsigned w, unsigned dst, unsigned src)
{
    if (dst != src) mybpf__x64_mov(&as->code, w, dst, src);
}

/* Group-1 operations: add sub and or xor. */
MYBPF__FN void mybpf__x64_simple(mybpf__emit *as, const mybpf__op *op, unsigned operation)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), b;
    if (op->flags & MYBPF__F_IMM) {
        int32_t imm = (int32_t)op->imm;
        if (mybpf__x64_fits(op->imm)) {
            if (operation == MYBPF__X64_ADD && dst != a) {
                mybpf__x64_lea(out, w, dst, mybpf__x64_at(a, imm));
                return;
            }
            mybpf__x64_move(as, w, dst, a);
            if (operation == MYBPF__X64_AND && imm >= 0) w = 0; /* the upper half becomes 0 either way */
            mybpf__x64_alu_imm(out, operation, w, dst, imm);
            return;
        }
        mybpf__x64_mov_imm(out, b = MYBPF__R11, op->imm);
    } else
        b = mybpf__x64_reg(as, op->b);
    if (dst == b && dst != a) {
        if (operation == MYBPF__X64_SUB) { /* a - dst = a + -dst */
            mybpf__x64_rr(out, 0xf7 | w, 3, dst);
            operation = MYBPF__X64_ADD;
        }
        b = a;
    } else if (dst != a && operation == MYBPF__X64_ADD) {
        mybpf__x64_address m = mybpf__x64_at(a, 0);
        m.index = (uint8_t)b;
        mybpf__x64_lea(out, w, dst, m);
        return;
    } else
        mybpf__x64_move(as, w, dst, a);
    mybpf__x64_alu(out, operation, w, dst, b);
}

MYBPF__FN void mybpf__x64_multiply(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), b;
    if (op->flags & MYBPF__F_IMM) {
        if (mybpf__x64_fits(op->imm)) {
            int small = op->imm >= -128 && op->imm < 128;
            mybpf__x64_rri(out, (small ? 0x6bu : 0x69u) | w, dst, a, op->imm, small ? 1 : 4);
            return;
        }
        mybpf__x64_mov_imm(out, b = MYBPF__R11, op->imm);
    } else
        b = mybpf__x64_reg(as, op->b);
    if (dst == b) b = a;
    else mybpf__x64_move(as, w, dst, a);
    mybpf__x64_rr(out, 0xaf | MYBPF__X64_0F | w, dst, b);
}

MYBPF__FN void mybpf__x64_shift(mybpf__emit *as, const mybpf__op *op, unsigned operation, uint64_t live)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), work = dst;
    if (op->flags & MYBPF__F_IMM) {
        unsigned count = (unsigned)op->imm & (op->width * 8u - 1);
        if (count || !w) mybpf__x64_move(as, w, dst, a);
        if (count) mybpf__x64_shift_imm(out, operation, w, dst, count);
        else if (dst == a && !w) mybpf__x64_mov(out, 0, dst, dst);
        else if (w) mybpf__x64_move(as, w, dst, a);
        return;
    }
    /* the count must be in cl; rcx may be in use, may be the destination, may be the count already */
    unsigned count = mybpf__x64_reg(as, op->b);
    int save = count != MYBPF__RCX && dst != MYBPF__RCX && (mybpf__x64_live_registers(as, live) & 1u << MYBPF__RCX);
    if (dst == MYBPF__RCX && !(a == MYBPF__RCX && count == MYBPF__RCX)) work = MYBPF__R11;
    if (work == count && work != a) work = MYBPF__R10;
    if (save) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, MYBPF__RCX);
    mybpf__x64_move(as, w, work, a);
    if (count != MYBPF__RCX) mybpf__x64_mov(out, 0, MYBPF__RCX, count);
    mybpf__x64_rr(out, 0xd3 | w, operation, work);
    mybpf__x64_move(as, w, dst, work);
    if (save) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RCX, MYBPF__R11);
}

/* ---- lowering: division ----
 * div takes rdx:rax and leaves the quotient in rax, the remainder in rdx. What lives there waits in r10 and r9; the divisor
 * moves to r11 when it is in the way. Zero and -1 as divisors, which would trap, are told apart beforehand. */

MYBPF__FN void mybpf__x64_test_zero(mybpf__emit *as, unsigned w, unsigned reg) { mybpf__x64_rr(&as->code, 0x85 | w, reg, reg); }

MYBPF__FN void mybpf__x64_unsigned(mybpf__emit *as, const mybpf__op *op, unsigned a, unsigned divisor)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op);
    size_t zero = 0;
    if (op->flags & MYBPF__F_IMM) mybpf__x64_move(as, w, MYBPF__RAX, a);
    else if (op->code == MYBPF__IR_MOD) { /* by zero: the dividend, waiting in rdx */
        if (a != MYBPF__RDX || !w) mybpf__x64_mov(out, w, MYBPF__RDX, a);
        mybpf__x64_test_zero(as, w, divisor);
        zero = mybpf__x64_skip(out, 0x70 | MYBPF__X64_JZ);
        mybpf__x64_mov(out, w, MYBPF__RAX, MYBPF__RDX);
    } else { /* by zero: zero, waiting in rax */
        if (a == MYBPF__RAX || a == MYBPF__RDX) {
            mybpf__x64_mov(out, w, a == MYBPF__RAX ? MYBPF__R10 : MYBPF__R9, a);
            a = a == MYBPF__RAX ? MYBPF__R10 : MYBPF__R9;
        }
        mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RAX, MYBPF__RAX);
        mybpf__x64_test_zero(as, w, divisor);
        zero = mybpf__x64_skip(out, 0x70 | MYBPF__X64_JZ);
        mybpf__x64_mov(out, w, MYBPF__RAX, a);
    }
    mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RDX, MYBPF__RDX);
    mybpf__x64_rr(out, 0xf7 | w, 6, divisor);
    if (zero) mybpf__x64_here(out, zero);
}

MYBPF__FN void mybpf__x64_signed(mybpf__emit *as, const mybpf__op *op, unsigned a, unsigned divisor)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op);
    size_t zero = 0, minus = 0, end = 0;
    mybpf__x64_move(as, w, MYBPF__RAX, a);
    if (!(op->flags & MYBPF__F_IMM)) {
        if (op->code == MYBPF__IR_SMOD) mybpf__x64_mov(out, w, MYBPF__RDX, MYBPF__RAX);
        mybpf__x64_test_zero(as, w, divisor);
        zero = mybpf__x64_skip(out, 0x70 | MYBPF__X64_JZ);
        if (op->code == MYBPF__IR_SMOD) mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RDX, MYBPF__RDX);
        mybpf__x64_alu_imm(out, MYBPF__X64_CMP, w, divisor, -1);
        minus = mybpf__x64_skip(out, 0x70 | MYBPF__X64_JZ);
    }
    mybpf__buf_put_le(out, w ? 0x9948 : 0x99, w ? 2 : 1); /* cqo, cdq */
    mybpf__x64_rr(out, 0xf7 | w, 7, divisor);
    if (!zero) return;
    if (op->code == MYBPF__IR_SDIV) {
        end = mybpf__x64_skip(out, 0xeb);
        mybpf__x64_here(out, zero);
        mybpf__x64_alu(out, MYBPF__X64_XOR, 0, MYBPF__RAX, MYBPF__RAX);
        mybpf__x64_here(out, minus); /* 0 or the dividend */
        mybpf__x64_rr(out, 0xf7 | w, 3, MYBPF__RAX);
        mybpf__x64_here(out, end);
    } else {
        mybpf__x64_here(out, zero);
        mybpf__x64_here(out, minus);
    }
}

/* Divisors that need no division. */
MYBPF__FN int mybpf__x64_trivial_division(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a);
    int is_mod = op->code == MYBPF__IR_MOD || op->code == MYBPF__IR_SMOD;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    if (!(op->flags & MYBPF__F_IMM)) return 0;
    int64_t imm = w ? op->imm : (int64_t)(int32_t)op->imm;
    if (imm == 0 && is_mod) {
        if (dst != a || !w) mybpf__x64_mov(&as->code, w, dst, a);
    } else if (imm == 0 || (imm == -1 && op->code == MYBPF__IR_SMOD)) {
        mybpf__x64_mov_imm(&as->code, dst, 0);
    } else if (imm == -1 && is_signed) {
        mybpf__x64_move(as, w, dst, a);
        mybpf__x64_rr(&as->code, 0xf7 | w, 3, dst);
    } else
        return 0;
    return 1;
}

MYBPF__FN void mybpf__x64_divide(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a), divisor = MYBPF__R11;
    int is_mod = op->code == MYBPF__IR_MOD || op->code == MYBPF__IR_SMOD;
    int is_signed = op->code == MYBPF__IR_SDIV || op->code == MYBPF__IR_SMOD;
    if (mybpf__x64_trivial_division(as, op)) return;
    uint32_t keep = mybpf__x64_live_registers(as, live) & ~(1u << dst);
    if (keep & 1u << MYBPF__RAX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R10, MYBPF__RAX);
    if (keep & 1u << MYBPF__RDX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R9, MYBPF__RDX);
    if (op->flags & MYBPF__F_IMM) mybpf__x64_mov_imm(out, divisor, w ? op->imm : (int64_t)(uint32_t)op->imm);
    else {
        divisor = mybpf__x64_reg(as, op->b);
        if (divisor == MYBPF__RAX || divisor == MYBPF__RDX) mybpf__x64_mov(out, w, MYBPF__R11, divisor), divisor = MYBPF__R11;
    }
    if (is_signed) mybpf__x64_signed(as, op, a, divisor);
    else mybpf__x64_unsigned(as, op, a, divisor);
    mybpf__x64_move(as, w, dst, is_mod ? MYBPF__RDX : MYBPF__RAX);
    if (keep & 1u << MYBPF__RAX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RAX, MYBPF__R10);
    if (keep & 1u << MYBPF__RDX) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, MYBPF__R9);
}

/* ---- lowering: moves and extensions ---- */

MYBPF__FN void mybpf__x64_extend(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = mybpf__x64_w(op), dst = mybpf__x64_reg(as, op->dst), a = mybpf__x64_reg(as, op->a);
    int sign = op->code == MYBPF__IR_SEXT;
    switch (op->aux) {
    case 1: mybpf__x64_rr(&as->code, (sign ? 0xbeu | w : 0xb6u) | MYBPF__X64_0F | MYBPF__X64_BYTE_RM, dst, a); break;
    case 2: mybpf__x64_rr(&as->code, (sign ? 0xbfu | w : 0xb7u) | MYBPF__X64_0F, dst, a); break;
    case 4:
        if (sign && w) mybpf__x64_rr(&as->code, 0x63 | w, dst, a);
        else mybpf__x64_mov(&as->code, 0, dst, a);
        break;
    default: mybpf__x64_move(as, MYBPF__X64_W, dst, a);
    }
}

MYBPF__FN void mybpf__x64_swap(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__x64_reg(as, op->dst);
    mybpf__x64_move(as, mybpf__x64_w(op), dst, mybpf__x64_reg(as, op->a));
    if (op->width == 2) { /* ror r16, 8; movzx */
        mybpf__x64_rri(&as->code, 0xc1 | MYBPF__X64_66, 1, dst, 8, 1);
        mybpf__x64_rr(&as->code, 0xb7 | MYBPF__X64_0F, dst, dst);
    } else
        mybpf__x64_r(&as->code, 0xc8 | MYBPF__X64_0F | mybpf__x64_w(op), dst);
}

/* A map, the value of one, a function pointer: an address now, or a slot of the context table. */
MYBPF__FN void mybpf__x64_reference(mybpf__emit *as, const mybpf__op *op)
{
    unsigned dst = mybpf__x64_reg(as, op->dst);
    const mybpf_object *object = as->request->object;
    if (op->code == MYBPF__IR_FUNC && as->request->mode == MYBPF__GEN_BARE) {
        mybpf__emit_fixup(as, MYBPF__X64_LEA_LABEL, op->aux, dst);
        return;
    }
    if (as->request->mode == MYBPF__GEN_JIT) {
        uint32_t zero = 0;
        uint64_t address = 0;
        if (op->code == MYBPF__IR_FUNC) address = mybpf_object_func_pointer(object, op->aux);
        if (op->code == MYBPF__IR_MAP) address = mybpf__address(as->object_code->maps[op->aux]);
        if (op->code == MYBPF__IR_MAP_VALUE) address = mybpf__address(mybpf_map_value(as->object_code->maps[op->aux], &zero));
        mybpf__x64_mov_imm(&as->code, dst, (int64_t)(address + (uint64_t)op->imm));
        return;
    }
    mybpf__import_kind kind = op->code == MYBPF__IR_FUNC  ? MYBPF__IMPORT_FUNC
                              : op->code == MYBPF__IR_MAP ? MYBPF__IMPORT_MAP
                                                          : MYBPF__IMPORT_MAP_VALUE;
    int32_t slot = (int32_t)mybpf__emit_import(as, kind, op->aux) * 8;
    mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, dst, mybpf__x64_env(as, MYBPF__ABI_TABLE));
    mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, dst, mybpf__x64_at(dst, slot));
    if (op->imm) {
        if (mybpf__x64_fits(op->imm)) mybpf__x64_alu_imm(&as->code, MYBPF__X64_ADD, MYBPF__X64_W, dst, (int32_t)op->imm);
        else {
            mybpf__x64_mov_imm(&as->code, MYBPF__R11, op->imm);
            mybpf__x64_alu(&as->code, MYBPF__X64_ADD, MYBPF__X64_W, dst, MYBPF__R11);
        }
    }
}

/* ---- lowering: memory ---- */

MYBPF__FN void mybpf__x64_load(mybpf__emit *as, const mybpf__op *op)
{
    static const uint16_t mybpf__x64_loads[2][4] = {
        {0xb6 | MYBPF__X64_0F, 0xb7 | MYBPF__X64_0F, 0x8b, 0x8b | MYBPF__X64_W},
        {0xbe | MYBPF__X64_0F | MYBPF__X64_W, 0xbf | MYBPF__X64_0F | MYBPF__X64_W, 0x63 | MYBPF__X64_W, 0x8b | MYBPF__X64_W}};
    unsigned size = op->width == 8 ? 3 : op->width / 2u;
    mybpf__x64_rm(&as->code, mybpf__x64_loads[!!(op->flags & MYBPF__F_SIGNED)][size], mybpf__x64_reg(as, op->dst), mybpf__x64_operand(as, op));
}

MYBPF__FN void mybpf__x64_store(mybpf__emit *as, const mybpf__op *op)
{
    unsigned wide = op->width == 2 ? (unsigned)MYBPF__X64_66 : mybpf__x64_w(op);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    if (op->flags & MYBPF__F_IMM && mybpf__x64_fits(op->imm))
        mybpf__x64_rmi(&as->code, (op->width == 1 ? 0xc6u : 0xc7u) | wide, 0, m, op->imm, op->width == 8 ? 4 : op->width);
    else {
        unsigned c = MYBPF__R11;
        if (op->flags & MYBPF__F_IMM) mybpf__x64_mov_imm(&as->code, c, op->imm);
        else c = mybpf__x64_reg(as, op->c);
        mybpf__x64_rm(&as->code, op->width == 1 ? 0x88u | MYBPF__X64_BYTE : 0x89u | wide, c, m);
    }
}

/* Fetching or, and, xor have no instruction: load, and try until nobody was faster. */
MYBPF__FN void mybpf__x64_atomic_loop(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    static const uint8_t mybpf__x64_operations[] = {MYBPF__X64_ADD, MYBPF__X64_OR, MYBPF__X64_AND, MYBPF__X64_XOR};
    unsigned w = mybpf__x64_w(op), c = mybpf__x64_reg(as, op->c), dst = mybpf__x64_reg(as, op->dst);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    if (m.base == MYBPF__RAX) mybpf__x64_mov(out, MYBPF__X64_W, m.base = MYBPF__R9, MYBPF__RAX);
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
}

MYBPF__FN void mybpf__x64_atomic(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    static const uint16_t mybpf__x64_plain[] = {0x01, 0x09, 0x21, 0x31};
    unsigned w = mybpf__x64_w(op), c = mybpf__x64_reg(as, op->c);
    mybpf__x64_address m = mybpf__x64_operand(as, op);
    if (op->sub == MYBPF__RMW_XCHG) mybpf__x64_rm(&as->code, 0x87 | w, c, m);
    else if (!(op->flags & MYBPF__F_FETCH)) mybpf__x64_rm(&as->code, mybpf__x64_plain[op->sub] | MYBPF__X64_LOCK | w, c, m);
    else if (op->sub == MYBPF__RMW_ADD) mybpf__x64_rm(&as->code, 0xc1 | MYBPF__X64_0F | MYBPF__X64_LOCK | w, c, m);
    else mybpf__x64_atomic_loop(as, op, live);
}

MYBPF__FN void mybpf__x64_cmpxchg(mybpf__emit *as, const mybpf__op *op)
{
    unsigned w = mybpf__x64_w(op);
    mybpf__x64_rm(&as->code, 0xb1 | MYBPF__X64_0F | MYBPF__X64_LOCK | w, mybpf__x64_reg(as, op->c), mybpf__x64_operand(as, op));
    if (!w) mybpf__x64_mov(&as->code, 0, MYBPF__RAX, MYBPF__RAX); /* left alone where it was equal */
}

/* ---- lowering: control ---- */

/* A compare or test whose flags answer `sub`. */
MYBPF__FN void mybpf__x64_compare(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op), a = mybpf__x64_reg(as, op->a), b = MYBPF__R11;
    int test = op->sub == MYBPF__SET || op->sub == MYBPF__CLEAR;
    if (op->flags & MYBPF__F_IMM && mybpf__x64_fits(op->imm)) {
        int32_t imm = (int32_t)op->imm;
        if (!test && !imm) mybpf__x64_test_zero(as, w, a);
        else if (!test) mybpf__x64_alu_imm(out, MYBPF__X64_CMP, w, a, imm);
        else if (imm >= 0 && imm < 128) mybpf__x64_rri(out, 0xf6 | MYBPF__X64_BYTE_RM, 0, a, imm, 1);
        else mybpf__x64_rri(out, 0xf7 | (imm >= 0 ? 0 : w), 0, a, imm, 4);
        return;
    }
    if (op->flags & MYBPF__F_IMM) mybpf__x64_mov_imm(out, b, op->imm);
    else b = mybpf__x64_reg(as, op->b);
    if (test) mybpf__x64_rr(out, 0x85 | w, b, a);
    else mybpf__x64_alu(out, MYBPF__X64_CMP, w, a, b);
}

MYBPF__FN void mybpf__x64_branch(mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    if (block->taken == block->next) return;
    mybpf__x64_compare(as, op);
    if (block->taken == mybpf__emit_following(as))
        mybpf__x64_jcc(as, mybpf__x64_conditions[op->sub ^ 1], mybpf__emit_block(as, block->next));
    else mybpf__x64_jcc(as, mybpf__x64_conditions[op->sub], mybpf__emit_block(as, block->taken));
}

MYBPF__FN void mybpf__x64_may_goto(mybpf__emit *as)
{
    const mybpf__block *block = &as->ir->blocks[as->ir->order[as->position]];
    mybpf__x64_rmi(&as->code, 0x83 | MYBPF__X64_W, MYBPF__X64_CMP, mybpf__x64_env(as, MYBPF__ABI_MAY_GOTO), 0, 1);
    mybpf__x64_jcc(as, MYBPF__X64_JZ, mybpf__emit_block(as, block->taken));
    mybpf__x64_rm(&as->code, 0xff | MYBPF__X64_W, 1, mybpf__x64_env(as, MYBPF__ABI_MAY_GOTO)); /* dec */
}

/* Cold code of one check. */
enum { MYBPF__X64_COLD_FAULT, MYBPF__X64_COLD_BUDGET, MYBPF__X64_COLD_TAIL, MYBPF__X64_COLD_CALL_HELPER };

/* Jumps out when the condition holds: `stub` with the instruction's number. */
MYBPF__FN void mybpf__x64_fault_if(mybpf__emit *as, unsigned condition, mybpf__stub stub, uint32_t insn)
{
    mybpf__x64_jcc(as, condition, mybpf__emit_cold(as, MYBPF__X64_COLD_FAULT, insn, (int64_t)stub, MYBPF__NO_LABEL));
}

MYBPF__FN void mybpf__x64_check_stop(mybpf__emit *as, uint32_t insn)
{
    mybpf__x64_rmi(&as->code, 0x83, MYBPF__X64_CMP, mybpf__x64_env(as, MYBPF__ABI_STOP), 0, 1);
    mybpf__x64_fault_if(as, MYBPF__X64_JNZ, MYBPF__STUB_STOP, insn);
}

/* The environment as the helper's sixth argument. */
MYBPF__FN void mybpf__x64_pass_env(mybpf__emit *as)
{
    as->uses_env = 1;
    mybpf__x64_mov(&as->code, MYBPF__X64_W, MYBPF__R9, MYBPF__X64_ENV);
}

/* Guarded mode: what the callee runs has its frame `below` bytes under ours. */
MYBPF__FN void mybpf__x64_offer_frame(mybpf__emit *as, int32_t below)
{
    unsigned frame = below ? MYBPF__R10 : MYBPF__RBP;
    if (!mybpf__x64_guarded(as)) return;
    if (below) mybpf__x64_lea(&as->code, MYBPF__X64_W, frame, mybpf__x64_at(MYBPF__RBP, -below));
    mybpf__x64_rm(&as->code, 0x89 | MYBPF__X64_W, frame, mybpf__x64_env(as, MYBPF__ABI_FRAME));
}

MYBPF__FN void mybpf__x64_helper(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_pass_env(as);
    if (op->flags & MYBPF__F_STOP) mybpf__x64_offer_frame(as, MYBPF_STACK_FRAME);
    if (as->request->mode == MYBPF__GEN_JIT) {
        const mybpf_helper *helper = mybpf_object_helper(as->request->object, (uint32_t)op->imm);
        mybpf__emit_fixup(as, MYBPF__X64_CALL_FAR, MYBPF__NO_LABEL, helper ? (uint64_t)(uintptr_t)helper->fn : 0);
    } else {
        int32_t slot = (int32_t)mybpf__emit_import(as, MYBPF__IMPORT_HELPER, (uint32_t)op->imm) * 8;
        mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, MYBPF__R11, mybpf__x64_env(as, MYBPF__ABI_TABLE));
        mybpf__x64_rm(&as->code, 0xff, 2, mybpf__x64_at(MYBPF__R11, slot));
    }
    if (op->flags & MYBPF__F_STOP) mybpf__x64_check_stop(as, op->insn);
}

/* Guarded mode: the callee's frame is the next one of the separate stack. */
MYBPF__FN void mybpf__x64_enter_frame(mybpf__emit *as, uint32_t insn)
{
    mybpf__x64_alu_imm(&as->code, MYBPF__X64_SUB, MYBPF__X64_W, MYBPF__RBP, MYBPF_STACK_FRAME);
    mybpf__x64_rm(&as->code, 0x3b | MYBPF__X64_W, MYBPF__RBP, mybpf__x64_env(as, MYBPF__ABI_LIMIT));
    mybpf__x64_fault_if(as, MYBPF__X64_JBE, MYBPF__STUB_DEPTH, insn);
}

MYBPF__FN void mybpf__x64_leave_frame(mybpf__emit *as)
{
    mybpf__x64_alu_imm(&as->code, MYBPF__X64_ADD, MYBPF__X64_W, MYBPF__RBP, MYBPF_STACK_FRAME);
}

MYBPF__FN void mybpf__x64_call_value(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__buf *out = &as->code;
    unsigned a = mybpf__x64_reg(as, op->a);
    if (as->request->mode == MYBPF__GEN_BARE) {
        mybpf__x64_rr(out, 0xff, 2, a);
        return;
    }
    uint32_t back = mybpf__emit_label(as);
    mybpf__x64_alu_imm(out, MYBPF__X64_CMP, MYBPF__X64_W, a, (int32_t)MYBPF_HELPER_END);
    mybpf__x64_jcc(as, MYBPF__X64_JB, mybpf__emit_cold(as, MYBPF__X64_COLD_CALL_HELPER, op->insn, (int64_t)a, back));
    if (mybpf__x64_guarded(as)) {
        mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, a);
        mybpf__x64_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
        mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__R11);
        mybpf__x64_fault_if(as, MYBPF__X64_JZ, MYBPF__STUB_CALL, op->insn);
        mybpf__x64_enter_frame(as, op->insn);
        mybpf__x64_rr(out, 0xff, 2, MYBPF__R11);
        mybpf__x64_leave_frame(as);
    } else
        mybpf__x64_rm(out, 0xff, 2, mybpf__x64_at(a, 0)); /* the descriptor's first field */
    mybpf__emit_place(as, back);
}

MYBPF__FN void mybpf__x64_call_local(mybpf__emit *as, const mybpf__op *op)
{
    if (mybpf__x64_guarded(as)) mybpf__x64_enter_frame(as, op->insn);
    mybpf__x64_call(as, op->aux);
    if (mybpf__x64_guarded(as)) mybpf__x64_leave_frame(as);
}

MYBPF__FN void mybpf__x64_tail_call(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_pass_env(as);
    mybpf__x64_offer_frame(as, 0);
    mybpf__x64_call_env(as, MYBPF__ABI_TAIL_CALL);
    mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__RAX);
    mybpf__x64_jcc(as, MYBPF__X64_JNZ, mybpf__emit_cold(as, MYBPF__X64_COLD_TAIL, op->insn, 0, MYBPF__NO_LABEL));
    mybpf__x64_alu_imm(&as->code, MYBPF__X64_OR, MYBPF__X64_W, MYBPF__RAX, -1);
}

MYBPF__FN void mybpf__x64_packet(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    if (op->a == MYBPF__NO_VALUE) mybpf__x64_mov_imm(out, MYBPF__RSI, (int64_t)(uint32_t)op->imm);
    else mybpf__x64_lea(out, 0, MYBPF__RSI, mybpf__x64_at(mybpf__x64_reg(as, op->a), (int32_t)op->imm));
    as->uses_env = 1;
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDI, MYBPF__X64_ENV);
    mybpf__x64_mov_imm(out, MYBPF__RDX, op->width);
    mybpf__x64_call_env(as, MYBPF__ABI_PACKET);
    mybpf__x64_check_stop(as, op->insn);
    for (unsigned i = 1; i <= 5; i++)
        if (live >> i & 1) mybpf__x64_mov_imm(out, mybpf__x64_reg(as, i), 0);
}

MYBPF__FN void mybpf__x64_guard(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_lea(&as->code, MYBPF__X64_W, MYBPF__R11, mybpf__x64_operand(as, op));
    mybpf__x64_mov_imm(&as->code, MYBPF__R10, op->width);
    mybpf__x64_call(as, mybpf__emit_stub(as, op->flags & MYBPF__F_WRITE ? MYBPF__STUB_GUARD_WRITE : MYBPF__STUB_GUARD_READ));
    mybpf__x64_fault_if(as, MYBPF__X64_JZ, MYBPF__STUB_ACCESS, op->insn);
    if (op->flags & MYBPF__F_ATOMIC && op->width > 1) {
        mybpf__x64_rri(&as->code, 0xf6 | MYBPF__X64_BYTE_RM, 0, MYBPF__R11, op->width - 1, 1); /* test r11b, width - 1 */
        mybpf__x64_fault_if(as, MYBPF__X64_JNZ, MYBPF__STUB_ACCESS, op->insn);
    }
}

MYBPF__FN void mybpf__x64_guard_call(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__x64_mov_imm(&as->code, MYBPF__R10, op->imm);
    mybpf__x64_call(as, mybpf__emit_stub(as, MYBPF__STUB_GUARD_CALL));
    mybpf__x64_fault_if(as, MYBPF__X64_JZ, MYBPF__STUB_STOP, op->insn);
}

MYBPF__FN void mybpf__x64_charge(mybpf__emit *as, const mybpf__op *op)
{
    int small = op->imm < 128;
    mybpf__x64_rmi(&as->code, (small ? 0x83u : 0x81u) | MYBPF__X64_W, MYBPF__X64_SUB, mybpf__x64_env(as, MYBPF__ABI_STEPS), op->imm, small ? 1 : 4);
    mybpf__x64_jcc(as, MYBPF__X64_JB, mybpf__emit_cold(as, MYBPF__X64_COLD_BUDGET, op->insn, op->imm, MYBPF__NO_LABEL));
}

MYBPF__FN void mybpf__x64_op(mybpf__emit *as, const mybpf__op *op, uint64_t live)
{
    mybpf__buf *out = &as->code;
    unsigned w = mybpf__x64_w(op);
    switch (op->code) {
    case MYBPF__IR_NOP: break;
    case MYBPF__IR_CONST: mybpf__x64_mov_imm(out, mybpf__x64_reg(as, op->dst), op->imm); break;
    case MYBPF__IR_MAP:
    case MYBPF__IR_MAP_VALUE:
    case MYBPF__IR_FUNC: mybpf__x64_reference(as, op); break;
    case MYBPF__IR_MOV:
        if (op->dst != op->a || !w) mybpf__x64_mov(out, w, mybpf__x64_reg(as, op->dst), mybpf__x64_reg(as, op->a));
        break;
    case MYBPF__IR_SEXT:
    case MYBPF__IR_ZEXT: mybpf__x64_extend(as, op); break;
    case MYBPF__IR_NEG:
        mybpf__x64_move(as, w, mybpf__x64_reg(as, op->dst), mybpf__x64_reg(as, op->a));
        mybpf__x64_rr(out, 0xf7 | w, 3, mybpf__x64_reg(as, op->dst));
        break;
    case MYBPF__IR_BSWAP: mybpf__x64_swap(as, op); break;
    case MYBPF__IR_ADD: mybpf__x64_simple(as, op, MYBPF__X64_ADD); break;
    case MYBPF__IR_SUB: mybpf__x64_simple(as, op, MYBPF__X64_SUB); break;
    case MYBPF__IR_OR: mybpf__x64_simple(as, op, MYBPF__X64_OR); break;
    case MYBPF__IR_AND: mybpf__x64_simple(as, op, MYBPF__X64_AND); break;
    case MYBPF__IR_XOR: mybpf__x64_simple(as, op, MYBPF__X64_XOR); break;
    case MYBPF__IR_MUL: mybpf__x64_multiply(as, op); break;
    case MYBPF__IR_DIV:
    case MYBPF__IR_MOD:
    case MYBPF__IR_SDIV:
    case MYBPF__IR_SMOD: mybpf__x64_divide(as, op, live); break;
    case MYBPF__IR_SHL: mybpf__x64_shift(as, op, 4, live); break;
    case MYBPF__IR_SHR: mybpf__x64_shift(as, op, 5, live); break;
    case MYBPF__IR_SAR: mybpf__x64_shift(as, op, 7, live); break;
    case MYBPF__IR_ROTL: mybpf__x64_shift(as, op, 0, live); break;
    case MYBPF__IR_LOAD: mybpf__x64_load(as, op); break;
    case MYBPF__IR_STORE: mybpf__x64_store(as, op); break;
    case MYBPF__IR_ATOMIC: mybpf__x64_atomic(as, op, live); break;
    case MYBPF__IR_CMPXCHG: mybpf__x64_cmpxchg(as, op); break;
    case MYBPF__IR_BRANCH: mybpf__x64_branch(as, op); break;
    case MYBPF__IR_MAY_GOTO: mybpf__x64_may_goto(as); break;
    case MYBPF__IR_EXIT: mybpf__x64_epilogue(as); break;
    case MYBPF__IR_CALL: mybpf__x64_call_local(as, op); break;
    case MYBPF__IR_CALL_VALUE: mybpf__x64_call_value(as, op); break;
    case MYBPF__IR_HELPER: mybpf__x64_helper(as, op); break;
    case MYBPF__IR_TAIL_CALL: mybpf__x64_tail_call(as, op); break;
    case MYBPF__IR_PACKET: mybpf__x64_packet(as, op, live); break;
    case MYBPF__IR_GUARD: mybpf__x64_guard(as, op); break;
    case MYBPF__IR_GUARD_CALL: mybpf__x64_guard_call(as, op); break;
    case MYBPF__IR_CHARGE: mybpf__x64_charge(as, op); break;
    default: break;
    }
}

/* ---- cold code and stubs ---- */

/* To a shared stub, with the instruction's number in eax. */
MYBPF__FN void mybpf__x64_to_stub(mybpf__emit *as, mybpf__stub stub, uint32_t insn)
{
    mybpf__x64_mov_imm(&as->code, MYBPF__RAX, insn);
    mybpf__x64_jump(as, mybpf__emit_stub(as, stub));
}

/* CALLX with a helper's number in register `value`. */
MYBPF__FN void mybpf__x64_cold_call_helper(mybpf__emit *as, const mybpf__cold *cold)
{
    mybpf__buf *out = &as->code;
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, (unsigned)cold->value);
    mybpf__x64_call(as, mybpf__emit_stub(as, MYBPF__STUB_RESOLVE));
    mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__R11);
    mybpf__x64_fault_if(as, MYBPF__X64_JZ, MYBPF__STUB_CALL, cold->insn);
    mybpf__x64_offer_frame(as, MYBPF_STACK_FRAME);
    mybpf__x64_pass_env(as);
    mybpf__x64_rr(out, 0xff, 2, MYBPF__R11);
    mybpf__x64_check_stop(as, cold->insn);
    mybpf__x64_jump(as, cold->back);
}

MYBPF__FN void mybpf__x64_cold(mybpf__emit *as, const mybpf__cold *cold)
{
    mybpf__buf *out = &as->code;
    switch (cold->kind) {
    case MYBPF__X64_COLD_BUDGET: /* give back what was taken */
        mybpf__x64_rmi(out, 0x81 | MYBPF__X64_W, MYBPF__X64_ADD, mybpf__x64_env(as, MYBPF__ABI_STEPS), cold->value, 4);
        mybpf__x64_to_stub(as, MYBPF__STUB_BUDGET, cold->insn);
        break;
    case MYBPF__X64_COLD_TAIL: /* done: leave with its result, or unwind if it was stopped */
        mybpf__x64_check_stop(as, cold->insn);
        mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RAX, mybpf__x64_env(as, MYBPF__ABI_RESULT));
        mybpf__x64_epilogue(as);
        break;
    case MYBPF__X64_COLD_CALL_HELPER: mybpf__x64_cold_call_helper(as, cold); break;
    default: mybpf__x64_to_stub(as, (mybpf__stub)cold->value, cold->insn);
    }
}

/* eax: the instruction. Records the fault and unwinds. */
MYBPF__FN void mybpf__x64_stub_fault(mybpf__emit *as, int status)
{
    if (status) mybpf__x64_rmi(&as->code, 0xc7, 0, mybpf__x64_env(as, MYBPF__ABI_STOP), status, 4);
    else { /* a nested run has named its own instruction */
        mybpf__x64_rmi(&as->code, 0x83 | MYBPF__X64_W, MYBPF__X64_CMP, mybpf__x64_env(as, MYBPF__ABI_STOP_INSN), -1, 1);
        mybpf__x64_jcc(as, MYBPF__X64_JNZ, mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
    }
    mybpf__x64_rm(&as->code, 0x89 | MYBPF__X64_W, MYBPF__RAX, mybpf__x64_env(as, MYBPF__ABI_STOP_INSN));
    mybpf__x64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_UNWIND));
}

/* r11: address, r10: size. Every register keeps its value; the zero flag tells a fault. */
MYBPF__FN void mybpf__x64_stub_guard(mybpf__emit *as, int write)
{
    mybpf__buf *out = &as->code;
    if (write) mybpf__x64_rri(out, 0xba | MYBPF__X64_0F | MYBPF__X64_W, 5, MYBPF__R10, 32, 1); /* bts r10, 32 */
    mybpf__x64_push(out, MYBPF__R11);
    mybpf__x64_push(out, MYBPF__RAX);
    for (unsigned i = 0; i < 5; i++) mybpf__x64_push(out, mybpf__x64_arguments[i]);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDI, MYBPF__X64_ENV);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RSI, MYBPF__R11);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, MYBPF__R10);
    mybpf__x64_call_env(as, MYBPF__ABI_GUARD);
    mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__RAX);
    for (unsigned i = 5; i-- > 0;) mybpf__x64_pop(out, mybpf__x64_arguments[i]);
    mybpf__x64_pop(out, MYBPF__RAX);
    mybpf__x64_pop(out, MYBPF__R11);
    mybpf__buf_put_le(out, 0xc3, 1);
}

/* r10: the helper's number, for guard_call; r11: the value, for resolve, which leaves its answer there. */
MYBPF__FN void mybpf__x64_stub_service(mybpf__emit *as, int resolve)
{
    mybpf__buf *out = &as->code;
    for (unsigned i = 5; i-- > 0;) mybpf__x64_push(out, mybpf__x64_arguments[i]); /* an array, r1 first */
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDI, MYBPF__X64_ENV);
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RSI, resolve ? MYBPF__R11 : MYBPF__R10);
    if (!resolve) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__RDX, MYBPF__RSP);
    mybpf__x64_call_env(as, resolve ? MYBPF__ABI_RESOLVE : MYBPF__ABI_GUARD_CALL);
    if (resolve) mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__R11, MYBPF__RAX);
    else mybpf__x64_test_zero(as, MYBPF__X64_W, MYBPF__RAX);
    for (unsigned i = 0; i < 5; i++) mybpf__x64_pop(out, mybpf__x64_arguments[i]);
    mybpf__buf_put_le(out, 0xc3, 1);
}

MYBPF__FN void mybpf__x64_stub(mybpf__emit *as, mybpf__stub stub)
{
    mybpf__buf *out = &as->code;
    switch (stub) {
    case MYBPF__STUB_UNWIND: /* back to the stack of the entry stub, and out */
        mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RSP, mybpf__x64_env(as, MYBPF__ABI_SP));
        mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RAX, mybpf__x64_env(as, MYBPF__ABI_RESULT));
        mybpf__x64_jump(as, mybpf__emit_stub(as, MYBPF__STUB_LEAVE));
        break;
    case MYBPF__STUB_STOP: mybpf__x64_stub_fault(as, 0); break;
    case MYBPF__STUB_ACCESS: mybpf__x64_stub_fault(as, MYBPF_FAULT_ACCESS); break;
    case MYBPF__STUB_DEPTH: mybpf__x64_stub_fault(as, MYBPF_FAULT_DEPTH); break;
    case MYBPF__STUB_BUDGET: mybpf__x64_stub_fault(as, MYBPF_FAULT_BUDGET); break;
    case MYBPF__STUB_CALL: mybpf__x64_stub_fault(as, MYBPF_FAULT_CALL); break;
    case MYBPF__STUB_GUARD_READ: mybpf__x64_stub_guard(as, 0); break;
    case MYBPF__STUB_GUARD_WRITE: mybpf__x64_stub_guard(as, 1); break;
    case MYBPF__STUB_GUARD_CALL: mybpf__x64_stub_service(as, 0); break;
    case MYBPF__STUB_RESOLVE: mybpf__x64_stub_service(as, 1); break;
    default: break;
    }
}

/* The way in, as a C function of type mybpf_helper_fn. Functions keep the C convention among themselves, so it only saves
 * what it uses itself, and, where a run can be stopped in the middle, what an abandoned function would have restored. */
MYBPF__FN void mybpf__x64_enter(mybpf__emit *as)
{
    mybpf__buf *out = &as->code;
    int bare = as->request->mode == MYBPF__GEN_BARE, guarded = mybpf__x64_guarded(as), unwinds = as->stubs_used & 1u << MYBPF__STUB_UNWIND;
    uint32_t saved = unwinds ? as->saved : 0, pushed = 8;
    if (guarded) as->uses_env = 1, saved |= 1u << MYBPF__RBP;
    if (!as->uses_env) {
        if (bare) as->enter = as->request->entry_func; /* its label: nothing is needed */
        else {
            mybpf__emit_place(as, as->enter);
            mybpf__x64_rm(out, 0xff, 4, mybpf__x64_at(MYBPF__R9, MYBPF__ABI_FN)); /* jmp */
        }
        return;
    }
    mybpf__emit_place(as, as->enter);
    for (unsigned i = 0; i < MYBPF__X64_SAVED_COUNT; i++)
        if (saved & 1u << mybpf__x64_saved[i]) mybpf__x64_push(out, mybpf__x64_saved[i]), pushed += 8;
    mybpf__x64_push(out, MYBPF__X64_ENV), pushed += 8;
    mybpf__x64_mov(out, MYBPF__X64_W, MYBPF__X64_ENV, MYBPF__R9);
    if (unwinds) mybpf__x64_rm(out, 0xff, 6, mybpf__x64_env(as, MYBPF__ABI_SP)), pushed += 8; /* push */
    if (pushed % 16) mybpf__x64_push(out, MYBPF__RAX);
    if (unwinds) mybpf__x64_rm(out, 0x89 | MYBPF__X64_W, MYBPF__RSP, mybpf__x64_env(as, MYBPF__ABI_SP));
    if (guarded) mybpf__x64_rm(out, 0x8b | MYBPF__X64_W, MYBPF__RBP, mybpf__x64_env(as, MYBPF__ABI_FRAME));
    if (bare) mybpf__x64_call(as, as->request->entry_func);
    else mybpf__x64_call_env(as, MYBPF__ABI_FN);
    mybpf__emit_place(as, as->stubs[MYBPF__STUB_LEAVE]);
    if (pushed % 16) mybpf__x64_pop(out, MYBPF__RCX);
    if (unwinds) mybpf__x64_rm(out, 0x8f, 0, mybpf__x64_env(as, MYBPF__ABI_SP)); /* pop */
    mybpf__x64_pop(out, MYBPF__X64_ENV);
    for (unsigned i = MYBPF__X64_SAVED_COUNT; i-- > 0;)
        if (saved & 1u << mybpf__x64_saved[i]) mybpf__x64_pop(out, mybpf__x64_saved[i]);
    mybpf__buf_put_le(out, 0xc3, 1);
}

/* ---- the record ---- */

static const mybpf__target mybpf__target_x86_64 = {
    "x86_64",
    62, /* EM_X86_64 */
    0,
    MYBPF__CODE_ALIGN,
    16,
    {MYBPF__RAX, MYBPF__RDI, MYBPF__RSI, MYBPF__RDX, MYBPF__RCX, MYBPF__R8, MYBPF__RBX, MYBPF__R13, MYBPF__R14, MYBPF__R15, MYBPF__RBP},
    1u << MYBPF__RBX | 1u << MYBPF__R13 | 1u << MYBPF__R14 | 1u << MYBPF__R15 | 1u << MYBPF__RBP,
    0,
    MYBPF__CAN_ADD3 | MYBPF__CAN_INDEX | MYBPF__CAN_ROTATE,
    96,
    mybpf__x64_prologue,
    mybpf__x64_op,
    mybpf__x64_jump,
    mybpf__x64_cold,
    mybpf__x64_stub,
    mybpf__x64_enter,
    mybpf__x64_fixup_size,
    mybpf__x64_fixup_reaches,
    mybpf__x64_fixup_write,
    mybpf__x64_nops,
};

#endif
