/* disasm.c: instructions as text, from the patterns of syntax.h. */
#ifndef MYBPF__DISASM_C
#define MYBPF__DISASM_C

#include "../base/error.h"
#include "syntax.h"

#ifndef MYBPF_NO_ASM

typedef struct mybpf__text {
    char *at;
    size_t size, length; /* length of the whole text, written or not */
} mybpf__text;

MYBPF__COLD void mybpf__add(mybpf__text *text, const char *format, ...) MYBPF__PRINTF(2, 3);
MYBPF__COLD void mybpf__add(mybpf__text *text, const char *format, ...)
{
    size_t done = text->length < text->size ? text->length : text->size;
    va_list args;
    va_start(args, format);
    text->length += mybpf__vprint(text->at ? text->at + done : NULL, text->size - done, format, args);
    va_end(args);
}

/* " + 4" or " - 4" */
MYBPF__COLD void mybpf__add_signed(mybpf__text *text, int64_t value)
{
    mybpf__add(text, " %c %lld", value < 0 ? '-' : '+', (long long)(value < 0 ? -value : value));
}

MYBPF__COLD void mybpf__add_pattern(mybpf__text *text, const mybpf_insn *insn, const mybpf_op_info *info,
                                    const char *pattern);

MYBPF__COLD void mybpf__add_item(mybpf__text *text, const mybpf_insn *insn, const mybpf_op_info *info,
                                 char item)
{
    char sized = info->width < 8 ? 'w' : 'r';
    switch (item) {
    case 'd':
    case 'e': mybpf__add(text, "r%u", (unsigned)insn->dst_reg); break;
    case 's':
    case 'f': mybpf__add(text, "r%u", (unsigned)insn->src_reg); break;
    case 'D': mybpf__add(text, "%c%u", sized, (unsigned)insn->dst_reg); break;
    case 'S': mybpf__add(text, "%c%u", sized, (unsigned)insn->src_reg); break;
    case 'z': mybpf__add(text, "%c0", sized); break;
    case 'o': mybpf__add(text, "%s", info->symbol); break;
    case 'n': mybpf__add(text, "%s", info->mnemonic); break;
    case 'u': mybpf__add(text, "u%u", info->width * 8u); break;
    case 'w': mybpf__add(text, "%s", info->width == 4 ? "32_32" : "_64"); break;
    case 'i': mybpf__add(text, "%d", (int)insn->imm); break;
    case 'v': mybpf__add(text, "%d", (int)insn[1].imm); break;
    case 'm': mybpf__add_signed(text, insn->off); break;
    case 'x':
        if (insn->imm) mybpf__add_signed(text, insn->imm);
        break;
    case 'a': mybpf__add(text, "addr_space_cast"); break;
    case 'b': mybpf__add(text, "%u", (unsigned)insn->imm >> 16); break;
    case 'c': mybpf__add(text, "%u", (unsigned)insn->imm & 0xffff); break;
    case 'k':
        if (insn->off) mybpf__add(text, " module %d", insn->off);
        break;
    case 't': mybpf__add(text, insn->off < 0 ? "%d" : "+%d", insn->off); break;
    case 'T': mybpf__add(text, insn->imm < 0 ? "%d" : "+%d", (int)insn->imm); break;
    case 'q': mybpf__add_pattern(text, insn, info, mybpf__pseudo_syntax(insn->src_reg)); break;
    case 'Q':
        mybpf__add(text, "%lld",
                   (long long)((uint64_t)(uint32_t)insn->imm | (uint64_t)(uint32_t)insn[1].imm << 32));
        break;
    default: break;
    }
}

MYBPF__COLD void mybpf__add_pattern(mybpf__text *text, const mybpf_insn *insn, const mybpf_op_info *info,
                                    const char *pattern)
{
    for (; *pattern; pattern++) {
        if (*pattern == '%')
            mybpf__add_item(text, insn, info, *++pattern);
        else
            mybpf__add(text, "%c", *pattern);
    }
}

MYBPF_API size_t mybpf_disassemble(const mybpf_insn *insn, size_t left, char *text, size_t size)
{
    mybpf__text out = {text, size, 0};
    if (size) text[0] = 0;
    if (!left) return 0;
    const mybpf_op_info *info = mybpf_op_describe(mybpf__op_of(insn));
    int valid = info != NULL;
    if (valid && info->format == MYBPF_FORMAT_LDDW) valid = left > 1 && insn->src_reg < MYBPF__PSEUDO_KINDS;
    if (!valid) {
        mybpf__add(&out, "(invalid 0x%02x)", (unsigned)insn->code);
        return out.length;
    }
    mybpf_insn shown = *insn;
    if (info->format == MYBPF_FORMAT_CALLX && insn->imm > 0 && insn->imm <= 10) { /* the older encoding */
        shown.dst_reg = (uint8_t)(insn->imm & 15);
        insn = &shown;
    }
    mybpf__add_pattern(&out, insn, info, mybpf__syntax(info->format)[mybpf__is_cast(insn) ? 2 : 0]);
    return out.length;
}

#endif /* MYBPF_NO_ASM */

#endif
