/* asm_scan.h: reading assembly text: lines, words, numbers, registers, and where labels stand. */
#ifndef MYBPF__ASM_SCAN_H
#define MYBPF__ASM_SCAN_H

#include "../base/bytes.h"

#ifndef MYBPF_NO_ASM

/* A piece of the source text: from `at` up to `end`. */
typedef struct mybpf__span {
    const char *at, *end;
} mybpf__span;

MYBPF__COLD int mybpf__is_digit(char c) { return c >= '0' && c <= '9'; }
MYBPF__COLD int mybpf__is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}
MYBPF__COLD int mybpf__is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}
MYBPF__COLD int mybpf__is_word(char c) { return mybpf__is_letter(c) || mybpf__is_digit(c); }

MYBPF__COLD void mybpf__skip_blanks(mybpf__span *span)
{
    while (span->at < span->end && mybpf__is_blank(*span->at)) span->at++;
}

/* The word at the start of `span`, possibly empty. */
MYBPF__COLD mybpf__span mybpf__word(mybpf__span span)
{
    mybpf__span word = {span.at, span.at};
    while (word.end < span.end && mybpf__is_word(*word.end)) word.end++;
    return word;
}

MYBPF__COLD int mybpf__same_span(mybpf__span a, mybpf__span b)
{
    return a.end - a.at == b.end - b.at && mybpf__equal(a.at, b.at, (size_t)(a.end - a.at));
}

/* A label: a word that does not begin with a digit; empty when there is none. */
MYBPF__COLD mybpf__span mybpf__label(mybpf__span span)
{
    mybpf__span word = mybpf__word(span);
    if (word.at < word.end && mybpf__is_digit(*word.at)) word.end = word.at;
    return word;
}

typedef struct mybpf__number {
    uint64_t magnitude;
    int negative, hex, too_big;
} mybpf__number;

/* A number with an optional sign; moves `span` behind it. 0 when there is none. */
MYBPF__COLD int mybpf__read_number(mybpf__span *span, mybpf__number *number)
{
    mybpf__span in = *span;
    mybpf__number n = {0, 0, 0, 0};
    if (in.at < in.end && (*in.at == '-' || *in.at == '+')) n.negative = *in.at++ == '-';
    mybpf__skip_blanks(&in);
    if (in.end - in.at > 2 && in.at[0] == '0' && (in.at[1] | 32) == 'x') n.hex = 1, in.at += 2;
    const char *first = in.at;
    unsigned base = n.hex ? 16 : 10;
    for (; in.at < in.end && mybpf__is_word(*in.at); in.at++) {
        unsigned digit =
            mybpf__is_digit(*in.at) ? (unsigned)(*in.at - '0') : (unsigned)((*in.at | 32) - 'a') + 10;
        if (digit >= base) return 0;
        if (n.magnitude > (UINT64_MAX - digit) / base) n.too_big = 1;
        n.magnitude = n.magnitude * base + digit;
    }
    if (in.at == first) return 0;
    *span = in;
    *number = n;
    return 1;
}

/* "r3", "%r3" or "w3": the number, and *is_w; moves `span` behind it. -1 when there is none. Numbers up to 15
 * fit the encoding; that registers end at 10 is for the verifier to say. */
MYBPF__COLD int mybpf__read_register(mybpf__span *span, int *is_w)
{
    mybpf__span in = *span;
    if (in.at < in.end && *in.at == '%') in.at++;
    mybpf__span word = mybpf__word(in);
    if (word.end - word.at < 2 || word.end - word.at > 3 || (*word.at != 'r' && *word.at != 'w')) return -1;
    *is_w = *word.at++ == 'w';
    int number = 0;
    for (const char *c = word.at; c < word.end; c++) {
        if (!mybpf__is_digit(*c)) return -1;
        number = number * 10 + (*c - '0');
    }
    span->at = word.end;
    return number;
}

/* ---- lines ---- */

/* The line at `text`, without its newline and comment; moves `text` to the next line. 0 at the end. */
MYBPF__COLD int mybpf__next_line(mybpf__span *text, mybpf__span *line)
{
    if (text->at >= text->end) return 0;
    const char *c = text->at;
    line->at = line->end = NULL;
    for (; c < text->end && *c != '\n'; c++) {
        int comment = *c == '#' || *c == ';' || (*c == '/' && c + 1 < text->end && c[1] == '/');
        if (comment && !line->end) line->end = c;
    }
    line->at = text->at;
    if (!line->end) line->end = c;
    while (line->end > line->at && mybpf__is_blank(line->end[-1])) line->end--;
    text->at = c < text->end ? c + 1 : c;
    return 1;
}

/* Takes "name:" off the start of a line; 0 when there is none. */
MYBPF__COLD int mybpf__take_label(mybpf__span *line, mybpf__span *label)
{
    mybpf__skip_blanks(line);
    *label = mybpf__label(*line);
    mybpf__span rest = {label->end, line->end};
    mybpf__skip_blanks(&rest);
    if (label->at == label->end || rest.at == rest.end || *rest.at != ':') return 0;
    line->at = rest.at + 1;
    mybpf__skip_blanks(line);
    return 1;
}

/* Slots that a statement (a line without labels) becomes, if it is right: an LDDW is "lddw ..." or
 * begins with a register and ends with "ll". */
MYBPF__COLD uint32_t mybpf__slots_of(mybpf__span statement)
{
    static const char mybpf__lddw[] = "lddw";
    mybpf__span lddw = {mybpf__lddw, mybpf__lddw + 4};
    int is_w = 0;
    if (statement.at == statement.end) return 0;
    if (mybpf__same_span(mybpf__word(statement), lddw)) return 2;
    size_t length = (size_t)(statement.end - statement.at);
    int ll = length > 2 && statement.end[-1] == 'l' && statement.end[-2] == 'l' &&
             !mybpf__is_letter(statement.end[-3]);
    return ll && mybpf__read_register(&statement, &is_w) >= 0 ? 2 : 1;
}

/* ---- labels ---- */

enum { MYBPF__LABEL_CHUNKS = 64, MYBPF__LABEL_HASHES = 4096 };

/* Where to look for a label, in a fixed size: the text in chunks, and which of them may define a label, by
 * two hashes of its name. Reading the few lines of such a chunk again finds it. */
typedef struct mybpf__labels {
    uint64_t chunks_of[MYBPF__LABEL_HASHES]; /* bit c: chunk c has a label of this hash */
    mybpf__span chunks[MYBPF__LABEL_CHUNKS]; /* whole lines */
    int64_t slots[MYBPF__LABEL_CHUNKS];      /* of a chunk's first line */
    int64_t exit;                            /* slot of the first exit, -1: none */
} mybpf__labels;

/* Two indices of chunks_of, in the upper and the lower half. */
MYBPF__COLD uint32_t mybpf__hash_label(mybpf__span name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; name.at < name.end; name.at++) hash = (hash ^ (uint8_t)*name.at) * 16777619u;
    return (hash ^ hash >> 12) & (uint32_t)((MYBPF__LABEL_HASHES - 1) * 0x10001);
}

/* Notes where the labels of `text` are; `labels` comes zeroed. */
MYBPF__COLD void mybpf__index_labels(mybpf__labels *labels, mybpf__span text)
{
    static const char mybpf__exit[] = "exit";
    mybpf__span exit_word = {mybpf__exit, mybpf__exit + 4}, rest = text, line, name;
    size_t chunk_size = (size_t)(text.end - text.at) / MYBPF__LABEL_CHUNKS + 1;
    int64_t slot = 0;
    labels->exit = -1;
    for (const char *start = text.at; mybpf__next_line(&rest, &line); start = rest.at) {
        size_t c = (size_t)(start - text.at) / chunk_size;
        if (!labels->chunks[c].at) {
            labels->chunks[c].at = start;
            labels->slots[c] = slot;
        }
        labels->chunks[c].end = rest.at;
        while (mybpf__take_label(&line, &name)) {
            uint32_t hash = mybpf__hash_label(name);
            labels->chunks_of[hash & 0xffff] |= (uint64_t)1 << c;
            labels->chunks_of[hash >> 16] |= (uint64_t)1 << c;
        }
        if (labels->exit < 0 && mybpf__same_span(line, exit_word)) labels->exit = slot;
        slot += mybpf__slots_of(line);
    }
}

/* Where `label` is first defined: the name there, and its slot. NULL when it is not. */
MYBPF__COLD const char *mybpf__find_label(const mybpf__labels *labels, mybpf__span label, int64_t *slot)
{
    uint32_t hash = mybpf__hash_label(label);
    uint64_t chunks = labels->chunks_of[hash & 0xffff] & labels->chunks_of[hash >> 16];
    for (unsigned c = 0; chunks; c++, chunks >>= 1) {
        mybpf__span rest = labels->chunks[c], line, name;
        *slot = labels->slots[c];
        for (; chunks & 1 && mybpf__next_line(&rest, &line); *slot += mybpf__slots_of(line))
            while (mybpf__take_label(&line, &name))
                if (mybpf__same_span(name, label)) return name.at;
    }
    return NULL;
}

#endif /* MYBPF_NO_ASM */

#endif
