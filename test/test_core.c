/* test_core.c: CO-RE relocations: what each of the thirteen kinds comes to, on types made by hand; what
 * becomes of the instruction, in objects that clang made; and broken records. */
#include "inside.h"

#include "btf_build.h"
#include "load_object.h"
#include "test.h"

#if defined(__linux__) && defined(__has_include) && !defined(MYBPF_NO_ELF)
#    if __has_include(<linux/bpf.h>)
#        include <errno.h>
#        include <linux/bpf.h>
#        include <sys/syscall.h>
#        include <unistd.h>
#        define WITH_KERNEL 1
#    endif
#endif

#ifndef MYBPF_NO_ELF

/* ---- by hand ---- */

#    define PARTS(...)          ((const btf_part[]){__VA_ARGS__, {NULL, 0, 0}})
#    define BITS(offset, width) ((uint32_t)(offset) | (uint32_t)(width) << 24)

/* What the object knows, by name in the cases. */
enum {
    L_VOID,
    L_U32,
    L_S32,
    L_U64,
    L_U8,
    L_PTR,
    L_SAMPLE,
    L_FLAVOR,
    L_ENUM,
    L_ENUM64,
    L_TYPEDEF,
    L_PROTO,
    L_OTHER,
    L_ANON,
    L_ARRAY4,
    L_INNER,
    L_UNION,
    L_DEEP,
    L_FLEX,
    L_FLEXED,
    L_MATCH,
    L_NOMATCH,
    L_GONE,
    L_KIND,
    L_TWICE,
    L_FUNCS,
    L_TYPES
};
/* Members of L_SAMPLE. */
enum { M_A, M_B, M_P, M_ARR, M_BITS, M_SBITS, M_E, M_INNER, M_GONE, M_SIGN, M_KIND };

static void local_types(btf_build *b, uint32_t *id)
{
    btf_begin(b);
    id[L_VOID] = 0;
    id[L_U32] = btf_int(b, "unsigned int", 4, 0);
    id[L_S32] = btf_int(b, "int", 4, 1);
    id[L_U64] = btf_int(b, "unsigned long", 8, 0);
    id[L_U8] = btf_int(b, "unsigned char", 1, 0);
    id[L_PTR] = btf_to(b, PTR_, NULL, id[L_U8]);
    id[L_ENUM] = btf_parts(b, ENUM_, "color", 4, PARTS({"RED", 0, 0}, {"BLUE___old", 1, 0}, {"GREY", 2, 0}));
    id[L_ENUM64] = btf_parts(b, ENUM64_, "wide", 8, PARTS({"FAR", 1, 0}, {"NEAR", 2, 0}));
    id[L_ARRAY4] = btf_array(b, id[L_U32], id[L_U32], 4);
    id[L_INNER] = btf_parts(b, STRUCT_, "inner", 8, PARTS({"x", id[L_U32], 0}, {"y", id[L_ARRAY4], 32}));
    id[L_SAMPLE] = btf_parts(b, STRUCT_ | BTF_FLAG, "sample", 64,
                             PARTS({"a", id[L_U32], 0}, {"b", id[L_U32], 32}, {"p", id[L_PTR], 64},
                                   {"arr", id[L_ARRAY4], 128}, {"bits", id[L_U32], BITS(256, 3)},
                                   {"sbits", id[L_S32], BITS(259, 5)}, {"e", id[L_ENUM], 288},
                                   {"inner", id[L_INNER], 320}, {"gone", id[L_U32], 480},
                                   {"sign", id[L_S32], 448}, {"kind", id[L_U32], 416}));
    id[L_FLAVOR] = btf_parts(b, STRUCT_, "sample___v2", 4, PARTS({"a", id[L_U32], 0}));
    id[L_TYPEDEF] = btf_to(b, TYPEDEF_, "sample_t", id[L_SAMPLE]);
    id[L_PROTO] =
        btf_to(b, TYPEDEF_, "callback",
               btf_to(b, PTR_, NULL, btf_parts(b, PROTO_, NULL, id[L_S32], PARTS({"x", id[L_PTR], 0}))));
    id[L_OTHER] = btf_parts(b, UNION_, "sample", 4, PARTS({"a", id[L_U32], 0}));
    id[L_ANON] = btf_parts(b, STRUCT_, NULL, 4, PARTS({"a", id[L_U32], 0}));
    id[L_UNION] = btf_parts(b, STRUCT_, NULL, 8, PARTS({"deep", id[L_U32], 32}));
    id[L_DEEP] = btf_parts(b, STRUCT_, "deep", 12, PARTS({"first", id[L_U32], 0}, {"", id[L_UNION], 32}));
    id[L_FLEX] = btf_array(b, id[L_U32], id[L_U32], 0);
    id[L_FLEXED] = btf_parts(b, STRUCT_, "flexed", 4, PARTS({"n", id[L_U32], 0}, {"items", id[L_FLEX], 32}));
    id[L_MATCH] = btf_parts(b, STRUCT_, "matching", 16,
                            PARTS({"a", id[L_U32], 0}, {"next", btf_to(b, PTR_, NULL, id[L_SAMPLE]), 64}));
    id[L_NOMATCH] = btf_parts(b, STRUCT_, "matching___no", 16, PARTS({"a", id[L_U64], 0}));
    id[L_GONE] = btf_parts(b, STRUCT_, "gone", 4, PARTS({"a", id[L_U32], 0}));
    id[L_KIND] = btf_to(b, TYPEDEF_, "kind", id[L_U32]);
    id[L_TWICE] =
        btf_parts(b, STRUCT_, "twice", 8, PARTS({"same", id[L_U32], 0}, {"differs", id[L_U32], 32}));
    id[L_FUNCS] =
        btf_to(b, TYPEDEF_, "callback2",
               btf_to(b, PTR_, NULL, btf_parts(b, PROTO_, NULL, id[L_S32], PARTS({"x", id[L_PTR], 0}))));
    btf_end(b);
}

/* The same, years later: everything has moved. */
static void target_types(btf_build *b)
{
    uint32_t u64, u32, s32, u8, s64, ptr, color, array6, inner, twice, deep, deeper, flexed;
    btf_begin(b);
    u64 = btf_int(b, "unsigned long", 8, 0);
    u32 = btf_int(b, "unsigned int", 4, 0);
    s32 = btf_int(b, "int", 4, 1);
    s64 = btf_int(b, "long", 8, 1);
    u8 = btf_int(b, "unsigned char", 1, 0);
    ptr = btf_to(b, PTR_, NULL, btf_to(b, CONST_, NULL, u8));
    color = btf_parts(b, ENUM_ | BTF_FLAG, "color", 4,
                      PARTS({"RED", 10, 0}, {"GREEN", 1, 0}, {"BLUE", (uint32_t)-5, 0}));
    btf_parts(b, ENUM64_, "wide", 8, PARTS({"FAR", 7, 0x80000001u}));
    array6 = btf_array(b, u32, u32, 6);
    inner = btf_parts(b, STRUCT_, "inner", 32, PARTS({"y", array6, 32}, {"x", u32, 0}));
    deeper = btf_parts(b, UNION_, NULL, 8, PARTS({"a", u32, 0}, {"all", u64, 0}));
    btf_parts(b, STRUCT_ | BTF_FLAG, "sample", 96,
              PARTS({"added", u64, 0}, {"", deeper, 64}, {"b", u64, 128}, {"p", ptr, 192},
                    {"arr", array6, 256}, {"bits", u32, BITS(460, 7)}, {"sbits", u32, BITS(467, 9)},
                    {"e", color, 480}, {"inner", inner, 512}, {"sign", s64, 704}, {"kind", ptr, 640}));
    btf_to(b, TYPEDEF_, "sample_t", inner);
    btf_to(b, TYPEDEF_, "callback",
           btf_to(b, PTR_, NULL, btf_parts(b, PROTO_, NULL, s32, PARTS({"x", ptr, 0}))));
    btf_to(b, TYPEDEF_, "callback2",
           btf_to(b, PTR_, NULL, btf_parts(b, PROTO_, NULL, s32, PARTS({"x", ptr, 0}, {"y", u32, 0}))));
    deep = btf_parts(b, STRUCT_, NULL, 8, PARTS({"pad", u32, 0}, {"deep", u32, 32}));
    deep = btf_parts(b, UNION_, NULL, 8, PARTS({"", deep, 0}, {"other", u64, 0}));
    btf_parts(b, STRUCT_, "deep___flavored", 24, PARTS({"", deep, 64}, {"first", u32, 128}));
    flexed = btf_array(b, u32, u32, 0);
    btf_parts(b, STRUCT_, "flexed", 8, PARTS({"n", u64, 0}, {"items", flexed, 64}));
    btf_parts(b, STRUCT_, "matching", 24,
              PARTS({"more", u64, 0}, {"a", u32, 64},
                    {"next", btf_to(b, PTR_, NULL, btf_to(b, FWD_, "sample", 0)), 128}));
    twice = btf_parts(b, STRUCT_, "twice", 8, PARTS({"same", u32, 0}, {"differs", u32, 32}));
    btf_parts(b, STRUCT_, "twice", 12, PARTS({"same", u32, 0}, {"differs", u32, 64}));
    btf_to(b, TYPEDEF_, "kind", twice);
    btf_end(b);
}

#    define ABSENT UINT64_MAX
static const struct {
    const char *what;
    int kind, type;
    const char *access;
    uint64_t before, after; /* ABSENT: the target has nothing */
    const char *why;        /* or the record is refused */
} cases[] = {
    {"offset", 0, L_SAMPLE, "0:1", 4, 16, NULL},
    {"offset, now inside an anonymous union", 0, L_SAMPLE, "0:0", 0, 8, NULL},
    {"offset in an element", 0, L_SAMPLE, "2:1", 132, 208, NULL},
    {"offset of an element of a member", 0, L_SAMPLE, "0:3:2", 24, 40, NULL},
    {"offset of an element in a member's member", 0, L_SAMPLE, "0:7:1:3", 56, 80, NULL},
    {"offset through a flavour", 0, L_FLAVOR, "0:0", 0, 8, NULL},
    {"offset of a typedef's member that went", 0, L_TYPEDEF, "0:1", 4, ABSENT, "no such field"},
    {"offset of an anonymous member's member", 0, L_DEEP, "0:1:0", 8, 12, NULL},
    {"offset of an element behind a struct's end", 0, L_FLEXED, "0:1:5", 24, 28, NULL},
    {"offset of a field that went", 0, L_SAMPLE, "0:8", 60, ABSENT, "no such field"},
    {"offset of a field of another kind", 0, L_SAMPLE, "0:10", 52, ABSENT, "no such field"},
    {"offset of a bit field", 0, L_SAMPLE, "0:4", 32, 56, NULL},
    {"offset in two types that agree", 0, L_TWICE, "0:0", 0, 0, NULL},
    {"offset in two types that differ", 0, L_TWICE, "0:1", 4, ABSENT, "several types"},
    {"offset in a type that went", 0, L_GONE, "0:0", 0, ABSENT, "no such field"},
    {"offset in a union that is a struct now", 0, L_OTHER, "0:0", 0, ABSENT, "no such field"},
    {"offset in a type without name", 0, L_ANON, "0:0", 0, ABSENT, "no name"},
    {"size", 1, L_SAMPLE, "0:1", 4, 8, NULL},
    {"size of an array", 1, L_SAMPLE, "0:3", 16, 24, NULL},
    {"size of an element", 1, L_SAMPLE, "0:3:1", 4, 4, NULL},
    {"size of a bit field", 1, L_SAMPLE, "0:4", 4, 4, NULL},
    {"size of a struct", 1, L_SAMPLE, "0:7", 8, 32, NULL},
    {"exists", 2, L_SAMPLE, "0:0", 1, 1, NULL},
    {"exists no more", 2, L_SAMPLE, "0:8", 1, 0, NULL},
    {"exists in a type that went", 2, L_GONE, "0:0", 1, 0, NULL},
    {"exists not: fewer elements", 2, L_SAMPLE, "0:3:3", 1, 1, NULL},
    {"signed", 3, L_SAMPLE, "0:9", 1, 1, NULL},
    {"signed bit field that has none now", 3, L_SAMPLE, "0:5", 1, 0, NULL},
    {"signed enumeration", 3, L_SAMPLE, "0:6", 0, 1, NULL},
    {"left shift", 4, L_SAMPLE, "0:4", MYBPF_BIG_ENDIAN ? 32 : 61, MYBPF_BIG_ENDIAN ? 44 : 45, NULL},
    {"left shift of a field that is none of bits", 4, L_SAMPLE, "0:1", 32, 0, NULL},
    {"right shift", 5, L_SAMPLE, "0:4", 61, 57, NULL},
    {"right shift of the other", 5, L_SAMPLE, "0:5", 59, 55, NULL},
    {"type id, local", 6, L_SAMPLE, "0", 10, 10, NULL},
    {"type id", 7, L_SAMPLE, "0", 10, 13, NULL},
    {"type id of a flavour", 7, L_FLAVOR, "0", 11, 13, NULL},
    {"type id of what is not there", 7, L_GONE, "0", 25, 0, NULL},
    {"type exists", 8, L_SAMPLE, "0", 1, 1, NULL},
    {"type exists not", 8, L_GONE, "0", 1, 0, NULL},
    {"type exists of another kind", 8, L_OTHER, "0", 1, 0, NULL},
    {"type exists, a function", 8, L_PROTO, "0", 1, 1, NULL},
    {"type exists not, a function of more", 8, L_FUNCS, "0", 1, 0, NULL},
    {"type exists, an enumeration", 8, L_ENUM, "0", 1, 1, NULL},
    {"type exists not, a typedef of something else", 8, L_KIND, "0", 1, 0, NULL},
    {"type size", 9, L_SAMPLE, "0", 64, 96, NULL},
    {"type size of what is not there", 9, L_GONE, "0", 4, 0, NULL},
    {"enumerator exists", 10, L_ENUM, "0", 1, 1, NULL},
    {"enumerator exists, of a flavour", 10, L_ENUM, "1", 1, 1, NULL},
    {"enumerator exists not", 10, L_ENUM, "2", 1, 0, NULL},
    {"enumerator", 11, L_ENUM, "0", 0, 10, NULL},
    {"negative enumerator", 11, L_ENUM, "1", 1, (uint64_t)-5, NULL},
    {"enumerator of 64 bits", 11, L_ENUM64, "0", 1, 0x8000000100000007ull, NULL},
    {"enumerator that went", 11, L_ENUM, "2", 2, ABSENT, "no such enumerator"},
    {"type matches", 12, L_MATCH, "0", 1, 1, NULL},
    {"type matches not", 12, L_NOMATCH, "0", 1, 0, NULL},
    {"type matches not: a member went", 12, L_SAMPLE, "0", 1, 0, NULL},
    {"type matches, a function", 12, L_PROTO, "0", 1, 1, NULL},
    {"type matches not, an enumeration", 12, L_ENUM, "0", 1, 0, NULL},
    {"no kind", 13, L_SAMPLE, "0", 0, ABSENT, "unknown kind 13"},
    {"no access string", 0, L_SAMPLE, "", 0, ABSENT, "malformed"},
    {"no number", 0, L_SAMPLE, "0:a", 0, ABSENT, "malformed"},
    {"a colon at the end", 0, L_SAMPLE, "0:1:", 0, ABSENT, "malformed"},
    {"two colons", 0, L_SAMPLE, "0::1", 0, ABSENT, "malformed"},
    {"a number that is too large", 0, L_SAMPLE, "4294967296:0", 0, ABSENT, "malformed"},
    {"a member that is not there", 0, L_SAMPLE, "0:11", 0, ABSENT, "member that is not there"},
    {"an element that is not there", 0, L_SAMPLE, "0:3:4", 0, ABSENT, "element that is not there"},
    {"a member of a number", 0, L_SAMPLE, "0:1:0", 0, ABSENT, "without members"},
    {"a field of a type's relocation", 8, L_SAMPLE, "0:1", 0, ABSENT, "not that of a type"},
    {"an enumerator that is not there", 10, L_ENUM, "3", 0, ABSENT, "no enumerator"},
    {"an enumerator of a struct", 10, L_SAMPLE, "0", 0, ABSENT, "no enumerator"},
    {"shift of an element", 4, L_SAMPLE, "0:3:1", 0, ABSENT, "no such property"},
    {"void", 0, L_VOID, "0", 0, ABSENT, "does not exist"},
};

TEST(core, kinds)
{
    static btf_build local, target;
    uint32_t id[L_TYPES];
    mybpf_vm *vm = vm_new();
    target_types(&target);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mybpf__btf ours, theirs;
        mybpf__core core;
        mybpf__core_result result = {0};
        mybpf_error error = {0};
        CASE("%s", cases[i].what);
        local_types(&local, id);
        uint32_t access = btf_string(&local, cases[i].access);
        btf_end(&local);
        CHECK_INT(mybpf__btf_open(&ours, vm, local.bytes, local.size, &error), 0);
        CHECK_INT(mybpf__btf_open(&theirs, vm, target.bytes, target.size, &error), 0);
        CHECK_INT(mybpf__core_open(&core, vm, &ours, &theirs, &error), 0);
        mybpf__core_relo relo = {id[cases[i].type], access, (uint32_t)cases[i].kind};
        int status = mybpf__core_resolve(&core, &relo, &result, &error);
        if (cases[i].after == ABSENT) {
            const char *why = status ? error.message : result.why ? result.why : "(found)";
            if (!strstr(why, cases[i].why)) test_fail(__FILE__, __LINE__, "%s", why);
        } else if (status || result.why) {
            test_fail(__FILE__, __LINE__, "%s", status ? error.message : result.why);
        } else {
            CHECK_INT(result.before, cases[i].before);
            CHECK_INT(result.after, cases[i].after);
        }
        mybpf__core_close(&core);
        mybpf__btf_close(&theirs);
        mybpf__btf_close(&ours);
    }
    mybpf_vm_destroy(vm);
}

/* Types that are related without end take no time without end. */
TEST(core, endless)
{
    static btf_build local, target;
    btf_build *both[] = {&local, &target};
    mybpf_vm *vm = vm_new();
    uint32_t access = 0;
    for (int side = 0; side < 2; side++) {
        btf_build *b = both[side];
        btf_part parts[33] = {{NULL, 0, 0}};
        btf_begin(b);
        btf_int(b, "int", 4, 1);
        for (int i = 0; i < 32; i++) parts[i].name = "", parts[i].a = 2;
        btf_parts(b, STRUCT_, side ? "loop" : "loop___x", 4, parts);
        btf_parts(b, STRUCT_, "field", 4, side ? PARTS({"", 2, 0}) : PARTS({"x", 1, 0}));
        btf_to(b, TYPEDEF_, "round", 5);
        btf_to(b, TYPEDEF_, "round", 4);
        btf_to(b, TYPEDEF_, "deep", 7);
        btf_to(b, PTR_, NULL, 7);
        if (!side) access = btf_string(b, "0:0");
        btf_end(b);
    }
    static const struct {
        uint32_t kind, type;
        const char *why; /* NULL: found or not */
    } rows[] = {{12, 2, "types"}, {2, 3, "deep"}, {8, 4, NULL},
                {9, 4, NULL},     {8, 6, "deep"}, {12, 6, "deep"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf__btf ours, theirs;
        mybpf__core core;
        mybpf__core_result result = {0};
        mybpf_error error = {0};
        CASE("kind %u of type %u", rows[i].kind, rows[i].type);
        CHECK_INT(mybpf__btf_open(&ours, vm, local.bytes, local.size, &error), 0);
        CHECK_INT(mybpf__btf_open(&theirs, vm, target.bytes, target.size, &error), 0);
        CHECK_INT(mybpf__core_open(&core, vm, &ours, &theirs, &error), 0);
        mybpf__core_relo relo = {rows[i].type, rows[i].kind == 2 ? access : access + 2, rows[i].kind};
        CHECK_INT(mybpf__core_resolve(&core, &relo, &result, &error), 0);
        if (rows[i].why && (!result.why || !strstr(result.why, rows[i].why)))
            test_fail(__FILE__, __LINE__, "%s", result.why ? result.why : "(found)");
        mybpf__core_close(&core);
        mybpf__btf_close(&theirs);
        mybpf__btf_close(&ours);
    }
    mybpf_vm_destroy(vm);
}

/* ---- objects ---- */

/* Opens core_local with the types of core_target, changed by the caller. */
static mybpf_object *core_open(mybpf_vm *vm, const uint8_t *bytes, size_t size, const void *btf,
                               size_t btf_size, mybpf_error *error)
{
    mybpf_object *object = NULL;
    mybpf_open_opts opts = {0};
    opts.btf = btf;
    opts.btf_size = btf_size;
    mybpf_object_open_with(vm, bytes, size, &opts, &object, error);
    return object;
}

static uint64_t core_run(mybpf_object *object, const char *name, void *ctx, uint32_t size, mybpf_error *error)
{
    mybpf_run_opts run = {0};
    uint64_t r0 = 0;
    run.ctx = ctx;
    run.ctx_size = size;
    if (mybpf_program_run(mybpf_object_find_program(object, name), &run, &r0, error)) return (uint64_t)-1;
    return r0;
}

/* Memory is 0, 1, 2, 3... */
static const struct {
    const char *program;
    uint64_t own, target; /* r0 with its own types, and with the target's */
} runs[] = {
#    define LE(little, big) (MYBPF_BIG_ENDIAN ? (big) : (little))
    {"offset", 4, 28},
    {"load", LE(0x07060504, 0x04050607), LE(0x1f1e1d1c, 0x1c1d1e1f)},
    {"narrow", LE(0x0b0a0908, 0x08090a0b), LE(0x0100, 0x0001)},
    {"store", LE(0x0706050403020100ull, 0x0001020304050607ull),
     LE(0x0706050403022222ull, 0x2222020304050607ull)},
    {"bits", 61, 57},
    {"size", 96, 120},
    {"enumerator", 3, 77},
    {"wide", 1, 0x7fffffff},
    {"guarded", 1, 2},
    {"type", 1, 0},
    {"element", 48, 96},
};

TEST(core, objects)
{
    size_t size = 0, btf_size = 0;
    uint8_t *bytes = object_bytes("core_local", &size), *btf = object_bytes("core_target", &btf_size);
    mybpf_vm *vm = vm_new();
    for (int with = 0; bytes && btf && with < 2; with++)
        for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
            mybpf_error error = {0};
            mybpf_load_opts load = {0};
            uint8_t ctx[256];
            mybpf_object *object = core_open(vm, bytes, size, with ? btf : NULL, with ? btf_size : 0, &error);
            CASE("%s, %s types", runs[i].program, with ? "the target's" : "its own");
            for (unsigned k = 0; k < sizeof ctx; k++) ctx[k] = (uint8_t)k;
            load.trust = MYBPF_GUARDED;
            load.ctx_size = sizeof ctx;
            if (!object || mybpf_object_load(object, &load, &error))
                test_fail(__FILE__, __LINE__, "%s", error.message);
            else
                CHECK_INT(core_run(object, runs[i].program, ctx, sizeof ctx, &error),
                          with ? runs[i].target : runs[i].own);
            mybpf_object_close(object);
        }
    if (!bytes || !btf) test_fail(__FILE__, __LINE__, "core_local or core_target was not built");
    free(bytes);
    free(btf);
    mybpf_vm_destroy(vm);
}

/* What the target has not is minded where a program may come to it, and nowhere else. */
TEST(core, unresolved)
{
    size_t size = 0, btf_size = 0;
    uint8_t *bytes = object_bytes("core_missing", &size), *btf = object_bytes("core_target", &btf_size);
    mybpf_vm *vm = vm_new();
    mybpf_error error = {0};
    mybpf_load_opts load = {0};
    uint64_t ctx[32] = {0};
    static const struct {
        const char *program, *message;
    } rows[] = {
        {"guarded_by_field", ""},
        {"missing_field",
         "CO-RE field_byte_offset of struct sample___gone.gone: the target's types have no such field"},
        {"missing_enumerator",
         "CO-RE enumval_value of enum color___gone.PINK: the target's types have no such enumerator"},
        {"signed_field",
         "CO-RE field_byte_offset of struct sample___gone.sign: the target's field has another size, and "
         "a sign"}};
    load.ctx_size = sizeof ctx;
    mybpf_object *object = bytes && btf ? core_open(vm, bytes, size, btf, btf_size, &error) : NULL;
    if (!object) test_fail(__FILE__, __LINE__, "%s", error.message);
    CHECK_INT(object ? mybpf_object_load(object, &load, &error) : 0, MYBPF_ERR_VERIFY);
    CHECK_TEXT(error.message, rows[1].message);
    CHECK_TEXT(error.program, "missing_field");
    CHECK(error.insn >= 0 && error.line);
    mybpf_object_close(object);
    for (int way = 0; object && way < 4; way++) { /* interpreted and, where this machine can, native */
        int trust = way & 1 ? MYBPF_TRUSTED : MYBPF_GUARDED, rc;
        load.trust = (mybpf_trust)trust;
        object = core_open(vm, bytes, size, btf, btf_size, &error);
        CHECK_INT(mybpf_object_load(object, &load, &error), 0);
        rc = way < 2 ? MYBPF_OK : mybpf_jit_compile(object, NULL, &error);
        if (rc != MYBPF_ERR_UNSUPPORTED) CHECK_INT(rc, 0);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            mybpf_error fault = {0};
            CASE("%s, %s", rows[i].program, trust == MYBPF_GUARDED ? "guarded" : "trusted");
            CHECK_INT(core_run(object, rows[i].program, ctx, sizeof ctx, &fault), i ? (uint64_t)-1 : 5);
            CHECK_INT(fault.code, i ? MYBPF_FAULT_CALL : 0);
            CHECK_TEXT(fault.message, rows[i].message);
        }
        mybpf_object_close(object);
    }
    free(bytes);
    free(btf);
    mybpf_vm_destroy(vm);
}

/* ---- broken ones ---- */

/* Where a section stands in an ELF file. */
static uint8_t *section_at(uint8_t *bytes, const char *name, size_t *size)
{
    Elf64_Ehdr header;
    Elf64_Shdr names, section;
    memcpy(&header, bytes, sizeof header);
    memcpy(&names, bytes + header.e_shoff + header.e_shstrndx * sizeof names, sizeof names);
    for (int i = 1; i < header.e_shnum; i++) {
        memcpy(&section, bytes + header.e_shoff + (size_t)i * sizeof section, sizeof section);
        if (strcmp((const char *)bytes + names.sh_offset + section.sh_name, name)) continue;
        *size = section.sh_size;
        return bytes + section.sh_offset;
    }
    return *size = 0, NULL;
}

/* Opens, loads and runs it all; what is refused is refused with a message. */
static void core_use(mybpf_vm *vm, const uint8_t *bytes, size_t size, const void *btf, size_t btf_size)
{
    mybpf_error error = {0};
    mybpf_load_opts load = {0};
    uint64_t ctx[32] = {0};
    load.trust = MYBPF_GUARDED;
    load.ctx_size = sizeof ctx;
    mybpf_object *object = core_open(vm, bytes, size, btf, btf_size, &error);
    int failed = !object || mybpf_object_load(object, &load, &error);
    if (failed && (!error.message[0] || !error.code))
        test_fail(__FILE__, __LINE__, "refused without a reason");
    for (size_t i = 0; !failed && mybpf_object_program(object, i); i++)
        core_run(object, mybpf_program_name(mybpf_object_program(object, i)), ctx, sizeof ctx, &error);
    mybpf_object_close(object);
}

static const uint32_t odd_words[] = {0, 1, 2, 7, 13, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, 0x10000};

TEST(core, broken_records)
{
    size_t size = 0, btf_size = 0, ext_size = 0;
    uint8_t *bytes = object_bytes("core_local", &size), *btf = object_bytes("core_target", &btf_size);
    mybpf_vm *vm = vm_new();
    uint8_t *ext = bytes && btf ? section_at(bytes, ".BTF.ext", &ext_size) : NULL;
    CHECK(ext_size > 32);
    if (ext) {
        uint32_t header, offset, length;
        memcpy(&header, ext + 4, 4), memcpy(&offset, ext + 24, 4), memcpy(&length, ext + 28, 4);
        CHECK(length > 16 && header + offset + length <= ext_size);
        for (uint32_t word = 0; word < (32 + length) / 4; word++) { /* the header, then the records */
            uint8_t *at = word < 8 ? ext + 4 * word : ext + header + offset + 4 * (word - 8);
            uint32_t kept;
            memcpy(&kept, at, 4);
            for (size_t i = 0; i < sizeof odd_words / sizeof *odd_words; i++) {
                uint32_t value = odd_words[i] > 2 && i % 2 ? odd_words[i] : kept + odd_words[i];
                CASE("word %u is 0x%x", word, value);
                memcpy(at, &value, 4);
                core_use(vm, bytes, size, btf, btf_size);
            }
            memcpy(at, &kept, 4);
        }
    }
    free(bytes);
    free(btf);
    mybpf_vm_destroy(vm);
}

TEST(core, broken_types)
{
    size_t size = 0, file_size = 0, btf_size = 0;
    uint8_t *bytes = object_bytes("core_local", &size), *file = object_bytes("core_target", &file_size);
    mybpf_vm *vm = vm_new();
    uint8_t *btf = bytes && file ? section_at(file, ".BTF", &btf_size) : NULL;
    CHECK(btf_size > 100);
    for (size_t at = 0; at + 4 <= btf_size; at += 4) {
        uint32_t kept;
        memcpy(&kept, btf + at, 4);
        for (size_t i = 0; i < sizeof odd_words / sizeof *odd_words; i++) {
            uint32_t value = i % 2 ? odd_words[i] : kept ^ odd_words[i];
            CASE("target's word at %zu is 0x%x", at, value);
            memcpy(btf + at, &value, 4);
            core_use(vm, bytes, size, btf, btf_size);
        }
        memcpy(btf + at, &kept, 4);
    }
    for (size_t length = 0; length < btf_size; length += 1 + length / 16) {
        CASE("%zu bytes", length);
        core_use(vm, bytes, size, length ? btf : (const uint8_t *)"", length);
    }
    free(bytes);
    free(file);
    mybpf_vm_destroy(vm);
}

/* ---- the kernel's opinion ---- */

#    ifdef WITH_KERNEL
static int kernel_call(int command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

/* What the kernel makes of a 64-bit immediate with this relocation: 1 and the value, 0 when it refuses. */
static int kernel_resolve(int btf, uint32_t func, const mybpf__core_relo *relo, uint64_t before,
                          uint64_t *after)
{
    const uint32_t func_info[2] = {0, func}; /* without it relocations are not looked at */
    const uint32_t record[4] = {0, relo->type, relo->access, relo->kind};
    uint64_t halves[2] = {0, 0};
    uint8_t packet[64] = {0};
    for (int half = 0; half < 2; half++) { /* a run returns 32 bits */
        const mybpf_insn insns[] = {{0x18, 0, 0, 0, (int32_t)(uint32_t)before},
                                    {0, 0, 0, 0, (int32_t)(uint32_t)(before >> 32)},
                                    {0x77, 0, 0, 0, half * 32},
                                    {0x95, 0, 0, 0, 0}};
        union bpf_attr load, run;
        memset(&load, 0, sizeof load);
        load.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
        load.insns = (uintptr_t)insns;
        load.insn_cnt = 4;
        load.license = (uintptr_t) "GPL";
        load.prog_btf_fd = (uint32_t)btf;
        load.func_info = (uintptr_t)func_info;
        load.func_info_cnt = 1;
        load.func_info_rec_size = sizeof func_info;
        load.core_relos = (uintptr_t)record;
        load.core_relo_cnt = 1;
        load.core_relo_rec_size = sizeof record;
        int program = kernel_call(BPF_PROG_LOAD, &load);
        if (program < 0) return 0;
        memset(&run, 0, sizeof run);
        run.test.prog_fd = (uint32_t)program;
        run.test.data_in = (uintptr_t)packet;
        run.test.data_size_in = sizeof packet;
        int rc = kernel_call(BPF_PROG_TEST_RUN, &run);
        close(program);
        if (rc) return 0;
        halves[half] = run.test.retval;
    }
    *after = halves[0] | halves[1] << 32;
    return 1;
}

typedef struct kernel_records {
    mybpf__core core;
    int btf;
    uint32_t func;
    unsigned all, found, none;
} kernel_records;

static void kernel_func(void *user, const char *section, const uint8_t *record)
{
    (void)section;
    ((kernel_records *)user)->func = mybpf__btf_u32(record + 4);
}

static void kernel_compare(kernel_records *k, const mybpf__core_relo *relo)
{
    mybpf__core_result result;
    mybpf_error error = {0};
    uint64_t theirs = 0;
    CHECK_INT(mybpf__core_resolve(&k->core, relo, &result, &error), 0);
    CASE("%s", result.text);
    int accepted = kernel_resolve(k->btf, k->func, relo, result.before, &theirs);
    if (accepted != !result.why)
        test_fail(__FILE__, __LINE__, "the kernel %s it, we: %s", accepted ? "finds" : "does not find",
                  result.why ? result.why : "found");
    if (accepted && !result.why && theirs != result.after)
        test_fail(__FILE__, __LINE__, "the kernel: %lld, we: %lld", (long long)theirs,
                  (long long)result.after);
    k->all++;
    k->found += (unsigned)accepted;
    k->none += result.why != NULL;
}

static void kernel_record(void *user, const char *section, const uint8_t *record)
{
    mybpf__core_relo relo = {mybpf__btf_u32(record + 4), mybpf__btf_u32(record + 8),
                             mybpf__btf_u32(record + 12)};
    (void)section;
    kernel_compare(user, &relo);
    if (relo.kind != MYBPF__CORE_TYPE_EXISTS) return;
    relo.kind = MYBPF__CORE_TYPE_MATCHES; /* clang 14 writes none */
    kernel_compare(user, &relo);
}

/* Every relocation of core_kernel.c, against the types of the running kernel. */
TEST(core, kernel)
{
    static uint8_t vmlinux[16 << 20];
    size_t size = 0, types = 0, records = 0, target = 0;
    mybpf_error error = {0};
    union bpf_attr attr;
    kernel_records k;
    FILE *file = fopen("/sys/kernel/btf/vmlinux", "rb");
    if (file) target = fread(vmlinux, 1, sizeof vmlinux, file), fclose(file);
    if (!target || target == sizeof vmlinux) SKIP("this kernel shows no types of its own");
    uint8_t *bytes = object_bytes("core_kernel", &size);
    const uint8_t *btf = bytes ? section_at(bytes, ".BTF", &types) : NULL,
                  *ext = bytes ? section_at(bytes, ".BTF.ext", &records) : NULL;
    CHECK(btf && ext);
    memset(&k, 0, sizeof k);
    memset(&attr, 0, sizeof attr);
    attr.btf = (uintptr_t)btf;
    attr.btf_size = (uint32_t)types;
    k.btf = btf ? kernel_call(BPF_BTF_LOAD, &attr) : -1;
    if (k.btf >= 0 && ext) {
        mybpf__btf ours, theirs;
        mybpf_vm *vm = vm_new();
        CHECK_INT(mybpf__btf_open(&ours, vm, btf, types, &error), 0);
        CHECK_INT(mybpf__btf_open(&theirs, vm, vmlinux, target, &error), 0);
        CHECK_INT(mybpf__core_open(&k.core, vm, &ours, &theirs, &error), 0);
        CHECK_INT(mybpf__btf_records(&ours, ext, records, MYBPF__BTF_FUNCS, kernel_func, &k, &error), 0);
        CHECK_INT(mybpf__btf_records(&ours, ext, records, MYBPF__BTF_CORE, kernel_record, &k, &error), 0);
        mybpf__core_close(&k.core);
        mybpf__btf_close(&theirs);
        mybpf__btf_close(&ours);
        mybpf_vm_destroy(vm);
        close(k.btf);
        printf("  kernel: %u relocations, %u found, %u with nothing to find\n", k.all, k.found, k.none);
        CHECK(k.found > 50 && k.none > 10);
    }
    int denied = k.btf < 0;
    free(bytes);
    if (denied) SKIP("bpf() is not allowed here: %s", strerror(errno));
}
#    endif

TEST(core, target_refused)
{
    size_t size = 0;
    uint8_t *bytes = object_bytes("core_local", &size), *text = object_bytes("load_text", &size);
    mybpf_vm *vm = vm_new();
    static const uint8_t swapped[24] = {MYBPF_BIG_ENDIAN ? 0x9f : 0xeb, MYBPF_BIG_ENDIAN ? 0xeb : 0x9f, 1};
    static const struct {
        const char *bytes;
        size_t size;
        int status;
        const char *message;
    } rows[] = {{"abc", 3, MYBPF_ERR_FORMAT, "the target's types: .BTF: 3 bytes are too few"},
                {"\177ELF", 4, MYBPF_ERR_FORMAT, "the target's types: the file has no section .BTF"},
                {(const char *)swapped, 24, MYBPF_ERR_TARGET,
                 "the target's types: .BTF: its byte order is not that of this machine"},
                {NULL, 5, MYBPF_ERR_ARGUMENT, "the target's types are NULL"}};
    free(bytes);
    bytes = object_bytes("core_local", &size);
    for (size_t i = 0; bytes && i < sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
        CHECK(!core_open(vm, bytes, size, rows[i].bytes, rows[i].size, &error));
        CHECK_INT(error.code, rows[i].status);
        CHECK_TEXT(error.message, rows[i].message);
    }
    free(bytes);
    free(text);
    mybpf_vm_destroy(vm);
}

#else
TEST(core, objects) { NEEDS_ELF(); }
#endif
