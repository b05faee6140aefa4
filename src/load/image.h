/* image.h: the layout of SPF and BARE images, for their readers and writers. docs/formats.md is the
 * specification; the numbers here are its numbers. */
#ifndef MYBPF__IMAGE_H
#define MYBPF__IMAGE_H

#include "../base/bytes.h"
#include "object_impl.h"

#define MYBPF__IMAGE_VERSION 1u
#define MYBPF__IMAGE_ABI     1u /* layout of mybpf_abi, see run/run.h */

/* Offsets of the header fields both formats have; little-endian, no alignment. */
enum {
    MYBPF__IMAGE_MAGIC = 0,     /* "BAR" or "SPF" */
    MYBPF__IMAGE_AT_VERSION = 3,
    MYBPF__IMAGE_TARGET = 4,    /* MYBPF__TARGET_* */
    MYBPF__IMAGE_AT_ABI = 5,    /* native code: ABI it was made for; else 0 */
    MYBPF__IMAGE_FLAGS = 6,     /* MYBPF__IMAGE_* below */
    MYBPF__IMAGE_TYPE = 7,      /* BARE: type of the program; SPF: 0 */
    MYBPF__IMAGE_SIZE = 8,      /* of the image, checksum included */
    MYBPF__IMAGE_CODE_SIZE = 12,
    MYBPF__IMAGE_DATA_SIZE = 16, /* BARE: bytes of bss; SPF: initial contents stored in the image */
    MYBPF__IMAGE_IMPORTS = 20,
    MYBPF__IMAGE_FUNCS = 22,
    MYBPF__IMAGE_ENTRY = 24,    /* native: offset of the entry stub; BARE bytecode: function of the program */
    MYBPF__BARE_HEADER = 28,    /* the code follows */

    MYBPF__SPF_PROGRAMS = 28,
    MYBPF__SPF_MAPS = 30,
    MYBPF__SPF_SECTIONS = 32,
    MYBPF__SPF_RELOCS = 34,
    MYBPF__SPF_STRINGS = 36,    /* bytes */
    MYBPF__SPF_LICENSE = 38,    /* a string */
    MYBPF__SPF_KERNEL = 40,
    MYBPF__SPF_HEADER = 44,     /* the code follows */

    MYBPF__IMAGE_CHECKSUM = 4   /* bytes at the end: CRC-32 of all before them */
};

/* Sizes of the records behind the code. */
enum {
    MYBPF__SPF_PROGRAM_SIZE = 8,  /* func 2, type 2, name 2, section 2 */
    MYBPF__SPF_MAP_SIZE = 20,     /* name 2, type 2, key 4, value 4, entries 4, flags 4 */
    MYBPF__SPF_SECTION_SIZE = 12, /* name 2, flags 2, size 4, stored 4 */
    MYBPF__SPF_RELOC_SIZE = 8,    /* offset 4, section 2, what 2 */
    MYBPF__IMAGE_IMPORT_SIZE = 4, /* kind << 30 | index */
    MYBPF__IMAGE_FUNC_SIZE = 4,
    MYBPF__IMAGE_TRAILER_SIZE = 8 /* type 4, size 4 */
};

/* Flags. Bits 0 and 1 are the mybpf_trust that native code was compiled for. */
enum {
    MYBPF__IMAGE_TRUST = 3,
    MYBPF__IMAGE_METERED = 4,  /* native code that counts steps */
    MYBPF__IMAGE_PACKET = 8,   /* native code that reads packets (LD_ABS, LD_IND) */
    MYBPF__IMAGE_KNOWN = 15    /* any other bit: made for a newer reader */
};

enum { MYBPF__SPF_READ_ONLY = 1 };     /* flags of a section */
enum { MYBPF__SPF_RELOC_FUNC = 0x8000 }; /* `what` of a reloc: a function; without it, a section */
enum { MYBPF__BARE_TCMD = 255 };       /* type of a command in the one byte that BARE has */

#define MYBPF__IMAGE_SECTION_MAX 0x10000000u /* bytes of one global section */

/* Import kinds: mybpf__import_kind of gen/gen.h. In BARE, MAP_VALUE's index is an offset in the bss. */
enum { MYBPF__IMAGE_HELPER = 0, MYBPF__IMAGE_MAP = 1, MYBPF__IMAGE_MAP_VALUE = 2, MYBPF__IMAGE_FUNC = 3 };
#define MYBPF__IMAGE_INDEX_MASK 0x3FFFFFFFu

/* Machines. The numbers stand in images for ever. X(number, name) */
#define MYBPF__IMAGE_TARGETS(X) X(0, "bytecode") X(1, "x86_64") X(2, "arm64") X(3, "arm") X(4, "riscv64") X(5, "mips")

MYBPF__FN const char *mybpf__image_target_name(uint32_t number);
MYBPF__FN int mybpf__image_target_number(const char *name); /* -1: none */

/* CRC-32 of IEEE 802.3, as zlib's crc32(). */
MYBPF__FN uint32_t mybpf__crc32(const uint8_t *bytes, size_t size);

/* Do the bytes start like such an image? */
MYBPF__FN int mybpf__is_spf(const void *bytes, size_t size);
MYBPF__FN int mybpf__is_bare(const void *bytes, size_t size);

/* Readers, as the others in object_impl.h: fill the first half of an empty object. */
MYBPF__FN int mybpf__open_spf(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error);
MYBPF__FN int mybpf__open_bare(mybpf_object *object, const void *bytes, size_t size, mybpf_error *error);

/* An object whose `image` is set holds native code and no instructions. mybpf_object_load calls this
 * in place of the verifier, when maps, functions' descriptors and `code` are ready: it checks that
 * the load vouches for the code, resolves the imports, and attaches the code. */
MYBPF__FN int mybpf__image_attach(mybpf_object *object, const mybpf_load_opts *opts, mybpf_error *error);
/* mybpf_object_close: frees object->image and image_code. */
MYBPF__FN void mybpf__image_free(mybpf_object *object);

#endif
