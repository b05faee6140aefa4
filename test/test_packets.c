/* test_packets.c: mybpf_program_test_run: programs on packets, next to the kernel's BPF_PROG_TEST_RUN where
 * there is one. */
#include "mybpf.h"
#include "mybpf_jit.h"
#include "test.h"

#include <stdlib.h>

#define TYPE(name) MYBPF_PROG_TYPE_##name

static uint64_t count_calls;
static uint64_t mocked(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_env *env)
{
    (void)r1, (void)r2, (void)r3, (void)r4, (void)r5;
    count_calls++;
    return *(uint64_t *)mybpf_env_user(env);
}

static mybpf_object *load(mybpf_vm *vm, const char *text, uint32_t type, mybpf_trust trust, uint32_t ctx_size)
{
    mybpf_insn insns[128];
    mybpf_raw_desc raw = {"main", 0, NULL, 0};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    int64_t count = mybpf_assemble(text, strlen(text), insns, 128, &error);
    raw.type = type;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.ctx_size = ctx_size;
    if (count < 0 || mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, &error) ||
        mybpf_object_load(object, &opts, &error))
        test_fail(__FILE__, __LINE__, "line %u: %s", error.line, error.message);
    return object;
}

static mybpf_vm *vm_new(void)
{
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    return vm;
}

/* Is there memory for packets on this machine? */
static int has_memory(mybpf_vm *vm)
{
    void *memory = mybpf_packet_alloc(vm, 1);
    mybpf_packet_free(vm, memory, 1);
    return memory != NULL;
}
#define NEEDS_MEMORY(vm)                                                                                     \
    if (!has_memory(vm)) {                                                                                   \
        mybpf_vm_destroy(vm);                                                                                \
        SKIP("no memory below 4 GiB here");                                                                  \
    }

/* Puts 0x55 into the packet's byte 0 and gives back its byte 1; 1 for one that is too short. */
static const char touch[] = "r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr0 = 1\nr4 = r2\nr4 += 2\n"
                            "if r4 > r3 goto +3\n*(u8 *)(r2 + 0) = 0x55\nr0 = *(u8 *)(r2 + 1)\nexit\nexit";

TEST(packets, xdp)
{
    uint8_t packet[64], out[80];
    mybpf_test_run_opts test;
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    NEEDS_MEMORY(vm)
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_TRUSTED; trust++) {
        mybpf_object *object =
            load(vm, touch, TYPE(XDP), (mybpf_trust)trust, trust == MYBPF_GUARDED ? 24 : 0);
        for (int jit = 0; jit < 2; jit++) {
            CASE("trust %d, jit %d", trust, jit);
            if (jit && mybpf_jit_compile(object, NULL, &error)) continue; /* not on this machine */
            for (size_t i = 0; i < sizeof packet; i++) packet[i] = (uint8_t)(i + 1);
            memset(out, 0xee, sizeof out);
            memset(&test, 0, sizeof test);
            memset(&error, 0, sizeof error);
            test.data_in = packet;
            test.data_size_in = sizeof packet;
            test.data_out = out;
            test.data_size_out = sizeof out;
            test.repeat = 3;
            CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
            CHECK_TEXT(error.message, "");
            CHECK_INT(test.retval, 2);
            CHECK_INT(test.data_size_out, sizeof packet);
            CHECK_INT(packet[0], 1);
            CHECK_INT(out[0], 0x55);
            CHECK(!memcmp(out + 1, packet + 1, sizeof packet - 1));
            CHECK_INT(out[sizeof packet], 0xee);
            /* No room, and none asked for. */
            memset(out, 0xee, sizeof out);
            test.data_size_out = 10;
            CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error),
                      MYBPF_ERR_LIMIT);
            CHECK_TEXT(error.message, "data_out has no room for 64 bytes");
            CHECK_INT(test.data_size_out, 64);
            CHECK_INT(out[9], 10);
            CHECK_INT(out[10], 0xee);
            test.data_out = NULL;
            CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
            /* An empty packet is one, too. */
            memset(&test, 0, sizeof test);
            memset(&error, 0, sizeof error);
            CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
            CHECK_INT(test.retval, 1);
            CHECK_INT(test.data_size_out, 0);
        }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(packets, own_memory)
{
    uint8_t packet[64] = {1, 2, 3};
    size_t size = mybpf_test_run_memory(sizeof packet);
    mybpf_test_run_opts test;
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    NEEDS_MEMORY(vm)
    mybpf_object *object = load(vm, touch, TYPE(XDP), MYBPF_VERIFIED, 0);
    const mybpf_program *program = mybpf_object_program(object, 0);
    memset(&test, 0, sizeof test);
    test.data_in = packet;
    test.data_size_in = sizeof packet;
    test.memory = mybpf_packet_alloc(vm, size);
    test.memory_size = size;
    CHECK_INT(mybpf_program_test_run(program, &test, &error), 0);
    CHECK_INT(test.retval, 2);
    test.memory_size--;
    CHECK_INT(mybpf_program_test_run(program, &test, &error), MYBPF_ERR_ARGUMENT);
    mybpf_packet_free(vm, test.memory, size);
    if (sizeof(void *) == 8) {
        static uint8_t high[8192];
        uint8_t *heap = (uint8_t *)malloc(8192);
        test.memory = (uint64_t)(uintptr_t)high >> 32 ? high : heap;
        test.memory_size = 8192;
        if ((uint64_t)(uintptr_t)test.memory >> 32) {
            CHECK_INT(mybpf_program_test_run(program, &test, &error), MYBPF_ERR_ARGUMENT);
            CHECK_TEXT(error.message, "memory is not below 4 GiB: the context's addresses have 32 bits");
        }
        free(heap);
    }
    test.memory = NULL;
    test.data_in = NULL;
    CHECK_INT(mybpf_program_test_run(program, &test, &error), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_program_test_run(NULL, &test, &error), MYBPF_ERR_ARGUMENT);
    CHECK_INT(mybpf_program_test_run(program, NULL, &error), MYBPF_ERR_ARGUMENT);
    test.data_in = packet;
    test.data_size_in = (size_t)INT32_MAX + 1;
    CHECK_INT(mybpf_program_test_run(program, &test, &error), MYBPF_ERR_LIMIT);
    mybpf_packet_free(vm, NULL, 5);
    CHECK(mybpf_packet_alloc(vm, 0) == NULL);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

#if MYBPF_BIG_ENDIAN
#    define PROTOCOL "0x86dd"
#else
#    define PROTOCOL "0xdd86"
#endif

/* What a context with a packet says before, and after. */
TEST(packets, context)
{
    static const struct {
        uint32_t data, data_end, data_meta;
        int status;
        uint32_t retval;
    } rows[] = {{0, 0, 0, 0, 0},    {0, 32, 0, 0, 0},         {8, 32, 0, 0, 8},  {8, 0, 0, 0, 8},
                {32, 32, 0, 0, 32}, {33, 32, 0, -1, 0},       {0, 31, 0, -1, 0}, {0, 33, 0, -1, 0},
                {0, 32, 4, -1, 0},  {0, UINT32_MAX, 0, -1, 0}};
    uint8_t packet[32] = {0};
    uint32_t ctx[6], out[6];
    mybpf_test_run_opts test;
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    NEEDS_MEMORY(vm)
    mybpf_object *object = load(
        vm, "r0 = *(u32 *)(r1 + 0)\nr2 = *(u32 *)(r1 + 8)\nr0 -= r2\nr3 = *(u32 *)(r1 + 16)\nr0 += r3\nexit",
        TYPE(XDP), MYBPF_VERIFIED, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CASE("row %d", (int)i);
        memset(ctx, 0, sizeof ctx);
        memset(&test, 0, sizeof test);
        ctx[0] = rows[i].data;
        ctx[1] = rows[i].data_end;
        ctx[2] = rows[i].data_meta;
        ctx[4] = 1000; /* rx_queue_index */
        test.ctx_in = ctx;
        test.ctx_size_in = 20;
        test.ctx_out = out;
        test.ctx_size_out = sizeof out;
        test.data_in = packet;
        test.data_size_in = sizeof packet;
        int status = mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error);
        CHECK_INT(status, rows[i].status ? MYBPF_ERR_ARGUMENT : 0);
        if (status) continue;
        CHECK_INT(test.retval, rows[i].retval + 1000);
        CHECK_INT(test.ctx_size_out, 24);
        CHECK_INT(out[0], rows[i].data);
        CHECK_INT(out[1], 32);
        CHECK_INT(out[2], 0);
        CHECK_INT(out[4], 1000);
        CHECK_INT(test.data_size_out, 32);
        test.ctx_size_out = 4;
        CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), MYBPF_ERR_LIMIT);
        CHECK_TEXT(error.message, "ctx_out has no room for 24 bytes");
    }
    mybpf_object_close(object);
    /* Of a __sk_buff with metadata: its length is that of the packet, whose headers tell the protocol. */
    object =
        load(vm, "r0 = *(u32 *)(r1 + 0)\nr2 = *(u32 *)(r1 + 16)\nif w2 == " PROTOCOL " goto +1\nr0 = 0\nexit",
             TYPE(SCHED_CLS), MYBPF_VERIFIED, 0);
    memset(&test, 0, sizeof test);
    uint32_t skb[20] = {0};
    skb[19] = 8;
    packet[8 + 12] = 0x86, packet[8 + 13] = 0xdd;
    test.ctx_in = skb;
    test.ctx_size_in = sizeof skb;
    test.data_in = packet;
    test.data_size_in = sizeof packet;
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
    CHECK_INT(test.retval, 24);
    CHECK_INT(test.data_size_out, 32);
    mybpf_object_close(object);
    /* Addresses that a program without proof leaves there are not followed. */
    object = load(vm, "*(u32 *)(r1 + 4) = 16\nr0 = 0\nexit", TYPE(XDP), MYBPF_GUARDED, 24);
    memset(&test, 0, sizeof test);
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), MYBPF_FAULT_ACCESS);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* Contexts without a packet: plain memory in and out; commands and unknown types have packets for LD_ABS. */
TEST(packets, plain)
{
    static const uint8_t packet[] = {1, 2, 3, 4};
    uint64_t ctx[2] = {5, 6}, out[2] = {0, 0};
    mybpf_test_run_opts test;
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    mybpf_object *object =
        load(vm, "r0 = *(u64 *)(r1 + 8)\n*(u64 *)(r1 + 0) = 9\nexit", TYPE(SYSCALL), MYBPF_VERIFIED, 0);
    memset(&test, 0, sizeof test);
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), MYBPF_ERR_ARGUMENT);
    test.ctx_in = ctx;
    test.ctx_size_in = sizeof ctx;
    test.ctx_out = out;
    test.ctx_size_out = sizeof out;
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
    CHECK_INT(test.retval, 6);
    CHECK_INT(ctx[0], 5);
    CHECK_INT(out[0], 9);
    CHECK_INT(test.ctx_size_out, sizeof out);
    mybpf_object_close(object);
    object = load(vm, "r6 = r1\nr0 = *(u16 *)skb[2]\nexit", TYPE(UNSPEC), MYBPF_VERIFIED, 0);
    memset(&test, 0, sizeof test);
    test.data_in = packet;
    test.data_size_in = sizeof packet;
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
    CHECK_INT(test.retval, 0x304);
    mybpf_object_close(object);
    NEEDS_MEMORY(vm)
    object = load(vm, "r6 = r1\nr0 = *(u16 *)skb[2]\nexit", TYPE(SOCKET_FILTER), MYBPF_VERIFIED, 0);
    memset(&test, 0, sizeof test);
    test.data_in = packet;
    test.data_size_in = sizeof packet;
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
    CHECK_INT(test.retval, 0x304);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A helper that the test puts in the place of a built-in one, and user data for it. */
TEST(packets, mock)
{
    uint64_t answer = 77;
    mybpf_test_run_opts test;
    mybpf_run_opts run;
    mybpf_helper helper;
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    NEEDS_MEMORY(vm)
    memset(&helper, 0, sizeof helper);
    helper.id = 5;
    helper.name = "ktime_get_ns";
    helper.fn = mocked;
    CHECK_INT(mybpf_helper_register(vm, &helper, &error), 0);
    mybpf_object *object = load(vm, "call 5\nexit", TYPE(XDP), MYBPF_VERIFIED, 0);
    memset(&test, 0, sizeof test);
    memset(&run, 0, sizeof run);
    run.user = &answer;
    test.run = &run;
    test.repeat = 10;
    count_calls = 0;
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), 0);
    CHECK_INT(test.retval, 77);
    CHECK_INT(count_calls, 10);
    run.region_count = 1;
    CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test, &error), MYBPF_ERR_ARGUMENT);
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

TEST(packets, verdicts)
{
    static const struct {
        uint32_t type;
        int value;
        const char *name;
    } rows[] = {{TYPE(XDP), 0, "XDP_ABORTED"},
                {TYPE(XDP), 4, "XDP_REDIRECT"},
                {TYPE(XDP), 5, NULL},
                {TYPE(SCHED_CLS), -1, "TC_ACT_UNSPEC"},
                {TYPE(SCHED_ACT), 2, "TC_ACT_SHOT"},
                {TYPE(SCHED_CLS), 9, NULL},
                {TYPE(SK_SKB), 1, "SK_PASS"},
                {TYPE(SK_MSG), 0, "SK_DROP"},
                {TYPE(SK_LOOKUP), 1, "SK_PASS"},
                {TYPE(SK_REUSEPORT), 1, "SK_PASS"},
                {TYPE(LWT_IN), 2, "BPF_DROP"},
                {TYPE(LWT_XMIT), 128, "BPF_LWT_REROUTE"},
                {TYPE(FLOW_DISSECTOR), 0, "BPF_OK"},
                {TYPE(FLOW_DISSECTOR), 129, "BPF_FLOW_DISSECTOR_CONTINUE"},
                {TYPE(LWT_SEG6LOCAL), 7, "BPF_REDIRECT"},
                {TYPE(NETFILTER), 1, "NF_ACCEPT"},
                {TYPE(NETFILTER), 2, NULL},
                {TYPE(KPROBE), 0, NULL},
                {TYPE(SOCKET_FILTER), 0, NULL},
                {1000, 0, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = mybpf_verdict_name(rows[i].type, (uint32_t)rows[i].value);
        CASE("type %u, %d", rows[i].type, rows[i].value);
        CHECK_TEXT(name ? name : "none", rows[i].name ? rows[i].name : "none");
    }
    CHECK_TEXT(mybpf_verdict_name(TYPE(XDP), 0xffffffff00000002u), "XDP_PASS");
    CHECK_INT(MYBPF_TC_ACT_UNSPEC, -1);
    CHECK_INT(MYBPF_XDP_TX, 3);
}

/* ---- the kernel ---- */

#if defined(__linux__) && defined(__x86_64__)
#    include <linux/bpf.h>
#    include <sys/syscall.h>
#    include <unistd.h>
extern long packets_syscall(long number, ...) __asm__("syscall");

/* Writes fields of the context into the packet, then gives one of them back. */
static const char tell[] =
    "r2 = *(u32 *)(r1 + DATA)\nr3 = *(u32 *)(r1 + END)\nr0 = 7\nr4 = r2\nr4 += 64\nif r4 <= r3 goto +1\n"
    "exit\nBODY r0 = 2\nexit";
#    define FIELD(from, to) "r4 = *(u32 *)(r1 + " #    from ")\n*(u32 *)(r2 + " #    to ") = r4\n"

static const struct {
    uint32_t type;
    const char *body;
} kernel_rows[] = {
    {TYPE(XDP), FIELD(12, 0) FIELD(16, 4) "r4 = *(u32 *)(r1 + 8)\nr4 = r2\n"},
    {TYPE(SCHED_CLS), FIELD(0, 0) FIELD(16, 4) FIELD(8, 8) FIELD(12, 24) FIELD(32, 28) FIELD(36, 32)
                          FIELD(40, 36) FIELD(44, 40) FIELD(48, 44) FIELD(164, 52)
                              FIELD(176, 56) "r4 = 5\n*(u32 *)(r1 + 8) = r4\n*(u32 *)(r1 + 48) = r4\n"},
};

static void expand(char *text, size_t size, const char *from, uint32_t type, const char *body)
{
    size_t used = 0;
    for (; *from && used + 600 < size; from++) {
        const char *put = !strncmp(from, "DATA", 4)   ? (type == TYPE(XDP) ? "0" : "76")
                          : !strncmp(from, "END", 3)  ? (type == TYPE(XDP) ? "4" : "80")
                          : !strncmp(from, "BODY", 4) ? body
                                                      : NULL;
        if (!put) {
            text[used++] = *from;
            continue;
        }
        used += (size_t)snprintf(text + used, size - used, "%s", put);
        from += *from == 'E' ? 2 : 3;
    }
    text[used] = 0;
}

/* 1, or 0 when there is no kernel to ask. */
static int ask_kernel(const char *text, uint32_t type, mybpf_test_run_opts *test)
{
    mybpf_insn insns[128];
    union bpf_attr attr;
    int64_t count = mybpf_assemble(text, strlen(text), insns, 128, NULL);
    static char log[8192];
    memset(&attr, 0, sizeof attr);
    attr.prog_type = type;
    attr.insns = (uint64_t)(uintptr_t)insns;
    attr.insn_cnt = (uint32_t)count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    attr.log_buf = (uint64_t)(uintptr_t)log;
    attr.log_size = sizeof log;
    attr.log_level = 1;
    int fd = (int)packets_syscall(SYS_bpf, (long)BPF_PROG_LOAD, &attr, sizeof attr);
    if (fd < 0) {
        if (log[0]) test_fail(__FILE__, __LINE__, "the kernel refuses: %s", log);
        return 0;
    }
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (uint32_t)fd;
    attr.test.data_in = (uint64_t)(uintptr_t)test->data_in;
    attr.test.data_size_in = (uint32_t)test->data_size_in;
    attr.test.data_out = (uint64_t)(uintptr_t)test->data_out;
    attr.test.data_size_out = (uint32_t)test->data_size_out;
    attr.test.ctx_in = (uint64_t)(uintptr_t)test->ctx_in;
    attr.test.ctx_size_in = (uint32_t)test->ctx_size_in;
    attr.test.ctx_out = (uint64_t)(uintptr_t)test->ctx_out;
    attr.test.ctx_size_out = (uint32_t)test->ctx_size_out;
    attr.test.repeat = test->repeat ? test->repeat : 1;
    int status = (int)packets_syscall(SYS_bpf, (long)BPF_PROG_TEST_RUN, &attr, sizeof attr);
    close(fd);
    test->retval = attr.test.retval;
    test->data_size_out = attr.test.data_size_out;
    test->ctx_size_out = attr.test.ctx_size_out;
    return status ? -1 : 1;
}

TEST(packets, kernel)
{
    static uint8_t packet[80], out[2][4096];
    uint32_t ctx[48], ctx_out[2][48];
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    NEEDS_MEMORY(vm)
    for (size_t i = 0; i < sizeof packet; i++) packet[i] = (uint8_t)(i < 12 ? 0 : i);
    packet[12] = 0x86, packet[13] = 0xdd;
    for (size_t i = 0; i < 2 * sizeof kernel_rows / sizeof *kernel_rows; i++) {
        uint32_t type = kernel_rows[i / 2].type;
        size_t ctx_size = type == TYPE(XDP) ? 24 : 192;
        char text[2048];
        mybpf_test_run_opts test[2];
        CASE("row %d", (int)i);
        memset(ctx, 0, sizeof ctx);
        if (type == TYPE(XDP))
            ctx[0] = 8, ctx[1] = sizeof packet;
        else
            ctx[2] = 0xabcd, ctx[8] = 3, ctx[12] = 17; /* mark, priority, cb[0] */
        expand(text, sizeof text, tell, type, kernel_rows[i / 2].body);
        memset(test, 0, sizeof test);
        memset(ctx_out, 0, sizeof ctx_out);
        for (int k = 0; k < 2; k++) {
            test[k].data_in = packet;
            test[k].data_size_in = sizeof packet;
            test[k].data_out = out[k];
            test[k].data_size_out = sizeof out[k];
            if (i % 2 == 0) continue;
            test[k].ctx_in = ctx;
            test[k].ctx_size_in = ctx_size;
            test[k].ctx_out = ctx_out[k];
            test[k].ctx_size_out = ctx_size;
        }
        int asked = ask_kernel(text, type, &test[0]);
        if (!asked) {
            mybpf_vm_destroy(vm);
            SKIP("bpf() is not allowed here");
        }
        CHECK_INT(asked, 1);
        mybpf_object *object = load(vm, text, type, MYBPF_VERIFIED, 0);
        CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test[1], &error), 0);
        CHECK_TEXT(error.message, "");
        CHECK_INT(test[1].retval, test[0].retval);
        CHECK_INT(test[1].data_size_out, test[0].data_size_out);
        for (size_t b = 0; b < sizeof packet; b++)
            if (out[0][b] != out[1][b])
                test_fail(__FILE__, __LINE__, "byte %d of the packet is %d, not %d", (int)b, out[1][b],
                          out[0][b]);
        for (size_t w = 0; i % 2 && w < ctx_size / 4; w++)
            /* The kernel tells neither len, protocol and data_end of a __sk_buff nor the interface it made
             * up. */
            if (ctx_out[0][w] != ctx_out[1][w] &&
                (type == TYPE(XDP) ? w != 3 : (w != 0 && w != 4 && w != 20)))
                test_fail(__FILE__, __LINE__, "byte %d of the context is 0x%x, not 0x%x", (int)w * 4,
                          ctx_out[1][w], ctx_out[0][w]);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* Helpers that move the packet's ends: where it is afterwards, also when the program runs again on what it
 * left. */
TEST(packets, moved)
{
#    define CALL(helper, by) "r2 = " #    by "\ncall " #    helper "\nexit"
    static const struct {
        uint32_t type;
        const char *text;
        uint32_t repeat;
    } rows[] = {{TYPE(XDP), CALL(44, 14), 1},
                {TYPE(XDP), CALL(44, -20), 1},
                {TYPE(XDP), CALL(44, -20), 3},
                {TYPE(XDP), CALL(44, -217), 1},
                {TYPE(XDP), CALL(44, 14), 2},
                {TYPE(XDP), CALL(44, 60), 3},
                {TYPE(XDP), CALL(44, 66), 1},
                {TYPE(XDP), CALL(44, 67), 1},
                {TYPE(XDP), CALL(65, -10), 3},
                {TYPE(XDP), CALL(65, 100), 3},
                {TYPE(XDP), CALL(65, -66), 1},
                {TYPE(XDP), CALL(65, -67), 1},
                {TYPE(XDP), CALL(54, -8), 1},
                {TYPE(XDP), CALL(54, -8), 2},
                {TYPE(XDP), CALL(54, -5), 1},
                {TYPE(XDP), CALL(54, -32), 1},
                {TYPE(XDP), CALL(54, 4), 1},
                {TYPE(XDP), CALL(54, 12), 1},
                {TYPE(SCHED_CLS), "r2 = 100\nr3 = 0\ncall 38\nexit", 2}, /* skb_change_tail */
                {TYPE(SCHED_CLS), "r2 = 40\nr3 = 0\ncall 38\nexit", 1},
                {TYPE(SCHED_CLS), "r2 = 10\nr3 = 0\ncall 43\nexit", 3},                 /* skb_change_head */
                {TYPE(SCHED_CLS), "r2 = 0x81\nr2 = be16 r2\nr3 = 5\ncall 18\nexit", 1}, /* skb_vlan_push */
                {TYPE(SCHED_ACT), "call 19\nexit", 1}};                                 /* skb_vlan_pop */
#    undef CALL
    static uint8_t packet[80], out[2][4096];
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    NEEDS_MEMORY(vm)
    for (size_t i = 0; i < sizeof packet; i++) packet[i] = (uint8_t)i;
    packet[12] = 0x08, packet[13] = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t ctx[48] = {0}, ctx_out[2][48];
        mybpf_test_run_opts test[2];
        int xdp = rows[i].type == TYPE(XDP);
        CASE("row %d", (int)i);
        memset(test, 0, sizeof test);
        memset(ctx_out, 0, sizeof ctx_out);
        memset(out, 0, sizeof out);
        ctx[0] = 8, ctx[1] = sizeof packet;
        for (int k = 0; k < 2; k++) {
            test[k].data_in = packet;
            test[k].data_size_in = sizeof packet;
            test[k].data_out = out[k];
            test[k].data_size_out = sizeof out[k];
            test[k].repeat = rows[i].repeat;
            if (!xdp) continue;
            test[k].ctx_in = ctx;
            test[k].ctx_size_in = 24;
            test[k].ctx_out = ctx_out[k];
            test[k].ctx_size_out = 24;
        }
        int asked = ask_kernel(rows[i].text, rows[i].type, &test[0]);
        if (!asked) {
            mybpf_vm_destroy(vm);
            SKIP("bpf() is not allowed here");
        }
        CHECK_INT(asked, 1);
        mybpf_object *object = load(vm, rows[i].text, rows[i].type, MYBPF_VERIFIED, 0);
        CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test[1], &error), 0);
        CHECK_TEXT(error.message, "");
        CHECK_INT((int32_t)test[1].retval, (int32_t)test[0].retval);
        CHECK_INT(test[1].data_size_out, test[0].data_size_out);
        CHECK(memcmp(out[0], out[1], sizeof out[0]) == 0);
        for (int w = 0; w < 3; w++) CHECK_INT(ctx_out[1][w], ctx_out[0][w]);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* Programs that Linux runs behind the Ethernet header: its test run is given one, and takes it off. */
TEST(packets, without_ethernet)
{
#    define ETHERNET 14
    static const uint32_t types[] = {TYPE(LWT_IN), TYPE(LWT_OUT), TYPE(LWT_XMIT), TYPE(CGROUP_SKB)};
    static const char *const fields[] = {
        "r0 = *(u32 *)(r1 + 0)\n",  /* len */
        "r0 = *(u32 *)(r1 + 16)\n", /* protocol */
        "r2 = *(u32 *)(r1 + 76)\nr3 = *(u32 *)(r1 + 80)\nr0 = r3\nr0 -= r2\n",
        "r2 = *(u32 *)(r1 + 76)\nr3 = *(u32 *)(r1 + 80)\nr0 = 0\nr4 = r2\nr4 += 20\nif r4 > r3 goto +1\nr0 = "
        "*(u8 *)(r2 + 9)\n"};
    static uint8_t packet[80];
    mybpf_error error = {0};
    mybpf_vm *vm = vm_new();
    NEEDS_MEMORY(vm)
    for (size_t i = 0; i < 2 * sizeof fields / sizeof *fields * sizeof types / sizeof *types; i++) {
        uint32_t type = types[i / 8];
        char text[400];
        mybpf_test_run_opts test[2];
        CASE("type %u, field %d, IPv%d", type, (int)(i / 2 % 4), i % 2 ? 6 : 4);
        for (size_t b = 0; b < sizeof packet; b++) packet[b] = (uint8_t)(b < 12 ? 0 : b);
        packet[12] = i % 2 ? 0x86 : 0x08, packet[13] = i % 2 ? 0xdd : 0;
        packet[ETHERNET] = i % 2 ? 0x60 : 0x45;
        snprintf(text, sizeof text, "%s%sexit", fields[i / 2 % 4],
                 type == TYPE(CGROUP_SKB) ? "r0 &= 1\n" : ""); /* it may return no more */
        memset(test, 0, sizeof test);
        test[0].data_in = packet;
        test[0].data_size_in = sizeof packet;
        test[1].data_in = packet + ETHERNET;
        test[1].data_size_in = sizeof packet - ETHERNET;
        int asked = ask_kernel(text, type, &test[0]);
        if (!asked) {
            mybpf_vm_destroy(vm);
            SKIP("bpf() is not allowed here");
        }
        CHECK_INT(asked, 1);
        mybpf_object *object = load(vm, text, type, MYBPF_VERIFIED, 0);
        CHECK_INT(mybpf_program_test_run(mybpf_object_program(object, 0), &test[1], &error), 0);
        CHECK_INT(test[1].retval, test[0].retval);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
#    undef ETHERNET
}
#endif
