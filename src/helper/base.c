/* base.c: the Base helpers, with the numbers and contracts of linux/bpf.h. */
#ifndef MYBPF__HELPER_BASE_C
#define MYBPF__HELPER_BASE_C

#include "../base/platform.h"
#include "helper_impl.h"
#include "list.h"
#include "format.c"

/* ---- maps ---- */

MYBPF__HELPER(map_lookup_elem)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (map->desc.flags & MYBPF_F_WRONLY_PROG) return 0;
    return mybpf__address(mybpf_map_value(map, mybpf__pointer(r2)));
}

/* Programs write neither a map that is read-only for them nor one that they cannot look up. */
MYBPF__FN int mybpf__may_write(const mybpf_map *map)
{
    return map->ops->lookup && !(map->desc.flags & MYBPF_F_RDONLY_PROG) &&
           !MYBPF__MAP_IS(map, MYBPF__MAP_OF_MAPS | MYBPF__MAP_CONSTANT);
}

MYBPF__HELPER(map_update_elem)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (!mybpf__may_write(map)) return MYBPF__ERRNO(MYBPF__EPERM);
    return (uint64_t)map->ops->update(map, mybpf__pointer(r2), mybpf__pointer(r3), r4, env);
}

MYBPF__HELPER(map_delete_elem)
{
    mybpf_map *map = (mybpf_map *)mybpf__pointer(r1);
    if (!mybpf__may_write(map)) return MYBPF__ERRNO(MYBPF__EPERM);
#ifdef MYBPF_NO_MAP_TYPES
    return (uint64_t)mybpf_map_delete(map, mybpf__pointer(r2));
#else
    return (uint64_t)(map->ops->remove ? map->ops->remove(map, mybpf__pointer(r2)) : -MYBPF__EINVAL);
#endif
}

/* ---- memory that may be unreadable ---- */

#ifndef MYBPF_NO_PROVER
/* Is this memory there? Where the system does not tell, it is taken for such. A byte of each page answers for
 * it. */
MYBPF__FN int mybpf__is_there(uint64_t from, uint64_t size)
{
    uint8_t byte;
    if (from + size < from) return 0;
    for (uint64_t at = from, end = from + size; at < end; at = (at | 4095) + 1)
        if (!mybpf__read_if_there(&byte, at, 1)) return 0;
    return 1;
}
#endif

/* Through the host where it offers that; else what the run may read, so in a trusted one everything that is
 * there: where the system does not tell, all but the first page. */
MYBPF__FN int mybpf__probe(mybpf_env *env, void *to, uint64_t from, uint64_t size)
{
    const mybpf_host *host = mybpf_vm_host(mybpf_env_vm(env));
    if (host->probe_read != mybpf__default_probe_read)
        return host->probe_read(host->user, to, mybpf__pointer(from), (size_t)size);
    if (from < 4096 || !mybpf_env_memory(env, from, size, 0)) return -1;
#ifndef MYBPF_NO_PROVER
    if (!mybpf__env_knows(env, from, size) && !mybpf__is_there(from, size)) return -1;
#endif
    mybpf__move(to, mybpf__pointer(from), (size_t)size);
    return 0;
}

MYBPF__HELPER(probe_read)
{
    uint32_t size = (uint32_t)r2;
    if (!size || !mybpf__probe(env, mybpf__pointer(r1), r3, size)) return 0;
    mybpf__zero(mybpf__pointer(r1), size);
    return MYBPF__ERRNO(MYBPF__EFAULT);
}

/* What text is asked for at a time: within a page. */
#ifdef MYBPF_NO_PROVER
enum { MYBPF__PROBE_PART = 1 };
#else
enum { MYBPF__PROBE_PART = 64 };
#endif

/* The length with its NUL, cut to fit: always terminated. */
MYBPF__HELPER(probe_read_str)
{
    char *to = (char *)mybpf__pointer(r1), part[MYBPF__PROBE_PART];
    const char *next = part;
    uint32_t size = (uint32_t)r2, known = 0;
    for (uint32_t i = 0; i < size; i++, known--) {
        if (!known) {
            known = MYBPF__PROBE_PART - (uint32_t)((r3 + i) % MYBPF__PROBE_PART);
            if (known > 1 && mybpf__probe(env, part, r3 + i, known)) known = 1; /* its end may be readable */
            if (known == 1 && mybpf__probe(env, part, r3 + i, 1)) {
                mybpf__zero(to, size);
                return MYBPF__ERRNO(MYBPF__EFAULT);
            }
            next = part;
        }
        to[i] = *next++;
        if (i + 1 == size) to[i] = 0;
        if (!to[i]) return i + 1;
    }
    return 0;
}

#define mybpf__helper_probe_read_user       mybpf__helper_probe_read
#define mybpf__helper_probe_read_kernel     mybpf__helper_probe_read
#define mybpf__helper_probe_read_user_str   mybpf__helper_probe_read_str
#define mybpf__helper_probe_read_kernel_str mybpf__helper_probe_read_str

/* ---- what the host knows ---- */

MYBPF__HELPER(ktime_get_ns)
{
    const mybpf_host *host = mybpf_vm_host(mybpf_env_vm(env));
    return host->time_ns(host->user);
}

#define mybpf__helper_ktime_get_boot_ns   mybpf__helper_ktime_get_ns
#define mybpf__helper_ktime_get_coarse_ns mybpf__helper_ktime_get_ns

/* The kernel's clock tick, here always of 4 ms. */
MYBPF__HELPER(jiffies64) { return mybpf__helper_ktime_get_ns(0, 0, 0, 0, 0, env) / 4000000; }

MYBPF__HELPER(get_prandom_u32) { return mybpf__random(mybpf_env_vm(env)); }

MYBPF__HELPER(get_smp_processor_id)
{
    const mybpf_host *host = mybpf_vm_host(mybpf_env_vm(env));
    return host->cpu(host->user);
}

MYBPF__HELPER(get_numa_node_id) { return 0; }

MYBPF__HELPER(get_current_pid_tgid)
{
    const mybpf_host *host = mybpf_vm_host(mybpf_env_vm(env));
    return host->pid_tgid(host->user);
}

MYBPF__HELPER(get_current_uid_gid)
{
    const mybpf_host *host = mybpf_vm_host(mybpf_env_vm(env));
    return host->uid_gid(host->user);
}

MYBPF__HELPER(get_current_comm)
{
    const mybpf_host *host = mybpf_vm_host(mybpf_env_vm(env));
    char name[16] = {0}, *to = (char *)mybpf__pointer(r1);
    uint32_t size = (uint32_t)r2;
    if (!size) return MYBPF__ERRNO(MYBPF__EINVAL);
    host->comm(host->user, name);
    for (uint32_t i = 0; i < size; i++) to[i] = i < 15 && i + 1 < size ? name[i] : (char)0;
    return 0;
}

/* ---- text ---- */

MYBPF__HELPER(trace_printk)
{
    uint64_t args[3];
    args[0] = r3;
    args[1] = r4;
    args[2] = r5;
    return (uint64_t)mybpf__say(env, r1, (uint32_t)r2, mybpf__address(args), sizeof args, 1);
}

MYBPF__HELPER(trace_vprintk) { return (uint64_t)mybpf__say(env, r1, (uint32_t)r2, r3, (uint32_t)r4, 1); }

/* Counts the NUL, unlike C's. */
MYBPF__HELPER(snprintf)
{
    uint32_t args_size = (uint32_t)r5;
    if (args_size % 8) return MYBPF__ERRNO(MYBPF__EINVAL);
    int64_t length =
        mybpf_format_text(env, (char *)mybpf__pointer(r1), (uint32_t)r2, (const char *)mybpf__pointer(r3),
                          SIZE_MAX, (const uint64_t *)mybpf__pointer(r4), args_size / 8);
    return (uint64_t)(length < 0 ? length : length + 1);
}

MYBPF__HELPER(strncmp)
{
    const uint8_t *a = (const uint8_t *)mybpf__pointer(r1), *b = (const uint8_t *)mybpf__pointer(r3);
    uint32_t size = (uint32_t)r2;
    for (uint32_t i = 0; i < size; i++)
        if (a[i] != b[i] || !a[i]) return (uint64_t)((int64_t)a[i] - b[i]);
    return 0;
}

MYBPF__FN unsigned mybpf__digit(char c)
{
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if ((c | 32) >= 'a' && (c | 32) <= 'z') return (unsigned)((c | 32) - 'a') + 10;
    return 99;
}

/* A number at the start of `text`: its magnitude and sign. Characters used, 0 when there is none; `overflow`
 * when it does not fit 64 bits. Base 0 understands 0x and 0. */
MYBPF__FN uint32_t mybpf__scan_number(const char *text, uint32_t size, unsigned base, uint64_t *value,
                                      int *negative, int *overflow)
{
    uint32_t at = 0;
    while (at < size && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) at++;
    *negative = at < size && text[at] == '-';
    at += (uint32_t)*negative;
    int hex =
        at + 2 < size && text[at] == '0' && (text[at + 1] | 32) == 'x' && mybpf__digit(text[at + 2]) < 16;
    if (!base) base = hex ? 16 : at < size && text[at] == '0' ? 8 : 10;
    if (hex && base == 16) at += 2;
    uint32_t first = at;
    *value = 0;
    *overflow = 0;
    for (; at < size && mybpf__digit(text[at]) < base; at++) {
        unsigned digit = mybpf__digit(text[at]);
        if (*value > (UINT64_MAX - digit) / base) *overflow = 1;
        *value = *value * base + digit;
    }
    return at == first ? 0 : at;
}

MYBPF__FN uint64_t mybpf__parse_number(uint64_t text, uint64_t size, uint64_t flags, uint64_t to,
                                       int with_sign)
{
    uint64_t value;
    int negative, overflow;
    if (flags != 0 && flags != 8 && flags != 10 && flags != 16) return MYBPF__ERRNO(MYBPF__EINVAL);
    uint32_t used = mybpf__scan_number((const char *)mybpf__pointer(text),
                                       size > UINT32_MAX ? UINT32_MAX : (uint32_t)size, (unsigned)flags,
                                       &value, &negative, &overflow);
    if (!used || (negative && !with_sign)) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (overflow || (with_sign && value > (uint64_t)INT64_MAX + (uint64_t)negative))
        return MYBPF__ERRNO(MYBPF__ERANGE);
    if (negative) value = 0 - value;
    mybpf__copy(mybpf__pointer(to), &value, sizeof value);
    return used;
}

MYBPF__HELPER(strtol) { return mybpf__parse_number(r1, r2, r3, r4, 1); }
MYBPF__HELPER(strtoul) { return mybpf__parse_number(r1, r2, r3, r4, 0); }

/* Engines make tail calls themselves; reached by another way, it falls through as a failed one does. */
MYBPF__HELPER(tail_call) { return MYBPF__ERRNO(1); }

/* ---- callbacks ---- */

#ifndef MYBPF_NO_PROVER
#    define MYBPF__LOOP_MAX (1u << 23) /* calls, as in Linux */

/* Calls function(index, ctx) until it returns something; how often it did. */
MYBPF__HELPER(loop)
{
    uint32_t count = (uint32_t)r1;
    if (r4) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (count > MYBPF__LOOP_MAX) return MYBPF__ERRNO(MYBPF__E2BIG);
    for (uint32_t i = 0; i < count; i++)
        if (mybpf_env_call(env, r2, i, r3, 0, 0, 0) || mybpf_env_stopped(env)) return i + 1;
    return count;
}

/* What for_each_map_elem goes on with from element to element. */
typedef struct mybpf__for_each {
    mybpf_env *env;
    mybpf_map *map;
    uint64_t function, ctx, count;
} mybpf__for_each;

/* Calls function(map, key, value, ctx): not 0 when it or the run wants no more. The key is a copy, which the
 * program may only read. */
MYBPF__FN int mybpf__each_call(void *user, const void *key, void *value)
{
    mybpf__for_each *each = (mybpf__for_each *)user;
    const void *lent = key;
    uint64_t size = each->map->desc.key_size, more;
    mybpf__lend(each->env, &lent, &size);
    more = mybpf_env_call(each->env, each->function, mybpf__address(each->map), mybpf__address(key),
                          mybpf__address(value), each->ctx, 0);
    mybpf__lend(each->env, &lent, &size);
    each->count++;
    return more || mybpf_env_stopped(each->env);
}

MYBPF__HELPER(for_each_map_elem)
{
    mybpf__for_each each;
    each.env = env;
    each.map = (mybpf_map *)mybpf__pointer(r1);
    each.function = r2;
    each.ctx = r3;
    each.count = 0;
    if (r4 || !mybpf__map_each(each.map, mybpf__each_call, &each)) return MYBPF__ERRNO(MYBPF__EINVAL);
    return each.count;
}
#endif

/* ---- the table ---- */

static const mybpf_helper mybpf__base_helpers[] = {MYBPF_BASE_HELPERS(MYBPF__HELPER_ROW)
#ifndef MYBPF_NO_PROVER
                                                       MYBPF_CALLBACK_HELPERS(MYBPF__HELPER_ROW)
#endif
};
#undef mybpf__helper_probe_read_user
#undef mybpf__helper_probe_read_kernel
#undef mybpf__helper_probe_read_user_str
#undef mybpf__helper_probe_read_kernel_str
#undef mybpf__helper_ktime_get_boot_ns
#undef mybpf__helper_ktime_get_coarse_ns

#endif
