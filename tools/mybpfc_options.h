/* mybpfc_options.h: the command line of mybpfc. */
#ifndef MYBPFC_OPTIONS_H
#define MYBPFC_OPTIONS_H

#include "tool.h"

enum { COMMAND_CONVERT, COMMAND_RUN, COMMAND_DUMP, COMMAND_ASM, COMMAND_VERIFY, COMMAND_SHOW, COMMAND_GEN, COMMANDS };
enum { FORM_NONE, FORM_BIN, FORM_HEX, FORM_C };

typedef struct options {
    int command, bare; /* convert: BARE, not SPF */
    const char *file;
    const char *output, *target, *section, *arguments, *btf, *kconfig;
    const char *name;    /* gen: of the skeleton; NULL: the file's */
    const char *capture; /* run: packets to run on */
    uint32_t tell;       /* run: MYBPF_JIT_TELL_* */
    int native, json, quiet, plain, sections, form, verbose, guards, facts;
    uint32_t type; /* of programs whose section tells none */
    mybpf_trust trust;
    int trust_given;
    mybpf_range *grants; /* from malloc */
    size_t grant_count;
    uint32_t policies; /* MYBPF_POLICY_* */
    uint64_t max_steps, ctx_size;
    unsigned char *memory; /* from malloc */
    size_t memory_size;
    mybpf_log_fn log; /* verify: what load is to tell; NULL: nothing */
    void *log_user;
} options;

static const char *const trust_names[] = {"verified", "guarded", "trusted"};
static const char *const policy_names[] = {"no-leaks", "init-stack", "aligned"}; /* as MYBPF_POLICY_* */
static const char *const command_names[] = {"convert", "run", "dump", "asm", "verify", "show", "gen"};

#define FILE_HELP                                                                                            \
    "FILE is an ELF object, an SPF or BARE image, instructions (.bin) or assembly text (.s, .asm).\n"
#define TRUST_HELP                                                                                           \
    "  --trust MODE      verified (default): only what is proven safe; guarded: the rest is\n"               \
    "                    checked while it runs; trusted: no checks, Sys helpers granted\n"                   \
    "  --grant WHAT      helpers the program may call: sys, user, a number or FIRST-LAST\n"                  \
    "  --strict          verified: the rules for unprivileged programs, no-leaks and init-stack\n"           \
    "  --policy RULE     verified: no-leaks (pointers stay inside), init-stack (stack is written before\n"   \
    "                    it is read) or aligned (memory is accessed at multiples of the size)\n"              \
    "  --btf FILE        types of the target, for CO-RE relocations of an ELF object: raw BTF, such as\n"   \
    "                    /sys/kernel/btf/vmlinux, or an ELF file with a section .BTF\n"                        \
    "  --kconfig FILE    values of its __kconfig variables, a line each, as in a kernel's .config\n"            \
    "  --type TYPE       of programs whose section does not tell: xdp, sched_cls, ... or a number\n"
#define CONTEXT_HELP                                                                                         \
    "  --ctx-size N      bytes of the context, where the program's type does not say what is in it\n"

static const char *const command_help[] = {
    "usage: mybpfc convert bare|spf FILE [-o OUT] [-j] [-t TARGET] [-s PROGRAM]\n"
    "Writes an image: BARE (one program; no .data, .rodata or maps) or SPF (\"simple\" means it too).\n"
    "Without -j and -t it holds bytecode, which runs on every machine.\n" FILE_HELP
    "  -o OUT            default: FILE with the ending .bare or .spf\n"
    "  -j                native code for this machine\n"
    "  -t TARGET         native code for TARGET (below), for processors with a feature: TARGET+FEATURE;\n"
    "                    native: for this machine, with all features that it has\n"
    "  -s PROGRAM        BARE: the program, by section or function; default: the first\n" TRUST_HELP CONTEXT_HELP
    "                    (of native code; bytecode is verified when the image is loaded)\n",

    "usage: mybpfc run FILE [-j] [-p \"ARGS\"] [-s PROGRAM]\n"
    "       mybpfc run FILE --pcap CAPTURE [-o OUT] [--json] [-j] [-s PROGRAM]\n"
    "Runs one program. Its output goes to standard output, followed by its result, \"r0 = N\".\n" FILE_HELP
    "  -p \"ARGS\"         arguments of a command (tcmd), split at blanks: r1 = argc, r2 = argv;\n"
    "                    argv[0] is the command's name, or the file's\n"
    "  -j                compile to native code first\n"
    "  --tell perf|gdb   who is told the names of compiled functions, bpf_prog_NAME; with -j\n"
    "  -s PROGRAM        the program, by section or function; default: the first. Others are not loaded, unless the\n"
    "                    object has a program array\n"
    "  -q                no \"r0 = N\" line\n"
    "  --memory HEX      context: r1 = its address, r2 = its size; not with -p\n"
    "  --pcap CAPTURE    xdp, tc and socket filter programs: run on each packet of a pcap or pcapng file, with\n"
    "                    a line for each packet's verdict and a summary; exit code 1 when one faulted\n"
    "  -o OUT            the packets that the program did not drop, as it left them: a pcap file\n"
    "  --json            for programs (of --pcap); what the program prints goes to standard error then\n"
    "  --max-steps N     stop before the block of instructions with which it would be more than N\n" TRUST_HELP,

    "usage: mybpfc dump FILE [--native] [--json|--plain] [-s PROGRAM]\n"
    "Prints programs, maps and instructions.\n" FILE_HELP
    "  --native          with the machine code of each instruction\n"
    "  --plain           instructions alone, as `mybpfc asm` reads them\n"
    "  --json            for programs\n"
    "  -s PROGRAM        only this program, by section or function\n" TRUST_HELP CONTEXT_HELP
    "                    (of --native; default there: trusted)\n",

    "usage: mybpfc asm FILE [-o OUT] [--bin|--hex|--c]\n"
    "Assembles a text (\"-\": standard input), in LLVM's syntax or the classic one.\n"
    "  --bin             8 bytes an instruction, little-endian; default with -o\n"
    "  --hex             a line of 16 digits an instruction; default without -o\n"
    "  --c               an array of struct bpf_insn\n",

    "usage: mybpfc verify FILE [--trust MODE] [-v] [--guards] [--facts] [--json]\n"
    "Tells whether FILE would be loaded. Exit code 1 when not, with the reason: the instruction and its C "
    "source,\n"
    "what is known there, the branches that lead there, and what usually helps.\n" FILE_HELP TRUST_HELP CONTEXT_HELP
    "  --guards          what guarded mode checks while the program runs, and why; implies --trust guarded\n"
    "  --facts           what was found of each instruction: what it accesses, constants, ways of branches\n"
    "  -v                every step, and what each program took, in the manner of Linux' verifier\n"
    "  --json            for programs: a result for each program\n"
    "  -q                no output when it is fine\n",

    "usage: mybpfc show FILE [--sections] [--json]\n"
    "Tells what FILE holds: programs, functions, maps, license, sizes.\n" FILE_HELP
    "  --sections        the sections of an ELF object too\n"
    "  --json            for programs\n",

    "usage: mybpfc gen skeleton FILE [name NAME] [-o OUT]\n"
    "Writes a C header (C99, C++11) that holds FILE and names what is in it: struct NAME with its programs, maps\n"
    "and globals, these with their types from BTF; NAME__open, NAME__load, NAME__open_and_load, NAME__destroy.\n"
    "FILE is an ELF object (compiled with -g for types), an SPF or BARE image.\n"
    "  name NAME         an identifier; default: FILE without its ending\n"
    "  -o OUT            default: standard output\n",
};

static const char usage[] =
    "usage: mybpfc COMMAND ...\n"
    "  convert   write a BARE or SPF image\n"
    "  run       run a program\n"
    "  dump      print instructions, bytecode and native\n"
    "  asm       assemble a text\n"
    "  verify    check whether a file would be loaded\n"
    "  show      tell what a file holds\n"
    "  gen       write a C header for an object\n"
    "`mybpfc COMMAND --help` tells more; a command may be shortened (\"con\"). Exit codes: 0 success,\n"
    "1 the file was refused or the program faulted, 2 wrong usage.\n";

/* The one of `names` that `word` is or abbreviates; -1 none, -2 several. */
static int find_name(const char *const *names, size_t count, const char *word)
{
    int found = -1;
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(names[i], word)) return (int)i;
        if (*word && !strncmp(names[i], word, strlen(word))) found = found == -1 ? (int)i : -2;
    }
    return found;
}

/* How many letters must be added, left out or changed to make `b` of `a`? */
static size_t distance(const char *a, const char *b)
{
    if (!*a || !*b) return strlen(a) + strlen(b);
    if (*a == *b) return distance(a + 1, b + 1);
    size_t left_out = distance(a + 1, b), added = distance(a, b + 1), changed = distance(a + 1, b + 1);
    size_t least = left_out < added ? left_out : added;
    return 1 + (least < changed ? least : changed);
}

static int read_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 0);
    return *text >= '0' && *text <= '9' && !*end && !errno;
}

static int read_type(options *o, const char *text)
{
    uint64_t number = 0;
    for (uint32_t type = 1; type <= MYBPF_PROG_TYPE_TCMD; type++) {
        const char *name = mybpf_prog_type_name(type);
        if (name && !strcmp(name, text)) return o->type = type, 1;
    }
    if (!read_number(text, &number) || !number || number > UINT32_MAX || !mybpf_prog_type_name((uint32_t)number))
        return 0;
    o->type = (uint32_t)number;
    return 1;
}

/* "sys", "user", "N" or "N-M" */
static int add_grant(options *o, const char *text)
{
    mybpf_range range = {0, 0};
    if (!strcmp(text, "sys"))
        range.first = MYBPF_HELPER_SYS, range.last = MYBPF_HELPER_USER - 1;
    else if (!strcmp(text, "user"))
        range.first = MYBPF_HELPER_USER, range.last = MYBPF_HELPER_TEMP - 1;
    else {
        char first[32];
        uint64_t low, high;
        const char *dash = strchr(text, '-');
        size_t length = dash ? (size_t)(dash - text) : strlen(text);
        if (length >= sizeof first) return 0;
        memcpy(first, text, length);
        first[length] = 0;
        if (!read_number(first, &low)) return 0;
        if (!dash)
            high = low;
        else if (!read_number(dash + 1, &high))
            return 0;
        if (low > high || high > UINT32_MAX) return 0;
        range.first = (uint32_t)low;
        range.last = (uint32_t)high;
    }
    mybpf_range *bigger = (mybpf_range *)realloc(o->grants, (o->grant_count + 1) * sizeof range);
    if (!bigger) return 0;
    o->grants = bigger;
    o->grants[o->grant_count++] = range;
    return 1;
}

static int read_hex(options *o, const char *text)
{
    free(o->memory);
    o->memory = (unsigned char *)malloc(strlen(text) / 2 + 1);
    o->memory_size = 0;
    if (!o->memory) return 0;
    for (; *text; text++) {
        unsigned value;
        if (*text == ' ') continue;
        if (!strchr("0123456789abcdefABCDEF", text[0]) || !text[1] ||
            !strchr("0123456789abcdefABCDEF", text[1]))
            return 0;
        sscanf(text, "%2x", &value);
        o->memory[o->memory_size++] = (unsigned char)value;
        text++;
    }
    return 1;
}

/* The seed's numbers of machines. */
static const char *target_by_number(const char *text)
{
    return !strcmp(text, "1") ? "x86_64" : !strcmp(text, "4") ? "arm64" : NULL;
}

enum {
    OPT_OUTPUT,
    OPT_TARGET,
    OPT_MACHINE,
    OPT_SECTION,
    OPT_ARGUMENTS,
    OPT_TRUST,
    OPT_GRANT,
    OPT_STEPS,
    OPT_POLICY,
    OPT_BTF,
    OPT_KCONFIG,
    OPT_TYPE,
    OPT_MEMORY,
    OPT_CONTEXT,
    OPT_TELL,
    OPT_CAPTURE, /* with a value */
    OPT_NATIVE,
    OPT_JSON,
    OPT_PLAIN,
    OPT_SECTIONS,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_GUARDS,
    OPT_FACTS,
    OPT_STRICT,
    OPT_BIN,
    OPT_HEX,
    OPT_C
};

#define ON(command) (1u << COMMAND_##command)
static const struct option_name {
    const char *name;
    int option;
    unsigned commands; /* that take it */
} option_names[] = {
    {"-o", OPT_OUTPUT, ON(CONVERT) | ON(ASM) | ON(GEN) | ON(RUN)},
    {"-t", OPT_TARGET, ON(CONVERT)},
    {"-m", OPT_MACHINE, ON(CONVERT)},
    {"-s", OPT_SECTION, ON(CONVERT) | ON(RUN) | ON(DUMP)},
    {"--pcap", OPT_CAPTURE, ON(RUN)},
    {"-p", OPT_ARGUMENTS, ON(RUN)},
    {"--tell", OPT_TELL, ON(RUN)},
    {"--trust", OPT_TRUST, ON(CONVERT) | ON(RUN) | ON(DUMP) | ON(VERIFY)},
    {"--grant", OPT_GRANT, ON(CONVERT) | ON(RUN) | ON(DUMP) | ON(VERIFY)},
    {"--strict", OPT_STRICT, ON(CONVERT) | ON(RUN) | ON(DUMP) | ON(VERIFY)},
    {"--policy", OPT_POLICY, ON(CONVERT) | ON(RUN) | ON(DUMP) | ON(VERIFY)},
    {"--btf", OPT_BTF, ON(CONVERT) | ON(RUN) | ON(DUMP) | ON(VERIFY)},
    {"--kconfig", OPT_KCONFIG, ON(CONVERT) | ON(RUN) | ON(DUMP) | ON(VERIFY)},
    {"--type", OPT_TYPE, ON(CONVERT) | ON(RUN) | ON(DUMP) | ON(VERIFY)},
    {"--max-steps", OPT_STEPS, ON(RUN)},
    {"--memory", OPT_MEMORY, ON(RUN)},
    {"--ctx-size", OPT_CONTEXT, ON(CONVERT) | ON(DUMP) | ON(VERIFY)},
    {"-j", OPT_NATIVE, ON(CONVERT) | ON(RUN) | ON(DUMP)},
    {"--native", OPT_NATIVE, ON(DUMP)},
    {"--json", OPT_JSON, ON(DUMP) | ON(VERIFY) | ON(SHOW) | ON(RUN)},
    {"--plain", OPT_PLAIN, ON(DUMP)},
    {"--sections", OPT_SECTIONS, ON(SHOW)},
    {"-q", OPT_QUIET, ON(RUN) | ON(VERIFY)},
    {"--quiet", OPT_QUIET, ON(RUN) | ON(VERIFY)},
    {"-v", OPT_VERBOSE, ON(VERIFY)},
    {"--verbose", OPT_VERBOSE, ON(VERIFY)},
    {"--guards", OPT_GUARDS, ON(VERIFY)},
    {"--facts", OPT_FACTS, ON(VERIFY)},
    {"--bin", OPT_BIN, ON(ASM)},
    {"--hex", OPT_HEX, ON(ASM)},
    {"--c", OPT_C, ON(ASM)},
};
#undef ON

static int wrong(const options *o, const char *format, const char *what)
{
    complain(0, format, what);
    fprintf(stderr, "try `mybpfc %s%s--help`\n", o->command >= 0 ? command_names[o->command] : "",
            o->command >= 0 ? " " : "");
    return TOOL_USAGE;
}

static int set_option(options *o, int option, const char *value)
{
    int trust, policy;
    switch (option) {
    case OPT_OUTPUT: o->output = value; break;
    case OPT_TARGET: o->target = value; break;
    case OPT_MACHINE:
        o->target = target_by_number(value);
        if (!o->target) return wrong(o, "-m %s: 1 is x86_64, 4 is arm64; other machines: -t", value);
        break;
    case OPT_SECTION: o->section = value; break;
    case OPT_ARGUMENTS: o->arguments = value; break;
    case OPT_TELL:
        if (strcmp(value, "perf") && strcmp(value, "gdb")) return wrong(o, "--tell %s: must be perf or gdb", value);
        o->tell |= value[0] == 'p' ? MYBPF_JIT_TELL_PERF : MYBPF_JIT_TELL_GDB;
        break;
    case OPT_CAPTURE: o->capture = value; break;
    case OPT_BTF: o->btf = value; break;
    case OPT_KCONFIG: o->kconfig = value; break;
    case OPT_TYPE:
        if (!read_type(o, value)) return wrong(o, "--type %s: no type of programs", value);
        break;
    case OPT_TRUST:
        trust = find_name(trust_names, 3, value);
        if (trust < 0) return wrong(o, "--trust %s: must be verified, guarded or trusted", value);
        o->trust = (mybpf_trust)trust;
        o->trust_given = 1;
        break;
    case OPT_GRANT:
        if (!add_grant(o, value))
            return wrong(o, "--grant %s: must be sys, user, a helper's number or FIRST-LAST", value);
        break;
    case OPT_STEPS:
        if (!read_number(value, &o->max_steps) || !o->max_steps)
            return wrong(o, "--max-steps %s: must be a number above 0", value);
        break;
    case OPT_MEMORY:
        if (!read_hex(o, value)) return wrong(o, "--memory %s: must be pairs of hexadecimal digits", value);
        break;
    case OPT_CONTEXT:
        if (!read_number(value, &o->ctx_size) || !o->ctx_size || o->ctx_size > 1 << 20)
            return wrong(o, "--ctx-size %s: must be a number of bytes, at most 1 MB", value);
        break;
    case OPT_POLICY:
        policy = find_name(policy_names, 3, value);
        if (policy < 0) return wrong(o, "--policy %s: must be no-leaks, init-stack or aligned", value);
        o->policies |= 1u << policy;
        break;
    case OPT_STRICT: o->policies |= MYBPF_POLICY_STRICT; break;
    case OPT_NATIVE: o->native = 1; break;
    case OPT_JSON: o->json = 1; break;
    case OPT_PLAIN: o->plain = 1; break;
    case OPT_SECTIONS: o->sections = 1; break;
    case OPT_QUIET: o->quiet = 1; break;
    case OPT_VERBOSE: o->verbose = 1; break;
    case OPT_GUARDS: o->guards = 1; break;
    case OPT_FACTS: o->facts = 1; break;
    case OPT_BIN: o->form = FORM_BIN; break;
    case OPT_HEX: o->form = FORM_HEX; break;
    default: o->form = FORM_C; break;
    }
    return -1;
}

/* argv[*at] is an option: reads it and its value. Short options may have their value glued on ("-ofile"),
 * long ones behind '='. -1 to go on, else an exit code. */
static int read_option(options *o, int argc, char **argv, int *at)
{
    const char *text = argv[*at];
    const struct option_name *known = NULL;
    const char *value = NULL;
    for (size_t i = 0; i < sizeof option_names / sizeof *option_names; i++) {
        const struct option_name *n = &option_names[i];
        size_t length = strlen(n->name);
        int is_long = n->name[1] == '-', takes_value = n->option < OPT_NATIVE;
        if (!(n->commands >> o->command & 1) || strncmp(text, n->name, length)) continue;
        if (text[length] && (!takes_value || (is_long && text[length] != '='))) continue;
        known = n;
        value = text[length] ? text + length + is_long : NULL;
    }
    if (!known) return wrong(o, "unknown option %s", text);
    if (known->option < OPT_NATIVE && !value) {
        if (++*at >= argc) return wrong(o, "%s needs a value", known->name);
        value = argv[*at];
    }
    return set_option(o, known->option, value);
}

/* The targets, and what may follow them. */
static int print_help(int command)
{
    fputs(command_help[command], stdout);
    if (command != COMMAND_CONVERT) return TOOL_OK;
    printf("Targets:");
    for (size_t i = 0; mybpf_aot_target(i); i++) {
        const char *target = mybpf_aot_target(i), *feature;
        printf("%s %s", i ? "," : "", target);
        for (size_t n = 0; (feature = mybpf_aot_feature(target, n)) != NULL; n++) printf(" (+%s)", feature);
    }
    putchar('\n');
    return TOOL_OK;
}

static int is_help(const char *word) { return !strcmp(word, "-h") || !strcmp(word, "--help"); }

/* "skeleton FILE [name NAME]" */
static int read_gen(options *o, const char **words, int count)
{
    if (!count) return wrong(o, "gen what? %s", "skeleton FILE");
    if (!*words[0] || strncmp("skeleton", words[0], strlen(words[0])))
        return wrong(o, "gen %s: it generates a skeleton", words[0]);
    if (count == 1) return wrong(o, "gen skeleton: %s", "no file given");
    if (count == 3 && !strcmp(words[2], "name")) return wrong(o, "%s needs a value", words[2]);
    if (count > 2 && (strcmp(words[2], "name") || count > 4))
        return wrong(o, "unexpected argument %s", words[strcmp(words[2], "name") ? 2 : 4]);
    if (count == 4) {
        o->name = words[3];
        size_t letters = strspn(words[3], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        if (!letters || words[3][letters] || (words[3][0] >= '0' && words[3][0] <= '9') || letters > 60)
            return wrong(o, "name %s: must be an identifier of at most 60 letters", words[3]);
    }
    o->file = words[1];
    if (o->output && is_same_file(o->file, o->output)) return wrong(o, "-o %s: is what is read", o->output);
    return -1;
}

/* "x86_64", or "arm64+lse": what stands behind it is the library's to know. */
static int is_target(const char *text)
{
    if (!strncmp(text, "native", 6) && (!text[6] || text[6] == '+')) return mybpf_aot_target_host() != NULL;
    for (size_t i = 0; mybpf_aot_target(i); i++) {
        size_t length = strlen(mybpf_aot_target(i));
        if (!strncmp(text, mybpf_aot_target(i), length) && (!text[length] || text[length] == '+')) return 1;
    }
    return 0;
}

/* "z80: x86_64, arm64, ..." */
static const char *target_names(const char *unknown)
{
    static char text[200];
    int used = snprintf(text, sizeof text, "%.60s:", unknown);
    for (size_t i = 0; mybpf_aot_target(i); i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s %s", i ? "," : "", mybpf_aot_target(i));
    return text;
}

/* Files and, before them, the format of convert; "file", "bare" or "spf" may stand before the file of run. */
static int read_words(options *o, const char **words, int count)
{
    static const char *const formats[] = {"bare", "spf", "simple"};
    int first = 0;
    if (o->command == COMMAND_GEN) return read_gen(o, words, count);
    if (o->command == COMMAND_CONVERT) {
        if (!count) return wrong(o, "convert to what? %s", "bare or spf");
        if (!*words[0] || (strncmp(formats[0], words[0], strlen(words[0])) &&
                           strncmp(formats[1], words[0], strlen(words[0])) &&
                           strncmp(formats[2], words[0], strlen(words[0]))))
            return wrong(o, "no format %s: bare or spf", words[0]);
        o->bare = words[0][0] == 'b';
        first = 1;
    } else if (o->command == COMMAND_RUN && count == 2 &&
               (!strcmp(words[0], "file") || !strcmp(words[0], "bare") || !strcmp(words[0], "spf"))) {
        first = 1;
    }
    if (count == first) return wrong(o, "%s: no file given", command_names[o->command]);
    if (count > first + 1 && o->command == COMMAND_RUN)
        return wrong(o, "unexpected argument %s: arguments of the program go behind -p, as one word",
                     words[first + 1]);
    if (o->tell && !o->native) return wrong(o, "%s: of native code, with -j", "--tell");
    if (o->target && o->native) return wrong(o, "-j and -t %s: one of them", o->target);
    if (o->target && !is_target(o->target)) return wrong(o, "no target %s", target_names(o->target));
    if (o->section && o->command == COMMAND_CONVERT && !o->bare)
        return wrong(o, "-s %s: of a BARE image, an SPF image holds all programs", o->section);
    if (o->json && o->plain) return wrong(o, "%s: one of them", "--json and --plain");
    if (o->memory && o->arguments) return wrong(o, "%s: r1 is either argc or the context", "--memory and -p");
    if (o->capture && (o->memory || o->arguments))
        return wrong(o, "%s: the context tells of the packet", o->memory ? "--memory and --pcap" : "-p and --pcap");
    if (o->command == COMMAND_RUN && !o->capture && (o->output || o->json))
        return wrong(o, "%s is for --pcap", o->output ? "-o" : "--json");
    if (o->capture && o->output && !strcmp(o->output, "-"))
        return wrong(o, "%s: verdicts go to standard output; name a file", "-o -");
    if (count > first + 1) return wrong(o, "unexpected argument %s", words[first + 1]);
    o->file = words[first];
    if (o->output && is_same_file(o->file, o->output)) /* a capture may be replaced by what became of it */
        return wrong(o, "-o %s: is what is read", o->output);
    return -1;
}

/* No command is called `word`, or (found == -2) several begin with it. */
static int wrong_command(const options *o, int found, const char *word)
{
    char text[96];
    size_t best = 3; /* more than 2 letters: something else was meant */
    if (found == -2) return wrong(o, "%s may be several commands", word);
    for (int i = 0; strlen(word) > 2 && strlen(word) < 10 && i < COMMANDS; i++) {
        size_t letters = distance(word, command_names[i]);
        if (letters >= best) continue;
        best = letters;
        snprintf(text, sizeof text, "unknown command %s: did you mean %s?", word, command_names[i]);
    }
    if (best < 3) return wrong(o, "%s", text);
    return wrong(o, "unknown command %s: convert, run, dump, asm, verify, show or gen", word);
}

/* -1 to go on, else the exit code. */
static int read_options(options *o, int argc, char **argv)
{
    const char *words[5];
    int count = 0, status = -1;
    memset(o, 0, sizeof *o);
    o->command = -1;
    if (argc < 2) return fputs(usage, stderr), TOOL_USAGE;
    int help = is_help(argv[1]) || !strcmp(argv[1], "help");
    if (help && argc < 3) return fputs(usage, stdout), TOOL_OK;
    if (!strcmp(argv[1], "--version")) return puts("mybpfc " MYBPF_VERSION), TOOL_OK;
    const char *word = argv[1 + help];
    int command = find_name(command_names, COMMANDS, word);
    if (help && is_help(word)) return fputs(usage, stdout), TOOL_OK;
    if (command < 0) return wrong_command(o, command, word);
    if (help) return print_help(command);
    o->command = command;
    for (int i = 2; i < argc; i++)
        if (is_help(argv[i])) return print_help(command);
    for (int i = 2, options_end = 0; i < argc && status < 0; i++) {
        if (!options_end && !strcmp(argv[i], "--"))
            options_end = 1;
        else if (!options_end && argv[i][0] == '-' && argv[i][1])
            status = read_option(o, argc, argv, &i);
        else if (count < (o->command == COMMAND_GEN ? 5 : 3))
            words[count++] = argv[i];
        else
            status = wrong(o,
                           command == COMMAND_RUN
                               ? "unexpected argument %s: arguments of the program go behind -p, as one word"
                               : "unexpected argument %s",
                           argv[i]);
    }
    return status < 0 ? read_words(o, words, count) : status;
}

#endif
