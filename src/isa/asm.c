/* asm.c: the assembler. Every statement is tried against the patterns of syntax.h; what the
 * attempt that came farthest had expected there becomes the error message. Nothing is allocated:
 * labels are found by reading a part of the text again (mybpf__labels). */
#ifndef MYBPF__ASM_C
#define MYBPF__ASM_C

#include "../base/error.h"
#include "asm_scan.h"
#include "syntax.h"

#ifndef MYBPF_NO_ASM

/* What an attempt can miss. */
enum {
    MYBPF__WANTS_LITERAL = 1,
    MYBPF__WANTS_OPERATOR = 2,
    MYBPF__WANTS_TYPE = 4,
    MYBPF__WANTS_R = 8,
    MYBPF__WANTS_W = 16,
    MYBPF__WANTS_NUMBER = 32,
    MYBPF__WANTS_TARGET = 64,
    MYBPF__WANTS_LABEL = 128,
    MYBPF__WANTS_END = 256,
    /* found, but wrong: these say more than what is missing */
    MYBPF__BAD_IMM = 512,
    MYBPF__BAD_OFF = 1024,
    MYBPF__BAD_REGISTER = 2048,
    MYBPF__BAD_PAIR = 4096,
    /* with MYBPF__WANTS_TYPE: which ones, from this bit in the order of mybpf__type_name */
    MYBPF__TYPES = 7,
    MYBPF__WANTS_TYPE_0 = 1 << 16
};

typedef struct mybpf__asm {
    mybpf__span in;            /* the rest of the statement */
    const mybpf_op_info *info; /* the row being tried */
    mybpf_insn insn[2];
    int has_dst, has_src, label_in_imm;
    mybpf__span label;    /* jump target to look up; empty: none */
    const char *farthest; /* how far any attempt came, */
    unsigned wanted;      /* what was wanted there, MYBPF__WANTS_* */
    mybpf__span literal;  /* and one literal of it */
} mybpf__asm;

MYBPF__COLD int mybpf__miss(mybpf__asm *a, const char *at, unsigned wanted)
{
    if (at > a->farthest) {
        a->farthest = at;
        a->wanted = 0;
        a->literal.at = a->literal.end = NULL;
    }
    if (at == a->farthest) a->wanted |= wanted;
    return 0;
}

/* ---- items ---- */

/* Is there a boundary between the characters before and at `at`? A word must end, and an operator must not
 * go on ("=" does not match in "=="). */
MYBPF__COLD int mybpf__at_boundary(const mybpf__asm *a, const char *at)
{
    if (at == a->in.end) return 1;
    return mybpf__is_word(at[-1]) ? !mybpf__is_word(*at) : *at != '=' || at[-1] == ']' || at[-1] == ')';
}

/* `glued`: the pattern goes on without a boundary. */
MYBPF__COLD int mybpf__take(mybpf__asm *a, const char *literal, size_t length, int glued, unsigned wanted)
{
    mybpf__span in = a->in;
    if ((size_t)(in.end - in.at) >= length && mybpf__equal(in.at, literal, length)) {
        in.at += length;
        if (glued || mybpf__at_boundary(a, in.at)) {
            a->in = in;
            return 1;
        }
    }
    mybpf__miss(a, a->in.at, wanted);
    if (wanted == MYBPF__WANTS_LITERAL && a->in.at == a->farthest && !a->literal.at) {
        a->literal.at = literal;
        a->literal.end = literal + length;
    }
    return 0;
}

MYBPF__COLD int mybpf__take_text(mybpf__asm *a, const char *text, int glued, unsigned wanted)
{
    return mybpf__take(a, text, mybpf__length(text, SIZE_MAX), glued, wanted);
}

/* A register in the form that `item` allows; `*has` and `*number` remember one already read. */
MYBPF__COLD int mybpf__take_register(mybpf__asm *a, char item, int has, unsigned number)
{
    const char *start = a->in.at;
    int is_w = 0, narrow = a->info->width < 8, either = item == 'e' || item == 'f';
    int wants_w = narrow && (item == 'D' || item == 'S' || item == 'z');
    if (either && a->info->symbol[0] == 's') either = 0;
    int r = mybpf__read_register(&a->in, &is_w);
    unsigned wanted = wants_w ? MYBPF__WANTS_W : MYBPF__WANTS_R;
    if (r < 0 || (is_w != wants_w && !(is_w && either && narrow))) {
        a->in.at = start;
        return mybpf__miss(a, start, wanted), -1;
    }
    if (r > 15) return mybpf__miss(a, start + 1, MYBPF__BAD_REGISTER), -1;
    if (has && (unsigned)r != number) return mybpf__miss(a, start + 1, MYBPF__BAD_PAIR), -1;
    return r;
}

MYBPF__COLD int mybpf__take_dst(mybpf__asm *a, char item)
{
    int r = mybpf__take_register(a, item, a->has_dst, a->insn[0].dst_reg);
    if (r < 0) return 0;
    a->insn[0].dst_reg = (uint8_t)(r & 15);
    return a->has_dst = 1;
}

MYBPF__COLD int mybpf__take_src(mybpf__asm *a, char item)
{
    int r = mybpf__take_register(a, item, a->has_src, a->insn[0].src_reg);
    if (r < 0) return 0;
    a->insn[0].src_reg = (uint8_t)(r & 15);
    return a->has_src = 1;
}

/* A number within `bits` signed bits; a hexadecimal one may also fill them as a pattern. */
MYBPF__COLD int mybpf__take_number(mybpf__asm *a, unsigned bits, int patterns, unsigned bad, uint64_t *value)
{
    const char *start = a->in.at;
    mybpf__number n;
    if (!mybpf__read_number(&a->in, &n)) return mybpf__miss(a, start, MYBPF__WANTS_NUMBER);
    uint64_t limit = (uint64_t)1 << (bits - 1);
    if (!n.negative && patterns && (n.hex || bits == 64))
        limit = limit * 2 - 1; /* wraps to all ones at 64 */
    else if (!n.negative)
        limit--;
    if (n.too_big || n.magnitude > limit) {
        const char *end = a->in.at;
        a->in.at = start;
        return mybpf__miss(a, end, bad);
    }
    *value = n.negative ? 0 - n.magnitude : n.magnitude;
    return 1;
}

MYBPF__COLD int mybpf__take_imm(mybpf__asm *a, int32_t *imm)
{
    uint64_t value;
    if (!mybpf__take_number(a, 32, 1, MYBPF__BAD_IMM, &value)) return 0;
    uint32_t low = (uint32_t)value;
    mybpf__copy(imm, &low, sizeof low);
    return 1;
}

MYBPF__COLD int mybpf__take_wide(mybpf__asm *a)
{
    uint64_t value;
    if (!mybpf__take_number(a, 64, 1, MYBPF__BAD_IMM, &value)) return 0;
    uint32_t half[2] = {(uint32_t)value, (uint32_t)(value >> 32)};
    mybpf__copy(&a->insn[0].imm, &half[0], sizeof half[0]);
    mybpf__copy(&a->insn[1].imm, &half[1], sizeof half[1]);
    return 1;
}

MYBPF__COLD int mybpf__take_off(mybpf__asm *a)
{
    uint64_t value;
    if (!mybpf__take_number(a, 16, 0, MYBPF__BAD_OFF, &value)) return 0;
    a->insn[0].off = (int16_t)(int64_t)value;
    return 1;
}

/* A cast is a move besides, and the only one that has this word. */
MYBPF__COLD int mybpf__take_cast(mybpf__asm *a)
{
    static const char mybpf__word[] = "addr_space_cast";
    const mybpf_op_info *info = a->info;
    if (info->code != 0xbf || info->select != MYBPF_SELECT_NONE || a->in.end - a->in.at < 15 ||
        !mybpf__equal(a->in.at, mybpf__word, 15))
        return 0;
    a->insn[0].off = 1;
    return mybpf__take(a, mybpf__word, 15, 0, MYBPF__WANTS_LITERAL);
}

/* The number of an address space, into a half of the immediate. */
MYBPF__COLD int mybpf__take_space(mybpf__asm *a, unsigned shift)
{
    uint64_t value;
    if (!mybpf__take_number(a, 16, 0, MYBPF__BAD_IMM, &value)) return 0;
    a->insn[0].imm |= (int32_t)(((uint32_t)value & 0x7fff) << shift);
    return 1;
}

MYBPF__COLD int mybpf__is_sign(const mybpf__asm *a)
{
    return a->in.at < a->in.end && (*a->in.at == '+' || *a->in.at == '-');
}

MYBPF__COLD int mybpf__take_label_name(mybpf__asm *a, int in_imm, unsigned wanted)
{
    mybpf__span probe = a->in, label = mybpf__label(a->in);
    int is_w = 0;
    if (label.at == label.end || mybpf__read_register(&probe, &is_w) >= 0)
        return mybpf__miss(a, a->in.at, wanted);
    a->label = label;
    a->label_in_imm = in_imm;
    a->in.at = label.end;
    return 1;
}

/* "+4", "-3" or a label. objdump adds "<name>" behind the number. */
MYBPF__COLD int mybpf__take_target(mybpf__asm *a, int in_imm)
{
    if (!mybpf__is_sign(a)) return mybpf__take_label_name(a, in_imm, MYBPF__WANTS_TARGET);
    if (!(in_imm ? mybpf__take_imm(a, &a->insn[0].imm) : mybpf__take_off(a))) return 0;
    mybpf__span rest = a->in;
    mybpf__skip_blanks(&rest);
    if (rest.at < rest.end && *rest.at == '<' && rest.end[-1] == '>') a->in.at = rest.end;
    return 1;
}

MYBPF__COLD int mybpf__match(mybpf__asm *a, const char *pattern);

MYBPF__COLD int mybpf__take_pseudo(mybpf__asm *a)
{
    mybpf__asm before = *a;
    for (unsigned kind = 0; kind < MYBPF__PSEUDO_KINDS; kind++) {
        if (mybpf__match(a, mybpf__pseudo_syntax(kind))) {
            a->insn[0].src_reg = (uint8_t)(kind & 15);
            return 1;
        }
        a->in = before.in;
    }
    return 0;
}

MYBPF__COLD const char *mybpf__type_name(unsigned i)
{
    static const char *const mybpf__types[MYBPF__TYPES] = {"u8", "u16", "u32", "u64", "s8", "s16", "s32"};
    return mybpf__types[i];
}

/* A type, a word such as "be16", or an operator. */
MYBPF__COLD int mybpf__take_symbol(mybpf__asm *a, const char *symbol)
{
    size_t length = mybpf__length(symbol, SIZE_MAX);
    unsigned i = 0,
             wanted = mybpf__is_word(symbol[length - 1]) ? MYBPF__WANTS_LITERAL : MYBPF__WANTS_OPERATOR;
    while (i < MYBPF__TYPES && !mybpf__equal(symbol, mybpf__type_name(i), length + 1)) i++;
    if (i < MYBPF__TYPES) wanted = MYBPF__WANTS_TYPE | (unsigned)MYBPF__WANTS_TYPE_0 << i;
    return mybpf__take(a, symbol, length, 0, wanted);
}

MYBPF__COLD int mybpf__take_item(mybpf__asm *a, char item, int glued)
{
    const mybpf_op_info *info = a->info;
    unsigned log = info->width == 8 ? 3 : info->width == 4 ? 2 : info->width == 2;
    switch (item) {
    case 'd':
    case 'e':
    case 'D': return mybpf__take_dst(a, item);
    case 's':
    case 'f':
    case 'S': return mybpf__take_src(a, item);
    case 'z': return mybpf__take_register(a, item, 1, 0) == 0;
    case 'o': return mybpf__take_symbol(a, info->symbol);
    case 'n': return mybpf__take_text(a, info->mnemonic, glued, MYBPF__WANTS_OPERATOR);
    case 'u': return mybpf__take_symbol(a, mybpf__type_name(log));
    case 'w': return mybpf__take_text(a, log == 2 ? "32_32" : "_64", 0, MYBPF__WANTS_OPERATOR);
    case 'h': return mybpf__take_text(a, log == 2 ? "32" : "", 0, MYBPF__WANTS_OPERATOR);
    case 'i': return mybpf__take_imm(a, &a->insn[0].imm);
    case 'v': return mybpf__take_imm(a, &a->insn[1].imm);
    case 'm':
    case 'M': return mybpf__is_sign(a) ? mybpf__take_off(a) : 1;
    case 'x': return mybpf__is_sign(a) ? mybpf__take_imm(a, &a->insn[0].imm) : 1;
    case 'a': return mybpf__take_cast(a);
    case 'b': return mybpf__take_space(a, 16);
    case 'c': return mybpf__take_space(a, 0);
    case 'k':
        return a->in.at == a->in.end ||
               (mybpf__take_text(a, "module ", 0, MYBPF__WANTS_LITERAL) && mybpf__take_off(a));
    case 't': return mybpf__take_target(a, 0);
    case 'T': return mybpf__take_target(a, 1);
    case 'l': return mybpf__take_label_name(a, 1, MYBPF__WANTS_LABEL);
    case 'q': return mybpf__take_pseudo(a);
    case 'Q': return mybpf__take_wide(a);
    default: return 0;
    }
}

/* Matches `pattern` at the start of the rest of the statement. */
MYBPF__COLD int mybpf__match(mybpf__asm *a, const char *pattern)
{
    while (*pattern) {
        mybpf__skip_blanks(&a->in);
        if (*pattern == ' ') {
            pattern++;
        } else if (*pattern == '%') {
            char item = pattern[1];
            pattern += 2;
            if (!mybpf__take_item(a, item, pattern[0] == '%' && pattern[1] == 'h')) return 0;
        } else { /* a word, or one character */
            size_t length = 1;
            if (mybpf__is_word(*pattern))
                while (mybpf__is_word(pattern[length])) length++;
            if (!mybpf__take(a, pattern, length, pattern[length] == '%', MYBPF__WANTS_LITERAL)) return 0;
            pattern += length;
        }
    }
    return 1;
}

/* ---- statements ---- */

MYBPF__COLD int mybpf__match_row(mybpf__asm *a, mybpf__span statement, const char *pattern)
{
    mybpf__zero(a->insn, sizeof a->insn);
    a->in = statement;
    a->has_dst = a->has_src = 0;
    a->label.at = a->label.end = NULL;
    if (!*pattern || !mybpf__match(a, pattern)) return 0;
    mybpf__skip_blanks(&a->in);
    if (a->in.at < a->in.end) return mybpf__miss(a, a->in.at, MYBPF__WANTS_END);
    a->insn[0].code = a->info->code;
    switch (a->info->select) {
    case MYBPF_SELECT_OFF: a->insn[0].off = a->info->value; break;
    case MYBPF_SELECT_IMM: a->insn[0].imm = a->info->value; break;
    case MYBPF_SELECT_SRC: a->insn[0].src_reg = (uint8_t)(a->info->value & 15); break;
    default: break;
    }
    return 1;
}

/* Fills a->insn from one statement. */
MYBPF__COLD int mybpf__assemble_statement(mybpf__asm *a, mybpf__span statement)
{
    a->farthest = statement.at;
    a->wanted = 0;
    a->literal.at = a->literal.end = NULL;
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        a->info = mybpf_op_describe(op);
        const char *const *patterns = mybpf__syntax(a->info->format);
        for (int i = 0; i < MYBPF__SYNTAXES; i++)
            if (mybpf__match_row(a, statement, patterns[i])) return 1;
    }
    return 0;
}

/* " (u8, u16)": the types that fit. */
MYBPF__COLD size_t mybpf__print_types(unsigned wanted, char *text, size_t size)
{
    size_t used = 0;
    for (unsigned i = 0; i < MYBPF__TYPES && used < size; i++)
        if (wanted / MYBPF__WANTS_TYPE_0 >> i & 1)
            used += mybpf__print(text + used, size - used, "%s%s", used ? ", " : " (", mybpf__type_name(i));
    return used < size ? used + mybpf__print(text + used, size - used, ")") : used;
}

/* What the statement should have had, as an error. */
MYBPF__COLD int mybpf__explain(const mybpf__asm *a, mybpf__span statement, mybpf_error *error)
{
    static const char *const mybpf__names[] = {"an operator",
                                               "a type that fits",
                                               "a 64-bit register (r0..r10)",
                                               "a 32-bit register (w0..w10)",
                                               "a number",
                                               "a jump target (+N, -N or a label)",
                                               "a label",
                                               "end of line"};
    mybpf__span rest = {a->farthest, statement.end}, found = mybpf__word(rest);
    if (found.at == found.end && found.at < statement.end) {
        found.end++;
        while (found.at[0] == '%' && found.end < statement.end && mybpf__is_word(*found.end)) found.end++;
    }
    if (a->wanted & (MYBPF__BAD_IMM | MYBPF__BAD_OFF)) { /* `farthest` is behind the number */
        found.at = found.end = a->farthest;
        while (found.at > statement.at && mybpf__is_word(found.at[-1])) found.at--;
        if (found.at > statement.at && found.at[-1] == '-') found.at--;
    } else if (a->wanted & (MYBPF__BAD_REGISTER | MYBPF__BAD_PAIR)) { /* behind its first character */
        rest.at = found.at = a->farthest - 1;
        found.end = found.at + 1;
        while (found.end < statement.end && mybpf__is_word(*found.end)) found.end++;
    }
    int length = (int)(found.end - found.at > 40 ? 40 : found.end - found.at);
    if (a->wanted & MYBPF__BAD_IMM)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "number %.*s is out of range", length,
                           found.at);
    if (a->wanted & MYBPF__BAD_OFF)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "offset %.*s does not fit 16 bits", length,
                           found.at);
    if (a->wanted & MYBPF__BAD_REGISTER)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "there is no register %.*s", length,
                           found.at);
    if (a->wanted & MYBPF__BAD_PAIR)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN,
                           "register %.*s must be the same in both places", length, found.at);
    if (a->farthest == statement.at)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "unknown instruction '%.*s'", length,
                           found.at);

    char expected[160];
    size_t used = 0;
    expected[0] = 0;
    if (a->wanted & MYBPF__WANTS_LITERAL && !(a->wanted & MYBPF__WANTS_OPERATOR))
        used = mybpf__print(expected, sizeof expected, "'%.*s'", (int)(a->literal.end - a->literal.at),
                            a->literal.at);
    for (unsigned i = 0; i < 8 && used < sizeof expected; i++)
        if (a->wanted >> i & MYBPF__WANTS_OPERATOR) {
            used += mybpf__print(expected + used, sizeof expected - used, "%s%s", used ? " or " : "",
                                 mybpf__names[i]);
            if (MYBPF__WANTS_OPERATOR << i == MYBPF__WANTS_TYPE)
                used += mybpf__print_types(a->wanted, expected + used, sizeof expected - used);
        }
    if (found.at == statement.end)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "expected %s at the end of the line",
                           expected);
    return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "expected %s, not '%.*s'", expected, length,
                       found.at);
}

/* The slot of a->label, -1 when there is none. The classic syntax has a label `exit` at the first exit. */
MYBPF__COLD int64_t mybpf__label_slot(const mybpf__asm *a, const mybpf__labels *labels)
{
    static const char mybpf__exit[] = "exit";
    mybpf__span exit_word = {mybpf__exit, mybpf__exit + 4};
    int64_t slot;
    if (mybpf__find_label(labels, a->label, &slot)) return slot;
    return mybpf__same_span(a->label, exit_word) ? labels->exit : -1;
}

/* Puts the distance to a->label into the instruction at `slot`. */
MYBPF__COLD int mybpf__resolve_label(mybpf__asm *a, const mybpf__labels *labels, int64_t slot,
                                     mybpf_error *error)
{
    int length = (int)(a->label.end - a->label.at > 100 ? 100 : a->label.end - a->label.at);
    int64_t target = mybpf__label_slot(a, labels), distance = target - slot - 1;
    if (target < 0)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "no label '%.*s'", length, a->label.at);
    if (a->label_in_imm)
        a->insn[0].imm = (int32_t)distance;
    else if (distance < INT16_MIN || distance > INT16_MAX)
        return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN,
                           "label '%.*s' is %lld instructions away, too far for 16 bits", length, a->label.at,
                           (long long)distance);
    else
        a->insn[0].off = (int16_t)distance;
    return MYBPF_OK;
}

/* Takes the labels off `line` and refuses one that stands earlier too. */
MYBPF__COLD int mybpf__check_labels(const mybpf__labels *labels, mybpf__span *line, mybpf_error *error)
{
    mybpf__span name;
    while (mybpf__take_label(line, &name)) {
        mybpf__span probe = name;
        int length = (int)(name.end - name.at > 100 ? 100 : name.end - name.at), is_w = 0;
        int64_t slot;
        if (mybpf__read_register(&probe, &is_w) >= 0)
            return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN,
                               "label '%.*s' is the name of a register", length, name.at);
        if (mybpf__find_label(labels, name, &slot) != name.at)
            return mybpf__fail(error, MYBPF_ERR_SYNTAX, MYBPF_NO_INSN, "label '%.*s' is defined twice",
                               length, name.at);
    }
    return MYBPF_OK;
}

MYBPF_API int64_t mybpf_assemble(const char *text, size_t length, mybpf_insn *insns, size_t capacity,
                                 mybpf_error *error)
{
    mybpf__asm a;
    mybpf__labels labels;
    mybpf__zero(&a, sizeof a);
    mybpf__zero(&labels, sizeof labels);
    mybpf__span rest = {text, text + length}, line;
    int64_t slot = 0;
    mybpf__index_labels(&labels, rest);
    for (uint32_t number = 1; mybpf__next_line(&rest, &line); number++) {
        int status = mybpf__check_labels(&labels, &line, error);
        mybpf__skip_blanks(&line);
        if (!status && line.at == line.end) continue;
        if (!status && !mybpf__assemble_statement(&a, line)) status = mybpf__explain(&a, line, error);
        if (!status && a.label.at) status = mybpf__resolve_label(&a, &labels, slot, error);
        if (status) {
            if (error) error->line = number;
            return status;
        }
        int64_t slots = a.info->format == MYBPF_FORMAT_LDDW ? 2 : 1;
        for (int64_t i = 0; i < slots; i++)
            if ((uint64_t)(slot + i) < capacity) insns[slot + i] = a.insn[i];
        slot += slots;
    }
    return slot;
}

#endif /* MYBPF_NO_ASM */

#endif
