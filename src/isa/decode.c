/* decode.c: what an instruction is, and whether every field of it may be as it is. */
#ifndef MYBPF__DECODE_C
#define MYBPF__DECODE_C

#include "../base/error.h"
#include "op_of.h"

MYBPF_API int mybpf_insn_op(const mybpf_insn *insn) { return mybpf__op_of(insn); }

#if !defined(MYBPF_NO_ASM) || !defined(MYBPF_NO_MESSAGES)
#    define MYBPF__OP_DETAILS(...) __VA_ARGS__,
#    define MYBPF__OP_NAME(info)   (info)->name
#else
#    define MYBPF__OP_DETAILS(...)
#    define MYBPF__OP_NAME(info) ""
#endif

MYBPF_API const mybpf_op_info *mybpf_op_describe(int op)
{
    static const mybpf_op_info mybpf__rows[] = {
#define MYBPF__V1 1
#define MYBPF__V2 2
#define MYBPF__V3 3
#define MYBPF__V4 4
#define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu)                   \
    {MYBPF__OP_DETAILS(#name, symbol, mnemonic, value, code, MYBPF_GROUP_##group, MYBPF__##cpu)              \
         MYBPF_SELECT_##select,                                                                              \
     MYBPF_FORMAT_##format, width},
        MYBPF_OPS(MYBPF__ROW)
#undef MYBPF__ROW
#undef MYBPF__V1
#undef MYBPF__V2
#undef MYBPF__V3
#undef MYBPF__V4
    };
    return op >= 0 && op < MYBPF_OP_COUNT ? &mybpf__rows[op] : NULL;
}

/* Fields an instruction may use. */
enum { MYBPF__USES_DST = 1, MYBPF__USES_SRC = 2, MYBPF__USES_OFF = 4, MYBPF__USES_IMM = 8 };

MYBPF__FN unsigned mybpf__fields_used(const mybpf_op_info *info)
{
    static const uint8_t mybpf__uses[] = {
#define MYBPF__ROW(format, dst, src, off, imm)                                                               \
    (dst) * MYBPF__USES_DST + (src)*MYBPF__USES_SRC + (off)*MYBPF__USES_OFF + (imm)*MYBPF__USES_IMM,
        MYBPF_FORMATS(MYBPF__ROW)
#undef MYBPF__ROW
    };
    static const uint8_t mybpf__selects[] = {0, MYBPF__USES_OFF, MYBPF__USES_IMM, MYBPF__USES_SRC};
    return (unsigned)mybpf__uses[info->format] | mybpf__selects[info->select];
}

/* Why no row fits. */
MYBPF__FN int mybpf__check_unknown(const mybpf_insn *insn, mybpf_error *error)
{
    for (unsigned i = 0; i < MYBPF__SELECTED_ROWS; i++) {
        if (mybpf__selected_rows[i].code != insn->code) continue;
        if (mybpf__selected_rows[i].select == MYBPF_SELECT_SRC)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                               "opcode 0x%02x has no meaning with src_reg %u", (unsigned)insn->code,
                               (unsigned)insn->src_reg);
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                           "opcode 0x%02x has no meaning with imm 0x%x", (unsigned)insn->code,
                           (unsigned)insn->imm);
    }
    return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN, "unknown opcode 0x%02x", (unsigned)insn->code);
}

/* CALLX names its register in dst; compilers before LLVM 19 put the number into imm. */
MYBPF__FN int mybpf__check_callx(const mybpf_insn *insn, mybpf_error *error)
{
    if (insn->imm && insn->dst_reg)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                           "CALLX: imm must be 0 when dst_reg is used, it is %d", (int)insn->imm);
    if (insn->imm < 0 || insn->imm > 10)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN, "CALLX: imm %d is no register",
                           (int)insn->imm);
    return MYBPF_OK;
}

/* The second slot of an LDDW carries the upper half of the immediate and nothing else; kinds that
 * need no upper half have it reserved. */
MYBPF__FN int mybpf__check_lddw_slots(const mybpf_insn *insn, size_t left, mybpf_error *error)
{
    if (insn->src_reg > MYBPF_PSEUDO_MAP_IDX_VALUE)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                           "LDDW: src_reg %u is no known kind of immediate", (unsigned)insn->src_reg);
    if (left < 2)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN, "LDDW: its second slot is missing");
    const mybpf_insn *second = insn + 1;
    const char *field = NULL;
    if (second->code)
        field = "code";
    else if (second->dst_reg)
        field = "dst_reg";
    else if (second->src_reg)
        field = "src_reg";
    else if (second->off)
        field = "off";
    else if (second->imm && (insn->src_reg == MYBPF_PSEUDO_MAP_FD || insn->src_reg == MYBPF_PSEUDO_FUNC ||
                             insn->src_reg == MYBPF_PSEUDO_MAP_IDX))
        field = "imm";
    if (field)
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN, "LDDW: %s of its second slot must be 0",
                           field);
    return MYBPF_OK;
}

MYBPF_API int mybpf_insn_check(const mybpf_insn *insn, size_t left, mybpf_error *error)
{
    int op = left ? mybpf__op_of(insn) : -1;
    if (!left) return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN, "no instruction");
    if (op < 0) return mybpf__check_unknown(insn, error);
    const mybpf_op_info *info = mybpf_op_describe(op);

    static const char *const mybpf__field_names[] = {"dst_reg", "src_reg", "off", "imm"};
    const int fields[] = {insn->dst_reg, insn->src_reg, insn->off, insn->imm};
    unsigned used = mybpf__fields_used(info);
#ifndef MYBPF_NO_MAP_TYPES
    if (mybpf__is_cast(insn)) {
        used |= MYBPF__USES_OFF | MYBPF__USES_IMM;
        if (insn->imm != MYBPF__CAST_TO_ACCESS && insn->imm != MYBPF__CAST_TO_KEEP)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                               "addr_space_cast: there are address spaces 0 and 1, not imm 0x%x",
                               (unsigned)insn->imm);
    }
#elif !defined(MYBPF_NO_MESSAGES)
    if (mybpf__is_cast(insn))
        return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                           "addr_space_cast: this build has no arenas (MYBPF_NO_MAP_TYPES)");
#endif
    for (unsigned i = 0; i < 4; i++)
        if (!(used >> i & 1) && fields[i])
            return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN,
                               "%s: reserved field %s must be 0, it is %d", MYBPF__OP_NAME(info),
                               mybpf__field_names[i], fields[i]);
    for (unsigned i = 0; i < 2; i++)
        if (fields[i] > 10)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, MYBPF_NO_INSN, "%s: %s is %d, registers end at 10",
                               MYBPF__OP_NAME(info), mybpf__field_names[i], fields[i]);
    if (info->format == MYBPF_FORMAT_LDDW) return mybpf__check_lddw_slots(insn, left, error);
    if (info->format == MYBPF_FORMAT_CALLX) return mybpf__check_callx(insn, error);
    return MYBPF_OK;
}

#undef MYBPF__OP_DETAILS
#undef MYBPF__OP_NAME

#endif
