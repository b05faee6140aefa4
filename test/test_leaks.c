/* test_leaks.c: an object that is loaded, run and closed again and again leaves no memory behind, in no
 * engine. MYBPF_LOADS says how often (`make leaks`: 100,000 times). */
#include "from_text.h"
#include "load_object.h"

typedef struct counted {
    long blocks, bytes; /* that are not freed */
} counted;

enum { HEAD = 16 };

static void *count(void *user, void *memory, size_t size)
{
    counted *c = user;
    uint8_t *block = memory ? (uint8_t *)memory - HEAD : NULL;
    size_t before = 0;
    if (block) memcpy(&before, block, sizeof before);
    uint8_t *grown = size ? realloc(block, size + HEAD) : NULL;
    if (!size) free(block);
    if (size && !grown) return NULL;
    c->blocks += (grown != NULL) - (block != NULL);
    c->bytes += (long)size - (long)before;
    if (grown) memcpy(grown, &size, sizeof size);
    return grown ? grown + HEAD : NULL;
}

/* Every program, whatever becomes of it: what a run leaves matters here. */
static void run_all(mybpf_object *object)
{
    uint64_t args[5] = {1, 0, 0, 0, 0};
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.args = args;
    opts.max_steps = 100000;
    for (size_t i = 0; mybpf_object_program(object, i); i++)
        (void)mybpf_program_run(mybpf_object_program(object, i), &opts, NULL, NULL);
}

/* From the bytes of a file: interpreted, as native code, as an image, and refused. */
static void once(mybpf_vm *vm, const uint8_t *bytes, size_t size, unsigned kind, mybpf_trust trust)
{
    mybpf_load_opts opts;
    mybpf_object *object = NULL, *image = NULL;
    mybpf_error error;
    memset(&opts, 0, sizeof opts);
    opts.trust = trust;
    opts.metered = 1;
    if (kind == 3) size = size * 2 / 3;
    if (!mybpf_object_open(vm, bytes, size, &object, &error) && !mybpf_object_load(object, &opts, &error)) {
        if (kind == 1) (void)mybpf_jit_compile(object, NULL, NULL);
        if (kind == 2 && !load_image(vm, object, IMAGE_NATIVE, &opts, &image, &error)) run_all(image);
        run_all(object);
    } else if (kind != 3)
        test_fail(__FILE__, __LINE__, "%s", error.message);
    mybpf_object_close(image);
    mybpf_object_close(object);
}

TEST(leaks, load_run_unload)
{
    NEEDS_ELF();
    static const char *const names[] = {"load_maps", "load_globals", "load_programs", "load_of_maps",
                                        "cgroup_storages"};
    enum { FILES = sizeof names / sizeof *names };
    uint8_t *bytes[FILES];
    size_t sizes[FILES];
    counted c = {0, 0}, first = {0, 0};
    mybpf_host host;
    mybpf_vm *vm = NULL;
    uint64_t loads = test_number("MYBPF_LOADS", 480);
    memset(&host, 0, sizeof host);
    host.realloc = count;
    host.user = &c;
    host.exec = mybpf_jit_exec();
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    for (int i = 0; i < FILES; i++)
        if (!(bytes[i] = object_bytes(names[i], &sizes[i])))
            test_fail(__FILE__, __LINE__, "test object %s was not built", names[i]);
    for (uint64_t i = 0; i < loads && !test_failures(); i++) {
        unsigned file = (unsigned)(i / 4 % FILES);
        once(vm, bytes[file], sizes[file], i % 4, i / (FILES * 4) % 2 ? MYBPF_GUARDED : MYBPF_TRUSTED);
        if (i % (FILES * 8) != FILES * 8 - 1) continue;
        if (!first.blocks) first = c; /* what a vm keeps for ever is there now */
        CASE("after %llu loads", (unsigned long long)i + 1);
        CHECK_INT(c.blocks, first.blocks);
        CHECK_INT(c.bytes, first.bytes);
    }
    for (int i = 0; i < FILES; i++) free(bytes[i]);
    mybpf_vm_destroy(vm);
    CHECK_INT(c.blocks, 0);
    CHECK_INT(c.bytes, 0);
}
