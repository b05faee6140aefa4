/* mybpfc_object.h: opening and loading what the command line names. */
#ifndef MYBPFC_OBJECT_H
#define MYBPFC_OBJECT_H

#include "mybpfc_options.h"

static int ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && !strcmp(text + length - tail, end);
}

typedef struct loaded {
    mybpf_vm *vm;
    mybpf_object *object;
    char *bytes; /* the file, from malloc */
    size_t size;
    const char *kind; /* "ELF object" */
} loaded;

/* Says what a file is, for people. */
static const char *kind_of(const char *name, const char *bytes, size_t size)
{
    const char *kind = file_kind(bytes, size);
    if (kind) return kind;
    return ends_with(name, ".bin") ? "instructions" : "assembly text";
}

/* What the header of an image of native code says, see docs/formats.md. */
static int is_native_image(const loaded *l) { return l->size >= 28 && ends_with(l->kind, "native code"); }
static unsigned long image_code_size(const loaded *l)
{
    unsigned long size = 0;
    for (int i = 3; i >= 0; i--) size = size << 8 | (unsigned char)l->bytes[12 + i];
    return size;
}
/* Where in the file the code is: BARE's behind the common header, SPF's behind its own. */
static unsigned long image_code_at(const loaded *l) { return l->bytes[0] == 'B' ? 28 : 44; }

/* Bytes as RFC 9669 lays them out on a little-endian machine, whatever this one is. */
static void encode(const mybpf_insn *insn, unsigned char bytes[8])
{
    uint32_t imm = (uint32_t)insn->imm;
    bytes[0] = insn->code;
    bytes[1] = (unsigned char)(insn->dst_reg | insn->src_reg << 4);
    bytes[2] = (unsigned char)((uint16_t)insn->off & 255);
    bytes[3] = (unsigned char)((uint16_t)insn->off >> 8);
    for (int i = 0; i < 4; i++) bytes[4 + i] = (unsigned char)(imm >> 8 * i & 255);
}

/* Instructions that stand in a file by themselves. */
static int open_insns(loaded *l, const char *bytes, size_t size, mybpf_error *error)
{
    size_t count = size / 8;
    mybpf_insn *insns = (mybpf_insn *)calloc(count + 1, sizeof *insns);
    if (!insns) return MYBPF_ERR_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *b = (const unsigned char *)bytes + 8 * i;
        unsigned source = b[1] >> 4u;
        insns[i].code = b[0];
        insns[i].dst_reg = b[1] & 15u;
        insns[i].src_reg = source & 15u;
        insns[i].off = (int16_t)(b[2] | b[3] << 8);
        insns[i].imm =
            (int32_t)((uint32_t)b[4] | (uint32_t)b[5] << 8 | (uint32_t)b[6] << 16 | (uint32_t)b[7] << 24);
    }
    int status = mybpf_object_open_insns(l->vm, insns, count, NULL, &l->object, error);
    free(insns);
    return status;
}

static int open_text(loaded *l, const char *text, size_t size, mybpf_error *error)
{
    int64_t count = mybpf_assemble(text, size, NULL, 0, error);
    if (count < 0) return (int)count;
    mybpf_insn *insns = (mybpf_insn *)calloc((size_t)count + 1, sizeof *insns);
    if (!insns) return MYBPF_ERR_MEMORY;
    mybpf_assemble(text, size, insns, (size_t)count, error);
    int status = mybpf_object_open_insns(l->vm, insns, (size_t)count, NULL, &l->object, error);
    free(insns);
    return status;
}

/* An object or an image, with what --btf and --kconfig name. */
static int open_object(loaded *l, const options *o, const char *bytes, size_t size, mybpf_error *error)
{
    mybpf_open_opts opts = {0};
    char *btf = o->btf ? read_file(o->btf, &opts.btf_size) : NULL;
    size_t length;
    char *kconfig = o->kconfig ? read_file(o->kconfig, &length) : NULL; /* with a NUL */
    opts.btf = btf;
    opts.kconfig = kconfig;
    opts.describe = o->command == COMMAND_SHOW || o->command == COMMAND_GEN;
    int status = TOOL_REFUSED;
    if (!btf == !o->btf && !kconfig == !o->kconfig)
        status = mybpf_object_open_with(l->vm, bytes, size, &opts, &l->object, error);
    free(btf);
    free(kconfig);
    return status;
}

/* Opens o->file; 0, or a status with `error` filled; TOOL_REFUSED (positive) when a message was given
 * already. */
static int open_file(loaded *l, const options *o, mybpf_error *error)
{
    mybpf_host host = {0};
    size_t size;
    memset(l, 0, sizeof *l);
    host.output = print_output;
    host.exec = mybpf_jit_exec();
    char *bytes = l->bytes = read_file(o->file, &size);
    if (!bytes) return TOOL_REFUSED;
    l->size = size;
    l->kind = kind_of(o->file, bytes, size);
    int status = mybpf_vm_create(&host, &l->vm, error);
    if (status) {
    } else if ((o->btf || o->kconfig) && strcmp(l->kind, "ELF object")) {
        complain(0, "%s: %s is for ELF objects, and this is none", o->file, o->btf ? "--btf" : "--kconfig");
        status = TOOL_REFUSED;
    } else if (ends_with(o->file, ".bin") && size % 8) {
        complain(0, "%s: %lu bytes are no whole number of instructions", o->file, (unsigned long)size);
        status = TOOL_REFUSED;
    } else if (ends_with(o->file, ".bin")) {
        status = open_insns(l, bytes, size, error);
    } else if (ends_with(o->file, ".s") || ends_with(o->file, ".asm")) {
        status = open_text(l, bytes, size, error);
    } else {
        status = open_object(l, o, bytes, size, error);
    }
    return status;
}

static void unload(loaded *l)
{
    free(l->bytes);
    mybpf_object_close(l->object);
    mybpf_vm_destroy(l->vm);
}

static int is_named(const mybpf_program *program, const char *name)
{
    return !strcmp(mybpf_program_section(program), name) || !strcmp(mybpf_program_name(program), name);
}

/* May a program of this object run another one? */
static int has_tail_calls(const loaded *l)
{
    const mybpf_map_desc *desc;
    for (size_t i = 0; (desc = mybpf_object_map_desc(l->object, i)) != NULL; i++)
        if (desc->type == MYBPF_MAP_TYPE_PROG_ARRAY) return 1;
    return 0;
}

/* Is one program all that is wanted of the object? Not when it may run another one. */
static int wants_one(const loaded *l, const options *o)
{
    if (has_tail_calls(l)) return 0;
    return o->command == COMMAND_RUN || (o->command == COMMAND_CONVERT && o->bare) ||
           (o->command == COMMAND_DUMP && o->section);
}

/* What -s names, or the first, is loaded (even if its section says that it is not: "?name"); others where
 * they are wanted too. --type tells what sections do not. 0 after a message: -s names nothing. */
static int choose_program(const loaded *l, const options *o)
{
    mybpf_program *program, *chosen = NULL;
    for (size_t i = 0; !chosen && (program = mybpf_object_program(l->object, i)) != NULL; i++)
        if (o->section ? is_named(program, o->section) : mybpf_program_autoload(program)) chosen = program;
    if (o->section && !chosen) return complain(0, "%s: no program %s", o->file, o->section), 0;
    for (size_t i = 0; (program = mybpf_object_program(l->object, i)) != NULL; i++) {
        if (o->section && program == chosen) mybpf_program_set_autoload(program, 1);
        if (program != chosen && chosen && wants_one(l, o)) mybpf_program_set_autoload(program, 0);
        if (o->type && mybpf_program_type(program) == MYBPF_PROG_TYPE_UNSPEC)
            mybpf_program_set_type(program, o->type, NULL);
    }
    return 1;
}

/* Loads what is open: 0, TOOL_REFUSED after a message, or a status and `error`. */
static int load_open(const loaded *l, const options *o, mybpf_trust trust, mybpf_error *error)
{
    static const mybpf_range everything = {MYBPF_HELPER_SYS, MYBPF_HELPER_TEMP - 1};
    mybpf_load_opts opts = {0};
    mybpf_range *grants = (mybpf_range *)calloc(o->grant_count + 1, sizeof *grants);
    if (!grants) return MYBPF_ERR_MEMORY;
    if (o->grant_count) memcpy(grants, o->grants, o->grant_count * sizeof *grants);
    grants[o->grant_count] = everything;
    if (o->trust_given && o->trust == MYBPF_TRUSTED) grants[o->grant_count].last = MYBPF_HELPER_USER - 1;
    opts.trust = trust;
    opts.ctx_size = (uint32_t)(o->memory ? o->memory_size : o->ctx_size);
    opts.log = o->log;
    opts.log_user = o->log_user;
    opts.log_level = 1 + o->verbose;
    opts.policies = o->policies;
    opts.metered = o->max_steps != 0;
    opts.grants = grants;
    opts.grant_count = o->grant_count + (trust == MYBPF_TRUSTED);
    int status = choose_program(l, o) ? mybpf_object_load(l->object, &opts, error) : TOOL_REFUSED;
    free(grants);
    return status;
}

/* Opens and loads; on failure fills `error`, writes the message and returns TOOL_REFUSED. `l` is to be
 * unloaded in any case. */
static int load_with(loaded *l, const options *o, mybpf_trust trust, mybpf_error *error)
{
    int status = open_file(l, o, error);
    if (!status) status = load_open(l, o, trust, error);
    if (status < 0) {
        error->code = status;
        complain_error(o->file, error);
    }
    return status ? TOOL_REFUSED : TOOL_OK;
}

static int load(loaded *l, const options *o, mybpf_trust trust)
{
    mybpf_error error = {0};
    return load_with(l, o, trust, &error);
}

/* The program that -s names, by section or function, or the first; NULL after a message. */
static mybpf_program *find_program(const loaded *l, const options *o)
{
    mybpf_program *program = mybpf_object_program(l->object, 0);
    for (size_t i = 0; program && !mybpf_program_autoload(program); i++)
        program = mybpf_object_program(l->object, i);
    if (o->section) {
        program = mybpf_object_find_program(l->object, o->section);
        for (size_t i = 0; !program && mybpf_object_program(l->object, i); i++)
            if (!strcmp(mybpf_program_section(mybpf_object_program(l->object, i)), o->section))
                program = mybpf_object_program(l->object, i);
        if (!program) complain(0, "%s: no program %s", o->file, o->section);
    } else if (!program) {
        complain(0, "%s: no program in it", o->file);
    }
    return program;
}

#endif
