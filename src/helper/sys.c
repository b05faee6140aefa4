/* sys.c: the Sys helpers, C's library as far as programs have asked for it. They run only when granted. */
#ifndef MYBPF__HELPER_SYS_C
#define MYBPF__HELPER_SYS_C

#include "helper_impl.h"
#include "list.h"
#include "format.c"
#include "base.c"

#ifndef MYBPF_NO_SYS

/* A string argument: its prototype has made sure that it ends. */
MYBPF__FN const char *mybpf__string(uint64_t address) { return (const char *)mybpf__pointer(address); }

/* ---- memory of the host ---- */

MYBPF__HELPER(sys_calloc)
{
    if (r2 && r1 > SIZE_MAX / r2) return 0;
    return mybpf__address(mybpf__alloc(mybpf_env_vm(env), (size_t)r1, (size_t)r2));
}

MYBPF__HELPER(sys_realloc)
{
    if ((size_t)r2 != r2) return 0;
    return mybpf__address(mybpf_vm_realloc(mybpf_env_vm(env), mybpf__pointer(r1), (size_t)r2));
}

MYBPF__HELPER(sys_malloc) { return mybpf__helper_sys_realloc(0, r1 ? r1 : 1, 0, 0, 0, env); }
MYBPF__HELPER(sys_free) { return mybpf__helper_sys_realloc(r1, 0, 0, 0, 0, env); }

/* ---- bytes ---- */

MYBPF__HELPER(sys_memmove)
{
    size_t size = (size_t)(r4 < r2 ? r4 : r2);
    if (size) mybpf__move(mybpf__pointer(r1), mybpf__pointer(r3), size);
    return 0;
}

#    define mybpf__helper_sys_memcpy mybpf__helper_sys_memmove

MYBPF__HELPER(sys_memset)
{
    uint8_t *to = (uint8_t *)mybpf__pointer(r1);
    for (uint64_t i = 0; i < r2; i++) to[i] = (uint8_t)r3;
    return 0;
}

MYBPF__HELPER(sys_memcmp)
{
    const uint8_t *a = (const uint8_t *)mybpf__pointer(r1), *b = (const uint8_t *)mybpf__pointer(r3);
    for (uint64_t i = 0; i < r2 && i < r4; i++)
        if (a[i] != b[i]) return (uint64_t)((int64_t)a[i] - b[i]);
    return 0;
}

/* ---- strings ---- */

MYBPF__HELPER(sys_strlen) { return mybpf__length(mybpf__string(r1), SIZE_MAX); }

MYBPF__HELPER(sys_strncmp)
{
    const uint8_t *a = (const uint8_t *)mybpf__string(r1), *b = (const uint8_t *)mybpf__string(r2);
    for (; r3; a++, b++, r3--)
        if (*a != *b || !*a) return (uint64_t)((int64_t)*a - *b);
    return 0;
}

MYBPF__HELPER(sys_strcmp) { return mybpf__helper_sys_strncmp(r1, r2, UINT64_MAX, 0, 0, env); }

MYBPF__HELPER(sys_strcpy)
{
    mybpf__copy(mybpf__pointer(r1), mybpf__string(r2), mybpf__length(mybpf__string(r2), SIZE_MAX) + 1);
    return 0;
}

/* As in C: filled up with zeros, and not terminated when it just fits. */
MYBPF__HELPER(sys_strncpy)
{
    char *to = (char *)mybpf__pointer(r1);
    const char *from = mybpf__string(r3);
    for (uint64_t i = 0; i < r2; i++) to[i] = *from ? *from++ : (char)0;
    return 0;
}

/* The first or last place of a character, its NUL included. */
MYBPF__FN uint64_t mybpf__find_char(uint64_t text, char c, int last)
{
    const char *at = mybpf__string(text), *found = NULL;
    for (;; at++) {
        if (*at == c) found = at;
        if (!*at || (found && !last)) return mybpf__address(found);
    }
}

MYBPF__HELPER(sys_strchr) { return mybpf__find_char(r1, (char)r2, 0); }
MYBPF__HELPER(sys_strrchr) { return mybpf__find_char(r1, (char)r2, 1); }

MYBPF__HELPER(sys_strstr)
{
    for (const char *at = mybpf__string(r1);; at++) {
        if (mybpf__starts(at, mybpf__string(r2))) return mybpf__address(at);
        if (!*at) return 0;
    }
}

MYBPF__FN uint64_t mybpf__parse_text(uint64_t text, uint64_t base, uint64_t to, int with_sign)
{
    uint64_t value = 0, end, largest = with_sign ? (uint64_t)INT64_MAX : UINT64_MAX;
    int negative = 0, overflow = 0;
    uint32_t used = 0;
    if (base != 1 && base <= 36)
        used =
            mybpf__scan_number(mybpf__string(text), UINT32_MAX, (unsigned)base, &value, &negative, &overflow);
    if (with_sign && negative) largest++;
    if (overflow || value > largest) value = largest;
    if (!used) value = 0;
    end = text + used;
    mybpf__copy(mybpf__pointer(to), &end, sizeof end);
    return negative && (with_sign || !overflow) ? 0 - value : value;
}

MYBPF__HELPER(sys_strtol) { return mybpf__parse_text(r1, (uint32_t)r2, r3, 1); }
MYBPF__HELPER(sys_strtoul) { return mybpf__parse_text(r1, (uint32_t)r2, r3, 0); }

/* ---- output ---- */

MYBPF__HELPER(sys_printf) { return (uint64_t)mybpf__say(env, r1, r2, r3, r4, 0); }

MYBPF__HELPER(sys_snprintf)
{
    return (uint64_t)mybpf_format_text(env, (char *)mybpf__pointer(r1),
                                       r2 > INT32_MAX ? INT32_MAX : (size_t)r2, mybpf__string(r3), SIZE_MAX,
                                       (const uint64_t *)mybpf__pointer(r4), (size_t)(r5 / 8));
}

MYBPF__HELPER(sys_sprintf) { return mybpf__helper_sys_snprintf(r1, INT32_MAX, r2, r3, r4, env); }

MYBPF__HELPER(sys_puts)
{
    static const char mybpf__line[] = "%s\n";
    return (uint64_t)mybpf__say(env, mybpf__address(mybpf__line), sizeof mybpf__line, mybpf__address(&r1), 8,
                                0);
}

MYBPF__HELPER(sys_putchar)
{
    const mybpf_host *host = mybpf_vm_host(mybpf_env_vm(env));
    char c = (char)r1;
    host->output(host->user, &c, 1);
    return (uint8_t)c;
}

/* ---- the run ---- */

MYBPF__HELPER(sys_exit)
{
    mybpf_env_stop(env, MYBPF_OK, r1);
    return r1;
}

static const mybpf_helper mybpf__sys_helpers[] = {MYBPF_SYS_HELPERS(MYBPF__HELPER_ROW)};
#    undef mybpf__helper_sys_memcpy

#endif /* MYBPF_NO_SYS */

#endif
