/* test_map_programs.c: what programs do with maps of each type, verified and guarded, in the interpreter, the
 * JIT and SPF images; and what they may not. */
#include "from_text.h"

/* r1 is the context, 16 bytes. A key or value of 8 bytes is at r10 - 8, of 4 bytes at r10 - 4. */
#define MAP     "r1 = map_by_idx(0) ll\n"
#define AT(off) "r2 = r10\nr2 += -" #off "\n"

typedef struct row {
    const char *name, *text;
    uint32_t type, key, value, entries, flags;
    uint64_t r0[2];      /* of two runs, one after the other */
    const char *refused; /* when verified, by this message */
} row;

static const row rows[] = {
    {"push",
     "*(u64 *)(r10 - 8) = 7\n" MAP AT(8) "r3 = 0\ncall 87\nexit",
     MYBPF_MAP_TYPE_QUEUE,
     0,
     8,
     1,
     0,
     {0, (uint64_t)-7},
     NULL},
    {"push over the oldest",
     "*(u64 *)(r10 - 8) = 7\n" MAP AT(8) "r3 = 2\ncall 87\n" MAP AT(
         16) "call 89\nr0 = *(u64 *)(r10 - 16)\nexit",
     MYBPF_MAP_TYPE_QUEUE,
     0,
     8,
     1,
     0,
     {7, 7},
     NULL},
    {"a queue's order",
     "*(u64 *)(r10 - 8) = 1\n" MAP AT(8) "r3 = 0\ncall 87\n*(u64 *)(r10 - 8) = 2\n" MAP AT(
         8) "r3 = 0\ncall 87\n" MAP AT(16) "call 88\nr0 = *(u64 *)(r10 - 16)\nexit",
     MYBPF_MAP_TYPE_QUEUE,
     0,
     8,
     9,
     0,
     {1, 2},
     NULL},
    {"a stack's order",
     "*(u64 *)(r10 - 8) = 1\n" MAP AT(8) "r3 = 0\ncall 87\n*(u64 *)(r10 - 8) = 2\n" MAP AT(
         8) "r3 = 0\ncall 87\n" MAP AT(16) "call 88\nr0 = *(u64 *)(r10 - 16)\nexit",
     MYBPF_MAP_TYPE_STACK,
     0,
     8,
     9,
     0,
     {2, 2},
     NULL},
    {"pop of an empty one",
     MAP AT(8) "call 88\nr1 = *(u64 *)(r10 - 8)\nr0 -= r1\nexit",
     MYBPF_MAP_TYPE_STACK,
     0,
     8,
     9,
     0,
     {(uint64_t)-2, (uint64_t)-2},
     NULL},
    {"bloom filter",
     "*(u64 *)(r10 - 8) = 7\n" MAP AT(8) "call 89\nr6 = r0\n" MAP AT(8) "r3 = 0\ncall 87\nr0 = r6\nexit",
     MYBPF_MAP_TYPE_BLOOM_FILTER,
     0,
     8,
     9,
     0,
     {(uint64_t)-2, 0},
     NULL},
    {"lookup in a queue",
     "*(u32 *)(r10 - 4) = 0\n" MAP AT(4) "call 1\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_QUEUE,
     0,
     8,
     9,
     0,
     {0, 0},
     "cannot prove argument 1 of map_lookup_elem: r1 is map m; the helper does not work on maps of this "
     "type"},
    {"a per-CPU counter",
     "*(u32 *)(r10 - 4) = 1\n" MAP AT(4) "call 1\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 + 0)\nr1 += 1\n"
                                         "*(u64 *)(r0 + 0) = r1\nr0 = r1\nout:\nexit",
     MYBPF_MAP_TYPE_PERCPU_ARRAY,
     4,
     8,
     2,
     0,
     {1, 2},
     NULL},
    {"another CPU's value",
     "*(u32 *)(r10 - 4) = 1\n*(u64 *)(r10 - 16) = 9\n" MAP AT(4) "r3 = r10\nr3 += -16\nr4 = 0\ncall 2\n" MAP
         AT(4) "r3 = 3\ncall 195\nif r0 == 0 goto out\nr6 = *(u64 *)(r0 + 0)\n" MAP AT(
             4) "r3 = 2\ncall 195\nif r0 == 0 goto out\nr0 = *(u64 *)(r0 + 0)\nr6 *= 1000\nr0 += "
                "r6\nexit\nout:\nr0 = 77\nexit",
     MYBPF_MAP_TYPE_PERCPU_HASH,
     4,
     8,
     2,
     0,
     {9, 9},
     NULL},
    {"a CPU that there is not",
     "*(u32 *)(r10 - 4) = 1\n" MAP AT(4) "r3 = 4\ncall 195\nif r0 == 0 goto out\nr0 = 77\nout:\nexit",
     MYBPF_MAP_TYPE_PERCPU_ARRAY,
     4,
     8,
     2,
     0,
     {0, 0},
     NULL},
    {"per CPU in a map that is not",
     "*(u32 *)(r10 - 4) = 1\n" MAP AT(4) "r3 = 0\ncall 195\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_ARRAY,
     4,
     8,
     2,
     0,
     {0, 0},
     "cannot prove argument 1 of map_lookup_percpu_elem: r1 is map m; the helper does not work on maps of "
     "this type"},
    {"longest prefix",
     "*(u64 *)(r10 - 8) = 8\n*(u8 *)(r10 - 4) = 10\n*(u32 *)(r10 - 12) = 5\n" MAP
         AT(8) "r3 = r10\nr3 += -12\nr4 = 0\ncall 2\n*(u32 *)(r10 - 8) = 32\n*(u8 *)(r10 - 3) = 77\n" MAP AT(
             8) "call 1\nif r0 == 0 goto out\nr0 = *(u32 *)(r0 + 0)\nout:\nexit",
     MYBPF_MAP_TYPE_LPM_TRIE,
     8,
     4,
     9,
     MYBPF_F_NO_PREALLOC,
     {5, 5},
     NULL},
    {"the least used makes room",
     "*(u64 *)(r10 - 8) = 0\nr6 = 10\nmore:\n*(u64 *)(r10 - 8) = r6\n" MAP AT(
         8) "r3 = r2\nr4 = 0\ncall 2\nif r0 != 0 goto out\n"
            "r6 += -1\nif r6 != 0 goto more\nr0 = 5\nout:\nexit",
     MYBPF_MAP_TYPE_LRU_HASH,
     8,
     8,
     3,
     0,
     {5, 5},
     NULL},
    {"a record",
     MAP
     "r2 = 16\nr3 = 0\ncall 131\nif r0 == 0 goto out\nr6 = r0\n*(u64 *)(r6 + 0) = 1\n*(u64 *)(r6 + 8) = 2\n"
     "r1 = r6\nr2 = 0\ncall 132\n" MAP "r2 = 0\ncall 134\nexit\nout:\nr0 = 77\nexit",
     MYBPF_MAP_TYPE_RINGBUF,
     0,
     0,
     4096,
     0,
     {24, 48},
     NULL},
    {"a record given up",
     MAP "r2 = 9\nr3 = 0\ncall 131\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall 133\n" MAP
         "r2 = 3\ncall 134\nexit\n"
         "out:\nr0 = 77\nexit",
     MYBPF_MAP_TYPE_RINGBUF,
     0,
     0,
     4096,
     0,
     {24, 48},
     NULL},
    {"output",
     "*(u64 *)(r10 - 8) = 7\n" MAP AT(8) "r3 = 8\nr4 = 0\ncall 130\nexit",
     MYBPF_MAP_TYPE_RINGBUF,
     0,
     0,
     4096,
     0,
     {0, 0},
     NULL},
    {"output with flags that there are not",
     "*(u64 *)(r10 - 8) = 7\n" MAP AT(8) "r3 = 8\nr4 = 4\ncall 130\nexit",
     MYBPF_MAP_TYPE_RINGBUF,
     0,
     0,
     4096,
     0,
     {(uint64_t)-22, (uint64_t)-22},
     NULL},
    {"a record that is too large",
     MAP "r2 = 4096\nr3 = 0\ncall 131\nif r0 == 0 goto out\nr1 = r0\nr2 = 0\ncall 133\nr0 = "
         "77\nexit\nout:\nr0 = 3\nexit",
     MYBPF_MAP_TYPE_RINGBUF,
     0,
     0,
     4096,
     0,
     {3, 3},
     NULL},
    {"the ring's size",
     MAP "r2 = 1\ncall 134\nexit",
     MYBPF_MAP_TYPE_RINGBUF,
     0,
     0,
     8192,
     0,
     {8192, 8192},
     NULL},
    {"an event that nobody waits for",
     "*(u64 *)(r10 - 8) = 7\nr2 = map_by_idx(0) ll\nr3 = 4294967295 ll\nr4 = r10\nr4 += -8\nr5 = 8\ncall "
     "25\nexit",
     MYBPF_MAP_TYPE_PERF_EVENT_ARRAY,
     4,
     4,
     4,
     0,
     {(uint64_t)-2, (uint64_t)-2},
     NULL},
    {"an event for a CPU too many",
     "*(u64 *)(r10 - 8) = 7\nr2 = map_by_idx(0) ll\nr3 = 4\nr4 = r10\nr4 += -8\nr5 = 8\ncall 25\nexit",
     MYBPF_MAP_TYPE_PERF_EVENT_ARRAY,
     4,
     4,
     4,
     0,
     {(uint64_t)-7, (uint64_t)-7},
     NULL},
    {"each element of a hash",
     "*(u64 *)(r10 - 8) = 1\n" MAP AT(8) "r3 = r2\nr4 = 0\ncall 2\n*(u64 *)(r10 - 8) = 5\n" MAP AT(
         8) "r3 = r2\nr4 = 0\ncall 2\n*(u64 *)(r10 - 16) = 0\n" MAP
            "r2 = code_addr(9) ll\nr3 = r10\nr3 += -16\nr4 = 0\ncall 164\nr1 = *(u64 *)(r10 - 16)\nr0 *= "
            "100\nr0 += r1\nexit\n"
            "r1 = *(u64 *)(r2 + 0)\nr5 = *(u64 *)(r3 + 0)\nr1 += r5\nr2 = *(u64 *)(r4 + 0)\nr2 += r1\n*(u64 "
            "*)(r4 + 0) = r2\n"
            "r0 = 0\nexit",
     MYBPF_MAP_TYPE_HASH,
     8,
     8,
     4,
     0,
     {212, 212},
     NULL},
    {"each element is deleted",
     "*(u64 *)(r10 - 8) = 1\n" MAP AT(
         8) "r3 = r2\nr4 = 0\ncall 2\n" MAP
            "r2 = code_addr(5) ll\nr3 = 0\nr4 = 0\ncall 164\nexit\ncall 3\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_LRU_HASH,
     8,
     8,
     4,
     0,
     {1, 1},
     NULL},
    {"one element of an array, then no more",
     MAP "r2 = code_addr(5) ll\nr3 = 0\nr4 = 0\ncall 164\nexit\nr1 = *(u64 *)(r3 + 0)\nr1 += 1\n*(u64 *)(r3 "
         "+ 0) = r1\n"
         "r0 = 1\nexit",
     MYBPF_MAP_TYPE_ARRAY,
     4,
     8,
     4,
     0,
     {1, 1},
     NULL},
    {"each element of a per-CPU array",
     MAP
     "r2 = code_addr(5) ll\nr3 = 0\nr4 = 0\ncall 164\nexit\nr1 = *(u32 *)(r2 + 0)\n*(u64 *)(r3 + 0) = r1\n"
     "r0 = 0\nexit",
     MYBPF_MAP_TYPE_PERCPU_ARRAY,
     4,
     8,
     4,
     0,
     {4, 4},
     NULL},
    {"each element, with flags",
     MAP "r2 = code_addr(5) ll\nr3 = 0\nr4 = 1\ncall 164\nexit\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_ARRAY,
     4,
     8,
     4,
     0,
     {(uint64_t)-22, (uint64_t)-22},
     NULL},
    {"each element, and its key is written",
     MAP "r2 = code_addr(5) ll\nr3 = 0\nr4 = 0\ncall 164\nexit\n*(u32 *)(r2 + 0) = 0\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_ARRAY,
     4,
     8,
     4,
     0,
     {0, 0},
     "cannot prove the 4-byte write at r2 + 0: r2 is memory of 4 bytes + 0; programs may not write there"},
    {"a storage that is made",
     "*(u64 *)(r10 - 8) = 41\nr7 = 9\n" MAP
     "r2 = r7\nr3 = r10\nr3 += -8\nr4 = 1\ncall 156\nif r0 == 0 goto out\n"
     "r1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\nr0 = r1\nout:\nexit",
     MYBPF_MAP_TYPE_TASK_STORAGE,
     4,
     8,
     0,
     MYBPF_F_NO_PREALLOC,
     {42, 43},
     NULL},
    {"a storage that is not made",
     MAP "r2 = 9\nr3 = 0\nr4 = 0\ncall 210\nif r0 == 0 goto out\nr0 = 1\nout:\nexit",
     MYBPF_MAP_TYPE_CGRP_STORAGE,
     4,
     8,
     0,
     MYBPF_F_NO_PREALLOC,
     {0, 0},
     NULL},
    {"a storage of zeroes, deleted",
     MAP "r2 = 9\nr3 = 0\nr4 = 1\ncall 107\nif r0 == 0 goto out\nr6 = *(u32 *)(r0 + 8)\n" MAP
         "r2 = 9\ncall 108\nr6 += r0\n" MAP "r2 = 9\ncall 108\nr0 += r6\nout:\nexit",
     MYBPF_MAP_TYPE_SK_STORAGE,
     4,
     12,
     0,
     MYBPF_F_NO_PREALLOC,
     {(uint64_t)-2, (uint64_t)-2},
     NULL},
    {"a storage of nothing",
     MAP "r2 = 0\nr3 = 0\nr4 = 1\ncall 145\nif r0 == 0 goto out\nr0 = 1\nout:\nexit",
     MYBPF_MAP_TYPE_INODE_STORAGE,
     4,
     8,
     0,
     MYBPF_F_NO_PREALLOC,
     {0, 0},
     NULL},
    {"a storage as a hash",
     "*(u32 *)(r10 - 4) = 0\n" MAP AT(4) "call 1\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_TASK_STORAGE,
     4,
     8,
     0,
     MYBPF_F_NO_PREALLOC,
     {0, 0},
     "cannot prove argument 1 of map_lookup_elem: r1 is map m; the helper does not work on maps of this "
     "type"},
    {"a cgroup's storage",
     MAP "r2 = 0\ncall 81\nr1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\nr0 = r1\nexit",
     MYBPF_MAP_TYPE_CGROUP_STORAGE,
     16,
     8,
     0,
     0,
     {1, 2},
     NULL},
    {"a cgroup's storage of a CPU",
     MAP "r2 = 0\ncall 81\nr1 = *(u32 *)(r0 + 8)\nr1 += 3\n*(u32 *)(r0 + 8) = r1\nr0 = r1\nexit",
     MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
     8,
     12,
     0,
     0,
     {3, 6},
     NULL},
    {"behind a cgroup's storage",
     MAP "r2 = 0\ncall 81\nr0 = *(u64 *)(r0 + 8)\nexit",
     MYBPF_MAP_TYPE_CGROUP_STORAGE,
     8,
     12,
     0,
     0,
     {0, 0},
     "cannot prove the 8-byte read at r0 + 8: r0 is a value of map m (12 bytes) + 0; it may lie behind the last byte: bound the "
     "offset, `if (i < size)`"},
    {"a cgroup's storage as a hash",
     "*(u64 *)(r10 - 8) = 0\n" MAP AT(8) "call 1\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_CGROUP_STORAGE,
     8,
     8,
     0,
     0,
     {0, 0},
     "cannot prove argument 1 of map_lookup_elem: r1 is map m; the helper does not work on maps of this "
     "type"},
    {"redirect to no device",
     MAP "r2 = 1\nr3 = 2\ncall 51\nexit",
     MYBPF_MAP_TYPE_DEVMAP,
     4,
     4,
     4,
     0,
     {2, 2},
     NULL},
    {"redirect to all devices",
     MAP "r2 = 1\nr3 = 8\ncall 51\nexit",
     MYBPF_MAP_TYPE_DEVMAP_HASH,
     4,
     8,
     4,
     0,
     {4, 4},
     NULL},
    {"redirect to all CPUs",
     MAP "r2 = 1\nr3 = 8\ncall 51\nexit",
     MYBPF_MAP_TYPE_CPUMAP,
     4,
     8,
     4,
     0,
     {0, 0},
     NULL},
    {"what is in no device",
     "*(u32 *)(r10 - 4) = 0\n" MAP AT(4) "call 1\nif r0 == 0 goto out\nr0 = *(u32 *)(r0 + 4)\nout:\nexit",
     MYBPF_MAP_TYPE_DEVMAP,
     4,
     8,
     4,
     0,
     {0, 0},
     NULL},
    {"a device is written to",
     "*(u32 *)(r10 - 4) = 0\n" MAP AT(4) "call 1\nif r0 == 0 goto out\n*(u32 *)(r0 + 4) = 0\nout:\nexit",
     MYBPF_MAP_TYPE_DEVMAP,
     4,
     8,
     4,
     0,
     {0, 0},
     "cannot prove the 4-byte write at r0 + 4: r0 is a value of map m (8 bytes) + 0; programs may not write "
     "there"},
    {"redirect to a socket that is not",
     "r7 = r1\n*(u32 *)(r10 - 4) = 1\nr2 = map_by_idx(0) ll\nr3 = r10\nr3 += -4\nr4 = 0\ncall 72\nr6 = r0\n"
     "r1 = r7\nr2 = map_by_idx(0) ll\nr3 = r10\nr3 += -4\nr4 = 0\ncall 82\nr0 += r6\nexit",
     MYBPF_MAP_TYPE_SOCKHASH,
     4,
     4,
     4,
     0,
     {(uint64_t)-2, (uint64_t)-2},
     NULL},
    {"in no group",
     MAP "r2 = 3\ncall 37\nr6 = r0\n" MAP "r2 = 4\ncall 37\nr6 *= 100\nr0 += r6\nexit",
     MYBPF_MAP_TYPE_CGROUP_ARRAY,
     4,
     4,
     4,
     0,
     {(uint64_t)-1107, (uint64_t)-1107},
     NULL},
    {"no stack trace",
     "r2 = map_by_idx(0) ll\nr3 = 0\ncall 27\nexit",
     MYBPF_MAP_TYPE_STACK_TRACE,
     4,
     80,
     4,
     0,
     {(uint64_t)-14, (uint64_t)-14},
     NULL},
    {"each element of a queue",
     MAP "r2 = code_addr(5) ll\nr3 = 0\nr4 = 0\ncall 164\nexit\nr0 = 0\nexit",
     MYBPF_MAP_TYPE_QUEUE,
     0,
     8,
     4,
     0,
     {0, 0},
     "cannot prove argument 1 of for_each_map_elem: r1 is map m; the helper does not work on maps of this "
     "type"},
};

static uint32_t cpu_two(void *user)
{
    (void)user;
    return 2;
}

static mybpf_vm *make_vm(void)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    host.cpu = cpu_two;
    host.cpus = 4;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return vm;
}

static mybpf_map *make_map(mybpf_vm *vm, const row *r)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = r->type;
    desc.key_size = r->key;
    desc.value_size = r->value;
    desc.max_entries = r->entries;
    desc.flags = r->flags;
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

static int load(mybpf_vm *vm, const char *text, mybpf_map *map, mybpf_trust trust, mybpf_object **object,
                mybpf_error *error)
{
    mybpf_insn insns[64];
    mybpf_raw_desc raw = {"main", 0, &map, 1};
    mybpf_load_opts opts;
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, error);
    if (count < 0) return test_fail(__FILE__, __LINE__, "line %u: %s", error->line, error->message), -1;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.ctx_size = 16;
    int status = mybpf_object_open_insns(vm, insns, (size_t)count, &raw, object, error);
    return status ? status : mybpf_object_load(*object, &opts, error);
}

static void check_run(const mybpf_object *object, const row *r)
{
    uint64_t ctx[2] = {0, 0}, r0 = 0;
    mybpf_run_opts opts;
    mybpf_error error = {0};
    memset(&opts, 0, sizeof opts);
    opts.ctx = ctx;
    opts.ctx_size = sizeof ctx;
    for (int i = 0; i < 2; i++) {
        if (mybpf_program_run(mybpf_object_program(object, 0), &opts, &r0, &error))
            test_fail(__FILE__, __LINE__, "%s", error.message);
        CHECK_INT(r0, r->r0[i]);
    }
}

/* An SPF image has maps of its own. */
static void check_image(mybpf_vm *vm, const mybpf_object *from, const row *r, int native)
{
    mybpf_load_opts opts;
    mybpf_object *object;
    memset(&opts, 0, sizeof opts);
    opts.trust = native ? MYBPF_TRUSTED : MYBPF_GUARDED;
    opts.ctx_size = 16;
    object = image_of(vm, from, native ? IMAGE_NATIVE : 0, &opts);
    if (object) check_run(object, r);
    mybpf_object_close(object);
}

TEST(map_programs, every_engine)
{
    mybpf_vm *vm = make_vm();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        for (int engine = 0; engine < 4; engine++) { /* interpreted, JIT; each verified and guarded */
            mybpf_trust trust = engine & 1 ? MYBPF_GUARDED : MYBPF_VERIFIED;
            mybpf_map *map = make_map(vm, r);
            mybpf_object *object = NULL;
            mybpf_error error = {0};
            CASE("%s, engine %d", r->name, engine);
            int status = load(vm, r->text, map, trust, &object, &error);
            mybpf_map_unref(map);
            if (r->refused && trust == MYBPF_VERIFIED) {
                CHECK_INT(status, MYBPF_ERR_VERIFY);
                CHECK_TEXT(error.message, r->refused);
            } else if (status) {
                test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
            } else if (!r->refused) {
                if (engine >= 2 && mybpf_jit_compile(object, NULL, &error)) {
                    mybpf_object_close(object);
                    continue;
                }
                check_run(object, r);
                if (engine >= 2 && mybpf_aot_target_host()) check_image(vm, object, r, 1);
                if (engine == 1) check_image(vm, object, r, 0);
            }
            mybpf_object_close(object);
        }
    }
    mybpf_vm_destroy(vm);
}

/* A program that faults while it holds a record gives it up. */
TEST(map_programs, fault_with_a_record)
{
    static const row ring = {"", "", MYBPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, {0, 0}, NULL};
    static const char *const text =
        MAP "r2 = 16\nr3 = 0\ncall 131\nif r0 == 0 goto out\nr6 = r0\nr1 = 5\n"
            "r1 = *(u64 *)(r1 + 0)\nr1 = r6\nr2 = 0\ncall 132\nout:\nr0 = 0\nexit";
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, &ring);
    mybpf_object *object = NULL;
    mybpf_ring_buffer *rings = NULL;
    CHECK_INT(load(vm, text, map, MYBPF_GUARDED, &object, NULL), 0);
    CHECK_INT(mybpf_ring_buffer_new(map, NULL, NULL, &rings, NULL), 0);
    for (int i = 0; i < 1000; i++) {
        uint64_t ctx[2] = {0, 0};
        mybpf_run_opts opts;
        memset(&opts, 0, sizeof opts);
        opts.ctx = ctx;
        opts.ctx_size = sizeof ctx;
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &opts, NULL, NULL), MYBPF_FAULT_ACCESS);
        CHECK_INT(mybpf_ring_buffer_consume(rings), 0);
    }
    mybpf_ring_buffer_free(rings);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- maps of maps ---- */

/* r0 = the first 8 bytes of element 0 of the map with key 1, 77 when there is no such map; then adds 1 there.
 */
static const char *const nested = "*(u32 *)(r10 - 4) = 1\n" MAP AT(
    4) "call 1\nif r0 == 0 goto none\nr1 = r0\n"
       "*(u32 *)(r10 - 4) = 0\n" AT(
           4) "call 1\nif r0 == 0 goto none\n"
              "r1 = *(u64 *)(r0 + 0)\nr2 = r1\nr2 += 1\n*(u64 *)(r0 + 0) = r2\nr0 = r1\nexit\n"
              "none:\nr0 = 77\nexit";

static mybpf_map *make_nested(mybpf_vm *vm, uint32_t type, const mybpf_map_desc *inner, mybpf_error *error)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "outer");
    desc.type = type;
    desc.key_size = desc.value_size = 4;
    desc.max_entries = 3;
    desc.inner = inner;
    mybpf_map_create(vm, &desc, &map, error);
    return map;
}

TEST(map_programs, maps_of_maps)
{
    static const uint32_t types[] = {MYBPF_MAP_TYPE_ARRAY_OF_MAPS, MYBPF_MAP_TYPE_HASH_OF_MAPS};
    static const row inside = {"", "", MYBPF_MAP_TYPE_ARRAY, 4, 8, 2, 0, {0, 0}, NULL},
                     other = {"", "", MYBPF_MAP_TYPE_ARRAY, 4, 8, 3, 0, {0, 0}, NULL};
    mybpf_vm *vm = make_vm();
    for (int t = 0; t < 2; t++)
        for (int engine = 0; engine < 4; engine++) {
            mybpf_trust trust = engine & 1 ? MYBPF_GUARDED : MYBPF_VERIFIED;
            mybpf_map *first = make_map(vm, &inside), *second = make_map(vm, &inside),
                      *wrong = make_map(vm, &other), *got = NULL, *none = NULL;
            mybpf_map *outer = make_nested(vm, types[t], mybpf_map_describe(first), NULL);
            mybpf_object *object = NULL;
            mybpf_error error = {0};
            uint32_t key = 1, zero = 0;
            uint64_t value = 40;
            row r = inside;
            CASE("type %u, engine %d", types[t], engine);
            if (load(vm, nested, outer, trust, &object, &error))
                test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
            if (engine >= 2) (void)mybpf_jit_compile(object, NULL, &error); /* where there is one */
            r.r0[0] = r.r0[1] = 77;
            check_run(object, &r);
            CHECK_INT(mybpf_map_lookup(outer, &key, &got), -2);
            CHECK_INT(mybpf_map_update(outer, &key, &wrong, 0), -22);
            CHECK_INT(mybpf_map_update(outer, &key, &none, 0), -22);
            CHECK_INT(mybpf_map_update(outer, &key, &outer, 0), -22);
            CHECK_INT(mybpf_map_update(first, &zero, &value, 0), 0);
            CHECK_INT(mybpf_map_update(outer, &key, &first, 0), 0);
            mybpf_map_unref(first); /* the outer map keeps it */
            CHECK_INT(mybpf_map_lookup(outer, &key, &got), 0);
            CHECK(got == first);
            r.r0[0] = 40, r.r0[1] = 41;
            check_run(object, &r);
            CHECK_INT(mybpf_map_update(outer, &key, &second, 0), 0);
            r.r0[0] = 0, r.r0[1] = 1;
            check_run(object, &r);
            CHECK_INT(mybpf_map_delete(outer, &key), 0);
            CHECK_INT(mybpf_map_delete(outer, &key), -2);
            r.r0[0] = r.r0[1] = 77;
            check_run(object, &r);
            CHECK_INT(mybpf_map_update(outer, &key, &second, 0), 0);
            mybpf_map_unref(second);
            mybpf_map_unref(wrong);
            mybpf_map_unref(outer);
            mybpf_object_close(object);
        }
    mybpf_vm_destroy(vm);
}

/* What is in maps of other types has no description that could be kept. */
TEST(map_programs, inner_of_a_plain_map)
{
    mybpf_vm *vm = make_vm();
    mybpf_map_desc inner, desc;
    mybpf_map *map = NULL;
    memset(&inner, 0, sizeof inner);
    memset(&desc, 0, sizeof desc);
    desc.type = MYBPF_MAP_TYPE_ARRAY;
    desc.key_size = desc.value_size = desc.max_entries = 4;
    desc.inner = &inner;
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
    CHECK(mybpf_map_describe(map)->inner == NULL);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

TEST(map_programs, maps_of_maps_refused)
{
    static const struct {
        const char *text, *message;
    } refused[] = {
        {"*(u32 *)(r10 - 4) = 1\n" MAP AT(4) "call 1\nr1 = r0\n" AT(4) "call 1\nr0 = 0\nexit",
         "cannot prove argument 1 of map_lookup_elem: r1 is map m; compare it with NULL before this: `if "
         "(!p) return "
         "0;`"},
        {"*(u32 *)(r10 - 4) = 1\n" MAP AT(4) "r3 = r2\nr4 = 0\ncall 2\nexit",
         "cannot prove argument 1 of map_update_elem: r1 is map outer; the helper does not work on maps of "
         "this type"},
        {"*(u32 *)(r10 - 4) = 1\n" MAP AT(
             4) "call 1\nif r0 == 0 goto out\nr0 = *(u64 *)(r0 + 0)\nout:\nr0 = 0\nexit",
         "cannot prove the 8-byte read at r0 + 0: r0 is map m; this is no memory that programs may access"},
    };
    static const row inside = {"", "", MYBPF_MAP_TYPE_HASH, 4, 8, 2, 0, {0, 0}, NULL};
    mybpf_vm *vm = make_vm();
    mybpf_map *map = make_map(vm, &inside);
    mybpf_map *outer = make_nested(vm, MYBPF_MAP_TYPE_HASH_OF_MAPS, mybpf_map_describe(map), NULL);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("row %zu", i);
        CHECK_INT(load(vm, refused[i].text, outer, MYBPF_VERIFIED, &object, &error), MYBPF_ERR_VERIFY);
        CHECK_TEXT(error.message, refused[i].message);
        mybpf_object_close(object);
    }
    mybpf_error error = {0};
    CHECK(make_nested(vm, MYBPF_MAP_TYPE_ARRAY_OF_MAPS, NULL, &error) == NULL);
    CHECK_INT(error.code, MYBPF_ERR_ARGUMENT);
    CHECK(make_nested(vm, MYBPF_MAP_TYPE_ARRAY_OF_MAPS, mybpf_map_describe(outer), &error) == NULL);
    mybpf_map_unref(map);
    mybpf_map_unref(outer);
    mybpf_vm_destroy(vm);
}
