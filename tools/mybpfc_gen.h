/* mybpfc_gen.h: `mybpfc gen skeleton`: an object as a C header, with its maps, programs and globals by name.
 */
#ifndef MYBPFC_GEN_H
#define MYBPFC_GEN_H

#include "mybpfc_btf.h"
#include "mybpfc_object.h"

#define GEN_MEMBERS   2048 /* of a struct; one with more is bytes */
#define GEN_VARIABLES 4096 /* of a section */

/* What is known of a type once it was needed. */
typedef struct gen_type {
    char *tag; /* of a struct or union whose definition was written, from malloc */
    uint32_t align;
    int state; /* 0: not looked at; 1: it is being defined; 2: defined; 3: bytes are all that can be said */
} gen_type;

typedef struct gen_variable {
    const char *name;
    uint32_t type;
} gen_variable;

typedef struct gen {
    FILE *out;
    const char *name; /* of the skeleton */
    mybpf_object *object;
    btf btf;
    gen_type *types;         /* by number */
    gen_variable *variables; /* of BTF, sorted by name */
    size_t variable_count;
    char **words; /* identifiers that are taken in the header as a whole, from malloc */
    size_t word_count;
    int failed; /* out of memory */
} gen;

/* A type as a declaration needs it. */
typedef struct gen_shape {
    const char *base; /* "uint32_t", "struct x__event" */
    const char *note; /* what it is in the program, where that differs: "pointer", "enum color" */
    uint32_t dims[8], dim_count;
    uint32_t align;
    uint64_t size; /* 0: unknown */
} gen_shape;

/* ---- identifiers ---- */

static int is_keyword(const char *word)
{
    static const char *const keywords[] = {
        "alignas",     "alignof",  "and",      "and_eq",    "asm",        "auto",         "bitand",
        "bitor",       "bool",     "break",    "case",      "catch",      "char",         "char16_t",
        "char32_t",    "class",    "compl",    "const",     "const_cast", "constexpr",    "continue",
        "decltype",    "default",  "delete",   "do",        "double",     "dynamic_cast", "else",
        "enum",        "explicit", "export",   "extern",    "false",      "float",        "for",
        "friend",      "goto",     "if",       "inline",    "int",        "long",         "mutable",
        "namespace",   "new",      "noexcept", "not",       "not_eq",     "nullptr",      "operator",
        "or",          "or_eq",    "private",  "protected", "public",     "register",     "reinterpret_cast",
        "restrict",    "return",   "short",    "signed",    "sizeof",     "static",       "static_assert",
        "static_cast", "struct",   "switch",   "template",  "this",       "thread_local", "throw",
        "true",        "try",      "typedef",  "typeid",    "typename",   "typeof",       "union",
        "unsigned",    "using",    "virtual",  "void",      "volatile",   "wchar_t",      "while",
        "xor",         "xor_eq",   "linux",    "unix",      "errno",      "stdin",        "stdout",
        "stderr",      "NULL",     "assert",   "offsetof"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (!strcmp(word, keywords[i])) return 1;
    return 0;
}

/* `text` as an identifier: other characters become '_', and keywords of C and C++ get one. From malloc. */
static char *identifier(gen *g, const char *text)
{
    size_t length = strlen(text);
    char *word = (char *)malloc(length + 3), *at = word;
    if (!word) {
        g->failed = 1;
        return NULL;
    }
    if (!length || (*text >= '0' && *text <= '9')) *at++ = '_';
    for (; *text; text++) {
        int good = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                   (*text >= '0' && *text <= '9');
        *at++ = good ? *text : '_';
    }
    *at = 0;
    if (is_keyword(word)) strcpy(at, "_");
    return word;
}

/* The same, other than all of `words`, to which it is added. */
static const char *fresh(gen *g, char ***words, size_t *count, const char *text)
{
    char *word = identifier(g, text);
    for (size_t i = 0, n = 1; word && i < *count; i++) {
        if (strcmp(word, (*words)[i])) continue;
        char *longer = (char *)malloc(strlen(text) + 24), *other = NULL;
        if (longer) sprintf(longer, "%s_%u", text, (unsigned)++n);
        if (longer) other = identifier(g, longer);
        free(longer);
        free(word);
        word = other;
        i = (size_t)-1;
    }
    char **bigger = word ? (char **)realloc(*words, (*count + 1) * sizeof **words) : NULL;
    if (!bigger) {
        free(word);
        g->failed = 1;
        return "_";
    }
    *words = bigger;
    (*words)[(*count)++] = word;
    return word;
}

static void forget(char **words, size_t count)
{
    for (size_t i = 0; i < count; i++) free(words[i]);
    free(words);
}

/* As the inside of a string literal. */
static void write_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\' || *text == '?')
            fprintf(out, "\\%03o", (unsigned)(unsigned char)*text);
        else
            fputc(*text, out);
}

/* ---- types ---- */

static gen_shape shape_of(gen *g, uint32_t id, int depth);

static gen_shape shape_number(uint64_t size, int is_signed)
{
    static const char *const names[2][4] = {{"uint8_t", "uint16_t", "uint32_t", "uint64_t"},
                                            {"int8_t", "int16_t", "int32_t", "int64_t"}};
    gen_shape shape = {"unsigned char", "", {0}, 0, 1, size};
    for (uint32_t i = 0; i < 4; i++)
        if (size == 1u << i) shape.base = names[is_signed][i], shape.align = 1u << i;
    if (size == 16) shape.dims[shape.dim_count++] = 16, shape.note = "128 bits";
    return shape;
}

static gen_shape shape_int(const btf_type *type)
{
    uint32_t encoding = btf_word(type->more) >> 24 & 15; /* 1: signed, 2: char, 4: bool */
    gen_shape shape = shape_number(type->size, (int)(encoding & 1));
    if (type->size == 1 && encoding & 4) shape.base = "bool";
    if (type->size == 1 && !strcmp(type->name, "char")) shape.base = "char";
    if (!shape.dim_count && shape.align != type->size) shape.size = 0;
    return shape;
}

/* Writes the definition of a struct or union, and first those of what is in it. */
static void define(gen *g, uint32_t id, const char *alias, int depth);

static gen_shape shape_array(gen *g, const btf_type *type, int depth)
{
    uint32_t count = btf_word(type->more + 8);
    gen_shape shape = shape_of(g, btf_word(type->more), depth);
    if (shape.dim_count == 8 || !count || shape.size > UINT32_MAX) {
        shape.size = 0;
        return shape;
    }
    memmove(shape.dims + 1, shape.dims, sizeof shape.dims - sizeof *shape.dims);
    shape.dims[0] = count;
    shape.dim_count++;
    shape.size *= count;
    return shape;
}

/* `size` 0 where there is no telling. */
static gen_shape shape_of(gen *g, uint32_t id, int depth)
{
    const char *alias;
    gen_shape none = {"", "", {0}, 0, 1, 0}, shape;
    id = btf_resolve(&g->btf, id, &alias);
    btf_type type = btf_at(&g->btf, id);
    if (depth > 48) return none;
    switch (type.kind) {
    case BTF_INT: return shape_int(&type);
    case BTF_PTR: shape = shape_number(8, 0), shape.note = "pointer"; return shape;
    case BTF_ENUM:
    case BTF_ENUM64:
        shape = shape_number(type.size, (int)type.flag), shape.note = type.name[0] ? type.name : "enum";
        if (shape.align != type.size) shape.size = 0;
        return shape;
    case BTF_FLOAT:
        if (type.size != 4 && type.size != 8) return none;
        shape = shape_number(type.size, 0), shape.base = type.size == 4 ? "float" : "double";
        return shape;
    case BTF_ARRAY: return shape_array(g, &type, depth + 1);
    case BTF_STRUCT:
    case BTF_UNION:
        define(g, id, alias, depth + 1);
        if (g->types[id].state != 2) {
            none.base = "unsigned char"; /* bytes, as many as it has */
            none.dims[none.dim_count++] = type.size;
            none.size = type.size;
            return none;
        }
        none.base = g->types[id].tag;
        none.align = g->types[id].align;
        none.size = type.size;
        return none;
    default: return none;
    }
}

static void write_member(gen *g, const gen_shape *shape, const char *name)
{
    fprintf(g->out, "    %s %s", shape->base, name);
    for (uint32_t i = 0; i < shape->dim_count; i++) fprintf(g->out, "[%u]", (unsigned)shape->dims[i]);
    fputc(';', g->out);
    if (shape->note[0]) {
        char *note = identifier(g, shape->note);
        fprintf(g->out, " /* %s */", note ? note : "");
        free(note);
    }
    fputc('\n', g->out);
}

/* Bytes without a name between `from` and `to`. */
static void write_padding(gen *g, uint64_t from, uint64_t to)
{
    if (from < to)
        fprintf(g->out, "    unsigned char pad_%llu_[%llu];\n", (unsigned long long)from,
                (unsigned long long)(to - from));
}

/* A struct's member: its place in bits, and the size of a bit field. */
static uint32_t member_bits(const btf_type *type, uint32_t index, uint32_t *field)
{
    uint32_t word = btf_word(type->more + 12 * (size_t)index + 8);
    *field = type->flag ? word >> 24 : 0;
    return type->flag ? word & 0xffffff : word;
}

/* One pass over the members. `write` 0: can it be told in C, and with what alignment? Bit fields and flexible
 * arrays are bytes without a name; a union has all of its bytes as a member, too. */
static int each_member(gen *g, const btf_type *type, int write, uint32_t *align, int *packed, int depth)
{
    uint64_t end = 0;
    char **words = NULL;
    size_t count = 0;
    int ok = 1;
    for (uint32_t i = 0; i < type->vlen && ok; i++) {
        uint32_t field, bits = member_bits(type, i, &field),
                        member = btf_word(type->more + 12 * (size_t)i + 4);
        const char *name = btf_text(&g->btf, btf_word(type->more + 12 * (size_t)i));
        gen_shape shape = shape_of(g, member, depth);
        uint64_t at = bits / 8;
        btf_type array = btf_at(&g->btf, btf_resolve(&g->btf, member, NULL));
        if (field || (array.kind == BTF_ARRAY && !btf_word(array.more + 8))) continue; /* stays padding */
        ok = shape.size && bits % 8 == 0 && at + shape.size <= type->size &&
             (type->kind == BTF_UNION ? !at : at >= end);
        if (!ok) break;
        if (at % shape.align) *packed = 1;
        if (shape.align > *align) *align = shape.align;
        if (write) {
            char unnamed[24];
            snprintf(unnamed, sizeof unnamed, "unnamed_%u", (unsigned)i);
            if (type->kind == BTF_STRUCT) write_padding(g, end, at);
            write_member(g, &shape, fresh(g, &words, &count, name[0] ? name : unnamed));
        }
        end = at + shape.size;
    }
    if (ok && write && type->kind == BTF_STRUCT) write_padding(g, end, type->size);
    if (ok && write && type->kind == BTF_UNION)
        fprintf(g->out, "    unsigned char %s[%u];\n", fresh(g, &words, &count, "bytes"),
                (unsigned)type->size);
    forget(words, count);
    return ok;
}

static void define(gen *g, uint32_t id, const char *alias, int depth)
{
    btf_type type = btf_at(&g->btf, id);
    gen_type *known = &g->types[id];
    const char *kind = type.kind == BTF_STRUCT ? "struct" : "union";
    uint32_t align = 1;
    int packed = 0;
    if (known->state) return;
    known->state = 1;
    if (!type.size || type.vlen > GEN_MEMBERS || !each_member(g, &type, 0, &align, &packed, depth)) {
        known->state = 3;
        return;
    }
    if (type.size % align) packed = 1;
    char text[300], number[16];
    snprintf(number, sizeof number, "type_%u", (unsigned)id);
    snprintf(text, sizeof text, "%s__%.200s", g->name, type.name[0] ? type.name : alias[0] ? alias : number);
    const char *tag = fresh(g, &g->words, &g->word_count, text);
    known->tag = (char *)malloc(strlen(tag) + 8);
    if (!known->tag) {
        g->failed = 1;
        known->state = 3;
        return;
    }
    sprintf(known->tag, "%s %s", kind, tag);
    fprintf(g->out, "%s%s %s {\n", kind, packed ? " __attribute__((packed))" : "", tag);
    each_member(g, &type, 1, &align, &packed, depth);
    fprintf(g->out, "};\ntypedef char %s_size_[sizeof(%s) == %u ? 1 : -1];\n\n", tag, known->tag,
            (unsigned)type.size);
    known->align = packed ? 1 : align;
    known->state = 2;
}

/* ---- sections ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const gen_variable *)a)->name, ((const gen_variable *)b)->name);
}

/* Those that other files could name. */
static void find_variables(gen *g)
{
    g->variables = (gen_variable *)calloc(g->btf.count + 1, sizeof *g->variables);
    g->failed |= !g->variables;
    for (uint32_t id = 1; !g->failed && id < g->btf.count; id++) {
        btf_type type = btf_at(&g->btf, id);
        if (type.kind != BTF_VAR || btf_word(type.more) != 1) continue;
        g->variables[g->variable_count].name = type.name;
        g->variables[g->variable_count++].type = type.size;
    }
    if (g->variable_count) qsort(g->variables, g->variable_count, sizeof *g->variables, by_name);
}

/* The type of a variable, 0 when BTF has none. */
static uint32_t variable_type(const gen *g, const char *name)
{
    gen_variable key = {name, 0}, *found = NULL;
    if (g->variable_count)
        found = (gen_variable *)bsearch(&key, g->variables, g->variable_count, sizeof key, by_name);
    return found ? found->type : 0;
}

static int by_offset(const void *a, const void *b)
{
    const mybpf_global *left = (const mybpf_global *)a, *right = (const mybpf_global *)b;
    return left->offset < right->offset ? -1 : left->offset > right->offset;
}

/* The variables of section `map` in order, from malloc. */
static mybpf_global *variables(gen *g, uint32_t map, size_t *count)
{
    mybpf_global one, *all = NULL;
    *count = 0;
    for (size_t i = 0; mybpf_object_global(g->object, i, &one); i++) {
        if (one.map != map) continue;
        mybpf_global *bigger = (mybpf_global *)realloc(all, (*count + 1) * sizeof one);
        if (!bigger) {
            g->failed = 1;
            break;
        }
        all = bigger;
        all[(*count)++] = one;
    }
    if (*count) qsort(all, *count, sizeof *all, by_offset);
    return all;
}

static gen_shape shape_of_variable(gen *g, const mybpf_global *variable)
{
    gen_shape shape = shape_of(g, variable_type(g, variable->name), 0);
    if (shape.size == variable->size) return shape;
    gen_shape bytes = {"unsigned char", "", {variable->size}, 1, 1, variable->size};
    return bytes;
}

/* struct NAME__bss; 0 when the section has no variables. */
static int write_section(gen *g, uint32_t map, const char *word)
{
    size_t count, word_count = 0;
    char **words = NULL;
    uint64_t end = 0;
    int packed = 0;
    mybpf_global *all = variables(g, map, &count);
    if (count > GEN_VARIABLES) count = 0; /* nobody means that */
    for (size_t i = 0; i < count; i++) {  /* defines what they need, too */
        gen_shape shape = shape_of_variable(g, &all[i]);
        packed |= all[i].offset % shape.align != 0;
    }
    if (count)
        fprintf(g->out, "struct%s %s__%s {\n", packed ? " __attribute__((packed))" : "", g->name, word);
    for (size_t i = 0; i < count; i++) {
        gen_shape shape = shape_of_variable(g, &all[i]);
        if (all[i].offset < end) continue; /* another name of the one before */
        write_padding(g, end, all[i].offset);
        const char *name = fresh(g, &words, &word_count, all[i].name);
        write_member(g, &shape, name);
        end = all[i].offset + shape.size;
    }
    if (count)
        fprintf(g->out, "};\ntypedef char %s__%s_place_[offsetof(struct %s__%s, %s) == %u ? 1 : -1];\n\n",
                g->name, word, g->name, word, words && word_count ? words[word_count - 1] : "_",
                (unsigned)all[count - 1].offset);
    forget(words, word_count);
    free(all);
    return count != 0;
}

/* ---- the header ---- */

typedef struct gen_part {
    const char *word; /* the field's name */
    const char *name; /* as the object has it */
    uint32_t index;
    int typed; /* of a section: there is a struct for it */
} gen_part;

typedef struct gen_parts {
    gen_part *maps, *progs;
    size_t map_count, prog_count;
    char **words; /* of both, from malloc; programs' follow in prog_words */
    size_t word_count;
    char **prog_words;
    size_t prog_word_count;
} gen_parts;

static void collect(gen *g, gen_parts *p)
{
    const mybpf_map_desc *desc;
    const mybpf_program *program;
    while (mybpf_object_map_desc(g->object, p->map_count)) p->map_count++;
    while (mybpf_object_program(g->object, p->prog_count)) p->prog_count++;
    p->maps = (gen_part *)calloc(p->map_count + 1, sizeof *p->maps);
    p->progs = (gen_part *)calloc(p->prog_count + 1, sizeof *p->progs);
    if (!p->maps || !p->progs) {
        g->failed = 1;
        return;
    }
    for (uint32_t i = 0; (desc = mybpf_object_map_desc(g->object, i)) != NULL; i++) {
        p->maps[i].index = i;
        p->maps[i].name = desc->name;
        p->maps[i].word = fresh(g, &p->words, &p->word_count, desc->name + (desc->name[0] == '.'));
    }
    for (uint32_t i = 0; (program = mybpf_object_program(g->object, i)) != NULL; i++) {
        p->progs[i].index = i;
        p->progs[i].name = mybpf_program_name(program);
        p->progs[i].word = fresh(g, &p->prog_words, &p->prog_word_count, p->progs[i].name);
    }
}

static void write_struct(const gen *g, const gen_parts *p)
{
    FILE *out = g->out;
    fprintf(out, "struct %s {\n    mybpf_vm *vm;\n    mybpf_object *object;\n    int owns_vm;\n", g->name);
    if (p->map_count) fprintf(out, "    struct {\n");
    for (size_t i = 0; i < p->map_count; i++) fprintf(out, "        mybpf_map_desc *%s;\n", p->maps[i].word);
    if (p->map_count)
        fprintf(out, "    } descs; /* before load: sizes may be changed; NULL afterwards */\n    struct {\n");
    for (size_t i = 0; i < p->map_count; i++) fprintf(out, "        mybpf_map *%s;\n", p->maps[i].word);
    if (p->map_count) fprintf(out, "    } maps; /* from load on */\n");
    if (p->prog_count) fprintf(out, "    struct {\n");
    for (size_t i = 0; i < p->prog_count; i++) fprintf(out, "        mybpf_program *%s;\n", p->progs[i].word);
    if (p->prog_count) fprintf(out, "    } progs;\n");
    for (size_t i = 0; i < p->map_count; i++)
        if (p->maps[i].typed)
            fprintf(out, "    struct %s__%s *%s;%s\n", g->name, p->maps[i].word, p->maps[i].word,
                    strncmp(p->maps[i].name, ".rodata", 7) ? "" : " /* written before load only */");
    fprintf(out, "};\n\n");
}

static void write_bytes(const gen *g, const char *bytes, size_t size)
{
    fprintf(g->out,
            "/* The object. */\nstatic inline const void *%s__elf_bytes(size_t *size)\n{\n"
            "    static const unsigned char bytes[] = {",
            g->name);
    for (size_t i = 0; i < size; i++)
        fprintf(g->out, "%s%u,", i % 32 ? "" : "\n        ", (unsigned)(unsigned char)bytes[i]);
    fprintf(g->out, "\n    };\n    *size = sizeof bytes;\n    return bytes;\n}\n\n");
}

/* `text` with every @ replaced by the skeleton's name. */
static void write_named(const gen *g, const char *text)
{
    for (; *text; text++)
        if (*text == '@')
            fputs(g->name, g->out);
        else
            fputc(*text, g->out);
}

/* By name: what the host gives to open may add maps. */
static void write_find(const gen *g, const char *where, const char *word, const char *function,
                       const char *name)
{
    fprintf(g->out, "    skel->%s.%s = %s(skel->object, \"", where, word, function);
    write_text(g->out, name);
    fprintf(g->out, "\");\n");
}

static void write_open(const gen *g, const gen_parts *p)
{
    write_named(
        g,
        "static inline void @__destroy(struct @ *skel)\n{\n"
        "    mybpf_vm *vm = skel ? skel->vm : NULL;\n    int owns_vm = skel && skel->owns_vm;\n"
        "    if (!skel) return;\n    mybpf_object_close(skel->object);\n    mybpf_vm_realloc(vm, skel, 0);\n"
        "    if (owns_vm) mybpf_vm_destroy(vm);\n}\n\n"
        "static inline struct @ *@__no_memory(struct @ *skel, mybpf_error *error)\n{\n"
        "    @__destroy(skel);\n    if (!error) return NULL;\n    memset(error, 0, sizeof *error);\n"
        "    error->code = MYBPF_ERR_MEMORY;\n    error->insn = MYBPF_NO_INSN;\n"
        "    strcpy(error->message, \"no memory for the skeleton\");\n    return NULL;\n}\n\n"
        "/* Reads the object. `vm` NULL: in one of its own, as mybpf_vm_create(NULL, ...) makes it. `opts` "
        "may be "
        "NULL. NULL on failure. */\n"
        "static inline struct @ *@__open_opts(mybpf_vm *vm, const mybpf_open_opts *opts, mybpf_error "
        "*error)\n{\n"
        "    int owns_vm = !vm;\n    size_t size;\n    const void *bytes = @__elf_bytes(&size);\n"
        "    struct @ *skel;\n    if (owns_vm && mybpf_vm_create(NULL, &vm, error)) return NULL;\n"
        "    skel = (struct @ *)mybpf_vm_realloc(vm, NULL, sizeof *skel);\n"
        "    if (!skel && owns_vm) mybpf_vm_destroy(vm);\n    if (!skel) return @__no_memory(NULL, error);\n"
        "    memset(skel, 0, sizeof *skel);\n    skel->vm = vm;\n    skel->owns_vm = owns_vm;\n"
        "    if (mybpf_object_open_with(vm, bytes, size, opts, &skel->object, error)) {\n"
        "        @__destroy(skel);\n        return NULL;\n    }\n");
    for (size_t i = 0; i < p->map_count; i++)
        write_find(g, "descs", p->maps[i].word, "mybpf_object_find_map_desc", p->maps[i].name);
    for (size_t i = 0; i < p->prog_count; i++)
        fprintf(g->out, "    skel->progs.%s = mybpf_object_program(skel->object, %u);\n", p->progs[i].word,
                (unsigned)p->progs[i].index);
    for (size_t i = 0; i < p->map_count; i++) {
        const char *word = p->maps[i].word;
        if (!p->maps[i].typed) continue;
        fprintf(g->out, "    skel->%s = (struct %s__%s *)mybpf_object_section_data(skel->object, \"", word,
                g->name, word);
        write_text(g->out, p->maps[i].name);
        fprintf(g->out, "\", NULL);\n    if (!skel->%s) return %s__no_memory(skel, error);\n", word, g->name);
    }
    write_named(g, "    return skel;\n}\n\n"
                   "static inline struct @ *@__open(mybpf_vm *vm, mybpf_error *error)\n{\n"
                   "    return @__open_opts(vm, NULL, error);\n}\n\n");
}

static void write_load(const gen *g, const gen_parts *p)
{
    int typed = 0;
    for (size_t i = 0; i < p->map_count; i++) typed |= p->maps[i].typed;
    write_named(
        g, "/* As mybpf_object_load; afterwards the maps are there, and globals are those that programs use. "
           "*/\n"
           "static inline int @__load(struct @ *skel, const mybpf_load_opts *opts, mybpf_error *error)\n{\n"
           "    int status = mybpf_object_load(skel->object, opts, error);\n");
    if (typed) fprintf(g->out, "    const uint32_t zero = 0;\n");
    fprintf(g->out, "    if (status) return status;\n");
    for (size_t i = 0; i < p->map_count; i++) {
        fprintf(g->out, "    skel->descs.%s = NULL;\n", p->maps[i].word);
        write_find(g, "maps", p->maps[i].word, "mybpf_object_find_map", p->maps[i].name);
    }
    for (size_t i = 0; i < p->map_count; i++)
        if (p->maps[i].typed)
            fprintf(g->out, "    skel->%s = (struct %s__%s *)mybpf_map_value(skel->maps.%s, &zero);\n",
                    p->maps[i].word, g->name, p->maps[i].word, p->maps[i].word);
    write_named(g, "    return MYBPF_OK;\n}\n\n"
                   "static inline struct @ *@__open_and_load(mybpf_vm *vm, const mybpf_load_opts *opts, "
                   "mybpf_error *error)\n{\n"
                   "    struct @ *skel = @__open(vm, error);\n    if (!skel || !@__load(skel, opts, error)) "
                   "return skel;\n"
                   "    @__destroy(skel);\n    return NULL;\n}\n\n");
}

static void write_skeleton(gen *g, const char *file, const char *bytes, size_t size)
{
    static const char *const taken[] = {"vm",        "object",   "owns_vm", "descs",         "maps",
                                        "progs",     "open",     "load",    "open_and_load", "destroy",
                                        "no_memory", "elf_bytes"};
    gen_parts p;
    const char *slash = strrchr(file, '/');
    memset(&p, 0, sizeof p);
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) fresh(g, &p.words, &p.word_count, taken[i]);
    collect(g, &p);
    fprintf(g->out, "/* %s.skel.h: made by `mybpfc gen skeleton` from ", g->name);
    for (const char *at = slash ? slash + 1 : file; *at; at++)
        fputc(*at < ' ' || *at > '~' || strchr("*/\\?", *at) ? '_' : *at, g->out);
    fprintf(g->out,
            "; do not edit. */\n#ifndef %s_SKEL_H\n#define %s_SKEL_H\n\n"
            "#include <stdbool.h>\n#include <stddef.h>\n#include <string.h>\n#include \"mybpf.h\"\n\n",
            g->name, g->name);
    for (size_t i = 0; i < p.word_count && !g->failed; i++) { /* NAME__bss is the section's struct */
        char text[300];
        snprintf(text, sizeof text, "%s__%s", g->name, p.words[i]);
        fresh(g, &g->words, &g->word_count, text);
    }
    for (size_t i = 0; i < p.map_count && !g->failed; i++)
        if (mybpf_object_map_is_section(g->object, p.maps[i].index))
            p.maps[i].typed = write_section(g, p.maps[i].index, p.maps[i].word);
    if (!g->failed) {
        write_struct(g, &p);
        write_bytes(g, bytes, size);
        write_open(g, &p);
        write_load(g, &p);
        fprintf(g->out, "#endif\n");
    }
    free(p.maps);
    free(p.progs);
    forget(p.words, p.word_count);
    forget(p.prog_words, p.prog_word_count);
}

/* The file's name without folders and ".o", as an identifier. From malloc. */
static char *skeleton_name(gen *g, const char *file)
{
    const char *slash = strrchr(file, '/');
    char *name = identifier(g, slash ? slash + 1 : file);
    size_t length = name ? strlen(name) : 0;
    if (length > 2 && ends_with(file, ".o")) name[length - 2] = 0;
    return name;
}

static int command_gen(options *o)
{
    loaded l;
    gen g;
    mybpf_error error = {0};
    char *text = NULL, *name = NULL;
    size_t size = 0;
    memset(&g, 0, sizeof g);
    int status = open_file(&l, o, &error), result = status ? TOOL_REFUSED : TOOL_OK;
    if (status < 0) complain_error(o->file, &error);
    if (!result && !file_kind(l.bytes, l.size))
        result = complain(TOOL_REFUSED,
                          "%s: gen skeleton is for objects and images, which name their programs", o->file);
    if (!result) {
        name = o->name ? identifier(&g, o->name) : skeleton_name(&g, o->file);
        g.name = name;
        g.object = l.object;
        btf_open(&g.btf, l.bytes, l.size);
        g.types = (gen_type *)calloc(g.btf.count + 1, sizeof *g.types);
        g.out = open_memstream(&text, &size);
        g.failed |= !name || !g.types || !g.out;
        if (!g.failed) find_variables(&g);
        if (!g.failed) write_skeleton(&g, o->file, l.bytes, l.size);
        if (g.out) g.failed |= ferror(g.out) | fclose(g.out);
        result = g.failed ? complain(TOOL_REFUSED, "out of memory")
                          : write_file(o->output ? o->output : "-", text, size);
        for (uint32_t i = 0; g.types && i < g.btf.count; i++) free(g.types[i].tag);
        free(g.types);
        free(g.variables);
        forget(g.words, g.word_count);
        btf_close(&g.btf);
    }
    free(text);
    free(name);
    unload(&l);
    return result;
}

#endif
