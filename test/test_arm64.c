/* test_arm64.c: the arm64 encoders: each shape of operands gives these bytes, and a disassembler reads them
 * as this text; branches at the edges of what they reach. Encoding needs no arm64 host. */
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
#include "mybpf_jit.h"
#include "test.h"

#include <stdlib.h>

#define RRR(op, rd, rn, rm)          mybpf__a64_rrr(b, op, rd, rn, rm)
#define ADDI(x, rd, rn, imm)         mybpf__a64_add_imm(b, x, rd, rn, imm)
#define MASK(op, rd, rn, value)      mybpf__a64_mask_imm(b, op, rd, rn, mybpf__a64_mask((op)&X, value))
#define MOVI(rd, imm)                mybpf__a64_mov_imm(b, rd, (int64_t)(imm))
#define LD(size, rt, m)              mybpf__a64_access(b, MYBPF__A64_LOAD, size, rt, m)
#define LDS(size, rt, m)             mybpf__a64_access(b, MYBPF__A64_LOAD_SIGNED, size, rt, m)
#define ST(size, rt, m)              mybpf__a64_access(b, MYBPF__A64_STORE, size, rt, m)
#define AT(base, disp)               mybpf__a64_at(base, disp)
#define IN(base, index, scale, disp) indexed(base, index, scale, disp)
#define ATOMIC(op, size, rs, rt, rn) mybpf__a64_atomic(b, op, size, rs, rt, rn)
#define PUT(word)                    mybpf__a64_put(b, word)

#define X     MYBPF__A64_X
#define ADD   MYBPF__A64_ADD
#define SUB   MYBPF__A64_SUB
#define SUBS  MYBPF__A64_SUBS
#define AND   MYBPF__A64_AND
#define ANDS  MYBPF__A64_ANDS
#define ORR   MYBPF__A64_ORR
#define ORN   MYBPF__A64_ORN
#define EOR   MYBPF__A64_EOR
#define UDIV  MYBPF__A64_UDIV
#define SDIV  MYBPF__A64_SDIV
#define LSLV  MYBPF__A64_LSLV
#define LSRV  MYBPF__A64_LSRV
#define ASRV  MYBPF__A64_ASRV
#define RORV  MYBPF__A64_RORV
#define MADD  MYBPF__A64_MADD
#define MSUB  MYBPF__A64_MSUB
#define LDXR  MYBPF__A64_LDXR
#define LDAXR MYBPF__A64_LDAXR
#define STXR  MYBPF__A64_STXR
#define STLXR MYBPF__A64_STLXR
#define LDAR  MYBPF__A64_LDAR
#define STLR  MYBPF__A64_STLR
#define CASAL MYBPF__A64_CASAL
#define LDADD MYBPF__A64_LDADD
#define LDCLR MYBPF__A64_LDCLR
#define LDEOR MYBPF__A64_LDEOR
#define LDSET MYBPF__A64_LDSET
#define SWP   MYBPF__A64_SWP
#define AL    MYBPF__A64_AL
enum { SP = MYBPF__A64_SP, ZR = MYBPF__A64_ZR };

static mybpf__a64_address indexed(unsigned base, unsigned index, unsigned scale, int64_t disp)
{
    mybpf__a64_address m = mybpf__a64_at(base, disp);
    m.index = (uint8_t)index;
    m.scale = (uint8_t)scale;
    return m;
}

static mybpf__a64_address extended(unsigned base, unsigned index, unsigned extend, unsigned scale)
{
    mybpf__a64_address m = indexed(base, index, scale, 0);
    m.extend = (uint8_t)extend;
    return m;
}

/* E(call, bytes, instructions as llvm-mc prints them) */
/* clang-format off */
#define ROWS(E) \
    E(RRR(ADD | X, 0, 1, 2),                                                    "2000028b", "add x0, x1, x2") \
    E(RRR(ADD, 19, 20, 30),                                                     "93021e0b", "add w19, w20, w30") \
    E(RRR(SUB | X, 7, 0, 22),                                                   "070016cb", "sub x7, x0, x22") \
    E(RRR(SUB, 0, ZR, 3),                                                       "e003034b", "neg w0, w3") \
    E(RRR(SUBS | X, ZR, 0, 2),                                                  "1f0002eb", "cmp x0, x2") \
    E(RRR(ANDS, ZR, 4, 7),                                                      "9f00076a", "tst w4, w7") \
    E(RRR(AND | X, 3, 4, 5),                                                    "8300058a", "and x3, x4, x5") \
    E(RRR(ORR, 3, 4, 5),                                                        "8300052a", "orr w3, w4, w5") \
    E(RRR(ORN | X, 10, ZR, 3),                                                  "ea0323aa", "mvn x10, x3") \
    E(RRR(EOR, 1, 2, 3),                                                        "4100034a", "eor w1, w2, w3") \
    E(RRR(UDIV | X, 17, 0, 16),                                                 "1108d09a", "udiv x17, x0, x16") \
    E(RRR(SDIV, 0, 1, 2),                                                       "200cc21a", "sdiv w0, w1, w2") \
    E(RRR(LSLV | X, 0, 1, 2),                                                   "2020c29a", "lsl x0, x1, x2") \
    E(RRR(LSRV, 0, 1, 2),                                                       "2024c21a", "lsr w0, w1, w2") \
    E(RRR(ASRV | X, 19, 21, 22),                                                "b32ad69a", "asr x19, x21, x22") \
    E(RRR(RORV, 0, 1, 16),                                                      "202cd01a", "ror w0, w1, w16") \
    E(mybpf__a64_rrrr(b, MADD | X, 0, 1, 2, ZR),                                "207c029b", "mul x0, x1, x2") \
    E(mybpf__a64_rrrr(b, MADD, 0, 1, 2, 3),                                     "200c021b", "madd w0, w1, w2, w3") \
    E(mybpf__a64_rrrr(b, MSUB | X, 0, 17, 16, 2),                               "208a109b", "msub x0, x17, x16, x2") \
    E(mybpf__a64_rrr_shift(b, ADD | X, 0, 1, 2, MYBPF__A64_LSL, 3),             "200c028b", "add x0, x1, x2, lsl #3") \
    E(mybpf__a64_rrr_shift(b, EOR, 0, 1, 2, MYBPF__A64_ROR, 31),                "207cc24a", "eor w0, w1, w2, ror #31") \
    E(mybpf__a64_rrr_shift(b, SUB | X, 0, 1, 2, MYBPF__A64_ASR, 63),            "20fc82cb", "sub x0, x1, x2, asr #63") \
    E(mybpf__a64_rrr_shift(b, AND, 0, 1, 2, MYBPF__A64_LSR, 7),                 "201c420a", "and w0, w1, w2, lsr #7") \
    E(mybpf__a64_rrr_shift(b, ORR | X, 0, 1, 2, MYBPF__A64_LSL, 8),             "202002aa", "orr x0, x1, x2, lsl #8") \
    E(mybpf__a64_rrr_extend(b, SUB | X, 0, 1, 2, MYBPF__A64_UXTW, 4),           "205022cb", "sub x0, x1, w2, uxtw #4") \
    E(mybpf__a64_rrr_extend(b, ADD | X, SP, SP, 16, MYBPF__A64_UXTX, 0),        "ff63308b", "add sp, sp, x16") \
    E(mybpf__a64_rrr_extend(b, ADD | X, 0, 1, 2, MYBPF__A64_SXTW, 2),           "20c8228b", "add x0, x1, w2, sxtw #2") \
    E(mybpf__a64_rr(b, MYBPF__A64_REV16, 0, 1),                                 "2004c05a", "rev16 w0, w1") \
    E(mybpf__a64_rr(b, MYBPF__A64_REV_W, 0, 1),                                 "2008c05a", "rev w0, w1") \
    E(mybpf__a64_rr(b, MYBPF__A64_REV_X, 7, 22),                                "c70ec0da", "rev x7, x22") \
    E(mybpf__a64_mov(b, X, 0, 7),                                               "e00307aa", "mov x0, x7") \
    E(mybpf__a64_mov(b, 0, 19, 19),                                             "f303132a", "mov w19, w19") \
    E(mybpf__a64_shift(b, X, MYBPF__A64_LSL, 0, 1, 1),                          "20f87fd3", "lsl x0, x1, #1") \
    E(mybpf__a64_shift(b, X, MYBPF__A64_LSL, 0, 1, 63),                         "200041d3", "lsl x0, x1, #63") \
    E(mybpf__a64_shift(b, 0, MYBPF__A64_LSL, 7, 7, 31),                         "e7000153", "lsl w7, w7, #31") \
    E(mybpf__a64_shift(b, 0, MYBPF__A64_LSR, 7, 7, 16),                         "e77c1053", "lsr w7, w7, #16") \
    E(mybpf__a64_shift(b, X, MYBPF__A64_ASR, 19, 2, 32),                        "53fc6093", "asr x19, x2, #32") \
    E(mybpf__a64_shift(b, X, MYBPF__A64_ROR, 0, 1, 57),                         "20e4c193", "ror x0, x1, #57") \
    E(mybpf__a64_shift(b, 0, MYBPF__A64_ROR, 0, 1, 25),                         "20648113", "ror w0, w1, #25") \
    E(mybpf__a64_bits(b, MYBPF__A64_SBFM | X, 0, 1, 0, 7),                      "201c4093", "sxtb x0, w1") \
    E(mybpf__a64_bits(b, MYBPF__A64_SBFM, 0, 1, 0, 15),                         "203c0013", "sxth w0, w1") \
    E(mybpf__a64_bits(b, MYBPF__A64_SBFM | X, 7, 7, 0, 31),                     "e77c4093", "sxtw x7, w7") \
    E(mybpf__a64_bits(b, MYBPF__A64_UBFM, 2, 3, 0, 15),                         "623c0053", "uxth w2, w3") \
    E(mybpf__a64_bits(b, MYBPF__A64_UBFM | X, 7, 1, 56, 31),                    "277c78d3", "ubfiz x7, x1, #8, #32") \
    E(mybpf__a64_bits(b, MYBPF__A64_SBFM | X, 7, 1, 33, 31),                    "277c6193", "sbfiz x7, x1, #31, #32") \
    E(ADDI(X, 0, 1, 0),                                                         "20000091", "add x0, x1, #0") \
    E(ADDI(X, 0, 1, 4095),                                                      "20fc3f91", "add x0, x1, #4095") \
    E(ADDI(0, 19, 19, -1),                                                      "73060051", "sub w19, w19, #1") \
    E(ADDI(X, 23, SP, 4096),                                                    "f7074091", "add x23, sp, #1, lsl #12 // =4096") \
    E(ADDI(X, SP, SP, -0xfff000),                                               "ffff7fd1", "sub sp, sp, #4095, lsl #12 // =16773120") \
    E(ADDI(X, 0, 1, 0x1001),                                                    "300082522060308b", "mov w16, #4097; add x0, x1, x16, uxtx") \
    E(ADDI(X, 0, 1, 0x123456),                                                  "208c449100581191", "add x0, x1, #291, lsl #12 // =1191936; add x0, x0, #1110") \
    E(ADDI(X, 0, 1, -0x123456),                                                 "208c44d1005811d1", "sub x0, x1, #291, lsl #12 // =1191936; sub x0, x0, #1110") \
    E(ADDI(0, 0, 1, 0x12345678),                                                "10cf8a529046a2722060300b", "mov w16, #22136; movk w16, #4660, lsl #16; add w0, w1, w16, uxtx") \
    E(ADDI(X, 0, 1, -0x80000000LL),                                             "f08361b22060308b", "mov x16, #-2147483648; add x0, x1, x16, uxtx") \
    E(mybpf__a64_sum_imm(b, SUBS | X, ZR, 1, 4095),                             "3ffc3ff1", "cmp x1, #4095") \
    E(mybpf__a64_sum_imm(b, MYBPF__A64_ADDS, ZR, 1, 5),                         "3f140031", "cmn w1, #5") \
    E(mybpf__a64_sum_imm(b, SUBS | X, 10, 10, 0x12000),                         "4a4940f1", "subs x10, x10, #18, lsl #12 // =73728") \
    E(MASK(AND | X, 0, 1, 0xff),                                                "201c4092", "and x0, x1, #0xff") \
    E(MASK(AND, 0, 1, 0x7ffffffe),                                              "20741f12", "and w0, w1, #0x7ffffffe") \
    E(MASK(ORR | X, 10, 10, 0x100000000),                                       "4a0160b2", "orr x10, x10, #0x100000000") \
    E(MASK(EOR, 0, 1, 0x80000001),                                              "20040152", "eor w0, w1, #0x80000001") \
    E(MASK(AND | X, 0, 1, 0x5555555555555555),                                  "20f00092", "and x0, x1, #0x5555555555555555") \
    E(MASK(AND | X, 0, 1, 0xfffffffffffffff0),                                  "20ec7c92", "and x0, x1, #0xfffffffffffffff0") \
    E(MASK(MYBPF__A64_ANDS | X, ZR, 9, 7),                                      "3f0940f2", "tst x9, #0x7") \
    E(MOVI(0, 0),                                                               "00008052", "mov w0, #0") \
    E(MOVI(7, 65535),                                                           "e7ff9f52", "mov w7, #65535") \
    E(MOVI(7, 65536),                                                           "2700a052", "mov w7, #65536") \
    E(MOVI(7, -1),                                                              "07008092", "mov x7, #-1") \
    E(MOVI(7, -65536),                                                          "e7ff9f92", "mov x7, #-65536") \
    E(MOVI(3, 0xffffffff),                                                      "03008012", "mov w3, #-1") \
    E(MOVI(3, 0xffff1234),                                                      "63b99d12", "mov w3, #-60876") \
    E(MOVI(3, 0x1234ffff),                                                      "63b9bd12", "mov w3, #305463295") \
    E(MOVI(3, 0x12345678),                                                      "03cf8a528346a272", "mov w3, #22136; movk w3, #4660, lsl #16") \
    E(MOVI(3, 0xff00ff00),                                                      "e39f0832", "mov w3, #-16711936") \
    E(MOVI(3, 0x00ffff00),                                                      "e33f1832", "mov w3, #16776960") \
    E(MOVI(3, 0x123400000000),                                                  "8346c2d2", "mov x3, #20014547599360") \
    E(MOVI(3, 0x5555555555555555),                                              "e3f300b2", "mov x3, #6148914691236517205") \
    E(MOVI(3, 0x5555555555551234),                                              "e3f300b2834682f2", "mov x3, #6148914691236517205; movk x3, #4660") \
    E(MOVI(3, 0x123456789abc),                                                  "835793d203cfaaf28346c2f2", "mov x3, #39612; movk x3, #22136, lsl #16; movk x3, #4660, lsl #32") \
    E(MOVI(3, -0x123456789abc),                                                 "63579392e330b5f263b9ddf2", "mov x3, #-39612; movk x3, #43399, lsl #16; movk x3, #60875, lsl #32") \
    E(MOVI(3, 0x1122334455667788),                                              "03f18ed2c3acaaf28368c6f24324e2f2", "mov x3, #30600; movk x3, #21862, lsl #16; movk x3, #13124, lsl #32; movk x3, #4386, lsl #48") \
    E(MOVI(3, -0x7fffffffffffffffLL - 1),                                       "0300f0d2", "mov x3, #-9223372036854775808") \
    E(LD(8, 0, AT(1, 0)),                                                       "200040f9", "ldr x0, [x1]") \
    E(LD(8, 0, AT(SP, 32760)),                                                  "e0ff7ff9", "ldr x0, [sp, #32760]") \
    E(LD(4, 7, AT(19, 16380)),                                                  "67fe7fb9", "ldr w7, [x19, #16380]") \
    E(LD(2, 7, AT(19, 2)),                                                      "67064079", "ldrh w7, [x19, #2]") \
    E(LD(1, 7, AT(19, 4095)),                                                   "67fe7f39", "ldrb w7, [x19, #4095]") \
    E(LD(8, 0, AT(1, -8)),                                                      "20805ff8", "ldur x0, [x1, #-8]") \
    E(LD(8, 0, AT(1, -256)),                                                    "200050f8", "ldur x0, [x1, #-256]") \
    E(LD(4, 0, AT(1, 253)),                                                     "20d04fb8", "ldur w0, [x1, #253]") \
    E(LD(16, 5, AT(1, 0)),                                                      "2500c03d", "ldr q5, [x1]") \
    E(ST(16, 0, AT(SP, 65520)),                                                 "e0ffbf3d", "str q0, [sp, #65520]") \
    E(ST(16, 3, AT(1, -9)),                                                     "23709f3c", "stur q3, [x1, #-9]") \
    E(LD(16, 2, AT(1, 4097)),                                                   "310082522268f13c", "mov w17, #4097; ldr q2, [x1, x17]") \
    E(LDS(1, 0, AT(1, 1)),                                                      "20048039", "ldrsb x0, [x1, #1]") \
    E(LDS(2, 0, AT(1, -3)),                                                     "20d09f78", "ldursh x0, [x1, #-3]") \
    E(LDS(4, 0, AT(1, 4)),                                                      "200480b9", "ldrsw x0, [x1, #4]") \
    E(LD(8, 0, AT(1, -512)),                                                    "300440d1000247f9", "sub x16, x1, #1, lsl #12 // =4096; ldr x0, [x16, #3584]") \
    E(LD(8, 0, AT(1, 40000)),                                                   "30244091002246f9", "add x16, x1, #9, lsl #12 // =36864; ldr x0, [x16, #3136]") \
    E(LD(8, 0, AT(1, 4097)),                                                    "31008252206871f8", "mov w17, #4097; ldr x0, [x1, x17]") \
    E(LD(4, 0, AT(SP, 0x7fffffff)),                                             "1100b012e06b71b8", "mov w17, #2147483647; ldr w0, [sp, x17]") \
    E(LD(8, 0, IN(1, 2, 8, 0)),                                                 "207862f8", "ldr x0, [x1, x2, lsl #3]") \
    E(LD(8, 0, IN(1, 2, 1, 0)),                                                 "206862f8", "ldr x0, [x1, x2]") \
    E(LD(2, 0, IN(1, 2, 2, 0)),                                                 "20786278", "ldrh w0, [x1, x2, lsl #1]") \
    E(LD(1, 0, IN(1, 2, 1, 0)),                                                 "20686238", "ldrb w0, [x1, x2]") \
    E(LD(8, 0, IN(1, 2, 4, 0)),                                                 "3068228b000240f9", "add x16, x1, x2, uxtx #2; ldr x0, [x16]") \
    E(LD(4, 0, IN(1, 2, 4, 12)),                                                "3068228b000e40b9", "add x16, x1, x2, uxtx #2; ldr w0, [x16, #12]") \
    E(LD(8, 0, extended(1, 2, MYBPF__A64_UXTW, 8)),                             "205862f8", "ldr x0, [x1, w2, uxtw #3]") \
    E(LD(1, 7, extended(SP, 2, MYBPF__A64_UXTW, 1)),                            "e74b6238", "ldrb w7, [sp, w2, uxtw]") \
    E(LDS(2, 0, extended(1, 2, MYBPF__A64_SXTW, 2)),                            "20d8a278", "ldrsh x0, [x1, w2, sxtw #1]") \
    E(ST(4, ZR, extended(1, 22, MYBPF__A64_SXTW, 1)),                           "3fc836b8", "str wzr, [x1, w22, sxtw]") \
    E(LD(4, 0, extended(1, 2, MYBPF__A64_SXTW, 8)),                             "30cc228b000240b9", "add x16, x1, w2, sxtw #3; ldr w0, [x16]") \
    E(ST(8, 0, AT(SP, 504)),                                                    "e0ff00f9", "str x0, [sp, #504]") \
    E(ST(4, ZR, AT(1, 0)),                                                      "3f0000b9", "str wzr, [x1]") \
    E(ST(2, 10, AT(1, -2)),                                                     "2ae01f78", "sturh w10, [x1, #-2]") \
    E(ST(1, 4, IN(SP, 2, 1, 0)),                                                "e46b2238", "strb w4, [sp, x2]") \
    E(mybpf__a64_single(b, MYBPF__A64_STORE, 30, SP, -16, MYBPF__A64_PRE),      "fe0f1ff8", "str x30, [sp, #-16]!") \
    E(mybpf__a64_single(b, MYBPF__A64_LOAD, 30, SP, 16, MYBPF__A64_POST),       "fe0741f8", "ldr x30, [sp], #16") \
    E(mybpf__a64_pair(b, MYBPF__A64_STORE, 19, 20, SP, -512, MYBPF__A64_PRE),   "f353a0a9", "stp x19, x20, [sp, #-512]!") \
    E(mybpf__a64_pair(b, MYBPF__A64_STORE, 21, 22, SP, 16, MYBPF__A64_OFFSET),  "f55b01a9", "stp x21, x22, [sp, #16]") \
    E(mybpf__a64_pair(b, MYBPF__A64_LOAD, 21, 22, SP, 16, MYBPF__A64_OFFSET),   "f55b41a9", "ldp x21, x22, [sp, #16]") \
    E(mybpf__a64_pair(b, MYBPF__A64_LOAD, 19, 30, SP, 504, MYBPF__A64_POST),    "f3fbdfa8", "ldp x19, x30, [sp], #504") \
    E(ATOMIC(LDXR, 8, 0, 10, 9),                                                "2a7d5fc8", "ldxr x10, [x9]") \
    E(ATOMIC(LDAXR, 4, 0, 10, SP),                                              "eaff5f88", "ldaxr w10, [sp]") \
    E(ATOMIC(STXR, 8, 12, 11, 9),                                               "2b7d0cc8", "stxr w12, x11, [x9]") \
    E(ATOMIC(STLXR, 4, 12, 11, 9),                                              "2bfd0c88", "stlxr w12, w11, [x9]") \
    E(ATOMIC(LDAR, 1, 0, 7, 0),                                                 "07fcdf08", "ldarb w7, [x0]") \
    E(ATOMIC(LDAR, 2, 0, 7, 0),                                                 "07fcdf48", "ldarh w7, [x0]") \
    E(ATOMIC(LDAR, 8, 0, 7, 0),                                                 "07fcdfc8", "ldar x7, [x0]") \
    E(ATOMIC(STLR, 4, 0, ZR, 0),                                                "1ffc9f88", "stlr wzr, [x0]") \
    E(ATOMIC(CASAL, 8, 7, 1, 9),                                                "21fde7c8", "casal x7, x1, [x9]") \
    E(ATOMIC(CASAL, 4, 7, 1, 9),                                                "21fde788", "casal w7, w1, [x9]") \
    E(ATOMIC(LDADD, 8, 1, ZR, 0),                                               "1f0021f8", "stadd x1, [x0]") \
    E(ATOMIC(LDADD | AL, 8, 1, 1, 0),                                           "0100e1f8", "ldaddal x1, x1, [x0]") \
    E(ATOMIC(LDCLR | AL, 4, 10, 1, 0),                                          "0110eab8", "ldclral w10, w1, [x0]") \
    E(ATOMIC(LDEOR, 4, 2, ZR, 0),                                               "1f2022b8", "steor w2, [x0]") \
    E(ATOMIC(LDSET | AL, 8, 2, 2, 9),                                           "2231e2f8", "ldsetal x2, x2, [x9]") \
    E(ATOMIC(SWP | AL, 4, 2, 2, 9),                                             "2281e2b8", "swpal w2, w2, [x9]") \
    E(PUT(MYBPF__A64_RET),                                                      "c0035fd6", "ret") \
    E(PUT(MYBPF__A64_BR | 16 << 5),                                             "00021fd6", "br x16") \
    E(PUT(MYBPF__A64_BLR | 16 << 5),                                            "00023fd6", "blr x16") \
    E(PUT(MYBPF__A64_NOP),                                                      "1f2003d5", "nop")

/* Fixups: kind, form, what goes with it, distance between its start and its label (or an address), and whether it
 * reaches just so far: not four bytes further. */
static const struct {
    uint8_t kind, form;
    uint64_t extra;
    int64_t to;
    int edge;
    const char *bytes, *text;
} fixups[] = {
    {MYBPF__A64_FIX_B, 0, 0, 0x7fffffc, 1, "ffffff15", "b #134217724"},
    {MYBPF__A64_FIX_B, 0, 0, -0x8000000, 1, "00000016", "b #-134217728"},
    {MYBPF__A64_FIX_B, 0, 0, 0x2aaaaa8, 0, "aaaaaa14", "b #44739240"},
    {MYBPF__A64_FIX_B, 0, 0, -4, 0, "ffffff17", "b #-4"},
    {MYBPF__A64_FIX_B, 1, 0, 0x8000000, 0, "10000010110080521100a17210c2318b00021fd6", "adr x16, #0; mov w17, #0; movk w17, #2048, lsl #16; add x16, x16, w17, sxtw; br x16"},
    {MYBPF__A64_FIX_B, 1, 0, -0x12345678, 0, "100000101131955271b9bd7210c2318b00021fd6", "adr x16, #0; mov w17, #43400; movk w17, #60875, lsl #16; add x16, x16, w17, sxtw; br x16"},
    {MYBPF__A64_FIX_BL, 0, 0, 0x7fffffc, 1, "ffffff95", "bl #134217724"},
    {MYBPF__A64_FIX_BL, 0, 0, -0x8000000, 1, "00000096", "bl #-134217728"},
    {MYBPF__A64_FIX_BL, 1, 0, 0x12345678, 0, "1000001011cf8a529146a27210c2318b00023fd6", "adr x16, #0; mov w17, #22136; movk w17, #4660, lsl #16; add x16, x16, w17, sxtw; blr x16"},
    {MYBPF__A64_FIX_IF, 0, MYBPF__A64_BCOND | MYBPF__A64_HI, 0xffffc, 1, "e8ff7f54", "b.hi #1048572"},
    {MYBPF__A64_FIX_IF, 0, MYBPF__A64_BCOND | MYBPF__A64_LT, -0x100000, 1, "0b008054", "b.lt #-1048576"},
    {MYBPF__A64_FIX_IF, 0, MYBPF__A64_CBZ | X | 7, 0x55554, 0, "a7aa2ab4", "cbz x7, #349524"},
    {MYBPF__A64_FIX_IF, 0, MYBPF__A64_CBNZ | 30, -0x55558, 0, "5e55d535", "cbnz w30, #-349528"},
    {MYBPF__A64_FIX_IF, 1, MYBPF__A64_BCOND | MYBPF__A64_HI, 0x100000, 0, "49000054ffff0314", "b.ls #8; b #1048572"},
    {MYBPF__A64_FIX_IF, 1, MYBPF__A64_BCOND | MYBPF__A64_EQ, 0x8000000, 1, "41000054ffffff15", "b.ne #8; b #134217724"},
    {MYBPF__A64_FIX_IF, 1, MYBPF__A64_CBZ | X | 7, -0x7fffffc, 1, "470000b500000016", "cbnz x7, #8; b #-134217728"},
    {MYBPF__A64_FIX_IF, 1, MYBPF__A64_CBNZ | 7, 0x100000, 0, "47000034ffff0314", "cbz w7, #8; b #1048572"},
    {MYBPF__A64_FIX_IF, 2, MYBPF__A64_BCOND | MYBPF__A64_GE, 0x8000004, 0, "cb00005410000010110080521100a17210c2318b00021fd6", "b.lt #24; adr x16, #0; mov w17, #0; movk w17, #2048, lsl #16; add x16, x16, w17, sxtw; br x16"},
    {MYBPF__A64_FIX_IF, 2, MYBPF__A64_CBNZ | X | 19, -0x12345678, 0, "d30000b4100000109130955271b9bd7210c2318b00021fd6", "cbz x19, #24; adr x16, #0; mov w17, #43396; movk w17, #60875, lsl #16; add x16, x16, w17, sxtw; br x16"},
    {MYBPF__A64_FIX_IF_BIT, 0, MYBPF__A64_TBZ | 3 << 19 | 1, 0x7ffc, 1, "e1ff1b36", "tbz w1, #3, #32764"},
    {MYBPF__A64_FIX_IF_BIT, 0, MYBPF__A64_TBNZ | X | 31 << 19 | 22, -0x8000, 1, "1600fcb7", "tbnz x22, #63, #-32768"},
    {MYBPF__A64_FIX_IF_BIT, 1, MYBPF__A64_TBZ | 3 << 19 | 1, 0x8000, 0, "41001837ff1f0014", "tbnz w1, #3, #8; b #32764"},
    {MYBPF__A64_FIX_IF_BIT, 1, MYBPF__A64_TBNZ | X | 31 << 19 | 22, -0x7fffffc, 1, "5600f8b600000016", "tbz x22, #63, #8; b #-134217728"},
    {MYBPF__A64_FIX_IF_BIT, 2, MYBPF__A64_TBZ | 3 << 19 | 1, 0x12345678, 0, "c10018371000001091ce8a529146a27210c2318b00021fd6", "tbnz w1, #3, #24; adr x16, #0; mov w17, #22132; movk w17, #4660, lsl #16; add x16, x16, w17, sxtw; br x16"},
    {MYBPF__A64_FIX_CALL, 0, 0, 0x17000000, 0, "0000c095", "bl #117440512"},
    {MYBPF__A64_FIX_CALL, 1, 0x123456789ab8, 0x123456789ab8, 0, "105793d210cfaaf29046c2f200023fd6", "mov x16, #39608; movk x16, #22136, lsl #16; movk x16, #4660, lsl #32; blr x16"},
    {MYBPF__A64_FIX_CALL, 1, 0x5555555555555555, 0x5555555555555555, 0, "f0f300b200023fd6", "mov x16, #6148914691236517205; blr x16"},
    {MYBPF__A64_FIX_ADR, 0, 9, 0xffffd, 0, "e9ff7f30", "adr x9, #1048573"},
    {MYBPF__A64_FIX_ADR, 0, 9, 0xfffff, 0, "e9ff7f70", "adr x9, #1048575"},
    {MYBPF__A64_FIX_ADR, 0, 0, -0x100000, 1, "00008010", "adr x0, #-1048576"},
    {MYBPF__A64_FIX_ADR, 1, 9, 0x100000, 0, "09000010110080521102a07229c1318b", "adr x9, #0; mov w17, #0; movk w17, #16, lsl #16; add x9, x9, w17, sxtw"},
    {MYBPF__A64_FIX_ADR, 1, 9, -0x12345678, 0, "090000101131955271b9bd7229c1318b", "adr x9, #0; mov w17, #43400; movk w17, #60875, lsl #16; add x9, x9, w17, sxtw"},
};

/* Programs, and all of their code. r0 is x7, r1 to r5 are x0 to x4. */
static const struct {
    const char *source, *bytes, *text;
} programs[] = {
    /* products that something is added to */
    {"r0 = r1\nr2 *= r3\nr0 += r2\nexit\n", "2700029bc0035fd6", "madd x7, x1, x2, x0; ret"},
    {"r2 *= r3\nr0 = r2\nr0 += r1\nexit\n", "2700029bc0035fd6", "madd x7, x1, x2, x0; ret"},
    {"w0 = w1\nw2 *= w3\nw0 -= w2\nexit\n", "2780021bc0035fd6", "msub w7, w1, w2, w0; ret"},
    {"r0 = r1\nr2 *= 10\nr0 += r2\nexit\n", "500180522700109bc0035fd6", "mov w16, #10; madd x7, x1, x16, x0; ret"},
    {"r0 = r1\nr2 *= 9\nr0 += r2\nexit\n", "210c018b0700018bc0035fd6", "add x1, x1, x1, lsl #3; add x7, x0, x1; ret"},
    {"r0 = r1\nr0 *= r2\nr0 -= r3\nexit\n", "077c019be70002cbc0035fd6", "mul x7, x0, x1; sub x7, x7, x2; ret"},
    {"r0 = r1\nw2 *= w3\nr0 += r2\nexit\n", "217c021b0700018bc0035fd6", "mul w1, w1, w2; add x7, x0, x1; ret"},
    {"r0 = r1\nr2 *= r3\nr0 += r2\nr0 += r2\nexit\n", "217c029b0700018be700018bc0035fd6", "mul x1, x1, x2; add x7, x0, x1; add x7, x7, x1; ret"},
    /* shifted operands */
    {"r0 = r1\nr2 <<= 3\nr0 += r2\nexit\n", "070c018bc0035fd6", "add x7, x0, x1, lsl #3; ret"},
    {"w0 = w2\nw0 >>= 7\nw0 ^= w3\nexit\n", "471c414ac0035fd6", "eor w7, w2, w1, lsr #7; ret"},
    {"r0 = r1\nr2 s>>= 63\nr0 -= r2\nexit\n", "07fc81cbc0035fd6", "sub x7, x0, x1, asr #63; ret"},
    {"r0 = r2\nr0 s>>= 5\nr0 -= r1\nexit\n", "27fc4593e70000cbc0035fd6", "asr x7, x1, #5; sub x7, x7, x0; ret"},
    {"r0 = r1\nw2 <<= 8\nr0 |= r2\nexit\n", "215c1853070001aac0035fd6", "lsl w1, w1, #8; orr x7, x0, x1; ret"},
    {"r0 = r1\nr2 <<= 8\nr0 &= r2\nr0 |= r2\nexit\n", "21dc78d30700018ae70001aac0035fd6", "lsl x1, x1, #8; and x7, x0, x1; orr x7, x7, x1; ret"},
    /* extended operands */
    {"r0 = r1\nw2 = w2\nr0 += r2\nexit\n", "0740218bc0035fd6", "add x7, x0, w1, uxtw; ret"},
    {"r0 = r1\nr2 = (s32)r2\nr0 -= r2\nexit\n", "07c021cbc0035fd6", "sub x7, x0, w1, sxtw; ret"},
    {"r0 = r1\nw2 = w2\nr2 <<= 4\nr0 -= r2\nexit\n", "075021cbc0035fd6", "sub x7, x0, w1, uxtw #4; ret"},
    {"r0 = r1\nw2 = w2\nr2 <<= 5\nr0 -= r2\nexit\n", "217c7bd3070001cbc0035fd6", "ubfiz x1, x1, #5, #32; sub x7, x0, x1; ret"},
    {"r0 = (s32)r2\nr0 <<= 31\nr0 |= r1\nexit\n", "277c6193e70000aac0035fd6", "sbfiz x7, x1, #31, #32; orr x7, x7, x0; ret"},
    {"w0 = w2\nr0 <<= 40\nexit\n", "e703012ae75c58d3c0035fd6", "mov w7, w1; lsl x7, x7, #40; ret"},
    /* indices */
    {"r1 += r2\nr0 = *(s8 *)(r1 + 0)\nexit\n", "0768a138c0035fd6", "ldrsb x7, [x0, x1]; ret"},
    {"r2 <<= 3\nr2 += r1\nr0 = *(u64 *)(r2 + 0)\nexit\n", "077861f8c0035fd6", "ldr x7, [x0, x1, lsl #3]; ret"},
    {"w2 = w2\nr2 <<= 3\nr1 += r2\nr0 = *(u64 *)(r1 + 0)\nexit\n", "075861f8c0035fd6", "ldr x7, [x0, w1, uxtw #3]; ret"},
    {"r2 = (s32)r2\nr2 <<= 2\nr1 += r2\n*(u32 *)(r1 + 0) = r3\nr0 = 0\nexit\n", "02d821b807008052c0035fd6", "str w2, [x0, w1, sxtw #2]; mov w7, #0; ret"},
    {"w2 = w2\nr2 += r1\nr0 = *(u16 *)(r2 + 0)\nexit\n", "07486178c0035fd6", "ldrh w7, [x0, w1, uxtw]; ret"},
    {"w2 = w2\nr1 += r2\nr0 = *(u16 *)(r1 + 0)\nexit\n", "07486178c0035fd6", "ldrh w7, [x0, w1, uxtw]; ret"},
    {"r2 <<= 3\nr1 += r2\nr0 = *(u32 *)(r1 + 0)\nexit\n", "21f07dd3076861b8c0035fd6", "lsl x1, x1, #3; ldr w7, [x0, x1]; ret"},
    {"r2 >>= 3\nr1 += r2\nr0 = *(u64 *)(r1 + 0)\nexit\n", "21fc43d3076861f8c0035fd6", "lsr x1, x1, #3; ldr x7, [x0, x1]; ret"},
    {"r1 += r2\nr0 = *(u64 *)(r1 + 8)\nexit\n", "0000018b070440f9c0035fd6", "add x0, x0, x1; ldr x7, [x0, #8]; ret"},
    {"r1 += r2\n*(u64 *)(r1 + 0) = r1\nr0 = 0\nexit\n", "0000018b000000f907008052c0035fd6", "add x0, x0, x1; str x0, [x0]; mov w7, #0; ret"},
    {"r1 += r2\nr0 = *(u64 *)(r1 + 0)\nr0 += r1\nexit\n", "0000018b070040f9e700008bc0035fd6", "add x0, x0, x1; ldr x7, [x0]; add x7, x7, x0; ret"},
    {"r3 = r1\nr3 += r2\nr0 = load_acquire((u64 *)(r3 + 0))\nexit\n", "0200018b47fcdfc8c0035fd6", "add x2, x0, x1; ldar x7, [x2]; ret"},
};
/* clang-format on */

enum { FIXUP_COUNT = sizeof fixups / sizeof *fixups, FROM = 0x10000000 };
enum { PROGRAM_COUNT = sizeof programs / sizeof *programs };

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
    int is_address = fixups[row].kind == MYBPF__A64_FIX_CALL;
    return is_address ? (uint64_t)fixups[row].to : FROM + (uint64_t)fixups[row].to;
}

static void write_fixup(mybpf__buf *b, size_t row)
{
    mybpf__fixup fixup = fixup_of(row);
    uint8_t *at = mybpf__buf_reserve(b, 64);
    if (!at) return;
    mybpf__a64_fixup_write(at, &fixup, FROM, target_of(row));
    b->size += mybpf__a64_fixup_size(&fixup, fixup.form);
}

/* The code of a program's one function, which the entry stub follows. */
static void compile_program(mybpf__buf *b, size_t row)
{
    mybpf_insn insns[16];
    mybpf_object *object = NULL;
    mybpf_error error = {0};
    mybpf_load_opts opts;
    mybpf__gen_request request;
    mybpf__gen_result result;
    int64_t count = mybpf_assemble(programs[row].source, strlen(programs[row].source), insns, 16, &error);
    memset(&opts, 0, sizeof opts);
    memset(&request, 0, sizeof request);
    memset(&result, 0, sizeof result);
    opts.trust = MYBPF_TRUSTED;
    CASE("%s", programs[row].source);
    if (count > 0 && !mybpf_object_open_insns(b->vm, insns, (size_t)count, NULL, &object, &error) &&
        !mybpf_object_load(object, &opts, &error)) {
        request.object = object;
        request.target = mybpf__target_find("arm64");
        mybpf__gen(&request, &result, &error);
    }
    CHECK_TEXT(error.message, "");
    if (result.code.size) {
        size_t size = result.insn_offsets[count - 1] + 4;
        uint8_t *at = mybpf__buf_reserve(b, size);
        if (at) memcpy(at, result.code.bytes, size), b->size += size;
    }
    mybpf__gen_free(b->vm, &result);
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
    for (size_t i = 0; i < PROGRAM_COUNT; i++)
        compile_program(b, i), check(b, programs[i].bytes, programs[i].text), b->size = 0;
    mybpf__buf_free(&buf);
    mybpf_vm_destroy(vm);
}

static void check_bytes(mybpf__buf *b, const char *bytes, const char *text)
{
    char got[128] = "";
    CASE("%s", text);
    for (size_t i = 0; i < b->size && i < 60; i++) sprintf(got + 2 * i, "%02x", b->bytes[i]);
    CHECK_TEXT(got, bytes);
}

TEST(arm64, encodes) { each_row(check_bytes); }

TEST(arm64, fixups_reach_so_far)
{
    for (size_t i = 0; i < FIXUP_COUNT; i++) {
        mybpf__fixup fixup = fixup_of(i);
        uint64_t to = target_of(i), step = fixups[i].to < 0 ? (uint64_t)-4 : 4;
        CASE("row %zu: %s", i, fixups[i].text);
        CHECK(mybpf__a64_fixup_reaches(&fixup, fixup.form, FROM, to, 1));
        if (fixups[i].edge) CHECK(!mybpf__a64_fixup_reaches(&fixup, fixup.form, FROM, to + step, 1));
    }
}

/* Every mask there is, by its definition: a run of ones, rotated, repeated. */
TEST(arm64, masks)
{
    int count = 0;
    for (unsigned size = 2; size <= 64; size *= 2)
        for (unsigned ones = 1; ones < size; ones++)
            for (unsigned right = 0; right < size; right++) {
                uint64_t value = ((uint64_t)1 << ones) - 1, all = ~(uint64_t)0 >> (64 - size);
                value = (value >> right | (right ? value << (size - right) : 0)) & all;
                for (unsigned width = size; width < 64; width *= 2) value |= value << width;
                uint32_t mask = mybpf__a64_mask(X, value);
                CASE("0x%llx", (unsigned long long)value);
                CHECK_INT(mask >> 22, size == 64);
                CHECK_INT(mask >> 16 & 63, right);
                CHECK_INT(mask >> 10 & 63, (size == 64 ? 0 : 64 - 2 * size) | (ones - 1));
                if (size < 64) CHECK_INT(mybpf__a64_mask(0, value & 0xffffffff), mask);
                count++;
            }
    CHECK_INT(count, 5334);
    CHECK_INT(mybpf__a64_mask(X, 0), MYBPF__A64_NO_MASK);
    CHECK_INT(mybpf__a64_mask(0, 0xffffffff), MYBPF__A64_NO_MASK);
    CHECK_INT(mybpf__a64_mask(X, 5), MYBPF__A64_NO_MASK);
}

/* ---- read back by a disassembler: llvm-mc, once for all rows ---- */

static FILE *listing;

static void put_bytes(mybpf__buf *b, const char *bytes, const char *text)
{
    (void)bytes, (void)text;
    for (size_t i = 0; i < b->size; i++) fprintf(listing, "0x%02x%c", b->bytes[i], i % 4 == 3 ? '\n' : ' ');
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
    for (size_t at = 0, n = 0; at < b->size; at += 4, n = strlen(got)) {
        if (n) strcpy(got + n, "; "), n += 2;
        read_line(got + n, sizeof got - n);
    }
    CHECK_TEXT(got, text);
}

TEST(arm64, is_read_back)
{
    const char *command = "llvm-mc --disassemble --triple=aarch64 -mattr=+lse <%s >%s 2>&1";
    char in[] = "/tmp/mybpf_a64_in_XXXXXX", out[] = "/tmp/mybpf_a64_out_XXXXXX", run[256], first[128];
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
