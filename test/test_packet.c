/* test_packet.c: helpers on packets, in every engine, verified and guarded: results and the bytes that are
 * left; and the same from the running kernel, where it answers (BPF_PROG_TEST_RUN). */
#define _DEFAULT_SOURCE /* mmap */
#include "from_text.h"

#include <stdlib.h>

#if defined(__linux__) && defined(__has_include)
#    if __has_include(<linux/bpf.h>)
#        define HAS_KERNEL 1
#    endif
#endif
#ifdef HAS_KERNEL
#    include <errno.h>
#    include <linux/bpf.h>
#    include <sys/syscall.h>
#    include <unistd.h>
extern long kernel_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */
#endif
#if defined(__linux__)
#    include <sys/mman.h>
#endif

enum { XDP = 6, TC = 3, CGROUP = 8, PACKET = 74, HEAD = 256, TAIL = 3264, ROOM = HEAD + PACKET + TAIL };

/* Ethernet, IPv4, TCP, 20 bytes: 10.0.0.1:1025 to 10.0.0.2:80. */
/* clang-format off */
static const uint8_t ipv4[PACKET] = {
    2,    0,    0, 0, 0, 1, 2,    0,    0,    0,    0,    2,    8,    0, /* */
    0x45, 1,    0, 60, 0, 7, 0x40, 0,   64,   6,    0x26, 0xb1, 10,   0, 0,    1,    10, 0, 0, 2, /* */
    4,    1,    0, 80, 0, 0, 0,    1,   0,    0,    0,    2,    0x50, 2, 0x20, 0,    0x12, 0x34, 0, 0, /* */
    'a',  'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's', 't'};

/* r6 is the context; the text ends with r0. */
typedef struct row {
    const char *name;
    uint32_t type;
    const char *text;
    int64_t r0;
    uint32_t size; /* afterwards */
} row;

#define DATA  "r7 = *(u32 *)(r6 + 76)\nr8 = *(u32 *)(r6 + 80)\nr0 = 77\nr1 = r7\nr1 += 14\nif r1 > r8 goto out\n"
#define XDATA "r7 = *(u32 *)(r6 + 0)\nr8 = *(u32 *)(r6 + 4)\nr0 = 77\nr1 = r7\nr1 += 14\nif r1 > r8 goto out\n"
/* protocols, in network order */
#define IPV4 "r2 = 2048\nr2 = be16 r2\n"
#define IPV6 "r2 = 34525\nr2 = be16 r2\n"
#define VLAN "r2 = 33024\nr2 = be16 r2\n"
#define STORE "*(u32 *)(r10 - 8) = 16909060\n*(u32 *)(r10 - 4) = 84281096\n"

static const row rows[] = {
    {"head grows", XDP, "r2 = -8\ncall 44\nif r0 != 0 goto out\n" XDATA "*(u8 *)(r7 + 0) = 9\nr0 = *(u8 *)(r7 + 8)\nout:\nexit", 2, 82},
    {"head shrinks", XDP, "r2 = 14\ncall 44\nif r0 != 0 goto out\n" XDATA "r0 = *(u8 *)(r7 + 0)\nout:\nexit", 0x45, 60},
    {"head shrinks to a header", XDP, "r2 = 60\ncall 44\nexit", 0, 14},
    {"head shrinks too far", XDP, "r2 = 61\ncall 44\nexit", -22, 74},
    {"head grows too far", XDP, "r2 = -4000\ncall 44\nexit", -22, 74},
    {"head by 2^31", XDP, "r2 = 2147483648 ll\ncall 44\nexit", -22, 74},
    {"tail grows", XDP, "r2 = 100\ncall 65\nexit", 0, 174},
    {"tail shrinks", XDP, "r2 = -20\ncall 65\nexit", 0, 54},
    {"tail shrinks to a header", XDP, "r2 = -60\ncall 65\nexit", 0, 14},
    {"tail shrinks too far", XDP, "r2 = -61\ncall 65\nexit", -22, 74},
    {"tail grows too far", XDP, "r2 = 8000\ncall 65\nexit", -22, 74},
    {"metadata", XDP, "r2 = -8\ncall 54\nif r0 != 0 goto out\nr1 = *(u32 *)(r6 + 8)\nr7 = *(u32 *)(r6 + 0)\nr0 = 77\nr2 = r1\n"
     "r2 += 8\nif r2 > r7 goto out\n*(u64 *)(r1 + 0) = 5\nr0 = *(u64 *)(r1 + 0)\nout:\nexit", 5, 82},
    {"metadata moves with the head", XDP, "r2 = -8\ncall 54\nif r0 != 0 goto out\nr1 = *(u32 *)(r6 + 8)\nr7 = *(u32 *)(r6 + 0)\n"
     "r0 = 77\nr2 = r1\nr2 += 8\nif r2 > r7 goto out\n*(u64 *)(r1 + 0) = 5\nr1 = r6\nr2 = -16\ncall 44\nr1 = *(u32 *)(r6 + 8)\n"
     "r7 = *(u32 *)(r6 + 0)\nr0 = 78\nr2 = r1\nr2 += 8\nif r2 > r7 goto out\nr0 = *(u64 *)(r1 + 0)\nout:\nexit", 5, 98},
    {"metadata of 6 bytes", XDP, "r2 = -6\ncall 54\nexit", -13, 74},
    {"metadata behind the packet", XDP, "r2 = 4\ncall 54\nexit", -22, 74},
    {"length of a frame", XDP, "call 188\nexit", 74, 74},
    {"bytes of a frame", XDP, "r2 = 54\nr3 = r10\nr3 += -8\nr4 = 8\ncall 189\nif r0 != 0 goto out\nr0 = *(u8 *)(r10 - 8)\nout:\nexit", 'a', 74},
    {"bytes behind a frame", XDP, "r2 = 70\nr3 = r10\nr3 += -8\nr4 = 8\ncall 189\nexit", -22, 74},
    {"bytes far behind a frame", XDP, "r2 = 65536\nr3 = r10\nr3 += -8\nr4 = 8\ncall 189\nexit", -14, 74},
    {"bytes into a frame", XDP, STORE "r2 = 66\nr3 = r10\nr3 += -8\nr4 = 8\ncall 190\nexit", 0, 74},
    {"bytes into what is behind a frame", XDP, STORE "r2 = 67\nr3 = r10\nr3 += -8\nr4 = 8\ncall 190\nexit", -22, 74},
    {"redirect", XDP, "r1 = 1\nr2 = 0\ncall 23\nexit", 4, 74},
    {"redirect with flags", XDP, "r1 = 1\nr2 = 1\ncall 23\nexit", 0, 74},
    {"redirect of tc", TC, "r1 = 1\nr2 = 1\ncall 23\nexit", 7, 74},
    {"redirect of tc with flags", TC, "r1 = 1\nr2 = 2\ncall 23\nexit", 2, 74},
    {"redirect to a neighbour", TC, "r1 = 1\nr2 = 0\nr3 = 0\nr4 = 0\ncall 152\nexit", 7, 74},
    {"redirect to a peer", TC, "r1 = 1\nr2 = 1\ncall 155\nexit", 2, 74},
    {"store", TC, STORE "r2 = 6\nr3 = r10\nr3 += -8\nr4 = 6\nr5 = 0\ncall 9\nexit", 0, 74},
    {"store at the end", TC, STORE "r2 = 66\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 3\ncall 9\nexit", 0, 74},
    {"store behind the end", TC, STORE "r2 = 67\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0\ncall 9\nexit", -14, 74},
    {"store with flags that there are not", TC, STORE "r2 = 6\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 4\ncall 9\nexit", -22, 74},
    {"load", TC, "r2 = 54\nr3 = r10\nr3 += -8\nr4 = 8\ncall 26\nr0 = *(u8 *)(r10 - 1)\nexit", 'h', 74},
    {"load from the Ethernet header", TC, "r2 = 12\nr3 = r10\nr3 += -8\nr4 = 2\nr5 = 0\ncall 68\nr0 = *(u8 *)(r10 - 8)\nexit", 8, 74},
    {"load from the network header", TC, "r2 = 0\nr3 = r10\nr3 += -8\nr4 = 1\nr5 = 1\ncall 68\nr0 = *(u8 *)(r10 - 8)\nexit", 0x45, 74},
    {"load from no header", TC, "r2 = 0\nr3 = r10\nr3 += -8\nr4 = 1\nr5 = 2\ncall 68\nexit", -14, 74},
    {"load behind the end, relative", TC, "r2 = 60\nr3 = r10\nr3 += -8\nr4 = 1\nr5 = 1\ncall 68\nexit", -14, 74},
    {"pull", TC, "r2 = 74\ncall 39\nexit", 0, 74},
    {"pull all", TC, "r2 = 0\ncall 39\nexit", 0, 74},
    {"pull more than there is", TC, "r2 = 75\ncall 39\nexit", -12, 74},
    {"l3 checksum, 2 bytes", TC, "r2 = 24\nr3 = 258\nr4 = 772\nr5 = 2\ncall 10\nexit", 0, 74},
    {"l3 checksum, 4 bytes", TC, "r2 = 24\nr3 = 258\nr4 = 0x12345678 ll\nr5 = 4\ncall 10\nexit", 0, 74},
    {"l3 checksum, difference", TC, "r2 = 24\nr3 = 0\nr4 = 4660\nr5 = 0\ncall 10\nexit", 0, 74},
    {"l3 checksum, difference and more", TC, "r2 = 24\nr3 = 1\nr4 = 4660\nr5 = 0\ncall 10\nexit", -22, 74},
    {"l3 checksum, 3 bytes", TC, "r2 = 24\nr3 = 1\nr4 = 4660\nr5 = 3\ncall 10\nexit", -22, 74},
    {"l3 checksum, odd", TC, "r2 = 25\nr3 = 1\nr4 = 4660\nr5 = 2\ncall 10\nexit", -14, 74},
    {"l3 checksum, behind", TC, "r2 = 74\nr3 = 1\nr4 = 4660\nr5 = 2\ncall 10\nexit", -14, 74},
    {"l3 checksum, flags", TC, "r2 = 24\nr3 = 1\nr4 = 4660\nr5 = 18\ncall 10\nexit", -22, 74},
    {"l4 checksum, 2 bytes", TC, "r2 = 50\nr3 = 258\nr4 = 772\nr5 = 2\ncall 11\nexit", 0, 74},
    {"l4 checksum, 4 bytes of the pseudo header", TC, "r2 = 50\nr3 = 258\nr4 = 0x7fffffff ll\nr5 = 20\ncall 11\nexit", 0, 74},
    {"l4 checksum, difference", TC, "r2 = 50\nr3 = 0\nr4 = 0x12345678 ll\nr5 = 16\ncall 11\nexit", 0, 74},
    {"l4 checksum that is none", TC, "r2 = 52\nr3 = 1\nr4 = 2\nr5 = 34\ncall 11\nexit", 0, 74},
    {"l4 checksum that is one all the same", TC, "r2 = 52\nr3 = 1\nr4 = 2\nr5 = 98\ncall 11\nexit", 0, 74},
    {"l4 checksum, flags", TC, "r2 = 50\nr3 = 1\nr4 = 2\nr5 = 514\ncall 11\nexit", -22, 74},
    {"l4 checksum, 8 bytes", TC, "r2 = 50\nr3 = 0\nr4 = 2\nr5 = 8\ncall 11\nexit", -22, 74},
    {"shorter", TC, "r2 = 30\nr3 = 0\ncall 38\nif r0 != 0 goto out\nr0 = *(u32 *)(r6 + 0)\nout:\nexit", 30, 30},
    {"longer", TC, "r2 = 100\nr3 = 0\ncall 38\nif r0 != 0 goto out\nr0 = *(u32 *)(r6 + 0)\nout:\nexit", 100, 100},
    {"much too long", TC, "r2 = 70000\nr3 = 0\ncall 38\nexit", -22, 74},
    {"shorter than its header", TC, "r2 = 13\nr3 = 0\ncall 38\nexit", -22, 74},
    {"another length, with flags", TC, "r2 = 60\nr3 = 1\ncall 38\nexit", -22, 74},
    {"more head", TC, "r2 = 14\nr3 = 0\ncall 43\nexit", 0, 88},
    {"more head, with flags", TC, "r2 = 14\nr3 = 1\ncall 43\nexit", -22, 74},
    {"too much head", TC, "r2 = 70000\nr3 = 0\ncall 43\nexit", -22, 74},
    {"to IPv6", TC, IPV6 "r3 = 0\ncall 31\nif r0 != 0 goto out\nr0 = *(u32 *)(r6 + 16)\nr0 = be16 r0\nout:\nexit", 0x86dd, 94},
    {"to IPv4, which it is", TC, IPV4 "r3 = 0\ncall 31\nexit", -524, 74},
    {"to IPv6 and back", TC, IPV6 "r3 = 0\ncall 31\nr1 = r6\n" IPV4 "r3 = 0\ncall 31\nexit", 0, 74},
    {"another type", TC, "r2 = 3\ncall 32\nif r0 != 0 goto out\nr0 = *(u32 *)(r6 + 4)\nout:\nexit", 3, 74},
    {"another type that there is not", TC, "r2 = 4\ncall 32\nexit", -22, 74},
    {"room before the network header", TC, "r2 = 20\nr3 = 1\nr4 = 0\ncall 50\nexit", 0, 94},
    {"room behind it", TC, "r2 = 8\nr3 = 0\nr4 = 0\ncall 50\nexit", 0, 82},
    {"less room", TC, "r2 = -20\nr3 = 1\nr4 = 0\ncall 50\nexit", 0, 54},
    {"less room behind", TC, "r2 = -20\nr3 = 0\nr4 = 0\ncall 50\nexit", 0, 54},
    {"far too little room", TC, "r2 = -60\nr3 = 1\nr4 = 0\ncall 50\nexit", -524, 74},
    {"far too much room", TC, "r2 = 5000\nr3 = 1\nr4 = 0\ncall 50\nexit", -14, 74},
    {"room of no mode", TC, "r2 = 8\nr3 = 2\nr4 = 0\ncall 50\nexit", -524, 74},
    {"room with flags", TC, "r2 = 8\nr3 = 1\nr4 = 512\ncall 50\nexit", -22, 74},
    {"room for two encapsulations", TC, "r2 = 40\nr3 = 1\nr4 = 6\ncall 50\nexit", -22, 74},
    {"encapsulation in IPv6", TC, "r2 = 40\nr3 = 1\nr4 = 4\ncall 50\nif r0 != 0 goto out\nr0 = *(u32 *)(r6 + 16)\nr0 = be16 r0\nout:\nexit", 0x86dd, 114},
    {"a tag", TC, VLAN "r3 = 5\ncall 18\nif r0 != 0 goto out\nr0 = *(u32 *)(r6 + 24)\nout:\nexit", 5, 74},
    {"two tags", TC, VLAN "r3 = 5\ncall 18\nr1 = r6\n" VLAN "r3 = 6\ncall 18\nif r0 != 0 goto out\nr0 = *(u32 *)(r6 + 24)\nout:\nexit", 6, 78},
    {"two tags come and go", TC, VLAN "r3 = 5\ncall 18\nr1 = r6\n" VLAN "r3 = 6\ncall 18\nr1 = r6\ncall 19\nr7 = *(u32 *)(r6 + 24)\n"
     "r1 = r6\ncall 19\nr0 = *(u32 *)(r6 + 20)\nr0 <<= 8\nr0 |= r7\nexit", 5, 74},
    {"no tag to take", TC, "call 19\nexit", 0, 74},
    {"a hash", TC, "r2 = 1234\ncall 48\nr1 = r6\ncall 34\nr7 = r0\nr1 = r6\ncall 41\nr0 = r7\nexit", 1234, 74},
    {"a stamp", TC, "r2 = 5\nr3 = 1\ncall 192\nif r0 != 0 goto out\nr0 = *(u64 *)(r6 + 152)\nout:\nexit", 5, 74},
    {"a stamp of no type", TC, "r2 = 5\nr3 = 9\ncall 192\nexit", -22, 74},
    {"no clone without a device", TC, "r2 = 4242\nr3 = 0\ncall 13\nexit", -22, 74},
    {"congestion", CGROUP, "call 97\nr0 = 0\nexit", 0, 60},
};
/* clang-format on */

/* Memory below 4 GiB; NULL where there is none. */
static uint8_t *low_memory(void)
{
    static uint8_t *memory;
    if (sizeof(void *) == 4) {
        static uint8_t bytes[ROOM];
        return bytes;
    }
#if defined(__linux__) && defined(MAP_ANONYMOUS)
    for (uint64_t at = 0x20000000; !memory && at < 0xf0000000; at += 0x10000000) {
        void *got =
            mmap((void *)(uintptr_t)at, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (got == MAP_FAILED) continue;
        if ((uint64_t)(uintptr_t)got < 0xffff0000u)
            memory = (uint8_t *)got;
        else
            munmap(got, ROOM);
    }
#endif
    return memory;
}

static size_t first_byte(uint32_t type) { return type == CGROUP ? 14 : 0; }

static void put_word(uint8_t *ctx, uint32_t at, uint32_t word) { memcpy(ctx + at, &word, sizeof word); }
static uint32_t get_word(const uint8_t *ctx, uint32_t at)
{
    uint32_t word;
    memcpy(&word, ctx + at, sizeof word);
    return word;
}

/* One run; the packet that is left is copied to `left`. */
static uint32_t run_ours(const mybpf_object *object, uint32_t type, int64_t *r0, uint8_t *left)
{
    uint8_t *memory = low_memory(), ctx[192] = {0};
    uint32_t skb = type != XDP, size = (uint32_t)(PACKET - first_byte(type));
    uint32_t data = (uint32_t)(uintptr_t)(memory + HEAD);
    mybpf_region region = {memory, ROOM, 1};
    mybpf_run_opts opts;
    mybpf_error error = {0};
    uint64_t result = 0;
    memset(memory, 0, HEAD);
    memset(memory + HEAD, 0xee, ROOM - HEAD);
    memcpy(memory + HEAD, ipv4 + first_byte(type), size);
    put_word(ctx, skb ? 76 : 0, data);
    put_word(ctx, skb ? 80 : 4, data + size);
    put_word(ctx, skb ? 140 : 8, data);
    if (skb) {
        put_word(ctx, 0, size);
        memcpy(ctx + 16 + (MYBPF_BIG_ENDIAN ? 2 : 0), "\10", 2); /* IPv4, in network order */
    }
    memset(&opts, 0, sizeof opts);
    opts.ctx = ctx;
    opts.ctx_size = skb ? sizeof ctx : 24;
    opts.packet = memory + HEAD;
    opts.packet_size = size;
    opts.regions = &region;
    opts.region_count = 1;
    if (mybpf_program_run(mybpf_object_program(object, 0), &opts, &result, &error))
        test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
    *r0 = (int64_t)result;
    data = get_word(ctx, skb ? 140 : 8); /* with its metadata, as the kernel's test run */
    if (type == CGROUP) data = get_word(ctx, 76);
    size = get_word(ctx, skb ? 80 : 4) - data;
    if (size > ROOM || data < (uintptr_t)memory || data + size > (uintptr_t)memory + ROOM) {
        test_fail(__FILE__, __LINE__, "the packet is outside of its memory");
        return 0;
    }
    memcpy(left, (const uint8_t *)(uintptr_t)data, size);
    return size;
}

static size_t assemble_row(const row *r, mybpf_insn *insns)
{
    char text[1024];
    mybpf_error error = {0};
    snprintf(text, sizeof text, "r6 = r1\n%s", r->text);
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, &error);
    if (count < 0) test_fail(__FILE__, __LINE__, "line %u: %s", error.line, error.message);
    return count < 0 ? 0 : (size_t)count;
}

static mybpf_object *load_row(mybpf_vm *vm, const row *r, mybpf_trust trust, mybpf_error *error)
{
    mybpf_insn insns[64];
    mybpf_raw_desc raw = {"main", 0, NULL, 0};
    mybpf_load_opts opts;
    mybpf_object *object = NULL;
    size_t count = assemble_row(r, insns);
    raw.type = r->type;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    int status = mybpf_object_open_insns(vm, insns, count, &raw, &object, error);
    if (!status) status = mybpf_object_load(object, &opts, error);
    if (!status) return object;
    mybpf_object_close(object);
    return NULL;
}

static mybpf_object *guarded_image(mybpf_vm *vm, const mybpf_object *from)
{
    mybpf_load_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.trust = MYBPF_GUARDED;
    return image_of(vm, from, 0, &opts);
}

TEST(packet, every_engine)
{
    static uint8_t first[ROOM], left[ROOM];
    if (!low_memory()) SKIP("no memory below 4 GiB");
    mybpf_vm *vm = vm_with_jit();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int engine = 0; engine < 5;
             engine++) { /* interpreted, JIT; each verified and guarded; an image */
            const row *r = &rows[i];
            mybpf_error error = {0};
            int64_t r0 = 0;
            CASE("%s, engine %d", r->name, engine);
            mybpf_object *object = load_row(vm, r, engine & 1 ? MYBPF_GUARDED : MYBPF_VERIFIED, &error);
            if (!object) {
                test_fail(__FILE__, __LINE__, "instruction %d: %s", (int)error.insn, error.message);
                continue;
            }
            if (engine == 4) {
                mybpf_object *image = guarded_image(vm, object);
                mybpf_object_close(object);
                object = image;
            }
            if (engine < 2 || engine == 4 || !mybpf_jit_compile(object, NULL, &error)) {
                uint32_t size = run_ours(object, r->type, &r0, engine ? left : first);
                CHECK_INT(r0, r->r0);
                CHECK_INT(size, r->size);
                if (engine) CHECK(!memcmp(first, left, size));
            }
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}

/* ---- the kernel ---- */

#ifdef HAS_KERNEL
static int kernel_run(const row *r, int64_t *r0, uint8_t *left, uint32_t *size)
{
    mybpf_insn insns[64];
    static char log[65536];
    union bpf_attr attr;
    size_t count = assemble_row(r, insns);
    memset(&attr, 0, sizeof attr);
    attr.prog_type = r->type;
    attr.insns = (uint64_t)(uintptr_t)insns;
    attr.insn_cnt = (uint32_t)count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    attr.log_buf = (uint64_t)(uintptr_t)log;
    attr.log_size = sizeof log;
    attr.log_level = 1;
    log[0] = 0;
    int fd = (int)kernel_syscall(SYS_bpf, (long)BPF_PROG_LOAD, &attr, sizeof attr);
    if (fd < 0) {
        if (errno != EPERM && errno != ENOSYS)
            test_fail(__FILE__, __LINE__, "the kernel refuses it: %s", log);
        return -errno;
    }
    memset(&attr, 0, sizeof attr);
    attr.test.prog_fd = (unsigned)fd;
    attr.test.data_in = (uint64_t)(uintptr_t)ipv4;
    attr.test.data_size_in = PACKET;
    attr.test.data_out = (uint64_t)(uintptr_t)left;
    attr.test.data_size_out = ROOM;
    int status = (int)kernel_syscall(SYS_bpf, (long)BPF_PROG_TEST_RUN, &attr, sizeof attr);
    if (status) status = -errno;
    close(fd);
    *r0 = (int32_t)attr.test.retval;
    *size = attr.test.data_size_out;
    return status;
}

TEST(packet, as_the_kernel)
{
    static uint8_t ours[ROOM], theirs[2 * ROOM];
    if (!low_memory()) SKIP("no memory below 4 GiB");
    mybpf_vm *vm = vm_with_jit();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        mybpf_error error = {0};
        int64_t r0 = 0, kernel_r0 = 0;
        uint32_t size, kernel_size = 0;
        if (r->type == CGROUP) continue; /* it has another view of what it is given */
        CASE("%s", r->name);
        int status = kernel_run(r, &kernel_r0, theirs, &kernel_size);
        if (status == -EPERM || status == -ENOSYS) {
            mybpf_vm_destroy(vm);
            SKIP("no bpf() here");
        }
        if (status) {
            test_fail(__FILE__, __LINE__, "the kernel's test run: %d", status);
            continue;
        }
        mybpf_object *object = load_row(vm, r, MYBPF_VERIFIED, &error);
        if (!object) continue;
        size = run_ours(object, r->type, &r0, ours);
        CHECK_INT((int32_t)r0, kernel_r0);
        CHECK_INT(size, kernel_size);
        if (size == kernel_size && memcmp(ours, theirs, size))
            for (uint32_t at = 0; at < size; at++)
                if (ours[at] != theirs[at]) {
                    test_fail(__FILE__, __LINE__, "byte %u is 0x%02x, the kernel's 0x%02x", at, ours[at],
                              theirs[at]);
                    break;
                }
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}
#endif

/* ---- what the verifier knows of packets afterwards ---- */

TEST(packet, refused)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {DATA "r1 = r6\nr2 = 60\nr3 = 0\ncall 38\nr0 = *(u8 *)(r7 + 0)\nout:\nexit",
         "cannot prove the 1-byte read at r7 + 0"},
        {"r7 = *(u32 *)(r6 + 76)\nr1 = r6\nr2 = 0\ncall 39\nr8 = *(u32 *)(r6 + 80)\nr0 = 0\nr1 = r7\nr1 += "
         "14\n"
         "if r1 > r8 goto out\nr0 = *(u8 *)(r7 + 0)\nout:\nexit",
         "cannot prove the 1-byte read at r7 + 0"},
        {DATA "r1 = r6\nr2 = 0\nr3 = r7\nr4 = 8\nr5 = 0\ncall 9\nr0 = 0\nout:\nexit",
         "argument 3 of skb_store_bytes"},
        {"r2 = 0\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0\ncall 44\nr0 = 0\nexit",
         "helper xdp_adjust_head (44) is not for programs of type sched_cls"},
    };
    mybpf_vm *vm = vm_with_jit();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        row r = {"", TC, NULL, 0, 0};
        mybpf_error error = {0};
        r.text = cases[i].text;
        CASE("%d", (int)i);
        mybpf_object *object = load_row(vm, &r, MYBPF_VERIFIED, &error);
        CHECK(!object);
        mybpf_object_close(object);
        if (!strstr(error.message, cases[i].message)) test_fail(__FILE__, __LINE__, "%s", error.message);
    }
    mybpf_vm_destroy(vm);
}

/* Without a writable region, nothing is written or moved. */
TEST(packet, read_only)
{
    static const row cases[] = {
        {"store", TC, STORE "r2 = 6\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0\ncall 9\nexit", -14, 74},
        {"tail", TC, "r2 = 30\nr3 = 0\ncall 38\nexit", -12, 74},
        {"head", XDP, "r2 = 8\ncall 44\nexit", -22, 74},
        {"checksum", TC, "r2 = 24\nr3 = 0\nr4 = 4660\nr5 = 0\ncall 10\nexit", -14, 74},
        {"tag", TC, VLAN "r3 = 5\ncall 18\nexit", 0, 74},
    };
    mybpf_vm *vm = vm_with_jit();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int packet = 0; packet < 2; packet++) {
            uint8_t ctx[192] = {0}, bytes[PACKET];
            mybpf_run_opts opts;
            mybpf_error error = {0};
            uint64_t r0 = 0;
            mybpf_object *object = load_row(vm, &cases[i], MYBPF_GUARDED, &error);
            CASE("%s, packet %d", cases[i].name, packet);
            memcpy(bytes, ipv4, sizeof bytes);
            memset(&opts, 0, sizeof opts);
            opts.ctx = ctx;
            opts.ctx_size = sizeof ctx;
            opts.packet = packet ? bytes : NULL;
            opts.packet_size = packet ? sizeof bytes : 0;
            CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error), 0);
            CHECK_INT(r0, cases[i].r0);
            CHECK(!memcmp(bytes, ipv4, sizeof bytes));
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}
