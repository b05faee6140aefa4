/* test_bare.c: the bare runtime alone. */
#define MYBPF_BARE_IMPLEMENTATION
#include "mybpf_bare.h"

#include "image_sample.h"
#include "mybpf.h"
#include "test.h"

#include <stdlib.h>
#include <sys/mman.h>

static uint64_t twice(uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5, mybpf_bare_env *env)
{
    (void)r2, (void)r3, (void)r4, (void)r5;
    if (r1 == 99) env->stop = 1, env->result = 5;
    return r1 * 2;
}

static const mybpf_bare_helper helpers[] = {{6, NULL}, {HELPER_TWICE, twice}};

#if HAVE_SAMPLE
/* An image in memory that may be executed, where it should be; unmapped by the process's end. */
static const uint8_t *place(const image *from)
{
    uint8_t *page = (uint8_t *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return NULL;
    memcpy(page + 36, from->bytes, from->size);
    if (mprotect(page, 4096, PROT_READ | PROT_EXEC)) return NULL;
    __builtin___clear_cache((char *)page, (char *)page + 4096);
    return page + 36;
}

TEST(bare, runs)
{
    image sample;
    mybpf_bare bare;
    mybpf_bare_env env = {0};
    uint64_t table[2], bss[2] = {7, 7};
    const uint8_t *at;
    sample_bare_native(&sample);
    at = place(&sample);
    CHECK(at != NULL);
    CHECK_INT(mybpf_bare_open(&bare, at, sample.size + 100), 0); /* more memory than image */
    CHECK_INT(bare.table_count, 2);
    CHECK_INT(bare.bss_size, 16);
    bare.table = table;
    bare.bss = (volatile uint8_t *)bss;
    CHECK_INT(mybpf_bare_bind(&bare, helpers, 2), 0);
    CHECK_INT(bss[0], 0);
    CHECK_INT(mybpf_bare_run(&bare, 5, 0, &env), 1010);
    CHECK_INT(mybpf_bare_run(&bare, 6, 0, &env), 2012);
    CHECK_INT(bss[1], 2);
    CHECK_INT(env.may_goto, 0x800000);
    CHECK_INT(mybpf_bare_run(&bare, 99, 0, &env), 5); /* the helper ended it */
    CHECK_INT(env.stop, 1);
    CHECK_INT(mybpf_bare_bind(&bare, helpers, 2), 0);
    CHECK_INT(mybpf_bare_run(&bare, 5, 0, &env), 1010);
    munmap((void *)((uintptr_t)at & ~(uintptr_t)4095), 4096);
}
#endif

/* Hosts with both headers hand mybpf.h's environments over. */
TEST(bare, environment_layout)
{
#define CHECK_FIELD(name) CHECK_INT(offsetof(mybpf_bare_env, name), offsetof(mybpf_abi, name))
    CHECK_FIELD(table);
    CHECK_FIELD(fn);
    CHECK_FIELD(sp);
    CHECK_FIELD(frame);
    CHECK_FIELD(steps);
    CHECK_FIELD(stop);
    CHECK_FIELD(stop_insn);
    CHECK_FIELD(guard);
    CHECK_FIELD(tail_call);
    CHECK_FIELD(resolve);
    CHECK_FIELD(packet);
    CHECK_FIELD(result);
    CHECK_FIELD(limit);
    CHECK_FIELD(may_goto);
    CHECK_FIELD(guard_call);
    CHECK_INT(sizeof(mybpf_bare_env), offsetof(mybpf_abi, tail_jump)); /* BARE has no tail calls */
    CHECK_INT(MYBPF_BARE_ERR_FORMAT, MYBPF_ERR_FORMAT);
    CHECK_INT(MYBPF_BARE_ERR_UNSUPPORTED, MYBPF_ERR_UNSUPPORTED);
    CHECK_INT(MYBPF_BARE_ERR_NOT_FOUND, MYBPF_ERR_NOT_FOUND);
    CHECK_INT(MYBPF_BARE_ERR_TARGET, MYBPF_ERR_TARGET);
}

TEST(bare, names_the_missing_helper)
{
    image sample;
    mybpf_bare bare;
    uint64_t table[2], bss[2];
    sample_bare_native(&sample);
    if (mybpf_bare_open(&bare, sample.bytes, sample.size)) SKIP("no machine code for this machine");
    bare.table = table;
    bare.bss = (volatile uint8_t *)bss;
    CHECK_INT(mybpf_bare_bind(&bare, helpers, 1), MYBPF_BARE_ERR_NOT_FOUND);
    CHECK_INT(bare.missing, HELPER_TWICE);
    CHECK_INT(mybpf_bare_bind(&bare, NULL, 0), MYBPF_BARE_ERR_NOT_FOUND);
}

static const struct {
    size_t at;
    unsigned bytes;
    uint64_t value;
    int status;
} hostile[] = {{3, 1, 2, MYBPF_BARE_ERR_FORMAT},
               {4, 1, 0, MYBPF_BARE_ERR_BYTECODE},
               {4, 1, 0xfe, MYBPF_BARE_ERR_TARGET},
               {4, 1, 255, MYBPF_BARE_ERR_TARGET},
               {5, 1, 2, MYBPF_BARE_ERR_TARGET},
               {6, 1, 1, MYBPF_BARE_ERR_UNSUPPORTED},
               {6, 1, 4, MYBPF_BARE_ERR_UNSUPPORTED},
               {6, 1, 8, MYBPF_BARE_ERR_UNSUPPORTED},
               {6, 1, 0, MYBPF_BARE_OK},
               {12, 4, NATIVE_CODE + 1, MYBPF_BARE_ERR_FORMAT},
               {12, 4, 0xFFFFFFFF, MYBPF_BARE_ERR_FORMAT},
               {12, 4, 0xFFFFFFE0, MYBPF_BARE_ERR_FORMAT},
               {20, 2, 3, MYBPF_BARE_ERR_FORMAT},
               {20, 2, 0xFFFF, MYBPF_BARE_ERR_FORMAT},
               {24, 4, NATIVE_CODE, MYBPF_BARE_ERR_FORMAT},
               {24, 4, 0xFFFFFFFF, MYBPF_BARE_ERR_FORMAT}};

TEST(bare, hostile_fields)
{
    if (!HAVE_SAMPLE) SKIP("the sample is for other machines");
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        image sample;
        mybpf_bare bare;
        CASE("byte %zu = 0x%llx", hostile[i].at, (unsigned long long)hostile[i].value);
        sample_bare_native(&sample);
        put_at(&sample, hostile[i].at, hostile[i].bytes, hostile[i].value);
        seal(&sample);
        CHECK_INT(mybpf_bare_open(&bare, sample.bytes, sample.size), hostile[i].status);
    }
}

/* What images may ask for is what this file was compiled for. */
TEST(bare, features)
{
    unsigned has = 0;
#if defined(__SSE2__) || defined(__ARM_FEATURE_ATOMICS) || defined(__riscv_zba)
    has |= 32;
#endif
#if defined(__POPCNT__) || defined(__ARM_NEON) || defined(__riscv_zbb)
    has |= 64;
#endif
#if defined(__MOVBE__)
    has |= 16;
#endif
#if defined(__BMI2__)
    has |= 128;
#endif
    if (!HAVE_SAMPLE) SKIP("the sample is for other machines");
    for (unsigned flags = 0; flags < 0x100; flags += 0x10) {
        image sample;
        mybpf_bare bare;
        CASE("flags 0x%x", flags);
        sample_bare_native(&sample);
        put_at(&sample, 6, 1, flags | 2);
        seal(&sample);
        CHECK_INT(mybpf_bare_open(&bare, sample.bytes, sample.size),
                  flags & ~has ? MYBPF_BARE_ERR_UNSUPPORTED : MYBPF_BARE_OK);
    }
}

TEST(bare, truncated_and_flipped)
{
    image sample;
    mybpf_bare bare;
    sample_bare_native(&sample);
    for (size_t size = 0; size < sample.size; size++) {
        uint8_t *copy = (uint8_t *)malloc(size ? size : 1); /* exact, so that a read beyond the end is seen */
        CASE("%zu bytes", size);
        memcpy(copy, sample.bytes, size);
        CHECK_INT(mybpf_bare_open(&bare, copy, size), MYBPF_BARE_ERR_FORMAT);
        free(copy);
    }
    for (size_t bit = 0; bit < sample.size * 8; bit++) {
        CASE("bit %zu", bit);
        sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK_INT(mybpf_bare_open(&bare, sample.bytes, sample.size), MYBPF_BARE_ERR_FORMAT);
        sample.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}
