/* test_facts.c: what the verifier finds about instructions, and what the code generator makes of it. That
 * facts hold in every run is test_verify_sound.c's affair; that code made with them does the same,
 * test_random.c's. */
#include "inside.h"
#include "test.h"

enum { V = 1 << MYBPF_VERIFIED, G = 1 << MYBPF_GUARDED };

/* "slot: what" of each instruction that something is known of. D dead, J jumps, F falls; c, s, v, o, p memory
 * and offset or bits; = constant, u upper half of the operand zero, d of dst, n no overflow. Maps: 0 an array
 * of 16 bytes. */
static const struct {
    const char *name;
    int modes;
    const char *text, *facts;
    uint32_t without, with; /* operations of native code */
} programs[] = {
    {"constants", V | G, "r6 = 3\nw7 = 5\nr7 += r6\nr0 = r7\nexit", "2:=3udn 3:=8u", 5, 2},
    {"branch that is decided", V | G, "r0 = 1\nif r0 == 1 goto +2\nr0 = 2\nr0 += 5\nexit", "1:J=1ud 2:D 3:D",
     5, 2},
    {"branch that is not taken", V | G, "r0 = 1\nif r0 > 3 goto +1\nexit\nr0 = 7\nexit", "1:F=1ud 3:D 4:D", 5,
     2},
    {"zero extension", V | G, "r2 = *(u32 *)(r1 + 4)\nif r2 == 7 goto +1\nr2 += 1\nw0 = w2\nexit",
     "0:c=4 1:0/ffffffffud 2:0/ffffffffudn 3:0/1ffffffff", 5, 5},
    {"bounds of an index", V | G,
     "r2 = *(u64 *)(r1 + 0)\nr2 &= 8\nr3 = map_val(map_by_idx(0)) + 0 ll\nr3 += r2\nr0 = *(u64 *)(r3 + "
     "0)\nexit",
     "0:c=0 4:0/8u 5:v0/8", 0, 0},
    {"stack of the caller", V | G,
     "*(u64 *)(r10 - 8) = 1\nr1 = r10\ncall f\nr0 = *(u64 *)(r10 - 8)\nexit\nf:\n*(u32 *)(r1 - 8) = 2\nr0 = "
     "0\nexit",
     "0:s=-8 3:s=-8 5:s1=-8", 0, 0},
    {"two kinds of memory", V | G,
     "r6 = r1\nr2 = *(u64 *)(r1 + 0)\nif r2 == 0 goto +2\nr6 = map_val(map_by_idx(0)) + 0 ll\nr0 = *(u8 "
     "*)(r6 + 0)\nexit",
     "1:c=0", 0, 0},
    {"a number from two paths", V | G,
     "r2 = *(u64 *)(r1 + 0)\nr0 = 4\nif r2 == 0 goto +1\nr0 = 6\nr0 += 1\nexit", "0:c=0 4:4/2udn", 0, 0},
    {"a turn's number in a loop", V,
     "r0 = 0\nr6 = 1\nr0 += r6\nr2 = 8\nr2 += r6\nr3 = 1\nr3 = 2\nif r0 < 100 goto -6\nexit", "4:d", 0, 0},
    {"nothing is known where nothing is", G, "r0 = r1\nr0 += r2\nexit", "", 0, 0},
};

static void append_fact(const mybpf_object *object, uint32_t pc, char *text, size_t size)
{
    static const char kinds[] = " csvopm";
    unsigned flags = object->facts[pc];
    mybpf_insn_facts f;
    char fact[96];
    int found = mybpf_object_insn_facts(object, pc, &f), used = 0;
    fact[0] = 0;
#define ADD(...) used += snprintf(fact + used, sizeof fact - (size_t)used, __VA_ARGS__)
    if (flags & MYBPF_FACT_DEAD) ADD("D");
    if (flags & MYBPF_FACT_JUMPS) ADD("J");
    if (flags & MYBPF_FACT_FALLS) ADD("F");
    if (found && f.region) ADD("%c", kinds[f.region]);
    if (found && f.region == MYBPF_MEMORY_STACK && f.index) ADD("%u", (unsigned)f.index);
    if (found && f.flags & MYBPF_FACTS_CONSTANT) ADD("=%lld", (long long)f.known);
    if (found && !(f.flags & MYBPF_FACTS_CONSTANT) && f.unknown != UINT64_MAX)
        ADD("%llx/%llx", (unsigned long long)f.known, (unsigned long long)f.unknown);
    if (found && f.flags & MYBPF_FACTS_UPPER_ZERO) ADD("u");
    if (found && f.flags & MYBPF_FACTS_DST_UPPER_ZERO) ADD("d");
    if (found && f.flags & MYBPF_FACTS_NO_OVERFLOW) ADD("n");
#undef ADD
    if (fact[0])
        snprintf(text + strlen(text), size - strlen(text), "%s%u:%s", text[0] ? " " : "", (unsigned)pc, fact);
}

static uint32_t operations(mybpf_object *object, uint32_t disable)
{
    mybpf__gen_request request;
    mybpf__ir ir;
    uint32_t count = 0;
    memset(&request, 0, sizeof request);
    memset(&ir, 0, sizeof ir);
    request.object = object;
    request.target = mybpf__target_at(0);
    request.disable = disable;
    ir.request = &request;
    ir.code = mybpf_object_code(object);
    ir.vm = mybpf_object_vm(object);
    CHECK_INT(mybpf__ir_build(&ir, NULL), 0);
    CHECK_INT(mybpf__ir_passes(&ir, NULL), 0);
    for (uint32_t i = 0; i < ir.block_count; i++)
        for (uint32_t at = ir.blocks[i].first; at < ir.blocks[i].first + ir.blocks[i].count; at++)
            count += ir.ops[at].code != MYBPF__IR_NOP && ir.ops[at].code != MYBPF__IR_CHARGE;
    mybpf__ir_free(&ir);
    return count;
}

TEST(facts, programs)
{
    static const mybpf_map_desc desc = {"values", MYBPF_MAP_TYPE_ARRAY, 4, 16, 1, 0, 0, NULL};
    mybpf_vm *vm = NULL;
    mybpf_map *map = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            mybpf_insn insns[64];
            mybpf_error error = {0};
            mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_UNSPEC, &map, 1};
            mybpf_load_opts opts;
            mybpf_object *object = NULL;
            char text[512] = "";
            int64_t count = mybpf_assemble(programs[i].text, strlen(programs[i].text), insns, 64, &error);
            if (!(programs[i].modes >> trust & 1) && trust != MYBPF_TRUSTED) continue;
            memset(&opts, 0, sizeof opts);
            opts.trust = (mybpf_trust)trust;
            opts.ctx_size = 16;
            CASE("%s, trust %d: %s", programs[i].name, trust, error.message);
            if (count < 0 || mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, &error) ||
                mybpf_object_load(object, &opts, &error)) {
                test_fail(__FILE__, __LINE__, "%s", error.message);
                mybpf_object_close(object);
                continue;
            }
            for (uint32_t pc = 0; pc < object->insn_count; pc++) append_fact(object, pc, text, sizeof text);
            if (trust == MYBPF_TRUSTED)
                CHECK_TEXT(text, "");
            else if (programs[i].facts)
                CHECK_TEXT(text, programs[i].facts);
            if (programs[i].with && trust != MYBPF_TRUSTED) {
                CHECK_INT(operations(object, MYBPF_JIT_NO_PASSES), programs[i].without);
                CHECK_INT(operations(object, 0), programs[i].with);
            }
            mybpf_object_close(object);
        }
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}
