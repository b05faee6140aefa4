/* test_helper.c: the helpers one by one, and the formatter. */
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
#include "test.h"

#include <limits.h>
#include <stdlib.h>
#ifdef __linux__
#    include <sys/mman.h>
#    include <sys/syscall.h>
#    include <sys/uio.h>
#    include <unistd.h>
#endif

/* ---- a host that knows what it will be asked ---- */

static char output[8192];
static size_t output_size;

static void host_output(void *user, const char *text, size_t length)
{
    (void)user;
    if (output_size + length < sizeof output) memcpy(output + output_size, text, length);
    output_size += length;
    output[output_size < sizeof output ? output_size : sizeof output - 1] = 0;
}

static uint64_t host_time(void *user) { return *(const uint64_t *)user; }
static uint32_t host_random(void *user) { return (uint32_t) * (const uint64_t *)user + 1; }
static uint32_t host_cpu(void *user) { return (uint32_t) * (const uint64_t *)user + 2; }
static uint64_t host_pid(void *user) { return *(const uint64_t *)user + 3; }
static uint64_t host_uid(void *user) { return *(const uint64_t *)user + 4; }
static void host_comm(void *user, char name[16])
{
    (void)user;
    memcpy(name, "a_15_char_name!?", 16); /* a host may forget the NUL */
}

static const char readable[] = "readable";

/* Only `readable` can be read. */
static int host_probe(void *user, void *to, const void *from, size_t size)
{
    uint64_t at = (uintptr_t)from - (uintptr_t)readable;
    (void)user;
    if (at > sizeof readable || size > sizeof readable - at) return -1;
    memcpy(to, from, size);
    return 0;
}

static mybpf_vm *vm;
static mybpf_env *env;
static uint64_t host_number = 4000000000u;

static void setup(int with_probe)
{
    mybpf_host host;
    memset(&host, 0, sizeof host);
    host.output = host_output;
    host.time_ns = host_time;
    host.random = host_random;
    host.cpu = host_cpu;
    host.pid_tgid = host_pid;
    host.uid_gid = host_uid;
    host.comm = host_comm;
    host.exec = mybpf_jit_exec();
    if (with_probe) host.probe_read = host_probe;
    host.user = &host_number;
    output_size = 0;
    output[0] = 0;
    CHECK_INT(mybpf_vm_create(&host, &vm, NULL), 0);
    CHECK_INT(mybpf_env_create(vm, &host_number, &env, NULL), 0);
}

static void teardown(void)
{
    mybpf_env_destroy(env);
    mybpf_vm_destroy(vm);
}

static uint64_t address(const void *pointer) { return (uintptr_t)pointer; }

static int64_t call(uint32_t id, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
    const mybpf_helper *helper = mybpf_helper_find(vm, id);
    if (!helper || !helper->fn) {
        test_fail(__FILE__, __LINE__, "no helper %u", id);
        return INT64_MIN;
    }
    return (int64_t)helper->fn(r1, r2, r3, r4, r5, env);
}

/* Sys helpers by name: the number is the table's affair. */
static int64_t sys(const char *name, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
    const mybpf_helper *helper = mybpf_helper_find_name(vm, name);
    if (helper) return call(helper->id, r1, r2, r3, r4, r5);
    test_fail(__FILE__, __LINE__, "no helper %s", name);
    return INT64_MIN;
}

/* ---- text ---- */

TEST(helper, format)
{
    static const char world[] = "world";
    static const uint8_t small_bytes[16] = {10, 0, 1, 9, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xab, 0xcd};
    enum { WORLD = 0x3077777, SMALL }; /* stand for their addresses, which are no constants everywhere */
    static const struct {
        const char *format;
        uint64_t args[4];
        size_t count;
        const char *text; /* NULL: refused */
    } rows[] = {
        {"", {0}, 0, ""},
        {"plain 100%%", {0}, 0, "plain 100%"},
        {"%d %i", {0xffffffffu, 5}, 2, "-1 5"},
        {"%d", {0x80000000u}, 1, "-2147483648"},
        {"%d", {0x1234567800000007u}, 1, "7"}, /* 32 bits without a length */
        {"%ld", {UINT64_MAX}, 1, "-1"},
        {"%lld", {(uint64_t)1 << 63}, 1, "-9223372036854775808"},
        {"%hd %hhd", {0x18000, 0x1ff}, 2, "-32768 -1"},
        {"%hu %hhu", {0x18000, 0x1ff}, 2, "32768 255"},
        {"%u %lu", {UINT64_MAX, UINT64_MAX}, 2, "4294967295 18446744073709551615"},
        {"%zu %zd %ju %td", {7, UINT64_MAX, 8, 9}, 4, "7 -1 8 9"},
        {"%x %X %lx", {0xabcdef, 0xabcdef, UINT64_MAX}, 3, "abcdef ABCDEF ffffffffffffffff"},
        {"%#x %#X %#x", {255, 255, 0}, 3, "0xff 0XFF 0"},
        {"%o %#o %#o", {8, 8, 0}, 3, "10 010 0"},
        {"%lo", {UINT64_MAX}, 1, "1777777777777777777777"},
        {"[%5d] [%-5d] [%05d]", {42, 42, (uint64_t)-42}, 3, "[   42] [42   ] [-0042]"},
        {"[%+d] [% d] [%+ d]", {42, 42, 42}, 3, "[+42] [ 42] [+42]"},
        {"[%.3d] [%8.3d] [%-8.3d]", {7, (uint64_t)-7, 7}, 3, "[007] [    -007] [007     ]"},
        {"[%08.3d]", {7}, 1, "[     007]"}, /* a precision switches the zero flag off */
        {"[%.0d] [%.d]", {0, 0}, 2, "[] []"},
        {"[%#08x] [%#-8x]", {255, 255}, 2, "[0x0000ff] [0xff    ]"},
        {"[%*d] [%-*d]", {5, 1, 5, 2}, 4, "[    1] [2    ]"},
        {"[%*d]", {(uint64_t)-5, 1}, 2, "[1    ]"},
        {"[%.*d]", {3, 1}, 2, "[001]"},
        {"[%.*s]", {3, WORLD}, 2, "[wor]"},
        {"%s %5s|%-7s|%.2s", {WORLD, WORLD, WORLD, WORLD}, 4, "world world|world  |wo"},
        {"%7s|%3s", {WORLD, WORLD}, 2, "  world|world"},
        {"%s", {0}, 1, "(null)"},
        {"%c%c [%3c] [%-3c]", {'a', 'b', 'c', 'd'}, 4, "ab [  c] [d  ]"},
        {"%p %p", {0x1234, 0}, 2, "0x1234 0x0"},
        {"%p", {0xfedcba9876543210u}, 1, "0xfedcba9876543210"},
        {"%0d", {0}, 1, "0"},
        {"%px %pK", {0x1234, 0x1234}, 2, "0x1234 0x1234"},
        {"%pks %pus", {WORLD, WORLD}, 2, "world world"},
        {"%pI4 %pi4", {WORLD, WORLD}, 2, "119.111.114.108 119.111.114.108"},
        {"%pI4 %pi4|%18pI4|%-9pI4|",
         {SMALL, SMALL, SMALL, 0},
         4,
         "10.0.1.9 010.000.001.009|          10.0.1.9|0.0.0.0  |"},
        {"%pI6|%pi6",
         {SMALL, SMALL},
         2,
         "0a00:0109:0203:0405:0607:0809:0a0b:abcd|0a0001090203040506070809"
         "0a0babcd"},
        {"%pI6c",
         {SMALL},
         1,
         "0a00:0109:0203:0405:0607:0809:0a0b:abcdc"}, /* the kernel's programs have no such flag either */
        /* hostile */
        {"%pI", {0}, 1, NULL},
        {"%pM", {0}, 1, NULL},
        {"%p4", {0}, 1, NULL},
        {"%p-%p.", {1, 2}, 2, "0x1-0x2."},
        {"%pI5", {0}, 1, NULL},
        {"%pi", {0}, 1, NULL},
        {"%n", {0}, 1, NULL},
        {"%hhn", {0}, 1, NULL},
        {"%f", {0}, 1, NULL},
        {"%Lf", {0}, 1, NULL},
        {"%a", {0}, 1, NULL},
        {"%e", {0}, 1, NULL},
        {"%", {0}, 1, NULL},
        {"%l", {0}, 1, NULL},
        {"%5", {0}, 1, NULL},
        {"%5.", {0}, 1, NULL},
        {"%*", {5}, 1, NULL},
        {"%y", {0}, 1, NULL},
        {"%d %d", {1}, 1, NULL}, /* an argument short */
        {"%*d", {5}, 1, NULL},
        {"%s", {0}, 0, NULL},
        {"%99999999999999999999d", {1}, 1, NULL},
        {"%.99999999999999999999d", {1}, 1, NULL},
        {"%5000d", {1}, 1, NULL},
        {"%*d", {0x7fffffff, 1}, 2, NULL},
        {"%*d", {0x80000000u, 1}, 2, NULL},
        {"%1$d", {1}, 1, NULL},
        {"%*5d", {0xecf00000u, 1}, 2, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128], small[4];
        uint64_t args[4];
        size_t size = strlen(rows[i].format);
        for (int n = 0; n < 4; n++)
            args[n] = rows[i].args[n] == WORLD   ? (uint64_t)(uintptr_t)world
                      : rows[i].args[n] == SMALL ? (uint64_t)(uintptr_t)small_bytes
                                                 : rows[i].args[n];
        CASE("%s", rows[i].format);
        memset(text, '!', sizeof text);
        int64_t length =
            mybpf_format_text(NULL, text, sizeof text, rows[i].format, size, args, rows[i].count);
        if (!rows[i].text) {
            CHECK_INT(length, -22);
            continue;
        }
        CHECK_TEXT(text, rows[i].text);
        CHECK_INT(length, strlen(rows[i].text));
        /* cut short, with the same length; and without room at all */
        length = mybpf_format_text(NULL, small, sizeof small, rows[i].format, size, args, rows[i].count);
        CHECK_INT(length, strlen(rows[i].text));
        CHECK(!strncmp(small, rows[i].text, 3) && strlen(small) <= 3);
        CHECK_INT(mybpf_format_text(NULL, NULL, 0, rows[i].format, size, args, rows[i].count), length);
    }
}

/* The longest field there is, and a format that its size cuts off. */
TEST(helper, format_edges)
{
    static char text[5000];
    uint64_t one = 1;
    CHECK_INT(mybpf_format_text(NULL, text, sizeof text, "%4095d", 6, &one, 1), 4095);
    CHECK(text[4094] == '1' && text[4093] == ' ' && text[4095] == 0);
    CHECK_INT(mybpf_format_text(NULL, text, sizeof text, "ab%d", 2, &one, 1), 2);
    CHECK_TEXT(text, "ab");
    CHECK_INT(mybpf_format_text(NULL, text, sizeof text, "ab%d", 3, &one, 1), -22);
    CHECK_INT(mybpf_format_text(NULL, text, sizeof text, "ab\0cd", 6, &one, 1), 2);
    unsigned char args[17] = {0};
    memcpy(args + 1, &(uint64_t){9}, 8); /* misaligned arguments */
    CHECK_INT(
        mybpf_format_text(NULL, text, sizeof text, "%d", 2, (const uint64_t *)(const void *)(args + 1), 1),
        1);
    CHECK_TEXT(text, "9");
}

TEST(helper, trace_printk)
{
    setup(0);
    CHECK_INT(call(6, address("a %d %d %s"), 11, 1, 2, address("x")), 8);
    CHECK_TEXT(output, "a 1 2 x\n"); /* one line a call */
    output_size = 0;
    CHECK_INT(call(6, address("b\n"), 3, 0, 0, 0), 2);
    CHECK_TEXT(output, "b\n");
    output_size = 0;
    CHECK_INT(call(6, address("%d %d %d %d"), 12, 1, 2, 3), -22);
    CHECK_INT(output_size, 0);
    uint64_t args[4] = {1, 2, 3, 4};
    CHECK_INT(call(177, address("%d %d %d %d"), 12, address(args), 32, 0), 8);
    CHECK_TEXT(output, "1 2 3 4\n");
    CHECK_INT(call(177, address("%d"), 3, address(args), 12, 0), -22);
    teardown();
}

/* Longer than any buffer on the stack: it comes out whole. */
TEST(helper, long_output)
{
    static const int sizes[] = {509, 510, 511, 512, 513, 4095};
    setup(0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t args[2];
        CASE("%d characters", sizes[i]);
        args[0] = (uint64_t)sizes[i];
        args[1] = 7;
        output_size = 0;
        CHECK_INT(call(177, address("%0*d"), 5, address(args), 16, 0), sizes[i] + 1);
        CHECK_INT(output_size, sizes[i] + 1);
        CHECK_INT(strspn(output, "0"), sizes[i] - 1);
        CHECK_TEXT(output + sizes[i] - 1, "7\n");
        output_size = 0;
        CHECK_INT(sys("sys_printf", address("%0*d"), 5, address(args), 16, 0), sizes[i]);
        CHECK_INT(output_size, sizes[i]);
        CHECK_TEXT(output + sizes[i] - 1, "7");
    }
    teardown();
}

TEST(helper, snprintf)
{
    setup(0);
    char text[8] = "";
    uint64_t args[2] = {12, 345};
    CHECK_INT(call(165, address(text), 8, address("%d-%d"), address(args), 16), 7); /* the NUL counts */
    CHECK_TEXT(text, "12-345");
    CHECK_INT(call(165, address(text), 4, address("%d-%d"), address(args), 16), 7);
    CHECK_TEXT(text, "12-");
    CHECK_INT(call(165, 0, 0, address("%d-%d"), address(args), 16), 7);
    CHECK_INT(call(165, address(text), 8, address("%d-%d"), address(args), 12), -22);
    CHECK_INT(call(165, address(text), 8, address("%n"), address(args), 16), -22);
    CHECK_INT(sys("sys_snprintf", address(text), 8, address("%d-%d"), address(args), 16), 6);
    CHECK_INT(sys("sys_sprintf", address(text), address("%d"), address(args), 8, 0), 2);
    CHECK_TEXT(text, "12");
    teardown();
}

/* strtol and strtoul as the kernel has them. */
TEST(helper, numbers)
{
    static const struct {
        uint32_t id;
        const char *text;
        uint64_t size, flags; /* size 0: all of it */
        int64_t result, value;
    } rows[] = {
        {105, "123", 0, 0, 3, 123},
        {105, " \t\n-45x", 0, 10, 6, -45},
        {105, "0x1fg", 0, 0, 4, 0x1f},
        {105, "0x1f", 0, 16, 4, 0x1f},
        {105, "1f", 0, 16, 2, 0x1f},
        {105, "017", 0, 0, 3, 15},
        {105, "019", 0, 0, 2, 1},
        {105, "0xg", 0, 0, 1, 0},
        {105, "0", 0, 0, 1, 0},
        {105, "12345", 2, 10, 2, 12},
        {105, "0x12", 2, 0, 1, 0}, /* cut off before a digit */
        {105, "9223372036854775807", 0, 10, 19, INT64_MAX},
        {105, "9223372036854775808", 0, 10, -34, 0},
        {105, "-9223372036854775808", 0, 10, 20, INT64_MIN},
        {105, "-9223372036854775809", 0, 10, -34, 0},
        {105, "99999999999999999999", 0, 10, -34, 0},
        {105, "", 1, 10, -22, 0},
        {105, "-", 0, 10, -22, 0},
        {105, "x", 0, 10, -22, 0},
        {105, "8", 0, 8, -22, 0},
        {105, "1", 0, 2, -22, 0},
        {105, "1", 0, 0x20, -22, 0},
        {106, "18446744073709551615", 0, 10, 20, -1},
        {106, "18446744073709551616", 0, 10, -34, 0},
        {106, "-1", 0, 10, -22, 0},
        {106, "0xffffffffffffffff", 0, 0, 18, -1},
    };
    setup(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value = 0;
        uint64_t size = rows[i].size ? rows[i].size : strlen(rows[i].text);
        CASE("%u \"%s\"", rows[i].id, rows[i].text);
        CHECK_INT(call(rows[i].id, address(rows[i].text), size, rows[i].flags, address(&value), 0),
                  rows[i].result);
        CHECK_INT(value, rows[i].value);
    }
    teardown();
}

/* And as C has them. */
TEST(helper, c_numbers)
{
    static const struct {
        const char *text;
        int base;
    } rows[] = {
        {"123", 10},
        {"  -77 ", 10},
        {"0x20", 0},
        {"0x20", 16},
        {"zz", 36},
        {"077", 0},
        {"", 10},
        {"nope", 10},
        {"0x", 16},
        {"9223372036854775807", 10},
        {"9223372036854775808", 10},
        {"-9223372036854775808", 10},
        {"-9223372036854775809", 10},
        {"18446744073709551615", 10},
        {"18446744073709551616", 10},
        {"-1", 10},
        {"1010", 2},
    };
    setup(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *end;
        uint64_t stop = 0;
        CASE("\"%s\" base %d", rows[i].text, rows[i].base);
        CHECK_INT(sys("sys_strtol", address(rows[i].text), (uint64_t)rows[i].base, address(&stop), 0, 0),
                  strtoll(rows[i].text, &end, rows[i].base));
        CHECK_INT(stop, address(end));
        CHECK_INT(sys("sys_strtoul", address(rows[i].text), (uint64_t)rows[i].base, address(&stop), 0, 0),
                  strtoull(rows[i].text, &end, rows[i].base));
        CHECK_INT(stop, address(end));
    }
    uint64_t stop = 0;
    CHECK_INT(sys("sys_strtol", address("1"), 37, address(&stop), 0, 0), 0);
    CHECK_INT(sys("sys_strtol", address("1"), 1, address(&stop), 0, 0), 0);
    teardown();
}

/* ---- what the host knows ---- */

TEST(helper, host)
{
    char name[16];
    setup(0);
    CHECK_INT(call(5, 0, 0, 0, 0, 0), 4000000000);
    CHECK_INT(call(125, 0, 0, 0, 0, 0), 4000000000);
    CHECK_INT(call(160, 0, 0, 0, 0, 0), 4000000000);
    CHECK_INT(call(118, 0, 0, 0, 0, 0), 1000);
    CHECK_INT(call(7, 0, 0, 0, 0, 0), 4000000001);
    CHECK_INT(call(8, 0, 0, 0, 0, 0), 4000000002);
    CHECK_INT(call(14, 0, 0, 0, 0, 0), 4000000003);
    CHECK_INT(call(15, 0, 0, 0, 0, 0), 4000000004);
    CHECK_INT(call(42, 0, 0, 0, 0, 0), 0);
    memset(name, 'x', sizeof name);
    CHECK_INT(call(16, address(name), 16, 0, 0, 0), 0);
    CHECK_TEXT(name, "a_15_char_name!");
    memset(name, 'x', sizeof name);
    CHECK_INT(call(16, address(name), 5, 0, 0, 0), 0);
    CHECK_TEXT(name, "a_15");
    CHECK_INT(name[5], 'x');
    CHECK_INT(call(16, address(name), 0, 0, 0, 0), -22);
    CHECK_INT(call(12, 0, 0, 0, 0, 0), -1); /* no engine made the tail call */
    teardown();
}

/* A page that nobody may read, behind one that everybody may: where this system tells such from others. */
TEST(helper, unreadable)
{
#if defined(__linux__) && defined(__GNUC__) && defined(SYS_process_vm_readv)
    char *memory = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), to[16],
         from[4] = "abc";
    struct iovec local = {to, 4}, remote = {from, 4};
    if (memory == MAP_FAILED || syscall(SYS_process_vm_readv, getpid(), &local, 1, &remote, 1, 0) != 4)
        SKIP("this system does not tell");
    setup(0);
    CHECK_INT(mprotect(memory + 4096, 4096, PROT_NONE), 0);
    memset(memory, 'y', 4096);
    memcpy(memory + 4090, "tail", 5);
    CHECK_INT(call(4, address(to), 4, address(memory + 4092), 0, 0), 0);
    CHECK_INT(call(4, address(to), 4, address(memory + 4093), 0, 0), -14);
    CHECK_INT(call(4, address(to), 4, address(memory + 4096), 0, 0), -14);
    CHECK_INT(call(45, address(to), 16, address(memory + 4090), 0, 0), 5);
    CHECK_TEXT(to, "tail");
    CHECK_INT(call(4, address(to), 4, UINT64_MAX - 1, 0, 0), -14); /* it would go round */
    memory[4095] = 0;
    CHECK_INT(call(45, address(to), 16, address(memory + 4095), 0, 0), 1);
    memory[4095] = 'z';
    CHECK_INT(call(45, address(to), 16, address(memory + 4095), 0, 0), -14);
    munmap(memory, 2 * 4096);
    teardown();
#else
    SKIP("this system does not tell");
#endif
}

TEST(helper, probe_read)
{
    static const uint32_t plain[] = {4, 112, 113}, text[] = {45, 114, 115};
    setup(1);
    for (int i = 0; i < 3; i++) {
        char to[16];
        CASE("helper %u", plain[i]);
        memset(to, 'x', sizeof to);
        CHECK_INT(call(plain[i], address(to), 4, address(readable + 4), 0, 0), 0);
        CHECK(!memcmp(to, "ablex", 5));
        CHECK_INT(call(plain[i], address(to), 4, address(readable + 6), 0, 0), -14);
        CHECK(!memcmp(to, "\0\0\0\0x", 5)); /* nothing left of what was there */
        CHECK_INT(call(plain[i], address(to), 4, 0, 0, 0), -14);
        CHECK_INT(call(plain[i], 0, 0, 0, 0, 0), 0);
        CASE("helper %u", text[i]);
        memset(to, 'x', sizeof to);
        CHECK_INT(call(text[i], address(to), 16, address(readable), 0, 0), 9);
        CHECK_TEXT(to, "readable");
        CHECK_INT(call(text[i], address(to), 4, address(readable), 0, 0), 4);
        CHECK_TEXT(to, "rea");
        CHECK_INT(call(text[i], address(to), 4, address(readable + 9), 0, 0), -14);
        CHECK_INT(to[0] | to[3], 0);
        CHECK_INT(call(text[i], 0, 0, address(readable), 0, 0), 0);
    }
    teardown();
    setup(0); /* without the host's help a trusted program reads what it likes, but not through NULL */
    char to[4];
    CHECK_INT(call(4, address(to), 4, address(readable), 0, 0), 0);
    CHECK_INT(call(4, address(to), 4, 8, 0, 0), -14);
    char both[] = "01234567"; /* what is read may be where it goes */
    CHECK_INT(call(4, address(both + 2), 4, address(both), 0, 0), 0);
    CHECK_TEXT(both, "01012367");
    teardown();
}

/* ---- C's memory and strings ---- */

TEST(helper, sys_memory)
{
    setup(0);
    uint8_t *memory = (uint8_t *)(uintptr_t)sys("sys_calloc", 4, 8, 0, 0, 0);
    CHECK(memory != NULL);
    if (memory) CHECK_INT(memory[0] | memory[31], 0);
    memory = (uint8_t *)(uintptr_t)sys("sys_realloc", address(memory), 64, 0, 0, 0);
    CHECK(memory != NULL);
    sys("sys_free", address(memory), 0, 0, 0, 0);
    sys("sys_free", 0, 0, 0, 0, 0);
    memory = (uint8_t *)(uintptr_t)sys("sys_malloc", 0, 0, 0, 0, 0);
    CHECK(memory != NULL);
    sys("sys_free", address(memory), 0, 0, 0, 0);
    CHECK_INT(sys("sys_calloc", (uint64_t)1 << 33, (uint64_t)1 << 33, 0, 0, 0), 0);
    CHECK_INT(sys("sys_calloc", UINT64_MAX, 2, 0, 0, 0), 0);
    char text[8] = "abcdefg";
    sys("sys_memmove", address(text + 1), 6, address(text), 6, 0);
    CHECK_TEXT(text, "aabcdef");
    sys("sys_memmove", address(text), 6, address(text + 1), 6, 0);
    CHECK_TEXT(text, "abcdeff");
    sys("sys_memcpy", address(text), 2, address("xyz"), 3, 0); /* never more than its room */
    CHECK_TEXT(text, "xycdeff");
    sys("sys_memcpy", 0, 0, 0, 0, 0);
    sys("sys_memset", address(text), 3, '-', 0, 0);
    CHECK_TEXT(text, "---deff");
    CHECK_INT(sys("sys_memcmp", address("ab\0c"), 4, address("ab\0d"), 4, 0), -1);
    CHECK_INT(sys("sys_memcmp", address("ab\0c"), 3, address("ab\0d"), 3, 0), 0);
    CHECK_INT(sys("sys_memcmp", address("\xff"), 1, address("a"), 1, 0), 0xff - 'a');
    teardown();
}

TEST(helper, sys_strings)
{
    setup(0);
    const char *text = "one two one";
    char to[8];
    CHECK_INT(sys("sys_strlen", address(text), 0, 0, 0, 0), 11);
    CHECK_INT(sys("sys_strcmp", address("abc"), address("abc"), 0, 0, 0), 0);
    CHECK(sys("sys_strcmp", address("abc"), address("abd"), 0, 0, 0) < 0);
    CHECK(sys("sys_strcmp", address("abc"), address("ab"), 0, 0, 0) > 0);
    CHECK(sys("sys_strcmp", address("\xff"), address("a"), 0, 0, 0) > 0);
    CHECK_INT(sys("sys_strncmp", address("abc"), address("abd"), 2, 0, 0), 0);
    CHECK(sys("sys_strncmp", address("abc"), address("abd"), 3, 0, 0) < 0);
    CHECK_INT(call(182, address("abc"), 3, address("abd"), 0, 0), -1);
    CHECK_INT(call(182, address("abc"), 2, address("abd"), 0, 0), 0);
    CHECK_INT(call(182, address("ab\0x"), 4, address("ab\0y"), 0, 0), 0);
    sys("sys_strcpy", address(to), address("copied"), 0, 0, 0);
    CHECK_TEXT(to, "copied");
    sys("sys_strncpy", address(to), 7, address("ab"), 0, 0);
    CHECK(!memcmp(to, "ab\0\0\0\0\0", 7));
    sys("sys_strncpy", address(to), 2, address("xyz"), 0, 0);
    CHECK(!memcmp(to, "xy\0", 3));
    CHECK_INT(sys("sys_strchr", address(text), 'o', 0, 0, 0), address(text));
    CHECK_INT(sys("sys_strrchr", address(text), 'o', 0, 0, 0), address(text + 8));
    CHECK_INT(sys("sys_strchr", address(text), 'x', 0, 0, 0), 0);
    CHECK_INT(sys("sys_strrchr", address(text), 0, 0, 0, 0), address(text + 11));
    CHECK_INT(sys("sys_strstr", address(text), address("two"), 0, 0, 0), address(text + 4));
    CHECK_INT(sys("sys_strstr", address(text), address("x"), 0, 0, 0), 0);
    CHECK_INT(sys("sys_strstr", address(text), address(""), 0, 0, 0), address(text));
    CHECK_INT(sys("sys_puts", address("%d is no format"), 0, 0, 0, 0), 16);
    CHECK_INT(sys("sys_putchar", '!', 0, 0, 0, 0), '!');
    CHECK_TEXT(output, "%d is no format\n!");
    teardown();
}

/* ---- maps ---- */

TEST(helper, map_flags)
{
    static const struct {
        uint32_t flags;
        int readable, writable;
    } rows[] = {{0, 1, 1}, {MYBPF_F_RDONLY_PROG, 1, 0}, {MYBPF_F_WRONLY_PROG, 0, 1}};
    setup(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_map_desc desc;
        mybpf_map *map = NULL;
        uint64_t value = 5;
        CASE("row %zu", i);
        memset(&desc, 0, sizeof desc);
        desc.type = MYBPF_MAP_TYPE_HASH;
        desc.key_size = 4;
        desc.value_size = 8;
        desc.max_entries = 4;
        desc.flags = rows[i].flags;
        CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
        CHECK_INT(mybpf_map_update(map, "key", &value, MYBPF_ANY), 0); /* the host always may */
        CHECK((call(1, address(map), address("key"), 0, 0, 0) != 0) == rows[i].readable);
        value = 6;
        CHECK_INT(call(2, address(map), address("key"), address(&value), MYBPF_EXIST, 0),
                  rows[i].writable ? 0 : -1);
        CHECK_INT(mybpf_map_lookup(map, "key", &value), 0);
        CHECK_INT(value, rows[i].writable ? 6 : 5);
        CHECK_INT(call(2, address(map), address("key"), address(&value), MYBPF_NOEXIST, 0),
                  rows[i].writable ? -17 : -1);
        CHECK_INT(call(3, address(map), address("key"), 0, 0, 0), rows[i].writable ? 0 : -1);
        CHECK_INT(call(1, address(map), address("kez"), 0, 0, 0), 0);
        mybpf_map_unref(map);
    }
    teardown();
}

/* ---- strings of programs ---- */

/* A string is read only where the program may read, its own stack included; elsewhere it prints as the kernel
 * has it. trace_printk("%s,%s\n", r1, "own") on the interpreter and the JIT. */
typedef struct string_row {
    const char *string;
    size_t region; /* bytes of it that the run is given */
    mybpf_trust trust;
    const char *text;
} string_row;

/* Four characters as the 32-bit immediate that stores them. */
#define WORD(a, b, c, d)                                                                                     \
    (MYBPF_BIG_ENDIAN ? (a) << 24 | (b) << 16 | (c) << 8 | (d) : (d) << 24 | (c) << 16 | (b) << 8 | (a))

static void check_string(const string_row *row, int jit)
{
    static const mybpf_insn code[] = {
        {0xbf, 3, 1, 0, 0}, /* r3 = r1, the string */
        {0x62, 10, 0, -8, WORD('%', 's', ',', '%')},
        {0x62, 10, 0, -4, WORD('s', '\n', 0, 0)},
        {0x62, 10, 0, -12, WORD('o', 'w', 'n', 0)},
        {0xbf, 1, 10, 0, 0},
        {0x07, 1, 0, 0, -8}, /* r1 = r10 - 8 */
        {0xb7, 2, 0, 0, 8},  /* r2 = 8 */
        {0xbf, 4, 10, 0, 0},
        {0x07, 4, 0, 0, -12}, /* r4 = r10 - 12 */
        {0xb7, 5, 0, 0, 0},
        {0x85, 0, 0, 0, 6},
        {0x95, 0, 0, 0, 0}, /* return trace_printk(...) */
    };
    mybpf_load_opts load;
    mybpf_run_opts run;
    mybpf_region region = {(void *)(uintptr_t)row->string, row->region, 0};
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    uint64_t args[5] = {address(row->string), 0, 0, 0, 0}, r0 = 0;
    memset(&load, 0, sizeof load);
    memset(&run, 0, sizeof run);
    load.trust = row->trust;
    run.args = args;
    run.regions = &region;
    run.region_count = row->region != 0;
    output_size = 0;
    CHECK_INT(mybpf_object_open_insns(vm, code, sizeof code / sizeof *code, NULL, &object, &error), 0);
    int status = mybpf_object_load(object, &load, &error);
    if (!status && jit) status = mybpf_jit_compile(object, NULL, &error);
    if (!status) status = mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error);
    if (status) test_fail(__FILE__, __LINE__, "%s", error.message);
    CHECK_TEXT(output, row->text);
    CHECK_INT(r0, strlen(row->text));
    mybpf_object_close(object);
}

TEST(helper, string_arguments)
{
    static const char open_ended[4] = {'a', 'b', 'c', 'd'};
    static const string_row rows[] = {
        {"seen", 5, MYBPF_TRUSTED, "seen,own\n"},
        {"hidden", 0, MYBPF_TRUSTED, "hidden,own\n"},
        {NULL, 0, MYBPF_TRUSTED, "(null),own\n"},
        {"seen", 5, MYBPF_GUARDED, "seen,own\n"},
        {"hidden", 0, MYBPF_GUARDED, "(efault),own\n"},
        {"partly", 3, MYBPF_GUARDED, "(efault),own\n"},
        {open_ended, 4, MYBPF_GUARDED, "(efault),own\n"},
        {NULL, 0, MYBPF_GUARDED, "(null),own\n"},
        {"seen", 5, MYBPF_VERIFIED, "seen,own\n"},
        {"hidden", 0, MYBPF_VERIFIED, "(efault),own\n"},
        {open_ended, 4, MYBPF_VERIFIED, "(efault),own\n"},
        {(const char *)1, 0, MYBPF_VERIFIED, "(efault),own\n"},
    };
    setup(0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CASE("row %zu", i);
        check_string(&rows[i], 0);
        if (!mybpf_aot_target_host() || !mybpf_jit_exec()) continue;
        CASE("row %zu, JIT", i);
        check_string(&rows[i], 1);
    }
    teardown();
}

/* ---- packets ---- */

TEST(helper, csum_diff)
{
    static const uint32_t a[] = {0x00010002, 0xffff0000}, b[] = {0x00010003, 0xffff0000};
    setup(0);
    CHECK_INT(call(28, address(a), 8, address(b), 8, 0), 1);
    CHECK_INT(call(28, address(b), 8, address(a), 8, 0), 0xfffe);
    CHECK_INT(call(28, address(a), 8, address(a), 8, 0), 0xffff);
    CHECK_INT(call(28, address(a), 8, address(a), 8, 7), 7);
    CHECK_INT(call(28, 0, 0, address(a), 4, 0), 3);
    CHECK_INT(call(28, address(a), 4, 0, 0, 5), 2);
    CHECK_INT(call(28, 0, 0, 0, 0, 0x10002), 3);
    CHECK_INT((int64_t)call(28, address(a), 3, address(b), 8, 0), -22);
    CHECK_INT((int64_t)call(28, address(a), 4, address(b), 6, 0), -22);
    teardown();
}

/* r0 = the word at offset 2 of the packet, or the errno. */
TEST(helper, skb_load_bytes)
{
    static const char text[] = "*(u32 *)(r10 - 4) = 9\nr3 = r10\nr3 += -4\nr2 = 2\nr4 = 4\ncall 26\n"
                               "r1 = r0\nr0 = *(u32 *)(r10 - 4)\nif r1 == 0 goto +1\nr0 += r1\nexit\n";
    static const uint8_t packet[] = {0, 0, 5, 5, 5, 5};
    for (size_t size = 5; size <= 6; size++) {
        mybpf_raw_desc raw = {"main", MYBPF_PROG_TYPE_SOCKET_FILTER, NULL, 0};
        mybpf_error error = {0};
        mybpf_object *object = NULL;
        mybpf_run_opts run = {0};
        mybpf_insn code[16];
        uint32_t ctx[48] = {0};
        uint64_t r0 = 0;
        int64_t count = mybpf_assemble(text, sizeof text - 1, code, 16, &error);
        setup(0);
        run.ctx = ctx;
        run.ctx_size = sizeof ctx;
        run.packet = packet;
        run.packet_size = size;
        CHECK_INT(mybpf_object_open_insns(vm, code, (size_t)count, &raw, &object, &error), 0);
        if (mybpf_object_load(object, NULL, &error)) test_fail(__FILE__, __LINE__, "%s", error.message);
        CHECK_INT(mybpf_program_run(mybpf_object_program(object, 0), &run, &r0, &error), 0);
        CHECK_INT((int64_t)r0, size == 6 ? 0x05050505 : -14);
        mybpf_object_close(object);
        teardown();
    }
}
