/* error.c: status names, messages, and a formatter that needs no libc. */
#ifndef MYBPF__ERROR_C
#define MYBPF__ERROR_C

#include "error.h"

typedef struct mybpf__writer {
    char *text;
    size_t size, length; /* length of the whole text, written or not */
} mybpf__writer;

MYBPF__FN void mybpf__put(mybpf__writer *w, char c)
{
    if (w->length + 1 < w->size) w->text[w->length] = c;
    w->length++;
}

MYBPF__FN void mybpf__pad(mybpf__writer *w, char c, int count)
{
    while (count-- > 0) mybpf__put(w, c);
}

MYBPF__FN void mybpf__put_number(mybpf__writer *w, uint64_t value, unsigned base, const char *sign, int width,
                                 char pad)
{
    char digits[24];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    int used = n;
    for (const char *s = sign; *s; s++) used++;
    if (pad == ' ') mybpf__pad(w, ' ', width - used);
    while (*sign) mybpf__put(w, *sign++);
    if (pad == '0') mybpf__pad(w, '0', width - used);
    while (n) mybpf__put(w, digits[--n]);
}

MYBPF__FN void mybpf__put_text(mybpf__writer *w, const char *text, int width, int precision)
{
    if (!text) text = "(null)";
    size_t length = mybpf__length(text, precision < 0 ? SIZE_MAX : (size_t)precision);
    mybpf__pad(w, ' ', width - (int)length);
    for (size_t i = 0; i < length; i++) mybpf__put(w, text[i]);
}

MYBPF__FN size_t mybpf__vprint(char *text, size_t size, const char *format, va_list args)
{
    mybpf__writer w = {text, size, 0};
    for (; *format; format++) {
        if (*format != '%') {
            mybpf__put(&w, *format);
            continue;
        }
        int width = 0, precision = -1, longs = 0;
        char pad = ' ';
        format++;
        if (*format == '0') pad = *format++;
        for (; *format >= '0' && *format <= '9'; format++) width = width * 10 + (*format - '0');
        if (format[0] == '.' && format[1] == '*') {
            precision = va_arg(args, int);
            format += 2;
        }
        for (; *format == 'l' || *format == 'z'; format++)
            longs += *format == 'z' ? (sizeof(size_t) > 4 ? 2 : 0) : 1;
        uint64_t value;
        switch (*format) {
        case 'd':
        case 'i': {
            int64_t v = longs > 1 ? va_arg(args, long long) : longs ? va_arg(args, long) : va_arg(args, int);
            mybpf__put_number(&w, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 10, v < 0 ? "-" : "", width, pad);
            break;
        }
        case 'u':
        case 'x':
            value = longs > 1 ? va_arg(args, unsigned long long)
                    : longs   ? va_arg(args, unsigned long)
                              : va_arg(args, unsigned);
            mybpf__put_number(&w, value, *format == 'u' ? 10 : 16, "", width, pad);
            break;
        case 'p': mybpf__put_number(&w, mybpf__address(va_arg(args, void *)), 16, "0x", width, pad); break;
        case 'c': mybpf__put(&w, (char)va_arg(args, int)); break;
        case 's': mybpf__put_text(&w, va_arg(args, const char *), width, precision); break;
        default: mybpf__put(&w, *format); break;
        }
        if (!*format) break;
    }
    if (size) text[w.length < size ? w.length : size - 1] = 0;
    return w.length;
}

MYBPF__FN size_t mybpf__print(char *text, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t length = mybpf__vprint(text, size, format, args);
    va_end(args);
    return length;
}

#ifndef MYBPF_NO_MESSAGES
MYBPF__FN int mybpf__fail(mybpf_error *error, int code, int64_t insn, const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        error->code = code;
        error->insn = (int32_t)insn;
        error->line = 0;
        error->file[0] = 0;
        error->program[0] = 0;
        mybpf__vprint(error->message, sizeof error->message, format, args);
        va_end(args);
        /* names come from files: whatever they hold, a message is one line and no terminal command */
        for (char *c = error->message; *c; c++)
            if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    }
    return code;
}
#else
MYBPF__FN int mybpf__fail_code(mybpf_error *error, int code, int64_t insn)
{
    if (error) {
        mybpf__zero(error, sizeof *error);
        error->code = code;
        error->insn = (int32_t)insn;
        mybpf__copy_text(error->message, sizeof error->message, mybpf_status_text(code));
    }
    return code;
}
#endif

#endif
