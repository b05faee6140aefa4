/* fuzz_verify.c: is the verifier right? The input is read as a recipe for a program that is likely to pass:
 * pieces that programs are made of. What verified mode accepts, and what guarded mode leaves unguarded, runs
 * once more with every access guarded: nothing may fault that was proven, and the outcome is the same. */
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"

#include <stdio.h>
#include <stdlib.h>

/* Programs compute with addresses of maps' elements, of which an update makes new ones: so that a run sees
 * those of the last run, the maps are made anew, and while they are, and while the program runs, memory comes
 * from this, from its beginning. */
static struct {
    uint64_t memory[1 << 15];
    size_t used; /* in 8 bytes */
    int on;
} fixed;

static void *host_realloc(void *user, void *memory, size_t size)
{
    size_t at = fixed.used, units = (size + 63) / 64 * 8;
    (void)user;
    if (memory >= (void *)fixed.memory && memory < (void *)(fixed.memory + sizeof fixed.memory / 8)) {
        if (size) abort(); /* of what the library allocates for a map nothing grows */
        return NULL;
    }
    if (!fixed.on || memory || !size) {
        if (size) return realloc(memory, size);
        free(memory);
        return NULL;
    }
    if (units > sizeof fixed.memory / 8 - at) abort();
    fixed.used += units;
    return memset(fixed.memory + at, 0, units * 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAPS = 3, ROOM = 512, CTX = 64 };

typedef struct recipe {
    const uint8_t *bytes;
    size_t left;
    mybpf_insn insns[ROOM];
    unsigned count, starts[4], functions; /* functions: how many end so far */
} recipe;

static unsigned next(recipe *r) { return r->left ? r->left--, *r->bytes++ : 0; }

static void put(recipe *r, unsigned code, unsigned dst, unsigned src, int off, int32_t imm)
{
    mybpf_insn *insn = &r->insns[r->count++];
    insn->code = (uint8_t)code;
    insn->dst_reg = dst & 15;
    insn->src_reg = src & 15;
    insn->off = (int16_t)off;
    insn->imm = imm;
}

/* r1..r5 seldom: calls unset them. */
static unsigned reg(recipe *r)
{
    unsigned n = next(r) % 32;
    return n < 10 ? n : n < 14 ? 0 : 6 + n % 4;
}

static void put_lddw(recipe *r, unsigned dst, unsigned src, int32_t imm, int32_t second)
{
    put(r, 0x18, dst, src, 0, imm);
    put(r, 0, 0, 0, 0, second);
}

/* A row of the table, with fields that are likely to be right. */
static void put_any(recipe *r)
{
    const mybpf_op_info *info = mybpf_op_describe((int)(next(r) % MYBPF_OP_COUNT));
    unsigned dst = reg(r), src = next(r) % 11;
    int8_t off = (int8_t)next(r);
    int32_t imm = (int8_t)next(r);
    if (info->format == MYBPF_FORMAT_LDDW || info->format == MYBPF_FORMAT_EXIT ||
        (info->format >= MYBPF_FORMAT_CALL && info->format <= MYBPF_FORMAT_CALL_KFUNC))
        return;
    if (info->format >= MYBPF_FORMAT_LDX && next(r) & 1) {
        int loads = info->format == MYBPF_FORMAT_LDX || info->format == MYBPF_FORMAT_LOAD_ACQ;
        *(loads ? &src : &dst) = 10;
        off = (int8_t)(off | 0x80);
    }
#define FIELDS(name, d, s, o, i) {d, s, o, i},
    static const uint8_t used[][4] = {MYBPF_FORMATS(FIELDS)};
#undef FIELDS
    const uint8_t *uses = used[info->format];
    if (!uses[0]) dst = 0;
    if (!uses[1]) src = 0;
    if (!uses[2]) off = 0;
    if (!uses[3]) imm = 0;
    put(r, info->code, dst, src, off, imm);
    mybpf_insn *insn = &r->insns[r->count - 1];
    if (info->select == MYBPF_SELECT_OFF) insn->off = info->value;
    if (info->select == MYBPF_SELECT_IMM) insn->imm = info->value;
    if (info->select == MYBPF_SELECT_SRC) insn->src_reg = (uint8_t)info->value & 15;
    if (insn->code == 0x06) insn->imm = off;
}

static void put_lookup(recipe *r)
{
    int32_t key = next(r) & 3;
    unsigned map = next(r) % MAPS;
    put(r, 0x62, 10, 0, -4, key);
    put(r, 0xbf, 2, 10, 0, 0);
    put(r, 0x07, 2, 0, 0, -4);
    put_lddw(r, 1, MYBPF_PSEUDO_MAP_IDX, (int32_t)map, 0);
    put(r, 0x85, 0, 0, 0, 1);
    if (next(r) & 3) put(r, next(r) & 1 ? 0x15 : 0x55, 0, 0, (int)(next(r) % 6), 0);
}

static void put_update(recipe *r)
{
    put(r, 0xbf, 2, 10, 0, 0);
    put(r, 0x07, 2, 0, 0, -(int32_t)(next(r) % 40));
    put(r, 0xbf, 3, next(r) & 3 ? 10 : reg(r), 0, 0);
    put(r, 0x07, 3, 0, 0, -(int32_t)(next(r) % 80));
    put(r, 0xb7, 4, 0, 0, 0);
    put_lddw(r, 1, MYBPF_PSEUDO_MAP_IDX, (int32_t)(next(r) % MAPS), 0);
    put(r, 0x85, 0, 0, 0, (int32_t)(2 + next(r) % 2));
}

/* Registers that are all written; some hold pointers. */
static void put_start(recipe *r, int program)
{
    unsigned kinds = next(r);
    if (program)
        put(r, 0xbf, 6, 1, 0, 0);
    else
        put(r, 0xb7, 6, 0, 0, 3);
    put(r, 0xbf, 7, 10, 0, 0);
    put(r, 0x07, 7, 0, 0, -(int32_t)(next(r) % 64));
    put_lddw(r, 8, MYBPF_PSEUDO_MAP_IDX_VALUE, 2, (int32_t)(next(r) % 65));
    put(r, 0xb7, 9, 0, 0, (int8_t)next(r));
    for (unsigned i = program ? 3 : 1; i < 6; i++) put(r, 0xb7, i, 0, 0, (int32_t)i);
    put(r, 0xb7, 0, 0, 0, 0);
    for (int i = 1; i <= 8 && kinds & 1; i++) put(r, 0x7b, 10, (unsigned)i, -8 * i, 0);
}

static void put_piece(recipe *r)
{
    unsigned kind = next(r);
    switch (kind % 16) {
    case 0: put_lookup(r); break;
    case 1: put_update(r); break;
    case 2: put(r, 0xbf, reg(r), next(r) % 11, 0, 0); break;
    case 3: put(r, 0x07, reg(r), 0, 0, (int8_t)next(r)); break;
    case 4: put(r, next(r) & 1 ? 0x7b : 0x63, 10, reg(r), -(int)(8 * (next(r) % 12)), 0); break;
    case 5: put(r, next(r) & 1 ? 0x79 : 0x61, reg(r), 10, -(int)(8 * (next(r) % 12)), 0); break;
    case 6: put(r, 0x79, reg(r), reg(r), (int8_t)next(r) / 2, 0); break;
    case 7: put(r, 0x7b, reg(r), reg(r), (int8_t)next(r) / 2, 0); break;
    case 8: {
        static const uint8_t conditions[] = {0x15, 0x25, 0x35, 0x45, 0x55, 0x65, 0xa5, 0x16};
        unsigned code = conditions[next(r) % 8], dst = reg(r);
        int off = (int)(next(r) % 12) - (next(r) % 8 ? 0 : 8);
        put(r, code, dst, 0, off, (int8_t)next(r));
        break;
    }
    case 9: put(r, 0xe5, 0, 0, (int)(next(r) % 4), 0); break;
    case 10: put(r, 0x85, 0, 1, 0, (int32_t)(next(r) % 4)); break; /* the function's number for now */
    case 11:
        if (r->functions < 3) {
            put(r, 0x95, 0, 0, 0, 0);
            r->starts[++r->functions] = r->count;
            put_start(r, 0);
        }
        break;
    case 12: put(r, 0x55, reg(r), 0, (int)(next(r) % 6), 0); break;
    default: put_any(r); break;
    }
}

/* Jumps inside their functions, calls to functions, fields that a conditional jump has no use for. */
static void mend(recipe *r)
{
    for (unsigned f = 0; f <= r->functions; f++) {
        unsigned start = r->starts[f], end = f < r->functions ? r->starts[f + 1] : r->count;
        for (unsigned pc = start; pc < end; pc++) {
            mybpf_insn *insn = &r->insns[pc];
            unsigned cls = insn->code & 7u;
            if (insn->code == 0x18) {
                pc++;
            } else if (insn->code == 0x85 && insn->src_reg == 1) {
                insn->imm = (int32_t)(r->starts[(unsigned)insn->imm % (r->functions + 1)] - pc - 1);
            } else if ((cls == 5 || cls == 6) && insn->code != 0x85 && insn->code != 0x95 &&
                       insn->code != 0x8d) {
                int64_t off = insn->code == 0x06 ? insn->imm : insn->off, target = (int64_t)pc + 1 + off;
                if (target < start || target >= end) target = pc + 1;
                if (target > 0 && r->insns[target - 1].code == 0x18 && target > start) target++;
                insn->off = (int16_t)(target - pc - 1);
                if (insn->code == 0x06) insn->imm = insn->off, insn->off = 0;
            }
        }
    }
}

static uint64_t no_time(void *user) { return (void)user, 1; }
static uint32_t no_number(void *user) { return (void)user, 1; }
static uint64_t no_id(void *user) { return (void)user, 1; }

static const mybpf_map_desc descs[MAPS] = {{"array", MYBPF_MAP_TYPE_ARRAY, 4, 8, 3, 0, 0, NULL},
                                           {"hash", MYBPF_MAP_TYPE_HASH, 4, 16, 3, 0, 0, NULL},
                                           {"single", MYBPF_MAP_TYPE_ARRAY, 4, 64, 1, 0, 0, NULL}};

/* The first hash map of a vm brings what all runs share: it is made before any of theirs. */
static mybpf_vm *make_vm(void)
{
    static mybpf_vm *vm;
    mybpf_host host;
    mybpf_map *first;
    if (vm) return vm;
    memset(&host, 0, sizeof host);
    host.realloc = host_realloc;
    host.time_ns = no_time;
    host.random = host.cpu = no_number;
    host.pid_tgid = host.uid_gid = no_id;
    if (mybpf_vm_create(&host, &vm, NULL) || mybpf_map_create(vm, &descs[1], &first, NULL)) abort();
    mybpf_map_unref(first);
    return vm;
}

typedef struct outcome {
    int loaded, status;
    int32_t insn;
    uint64_t r0;
} outcome;

static void make_maps(mybpf_map *maps[MAPS])
{
    mybpf_vm *vm = make_vm();
    fixed.used = 0;
    fixed.on = 1;
    for (int i = 0; i < MAPS; i++)
        if (mybpf_map_create(vm, &descs[i], &maps[i], NULL)) abort();
    fixed.on = 0;
}

static void close_maps(mybpf_map *maps[MAPS])
{
    for (int i = 0; i < MAPS; i++) mybpf_map_unref(maps[i]);
}

/* All the same in every run: the context, the stack and its address, the maps and theirs. */
static outcome try_mode(const recipe *r, mybpf_trust trust, int guard_all)
{
    mybpf_map *maps[MAPS];
    static uint8_t ctx[CTX];
    static uint64_t stack[MYBPF_CALL_DEPTH * MYBPF_STACK_FRAME / 4 + 512] __attribute__((aligned(16)));
    outcome out = {0, 0, 0, 0};
    mybpf_object *object = NULL;
    mybpf_raw_desc raw = {NULL, MYBPF_PROG_TYPE_UNSPEC, maps, MAPS};
    mybpf_load_opts load;
    mybpf_run_opts run;
    mybpf_error error;
    memset(&load, 0, sizeof load);
    memset(&run, 0, sizeof run);
    memset(&error, 0, sizeof error);
    memset(ctx, 1, sizeof ctx);
    memset(stack, 0, sizeof stack);
    make_maps(maps);
    load.trust = trust;
    load.metered = 1;
    load.ctx_size = CTX;
    run.ctx = ctx;
    run.ctx_size = CTX;
    run.stack = stack;
    run.stack_size = sizeof stack;
    run.max_steps = 2000;
    if (!mybpf_object_open_insns(make_vm(), r->insns, r->count, &raw, &object, &error) &&
        !mybpf_object_load(object, &load, &error)) {
        out.loaded = 1;
        for (uint32_t pc = 0; guard_all && pc < object->insn_count; pc++)
            object->facts[pc] |= MYBPF_FACT_GUARD;
        if (guard_all) {
            mybpf__interp_free(object);
            if (mybpf__interp_prepare(object, NULL)) abort();
        }
        fixed.on = 1;
        out.status = mybpf_program_run(mybpf_object_program(object, 0), &run, &out.r0, &error);
        fixed.on = 0;
        if (out.status) out.insn = error.insn;
    }
    if (getenv("FUZZ_SHOW"))
        fprintf(stderr, "trust %d: %d, %d at %d, r0 %llx: %s\n", trust, out.loaded, out.status, out.insn,
                (unsigned long long)out.r0, error.message);
    mybpf_object_close(object);
    close_maps(maps);
    return out;
}

static void show(const recipe *r)
{
    for (unsigned pc = 0; pc < r->count; pc++) {
        char text[128];
        mybpf_disassemble(&r->insns[pc], r->count - pc, text, sizeof text);
        fprintf(stderr, "%3u: %s\n", pc, text);
        if (r->insns[pc].code == 0x18) pc++;
    }
}

/* Does verified mode accept it? */
static int is_accepted(const recipe *r)
{
    mybpf_map *maps[MAPS];
    mybpf_raw_desc raw = {NULL, MYBPF_PROG_TYPE_UNSPEC, maps, MAPS};
    mybpf_object *object = NULL;
    mybpf_load_opts load;
    int accepted;
    memset(&load, 0, sizeof load);
    load.ctx_size = CTX;
    make_maps(maps);
    accepted = !mybpf_object_open_insns(make_vm(), r->insns, r->count, &raw, &object, NULL) &&
               !mybpf_object_load(object, &load, NULL);
    mybpf_object_close(object);
    close_maps(maps);
    return accepted;
}

static int differ(const outcome *a, const outcome *b)
{
    return a->loaded != b->loaded || a->status != b->status || a->insn != b->insn || a->r0 != b->r0;
}

/* Verified mode knows that all may_goto jump when one has; guarded mode may refuse what then is read
 * unwritten. */
static int has_may_goto(const recipe *r)
{
    for (unsigned pc = 0; pc < r->count; pc += r->insns[pc].code == 0x18 ? 2 : 1)
        if (r->insns[pc].code == 0xe5) return 1;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static recipe r;
    outcome verified, guarded, checked;
    memset(&r, 0, sizeof r);
    r.bytes = bytes;
    r.left = size;
    put_start(&r, 1);
    while (r.left && r.count < ROOM - 48) put_piece(&r);
    put(&r, 0x95, 0, 0, 0, 0);
    mend(&r);
    if (getenv("FUZZ_SHOW")) show(&r);

    checked = try_mode(&r, MYBPF_GUARDED, 1);
    guarded = try_mode(&r, MYBPF_GUARDED, 0);
    if (differ(&checked, &guarded)) abort(); /* an access that was left unguarded is not right */
    if (checked.status == MYBPF_FAULT_ACCESS || checked.status == MYBPF_FAULT_DEPTH) {
        if (is_accepted(&r)) abort(); /* verified mode accepts what faults */
        return 0;
    }
    if (!checked.loaded && has_may_goto(&r)) return 0;
    verified = try_mode(&r, MYBPF_VERIFIED, 0);
    if (verified.loaded && differ(&verified, &checked)) abort();
    return 0;
}
