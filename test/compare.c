/* compare.c: the interpreter against native code. */
#include "compare.h"
#include "mybpf_jit.h"

#include <string.h>

static uint64_t sum(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)env;
    return r1 + 3 * r2 + 5 * r3 + 7 * r4 + 11 * r5;
}

static uint64_t callback(uint64_t func, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    return mybpf_env_call(env, func, r2, r3, r4, r5, 0) + 1;
}

mybpf_vm *compare_vm(void)
{
    static const mybpf_helper helpers[] = {
        {GENERATE_SUM,
         "sum",
         sum,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY},
         0,
         NULL},
        {GENERATE_CALLBACK,
         "callback",
         callback,
         MYBPF_RET_INTEGER,
         {MYBPF_ARG_FUNC, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY, MYBPF_ARG_ANY},
         MYBPF_HELPER_MAY_STOP,
         NULL},
    };
    mybpf_vm *vm = NULL;
    if (mybpf_vm_create(NULL, &vm, NULL)) return NULL;
    for (size_t i = 0; i < 2; i++)
        if (mybpf_helper_register(vm, &helpers[i], NULL)) return NULL;
    return vm;
}

static void run(const mybpf_object *object, const compare_opts *opts, uint64_t *block, seen *out)
{
    mybpf_error error = {0};
    mybpf_run_opts run;
    memset(out, 0, sizeof *out);
    memset(&run, 0, sizeof run);
    memcpy(block, opts->memory, GENERATE_MEMORY);
    run.ctx = block;
    run.ctx_size = GENERATE_MEMORY;
    run.max_steps = opts->max_steps;
    run.steps = &out->steps;
    out->status = mybpf_program_run(mybpf_object_program(object, 0), &run, &out->r0, &error);
    out->insn = out->status ? error.insn : -1;
    memcpy(out->memory, block, GENERATE_MEMORY);
}

int compare_engines(mybpf_vm *vm, const mybpf_insn *insns, size_t count, const compare_opts *opts,
                    seen *interpreted, seen *native)
{
    static const mybpf_range grant = {GENERATE_SUM, GENERATE_CALLBACK};
    uint64_t block[GENERATE_MEMORY / 8]; /* at the same address in every run */
    mybpf_object *object = NULL;
    mybpf_load_opts load;
    memset(interpreted, 0, sizeof *interpreted);
    memset(&load, 0, sizeof load);
    load.trust = opts->trust;
    load.metered = opts->metered;
    load.grants = &grant;
    load.grant_count = 1;
    if (mybpf_object_open_insns(vm, insns, count, NULL, &object, NULL) ||
        mybpf_object_load(object, &load, NULL))
        interpreted->status = 1;
    else
        run(object, opts, block, interpreted);
    *native = *interpreted;
    if (interpreted->status != 1 && !mybpf_jit_compile(object, NULL, NULL)) run(object, opts, block, native);
    mybpf_object_close(object);
    if (!opts->metered) native->steps = interpreted->steps;
    return memcmp(interpreted, native, sizeof *native) != 0;
}
