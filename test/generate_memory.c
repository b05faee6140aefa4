/* generate_memory.c: random programs' memory: stack, block, maps and sections, atomics, and accesses that
 * fault. */
#include "generate_impl.h"

enum {
    SECTION = 0,
    HASH = MYBPF_MAP_TYPE_HASH,
    ARRAY = MYBPF_MAP_TYPE_ARRAY,
    PROGS = MYBPF_MAP_TYPE_PROG_ARRAY
};

static const uint8_t size_bits[] = {0x10, 0x08, 0x00, 0x18}; /* B H W DW */

/* ---- what a unit has ---- */

static unit_map *add_map(generator *g, uint32_t type, uint32_t key, uint32_t value, uint32_t entries)
{
    unit_map *map = &g->unit->maps[g->unit->map_count++];
    map->type = type;
    map->key_size = key;
    map->value_size = value;
    map->max_entries = entries;
    return map;
}

static void add_programs(generator *g)
{
    unit *u = g->unit;
    u->program_count = 1 + pick(g, 3);
    add_map(g, PROGS, 4, 4, GENERATE_TAILS + 1);
    u->tail_count = pick(g, GENERATE_TAILS + 1);
    for (uint32_t i = 0; i < u->tail_count; i++) {
        u->tails[i].key = i + pick(g, 2) * (i + 1 == u->tail_count);
        u->tails[i].func = pick(g, u->program_count);
    }
}

static void add_sections(generator *g)
{
    if (chance(g, 40)) add_map(g, SECTION, 4, 8 + pick(g, GENERATE_DATA - 7), 1);
    if (chance(g, 15)) {
        unit_map *data = add_map(g, SECTION, 4, 8 + pick(g, GENERATE_DATA - 7), 1);
        for (uint32_t i = 0; i < data->value_size; i++) data->data[i] = (uint8_t)entropy_next(g->e);
        data->data[0] |= 1; /* else it is a .bss */
    }
    if (chance(g, 20)) {
        unit_map *text = add_map(g, SECTION, 4, sizeof TEXT, 1);
        text->read_only = 1;
        memcpy(text->data, TEXT, sizeof TEXT);
    }
}

void make_maps(generator *g)
{
    static const uint32_t keys[] = {4, 4, 8, 1, 2, 7, 12};
    g->unit->program_count = 1;
    if (g->flags & GENERATE_KERNEL) { /* the oracle's own maps */
        add_map(g, ARRAY, 4, 64, 1);
        add_map(g, ARRAY, 4, 16, 4);
        add_map(g, HASH, 4, 16, 6);
        return;
    }
    if (chance(g, 40)) return;
    if (chance(g, 40)) {
        uint32_t entries = chance(g, 50) ? 1 : 1 + pick(g, 5);
        add_map(g, ARRAY, 4, 1 + pick(g, STACK), entries);
    }
    if (chance(g, 40)) {
        uint32_t key = keys[pick(g, sizeof keys / sizeof *keys)], value = 1 + pick(g, 40);
        add_map(g, HASH, key, value, 1 + pick(g, 6));
    }
    if (chance(g, 40)) add_programs(g);
    add_sections(g);
}

int map_with(generator *g, uint32_t type)
{
    int found[GENERATE_MAPS], count = 0;
    for (uint32_t i = 0; i < g->unit->map_count; i++)
        if (g->unit->maps[i].type == type) found[count++] = (int)i;
    return count ? found[pick(g, (unsigned)count)] : -1;
}

/* ---- one access ---- */

enum { WRITE = 1, UNALIGNED = 2 };

/* A register with a number, but neither r0 nor `not_this`. */
static unsigned other(generator *g, unsigned not_this)
{
    unsigned reg = scalar(g);
    while (!reg || reg == not_this) reg = reg == COUNTER - 1 ? 1 : reg % COUNTER + 1;
    return reg;
}

/* Loads or stores somewhere in the `size` bytes at base + low. */
static void access_at(generator *g, unsigned base, int low, int size, int how)
{
    unsigned k = pick(g, 4), value = other(g, base), kind = how & WRITE ? pick(g, 4) : 3 * pick(g, 2);
    int off;
    while (1 << k > size) k--;
    off = how & UNALIGNED && chance(g, 60) ? (int)pick(g, (unsigned)(size - (1 << k) + 1))
                                           : (int)pick(g, (unsigned)(size >> k)) << k;
    off += low;
    switch (kind) {
    case 0: emit(g, 0x61 | size_bits[k], value, base, off, 0); break;
    case 1: emit(g, 0x63 | size_bits[k], base, value, off, 0); break;
    case 2: emit(g, 0x62 | size_bits[k], base, 0, off, (int32_t)(uint32_t)number(g)); break;
    default:
        if (k == 3) k = 2;
        emit(g, 0x81 | size_bits[k], value, base, off, 0); /* signed */
        break;
    }
}

/* The same with an atomic operation, at a multiple of its size. */
static void atomic_at(generator *g, unsigned base, int low, int size)
{
    static const int ops[] = {0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1};
    int ordered = chance(g, 25), off, op;
    unsigned k = ordered ? pick(g, 4) : 2 + pick(g, 2), value = other(g, base);
    while (k && 1 << k > size) k--;
    if (1 << k > size || (!ordered && k < 2)) {
        access_at(g, base, low, size, WRITE);
        return;
    }
    off = low + ((int)pick(g, (unsigned)(size >> k)) << k);
    if (ordered && chance(g, 50)) {
        emit(g, 0xc3 | size_bits[k], value, base, off, 0x100); /* load_acquire */
        return;
    }
    op = ordered ? 0x110 : ops[pick(g, sizeof ops / sizeof *ops)];
    if (op == 0xf1 && !base) op = 0xe1; /* cmpxchg would show r0, an address */
    /* No fetch: Linux 6.18's verifier forgets that a number which an atomic loads comes from the stack, takes
     * states for equal where it differs, and removes code that runs. */
    if (op & 1 && base == FRAME && g->flags & GENERATE_KERNEL) op = 0x00;
    emit(g, 0xc3 | size_bits[k], base, value, off, op);
    /* w0 = w0: where old and expected are equal, Linux 6.18 on x86-64 may leave r0's upper half as it was */
    if (op == 0xf1 && k == 2 && g->flags & GENERATE_KERNEL) emit(g, 0xbc, 0, 0, 0, 0);
}

/* Stack or block; the base register. */
static unsigned place(generator *g, int *low)
{
    int stack = chance(g, 50);
    *low = stack ? -STACK : 0;
    return stack ? FRAME : MEMORY;
}

void memory(generator *g)
{
    int low, loose = !(g->flags & (GENERATE_KERNEL | GENERATE_PROVABLE));
    unsigned base = place(g, &low);
    if (!g->flags && chance(g, 4)) { /* trusted functions have as much stack as they name */
        int off = -8 * (70 + (int)pick(g, 200));
        unsigned reg = other(g, FRAME);
        emit(g, STXDW, FRAME, reg, off, 0);
        emit(g, 0x79, other(g, FRAME), FRAME, off, 0);
        return;
    }
    access_at(g, base, low, STACK, base == MEMORY || (loose && chance(g, 30)) ? WRITE | UNALIGNED : WRITE);
}

void atomic(generator *g)
{
    int low;
    unsigned base = place(g, &low);
    if (g->flags & GENERATE_PROVABLE) base = FRAME, low = -STACK;
    atomic_at(g, base, low, STACK);
}

void indexed(generator *g)
{
    unsigned at = 1 + pick(g, COUNTER - 1), from = scalar(g), k = pick(g, 4);
    int count = 1 << pick(g, 7 - k), room = STACK - (count << k), stack, off;
    if (g->flags & GENERATE_PROVABLE) {
        memory(g);
        return;
    }
    stack = !(g->flags & GENERATE_KERNEL) && chance(g, 40);
    off = (int)pick(g, (unsigned)(room >> k) + 1) << k;
    if (stack) off -= STACK;
    if (from != at) emit(g, MOV_REG, at, from, 0, 0);
    emit(g, chance(g, 50) ? AND : 0x54, at, 0, 0, count - 1);
    if (k) emit(g, LSH, at, 0, 0, (int)k);
    emit(g, ADD_REG, at, stack ? FRAME : MEMORY, 0, 0);
    if (chance(g, 30)) {
        emit(g, ADD, at, 0, 0, off);
        off = 0;
    }
    if (k >= 2 && chance(g, 20))
        atomic_at(g, at, off, 1 << k);
    else
        access_at(g, at, off, 1 << k, WRITE);
    set_scalar(g, at);
}

/* ---- maps ---- */

/* Through the address of a section or a one-element array. */
static void value_access(generator *g, uint32_t m)
{
    const unit_map *map = &g->unit->maps[m];
    unsigned base = 1 + pick(g, COUNTER - 1), count = 1 + pick(g, 3);
    int size = (int)map->value_size, at = map->read_only ? 0 : (int)pick(g, (unsigned)size) & ~7;
    emit_lddw(g, base, MYBPF_PSEUDO_MAP_IDX_VALUE, m | (uint64_t)at << 32);
    while (count--) {
        if (map->read_only)
            access_at(g, base, -at, size, 0);
        else if (chance(g, 25))
            atomic_at(g, base, -at, size);
        else
            access_at(g, base, -at, size, WRITE | UNALIGNED);
    }
    set_scalar(g, base);
}

/* A key at KEY: one that is in range or in the map, or nearly. */
static void write_key(generator *g, const unit_map *map)
{
    int32_t value = (int32_t)pick(g, map->max_entries + 2);
    uint32_t word = map->key_size >= 4 ? 4 : 1;
    if (chance(g, 5)) value = (int32_t)(uint32_t)number(g);
    for (uint32_t i = word; i < map->key_size; i++) emit(g, 0x72, FRAME, 0, KEY + (int)i, (int)(i & 3));
    if (chance(g, 60)) {
        emit(g, word == 4 ? STW : 0x72, FRAME, 0, KEY, value);
        return;
    }
    emit(g, MOV_REG, 1, scalar(g), 0, 0);
    emit(g, AND, 1, 0, 0, chance(g, 80) ? 3 : 7);
    emit(g, word == 4 ? STXW : 0x73, FRAME, 1, KEY, 0);
}

static void map_and_key(generator *g, uint32_t m)
{
    emit_lddw(g, 1, MYBPF_PSEUDO_MAP_IDX, m);
    emit(g, MOV_REG, 2, FRAME, 0, 0);
    emit(g, ADD, 2, 0, 0, KEY);
}

static void update(generator *g, uint32_t m)
{
    int low;
    unsigned from = place(g, &low);
    map_and_key(g, m);
    emit(g, MOV_REG, 3, from, 0, 0);
    if (low) emit(g, ADD, 3, 0, 0, low);
    emit(g, MOV, 4, 0, 0, chance(g, 60) ? 0 : (int)pick(g, 4));
    emit(g, CALL, 0, 0, 0, 2);
    clobbered(g);
}

static int some_map(generator *g) { return map_with(g, chance(g, 50) ? HASH : ARRAY); }

void map_change(generator *g)
{
    int m = some_map(g);
    if (m < 0) {
        memory(g);
        return;
    }
    write_key(g, &g->unit->maps[m]);
    if (chance(g, 65)) {
        update(g, (uint32_t)m);
        return;
    }
    map_and_key(g, (uint32_t)m);
    emit(g, CALL, 0, 0, 0, 3);
    clobbered(g);
}

/* With the address of a value in r0: some accesses, perhaps through another register or after a spill. */
static void use_value(generator *g, int size)
{
    unsigned base = chance(g, 50) ? 0 : 6 + pick(g, 2), count = 1 + pick(g, 3);
    if (base) {
        emit(g, MOV_REG, base, 0, 0, 0);
        set_scalar(g, 0);
    }
    if (!(g->flags & GENERATE_WILD) && chance(g, 15)) { /* wild programs would look at it there */
        emit(g, STXDW, FRAME, base, KEY - 8, 0);
        set_scalar(g, base);
        emit(g, 0x79, base, FRAME, KEY - 8, 0);
    }
    while (count--) {
        if (chance(g, 25))
            atomic_at(g, base, 0, size);
        else
            access_at(g, base, 0, size, WRITE | UNALIGNED);
    }
    set_scalar(g, base);
}

static void lookup(generator *g, uint32_t m)
{
    const unit_map *map = &g->unit->maps[m];
    uint32_t miss;
    write_key(g, map);
    if (chance(g, map->type == HASH ? 60 : 10)) update(g, m);
    map_and_key(g, m);
    emit(g, CALL, 0, 0, 0, 1);
    clobbered(g);
    if (g->flags & GENERATE_WILD && chance(g, 20)) { /* without a look at it, and beyond its end */
        access_at(g, 0, (int)pick(g, 16) - 8, (int)map->value_size, WRITE | UNALIGNED);
        set_scalar(g, 0);
        return;
    }
    miss = jump(g, JEQ, 0, 0);
    use_value(g, (int)map->value_size);
    land(g, miss);
    set_scalar(g, 0);
}

void map_access(generator *g)
{
    int section = map_with(g, SECTION), m = some_map(g);
    if (section >= 0 && (m < 0 || chance(g, 50)))
        value_access(g, (uint32_t)section);
    else if (m >= 0 && g->unit->maps[m].max_entries == 1 && g->unit->maps[m].type == ARRAY && chance(g, 60))
        value_access(g, (uint32_t)m);
    else if (m >= 0)
        lookup(g, (uint32_t)m);
    else
        memory(g);
}

/* ---- faults ---- */

/* The address does not stay in a register. */
void wild(generator *g)
{
    static const uint8_t codes[] = {0x71, 0x69, 0x61, 0x79, 0x91, 0x89, 0x81,
                                    0x73, 0x6b, 0x63, 0x7b, 0xc3, 0xdb};
    int code = codes[pick(g, sizeof codes)], load = (code & 7) == 1;
    unsigned reg = pick(g, COUNTER), value = (reg + 1) % COUNTER;
    int off = chance(g, 70) ? (int)pick(g, 90) - 10 : (int)(int16_t)number(g);
    switch (pick(g, 4)) {
    case 0: break; /* a number as address */
    case 1:
        emit(g, MOV_REG, reg, FRAME, 0, 0);
        off -= chance(g, 80) ? 70 : 460;
        break;
    default: emit(g, MOV_REG, reg, MEMORY, 0, 0); break;
    }
    if (chance(g, 50)) {
        int by = (int)pick(g, 200) - 100;
        emit(g, ADD, reg, 0, 0, by);
        off -= by;
    }
    if (load)
        emit(g, code, value, reg, off, 0);
    else
        emit(g, code, reg, value, off, 0);
    set_scalar(g, reg);
}
