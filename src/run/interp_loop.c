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

#if MYBPF__COMPUTED_GOTO
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
#endif
#define MYBPF__COUNT_IF(condition) /* the second half of a fused addition and jump */                        \
    if (condition) {                                                                                         \
        ip = ip[1].u.target;                                                                                 \
        MYBPF__SKIP(0);                                                                                      \
    }                                                                                                        \
    MYBPF__SKIP(2)
#define MYBPF__FAULT(status)                                                                                 \
    do {                                                                                                     \
        fault = (status);                                                                                    \
        goto faulted;                                                                                        \
    } while (0)

#if MYBPF__COMPUTED_GOTO
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

/* Runs from `ip` on. With `env` NULL it runs nothing and gives the handlers' table in
 * `handlers`, if there is one. */
MYBPF__FN uint64_t mybpf__interp_loop(mybpf_env *env, const mybpf_object *object, const mybpf__record *ip,
                                      const uint64_t args[5], uint64_t frame, uint64_t below,
                                      const mybpf__handler **handlers)
{
    (void)handlers;
    if (!env) {
#if MYBPF__COMPUTED_GOTO
#    define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu) MYBPF__EXTRA_ROW(name)
#    define MYBPF__EXTRA_ROW(name) __extension__ &&mybpf__op_##name,
        static const mybpf__handler mybpf__handlers[] = {
            MYBPF_OPS(MYBPF__ROW) MYBPF__INTERP_EXTRAS(MYBPF__EXTRA_ROW) MYBPF__INTERP_FUSED(MYBPF__EXTRA_ROW)};
#    undef MYBPF__ROW
#    undef MYBPF__EXTRA_ROW
        *handlers = mybpf__handlers;
#endif
        return 0;
    }
    const mybpf__interp *interp = (const mybpf__interp *)object->interp;
    const mybpf_func *callee;
    mybpf__save *save = env->saves, *const first = save;
    const uint64_t limit = env->stack_low;
    uint64_t regs[12] = {0, args[0], args[1], args[2], args[3], args[4], 0, 0, 0, 0, frame, 0};
    uint64_t packet_offset, value;
    mybpf_helper_fn fn;
    unsigned packet_size;
    int fault;
#if !MYBPF__COMPUTED_GOTO
    mybpf__handler op;
#endif
#if !MYBPF__SMALL
    uint64_t last = 0; /* what was written last */
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
#if !MYBPF__COMPUTED_GOTO
again:
    switch (op) {
#endif

    MYBPF__INTERP_ALU
    MYBPF__INTERP_JUMPS
    MYBPF__INTERP_MEMORY
    MYBPF__INTERP_ATOMICS
#if !MYBPF__SMALL
    MYBPF__INTERP_FUSIONS
#endif

    MYBPF__EXTRA(CHARGE)
    {
        const mybpf__extra *extra = &interp->extras[ip - interp->records];
        if (env->abi.steps < extra->cost) MYBPF__FAULT(MYBPF_FAULT_BUDGET);
        env->abi.steps -= extra->cost;
        MYBPF__DISPATCH(extra->charged);
    }
    MYBPF__EXTRA(GUARD)
    {
        const mybpf__extra *extra = &interp->extras[ip - interp->records];
        uint64_t at = regs[extra->base] + (uint64_t)(int64_t)MYBPF__OFF;
        if ((MYBPF__IS_ARENA(extra) || at - limit > env->stack_high - limit - extra->size) &&
            !mybpf__guard(env, at, extra->size | (uint64_t)extra->write << 32))
            goto stopped;
        if (extra->aligned && at % extra->size) MYBPF__FAULT(MYBPF_FAULT_ACCESS);
        MYBPF__DISPATCH(extra->guarded);
    }
#if !MYBPF__SMALL
    MYBPF__OP(CALL)
    {
        regs[0] = interp->helpers[ip->imm].fn(regs[1], regs[2], regs[3], regs[4], regs[5], env);
        MYBPF__NEXT;
    }
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
        env->saves = save;
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
#if !MYBPF__COMPUTED_GOTO
    default: MYBPF__FAULT(MYBPF_FAULT_CALL);
    }
#endif

helper: /* number `value`, which may end the run */
    if (MYBPF__OFF && !mybpf__guard_call(env, value, &regs[1])) goto stopped;
    env->saves = save;
    env->abi.frame = below;
    regs[0] = fn(regs[1], regs[2], regs[3], regs[4], regs[5], env);
    if (env->abi.stop) goto stopped;
    MYBPF__NEXT;

call: /* of `callee`: its frame starts where the running function's ends */
    if (below < callee->stack || below - callee->stack < limit ||
        below - callee->stack < mybpf__address(save + 1))
        MYBPF__FAULT(object->code.trust == MYBPF_TRUSTED ? MYBPF_FAULT_STACK : MYBPF_FAULT_DEPTH);
    save->ip = ip;
    mybpf__copy(save->r, &regs[6], sizeof save->r);
    save->frame = regs[10];
    save->below = below;
    save++;
    regs[10] = below;
    below -= callee->stack;
#if MYBPF__ZEROES
    if (callee->zeroed) mybpf__zero_slots(regs[10], callee->zeroed);
#endif
    ip = interp->records + callee->start;
    MYBPF__SKIP(0);

leave: /* the running function, with r0 */
    if (save == first) return regs[0];
    save--;
    mybpf__copy(&regs[6], save->r, sizeof save->r);
    regs[10] = save->frame;
    below = save->below;
    ip = save->ip;
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

#if MYBPF__COMPUTED_GOTO
#    pragma GCC diagnostic pop
#endif
#undef MYBPF__DST
#undef MYBPF__SRC
#undef MYBPF__IMM
#undef MYBPF__AT
#undef MYBPF__NEXT
#undef MYBPF__IMM2
#undef MYBPF__JUMP_IF
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
