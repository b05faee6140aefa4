/* verify_corpus.c: what the verifier says of a corpus of programs with verdicts.
 *
 * usage: verify_corpus FILE.jsonl...
 *
 * A line for each program: id, ACCEPT or REJECT or UNSUPPORTED (a helper or a kind of map that does not run
 * here), the reason, with tabs between; then how often the verdict is the file's, for each tier. Exits with 1
 * when a program is accepted that the file says is refused. */
#include "../verdicts.h"

#include <stdio.h>
#include <stdlib.h>

enum { TIERS = 16 };

typedef struct tier {
    char name[32];
    unsigned agree, false_accepts, false_rejects, unsupported;
} tier;

static tier tiers[TIERS], all = {"all", 0, 0, 0, 0};

static tier *tier_of(const char *name)
{
    int i = 0;
    while (i < TIERS - 1 && tiers[i].name[0] && strcmp(tiers[i].name, name)) i++;
    if (!tiers[i].name[0]) snprintf(tiers[i].name, sizeof tiers[i].name, "%s", name);
    return &tiers[i];
}

static void print_tier(const tier *t)
{
    printf("%s: %u agree, %u false accepts, %u false rejects, %u unsupported, of %u\n", t->name, t->agree,
           t->false_accepts, t->false_rejects, t->unsupported,
           t->agree + t->false_accepts + t->false_rejects + t->unsupported);
}

static void count(tier *t, const char *here, const char *there)
{
    int accepts = !strcmp(here, "ACCEPT");
    if (!strcmp(here, "UNSUPPORTED"))
        t->unsupported++;
    else if (!there || !strcmp(here, there))
        t->agree++;
    else
        accepts ? t->false_accepts++ : t->false_rejects++;
}

static void look_at(mybpf_vm *vm, corpus *c)
{
    verdict_program program;
    mybpf_error error = {0};
    const char *why = verdict_open(&program, vm, c), *verdict = "UNSUPPORTED";
    const char *name = corpus_text(c, "tier"), *there = corpus_text(c, "verdict");
    if (!why) {
        int rc = verdict_load(&program, MYBPF_VERIFIED, &error);
        verdict = !rc ? "ACCEPT" : rc == MYBPF_ERR_UNSUPPORTED ? "UNSUPPORTED" : "REJECT";
        why = error.message;
    }
    verdict_close(&program);
    printf("%llu\t%s\t", (unsigned long long)corpus_number(c, "id", 0), verdict);
    if (error.message[0] && error.insn != MYBPF_NO_INSN) printf("%lld: ", (long long)error.insn);
    printf("%s\n", why);
    count(tier_of(name ? name : "none"), verdict, there);
    count(&all, verdict, there);
}

int main(int argc, char **argv)
{
    mybpf_vm *vm = NULL;
    if (argc < 2) return fprintf(stderr, "usage: %s FILE.jsonl...\n", argv[0]), 2;
    if (mybpf_vm_create(NULL, &vm, NULL)) return fprintf(stderr, "out of memory\n"), 2;
    for (int i = 1; i < argc; i++) {
        corpus c;
        if (!corpus_open_file(&c, argv[i])) return fprintf(stderr, "%s: cannot be read\n", argv[i]), 2;
        while (corpus_next(&c)) look_at(vm, &c);
        corpus_close(&c);
    }
    for (int i = 0; i < TIERS && tiers[i].name[0]; i++) print_tier(&tiers[i]);
    print_tier(&all);
    mybpf_vm_destroy(vm);
    return all.false_accepts != 0;
}
