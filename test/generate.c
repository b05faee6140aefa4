/* generate.c: random valid programs. */
#include "generate.h"

#include <string.h>

#define MEMORY  9  /* register that holds the block's address in every function */
#define COUNTER 8  /* register that counts a loop */
#define STACK   64 /* bytes of stack a function uses, all written at its start */
#define FUNCS   4

typedef struct generator {
    entropy *e;
    mybpf_insn *insns;
    size_t count;
    unsigned flags;
    unsigned func, funcs; /* being written; asked for so far */
    int in_loop;
    struct {
        size_t at;
        unsigned func;
    } calls[64]; /* to be patched */
    size_t call_count;
} generator;

uint64_t entropy_next(entropy *e)
{
    uint64_t value = 0;
    if (e->size) {
        size_t n = e->size < 2 ? e->size : 2;
        memcpy(&value, e->bytes, n);
        e->bytes += n;
        e->size -= n;
        return value * 0x9e3779b97f4a7c15u >> 16;
    }
    e->state ^= e->state << 13;
    e->state ^= e->state >> 7;
    e->state ^= e->state << 17;
    return e->state * 0x2545f4914f6cdd1du >> 16;
}

static unsigned pick(generator *g, unsigned below) { return (unsigned)(entropy_next(g->e) % below); }

static int chance(generator *g, unsigned percent) { return pick(g, 100) < percent; }

/* Numbers at which something changes, and any others. */
static uint64_t number(generator *g)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     3,
                                     7,
                                     8,
                                     31,
                                     32,
                                     33,
                                     63,
                                     64,
                                     0x7f,
                                     0x80,
                                     0xff,
                                     0x7fff,
                                     0x8000,
                                     0xffff,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     0x100000000,
                                     0x7fffffffffffffff,
                                     0x8000000000000000,
                                     0xffffffffffffffff,
                                     0xfffffffffffffffe,
                                     0xffffffff80000000,
                                     0xffffffff7fffffff,
                                     0xffffffff00000000};
    if (chance(g, 70)) return edges[pick(g, sizeof edges / sizeof *edges)];
    return entropy_next(g->e) ^ entropy_next(g->e) << 32;
}

static mybpf_insn *emit(generator *g, int code, unsigned dst, unsigned src, int off, int64_t imm)
{
    mybpf_insn *insn = &g->insns[g->count++];
    insn->code = (uint8_t)code;
    insn->dst_reg = dst & 15;
    insn->src_reg = src & 15;
    insn->off = (int16_t)off;
    insn->imm = (int32_t)imm;
    return insn;
}

static void emit_lddw(generator *g, unsigned dst, unsigned src, uint64_t value)
{
    emit(g, 0x18, dst, src, 0, (int32_t)(uint32_t)value);
    emit(g, 0, 0, 0, 0, (int32_t)(uint32_t)(value >> 32));
}

/* A register that holds a number: r0..r7, r8 outside of loops. */
static unsigned scalar(generator *g) { return pick(g, g->in_loop ? COUNTER : COUNTER + 1); }

static void set_scalar(generator *g, unsigned reg)
{
    uint64_t value = number(g);
    if (chance(g, 40))
        emit_lddw(g, reg, 0, value);
    else
        emit(g, chance(g, 50) ? 0xb7 : 0xb4, reg, 0, 0, (int32_t)(uint32_t)value);
}

static void clobbered(generator *g) /* what a call leaves undefined */
{
    for (unsigned reg = 1; reg <= 5; reg++) set_scalar(g, reg);
}

/* ---- statements ---- */

static void alu(generator *g)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
                                  0x70, 0x80, 0x90, 0xa0, 0xb0, 0xc0, 0xd0};
    static const int widths[] = {8, 16, 32, 64};
    int op = ops[pick(g, sizeof ops)], wide = chance(g, 55), reg = chance(g, 55), off = 0;
    unsigned dst = scalar(g), src = scalar(g);
    int32_t imm = (int32_t)(uint32_t)number(g);
    int code = op | (wide ? 7 : 4);
    if (op == 0x80) {
        emit(g, code, dst, 0, 0, 0);
        return;
    }
    if (op == 0xd0) {
        emit(g, wide ? 0xd7 : 0xd4 | (reg ? 8 : 0), dst, 0, 0, widths[1 + pick(g, 3)]);
        return;
    }
    if ((op == 0x30 || op == 0x90) && chance(g, 50)) off = 1; /* signed */
    if (op == 0xb0 && reg && chance(g, 50)) off = widths[pick(g, wide ? 3 : 2)];
    if (!reg && (op == 0x30 || op == 0x90) && !imm) imm = -1;
    if (!reg && (op == 0x60 || op == 0x70 || op == 0xc0)) imm &= wide ? 63 : 31;
    emit(g, code | (reg ? 8 : 0), dst, reg ? src : 0, off, reg ? 0 : imm);
}

/* An address of `size` bytes: base register and offset, on the stack or in the block. Aligned where asked
 * for. */
static unsigned place(generator *g, int size, int aligned, int *off)
{
    if (chance(g, 50)) {
        *off = -STACK + (int)pick(g, (unsigned)(STACK / size)) * size;
        return 10;
    }
    *off = aligned ? (int)pick(g, (unsigned)(GENERATE_MEMORY / size)) * size
                   : (int)pick(g, (unsigned)(GENERATE_MEMORY - size + 1));
    return MEMORY;
}

static void memory(generator *g)
{
    static const uint8_t size_bits[] = {0x10, 0x08, 0x00, 0x18}; /* B H W DW */
    unsigned k = pick(g, 4);
    int off;
    unsigned base = place(g, 1 << k, 0, &off);
    switch (pick(g, 4)) {
    case 0: emit(g, 0x61 | size_bits[k], scalar(g), base, off, 0); break;
    case 1: emit(g, 0x63 | size_bits[k], base, scalar(g), off, 0); break;
    case 2: emit(g, 0x62 | size_bits[k], base, 0, off, (int32_t)(uint32_t)number(g)); break;
    default:
        if (k == 3) k = 2;
        emit(g, 0x81 | size_bits[k], scalar(g), base, off, 0);
        break;
    }
}

static void atomic(generator *g)
{
    static const int ops[] = {0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1};
    static const uint8_t size_bits[] = {0x10, 0x08, 0x00, 0x18};
    unsigned k = 2 + pick(g, 2), base;
    int off;
    if (chance(g, 25)) {
        k = pick(g, 4);
        base = place(g, 1 << k, 1, &off);
        if (chance(g, 50))
            emit(g, 0xc3 | size_bits[k], scalar(g), base, off, 0x100);
        else
            emit(g, 0xc3 | size_bits[k], base, scalar(g), off, 0x110);
        return;
    }
    base = place(g, 1 << k, 1, &off);
    emit(g, 0xc3 | size_bits[k], base, scalar(g), off, ops[pick(g, sizeof ops / sizeof *ops)]);
}

/* What compilers emit again and again, and engines treat as one: copies, copy and operate, and a chain of
 * both. */
static void idiom(generator *g)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xc0};
    unsigned dst = scalar(g), a = scalar(g), b = scalar(g), copies = pick(g, 4);
    int op = ops[pick(g, sizeof ops)], wide = chance(g, 70) ? 7 : 4;
    if (chance(g, 40)) op = 0;
    if (chance(g, 80)) {
        emit(g, 0xb8 | wide, dst, a, 0, 0);
        if (chance(g, 60))
            emit(g, op | 8 | wide, dst, b, 0, 0);
        else
            emit(g, op | wide, dst, 0, 0, 1 + (int)pick(g, 31));
    }
    while (copies--) emit(g, chance(g, 90) ? 0xbf : 0xbc, scalar(g), copies ? b : dst, 0, 0);
}

static void statements(generator *g, unsigned count);

static void branch(generator *g)
{
    static const uint8_t ops[] = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0};
    int wide = chance(g, 60), reg = chance(g, 50);
    unsigned dst = scalar(g), src = reg ? scalar(g) : 0;
    size_t at, other;
    if (chance(g, 30))
        emit(g, wide ? 0x07 : 0x04, reg && chance(g, 50) ? src : dst, 0, 0, (int32_t)(uint32_t)number(g));
    if (chance(g, 15)) emit(g, 0xbf, scalar(g), scalar(g), 0, 0);
    at = g->count;
    emit(g, ops[pick(g, sizeof ops)] | (wide ? 5 : 6) | (reg ? 8 : 0), dst, src, 0,
         reg ? 0 : (int32_t)(uint32_t)number(g));
    statements(g, 1 + pick(g, 3));
    if (chance(g, 30)) { /* with an else */
        other = g->count;
        if (chance(g, 50))
            emit(g, 0x05, 0, 0, 0, 0);
        else
            emit(g, 0x06, 0, 0, 0, 0);
        g->insns[at].off = (int16_t)(g->count - at - 1);
        statements(g, 1 + pick(g, 3));
        if (g->insns[other].code == 0x05)
            g->insns[other].off = (int16_t)(g->count - other - 1);
        else
            g->insns[other].imm = (int32_t)(g->count - other - 1);
        return;
    }
    g->insns[at].off = (int16_t)(g->count - at - 1);
}

static void loop(generator *g)
{
    size_t top;
    if (g->in_loop) {
        alu(g);
        return;
    }
    emit(g, 0xb7, COUNTER, 0, 0, 1 + (int)pick(g, 6));
    top = g->count;
    g->in_loop = 1;
    if (!(g->flags & GENERATE_KERNEL) && chance(g, 20)) emit(g, 0xe5, 0, 0, 0, 0); /* may_goto, to the next */
    statements(g, 1 + pick(g, 5));
    emit(g, 0x07, COUNTER, 0, 0, -1);
    if (chance(g, 30)) emit(g, 0xbf, pick(g, COUNTER), COUNTER, 0, 0);
    emit(g, 0x55, COUNTER, 0, (int)top - (int)g->count - 1, 0);
    g->in_loop = 0;
}

/* A function further down that may be called from here, or 0. */
static unsigned callee(generator *g)
{
    unsigned func = g->func + 1 + pick(g, 2);
    if (func >= FUNCS || g->call_count == sizeof g->calls / sizeof *g->calls) return 0;
    if (func > g->funcs) func = ++g->funcs; /* none is left out */
    return func;
}

static void call(generator *g)
{
    unsigned func, kind = g->flags & GENERATE_KERNEL ? 0 : pick(g, 4);
    if (kind == 3) { /* a helper */
        emit(g, 0x85, 0, 0, 0, GENERATE_SUM);
        clobbered(g);
        return;
    }
    func = callee(g);
    if (!func) {
        alu(g);
        return;
    }
    g->calls[g->call_count].func = func;
    if (kind == 0) {
        emit(g, 0xbf, 1, MEMORY, 0, 0);
        g->calls[g->call_count++].at = g->count;
        emit(g, 0x85, 0, 1, 0, 0);
    } else { /* through a pointer, or by a helper */
        g->calls[g->call_count++].at = g->count;
        emit_lddw(g, kind == 1 ? 0 : 1, MYBPF_PSEUDO_FUNC, 0);
        emit(g, 0xbf, kind == 1 ? 1 : 2, MEMORY, 0, 0);
        if (kind == 1)
            emit(g, 0x8d, 0, 0, 0, 0);
        else
            emit(g, 0x85, 0, 0, 0, GENERATE_CALLBACK);
    }
    clobbered(g);
}

/* An access that may go wrong; the address does not stay in a register. */
static void wild(generator *g)
{
    static const uint8_t codes[] = {0x71, 0x69, 0x61, 0x79, 0x91, 0x89, 0x81,
                                    0x73, 0x6b, 0x63, 0x7b, 0xc3, 0xdb};
    int code = codes[pick(g, sizeof codes)], load = (code & 7) == 1;
    unsigned reg = pick(g, COUNTER), value = (reg + 1) % COUNTER;
    int off = chance(g, 70) ? (int)pick(g, 90) - 10 : (int)(int16_t)number(g);
    switch (pick(g, 4)) {
    case 0: break; /* a number as address */
    case 1:
        emit(g, 0xbf, reg, 10, 0, 0);
        off -= 70;
        break;
    default: emit(g, 0xbf, reg, MEMORY, 0, 0); break;
    }
    if (chance(g, 50)) {
        int by = (int)pick(g, 200) - 100;
        emit(g, 0x07, reg, 0, 0, by);
        off -= by;
    }
    if (load)
        emit(g, code, value, reg, off, 0);
    else
        emit(g, code, reg, value, off, 0);
    set_scalar(g, reg);
}

static void statements(generator *g, unsigned count)
{
    while (count-- && g->count < GENERATE_INSNS / 8) {
        unsigned kind = pick(g, 100);
        if (kind < 40)
            alu(g);
        else if (kind < 50)
            idiom(g);
        else if (kind < 68)
            memory(g);
        else if (kind < 76)
            atomic(g);
        else if (kind < 86)
            branch(g);
        else if (kind < 91)
            loop(g);
        else if (kind < 95)
            call(g);
        else if (kind < 98 || !(g->flags & GENERATE_WILD))
            set_scalar(g, scalar(g));
        else
            wild(g);
    }
}

/* Everything a function may read is written first; at its end all numbers flow into r0. */
static void function(generator *g, unsigned size)
{
    g->in_loop = 0;
    emit(g, 0xbf, MEMORY, 1, 0, 0);
    for (unsigned reg = 0; reg <= COUNTER; reg++) set_scalar(g, reg);
    for (int off = -STACK; off < 0; off += 8) emit(g, 0x7a, 10, 0, off, (int32_t)(uint32_t)number(g));
    statements(g, size);
    for (unsigned reg = 1; reg <= COUNTER; reg++) {
        emit(g, reg & 1 ? 0xaf : 0x0f, 0, reg, 0, 0);
        if (reg & 1) emit(g, 0x27, 0, 0, 0, 0x10001);
    }
    emit(g, 0x95, 0, 0, 0, 0);
}

size_t generate_program(entropy *e, mybpf_insn *insns, unsigned size, unsigned flags)
{
    size_t starts[FUNCS];
    generator g;
    memset(&g, 0, sizeof g);
    g.e = e;
    g.insns = insns;
    g.flags = flags;
    for (g.func = 0; g.func <= g.funcs; g.func++) {
        starts[g.func] = g.count;
        function(&g, g.func ? 1 + size / 3 : size);
    }
    for (size_t i = 0; i < g.call_count; i++) {
        size_t at = g.calls[i].at;
        insns[at].imm = (int32_t)((int64_t)starts[g.calls[i].func] - (int64_t)at - 1);
    }
    return g.count;
}
