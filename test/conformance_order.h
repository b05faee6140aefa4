/* conformance_order.h: conformance programs whose result is that of a little-endian machine, by reason. Each
 * was run in both byte orders by an interpreter made for that, and these differ; a big-endian host leaves
 * them out. */
#ifndef CONFORMANCE_ORDER_H
#define CONFORMANCE_ORDER_H

#include <string.h>

static inline int needs_little_endian(const char *name)
{
    static const char *const names[] = {
        /* le and be swap on the other machines */
        "be16-high.data",
        "be32-high.data",
        "le16-high.data",
        "le32-high.data",
        "rfc9669_be16.data",
        "rfc9669_be32.data",
        "rfc9669_be64.data",
        "rfc9669_le16.data",
        "rfc9669_le32.data",
        "rfc9669_le64.data",
        /* numbers of several bytes in the input */
        "ldxdw.data",
        "ldxh.data",
        "ldxsh.data",
        "ldxsw.data",
        "ldxw.data",
        "mul64-intmin-by-negone-imm.data",
        "mul64-intmin-by-negone-reg.data",
        "neg64-intmin-imm.data",
        "neg64-intmin-reg.data",
        "sdiv64-intmin-by-negone-imm.data",
        "sdiv64-intmin-by-negone-reg.data",
        "subnet.data",
        "tcp-port-80/match.data",
        "tcp-sack/match.data",
        /* 4 bytes of the 8 that were stored: the low ones */
        "lock_add32.data",
        "lock_and32.data",
        "lock_cmpxchg32.data",
        "lock_fetch_add32.data",
        "lock_fetch_and32.data",
        "lock_fetch_or32.data",
        "lock_fetch_xor32.data",
        "lock_or32.data",
        "lock_xchg32.data",
        "lock_xor32.data",
        "rfc9669_lock_cmpxchg32.data",
        "rfc9669_lock_xchg32.data",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name)) return 1;
    return 0;
}

#endif
