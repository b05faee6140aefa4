/* trial.h: a seed becomes a program with everything that decides how it runs; as text it can be replayed. */
#ifndef TRIAL_H
#define TRIAL_H

#include "compare.h"

/* What a program may do, and how it runs. */
enum { TRIAL_GUARDED, TRIAL_TRUSTED, TRIAL_VERIFIED, TRIAL_KERNEL, TRIAL_KINDS };

/* The same on every host. `size`: about so many statements, 0: any. */
void trial_make(trial *t, int kind, uint64_t seed, unsigned size);
const char *trial_kind_name(int kind);

/* Assembly with comments; mybpf_assemble and trial_parse read it. Returns the length. */
size_t trial_print(const trial *t, char *text, size_t size);
int trial_parse(trial *t, const char *text, mybpf_error *error);

#endif
