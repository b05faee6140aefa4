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

/* The same where there is no room yet. */
MYBPF__ONE_COPY uint8_t *mybpf__buf_grow(mybpf__buf *buf, size_t count)
{
    size_t capacity = buf->capacity ? buf->capacity : 128;
    uint8_t *bytes = NULL;
    if (!buf->failed && count <= SIZE_MAX / 4 - buf->size) {
        do capacity *= 2;
        while (capacity < buf->size + count);
        bytes = (uint8_t *)mybpf_vm_realloc(buf->vm, buf->bytes, capacity);
    }
    if (!bytes) {
        buf->failed = 1;
        buf->capacity = buf->size;
        return NULL;
    }
    buf->bytes = bytes;
    buf->capacity = capacity;
    return bytes + buf->size;
}

/* Room for `count` more bytes, or NULL and `failed`. The caller adds to `size`. */
MYBPF__INLINE uint8_t *mybpf__buf_reserve(mybpf__buf *buf, size_t count)
{
    return count <= buf->capacity - buf->size ? buf->bytes + buf->size : mybpf__buf_grow(buf, count);
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
    uint8_t *at = mybpf__buf_reserve(buf, 8);
    if (!at) return;
    mybpf__put_le64(at, value); /* those behind `bytes` are written again or nobody's */
    buf->size += bytes;
}

MYBPF__FN void mybpf__buf_free(mybpf__buf *buf)
{
    mybpf_vm_realloc(buf->vm, buf->bytes, 0);
    buf->bytes = NULL;
    buf->size = buf->capacity = 0;
}

#endif
