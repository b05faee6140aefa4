/* test_conformance.c: the public conformance programs on every engine, in every trust mode. The data lies
 * outside the project (corpus.h). */
#include "../tools/engines.h"
#include "conformance_order.h"
#include "corpus.h"
#include "test.h"

static const char bpf_conformance[] = "conformance/bpf_conformance.jsonl",
                  negative[] = "conformance/bpf_conformance_negative.jsonl",
                  ubpf[] = "conformance/ubpf.jsonl";

enum { BUDGET = 1000000 }; /* steps: far more than any of them takes */

/* The row as a job; its memory is copied to `memory` (of 4096 bytes). */
static engine_job read_job(corpus *c, int engine, mybpf_trust trust, unsigned char *memory)
{
    engine_job job;
    size_t size = 0;
    memset(&job, 0, sizeof job);
    job.insns = corpus_insns(c, "program", &job.insn_count);
    job.trust = trust;
    if (engine != ENGINE_BARE) job.max_steps = BUDGET;
    const uint8_t *bytes = corpus_bytes(c, "memory", &size);
    if (bytes && size && size <= 4096) {
        memcpy(memory, bytes, size);
        job.memory = memory;
        job.memory_size = size;
    }
    return job;
}

static int has_engine(int engine)
{
    int is_native = engine == ENGINE_JIT || engine == ENGINE_SPF || engine == ENGINE_BARE;
    return !is_native || (mybpf_aot_target_host() && mybpf_jit_exec());
}

/* ---- programs with a result ---- */

/* What an engine cannot do, by the name of the program (NULL: all), and how it says so. */
static const struct refusal {
    const char *name;
    int engine, trust; /* -1: any */
    const char *message;
} refusals[] = {
    {NULL, ENGINE_BARE, MYBPF_GUARDED, "a BARE image of native code carries no guards"},
    /* It calls a helper by its number in a register. In a BARE image such a value is a code address. */
    {"callx.data", ENGINE_BARE, MYBPF_TRUSTED, "takes no function's address"},
};

static const struct refusal *refusal_of(const char *name, int engine, int trust)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const struct refusal *r = &refusals[i];
        if ((!r->name || !strcmp(r->name, name)) && (r->engine < 0 || r->engine == engine) &&
            (r->trust < 0 || r->trust == trust))
            return r;
    }
    return NULL;
}

typedef struct counts {
    int right, unproven, order; /* programs; unproven: in verified mode; order: not for this host */
} counts;

static void run_row(corpus *c, const char *name, int engine, mybpf_trust trust, counts *seen)
{
    static unsigned char memory[4096];
    engine_job job = read_job(c, engine, trust, memory);
    uint64_t want = corpus_number(c, "expect.r0", 0), r0 = ~want;
    mybpf_error error;
    const struct refusal *refusal = refusal_of(name, engine, (int)trust);
    CASE("%s on %s, trust %d", name, engine_names[engine], (int)trust);
    if (MYBPF_BIG_ENDIAN && needs_little_endian(name)) {
        seen->order++;
        return;
    }
    int status = engine_try(&job, engine, &r0, &error);
    if (trust == MYBPF_VERIFIED && status == MYBPF_ERR_VERIFY) {
        seen->unproven++;
        CHECK(error.message[0] && error.insn >= 0);
    } else if (refusal) {
        CHECK_INT(status, MYBPF_ERR_UNSUPPORTED);
        if (!strstr(error.message, refusal->message)) CHECK_TEXT(error.message, refusal->message);
    } else {
        CHECK_TEXT(status ? error.message : "", "");
        if (!status) CHECK_INT(r0, want);
        seen->right++;
    }
}

static int has_result(corpus *c)
{
    return corpus_has(c, "program") && corpus_has(c, "expect.r0") && !corpus_has(c, "expect.error") &&
           !corpus_has(c, "expect.error_pattern");
}

static int run_file(const char *file, int engine, mybpf_trust trust, counts *seen)
{
    corpus c;
    if (!corpus_open(&c, file)) return 0;
    while (corpus_next(&c))
        if (has_result(&c)) run_row(&c, corpus_text(&c, "name"), engine, trust, seen);
    corpus_close(&c);
    return 1;
}

/* All 313 of bpf_conformance and the 51 of ubpf's that have a result. */
static void run_engine(int engine)
{
    enum { ALL = 313 + 51 };
    if (!has_engine(engine)) SKIP("no back end for this machine");
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
        counts seen = {0, 0, 0};
        if (!run_file(bpf_conformance, engine, (mybpf_trust)trust, &seen) ||
            !run_file(ubpf, engine, (mybpf_trust)trust, &seen))
            SKIP("MYBPF_CORPUS is not set");
        CASE("%s, trust %d", engine_names[engine], trust);
        if (seen.order) printf("  %d programs are for little-endian hosts\n", seen.order);
        if (trust == MYBPF_VERIFIED) printf("  verified mode cannot prove %d programs\n", seen.unproven);
        if (engine == ENGINE_BARE && trust == MYBPF_GUARDED)
            CHECK_INT(seen.right, 0);
        else if (engine == ENGINE_BARE && trust == MYBPF_TRUSTED)
            CHECK_INT(seen.right, ALL - 1);
        else if (trust != MYBPF_VERIFIED)
            CHECK_INT(seen.right + seen.order, ALL);
        else
            CHECK(seen.right + seen.order > 280);
    }
}

TEST(conformance, interpreter) { run_engine(ENGINE_INTERP); }
TEST(conformance, jit) { run_engine(ENGINE_JIT); }
TEST(conformance, spf) { run_engine(ENGINE_SPF); }
TEST(conformance, bare) { run_engine(ENGINE_BARE); }
TEST(conformance, spf_bytecode) { run_engine(ENGINE_SPF_BYTECODE); }
TEST(conformance, bare_bytecode) { run_engine(ENGINE_BARE_BYTECODE); }

/* ---- programs that must be refused ---- */

/* By the name of the test, what the message has to name, and where. Texts that do not assemble are
 * test_isa.c's. */
static const struct bad {
    const char *name, *message;
    int insn;
} bad[] = {
    {"error.data", "r0", 0},
    {"errors/err-call-bad-imm.data", "(64) is not available", 5},
    {"errors/err-call-unreg.data", "(63) is not available", 5},
    {"errors/err-call-invalid-jump.data", "control leaves function func_3 for instruction 0", 4},
    {"errors/err-call0.data", "control leaves function main for instruction 2", 1},
    {"errors/err-endian-size.data", "imm 0x30", 0},
    {"errors/err-incomplete-lddw.data", "code of its second slot", 0},
    {"errors/err-incomplete-lddw2.data", "code of its second slot", 0},
    {"errors/err-invalid-reg-dst.data", "dst_reg is 11", 0},
    {"errors/err-invalid-reg-src.data", "src_reg is 11", 0},
    {"errors/err-jmp-lddw.data", "jump to 2, the second half of an lddw", 0},
    {"errors/err-jmp-out.data", "control leaves function main for instruction 3", 0},
    {"errors/err-lddw-invalid-src.data", "names map 1432778632, but 0 are given", 0} /* src_reg 1 */,
    {"errors/err-lddw-second-half-invalid-all.data", "dst_reg of its second slot", 0},
    {"errors/err-lddw-second-half-invalid-dst-offset.data", "dst_reg of its second slot", 0},
    {"errors/err-lddw-second-half-invalid-offset.data", "off of its second slot", 0},
    {"errors/err-lddw-second-half-invalid-src-offset.data", "src_reg of its second slot", 0},
    {"errors/err-lddw-second-half-invalid-src.data", "src_reg of its second slot", 0},
    {"errors/err-lddw-second-half-invalid.data", "dst_reg of its second slot", 0},
};

/* "unused-add_reg-imm.data": a field that must be zero, and is named by its first letters. */
static int unused_field(const char *name, char *field, size_t size)
{
    if (strncmp(name, "unused-", 7)) return 0;
    snprintf(field, size, "reserved field %.3s", strrchr(name, '-') + 1);
    return 1;
}

/* What refuses the row: *insn and the text, NULL when nothing has to. */
static const char *refusal_text(const char *name, char *field, size_t size, int *insn)
{
    *insn = 0;
    if (unused_field(name, field, size)) return field;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!strcmp(bad[i].name, name)) {
            *insn = bad[i].insn;
            if (bad[i].message[0] != '(' || mybpf_helper_name(1)) return bad[i].message;
            snprintf(field, size, "unknown helper %d", atoi(bad[i].message + 1)); /* no helper has a name */
            return field;
        }
    return NULL;
}

static int check_refused(corpus *c, const char *name, int engine, int trust)
{
    static unsigned char memory[4096];
    char field[40];
    int insn;
    const char *text = refusal_text(name, field, sizeof field, &insn);
    engine_job job = read_job(c, engine, (mybpf_trust)trust, memory);
    uint64_t r0 = 0;
    mybpf_error error;
    CASE("%s on %s, trust %d", name, engine_names[engine], trust);
    if (!text) return 0;
    int status = engine_try(&job, engine, &r0, &error);
    /* A register that was never written: in trusted mode that is the caller's affair. */
    if (trust == MYBPF_TRUSTED && !strcmp(name, "error.data")) return 0;
    CHECK_INT(status, strstr(text, "not available") ? MYBPF_ERR_UNSUPPORTED : MYBPF_ERR_VERIFY);
    CHECK_INT(error.insn, insn);
    if (!strstr(error.message, text)) CHECK_TEXT(error.message, text);
    return 1;
}

/* In every trust mode, whatever the engine. */
TEST(conformance, refused)
{
    static const char *const files[] = {negative, ubpf};
    int checked = 0;
    for (size_t i = 0; i < 2; i++) {
        corpus c;
        if (!corpus_open(&c, files[i])) SKIP("MYBPF_CORPUS is not set");
        while (corpus_next(&c))
            for (int engine = 0; engine < ENGINES && corpus_has(&c, "program"); engine++)
                for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++)
                    checked += check_refused(&c, corpus_text(&c, "name"), engine, trust);
        corpus_close(&c);
    }
    CHECK_INT(checked, (45 + 18) * 3 * ENGINES + 2 * ENGINES); /* one is not for trusted mode */
}

/* ---- programs that go wrong while they run, and the rest ---- */

/* Bad accesses: verified mode does not take them, guarded mode stops them. Trusted mode is not to be tried.
 * The programs leave r0 unwritten, for which guarded mode refuses them as well: r0 = 0 is put in front (none
 * of them jumps). */
static void check_fault(corpus *c, const char *name, int engine, int trust)
{
    static unsigned char memory[4096];
    static const mybpf_insn clear_r0 = {0xb7, 0, 0, 0, 0};
    int insn = strstr(name, "stack-oob") ? 0 : strstr(name, "overflow-bounds") ? 2 : 1;
    mybpf_insn insns[16];
    engine_job job = read_job(c, engine, (mybpf_trust)trust, memory);
    uint64_t r0 = 0;
    mybpf_error error;
    CASE("%s on %s, trust %d", name, engine_names[engine], trust);
    if (!has_engine(engine) || refusal_of(name, engine, trust)) return;
    if (trust == MYBPF_VERIFIED) CHECK_INT(engine_try(&job, engine, &r0, &error), MYBPF_ERR_VERIFY);
    CHECK(job.insn_count < 16);
    if (job.insn_count >= 16) return;
    insns[0] = clear_r0;
    memcpy(insns + 1, job.insns, job.insn_count * sizeof *insns);
    job.insns = insns;
    job.insn_count++;
    CHECK_INT(engine_try(&job, engine, &r0, &error),
              trust == MYBPF_VERIFIED ? MYBPF_ERR_VERIFY : MYBPF_FAULT_ACCESS);
    CHECK_INT(error.insn, insn + 1);
}

TEST(conformance, faults)
{
    corpus c;
    int rows = 0;
    if (!corpus_open(&c, ubpf)) SKIP("MYBPF_CORPUS is not set");
    while (corpus_next(&c)) {
        if (!corpus_has(&c, "expect.error_pattern")) continue;
        rows++;
        for (int engine = 0; engine < ENGINES; engine++)
            for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++)
                check_fault(&c, corpus_text(&c, "name"), engine, trust);
    }
    corpus_close(&c);
    CHECK_INT(rows, 4);
}

/* What others refuse and mybpf does not, or in another way. */
static const struct {
    const char *file, *name;
    int statuses[3]; /* verified, guarded, trusted */
    const char *why;
} others[] = {
    {ubpf,
     "errors/err-infinite-loop.data",
     {MYBPF_ERR_VERIFY, MYBPF_FAULT_BUDGET, MYBPF_FAULT_BUDGET},
     "loops are the budget's affair where they are not proven to end"},
    {ubpf,
     "errors/err-too-many-instructions.data",
     {MYBPF_ERR_VERIFY, MYBPF_ERR_VERIFY, 0},
     "65537 instructions are not too many here, but they leave r0 unwritten"},
    {ubpf,
     "errors/err-unknown-opcode.data",
     {MYBPF_ERR_VERIFY, MYBPF_ERR_VERIFY, 0},
     "opcode 6 is JA32 since version 4; r0 is unwritten"},
    {ubpf, "reload.data", {0, 0, 0}, "the error is one of ubpf's interface: loading twice"},
};

TEST(conformance, others)
{
    static unsigned char memory[4096];
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        corpus c;
        int found = 0;
        if (!corpus_open(&c, others[i].file)) SKIP("MYBPF_CORPUS is not set");
        while (corpus_next(&c)) {
            if (strcmp(corpus_text(&c, "name"), others[i].name)) continue;
            found++;
            for (int engine = 0; engine < ENGINES; engine++)
                for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
                    engine_job job = read_job(&c, engine, (mybpf_trust)trust, memory);
                    uint64_t r0 = 0;
                    mybpf_error error;
                    int want = others[i].statuses[trust];
                    if (!has_engine(engine) || refusal_of(others[i].name, engine, trust)) continue;
                    if (want == MYBPF_FAULT_BUDGET && !job.max_steps) continue;
                    CASE("%s on %s, trust %d: %s", others[i].name, engine_names[engine], trust,
                         others[i].why);
                    CHECK_INT(engine_try(&job, engine, &r0, &error), want);
                }
        }
        corpus_close(&c);
        CHECK_INT(found, 1);
    }
}

/* No row is passed over: each has a result, is in one of the tables above, is text alone, or an ELF file's
 * mutation described in Python (test_load.c has its own). */
TEST(conformance, all_rows)
{
    static const char *const files[] = {bpf_conformance, negative, ubpf};
    int rows = 0;
    for (size_t i = 0; i < 3; i++) {
        corpus c;
        if (!corpus_open(&c, files[i])) SKIP("MYBPF_CORPUS is not set");
        while (corpus_next(&c)) {
            const char *name = corpus_text(&c, "name");
            char field[40];
            int insn, known = has_result(&c) || corpus_has(&c, "expect.error_pattern") ||
                              !corpus_has(&c, "program") || !corpus_has(&c, "expect") ||
                              refusal_text(name, field, sizeof field, &insn) != NULL;
            for (size_t k = 0; k < sizeof others / sizeof *others; k++)
                known |= !strcmp(others[k].name, name);
            CASE("%s", name);
            CHECK(known);
            rows++;
        }
        corpus_close(&c);
    }
    CHECK_INT(rows, 313 + 60 + 104);
}
