/* interp.c: decodes an object's linked code into records, once, when it is loaded. */
#ifndef MYBPF__INTERP_C
#define MYBPF__INTERP_C

#include "../verify/cfg.c"
#include "interp.h"
#include "interp_fuse.c"
#include "interp_loop.c"

#define MYBPF__DEEP_STACK 0x80000u /* for trusted programs whose depth nobody can tell */

/* ---- helpers: CALL's immediate becomes an index into the object's own list ---- */

MYBPF__FN int mybpf__interp_callee(mybpf_object *object, mybpf__interp *interp, uint32_t pc, uint32_t *index,
                                   mybpf_error *error)
{
    uint32_t id = (uint32_t)object->insns[pc].imm;
    const mybpf_helper *helper = NULL;
    mybpf__callee *grown;
    int status;
    for (*index = 0; *index < interp->helper_count; (*index)++)
        if (interp->helpers[*index].id == id) return MYBPF_OK;
    status = mybpf__helper_for(object, id, pc, &helper, error);
    if (status) return status;
    grown = (mybpf__callee *)mybpf__grow(object->vm, interp->helpers, *index, *index + 1u, sizeof *grown);
    if (!grown) return mybpf__fail(error, MYBPF_ERR_MEMORY, pc, "out of memory: decoding the program");
    interp->helpers = grown;
    grown[*index].fn = helper->fn;
    grown[*index].id = id;
    grown[*index].flags = helper->flags;
    interp->helper_count++;
    return MYBPF_OK;
}

/* ---- one instruction ---- */

/* The 64 bits that a linked LDDW loads. */
MYBPF__FN uint64_t mybpf__lddw_value(const mybpf_object *object, const mybpf_insn *insn)
{
    uint32_t low = (uint32_t)insn[0].imm, high = (uint32_t)insn[1].imm;
    switch (insn->src_reg) {
    case MYBPF_PSEUDO_FUNC: return mybpf__address(&object->func_descs[low]);
    case MYBPF_PSEUDO_MAP_IDX: return mybpf__address(object->maps[low]);
    case MYBPF_PSEUDO_MAP_IDX_VALUE: return mybpf__address(mybpf__map_base(object->maps[low])) + high;
    default: return low | (uint64_t)high << 32;
    }
}

/* Fills one record but for its handler; gives the operation, which is a row or one of the extras. */
MYBPF__FN int mybpf__interp_decode(mybpf_object *object, mybpf__interp *interp, uint32_t pc, uint16_t *op,
                                   mybpf_error *error)
{
    const mybpf_insn *insn = &object->insns[pc];
    mybpf__record *record = &interp->records[pc];
    int guarded = object->code.trust == MYBPF_GUARDED && (object->facts[pc] & MYBPF_FACT_GUARD);
    record->dst = insn->dst_reg;
    record->src = insn->src_reg;
    record->off = insn->off;
    record->imm = insn->imm;
#if MYBPF__SMALL
    int format = mybpf_op_describe(*op)->format;
    if (format == MYBPF_FORMAT_ALU_IMM || format == MYBPF_FORMAT_JCC_IMM || format == MYBPF_FORMAT_ST)
        record->src = MYBPF__IMM_REG;
#endif
    switch (*op) {
#if !MYBPF__SMALL
    case MYBPF_OP_JA: record->imm = ((int32_t)insn->off + 1) * (int32_t)sizeof *record; return MYBPF_OK;
#endif
    case MYBPF_OP_LDDW: {
        uint64_t value = mybpf__lddw_value(object, insn);
        record[0].imm = (int32_t)(uint32_t)value;
        record[1].imm = (int32_t)(uint32_t)(value >> 32);
        return MYBPF_OK;
    }
    case MYBPF_OP_CALL_LOCAL:
        record->imm = (int32_t)mybpf__func_at(object, pc + 1u + (uint32_t)insn->imm);
        return MYBPF_OK;
    case MYBPF_OP_CALLX: /* older compilers put the register's number into imm */
        if (insn->imm) record->dst = (uint8_t)(insn->imm & 15);
        if (record->dst > 10) *op = MYBPF__OP_TRAP;
        record->off = (int16_t)guarded;
        return MYBPF_OK;
    case MYBPF_OP_CALL: {
        uint32_t index;
        int status = mybpf__interp_callee(object, interp, pc, &index, error);
        if (status) return status;
        record->imm = (int32_t)index;
        record->off = (int16_t)guarded;
        if (interp->helpers[index].id == MYBPF__HELPER_TAIL_CALL)
            *op = MYBPF__OP_TAIL_CALL;
        else if (guarded || (interp->helpers[index].flags & MYBPF_HELPER_MAY_STOP))
            *op = MYBPF__OP_CALL_CHECKED;
        return MYBPF_OK;
    }
    default: return MYBPF_OK;
    }
}

/* ---- checks put before instructions ---- */

MYBPF__FN int mybpf__is_atomic(int format)
{
    return format >= MYBPF_FORMAT_ATOMIC && format <= MYBPF_FORMAT_STORE_REL;
}

/* Is slot `pc` a memory access that must be checked before it runs? */
MYBPF__FN int mybpf__needs_guard(const mybpf_object *object, uint32_t pc, const mybpf_op_info *info)
{
    if (object->code.trust != MYBPF_GUARDED || info->format < MYBPF_FORMAT_LDX) return 0;
    if (object->facts[pc] & MYBPF_FACT_GUARD) return 1;
    return !MYBPF__ARENA_OF(&object->code) && mybpf__is_atomic(info->format) &&
           object->insns[pc].off % info->width;
}

/* Slots of the block that starts at `pc`; an LDDW counts once. */
MYBPF__FN uint32_t mybpf__block_cost(const mybpf_object *object, uint32_t pc, uint32_t end)
{
    uint32_t cost = 0;
    do {
        cost += !(object->facts[pc] & MYBPF_FACT_PAD);
        pc++;
    } while (pc < end && !(object->facts[pc] & MYBPF_FACT_LEADER));
    return cost;
}

MYBPF__FN void mybpf__interp_checks(const mybpf_object *object, mybpf__interp *interp, uint32_t pc,
                                    uint32_t end, const mybpf__handler *handlers)
{
    const mybpf_op_info *info = mybpf_op_describe(mybpf_insn_op(&object->insns[pc]));
    mybpf__record *record = &interp->records[pc];
    mybpf__extra *extra = &interp->extras[pc];
    if (info && mybpf__needs_guard(object, pc, info)) {
        int load = info->format == MYBPF_FORMAT_LDX || info->format == MYBPF_FORMAT_LOAD_ACQ;
        extra->base = load ? record->src : record->dst;
        extra->size = info->width;
        extra->write = !load;
        extra->aligned = (uint8_t)mybpf__is_atomic(info->format);
#ifndef MYBPF_NO_MAP_TYPES
        extra->arena = object->code.arena != 0;
#endif
        extra->guarded = record->u.handler;
        record->u.handler = MYBPF__HANDLER_OF(handlers, MYBPF__OP_GUARD);
    }
    if (object->code.metered && (object->facts[pc] & MYBPF_FACT_LEADER)) {
        extra->cost = mybpf__block_cost(object, pc, end);
        extra->charged = record->u.handler;
        record->u.handler = MYBPF__HANDLER_OF(handlers, MYBPF__OP_CHARGE);
    }
}

/* ---- stack of a trusted program ---- */

/* The deepest chain of calls, by visiting functions in topological order: `need[f]` is what lies above f's
 * end. Functions on a cycle are never visited: then nobody knows, and the same for calls through pointers. */
MYBPF__FN int mybpf__interp_stack(const mybpf_object *object, mybpf__interp *interp, mybpf_error *error)
{
    uint32_t count = object->func_count, visited = 0, pending = 0;
    uint64_t deepest = 0;
    int unknown = 0;
    uint64_t *need = (uint64_t *)mybpf__alloc(object->vm, count, sizeof *need);
    uint32_t *callers = (uint32_t *)mybpf__alloc(object->vm, count, 2 * sizeof *callers),
             *queue = callers + count;
    if (!need || !callers) {
        mybpf__free(object->vm, need);
        mybpf__free(object->vm, callers);
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: decoding the program");
    }
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        if (object->facts[pc] & MYBPF_FACT_PAD) continue;
        unknown |= insn->code == 0x8d || (insn->code == 0x18 && insn->src_reg == MYBPF_PSEUDO_FUNC);
        if (insn->code == 0x85 && insn->src_reg == 1) callers[interp->records[pc].imm]++;
    }
    for (uint32_t f = 0; f < count; f++)
        if (!callers[f]) queue[pending++] = f;
    while (visited < pending) {
        uint32_t f = queue[visited++];
        const mybpf_func *func = &object->funcs[f];
        uint64_t end = need[f] + func->stack + sizeof(mybpf__save);
        if (end > deepest) deepest = end;
        for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
            const mybpf_insn *insn = &object->insns[pc];
            uint32_t callee;
            if (insn->code != 0x85 || insn->src_reg != 1 || (object->facts[pc] & MYBPF_FACT_PAD)) continue;
            callee = (uint32_t)interp->records[pc].imm;
            if (end > need[callee]) need[callee] = end;
            if (!--callers[callee]) queue[pending++] = callee;
        }
    }
    if (unknown || visited < count) {
        for (uint32_t f = 0; f < count; f++)
            if (object->funcs[f].stack + sizeof(mybpf__save) > deepest)
                deepest = object->funcs[f].stack + sizeof(mybpf__save);
        deepest += MYBPF__DEEP_STACK;
    }
    mybpf__free(object->vm, need);
    mybpf__free(object->vm, callers);
    interp->stack = deepest > 0x7fffffff ? 0x7fffffff : (uint32_t)deepest;
    return MYBPF_OK;
}

/* ---- whole objects ---- */

MYBPF__FN const mybpf__handler *mybpf__interp_handlers(void)
{
    const mybpf__handler *handlers = NULL;
    mybpf__interp_loop(NULL, NULL, NULL, NULL, 0, 0, &handlers);
    return handlers;
}

/* The operation of slot `pc`, decoded into its record but for the handler. */
MYBPF__FN int mybpf__interp_slot(mybpf_object *object, mybpf__interp *interp, uint32_t pc, uint16_t *op,
                                 mybpf_error *error)
{
    int row = mybpf_insn_op(&object->insns[pc]);
    *op = MYBPF__OP_TRAP;
    if (object->facts[pc] & MYBPF_FACT_PAD) return MYBPF_OK;
    if (row < 0) return mybpf__fail(error, MYBPF_ERR_VERIFY, pc, "unknown instruction");
    *op = (uint16_t)row;
    return mybpf__interp_decode(object, interp, pc, op, error);
}

MYBPF__FN void mybpf__interp_handle(const mybpf_object *object, mybpf__interp *interp, uint32_t pc,
                                    uint32_t end, uint16_t op, const mybpf__handler *handlers)
{
    interp->records[pc].u.handler = MYBPF__HANDLER_OF(handlers, op);
    if (interp->extras) mybpf__interp_checks(object, interp, pc, end, handlers);
}

#if MYBPF__SMALL

MYBPF__FN int mybpf__interp_functions(mybpf_object *object, mybpf__interp *interp, mybpf_error *error)
{
    for (uint32_t f = 0, pc = 0; f < object->func_count; f++) {
        for (uint32_t end = pc + object->funcs[f].count; pc < end; pc++) {
            uint16_t op;
            int status = mybpf__interp_slot(object, interp, pc, &op, error);
            if (status) return status;
            mybpf__interp_handle(object, interp, pc, end, op, NULL);
        }
    }
    return MYBPF_OK;
}

#else

/* `ops` has room for every slot of the object. */
MYBPF__FN int mybpf__interp_function(mybpf_object *object, mybpf__interp *interp, const mybpf_func *func,
                                     uint16_t *ops, mybpf_error *error)
{
    const mybpf__handler *handlers = mybpf__interp_handlers();
    uint32_t end = func->start + func->count;
    mybpf__fuse fuse;
    for (uint32_t pc = func->start; pc < end; pc++) {
        int status = mybpf__interp_slot(object, interp, pc, &ops[pc], error);
        if (status) return status;
    }
    fuse.records = interp->records;
    fuse.ops = ops;
    fuse.facts = object->facts;
    fuse.guarded = object->code.trust == MYBPF_GUARDED;
    fuse.start = func->start;
    fuse.end = end;
    fuse.held = 0;
    fuse.wrote = MYBPF__NOWHERE;
    mybpf__fuse_function(&fuse);
    for (uint32_t pc = func->start; pc < end; pc++)
        if (ops[pc] != MYBPF__OP_TAKEN)
            mybpf__interp_handle(object, interp, pc, end,
                                 object->code.metered ? mybpf__fuse_paying(ops[pc]) : ops[pc], handlers);
    return MYBPF_OK;
}

MYBPF__FN int mybpf__interp_functions(mybpf_object *object, mybpf__interp *interp, mybpf_error *error)
{
    int status = MYBPF_OK;
    uint16_t *ops = (uint16_t *)mybpf__alloc(object->vm, object->insn_count, sizeof *ops);
    if (!ops)
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: decoding the program");
    for (uint32_t f = 0; f < object->func_count && !status; f++)
        status = mybpf__interp_function(object, interp, &object->funcs[f], ops, error);
    mybpf__free(object->vm, ops);
    return status;
}

#endif

MYBPF__FN int mybpf__interp_prepare(mybpf_object *object, mybpf_error *error)
{
    int checked = object->code.metered || object->code.trust == MYBPF_GUARDED, status;
    mybpf__interp *interp = (mybpf__interp *)mybpf__alloc(object->vm, 1, sizeof *interp);
    object->interp = interp;
    if (interp) {
        interp->records =
            (mybpf__record *)mybpf__alloc(object->vm, object->insn_count, sizeof *interp->records);
        if (checked)
            interp->extras =
                (mybpf__extra *)mybpf__alloc(object->vm, object->insn_count, sizeof *interp->extras);
    }
    if (!interp || !interp->records || (checked && !interp->extras))
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "out of memory: decoding %u instructions",
                           object->insn_count);
    interp->stack = MYBPF_STACK_SIZE;
    status = mybpf__interp_functions(object, interp, error);
    if (!status && object->code.trust == MYBPF_TRUSTED) status = mybpf__interp_stack(object, interp, error);
    return status;
}

MYBPF__FN void mybpf__interp_free(mybpf_object *object)
{
    mybpf__interp *interp = (mybpf__interp *)object->interp;
    if (!interp) return;
    mybpf__free(object->vm, interp->records);
    mybpf__free(object->vm, interp->extras);
    mybpf__free(object->vm, interp->helpers);
    mybpf__free(object->vm, interp);
    object->interp = NULL;
}

MYBPF__FN uint32_t mybpf__interp_stack_size(const mybpf_object *object)
{
    return object->interp ? ((const mybpf__interp *)object->interp)->stack : 0;
}

MYBPF__FN uint64_t mybpf__interp_run(mybpf_env *env, const mybpf_object *object, uint32_t func,
                                     const uint64_t args[5], uint64_t frame)
{
    const mybpf__interp *interp = (const mybpf__interp *)object->interp;
    mybpf__save *saves = env->saves;
    uint64_t r0;
#if MYBPF__ZEROES
    mybpf__zero_slots(frame, object->funcs[func].zeroed);
#endif
    r0 = mybpf__interp_loop(env, object, interp->records + object->funcs[func].start, args, frame,
                            frame - object->funcs[func].stack, NULL);
    env->saves = saves;
    return r0;
}

#endif
