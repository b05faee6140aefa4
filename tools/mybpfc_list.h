/* mybpfc_list.h: show: what a file holds, as text; as JSON, which dump shares. */
#ifndef MYBPFC_LIST_H
#define MYBPFC_LIST_H

#include "mybpfc_elf.h"
#include "mybpfc_native.h"
#include "mybpfc_object.h"

/* ---- names ---- */

static const char *program_type_name(uint32_t type)
{
    static char number[24];
    if (mybpf_prog_type_name(type)) return mybpf_prog_type_name(type);
    snprintf(number, sizeof number, "type_%u", (unsigned)type);
    return number;
}

static const char *map_type_name(uint32_t type)
{
    static char number[24];
    if (mybpf_map_type_name(type)) return mybpf_map_type_name(type);
    snprintf(number, sizeof number, "type_%u", (unsigned)type);
    return number;
}

/* ---- JSON ---- */

static void json_write(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 32 || c > 126)
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void json_text(const char *text) { json_write(stdout, text); }

static void json_field(const char *name, const char *text)
{
    printf("\"%s\":", name);
    json_text(text);
}

/* ---- what both show ---- */

static const mybpf_map_desc *map_desc(const loaded *l, uint32_t index)
{
    const mybpf_map *map = mybpf_object_map(l->object, index);
    return map ? mybpf_map_describe(map) : mybpf_object_map_desc(l->object, index);
}

/* The program that starts at function `func`; NULL when it is only a function. */
static const mybpf_program *program_of(const loaded *l, uint32_t func)
{
    const mybpf_program *program;
    for (size_t i = 0; (program = mybpf_object_program(l->object, i)); i++)
        if (mybpf_program_func(program) == func) return program;
    return NULL;
}

static const char *coloured(const char *code)
{
    static int colour = -1;
    if (colour < 0) colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    return colour ? code : "";
}
static const char *heading(int on) { return coloured(on ? "\033[1m" : "\033[0m"); }
static const char *faint(int on) { return coloured(on ? "\033[2m" : "\033[0m"); }

/* ---- instructions ---- */

/* What the number in an instruction stands for, "" when nothing. */
static void comment_on(const loaded *l, const mybpf_code *code, uint32_t at, char *text, size_t size)
{
    const mybpf_insn *insn = &code->insns[at];
    int op = mybpf_insn_op(insn);
    text[0] = 0;
    if (op == MYBPF_OP_CALL) {
        const mybpf_helper *helper = mybpf_object_helper(l->object, (uint32_t)insn->imm);
        if (!helper) helper = mybpf_helper_find(l->vm, (uint32_t)insn->imm);
        if (helper) snprintf(text, size, "%s", helper->name);
    } else if (op == MYBPF_OP_CALL_LOCAL) {
        int64_t target = (int64_t)at + 1 + insn->imm;
        for (uint32_t i = 0; i < code->func_count; i++)
            if (code->funcs[i].start == target) snprintf(text, size, "%s", code->funcs[i].name);
    } else if (op == MYBPF_OP_LDDW) {
        uint32_t index = (uint32_t)insn->imm;
        if (insn->src_reg == MYBPF_PSEUDO_FUNC && index < code->func_count) {
            snprintf(text, size, "%s", code->funcs[index].name);
        } else if ((insn->src_reg == MYBPF_PSEUDO_MAP_IDX || insn->src_reg == MYBPF_PSEUDO_MAP_IDX_VALUE) &&
                   index < code->map_count) {
            const mybpf_map_desc *desc = map_desc(l, index);
            snprintf(text, size, "%s", desc ? desc->name : "");
        }
    } else if (op >= 0) {
        int format = mybpf_op_describe(op)->format;
        int jump = format == MYBPF_FORMAT_JA || format == MYBPF_FORMAT_JCC_IMM ||
                   format == MYBPF_FORMAT_JCC_REG || format == MYBPF_FORMAT_MAY_GOTO ||
                   format == MYBPF_FORMAT_JA32;
        int64_t target = (int64_t)at + 1 + (format == MYBPF_FORMAT_JA32 ? insn->imm : insn->off);
        if (jump) snprintf(text, size, "to %lld", (long long)target);
    }
}

static int is_wide(const mybpf_code *code, uint32_t at)
{
    return code->insns[at].code == 0x18 && at + 1 < code->insn_count;
}

static void print_bytes(const mybpf_insn *insn, const char *separator)
{
    unsigned char b[8];
    encode(insn, b);
    for (int i = 0; i < 8; i++) printf("%s%02x", i ? separator : "", b[i]);
}

static void json_bytes(const char *name, const unsigned char *code, piece where)
{
    printf("\"%s\":\"", name);
    for (size_t i = where.start; i < where.end; i++) printf("%02x", code[i]);
    putchar('"');
}

static void json_insns(const loaded *l, const mybpf_code *code, const mybpf_func *func, const native_map *map)
{
    printf(",\"instructions\":[");
    for (uint32_t i = func->start; i < func->start + func->count; i += is_wide(code, i) ? 2 : 1) {
        char text[160];
        mybpf_source source;
        mybpf_disassemble(&code->insns[i], code->insn_count - i, text, sizeof text);
        printf("%s{\"index\":%u,\"bytes\":\"", i > func->start ? "," : "", (unsigned)i);
        print_bytes(&code->insns[i], "");
        if (is_wide(code, i)) print_bytes(&code->insns[i + 1], "");
        printf("\",");
        json_field("text", text);
        if (mybpf_object_source(l->object, i, &source)) {
            printf(",\"line\":%u,", (unsigned)source.line);
            json_field("file", source.file);
            putchar(',');
            json_field("source", source.text);
        }
        if (map->insns) {
            printf(",\"offset\":%lu,", (unsigned long)map->insns[i].start);
            json_bytes("native", map->code, map->insns[i]);
        }
        putchar('}');
    }
    putchar(']');
}

static void json_section(void *user, const elf_section *section)
{
    int *count = (int *)user;
    printf("%s{", (*count)++ ? "," : "");
    json_field("name", section->name);
    putchar(',');
    json_field("kind", section->kind);
    printf(",\"size\":%lu,\"entries\":%lu", section->size, section->entries);
    if (section->target) putchar(','), json_field("target", section->target);
    putchar('}');
}

static void show_section(void *user, const elf_section *section)
{
    (void)user;
    printf("  %-8s %-24s %6lu bytes  %s", "ELF", section->name, section->size, section->kind);
    if (section->entries) printf(", %lu", section->entries);
    printf(section->target ? " of %s\n" : "\n", section->target ? section->target : "");
}

/* show and, with a `map` (which may be an empty one), dump */
static void print_json(const options *o, const loaded *l, const mybpf_program *only, const native_map *map)
{
    const mybpf_code *code = mybpf_object_code(l->object);
    const mybpf_program *program;
    putchar('{');
    json_field("file", o->file);
    printf(",\"size\":%lu,", (unsigned long)l->size);
    json_field("kind", l->kind);
    putchar(',');
    if (mybpf_object_target(l->object)) json_field("target", mybpf_object_target(l->object)), putchar(',');
    json_field("license", mybpf_object_license(l->object));
    printf(",\"kernel_version\":%u,\"programs\":[", (unsigned)mybpf_object_kernel_version(l->object));
    for (size_t i = 0; (program = mybpf_object_program(l->object, i)); i++) {
        printf("%s{", i ? "," : "");
        json_field("name", mybpf_program_name(program));
        putchar(',');
        json_field("section", mybpf_program_section(program));
        putchar(',');
        json_field("type", program_type_name(mybpf_program_type(program)));
        putchar(',');
        json_field("attach", mybpf_program_attach_type(program)
                                 ? mybpf_attach_type_name(mybpf_program_attach_type(program))
                                 : "");
        printf(",\"function\":%u}", (unsigned)mybpf_program_func(program));
    }
    printf("],\"functions\":[");
    for (uint32_t f = 0, n = 0; f < code->func_count; f++) {
        if (only && program_of(l, f) != only) continue;
        printf("%s{\"index\":%u,", n++ ? "," : "", (unsigned)f);
        json_field("name", code->funcs[f].name);
        printf(",\"start\":%u,\"count\":%u", (unsigned)code->funcs[f].start, (unsigned)code->funcs[f].count);
        if (map && map->insns) putchar(','), json_bytes("entry", map->code, map->funcs[f]);
        if (map) json_insns(l, code, &code->funcs[f], map);
        putchar('}');
    }
    printf("],");
    if (map && o->native && is_native_image(l)) {
        piece all = image_code(l);
        json_bytes("native", (const unsigned char *)l->bytes, all);
        putchar(',');
    }
    printf("\"maps\":[");
    for (uint32_t m = 0; m < code->map_count; m++) {
        const mybpf_map_desc *d = map_desc(l, m);
        printf("%s{", m ? "," : "");
        json_field("name", d->name);
        putchar(',');
        json_field("type", mybpf_object_map_is_section(l->object, m) ? "section" : map_type_name(d->type));
        printf(",\"key_size\":%u,\"value_size\":%u,\"max_entries\":%u,\"flags\":%u}", (unsigned)d->key_size,
               (unsigned)d->value_size, (unsigned)d->max_entries, (unsigned)d->flags);
    }
    printf("],\"sections\":[");
    int sections = 0;
    each_section(l->bytes, l->size, json_section, &sections);
    printf("]}\n");
}

/* ---- the command ---- */

/* What an image's native code was compiled for, byte 6 of docs/formats.md; NULL for everything else. */
static const char *image_trust(const loaded *l)
{
    const char *kind = file_kind(l->bytes, l->size);
    unsigned trust = l->size > 6 ? (unsigned)l->bytes[6] & 3u : 3u;
    return kind && strstr(kind, "native code") && trust < 3 ? trust_names[trust] : NULL;
}

static void show_text(const options *o, const loaded *l)
{
    const mybpf_code *code = mybpf_object_code(l->object);
    const mybpf_program *program;
    const char *target = mybpf_object_target(l->object);
    printf("%s%s%s: %s%s%s, %lu bytes", heading(1), o->file, heading(0), l->kind, target ? " for " : "", target ? target : "",
           (unsigned long)l->size);
    if (code->insn_count) printf(", %u instructions", (unsigned)code->insn_count);
    const char *trust = image_trust(l);
    if (trust) printf(", %s", trust);
    if (mybpf_object_license(l->object)[0]) printf(", license %s", mybpf_object_license(l->object));
    if (mybpf_object_kernel_version(l->object))
        printf(", version 0x%x", (unsigned)mybpf_object_kernel_version(l->object));
    printf("\n");
    for (uint32_t f = 0; f < code->func_count; f++) {
        program = program_of(l, f);
        printf("  %-8s %-24s", program ? "program" : "function", code->funcs[f].name);
        if (code->insn_count) printf(" %6u instructions", (unsigned)code->funcs[f].count);
        if (program)
            printf("  %s  section %s", program_type_name(mybpf_program_type(program)),
                   mybpf_program_section(program));
        printf("\n");
    }
    for (uint32_t m = 0; m < code->map_count; m++) {
        const mybpf_map_desc *d = map_desc(l, m);
        if (mybpf_object_map_is_section(l->object, m))
            printf("  %-8s %-24s %6u bytes\n", "section", d->name, (unsigned)d->value_size);
        else
            printf("  %-8s %-24s %6u entries  %s  key %u  value %u bytes\n", "map", d->name,
                   (unsigned)d->max_entries, map_type_name(d->type), (unsigned)d->key_size,
                   (unsigned)d->value_size);
    }
    mybpf_struct_op op;
    for (size_t i = 0; mybpf_object_struct_op(l->object, i, &op); i++)
        if (op.program)
            printf("  %-8s %s.%s = %s\n", "member", op.table, op.member, mybpf_program_name(op.program));
}

static int command_show(options *o)
{
    loaded l;
    mybpf_error error = {0};
    int status = open_file(&l, o, &error);
    int result = status < 0 ? complain_error(o->file, &error) : status;
    if (!result && o->json)
        print_json(o, &l, NULL, NULL);
    else if (!result)
        show_text(o, &l);
    if (!result && o->sections && !o->json) each_section(l.bytes, l.size, show_section, NULL);
    unload(&l);
    return result;
}

#endif
