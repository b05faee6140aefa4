/* link.c: a tiny static linker. Functions from several sections become one flat array without gaps:
 * the programs in the object's order, then the functions they reach; the rest is dropped.
 * Calls become relative to their new place, function addresses become function indices. */
#ifndef MYBPF__LINK_C
#define MYBPF__LINK_C

#include "link.h"
#include "raw.c"

#ifndef MYBPF_NO_ELF

#    define MYBPF__CODE_LDDW  0x18
#    define MYBPF__CODE_CALL  0x85
#    define MYBPF__CODE_CALLX 0x8d

/* Is a data relocation about a function? */
MYBPF__COLD int mybpf__names_func(const mybpf_data_reloc *reloc)
{
    return reloc->kind == MYBPF_DATA_RELOC_FUNC || reloc->kind == MYBPF_DATA_RELOC_PROGRAM;
}

MYBPF__COLD int mybpf__link_no_memory(mybpf_error *error)
{
    return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory to link the object");
}

MYBPF__COLD int mybpf__link_begin(mybpf__link *link, mybpf_object *object, size_t count, mybpf_error *error)
{
    mybpf__zero(link, sizeof *link);
    link->object = object;
    int status = mybpf__code_size(count, error);
    if (status) return status;
    link->insns = (mybpf_insn *)mybpf__alloc(object->vm, count, sizeof *link->insns);
    link->targets = (uint32_t *)mybpf__alloc(object->vm, count, sizeof *link->targets);
    link->func_at = (uint32_t *)mybpf__alloc(object->vm, count, sizeof *link->func_at);
    if (!link->insns || !link->targets || !link->func_at) return mybpf__link_no_memory(error);
    for (size_t i = 0; i < count; i++) link->targets[i] = link->func_at[i] = MYBPF__NO_SLOT;
    link->count = (uint32_t)count;
    return MYBPF_OK;
}

MYBPF__COLD void mybpf__link_free(mybpf__link *link)
{
    if (!link->object) return;
    mybpf_vm *vm = link->object->vm;
    mybpf__free(vm, link->insns);
    mybpf__free(vm, link->targets);
    mybpf__free(vm, link->func_at);
    mybpf__free(vm, link->funcs);
    mybpf__free(vm, link->section_ends);
    mybpf__free(vm, link->order);
    mybpf__zero(link, sizeof *link);
}

MYBPF__COLD void *mybpf__more(mybpf_vm *vm, void *array, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity) return array;
    uint32_t wanted = *capacity ? *capacity * 2 : 8;
    void *grown = mybpf__grow(vm, array, count, wanted, size);
    if (grown) *capacity = wanted;
    return grown;
}

MYBPF__COLD int mybpf__link_add_func(mybpf__link *link, const mybpf__link_func *func, mybpf_error *error)
{
    void *funcs = mybpf__more(link->object->vm, link->funcs, link->func_count, &link->func_capacity,
                              sizeof *link->funcs);
    if (!funcs) return mybpf__link_no_memory(error);
    link->funcs = (mybpf__link_func *)funcs;
    link->funcs[link->func_count] = *func;
    link->funcs[link->func_count++].out = MYBPF__NO_SLOT;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__link_section(mybpf__link *link, uint32_t end, const char *name, mybpf_error *error)
{
    uint32_t first = link->section_count ? link->section_ends[link->section_count - 1] : 0;
    void *ends = mybpf__more(link->object->vm, link->section_ends, link->section_count,
                             &link->section_capacity, sizeof *link->section_ends);
    if (!ends) return mybpf__link_no_memory(error);
    link->section_ends = (uint32_t *)ends;
    link->section_ends[link->section_count++] = end;
    for (uint32_t i = first; i < end; i++) {
        mybpf_insn *insn = &link->insns[i];
        int call = insn->code == MYBPF__CODE_CALL && insn->src_reg == 1;
        int address = insn->code == MYBPF__CODE_LDDW && insn->src_reg == MYBPF_PSEUDO_FUNC;
        if (insn->code == MYBPF__CODE_CALLX) mybpf__raw_callx(insn);
        if ((call || address) && link->targets[i] == MYBPF__NO_SLOT) {
            int64_t target = (int64_t)i + insn->imm + 1;
            if (target < first || target >= end)
                return mybpf__fail(error, MYBPF_ERR_VERIFY, i - first,
                                   "%s: instruction %u: %s leaves the section", name, (unsigned)(i - first),
                                   call ? "the target of the call" : "the function address");
            link->targets[i] = (uint32_t)target;
        }
        if (insn->code == MYBPF__CODE_LDDW) i++;
    }
    return MYBPF_OK;
}

/* Puts the functions into `func_at`. Of several names for one place a program wins, else the first. */
MYBPF__COLD uint32_t mybpf__link_mark(mybpf__link *link)
{
    const mybpf_object *object = link->object;
    uint32_t found = 0;
    for (uint32_t i = 0; i < link->func_count; i++) {
        uint32_t *at = &link->func_at[link->funcs[i].start];
        if (*at == MYBPF__NO_SLOT) found++;
        if (*at == MYBPF__NO_SLOT || (link->funcs[i].section && !link->funcs[*at].section)) *at = i;
    }
    for (uint32_t i = 0; i < link->count; i++) { /* only called: no name, UINT32_MAX - 1 */
        uint32_t target = link->targets[i];
        if (target == MYBPF__NO_SLOT || link->func_at[target] != MYBPF__NO_SLOT) continue;
        link->func_at[target] = MYBPF__NO_SLOT - 1;
        found++;
    }
    for (uint32_t i = 0; i < object->reloc_count; i++) {
        const mybpf_data_reloc *reloc = &object->relocs[i];
        if (!mybpf__names_func(reloc) || link->func_at[reloc->index] != MYBPF__NO_SLOT) continue;
        link->func_at[reloc->index] = MYBPF__NO_SLOT - 1;
        found++;
    }
    return found;
}

/* Where function `index` of the sorted ones must end. */
MYBPF__COLD uint32_t mybpf__link_end(const mybpf__link *link, uint32_t index, uint32_t *section)
{
    while (link->section_ends[*section] <= link->funcs[index].start) ++*section;
    uint32_t end = link->section_ends[*section];
    if (index + 1 < link->func_count && link->funcs[index + 1].start < end)
        end = link->funcs[index + 1].start;
    return end;
}

/* Sorts the functions by place, with those that are only called among them, and bounds them. */
MYBPF__COLD int mybpf__link_sort(mybpf__link *link, mybpf_error *error)
{
    uint32_t count = mybpf__link_mark(link), next = 0, section = 0;
    mybpf__link_func *sorted = (mybpf__link_func *)mybpf__alloc(link->object->vm, count, sizeof *sorted);
    link->order = (uint32_t *)mybpf__alloc(link->object->vm, count, sizeof *link->order);
    if (!sorted || !link->order) {
        mybpf__free(link->object->vm, sorted);
        return mybpf__link_no_memory(error);
    }
    for (uint32_t slot = 0; slot < link->count; slot++) {
        uint32_t *at = &link->func_at[slot];
        if (*at == MYBPF__NO_SLOT) continue;
        if (*at != MYBPF__NO_SLOT - 1) sorted[next] = link->funcs[*at];
        sorted[next].start = slot;
        sorted[next].out = MYBPF__NO_SLOT;
        *at = next++;
    }
    mybpf__free(link->object->vm, link->funcs);
    link->funcs = sorted;
    link->func_count = link->func_capacity = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t end = mybpf__link_end(link, i, &section);
        if (sorted[i].end > end)
            return mybpf__fail(
                error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN,
                "function %s has %u instructions, but another one starts or the section ends after %u",
                sorted[i].name ? sorted[i].name : "(unnamed)", (unsigned)(sorted[i].end - sorted[i].start),
                (unsigned)(end - sorted[i].start));
        if (!sorted[i].end) sorted[i].end = end;
    }
    return MYBPF_OK;
}

MYBPF__COLD void mybpf__link_reach(mybpf__link *link, uint32_t slot)
{
    mybpf__link_func *func = &link->funcs[link->func_at[slot]];
    if (func->out != MYBPF__NO_SLOT) return;
    func->out = link->order_count;
    link->order[link->order_count++] = link->func_at[slot];
}

/* The order of output: breadth first from the programs and the function pointers in data. */
MYBPF__COLD void mybpf__link_order(mybpf__link *link)
{
    const mybpf_object *object = link->object;
    for (uint32_t i = 0; i < link->func_count; i++)
        if (link->funcs[i].section) mybpf__link_reach(link, link->funcs[i].start);
    for (uint32_t i = 0; i < object->reloc_count; i++)
        if (mybpf__names_func(&object->relocs[i])) mybpf__link_reach(link, object->relocs[i].index);
    for (uint32_t i = 0; i < link->order_count; i++) {
        const mybpf__link_func *func = &link->funcs[link->order[i]];
        for (uint32_t slot = func->start; slot < func->end; slot++)
            if (link->targets[slot] != MYBPF__NO_SLOT) mybpf__link_reach(link, link->targets[slot]);
    }
}

/* Copies function `from` to its place `to`, which starts at slot `start`. */
MYBPF__COLD void mybpf__link_emit(const mybpf__link *link, const mybpf__link_func *from, const mybpf_func *to)
{
    mybpf_object *object = link->object;
    for (uint32_t i = 0; i < to->count; i++) {
        uint32_t target = link->targets[from->start + i];
        mybpf_insn *insn = &object->insns[to->start + i];
        *insn = link->insns[from->start + i];
        if (target == MYBPF__NO_SLOT) continue;
        uint32_t out = link->funcs[link->func_at[target]].out;
        if (insn->code == MYBPF__CODE_LDDW)
            insn->imm = (int32_t)out;
        else
            insn->imm = (int32_t)((int64_t)object->funcs[out].start - (int64_t)(to->start + i) - 1);
    }
}

/* The object's function and program records. */
MYBPF__COLD int mybpf__link_describe(mybpf__link *link, mybpf_error *error)
{
    mybpf_object *object = link->object;
    uint32_t start = 0;
    for (uint32_t i = 0; i < link->order_count; i++) {
        const mybpf__link_func *from = &link->funcs[link->order[i]];
        mybpf_func *func = &object->funcs[i];
        object->protos[i] = from->proto;
        func->start = start;
        func->count = from->end - from->start;
        start += func->count;
        size_t length = from->name
                            ? mybpf__copy_text(func->name, sizeof func->name, from->name)
                            : mybpf__print(func->name, sizeof func->name, "func_%u", (unsigned)from->start);
        if (!from->section) continue;
        mybpf_program *program = &object->programs[object->program_count++];
        program->object = object;
        program->func = i;
        program->type = from->type;
        program->skip = (uint8_t)from->skip;
        /* a plain function's name may be cut: nobody looks it up */
        if (length >= sizeof func->name || mybpf__copy_text(program->section, sizeof program->section,
                                                            from->section) >= sizeof program->section)
            return mybpf__fail(error, MYBPF_ERR_LIMIT, MYBPF_NO_INSN,
                               "program %s: its name or that of its section "
                               "%s is longer than %d bytes",
                               from->name, from->section, MYBPF_NAME_MAX - 1);
    }
    object->insn_count = start;
    object->func_count = link->order_count;
    return MYBPF_OK;
}

/* The first of the object's lines (sorted, in input slots) that is not before `slot`. */
MYBPF__COLD uint32_t mybpf__link_find_line(const mybpf_object *object, uint32_t slot)
{
    uint32_t low = 0, high = object->line_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (object->lines[middle].insn < slot)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

MYBPF__COLD int mybpf__link_lines(const mybpf__link *link, mybpf_error *error)
{
    mybpf_object *object = link->object;
    if (!object->line_count) return MYBPF_OK;
    uint32_t count = 0;
    mybpf__line *lines = (mybpf__line *)mybpf__alloc(object->vm, object->line_count, sizeof *lines);
    if (!lines) return mybpf__link_no_memory(error);
    for (uint32_t i = 0; i < link->order_count; i++) {
        const mybpf__link_func *func = &link->funcs[link->order[i]];
        uint32_t at = mybpf__link_find_line(object, func->start);
        for (; at < object->line_count && object->lines[at].insn < func->end; at++) {
            lines[count] = object->lines[at];
            lines[count++].insn = object->funcs[i].start + (object->lines[at].insn - func->start);
        }
    }
    mybpf__free(object->vm, object->lines);
    object->lines = lines;
    object->line_count = count;
    return MYBPF_OK;
}

MYBPF__COLD int mybpf__link_finish(mybpf__link *link, mybpf_error *error)
{
    mybpf_object *object = link->object;
    int status = mybpf__link_sort(link, error);
    if (status) return status;
    mybpf__link_order(link);
    object->insns = (mybpf_insn *)mybpf__alloc(object->vm, link->count, sizeof *object->insns);
    object->funcs = (mybpf_func *)mybpf__alloc(object->vm, link->order_count, sizeof *object->funcs);
    object->programs = (mybpf_program *)mybpf__alloc(object->vm, link->order_count, sizeof *object->programs);
    object->protos = (mybpf__proto *)mybpf__alloc(object->vm, link->order_count, sizeof *object->protos);
    if (!object->insns || !object->funcs || !object->programs || !object->protos)
        return mybpf__link_no_memory(error);
    status = mybpf__link_describe(link, error);
    if (!status) status = mybpf__link_lines(link, error);
    if (status) return status;
    for (uint32_t i = 0; i < link->order_count; i++)
        mybpf__link_emit(link, &link->funcs[link->order[i]], &object->funcs[i]);
    for (uint32_t i = 0; i < object->reloc_count; i++) {
        mybpf_data_reloc *reloc = &object->relocs[i];
        if (mybpf__names_func(reloc)) reloc->index = link->funcs[link->func_at[reloc->index]].out;
    }
    return MYBPF_OK;
}

#    undef MYBPF__CODE_LDDW
#    undef MYBPF__CODE_CALL
#    undef MYBPF__CODE_CALLX

#endif /* MYBPF_NO_ELF */

#endif
