/* test_jit.c: native code does what the interpreter does: every operation with every pair of registers and
 * boundary operands, branches of every length, calls, faults, budgets. */
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
    static const mybpf_range grants = {2000000, 2000010};
    opts.trust = trust;
    opts.metered = metered;
    opts.grants = &grants;
    opts.grant_count = 1;
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
    size_t last = 0; /* where the last function starts */
    for (int64_t i = 0; i + 1 < count; i++)
        if (insns[i].code == 0x95) last = (size_t)i + 1;
    for (int64_t i = 0; i < count; i++) /* LAST_FUNCTION becomes a pointer to it */
        if (insns[i].code == 0x18 && insns[i].imm == 0x1a57f)
            insns[i].src_reg = MYBPF_PSEUDO_FUNC, insns[i].imm = (int32_t)((int64_t)last - i - 1);
    return load(insns, (size_t)count, trust, metered);
}
#define LAST_FUNCTION "0x1a57f ll"

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

/* Runs a program in both engines; they must agree. The interpreter's outcome. */
static outcome both(const char *text, mybpf_trust trust, int metered, uint64_t max_steps)
{
    mybpf_object *object = load_text(text, trust, metered);
    outcome a, b;
    memset(&a, 0, sizeof a);
    if (!object) return a;
    a = run(object, NULL, 0, max_steps);
    CHECK_INT(mybpf_jit_compile(object, NULL, &error), 0);
    b = run(object, NULL, 0, max_steps);
    check_same(&a, &b);
    mybpf_object_close(object);
    return a;
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

/* ---- calls, faults, budgets ---- */

static uint64_t add_up(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)env;
    return r1 + 2 * r2 + 3 * r3 + 4 * r4 + 5 * r5;
}

static uint64_t call_back(uint64_t func, uint64_t times, uint64_t r3, uint64_t r4, uint64_t r5,
                          mybpf_env *env)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < times && !mybpf_env_stopped(env); i++)
        sum += mybpf_env_call(env, func, i, r3, r4, r5, 0);
    return sum;
}

static uint64_t stop(uint64_t status, uint64_t r0, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r3, (void)r4, (void)r5;
    mybpf_env_stop(env, (int)status, r0);
    return 77;
}

static void setup_helpers(void)
{
    static const mybpf_helper helpers[] = {
        {2000000,
         "test_add_up",
         add_up,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY},
         0,
         NULL},
        {2000001,
         "test_call_back",
         call_back,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_FUNC, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY},
         MYBPF_HELPER_MAY_STOP,
         NULL},
        {2000002,
         "test_stop",
         stop,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_ANY, MYBPF_ARG_ANY},
         MYBPF_HELPER_MAY_STOP,
         NULL},
        {2000003, "test_read", add_up, MYBPF_RET_INTEGER, {MYBPF_ARG_MEM_READ, MYBPF_ARG_SIZE}, 0, NULL},
    };
    static int done;
    setup();
    if (done++) return;
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        CHECK_INT(mybpf_helper_register(vm, &helpers[i], &error), 0);
}

/* Text, whether trusted mode can run it, expected status and r0. */
typedef struct program {
    const char *name, *text;
    int trusted;
    int status;
    uint64_t r0;
} program;

static const program programs[] = {
    {"local call keeps r6..r9",
     "r6 = 6\nr7 = 7\nr8 = 8\nr9 = 9\nr1 = 1\nr2 = 2\ncall sub\nr0 += r6\nr0 += r7\nr0 += r8\nr0 += "
     "r9\nexit\n"
     "sub: r6 = r1\nr7 = r2\nr8 = 100\nr9 = 200\nr0 = r6\nr0 += r7\nexit\n",
     1, 0, 33},
    {"stack passed down",
     "*(u64 *)(r10 - 8) = 5\nr1 = r10\nr1 += -8\ncall sub\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
     "sub: r2 = *(u64 *)(r1 + 0)\nr2 += 1\n*(u64 *)(r1 + 0) = r2\n*(u64 *)(r10 - 8) = 9\nr0 = r2\nexit\n",
     1, 0, 12},
    {"eight frames",
     "r1 = 7\ncall f1\nexit\nf1: r0 = 1\nif r1 == 0 goto out\nr1 -= 1\ncall f2\nr0 += 1\nout: exit\nf2: r0 = "
     "1\nif r1 == 0 goto o2\nr1 -= 1\ncall f3\nr0 += 1\no2: exit\n"
     "f3: r0 = 3\n*(u64 *)(r10 - 512) = 1\nexit\n",
     1, 0, 5},
    {"helper arguments", "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\nr6 = 1000\ncall 2000000\nr0 += r6\nexit\n",
     1, 0, 1055},
    {"helper by number", "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\nr6 = 2000000\ncallx r6\nexit\n", 1, 0, 55},
    {"unknown helper by number", "r1 = 1\nr6 = 1999999\ncallx r6\nexit\n", 1, MYBPF_FAULT_CALL, 0},
    {"call through garbage", "r1 = 1\nr6 = 1234567890123 ll\ncallx r6\nexit\n", 0, MYBPF_FAULT_CALL, 0},
    {"stop with a result", "r6 = 1\nr1 = 0\nr2 = 42\ncall 2000002\nr0 = 1\nexit\n", 1, 0, 42},
    {"stop with a fault", "r6 = 1\nr1 = -37\nr2 = 42\ncall 2000002\nr0 = 1\nexit\n", 1, MYBPF_FAULT_HELPER,
     0},
    {"stop in a function",
     "r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\ncall sub\nr0 = 1\nexit\nsub: r6 = 5\nr9 = 7\nr1 = 0\nr2 = 43\ncall "
     "2000002\nr0 = 2\nexit\n",
     1, 0, 43},
    {"read outside", "r1 = 0\nr0 = *(u64 *)(r1 + 16)\nexit\n", 0, MYBPF_FAULT_ACCESS, 0},
    {"write outside in a function",
     "r6 = r1\ncall sub\nexit\nsub: r2 = 16\n*(u8 *)(r2 - 3) = 1\nr0 = 0\nexit\n", 0, MYBPF_FAULT_ACCESS, 0},
    {"context", "r2 = *(u64 *)(r1 + 8)\nr2 += 5\n*(u32 *)(r1 + 252) = r2\nr0 = *(u8 *)(r1 + 252)\nexit\n", 1,
     0, 5},
    {"just past the context", "r0 = 7\n*(u32 *)(r1 + 253) = r0\nexit\n", 0, MYBPF_FAULT_ACCESS, 0},
    {"misaligned atomic", "r2 = 1\nlock *(u64 *)(r1 + 4) += r2\nr0 = 0\nexit\n", 0, MYBPF_FAULT_ACCESS, 0},
    {"atomics in the context",
     "r2 = 5\nlock *(u64 *)(r1 + 8) += r2\nr3 = 7\nr3 = atomic_fetch_or((u64 *)(r1 + 8), r3)\nr0 = *(u64 "
     "*)(r1 + 8)\nr0 += r3\nexit\n",
     1, 0, 12},
    {"helper with bad memory", "r1 = 0\nr2 = 8\nr3 = 0\nr4 = 0\nr5 = 0\ncall 2000003\nexit\n", 0,
     MYBPF_FAULT_ACCESS, 0},
    {"packet", "r6 = r1\nr0 = *(u16 *)skb[0]\nr7 = r0\nr2 = 4\nr0 = *(u32 *)skb[r2 + 1]\nr0 += r7\nexit\n", 1,
     0, 0},
    {"outside the packet", "r6 = r1\nr0 = *(u32 *)skb[254]\nr0 = 5\nexit\n", 1, 0, 0},
    {"loop that never ends", "r0 = 0\nr1 = 5\nloop: r0 += 1\nif r0 != 0 goto loop\nexit\n", 0,
     MYBPF_FAULT_BUDGET, 0},
    {"endless recursion", "r1 = 1\ncall f\nexit\nf: call f\nexit\n", 0, MYBPF_FAULT_DEPTH, 0},
    {"may_goto", "r0 = 0\nloop: may_goto out\nr0 += 1\nif r0 < 1000 goto loop\nout: exit\n", 1, 0, 1000},
    {"callbacks",
     "r1 = " LAST_FUNCTION "\nr2 = 10\nr3 = 3\nr4 = 0\nr6 = 500\nr7 = 0\nr8 = 0\nr9 = 1\n*(u64 *)(r10 - 512) "
                           "= 5\ncall 2000001\nr1 = *(u64 *)(r10 - 512)\nr0 += r1\nr0 += r6\nr0 += r9\nexit\n"
     "r6 = r1\nr9 = r2\n*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 512) = r1\nr0 = *(u64 *)(r10 - 8)\nr0 += "
     "r9\nexit\n",
     1, 0, 581},
    {"fault in a callback",
     "r1 = " LAST_FUNCTION
     "\nr2 = 10\nr3 = 0\nr4 = 0\nr6 = 500\ncall 2000001\nr0 += r6\nexit\nr0 = *(u64 *)(r2 + 0)\nexit\n",
     0, MYBPF_FAULT_ACCESS, 0},
    {"stop in a callback",
     "r1 = " LAST_FUNCTION "\nr2 = 10\nr3 = 0\nr4 = 88\nr6 = 500\ncall 2000001\nr0 += r6\nexit\nr6 = r1\nr9 "
                           "= 2\nif r1 != 4 goto out\nr1 = r2\nr2 = r3\ncall 2000002\nout: r0 = 0\nexit\n",
     1, 0, 88},
    {"call through a pointer",
     "r6 = " LAST_FUNCTION "\nr1 = 4\nr7 = 1\ncallx r6\nr0 += r7\nexit\nr7 = r1\nr0 = r7\nr0 *= r7\nexit\n",
     1, 0, 17},
    {"nested callbacks end",
     "r1 = " LAST_FUNCTION "\nr2 = 1\nr3 = 3\nr4 = 0\ncall 2000001\nexit\nr1 = " LAST_FUNCTION
     "\nr2 = 1\nr3 = 3\nr4 = 0\ncall 2000001\nr0 += 1\nexit\n",
     0, MYBPF_FAULT_DEPTH, 0},
    {"frame pointer compared", "r0 = 1\nr2 = r10\nr2 += -8\nif r2 < r10 goto out\nr0 = 2\nout: exit\n", 1, 0,
     1},
};

TEST(jit, programs)
{
    if (!native()) SKIP("no back end for this machine");
    setup_helpers();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        const program *p = &programs[i];
        for (int metered = 0; metered < 2; metered++) {
            CASE("%s, guarded, %d", p->name, metered);
            outcome a = both(p->text, MYBPF_GUARDED, 1, 100000);
            CHECK_INT(a.status, p->status);
            if (!a.status) CHECK_INT(a.r0, p->r0);
            if (!p->trusted) continue;
            CASE("%s, trusted, %d", p->name, metered);
            a = both(p->text, MYBPF_TRUSTED, metered, metered ? 100000 : 0);
            CHECK_INT(a.status, p->status);
            if (!a.status) CHECK_INT(a.r0, p->r0);
        }
    }
}

/* A program stops at the same instruction whatever its budget is, and has used the same number of steps. */
TEST(jit, budgets)
{
    if (!native()) SKIP("no back end for this machine");
    setup_helpers();
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        for (uint64_t budget = 1; budget < 60; budget++) {
            CASE("%s, %d steps", programs[i].name, (int)budget);
            both(programs[i].text, MYBPF_GUARDED, 1, budget);
        }
}

/* Tail calls: to another program of either engine, to a missing entry, too many of them. */
TEST(jit, tail_calls)
{
    static const char *const callers[] = {
        "r6 = 1\nr7 = 2\nr2 = 0x99 ll\nr3 = 0\ncall 12\nr0 += 7\nexit\n",  /* done: 42 */
        "r6 = 1\nr7 = 2\nr2 = 0x99 ll\nr3 = 1\ncall 12\nr0 += r7\nexit\n", /* missing: -1 + 2 */
        "r6 = r1\ncall f\nr0 += 100\nexit\nf: r9 = 5\nr2 = 0x99 ll\nr3 = 0\ncall 12\nr0 = 9\nexit\n", /* from
                                                                                                         a
                                                                                                         function:
                                                                                                         142
                                                                                                       */
        "r6 = 0\nr2 = 0x99 ll\nr3 = 2\ncall 12\nr0 = 8\nexit\n",         /* itself, 33 times: 8 */
        "r6 = 0\nr9 = 3\nr2 = 0x99 ll\nr3 = 3\ncall 12\nr0 = 8\nexit\n", /* faults */
    };
    static const uint64_t want[] = {42, 1, 142, 8, 0};
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_raw_desc raw;
    mybpf_insn insns[64];
    if (!native()) SKIP("no back end for this machine");
    memset(&desc, 0, sizeof desc);
    memset(&raw, 0, sizeof raw);
    desc.type = MYBPF_MAP_TYPE_PROG_ARRAY;
    desc.key_size = desc.value_size = 4;
    desc.max_entries = 4;
    CHECK_INT(mybpf_map_create(vm, &desc, &map, &error), 0);
    raw.maps = &map;
    raw.map_count = 1;
    for (int native_target = 0; native_target < 2; native_target++)
        for (size_t i = 0; i < sizeof callers / sizeof *callers; i++)
            for (mybpf_trust trust = MYBPF_GUARDED; trust <= MYBPF_TRUSTED;
                 trust = (mybpf_trust)(trust + 1)) {
                mybpf_object *target = load_text(
                    "r6 = 9\nr8 = 8\n*(u64 *)(r10 - 8) = 42\nr0 = *(u64 *)(r10 - 8)\nexit\n", trust, 1);
                mybpf_object *fault = load_text(
                                 "r6 = 9\nr8 = 8\nloop: r6 += 1\nif r6 != 0 goto loop\nr0 = 1\nexit\n", trust,
                                 1),
                             *caller = NULL;
                mybpf_load_opts opts;
                outcome a, b;
                int64_t count = mybpf_assemble(callers[i], strlen(callers[i]), insns, 64, &error);
                CASE("caller %zu, %s target, trust %d", i, native_target ? "native" : "interpreted", trust);
                for (int64_t k = 0; k < count; k++)
                    if (insns[k].code == 0x18) insns[k].src_reg = MYBPF_PSEUDO_MAP_FD, insns[k].imm = 0;
                memset(&opts, 0, sizeof opts);
                opts.trust = trust;
                opts.metered = 1;
                CHECK_INT(mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &caller, &error), 0);
                CHECK_INT(mybpf_object_load(caller, &opts, &error), 0);
                const mybpf_program *entries[4] = {mybpf_object_program(target, 0), NULL,
                                                   mybpf_object_program(caller, 0),
                                                   mybpf_object_program(fault, 0)};
                for (uint32_t key = 0; key < 4; key++)
                    if (entries[key]) CHECK_INT(mybpf_map_update(map, &key, &entries[key], MYBPF_ANY), 0);
                if (native_target) CHECK_INT(mybpf_jit_compile(target, NULL, &error), 0);
                if (native_target) CHECK_INT(mybpf_jit_compile(fault, NULL, &error), 0);
                a = run(caller, NULL, 0, 1000);
                CHECK_INT(mybpf_jit_compile(caller, NULL, &error), 0);
                b = run(caller, NULL, 0, 1000);
                check_same(&a, &b);
                CHECK_INT(a.status, i == 4 ? MYBPF_FAULT_BUDGET : 0);
                if (!a.status) CHECK_INT(a.r0, want[i]);
                for (uint32_t key = 0; key < 4; key++) mybpf_map_delete(map, &key);
                mybpf_object_close(caller);
                mybpf_object_close(target);
                mybpf_object_close(fault);
            }
    mybpf_map_unref(map);
}

/* ---- size ---- */

/* Branches forward and back over `body` instructions: r0 counts the rounds of a loop, r2 what its body adds.
 */
static void long_branches(size_t body)
{
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
        insns[n++] = i % 100 == 50 ? insn(0x15, 2, 0, 1, -7) : insn(0x07, 2, 0, 0, (int64_t)i + 1);
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
        for (uint32_t i = 1; i < n; i++)
            CHECK(mybpf_jit_offset(object, i) >= mybpf_jit_offset(object, i - 1));
        mybpf_object_close(object);
    }
    free(insns);
}

TEST(jit, long_branches)
{
    static const size_t bodies[] = {1, 10, 25, 28, 29, 30, 31, 32, 33, 34, 40, 1000, 9000, 40000, 100000};
    if (!native()) SKIP("no back end for this machine");
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        CASE("%zu instructions", bodies[i]);
        long_branches(bodies[i]);
    }
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
    mybpf_aot_opts aot = {mybpf_aot_target(0), NULL};
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
