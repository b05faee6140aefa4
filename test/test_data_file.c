/* test_data_file.c: conformance files (data_file.h): what is read, and what is wrong with bad ones. */
#include "data_file.h"
#include "test.h"

TEST(data_file, sections)
{
    data_file data;
    char error[256];
    static const char text[] =
        "# comment\n-- asm\nmov %r0, 1 # one\r\n\nexit\n-- no jit\nanything: 'at' all\n"
        "-- mem\n0x0000:  00 1f\n  Ab cd  \n--result\n  0x10\n";
    CHECK_INT(data_file_parse(&data, text, ".", error, sizeof error), 0);
    CHECK_TEXT(data.text, "mov %r0, 1\n\nexit\n"); /* lines are kept, so that messages can count them */
    CHECK_INT(data.asm_line, 2);
    CHECK(!data.raw && !data.skip && !data.has_error && data.has_result);
    CHECK_INT(data.result, 16);
    CHECK_INT(data.memory_size, 4);
    CHECK(!memcmp(data.memory, "\0\x1f\xab\xcd", 4));
    data_file_free(&data);
}

TEST(data_file, raw)
{
    static const char *const texts[] = {
        "-- raw\n0x00000002fff921b7 149\n-- error\nno\n",
        "-- raw\nb7 21 f9 ff 02 00 00 00\n95 00 00 00 00 00 00 00\n-- error\n"};
    for (int i = 0; i < 2; i++) {
        data_file data;
        char error[256];
        CHECK_INT(data_file_parse(&data, texts[i], ".", error, sizeof error), 0);
        CHECK_INT(data.raw_count, 2);
        CHECK_INT(data.raw[0].code, 0xb7);
        CHECK_INT(data.raw[0].dst_reg, 1);
        CHECK_INT(data.raw[0].src_reg, 2);
        CHECK_INT(data.raw[0].off, -7);
        CHECK_INT(data.raw[0].imm, 2);
        CHECK_INT(data.raw[1].code, 0x95);
        CHECK(data.has_error && !data.has_result);
        data_file_free(&data);
    }
}

TEST(data_file, refusals)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"mov %r0, 1\n-- result\n1\n", "line 1: 'mov %r0, 1' stands before the first section"},
        {"-- asm\nexit\n-- results\n1\n", "line 3: unknown section 'results'"},
        {"-- asm\nexit\n-- result\n1\n-- asm\nexit\n", "line 5: a second section 'asm'"},
        {"-- asm\nexit\n-- result\n1x\n", "line 3: section 'result': '1x' is no 64-bit number"},
        {"-- asm\nexit\n-- result\n", "line 3: section 'result': '' is no 64-bit number"},
        {"-- asm\nexit\n-- result\n0x10000000000000000\n",
         "line 3: section 'result': '0x10000000000000000' is no 64-bit number"},
        {"-- mem\n00 1\n-- raw\n1\n", "line 1: section 'mem': '1' is no pair of hexadecimal digits"},
        {"-- raw\n\n-- result\n0\n", "line 1: section 'raw' is empty"},
        {"-- raw\n0x95 nonsense\n",
         "line 1: section 'raw': 'nonsense' is neither a 64-bit number nor 8 bytes"},
        {"-- raw\n95 00 00\n", "line 1: section 'raw': '95 00 00' is neither a 64-bit number nor 8 bytes"},
        {"-- asm @ not-there.asm\n-- result\n0\n", "line 1: ./not-there.asm: No such file or directory"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        data_file data;
        char error[256] = "";
        CASE("%s", rows[i].text);
        CHECK_INT(data_file_parse(&data, rows[i].text, ".", error, sizeof error), -1);
        CHECK_TEXT(error, rows[i].error);
        data_file_free(&data);
    }
}

TEST(data_file, no_tests)
{
    static const char *const rows[][2] = {
        {"", "it has no program"},
        {"-- result\n0\n", "it has no program"},
        {"-- asm\nexit\n", "it says neither result nor error"},
        {"-- asm\nexit\n-- reload\n-- error\nx\n", "about ubpf's own interface: loading twice"},
        {"-- pyelf\nx = 1\n-- error\nx\n", "changes to an ELF file, in Python"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        data_file data;
        char error[256];
        CASE("%s", rows[i][0]);
        CHECK_INT(data_file_parse(&data, rows[i][0], ".", error, sizeof error), 0);
        CHECK_TEXT(data.skip ? data.skip : "", rows[i][1]);
        data_file_free(&data);
    }
}
