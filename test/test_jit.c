/* test_jit.c: native code does what the interpreter does: every operation with every pair of registers and
 * boundary operands, branches of every length. test_equal.c has whole programs. */
#include "test.h"
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"

#include <stdlib.h>

static mybpf_vm *vm;
static mybpf_error error;

static void setup(void)
{
    if (!vm) CHECK_INT(mybpf_vm_create(NULL, &vm, &error), 0);
}

static int native(void) /* is there a back end for this machine? */
{
    static const mybpf_insn nothing[] = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};
    mybpf_object *object;
    mybpf_load_opts opts;
    int status;
    setup();
    memset(&opts, 0, sizeof opts);
    if (mybpf_object_open_insns(vm, nothing, 2, NULL, &object, &error)) return 0;
    if (mybpf_object_load(object, &opts, &error)) return 0;
    status = mybpf_jit_compile(object, NULL, &error);
    mybpf_object_close(object);
    return status != MYBPF_ERR_UNSUPPORTED;
}

static mybpf_object *load(const mybpf_insn *insns, size_t count, mybpf_trust trust, int metered)
{
    mybpf_object *object = NULL;
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.metered = metered;
    if (mybpf_object_open_insns(vm, insns, count, NULL, &object, &error)) {
        test_fail(__FILE__, __LINE__, "open: %s", error.message);
        return NULL;
    }
    if (mybpf_object_load(object, &opts, &error)) {
        test_fail(__FILE__, __LINE__, "load: insn %d: %s", error.insn, error.message);
        mybpf_object_close(object);
        return NULL;
    }
    return object;
}

static mybpf_object *load_text(const char *text, mybpf_trust trust, int metered)
{
    static mybpf_insn insns[4096];
    int64_t count = mybpf_assemble(text, strlen(text), insns, 4096, &error);
    if (count < 0) {
        test_fail(__FILE__, __LINE__, "line %u: %s", error.line, error.message);
        return NULL;
    }
    return load(insns, (size_t)count, trust, metered);
}

/* What can be seen of a run. */
typedef struct outcome {
    int status, insn;
    uint64_t r0, steps;
    uint64_t memory[32];
} outcome;

static outcome run(mybpf_object *object, const uint64_t *memory, size_t words, uint64_t max_steps)
{
    outcome out;
    mybpf_run_opts opts;
    mybpf_error fault;
    memset(&out, 0, sizeof out);
    memset(&opts, 0, sizeof opts);
    memset(&fault, 0, sizeof fault);
    if (words) memcpy(out.memory, memory, words * 8);
    opts.ctx = out.memory;
    opts.ctx_size = sizeof out.memory;
    opts.max_steps = max_steps;
    opts.steps = &out.steps;
    out.status = mybpf_program_run(mybpf_object_program(object, 0), &opts, &out.r0, &fault);
    out.insn = out.status ? fault.insn : 0;
    return out;
}

static void check_same(const outcome *a, const outcome *b)
{
    CHECK_INT(b->status, a->status);
    CHECK_INT(b->insn, a->insn);
    CHECK_INT(b->steps, a->steps);
    if (a->status) return;
    CHECK_INT(b->r0, a->r0);
    for (int i = 0; i < 32; i++)
        if (a->memory[i] != b->memory[i])
            test_fail(__FILE__, __LINE__, "memory[%d] is 0x%llx, not 0x%llx", i,
                      (unsigned long long)b->memory[i], (unsigned long long)a->memory[i]);
}

/* ---- every operation ---- */

static const uint64_t values[] = {0,
                                  1,
                                  2,
                                  7,
                                  63,
                                  64,
                                  0x7f,
                                  0x80,
                                  0x7fffffff,
                                  0x80000000,
                                  0xffffffff,
                                  0x100000000,
                                  UINT64_MAX,
                                  INT64_MAX,
                                  (uint64_t)INT64_MIN,
                                  0x123456789abcdef0};
enum { VALUES = sizeof values / sizeof *values };

static mybpf_insn insn(unsigned code, unsigned dst, unsigned src, int off, int64_t imm)
{
    mybpf_insn made;
    memset(&made, 0, sizeof made);
    made.code = (uint8_t)code;
    made.dst_reg = dst & 15;
    made.src_reg = src & 15;
    made.off = (int16_t)off;
    made.imm = (int32_t)imm;
    return made;
}

enum { LDXDW = 0x79, STXDW = 0x7b, STDW = 0x7a, JA = 0x05, EXIT = 0x95 };

/* r0..r9 from context words 0..9, the instruction, then all registers to words 10..19 and whether the
 * instruction after it ran to word 20. */
static size_t frame_around(mybpf_insn *out, mybpf_insn tested)
{
    size_t n = 0;
    out[n++] = insn(STXDW, 10, 1, -8, 0);
    out[n++] = insn(STDW, 10, 0, -96, 0);
    for (unsigned r = 0; r <= 9; r++)
        if (r != 1) out[n++] = insn(LDXDW, r, 1, (int)r * 8, 0);
    out[n++] = insn(LDXDW, 1, 1, 8, 0);
    out[n++] = tested;
    out[n++] = insn(STDW, 10, 0, -96, 1);
    for (unsigned r = 0; r <= 9; r++) out[n++] = insn(STXDW, 10, r, -16 - (int)r * 8, 0);
    out[n++] = insn(LDXDW, 1, 10, -8, 0);
    for (unsigned r = 0; r <= 10; r++) {
        out[n++] = insn(LDXDW, 2, 10, -16 - (int)r * 8, 0);
        out[n++] = insn(STXDW, 1, 2, 80 + (int)r * 8, 0);
    }
    out[n++] = insn(0xb7, 0, 0, 0, 0);
    out[n++] = insn(EXIT, 0, 0, 0, 0);
    return n;
}

static void compare_on_values(mybpf_insn tested, unsigned dst, unsigned src, int pairs)
{
    mybpf_insn insns[64];
    uint64_t memory[32];
    char text[80];
    mybpf_object *object = load(insns, frame_around(insns, tested), MYBPF_TRUSTED, 0), *compiled;
    compiled = object ? load(insns, frame_around(insns, tested), MYBPF_TRUSTED, 0) : NULL;
    if (!compiled) return;
    CHECK_INT(mybpf_jit_compile(compiled, NULL, &error), 0);
    mybpf_disassemble(&tested, 1, text, sizeof text);
    for (int i = 0; i < VALUES; i++)
        for (int j = 0; j < (pairs ? VALUES : 1); j++) {
            for (unsigned r = 0; r < 10; r++) memory[r] = 0x1111111111111111u * r + 0x0101;
            memory[dst] = values[i];
            if (pairs) memory[src] = values[j];
            memset(memory + 10, 0, 22 * 8);
            CASE("%s, 0x%llx, 0x%llx", text, (unsigned long long)memory[dst],
                 (unsigned long long)memory[src]);
            outcome a = run(object, memory, 32, 0), b = run(compiled, memory, 32, 0);
            check_same(&a, &b);
        }
    mybpf_object_close(object);
    mybpf_object_close(compiled);
}

static int is_division_or_shift(const mybpf_op_info *info)
{
    unsigned kind = info->code >> 4;
    return info->format == MYBPF_FORMAT_ALU_REG &&
           (kind == 3 || kind == 9 || kind == 6 || kind == 7 || kind == 12);
}

static int format_has_off_operand(const mybpf_op_info *info)
{
    return info->format == MYBPF_FORMAT_JCC_REG || info->format == MYBPF_FORMAT_JCC_IMM;
}

TEST(jit, arithmetic_and_branches_with_registers)
{
    if (!native()) SKIP("no back end for this machine");
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        const mybpf_op_info *info = mybpf_op_describe(op);
        if (info->format != MYBPF_FORMAT_ALU_REG && info->format != MYBPF_FORMAT_ALU_MOVSX &&
            info->format != MYBPF_FORMAT_JCC_REG)
            continue;
        for (unsigned dst = 0; dst < 10; dst++)
            for (unsigned src = 0; src < 10; src++) {
                if (!is_division_or_shift(info) && src != (dst * 3 + 1) % 10 && src != dst) continue;
                int off = format_has_off_operand(info)       ? 1
                          : info->select == MYBPF_SELECT_OFF ? info->value
                                                             : 0;
                compare_on_values(insn(info->code, dst, src, off, 0), dst, src, 1);
            }
    }
}

TEST(jit, arithmetic_and_branches_with_immediates)
{
    static const int32_t immediates[] = {0,   1,    -1,   2,   5,   31,    32,        63,       127,
                                         128, -128, -129, 255, 256, 65535, INT32_MAX, INT32_MIN};
    if (!native()) SKIP("no back end for this machine");
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        const mybpf_op_info *info = mybpf_op_describe(op);
        int end = info->format == MYBPF_FORMAT_ALU_END, negate = info->format == MYBPF_FORMAT_ALU_NEG;
        if (info->format != MYBPF_FORMAT_ALU_IMM && info->format != MYBPF_FORMAT_JCC_IMM && !end && !negate)
            continue;
        for (unsigned dst = 0; dst < 10; dst++)
            for (size_t i = 0; i < sizeof immediates / sizeof *immediates; i++) {
                int32_t imm = end ? info->value : negate ? 0 : immediates[i];
                unsigned kind = info->code >> 4;
                if ((end || negate) && i) break;
                if ((info->code & 7) != 5 && (info->code & 7) != 6) {
                    if ((kind == 3 || kind == 9) && !imm) continue; /* refused */
                    if ((kind == 6 || kind == 7 || kind == 12) && (imm < 0 || imm >= 8 * info->width))
                        continue;
                }
                int off = format_has_off_operand(info)       ? 1
                          : info->select == MYBPF_SELECT_OFF ? info->value
                                                             : 0;
                compare_on_values(insn(info->code, dst, 0, off, imm), dst, dst, 0);
            }
    }
}

/* Loads, stores, atomics: base and other register in all combinations, at a few offsets. */
static void compare_on_memory(const mybpf_op_info *info, unsigned base, unsigned other, int off)
{
    static uint64_t cells[64];
    mybpf_insn insns[64];
    uint64_t memory[32];
    int load_like = info->format == MYBPF_FORMAT_LDX || info->format == MYBPF_FORMAT_LOAD_ACQ;
    int32_t imm = info->select == MYBPF_SELECT_IMM  ? info->value
                  : info->format == MYBPF_FORMAT_ST ? -0x12345678
                                                    : 0;
    mybpf_insn tested = insn(info->code, load_like ? other : base,
                             load_like                         ? base
                             : info->format == MYBPF_FORMAT_ST ? 0
                                                               : other,
                             off, imm);
    outcome results[2];
    uint64_t seen[2][64];
    for (int jit = 0; jit < 2; jit++) {
        mybpf_object *object = load(insns, frame_around(insns, tested), MYBPF_TRUSTED, 0);
        if (!object) return;
        if (jit) CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
        for (int i = 0; i < 64; i++) cells[i] = 0x8182838485868788u + 0x0101010101010101u * (unsigned)i;
        memset(memory, 0, sizeof memory);
        for (unsigned r = 0; r < 10; r++) memory[r] = 0x9191919191919191u * r + 0x7071;
        if (base) memory[0] = cells[32 + off / 8]; /* CMPXCHG finds what it expects */
        memory[base] = (uint64_t)(uintptr_t)&cells[32];
        results[jit] = run(object, memory, 32, 0);
        memcpy(seen[jit], cells, sizeof cells);
        mybpf_object_close(object);
    }
    CASE("%s base r%u, r%u, %d", info->name, base, other, off);
    check_same(&results[0], &results[1]);
    CHECK(!memcmp(seen[0], seen[1], sizeof cells));
}

TEST(jit, memory_with_all_registers)
{
    if (!native()) SKIP("no back end for this machine");
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        const mybpf_op_info *info = mybpf_op_describe(op);
        if (info->format < MYBPF_FORMAT_LDX) continue;
        for (unsigned base = 0; base < 10; base++)
            for (unsigned other = 0; other < 10; other++)
                compare_on_memory(info, base, other, other & 1 ? 8 : (int)base * 8 - 160);
    }
}

/* ---- size ---- */

/* Branches forward and back over `body` instructions: r0 counts the rounds of a loop, r2 what its body makes.
 * The size of the code. */
static size_t long_branches(size_t body)
{
    size_t size = 0;
    size_t n = 0;
    mybpf_insn *insns = (mybpf_insn *)malloc((body + 32) * sizeof *insns);
    uint64_t r0[2];
    insns[n++] = insn(0xb7, 0, 0, 0, 0);
    insns[n++] = insn(0xb7, 2, 0, 0, 0);
    size_t loop = n;
    if (body < 32000)
        insns[n++] = insn(0x25, 0, 0, (int)body + 2, 5); /* if r0 > 5 goto out */
    else {
        insns[n++] = insn(0xa5, 0, 0, 1, 6);                 /* if r0 < 6 goto +1 */
        insns[n++] = insn(0x06, 0, 0, 0, (int64_t)body + 2); /* gotol out */
    }
    for (size_t i = 0; i < body; i++)
        insns[n++] = i % 100 == 50            ? insn(0x15, 2, 0, 1, -7)
                     : i % 2 && body > 100000 ? insn(0xa7, 2, 0, 0, 0x155)
                                              : insn(0x07, 2, 0, 0, (int64_t)i + 1);
    insns[n++] = insn(0x07, 0, 0, 0, 1);
    insns[n] = insn(0x06, 0, 0, 0, (int64_t)loop - (int64_t)n - 1), n++;
    insns[n++] = insn(0x0f, 0, 2, 0, 0); /* out: r0 += r2 */
    insns[n++] = insn(EXIT, 0, 0, 0, 0);
    mybpf_object *object = load(insns, n, MYBPF_TRUSTED, 0);
    if (object) {
        for (int jit = 0; jit < 2; jit++) {
            if (jit) CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0[jit], &error), 0);
        }
        CHECK_INT(r0[1], r0[0]);
        CHECK(r0[0] > 6);
        for (size_t i = n - body - 3; i < n - 4; i++) /* the body: in the order of its instructions */
            CHECK(mybpf_jit_offset(object, (uint32_t)i) >= mybpf_jit_offset(object, (uint32_t)i - 1));
        size = mybpf_object_native(object)->code_size;
        mybpf_object_close(object);
    }
    free(insns);
    return size;
}

TEST(jit, long_branches)
{
    static const size_t bodies[] = {1,  10, 25, 28,   29,   30,    31,     32,
                                    33, 34, 40, 1000, 9000, 40000, 100000, 300000};
    size_t size = 0;
    if (!native()) SKIP("no back end for this machine");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        CASE("%zu instructions", bodies[i]);
        size = long_branches(bodies[i]);
    }
    CHECK(size > (size_t)1 << 20); /* further than arm64's conditional branches reach */
}

/* Every allocation fails once: an error, nothing leaks, the object is still interpreted. */
static int allocations_left;

static void *failing_realloc(void *user, void *memory, size_t size)
{
    (void)user;
    if (!size) {
        free(memory);
        return NULL;
    }
    if (allocations_left-- <= 0) return NULL;
    return realloc(memory, size);
}

TEST(jit, out_of_memory)
{
    mybpf_host host;
    mybpf_vm *saved = vm;
    if (!native()) SKIP("no back end for this machine");
    memset(&host, 0, sizeof host);
    host.realloc = failing_realloc;
    allocations_left = 1000000;
    CHECK_INT(mybpf_vm_create(&host, &vm, &error), 0);
    mybpf_object *object = load_text("r0 = 0\nr6 = 5\nloop: r0 += r6\nr6 -= 1\nr1 = 1\nif r6 != 0 goto "
                                     "loop\ncall f\nexit\nf: r0 = 17\nexit\n",
                                     MYBPF_GUARDED, 1);
    int failures = 0, status = -1;
    for (int n = 0; object && status && n < 1000; n++) {
        uint64_t r0 = 0;
        allocations_left = n;
        status = mybpf_jit_compile(object, NULL, &error);
        failures += status != 0;
        CHECK(!status || status == MYBPF_ERR_MEMORY);
        allocations_left = 1000000;
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
        CHECK_INT(r0, 17);
    }
    CHECK_INT(status, 0);
    CHECK(failures > 5);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
    vm = saved;
}

/* What a run is given, a bit each. */
enum {
    GIVE_CTX = 1,
    GIVE_SIZE = 2,
    GIVE_LESS = 4,
    GIVE_ARGS = 8,
    GIVE_STEPS = 16,
    GIVE_LIMIT = 32,
    GIVE_STACK = 64,
    GIVE_ODD_STACK = 128,
    GIVE_REGIONS = 256,
    GIVE_ALL = 512
};

typedef struct ending {
    int status;
    uint64_t r0, steps, left; /* `left`: in the context */
    char message[sizeof error.message];
} ending;

static void run_given(mybpf_object *object, int given, ending *out)
{
    static uint64_t stack[MYBPF_STACK_SIZE / 8 + 2];
    uint8_t *aligned = (uint8_t *)stack + (0 - (uintptr_t)stack) % 16;
    uint64_t ctx[2] = {40, 2}, args[5] = {(uint64_t)(uintptr_t)ctx, 3, 4, 5, 6};
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    memset(out, 0, sizeof *out);
    memset(&error, 0, sizeof error);
    out->r0 = out->steps = 99;
    if (given & GIVE_CTX) opts.ctx = ctx;
    if (given & GIVE_SIZE) opts.ctx_size = given & GIVE_LESS ? 8 : 16;
    if (given & GIVE_ARGS) opts.args = args;
    if (given & GIVE_STEPS) opts.steps = &out->steps;
    if (given & GIVE_LIMIT) opts.max_steps = 5;
    if (given & GIVE_STACK) opts.stack = aligned + (given & GIVE_ODD_STACK ? 8 : 0);
    if (given & GIVE_STACK) opts.stack_size = MYBPF_STACK_SIZE;
    if (given & GIVE_REGIONS) opts.region_count = 1;
    out->status = mybpf_program_run(mybpf_object_program(object, 0), given ? &opts : NULL, &out->r0, &error);
    out->left = ctx[1];
    memcpy(out->message, error.message, sizeof out->message);
}

/* Whatever a run is given, native code ends as the interpreter does: also where it needs nothing around it.
 */
TEST(jit, whatever_is_given)
{
    static const char *const texts[] = {
        "r0 = *(u64 *)(r1 + 0)\nr0 += 2\n*(u64 *)(r1 + 8) = r0\nexit\n",
        "r0 = *(u64 *)(r1 + 0)\ncall f\nexit\nf: r0 = 17\nexit\n",
        "r6 = r1\ncall 7\nr0 = 5\n*(u64 *)(r6 + 8) = r0\nexit\n",
        "r0 = 7\nexit\n",
        "r0 = 7\nmay_goto +1\nr0 = 8\nexit\n",
    };
    if (!native()) SKIP("no back end for this machine");
    for (size_t i = 0; i < 6 * sizeof texts / sizeof *texts; i++) {
        mybpf_insn insns[16];
        mybpf_load_opts load_opts;
        mybpf_object *object = NULL;
        const char *text = texts[i / 6];
        static ending interpreted[GIVE_ALL], compiled;
        int64_t count = mybpf_assemble(text, strlen(text), insns, 16, &error);
        memset(&load_opts, 0, sizeof load_opts);
        load_opts.trust = (mybpf_trust)(i % 3);
        load_opts.metered = i % 6 > 2;
        load_opts.ctx_size = load_opts.trust == MYBPF_TRUSTED ? 0 : 16;
        CHECK_INT(mybpf_object_open_insns(vm, insns, (size_t)count, NULL, &object, &error), 0);
        CASE("program %zu: %s", i, error.message);
        CHECK_INT(mybpf_object_load(object, &load_opts, &error), 0);
        for (int compile = 0; compile < 2; compile++) {
            if (compile) CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
            for (int given = 0; given < GIVE_ALL; given++) {
                int memory = given & (GIVE_CTX | GIVE_ARGS);
                if (load_opts.trust == MYBPF_TRUSTED && !memory && i / 6 < 3)
                    continue; /* it would follow NULL */
                run_given(object, given, compile ? &compiled : &interpreted[given]);
                if (!compile) continue;
                CASE("program %zu, given 0x%x: %s", i, (unsigned)given, compiled.message);
                CHECK(!memcmp(&compiled, &interpreted[given], sizeof compiled));
            }
        }
        mybpf_object_close(object);
    }
}

TEST(jit, nothing_leaks)
{
    if (vm) mybpf_vm_destroy(vm);
    vm = NULL;
}

/* What the verifier refused gets no machine code either. */
TEST(jit, refused_object)
{
    static const char text[] = "r0 = *(u64 *)(r1 + 64)\nexit\n";
    mybpf_vm *host = NULL;
    mybpf_object *object = NULL;
    mybpf_insn code[4];
    mybpf_aot_opts aot = {mybpf_aot_target_host(), NULL};
    void *bytes = NULL;
    size_t size = 0;
    int64_t count = mybpf_assemble(text, sizeof text - 1, code, 4, NULL);
    CHECK_INT(mybpf_vm_create(NULL, &host, NULL), 0);
    CHECK_INT(mybpf_object_open_insns(host, code, (size_t)count, NULL, &object, NULL), 0);
    CHECK_INT(mybpf_object_load(object, NULL, NULL), MYBPF_ERR_VERIFY);
    CHECK_INT(mybpf_jit_compile(object, NULL, NULL), MYBPF_ERR_STATE);
    CHECK_INT(mybpf_aot_bare(object, &aot, &bytes, &size, NULL), MYBPF_ERR_STATE);
    CHECK_INT(mybpf_aot_spf(object, &aot, &bytes, &size, NULL), MYBPF_ERR_STATE);
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, NULL, NULL), MYBPF_ERR_STATE);
    mybpf_object_close(object);
    mybpf_vm_destroy(host);
}

/* What a fact has made unreachable counts for no pass, whichever others there are: a frame is made by all
 * operations. */
TEST(jit, dead_blocks_without_passes)
{
    static const char text[] =
        "r0 = 1\nr2 = 1\nr6 = 1\nr8 = 1\n*(u64 *)(r10 - 16) = 0\n*(u32 *)(r10 - 16) = r6\n"
        "r6 = *(u32 *)(r10 - 16)\nif r2 s<= 1 goto +1\nr4 = r10\n*(u64 *)(r10 - 16) = 0\nr2 s%= r8\nexit\n";
    if (!native()) SKIP("no back end for this machine");
    for (int pass = 0; pass < 32; pass++) {
        mybpf_object *object = load_text(text, MYBPF_VERIFIED, 0);
        mybpf_jit_opts opts;
        uint64_t r0 = 0;
        if (!object) break;
        memset(&opts, 0, sizeof opts);
        opts.disable = MYBPF_JIT_NO_DEAD | (uint32_t)1 << pass;
        CASE("pass %d", pass);
        if (mybpf_jit_compile(object, &opts, &error) == MYBPF_OK) {
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
            CHECK_INT(r0, 1);
        }
        mybpf_object_close(object);
    }
}

/* Shifts by values need scratch registers, or with some features none: slots of the stack have the others. */
TEST(jit, shifts_beside_slots)
{
    static const char text[] =
        "r6 = r1\nr1 = *(u64 *)(r6 + 0)\nr2 = *(u64 *)(r6 + 8)\nr3 = *(u64 *)(r6 + 16)\n"
        "*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 16) = r2\n*(u64 *)(r10 - 24) = r3\nr1 += r2\n"
        "*(u64 *)(r10 - 32) = r1\nr4 = 7\n*(u64 *)(r10 - 40) = r4\nr0 = 20\n"
        "on: r5 = r3\nr5 <<= r2\nr2 = r5\nr5 = r1\nw5 >>= w4\nr4 = r5\nr5 = r2\nr5 s>>= r0\nr3 ^= r5\n"
        "r5 = *(u64 *)(r10 - 8)\nr1 += r5\nr5 = *(u64 *)(r10 - 16)\nr2 += r5\nr5 = *(u64 *)(r10 - 24)\n"
        "r3 ^= r5\nr5 = *(u64 *)(r10 - 32)\nr4 += r5\nr5 = *(u64 *)(r10 - 40)\nr2 ^= r5\n"
        "*(u64 *)(r10 - 8) = r3\n*(u64 *)(r10 - 16) = r4\n*(u64 *)(r10 - 32) = r1\n*(u64 *)(r10 - 40) = r2\n"
        "r0 += -1\nif r0 != 0 goto on\nr0 = r1\nr0 ^= r2\nr0 += r3\nr0 ^= r4\nexit\n";
    static const uint64_t memory[8] = {0x0123456789abcdefu, 0x13, 0xfedcba9876543210u};
    if (!native()) SKIP("no back end for this machine");
    mybpf_object *object = load_text(text, MYBPF_TRUSTED, 0);
    outcome want = run(object, memory, 8, 0);
    for (unsigned off = 0; off < 2; off++) {
        mybpf_jit_opts opts;
        memset(&opts, 0, sizeof opts);
        opts.disable = off ? MYBPF_JIT_NO_FEATURES : 0;
        CASE("features %s", off ? "off" : "on");
        CHECK_INT(mybpf_jit_compile(object, &opts, &error), 0);
        outcome got = run(object, memory, 8, 0);
        check_same(&got, &want);
    }
    mybpf_object_close(object);
}

/* An index times 2, 4, 8, added to an address, where nothing else wants it: in r1, which a helper gets then.
 */
TEST(jit, scaled_sums)
{
    static const char text[] =
        "r6 = r1\nr0 = 0\nr7 = *(u64 *)(r6 + 0)\nr2 = r7\nr2 <<= 3\nr2 += r6\nr3 = *(u64 *)(r2 + 8)\nr0 += "
        "r3\n"
        "r2 = r7\nr2 <<= %u\nr4 = r6\nr4 += r2\nr3 = *(u16 *)(r4 + 8)\nr0 += r3\nr0 += r2\n"
        "r8 = r7\nr8 <<= %u\nr7 += r8\nr0 += r7\nr3 = r6\nr1 = *(u64 *)(r6 + 0)\nr2 = r1\nr2 <<= %u\n"
        "r1 = r3\nr1 += r2\nr2 = 8\nr3 += 24\nr6 = r0\ncall 4\nr0 += r6\nexit\n";
    static const uint64_t memory[8] = {3, 0x0123456789abcdefu, 0x13, 0xfedcba9876543210u, 99};
    if (!native()) SKIP("no back end for this machine");
    for (unsigned shift = 1; shift < 5; shift++) {
        char source[1024];
        snprintf(source, sizeof source, text, shift, shift, shift);
        mybpf_object *object = load_text(source, MYBPF_TRUSTED, 0);
        outcome want = run(object, memory, 8, 0);
        CHECK_INT(want.status, 0);
        for (unsigned off = 0; off < 2; off++) {
            mybpf_jit_opts opts;
            memset(&opts, 0, sizeof opts);
            opts.disable = off ? MYBPF_JIT_NO_FEATURES : 0;
            CASE("shift %u, features %s", shift, off ? "off" : "on");
            CHECK_INT(mybpf_jit_compile(object, &opts, &error), 0);
            outcome got = run(object, memory, 8, 0);
            check_same(&got, &want);
        }
        mybpf_object_close(object);
    }
}

/* Whether multiples, and numbers beside them, of divisors of all kinds are found to be. */
TEST(jit, multiples)
{
    static const uint32_t divisors[] = {3,   5,    7,       6,          12,         24,         25,        60,
                                        641, 1000, 0x10001, 0x7fffffff, 0x80000001, 0xc0000000, 0xfffffffe};
    if (!native()) SKIP("no back end for this machine");
    for (size_t i = 0; i < sizeof divisors / sizeof *divisors; i++) {
        uint32_t d = divisors[i], x = 2463534242u;
        char text[256];
        snprintf(text, sizeof text,
                 "r0 = 1\nw4 = *(u32 *)(r1 + 0)\nw2 = w4\nw2 /= %d\nw2 *= %d\nw5 = w4\nw5 -= w2\n"
                 "if w5 == 0 goto on\nr0 = 0\non: exit\n",
                 (int32_t)d, (int32_t)d);
        mybpf_object *object = load_text(text, MYBPF_TRUSTED, 0);
        if (!object) return;
        CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
        for (int n = 0; n < 200; n++) {
            x ^= x << 13, x ^= x >> 17, x ^= x << 5;
            uint64_t number = (uint32_t)(x / d * d + (uint32_t)(n % 3) - 1);
            if (n < 2) number = n ? UINT32_MAX : 0;
            outcome out = run(object, &number, 1, 0);
            if (out.r0 != (number % d == 0))
                test_fail(__FILE__, __LINE__, "%u %% %u", (unsigned)number, (unsigned)d);
        }
        mybpf_object_close(object);
    }
}

/* Signed division and remainders by constants, from every register. */
TEST(jit, signed_constants)
{
    static const int32_t divisors[] = {
        1,  2,   3,   4,   5,    6,    7,    9,        10,         12,        16,
        25, 100, 625, 641, 1000, 1024, 7000, 1000000,  0x7ffffff,  INT32_MAX, -1,
        -2, -3,  -7,  -8,  -10,  -60,  -641, -1000000, -INT32_MAX, INT32_MIN};
    static const char *const operations[] = {"r%d = r3\nr%d s/= %d\n", "r%d = r3\nr%d s%%= %d\n",
                                             "w%d = w3\nw%d s/= %d\n", "w%d = w3\nw%d s%%= %d\n"};
    if (!native()) SKIP("no back end for this machine");
    for (size_t i = 0; i < sizeof divisors / sizeof *divisors * 4; i++) {
        char text[512], operation[64];
        int dst = (int)(i / 4 * 7 + i) % 6; /* r0 to r5 */
        snprintf(operation, sizeof operation, operations[i % 4], dst, dst, divisors[i / 4]);
        snprintf(text, sizeof text,
                 "r3 = *(u64 *)(r1 + 0)\nr2 = 2\nr4 = 4\nr5 = 5\nr0 = 1\n%s"
                 "r0 += r2\nr0 ^= r4\nr0 += r5\nr0 *= 3\nr0 += r3\n%sexit\n",
                 operation, dst == 1 ? "r0 += r1\n" : "");
        mybpf_object *interpreted = load_text(text, MYBPF_TRUSTED, 0),
                     *compiled = load_text(text, MYBPF_TRUSTED, 0);
        if (!interpreted || !compiled) return;
        CHECK_INT(mybpf_jit_compile(compiled, NULL, &error), 0);
        for (size_t v = 0; v < sizeof values / sizeof *values * 3; v++) {
            uint64_t number = values[v / 3] + v % 3 - 1;
            outcome want = run(interpreted, &number, 1, 0), got = run(compiled, &number, 1, 0);
            if (want.r0 != got.r0)
                test_fail(__FILE__, __LINE__, "%llx: %llx, not %llx: %s", (unsigned long long)number,
                          (unsigned long long)got.r0, (unsigned long long)want.r0, operation);
        }
        mybpf_object_close(interpreted);
        mybpf_object_close(compiled);
    }
}

/* Loops that lead from one to the next, or back to one in front of them: what passes put in front of a loop
 * is on every way there, and what a loop counts is needed where it is read again. */
TEST(jit, loops_beside_loops)
{
    static const char *const programs[] = {
        "r0 = 0\nr6 = 5\nr3 = 0\nr9 = 9\nr7 = 0\na: r0 ^= r3\nr0 *= 3\nr7 += 1\nif r7 != r9 goto a\nr7 = 4\n"
        "r3 = 0\nb: r0 += 3\nr6 += -1\nif r6 s> 0 goto a\nr3 += 1\nif r3 != 12 goto b\nexit\n",
        "r0 = 0\nr2 = 0\nr3 = 7\nr4 = *(u64 *)(r1 + 0)\ngoto on\non: r0 += r4\nr2 += 1\nif r2 == 16 goto "
        "two\n"
        "goto on\ntwo: w5 = w4\nr0 += r5\nr3 += -1\nif r3 != 0 goto two\nexit\n",
        "r0 = 0\nr2 = 0\nr9 = 0\nr8 = 9\nr4 = *(u64 *)(r1 + 0)\ngoto on\non: r0 += r4\nr2 += 1\n"
        "if r2 == 16 goto two\ngoto on\ntwo: r0 += r4\nr0 ^= 3\nr9 += 1\nif r9 != r8 goto two\nexit\n"};
    if (!native()) SKIP("no back end for this machine");
    for (size_t i = 0; i < sizeof programs / sizeof *programs * 2; i++) {
        uint64_t number = 0x123456789abcdef0u;
        int metered = (int)(i % 2);
        mybpf_object *object = load_text(programs[i / 2], MYBPF_TRUSTED, metered);
        if (!object) return;
        outcome want = run(object, &number, 1, metered ? 10000 : 0);
        CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
        outcome got = run(object, &number, 1, metered ? 10000 : 0);
        check_same(&want, &got);
        for (uint64_t steps = 1; metered && steps < 120; steps++) {
            mybpf_object *other = load_text(programs[i / 2], MYBPF_TRUSTED, metered);
            if (!other) break;
            want = run(other, &number, 1, steps), got = run(object, &number, 1, steps);
            check_same(&want, &got);
            mybpf_object_close(other);
        }
        mybpf_object_close(object);
    }
}
