/* test_riscv64.c: the RISC-V encoders: each shape of operands gives these bytes, in the short form where
 * there is one, and a disassembler reads them as this text. Encoding needs no RISC-V host. */
#ifndef MYBPF_NO_ELF /* what is not needed here takes half of the time to compile */
#    define MYBPF_NO_ELF
#endif
#define MYBPF_NO_PROVER
#define MYBPF_NO_INSTANCES
#define MYBPF_NO_SYS
#define MYBPF_NO_COMPUTED_GOTO
#define MYBPF_SMALL
#define MYBPF_STATIC
#define MYBPF_IMPLEMENTATION
#include "mybpf.h"
#include "mybpf_aot.h"
#include "mybpf_jit.h"
#include "test.h"

#include <stdlib.h>

#define R(op, rd, rs1, rs2)  mybpf__rv_r(op, rd, rs1, rs2)
#define I(op, rd, rs1, imm)  mybpf__rv_i(op, rd, rs1, imm)
#define S(op, rs2, rs1, imm) mybpf__rv_s(op, rs2, rs1, imm)
#define U(op, rd, imm)       mybpf__rv_u(op, rd, (uint64_t)(imm))
#define PAIR(op, rs1, rs2)   ((op) | (rs1) << 15 | (rs2) << 20)
#define PUT(word)            mybpf__rv_put(b, word)
#define LI(rd, imm)          mybpf__rv_li(b, rd, (int64_t)(imm))

/* clang-format off */
enum { ZERO, RA, SP, T0 = 5, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5, S2 = 18, S3, S4, S5, S10 = 26, T3 = 28, T4, T6 = 31 };
#define NAMES(X) X(ADD) X(SUB) X(SLL) X(XOR) X(SRL) X(SRA) X(OR) X(AND) X(MUL) X(DIV) X(DIVU) X(REM) X(REMU) X(W)  \
    X(IMM) X(ADDI) X(SLLI) X(SRLI) X(SRAI) X(ANDI) X(LUI) X(AUIPC) X(LW) X(LD) X(SB) X(SW) X(SD) X(JALR) X(AMO)    \
    X(ADD_UW) X(SH1ADD) X(SH_NEXT) X(ZEXT_H) X(SEXT_B) X(SEXT_H) X(REV8) X(CPOP) X(RORI) X(LR) X(SC) X(ACQUIRE) X(RELEASE) X(FENCE_R_RW) X(FENCE_RW_W)  \
    X(BEQ) X(BNE) X(BLT) X(BGE) X(BLTU) X(BGEU)
#define NAME(name) name = MYBPF__RV_##name,
enum { NAMES(NAME) NAME_COUNT };

/* X(call, bytes, instructions as llvm-mc prints them) */
#define ROWS(X) \
    X(PUT(R(ADD_UW, A0, A1, ZERO)),                               "3b850508", "add.uw a0, a1, zero") \
    X(PUT(R(ADD_UW, S2, S2, T6)),                                 "3b09f909", "add.uw s2, s2, t6") \
    X(PUT(R(SH1ADD, A0, A1, A2)),                                 "33a5c520", "sh1add a0, a1, a2") \
    X(PUT(R(SH1ADD + SH_NEXT, S3, S3, A0)),                       "b3c9a920", "sh2add s3, s3, a0") \
    X(PUT(R(SH1ADD + 2 * SH_NEXT, T0, T1, T0)),                   "b3625320", "sh3add t0, t1, t0") \
    X(PUT(R(ZEXT_H, A0, A0, ZERO)),                               "3b450508", "zext.h a0, a0") \
    X(PUT(R(SEXT_B, A1, A1, ZERO)),                               "93954560", "sext.b a1, a1") \
    X(PUT(R(SEXT_H, T6, S0, ZERO)),                               "931f5460", "sext.h t6, s0") \
    X(PUT(R(REV8, A0, A0, ZERO)),                                 "1355856b", "rev8 a0, a0") \
    X(PUT(R(REV8, S3, A5, ZERO)),                                 "93d9876b", "rev8 s3, a5") \
    X(PUT(R(CPOP, A0, A0, ZERO)),                                 "13152560", "cpop a0, a0") \
    X(PUT(R(CPOP | W, A3, T4, ZERO)),                             "9b962e60", "cpopw a3, t4") \
    X(PUT(I(RORI, A0, A0, 63)),                                   "1355f563", "rori a0, a0, 63") \
    X(PUT(I(RORI, A0, A0, 5)),                                    "13555560", "rori a0, a0, 5") \
    X(PUT(I(RORI | W, S1, S1, 31)),                               "9bd4f461", "roriw s1, s1, 31") \
    X(PUT(I(RORI | W, T1, A0, 1)),                                "1b531560", "roriw t1, a0, 1") \
    X(PUT(I(ADDI, A0, A1, 0)),                               "2e85", "c.mv a0, a1") \
    X(PUT(I(ADDI, S2, T6, 0)),                               "7e89", "c.mv s2, t6") \
    X(PUT(I(ADDI, A0, ZERO, 31)),                            "7d45", "c.li a0, 31") \
    X(PUT(I(ADDI, A0, ZERO, -32)),                           "0155", "c.li a0, -32") \
    X(PUT(I(ADDI, A0, ZERO, 32)),                            "13050002", "addi a0, zero, 32") \
    X(PUT(I(ADDI, A0, ZERO, -2048)),                         "13050080", "addi a0, zero, -2048") \
    X(PUT(I(ADDI, S3, S3, 1)),                               "8509", "c.addi s3, 1") \
    X(PUT(I(ADDI, S3, S3, -32)),                             "8119", "c.addi s3, -32") \
    X(PUT(I(ADDI, S3, S3, -33)),                             "9389f9fd", "addi s3, s3, -33") \
    X(PUT(I(ADDI, A0, A1, 1)),                               "13851500", "addi a0, a1, 1") \
    X(PUT(I(ADDI, SP, SP, -16)),                             "4111", "c.addi sp, -16") \
    X(PUT(I(ADDI, SP, SP, -512)),                            "0171", "c.addi16sp sp, -512") \
    X(PUT(I(ADDI, SP, SP, 496)),                             "7d61", "c.addi16sp sp, 496") \
    X(PUT(I(ADDI, SP, SP, 336)),                             "7161", "c.addi16sp sp, 336") \
    X(PUT(I(ADDI, SP, SP, 160)),                             "0d61", "c.addi16sp sp, 160") \
    X(PUT(I(ADDI, SP, SP, 512)),                             "13010120", "addi sp, sp, 512") \
    X(PUT(I(ADDI, SP, SP, 40)),                              "13018102", "addi sp, sp, 40") \
    X(PUT(I(ADDI, A5, SP, 4)),                               "5c00", "c.addi4spn a5, sp, 4") \
    X(PUT(I(ADDI, S0, SP, 1020)),                            "e01f", "c.addi4spn s0, sp, 1020") \
    X(PUT(I(ADDI, A2, SP, 680)),                             "3015", "c.addi4spn a2, sp, 680") \
    X(PUT(I(ADDI, A2, SP, 344)),                             "b00a", "c.addi4spn a2, sp, 344") \
    X(PUT(I(ADDI, A2, SP, 1024)),                            "13060140", "addi a2, sp, 1024") \
    X(PUT(I(ADDI, A2, SP, 6)),                               "13066100", "addi a2, sp, 6") \
    X(PUT(I(ADDI, T0, SP, 8)),                               "93028100", "addi t0, sp, 8") \
    X(PUT(I(ADDI | W, A0, A0, 0)),                           "0125", "c.addiw a0, 0") \
    X(PUT(I(ADDI | W, T3, T3, -32)),                         "013e", "c.addiw t3, -32") \
    X(PUT(I(ADDI | W, T0, A0, 0)),                           "9b020500", "addiw t0, a0, 0") \
    X(PUT(I(ADDI | W, A0, A0, 1000)),                        "1b05853e", "addiw a0, a0, 1000") \
    X(PUT(I(ANDI, A0, A0, 31)),                              "7d89", "c.andi a0, 31") \
    X(PUT(I(ANDI, A0, A0, -32)),                             "0199", "c.andi a0, -32") \
    X(PUT(I(ANDI, A0, A0, 255)),                             "1375f50f", "andi a0, a0, 255") \
    X(PUT(I(ANDI, T0, T0, 1)),                               "93f21200", "andi t0, t0, 1") \
    X(PUT(I(OR ^ IMM, A0, A1, -1)),                          "13e5f5ff", "ori a0, a1, -1") \
    X(PUT(I(XOR ^ IMM, S5, S5, 2047)),                       "93cafa7f", "xori s5, s5, 2047") \
    X(PUT(I(SLLI, A0, A0, 1)),                               "0605", "c.slli a0, 1") \
    X(PUT(I(SLLI, T6, T6, 63)),                              "fe1f", "c.slli t6, 63") \
    X(PUT(I(SLLI, A0, A1, 32)),                              "13950502", "slli a0, a1, 32") \
    X(PUT(I(SRLI, A0, A0, 32)),                              "0191", "c.srli a0, 32") \
    X(PUT(I(SRLI, S1, S1, 31)),                              "fd80", "c.srli s1, 31") \
    X(PUT(I(SRLI, T0, T0, 32)),                              "93d20202", "srli t0, t0, 32") \
    X(PUT(I(SRAI, A5, A5, 63)),                              "fd97", "c.srai a5, 63") \
    X(PUT(I(SRAI, A5, A4, 63)),                              "9357f743", "srai a5, a4, 63") \
    X(PUT(I(SLLI | W, A0, A0, 31)),                          "1b15f501", "slliw a0, a0, 31") \
    X(PUT(I(SRLI | W, A0, A0, 7)),                           "1b557500", "srliw a0, a0, 7") \
    X(PUT(I(SRAI | W, A0, A1, 31)),                          "1bd5f541", "sraiw a0, a1, 31") \
    X(PUT(R(ADD, A0, A0, A1)),                               "2e95", "c.add a0, a1") \
    X(PUT(R(ADD, A0, A1, A0)),                               "2e95", "c.add a0, a1") \
    X(PUT(R(ADD, S10, S10, T6)),                             "7e9d", "c.add s10, t6") \
    X(PUT(R(ADD, A0, A1, A2)),                               "3385c500", "add a0, a1, a2") \
    X(PUT(R(ADD | W, A0, A1, A0)),                           "2d9d", "c.addw a0, a1") \
    X(PUT(R(ADD | W, T0, T0, A0)),                           "bb82a200", "addw t0, t0, a0") \
    X(PUT(R(SUB, A0, A0, A1)),                               "0d8d", "c.sub a0, a1") \
    X(PUT(R(SUB, A0, A1, A0)),                               "3385a540", "sub a0, a1, a0") \
    X(PUT(R(SUB, A0, ZERO, A0)),                             "3305a040", "sub a0, zero, a0") \
    X(PUT(R(SUB | W, S0, S0, S1)),                           "059c", "c.subw s0, s1") \
    X(PUT(R(SUB | W, S0, S1, S0)),                           "3b848440", "subw s0, s1, s0") \
    X(PUT(R(XOR, A3, A3, A4)),                               "b98e", "c.xor a3, a4") \
    X(PUT(R(OR, A3, A4, A3)),                                "d98e", "c.or a3, a4") \
    X(PUT(R(AND, A3, A3, A3)),                               "f58e", "c.and a3, a3") \
    X(PUT(R(AND, T2, T2, T1)),                               "b3f36300", "and t2, t2, t1") \
    X(PUT(R(SLL, A0, A0, A1)),                               "3315b500", "sll a0, a0, a1") \
    X(PUT(R(SLL | W, A0, A0, A1)),                           "3b15b500", "sllw a0, a0, a1") \
    X(PUT(R(SRL, A0, A1, A2)),                               "33d5c500", "srl a0, a1, a2") \
    X(PUT(R(SRL | W, A0, A1, A2)),                           "3bd5c500", "srlw a0, a1, a2") \
    X(PUT(R(SRA, A0, A1, A0)),                               "33d5a540", "sra a0, a1, a0") \
    X(PUT(R(SRA | W, A0, A1, A2)),                           "3bd5c540", "sraw a0, a1, a2") \
    X(PUT(R(MUL, A0, A1, A2)),                               "3385c502", "mul a0, a1, a2") \
    X(PUT(R(DIV, A0, A1, A2)),                               "33c5c502", "div a0, a1, a2") \
    X(PUT(R(DIVU, A0, A1, A2)),                              "33d5c502", "divu a0, a1, a2") \
    X(PUT(R(REM, A0, A1, A2)),                               "33e5c502", "rem a0, a1, a2") \
    X(PUT(R(REMU, A0, A1, A2)),                              "33f5c502", "remu a0, a1, a2") \
    X(PUT(R(DIV | W, A0, A1, A2)),                           "3bc5c502", "divw a0, a1, a2") \
    X(PUT(R(DIVU | W, A0, A1, A2)),                          "3bd5c502", "divuw a0, a1, a2") \
    X(PUT(R(REM | W, A0, A1, A2)),                           "3be5c502", "remw a0, a1, a2") \
    X(PUT(R(REMU | W, A0, A1, A2)),                          "3bf5c502", "remuw a0, a1, a2") \
    X(PUT(I(LD, A0, A1, 0)),                                 "8861", "c.ld a0, 0(a1)") \
    X(PUT(I(LD, A0, A1, 248)),                               "e87d", "c.ld a0, 248(a1)") \
    X(PUT(I(LD, A0, A1, 256)),                               "03b50510", "ld a0, 256(a1)") \
    X(PUT(I(LD, A0, A1, -8)),                                "03b585ff", "ld a0, -8(a1)") \
    X(PUT(I(LD, A0, A1, 4)),                                 "03b54500", "ld a0, 4(a1)") \
    X(PUT(I(LD, A0, S4, 40)),                                "03358a02", "ld a0, 40(s4)") \
    X(PUT(I(LD, RA, SP, 0)),                                 "8260", "c.ldsp ra, 0(sp)") \
    X(PUT(I(LD, RA, SP, 504)),                               "fe70", "c.ldsp ra, 504(sp)") \
    X(PUT(I(LD, RA, SP, 512)),                               "83300120", "ld ra, 512(sp)") \
    X(PUT(I(LD, ZERO, SP, 8)),                               "03308100", "ld zero, 8(sp)") \
    X(PUT(I(LW, S0, S1, 124)),                               "e05c", "c.lw s0, 124(s1)") \
    X(PUT(I(LW, S0, S1, 84)),                                "e048", "c.lw s0, 84(s1)") \
    X(PUT(I(LW, S0, S1, 128)),                               "03a40408", "lw s0, 128(s1)") \
    X(PUT(I(LW, T1, SP, 252)),                               "7e53", "c.lwsp t1, 252(sp)") \
    X(PUT(I(LW, T1, SP, 256)),                               "03230110", "lw t1, 256(sp)") \
    X(PUT(I(LW | 0x4000, A0, A1, 4)),                        "03e54500", "lwu a0, 4(a1)") \
    X(PUT(I(0x03, A0, A1, -1)),                              "0385f5ff", "lb a0, -1(a1)") \
    X(PUT(I(0x4003, A0, A1, 2047)),                          "03c5f57f", "lbu a0, 2047(a1)") \
    X(PUT(I(0x1003, A0, A1, 2)),                             "03952500", "lh a0, 2(a1)") \
    X(PUT(I(0x5003, A0, A1, -2048)),                         "03d50580", "lhu a0, -2048(a1)") \
    X(PUT(S(SD, A0, A1, 168)),                               "c8f5", "c.sd a0, 168(a1)") \
    X(PUT(S(SD, A0, A1, 80)),                                "a8e9", "c.sd a0, 80(a1)") \
    X(PUT(S(SD, ZERO, A1, 8)),                               "23b40500", "sd zero, 8(a1)") \
    X(PUT(S(SD, A0, A1, -8)),                                "23bca5fe", "sd a0, -8(a1)") \
    X(PUT(S(SD, RA, SP, 504)),                               "86ff", "c.sdsp ra, 504(sp)") \
    X(PUT(S(SD, ZERO, SP, 64)),                              "82e0", "c.sdsp zero, 64(sp)") \
    X(PUT(S(SD, RA, SP, 512)),                               "23301120", "sd ra, 512(sp)") \
    X(PUT(S(SW, A0, A1, 40)),                                "88d5", "c.sw a0, 40(a1)") \
    X(PUT(S(SW, S2, SP, 172)),                               "4ad7", "c.swsp s2, 172(sp)") \
    X(PUT(S(SW, S2, SP, 84)),                                "caca", "c.swsp s2, 84(sp)") \
    X(PUT(S(SW, S2, S0, 4)),                                 "23222401", "sw s2, 4(s0)") \
    X(PUT(S(SB | 0x1000, A0, A1, -2)),                       "239fa5fe", "sh a0, -2(a1)") \
    X(PUT(S(SB, T1, SP, 2047)),                              "a30f617e", "sb t1, 2047(sp)") \
    X(PUT(R(AMO | 0x2000, ZERO, A1, A2)),                    "2fa0c500", "amoadd.w zero, a2, (a1)") \
    X(PUT(R(AMO | 0x3000 | ACQUIRE | RELEASE, A0, T0, A0)),  "2fb5a206", "amoadd.d.aqrl a0, a0, (t0)") \
    X(PUT(R(AMO | 0x8003000, A0, A1, A2)),                   "2fb5c508", "amoswap.d a0, a2, (a1)") \
    X(PUT(R(AMO | 0x20002000, A0, A1, A2)),                  "2fa5c520", "amoxor.w a0, a2, (a1)") \
    X(PUT(R(AMO | 0x40002000, A0, A1, A2)),                  "2fa5c540", "amoor.w a0, a2, (a1)") \
    X(PUT(R(AMO | 0x60003000, A0, A1, A2)),                  "2fb5c560", "amoand.d a0, a2, (a1)") \
    X(PUT(R(LR | 0x3000 | ACQUIRE | RELEASE, T2, A1, ZERO)), "afb30516", "lr.d.aqrl t2, (a1)") \
    X(PUT(R(SC | 0x2000 | RELEASE, T3, A1, S1)),             "2fae951a", "sc.w.rl t3, s1, (a1)") \
    X(PUT(FENCE_R_RW),                                       "0f003002", "fence r, rw") \
    X(PUT(FENCE_RW_W),                                       "0f001003", "fence rw, w") \
    X(PUT(I(JALR, ZERO, RA, 0)),                             "8280", "c.jr ra") \
    X(PUT(I(JALR, RA, T1, 0)),                               "0293", "c.jalr t1") \
    X(PUT(I(JALR, RA, T1, 4)),                               "e7004300", "jalr ra, 4(t1)") \
    X(PUT(U(LUI, A0, 0x1000)),                               "0565", "c.lui a0, 1") \
    X(PUT(U(LUI, T6, 0x1f000)),                              "fd6f", "c.lui t6, 31") \
    X(PUT(U(LUI, T6, -0x20000)),                             "817f", "c.lui t6, 1048544") \
    X(PUT(U(LUI, A0, 0x20000)),                              "37050200", "lui a0, 32") \
    X(PUT(U(LUI, SP, 0x1000)),                               "37110000", "lui sp, 1") \
    X(PUT(U(AUIPC, T6, 0x12345000)),                         "975f3412", "auipc t6, 74565") \
    X(LI(A0, 0),                                             "0145", "c.li a0, 0") \
    X(LI(A0, -1),                                            "7d55", "c.li a0, -1") \
    X(LI(A0, 2047),                                          "1305f07f", "addi a0, zero, 2047") \
    X(LI(A0, 2048),                                          "05651b050580", "c.lui a0, 1; addiw a0, a0, -2048") \
    X(LI(A0, 4096),                                          "0565", "c.lui a0, 1") \
    X(LI(A0, 0x12345678),                                    "375534121b058567", "lui a0, 74565; addiw a0, a0, 1656") \
    X(LI(A0, INT32_MAX),                                     "370500807d35", "lui a0, 524288; c.addiw a0, -1") \
    X(LI(A0, INT32_MIN),                                     "37050080", "lui a0, 524288") \
    X(LI(A0, 0x80000000),                                    "05457e05", "c.li a0, 1; c.slli a0, 31") \
    X(LI(A0, 0xffffffff),                                    "7d550191", "c.li a0, -1; c.srli a0, 32") \
    X(LI(A0, 0xdeadbeef),                                    "37c5adde1b05f5ee02150191", "lui a0, 912092; addiw a0, a0, -273; c.slli a0, 32; c.srli a0, 32") \
    X(LI(A0, 0x100000000),                                   "05450215", "c.li a0, 1; c.slli a0, 32") \
    X(LI(A0, INT64_MIN),                                     "7d557e15", "c.li a0, -1; c.slli a0, 63") \
    X(LI(A0, INT64_MAX),                                     "79550581", "c.li a0, -2; c.srli a0, 1") \
    X(LI(A0, 0xff00ff00ff00ff),                              "3705ff001b05f50f42051305f50f42051305f50f", "lui a0, 4080; addiw a0, a0, 255; c.slli a0, 16; addi a0, a0, 255; c.slli a0, 16; addi a0, a0, 255") \
    X(LI(T6, 0x123456789abcdef0),                            "b75f34129b8f9f67821f37efbc9a1b0f0feffa9f", "lui t6, 74565; addiw t6, t6, 1657; c.slli t6, 32; lui t5, 633806; addiw t5, t5, -272; c.add t6, t5") \
    X(LI(T6, -0x123456789abcdef0),                           "b7bfcbed9b8f7f98821f372f43651b0f0f11fa9f", "lui t6, 974011; addiw t6, t6, -1657; c.slli t6, 32; lui t5, 414770; addiw t5, t5, 272; c.add t6, t5")
/* clang-format on */

/* Fixups: kind, form, what goes with it, distance between its start and its label (or an address), and
 * whether it reaches just so far: not two bytes further. */
static const struct {
    uint8_t kind, form;
    uint64_t extra;
    int64_t to;
    int edge;
    const char *bytes, *text;
} fixups[] = {
    {MYBPF__RV_JUMP, 0, 0, 2046, 1, "fdaf", "c.j 2046"},
    {MYBPF__RV_JUMP, 0, 0, -2048, 1, "01b0", "c.j -2048"},
    {MYBPF__RV_JUMP, 0, 0, 1364, 0, "91ab", "c.j 1364"},
    {MYBPF__RV_JUMP, 0, 0, -1366, 0, "6db4", "c.j -1366"},
    {MYBPF__RV_JUMP, 1, 0, 1048574, 1, "6ff0ff7f", "jal zero, 1048574"},
    {MYBPF__RV_JUMP, 1, 0, -1048576, 1, "6f000080", "jal zero, -1048576"},
    {MYBPF__RV_JUMP, 1, 0, 699050, 0, "6fa0ba2a", "jal zero, 699050"},
    {MYBPF__RV_JUMP, 1, 0, 349524, 0, "6f504555", "jal zero, 349524"},
    {MYBPF__RV_JUMP, 2, 0, 1048576, 0, "970f100067800f00", "auipc t6, 256; jalr zero, 0(t6)"},
    {MYBPF__RV_JUMP, 2, 0, -305419896, 0, "97bfcbed67808f98", "auipc t6, 974011; jalr zero, -1656(t6)"},
    {MYBPF__RV_JUMP, 2, 0, 2147481598, 1, "97ffff7f6780ef7f", "auipc t6, 524287; jalr zero, 2046(t6)"},
    {MYBPF__RV_BRANCH_ZERO, 0, PAIR(BEQ, A0, ZERO), 254, 1, "7dcd", "c.beqz a0, 254"},
    {MYBPF__RV_BRANCH_ZERO, 0, PAIR(BNE, A5, ZERO), -256, 1, "81f3", "c.bnez a5, -256"},
    {MYBPF__RV_BRANCH_ZERO, 0, PAIR(BNE, S0, ZERO), 170, 0, "4de4", "c.bnez s0, 170"},
    {MYBPF__RV_BRANCH_ZERO, 0, PAIR(BNE, S0, ZERO), 84, 0, "31e8", "c.bnez s0, 84"},
    {MYBPF__RV_BRANCH_ZERO, 1, PAIR(BEQ, A0, ZERO), 4094, 1, "e30f057e", "beq a0, zero, 4094"},
    {MYBPF__RV_BRANCH_ZERO, 2, PAIR(BEQ, A0, ZERO), 4096, 0, "631405006f00d07f",
     "bne a0, zero, 8; jal zero, 4092"},
    {MYBPF__RV_BRANCH_ZERO, 3, PAIR(BEQ, A0, ZERO), 1048580, 0, "63160500970f100067800f00",
     "bne a0, zero, 12; auipc t6, 256; jalr zero, 0(t6)"},
    {MYBPF__RV_BRANCH, 0, PAIR(BLTU, A0, S2), 4094, 1, "e36f257f", "bltu a0, s2, 4094"},
    {MYBPF__RV_BRANCH, 0, PAIR(BGEU, T0, A1), -4096, 1, "63f0b280", "bgeu t0, a1, -4096"},
    {MYBPF__RV_BRANCH, 0, PAIR(BLT, A0, A1), 2730, 0, "e345b52a", "blt a0, a1, 2730"},
    {MYBPF__RV_BRANCH, 0, PAIR(BGE, A0, A1), 1364, 0, "635ab554", "bge a0, a1, 1364"},
    {MYBPF__RV_BRANCH, 1, PAIR(BLTU, A0, S2), 1048578, 1, "637425016ff0ff7f",
     "bgeu a0, s2, 8; jal zero, 1048574"},
    {MYBPF__RV_BRANCH, 1, PAIR(BNE, A0, A1), -1048572, 1, "6304b5006f000080",
     "beq a0, a1, 8; jal zero, -1048576"},
    {MYBPF__RV_BRANCH, 2, PAIR(BLT, A0, A1), 1048580, 0, "6356b500970f100067800f00",
     "bge a0, a1, 12; auipc t6, 256; jalr zero, 0(t6)"},
    {MYBPF__RV_CALL, 0, 0, 1048574, 1, "eff0ff7f", "jal ra, 1048574"},
    {MYBPF__RV_CALL, 1, 0, 1048576, 0, "97001000e7800000", "auipc ra, 256; jalr ra, 0(ra)"},
    {MYBPF__RV_CALL, 1, 0, -1048578, 0, "9700f0ffe780e0ff", "auipc ra, 1048320; jalr ra, -2(ra)"},
    {MYBPF__RV_CALL_FAR, 0, 0, 16777216, 0, "970fe000e7800f00", "auipc t6, 3584; jalr ra, 0(t6)"},
    {MYBPF__RV_CALL_FAR, 1, 0x123456789ab8, 20015998343864, 0, "930fd0488a1f37af78561b0f8fabfa9f829f",
     "addi t6, zero, 1165; c.slli t6, 34; lui t5, 354186; addiw t5, t5, -1352; c.add t6, t5; c.jalr t6"},
    {MYBPF__RV_ADDRESS, 0, A0, 305419896, 0, "1755341213058567", "auipc a0, 74565; addi a0, a0, 1656"},
    {MYBPF__RV_ADDRESS, 0, T0, -2048, 0, "9702000093820280", "auipc t0, 0; addi t0, t0, -2048"},
};
enum { FIXUP_COUNT = sizeof fixups / sizeof *fixups, FROM = 0x200000 };

static mybpf__fixup fixup_of(size_t row)
{
    mybpf__fixup fixup;
    memset(&fixup, 0, sizeof fixup);
    fixup.kind = fixups[row].kind;
    fixup.form = fixups[row].form;
    fixup.extra = fixups[row].extra;
    return fixup;
}

static uint64_t target_of(size_t row)
{
    return fixups[row].kind == MYBPF__RV_CALL_FAR ? (uint64_t)fixups[row].to
                                                  : FROM + (uint64_t)fixups[row].to;
}

static void write_fixup(mybpf__buf *b, size_t row)
{
    mybpf__fixup fixup = fixup_of(row);
    uint8_t *at = mybpf__buf_reserve(b, 64);
    mybpf__rv_fixup_write(at, &fixup, FROM, target_of(row));
    b->size += mybpf__rv_fixup_size(&fixup, fixup.form);
}

/* Whole programs, trusted, as BARE images: the function, then the way in. */
static const struct {
    const char *program, *bytes, *text;
} programs[] = {
    {"w0 = 0\nw2 = w1\nloop: w0 += w2\nw2 += -1\nif w2 s> 0 goto loop\nexit",
     "0145be852e9502150191fd35e34cb0fe8280aa87f5b7",
     "c.li a0, 0; c.mv a1, a5; c.add a0, a1; c.slli a0, 32; c.srli a0, 32; c.addiw a1, -1; blt zero, a1, -8; "
     "c.jr ra; c.mv a5, a0; c.j -20"},
    {"r2 = *(u32 *)(r1 + 4)\nw2 *= 3\nif w2 > 7 goto +1\n*(u32 *)(r1 + 4) = w2\nr0 = r2\nexit",
     "cc430d43b3856502821581911d439b82050063635300ccc32e858280aa87cdb7",
     "c.lw a1, 4(a5); c.li t1, 3; mul a1, a1, t1; c.slli a1, 32; c.srli a1, 32; c.li t1, 7; addiw t0, a1, 0; "
     "bltu t1, t0, 6; c.sw a1, 4(a5); c.mv a0, a1; c.jr ra; c.mv a5, a0; c.j -30"},
    {"r2 = r10\nr2 += -16\n*(u64 *)(r10 - 16) = r1\nr3 = r10\nr0 = *(u8 *)(r2 + 3)\n*(u64 *)(r10 - 8) = "
     "r3\nexit",
     "0171befb0345311f130301209aff130101208280aa87edb7",
     "c.addi16sp sp, -512; c.sdsp a5, 496(sp); lbu a0, 499(sp); addi t1, sp, 512; c.sdsp t1, 504(sp); addi "
     "sp, sp, 512; c.jr ra; c.mv a5, a0; c.j -22"},
    {"r6 = r1\nr1 = 5\ncall 5\nr0 += r6\nexit",
     "411106e422e03e841545d28703330a000333030002932295a260026441018280411106e452e03e8aaa87eff07ffda260026a410"
     "18280",
     "c.addi sp, -16; c.sdsp ra, 8(sp); c.sdsp s0, 0(sp); c.mv s0, a5; c.li a0, 5; c.mv a5, s4; ld t1, "
     "0(s4); ld t1, 0(t1); c.jalr t1; c.add a0, s0; c.ldsp ra, 8(sp); c.ldsp s0, 0(sp); c.addi sp, 16; c.jr "
     "ra; c.addi sp, -16; c.sdsp ra, 8(sp); c.sdsp s4, 0(sp); c.mv s4, a5; c.mv a5, a0; jal ra, -42; c.ldsp "
     "ra, 8(sp); c.ldsp s4, 0(sp); c.addi sp, 16; c.jr ra"},
    {"w0 = w1\nw0 /= w2\nexit", "1b8305003bd5b702631303000145021501918280aa87edb7",
     "addiw t1, a1, 0; divuw a0, a5, a1; bne t1, zero, 6; c.li a0, 0; c.slli a0, 32; c.srli a0, 32; c.jr ra; "
     "c.mv a5, a0; c.j -22"},
    {"r0 = r1\nr0 = bswap32 r0\nexit",
     "be823703ff001b03f30f93d38200b3f36300b3f26200a202b3e27200939302031395020293d303024191336575008280aa87f9b"
     "7",
     "c.mv t0, a5; lui t1, 4080; addiw t1, t1, 255; srli t2, t0, 8; and t2, t2, t1; and t0, t0, t1; c.slli "
     "t0, 8; or t0, t0, t2; slli t2, t0, 48; slli a0, t0, 32; srli t2, t2, 32; c.srli a0, 48; or a0, a0, t2; "
     "c.jr ra; c.mv a5, a0; c.j -50"},
};
enum { PROGRAM_COUNT = sizeof programs / sizeof *programs };

static void write_program(mybpf_vm *vm, mybpf__buf *b, size_t row)
{
    mybpf_load_opts load;
    mybpf_aot_opts aot;
    mybpf_insn insns[64];
    mybpf_object *object = NULL;
    mybpf_error error;
    void *image = NULL;
    size_t size;
    memset(&load, 0, sizeof load), memset(&aot, 0, sizeof aot);
    load.trust = MYBPF_TRUSTED, aot.target = "riscv64";
    int64_t count = mybpf_assemble(programs[row].program, strlen(programs[row].program), insns, 64, &error);
    CHECK(count > 0 && !mybpf_object_open_insns(vm, insns, (size_t)count, NULL, &object, &error) &&
          !mybpf_object_load(object, &load, &error) && !mybpf_aot_bare(object, &aot, &image, &size, &error));
    if (image) mybpf__buf_put(b, (uint8_t *)image + 28, mybpf__le32((uint8_t *)image + 12));
    mybpf_vm_realloc(vm, image, 0);
    mybpf_object_close(object);
}

typedef void row_fn(mybpf__buf *b, const char *bytes, const char *text);

static void each_row(row_fn *check)
{
    mybpf_vm *vm = NULL;
    mybpf__buf buf, *b = &buf;
    memset(&buf, 0, sizeof buf);
    CHECK_INT(mybpf_vm_create(NULL, &vm, NULL), 0);
    buf.vm = vm;
#define ROW(call, bytes, text) call, check(b, bytes, text), b->size = 0;
    ROWS(ROW)
#undef ROW
    for (size_t i = 0; i < FIXUP_COUNT; i++)
        write_fixup(b, i), check(b, fixups[i].bytes, fixups[i].text), b->size = 0;
    for (size_t i = 0; i < PROGRAM_COUNT && !MYBPF_BIG_ENDIAN; i++) /* such hosts write no images */
        write_program(vm, b, i), check(b, programs[i].bytes, programs[i].text), b->size = 0;
    mybpf__buf_free(&buf);
    mybpf_vm_destroy(vm);
}

static void check_bytes(mybpf__buf *b, const char *bytes, const char *text)
{
    char got[256] = "";
    CASE("%s", text);
    for (size_t i = 0; i < b->size && i < 120; i++) sprintf(got + 2 * i, "%02x", b->bytes[i]);
    CHECK_TEXT(got, bytes);
}

TEST(riscv64, encodes) { each_row(check_bytes); }

TEST(riscv64, fixups_reach_so_far)
{
    for (size_t i = 0; i < FIXUP_COUNT; i++) {
        mybpf__fixup fixup = fixup_of(i);
        uint64_t to = target_of(i), step = fixups[i].to < 0 ? (uint64_t)-2 : 2;
        CASE("row %zu: %s", i, fixups[i].text);
        CHECK(mybpf__rv_fixup_reaches(&fixup, fixup.form, FROM, to, 1));
        if (fixups[i].edge) CHECK(!mybpf__rv_fixup_reaches(&fixup, fixup.form, FROM, to + step, 1));
    }
}

/* ---- read back by a disassembler: llvm-mc, once for all rows ---- */

static FILE *listing;

static void put_bytes(mybpf__buf *b, const char *bytes, const char *text)
{
    (void)bytes, (void)text;
    for (size_t i = 0; i < b->size; i++) fprintf(listing, "0x%02x ", b->bytes[i]);
    fputc('\n', listing);
}

/* One line of it, with single spaces. */
static void read_line(char *text, size_t size)
{
    char line[128];
    size_t n = 0;
    text[0] = 0;
    if (!fgets(line, sizeof line, listing)) line[0] = 0;
    for (char *word = strtok(line, " \t\n"); word && n < size; word = strtok(NULL, " \t\n"))
        n += (size_t)snprintf(text + n, size - n, n ? " %s" : "%s", word);
}

static void check_text(mybpf__buf *b, const char *bytes, const char *text)
{
    char got[512] = "";
    (void)bytes;
    CASE("%s", text);
    for (size_t at = 0, n = 0; at < b->size; at += (b->bytes[at] & 3) == 3 ? 4 : 2, n = strlen(got)) {
        if (n) strcpy(got + n, "; "), n += 2;
        read_line(got + n, sizeof got - n);
    }
    CHECK_TEXT(got, text);
}

TEST(riscv64, is_read_back)
{
    const char *command = "llvm-mc --disassemble --triple=riscv64 -mattr=+m,+a,+c,+zba,+zbb -M no-aliases <%s >%s 2>&1";
    char in[] = "/tmp/mybpf_rv_in_XXXXXX", out[] = "/tmp/mybpf_rv_out_XXXXXX", run[256], first[128];
    if (system("llvm-mc --version >/dev/null 2>&1")) SKIP("llvm-mc is not installed");
    int in_file = mkstemp(in), out_file = mkstemp(out);
    CHECK(in_file >= 0 && out_file >= 0);
    listing = fdopen(in_file, "w");
    each_row(put_bytes);
    fclose(listing);
    snprintf(run, sizeof run, command, in, out);
    CHECK_INT(system(run), 0);
    listing = fdopen(out_file, "r");
    read_line(first, sizeof first);
    CHECK_TEXT(first, ".text");
    each_row(check_text);
    read_line(first, sizeof first);
    CHECK_TEXT(first, "");
    fclose(listing);
    remove(in), remove(out);
}

TEST(riscv64, padding_is_nops)
{
    uint8_t bytes[8];
    mybpf__rv_nops(bytes, 6);
    CHECK(!memcmp(bytes, "\x13\0\0\0\x01\0", 6));
}
