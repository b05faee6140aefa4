#ifndef MYBPF__BARE_H
#define MYBPF__BARE_H /* clang-format off */
#include <stddef.h>
#include <stdint.h>
#ifdef MYBPF_STATIC
#    define MYBPF_BARE_API static inline
#elif defined(__cplusplus)
#    define MYBPF_BARE_API extern "C"
#else
#    define MYBPF_BARE_API extern
#endif

enum { /* results, with the numbers of mybpf_status where it has such a one */
    MYBPF_BARE_OK = 0,
    MYBPF_BARE_ERR_FORMAT = -3,      /* no BARE image, truncated, damaged, or of another version */
    MYBPF_BARE_ERR_UNSUPPORTED = -4, /* it needs counted steps, packets, or a processor feature */
    MYBPF_BARE_ERR_NOT_FOUND = -6,   /* a helper: mybpf_bare.missing tells which */
    MYBPF_BARE_ERR_TARGET = -10,     /* code for another machine or ABI */
    MYBPF_BARE_ERR_BYTECODE = -13    /* no machine code in it */
};
typedef struct mybpf_bare_env { /* what running code sees; a mybpf_env of mybpf.h begins like this */
    uint64_t table, fn, sp, frame, steps, stop, stop_insn, guard;
    uint64_t tail_call, resolve, packet, result, limit, may_goto, guard_call;
} mybpf_bare_env;
typedef uint64_t (*mybpf_bare_fn)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, mybpf_bare_env *);
typedef struct mybpf_bare_helper { uint32_t id; mybpf_bare_fn fn; } mybpf_bare_helper;
typedef struct mybpf_bare {
    uint32_t bss_size, table_count, missing, entry;
    const uint8_t *code, *imports; /* in the image */
    uint64_t *table;        /* the caller's memory, set before bind: table_count entries, */
    volatile uint8_t *bss;  /* bss_size bytes, aligned to 16 */
} mybpf_bare;

MYBPF_BARE_API int mybpf_bare_open(mybpf_bare *bare, const void *image, size_t size);
MYBPF_BARE_API int mybpf_bare_bind(mybpf_bare *bare, const mybpf_bare_helper *helpers, size_t count);
MYBPF_BARE_API uint64_t mybpf_bare_run(const mybpf_bare *bare, uint64_t r1, uint64_t r2, mybpf_bare_env *env);
#endif
#if (defined(MYBPF_IMPLEMENTATION) || defined(MYBPF_BARE_IMPLEMENTATION)) && !defined(MYBPF__BARE_IMPLEMENTED)
#define MYBPF__BARE_IMPLEMENTED
#if defined(__x86_64__) && !defined(_WIN32)
#    define MYBPF__BARE_TARGET 1
#elif defined(__aarch64__) && !defined(__AARCH64EB__) && !defined(_WIN32)
#    define MYBPF__BARE_TARGET 2
#elif defined(__riscv) && __riscv_xlen == 64
#    define MYBPF__BARE_TARGET 3
#else
#    define MYBPF__BARE_TARGET 0x10000u /* no image is for this machine */
#endif
#ifndef MYBPF_BARE_FEATURES /* what code may use, as flags of images: what this code may; or say what is there */
#    define MYBPF__BARE_TEXT(macro) #macro
#    define MYBPF__BARE_IF(macro, flag) (*MYBPF__BARE_TEXT(macro) == '1' ? flag : 0u) /* is it defined as 1.. ? */
#    define MYBPF_BARE_FEATURES MYBPF__BARE_IF(__SSE2__, 32u) | MYBPF__BARE_IF(__POPCNT__, 64u) | \
        MYBPF__BARE_IF(__BMI2__, 128u) | MYBPF__BARE_IF(__MOVBE__, 16u) | MYBPF__BARE_IF(__ARM_NEON, 64u) | \
        MYBPF__BARE_IF(__ARM_FEATURE_ATOMICS, 32u) | MYBPF__BARE_IF(__riscv_zba, 32u) | MYBPF__BARE_IF(__riscv_zbb, 64u)
#endif
static inline uint32_t mybpf__bare_u32(const uint8_t *b) /* little-endian, at any address */
{ return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24; }

MYBPF_BARE_API int mybpf_bare_open(mybpf_bare *bare, const void *image, size_t size)
{
    const uint8_t *b = (const uint8_t *)image;
    uint32_t crc = 0xFFFFFFFF, total, code;
    if (size < 32 || mybpf__bare_u32(b) != 0x01524142) return MYBPF_BARE_ERR_FORMAT; /* "BAR", version 1 */
    total = mybpf__bare_u32(b + 8), code = mybpf__bare_u32(b + 12), bare->table_count = b[20] + b[21] * 256u;
    if (total > size || (uint64_t)code + 4 * bare->table_count + 32 > total) return MYBPF_BARE_ERR_FORMAT;
    for (uint32_t i = 0, bit; i < total; i++)
        for (crc ^= b[i], bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xEDB88320 & (0 - (crc & 1)));
    if (crc != 0xDEBB20E3) return MYBPF_BARE_ERR_FORMAT; /* what CRC-32 leaves over data and its sum */
    if (b[4] == 0) return MYBPF_BARE_ERR_BYTECODE;
    if (mybpf__bare_u32(b + 4) % 0x10000u != (MYBPF__BARE_TARGET | 1u << 8)) return MYBPF_BARE_ERR_TARGET;
    if (b[6] & ~(2u | (MYBPF_BARE_FEATURES))) return MYBPF_BARE_ERR_UNSUPPORTED; /* 0: verified, 2: trusted */
    bare->entry = mybpf__bare_u32(b + 24), bare->bss_size = mybpf__bare_u32(b + 16);
    bare->imports = (bare->code = b + 28) + code;
    return bare->entry < code ? MYBPF_BARE_OK : MYBPF_BARE_ERR_FORMAT;
}

MYBPF_BARE_API int mybpf_bare_bind(mybpf_bare *bare, const mybpf_bare_helper *helpers, size_t count)
{
    for (uint32_t i = 0; i < bare->bss_size; i++) bare->bss[i] = 0;
    for (uint32_t i = 0; i < bare->table_count; i++) {
        uint32_t import = bare->missing = mybpf__bare_u32(bare->imports + 4 * i);
        size_t n = 0;
        while (n < count && helpers[n].id != import) n++;
        if (import >> 31) bare->table[i] = (uint64_t)(uintptr_t)bare->bss + (import & 0x3FFFFFFF);
        else if (n < count) bare->table[i] = (uint64_t)(uintptr_t)helpers[n].fn;
        else return MYBPF_BARE_ERR_NOT_FOUND;
    }
    return MYBPF_BARE_OK;
}

MYBPF_BARE_API uint64_t mybpf_bare_run(const mybpf_bare *bare, uint64_t r1, uint64_t r2, mybpf_bare_env *env)
{
    env->table = (uint64_t)(uintptr_t)bare->table, env->stop = 0, env->may_goto = 0x800000;
    uint64_t r0 = ((mybpf_bare_fn)(uintptr_t)(bare->code + bare->entry))(r1, r2, 0, 0, 0, env);
    return env->stop ? env->result : r0;
}
#endif
