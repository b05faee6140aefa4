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
    unsigned flags;       /* of mybpf__flags below, a bit each in that order */
    int width, precision; /* precision -1: none */
    unsigned bits;        /* of an integer argument */
    char kind;
} mybpf__conversion;

static const char mybpf__flags[] = "-+ #0";
enum { MYBPF__LEFT = 1, MYBPF__PLUS = 2, MYBPF__SPACE = 4, MYBPF__ALTERNATE = 8, MYBPF__ZERO = 16 };

MYBPF__ONE_COPY char mybpf__format_peek(const mybpf__format *f) { return f->at < f->end ? *f->at : 0; }

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
    } else {
        while (mybpf__format_peek(f) >= '0' && mybpf__format_peek(f) <= '9' && count <= MYBPF__FIELD_MAX)
            count = count * 10 + (*f->at++ - '0');
    }
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
 * and %pus a string, %pI4 and %pI6 an address of the network, which %pi4 and %pi6 print with all zeros and
 * without colons (bits: how many it has; alternate: the latter). */
MYBPF__FN char mybpf__format_pointer(mybpf__format *f, mybpf__conversion *to)
{
    char c = mybpf__format_peek(f);
    if ((c == 'k' || c == 'u') && f->at + 1 < f->end && f->at[1] == 's') {
        f->at += 2;
        return 's';
    }
#ifndef MYBPF_NO_MORE_HELPERS
    if ((c == 'i' || c == 'I') && f->at + 1 < f->end && (f->at[1] == '4' || f->at[1] == '6')) {
        to->bits = f->at[1] == '4' ? 32 : 128;
        to->flags = (to->flags & MYBPF__LEFT) | (c == 'i' ? MYBPF__ALTERNATE : 0);
        f->at += 2;
        return 'I';
    }
#else
    (void)to;
    if (c == 'i' || c == 'I') f->status = -MYBPF__EINVAL; /* addresses of the network: not here */
#endif
    if (c == 'x' || c == 'K' || c == 's' || c == 'S' || c == 'B') f->at++;
#ifndef MYBPF_NO_MORE_HELPERS
    else if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'))
        f->status = -MYBPF__EINVAL; /* a kind of pointer that is not known */
#endif
    return 'p';
}

/* The bit of a flag, 0 for another character. */
MYBPF__FN unsigned mybpf__format_flag(char c)
{
    for (unsigned i = 0; mybpf__flags[i]; i++)
        if (mybpf__flags[i] == c) return 1u << i;
    return 0;
}

MYBPF__FN mybpf__conversion mybpf__format_parse(mybpf__format *f)
{
    mybpf__conversion c = {0, 0, -1, 0, 0};
    unsigned flag;
    while ((flag = mybpf__format_flag(mybpf__format_peek(f))) != 0) {
        c.flags |= flag;
        f->at++;
    }
    c.width = mybpf__format_count(f);
    if (c.width < 0) {
        c.flags |= MYBPF__LEFT;
        c.width = -c.width;
    }
    if (mybpf__format_peek(f) == '.') {
        f->at++;
        c.precision = mybpf__format_count(f);
    }
    c.bits = mybpf__format_bits(f);
    c.kind = mybpf__format_peek(f);
    if (c.kind) f->at++;
    if (c.kind == 'p') c.kind = mybpf__format_pointer(f, &c);
    return c;
}

/* Everything printed goes through here: [blanks] prefix zeros text [blanks]. */
MYBPF__FN void mybpf__format_field(mybpf__writer *out, const mybpf__conversion *c, const char *prefix,
                                   int zeros, const char *text, int64_t length)
{
    int64_t blanks = c->width - (int64_t)mybpf__length(prefix, 3) - zeros - length;
    if (blanks > 0 && !(c->flags & MYBPF__LEFT)) mybpf__pad(out, ' ', (int)blanks);
    while (*prefix) mybpf__put(out, *prefix++);
    mybpf__pad(out, '0', zeros);
    while (length--) mybpf__put(out, *text++);
    if (blanks > 0 && c->flags & MYBPF__LEFT) mybpf__pad(out, ' ', (int)blanks);
}

MYBPF__FN void mybpf__format_integer(mybpf__writer *out, const mybpf__conversion *c, uint64_t value)
{
    char digits[22], prefix[3] = {0, 0, 0}; /* 2^64 has 22 octal digits */
    int is_signed = c->kind == 'd' || c->kind == 'i', count = 0;
    unsigned base = c->kind == 'o' ? 8 : is_signed || c->kind == 'u' ? 10 : 16;
    value <<= 64 - c->bits;
    if (is_signed) {
        prefix[0] = value >> 63               ? '-'
                    : c->flags & MYBPF__PLUS  ? '+'
                    : c->flags & MYBPF__SPACE ? ' '
                                              : (char)0;
        if (value >> 63) value = 0 - value;
    }
    value >>= 64 - c->bits;
    if (base == 16 && (c->kind == 'p' || (c->flags & MYBPF__ALTERNATE && value))) {
        prefix[0] = '0';
        prefix[1] = c->kind == 'X' ? 'X' : 'x';
    }
    for (; value; value /= base)
        digits[sizeof digits - 1 - (size_t)count++] =
            (char)("0123456789ABCDEF"[value % base] | (c->kind == 'X' ? 0 : 32));
    int least = c->precision < 0 ? 1 : c->precision; /* digits, zeros included */
    if (c->flags & MYBPF__ZERO && !(c->flags & MYBPF__LEFT) && c->precision < 0) {
        least = c->width - (int)mybpf__length(prefix, 3);
        if (least < 1) least = 1;
    }
    if (base == 8 && c->flags & MYBPF__ALTERNATE && least <= count) least = count + 1;
    mybpf__format_field(out, c, prefix, least > count ? least - count : 0, digits + sizeof digits - count,
                        count);
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
    mybpf__format_field(&f->out, c, "", 0, text, length);
}

#ifndef MYBPF_NO_MORE_HELPERS
/* In network order; of an address that may not be read, zeros, as in the kernel. */
MYBPF__FN void mybpf__format_network(mybpf__format *f, const mybpf__conversion *c, uint64_t address)
{
    static const char mybpf__digits[] = "0123456789abcdef";
    uint32_t size = c->bits / 8;
    int plain = (c->flags & MYBPF__ALTERNATE) != 0, used = 0;
    uint8_t bytes[16] = {0};
    char text[40];
    if (address && (!f->env || mybpf_env_memory(f->env, address, size, 0)))
        mybpf__copy(bytes, mybpf__pointer(address), size);
    for (uint32_t i = 0; i < size; i++) {
        uint8_t b = bytes[i];
        if (i && (size == 4 || (!plain && i % 2 == 0))) text[used++] = size == 4 ? '.' : ':';
        if (size == 16) {
            text[used++] = mybpf__digits[b / 16];
            text[used++] = mybpf__digits[b % 16];
        } else {
            if (plain || b > 99) text[used++] = mybpf__digits[b / 100];
            if (plain || b > 9) text[used++] = mybpf__digits[b / 10 % 10];
            text[used++] = mybpf__digits[b % 10];
        }
    }
    mybpf__format_field(&f->out, c, "", 0, text, used);
}
#endif

MYBPF__FN void mybpf__format_convert(mybpf__format *f)
{
    mybpf__conversion c = mybpf__format_parse(f);
    uint64_t arg = c.kind == '%' ? '%' : mybpf__format_arg(f);
    char single = (char)arg;
    if (f->status) return;
    switch (c.kind) {
    case 'p': c.bits = 64; /* fall through */
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': mybpf__format_integer(&f->out, &c, arg); break;
    case 's': mybpf__format_string(f, &c, arg); break;
#ifndef MYBPF_NO_MORE_HELPERS
    case 'I': mybpf__format_network(f, &c, arg); break;
#endif
    case 'c':
    case '%': mybpf__format_field(&f->out, &c, "", 0, &single, 1); break;
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
