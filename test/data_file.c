/* data_file.c: see data_file.h. */
#include "data_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASM, RAW, MEM, RESULT, ERROR, ERROR_PATTERN, RELOAD, PYELF, IGNORED };
static const struct section_name {
    const char *name;
    int kind;
} section_names[] = {
    {"asm", ASM},
    {"raw", RAW},
    {"mem", MEM},
    {"result", RESULT},
    {"error", ERROR},
    {"error pattern", ERROR_PATTERN},
    {"reload", RELOAD},
    {"pyelf", PYELF},
    {"c", IGNORED},
    {"description", IGNORED},
    {"no jit", IGNORED}, /* what ubpf's JIT cannot do */
    {"no register offset", IGNORED},
    {"unload", IGNORED},
};
enum { SECTIONS = sizeof section_names / sizeof *section_names };

typedef struct reader {
    data_file *data;
    const char *folder;
    unsigned line; /* where we are */
    int current;   /* index in section_names, -1: before the first */
    int seen[SECTIONS];
    char *texts[IGNORED]; /* what sections say, by kind */
    size_t sizes[IGNORED];
    unsigned lines[IGNORED]; /* of their headings; 0: in another file */
    char *error;
    size_t error_size;
} reader;

static int fail(const reader *r, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int fail(const reader *r, unsigned line, const char *format, ...)
{
    va_list args;
    int used = line ? snprintf(r->error, r->error_size, "line %u: ", line) : 0;
    va_start(args, format);
    vsnprintf(r->error + used, r->error_size - (size_t)used, format, args);
    va_end(args);
    return -1;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0, got = 1;
    while (file && got) {
        char *more = (char *)realloc(text, size + 65537);
        if (!more) break;
        text = more;
        size += got = fread(text + size, 1, 65536, file);
        text[size] = 0;
    }
    if (file && (ferror(file) || got)) { /* a folder, no memory */
        free(text);
        text = NULL;
    }
    if (file) fclose(file);
    return text;
}

/* ---- sections ---- */

static void append(reader *r, int kind, const char *text, size_t length)
{
    char *more = (char *)realloc(r->texts[kind], r->sizes[kind] + length + 2);
    if (!more) exit(1);
    memcpy(more + r->sizes[kind], text, length);
    r->texts[kind] = more;
    r->sizes[kind] += length;
    more[r->sizes[kind]++] = '\n';
    more[r->sizes[kind]] = 0;
}

static int take_other_file(reader *r, int kind, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", r->folder, name);
    char *text = read_text(path);
    if (!text) return fail(r, r->line, "%s: %s", path, strerror(errno));
    append(r, kind, text, strlen(text));
    r->lines[kind] = 0;
    free(text);
    return 0;
}

/* `heading`: what stands behind the two dashes, without blanks around it. */
static int start_section(reader *r, char *heading)
{
    char *other = strchr(heading, '@');
    if (other) {
        char *end = other;
        while (end > heading && end[-1] == ' ') end--;
        *end = 0;
        other += 1 + strspn(other + 1, " ");
    }
    for (r->current = 0; r->current < SECTIONS; r->current++)
        if (!strcmp(section_names[r->current].name, heading)) break;
    if (r->current == SECTIONS) return fail(r, r->line, "unknown section '%s'", heading);
    if (r->seen[r->current]++) return fail(r, r->line, "a second section '%s'", heading);
    int kind = section_names[r->current].kind;
    if (kind == IGNORED) return 0;
    r->lines[kind] = r->line;
    append(r, kind, "", 0);
    r->sizes[kind] = 0;
    return other ? take_other_file(r, kind, other) : 0;
}

static int read_line(reader *r, const char *text, size_t length)
{
    char *line = (char *)malloc(length + 1);
    int status = 0;
    if (!line) exit(1);
    memcpy(line, text, length);
    line[length] = 0;
    line[strcspn(line, "#")] = 0;
    for (length = strlen(line); length && strchr(" \t\r", line[length - 1]);) line[--length] = 0;
    if (line[0] == '-' && line[1] == '-')
        status = start_section(r, line + 2 + strspn(line + 2, " \t"));
    else if (r->current < 0 && length)
        status = fail(r, r->line, "'%.40s' stands before the first section", line);
    else if (r->current >= 0 && section_names[r->current].kind != IGNORED)
        append(r, section_names[r->current].kind, line, length);
    free(line);
    return status;
}

/* ---- what they say ---- */

static int digit_of(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 32) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The two digits at `at`, -1 when there are no two, or more. */
static int byte_at(const char *at)
{
    if (digit_of(at[0]) < 0 || digit_of(at[1]) < 0 || digit_of(at[2]) >= 0) return -1;
    return digit_of(at[0]) << 4 | digit_of(at[1]);
}

/* A number of 64 bits, or eight bytes: "07 00 01 00 01 00 00 00". Moves `at` behind it; 0: neither. */
static int read_slot(const char **at, unsigned long long *value)
{
    char *end;
    *value = 0;
    if (byte_at(*at) >= 0) {
        for (unsigned i = 0; i < 8; i++) {
            int byte = byte_at(*at);
            if (byte < 0) return 0;
            *value |= (unsigned long long)byte << 8 * i;
            *at += 2;
            *at += strspn(*at, " \t\n");
        }
        return 1;
    }
    errno = 0;
    *value = strtoull(*at, &end, 0);
    if (end == *at || errno || !strchr(" \t\n", *end)) return 0;
    *at = end + strspn(end, " \t\n");
    return 1;
}

static int read_raw(reader *r)
{
    const char *at = r->texts[RAW];
    data_file *data = r->data;
    data->raw = (mybpf_insn *)calloc(r->sizes[RAW] / 2 + 1, sizeof *data->raw);
    if (!data->raw) exit(1);
    for (at += strspn(at, " \t\n"); *at;) {
        const char *start = at;
        unsigned long long value;
        if (!read_slot(&at, &value))
            return fail(r, r->lines[RAW], "section 'raw': '%.*s' is neither a 64-bit number nor 8 bytes",
                        (int)(strcspn(start, "\n") < 30 ? strcspn(start, "\n") : 30), start);
        mybpf_insn *insn = &data->raw[data->raw_count++];
        insn->code = (uint8_t)value;
        insn->dst_reg = value >> 8 & 15u;
        insn->src_reg = value >> 12 & 15u;
        insn->off = (int16_t)(value >> 16);
        insn->imm = (int32_t)(value >> 32);
    }
    return data->raw_count ? 0 : fail(r, r->lines[RAW], "section 'raw' is empty");
}

/* Pairs of digits; a dump's addresses, which end with a colon, do not count. */
static int read_memory(reader *r)
{
    data_file *data = r->data;
    const char *at = r->texts[MEM];
    data->memory = (unsigned char *)malloc(r->sizes[MEM] + 1);
    if (!data->memory) exit(1);
    while (*at) {
        const char *end = at + strcspn(at, "\n");
        for (const char *c = at; c < end; c++)
            if (*c == ':') at = c + 1;
        for (at += strspn(at, " \t"); at < end; at += strspn(at, " \t")) {
            if (digit_of(at[0]) < 0 || digit_of(at[1]) < 0)
                return fail(r, r->lines[MEM], "section 'mem': '%.*s' is no pair of hexadecimal digits",
                            (int)(end - at < 20 ? end - at : 20), at);
            data->memory[data->memory_size++] = (unsigned char)(digit_of(at[0]) << 4 | digit_of(at[1]));
            at += 2;
        }
        at = *end ? end + 1 : end;
    }
    return 0;
}

static int read_result(reader *r)
{
    const char *at = r->texts[RESULT];
    char *end;
    at += strspn(at, " \t\n");
    errno = 0;
    r->data->result = strtoull(at, &end, 0);
    if (end == at || errno || end[strspn(end, " \t\n")])
        return fail(r, r->lines[RESULT], "section 'result': '%.*s' is no 64-bit number",
                    (int)(strcspn(at, "\n") < 20 ? strcspn(at, "\n") : 20), at);
    r->data->has_result = 1;
    return 0;
}

static int interpret(reader *r)
{
    data_file *data = r->data;
    data->has_error = r->texts[ERROR] || r->texts[ERROR_PATTERN];
    if (r->texts[PYELF])
        data->skip = "changes to an ELF file, in Python";
    else if (r->texts[RELOAD])
        data->skip = "about ubpf's own interface: loading twice";
    else if (!r->texts[ASM] && !r->texts[RAW])
        data->skip = "it has no program";
    if (r->texts[RAW] && read_raw(r)) return -1;
    if (r->texts[MEM] && read_memory(r)) return -1;
    if (r->texts[RESULT] && !data->has_error && read_result(r))
        return -1; /* ubpf's result of a failure is no result */
    data->text = r->texts[ASM];
    data->asm_line = r->lines[ASM];
    r->texts[ASM] = NULL;
    if (!data->skip && !data->has_result && !data->has_error && !(data->text && data->raw))
        data->skip = "it says neither result nor error";
    return 0;
}

int data_file_parse(data_file *data, const char *text, const char *folder, char *error, size_t error_size)
{
    reader r;
    int status = 0;
    memset(data, 0, sizeof *data);
    memset(&r, 0, sizeof r);
    r.data = data;
    r.folder = folder;
    r.current = -1;
    r.error = error;
    r.error_size = error_size;
    while (*text && !status) {
        size_t length = strcspn(text, "\n");
        r.line++;
        status = read_line(&r, text, length);
        text += length + (text[length] == '\n');
    }
    if (!status) status = interpret(&r);
    for (int kind = 0; kind < IGNORED; kind++) free(r.texts[kind]);
    return status;
}

int data_file_read(data_file *data, const char *path, char *error, size_t error_size)
{
    char *text = read_text(path), folder[1024];
    memset(data, 0, sizeof *data);
    if (!text) {
        snprintf(error, error_size, "cannot be read: %s", strerror(errno));
        return -1;
    }
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    int status = data_file_parse(data, text, slash ? folder : ".", error, error_size);
    free(text);
    return status;
}

void data_file_free(data_file *data)
{
    free(data->text);
    free(data->raw);
    free(data->memory);
    memset(data, 0, sizeof *data);
}
