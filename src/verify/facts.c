/* facts.c: what holds at an instruction on every path that comes there, for back ends and tools.
 *
 * Each visit of an instruction adds what is known of its operands; what is left in the end holds in all
 * states that were simulated. It must also hold in those that were not, because a path ended where a state
 * was known that "says no less": guarded mode compares all that can be read. Verified mode compares pointers,
 * and of numbers only that they are some; so a number counts here only if it comes from no place of a saved
 * state (`from`): it then is the same whatever such a state held. Which way branches go is known exactly:
 * what decided them was marked, and is compared. */
#ifndef MYBPF__FACTS_C
#define MYBPF__FACTS_C

#include "memory.c"

#ifndef MYBPF_NO_PROVER

enum { /* of mybpf__seen: only ever added */
       MYBPF__SEEN_VISITED = 1,
       MYBPF__SEEN_FELL = 2,
       MYBPF__SEEN_JUMPED = 4,
       MYBPF__SEEN_WIDE = 8,  /* the upper half of dst may hold something */
       MYBPF__SEEN_WRAPS = 16 /* the result may not fit */
};
#    define MYBPF__SEEN_SEVERAL 0xff /* a kind: more than one of them, or one that nothing is told of */

/* The number, in verified mode only what holds for all states that are taken for the same. */
MYBPF__FN mybpf__scalar mybpf__seen_number(const mybpf__sim *sim, const mybpf__value *value)
{
    if (value->kind != MYBPF__NUMBER || (sim->verified && value->from)) return mybpf__scalar_unknown();
    return value->num;
}

/* One more visit found the operand to be this. */
MYBPF__FN void mybpf__seen_add(mybpf__seen *seen, unsigned kind, unsigned index, const mybpf__scalar *num)
{
    if (!(seen->flags & MYBPF__SEEN_VISITED)) {
        seen->kind = (uint8_t)kind;
        seen->index = (uint16_t)index;
        seen->value = num->known.value;
        seen->mask = num->known.mask;
        return;
    }
    if (seen->kind != kind || seen->index != index) seen->kind = MYBPF__SEEN_SEVERAL;
    seen->mask |= num->known.mask | (seen->value ^ num->known.value);
    seen->value &= ~seen->mask;
}

/* Where an access goes: what it is in, and the offset there. */
MYBPF__FN void mybpf__seen_access(mybpf__sim *sim, mybpf__seen *seen, const mybpf__value *at, int off)
{
    static const mybpf_insn mybpf__add = {0x0f, 0, 0, 0, 0};
    mybpf__scalar num = at->num, fixed = mybpf__scalar_const((uint64_t)((int64_t)at->off + off));
    unsigned kind = at->kind, index = at->kind == MYBPF__VALUE ? at->index : 0;
    if (at->kind == MYBPF__STACK) index = sim->state->depth - at->index;
    if (at->kind <= MYBPF__NUMBER || at->kind > MYBPF__META || at->or_null) kind = MYBPF__SEEN_SEVERAL;
    if (mybpf__scalar_is_const(&num))
        num = mybpf__scalar_const(num.known.value + fixed.known.value);
    else
        mybpf__scalar_alu(&num, &mybpf__add, &fixed);
    mybpf__seen_add(seen, kind, index, &num);
}

/* May the result of ADD, SUB or MUL be another than that of whole numbers? */
MYBPF__FN int mybpf__seen_wraps(const mybpf_insn *insn, const mybpf__scalar *a, const mybpf__scalar *b)
{
    unsigned op = insn->code & 0xf0;
    if ((insn->code & 7) == 4) {
        uint64_t sum = (uint64_t)a->umax32 + b->umax32, product = (uint64_t)a->umax32 * b->umax32;
        return op == 0x10 ? a->umin32 < b->umax32 : (op ? product : sum) > UINT32_MAX;
    }
    if (op == 0x10) return a->umin < b->umax;
    return op ? (a->umax > UINT32_MAX || b->umax > UINT32_MAX) : a->umax > UINT64_MAX - b->umax;
}

/* The operands of arithmetic and of conditional jumps: that in a register besides dst, else dst. */
MYBPF__FN void mybpf__seen_operands(mybpf__sim *sim, mybpf__seen *seen, const mybpf_insn *insn,
                                    const mybpf_op_info *info)
{
    const mybpf__value *reg = sim->top->reg;
    int by_register = info->format == MYBPF_FORMAT_ALU_REG || info->format == MYBPF_FORMAT_JCC_REG,
        jump = info->format == MYBPF_FORMAT_JCC_REG || info->format == MYBPF_FORMAT_JCC_IMM;
    const mybpf__value *operand = &reg[by_register ? insn->src_reg : insn->dst_reg];
    mybpf__scalar a = mybpf__seen_number(sim, &reg[insn->dst_reg]), b = mybpf__seen_number(sim, operand);
    unsigned op = insn->code & 0xf0;
    int is_move = !jump && op == 0xb0; /* does not read dst: what is there may be anything */
    if (is_move && !by_register) {
        seen->kind = MYBPF__SEEN_SEVERAL;
        return;
    }
    if (!by_register) b = mybpf__scalar_const((uint64_t)(int64_t)insn->imm);
    if (jump || op > 0x20 || mybpf__seen_wraps(insn, &a, &b)) seen->flags |= MYBPF__SEEN_WRAPS;
    if (is_move || a.umax > UINT32_MAX) seen->flags |= MYBPF__SEEN_WIDE;
    mybpf__seen_add(seen, operand->kind == MYBPF__NUMBER ? (unsigned)MYBPF__NUMBER : MYBPF__SEEN_SEVERAL, 0,
                    by_register ? &b : &a);
}

/* The running path is about to take the instruction that it is at. */
MYBPF__FN void mybpf__facts_visit(mybpf__sim *sim)
{
    const mybpf_insn *insn = &sim->insns[sim->state->pc];
    const mybpf_op_info *info = mybpf_op_describe(mybpf__op_of(insn));
    mybpf__seen *seen = &sim->seen[sim->state->pc];
    switch (info->format) {
    case MYBPF_FORMAT_ALU_IMM:
    case MYBPF_FORMAT_ALU_REG:
    case MYBPF_FORMAT_JCC_IMM:
    case MYBPF_FORMAT_JCC_REG: mybpf__seen_operands(sim, seen, insn, info); break;
    case MYBPF_FORMAT_LDX:
    case MYBPF_FORMAT_LOAD_ACQ:
        mybpf__seen_access(sim, seen, &sim->top->reg[insn->src_reg], insn->off);
        break;
    default:
        if (info->format > MYBPF_FORMAT_LDX)
            mybpf__seen_access(sim, seen, &sim->top->reg[insn->dst_reg], insn->off);
    }
    seen->flags |= MYBPF__SEEN_VISITED;
}

/* A conditional jump goes that way on the running path, or may. */
MYBPF__FN void mybpf__facts_branch(mybpf__sim *sim, int falls, int jumps)
{
    mybpf__seen *seen = &sim->seen[sim->state->pc];
    if (falls) seen->flags |= MYBPF__SEEN_FELL;
    if (jumps) seen->flags |= MYBPF__SEEN_JUMPED;
}

/* Does it tell anything? */
MYBPF__FN int mybpf__seen_tells(const mybpf__seen *seen)
{
    if (!(seen->flags & MYBPF__SEEN_VISITED) || !seen->kind) return 0;
    if (seen->kind != MYBPF__NUMBER) return seen->kind != MYBPF__SEEN_SEVERAL;
    return seen->mask != UINT64_MAX || !(seen->flags & MYBPF__SEEN_WIDE) ||
           !(seen->flags & MYBPF__SEEN_WRAPS);
}

/* All paths were followed: the object keeps what they have in common. */
MYBPF__FN int mybpf__facts_keep(mybpf__sim *sim)
{
    mybpf_object *object = sim->object;
    mybpf__seen *seen = sim->seen;
    uint32_t kept = 0;
    for (uint32_t f = 0; f < object->func_count; f++) {
        const mybpf_func *func = &object->funcs[f];
        int entered = seen[func->start].flags & MYBPF__SEEN_VISITED;
        for (uint32_t pc = func->start; entered && pc < func->start + func->count; pc++) {
            unsigned ways = seen[pc].flags & (MYBPF__SEEN_FELL | MYBPF__SEEN_JUMPED);
            if (object->facts[pc] & MYBPF_FACT_PAD) continue;
            if (!(seen[pc].flags & MYBPF__SEEN_VISITED)) object->facts[pc] |= MYBPF_FACT_DEAD;
            if (ways == MYBPF__SEEN_FELL) object->facts[pc] |= MYBPF_FACT_FALLS;
            if (ways == MYBPF__SEEN_JUMPED) object->facts[pc] |= MYBPF_FACT_JUMPS;
        }
    }
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        if (!mybpf__seen_tells(&seen[pc])) continue;
        seen[kept] = seen[pc];
        seen[kept++].insn = pc;
    }
    mybpf__free(object->vm, object->seen);
    object->seen = NULL;
    object->seen_count = 0;
    if (!kept) return MYBPF_OK;
    object->seen = (mybpf__seen *)mybpf__alloc(object->vm, kept, sizeof *seen);
    if (!object->seen) return mybpf__no_memory(sim);
    mybpf__copy(object->seen, seen, kept * sizeof *seen);
    object->seen_count = kept;
    return MYBPF_OK;
}

MYBPF_API int mybpf_object_insn_facts(const mybpf_object *object, uint32_t insn, mybpf_insn_facts *facts)
{
    uint32_t low = 0, high = object->loaded ? object->seen_count : 0;
    const mybpf__seen *seen;
    mybpf__zero(facts, sizeof *facts);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (object->seen[middle].insn < insn)
            low = middle + 1;
        else
            high = middle;
    }
    if (!object->loaded || low == object->seen_count || object->seen[low].insn != insn) return 0;
    seen = &object->seen[low];
    facts->known = seen->value;
    facts->unknown = seen->mask;
    if (seen->kind == MYBPF__NUMBER) {
        if (!((seen->mask | seen->value) >> 32)) facts->flags |= MYBPF_FACTS_UPPER_ZERO;
        if (!seen->mask) facts->flags |= MYBPF_FACTS_CONSTANT;
        if (!(seen->flags & MYBPF__SEEN_WIDE)) facts->flags |= MYBPF_FACTS_DST_UPPER_ZERO;
        if (!(seen->flags & MYBPF__SEEN_WRAPS)) facts->flags |= MYBPF_FACTS_NO_OVERFLOW;
        return 1;
    }
    facts->region = seen->kind - MYBPF__NUMBER;
    facts->index = seen->index;
    for (facts->align = 1; facts->align < 16 && !((seen->value | seen->mask) & facts->align);)
        facts->align *= 2;
    if (!seen->mask) facts->flags |= MYBPF_FACTS_CONSTANT;
    return 1;
}

#endif
#endif
