/* test_equal.c: one result in every engine: small programs with their status, instruction, r0 and steps, each
 * in every trust mode that takes it, each stopped after every number of steps; and tail calls between all
 * engines. test_interp.c does this for every instruction, test_run.c for the edges of memory. */
#include "engines.h"

#ifdef __linux__
#    include <sys/mman.h>
#endif

/* ---- programs ---- */

/* A result that the machine's byte order is part of. */
#define IN_ORDER(little, big) (MYBPF_BIG_ENDIAN ? big : little)

/* r1 = 64 bytes of context: the number 5 in the first 8, 1 to 8 in bytes 40 to 47, else 0. */
static const struct {
    const char *name, *text;
    int trusted; /* trusted mode can run it: it touches nothing it must not, and ends */
    int status, insn;
    uint64_t r0, steps;
} programs[] = {
    /* straight on, loops, both kinds of jump */
    {"nothing", "r0 = 7\nexit\n", 1, 0, NO_INSN, 7, 2},
    {"an lddw is one step", "r0 = 0x1234567800000001 ll\nr1 = 5 ll\nexit\n", 1, 0, NO_INSN,
     0x1234567800000001, 3},
    {"count down", "r0 = 0\nr1 = 5\nl: r0 += r1\nr1 += -1\nif r1 != 0 goto l\nexit\n", 1, 0, NO_INSN, 15, 18},
    {"loop in loop",
     "r0 = 0\nr1 = 3\na: r2 = 4\nb: r0 += 1\nr2 += -1\nif r2 != 0 goto b\nr1 += -1\nif r1 != 0 goto "
     "a\nexit\n",
     1, 0, NO_INSN, 12, 2 + 3 * (1 + 4 * 3 + 2) + 1},
    {"lddw in a loop", "r1 = 3\nl: r0 = 0x123456789 ll\nr1 += -1\nif w1 != 0 goto l\nexit\n", 1, 0, NO_INSN,
     0x123456789, 1 + 3 * 3 + 1},
    {"goto and gotol", "r0 = 1\ngoto a\nb: r0 += 4\nexit\na: r0 += 2\ngotol b\n", 1, 0, NO_INSN, 7, 6},
    {"jump back to the first instruction", "a: r2 += -20\nif r2 s> 0 goto a\nr0 = r2\nexit\n", 1, 0, NO_INSN,
     (uint64_t)-16, 4 * 2 + 2},
    {"a jump to the next instruction", "r0 = 1\nif r0 == 1 goto +0\ngoto +0\nexit\n", 1, 0, NO_INSN, 1, 4},
    {"endless loop", "r0 = 0\nr1 = 5\nl: r0 += 1\nif r0 != 0 goto l\nexit\n", 0, MYBPF_FAULT_BUDGET, 2, 0,
     2000},
    {"one instruction for ever", "l: goto l\n", 0, MYBPF_FAULT_BUDGET, 0, 0, 2000},
    {"may_goto", "r0 = 0\nl: may_goto out\nr0 += 1\nif r0 < 100 goto l\nout: exit\n", 1, 0, NO_INSN, 100,
     1 + 100 * 3 + 1},

    /* loops of which native code makes several rounds at once, and takes their steps at once */
    {"rounds that are known, with stores",
     "r2 = 0\nl: r3 = r1\nr3 += r2\n*(u8 *)(r3 + 8) = r2\nr2 += 1\nif r2 != 24 goto l\nr0 = *(u64 *)(r1 + "
     "16)\nexit\n",
     1, 0, NO_INSN, IN_ORDER(0x0f0e0d0c0b0a0908, 0x08090a0b0c0d0e0f), 1 + 24 * 5 + 2},
    {"rounds that nobody knows, with stores",
     "r5 = *(u64 *)(r1 + 0)\nr5 *= 3\nr2 = 0\nl: r3 = r1\nr3 += r2\n*(u8 *)(r3 + 8) = r2\nr2 += 1\nif r2 < "
     "r5 goto "
     "l\nr0 = r2\nexit\n",
     1, 0, NO_INSN, 15, 3 + 15 * 5 + 2},
    {"known rounds with a jump back",
     "r2 = 0\nl: r3 = r1\nr3 += r2\n*(u8 *)(r3 + 8) = r2\nr2 += 1\nif r2 == 24 goto o\ngoto l\no: r0 = "
     "r2\nexit\n",
     1, 0, NO_INSN, 24, 1 + 24 * 6 - 1 + 2},
    {"unknown rounds with a jump back",
     "r5 = *(u64 *)(r1 + 0)\nr5 *= 3\nr2 = 0\nl: r3 = r1\nr3 += r2\n*(u8 *)(r3 + 8) = r2\nr2 += 1\nif r2 s>= "
     "r5 goto "
     "o\ngoto l\no: r0 = r2\nexit\n",
     1, 0, NO_INSN, 15, 3 + 15 * 6 - 1 + 2},
    {"a loop of known rounds in one of unknown ones",
     "r5 = *(u64 *)(r1 + 0)\nr0 = 0\na: r2 = 8\nb: r0 += r5\nr0 ^= r2\nr2 += -1\nif r2 != 0 goto b\n"
     "*(u64 *)(r1 + 8) = r0\nr5 += -1\nif r5 != 0 goto a\nexit\n",
     1, 0, NO_INSN, 0x88, 2 + 5 * (1 + 8 * 4 + 3) + 1},
    {"a search with two ways out",
     "r3 = r1\nr5 = r1\nr5 += 24\nl: r4 = *(u8 *)(r3 + 40)\nif r4 == 6 goto o\nr3 += 1\nif r3 < r5 goto "
     "l\no: r0 = "
     "r4\nexit\n",
     1, 0, NO_INSN, 6, 3 + 5 * 4 + 2 + 2},
    {"a long round for one at a time",
     "r2 = 0\nr0 = 0\nl: r3 = r1\nr3 += r2\nr0 += 1\nr0 *= 3\nr0 += 2\nr0 *= 3\nr0 += 3\nr0 *= 3\nr0 += "
     "4\nr0 *= 3\n"
     "r0 += 5\nr0 *= 3\nr0 += 6\nr0 *= 3\nr0 += 7\nr0 *= 3\nr0 += 8\nr0 *= 3\nr0 += 9\nr0 *= 3\n*(u8 *)(r3 + "
     "8) = r0\n"
     "r2 += 1\nif r2 != 15 goto l\nr0 = *(u8 *)(r1 + 22)\nexit\n",
     1, 0, NO_INSN, 155, 2 + 15 * 23 + 2},
    {"a long round for one at a time, with a jump back",
     "r2 = 0\nr0 = 0\nl: r3 = r1\nr3 += r2\nr0 += 1\nr0 *= 3\nr0 += 2\nr0 *= 3\nr0 += 3\nr0 *= 3\nr0 += "
     "4\nr0 *= 3\n"
     "r0 += 5\nr0 *= 3\nr0 += 6\nr0 *= 3\nr0 += 7\nr0 *= 3\nr0 += 8\nr0 *= 3\nr0 += 9\nr0 *= 3\n*(u8 *)(r3 + "
     "8) = r0\n"
     "r2 += 1\nif r2 == 15 goto o\ngoto l\no: r0 = *(u8 *)(r1 + 22)\nexit\n",
     1, 0, NO_INSN, 155, 2 + 15 * 24 - 1 + 2},

    /* functions */
    {"a function keeps r6 to r9",
     "r6 = 6\nr7 = 7\nr8 = 8\nr9 = 9\nr1 = 1\nr2 = 2\ncall f\nr0 += r6\nr0 += r7\nr0 += r8\nr0 += r9\nexit\n"
     "f: r6 = r1\nr7 = r2\nr8 = 100\nr9 = 200\nr0 = r6\nr0 += r7\nexit\n",
     1, 0, NO_INSN, 33, 19},
    {"stack handed down",
     "*(u64 *)(r10 - 8) = 5\nr1 = r10\nr1 += -8\ncall f\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
     "f: r2 = *(u64 *)(r1 + 0)\nr2 += 1\n*(u64 *)(r1 + 0) = r2\n*(u64 *)(r10 - 8) = 9\nr0 = r2\nexit\n",
     1, 0, NO_INSN, 12, 13},
    {"call in a loop",
     "r6 = 4\nr0 = 0\nl: r1 = r0\ncall f\nr6 += -1\nif r6 != 0 goto l\nexit\n"
     "f: r0 = r1\nr0 += 3\nexit\n",
     1, 0, NO_INSN, 12, 2 + 4 * (4 + 3) + 1},
    {"eight frames",
     "call a\nexit\na: call b\nr0 += 1\nexit\nb: call c\nr0 += 1\nexit\nc: call d\nr0 += 1\nexit\nd: call e\n"
     "r0 += 1\nexit\ne: call f\nr0 += 1\nexit\nf: call g\nr0 += 1\nexit\n"
     "g: *(u64 *)(r10 - 512) = 1\nr0 = *(u64 *)(r10 - 512)\nexit\n",
     1, 0, NO_INSN, 7, 2 + 6 * 3 + 3},
    {"pointer to a function",
     "r6 = 0x46550007 ll\nr1 = 4\nr7 = 1\ncallx r6\nr0 += r7\nexit\n"
     "r7 = r1\nr0 = r7\nr0 *= r7\nexit\n",
     1, 0, NO_INSN, 17, 10},
    {"a pointed function has a frame of its own",
     "*(u64 *)(r10 - 8) = 5\nr6 = 0x46550007 ll\ncallx r6\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\n"
     "*(u64 *)(r10 - 8) = 9\nr0 = *(u64 *)(r10 - 8)\nexit\n",
     1, 0, NO_INSN, 14, 9},
    {"endless recursion through a pointer",
     "r6 = 0x46550004 ll\ncallx r6\nexit\nr6 = 0x46550004 ll\ncallx r6\nexit\n", 0, MYBPF_FAULT_DEPTH, 6, 0,
     3 + 7 * 3},
    {"endless recursion", "r1 = 1\ncall f\nexit\nf: call f\nexit\n", 0, MYBPF_FAULT_DEPTH, 3, 0, 3 + 7 * 2},
    {"nine frames, the ninth uses no stack",
     "call a\nexit\na: call b\nexit\nb: call c\nexit\nc: call d\nexit\nd: call e\nexit\ne: call f\nexit\n"
     "f: call g\nexit\ng: call h\nexit\nh: r0 = 1\nexit\n",
     0, MYBPF_FAULT_DEPTH, 14, 0, 16},
    {"unreached code", "r0 = 3\nexit\nr0 = *(u64 *)(r0 + 0)\nl: r0 = 4\nif r0 == 5 goto l\nexit\n", 1, 0,
     NO_INSN, 3, 2},

    /* helpers and callbacks */
    {"arguments", "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\nr6 = 1000\ncall 2000000\nr0 += r6\nexit\n", 1, 0,
     NO_INSN, 55321, 9},
    {"helper in a loop",
     "r6 = 3\nr7 = 0\nl: r1 = r6\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall 2000000\nr7 += r0\nr6 += -1\nif r6 != "
     "0 goto l\nr0 = r7\nexit\n",
     1, 0, NO_INSN, 6, 2 + 3 * 9 + 2},
    {"a remainder by a constant above 2^31", /* whose sign is none */
     "r0 = 1\nr1 = -8\nw1 %= -91559\nr0 ^= r1\nexit\n", 1, 0, NO_INSN, 0x1659e, 5},
    {"products, added and subtracted",
     "r2 = *(u64 *)(r1 + 0)\nr3 = *(u64 *)(r1 + 40)\nr0 = r2\nr4 = r3\nr4 *= r2\nr0 += r4\nw4 = w3\n"
     "w4 *= w2\nw0 -= w4\nr3 *= 77\nr3 += r0\nr0 = r3\nr2 *= r2\nr0 -= r2\nexit\n",
     1, 0, NO_INSN, IN_ORDER(0x6a1ccf8234e79a39, 0x4d9ae83582d01d54), 15},
    {"shifted operands",
     "r2 = *(u64 *)(r1 + 0)\nr3 = *(u64 *)(r1 + 40)\nr0 = r2\nr4 = r3\nr4 <<= 7\nr0 += r4\nr4 = r3\n"
     "r4 s>>= 9\nr0 -= r4\nw4 = w3\nw4 >>= 3\nw0 ^= w4\nr4 = r3\nr4 >>= 33\nr4 |= r0\nr3 <<= 61\n"
     "r4 ^= r3\nr0 = r4\nr2 <<= 3\nr2 &= r0\nr0 -= r2\nexit\n",
     1, 0, NO_INSN, IN_ORDER(0x20000000fe7f9f46, 0x1a1c1c3), 22},
    {"extended operands",
     "r2 = *(u64 *)(r1 + 40)\nr3 = -7\nr0 = r2\nr4 = r3\nw4 = w4\nr0 += r4\nr4 = (s32)r3\nr0 -= r4\n"
     "w4 = w2\nr4 <<= 4\nr0 += r4\nr4 = (s32)r3\nr4 <<= 31\nr0 ^= r4\nw3 = w3\nr3 <<= 3\nr0 -= r3\n"
     "exit\n",
     1, 0, NO_INSN, IN_ORDER(0xf7f8f9f2c4332249, 0xfefdfcf1d56677c0), 18},
    {"indices, extended",
     "r6 = *(u64 *)(r1 + 0)\nr2 = r6\nw2 = w2\nr2 <<= 3\nr3 = r1\nr3 += r2\nr0 = *(u64 *)(r3 + 0)\n"
     "r2 = r6\nr2 += -6\nr2 = (s32)r2\nr2 <<= 2\nr3 = r1\nr3 += 44\nr3 += r2\nr4 = *(u32 *)(r3 + 0)\n"
     "r0 += r4\nr6 += 42\nr1 += r6\n*(u8 *)(r1 + 0) = 9\nw2 = load_acquire((u8 *)(r1 + 0))\nr0 += r2\n"
     "exit\n",
     1, 0, NO_INSN, IN_ORDER(0x80706050806040b, 0x102030406080a15), 22},
    {"an acquired value at a sum",
     "r2 = *(u64 *)(r1 + 0)\nr2 += 35\nr3 = r1\nr3 += r2\nr0 = load_acquire((u64 *)(r3 + 0))\nr2 = 6\n"
     "store_release((u64 *)(r3 + 0), r2)\nr2 = *(u64 *)(r1 + 40)\nr0 += r2\nexit\n",
     1, 0, NO_INSN, IN_ORDER(0x807060504030207, 0x10203040506070e), 10},
    {"a move to itself before a helper", /* left out, and not to be taken for what makes r1 */
     "r0 = 1\nr1 = 0\nr3 = 1\nr4 = 1\nr5 = 1\nr2 = r0\nr1 = r1\ncall 2000000\nexit\n", 1, 0, NO_INSN, 11110,
     9},
    {"helper by number", "r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\nr6 = 2000000\ncallx r6\nexit\n", 1, 0,
     NO_INSN, 54321, 8},
    {"callbacks",
     "r1 = 0x4655000f ll\nr2 = 10\nr3 = 3\nr4 = 4\nr5 = 0\nr6 = 500\nr9 = 1\n*(u64 *)(r10 - 512) = 5\n"
     "call 2000001\nr1 = *(u64 *)(r10 - 512)\nr0 += r1\nr0 += r6\nr0 += r9\nexit\nr9 = 7\n"
     "*(u64 *)(r10 - 512) = r1\nr0 = *(u64 *)(r10 - 512)\nexit\n",
     1, 0, NO_INSN, 10 + 11 + 12 + 13 + 5 + 500 + 1, 14 + 4 * 4},
    {"stop in a callback",
     "r1 = 0x46550008 ll\nr2 = 10\nr3 = 88\nr4 = 4\nr5 = 0\ncall 2000001\nexit\n"
     "if r1 != 12 goto l\nr1 = 0\ncall 2000002\nl: r0 = 0\nexit\n",
     1, 0, NO_INSN, 88, 7 + 2 * 3 + 3},
    {"fault in a callback",
     "r1 = 0x46550009 ll\nr2 = 10\nr3 = 0\nr4 = 4\nr5 = 0\nr6 = 500\ncall 2000001\nexit\n"
     "r0 = *(u64 *)(r2 + 0)\nexit\n",
     0, MYBPF_FAULT_ACCESS, 9, 0, 8 + 2},
    {"callbacks of callbacks end",
     "r1 = 0x46550008 ll\nr2 = 1\nr3 = 3\nr4 = 1\nr5 = 0\ncall 2000001\nexit\nr1 = 0x46550008 ll\n"
     "r2 = 1\nr3 = 3\nr4 = 1\nr5 = 0\ncall 2000001\nr0 += 1\nexit\n",
     0, MYBPF_FAULT_DEPTH, 14, 0, 7 + 7 * 8},
    {"unknown helper by number", "r1 = 1\nr6 = 1999999\ncallx r6\nexit\n", 1, MYBPF_FAULT_CALL, 2, 0, 4},
    {"call through garbage", "r1 = 1\nr6 = 1234567890123 ll\ncallx r6\nexit\n", 0, MYBPF_FAULT_CALL, 3, 0, 4},
    {"stop with a result", "r6 = 1\nr1 = 0\nr2 = 42\ncall 2000002\nr0 = 1\nexit\n", 1, 0, NO_INSN, 42, 6},
    {"stop with a fault", "r6 = 1\nr1 = -37\nr2 = 42\ncall 2000002\nr0 = 1\nexit\n", 1, MYBPF_FAULT_HELPER, 3,
     0, 6},
    {"stop in a function",
     "r6 = 1\nr7 = 2\ncall f\nr0 = 1\nexit\nf: r6 = 5\nr9 = 7\nr1 = 0\nr2 = 43\ncall 2000002\nr0 = 2\nexit\n",
     1, 0, NO_INSN, 43, 5 + 7},

    /* memory */
    {"context", "r2 = *(u64 *)(r1 + 0)\nr2 += 5\n*(u32 *)(r1 + 60) = r2\nr0 = *(u32 *)(r1 + 60)\nexit\n", 1,
     0, NO_INSN, 10, 5},
    {"atomics in the context",
     "r2 = 5\nlock *(u64 *)(r1 + 8) += r2\nr3 = 7\nr3 = atomic_fetch_or((u64 *)(r1 + 8), r3)\nr0 = *(u64 "
     "*)(r1 + 8)\nr0 += r3\nexit\n",
     1, 0, NO_INSN, 12, 7},
    {"packet", "r6 = r1\nr0 = *(u8 *)skb[40]\nr7 = r0\nr2 = 4\nr0 = *(u32 *)skb[r2 + 36]\nr0 += r7\nexit\n",
     1, 0, NO_INSN, 0x01020305, 7},
    {"outside the packet", "r6 = r1\nr0 = *(u32 *)skb[61]\nr0 = 5\nexit\n", 1, 0, NO_INSN, 0, 4},
    {"read outside", "r1 = 0\nr0 = *(u64 *)(r1 + 16)\nexit\n", 0, MYBPF_FAULT_ACCESS, 1, 0, 3},
    {"write outside in a function", "r6 = r1\ncall f\nexit\nf: r2 = 16\n*(u8 *)(r2 - 3) = 1\nr0 = 0\nexit\n",
     0, MYBPF_FAULT_ACCESS, 4, 0, 3 + 4},
    {"atomic outside", "r2 = 16\nr3 = 1\nlock *(u64 *)(r2 + 0) += r3\nr0 = 0\nexit\n", 0, MYBPF_FAULT_ACCESS,
     2, 0, 5},
    {"exchange outside", "r2 = 16\nr0 = 1\nr0 = xchg_64(r2 + 0, r0)\nexit\n", 0, MYBPF_FAULT_ACCESS, 2, 0, 4},
    {"just past the context", "r0 = 7\n*(u32 *)(r1 + 61) = r0\nexit\n", 0, MYBPF_FAULT_ACCESS, 1, 0, 3},
    {"just before the context", "r0 = 7\nr0 = *(u8 *)(r1 - 1)\nexit\n", 0, MYBPF_FAULT_ACCESS, 1, 0, 3},
    {"an address that wraps", "r2 = -4\nr0 = *(u64 *)(r2 + 0)\nexit\n", 0, MYBPF_FAULT_ACCESS, 1, 0, 3},
    {"misaligned atomic", "r2 = 1\nlock *(u64 *)(r1 + 4) += r2\nr0 = 0\nexit\n", 0, MYBPF_FAULT_ACCESS, 1, 0,
     4},
    {"fault in the third round",
     "r3 = 3\nl: r3 += -1\nif r3 != 0 goto m\nr1 = 0\nm: r0 = *(u8 *)(r1 + 0)\nif r3 != 0 goto l\nexit\n", 0,
     MYBPF_FAULT_ACCESS, 4, 0, 1 + 3 * 4 + 1},
    {"helper with bad memory", "r1 = 0\nr2 = 8\ncall 2000004\nexit\n", 0, MYBPF_FAULT_ACCESS, 2, 0, 4},
    {"helper with more memory than there is", "r2 = 65\ncall 2000004\nexit\n", 0, MYBPF_FAULT_ACCESS, 1, 0,
     3},
    {"frame pointer compared", "r0 = 1\nr2 = r10\nr2 += -8\nif r2 < r10 goto out\nr0 = 2\nout: exit\n", 1, 0,
     NO_INSN, 1, 5},

    /* arithmetic that other machines trap on */
    {"division by zero", "r0 = 7\nr1 = 0\nr0 /= r1\nr2 = 9\nr2 %= r1\nr0 += r2\nexit\n", 1, 0, NO_INSN, 9, 7},
    {"division by more than 4 bytes",
     "r0 = 0x500000007 ll\nr1 = 0x100000000 ll\nr2 = 7\nr2 %= r1\nr0 /= r1\nr0 += r2\nexit\n", 1, 0, NO_INSN,
     12, 7},
    {"the least number by -1",
     "r0 = 0x8000000000000000 ll\nr1 = -1\nr2 = r0\nr2 s%= r1\nr0 s/= r1\nr0 += r2\nexit\n", 1, 0, NO_INSN,
     INT64_LO, 7},
};

enum { PROGRAMS = sizeof programs / sizeof *programs, STEPS = 2000 };

/* Runs it from the same memory every time. */
static outcome run_fresh(setup *s, uint64_t max_steps)
{
    uint64_t memory[8] = {5, 0, 0, 0, 0, 0, 0, 0};
    mybpf_run_opts opts;
    for (int i = 0; i < 8; i++) ((uint8_t *)memory)[40 + i] = (uint8_t)(i + 1);
    memset(&opts, 0, sizeof opts);
    opts.ctx = memory;
    opts.ctx_size = sizeof memory;
    opts.max_steps = max_steps;
    return run_all(s, &opts);
}

static unsigned ran[ENGINES]; /* programs that an engine ran */

static void check_row(setup *s, size_t i, int metered)
{
    outcome out = run_fresh(s, metered ? STEPS : 0);
    CHECK_INT(out.status, programs[i].status);
    CHECK_INT(out.insn, programs[i].insn);
    CHECK_INT(out.r0, programs[i].r0);
    if (metered) CHECK_INT(out.steps, programs[i].steps);
    for (int e = JIT; e < ENGINES; e++) ran[e] += s->others[e] != NULL;
}

/* Stopped after any number of steps, a program has done all blocks which that number covers and no part of
 * another; whatever it would do later makes no difference. */
static void check_budgets(setup *s, size_t i)
{
    uint64_t before = 0;
    for (uint64_t budget = 1; budget <= programs[i].steps + 1 && budget < 70; budget++) {
        CASE("%s, trust %d, %d steps", programs[i].name, (int)s->trust, (int)budget);
        outcome out = run_fresh(s, budget);
        int cut = budget < programs[i].steps;
        CHECK_INT(out.status, cut ? MYBPF_FAULT_BUDGET : programs[i].status);
        CHECK(out.steps <= budget && out.steps >= before);
        before = out.steps;
    }
}

/* In `trust` mode; a verified load may refuse the program (0), but not run into its fault. */
static int check_program(size_t i, mybpf_trust trust, int metered)
{
    static setup s;
    mybpf_error error = {0};
    CASE("%s, trust %d, metered %d", programs[i].name, (int)trust, metered);
    make_vm(&s);
    s.insn_count = assemble(programs[i].text, s.insns, sizeof s.insns / sizeof *s.insns);
    s.trust = trust;
    s.metered = metered;
    s.object = try_load(&s, &error);
    if (s.object) {
        s.program = mybpf_object_program(s.object, 0);
        CHECK(trust != VERIFIED || programs[i].status == 0 || programs[i].status == MYBPF_FAULT_HELPER);
        check_row(&s, i, metered);
        if (metered) check_budgets(&s, i);
    } else {
        CHECK(trust == VERIFIED && error.code == MYBPF_ERR_VERIFY);
        if (trust != VERIFIED) CHECK_TEXT(error.message, "");
    }
    int is_loaded = s.object != NULL;
    end(&s);
    return is_loaded;
}

RUN_TEST(equal, programs)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        int is_verified = 1; /* refused once is enough: that can take the verifier long */
        check_program(i, GUARDED, 1);
        for (int metered = 0; metered < 2; metered++) {
            if (is_verified) is_verified = check_program(i, VERIFIED, metered);
            if (programs[i].trusted) check_program(i, TRUSTED, metered);
        }
    }
    for (int e = JIT; e < ENGINES; e++) { /* none was left out by mistake */
        CASE("%s", engine_names[e]);
        CHECK(!has_engine(e) || ran[e] > 60);
    }
}

#if defined(__linux__) && defined(MAP_FIXED_NOREPLACE)
#    define LOW_MEMORY ((uint8_t *)0x100000)
#    define LOW_SIZE   0x280000u /* ends below MYBPF_HELPER_END */

static size_t low_used;

/* From addresses that could be helpers' numbers, as a small machine may have them. */
static void *low_realloc(void *user, void *memory, size_t size)
{
    size_t old = memory ? ((size_t *)memory)[-2] : 0, wanted = (size + 31) & ~(size_t)15;
    uint8_t *fresh = LOW_MEMORY + low_used + 16;
    (void)user;
    if (size <= old) return size ? memory : NULL;
    if (wanted > LOW_SIZE - low_used) return NULL;
    low_used += wanted;
    ((size_t *)(void *)fresh)[-2] = size;
    if (old) memcpy(fresh, memory, old);
    return fresh;
}

RUN_TEST(equal, low_addresses)
{
    if (mmap(LOW_MEMORY, LOW_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
             -1, 0) != LOW_MEMORY)
        SKIP("no memory at low addresses");
    engines_realloc = low_realloc;
    for (size_t i = 0; i < PROGRAMS; i++) {
        if (!strstr(programs[i].text, "callx")) continue;
        low_used = 0;
        check_program(i, GUARDED, 1);
        low_used = 0;
        if (programs[i].trusted) check_program(i, TRUSTED, 0);
    }
    engines_realloc = NULL;
    munmap(LOW_MEMORY, LOW_SIZE);
}
#endif

/* Code that nothing reaches is translated like all other, so it must be right in itself. */
RUN_TEST(equal, unreached_code)
{
    static const struct {
        const char *text;
        int insn; /* what is refused; NO_INSN: nothing, but in verified mode */
    } rows[] = {
        {"r0 = 1\nexit\nexit\n", NO_INSN},
        {"goto m\nr0 = 2\nm: r0 = 1\nexit\n", NO_INSN},
        {"goto m\nl: r0 = *(u64 *)(r9 + 0)\nr1 = 1 ll\ngoto l\nm: r0 = 1\nexit\n", NO_INSN},
        {"r0 = 1\nexit\ncall f\nexit\nf: r0 = 2\nexit\ncall f\nexit\n", NO_INSN},
        {"r0 = 1\nexit\ngoto +7\nexit\n", 2},
        {"r0 = 1\nexit\nr0 = 1\n", 2},
        {"r0 = 1 ll\nexit\ngoto -3\n", 3},
        {"r0 = 1\nexit\nr10 = 1\nexit\n", 2},
        {"r0 = 1\nexit\ncall 1999999\nexit\n", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int trust = VERIFIED; trust <= TRUSTED; trust++) {
            static setup s;
            mybpf_error error = {0};
            make_vm(&s);
            CASE("%s, trust %d", rows[i].text, trust);
            s.insn_count = assemble(rows[i].text, s.insns, 64);
            s.trust = (mybpf_trust)trust;
            s.object = try_load(&s, &error);
            CHECK_INT(s.object != NULL, rows[i].insn == NO_INSN && trust != VERIFIED);
            if (s.object) {
                s.program = mybpf_object_program(s.object, 0);
                CHECK_INT(run_all(&s, NULL).r0, 1);
            } else if (trust != VERIFIED) {
                CHECK_INT(error.code, MYBPF_ERR_VERIFY);
                CHECK_INT(error.insn, rows[i].insn);
            }
            end(&s);
        }
    }
}

/* ---- tail calls ---- */

#define TAIL "r2 = map_by_fd(0) ll\nr3 = *(u64 *)(r1 + 0)\ncall 12\n" /* r3: index, from the context */

enum { LINKS = 7 };
/* What the map holds, by index. */
static const char *const chain[LINKS] = {
    "r2 = *(u64 *)(r1 + 8)\nr2 += 1\n*(u64 *)(r1 + 8) = r2\n" TAIL "exit\n", /* again, with a mark */
    "r0 = *(u64 *)(r1 + 8)\nr2 = map_by_fd(0) ll\nr0 += 1000\nexit\n",       /* the end */
    "r2 = map_by_fd(0) ll\nr0 = 0\nr0 = *(u8 *)(r0 + 0)\nexit\n",            /* faults */
    "r6 = r1\ncall f\nr0 += 5\nexit\nf: " TAIL "exit\n",                     /* leaves a frame behind */
    "r6 = 9\nr2 = map_by_fd(0) ll\n*(u64 *)(r10 - 8) = 1\nr0 = *(u64 *)(r10 - 8)\nexit\n",
    "r2 = map_by_fd(0) ll\nl: r2 = 1\nif r2 != 0 goto l\nr0 = 1\nexit\n",  /* never ends */
    "r2 = map_by_fd(0) ll\nr1 = 0\nr2 = 42\ncall 2000002\nr0 = 1\nexit\n", /* a helper ends the run */
};
static setup links[LINKS];

static mybpf_object *link_of(size_t i, int engine)
{
    return engine == INTERP ? links[i].object : links[i].others[engine];
}

/* The map of every program of `from` holds those of `to`. */
static void wire(int from, int to)
{
    for (size_t i = 0; i < LINKS; i++) {
        mybpf_map *map = mybpf_object_map(link_of(i, from), 0);
        for (uint32_t key = 0; map && key < LINKS; key++) {
            const mybpf_program *program = mybpf_object_program(link_of(key, to), 0);
            CHECK_INT(mybpf_map_update(map, &key, &program, 0), 0);
        }
    }
}

static void unwire(int engine)
{
    for (size_t i = 0; i < LINKS; i++) {
        mybpf_map *map = mybpf_object_map(link_of(i, engine), 0);
        for (uint32_t key = 0; map && key < LINKS; key++) mybpf_map_delete(map, &key);
    }
}

/* From `caller`'s program `start` to index `index`. */
static outcome run_chain(int caller, size_t start, uint64_t index, uint64_t mark, uint64_t budget)
{
    uint64_t memory[2] = {index, mark};
    mybpf_run_opts opts;
    memset(&opts, 0, sizeof opts);
    opts.ctx = memory;
    opts.ctx_size = sizeof memory;
    opts.max_steps = budget;
    outcome out = run_program(mybpf_object_program(link_of(start, caller), 0), &opts);
    if (!start && !index && !out.status) /* itself and 33 tail calls, then the limit */
        CHECK_INT(memory[1], mark + 34);
    return out;
}

static const struct {
    size_t start;
    uint64_t index, mark;
    int only, status, insn; /* only: GUARDED or TRUSTED, 0: both */
    uint64_t r0, steps;     /* 0 steps: not looked at */
} chains[] = {
    {0, 0, 0, 0, 0, NO_INSN, MAX64, 34 * 7},
    {0, 1, 0, 0, 0, NO_INSN, 1001, 7 + 4},
    {0, 2, 0, GUARDED, MYBPF_FAULT_ACCESS, 3, 0, 7 + 4},
    {0, 3, 0, 0, 0, NO_INSN, MAX64 + 33 * 5, 0}, /* from inside a call: each has a stack of its own */
    {0, 4, 0, 0, 0, NO_INSN, 1, 7 + 5},
    {0, 5, 0, 0, MYBPF_FAULT_BUDGET, 2, 0, 500},
    {0, 6, 0, 0, 0, NO_INSN, 42, 7 + 6},
    {0, 7, 0, 0, 0, NO_INSN, MAX64, 7}, /* an empty place, */
    {0, 8, 0, 0, 0, NO_INSN, MAX64, 7}, /* beyond the map: the caller goes on */
    {0, 0x80000000, 0, 0, 0, NO_INSN, MAX64, 7},
    {0, 0xffffffff, 0, 0, 0, NO_INSN, MAX64, 7},
    {3, 1, 7, 0, 0, NO_INSN, 1007 + 5, 8 + 4},           /* the target's r0 is the function's */
    {3, 0x100000001, 7, 0, 0, NO_INSN, 1007 + 5, 8 + 4}, /* the index has 32 bits */
    {3, 100, 0, 0, 0, NO_INSN, 4, 8},
};

static void check_chains(int caller, int target, mybpf_trust trust)
{
    wire(target, target);
    wire(caller, target);
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        if (chains[i].only && (int)trust != chains[i].only) continue;
        CASE("%s calls %s, trust %d, from %d to %llx", engine_names[caller], engine_names[target], (int)trust,
             (int)chains[i].start, (unsigned long long)chains[i].index);
        outcome out = run_chain(caller, chains[i].start, chains[i].index, chains[i].mark, 500);
        CHECK_INT(out.status, chains[i].status);
        CHECK_INT(out.insn, chains[i].insn);
        CHECK_INT(out.r0, chains[i].r0);
        if (chains[i].steps) CHECK_INT(out.steps, chains[i].steps);
        for (uint64_t budget = 1; budget < chains[i].steps && budget < 30; budget++) {
            out = run_chain(caller, chains[i].start, chains[i].index, chains[i].mark, budget);
            CHECK_INT(out.status, MYBPF_FAULT_BUDGET);
        }
    }
}

static mybpf_map *make_jumps(mybpf_vm *vm)
{
    mybpf_map_desc desc;
    mybpf_map *map = NULL;
    memset(&desc, 0, sizeof desc);
    strcpy(desc.name, "jumps");
    desc.type = MYBPF_MAP_TYPE_PROG_ARRAY;
    desc.key_size = desc.value_size = 4;
    desc.max_entries = 8;
    CHECK_INT(mybpf_map_create(vm, &desc, &map, NULL), 0);
    return map;
}

RUN_TEST(equal, tail_calls)
{
    for (int trust = GUARDED; trust <= TRUSTED; trust++) {
        setup *s = links;
        int has[ENGINES];
        make_vm(&links[0]);
        mybpf_map *map = make_jumps(s->vm);
        for (int e = 0; e < ENGINES; e++) has[e] = e != BARE && e != BARE_BYTECODE; /* BARE carries no maps */
        for (size_t i = 0; i < LINKS; i++) {
            CASE("program %d, trust %d", (int)i, trust);
            if (i) memset(&links[i], 0, sizeof links[i]);
            links[i].vm = s->vm;
            links[i].map = map;
            links[i].insn_count = assemble(chain[i], links[i].insns, 64);
            if (!load(&links[i], (mybpf_trust)trust, 1)) return;
            for (int e = JIT; e < ENGINES; e++) {
                if (has[e]) links[i].others[e] = make_other(&links[i], e);
                if (!links[i].others[e]) has[e] = 0;
            }
        }
        for (int caller = 0; caller < ENGINES; caller++)
            for (int target = 0; has[caller] && target < ENGINES; target++)
                if (has[target]) check_chains(caller, target, (mybpf_trust)trust);
        for (int e = 0; e < ENGINES; e++)
            if (has[e]) unwire(e);
        mybpf_map_unref(map);
        for (size_t i = LINKS; i-- > 1;) {
            links[i].vm = NULL;
            end(&links[i]);
        }
        end(&links[0]);
    }
}

#undef TAIL
