/* load_object.h: opening and running test objects, for the tests of loading. */
#ifndef LOAD_OBJECT_H
#define LOAD_OBJECT_H

#include "mybpf.h"
#include "test.h"

#include <stdlib.h>

static inline mybpf_vm *vm_new(void)
{
    mybpf_vm *vm = NULL;
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    return vm;
}

/* A file of MYBPF_TEST_OBJECTS (compiled from test/objects), or NULL. The caller frees it. */
static inline uint8_t *object_bytes(const char *name, size_t *size)
{
    char path[1024];
    const char *folder = getenv("MYBPF_TEST_OBJECTS");
    snprintf(path, sizeof path, "%s/%s.o", folder ? folder : "build/test/objects", name);
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    uint8_t *bytes = malloc(1 << 20);
    *size = bytes ? fread(bytes, 1, 1 << 20, file) : 0;
    fclose(file);
    return bytes;
}

static inline mybpf_object *object_open(mybpf_vm *vm, const char *name)
{
    mybpf_error error = {0};
    mybpf_object *object = NULL;
    size_t size = 0;
    uint8_t *bytes = object_bytes(name, &size);
    if (!bytes) {
        test_fail(__FILE__, __LINE__, "test object %s was not built", name);
        return NULL;
    }
    if (mybpf_object_open(vm, bytes, size, &object, &error))
        test_fail(__FILE__, __LINE__, "%s: %s", name, error.message);
    free(bytes); /* an object keeps nothing of its file */
    return object;
}

/* Loads trusted and runs one program with r1 = `r1`. */
static inline uint64_t object_run(mybpf_object *object, const char *program, uint64_t r1)
{
    mybpf_error error = {0};
    mybpf_load_opts load = {0};
    mybpf_run_opts run = {0};
    uint64_t args[5] = {r1, 0, 0, 0, 0}, r0 = 0xdead;
    load.trust = MYBPF_TRUSTED;
    run.args = args;
    if (!mybpf_object_code(object)->facts && mybpf_object_load(object, &load, &error))
        test_fail(__FILE__, __LINE__, "load: %s", error.message);
    else if (!mybpf_object_find_program(object, program))
        test_fail(__FILE__, __LINE__, "no program %s", program);
    else if (mybpf_program_run(mybpf_object_find_program(object, program), &run, &r0, &error))
        test_fail(__FILE__, __LINE__, "run: %s", error.message);
    return r0;
}

#endif
