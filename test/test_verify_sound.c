/* test_verify_sound.c: what the verifier says of random and mutated programs is true when they run.
 *
 * covered: a run is recorded, instruction by instruction; then the verifier goes through the program again,
 * and for each recorded moment one of its states must hold: registers that may still be read, and the stack.
 * accepted: a program that verified mode accepts does nothing wrong on several inputs: sound_watch.h looks at
 * each access of the interpreter; then everything in it is guarded all the same, in the interpreter and the
 * JIT.
 *
 * Programs are those of generate.c and, more of them, of generate_typed.c; many are mutated. MYBPF_SECONDS
 * says how long (20 each), MYBPF_SEED where to begin (the time); the seed is printed. */
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
#include "mybpf_jit.h"

#include "compare_run.h"
#include "generate_typed.h"
#include "kernel_verdict.h"
#include "sound_watch.h"
#include "test.h"
#include "trial.h"

#include <time.h>

/* ---- programs ---- */

/* Changes an instruction or a few: a number, a register, a distance, an operation. */
static void mutate(mybpf_insn *insns, uint32_t count, entropy *e)
{
    static const uint8_t ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60,
                                  0x70, 0x90, 0xa0, 0xb0, 0xc0, 0xd0};
    for (unsigned turns = 1 + (unsigned)(entropy_next(e) % 4); turns; turns--) {
        mybpf_insn *insn = &insns[entropy_next(e) % count];
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

/* A program with what it runs on. */
typedef struct subject {
    int is_typed;
    trial t; /* also the trust of the load, and the steps of a run, of all of them */
    typed typed;
    uint32_t policies;
} subject;

enum { TYPED_KIND = TRIAL_KINDS, KERNEL_KIND };

static void make(subject *s, int kind, uint64_t seed)
{
    entropy e = {NULL, 0, 0};
    s->is_typed = kind >= TYPED_KIND;
    e.state = seed * 0x2545f4914f6cdd1du + 1;
    if (s->is_typed) {
        memset(&s->t, 0, sizeof s->t);
        for (int i = 0; i < 4; i++) entropy_next(&e);
        generate_typed(&e, &s->typed, kind == KERNEL_KIND ? TYPED_KERNEL : 0);
        s->t.trust = MYBPF_VERIFIED;
        if (entropy_next(&e) % 4 == 0) mutate(s->typed.insns, s->typed.count, &e);
    } else {
        trial_make(&s->t, kind, seed, 0);
        if (entropy_next(&e) % 2) mutate(s->t.unit.insns, s->t.unit.count, &e);
    }
    s->policies =
        s->is_typed && kind != KERNEL_KIND && entropy_next(&e) % 2 ? MYBPF_POLICY_NO_UNINIT_STACK : 0;
    if (!s->t.max_steps) s->t.max_steps = 4000000;
    s->t.metered = 1;
}

static void print_subject(const subject *s)
{
    static char text[UNIT_TEXT];
    if (!s->is_typed) {
        trial_print(&s->t, text, UNIT_TEXT);
        fprintf(stderr, "%s\n", text);
        return;
    }
    fprintf(stderr, "  type %u, global functions %x\n", (unsigned)s->typed.type, s->typed.globals);
    for (uint32_t i = 0; i < s->typed.count; i++) {
        mybpf_disassemble(&s->typed.insns[i], s->typed.count - i, text, 128);
        fprintf(stderr, "  %4u: %s\n", (unsigned)i, text);
        i += s->typed.insns[i].code == 0x18;
    }
}

static int may_run_long(const subject *s)
{
    for (uint32_t i = 0; s->is_typed && i < s->typed.count; i++)
        if (s->typed.insns[i].code == 0xe5) return 1;
    return !s->is_typed || s->typed.has_tail_call;
}

/* ---- typed programs: maps, inputs, runs ---- */

static mybpf_map *typed_maps[TYPED_MAPS];

static void make_typed_maps(mybpf_vm *vm)
{
    static const mybpf_map_desc descs[TYPED_MAPS] = {
        {"hash", MYBPF_MAP_TYPE_HASH, 4, TYPED_HASH_VALUE, 4, 0, 0, NULL},
        {"array", MYBPF_MAP_TYPE_ARRAY, 4, TYPED_ARRAY_VALUE, 4, 0, 0, NULL},
        {"single", MYBPF_MAP_TYPE_ARRAY, 4, TYPED_SINGLE_VALUE, 1, 0, 0, NULL},
        {"programs", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0, 0, NULL},
    };
    for (int i = 0; i < TYPED_MAPS; i++) CHECK_INT(mybpf_map_create(vm, &descs[i], &typed_maps[i], NULL), 0);
}

static void drop_typed_maps(void)
{
    for (int i = 0; i < TYPED_MAPS; i++) mybpf_map_unref(typed_maps[i]);
}

static void drop_tail(void)
{
    uint32_t key = 1;
    mybpf_map_delete(typed_maps[TYPED_PROGRAMS], &key);
}

static const mybpf_range sound_grant = {GENERATE_SUM, GENERATE_LAST};

static mybpf_load_opts sound_opts(const subject *s)
{
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.trust = s->t.trust;
    opts.metered = 1;
    opts.grants = &sound_grant;
    opts.grant_count = 1;
    opts.ctx_size = s->is_typed && s->typed.type ? 0 : GENERATE_MEMORY;
    opts.policies = s->policies;
    return opts;
}

/* What BTF would say of global functions. */
static int declare_functions(mybpf_object *object, unsigned globals)
{
    if (!globals) return MYBPF_OK;
    object->protos = (mybpf__proto *)mybpf__alloc(object->vm, object->func_count, sizeof *object->protos);
    for (uint32_t f = 1; object->protos && f < object->func_count; f++) {
        mybpf__proto *proto = &object->protos[f];
        proto->global = proto->returns = globals >> f & 1;
        proto->params = 2;
        proto->kind[0] = MYBPF__PARAM_MEM;
        proto->size[0] = 8;
        proto->kind[1] = MYBPF__PARAM_NUMBER;
    }
    return object->protos ? MYBPF_OK : MYBPF_ERR_MEMORY;
}

static mybpf_object *open_subject(mybpf_vm *vm, const subject *s)
{
    mybpf_raw_desc raw = {"main", s->typed.type, typed_maps, TYPED_MAPS};
    mybpf_load_opts opts = sound_opts(s);
    mybpf_object *object = NULL;
    uint32_t key = 1;
    if (!s->is_typed) return open_unit(vm, &s->t);
    if (mybpf_object_open_insns(vm, s->typed.insns, s->typed.count, &raw, &object, NULL) ||
        declare_functions(object, s->typed.globals) || mybpf_object_load(object, &opts, NULL)) {
        mybpf_object_close(object);
        return NULL;
    }
    if (s->typed.has_tail_call) {
        const mybpf_program *program = mybpf_object_program(object, 0);
        mybpf_map_update(typed_maps[TYPED_PROGRAMS], &key, &program, 0);
    }
    return object;
}

static void close_subject(const subject *s, mybpf_object *object)
{
    if (object && s->is_typed) drop_tail();
    mybpf_object_close(object);
}

/* Numbers are small, or one at which something changes; so the same bytes decide this way and that. */
static void fill_input(uint8_t *to, size_t size, entropy *e)
{
    static const uint8_t edges[] = {0,  0,  0,  1,  2,  3,    4,    7,    8,    15,
                                    16, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0xff, 0xff};
    for (size_t i = 0; i < size; i++) to[i] = edges[entropy_next(e) % sizeof edges];
    for (size_t i = 0; i + 4 <= size; i += 4) /* words: mostly a number of 8 bits */
        if (entropy_next(e) % 4) memset(to + i + 1, to[i + 3] == 0xff ? 0xff : 0, 3);
}

static void fill_maps(entropy *e)
{
    uint8_t value[64];
    for (uint32_t k = 0; k < 4; k++) {
        fill_input(value, sizeof value, e);
        mybpf_map_update(typed_maps[TYPED_ARRAY], &k, value, 0);
        if (!k) mybpf_map_update(typed_maps[TYPED_SINGLE], &k, value + 8, 0);
        mybpf_map_delete(typed_maps[TYPED_HASH], &k);
        if (entropy_next(e) % 2) mybpf_map_update(typed_maps[TYPED_HASH], &k, value, 0);
    }
}

static void put_word(uint8_t *at, uint64_t value)
{
    uint32_t word = (uint32_t)value;
    memcpy(at, &word, 4);
}

/* The context of a typed program, and its packet, when there is low memory for one. */
static int run_typed(mybpf_object *object, const subject *s, uint64_t input, int *insn)
{
    static uint64_t ctx[24], stack[MYBPF_STACK_SIZE / 8 + 2];
    uint8_t *bytes = (uint8_t *)ctx, *low = sound_low_memory();
    entropy e = {NULL, 0, 0};
    mybpf_region region = {NULL, 0, 1};
    mybpf_run_opts opts;
    mybpf_error error;
    uint64_t r0;
    int rc;
    e.state = input * 0x9e3779b97f4a7c15u + 3;
    for (int i = 0; i < 4; i++) entropy_next(&e);
    memset(&opts, 0, sizeof opts);
    memset(&error, 0, sizeof error);
    fill_maps(&e);
    fill_input(bytes, sizeof ctx, &e);
    region.size = (size_t)(entropy_next(&e) % 28);
    opts.ctx = ctx;
    opts.ctx_size = s->typed.type == MYBPF_PROG_TYPE_XDP ? 24 : s->typed.type ? sizeof ctx : GENERATE_MEMORY;
    if (s->typed.type) {
        int fields = s->typed.type == MYBPF_PROG_TYPE_XDP ? 0 : 76;
        if (!low) return 0;
        fill_input(low + 256, 64, &e);
        region.address = low + 256;
        put_word(bytes + fields, (uint64_t)(uintptr_t)low + 256);
        put_word(bytes + fields + 4, (uint64_t)(uintptr_t)low + 256 + region.size);
        put_word(bytes + (fields ? 140 : 8), (uint64_t)(uintptr_t)low + 256);
        opts.regions = &region;
        opts.region_count = 1;
    }
    opts.max_steps = s->t.max_steps;
    opts.stack = stack;
    opts.stack = (uint8_t *)opts.stack + (0 - (uintptr_t)opts.stack) % 16;
    opts.stack_size = MYBPF_STACK_SIZE;
    watch.ctx_size = opts.ctx_size;
    watch.packet = (uint64_t)(uintptr_t)region.address;
    watch.packet_size = region.size;
    rc = mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error);
    *insn = rc ? (int)error.insn : -1;
    return rc;
}

/* One run; input 0 is the trial's. */
static int run_subject(mybpf_object *object, subject *s, uint64_t input, int *insn)
{
    seen out;
    entropy e = {NULL, 0, 0};
    if (s->is_typed) return run_typed(object, s, input, insn);
    e.state = input * 0x9e3779b97f4a7c15u + 3;
    if (input) fill_input(s->t.memory, sizeof s->t.memory, &e);
    watch.ctx_size = GENERATE_MEMORY;
    watch.packet = watch.packet_size = 0;
    run(object, &s->t, -1, &out);
    *insn = out.insn;
    return out.status;
}

/* ---- for how long ---- */

static double sound_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct sound_run {
    double end;
    uint64_t seed;
    unsigned long programs, accepted, moments, limit;
} sound_run;

static sound_run sound_begin(void)
{
    sound_run s = {0, 0, 0, 0, 0, 0};
    s.limit = (unsigned long)test_number("MYBPF_PROGRAMS", 0);
    s.end = sound_now() + test_seconds(20);
    s.seed = test_number("MYBPF_SEED", (uint64_t)time(NULL) << 20);
    printf("  MYBPF_SEED=0x%llx\n", (unsigned long long)s.seed);
    fflush(stdout);
    return s;
}

static int sound_goes_on(const sound_run *s)
{
    return test_failures() < 3 && (s->limit ? s->programs < s->limit : !s->programs || sound_now() < s->end);
}

/* ---- a recorded run ---- */

enum { STEPS = 3000, FRAMES = 16, STACK_BYTES = MYBPF_STACK_FRAME, INSNS = GENERATE_INSNS };

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
    moment *at;
    uint32_t *first, *next; /* moments by instruction: 1 + index */
} record;

static void record_moment(uint32_t pc, const uint64_t *regs)
{
    moment *now = &record.at[record.count];
    if (record.count == STEPS || watch.depth >= FRAMES) {
        record.recording = 0; /* what came until now is enough */
        return;
    }
    now->pc = pc;
    now->depth = watch.depth;
    now->covered = now->wrong = 0;
    memcpy(now->regs, regs, sizeof now->regs);
    for (uint32_t f = 0; f <= now->depth; f++) {
        now->frame[f] = watch.frame[f].r10;
        memcpy(now->stack[f], (const uint8_t *)(uintptr_t)now->frame[f] - STACK_BYTES, STACK_BYTES);
    }
    record.next[record.count] = record.first[pc];
    record.first[pc] = ++record.count;
}

static void sound_step(const void *object, uint32_t pc, const uint64_t *regs)
{
    if (object != watch.object) return;
    watch_step(pc, regs);
    if (record.recording) record_moment(pc, regs);
}

/* ---- does a state of the verifier hold at a moment? ---- */

/* Is `address`, less what the pointer is off by, the first byte of one of the map's values? */
static int points_to_value(const mybpf__value *value, uint64_t address)
{
    const mybpf_map *map = record.object->maps[value->index];
    uint64_t base = address - (uint64_t)(int64_t)value->off;
    watch_values values;
    for (uint32_t i = 0; watch_block(map, i, &values); i++)
        for (uint64_t k = 0; k < values.count; k++)
            if (mybpf__scalar_contains(&value->num, base - (values.first + k * values.stride))) return 1;
    return 0;
}

/* Of the packet `range` bytes from the pointer's base on are there. */
static int points_to_packet(const mybpf__value *value, uint64_t x)
{
    uint64_t base = x - (uint64_t)(int64_t)value->off;
    if (!mybpf__scalar_contains(&value->num, base - watch.packet)) return 0;
    return !value->range || watch_inside(base, value->range, watch.packet, watch.packet_size);
}

static int value_holds(const mybpf__value *value, uint64_t x, const moment *now, uint32_t depth)
{
    uint64_t base = 0;
    if (value->or_null && !x) return 1;
    switch (value->kind) {
    case MYBPF__UNSET: return 1; /* whoever reads it is refused */
    case MYBPF__NUMBER: return !record.whole || mybpf__scalar_contains(&value->num, x);
    case MYBPF__CTX: base = watch.ctx; break;
    case MYBPF__STACK: base = now->frame[now->depth - depth + value->index]; break;
    case MYBPF__VALUE: return points_to_value(value, x);
    case MYBPF__PACKET:
    case MYBPF__META: return points_to_packet(value, x);
    case MYBPF__PACKET_END: base = watch.packet + watch.packet_size; break;
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

/* Registers that are said to hold one number do. */
static int names_hold(const mybpf__frame *top, uint32_t live, const moment *now)
{
    for (int a = 0; a < 10; a++) {
        for (int b = 0; b < a; b++) {
            const mybpf__value *x = &top->reg[a], *y = &top->reg[b];
            if (!(live >> a & live >> b & 1) || x->kind != y->kind || !x->id || x->id != y->id) continue;
            if (x->kind == MYBPF__NUMBER && record.whole && now->regs[a] != now->regs[b]) return 0;
            if (x->or_null && y->or_null && !now->regs[a] != !now->regs[b]) return 0;
            if (x->kind == MYBPF__PACKET &&
                now->regs[a] - (uint64_t)(int64_t)x->off != now->regs[b] - (uint64_t)(int64_t)y->off)
                return 0;
        }
    }
    return 1;
}

/* -1, or the place that does not hold: a register, or 16 + a slot of the newest function, + 64 for each
 * older; 1000 frames, 1001 names. */
static int wrong_place(const mybpf__sim *sim, const moment *now)
{
    const mybpf__state *state = sim->state;
    const mybpf__frame *top = &state->frame[state->depth];
    uint32_t live = sim->live[now->pc];
    if (state->depth > now->depth) return 1000;
    for (int r = 0; r < 10; r++)
        if (live >> r & 1 && !value_holds(&top->reg[r], now->regs[r], now, state->depth)) return r;
    if (!names_hold(top, live, now)) return 1001;
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

static void claim_visited(const mybpf__sim *sim);

static void sound_visited(const struct mybpf__sim *sim)
{
    claim_visited(sim);
    if (!record.checking) return;
    record.visited++;
    record.unfinished |= sim->visited > sim->limit / 2 || sim->touched > sim->touch_limit / 2 ||
                         sim->kept > MYBPF_MAX_STATES / 2;
    for (uint32_t i = record.first[sim->state->pc]; i; i = record.next[i - 1]) {
        moment *now = &record.at[i - 1];
        if (now->covered) continue;
        now->wrong = wrong_place(sim, now);
        now->covered = now->wrong < 0;
    }
}

/* The way to a moment, and the program. */
static void print_moments(const subject *s, const moment *first, const moment *last)
{
    for (const moment *now = first; now <= last; now++) {
        char insn[128];
        mybpf_disassemble(&record.object->insns[now->pc], 2, insn, sizeof insn);
        fprintf(stderr, "  %5u: %-40s", now->pc, insn);
        for (int r = 0; r < 11; r++) fprintf(stderr, " r%d=%llx", r, (unsigned long long)now->regs[r]);
        fprintf(stderr, "\n");
    }
    print_subject(s);
}

/* ---- facts ---- */

static int bits_hold(const mybpf_insn_facts *facts, uint64_t x)
{
    return (x & ~facts->unknown) == facts->known;
}

static int is_in_value(const mybpf_object *object, const mybpf_insn_facts *facts, uint64_t address)
{
    const mybpf_map *map = object->maps[facts->index];
    uint64_t stride = mybpf__map_round(map->desc.value_size);
    if (map->desc.type != MYBPF_MAP_TYPE_ARRAY) return 1;
    for (uint32_t k = 0; k < map->desc.max_entries; k++)
        if (bits_hold(facts, address - (uint64_t)(uintptr_t)map->data - k * stride)) return 1;
    return 0;
}

static int result_fits(const mybpf_insn *insn, uint64_t a, uint64_t b)
{
    unsigned op = insn->code & 0xf0u;
    uint64_t most = UINT64_MAX;
    if ((insn->code & 7) == 4) a = (uint32_t)a, b = (uint32_t)b, most = UINT32_MAX;
    return op == 0x10 ? a >= b : op == 0x20 ? !b || a <= most / b : a <= most - b;
}

/* What the verifier found at the instruction of moment `i` and does not hold there; NULL: it does. */
static const char *broken_fact(const mybpf_object *object, uint32_t i)
{
    const moment *now = &record.at[i];
    const mybpf_insn *insn = &object->insns[now->pc];
    int format = mybpf_op_describe(mybpf_insn_op(insn))->format, found = object->facts[now->pc];
    uint64_t dst = now->regs[insn->dst_reg], src = now->regs[insn->src_reg], operand = dst;
    mybpf_insn_facts facts;
    if (found & MYBPF_FACT_DEAD) return "control comes there";
    if (found & (MYBPF_FACT_FALLS | MYBPF_FACT_JUMPS) && i + 1 < record.count && insn->off) {
        int jumps = record.at[i + 1].pc != now->pc + 1;
        if (found & (jumps ? MYBPF_FACT_FALLS : MYBPF_FACT_JUMPS)) return "the jump";
    }
    if (!mybpf_object_insn_facts(object, now->pc, &facts)) return NULL;
    if (facts.region) {
        uint64_t at = (format == MYBPF_FORMAT_LDX || format == MYBPF_FORMAT_LOAD_ACQ ? src : dst) +
                      (uint64_t)(int64_t)insn->off;
        if (facts.region == MYBPF_MEMORY_MAP_VALUE && !is_in_value(object, &facts, at)) return "the value";
        if (facts.region == MYBPF_MEMORY_STACK &&
            (facts.index > now->depth || !bits_hold(&facts, at - now->frame[now->depth - facts.index])))
            return "the stack";
        if (facts.region == MYBPF_MEMORY_CONTEXT && !bits_hold(&facts, at - record.at[0].regs[1]))
            return "the context";
        return NULL;
    }
    if (format == MYBPF_FORMAT_ALU_REG || format == MYBPF_FORMAT_JCC_REG) operand = src;
    if (!bits_hold(&facts, operand)) return "the number";
    if (facts.flags & MYBPF_FACTS_CONSTANT && operand != facts.known) return "the constant";
    if (facts.flags & MYBPF_FACTS_UPPER_ZERO && operand >> 32) return "the upper half";
    if (facts.flags & MYBPF_FACTS_DST_UPPER_ZERO && dst >> 32) return "the upper half of dst";
    if (format == MYBPF_FORMAT_ALU_IMM) src = (uint64_t)(int64_t)insn->imm;
    if (facts.flags & MYBPF_FACTS_NO_OVERFLOW && !result_fits(insn, dst, src)) return "the sum";
    return NULL;
}

static unsigned long facts_seen;

static void check_facts(const subject *s, const mybpf_object *object, uint64_t seed)
{
    for (uint32_t i = 0; i < record.count; i++) {
        const char *broken = broken_fact(object, i);
        facts_seen += object->seen_count != 0;
        if (!broken) continue;
        test_fail(__FILE__, __LINE__,
                  "MYBPF_SEED=0x%llx: the fact of instruction %u does not hold at step %u: %s",
                  (unsigned long long)seed, record.at[i].pc, i, broken);
        print_moments(s, &record.at[i < 12 ? 0 : i - 12], &record.at[i]);
        break;
    }
}

/* ---- covered ---- */

static void check_covered(subject *s, mybpf_object *object, uint64_t seed)
{
    mybpf_load_opts opts = sound_opts(s);
    int insn;
    memset(record.first, 0, (INSNS + 1) * sizeof *record.first);
    record.object = object;
    record.count = 0;
    record.recording = 1;
    watch_begin(object, WATCH_NOTHING, 0);
    run_subject(object, s, seed / 8 % 4, &insn);
    watch_end();
    record.recording = 0;
    check_facts(s, object, seed);
    record.checking = 1;
    record.unfinished = 0;
    record.whole = s->t.trust == MYBPF_GUARDED;
    int rc = mybpf__verify_access(object, &opts, NULL);
    record.checking = 0;
    if (rc) test_fail(__FILE__, __LINE__, "seed 0x%llx: refused the second time", (unsigned long long)seed);
    for (uint32_t i = 0; i < record.count && !record.unfinished; i++) {
        if (record.at[i].covered) continue;
        test_fail(__FILE__, __LINE__, "MYBPF_SEED=0x%llx: no state holds at step %u of %u, slot %u: place %d",
                  (unsigned long long)seed, i, record.count, record.at[i].pc, record.at[i].wrong);
        print_moments(s, &record.at[i < 12 ? 0 : i - 12], &record.at[i]);
        break;
    }
}

TEST(verify_sound, covered)
{
    static subject s;
    static const int kinds[] = {TRIAL_GUARDED, TRIAL_VERIFIED, TYPED_KIND, TRIAL_KERNEL,
                                TYPED_KIND,    TYPED_KIND,     TYPED_KIND, TYPED_KIND};
    mybpf_vm *vm = make_vm(NULL);
    sound_run run = sound_begin();
    make_typed_maps(vm);
    record.at = (moment *)malloc(STEPS * sizeof *record.at);
    record.next = (uint32_t *)malloc(STEPS * sizeof *record.next);
    record.first = (uint32_t *)malloc((INSNS + 1) * sizeof *record.first);
    while (sound_goes_on(&run)) {
        uint64_t seed = run.seed + run.programs++;
        make(&s, kinds[seed % 8], seed);
        if (s.is_typed || s.t.trust == MYBPF_TRUSTED)
            s.t.trust = seed / 8 % 4 ? MYBPF_GUARDED : MYBPF_VERIFIED;
        mybpf_object *object = open_subject(vm, &s);
        if (!object) continue;
        run.accepted++;
        check_covered(&s, object, seed);
        run.moments += record.count;
        close_subject(&s, object);
    }
    printf("  %lu programs, %lu accepted, %lu moments\n", run.programs, run.accepted, run.moments);
    CHECK(run.accepted > 0 || run.programs < 100);
    CHECK(record.visited > 0 || run.programs < 100);
    CHECK(facts_seen > 0 || run.programs < 100);
    free(record.at);
    free(record.next);
    free(record.first);
    drop_typed_maps();
    mybpf_vm_destroy(vm);
}

/* A loop whose turns leave now a pointer, now a number in the same register and slot: guarded mode, where
 * both become something unknown, knows that after a few turns. */
TEST(verify_sound, guarded_loops_end)
{
    static const char text[] = "# run trust 1 metered 1 max_steps 100000 disable 0x0 engines 0x80\n"
                               "# programs 1\n"
                               "func_0:\n"
                               "r6 = r1\n"
                               "r7 = r1\n"
                               "r8 = *(u64 *)(r1 + 0)\n"
                               "*(u64 *)(r10 - 8) = r1\n"
                               "r0 = *(u64 *)(r10 - 8)\n"
                               "r0 ^= r7\n"
                               "*(u64 *)(r10 - 8) = r6\n"
                               "r7 = r6\n"
                               "if r8 & 1 goto +2\n"
                               "*(u64 *)(r10 - 8) = r8\n"
                               "r7 = r8\n"
                               "r8 += -1\n"
                               "r2 = r8\n"
                               "if r2 != 0 goto -10\n"
                               "exit\n";
    static subject s;
    mybpf_vm *vm = make_vm(NULL);
    CHECK_INT(trial_parse(&s.t, text, NULL), 0);
    mybpf_load_opts opts = sound_opts(&s);
    mybpf_object *object = open_unit(vm, &s.t);
    CHECK(object != NULL);
    record.visited = 0;
    record.first = (uint32_t *)calloc(GENERATE_INSNS + 1, sizeof *record.first);
    record.checking = object != NULL;
    if (object) CHECK_INT(mybpf__verify_access(object, &opts, NULL), 0);
    record.checking = 0;
    CHECK(record.visited > 20 && record.visited < 1000);
    free(record.first);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* ---- accepted ---- */

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

/* A run must end well, unless the program may take longer than anyone waits. */
static void check_status(const subject *s, const char *how, uint64_t seed, int status, int insn)
{
    if (watch.wrong)
        test_fail(__FILE__, __LINE__, "MYBPF_SEED=0x%llx: %s, instruction %u %s", (unsigned long long)seed,
                  how, watch.wrong_pc, watch.wrong);
    else if (status < 0 && (status != MYBPF_FAULT_BUDGET || !may_run_long(s)))
        test_fail(__FILE__, __LINE__, "MYBPF_SEED=0x%llx: %s, but %s at %d", (unsigned long long)seed, how,
                  mybpf_status_name(status), insn);
    else
        return;
    print_subject(s);
    watch.wrong = NULL;
}

enum { INPUTS = 6 };

/* Each access of the interpreter is looked at. */
static void check_watched(subject *s, mybpf_object *object, const char *how, int mode, uint64_t seed)
{
    for (uint64_t input = 0; input < INPUTS; input++) {
        int insn, before = test_failures();
        watch_begin(object, mode, s->policies);
        int status = run_subject(object, s, input, &insn);
        watch_end();
        if (mode == WATCH_PROVEN) status = 0; /* guards may end it */
        check_status(s, how, seed, status, insn);
        if (test_failures() > before) return;
    }
}

/* Every access is guarded, in the interpreter and in native code. */
static void check_forced(subject *s, mybpf_object *object, uint64_t seed)
{
    int insn, status;
    if (force_guards(object)) return;
    watch.wrong = NULL;
    for (uint64_t input = 0; input < INPUTS; input += 3) {
        status = run_subject(object, s, input, &insn);
        check_status(s, "accepted, guarded", seed, status, insn);
    }
    if (mybpf_jit_compile(object, NULL, NULL)) return; /* not for this host */
    for (uint64_t input = 0; input < INPUTS; input += 3) {
        status = run_subject(object, s, input, &insn);
        check_status(s, "accepted, guarded in native code", seed, status, insn);
    }
}

TEST(verify_sound, accepted)
{
    static subject s;
    mybpf_vm *vm = make_vm(mybpf_jit_exec());
    sound_run run = sound_begin();
    unsigned long guarded = 0;
    make_typed_maps(vm);
    while (sound_goes_on(&run)) {
        uint64_t seed = run.seed + run.programs++;
        make(&s, seed % 8 == 0 ? TRIAL_VERIFIED : seed % 8 == 1 ? TRIAL_KERNEL : TYPED_KIND, seed);
        s.t.trust = MYBPF_VERIFIED;
        mybpf_object *object = open_subject(vm, &s);
        if (object) {
            run.accepted++;
            check_watched(&s, object, "accepted", WATCH_ALL, seed);
            close_subject(&s, object);
        }
        if (object ? seed % 4 : seed % 16) continue;
        s.t.trust = MYBPF_GUARDED;
        int refused = !object;
        object = open_subject(vm, &s);
        if (!object) continue;
        guarded++;
        check_watched(&s, object, "in guarded mode without a guard", WATCH_PROVEN, seed);
        if (!refused) check_forced(&s, object, seed);
        close_subject(&s, object);
    }
    printf("  %lu programs, %lu accepted, %lu guarded\n", run.programs, run.accepted, guarded);
    CHECK(run.accepted > 0 || run.programs < 100);
    drop_typed_maps();
    mybpf_vm_destroy(vm);
}

/* ---- the kernel's verdict ---- */

/* A refusal of the kernel that is one whatever is known of numbers: register `reg` holds `kind` at `pc`. Of
 * others this verifier may know better: it follows division, compares of a register with itself and with the
 * packet's end for equality, shifts by what varies; docs/verifier.md has the list. */
static struct {
    int asked, holds;
    uint32_t pc;
    int reg, kind, or_null;
} claim;

static void claim_visited(const mybpf__sim *sim)
{
    const mybpf__value *value;
    if (!claim.asked || sim->state->pc != claim.pc) return;
    value = &sim->state->frame[sim->state->depth].reg[claim.reg];
    claim.holds |= value->kind == claim.kind && value->or_null == claim.or_null;
}

/* Reads the end of the kernel's log: 0 when it is no such refusal. */
static int read_claim(char *log)
{
    static const struct {
        const char *text; /* behind the register */
        int kind, or_null;
    } claims[] = {{" !read_ok", MYBPF__UNSET, 0},
                  {" invalid mem access 'scalar'", MYBPF__NUMBER, 0},
                  {" invalid mem access 'map_value_or_null'", MYBPF__VALUE, 1},
                  {" invalid mem access 'map_ptr'", MYBPF__MAP, 0},
                  {" invalid mem access 'pkt_end'", MYBPF__PACKET_END, 0},
                  {" pointer arithmetic on map_value_or_null", MYBPF__VALUE, 1},
                  {" pointer arithmetic on pkt_end", MYBPF__PACKET_END, 0},
                  {" pointer arithmetic on map_ptr", MYBPF__MAP, 0},
                  {" subtraction from stack pointer", MYBPF__STACK, 0}};
    char *end = strstr(log, "\nprocessed "), *line, *place;
    unsigned pc, code;
    if (end) *end = 0;
    line = strrchr(log, '\n');
    if (!line || line[1] != 'R' || sscanf(line + 2, "%d", &claim.reg) != 1) return 0;
    *line = 0;
    place = strrchr(log, '\n');
    if (!place || sscanf(place + 1, "%u: (%x)", &pc, &code) != 2) return 0;
    claim.pc = pc;
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        if (strncmp(line + 2 + strspn(line + 2, "0123456789"), claims[i].text, strlen(claims[i].text)))
            continue;
        claim.kind = claims[i].kind;
        claim.or_null = claims[i].or_null;
        return 1;
    }
    return 0;
}

/* Did this verifier come there with such a register, and find nothing wrong? */
static int is_false_accept(const subject *s, mybpf_object *object, char *log)
{
    mybpf_load_opts opts = sound_opts(s);
    if (!read_claim(log)) return 0;
    claim.asked = 1;
    claim.holds = 0;
    mybpf__verify_access(object, &opts, NULL);
    claim.asked = 0;
    return claim.holds;
}

/* Programs that the kernel refuses for what a register is are refused; all others are counted. */
TEST(verify_sound, kernel)
{
    static subject s;
    static kernel_verifier kernel;
    unsigned long both = 0, neither = 0, stricter = 0, looser = 0;
    if (!kernel_open(&kernel)) SKIP("bpf() is not allowed here");
    mybpf_vm *vm = make_vm(NULL);
    sound_run run = sound_begin();
    make_typed_maps(vm);
    while (sound_goes_on(&run)) {
        uint64_t seed = run.seed + run.programs++;
        make(&s, KERNEL_KIND, seed);
        mybpf_object *object = open_subject(vm, &s);
        int accepted = object != NULL, there = kernel_accepts(&kernel, &s.typed, 0);
        both += accepted && there > 0;
        neither += !accepted && !there;
        stricter += !accepted && there > 0;
        looser += accepted && !there;
        if (accepted && !there && !kernel_accepts(&kernel, &s.typed, 1) &&
            is_false_accept(&s, object, kernel.log)) {
            test_fail(__FILE__, __LINE__,
                      "MYBPF_SEED=0x%llx: accepted, but r%d at %u is what the kernel refuses there",
                      (unsigned long long)seed, claim.reg, claim.pc);
            print_subject(&s);
        }
        close_subject(&s, object);
    }
    printf("  %lu programs: both accept %lu, both refuse %lu; only the kernel accepts %lu, refuses %lu\n",
           run.programs, both, neither, stricter, looser);
    CHECK(both > 0 || run.programs < 100);
    CHECK(run.programs < 1000 || looser * 50 < run.programs);   /* 2 of 100; about 0.8 are */
    CHECK(run.programs < 1000 || stricter * 16 < run.programs); /* 6 of 100; about 3.4 are */
    drop_typed_maps();
    mybpf_vm_destroy(vm);
    kernel_close(&kernel);
}
