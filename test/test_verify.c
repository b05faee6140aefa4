/* test_verify.c: what each trust mode refuses, with its message, and what it accepts and guards. */
#include "corpus.h"
#include "mybpf.h"
#include "test.h"
#include "verdicts.h"
#include "verify_cases.h"
#include "verify_reports.h"

#include <stdlib.h>

enum { COUNTS, TABLE, FIXED, TABLE_RO, PROGRAMS, MAPS }; /* map indices in the cases' lddw */

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
         NULL,
         0,
         {0},
         0},
        {MYBPF_HELPER_USER + 2,
         "user_write",
         nothing,
         MYBPF_RET_VOID,
         {MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE_OR_ZERO},
         0,
         NULL,
         0,
         {0},
         0},
        {MYBPF_HELPER_USER + 3,
         "user_gone",
         NULL,
         MYBPF_RET_INTEGER,
         {0},
         0,
         "this host has no clock",
         0,
         {0},
         0},
        {MYBPF_HELPER_USER + 4,
         "user_each",
         nothing,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_FUNC, MYBPF_ARG_CTX},
         MYBPF_HELPER_MAY_STOP,
         NULL,
         0,
         {0},
         0},
        {MYBPF_HELPER_USER + 5,
         "user_long",
         nothing,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_PTR_LONG, MYBPF_ARG_ANY},
         0,
         NULL,
         0,
         {0},
         0},
        {MYBPF_HELPER_USER + 6,
         "user_print",
         nothing,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_STRING},
         0,
         NULL,
         0,
         {0},
         0},
        {MYBPF_HELPER_USER + 7, "user_zero", nothing, MYBPF_RET_INTEGER, {0}, 0, NULL, 0, {0}, 0},
        {MYBPF_HELPER_USER + 99, "user_secret", nothing, MYBPF_RET_INTEGER, {0}, 0, NULL, 0, {0}, 0},
    };
    static const mybpf_map_desc descs[MAPS] = {
        {"counts", MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 0, 0, NULL},
        {"table", MYBPF_MAP_TYPE_HASH, 8, 16, 4, 0, 0, NULL},
        {"fixed", MYBPF_MAP_TYPE_ARRAY, 4, 16, 1, 0, 0, NULL},
        {"table_ro", MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, MYBPF_F_RDONLY_PROG, 0, NULL},
        {"programs", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0, 0, NULL},
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
static mybpf_log_fn told_by_load; /* of the loads that follow, with told_user */
static void *told_user;
static int told_level;

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
    opts.policies = MYBPF_POLICY_NO_UNINIT_STACK; /* the others: test_verify_policy.c */
    opts.log = told_by_load;
    opts.log_user = told_user;
    opts.log_level = told_level;
    rc = mybpf_object_open_insns(vm, insns, count, &raw, &made, error);
    if (!rc) rc = mybpf_object_load(made, &opts, error);
    if (!rc && object)
        *object = made;
    else
        mybpf_object_close(made);
    return rc;
}

/* ---- programs as text ---- */

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

/* ---- the whole text of a refusal ---- */

typedef struct told_text {
    char text[4096];
    size_t used;
    unsigned kinds; /* of its lines, a bit each */
} told_text;

static void tell_text(void *user, const mybpf_log_line *line)
{
    told_text *told = (told_text *)user;
    told->kinds |= 1u << line->kind;
    CHECK(line->value >= line->text && line->value <= line->text + strlen(line->text));
    if (line->kind == MYBPF_LOG_PROGRAM || told->used >= sizeof told->text) return;
    told->used +=
        (size_t)snprintf(told->text + told->used, sizeof told->text - told->used, "%s\n", line->text);
}

/* MYBPF_PRINT=1 prints what the table should have. */
static void print_report(const char *name, const char *text)
{
    printf("    REPORT(\"%s\",", name);
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1)
        printf("\n           \"%.*s\\n\"", (int)(end - text), text);
    printf(")\n");
}

TEST(verify, reports)
{
    mybpf_map *maps[MAPS];
    mybpf_vm *vm = make_vm(maps);
    size_t known = 0, count = sizeof reports / sizeof *reports;
    CHECK(count >= 40);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        if (strstr(r->message, "names map ")) continue; /* the object is not even opened */
        static told_text told;
        mybpf_insn insns[64];
        int64_t length = assemble(r->text, insns);
        mybpf_trust trust = r->modes & V ? MYBPF_VERIFIED : MYBPF_GUARDED;
        told.used = told.kinds = 0;
        told.text[0] = 0;
        told_by_load = tell_text;
        told_user = &told;
        CASE("%s", r->name);
        if (length > 0) CHECK_INT(load(vm, maps, insns, (size_t)length, trust, 16, NULL, NULL), r->status);
        told_by_load = NULL;
        CHECK(told.kinds >> MYBPF_LOG_INSN & 1);
        CHECK(told.kinds >> MYBPF_LOG_WHAT & 1);
        CHECK(told.kinds >> MYBPF_LOG_WHY & 1);
        CHECK(told.kinds >> MYBPF_LOG_HELP & 1);
        if (getenv("MYBPF_PRINT")) print_report(r->name, told.text);
        for (size_t k = 0; k < count; k++) {
            if (strcmp(reports[k].name, r->name)) continue;
            CHECK_TEXT(told.text, reports[k].text);
            known++;
        }
    }
    CHECK_INT(known, count);
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

/* Where the verdict differs from the kernel's, and why. */
static const struct {
    unsigned id;
    int accepted; /* here, and refused by the kernel */
    const char *reason;
} differences[] = {
    {855, 0, "reads the kernel's own structure of a map"},
};

static int is_difference(unsigned id, int accepted)
{
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
        if (differences[i].id == id && differences[i].accepted == accepted) return 1;
    return 0;
}

/* The verdicts are those of an x86-64 kernel: where a context begins with the machine's registers, others
 * have its fields elsewhere. */
static int is_machines_own(uint32_t type)
{
#if defined(__x86_64__)
    (void)type;
    return 0;
#else
    return type == MYBPF_PROG_TYPE_KPROBE || type == MYBPF_PROG_TYPE_PERF_EVENT;
#endif
}

/* No program may crash the verifier, and in verified mode the verdict is the kernel's, but for programs that
 * want a helper or a kind of map that does not run here. */
TEST(verify, kernel_verdicts)
{
    mybpf_vm *vm = NULL;
    int counts[2][2] = {{0}};
    verdict_program program;
    corpus c;
    if (!corpus_open(&c, "verifier/linux_verdicts.jsonl")) SKIP("MYBPF_CORPUS is not set");
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    while (corpus_next(&c)) {
        unsigned id = (unsigned)corpus_number(&c, "id", 0);
        int accepted = !strcmp(corpus_text(&c, "verdict"), "ACCEPT"), known = !verdict_open(&program, vm, &c);
        CASE("%u: %s", id, corpus_text(&c, "name"));
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED && known; trust++) {
            mybpf_error error;
            int rc = verdict_load(&program, (mybpf_trust)trust, &error);
            if (rc) CHECK(error.message[0] && error.code == rc);
            if (trust != MYBPF_VERIFIED || rc == MYBPF_ERR_UNSUPPORTED || is_machines_own(program.type))
                continue;
            counts[accepted][!rc]++;
            if (accepted != !rc && !is_difference(id, !rc))
                test_fail(__FILE__, __LINE__, "%s; the kernel %s it", rc ? error.message : "accepted",
                          accepted ? "accepts" : "refuses");
        }
        verdict_close(&program);
    }
    printf("  kernel accepts %d: verified mode accepts %d; kernel refuses %d: accepts %d\n",
           counts[1][0] + counts[1][1], counts[1][1], counts[0][0] + counts[0][1], counts[0][1]);
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

/* Fields of the context that point into the packet are believed only where the run gives that memory. */
TEST(verify, promised_packet)
{
    static const char text[] = "r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r2\nr4 += 4\nr0 = 0\n"
                               "if r4 > r3 goto +1\nr0 = *(u32 *)(r2 + 0)\nexit";
    uint32_t ctx[5] = {0x1000, 0x1004, 0x1000, 0, 0};
    mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_XDP, NULL, 0};
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    mybpf_insn insns[64];
    mybpf_run_opts run = {0};
    uint64_t r0 = 7;
    int64_t count = assemble(text, insns);
    CHECK_INT(mybpf_vm_create(NULL, &vm, &error), 0);
    CHECK_INT(mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, &error), 0);
    CHECK_INT(mybpf_object_load(object, NULL, &error), 0);
    run.ctx = ctx;
    run.ctx_size = 4;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), MYBPF_ERR_ARGUMENT);
    CHECK_TEXT(error.message, "the load promised a context of 12 bytes, the run gives 4");
    run.ctx_size = sizeof ctx;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), MYBPF_ERR_ARGUMENT);
    CHECK_TEXT(error.message,
               "the context's packet is not the run's: data to data_end must be inside its packet "
               "(writable regions, where the program writes)");
    ctx[1] = 0x0fff; /* ends before it begins */
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), MYBPF_ERR_ARGUMENT);
    ctx[1] = 0x1000; /* empty: nothing to give */
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
    CHECK_INT(r0, 0);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}
