/* bare_image.h: a BARE file in executable memory, for the tools around mybpf_bare.h. Helpers are those of
 * mybpf.h. */
#ifndef BARE_IMAGE_H
#define BARE_IMAGE_H

#include "tool.h"

/* Flags of features that images may ask for: bare_place sets them, as mybpf.h knows what this machine has. */
static uint32_t bare_features;
#define MYBPF_BARE_FEATURES bare_features
#define MYBPF_BARE_IMPLEMENTATION
#include "mybpf_bare.h"

#include <sys/mman.h>

typedef struct bare_image {
    uint8_t *pages;
    size_t size; /* of the pages */
    mybpf_bare bare;
} bare_image;

static void bare_unload(bare_image *image)
{
    if (image->pages) munmap(image->pages, image->size);
    free(image->bare.table);
    free((void *)(uintptr_t)image->bare.bss);
    memset(image, 0, sizeof *image);
}

/* What mybpf.h says against the image: an empty message where it is for a machine like this one. */
static void bare_ask(mybpf_vm *vm, const char *bytes, size_t size, mybpf_error *error)
{
    mybpf_object *object = NULL;
    mybpf_load_opts opts = {0};
    opts.trust = MYBPF_TRUSTED; /* nothing runs: this vm has no executable memory */
    if (!mybpf_object_open(vm, bytes, size, &object, error) &&
        mybpf_object_load(object, &opts, error) != MYBPF_ERR_TARGET)
        error->message[0] = 0;
    mybpf_object_close(object);
}

/* Why mybpf_bare_open refused: it gives numbers alone, mybpf.h has the names of machines and features. */
static int bare_refused(int status, const char *file, const char *bytes, const char *told)
{
    const char *reason = "refused";
    switch (status) {
    case MYBPF_BARE_ERR_FORMAT: reason = "not a BARE image, or a damaged one"; break;
    case MYBPF_BARE_ERR_BYTECODE: reason = "bytecode: run it with mybpfc, or convert it with -j"; break;
    case MYBPF_BARE_ERR_TARGET: reason = *told ? told : "made for another machine"; break;
    case MYBPF_BARE_ERR_UNSUPPORTED:
        reason = *told             ? told
                 : bytes[6] & 0x0c ? "it counts steps or reads packets, run it with mybpfc"
                                   : "it asks for what this tool does not have, run it with mybpfc";
        break;
    default: break;
    }
    return complain(TOOL_REFUSED, "%s: %s", file, reason);
}

/* Copies the image to pages of its own, where its code begins a cache line, and makes them executable. */
static int bare_place(bare_image *image, mybpf_vm *vm, const char *file, const char *bytes, size_t size)
{
    const char *kind = file_kind(bytes, size);
    if (kind && strncmp(kind, "BARE", 4))
        return complain(TOOL_REFUSED, "%s: %s, not a BARE image: run it with mybpfc", file, kind);
    const size_t before = 36; /* see mybpf_bare.h */
    mybpf_error told = {0};
    bare_ask(vm, bytes, size, &told);
    bare_features = told.message[0] ? 0 : 0xf0;
    image->size = before + size;
    image->pages =
        (uint8_t *)mmap(NULL, image->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (image->pages == MAP_FAILED) {
        image->pages = NULL;
        return complain(TOOL_REFUSED, "%s: no memory: %s", file, strerror(errno));
    }
    memcpy(image->pages + before, bytes, size);
    if (mprotect(image->pages, image->size, PROT_READ | PROT_EXEC))
        return complain(TOOL_REFUSED, "%s: no executable memory: %s", file, strerror(errno));
    __builtin___clear_cache((char *)image->pages, (char *)image->pages + image->size);
    int status = mybpf_bare_open(&image->bare, image->pages + before, size);
    return status ? bare_refused(status, file, bytes, told.message) : TOOL_OK;
}

/* Memory for the image, and its helpers from the vm's registry: all of them, for native code is trusted. */
static int bare_bind(bare_image *image, const mybpf_vm *vm, const char *file)
{
    mybpf_bare *bare = &image->bare;
    mybpf_bare_helper *helpers = (mybpf_bare_helper *)calloc(bare->table_count + 1u, sizeof *helpers);
    size_t count = 0;
    bare->table = (uint64_t *)calloc(bare->table_count + 1u, sizeof *bare->table);
    bare->bss = (uint8_t *)malloc(bare->bss_size + 1u); /* malloc aligns to 16 where images run */
    if (!helpers || !bare->table || !bare->bss) {
        free(helpers);
        return complain(TOOL_REFUSED, "%s: out of memory", file);
    }
    for (size_t i = 0; i < bare->table_count; i++) {
        const uint8_t *b = bare->imports + 4 * i;
        uint32_t id = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
        const mybpf_helper *helper = mybpf_helper_find(vm, id);
        if (!helper || !helper->fn) continue;
        helpers[count].id = id;
        helpers[count++].fn = (mybpf_bare_fn)helper->fn;
    }
    int status = mybpf_bare_bind(bare, helpers, count);
    free(helpers);
    if (!status) return TOOL_OK;
    const mybpf_helper *missing = mybpf_helper_find(vm, bare->missing);
    return complain(TOOL_REFUSED, "%s: it needs helper %u, %s", file, (unsigned)bare->missing,
                    !missing          ? "which is unknown"
                    : missing->reason ? missing->reason
                                      : missing->name);
}

/* TOOL_OK, or TOOL_REFUSED after a message; then nothing is left to unload. */
static int bare_load(bare_image *image, mybpf_vm *vm, const char *file)
{
    size_t size;
    memset(image, 0, sizeof *image);
    char *bytes = read_file(file, &size);
    if (!bytes) return TOOL_REFUSED;
    int result = bare_place(image, vm, file, bytes, size);
    if (!result) result = bare_bind(image, vm, file);
    free(bytes);
    if (result) bare_unload(image);
    return result;
}

/* Runs it as a command: r1 = argc, r2 = argv. TOOL_OK and `r0`, or TOOL_REFUSED after a message. */
static int bare_run(const bare_image *image, mybpf_vm *vm, const char *file, int argc, char **argv,
                    uint64_t *r0)
{
    mybpf_error error = {0};
    mybpf_env *env;
    uint64_t *words = (uint64_t *)calloc((size_t)argc + 1, sizeof *words);
    if (!words) return complain(TOOL_REFUSED, "%s: out of memory", file);
    for (int i = 0; i < argc; i++) words[i] = (uint64_t)(uintptr_t)argv[i];
    if (mybpf_env_create(vm, NULL, &env, &error)) {
        free(words);
        return complain_error(file, &error);
    }
    *r0 = mybpf_bare_run(&image->bare, (uint64_t)argc, (uint64_t)(uintptr_t)words, (mybpf_bare_env *)env);
    int32_t stop = (int32_t)(uint32_t)((mybpf_bare_env *)env)->stop;
    mybpf_env_destroy(env);
    free(words);
    fflush(stdout);
    return stop < 0 ? complain(TOOL_REFUSED, "%s: %s", file, mybpf_status_text(stop)) : TOOL_OK;
}

/* A vm whose programs print to standard output; NULL after a message. */
static mybpf_vm *bare_vm(void)
{
    mybpf_host host = {0};
    mybpf_error error = {0};
    mybpf_vm *vm;
    host.output = print_output;
    if (!mybpf_vm_create(&host, &vm, &error)) return vm;
    complain_error("vm", &error);
    return NULL;
}

#endif
