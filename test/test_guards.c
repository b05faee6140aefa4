/* test_guards.c: run-time checks of guarded mode: how many are made of a program, and that native code, which
 * asks for several accesses at once, faults where the interpreter does. */
#include "inside.h"
#include "test.h"

/* ---- how many ---- */

/* Checks in the operations of a function for `target`: of accesses and of calls. */
static uint32_t guard_ops(mybpf_object *object, const mybpf__target *target, int mode, uint32_t disable)
{
    mybpf__gen_request request;
    mybpf__ir ir;
    mybpf_error error = {0};
    uint32_t count = 0;
    memset(&request, 0, sizeof request);
    memset(&ir, 0, sizeof ir);
    request.object = object;
    request.target = target;
    request.mode = (mybpf__gen_mode)mode;
    request.disable = disable;
    ir.request = &request;
    ir.code = mybpf_object_code(object);
    ir.vm = mybpf_object_vm(object);
    for (ir.func = 0; ir.func < ir.code->func_count; ir.func++) {
        CHECK_INT(mybpf__ir_build(&ir, &error), 0);
        CHECK_INT(mybpf__ir_passes(&ir, &error), 0);
        for (uint32_t i = 0; i < ir.op_count; i++) {
            const mybpf__op *op = &ir.ops[i];
            count +=
                op->code == MYBPF__IR_GUARD_CALL ||
                (op->code == MYBPF__IR_GUARD && !(mode == MYBPF__GEN_JIT && op->flags & MYBPF__F_COVERED));
        }
    }
    mybpf__ir_free(&ir);
    return count;
}

#ifndef MYBPF_NO_ELF
static mybpf_object *open_example(mybpf_vm *vm, const char *name)
{
    static const mybpf_range sys = {MYBPF_HELPER_SYS, MYBPF_HELPER_USER - 1};
    static char bytes[1 << 18];
    const char *folder = getenv("MYBPF_EXAMPLES");
    char path[1024];
    mybpf_object *object = NULL;
    mybpf_load_opts opts;
    mybpf_error error = {0};
    snprintf(path, sizeof path, "%s/%s.o", folder ? folder : "build/examples", name);
    FILE *file = fopen(path, "rb");
    if (!file) return test_fail(__FILE__, __LINE__, "%s was not built", path), NULL;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    memset(&opts, 0, sizeof opts);
    opts.trust = MYBPF_GUARDED;
    opts.grants = &sys;
    opts.grant_count = 1;
    if (mybpf_object_open(vm, bytes, size, &object, &error) || mybpf_object_load(object, &opts, &error)) {
        test_fail(__FILE__, __LINE__, "%s: %s", name, error.message);
        mybpf_object_close(object);
        return NULL;
    }
    return object;
}

/* Instructions of each example that guarded mode checks, and checks in native code: a CALLX has its own. */
TEST(guards, examples)
{
    static const struct {
        const char *name;
        uint32_t guards, native;
    } examples[] = {
        {"atomics", 0, 0},         {"big_stack", 6, 6},  {"fibonacci", 2, 2},   {"func_ptr", 0, 0},
        {"func_ptr_global", 3, 0}, {"global_bss", 2, 2}, {"global_data", 0, 0}, {"hello_world", 0, 0},
        {"map_array", 0, 0},       {"map_hash", 0, 0},   {"print_argv", 1, 1},  {"sub_prog", 0, 0},
    };
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        uint32_t guards = 0;
        mybpf_object *object = open_example(vm, examples[i].name);
        CASE("%s", examples[i].name);
        if (!object) continue;
        for (uint32_t pc = 0; pc < object->insn_count; pc++) guards += object->facts[pc] & MYBPF_FACT_GUARD;
        CHECK_INT(guards, examples[i].guards);
        for (size_t t = 0; mybpf__target_at(t); t++) {
            CASE("%s, %s", examples[i].name, mybpf__target_name(mybpf__target_at(t)));
            CHECK_INT(guard_ops(object, mybpf__target_at(t), MYBPF__GEN_SPF, 0), examples[i].native);
            CHECK_INT(guard_ops(object, mybpf__target_at(t), MYBPF__GEN_JIT, MYBPF_JIT_NO_GUARDS),
                      examples[i].native);
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}
#endif

/* ---- groups ---- */

/* r1 and r2 are addresses that nothing is known of, r3 a number. `checks` of a native one. */
static const struct {
    const char *name, *text;
    uint32_t guards, checks;
} guarded[] = {
    {"three reads",
     "r0 = *(u32 *)(r1 + 4)\nr3 = *(u16 *)(r1 + 0)\nr0 += r3\nr3 = *(u8 *)(r1 + 9)\nr0 += r3\nexit", 3, 1},
    {"the same twice",
     "r0 = *(u32 *)(r1 + 4)\nr3 = *(u8 *)(r1 + 5)\nr0 += r3\nr3 = *(u32 *)(r1 + 4)\nr0 += r3\nexit", 3, 1},
    {"a write between", "r0 = *(u8 *)(r1 + 0)\n*(u8 *)(r2 + 1) = 7\nr3 = *(u8 *)(r1 + 2)\nr0 += r3\nexit", 3,
     3},
    {"writes", "*(u8 *)(r2 + 0) = 1\n*(u32 *)(r2 + 4) = 2\n*(u64 *)(r2 + 8) = 3\nr0 = *(u64 *)(r2 + 8)\nexit",
     4, 4},
    {"read of what was written", "*(u32 *)(r2 + 4) = 2\nr0 = *(u32 *)(r2 + 4)\nexit", 2, 2},
    {"write of what was read", "r0 = *(u32 *)(r2 + 4)\n*(u32 *)(r2 + 4) = 2\nexit", 2, 2},
    {"base that moves", "r0 = *(u8 *)(r1 + 0)\nr1 += 3\nr3 = *(u8 *)(r1 + 0)\nr0 += r3\nexit", 2, 2},
    {"base that is loaded over", "r1 = *(u8 *)(r1 + 0)\nr0 = r1\nr2 = *(u8 *)(r2 + 0)\nr0 += r2\nexit", 2, 2},
    {"two bases",
     "r0 = *(u8 *)(r1 + 0)\nr4 = *(u8 *)(r2 + 0)\nr0 += r4\nr4 = *(u16 *)(r1 + 6)\nr0 += r4\nr4 = *(u16 "
     "*)(r2 + 6)\nr0 += r4\nexit",
     4, 4},
    {"two bases, one after the other",
     "r0 = *(u8 *)(r1 + 0)\nr4 = *(u16 *)(r1 + 6)\nr0 += r4\nr4 = *(u8 *)(r2 + 0)\nr0 += r4\nr4 = *(u16 "
     "*)(r2 + 6)\nr0 += r4\nexit",
     4, 2},
    {"another base between",
     "r5 = r1\nr5 -= 9\nr0 = *(u8 *)(r1 + 0)\nr4 = *(u8 *)(r5 + 0)\nr0 = *(u8 *)(r1 + 9)\nexit", 3, 3},
    {"too far apart",
     "r0 = *(u8 *)(r1 + 0)\nr4 = *(u8 *)(r1 + 64)\nr0 += r4\nr4 = *(u8 *)(r1 + 63)\nr0 += r4\nexit", 3, 2},
    {"spilled between", "r0 = *(u8 *)(r1 + 0)\n*(u64 *)(r10 - 8) = r0\nr3 = *(u8 *)(r1 + 7)\nr0 += r3\nexit",
     2, 1},
    {"in front", "r0 = *(u16 *)(r1 - 2)\nr3 = *(u16 *)(r1 + 2)\nr0 += r3\nexit", 2, 1},
    {"atomics", "w0 = 1\nw0 = atomic_fetch_add((u32 *)(r2 + 4), w0)\nr3 = *(u32 *)(r2 + 8)\nr0 += r3\nexit",
     2, 2},
};

enum { SPACE = 96 };

typedef struct outcome {
    int status, insn;
    uint64_t r0, steps;
    uint8_t memory[SPACE];
} outcome;

/* r1 and r2 are `at` in a memory of which [low, low + size) may be read, and written if `writable`. */
static uint64_t max_steps;

static void run_in(const mybpf_program *program, int at, int low, int size, int writable, outcome *out)
{
    mybpf_region region;
    mybpf_run_opts opts;
    mybpf_error error = {0};
    uint64_t args[5] = {0, 0, 0, 0, 0};
    memset(out, 0, sizeof *out);
    for (int i = 0; i < SPACE; i++) out->memory[i] = (uint8_t)(i + 1);
    region.address = out->memory + low;
    region.size = (size_t)size;
    region.writable = writable;
    memset(&opts, 0, sizeof opts);
    opts.args = args;
    opts.regions = &region;
    opts.region_count = 1;
    opts.steps = &out->steps;
    opts.max_steps = max_steps;
    args[0] = args[1] = (uint64_t)(uintptr_t)(out->memory + at);
    out->status = mybpf_program_run(program, &opts, &out->r0, &error);
    out->insn = out->status ? error.insn : -1;
}

static mybpf_object *open_text(mybpf_vm *vm, const char *text)
{
    mybpf_insn insns[64];
    mybpf_error error = {0};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, &error);
    memset(&opts, 0, sizeof opts);
    opts.trust = MYBPF_GUARDED;
    if (count < 0 || mybpf_object_open_insns(vm, insns, (size_t)count, NULL, &object, &error) ||
        mybpf_object_load(object, &opts, &error))
        test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

static void compare_in(const mybpf_program *one, const mybpf_program *other, int at, int low, int size,
                       int writable)
{
    static outcome a, b; /* the same addresses mean the same alignment */
    run_in(one, at, low, size, writable, &a);
    run_in(other, at, low, size, writable, &b);
    CHECK_INT(b.status, a.status);
    CHECK_INT(b.insn, a.insn);
    CHECK_INT(b.r0, a.r0);
    CHECK_INT(b.steps, a.steps);
    CHECK(!memcmp(a.memory, b.memory, sizeof a.memory));
}

TEST(guards, window_layout)
{
    CHECK_INT(offsetof(struct mybpf_env, window), MYBPF__ABI_WINDOW);
    CHECK_INT(offsetof(mybpf_abi, tail_jump), MYBPF__ABI_TAIL_JUMP);
    CHECK_INT(sizeof((struct mybpf_env *)NULL)->window, 2 * MYBPF__WINDOW_SIZE);
}

TEST(guards, groups)
{
    mybpf_vm *vm = NULL;
    mybpf_error error = {0};
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++) {
        mybpf_object *object = open_text(vm, guarded[i].text), *native = open_text(vm, guarded[i].text);
        uint32_t guards = 0;
        CASE("%s", guarded[i].name);
        for (uint32_t pc = 0; pc < object->insn_count; pc++) guards += object->facts[pc] & MYBPF_FACT_GUARD;
        CHECK_INT(guards, guarded[i].guards);
        CHECK_INT(guard_ops(object, mybpf__target_at(0), MYBPF__GEN_JIT, 0), guarded[i].checks);
        CHECK_INT(guard_ops(object, mybpf__target_at(0), MYBPF__GEN_JIT, MYBPF_JIT_NO_GUARDS),
                  guarded[i].guards);
        int status = mybpf_jit_compile(native, NULL, &error);
        for (int at = 0; !status && at <= 8; at += 4)
            for (int low = 0; low < 20; low++)
                for (int size = 0; size <= 24; size++)
                    for (int writable = 0; writable < 2; writable++)
                        compare_in(mybpf_object_program(object, 0), mybpf_object_program(native, 0), at, low,
                                   size, writable);
        for (int size = 60; !status && size < 80; size++)
            compare_in(mybpf_object_program(object, 0), mybpf_object_program(native, 0), 4, 2, size, 1);
        mybpf_object_close(object);
        mybpf_object_close(native);
    }
    mybpf_vm_destroy(vm);
}

/* ---- steps that are taken later ---- */

/* Chains of blocks: with ways out of the chain to a block that is entered from elsewhere, with two ways on,
 * in a loop, longer than one taking of steps. `charges`: takings of steps, without the pass and with it. */
static const struct {
    const char *name, *text;
    uint32_t charges, left;
} chains[] = {
    {"ways out",
     "r0 = *(u8 *)(r1 + 0)\nif r0 == 9 goto out\nr3 = *(u8 *)(r1 + 1)\nr0 += r3\nif r0 == 11 goto out\nr3 = "
     "*(u8 *)(r1 + 4)\nr0 += r3\nif r0 == 8 goto out\nr0 = *(u8 *)(r1 + 8)\nout: exit",
     5, 5},
    {"two ways on",
     "r0 = *(u8 *)(r1 + 0)\nif r0 > 4 goto b\nr0 = *(u8 *)(r1 + 2)\nif r0 == 3 goto c\nr0 = *(u8 *)(r1 + "
     "3)\nexit\nb: r0 = *(u8 *)(r1 + 4)\nexit\nc: r0 = *(u8 *)(r1 + 7)\nexit",
     5, 3},
    {"a loop",
     "r0 = 0\nr2 = 5\nagain: r3 = *(u8 *)(r1 + 0)\nr0 += r3\nif r3 == 6 goto next\nr3 = *(u8 *)(r1 + "
     "5)\nif r3 == 8 goto next\nr3 = *(u8 *)(r1 + 3)\nif r3 == 9 goto next\nr0 += r2\nnext: r1 += 1\nr2 "
     "-= 1\nif r2 != 0 goto again\nexit",
     7, 7},
    {"a long chain",
     "r0 = *(u8 *)(r1 + 0)\nif r0 == 99 goto a\nr0 += 1\nif r0 == 99 goto b\nr0 += 1\nif r0 == 99 goto "
     "c\nr0 += 1\nif r0 == 99 goto d\nr0 += 1\nif r0 == 99 goto e\nr0 += 1\nif r0 == 99 goto f\nr0 += "
     "1\nif r0 == 99 goto g\nr0 += 1\nif r0 == 99 goto h\nr0 += 1\nif r0 == 99 goto i\nr0 = *(u8 *)(r1 "
     "+ 2)\nexit\na: r0 = 1\nexit\nb: r0 = 2\nexit\nc: r0 = 3\nexit\nd: r0 = 4\nexit\ne: r0 = "
     "5\nexit\nf: r0 = 6\nexit\ng: r0 = 7\nexit\nh: r0 = 8\nexit\ni: r0 = 9\nexit",
     19, 11},
    {"a write ends it",
     "r0 = *(u8 *)(r1 + 0)\nif r0 == 9 goto a\n*(u8 *)(r1 + 1) = 7\nif r0 == 8 goto a\nr0 = *(u8 *)(r1 + "
     "9)\nexit\na: r0 = 3\nexit",
     4, 4},
};

static uint32_t charge_ops(mybpf_object *object, uint32_t disable)
{
    mybpf__gen_request request;
    mybpf__ir ir;
    mybpf_error error = {0};
    uint32_t count = 0;
    memset(&request, 0, sizeof request);
    memset(&ir, 0, sizeof ir);
    request.object = object;
    request.target = mybpf__target_at(0);
    request.mode = MYBPF__GEN_JIT;
    request.disable = disable;
    ir.request = &request;
    ir.code = mybpf_object_code(object);
    ir.vm = mybpf_object_vm(object);
    CHECK_INT(mybpf__ir_build(&ir, &error), 0);
    CHECK_INT(mybpf__ir_passes(&ir, &error), 0);
    for (uint32_t i = 0; i < ir.op_count; i++)
        count += ir.ops[i].code == MYBPF__IR_CHARGE && !(ir.ops[i].flags & MYBPF__F_COVERED);
    mybpf__ir_free(&ir);
    return count;
}

TEST(guards, charges)
{
    mybpf_vm *vm = NULL;
    mybpf_error error = {0};
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        mybpf_object *object = open_text(vm, chains[i].text), *native = open_text(vm, chains[i].text);
        CASE("%s", chains[i].name);
        CHECK_INT(charge_ops(object, MYBPF_JIT_NO_CHARGES), chains[i].charges);
        CHECK_INT(charge_ops(object, 0), chains[i].left);
        int status = mybpf_jit_compile(native, NULL, &error);
        for (int at = 0; !status && at <= 8; at += 2)
            for (int size = 0; size <= 12; size++)
                for (max_steps = 0; max_steps < 60; max_steps++)
                    compare_in(mybpf_object_program(object, 0), mybpf_object_program(native, 0), at, at, size,
                               1);
        mybpf_object_close(object);
        mybpf_object_close(native);
    }
    max_steps = 0;
    mybpf_vm_destroy(vm);
}
