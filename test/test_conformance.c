/* test_conformance.c: the public conformance programs on every engine. */
#include "../tools/engines.h"
#include "corpus.h"
#include "test.h"

/* The row as a job; its memory is copied to `memory` (of 4096 bytes). */
static engine_job read_job(corpus *c, mybpf_trust trust, unsigned char *memory)
{
    engine_job job;
    size_t size = 0;
    memset(&job, 0, sizeof job);
    job.insns = corpus_insns(c, "program", &job.insn_count);
    job.trust = trust;
    const uint8_t *bytes = corpus_bytes(c, "memory", &size);
    if (bytes && size && size <= 4096) {
        memcpy(memory, bytes, size);
        job.memory = memory;
        job.memory_size = size;
    }
    return job;
}

/* Programs that mybpf does not run. `message`: how they are refused; NULL: they must not be tried. -1: any.
 */
static const struct exception {
    const char *name;
    int engine, trust;
    const char *message;
} exceptions[] = {
    /* Code that nothing reaches is refused in every mode, as Linux does. */
    {"early-exit.data", -1, -1, "unreachable instruction"},
    /* It calls a helper by its number in a register. In a BARE image such a value is a code address. */
    {"callx.data", ENGINE_BARE, -1, "takes no function's address"},
    /* Refused by ubpf alone: 65537 instructions, and opcode 6, which is JA32 since version 4. */
    {"errors/err-too-many-instructions.data", -1, -1, NULL},
    {"errors/err-unknown-opcode.data", -1, -1, NULL},
    {NULL, 0, 0, NULL},
};

static const struct exception *exception_of(const char *name, int engine, int trust)
{
    for (const struct exception *e = exceptions; e->name; e++)
        if (!strcmp(e->name, name) && (e->engine < 0 || e->engine == engine) &&
            (e->trust < 0 || e->trust == trust))
            return e;
    return NULL;
}

/* Every program with a result, on `engine`: the number of programs run, or -1 without the data. */
static int run_all(const char *file, int engine, mybpf_trust trust)
{
    static unsigned char memory[4096];
    corpus c;
    int count = 0;
    if (!corpus_open(&c, file)) return -1;
    while (corpus_next(&c)) {
        const char *name = corpus_text(&c, "name");
        uint64_t want = corpus_number(&c, "expect.r0", 0), r0 = ~want;
        mybpf_error error;
        engine_job job = read_job(&c, trust, memory);
        if (!name || !job.insns || !corpus_has(&c, "expect.r0") || corpus_has(&c, "expect.error") ||
            corpus_has(&c, "expect.error_pattern"))
            continue;
        CASE("%s on %s, trust %d", name, engine_names[engine], (int)trust);
        const struct exception *except = exception_of(name, engine, (int)trust);
        if (except && !except->message) continue;
        int status = engine_try(&job, engine, &r0, &error);
        if (except) {
            CHECK(status < 0);
            if (!strstr(error.message, except->message)) CHECK_TEXT(error.message, except->message);
        } else {
            CHECK_TEXT(status ? error.message : "", "");
            if (!status) CHECK_INT(r0, want);
        }
        count++;
    }
    corpus_close(&c);
    return count;
}

static void run_suites(int engine, mybpf_trust trust)
{
    int first = run_all("conformance/bpf_conformance.jsonl", engine, trust);
    if (first < 0) SKIP("MYBPF_CORPUS is not set");
    CHECK(first >= 312);
    CHECK(run_all("conformance/ubpf.jsonl", engine, trust) > 40);
}

TEST(conformance, interpreter) { run_suites(ENGINE_INTERP, MYBPF_TRUSTED); }
TEST(conformance, jit) { run_suites(ENGINE_JIT, MYBPF_TRUSTED); }
TEST(conformance, spf) { run_suites(ENGINE_SPF, MYBPF_TRUSTED); }
TEST(conformance, bare) { run_suites(ENGINE_BARE, MYBPF_TRUSTED); }
TEST(conformance, spf_bytecode) { run_suites(ENGINE_SPF_BYTECODE, MYBPF_TRUSTED); }
TEST(conformance, bare_bytecode) { run_suites(ENGINE_BARE_BYTECODE, MYBPF_TRUSTED); }
TEST(conformance, guarded_interpreter) { run_suites(ENGINE_INTERP, MYBPF_GUARDED); }
TEST(conformance, guarded_jit) { run_suites(ENGINE_JIT, MYBPF_GUARDED); }
TEST(conformance, guarded_spf) { run_suites(ENGINE_SPF, MYBPF_GUARDED); }

/* What must be refused, in every trust mode and whatever the engine: the reserved fields by name. */
TEST(conformance, refused)
{
    static unsigned char memory[4096];
    corpus c;
    int reserved = 0, others = 0;
    if (!corpus_open(&c, "conformance/bpf_conformance_negative.jsonl")) SKIP("MYBPF_CORPUS is not set");
    while (corpus_next(&c)) {
        const char *name = corpus_text(&c, "name");
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            engine_job job = read_job(&c, (mybpf_trust)trust, memory);
            uint64_t r0 = 0;
            mybpf_error error;
            if (!name || !job.insns || strncmp(name, "unused-", 7)) continue;
            CASE("%s, trust %d", name, trust);
            char field[40];
            snprintf(field, sizeof field, "reserved field %.3s", strrchr(name, '-') + 1);
            CHECK_INT(engine_try(&job, ENGINE_INTERP, &r0, &error), MYBPF_ERR_VERIFY);
            CHECK(strstr(error.message, field));
            CHECK_INT(error.insn, 0);
            reserved++;
        }
    }
    corpus_close(&c);
    CHECK(reserved > 3 * 40);
    corpus_open(&c, "conformance/ubpf.jsonl");
    while (corpus_next(&c)) {
        const char *name = corpus_text(&c, "name");
        int fault = corpus_has(&c, "expect.error_pattern");
        if (!name || !corpus_has(&c, "program") || corpus_has(&c, "reload") ||
            (!fault && !corpus_has(&c, "expect.error")) || exception_of(name, ENGINE_INTERP, MYBPF_TRUSTED))
            continue;
        /* bad accesses are refused or fault; in trusted mode they are the caller's affair */
        for (int trust = MYBPF_VERIFIED; trust <= (fault ? MYBPF_GUARDED : MYBPF_TRUSTED); trust++) {
            for (int engine = ENGINE_INTERP; engine <= ENGINE_JIT; engine++) {
                engine_job job = read_job(&c, (mybpf_trust)trust, memory);
                uint64_t r0 = 0;
                mybpf_error error;
                CASE("%s on %s, trust %d", name, engine_names[engine], trust);
                int status = engine_try(&job, engine, &r0, &error);
                CHECK(status < 0);
                if (fault)
                    CHECK(status == MYBPF_ERR_VERIFY ||
                          (status == MYBPF_FAULT_ACCESS && trust == MYBPF_GUARDED));
                CHECK(error.message[0] && error.insn >= 0);
                others++;
            }
        }
    }
    corpus_close(&c);
    CHECK(others > 100);
}
