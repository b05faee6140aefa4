/* shrink.c: a failing trial loses instructions, functions, maps, numbers, while it still fails in the same
 * way. */
#include "shrink.h"
#include "survive.h"

#include <stdlib.h>
#include <string.h>

#define ENOUGH_STEPS 100000

typedef struct shrinker {
    const comparer *c;
    trial *best;
    trial *next; /* being tried: a changed copy of `best` */
    difference *d;
    unsigned kind;
    int needs_check; /* trusted code is tried guarded first */
} shrinker;

/* ---- is it still the same failure? ---- */

/* Does it end, without a fault, when everything is checked? */
static int is_safe(const shrinker *s)
{
    static trial guarded;
    difference d;
    guarded = *s->next;
    guarded.trust = MYBPF_GUARDED;
    guarded.metered = 1;
    guarded.max_steps = ENOUGH_STEPS;
    guarded.engines = 0;
    return compare_apart(s->c, &guarded, &d) == COMPARE_SAME &&
           (!d.expected.status || d.expected.status == MYBPF_FAULT_DEPTH);
}

/* Takes the changed copy over if it still fails. */
static int accept(shrinker *s)
{
    difference d;
    if (!s->next->unit.count) return 0;
    if (s->needs_check && !is_safe(s)) return 0;
    s->next->stable_too = 1;
    if (compare_apart(s->c, s->next, &d) != COMPARE_DIFFERENT || !(compare_kind(&d) & s->kind)) return 0;
    if (d.engine != s->d->engine) return 0;
    *s->best = *s->next;
    *s->d = d;
    return 1;
}

static unit *begin(shrinker *s)
{
    *s->next = *s->best;
    return &s->next->unit;
}

/* ---- removing instructions ---- */

static int is_jump(const mybpf_insn *insn)
{
    int class = insn->code & 7, op = insn->code & 0xf0;
    return (class == 5 || class == 6) && op != 0x80 && op != 0x90;
}

static int32_t distance(const mybpf_insn *insn) { return insn->code == 0x06 ? insn->imm : insn->off; }

static int is_local_call(const mybpf_insn *insn) { return insn->code == 0x85 && insn->src_reg == 1; }

/* Removes slots [at, at + n); jumps to them go to what follows. */
static void remove_slots(unit *u, uint32_t at, uint32_t n)
{
    for (uint32_t i = 0; i < u->count; i++) {
        mybpf_insn *insn = &u->insns[i];
        int64_t target, from = i < at ? i : i < at + n ? i : i - n;
        if (is_jump(insn) || is_local_call(insn)) {
            target = (int64_t)i + 1 + (is_local_call(insn) ? insn->imm : distance(insn));
            if (target >= at + n)
                target -= n;
            else if (target > at)
                target = at;
            if (is_local_call(insn) || insn->code == 0x06)
                insn->imm = (int32_t)(target - from - 1);
            else
                insn->off = (int16_t)(target - from - 1);
        }
        if (insn->code == 0x18) i++;
    }
    memmove(u->insns + at, u->insns + at + n, (u->count - at - n) * sizeof *u->insns);
    u->count -= n;
    for (uint32_t f = 0; f < u->func_count; f++)
        u->funcs[f] -= u->funcs[f] >= at + n ? n : u->funcs[f] > at ? u->funcs[f] - at : 0;
}

static int remove_ranges(shrinker *s)
{
    int any = 0;
    for (uint32_t n = s->best->unit.count / 2; n; n /= 2) {
        for (uint32_t at = 0; at + n <= s->best->unit.count;) {
            unit *u = begin(s);
            uint32_t first = at, end = at + n;
            if (first && u->insns[first - 1].code == 0x18) first++; /* no halves */
            if (end < u->count && u->insns[end - 1].code == 0x18) end++;
            if (end > first) remove_slots(u, first, end - first);
            if (end > first && accept(s))
                any = 1;
            else
                at += n;
        }
    }
    return any;
}

/* ---- functions and maps ---- */

static int refers_to_func(const unit *u, uint32_t func)
{
    for (uint32_t i = 0; i < u->count; i++) {
        const mybpf_insn *insn = &u->insns[i];
        if (is_local_call(insn) && i + 1 + (uint32_t)insn->imm == u->funcs[func]) return 1;
        if (insn->code == 0x18 && insn->src_reg == MYBPF_PSEUDO_FUNC && (uint32_t)insn->imm == func) return 1;
        i += insn->code == 0x18;
    }
    for (uint32_t i = 0; i < u->tail_count; i++)
        if (u->tails[i].func == func) return 1;
    return 0;
}

/* Instructions that name something above `index` of kind `source` name one less. */
static void renumber(unit *u, unsigned source, unsigned other, uint32_t index)
{
    for (uint32_t i = 0; i < u->count; i++) {
        mybpf_insn *insn = &u->insns[i];
        if (insn->code != 0x18) continue;
        if ((insn->src_reg == source || insn->src_reg == other) && (uint32_t)insn->imm > index) insn->imm--;
        i++;
    }
}

/* Function `f` goes, with its code or without: then that belongs to the function before. */
static int remove_func(shrinker *s, uint32_t f, int with_code)
{
    unit *u = begin(s);
    uint32_t end = f + 1 < u->func_count ? u->funcs[f + 1] : u->count;
    if (with_code) remove_slots(u, u->funcs[f], end - u->funcs[f]);
    for (uint32_t i = f; i + 1 < u->func_count; i++) u->funcs[i] = u->funcs[i + 1];
    u->func_count--;
    if (f < u->program_count) u->program_count--;
    for (uint32_t i = 0; i < u->tail_count; i++) u->tails[i].func -= u->tails[i].func > f;
    renumber(u, MYBPF_PSEUDO_FUNC, MYBPF_PSEUDO_FUNC, f);
    return accept(s);
}

static int remove_funcs(shrinker *s)
{
    int any = 0;
    for (uint32_t f = s->best->unit.func_count; f-- > 1;) {
        if (refers_to_func(&s->best->unit, f)) continue;
        any |= remove_func(s, f, 1) || remove_func(s, f, 0);
    }
    return any;
}

static int refers_to_map(const unit *u, uint32_t map)
{
    for (uint32_t i = 0; i < u->count; i++) {
        const mybpf_insn *insn = &u->insns[i];
        if (insn->code != 0x18) continue;
        if ((insn->src_reg == MYBPF_PSEUDO_MAP_IDX || insn->src_reg == MYBPF_PSEUDO_MAP_IDX_VALUE) &&
            (uint32_t)insn->imm == map)
            return 1;
        i++;
    }
    return u->maps[map].type == MYBPF_MAP_TYPE_PROG_ARRAY && u->tail_count;
}

static int remove_maps(shrinker *s)
{
    int any = 0;
    while (s->best->unit.tail_count) {
        begin(s)->tail_count--;
        if (!accept(s)) break;
        any = 1;
    }
    for (uint32_t m = s->best->unit.map_count; m--;) {
        unit *u = begin(s);
        if (s->d->engine == ENGINE_KERNEL) return any; /* its maps are the oracle's */
        if (refers_to_map(u, m)) continue;
        for (uint32_t i = m; i + 1 < u->map_count; i++) u->maps[i] = u->maps[i + 1];
        u->map_count--;
        renumber(u, MYBPF_PSEUDO_MAP_IDX, MYBPF_PSEUDO_MAP_IDX_VALUE, m);
        any |= accept(s);
    }
    return any;
}

/* ---- simpler instructions ---- */

static int has_free_imm(const mybpf_insn *insn)
{
    int class = insn->code & 7;
    if (class == 2) return 1;                                                              /* stores */
    if (class == 4 || class == 7) return !(insn->code & 8) && (insn->code & 0xf0) != 0xd0; /* arithmetic */
    return is_jump(insn) && !(insn->code & 8) && insn->code != 0x06;
}

/* The `how`-th simpler form of the instruction at `at`; 0 after the last. */
static int simplify(unit *u, uint32_t at, int how)
{
    mybpf_insn *insn = &u->insns[at];
    switch (how) {
    case 0: /* a short constant */
        if (insn->code != 0x18 || insn->src_reg) return 1;
        insn->code = 0xb7;
        remove_slots(u, at + 1, 1);
        return 1;
    case 1:
        if (has_free_imm(insn)) insn->imm = 0;
        return 1;
    case 2:
        if (has_free_imm(insn) && insn->imm != 0) insn->imm = 1;
        return 1;
    case 3:
        if (has_free_imm(insn)) insn->imm /= 2;
        return 1;
    case 4: /* always */
        if (is_jump(insn) && insn->code != 0x05 && insn->code != 0x06 && insn->off >= 0) {
            insn->code = 0x05;
            insn->imm = 0;
            insn->dst_reg = insn->src_reg = 0;
        }
        return 1;
    case 5: /* a move instead of whatever writes this register */
        if ((insn->code & 7) == 7 || (insn->code & 7) == 4 || (insn->code & 7) == 1) {
            insn->code = 0xb7;
            insn->src_reg = 0;
            insn->off = 0;
            insn->imm = 1;
        }
        return 1;
    default: return 0;
    }
}

static int simplify_all(shrinker *s)
{
    int any = 0;
    for (uint32_t at = 0; at < s->best->unit.count; at++) {
        for (int how = 0; simplify(begin(s), at, how); how++) {
            if (!memcmp(&s->next->unit, &s->best->unit, sizeof(unit))) continue;
            any |= accept(s);
        }
        if (s->best->unit.insns[at].code == 0x18) at++;
    }
    return any;
}

/* ---- how it runs ---- */

static int simplify_run(shrinker *s)
{
    int any = 0;
    for (uint32_t bit = 1; bit <= s->best->disable; bit <<= 1) {
        if (!(s->best->disable & bit)) continue;
        begin(s);
        s->next->disable &= ~bit;
        any |= accept(s);
    }
    begin(s);
    memset(s->next->memory, 0, sizeof s->next->memory);
    if (memcmp(s->next->memory, s->best->memory, sizeof s->next->memory)) any |= accept(s);
    for (uint64_t by = s->best->max_steps / 2; by && s->best->max_steps < ENOUGH_STEPS; by /= 2) {
        begin(s);
        if (s->next->max_steps <= by) continue;
        s->next->max_steps -= by;
        any |= accept(s);
    }
    return any;
}

void shrink(const comparer *c, trial *t, difference *d)
{
    shrinker s;
    memset(&s, 0, sizeof s);
    s.c = c;
    s.best = t;
    s.d = d;
    s.kind = compare_kind(d);
    s.next = (trial *)malloc(sizeof *s.next);
    if (!s.next) return;
    t->engines = 1u << d->engine;
    s.needs_check = t->trust != MYBPF_GUARDED;
    *s.next = *t;
    if (s.needs_check && !is_safe(&s)) s.needs_check = 0; /* then at least it is stable */
    for (int again = 1, round = 0; again && round < 8; round++)
        again = remove_ranges(&s) | remove_funcs(&s) | remove_maps(&s) | simplify_all(&s) | simplify_run(&s);
    free(s.next);
}
