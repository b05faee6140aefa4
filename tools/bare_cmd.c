/* bare_cmd.c: runs a BARE file of native code once, through the bare runtime. */
#include "mybpf.h"

#include "bare_image.h"

static const char usage[] =
    "usage: bare_cmd [-r] FILE [ARGS...]\n"
    "Runs FILE, a BARE image with code for this machine, as a command: r1 = argc, r2 = argv,\n"
    "argv[0] = FILE.\n"
    "  -r        print its result at the end: \"r0 = N\"\n"
    "Exit codes: 0 it ran, 1 it was refused or failed, 2 wrong usage.\n";

int main(int argc, char **argv)
{
    bare_image image;
    uint64_t r0 = 0;
    int print = 0, at = 1;
    tool_name = "bare_cmd";
    for (; at < argc && argv[at][0] == '-' && argv[at][1]; at++) {
        if (!strcmp(argv[at], "--help") || !strcmp(argv[at], "-h")) return fputs(usage, stdout), TOOL_OK;
        if (!strcmp(argv[at], "--")) {
            at++;
            break;
        }
        if (strcmp(argv[at], "-r")) return complain(TOOL_USAGE, "unknown option %s; try --help", argv[at]);
        print = 1;
    }
    if (at >= argc) return fputs(usage, stderr), TOOL_USAGE;
    mybpf_vm *vm = bare_vm();
    int result = vm ? bare_load(&image, vm, argv[at]) : TOOL_REFUSED;
    if (!result) {
        result = bare_run(&image, vm, argv[at], argc - at, argv + at, &r0);
        bare_unload(&image);
        if (!result && print) printf("r0 = %lld\n", (long long)r0);
    }
    mybpf_vm_destroy(vm);
    if ((fflush(stdout) || ferror(stdout)) && !result)
        result = complain(TOOL_REFUSED, "standard output: %s", strerror(errno));
    return result;
}
