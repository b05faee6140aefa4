/* host.c: Base helpers that ask the host, and those on the run and the memory around it. */
#ifndef MYBPF__HELPER_HOST_C
#define MYBPF__HELPER_HOST_C

#include "base.c"
#include "packet.c"

#ifndef MYBPF_NO_PROVER

enum { MYBPF__SEQ_ARGS = 12 /* Linux's */ };

/* ---- memory ---- */

/* Where the run may write; else it is the host's affair. */
MYBPF__HELPER(probe_write_user)
{
    uint32_t size = (uint32_t)r3;
    void *to = mybpf_env_memory(env, r1, size, 1);
    uint64_t answer = MYBPF__ASK(36, MYBPF__ERRNO(to ? 0 : MYBPF__EFAULT));
    if (to && !answer) mybpf__move(to, mybpf__pointer(r2), size);
    return answer;
}

#    define mybpf__helper_copy_from_user mybpf__helper_probe_read

/* ---- the run ---- */

MYBPF__HELPER(ktime_get_tai_ns) { return MYBPF__ASK(208, mybpf__helper_ktime_get_ns(0, 0, 0, 0, 0, env)); }

/* In every namespace what get_current_pid_tgid tells, unless the host knows better. */
MYBPF__HELPER(get_ns_current_pid_tgid)
{
    uint64_t pid_tgid = mybpf__helper_get_current_pid_tgid(0, 0, 0, 0, 0, env);
    uint32_t ids[2];
    ids[0] = (uint32_t)pid_tgid;
    ids[1] = (uint32_t)(pid_tgid >> 32);
    mybpf__zero(mybpf__pointer(r3), (uint32_t)r4);
    if ((uint32_t)r4 != sizeof ids) return MYBPF__ERRNO(MYBPF__EINVAL);
    mybpf__copy(mybpf__pointer(r3), ids, sizeof ids);
    return MYBPF__ASK(120, 0);
}

/* ---- arguments of functions: in the context, 8 bytes each; how many of it are arguments the host knows ----
 */

MYBPF__HELPER(get_func_arg_cnt) { return MYBPF__ASK(185, mybpf__context_bytes(env) / 8); }

MYBPF__FN uint64_t mybpf__func_value(mybpf_env *env, uint64_t index, uint64_t end, uint64_t to)
{
    uint32_t value[2] = {0, 0}, at = (uint32_t)index * 8;
    int there = index < end && index < mybpf__context_bytes(env) / 8;
    if (there) {
        value[0] = mybpf__context_word(env, at);
        value[1] = mybpf__context_word(env, at + 4);
    }
    mybpf__copy(mybpf__pointer(to), value, sizeof value);
    return (uint64_t)there;
}

MYBPF__HELPER(get_func_arg)
{
    uint64_t count = mybpf__helper_get_func_arg_cnt(r1, 0, 0, 0, 0, env);
    return mybpf__func_value(env, (uint32_t)r2, count, r3) ? 0 : MYBPF__ERRNO(MYBPF__EINVAL);
}

/* Behind the last argument, where the function has returned. */
MYBPF__HELPER(get_func_ret)
{
    uint64_t count = mybpf__helper_get_func_arg_cnt(r1, 0, 0, 0, 0, env);
    return mybpf__func_value(env, count, UINT32_MAX, r2) ? 0 : MYBPF__ERRNO(MYBPF__EOPNOTSUPP);
}

/* ---- iterators: what they write goes to the host ---- */

/* As seq_write of this text. */
MYBPF__FN uint64_t mybpf__seq_text(mybpf_env *env, uint64_t seq, const char *text, int64_t length)
{
    if (length < 0) return (uint64_t)length;
    return mybpf__asked(env, 127, seq, mybpf__address(text), (uint64_t)length, 0, 0,
                        MYBPF__ERRNO(MYBPF__EOVERFLOW));
}

MYBPF__HELPER(seq_printf)
{
    mybpf_vm *vm = mybpf_env_vm(env);
    const uint64_t *args = (const uint64_t *)mybpf__pointer(r4);
    size_t count = (uint32_t)r5 / 8, size;
    uint64_t status;
    char *text;
    int64_t length;
    if ((uint32_t)r5 % 8 || count > MYBPF__SEQ_ARGS) return MYBPF__ERRNO(MYBPF__EINVAL);
    length = mybpf_format_text(env, NULL, 0, (const char *)mybpf__pointer(r2), (uint32_t)r3, args, count);
    if (length < 0) return (uint64_t)length;
    size = (size_t)length + 1;
    text = (char *)mybpf__alloc(vm, 1, size);
    if (!text) return MYBPF__ERRNO(MYBPF__ENOMEM);
    length = mybpf_format_text(env, text, size, (const char *)mybpf__pointer(r2), (uint32_t)r3, args, count);
    if (length >= (int64_t)size) length = (int64_t)size - 1; /* another thread changed a string */
    status = mybpf__seq_text(env, r1, text, length);
    mybpf__free(vm, text);
    return status;
}

MYBPF__HELPER(seq_printf_btf)
{
    int64_t length = mybpf__show_typed(env, r2, (uint32_t)r3, r4, NULL, 0);
    size_t size = (size_t)length + 1;
    uint64_t status;
    char *text;
    if (length < 0) return (uint64_t)length;
    text = (char *)mybpf__alloc(mybpf_env_vm(env), 1, size);
    if (!text) return MYBPF__ERRNO(MYBPF__ENOMEM);
    length = mybpf__show_typed(env, r2, (uint32_t)r3, r4, text, size);
    if (length >= (int64_t)size) length = (int64_t)size - 1; /* another thread changed the memory */
    status = mybpf__seq_text(env, r1, text, length);
    mybpf__free(mybpf_env_vm(env), text);
    return status;
}

/* ---- types and tasks ---- */

MYBPF__HELPER(snprintf_btf)
{
    return (uint64_t)mybpf__show_typed(env, r3, (uint32_t)r4, r5, (char *)mybpf__pointer(r1), (uint32_t)r2);
}

/* Calls function(task, area, ctx) with the memory area of a task that the host knows at an address. */
MYBPF__HELPER(find_vma)
{
    uint64_t area = r5 ? MYBPF__ERRNO(MYBPF__EINVAL)
                       : mybpf__asked(env, 180, r1, r2, 0, 0, 0, MYBPF__ERRNO(MYBPF__ENOENT));
    if (area >= MYBPF__ERRNO(4095)) return area;
    (void)mybpf_env_call(env, r3, r1, area, r4, 0, 0);
    return 0;
}

#    ifndef MYBPF_NO_MORE_HELPERS
static const mybpf_helper mybpf__more_helpers[] = {MYBPF_MORE_HELPERS(MYBPF__HELPER_ROW)};
#    endif
#    undef mybpf__helper_copy_from_user

/* ---- what the host alone knows ---- */

/* What these return where it does not; those that are not here, 0. */
MYBPF__FN uint64_t mybpf__unasked(uint32_t helper, mybpf_env *env)
{
    static const struct {
        uint8_t helper;
        uint8_t number; /* an errno */
    } mybpf__rows[] = {{20, 22}, {21, 22},  {22, 2},   {29, 2},   {30, 22},  {37, 22}, {49, 95},
                       {55, 2},  {56, 22},  {57, 95},  {58, 95},  {59, 22},  {66, 22}, {67, 14},
                       {69, 95}, {101, 22}, {102, 22}, {103, 22}, {104, 22}, {109, 1}, {117, 1},
                       {119, 2}, {127, 75}, {135, 22}, {141, 95}, {163, 95}, {166, 1}, {167, 2},
                       {168, 1}, {176, 2},  {179, 2},  {187, 95}, {191, 14}};
    if (helper == 35 || helper == 158) return mybpf__helper_get_current_pid_tgid(0, 0, 0, 0, 0, env);
    if (helper == 47) return 65534; /* the user that stands for none */
    for (size_t i = 0; i < sizeof mybpf__rows / sizeof *mybpf__rows; i++)
        if (mybpf__rows[i].helper == helper) return MYBPF__ERRNO(mybpf__rows[i].number);
    return 0;
}

MYBPF__FN const mybpf_helper *mybpf__host_row(uint32_t helper);

/* The memory's size, of a helper that returns how much of it was filled. */
MYBPF__FN uint32_t mybpf__host_room(const mybpf_helper *row, uint64_t r2, uint64_t r3)
{
    return (uint32_t)(row->args[0] == MYBPF_ARG_MEM_WRITE ? r2 : r3);
}

MYBPF__FN uint64_t mybpf__ask_host(uint32_t helper, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
                                   uint64_t r5, mybpf_env *env)
{
    const mybpf_helper *row = mybpf__host_row(helper);
    uint64_t args[5];
    args[0] = r1, args[1] = r2, args[2] = r3, args[3] = r4, args[4] = r5;
    for (unsigned i = 0; i < 5; i++) { /* a program takes it for written */
        if (row->args[i] == MYBPF_ARG_MEM_WRITE) mybpf__zero(mybpf__pointer(args[i]), (uint32_t)args[i + 1]);
        if (row->args[i] == MYBPF_ARG_PTR_LONG) mybpf__zero(mybpf__pointer(args[i]), 8);
    }
    args[0] = mybpf__ask(env, helper, args, mybpf__unasked(helper, env));
    if (row->ret != MYBPF_RET_LENGTH || args[0] >= (uint64_t)-4095) return args[0];
    return args[0] > mybpf__host_room(row, r2, r3) ? MYBPF__ERRNO(MYBPF__EFAULT) : args[0];
}

#    define MYBPF__ASKED(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters)            \
        MYBPF__HELPER(name) { return mybpf__ask_host(number, r1, r2, r3, r4, r5, env); }
MYBPF_HOST_HELPERS(MYBPF__ASKED)
#    undef MYBPF__ASKED

static const mybpf_helper mybpf__host_helpers[] = {MYBPF_HOST_HELPERS(MYBPF__HELPER_ROW)};

MYBPF__FN const mybpf_helper *mybpf__host_row(uint32_t helper)
{
    const mybpf_helper *row = mybpf__host_helpers;
    while (row->id != helper) row++;
    return row;
}

#endif
#endif
