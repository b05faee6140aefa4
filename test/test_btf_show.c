/* test_btf_show.c: bpf_snprintf_btf and bpf_seq_printf_btf. The texts are those that Linux makes of the same
 * memory, but for addresses, which are shown as they are. bpf_find_vma, which calls back, is here too. */
#include "btf_build.h"
#include "from_text.h"
#include "load_object.h"

/* As in objects/btf_show.c. */
typedef struct shown {
    int32_t plain;
    uint32_t of_typedef;
    int64_t negative;
    char letters[8];
    uint8_t small[3];
    int32_t shape;
    int16_t inner[2], zero[2], both[4];
    uint32_t either;
    uint64_t pointer, nothing;
    uint16_t bits; /* low, high */
    uint8_t flag;
    int32_t x;
} shown;

enum { COMPACT = 1, NONAME = 2, PTR_RAW = 4, ZERO = 8, LITTLE = 16 /* such a host's text */ };

static uint64_t *show_number(mybpf_object *object, const char *name)
{
    size_t size;
    return mybpf_object_find_global(object, name, &size);
}

static int64_t show_run(mybpf_object *object, const char *program, uint64_t flags)
{
    uint64_t r0 = 0;
    mybpf_error error = {0};
    memcpy(show_number(object, "flags"), &flags, sizeof flags);
    if (mybpf_program_run(mybpf_object_find_program(object, program), NULL, &r0, &error))
        test_fail(__FILE__, __LINE__, "%s: %s", program, error.message);
    return (int32_t)r0;
}

static void show_set(mybpf_object *object, const char *name, uint32_t value)
{
    memcpy(show_number(object, name), &value, sizeof value);
}

static mybpf_object *show_load(mybpf_vm *vm, int way)
{
    mybpf_object *object = object_open(vm, "btf_show");
    mybpf_load_opts load = {0};
    mybpf_error error = {0};
    load.trust = (mybpf_trust)(way / 2);
    if (!object) return NULL;
    mybpf_program_set_autoload(mybpf_object_find_program(object, "sequence"), load.trust != MYBPF_VERIFIED);
    int rc = mybpf_object_load(object, &load, &error);
    if (!rc && way & 1) {
        rc = mybpf_jit_compile(object, NULL, &error);
        if (rc == MYBPF_ERR_UNSUPPORTED) rc = 0;
    }
    CASE("way %d: %s", way, error.message);
    CHECK_INT(rc, 0);
    if (!rc) show_set(object, "size", 2047);
    return object;
}

static void show_fill(mybpf_object *object, const shown *value)
{
    uint32_t zero = 0;
    CHECK_INT(mybpf_map_update(mybpf_object_find_map(object, "memory"), &zero, value, 0), 0);
}

static const shown full = {7,      8,      -9, "abc\tz",       {1, 0, 255}, 3, {-1, 2}, {0, 0}, {0, 0, 0, 5},
                           0x0201, 0x1000, 0,  5 | 0xabc << 3, 1,           42};

/* What ends an array of bytes, and elements that are structs without the brace that opens them, are Linux'.
 */
static const struct {
    uint64_t flags;
    int empty; /* the memory is zero */
    const char *text;
} rows[] = {
    {COMPACT | LITTLE, 0,
     "(struct shown){.plain = (int)7,.of_typedef = (number)8,.negative = (long long)-9,"
     ".letters = (char[])['a','b','c',9,'z',],.small = (unsigned char[])[1,],.shape = (enum shape)SQUARE,"
     ".inner = (struct inner){.a = (short)-1,.b = (short)2,},.both = (struct inner[])[5,},],"
     ".either = (union either){.word = (unsigned int)513,.bytes = (unsigned char[])[1,2,],},"
     ".pointer = ( *)0x0000000000001000,.low = (unsigned int)0x5,.high = (unsigned int)0xabc,.flag = "
     "(_Bool)1,"
     "(struct){.x = (int)42,},}"},
    {COMPACT | NONAME | LITTLE, 0,
     "{7,8,-9,['a','b','c',9,'z',],[1,],SQUARE,{-1,2,},[5,},],{513,[1,2,],},0x0000000000001000,0x5,0xabc,1,{"
     "42,},}"},
    {COMPACT, 1, "(struct shown){.shape = (enum shape)ROUND,}"},
    {NONAME, 1, "{\n ROUND,\n}\n"},
    {COMPACT | NONAME | PTR_RAW | ZERO, 1,
     "{0,0,0,[],[],ROUND,{0,0,},{0,0,},[0,0,},0,0,},],{0,[],},0x0000000000000000,0x0000000000000000,0x0,0x0,"
     "0,{0,},}"},
};

TEST(btf_show, every_engine)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_with_jit();
    for (int way = 0; way < 6; way++) {
        mybpf_object *object = show_load(vm, way);
        if (!object) break;
        const char *text = (const char *)show_number(object, "text");
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            static const shown nothing;
            if (rows[i].flags & LITTLE && MYBPF_BIG_ENDIAN) continue;
            show_fill(object, rows[i].empty ? &nothing : &full);
            CASE("way %d, row %zu", way, i);
            CHECK_INT(show_run(object, "show", rows[i].flags & 15), (int64_t)strlen(rows[i].text));
            CHECK_TEXT(text, rows[i].text);
        }
        show_set(object, "size", 4); /* cut: what it would have been is returned */
        CHECK_INT(show_run(object, "show", NONAME), 12);
        CHECK_TEXT(text, "{\n R");
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* Nothing is written past what it is given, and nothing read that the run may not. */
TEST(btf_show, refusals)
{
    NEEDS_ELF();
    mybpf_vm *vm = vm_with_jit();
    mybpf_object *object = show_load(vm, 0);
    if (object) {
        uint64_t unreadable = 64;
        CHECK_INT(show_run(object, "wrong_size", 0), -22);
        CHECK_INT(show_run(object, "show", 16), -22);
        show_set(object, "type_given", UINT32_MAX);
        CHECK_INT(show_run(object, "show", 0), -22);
        show_set(object, "type_given", 100000);
        CHECK_INT(show_run(object, "show", 0), -2);
        show_set(object, "type_given", 0);
        memcpy(show_number(object, "address"), &unreadable, sizeof unreadable);
        CHECK_INT(show_run(object, "show", 0), -14);
    }
    mybpf_object_close(object);
    mybpf_env *env = NULL; /* of no program: there are no types */
    char text[8] = "";
    uint64_t ptr[2] = {0, 1};
    CHECK_INT(mybpf_env_create(vm, NULL, &env, NULL), 0);
    CHECK_INT((int64_t)mybpf_helper_find(vm, 149)->fn((uintptr_t)text, sizeof text, (uintptr_t)ptr,
                                                      sizeof ptr, 0, env),
              -22);
    mybpf_env_destroy(env);
    mybpf_vm_destroy(vm);
}

/* Types of a target that go round in circles: a name is cut, a struct in itself has an end. */
TEST(btf_show, circles)
{
    NEEDS_ELF();
    static btf_build btf;
    size_t size = 0;
    uint8_t *bytes = object_bytes("btf_show", &size);
    mybpf_vm *vm = vm_with_jit();
    mybpf_object *object = NULL;
    mybpf_open_opts opts = {0};
    mybpf_load_opts load = {0};
    mybpf_error error = {0};
    btf_begin(&btf);
    btf_to(&btf, PTR_, NULL, 2);
    btf_to(&btf, CONST_, NULL, 2);
    btf_to(&btf, TYPEDEF_, "again", 4);
    btf_to(&btf, PTR_, NULL, 3);
    btf_parts(&btf, STRUCT_, "inside", 4, (const btf_part[]){{"a", 5, 0}, {"b", 5, 0}, {NULL, 0, 0}});
    btf_array(&btf, 7, 7, UINT32_MAX);
    btf_parts(&btf, STRUCT_, "empty", 0, (const btf_part[]){{NULL, 0, 0}});
    btf_end(&btf);
    opts.btf = btf.bytes;
    opts.btf_size = btf.size;
    load.trust = MYBPF_TRUSTED;
    if (!bytes || mybpf_object_open_with(vm, bytes, size, &opts, &object, &error) ||
        mybpf_object_load(object, &load, &error))
        test_fail(__FILE__, __LINE__, "%s", error.message);
    for (uint32_t type = 1; object && type <= 6; type++) {
        CASE("type %u", (unsigned)type);
        show_set(object, "type_given", type);
        int64_t r0 = show_run(object, "show", COMPACT | ZERO);
        CHECK_INT(type >= 5 ? r0 : r0 > 0, type >= 5 ? -7 : 1);
    }
    free(bytes);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* What the host answers: where the text goes, and the area of a task. */
typedef struct answers {
    char text[64];
    size_t size;
    int64_t area;
} answers;

static int answer(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0)
{
    answers *to = (answers *)user;
    (void)env;
    if (helper == 127) {
        to->size = (size_t)args[2];
        if (to->size >= sizeof to->text) return 0;
        memcpy(to->text, (const void *)(uintptr_t)args[1], to->size);
        *r0 = 0;
        return 1;
    }
    if (helper != 180 || args[0] != 11 || args[1] != 12 || !to->area) return 0;
    *r0 = (uint64_t)to->area;
    return 1;
}

TEST(btf_show, sequence)
{
    NEEDS_ELF();
    answers to = {0};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.ask = answer;
    host.user = &to;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    mybpf_object *object = show_load(vm, 2);
    if (object) {
        uint64_t meta[3] = {(uintptr_t)&to, 0, 0}, ctx[2] = {(uintptr_t)meta, 0}, flags = COMPACT, r0 = 0;
        mybpf_region region = {meta, sizeof meta, 0};
        mybpf_run_opts run = {0};
        mybpf_error error = {0};
        run.ctx = ctx;
        run.ctx_size = sizeof ctx;
        run.regions = &region;
        run.region_count = 1;
        memcpy(show_number(object, "flags"), &flags, sizeof flags);
        if (mybpf_program_run(mybpf_object_find_program(object, "sequence"), &run, &r0, &error))
            test_fail(__FILE__, __LINE__, "%s", error.message);
        CHECK_INT((int64_t)r0, 0);
        CHECK_TEXT(to.text, "(struct shown){.shape = (enum shape)ROUND,}");
        flags = NONAME | COMPACT | ZERO; /* longer than the host takes */
        memcpy(show_number(object, "flags"), &flags, sizeof flags);
        CHECK_INT(mybpf_program_run(mybpf_object_find_program(object, "sequence"), &run, &r0, NULL), 0);
        CHECK_INT((int32_t)r0, -75);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* bpf_find_vma(11, 12, area, ctx, flags): the function is called once, with the area, where there is one. */
TEST(btf_show, find_vma)
{
    static const char text[] =
        "*(u64 *)(r10 - 8) = 0\nr1 = 11\nr2 = 12\nr3 = code_addr(8) ll\nr4 = r10\nr4 += -8\n"
        "r5 = %d\ncall 180\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
        "r4 = *(u64 *)(r3 + 0)\nr4 += r1\nr4 += r2\n*(u64 *)(r3 + 0) = r4\nr0 = 0\nexit\n";
    static const struct {
        int flags;
        int64_t area, r0;
    } cases[] = {{0, 1000, 1011}, {0, 0, -2}, {1, 1000, -22}, {0, -13, -13}};
    answers to = {0};
    mybpf_host host = {0};
    mybpf_vm *vm = NULL;
    host.ask = answer;
    host.user = &to;
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int way = 0; way < 6; way++) {
            mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_KPROBE, NULL, 0};
            mybpf_load_opts opts = {0};
            mybpf_error error = {0};
            mybpf_object *object = NULL;
            char program[512];
            uint64_t r0 = 0;
            snprintf(program, sizeof program, text, cases[i].flags);
            opts.trust = (mybpf_trust)(way / 2);
            CHECK_INT(load_text(vm, program, &raw, &opts, &object, &error), 0);
            CASE("case %zu, way %d: %s", i, way, error.message);
            if (!object) break;
            if (way & 1) (void)mybpf_jit_compile(object, NULL, &error);
            to.area = cases[i].area;
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
            CHECK_INT((int64_t)r0, cases[i].r0);
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}
