/* test_verify.c: what each trust mode refuses, with its message, and what it accepts and guards. */
#include "corpus.h"
#include "mybpf.h"
#include "test.h"

#include <stdlib.h>

enum { COUNTS, TABLE, FIXED, TABLE_RO, MAPS }; /* map indices in the cases' lddw */

static uint64_t nothing(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)env;
    return 0;
}

static mybpf_vm *make_vm(mybpf_map *maps[MAPS])
{
    static const mybpf_helper helpers[] = {
        {MYBPF_HELPER_USER + 1,
         "user_read",
         nothing,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_MEM_READ, MYBPF_ARG_SIZE},
         0,
         NULL},
        {MYBPF_HELPER_USER + 2,
         "user_write",
         nothing,
         MYBPF_RET_VOID,
         {MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE_OR_ZERO},
         0,
         NULL},
        {MYBPF_HELPER_USER + 3, "user_gone", NULL, MYBPF_RET_INTEGER, {0}, 0, "this host has no clock"},
        {MYBPF_HELPER_USER + 4,
         "user_each",
         nothing,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_FUNC, MYBPF_ARG_CTX},
         MYBPF_HELPER_MAY_STOP,
         NULL},
        {MYBPF_HELPER_USER + 5,
         "user_long",
         nothing,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_PTR_LONG, MYBPF_ARG_ANY},
         0,
         NULL},
        {MYBPF_HELPER_USER + 6, "user_print", nothing, MYBPF_RET_INTEGER, {MYBPF_ARG_STRING}, 0, NULL},
        {MYBPF_HELPER_USER + 7, "user_zero", nothing, MYBPF_RET_INTEGER, {0}, 0, NULL},
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
    for (size_t i = 0; i < sizeof helpers / sizeof *helpers; i++)
        CHECK_INT(mybpf_helper_register(vm, &helpers[i], &error), 0);
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
    if (!rc && object)
        *object = made;
    else
        mybpf_object_close(made);
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
    REFUSE(
        "write to r10", ALL, "r10 = 1\nr0 = 0\nexit", ERR_VERIFY, 0,
        "write to r10: the frame pointer is read-only") REFUSE("add to r10", ALL, "r10 += -8\nr0 = 0\nexit",
                                                               ERR_VERIFY, 0,
                                                               "write to r10: the frame pointer is read-only")
        REFUSE("load into r10", ALL, "r10 = *(u64 *)(r1 + 0)\nr0 = 0\nexit", ERR_VERIFY, 0,
               "write to r10: the frame pointer is read-only")
            REFUSE("lddw into r10", ALL, "r10 = 1 ll\nr0 = 0\nexit", ERR_VERIFY, 0,
                   "write to r10: the frame pointer is read-only")
                REFUSE("swap r10", ALL, "r10 = be16 r10\nr0 = 0\nexit", ERR_VERIFY, 0,
                       "write to r10: the frame pointer is read-only")
                    REFUSE("negate r10", ALL, "r10 = -r10\nr0 = 0\nexit", ERR_VERIFY, 0,
                           "write to r10: the frame pointer is read-only")
                        REFUSE("fetch into r10", ALL,
                               "r10 = atomic_fetch_add((u64 *)(r1 + 0), r10)\nr0 = 0\nexit", ERR_VERIFY, 0,
                               "write to r10: the frame pointer is read-only")
                            REFUSE("xchg with r10", ALL, "r10 = xchg_64(r1 + 0, r10)\nr0 = 0\nexit",
                                   ERR_VERIFY, 0, "write to r10: the frame pointer is read-only")
                                REFUSE("acquire into r10", ALL,
                                       "r10 = load_acquire((u64 *)(r1 + 0))\nr0 = 0\nexit", ERR_VERIFY, 0,
                                       "write to r10: the frame pointer is read-only")
                                    REFUSE("jump out forwards", ALL, "r0 = 0\ngoto +1\nexit", ERR_VERIFY, 1,
                                           "control leaves function main for instruction 3")
                                        REFUSE("jump out backwards", ALL, "r0 = 0\nif r0 == 0 goto -3\nexit",
                                               ERR_VERIFY, 1,
                                               "control leaves function main for instruction -1")
                                            REFUSE("jump into lddw", ALL,
                                                   "r0 = 0\nif r0 == 0 goto +1\nr0 = 1 ll\nexit", ERR_VERIFY,
                                                   1, "jump to 3, the second half of an lddw")
                                                REFUSE("no end", ALL, "r0 = 0", ERR_VERIFY, 0,
                                                       "control leaves function main for instruction 1")
                                                    REFUSE("ends in a condition", ALL,
                                                           "r0 = 0\nif r0 == 0 goto -2", ERR_VERIFY, 1,
                                                           "control leaves function main for instruction 2")
                                                        REFUSE("unreachable", V, "r0 = 0\nexit\nr0 = 1\nexit",
                                                               ERR_VERIFY, 2,
                                                               "unreachable instruction in function main")
                                                            REFUSE("skipped", V,
                                                                   "r0 = 0\ngoto +1\nr0 = 1\nexit",
                                                                   ERR_VERIFY, 2,
                                                                   "unreachable instruction in function main")
                                                                REFUSE("unknown helper", ALL,
                                                                       "call 1999999\nexit", ERR_VERIFY, 0,
                                                                       "unknown helper 1999999")
                                                                    REFUSE(
                                                                        "unavailable helper", ALL,
                                                                        "call 2000003\nexit", ERR_UNSUPPORTED,
                                                                        0,
                                                                        "helper user_gone (2000003) is not "
                                                                        "available: this host has no clock")
                                                                        REFUSE("helper without grant", ALL,
                                                                               "call 2000099\nexit",
                                                                               ERR_PERMISSION, 0,
                                                                               "helper user_secret (2000099) "
                                                                               "was not granted to this load")
    /* registers: verified and guarded */
    REFUSE("unset r0 at exit", V | G, "exit", ERR_VERIFY, 0, "r0 is read, but not written on every path")
        REFUSE("unset operand", V | G, "r0 = r6\nexit", ERR_VERIFY, 0,
               "r6 is read, but not written on every path")
            REFUSE("unset on one path", V | G, "if r1 == 0 goto +1\nr6 = 1\nr0 = r6\nexit", ERR_VERIFY, 2,
                   "r6 is read, but not written on every path")
                REFUSE("unset in a condition", V | G, "r0 = 0\nif r7 > 1 goto +0\nexit", ERR_VERIFY, 1,
                       "r7 is read, but not written on every path")
                    REFUSE("r1 after a call", V | G, "call 2000007\nr0 = r1\nexit", ERR_VERIFY, 1,
                           "r1 is read, but not written on every path")
                        REFUSE("r3 at the start", V, "r0 = r3\nexit", ERR_VERIFY, 0,
                               "r3 is read, but not written on every path")
                            REFUSE("unset argument", V | G,
                                   "r1 = 0\nr2 = r10\ncall 2000007\ncall 2000001\nexit", ERR_VERIFY, 3,
                                   "r1 is read, but not written on every path")
                                REFUSE("result of a void helper", V | G, "r1 = 0\nr2 = 0\ncall 2000002\nexit",
                                       ERR_VERIFY, 3, "r0 is read, but not written on every path")
                                    REFUSE("result that a function does not set", V | G,
                                           "call f\nexit\nf:\nif r1 == 0 goto +1\nr0 = 1\nexit", ERR_VERIFY,
                                           1, "r0 is read, but not written on every path")
                                        REFUSE("argument that a caller does not set", V | G,
                                               "r1 = 1\nr2 = 2\ncall f\ncall f\nexit\nf:\nr0 = r2\nexit",
                                               ERR_VERIFY, 5, "r2 is read, but not written on every path")
    /* maps, functions */
    REFUSE("no such map", ALL, "r1 = map_by_idx(9) ll\nr0 = 0\nexit", ERR_VERIFY, 0,
           "names map 9, but 4 are given")
        REFUSE("value of a hash", ALL, "r1 = map_val(map_by_idx(1)) + 0 ll\nr0 = 0\nexit", ERR_VERIFY, 0,
               "lddw of a value of map table: only an array of one entry has a fixed one")
            REFUSE("value beyond the end", ALL, "r1 = map_val(map_by_idx(2)) + 17 ll\nr0 = 0\nexit",
                   ERR_VERIFY, 0, "lddw of offset 17 in fixed, which has 16 bytes")
                REFUSE("kernel function", ALL, "call kfunc 7\nexit", ERR_UNSUPPORTED, 0,
                       "call of kernel function 7 (BTF id): there is no kernel here")
                    REFUSE("recursion", V, "r0 = 0\ncall f\nexit\nf:\nr0 = 0\ncall f\nexit", ERR_VERIFY, 4,
                           "function func_3 calls itself: refused in verified mode")
                        REFUSE("mutual recursion", V,
                               "r0 = 0\ncall f\nexit\nf:\nr0 = 0\ncall g\nexit\ng:\nr0 = 0\ncall f\nexit",
                               ERR_VERIFY, 7, "function func_3 calls itself: refused in verified mode")
                            REFUSE("nine frames", V,
                                   "call b\nexit\nb:\ncall c\nexit\nc:\ncall d\nexit\nd:\ncall "
                                   "e\nexit\ne:\ncall f\nexit\nf:\ncall g\nexit\ng:\ncall h\nexit\n"
                                   "h:\ncall i\nexit\ni:\nr0 = 0\nexit",
                                   ERR_VERIFY, 0, "calls nest deeper than 8 functions")
                                REFUSE("callx", V, "r2 = 5\ncallx r2\nexit", ERR_VERIFY, 1,
                                       "cannot prove the call through a register: r2 is the number 5; "
                                       "guarded mode checks it at run time")
    /* loops: verified */
    REFUSE("loop", V, "r0 = 10\nr0 += -1\nif r0 != 0 goto -2\nexit", ERR_VERIFY, 2,
           "cannot prove that the loop from 1 to 2 ends; load it guarded, with a budget")
        REFUSE("endless loop", V, "r0 = 0\ngoto -1", ERR_VERIFY, 1,
               "cannot prove that the loop from 1 to 1 ends; load it guarded, with a budget")
            REFUSE("loop of a may_goto's jump", V, "r0 = 0\nmay_goto -1\nexit", ERR_VERIFY, 1,
                   "cannot prove that the loop from 1 to 1 ends; load it guarded, with a budget")
                REFUSE("loop beside a may_goto", V, "r0 = 0\nmay_goto +1\nr0 = 1\nif r0 == 0 goto -2\nexit",
                       ERR_VERIFY, 2,
                       "cannot prove that the loop from 3 to 2 ends; load it guarded, with a budget")
/* memory: verified */
#define GUARDED "; guarded mode checks it at run time"
                    REFUSE("below the stack", V, "r0 = *(u8 *)(r10 - 513)\nexit", ERR_VERIFY, 0,
                           "cannot prove the 1-byte read at r10 + -513: r10 is the stack at r10 + 0" GUARDED)
                        REFUSE("above the stack", V, "r0 = 0\n*(u64 *)(r10 - 7) = 0\nexit", ERR_VERIFY, 1,
                               "cannot prove the 8-byte write at r10 + -7: r10 is the stack at r10 + "
                               "0" GUARDED) REFUSE("below the stack by arithmetic", V,
                                                   "r0 = 0\nr1 = r10\nr1 += -512\n*(u8 *)(r1 - 1) = 0\nexit",
                                                   ERR_VERIFY, 3,
                                                   "cannot prove the 1-byte write at r1 + -1: r1 is the "
                                                   "stack at r10 + -512" GUARDED)
                            REFUSE("stack with an unknown index", V,
                                   "r1 = r10\nr1 += r2\nr0 = *(u8 *)(r1 - 8)\nexit", ERR_VERIFY, 2,
                                   "cannot prove the 1-byte read at r1 + -8: r1 is not known" GUARDED)
                                REFUSE(
                                    "stack not written", V, "r0 = *(u64 *)(r10 - 8)\nexit", ERR_VERIFY, 0,
                                    "the 8-byte read of the stack at r10 + -8: not written on every path, or "
                                    "part of a pointer") REFUSE("stack half written", V,
                                                                "*(u32 *)(r10 - 8) = 0\nr0 = *(u64 *)(r10 - "
                                                                "8)\nexit",
                                                                ERR_VERIFY, 1,
                                                                "the 8-byte read of the stack at r10 + -8: "
                                                                "not written on every path, or part of a "
                                                                "pointer") REFUSE("stack written on one path",
                                                                                  V,
                                                                                  "r0 = 0\nif r1 == 0 goto "
                                                                                  "+1\n*(u64 *)(r10 - 8) = "
                                                                                  "0\nr0 = *(u64 *)(r10 - "
                                                                                  "8)\nexit",
                                                                                  ERR_VERIFY, 3,
                                                                                  "the 8-byte read of the "
                                                                                  "stack at r10 + -8: not "
                                                                                  "written on every path, or "
                                                                                  "part of a pointer")
                                    REFUSE(
                                        "piece of a pointer", V,
                                        "*(u64 *)(r10 - 8) = r1\nr0 = *(u32 *)(r10 - 8)\nexit", ERR_VERIFY, 1,
                                        "the 4-byte read of the stack at r10 + -8: not written on every "
                                        "path, or part of a pointer") REFUSE("beyond the context", V,
                                                                             "r0 = *(u64 *)(r1 + 9)\nexit",
                                                                             ERR_VERIFY, 0,
                                                                             "cannot prove the 8-byte read "
                                                                             "at r1 + 9: r1 is the context "
                                                                             "(16 bytes) + 0" GUARDED)
                                        REFUSE("before the context", V, "r0 = *(u64 *)(r1 - 1)\nexit",
                                               ERR_VERIFY, 0,
                                               "cannot prove the 8-byte read at r1 + -1: r1 is the context "
                                               "(16 bytes) + 0" GUARDED) REFUSE("atomic in the context", V,
                                                                                "r0 = 0\nlock *(u64 *)(r1 + "
                                                                                "0) += r0\nexit",
                                                                                ERR_VERIFY, 1,
                                                                                "cannot prove the 8-byte "
                                                                                "atomic access at r1 + 0: r1 "
                                                                                "is the context (16 bytes) + "
                                                                                "0" GUARDED)
                                            REFUSE("misaligned atomic", V,
                                                   "r0 = 0\n*(u64 *)(r10 - 8) = 0\n*(u64 *)(r10 - 16) = "
                                                   "0\nlock *(u64 *)(r10 - 12) += r0\nexit",
                                                   ERR_VERIFY, 3,
                                                   "cannot prove the 8-byte atomic access at r10 + -12: r10 "
                                                   "is the stack at r10 + 0" GUARDED)
                                                REFUSE(
                                                    "number as a pointer", V,
                                                    "r2 = 4096\nr0 = *(u8 *)(r2 + 0)\nexit", ERR_VERIFY, 1,
                                                    "cannot prove the 1-byte read at r2 + 0: r2 is the "
                                                    "number 4096" GUARDED) REFUSE("pointer cut to 32 bits", V,
                                                                                  "w1 = w1\nr0 = *(u8 *)(r1 "
                                                                                  "+ 0)\nexit",
                                                                                  ERR_VERIFY, 1,
                                                                                  "cannot prove the 1-byte "
                                                                                  "read at r1 + 0: r1 is "
                                                                                  "not known" GUARDED)
                                                    REFUSE("map as memory", V,
                                                           "r1 = map_by_idx(0) ll\nr0 = *(u64 *)(r1 + "
                                                           "0)\nexit",
                                                           ERR_VERIFY, 2,
                                                           "cannot prove the 8-byte read at r1 + 0: r1 is "
                                                           "map counts" GUARDED) REFUSE("beyond a map value",
                                                                                        V,
                                                                                        "r1 = "
                                                                                        "map_val(map_by_idx("
                                                                                        "2)) + 8 ll\nr0 = "
                                                                                        "*(u64 *)(r1 + "
                                                                                        "1)\nexit",
                                                                                        ERR_VERIFY, 2,
                                                                                        "cannot prove the "
                                                                                        "8-byte read at r1 "
                                                                                        "+ 1: r1 is a value "
                                                                                        "of map fixed (16 "
                                                                                        "bytes) + 8" GUARDED)
                                                        REFUSE("write to a read-only map", V,
                                                               "r0 = 0\nr1 = map_val(map_by_idx(3)) + 0 "
                                                               "ll\n*(u64 *)(r1 + 0) = 1\nexit",
                                                               ERR_VERIFY, 3,
                                                               "cannot prove the 8-byte write at r1 + 0: "
                                                               "r1 is a value of map table_ro (8 bytes) "
                                                               "+ 0" GUARDED)
#define LOOKUP "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\n"
                                                            REFUSE(
                                                                "value not compared with 0", V,
                                                                LOOKUP
                                                                "r0 = *(u64 *)(r0 + 0)\nexit",
                                                                ERR_VERIFY, 6,
                                                                "cannot prove the 8-byte read at r0 + "
                                                                "0: r0 is a value of map counts or "
                                                                "NULL, not yet compared with "
                                                                "0" GUARDED) REFUSE("value on the wrong "
                                                                                    "branch",
                                                                                    V,
                                                                                    LOOKUP
                                                                                    "if r0 != 0 goto +1\nr0 "
                                                                                    "= *(u64 "
                                                                                    "*)(r0 + 0)\nexit",
                                                                                    ERR_VERIFY, 7,
                                                                                    "cannot prove the 8-byte "
                                                                                    "read at r0 "
                                                                                    "+ 0: r0 is the number "
                                                                                    "0" GUARDED)
                                                                REFUSE("value compared in 32 bits", V,
                                                                       LOOKUP "if w0 == 0 goto +1\nr0 = "
                                                                              "*(u64 *)(r0 + 0)\nexit",
                                                                       ERR_VERIFY, 7,
                                                                       "cannot prove the 8-byte read "
                                                                       "at r0 + 0: r0 is a value of "
                                                                       "map counts or NULL, not yet "
                                                                       "compared with 0" GUARDED)
                                                                    REFUSE("value moved before the "
                                                                           "comparison",
                                                                           V,
                                                                           LOOKUP "r0 += 8\nif r0 == 0 goto "
                                                                                  "+1\nr0 = *(u64 *)(r0 - "
                                                                                  "8)\nexit",
                                                                           ERR_VERIFY, 8,
                                                                           "cannot prove the 8-byte "
                                                                           "read at r0 + -8: r0 is "
                                                                           "not known" GUARDED)
                                                                        REFUSE("an older value than the "
                                                                               "one compared",
                                                                               V,
                                                                               "r6 = 0\nr7 = "
                                                                               "2\nagain:\n" LOOKUP
                                                                               "if r7 == 1 goto "
                                                                               "last\nr6 = r0\nr7 = "
                                                                               "1\nmay_goto out\ngoto "
                                                                               "again\nlast:\nif r0 == "
                                                                               "0 goto out\nr0 = *(u64 "
                                                                               "*)(r6 + "
                                                                               "0)\nexit\nout:\nr0 = "
                                                                               "0\nexit",
                                                                               ERR_VERIFY, 14,
                                                                               "cannot prove the 8-byte "
                                                                               "read at r6 + 0: r6 is "
                                                                               "not known" GUARDED)
                                                                            REFUSE("beyond a value", V,
                                                                                   LOOKUP "if r0 == 0 goto "
                                                                                          "+1\nr0 = *(u64 "
                                                                                          "*)(r0 + 1)\nexit",
                                                                                   ERR_VERIFY, 7,
                                                                                   "cannot prove the "
                                                                                   "8-byte read at r0 + "
                                                                                   "1: r0 is a value of "
                                                                                   "map counts (8 "
                                                                                   "bytes) + 0" GUARDED)
                                                                                REFUSE("spilled pointer "
                                                                                       "overwritten",
                                                                                       V,
                                                                                       "*(u64 *)(r10 - "
                                                                                       "8) = r1\n*(u8 "
                                                                                       "*)(r10 - 5) = "
                                                                                       "0\nr1 = *(u64 "
                                                                                       "*)(r10 - 8)\nr0 "
                                                                                       "= *(u8 *)(r1 + "
                                                                                       "0)\nexit",
                                                                                       ERR_VERIFY, 3,
                                                                                       "cannot prove "
                                                                                       "the 1-byte read "
                                                                                       "at r1 + 0: r1 "
                                                                                       "is not "
                                                                                       "known" GUARDED)
                                                                                    REFUSE("the "
                                                                                           "caller's "
                                                                                           "stack",
                                                                                           V,
                                                                                           "*(u64 "
                                                                                           "*)(r10 - 8) "
                                                                                           "= 0\nr1 = "
                                                                                           "r10\ncall "
                                                                                           "f\nexit\nf:"
                                                                                           "\nr0 = "
                                                                                           "*(u64 *)(r1 "
                                                                                           "- 8)\nexit",
                                                                                           ERR_VERIFY, 4,
                                                                                           "cannot "
                                                                                           "prove the "
                                                                                           "8-byte read "
                                                                                           "at r1 + -8: "
                                                                                           "r1 is not "
                                                                                           "know"
                                                                                           "n" GUARDED)
                                                                                        REFUSE("returned"
                                                                                               " stack",
                                                                                               V,
                                                                                               "call "
                                                                                               "f\nr0 = "
                                                                                               "*(u64 "
                                                                                               "*)(r0 - "
                                                                                               "8)"
                                                                                               "\nexit\n"
                                                                                               "f:\nr0 "
                                                                                               "= "
                                                                                               "r10\nexi"
                                                                                               "t",
                                                                                               ERR_VERIFY, 1,
                                                                                               "cannot "
                                                                                               "prove "
                                                                                               "the "
                                                                                               "8-byte "
                                                                                               "read at "
                                                                                               "r0 + "
                                                                                               "-8: r0 "
                                                                                               "is not "
                                                                                               "know"
                                                                                               "n" GUARDED)
                                                                                            REFUSE(
                                                                                                "result of a "
                                                                                                "tail call "
                                                                                                "in a "
                                                                                                "function",
                                                                                                V,
                                                                                                "call f\nr0 "
                                                                                                "= *(u64 "
                                                                                                "*)(r0 + "
                                                                                                "0)\nexit\nf:"
                                                                                                "\nr2 = "
                                                                                                "map_by_idx("
                                                                                                "0) ll\nr3 = "
                                                                                                "0\ncall "
                                                                                                "12\nr0 = "
                                                                                                "map_val(map_"
                                                                                                "by_idx(2)) "
                                                                                                "+ 0 "
                                                                                                "ll\nexit",
                                                                                                ERR_VERIFY, 1,
                                                                                                "cannot "
                                                                                                "prove the "
                                                                                                "8-byte read "
                                                                                                "at r0 + 0: "
                                                                                                "r0 is not "
                                                                                                "know"
                                                                                                "n" GUARDED)
    /* helper arguments: verified */
    REFUSE("key not written", V, "r2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\nr0 = 0\nexit",
           ERR_VERIFY, 4, "cannot prove argument 2 of map_lookup_elem: r2 is the stack at r10 + -4" GUARDED)
        REFUSE("key too short", V,
               "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(1) ll\ncall 1\nr0 = 0\nexit",
               ERR_VERIFY, 5,
               "cannot prove argument 2 of map_lookup_elem: r2 is the stack at r10 + -4" GUARDED)
            REFUSE("no map", V, "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\ncall 1\nr0 = 0\nexit", ERR_VERIFY,
                   3, "cannot prove argument 1 of map_lookup_elem: r1 is the context (16 bytes) + 0" GUARDED)
                REFUSE("size not known", V, "call 2000001\nexit", ERR_VERIFY, 0,
                       "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0" GUARDED)
                    REFUSE("size too large", V, "r2 = 17\ncall 2000001\nexit", ERR_VERIFY, 1,
                           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0" GUARDED)
                        REFUSE("size 0", V, "r2 = 0\ncall 2000001\nexit", ERR_VERIFY, 1,
                               "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + "
                               "0" GUARDED) REFUSE("negative size", V, "r2 = -1\ncall 2000001\nexit",
                                                   ERR_VERIFY, 1,
                                                   "cannot prove argument 1 of user_read: r1 is the context "
                                                   "(16 bytes) + 0" GUARDED)
                            REFUSE("NULL with a size", V, "r1 = 0\nr2 = 1\ncall 2000002\nr0 = 0\nexit",
                                   ERR_VERIFY, 2,
                                   "cannot prove argument 1 of user_write: r1 is the number 0" GUARDED)
                                REFUSE(
                                    "helper writes to a read-only map", V,
                                    "r1 = map_val(map_by_idx(3)) + 0 ll\nr2 = 8\ncall 2000002\nr0 = 0\nexit",
                                    ERR_VERIFY, 3,
                                    "cannot prove argument 1 of user_write: r1 is a value of map table_ro (8 "
                                    "bytes) + 0" GUARDED)
                                    REFUSE("no function", V, "r2 = r1\ncall 2000004\nexit", ERR_VERIFY, 1,
                                           "cannot prove argument 1 of user_each: r1 is the context (16 "
                                           "bytes) + 0" GUARDED)
                                        REFUSE("no context", V,
                                               "r2 = r1\nr2 += 1\nr1 = code_addr(3) ll\ncall "
                                               "2000004\nexit\nf:\nr0 = 0\nexit",
                                               ERR_VERIFY, 4,
                                               "cannot prove argument 2 of user_each: r2 is the context (16 "
                                               "bytes) + 1" GUARDED)
                                            REFUSE("text that may change", V,
                                                   "r1 = map_val(map_by_idx(2)) + 0 ll\ncall 2000006\nexit",
                                                   ERR_VERIFY, 2,
                                                   "cannot prove argument 1 of user_print: r1 is a value of "
                                                   "map fixed (16 bytes) + 0" GUARDED)
#undef REFUSE
};

/* Accepted programs, and the instructions that guarded mode guards ("" for none). Verified accepts those
 * without. */
static const struct acceptance {
    const char *name, *text, *guards;
    int modes;
} acceptances[] = {
#define ACCEPT(name, text, guards, modes) {name, text, guards, modes},
    ACCEPT("stack", "*(u64 *)(r10 - 512) = 1\nr0 = *(u64 *)(r10 - 512)\nexit", "", ALL) ACCEPT(
        "stack by arithmetic",
        "r1 = r10\nr1 -= 100\nr2 = -12\nr1 += r2\n*(u64 *)(r1 - 400) = 1\nr0 = *(u64 *)(r1 - 400)\nexit", "",
        ALL) ACCEPT("context", "r0 = *(u64 *)(r1 + 8)\n*(u32 *)(r1 + 12) = r0\nexit", "",
                    ALL) ACCEPT("context in another register",
                                "r6 = r1\nr6 += 4\ncall 2000007\nr0 = *(u32 *)(r6 + 8)\nexit", "",
                                ALL) ACCEPT("spilled context",
                                            "*(u64 *)(r10 - 8) = r1\ncall 2000007\nr1 = *(u64 *)(r10 - "
                                            "8)\nr0 = *(u32 *)(r1 + 8)\nexit",
                                            "", ALL)
        ACCEPT("same pointer from two paths",
               "r6 = r1\nif r2 == 0 goto +3\nr1 = r6\nr1 += 8\ngoto +1\nr1 += 8\nr0 = *(u64 *)(r1 + 0)\nexit",
               "", ALL) ACCEPT("other pointers from two paths",
                               "r6 = r1\nif r2 == 0 goto +1\nr6 += 8\nr0 = *(u64 *)(r6 + 0)\nexit", "3",
                               G | T)
            ACCEPT("map value", LOOKUP "if r0 == 0 goto +1\nr0 = *(u64 *)(r0 + 0)\nexit", "", ALL) ACCEPT(
                "map value by !=", LOOKUP "if r0 != 0 goto +2\nr0 = 0\nexit\nr0 = *(u64 *)(r0 + 0)\nexit", "",
                ALL) ACCEPT("copy of a map value",
                            LOOKUP
                            "r6 = r0\nif r0 == 0 goto +2\nr0 = 1\nlock *(u64 *)(r6 + 0) += r0\nr0 = 0\nexit",
                            "", ALL)
                ACCEPT(
                    "section value",
                    "r1 = map_val(map_by_idx(2)) + 4 ll\n*(u32 *)(r1 + 8) = 1\nr0 = *(u32 *)(r1 - 4)\nexit",
                    "", ALL) ACCEPT("read of a read-only map",
                                    "r1 = map_val(map_by_idx(3)) + 0 ll\nr0 = *(u64 *)(r1 + 0)\nexit", "",
                                    ALL)
                    ACCEPT("memory for a helper",
                           "*(u64 *)(r10 - 8) = 1\nr1 = r10\nr1 += -8\nr2 = 8\ncall 2000001\nexit", "", ALL)
                        ACCEPT("memory from a helper",
                               "r1 = r10\nr1 += -16\nr2 = 16\ncall 2000002\nr0 = *(u64 *)(r10 - 16)\nexit",
                               "", ALL) ACCEPT("NULL without a size",
                                               "r1 = 0\nr2 = 0\ncall 2000002\nr0 = 0\nexit", "", ALL)
                            ACCEPT("a long from a helper",
                                   "r1 = r10\nr1 += -8\nr2 = 0\ncall 2000005\nr0 = *(u64 *)(r10 - 8)\nexit",
                                   "", ALL)
                                ACCEPT("a function for a helper",
                                       "r2 = r1\nr1 = code_addr(3) ll\ncall 2000004\nexit\nf:\nr0 = r5\nexit",
                                       "", ALL) ACCEPT("context to a function",
                                                       "call f\nexit\nf:\nr0 = *(u64 *)(r1 + 8)\nexit", "",
                                                       ALL) ACCEPT("pointers from two callers",
                                                                   "r6 = r1\ncall f\nr1 = r6\nr1 += 8\ncall "
                                                                   "f\nexit\nf:\nr0 = *(u64 *)(r1 + 0)\nexit",
                                                                   "6", G | T)
                                    ACCEPT(
                                        "map value from a function",
                                        "call f\nif r0 == 0 goto +1\nr0 = *(u64 *)(r0 + 0)\nexit\nf:\n" LOOKUP
                                        "exit",
                                        "", ALL) ACCEPT("map value from a function by lddw",
                                                        "call f\nr0 = *(u64 *)(r0 + 0)\nexit\nf:\nr0 = "
                                                        "map_val(map_by_idx(2)) + 0 ll\nexit",
                                                        "", ALL)
                                        ACCEPT("saved registers",
                                               "r6 = r1\ncall f\nr0 = *(u8 *)(r6 + 0)\nexit\nf:\nr6 "
                                               "= 0\nr0 = 0\nexit",
                                               "", ALL) ACCEPT("function without a result",
                                                               "call f\nr0 = 0\nexit\nf:\nexit", "", ALL)
                                            ACCEPT("may_goto", "r0 = 0\nmay_goto +2\nr0 += 1\ngoto -3\nexit",
                                                   "", ALL) ACCEPT("backward jump without a loop",
                                                                   "r0 = 0\ngoto +2\nr0 += 1\nexit\nif r1 == "
                                                                   "0 goto -3\ngoto -4",
                                                                   "", ALL)
                                                ACCEPT("eight frames",
                                                       "call b\nexit\nb:\ncall c\nexit\nc:\ncall "
                                                       "d\nexit\nd:\ncall e\nexit\ne:\ncall "
                                                       "f\nexit\nf:\ncall g\nexit\ng:\ncall h\nexit\n"
                                                       "h:\nr0 = 0\nexit",
                                                       "", ALL)
                                                    ACCEPT(
                                                        "packet",
                                                        "r0 = *(u32 *)skb[4]\nr0 = *(u8 *)skb[r0 + 1]\nexit",
                                                        "", ALL)
    /* guarded mode goes on where the proof ends */
    ACCEPT("arguments of the run", "r0 = r3\nr0 += r4\nr0 += r5\nexit", "", G | T) ACCEPT(
        "loop", "r0 = 10\nr0 += -1\nif r0 != 0 goto -2\nexit", "",
        G | T) ACCEPT("unknown pointer",
                      "r3 = *(u64 *)(r1 + 0)\nr0 = *(u64 *)(r3 + 0)\n*(u8 *)(r3 + 1) = 0\nexit", "1 2", G | T)
        ACCEPT("atomics",
               "r0 = 0\nr2 = r1\nlock *(u64 *)(r2 + 0) += r0\nr0 = load_acquire((u64 *)(r2 + "
               "0))\nstore_release((u8 *)(r10 - 1), w0)\nexit",
               "2 3", G | T) ACCEPT("checked write loses what the stack held",
                                    "r3 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 8) = r1\n*(u8 *)(r3 + 0) = 0\nr1 "
                                    "= *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r1 + 0)\nexit",
                                    "2 4", G | T) ACCEPT("call loses what the stack held",
                                                         "*(u64 *)(r10 - 8) = r1\ncall f\nr1 = *(u64 *)(r10 "
                                                         "- 8)\nr0 = *(u8 *)(r1 + 0)\nexit\nf:\nr0 = 0\nexit",
                                                         "3", ALL)
            ACCEPT("helper argument", "r1 = *(u64 *)(r1 + 0)\nr2 = 8\ncall 2000001\nexit", "2", G | T)
                ACCEPT("recursion", "call f\nexit\nf:\nr0 = 0\nif r1 == 0 goto +2\nr1 += -1\ncall f\nexit",
                       "", G | T) ACCEPT("callx",
                                         "r2 = code_addr(4) ll\ncallx r2\nr0 = *(u64 *)(r10 - "
                                         "8)\nexit\nf:\nr0 = *(u8 *)(r1 + 0)\nexit",
                                         "2 5", G | T)
                    ACCEPT("function that is not called",
                           "r0 = 0\nr1 = code_addr(2) ll\nexit\nf:\nr0 = *(u8 *)(r1 + 0)\nexit", "4", G | T)
                        ACCEPT("unknown function changes no proof of r10",
                               "callx r1\nr0 = *(u8 *)(r10 - 1)\nexit", "0", G | T)
                            ACCEPT("unset register", "r0 = r6\nexit", "", T)
#undef ACCEPT
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

/* The guarded instructions of an object, as "2 5". */
static void guards_of(const mybpf_object *object, char *text, size_t size)
{
    const mybpf_code *code = mybpf_object_code(object);
    size_t length = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < code->insn_count && length < size; i++)
        if (code->facts[i] & MYBPF_FACT_GUARD)
            length += (size_t)snprintf(text + length, size - length, length ? " %u" : "%u", i);
}

TEST(verify, acceptances)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    for (size_t i = 0; i < sizeof acceptances / sizeof *acceptances; i++) {
        const struct acceptance *a = &acceptances[i];
        mybpf_insn insns[64];
        int64_t count;
        CASE("%s", a->name);
        count = assemble(a->text, insns);
        if (count < 0) continue;
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            char guards[256];
            int rc = load(vm, maps, insns, (size_t)count, (mybpf_trust)trust, 16, &object, &error);
            CASE("%s, trust %d: %s", a->name, trust, error.message);
            CHECK_INT(rc, a->modes >> trust & 1 ? 0 : MYBPF_ERR_VERIFY);
            if (rc) continue;
            guards_of(object, guards, sizeof guards);
            CHECK_TEXT(guards, trust == MYBPF_GUARDED ? a->guards : "");
            mybpf_object_close(object);
        }
    }
    drop_vm(vm, maps);
}

/* ---- the kernel's verdicts ---- */

/* Maps that the data names; the types that do not run are left out. */
static const struct {
    const char *kind;
    mybpf_map_desc desc;
} kernel_maps[] = {
    {"map_hash_8b", {"hash_8b", MYBPF_MAP_TYPE_HASH, 8, 8, 1, 0}},
    {"map_hash_16b", {"hash_16b", MYBPF_MAP_TYPE_HASH, 8, 16, 1, 0}},
    {"map_hash_48b", {"hash_48b", MYBPF_MAP_TYPE_HASH, 8, 48, 1, 0}},
    {"map_array_48b", {"array_48b", MYBPF_MAP_TYPE_ARRAY, 4, 48, 1, 0}},
    {"map_array_ro", {"array_ro", MYBPF_MAP_TYPE_ARRAY, 4, 48, 1, MYBPF_F_RDONLY_PROG}},
    {"map_array_wo", {"array_wo", MYBPF_MAP_TYPE_ARRAY, 4, 48, 1, MYBPF_F_WRONLY_PROG}},
    {"map_array_small", {"array_small", MYBPF_MAP_TYPE_ARRAY, 4, 1, 1, 0}},
    {"prog1", {"prog1", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0}},
    {"prog2", {"prog2", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8, 0}},
};
enum { KERNEL_MAPS = sizeof kernel_maps / sizeof *kernel_maps };

/* Puts map indices into the lddw of the current program; 0 when it wants a map that does not run. */
static int put_maps(corpus *c, mybpf_insn *insns, size_t count)
{
    const char *item;
    for (size_t i = 0; (item = corpus_item(c, "fixups", i)); i++) {
        char kind[32];
        unsigned insn, map = 0;
        if (sscanf(item, "[%u, \"%31[^\"]", &insn, kind) != 2 || insn >= count) return 0;
        while (map < KERNEL_MAPS && strcmp(kernel_maps[map].kind, kind)) map++;
        if (map == KERNEL_MAPS) return 0;
        insns[insn].imm = (int32_t)map;
    }
    return 1;
}

/* Refused by the kernel, accepted here, for a reason that is no danger. */
static const struct {
    unsigned id;
    const char *reason;
} differences[] = {
    {73, "reads r2, which is the context's size here"},
    {233, "reads r2, which is the context's size here"},
    {142, "a pointer leaves its map value, but is not followed"},
    {143, "a pointer leaves its map value, but is not followed"},
    {147, "a pointer leaves its map value, but is not followed"},
    {169, "a pointer becomes a number"},
    {261, "every function has a frame of its own, 544 bytes together do no harm"},
    {789, "names map 1, which exists here"},
};

static int is_difference(unsigned id)
{
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
        if (differences[i].id == id) return 1;
    return 0;
}

/* No program may crash the verifier. Those that need neither a kernel's context nor its helpers and that the
 * kernel refuses are not accepted in verified mode. */
TEST(verify, kernel_verdicts)
{
    mybpf_map *maps[KERNEL_MAPS];
    mybpf_vm *vm = NULL;
    int counts[2][2] = {{0}};
    corpus c;
    if (!corpus_open(&c, "verifier/linux_verdicts.jsonl")) SKIP("MYBPF_CORPUS is not set");
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (int i = 0; i < KERNEL_MAPS; i++)
        CHECK_INT(mybpf_map_create(vm, &kernel_maps[i].desc, &maps[i], NULL), 0);
    while (corpus_next(&c)) {
        size_t count = 0;
        unsigned id = (unsigned)corpus_number(&c, "id", 0);
        int core = !strcmp(corpus_text(&c, "tier"), "core"),
            accepted = !strcmp(corpus_text(&c, "verdict"), "ACCEPT");
        mybpf_insn *insns = (mybpf_insn *)corpus_insns(&c, "insns", &count);
        mybpf_raw_desc raw = {NULL, (uint32_t)corpus_number(&c, "prog_type", 0), maps, KERNEL_MAPS};
        if (!put_maps(&c, insns, count)) continue;
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            mybpf_load_opts opts = {0};
            mybpf_object *object = NULL;
            mybpf_error error = {0};
            int rc;
            opts.trust = (mybpf_trust)trust;
            CASE("%u: %s", id, corpus_text(&c, "name"));
            rc = mybpf_object_open_insns(vm, insns, count, &raw, &object, &error);
            if (!rc) rc = mybpf_object_load(object, &opts, &error);
            mybpf_object_close(object);
            if (rc) CHECK(error.message[0] && error.code == rc);
            if (trust != MYBPF_VERIFIED || !core) continue;
            counts[accepted][!rc]++;
            if (getenv("MYBPF_TEST_VERBOSE") && accepted && rc)
                printf("  %u: %s: %s\n", id, corpus_text(&c, "name"), error.message);
            if (!accepted && !rc && !is_difference(id))
                test_fail(__FILE__, __LINE__, "accepted, the kernel refuses it");
        }
    }
    printf(
        "  kernel accepts %d: verified mode accepts %d; kernel refuses %d: accepts %d, listed with reasons\n",
        counts[1][0] + counts[1][1], counts[1][1], counts[0][0] + counts[0][1], counts[0][1]);
    for (int i = 0; i < KERNEL_MAPS; i++) mybpf_map_unref(maps[i]);
    mybpf_vm_destroy(vm);
    corpus_close(&c);
}

/* ---- every instruction with each field it has no use for ---- */

#define FORMAT_USES(name, dst, src, off, imm) {dst, src, off, imm},
static const struct {
    int dst, src, off, imm;
} uses[] = {MYBPF_FORMATS(FORMAT_USES)};

/* Loads `insn` with what it needs around it, trusted: nothing but its fields is checked. */
static int load_one(mybpf_vm *vm, mybpf_map *maps[MAPS], mybpf_insn insn, mybpf_error *error)
{
    mybpf_insn insns[6];
    size_t count = 0;
    memset(insns, 0, sizeof insns);
    insns[count++] = insn;
    if (insn.code == 0x18) count++;
    if (insn.code != 0x95) {
        insns[count++].code = 0xb7;
        insns[count++].code = 0x95;
    }
    if (insn.code == 0x85 && insn.src_reg == 1) {
        insns[count++].code = 0xb7;
        insns[count++].code = 0x95;
    }
    return load(vm, maps, insns, count, MYBPF_TRUSTED, 0, NULL, error);
}

TEST(verify, reserved_fields)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        const mybpf_op_info *info = mybpf_op_describe(op);
        int used[4] = {uses[info->format].dst, uses[info->format].src, uses[info->format].off,
                       uses[info->format].imm};
        mybpf_insn good;
        mybpf_error error = {0};
        memset(&good, 0, sizeof good);
        good.code = info->code;
        if (info->select == MYBPF_SELECT_OFF) good.off = info->value, used[2] = 1;
        if (info->select == MYBPF_SELECT_IMM) good.imm = info->value, used[3] = 1;
        if (info->select == MYBPF_SELECT_SRC) good.src_reg = (uint8_t)info->value & 15u, used[1] = 1;
        if (info->format == MYBPF_FORMAT_CALL) good.imm = MYBPF_HELPER_USER + 7;
        if (info->format == MYBPF_FORMAT_CALL_LOCAL) good.imm = 2;
        CASE("%s", info->name);
        CHECK_INT(load_one(vm, maps, good, &error),
                  info->format == MYBPF_FORMAT_CALL_KFUNC ? MYBPF_ERR_UNSUPPORTED : 0);
        for (int field = 0; field < 4; field++) {
            /* a register that is used has 16 numbers and 11 meanings; what is not used is 0 */
            mybpf_insn bad = good;
            if (field >= 2 && used[field]) continue;
            if (field == 1 && info->select == MYBPF_SELECT_SRC) continue;
            if (field == 0) bad.dst_reg = used[0] ? 11 : 1;
            if (field == 1) bad.src_reg = used[1] ? 12 : 1;
            if (field == 2) bad.off = 5; /* selects nothing */
            if (field == 3) bad.imm = 0x4000;
            if (mybpf_insn_op(&bad) != op && mybpf_insn_op(&bad) >= 0)
                continue; /* became another instruction */
            CASE("%s, field %d", info->name, field);
            CHECK_INT(load_one(vm, maps, bad, &error), MYBPF_ERR_VERIFY);
            CHECK_INT(error.insn, 0);
        }
    }
    drop_vm(vm, maps);
}

/* What was proven of the context holds only where it is given. */
TEST(verify, promised_context)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    mybpf_insn insns[64];
    uint64_t ctx[2] = {7, 9}, r0 = 0, args[5] = {0};
    int64_t count = assemble("r0 = *(u64 *)(r1 + 8)\nexit", insns);
    mybpf_run_opts run = {0};
    CHECK_INT(load(vm, maps, insns, (size_t)count, MYBPF_GUARDED, sizeof ctx, &object, &error), 0);
    run.ctx = ctx;
    run.ctx_size = sizeof ctx;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
    CHECK_INT(r0, 9);
    run.args = args;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), MYBPF_ERR_ARGUMENT);
    CHECK_TEXT(error.message,
               "the load promised a context of 16 bytes, the run gives arguments instead of 16");
    run.args = NULL;
    run.ctx_size = 8;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), MYBPF_ERR_ARGUMENT);
    CHECK_TEXT(error.message, "the load promised a context of 16 bytes, the run gives 8");
    mybpf_object_close(object);
    drop_vm(vm, maps);
}
