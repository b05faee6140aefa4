/* test_interpreter_only.c: the smallest build, MYBPF_INTERPRETER_ONLY: the tests of the interpreter on it,
 * and what it refuses. */
#define MYBPF_INTERPRETER_ONLY
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"

/* It has no assembler: this is the one of impl.c. */
int64_t mybpf_assemble(const char *text, size_t length, mybpf_insn *insns, size_t capacity,
                       mybpf_error *error);

#define ENGINES_INTERP_ONLY
#define RUN_TEST(suite, name) TEST(suite##_only, name)
#include "test_interp.c"
#include "test_run.c"
#include "test_equal.c"

/* ---- what else is in it ---- */

static size_t printed;
static char output[64];

static void keep_output(void *user, const char *text, size_t length)
{
    (void)user;
    if (length > sizeof output - printed) length = sizeof output - printed;
    memcpy(output + printed, text, length);
    printed += length;
}

static mybpf_map *make_map(mybpf_vm *vm, uint32_t type, int want)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "map");
    desc.type = type;
    desc.key_size = 4;
    desc.value_size = 8;
    desc.max_entries = 4;
    CHECK_INT(mybpf_map_create(vm, &desc, &map, &error), want);
    if (want) CHECK_TEXT(error.message, mybpf_status_text(want));
    return map;
}

TEST(interpreter_only, maps_and_output)
{
    /* map[1] += 40 and what it was; prints the sum, twice; the key is on the stack */
    static const char text[] =
        "*(u32 *)(r10 - 4) = 1\n*(u64 *)(r10 - 16) = 2\n"
        "r1 = map_by_fd(0) ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\ncall 2\n"
        "r1 = map_by_fd(0) ll\nr2 = r10\nr2 += -4\ncall 1\nif r0 == 0 goto +14\n"
        "r6 = *(u64 *)(r0 + 0)\nr6 += 40\n*(u64 *)(r0 + 0) = r6\n"
        "r1 = 0x000a6425 ll\nr1 = le64 r1\n*(u64 *)(r10 - 32) = r1\n"
        "r1 = r10\nr1 += -32\nr2 = 4\nr3 = r6\ncall 6\nr0 = r6\nexit\nr0 = -1\nexit\n";
    static const uint32_t types[] = {MYBPF_MAP_TYPE_ARRAY, MYBPF_MAP_TYPE_HASH};
    mybpf_host host;
    memset(&host, 0, sizeof host);
    host.output = keep_output;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        setup s;
        uint64_t r0 = 0, value = 0;
        uint32_t key = 1;
        mybpf_error error = {0};
        memset(&s, 0, sizeof s);
        CASE("map type %u", types[i]);
        CHECK_INT(mybpf_vm_create(&host, &s.vm, NULL), 0);
        mybpf_map *map = make_map(s.vm, types[i], 0);
        s.map = map;
        s.insn_count = assemble(text, s.insns, 64);
        if (!load(&s, GUARDED, 0)) return;
        printed = 0;
        CHECK_INT(mybpf_program_run(s.program, NULL, &r0, &error), 0);
        CHECK_INT(r0, 42);
        CHECK_INT(mybpf_map_lookup(map, &key, &value), 0);
        CHECK_INT(value, 42);
        CHECK_INT(printed, 3);
        CHECK(!memcmp(output, "42\n", 3));
        mybpf_map_unref(map);
        end(&s);
    }
}

/* Everything refused: the status, its text, and the instruction. */
TEST(interpreter_only, refusals)
{
    static const struct {
        const char *text;
        mybpf_trust trust;
        int status, insn;
    } rows[] = {
        {"r1 = 8\ncall 1000000\nexit\n", TRUSTED, MYBPF_ERR_VERIFY, 1}, /* no Sys helpers */
        {"call 999\nexit\n", GUARDED, MYBPF_ERR_VERIFY, 0},
        {"r0 = 0\ncall 2000000\nexit\n", TRUSTED, MYBPF_ERR_PERMISSION, 1},
        {"r0 = 0\nr0 = *(u64 *)(r1 + 0)\nexit\n", MYBPF_VERIFIED, MYBPF_ERR_VERIFY, 1},
        {"r0 = 0\ngoto +5\nexit\n", GUARDED, MYBPF_ERR_VERIFY, 1},
        {"r0 = 0\n", GUARDED, MYBPF_ERR_VERIFY, 0},
        {"r10 = 0\nexit\n", GUARDED, MYBPF_ERR_VERIFY, 0},
        {"r0 = 0\ncall pc+7\nexit\n", GUARDED, MYBPF_ERR_VERIFY, 1},
        {"r0 = 0\nr1 = map_by_fd(0) ll\nexit\n", GUARDED, MYBPF_ERR_VERIFY, 1},
    };
    setup s;
    make_vm(&s);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_insn insns[16];
        mybpf_load_opts opts;
        mybpf_error error = {0};
        size_t count = assemble(rows[i].text, insns, 16);
        memset(&opts, 0, sizeof opts);
        opts.trust = rows[i].trust;
        CASE("%s", rows[i].text);
        CHECK_INT(mybpf_verify(s.vm, insns, count, &opts, &error), rows[i].status);
        CHECK_INT(error.code, rows[i].status);
        CHECK_INT(error.insn, rows[i].insn);
        CHECK_TEXT(error.message, mybpf_status_text(rows[i].status));
    }
    CHECK(!make_map(s.vm, MYBPF_MAP_TYPE_RINGBUF, MYBPF_ERR_UNSUPPORTED));
    CHECK(!make_map(s.vm, 1000, MYBPF_ERR_ARGUMENT));
    end(&s);
}

/* Files and native code: refused by name. */
TEST(interpreter_only, left_out)
{
    static const char *const files[] = {"\177ELF", "SPF", "BAR", "nonsense", ""};
    setup s;
    mybpf_error error = {0};
    mybpf_native native;
    memset(&native, 0, sizeof native);
    if (!make(&s, "r0 = 7\nexit\n", MYBPF_VERIFIED, 0)) return;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        mybpf_object *object = s.object;
        CASE("%s", files[i]);
        CHECK_INT(mybpf_object_open(s.vm, files[i], strlen(files[i]), &object, &error),
                  MYBPF_ERR_UNSUPPORTED);
        CHECK_TEXT(error.message, "not supported");
        CHECK(!object);
    }
    CHECK_INT(mybpf_object_attach_native(s.object, &native, &error), MYBPF_ERR_UNSUPPORTED);
    CHECK(!mybpf_object_native(s.object));
    CHECK(!mybpf_helper_name(1) && !mybpf_map_type_name(1));
    end(&s);
}

TEST(interpreter_only, status_texts)
{
    CHECK_TEXT(mybpf_status_name(MYBPF_OK), "OK");
    CHECK_TEXT(mybpf_status_name(MYBPF_FAULT_HELPER), "FAULT_HELPER");
    CHECK_TEXT(mybpf_status_text(MYBPF_ERR_SYNTAX), "syntax error");
    CHECK_TEXT(mybpf_status_text(-1000), "unknown status");
    CHECK_TEXT(mybpf_status_name(1), "UNKNOWN");
}
