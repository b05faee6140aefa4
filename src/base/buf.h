/* buf.h: a growing byte buffer whose failure sticks, so that writers need one check at the end. */
#ifndef MYBPF__BUF_H
#define MYBPF__BUF_H

#include "bytes.h"
#include "vm.h"

typedef struct mybpf__buf {
    mybpf_vm *vm;
    uint8_t *bytes;
    size_t size, capacity;
    int failed; /* out of memory: bytes stay, later writes do nothing */
} mybpf__buf;

/* Room for `count` more bytes, or NULL and `failed`. The caller adds to `size`. */
MYBPF__FN uint8_t *mybpf__buf_reserve(mybpf__buf *buf, size_t count)
{
    if (buf->failed || count > SIZE_MAX / 4 - buf->size) {
        buf->failed = 1;
        return NULL;
    }
    if (buf->size + count > buf->capacity) {
        size_t capacity = buf->capacity ? buf->capacity * 2 : 256;
        while (capacity < buf->size + count) capacity *= 2;
        uint8_t *bytes = (uint8_t *)mybpf_vm_realloc(buf->vm, buf->bytes, capacity);
        if (!bytes) {
            buf->failed = 1;
            return NULL;
        }
        buf->bytes = bytes;
        buf->capacity = capacity;
    }
    return buf->bytes + buf->size;
}

MYBPF__FN void mybpf__buf_put(mybpf__buf *buf, const void *bytes, size_t count)
{
    uint8_t *at = mybpf__buf_reserve(buf, count);
    if (!at) return;
    if (count) mybpf__copy(at, bytes, count);
    buf->size += count;
}

MYBPF__FN void mybpf__buf_put_le(mybpf__buf *buf, uint64_t value, unsigned bytes)
{
    uint8_t *at = mybpf__buf_reserve(buf, bytes);
    if (!at) return;
    mybpf__put_le(at, value, bytes);
    buf->size += bytes;
}

MYBPF__FN void mybpf__buf_free(mybpf__buf *buf)
{
    mybpf_vm_realloc(buf->vm, buf->bytes, 0);
    buf->bytes = NULL;
    buf->size = buf->capacity = 0;
}

#endif
