/* tool.h: what the command-line tools share: messages, whole files in and out. */
#ifndef TOOL_H
#define TOOL_H

#include "mybpf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __GNUC__
#    define TOOL_UNUSED       __attribute__((unused))
#    define TOOL_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#    define TOOL_UNUSED
#    define TOOL_PRINTF(f, a)
#endif

enum { TOOL_OK = 0, TOOL_REFUSED = 1, TOOL_USAGE = 2 }; /* exit codes */

static const char *tool_name = "mybpf"; /* set by main; starts every message */
static int tool_has_trust = 0;          /* set by main: messages may point to --trust and --grant */

/* One line on stderr; gives `exit_code` back. */
TOOL_UNUSED static int complain(int exit_code, const char *format, ...) TOOL_PRINTF(2, 3);
static int complain(int exit_code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fprintf(stderr, "%s: ", tool_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return exit_code;
}

/* "prog.o: hello: instruction 3 (hello.c:12): reason" */
TOOL_UNUSED static int complain_error(const char *file, const mybpf_error *error)
{
    char place[256] = "";
    size_t used = 0;
    if (error->program[0]) used += (size_t)snprintf(place, sizeof place, "%s: ", error->program);
    if (error->insn >= 0) {
        used += (size_t)snprintf(place + used, sizeof place - used, "instruction %d", (int)error->insn);
        if (error->line)
            used += (size_t)snprintf(place + used, sizeof place - used, " (%s:%u)",
                                     error->file[0] ? error->file : "line", (unsigned)error->line);
        snprintf(place + used, sizeof place - used, ": ");
    } else if (error->line) {
        snprintf(place + used, sizeof place - used, "line %u: ", (unsigned)error->line);
    }
    const char *hint = !tool_has_trust || error->code != MYBPF_ERR_PERMISSION ? ""
                       : strstr(error->message, "granted") ? " (--grant, or --trust trusted)"
                       : strstr(error->message, "trusted") ? " (--trust trusted)"
                                                           : "";
    return complain(TOOL_REFUSED, "%s: %s%s%s", file, place,
                    error->message[0] ? error->message : mybpf_status_text(error->code), hint);
}

/* What a file with these first bytes is, for people; NULL: nothing that says so. */
TOOL_UNUSED static const char *file_kind(const char *bytes, size_t size)
{
    if (size > 4 && !memcmp(bytes, "\177ELF", 4)) return "ELF object";
    if (size > 4 && !memcmp(bytes, "SPF", 3))
        return bytes[4] ? "SPF image, native code" : "SPF image, bytecode";
    if (size > 4 && !memcmp(bytes, "BAR", 3))
        return bytes[4] ? "BARE image, native code" : "BARE image, bytecode";
    return NULL;
}

/* A whole file ("-": standard input) in memory from malloc, a NUL behind it; NULL after a message. */
TOOL_UNUSED static char *read_file(const char *name, size_t *size)
{
    struct stat st;
    int is_stdin = !strcmp(name, "-");
    if (!is_stdin && !stat(name, &st) && S_ISDIR(st.st_mode))
        return complain(0, "%s: is a directory", name), NULL;
    FILE *file = is_stdin ? stdin : fopen(name, "rb");
    if (!file) return complain(0, "%s: %s", name, strerror(errno)), NULL;
    char *bytes = NULL;
    size_t used = 0, capacity = 0;
    for (;;) {
        if (capacity - used < 65536) {
            char *bigger = (char *)realloc(bytes, capacity = capacity ? capacity * 2 : 131072);
            if (!bigger) break;
            bytes = bigger;
        }
        size_t got = fread(bytes + used, 1, capacity - used - 1, file);
        used += got;
        if (!got) break;
    }
    int failed = ferror(file) || !bytes || !feof(file);
    if (!is_stdin) fclose(file);
    if (failed || !used) {
        complain(0, "%s: %s", name, failed ? "cannot be read" : "is empty");
        free(bytes);
        return NULL;
    }
    bytes[used] = 0;
    *size = used;
    return bytes;
}

/* Would writing to `output` replace what was read from `input`? */
TOOL_UNUSED static int is_same_file(const char *input, const char *output)
{
    struct stat in, out;
    return strcmp(input, "-") && strcmp(output, "-") && !stat(input, &in) && !stat(output, &out) && S_ISREG(out.st_mode) &&
           in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* Writes a whole file, or nothing: under another name first. Devices are written in place, "-" is standard
 * output. 0, or TOOL_REFUSED after a message. */
TOOL_UNUSED static int write_file(const char *name, const void *bytes, size_t size)
{
    struct stat st;
    int exists = !stat(name, &st), is_stdout = !strcmp(name, "-"),
        in_place = is_stdout || (exists && !S_ISREG(st.st_mode));
    if (!is_stdout && exists && S_ISDIR(st.st_mode))
        return complain(TOOL_REFUSED, "%s: is a directory", name);
    size_t length = strlen(name);
    char *temporary = (char *)malloc(length + 32);
    if (!temporary) return complain(TOOL_REFUSED, "%s: out of memory", name);
    snprintf(temporary, length + 32, in_place ? "%s" : "%s.%ld.tmp", name, (long)getpid());
    FILE *file = is_stdout ? stdout : fopen(temporary, "wb");
    int failed = !file || fwrite(bytes, 1, size, file) != size;
    if (file) failed |= (is_stdout ? fflush(file) : fclose(file)) != 0;
    if (!failed && !in_place) failed = rename(temporary, name) != 0;
    int why = errno;
    if (failed && !in_place) remove(temporary);
    free(temporary);
    return failed ? complain(TOOL_REFUSED, "%s: %s", name, strerror(why)) : TOOL_OK;
}

/* Output of programs goes to standard output, or where it is not in the way. */
static FILE *program_output = NULL; /* NULL: standard output */
TOOL_UNUSED static void print_output(void *user, const char *text, size_t length)
{
    (void)user;
    fwrite(text, 1, length, program_output ? program_output : stdout);
}

#endif
