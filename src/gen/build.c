/* build.c: bytecode to intermediate form, one operation an instruction (and one a guard or charge). */
#ifndef MYBPF__BUILD_C
#define MYBPF__BUILD_C

#include "ir.h"
#include "build.h"
#include "inline.c"
#include "lookups.c"
#include "target.h"
#include "../base/error.h"
#include "../isa/op_of.h"

/* By the upper four bits of an opcode. The signed forms of DIV and MOD have offset 1. */
static const uint8_t mybpf__build_alu[16] = {MYBPF__IR_ADD, MYBPF__IR_SUB, MYBPF__IR_MUL, MYBPF__IR_DIV,
                                             MYBPF__IR_OR,  MYBPF__IR_AND, MYBPF__IR_SHL, MYBPF__IR_SHR,
                                             MYBPF__IR_NEG, MYBPF__IR_MOD, MYBPF__IR_XOR, MYBPF__IR_MOV,
                                             MYBPF__IR_SAR, MYBPF__IR_NOP, MYBPF__IR_NOP, MYBPF__IR_NOP};
static const uint8_t mybpf__build_condition[16] = {
    0, MYBPF__EQ, MYBPF__GT, MYBPF__GE, MYBPF__SET, MYBPF__NE,  MYBPF__SGT, MYBPF__SGE,
    0, 0,         MYBPF__LT, MYBPF__LE, MYBPF__SLT, MYBPF__SLE, 0,          0};

/* What is to be known of an instruction's row: its format, the bytes it works on. */
typedef struct mybpf__build_kind {
    unsigned format, width;
} mybpf__build_kind;

/* Both as the opcode alone tells them, + 1 << 16, where no other row shares it; else 0. One lookup in a table
 * that the compiler makes. */
MYBPF__INLINE uint32_t mybpf__build_row(uint8_t code)
{
    switch (code) {
#define MYBPF__KIND_NONE(code, format, width)                                                                \
case (code):                                                                                                 \
    return 1u << 16 | (width) << 8 | MYBPF_FORMAT_##format;
#define MYBPF__KIND_OFF(code, format, width)
#define MYBPF__KIND_IMM(code, format, width)
#define MYBPF__KIND_SRC(code, format, width)
#define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu)                   \
    MYBPF__KIND_##select(code, format, width)
        MYBPF_OPS(MYBPF__ROW)
#undef MYBPF__ROW
#undef MYBPF__KIND_NONE
#undef MYBPF__KIND_OFF
#undef MYBPF__KIND_IMM
#undef MYBPF__KIND_SRC
    default: return 0;
    }
}

/* Of an instruction whose other fields tell its row: 0 where there is none such. */
MYBPF__ONE_COPY uint32_t mybpf__build_row_of(const mybpf_insn *insn)
{
    const mybpf_op_info *info = mybpf_op_describe(mybpf__op_of(insn));
    return info ? 1u << 16 | (uint32_t)info->width << 8 | info->format : 0;
}

MYBPF__ONE_COPY int mybpf__ir_grow(mybpf__ir *ir)
{
    mybpf__op *ops =
        (mybpf__op *)mybpf__room(ir->vm, ir->ops, &ir->op_capacity, ir->op_count + 1, sizeof *ops);
    if (ops) ir->ops = ops;
    return ops != NULL;
}

/* A new operation at the end, or NULL without memory. */
MYBPF__INLINE mybpf__op *mybpf__ir_next_op(mybpf__ir *ir, int code, uint32_t insn)
{
    static const mybpf__op mybpf__op_empty = {
        0, 0, 0, 0, MYBPF__NO_VALUE, MYBPF__NO_VALUE, MYBPF__NO_VALUE, MYBPF__NO_VALUE, 0, 0, 0, 0};
    if (ir->op_count == ir->op_capacity && !mybpf__ir_grow(ir)) return NULL;
    mybpf__op *op = &ir->ops[ir->op_count++];
    *op = mybpf__op_empty;
    op->code = (uint8_t)code;
    op->insn = insn;
    return op;
}
MYBPF__FN mybpf__op *mybpf__ir_new_op(mybpf__ir *ir, int code, uint32_t insn)
{
    return mybpf__ir_next_op(ir, code, insn);
}

MYBPF__FN int mybpf__ir_block_room(mybpf__ir *ir, uint32_t count, mybpf_error *error)
{
    mybpf__block *blocks =
        (mybpf__block *)mybpf__room(ir->vm, ir->blocks, &ir->block_capacity, count, sizeof *blocks);
    if (!blocks) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for basic blocks");
    if (blocks != ir->blocks) mybpf__expect(ir->request, blocks, count, sizeof *blocks);
    ir->blocks = blocks;
    return MYBPF_OK;
}

MYBPF__FN int mybpf__ir_new_block(mybpf__ir *ir, uint32_t insn, mybpf_error *error)
{
    if (ir->block_count == ir->block_capacity && mybpf__ir_block_room(ir, ir->block_count + 1, error))
        return error ? error->code : MYBPF_ERR_MEMORY;
    mybpf__block *block = &ir->blocks[ir->block_count++];
    mybpf__zero(block, sizeof *block);
    block->insn = block->end = insn;
    block->taken = block->next = block->loop_end = MYBPF__NO_BLOCK;
    return MYBPF_OK;
}

/* Marks in `at` where blocks start, of code that the verifier has not seen: jump targets, and what follows
 * jumps. */
MYBPF__FN int mybpf__build_mark(mybpf__ir *ir, uint32_t *at, mybpf_error *error)
{
    const mybpf_func *func = &ir->code->funcs[ir->func];
    at[0] = 1;
    for (uint32_t i = 0; i < func->count; i++) {
        const mybpf_insn *insn = &ir->code->insns[func->start + i];
        if (insn->code == MYBPF__BUILD_LDDW) i++;
        if (!mybpf__build_is_jump(insn)) continue;
        int64_t target = mybpf__build_target(insn, i);
        if (target != MYBPF__NO_JUMP && (target >= (int64_t)func->count || target < 0))
            return mybpf__fail(error, MYBPF_ERR_VERIFY, func->start + i, "jump leaves the function");
        if (target >= 0) at[target] = 1;
        if (target >= 0 || insn->code == MYBPF__BUILD_EXIT) at[i + 1] = 1;
    }
    return MYBPF_OK;
}

/* How many of these slots are leaders, eight at once. */
MYBPF__FN uint32_t mybpf__build_count(const uint8_t *facts, uint32_t count)
{
    const uint64_t ones = 0x0101010101010101u;
    uint32_t leaders = 0, i = 0;
    for (; count - i >= 8; i += 8)
        leaders += (uint32_t)((mybpf__le64(facts + i) / MYBPF_FACT_LEADER & ones) * ones >> 56);
    for (; i < count; i++) leaders += (facts[i] & MYBPF_FACT_LEADER) != 0;
    return leaders;
}

/* Makes the blocks whose first slots are marked in `at`, which then gives them by slot; of a lookup without a
 * call the map's number + 1. */
MYBPF__FN int mybpf__build_marked(mybpf__ir *ir, uint32_t *at, mybpf__lookups *lookups, mybpf_error *error)
{
    const mybpf_func *func = &ir->code->funcs[ir->func];
    const mybpf_insn *insns = ir->code->insns + func->start;
    int status = MYBPF_OK, inlines = mybpf__inline_wanted(ir);
    for (uint32_t i = 0, count = func->count, pad = 0; i < count && !status; i++) {
        if (at[i]) {
            at[i] = ir->block_count;
            status = mybpf__ir_new_block(ir, func->start + i, error);
            mybpf__lookups_forget(lookups);
        }
        if (pad) {
            pad = 0;
            continue;
        }
        pad = insns[i].code == MYBPF__BUILD_LDDW;
        if (inlines && mybpf__build_calls(&insns[i]) && i + 1 < count && !status) {
            int made = mybpf__inline_blocks(ir, func->start + i);
            if (made < 0)
                return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for basic blocks");
            if (made) at[i + 1] = 1;
        }
        if (!lookups->wanted) continue;
        uint32_t map = mybpf__lookups_step(lookups, ir->code, &insns[i]);
        if (!map || i + 1 == count || at[i] || status) continue;
        at[i] = map;
        if (ir->request->mode == MYBPF__GEN_SPF) continue;
        at[i + 1] = 1;
        status = mybpf__ir_new_block(ir, func->start + i + 1, error);
    }
    return status;
}

/* Makes the blocks, which start at the function's entry and the verifier's leaders: `at` gives them by slot.
 */
MYBPF__FN int mybpf__build_leaders(mybpf__ir *ir, uint32_t *at, mybpf__lookups *lookups, mybpf_error *error)
{
    const mybpf_func *func = &ir->code->funcs[ir->func];
    const uint8_t *facts = ir->code->facts + func->start;
    uint32_t count = func->count;
    int status = mybpf__ir_block_room(ir, 1 + mybpf__build_count(facts + 1, count - 1), error);
    at[0] = 1;
    if (lookups->wanted || mybpf__inline_wanted(ir)) {
        for (uint32_t i = 1; i < count; i++) at[i] = facts[i] & MYBPF_FACT_LEADER;
        return status ? status : mybpf__build_marked(ir, at, lookups, error);
    }
    for (uint32_t i = 0; i < count && !status; i++) {
        if (i && !(facts[i] & MYBPF_FACT_LEADER)) continue;
        at[i] = ir->block_count;
        status = mybpf__ir_new_block(ir, func->start + i, error);
    }
    return status;
}

MYBPF__FN int mybpf__build_blocks(mybpf__ir *ir, mybpf_error *error)
{
    const mybpf_func *func = &ir->code->funcs[ir->func];
    uint32_t *at = (uint32_t *)mybpf__ir_scratch(ir, func->count + 1); /* of which it uses half */
    if (!at) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for basic blocks");
    ir->block_at = at;
    mybpf__zero(at, ((size_t)func->count + 1) * sizeof *at);
    mybpf__lookups lookups;
    mybpf__lookups_begin(&lookups, ir->request);
    int status =
        ir->code->facts ? mybpf__build_leaders(ir, at, &lookups, error) : mybpf__build_mark(ir, at, error);
    if (!status && !ir->code->facts) status = mybpf__build_marked(ir, at, &lookups, error);
    at[func->count] = MYBPF__NO_BLOCK;
    return status;
}

/* Arithmetic, MOV, NEG, byte order, sign extension. */
MYBPF__FN void mybpf__build_arithmetic(mybpf__ir *ir, mybpf__op *op, const mybpf_insn *insn,
                                       mybpf__build_kind kind)
{
    op->width = (uint8_t)kind.width;
    op->dst = op->a = insn->dst_reg;
    if (kind.format == MYBPF_FORMAT_ALU_END) {
        int big = ir->request->target->big_endian, swap = (insn->code & 7) == 7 || !!(insn->code & 8) != big;
        op->code = swap ? MYBPF__IR_BSWAP : MYBPF__IR_ZEXT;
        ir->swaps += (uint32_t)swap;
        op->aux = kind.width;
        return;
    }
    if (kind.format == MYBPF_FORMAT_ALU_MOVSX) {
        op->code = MYBPF__IR_SEXT;
        op->a = insn->src_reg;
        op->aux = (uint32_t)insn->off / 8;
        return;
    }
    op->code = mybpf__build_alu[insn->code >> 4];
    if (insn->off == 1 && op->code == MYBPF__IR_DIV) op->code = MYBPF__IR_SDIV;
    if (insn->off == 1 && op->code == MYBPF__IR_MOD) op->code = MYBPF__IR_SMOD;
    if (kind.format == MYBPF_FORMAT_ALU_IMM) {
        op->flags = MYBPF__F_IMM;
        op->imm = insn->imm;
        ir->bit_sums += insn->imm == 0x01010101;
        ir->divisions += op->code >= MYBPF__IR_DIV && op->code <= MYBPF__IR_SMOD;
    } else if (kind.format == MYBPF_FORMAT_ALU_REG) {
        op->b = insn->src_reg;
        ir->divisions += op->code >= MYBPF__IR_DIV && op->code <= MYBPF__IR_SMOD;
        ir->quotients += op->code == MYBPF__IR_DIV || op->code == MYBPF__IR_MOD;
    }
    if (op->code == MYBPF__IR_MOV) {
        if (op->flags & MYBPF__F_IMM) {
            op->code = MYBPF__IR_CONST;
            op->a = MYBPF__NO_VALUE;
            if (op->width == 4) op->imm = (uint32_t)insn->imm;
            op->width = 8;
        } else {
            op->a = op->b;
            op->b = MYBPF__NO_VALUE;
        }
    }
}

MYBPF__FN void mybpf__build_constant(mybpf__op *op, const mybpf_insn *insn)
{
    op->dst = insn->dst_reg;
    op->width = 8;
    op->aux = (uint32_t)insn->imm;
    switch (insn->src_reg) {
    case MYBPF_PSEUDO_FUNC: op->code = MYBPF__IR_FUNC; break;
    case MYBPF_PSEUDO_MAP_IDX: op->code = MYBPF__IR_MAP; break;
    case MYBPF_PSEUDO_MAP_IDX_VALUE:
        op->code = MYBPF__IR_MAP_VALUE;
        op->imm = (uint32_t)insn[1].imm;
        break;
    default: op->imm = (int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm);
    }
}

/* Loads, stores and atomics: base and offset, then what is moved. */
MYBPF__FN void mybpf__build_memory(mybpf__op *op, const mybpf_insn *insn, mybpf__build_kind kind)
{
    static const uint8_t mybpf__build_atomic[16] = {
        MYBPF__RMW_ADD,  0, 0, 0, MYBPF__RMW_OR, MYBPF__RMW_AND, 0, 0, 0, 0, MYBPF__RMW_XOR, 0, 0, 0,
        MYBPF__RMW_XCHG, 0};
    int load = kind.format == MYBPF_FORMAT_LDX || kind.format == MYBPF_FORMAT_LOAD_ACQ;
    op->width = (uint8_t)kind.width;
    op->disp = insn->off;
    op->a = load ? insn->src_reg : insn->dst_reg;
    if (load)
        op->dst = insn->dst_reg;
    else
        op->c = insn->src_reg;
    switch (kind.format) {
    case MYBPF_FORMAT_LDX:
        op->code = MYBPF__IR_LOAD;
        if ((insn->code & 0xe0) == 0x80) op->flags = MYBPF__F_SIGNED;
        break;
    case MYBPF_FORMAT_ST:
        op->code = MYBPF__IR_STORE;
        op->flags = MYBPF__F_IMM;
        op->imm = insn->imm;
        op->c = MYBPF__NO_VALUE;
        break;
    case MYBPF_FORMAT_STX: op->code = MYBPF__IR_STORE; break;
    case MYBPF_FORMAT_LOAD_ACQ: op->code = MYBPF__IR_LOAD, op->flags = MYBPF__F_ORDERED; break;
    case MYBPF_FORMAT_STORE_REL: op->code = MYBPF__IR_STORE, op->flags = MYBPF__F_ORDERED; break;
    case MYBPF_FORMAT_ATOMIC_CMPXCHG: op->code = MYBPF__IR_CMPXCHG, op->dst = 0; break;
    default:
        op->code = MYBPF__IR_ATOMIC;
        op->sub = mybpf__build_atomic[insn->imm >> 4 & 15];
        if (kind.format != MYBPF_FORMAT_ATOMIC) op->flags = MYBPF__F_FETCH, op->dst = op->c;
    }
}

/* What tells join.c, parts.c and memcpy.c whether there may be something for them. */
MYBPF__FN void mybpf__build_count_access(mybpf__ir *ir, const mybpf__op *op)
{
    ir->narrow_loads += op->code == MYBPF__IR_LOAD && op->width < 8;
    if (op->code != MYBPF__IR_STORE) return;
    int64_t way = (int64_t)op->disp - ir->store_disp;
    ir->narrow_stores += op->width < 8;
    ir->stores_beside += !(op->flags & MYBPF__F_IMM) && (way == op->width || way == -op->width);
    ir->store_disp = op->disp;
}

/* The call in the last slot of `block` becomes a bound, if it is a lookup that needs none: -1 without memory.
 */
MYBPF__FN int mybpf__build_lookup(mybpf__ir *ir, mybpf__block *block, mybpf__op *op)
{
    uint32_t slot = op->insn - ir->code->funcs[ir->func].start;
    uint32_t index = (uint32_t)(block - ir->blocks);
    if (!mybpf__lookups_block(ir, index + 1) || ir->blocks[index + 1].insn != op->insn + 1) return 0;
    block->taken = index + 2;
    return mybpf__lookups_bound(ir, op, ir->block_at[slot] - 1) ? 1 : -1;
}

MYBPF__FN int mybpf__build_call(mybpf__ir *ir, const mybpf__block *block, mybpf__op *op,
                                const mybpf_insn *insn, mybpf__build_kind kind, mybpf_error *error)
{
    uint32_t at = op->insn;
    if (kind.format == MYBPF_FORMAT_CALL_LOCAL) {
        int64_t func = mybpf__build_function_at(ir->code, (int64_t)at + 1 + insn->imm);
        if (func < 0)
            return mybpf__fail(error, MYBPF_ERR_VERIFY, at, "call to slot %lld, where no function starts",
                               (long long)at + 1 + insn->imm);
        op->code = MYBPF__IR_CALL;
        op->aux = (uint32_t)func;
    } else if (kind.format == MYBPF_FORMAT_CALLX) {
        op->code = MYBPF__IR_CALL_VALUE;
        op->a =
            insn->imm > 0 && insn->imm <= 10 ? (uint16_t)insn->imm : insn->dst_reg; /* imm: older compilers */
    } else if (insn->imm == 12) {
        op->code = MYBPF__IR_TAIL_CALL;
    } else {
        const mybpf_helper *helper = mybpf_object_helper(ir->request->object, (uint32_t)insn->imm);
        if (ir->request->mode == MYBPF__GEN_JIT && (!helper || !helper->fn))
            return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, at, "helper %d has no function", (int)insn->imm);
        op->code = MYBPF__IR_HELPER;
        op->imm = insn->imm;
        if (ir->request->mode == MYBPF__GEN_SPF && block->insn != at)
            op->aux = ir->block_at[at - ir->code->funcs[ir->func].start];
        if (!helper || (helper->flags & MYBPF_HELPER_MAY_STOP)) op->flags |= MYBPF__F_STOP;
    }
    return MYBPF_OK;
}

/* Operations that stand before an instruction of guarded code: checks that the verifier asked for. */
MYBPF__FN int mybpf__build_guards(mybpf__ir *ir, const mybpf_insn *insn, mybpf__build_kind kind, uint32_t at,
                                  mybpf_error *error)
{
    mybpf__op access, *op;
    int atomic =
        kind.format >= MYBPF_FORMAT_ATOMIC; /* must be aligned, even where the address is known to be good */
    if (!ir->code->facts) return MYBPF_OK;
    if (!(ir->code->facts[at] & MYBPF_FACT_GUARD) &&
        (MYBPF__ARENA_OF(ir->code) || !(atomic && insn->off % (int)kind.width)))
        return MYBPF_OK;
    switch (kind.format) {
    case MYBPF_FORMAT_CALL:
        if (!(op = mybpf__ir_new_op(ir, MYBPF__IR_GUARD_CALL, at))) break;
        op->imm = insn->imm;
        return MYBPF_OK;
    case MYBPF_FORMAT_LDX:
    case MYBPF_FORMAT_ST:
    case MYBPF_FORMAT_STX:
    case MYBPF_FORMAT_ATOMIC:
    case MYBPF_FORMAT_ATOMIC_FETCH:
    case MYBPF_FORMAT_ATOMIC_XCHG:
    case MYBPF_FORMAT_ATOMIC_CMPXCHG:
    case MYBPF_FORMAT_LOAD_ACQ:
    case MYBPF_FORMAT_STORE_REL:
        mybpf__zero(&access, sizeof access);
        mybpf__build_memory(&access, insn, kind);
        if (!(op = mybpf__ir_new_op(ir, MYBPF__IR_GUARD, at))) break;
        op->a = access.a;
        op->disp = access.disp;
        op->width = access.width;
        if (access.code != MYBPF__IR_LOAD) op->flags |= MYBPF__F_WRITE;
        if (atomic) op->flags |= MYBPF__F_ATOMIC;
        return MYBPF_OK;
    default: return MYBPF_OK;
    }
    return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code generation");
}

/* The block that the jump at slot `at` goes to. */
MYBPF__INLINE uint32_t mybpf__build_taken(const mybpf__ir *ir, const mybpf__block *block,
                                          const mybpf_insn *insn, uint32_t at)
{
    uint32_t start = ir->code->funcs[ir->func].start;
    if (block->loop_end != MYBPF__NO_BLOCK)
        return mybpf__inline_target(ir, block, (uint32_t)mybpf__build_target(insn, at));
    return ir->block_at[mybpf__build_target(insn, (int64_t)at - start)];
}

/* Slot behind the last instruction of block `index`. */
MYBPF__FN uint32_t mybpf__build_end(const mybpf__ir *ir, uint32_t index)
{
    const mybpf_func *func = &ir->code->funcs[ir->func];
    if (mybpf__inline_is(ir, index)) return ir->blocks[index].end;
    if (mybpf__inline_is(ir, index + 1)) index = ir->blocks[index + 1].loop_end - 1;
    return index + 1 < ir->block_count ? ir->blocks[index + 1].insn : func->start + func->count;
}

/* The call for which `op`, the last one, is there: 0 where blocks of the function follow, 1 where it is
 * `ir->callee` and to be built next, 2 where it is a call. What a block starts with is not left without an
 * operation, as it may be the caller's first. */
MYBPF__ONE_COPY int mybpf__build_inline(mybpf__ir *ir, const mybpf__block *block, mybpf__op *op)
{
    uint32_t index = (uint32_t)(block - ir->blocks);
    int blocks = mybpf__inline_is(ir, index + 1) && op->insn + 1 == mybpf__build_end(ir, index);
    if (!blocks && (!mybpf__inline_wanted(ir) ||
                    mybpf__inline_form_of(ir, op->insn, &ir->callee) != MYBPF__INLINE_STRAIGHT))
        return 2;
    op->code = MYBPF__IR_NOP;
    if (block->first != ir->op_count - 1) ir->op_count--;
    if (!blocks) ir->inlined += ir->code->funcs[ir->callee].count;
    return !blocks;
}

/* One instruction, at slot `at`, in block `block`; 1: the function `ir->callee` in its place. */
MYBPF__FN int mybpf__build_insn(mybpf__ir *ir, mybpf__block *block, uint32_t at, mybpf__build_kind kind,
                                mybpf_error *error)
{
    const mybpf_insn *insn = &ir->code->insns[at];
    mybpf__op *op;
    if (ir->code->trust == MYBPF_GUARDED && mybpf__build_guards(ir, insn, kind, at, error))
        return error ? error->code : MYBPF_ERR_MEMORY;
    if (kind.format == MYBPF_FORMAT_JA || kind.format == MYBPF_FORMAT_JA32) { /* an edge, no operation */
        block->next = mybpf__build_taken(ir, block, insn, at);
        return MYBPF_OK;
    }
    op = mybpf__ir_next_op(ir, MYBPF__IR_CONST, at);
    if (!op) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code generation");
    switch (kind.format) {
    case MYBPF_FORMAT_ALU_IMM:
    case MYBPF_FORMAT_ALU_REG:
    case MYBPF_FORMAT_ALU_NEG:
    case MYBPF_FORMAT_ALU_MOVSX:
    case MYBPF_FORMAT_ALU_END: mybpf__build_arithmetic(ir, op, insn, kind); return MYBPF_OK;
    case MYBPF_FORMAT_JCC_IMM:
    case MYBPF_FORMAT_JCC_REG:
        op->code = MYBPF__IR_BRANCH;
        op->sub = mybpf__build_condition[insn->code >> 4];
        op->width = (uint8_t)kind.width;
        op->a = insn->dst_reg;
        block->taken = mybpf__build_taken(ir, block, insn, at);
        if (kind.format == MYBPF_FORMAT_JCC_IMM)
            op->flags = MYBPF__F_IMM, op->imm = insn->imm;
        else
            op->b = insn->src_reg;
        return MYBPF_OK;
    case MYBPF_FORMAT_MAY_GOTO:
        op->code = MYBPF__IR_MAY_GOTO;
        block->taken = mybpf__build_taken(ir, block, insn, at);
        return MYBPF_OK;
    case MYBPF_FORMAT_EXIT:
        op->code = MYBPF__IR_EXIT;
        block->next = block->loop_end; /* NO_BLOCK, or behind the function: inline.c */
        ir->op_count -= block->loop_end != MYBPF__NO_BLOCK;
        return MYBPF_OK;
    case MYBPF_FORMAT_LDDW:
        mybpf__build_constant(op, insn);
        ir->bit_sums += op->imm == 0x0101010101010101;
        return MYBPF_OK;
    case MYBPF_FORMAT_LD_ABS:
    case MYBPF_FORMAT_LD_IND:
        op->code = MYBPF__IR_PACKET;
        op->width = (uint8_t)kind.width;
        op->imm = insn->imm;
        if (kind.format == MYBPF_FORMAT_LD_IND) op->a = insn->src_reg;
        return MYBPF_OK;
    case MYBPF_FORMAT_CALL: {
        int lookup = mybpf__build_lookup(ir, block, op);
        if (lookup < 0)
            return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code generation");
        return lookup ? MYBPF_OK : mybpf__build_call(ir, block, op, insn, kind, error);
    }
    case MYBPF_FORMAT_CALL_LOCAL: {
        int status = mybpf__build_inline(ir, block, op);
        if (status < 2) return status;
    } /* fallthrough */
    case MYBPF_FORMAT_CALLX: return mybpf__build_call(ir, block, op, insn, kind, error);
    case MYBPF_FORMAT_CALL_KFUNC:
        return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, at, "kernel functions cannot be called");
    default:
        mybpf__build_memory(op, insn, kind);
        mybpf__build_count_access(ir, op);
        return MYBPF_OK;
    }
}

/* Steps that a block costs: its instructions, an LDDW counted once, with those of the blocks behind it which
 * no leader starts. */
MYBPF__FN int mybpf__build_charge(mybpf__ir *ir, uint32_t index, mybpf_error *error)
{
    mybpf__op *op;
    const mybpf_func *func = &ir->code->funcs[ir->func];
    const uint8_t *facts = ir->code->facts;
    uint32_t first = ir->blocks[index].insn, end = mybpf__build_end(ir, index);
    if (!ir->code->metered || !facts || !(facts[first] & MYBPF_FACT_LEADER) || first == end) return MYBPF_OK;
    if (!mybpf__inline_is(ir, index)) end = func->start + func->count;
    if (!(op = mybpf__ir_new_op(ir, MYBPF__IR_CHARGE, first)))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code generation");
    for (uint32_t i = first; i < end && (i == first || !(facts[i] & MYBPF_FACT_LEADER)); i++)
        if (!(facts[i] & MYBPF_FACT_PAD)) op->imm++;
    return MYBPF_OK;
}

/* The operations of the instructions in these slots. */
MYBPF__INLINE int mybpf__build_slots(mybpf__ir *ir, mybpf__block *block, uint32_t at, uint32_t end,
                                     mybpf_error *error)
{
    const mybpf_insn *insns = ir->code->insns;
    uint32_t rest = 0, rest_end = 0; /* of the caller, while a function is built in the place of a call */
    for (int status = MYBPF_OK;; status = MYBPF_OK) {
        for (; at < end && !status; at++) {
            const mybpf_insn *insn = &insns[at];
            uint32_t row = mybpf__build_row(insn->code);
            if (!row || insn->off) { /* as mybpf__op_of */
                unsigned type = MYBPF__CLASS(insn->code);
                if (!row || type == MYBPF__CLASS_ALU || type == MYBPF__CLASS_ALU64)
                    row = mybpf__build_row_of(insn);
            }
            if (!row)
                return mybpf__fail(error, MYBPF_ERR_VERIFY, at, "unknown instruction 0x%02x", insn->code);
            mybpf__build_kind kind = {row & 0xff, row >> 8 & 0xff};
            status = mybpf__build_insn(ir, block, at, kind, error);
            if (kind.format == MYBPF_FORMAT_LDDW) at++;
        }
        if (status > 0) {
            const mybpf_func *callee = &ir->code->funcs[ir->callee];
            rest = at, rest_end = end;
            at = callee->start, end = callee->start + callee->count - 1; /* all but its exit */
        } else if (status || !rest_end) {
            return status;
        } else {
            at = rest, end = rest_end, rest_end = 0;
        }
    }
}

MYBPF__FN int mybpf__build_block(mybpf__ir *ir, uint32_t index, mybpf_error *error)
{
    mybpf__block *block = &ir->blocks[index];
    uint32_t end = mybpf__build_end(ir, index), start = ir->code->funcs[ir->func].start;
    int status = mybpf__build_charge(ir, index, error);
    if (index + 1 < ir->block_count) block->next = index + 1;
    if (mybpf__lookups_block(ir, index) &&
        !mybpf__lookups_address(ir, ir->block_at[end - 1 - start] - 1, end - 1))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code generation");
    if (!status) status = mybpf__build_slots(ir, block, block->insn, end, error);
    block->end = end;
    if (mybpf__inline_is(ir, index)) {
        block->insn = block->end = ir->blocks[block->loop_end].insn;
        block->loop_end = MYBPF__NO_BLOCK;
    }
    block->count = ir->op_count - block->first;
    ir->turns |= !block->count || block->taken <= index || block->next <= index;
    return status;
}

/* For about as many operations as there are instructions, so that nothing grows step by step; and what the
 * passes will need for so many blocks. */
MYBPF__FN int mybpf__build_room(mybpf__ir *ir, mybpf_error *error)
{
    uint32_t count = ir->code->funcs[ir->func].count + ir->inlined, blocks = ir->block_count;
    uint32_t most = 6 * blocks + 2, wanted = 2 * blocks + 1 + count; /* of liveness.c, of spare.c */
    if (wanted < most) wanted = most;
    mybpf__op *ops = (mybpf__op *)mybpf__room(ir->vm, ir->ops, &ir->op_capacity, count, sizeof *ops);
    if (ops != ir->ops) mybpf__expect(ir->request, ops, count, sizeof *ops);
    if (ops) ir->ops = ops;
    uint32_t *order = (uint32_t *)mybpf__room(ir->vm, ir->order, &ir->order_capacity, blocks, sizeof *order);
    if (order) ir->order = order;
    uint32_t *work = (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, wanted, sizeof *work);
    if (work != ir->work) mybpf__expect(ir->request, work, most, sizeof *work);
    if (work) ir->work = work;
    if (ops && order && work) return MYBPF_OK;
    return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for operations");
}

MYBPF__ONE_COPY int mybpf__ir_build(mybpf__ir *ir, mybpf_error *error)
{
    ir->op_count = ir->block_count = ir->narrow_loads = ir->narrow_stores = ir->stores_beside =
        ir->divisions = ir->quotients = ir->bit_sums = ir->swaps = ir->sums = ir->selects = ir->updates = 0;
    ir->frame_apart = ir->turns = ir->leaf = 0;
    ir->store_disp = INT32_MAX;
    ir->inlined = 0;
    ir->value_count = 11;
    ir->constants = 0;
    ir->edges = MYBPF__NO_BLOCK;
    int status = mybpf__build_blocks(ir, error);
    if (!status) status = mybpf__build_room(ir, error);
    for (uint32_t i = 0; i < ir->block_count && !status; i++) {
        ir->order[i] = i;
        ir->blocks[i].first = ir->op_count;
        status = mybpf__build_block(ir, i, error);
    }
    return status;
}

#endif
