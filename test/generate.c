/* generate.c: random valid programs: numbers, arithmetic, branches, loops, and the frame of a unit.
 *
 * A seed means the same program on every host, so no argument list and no sum takes two decisions: C leaves
 * their order open. */
#include "generate_impl.h"

uint64_t entropy_next(entropy *e)
{
    uint64_t value = 0;
    if (e->size) {
        size_t n = e->size < 2 ? e->size : 2;
        for (size_t i = 0; i < n; i++) value |= (uint64_t)e->bytes[i] << (8 * i);
        e->bytes += n;
        e->size -= n;
        return value * 0x9e3779b97f4a7c15u >> 16;
    }
    e->state ^= e->state << 13;
    e->state ^= e->state >> 7;
    e->state ^= e->state << 17;
    return e->state * 0x2545f4914f6cdd1du >> 16;
}

unsigned pick(generator *g, unsigned below) { return (unsigned)(entropy_next(g->e) % below); }

int chance(generator *g, unsigned percent) { return pick(g, 100) < percent; }

/* clang-format off */
uint64_t number(generator *g)
{
    static const uint64_t edges[] = {
        0, 1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff,
        0x7ff, 0x800, 0xfff, 0x1000, 0x1001, 0xfffff000, 0xfffff001, 0xfffff800, 0xffffff80,
        0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
        0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffff80000000, 0xffffffff7fffffff,
        0xffffffff00000000, 0xffffffffffff8000, 0x00ff00ff00ff00ff, 0x5555555555555555, 0xffff0000};
    if (chance(g, 70)) return edges[pick(g, sizeof edges / sizeof *edges)];
    uint64_t low = entropy_next(g->e);
    return low ^ entropy_next(g->e) << 32;
}
/* clang-format on */

mybpf_insn *emit(generator *g, int code, unsigned dst, unsigned src, int off, int64_t imm)
{
    mybpf_insn *insn = &g->unit->insns[g->unit->count++];
    insn->code = (uint8_t)code;
    insn->dst_reg = dst & 15;
    insn->src_reg = src & 15;
    insn->off = (int16_t)off;
    insn->imm = (int32_t)imm;
    return insn;
}

void emit_lddw(generator *g, unsigned dst, unsigned src, uint64_t value)
{
    emit(g, LDDW, dst, src, 0, (int32_t)(uint32_t)value);
    emit(g, 0, 0, 0, 0, (int32_t)(uint32_t)(value >> 32));
}

unsigned scalar(generator *g) { return pick(g, g->in_loop ? COUNTER : COUNTER + 1); }

void set_scalar(generator *g, unsigned reg)
{
    uint64_t value = number(g);
    if (chance(g, 40))
        emit_lddw(g, reg, 0, value);
    else
        emit(g, chance(g, 50) ? MOV : MOV32, reg, 0, 0, (int32_t)(uint32_t)value);
}

void clobbered(generator *g)
{
    for (unsigned reg = 1; reg <= 5; reg++) set_scalar(g, reg);
}

uint32_t jump(generator *g, int code, unsigned dst, int32_t imm)
{
    emit(g, code, dst, 0, 0, imm);
    return g->unit->count - 1;
}

void land(generator *g, uint32_t jump)
{
    mybpf_insn *insn = &g->unit->insns[jump];
    int32_t distance = (int32_t)(g->unit->count - jump - 1);
    if (insn->code == JA32)
        insn->imm = distance;
    else
        insn->off = (int16_t)distance;
}

/* ---- statements ---- */

/* Division, shifts and moves have operands of their own. */
static void alu_operands(generator *g, int code, int wide, int reg)
{
    static const int widths[] = {8, 16, 32};
    int op = code & 0xf0, off = 0;
    unsigned dst = scalar(g), src = scalar(g);
    int32_t imm = (int32_t)(uint32_t)number(g);
    if ((op == 0x30 || op == 0x90) && chance(g, 50)) off = 1; /* signed */
    if (op == 0xb0 && reg && chance(g, 50)) off = widths[pick(g, wide ? 3 : 2)];
    if (g->flags & GENERATE_KERNEL) { /* which refuses these as immediates */
        if (!reg && (op == 0x30 || op == 0x90) && !imm) imm = -1;
        if (!reg && (op == 0x60 || op == 0x70 || op == 0xc0)) imm &= wide ? 63 : 31;
    }
    emit(g, code | (reg ? 8 : 0), dst, reg ? src : 0, off, reg ? 0 : imm);
}

void alu(generator *g)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
                                  0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0, 0xd0};
    static const int widths[] = {16, 32, 64};
    int op = ops[pick(g, sizeof ops)], wide = chance(g, 55), reg = chance(g, 55);
    unsigned dst = scalar(g);
    if (op == 0x80) /* neg */
        emit(g, op | (wide ? 7 : 4), dst, 0, 0, 0);
    else if (op == 0xd0) /* byte order */
        emit(g, wide ? 0xd7 : 0xd4 | (reg ? 8 : 0), dst, 0, 0, widths[pick(g, 3)]);
    else
        alu_operands(g, op | (wide ? 7 : 4), wide, reg);
}

/* What compilers emit again and again, and engines treat as one: copies, copy and operate, and a chain of
 * both. */
static void copies(generator *g)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xc0};
    unsigned dst = scalar(g), a = scalar(g), b = scalar(g), count = pick(g, 4);
    int op = ops[pick(g, sizeof ops)], wide = chance(g, 70) ? 7 : 4;
    if (chance(g, 40)) op = 0;
    if (chance(g, 80)) {
        emit(g, 0xb8 | wide, dst, a, 0, 0);
        if (chance(g, 60))
            emit(g, op | 8 | wide, dst, b, 0, 0);
        else
            emit(g, op | wide, dst, 0, 0, 1 + (int)pick(g, 31));
    }
    while (count--) {
        unsigned to = scalar(g);
        emit(g, chance(g, 90) ? MOV_REG : 0xbc, to, count ? b : dst, 0, 0);
    }
}

/* The same number taken apart and put together: zero and sign extension, rotates. */
static void shifts(generator *g)
{
    unsigned a = scalar(g), b = scalar(g);
    int wide = chance(g, 60), width = wide ? 64 : 32, by = 1 + (int)pick(g, (unsigned)width - 1);
    int down = chance(g, 70) ? 0x70 : 0xc0; /* >>, s>> */
    if (chance(g, 40)) {                    /* up and down by as much */
        by = wide ? 32 + 16 * (int)pick(g, 2) : 8 + 8 * (int)pick(g, 3);
        emit(g, 0x60 | (wide ? 7 : 4), a, 0, 0, by);
        emit(g, down | (wide ? 7 : 4), a, 0, 0, by);
        return;
    }
    if (a == b) return;
    emit(g, 0xb8 | (wide ? 7 : 4), b, a, 0, 0);
    emit(g, 0x60 | (wide ? 7 : 4), a, 0, 0, by);
    emit(g, 0x70 | (wide ? 7 : 4), b, 0, 0, chance(g, 80) ? width - by : by);
    emit(g, (chance(g, 60) ? 0x40 : 0x00) | 8 | (wide ? 7 : 4), a, b, 0, 0); /* |=, += */
}

static void statements(generator *g, unsigned count);

static void branch(generator *g)
{
    static const uint8_t ops[] = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0};
    int wide = chance(g, 60), reg = chance(g, 50), op = ops[pick(g, sizeof ops)];
    unsigned dst = scalar(g), src = reg ? scalar(g) : 0;
    uint32_t at, other;
    if (chance(g, 30)) {
        unsigned changed = reg && chance(g, 50) ? src : dst;
        emit(g, wide ? 0x07 : 0x04, changed, 0, 0, (int32_t)(uint32_t)number(g));
    }
    if (chance(g, 15)) {
        unsigned to = scalar(g);
        emit(g, MOV_REG, to, scalar(g), 0, 0);
    }
    at = jump(g, op | (wide ? 5 : 6) | (reg ? 8 : 0), dst, reg ? 0 : (int32_t)(uint32_t)number(g));
    g->unit->insns[at].src_reg = src & 15;
    statements(g, 1 + pick(g, 3));
    if (chance(g, 30)) { /* with an else */
        other = jump(g, chance(g, 50) ? JA : JA32, 0, 0);
        land(g, at);
        statements(g, 1 + pick(g, 3));
        land(g, other);
        return;
    }
    land(g, at);
}

/* Arithmetic that a loop may repeat without a jump, now and then on what counts. */
static void straight(generator *g)
{
    static const uint8_t ops[] = {0x0f, 0x1f, 0x2f, 0x4f, 0xaf, 0x0c, 0xac};
    if (chance(g, 35)) {
        int op = ops[pick(g, sizeof ops)]; /* in an order that is the same by every compiler */
        emit(g, op, pick(g, COUNTER), COUNTER, 0, 0);
    } else if (chance(g, 40))
        memory(g);
    else
        alu(g);
}

/* What a loop counts from, how far it goes, and whether anybody can know how often. */
static void loop_begin(generator *g, int *step, int *limit)
{
    int rounds = chance(g, 50) || g->flags & GENERATE_KERNEL ? 1 + (int)pick(g, 6) : 8 + (int)pick(g, 25);
    *step = -1;
    *limit = 0;
    if (chance(g, 25)) { /* nobody */
        emit(g, MOV_REG, COUNTER, pick(g, COUNTER), 0, 0);
        emit(g, 0x57, COUNTER, 0, 0, g->flags & GENERATE_KERNEL ? 3 : 15); /* and */
        emit(g, ADD, COUNTER, 0, 0, 1);
        return;
    }
    if (chance(g, 60)) {
        *step = 1 + (int)pick(g, 3);
        *limit = (int)pick(g, 3) * 4;
    }
    emit(g, MOV, COUNTER, 0, 0, *limit - *step * rounds);
}

static void loop(generator *g)
{
    uint32_t top;
    int may_goto = !(g->flags & GENERATE_KERNEL) && chance(g, 20), step, limit;
    if (g->in_loop || (g->flags & GENERATE_PROVABLE)) {
        alu(g);
        return;
    }
    loop_begin(g, &step, &limit);
    top = g->unit->count;
    g->in_loop = 1;
    if (may_goto) emit(g, MAY_GOTO, 0, 0, 0, 0); /* to the next */
    if (!may_goto && chance(g, 50))
        for (unsigned i = 1 + pick(g, 4); i; i--) straight(g);
    else
        statements(g, 1 + pick(g, 5));
    emit(g, ADD, COUNTER, 0, 0, step);
    if (chance(g, 30)) emit(g, MOV_REG, pick(g, COUNTER), COUNTER, 0, 0);
    if (chance(g, 80)) {
        int code = step > 0 && chance(g, 50) ? 0xc5 /* s< */ : JNE;
        emit(g, code, COUNTER, 0, (int)top - (int)g->unit->count - 1, limit);
    } else { /* a jump back of its own */
        emit(g, 0x15, COUNTER, 0, 1, limit);
        emit(g, JA, 0, 0, (int)top - (int)g->unit->count - 1, 0);
    }
    g->in_loop = 0;
}

static const struct {
    unsigned weight, flags; /* flags: only where one of them is set; 0: everywhere */
    void (*write)(generator *g);
} statement_kinds[] = {
    {36, 0, alu},
    {9, 0, copies},
    {4, 0, shifts},
    {15, 0, memory},
    {7, 0, atomic},
    {3, 0, indexed},
    {10, 0, branch},
    {5, 0, loop},
    {4, 0, call},
    {4, 0, map_access},
    {2, 0, map_change},
    {1, 0, tail_call},
    {3, GENERATE_WILD, wild},
    {1, GENERATE_WILD, wild_call},
};

static void statements(generator *g, unsigned count)
{
    while (count-- && g->unit->count < GENERATE_INSNS / GENERATE_FUNCS * (g->func + 1) - 128) {
        unsigned at = pick(g, 104), i = 0;
        for (; i < sizeof statement_kinds / sizeof *statement_kinds && at >= statement_kinds[i].weight; i++)
            at -= statement_kinds[i].weight;
        if (i == sizeof statement_kinds / sizeof *statement_kinds ||
            (statement_kinds[i].flags && !(statement_kinds[i].flags & g->flags)))
            set_scalar(g, scalar(g));
        else
            statement_kinds[i].write(g);
    }
}

/* Everything a function may read is written first; at its end all numbers flow into r0. */
static void function(generator *g, unsigned size)
{
    int takes_args = g->func >= g->unit->program_count && chance(g, 50);
    g->in_loop = 0;
    g->unit->funcs[g->func] = g->unit->count;
    emit(g, MOV_REG, MEMORY, 1, 0, 0);
    for (unsigned reg = 0; reg <= COUNTER; reg++)
        if (!takes_args || reg < 2 || reg > 5) set_scalar(g, reg);
    for (int off = -STACK; off < 0; off += 8) emit(g, STDW, FRAME, 0, off, (int32_t)(uint32_t)number(g));
    statements(g, size);
    for (unsigned reg = 1; reg <= COUNTER; reg++) {
        emit(g, reg & 1 ? 0xaf : ADD_REG, 0, reg, 0, 0);
        if (reg & 1) emit(g, 0x27, 0, 0, 0, 0x10001);
    }
    emit(g, EXIT, 0, 0, 0, 0);
}

void generate_unit(entropy *e, unit *u, unsigned size, unsigned flags)
{
    generator g;
    memset(&g, 0, sizeof g);
    memset(u, 0, sizeof *u);
    g.e = e;
    g.unit = u;
    g.flags = flags;
    make_maps(&g);
    for (; g.func < u->program_count + g.subs; g.func++) function(&g, g.func ? 1 + size / 3 : size);
    u->func_count = g.func;
    for (size_t i = 0; i < g.call_count; i++) {
        mybpf_insn *insn = &u->insns[g.calls[i].at];
        uint32_t func = u->program_count + g.calls[i].sub;
        insn->imm = insn->code == LDDW ? (int32_t)func
                                       : (int32_t)((int64_t)u->funcs[func] - (int64_t)g.calls[i].at - 1);
    }
}
