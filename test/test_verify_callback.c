/* test_verify_callback.c: functions that helpers call: followed as a loop's body, with the caller's stack;
 * and run in every engine. */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

enum { MAPS = 1 };

#define LOOP(count) "r1 = " count "\nr2 = code_addr(body) ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall 181\n"

/* clang-format off */
/* Programs of verified mode: `message` NULL, and what they return, or why they are refused. */
static const struct callback_case {
    const char *name, *text, *message;
    int32_t insn;
    uint64_t r0;
} cases[] = {
    {"sum of the indices", "*(u64 *)(r10 - 8) = 0\n" LOOP("100") "r0 = *(u64 *)(r10 - 8)\nexit\n"
     "body:\nr3 = *(u64 *)(r2 + 0)\nr3 += r1\n*(u64 *)(r2 + 0) = r3\nr0 = 0\nexit", NULL, 0, 4950},
    {"how often", "*(u64 *)(r10 - 8) = 0\n" LOOP("100") "exit\nbody:\nr0 = 0\nexit", NULL, 0, 100},
    {"stops", "*(u64 *)(r10 - 8) = 0\n" LOOP("100") "exit\nbody:\nr0 = 0\nif r1 < 41 goto +1\nr0 = 1\nexit", NULL, 0, 42},
    {"not at all", "*(u64 *)(r10 - 8) = 0\n" LOOP("0") "exit\nbody:\nr0 = *(u64 *)(r1 + 0)\nexit", NULL, 0, 0},
    {"too often", "*(u64 *)(r10 - 8) = 0\n" LOOP("8388609") "exit\nbody:\nr0 = 0\nexit", NULL, 0, (uint64_t)-7},
    {"flags", "r1 = 5\nr2 = code_addr(body) ll\nr3 = 0\nr4 = 1\ncall 181\nexit\nbody:\nr0 = 0\nexit", NULL, 0, (uint64_t)-22},
    {"without a context", "r1 = 5\nr2 = code_addr(body) ll\nr3 = 0\nr4 = 0\ncall 181\nexit\nbody:\nr0 = r2\nexit", NULL, 0, 5},
    {"index of a value", "*(u64 *)(r10 - 8) = 0\n" LOOP("16") "r0 = map_val(map_by_idx(0)) + 0 ll\nr0 = *(u8 *)(r0 + 15)\nexit\n"
     "body:\nr3 = map_val(map_by_idx(0)) + 0 ll\nr3 += r1\n*(u8 *)(r3 + 0) = r1\nr0 = 0\nexit", NULL, 0, 15},
    {"caller's registers stay", "r6 = r1\nr7 = 3\n*(u64 *)(r10 - 8) = 0\n" LOOP("4") "r0 = *(u8 *)(r6 + 0)\nr0 += r7\nexit\n"
     "body:\nr6 = 0\nr7 = 0\nr0 = 0\nexit", NULL, 0, 3},
    {"loop in a loop", "*(u64 *)(r10 - 8) = 0\n" LOOP("10") "r0 = *(u64 *)(r10 - 8)\nexit\n"
     "body:\nr1 = 10\nr3 = r2\nr2 = code_addr(inner) ll\nr4 = 0\ncall 181\nr0 = 0\nexit\n"
     "inner:\nr3 = *(u64 *)(r2 + 0)\nr3 += 1\n*(u64 *)(r2 + 0) = r3\nr0 = 0\nexit", NULL, 0, 100},
    {"a loop in it, the second time as the first", "*(u64 *)(r10 - 8) = 0\n" LOOP("4") "r0 = *(u64 *)(r10 - 8)\nexit\n"
     "body:\n*(u64 *)(r2 + 0) = 5\nr3 = 0\nagain:\nr4 = 1\nr4 = 2\nr4 = 3\nr4 = 4\nr4 = 5\nr4 = 6\nr3 += 1\nif r3 < 5 goto again\nr0 = 0\nexit", NULL, 0, 5},
    {"a loop around it", "r6 = 0\n*(u64 *)(r10 - 8) = 0\nagain:\n" LOOP("4") "r6 += 1\nif r6 < 30 goto again\nr0 = *(u64 *)(r10 - 8)\nexit\n"
     "body:\nr3 = *(u64 *)(r2 + 0)\nr3 += 1\n*(u64 *)(r2 + 0) = r3\nr0 = 0\nexit", NULL, 0, 120},
    {"pointer on the caller's stack", "*(u64 *)(r10 - 8) = r1\n" LOOP("3") "exit\nbody:\nr3 = *(u64 *)(r2 + 0)\nr0 = *(u8 *)(r3 + 15)\nr0 = 0\nexit", NULL, 0, 3},

    {"index of a smaller value", "*(u64 *)(r10 - 8) = 0\n" LOOP("17") "r0 = 0\nexit\n"
     "body:\nr3 = map_val(map_by_idx(0)) + 0 ll\nr3 += r1\n*(u8 *)(r3 + 0) = r1\nr0 = 0\nexit",
     "cannot prove the 1-byte write at r3 + 0: r3 is a value of map fixed (16 bytes) + 0 + scalar(smin=smin32=0,smax=umax=smax32=umax32=16,var_off=(0x0; 0x1f)); it may lie behind the last byte: bound the offset, `if (i < size)`", 13, 0},
    {"a loop around it that does not end", "r6 = 0\n*(u64 *)(r10 - 8) = 0\nagain:\n" LOOP("4") "r6 = 3\nr6 += 1\nif r6 < 6 goto again\nr0 = 0\nexit\n"
     "body:\nr0 = 0\nexit", "the loop through this instruction does not end: it comes back with nothing changed; count its turns and compare, or use may_goto", 8, 0},
#ifndef MYBPF_MAX_VISITED /* the usual limit */
    {"a loop around it whose counter it resets", "*(u64 *)(r10 - 8) = 0\nagain:\n" LOOP("1") "r1 = *(u64 *)(r10 - 8)\nr1 += 1\n*(u64 *)(r10 - 8) = r1\nif r1 < 3 goto again\nr0 = 0\nexit\n"
     "body:\n*(u64 *)(r2 + 0) = 0\nr3 = 0\ninner:\nr4 = 1\nr4 = 2\nr4 = 3\nr4 = 4\nr4 = 5\nr4 = 6\nr3 += 1\nif r3 < 5 goto inner\nr0 = 0\nexit",
     "more than 1000052 instructions visited: a loop with too many turns, or too many paths; load it guarded, with a budget", 8, 0},
#endif
    {"result of another kind", "*(u64 *)(r10 - 8) = 0\n" LOOP("5") "r0 = 0\nexit\nbody:\nr0 = r1\nexit",
     "a function that a helper calls returns 0 to go on or 1 to stop: r0 is a number, scalar(smin=smin32=0,smax=umax=smax32=umax32=4,var_off=(0x0; 0x7))", 11, 0},
    {"pointer that only the first turn has", "*(u64 *)(r10 - 8) = r1\n" LOOP("5") "r0 = 0\nexit\nbody:\nr3 = *(u64 *)(r2 + 0)\nr0 = *(u8 *)(r3 + 0)\n*(u64 *)(r2 + 0) = r0\nr0 = 0\nexit",
     "cannot prove the 1-byte read at r3 + 0: r3 is a number, scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)); only a pointer can be followed", 11, 0},
    {"pointer that is gone behind the loop", "*(u64 *)(r10 - 8) = r1\n" LOOP("5") "r1 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r1 + 0)\nexit\nbody:\n*(u64 *)(r2 + 0) = 7\nr0 = 0\nexit",
     "cannot prove the 1-byte read at r1 + 0: r1 is the number 7; only a pointer can be followed", 9, 0},
    {"number that the turns move", "*(u64 *)(r10 - 8) = 0\n" LOOP("100") "r1 = *(u64 *)(r10 - 8)\nr0 = map_val(map_by_idx(0)) + 0 ll\nr0 += r1\nr0 = *(u8 *)(r0 + 0)\nexit\n"
     "body:\nr3 = *(u64 *)(r2 + 0)\nr3 += 1\n*(u64 *)(r2 + 0) = r3\nr0 = 0\nexit",
     "arithmetic on a pointer: r0 is a value of map fixed (16 bytes) + 0; the offset has no bounds: check it first", 11, 0},
    {"more than the caller's stack", "*(u64 *)(r10 - 8) = 0\n" LOOP("5") "r0 = 0\nexit\nbody:\n*(u64 *)(r2 + 8) = 0\nr0 = 0\nexit",
     "cannot prove the 8-byte write at r2 + 8: r2 is the caller's stack at r10 - 8; it may lie behind the last byte: bound the offset, `if (i < size)`", 10, 0},
    {"own stack given to the caller", "*(u64 *)(r10 - 8) = 0\n" LOOP("5") "r0 = 0\nexit\nbody:\n*(u64 *)(r2 + 0) = r10\nr0 = 0\nexit",
     "a pointer to the stack must not be stored in a caller's: it may outlive its function", 10, 0},
    {"context that is no stack", "r3 = r1\nr1 = 5\nr2 = code_addr(body) ll\nr4 = 0\ncall 181\nr0 = 0\nexit\nbody:\nr0 = 0\nexit",
     "cannot prove argument 3 of loop: r3 is the context (16 bytes) + 0; it is not what this argument must be", 5, 0},
    {"context below the stack", "r3 = r10\nr3 += -520\nr1 = 0\nr2 = code_addr(body) ll\nr4 = 0\ncall 181\nr0 = 0\nexit\nbody:\nr0 = 0\nexit",
     "cannot prove argument 3 of loop: r3 is the stack at r10 - 520; it may lie in front of the first byte: make the offset unsigned, or check `i >= 0`", 6, 0},
    {"no function", "r2 = r1\nr1 = 5\nr3 = 0\nr4 = 0\ncall 181\nr0 = 0\nexit",
     "cannot prove argument 2 of loop: r2 is the context (16 bytes) + 0; it is not what this argument must be", 4, 0},
    {"calls itself", "*(u64 *)(r10 - 8) = 0\n" LOOP("5") "exit\nbody:\nr1 = 5\nr3 = r2\nr2 = code_addr(body) ll\nr4 = 0\ncall 181\nr0 = 0\nexit",
     "function func_9 calls itself: refused in verified mode", 11, 0},
};
/* clang-format on */

/* Slots of the lines before `end`. */
static int slots_before(const char *text, const char *end)
{
    int slots = 0;
    for (const char *line = text; line < end;) {
        const char *next = strchr(line, '\n') + 1;
        if (next > end) break;
        if (next[-2] != ':') slots += next - line > 4 && !strncmp(next - 4, " ll", 3) ? 2 : 1;
        line = next;
    }
    return slots;
}

/* Assembles the text with each "code_addr(NAME)" made the distance that it stands for. */
static int64_t assemble(const char *text, mybpf_insn *insns, size_t room)
{
    char out[2048];
    size_t length = 0;
    mybpf_error error = {0};
    for (const char *at = text; *at && length + 16 < sizeof out;) {
        char label[32];
        if (strncmp(at, "code_addr(", 10)) {
            out[length++] = *at++;
            continue;
        }
        snprintf(label, sizeof label, "\n%.*s:\n", (int)strcspn(at + 10, ")"), at + 10);
        const char *function = strstr(text, label);
        int distance = function ? slots_before(text, function + 1) - slots_before(text, at) - 1 : 0;
        length += (size_t)snprintf(out + length, sizeof out - length, "code_addr(%d)", distance);
        at += 11 + strcspn(at + 10, ")");
    }
    out[length] = 0;
    int64_t count = mybpf_assemble(out, length, insns, room, &error);
    if (count < 0) test_fail(__FILE__, __LINE__, "line %u: %s", error.line, error.message);
    return count;
}

static void run_case(const struct callback_case *c, mybpf_object *object, uint64_t expected, int trust)
{
    for (int engine = 0; engine < 2; engine++) {
        uint64_t ctx[2] = {0}, r0 = ~expected;
        mybpf_error error = {0};
        mybpf_run_opts run = {0};
        run.ctx = ctx;
        run.ctx_size = sizeof ctx;
        if (engine && mybpf_jit_compile(object, NULL, &error)) continue; /* not on this machine */
        CASE("%s, trust %d, engine %d: %s", c->name, trust, engine, error.message);
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
        CHECK_INT(r0, expected);
    }
}

TEST(verify_callback, cases)
{
    static const mybpf_map_desc desc = {"fixed", MYBPF_MAP_TYPE_ARRAY, 4, 16, 1, 0, 0, NULL};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    mybpf_map *maps[MAPS];
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    CHECK_INT(mybpf_map_create(vm, &desc, &maps[0], NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct callback_case *c = &cases[i];
        mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_UNSPEC, maps, MAPS};
        mybpf_insn insns[64];
        int64_t count = assemble(c->text, insns, 64);
        if (count < 0) continue;
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            mybpf_load_opts opts = {0};
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            opts.trust = (mybpf_trust)trust;
            opts.ctx_size = 16;
            int rc = mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, &error);
            if (!rc) rc = mybpf_object_load(object, &opts, &error);
            CASE("%s, trust %d: %s", c->name, trust, error.message);
            if (c->message && trust == MYBPF_VERIFIED) {
                CHECK_INT(rc, MYBPF_ERR_VERIFY);
                CHECK_INT(error.insn, c->insn);
                CHECK_TEXT(error.message, c->message);
            } else if (!c->message) {
                CHECK_INT(rc, 0);
                if (!rc) run_case(c, object, c->r0, trust);
            }
            mybpf_object_close(object);
        }
    }
    mybpf_map_unref(maps[0]);
    mybpf_vm_destroy(vm);
}
