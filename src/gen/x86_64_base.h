/* x86_64_base.h: the x86-64 back end's registers, operands and fixups. */
#ifndef MYBPF__X86_64_BASE_H
#define MYBPF__X86_64_BASE_H

#include "ir.h"
#include "target.h"
#include "x86_64_emit.h"

/* ---- registers ----
 * r0..r5 are where the System V convention wants a helper's result and arguments. r6..r9 are callee-saved
 * there, as they are in BPF. r12 holds the environment in code that needs it. r9, r10, r11 are scratch; r9
 * carries the environment to helpers. In metered code r9 holds the steps left, from the entry stub to its
 * end: who needs the register, or calls what reads or spends steps, puts them into the environment before and
 * takes them from there afterwards. In guarded code of this process r10 likewise holds where the window of
 * reads begins, negated. */
#define MYBPF__X64_ENV    MYBPF__R12
#define MYBPF__X64_STEPS  MYBPF__R9
#define MYBPF__X64_WINDOW MYBPF__R10

static const uint8_t mybpf__x64_arguments[5] = {MYBPF__RDI, MYBPF__RSI, MYBPF__RDX, MYBPF__RCX, MYBPF__R8};
/* Saved by prologues in this order, as far as written. */
static const uint8_t mybpf__x64_saved[] = {MYBPF__RBX, MYBPF__R13, MYBPF__R14,
                                           MYBPF__R15, MYBPF__RBP, MYBPF__R12};
enum { MYBPF__X64_SAVED_COUNT = 6 };

enum { MYBPF__X64_JZ = 4, MYBPF__X64_JNZ = 5, MYBPF__X64_JB = 2, MYBPF__X64_JAE = 3, MYBPF__X64_JBE = 6 };
/* Condition code of each `sub` of a branch. */
static const uint8_t mybpf__x64_conditions[] = {4, 5, 7, 6, 3, 2, 15, 14, 13, 12, 5, 4};

MYBPF__FN unsigned mybpf__x64_w(const mybpf__op *op) { return op->width == 8 ? (unsigned)MYBPF__X64_W : 0u; }
MYBPF__FN unsigned mybpf__x64_reg(const mybpf__emit *as, unsigned value) { return as->ir->reg[value]; }
MYBPF__FN int mybpf__x64_guarded(const mybpf__emit *as) { return as->object_code->trust == MYBPF_GUARDED; }
/* r10 is addressed through rsp: no frame pointer is kept. */
MYBPF__FN int mybpf__x64_frame_by_rsp(const mybpf__emit *as)
{
    return !mybpf__x64_guarded(as) && as->ir->frame && !as->ir->frame_escapes;
}
/* Shifts by values need neither rcx nor scratch registers. */
MYBPF__FN int mybpf__x64_bmi2(const mybpf__gen_request *request)
{
    return mybpf__cpu_has(request->features, MYBPF__CPU_BMI2);
}
/* May bytes be swapped where they are loaded and stored? */
MYBPF__FN int mybpf__x64_has_movbe(const mybpf__emit *as)
{
    return mybpf__cpu_has(as->request->features, MYBPF__CPU_MOVBE);
}
MYBPF__FN int mybpf__x64_fits(int64_t imm) { return imm >= INT32_MIN && imm <= INT32_MAX; }

MYBPF__FN uint32_t mybpf__x64_live_registers(const mybpf__emit *as, uint64_t live)
{
    uint32_t set = 0;
    for (; live; live &= live - 1) set |= 1u << mybpf__x64_reg(as, mybpf__lowest_value(live));
    return set;
}

/* A field of the environment. */
MYBPF__FN mybpf__x64_address mybpf__x64_env(mybpf__emit *as, int32_t offset)
{
    as->uses_env = 1;
    return mybpf__x64_at(MYBPF__X64_ENV, offset);
}

MYBPF__FN void mybpf__x64_steps_out(mybpf__emit *as)
{
    if (as->object_code->metered)
        mybpf__x64_rm(&as->code, 0x89 | MYBPF__X64_W, MYBPF__X64_STEPS, mybpf__x64_env(as, MYBPF__ABI_STEPS));
}

MYBPF__FN void mybpf__x64_steps_in(mybpf__emit *as)
{
    if (as->object_code->metered)
        mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, MYBPF__X64_STEPS, mybpf__x64_env(as, MYBPF__ABI_STEPS));
}

MYBPF__FN void mybpf__x64_window_in(mybpf__emit *as)
{
    if (mybpf__x64_guarded(as) && as->request->mode == MYBPF__GEN_JIT)
        mybpf__x64_rm(&as->code, 0x8b | MYBPF__X64_W, MYBPF__X64_WINDOW,
                      mybpf__x64_env(as, MYBPF__ABI_WINDOW));
}

/* Behind a call: what scratch registers hold. */
MYBPF__FN void mybpf__x64_kept_in(mybpf__emit *as)
{
    mybpf__x64_steps_in(as);
    mybpf__x64_window_in(as);
}

/* What the operation has in memory. */
MYBPF__FN mybpf__x64_address mybpf__x64_operand(const mybpf__emit *as, const mybpf__op *op)
{
    int memory = op->code < MYBPF__IR_LOAD || op->code == MYBPF__IR_BRANCH; /* MYBPF__F_MEMORY */
    unsigned base = memory ? op->b : op->a, index = memory ? op->c : op->b;
    mybpf__x64_address m = mybpf__x64_at(mybpf__x64_reg(as, base), op->disp);
    if (base == MYBPF__FRAME_VALUE && mybpf__x64_frame_by_rsp(as))
        m = mybpf__x64_at(MYBPF__RSP, (int32_t)((uint32_t)op->disp + as->stack));
    if ((memory || op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE) && index != MYBPF__NO_VALUE) {
        m.index = (uint8_t)mybpf__x64_reg(as, index);
        m.scale = (uint8_t)op->aux;
    }
    return m;
}

/* ---- fixups ---- */

enum {
    MYBPF__X64_JMP,
    MYBPF__X64_JCC,
    MYBPF__X64_CALL,
    MYBPF__X64_CALL_FAR,
    MYBPF__X64_LEA_LABEL,
    MYBPF__X64_FIXUPS
};

static const uint8_t mybpf__x64_fixup_sizes[MYBPF__X64_FIXUPS][MYBPF__FORMS] = {
    {2, 5, 0},  /* jmp rel8, rel32 */
    {2, 6, 0},  /* jcc rel8, rel32; extra: condition */
    {5, 0, 0},  /* call rel32 */
    {5, 13, 0}, /* call rel32; mov r11, imm64 and call r11 */
    {7, 0, 0},  /* lea reg, [rip + rel32]; extra: register */
};

MYBPF__FN uint32_t mybpf__x64_fixup_size(const mybpf__fixup *fixup, unsigned form)
{
    return mybpf__x64_fixup_sizes[fixup->kind][form];
}

MYBPF__FN int mybpf__x64_fixup_reaches(const mybpf__fixup *fixup, unsigned form, uint64_t from, uint64_t to,
                                       int known)
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
        at[n++] = (uint8_t)mybpf__x64_modrm(0, (unsigned)fixup->extra, 5);
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

/* Cold code of one check. */
enum {
    MYBPF__X64_COLD_FAULT,
    MYBPF__X64_COLD_BUDGET,
    MYBPF__X64_COLD_TAIL,
    MYBPF__X64_COLD_CALL_HELPER,
    MYBPF__X64_COLD_GUARD,
    MYBPF__X64_COLD_LOOKUP,
    MYBPF__X64_COLD_DIVIDE
};

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

MYBPF__FN void mybpf__x64_jump(mybpf__emit *as, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__X64_JMP, label, 0);
}
MYBPF__FN void mybpf__x64_jcc(mybpf__emit *as, unsigned condition, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__X64_JCC, label, condition);
}
MYBPF__FN void mybpf__x64_call(mybpf__emit *as, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__X64_CALL, label, 0);
}
MYBPF__FN void mybpf__x64_call_env(mybpf__emit *as, int32_t offset)
{
    mybpf__x64_rm(&as->code, 0xff, 2, mybpf__x64_env(as, offset));
}

#endif
