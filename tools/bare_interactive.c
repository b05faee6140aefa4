/* bare_interactive.c: loads and runs BARE files of native code on command, through the bare runtime. */
#include "mybpf.h"

#include "bare_image.h"
#include "console.h"

static const char usage[] =
    "usage: bare_interactive\n"
    "Reads commands from standard input:\n"
    "  load FILE     load a BARE image with code for this machine, in place of the one before\n"
    "  run [ARGS]    run it as a command: r1 = argc, r2 = argv, argv[0] = FILE;\n"
    "                prints its result\n"
    "  unload        forget it\n"
    "  help          print this\n"
    "  quit          end; so does the end of the input\n"
    "Commands may be shortened. Exit codes: 0 every command was done, 1 one was refused or failed,\n"
    "2 wrong usage.\n";

enum { LOAD, RUN, UNLOAD, HELP, QUIT };
static const char *const commands[] = {"load", "run", "unload", "help", "quit", NULL};

typedef struct runtime {
    mybpf_vm *vm;
    bare_image image;
    char file[CONSOLE_LINE]; /* "": nothing is loaded */
} runtime;

static void unload(runtime *r)
{
    bare_unload(&r->image);
    r->file[0] = 0;
}

/* The old image stays when the new one is refused. */
static int load(runtime *r, const char *file)
{
    bare_image image;
    if (bare_load(&image, r->vm, file)) return TOOL_REFUSED;
    unload(r);
    r->image = image;
    strcpy(r->file, file);
    return TOOL_OK;
}

static int run(runtime *r, console *c)
{
    uint64_t r0;
    c->words[0] = r->file;
    int result = bare_run(&r->image, r->vm, r->file, c->count, c->words, &r0);
    if (!result) printf("r0 = %lld\n", (long long)r0);
    return result;
}

/* 1 to go on, 0 to end. */
static int obey(runtime *r, console *c)
{
    int command = console_find(commands, c->words[0]), wanted = command == LOAD ? 2 : 1, result = TOOL_OK;
    if (command < 0)
        result = TOOL_REFUSED;
    else if (command == LOAD && c->count < 2)
        result = complain(TOOL_REFUSED, "load which file?");
    else if (command != RUN && c->count > wanted)
        result = complain(TOOL_REFUSED, "%s: unexpected %s", commands[command], c->words[wanted]);
    else if ((command == RUN || command == UNLOAD) && !r->file[0])
        result = complain(TOOL_REFUSED, "nothing is loaded");
    else if (command == LOAD)
        result = load(r, c->words[1]);
    else if (command == RUN)
        result = run(r, c);
    else if (command == UNLOAD)
        unload(r);
    else if (command == HELP)
        fputs(usage, stdout);
    else
        return 0;
    c->failed |= result != TOOL_OK;
    return 1;
}

int main(int argc, char **argv)
{
    static runtime r;
    static console c;
    tool_name = "bare_interactive";
    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
        return fputs(usage, stdout), TOOL_OK;
    if (argc > 1) return complain(TOOL_USAGE, "unexpected argument %s; try --help", argv[1]);
    r.vm = bare_vm();
    if (!r.vm) return TOOL_REFUSED;
    while (console_read(&c) && obey(&r, &c)) {
    }
    unload(&r);
    mybpf_vm_destroy(r.vm);
    if (fflush(stdout) || ferror(stdout))
        c.failed = complain(TOOL_REFUSED, "standard output: %s", strerror(errno));
    return c.failed ? TOOL_REFUSED : TOOL_OK;
}
