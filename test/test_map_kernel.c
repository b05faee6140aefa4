/* test_map_kernel.c: random operations on maps here and on the same maps in the running kernel, through
 * bpf(2): the same error numbers, values and elements. Skipped where the kernel cannot be asked. */
#include "mybpf.h"
#include "test.h"

#if defined(__linux__) && defined(__has_include)
#    if __has_include(<linux/bpf.h>)
#        define HAS_KERNEL 1
#    endif
#endif

#ifdef HAS_KERNEL
#    include <errno.h>
#    include <linux/bpf.h>
#    include <stdlib.h>
#    include <sys/mman.h>
#    include <sys/syscall.h>
#    include <unistd.h>

extern long kernel_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */

static int command(int what, union bpf_attr *attr)
{
    int result = (int)kernel_syscall(SYS_bpf, (long)what, attr, sizeof *attr);
    return result < 0 ? -errno : result;
}

static mybpf_vm *vm;
static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

enum { KEYS = 24, KEY_MOST = 32, VALUE_MOST = 4096 };

/* One map in both places. */
typedef struct pair {
    mybpf_map *map;
    int fd;
    uint32_t type;
    uint32_t key_size;
    size_t value_size; /* that the host sees */
} pair;

typedef struct shape {
    uint32_t type, key, value, entries, flags;
    uint64_t extra;
} shape;

static int kernel_create(const shape *s)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_type = s->type;
    attr.key_size = s->key;
    attr.value_size = s->value;
    attr.max_entries = s->entries;
    attr.map_flags = s->flags;
    attr.map_extra = s->extra;
    return command(BPF_MAP_CREATE, &attr);
}

static int our_create(const shape *s, mybpf_map **map, mybpf_error *error)
{
    mybpf_map_desc desc;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = s->type;
    desc.key_size = s->key;
    desc.value_size = s->value;
    desc.max_entries = s->entries;
    desc.flags = s->flags;
    desc.extra = s->extra;
    return mybpf_map_create(vm, &desc, map, error);
}

static int element(int fd, int what, const void *key, void *value, uint64_t flags)
{
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_fd = (unsigned)fd;
    attr.key = (uint64_t)(uintptr_t)key;
    attr.value = (uint64_t)(uintptr_t)value; /* or next_key */
    attr.flags = flags;
    return command(what, &attr);
}

static int batch(int fd, int what, void *in, void *out, void *keys, void *values, uint32_t *count,
                 uint64_t elem_flags)
{
    union bpf_attr attr;
    int result;
    memset(&attr, 0, sizeof attr);
    attr.batch.map_fd = (unsigned)fd;
    attr.batch.in_batch = (uint64_t)(uintptr_t)in;
    attr.batch.out_batch = (uint64_t)(uintptr_t)out;
    attr.batch.keys = (uint64_t)(uintptr_t)keys;
    attr.batch.values = (uint64_t)(uintptr_t)values;
    attr.batch.count = *count;
    attr.batch.elem_flags = elem_flags;
    result = command(what, &attr);
    *count = attr.batch.count;
    return result;
}

/* CPUs that the kernel has values for. */
static uint32_t possible_cpus(void)
{
    char text[64] = "";
    FILE *file = fopen("/sys/devices/system/cpu/possible", "r");
    unsigned last = 0;
    const char *at;
    if (!file) return 1;
    if (!fgets(text, sizeof text, file)) text[0] = 0;
    fclose(file);
    at = strrchr(text, '-');
    if (!at) at = strrchr(text, ',');
    if (sscanf(at ? at + 1 : text, "%u", &last) != 1) last = 0;
    return last + 1;
}

static int kernel_answers(void)
{
    shape s = {BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0, 0};
    mybpf_host host;
    int fd = kernel_create(&s);
    if (fd < 0) return 0;
    close(fd);
    memset(&host, 0, sizeof host);
    host.cpus = possible_cpus();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    return 1;
}

static int is_percpu(uint32_t type)
{
    return type == MYBPF_MAP_TYPE_PERCPU_ARRAY || type == MYBPF_MAP_TYPE_PERCPU_HASH ||
           type == MYBPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static int is_array(uint32_t type)
{
    return type == MYBPF_MAP_TYPE_ARRAY || type == MYBPF_MAP_TYPE_PERCPU_ARRAY;
}

/* Redirect tables that the kernel fills with what it knows: devices, of which 1 is always there, and CPUs. */
static int is_devmap(uint32_t type)
{
    return type == MYBPF_MAP_TYPE_DEVMAP || type == MYBPF_MAP_TYPE_DEVMAP_HASH;
}
static int is_table(uint32_t type) { return is_devmap(type) || type == MYBPF_MAP_TYPE_CPUMAP; }

static int open_pair(pair *p, const shape *s)
{
    mybpf_error error;
    memset(p, 0, sizeof *p);
    p->fd = kernel_create(s);
    int status = our_create(s, &p->map, &error);
    if (p->fd < 0 || status) {
        test_fail(__FILE__, __LINE__, "the kernel %d, here %d: %s", p->fd, status,
                  status ? error.message : "");
        if (p->fd >= 0) close(p->fd);
        mybpf_map_unref(p->map);
        return 0;
    }
    p->key_size = s->key;
    p->type = s->type;
    p->value_size = mybpf_map_value_bytes(p->map);
    CHECK_INT(p->value_size,
              is_percpu(s->type) ? ((size_t)s->value + 7) / 8 * 8 * mybpf_cpu_count(vm) : s->value);
    return 1;
}

static void close_pair(pair *p)
{
    mybpf_map_unref(p->map);
    close(p->fd);
}

/* Key number `k`: of arrays an index, some too large; of tries a prefix of 0 to all bits. */
static void spell(const shape *s, uint32_t k, uint8_t *key)
{
    memset(key, 0, KEY_MOST);
    if (!s->key) return;
    if (is_array(s->type) || is_table(s->type)) {
        memcpy(key, &k, 4);
    } else if (s->type == MYBPF_MAP_TYPE_LPM_TRIE) {
        uint32_t bits = (s->key - 4) * 8, length = k * 7 % (bits + 3); /* two are too long */
        memcpy(key, &length, 4);
        for (uint32_t i = 4; i < s->key; i++) key[i] = (uint8_t)(k * k * (i > 4 ? 29 : 16));
    } else {
        memset(key, 0x5a, s->key);
        key[k % s->key] = (uint8_t)(k + 1);
    }
}

/* All elements, sorted by key; how many. */
static uint32_t walk(const pair *p, int in_kernel, uint8_t *elements)
{
    uint8_t key[KEY_MOST], value[VALUE_MOST];
    size_t stride = p->key_size + p->value_size;
    uint32_t count = 0;
    int more = in_kernel ? element(p->fd, BPF_MAP_GET_NEXT_KEY, NULL, key, 0)
                         : mybpf_map_next_key(p->map, NULL, key);
    for (; !more && count < 2 * KEYS; count++) {
        uint32_t at = count;
        int status = in_kernel ? element(p->fd, BPF_MAP_LOOKUP_ELEM, key, value, 0)
                               : mybpf_map_lookup(p->map, key, value);
        if (is_table(p->type)) {
            if (status) memset(value, 0xff, p->value_size);
        } else {
            CHECK_INT(status, 0);
        }
        while (at && memcmp(elements + (at - 1) * stride, key, p->key_size) > 0) {
            memcpy(elements + at * stride, elements + (at - 1) * stride, stride);
            at--;
        }
        memcpy(elements + at * stride, key, p->key_size);
        memcpy(elements + at * stride + p->key_size, value, p->value_size);
        more = in_kernel ? element(p->fd, BPF_MAP_GET_NEXT_KEY, key, key, 0)
                         : mybpf_map_next_key(p->map, key, key);
    }
    return count;
}

static void check_same(const pair *p)
{
    static uint8_t ours[2 * KEYS * (KEY_MOST + 512)], theirs[sizeof ours];
    uint32_t count = walk(p, 0, ours);
    CHECK_INT(count, walk(p, 1, theirs));
    CHECK(!memcmp(ours, theirs, count * (p->key_size + p->value_size)));
}

/* In tries the order is part of it, too. */
static void check_order(const pair *p)
{
    uint8_t keys[2][KEY_MOST];
    for (int status = 0, first = 1; !status && !test_failures(); first = 0) {
        status = mybpf_map_next_key(p->map, first ? NULL : keys[0], keys[0]);
        CHECK_INT(status, element(p->fd, BPF_MAP_GET_NEXT_KEY, first ? NULL : keys[1], keys[1], 0));
        if (!status) CHECK(!memcmp(keys[0], keys[1], p->key_size));
    }
}

static void one_step(const pair *p, const shape *s)
{
    static const uint64_t flags[] = {0, 0, 0, 1, 2, 3, 4, 5, 8, 1ull << 32};
    uint8_t bytes[KEY_MOST], ours[VALUE_MOST] = {0}, theirs[VALUE_MOST] = {0};
    const uint8_t *key = s->key || !draw(10) ? bytes : NULL; /* queues have none */
    uint64_t flag = flags[draw(10)];
    int what = (int)draw(10), status;
    spell(s, draw(KEYS), bytes);
    for (size_t i = 0; i < p->value_size; i++) ours[i] = theirs[i] = (uint8_t)draw(256);
    if (is_table(s->type)) {
        uint32_t target = is_devmap(s->type) ? draw(2) : draw(4) ? draw(3) : 20000;
        memset(ours, 0, sizeof ours);
        memcpy(ours, &target, 4);
        memcpy(theirs, ours, sizeof ours);
    }
    if (is_percpu(s->type)) /* what rounding adds is kept here and not there */
        for (size_t i = 0; i < p->value_size; i++)
            if (i % ((s->value + 7u) / 8 * 8) >= s->value) ours[i] = theirs[i] = 0;
    if (is_percpu(s->type) && flag >= 8) flag = 3; /* newer kernels choose a CPU by them */
    if (what < 5) {
        status = mybpf_map_update(p->map, key, ours, flag);
        CHECK_INT(status, element(p->fd, BPF_MAP_UPDATE_ELEM, key, theirs, flag));
    } else if (what < 6) {
        status = mybpf_map_delete(p->map, key);
        CHECK_INT(status, element(p->fd, BPF_MAP_DELETE_ELEM, key, NULL, 0));
    } else if (what < 7) {
        flag = draw(3) ? 0 : flag;
        status = mybpf_map_lookup_and_delete(p->map, key, ours, flag);
        CHECK_INT(status, element(p->fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, key, theirs, flag));
        if (!status) CHECK(!memcmp(ours, theirs, p->value_size));
    } else {
        flag = draw(3) ? 0 : flag;
        status = mybpf_map_lookup_flags(p->map, key, ours, flag);
        CHECK_INT(status, element(p->fd, BPF_MAP_LOOKUP_ELEM, key, theirs, flag));
        if (!status) CHECK(!memcmp(ours, theirs, p->value_size));
    }
}

static void some_steps(const shape *s, int steps)
{
    pair p;
    if (!open_pair(&p, s)) return;
    for (int step = 0; step < steps && !test_failures(); step++) {
        CASE("type %s, key %u, value %u, entries %u, flags 0x%x, step %d", mybpf_map_type_name(s->type),
             s->key, s->value, s->entries, s->flags, step);
        one_step(&p, s);
        if (step % 50 == 0) check_same(&p);
        if (step % 50 == 0 && s->type == MYBPF_MAP_TYPE_LPM_TRIE) check_order(&p);
    }
    CHECK_INT(mybpf_map_freeze(p.map), element(p.fd, BPF_MAP_FREEZE, NULL, NULL, 0));
    for (int step = 0; step < 20 && !test_failures(); step++) one_step(&p, s);
    CHECK_INT(mybpf_map_freeze(p.map), element(p.fd, BPF_MAP_FREEZE, NULL, NULL, 0));
    check_same(&p);
    close_pair(&p);
}

static const shape shapes[] = {
    {MYBPF_MAP_TYPE_HASH, 4, 8, 20, 0, 0},
    {MYBPF_MAP_TYPE_HASH, 8, 13, 24, 0, 0},
    {MYBPF_MAP_TYPE_HASH, 13, 40, 7, 1, 0},
    {MYBPF_MAP_TYPE_HASH, 32, 1, 16, 64, 0},
    {MYBPF_MAP_TYPE_HASH, 4, 4, 8, 8, 0},
    {MYBPF_MAP_TYPE_HASH, 4, 4, 8, 16, 0},
    {MYBPF_MAP_TYPE_ARRAY, 4, 9, 12, 0, 0},
    {MYBPF_MAP_TYPE_ARRAY, 4, 64, 20, 1024, 0},
    {MYBPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 12, 0, 0},
    {MYBPF_MAP_TYPE_PERCPU_HASH, 5, 8, 20, 0, 0},
    {MYBPF_MAP_TYPE_PERCPU_HASH, 8, 20, 10, 1, 0},
    {MYBPF_MAP_TYPE_LRU_HASH, 8, 8, 1000, 0, 0},
    {MYBPF_MAP_TYPE_LRU_PERCPU_HASH, 8, 12, 1000, 0, 0},
    {MYBPF_MAP_TYPE_LPM_TRIE, 5, 8, 20, 1, 0},
    {MYBPF_MAP_TYPE_LPM_TRIE, 8, 3, 6, 1, 0},
    {MYBPF_MAP_TYPE_LPM_TRIE, 20, 16, 100, 1, 0},
    {MYBPF_MAP_TYPE_QUEUE, 0, 8, 5, 0, 0},
    {MYBPF_MAP_TYPE_QUEUE, 0, 13, 1, 0, 0},
    {MYBPF_MAP_TYPE_STACK, 0, 8, 5, 0, 0},
    {MYBPF_MAP_TYPE_STACK, 0, 3, 16, 8, 0},
    {MYBPF_MAP_TYPE_DEVMAP, 4, 4, 20, 0, 0},
    {MYBPF_MAP_TYPE_DEVMAP, 4, 8, 20, 8, 0},
    {MYBPF_MAP_TYPE_DEVMAP_HASH, 4, 8, 7, 0, 0},
    {MYBPF_MAP_TYPE_CPUMAP, 4, 4, 20, 0, 0},
};

TEST(map_kernel, elements)
{
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        seed = i;
        some_steps(&shapes[i], 1500);
    }
    mybpf_vm_destroy(vm);
}

/* Batches: each a part of the elements, by the same calls; what they hold altogether is compared. */
static void batch_steps(const shape *s)
{
    static uint8_t keys[2][64 * KEY_MOST], values[2][64 * 512], place[2][KEY_MOST];
    pair p;
    uint32_t counts[2];
    if (!open_pair(&p, s)) return;
    for (int step = 0; step < 60 && !test_failures(); step++) {
        uint64_t flag = draw(12) ? 0 : draw(2) ? 4 : 1;
        int what = (int)draw(4), status[2];
        uint32_t asked = draw(2) ? 64 : draw(6) * 4;
        CASE("type %s, key %u, value %u, entries %u, step %d: %d of %u", mybpf_map_type_name(s->type), s->key,
             s->value, s->entries, step, what, asked);
        if (what < 2 && asked > 12) asked = 12;
        for (uint32_t i = 0; i < asked && what < 2; i++) {
            spell(s, draw(KEYS), keys[0] + i * s->key);
            memset(values[0] + i * p.value_size, 0, p.value_size);
            values[0][i * p.value_size] = (uint8_t)draw(256);
        }
        counts[0] = counts[1] = asked;
        if (what == 0) {
            status[0] = mybpf_map_update_batch(p.map, keys[0], values[0], &counts[0], flag);
            status[1] = batch(p.fd, BPF_MAP_UPDATE_BATCH, NULL, NULL, keys[0], values[0], &counts[1], flag);
        } else if (what == 1) {
            status[0] = mybpf_map_delete_batch(p.map, keys[0], &counts[0], flag);
            status[1] = batch(p.fd, BPF_MAP_DELETE_BATCH, NULL, NULL, keys[0], NULL, &counts[1], flag);
        } else {
            int remove = what == 3;
            if (!is_array(s->type) && asked && asked < 64) asked = 64; /* what is in a bucket differs */
            counts[0] = counts[1] = asked;
            status[0] =
                remove ? mybpf_map_lookup_and_delete_batch(p.map, NULL, place[0], keys[0], values[0],
                                                           &counts[0], flag)
                       : mybpf_map_lookup_batch(p.map, NULL, place[0], keys[0], values[0], &counts[0], flag);
            status[1] = batch(p.fd, remove ? BPF_MAP_LOOKUP_AND_DELETE_BATCH : BPF_MAP_LOOKUP_BATCH, NULL,
                              place[1], keys[1], values[1], &counts[1], flag);
            if (is_array(s->type) && !status[0]) {
                CHECK(!memcmp(keys[0], keys[1], counts[0] * s->key));
                CHECK(!memcmp(values[0], values[1], counts[0] * p.value_size));
                status[0] =
                    mybpf_map_lookup_batch(p.map, place[0], place[0], keys[0], values[0], &counts[0], 0);
                status[1] =
                    batch(p.fd, BPF_MAP_LOOKUP_BATCH, place[1], place[1], keys[1], values[1], &counts[1], 0);
            }
        }
        CHECK_INT(status[0], status[1]);
        if (status[0] != -22 && status[0] != -524) CHECK_INT(counts[0], counts[1]);
        check_same(&p);
    }
    close_pair(&p);
}

TEST(map_kernel, batches)
{
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (shapes[i].flags & (8 | 16) || !shapes[i].key || is_table(shapes[i].type)) continue;
        seed = i + 100;
        batch_steps(&shapes[i]);
    }
    mybpf_vm_destroy(vm);
}

/* What was pushed may be in it, here as there; answers to other questions are a matter of luck. */
TEST(map_kernel, bloom_filter)
{
    static const uint64_t flags[] = {0, 1, 2, 4, 8};
    shape s = {MYBPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 100, 0, 3};
    pair p;
    uint64_t value, found = 0;
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    if (!open_pair(&p, &s)) return;
    for (value = 0; value < 100; value++) {
        uint64_t flag = flags[value % 5];
        CHECK_INT(mybpf_map_update(p.map, NULL, &value, flag),
                  element(p.fd, BPF_MAP_UPDATE_ELEM, NULL, &value, flag));
    }
    for (value = 0; value < 1000; value++) {
        int status = mybpf_map_lookup(p.map, NULL, &value);
        if (value % 5 == 0 && value < 100)
            CHECK_INT(status | element(p.fd, BPF_MAP_LOOKUP_ELEM, NULL, &value, 0), 0);
        found += !status;
    }
    CHECK(found < 200);
    CHECK_INT(mybpf_map_delete(p.map, NULL), element(p.fd, BPF_MAP_DELETE_ELEM, NULL, NULL, 0));
    CHECK_INT(mybpf_map_next_key(p.map, NULL, &value), element(p.fd, BPF_MAP_GET_NEXT_KEY, NULL, &value, 0));
    CHECK_INT(mybpf_map_lookup_and_delete(p.map, NULL, &value, 0),
              element(p.fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, NULL, &value, 0));
    close_pair(&p);
    mybpf_vm_destroy(vm);
}

/* ---- creation: the same is refused, for the same reason ---- */

static int kernel_inner = -1;

static int kernel_make(const shape *s)
{
    union bpf_attr attr;
    if (s->type != MYBPF_MAP_TYPE_ARRAY_OF_MAPS && s->type != MYBPF_MAP_TYPE_HASH_OF_MAPS)
        return kernel_create(s);
    memset(&attr, 0, sizeof attr);
    attr.map_type = s->type;
    attr.key_size = s->key;
    attr.value_size = s->value;
    attr.max_entries = s->entries;
    attr.map_flags = s->flags;
    attr.inner_map_fd = (uint32_t)kernel_inner;
    return command(BPF_MAP_CREATE, &attr);
}

/* As the kernel would say it; what does not fit into memory is -E2BIG or -ENOMEM. */
static int our_make(const shape *s)
{
    static const mybpf_map_desc inner = {"inner", MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, 0, 0, NULL};
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = s->type;
    desc.key_size = s->key;
    desc.value_size = s->value;
    desc.max_entries = s->entries;
    desc.flags = s->flags;
    desc.extra = s->extra;
    desc.inner = &inner;
    int status = mybpf_map_create(vm, &desc, &map, NULL);
    mybpf_map_unref(map);
    return status == MYBPF_ERR_ARGUMENT      ? -EINVAL
           : status == MYBPF_ERR_LIMIT       ? -E2BIG
           : status == MYBPF_ERR_MEMORY      ? -ENOMEM
           : status == MYBPF_ERR_UNSUPPORTED ? -524
                                             : status;
}

/* Not compared: traces by build IDs, which there are none of here; CPUs, of which a kernel has as many as it
 * was built for. */
static int is_alone(const shape *s)
{
    return (s->type == MYBPF_MAP_TYPE_STACK_TRACE && s->flags & 32) ||
           (s->type == MYBPF_MAP_TYPE_CPUMAP && s->entries > 16 && s->entries <= 8192);
}

static void same_creation(const shape *s)
{
    if (is_alone(s)) return;
    int there = kernel_make(s), here = our_make(s);
    if (there >= 0) close(there), there = 0;
    if (there == -ENOMEM || there == -ERANGE) there = -E2BIG;
    if (here == -ENOMEM) here = -E2BIG;
    CASE("type %s, key %u, value %u, entries %u, flags 0x%x", mybpf_map_type_name(s->type), s->key, s->value,
         s->entries, s->flags);
    CHECK_INT(here, there);
}

/* Every type: each flag and each size in turn, then some at once. */
TEST(map_kernel, creation)
{
    static const uint32_t keys[] = {0,   1,   3,   4,   5,    8,    12,    16,       32,       256,       260,
                                    261, 264, 512, 513, 1024, 4096, 65536, 1u << 20, 1u << 30, 0xffffffff};
    static const uint32_t values[] = {0,     1,     3,     4,     5,        7,         8,
                                      12,    16,    32,    1008,  1016,     1024,      4096,
                                      32768, 32769, 65535, 65536, 1u << 20, 0xffffffff};
    static const uint32_t entries[] = {0, 1, 2, 3, 16, 4095, 4096, 4097, 16384};
    static const shape bases[] = {{MYBPF_MAP_TYPE_HASH, 4, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_ARRAY, 4, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_PROG_ARRAY, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_PERCPU_HASH, 4, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_STACK_TRACE, 4, 64, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_LRU_HASH, 4, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_LPM_TRIE, 8, 8, 16, 1, 0},
                                  {MYBPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_DEVMAP, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_SOCKMAP, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_CPUMAP, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_XSKMAP, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_SOCKHASH, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_QUEUE, 0, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_STACK, 0, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, 0},
                                  {MYBPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 16, 0, 0},
                                  {MYBPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096, 0, 0},
                                  {MYBPF_MAP_TYPE_CGROUP_STORAGE, 8, 8, 0, 0, 0},
                                  {MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 16, 8, 0, 0, 0},
                                  {MYBPF_MAP_TYPE_ARENA, 0, 0, 16, 1024, 0}};
    static const uint64_t extras[] = {1, 4096, 0xffff0000, 0xffff1000, (uint64_t)1 << 44, UINT64_MAX << 12};
    static const shape inner = {MYBPF_MAP_TYPE_ARRAY, 4, 8, 1, 0, 0};
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    kernel_inner = kernel_create(&inner);
    seed = 7;
    for (size_t t = 0; t < sizeof bases / sizeof *bases; t++) {
        shape s = bases[t];
        int is_arena = s.type == MYBPF_MAP_TYPE_ARENA, fd = is_arena ? kernel_create(&s) : -1;
        if (is_arena && fd < 0) continue; /* a kernel without them */
        if (is_arena) close(fd);
        for (size_t i = 0; is_arena && i < sizeof extras / sizeof *extras; i++, s = bases[t])
            s.extra = extras[i], same_creation(&s);
        if (is_arena) s.entries = (1u << 20) + 1, same_creation(&s), s = bases[t];
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++, s = bases[t])
            s.key = keys[i], same_creation(&s);
        for (size_t i = 0; i < sizeof values / sizeof *values; i++, s = bases[t])
            s.value = values[i], same_creation(&s);
        for (size_t i = 0; i < sizeof entries / sizeof *entries; i++, s = bases[t])
            s.entries = entries[i], same_creation(&s);
        for (int i = 0; i < 32; i++, s = bases[t]) s.flags ^= 1u << i, same_creation(&s);
        for (int i = 0; i < 60; i++, s = bases[t]) {
            for (int n = 0; n < 3; n++) s.flags ^= draw(2) ? 0 : 1u << draw(14);
            s.key = draw(3) ? s.key : keys[draw(12)];
            s.value = draw(3) ? s.value : values[draw(12)];
            same_creation(&s);
        }
    }
    close(kernel_inner);
    mybpf_vm_destroy(vm);
}

/* Which parts of a map's memory the host gets, for reading and for writing. */
TEST(map_kernel, mappings)
{
    static const shape mapped[] = {{MYBPF_MAP_TYPE_ARRAY, 4, 9, 1000, 1024, 0},
                                   {MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 0, 0},
                                   {MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 1024 | 8, 0},
                                   {MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 1024 | 16, 0},
                                   {MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 1024 | 128, 0},
                                   {MYBPF_MAP_TYPE_ARRAY, 4, 8, 4, 1024 | 256, 0},
                                   {MYBPF_MAP_TYPE_RINGBUF, 0, 0, 8192, 0, 0},
                                   {MYBPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096, 0, 0},
                                   {MYBPF_MAP_TYPE_HASH, 4, 8, 4, 0, 0},
                                   {MYBPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4, 0, 0},
                                   {MYBPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4, 0, 0},
                                   {MYBPF_MAP_TYPE_QUEUE, 0, 8, 4, 0, 0}};
    static const size_t lengths[] = {0, 1, 4096, 4097, 8192, 12288, 16384, 20480, 24576, 28672};
    static const uint64_t offsets[] = {0, 8, 4096, 8192, 12288, 16384, 20480, 1u << 24};
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    if (sysconf(_SC_PAGESIZE) != MYBPF_MAP_PAGE) SKIP("pages are larger here");
    for (size_t i = 0; i < sizeof mapped / sizeof *mapped; i++) {
        pair p;
        if (!open_pair(&p, &mapped[i])) continue;
        for (int round = 0; round < 3;
             round++) { /* as it is; after an attempt to freeze it; writable first */
            for (size_t n = 0; n < 2 * 10 * 8; n++) {
                size_t length = lengths[n / 2 % 10];
                uint64_t offset = offsets[n / 20];
                int writable = n % 2 && round, access = writable ? PROT_READ | PROT_WRITE : PROT_READ;
                void *ours, *theirs = mmap(NULL, length, access, MAP_SHARED, p.fd, (off_t)offset);
                CASE("type %s, flags 0x%x: %zu bytes at %u, writable %d, round %d",
                     mybpf_map_type_name(mapped[i].type), mapped[i].flags, length, (unsigned)offset, writable,
                     round);
                CHECK_INT(mybpf_map_mmap(p.map, length, writable, offset, &ours),
                          theirs == MAP_FAILED ? -errno : 0);
                CHECK((theirs == MAP_FAILED) == (ours == NULL));
                if (theirs != MAP_FAILED && !writable) munmap(theirs, length); /* ours stays writable */
            }
            if (round == 0 && i % 2) continue;
            CHECK_INT(mybpf_map_freeze(p.map), element(p.fd, BPF_MAP_FREEZE, NULL, NULL, 0));
        }
        close_pair(&p);
    }
    mybpf_vm_destroy(vm);
}

/* The values of an array, in both places where they are. */
TEST(map_kernel, mapped_values)
{
    static const shape s = {MYBPF_MAP_TYPE_ARRAY, 4, 12, 700, MYBPF_F_MMAPABLE, 0};
    void *memory[2];
    pair p;
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    if (sysconf(_SC_PAGESIZE) != MYBPF_MAP_PAGE) SKIP("pages are larger here");
    if (!open_pair(&p, &s)) return;
    memory[1] = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_SHARED, p.fd, 0);
    CHECK_INT(mybpf_map_mmap(p.map, 12288, 1, 0, &memory[0]), 0);
    for (uint32_t key = 0; key < 700; key++) {
        uint8_t value[12], read[2][12];
        memset(value, (int)key, sizeof value);
        CHECK_INT(mybpf_map_update(p.map, &key, value, 0), 0);
        CHECK_INT(element(p.fd, BPF_MAP_UPDATE_ELEM, &key, value, 0), 0);
        for (int i = 0; i < 2; i++) ((uint8_t *)memory[i])[key * 16 + 3] = (uint8_t)(key * 7);
        CHECK_INT(mybpf_map_lookup(p.map, &key, read[0]), 0);
        CHECK_INT(element(p.fd, BPF_MAP_LOOKUP_ELEM, &key, read[1], 0), 0);
        CHECK(!memcmp(read[0], read[1], 12));
        CHECK_INT(read[0][3], (uint8_t)(key * 7));
    }
    CHECK(!memcmp(memory[0], memory[1], 12288));
    munmap(memory[1], 12288);
    close_pair(&p);
    mybpf_vm_destroy(vm);
}

/* What is not there: the host deletes what the kernel alone does. */
TEST(map_kernel, storages_of_no_cgroup)
{
    static const shape storages[] = {{MYBPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, 0, 0, 0},
                                     {MYBPF_MAP_TYPE_CGROUP_STORAGE, 8, 8, 0, 16, 0},
                                     {MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 16, 8, 0, 0, 0}};
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++) {
        uint64_t key[2] = {1, 0}, next[2], value[64] = {0};
        pair p;
        p.fd = kernel_create(&storages[i]);
        if (our_create(&storages[i], &p.map, NULL) || p.fd < 0) test_fail(__FILE__, __LINE__, "no map");
        for (uint64_t flag = 0; flag < 10; flag++) {
            CASE("storage %d, flags %d", (int)i, (int)flag);
            CHECK_INT(mybpf_map_update(p.map, key, value, flag),
                      element(p.fd, BPF_MAP_UPDATE_ELEM, key, value, flag));
            CHECK_INT(mybpf_map_lookup_flags(p.map, key, value, flag),
                      element(p.fd, BPF_MAP_LOOKUP_ELEM, key, value, flag));
            CHECK_INT(mybpf_map_lookup_and_delete(p.map, key, value, flag),
                      element(p.fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, key, value, flag));
        }
        CHECK_INT(mybpf_map_next_key(p.map, NULL, next), element(p.fd, BPF_MAP_GET_NEXT_KEY, NULL, next, 0));
        CHECK_INT(mybpf_map_next_key(p.map, key, next), element(p.fd, BPF_MAP_GET_NEXT_KEY, key, next, 0));
        CHECK_INT(mybpf_map_freeze(p.map), element(p.fd, BPF_MAP_FREEZE, NULL, NULL, 0));
        close_pair(&p);
    }
    mybpf_vm_destroy(vm);
}

/* Maps whose elements are not the host's to write. */
TEST(map_kernel, refusals)
{
    static const shape shapes_without[] = {{MYBPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, 0},
                                           {MYBPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096, 0, 0},
                                           {MYBPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4, 0, 0},
                                           {MYBPF_MAP_TYPE_STACK_TRACE, 4, 64, 4, 0, 0}};
    static const uint64_t flags[] = {0, 1, 2, 3, 4, 8, (uint64_t)1 << 33};
    if (!kernel_answers()) SKIP("this kernel does not let us make maps");
    for (size_t i = 0; i < sizeof shapes_without / sizeof *shapes_without; i++) {
        const shape *s = &shapes_without[i];
        pair p;
        if (!open_pair(&p, s)) continue;
        for (uint32_t index = 0; index < 8; index += 7) {
            const void *key = s->key ? &index : NULL;
            uint64_t value[8] = {0};
            for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
                CASE("type %s, index %u, flags %u", mybpf_map_type_name(s->type), index, (unsigned)flags[f]);
                if (s->type != MYBPF_MAP_TYPE_PERF_EVENT_ARRAY || flags[f]) /* there: a file that is none */
                    CHECK_INT(mybpf_map_update(p.map, key, value, flags[f]),
                              element(p.fd, BPF_MAP_UPDATE_ELEM, key, value, flags[f]));
                CHECK_INT(mybpf_map_lookup_flags(p.map, key, value, flags[f]),
                          element(p.fd, BPF_MAP_LOOKUP_ELEM, key, value, flags[f]));
                CHECK_INT(mybpf_map_lookup_and_delete(p.map, key, value, flags[f]),
                          element(p.fd, BPF_MAP_LOOKUP_AND_DELETE_ELEM, key, value, flags[f]));
            }
            CHECK_INT(mybpf_map_delete(p.map, key), element(p.fd, BPF_MAP_DELETE_ELEM, key, NULL, 0));
        }
        close_pair(&p);
    }
    mybpf_vm_destroy(vm);
}

#else
TEST(map_kernel, elements) { SKIP("no Linux to compare with"); }
#endif
