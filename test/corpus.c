/* corpus.c: just enough JSON for test data. */
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int corpus_open(corpus *c, const char *path)
{
    const char *folder = getenv("MYBPF_CORPUS");
    char name[1024];
    memset(c, 0, sizeof *c);
    if (!folder) return 0;
    snprintf(name, sizeof name, "%s/%s", folder, path);
    return corpus_open_file(c, name);
}

int corpus_open_file(corpus *c, const char *name)
{
    memset(c, 0, sizeof *c);
    FILE *file = fopen(name, "rb");
    if (!file) return 0;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    c->file = c->rest = (char *)malloc((size_t)size + 1);
    size_t got = fread(c->file, 1, (size_t)size, file);
    c->file[got] = 0;
    fclose(file);
    return 1;
}

static void release(corpus *c)
{
    while (c->text_count) free(c->texts[--c->text_count]);
}

int corpus_next(corpus *c)
{
    release(c);
    while (*c->rest == '\n') c->rest++;
    if (!*c->rest) return 0;
    c->row = c->rest;
    char *end = strchr(c->rest, '\n');
    c->rest = end ? end + 1 : c->rest + strlen(c->rest);
    if (end) *end = 0;
    return 1;
}

void corpus_close(corpus *c)
{
    release(c);
    free(c->file);
    memset(c, 0, sizeof *c);
}

/* ---- values ---- */

static const char *blanks(const char *at) { return at + strspn(at, " \t\r"); }

static const char *skip_string(const char *at)
{
    /* by the C library: a program may be a megabyte of digits, passed over for each member asked for */
    for (at++; at += strcspn(at, "\"\\"), *at == '\\' && at[1];) at += 2;
    return *at == '"' ? at + 1 : at + strlen(at);
}

static const char *skip_value(const char *at)
{
    int depth = 0;
    do {
        at = blanks(at);
        if (*at == '"')
            at = skip_string(at);
        else if (*at == '{' || *at == '[')
            depth++, at++;
        else if (*at == '}' || *at == ']')
            depth--, at++;
        else if (*at == ',' || *at == ':')
            at++;
        else
            at += strcspn(at, ",:]}[{ \t\"");
    } while (*at && depth > 0);
    return at;
}

/* The value of `path` in the object at `at`, NULL when it is not there. */
static const char *find(const char *at, const char *path)
{
    size_t length = strcspn(path, ".");
    at = blanks(at);
    if (*at != '{') return NULL;
    for (at = blanks(at + 1); *at == '"';) {
        const char *key = at + 1, *end = skip_string(at);
        int match = (size_t)(end - 1 - key) == length && !memcmp(key, path, length);
        at = blanks(end);
        if (*at != ':') return NULL;
        at = blanks(at + 1);
        if (match) return path[length] ? find(at, path + length + 1) : at;
        at = blanks(skip_value(at));
        if (*at == ',') at = blanks(at + 1);
    }
    return NULL;
}

static char *keep(corpus *c, char *text)
{
    if (c->text_count == sizeof c->texts / sizeof *c->texts) {
        fprintf(stderr, "corpus: too many strings of one row\n");
        exit(1);
    }
    return c->texts[c->text_count++] = text;
}

/* The value at `at` as text: a string unescaped, anything else as written. */
static const char *text_of(corpus *c, const char *at)
{
    const char *end = skip_value(at);
    char *text = (char *)malloc((size_t)(end - at) + 1), *to = text;
    if (*at != '"') {
        memcpy(text, at, (size_t)(end - at));
        text[end - at] = 0;
        return keep(c, text);
    }
    for (at++; at < end - 1; at++) {
        if (*at != '\\') {
            *to++ = *at;
            continue;
        }
        static const char from[] = "ntrbf", meaning[] = "\n\t\r\b\f";
        const char *known = strchr(from, *++at);
        if (*at == 'u')
            *to++ = (char)strtoul((char[5]){at[1], at[2], at[3], at[4], 0}, NULL, 16), at += 4;
        else
            *to++ = known ? meaning[known - from] : *at;
    }
    *to = 0;
    return keep(c, text);
}

int corpus_has(const corpus *c, const char *path) { return find(c->row, path) != NULL; }

const char *corpus_text(corpus *c, const char *path)
{
    const char *at = find(c->row, path);
    return at && *at == '"' ? text_of(c, at) : NULL;
}

uint64_t corpus_number(corpus *c, const char *path, uint64_t otherwise)
{
    const char *at = find(c->row, path);
    return at ? strtoull(text_of(c, at), NULL, 0) : otherwise;
}

static unsigned digit_of(char c) { return (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10) & 15u; }

const uint8_t *corpus_bytes(corpus *c, const char *path, size_t *size)
{
    const char *hex = corpus_text(c, path);
    if (!hex) return NULL;
    *size = strlen(hex) / 2;
    uint8_t *bytes = (uint8_t *)keep(c, (char *)malloc(*size + 1));
    for (size_t i = 0; i < *size; i++)
        bytes[i] = (uint8_t)(digit_of(hex[2 * i]) << 4 | digit_of(hex[2 * i + 1]));
    return bytes;
}

const mybpf_insn *corpus_insns(corpus *c, const char *path, size_t *count)
{
    size_t size = 0;
    const uint8_t *bytes = corpus_bytes(c, path, &size);
    if (!bytes) return NULL;
    *count = (size + 7) / 8;
    mybpf_insn *insns = (mybpf_insn *)keep(c, (char *)calloc(*count + 1, sizeof *insns));
    for (size_t i = 0; i < *count; i++) {
        uint8_t b[8] = {0};
        memcpy(b, bytes + 8 * i, size - 8 * i < 8 ? size - 8 * i : 8);
        unsigned src = b[1] >> 4u;
        insns[i].code = b[0];
        insns[i].dst_reg = b[1] & 15u;
        insns[i].src_reg = src & 15u;
        insns[i].off = (int16_t)(b[2] | b[3] << 8);
        insns[i].imm =
            (int32_t)((uint32_t)b[4] | (uint32_t)b[5] << 8 | (uint32_t)b[6] << 16 | (uint32_t)b[7] << 24);
    }
    return insns;
}

const char *corpus_item(corpus *c, const char *path, size_t index)
{
    const char *at = find(c->row, path);
    if (!at || *at != '[') return NULL;
    for (at = blanks(at + 1); *at && *at != ']';) {
        if (!index--) return text_of(c, at);
        at = blanks(skip_value(at));
        if (*at == ',') at = blanks(at + 1);
    }
    return NULL;
}
