/* image.c: what the readers of SPF and BARE images share, and native code from images. */
#ifndef MYBPF__IMAGE_C
#define MYBPF__IMAGE_C

#include "../base/error.h"
#include "image.h"

MYBPF__FN const char *mybpf__image_target_name(uint32_t number)
{
    switch (number) {
#define MYBPF__TARGET_CASE(value, name)                                                                      \
    case value: return name;
        MYBPF__IMAGE_TARGETS(MYBPF__TARGET_CASE)
#undef MYBPF__TARGET_CASE
    default: return "an unknown machine";
    }
}

MYBPF__FN int mybpf__is_spf(const void *bytes, size_t size) { return size >= 3 && mybpf__equal(bytes, "SPF", 3); }
MYBPF__FN int mybpf__is_bare(const void *bytes, size_t size) { return size >= 3 && mybpf__equal(bytes, "BAR", 3); }

MYBPF__FN int mybpf__image_attach(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error)
{
    (void)object, (void)opts;
    return mybpf__fail(error, MYBPF_ERR_UNSUPPORTED, MYBPF_NO_INSN, "native images cannot be loaded yet");
}

MYBPF__FN void mybpf__image_free(mybpf_object *object)
{
    mybpf__free(object->vm, object->image);
    mybpf__free(object->vm, object->image_code);
    object->image = NULL;
    object->image_code = NULL;
}

#endif
