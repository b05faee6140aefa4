/* values.c: what is known of the registers and the stack at one place, and how two such states join.
 *
 * A value is a number, or a pointer whose object and offset are known, or something. Registers 0..10 come
 * first, then the stack in units of 8 bytes downwards from r10; `written` has a bit for each byte that was
 * written on every path (registers: all or none). */
#ifndef MYBPF__VALUES_C
#define MYBPF__VALUES_C

#include "verify_impl.h"

#ifndef MYBPF_NO_PROVER

typedef enum mybpf__value_kind {
    MYBPF__NOWHERE = 0, /* no path has come here yet */
    MYBPF__ANY,
    MYBPF__CONST,       /* the number `off` */
    MYBPF__STACK,       /* r10 + off; this and what follows are pointers */
    MYBPF__CTX,         /* context + off */
    MYBPF__VALUE,       /* value of map `index` + off */
    MYBPF__MAYBE_VALUE, /* that or NULL, from the call at `off` */
    MYBPF__MAP,         /* map `index` itself */
    MYBPF__FUNC         /* function `off` */
} mybpf__value_kind;

typedef struct mybpf__value {
    uint8_t kind, written;
    uint16_t index;
    int32_t off;
} mybpf__value;

enum {
    MYBPF__REGISTERS = 11,
    MYBPF__STACK_UNITS = MYBPF_STACK_FRAME / 8,
    MYBPF__STATE = MYBPF__REGISTERS + MYBPF__STACK_UNITS,
    MYBPF__FAR = 1 << 29 /* offsets beyond are not followed */
};

MYBPF__FN mybpf__value mybpf__value_of(mybpf__value_kind kind, uint32_t index, int64_t off)
{
    mybpf__value value;
    value.kind = (uint8_t)kind;
    value.written = 0xff;
    value.index = (uint16_t)index;
    value.off = (int32_t)off;
    if (off != value.off || index != value.index ||
        (kind != MYBPF__CONST && (off > MYBPF__FAR || off < -MYBPF__FAR))) {
        value.kind = MYBPF__ANY;
        value.index = 0;
        value.off = 0;
    }
    return value;
}

MYBPF__FN mybpf__value mybpf__value_anything(void) { return mybpf__value_of(MYBPF__ANY, 0, 0); }

/* Forgets what the value is; what was written stays written. */
MYBPF__FN void mybpf__value_forget(mybpf__value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t written = values[i].written;
        values[i] = mybpf__value_anything();
        values[i].written = written;
    }
}

MYBPF__FN void mybpf__value_unset(mybpf__value *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        values[i] = mybpf__value_anything();
        values[i].written = 0;
    }
}

/* Makes `into` hold for both; tells whether it changed. */
MYBPF__FN int mybpf__value_join(mybpf__value *into, const mybpf__value *from, uint32_t count)
{
    int changed = 0;
    if (!into->kind) {
        mybpf__copy(into, from, count * sizeof *into);
        return 1;
    }
    for (uint32_t i = 0; i < count; i++) {
        mybpf__value old = into[i];
        if (old.kind != from[i].kind || old.index != from[i].index || old.off != from[i].off)
            into[i] = mybpf__value_anything();
        into[i].written = old.written & from[i].written;
        changed |= old.kind != into[i].kind || old.written != into[i].written;
    }
    return changed;
}

/* dst += src, or -=. */
MYBPF__FN mybpf__value mybpf__value_sum(mybpf__value dst, mybpf__value src, int minus)
{
    mybpf__value swap = dst;
    if (dst.kind == MYBPF__CONST && !minus) {
        dst = src;
        src = swap;
    }
    if (src.kind != MYBPF__CONST || dst.kind < MYBPF__CONST || dst.kind > MYBPF__VALUE)
        return mybpf__value_anything();
    return mybpf__value_of((mybpf__value_kind)dst.kind, dst.index,
                           minus ? (int64_t)dst.off - src.off : (int64_t)dst.off + src.off);
}

#endif
#endif
