/* passes.h: for tests of what the code generator's passes make of a program, as operations; no native code
 * runs.
 *
 * An operation is written as NAME.width dst=a,b,c with #imm or +disp where it has one; a block as "(number)
 * ...", with "->taken" where it has one and "=>next" where the next block is not the one laid out behind it.
 */
#ifndef PASSES_H
#define PASSES_H

#include "inside.h"
#include "test.h"

#include <stdarg.h>

enum { ALL = 0, NONE = MYBPF_JIT_NO_PASSES };

#define VECTORS "x86_64+"

static void append(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, size - used, format, args);
    va_end(args);
}

static void print_op(const mybpf__op *op, char *text, size_t size)
{
#define NAME(name, dst, a, b, c, effects) #name,
#define HAS(name, dst, a, b, c, effects)  {dst, a, b, c},
    static const char *const names[] = {MYBPF__IR_OPS(NAME)};
    static const uint8_t has[][4] = {MYBPF__IR_OPS(HAS)};
#undef NAME
#undef HAS
    static const char *const conditions[] = {"eq",  "ne",  "gt",  "le",  "ge",  "lt",
                                             "sgt", "sle", "sge", "slt", "set", "clear"};
    int memory = op->flags & MYBPF__F_MEMORY && op->code != MYBPF__IR_LOAD && op->code != MYBPF__IR_STORE;
    const uint16_t operands[] = {op->a, op->b, op->c};
    append(text, size, " %s", names[op->code]);
    if (op->width) append(text, size, ".%d", op->width);
    if (mybpf__ir_is_branch(op) || op->code == MYBPF__IR_SELECT || op->code == MYBPF__IR_ADD_IF)
        append(text, size, ".%s", conditions[op->sub]);
    append(text, size, has[op->code][0] && op->dst != MYBPF__NO_VALUE ? " %d=" : " ", op->dst);
    for (int i = 0, any = 0; i < 3; i++)
        if (has[op->code][i + 1] && operands[i] != MYBPF__NO_VALUE)
            append(text, size, any++ ? ",%d" : "%d", operands[i]);
    if (op->flags & MYBPF__F_IMM || op->code == MYBPF__IR_CONST)
        append(text, size, "#%lld", (long long)op->imm);
    if (memory) append(text, size, op->c == MYBPF__NO_VALUE ? " in memory" : " in memory*%d", op->c);
    if ((op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE) && op->b != MYBPF__NO_VALUE &&
        op->aux > 1)
        append(text, size, "*%u", op->aux);
    if ((op->code == MYBPF__IR_ADD || op->code == MYBPF__IR_ADD_IF) && op->flags & MYBPF__F_CARRY)
        append(text, size, " carry");
    if (op->disp) append(text, size, "%+d", op->disp);
    if ((op->code == MYBPF__IR_LOAD || op->code == MYBPF__IR_STORE) && op->flags & MYBPF__F_SWAPPED)
        append(text, size, " swapped");
    if (op->code == MYBPF__IR_STORE && op->flags & MYBPF__F_UPDATE) append(text, size, " %s", names[op->sub]);
    if (op->code == MYBPF__IR_LOAD && op->flags & MYBPF__F_SIGNED)
        append(text, size, " signed %d", op->sub == 4 ? 4 : 8);
}

static void print(const mybpf__ir *ir, char *text, size_t size)
{
    text[0] = 0;
    for (uint32_t i = 0; i < ir->block_count; i++) {
        const mybpf__block *block = &ir->blocks[ir->order[i]];
        if (mybpf__block_is_dead(block)) continue;
        append(text, size, "(%u)", ir->order[i]);
        for (uint32_t at = block->first; at < block->first + block->count; at++)
            if (ir->ops[at].code != MYBPF__IR_NOP) print_op(&ir->ops[at], text, size);
        if (block->taken != MYBPF__NO_BLOCK) append(text, size, " ->%u", block->taken);
        uint32_t behind = i + 1;
        while (behind < ir->block_count && mybpf__block_is_dead(&ir->blocks[ir->order[behind]])) behind++;
        if (block->next != MYBPF__NO_BLOCK && (behind == ir->block_count || ir->order[behind] != block->next))
            append(text, size, " =>%u", block->next);
        append(text, size, "\n");
    }
}

/* Loads `source`, with an array as map 0, for `target`, one that ends in '+' with its vector
 * registers, or with features by name; 0 when it cannot. */
static int prepare(const char *target, const char *source, uint32_t disable, mybpf_vm **vm,
                   mybpf_object **object, mybpf__gen_request *request)
{
    static const mybpf_map_desc desc = {"array", MYBPF_MAP_TYPE_ARRAY, 4, 24, 10, 0, 0, NULL};
    mybpf_map *map = NULL;
    mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_UNSPEC, &map, 1};
    mybpf_insn insns[256];
    mybpf_error error = {0};
    mybpf_load_opts opts;
    char name[16];
    int64_t count = mybpf_assemble(source, strlen(source), insns, 256, &error);
    memset(&opts, 0, sizeof opts);
    memset(request, 0, sizeof *request);
    *object = NULL;
    opts.trust = MYBPF_TRUSTED;
    CHECK_INT(mybpf_vm_create(NULL, vm, &error), 0);
    CHECK_INT(mybpf_map_create(*vm, &desc, &map, &error), 0);
    if (count < 0 || mybpf_object_open_insns(*vm, insns, (size_t)count, &raw, object, &error) ||
        mybpf_object_load(*object, &opts, &error)) {
        test_fail(__FILE__, __LINE__, "%s in\n%s", error.message, source);
        count = -1;
    }
    mybpf_map_unref(map);
    if (count < 0) return 0;
    request->object = *object;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(target, "+"), target);
    request->target = mybpf__target_find(name);
    if (strchr(target, '+') && !strchr(target, '+')[1]) request->features = request->target->vectors;
    for (size_t i = 0; mybpf__cpu_feature_at(name, i); i++)
        if (strstr(target, mybpf__cpu_feature_at(name, i)->name))
            request->features |= mybpf__cpu_feature_at(name, i)->bit;
    request->disable = disable;
    return 1;
}

/* The operations of `source`, compiled for `target` without the passes of `disable`. */
static void passes(const char *target, const char *source, uint32_t disable, char *text, size_t size)
{
    mybpf_error error = {0};
    mybpf_vm *vm = NULL;
    mybpf_object *object = NULL;
    mybpf__gen_request request;
    mybpf__ir ir;
    memset(&ir, 0, sizeof ir);
    text[0] = 0;
    if (prepare(target, source, disable, &vm, &object, &request)) {
        ir.request = &request;
        ir.vm = vm;
        ir.code = mybpf_object_code(object);
        if (mybpf__ir_build(&ir, &error) || mybpf__ir_passes(&ir, &error))
            test_fail(__FILE__, __LINE__, "%s in\n%s", error.message, source);
        else
            print(&ir, text, size);
        mybpf__ir_free(&ir);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

static void check_passes_at(const char *file, int line, const char *target, const char *source,
                            uint32_t disable, const char *want)
{
    char text[4096];
    passes(target, source, disable, text, sizeof text);
    if (strcmp(text, want)) test_fail(file, line, "got\n%swant\n%sfrom\n%s", text, want, source);
}
#define check_passes(line, ...)             check_passes_at(__FILE__, line, __VA_ARGS__)
#define CHECK_PASSES(source, disable, want) check_passes(__LINE__, "x86_64", source, disable, want)

#endif
