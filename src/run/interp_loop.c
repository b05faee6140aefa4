/* interp_loop.c: runs decoded code. One body for both ways of dispatching: a jump from handler to handler,
 * where the compiler has labels as values, or a switch. */
#ifndef MYBPF__INTERP_LOOP_C
#define MYBPF__INTERP_LOOP_C

#include "interp.h"
#include "interp_math.h"
#include "interp_ops.h"

#if MYBPF__COMPUTED_GOTO
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wpedantic"
#endif

#define MYBPF__DST     regs[ip->dst]
#define MYBPF__SRC     regs[ip->src]
#define MYBPF__IMM     ((uint64_t)(int64_t)ip->imm)
#define MYBPF__AT(reg) mybpf__pointer((reg) + (uint64_t)(int64_t)ip->off)
#define MYBPF__IMM2    ((uint64_t)(int64_t)ip[1].imm)
#define MYBPF__NEXT    MYBPF__SKIP(1)
#define MYBPF__JUMP_IF(condition)                                                                            \
    if (condition) MYBPF__SKIP(1 + (ptrdiff_t)ip->off);                                                      \
    MYBPF__NEXT
#define MYBPF__COUNT_IF(condition) /* the second half of a fused addition and jump */                        \
    if (condition) {                                                                                         \
        ip = ip[1].u.target;                                                                                 \
        MYBPF__SKIP(0);                                                                                      \
    }                                                                                                        \
    MYBPF__SKIP(2)
#define MYBPF__FAULT(status)                                                                                 \
    do {                                                                                                     \
        mybpf__stop(env, (status), MYBPF_NO_INSN);                                                           \
        goto stopped;                                                                                        \
    } while (0)

#if MYBPF__COMPUTED_GOTO
#    define MYBPF__OP(name)    mybpf__op_##name:
#    define MYBPF__EXTRA(name) mybpf__op_##name:
#    define MYBPF__SKIP(count)                                                                               \
        do {                                                                                                 \
            ip += (count);                                                                                   \
            goto * ip->u.handler;                                                                            \
        } while (0)
#    define MYBPF__RUN(handler)          goto *(handler)
#    define MYBPF__HANDLER(name, number) __extension__ &&mybpf__op_##name
#else
#    define MYBPF__OP(name)    case MYBPF_OP_##name:
#    define MYBPF__EXTRA(name) case MYBPF__OP_##name:
#    define MYBPF__SKIP(count)                                                                               \
        do {                                                                                                 \
            ip += (count);                                                                                   \
            goto dispatch;                                                                                   \
        } while (0)
#    define MYBPF__RUN(handler)                                                                              \
        do {                                                                                                 \
            op = (handler);                                                                                  \
            goto again;                                                                                      \
        } while (0)
#    define MYBPF__HANDLER(name, number) (uint32_t)(number)
#endif

/* Labels and cases are handlers here, and stand as such. */
/* clang-format off */

/* Runs from `ip` on. With `env` NULL it runs nothing and gives the handlers' table in `handlers`. */
MYBPF__FN uint64_t mybpf__interp_loop(mybpf_env *env, const mybpf_object *object, const mybpf__record *ip,
                                      const uint64_t args[5], uint64_t frame, uint64_t below,
                                      const mybpf__handler **handlers)
{
#define MYBPF__ROW(name, code, select, value, format, width, symbol, mnemonic, group, cpu)                   \
    MYBPF__HANDLER(name, MYBPF_OP_##name),
#define MYBPF__EXTRA_ROW(name) MYBPF__HANDLER(name, MYBPF__OP_##name),
    static const mybpf__handler mybpf__handlers[] = {MYBPF_OPS(MYBPF__ROW) MYBPF__INTERP_EXTRAS(MYBPF__EXTRA_ROW)
                                                         MYBPF__INTERP_FUSED(MYBPF__EXTRA_ROW)};
#undef MYBPF__ROW
#undef MYBPF__EXTRA_ROW
    if (!env) {
        *handlers = mybpf__handlers;
        return 0;
    }
    const mybpf__interp *interp = (const mybpf__interp *)object->interp;
    const mybpf_func *callee;
    mybpf__save *save = env->saves, *const first = save;
    const uint64_t limit = env->stack_low;
    uint64_t regs[11] = {0, args[0], args[1], args[2], args[3], args[4], 0, 0, 0, 0, frame};
    uint64_t packet_offset;
    unsigned packet_size;
#if MYBPF__COMPUTED_GOTO
    goto *ip->u.handler;
#else
    mybpf__handler op;
dispatch:
    op = ip->u.handler;
again:
    switch (op) {
#endif

    MYBPF__INTERP_ALU
    MYBPF__INTERP_JUMPS
    MYBPF__INTERP_MEMORY
    MYBPF__INTERP_ATOMICS
#if MYBPF__FUSE
    MYBPF__INTERP_FUSIONS
#endif

    MYBPF__EXTRA(CHARGE)
    {
        const mybpf__extra *extra = &interp->extras[ip - interp->records];
        if (env->abi.steps < extra->cost) MYBPF__FAULT(MYBPF_FAULT_BUDGET);
        env->abi.steps -= extra->cost;
        MYBPF__RUN(extra->charged);
    }
    MYBPF__EXTRA(GUARD)
    {
        const mybpf__extra *extra = &interp->extras[ip - interp->records];
        uint64_t at = regs[extra->base] + (uint64_t)(int64_t)ip->off;
        if (at - limit > env->stack_high - limit - extra->size &&
            !mybpf__guard(env, at, extra->size | (uint64_t)extra->write << 32))
            goto stopped;
        if (extra->aligned && at % extra->size) MYBPF__FAULT(MYBPF_FAULT_ACCESS);
        MYBPF__RUN(extra->guarded);
    }
    MYBPF__OP(CALL)
    {
        regs[0] = interp->helpers[ip->imm].fn(regs[1], regs[2], regs[3], regs[4], regs[5], env);
        MYBPF__NEXT;
    }
    MYBPF__EXTRA(CALL_CHECKED)
    {
        const mybpf__callee *helper = &interp->helpers[ip->imm];
        if (ip->off && !mybpf__guard_call(env, helper->id, &regs[1])) goto stopped;
        env->saves = save;
        env->abi.frame = below;
        regs[0] = helper->fn(regs[1], regs[2], regs[3], regs[4], regs[5], env);
        if (env->abi.stop) goto stopped;
        MYBPF__NEXT;
    }
    MYBPF__EXTRA(TAIL_CALL)
    {
        if (ip->off && !mybpf__guard_call(env, MYBPF__HELPER_TAIL_CALL, &regs[1])) goto stopped;
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
        uint64_t value = MYBPF__DST;
        const mybpf__func_desc *desc = mybpf__func_pointed(env, value);
        const mybpf_helper *helper;
        if (desc) {
            callee = &object->funcs[desc->func];
            goto call;
        }
        helper = mybpf__callx_helper(env, value);
        if (!helper) MYBPF__FAULT(MYBPF_FAULT_CALL);
        if (ip->off && !mybpf__guard_call(env, value, &regs[1])) goto stopped;
        env->saves = save;
        env->abi.frame = below;
        regs[0] = helper->fn(regs[1], regs[2], regs[3], regs[4], regs[5], env);
        if (env->abi.stop) goto stopped;
        MYBPF__NEXT;
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
#undef MYBPF__COUNT_IF
#undef MYBPF__FAULT
#undef MYBPF__OP
#undef MYBPF__EXTRA
#undef MYBPF__SKIP
#undef MYBPF__RUN
#undef MYBPF__HANDLER

#endif
