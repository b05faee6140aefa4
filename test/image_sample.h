/* image_sample.h: images written by hand, byte by byte as docs/formats.md says, for the tests of readers,
 * writers and the bare runtime, and as seeds for their fuzz targets. */
#ifndef IMAGE_SAMPLE_H
#define IMAGE_SAMPLE_H

#include <stdint.h>
#include <string.h>

typedef struct image {
    uint8_t bytes[1024];
    size_t size;
} image;

static inline void put_at(image *to, size_t at, unsigned bytes, uint64_t value)
{
    for (unsigned i = 0; i < bytes; i++) to->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

static inline void put(image *to, unsigned bytes, uint64_t value)
{
    put_at(to, to->size, bytes, value);
    to->size += bytes;
}

/* Is this machine big-endian? The samples' bytecode is for the machine that runs the tests. */
static inline unsigned big_endian(void)
{
    const uint16_t one = 1;
    return !*(const uint8_t *)&one;
}

/* Eight bytes of data, in the byte order of the program. */
static inline void put_data(image *to, uint64_t value)
{
    memcpy(to->bytes + to->size, &value, 8);
    to->size += 8;
}

static inline void put_text(image *to, const char *text)
{
    memcpy(to->bytes + to->size, text, strlen(text) + 1);
    to->size += strlen(text) + 1;
}

static inline void put_insn(image *to, unsigned code, unsigned dst, unsigned src, int off, int32_t imm)
{
    put(to, 1, code);
    put(to, 1, dst | src << 4);
    put(to, 2, (uint16_t)off);
    put(to, 4, (uint32_t)imm);
}

/* Size and checksum as the rest of the image wants them: the last four bytes are the checksum's. */
static inline void seal(image *to)
{
    uint32_t crc = 0xFFFFFFFFu;
    put_at(to, 8, 4, to->size);
    for (size_t i = 0; i + 4 < to->size; i++) {
        crc ^= to->bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    put_at(to, to->size - 4, 4, ~crc);
}

/* clang-format off */

enum { HELPER_TWICE = 2000001 }; /* a User helper: r1 * 2 */

/* BARE bytecode, a command with one sub-function: counts its runs in the bss, r0 = runs * 1000 + triple(r1). */
static inline void sample_bare(image *to)
{
    memset(to, 0, sizeof *to);
    memcpy(to->bytes, big_endian() ? "BAR\1\0\0\20\377" : "BAR\1\0\0\0\377", 8);
    to->size = 28;
    put_insn(to, 0xbf, 6, 1, 0, 0);    /*  0 r6 = r1 */
    put_insn(to, 0x18, 7, 6, 0, 0);    /*  1 r7 = map 0 + 8 */
    put_insn(to, 0x00, 0, 0, 0, 8);
    put_insn(to, 0x79, 8, 7, 0, 0);    /*  3 r8 = *(u64 *)(r7 + 0) */
    put_insn(to, 0x07, 8, 0, 0, 1);    /*  4 r8 += 1 */
    put_insn(to, 0x7b, 7, 8, 0, 0);    /*  5 *(u64 *)(r7 + 0) = r8 */
    put_insn(to, 0xbf, 1, 6, 0, 0);    /*  6 r1 = r6 */
    put_insn(to, 0x85, 0, 1, 0, 3);    /*  7 call function 1 */
    put_insn(to, 0x27, 8, 0, 0, 1000); /*  8 r8 *= 1000 */
    put_insn(to, 0x0f, 0, 8, 0, 0);    /*  9 r0 += r8 */
    put_insn(to, 0x95, 0, 0, 0, 0);    /* 10 exit */
    put_insn(to, 0xbf, 0, 1, 0, 0);    /* 11 function 1: r0 = r1 */
    put_insn(to, 0x27, 0, 0, 0, 3);    /* 12 r0 *= 3 */
    put_insn(to, 0x95, 0, 0, 0, 0);    /* 13 exit */
    put_at(to, 12, 4, to->size - 28);
    put_at(to, 16, 4, 16);             /* bss */
    put_at(to, 22, 2, 2);              /* functions */
    put(to, 4, 11);
    put(to, 4, 0);
    seal(to);
}

/* Where the parts of sample_spf begin. */
enum {
    SPF_CODE = 44,
    SPF_PROGRAMS = SPF_CODE + 26 * 8,
    SPF_MAPS = SPF_PROGRAMS + 2 * 8,
    SPF_SECTIONS = SPF_MAPS + 20,
    SPF_RELOCS = SPF_SECTIONS + 3 * 12,
    SPF_FUNCS = SPF_RELOCS + 2 * 8,
    SPF_DATA = SPF_FUNCS + 2 * 4,
    SPF_STRINGS = SPF_DATA + 17 + 5
};

/* SPF bytecode. tcmd/sum: adds r1 to `counter` in .data, r0 = triple(counter) through a pointer in .data, plus the 'c'
 * that another pointer there points to, plus how often it ran (.bss). socket: r0 = value of key 7 in the hash map, after
 * adding 1 to it. */
static inline void sample_spf(image *to)
{
    memset(to, 0, sizeof *to);
    memcpy(to->bytes, big_endian() ? "SPF\1\0\0\20\0" : "SPF\1\0\0\0\0", 8);
    to->size = SPF_CODE;
    put_insn(to, 0x18, 6, 6, 0, 2);    /*  0 r6 = .data */
    put_insn(to, 0x00, 0, 0, 0, 0);
    put_insn(to, 0x79, 7, 6, 0, 0);    /*  2 r7 = counter */
    put_insn(to, 0x0f, 7, 1, 0, 0);    /*  3 r7 += r1 */
    put_insn(to, 0x7b, 6, 7, 0, 0);    /*  4 counter = r7 */
    put_insn(to, 0x79, 2, 6, 8, 0);    /*  5 r2 = triple */
    put_insn(to, 0xbf, 1, 7, 0, 0);    /*  6 r1 = r7 */
    put_insn(to, 0x8d, 2, 0, 0, 0);    /*  7 callx r2 */
    put_insn(to, 0x79, 1, 6, 16, 0);   /*  8 r1 = &text[2] */
    put_insn(to, 0x71, 1, 1, 0, 0);    /*  9 r1 = *(u8 *)r1 */
    put_insn(to, 0x0f, 0, 1, 0, 0);    /* 10 r0 += r1 */
    put_insn(to, 0x18, 1, 6, 0, 1);    /* 11 r1 = .bss + 4 */
    put_insn(to, 0x00, 0, 0, 0, 4);
    put_insn(to, 0x61, 2, 1, 0, 0);    /* 13 r2 = *(u32 *)r1 */
    put_insn(to, 0x07, 2, 0, 0, 1);    /* 14 r2 += 1 */
    put_insn(to, 0x63, 1, 2, 0, 0);    /* 15 *(u32 *)r1 = r2 */
    put_insn(to, 0x0f, 0, 2, 0, 0);    /* 16 r0 += r2 */
    put_insn(to, 0x95, 0, 0, 0, 0);    /* 17 exit */
    put_insn(to, 0x18, 1, 5, 0, 0);    /* 18 function 1: r1 = map 0, the hash */
    put_insn(to, 0x00, 0, 0, 0, 0);
    put_insn(to, 0xbf, 0, 1, 0, 0);    /* 20 r0 = r1 */
    put_insn(to, 0x95, 0, 0, 0, 0);    /* 21 exit */
    put_insn(to, 0xbf, 0, 1, 0, 0);    /* 22 function 2, triple: r0 = r1 */
    put_insn(to, 0x0f, 0, 1, 0, 0);    /* 23 r0 += r1 */
    put_insn(to, 0x0f, 0, 1, 0, 0);    /* 24 r0 += r1 */
    put_insn(to, 0x95, 0, 0, 0, 0);    /* 25 exit */
    put_at(to, 12, 4, to->size - SPF_CODE);

    put(to, 2, 0), put(to, 2, 1000), put(to, 2, 1), put(to, 2, 5);   /* sum, tcmd/sum */
    put(to, 2, 1), put(to, 2, 1), put(to, 2, 14), put(to, 2, 18);    /* map, socket */
    put(to, 2, 25), put(to, 2, 1), put(to, 4, 4), put(to, 4, 8), put(to, 4, 16), put(to, 4, 1); /* hash */
    put(to, 2, 30), put(to, 2, 0), put(to, 4, 8), put(to, 4, 0);     /* .bss */
    put(to, 2, 35), put(to, 2, 0), put(to, 4, 24), put(to, 4, 17);   /* .data */
    put(to, 2, 41), put(to, 2, 1), put(to, 4, 8), put(to, 4, 5);     /* .rodata */
    put(to, 4, 8), put(to, 2, 1), put(to, 2, 0x8002);                /* .data + 8: &triple */
    put(to, 4, 16), put(to, 2, 1), put(to, 2, 2);                    /* .data + 16: .rodata + 2 */
    put(to, 4, 18), put(to, 4, 22);                                  /* functions 1 and 2 */
    put_data(to, 37), put(to, 8, 0), put(to, 1, 2);                  /* .data */
    put(to, 4, 0x64636261), put(to, 1, 'e');                         /* .rodata: "abcde" */
    put_text(to, ""), put_text(to, "sum"), put_text(to, "tcmd/sum"), put_text(to, "map"), put_text(to, "socket");
    put_text(to, "hash"), put_text(to, ".bss"), put_text(to, ".data"), put_text(to, ".rodata"), put_text(to, "GPL");
    put_at(to, 16, 4, 22);             /* data */
    put_at(to, 22, 2, 3);              /* functions */
    put_at(to, 28, 2, 2);              /* programs */
    put_at(to, 30, 2, 1);              /* maps */
    put_at(to, 32, 2, 3);              /* sections */
    put_at(to, 34, 2, 2);              /* relocations */
    put_at(to, 36, 2, to->size - SPF_STRINGS);
    put_at(to, 38, 2, 49);             /* license */
    put_at(to, 40, 4, 0x060102);       /* kernel version */
    put(to, 4, 0);
    seal(to);
}

/* Does native_code run here? */
#if (defined(__x86_64__) || defined(__aarch64__) || (defined(__riscv) && __riscv_xlen == 64)) && !defined(_WIN32)
#    define HAVE_SAMPLE 1
#else
#    define HAVE_SAMPLE 0
#endif

/* By hand: r0 = twice(r1) + 1000 * how often it ran. Import 0 is the helper, import 1 the counter. */
#define WORD(word) (word) & 0xff, (word) >> 8 & 0xff, (word) >> 16 & 0xff, (word) >> 24
#if defined(__aarch64__)
static const uint8_t native_code[] = {
    WORD(0xf94004b0), /* entry stub: ldr x16, [env, #fn] */
    WORD(0xd61f0200), /*             br x16 */
    WORD(0xa9bf7bf3), /* function, at 8: stp x19, x30, [sp, #-16]! */
    WORD(0xf94000b0), /* ldr x16, [env, #table] */
    WORD(0xf9400613), /* ldr x19, [x16, #8] */
    WORD(0xf9400271), /* ldr x17, [x19] */
    WORD(0x91000631), /* add x17, x17, #1 */
    WORD(0xf9000271), /* str x17, [x19] */
    WORD(0xf9400210), /* ldr x16, [x16] */
    WORD(0xd63f0200), /* blr x16 */
    WORD(0xf9400271), /* ldr x17, [x19] */
    WORD(0x52807d10), /* mov w16, #1000 */
    WORD(0x9b100220), /* madd x0, x17, x16, x0 */
    WORD(0xa8c17bf3), /* ldp x19, x30, [sp], #16 */
    WORD(0xd65f03c0)  /* ret */
};
enum { NATIVE_TARGET = 2, NATIVE_FUNC = 8, NATIVE_CODE = sizeof native_code, FOREIGN_TARGET = 3 };
#    define FOREIGN_NAME "riscv64"
#elif defined(__riscv)
static const uint8_t native_code[] = {
    WORD(0x0087b283u), /* entry stub: ld t0, fn(env) */
    WORD(0x00028067u), /*             jr t0 */
    WORD(0xff010113u), /* function, at 8: addi sp, sp, -16 */
    WORD(0x00113023u), /* sd ra, 0(sp) */
    WORD(0x00813423u), /* sd s0, 8(sp) */
    WORD(0x0007b283u), /* ld t0, table(env) */
    WORD(0x0082b403u), /* ld s0, 8(t0) */
    WORD(0x00043303u), /* ld t1, 0(s0) */
    WORD(0x00130313u), /* addi t1, t1, 1 */
    WORD(0x00643023u), /* sd t1, 0(s0) */
    WORD(0x0002b283u), /* ld t0, 0(t0) */
    WORD(0x000280e7u), /* jalr t0 */
    WORD(0x00043303u), /* ld t1, 0(s0) */
    WORD(0x3e800393u), /* li t2, 1000 */
    WORD(0x02730333u), /* mul t1, t1, t2 */
    WORD(0x00650533u), /* add a0, a0, t1 */
    WORD(0x00013083u), /* ld ra, 0(sp) */
    WORD(0x00813403u), /* ld s0, 8(sp) */
    WORD(0x01010113u), /* addi sp, sp, 16 */
    WORD(0x00008067u)  /* ret */
};
enum { NATIVE_TARGET = 3, NATIVE_FUNC = 8, NATIVE_CODE = sizeof native_code, FOREIGN_TARGET = 2 };
#    define FOREIGN_NAME "arm64"
#else /* x86-64, for others a sample of foreign code */
static const uint8_t native_code[] = {
    0x49, 0x8b, 0x41, 0x08,                   /* entry stub: mov rax, [env + fn] */
    0xff, 0xe0,                               /*             jmp rax */
    0x53,                                     /* function, at 6: push rbx */
    0x49, 0x8b, 0x01,                         /* mov rax, [env + table] */
    0x48, 0x8b, 0x58, 0x08,                   /* mov rbx, [rax + 8] */
    0x48, 0xff, 0x03,                         /* inc qword [rbx] */
    0xff, 0x10,                               /* call [rax] */
    0x48, 0x69, 0x0b, 0xe8, 0x03, 0x00, 0x00, /* imul rcx, [rbx], 1000 */
    0x48, 0x01, 0xc8,                         /* add rax, rcx */
    0x5b,                                     /* pop rbx */
    0xc3                                      /* ret */
};
enum { NATIVE_TARGET = 1, NATIVE_FUNC = 6, NATIVE_CODE = sizeof native_code, FOREIGN_TARGET = 3 };
#    define FOREIGN_NAME "riscv64"
#endif
#undef WORD

static inline void sample_bare_native(image *to)
{
    memset(to, 0, sizeof *to);
    memcpy(to->bytes, "BAR\1\1\1\2\377", 8);
    to->bytes[4] = NATIVE_TARGET;
    memcpy(to->bytes + 28, native_code, NATIVE_CODE);
    to->size = 28 + NATIVE_CODE;
    put(to, 4, HELPER_TWICE), put(to, 4, 2u << 30 | 8);
    put_at(to, 12, 4, NATIVE_CODE);
    put_at(to, 16, 4, 16);          /* bss */
    put_at(to, 20, 2, 2);           /* imports */
    put_at(to, 24, 4, NATIVE_FUNC); /* entry */
    put(to, 4, 0);
    seal(to);
}

static inline void sample_spf_native(image *to)
{
    memset(to, 0, sizeof *to);
    memcpy(to->bytes, "SPF\1\1\1\2\0", 8);
    to->bytes[4] = NATIVE_TARGET;
    memcpy(to->bytes + SPF_CODE, native_code, NATIVE_CODE);
    to->size = SPF_CODE + NATIVE_CODE;
    put(to, 2, 0), put(to, 2, 1000), put(to, 2, 1), put(to, 2, 6);
    put(to, 2, 11), put(to, 2, 0), put(to, 4, 8), put(to, 4, 1);
    put(to, 4, HELPER_TWICE), put(to, 4, 2u << 30 | 0);
    put(to, 4, NATIVE_FUNC);
    put(to, 1, 41);                 /* the counter starts at 41 */
    put_text(to, ""), put_text(to, "main"), put_text(to, "tcmd"), put_text(to, ".data");
    put_at(to, 12, 4, NATIVE_CODE);
    put_at(to, 16, 4, 1);           /* data */
    put_at(to, 20, 2, 2);           /* imports */
    put_at(to, 22, 2, 1);           /* functions */
    put_at(to, 28, 2, 1);           /* programs */
    put_at(to, 32, 2, 1);           /* sections */
    put_at(to, 36, 2, 17);          /* strings */
    put(to, 4, 0);
    seal(to);
}

/* clang-format on */

#endif
