/* test_contexts.c: what programs of each type may do with their context, Linux' types and a host's own. */
#include "from_text.h"

#include <stdlib.h>

/* ---- Linux' types ---- */

static mybpf_object *load(mybpf_vm *vm, const char *text, uint32_t type, mybpf_trust trust,
                          mybpf_error *error)
{
    static const mybpf_range granted = {MYBPF_HELPER_USER, MYBPF_HELPER_USER + 50};
    mybpf_insn insns[64];
    mybpf_raw_desc raw = {"main", type, NULL, 0};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, error);
    if (count < 0) test_fail(__FILE__, __LINE__, "line %u: %s", error->line, error->message);
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.grants = &granted;
    opts.grant_count = 1;
    if (!mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, error) &&
        !mybpf_object_load(object, &opts, error))
        return object;
    mybpf_object_close(object);
    return NULL;
}

#define R(width, offset) "r0 = *(u" #width " *)(r1 + " #offset ")\nr0 = 0\nexit"
#define W(width, offset) "r0 = 0\n*(u" #width " *)(r1 + " #offset ") = 0\nexit"
#define TCP(width, offset)                                                                                   \
    "r1 = *(u64 *)(r1 + 168)\nr0 = 0\nif r1 == 0 goto +3\ncall 96\nif r0 == 0 goto +1\nr0 = *(u" #width      \
    " *)(r0 + " #offset ")\nexit"
#define TYPE(name) MYBPF_PROG_TYPE_##name

/* As Linux' functions is_valid_access have it. */
static const struct {
    uint32_t type;
    int accepted;
    const char *text;
} accesses[] = {
    {TYPE(SOCKET_FILTER), 1, R(32, 0)},
    {TYPE(SOCKET_FILTER), 1, R(8, 17)},
    {TYPE(SOCKET_FILTER), 0, R(64, 0)},
    {TYPE(SOCKET_FILTER), 0, R(32, 76)},
    {TYPE(SOCKET_FILTER), 0, R(32, 72)},
    {TYPE(SOCKET_FILTER), 0, R(32, 88)},
    {TYPE(SOCKET_FILTER), 0, R(64, 152)},
    {TYPE(SOCKET_FILTER), 1, W(64, 48)},
    {TYPE(SOCKET_FILTER), 0, W(32, 8)},
    {TYPE(SOCKET_FILTER), 1, R(64, 168)},
    {TYPE(SOCKET_FILTER), 0, R(32, 168)},
    {TYPE(SOCKET_FILTER), 0, W(64, 168)},
    {TYPE(SOCKET_FILTER), 0, R(64, 144)},
    {TYPE(SOCKET_FILTER), 0, R(8, 192)},
    {TYPE(SOCKET_FILTER), 0, R(32, 2)},
    {TYPE(SCHED_CLS), 1, R(32, 76)},
    {TYPE(SCHED_CLS), 0, R(16, 76)},
    {TYPE(SCHED_CLS), 1, W(32, 8)},
    {TYPE(SCHED_CLS), 0, W(16, 8)},
    {TYPE(SCHED_CLS), 1, W(64, 152)},
    {TYPE(SCHED_CLS), 1, R(8, 180)},
    {TYPE(SCHED_CLS), 0, R(16, 180)},
    {TYPE(SCHED_CLS), 0, R(32, 92)},
    {TYPE(SCHED_ACT), 1, W(32, 72)},
    {TYPE(CGROUP_SKB), 1, R(32, 92)},
    {TYPE(CGROUP_SKB), 0, R(16, 92)},
    {TYPE(CGROUP_SKB), 0, W(32, 44)},
    {TYPE(CGROUP_SKB), 0, R(32, 140)},
    {TYPE(LWT_XMIT), 0, R(64, 152)},
    {TYPE(LWT_SEG6LOCAL), 1, R(32, 80)},
    {TYPE(SK_SKB), 1, R(32, 92)},
    {TYPE(SK_SKB), 0, R(32, 8)},
    {TYPE(SK_SKB), 1, W(32, 44)},
    {TYPE(SK_SKB), 0, W(32, 48)},
    {TYPE(SK_SKB), 1, W(32, 32)},
    {TYPE(SK_SKB), 1, R(32, 76)},
    {TYPE(FLOW_DISSECTOR), 1, R(64, 144)},
    {TYPE(FLOW_DISSECTOR), 0, R(32, 144)},
    {TYPE(FLOW_DISSECTOR), 0, R(32, 0)},
    {TYPE(XDP), 1, R(32, 16)},
    {TYPE(XDP), 0, R(32, 20)},
    {TYPE(XDP), 0, R(64, 8)},
    {TYPE(XDP), 0, W(32, 16)},
    {TYPE(KPROBE), 1, R(64, 0)},
    {TYPE(KPROBE), 0, W(64, 0)},
    {TYPE(TRACEPOINT), 0, R(64, 0)},
    {TYPE(TRACEPOINT), 1, R(8, 9)},
    {TYPE(TRACEPOINT), 1, R(64, 8184)},
    {TYPE(TRACEPOINT), 0, R(64, 8192)},
    {TYPE(RAW_TRACEPOINT), 1, R(64, 88)},
    {TYPE(RAW_TRACEPOINT), 0, R(64, 96)},
    {TYPE(PERF_EVENT), 0, R(32, 0)},
    {TYPE(PERF_EVENT), 1, R(64, 0)},
    {TYPE(TRACING), 1, R(64, 8)},
    {TYPE(TRACING), 0, R(64, 104)},
    {TYPE(LSM), 0, W(64, 0)},
    {TYPE(LIRC_MODE2), 1, R(32, 0)},
    {TYPE(LIRC_MODE2), 0, R(16, 0)},
    {TYPE(SYSCALL), 1, W(8, 70)},
    {TYPE(SYSCALL), 0, R(64, 2)},
    {TYPE(NETFILTER), 1, R(64, 8)},
    {TYPE(NETFILTER), 0, R(32, 8)},
    {TYPE(CGROUP_SOCK), 1, R(32, 8)},
    {TYPE(CGROUP_SOCK), 1, W(32, 16)},
    {TYPE(CGROUP_SOCK), 0, W(32, 4)},
    {TYPE(CGROUP_SOCK), 1, R(16, 48)},
    {TYPE(CGROUP_SOCK), 0, R(16, 50)},
    {TYPE(CGROUP_SOCK), 1, R(32, 48)},
    {TYPE(CGROUP_SOCK), 0, R(64, 24)},
    {TYPE(CGROUP_SOCK_ADDR), 1, W(64, 8)},
    {TYPE(CGROUP_SOCK_ADDR), 0, W(16, 8)},
    {TYPE(CGROUP_SOCK_ADDR), 1, R(8, 5)},
    {TYPE(CGROUP_SOCK_ADDR), 0, W(32, 0)},
    {TYPE(CGROUP_SOCK_ADDR), 0, R(64, 44)},
    {TYPE(CGROUP_SOCK_ADDR), 1, R(64, 48)},
    {TYPE(CGROUP_SOCK_ADDR), 1, W(32, 24)},
    {TYPE(SOCK_OPS), 1, W(32, 4)},
    {TYPE(SOCK_OPS), 0, W(32, 8)},
    {TYPE(SOCK_OPS), 1, R(64, 168)},
    {TYPE(SOCK_OPS), 0, R(32, 168)},
    {TYPE(SOCK_OPS), 1, W(32, 164)},
    {TYPE(SOCK_OPS), 1, R(8, 212)},
    {TYPE(CGROUP_DEVICE), 1, R(16, 0)},
    {TYPE(CGROUP_DEVICE), 0, R(16, 4)},
    {TYPE(CGROUP_SYSCTL), 1, W(32, 4)},
    {TYPE(CGROUP_SYSCTL), 0, W(32, 0)},
    {TYPE(CGROUP_SYSCTL), 0, W(8, 4)},
    {TYPE(CGROUP_SOCKOPT), 1, W(32, 36)},
    {TYPE(CGROUP_SOCKOPT), 0, W(64, 8)},
    {TYPE(CGROUP_SOCKOPT), 1, R(64, 16)},
    {TYPE(SK_MSG), 1, R(64, 0)},
    {TYPE(SK_MSG), 0, R(32, 0)},
    {TYPE(SK_MSG), 1, R(32, 68)},
    {TYPE(SK_MSG), 0, W(32, 16)},
    {TYPE(SK_REUSEPORT), 1, R(16, 20)},
    {TYPE(SK_REUSEPORT), 0, R(8, 20)},
    {TYPE(SK_REUSEPORT), 0, R(16, 32)},
    {TYPE(SK_LOOKUP), 1, R(16, 36)},
    {TYPE(SK_LOOKUP), 1, R(32, 36)},
    {TYPE(SK_LOOKUP), 1, R(8, 39)}, /* zeros behind the port */
    {TYPE(SK_LOOKUP), 1, R(16, 38)},
    {TYPE(SK_LOOKUP), 0, R(32, 38)},
    {TYPE(SK_LOOKUP), 1, R(8, 45)},
    {TYPE(SK_LOOKUP), 0, W(32, 8)},
    /* what a field gives */
    {TYPE(CGROUP_SKB), 0, "r2 = *(u64 *)(r1 + 168)\nr0 = *(u32 *)(r2 + 4)\nexit"},
    {TYPE(CGROUP_SKB), 1, "r0 = 0\nr2 = *(u64 *)(r1 + 168)\nif r2 == 0 goto +1\nr0 = *(u32 *)(r2 + 4)\nexit"},
    {TYPE(CGROUP_SKB), 0, "r0 = 0\nr2 = *(u64 *)(r1 + 168)\nif r2 == 0 goto +1\nr0 = *(u32 *)(r2 + 8)\nexit"},
    {TYPE(CGROUP_SKB), 0, "r0 = 0\nr2 = *(u64 *)(r1 + 168)\nif r2 == 0 goto +1\n*(u32 *)(r2 + 4) = 0\nexit"},
    {TYPE(CGROUP_SOCK_ADDR), 1, "r2 = *(u64 *)(r1 + 64)\nr0 = *(u32 *)(r2 + 8)\nexit"},
    {TYPE(CGROUP_SOCK_ADDR), 0, "r2 = *(u64 *)(r1 + 64)\nr0 = *(u32 *)(r2 + 80)\nexit"},
    {TYPE(FLOW_DISSECTOR), 1, "r2 = *(u64 *)(r1 + 144)\n*(u64 *)(r2 + 48) = 0\nr0 = 0\nexit"},
    {TYPE(FLOW_DISSECTOR), 0, "r2 = *(u64 *)(r1 + 144)\n*(u64 *)(r2 + 49) = 0\nr0 = 0\nexit"},
    {TYPE(SK_MSG), 1,
     "r2 = *(u64 *)(r1 + 0)\nr3 = *(u64 *)(r1 + 8)\nr4 = r2\nr4 += 4\nr0 = 0\nif r4 > r3 goto +1\n*(u32 "
     "*)(r2 + 0) = 0\nexit"},
    {TYPE(SK_REUSEPORT), 0,
     "r2 = *(u64 *)(r1 + 0)\nr3 = *(u64 *)(r1 + 8)\nr4 = r2\nr4 += 4\nr0 = 0\nif r4 > r3 goto +1\n*(u32 "
     "*)(r2 + 0) = 0\nexit"},
    {TYPE(SOCK_OPS), 1,
     "r2 = *(u64 *)(r1 + 192)\nr3 = *(u64 *)(r1 + 200)\nr4 = r2\nr4 += 4\nr0 = 0\nif r4 > r3 goto +1\nr0 = "
     "*(u32 *)(r2 + 0)\nexit"},
    {TYPE(TCMD), 1, "r0 = r1\nr0 += r2\nexit"},
    /* an address with its sign extended is another one */
    {TYPE(XDP), 0, "r0 = *(s32 *)(r1 + 0)\nr0 = 0\nexit"},
    {TYPE(SCHED_CLS), 0, "r6 = *(s32 *)(r1 + 80)\nr0 = 0\nexit"},
    {TYPE(SCHED_CLS), 1, "r0 = *(s32 *)(r1 + 8)\nr0 = 0\nexit"},
    /* struct bpf_tcp_sock: two fields have 8 bytes, the others 4, and it ends at 112 */
    {TYPE(CGROUP_SKB), 1, TCP(64, 88)},
    {TYPE(CGROUP_SKB), 1, TCP(32, 108)},
    {TYPE(CGROUP_SKB), 0, TCP(64, 104)},
    {TYPE(CGROUP_SKB), 0, TCP(32, 84)},
    {TYPE(CGROUP_SKB), 0, TCP(32, 112)},
    /* get_netns_cookie: of the context, or of NULL */
    {TYPE(SOCK_OPS), 1, "call 122\nexit"},
    {TYPE(SOCK_OPS), 1, "r1 = 0\ncall 122\nexit"},
    {TYPE(SOCK_OPS), 0, "r1 = 64\ncall 122\nexit"},
    {TYPE(SOCK_OPS), 0, "r1 += 8\ncall 122\nexit"},
    {TYPE(SOCK_OPS), 0, "r1 = r10\ncall 122\nexit"},
    {TYPE(TRACING), 0, "r1 = 0\ncall 122\nexit"},
    /* the coarse clock: not for what is traced */
    {TYPE(XDP), 1, "call 160\nexit"},
    {TYPE(TCMD), 1, "call 160\nexit"},
    {TYPE(RAW_TRACEPOINT), 0, "call 160\nexit"},
    {TYPE(SYSCALL), 0, "call 160\nexit"},
    /* NULL for no bytes is what a few helpers take */
    {TYPE(XDP), 1, "r1 = 0\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 7\ncall 28\nexit"},
    {TYPE(XDP), 0, "r1 = 0\nr2 = 4\nr3 = 0\nr4 = 0\nr5 = 7\ncall 28\nexit"},
    {TYPE(KPROBE), 0, "r1 = 0\nr2 = 0\nr3 = 0\ncall 113\nexit"},
    {TYPE(PERF_EVENT), 1, "r2 = 0\nr3 = 0\nr4 = 1\ncall 119\nexit"},
    {TYPE(PERF_EVENT), 0, "r2 = 0\nr3 = 0\nr4 = 0\ncall 67\nexit"},
    {TYPE(KPROBE), 1, "r1 = r10\nr1 += -16\nr2 = 0\nr3 = 0\ncall 113\nexit"},
};

TEST(contexts, linux)
{
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++) {
        mybpf_error error = {0};
        mybpf_object *object = load(vm, accesses[i].text, accesses[i].type, MYBPF_VERIFIED, &error);
        CASE("%s: %s", mybpf_prog_type_name(accesses[i].type), accesses[i].text);
        if (!object != !accesses[i].accepted)
            test_fail(__FILE__, __LINE__, "%s", object ? "accepted" : error.message);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

/* ---- a host's own type ---- */

enum { SENSOR = MYBPF_PROG_TYPE_HOST, PROBE, DOOR = MYBPF_OBJECT_HOST, KNOCK = MYBPF_HELPER_USER };

struct sensor {
    uint32_t number, state;     /* the state may be written */
    const uint8_t *begin, *end; /* what the sensor sent */
    uint64_t *history;          /* of 4 numbers */
    const struct door *door;    /* or NULL */
};
struct door {
    uint64_t knocks;
};

#define AT(field, widths, written, kind, ...)                                                                \
    {                                                                                                        \
        (uint16_t) offsetof(struct sensor, field), (uint16_t)sizeof(((struct sensor *)0)->field),            \
            MYBPF_FIELD_##kind, widths, written, __VA_ARGS__                                                 \
    }
#define POINTER sizeof(void *)
static const mybpf_field sensor_fields[] = {
    AT(number, 7, 0, NUMBER, 0, 0, 0),         AT(state, 4, 4, NUMBER, 0, 0, 0),
    AT(begin, POINTER, 0, PACKET, 0, 0, 0),    AT(end, POINTER, 0, PACKET_END, 0, 0, 0),
    AT(history, POINTER, 0, MEMORY, 0, 32, 0), AT(door, POINTER, 0, MEMORY_OR_NULL, 1, 0, DOOR),
};
static const char *const sensor_sections[] = {"sensor", NULL};
static const mybpf_range sensor_helpers[] = {{5, 7}, {KNOCK, KNOCK}};

static uint64_t knock(uint64_t door, uint64_t b, uint64_t c, uint64_t d, uint64_t e, mybpf_env *env)
{
    (void)b, (void)c, (void)d, (void)e, (void)env;
    return ++((struct door *)(uintptr_t)door)->knocks;
}

static mybpf_vm *make_vm(void)
{
    static const mybpf_helper helper = {KNOCK, "knock", knock, MYBPF_RET_INTEGER, {MYBPF_ARG_OBJECT}, 0, NULL,
                                        DOOR,  {0},     0};
    static const mybpf_prog_type sensor = {SENSOR,
                                           "sensor",
                                           sensor_sections,
                                           sensor_fields,
                                           sizeof sensor_fields / sizeof *sensor_fields,
                                           sensor_helpers,
                                           2,
                                           0};
    static const mybpf_prog_type probe = {PROBE, "probe", NULL, NULL, 0, NULL, 0, 0};
    mybpf_host host;
    mybpf_error error = {0};
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    CHECK_INT(mybpf_helper_register(vm, &helper, &error), 0);
    if (mybpf_prog_type_register(vm, &sensor, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    if (mybpf_prog_type_register(vm, &probe, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return vm;
}

/* Reads two bytes that the sensor sent, counts in its history, writes its state, knocks. Offsets of 64-bit
 * hosts. */
#define BYTES                                                                                                \
    "r6 = r1\nr7 = 0\nr2 = *(u64 *)(r1 + 8)\nr3 = *(u64 *)(r1 + 16)\nr4 = r2\nr4 += 2\nif r4 > r3 goto "     \
    "+1\nr7 = *(u8 *)(r2 + 1)\n"
#define COUNT                                                                                                \
    "r2 = *(u64 *)(r6 + 24)\nr3 = *(u64 *)(r2 + 24)\nr3 += 1\n*(u64 *)(r2 + 24) = r3\nr7 += r3\n*(u32 "      \
    "*)(r6 + 4) = 9\n"
#define RING "r1 = *(u64 *)(r6 + 32)\nif r1 == 0 goto out\ncall 2000000\nr7 += r0\nout:\nr0 = r7\nexit"

static const struct {
    const char *name, *text, *message; /* in verified mode; NULL: accepted */
    uint32_t type;
} sensors[] = {
    {"all of it", BYTES COUNT RING, NULL, SENSOR},
    {"a read of two widths", "r0 = *(u16 *)(r1 + 2)\nexit", NULL, SENSOR},
    {"a width that is not", "r0 = *(u16 *)(r1 + 4)\nexit",
     "cannot prove the 2-byte read at r1 + 4: r1 is the context (sensor) + 0; no field that may be accessed "
     "like this is there",
     SENSOR},
    {"number written", "r0 = 0\n*(u32 *)(r1 + 0) = r0\nexit",
     "cannot prove the 4-byte write at r1 + 0: r1 is the context (sensor) + 0; no field that may be accessed "
     "like this is there",
     SENSOR},
    {"beyond it", "r0 = *(u32 *)(r1 + 40)\nexit",
     "cannot prove the 4-byte read at r1 + 40: r1 is the context (sensor) + 0; no field that may be accessed "
     "like this is there",
     SENSOR},
    {"bytes not compared", "r2 = *(u64 *)(r1 + 8)\nr0 = *(u8 *)(r2 + 0)\nexit",
     "cannot prove the 1-byte read at r2 + 0: r2 is the packet + 0 (0 bytes of it compared); compare with "
     "the packet's end before this: `if (p + size > data_end) return 0;`",
     SENSOR},
    {"bytes written",
     "r2 = *(u64 *)(r1 + 8)\nr3 = *(u64 *)(r1 + 16)\nr4 = r2\nr4 += 2\nr0 = 0\nif r4 > r3 goto +1\n*(u8 "
     "*)(r2 + 1) = 0\nexit",
     "cannot prove the 1-byte write at r2 + 1: r2 is the packet + 0 (2 bytes of it compared); programs may "
     "not write there",
     SENSOR},
    {"beyond the history", "r2 = *(u64 *)(r1 + 24)\nr0 = *(u64 *)(r2 + 32)\nexit",
     "cannot prove the 8-byte read at r2 + 32: r2 is memory of 32 bytes + 0; it may lie behind the last "
     "byte: bound the offset, `if (i < size)`",
     SENSOR},
    {"door not compared", "r1 = *(u64 *)(r1 + 32)\ncall 2000000\nexit",
     "cannot prove argument 1 of knock: r1 is an object of kind 256 (0 bytes) or NULL + 0; compare it with "
     "NULL before this: `if (!p) return 0;`",
     SENSOR},
    {"door opened", "r1 = *(u64 *)(r1 + 32)\nr0 = 0\nif r1 == 0 goto +1\nr0 = *(u64 *)(r1 + 0)\nexit",
     "cannot prove the 8-byte read at r1 + 0: r1 is an object of kind 256 (0 bytes) + 0; it may lie behind "
     "the last byte: bound the offset, `if (i < size)`",
     SENSOR},
    {"history as a door", "r1 = *(u64 *)(r1 + 24)\ncall 2000000\nexit",
     "cannot prove argument 1 of knock: r1 is memory of 32 bytes + 0; it must be what such a helper gave, "
     "compared with NULL and not moved",
     SENSOR},
    {"a helper of its set", "call 7\nexit", NULL, SENSOR},
    {"a helper that is not", "call 8\nexit",
     "helper get_smp_processor_id (8) is not for programs of type sensor", SENSOR},
    {"the same in a function", "call f\nexit\nf:\ncall 8\nexit",
     "helper get_smp_processor_id (8) is not for programs of type sensor", SENSOR},
    {"another type has no rule", "call 8\nexit", NULL, PROBE},
    {"and no context", "r0 = *(u8 *)(r1 + 0)\nexit",
     "cannot prove the 1-byte read at r1 + 0: r1 is the context (probe) + 0; no field that may be accessed "
     "like this is there",
     PROBE},
};

TEST(contexts, own_refusals)
{
    mybpf_vm *vm = make_vm();
    for (size_t i = 0; i < sizeof sensors / sizeof *sensors && sizeof(void *) == 8; i++) {
        mybpf_error error = {0};
        mybpf_object *object = load(vm, sensors[i].text, sensors[i].type, MYBPF_VERIFIED, &error);
        CASE("%s", sensors[i].name);
        CHECK_TEXT(error.message, sensors[i].message ? sensors[i].message : "");
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

static mybpf_object *as_image(mybpf_vm *vm, const mybpf_object *from, int kind, mybpf_trust trust)
{
    static const mybpf_range granted = {MYBPF_HELPER_USER, MYBPF_HELPER_USER + 50};
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.trust = kind & IMAGE_NATIVE ? MYBPF_TRUSTED : trust;
    opts.grants = &granted;
    opts.grant_count = 1;
    return image_of(vm, from, kind, &opts);
}

static void check_sensor(const mybpf_object *object, int trusting)
{
    static const uint8_t sent[2] = {3, 30};
    uint64_t history[4] = {0, 0, 0, 10}, r0 = 0;
    struct door door = {100};
    struct sensor ctx;
    const mybpf_region region = {history, sizeof history, 1};
    mybpf_run_opts opts;
    mybpf_error error = {0};
    int rc;
    memset(&ctx, 0, sizeof ctx);
    ctx.begin = sent;
    ctx.end = sent + 2;
    ctx.history = history;
    ctx.door = &door;
    memset(&opts, 0, sizeof opts);
    opts.ctx = &ctx;
    opts.ctx_size = sizeof ctx;
    opts.packet = sent;
    opts.packet_size = sizeof sent;
    opts.regions = &region;
    opts.region_count = 1;
    rc = mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error);
    if (rc) test_fail(__FILE__, __LINE__, "%s", error.message);
    CHECK_INT(r0, 30 + 11 + (trusting ? 0 : 101));
    CHECK_INT(ctx.state, 9);
    CHECK_INT(history[3], 11);
    CHECK_INT(door.knocks, trusting ? 100 : 101);
    ctx.door = NULL;
    ctx.end = sent + 1;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error), 0);
    CHECK_INT(r0, 12);
    CHECK_INT(door.knocks, trusting ? 100 : 101);
}

/* Verified and, without the door, which only a proof lets through, guarded; in every engine. */
TEST(contexts, own_runs)
{
    mybpf_vm *vm = make_vm();
    for (int trust = MYBPF_VERIFIED; trust <= MYBPF_GUARDED && sizeof(void *) == 8; trust++) {
        const char *text = trust == MYBPF_VERIFIED ? BYTES COUNT RING : BYTES COUNT "r0 = r7\nexit";
        mybpf_error error = {0};
        mybpf_object *object = load(vm, text, SENSOR, (mybpf_trust)trust, &error);
        CASE("trust %d", trust);
        if (!object) {
            test_fail(__FILE__, __LINE__, "%s", error.message);
            continue;
        }
        check_sensor(object, trust);
        for (int kind = 0; kind < 4; kind++) {
            mybpf_object *image;
            CASE("trust %d, %s%s", trust, kind & IMAGE_BARE ? "BARE" : "SPF",
                 kind & IMAGE_NATIVE ? " native" : "");
            if (kind & IMAGE_NATIVE && (!mybpf_aot_target_host() || !mybpf_jit_exec())) continue;
            if (kind == (IMAGE_NATIVE | IMAGE_BARE) && trust) continue; /* carries no guards */
            if (kind == IMAGE_BARE)
                continue; /* has one byte for the type: bytecode would not be proven against it */
            image = as_image(vm, object, kind, (mybpf_trust)trust);
            if (image) check_sensor(image, trust);
            mybpf_object_close(image);
        }
        CASE("trust %d, JIT", trust);
        if (!mybpf_jit_compile(object, NULL, &error)) check_sensor(object, trust);
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(contexts, own_runs_refused)
{
    static const uint8_t sent[2] = {3, 30};
    mybpf_vm *vm = make_vm();
    uint64_t history[4] = {0};
    struct sensor ctx;
    mybpf_run_opts opts;
    mybpf_error error = {0};
    mybpf_object *object =
        sizeof(void *) == 8 ? load(vm, BYTES COUNT RING, SENSOR, MYBPF_VERIFIED, &error) : NULL;
    memset(&ctx, 0, sizeof ctx);
    memset(&opts, 0, sizeof opts);
    ctx.begin = sent;
    ctx.end = sent + 2;
    opts.ctx = &ctx;
    opts.ctx_size = 32;
    if (object) {
        const mybpf_program *program = mybpf_object_program(object, 0);
        CHECK_INT(mybpf_program_run(program, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
        CHECK_TEXT(error.message, "the load promised a context of 40 bytes, the run gives 32");
        opts.ctx_size = sizeof ctx;
        CHECK_INT(mybpf_program_run(program, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
        CHECK_TEXT(error.message, "the context holds NULL where an address of memory must be");
        ctx.history = history;
        CHECK_INT(mybpf_program_run(program, &opts, NULL, &error), MYBPF_ERR_ARGUMENT);
        CHECK_TEXT(error.message, "the context's packet is not the run's: data to data_end must be inside "
                                  "its packet (writable regions, where the program writes)");
        opts.packet = sent;
        opts.packet_size = 2;
        CHECK_INT(mybpf_program_run(program, &opts, NULL, &error), 0);
    }
    mybpf_object_close(object);
    mybpf_vm_destroy(vm);
}

/* A program that may write anywhere in the context does not hand forged addresses to one that believes them.
 */
TEST(contexts, tail_calls)
{
    static const mybpf_map_desc desc = {"programs", MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0, 0, NULL};
    static const char caller[] = "r2 = map_by_idx(0) ll\nr3 = 0\ncall 12\nr0 = 5\nexit";
    static const char forger[] =
        "r2 = 0x1000\n*(u64 *)(r1 + 24) = r2\nr2 = map_by_idx(0) ll\nr3 = 0\ncall 12\nr0 = 6\nexit";
    static const struct {
        const char *text;
        uint32_t type, ctx_size;
        mybpf_trust trust;
        uint64_t r0;
    } rows[] = {
        {caller, SENSOR, 0, MYBPF_VERIFIED, 77}, {caller, PROBE, 0, MYBPF_VERIFIED, 5},
        {caller, SENSOR, 40, MYBPF_VERIFIED, 5}, {caller, SENSOR, 0, MYBPF_GUARDED, 5},
        {forger, SENSOR, 40, MYBPF_VERIFIED, 6}, {forger, 0, 0, MYBPF_GUARDED, 6},
    };
    mybpf_vm *vm = make_vm();
    mybpf_map *map = NULL;
    uint32_t zero = 0;
    uint64_t history[4] = {77};
    mybpf_object *target = NULL;
    const mybpf_program *program;
    mybpf_error error = {0};
    static const mybpf_range helpers[] = {{0, 999}};
    static const mybpf_prog_type sensor = {SENSOR + 7, "lamp", NULL, sensor_fields, 6, helpers, 1, 0};
    CHECK_INT(mybpf_prog_type_register(vm, &sensor, &error), 0);
    if (sizeof(void *) == 8)
        target = load(vm, "r2 = *(u64 *)(r1 + 24)\nr0 = *(u64 *)(r2 + 0)\nexit", SENSOR + 7, MYBPF_VERIFIED,
                      &error);
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
    program = target ? mybpf_object_program(target, 0) : NULL;
    if (target) CHECK_INT(mybpf_map_update(map, &zero, &program, 0), 0);
    for (size_t i = 0; target && i < sizeof rows / sizeof *rows; i++) {
        struct sensor ctx;
        mybpf_insn insns[16];
        mybpf_raw_desc raw = {"main", rows[i].type == SENSOR ? (uint32_t)SENSOR + 7 : rows[i].type, &map, 1};
        mybpf_load_opts opts;
        mybpf_run_opts run;
        mybpf_object *object = NULL;
        uint64_t r0 = 0;
        int64_t count = mybpf_assemble(rows[i].text, strlen(rows[i].text), insns, 16, &error);
        CASE("row %zu", i);
        memset(&opts, 0, sizeof opts);
        memset(&run, 0, sizeof run);
        memset(&ctx, 0, sizeof ctx);
        ctx.history = history;
        opts.trust = rows[i].trust;
        opts.ctx_size = rows[i].ctx_size;
        run.ctx = &ctx;
        run.ctx_size = sizeof ctx;
        CHECK_INT(mybpf_object_open_insns(vm, insns, (size_t)count, &raw, &object, &error), 0);
        if (mybpf_object_load(object, &opts, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
        CHECK_INT(r0, rows[i].r0);
        mybpf_object_close(object);
    }
    mybpf_object_close(target);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

TEST(contexts, registration)
{
    static const mybpf_field fields[][2] = {
        {{0, 4, 9, 4, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{0, 0, MYBPF_FIELD_NUMBER, 4, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{8, 8, MYBPF_FIELD_NUMBER, 8, 0, 0, 0, 0}, {12, 4, MYBPF_FIELD_NUMBER, 4, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_NUMBER, 16, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_PACKET, 4, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{4, 8, MYBPF_FIELD_MEMORY, 8, 0, 0, 8, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_MEMORY, 8, 8, 0, 8, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_MEMORY, 8, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_NUMBER, 8, 0, 0, 8, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_MEMORY, 8, 0, 0, 65536, 0}, {0, 0, 0, 0, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_PACKET, 8, 0, 0, 0, 0}, {8, 8, MYBPF_FIELD_PACKET, 8, 0, 0, 0, 0}},
        {{0, 8, MYBPF_FIELD_PACKET, 8, 0, 0, 0, 0}, {8, 8, MYBPF_FIELD_NUMBER, 8, 0, 0, 0, 0}},
    };
    static const char *const faults[] = {
        "field 0 is of a kind that does not exist",
        "field 0 is empty, or not behind the one before it",
        "field 1 is empty, or not behind the one before it",
        "field 0 has widths that are no sums of 1, 2, 4, 8",
        "field 0 is an address: 4 or 8 aligned bytes, read whole, not written",
        "field 0 is an address: 4 or 8 aligned bytes, read whole, not written",
        "field 0 is an address: 4 or 8 aligned bytes, read whole, not written",
        "field 0 is memory of no size, or no memory but has one",
        "field 0 is memory of no size, or no memory but has one",
        "field 0 is memory of more than 65535 bytes",
        "field 1 is a second one for the packet",
        "field 2 is missing: a packet has a start and an end",
    };
    mybpf_vm *vm = make_vm();
    mybpf_prog_type type = {SENSOR, "lamp", NULL, NULL, 0, NULL, 0, 0};
    mybpf_error error = {0};
    CHECK_INT(mybpf_prog_type_register(vm, &type, &error), MYBPF_ERR_EXISTS);
    CHECK_TEXT(error.message, "program type 2000 (lamp) is there already");
    type.type = MYBPF_PROG_TYPE_XDP;
    CHECK_INT(mybpf_prog_type_register(vm, &type, &error), MYBPF_ERR_ARGUMENT);
    CHECK_TEXT(error.message, "program type: it needs a vm, a name and a number from 2000 to 65535");
    type.type = SENSOR + 100;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char text[128];
        CASE("row %zu", i);
        type.fields = fields[i];
        type.field_count = 2 - (fields[i][1].size == 0);
        snprintf(text, sizeof text, "program type lamp: %s", faults[i]);
        CHECK_INT(mybpf_prog_type_register(vm, &type, &error), MYBPF_ERR_ARGUMENT);
        CHECK_TEXT(error.message, text);
    }
    type.field_count = 0;
    for (uint32_t i = 2; i < MYBPF_MAX_PROG_TYPES; i++) {
        type.type = SENSOR + 100 + i;
        CHECK_INT(mybpf_prog_type_register(vm, &type, &error), 0);
    }
    type.type++;
    CHECK_INT(mybpf_prog_type_register(vm, &type, &error), MYBPF_ERR_LIMIT);
    CHECK_TEXT(error.message, "program type lamp: there are 29 already");
    mybpf_vm_destroy(vm);
}
