/* mybpfc_dump.h: dump: the instructions of a file, with the lines of C that they come from and, beside them, the machine
 * code that they become. */
#ifndef MYBPFC_DUMP_H
#define MYBPFC_DUMP_H

#include "mybpfc_list.h"

/* The line of C where another one begins; `last` is the one before. */
static void print_source(const loaded *l, uint32_t at, mybpf_source *last)
{
    mybpf_source source;
    if (!mybpf_object_source(l->object, at, &source)) return;
    if (source.line == last->line && source.file == last->file && source.text == last->text) return;
    printf("%s; %s:%u%s%s%s\n", faint(1), source.file, (unsigned)source.line, source.text[0] ? ": " : "", source.text,
           faint(0));
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
        print_native(mybpf_aot_target_host(), map->code, map->insns[at], width);
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

static void dump_func(const options *o, const loaded *l, const mybpf_code *code, uint32_t f, const native_map *map)
{
    const mybpf_func *func = &code->funcs[f];
    const mybpf_program *program = program_of(l, f);
    mybpf_source last = {NULL, NULL, 0};
    char text[160];
    if (!o->plain)
        printf("%s%s%s%s%s\n", heading(1), func->name, heading(0), program ? ": section " : ":",
               program ? mybpf_program_section(program) : "");
    if (map->insns && map->funcs[f].end > map->funcs[f].start)
        print_native(mybpf_aot_target_host(), map->code, map->funcs[f], printf("          entry"));
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

static void dump_text(const options *o, const loaded *l, const mybpf_program *only, const native_map *map)
{
    const mybpf_code *code = mybpf_object_code(l->object);
    const mybpf_native *native = mybpf_object_native(l->object);
    for (uint32_t f = 0; f < code->func_count; f++) {
        if (only && program_of(l, f) != only) continue;
        if (!o->plain && f && !only) putchar('\n');
        dump_func(o, l, code, f, map);
    }
    if (code->insn_count || !is_native_image(l)) return;
    if (native && o->native) {
        piece all = {0, native->code_size};
        printf("%snative code%s: %lu bytes\n", heading(1), heading(0), (unsigned long)native->code_size);
        print_native(mybpf_object_target(l->object), (const unsigned char *)native->code, all, 0);
    } else {
        printf("native %s code, %lu bytes; --native shows it\n", mybpf_object_target(l->object),
               image_code_size(l));
    }
}

static int command_dump(options *o)
{
    loaded l;
    native_map map = {NULL, NULL, NULL};
    mybpf_error error = {0};
    int result, status;
    if (o->native) {
        result = load(&l, o, o->trust_given ? o->trust : MYBPF_TRUSTED);
        if (!result && !mybpf_object_native(l.object) && mybpf_jit_compile(l.object, NULL, &error))
            result = complain_error(o->file, &error);
        if (!result && map_native(&l, &map)) result = complain(TOOL_REFUSED, "out of memory");
    } else {
        status = open_file(&l, o, &error);
        result = status < 0 ? complain_error(o->file, &error) : status;
    }
    const mybpf_program *only = NULL;
    if (!result && o->section && !(only = find_program(&l, o))) result = TOOL_REFUSED;
    if (!result && o->json)
        print_json(o, &l, only, &map);
    else if (!result)
        dump_text(o, &l, only, &map);
    unmap_native(&map);
    unload(&l);
    return result;
}

#endif
