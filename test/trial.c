/* trial.c: trials from seeds, and as text. */
#include "trial.h"
#include "mybpf_jit.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define WILD_STEPS 20000 /* wild programs call themselves */

static const struct {
    const char *name;
    unsigned flags;
    mybpf_trust trust;
    uint32_t engines; /* asked for most programs */
} trial_kinds[TRIAL_KINDS] = {
    {"guarded", GENERATE_WILD, MYBPF_GUARDED, 1 << ENGINE_JIT},
    {"trusted", 0, MYBPF_TRUSTED, 1 << ENGINE_JIT},
    {"verified", GENERATE_PROVABLE, MYBPF_VERIFIED, 1 << ENGINE_JIT},
    {"kernel", GENERATE_KERNEL, MYBPF_TRUSTED, 1 << ENGINE_KERNEL},
};

const char *trial_kind_name(int kind) { return trial_kinds[kind].name; }

/* The others cost more: one or two of them. */
static uint32_t more_engines(entropy *e)
{
    static const uint32_t rare[] = {1 << ENGINE_SWITCH, 1 << ENGINE_SPF_NATIVE,
                                    1 << ENGINE_SPF_BYTECODE | 1 << ENGINE_SWITCH,
                                    1 << ENGINE_BARE_NATIVE | 1 << ENGINE_BARE_BYTECODE};
    return rare[entropy_next(e) % 4];
}

void trial_make(trial *t, int kind, uint64_t seed, unsigned size)
{
    entropy e = {NULL, 0, 0};
    memset(t, 0, sizeof *t);
    e.state = (seed + 1) * 0x9e3779b97f4a7c15u;
    e.state += !e.state;
    for (size_t i = 0; i < sizeof t->memory; i++) t->memory[i] = (uint8_t)(entropy_next(&e) >> 11);
    if (!size) size = 1 + (unsigned)(entropy_next(&e) % 40);
    t->trust = trial_kinds[kind].trust;
    t->engines = trial_kinds[kind].engines | (kind == TRIAL_KERNEL ? 0 : more_engines(&e));
    t->metered = kind == TRIAL_GUARDED || (kind != TRIAL_KERNEL && entropy_next(&e) % 4 == 0);
    if (kind == TRIAL_GUARDED) t->max_steps = WILD_STEPS;
    if (t->metered && entropy_next(&e) % 4 == 3) t->max_steps = entropy_next(&e) % 400 + 1;
    t->disable = entropy_next(&e) % 2 ? (uint32_t)entropy_next(&e) & MYBPF_JIT_NO_PASSES : 0;
    generate_unit(&e, &t->unit, size, trial_kinds[kind].flags);
}

/* ---- text ---- */

size_t trial_print(const trial *t, char *text, size_t size)
{
    size_t length = (size_t)snprintf(
        text, size, "# run trust %d metered %d max_steps %llu disable 0x%x engines 0x%x\n# memory ",
        (int)t->trust, t->metered, (unsigned long long)t->max_steps, (unsigned)t->disable,
        (unsigned)t->engines);
    for (size_t i = 0; i < sizeof t->memory; i++)
        length += (size_t)snprintf(text + length, size - length, "%02x", t->memory[i]);
    length += (size_t)snprintf(text + length, size - length, "\n");
    return length + unit_print(&t->unit, text + length, size - length);
}

int trial_parse(trial *t, const char *text, mybpf_error *error)
{
    const char *run = strstr(text, "# run "), *memory = strstr(text, "# memory ");
    unsigned long long steps;
    unsigned disable, engines, byte;
    int trust, metered;
    memset(t, 0, sizeof *t);
    t->engines = (1u << ENGINE_KERNEL) - 1;
    if (run && sscanf(run, "# run trust %d metered %d max_steps %llu disable %x engines %x", &trust, &metered,
                      &steps, &disable, &engines) == 5) {
        t->trust = (mybpf_trust)trust;
        t->metered = metered;
        t->max_steps = steps;
        t->disable = disable;
        t->engines = engines;
    }
    for (size_t i = 0; memory && i < sizeof t->memory && sscanf(memory + 9 + 2 * i, "%2x", &byte) == 1; i++)
        t->memory[i] = (uint8_t)byte;
    return unit_parse(&t->unit, text, error);
}
