/* test_scalar.c: the verifier's value domain never loses a number that can occur.
 *
 * A lane of a small width is compared with the set of its members, for every lane there is: what an
 * instruction makes of two lanes must hold for what the machine makes of each two members. Scalars are tried
 * in full at the width of 2 bits, in part at 4 and 8, and at 64 with random members. test_scalar_proof.py
 * proves the same for all lanes of 32 and 64 bits. MYBPF_SECONDS says how long the random tests take. */
static unsigned scalar_width = 64;
#define MYBPF__SCALAR_WIDTH scalar_width
#ifndef MYBPF_NO_ELF
#    define MYBPF_NO_ELF
#endif
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>

/* ---- the machine, on numbers of any width ---- */

typedef struct machine_op {
    const char *name;
    unsigned op;
    int is_signed;
} machine_op;

static const machine_op machine_ops[] = {
    {"add", 0x00, 0}, {"sub", 0x10, 0},  {"mul", 0x20, 0}, {"div", 0x30, 0}, {"sdiv", 0x30, 1},
    {"or", 0x40, 0},  {"and", 0x50, 0},  {"lsh", 0x60, 0}, {"rsh", 0x70, 0}, {"neg", 0x80, 0},
    {"mod", 0x90, 0}, {"smod", 0x90, 1}, {"xor", 0xa0, 0}, {"mov", 0xb0, 0}, {"arsh", 0xc0, 0}};
enum { MACHINE_OPS = sizeof machine_ops / sizeof *machine_ops };

static uint64_t ones_of(unsigned width) { return UINT64_MAX >> (64 - width); }

static int64_t signed_of(uint64_t x, unsigned width) { return (int64_t)(x << (64 - width)) >> (64 - width); }

static uint64_t machine_sdiv(int64_t x, int64_t y, int remainder)
{
    if (!y) return remainder ? (uint64_t)x : 0;
    if (y == -1) return remainder ? 0 : 0 - (uint64_t)x;
    return (uint64_t)(remainder ? x % y : x / y);
}

static uint64_t machine(const machine_op *m, uint64_t x, uint64_t y, unsigned width)
{
    uint64_t n = y & (width - 1), r = 0;
    switch (m->op) {
    case 0x00: r = x + y; break;
    case 0x10: r = x - y; break;
    case 0x20: r = x * y; break;
    case 0x30: r = y ? x / y : 0; break;
    case 0x40: r = x | y; break;
    case 0x50: r = x & y; break;
    case 0x60: r = x << n; break;
    case 0x70: r = x >> n; break;
    case 0x80: r = 0 - x; break;
    case 0x90: r = y ? x % y : x; break;
    case 0xa0: r = x ^ y; break;
    case 0xb0: r = y; break;
    case 0xc0: r = (uint64_t)(signed_of(x, width) >> n); break;
    }
    if (m->is_signed) r = machine_sdiv(signed_of(x, width), signed_of(y, width), m->op == 0x90);
    return r & ones_of(width);
}

/* Conditional jumps, by the upper half of their opcode. */
static const uint8_t machine_jumps[] = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0};
enum { MACHINE_JUMPS = sizeof machine_jumps };

static int machine_jumps_if(unsigned jump, uint64_t x, uint64_t y, unsigned width)
{
    int64_t sx = signed_of(x, width), sy = signed_of(y, width);
    x &= ones_of(width);
    y &= ones_of(width);
    switch (jump) {
    case 0x10: return x == y;
    case 0x20: return x > y;
    case 0x30: return x >= y;
    case 0x40: return (x & y) != 0;
    case 0x50: return x != y;
    case 0x60: return sx > sy;
    case 0x70: return sx >= sy;
    case 0xa0: return x < y;
    case 0xb0: return x <= y;
    case 0xc0: return sx < sy;
    default: return sx <= sy;
    }
}

/* ---- chance ---- */

static uint64_t random_state;

static uint64_t random_word(void)
{
    uint64_t x = random_state += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static void seed_from_time(void)
{
    random_state = test_number("MYBPF_SEED", (uint64_t)time(NULL));
    printf("  MYBPF_SEED=0x%llx\n", (unsigned long long)random_state);
}

/* ---- every lane of a small width ---- */

static int lane_contains(const mybpf__lane *a, uint64_t x)
{
    int64_t s = signed_of(x, a->width);
    return !((x ^ a->known.value) & ~a->known.mask) && x >= a->umin && x <= a->umax && s >= a->smin &&
           s <= a->smax;
}

/* Bit x is set for each member x. */
static uint32_t members(const mybpf__lane *a)
{
    uint32_t set = 0;
    for (uint64_t x = 0; x <= ones_of(a->width); x++) set |= (uint32_t)lane_contains(a, x) << x;
    return set;
}

static const char *lane_text(const mybpf__lane *a)
{
    static char text[4][160];
    static unsigned turn;
    char *at = text[turn++ % 4];
    snprintf(at, sizeof text[0], "{%llx/%llx u %llu..%llu s %lld..%lld}", (unsigned long long)a->known.value,
             (unsigned long long)a->known.mask, (unsigned long long)a->umin, (unsigned long long)a->umax,
             (long long)a->smin, (long long)a->smax);
    return at;
}

typedef struct lanes {
    mybpf__lane *at;
    uint32_t *sets;
    size_t count, raw;
    mybpf__lane *table; /* by hash, to find what is there already */
} lanes;
enum { LANE_SLOTS = 1 << 18 };

static int lane_same(const mybpf__lane *a, const mybpf__lane *b)
{
    return a->known.value == b->known.value && a->known.mask == b->known.mask && a->umin == b->umin &&
           a->umax == b->umax && a->smin == b->smin && a->smax == b->smax;
}

/* Calls `visit` with every combination of known bits and ranges, as they are before mybpf__lane_sync. */
static void each_raw_lane(unsigned width, void (*visit)(const mybpf__lane *, void *), void *context)
{
    mybpf__lane a = mybpf__lane_unknown(width), any = a;
    for (uint64_t mask = 0; mask <= any.umax; mask++)
        for (uint64_t value = 0; value <= any.umax; value++) {
            if (value & mask) continue;
            a.known = mybpf__bits_of(value, mask);
            for (a.umin = 0; a.umin <= any.umax; a.umin++)
                for (a.umax = a.umin; a.umax <= any.umax; a.umax++)
                    for (a.smin = any.smin; a.smin <= any.smax; a.smin++)
                        for (a.smax = a.smin; a.smax <= any.smax; a.smax++) visit(&a, context);
        }
}

/* Sync keeps the members, and tells when there are none; the distinct results are kept. */
static void collect(const mybpf__lane *raw, void *context)
{
    lanes *all = (lanes *)context;
    mybpf__lane a = *raw;
    uint32_t before = members(raw);
    all->raw++;
    if (!mybpf__lane_sync(&a)) {
        if (before) test_fail(__FILE__, __LINE__, "sync of %s says empty", lane_text(raw));
        return;
    }
    if (before != members(&a)) test_fail(__FILE__, __LINE__, "sync of %s: %s", lane_text(raw), lane_text(&a));
    uint64_t hash = a.known.value;
    hash = hash * 31 + a.known.mask;
    hash = hash * 31 + a.umin;
    hash = hash * 31 + a.umax;
    hash = hash * 31 + (uint64_t)a.smin;
    hash = hash * 31 + (uint64_t)a.smax;
    for (hash = hash * 0x9e3779b97f4a7c15u >> 46;; hash = (hash + 1) % LANE_SLOTS) {
        if (all->table[hash].width && lane_same(&all->table[hash], &a)) return;
        if (!all->table[hash].width) break;
    }
    all->table[hash] = a;
    if (!(all->count & (all->count - 1))) {
        size_t room = all->count ? 2 * all->count : 1;
        all->at = (mybpf__lane *)realloc(all->at, room * sizeof *all->at);
        all->sets = (uint32_t *)realloc(all->sets, room * sizeof *all->sets);
    }
    all->at[all->count] = a;
    all->sets[all->count++] = before;
}

static lanes all_lanes(unsigned width)
{
    lanes all = {NULL, NULL, 0, 0, NULL};
    all.table = (mybpf__lane *)calloc(LANE_SLOTS, sizeof *all.table);
    each_raw_lane(width, collect, &all);
    printf("  %u bits: %lu lanes of %lu are distinct\n", width, (unsigned long)all.count,
           (unsigned long)all.raw);
    return all;
}

static void free_lanes(lanes *all)
{
    free(all->at);
    free(all->sets);
    free(all->table);
}

/* Numbers that are known give a number that is known; else the result may hold more than it must. */
static void check_alu(const machine_op *m, const mybpf__lane *a, uint32_t as, const mybpf__lane *b,
                      uint32_t bs, uint8_t table[16][16])
{
    mybpf__lane out = mybpf__lane_alu(m->op, m->is_signed, a, b);
    uint32_t want = 0, got;
    int possible = mybpf__lane_sync(&out);
    for (unsigned x = 0; as >> x; x++)
        if (as >> x & 1)
            for (unsigned y = 0; bs >> y; y++)
                if (bs >> y & 1) want |= 1u << table[x][y];
    got = possible ? members(&out) : 0;
    if (want & ~got || (!(as & (as - 1)) && !(bs & (bs - 1)) && want != got))
        test_fail(__FILE__, __LINE__, "%s of %s and %s: %s is %x, not %x", m->name, lane_text(a),
                  lane_text(b), lane_text(&out), got, want);
}

static void fill_table(const machine_op *m, unsigned width, uint8_t table[16][16])
{
    for (unsigned x = 0; x < 1u << width; x++)
        for (unsigned y = 0; y < 1u << width; y++) table[x][y] = (uint8_t)machine(m, x, y, width);
}

/* All pairs, or with `step` above 1 a random part of them. */
static void check_all_alu(unsigned width, unsigned step)
{
    lanes all = all_lanes(width);
    for (unsigned i = 0; i < MACHINE_OPS; i++) {
        uint8_t table[16][16];
        fill_table(&machine_ops[i], width, table);
        for (size_t a = 0; a < all.count; a++)
            for (size_t b = step > 1 ? (size_t)(random_word() % step) : 0; b < all.count; b += step)
                check_alu(&machine_ops[i], &all.at[a], all.sets[a], &all.at[b], all.sets[b], table);
    }
    free_lanes(&all);
}

/* MYBPF_EXHAUSTIVE asks for all pairs of 4 bits. */
static unsigned four_bit_step(void) { return getenv("MYBPF_EXHAUSTIVE") ? 1 : 1001; }

TEST(scalar, lane_alu)
{
    seed_from_time();
    for (unsigned width = 1; width <= 3; width++) check_all_alu(width, 1);
    check_all_alu(4, four_bit_step());
}

/* ---- comparisons of every lane of a small width ---- */

static void check_relation(unsigned jump, int taken, const mybpf__lane *a, uint32_t as, const mybpf__lane *b,
                           uint32_t bs)
{
    mybpf__lane x = *a, y = *b;
    uint32_t keep_x = 0, keep_y = 0, got_x = 0, got_y = 0;
    for (unsigned i = 0; as >> i; i++)
        for (unsigned j = 0; bs >> j; j++)
            if (as >> i & 1 && bs >> j & 1 && machine_jumps_if(jump, i, j, a->width) == taken)
                keep_x |= 1u << i, keep_y |= 1u << j;
    if (mybpf__lane_relate(mybpf__relation_of((uint8_t)(jump | 5), taken), &x, &y))
        got_x = members(&x), got_y = members(&y);
    if (keep_x & ~got_x || keep_y & ~got_y)
        test_fail(__FILE__, __LINE__, "jump %x %staken, %s and %s: %s and %s lack %x and %x", jump,
                  taken ? "" : "not ", lane_text(a), lane_text(b), lane_text(&x), lane_text(&y),
                  keep_x & ~got_x, keep_y & ~got_y);
    if (got_x & ~as || got_y & ~bs)
        test_fail(__FILE__, __LINE__, "jump %x %staken, %s and %s: new members", jump, taken ? "" : "not ",
                  lane_text(a), lane_text(b));
}

static void check_all_relations(unsigned width, unsigned step)
{
    lanes all = all_lanes(width);
    for (unsigned i = 0; i < 2 * MACHINE_JUMPS; i++)
        for (size_t a = 0; a < all.count; a++)
            for (size_t b = step > 1 ? (size_t)(random_word() % step) : 0; b < all.count; b += step)
                check_relation(machine_jumps[i / 2], i & 1, &all.at[a], all.sets[a], &all.at[b], all.sets[b]);
    free_lanes(&all);
}

TEST(scalar, lane_relate)
{
    seed_from_time();
    for (unsigned width = 1; width <= 3; width++) check_all_relations(width, 1);
    check_all_relations(4, four_bit_step());
}

/* ---- random scalars that have a given member ---- */

/* Numbers at which things happen: near powers of two, their sums, small ones, and any. */
static uint64_t random_number(void)
{
    uint64_t r = random_word(), x = (uint64_t)1 << (r >> 8 & 63), n = (r >> 16 & 7) - 3;
    switch (r & 7) {
    case 0: x = n; break;
    case 1: x = 0 - x + n; break;
    case 2: x += n; break;
    case 3: x = (x - 1) & random_word(); break;
    case 4: x = (uint64_t)(int64_t)(int32_t)random_word(); break;
    case 5: x += (uint64_t)1 << (r >> 24 & 63); break;
    case 6: x = random_word() >> (r >> 8 & 63); break;
    default: x = random_word(); break;
    }
    return x & ones_of(scalar_width);
}

static mybpf__scalar random_raw_scalar(uint64_t member)
{
    unsigned half = scalar_width / 2;
    mybpf__scalar a = mybpf__scalar_unknown();
    for (unsigned turns = random_word() % 4; turns; turns--) {
        uint64_t x = random_number(), low = x & ones_of(half), own = member & ones_of(half),
                 mask = random_number();
        int64_t sx = signed_of(x, scalar_width), own_s = signed_of(member, scalar_width);
        int32_t sx32 = (int32_t)signed_of(x, half), own_s32 = (int32_t)signed_of(member, half);
        switch (random_word() % 10) {
        case 0: a.known = mybpf__bits_of(member, mask & a.known.mask); break;
        case 1: a.known = mybpf__bits_of(member, (mask | random_number()) & a.known.mask); break;
        case 2:
        case 3: x > member ? (a.umax = x < a.umax ? x : a.umax) : (a.umin = x > a.umin ? x : a.umin); break;
        case 4:
        case 5:
            sx > own_s ? (a.smax = sx < a.smax ? sx : a.smax) : (a.smin = sx > a.smin ? sx : a.smin);
            break;
        case 6:
        case 7:
            low > own ? (a.umax32 = (uint32_t)(low < a.umax32 ? low : a.umax32))
                      : (a.umin32 = (uint32_t)(low > a.umin32 ? low : a.umin32));
            break;
        case 8:
            sx32 > own_s32 ? (a.smax32 = sx32 < a.smax32 ? sx32 : a.smax32)
                           : (a.smin32 = sx32 > a.smin32 ? sx32 : a.smin32);
            break;
        default: a = mybpf__scalar_const(member); break;
        }
    }
    return a;
}

static const char *text_of(const mybpf__scalar *a)
{
    static char text[4][320];
    static unsigned turn;
    char *at = text[turn++ % 4];
    mybpf__scalar_text(a, at, sizeof text[0]);
    return at;
}

static mybpf__scalar random_scalar(uint64_t member)
{
    mybpf__scalar raw = random_raw_scalar(member), a = raw;
    if (!mybpf__scalar_sync(&a) || !mybpf__scalar_contains(&a, member))
        test_fail(__FILE__, __LINE__, "sync of %s lost 0x%llx: %s", text_of(&raw), (unsigned long long)member,
                  text_of(&a));
    return a;
}

/* A number of `a`: one of its bounds, if that is one, else `member`. */
static uint64_t other_member(const mybpf__scalar *a, uint64_t member)
{
    uint64_t x = member;
    switch (random_word() % 8) {
    case 0: x = a->umin; break;
    case 1: x = a->umax; break;
    case 2: x = (uint64_t)a->smin & ones_of(scalar_width); break;
    case 3: x = (uint64_t)a->smax & ones_of(scalar_width); break;
    case 4: x = a->known.value | (random_word() & a->known.mask); break;
    case 5: x = a->umin + random_number() % (a->umax - a->umin + (a->umax - a->umin != UINT64_MAX)); break;
    }
    return mybpf__scalar_contains(a, x) ? x : member;
}

/* ---- joins ---- */

static void check_join(const mybpf__scalar *a, const mybpf__scalar *b)
{
    mybpf__scalar joined = *a, widened = *a;
    int changed = mybpf__scalar_join(&joined, b);
    CHECK_INT(mybpf__scalar_widen(&widened, b), changed);
    CHECK_INT(changed, !mybpf__scalar_subset(b, a));
    CHECK(mybpf__scalar_subset(&joined, &widened));
    CHECK(!mybpf__scalar_join(&joined, a) && !mybpf__scalar_join(&joined, b));
    for (uint64_t x = 0; x <= ones_of(scalar_width); x++) {
        int in_a = mybpf__scalar_contains(a, x), in_b = mybpf__scalar_contains(b, x);
        if ((in_a || in_b) && !(mybpf__scalar_contains(&joined, x) && mybpf__scalar_contains(&widened, x)))
            test_fail(__FILE__, __LINE__, "join of %s and %s lacks %u", text_of(a), text_of(b), (unsigned)x);
        if (in_b && !in_a && !changed)
            test_fail(__FILE__, __LINE__, "%s is no part of %s", text_of(b), text_of(a));
    }
}

/* ---- instructions on scalars ---- */

static uint64_t machine_insn(const mybpf_insn *insn, uint64_t x, uint64_t y)
{
    unsigned op = insn->code & 0xf0, width = (insn->code & 7) == 7 ? scalar_width : scalar_width / 2;
    uint64_t ones = ones_of(width);
    if (op == 0xd0) {
        uint64_t swapped = 0;
        unsigned bits = (unsigned)insn->imm;
        if (insn->code != 0xd7 && (insn->code == 0xdc) == MYBPF_BIG_ENDIAN) return x & ones_of(bits);
        for (unsigned i = 0; i < bits; i += 8) swapped |= (x >> i & 0xff) << (bits - 8 - i);
        return swapped;
    }
    if (op == 0xb0 && insn->off) return (uint64_t)signed_of(y, (unsigned)insn->off) & ones;
    for (unsigned i = 0; i < MACHINE_OPS; i++)
        if (machine_ops[i].op == op && machine_ops[i].is_signed == insn->off)
            return machine(&machine_ops[i], x & ones, y & ones, width);
    return 0;
}

static mybpf_insn random_alu(void)
{
    mybpf_insn insn = {0, 0, 0, 0, 0};
    const machine_op *m = &machine_ops[random_word() % MACHINE_OPS];
    insn.code = (uint8_t)(m->op | (random_word() & 8) | (random_word() & 1 ? 7 : 4));
    insn.off = (int16_t)m->is_signed;
    if (m->op == 0xb0 && scalar_width == 64) {
        static const int16_t from[] = {0, 8, 16, 32};
        insn.off = from[random_word() % ((insn.code & 7) == 7 ? 4 : 3)];
    }
    if (m->op == 0x80 && scalar_width == 64) {
        static const uint8_t codes[] = {0x84, 0x87, 0xd4, 0xdc, 0xd7};
        insn.code = codes[random_word() % 5];
        if (insn.code >= 0xd0) insn.imm = 16 << random_word() % 3;
    } else if (!(insn.code & 8)) {
        insn.imm = (int32_t)signed_of(random_number(), scalar_width < 32 ? scalar_width : 32);
    }
    return insn;
}

static void try_alu(void)
{
    mybpf_insn insn = random_alu();
    uint64_t x = random_number(), y = random_number(), got;
    mybpf__scalar a = random_scalar(x), b = random_scalar(y), out = a;
    int is_reg = insn.code & 8, same = is_reg && insn.code < 0xd0 && random_word() % 16 == 0;
    mybpf__scalar_alu(&out, &insn, same ? &out : is_reg ? &b : NULL);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t imm = (uint64_t)(int64_t)insn.imm & ones_of(scalar_width);
        got = machine_insn(&insn, x, same ? x : is_reg ? y : imm);
        if (!mybpf__scalar_contains(&out, got))
            test_fail(__FILE__, __LINE__, "code 0x%x off %d imm %d of %s, %s%s: %s lacks 0x%llx", insn.code,
                      insn.off, (int)insn.imm, text_of(&a), text_of(&b), same ? " (same)" : "", text_of(&out),
                      (unsigned long long)got);
        x = other_member(&a, x);
        y = other_member(&b, y);
    }
}

static void try_branch(void)
{
    mybpf_insn insn = {0, 0, 0, 0, 0};
    uint64_t x = random_number(), y = random_word() % 4 ? random_number() : x;
    mybpf__scalar a = random_scalar(x), b = random_scalar(y), out_a[2], out_b[2];
    int same = random_word() % 16 == 0, possible[2];
    insn.code = (uint8_t)(machine_jumps[random_word() % MACHINE_JUMPS] | 8 | (random_word() & 1 ? 5 : 6));
    for (int taken = 0; taken < 2; taken++) {
        out_a[taken] = a;
        out_b[taken] = b;
        possible[taken] =
            mybpf__scalar_branch(&insn, taken, &out_a[taken], same ? &out_a[taken] : &out_b[taken]);
    }
    for (unsigned i = 0; i < 8; i++) {
        int jumps = machine_jumps_if(insn.code & 0xf0, x, same ? x : y,
                                     (insn.code & 7) == 5 ? scalar_width : scalar_width / 2);
        if (!possible[jumps] || !mybpf__scalar_contains(&out_a[jumps], x) ||
            (!same && !mybpf__scalar_contains(&out_b[jumps], y)))
            test_fail(__FILE__, __LINE__, "code 0x%x %staken of %s, %s with 0x%llx, 0x%llx%s: %s, %s",
                      insn.code, jumps ? "" : "not ", text_of(&a), text_of(&b), (unsigned long long)x,
                      (unsigned long long)y, possible[jumps] ? "" : " impossible", text_of(&out_a[jumps]),
                      text_of(&out_b[jumps]));
        x = other_member(&a, x);
        y = other_member(&b, y);
    }
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void try_for(const char *what, unsigned width, void (*attempt)(void), double share)
{
    double end = seconds_now() + test_seconds(10) * share;
    unsigned long count = 0;
    seed_from_time();
    scalar_width = width;
    while (seconds_now() < end && !test_failures())
        for (unsigned i = 0; i < 1000; i++, count++) attempt();
    printf("  %s, %u bits: %lu\n", what, width, count);
    scalar_width = 64;
}

/* Scalars of 2 bits, and of 4: what sync makes of every combination of fields, or of a part of them. */
static mybpf__scalar small_scalar(uint64_t index, int *possible)
{
    uint64_t ones = ones_of(scalar_width), half = ones_of(scalar_width / 2), n = index;
    mybpf__scalar a = mybpf__scalar_unknown(), any = a;
#define TAKE(count) (chosen = n % (count), n /= (count), chosen)
    uint64_t chosen, mask = TAKE(ones + 1);
    a.known = mybpf__bits_of(TAKE(ones + 1), mask);
    a.umin = TAKE(ones + 1);
    a.umax = TAKE(ones + 1);
    a.smin = any.smin + (int64_t)TAKE(ones + 1);
    a.smax = any.smin + (int64_t)TAKE(ones + 1);
    a.umin32 = (uint32_t)TAKE(half + 1);
    a.umax32 = (uint32_t)TAKE(half + 1);
    a.smin32 = any.smin32 + (int32_t)TAKE(half + 1);
    a.smax32 = any.smin32 + (int32_t)TAKE(half + 1);
#undef TAKE
    any = a;
    *possible = mybpf__scalar_sync(&a);
    for (uint64_t x = 0; x <= ones; x++)
        if (mybpf__scalar_contains(&any, x) != (*possible && mybpf__scalar_contains(&a, x)))
            test_fail(__FILE__, __LINE__, "sync of %s: %u", text_of(&any), (unsigned)x);
    return a;
}

TEST(scalar, sync)
{
    int possible;
    scalar_width = 2;
    for (uint64_t i = 0; i < 65536; i++) small_scalar(i, &possible); /* 4^6 * 2^4 */
    scalar_width = 4;
    seed_from_time();
    for (uint64_t i = 0; i < 300000; i++) small_scalar(random_word(), &possible);
    scalar_width = 64;
}

static void try_join(void)
{
    mybpf__scalar a = random_scalar(random_number()), b = random_scalar(random_number());
    check_join(&a, &b);
}

TEST(scalar, random_alu)
{
    try_for("instructions", 64, try_alu, 0.2);
    try_for("instructions", 8, try_alu, 0.05);
    try_for("instructions", 4, try_alu, 0.05);
}

TEST(scalar, random_branch)
{
    try_for("branches", 64, try_branch, 0.15);
    try_for("branches", 8, try_branch, 0.05);
}

TEST(scalar, join)
{
    try_for("joins", 4, try_join, 0.05);
    try_for("joins", 8, try_join, 0.05);
}

/* A range that is widened again and again ends soon. */
TEST(scalar, widen)
{
    mybpf__scalar a = mybpf__scalar_const(0);
    unsigned changes = 0;
    for (uint64_t i = 1; i < 1000000; i++) {
        mybpf__scalar next = mybpf__scalar_const(i * i * i);
        changes += (unsigned)mybpf__scalar_widen(&a, &next);
    }
    CHECK(changes < 80);
}

/* The kernel's words for what is known. */
TEST(scalar, text)
{
    mybpf__scalar a = mybpf__scalar_range(0, 63);
    char small[8];
    CHECK_TEXT(text_of(&a), "scalar(smin=smin32=0,smax=umax=smax32=umax32=63,var_off=(0x0; 0x3f))");
    a = mybpf__scalar_const((uint64_t)-5);
    CHECK_TEXT(text_of(&a), "-5");
    a = mybpf__scalar_const(0x123456789);
    CHECK_TEXT(text_of(&a), "0x123456789");
    a = mybpf__scalar_unknown();
    CHECK_TEXT(text_of(&a), "scalar()");
    a = mybpf__scalar_load(4, 0);
    CHECK_TEXT(text_of(&a), "scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))");
    a.smin = a.smin32 = -1;
    CHECK_INT(mybpf__scalar_text(&a, small, sizeof small), (int64_t)strlen(text_of(&a)));
    CHECK_TEXT(small, "scalar(");
}
