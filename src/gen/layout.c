/* layout.c: sizes of branches, padding of loops, and the final code.
 *
 * Every fixup starts in its shortest form; those that do not reach get the next one, until all do. Forms only
 * grow, and after a few rounds everything undecided becomes long, so the time is linear. */
#ifndef MYBPF__LAYOUT_C
#define MYBPF__LAYOUT_C

#include "ir.h"
#include "target.h"
#include "../base/error.h"

#define MYBPF__LAYOUT_ROUNDS 8

/* `before[i]`: bytes of all fixups in front of fixup i. */
MYBPF__FN uint32_t mybpf__layout_offset(const mybpf__emit *as, const uint32_t *before, uint32_t label)
{
    return as->labels[label].at + before[as->labels[label].fixup];
}

/* Padding in front of a loop that would straddle more lines than it must; functions start at multiples of 16.
 */
MYBPF__FN uint8_t mybpf__layout_padding(const mybpf__emit *as, const uint32_t *before,
                                        const mybpf__fixup *fixup, uint32_t at)
{
    uint32_t line = as->request->target->line;
    if (fixup->extra == MYBPF__NO_LABEL) return (uint8_t)((0u - at) & 15u);
    uint32_t head = mybpf__layout_offset(as, before, fixup->label);
    uint32_t size = mybpf__layout_offset(as, before, (uint32_t)fixup->extra) - head;
    uint32_t pad = (0u - at) & (line - 1);
    uint32_t lines = (at % line + size + line - 1) / line, least = (size + line - 1) / line;
    if (size > 8 * line || lines <= least) return 0;
    return (uint8_t)(pad < size ? pad : 0);
}

/* One pass over all fixups with the sizes as they are: new padding, then sums. */
MYBPF__FN void mybpf__layout_sums(mybpf__emit *as, uint32_t *before, int pad)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < as->fixup_count; i++) {
        mybpf__fixup *fixup = &as->fixups[i];
        if (pad && fixup->kind == MYBPF__FIXUP_ALIGN)
            fixup->size = mybpf__layout_padding(as, before, fixup, fixup->at + sum);
        before[i] = sum;
        sum += fixup->size;
    }
    before[as->fixup_count] = sum;
}

MYBPF__FN uint64_t mybpf__layout_destination(const mybpf__emit *as, const uint32_t *before,
                                             const mybpf__fixup *fixup)
{
    return fixup->label == MYBPF__NO_LABEL ? fixup->extra : mybpf__layout_offset(as, before, fixup->label);
}

/* Longer forms for those that do not reach; how many changed. */
MYBPF__FN uint32_t mybpf__layout_widen(mybpf__emit *as, const uint32_t *before, int all)
{
    const mybpf__target *target = as->request->target;
    uint64_t base = as->base;
    uint32_t changed = 0;
    for (uint32_t i = 0; i < as->fixup_count; i++) {
        mybpf__fixup *fixup = &as->fixups[i];
        if (fixup->kind == MYBPF__FIXUP_ALIGN) continue;
        uint64_t from = fixup->at + before[i], to = mybpf__layout_destination(as, before, fixup);
        if (fixup->label == MYBPF__NO_LABEL) from += base;
        while (fixup->form + 1 < MYBPF__FORMS &&
               (all || !target->fixup_reaches(fixup, fixup->form, from, to,
                                              fixup->label != MYBPF__NO_LABEL || base))) {
            uint32_t size = target->fixup_size(fixup, fixup->form + 1u);
            if (!size) break;
            fixup->size = (uint8_t)size;
            fixup->form++, changed++;
        }
    }
    return changed;
}

/* Into the memory that `place` gave, or else into the buffer. */
MYBPF__FN void mybpf__layout_write(mybpf__emit *as, const uint32_t *before, mybpf__buf *out)
{
    const mybpf__target *target = as->request->target;
    uint32_t from = 0;
    uint8_t *at = as->request->place && as->base
                      ? (uint8_t *)(uintptr_t)as->base
                      : mybpf__buf_reserve(out, as->code.size + before[as->fixup_count]);
    if (!at) return;
    for (uint32_t i = 0; i <= as->fixup_count; i++) {
        uint32_t to = i < as->fixup_count ? as->fixups[i].at : (uint32_t)as->code.size;
        if (to > from) mybpf__copy(at, as->code.bytes + from, to - from);
        at += to - from;
        from = to;
        if (i == as->fixup_count) break;
        const mybpf__fixup *fixup = &as->fixups[i];
        uint32_t size = fixup->size;
        uint64_t place = fixup->at + before[i] + (fixup->label == MYBPF__NO_LABEL ? as->base : 0);
        if (fixup->kind == MYBPF__FIXUP_ALIGN)
            target->nops(at, size);
        else
            target->fixup_write(at, fixup, place, mybpf__layout_destination(as, before, fixup));
        at += size;
    }
    out->size += as->code.size + before[as->fixup_count];
    if (out->capacity < out->size) out->capacity = out->size; /* elsewhere: nothing is to be appended */
}

/* The first fixup from number `n` on that `offset`, which counts each in front of it as one byte, is not
 * behind: mostly a near one. */
MYBPF__FN uint32_t mybpf__layout_fixup(const mybpf__emit *as, uint32_t n, uint32_t offset)
{
    uint32_t end = as->fixup_count;
    for (uint32_t near_by = n + 8; n < end && as->fixups[n].at + n < offset; n++)
        if (n == near_by) break;
    while (n < end && as->fixups[n].at + n < offset) {
        uint32_t middle = n + (end - n) / 2;
        if (as->fixups[middle].at + middle < offset)
            n = middle + 1;
        else
            end = middle;
    }
    return n;
}

/* The offsets of instructions, which count each fixup in front of them as one byte so far. They are in order
 * as far as blocks are: most lie between the same two fixups as the one before. */
MYBPF__FN void mybpf__layout_insns(const mybpf__emit *as, const uint32_t *before, uint32_t *offsets)
{
    const mybpf__fixup *fixups = as->fixups;
    uint32_t n = 0, from, to, more; /* behind fixup n - 1, up to fixup n: `more` is to be added */
    for (uint32_t i = 0, count = as->object_code->insn_count; i < count;) {
        uint32_t offset = offsets[i];
        n = mybpf__layout_fixup(as, n && fixups[n - 1].at + n - 1 >= offset ? 0 : n, offset);
        from = n ? fixups[n - 1].at + n : 0;
        to = n < as->fixup_count ? fixups[n].at + n : UINT32_MAX;
        more = before[n] - n;
        do offsets[i] += more;
        while (++i < count && offsets[i] - from <= to - from);
    }
}

/* What the code cannot exceed. */
MYBPF__FN size_t mybpf__layout_bound(const mybpf__emit *as)
{
    size_t sum = as->code.size;
    for (uint32_t i = 0; i < as->fixup_count; i++) {
        uint32_t most = as->fixups[i].kind == MYBPF__FIXUP_ALIGN ? as->request->target->line : 0u;
        for (unsigned form = 0; form < MYBPF__FORMS && as->fixups[i].kind != MYBPF__FIXUP_ALIGN; form++) {
            uint32_t size = as->request->target->fixup_size(&as->fixups[i], form);
            if (!size) break;
            if (size > most) most = size;
        }
        sum += most;
    }
    return sum;
}

MYBPF__FN int mybpf__layout(mybpf__emit *as, mybpf__gen_result *result, mybpf_error *error)
{
    uint32_t capacity = 0;
    uint32_t *before =
        (uint32_t *)mybpf__room(as->code.vm, NULL, &capacity, as->fixup_count + 1, sizeof *before);
    if (!before || as->code.failed) {
        mybpf_vm_realloc(as->code.vm, before, 0);
        return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code");
    }
    if (as->request->place) as->base = as->request->place(as->request->place_user, mybpf__layout_bound(as));
    mybpf__layout_sums(as, before, 0);
    int round = 0;
    do mybpf__layout_sums(as, before, 1);
    while (mybpf__layout_widen(as, before, round == MYBPF__LAYOUT_ROUNDS) && round++ < MYBPF__LAYOUT_ROUNDS);
    mybpf__layout_sums(as, before, 0);
    mybpf__layout_write(as, before, &result->code);
    result->enter = mybpf__layout_offset(as, before, as->enter);
    for (uint32_t i = 0; i < result->entry_count; i++)
        result->entries[i] = mybpf__layout_offset(as, before, i);
    mybpf__layout_insns(as, before, result->insn_offsets);
    mybpf_vm_realloc(as->code.vm, before, 0);
    if (result->code.failed) return mybpf__fail(error, MYBPF_ERR_MEMORY, MYBPF_NO_INSN, "no memory for code");
    return MYBPF_OK;
}

#undef MYBPF__LAYOUT_ROUNDS

#endif
