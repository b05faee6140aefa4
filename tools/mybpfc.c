/* mybpfc.c: converts, runs, dumps, assembles, verifies and shows eBPF objects, and makes C headers of them.
 * Thin over the headers. */
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"

#include "mybpfc_options.h"
#include "mybpfc_object.h"
#include "mybpfc_dump.h"
#include "mybpfc_verify.h"
#include "mybpfc_gen.h"
#include "mybpfc_pcap.h"

/* ---- run ---- */

/* argc and argv as a command gets them: 64-bit pointers, in memory that a guarded run may read. */
typedef struct command_line {
    char *text;
    uint64_t *argv;
    uint64_t argc;
    mybpf_region regions[2];
} command_line;

/* Splits at blanks; argument 0 is the program's name. 0, or -1 without memory. */
static int split_arguments(command_line *line, const char *name, const char *arguments)
{
    size_t size = strlen(name) + strlen(arguments) + 2;
    line->text = (char *)malloc(size);
    line->argv = (uint64_t *)calloc(size / 2 + 2, sizeof *line->argv);
    if (!line->text || !line->argv) return -1;
    strcpy(line->text, name);
    line->argv[line->argc++] = (uint64_t)(uintptr_t)line->text;
    char *at = line->text + strlen(name) + 1;
    strcpy(at, arguments);
    for (at += strspn(at, " \t\n"); *at; at += strspn(at, " \t\n")) {
        line->argv[line->argc++] = (uint64_t)(uintptr_t)at;
        at += strcspn(at, " \t\n");
        if (*at) *at++ = 0;
    }
    mybpf_region regions[2] = {{line->text, size, 1}, {line->argv, (line->argc + 1) * sizeof *line->argv, 1}};
    memcpy(line->regions, regions, sizeof regions);
    return 0;
}

/* What a command finds in argv[0]: the name after "tcmd/", else that of the file without its ending. */
static const char *command_name(const options *o, const mybpf_program *program, char *text, size_t size)
{
    const char *section = mybpf_program_section(program), *slash = strrchr(o->file, '/');
    if (!strncmp(section, "tcmd/", 5) && section[5]) return section + 5;
    snprintf(text, size, "%s", slash ? slash + 1 : o->file);
    char *dot = strrchr(text, '.');
    if (dot && dot > text) *dot = 0;
    return text;
}

static void print_result(uint64_t r0)
{
    int64_t value = (int64_t)r0;
    printf("r0 = %lld", (long long)value);
    if (value < 0 || value > INT32_MAX) printf(" (0x%llx)", (unsigned long long)r0);
    putchar('\n');
}

/* A command gets r1 = argc, r2 = argv; other programs r1 = context, r2 = its size. */
static int run_program(const options *o, const mybpf_program *program)
{
    mybpf_error error = {0};
    mybpf_run_opts run = {0};
    command_line line = {0};
    uint64_t r0 = 0, args[5] = {0};
    char text[256];
    int status =
        split_arguments(&line, command_name(o, program, text, sizeof text), o->arguments ? o->arguments : "");
    if (status) complain(0, "out of memory");
    if (!status && !o->memory && (o->arguments || mybpf_program_type(program) == MYBPF_PROG_TYPE_TCMD)) {
        args[0] = line.argc;
        args[1] = (uint64_t)(uintptr_t)line.argv;
        run.args = args;
        run.regions = line.regions;
        run.region_count = 2;
    }
    run.ctx = o->memory;
    run.ctx_size = o->memory_size;
    run.max_steps = o->max_steps;
    if (!status) {
        status = mybpf_program_run(program, &run, &r0, &error);
        if (status)
            complain_error(o->file, &error);
        else if (!o->quiet)
            print_result(r0);
    }
    free(line.text);
    free(line.argv);
    return status ? TOOL_REFUSED : TOOL_OK;
}

/* Would it look for a packet behind its context? In guarded mode it may look. */
static int takes_packet(const options *o, const mybpf_program *program)
{
    if (o->trust == MYBPF_GUARDED) return 0;
    uint32_t type = mybpf_program_type(program);
    return type == MYBPF_PROG_TYPE_XDP || type == MYBPF_PROG_TYPE_SCHED_CLS ||
           type == MYBPF_PROG_TYPE_SCHED_ACT || type == MYBPF_PROG_TYPE_SOCKET_FILTER;
}

static int command_run(options *o)
{
    loaded l;
    int result = load(&l, o, o->trust);
    mybpf_error error = {0};
    const mybpf_program *program = result ? NULL : find_program(&l, o);
    if (!result && !program) result = TOOL_REFUSED;
    mybpf_jit_opts jit = {0, o->tell};
    if (!result && o->native && !mybpf_object_native(l.object) && mybpf_jit_compile(l.object, &jit, &error))
        result = complain_error(o->file, &error);
    if (!result && !o->capture && !o->memory && takes_packet(o, program))
        result = complain(
            TOOL_REFUSED,
            "%s: %s: a program of type %s runs on packets: --pcap CAPTURE, or --memory HEX for a context",
            o->file, mybpf_program_name(program), mybpf_prog_type_name(mybpf_program_type(program)));
    if (!result) result = o->capture ? run_capture(o, program) : run_program(o, program);
    unload(&l);
    return result;
}

/* ---- convert ---- */

/* "prog.o" -> "prog.spf"; from malloc. */
static char *output_name(const char *file, const char *extension)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file, *dot = strrchr(base, '.');
    size_t stem = dot && dot > base ? (size_t)(dot - file) : strlen(file);
    char *name = (char *)malloc(stem + strlen(extension) + 1);
    if (name) sprintf(name, "%.*s%s", (int)stem, file, extension);
    return name;
}

static int command_convert(options *o)
{
    loaded l;
    mybpf_error error = {0};
    mybpf_aot_opts aot = {o->target, o->section};
    void *bytes = NULL;
    size_t size = 0;
    if (o->native && !aot.target && !(aot.target = mybpf_aot_target_host()))
        return complain(TOOL_REFUSED, "no native code for this machine: name a target with -t");
    /* Bytecode is verified when the image is loaded: here nothing needs to be proven or granted. */
    int result = load(&l, o, aot.target || o->trust_given ? o->trust : MYBPF_TRUSTED);
    if (!result && o->section && !find_program(&l, o)) result = TOOL_REFUSED;
    if (!result) {
        int (*write)(const mybpf_object *, const mybpf_aot_opts *, void **, size_t *, mybpf_error *) =
            o->bare ? mybpf_aot_bare : mybpf_aot_spf;
        if (write(l.object, &aot, &bytes, &size, &error)) result = complain_error(o->file, &error);
    }
    if (!result) {
        char *name = o->output ? NULL : output_name(o->file, o->bare ? ".bare" : ".spf");
        if (o->output || name)
            result = write_file(o->output ? o->output : name, bytes, size);
        else
            result = complain(TOOL_REFUSED, "out of memory");
        free(name);
        mybpf_vm_realloc(l.vm, bytes, 0);
    }
    unload(&l);
    return result;
}

/* ---- asm ---- */

static void add_text(char **text, size_t *used, const char *format, ...) TOOL_PRINTF(3, 4);
static void add_text(char **text, size_t *used, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    char *bigger =
        *text ? (char *)realloc(*text, *used + (size_t)length + 1) : (char *)malloc((size_t)length + 1);
    if (!bigger) exit(complain(TOOL_REFUSED, "out of memory"));
    memcpy(bigger + *used, line, (size_t)length + 1);
    *text = bigger;
    *used += (size_t)length;
}

/* The instructions in the form that was asked for, from malloc. */
static char *format_insns(const options *o, const mybpf_insn *insns, size_t count, size_t *size)
{
    char *out = NULL, text[160];
    *size = 0;
    if (o->form == FORM_C) add_text(&out, size, "static const struct bpf_insn program[] = {\n");
    for (size_t i = 0; i < count; i++) {
        const mybpf_insn *insn = insns + i;
        unsigned char b[8];
        encode(insn, b);
        switch (o->form) {
        case FORM_BIN: {
            char *bigger = (char *)realloc(out, *size + 8);
            if (!bigger) exit(complain(TOOL_REFUSED, "out of memory"));
            memcpy(bigger + *size, b, 8);
            out = bigger;
            *size += 8;
            break;
        }
        case FORM_HEX:
            add_text(&out, size, "%02x%02x%02x%02x%02x%02x%02x%02x\n", b[0], b[1], b[2], b[3], b[4], b[5],
                     b[6], b[7]);
            break;
        default:
            mybpf_disassemble(insn, count - i, text, sizeof text);
            add_text(&out, size, "    {0x%02x, %u, %u, %d, %d},", insn->code, insn->dst_reg, insn->src_reg,
                     insn->off, (int)insn->imm);
            if (insn->code)
                add_text(&out, size, " /* %s */\n", text);
            else
                add_text(&out, size, "\n");
            break;
        }
    }
    if (o->form == FORM_C) add_text(&out, size, "};\n");
    return out;
}

static int command_asm(options *o)
{
    size_t size, written = 0;
    mybpf_error error = {0};
    char *text = read_file(o->file, &size);
    if (!text) return TOOL_REFUSED;
    int result = TOOL_OK;
    int64_t count = mybpf_assemble(text, size, NULL, 0, &error);
    mybpf_insn *insns = count > 0 ? (mybpf_insn *)calloc((size_t)count, sizeof *insns) : NULL;
    if (count < 0)
        result = complain_error(o->file, &error);
    else if (!count)
        result = complain(TOOL_REFUSED, "%s: no instructions", o->file);
    else if (!insns)
        result = complain(TOOL_REFUSED, "out of memory");
    if (!result) {
        mybpf_assemble(text, size, insns, (size_t)count, &error);
        if (o->form == FORM_NONE) o->form = o->output ? FORM_BIN : FORM_HEX;
        char *out = format_insns(o, insns, (size_t)count, &written);
        result = write_file(o->output ? o->output : "-", out, written);
        free(out);
    }
    free(insns);
    free(text);
    return result;
}

/* ---- main ---- */

int main(int argc, char **argv)
{
    static int (*const commands[])(options *) = {command_convert, command_run,  command_dump, command_asm,
                                                 command_verify,  command_show, command_gen};
    options o;
    tool_name = "mybpfc";
    tool_has_trust = 1;
    int result = read_options(&o, argc, argv);
    if (result < 0) result = commands[o.command](&o);
    if ((fflush(stdout) || ferror(stdout)) && !result)
        result = complain(TOOL_REFUSED, "standard output: %s", errno ? strerror(errno) : "cannot be written");
    free(o.memory);
    free(o.grants);
    return result;
}
