/* test_arena.c: arenas: pages and who may have them, pointers into them in every engine, what the verifier
 * says of them, and what images carry. */
#include "from_text.h"
#include "load_object.h"

#include <pthread.h>
#include <stdlib.h>

enum { PAGE = MYBPF_MAP_PAGE };

static mybpf_map *arena_new(mybpf_vm *vm, uint32_t pages)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "arena");
    desc.type = MYBPF_MAP_TYPE_ARENA;
    desc.max_entries = pages;
    desc.flags = MYBPF_F_MMAPABLE;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

static uint8_t *memory_of(mybpf_map *map, uint32_t pages)
{
    void *memory = NULL;
    CHECK_INT(mybpf_map_mmap(map, (size_t)pages * PAGE, 1, 0, &memory), 0);
    return memory;
}

/* ---- the map ---- */

TEST(arena, descriptions)
{
    static const struct {
        uint32_t key, value, entries, flags;
        uint64_t extra;
        int status;
        const char *message;
    } rows[] = {
        {0, 0, 4, MYBPF_F_MMAPABLE, 0, 0, NULL},
        {0, 0, 4, MYBPF_F_MMAPABLE | MYBPF_F_SEGV_ON_FAULT | MYBPF_F_NO_USER_CONV, 0, 0, NULL},
        {0, 0, 4, MYBPF_F_MMAPABLE, 0x4000, 0, NULL},
        {4, 0, 4, MYBPF_F_MMAPABLE, 0, MYBPF_ERR_ARGUMENT,
         "map arena: an arena has neither keys nor values, and needs the flag BPF_F_MMAPABLE (1024)"},
        {0, 8, 4, MYBPF_F_MMAPABLE, 0, MYBPF_ERR_ARGUMENT, NULL},
        {0, 0, 4, 0, 0, MYBPF_ERR_ARGUMENT, NULL},
        {0, 0, 0, MYBPF_F_MMAPABLE, 0, MYBPF_ERR_ARGUMENT,
         "map arena: arena needs max_entries larger than 0"},
        {0, 0, 4, MYBPF_F_MMAPABLE | MYBPF_F_RDONLY_PROG, 0, MYBPF_ERR_ARGUMENT,
         "map arena: arena does not take the flags 0x480"},
        {0, 0, 4, MYBPF_F_MMAPABLE, 1, MYBPF_ERR_ARGUMENT,
         "map arena: map_extra of an arena, the address that it is wanted at, is a multiple of 4096"},
        {0, 0, (1 << 20) + 1, MYBPF_F_MMAPABLE, 0, MYBPF_ERR_LIMIT,
         "map arena: an arena has at most 4 GiB, not 1048577 pages"},
        {0, 0, 2, MYBPF_F_MMAPABLE, 0xfffff000, MYBPF_ERR_LIMIT,
         "map arena: 2 pages at map_extra 0xfffff000 go beyond a multiple of 4 GiB"},
    };
    mybpf_vm *vm = vm_with_jit();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_map_desc desc;
        mybpf_map *map = NULL;
        mybpf_error error = {0};
        CASE("row %zu", i);
        memset(&desc, 0, sizeof desc);
        strcpy(desc.name, "arena");
        desc.type = MYBPF_MAP_TYPE_ARENA;
        desc.key_size = rows[i].key;
        desc.value_size = rows[i].value;
        desc.max_entries = rows[i].entries;
        desc.flags = rows[i].flags;
        desc.extra = rows[i].extra;
        CHECK_INT(mybpf_map_create(vm, &desc, &map, &error), rows[i].status);
        CHECK_INT(map != NULL, !rows[i].status);
        if (rows[i].message) CHECK_TEXT(error.message, rows[i].message);
        mybpf_map_unref(map);
    }
    mybpf_vm_destroy(vm);
}

TEST(arena, host)
{
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = arena_new(vm, 40);
    uint8_t *memory = memory_of(map, 40), value[8] = {0}, *at;
    void *other;
    CHECK_INT((uintptr_t)memory % PAGE, 0);
    CHECK_INT(mybpf_map_lookup(map, NULL, value), -22);
    CHECK_INT(mybpf_map_update(map, NULL, value, 0), -95);
    CHECK_INT(mybpf_map_update(map, NULL, value, MYBPF_F_LOCK), -22);
    CHECK_INT(mybpf_map_delete(map, NULL), -95);
    CHECK_INT(mybpf_map_next_key(map, NULL, value), -95);
    CHECK(mybpf_map_value(map, NULL) == memory);
    CHECK_INT(mybpf_map_lookup_and_delete(map, NULL, value, 0), -524);
    CHECK_INT(mybpf_map_mmap(map, 41 * PAGE, 1, 0, &other), -22);
    CHECK_INT(mybpf_map_mmap(map, PAGE, 1, PAGE, &other), -22);
    at = mybpf_arena_alloc_pages(map, NULL, 3);
    CHECK(at == memory);
    memset(at, 7, 3 * PAGE);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 1) == memory + 3 * PAGE);
    CHECK(mybpf_arena_alloc_pages(map, memory + PAGE, 1) == NULL); /* taken */
    CHECK(mybpf_arena_alloc_pages(map, memory + 9 * PAGE + 1, 1) == NULL);
    CHECK(mybpf_arena_alloc_pages(map, memory + 39 * PAGE, 2) == NULL); /* beyond the end */
    CHECK(mybpf_arena_alloc_pages(map, memory - PAGE, 1) == NULL);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 0) == NULL);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 41) == NULL);
    CHECK(mybpf_arena_alloc_pages(map, NULL, UINT32_MAX) == NULL);
    mybpf_arena_free_pages(map, memory + PAGE, 1);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 2) == memory + 4 * PAGE); /* the hole is too small */
    at = mybpf_arena_alloc_pages(map, NULL, 1);
    CHECK(at == memory + PAGE);
    CHECK(at && at[0] == 0 && at[PAGE - 1] == 0 && at[PAGE] == 7);
    CHECK(mybpf_arena_alloc_pages(map, memory + 36 * PAGE, 4) == memory + 36 * PAGE);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 31) == NULL);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 30) == memory + 6 * PAGE);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 1) == NULL);
    mybpf_arena_free_pages(map, memory, UINT32_MAX); /* all that there are */
    mybpf_arena_free_pages(map, memory - PAGE, 1);
    mybpf_arena_free_pages(map, NULL, 1);
    CHECK(mybpf_arena_alloc_pages(map, NULL, 40) == memory);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* All 4 GiB, where the system gives address space. */
TEST(arena, large)
{
    mybpf_vm *vm = vm_with_jit();
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "arena");
    desc.type = MYBPF_MAP_TYPE_ARENA;
    desc.max_entries = 1 << 20;
    desc.flags = MYBPF_F_MMAPABLE;
    desc.extra = sizeof(void *) == 8 ? (uint64_t)1 << 44 : 0;
    int status = mybpf_map_create(vm, &desc, &map, NULL);
    if (!status) {
        uint8_t *last, *memory = NULL;
        void *mapped = NULL;
        CHECK_INT(mybpf_map_mmap(map, PAGE, 1, 0, &mapped), 0);
        memory = mapped;
        last = mybpf_arena_alloc_pages(map, memory + (size_t)((1u << 20) - 1) * PAGE, 1);
        CHECK(last == memory + (size_t)((1u << 20) - 1) * PAGE);
        if (last) last[PAGE - 1] = 1;
    }
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- text ---- */

TEST(arena, text)
{
    mybpf_insn insns[4];
    char text[64];
    mybpf_error error = {0};
    const char *source = "r1 = addr_space_cast(r2, 0, 1)\nr3 = addr_space_cast(r3, 0x1, 0x0)\nr4 = r5";
    static const mybpf_insn other = {0xbf, 0, 1, 1, 2};
    CHECK_INT(mybpf_assemble(source, strlen(source), insns, 4, &error), 3);
    CHECK(insns[0].code == 0xbf && insns[0].dst_reg == 1 && insns[0].src_reg == 2 && insns[0].off == 1 &&
          insns[0].imm == 1);
    CHECK(insns[1].code == 0xbf && insns[1].dst_reg == 3 && insns[1].src_reg == 3 && insns[1].off == 1 &&
          insns[1].imm == 0x10000);
    CHECK(insns[2].off == 0 && insns[2].imm == 0);
    mybpf_disassemble(&insns[0], 1, text, sizeof text);
    CHECK_TEXT(text, "r1 = addr_space_cast(r2, 0, 1)");
    mybpf_disassemble(&insns[1], 1, text, sizeof text);
    CHECK_TEXT(text, "r3 = addr_space_cast(r3, 1, 0)");
    CHECK_INT(mybpf_insn_check(&insns[0], 1, &error), 0);
    CHECK_INT(mybpf_insn_check(&insns[1], 1, &error), 0);
    CHECK_INT(mybpf_insn_check(&other, 1, &error), MYBPF_ERR_VERIFY);
    CHECK_TEXT(error.message, "addr_space_cast: there are address spaces 0 and 1, not imm 0x2");
}

/* ---- programs ---- */

#define MAP        "map_by_idx(0) ll\n"
#define ALLOC(n)   "r1 = " MAP "r2 = 0\nr3 = " n "\nr4 = -1\nr5 = 0\ncall 900000\n"
#define FREE(r, n) "r1 = " MAP "r2 = " r "\nr3 = " n "\ncall 900001\n"
#define CAST(a, b) a " = addr_space_cast(" b ", 0, 1)\n"

typedef struct outcome {
    int status;
    int64_t insn;
    uint64_t r0;
} outcome;

static outcome run_object(const mybpf_object *object)
{
    outcome out = {0, -1, 0};
    mybpf_error error = {0};
    out.status = mybpf_program_run(mybpf_object_program(object, 0), NULL, &out.r0, &error);
    if (out.status) {
        out.insn = error.insn;
        out.r0 = 0;
    }
    return out;
}

static void check_same(outcome a, outcome b)
{
    CHECK_INT(b.status, a.status);
    CHECK_INT(b.insn, a.insn);
    CHECK_INT((int64_t)b.r0, (int64_t)a.r0);
}

/* Runs it in every engine, twice; each has an arena of `pages`. */
static outcome run_everywhere(const char *text, mybpf_trust trust, uint32_t pages)
{
    outcome first = {MYBPF_ERR_VERIFY, -1, 0};
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = arena_new(vm, pages), *jit_map = arena_new(vm, pages);
    mybpf_raw_desc raw;
    mybpf_load_opts opts;
    mybpf_object *object, *jit, *image;
    mybpf_error error = {0};
    memset(&raw, 0, sizeof raw);
    memset(&opts, 0, sizeof opts);
    raw.maps = &map;
    raw.map_count = 1;
    opts.trust = trust;
    if (load_text(vm, text, &raw, &opts, &object, &error)) {
        test_fail(__FILE__, __LINE__, "%d: %s", (int)error.insn, error.message);
    } else {
        first = run_object(object);
        raw.maps = &jit_map;
        if (!load_text(vm, text, &raw, &opts, &jit, &error)) {
            int status = mybpf_jit_compile(jit, NULL, &error);
            if (status != MYBPF_ERR_UNSUPPORTED) CHECK_INT(status, 0);
            CASE("jit");
            check_same(first, run_object(jit));
            mybpf_object_close(jit);
        }
        for (int kind = 0; kind <= IMAGE_NATIVE; kind++) {
            mybpf_load_opts again = opts;
            CASE("image %d", kind);
            if (kind && (!mybpf_aot_target_host() || !mybpf_jit_exec())) continue;
            if (kind) again.trust = MYBPF_TRUSTED;
            image = image_of(vm, object, kind, &again);
            if (!image) continue;
            check_same(first, run_object(image));
            mybpf_object_close(image);
        }
        CASE("end");
        mybpf_object_close(object);
    }
    mybpf_map_unref(map);
    mybpf_map_unref(jit_map);
    mybpf_vm_destroy(vm);
    return first;
}

/* A list of 100 nodes, then a walk through it. */
#define LIST                                                                                                 \
    ALLOC("1")                                                                                               \
    "if r0 == 0 goto out\nr8 = r0\nr6 = 0\nr7 = 0\n"                                                         \
    "more:\n" CAST(                                                                                          \
        "r2", "r8") "*(u64 *)(r2 + 0) = r6\n*(u64 *)(r2 + 8) = r7\nr6 = r8\nr8 += 16\nr7 += 1\n"             \
                    "if r7 != 100 goto more\nr0 = 0\n"                                                       \
                    "walk:\n" CAST(                                                                          \
                        "r2",                                                                                \
                        "r6") "r3 = *(u64 *)(r2 + 8)\nr0 += r3\nr6 = *(u64 *)(r2 + 0)\n"                     \
                              "if r6 == 0 goto out\nr7 += -1\nif r7 != 0 goto walk\nr0 = -1\nout:\nexit"

static const struct program {
    const char *name, *text;
    int status;
    int64_t insn;
    uint64_t r0;
} programs[] = {
    {"list", LIST, 0, -1, 4950},
    {"both casts, arithmetic",
     ALLOC("1") CAST("r1", "r0") "r2 = r1\nr2 &= -4096\nr3 = r2\nr3 <<= 1\nr3 -= r2\nr4 = 8\nr4 += r3\n"
                                 "*(u32 *)(r4 - 4) = 7\nr5 = addr_space_cast(r4, 1, 0)\nr5 -= r0\n"
                                 "r0 = *(u32 *)(r1 + 4)\nr0 += r5\nexit",
     0, -1, 15},
    {"widths",
     ALLOC("1") CAST(
         "r1",
         "r0") "*(u64 *)(r1 + 0) = -1\n*(u8 *)(r1 + 8) = -3\n*(u16 *)(r1 + 10) = -4\n"
               "r0 = *(s8 *)(r1 + 8)\nr2 = *(s16 *)(r1 + 10)\nr0 += r2\nr2 = *(s32 *)(r1 + 0)\nr0 += r2\n"
               "r2 = *(u16 *)(r1 + 0)\nr0 += r2\nexit",
     0, -1, 65527},
    {"atomics",
     ALLOC("1") CAST(
         "r1",
         "r0") "r2 = 5\nlock *(u64 *)(r1 + 8) += r2\n*(u32 *)(r1 + 16) = 9\nw3 = 3\nw3 = "
               "atomic_fetch_add((u32 *)(r1 + 16), w3)\n"
               "r0 = 5\nr4 = 20\nr0 = cmpxchg_64(r1 + 8, r0, r4)\nr0 += r3\nr5 = *(u64 *)(r1 + 8)\nr0 += "
               "r5\nexit",
     0, -1, 34},
    {"kept on the stack, no page",
     "*(u64 *)(r10 - 8) = 11\n" ALLOC(
         "9") "*(u64 *)(r10 - 16) = r0\nr0 = *(u64 *)(r10 - 8)\nr1 = *(u64 *)(r10 - 16)\n"
              "if r1 == 0 goto +1\nr0 = 0\nexit",
     0, -1, 11},
    {"two pages in a row",
     ALLOC("2") CAST("r1", "r0") "r1 += 4092\n*(u64 *)(r1 + 0) = 6\nr0 = *(u64 *)(r1 + 0)\nexit", 0, -1, 6},
    {"flags", "r1 = " MAP "r2 = 0\nr3 = 1\nr4 = -1\nr5 = 1\ncall 900000\nexit", 0, -1, 0},
    {"node", "r1 = " MAP "r2 = 0\nr3 = 1\nr4 = 1\nr5 = 0\ncall 900000\nexit", 0, -1, 0},
    {"back and again",
     ALLOC("4") "r6 = r0\n" CAST("r1", "r6") "*(u64 *)(r1 + 0) = 1\n" FREE("r6", "4") ALLOC("3")
         CAST("r1", "r0") "r7 = *(u64 *)(r1 + 0)\nr0 -= r6\nr0 += r7\nexit",
     0, -1, 0},
    {"a helper's memory",
     ALLOC("1") "r6 = r0\n" CAST("r1",
                                 "r6") "*(u64 *)(r1 + 0) = 3\nr0 = *(u64 *)(r1 + 0)\n"
                                       "r1 = addr_space_cast(r1, 1, 0)\nif r1 == r6 goto +1\nr0 = 0\nexit",
     0, -1, 3},
    {"NULL", "r1 = " MAP "r1 = 0\n" CAST("r2", "r1") "r0 = *(u64 *)(r2 + 0)\nexit", MYBPF_FAULT_ACCESS, 4, 0},
    {"behind the last page", ALLOC("4") CAST("r1", "r0") "r1 += 16377\n*(u64 *)(r1 + 0) = 1\nr0 = 0\nexit",
     MYBPF_FAULT_ACCESS, 9, 0},
    {"half in a page that is free", ALLOC("1") CAST("r1", "r0") "r0 = *(u32 *)(r1 + 4094)\nexit",
     MYBPF_FAULT_ACCESS, 8, 0},
    {"a page that is free", ALLOC("1") CAST("r1", "r0") "r1 += 4096\n*(u8 *)(r1 + 0) = 1\nr0 = 0\nexit",
     MYBPF_FAULT_ACCESS, 9, 0},
    {"given back",
     ALLOC("2") "r6 = r0\n" FREE("r6", "1")
         CAST("r1", "r6") "r0 = *(u64 *)(r1 + 4096)\nr0 = *(u64 *)(r1 + 0)\nexit",
     MYBPF_FAULT_ACCESS, 15, 0},
    {"misaligned atomic", ALLOC("1") CAST("r1", "r0") "r2 = 1\nlock *(u64 *)(r1 + 4) += r2\nr0 = 0\nexit",
     MYBPF_FAULT_ACCESS, 9, 0},
    {"any address",
     "r1 = " MAP "r2 = 0x123456789abcdef0 ll\n" CAST("r1", "r2") "*(u64 *)(r1 + 0) = 1\nr0 = 0\nexit",
     MYBPF_FAULT_ACCESS, 5, 0},
};

TEST(arena, programs)
{
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            const struct program *p = &programs[i];
            outcome out;
            if (trust == MYBPF_TRUSTED && p->status) continue;
            CASE("%s, trust %d", p->name, trust);
            out = run_everywhere(p->text, (mybpf_trust)trust, 4);
            CASE("%s, trust %d", p->name, trust);
            CHECK_INT(out.status, p->status);
            CHECK_INT(out.insn, p->insn);
            CHECK_INT((int64_t)out.r0, (int64_t)p->r0);
        }
}

/* The stack is no arena, whatever a verified program does; in guarded mode a number may be its address. */
TEST(arena, stack)
{
    static const char text[] =
        "r1 = " MAP
        "*(u64 *)(r10 - 8) = 5\nr2 = r10\nr2 += -8\nr2 *= 1\n" CAST("r1", "r2") "r0 = *(u64 *)(r1 + 0)\nexit";
    static const char hidden[] = "r1 = " MAP "*(u64 *)(r10 - 8) = 5\nr2 = r10\nr2 += -8\n" CAST(
        "r1", "r2") "*(u64 *)(r1 + 0) = 9\nr0 = *(u64 *)(r10 - 8)\nexit";
    outcome out = run_everywhere(hidden, MYBPF_VERIFIED, 1);
    CHECK_INT(out.status, MYBPF_FAULT_ACCESS);
    CHECK_INT(out.insn, 6);
    out = run_everywhere(hidden, MYBPF_GUARDED, 1);
    CHECK_INT(out.status, 0);
    CHECK_INT((int64_t)out.r0, 9);
    out = run_everywhere(text, MYBPF_GUARDED, 1);
    CHECK_INT((int64_t)out.r0, 5);
}

/* ---- the verifier ---- */

TEST(arena, refused)
{
    static const struct {
        const char *text, *message;
        int arenas;
    } rows[] = {
        {"r1 = 0\n" CAST("r1", "r1") "r0 = 0\nexit",
         "addr_space_cast: the object needs an arena for it, one and no more", 0},
        {"r1 = 0\n" CAST("r1", "r1") "r0 = 0\nexit",
         "addr_space_cast: the object needs an arena for it, one and no more", 2},
        {ALLOC("1") "r0 = *(u64 *)(r0 + 0)\nexit",
         "cannot prove the 8-byte read at r0 + 0: r0 is any number; only a pointer can be followed", 1},
        {ALLOC("1") CAST("r1", "r0") "r1 = addr_space_cast(r1, 1, 0)\nr0 = *(u64 *)(r1 + 0)\nexit",
         "cannot prove the 8-byte read at r1 + 0: r1 is any number; only a pointer can be followed", 1},
        {ALLOC("1") CAST("r1", "r0") "r2 = 4\nr3 = 4\ncall 6\nr0 = 0\nexit",
         "cannot prove argument 1 of trace_printk: r1 is a pointer into an arena; this is no memory that "
         "programs may access",
         1},
        {"r1 = " MAP "r2 = r10\nr2 += -8\n*(u64 *)(r10 - 8) = 0\ncall 1\nr0 = 0\nexit",
         "cannot prove argument 1 of map_lookup_elem: r1 is map arena; the helper does not work on maps of "
         "this "
         "type",
         1},
        {"*(u64 *)(r10 - 8) = 0\n" ALLOC("1") "r6 = r0\n" CAST(
             "r1", "r0") "if r6 == 0 goto +2\nr1 = r10\nr1 += -8\nr0 = *(u64 *)(r1 + 0)\nexit",
         "cannot prove the 8-byte read at r1 + 0: r1 is a pointer into an arena; this instruction accesses "
         "the "
         "context, or an arena, on one path and other memory on another",
         1},
        {"r1 = r10\nr2 = " MAP CAST("r2", "r1") "r1 += r2\nr0 = 0\nexit",
         "arithmetic on a pointer: r1 is the stack at r10 + 0; two pointers cannot be added", 1},
        {"r1 = map_val(map_by_idx(0)) + 4097 ll\nr0 = 0\nexit",
         "lddw of offset 4097 in arena, which has 4096 bytes", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_vm *vm = vm_with_jit();
        mybpf_map *maps[2] = {arena_new(vm, 1), arena_new(vm, 1)};
        mybpf_raw_desc raw;
        mybpf_load_opts opts;
        mybpf_object *object;
        mybpf_error error = {0};
        CASE("row %zu", i);
        memset(&raw, 0, sizeof raw);
        memset(&opts, 0, sizeof opts);
        raw.maps = maps;
        raw.map_count = (size_t)rows[i].arenas;
        CHECK_INT(load_text(vm, rows[i].text, &raw, &opts, &object, &error), MYBPF_ERR_VERIFY);
        CHECK_TEXT(error.message, rows[i].message);
        mybpf_object_close(object);
        mybpf_map_unref(maps[0]);
        mybpf_map_unref(maps[1]);
        mybpf_vm_destroy(vm);
    }
}

static mybpf_object *load_with(mybpf_vm *vm, mybpf_map *map, const char *text, const mybpf_load_opts *opts)
{
    mybpf_raw_desc raw;
    mybpf_object *object;
    mybpf_error error = {0};
    memset(&raw, 0, sizeof raw);
    raw.maps = &map;
    raw.map_count = 1;
    if (load_text(vm, text, &raw, opts, &object, &error))
        test_fail(__FILE__, __LINE__, "%d: %s", (int)error.insn, error.message);
    return object;
}

/* Only accesses through an arena's pointer are checked; a program without one is what it was. */
TEST(arena, checked)
{
    static const char plain[] = "*(u64 *)(r10 - 8) = 1\n" ALLOC("1") "r0 = *(u64 *)(r10 - 8)\nexit";
    static const char checked[] = "*(u64 *)(r10 - 8) = 1\n" ALLOC("1")
        CAST("r1", "r0") "r0 = *(u64 *)(r1 + 0)\nr1 = *(u64 *)(r10 - 8)\nexit";
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = arena_new(vm, 1);
    mybpf_object *object = load_with(vm, map, plain, NULL);
    if (object) CHECK_INT(mybpf_object_code(object)->trust, MYBPF_VERIFIED);
    mybpf_object_close(object);
    object = load_with(vm, map, checked, NULL);
    if (object) {
        const mybpf_code *code = mybpf_object_code(object);
        uint32_t guards = 0;
        CHECK_INT(code->trust, MYBPF_GUARDED);
        CHECK_INT((int)code->arena, 1);
        for (uint32_t i = 0; i < code->insn_count; i++) guards += code->facts[i] & MYBPF_FACT_GUARD;
        CHECK_INT((int)guards, 1);
        CHECK(code->facts[9] & MYBPF_FACT_GUARD);
    }
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* The host follows a program's pointers, and programs the host's. */
TEST(arena, shared)
{
    static const char text[] =
        "r1 = map_val(map_by_idx(0)) + 8 ll\n" CAST("r2", "r1") "r3 = *(u64 *)(r2 + 0)\n" CAST(
            "r4", "r3") "r0 = *(u64 *)(r4 + 0)\n*(u64 *)(r4 + 8) = r1\nexit";
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = arena_new(vm, 4);
    uint64_t *first = mybpf_arena_alloc_pages(map, NULL, 1), *second = mybpf_arena_alloc_pages(map, NULL, 1);
    mybpf_object *object = load_with(vm, map, text, NULL), *image;
    mybpf_error error = {0};
    first[1] = (uintptr_t)second;
    second[0] = 42;
    for (int native = 0; native < 2 && object; native++) {
        outcome out = run_object(object);
        CHECK_INT(out.status, 0);
        CHECK_INT((int64_t)out.r0, 42);
        CHECK(second[1] == (uintptr_t)&first[1]);
        second[1] = 0;
        if (mybpf_jit_compile(object, NULL, NULL)) break;
    }
    if (object) { /* what is in an arena is not in an image, and BARE has no maps */
        mybpf_load_opts opts;
        memset(&opts, 0, sizeof opts);
        CHECK_INT(load_image(vm, object, 0, &opts, &image, &error), MYBPF_ERR_UNSUPPORTED);
        CHECK_TEXT(error.message,
                   "map arena: an image has no place for its map_extra or the variables in it");
        CHECK_INT(load_image(vm, object, IMAGE_BARE, &opts, &image, &error), MYBPF_ERR_UNSUPPORTED);
        CHECK_TEXT(error.message, "the program uses map arena: BARE carries only .bss, convert it to SPF");
    }
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- threads ---- */

typedef struct taker {
    pthread_t thread;
    mybpf_map *map;
    const mybpf_program *program;
    uint32_t rounds;
    int wrong;
} taker;

/* Each has its own page for as long as it uses it. */
static void *take_pages(void *of)
{
    taker *t = of;
    for (uint32_t i = 0; i < t->rounds; i++) {
        void *page = mybpf_arena_alloc_pages(t->map, NULL, 1 + i % 3);
        uint64_t args[5] = {(uintptr_t)page, i, 0, 0, 0}, r0 = 0;
        mybpf_run_opts run;
        if (!page) continue;
        memset(&run, 0, sizeof run);
        run.args = args;
        t->wrong |= mybpf_program_run(t->program, &run, &r0, NULL) || r0 != i;
        mybpf_arena_free_pages(t->map, page, 1 + i % 3);
    }
    return NULL;
}

TEST(arena, threads)
{
    static const char text[] = "r6 = r1\nr7 = r2\nr1 = " MAP CAST(
        "r1", "r6") "r0 = *(u64 *)(r1 + 4088)\nr0 += r7\n*(u64 *)(r1 + 4088) = r0\nexit";
    const char *ops = getenv("MYBPF_MAP_OPS"); /* of other tests, whose operations are shorter */
    mybpf_vm *vm = vm_with_jit();
    for (int native = 0; native < 2; native++) {
        mybpf_map *map = arena_new(vm, 8);
        mybpf_load_opts opts;
        taker takers[3];
        memset(&opts, 0, sizeof opts);
        mybpf_object *object = load_with(vm, map, text, &opts);
        if (object && native) (void)mybpf_jit_compile(object, NULL, NULL);
        for (int i = 0; object && i < 3; i++) {
            takers[i].map = map;
            takers[i].program = mybpf_object_program(object, 0);
            takers[i].rounds = ops ? (uint32_t)atoi(ops) / 100 : 5000;
            takers[i].wrong = 0;
            CHECK_INT(pthread_create(&takers[i].thread, NULL, take_pages, &takers[i]), 0);
        }
        for (int i = 0; object && i < 3; i++) {
            pthread_join(takers[i].thread, NULL);
            CHECK_INT(takers[i].wrong, 0);
        }
        mybpf_object_close(object);
        mybpf_map_unref(map);
    }
    mybpf_vm_destroy(vm);
}

/* Wherever a pointer leads, a run ends with a result or a fault, the same in both engines. */
TEST(arena, random)
{
    static const char text[] =
        "r6 = r1\nr1 = " MAP CAST("r1", "r6") "r0 = *(u64 *)(r1 + 0)\n*(u8 *)(r1 + 7) = 1\nr0 = 1\nexit";
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = arena_new(vm, 64);
    uint8_t *memory = memory_of(map, 64);
    mybpf_load_opts opts;
    mybpf_object *object, *jit;
    uint64_t seed = getenv("MYBPF_SEED") ? strtoull(getenv("MYBPF_SEED"), NULL, 0) : 1;
    memset(&opts, 0, sizeof opts);
    for (uint32_t i = 0; i < 64; i += 2) mybpf_arena_alloc_pages(map, memory + (size_t)i * PAGE, 1);
    object = load_with(vm, map, text, &opts);
    jit = load_with(vm, map, text, &opts);
    if (jit) (void)mybpf_jit_compile(jit, NULL, NULL);
    for (int i = 0; i < 20000 && object && jit; i++) {
        uint64_t args[5] = {0, 0, 0, 0, 0}, r0[2] = {0, 0}, local = 0;
        mybpf_run_opts run;
        int status, inside;
        memset(&run, 0, sizeof run);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        args[0] = (uintptr_t)memory + (seed >> 40) % (66 * PAGE) - PAGE;
        if (i % 8 == 0) args[0] = seed * 0x9e3779b97f4a7c15u;
        if (i % 8 == 1) args[0] = (uintptr_t)&local + (seed >> 33) % 4096 - 2048;
        if (i % 8 == 2) args[0] = (uintptr_t)map + (seed >> 33) % 256;
        inside = args[0] - (uintptr_t)memory < 64 * (uint64_t)PAGE &&
                 (args[0] - (uintptr_t)memory) / PAGE % 2 == 0 &&
                 (args[0] - (uintptr_t)memory) % PAGE <= PAGE - 8;
        run.args = args;
        status = mybpf_program_run(mybpf_object_program(object, 0), &run, &r0[0], NULL);
        CHECK_INT(status, inside ? 0 : MYBPF_FAULT_ACCESS);
        CHECK_INT(mybpf_program_run(mybpf_object_program(jit, 0), &run, &r0[1], NULL), status);
    }
    mybpf_object_close(object);
    mybpf_object_close(jit);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- what clang makes ---- */

static uint64_t call_program(mybpf_object *object, const char *name, uint64_t value)
{
    mybpf_error error = {0};
    mybpf_run_opts run;
    uint64_t args[5] = {value, 0, 0, 0, 0}, r0 = 0;
    memset(&run, 0, sizeof run);
    run.args = args;
    if (mybpf_program_run(mybpf_object_find_program(object, name), &run, &r0, &error))
        test_fail(__FILE__, __LINE__, "%s: %s at %d", name, error.message, (int)error.insn);
    return r0;
}

TEST(arena, object)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_with_jit();
    for (int native = 0; native < 2; native++) {
        mybpf_object *object = object_open(vm, "arena");
        mybpf_error error = {0};
        struct node {
            uint64_t next, value;
        } * head;
        size_t size = 0;
        int32_t *runs;
        uint64_t *wide, *list;
        if (object && !mybpf_object_find_program(object, "push")) {
            mybpf_object_close(object);
            mybpf_vm_destroy(vm);
            SKIP("this clang knows no address spaces: 19 does");
        }
        if (!object || mybpf_object_load(object, NULL, &error)) {
            test_fail(__FILE__, __LINE__, "%d: %s", (int)error.insn, error.message);
            mybpf_object_close(object);
            continue;
        }
        if (native && mybpf_jit_compile(object, NULL, NULL)) CHECK(!mybpf_aot_target_host());
        runs = mybpf_object_find_global(object, "runs", &size);
        wide = mybpf_object_find_global(object, "wide", NULL);
        list = mybpf_object_find_global(object, "head", NULL);
        CHECK(runs && wide && list);
        CHECK_INT((int)size, 4);
        if (!runs || !wide || !list) break;
        CHECK_INT(*runs, 7);
        for (uint64_t i = 1; i <= 15; i++)
            CHECK_INT((int64_t)call_program(object, "push", 10 * i), (int64_t)i);
        CHECK_INT((int64_t)call_program(object, "push", 1), 0); /* 16 pages, one for the variables */
        CHECK_INT(*runs, 22);
        CHECK_INT((int64_t)wide[2], 3 + 1200);
        for (uint64_t at = *list, i = 15; at; at = head->next, i--) {
            head = (struct node *)(uintptr_t)at;
            CHECK_INT((int64_t)head->value, (int64_t)(10 * i));
        }
        for (uint64_t i = 15; i > 0; i--)
            CHECK_INT((int64_t)call_program(object, "pop", 0), (int64_t)(10 * i));
        CHECK_INT((int64_t)call_program(object, "pop", 0), 0);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}
