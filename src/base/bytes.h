/* bytes.h: memory, byte order and unaligned access without libc. */
#ifndef MYBPF__BYTES_H
#define MYBPF__BYTES_H

#include "config.h"

#ifndef MYBPF_FREESTANDING
#    include <string.h>
#endif

MYBPF__FN void mybpf__copy(void *to, const void *from, size_t size)
{
#if defined(__GNUC__)
    __builtin_memcpy(to, from, size);
#elif !defined(MYBPF_FREESTANDING)
    memcpy(to, from, size);
#else
    for (size_t i = 0; i < size; i++) ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
#endif
}

/* The same where both may overlap. */
MYBPF__FN void mybpf__move(void *to, const void *from, size_t size)
{
#if defined(__GNUC__)
    __builtin_memmove(to, from, size);
#elif !defined(MYBPF_FREESTANDING)
    memmove(to, from, size);
#else
    unsigned char *a = (unsigned char *)to;
    const unsigned char *b = (const unsigned char *)from;
    if ((uintptr_t)a < (uintptr_t)b)
        for (size_t i = 0; i < size; i++) a[i] = b[i];
    else
        while (size--) a[size] = b[size];
#endif
}

MYBPF__FN void mybpf__zero(void *to, size_t size)
{
#if defined(__GNUC__)
    __builtin_memset(to, 0, size);
#elif !defined(MYBPF_FREESTANDING)
    memset(to, 0, size);
#else
    for (size_t i = 0; i < size; i++) ((unsigned char *)to)[i] = 0;
#endif
}

MYBPF__FN int mybpf__equal(const void *a, const void *b, size_t size)
{
    const unsigned char *x = (const unsigned char *)a, *y = (const unsigned char *)b;
    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i]) return 0;
    return 1;
}

/* Length of a text that may lack its NUL within `size` bytes: then `size`. */
MYBPF__FN size_t mybpf__length(const char *text, size_t size)
{
    size_t n = 0;
    while (n < size && text[n]) n++;
    return n;
}

MYBPF__FN int mybpf__same_text(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

/* Cut where it does not fit, always with a NUL; the length of the whole text. */
MYBPF__FN size_t mybpf__copy_text(char *to, size_t size, const char *text)
{
    size_t length = 0;
    for (; text[length]; length++)
        if (length + 1 < size) to[length] = text[length];
    to[length < size ? length : size - 1] = 0;
    return length;
}

/* Does `text` start with `prefix`? */
MYBPF__FN int mybpf__starts(const char *text, const char *prefix)
{
    while (*prefix && *text == *prefix) text++, prefix++;
    return !*prefix;
}

/* The text of number `index` in a list of texts, each with its NUL, that an empty one ends; NULL beyond it.
 */
MYBPF__FN const char *mybpf__nth_text(const char *list, uint32_t index)
{
    for (; *list; list += mybpf__length(list, SIZE_MAX) + 1)
        if (!index--) return list;
    return NULL;
}

/* Little-endian fields of images, at any alignment. */
MYBPF__FN uint32_t mybpf__le16(const void *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8;
}

MYBPF__FN uint32_t mybpf__le32(const void *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return mybpf__le16(b) | mybpf__le16(b + 2) << 16;
}

MYBPF__FN uint64_t mybpf__le64(const void *at)
{
    const unsigned char *b = (const unsigned char *)at;
    return mybpf__le32(b) | (uint64_t)mybpf__le32(b + 4) << 32;
}

MYBPF__FN void mybpf__put_le(void *at, uint64_t value, unsigned bytes)
{
    unsigned char *b = (unsigned char *)at;
    for (unsigned i = 0; i < bytes; i++) b[i] = (unsigned char)(value >> (8 * i));
}

/* All eight bytes, in one store where that is known to be right. */
MYBPF__FN void mybpf__put_le64(void *at, uint64_t value)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    mybpf__copy(at, &value, 8);
#else
    mybpf__put_le(at, value, 8);
#endif
}

/* eBPF addresses are 64 bits: on a 32-bit host, zero-extended. */
MYBPF__FN uint64_t mybpf__address(const volatile void *pointer) { return (uint64_t)(uintptr_t)pointer; }
MYBPF__FN void *mybpf__pointer(uint64_t address) { return (void *)(uintptr_t)address; }

#endif
