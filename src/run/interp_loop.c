/* interp_loop.c: runs decoded code. One body for both ways of dispatching: a jump from handler to handler,
 * where the compiler has labels as values, or a switch. */
#ifndef MYBPF__INTERP_LOOP_C
#define MYBPF__INTERP_LOOP_C

#include "interp.h"
#include "interp_math.h"
#include "interp_ops.h"

/* A test looks at every instruction before a small interpreter runs it. */
#ifndef MYBPF__TRACE
#    define MYBPF__TRACE(object, pc, regs) (void)0
#endif

#if MYBPF__ZEROES
/* Those of a frame that ends at `frame`: see mybpf_func.zeroed. */
MYBPF__FN void mybpf__zero_slots(uint64_t frame, uint64_t slots)
{
    for (; slots; slots >>= 1)
        if (frame -= 8, slots & 1) mybpf__zero(mybpf__pointer(frame), 8);
}
#endif

#if MYBPF__LABELS
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wpedantic"
#endif

/* Labels and cases are handlers here, and stand as such. */
/* clang-format off */

#define MYBPF__DST     regs[ip->dst]
#define MYBPF__SRC     regs[ip->src]
#define MYBPF__IMM     ((uint64_t)(int64_t)ip->imm)
#define MYBPF__AT(reg) mybpf__pointer((reg) + (uint64_t)(int64_t)MYBPF__OFF)
#define MYBPF__IMM2    ((uint64_t)(int64_t)ip[1].imm)
#define MYBPF__NEXT    MYBPF__SKIP(1)
#if !MYBPF__SMALL /* every handler does all of its work */
#    define MYBPF__A MYBPF__DST
#    define MYBPF__B MYBPF__SRC
#    define MYBPF__OFF ip->off
#    define MYBPF__BOTH(imm_op, reg_op, ...)                                                                 \
        MYBPF__OP(imm_op) { const uint64_t b = MYBPF__IMM; __VA_ARGS__ }                                     \
        MYBPF__OP(reg_op) { const uint64_t b = MYBPF__SRC; __VA_ARGS__ }
#    define MYBPF__SET(result)   { MYBPF__DST = last = (result); MYBPF__NEXT; }
#    define MYBPF__SET32(result) { MYBPF__DST = last = (result) & UINT32_MAX; MYBPF__NEXT; }
#    define MYBPF__JUMP_IF(condition)                                                                        \
        if (condition) MYBPF__SKIP(1 + (ptrdiff_t)ip->off);                                                  \
        MYBPF__NEXT
#    define MYBPF__GO_JA ip = MYBPF__GOAL; MYBPF__SKIP(0)
#else /* what handlers have in common is done once: operands before them, results after them */
#    define MYBPF__A a
#    define MYBPF__B b
#    define MYBPF__OFF off
#    define MYBPF__BOTH(imm_op, reg_op, ...) MYBPF__OP(imm_op) MYBPF__OP(reg_op) { __VA_ARGS__ }
#    define MYBPF__SET(result)   { value = (result); goto set; }
#    define MYBPF__SET32(result) { value = (result); goto set32; }
#    define MYBPF__JUMP_IF(condition)                                                                        \
        if (condition) goto jump;                                                                            \
        goto next
#    define MYBPF__GO_JA goto jump
#endif
#define MYBPF__COUNT_IF(condition) /* the second half of a fused addition and jump */                        \
    if (condition) {                                                                                         \
        ip = ip[1].u.target;                                                                                 \
        MYBPF__SKIP(0);                                                                                      \
    }                                                                                                        \
    MYBPF__SKIP(2)
#if !MYBPF__SMALL
#    define MYBPF__FETCH MYBPF__DISPATCH(ip->u.handler)
#else
#    define MYBPF__FETCH goto fetch
#endif
#define MYBPF__SKIP(count)                                                                                   \
    do {                                                                                                     \
        ip += (count);                                                                                       \
        MYBPF__FETCH;                                                                                        \
    } while (0)

#if MYBPF__TAIL_CALLS
/* What handlers share besides their arguments, and what the one that returns wants of mybpf__interp_loop. */
typedef struct mybpf__tail {
    const mybpf_object *object;
    mybpf__save *save, *first;
    uint64_t below;
    uint32_t op; /* to be done there, or one of these */
    int fault;
} mybpf__tail;
enum { MYBPF__TAIL_STOPPED = MYBPF__OP_END, MYBPF__TAIL_FAULTED };

#    define MYBPF__FUNCTION(name)                                                                            \
        MYBPF__HANDLER_ABI MYBPF__FN const mybpf__record *mybpf__op_##name(                                  \
            mybpf_env *env, const mybpf__interp *interp, uint64_t last, mybpf__tail *run,                    \
            const mybpf__record *ip, uint64_t *regs)
#    define MYBPF__OP(name)    MYBPF__FUNCTION(name)
#    define MYBPF__EXTRA(name) MYBPF__FUNCTION(name)
#    define MYBPF__OPS(name, same)                                                                           \
        MYBPF__FUNCTION(same);                                                                               \
        MYBPF__FUNCTION(name) { MYBPF__DISPATCH(mybpf__op_##same); }                                         \
        MYBPF__FUNCTION(same)
#    define MYBPF__DISPATCH(handler)  __attribute__((musttail)) return (handler)(env, interp, last, run, ip, regs)
#    define MYBPF__LEAVE(what)                                                                               \
        do {                                                                                                 \
            (void)regs, (void)env, (void)interp, (void)last;                                                 \
            run->op = (what);                                                                                \
            return ip;                                                                                       \
        } while (0)
#    define MYBPF__FAULT(status)                                                                             \
        do {                                                                                                 \
            run->fault = (status);                                                                           \
            MYBPF__LEAVE(MYBPF__TAIL_FAULTED);                                                               \
        } while (0)
#    define MYBPF__STOPPED MYBPF__LEAVE(MYBPF__TAIL_STOPPED)

MYBPF__INTERP_ALU
MYBPF__INTERP_JUMPS
MYBPF__INTERP_MEMORY
MYBPF__INTERP_FUSIONS
MYBPF__INTERP_CHECKS
MYBPF__INTERP_CALL
MYBPF__OP(CALL_LOCAL)
{
    const mybpf_func *callee = &run->object->funcs[ip->imm];
    const uint64_t below = run->below;
#if MYBPF__ZEROES
    if (callee->zeroed) MYBPF__LEAVE(MYBPF_OP_CALL_LOCAL);
#endif
    if (below < callee->stack || below - callee->stack < env->stack_low ||
        below - callee->stack < mybpf__address(run->save + 1))
        MYBPF__LEAVE(MYBPF_OP_CALL_LOCAL);
    run->save->ip = ip;
    mybpf__copy(run->save->r, &regs[6], sizeof run->save->r);
    run->save->frame = regs[10];
    run->save->below = below;
    run->save++;
    regs[10] = below;
    run->below = below - callee->stack;
    ip = interp->records + callee->start;
    MYBPF__SKIP(0);
}
MYBPF__OP(EXIT)
{
    if (run->save == run->first) MYBPF__LEAVE(MYBPF_OP_EXIT);
    run->save--;
    mybpf__copy(&regs[6], run->save->r, sizeof run->save->r);
    regs[10] = run->save->frame;
    run->below = run->save->below;
    ip = run->save->ip;
    MYBPF__NEXT;
}
#    define MYBPF__ELSEWHERE(name) MYBPF__OP(name) { MYBPF__LEAVE(MYBPF_OP_##name); }
#    define MYBPF__ELSEWHERE_EXTRA(name) MYBPF__OP(name) { MYBPF__LEAVE(MYBPF__OP_##name); }
MYBPF__INTERP_SELDOM(MYBPF__ELSEWHERE)
MYBPF__INTERP_SELDOM_EXTRAS(MYBPF__ELSEWHERE_EXTRA)

#    define MYBPF__EXTRA_ROW(name)    mybpf__op_##name,
#    define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu) MYBPF__EXTRA_ROW(name)
static const mybpf__handler mybpf__handlers[] = {
    MYBPF_OPS(MYBPF__ROW) MYBPF__INTERP_EXTRAS(MYBPF__EXTRA_ROW) MYBPF__INTERP_FUSED(MYBPF__EXTRA_ROW)};
#    undef MYBPF__ROW
#    undef MYBPF__EXTRA_ROW
#    undef MYBPF__OP
#    undef MYBPF__EXTRA
#    undef MYBPF__OPS
#    undef MYBPF__DISPATCH
#    undef MYBPF__FETCH
#    undef MYBPF__LEAVE
#    undef MYBPF__FAULT
#    undef MYBPF__STOPPED
#    undef MYBPF__FUNCTION
#    undef MYBPF__ELSEWHERE
#    undef MYBPF__ELSEWHERE_EXTRA
#    define MYBPF__FETCH goto fetch
#endif

#define MYBPF__STOPPED goto stopped
#define MYBPF__FAULT(status)                                                                                 \
    do {                                                                                                     \
        fault = (status);                                                                                    \
        goto faulted;                                                                                        \
    } while (0)
#define MYBPF__OPS(name, same) MYBPF__OP(name) MYBPF__OP(same)
#if MYBPF__LABELS
#    define MYBPF__OP(name)              mybpf__op_##name:
#    define MYBPF__EXTRA(name)           mybpf__op_##name:
#    define MYBPF__DISPATCH(handler)     goto *(handler)
#else
#    define MYBPF__OP(name)    case MYBPF_OP_##name:
#    define MYBPF__EXTRA(name) case MYBPF__OP_##name:
#    define MYBPF__DISPATCH(handler)                                                                         \
        do {                                                                                                 \
            op = (handler);                                                                                  \
            goto again;                                                                                      \
        } while (0)
#endif

/* Runs from `ip` on. With `env` NULL it runs nothing and gives the handlers' table in
 * `handlers`, if there is one. */
MYBPF__FN uint64_t mybpf__interp_loop(mybpf_env *env, const mybpf_object *object, const mybpf__record *ip,
                                      const uint64_t args[5], uint64_t frame, uint64_t below,
                                      const mybpf__handler **handlers)
{
    (void)handlers;
    if (!env) {
#if MYBPF__LABELS
#    define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu) MYBPF__EXTRA_ROW(name)
#    define MYBPF__EXTRA_ROW(name) __extension__ &&mybpf__op_##name,
        static const mybpf__handler mybpf__handlers[] = {
            MYBPF_OPS(MYBPF__ROW) MYBPF__INTERP_EXTRAS(MYBPF__EXTRA_ROW) MYBPF__INTERP_FUSED(MYBPF__EXTRA_ROW)};
#    undef MYBPF__ROW
#    undef MYBPF__EXTRA_ROW
        *handlers = mybpf__handlers;
#elif MYBPF__TAIL_CALLS
        *handlers = mybpf__handlers;
#endif
        return 0;
    }
    const mybpf__interp *interp = (const mybpf__interp *)object->interp;
    const mybpf_func *callee;
    const uint64_t limit = env->stack_low;
    uint64_t regs[12] = {0, args[0], args[1], args[2], args[3], args[4], 0, 0, 0, 0, frame, 0};
#if MYBPF__TAIL_CALLS
#    define MYBPF__SAVE  run.save
#    define MYBPF__BELOW run.below
    mybpf__tail run = {object, env->saves, env->saves, below, 0, 0};
#else
#    define MYBPF__SAVE  save
#    define MYBPF__BELOW below
    mybpf__save *save = env->saves;
#endif
    mybpf__save *const first = env->saves;
    uint64_t packet_offset, value;
    mybpf_helper_fn fn;
    unsigned packet_size;
    int fault;
#if MYBPF__TAIL_CALLS
    uint32_t op;
#elif !MYBPF__LABELS
    mybpf__handler op;
#endif
#if !MYBPF__SMALL
    uint64_t last = 0; /* what was written last */
#endif
#if MYBPF__TAIL_CALLS
fetch:
    ip = ip->u.handler(env, interp, last, &run, ip, regs);
    op = run.op;
#elif !MYBPF__SMALL
    MYBPF__FETCH;
#else
    uint64_t a, b;
    ptrdiff_t off;
    goto fetch;
jump:
    ip += off;
    goto next;
set32:
    value = (uint32_t)value;
set:
    regs[ip->dst] = value;
next:
    ip++;
fetch:
    MYBPF__TRACE(object, (uint32_t)(ip - interp->records), regs);
    regs[MYBPF__IMM_REG] = MYBPF__IMM;
    a = MYBPF__DST;
    b = MYBPF__SRC;
    off = ip->off;
    MYBPF__DISPATCH(ip->u.handler);
#endif
#if !MYBPF__LABELS
#    if !MYBPF__TAIL_CALLS
again:
#    endif
    switch (op) {
#endif

#if !MYBPF__TAIL_CALLS
    MYBPF__INTERP_ALU
    MYBPF__INTERP_JUMPS
    MYBPF__INTERP_MEMORY
#    if !MYBPF__SMALL
    MYBPF__INTERP_FUSIONS
#    endif
#else
    case MYBPF__TAIL_STOPPED: goto stopped;
    case MYBPF__TAIL_FAULTED: fault = run.fault; goto faulted;
#endif
    MYBPF__INTERP_PACKETS
    MYBPF__INTERP_ATOMICS

#if !MYBPF__TAIL_CALLS
    MYBPF__INTERP_CHECKS
#endif
#if !MYBPF__SMALL
#    if !MYBPF__TAIL_CALLS
    MYBPF__INTERP_CALL
#    endif
    MYBPF__EXTRA(CALL_CHECKED)
#else
    MYBPF__OP(CALL) MYBPF__EXTRA(CALL_CHECKED)
#endif
    {
        fn = interp->helpers[ip->imm].fn;
        value = interp->helpers[ip->imm].id;
        goto helper;
    }
    MYBPF__EXTRA(TAIL_CALL)
    {
        if (MYBPF__OFF && !mybpf__guard_call(env, MYBPF__HELPER_TAIL_CALL, &regs[1])) goto stopped;
        env->saves = MYBPF__SAVE;
        env->abi.frame = regs[10];
        if (!mybpf__tail_call(regs[1], regs[2], regs[3], 0, 0, env)) {
            regs[0] = ~(uint64_t)0;
            MYBPF__NEXT;
        }
        if (env->abi.stop) goto stopped;
        regs[0] = env->abi.result;
        goto leave;
    }
    MYBPF__OP(CALL_LOCAL)
    {
        callee = &object->funcs[ip->imm];
        goto call;
    }
    MYBPF__OP(CALLX)
    {
        const mybpf__func_desc *desc = mybpf__func_pointed(env, MYBPF__A);
        const mybpf_helper *helper;
        value = MYBPF__A;
        if (desc) {
            callee = &object->funcs[desc->func];
            goto call;
        }
        helper = mybpf__callx_helper(env, value);
        if (!helper) MYBPF__FAULT(MYBPF_FAULT_CALL);
        fn = helper->fn;
        goto helper;
    }
    MYBPF__OP(EXIT)
    {
        goto leave;
    }
    MYBPF__OP(CALL_KFUNC)
    MYBPF__EXTRA(TRAP) /* nothing that was verified leads here */
    {
        MYBPF__FAULT(MYBPF_FAULT_CALL);
    }
#if !MYBPF__LABELS
    default: MYBPF__FAULT(MYBPF_FAULT_CALL);
    }
#endif

helper: /* number `value`, which may end the run */
    if (MYBPF__OFF && !mybpf__guard_call(env, value, &regs[1])) goto stopped;
    env->saves = MYBPF__SAVE;
    env->abi.frame = MYBPF__BELOW;
    regs[0] = fn(regs[1], regs[2], regs[3], regs[4], regs[5], env);
    if (env->abi.stop) goto stopped;
    MYBPF__NEXT;

call: /* of `callee`: its frame starts where the running function's ends */
    if (MYBPF__BELOW < callee->stack || MYBPF__BELOW - callee->stack < limit ||
        MYBPF__BELOW - callee->stack < mybpf__address(MYBPF__SAVE + 1))
        MYBPF__FAULT(object->code.trust == MYBPF_TRUSTED ? MYBPF_FAULT_STACK : MYBPF_FAULT_DEPTH);
    MYBPF__SAVE->ip = ip;
    mybpf__copy(MYBPF__SAVE->r, &regs[6], sizeof MYBPF__SAVE->r);
    MYBPF__SAVE->frame = regs[10];
    MYBPF__SAVE->below = MYBPF__BELOW;
    MYBPF__SAVE++;
    regs[10] = MYBPF__BELOW;
    MYBPF__BELOW -= callee->stack;
#if MYBPF__ZEROES
    if (callee->zeroed) mybpf__zero_slots(regs[10], callee->zeroed);
#endif
    ip = interp->records + callee->start;
    MYBPF__SKIP(0);

leave: /* the running function, with r0 */
    if (MYBPF__SAVE == first) return regs[0];
    MYBPF__SAVE--;
    mybpf__copy(&regs[6], MYBPF__SAVE->r, sizeof MYBPF__SAVE->r);
    regs[10] = MYBPF__SAVE->frame;
    MYBPF__BELOW = MYBPF__SAVE->below;
    ip = MYBPF__SAVE->ip;
    MYBPF__NEXT;

packet:
    regs[0] = mybpf__packet_load(env, packet_offset, packet_size);
    if (env->abi.stop) goto stopped;
    mybpf__zero(&regs[1], 5 * sizeof regs[1]);
    MYBPF__NEXT;

fetched: /* by an atomic instruction, if it wants that */
    if (ip->imm & 1) regs[(ip->imm & 0xf0) == MYBPF__ATOMIC_CMPXCHG ? 0 : ip->src] = value;
    MYBPF__NEXT;

faulted:
    mybpf__stop(env, fault, MYBPF_NO_INSN);
stopped:
    if (env->abi.stop_insn == (uint64_t)MYBPF_NO_INSN) env->abi.stop_insn = (uint64_t)(ip - interp->records);
    return 0;
}

/* clang-format on */

#if MYBPF__LABELS
#    pragma GCC diagnostic pop
#endif
#undef MYBPF__DST
#undef MYBPF__SAVE
#undef MYBPF__BELOW
#undef MYBPF__OPS
#undef MYBPF__STOPPED
#undef MYBPF__SRC
#undef MYBPF__IMM
#undef MYBPF__AT
#undef MYBPF__NEXT
#undef MYBPF__IMM2
#undef MYBPF__JUMP_IF
#undef MYBPF__GO_JA
#undef MYBPF__A
#undef MYBPF__B
#undef MYBPF__OFF
#undef MYBPF__BOTH
#undef MYBPF__SET
#undef MYBPF__SET32
#undef MYBPF__COUNT_IF
#undef MYBPF__FAULT
#undef MYBPF__OP
#undef MYBPF__EXTRA
#undef MYBPF__SKIP
#undef MYBPF__DISPATCH
#undef MYBPF__FETCH

#endif
