/* test.h: a small test harness. One binary holds every test/test_*.c; a TEST registers itself.
 *
 *     TEST(isa, add) { CHECK(x > 0); CHECK_INT(got, want); CHECK_TEXT(got, want); }
 *
 * A failed check is printed with its place and the test goes on; it counts as failed once.
 * CASE(fmt, ...) names the data row that later failures belong to. SKIP(why) leaves the test. */
#ifndef TEST_H
#define TEST_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct test_case {
    const char *suite, *name;
    void (*run)(void);
    struct test_case *next;
} test_case;

void test_register(test_case *test);
void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
void test_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void test_row(const char *format, ...) __attribute__((format(printf, 1, 2)));
int test_failures(void); /* failed checks of the running test */
/* A number from the environment, MYBPF_SECONDS; one that cannot be read ends everything with a message. */
uint64_t test_number(const char *variable, uint64_t otherwise);
double test_seconds(double otherwise);

#define TEST(suite_, name_)                                                                                  \
    static void suite_##_##name_(void);                                                                      \
    __attribute__((constructor)) static void suite_##_##name_##_register(void)                               \
    {                                                                                                        \
        static test_case test = {#suite_, #name_, suite_##_##name_, NULL};                                   \
        test_register(&test);                                                                                \
    }                                                                                                        \
    static void suite_##_##name_(void)

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) test_fail(__FILE__, __LINE__, "%s", #condition);                                   \
    } while (0)

#define CHECK_INT(got, want)                                                                                 \
    do {                                                                                                     \
        long long got_ = (long long)(got), want_ = (long long)(want);                                        \
        if (got_ != want_)                                                                                   \
            test_fail(__FILE__, __LINE__, "%s is %lld (0x%llx), not %lld (0x%llx)", #got, got_,              \
                      (unsigned long long)got_, want_, (unsigned long long)want_);                           \
    } while (0)

#define CHECK_TEXT(got, want)                                                                                \
    do {                                                                                                     \
        const char *got_ = (got), *want_ = (want);                                                           \
        if (strcmp(got_, want_))                                                                             \
            test_fail(__FILE__, __LINE__, "%s is \"%s\", not \"%s\"", #got, got_, want_);                    \
    } while (0)

#define CASE(...) test_row(__VA_ARGS__)
#define SKIP(...)                                                                                            \
    do {                                                                                                     \
        test_skip(__VA_ARGS__);                                                                              \
        return;                                                                                              \
    } while (0)

/* First in a test that reads ELF objects: there is no libelf for some machines. */
#ifdef MYBPF_NO_ELF
#    define NEEDS_ELF() SKIP("this build reads no ELF objects")
#else
#    define NEEDS_ELF() (void)0
#endif

#endif
