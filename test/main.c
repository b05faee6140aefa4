/* main.c: runs the registered tests; `--filter TEXT` those whose suite.name holds TEXT, `--list` names them.
 * `--without TEXT`, repeatable, leaves some out.
 * `--data FOLDER` runs the conformance files in a folder instead. */
#include "data_run.h"
#include "test.h"

#include <stdarg.h>
#include <stdlib.h>

static test_case *first, **last = &first;
static int failures, skipped;
static char row[256];

void test_register(test_case *test)
{
    *last = test;
    last = &test->next;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (++failures <= 20) {
        fprintf(stderr, "  %s:%d: ", file, line);
        if (row[0]) fprintf(stderr, "[%s] ", row);
        vfprintf(stderr, format, args);
        fputc('\n', stderr);
    }
    va_end(args);
}

void test_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    skipped = 1;
    fputs("  skipped: ", stdout);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

void test_row(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(row, sizeof row, format, args);
    va_end(args);
}

int test_failures(void) { return failures; }

/* What stands behind the number: nothing, or nobody asked for this run. */
static void check_setting(const char *variable, const char *text, const char *end)
{
    if (*text >= '0' && *text <= '9' && !*end) return;
    fflush(stdout);
    fprintf(stderr, "%s=%s: not a number\n", variable, text);
    exit(2);
}

uint64_t test_number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    char *end;
    if (!text) return otherwise;
    uint64_t number = strtoull(text, &end, 0);
    check_setting(variable, text, end);
    return number;
}

double test_seconds(double otherwise)
{
    const char *text = getenv("MYBPF_SECONDS");
    char *end;
    if (!text) return otherwise;
    double seconds = strtod(text, &end);
    check_setting("MYBPF_SECONDS", text, end);
    return seconds;
}

int main(int argc, char **argv)
{
    const char *filter = NULL, *without[16] = {NULL};
    int list = 0, left_out = 0, counts[3] = {0, 0, 0};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--list"))
            list = 1;
        else if (!strcmp(argv[i], "--filter") && i + 1 < argc)
            filter = argv[++i];
        else if (!strcmp(argv[i], "--without") && i + 1 < argc &&
                 left_out < (int)(sizeof without / sizeof *without))
            without[left_out++] = argv[++i];
        else if (!strcmp(argv[i], "--data") && i + 1 < argc)
            return data_run(argv[i + 1]);
        else
            return fprintf(stderr, "usage: %s [--list] [--filter TEXT] [--without TEXT] [--data FOLDER]\n",
                           argv[0]),
                   2;
    }
    for (test_case *test = first; test; test = test->next) {
        char name[256];
        snprintf(name, sizeof name, "%s.%s", test->suite, test->name);
        int wanted = !filter || strstr(name, filter);
        for (int i = 0; i < left_out; i++)
            if (strstr(name, without[i])) wanted = 0;
        if (!wanted) continue;
        if (list) {
            puts(name);
            continue;
        }
        failures = skipped = 0;
        row[0] = 0;
        printf("%s\n", name);
        fflush(stdout);
        test->run();
        if (failures) printf("  FAILED %s (%d checks)\n", name, failures);
        counts[failures ? 1 : skipped ? 2 : 0]++;
    }
    if (list) return 0;
    printf("%d passed, %d failed, %d skipped\n", counts[0], counts[1], counts[2]);
    fflush(stdout); /* who reports leaks behind this ends the process at once */
    return counts[1] != 0;
}
