/* mybpf_plugin.c: runs one program for the public bpf_conformance runner.
 *
 *     mybpf_plugin [MEMORY] [--engine interp|jit|spf|bare] [--trust MODE] [--elf] <PROGRAM
 *
 * MEMORY and PROGRAM (on standard input) are bytes in hexadecimal, blanks allowed. r1 is the address of
 * MEMORY, r2 its size. Prints r0 in hexadecimal; on failure the reason, with exit code 1. With --elf, PROGRAM
 * is a whole ELF file whose first program runs. spf and bare write the image in memory and run that. The
 * default is a trusted interpreter: the suite's programs use the memory as they like. */
#define MYBPF_BARE_IMPLEMENTATION
#include "engines.h"
#include "tool.h"

/* Bytes from malloc; NULL when `text` is something else than pairs of digits. */
static unsigned char *read_hex(const char *text, size_t *size)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    unsigned char *bytes = (unsigned char *)malloc(strlen(text) / 2 + 8);
    *size = 0;
    for (text += strspn(text, " \r\n\t"); bytes && *text; text += strspn(text, " \r\n\t")) {
        unsigned value = 0;
        if (strspn(text, digits) < 2) {
            free(bytes);
            return NULL;
        }
        sscanf(text, "%2x", &value);
        bytes[(*size)++] = (unsigned char)value;
        text += 2;
    }
    return bytes;
}

/* The program's bytes as instructions, from calloc; bytes that are none at the end make one more. */
static mybpf_insn *as_insns(const unsigned char *bytes, size_t size)
{
    mybpf_insn *insns = (mybpf_insn *)calloc(size / 8 + 2, sizeof *insns);
    for (size_t i = 0; insns && i * 8 < size; i++) {
        unsigned char b[8] = {0};
        memcpy(b, bytes + 8 * i, size - 8 * i < 8 ? size - 8 * i : 8);
        unsigned source = b[1] >> 4u;
        insns[i].code = b[0];
        insns[i].dst_reg = b[1] & 15u;
        insns[i].src_reg = source & 15u;
        insns[i].off = (int16_t)(b[2] | b[3] << 8);
        insns[i].imm =
            (int32_t)((uint32_t)b[4] | (uint32_t)b[5] << 8 | (uint32_t)b[6] << 16 | (uint32_t)b[7] << 24);
    }
    return insns;
}

static int refuse(const char *why)
{
    puts(why);
    return TOOL_REFUSED;
}

static int find_word(const char *const *words, int count, const char *word)
{
    for (int i = 0; word && i < count; i++)
        if (!strcmp(words[i], word)) return i;
    return -1;
}

/* Fills `job` and `engine`; 0, or an exit code. */
static int read_arguments(int argc, char **argv, engine_job *job, int *engine, int *is_elf)
{
    static const char *const trusts[] = {"verified", "guarded", "trusted"};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help"))
            return puts("usage: mybpf_plugin [MEMORY] [--engine interp|jit|spf|bare] "
                        "[--trust verified|guarded|trusted] [--elf] <PROGRAM"),
                   -1;
        if (!strcmp(argv[i], "--elf")) {
            *is_elf = 1;
        } else if (!strcmp(argv[i], "--engine")) {
            *engine = find_word(engine_names, ENGINES, i + 1 < argc ? argv[++i] : NULL);
            if (*engine < 0) return complain(TOOL_USAGE, "--engine must be interp, jit, spf or bare");
        } else if (!strcmp(argv[i], "--trust")) {
            int trust = find_word(trusts, 3, i + 1 < argc ? argv[++i] : NULL);
            if (trust < 0) return complain(TOOL_USAGE, "--trust must be verified, guarded or trusted");
            job->trust = (mybpf_trust)trust;
        } else if (argv[i][0] == '-' || job->memory) {
            return complain(TOOL_USAGE, "unknown argument %s", argv[i]);
        } else if (!(job->memory = read_hex(argv[i], &job->memory_size))) {
            return complain(TOOL_USAGE, "memory must be pairs of hexadecimal digits");
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    engine_job job;
    mybpf_error error;
    int engine = ENGINE_INTERP, is_elf = 0;
    size_t text_size, size;
    uint64_t r0 = 0;
    tool_name = "mybpf_plugin";
    memset(&job, 0, sizeof job);
    job.trust = MYBPF_TRUSTED;
    int result = read_arguments(argc, argv, &job, &engine, &is_elf);
    char *text = result ? NULL : read_file("-", &text_size);
    unsigned char *bytes = text ? read_hex(text, &size) : NULL;
    mybpf_insn *insns = bytes ? as_insns(bytes, size) : NULL;
    if (!job.memory_size) free(job.memory), job.memory = NULL;
    if (result) {
        if (result < 0) result = TOOL_OK;
    } else if (!text) {
        result = TOOL_REFUSED;
    } else if (!insns || !size) {
        result = refuse("the program must be pairs of hexadecimal digits");
    } else {
        job.insns = insns;
        job.insn_count = (size + 7) / 8;
        if (is_elf) job.file = bytes, job.file_size = size;
        if (engine_try(&job, engine, &r0, &error))
            result = refuse(error.message);
        else
            printf("%llx\n", (unsigned long long)r0);
    }
    free(insns);
    free(bytes);
    free(text);
    free(job.memory);
    return result;
}
