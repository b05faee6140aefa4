/* test_map_cgroups.c: storages of cgroups: a value for each that a program runs for, in every engine; what is
 * refused, and what happens where there is none to be had. */
#include "from_text.h"
#include "load_object.h"

#include <pthread.h>

static uint32_t cpu_two(void *user)
{
    (void)user;
    return 2;
}

static uint64_t cgroup;

static int ask_cgroup(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0)
{
    (void)user, (void)env, (void)args;
    if (helper == 81) *r0 = cgroup;
    return helper == 81 && cgroup;
}

static int open_storages(mybpf_vm *vm, uint32_t type, const char *text, mybpf_map *const *maps, size_t count,
                         mybpf_trust trust, mybpf_object **object, mybpf_error *error)
{
    mybpf_insn insns[64];
    mybpf_raw_desc raw = {"main", type, maps, count};
    mybpf_load_opts opts;
    int64_t length = mybpf_assemble(text, strlen(text), insns, 64, error);
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    int status = mybpf_object_open_insns(vm, insns, length < 0 ? 0 : (size_t)length, &raw, object, error);
    return status ? status : mybpf_object_load(*object, &opts, error);
}

#define COUNT(index) "r1 = map_by_idx(" #index ") ll\nr2 = 0\ncall 81\n"
static const char *const count_up =
    COUNT(0) "r1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\nr0 = r1\nexit";

static uint64_t count_in(const mybpf_program *program, uint64_t number)
{
    uint64_t r0 = 0;
    mybpf_error error = {0};
    cgroup = number;
    int status = program ? mybpf_program_run(program, NULL, &r0, &error) : -1;
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    return r0;
}

static mybpf_map *make_storage(mybpf_vm *vm, uint32_t type, uint32_t key)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    mybpf_error error = {0};
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "m");
    desc.type = type;
    desc.key_size = key;
    desc.value_size = 8;
    desc.max_entries = key == 4; /* an array */
    if (mybpf_map_create(vm, &desc, &map, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
    return map;
}

TEST(map_cgroups, values)
{
    NEEDS_ELF();
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    host.ask = ask_cgroup;
    host.cpu = cpu_two;
    host.cpus = 4;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (int i = 0; i < 16; i++) { /* keys of 8 or 16 bytes, per CPU, guarded, native */
        mybpf_object *object = object_open(vm, "cgroup_storages");
        mybpf_map_desc *desc = object ? mybpf_object_find_map_desc(object, "counts") : NULL;
        struct {
            uint64_t cgroup;
            uint32_t attach_type, room;
        } key = {5, MYBPF_ATTACH_CGROUP_DEVICE, 77};
        uint64_t value[8] = {0}, next[2] = {0}, *at;
        uint32_t walked = 0;
        mybpf_load_opts load;
        mybpf_error error = {0};
        CASE("case %d", i);
        memset(&load, 0, sizeof load);
        load.trust = i & 4 ? MYBPF_GUARDED : MYBPF_VERIFIED;
        if (!desc) break;
        CHECK_INT(desc->key_size, 16);
        if (i & 1) desc->type = MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
        if (i & 2) desc->key_size = 8;
        if (mybpf_object_load(object, &load, &error))
            test_fail(__FILE__, __LINE__, "instruction %d: %s", error.insn, error.message);
        if (i & 8) (void)mybpf_jit_compile(object, NULL, &error); /* where there is one */
        const mybpf_program *device = mybpf_object_find_program(object, "device"),
                            *sysctl = mybpf_object_find_program(object, "sysctl");
        mybpf_map *map = mybpf_object_find_map(object, "counts");
        CHECK_INT(mybpf_map_next_key(map, NULL, next), -2);
        CHECK_INT(count_in(device, 5), 1);
        CHECK_INT(count_in(device, 5), 2);
        CHECK_INT(count_in(device, 6), 1);
        CHECK_INT(count_in(sysctl, 5), i & 2 ? 3 : 1); /* of both attach types together, or each */
        CHECK_INT(mybpf_map_lookup(map, &key, value), 0);
        CHECK_INT(value[i & 1 ? 2 : 0], i & 2 ? 3 : 2);
        at = mybpf_map_value(map, &key);
        CHECK_INT(at ? *at : 0, i & 2 ? 3 : 2);
        CHECK(i & 1 ? mybpf_map_value_percpu(map, &key, 2) == at : !mybpf_map_value_percpu(map, &key, 0));
        value[0] = value[2] = 40;
        CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_EXIST), 0);
        CHECK_INT(mybpf_map_update(map, &key, value, MYBPF_NOEXIST), -22);
        CHECK_INT(count_in(device, 5), 41);
        for (int more = !mybpf_map_next_key(map, NULL, next); more;
             more = !mybpf_map_next_key(map, next, next))
            walked++;
        CHECK_INT(walked, i & 2 ? 2 : 3);
        CHECK_INT(mybpf_map_delete(map, &key), 0); /* the cgroup is no more */
        CHECK_INT(mybpf_map_delete(map, &key), -2);
        CHECK_INT(count_in(device, 5), 1);
        CHECK_INT(count_in(device, 0), 1); /* the host does not say */
        mybpf_object_close(object);
    }
    mybpf_vm_destroy(vm);
}

TEST(map_cgroups, refused)
{
    static const char *const two_of_one = COUNT(0) COUNT(1) "r0 = 0\nexit",
                             *const flags = "r1 = map_by_idx(0) ll\nr2 = 1\ncall 81\nr0 = 0\nexit",
                             *const unknown = "call 7\nr2 = r0\nr1 = map_by_idx(0) ll\ncall 81\nr0 = 0\nexit",
                             *const array =
                                 "r1 = map_by_idx(2) ll\nr2 = 0\ncall 81\nr0 = *(u64 *)(r0 + 0)\nexit";
    mybpf_host host;
    mybpf_vm *vm = NULL;
    memset(&host, 0, sizeof host);
    host.exec = mybpf_jit_exec();
    host.cpus = 4;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    mybpf_map *maps[] = {make_storage(vm, MYBPF_MAP_TYPE_CGROUP_STORAGE, 8),
                         make_storage(vm, MYBPF_MAP_TYPE_CGROUP_STORAGE, 8),
                         make_storage(vm, MYBPF_MAP_TYPE_ARRAY, 4),
                         make_storage(vm, MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 8)};
    const struct {
        const char *text;
        mybpf_trust trust;
        const char *message;
    } cases[] = {{two_of_one, MYBPF_VERIFIED, "another storage of this type"},
                 {flags, MYBPF_VERIFIED, "it must be 0"},
                 {flags, MYBPF_GUARDED, "it must be 0"},
                 {unknown, MYBPF_GUARDED, "it must be 0"},
                 {array, MYBPF_VERIFIED, "does not work on maps of this type"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        CASE("case %d", (int)i);
        CHECK_INT(open_storages(vm, MYBPF_PROG_TYPE_CGROUP_SKB, cases[i].text, maps, 4, cases[i].trust,
                                &object, &error),
                  MYBPF_ERR_VERIFY);
        CHECK(strstr(error.message, cases[i].message) != NULL);
        mybpf_object_close(object);
    }
    for (int native = 0; native < 2; native++) { /* a run ends where there is no value to give */
        static const char *const both = COUNT(0) COUNT(3) "r0 = *(u64 *)(r0 + 0)\nexit";
        mybpf_object *object = NULL;
        mybpf_error error = {0};
        uint64_t r0 = 9;
        CHECK_INT(open_storages(vm, MYBPF_PROG_TYPE_XDP, array, maps, 4, MYBPF_GUARDED, &object, &error),
                  MYBPF_ERR_VERIFY);
        mybpf_object_close(object);
        CHECK_INT(
            open_storages(vm, MYBPF_PROG_TYPE_CGROUP_DEVICE, array, maps, 4, MYBPF_GUARDED, &object, &error),
            0);
        if (native) (void)mybpf_jit_compile(object, NULL, NULL);
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), MYBPF_FAULT_HELPER);
        mybpf_object_close(object);
        CHECK_INT(
            open_storages(vm, MYBPF_PROG_TYPE_CGROUP_DEVICE, both, maps, 4, MYBPF_VERIFIED, &object, &error),
            0);
        if (native) (void)mybpf_jit_compile(object, NULL, NULL);
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), 0);
        CHECK_INT(r0, 0);
        mybpf_object_close(object);
    }
    for (int i = 0; i < 4; i++) mybpf_map_unref(maps[i]);
    mybpf_vm_destroy(vm);
}

/* No memory for a value ends the run, and no number of cgroups is too many for it to end well. */
static int short_of_memory;
static void *sometimes(void *user, void *memory, size_t size)
{
    (void)user;
    if (size && short_of_memory) return NULL;
    if (size) return realloc(memory, size);
    free(memory);
    return NULL;
}

TEST(map_cgroups, without_memory)
{
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    uint64_t made = 0, r0 = 0;
    memset(&host, 0, sizeof host);
    host.ask = ask_cgroup;
    host.realloc = sometimes;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    mybpf_map *map = make_storage(vm, MYBPF_MAP_TYPE_CGROUP_STORAGE, 8);
    CHECK_INT(
        open_storages(vm, MYBPF_PROG_TYPE_CGROUP_SKB, count_up, &map, 1, MYBPF_VERIFIED, &object, &error), 0);
    CHECK_INT(count_in(mybpf_object_program(object, 0), 1), 1);
    short_of_memory = 1;
    cgroup = 2;
    CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, &error), MYBPF_FAULT_HELPER);
    CHECK_INT(count_in(mybpf_object_program(object, 0), 1), 2);
    short_of_memory = 0;
    CHECK_INT(count_in(mybpf_object_program(object, 0), 2), 1);
    for (cgroup = 1; cgroup < 17000; cgroup++)
        made += !mybpf_program_run(mybpf_object_program(object, 0), NULL, &r0, NULL);
    CHECK_INT(made, 16384);
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* Values are made by the first of many runs, and deleted under them. */
enum { THREADS = 4, CGROUPS = 8 };

typedef struct worker {
    const mybpf_object *object;
    mybpf_map *map;
    uint64_t number, runs, failed, cgroup;
} worker;

static int ask_worker(void *user, mybpf_env *env, uint32_t helper, const uint64_t args[5], uint64_t *r0)
{
    (void)user, (void)args;
    if (helper == 81) *r0 = ((const worker *)mybpf_env_user(env))->cgroup;
    return helper == 81;
}

static void *work(void *arg)
{
    worker *w = (worker *)arg;
    uint64_t state = w->number;
    for (uint64_t i = 0; i < w->runs; i++) {
        mybpf_run_opts run;
        uint64_t key, value;
        state = state * 6364136223846793005u + 1442695040888963407u;
        key = w->cgroup = (state >> 40) % CGROUPS;
        memset(&run, 0, sizeof run);
        run.user = w;
        w->failed += mybpf_program_run(mybpf_object_program(w->object, 0), &run, NULL, NULL) != 0;
        if (!w->number && i % 4 == 0) mybpf_map_delete(w->map, &key);
        if (w->number == 1) (void)mybpf_map_lookup(w->map, &key, &value);
    }
    return NULL;
}

TEST(map_cgroups, threads)
{
    static const char *const text = COUNT(0) "r1 = 1\nlock *(u64 *)(r0 + 0) += r1\nr0 = 0\nexit";
    const char *asked = getenv("MYBPF_MAP_OPS");
    mybpf_host host;
    mybpf_vm *vm = NULL;
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    pthread_t threads[THREADS];
    worker workers[THREADS];
    memset(&host, 0, sizeof host);
    memset(workers, 0, sizeof workers);
    host.ask = ask_worker;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    mybpf_map *map = make_storage(vm, MYBPF_MAP_TYPE_CGROUP_STORAGE, 8);
    if (open_storages(vm, MYBPF_PROG_TYPE_CGROUP_SKB, text, &map, 1, MYBPF_VERIFIED, &object, &error))
        test_fail(__FILE__, __LINE__, "%s", error.message);
    for (uint64_t i = 0; i < THREADS; i++) {
        workers[i].object = object;
        workers[i].map = map;
        workers[i].number = i;
        workers[i].runs = asked ? (uint64_t)atol(asked) / 40 : 20000;
        CHECK_INT(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_INT(workers[i].failed, 0); /* a value that was just made may be deleted before it is given */
    }
    mybpf_object_close(object);
    mybpf_map_unref(map);
    mybpf_vm_destroy(vm);
}

/* ---- verdicts: the running kernel's ---- */

#if defined(__linux__) && defined(__has_include)
#    if __has_include(<linux/bpf.h>)
#        define HAS_KERNEL 1
#    endif
#endif

#ifdef HAS_KERNEL
#    include <linux/bpf.h>
#    include <sys/syscall.h>
#    include <unistd.h>

extern long kernel_syscall(long number, ...) __asm__("syscall"); /* <unistd.h> hides it under -std=c99 */

static int kernel_map(const mybpf_map *map)
{
    const mybpf_map_desc *desc = mybpf_map_describe(map);
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.map_type = desc->type;
    attr.key_size = desc->key_size;
    attr.value_size = desc->value_size;
    attr.max_entries = desc->max_entries;
    return (int)kernel_syscall(SYS_bpf, (long)BPF_MAP_CREATE, &attr, sizeof attr);
}

static int kernel_loads(uint32_t type, const char *text, const int *maps)
{
    mybpf_insn insns[64];
    int64_t count = mybpf_assemble(text, strlen(text), insns, 64, NULL);
    union bpf_attr attr;
    int fd;
    memset(&attr, 0, sizeof attr);
    attr.prog_type = type;
    attr.insns = (uint64_t)(uintptr_t)insns;
    attr.insn_cnt = count < 0 ? 0 : (uint32_t)count;
    attr.license = (uint64_t)(uintptr_t) "GPL";
    attr.fd_array = (uint64_t)(uintptr_t)maps;
    fd = (int)kernel_syscall(SYS_bpf, (long)BPF_PROG_LOAD, &attr, sizeof attr);
    if (fd >= 0) close(fd);
    return fd >= 0;
}

TEST(map_cgroups, as_the_kernel)
{
    static const char *const texts[] = {
        COUNT(0) "r0 = 0\nexit",
        COUNT(0) COUNT(0) "r0 = 0\nexit",
        COUNT(0) COUNT(3) "r0 = 0\nexit",
        COUNT(0) COUNT(1) "r0 = 0\nexit",
        COUNT(2) "r0 = 0\nexit",
        "r1 = map_by_idx(0) ll\nr2 = 1\ncall 81\nr0 = 0\nexit",
        "call 7\nr2 = r0\nr1 = map_by_idx(0) ll\ncall 81\nr0 = 0\nexit",
        "r6 = r1\ncall 7\nr2 = 0\nif r0 > 5 goto on\nr2 = 0\non:\nr1 = map_by_idx(3) ll\ncall 81\nr0 = "
        "0\nexit",
        COUNT(0) "r1 = *(u64 *)(r0 + 0)\n*(u64 *)(r0 + 0) = r1\nr0 = 0\nexit",
        COUNT(3) "r1 = *(u64 *)(r0 + 1)\nr0 = 0\nexit",
        COUNT(0) "if r0 == 0 goto out\nr1 = *(u32 *)(r0 + 4)\nout:\nr0 = 0\nexit",
        "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map_by_idx(0) ll\ncall 1\nr0 = 0\nexit",
        "*(u64 *)(r10 - 8) = 0\nr2 = r10\nr2 += -8\nr1 = map_by_idx(3) ll\ncall 3\nr0 = 0\nexit"};
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    mybpf_map *maps[] = {make_storage(vm, MYBPF_MAP_TYPE_CGROUP_STORAGE, 8),
                         make_storage(vm, MYBPF_MAP_TYPE_CGROUP_STORAGE, 8),
                         make_storage(vm, MYBPF_MAP_TYPE_ARRAY, 4),
                         make_storage(vm, MYBPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 8)};
    int fds[4], answers = 1, accepted = 0;
    for (int i = 0; i < 4; i++) answers &= (fds[i] = kernel_map(maps[i])) >= 0;
    if (answers) answers = kernel_loads(MYBPF_PROG_TYPE_CGROUP_SKB, texts[0], fds);
    for (size_t i = 0; answers && i < sizeof texts / sizeof *texts; i++) {
        static const uint32_t types[] = {MYBPF_PROG_TYPE_CGROUP_SKB,    MYBPF_PROG_TYPE_CGROUP_DEVICE,
                                         MYBPF_PROG_TYPE_CGROUP_SYSCTL, MYBPF_PROG_TYPE_SOCK_OPS,
                                         MYBPF_PROG_TYPE_CGROUP_SOCK,   MYBPF_PROG_TYPE_XDP,
                                         MYBPF_PROG_TYPE_SCHED_CLS,     MYBPF_PROG_TYPE_SOCKET_FILTER};
        for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
            mybpf_object *object = NULL;
            mybpf_error error = {0};
            int there = kernel_loads(types[t], texts[i], fds);
            int here = !open_storages(vm, types[t], texts[i], maps, 4, MYBPF_VERIFIED, &object, &error);
            CASE("program %d, type %u: %s", (int)i, types[t], here ? "" : error.message);
            CHECK_INT(here, there);
            accepted += there;
            mybpf_object_close(object);
        }
    }
    for (int i = 0; i < 4; i++) {
        if (fds[i] >= 0) close(fds[i]);
        mybpf_map_unref(maps[i]);
    }
    mybpf_vm_destroy(vm);
    if (!answers) SKIP("no bpf() here");
    CHECK(accepted > 20);
}
#endif
