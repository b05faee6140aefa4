/* test_isa.c: the instruction table, decoding, checks, disassembler and assembler. */
#include "mybpf.h"
#include "corpus.h"
#include "test.h"

static const char *const corpora[] = {"conformance/bpf_conformance.jsonl",
                                      "conformance/bpf_conformance_negative.jsonl", "conformance/ubpf.jsonl"};

/* Which fields a format uses, again from the table. */
static const struct uses {
    int dst, src, off, imm;
} uses[] = {
#define ROW(format, dst, src, off, imm) {dst, src, off, imm},
    MYBPF_FORMATS(ROW)
#undef ROW
};

/* An instruction of row `op` with something in every field it uses. */
static void sample(int op, mybpf_insn insn[2])
{
    const mybpf_op_info *info = mybpf_op_describe(op);
    const struct uses *u = &uses[info->format];
    memset(insn, 0, 2 * sizeof *insn);
    insn[0].code = info->code;
    insn[0].dst_reg = u->dst ? 3 : 0;
    insn[0].src_reg = u->src && info->format != MYBPF_FORMAT_LDDW ? 7 : 0;
    insn[0].off = (int16_t)(u->off ? -300 : 0);
    insn[0].imm = u->imm && info->format != MYBPF_FORMAT_CALLX ? -123456 : 0;
    if (info->format == MYBPF_FORMAT_LDDW) insn[1].imm = 0x12345678;
    switch (info->select) {
    case MYBPF_SELECT_OFF: insn[0].off = info->value; break;
    case MYBPF_SELECT_IMM: insn[0].imm = info->value; break;
    case MYBPF_SELECT_SRC: insn[0].src_reg = (uint8_t)(info->value & 15); break;
    default: break;
    }
}

static int64_t assemble(const char *text, mybpf_insn *insns, size_t capacity, mybpf_error *error)
{
    memset(error, 0, sizeof *error);
    return mybpf_assemble(text, strlen(text), insns, capacity, error);
}

TEST(isa, every_row_decodes_to_itself)
{
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        mybpf_insn insn[2];
        mybpf_error error = {0};
        sample(op, insn);
        CASE("%s", mybpf_op_describe(op)->name);
        CHECK_INT(mybpf_insn_op(insn), op);
        CHECK_INT(mybpf_insn_check(insn, 2, &error), 0);
        CHECK_TEXT(error.message, "");
    }
    CHECK(!mybpf_op_describe(-1));
    CHECK(!mybpf_op_describe(MYBPF_OP_COUNT));
}

TEST(isa, every_row_disassembles_and_assembles_to_itself)
{
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        mybpf_insn insn[2], back[2];
        mybpf_error error = {0};
        char text[128];
        sample(op, insn);
        size_t length = mybpf_disassemble(insn, 2, text, sizeof text);
        CASE("%s: %s", mybpf_op_describe(op)->name, text);
        CHECK_INT(length, strlen(text));
        memset(back, 0, sizeof back);
        int64_t slots = assemble(text, back, 2, &error);
        CHECK_TEXT(error.message, "");
        CHECK_INT(slots, mybpf_op_describe(op)->format == MYBPF_FORMAT_LDDW ? 2 : 1);
        CHECK(!memcmp(insn, back, sizeof insn));
        char again[128];
        for (size_t size = 0; size <= length + 1; size++) { /* never beyond the buffer, always the length */
            memset(again, '#', sizeof again);
            CHECK_INT(mybpf_disassemble(insn, 2, again, size), length);
            CHECK(again[size] == '#');
            if (size) CHECK_INT(strlen(again), size - 1);
        }
    }
}

/* One non-zero bit in a field that is not in use: refused, with the field named. */
TEST(isa, reserved_fields)
{
    static const char *const names[] = {"dst_reg", "src_reg", " off ", " imm "};
    int cases = 0;
    for (int op = 0; op < MYBPF_OP_COUNT; op++) {
        const mybpf_op_info *info = mybpf_op_describe(op);
        const struct uses *u = &uses[info->format];
        const int used[] = {u->dst, u->src || info->select == MYBPF_SELECT_SRC,
                            u->off || info->select == MYBPF_SELECT_OFF,
                            u->imm || info->select == MYBPF_SELECT_IMM};
        for (int field = 0; field < 4; field++) {
            if (used[field]) continue;
            mybpf_insn insn[2];
            mybpf_error error = {0};
            sample(op, insn);
            switch (field) {
            case 0: insn->dst_reg = 1; break;
            case 1: insn->src_reg = 1; break;
            case 2: insn->off = 0x4000; break;
            default: insn->imm = 1 << 20; break;
            }
            CASE("%s with %s", info->name, names[field]);
            CHECK_INT(mybpf_insn_check(insn, 2, &error), MYBPF_ERR_VERIFY);
            CHECK_INT(error.code, MYBPF_ERR_VERIFY);
            CHECK(strstr(error.message, names[field]));
            CHECK(strstr(error.message, info->name));
            cases++;
        }
    }
    CHECK(cases > 200);
}

TEST(isa, bad_encodings)
{
    static const struct {
        mybpf_insn insn[2];
        size_t left;
        const char *message;
    } rows[] = {
        {{{0xff, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}, 1, "unknown opcode 0xff"},
        {{{0x00, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}, 1, "unknown opcode 0x00"},
        {{{0x06, 0, 0, 1, 0}, {0, 0, 0, 0, 0}}, 1, "JA32: reserved field off"},
        {{{0xb7, 11, 0, 0, 0}, {0, 0, 0, 0, 0}}, 1, "MOV64_IMM: dst_reg is 11"},
        {{{0xbf, 0, 15, 0, 0}, {0, 0, 0, 0, 0}}, 1, "MOV64_REG: src_reg is 15"},
        {{{0xbf, 0, 1, 1, 0}, {0, 0, 0, 0, 0}}, 1, "MOV64_REG: reserved field off"},
        {{{0xbf, 0, 1, 1, 2}, {0, 0, 0, 0, 0}},
         1,
         "addr_space_cast: there are address spaces 0 and 1, not imm 0x2"},
        {{{0x3f, 0, 1, 2, 0}, {0, 0, 0, 0, 0}}, 1, "DIV64_REG: reserved field off"},
        {{{0xd4, 0, 0, 0, 48}, {0, 0, 0, 0, 0}}, 1, "opcode 0xd4 has no meaning with imm 0x30"},
        {{{0xc3, 0, 0, 0, 2}, {0, 0, 0, 0, 0}}, 1, "opcode 0xc3 has no meaning with imm 0x2"},
        {{{0xdb, 0, 0, 0, -1}, {0, 0, 0, 0, 0}}, 1, "opcode 0xdb has no meaning with imm 0xffffffff"},
        {{{0xd3, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}, 1, "opcode 0xd3 has no meaning with imm 0x0"},
        {{{0x85, 0, 3, 0, 0}, {0, 0, 0, 0, 0}}, 1, "opcode 0x85 has no meaning with src_reg 3"},
        {{{0xe5, 0, 1, 0, 0}, {0, 0, 0, 0, 0}}, 1, "opcode 0xe5 has no meaning with src_reg 1"},
        {{{0x8d, 1, 0, 0, 2}, {0, 0, 0, 0, 0}}, 1, "CALLX: imm must be 0"},
        {{{0x8d, 0, 0, 0, 11}, {0, 0, 0, 0, 0}}, 1, "CALLX: imm 11"},
        {{{0x8d, 0, 0, 0, -1}, {0, 0, 0, 0, 0}}, 1, "CALLX: imm -1"},
        {{{0x18, 0, 0, 0, 1}, {0, 0, 0, 0, 0}}, 1, "LDDW: its second slot is missing"},
        {{{0x18, 0, 0, 0, 1}, {0x95, 0, 0, 0, 0}}, 2, "LDDW: code of its second slot"},
        {{{0x18, 0, 0, 0, 1}, {0, 1, 0, 0, 0}}, 2, "LDDW: dst_reg of its second slot"},
        {{{0x18, 0, 0, 0, 1}, {0, 0, 1, 0, 0}}, 2, "LDDW: src_reg of its second slot"},
        {{{0x18, 0, 0, 0, 1}, {0, 0, 0, 1, 0}}, 2, "LDDW: off of its second slot"},
        {{{0x18, 0, 0, 1, 1}, {0, 0, 0, 0, 0}}, 2, "LDDW: reserved field off"},
        {{{0x18, 0, 5, 0, 1}, {0, 0, 0, 0, 9}}, 2, "LDDW: imm of its second slot"},
        {{{0x18, 0, 7, 0, 1}, {0, 0, 0, 0, 0}}, 2, "LDDW: src_reg 7"},
        {{{0x95, 0, 0, 0, 0}, {0, 0, 0, 0, 0}}, 0, "no instruction"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_error error = {0};
        CASE("%s", rows[i].message);
        CHECK_INT(mybpf_insn_check(rows[i].insn, rows[i].left, &error), MYBPF_ERR_VERIFY);
        CHECK(strstr(error.message, rows[i].message));
        CHECK_INT(error.insn, MYBPF_NO_INSN);
        CHECK_INT(mybpf_insn_check(rows[i].insn, rows[i].left, NULL), MYBPF_ERR_VERIFY);
    }
    static const mybpf_insn old_callx = {0x8d, 0, 0, 0, 10}; /* what compilers before LLVM 19 write */
    CHECK_INT(mybpf_insn_check(&old_callx, 1, NULL), 0);
    char text[32];
    mybpf_disassemble(&old_callx, 1, text, sizeof text);
    CHECK_TEXT(text, "callx r10");
}

/* What LLVM prints, written out by hand; the second column is our text, the bytes were taken from
 * LLVM's own encodings. */
TEST(isa, text_and_bytes)
{
    static const struct {
        const char *text;
        mybpf_insn insn;
    } rows[] = {
        {"r1 = 5", {0xb7, 1, 0, 0, 5}},
        {"w1 = -5", {0xb4, 1, 0, 0, -5}},
        {"r1 += r2", {0x0f, 1, 2, 0, 0}},
        {"w3 s>>= 31", {0xc4, 3, 0, 0, 31}},
        {"r1 = -r1", {0x87, 1, 0, 0, 0}},
        {"w1 = -w1", {0x84, 1, 0, 0, 0}},
        {"r1 s/= r2", {0x3f, 1, 2, 1, 0}},
        {"w1 s%= 7", {0x94, 1, 0, 1, 7}},
        {"r0 = (s8)r1", {0xbf, 0, 1, 8, 0}},
        {"w0 = (s16)w1", {0xbc, 0, 1, 16, 0}},
        {"r1 = bswap32 r1", {0xd7, 1, 0, 0, 32}},
        {"r1 = le16 r1", {0xd4, 1, 0, 0, 16}},
        {"r1 = be64 r1", {0xdc, 1, 0, 0, 64}},
        {"goto -3", {0x05, 0, 0, -3, 0}},
        {"gotol +5", {0x06, 0, 0, 0, 5}},
        {"may_goto +2", {0xe5, 0, 0, 2, 0}},
        {"if r1 > 5 goto +3", {0x25, 1, 0, 3, 5}},
        {"if w1 s<= w2 goto +0", {0xde, 1, 2, 0, 0}},
        {"if r1 & 8 goto +1", {0x45, 1, 0, 1, 8}},
        {"call 6", {0x85, 0, 0, 0, 6}},
        {"call pc+2", {0x85, 0, 1, 0, 2}},
        {"call pc-1", {0x85, 0, 1, 0, -1}},
        {"call kfunc 77", {0x85, 0, 2, 0, 77}},
        {"call kfunc 77 module 3", {0x85, 0, 2, 3, 77}},
        {"callx r2", {0x8d, 2, 0, 0, 0}},
        {"exit", {0x95, 0, 0, 0, 0}},
        {"r1 = *(u32 *)(r10 - 4)", {0x61, 1, 10, -4, 0}},
        {"r1 = *(s8 *)(r2 + 0)", {0x91, 1, 2, 0, 0}},
        {"*(u64 *)(r10 - 8) = r1", {0x7b, 10, 1, -8, 0}},
        {"*(u8 *)(r1 + 2) = 7", {0x72, 1, 0, 2, 7}},
        {"r0 = *(u8 *)skb[4]", {0x30, 0, 0, 0, 4}},
        {"r0 = *(u16 *)skb[r7]", {0x48, 0, 7, 0, 0}},
        {"r0 = *(u16 *)skb[r7 + 12]", {0x48, 0, 7, 0, 12}},
        {"lock *(u64 *)(r1 + 0) += r2", {0xdb, 1, 2, 0, 0}},
        {"lock *(u32 *)(r1 + 0) ^= r2", {0xc3, 1, 2, 0, 0xa0}},
        {"r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)", {0xdb, 1, 2, 0, 1}},
        {"w2 = atomic_fetch_xor((u32 *)(r1 - 4), w2)", {0xc3, 1, 2, -4, 0xa1}},
        {"r2 = xchg_64(r1 + 0, r2)", {0xdb, 1, 2, 0, 0xe1}},
        {"w2 = xchg32_32(r1 + 0, w2)", {0xc3, 1, 2, 0, 0xe1}},
        {"r0 = cmpxchg_64(r1 + 0, r0, r2)", {0xdb, 1, 2, 0, 0xf1}},
        {"w0 = cmpxchg32_32(r1 + 0, w0, w2)", {0xc3, 1, 2, 0, 0xf1}},
        {"r0 = load_acquire((u64 *)(r1 + 0))", {0xdb, 0, 1, 0, 0x100}},
        {"w0 = load_acquire((u8 *)(r1 + 0))", {0xd3, 0, 1, 0, 0x100}},
        {"store_release((u64 *)(r1 + 0), r2)", {0xdb, 1, 2, 0, 0x110}},
        {"store_release((u16 *)(r1 + 0), w2)", {0xcb, 1, 2, 0, 0x110}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        mybpf_insn got[2];
        mybpf_error error;
        CASE("%s", rows[i].text);
        mybpf_disassemble(&rows[i].insn, 1, text, sizeof text);
        CHECK_TEXT(text, rows[i].text);
        CHECK_INT(assemble(rows[i].text, got, 2, &error), 1);
        CHECK(!memcmp(got, &rows[i].insn, sizeof *got));
    }
}

TEST(isa, wide_immediates)
{
    static const struct {
        const char *text;
        int src, imm, upper;
    } rows[] = {
        {"r1 = 0 ll", 0, 0, 0},
        {"r1 = -1 ll", 0, -1, -1},
        {"r1 = 4294967296 ll", 0, 0, 1},
        {"r1 = map_by_fd(3) ll", 1, 3, 0},
        {"r1 = map_val(map_by_fd(3)) + 8 ll", 2, 3, 8},
        {"r1 = var_addr(3) + 0 ll", 3, 3, 0},
        {"r1 = code_addr(2) ll", 4, 2, 0},
        {"r1 = map_by_idx(1) ll", 5, 1, 0},
        {"r1 = map_val(map_by_idx(1)) + 16 ll", 6, 1, 16},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        mybpf_insn insn[2], got[2];
        mybpf_error error;
        memset(insn, 0, sizeof insn);
        insn[0].code = 0x18;
        insn[0].dst_reg = 1;
        insn[0].src_reg = (uint8_t)(rows[i].src & 15);
        insn[0].imm = rows[i].imm;
        insn[1].imm = rows[i].upper;
        CASE("%s", rows[i].text);
        mybpf_disassemble(insn, 2, text, sizeof text);
        CHECK_TEXT(text, rows[i].text);
        CHECK_INT(assemble(rows[i].text, got, 2, &error), 2);
        CHECK(!memcmp(got, insn, sizeof insn));
    }
    char text[32];
    mybpf_insn alone = {0x18, 0, 0, 0, 0};
    mybpf_disassemble(&alone, 1, text, sizeof text);
    CHECK_TEXT(text, "(invalid 0x18)");
    alone.code = 0xff;
    mybpf_disassemble(&alone, 1, text, sizeof text);
    CHECK_TEXT(text, "(invalid 0xff)");
}

TEST(isa, other_ways_to_write_it)
{
    static const struct {
        const char *text, *same;
    } rows[] = {
        {"mov %r1, 5", "r1 = 5"},
        {"mov r1, 0xffffffff", "r1 = -1"},
        {"  r1=5 // comment", "r1 = 5"},
        {"r1 = 0x10 # comment", "r1 = 16"},
        {"r1\t=\t-0x10;comment", "r1 = -16"},
        {"r1 = -2147483648", "r1 = 0x80000000"},
        {"ldxdw %r0, [%r1+2]", "r0 = *(u64 *)(r1 + 2)"},
        {"ldxdw %r0, [%r1]", "r0 = *(u64 *)(r1 + 0)"},
        {"r0=*(u64*)(r1-2)", "r0 = *(u64 *)(r1 - 2)"},
        {"r0 = *(u64 *)(r1)", "r0 = *(u64 *)(r1 + 0)"},
        {"w0 = *(u8 *)(r1 + 1)", "r0 = *(u8 *)(r1 + 1)"},
        {"*(u32 *)(r10 - 4) = w3", "*(u32 *)(r10 - 4) = r3"},
        {"lock *(u32 *)(r1 + 0) += w2", "lock *(u32 *)(r1 + 0) += r2"},
        {"stxb [%r10-1], %r3", "*(u8 *)(r10 - 1) = r3"},
        {"stw [%r10-4], -1", "*(u32 *)(r10 - 4) = -1"},
        {"lock fetch add32 [%r10-8], %r1", "w1 = atomic_fetch_add((u32 *)(r10 - 8), w1)"},
        {"lock cmpxchg [%r10-8], %r1", "r0 = cmpxchg_64(r10 - 8, r0, r1)"},
        {"jsgt32 %r1, -1, +3", "if w1 s> -1 goto +3"},
        {"goto +1 <LBB0_1>", "goto +1"},
        {"call local +3", "call pc+3"},
        {"call %r2", "callx r2"},
        {"be16 %r0", "r0 = be16 r0"},
        {"swap32 %r4", "r4 = bswap32 r4"},
        {"neg32 %r4", "w4 = -w4"},
        {"movsx1632 %r0, %r1", "w0 = (s16)w1"},
        {"lddw %r0, 0x8877665544332211", "r0 = -8613303245920329199 ll"},
        {"r0 = 18446744073709551615 ll", "r0 = -1 ll"},
        {"ja +7", "goto +7"},
        {"ja32 -7", "gotol -7"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_insn a[2], b[2];
        mybpf_error error;
        memset(a, 0, sizeof a), memset(b, 0, sizeof b);
        CASE("%s", rows[i].text);
        int64_t slots = assemble(rows[i].text, a, 2, &error);
        CHECK_TEXT(error.message, "");
        CHECK_INT(slots, assemble(rows[i].same, b, 2, &error));
        CHECK(slots > 0);
        CHECK(!memcmp(a, b, sizeof a));
    }
}

TEST(isa, labels)
{
    static const char text[] = "# sum of 1..10\n"
                               "        r0 = 0\n"
                               "        r1 = 10 ll          ; two slots\n"
                               "loop:   if r1 == 0 goto out\n"
                               "        r0 += r1\n"
                               "        r1 -= 1\n"
                               "again: .L2:\n"
                               "        goto loop\r\n"
                               "out:\n"
                               "        call twice\n"
                               "        gotol end\n"
                               "twice:  r0 <<= 1\n"
                               "end:    exit";
    mybpf_insn insns[16];
    mybpf_error error;
    CHECK_INT(assemble(text, insns, 16, &error), 11);
    CHECK_TEXT(error.message, "");
    CHECK_INT(insns[3].off, 3);
    CHECK_INT(insns[6].off, -4);
    CHECK_INT(insns[7].code, 0x85);
    CHECK_INT(insns[7].src_reg, 1);
    CHECK_INT(insns[7].imm, 1);
    CHECK_INT(insns[8].imm, 1);
    CHECK_INT(assemble(text, NULL, 0, &error), 11);
    memset(insns, 0xee, sizeof insns); /* a LDDW is cut at the capacity too */
    CHECK_INT(assemble(text, insns, 2, &error), 11);
    CHECK_INT(insns[1].code, 0x18);
    CHECK_INT(insns[2].code, 0xee);

    /* `exit` as a target means the first exit, unless there is such a label */
    CHECK_INT(assemble("ja exit\nmov r0, 1\nexit\nmov r0, 2\nexit\n", insns, 16, &error), 5);
    CHECK_INT(insns[0].off, 1);
    CHECK_INT(assemble("ja exit\nmov r0, 1\nexit\nexit: mov r0, 2\nexit\n", insns, 16, &error), 5);
    CHECK_INT(insns[0].off, 2);
    CHECK_INT(assemble("", insns, 16, &error), 0);
    CHECK_INT(assemble("\n  # nothing\n", insns, 16, &error), 0);
}

/* More labels than a small table holds, near and far, before and behind the jump, several at one place. */
TEST(isa, many_labels)
{
    enum { LABELS = 5000 };
    static char text[LABELS * 48];
    static mybpf_insn insns[LABELS + 1];
    mybpf_error error;
    size_t used = 0;
    int wrong = 0;
    for (int i = 0; i < LABELS; i++)
        used += (size_t)sprintf(text + used, "l$%d: .m%d: if r0 == %d goto %s%d\n", i, i, i,
                                i % 3 ? "l$" : ".m", LABELS - 1 - i);
    sprintf(text + used, "exit");
    CHECK_INT(assemble(text, insns, LABELS + 1, &error), LABELS + 1);
    CHECK_TEXT(error.message, "");
    for (int i = 0; i < LABELS; i++) wrong += insns[i].off != LABELS - 2 - 2 * i || insns[i].imm != i;
    CHECK_INT(wrong, 0);
    sprintf(text + used, ".m2500: exit");
    CHECK_INT(assemble(text, insns, LABELS + 1, &error), MYBPF_ERR_SYNTAX);
    CHECK_TEXT(error.message, "label '.m2500' is defined twice");
    CHECK_INT(error.line, LABELS + 1);
    sprintf(text + used, "goto l$%d", LABELS);
    CHECK_INT(assemble(text, insns, LABELS + 1, &error), MYBPF_ERR_SYNTAX);
    CHECK_TEXT(error.message, "no label 'l$5000'");
}

TEST(isa, syntax_errors)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *message;
    } rows[] = {
        {"ldxq %r0, %r1", 1, "unknown instruction 'ldxq'"},
        {"exit\nfoo\n", 2, "unknown instruction 'foo'"},
        {"\n\n@", 3, "unknown instruction '@'"},
        {"r1 = w2", 1, "expected"},
        {"r1 ? 5", 1, "expected an operator, not '?'"},
        {"r1 =", 1, "at the end of the line"},
        {"r1 = 5 6", 1, "expected 'll' or end of line, not '6'"},
        {"r1 = 4294967296", 1, "number 4294967296 is out of range"},
        {"mov32 %r0, 2147483648", 1, "number 2147483648 is out of range"},
        {"mov32 %r0, 0x100000000", 1, "number 0x100000000 is out of range"},
        {"mov32 %r0, -2147483649", 1, "number -2147483649 is out of range"},
        {"r1 = 18446744073709551616 ll", 1, "number 18446744073709551616 is out of range"},
        {"ldxb %r0, [%r1+0x10000]", 1, "offset 0x10000 does not fit 16 bits"},
        {"goto -32769", 1, "offset -32769 does not fit 16 bits"},
        {"ldxb %r0, %r1", 1, "expected '[', not '%r1'"},
        {"or %r0, %r50", 1, "there is no register %r50"},
        {"r1 = -r2", 1, "register r2 must be the same in both places"},
        {"r2 = atomic_fetch_add((u64 *)(r1 + 0), r3)", 1, "register r3 must be the same in both places"},
        {"lddw %r0", 1, "expected ',' at the end of the line"},
        {"lock", 1, "at the end of the line"},
        {"lock or [%r10-8]", 1, "expected ',' at the end of the line"},
        {"goto 5", 1, "expected a jump target (+N, -N or a label), not '5'"},
        {"goto nowhere", 1, "no label 'nowhere'"},
        {"a:\na: exit", 2, "label 'a' is defined twice"},
        {"r1: exit", 1, "label 'r1' is the name of a register"},
        {"if r1 == r2 then exit", 1, "expected 'goto', not 'then'"},
        {"w1 = *(u64 *)(r2 + 0)", 1, "expected a type that fits (u8, u16, u32), not 'u64'"},
        {"r2 = load_acquire((u32 *)(r10 - 8))", 1, "expected a type that fits (u64), not 'u32'"},
        {"w2 = atomic_fetch_or((u64 *)(r1 + 0), w2)", 1, "expected a type that fits (u32), not 'u64'"},
        {"r1 = *(u128 *)(r2 + 0)", 1,
         "expected a type that fits (u8, u16, u32, u64, s8, s16, s32), not 'u128'"},
        {"w1 = *(s8 *)(r2 + 0)", 1, "expected"},
        {"r1 = *(u32 *)(r2 + 4", 1, "expected ')' at the end of the line"},
        {"exit2", 1, "unknown instruction 'exit2'"},
        {"callx 5", 1, "expected a 64-bit register (r0..r10), not '5'"},
        {"r1 = 12ab", 1, "expected"},
        {"r1 = main", 1, "expected '-' or a 64-bit register (r0..r10) or a number, not 'main'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf_insn insns[4];
        mybpf_error error;
        CASE("%s", rows[i].text);
        CHECK_INT(assemble(rows[i].text, insns, 4, &error), MYBPF_ERR_SYNTAX);
        CHECK_INT(error.code, MYBPF_ERR_SYNTAX);
        CHECK_INT(error.line, rows[i].line);
        if (!strstr(error.message, rows[i].message)) CHECK_TEXT(error.message, rows[i].message);
        CHECK_INT(mybpf_assemble(rows[i].text, strlen(rows[i].text), NULL, 0, NULL), MYBPF_ERR_SYNTAX);
    }
    static char far[400000]; /* a label too far for 16 bits; gotol reaches it */
    size_t used = (size_t)sprintf(far, "goto end\n");
    for (int i = 0; i < 32768; i++) used += (size_t)sprintf(far + used, "exit\n");
    sprintf(far + used, "end: exit\n");
    mybpf_insn first;
    mybpf_error error;
    CASE("far label");
    CHECK_INT(assemble(far, &first, 1, &error), MYBPF_ERR_SYNTAX);
    CHECK(strstr(error.message, "too far for 16 bits"));
    memcpy(far, "ja32 end", 8);
    CHECK_INT(assemble(far, &first, 1, &error), 32770);
    CHECK_INT(first.imm, 32768);
}

/* Every program text of the corpus becomes its bytes; what others refuse to assemble is refused. */
TEST(isa, corpus_texts)
{
    int texts = 0, refused = 0;
    for (size_t file = 0; file < sizeof corpora / sizeof *corpora; file++) {
        corpus c;
        if (!corpus_open(&c, corpora[file])) SKIP("MYBPF_CORPUS is not set");
        while (corpus_next(&c)) {
            const char *text = corpus_text(&c, "asm");
            size_t want_count = 0;
            const mybpf_insn *want = corpus_insns(&c, "program", &want_count);
            if (!text) continue;
            mybpf_insn got[4096];
            mybpf_error error;
            CASE("%s", corpus_text(&c, "name"));
            int64_t count = assemble(text, got, 4096, &error);
            if (corpus_has(&c, "assemble_error")) {
                CHECK_INT(count, MYBPF_ERR_SYNTAX);
                refused++;
            }
            if (!want) continue;
            texts++;
            CHECK_TEXT(error.message, "");
            CHECK_INT(count, want_count);
            for (int64_t i = 0; i < count && i < (int64_t)want_count; i++)
                if (memcmp(got + i, want + i, sizeof *got))
                    test_fail(__FILE__, __LINE__, "instruction %d differs", (int)i);
        }
        corpus_close(&c);
    }
    CHECK(texts > 300);
    CHECK(refused >= 9);
}

/* Every instruction of a program with a result passes the checks, every program made to have a bad field does
 * not. */
TEST(isa, corpus_fields)
{
    int good = 0, bad = 0;
    for (size_t file = 0; file < sizeof corpora / sizeof *corpora; file++) {
        corpus c;
        if (!corpus_open(&c, corpora[file])) SKIP("MYBPF_CORPUS is not set");
        while (corpus_next(&c)) {
            size_t count = 0;
            const mybpf_insn *insns = corpus_insns(&c, "program", &count);
            const char *name = corpus_text(&c, "name");
            int unused = !strncmp(name, "unused-", 7), positive = corpus_has(&c, "expect.r0");
            if (!insns || (!unused && !positive)) continue;
            mybpf_error error = {0};
            int status = 0;
            CASE("%s", name);
            for (size_t i = 0; i < count && !status; i += insns[i].code == 0x18 ? 2 : 1)
                status = mybpf_insn_check(insns + i, count - i, &error);
            if (unused) {
                char field[32]; /* "unused-neg-offset.data" */
                snprintf(field, sizeof field, "reserved field %.3s", strrchr(name, '-') + 1);
                CHECK_INT(status, MYBPF_ERR_VERIFY);
                CHECK(strstr(error.message, field));
                bad++;
            } else {
                CHECK_TEXT(error.message, "");
                good++;
            }
        }
        corpus_close(&c);
    }
    CHECK(good > 300);
    CHECK(bad > 40);
}
