/* console.h: the commands that the interactive tools read, from a terminal or a pipe. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "tool.h"

enum { CONSOLE_WORDS = 64, CONSOLE_LINE = 4096 };

/* One line's words; the text they stand in is overwritten by the next line. */
typedef struct console {
    char line[CONSOLE_LINE];
    char *words[CONSOLE_WORDS];
    int count;
    int failed; /* a command was refused: the exit code */
} console;

/* Splits at blanks; 0 after a message. */
static int console_split(console *c)
{
    c->count = 0;
    for (char *at = c->line + strspn(c->line, " \t\r\n"); *at; at += strspn(at, " \t\r\n")) {
        if (c->count == CONSOLE_WORDS) {
            complain(0, "more than %d words in a line", CONSOLE_WORDS);
            return 0;
        }
        c->words[c->count++] = at;
        at += strcspn(at, " \t\r\n");
        if (*at) *at++ = 0;
    }
    return 1;
}

/* Reads the next line that has words in it: 1, or 0 at the end of the input. A line that is too long, or has
 * too many words, is refused and left out. */
static int console_read(console *c)
{
    int is_terminal = isatty(STDIN_FILENO);
    for (;;) {
        if (is_terminal) fputs("> ", stdout);
        fflush(stdout);
        if (!fgets(c->line, sizeof c->line, stdin)) {
            if (is_terminal) putchar('\n');
            return 0;
        }
        if (!strchr(c->line, '\n') && !feof(stdin)) {
            int byte;
            while ((byte = getchar()) != EOF && byte != '\n') {
            }
            complain(0, "a line has more than %d bytes", CONSOLE_LINE - 2);
            c->failed = 1;
            continue;
        }
        if (!console_split(c))
            c->failed = 1;
        else if (c->count)
            return 1;
    }
}

/* The one of `names`, which ends with NULL, that `word` is or abbreviates; -1 after a message. */
static int console_find(const char *const *names, const char *word)
{
    int found = -1;
    for (int i = 0; names[i]; i++) {
        if (!strcmp(names[i], word)) return i;
        if (strncmp(names[i], word, strlen(word))) continue;
        if (found >= 0) return complain(-1, "%s: %s or %s?", word, names[found], names[i]);
        found = i;
    }
    return found < 0 ? complain(-1, "%s: unknown; try help", word) : found;
}

#endif
