/* test_verify.c: what each trust mode refuses, with its message, and what it accepts and guards. */
#include "mybpf.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>

enum { COUNTS, TABLE, FIXED, TABLE_RO, MAPS }; /* map indices in the cases' lddw */

static uint64_t nothing(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)env;
    return 0;
}

static mybpf_vm *make_vm(mybpf_map *maps[MAPS])
{
    static const mybpf_helper helpers[] = {
        {MYBPF_HELPER_USER + 1, "user_read", nothing, MYBPF_RET_INTEGER, {MYBPF_ARG_MEM_READ, MYBPF_ARG_SIZE}, 0, NULL},
        {MYBPF_HELPER_USER + 2, "user_write", nothing, MYBPF_RET_VOID, {MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE_OR_ZERO}, 0, NULL},
        {MYBPF_HELPER_USER + 3, "user_gone", NULL, MYBPF_RET_INTEGER, {0}, 0, "this host has no clock"},
        {MYBPF_HELPER_USER + 4, "user_each", nothing, MYBPF_RET_INTEGER, {MYBPF_ARG_FUNC, MYBPF_ARG_CTX}, MYBPF_HELPER_MAY_STOP, NULL},
        {MYBPF_HELPER_USER + 5, "user_long", nothing, MYBPF_RET_INTEGER, {MYBPF_ARG_PTR_LONG, MYBPF_ARG_ANY}, 0, NULL},
        {MYBPF_HELPER_USER + 6, "user_print", nothing, MYBPF_RET_INTEGER, {MYBPF_ARG_STRING}, 0, NULL},
        {MYBPF_HELPER_USER + 99, "user_secret", nothing, MYBPF_RET_INTEGER, {0}, 0, NULL},
    };
    static const mybpf_map_desc descs[MAPS] = {
        {"counts", MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 0},
        {"table", MYBPF_MAP_TYPE_HASH, 8, 16, 4, 0},
        {"fixed", MYBPF_MAP_TYPE_ARRAY, 4, 16, 1, 0},
        {"table_ro", MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, MYBPF_F_RDONLY_PROG},
    };
    mybpf_vm *vm = NULL;
    mybpf_error error = {0};
    if (mybpf_vm_create(NULL, &vm, &error)) return NULL;
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++) CHECK_INT(mybpf_helper_register(vm, &helpers[i], &error), 0);
    for (int i = 0; i < MAPS; i++) {
        maps[i] = NULL;
        CHECK_INT(mybpf_map_create(vm, &descs[i], &maps[i], &error), 0);
    }
    return vm;
}

static void drop_vm(mybpf_vm *vm, mybpf_map *maps[MAPS])
{
    for (int i = 0; i < MAPS; i++) mybpf_map_unref(maps[i]);
    mybpf_vm_destroy(vm);
}

/* Opens and loads; the object is the caller's when it is wanted. */
static int load(mybpf_vm *vm, mybpf_map *maps[MAPS], const mybpf_insn *insns, size_t count, mybpf_trust trust,
                uint32_t ctx_size, mybpf_object **object, mybpf_error *error)
{
    static const mybpf_range granted = {MYBPF_HELPER_USER, MYBPF_HELPER_USER + 50};
    mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_UNSPEC, maps, MAPS};
    mybpf_load_opts opts = {0};
    mybpf_object *made = NULL;
    int rc;
    opts.trust = trust;
    opts.ctx_size = ctx_size;
    opts.grants = &granted;
    opts.grant_count = 1;
    rc = mybpf_object_open_insns(vm, insns, count, &raw, &made, error);
    if (!rc) rc = mybpf_object_load(made, &opts, error);
    if (!rc && object) *object = made;
    else mybpf_object_close(made);
    return rc;
}

/* ---- programs as text ---- */

enum { V = 1, G = 2, T = 4, ALL = 7 }; /* trust modes of a case */

static const struct refusal {
    const char *name;
    int modes;
    const char *text;
    int status, insn;
    const char *message;
} refusals[] = {
#define REFUSE(name, modes, text, status, insn, message) {name, modes, text, MYBPF_##status, insn, message},
    /* structure: every mode */
    REFUSE("write to r10", ALL, "r10 = 1\nr0 = 0\nexit", ERR_VERIFY, 0, "write to r10: the frame pointer is read-only")
    REFUSE("add to r10", ALL, "r10 += -8\nr0 = 0\nexit", ERR_VERIFY, 0, "write to r10: the frame pointer is read-only")
    REFUSE("load into r10", ALL, "r10 = *(u64 *)(r1 + 0)\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("lddw into r10", ALL, "r10 = 1 ll\nr0 = 0\nexit", ERR_VERIFY, 0, "write to r10: the frame pointer is read-only")
    REFUSE("swap r10", ALL, "r10 = be16 r10\nr0 = 0\nexit", ERR_VERIFY, 0, "write to r10: the frame pointer is read-only")
    REFUSE("negate r10", ALL, "r10 = -r10\nr0 = 0\nexit", ERR_VERIFY, 0, "write to r10: the frame pointer is read-only")
    REFUSE("fetch into r10", ALL, "r10 = atomic_fetch_add((u64 *)(r1 + 0), r10)\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("xchg with r10", ALL, "r10 = xchg_64(r1 + 0, r10)\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("acquire into r10", ALL, "r10 = load_acquire((u64 *)(r1 + 0))\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("jump out forwards", ALL, "r0 = 0\ngoto +1\nexit", ERR_VERIFY, 1, "control leaves function main for instruction 3")
    REFUSE("jump out backwards", ALL, "r0 = 0\nif r0 == 0 goto -3\nexit", ERR_VERIFY, 1,
           "control leaves function main for instruction -1")
    REFUSE("jump into lddw", ALL, "r0 = 0\nif r0 == 0 goto +1\nr0 = 1 ll\nexit", ERR_VERIFY, 1,
           "jump to 3, the second half of an lddw")
    REFUSE("no end", ALL, "r0 = 0", ERR_VERIFY, 0, "control leaves function main for instruction 1")
    REFUSE("ends in a condition", ALL, "r0 = 0\nif r0 == 0 goto -2", ERR_VERIFY, 1,
           "control leaves function main for instruction 2")
    REFUSE("unreachable", ALL, "r0 = 0\nexit\nr0 = 1\nexit", ERR_VERIFY, 2, "unreachable instruction in function main")
    REFUSE("skipped", ALL, "r0 = 0\ngoto +1\nr0 = 1\nexit", ERR_VERIFY, 2, "unreachable instruction in function main")
    REFUSE("unknown helper", ALL, "call 1999999\nexit", ERR_VERIFY, 0, "unknown helper 1999999")
    REFUSE("unavailable helper", ALL, "call 2000003\nexit", ERR_UNSUPPORTED, 0,
           "helper user_gone (2000003) is not available: this host has no clock")
    REFUSE("helper without grant", ALL, "call 2000099\nexit", ERR_PERMISSION, 0,
           "helper user_secret (2000099) was not granted to this load")
    /* registers: verified and guarded */
    REFUSE("unset r0 at exit", V | G, "exit", ERR_VERIFY, 0, "r0 is read, but not written on every path")
    REFUSE("unset operand", V | G, "r0 = r6\nexit", ERR_VERIFY, 0, "r6 is read, but not written on every path")
    REFUSE("unset on one path", V | G, "if r1 == 0 goto +1\nr6 = 1\nr0 = r6\nexit", ERR_VERIFY, 2,
           "r6 is read, but not written on every path")
    REFUSE("unset in a condition", V | G, "r0 = 0\nif r7 > 1 goto +0\nexit", ERR_VERIFY, 1,
           "r7 is read, but not written on every path")
    REFUSE("r1 after a call", V | G, "call 5\nr0 = r1\nexit", ERR_VERIFY, 1, "r1 is read, but not written on every path")
    REFUSE("r3 at the start", V, "r0 = r3\nexit", ERR_VERIFY, 0, "r3 is read, but not written on every path")
#undef REFUSE
};

static int64_t assemble(const char *text, mybpf_insn insns[64])
{
    mybpf_error error = {0};
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, &error);
    if (count < 0) test_fail(__FILE__, __LINE__, "line %u: %s", error.line, error.message);
    return count;
}

TEST(verify, refusals)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        mybpf_insn insns[64];
        int64_t count;
        CASE("%s", r->name);
        count = assemble(r->text, insns);
        if (count < 0) continue;
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            mybpf_error error = {0};
            int rc = load(vm, maps, insns, (size_t)count, (mybpf_trust)trust, 16, NULL, &error);
            CASE("%s, trust %d", r->name, trust);
            if (!(r->modes >> trust & 1)) {
                CHECK_INT(rc, 0);
                continue;
            }
            CHECK_INT(rc, r->status);
            CHECK_INT(error.code, r->status);
            CHECK_INT(error.insn, r->insn);
            CHECK_TEXT(error.message, r->message);
        }
    }
    drop_vm(vm, maps);
}
