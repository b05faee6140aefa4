/* generate_calls.c: what random programs call: functions, directly and by address, helpers, other programs.
 */
#include "generate_impl.h"

/* ---- functions ---- */

/* A call of function `sub` of those that are no programs, at the next instruction. */
static void patch_later(generator *g, unsigned sub)
{
    g->calls[g->call_count].sub = sub;
    g->calls[g->call_count++].at = g->unit->count;
}

/* A function further down, so that nothing recurses; -1: there is room for none. */
static int callee(generator *g)
{
    unsigned programs = g->unit->program_count, sub = g->func < programs ? 0 : g->func - programs + 1;
    sub += pick(g, 2);
    if (sub >= GENERATE_FUNCS - programs || sub > 3 || g->call_count == sizeof g->calls / sizeof *g->calls)
        return -1;
    if (sub >= g->subs) sub = g->subs++; /* none is left out */
    return (int)sub;
}

static void call_func(generator *g, unsigned sub, unsigned kind)
{
    if (kind == 0) {
        emit(g, MOV_REG, 1, MEMORY, 0, 0);
        patch_later(g, sub);
        emit(g, CALL, 0, 1, 0, 0);
    } else if (kind == 1) { /* through a pointer */
        patch_later(g, sub);
        emit_lddw(g, 0, MYBPF_PSEUDO_FUNC, 0);
        emit(g, MOV_REG, 1, MEMORY, 0, 0);
        emit(g, CALLX, 0, 0, 0, 0);
    } else { /* by a helper */
        patch_later(g, sub);
        emit_lddw(g, 1, MYBPF_PSEUDO_FUNC, 0);
        emit(g, MOV_REG, 2, MEMORY, 0, 0);
        emit(g, CALL, 0, 0, 0, GENERATE_CALLBACK);
    }
    clobbered(g);
}

/* ---- helpers ---- */

static void address(generator *g, unsigned reg, unsigned base, int off)
{
    emit(g, MOV_REG, reg, base, 0, 0);
    if (off) emit(g, ADD, reg, 0, 0, off);
}

/* Some bytes of stack or block, with their address in `reg` and their number in `size_reg`. */
static void bytes(generator *g, unsigned reg, unsigned size_reg)
{
    int size = 1 + (int)pick(g, 16), off = (int)pick(g, (unsigned)(STACK - size + 1)), stack = chance(g, 50);
    address(g, reg, stack ? FRAME : MEMORY, stack ? off - STACK : off);
    emit(g, MOV, size_reg, 0, 0, size);
}

static void write_sum(generator *g) { emit(g, CALL, 0, 0, 0, GENERATE_SUM); }

static void write_by_number(generator *g)
{
    unsigned reg = 6 + pick(g, 2);
    emit(g, MOV, reg, 0, 0, GENERATE_SUM);
    emit(g, CALLX, reg, 0, 0, 0);
}

static void write_fold(generator *g)
{
    bytes(g, 1, 2);
    emit(g, CALL, 0, 0, 0, GENERATE_FOLD);
}

static void write_fill(generator *g)
{
    bytes(g, 1, 2);
    emit(g, CALL, 0, 0, 0, GENERATE_FILL);
}

static void write_stop(generator *g)
{
    if (!chance(g, 15)) {
        write_sum(g);
        return;
    }
    uint32_t over = jump(g, JEQ, 0, (int32_t)pick(g, 2));
    emit(g, CALL, 0, 0, 0, GENERATE_STOP);
    clobbered(g);
    land(g, over);
}

static void write_probe_read(generator *g)
{
    int from = (int)pick(g, STACK - 16), kernel = (g->flags & GENERATE_KERNEL) != 0;
    bytes(g, 1, 2);
    if (kernel) address(g, 1, FRAME, -16 - (int)pick(g, STACK - 16)); /* overlap means something else there */
    address(g, 3, MEMORY, from);
    emit(g, CALL, 0, 0, 0, chance(g, 50) ? 4 : 113);
}

static void write_numa(generator *g) { emit(g, CALL, 0, 0, 0, 42); }

/* strtol and strtoul, mostly of text that holds a number. */
static void write_strtol(generator *g)
{
    static const int bases[] = {0, 8, 10, 16, 7};
    int text = map_with(g, 0), unsigned_too = (int)pick(g, 2), flags = bases[pick(g, 5)];
    if (text >= 0 && g->unit->maps[text].read_only) {
        emit_lddw(g, 1, MYBPF_PSEUDO_MAP_IDX_VALUE,
                  (uint64_t)(uint32_t)text | (uint64_t)(chance(g, 50) ? TEXT_NUMBER : TEXT_HEX) << 32);
        emit(g, MOV, 2, 0, 0, 5);
    } else {
        bytes(g, 1, 2);
    }
    emit(g, MOV, 3, 0, 0, flags);
    address(g, 4, FRAME, -8 * (1 + (int)pick(g, STACK / 8)));
    emit(g, CALL, 0, 0, 0, 105 + unsigned_too);
}

static void write_text(generator *g)
{
    int text = map_with(g, 0);
    if (text < 0 || !g->unit->maps[text].read_only) {
        write_fold(g);
        return;
    }
    bytes(g, 1, 2);
    if (chance(g, 50)) { /* strncmp */
        emit_lddw(g, 3, MYBPF_PSEUDO_MAP_IDX_VALUE, (uint64_t)(uint32_t)text | (uint64_t)TEXT_WORD << 32);
        emit(g, CALL, 0, 0, 0, 182);
    } else { /* snprintf, of three words of the stack */
        emit_lddw(g, 3, MYBPF_PSEUDO_MAP_IDX_VALUE, (uint64_t)(uint32_t)text);
        address(g, 4, FRAME, -STACK + 8 * (int)pick(g, 5));
        emit(g, MOV, 5, 0, 0, 24);
        emit(g, CALL, 0, 0, 0, 165);
    }
}

/* A byte, half or word of the block in network order; beyond its end the run ends with 0. */
static void packet(generator *g)
{
    static const uint8_t absolute[] = {0x20, 0x28, 0x30}, relative[] = {0x40, 0x48, 0x50};
    int offset = (int)pick(g, chance(g, 90) ? GENERATE_MEMORY - 4 : 2 * GENERATE_MEMORY);
    if (chance(g, 50)) {
        emit(g, absolute[pick(g, 3)], 0, 0, 0, offset);
        return;
    }
    emit(g, MOV, 7, 0, 0, offset);
    emit(g, relative[pick(g, 3)], 0, 7, 0, offset > 3 ? -3 : 1);
}

static void helper(generator *g)
{
    static void (*const kernel[])(generator *) = {write_probe_read, write_numa};
    static void (*const proven[])(generator *) = {write_sum,    write_fold, write_fill, write_probe_read,
                                                  write_strtol, write_text, write_stop, write_numa};
    static void (*const loose[])(generator *) = {packet, write_by_number};
    if (g->flags & GENERATE_KERNEL)
        kernel[pick(g, 2)](g);
    else if (!(g->flags & GENERATE_PROVABLE) && chance(g, 25))
        loose[pick(g, 2)](g);
    else
        proven[pick(g, 8)](g);
    clobbered(g);
}

/* ---- the statements ---- */

void call(generator *g)
{
    unsigned kind = g->flags & GENERATE_KERNEL ? 0 : pick(g, 3);
    int sub = chance(g, 40) ? -1 : callee(g);
    if (g->flags & GENERATE_PROVABLE)
        kind = chance(g, 10) ? 2 : 0; /* who is called back knows no arguments */
    if (sub < 0)
        helper(g);
    else
        call_func(g, (unsigned)sub, kind);
}

void tail_call(generator *g)
{
    int array = map_with(g, MYBPF_MAP_TYPE_PROG_ARRAY);
    int32_t key = (int32_t)pick(g, GENERATE_TAILS + 2);
    if (array < 0) {
        call(g);
        return;
    }
    if (chance(g, 3)) key = -1;
    emit(g, MOV_REG, 1, MEMORY, 0, 0);
    emit_lddw(g, 2, MYBPF_PSEUDO_MAP_IDX, (uint32_t)array);
    emit(g, MOV, 3, 0, 0, key);
    emit(g, CALL, 0, 0, 0, 12);
    set_scalar(g, 0);
    clobbered(g);
}

void wild_call(generator *g)
{
    unsigned kind = pick(g, 4);
    if (kind < 2 && g->func >= g->unit->program_count &&
        g->call_count < sizeof g->calls / sizeof *g->calls) { /* again and again */
        uint32_t over = jump(g, 0x56, scalar(g), 0);
        call_func(g, g->func - g->unit->program_count, pick(g, 3));
        land(g, over);
        return;
    }
    if (kind == 2) { /* no helper has such a number, or one that needs to be asked for */
        unsigned reg = 6 + pick(g, 2);
        emit(g, MOV, reg, 0, 0, chance(g, 50) ? 999 : 1000013);
        emit(g, CALLX, reg, 0, 0, 0);
    } else { /* arguments that are no memory, or too much of it */
        bytes(g, 1, 2);
        if (chance(g, 50))
            emit(g, MOV, 2, 0, 0, (int32_t)pick(g, 5000));
        else
            set_scalar(g, 1);
        emit(g, CALL, 0, 0, 0, chance(g, 50) ? GENERATE_FOLD : GENERATE_FILL);
    }
    clobbered(g);
}
