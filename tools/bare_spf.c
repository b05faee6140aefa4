/* bare_spf.c: keeps SPF files as named instances and runs their commands. */
#include "mybpf.h"
#include "mybpf_jit.h"

#include "console.h"

static const char usage[] =
    "usage: bare_spf\n"
    "Reads commands from standard input:\n"
    "  load file NAME FILE     load FILE (SPF, also BARE or ELF) as instance NAME\n"
    "  unload instance NAME    unload one\n"
    "  unload all              unload every one\n"
    "  show                    list instances and their programs\n"
    "  testcmd [ARGS]          run the commands (tcmd/...) of all instances; argv[0] = \"testcmd\"\n"
    "  help                    print this\n"
    "  quit                    end; so does the end of the input\n"
    "Words may be shortened. Files are trusted: load only what you would execute. Exit codes: 0 every\n"
    "command was done, 1 one was refused or failed, 2 wrong usage.\n";

enum { LOAD, UNLOAD, SHOW, TESTCMD, HELP, QUIT };
static const char *const commands[] = {"load", "unload", "show", "testcmd", "help", "quit", NULL};
static const char *const load_words[] = {"file", NULL};
static const char *const unload_words[] = {"instance", "all", NULL};

/* What is loaded, for show: the objects belong to the vm's instances. */
typedef struct loaded {
    char name[MYBPF_NAME_MAX];
    char *file; /* from malloc */
    const mybpf_object *object;
    struct loaded *next;
} loaded;

static loaded *first;

static int remember(const char *name, const char *file, const mybpf_object *object)
{
    loaded **last = &first;
    while (*last) last = &(*last)->next;
    *last = (loaded *)calloc(1, sizeof **last);
    if (!*last) return complain(TOOL_REFUSED, "out of memory");
    (*last)->file = (char *)malloc(strlen(file) + 1);
    if ((*last)->file) strcpy((*last)->file, file);
    snprintf((*last)->name, sizeof(*last)->name, "%s", name);
    (*last)->object = object;
    return TOOL_OK;
}

/* Forgets the instance called `name`, or all for NULL. */
static void forget(const char *name)
{
    for (loaded **link = &first; *link;) {
        loaded *old = *link;
        if (name && strcmp(old->name, name)) {
            link = &old->next;
            continue;
        }
        *link = old->next;
        free(old->file);
        free(old);
    }
}

static int load(mybpf_vm *vm, const char *name, const char *file)
{
    static const mybpf_range everything = {MYBPF_HELPER_SYS, MYBPF_HELPER_TEMP - 1};
    mybpf_load_opts opts = {0};
    opts.trust = MYBPF_TRUSTED;
    opts.grants = &everything;
    opts.grant_count = 1;
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    size_t size;
    char *bytes = read_file(file, &size);
    if (!bytes) return TOOL_REFUSED;
    int status = mybpf_object_open(vm, bytes, size, &object, &error);
    free(bytes);
    if (!status) status = mybpf_object_load(object, &opts, &error);
    if (!status) status = mybpf_instance_load(vm, name, object, &error);
    if (!status) return remember(name, file, object);
    mybpf_object_close(object);
    return complain_error(file, &error);
}

static int load_command(mybpf_vm *vm, console *c)
{
    if (c->count > 1 && console_find(load_words, c->words[1]) < 0) return TOOL_REFUSED;
    if (c->count == 4) return load(vm, c->words[2], c->words[3]);
    return complain(TOOL_REFUSED, "load file NAME FILE: %d words are not 4", c->count);
}

static int unload_command(mybpf_vm *vm, console *c)
{
    mybpf_error error = {0};
    int what = c->count > 1 ? console_find(unload_words, c->words[1]) : -2;
    if (what == -1) return TOOL_REFUSED;
    if (what == 1 && c->count == 2) {
        mybpf_instance_unload_all(vm);
        forget(NULL);
        return TOOL_OK;
    }
    if (what != 0 || c->count != 3) return complain(TOOL_REFUSED, "unload instance NAME, or unload all");
    if (mybpf_instance_unload(vm, c->words[2], &error)) return complain_error(c->words[2], &error);
    forget(c->words[2]);
    return TOOL_OK;
}

/* ---- show, testcmd ---- */

static void show(void)
{
    for (const loaded *l = first; l; l = l->next) {
        const mybpf_program *program;
        printf("%s: %s, %s\n", l->name, l->file ? l->file : "?",
               mybpf_object_native(l->object) ? "native code" : "bytecode");
        for (size_t i = 0; (program = mybpf_object_program(l->object, i)) != NULL; i++)
            printf("  %s: %s\n", mybpf_program_section(program), mybpf_program_name(program));
    }
}

static void print_result(void *user, const char *instance, const mybpf_program *program, int status,
                         uint64_t r0, const mybpf_error *error)
{
    if (!status) {
        printf("%s: %s: r0 = %lld\n", instance, mybpf_program_section(program), (long long)r0);
        return;
    }
    *(int *)user = TOOL_REFUSED;
    complain_error(instance, error);
}

static int testcmd(mybpf_vm *vm, console *c)
{
    uint64_t words[CONSOLE_WORDS + 1] = {0}, args[5] = {0};
    mybpf_region regions[2] = {{c->line, sizeof c->line, 1}, {words, sizeof words, 1}};
    mybpf_run_opts opts = {0};
    int result = TOOL_OK;
    for (int i = 0; i < c->count; i++) words[i] = (uint64_t)(uintptr_t)c->words[i];
    args[0] = (uint64_t)c->count;
    args[1] = (uint64_t)(uintptr_t)words;
    opts.args = args;
    opts.regions = regions;
    opts.region_count = 2;
    if (!mybpf_instance_run(vm, "tcmd", &opts, print_result, &result))
        return complain(TOOL_REFUSED, "no instance has a command (tcmd/...)");
    return result;
}

/* 1 to go on, 0 to end. */
static int obey(mybpf_vm *vm, console *c)
{
    int command = console_find(commands, c->words[0]), result = TOOL_OK;
    if (command < 0)
        result = TOOL_REFUSED;
    else if (command == LOAD)
        result = load_command(vm, c);
    else if (command == UNLOAD)
        result = unload_command(vm, c);
    else if (command == TESTCMD)
        result = testcmd(vm, c);
    else if (c->count > 1)
        result = complain(TOOL_REFUSED, "%s: unexpected %s", commands[command], c->words[1]);
    else if (command == SHOW)
        show();
    else if (command == HELP)
        fputs(usage, stdout);
    else
        return 0;
    c->failed |= result != TOOL_OK;
    return 1;
}

int main(int argc, char **argv)
{
    static console c;
    mybpf_host host = {0};
    mybpf_error error = {0};
    mybpf_vm *vm;
    tool_name = "bare_spf";
    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
        return fputs(usage, stdout), TOOL_OK;
    if (argc > 1) return complain(TOOL_USAGE, "unexpected argument %s; try --help", argv[1]);
    host.output = print_output;
    host.exec = mybpf_jit_exec();
    if (mybpf_vm_create(&host, &vm, &error)) return complain_error("vm", &error);
    while (console_read(&c) && obey(vm, &c)) {
    }
    mybpf_instance_unload_all(vm);
    forget(NULL);
    mybpf_vm_destroy(vm);
    if (fflush(stdout) || ferror(stdout))
        c.failed = complain(TOOL_REFUSED, "standard output: %s", strerror(errno));
    return c.failed ? TOOL_REFUSED : TOOL_OK;
}
