/* format.c: printf for programs. The host's printf never sees a program's format string: what is not
 * understood here is refused, and a string argument is read only where the program may read. */
#ifndef MYBPF__HELPER_FORMAT_C
#define MYBPF__HELPER_FORMAT_C

#include "../base/error.c"
#include "helper_impl.h"

/* The longest field that C promises; a longer one is refused, or a program could make the host pad for hours.
 */
#define MYBPF__FIELD_MAX 4095

typedef struct mybpf__format {
    mybpf_env *env;
    const char *at, *end;
    const uint8_t *args; /* 8 bytes each, at any alignment */
    size_t arg_count;
    int status; /* 0 or a negative errno */
    mybpf__writer out;
} mybpf__format;

/* One conversion: %[flags][width][.precision][length]kind */
typedef struct mybpf__conversion {
    char sign; /* '+', ' ' or 0 */
    int left, alternate, zero;
    int width, precision; /* precision -1: none */
    unsigned bits;        /* of an integer argument */
    char kind;
} mybpf__conversion;

MYBPF__FN char mybpf__format_peek(const mybpf__format *f) { return f->at < f->end ? *f->at : 0; }

MYBPF__FN uint64_t mybpf__format_arg(mybpf__format *f)
{
    uint64_t arg = 0;
    if (f->arg_count) {
        mybpf__copy(&arg, f->args, sizeof arg);
        f->args += sizeof arg;
        f->arg_count--;
    } else {
        f->status = -MYBPF__EINVAL;
    }
    return arg;
}

/* A width or precision: digits, or '*' for an argument. */
MYBPF__FN int mybpf__format_count(mybpf__format *f)
{
    int count = 0;
    if (mybpf__format_peek(f) == '*') {
        f->at++;
        count = (int)(int32_t)mybpf__format_arg(f);
    }
    while (mybpf__format_peek(f) >= '0' && mybpf__format_peek(f) <= '9' && count <= MYBPF__FIELD_MAX)
        count = count * 10 + (*f->at++ - '0');
    if (count <= MYBPF__FIELD_MAX && count >= -MYBPF__FIELD_MAX) return count;
    f->status = -MYBPF__EINVAL;
    return 0;
}

MYBPF__FN unsigned mybpf__format_bits(mybpf__format *f)
{
    char c = mybpf__format_peek(f);
    if (c != 'h' && c != 'l' && c != 'z' && c != 'j' && c != 't') return 32;
    f->at++;
    if (c != 'h' && c != 'l') return 64;
    if (mybpf__format_peek(f) != c) return c == 'h' ? 16 : 64;
    f->at++;
    return c == 'h' ? 8 : 64;
}

/* The rest of a pointer's conversion as the kernel has it: %px and the like print the address as it is, %pks
 * and %pus a string. */
MYBPF__FN char mybpf__format_pointer(mybpf__format *f)
{
    char c = mybpf__format_peek(f);
    if ((c == 'k' || c == 'u') && f->at + 1 < f->end && f->at[1] == 's') {
        f->at += 2;
        return 's';
    }
    if (c == 'i' || c == 'I') f->status = -MYBPF__EINVAL; /* network addresses: not here */
    if (c == 'x' || c == 'K' || c == 's' || c == 'S' || c == 'B') f->at++;
    return 'p';
}

MYBPF__FN mybpf__conversion mybpf__format_parse(mybpf__format *f)
{
    mybpf__conversion c = {0, 0, 0, 0, 0, -1, 0, 0};
    for (;; f->at++) {
        char flag = mybpf__format_peek(f);
        if (flag == '-')
            c.left = 1;
        else if (flag == '#')
            c.alternate = 1;
        else if (flag == '0')
            c.zero = 1;
        else if (flag == '+')
            c.sign = '+';
        else if (flag == ' ')
            c.sign = c.sign ? c.sign : ' ';
        else
            break;
    }
    c.width = mybpf__format_count(f);
    if (c.width < 0) {
        c.left = 1;
        c.width = -c.width;
    }
    if (mybpf__format_peek(f) == '.') {
        f->at++;
        c.precision = mybpf__format_count(f);
    }
    c.bits = mybpf__format_bits(f);
    c.kind = mybpf__format_peek(f);
    if (c.kind) f->at++;
    if (c.kind == 'p') c.kind = mybpf__format_pointer(f);
    return c;
}

MYBPF__FN void mybpf__format_integer(mybpf__writer *out, const mybpf__conversion *c, uint64_t value)
{
    const char *alphabet = c->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[24], prefix[2];
    int count = 0, prefixes = 0;
    unsigned base = c->kind == 'x' || c->kind == 'X' || c->kind == 'p' ? 16 : c->kind == 'o' ? 8 : 10;
    if (c->kind == 'd' || c->kind == 'i') {
        uint64_t sign = (uint64_t)1 << (c->bits - 1);
        value = ((value & (sign - 1)) ^ (value & sign)) - 2 * (value & sign);
        if (value >> 63) {
            value = 0 - value;
            prefix[prefixes++] = '-';
        } else if (c->sign) {
            prefix[prefixes++] = c->sign;
        }
    } else if (c->bits < 64) {
        value &= ((uint64_t)1 << c->bits) - 1;
    }
    if (base == 16 && (c->kind == 'p' || (c->alternate && value))) {
        prefix[prefixes++] = '0';
        prefix[prefixes++] = c->kind == 'X' ? 'X' : 'x';
    }
    for (; value; value /= base) digits[count++] = alphabet[value % base];
    int zeros = (c->precision < 0 ? 1 : c->precision) - count;
    if (base == 8 && c->alternate && zeros < 1) zeros = 1;
    if (zeros < 0) zeros = 0;
    if (c->zero && !c->left && c->precision < 0 && c->width > zeros + count + prefixes)
        zeros = c->width - count - prefixes;
    int blanks = c->width - zeros - count - prefixes;
    if (!c->left) mybpf__pad(out, ' ', blanks);
    for (int i = 0; i < prefixes; i++) mybpf__put(out, prefix[i]);
    mybpf__pad(out, '0', zeros);
    while (count) mybpf__put(out, digits[--count]);
    if (c->left) mybpf__pad(out, ' ', blanks);
}

/* Length of the program's string at `address`, at most `limit`; -1 when it leaves what may be read. */
MYBPF__FN int64_t mybpf__text_length(mybpf_env *env, uint64_t address, uint64_t limit)
{
    uint64_t length = 0;
    for (; length < limit; length++) {
        if (env && !mybpf_env_memory(env, address + length, 1, 0)) return -1;
        if (!*(const char *)mybpf__pointer(address + length)) break;
    }
    return (int64_t)length;
}

/* A bad pointer prints as in the kernel, it does not end the run. */
MYBPF__FN void mybpf__format_string(mybpf__format *f, const mybpf__conversion *c, uint64_t address)
{
    uint64_t limit = c->precision < 0 ? INT64_MAX : (uint64_t)c->precision;
    int64_t length = address ? mybpf__text_length(f->env, address, limit) : -1;
    const char *text = (const char *)mybpf__pointer(address);
    if (length < 0) {
        text = address ? "(efault)" : "(null)";
        length = address ? 8 : 6;
    }
    int blanks = length < c->width ? c->width - (int)length : 0;
    if (!c->left) mybpf__pad(&f->out, ' ', blanks);
    for (int64_t i = 0; i < length; i++) mybpf__put(&f->out, text[i]);
    if (c->left) mybpf__pad(&f->out, ' ', blanks);
}

MYBPF__FN void mybpf__format_convert(mybpf__format *f)
{
    mybpf__conversion c = mybpf__format_parse(f);
    switch (f->status ? 0 : c.kind) {
    case 'p': c.bits = 64; /* fall through */
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': mybpf__format_integer(&f->out, &c, mybpf__format_arg(f)); break;
    case 's': mybpf__format_string(f, &c, mybpf__format_arg(f)); break;
    case 'c':
        if (!c.left) mybpf__pad(&f->out, ' ', c.width - 1);
        mybpf__put(&f->out, (char)mybpf__format_arg(f));
        if (c.left) mybpf__pad(&f->out, ' ', c.width - 1);
        break;
    case '%': mybpf__put(&f->out, '%'); break;
    default: f->status = -MYBPF__EINVAL; break; /* %n, floating point, nonsense */
    }
}

MYBPF_API int64_t mybpf_format_text(mybpf_env *env, char *text, size_t size, const char *format,
                                    size_t format_size, const uint64_t *args, size_t arg_count)
{
    mybpf__format f;
    f.env = env;
    f.at = format;
    f.end = format + mybpf__length(format, format_size);
    f.args = (const uint8_t *)args;
    f.arg_count = arg_count;
    f.status = 0;
    f.out.text = text;
    f.out.size = size;
    f.out.length = 0;
    while (f.at < f.end && !f.status) {
        char c = *f.at++;
        if (c == '%')
            mybpf__format_convert(&f);
        else
            mybpf__put(&f.out, c);
    }
    if (size) text[f.out.length < size ? f.out.length : size - 1] = 0;
    return f.status ? f.status : (int64_t)f.out.length;
}

/* Formats and hands the text to the host's output; `line` ends it with a newline when it has none. The
 * length or a negative errno. Text too long for the stack takes memory of the vm. */
MYBPF__FN int64_t mybpf__say(mybpf_env *env, uint64_t format, uint64_t format_size, uint64_t args,
                             uint64_t args_size, int line)
{
    mybpf_vm *vm = mybpf_env_vm(env);
    const mybpf_host *host = mybpf_vm_host(vm);
    const char *from = (const char *)mybpf__pointer(format);
    const uint64_t *values = (const uint64_t *)mybpf__pointer(args);
    size_t size = format_size < INT32_MAX ? (size_t)format_size : INT32_MAX, count = (size_t)args_size / 8;
    char room[512], *text = room;
    if (args_size % 8) return -MYBPF__EINVAL;
    int64_t length = mybpf_format_text(env, text, sizeof room - 1, from, size, values, count);
    if (length < 0) return length;
    if (length >= (int64_t)sizeof room - 1) {
        int64_t whole = length;
        text = (char *)mybpf__alloc(vm, 1, (size_t)whole + 2);
        if (!text) return -MYBPF__ENOMEM;
        length = mybpf_format_text(env, text, (size_t)whole + 1, from, size, values, count);
        if (length > whole) length = whole; /* another thread changed a string */
    }
    if (length >= 0 && line && (!length || text[length - 1] != '\n')) text[length++] = '\n';
    if (length > 0) host->output(host->user, text, (size_t)length);
    if (text != room) mybpf__free(vm, text);
    return length;
}

#undef MYBPF__FIELD_MAX

#endif
