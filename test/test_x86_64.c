/* test_x86_64.c: the x86-64 encoders: each shape of operands gives these bytes, and a disassembler reads them
 * as this text. Encoding needs no x86-64 host. */
#include "inside.h"
#include "test.h"

#if defined(__has_include) && defined(__linux__) && !defined(TEST_STATIC)
#    if __has_include(<capstone/capstone.h>)
#        define HAVE_CAPSTONE
#        include <capstone/capstone.h>
#        include <dlfcn.h>
#    endif
#endif

enum { W = MYBPF__X64_W };

static mybpf__x64_address indexed(unsigned base, unsigned index, unsigned scale, int32_t disp)
{
    mybpf__x64_address m = mybpf__x64_at(base, disp);
    m.index = (uint8_t)index;
    m.scale = (uint8_t)scale;
    return m;
}

/* X(call, bytes, text in Intel's syntax as capstone prints it) */
/* clang-format off */
#define ROWS(X) \
    X(mybpf__x64_push(b, MYBPF__RBX),                                                                        "53", "push rbx") \
    X(mybpf__x64_push(b, MYBPF__R13),                                                                        "4155", "push r13") \
    X(mybpf__x64_pop(b, MYBPF__RBP),                                                                         "5d", "pop rbp") \
    X(mybpf__x64_pop(b, MYBPF__R15),                                                                         "415f", "pop r15") \
    X(mybpf__x64_mov(b, W, MYBPF__RAX, MYBPF__RDI),                                                          "4889f8", "mov rax, rdi") \
    X(mybpf__x64_mov(b, 0, MYBPF__RAX, MYBPF__RDI),                                                          "89f8", "mov eax, edi") \
    X(mybpf__x64_mov(b, W, MYBPF__R8, MYBPF__R15),                                                           "4d89f8", "mov r8, r15") \
    X(mybpf__x64_mov(b, 0, MYBPF__RBX, MYBPF__R9),                                                           "4489cb", "mov ebx, r9d") \
    X(mybpf__x64_mov_imm(b, MYBPF__RAX, 0),                                                                  "31c0", "xor eax, eax") \
    X(mybpf__x64_mov_imm(b, MYBPF__R14, 0),                                                                  "4531f6", "xor r14d, r14d") \
    X(mybpf__x64_mov_imm(b, MYBPF__RSI, 1),                                                                  "be01000000", "mov esi, 1") \
    X(mybpf__x64_mov_imm(b, MYBPF__R13, 0xffffffff),                                                         "41bdffffffff", "mov r13d, 0xffffffff") \
    X(mybpf__x64_mov_imm(b, MYBPF__RDX, -1),                                                                 "48c7c2ffffffff", "mov rdx, -1") \
    X(mybpf__x64_mov_imm(b, MYBPF__R8, INT32_MIN),                                                           "49c7c000000080", "mov r8, -0x80000000") \
    X(mybpf__x64_mov_imm(b, MYBPF__RCX, INT64_MIN),                                                          "48b90000000000000080", "movabs rcx, 0x8000000000000000") \
    X(mybpf__x64_mov_imm(b, MYBPF__R11, 0x100000000),                                                        "49bb0000000001000000", "movabs r11, 0x100000000") \
    X(mybpf__x64_alu(b, MYBPF__X64_ADD, W, MYBPF__RAX, MYBPF__RCX),                                          "4801c8", "add rax, rcx") \
    X(mybpf__x64_alu(b, MYBPF__X64_OR, 0, MYBPF__R8, MYBPF__RDX),                                            "4109d0", "or r8d, edx") \
    X(mybpf__x64_alu(b, MYBPF__X64_AND, W, MYBPF__RSI, MYBPF__R14),                                          "4c21f6", "and rsi, r14") \
    X(mybpf__x64_alu(b, MYBPF__X64_SUB, W, MYBPF__R15, MYBPF__RBX),                                          "4929df", "sub r15, rbx") \
    X(mybpf__x64_alu(b, MYBPF__X64_XOR, 0, MYBPF__RDI, MYBPF__RDI),                                          "31ff", "xor edi, edi") \
    X(mybpf__x64_alu(b, MYBPF__X64_CMP, W, MYBPF__RDI, MYBPF__RDX),                                          "4839d7", "cmp rdi, rdx") \
    X(mybpf__x64_alu_imm(b, MYBPF__X64_ADD, W, MYBPF__RDX, 1),                                               "4883c201", "add rdx, 1") \
    X(mybpf__x64_alu_imm(b, MYBPF__X64_ADD, W, MYBPF__RDX, -128),                                            "4883c280", "add rdx, -0x80") \
    X(mybpf__x64_alu_imm(b, MYBPF__X64_ADD, W, MYBPF__RDX, 128),                                             "4881c280000000", "add rdx, 0x80") \
    X(mybpf__x64_alu_imm(b, MYBPF__X64_SUB, 0, MYBPF__RAX, 1000),                                            "2de8030000", "sub eax, 0x3e8") \
    X(mybpf__x64_alu_imm(b, MYBPF__X64_CMP, W, MYBPF__RAX, -1000),                                           "483d18fcffff", "cmp rax, -0x3e8") \
    X(mybpf__x64_alu_imm(b, MYBPF__X64_XOR, 0, MYBPF__R9, 0x7fffffff),                                       "4181f1ffffff7f", "xor r9d, 0x7fffffff") \
    X(mybpf__x64_shift_imm(b, 4, W, MYBPF__RAX, 1),                                                          "48d1e0", "shl rax, 1") \
    X(mybpf__x64_shift_imm(b, 5, 0, MYBPF__R9, 31),                                                          "41c1e91f", "shr r9d, 0x1f") \
    X(mybpf__x64_shift_imm(b, 7, W, MYBPF__RBX, 63),                                                         "48c1fb3f", "sar rbx, 0x3f") \
    X(mybpf__x64_shift_imm(b, 0, 0, MYBPF__RSI, 7),                                                          "c1c607", "rol esi, 7") \
    X(mybpf__x64_vex(b, MYBPF__X64_SHLX, W, MYBPF__RAX, MYBPF__RDI, MYBPF__RSI),                             "c4e2c9f7c7", "shlx rax, rdi, rsi") \
    X(mybpf__x64_vex(b, MYBPF__X64_SHLX, 0, MYBPF__R8, MYBPF__RCX, MYBPF__R15),                              "c46201f7c1", "shlx r8d, ecx, r15d") \
    X(mybpf__x64_vex(b, MYBPF__X64_SHRX, W, MYBPF__RBX, MYBPF__R14, MYBPF__RCX),                             "c4c2f3f7de", "shrx rbx, r14, rcx") \
    X(mybpf__x64_vex(b, MYBPF__X64_SARX, 0, MYBPF__R13, MYBPF__R9, MYBPF__R10),                              "c4422af7e9", "sarx r13d, r9d, r10d") \
    X(mybpf__x64_vex(b, MYBPF__X64_MULX, W, MYBPF__R11, MYBPF__R8, MYBPF__R11),                              "c442a3f6d8", "mulx r11, r11, r8") \
    X(mybpf__x64_vex(b, MYBPF__X64_MULX, W, MYBPF__RDX, MYBPF__RBX, MYBPF__RCX),                             "c4e2f3f6d3", "mulx rdx, rcx, rbx") \
    X((mybpf__x64_vex(b, MYBPF__X64_RORX, 0, MYBPF__RDX, MYBPF__RBP, 0), mybpf__buf_put_le(b, 7, 1)),        "c4e37bf0d507", "rorx edx, ebp, 7") \
    X((mybpf__x64_vex(b, MYBPF__X64_RORX, W, MYBPF__R11, MYBPF__R12, 0), mybpf__buf_put_le(b, 63, 1)),       "c443fbf0dc3f", "rorx r11, r12, 0x3f") \
    X(mybpf__x64_rr(b, 0xd3 | W, 4, MYBPF__R13),                                                             "49d3e5", "shl r13, cl") \
    X(mybpf__x64_rr(b, 0xf7 | W, 3, MYBPF__RCX),                                                             "48f7d9", "neg rcx") \
    X(mybpf__x64_rr(b, 0xf7, 6, MYBPF__R11),                                                                 "41f7f3", "div r11d") \
    X(mybpf__x64_rr(b, 0xf7 | W, 7, MYBPF__RBX),                                                             "48f7fb", "idiv rbx") \
    X(mybpf__x64_rr(b, 0xaf | MYBPF__X64_0F | W, MYBPF__RDX, MYBPF__R8),                                     "490fafd0", "imul rdx, r8") \
    X(mybpf__x64_rri(b, 0x6b | W, MYBPF__RAX, MYBPF__R9, -3, 1),                                             "496bc1fd", "imul rax, r9, -3") \
    X(mybpf__x64_rri(b, 0x69, MYBPF__R9, MYBPF__RAX, 1000, 4),                                               "4469c8e8030000", "imul r9d, eax, 0x3e8") \
    X(mybpf__x64_rr(b, 0x85 | W, MYBPF__RDI, MYBPF__RDI),                                                    "4885ff", "test rdi, rdi") \
    X(mybpf__x64_rri(b, 0xf6 | MYBPF__X64_BYTE_RM, 0, MYBPF__RDI, 8, 1),                                     "40f6c708", "test dil, 8") \
    X(mybpf__x64_rri(b, 0xf6 | MYBPF__X64_BYTE_RM, 0, MYBPF__RBX, 8, 1),                                     "f6c308", "test bl, 8") \
    X(mybpf__x64_rri(b, 0xf7 | W, 0, MYBPF__R14, -256, 4),                                                   "49f7c600ffffff", "test r14, -0x100") \
    X(mybpf__x64_rr(b, 0xb6 | MYBPF__X64_0F | MYBPF__X64_BYTE_RM, MYBPF__RAX, MYBPF__RSI),                   "400fb6c6", "movzx eax, sil") \
    X(mybpf__x64_rr(b, 0xbe | MYBPF__X64_0F | MYBPF__X64_BYTE_RM | W, MYBPF__R8, MYBPF__RCX),                "4c0fbec1", "movsx r8, cl") \
    X(mybpf__x64_rr(b, 0xb7 | MYBPF__X64_0F, MYBPF__RCX, MYBPF__R13),                                        "410fb7cd", "movzx ecx, r13w") \
    X(mybpf__x64_rr(b, 0x63 | W, MYBPF__RDX, MYBPF__RDX),                                                    "4863d2", "movsxd rdx, edx") \
    X(mybpf__x64_r(b, 0xc8 | MYBPF__X64_0F | W, MYBPF__R9),                                                  "490fc9", "bswap r9") \
    X(mybpf__x64_r(b, 0xc8 | MYBPF__X64_0F, MYBPF__RAX),                                                     "0fc8", "bswap eax") \
    X(mybpf__x64_rri(b, 0xc1 | MYBPF__X64_66, 1, MYBPF__RDX, 8, 1),                                          "66c1ca08", "ror dx, 8") \
    X(mybpf__x64_rri(b, 0xba | MYBPF__X64_0F | W, 5, MYBPF__R10, 32, 1),                                     "490fbaea20", "bts r10, 0x20") \
    X(mybpf__x64_rr(b, 0xff, 2, MYBPF__R11),                                                                 "41ffd3", "call r11") \
    X(mybpf__x64_movbe(b, 0xf0, MYBPF__RAX, mybpf__x64_at(MYBPF__RDI, 0)),                                   "0f38f007", "movbe eax, dword ptr [rdi]") \
    X(mybpf__x64_movbe(b, 0xf0 | W, MYBPF__R9, indexed(MYBPF__RSP, MYBPF__R14, 8, 0x12345)),                 "4e0f38f08cf445230100", "movbe r9, qword ptr [rsp + r14*8 + 0x12345]") \
    X(mybpf__x64_movbe(b, 0xf1 | MYBPF__X64_66, MYBPF__RSI, mybpf__x64_at(MYBPF__RBP, 2)),                   "660f38f17502", "movbe word ptr [rbp + 2], si") \
    X(mybpf__x64_movbe(b, 0xf1 | MYBPF__X64_66, MYBPF__R8, mybpf__x64_at(MYBPF__R13, -4)),                   "66450f38f145fc", "movbe word ptr [r13 - 4], r8w") \
    X(mybpf__x64_movbe(b, 0xf1, MYBPF__RDX, mybpf__x64_at(MYBPF__R12, 0)),                                   "410f38f11424", "movbe dword ptr [r12], edx") \
    X(mybpf__x64_rm(b, 0x8b | W, MYBPF__RAX, mybpf__x64_at(MYBPF__RDI, 0)),                                  "488b07", "mov rax, qword ptr [rdi]") \
    X(mybpf__x64_rm(b, 0x8b | W, MYBPF__RAX, mybpf__x64_at(MYBPF__RBP, 0)),                                  "488b4500", "mov rax, qword ptr [rbp]") \
    X(mybpf__x64_rm(b, 0x8b | W, MYBPF__RAX, mybpf__x64_at(MYBPF__R13, 0)),                                  "498b4500", "mov rax, qword ptr [r13]") \
    X(mybpf__x64_rm(b, 0x8b, MYBPF__R8, mybpf__x64_at(MYBPF__RSP, 0)),                                       "448b0424", "mov r8d, dword ptr [rsp]") \
    X(mybpf__x64_rm(b, 0x8b, MYBPF__R8, mybpf__x64_at(MYBPF__R12, 40)),                                      "458b442428", "mov r8d, dword ptr [r12 + 0x28]") \
    X(mybpf__x64_rm(b, 0x8b | W, MYBPF__RBX, mybpf__x64_at(MYBPF__RBP, -128)),                               "488b5d80", "mov rbx, qword ptr [rbp - 0x80]") \
    X(mybpf__x64_rm(b, 0x8b | W, MYBPF__RBX, mybpf__x64_at(MYBPF__RBP, -129)),                               "488b9d7fffffff", "mov rbx, qword ptr [rbp - 0x81]") \
    X(mybpf__x64_rm(b, 0x8b | W, MYBPF__R9, mybpf__x64_at(MYBPF__R9, 128)),                                  "4d8b8980000000", "mov r9, qword ptr [r9 + 0x80]") \
    X(mybpf__x64_rm(b, 0x8b, MYBPF__RAX, indexed(MYBPF__RDI, MYBPF__RSI, 1, 0)),                             "8b0437", "mov eax, dword ptr [rdi + rsi]") \
    X(mybpf__x64_rm(b, 0x8b, MYBPF__RAX, indexed(MYBPF__RBP, MYBPF__R15, 4, 0)),                             "428b44bd00", "mov eax, dword ptr [rbp + r15*4]") \
    X(mybpf__x64_rm(b, 0x8b | W, MYBPF__R10, indexed(MYBPF__R13, MYBPF__RAX, 8, 1000)),                      "4d8b94c5e8030000", "mov r10, qword ptr [r13 + rax*8 + 0x3e8]") \
    X(mybpf__x64_rm(b, 0xb6 | MYBPF__X64_0F, MYBPF__RDX, indexed(MYBPF__RSP, MYBPF__R9, 2, -4)),             "420fb6544cfc", "movzx edx, byte ptr [rsp + r9*2 - 4]") \
    X(mybpf__x64_lea(b, W, MYBPF__R8, indexed(MYBPF__RCX, MYBPF__RSI, 1, 0)),                                "4c8d0431", "lea r8, [rcx + rsi]") \
    X(mybpf__x64_lea(b, 0, MYBPF__RAX, mybpf__x64_at(MYBPF__R14, -8)),                                       "418d46f8", "lea eax, [r14 - 8]") \
    X(mybpf__x64_rm(b, 0x88 | MYBPF__X64_BYTE, MYBPF__RSI, mybpf__x64_at(MYBPF__RAX, 3)),                    "40887003", "mov byte ptr [rax + 3], sil") \
    X(mybpf__x64_rm(b, 0x88 | MYBPF__X64_BYTE, MYBPF__RCX, mybpf__x64_at(MYBPF__RAX, 3)),                    "884803", "mov byte ptr [rax + 3], cl") \
    X(mybpf__x64_rm(b, 0x89 | MYBPF__X64_66, MYBPF__R9, mybpf__x64_at(MYBPF__RBX, 2)),                       "6644894b02", "mov word ptr [rbx + 2], r9w") \
    X(mybpf__x64_rmi(b, 0xc6, 0, mybpf__x64_at(MYBPF__R8, -1), 7, 1),                                        "41c640ff07", "mov byte ptr [r8 - 1], 7") \
    X(mybpf__x64_rmi(b, 0xc7 | MYBPF__X64_66, 0, mybpf__x64_at(MYBPF__RDI, 0), 0x1234, 2),                   "66c7073412", "mov word ptr [rdi], 0x1234") \
    X(mybpf__x64_rmi(b, 0xc7 | W, 0, mybpf__x64_at(MYBPF__RSP, 8), -5, 4),                                   "48c7442408fbffffff", "mov qword ptr [rsp + 8], -5") \
    X(mybpf__x64_rmi(b, 0x83 | W, MYBPF__X64_SUB, mybpf__x64_at(MYBPF__R12, 32), 5, 1),                      "49836c242005", "sub qword ptr [r12 + 0x20], 5") \
    X(mybpf__x64_rm(b, 0x01 | MYBPF__X64_LOCK | W, MYBPF__R8, mybpf__x64_at(MYBPF__RDI, 16)),                "f04c014710", "lock add qword ptr [rdi + 0x10], r8") \
    X(mybpf__x64_rm(b, 0xc1 | MYBPF__X64_0F | MYBPF__X64_LOCK, MYBPF__RDX, mybpf__x64_at(MYBPF__R14, 0)),    "f0410fc116", "lock xadd dword ptr [r14], edx") \
    X(mybpf__x64_rm(b, 0xb1 | MYBPF__X64_0F | MYBPF__X64_LOCK | W, MYBPF__R11, mybpf__x64_at(MYBPF__R9, 0)), "f04d0fb119", "lock cmpxchg qword ptr [r9], r11") \
    X(mybpf__x64_rm(b, 0x87 | W, MYBPF__RSI, mybpf__x64_at(MYBPF__RDI, 0)),                                  "488737", "xchg qword ptr [rdi], rsi") \
    X(mybpf__x64_rm(b, 0xff, 2, mybpf__x64_at(MYBPF__R11, 80)),                                              "41ff5350", "call qword ptr [r11 + 0x50]") \
    X(mybpf__x64_rm(b, 0xff, 4, mybpf__x64_at(MYBPF__R9, 8)),                                                "41ff6108", "jmp qword ptr [r9 + 8]") \
    X(mybpf__x64_rm(b, 0x8f, 0, mybpf__x64_at(MYBPF__R12, 16)),                                              "418f442410", "pop qword ptr [r12 + 0x10]")
/* clang-format on */

static void hex(const uint8_t *bytes, size_t count, char *text)
{
    text[0] = 0;
    for (size_t i = 0; i < count; i++) sprintf(text + 2 * i, "%02x", bytes[i]);
}

#ifdef HAVE_CAPSTONE /* loaded at run time: the suite links without it */
static cs_err (*open_capstone)(cs_arch, cs_mode, csh *);
static size_t (*disassemble)(csh, const uint8_t *, size_t, uint64_t, size_t, cs_insn **);
static void (*release)(cs_insn *, size_t);
static csh capstone;

static int have_disassembler(void)
{
    void *library = capstone ? NULL : dlopen("libcapstone.so.4", RTLD_NOW);
    if (!library && !capstone) library = dlopen("libcapstone.so.5", RTLD_NOW);
    if (!library) return capstone != 0;
    *(void **)&open_capstone = dlsym(library, "cs_open");
    *(void **)&disassemble = dlsym(library, "cs_disasm");
    *(void **)&release = dlsym(library, "cs_free");
    return open_capstone && disassemble && release && !open_capstone(CS_ARCH_X86, CS_MODE_64, &capstone);
}

/* The text of the first instruction, "" when there is none or bytes are left. */
static void text_of(const uint8_t *bytes, size_t count, char *text, size_t size)
{
    cs_insn *insns = NULL;
    size_t found = disassemble(capstone, bytes, count, 0, 1, &insns);
    text[0] = 0;
    if (found == 1 && insns->size == count)
        snprintf(text, size, insns->op_str[0] ? "%s %s" : "%s", insns->mnemonic, insns->op_str);
    if (found) release(insns, found);
}
#else
static int have_disassembler(void) { return 0; }
static void text_of(const uint8_t *bytes, size_t count, char *text, size_t size)
{
    (void)bytes, (void)count, (void)size, text[0] = 0;
}
#endif

static void check_row(mybpf__buf *b, const char *bytes, const char *text, int read_back)
{
    char got[64];
    CASE("%s", text);
    hex(b->bytes, b->size, got);
    CHECK_TEXT(got, bytes);
    if (read_back) {
        char read[128];
        text_of(b->bytes, b->size, read, sizeof read);
        CHECK_TEXT(read, text);
    }
    b->size = 0;
}

static void check_rows(int read_back)
{
    mybpf_vm *vm = NULL;
    mybpf__buf buf, *b = &buf;
    memset(&buf, 0, sizeof buf);
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    buf.vm = vm;
#define ROW(call, bytes, text) call, check_row(b, bytes, text, read_back);
    ROWS(ROW)
#undef ROW
    mybpf__buf_free(&buf);
    mybpf_vm_destroy(vm);
}

TEST(x86_64, encodes) { check_rows(0); }

TEST(x86_64, is_read_back)
{
    if (!have_disassembler()) SKIP("capstone is not installed");
    check_rows(1);
}

/* Fixups: kind, form, distance between its start and its label. */
TEST(x86_64, branches)
{
    static const struct {
        uint8_t kind, form;
        uint64_t extra, to;
        const char *bytes;
    } rows[] = {
        {MYBPF__X64_JMP, 0, 0, 1000 + 2 + 127, "eb7f"},
        {MYBPF__X64_JMP, 0, 0, 1000 + 2 - 128, "eb80"},
        {MYBPF__X64_JMP, 1, 0, 1000 + 5 + 128, "e980000000"},
        {MYBPF__X64_JCC, 0, 5, 1000, "75fe"},
        {MYBPF__X64_JCC, 1, 15, 1000 + 6 - 129, "0f8f7fffffff"},
        {MYBPF__X64_CALL, 0, 0, 1000 + 5, "e800000000"},
        {MYBPF__X64_CALL_FAR, 1, 0, 0x1122334455667788, "49bb887766554433221141ffd3"},
        {MYBPF__X64_LEA_LABEL, 0, MYBPF__R9, 1000 + 7 + 16, "4c8d0d10000000"},
        {MYBPF__X64_LEA_LABEL, 0, MYBPF__RDX, 1000, "488d15f9ffffff"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        mybpf__fixup fixup;
        uint8_t bytes[16];
        char got[64];
        memset(&fixup, 0, sizeof fixup);
        fixup.kind = rows[i].kind;
        fixup.form = rows[i].form;
        fixup.extra = rows[i].extra;
        CASE("row %zu", i);
        mybpf__x64_fixup_write(bytes, &fixup, 1000, rows[i].to);
        hex(bytes, mybpf__x64_fixup_size(&fixup, fixup.form), got);
        CHECK_TEXT(got, rows[i].bytes);
        CHECK(mybpf__x64_fixup_reaches(&fixup, fixup.form, 1000, rows[i].to, 1) ||
              rows[i].kind == MYBPF__X64_CALL_FAR);
    }
    mybpf__fixup jump;
    memset(&jump, 0, sizeof jump);
    CHECK(!mybpf__x64_fixup_reaches(&jump, 0, 1000, 1000 + 2 + 128, 1));
    CHECK(!mybpf__x64_fixup_reaches(&jump, 0, 1000, 1000 + 2 - 129, 1));
}

TEST(x86_64, padding_is_nops)
{
    uint8_t bytes[64];
    char text[128];
    if (!have_disassembler()) SKIP("capstone is not installed");
    for (uint32_t count = 1; count <= 9; count++) {
        mybpf__x64_nops(bytes, count);
        text_of(bytes, count, text, sizeof text);
        CHECK(!strncmp(text, "nop", 3) || !strcmp(text, "xchg ax, ax") || strstr(text, "nop"));
    }
}
