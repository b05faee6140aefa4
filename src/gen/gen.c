/* gen.c: the driver: function by function through build, passes, registers and emission, then layout. */
#ifndef MYBPF__GEN_C
#define MYBPF__GEN_C

#include "ir.h"
#include "target.h"
#include "../base/error.h"
#include "build.c"
#include "layout.c"
#include "liveness.c"
#include "passes.c"
#include "regs.c"
#include "targets.h"

MYBPF__FN const mybpf__target *mybpf__target_at(size_t index)
{
    const mybpf__target *target = MYBPF__TARGET_LIST;
    while (target && index--) target = target->next;
    return target;
}

MYBPF__FN const mybpf__target *mybpf__target_find(const char *name)
{
    const mybpf__target *target = MYBPF__TARGET_LIST;
    while (target && !mybpf__same_text(target->name, name)) target = target->next;
    return target;
}

MYBPF__FN const mybpf__target *mybpf__target_host(void)
{
    const mybpf__target *target = MYBPF__TARGET_LIST;
    while (target && !target->is_host) target = target->next;
    return target;
}

MYBPF__FN const char *mybpf__target_name(const mybpf__target *target) { return target->name; }

/* Imports by (kind, index), through a hash table with open addressing that is never more than half full. */
MYBPF__FN uint32_t *mybpf__emit_import_place(mybpf__emit *as, uint32_t kind, uint32_t index)
{
    uint32_t mask = as->import_index_size - 1, at = (index * 4 + kind) * 2654435761u >> 7 & mask;
    for (;; at = (at + 1) & mask) {
        uint32_t number = as->import_index[at];
        if (!number || (as->imports[number - 1].kind == kind && as->imports[number - 1].index == index))
            return &as->import_index[at];
    }
}

MYBPF__FN int mybpf__emit_import_room(mybpf__emit *as)
{
    mybpf_vm *vm = as->code.vm;
    mybpf__import *imports = (mybpf__import *)mybpf__room(vm, as->imports, &as->import_capacity,
                                                          as->import_count + 1, sizeof *imports);
    if (imports) as->imports = imports;
    if (!imports) return 0;
    if ((as->import_count + 1) * 2 <= as->import_index_size) return 1;
    uint32_t size = as->import_index_size ? as->import_index_size * 2 : 64;
    uint32_t *index = (uint32_t *)mybpf__room_zero(vm, size, sizeof *index);
    if (!index) return 0;
    mybpf_vm_realloc(vm, as->import_index, 0);
    as->import_index = index;
    as->import_index_size = size;
    for (uint32_t i = 0; i < as->import_count; i++)
        *mybpf__emit_import_place(as, imports[i].kind, imports[i].index) = i + 1;
    return 1;
}

MYBPF__FN uint32_t mybpf__emit_import(mybpf__emit *as, mybpf__import_kind kind, uint32_t index)
{
    if (!mybpf__emit_import_room(as)) {
        as->code.failed = 1;
        return 0;
    }
    uint32_t *place = mybpf__emit_import_place(as, (uint32_t)kind, index);
    if (!*place) {
        as->imports[as->import_count].kind = (uint32_t)kind;
        as->imports[as->import_count].index = index;
        *place = ++as->import_count;
    }
    return *place - 1;
}

MYBPF__FN uint64_t mybpf__emit_address(const mybpf__emit *as, const mybpf__op *op)
{
    uint32_t zero = 0;
    if (op->code == MYBPF__IR_FUNC) return mybpf_object_func_pointer(as->request->object, op->aux);
    mybpf_map *map = as->object_code->maps[op->aux];
    return op->code == MYBPF__IR_MAP ? mybpf__address(map) : mybpf__address(mybpf_map_value(map, &zero));
}

MYBPF__FN int32_t mybpf__emit_slot(mybpf__emit *as, const mybpf__op *op)
{
    mybpf__import_kind kind = op->code == MYBPF__IR_FUNC  ? MYBPF__IMPORT_FUNC
                              : op->code == MYBPF__IR_MAP ? MYBPF__IMPORT_MAP
                                                          : MYBPF__IMPORT_MAP_VALUE;
    return (int32_t)mybpf__emit_import(as, kind, op->aux) * 8;
}

MYBPF__FN uint64_t mybpf__emit_helper_address(const mybpf__emit *as, const mybpf__op *op)
{
    const mybpf_helper *helper = mybpf_object_helper(as->request->object, (uint32_t)op->imm);
    return helper ? (uint64_t)(uintptr_t)helper->fn : 0;
}

MYBPF__FN int32_t mybpf__emit_helper_slot(mybpf__emit *as, const mybpf__op *op)
{
    return (int32_t)mybpf__emit_import(as, MYBPF__IMPORT_HELPER, (uint32_t)op->imm) * 8;
}

MYBPF__FN int32_t mybpf__emit_lookup_slot(mybpf__emit *as, const mybpf__op *op, mybpf__ir_code what)
{
    mybpf__import_kind kind = what == MYBPF__IR_MAP ? MYBPF__IMPORT_MAP : MYBPF__IMPORT_MAP_VALUE;
    uint32_t count = what == MYBPF__IR_CONST ? (uint32_t)MYBPF__IMPORT_COUNT : 0u;
    return (int32_t)mybpf__emit_import(as, kind, (op->aux - 1) | count) * 8;
}

/* Notes where the code of instructions in front of `end` starts: here (layout.c: mybpf__layout_insns). */
MYBPF__FN void mybpf__gen_mark(mybpf__emit *as, mybpf__gen_result *result, uint32_t *next, uint32_t end)
{
    uint32_t *offsets = result->insn_offsets, here = (uint32_t)as->code.size + as->fixup_count;
    uint32_t i = *next;
    while (i < end) offsets[i++] = here;
    *next = i;
}

/* The blocks that block `index` goes back to in layout order, `to`; how many. */
MYBPF__FN int mybpf__gen_goes_back(const mybpf__ir *ir, const uint32_t *position, uint32_t index,
                                   uint32_t to[2])
{
    const mybpf__block *block = &ir->blocks[index];
    uint32_t taken = block->taken;
    int count = 0;
    if (taken >= ir->edges && taken != MYBPF__NO_BLOCK) taken = ir->blocks[taken].next;
    if (taken != MYBPF__NO_BLOCK && position[taken] <= position[index]) to[count++] = taken;
    if (block->next != MYBPF__NO_BLOCK && position[block->next] <= position[index] &&
        block->insn < block->end) /* not a way out that motion.c has added */
        to[count++] = block->next;
    return count;
}

/* Does control fall from block `from` into `to`, which is laid out behind it? */
MYBPF__FN int mybpf__gen_falls(const mybpf__ir *ir, uint32_t from, uint32_t to)
{
    const mybpf__block *block = &ir->blocks[from];
    return block->next == to || (block->taken == to && block->count &&
                                 mybpf__ir_is_branch(&ir->ops[block->first + block->count - 1]));
}

/* Does the code from block number `from` in layout order lead to number `to` without a jump to elsewhere? Of
 * far ones it is taken for granted. */
MYBPF__FN int mybpf__gen_leads(const mybpf__ir *ir, const uint32_t *position, uint32_t from, uint32_t to)
{
    uint64_t reached = 1;
    if (to - from >= 64) return 1;
    for (uint32_t i = from; i < to; i++) {
        const mybpf__block *block = &ir->blocks[ir->order[i]];
        if (!(reached >> (i - from) & 1)) continue;
        uint32_t taken = block->taken == MYBPF__NO_BLOCK ? 0 : position[block->taken],
                 next = block->next == MYBPF__NO_BLOCK ? 0 : position[block->next];
        if (taken > i && taken <= to) reached |= (uint64_t)1 << (taken - from);
        if (next > i && next <= to) reached |= (uint64_t)1 << (next - from);
    }
    return reached >> (to - from) & 1;
}

/* Where loops end, `end`, of each the last block that goes back to its head, and not one that enters the loop
 * from below. Nothing is a loop that others jump back to while what is in front of it falls into it, which
 * would execute the padding. */
MYBPF__FN void mybpf__gen_look_again(mybpf__ir *ir, const uint32_t *position, uint32_t *end, uint32_t *back)
{
    uint32_t count = ir->block_count, before = MYBPF__NO_BLOCK;
    mybpf__loops_walk(ir, back);
    for (uint32_t i = 0; i < count; i++) back[i] = MYBPF__NO_BLOCK;
    for (uint32_t i = 0; i < count && ir->order[i] < ir->edges; i++) {
        const mybpf__block *block = &ir->blocks[ir->order[i]];
        uint32_t taken = block->taken, goes_back = block->loop_end & MYBPF__LOOPS_TAKEN;
        if (taken >= ir->edges && taken != MYBPF__NO_BLOCK) {
            goes_back = ir->blocks[taken].loop_end & MYBPF__LOOPS_NEXT;
            taken = ir->blocks[taken].next;
        }
        if (goes_back && position[taken] <= i) back[taken] = i;
        if (block->loop_end & MYBPF__LOOPS_NEXT && position[block->next] <= i) back[block->next] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = ir->order[i];
        if (back[index] != MYBPF__NO_BLOCK)
            end[index] = back[index];
        else if (end[index] != MYBPF__NO_BLOCK && before != MYBPF__NO_BLOCK &&
                 mybpf__gen_falls(ir, before, index) && !mybpf__gen_leads(ir, position, i, end[index]))
            end[index] = MYBPF__NO_BLOCK;
        if (!mybpf__block_is_dead(&ir->blocks[index])) before = index;
    }
}

/* A block's loop ends at the last block in layout order that goes back to it. */
MYBPF__FN int mybpf__gen_find_loops(mybpf__ir *ir, mybpf_error *error)
{
    uint32_t count = ir->block_count, to[2], again = 0;
    uint32_t *position =
        (uint32_t *)mybpf__room(ir->vm, ir->work, &ir->work_capacity, 3 * count, sizeof *position);
    if (!position) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for optimisation");
    ir->work = position;
    uint32_t *end = position + count;
    for (uint32_t i = 0; i < count; i++) position[ir->order[i]] = i, end[i] = MYBPF__NO_BLOCK;
    for (uint32_t i = 0; i < count && ir->order[i] < ir->edges; i++) /* edges come last */
        for (int n = mybpf__gen_goes_back(ir, position, ir->order[i], to); n-- > 0;) {
            again |= to[n] != ir->order[i]; /* a loop of one block is one */
            end[to[n]] = i;
        }
    if (again) mybpf__gen_look_again(ir, position, end, end + count);
    for (uint32_t i = 0; i < count; i++) ir->blocks[i].loop_end = end[i];
    return MYBPF_OK;
}

MYBPF__FN void mybpf__gen_block(mybpf__emit *as, mybpf__gen_result *result, uint32_t index)
{
    const mybpf__target *target = as->request->target;
    mybpf__ir *ir = as->ir;
    const mybpf__block *block = &ir->blocks[index];
    uint32_t next = block->insn, label = mybpf__emit_block(as, index);
    if (block->loop_end != MYBPF__NO_BLOCK) /* label behind the loop: block_count + its position + 1 */
        mybpf__emit_fixup(as, MYBPF__FIXUP_ALIGN, label,
                          as->block_labels + ir->block_count + block->loop_end);
    mybpf__emit_place(as, label);
    for (uint32_t i = block->first, end = i + block->count; i < end; i++) {
        const mybpf__op *op = &ir->ops[i];
        if (op->insn == next && next < block->end) /* mostly */
            result->insn_offsets[next++] = (uint32_t)as->code.size + as->fixup_count;
        else if (op->insn < block->end)
            mybpf__gen_mark(as, result, &next, op->insn + 1);
        target->op(as, op, ir->live[i]);
    }
    mybpf__gen_mark(as, result, &next, block->end);
    if (block->next != MYBPF__NO_BLOCK && block->next != mybpf__emit_following(as) &&
        !(block->taken == mybpf__emit_following(as) && block->count &&
          mybpf__ir_is_branch(&ir->ops[block->first + block->count - 1])))
        target->jump(as, mybpf__emit_block(as, block->next));
    mybpf__emit_place(as, as->block_labels + ir->block_count + as->position);
}

/* Behind the prologue: what the function may read of its stack before it writes it is zero. The stores take
 * the place of an operation, the first that there is, as back ends look around in its block. */
MYBPF__FN void mybpf__gen_zeros(mybpf__emit *as)
{
    mybpf__ir *ir = as->ir;
    uint64_t slots = as->object_code->funcs[ir->func].zeroed, live = ir->blocks[ir->order[0]].live_in;
    const mybpf__block *block = &ir->blocks[ir->order[0]];
    as->position = 0;
    if (!ir->frame || !slots) return;
    while (!block->count && ++as->position < ir->block_count) block = &ir->blocks[ir->order[as->position]];
    if (!block->count) return;
    mybpf__op *store = &ir->ops[block->first], first = *store;
    mybpf__zero(store, sizeof *store);
    store->code = MYBPF__IR_STORE;
    store->width = 8;
    store->flags = MYBPF__F_IMM;
    store->a = MYBPF__FRAME_VALUE;
    store->dst = store->b = store->c = MYBPF__NO_VALUE;
    store->insn = block->insn;
    for (; slots; slots >>= 1) {
        store->disp -= 8;
        if (slots & 1) as->request->target->op(as, store, live);
    }
    *store = first;
}

MYBPF__FN int mybpf__gen_function(mybpf__emit *as, mybpf__gen_result *result, uint32_t func,
                                  mybpf_error *error)
{
    mybpf__ir *ir = as->ir;
    ir->func = func;
    int status = mybpf__ir_build(ir, error);
    if (!status) status = mybpf__ir_passes(ir, error);
    if (!status) status = mybpf__ir_assign(ir, error);
    if (!status) status = mybpf__gen_find_loops(ir, error);
    if (status) return status;
    as->block_labels = as->label_count;
    mybpf__emit_labels(as, 2 * ir->block_count); /* starts, then ends by position */
    if (func) mybpf__emit_fixup(as, MYBPF__FIXUP_ALIGN, func, MYBPF__NO_LABEL);
    mybpf__emit_place(as, func);
    if (as->code.failed) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code");
    as->request->target->prologue(as);
    mybpf__gen_zeros(as);
    for (as->position = 0; as->position < ir->block_count; as->position++)
        mybpf__gen_block(as, result, ir->order[as->position]);
    for (uint32_t i = 0; i < as->cold_count && !as->code.failed; i++) { /* cold code may ask for more of it */
        mybpf__cold cold = as->cold[i];
        mybpf__emit_place(as, cold.label);
        as->position = cold.position;
        as->request->target->cold(as, &cold);
    }
    as->cold_count = 0;
    if (as->code.size > 0x7fffffff / 4)
        return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN, "native code is too large");
    return as->code.failed ? mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code")
                           : MYBPF_OK;
}

MYBPF__FN void mybpf__gen_stub(mybpf__emit *as, mybpf__stub stub)
{
    const mybpf__target *target = as->request->target;
    switch (stub) {
    case MYBPF__STUB_UNWIND: target->unwind(as); break;
    case MYBPF__STUB_STOP: target->fault(as, 0); break;
    case MYBPF__STUB_ACCESS: target->fault(as, MYBPF_FAULT_ACCESS); break;
    case MYBPF__STUB_DEPTH: target->fault(as, MYBPF_FAULT_DEPTH); break;
    case MYBPF__STUB_BUDGET: target->fault(as, MYBPF_FAULT_BUDGET); break;
    case MYBPF__STUB_CALL: target->fault(as, MYBPF_FAULT_CALL); break;
    case MYBPF__STUB_GUARD_READ: target->guard(as, 0); break;
    case MYBPF__STUB_GUARD_WRITE: target->guard(as, 1); break;
    case MYBPF__STUB_GUARD_CALL: target->service(as, 0); break;
    case MYBPF__STUB_RESOLVE: target->service(as, 1); break;
    case MYBPF__STUB_CALL_HELPER: target->call_helper(as); break;
    default: break; /* LEAVE is part of the entry stub */
    }
}

/* Does the program call anything but its own functions, does it never ask for its environment? Only some
 * classes of instructions can. */
MYBPF__FN void mybpf__gen_surroundings(mybpf__emit *as)
{
    const mybpf_code *code = as->object_code;
    int asks = code->metered;
    as->calls_out = code->trust == MYBPF_GUARDED;
    for (uint32_t i = 0; i < code->insn_count && !as->calls_out; i++) {
        const mybpf_insn *insn = &code->insns[i];
        unsigned opcode = insn->code, type = opcode & 7;
        if (opcode & 2 || !(0x21u >> type & 1)) continue; /* ALU, ALU64, memory: most */
        if (opcode == MYBPF__BUILD_LDDW) {
            asks |= insn->src_reg; /* the context table of an image */
            i++;
        } else if (!type)
            as->calls_out = (opcode & 0x60) != 0;      /* LD_ABS, LD_IND */
        else if ((opcode & 0xf7) == MYBPF__BUILD_CALL) /* and CALLX */
            as->calls_out = insn->src_reg != 1;
        else
            asks |= opcode == MYBPF__BUILD_MAY_GOTO;
    }
    as->ir->alone = !as->calls_out && !asks;
}

MYBPF__FN int mybpf__gen_all(mybpf__emit *as, mybpf__gen_result *result, mybpf_error *error)
{
    const mybpf_code *code = as->object_code;
    const mybpf__target *target = as->request->target;
    mybpf__emit_labels(as, code->func_count);
    uint8_t *bytes = mybpf__buf_reserve(&as->code, (size_t)code->insn_count * 5 + 256); /* about all */
    mybpf__expect(as->request, bytes, code->insn_count, 4);
    mybpf__gen_surroundings(as);
    as->enter = mybpf__emit_label(as);
    for (unsigned i = 0; i < MYBPF__STUB_COUNT; i++) as->stubs[i] = mybpf__emit_label(as);
    for (uint32_t i = 0; i < code->func_count; i++) {
        if (as->request->keep && !as->request->keep[i]) continue;
        int status = mybpf__gen_function(as, result, i, error);
        if (status) return status;
    }
    for (unsigned i = MYBPF__STUB_COUNT; i-- > 0;) /* a stub may use those in front of it */
        if (as->stubs_used & 1u << i && i != MYBPF__STUB_LEAVE) {
            mybpf__emit_place(as, as->stubs[i]);
            mybpf__gen_stub(as, (mybpf__stub)i);
        }
    target->enter(as);
    return mybpf__layout(as, result, error);
}

MYBPF__FN int mybpf__gen(const mybpf__gen_request *request, mybpf__gen_result *result, mybpf_error *error)
{
    mybpf_vm *vm = mybpf_object_vm(request->object);
    uint32_t offsets = 0;
    mybpf__emit as;
    mybpf__ir ir;
    mybpf__zero(result, sizeof *result);
    mybpf__zero(&as, sizeof as);
    mybpf__zero(&ir, sizeof ir);
    result->code.vm = as.code.vm = ir.vm = vm;
    as.request = ir.request = request;
    as.object_code = ir.code = mybpf_object_code(request->object);
    as.ir = &ir;
    as.base = request->base;
    if (!as.object_code || !as.object_code->func_count)
        return mybpf__fail(error, MYBPF_ERR_STATE, MYBPF_NO_INSN,
                           "the object has no linked code: load it first");
    result->entry_count = as.object_code->func_count;
    result->entries = (uint32_t *)mybpf__room_zero(vm, result->entry_count, sizeof *result->entries);
    result->insn_offsets =
        (uint32_t *)mybpf__room(vm, NULL, &offsets, as.object_code->insn_count, sizeof *result->insn_offsets);
    mybpf__expect(request, result->insn_offsets, as.object_code->insn_count, sizeof *result->insn_offsets);
    if (result->insn_offsets && request->keep) /* not all functions get code */
        mybpf__zero(result->insn_offsets, as.object_code->insn_count * sizeof *result->insn_offsets);
    int status = result->entries && result->insn_offsets
                     ? mybpf__gen_all(&as, result, error)
                     : mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code generation");
    result->imports = as.imports;
    result->import_count = as.import_count;
    result->tail_jumps = as.tail_jumps;
    mybpf__ir_free(&ir);
    mybpf__buf_free(&as.code);
    mybpf_vm_realloc(vm, as.fixups, 0);
    mybpf_vm_realloc(vm, as.labels, 0);
    mybpf_vm_realloc(vm, as.cold, 0);
    mybpf_vm_realloc(vm, as.import_index, 0);
    return status;
}

MYBPF__FN void mybpf__gen_free(mybpf_vm *vm, mybpf__gen_result *result)
{
    if (result->code.vm) mybpf__buf_free(&result->code);
    mybpf_vm_realloc(vm, result->entries, 0);
    mybpf_vm_realloc(vm, result->imports, 0);
    mybpf_vm_realloc(vm, result->insn_offsets, 0);
    mybpf__zero(result, sizeof *result);
}

#endif
