/* image.h: reading SPF and BARE images. */
#ifndef MYBPF__IMAGE_H
#define MYBPF__IMAGE_H

#include "../base/cpu.h"
#include "image_format.h"
#include "object_impl.h"

/* Do the bytes start like such an image? */
MYBPF__FN int mybpf__is_spf(const void *bytes, size_t size);
MYBPF__FN int mybpf__is_bare(const void *bytes, size_t size);

/* Readers, as the others in object_impl.h: fill the first half of an empty object. */
MYBPF__FN int mybpf__open_spf(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error);
MYBPF__FN int mybpf__open_bare(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error);

/* An object whose `image` is set holds native code and no instructions. mybpf_object_load calls this
 * in place of the verifier, when maps, functions' descriptors and `code` are ready: it checks that
 * the load vouches for the code, resolves the imports, sets code.trust and code.metered to what the
 * code was compiled for, and attaches it. */
MYBPF__FN int mybpf__image_attach(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error);
/* mybpf_object_close: frees object->image and image_code. */
MYBPF__FN void mybpf__image_free(mybpf_object *object);

/* ---- inside the readers ---- */

/* What an object keeps of a native image until it is loaded. */
typedef struct mybpf__image {
    uint32_t target, flags, entry;
    uint32_t *imports, import_count;
    uint32_t *entries, entry_count; /* code offsets, one a function */
    int is_bare;
} mybpf__image;

/* An image while it is read. */
typedef struct mybpf__image_in {
    mybpf_object *object;
    const char *format; /* "SPF", "BARE": for messages */
    const uint8_t *bytes;
    size_t size; /* without the checksum */
    size_t at;   /* the next table */
    uint32_t target, flags, code_size, import_count, func_count, entry;
    mybpf_error *error;
} mybpf__image_in;

#endif
