/* autoload.c: leaves out the programs that a host does not want, and the functions that only they reach, as
 * the linker leaves out what nothing reaches. */
#ifndef MYBPF__AUTOLOAD_C
#define MYBPF__AUTOLOAD_C

#include "object_impl.h"

#if MYBPF__FILES

#    define MYBPF__LEFT_BEHIND UINT32_MAX

/* What becomes of each function: its number among those that stay. `list` holds those still to be followed.
 */
typedef struct mybpf__autoloading {
    mybpf_object *object;
    uint32_t *numbers, *starts, *list;
    uint32_t pending, count;
} mybpf__autoloading;

MYBPF_API int mybpf_program_set_autoload(mybpf_program *program, int autoload)
{
    if (!program) return MYBPF_ERR_ARGUMENT;
    if (program->object->loaded) return MYBPF_ERR_STATE;
    program->skip = !autoload;
    return MYBPF_OK;
}

MYBPF_API int mybpf_program_autoload(const mybpf_program *program) { return !program->skip; }

MYBPF__COLD void mybpf__autoload_reach(mybpf__autoloading *load, uint32_t func)
{
    if (load->numbers[func] != MYBPF__LEFT_BEHIND) return;
    load->numbers[func] = 0;
    load->list[load->pending++] = func;
}

/* The function that instruction `pc` calls or takes the address of; files may name none. */
MYBPF__COLD uint32_t mybpf__autoload_callee(const mybpf_object *object, uint32_t pc)
{
    const mybpf_insn *insn = &object->insns[pc];
    int64_t target = (int64_t)pc + 1 + insn->imm;
    if (insn->code == 0x85 && insn->src_reg == 1 && target >= 0 && target < (int64_t)object->insn_count)
        return (uint32_t)(mybpf__func_of(object, (uint32_t)target) - object->funcs);
    if (insn->code == 0x18 && insn->src_reg == MYBPF_PSEUDO_FUNC && (uint32_t)insn->imm < object->func_count)
        return (uint32_t)insn->imm;
    return MYBPF__LEFT_BEHIND;
}

MYBPF__COLD void mybpf__autoload_follow(mybpf__autoloading *load)
{
    const mybpf_object *object = load->object;
    for (uint32_t i = 0; i < object->program_count; i++)
        if (!object->programs[i].skip) mybpf__autoload_reach(load, object->programs[i].func);
    for (uint32_t i = 0; i < object->reloc_count; i++)
        if (object->relocs[i].kind == MYBPF_DATA_RELOC_FUNC)
            mybpf__autoload_reach(load, object->relocs[i].index);
    while (load->pending) {
        const mybpf_func *func = &object->funcs[load->list[--load->pending]];
        for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
            uint32_t callee = mybpf__autoload_callee(object, pc);
            if (callee != MYBPF__LEFT_BEHIND) mybpf__autoload_reach(load, callee);
            if (object->insns[pc].code == 0x18) pc++;
        }
    }
}

/* Numbers and places of those that stay; the others' numbers come behind, so that their names are still
 * known. */
MYBPF__COLD void mybpf__autoload_place(mybpf__autoloading *load)
{
    uint32_t start = 0, behind;
    for (uint32_t f = 0; f < load->object->func_count; f++) {
        load->starts[f] = start;
        if (load->numbers[f] == MYBPF__LEFT_BEHIND) continue;
        load->numbers[f] = load->count++;
        start += load->object->funcs[f].count;
    }
    behind = load->count;
    for (uint32_t f = 0; f < load->object->func_count; f++)
        if (load->numbers[f] == MYBPF__LEFT_BEHIND) load->numbers[f] = behind++;
}

/* The instructions of function `f` go to their place, which is not behind the old one. */
MYBPF__COLD void mybpf__autoload_move(const mybpf__autoloading *load, uint32_t f)
{
    mybpf_object *object = load->object;
    const mybpf_func *func = &object->funcs[f];
    for (uint32_t i = 0; i < func->count; i++) {
        uint32_t pc = func->start + i, to = load->starts[f] + i, callee = mybpf__autoload_callee(object, pc);
        mybpf_insn insn = object->insns[pc];
        if (callee != MYBPF__LEFT_BEHIND && insn.code == 0x18) {
            insn.imm = (int32_t)load->numbers[callee];
        } else if (callee != MYBPF__LEFT_BEHIND) {
            uint32_t inside = (uint32_t)((int64_t)pc + 1 + insn.imm) - object->funcs[callee].start;
            insn.imm = (int32_t)((int64_t)load->starts[callee] + inside - to - 1);
        }
        object->insns[to] = insn;
        if (insn.code == 0x18 && ++i < func->count) object->insns[to + 1] = object->insns[pc + 1];
    }
}

MYBPF__COLD void mybpf__autoload_lines(const mybpf__autoloading *load)
{
    mybpf_object *object = load->object;
    uint32_t count = 0;
    for (uint32_t i = 0; i < object->line_count; i++) {
        mybpf__line line = object->lines[i];
        uint32_t f = (uint32_t)(mybpf__func_of(object, line.insn) - object->funcs);
        if (load->numbers[f] >= load->count) continue;
        line.insn = load->starts[f] + (line.insn - object->funcs[f].start);
        object->lines[count++] = line;
    }
    object->line_count = count;
}

/* Everything is where it was: moves it. `funcs` is room for all functions' records. */
MYBPF__COLD void mybpf__autoload_apply(const mybpf__autoloading *load, mybpf_func *funcs)
{
    mybpf_object *object = load->object;
    uint32_t count = 0;
    mybpf__autoload_lines(load);
    for (uint32_t f = 0; f < object->func_count; f++) {
        mybpf_func *func = &funcs[load->numbers[f]];
        *func = object->funcs[f];
        func->start = load->starts[f];
        if (load->numbers[f] >= load->count) continue;
        mybpf__autoload_move(load, f);
        if (object->protos) object->protos[load->numbers[f]] = object->protos[f];
        count += func->count;
    }
    for (uint32_t i = 0; i < object->reloc_count; i++) {
        mybpf_data_reloc *reloc = &object->relocs[i];
        if (reloc->kind == MYBPF_DATA_RELOC_FUNC || reloc->kind == MYBPF_DATA_RELOC_PROGRAM)
            reloc->index = load->numbers[reloc->index];
    }
    for (uint32_t i = 0; i < object->program_count; i++)
        object->programs[i].func = load->numbers[object->programs[i].func];
    mybpf__free(object->vm, object->funcs);
    object->funcs = funcs;
    object->func_count = load->count;
    object->insn_count = count;
}

MYBPF__COLD int mybpf__autoload(mybpf_object *object, mybpf_error *error)
{
    mybpf__autoloading load;
    mybpf_func *funcs;
    uint32_t skipped = 0;
    for (uint32_t i = 0; i < object->program_count; i++) skipped += object->programs[i].skip;
    if (!skipped || object->image_code) return MYBPF_OK; /* native code is not taken apart */
    if (skipped == object->program_count)
        return mybpf__fail(error, MYBPF_ERR_ARGUMENT, MYBPF_NO_INSN,
                           "no program of the object is to be loaded");
    mybpf__zero(&load, sizeof load);
    load.object = object;
    load.numbers = (uint32_t *)mybpf__alloc(object->vm, object->func_count, 3 * sizeof *load.numbers);
    funcs = (mybpf_func *)mybpf__alloc(object->vm, object->func_count, sizeof *funcs);
    if (!load.numbers || !funcs) {
        mybpf__free(object->vm, load.numbers);
        mybpf__free(object->vm, funcs);
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for %u functions",
                           (unsigned)object->func_count);
    }
    load.starts = load.numbers + object->func_count;
    load.list = load.starts + object->func_count;
    for (uint32_t f = 0; f < object->func_count; f++) load.numbers[f] = MYBPF__LEFT_BEHIND;
    mybpf__autoload_follow(&load);
    mybpf__autoload_place(&load);
    mybpf__autoload_apply(&load, funcs);
    mybpf__free(object->vm, load.numbers);
    return MYBPF_OK;
}

#    undef MYBPF__LEFT_BEHIND

#endif
#endif
