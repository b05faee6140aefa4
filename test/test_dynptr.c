/* test_dynptr.c: dynptrs in every engine, what the verifier demands of them, and records from the host to
 * programs. */
#include "from_text.h"

#if defined(__linux__) && defined(__has_include)
#    if __has_include(<linux/bpf.h>)
#        define HAS_KERNEL 1
#        include <errno.h>
#        include <linux/bpf.h>
#        include <sys/syscall.h>
#        include <unistd.h>
extern long kernel_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */
#    endif
#endif

#define MAP    "map_by_idx(0) ll\n"
#define VALUE  "*(u32 *)(r10 - 4) = 0\nr1 = " MAP "r2 = r10\nr2 += -4\ncall 1\nif r0 == 0 goto out\nr7 = r0\n"
#define PTR(r) r " = r10\n" r " += -24\n"
#define LOCAL  VALUE "r1 = r7\nr2 = 32\nr3 = 0\n" PTR("r4") "call 197\n"
#define RECORD "r1 = " MAP "r2 = 16\nr3 = 0\n" PTR("r4") "call 198\n"
#define GIVE   PTR("r1") "r2 = 0\ncall 199\n"
#define END    "r0 = 0\nout:\nexit"

enum { ARRAY = MYBPF_MAP_TYPE_ARRAY, RING = MYBPF_MAP_TYPE_RINGBUF };
#define DYNPTR_ONLY                                                                                          \
    "a struct bpf_dynptr is for its helpers alone, in verified mode, and a record in it must be released"

static const struct row {
    const char *name;
    uint32_t type;
    const char *text;
    int64_t r0;
    const char *refused; /* part of the message */
} rows[] = {
    {"write", ARRAY,
     LOCAL
     "r6 = r0\n*(u64 *)(r10 - 32) = 77\n" PTR("r1") "r2 = 8\nr3 = r10\nr3 += -32\nr4 = 8\nr5 = 0\ncall 202\n"
                                                    "r0 += r6\nr1 = *(u64 *)(r7 + 8)\nr0 += r1\nout:\nexit",
     77, NULL},
    {"read", ARRAY,
     LOCAL "*(u64 *)(r7 + 24) = 9\nr1 = r10\nr1 += -32\nr2 = 8\n" PTR(
         "r3") "r4 = 24\nr5 = 0\ncall 201\nr0 = *(u64 *)(r10 - 32)\nout:\nexit",
     9, NULL},
    {"read behind the end", ARRAY,
     LOCAL "r1 = r10\nr1 += -32\nr2 = 8\n" PTR("r3") "r4 = 25\nr5 = 0\ncall 201\nout:\nexit", -7, NULL},
    {"write behind the end", ARRAY,
     LOCAL "*(u64 *)(r10 - 32) = 77\n" PTR(
         "r1") "r2 = 4294967295 ll\nr3 = r10\nr3 += -32\nr4 = 8\nr5 = 0\ncall 202\nout:\nexit",
     -7, NULL},
    {"flags", ARRAY, LOCAL "r1 = r10\nr1 += -32\nr2 = 8\n" PTR("r3") "r4 = 0\nr5 = 1\ncall 201\nout:\nexit",
     -22, NULL},
    {"flags of a new one", ARRAY,
     VALUE "r1 = r7\nr2 = 32\nr3 = 1\n" PTR("r4") "call 197\nr6 = r0\nr1 = r10\nr1 += -32\nr2 = 8\n" PTR(
         "r3") "r4 = 0\nr5 = 0\ncall 201\nr0 += r6\nout:\nexit",
     -44, NULL},
    {"a part of it", ARRAY,
     LOCAL PTR("r1") "r2 = 16\nr3 = 16\ncall 203\nif r0 == 0 goto out\n*(u64 *)(r0 + 8) = 5\nr0 = *(u64 "
                     "*)(r7 + 24)\nout:\nexit",
     5, NULL},
    {"a part that is not there", ARRAY,
     LOCAL PTR("r1") "r2 = 24\nr3 = 16\ncall 203\nif r0 == 0 goto out\nr0 = 1\nout:\nexit", 0, NULL},
    {"made anew", ARRAY,
     LOCAL "r1 = r7\nr2 = 8\nr3 = 0\n" PTR("r4") "call 197\nr1 = r10\nr1 += -32\nr2 = 8\n" PTR(
         "r3") "r4 = 1\nr5 = 0\ncall 201\nout:\nexit",
     -7, NULL},
    {"its place is used again", ARRAY,
     LOCAL "*(u64 *)(r10 - 24) = 4\n*(u64 *)(r10 - 16) = 5\nr0 = *(u64 *)(r10 - 16)\nout:\nexit", 5, NULL},
    {"record", RING,
     RECORD "*(u64 *)(r10 - 32) = 77\n" PTR(
         "r1") "r2 = 8\nr3 = r10\nr3 += -32\nr4 = 8\nr5 = 0\ncall 202\nr6 = r0\n" GIVE "r1 = " MAP
               "r2 = 0\ncall 134\nr0 += r6\nexit",
     24, NULL},
    {"record through a part of it", RING,
     RECORD PTR("r1") "r2 = 8\nr3 = 8\ncall 203\nif r0 == 0 goto none\n*(u64 *)(r0 + 0) = 7\nnone:\n" GIVE
                      "r1 = " MAP "r2 = 0\ncall 134\nexit",
     24, NULL},
    {"record that is too large", RING,
     "r1 = " MAP
     "r2 = 4096\nr3 = 0\n" PTR("r4") "call 198\nr6 = r0\n" PTR("r1") "r2 = 0\ncall 200\nr0 = r6\nexit",
     -22, NULL},
    {"its place after it was given", RING, RECORD GIVE "r0 = *(u64 *)(r10 - 24)\nexit", 0, NULL},

    {"record not given", RING, RECORD END, 0,
     "what a helper gave must be released on every path before the program ends"},
    {"record given twice", RING, RECORD GIVE GIVE END, 0, "argument 1 of ringbuf_submit_dynptr"},
    {"memory is no record", ARRAY, LOCAL GIVE END, 0, DYNPTR_ONLY},
    {"never made", RING, "r1 = r10\nr1 += -32\nr2 = 8\n" PTR("r3") "r4 = 0\nr5 = 0\ncall 201\n" END, 0,
     DYNPTR_ONLY},
    {"half of it", ARRAY,
     LOCAL "r1 = r10\nr1 += -32\nr2 = 8\nr3 = r10\nr3 += -16\nr4 = 0\nr5 = 0\ncall 201\n" END, 0,
     DYNPTR_ONLY},
    {"read as bytes", ARRAY, LOCAL "r0 = *(u64 *)(r10 - 24)\nout:\nexit", 0, DYNPTR_ONLY},
    {"read in part", ARRAY, LOCAL "r0 = *(u8 *)(r10 - 9)\nout:\nexit", 0, DYNPTR_ONLY},
    {"written over in part, then used", ARRAY,
     LOCAL "*(u8 *)(r10 - 9) = 1\n" PTR("r1") "r2 = 0\nr3 = 8\ncall 203\n" END, 0, DYNPTR_ONLY},
    {"record written over", RING, RECORD "*(u8 *)(r10 - 9) = 1\n" GIVE END, 0, DYNPTR_ONLY},
    {"record made over one", RING, RECORD RECORD GIVE END, 0, DYNPTR_ONLY},
    {"record written over by a helper", RING, RECORD "r1 = r10\nr1 += -12\nr2 = 4\ncall 16\n" GIVE END, 0,
     DYNPTR_ONLY},
    {"part of a record that is gone", RING,
     RECORD PTR("r1") "r2 = 8\nr3 = 8\ncall 203\nr6 = r0\n" GIVE
                      "if r6 == 0 goto out\n*(u64 *)(r6 + 0) = 7\n" END,
     0, "cannot prove the 8-byte write at r6 + 0"},
    {"part not compared with NULL", ARRAY,
     LOCAL PTR("r1") "r2 = 0\nr3 = 8\ncall 203\nr0 = *(u64 *)(r0 + 0)\nout:\nexit", 0,
     "compare it with NULL before this"},
    {"another part compared with NULL", RING,
     RECORD PTR("r1") "r2 = 0\nr3 = 8\ncall 203\nr6 = r0\n" PTR(
         "r1") "r2 = 9\nr3 = 8\ncall 203\nif r6 == 0 goto none\n"
               "r0 = *(u64 *)(r0 + 0)\nnone:\n" GIVE END,
     0, "compare it with NULL before this"},
    {"more than the part", ARRAY,
     LOCAL PTR("r1") "r2 = 0\nr3 = 8\ncall 203\nif r0 == 0 goto out\nr0 = *(u64 *)(r0 + 1)\nout:\nexit", 0,
     "bound the offset"},
    {"of the stack", ARRAY,
     "*(u64 *)(r10 - 32) = 0\nr1 = r10\nr1 += -32\nr2 = 8\nr3 = 0\n" PTR("r4") "call 197\n" END, 0,
     "argument 1 of dynptr_from_mem"},
    {"of more than the value", ARRAY, VALUE "r1 = r7\nr2 = 33\nr3 = 0\n" PTR("r4") "call 197\n" END, 0,
     "argument 1 of dynptr_from_mem"},
    {"not aligned", ARRAY, VALUE "r1 = r7\nr2 = 32\nr3 = 0\nr4 = r10\nr4 += -20\ncall 197\n" END, 0,
     "argument 4 of dynptr_from_mem"},
    {"not on the stack", ARRAY, VALUE "r1 = r7\nr2 = 8\nr3 = 0\nr4 = r7\ncall 197\n" END, 0,
     "argument 4 of dynptr_from_mem"},
    {"behind the stack", ARRAY, VALUE "r1 = r7\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -8\ncall 197\n" END, 0,
     "argument 4 of dynptr_from_mem"},
};

static mybpf_map *make_map(mybpf_vm *vm, uint32_t type)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.max_entries = 4096;
    if (type == ARRAY) desc.key_size = 4, desc.value_size = 32, desc.max_entries = 1;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

static mybpf_object *load(mybpf_vm *vm, const char *text, mybpf_map *map, mybpf_trust trust,
                          mybpf_error *error)
{
    mybpf_raw_desc raw = {"main", 0, &map, 1};
    mybpf_load_opts opts;
    mybpf_object *object;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    load_text(vm, text, &raw, &opts, &object, error);
    return object;
}

TEST(dynptr, every_engine)
{
    mybpf_vm *vm = vm_with_jit();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int engine = 0; engine < 3; engine++) { /* interpreter, JIT, an image */
            const struct row *r = &rows[i];
            mybpf_map *map = make_map(vm, r->type);
            mybpf_error error = {0};
            uint64_t r0 = 0;
            CASE("%s, engine %d", r->name, engine);
            mybpf_object *object = load(vm, r->text, map, MYBPF_VERIFIED, &error);
            mybpf_map_unref(map);
            if (r->refused) {
                CHECK(!object);
                if (!strstr(error.message, r->refused)) test_fail(__FILE__, __LINE__, "%s", error.message);
            } else if (!object) {
                test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
            } else {
                if (engine == 2) {
                    mybpf_object *image = image_of(vm, object, 0, NULL);
                    mybpf_object_close(object);
                    object = image;
                }
                if (engine != 1 || !mybpf_jit_compile(object, NULL, &error)) {
                    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
                    CHECK_INT((int64_t)r0, r->r0);
                }
            }
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}

#ifdef HAS_KERNEL
static int command(int what, union bpf_attr *attr)
{
    int result = (int)kernel_syscall(SYS_bpf, (long)what, attr, sizeof *attr);
    return result < 0 ? -errno : result;
}

/* The kernel's verdict, and what its run returns; -EPERM and so on where it cannot be asked. */
static int kernel_run(const struct row *r, int64_t *r0, int *accepted)
{
    static uint8_t packet[64];
    mybpf_insn insns[96];
    mybpf_error error = {0};
    union bpf_attr attr;
    int64_t count = mybpf_assemble(r->text, strlen(r->text), insns, 96, &error);
    memset(&attr, 0, sizeof attr);
    attr.map_type = r->type;
    attr.max_entries = r->type == ARRAY ? 1 : 4096;
    attr.key_size = r->type == ARRAY ? 4 : 0;
    attr.value_size = r->type == ARRAY ? 32 : 0;
    int map = command(BPF_MAP_CREATE, &attr);
    if (map < 0) return map;
    for (int64_t i = 0; i < count; i++)
        if (insns[i].code == 0x18 && insns[i].src_reg == MYBPF_PSEUDO_MAP_IDX)
            insns[i].src_reg = BPF_PSEUDO_MAP_FD, insns[i].imm = map;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
    attr.insns = (uint64_t)(uintptr_t)insns;
    attr.insn_cnt = (uint32_t)count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    int program = command(BPF_PROG_LOAD, &attr);
    *accepted = program >= 0;
    close(map);
    if (program < 0) return 0;
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (unsigned)program;
    attr.test.data_in = (uint64_t)(uintptr_t)packet;
    attr.test.data_size_in = sizeof packet;
    int status = command(BPF_PROG_TEST_RUN, &attr);
    close(program);
    *r0 = (int32_t)attr.test.retval;
    return status;
}

TEST(dynptr, as_the_kernel)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t r0 = 0;
        int accepted = 0;
        CASE("%s", rows[i].name);
        if (kernel_run(&rows[i], &r0, &accepted)) SKIP("no bpf() here");
        CHECK_INT(accepted, !rows[i].refused);
        if (accepted) CHECK_INT(r0, rows[i].r0);
    }
}
#endif

/* Nothing watches a dynptr's bytes at run time. */
TEST(dynptr, not_in_guarded_mode)
{
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = make_map(vm, ARRAY);
    mybpf_error error = {0};
    mybpf_object *object = load(vm, rows[0].text, map, MYBPF_GUARDED, &error);
    CHECK(!object);
    if (!strstr(error.message, DYNPTR_ONLY)) test_fail(__FILE__, __LINE__, "%s", error.message);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- user ring buffers ---- */

/* Adds the first byte of each record, and 100 for each; a record that begins with 9 is the last. */
static const char *const drain =
    "*(u64 *)(r10 - 8) = 0\nr1 = " MAP
    "r2 = code_addr(9) ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall 209\nr0 *= 100\n"
    "r1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
    "r6 = r2\nr3 = r1\nr1 = r10\nr1 += -8\nr2 = 1\nr4 = 0\nr5 = 0\ncall 201\nr1 = *(u8 *)(r10 - 8)\n"
    "r2 = *(u64 *)(r6 + 0)\nr2 += r1\n*(u64 *)(r6 + 0) = r2\nr0 = 0\nif r1 != 9 goto out\nr0 = 1\nout:\nexit";

static void send(mybpf_map *map, uint8_t first, int discard)
{
    uint8_t *sample = (uint8_t *)mybpf_user_ring_buffer_reserve(map, 20);
    if (!sample) {
        test_fail(__FILE__, __LINE__, "no room");
        return;
    }
    memset(sample, first, 20);
    if (discard)
        mybpf_user_ring_buffer_discard(sample);
    else
        mybpf_user_ring_buffer_submit(sample);
}

/* By hand, as user space of Linux does it: what stands in the ring's memory is not believed. */
static void post(uint8_t *memory, uint32_t size, uint8_t first, uint32_t bits)
{
    uintptr_t *producer = (uintptr_t *)(void *)memory;
    uint32_t *header = (uint32_t *)(void *)(memory + MYBPF_MAP_PAGE + *producer % 4096);
    header[0] = size | 0x80000000u;
    header[1] = 0;
    __atomic_store_n(producer, *producer + (size + 15) / 8 * 8, __ATOMIC_RELEASE);
    memset(header + 2, first, size);
    __atomic_exchange_n(header, size | bits, __ATOMIC_ACQ_REL);
}

TEST(dynptr, user_ring_buffer_by_hand)
{
    enum { PAGE = MYBPF_MAP_PAGE };
    static const uint32_t sizes[] = {20, 4080, 1000, 0, 3001, 4088};
    mybpf_vm *vm = vm_with_jit();
    mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_USER_RINGBUF);
    mybpf_error error = {0};
    uint64_t r0 = 0;
    void *positions = NULL, *memory = NULL;
    mybpf_object *object = load(vm, drain, map, MYBPF_VERIFIED, &error);
    const mybpf_program *program = object ? mybpf_object_program(object, 0) : NULL;
    if (!program) test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
    CHECK_INT(mybpf_map_mmap(map, PAGE, 0, 0, &positions), 0);
    CHECK_INT(mybpf_map_mmap(map, PAGE + 2 * 4096, 1, PAGE, &memory), 0);
    const uintptr_t *consumer = (const uintptr_t *)positions;
    uintptr_t *producer = (uintptr_t *)memory;
    for (int i = 0; program && i < 200; i++) {
        uint32_t size = sizes[i % 6];
        int discard = i % 5 == 0, full;
        CASE("sample %d of %u bytes", i, size);
        post((uint8_t *)memory, size, 3, discard ? 0x40000000u : 0);
        CHECK_INT(mybpf_program_run(program, NULL, &r0, NULL), 0);
        CHECK_INT(r0, discard ? 0 : size ? 103 : 100); /* of nothing nothing is read */
        CHECK_INT(*consumer, *producer);
        if (i % 7) continue;
        send(map, 2, 0); /* by the library in between */
        full = mybpf_user_ring_buffer_reserve(map, 4070) == NULL;
        CHECK_INT(full, 1);
        CHECK_INT(mybpf_program_run(program, NULL, &r0, NULL), 0);
        CHECK_INT(r0, 102);
    }
    uintptr_t end = *producer;
    uint32_t *header = (uint32_t *)(void *)((uint8_t *)memory + PAGE + end % 4096);
    static const struct {
        uint32_t word, more;
        int64_t result;
    } bad[] = {{8, 16 + 4, -22},
               {16, 16, -22},
               {0x80000010u, 16, -22},
               {0x3fffffff, 4096, -22},
               {4096, 4096 + 8, -7},
               {0x80000008u, 16, 0},
               {8, 0, 0}};
    for (size_t i = 0; program && i < sizeof bad / sizeof *bad; i++) {
        CASE("bad sample %d", (int)i);
        header[0] = bad[i].word;
        *producer = end + bad[i].more;
        CHECK_INT(mybpf_program_run(program, NULL, &r0, NULL), 0);
        if (bad[i].result) /* the program makes 100 times as much of it, and adds nothing */
            CHECK_INT((int64_t)r0, 100 * bad[i].result);
        else
            CHECK_INT(r0, 0);
        CHECK_INT(*consumer, end);
    }
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

TEST(dynptr, user_ring_buffer)
{
    mybpf_vm *vm = vm_with_jit();
    for (int native = 0; native < 2; native++) {
        mybpf_map *map = make_map(vm, MYBPF_MAP_TYPE_USER_RINGBUF), *other = make_map(vm, RING);
        mybpf_error error = {0};
        uint64_t r0 = 0;
        CASE("native %d", native);
        mybpf_object *object = load(vm, drain, map, MYBPF_VERIFIED, &error);
        if (!object) test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
        if (object && native && mybpf_jit_compile(object, NULL, &error)) {
            mybpf_object_close(object);
            object = NULL;
        }
        const mybpf_program *program = object ? mybpf_object_program(object, 0) : NULL;
        for (int round = 0; program && round < 300; round++) { /* round and round the ring */
            send(map, 1, 0);
            send(map, 2, 1);
            send(map, 9, 0);
            send(map, 4, 0);
            CHECK_INT(mybpf_program_run(program, NULL, &r0, NULL), 0);
            CHECK_INT(r0, 210);
            CHECK_INT(mybpf_program_run(program, NULL, &r0, NULL), 0);
            CHECK_INT(r0, 104);
            CHECK_INT(mybpf_program_run(program, NULL, &r0, NULL), 0);
            CHECK_INT(r0, 0);
        }
        CHECK(!mybpf_user_ring_buffer_reserve(map, 4096));
        CHECK(!mybpf_user_ring_buffer_reserve(other, 8));
        mybpf_object_close(object);
        mybpf_map_unref(map);
        mybpf_map_unref(other);
    }
    mybpf_vm_destroy(vm);
}
