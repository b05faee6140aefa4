/* mybpfc_dump.h: dump: the instructions of a file, with the lines of C that they come from and, beside them,
 * the machine code that they become. */
#ifndef MYBPFC_DUMP_H
#define MYBPFC_DUMP_H

#include "mybpfc_list.h"

enum { SOURCE_COLUMNS = 160 }; /* of a line of C */

/* The line of C where another one begins; `last` is the one before. */
static void print_source(const loaded *l, uint32_t at, mybpf_source *last)
{
    mybpf_source source;
    if (!mybpf_object_source(l->object, at, &source)) return;
    if (source.line == last->line && source.file == last->file && source.text == last->text) return;
    printf("%s; %s", faint(1), source.file);
    if (source.line) printf(":%u", (unsigned)source.line);
    if (source.text[0]) printf(": ");
    for (int i = 0; source.text[i] && i < SOURCE_COLUMNS; i++)
        putchar((unsigned char)source.text[i] < 32 || source.text[i] == 127 ? ' ' : source.text[i]);
    printf("%s\n", faint(0));
    *last = source;
}

static void dump_insn(const loaded *l, const mybpf_code *code, uint32_t at, const native_map *map)
{
    char text[160], comment[MYBPF_NAME_MAX + 8];
    mybpf_disassemble(&code->insns[at], code->insn_count - at, text, sizeof text);
    comment_on(l, code, at, comment, sizeof comment);
    int width = printf("%8u: ", (unsigned)at);
    if (map->insns) {
        width += printf(comment[0] ? "%s  ; %s" : "%s", text, comment);
        print_native(mybpf_aot_target_host(), map->code, map->insns[at], NATIVE_COLUMN, width);
        return;
    }
    print_bytes(&code->insns[at], " ");
    printf(comment[0] ? "  %-32s ; %s\n" : "  %s\n", text, comment);
    if (is_wide(code, at)) {
        printf("          ");
        print_bytes(&code->insns[at + 1], " ");
        putchar('\n');
    }
}

static void dump_func(const options *o, const loaded *l, const mybpf_code *code, uint32_t f,
                      const native_map *map)
{
    const mybpf_func *func = &code->funcs[f];
    const mybpf_program *program = program_of(l, f);
    mybpf_source last = {NULL, NULL, 0};
    char text[160];
    if (!o->plain)
        printf("%s%s%s%s%s\n", heading(1), func->name, heading(0), program ? ": section " : ":",
               program ? mybpf_program_section(program) : "");
    if (map->insns && map->funcs[f].end > map->funcs[f].start)
        print_native(mybpf_aot_target_host(), map->code, map->funcs[f], NATIVE_COLUMN,
                     printf("          entry"));
    for (uint32_t i = func->start; i < func->start + func->count; i += is_wide(code, i) ? 2 : 1) {
        if (o->plain) {
            mybpf_disassemble(&code->insns[i], code->insn_count - i, text, sizeof text);
            printf("    %s\n", text);
        } else {
            print_source(l, i, &last);
            dump_insn(l, code, i, map);
        }
    }
}

/* Of any machine's image, as it stands in the file. */
static void dump_image(const options *o, const loaded *l)
{
    piece all = {0, image_code_size(l)};
    const char *target = mybpf_object_target(l->object);
    printf("%snative %s code%s, %lu bytes%s\n", heading(1), target, heading(0), image_code_size(l),
           o->native ? ", with its entry stub" : "; --native shows it");
    if (o->native) print_native(target, (const unsigned char *)l->bytes + image_code_at(l), all, 2, 0);
}

static void dump_text(const options *o, const loaded *l, const mybpf_program *only, const native_map *map)
{
    const mybpf_code *code = mybpf_object_code(l->object);
    for (uint32_t f = 0; f < code->func_count; f++) {
        if (only && program_of(l, f) != only) continue;
        if (!o->plain && f && !only) putchar('\n');
        dump_func(o, l, code, f, map);
    }
}

static int command_dump(options *o)
{
    loaded l;
    native_map map = {NULL, NULL, NULL};
    mybpf_error error = {0};
    int status = open_file(&l, o, &error), compiled = o->native && !status && !is_native_image(&l);
    if (compiled) status = load_open(&l, o, o->trust_given ? o->trust : MYBPF_TRUSTED, &error);
    if (compiled && !status) status = mybpf_jit_compile(l.object, NULL, &error);
    if (compiled && !status && map_native(&l, &map)) status = complain(TOOL_REFUSED, "out of memory");
    int result = status < 0 ? complain_error(o->file, &error) : status;
    const mybpf_program *only = NULL;
    if (!result && o->section && !(only = find_program(&l, o))) result = TOOL_REFUSED;
    if (!result && only && is_native_image(&l))
        result = complain(TOOL_REFUSED, "%s: native code of an image is one piece: without -s", o->file);
    if (!result && o->json)
        print_json(o, &l, only, &map);
    else if (!result && is_native_image(&l))
        dump_image(o, &l);
    else if (!result)
        dump_text(o, &l, only, &map);
    unmap_native(&map);
    unload(&l);
    return result;
}

#endif
