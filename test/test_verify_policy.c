/* test_verify_policy.c: what verified mode allows by default, and the rules that a load may add. */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

enum {
    LEAKS = MYBPF_POLICY_NO_POINTER_LEAKS,
    STACK = MYBPF_POLICY_NO_UNINIT_STACK,
    ALIGNED = MYBPF_POLICY_ALIGNED
};
enum { MAPS = 1 };

/* clang-format off */
/* Each is accepted by default, and refused under the policy with `message`; without one it is accepted too. */
static const struct policy_case {
    const char *name, *text;
    uint32_t policy;
    int32_t insn;
    const char *message;
} cases[] = {
    {"result", "r0 = r10\nexit", LEAKS, 1, "the result would tell a pointer's value: r0 is the stack at r10 + 0; the load's policy keeps pointers inside the program"},
    {"store into a map", "r6 = map_val(map_by_idx(0)) + 0 ll\n*(u64 *)(r6 + 0) = r10\nr0 = 0\nexit", LEAKS, 2,
     "the write would tell a pointer's value: r10 is the stack at r10 + 0; the load's policy keeps pointers inside the program"},
    {"store into the context", "*(u64 *)(r1 + 0) = r1\nr0 = 0\nexit", LEAKS, 0, "the write would tell a pointer's value: r1 is the context (16 bytes) + 0; the load's policy keeps pointers inside the program"},
    {"spilled pointer", "*(u64 *)(r10 - 8) = r1\nr1 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r1 + 0)\nexit", LEAKS, 0, NULL},
    {"part of a stored pointer written over", "*(u64 *)(r10 - 8) = r1\n*(u8 *)(r10 - 8) = 0\nr0 = 0\nexit", LEAKS, 1,
     "the write would tell a pointer's value: r10 is the stack at r10 + 0; the load's policy keeps pointers inside the program"},
    {"exchange with a map", "r6 = map_val(map_by_idx(0)) + 0 ll\nr0 = r1\nr0 = xchg_64(r6 + 0, r0)\nr0 = 0\nexit", LEAKS, 3,
     "the atomic access would tell a pointer's value: r0 is the context (16 bytes) + 0; the load's policy keeps pointers inside the program"},
    {"comparison with a number", "r0 = 0\nif r1 == 7 goto +1\nr0 = 1\nexit", LEAKS, 1,
     "the comparison would tell a pointer's value: r1 is the context (16 bytes) + 0; the load's policy keeps pointers inside the program"},
    {"comparison of two pointers", "r0 = 0\nif r1 > r10 goto +1\nr0 = 1\nexit", LEAKS, 1,
     "the comparison would tell a pointer's value: r1 is the context (16 bytes) + 0; the load's policy keeps pointers inside the program"},
    {"comparison in 32 bits", "r0 = 0\nif w1 == 0 goto +1\nr0 = 1\nexit", LEAKS, 1,
     "the comparison would tell a pointer's value: r1 is the context (16 bytes) + 0; the load's policy keeps pointers inside the program"},
    {"comparison with NULL", "r0 = 0\nif r1 == 0 goto +1\nr0 = 1\nexit", LEAKS, 0, NULL},
    {"difference", "r0 = r10\nr0 -= r1\nexit", LEAKS, 1, "arithmetic on a pointer: r0 is the stack at r10 + 0; the load's policy keeps pointers inside the program"},
    {"negation", "r0 = r10\nr0 = -r0\nexit", LEAKS, 1, "arithmetic on a pointer: r0 is the stack at r10 + 0; the load's policy keeps pointers inside the program"},
    {"lower half", "w0 = w1\nexit", LEAKS, 0, "the move would tell a pointer's value: r1 is the context (16 bytes) + 0; the load's policy keeps pointers inside the program"},
    {"moved pointer", "r6 = r1\nr6 += 8\nr0 = *(u64 *)(r6 + 0)\nexit", LEAKS, 0, NULL},
    {"helper's number", "r6 = r1\n*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = r6\ncall 4\nr0 = 0\nexit", LEAKS, 6,
     "cannot prove argument 3 of probe_read: r3 is the context (16 bytes) + 0; the load's policy keeps pointers inside the program"},
    {"text of a helper", "*(u64 *)(r10 - 8) = r1\nr1 = r10\nr1 += -8\nr2 = 8\ncall 6\nr0 = 0\nexit", LEAKS, 4,
     "cannot prove argument 1 of trace_printk: r1 is the stack at r10 - 8; the load's policy keeps pointers inside the program"},
    {"what a text is to hold", "*(u64 *)(r10 - 8) = 7890981\nr1 = r10\nr1 += -8\nr2 = 4\nr3 = 0\nr4 = r10\nr5 = 0\ncall 6\nr0 = 0\nexit", LEAKS, 7,
     "cannot prove argument 4 of trace_printk: r4 is the stack at r10 + 0; the load's policy keeps pointers inside the program"},

    {"stack", "r0 = *(u64 *)(r10 - 8)\nexit", STACK, 0, "the 8-byte read of the stack at r10 + -8: some of these bytes are not written on this path: initialise them"},
    {"part of the stack", "*(u32 *)(r10 - 8) = 1\nr0 = *(u64 *)(r10 - 8)\nexit", STACK, 1,
     "the 8-byte read of the stack at r10 + -8: some of these bytes are not written on this path: initialise them"},
    {"stack for a helper", "r1 = r10\nr1 += -8\nr2 = 8\ncall 6\nr0 = 0\nexit", STACK, 3,
     "cannot prove argument 1 of trace_printk: r1 is the stack at r10 - 8; some of these bytes are not written on this path: initialise them"},
    {"atomic on the stack", "r0 = 1\nlock *(u64 *)(r10 - 8) += r0\nexit", STACK, 1,
     "the 8-byte atomic access to the stack at r10 + -8: some of these bytes are not written on this path: initialise them"},
    {"written stack", "*(u64 *)(r10 - 8) = 1\nr0 = *(u64 *)(r10 - 8)\nexit", STACK, 0, NULL},
    {"stack as an index", "r6 = map_val(map_by_idx(0)) + 0 ll\nr7 = *(u64 *)(r10 - 8)\nr7 &= 7\nr6 += r7\nr0 = *(u8 *)(r6 + 0)\nexit", STACK, 2,
     "the 8-byte read of the stack at r10 + -8: some of these bytes are not written on this path: initialise them"},

    {"value between words", "r6 = map_val(map_by_idx(0)) + 0 ll\nr0 = *(u32 *)(r6 + 2)\nexit", ALIGNED, 2,
     "cannot prove the 4-byte read at r6 + 2: r6 is a value of map fixed (16 bytes) + 0; its address must be known to be a multiple of its size"},
    {"value at a word", "r6 = map_val(map_by_idx(0)) + 0 ll\nr0 = *(u32 *)(r6 + 4)\nexit", ALIGNED, 0, NULL},
    {"value at an index", "r7 = *(u64 *)(r1 + 0)\nr7 &= 7\nr6 = map_val(map_by_idx(0)) + 0 ll\nr6 += r7\nr0 = *(u32 *)(r6 + 0)\nexit", ALIGNED, 5,
     "cannot prove the 4-byte read at r6 + 0: r6 is a value of map fixed (16 bytes) + 0 + scalar(smin=smin32=0,smax=umax=smax32=umax32=7,var_off=(0x0; 0x7)); its address must be known to be a multiple of its size"},
    {"value at a scaled index", "r7 = *(u64 *)(r1 + 0)\nr7 &= 3\nr7 <<= 2\nr6 = map_val(map_by_idx(0)) + 0 ll\nr6 += r7\nr0 = *(u32 *)(r6 + 0)\nexit", ALIGNED, 0, NULL},
    {"context between words", "r0 = *(u64 *)(r1 + 4)\nexit", ALIGNED, 0,
     "cannot prove the 8-byte read at r1 + 4: r1 is the context (16 bytes) + 0; its address must be known to be a multiple of its size"},
};
/* clang-format on */

static int load(mybpf_vm *vm, mybpf_map **maps, const char *text, mybpf_trust trust, uint32_t policies,
                mybpf_object **object, mybpf_error *error)
{
    mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_UNSPEC, maps, MAPS};
    mybpf_load_opts opts = {0};
    mybpf_insn insns[64];
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, error);
    int rc;
    opts.trust = trust;
    opts.policies = policies;
    opts.ctx_size = 16;
    *object = NULL;
    if (count < 0) return (int)count;
    rc = mybpf_object_open_insns(vm, insns, (size_t)count, &raw, object, error);
    return rc ? rc : mybpf_object_load(*object, &opts, error);
}

static mybpf_vm *make_vm(mybpf_map **maps)
{
    static const mybpf_map_desc desc = {"fixed", MYBPF_MAP_TYPE_ARRAY, 4, 16, 1, 0, 0, NULL};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    CHECK_INT(mybpf_map_create(vm, &desc, &maps[0], NULL), 0);
    return vm;
}

TEST(verify_policy, cases)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct policy_case *c = &cases[i];
        for (uint32_t policies = 0; policies < 8; policies++) {
            int refused = c->message && policies & c->policy;
            mybpf_object *object = NULL;
            mybpf_error error = {0};
            if (policies & ~c->policy) continue; /* others may have a word too */
            int rc = load(vm, maps, c->text, MYBPF_VERIFIED, policies, &object, &error);
            CASE("%s, policies %u: %s", c->name, policies, error.message);
            CHECK_INT(rc, refused ? MYBPF_ERR_VERIFY : 0);
            if (refused) CHECK_INT(error.insn, c->insn);
            if (refused) CHECK_TEXT(error.message, c->message);
            mybpf_object_close(object);
            CHECK_INT(load(vm, maps, c->text, MYBPF_GUARDED, policies, &object, &error), 0);
            mybpf_object_close(object);
        }
    }
    mybpf_map_unref(maps[0]);
    mybpf_vm_destroy(vm);
}

/* What was not written is zero, whatever the stack held before: in the program, in functions that run where
 * others left something, read in part, through a caller's pointer and again in a loop. */
static const char *const zeros[] = {
    "call dirty\ncall sum\nr6 = r0\ncall dirty\ncall sum\nr0 += r6\nexit\n"
    "dirty:\nr1 = -1\n*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 16) = r1\n*(u64 *)(r10 - 24) = r1\nr0 = "
    "0\nexit\n"
    "sum:\n*(u8 *)(r10 - 16) = 0\nr0 = *(u64 *)(r10 - 8)\nr1 = *(u64 *)(r10 - 16)\nr0 += r1\nr1 = *(u32 "
    "*)(r10 - 20)\nr0 += r1\n"
    "exit\n",
    "call dirty\ncall outer\nexit\n"
    "dirty:\nr1 = -1\n*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 264) = r1\nr0 = 0\nexit\n"
    "outer:\nr1 = r10\nr1 += -264\ncall inner\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
    "inner:\nr0 = *(u64 *)(r1 + 0)\nexit\n",
    "call dirty\ncall count\nexit\n"
    "dirty:\nr1 = -1\n*(u64 *)(r10 - 8) = r1\nr0 = 0\nexit\n"
    "count:\nr1 = *(u64 *)(r10 - 8)\nr1 += 1\n*(u64 *)(r10 - 8) = r1\nif r1 < 10 goto count\nr0 = r1\nr0 += "
    "-10\nexit\n",
    "r0 = *(u64 *)(r10 - 8)\nr1 = -1\n*(u64 *)(r10 - 8) = r1\nexit\n",
    "call dirty\ncall first\nexit\n" /* behind a jump */
    "dirty:\nr1 = -1\n*(u64 *)(r10 - 8) = r1\nr0 = 0\nexit\n"
    "first:\ngoto over\nover:\nr0 = *(u64 *)(r10 - 8)\nexit\n",
};

TEST(verify_policy, unwritten_stack_is_zero)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++) {
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++) {
            uint64_t ctx[2] = {0}, dirt[MYBPF_STACK_SIZE / 8];
            mybpf_object *object = NULL;
            mybpf_error error = {0};
            mybpf_run_opts run = {0};
            int rc = load(vm, maps, zeros[i], (mybpf_trust)trust, 0, &object, &error);
            memset(dirt, 0xff, sizeof dirt);
            run.ctx = ctx;
            run.ctx_size = sizeof ctx;
            CASE("program %u, trust %d: %s", (unsigned)i, trust, error.message);
            CHECK_INT(rc, 0);
            for (int engine = 0; engine < 2 && !rc; engine++) {
                uint64_t r0 = 1;
                if (engine && mybpf_jit_compile(object, NULL, &error)) continue; /* not on this machine */
                CASE("program %u, trust %d, engine %d", (unsigned)i, trust, engine);
                CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
                CHECK_INT(r0, 0);
                CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
                CHECK_INT(r0, 0);
            }
            mybpf_object_close(object);
        }
    }
    mybpf_map_unref(maps[0]);
    mybpf_vm_destroy(vm);
}

/* Functions that read nothing but what they wrote pay nothing. */
TEST(verify_policy, zeroed_slots)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    CHECK_INT(load(vm, maps, zeros[0], MYBPF_VERIFIED, 0, &object, &error), 0);
    CHECK_INT(mybpf_object_code(object)->funcs[0].zeroed, 0);
    CHECK_INT(mybpf_object_code(object)->funcs[1].zeroed, 0);
    CHECK_INT(mybpf_object_code(object)->funcs[2].zeroed, 7);
    mybpf_object_close(object);
    CHECK_INT(load(vm, maps, cases[0].text, MYBPF_VERIFIED, MYBPF_POLICY_STRICT, &object, &error),
              MYBPF_ERR_VERIFY);
    mybpf_object_close(object);
    mybpf_map_unref(maps[0]);
    mybpf_vm_destroy(vm);
}

/* What another function left in a slot is not what an atomic operation finds there. */
TEST(verify_policy, slot_of_another_function)
{
    static const char text[] = "call dirty\ncall take\nexit\n"
                               "dirty:\n*(u64 *)(r10 - 8) = 100\nr0 = *(u64 *)(r10 - 8)\nexit\n"
                               "take:\nr0 = 0\nr1 = 0\nr1 = atomic_fetch_add((u64 *)(r10 - 8), r1)\n"
                               "if r1 == 100 goto +1\nr0 = *(u64 *)(r1 + 0)\nexit\n";
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    CHECK_INT(load(vm, maps, text, MYBPF_VERIFIED, 0, &object, &error), MYBPF_ERR_VERIFY);
    CHECK_INT(error.insn, 10);
    CHECK_TEXT(error.message,
               "cannot prove the 8-byte read at r1 + 0: r1 is any number; only a pointer can be followed");
    mybpf_object_close(object);
    mybpf_map_unref(maps[0]);
    mybpf_vm_destroy(vm);
}
