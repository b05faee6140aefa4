/* explore.c: follows every path, one after the other, from what is known at the start of a program.
 *
 * Where paths may meet, the running state is compared with the known ones; a path that adds nothing ends
 * there. In verified mode a state becomes known when all its paths have ended, so that a loop ends only by
 * being run through; those of a may_goto, which end anyway, may meet a state of their own path. In guarded
 * mode all do, and states of one place are joined when there are many, so that loops end quickly. */
#ifndef MYBPF__EXPLORE_C
#define MYBPF__EXPLORE_C

#include "calls.c"
#include "facts.c"
#include "unproven.c"

#ifndef MYBPF_NO_PROVER

enum {
    MYBPF__KNOWN_MAX = 64, /* states kept at one point */
    MYBPF__JOIN_AFTER = 6, /* of these, joins begin */
    MYBPF__WIDEN_AFTER = 4 /* joins */
};

/* Instructions that one program, or the functions that helpers call together, may visit besides a few for
 * each that the object has; places of states that may be looked at for each of them; how much more of both
 * all together may; bytes that states may take. */
#    ifndef MYBPF_MAX_VISITED
#        define MYBPF_MAX_VISITED 1000000u
#    endif
#    ifndef MYBPF_MAX_STATES
#        define MYBPF_MAX_STATES 0x4000000u
#    endif
enum { MYBPF__TOUCHES_MAX = 40, MYBPF__VISIT_BUDGETS = 4, MYBPF__TOUCH_BUDGETS = 2 };

/* A test looks at every state before its instruction is simulated. */
#    ifndef MYBPF__VISITED
#        define MYBPF__VISITED(sim) (void)0
#    endif

/* ---- branches ---- */

/* Does the jump tell of a pointer more than whether it is NULL or before the packet's end, where nothing may?
 */
MYBPF__FN int mybpf__compares_address(const mybpf__sim *sim, const mybpf_insn *insn)
{
    const mybpf__value *dst = &sim->top->reg[insn->dst_reg], *src = NULL;
    unsigned op = MYBPF__OPERATION(insn->code);
    if (MYBPF__BY_REG(insn->code)) src = dst + insn->src_reg - insn->dst_reg;
    if (!(sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS)) return 0;
    if (!mybpf__is_pointer(dst)) return src && mybpf__is_pointer(src);
    if (MYBPF__CLASS(insn->code) != MYBPF__CLASS_JMP) return 1;
    if (src && mybpf__is_pointer(src)) return !mybpf__is_end_of(src, dst) && !mybpf__is_end_of(dst, src);
    return (op != MYBPF__JEQ && op != MYBPF__JNE) || (src ? !mybpf__is_const(src, 0) : insn->imm != 0);
}

/* May the jump `insn` be taken, or not be taken? */
MYBPF__FN int mybpf__branch_possible(mybpf__sim *sim, const mybpf_insn *insn, int taken)
{
    const mybpf__frame *frame = sim->top;
    mybpf__value dst = frame->reg[insn->dst_reg], src = dst;
    unsigned op = MYBPF__OPERATION(insn->code);
    int by_register = MYBPF__BY_REG(insn->code) != 0, wide = MYBPF__CLASS(insn->code) == MYBPF__CLASS_JMP;
    if (by_register) src = frame->reg[insn->src_reg];
    if (!mybpf__is_pointer(&dst) && !(by_register && mybpf__is_pointer(&src)))
        return mybpf__scalar_branch(insn, taken, &dst.num,
                                    !by_register                     ? NULL
                                    : insn->src_reg == insn->dst_reg ? &dst.num
                                                                     : &src.num);
    if (!wide || (op != MYBPF__JEQ && op != MYBPF__JNE)) return 1;
    if (by_register ? !mybpf__is_const(&src, 0) : insn->imm != 0) return 1;
    return !mybpf__never_null(&dst) || taken == (op == MYBPF__JNE);
}

/* Puts what the branch tells into the running state. */
MYBPF__FN void mybpf__branch_learn(mybpf__sim *sim, const mybpf_insn *insn, int taken)
{
    mybpf__frame *frame = sim->top;
    mybpf__value dst = frame->reg[insn->dst_reg], src = dst;
    unsigned order = mybpf__order_of(MYBPF__OPERATION(insn->code));
    int by_register = MYBPF__BY_REG(insn->code) != 0;
    if (by_register) src = frame->reg[insn->src_reg];
    if (!taken) order ^= MYBPF__ANY_ORDER;
    if (!mybpf__is_pointer(&dst) && !(by_register && mybpf__is_pointer(&src))) {
        uint64_t from = dst.from | (by_register ? src.from : 0);
        int same = insn->src_reg == insn->dst_reg;
        mybpf__scalar_branch(insn, taken, &dst.num, !by_register ? NULL : same ? &dst.num : &src.num);
        mybpf__learn(sim, insn->dst_reg, &dst.num, from);
        if (by_register && !same) mybpf__learn(sim, insn->src_reg, &src.num, from);
        return;
    }
    if (MYBPF__CLASS(insn->code) != MYBPF__CLASS_JMP || order & MYBPF__NO_ORDER) return;
    if (by_register && mybpf__is_pointer(&src) && mybpf__is_pointer(&dst)) {
        mybpf__learn_order(sim, insn, order);
        return;
    }
    if (dst.or_null && (order == MYBPF__SAME || order == MYBPF__DIFFERENT) &&
        (by_register ? mybpf__is_const(&src, 0) : insn->imm == 0)) {
        mybpf__null_test test;
        test.id = dst.id;
        test.is_null = order == MYBPF__SAME;
        if (by_register) mybpf__mark_value(sim, &src);
        mybpf__each_value(sim, mybpf__learn_null, &test);
        if (test.is_null) mybpf__ref_drop(sim->state, test.id);
    }
}

MYBPF__FN int mybpf__branch(mybpf__sim *sim, const mybpf_insn *insn, const int64_t to[2])
{
    const mybpf__frame *frame = sim->top;
    int falls, jumps;
    if (mybpf__compares_address(sim, insn)) {
        unsigned reg = mybpf__is_pointer(&frame->reg[insn->dst_reg]) ? insn->dst_reg : insn->src_reg;
        return mybpf__refuse_leak(sim, "the comparison", reg);
    }
    falls = mybpf__branch_possible(sim, insn, 0);
    jumps = mybpf__branch_possible(sim, insn, 1);
    if (!falls || !jumps) { /* decided: by what is known of these */
        mybpf__mark_value(sim, &frame->reg[insn->dst_reg]);
        if (MYBPF__BY_REG(insn->code)) mybpf__mark_value(sim, &frame->reg[insn->src_reg]);
        if (!falls && !jumps) return MYBPF__PATH_ENDS;
    } else {
        int rc = mybpf__continue_later(sim, sim->state->pc, 1);
        if (rc) return rc;
    }
    mybpf__facts_branch(sim, falls, jumps);
    mybpf__walk(sim, falls ? MYBPF__WAY_FALL : MYBPF__WAY_JUMP);
    mybpf__branch_learn(sim, insn, !falls);
    sim->state->pc = (uint32_t)to[!falls];
    return MYBPF__GO_ON;
}

/* Goes on a limited number of times in a run; then all of them jump. */
MYBPF__FN int mybpf__may_goto(mybpf__sim *sim, const int64_t to[2])
{
    uint32_t spent = sim->state->spent;
    int rc;
    sim->since_jumps++;
    if (spent) {
        mybpf__walk(sim, MYBPF__WAY_JUMP);
        sim->state->pc = (uint32_t)to[1];
        return MYBPF__GO_ON;
    }
    sim->state->spent = (uint32_t)sim->verified;
    rc = mybpf__continue_later(sim, (uint32_t)to[1], 0);
    sim->state->spent = spent;
    sim->state->rounds++;
    mybpf__walk(sim, MYBPF__WAY_FALL);
    sim->state->pc = (uint32_t)to[0];
    return rc;
}

/* ---- one instruction ---- */

MYBPF__ONE_COPY mybpf__value mybpf__value_named(mybpf__sim *sim, const mybpf_insn *insn)
{
    uint32_t index = (uint32_t)insn->imm;
    mybpf__value value;
    switch (insn->src_reg) {
    case MYBPF_PSEUDO_FUNC:
        if (!sim->verified) mybpf__want_entered(sim, index);
        return mybpf__value_of(MYBPF__FUNC, index);
    case MYBPF_PSEUDO_MAP_IDX: return mybpf__value_of(MYBPF__MAP, index);
    case MYBPF_PSEUDO_MAP_IDX_VALUE:
        if (sim->object->slots[index].desc.type == MYBPF_MAP_TYPE_ARENA) return mybpf__value_unknown();
        value = mybpf__value_of(MYBPF__VALUE, index);
        value.num = mybpf__scalar_const((uint32_t)insn[1].imm);
        return value;
    default: return mybpf__value_number(mybpf__scalar_const((uint64_t)(uint32_t)insn[1].imm << 32 | index));
    }
}

/* The registers that the instruction reads are written. */
MYBPF__FN int mybpf__check_reads(mybpf__sim *sim, const mybpf_insn *insn, unsigned uses)
{
    int rc = MYBPF_OK;
    if (uses & MYBPF__READS_DST && insn->code != MYBPF__CODE_CALLX) rc = mybpf__use(sim, insn->dst_reg);
    if (!rc && uses & MYBPF__READS_SRC) rc = mybpf__use(sim, insn->src_reg);
    if (!rc && uses & MYBPF__READS_R0) rc = mybpf__use(sim, 0);
    return rc;
}

MYBPF__FN int mybpf__step_atomic(mybpf__sim *sim, const mybpf_insn *insn, const mybpf_op_info *info)
{
    mybpf__frame *frame = sim->top;
    mybpf__value loaded = mybpf__value_number(mybpf__scalar_load(info->width, 0));
    int how = MYBPF__READ | MYBPF__WRITE, rc;
    unsigned reg = insn->dst_reg;
    int stores = info->format != MYBPF_FORMAT_LOAD_ACQ,
        swaps = info->format == MYBPF_FORMAT_ATOMIC_CMPXCHG && mybpf__is_pointer(&frame->reg[0]);
    if (stores && sim->policies & MYBPF_POLICY_NO_POINTER_LEAKS &&
        (swaps || mybpf__is_pointer(&frame->reg[insn->src_reg])))
        return mybpf__refuse_leak(sim, "the atomic access", swaps ? 0 : insn->src_reg);
    if (info->format == MYBPF_FORMAT_LOAD_ACQ) {
        how = MYBPF__READ;
        reg = insn->src_reg;
    } else if (info->format == MYBPF_FORMAT_STORE_REL) {
        how = MYBPF__WRITE;
    }
    rc = mybpf__access_atomic(sim, reg, insn->off, info->width, how, &loaded);
    if (rc) return rc; /* registers as they were, for the report */
    if (info->format == MYBPF_FORMAT_LOAD_ACQ) frame->reg[insn->dst_reg] = loaded;
    if (info->format == MYBPF_FORMAT_ATOMIC_CMPXCHG) frame->reg[0] = loaded;
    if (info->format == MYBPF_FORMAT_ATOMIC_FETCH || info->format == MYBPF_FORMAT_ATOMIC_XCHG)
        frame->reg[insn->src_reg] = loaded;
    return MYBPF_OK;
}

/* An instruction that control goes on after. */
MYBPF__FN int mybpf__step_plain(mybpf__sim *sim, const mybpf_insn *insn, const mybpf_op_info *info)
{
    mybpf__value *reg = sim->top->reg, stored;
    switch (info->format) {
    case MYBPF_FORMAT_LDDW: reg[insn->dst_reg] = mybpf__value_named(sim, insn); return MYBPF_OK;
    case MYBPF_FORMAT_LD_ABS:
    case MYBPF_FORMAT_LD_IND:
        stored = mybpf__value_unknown();
        if (sim->state->ref_count || sim->state->lock_map)
            return mybpf__refuse(sim,
                                 "what a helper gave must be released, and a lock unlocked, before a load "
                                 "that may end the program");
        mybpf__clobber(sim, &stored);
        return MYBPF_OK;
    case MYBPF_FORMAT_LDX: return mybpf__load(sim, insn, info->width);
    case MYBPF_FORMAT_ST:
        stored = mybpf__value_number(mybpf__scalar_const((uint64_t)(int64_t)insn->imm));
        return mybpf__store(sim, insn, info->width, &stored);
    case MYBPF_FORMAT_STX: return mybpf__store(sim, insn, info->width, &reg[insn->src_reg]);
    case MYBPF_FORMAT_ATOMIC:
    case MYBPF_FORMAT_ATOMIC_FETCH:
    case MYBPF_FORMAT_ATOMIC_XCHG:
    case MYBPF_FORMAT_ATOMIC_CMPXCHG:
    case MYBPF_FORMAT_LOAD_ACQ:
    case MYBPF_FORMAT_STORE_REL: return mybpf__step_atomic(sim, insn, info);
    default: return mybpf__alu(sim, insn);
    }
}

/* Simulates the instruction at the state's pc and moves on: GO_ON, PATH_ENDS, or what is wrong with it. */
MYBPF__FN int mybpf__step(mybpf__sim *sim)
{
    const mybpf_insn *insn = &sim->insns[sim->state->pc];
    const mybpf_op_info *info = mybpf_op_describe(mybpf__op_of(insn));
    int rc = mybpf__check_reads(sim, insn, mybpf__uses_of(insn, info->format));
    int64_t to[2];
    uint32_t func;
    if (rc) return rc;
    mybpf__successors(sim->insns, sim->state->pc, to);
    switch (info->format) {
    case MYBPF_FORMAT_CALL:
        return mybpf__call_helper(sim, mybpf_object_helper(sim->object, (uint32_t)insn->imm));
    case MYBPF_FORMAT_CALL_LOCAL:
        func = (uint32_t)mybpf__call_target(sim->object, sim->state->pc);
        return mybpf__call_global(sim, func) ? MYBPF__GO_ON : mybpf__call_function(sim, func);
    case MYBPF_FORMAT_CALLX: return mybpf__call_register(sim, insn);
    case MYBPF_FORMAT_EXIT: return mybpf__return(sim);
    case MYBPF_FORMAT_JCC_IMM:
    case MYBPF_FORMAT_JCC_REG: sim->since_jumps++; return mybpf__branch(sim, insn, to);
    case MYBPF_FORMAT_MAY_GOTO: return mybpf__may_goto(sim, to);
    case MYBPF_FORMAT_JA:
    case MYBPF_FORMAT_JA32: sim->since_jumps++; break;
    default: rc = mybpf__step_plain(sim, insn, info); break;
    }
    sim->state->pc = (uint32_t)to[0];
    return rc;
}

/* ---- where paths meet ---- */

MYBPF__FN void mybpf__point_drop(mybpf__sim *sim, mybpf__point *point, mybpf__saved **link)
{
    mybpf__saved *saved = *link;
    *link = saved->next;
    point->count--;
    mybpf__saved_free(sim, saved);
}

/* Does `known` belong to the same calls of helpers that call back? Those end by themselves; a loop around one
 * that makes the call anew does not. */
MYBPF__FN int mybpf__same_turns(const mybpf__sim *sim, mybpf__saved *known)
{
    if (known->depth != sim->state->depth) return 0;
    for (uint32_t f = 0; f <= known->depth; f++)
        if (mybpf__saved_frames(known)[f].turns != sim->state->frame[f].turns) return 0;
    return 1;
}

/* `saved` is known from now on. */
MYBPF__FN void mybpf__point_add(mybpf__sim *sim, mybpf__point *point, mybpf__saved *saved)
{
    saved->next = point->known;
    point->known = saved;
    point->count++;
    saved->listed = 1;
    if (point->count > MYBPF__KNOWN_MAX) {
        mybpf__saved **link = &saved->next;
        while ((*link)->next) link = &(*link)->next;
        if (!(*link)->branches || !sim->verified) {
            mybpf__point_drop(sim, point, link);
        } else if (!mybpf__same_turns(sim,
                                      *link)) { /* a call that is over: it comes back when it has ended */
            (*link)->listed = 0;
            *link = NULL;
            point->count--;
        }
    }
}

/* The running path has ended: so have states that it was the last path of. */
MYBPF__FN void mybpf__end_path(mybpf__sim *sim)
{
    mybpf__saved *saved = sim->parent;
    while (saved && !--saved->branches) {
        mybpf__point *point = &sim->meets[sim->point_at[saved->pc]];
        mybpf__saved *parent = saved->parent;
        saved->parent = NULL;
        if (point->anchor == saved) point->anchor = NULL;
        if (!saved->listed) mybpf__point_add(sim, point, saved);
        saved = parent;
    }
    sim->parent = NULL;
}

/* The running path ended in `known`, which it came through and which has not ended: what it saved from there
 * on is compared as a whole. Each time goes on from where an earlier one has got to: paths may be very long.
 */
MYBPF__FN void mybpf__mark_whole(mybpf__sim *sim, mybpf__saved *known)
{
    for (mybpf__saved *at = sim->parent; at && at->length >= known->length;) {
        mybpf__saved *to = at->whole_to ? at->whole_to : at;
        at->whole = 1;
        if (!at->whole_to || known->length < to->length) at->whole_to = known;
        at = to->parent;
        sim->touched++;
    }
}

/* Is the running state one that is known already? Then its path ends. */
MYBPF__FN int mybpf__meets_known(mybpf__sim *sim, mybpf__point *point, int open_too)
{
    for (mybpf__saved **link = &point->known; *link;) {
        mybpf__saved *known = *link;
        int open = sim->verified && known->branches, whole = !sim->verified || open || known->whole;
        /* what ended in an open one counts on that one's call to end */
        if ((open && !open_too) ||
            (sim->verified && (open || known->whole) && !mybpf__same_turns(sim, known))) {
            link = &known->next;
            continue;
        }
        if (mybpf__within_saved(sim, known, whole)) {
            if (known->hits < 0x3fff) known->hits++;
            mybpf__mark_like(sim, known, whole);
            if (open) mybpf__mark_whole(sim, known);
            return 1;
        }
        if (++known->misses > 3u * known->hits + 16 && !open && sim->verified)
            mybpf__point_drop(sim, point, link);
        else
            link = &known->next;
    }
    return 0;
}

/* The newest known state with the same frames. */
MYBPF__FN mybpf__saved *mybpf__point_like(const mybpf__sim *sim, const mybpf__point *point)
{
    const mybpf__state *state = sim->state;
    for (mybpf__saved *known = point->known; known; known = known->next) {
        const mybpf__saved_frame *frames = mybpf__saved_frames(known);
        uint32_t f = 0;
        if (!mybpf__same_turns(sim, known) || known->ref_count != state->ref_count ||
            known->lock_map != state->lock_map)
            continue;
        while (f <= state->depth && frames[f].func == state->frame[f].func &&
               frames[f].call_at == state->frame[f].call_at)
            f++;
        if (f > state->depth) return known;
    }
    return NULL;
}

/* Saves the running state at its point: later states are compared with it. */
MYBPF__FN int mybpf__save_here(mybpf__sim *sim, mybpf__point *point, int at_once, int comes)
{
    mybpf__saved *saved = mybpf__pack(sim);
    if (!saved) return mybpf__no_memory(sim);
    point->visits++;
    sim->stats.states++;
    if (at_once) mybpf__point_add(sim, point, saved);
    sim->since_insns = sim->since_jumps = 0;
    if (!sim->verified) return MYBPF_OK;
    saved->branches = 1;
    sim->parent = saved;
    if (comes) {
        mybpf__saved *anchor = point->anchor;
        if (anchor && anchor->rounds != saved->rounds) anchor = NULL;
        if (anchor && anchor->hash == saved->hash && mybpf__within_saved(sim, anchor, 1))
            return mybpf__refuse(sim,
                                 "the loop through this instruction does not end: it comes back with nothing "
                                 "changed; count its turns and compare, or use may_goto");
        if (!anchor || !(point->visits & (point->visits - 1))) point->anchor = saved;
    }
    mybpf__from_here(sim);
    return MYBPF_OK;
}

/* The running path comes to a point: GO_ON, or PATH_ENDS when it adds nothing. */
MYBPF__FN int mybpf__meet(mybpf__sim *sim, uint32_t kind)
{
    mybpf__point *point = &sim->meets[sim->point_at[sim->state->pc]];
    int ends = (kind & MYBPF__POINT_CALLBACK) || ((kind & MYBPF__POINT_MAY_GOTO) && !sim->state->spent);
    int at_once = ends || !sim->verified, comes = !at_once;
    if ((kind & MYBPF__POINT_CALLBACK) && !sim->top->turns) {
        sim->top->turns = ++sim->ids;
        comes = 1; /* a loop around it may not end */
    }
    if (mybpf__meets_known(sim, point, at_once)) return MYBPF__PATH_ENDS;
    if (!ends && (sim->since_jumps < 2 || sim->since_insns < 8)) return MYBPF__GO_ON;
    if (at_once && point->count >= MYBPF__JOIN_AFTER) {
        mybpf__saved *known = mybpf__point_like(sim, point);
        int widen = point->visits > MYBPF__JOIN_AFTER + MYBPF__WIDEN_AFTER;
        if (known && (!sim->verified || known->branches)) {
            sim->joined = 1;
            if (!sim->patient) mybpf__state_join(sim, known, widen);
        }
    }
    return mybpf__save_here(sim, point, at_once, comes);
}

/* ---- all paths ---- */

/* Gets back the path that was put away last; 0 when there is none. */
MYBPF__FN int mybpf__next_path(mybpf__sim *sim)
{
    mybpf__saved *work = sim->work;
    uint32_t from;
    if (!work) return 0;
    sim->work = work->next;
    mybpf__unpack(sim, sim->state, work);
    sim->parent = work->parent;
    sim->path_count = sim->path_lost ? 0 : work->path;
    from = work->pc;
    if (work->taken) {
        const mybpf_insn *insn = &sim->insns[work->pc];
        mybpf__walk(sim, MYBPF__WAY_JUMP);
        mybpf__branch_learn(sim, insn, 1);
        sim->state->pc = (uint32_t)((int64_t)work->pc + 1 + insn->off);
    }
    mybpf__saved_free(sim, work);
    mybpf__log_state(sim, from);
    return 1;
}

/* What one program may visit. */
MYBPF__FN uint64_t mybpf__budget(const mybpf__sim *sim)
{
    return (uint64_t)MYBPF_MAX_VISITED + (uint64_t)(sim->verified ? 2 : 8) * sim->object->insn_count;
}

/* What is left of `all`, at most `each`: a refused program has spent a little more than it had. */
MYBPF__FN uint64_t mybpf__budget_left(uint64_t all, uint64_t spent, uint64_t each)
{
    uint64_t left = spent < all ? all - spent : 0;
    return left < each ? left : each;
}

/* The next program has a budget of its own, as far as the object's reaches. */
MYBPF__FN void mybpf__budget_begin(mybpf__sim *sim)
{
    uint64_t each = mybpf__budget(sim), touches = MYBPF__TOUCHES_MAX * each;
    sim->all_visited += sim->visited;
    sim->all_touched += sim->touched;
    sim->visited = sim->touched = 0;
    sim->limit = mybpf__budget_left(MYBPF__VISIT_BUDGETS * each, sim->all_visited, each);
    sim->touch_limit = mybpf__budget_left(MYBPF__TOUCH_BUDGETS * touches, sim->all_touched, touches);
}

/* How much of a program's budget, and of the object's, is used up: what is too much is refused. */
MYBPF__FN int mybpf__over_limit(mybpf__sim *sim)
{
    static const char mybpf__whose[] = " by all of the object's programs together";
    uint64_t each = mybpf__budget(sim);
    sim->visited++;
    if (sim->visited > sim->limit)
        return mybpf__fail(sim->error, MYBPF_ERR_LIMIT, sim->state->pc,
                           "more than %llu instructions visited%s: a loop with too many turns, or too many "
                           "paths; load it guarded, with a budget",
                           (unsigned long long)(sim->limit < each ? sim->all_visited + sim->limit : each),
                           sim->limit < each ? mybpf__whose : "");
    if (sim->touched > sim->touch_limit)
        return mybpf__fail(sim->error, MYBPF_ERR_LIMIT, sim->state->pc,
                           "more than %llu places of states looked at%s: too many paths with too much on "
                           "their stacks; load it guarded, with a budget",
                           (unsigned long long)(sim->touched + sim->all_touched),
                           sim->touch_limit < MYBPF__TOUCHES_MAX * each ? mybpf__whose : "");
    if (sim->kept > MYBPF_MAX_STATES + 64u * (size_t)sim->object->insn_count)
        return mybpf__fail(sim->error, MYBPF_ERR_LIMIT, sim->state->pc,
                           "more than %lu bytes of states: too many paths; load it guarded, with a budget",
                           (unsigned long)sim->kept);
    return MYBPF_OK;
}

MYBPF__FN int mybpf__step_logged(mybpf__sim *sim)
{
    uint32_t pc = sim->state->pc, depth = sim->state->depth;
    int rc = mybpf__step(sim);
    mybpf__log_step(sim, pc, rc < 0 ? -1 : (int64_t)depth);
    return rc;
}

/* Follows all paths from the running state. */
MYBPF__FN int mybpf__explore(mybpf__sim *sim)
{
    int logged = sim->opts && sim->opts->log_level > 1;
    mybpf__log_state(sim, -1);
    sim->parent = NULL;
    sim->since_insns = sim->since_jumps = 0;
    for (;;) {
        uint32_t kind = sim->points[sim->state->pc] & MYBPF__POINT_KINDS;
        int rc = mybpf__over_limit(sim);
        sim->since_insns++;
        if (!rc && kind) rc = mybpf__meet(sim, kind);
        if (!rc) {
            MYBPF__VISITED(sim);
            mybpf__facts_visit(sim);
            rc = logged ? mybpf__step_logged(sim) : mybpf__step(sim);
        } else if (rc == MYBPF__PATH_ENDS) {
            mybpf__log_safe(sim);
        }
        if (rc < 0) return rc;
        if (rc == MYBPF__GO_ON) continue;
        mybpf__end_path(sim);
        if (!mybpf__next_path(sim)) return MYBPF_OK;
    }
}

/* Follows all paths from the start of a function, whose arguments the state has. */
MYBPF__FN int mybpf__explore_root(mybpf__sim *sim)
{
    int rc;
    sim->path_count = 0;
    rc = mybpf__explore(sim);
    if (rc == MYBPF_ERR_LIMIT && sim->verified) { /* a refusal as any */
        rc = MYBPF_ERR_VERIFY;
        if (sim->error) sim->error->code = rc;
    }
    if (rc == MYBPF_ERR_VERIFY) mybpf__explain_refusal(sim->object, sim->opts, sim, sim->error);
    return rc;
}

/* The state where function `func` begins, with nothing in its registers. States of different roots are never
 * compared. */
MYBPF__FN void mybpf__root_begin(mybpf__sim *sim, uint32_t func)
{
    const mybpf_program *program = sim->program;
    mybpf__state *state = sim->state;
    mybpf__run_frame(sim, 0);
    state->ref_count = state->spent = state->rounds = 0;
    state->lock_map = state->lock_id = 0;
    state->pc = sim->object->funcs[func].start;
    mybpf__frame_begin(state, 0, func,
                       UINT32_MAX - (program ? (uint32_t)(program - sim->object->programs) + 1 : 0));
}

/* Follows the global functions that were called from where the running program came to, and those that they
 * call. */
MYBPF__FN int mybpf__explore_globals(mybpf__sim *sim)
{
    int rc = MYBPF_OK;
    for (uint32_t i = 0; i < sim->global_count && !rc; i++) { /* more are added on the way */
        mybpf__root_begin(sim, sim->globals[i]);
        sim->global = &sim->object->protos[sim->globals[i]];
        mybpf__global_arguments(sim, sim->global);
        rc = mybpf__explore_root(sim);
        sim->global = NULL;
    }
    while (sim->global_count)
        sim->entered[sim->globals[--sim->global_count]] &= (uint8_t)~MYBPF__ENTER_GLOBAL;
    return rc;
}

MYBPF__FN void mybpf__saved_free_list(mybpf__sim *sim, mybpf__saved *saved)
{
    while (saved) {
        mybpf__saved *next = saved->next;
        mybpf__saved_free(sim, saved);
        saved = next;
    }
}

/* Forgets all states, known or on their way. */
MYBPF__FN void mybpf__states_drop(mybpf__sim *sim)
{
    /* after a refusal: those of the running path that are not known yet */
    for (mybpf__saved *saved = sim->parent, *parent; saved; saved = parent) {
        parent = saved->parent;
        if (!saved->listed) mybpf__saved_free(sim, saved);
    }
    mybpf__saved_free_list(sim, sim->work);
    sim->parent = sim->work = NULL;
    for (uint32_t pc = 0; sim->meets && pc < sim->object->insn_count; pc++)
        if (sim->points[pc] & MYBPF__POINT_KINDS) {
            mybpf__point *point = &sim->meets[sim->point_at[pc]];
            mybpf__saved_free_list(sim, point->known);
            mybpf__zero(point, sizeof *point);
        }
}

/* Follows a program from its start, or a function that anyone may call (`program` NULL). A program starts
 * with the context and, where its size is the host's to choose, that size; the run gives r3..r5 too, as 0 or
 * arguments: what is proven without run-time checks does not rely on them. */
MYBPF__FN int mybpf__explore_start(mybpf__sim *sim, mybpf_program *program, uint32_t func)
{
    mybpf__value *reg = sim->state->frame[0].reg;
    int command = program && program->type == MYBPF_PROG_TYPE_TCMD;
    unsigned args = 5;
    int rc;
    sim->program = program;
    sim->context = NULL;
    sim->storages[0] = sim->storages[1] = 0;
    mybpf__root_begin(sim, func);
    if (program && sim->verified && !sim->ctx_size)
        sim->context = mybpf__context_of(sim->object->vm, program->type);
    if (program) program->layout = sim->context != NULL;
    if (program && sim->verified) args = sim->context ? 1 : 2;
    for (unsigned r = 1; r <= args; r++) reg[r] = mybpf__value_unknown();
    if (program && !command) reg[1] = mybpf__value_of(MYBPF__CTX, 0);
    if (!program && sim->verified && sim->timers[func]) mybpf__element_arguments(sim, sim->timers[func] - 1);
    sim->stats.states = 0;
    rc = mybpf__explore_root(sim);
    return rc ? rc : mybpf__explore_globals(sim);
}

/* The same, for the first time or not. Unless it is the last a refusal is not the last word: there is another
 * way to follow the program, and nobody need hear of this one. */
MYBPF__FN int mybpf__explore_again(mybpf__sim *sim, mybpf_program *program, uint32_t func, int first,
                                   int last)
{
    const mybpf_load_opts *opts = sim->opts;
    mybpf_error *error = sim->error, attempt;
    int rc;
    mybpf__zero(&attempt, sizeof attempt);
    if (!last) sim->error = &attempt;
    if (!last && opts && opts->log_level < 2) sim->opts = NULL;
    if (!first) {
        mybpf__states_drop(sim);
        mybpf__budget_begin(sim);
    }
    if (sim->patient) sim->limit /= 2, sim->touch_limit /= 2; /* the rest is for the last attempt */
    rc = mybpf__explore_start(sim, program, func);
    sim->error = error;
    sim->opts = opts;
    if (!last && rc && rc != MYBPF_ERR_VERIFY && error) *error = attempt;
    return rc;
}

/* The same, with a word about it. Where global functions would be refused by themselves, or the program for
 * what little is known of their results, their calls are followed. Where states of a loop that ends by itself
 * were joined, it is followed turn by turn: perhaps what ends it first is in the program. */
MYBPF__FN int mybpf__explore_from(mybpf__sim *sim, mybpf_program *program, uint32_t func)
{
    int follow_all = sim->follow_all, loops = sim->verified && sim->loops_end;
    int rc = mybpf__explore_again(sim, program, func, 1, follow_all && !loops);
    sim->follow_all = 1;
    if (loops && rc == MYBPF_ERR_VERIFY && sim->joined) {
        sim->patient = 1;
        rc = mybpf__explore_again(sim, program, func, 0, 0);
        sim->patient = 0;
    }
    if ((loops || !follow_all) && rc == MYBPF_ERR_VERIFY) rc = mybpf__explore_again(sim, program, func, 0, 1);
    sim->follow_all = follow_all;
    sim->joined = 0;
    sim->stats.visited = sim->visited;
    mybpf__tell_end(sim, rc ? sim->error : NULL);
    return rc;
}

/* All programs, then what they gave to others to call. */
MYBPF__FN int mybpf__explore_all(mybpf__sim *sim)
{
    const mybpf_object *object = sim->object;
    int again = 1, rc = MYBPF_OK;
    for (uint32_t i = 0; i < object->program_count && (!rc || (rc == MYBPF_ERR_VERIFY && sim->opts)); i++) {
        mybpf_error *first = sim->error, later;
        int status;
        if (!mybpf__program_taken(&object->programs[i])) continue;
        if (rc) sim->error = &later;
        mybpf__budget_begin(sim);
        status = mybpf__explore_from(sim, &object->programs[i], object->programs[i].func);
        if (status) mybpf__states_drop(sim);
        if (!rc) rc = status;
        sim->error = first;
    }
    mybpf__budget_begin(sim);
    while (again && !rc) {
        again = 0;
        for (uint32_t f = 0; f < object->func_count && !rc; f++) {
            uint8_t *entered = &sim->entered[f];
            if ((*entered & (MYBPF__ENTER_WANTED | MYBPF__ENTER_DONE)) != MYBPF__ENTER_WANTED) continue;
            *entered |= MYBPF__ENTER_DONE;
            again = 1;
            rc = mybpf__explore_from(sim, NULL, f);
        }
    }
    return rc;
}

/* ---- the stack of all frames together ---- */

/* A function that makes a tail call at `pc`, with that much stack of its callers below which the target runs.
 */
MYBPF__FN int mybpf__check_tail_call(mybpf__sim *sim, uint32_t pc, uint64_t above)
{
    const mybpf_insn *insn = &sim->insns[pc];
    if (insn->code != MYBPF__CODE_CALL || insn->src_reg || (uint32_t)insn->imm != MYBPF__HELPER_TAIL_CALL ||
        above < MYBPF_STACK_FRAME / 2)
        return MYBPF_OK;
    return mybpf__fail(sim->error, MYBPF_ERR_VERIFY, pc,
                       "a tail call inside of functions whose callers take %u bytes of stack: they stay, so "
                       "it must be less than %d",
                       (unsigned)above, MYBPF_STACK_FRAME / 2);
}

/* As in the kernel, the frames of functions that call each other take no more than one may. */
MYBPF__FN int mybpf__check_stacks(mybpf__sim *sim)
{
    const mybpf_object *object = sim->object;
    uint32_t *own = sim->depths;
    uint64_t *above = sim->slots_read; /* of all callers together */
    int changed = 1, rc = MYBPF_OK;
    for (uint32_t f = 0; f < object->func_count; f++) {
        own[f] = ((own[f] ? own[f] : 1) + 15u) & ~15u;
        above[f] = 0;
    }
    while (changed && !rc) {
        changed = 0;
        for (uint32_t f = 0, pc = 0; f < object->func_count && !rc; f++) {
            for (uint32_t end = pc + object->funcs[f].count; pc < end && !rc; pc++) {
                int64_t callee = object->facts[pc] & MYBPF_FACT_PAD ? -1 : mybpf__call_target(object, pc);
                if (!(object->facts[pc] & MYBPF_FACT_PAD)) rc = mybpf__check_tail_call(sim, pc, above[f]);
                if (callee < 0 || above[callee] >= above[f] + own[f]) continue;
                above[callee] = above[f] + own[f];
                changed = 1;
                if (above[callee] + own[callee] > MYBPF_STACK_FRAME)
                    rc = mybpf__fail(
                        sim->error, MYBPF_ERR_VERIFY, pc,
                        "functions that call each other up to here take %u bytes of stack, more than %d",
                        (unsigned)(above[callee] + own[callee]), MYBPF_STACK_FRAME);
            }
        }
    }
    return rc;
}

/* ---- the whole ---- */

/* Arrays of mybpf__sim: where the pointer is, what an entry takes, and how many there are: one, one a
 * function or an instruction, and one more; NONE: made when something is there. */
enum { MYBPF__ARRAY_ONE, MYBPF__ARRAY_FUNCS, MYBPF__ARRAY_INSNS, MYBPF__ARRAY_NONE };
#    define MYBPF__ARRAY(field, type, many)                                                                  \
        {                                                                                                    \
            (uint32_t) offsetof(mybpf__sim, field), (uint32_t)sizeof(type), MYBPF__ARRAY_##many              \
        }
static const struct {
    uint32_t at, size, many;
} mybpf__sim_arrays[] = {
    MYBPF__ARRAY(live, uint16_t, INSNS),
    MYBPF__ARRAY(slots_read, uint64_t, FUNCS),
    MYBPF__ARRAY(points, uint8_t, INSNS),
    MYBPF__ARRAY(point_at, uint32_t, INSNS),
    MYBPF__ARRAY(depths, uint32_t, FUNCS),
    MYBPF__ARRAY(entered, uint8_t, FUNCS),
    MYBPF__ARRAY(timers, uint32_t, FUNCS),
    MYBPF__ARRAY(globals, uint32_t, FUNCS),
    MYBPF__ARRAY(state, mybpf__state, ONE),
    MYBPF__ARRAY(other, mybpf__state, ONE),
    {(uint32_t)offsetof(mybpf__sim, scratch),
     MYBPF_CALL_DEPTH *(MYBPF__REGS + MYBPF__SLOTS) *
         (uint32_t)(sizeof(mybpf__saved_place) + sizeof(mybpf__scalar)),
     MYBPF__ARRAY_ONE},
    MYBPF__ARRAY(seen, mybpf__seen, INSNS),
    MYBPF__ARRAY(meets, mybpf__point, NONE),
    MYBPF__ARRAY(path, uint32_t, NONE),
};
#    undef MYBPF__ARRAY
enum { MYBPF__SIM_ARRAYS = sizeof mybpf__sim_arrays / sizeof *mybpf__sim_arrays };

MYBPF__ONE_COPY int mybpf__sim_open(mybpf__sim *sim)
{
    mybpf_vm *vm = sim->object->vm;
    uint32_t counts[] = {1, 0, 0}, points = 1;
    counts[MYBPF__ARRAY_FUNCS] = sim->object->func_count;
    counts[MYBPF__ARRAY_INSNS] = sim->object->insn_count + 1;
    sim->follow_all = 1;
    for (uint32_t f = 0; f < sim->object->func_count && sim->verified && sim->object->protos; f++)
        if (sim->object->protos[f].global) sim->follow_all = 0;
    for (uint32_t i = 0; i < MYBPF__SIM_ARRAYS; i++) {
        void *array;
        if (mybpf__sim_arrays[i].many == MYBPF__ARRAY_NONE) continue;
        array = mybpf__alloc(vm, counts[mybpf__sim_arrays[i].many], mybpf__sim_arrays[i].size);
        if (!array) return MYBPF_ERR_MEMORY;
        mybpf__copy((uint8_t *)sim + mybpf__sim_arrays[i].at, &array, sizeof array);
    }
    if (mybpf__points_find(sim)) return MYBPF_ERR_MEMORY;
    for (uint32_t pc = 0; pc < sim->object->insn_count; pc++)
        if (sim->points[pc] & MYBPF__POINT_KINDS) sim->point_at[pc] = points++;
    sim->meets = (mybpf__point *)mybpf__alloc(vm, points, sizeof *sim->meets);
    return sim->meets ? MYBPF_OK : MYBPF_ERR_MEMORY;
}

MYBPF__FN void mybpf__sim_close(mybpf__sim *sim)
{
    mybpf__states_drop(sim);
    for (uint32_t i = 0; i < MYBPF__SIM_ARRAYS; i++) {
        void *array;
        mybpf__copy(&array, (uint8_t *)sim + mybpf__sim_arrays[i].at, sizeof array);
        mybpf__free(sim->object->vm, array);
    }
}

MYBPF__FN int mybpf__verify_access(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    mybpf__sim sim;
    int rc;
    if (object->code.trust == MYBPF_TRUSTED) return MYBPF_OK;
    mybpf__zero(&sim, sizeof sim);
    sim.object = object;
    sim.insns = object->insns;
    sim.error = error;
    sim.ctx_size = opts ? opts->ctx_size : 0;
    sim.opts = opts && opts->log ? opts : NULL;
    sim.verified = object->code.trust == MYBPF_VERIFIED;
    sim.policies = opts && sim.verified ? opts->policies : 0;
    rc = mybpf__sim_open(&sim);
    if (rc) mybpf__fail(error, rc, MYBPF_NO_INSN, "no memory to verify %u instructions", object->insn_count);
    if (!rc) rc = mybpf__explore_all(&sim);
    if (!rc && sim.verified) {
        rc = mybpf__check_stacks(&sim);
        if (rc) mybpf__explain_refusal(object, opts, NULL, error);
    }
    if (!rc) rc = mybpf__facts_keep(&sim);
    mybpf__sim_close(&sim);
    if (rc == MYBPF_ERR_LIMIT) {
        rc = mybpf__verify_unproven(object, error);
        if (sim.opts) mybpf__tell_given_up(object, opts, "it was too much to follow all its paths");
    }
    if (!rc && sim.opts && !sim.verified) mybpf__tell_loops(object, opts);
    for (uint32_t f = 0; f < object->func_count && !rc; f++) object->funcs[f].stack = MYBPF_STACK_FRAME;
    return rc;
}

#endif
#endif
