/* fuzz_image.h: what the fuzz targets of the two image formats share. The checksum is put right first, so
 * that the rest of the reader is reached; native code is loaded but never run. */
#ifndef FUZZ_IMAGE_H
#define FUZZ_IMAGE_H

#include "mybpf.h"
#include "mybpf_aot.h"

#include "load/image_format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* No executable memory is needed for code that does not run. A few MiB are enough for everything: more is
 * refused. */
static void *fuzz_code_alloc(void *user, size_t size) { return (void)user, malloc(size); }
static int fuzz_code_seal(void *user, void *memory, size_t size)
{
    return (void)user, (void)memory, (void)size, 0;
}
static void fuzz_code_free(void *user, void *memory, size_t size) { (void)user, (void)size, free(memory); }

static void *fuzz_realloc(void *user, void *memory, size_t size)
{
    (void)user;
    if (size && size < (4u << 20)) return realloc(memory, size);
    if (!size) free(memory);
    return NULL;
}

static mybpf_vm *fuzz_vm(void)
{
    static const mybpf_exec_ops exec = {fuzz_code_alloc, fuzz_code_seal, fuzz_code_free, NULL};
    static mybpf_vm *vm;
    mybpf_host host;
    memset(&host, 0, sizeof host);
    host.realloc = fuzz_realloc;
    host.exec = &exec;
    if (!vm && mybpf_vm_create(&host, &vm, NULL)) abort();
    return vm;
}

/* A copy of the input, in exactly as much memory, with the header of `format` and the right size and
 * checksum. */
static uint8_t *fuzz_repair(const uint8_t *bytes, size_t size, const char *format)
{
    uint8_t *copy = (uint8_t *)malloc(size + 1);
    if (!copy) abort();
    memcpy(copy, bytes, size);
    if (size < 16) return copy;
    memcpy(copy, format, 4);
    mybpf__put_le(copy + MYBPF__IMAGE_AT_SIZE, size, 4);
    mybpf__put_le(copy + size - 4, mybpf__crc32(copy, size - 4), 4);
    return copy;
}

typedef int (*fuzz_writer)(const mybpf_object *, const mybpf_aot_opts *, void **, size_t *, mybpf_error *);

/* For every machine there is code for. */
static void fuzz_compile(const mybpf_object *object)
{
    for (size_t i = 0; mybpf_aot_target(i); i++) {
        mybpf_aot_opts opts = {mybpf_aot_target(i), NULL};
        mybpf_object *again = NULL;
        mybpf_error error;
        void *bytes = NULL;
        size_t size;
        if (mybpf_aot_spf(object, &opts, &bytes, &size, &error)) continue;
        if (mybpf_object_open(fuzz_vm(), bytes, size, &again, &error)) abort();
        mybpf_object_close(again);
        mybpf_vm_realloc(fuzz_vm(), bytes, 0);
    }
}

/* What was loaded runs where it is bytecode, and can be written and read again. */
static void fuzz_use(const mybpf_object *object, fuzz_writer write)
{
    mybpf_run_opts run;
    mybpf_object *again = NULL;
    mybpf_error error;
    void *bytes = NULL;
    size_t size;
    memset(&run, 0, sizeof run);
    run.max_steps = 10000;
    if (mybpf_object_native(object)) return;
    for (size_t i = 0; mybpf_object_program(object, i); i++)
        mybpf_program_run(mybpf_object_program(object, i), &run, NULL, &error);
    if (write(object, NULL, &bytes, &size, &error)) return;
    if (mybpf_object_open(fuzz_vm(), bytes, size, &again, &error)) abort(); /* what we write, we read */
    mybpf_object_close(again);
    mybpf_vm_realloc(fuzz_vm(), bytes, 0);
    fuzz_compile(object);
}

static void fuzz_image(const uint8_t *bytes, size_t size, const char *format, fuzz_writer write)
{
    static const mybpf_range everything = {MYBPF_HELPER_SYS, MYBPF_HELPER_TEMP - 1};
    mybpf_object *object = NULL;
    mybpf_error error;
    mybpf_load_opts load;
    uint8_t *copy = fuzz_repair(bytes, size, format);
    memset(&load, 0, sizeof load);
    if (!mybpf_object_open(fuzz_vm(), copy, size, &object, &error)) {
        int native = mybpf_object_code(object)->insn_count == 0;
        load.trust = native ? MYBPF_TRUSTED : MYBPF_GUARDED;
        load.grants = &everything;
        load.grant_count = native;
        if (!mybpf_object_load(object, &load, &error)) fuzz_use(object, write);
    }
    mybpf_object_close(object);
    free(copy);
}

#endif
