/* engines.h: one program on any engine, with the helpers of the conformance suites. For the conformance
 * plugin and the tests; the file that includes it has included the headers of mybpf. */
#ifndef ENGINES_H
#define ENGINES_H

#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_bare.h"
#include "mybpf_jit.h"

#include <stdlib.h>
#include <string.h>

enum {
    ENGINE_INTERP,
    ENGINE_JIT,
    ENGINE_SPF,
    ENGINE_BARE,
    ENGINE_SPF_BYTECODE,
    ENGINE_BARE_BYTECODE,
    ENGINES
};
static const char *const engine_names[] = {"interp", "jit", "spf", "bare", "spf_bytecode", "bare_bytecode"};

typedef struct engine_job {
    const mybpf_insn *insns; /* the program, */
    size_t insn_count;
    const void *file; /* or a file that has it */
    size_t file_size;
    mybpf_trust trust;
    void *memory; /* r1 = its address, r2 = its size */
    size_t memory_size;
    uint64_t max_steps; /* 0: no limit. ENGINE_BARE cannot count steps */
} engine_job;

/* ---- the helpers of bpf_conformance: numbers 0 to 5 ---- */

static uint64_t gather_bytes(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)env;
    return (a & 255) << 32 | (b & 255) << 24 | (c & 255) << 16 | (d & 255) << 8 | (e & 255);
}

static uint64_t memfrob(uint64_t at, uint64_t size, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)c, (void)d, (void)e, (void)env;
    for (uint64_t i = 0; i < size; i++) ((unsigned char *)(uintptr_t)at)[i] ^= 42;
    return 0;
}

static uint64_t trash_registers(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)env;
#if defined(__x86_64__) && defined(__GNUC__)
    __asm__ volatile(
        "mov $0xf0, %%rax\n mov $0xf1, %%rcx\n mov $0xf2, %%rdx\n mov $0xf3, %%rsi\n mov $0xf4, %%rdi\n"
        "mov $0xf5, %%r8\n mov $0xf6, %%r9\n mov $0xf7, %%r10\n mov $0xf8, %%r11" ::
            : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
#endif
    return 0;
}

static uint64_t sqrti(uint64_t value, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    uint64_t root = 0;
    (void)b, (void)c, (void)d, (void)e, (void)env;
    for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
        if ((root | bit) * (root | bit) <= value) root |= bit;
    return root;
}

static uint64_t strcmp_ext(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)c, (void)d, (void)e, (void)env;
    return (uint64_t)(int64_t)strcmp((const char *)(uintptr_t)a, (const char *)(uintptr_t)b);
}

/* Ends the program when its result, the argument, is 0. */
static uint64_t unwind(uint64_t value, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)b, (void)c, (void)d, (void)e;
    if (!value) mybpf_env_stop(env, MYBPF_OK, 0);
    return value;
}

#define ANY MYBPF_ARG_ANY
/* clang-format off */
static const mybpf_helper engine_helpers[] = {
    {0, "gather_bytes", gather_bytes, MYBPF_RET_INTEGER, {ANY, ANY, ANY, ANY, ANY}, 0, NULL, 0, {0}, 0},
    {1, "memfrob", memfrob, MYBPF_RET_INTEGER, {MYBPF_ARG_MEM_WRITE, MYBPF_ARG_SIZE_OR_ZERO, 0, 0, 0}, 0, NULL, 0, {0}, 0},
    {2, "trash_registers", trash_registers, MYBPF_RET_INTEGER, {0, 0, 0, 0, 0}, 0, NULL, 0, {0}, 0},
    {3, "sqrti", sqrti, MYBPF_RET_INTEGER, {ANY, 0, 0, 0, 0}, 0, NULL, 0, {0}, 0},
    {4, "strcmp_ext", strcmp_ext, MYBPF_RET_INTEGER, {MYBPF_ARG_STRING, MYBPF_ARG_STRING, 0, 0, 0}, 0, NULL, 0, {0}, 0},
    {5, "unwind", unwind, MYBPF_RET_INTEGER, {ANY, 0, 0, 0, 0}, MYBPF_HELPER_MAY_STOP, NULL, 0, {0}, 0},
};
/* clang-format on */
#undef ANY
enum { ENGINE_HELPERS = sizeof engine_helpers / sizeof *engine_helpers };

/* ---- engines ---- */

static int engine_error(mybpf_error *error, int status, const char *message)
{
    memset(error, 0, sizeof *error);
    error->code = status;
    error->insn = MYBPF_NO_INSN;
    strncpy(error->message, message, sizeof error->message - 1);
    return status;
}

static int engine_load(mybpf_object *object, const engine_job *job, mybpf_trust trust, mybpf_error *error)
{
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.ctx_size = (uint32_t)job->memory_size;
    opts.metered = job->max_steps != 0;
    return mybpf_object_load(object, &opts, error);
}

static int engine_run(const mybpf_object *object, const engine_job *job, uint64_t *r0, mybpf_error *error)
{
    mybpf_run_opts opts;
    const mybpf_program *program = mybpf_object_program(object, 0);
    memset(&opts, 0, sizeof opts);
    opts.ctx = job->memory;
    opts.ctx_size = job->memory_size;
    opts.max_steps = job->max_steps;
    if (!program) return engine_error(error, MYBPF_ERR_NOT_FOUND, "no program in it");
    return mybpf_program_run(program, &opts, r0, error);
}

/* Through mybpf_bare.h, in executable memory of the system's. */
static int engine_run_bare(mybpf_vm *vm, const void *image, size_t size, const engine_job *job, uint64_t *r0,
                           mybpf_error *error)
{
    const mybpf_exec_ops *exec = mybpf_jit_exec();
    mybpf_bare_helper helpers[ENGINE_HELPERS];
    mybpf_bare bare;
    mybpf_env *env = NULL;
    for (int i = 0; i < ENGINE_HELPERS; i++) {
        helpers[i].id = engine_helpers[i].id;
        helpers[i].fn = (mybpf_bare_fn)engine_helpers[i].fn;
    }
    unsigned char *memory = (unsigned char *)exec->alloc(exec->user, size + 36);
    if (!memory) return engine_error(error, MYBPF_ERR_MEMORY, "no executable memory");
    memcpy(memory + 36, image, size);
    int status = mybpf_bare_open(&bare, memory + 36, size);
    if (!status) {
        bare.table = (uint64_t *)calloc(bare.table_count + 1u, 8);
        bare.bss = (unsigned char *)calloc(bare.bss_size + 1u, 1);
        if (!bare.table || !bare.bss) status = MYBPF_ERR_MEMORY;
        if (!status) status = mybpf_bare_bind(&bare, helpers, ENGINE_HELPERS);
        if (!status) status = exec->seal(exec->user, memory, size + 36);
        if (!status) status = mybpf_env_create(vm, NULL, &env, error);
        if (!status)
            *r0 = mybpf_bare_run(&bare, (uint64_t)(uintptr_t)job->memory, job->memory_size,
                                 (mybpf_bare_env *)(void *)env);
        mybpf_env_destroy(env);
        free(bare.table);
        free((void *)(uintptr_t)bare.bss);
    }
    exec->free(exec->user, memory, size + 36);
    return status ? engine_error(error, status, mybpf_status_text(status)) : MYBPF_OK;
}

/* Writes the loaded object as an image, reads that back and runs it. */
static int engine_run_image(mybpf_vm *vm, mybpf_object *object, int engine, const engine_job *job,
                            uint64_t *r0, mybpf_error *error)
{
    int is_bare = engine == ENGINE_BARE || engine == ENGINE_BARE_BYTECODE;
    int is_native = engine == ENGINE_SPF || engine == ENGINE_BARE;
    mybpf_aot_opts opts = {is_native ? mybpf_aot_target_host() : NULL, NULL};
    mybpf_object *again = NULL;
    void *image = NULL;
    size_t size = 0;
    if (is_native && !opts.target)
        return engine_error(error, MYBPF_ERR_UNSUPPORTED, "there is no back end for this machine");
    int status = is_bare ? mybpf_aot_bare(object, &opts, &image, &size, error)
                         : mybpf_aot_spf(object, &opts, &image, &size, error);
    if (status) return status;
    if (engine == ENGINE_BARE) {
        status = engine_run_bare(vm, image, size, job, r0, error);
    } else {
        status = mybpf_object_open(vm, image, size, &again, error);
        /* Native code is taken on trust; it holds the checks of the mode it was made in. */
        if (!status) status = engine_load(again, job, is_native ? MYBPF_TRUSTED : job->trust, error);
        if (!status) status = engine_run(again, job, r0, error);
        mybpf_object_close(again);
    }
    mybpf_vm_realloc(vm, image, 0);
    return status;
}

/* 0 and *r0, or a status with `error` filled. */
static int engine_try(const engine_job *job, int engine, uint64_t *r0, mybpf_error *error)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    memset(&host, 0, sizeof host);
    memset(error, 0, sizeof *error);
    host.exec = mybpf_jit_exec();
    int status = mybpf_vm_create(&host, &vm, error);
    for (int i = 0; i < ENGINE_HELPERS && !status; i++)
        status = mybpf_helper_register(vm, &engine_helpers[i], error);
    if (!status)
        status = job->file ? mybpf_object_open(vm, job->file, job->file_size, &object, error)
                           : mybpf_object_open_insns(vm, job->insns, job->insn_count, NULL, &object, error);
    if (!status) status = engine_load(object, job, job->trust, error);
    if (!status && engine == ENGINE_JIT) status = mybpf_jit_compile(object, NULL, error);
    if (!status)
        status = engine <= ENGINE_JIT ? engine_run(object, job, r0, error)
                                      : engine_run_image(vm, object, engine, job, r0, error);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
    return status;
}

#endif
