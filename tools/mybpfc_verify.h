/* mybpfc_verify.h: verify: whether a file would be loaded, and what the verifier has to say of it. */
#ifndef MYBPFC_VERIFY_H
#define MYBPFC_VERIFY_H

#include "mybpfc_list.h"

#include <time.h>

/* What the log has told so far. For JSON the parts of a refusal or a guard are collected, and the results of
 * programs written one after the other. */
typedef struct verify_log {
    const options *o;
    const loaded *l;
    int part;      /* the kind of line that what follows belongs to: INSN, GUARD or others */
    FILE *results; /* JSON: of the programs, in memory */
    FILE *guards;  /* JSON: of the instructions that are checked */
    char *results_text, *guards_text;
    size_t results_size, guards_size, result_count, guard_count;
    int32_t insn;
    char text[160], source[256], what[640], why[256], help[256]; /* the refusal or guard being told */
    char *state, *path;                                          /* its JSON arrays' items, from malloc */
    uint8_t *told;                                               /* by program: it has a result */
    double begin;
} verify_log;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- for people ---- */

static void print_coloured(const mybpf_log_line *line)
{
    static const char *const colours[] = {"", "\033[1;31m", "", "", "", "", "", "\033[32m", "\033[1;33m"};
    int label = (int)(line->value - line->text);
    const char *colour = (size_t)line->kind < sizeof colours / sizeof *colours ? colours[line->kind] : "";
    if (!*heading(1) || !*colour)
        printf("%s\n", line->text);
    else
        printf("%.*s%s%s\033[0m\n", label, line->text, colour, line->value);
}

/* ---- JSON ---- */

static void verify_copy(char *to, size_t size, const char *from) { snprintf(to, size, "%s", from); }

/* Appends an item to an array in the making; without memory it is left out. */
static void verify_item(char **items, const mybpf_log_line *line)
{
    char *made = NULL, *bigger;
    size_t size = 0, used = *items ? strlen(*items) : 0;
    FILE *out = open_memstream(&made, &size);
    if (!out) return;
    fprintf(out, "%s{", used ? "," : "");
    if (line->kind == MYBPF_LOG_PATH)
        fprintf(out, "\"insn\":%d,\"text\":", (int)line->insn);
    else
        fprintf(out, "\"insn\":%d,\"value\":", (int)line->insn);
    json_write(out, line->value);
    fputc('}', out);
    if (!fclose(out) && (bigger = (char *)realloc(*items, used + size + 1)) != NULL) {
        memcpy(bigger + used, made, size + 1);
        *items = bigger;
    }
    free(made);
}

static void verify_field(FILE *out, const char *name, const char *value)
{
    fprintf(out, ",\"%s\":", name);
    json_write(out, value);
}

/* The parts told so far, as fields of an object that has begun. */
static void verify_parts(const verify_log *log, FILE *out)
{
    verify_field(out, "text", log->text);
    verify_field(out, "source", log->source);
    verify_field(out, "what", log->what);
    verify_field(out, "why", log->why);
    verify_field(out, "help", log->help);
    fprintf(out, ",\"registers\":[%s],\"path\":[%s]", log->state ? log->state : "",
            log->path ? log->path : "");
}

static void verify_error(const verify_log *log, FILE *out, const mybpf_error *error)
{
    fprintf(out, ",\"error\":{\"code\":\"%s\",\"insn\":%d,\"line\":%u", mybpf_status_name(error->code),
            (int)error->insn, (unsigned)error->line);
    verify_field(out, "file", error->file);
    verify_field(out, "function", error->program);
    verify_field(out, "message", error->message);
    verify_parts(log, out);
    fputc('}', out);
}

static void verify_forget(verify_log *log)
{
    free(log->state);
    free(log->path);
    log->state = log->path = NULL;
    log->text[0] = log->source[0] = log->what[0] = log->why[0] = log->help[0] = 0;
}

static void verify_names(FILE *out, size_t count, const mybpf_program *program)
{
    fprintf(out, "%s{\"name\":", count ? "," : "");
    json_write(out, program ? mybpf_program_name(program) : "");
    verify_field(out, "section", program ? mybpf_program_section(program) : "");
}

static void verify_result(verify_log *log, const mybpf_log_line *line)
{
    FILE *out = log->results;
    const mybpf_verify_stats *stats = line->stats;
    double now = seconds_now();
    verify_names(out, log->result_count++, line->program);
    fprintf(out,
            ",\"accepted\":%s,\"visited\":%llu,\"states\":%llu,\"peak_states\":%llu,\"peak_memory\":%llu,"
            "\"seconds\":%.6f",
            line->error ? "false" : "true", (unsigned long long)stats->visited,
            (unsigned long long)stats->states, (unsigned long long)stats->peak_states,
            (unsigned long long)stats->peak_bytes, now - log->begin);
    if (line->error) verify_error(log, out, line->error);
    fputc('}', out);
    for (size_t i = 0; line->program && mybpf_object_program(log->l->object, i); i++)
        if (mybpf_object_program(log->l->object, i) == line->program) log->told[i] = 1;
    log->begin = now;
    verify_forget(log);
}

/* A guard is complete with its reason. */
static void verify_guard(verify_log *log)
{
    fprintf(log->guards, "%s{\"insn\":%d", log->guard_count++ ? "," : "", (int)log->insn);
    verify_parts(log, log->guards);
    fputc('}', log->guards);
    verify_forget(log);
}

static void verify_collect(verify_log *log, const mybpf_log_line *line)
{
    const char *text = strstr(line->value, ": ");
    switch (line->kind) {
    case MYBPF_LOG_INSN:
    case MYBPF_LOG_GUARD:
        verify_forget(log);
        log->insn = line->insn;
        text = text ? strstr(text + 2, ": ") : NULL; /* "main: 3: exit" */
        verify_copy(log->text, sizeof log->text, text ? text + 2 : line->value);
        break;
    case MYBPF_LOG_SOURCE: verify_copy(log->source, sizeof log->source, line->value); break;
    case MYBPF_LOG_STATE: verify_item(&log->state, line); break;
    case MYBPF_LOG_PATH: verify_item(&log->path, line); break;
    case MYBPF_LOG_WHAT: verify_copy(log->what, sizeof log->what, line->value); break;
    case MYBPF_LOG_HELP: verify_copy(log->help, sizeof log->help, line->value); break;
    case MYBPF_LOG_WHY:
        verify_copy(log->why, sizeof log->why, line->value);
        if (log->part == MYBPF_LOG_GUARD) verify_guard(log);
        break;
    case MYBPF_LOG_PROGRAM: verify_result(log, line); break;
    default: break;
    }
}

/* ---- the log ---- */

static void verify_told(void *user, const mybpf_log_line *line)
{
    verify_log *log = (verify_log *)user;
    const options *o = log->o;
    int kind = line->kind;
    if (kind == MYBPF_LOG_INSN || kind >= MYBPF_LOG_GUARD) log->part = kind;
    if (o->json) {
        verify_collect(log, line);
        return;
    }
    if (o->quiet || (kind == MYBPF_LOG_PROGRAM && !o->verbose)) return;
    if (log->part == MYBPF_LOG_GUARD && !o->guards) return;
    print_coloured(line);
}

/* Programs of which nothing was said: another one, or the code as a whole, was refused before. */
static void verify_untold(verify_log *log, const mybpf_error *error)
{
    const mybpf_program *program;
    for (size_t i = 0; log->l->object && (program = mybpf_object_program(log->l->object, i)) != NULL; i++) {
        if (log->told[i] || !mybpf_program_autoload(program)) continue;
        verify_names(log->results, log->result_count++, program);
        if (error && !strcmp(error->program, mybpf_program_name(program))) {
            fprintf(log->results, ",\"accepted\":false");
            verify_error(log, log->results, error);
        } else {
            fprintf(log->results, ",\"accepted\":%s", error ? "null" : "true");
        }
        fputc('}', log->results);
    }
}

/* ---- facts ---- */

static const char *const region_names[] = {"",       "context", "stack",          "map value",
                                           "object", "packet",  "packet metadata"};

/* "never reached", "stack - 8, aligned to 8": what was found of an instruction; "" for nothing. */
static void fact_text(const loaded *l, const mybpf_code *code, uint32_t at, char *text, size_t size)
{
    mybpf_insn_facts facts;
    int found = mybpf_object_insn_facts(l->object, at, &facts), used = 0;
    unsigned flags = code->facts[at];
    text[0] = 0;
#define ADD(...) used += snprintf(text + used, size - (size_t)used, __VA_ARGS__)
#define NEXT     (used ? ", " : "")
    if (flags & MYBPF_FACT_DEAD) ADD("never reached");
    if (flags & MYBPF_FACT_GUARD) ADD("checked while it runs");
    if (flags & MYBPF_FACT_JUMPS) ADD("always taken");
    if (flags & MYBPF_FACT_FALLS) ADD("never taken");
    if (found && facts.region) {
        const mybpf_map_desc *desc = facts.region == MYBPF_MEMORY_MAP_VALUE ? map_desc(l, facts.index) : NULL;
        ADD("%s%s%s%s", NEXT, region_names[facts.region], desc ? " of " : "", desc ? desc->name : "");
        if (facts.region == MYBPF_MEMORY_STACK && facts.index) ADD(" of the caller");
        if (facts.flags & MYBPF_FACTS_CONSTANT) ADD(" %+lld", (long long)facts.known);
        ADD(", aligned to %u", (unsigned)facts.align);
    } else if (found) {
        if (facts.flags & MYBPF_FACTS_CONSTANT)
            ADD("%soperand %lld", NEXT, (long long)facts.known);
        else if (facts.unknown != UINT64_MAX)
            ADD("%soperand bits 0x%llx of 0x%llx", NEXT, (unsigned long long)facts.known,
                (unsigned long long)~facts.unknown);
        if (facts.flags & MYBPF_FACTS_DST_UPPER_ZERO) ADD("%sdst fits in 32 bits", NEXT);
        if (facts.flags & MYBPF_FACTS_NO_OVERFLOW) ADD("%sno overflow", NEXT);
    }
#undef ADD
#undef NEXT
}

static void print_facts(const verify_log *log)
{
    const mybpf_code *code = mybpf_object_code(log->l->object);
    size_t count = 0;
    if (log->o->json) printf(",\"facts\":[");
    for (uint32_t at = 0; at < code->insn_count; at++) {
        char insn[160], text[256];
        if (code->facts[at] & MYBPF_FACT_PAD) continue;
        fact_text(log->l, code, at, text, sizeof text);
        if (!text[0]) continue;
        mybpf_disassemble(&code->insns[at], code->insn_count - at, insn, sizeof insn);
        if (!log->o->json) {
            printf("%8u: %-40s ; %s\n", (unsigned)at, insn, text);
            continue;
        }
        mybpf_insn_facts facts;
        printf("%s{\"insn\":%u,\"text\":", count++ ? "," : "", (unsigned)at);
        json_text(text);
        if (mybpf_object_insn_facts(log->l->object, at, &facts)) {
            printf(",\"region\":\"%s\",\"index\":%u,\"align\":%u,\"flags\":%u,\"known\":\"0x%llx\","
                   "\"unknown\":\"0x%llx\"",
                   region_names[facts.region], (unsigned)facts.index, (unsigned)facts.align,
                   (unsigned)facts.flags, (unsigned long long)facts.known, (unsigned long long)facts.unknown);
        }
        putchar('}');
    }
    if (log->o->json) putchar(']');
}

static void verify_print_json(verify_log *log, const mybpf_error *error, size_t programs)
{
    const mybpf_code *code = log->l->object ? mybpf_object_code(log->l->object) : NULL;
    verify_untold(log, error);
    fflush(log->results);
    fflush(log->guards);
    printf("{\"file\":");
    json_text(log->o->file);
    if (!error) {
        printf(",\"ok\":true,\"trust\":\"%s\",\"programs\":%u,\"instructions\":%u",
               trust_names[log->o->trust], (unsigned)programs, (unsigned)(code ? code->insn_count : 0));
    } else {
        printf(",\"ok\":false,\"error\":\"%s\",\"program\":", mybpf_status_name(error->code));
        json_text(error->program);
        printf(",\"instruction\":%d,\"source\":", (int)error->insn);
        json_text(error->file);
        printf(",\"line\":%u,\"message\":", (unsigned)error->line);
        json_text(error->message);
    }
    printf(",\"results\":[%s],\"guards\":[%s]", log->results_text, log->guards_text);
    if (log->o->facts && !error) print_facts(log);
    printf("}\n");
}

static int command_verify(options *o)
{
    loaded l;
    mybpf_error error = {0};
    verify_log log;
    memset(&log, 0, sizeof log);
    log.o = o;
    log.l = &l;
    log.results = open_memstream(&log.results_text, &log.results_size);
    log.guards = open_memstream(&log.guards_text, &log.guards_size);
    log.told = (uint8_t *)calloc(1 << 16, 1);
    if (!log.results || !log.guards || !log.told) return complain(TOOL_REFUSED, "out of memory");
    if (o->guards && !o->trust_given) o->trust = MYBPF_GUARDED;
    o->log = verify_told;
    o->log_user = &log;
    log.begin = seconds_now();
    int result = load_with(&l, o, o->trust, &error);
    size_t programs = 0;
    while (l.object && mybpf_object_program(l.object, programs)) programs++;
    if (o->json)
        verify_print_json(&log, result ? &error : NULL, programs);
    else if (!result && o->facts)
        print_facts(&log);
    if (!o->json && !result && !o->quiet)
        printf("%s: ok (%s), %u program%s, %u instructions\n", o->file, trust_names[o->trust],
               (unsigned)programs, programs == 1 ? "" : "s",
               (unsigned)mybpf_object_code(l.object)->insn_count);
    unload(&l);
    verify_forget(&log);
    fclose(log.results);
    fclose(log.guards);
    free(log.results_text);
    free(log.guards_text);
    free(log.told);
    return result;
}

#endif
