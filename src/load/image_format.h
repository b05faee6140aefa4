/* image_format.h: the layout of SPF and BARE images, for their readers and writers. docs/formats.md is
 * the specification; the numbers here are its numbers. */
#ifndef MYBPF__IMAGE_FORMAT_H
#define MYBPF__IMAGE_FORMAT_H

#include "../base/bytes.h"

#define MYBPF__IMAGE_VERSION    1u
#define MYBPF__IMAGE_ABI        1u /* layout of mybpf_abi, see run/run.h */
#define MYBPF__IMAGE_ABI_COUNTS 2u /* the same, with imports of an array's number of elements: SPF */
#define MYBPF__IMAGE_ABI_JUMPS  3u /* the same, with tail_jump: SPF */

/* clang-format off */

/* Offsets of the header's fields; up to BARE_HEADER they are the same in both formats. Little-endian,
 * at any alignment. */
enum {
    MYBPF__IMAGE_AT_MAGIC = 0,    /* "BAR" or "SPF" */
    MYBPF__IMAGE_AT_VERSION = 3,
    MYBPF__IMAGE_AT_TARGET = 4,   /* MYBPF__IMAGE_TARGETS */
    MYBPF__IMAGE_AT_ABI = 5,      /* native code: the ABI it was made for; bytecode: 0 */
    MYBPF__IMAGE_AT_FLAGS = 6,    /* MYBPF__IMAGE_* below */
    MYBPF__IMAGE_AT_TYPE = 7,     /* BARE: type of the program; SPF: 0 */
    MYBPF__IMAGE_AT_SIZE = 8,     /* of the image, checksum included */
    MYBPF__IMAGE_AT_CODE = 12,    /* bytes of code */
    MYBPF__IMAGE_AT_DATA = 16,    /* BARE: bytes of bss; SPF: bytes of initial data in the image */
    MYBPF__IMAGE_AT_IMPORTS = 20, /* how many */
    MYBPF__IMAGE_AT_FUNCS = 22,   /* how many; BARE native: 0 */
    MYBPF__IMAGE_AT_ENTRY = 24,   /* native: offset of the entry stub; BARE bytecode: function of the program */
    MYBPF__BARE_HEADER = 28,      /* the code follows */

    MYBPF__SPF_AT_PROGRAMS = 28,
    MYBPF__SPF_AT_MAPS = 30,
    MYBPF__SPF_AT_SECTIONS = 32,
    MYBPF__SPF_AT_RELOCS = 34,
    MYBPF__SPF_AT_STRINGS = 36,   /* bytes */
    MYBPF__SPF_AT_LICENSE = 38,   /* a string */
    MYBPF__SPF_AT_KERNEL = 40,    /* kernel version */
    MYBPF__SPF_HEADER = 44,       /* the code follows */

    MYBPF__IMAGE_CHECKSUM = 4     /* bytes at the end: CRC-32 of all before them */
};

/* Sizes of the records behind the code. */
enum {
    MYBPF__IMAGE_IMPORT = 4,      /* kind << 30 | index */
    MYBPF__IMAGE_FUNC = 4,        /* native: offset in the code; bytecode: first slot of each but function 0 */
    MYBPF__SPF_PROGRAM = 8,       /* func 2, type 2, name 2, section 2 */
    MYBPF__SPF_MAP = 20,          /* name 2, type 2, key 4, value 4, entries 4, flags 4 */
    MYBPF__SPF_SECTION = 12,      /* name 2, flags 2, size 4, initial 4 */
    MYBPF__SPF_RELOC = 8,         /* offset 4, section 2, what 2 */
    MYBPF__SPF_LOCK = 8,          /* map 4, where 4 */
    MYBPF__IMAGE_TRAILER = 8      /* type 4, size 4, then `size` bytes */
};
#define MYBPF__SPF_LOCKS 0x4b434f4cu /* "LOCK": type of the optional part with the maps that have locks */

/* Flags of the header; the first four are for native code, the last for bytecode. */
enum {
    MYBPF__IMAGE_TRUST = 3,       /* the mybpf_trust that native code was compiled for; 3: verified, with an arena */
    MYBPF__IMAGE_METERED = 4,     /* native code that counts steps */
    MYBPF__IMAGE_PACKET = 8,      /* native code that reads packets: LD_ABS, LD_IND */
    MYBPF__IMAGE_BIG_ENDIAN = 16, /* the program was compiled for big-endian machines */
    MYBPF__IMAGE_KNOWN = 31       /* any other bit but the features below: for a reader newer than this one */
};

/* What the processor must have, base/cpu.h: the first three in bits 5 to 7, the fourth in bit 4 of native code. */
#define MYBPF__IMAGE_FEATURE_FLAGS(features) (((features) << 5 | (features) << 1) & 0xf0u)
#define MYBPF__IMAGE_FEATURES(flags)         (((flags) & 0xe0u) >> 5 | ((flags) & 0x10u) >> 1)

/* Flags of bytecode that this machine writes and runs. */
#define MYBPF__IMAGE_HOST_ORDER   (MYBPF_BIG_ENDIAN ? (uint32_t)MYBPF__IMAGE_BIG_ENDIAN : 0u)

#define MYBPF__SPF_READ_ONLY      1u      /* flag of a section */
#define MYBPF__SPF_RELOC_FUNC     0x8000u /* `what` is a function; without this bit, a section */
#define MYBPF__SPF_RELOC_ELEMENT  0x8000u /* `section` is a program array; without this bit, a section */
#define MYBPF__BARE_TCMD          255u    /* MYBPF_PROG_TYPE_TCMD in the one byte BARE has for a type */
#define MYBPF__IMAGE_SECTION_MAX  0x10000000u /* bytes of all global sections together */
#define MYBPF__IMAGE_IMPORT_INDEX 0x3FFFFFFFu
#define MYBPF__IMAGE_IMPORT_COUNT 0x20000000u /* in the index of MAP_VALUE, as MYBPF__IMPORT_COUNT in gen/gen.h */

/* clang-format on */

/* Kinds of import are those of mybpf__import_kind in gen/gen.h. In BARE the index of MAP_VALUE is
 * an offset in the bss. */
enum { MYBPF__IMAGE_HELPER, MYBPF__IMAGE_MAP, MYBPF__IMAGE_MAP_VALUE, MYBPF__IMAGE_FUNC_DESC };

/* Machines. The numbers stand in images, so they stay. X(number, name) */
#define MYBPF__IMAGE_TARGETS(X) X(0, "bytecode") X(1, "x86_64") X(2, "arm64") X(3, "riscv64")
#define MYBPF__IMAGE_BYTECODE   0u

/* Name of a machine, NULL if unknown. */
MYBPF__FN const char *mybpf__image_target_name(uint32_t number)
{
    switch (number) {
#define MYBPF__TARGET_CASE(value, name)                                                                      \
    case value: return name;
        MYBPF__IMAGE_TARGETS(MYBPF__TARGET_CASE)
#undef MYBPF__TARGET_CASE
    default: return NULL;
    }
}

/* Number of a machine, -1 if unknown. */
MYBPF__FN int mybpf__image_target_number(const char *name)
{
#define MYBPF__TARGET_TEST(value, text)                                                                      \
    if (mybpf__same_text(name, text)) return value;
    MYBPF__IMAGE_TARGETS(MYBPF__TARGET_TEST)
#undef MYBPF__TARGET_TEST
    return -1;
}

/* This machine; 0 if images have no number for it. */
MYBPF__FN uint32_t mybpf__image_target_host(void)
{
#if defined(_WIN32) /* another calling convention than the one images are made for */
    return 0;
#elif defined(__x86_64__)
    return 1;
#elif defined(__aarch64__) && !MYBPF_BIG_ENDIAN
    return 2;
#elif defined(__riscv) && __riscv_xlen == 64
    return 3;
#else
    return 0;
#endif
}

/* CRC-32 of IEEE 802.3, what zlib calls crc32(). Bit by bit: images are small, and a table would be
 * larger than most of them. */
MYBPF__FN uint32_t mybpf__crc32(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

#endif
