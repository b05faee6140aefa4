/* arm64_base.h: the arm64 back end's registers, operands and fixups. */
#ifndef MYBPF__ARM64_BASE_H
#define MYBPF__ARM64_BASE_H

#include "arm64_emit.h"
#include "arm64_fuse.h"
#include "ir.h"
#include "target.h"

/* ---- registers ----
 * r1..r5 are where the procedure call standard wants a helper's arguments, so a call moves nothing but the
 * result: r0 is x7, since x0 holds r1. r6..r9 and r10 are callee-saved, as they are in BPF. x24 holds the
 * environment and x25 the context table in code that needs them; `enter` sets both. In metered code x26 holds
 * the steps left: they are in the environment while somebody else may read or spend them. x9..x12 are scratch
 * of one operation, x16 and x17 of constants, addresses and far branches. x18 is the platform's, x29 is left
 * to whoever unwinds. */
enum {
    MYBPF__A64_R0 = 7,
    MYBPF__A64_FRAME = 23,
    MYBPF__A64_ENV = 24,
    MYBPF__A64_TABLE = 25,
    MYBPF__A64_STEPS = 26,
    MYBPF__A64_ADDRESS = 9, /* scratch: an address; in stubs the instruction's number */
    MYBPF__A64_VALUE = 10,
    MYBPF__A64_OTHER = 11,
    MYBPF__A64_STATUS = 12
};

/* Condition of each `sub` of a branch behind a compare; SET and CLEAR behind a test. */
static const uint8_t mybpf__a64_conditions[] = {MYBPF__A64_EQ, MYBPF__A64_NE, MYBPF__A64_HI, MYBPF__A64_LS,
                                                MYBPF__A64_HS, MYBPF__A64_LO, MYBPF__A64_GT, MYBPF__A64_LE,
                                                MYBPF__A64_GE, MYBPF__A64_LT, MYBPF__A64_NE, MYBPF__A64_EQ};

MYBPF__FN uint32_t mybpf__a64_x(const mybpf__op *op) { return op->width == 8 ? MYBPF__A64_X : 0u; }
MYBPF__FN unsigned mybpf__a64_reg(const mybpf__emit *as, unsigned value) { return as->ir->reg[value]; }
MYBPF__FN int mybpf__a64_guarded(const mybpf__emit *as) { return as->object_code->trust == MYBPF_GUARDED; }
/* r10 is addressed through sp: no frame pointer is kept. */
MYBPF__FN int mybpf__a64_frame_by_sp(const mybpf__emit *as)
{
    return !mybpf__a64_guarded(as) && as->ir->frame && !as->ir->frame_escapes;
}

/* The immediate as an operation of this width sees it, sign-extended. */
MYBPF__FN int64_t mybpf__a64_imm(const mybpf__op *op)
{
    return op->width == 8 ? op->imm : (int64_t)(int32_t)op->imm;
}

MYBPF__FN void mybpf__a64_load_env(mybpf__emit *as, unsigned rt, int32_t offset)
{
    as->uses_env = 1;
    mybpf__a64_load(&as->code, rt, MYBPF__A64_ENV, offset);
}

MYBPF__FN void mybpf__a64_store_env(mybpf__emit *as, unsigned rt, int32_t offset)
{
    as->uses_env = 1;
    mybpf__a64_store(&as->code, rt, MYBPF__A64_ENV, offset);
}

MYBPF__FN void mybpf__a64_steps_out(mybpf__emit *as)
{
    if (as->object_code->metered) mybpf__a64_store_env(as, MYBPF__A64_STEPS, MYBPF__ABI_STEPS);
}

MYBPF__FN void mybpf__a64_steps_in(mybpf__emit *as)
{
    if (as->object_code->metered) mybpf__a64_load_env(as, MYBPF__A64_STEPS, MYBPF__ABI_STEPS);
}

MYBPF__FN mybpf__a64_address mybpf__a64_operand(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf__op *part = mybpf__a64_fused(as, op), *extension = part; /* of the index */
    unsigned base = part ? mybpf__a64_other(op, part) : op->a;
    mybpf__a64_address m = mybpf__a64_at(mybpf__a64_reg(as, base), op->disp);
    if (base == MYBPF__FRAME_VALUE && mybpf__a64_frame_by_sp(as))
        m = mybpf__a64_at(MYBPF__A64_SP, (int64_t)op->disp + as->stack);
    if ((op->code != MYBPF__IR_LOAD && op->code != MYBPF__IR_STORE) || op->b == MYBPF__NO_VALUE) return m;
    m.index = (uint8_t)mybpf__a64_reg(as, part ? part->a : op->b);
    m.scale = (uint8_t)op->aux;
    if (part && part->code == MYBPF__IR_SHL) {
        m.scale = op->width;
        extension = mybpf__a64_fused(as, part);
    }
    if (extension) {
        m.index = (uint8_t)mybpf__a64_reg(as, extension->a);
        m.extend = (uint8_t)mybpf__a64_extend_of(extension);
    }
    return m;
}

/* ---- fixups ---- */

enum {
    MYBPF__A64_FIX_B,
    MYBPF__A64_FIX_BL,
    MYBPF__A64_FIX_IF,     /* extra: b.cond, cbz or cbnz without its distance */
    MYBPF__A64_FIX_IF_BIT, /* the same: tbz, tbnz */
    MYBPF__A64_FIX_CALL,   /* extra: the address */
    MYBPF__A64_FIX_ADR,    /* extra: register */
    MYBPF__A64_FIXUPS
};

/* Bytes of the forms; bits of the first one's distance in words, and where they are. */
static const struct mybpf__a64_fixup {
    uint8_t sizes[MYBPF__FORMS], bits, shift;
} mybpf__a64_fixups[MYBPF__A64_FIXUPS] = {
    {{4, 20, 0}, 26, 0}, /* b; far */
    {{4, 20, 0}, 26, 0}, /* bl; far */
    {{4, 8, 24}, 19, 5}, /* b.cond; the opposite over b; over far */
    {{4, 8, 24}, 14, 5}, /* tbz; the same */
    {{4, 0, 0}, 26, 0},  /* bl; mov x16, address and blr x16 */
    {{4, 16, 0}, 19, 5}, /* adr; adr and an addition */
};

MYBPF__FN uint32_t mybpf__a64_fixup_size(const mybpf__fixup *fixup, unsigned form)
{
    uint32_t words[4];
    if (fixup->kind == MYBPF__A64_FIX_CALL && form == 1)
        return 4 + 4 * mybpf__a64_constant(words, MYBPF__A64_IP0, fixup->extra);
    return mybpf__a64_fixups[fixup->kind].sizes[form];
}

MYBPF__FN int mybpf__a64_fixup_reaches(const mybpf__fixup *fixup, unsigned form, uint64_t from, uint64_t to,
                                       int known)
{
    const struct mybpf__a64_fixup *kind = &mybpf__a64_fixups[fixup->kind];
    unsigned bits = kind->bits;
    uint64_t distance = to - from;
    if (!known) return form == 1;
    if (form && (form + 1 == MYBPF__FORMS || !kind->sizes[form + 1])) return 1;
    if (form) distance -= 4, bits = 26; /* the b */
    return distance + ((uint64_t)2 << bits) < (uint64_t)4 << bits;
}

MYBPF__FN uint32_t mybpf__a64_field(uint64_t distance, unsigned bits, unsigned shift)
{
    return ((uint32_t)(distance / 4) & ((1u << bits) - 1)) << shift;
}

/* rd = the place `distance` from here. */
MYBPF__FN void mybpf__a64_write_address(uint8_t *at, unsigned rd, uint64_t distance)
{
    mybpf__put_le(at, MYBPF__A64_ADR | rd, 4);
    mybpf__put_le(at + 4, mybpf__a64_half(MYBPF__A64_MOVZ, MYBPF__A64_IP1, distance, 0), 4);
    mybpf__put_le(at + 8, mybpf__a64_half(MYBPF__A64_MOVK, MYBPF__A64_IP1, distance, 1), 4);
    mybpf__put_le(at + 12,
                  (MYBPF__A64_ADD | MYBPF__A64_X) | 1u << 21 | MYBPF__A64_IP1 << 16 | MYBPF__A64_SXTW << 13 |
                      rd << 5 | rd,
                  4);
}

MYBPF__FN void mybpf__a64_write_far(uint8_t *at, uint32_t opcode, uint64_t distance)
{
    mybpf__a64_write_address(at, MYBPF__A64_IP0, distance);
    mybpf__put_le(at + 16, opcode | MYBPF__A64_IP0 << 5, 4);
}

MYBPF__FN void mybpf__a64_write_call(uint8_t *at, uint64_t address)
{
    uint32_t words[4];
    unsigned count = mybpf__a64_constant(words, MYBPF__A64_IP0, address);
    for (unsigned i = 0; i < count; i++) mybpf__put_le(at + 4 * i, words[i], 4);
    mybpf__put_le(at + 4 * count, MYBPF__A64_BLR | MYBPF__A64_IP0 << 5, 4);
}

/* A conditional branch over the next `form` has the opposite condition: the lowest bit of b.cond's, bit 24 of
 * the others. */
MYBPF__FN uint32_t mybpf__a64_opposite(uint32_t branch)
{
    return branch >> 24 == MYBPF__A64_BCOND >> 24 ? branch ^ 1 : branch ^ 1u << 24;
}

MYBPF__FN void mybpf__a64_write_if(uint8_t *at, const mybpf__fixup *fixup, uint64_t distance)
{
    const struct mybpf__a64_fixup *kind = &mybpf__a64_fixups[fixup->kind];
    uint32_t branch = (uint32_t)fixup->extra, size = kind->sizes[fixup->form];
    if (!fixup->form) {
        mybpf__put_le(at, branch | mybpf__a64_field(distance, kind->bits, kind->shift), 4);
        return;
    }
    mybpf__put_le(at, mybpf__a64_opposite(branch) | mybpf__a64_field(size, kind->bits, kind->shift), 4);
    if (fixup->form == 1)
        mybpf__put_le(at + 4, MYBPF__A64_B | mybpf__a64_field(distance - 4, 26, 0), 4);
    else
        mybpf__a64_write_far(at + 4, MYBPF__A64_BR, distance - 4);
}

MYBPF__FN void mybpf__a64_fixup_write(uint8_t *at, const mybpf__fixup *fixup, uint64_t from, uint64_t to)
{
    uint64_t distance = to - from;
    int is_call = fixup->kind != MYBPF__A64_FIX_B;
    switch (fixup->kind) {
    case MYBPF__A64_FIX_IF:
    case MYBPF__A64_FIX_IF_BIT: mybpf__a64_write_if(at, fixup, distance); break;
    case MYBPF__A64_FIX_ADR:
        if (fixup->form)
            mybpf__a64_write_address(at, (unsigned)fixup->extra, distance);
        else
            mybpf__put_le(at,
                          MYBPF__A64_ADR | (uint32_t)(distance & 3) << 29 |
                              mybpf__a64_field(distance, 19, 5) | (uint32_t)fixup->extra,
                          4);
        break;
    default:
        if (!fixup->form)
            mybpf__put_le(at, (is_call ? MYBPF__A64_BL : MYBPF__A64_B) | mybpf__a64_field(distance, 26, 0),
                          4);
        else if (fixup->kind == MYBPF__A64_FIX_CALL)
            mybpf__a64_write_call(at, to);
        else
            mybpf__a64_write_far(at, is_call ? MYBPF__A64_BLR : MYBPF__A64_BR, distance);
    }
}

MYBPF__FN void mybpf__a64_nops(uint8_t *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 4) mybpf__put_le(at + i, MYBPF__A64_NOP, 4);
}

MYBPF__FN void mybpf__a64_jump(mybpf__emit *as, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__A64_FIX_B, label, 0);
}
MYBPF__FN void mybpf__a64_call(mybpf__emit *as, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__A64_FIX_BL, label, 0);
}
MYBPF__FN void mybpf__a64_jump_if(mybpf__emit *as, unsigned condition, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__A64_FIX_IF, label, MYBPF__A64_BCOND | condition);
}
/* CBZ or CBNZ, | MYBPF__A64_X. */
MYBPF__FN void mybpf__a64_jump_zero(mybpf__emit *as, uint32_t opcode, unsigned rt, uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__A64_FIX_IF, label, opcode | rt);
}
/* TBZ or TBNZ. */
MYBPF__FN void mybpf__a64_jump_bit(mybpf__emit *as, uint32_t opcode, unsigned rt, unsigned bit,
                                   uint32_t label)
{
    mybpf__emit_fixup(as, MYBPF__A64_FIX_IF_BIT, label, opcode | (bit & 32) << 26 | (bit & 31) << 19 | rt);
}
MYBPF__FN void mybpf__a64_call_reg(mybpf__emit *as, unsigned rn)
{
    mybpf__a64_put(&as->code, MYBPF__A64_BLR | rn << 5);
}
MYBPF__FN void mybpf__a64_call_env(mybpf__emit *as, int32_t offset)
{
    mybpf__a64_load_env(as, MYBPF__A64_IP0, offset);
    mybpf__a64_call_reg(as, MYBPF__A64_IP0);
}

#endif
