/* test_verify_sound.c: what the verifier says of random and mutated programs is true when they run.
 *
 * covered: a run is recorded, instruction by instruction; then the verifier goes through the program again,
 * and for each recorded moment one of its states must hold: registers that may still be read, and the stack.
 * forced: a program that is accepted does not fault when everything in it is guarded all the same.
 *
 * MYBPF_SECONDS says how long (20 each), MYBPF_SEED where to begin (the time); the seed is printed. */
#define MYBPF_NO_COMPUTED_GOTO
#define MYBPF_SMALL
#ifndef MYBPF_NO_ELF
#    define MYBPF_NO_ELF
#endif
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include <stdint.h>
struct mybpf__sim;
static void sound_step(const void *object, uint32_t pc, const uint64_t *regs);
static void sound_visited(const struct mybpf__sim *sim);
#define MYBPF__TRACE(object, pc, regs) sound_step(object, pc, regs)
#define MYBPF__VISITED(sim)            sound_visited(sim)
#include "mybpf.h"

#include "compare_run.h"
#include "test.h"
#include "trial.h"

#include <time.h>

/* ---- programs ---- */

/* Changes an instruction or a few: a number, a register, a distance, an operation. */
static void mutate(unit *u, entropy *e)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
                                  0x70, 0x90, 0xa0, 0xb0, 0xc0, 0xd0};
    for (unsigned turns = 1 + (unsigned)(entropy_next(e) % 4); turns; turns--) {
        mybpf_insn *insn = &u->insns[entropy_next(e) % u->count];
        uint64_t r = entropy_next(e);
        if (insn->code == 0x85 || insn->code == 0x8d || insn->code == 0x18 || !insn->code)
            continue; /* name functions, maps */
        int calculates = (insn->code & 7) >= 4 && (insn->code & 7) != 5,
            jumps = (insn->code & 7) == 5 || (insn->code & 7) == 6;
        switch (r % 8) {
        case 0: insn->imm = (int32_t)(entropy_next(e) >> (r >> 8 & 63)); break;
        case 1: insn->imm = (int32_t)((uint32_t)insn->imm + (uint32_t)(r >> 8 & 7) - 3); break;
        case 2: insn->src_reg = r >> 8 & 15; break;
        case 3: insn->dst_reg = r >> 8 & 15; break;
        case 4: insn->off = (int16_t)(insn->off + (int)(r >> 8 & 15) - 8); break;
        case 5:
            if (calculates || (jumps && insn->code != 0x95))
                insn->code = (uint8_t)((insn->code & 15) | ops[(r >> 8) % sizeof ops]);
            break;
        case 6:
            if ((insn->code & 7) == 7 || (insn->code & 7) == 4)
                insn->code ^= 3;
            else if (jumps && insn->code != 0x95)
                insn->code ^= 3;
            break;
        default:
            memset(insn, 0, sizeof *insn);
            insn->code = 0x05; /* goto +0 */
            break;
        }
    }
}

static double sound_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct sound_run {
    double end;
    uint64_t seed;
    unsigned long programs, accepted, moments;
} sound_run;

static sound_run sound_begin(void)
{
    sound_run s = {0, 0, 0, 0, 0};
    s.end = sound_now() + test_seconds(20);
    s.seed = test_number("MYBPF_SEED", (uint64_t)time(NULL) << 20);
    printf("  MYBPF_SEED=0x%llx\n", (unsigned long long)s.seed);
    return s;
}

static void make(trial *t, int kind, uint64_t seed)
{
    entropy e = {NULL, 0, 0};
    trial_make(t, kind, seed, 0);
    e.state = seed * 0x2545f4914f6cdd1du + 1;
    if (entropy_next(&e) % 2) mutate(&t->unit, &e);
    if (!t->max_steps) t->max_steps = 1000000;
    t->metered = 1;
}

static void print_trial(const trial *t)
{
    static char text[UNIT_TEXT];
    trial_print(t, text, sizeof text);
    fprintf(stderr, "%s\n", text);
}

/* ---- a recorded run ---- */

enum { STEPS = 3000, FRAMES = 16, STACK_BYTES = MYBPF_STACK_FRAME };

typedef struct moment {
    uint32_t pc, depth;
    int covered, wrong;               /* else: what did not hold in the last state that came here */
    uint64_t regs[11], frame[FRAMES]; /* r10 of each running function, the newest at `depth` */
    uint8_t stack[FRAMES][STACK_BYTES];
} moment;

/* In verified mode a path ends where a state is known that is the same in what mattered to its own paths:
 * numbers that decided nothing and slots that were not read need not be in it. What was loaded is in a
 * register. */
static struct {
    int recording, checking;
    unsigned long visited; /* states */
    int unfinished;        /* the program was too much: not all of it was looked at */
    int whole;             /* numbers and the stack hold too */
    const mybpf_object *object;
    uint32_t count;
    uint64_t frame[FRAMES], context;
    uint32_t depth;
    moment *at;
    uint32_t *first, *next; /* moments by instruction: 1 + index */
} record;

static void sound_step(const void *object, uint32_t pc, const uint64_t *regs)
{
    moment *now = &record.at[record.count];
    if (!record.recording || object != record.object || record.count == STEPS) return;
    if (!record.count) {
        record.depth = 0;
        record.frame[0] = regs[10];
        record.context = regs[1];
    }
    while (record.depth && record.frame[record.depth] < regs[10]) record.depth--;
    if (record.frame[record.depth] != regs[10] && record.depth + 1 < FRAMES) record.depth++;
    record.frame[record.depth] = regs[10];
    now->pc = pc;
    now->depth = record.depth;
    now->covered = now->wrong = 0;
    memcpy(now->regs, regs, sizeof now->regs);
    memcpy(now->frame, record.frame, sizeof now->frame);
    for (uint32_t f = 0; f <= now->depth; f++)
        memcpy(now->stack[f], (const uint8_t *)(uintptr_t)now->frame[f] - STACK_BYTES, STACK_BYTES);
    record.next[record.count] = record.first[pc];
    record.first[pc] = ++record.count;
}

/* ---- does a state of the verifier hold at a moment? ---- */

/* Is `address`, less what the pointer is off by, the first byte of one of the map's values? */
static int points_to_value(const mybpf__value *value, uint64_t address)
{
    mybpf_map *map = record.object->maps[value->index];
    const mybpf_map_desc *desc = &record.object->slots[value->index].desc;
    if (desc->type != MYBPF_MAP_TYPE_ARRAY) return 1;
    for (uint32_t k = 0; k < desc->max_entries; k++)
        if (mybpf__scalar_contains(&value->num, address - (uint64_t)(int64_t)value->off -
                                                    (uint64_t)(uintptr_t)array_value(map, k)))
            return 1;
    return 0;
}

static int value_holds(const mybpf__value *value, uint64_t x, const moment *now, uint32_t depth)
{
    uint64_t base = 0;
    if (value->or_null && !x) return 1;
    switch (value->kind) {
    case MYBPF__UNSET: return 1; /* whoever reads it is refused */
    case MYBPF__NUMBER: return !record.whole || mybpf__scalar_contains(&value->num, x);
    case MYBPF__CTX: base = record.context; break;
    case MYBPF__STACK: base = now->frame[now->depth - depth + value->index]; break;
    case MYBPF__VALUE: return points_to_value(value, x);
    case MYBPF__MAP: return x == (uint64_t)(uintptr_t)record.object->maps[value->index];
    case MYBPF__FUNC: return x == (uint64_t)(uintptr_t)&record.object->func_descs[value->index];
    default: return 1;
    }
    return mybpf__scalar_contains(&value->num, x - base - (uint64_t)(int64_t)value->off);
}

static int slot_holds(const mybpf__slot *slot, const uint8_t *bytes, const moment *now, uint32_t depth)
{
    uint64_t x = 0;
    for (unsigned i = 0; i < 8; i++)
        if (slot->zero >> i & 1 && bytes[i]) return 0;
    for (unsigned i = 0; i < slot->span; i++)
        x |= (uint64_t)bytes[MYBPF_BIG_ENDIAN ? slot->span - 1 - i : i] << 8 * i;
    return !slot->span || value_holds(&slot->value, x, now, depth);
}

/* -1, or the place that does not hold: a register, or 16 + a slot of the newest function, + 64 for each
 * older. */
static int wrong_place(const mybpf__sim *sim, const moment *now)
{
    const mybpf__state *state = sim->state;
    const mybpf__frame *top = &state->frame[state->depth];
    if (state->depth > now->depth) return 1000;
    for (int r = 0; r < 10; r++)
        if (sim->live[now->pc] >> r & 1 && !value_holds(&top->reg[r], now->regs[r], now, state->depth))
            return r;
    for (uint32_t f = 0; record.whole && f <= state->depth; f++) {
        const mybpf__frame *frame = &state->frame[f];
        const uint8_t *end = now->stack[now->depth - state->depth + f] + STACK_BYTES;
        uint64_t used = frame->used & sim->slots_read[frame->func];
        for (uint32_t s = 0; s < MYBPF__SLOTS; s++)
            if (used >> s & 1 && !slot_holds(&frame->slot[s], end - 8 * (s + 1), now, state->depth))
                return (int)(16 + s + 64 * (state->depth - f));
    }
    return -1;
}

static void sound_visited(const struct mybpf__sim *sim)
{
    if (!record.checking) return;
    record.visited++;
    record.unfinished |= sim->visited >= sim->limit || sim->touched > sim->touch_limit / 2 ||
                         sim->kept > MYBPF_MAX_STATES / 2;
    for (uint32_t i = record.first[sim->state->pc]; i; i = record.next[i - 1]) {
        moment *now = &record.at[i - 1];
        if (now->covered) continue;
        now->wrong = wrong_place(sim, now);
        now->covered = now->wrong < 0;
    }
}

/* The way to a moment, and the program. */
static void print_moments(const trial *t, const moment *first, const moment *last)
{
    for (const moment *now = first; now <= last; now++) {
        char insn[128];
        mybpf_disassemble(&record.object->insns[now->pc], 2, insn, sizeof insn);
        fprintf(stderr, "  %5u: %-40s", now->pc, insn);
        for (int r = 0; r < 11; r++) fprintf(stderr, " r%d=%llx", r, (unsigned long long)now->regs[r]);
        fprintf(stderr, "\n");
    }
    print_trial(t);
}

/* ---- covered ---- */

static mybpf_load_opts sound_opts(void)
{
    static const mybpf_range grant = {GENERATE_SUM, GENERATE_LAST};
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.grants = &grant;
    opts.grant_count = 1;
    opts.ctx_size = GENERATE_MEMORY;
    return opts;
}

static void check_covered(const trial *t, mybpf_object *object, uint64_t seed)
{
    mybpf_load_opts opts = sound_opts();
    seen out;
    memset(record.first, 0, (GENERATE_INSNS + 1) * sizeof *record.first);
    record.object = object;
    record.count = 0;
    record.recording = 1;
    run(object, t, -1, &out);
    record.recording = 0;
    record.checking = 1;
    record.unfinished = 0;
    record.whole = t->trust == MYBPF_GUARDED;
    opts.trust = t->trust;
    int rc = mybpf__verify_access(object, &opts, NULL);
    record.checking = 0;
    if (rc) test_fail(__FILE__, __LINE__, "seed 0x%llx: refused the second time", (unsigned long long)seed);
    for (uint32_t i = 0; i < record.count && record.visited && !record.unfinished; i++) {
        if (record.at[i].covered) continue;
        test_fail(__FILE__, __LINE__, "MYBPF_SEED=0x%llx: no state holds at step %u of %u, slot %u: place %d",
                  (unsigned long long)seed, i, record.count, record.at[i].pc, record.at[i].wrong);
        print_moments(t, &record.at[i < 12 ? 0 : i - 12], &record.at[i]);
        break;
    }
}

TEST(verify_sound, covered)
{
    static trial t;
    static const int kinds[] = {TRIAL_GUARDED, TRIAL_VERIFIED, TRIAL_GUARDED, TRIAL_KERNEL};
    mybpf_vm *vm = make_vm(NULL);
    sound_run s = sound_begin();
    record.at = (moment *)malloc(STEPS * sizeof *record.at);
    record.next = (uint32_t *)malloc(STEPS * sizeof *record.next);
    record.first = (uint32_t *)malloc((GENERATE_INSNS + 1) * sizeof *record.first);
    while (sound_now() < s.end && test_failures() < 3) {
        uint64_t seed = s.seed + s.programs++;
        make(&t, kinds[seed % 4], seed);
        if (t.trust == MYBPF_TRUSTED) t.trust = seed / 4 % 2 ? MYBPF_GUARDED : MYBPF_VERIFIED;
        mybpf_object *object = open_unit(vm, &t);
        if (!object) continue;
        s.accepted++;
        check_covered(&t, object, seed);
        s.moments += record.count;
        mybpf_object_close(object);
    }
    printf("  %lu programs, %lu accepted, %lu moments\n", s.programs, s.accepted, s.moments);
    CHECK(s.accepted > 0);
    CHECK(record.visited > 0);
    free(record.at);
    free(record.next);
    free(record.first);
    mybpf_vm_destroy(vm);
}

/* ---- forced ---- */

static int force_guards(mybpf_object *object)
{
    for (uint32_t pc = 0; pc < object->insn_count; pc++) {
        const mybpf_insn *insn = &object->insns[pc];
        if (object->facts[pc] & MYBPF_FACT_PAD) continue;
        int format = mybpf_op_describe(mybpf_insn_op(insn))->format;
        if (format >= MYBPF_FORMAT_LDX || format == MYBPF_FORMAT_CALL || format == MYBPF_FORMAT_CALLX)
            object->facts[pc] |= MYBPF_FACT_GUARD;
    }
    mybpf__interp_free(object);
    return mybpf__interp_prepare(object, NULL);
}

TEST(verify_sound, forced)
{
    static trial t;
    mybpf_vm *vm = make_vm(NULL);
    sound_run s = sound_begin();
    unsigned long ended = 0;
    while (sound_now() < s.end && test_failures() < 3) {
        uint64_t seed = s.seed + s.programs++;
        make(&t, seed % 3 ? TRIAL_VERIFIED : TRIAL_KERNEL, seed);
        t.trust = MYBPF_VERIFIED;
        mybpf_object *object = open_unit(vm, &t);
        if (!object) continue;
        mybpf_object_close(object);
        s.accepted++;
        t.trust = MYBPF_GUARDED;
        t.max_steps = 10000000;
        object = open_unit(vm, &t);
        if (object && !force_guards(object)) {
            seen out;
            run(object, &t, -1, &out);
            ended += !out.status;
            if (out.status < 0) {
                test_fail(__FILE__, __LINE__, "MYBPF_SEED=0x%llx: accepted, but %s at %d",
                          (unsigned long long)seed, mybpf_status_name(out.status), out.insn);
                print_trial(&t);
            }
        }
        mybpf_object_close(object);
    }
    printf("  %lu programs, %lu accepted, %lu ended\n", s.programs, s.accepted, ended);
    CHECK(s.accepted > 0);
    mybpf_vm_destroy(vm);
}
