/* data_run.c: see data_run.h. */
#include "data_run.h"

#include "../tools/engines.h"
#include "data_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

enum { STEPS = 10000000 }; /* enough for any of them; a program that loops for ever fails */

static const char *const trust_names[] = {"verified", "guarded", "trusted"};
static struct {
    unsigned right, unproven, refused; /* results; in verified mode; what the engine says it cannot do */
} engine_counts[ENGINES];

/* A test while it runs. */
typedef struct job {
    const data_file *data;
    mybpf_insn *insns;
    size_t count;
    char why[512]; /* what is wrong; empty: nothing yet */
} job;

static int wrong(job *j, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int wrong(job *j, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(j->why, sizeof j->why, format, args);
    va_end(args);
    return 0;
}

/* ---- the program ---- */

static int same(const mybpf_insn *a, const mybpf_insn *b)
{
    return a->code == b->code && a->dst_reg == b->dst_reg && a->src_reg == b->src_reg && a->off == b->off &&
           a->imm == b->imm;
}

/* From its text, from its numbers, or from both, which must agree then. */
static int make_program(job *j)
{
    const data_file *data = j->data;
    mybpf_error error = {0};
    size_t length = data->text ? strlen(data->text) : 0;
    int64_t count = data->text ? mybpf_assemble(data->text, length, NULL, 0, &error) : 0;
    if (count < 0 && data->asm_line)
        return wrong(j, "line %u: %s", data->asm_line + error.line, error.message);
    if (count < 0) return wrong(j, "line %u of its asm file: %s", error.line, error.message);
    if (!count && !data->raw_count) return wrong(j, "the asm section is empty");
    j->count = data->text ? (size_t)count : data->raw_count;
    j->insns = (mybpf_insn *)calloc(j->count, sizeof *j->insns);
    if (!j->insns) return wrong(j, "out of memory");
    if (data->text)
        mybpf_assemble(data->text, length, j->insns, j->count, &error);
    else
        memcpy(j->insns, data->raw, j->count * sizeof *j->insns);
    if (!data->text || !data->raw) return 1;
    if (j->count != data->raw_count)
        return wrong(j, "the text makes %lu instructions, raw has %lu", (unsigned long)j->count,
                     (unsigned long)data->raw_count);
    for (size_t i = 0; i < j->count; i++)
        if (!same(&j->insns[i], &data->raw[i]))
            return wrong(j, "instruction %lu of the text is not that of raw", (unsigned long)i);
    return 1;
}

/* ---- one engine ---- */

static int can_run(int engine)
{
    int is_native = engine == ENGINE_JIT || engine == ENGINE_SPF || engine == ENGINE_BARE;
    return !is_native || (mybpf_aot_target_host() && mybpf_jit_exec());
}

/* 1 when all is as the file says. */
static int check_engine(job *j, int engine, int trust)
{
    engine_job run;
    mybpf_error error;
    uint64_t r0 = 0;
    memset(&run, 0, sizeof run);
    unsigned char *memory = (unsigned char *)malloc(j->data->memory_size + 1);
    if (!memory) return wrong(j, "out of memory");
    if (j->data->memory_size) memcpy(memory, j->data->memory, j->data->memory_size);
    run.insns = j->insns;
    run.insn_count = j->count;
    run.trust = (mybpf_trust)trust;
    run.memory = j->data->memory_size ? memory : NULL;
    run.memory_size = j->data->memory_size;
    if (engine != ENGINE_BARE) run.max_steps = STEPS;
    int status = engine_try(&run, engine, &r0, &error);
    free(memory);
    if (j->data->has_error && !status)
        return wrong(j, "%s, %s: r0 = 0x%llx, but an error is expected", engine_names[engine],
                     trust_names[trust], (unsigned long long)r0);
    if (j->data->has_error) return ++engine_counts[engine].right != 0;
    if (trust == MYBPF_VERIFIED && status == MYBPF_ERR_VERIFY) return ++engine_counts[engine].unproven != 0;
    if (engine == ENGINE_BARE && status == MYBPF_ERR_UNSUPPORTED) return ++engine_counts[engine].refused != 0;
    if (status && error.insn < 0)
        return wrong(j, "%s, %s: %s", engine_names[engine], trust_names[trust], error.message);
    if (status)
        return wrong(j, "%s, %s: instruction %d: %s", engine_names[engine], trust_names[trust],
                     (int)error.insn, error.message);
    if (r0 != j->data->result)
        return wrong(j, "%s, %s: r0 is 0x%llx, not 0x%llx", engine_names[engine], trust_names[trust],
                     (unsigned long long)r0, (unsigned long long)j->data->result);
    engine_counts[engine].right++;
    return 1;
}

/* In guarded mode first, where nothing can happen to us: who gets through that may run trusted. */
static void check_all(job *j)
{
    static const int order[] = {MYBPF_GUARDED, MYBPF_VERIFIED, MYBPF_TRUSTED};
    for (int i = 0; i < (j->data->has_error ? 2 : 3); i++)
        for (int engine = 0; engine < ENGINES; engine++) {
            if (!can_run(engine) || (engine == ENGINE_BARE && order[i] == MYBPF_GUARDED)) continue;
            if (!check_engine(j, engine, order[i])) return;
        }
}

/* ---- files ---- */

typedef struct paths {
    char **at;
    size_t count, capacity;
} paths;

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_path(paths *found, const char *path)
{
    if (found->count == found->capacity) {
        found->capacity = found->capacity ? 2 * found->capacity : 64;
        found->at = (char **)realloc((void *)found->at, found->capacity * sizeof *found->at);
    }
    char *copy = (char *)malloc(strlen(path) + 1);
    if (!found->at || !copy) exit(1);
    found->at[found->count++] = strcpy(copy, path);
}

/* Collects the .data files below `folder`; 0 when it cannot be read. */
static int collect(paths *found, const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    if (!dir) {
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        return 0;
    }
    int fine = 1;
    while ((entry = readdir(dir)) != NULL) {
        char path[2048];
        struct stat st;
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (!lstat(path, &st) && S_ISDIR(st.st_mode))
            fine &= collect(found, path);
        else if (length > 5 && !strcmp(entry->d_name + length - 5, ".data"))
            add_path(found, path);
    }
    closedir(dir);
    return fine;
}

/* 0 passed, 1 failed, 2 skipped. */
static int run_path(const char *path)
{
    data_file data;
    job j;
    int result = 0;
    memset(&j, 0, sizeof j);
    j.data = &data;
    if (data_file_read(&data, path, j.why, sizeof j.why)) {
        result = 1;
    } else if (data.skip) {
        printf("skipped %s: %s\n", path, data.skip);
        result = 2;
    } else if (!make_program(&j)) {
        result = !data.has_error;
    } else if (data.has_result || data.has_error) {
        check_all(&j);
        result = j.why[0] != 0;
    }
    if (result == 1) printf("FAILED  %s: %s\n", path, j.why);
    free(j.insns);
    data_file_free(&data);
    return result;
}

int data_run(const char *folder)
{
    paths found = {NULL, 0, 0};
    unsigned counts[3] = {0, 0, 0};
    int readable = collect(&found, folder);
    if (found.count) qsort((void *)found.at, found.count, sizeof *found.at, by_name);
    for (size_t i = 0; i < found.count; i++) {
        if (readable) counts[run_path(found.at[i])]++;
        free(found.at[i]);
    }
    free((void *)found.at);
    if (!readable) return 2;
    if (!found.count) {
        fprintf(stderr, "%s: there is no .data file in it\n", folder);
        return 2;
    }
    for (int e = 0; e < ENGINES; e++) {
        if (!can_run(e))
            printf("%-14s no back end for this machine\n", engine_names[e]);
        else
            printf("%-14s %u runs are right; %u programs not proven in verified mode; %u refused\n",
                   engine_names[e], engine_counts[e].right, engine_counts[e].unproven,
                   engine_counts[e].refused);
    }
    printf("%u passed, %u failed, %u skipped\n", counts[0], counts[1], counts[2]);
    return counts[1] != 0;
}
