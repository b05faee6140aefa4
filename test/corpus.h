/* corpus.h: reads test data kept as JSON lines, one flat object a line. The data lives outside the
 * project, in the folder that the environment variable MYBPF_CORPUS names.
 *
 *     corpus c;
 *     if (!corpus_open(&c, "conformance/ubpf.jsonl")) SKIP("MYBPF_CORPUS is not set");
 *     while (corpus_next(&c)) { const char *name = corpus_text(&c, "name"); ... }
 *     corpus_close(&c);
 */
#ifndef CORPUS_H
#define CORPUS_H

#include "mybpf.h"

typedef struct corpus {
    char *file, *rest; /* the whole file; what is not read yet */
    char *row;         /* the current line */
    char *texts[256];  /* strings handed out for it, freed with it */
    size_t text_count;
} corpus;

/* 1, or 0 when MYBPF_CORPUS is not set or has no such file. `path` is relative to it. */
int corpus_open(corpus *c, const char *path);
/* The same for a file of any name. */
int corpus_open_file(corpus *c, const char *name);
/* The next line, 0 after the last. Everything handed out for the line before is freed. */
int corpus_next(corpus *c);
void corpus_close(corpus *c);

/* A field of the current line. `path` names nested ones with dots: "expect.r0". */
int corpus_has(const corpus *c, const char *path);
/* A string field, unescaped; NULL when it is missing or no string. */
const char *corpus_text(corpus *c, const char *path);
/* A number, or a string that holds one (any base strtoull takes); `otherwise` when missing. */
uint64_t corpus_number(corpus *c, const char *path, uint64_t otherwise);
/* A string of hexadecimal digits as bytes (from malloc, freed with the line); NULL when missing. */
const uint8_t *corpus_bytes(corpus *c, const char *path, size_t *size);
/* The same bytes as instructions, 8 bytes each in the layout of RFC 9669; the last one's missing bytes are
 * zero. */
const mybpf_insn *corpus_insns(corpus *c, const char *path, size_t *count);
/* Element `index` of an array field as text (unescaped string, or the number as written); NULL beyond the
 * end. */
const char *corpus_item(corpus *c, const char *path, size_t index);

#endif
