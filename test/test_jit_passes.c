/* test_jit_passes.c: native code does the same whichever passes made it: random programs of what passes look
 * for, with each pass left out, and with all of them. MYBPF_SECONDS makes it longer, MYBPF_SEED repeats. */
#include "jit_pieces.h"
#include "jit_pieces_loops.h"
#include "test.h"
#include "mybpf.h"
#include "mybpf_jit.h"

#include <stdlib.h>
#include <time.h>

/* ---- loops ---- */

/* A loop that ends: counted by r7, up to r8 or a number, with every condition. */
static void loop(void)
{
    static const uint8_t conditions[][2] = {
        {0x50, 0x50}, {0xa0, 0x20}, {0xc0, 0x60}}; /* by r7 and r8, by r8 and r7 */
    unsigned kind = pick(3), reversed = pick(2), imm = pick(3) == 0, step = 1 + (pick(4) == 0),
             w = pick(3) == 0, older = imm && pick(2), same = pick(3) == 0, v = pick(5), x = pick(5),
             twin = imm && kind && !older && pick(2), t = pick(5);
    int start = (int)pick(5) - 2, rounds = 1 + (int)pick(5),
        limit = kind ? (int)pick(6) - (kind == 2 ? 3 : 0) : start + rounds * (int)step;
    size_t top;
    if (pick(2)) start = 0, limit = kind ? limit : rounds * (int)step;
    emit(w && pick(2) ? 0xb4 : 0xb7, COUNTER, 0, 0, start);
    emit(w && pick(2) ? 0xb4 : 0xb7, LIMIT, 0, 0, limit);
    if (pick(4) == 0) some_pieces(1);
    if (same && pick(2))
        emit(0xb7, x, 0, 0, 9), emit(0xb7, v, 0, 0, pick(8) ? 9 : 8);
    else if (same)
        emit(pick(3) ? 0xbf : 0xbc, v, x, 0, 0);
    if (twin) emit(0xb7, OLDER, 0, 0, start + (pick(8) == 0));
    top = count;
    some_pieces(1 + pick(4));
    if (twin) emit(0x0f, pick(5), OLDER, 0, 0);
    if (pick(6) == 0) emit(0x0f, pick(5), pick(2) ? COUNTER : LIMIT, 0, 0);
    if (pick(6) == 0) emit(0x07, pick(2) ? COUNTER : LIMIT, 0, 0, 0);
    if (older) emit(w && pick(2) ? 0xbc : 0xbf, OLDER, COUNTER, 0, 0);
    if (older && kind && pick(2)) emit(0x07, OLDER, 0, 0, (int64_t)pick(5) - 2);
    if (pick(4) == 0) some_pieces(1);
    emit(w ? 0x04 : 0x07, COUNTER, 0, 0, step);
    some_pieces(pick(3));
    if (same && pick(8)) emit(pick(3) ? 0xbf : 0xbc, pick(3) ? v : x, pick(3) ? x : v, 0, 0);
    if (same && pick(8) == 0) emit(0x07, pick(2) ? v : x, 0, 0, 1);
    if (twin) { /* the counter as it was, in another register, which becomes it again */
        if (pick(4) == 0) emit(0x0f, pick(5), COUNTER, 0, 0);
        emit(0xbf, t, OLDER, 0, 0), emit(0x07, t, 0, 0, (int64_t)pick(5) - 2);
        emit(w ? 0xbc : 0xbf, OLDER, COUNTER, 0, 0);
        if (pick(3) == 0) emit(0x0f, pick(5), pick(2) ? t : (unsigned)COUNTER, 0, 0);
        emit(conditions[kind][0] | (w ? 6u : 5u), t, 0, (int)top - (int)count - 1, limit);
    } else if (imm)
        emit(conditions[kind][0] | (w ? 6u : 5u), older ? OLDER : COUNTER, 0, (int)top - (int)count - 1,
             limit);
    else
        emit(conditions[kind][reversed] | (w ? 0xeu : 0xdu), reversed ? LIMIT : COUNTER,
             reversed ? COUNTER : LIMIT, (int)top - (int)count - 1, 0);
    if (pick(3) == 0) emit(0x0f, pick(5), COUNTER, 0, 0);
}

/* A loop with ways out, one of them to code that reads what the others leave alone; another loop may be
 * around. */
static void search(void)
{
    unsigned outer = pick(3) == 0, d = pick(5), inside = pick(3);
    size_t top, out = 0, around;
    emit(0xb7, LIMIT, 0, 0, 1 + (int)pick(3));
    around = count;
    emit(0xb7, COUNTER, 0, 0, 1 + (int)pick(5));
    if (pick(3) == 0) emit(0x05, 0, 0, 0, 0);
    top = count;
    some_pieces(inside);
    for (unsigned n = pick(4); n; n--) {
        if (pick(2)) emit(0xb7, pick(5), 0, 0, (int)pick(9));
        if (pick(2)) emit(0xbf, pick(5), pick(5), 0, 0);
        if (pick(2)) emit(0x57, pick(5), 0, 0, 255);
    }
    if (pick(3)) out = count, emit(pick(2) ? 0x15 : 0x2d, pick(5), pick(5), 0, (int)pick(3));
    if (pick(2)) emit(0xbf, d, pick(5), 0, 0);
    if (pick(2)) emit(0xb7, pick(5), 0, 0, 3);
    if (pick(3) == 0) some_pieces(1);
    emit(0x07, COUNTER, 0, 0, -1);
    emit(0x55, COUNTER, 0, (int)top - (int)count - 1, 0);
    if (pick(2)) emit(0x0f, pick(5), d, 0, 0);
    if (out) insns[out].off = (int16_t)(count - out - 1);
    if (out && insns[out].code == 0x15) insns[out].src_reg = 0;
    if (out && insns[out].code != 0x15) insns[out].imm = 0;
    if (!outer) return;
    emit(0x07, LIMIT, 0, 0, -1);
    emit(0x55, LIMIT, 0, (int)around - (int)count - 1, 0);
}

/* A loop that divides by what it counts, or by what it does not, with a way out, entered somewhere. */
static void divides(void)
{
    static const uint8_t ops[] = {0x3f, 0x3c, 0x9f, 0x9c}, ends[] = {0x50, 0xa0, 0xc0, 0x60};
    unsigned w = pick(2), step = 1 + pick(3), end = pick(4), q = pick(5),
             by = pick(4) ? (unsigned)COUNTER : pick(5), inside = pick(3) == 0;
    int start = (int)pick(6) - 1, rounds = 1 + (int)pick(pick(6) ? 9 : 40),
        limit = start + rounds * (int)step + (end && pick(2));
    size_t top, out = 0, in = 0;
    emit(w && pick(2) ? 0xb4 : 0xb7, COUNTER, 0, 0, start);
    if (pick(4) == 0) some_pieces(1);
    if (inside) in = count, emit(0x05, 0, 0, 0, 0);
    top = count;
    if (pick(2)) some_pieces(1);
    if (end && pick(3) == 0) emit(w ? 0x04 : 0x07, COUNTER, 0, 0, 1);
    if (in) insns[in].off = (int16_t)(count - in - 1);
    emit(0xbf, q, pick(5), 0, 0);
    emit(ops[pick(4)], q, by, pick(3) == 0, 0);
    if (pick(4) == 0) emit(0x0f, pick(5), COUNTER, 0, 0);
    if (pick(3)) out = count, emit(pick(2) ? 0x15 : 0x56, q, 0, 0, (int)pick(3));
    if (pick(2)) emit(0x07, pick(5), 0, 0, 1);
    if (pick(3) == 0) emit(0xbf, by = pick(5), COUNTER, 0, 0), emit(0x27, by, 0, 0, (int)pick(3));
    emit(w ? 0x04 : 0x07, COUNTER, 0, 0, step);
    emit(ends[end] | (w ? 6u : 5u), COUNTER, 0, end == 3 ? 1 : (int)top - (int)count - 1, limit);
    if (end == 3) emit(0x05, 0, 0, (int)top - (int)count - 1, 0);
    if (out) insns[out].off = (int16_t)(count - out - 1);
    if (pick(2)) emit(0x0f, pick(5), COUNTER, 0, 0);
}

static void down(void)
{
    unsigned w = pick(3) == 0;
    size_t top;
    emit(0xb7, COUNTER, 0, 0, 1 + pick(4));
    top = count;
    some_pieces(1 + pick(3));
    emit(w ? 0x04 : 0x07, COUNTER, 0, 0, -1);
    if (pick(3) == 0) some_pieces(1);
    if (pick(3)) {
        emit(w ? 0x56 : 0x55, COUNTER, 0, (int)top - (int)count - 1, 0);
    } else { /* around jumps that go on and back */
        emit(w ? 0x16 : 0x15, COUNTER, 0, pick(2) ? 1 : 2, 0);
        emit(0x05, 0, 0, (int)top - (int)count - 1, 0);
        emit(0x05, 0, 0, 0, 0);
    }
    if (pick(3) == 0) emit(0xbf, pick(5), COUNTER, 0, 0);
}

/* A loop whose blocks lie in any order, with a jump from each to the next. */
static void scattered(void)
{
    enum { BLOCKS = 4, OUT = BLOCKS, JUMPS = 2 * BLOCKS + 2 };
    struct {
        size_t at;
        unsigned to;
    } jumps[JUMPS];
    size_t where[BLOCKS + 1];
    unsigned n = 0, order[BLOCKS], around = pick(2);
    for (unsigned i = 0; i < BLOCKS; i++) order[i] = i;
    for (unsigned i = 0; i < BLOCKS; i++) {
        unsigned other = pick(BLOCKS), was = order[i];
        order[i] = order[other];
        order[other] = was;
    }
    emit(0xb7, COUNTER, 0, 0, 1 + (int)pick(5));
    jumps[n].at = count, jumps[n++].to = 0, emit(0x05, 0, 0, 0, 0);
    for (unsigned i = 0; i < BLOCKS; i++) {
        unsigned block = order[i], other = block ? BLOCKS - 1 : 2;
        where[block] = count;
        if (block < BLOCKS - 1 || pick(2)) some_pieces(pick(3));
        if (block == BLOCKS - 1) {
            emit(0x07, COUNTER, 0, 0, -1);
            jumps[n].at = count, jumps[n++].to = around ? OUT : 0;
            emit(around ? 0x15 : 0x55, COUNTER, 0, 0, 0);
            other = around ? 0 : OUT;
        } else if (!block || pick(2)) {
            jumps[n].at = count, jumps[n++].to = block ? (unsigned)OUT : 1u;
            emit(pick(2) ? 0x2d : 0x1d, pick(5), pick(5), 0, 0);
        }
        if (i == BLOCKS - 1 || order[i + 1] != other)
            jumps[n].at = count, jumps[n++].to = other, emit(0x05, 0, 0, 0, 0);
    }
    where[OUT] = count;
    for (unsigned i = 0; i < n; i++)
        insns[jumps[i].at].off = (int16_t)((int)where[jumps[i].to] - (int)jumps[i].at - 1);
}

/* A loop that goes by what the round before has decided. */
static void machine(void)
{
    enum { CASES = 4 };
    unsigned cases = 2 + pick(3), v = pick(5), c = pick(5), wide = pick(3) ? 0x16 : 0x15, n = 0;
    size_t asks[CASES], jumps[3 * CASES + 1], top;
    emit(0xb7, COUNTER, 0, 0, 1 + (int)pick(12));
    if (pick(4)) emit(0xb4, v, 0, 0, (int)pick(3));
    top = count;
    if (pick(3)) emit(0x71, c, FIELD, (int)pick(16), 0), emit(0xaf, c, COUNTER, 0, 0);
    if (pick(6) == 0) some_pieces(1);
    if (pick(8) == 0) emit(0x2e, v, c, 1, 0), emit(0x07, pick(5), 0, 0, 1);
    for (unsigned i = 0; i < cases; i++) {
        asks[i] = count;
        emit(pick(6) ? wide : wide + 0x20 + 0x30 * pick(2), v, 0, 0, pick(6) ? (int)i : (int)pick(6) - 1);
    }
    jumps[n++] = count, emit(0x05, 0, 0, 0, 0);
    for (unsigned i = 0; i < cases; i++) {
        insns[asks[i]].off = (int16_t)(count - asks[i] - 1);
        if (pick(2)) emit(pick(2) ? 0xb4 : 0xb7, v, 0, 0, (int)pick(4));
        if (pick(2)) jumps[n++] = count, emit(0x26, c, 0, 0, (int)pick(40));
        if (pick(5) == 0) some_pieces(1);
        if (pick(2)) emit(0x07, pick(5), 0, 0, 3);
        if (pick(2)) emit(pick(8) ? 0xb4 : 0x04, v, 0, 0, (int)pick(4));
        if (pick(4)) jumps[n++] = count, emit(0x05, 0, 0, 0, 0);
    }
    for (unsigned i = 0; i < n; i++) insns[jumps[i]].off = (int16_t)(count - jumps[i] - 1);
    emit(0x07, COUNTER, 0, 0, -1);
    emit(0x55, COUNTER, 0, (int)top - (int)count - 1, 0);
    if (pick(2)) emit(0x0f, pick(5), v, 0, 0);
}

/* ---- programs ---- */

static void program(void)
{
    count = call_count = 0;
    for (unsigned r = 0; r < 6; r++)
        if (r != 1) emit(0x79, r, 1, (int)r * 8, 0);
    emit(0x79, 1, 1, 8, 0);
    emit(0x18, FIELD, 0, 0, (int32_t)(uint32_t)(uintptr_t)&field[16]);
    emit(0, 0, 0, 0, (int32_t)(uint32_t)((uint64_t)(uintptr_t)&field[16] >> 32));
    for (unsigned n = 1 + pick(6); n; n--) switch (pick(10)) {
        case 0: loop(); break;
        case 4: divides(); break;
        case 5: machine(); break;
        case 6: fills(); break;
        case 7: walks(); break;
        case 1: down(); break;
        case 2: search(); break;
        case 3: scattered(); break;
        default: some_pieces(1 + pick(5));
        }
    for (unsigned r = 1; r < 6; r++) emit(0x27, 0, 0, 0, 31), emit(0x0f, 0, r, 0, 0);
    emit(0x95, 0, 0, 0, 0);
    functions();
}

static uint64_t input(void)
{
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     0x7f,
                                     0x80,
                                     0xff,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     0x100000000,
                                     0x7fffffffffffffff,
                                     0x8000000000000000,
                                     0xffffffffffffffff};
    uint64_t value = edges[pick(sizeof edges / sizeof *edges)] + pick(3);
    return pick(4) ? value : value ^ seed;
}

typedef struct outcome {
    int status;
    int64_t insn;
    uint64_t r0, steps, field[WORDS];
} outcome;

static void run(const mybpf_object *object, const uint64_t *inputs, uint64_t budget, outcome *out)
{
    uint64_t ctx[INPUTS];
    mybpf_run_opts opts;
    mybpf_error error = {0};
    memset(&opts, 0, sizeof opts);
    memset(out, 0, sizeof *out);
    memcpy(ctx, inputs, sizeof ctx);
    opts.max_steps = budget;
    if (budget) opts.steps = &out->steps;
    opts.ctx = ctx;
    opts.ctx_size = sizeof ctx;
    for (unsigned i = 0; i < WORDS; i++) field[i] = i * 0x0123456789abcdefu;
    out->status = mybpf_program_run(mybpf_object_program(object, 0), &opts, &out->r0, &error);
    out->insn = error.insn;
    memcpy(out->field, field, sizeof field);
}

static void print_program(void)
{
    char text[128];
    for (size_t i = 0; i < count; i++) {
        mybpf_disassemble(&insns[i], count - i, text, sizeof text);
        fprintf(stderr, "    %4zu: %s\n", i, text);
        if (insns[i].code == 0x18) i++;
    }
}

/* Programs at least; under an emulator, where each takes long, fewer, and others in each run. */
#ifdef TEST_STATIC
enum { PROGRAMS = 250 };
#else
enum { PROGRAMS = 1000 };
#endif

/* One program with these sets of passes left out: 1 when all did what the interpreter does. */
static int try_program(mybpf_vm *vm, uint64_t first, const uint32_t *sets, size_t set_count)
{
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    mybpf_load_opts opts;
    uint64_t inputs[INPUTS];
    outcome want, got;
    int same = 1;
    memset(&opts, 0, sizeof opts);
    opts.trust = MYBPF_TRUSTED;
    seed = first;
    program();
    for (unsigned i = 0; i < INPUTS; i++) inputs[i] = input();
    if (mybpf_object_open_insns(vm, insns, count, NULL, &object, &error) ||
        mybpf_object_load(object, &opts, &error)) {
        test_fail(__FILE__, __LINE__, "seed %llu: %s", (unsigned long long)first, error.message);
        mybpf_object_close(object);
        return 0;
    }
    run(object, inputs, 0, &want);
    for (size_t i = 0; i < set_count && same; i++) {
        mybpf_jit_opts jit;
        memset(&jit, 0, sizeof jit);
        jit.disable = sets[i];
        CHECK_INT(mybpf_jit_compile(object, &jit, &error), 0);
        run(object, inputs, 0, &got);
        same = !memcmp(&want, &got, sizeof got);
        if (!same)
            test_fail(__FILE__, __LINE__, "MYBPF_SEED=%llu, without 0x%x: r0 %llx, not %llx",
                      (unsigned long long)first, (unsigned)sets[i], (unsigned long long)got.r0,
                      (unsigned long long)want.r0);
    }
    mybpf_object_close(object);
    return same;
}

enum { BUDGETS = 12, PLENTY = 1000000 };

/* Runs with budgets around what the program takes, and below: 1 when all stop where the interpreter does. */
static int try_budgets(mybpf_vm *vm, uint64_t first, const uint32_t *sets, size_t set_count)
{
    mybpf_object *object = NULL;
    mybpf_load_opts opts;
    uint64_t inputs[INPUTS], budgets[BUDGETS] = {PLENTY};
    outcome want[BUDGETS], got;
    int same = 1;
    memset(want, 0, sizeof want);
    memset(&opts, 0, sizeof opts);
    opts.trust = MYBPF_TRUSTED;
    opts.metered = 1;
    seed = first;
    program();
    for (unsigned i = 0; i < INPUTS; i++) inputs[i] = input();
    if (mybpf_object_open_insns(vm, insns, count, NULL, &object, NULL) ||
        mybpf_object_load(object, &opts, NULL)) {
        mybpf_object_close(object);
        return 1; /* passes_change_nothing tells */
    }
    for (unsigned i = 0; i < BUDGETS; i++) {
        uint64_t takes = want[0].steps ? want[0].steps : 1;
        if (i)
            budgets[i] = i < 5 ? takes + 2 - i : 1 + pick(takes > UINT32_MAX ? UINT32_MAX : (unsigned)takes);
        if (!budgets[i]) budgets[i] = 1;
        run(object, inputs, budgets[i], &want[i]);
    }
    for (size_t i = 0; i < set_count * BUDGETS && same; i++) {
        mybpf_jit_opts jit;
        memset(&jit, 0, sizeof jit);
        jit.disable = sets[i / BUDGETS];
        if (i % BUDGETS == 0) CHECK_INT(mybpf_jit_compile(object, &jit, NULL), 0);
        run(object, inputs, budgets[i % BUDGETS], &got);
        same = !memcmp(&want[i % BUDGETS], &got, sizeof got);
        if (!same)
            test_fail(__FILE__, __LINE__,
                      "MYBPF_SEED=%llu, without 0x%x, budget %llu: %d at %lld after %llu, r0 %llx, not %d at "
                      "%lld after %llu, r0 %llx",
                      (unsigned long long)first, (unsigned)jit.disable,
                      (unsigned long long)budgets[i % BUDGETS], got.status, (long long)got.insn,
                      (unsigned long long)got.steps, (unsigned long long)got.r0, want[i % BUDGETS].status,
                      (long long)want[i % BUDGETS].insn, (unsigned long long)want[i % BUDGETS].steps,
                      (unsigned long long)want[i % BUDGETS].r0);
    }
    mybpf_object_close(object);
    return same;
}

static int native(mybpf_vm *vm)
{
    static const mybpf_insn nothing[] = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
    mybpf_object *object = NULL;
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    int works = !mybpf_object_open_insns(vm, nothing, 2, NULL, &object, NULL) &&
                !mybpf_object_load(object, &opts, NULL) && !mybpf_jit_compile(object, NULL, NULL);
    mybpf_object_close(object);
    return works;
}

TEST(jit, passes_change_nothing)
{
    uint32_t sets[64] = {0, MYBPF_JIT_NO_PASSES};
    size_t set_count = 2;
    const char *seconds = getenv("MYBPF_SECONDS"), *given = getenv("MYBPF_SEED");
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (uint32_t pass = 1; pass & MYBPF_JIT_NO_PASSES; pass *= 2) {
        sets[set_count++] = pass;                        /* all but one */
        sets[set_count++] = MYBPF_JIT_NO_PASSES & ~pass; /* one alone */
    }
    if (!native(vm)) {
        mybpf_vm_destroy(vm);
        SKIP("no back end for this machine");
    }
    uint64_t first =
        test_number("MYBPF_SEED", 88172645463325252u + (uint64_t)(seconds ? time(NULL) : 0) * 1000003);
    time_t end = time(NULL) + (time_t)test_seconds(0);
    unsigned programs = 0;
    for (; programs < PROGRAMS || time(NULL) < end; programs++, first += 0x9e3779b97f4a7c15u) {
        if (!try_program(vm, first ? first : 1, sets, set_count) && (print_program(), test_failures() > 2))
            break;
        if (given) break;
    }
    if (seconds) printf("  %u programs, each with %zu sets of passes\n", programs, set_count);
    mybpf_vm_destroy(vm);
}

TEST(jit, budgets_stop_alike)
{
    static const uint32_t sets[] = {0,
                                    MYBPF_JIT_NO_PASSES,
                                    MYBPF_JIT_NO_ROUNDS,
                                    MYBPF_JIT_NO_CHARGES,
                                    MYBPF_JIT_NO_PASSES & ~(uint32_t)MYBPF_JIT_NO_ROUNDS,
                                    MYBPF_JIT_NO_UNROLL | MYBPF_JIT_NO_ORDER};
    const char *seconds = getenv("MYBPF_SECONDS"), *given = getenv("MYBPF_SEED");
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    if (!native(vm)) {
        mybpf_vm_destroy(vm);
        SKIP("no back end for this machine");
    }
    uint64_t first =
        test_number("MYBPF_SEED", 88172645463325252u + (uint64_t)(seconds ? time(NULL) : 0) * 1000003);
    time_t end = time(NULL) + (time_t)test_seconds(0);
    unsigned programs = 0;
    for (; programs < PROGRAMS || time(NULL) < end; programs++, first += 0x9e3779b97f4a7c15u) {
        if (!try_budgets(vm, first ? first : 1, sets, sizeof sets / sizeof *sets) &&
            (print_program(), test_failures() > 2))
            break;
        if (given) break;
    }
    if (seconds) printf("  %u programs, each with %d budgets\n", programs, (int)BUDGETS);
    mybpf_vm_destroy(vm);
}
