/* test_prototypes.c: a host's own helpers: objects that must be given back, memory of known sizes, numbers
 * that must be known, program types that may call; proven alike in verified and guarded mode, and run in
 * every engine. */
#include "from_text.h"

#include <stdlib.h>

enum { BOX = MYBPF_OBJECT_HOST, LID, BOXES = 8 };

static struct box {
    uint64_t data[8];
    int open;
} boxes[BOXES];
static int open_boxes, boxes_left; /* boxes_left: NULL after so many */

static void box_dropped(mybpf_env *env, void *object)
{
    (void)env;
    ((struct box *)object)->open = 0;
    open_boxes--;
}

static uint64_t box_open(uint64_t size, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)b, (void)c, (void)d, (void)e;
    if (size > sizeof boxes[0].data || !boxes_left) return 0;
    for (int i = 0; i < BOXES; i++) {
        if (boxes[i].open) continue;
        if (mybpf_env_hold(env, &boxes[i], box_dropped)) return 0;
        boxes[i].open = 1;
        open_boxes++;
        boxes_left--;
        memset(boxes[i].data, 0, sizeof boxes[i].data);
        return (uint64_t)(uintptr_t)&boxes[i];
    }
    return 0;
}

static uint64_t box_close(uint64_t box, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    struct box *given = (struct box *)(uintptr_t)box;
    (void)b, (void)c, (void)d, (void)e;
    if (!given->open) test_fail(__FILE__, __LINE__, "closed twice");
    mybpf_env_drop(env, given);
    box_dropped(env, given);
    return 99;
}

static uint64_t box_sum(uint64_t box, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    const struct box *given = (const struct box *)(uintptr_t)box;
    (void)b, (void)c, (void)d, (void)e, (void)env;
    return given->data[0] + given->data[1];
}

static const uint64_t table[2] = {40, 2};
static uint64_t give_table(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)b, (void)c, (void)d, (void)e, (void)env;
    return a ? (uint64_t)(uintptr_t)table : 0;
}

static uint64_t put_word(uint64_t at, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    uint32_t word = 7;
    (void)b, (void)c, (void)d, (void)e, (void)env;
    memcpy((void *)(uintptr_t)at, &word, sizeof word);
    return 0;
}

static uint64_t put_pair(uint64_t at, uint64_t from, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)c, (void)d, (void)e, (void)env;
    memcpy((void *)(uintptr_t)at, (const void *)(uintptr_t)from, 16);
    return 0;
}

static uint64_t first(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)b, (void)c, (void)d, (void)e, (void)env;
    return a;
}

#define U MYBPF_HELPER_USER
static const mybpf_helper prototypes[] = {
    {U,
     "box_open",
     box_open,
     MYBPF_RET_ALLOC_OR_NULL,
     {MYBPF_ARG_ALLOC_SIZE},
     MYBPF_HELPER_ACQUIRE,
     NULL,
     BOX,
     {0},
     0},
    {U + 1,
     "box_close",
     box_close,
     MYBPF_RET_VOID,
     {MYBPF_ARG_OBJECT},
     MYBPF_HELPER_RELEASE,
     NULL,
     BOX,
     {0},
     0},
    {U + 2, "box_sum", box_sum, MYBPF_RET_INTEGER, {MYBPF_ARG_OBJECT}, 0, NULL, BOX, {0}, 0},
    {U + 3, "lid_sum", box_sum, MYBPF_RET_INTEGER, {MYBPF_ARG_OBJECT}, 0, NULL, LID, {0}, 0},
    {U + 4,
     "give_table",
     give_table,
     MYBPF_RET_MEM_OR_NULL,
     {MYBPF_ARG_ANY},
     MYBPF_HELPER_CONSTANT,
     NULL,
     0,
     {16},
     0},
    {U + 5, "put_word", put_word, MYBPF_RET_VOID, {MYBPF_ARG_PTR_INT}, 0, NULL, 0, {0}, 0},
    {U + 6,
     "put_pair",
     put_pair,
     MYBPF_RET_VOID,
     {MYBPF_ARG_BYTES_WRITE, MYBPF_ARG_BYTES_READ},
     0,
     NULL,
     0,
     {0, 16, 16},
     0},
    {U + 7, "known", first, MYBPF_RET_INTEGER, {MYBPF_ARG_CONST}, 0, NULL, 0, {0}, 0},
    {U + 8,
     "for_xdp",
     first,
     MYBPF_RET_INTEGER,
     {MYBPF_ARG_ANY},
     0,
     NULL,
     0,
     {0},
     MYBPF_FOR_TYPE(MYBPF_PROG_TYPE_XDP)},
    {U + 9,
     "short_length",
     first,
     MYBPF_RET_LENGTH,
     {MYBPF_ARG_MEM_READ, MYBPF_ARG_SIZE},
     0,
     NULL,
     0,
     {0},
     0},
    {U + 10, "on_stack", first, MYBPF_RET_INTEGER, {MYBPF_ARG_STACK_OR_NULL}, 0, NULL, 0, {0}, 0},
    {U + 11, "table_always", give_table, MYBPF_RET_MEM, {MYBPF_ARG_ANY}, 0, NULL, LID, {16}, 0},
};
#undef U

/* ---- programs ---- */

#define OPEN  "r1 = 16\ncall 2000000\n"
#define CLOSE "call 2000001\n"
enum { V = 1, G = 2 };

static const struct {
    const char *name, *text;
    int modes; /* that refuse it */
    int insn;
    const char *message;
} refusals[] = {
    {"not released", OPEN "r0 = 0\nexit", V | G, 3,
     "what a helper gave must be released on every path before the program ends"},
    {"released on one path only",
     "r6 = r1\n" OPEN "if r0 == 0 goto out\nr7 = *(u64 *)(r0 + 0)\nif r7 == 1 goto out\nr1 = r0\n" CLOSE
     "out:\nr0 = 0\nexit",
     V | G, 9, "what a helper gave must be released on every path before the program ends"},
    {"released twice",
     OPEN "if r0 == 0 goto out\nr6 = r0\nr1 = r0\n" CLOSE "r1 = r6\n" CLOSE "out:\nr0 = 0\nexit", V | G, 7,
     "cannot prove argument 1 of box_close: r1 is any number; it must be what such a helper gave, compared "
     "with NULL and not moved"},
    {"used after it was released",
     OPEN "if r0 == 0 goto out\nr6 = r0\nr1 = r0\n" CLOSE "r0 = *(u64 *)(r6 + 0)\nout:\nr0 = 0\nexit", V, 6,
     "cannot prove the 8-byte read at r6 + 0: r6 is any number; only a pointer can be followed"},
    {"a stored copy used after",
     OPEN "if r0 == 0 goto out\n*(u64 *)(r10 - 8) = r0\nr1 = r0\n" CLOSE
          "r1 = *(u64 *)(r10 - 8)\nr0 = *(u64 *)(r1 + 0)\nout:\nr0 = 0\nexit",
     V, 7, "cannot prove the 8-byte read at r1 + 0: r1 is any number; only a pointer can be followed"},
    {"released without a look at it", OPEN "r1 = r0\n" CLOSE "r0 = 0\nexit", V | G, 3,
     "cannot prove argument 1 of box_close: r1 is an object of kind 256 (16 bytes) or NULL + 0; compare it "
     "with NULL before this: `if (!p) return 0;`"},
    {"written without a look at it",
     OPEN "*(u64 *)(r0 + 0) = 1\nif r0 == 0 goto out\nr1 = r0\n" CLOSE "out:\nr0 = 0\nexit", V, 2,
     "cannot prove the 8-byte write at r0 + 0: r0 is an object of kind 256 (16 bytes) or NULL + 0; compare "
     "it with NULL before this: `if (!p) return 0;`"},
    {"moved", OPEN "if r0 == 0 goto out\nr1 = r0\nr1 += 8\n" CLOSE "out:\nr0 = 0\nexit", V | G, 5,
     "cannot prove argument 1 of box_close: r1 is an object of kind 256 (16 bytes) + 8; it must be what such "
     "a helper gave, compared with NULL and not moved"},
    {"beyond its end", OPEN "if r0 == 0 goto out\n*(u64 *)(r0 + 9) = 1\nr1 = r0\n" CLOSE "out:\nr0 = 0\nexit",
     V, 3,
     "cannot prove the 8-byte write at r0 + 9: r0 is an object of kind 256 (16 bytes) + 0; it may lie behind "
     "the last byte: bound the offset, `if (i < size)`"},
    {"of another kind",
     OPEN "if r0 == 0 goto out\nr6 = r0\nr1 = r0\ncall 2000003\nr1 = r6\n" CLOSE "out:\nr0 = 0\nexit", V | G,
     5,
     "cannot prove argument 1 of lid_sum: r1 is an object of kind 256 (16 bytes) + 0; it must be what such a "
     "helper gave, compared with NULL and not moved"},
    {"a number as an object", "r1 = 5\ncall 2000002\nexit", V | G, 1,
     "cannot prove argument 1 of box_sum: r1 is the number 5; it must be what such a helper gave, compared "
     "with NULL and not moved"},
    {"held over a tail call",
     "r6 = r1\n" OPEN "r1 = r6\nr2 = map_by_idx(0) ll\nr3 = 0\ncall 12\nr0 = 0\nexit", V | G, 7,
     "what a helper gave must be released before a tail call"},
    {"held by a function that ends the program", "call f\nexit\nf:\n" OPEN "r0 = 0\nexit", V | G, 1,
     "what a helper gave must be released on every path before the program ends"},
    {"five at a time", OPEN OPEN OPEN OPEN OPEN "r0 = 0\nexit", V | G, 9,
     "call of box_open: more than 4 objects are held at a time"},
    {"size not known", "r1 = *(u64 *)(r1 + 0)\nr1 &= 15\ncall 2000000\nr0 = 0\nexit", V | G, 2,
     "cannot prove argument 1 of box_open: r1 is a number, "
     "scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf)); it must be the same number on "
     "every path"},
    {"number not known", "r1 = *(u64 *)(r1 + 0)\ncall 2000007\nexit", V | G, 1,
     "cannot prove argument 1 of known: r1 is any number; it must be the same number on every path"},
    {"read-only memory written",
     "r1 = 1\ncall 2000004\nif r0 == 0 goto out\n*(u8 *)(r0 + 0) = 1\nout:\nr0 = 0\nexit", V, 3,
     "cannot prove the 1-byte write at r0 + 0: r0 is memory of 16 bytes + 0; programs may not write there"},
    {"a table not compared", "r1 = 1\ncall 2000004\nr0 = *(u8 *)(r0 + 0)\nexit", V, 2,
     "cannot prove the 1-byte read at r0 + 0: r0 is memory of 16 bytes or NULL + 0; compare it with NULL "
     "before this: `if (!p) return 0;`"},
    {"int not aligned", "r1 = r10\nr1 += -6\ncall 2000005\nr0 = 0\nexit", V, 2,
     "cannot prove argument 1 of put_word: r1 is the stack at r10 - 6; its address must be known to be a "
     "multiple of its size"},
    {"bytes too few", "r1 = r10\nr1 += -8\nr2 = r1\n*(u64 *)(r10 - 8) = 0\ncall 2000006\nr0 = 0\nexit", V, 4,
     "cannot prove argument 1 of put_pair: r1 is the stack at r10 - 8; it may lie behind the last byte: "
     "bound the offset, `if (i < size)`"},
    {"not on the stack", "call 2000010\nexit", V, 0,
     "cannot prove argument 1 of on_stack: r1 is the context (16 bytes) + 0; it is not what this argument "
     "must be"},
    {"what the context gave is not released", "r1 = 1\ncall 2000011\nr1 = r0\ncall 2000001\nr0 = 0\nexit",
     V | G, 3,
     "cannot prove argument 1 of box_close: r1 is an object of kind 257 (16 bytes) + 0; it must be what such "
     "a helper gave, compared with NULL and not moved"},
};

static const struct {
    const char *name, *text;
    uint64_t r0;
    int status; /* in guarded mode; in verified mode 0 */
    int only;   /* modes */
} runs[] = {
    {"opened, written, summed, closed",
     OPEN "if r0 == 0 goto out\nr6 = r0\n*(u64 *)(r0 + 0) = 40\n*(u64 *)(r0 + 8) = 2\nr1 = r0\ncall "
          "2000002\nr7 = r0\nr1 = r6\n" CLOSE "r0 = r7\nexit\nout:\nr0 = 1\nexit",
     42, 0, V | G},
    {"kept on the stack",
     OPEN "*(u64 *)(r10 - 8) = r0\nr1 = *(u64 *)(r10 - 8)\nif r1 == 0 goto out\n" CLOSE
          "r0 = 3\nexit\nout:\nr0 = 1\nexit",
     3, 0, V | G},
    {"two at once, closed in the other order",
     OPEN "if r0 == 0 goto out\nr6 = r0\n" OPEN "if r0 == 0 goto one\nr7 = r0\nr1 = r6\n" CLOSE
          "r1 = r7\n" CLOSE "r0 = 4\nexit\none:\nr1 = r6\n" CLOSE "out:\nr0 = 1\nexit",
     4, 0, V | G},
    {"passed to a function",
     OPEN "if r0 == 0 goto out\nr1 = r0\ncall f\nr0 = 5\nexit\nout:\nr0 = 1\nexit\nf:\n" CLOSE "r0 = 0\nexit",
     5, 0, V | G},
    {"one in each turn of a loop",
     "r6 = 20\nr7 = 0\nagain:\n" OPEN "if r0 == 0 goto next\nr7 += 1\nr1 = r0\n" CLOSE
     "next:\nr6 += -1\nif r6 != 0 goto again\nr0 = r7\nexit",
     20, 0, V | G},
    {"held over a loop",
     OPEN "if r0 == 0 goto out\nr6 = r0\nr7 = 20\nagain:\nr1 = *(u64 *)(r6 + 0)\nr1 += 1\n*(u64 *)(r6 + 0) = "
          "r1\nr7 += -1\nif r7 != 0 goto again\nr8 = *(u64 *)(r6 + 0)\nr1 = r6\n" CLOSE
          "r0 = r8\nexit\nout:\nr0 = 1\nexit",
     20, 0, V | G},
    {"a table",
     "r1 = 1\ncall 2000004\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 + 0)\nr2 = *(u64 *)(r0 + 8)\nr1 += r2\nr0 "
     "= r1\nexit\nout:\nr0 = 1\nexit",
     42, 0, V | G},
    {"a table that is always there",
     "r1 = 1\ncall 2000011\nr6 = r0\nr1 = r0\ncall 2000003\nr1 = *(u64 *)(r6 + 0)\nr0 += r1\nexit", 82, 0,
     V | G},
    {"an int", "r1 = r10\nr1 += -8\ncall 2000005\nr0 = *(u32 *)(r10 - 8)\nexit", 7, 0, V | G},
    {"bytes",
     "*(u64 *)(r10 - 16) = 1\n*(u64 *)(r10 - 8) = 2\nr1 = r10\nr1 += -32\nr2 = r10\nr2 += -16\ncall "
     "2000006\nr0 = *(u64 *)(r10 - 24)\nexit",
     2, 0, V | G},
    {"a number that is known", "r1 = 8\ncall 2000007\nexit", 8, 0, V | G},
    {"a length",
     "*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\ncall 2000009\nif r0 s< 1 goto out\nr1 = r10\nr1 -= "
     "r0\nr0 = 0\n*(u8 *)(r1 + 0) = 6\nr0 = 6\nexit\nout:\nr0 = 9\nexit",
     9, 0, 0},
    {"nothing on the stack", "r1 = 0\ncall 2000010\nexit", 0, 0, V | G},
    {"a fault while it holds one",
     OPEN "if r0 == 0 goto out\nr6 = r0\nr1 = 5\nr1 = *(u64 *)(r1 + 0)\nr1 = r6\n" CLOSE "out:\nr0 = 1\nexit",
     0, MYBPF_FAULT_ACCESS, G},
    {"used after: checked while it runs",
     OPEN "if r0 == 0 goto out\nr6 = r0\nr1 = r0\n" CLOSE "r0 = *(u64 *)(r6 + 0)\nexit\nout:\nr0 = 1\nexit",
     0, MYBPF_FAULT_ACCESS, G},
};

/* ---- one program ---- */

static mybpf_vm *make_vm(void)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_error error = {0};
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof prototypes / sizeof *prototypes; i++) {
        CASE("%s", prototypes[i].name);
        if (mybpf_helper_register(vm, &prototypes[i], &error))
            test_fail(__FILE__, __LINE__, "%s", error.message);
    }
    return vm;
}

static void options(mybpf_load_opts *opts, mybpf_trust trust)
{
    static const mybpf_range granted = {MYBPF_HELPER_USER, MYBPF_HELPER_USER + 50};
    memset(opts, 0, sizeof *opts);
    opts->trust = trust;
    opts->grants = &granted;
    opts->grant_count = 1;
}

/* With a context of 16 bytes. */
static int load_with(mybpf_vm *vm, const mybpf_raw_desc *raw, const char *text, mybpf_trust trust,
                     mybpf_object **object, mybpf_error *error)
{
    mybpf_load_opts opts;
    options(&opts, trust);
    opts.ctx_size = 16;
    return load_text(vm, text, raw, &opts, object, error);
}

static int load(mybpf_vm *vm, const char *text, uint32_t type, mybpf_trust trust, mybpf_object **object,
                mybpf_error *error)
{
    static const mybpf_map_desc desc = {"programs", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0, 0, NULL};
    mybpf_map *map = NULL;
    mybpf_raw_desc raw = {"main", type, &map, 1};
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
    int rc = load_with(vm, &raw, text, trust, object, error);
    mybpf_map_unref(map);
    return rc;
}

TEST(prototypes, refusals)
{
    mybpf_vm *vm = make_vm();
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            int rc = load(vm, refusals[i].text, 0, (mybpf_trust)trust, &object, &error);
            mybpf_object_close(object);
            CASE("%s, trust %d", refusals[i].name, trust);
            if (!(refusals[i].modes >> trust & 1)) {
                if (rc) test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
                continue;
            }
            CHECK_INT(rc, MYBPF_ERR_VERIFY);
            CHECK_INT(error.insn, refusals[i].insn);
            CHECK_TEXT(error.message, refusals[i].message);
        }
    }
    mybpf_vm_destroy(vm);
}

/* The same object as an image's native code; NULL where this machine has none. */
static mybpf_object *as_image(mybpf_vm *vm, const mybpf_object *from, int bare)
{
    mybpf_load_opts opts;
    mybpf_error error = {0};
    mybpf_object *object;
    options(&opts, MYBPF_TRUSTED);
    int rc = load_image(vm, from, IMAGE_NATIVE | (bare ? IMAGE_BARE : 0), &opts, &object, &error);
    if (rc && !(bare && rc == MYBPF_ERR_UNSUPPORTED)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return object;
}

static void check_run(const mybpf_object *object, size_t i, int trust)
{
    uint64_t ctx[2] = {0, 0}, r0 = 0;
    mybpf_run_opts opts;
    mybpf_error error = {0};
    memset(&opts, 0, sizeof opts);
    opts.ctx = ctx;
    opts.ctx_size = sizeof ctx;
    boxes_left = 100;
    int rc = mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error);
    CHECK_INT(rc, trust == MYBPF_GUARDED ? runs[i].status : 0);
    if (!rc) CHECK_INT(r0, runs[i].r0);
    CHECK_INT(open_boxes, 0);
    boxes_left = 0; /* NULL from the start */
    rc = mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error);
    CHECK_INT(open_boxes, 0);
    if (strstr(runs[i].text, "2000000") && runs[i].r0 != 20 && runs[i].r0 != 9) {
        CHECK_INT(rc, 0);
        CHECK_INT(r0, 1);
    }
    boxes_left = 1; /* then NULL */
    mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error);
    CHECK_INT(open_boxes, 0);
}

TEST(prototypes, runs)
{
    mybpf_vm *vm = make_vm();
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++) {
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            int rc = runs[i].only >> trust & 1
                         ? load(vm, runs[i].text, 0, (mybpf_trust)trust, &object, &error)
                         : -1;
            CASE("%s, trust %d", runs[i].name, trust);
            if (!(runs[i].only >> trust & 1)) continue;
            if (rc) {
                test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
                continue;
            }
            check_run(object, i, trust);
            for (int bare = 0; bare < 2 && mybpf_aot_target_host() && mybpf_jit_exec(); bare++) {
                mybpf_object *image = as_image(vm, object, bare);
                CASE("%s, trust %d, %s", runs[i].name, trust, bare ? "BARE" : "SPF");
                if (image) check_run(image, i, trust);
                mybpf_object_close(image);
            }
            CASE("%s, trust %d, JIT", runs[i].name, trust);
            if (!mybpf_jit_compile(object, NULL, &error)) check_run(object, i, trust);
            mybpf_object_close(object);
        }
    }
    mybpf_vm_destroy(vm);
}

/* ---- who may call ---- */

TEST(prototypes, program_types)
{
    static const struct {
        const char *text;
        uint32_t type;
        const char *message; /* NULL: it may */
    } rows[] = {
        {"r1 = 1\ncall 2000008\nexit", MYBPF_PROG_TYPE_XDP, NULL},
        {"r1 = 1\ncall 2000008\nexit", MYBPF_PROG_TYPE_KPROBE,
         "helper for_xdp (2000008) is not for programs of type kprobe"},
        {"r1 = 1\ncall 2000008\nexit", MYBPF_PROG_TYPE_TCMD,
         "helper for_xdp (2000008) is not for programs of type tcmd"},
        {"r1 = 1\ncall 2000008\nexit", MYBPF_PROG_TYPE_UNSPEC,
         "helper for_xdp (2000008) is not for programs of type unspec"},
        {"r1 = 1\ncall 2000008\nexit", 5000,
         "helper for_xdp (2000008) is not for programs of type that nobody knows"},
        {"call f\nexit\nf:\nr1 = 1\ncall 2000008\nexit", MYBPF_PROG_TYPE_SCHED_CLS,
         "helper for_xdp (2000008) is not for programs of type sched_cls"},
        {"call f\nexit\nf:\nr1 = 1\ncall 2000008\nexit", MYBPF_PROG_TYPE_XDP, NULL},
        {"r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 4\nr0 = 0\nexit", MYBPF_PROG_TYPE_KPROBE, NULL},
        {"r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 4\nr0 = 0\nexit", MYBPF_PROG_TYPE_UNSPEC, NULL},
        {"r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 4\nr0 = 0\nexit", 5000, NULL},
        {"r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 4\nr0 = 0\nexit", MYBPF_PROG_TYPE_XDP,
         "helper probe_read (4) is not for programs of type xdp"},
        {"r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall 113\nr0 = 0\nexit", MYBPF_PROG_TYPE_XDP, NULL},
    };
    mybpf_vm *vm = make_vm();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            int rc = load(vm, rows[i].text, rows[i].type, (mybpf_trust)trust, &object, &error);
            CASE("row %zu, trust %d", i, trust);
            mybpf_object_close(object);
            CHECK_INT(rc, rows[i].message ? MYBPF_ERR_VERIFY : 0);
            CHECK_TEXT(error.message, rows[i].message ? rows[i].message : "");
        }
    }
    mybpf_vm_destroy(vm);
}

/* A number in a register calls no helper that the verifier had to look at. */
TEST(prototypes, by_number)
{
    static const uint32_t ids[] = {2000000, 2000001, 2000002, 2000007, 2000008};
    mybpf_vm *vm = make_vm();
    boxes_left = 100;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char text[128];
        mybpf_error error = {0};
        mybpf_object *object = NULL;
        mybpf_run_opts opts;
        uint64_t ctx[2] = {0};
        CASE("helper %u", ids[i]);
        memset(&opts, 0, sizeof opts);
        opts.ctx = ctx;
        opts.ctx_size = sizeof ctx;
        snprintf(text, sizeof text, "r2 = %u\nr1 = 8\ncallx r2\nr0 = 0\nexit", ids[i]);
        CHECK_INT(load(vm, text, MYBPF_PROG_TYPE_KPROBE, MYBPF_GUARDED, &object, &error), 0);
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &opts, NULL, &error), MYBPF_FAULT_CALL);
        if (!mybpf_jit_compile(object, NULL, &error))
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &opts, NULL, &error),
                      MYBPF_FAULT_CALL);
        mybpf_object_close(object);
        CHECK_INT(open_boxes, 0);
    }
    mybpf_vm_destroy(vm);
}

TEST(prototypes, registration)
{
    static const struct {
        mybpf_helper helper;
        const char *why;
    } rows[] = {
        {{1, "x", first, MYBPF_RET_INTEGER, {MYBPF_ARG_OBJECT}, 0, NULL, 0, {0}, 0}, "an object of no kind"},
        {{1, "x", first, MYBPF_RET_INTEGER, {MYBPF_ARG_OBJECT}, 0, NULL, 0x80000000u, {0}, 0},
         "a kind of object that is too large"},
        {{1, "x", first, MYBPF_RET_INTEGER, {MYBPF_ARG_BYTES_READ}, 0, NULL, 0, {0}, 0},
         "memory whose size is 0"},
        {{1, "x", first, MYBPF_RET_INTEGER, {MYBPF_ARG_MAP_VALUE_WRITE}, 0, NULL, 0, {0}, 0},
         "a value without a map before it"},
        {{1, "x", first, MYBPF_RET_INTEGER, {MYBPF_ARG_ANY}, MYBPF_HELPER_ACQUIRE, NULL, 0, {0}, 0},
         "ACQUIRE, but it gives nothing"},
        {{1, "x", first, MYBPF_RET_INTEGER, {MYBPF_ARG_ANY}, MYBPF_HELPER_RELEASE, NULL, 0, {0}, 0},
         "RELEASE of not one thing"},
        {{1,
          "x",
          first,
          MYBPF_RET_INTEGER,
          {MYBPF_ARG_OBJECT, MYBPF_ARG_OBJECT},
          MYBPF_HELPER_RELEASE,
          NULL,
          256,
          {0},
          0},
         "RELEASE of not one thing"},
        {{1,
          "x",
          first,
          MYBPF_RET_MEM,
          {MYBPF_ARG_OBJECT},
          MYBPF_HELPER_RELEASE | MYBPF_HELPER_ACQUIRE,
          NULL,
          256,
          {0},
          0},
         "both ACQUIRE and RELEASE"},
        {{1, "x", first, MYBPF_RET_INTEGER, {MYBPF_ARG_LOCK}, 0, NULL, 0, {0}, 0},
         "a lock, but neither ACQUIRE nor RELEASE"},
        {{1, "x", first, MYBPF_RET_ALLOC_OR_NULL, {MYBPF_ARG_CONST}, 0, NULL, 0, {0}, 0},
         "ALLOC_SIZE without ALLOC_OR_NULL, or the reverse"},
        {{1, "x", first, MYBPF_RET_MEM, {MYBPF_ARG_ALLOC_SIZE}, 0, NULL, 0, {8}, 0},
         "ALLOC_SIZE without ALLOC_OR_NULL, or the reverse"},
        {{1, "x", first, MYBPF_RET_MEM_OR_NULL, {MYBPF_ARG_ANY}, 0, NULL, 0, {0}, 0},
         "memory of 0 bytes as result"},
        {{1, "x", first, MYBPF_RET_LENGTH, {MYBPF_ARG_ANY}, 0, NULL, 0, {0}, 0},
         "a length as result without a size"},
        {{1, "x", first, MYBPF_RET_MAP_VALUE, {MYBPF_ARG_ANY}, 0, NULL, 0, {0}, 0},
         "a map value as result without a map"},
    };
    mybpf_vm *vm = make_vm();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
        char text[128];
        CASE("row %zu", i);
        snprintf(text, sizeof text, "helper 1 (x): the prototype has %s", rows[i].why);
        CHECK_INT(mybpf_helper_register(vm, &rows[i].helper, &error), MYBPF_ERR_ARGUMENT);
        CHECK_TEXT(error.message, text);
    }
    mybpf_vm_destroy(vm);
}

/* ---- the lock of a map's value ---- */

/* r0 = the value of key 0 of map 0 ("locked", its lock at 8), or the program ends. */
#define VALUE                                                                                                \
    "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\nif r0 == 0 goto out\n"
#define LOCK   "r1 = r6\nr1 += 8\ncall 93\n"
#define UNLOCK "r1 = r6\nr1 += 8\ncall 94\n"
#define OUT    "out:\nr0 = 0\nexit"

static const struct {
    const char *name, *text;
    int modes, insn; /* that refuse it */
    const char *message;
} locks[] = {
    {"locked, counted, unlocked",
     VALUE "r6 = r0\n" LOCK "r1 = *(u64 *)(r6 + 0)\nr1 += 1\n*(u64 *)(r6 + 0) = r1\n" UNLOCK OUT, 0, 0, NULL},
    {"not unlocked", VALUE "r6 = r0\n" LOCK OUT, V | G, 12,
     "a lock must be unlocked on every path before the program ends"},
    {"unlocked twice", VALUE "r6 = r0\n" LOCK UNLOCK UNLOCK OUT, V | G, 16,
     "cannot prove argument 1 of spin_unlock: r1 is a value of map locked (16 bytes) + 8; this is not the "
     "lock that is held"},
    {"locked twice", VALUE "r6 = r0\n" LOCK LOCK UNLOCK OUT, V | G, 13,
     "cannot prove argument 1 of spin_lock: r1 is a value of map locked (16 bytes) + 8; one lock may be held "
     "at a time: unlock the other before"},
    {"another value's", VALUE "r7 = r0\n" VALUE "r6 = r0\n" LOCK "r6 = r7\n" UNLOCK OUT, V | G, 22,
     "cannot prove argument 1 of spin_unlock: r1 is a value of map locked (16 bytes) + 8; this is not the "
     "lock that is held"},
    {"a call while it is held", VALUE "r6 = r0\n" LOCK "call 7\n" UNLOCK OUT, V | G, 11,
     "call of get_prandom_u32 while a lock is held: unlock it before"},
    {"a function while it is held", VALUE "r6 = r0\n" LOCK "call f\n" UNLOCK OUT "\nf:\nr0 = 0\nexit", 0, 0,
     NULL},
    {"a tail call while it is held",
     "r8 = r1\n" VALUE "r6 = r0\n" LOCK "r1 = r8\nr2 = map_by_idx(2) ll\nr3 = 0\ncall 12\n" UNLOCK OUT, V | G,
     16, "call of tail_call while a lock is held: unlock it before"},
    {"a packet load while it is held",
     "r8 = r1\n" VALUE "r6 = r0\n" LOCK "r9 = r6\nr6 = r8\nr0 = *(u8 *)skb[0]\nr6 = r9\n" UNLOCK OUT, V | G,
     14, "what a helper gave must be released, and a lock unlocked, before a load that may end the program"},
    {"not compared",
     "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\nr1 = r0\ncall 93\nr0 = "
     "0\nexit",
     V | G, 7,
     "cannot prove argument 1 of spin_lock: r1 is a value of map locked (16 bytes) or NULL + 0; compare it "
     "with NULL before this: `if (!p) return 0;`"},
    {"not where the lock is", VALUE "r1 = r0\ncall 93\n" OUT, V | G, 8,
     "cannot prove argument 1 of spin_lock: r1 is a value of map locked (16 bytes) + 0; it must be the "
     "struct bpf_spin_lock in a map's value"},
    {"a map without one",
     "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(1) ll\ncall 1\nif r0 == 0 goto out\nr1 = "
     "r0\ncall 93\n" OUT,
     V | G, 8,
     "cannot prove argument 1 of spin_lock: r1 is a value of map plain (16 bytes) + 0; it must be the struct "
     "bpf_spin_lock in a map's value"},
    {"the lock read", VALUE "r1 = *(u32 *)(r0 + 8)\n" OUT, V, 7,
     "cannot prove the 4-byte read at r0 + 8: r0 is a value of map locked (16 bytes) + 0; a struct "
     "bpf_spin_lock is for bpf_spin_lock and bpf_spin_unlock alone"},
    {"its last byte written", VALUE "*(u8 *)(r0 + 11) = 1\n" OUT, V, 7,
     "cannot prove the 1-byte write at r0 + 11: r0 is a value of map locked (16 bytes) + 0; a struct "
     "bpf_spin_lock is for bpf_spin_lock and bpf_spin_unlock alone"},
    {"what stands behind it", VALUE "*(u32 *)(r0 + 12) = 1\n*(u64 *)(r0 + 0) = 1\n" OUT, 0, 0, NULL},
    {"unlocked on one path", VALUE "r6 = r0\n" LOCK "r1 = *(u64 *)(r6 + 0)\nif r1 == 7 goto out\n" UNLOCK OUT,
     V | G, 17, "a lock must be unlocked on every path before the program ends"},
    {"in each turn of a loop",
     VALUE "r6 = r0\nr7 = 20\nagain:\n" LOCK "r1 = *(u64 *)(r6 + 0)\nr1 += 1\n*(u64 *)(r6 + 0) = r1\n" UNLOCK
           "r7 += -1\nif r7 != 0 goto again\n" OUT,
     0, 0, NULL},
    {"over a loop",
     VALUE
     "r6 = r0\nr7 = 20\n" LOCK
     "again:\nr1 = *(u64 *)(r6 + 0)\nr1 += 1\n*(u64 *)(r6 + 0) = r1\nr7 += -1\nif r7 != 0 goto again\n" UNLOCK
         OUT,
     0, 0, NULL},
};

static int load_lock(mybpf_vm *vm, mybpf_map *maps[3], const char *text, uint32_t type, mybpf_trust trust,
                     mybpf_object **object, mybpf_error *error)
{
    mybpf_raw_desc raw = {"main", type, maps, 3};
    return load_with(vm, &raw, text, trust, object, error);
}

static void make_lock_maps(mybpf_vm *vm, mybpf_map *maps[3])
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_ARRAY, MYBPF_MAP_TYPE_ARRAY, MYBPF_MAP_TYPE_PROG_ARRAY};
    static const char *const names[] = {"locked", "plain", "programs"};
    for (int i = 0; i < 3; i++) {
        mybpf_map_desc desc;
        memset(&desc, 0, sizeof desc);
        memcpy(desc.name, names[i], strlen(names[i]));
        desc.type = types[i];
        desc.key_size = 4;
        desc.value_size = i == 2 ? 4 : 16;
        desc.max_entries = 2;
        CHECK_INT(mybpf_map_create(vm, &desc, &maps[i], NULL), 0);
    }
    CHECK_INT(mybpf_map_set_lock(maps[0], 6, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_lock(maps[0], 16, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_lock(maps[2], 0, NULL), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_map_set_lock(maps[0], 8, NULL), 0);
    CHECK_INT(mybpf_map_lock(maps[0]), 9);
}

TEST(prototypes, locks)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *maps[3];
    make_lock_maps(vm, maps);
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++) {
            uint64_t ctx[2] = {0, 0};
            uint32_t zero = 0;
            mybpf_run_opts run;
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            int rc = load_lock(vm, maps, locks[i].text, MYBPF_PROG_TYPE_SCHED_CLS, (mybpf_trust)trust,
                               &object, &error);
            CASE("%s, trust %d", locks[i].name, trust);
            if (locks[i].modes >> trust & 1) {
                CHECK_INT(rc, MYBPF_ERR_VERIFY);
                CHECK_INT(error.insn, locks[i].insn);
                CHECK_TEXT(error.message, locks[i].message);
                continue;
            }
            if (rc) test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
            memset(&run, 0, sizeof run);
            run.ctx = ctx;
            run.ctx_size = sizeof ctx;
            for (int jit = 0; object && jit < 2; jit++) {
                if (jit && mybpf_jit_compile(object, NULL, &error)) break;
                mybpf_program_run(mybpf_object_program(object, 0), &run, NULL, &error); /* may fault */
                CHECK_INT(((uint32_t *)mybpf_map_value(maps[0], &zero))[2], 0);         /* the lock is free */
            }
            mybpf_object_close(object);
        }
    }
    for (uint32_t type = MYBPF_PROG_TYPE_SOCKET_FILTER; type <= MYBPF_PROG_TYPE_KPROBE; type++) {
        mybpf_error error = {0};
        mybpf_object *object = NULL;
        CHECK_INT(load_lock(vm, maps, locks[0].text, type, MYBPF_VERIFIED, &object, &error),
                  MYBPF_ERR_VERIFY);
        CHECK(strstr(error.message, "helper spin_lock (93) is not for programs of type") != NULL);
    }
    for (int i = 0; i < 3; i++) mybpf_map_unref(maps[i]);
    mybpf_vm_destroy(vm);
}

/* A run that is cut off by a fault, or by its budget, leaves no lock behind. */
TEST(prototypes, lock_of_a_run_that_ends)
{
    static const char text[] = VALUE "r6 = r0\n" LOCK "r1 = 5\nr1 = *(u64 *)(r1 + 0)\n" UNLOCK OUT;
    static const char endless[] =
        VALUE "r6 = r0\n" LOCK "r1 = 1000000\nagain:\nr1 += -1\nif r1 != 0 goto again\n" UNLOCK OUT;
    mybpf_vm *vm = make_vm();
    mybpf_map *maps[3];
    make_lock_maps(vm, maps);
    for (int i = 0; i < 4; i++) {
        mybpf_run_opts run;
        mybpf_error error = {0};
        mybpf_object *object = NULL;
        uint64_t ctx[2] = {0, 0};
        uint32_t zero = 0;
        CASE("run %d", i);
        CHECK_INT(load_lock(vm, maps, i & 1 ? endless : text, MYBPF_PROG_TYPE_SCHED_CLS, MYBPF_GUARDED,
                            &object, &error),
                  0);
        memset(&run, 0, sizeof run);
        run.max_steps = 1000;
        run.ctx = ctx;
        run.ctx_size = sizeof ctx;
        if (i & 2 && mybpf_jit_compile(object, NULL, &error)) {
            mybpf_object_close(object);
            break;
        }
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, NULL, &error),
                  i & 1 ? MYBPF_FAULT_BUDGET : MYBPF_FAULT_ACCESS);
        CHECK_INT(((uint32_t *)mybpf_map_value(maps[0], &zero))[2], 0);
        mybpf_object_close(object);
    }
    for (int i = 0; i < 3; i++) mybpf_map_unref(maps[i]);
    mybpf_vm_destroy(vm);
}

/* ---- records of a ring buffer ---- */

#define RESERVE "r1 = map_by_idx(0) ll\nr2 = 8\nr3 = 0\ncall 131\nif r0 == 0 goto out\nr6 = r0\n"
#define SUBMIT  "r1 = r6\nr2 = 0\ncall 132\n"
#define HINT    "it must be what such a helper gave, compared with NULL and not moved"

static const struct {
    const char *name, *text;
    int modes, insn; /* that refuse it */
    const char *message;
} records[] = {
    {"written and submitted", RESERVE "*(u64 *)(r6 + 0) = 7\n" SUBMIT OUT, 0, 0, NULL},
    {"passed to another helper",
     RESERVE "*(u64 *)(r6 + 0) = 7\nr1 = r6\nr2 = 8\nr3 = 0\ncall 113\n" SUBMIT OUT, 0, 0, NULL},
    {"not submitted", RESERVE OUT, V | G, 8,
     "what a helper gave must be released on every path before the program ends"},
    {"submitted twice", RESERVE SUBMIT SUBMIT OUT, V | G, 12,
     "cannot prove argument 1 of ringbuf_submit: r1 is any number; " HINT},
    {"discarded after it was submitted", RESERVE SUBMIT "r1 = r6\nr2 = 0\ncall 133\n" OUT, V | G, 12,
     "cannot prove argument 1 of ringbuf_discard: r1 is any number; " HINT},
    {"written after it was submitted", RESERVE SUBMIT "*(u64 *)(r6 + 0) = 7\n" OUT, V, 10,
     "cannot prove the 8-byte write at r6 + 0: r6 is any number; only a pointer can be followed"},
    {"beyond its end", RESERVE "*(u64 *)(r6 + 1) = 7\n" SUBMIT OUT, V, 7,
     "cannot prove the 8-byte write at r6 + 1: r6 is an object of kind 1 (8 bytes) + 0; it may lie behind "
     "the last byte: bound the offset, `if (i < size)`"},
    {"moved", RESERVE "r1 = r6\nr1 += 1\nr2 = 0\ncall 132\n" OUT, V | G, 10,
     "cannot prove argument 1 of ringbuf_submit: r1 is an object of kind 1 (8 bytes) + 1; " HINT},
    {"of a size that is not known",
     "r6 = *(u64 *)(r1 + 0)\nr1 = map_by_idx(0) ll\nr2 = r6\nr3 = 0\ncall 131\n" OUT, V | G, 5,
     "cannot prove argument 2 of ringbuf_reserve: r2 is any number; it must be the same number on every "
     "path"},
    {"an object of another kind", OPEN "if r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall 132\n" OUT, V | G, 5,
     "cannot prove argument 1 of ringbuf_submit: r1 is an object of kind 256 (16 bytes) + 0; " HINT},
    {"the stack as a record", "r1 = r10\nr1 += -8\nr2 = 0\ncall 132\n" OUT, V | G, 3,
     "cannot prove argument 1 of ringbuf_submit: r1 is the stack at r10 - 8; " HINT},
    {"a map that is no ring",
     "r1 = map_by_idx(1) ll\nr2 = 8\nr3 = 0\ncall 131\nif r0 == 0 goto out\nr6 = r0\n" SUBMIT OUT, V, 4,
     "cannot prove argument 1 of ringbuf_reserve: r1 is map plain; the helper does not work on maps of this "
     "type"},
    {"an element of a ring", "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\n" OUT,
     V, 5,
     "cannot prove argument 1 of map_lookup_elem: r1 is map ring; the helper does not work on maps of this "
     "type"},
};

static int load_records(mybpf_vm *vm, mybpf_map *maps[2], const char *text, mybpf_trust trust,
                        mybpf_object **object, mybpf_error *error)
{
    mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_UNSPEC, maps, 2};
    return load_with(vm, &raw, text, trust, object, error);
}

TEST(prototypes, records)
{
    mybpf_vm *vm = make_vm();
    mybpf_map *maps[2];
    for (int i = 0; i < 2; i++) {
        mybpf_map_desc desc;
        memset(&desc, 0, sizeof desc);
        memcpy(desc.name, i ? "plain" : "ring\0", 5);
        desc.type = i ? MYBPF_MAP_TYPE_ARRAY : MYBPF_MAP_TYPE_RINGBUF;
        desc.key_size = desc.value_size = i ? 4 : 0;
        desc.max_entries = 4096;
        CHECK_INT(mybpf_map_create(vm, &desc, &maps[i], NULL), 0);
    }
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED; trust++) {
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            int rc = load_records(vm, maps, records[i].text, (mybpf_trust)trust, &object, &error);
            CASE("%s, trust %d", records[i].name, trust);
            mybpf_object_close(object);
            if (records[i].modes >> trust & 1) {
                CHECK_INT(rc, MYBPF_ERR_VERIFY);
                CHECK_INT(error.insn, records[i].insn);
                CHECK_TEXT(error.message, records[i].message);
            } else if (rc) {
                test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
            }
        }
    }
    for (int i = 0; i < 2; i++) mybpf_map_unref(maps[i]);
    mybpf_vm_destroy(vm);
}
