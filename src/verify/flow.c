/* flow.c: simulates all paths at once until nothing new is learnt: registers and stack at every block's
 * start.
 *
 * States live at `points`: block leaders and local calls. A point whose state changed is worked off lowest
 * first, up to the next point. A state can only lose knowledge, and loses all of it after FLOW_PATIENCE
 * changes, so that the work is linear in the code. The first refusal is final, since what is known never
 * grows. */
#ifndef MYBPF__FLOW_C
#define MYBPF__FLOW_C

#include "../run/env.h"
#include "calls.c"
#include "cfg.c"

#ifndef MYBPF_NO_PROVER

enum { MYBPF__FLOW_PATIENCE = 24, MYBPF__FLOW_VALUES = 1 << 24 };

typedef struct mybpf__flow_point {
    uint32_t pc, func;
    uint32_t next_call; /* 1 + the next point that calls the same function */
    uint8_t visits, queued;
} mybpf__flow_point;

typedef struct mybpf__flow_func {
    size_t values;         /* its first point's state */
    uint32_t point, width; /* first point, values in a state */
    uint32_t calls;        /* 1 + a point that calls it */
    int is_program;
    mybpf__value result; /* r0 of all exits */
} mybpf__flow_func;

typedef struct mybpf__flow {
    mybpf__sim sim;
    mybpf__flow_point *points;
    mybpf__flow_func *routines;
    mybpf__value *values;
    uint32_t *point_at; /* by slot: 1 + the point there, or 0 */
    uint32_t *heap;     /* points to work off, the lowest first */
    uint32_t heap_size;
    uint32_t func;   /* the one being simulated */
    int all_entered; /* any function may be called with anything */
} mybpf__flow;

MYBPF__FN void mybpf__flow_queue(mybpf__flow *flow, uint32_t point)
{
    uint32_t at = flow->heap_size, *heap = flow->heap;
    if (flow->points[point].queued) return;
    flow->points[point].queued = 1;
    for (flow->heap_size++; at && heap[(at - 1) / 2] > point; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = point;
}

MYBPF__FN uint32_t mybpf__flow_dequeue(mybpf__flow *flow)
{
    uint32_t *heap = flow->heap, first = heap[0], last = heap[--flow->heap_size], at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child + 1 < flow->heap_size && heap[child + 1] < heap[child]) child++;
        if (child >= flow->heap_size || heap[child] >= last) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    flow->points[first].queued = 0;
    return first;
}

MYBPF__FN mybpf__value *mybpf__flow_state_at(mybpf__flow *flow, uint32_t point)
{
    const mybpf__flow_func *routine = &flow->routines[flow->points[point].func];
    return flow->values + routine->values + (size_t)(point - routine->point) * routine->width;
}

/* Control comes to slot `pc` with the state `from`. */
MYBPF__FN void mybpf__flow_arrive(mybpf__flow *flow, uint32_t pc, const mybpf__value *from)
{
    uint32_t point = flow->point_at[pc] - 1, width = flow->routines[flow->points[point].func].width;
    mybpf__value *state = mybpf__flow_state_at(flow, point);
    if (!mybpf__value_join(state, from, width)) return;
    if (++flow->points[point].visits > MYBPF__FLOW_PATIENCE) {
        flow->points[point].visits--;
        mybpf__value_forget(state, MYBPF__REGISTERS - 1);
        mybpf__value_unset(state + MYBPF__REGISTERS, width - MYBPF__REGISTERS);
    }
    mybpf__flow_queue(flow, point);
}

/* A function starts: with these r1..r5 and a frame of its own. */
MYBPF__FN void mybpf__flow_enter(mybpf__flow *flow, uint32_t func, const mybpf__value args[5])
{
    mybpf__value state[MYBPF__STATE];
    mybpf__value_unset(state, MYBPF__STATE);
    for (unsigned i = 0; i < 5; i++) {
        state[1 + i] = args[i];
        if (args[i].kind == MYBPF__STACK) mybpf__value_forget(&state[1 + i], 1); /* the caller's */
    }
    state[10] = mybpf__value_of(MYBPF__STACK, 0, 0);
    mybpf__flow_arrive(flow, flow->sim.object->funcs[func].start, state);
}

/* Anything may be in r1..r5 when it is called by pointer or from outside. */
MYBPF__FN void mybpf__flow_enter_unknown(mybpf__flow *flow, uint32_t func)
{
    mybpf__value args[5];
    for (unsigned i = 0; i < 5; i++) args[i] = mybpf__value_anything();
    mybpf__flow_enter(flow, func, args);
}

/* The running function returns `result`: its callers go on with it. */
MYBPF__FN void mybpf__flow_return(mybpf__flow *flow, mybpf__value result)
{
    mybpf__flow_func *routine = &flow->routines[flow->func];
    if (result.kind == MYBPF__STACK) mybpf__value_forget(&result, 1);
    if (result.kind == MYBPF__MAYBE_VALUE) result.off = 0; /* the caller names it anew */
    if (!mybpf__value_join(&routine->result, &result, 1)) return;
    for (uint32_t call = routine->calls; call; call = flow->points[call - 1].next_call)
        if (mybpf__flow_state_at(flow, call - 1)->kind) mybpf__flow_queue(flow, call - 1);
}

MYBPF__FN int mybpf__flow_leave(mybpf__flow *flow)
{
    int rc = flow->routines[flow->func].is_program ? mybpf__sim_use(&flow->sim, 0) : MYBPF_OK;
    if (!rc) mybpf__flow_return(flow, flow->sim.v[0]);
    return rc;
}

/* dst = dst op src, for the operations whose results are followed. */
MYBPF__FN mybpf__value mybpf__flow_alu(const mybpf__sim *sim, const mybpf_insn *insn)
{
    mybpf__value dst = sim->v[insn->dst_reg], src = sim->v[insn->src_reg];
    mybpf__value imm = mybpf__value_of(MYBPF__CONST, 0, insn->imm);
    if (insn->off) return mybpf__value_anything(); /* sign extension, signed division */
    switch (insn->code) {
    case 0xb7: return imm;
    case 0xb4: return insn->imm < 0 ? mybpf__value_anything() : imm; /* zero-extended */
    case 0xbf: return src;
    case 0xbc: return src.kind == MYBPF__CONST && src.off >= 0 ? src : mybpf__value_anything();
    case 0x07: return mybpf__value_sum(dst, imm, 0);
    case 0x17: return mybpf__value_sum(dst, imm, 1);
    case 0x0f: return mybpf__value_sum(dst, src, 0);
    case 0x1f: return mybpf__value_sum(dst, src, 1);
    default: return mybpf__value_anything();
    }
}

MYBPF__FN mybpf__value mybpf__flow_lddw(const mybpf_insn *insn)
{
    uint32_t index = (uint32_t)insn->imm;
    switch (insn->src_reg) {
    case MYBPF_PSEUDO_FUNC: return mybpf__value_of(MYBPF__FUNC, 0, index);
    case MYBPF_PSEUDO_MAP_IDX: return mybpf__value_of(MYBPF__MAP, index, 0);
    case MYBPF_PSEUDO_MAP_IDX_VALUE: return mybpf__value_of(MYBPF__VALUE, index, insn[1].imm);
    default:
        return mybpf__value_of(MYBPF__CONST, 0, (int64_t)((uint64_t)(uint32_t)insn[1].imm << 32 | index));
    }
}

/* Which registers a format reads: bit 0 dst, 1 src, 2 r0. */
enum {
    MYBPF__READS_ALU_IMM = 1,
    MYBPF__READS_ALU_REG = 3,
    MYBPF__READS_ALU_NEG = 1,
    MYBPF__READS_ALU_MOVSX = 2,
    MYBPF__READS_ALU_END = 1,
    MYBPF__READS_JA = 0,
    MYBPF__READS_JA32 = 0,
    MYBPF__READS_JCC_IMM = 1,
    MYBPF__READS_JCC_REG = 3,
    MYBPF__READS_CALL = 0,
    MYBPF__READS_CALL_LOCAL = 0,
    MYBPF__READS_CALL_KFUNC = 0,
    MYBPF__READS_CALLX = 0,
    MYBPF__READS_EXIT = 0,
    MYBPF__READS_MAY_GOTO = 0,
    MYBPF__READS_LDDW = 0,
    MYBPF__READS_LD_ABS = 0,
    MYBPF__READS_LD_IND = 2,
    MYBPF__READS_LDX = 2,
    MYBPF__READS_ST = 1,
    MYBPF__READS_STX = 3,
    MYBPF__READS_ATOMIC = 3,
    MYBPF__READS_ATOMIC_FETCH = 3,
    MYBPF__READS_ATOMIC_XCHG = 3,
    MYBPF__READS_ATOMIC_CMPXCHG = 7,
    MYBPF__READS_LOAD_ACQ = 2,
    MYBPF__READS_STORE_REL = 3
};

MYBPF__FN int mybpf__sim_check_reads(mybpf__sim *sim, const mybpf_insn *insn, unsigned format)
{
#    define MYBPF__READS(name, dst, src, off, imm) MYBPF__READS_##name,
    static const uint8_t mybpf__reads[] = {MYBPF_FORMATS(MYBPF__READS) 0};
#    undef MYBPF__READS
    unsigned reads = mybpf__reads[format];
    int rc = MYBPF_OK;
    if ((insn->code | 8) == 0xbc || (insn->code | 8) == 0xbf) reads &= 2; /* MOV */
    if (reads & 1) rc = mybpf__sim_use(sim, insn->dst_reg);
    if (!rc && reads & 2) rc = mybpf__sim_use(sim, insn->src_reg);
    if (!rc && reads & 4) rc = mybpf__sim_use(sim, 0);
    return rc;
}

/* Guarded mode: a pointer may name any function, and those that no one seems to call are simulated too. */
MYBPF__FN void mybpf__flow_enter_all(mybpf__flow *flow, int reached_too)
{
    if (flow->all_entered) return;
    flow->all_entered = reached_too;
    for (uint32_t f = 0; f < flow->sim.object->func_count; f++)
        if (reached_too || !flow->values[flow->routines[f].values].kind) mybpf__flow_enter_unknown(flow, f);
}

MYBPF__FN int mybpf__flow_step_call(mybpf__flow *flow, const mybpf_insn *insn)
{
    mybpf__sim *sim = &flow->sim;
    const mybpf_helper *helper = mybpf_object_helper(sim->object, (uint32_t)insn->imm);
    for (unsigned i = 0; i < 5; i++)
        if (helper->args[i] == MYBPF_ARG_FUNC && !sim->verified) {
            mybpf__value_forget(sim->v + MYBPF__REGISTERS, MYBPF__STACK_UNITS);
            if (sim->v[i + 1].kind != MYBPF__FUNC) mybpf__flow_enter_all(flow, 1);
        }
    /* what a tail call runs returns in this function's place */
    if (helper->id == MYBPF__HELPER_TAIL_CALL) mybpf__flow_return(flow, mybpf__value_anything());
    return mybpf__sim_call_helper(sim, helper);
}

/* 1 when nothing comes back yet. */
MYBPF__FN int mybpf__flow_step_call_local(mybpf__flow *flow)
{
    mybpf__sim *sim = &flow->sim;
    uint32_t callee = (uint32_t)mybpf__call_target(sim->object, sim->pc);
    mybpf__flow_enter(flow, callee, sim->v + 1);
    if (!flow->routines[callee].result.kind) return 1;
    if (!sim->verified) mybpf__value_forget(sim->v + MYBPF__REGISTERS, MYBPF__STACK_UNITS);
    mybpf__sim_clobber(sim, flow->routines[callee].result);
    return MYBPF_OK;
}

MYBPF__FN int mybpf__flow_step_callx(mybpf__flow *flow, const mybpf_insn *insn)
{
    mybpf__sim *sim = &flow->sim;
    unsigned reg = insn->imm ? (unsigned)insn->imm : insn->dst_reg;
    int rc = mybpf__sim_use(sim, reg);
    if (!rc) rc = mybpf__sim_unproven(sim, "the call through a register", reg);
    if (rc) return rc;
    mybpf__flow_enter_all(flow, 1);
    mybpf__sim_clobber(sim, mybpf__value_anything());
    return MYBPF_OK;
}

/* Simulates the instruction at sim.pc: 0, 1 when no path goes on from it yet, or what is wrong with it. */
MYBPF__FN int mybpf__flow_step(mybpf__flow *flow)
{
    mybpf__sim *sim = &flow->sim;
    const mybpf_insn *insn = &sim->object->insns[sim->pc];
    const mybpf_op_info *info = mybpf_op_describe(mybpf_insn_op(insn));
    mybpf__value *dst = &sim->v[insn->dst_reg], *src = &sim->v[insn->src_reg];
    int rc = mybpf__sim_check_reads(sim, insn, info->format);
    if (rc) return rc;
    switch (info->format) {
    case MYBPF_FORMAT_ALU_IMM:
    case MYBPF_FORMAT_ALU_REG:
    case MYBPF_FORMAT_ALU_NEG:
    case MYBPF_FORMAT_ALU_MOVSX:
    case MYBPF_FORMAT_ALU_END: *dst = mybpf__flow_alu(sim, insn); return MYBPF_OK;
    case MYBPF_FORMAT_LDDW:
        if (insn->src_reg == MYBPF_PSEUDO_FUNC) mybpf__flow_enter_unknown(flow, (uint32_t)insn->imm);
        *dst = mybpf__flow_lddw(insn);
        return MYBPF_OK;
    case MYBPF_FORMAT_LD_ABS:
    case MYBPF_FORMAT_LD_IND: mybpf__sim_clobber(sim, mybpf__value_anything()); return MYBPF_OK;
    case MYBPF_FORMAT_LDX: return mybpf__sim_load(sim, insn, info->width);
    case MYBPF_FORMAT_ST:
        return mybpf__sim_store(sim, insn, info->width, mybpf__value_of(MYBPF__CONST, 0, insn->imm));
    case MYBPF_FORMAT_STX: return mybpf__sim_store(sim, insn, info->width, *src);
    case MYBPF_FORMAT_LOAD_ACQ:
        rc = mybpf__sim_access(sim, insn->src_reg, insn->off, info->width, MYBPF__READ | MYBPF__ATOMIC);
        *dst = mybpf__value_anything();
        return rc;
    case MYBPF_FORMAT_STORE_REL:
        return mybpf__sim_access(sim, insn->dst_reg, insn->off, info->width, MYBPF__WRITE | MYBPF__ATOMIC);
    case MYBPF_FORMAT_ATOMIC:
    case MYBPF_FORMAT_ATOMIC_FETCH:
    case MYBPF_FORMAT_ATOMIC_XCHG:
    case MYBPF_FORMAT_ATOMIC_CMPXCHG:
        rc = mybpf__sim_access(sim, insn->dst_reg, insn->off, info->width,
                               MYBPF__READ | MYBPF__WRITE | MYBPF__ATOMIC);
        if (info->format == MYBPF_FORMAT_ATOMIC_CMPXCHG)
            sim->v[0] = mybpf__value_anything();
        else if (info->format != MYBPF_FORMAT_ATOMIC)
            *src = mybpf__value_anything();
        return rc;
    case MYBPF_FORMAT_CALL: return mybpf__flow_step_call(flow, insn);
    case MYBPF_FORMAT_CALL_LOCAL: return mybpf__flow_step_call_local(flow);
    case MYBPF_FORMAT_CALLX: return mybpf__flow_step_callx(flow, insn);
    case MYBPF_FORMAT_EXIT: return mybpf__flow_leave(flow);
    default: return MYBPF_OK; /* jumps */
    }
}

/* Comparing what the call at `call` returned with 0 has shown which it is. */
MYBPF__FN void mybpf__flow_refine(mybpf__value *values, int32_t call, int is_null)
{
    for (uint32_t i = 0; i < MYBPF__STATE; i++)
        if (values[i].kind == MYBPF__MAYBE_VALUE && values[i].off == call) {
            values[i].kind = is_null ? MYBPF__CONST : MYBPF__VALUE;
            values[i].index = is_null ? 0 : values[i].index;
            values[i].off = 0;
        }
}

/* The two ways out of a conditional jump. */
MYBPF__FN void mybpf__flow_branch(mybpf__flow *flow, const int64_t to[2])
{
    mybpf__sim *sim = &flow->sim;
    const mybpf_insn *insn = &sim->object->insns[sim->pc];
    mybpf__value tested = sim->v[insn->dst_reg], taken[MYBPF__STATE];
    mybpf__copy(taken, sim->v, sizeof taken);
    if ((insn->code == 0x15 || insn->code == 0x55) && !insn->imm && tested.kind == MYBPF__MAYBE_VALUE) {
        mybpf__flow_refine(taken, tested.off, insn->code == 0x15);
        mybpf__flow_refine(sim->v, tested.off, insn->code == 0x55);
    }
    mybpf__flow_arrive(flow, (uint32_t)to[0], sim->v);
    mybpf__flow_arrive(flow, (uint32_t)to[1], taken);
}

/* Simulates from one point to the next. */
MYBPF__FN int mybpf__flow_run_point(mybpf__flow *flow, uint32_t point)
{
    mybpf__sim *sim = &flow->sim;
    uint32_t width;
    flow->func = flow->points[point].func;
    width = flow->routines[flow->func].width;
    mybpf__copy(sim->v, mybpf__flow_state_at(flow, point), width * sizeof *sim->v);
    mybpf__value_unset(sim->v + width, MYBPF__STATE - width);
    for (sim->pc = flow->points[point].pc;;) {
        int64_t to[2];
        int rc = mybpf__flow_step(flow);
        unsigned count = mybpf__successors(sim->object->insns, sim->pc, to);
        if (rc || !count) return rc < 0 ? rc : MYBPF_OK;
        if (count == 2) return mybpf__flow_branch(flow, to), MYBPF_OK;
        if (flow->point_at[to[0]]) return mybpf__flow_arrive(flow, (uint32_t)to[0], sim->v), MYBPF_OK;
        sim->pc = (uint32_t)to[0];
    }
}

/* Where states are kept, and which points call which function. */
MYBPF__FN int mybpf__flow_open(mybpf__flow *flow)
{
    mybpf_object *object = flow->sim.object;
    uint32_t points = 0;
    size_t values = 0;
    flow->point_at = (uint32_t *)mybpf__alloc(object->vm, object->insn_count, sizeof *flow->point_at);
    flow->routines = (mybpf__flow_func *)mybpf__alloc(object->vm, object->func_count, sizeof *flow->routines);
    if (!flow->point_at || !flow->routines) return MYBPF_ERR_MEMORY;
    for (uint32_t f = 0; f < object->func_count; f++) {
        const mybpf_func *func = &object->funcs[f];
        mybpf__flow_func *routine = &flow->routines[f];
        uint32_t units = func->stack > MYBPF_STACK_FRAME ? (uint32_t)MYBPF__STACK_UNITS : func->stack / 8;
        routine->point = points;
        routine->values = values;
        for (uint32_t pc = func->start; pc < func->start + func->count; pc++) {
            const mybpf_insn *insn = &object->insns[pc];
            if (object->facts[pc] & MYBPF_FACT_PAD) continue;
            if (object->facts[pc] & MYBPF_FACT_LEADER ||
                (insn->code == MYBPF__CODE_CALL && insn->src_reg == 1))
                flow->point_at[pc] = ++points;
        }
        /* a huge function has its stack followed inside blocks only */
        if ((uint64_t)(points - routine->point) * units > MYBPF__FLOW_VALUES) units = 0;
        routine->width = MYBPF__REGISTERS + units;
        values += (size_t)(points - routine->point) * routine->width;
    }
    flow->points = (mybpf__flow_point *)mybpf__alloc(object->vm, points, sizeof *flow->points);
    flow->heap = (uint32_t *)mybpf__alloc(object->vm, points, sizeof *flow->heap);
    flow->values = (mybpf__value *)mybpf__alloc(object->vm, values, sizeof *flow->values);
    if (!flow->points || !flow->heap || !flow->values) return MYBPF_ERR_MEMORY;
    for (uint32_t f = 0, pc = 0; pc < object->insn_count; pc++) {
        uint32_t at = flow->point_at[pc];
        int64_t callee = object->facts[pc] & MYBPF_FACT_PAD ? -1 : mybpf__call_target(object, pc);
        if (pc >= object->funcs[f].start + object->funcs[f].count) f++;
        if (!at) continue;
        flow->points[at - 1].pc = pc;
        flow->points[at - 1].func = f;
        if (callee < 0 || object->insns[pc].code != MYBPF__CODE_CALL) continue;
        flow->points[at - 1].next_call = flow->routines[callee].calls;
        flow->routines[callee].calls = at;
    }
    return MYBPF_OK;
}

/* Programs start with the context and its size. The run gives r3..r5 too, as 0 or arguments: what is
 * proven without run-time checks does not rely on them. */
MYBPF__FN void mybpf__flow_enter_programs(mybpf__flow *flow)
{
    const mybpf_object *object = flow->sim.object;
    for (uint32_t i = 0; i < object->program_count; i++) {
        mybpf__value args[5];
        for (unsigned a = 0; a < 5; a++) args[a] = mybpf__value_anything();
        if (object->programs[i].type != MYBPF_PROG_TYPE_TCMD) args[0] = mybpf__value_of(MYBPF__CTX, 0, 0);
        if (flow->sim.verified) mybpf__value_unset(args + 2, 3);
        flow->routines[object->programs[i].func].is_program = 1;
        mybpf__flow_enter(flow, object->programs[i].func, args);
    }
}

MYBPF__FN int mybpf__verify_access(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    mybpf__flow flow;
    int rc;
    if (object->code.trust == MYBPF_TRUSTED) return MYBPF_OK;
    mybpf__zero(&flow, sizeof flow);
    flow.sim.object = object;
    flow.sim.error = error;
    flow.sim.ctx_size = opts ? opts->ctx_size : 0;
    flow.sim.verified = object->code.trust == MYBPF_VERIFIED;
    rc = mybpf__flow_open(&flow);
    if (rc)
        mybpf__fail(error, rc, MYBPF_NO_INSN, "no memory to verify %u instructions", object->insn_count);
    else
        mybpf__flow_enter_programs(&flow);
    while (!rc && flow.heap_size) {
        rc = mybpf__flow_run_point(&flow, mybpf__flow_dequeue(&flow));
        if (!rc && !flow.heap_size && !flow.sim.verified) mybpf__flow_enter_all(&flow, 0);
    }
    for (uint32_t f = 0; f < object->func_count && !rc; f++) object->funcs[f].stack = MYBPF_STACK_FRAME;
    mybpf__free(object->vm, flow.point_at);
    mybpf__free(object->vm, flow.routines);
    mybpf__free(object->vm, flow.points);
    mybpf__free(object->vm, flow.heap);
    mybpf__free(object->vm, flow.values);
    return rc;
}

#endif
#endif
