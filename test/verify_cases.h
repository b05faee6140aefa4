/* verify_cases.h: what the verifier refuses, with its message, and what it accepts and guards: programs as
 * text. Maps by index: 0 an array of 4 values of 8 bytes, 1 a hash, 2 an array of one value of 16 bytes, 3 a
 * read-only one of 8 bytes. r1 is a context of 16 bytes. */
#ifndef VERIFY_CASES_H
#define VERIFY_CASES_H

#include "mybpf.h"

enum { V = 1, G = 2, T = 4, ALL = 7 }; /* trust modes of a case */

/* clang-format off */
#define LOOKUP "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\n"
#define REFUSE(name, modes, text, status, insn, message) {name, modes, text, MYBPF_##status, insn, message},
static const struct refusal {
    const char *name;
    int modes; /* that refuse it */
    const char *text;
    int status, insn;
    const char *message;
} refusals[] = {
    REFUSE("write to r10", ALL, "r10 = 1\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("add to r10", ALL, "r10 += -8\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("load into r10", ALL, "r10 = *(u64 *)(r1 + 0)\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("lddw into r10", ALL, "r10 = 1 ll\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("swap r10", ALL, "r10 = be16 r10\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("negate r10", ALL, "r10 = -r10\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("fetch into r10", ALL, "r10 = atomic_fetch_add((u64 *)(r1 + 0), r10)\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("xchg with r10", ALL, "r10 = xchg_64(r1 + 0, r10)\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("acquire into r10", ALL, "r10 = load_acquire((u64 *)(r1 + 0))\nr0 = 0\nexit", ERR_VERIFY, 0,
           "write to r10: the frame pointer is read-only")
    REFUSE("jump out forwards", ALL, "r0 = 0\ngoto +1\nexit", ERR_VERIFY, 1,
           "control leaves function main for instruction 3")
    REFUSE("jump out backwards", ALL, "r0 = 0\nif r0 == 0 goto -3\nexit", ERR_VERIFY, 1,
           "control leaves function main for instruction -1")
    REFUSE("jump into lddw", ALL, "r0 = 0\nif r0 == 0 goto +1\nr0 = 1 ll\nexit", ERR_VERIFY, 1,
           "jump to 3, the second half of an lddw")
    REFUSE("no end", ALL, "r0 = 0", ERR_VERIFY, 0,
           "control leaves function main for instruction 1")
    REFUSE("ends in a condition", ALL, "r0 = 0\nif r0 == 0 goto -2", ERR_VERIFY, 1,
           "control leaves function main for instruction 2")
    REFUSE("unreachable", V, "r0 = 0\nexit\nr0 = 1\nexit", ERR_VERIFY, 2,
           "unreachable instruction in function main")
    REFUSE("skipped", V, "r0 = 0\ngoto +1\nr0 = 1\nexit", ERR_VERIFY, 2,
           "unreachable instruction in function main")
    REFUSE("unknown helper", ALL, "call 1999999\nexit", ERR_VERIFY, 0,
           "unknown helper 1999999")
    REFUSE("unavailable helper", ALL, "call 2000003\nexit", ERR_UNSUPPORTED, 0,
           "helper user_gone (2000003) is not available: this host has no clock")
    REFUSE("helper without grant", ALL, "call 2000099\nexit", ERR_PERMISSION, 0,
           "helper user_secret (2000099) was not granted to this load")
    REFUSE("unset r0 at exit", V | G, "exit", ERR_VERIFY, 0,
           "r0 is read, but not written on every path")
    REFUSE("unset operand", V | G, "r0 = r6\nexit", ERR_VERIFY, 0,
           "r6 is read, but not written on every path")
    REFUSE("unset on one path", V | G, "if r1 == 0 goto +1\nr6 = 1\nr0 = r6\nexit", ERR_VERIFY, 2,
           "r6 is read, but not written on every path")
    REFUSE("unset in a condition", V | G, "r0 = 0\nif r7 > 1 goto +0\nexit", ERR_VERIFY, 1,
           "r7 is read, but not written on every path")
    REFUSE("r1 after a call", V | G, "call 2000007\nr0 = r1\nexit", ERR_VERIFY, 1,
           "r1 is read, but not written on every path")
    REFUSE("r3 at the start", V, "r0 = r3\nexit", ERR_VERIFY, 0,
           "r3 is read, but not written on every path")
    REFUSE("unset argument", V | G, "r1 = 0\nr2 = r10\ncall 2000007\ncall 2000001\nexit", ERR_VERIFY, 3,
           "r1 is read, but not written on every path")
    REFUSE("result of a void helper", V | G, "r1 = 0\nr2 = 0\ncall 2000002\nexit", ERR_VERIFY, 3,
           "r0 is read, but not written on every path")
    REFUSE("result that a function does not set", V | G, "call f\nexit\nf:\nif r1 == 0 goto +1\nr0 = 1\nexit", ERR_VERIFY, 1,
           "r0 is read, but not written on every path")
    REFUSE("argument that a caller does not set", V | G, "r1 = 1\nr2 = 2\ncall f\ncall f\nexit\nf:\nr0 = r2\nexit", ERR_VERIFY, 5,
           "r2 is read, but not written on every path")
    REFUSE("no such map", ALL, "r1 = map_by_idx(9) ll\nr0 = 0\nexit", ERR_VERIFY, 0,
           "names map 9, but 5 are given")
    REFUSE("value of a hash", ALL, "r1 = map_val(map_by_idx(1)) + 0 ll\nr0 = 0\nexit", ERR_VERIFY, 0,
           "lddw of a value of map table: only an array of one entry has a fixed one")
    REFUSE("value beyond the end", ALL, "r1 = map_val(map_by_idx(2)) + 17 ll\nr0 = 0\nexit", ERR_VERIFY, 0,
           "lddw of offset 17 in fixed, which has 16 bytes")
    REFUSE("kernel function", ALL, "call kfunc 7\nexit", ERR_UNSUPPORTED, 0,
           "call of kernel function 7 (BTF id): there is no kernel here")
    REFUSE("recursion", V, "r0 = 0\ncall f\nexit\nf:\nr0 = 0\ncall f\nexit", ERR_VERIFY, 4,
           "function func_3 calls itself: refused in verified mode")
    REFUSE("mutual recursion", V, "r0 = 0\ncall f\nexit\nf:\nr0 = 0\ncall g\nexit\ng:\nr0 = 0\ncall f\nexit", ERR_VERIFY, 7,
           "function func_3 calls itself: refused in verified mode")
    REFUSE("nine frames", V, "call b\nexit\nb:\ncall c\nexit\nc:\ncall d\nexit\nd:\ncall e\nexit\ne:\ncall f\nexit\nf:\ncall g\nexit\ng:\ncall h\nexit\nh:\ncall i\nexit\ni:\nr0 = 0\nexit", ERR_VERIFY, 0,
           "calls nest deeper than 8 functions")
    REFUSE("callx", V, "r2 = 5\ncallx r2\nexit", ERR_VERIFY, 1,
           "cannot prove the call through a register: r2 is the number 5; guarded mode checks it at run time")
    REFUSE("endless loop", V, "r0 = 0\ngoto -1", ERR_VERIFY, 1,
           "the loop through this instruction does not end: it comes back with nothing changed; count its turns and compare, or use may_goto")
    REFUSE("loop of a may_goto's jump", V, "r0 = 0\nmay_goto -1\nexit", ERR_VERIFY, 1,
           "the loop through this instruction does not end: it comes back with nothing changed; count its turns and compare, or use may_goto")
    REFUSE("below the stack", V, "r0 = *(u8 *)(r10 - 513)\nexit", ERR_VERIFY, 0,
           "cannot prove the 1-byte read at r10 - 513: r10 is the stack at r10 + 0; it may lie in front of the first byte: make the offset unsigned, or check `i >= 0`")
    REFUSE("above the stack", V, "r0 = 0\n*(u64 *)(r10 - 7) = 0\nexit", ERR_VERIFY, 1,
           "cannot prove the 8-byte write at r10 - 7: r10 is the stack at r10 + 0; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("subtraction from the stack's address", V, "r0 = 0\nr1 = r10\nr1 -= 8\n*(u64 *)(r1 + 0) = 0\nexit", ERR_VERIFY, 2,
           "arithmetic on a pointer: r1 is the stack at r10 + 0; nothing is subtracted from the stack's address: add a negative number")
    REFUSE("stack between its words", V, "r0 = 0\n*(u64 *)(r10 - 12) = 0\nexit", ERR_VERIFY, 1,
           "cannot prove the 8-byte write at r10 - 12: r10 is the stack at r10 + 0; its address must be known to be a multiple of its size")
    REFUSE("half of a pointer on the stack", V, "r0 = 0\n*(u32 *)(r10 - 8) = r1\nexit", ERR_VERIFY, 1,
           "a pointer stored in part: its slot of the stack would hold neither it nor a number; store all 8 bytes")
    REFUSE("result of a tail call", V, "r2 = map_by_idx(4) ll\nr3 = 0\ncall 12\nexit", ERR_VERIFY, 4, "r0 is read, but not written on every path")
    REFUSE("below the stack by arithmetic", V, "r0 = 0\nr1 = r10\nr1 += -512\n*(u8 *)(r1 - 1) = 0\nexit", ERR_VERIFY, 3,
           "cannot prove the 1-byte write at r1 - 1: r1 is the stack at r10 - 512; it may lie in front of the first byte: make the offset unsigned, or check `i >= 0`")
    REFUSE("stack with an unknown index", V, "r1 = r10\nr1 += r2\nr0 = *(u8 *)(r1 - 8)\nexit", ERR_VERIFY, 1,
           "arithmetic on a pointer: r1 is the stack at r10 + 0; the offset has no bounds: check it first")
    REFUSE("stack not written", V, "r0 = *(u64 *)(r10 - 8)\nexit", ERR_VERIFY, 0,
           "the 8-byte read of the stack at r10 + -8: some of these bytes are not written on this path: initialise them")
    REFUSE("stack half written", V, "*(u32 *)(r10 - 8) = 0\nr0 = *(u64 *)(r10 - 8)\nexit", ERR_VERIFY, 1,
           "the 8-byte read of the stack at r10 + -8: some of these bytes are not written on this path: initialise them")
    REFUSE("stack written on one path", V, "r0 = 0\nif r1 == 0 goto +1\n*(u64 *)(r10 - 8) = 0\nr0 = *(u64 *)(r10 - 8)\nexit", ERR_VERIFY, 3,
           "the 8-byte read of the stack at r10 + -8: some of these bytes are not written on this path: initialise them")
    REFUSE("piece of a pointer", V, "*(u64 *)(r10 - 8) = r1\nr0 = *(u32 *)(r10 - 8)\nexit", ERR_VERIFY, 1,
           "the 4-byte read of the stack at r10 + -8: it is part of a stored pointer, which is read whole or not at all")
    REFUSE("beyond the context", V, "r0 = *(u64 *)(r1 + 9)\nexit", ERR_VERIFY, 0,
           "cannot prove the 8-byte read at r1 + 9: r1 is the context (16 bytes) + 0; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("before the context", V, "r0 = *(u64 *)(r1 - 1)\nexit", ERR_VERIFY, 0,
           "cannot prove the 8-byte read at r1 - 1: r1 is the context (16 bytes) + 0; it may lie in front of the first byte: make the offset unsigned, or check `i >= 0`")
    REFUSE("atomic in the context", V, "r0 = 0\nlock *(u64 *)(r1 + 0) += r0\nexit", ERR_VERIFY, 1,
           "cannot prove the 8-byte atomic access at r1 + 0: r1 is the context (16 bytes) + 0; atomic operations work on stack and map values")
    REFUSE("misaligned atomic", V, "r0 = 0\n*(u64 *)(r10 - 8) = 0\n*(u64 *)(r10 - 16) = 0\nlock *(u64 *)(r10 - 12) += r0\nexit", ERR_VERIFY, 3,
           "cannot prove the 8-byte atomic access at r10 - 12: r10 is the stack at r10 + 0; its address must be known to be a multiple of its size")
    REFUSE("number as a pointer", V, "r2 = 4096\nr0 = *(u8 *)(r2 + 0)\nexit", ERR_VERIFY, 1,
           "cannot prove the 1-byte read at r2 + 0: r2 is the number 4096; only a pointer can be followed")
    REFUSE("pointer cut to 32 bits", V, "w1 = w1\nr0 = *(u8 *)(r1 + 0)\nexit", ERR_VERIFY, 1,
           "cannot prove the 1-byte read at r1 + 0: r1 is a number, scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff)); only a pointer can be followed")
    REFUSE("map as memory", V, "r1 = map_by_idx(0) ll\nr0 = *(u64 *)(r1 + 0)\nexit", ERR_VERIFY, 2,
           "cannot prove the 8-byte read at r1 + 0: r1 is map counts; this is no memory that programs may access")
    REFUSE("beyond a map value", V, "r1 = map_val(map_by_idx(2)) + 8 ll\nr0 = *(u64 *)(r1 + 1)\nexit", ERR_VERIFY, 2,
           "cannot prove the 8-byte read at r1 + 1: r1 is a value of map fixed (16 bytes) + 8; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("write to a read-only map", V, "r0 = 0\nr1 = map_val(map_by_idx(3)) + 0 ll\n*(u64 *)(r1 + 0) = 1\nexit", ERR_VERIFY, 3,
           "cannot prove the 8-byte write at r1 + 0: r1 is a value of map table_ro (8 bytes) + 0; programs may not write there")
    REFUSE("value not compared with 0", V, LOOKUP "r0 = *(u64 *)(r0 + 0)\nexit", ERR_VERIFY, 6,
           "cannot prove the 8-byte read at r0 + 0: r0 is a value of map counts (8 bytes) or NULL + 0; compare it with NULL before this: `if (!p) return 0;`")
    REFUSE("value on the wrong branch", V, LOOKUP "if r0 != 0 goto +1\nr0 = *(u64 *)(r0 + 0)\nexit", ERR_VERIFY, 7,
           "cannot prove the 8-byte read at r0 + 0: r0 is the number 0; only a pointer can be followed")
    REFUSE("value compared in 32 bits", V, LOOKUP "if w0 == 0 goto +1\nr0 = *(u64 *)(r0 + 0)\nexit", ERR_VERIFY, 7,
           "cannot prove the 8-byte read at r0 + 0: r0 is a value of map counts (8 bytes) or NULL + 0; compare it with NULL before this: `if (!p) return 0;`")
    REFUSE("value moved before the comparison", V, LOOKUP "r0 += 8\nif r0 == 0 goto +1\nr0 = *(u64 *)(r0 - 8)\nexit", ERR_VERIFY, 6,
           "arithmetic on a pointer: r0 is a value of map counts (8 bytes) or NULL + 0; compare it with NULL before it is moved")
    REFUSE("an older value than the one compared", V, "r6 = 0\nr7 = 2\nagain:\n" LOOKUP "if r7 == 1 goto last\nr6 = r0\nr7 = 1\nmay_goto out\ngoto again\nlast:\nif r0 == 0 goto out\nr0 = *(u64 *)(r6 + 0)\nexit\nout:\nr0 = 0\nexit", ERR_VERIFY, 14,
           "cannot prove the 8-byte read at r6 + 0: r6 is a value of map counts (8 bytes) or NULL + 0; compare it with NULL before this: `if (!p) return 0;`")
    REFUSE("beyond a value", V, LOOKUP "if r0 == 0 goto +1\nr0 = *(u64 *)(r0 + 1)\nexit", ERR_VERIFY, 7,
           "cannot prove the 8-byte read at r0 + 1: r0 is a value of map counts (8 bytes) + 0; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("spilled pointer overwritten", V, "*(u64 *)(r10 - 8) = r1\n*(u8 *)(r10 - 5) = 0\nr1 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r1 + 0)\nexit", ERR_VERIFY, 3,
           "cannot prove the 1-byte read at r1 + 0: r1 is any number; only a pointer can be followed")
    REFUSE("returned stack", V, "call f\nr0 = *(u64 *)(r0 - 8)\nexit\nf:\nr0 = r10\nexit", ERR_VERIFY, 4,
           "r0 is a pointer to this function's stack: it must not be returned")
    REFUSE("result of a tail call in a function", V, "call f\nr0 = *(u64 *)(r0 + 0)\nexit\nf:\nr2 = map_by_idx(0) ll\nr3 = 0\ncall 12\nr0 = map_val(map_by_idx(2)) + 0 ll\nexit", ERR_VERIFY, 6,
           "cannot prove argument 2 of tail_call: r2 is map counts; the helper does not work on maps of this type")
    REFUSE("key not written", V, "r2 = r10\nr2 += -4\nr1 = map_by_idx(0) ll\ncall 1\nr0 = 0\nexit", ERR_VERIFY, 4,
           "cannot prove argument 2 of map_lookup_elem: r2 is the stack at r10 - 4; some of these bytes are not written on this path: initialise them")
    REFUSE("key too short", V, "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr1 = map_by_idx(1) ll\ncall 1\nr0 = 0\nexit", ERR_VERIFY, 5,
           "cannot prove argument 2 of map_lookup_elem: r2 is the stack at r10 - 4; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("no map", V, "*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\ncall 1\nr0 = 0\nexit", ERR_VERIFY, 3,
           "cannot prove argument 1 of map_lookup_elem: r1 is the context (16 bytes) + 0; it is not what this argument must be")
    REFUSE("size not known", V, "call 2000001\nexit", ERR_VERIFY, 0,
           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0; the size may be 0: check `if (n > 0)`")
    REFUSE("size too large", V, "r2 = 17\ncall 2000001\nexit", ERR_VERIFY, 1,
           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("size 0", V, "r2 = 0\ncall 2000001\nexit", ERR_VERIFY, 1,
           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0; the size may be 0: check `if (n > 0)`")
    REFUSE("negative size", V, "r2 = -1\ncall 2000001\nexit", ERR_VERIFY, 1,
           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0; the size may be too large: bound it, `if (n <= sizeof buffer)`")
    REFUSE("NULL with a size", V, "r1 = 0\nr2 = 1\ncall 2000002\nr0 = 0\nexit", ERR_VERIFY, 2,
           "cannot prove argument 1 of user_write: r1 is the number 0; only a pointer can be followed")
    REFUSE("helper writes to a read-only map", V, "r1 = map_val(map_by_idx(3)) + 0 ll\nr2 = 8\ncall 2000002\nr0 = 0\nexit", ERR_VERIFY, 3,
           "cannot prove argument 1 of user_write: r1 is a value of map table_ro (8 bytes) + 0; programs may not write there")
    REFUSE("no function", V, "r2 = r1\ncall 2000004\nexit", ERR_VERIFY, 1,
           "cannot prove argument 1 of user_each: r1 is the context (16 bytes) + 0; it is not what this argument must be")
    REFUSE("no context", V, "r2 = r1\nr2 += 1\nr1 = code_addr(3) ll\ncall 2000004\nexit\nf:\nr0 = 0\nexit", ERR_VERIFY, 4,
           "cannot prove argument 2 of user_each: r2 is the context (16 bytes) + 1; it is not what this argument must be")
    REFUSE("text that may change", V, "r1 = map_val(map_by_idx(2)) + 0 ll\ncall 2000006\nexit", ERR_VERIFY, 2,
           "cannot prove argument 1 of user_print: r1 is a value of map fixed (16 bytes) + 0; text must end with a zero byte in a section that does not change")
    REFUSE("index without a bound", V, "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit", ERR_VERIFY, 3,
           "arithmetic on a pointer: r0 is a value of map fixed (16 bytes) + 0; the offset has no bounds: check it first")
    REFUSE("index one too large", V, "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r6 > 16 goto +1\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit", ERR_VERIFY, 5,
           "cannot prove the 1-byte read at r0 + 0: r0 is a value of map fixed (16 bytes) + 0 + scalar(smin=smin32=0,smax=umax=smax32=umax32=16,var_off=(0x0; 0x1f)); it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("index that may be negative", V, "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r6 s> 15 goto +1\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit", ERR_VERIFY, 4,
           "arithmetic on a pointer: r0 is a value of map fixed (16 bytes) + 0; the offset has no bounds: check it first")
    REFUSE("index checked in 32 bits", V, "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nif w6 > 15 goto +1\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit", ERR_VERIFY, 4,
           "arithmetic on a pointer: r0 is a value of map fixed (16 bytes) + 0; the offset has no bounds: check it first")
    REFUSE("width beyond the last index", V, "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nr6 &= 15\nr0 += r6\nr0 = *(u16 *)(r0 + 0)\nexit", ERR_VERIFY, 5,
           "cannot prove the 2-byte read at r0 + 0: r0 is a value of map fixed (16 bytes) + 0 + scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf)); it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("index by a register with the wrong bound", V, "r6 = *(u64 *)(r1 + 0)\nr7 = *(u64 *)(r1 + 8)\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r6 > r7 goto +2\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit", ERR_VERIFY, 5,
           "arithmetic on a pointer: r0 is a value of map fixed (16 bytes) + 0; the offset has no bounds: check it first")
    REFUSE("stack with an index, behind", V, "r6 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 8) = 0\nr6 &= 15\nr7 = r10\nr7 += -8\nr7 += r6\nr0 = *(u8 *)(r7 + 0)\nexit", ERR_VERIFY, 6,
           "cannot prove the 1-byte read at r7 + 0: r7 is the stack at r10 - 8 + scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf)); it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("stack with an index, in front", V, "r6 = *(u64 *)(r1 + 0)\nr6 &= 15\nr7 = r10\nr7 += -504\nr6 = -r6\nr7 += r6\n*(u8 *)(r7 + 0) = 0\nr0 = 0\nexit", ERR_VERIFY, 6,
           "cannot prove the 1-byte write at r7 + 0: r7 is the stack at r10 - 504 + scalar(smin=smin32=-15,smax=smax32=0); it may lie in front of the first byte: make the offset unsigned, or check `i >= 0`")
    REFUSE("stack with an index, not all written", V, "r6 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 8) = 0\nr6 &= 15\nr7 = r10\nr7 += -16\nr7 += r6\nr0 = *(u8 *)(r7 + 0)\nexit", ERR_VERIFY, 6,
           "the 1-byte read of the stack at r10 + -16: some of these bytes are not written on this path: initialise them")
    REFUSE("write with an index over a pointer", V, "r6 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 8) = r1\nr6 &= 7\nr7 = r10\nr7 += -8\nr7 += r6\n*(u8 *)(r7 + 0) = 0\nr1 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r1 + 0)\nexit", ERR_VERIFY, 8,
           "cannot prove the 1-byte read at r1 + 0: r1 is any number; only a pointer can be followed")
    REFUSE("shift by too much", V, "r6 = *(u64 *)(r1 + 0)\nr7 = 1\nr6 &= 127\nr7 <<= r6\nr7 &= 0xff\nr0 = map_val(map_by_idx(2)) + 0 ll\nr0 += r7\nr0 = *(u8 *)(r0 + 0)\nexit", ERR_VERIFY, 8,
           "cannot prove the 1-byte read at r0 + 0: r0 is a value of map fixed (16 bytes) + 0 + scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)); it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("pointer plus pointer", V, "r1 += r10\nr0 = 0\nexit", ERR_VERIFY, 0,
           "arithmetic on a pointer: r1 is the context (16 bytes) + 0; two pointers cannot be added")
    REFUSE("number minus pointer", V, "r0 = 0\nr0 -= r10\nexit", ERR_VERIFY, 1,
           "arithmetic on a pointer: r10 is the stack at r10 + 0; it cannot be subtracted from a number")
    REFUSE("pointer times a number", V, "r1 *= 2\nr0 = 0\nexit", ERR_VERIFY, 0,
           "arithmetic on a pointer: r1 is the context (16 bytes) + 0; only numbers may be added or subtracted")
    REFUSE("mask of a pointer", V, "r1 &= -8\nr0 = 0\nexit", ERR_VERIFY, 0,
           "arithmetic on a pointer: r1 is the context (16 bytes) + 0; only numbers may be added or subtracted")
    REFUSE("32-bit sum with a pointer", V, "w1 += 4\nr0 = 0\nexit", ERR_VERIFY, 0,
           "arithmetic on a pointer: r1 is the context (16 bytes) + 0; 32 bits do not hold it")
    REFUSE("map moved", V, "r1 = map_by_idx(0) ll\nr1 += 8\nr0 = 0\nexit", ERR_VERIFY, 2,
           "arithmetic on a pointer: r1 is map counts; it stands for what it is and cannot be moved")
    REFUSE("function moved", V, "r1 = code_addr(4) ll\nr1 += 8\nr0 = 0\nexit\nf:\nr0 = 0\nexit", ERR_VERIFY, 2,
           "arithmetic on a pointer: r1 is function func_5; it stands for what it is and cannot be moved")
    REFUSE("offset too far", V, "r1 += 536870912\nr0 = 0\nexit", ERR_VERIFY, 0,
           "arithmetic on a pointer: r1 is the context (16 bytes) + 0; the offset is too large to be followed")
    REFUSE("offset near 2^63", V, "r1 += -2\nr2 = 0x7fffffffffffffff ll\nr1 -= r2\nr0 = 0\nexit", ERR_VERIFY, 3,
           "arithmetic on a pointer: r1 is the context (16 bytes) - 2; the offset is too large to be followed")
    REFUSE("offset near -2^63", V, "r1 += -2\nr2 = 0x8000000000000000 ll\nr1 += r2\nr0 = 0\nexit", ERR_VERIFY, 3,
           "arithmetic on a pointer: r1 is the context (16 bytes) - 2; the offset is too large to be followed")
    REFUSE("offset too far in steps", V, "r6 = r10\nr6 += 0x1fffffff\nr6 += 0x1fffffff\nr0 = 0\nexit", ERR_VERIFY, 2,
           "arithmetic on a pointer: r6 is the stack at r10 + 536870911; the offset is too large to be followed")
    REFUSE("pointer to a frame in its caller's", V, "r1 = r10\nr1 += -8\ncall f\nr0 = 0\nexit\nf:\n*(u64 *)(r1 + 0) = r10\nr0 = 0\nexit", ERR_VERIFY, 5,
           "a pointer to the stack must not be stored in a caller's: it may outlive its function")
    REFUSE("pointer to the caller's frame, in it", V, "r1 = r10\nr1 += -24\ncall f\nr0 = 0\nexit\nf:\n*(u64 *)(r1 + 8) = r1\nr0 = 0\nexit", ERR_VERIFY, 5,
           "a pointer to the stack must not be stored in a caller's: it may outlive its function")
    REFUSE("two frames too large", V, "*(u64 *)(r10 - 304) = 0\ncall f\nexit\nf:\n*(u64 *)(r10 - 304) = 0\nr0 = 0\nexit", ERR_VERIFY, 1,
           "functions that call each other up to here take 608 bytes of stack, more than 512")
    REFUSE("tail call below a large frame", V, "*(u64 *)(r10 - 248) = 0\ncall f\nexit\nf:\nr2 = map_by_idx(4) ll\nr3 = 0\ncall 12\nr0 = 0\nexit", ERR_VERIFY, 6,
           "a tail call inside of functions whose callers take 256 bytes of stack: they stay, so it must be less than 256")
    REFUSE("beyond the caller's stack", V, "r1 = r10\ncall f\nexit\nf:\nr0 = *(u64 *)(r1 - 520)\nexit", ERR_VERIFY, 3,
           "cannot prove the 8-byte read at r1 - 520: r1 is the caller's stack at r10 + 0; it may lie in front of the first byte: make the offset unsigned, or check `i >= 0`")
    REFUSE("caller's stack not written", V, "r1 = r10\ncall f\nexit\nf:\nr0 = *(u64 *)(r1 - 8)\nexit", ERR_VERIFY, 3,
           "the 8-byte read of the stack at r10 + -8: some of these bytes are not written on this path: initialise them")
    REFUSE("loop that changes nothing", V, "r0 = 0\nr2 = 0\nr0 = 1\nr2 = 2\nr0 = r2\nr2 = r0\ngoto -5", ERR_VERIFY, 2,
           "the loop through this instruction does not end: it comes back with nothing changed; count its turns and compare, or use may_goto")
    REFUSE("loop that an unknown number ends", V, "r6 = *(u64 *)(r1 + 0)\nr0 = 0\nr6 += 1\nr6 += -1\nif r6 != 5 goto -3\nexit", ERR_VERIFY, 2,
           "the loop through this instruction does not end: it comes back with nothing changed; count its turns and compare, or use may_goto")
#ifndef MYBPF_MAX_VISITED /* the usual limit */
    REFUSE("loop of two million turns", V, "r0 = 0\nr0 += 1\nif r0 < 2000000 goto -2\nexit", ERR_VERIFY, 2,
           "more than 1000008 instructions visited: a loop with too many turns, or too many paths; load it guarded, with a budget")
#endif
    REFUSE("jump of a may_goto back", V, "r0 = 0\nmay_goto -2\nexit", ERR_VERIFY, 0,
           "the loop through this instruction does not end: it comes back with nothing changed; count its turns and compare, or use may_goto")
    REFUSE("may_goto in a loop that counts too far", V, "r6 = 0\nagain:\nmay_goto out\nr1 = map_val(map_by_idx(2)) + 0 ll\nr1 += r6\n*(u8 *)(r1 + 0) = r6\nr6 += 1\nif r6 != 17 goto again\nout:\nr0 = 0\nexit", ERR_VERIFY, 5,
           "cannot prove the 1-byte write at r1 + 0: r1 is a value of map fixed (16 bytes) + 0 + scalar(smin=umin=smin32=umin32=5,smax=umax=smax32=umax32=31,var_off=(0x0; 0x1f)); it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("pointer that a may_goto's loop moves", V, "r6 = map_val(map_by_idx(2)) + 0 ll\nr0 = 0\nagain:\nmay_goto out\nr0 = *(u8 *)(r6 + 0)\nr6 += 1\ngoto again\nout:\nexit", ERR_VERIFY, 4,
           "cannot prove the 1-byte read at r6 + 0: r6 is a value of map fixed (16 bytes) + 5 + scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0x7)); it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("value compared with another value", V, "r6 = 0\n" LOOKUP "if r0 == r6 goto +1\nr0 = *(u64 *)(r0 + 8)\nexit", ERR_VERIFY, 8,
           "cannot prove the 8-byte read at r0 + 8: r0 is a value of map counts (8 bytes) + 0; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("helper with a value or NULL", V, LOOKUP "r1 = r0\nr2 = 8\ncall 2000001\nexit", ERR_VERIFY, 8,
           "cannot prove argument 1 of user_read: r1 is a value of map counts (8 bytes) or NULL + 0; compare it with NULL before this: `if (!p) return 0;`")
    REFUSE("callx of a number of the context", V, "r2 = *(u64 *)(r1 + 0)\ncallx r2\nexit", ERR_VERIFY, 1,
           "cannot prove the call through a register: r2 is any number; guarded mode checks it at run time")
    REFUSE("function that needs more than it is given", V, "r1 = 8\ncall f\nexit\nf:\nr0 = *(u64 *)(r1 + 0)\nexit", ERR_VERIFY, 3,
           "cannot prove the 8-byte read at r1 + 0: r1 is the number 8; only a pointer can be followed")
    REFUSE("callback with unknown arguments", V, "r2 = r1\nr1 = code_addr(3) ll\ncall 2000004\nexit\nf:\nr0 = *(u64 *)(r1 + 0)\nexit", ERR_VERIFY, 5,
           "cannot prove the 8-byte read at r1 + 0: r1 is any number; only a pointer can be followed")
    REFUSE("tail call into a map that is no program array", V, "r2 = map_by_idx(0) ll\nr3 = 0\ncall 12\nr0 = 0\nexit", ERR_VERIFY, 3,
           "cannot prove argument 2 of tail_call: r2 is map counts; the helper does not work on maps of this type")
    REFUSE("misaligned long", V, "r1 = r10\nr1 += -12\nr2 = 0\ncall 2000005\nexit", ERR_VERIFY, 3,
           "cannot prove argument 1 of user_long: r1 is the stack at r10 - 12; its address must be known to be a multiple of its size")
    REFUSE("size that may be 0", V, "r6 = r1\nr2 = *(u64 *)(r1 + 0)\nr2 &= 7\nr1 = r6\ncall 2000001\nexit", ERR_VERIFY, 4,
           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0; the size may be 0: check `if (n > 0)`")
    REFUSE("size that may be too large", V, "r2 = *(u64 *)(r1 + 0)\nr2 &= 31\nr2 += 1\ncall 2000001\nexit", ERR_VERIFY, 3,
           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0; it may lie behind the last byte: bound the offset, `if (i < size)`")
    REFUSE("size in a pointer", V, "r2 = r1\ncall 2000001\nexit", ERR_VERIFY, 1,
           "cannot prove argument 1 of user_read: r1 is the context (16 bytes) + 0; the size may be too large: bound it, `if (n <= sizeof buffer)`")
    REFUSE("acquire of misaligned memory", V, "r2 = map_val(map_by_idx(2)) + 1 ll\nw0 = load_acquire((u32 *)(r2 + 0))\nexit", ERR_VERIFY, 2,
           "cannot prove the 4-byte atomic access at r2 + 0: r2 is a value of map fixed (16 bytes) + 1; its address must be known to be a multiple of its size")
    REFUSE("atomic at an index", V, "r6 = *(u64 *)(r1 + 0)\nr6 &= 7\nr2 = map_val(map_by_idx(2)) + 0 ll\nr2 += r6\nr0 = 0\nlock *(u64 *)(r2 + 0) += r0\nexit", ERR_VERIFY, 6,
           "cannot prove the 8-byte atomic access at r2 + 0: r2 is a value of map fixed (16 bytes) + 0 + scalar(smin=smin32=0,smax=umax=smax32=umax32=7,var_off=(0x0; 0x7)); its address must be known to be a multiple of its size")
};
#undef REFUSE

/* Accepted programs, and the instructions that guarded mode guards ("" for none). */
#define ACCEPT(name, text, guards, modes) {name, text, guards, modes},
static const struct acceptance {
    const char *name, *text, *guards;
    int modes;
} acceptances[] = {
    ACCEPT("loop", "r0 = 10\nr0 += -1\nif r0 != 0 goto -2\nexit", "", ALL)
    ACCEPT("function that no path calls", "r0 = 1\nif r0 == 1 goto +1\ncall f\nexit\nf:\nr0 = r2\nif r3 & r4 goto -2\nexit", "", ALL)
    ACCEPT("loop beside a may_goto", "r0 = 0\nmay_goto +1\nr0 = 1\nif r0 == 0 goto -2\nexit", "", ALL)
    ACCEPT("the caller's stack", "*(u64 *)(r10 - 8) = 0\nr1 = r10\ncall f\nexit\nf:\nr0 = *(u64 *)(r1 - 8)\nexit", "", ALL)
    ACCEPT("stack", "*(u64 *)(r10 - 512) = 1\nr0 = *(u64 *)(r10 - 512)\nexit", "", ALL)
    ACCEPT("stack by arithmetic", "r1 = r10\nr1 += -100\nr2 = -12\nr1 += r2\n*(u64 *)(r1 - 400) = 1\nr0 = *(u64 *)(r1 - 400)\nexit", "", ALL)
    ACCEPT("context", "r0 = *(u64 *)(r1 + 8)\n*(u32 *)(r1 + 12) = r0\nexit", "", ALL)
    ACCEPT("context in another register", "r6 = r1\nr6 += 4\ncall 2000007\nr0 = *(u32 *)(r6 + 8)\nexit", "", ALL)
    ACCEPT("spilled context", "*(u64 *)(r10 - 8) = r1\ncall 2000007\nr1 = *(u64 *)(r10 - 8)\nr0 = *(u32 *)(r1 + 8)\nexit", "", ALL)
    ACCEPT("same pointer from two paths", "r6 = r1\nif r2 == 0 goto +3\nr1 = r6\nr1 += 8\ngoto +1\nr1 += 8\nr0 = *(u64 *)(r1 + 0)\nexit", "", ALL)
    ACCEPT("other pointers from two paths", "r6 = r1\nif r2 == 0 goto +1\nr6 += 8\nr0 = *(u64 *)(r6 + 0)\nexit", "", ALL)
    ACCEPT("map value", LOOKUP "if r0 == 0 goto +1\nr0 = *(u64 *)(r0 + 0)\nexit", "", ALL)
    ACCEPT("map value by !=", LOOKUP "if r0 != 0 goto +2\nr0 = 0\nexit\nr0 = *(u64 *)(r0 + 0)\nexit", "", ALL)
    ACCEPT("copy of a map value", LOOKUP "r6 = r0\nif r0 == 0 goto +2\nr0 = 1\nlock *(u64 *)(r6 + 0) += r0\nr0 = 0\nexit", "", ALL)
    ACCEPT("section value", "r1 = map_val(map_by_idx(2)) + 4 ll\n*(u32 *)(r1 + 8) = 1\nr0 = *(u32 *)(r1 - 4)\nexit", "", ALL)
    ACCEPT("read of a read-only map", "r1 = map_val(map_by_idx(3)) + 0 ll\nr0 = *(u64 *)(r1 + 0)\nexit", "", ALL)
    ACCEPT("memory for a helper", "*(u64 *)(r10 - 8) = 1\nr1 = r10\nr1 += -8\nr2 = 8\ncall 2000001\nexit", "", ALL)
    ACCEPT("memory from a helper", "r1 = r10\nr1 += -16\nr2 = 16\ncall 2000002\nr0 = *(u64 *)(r10 - 16)\nexit", "", ALL)
    ACCEPT("NULL without a size", "r1 = 0\nr2 = 0\ncall 2000002\nr0 = 0\nexit", "", ALL)
    ACCEPT("a long from a helper", "r1 = r10\nr1 += -8\nr2 = 0\ncall 2000005\nr0 = *(u64 *)(r10 - 8)\nexit", "", ALL)
    ACCEPT("a function for a helper", "r2 = r1\nr1 = code_addr(3) ll\ncall 2000004\nexit\nf:\nr0 = r5\nexit", "", ALL)
    ACCEPT("context to a function", "call f\nexit\nf:\nr0 = *(u64 *)(r1 + 8)\nexit", "", ALL)
    ACCEPT("pointers from two callers", "r6 = r1\ncall f\nr1 = r6\nr1 += 8\ncall f\nexit\nf:\nr0 = *(u64 *)(r1 + 0)\nexit", "", ALL)
    ACCEPT("map value from a function", "call f\nif r0 == 0 goto +1\nr0 = *(u64 *)(r0 + 0)\nexit\nf:\n" LOOKUP "exit", "", ALL)
    ACCEPT("map value from a function by lddw", "call f\nr0 = *(u64 *)(r0 + 0)\nexit\nf:\nr0 = map_val(map_by_idx(2)) + 0 ll\nexit", "", ALL)
    ACCEPT("saved registers", "r6 = r1\ncall f\nr0 = *(u8 *)(r6 + 0)\nexit\nf:\nr6 = 0\nr0 = 0\nexit", "", ALL)
    ACCEPT("function without a result", "call f\nr0 = 0\nexit\nf:\nexit", "", ALL)
    ACCEPT("may_goto", "r0 = 0\nmay_goto +2\nr0 += 1\ngoto -3\nexit", "", ALL)
    ACCEPT("backward jump without a loop", "r0 = 0\ngoto +2\nr0 += 1\nexit\nif r1 == 0 goto -3\ngoto -4", "", ALL)
    ACCEPT("eight frames", "call b\nexit\nb:\ncall c\nexit\nc:\ncall d\nexit\nd:\ncall e\nexit\ne:\ncall f\nexit\nf:\ncall g\nexit\ng:\ncall h\nexit\nh:\nr0 = 0\nexit", "", ALL)
    ACCEPT("packet", "r0 = *(u32 *)skb[4]\nr0 = *(u8 *)skb[r0 + 1]\nexit", "", ALL)
    ACCEPT("arguments of the run", "r0 = r3\nr0 += r4\nr0 += r5\nexit", "", G | T)
    ACCEPT("loop", "r0 = 10\nr0 += -1\nif r0 != 0 goto -2\nexit", "", ALL)
    ACCEPT("unknown pointer", "r3 = *(u64 *)(r1 + 0)\nr0 = *(u64 *)(r3 + 0)\n*(u8 *)(r3 + 1) = 0\nexit", "1 2", G | T)
    ACCEPT("atomics", "r0 = 0\nr2 = r1\nlock *(u64 *)(r2 + 0) += r0\nr0 = load_acquire((u64 *)(r2 + 0))\nstore_release((u8 *)(r10 - 1), w0)\nexit", "2 3", G | T)
    ACCEPT("checked write loses what the stack held", "r3 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 8) = r1\n*(u8 *)(r3 + 0) = 0\nr1 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r1 + 0)\nexit", "2 4", G | T)
    ACCEPT("call loses what the stack held", "*(u64 *)(r10 - 8) = r1\ncall f\nr1 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r1 + 0)\nexit\nf:\nr0 = 0\nexit", "", ALL)
    ACCEPT("helper argument", "r1 = *(u64 *)(r1 + 0)\nr2 = 8\ncall 2000001\nexit", "2", G | T)
    ACCEPT("recursion", "call f\nexit\nf:\nr0 = 0\nif r1 == 0 goto +2\nr1 += -1\ncall f\nexit", "", G | T)
    ACCEPT("callx", "r2 = code_addr(4) ll\ncallx r2\nr0 = *(u64 *)(r10 - 8)\nexit\nf:\nr0 = *(u8 *)(r1 + 0)\nexit", "5", G | T)
    ACCEPT("function that is not called", "r0 = 0\nr1 = code_addr(2) ll\nexit\nf:\nr0 = *(u8 *)(r1 + 0)\nexit", "4", ALL)
    ACCEPT("unknown function changes no proof of r10", "callx r1\nr0 = *(u8 *)(r10 - 1)\nexit", "0", G | T)
    ACCEPT("unset register", "r0 = r6\nexit", "", T)
    ACCEPT("counted loop", "r0 = 0\nr1 = 0\nr0 += r1\nr1 += 1\nif r1 < 100 goto -3\nexit", "", ALL)
    ACCEPT("loop up to an unknown number", "r6 = *(u64 *)(r1 + 0)\nif r6 > 64 goto out\nr0 = 0\nr2 = 0\nagain:\nif r2 >= r6 goto out\nr0 += r2\nr2 += 1\ngoto again\nout:\nr0 = 0\nexit", "", ALL)
    ACCEPT("nested loops", "r0 = 0\nr1 = 0\na:\nr2 = 0\nb:\nr0 += r2\nr2 += 1\nif r2 < 50 goto b\nr1 += 1\nif r1 < 50 goto a\nexit", "", ALL)
    ACCEPT("loop over the stack", "r2 = r10\nr2 += -64\nr1 = 0\na:\nr3 = r2\nr3 += r1\n*(u8 *)(r3 + 0) = 0\nr1 += 1\nif r1 < 64 goto a\nr0 = *(u64 *)(r10 - 32)\nexit", "", ALL)
    ACCEPT("loop over a value", "r6 = map_val(map_by_idx(2)) + 0 ll\nr0 = 0\nr1 = 0\na:\nr3 = r6\nr3 += r1\nr4 = *(u8 *)(r3 + 0)\nr0 += r4\nr1 += 1\nif r1 != 16 goto a\nexit", "", ALL)
    ACCEPT("may_goto whose turns come back the same", "r6 = 0\nagain:\nmay_goto out\nr1 = 1\nr1 = 2\nr1 = 3\nr1 = 4\nr1 = 5\nr6 = 5\ngoto middle\nmiddle:\nr1 = 6\ngoto again\nout:\nr0 = r6\nexit", "", ALL)
    ACCEPT("may_goto in a loop that counts to the end of a value", "r6 = 0\nagain:\nmay_goto out\nr1 = map_val(map_by_idx(2)) + 0 ll\nr1 += r6\n*(u8 *)(r1 + 0) = r6\nr6 += 1\nif r6 != 16 goto again\nout:\nr0 = 0\nexit", "5", ALL)
    ACCEPT("may_goto over a value", "r6 = map_val(map_by_idx(2)) + 0 ll\nr0 = 0\nr1 = 0\na:\nmay_goto out\nif r1 >= 16 goto out\nr3 = r6\nr3 += r1\nr4 = *(u8 *)(r3 + 0)\nr0 += r4\nr1 += 1\ngoto a\nout:\nexit", "", ALL)
    ACCEPT("index with a bound", "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r6 > 15 goto +2\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nr0 = 0\nexit", "", ALL)
    ACCEPT("index with a mask", "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nr6 &= 15\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit", "", ALL)
    ACCEPT("signed index with both bounds", "r6 = *(u64 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r6 s> 15 goto +3\nif r6 s< 0 goto +2\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nr0 = 0\nexit", "", ALL)
    ACCEPT("index bounded in 32 bits", "r6 = *(u32 *)(r1 + 0)\nr0 = map_val(map_by_idx(2)) + 0 ll\nif w6 > 15 goto +2\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nr0 = 0\nexit", "", ALL)
    ACCEPT("bound on a copy", "r6 = *(u64 *)(r1 + 0)\nr7 = r6\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r7 > 15 goto +2\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nr0 = 0\nexit", "", ALL)
    ACCEPT("bound on a spilled copy", "r6 = *(u64 *)(r1 + 0)\n*(u64 *)(r10 - 8) = r6\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r6 > 15 goto +3\nr6 = *(u64 *)(r10 - 8)\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nr0 = 0\nexit", "", ALL)
    ACCEPT("bound in another register", "r6 = *(u64 *)(r1 + 0)\nr7 = *(u64 *)(r1 + 8)\nr7 &= 15\nr0 = map_val(map_by_idx(2)) + 0 ll\nif r6 > r7 goto +2\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nr0 = 0\nexit", "", ALL)
    ACCEPT("32-bit spill and fill", "r6 = *(u32 *)(r1 + 0)\nr6 &= 15\n*(u32 *)(r10 - 8) = r6\nr6 = *(u32 *)(r10 - 8)\nr0 = map_val(map_by_idx(2)) + 0 ll\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit", "", ALL)
    ACCEPT("caller's stack written by a function", "r1 = r10\nr1 += -8\ncall f\nr0 = *(u64 *)(r10 - 8)\nexit\nf:\n*(u64 *)(r1 + 0) = 7\nr0 = 0\nexit", "", ALL)
    ACCEPT("caller's number keeps its bound", "r6 = *(u64 *)(r1 + 0)\nr6 &= 15\ncall f\nr0 = map_val(map_by_idx(2)) + 0 ll\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit\nf:\nr0 = 0\nexit", "", ALL)
    ACCEPT("result with a bound", "r1 = *(u64 *)(r1 + 0)\ncall f\nr6 = r0\nr0 = map_val(map_by_idx(2)) + 0 ll\nr0 += r6\nr0 = *(u8 *)(r0 + 0)\nexit\nf:\nr0 = r1\nr0 &= 15\nexit", "", ALL)
    ACCEPT("callx of a known function", "r6 = r1\nr2 = code_addr(4) ll\ncallx r2\nr0 = *(u64 *)(r6 + 8)\nexit\nf:\nr0 = *(u64 *)(r1 + 8)\nexit", "6", ALL)
    ACCEPT("callx of one of two functions", "r2 = code_addr(7) ll\nr3 = *(u64 *)(r1 + 0)\nif r3 == 0 goto +2\nr2 = code_addr(5) ll\ncallx r2\nexit\nf:\nr0 = 1\nexit\ng:\nr0 = 2\nexit", "", ALL)
    ACCEPT("pointer that a loop moves", "r6 = *(u64 *)(r1 + 0)\nr2 = map_val(map_by_idx(2)) + 0 ll\na:\nr0 = *(u8 *)(r2 + 0)\nr2 += 1\nr6 += -1\nif r6 != 0 goto a\nr0 = *(u64 *)(r1 + 8)\nexit", "3", G | T)
    ACCEPT("size of a range", "r2 = *(u64 *)(r1 + 0)\nr2 &= 7\nr2 += 1\ncall 2000001\nexit", "", ALL)
    ACCEPT("branch that cannot be taken", "r0 = 0\nif r0 == 0 goto +1\nr0 = *(u64 *)(r0 + 0)\nexit", "", ALL)
    ACCEPT("equal to one that is not NULL", LOOKUP "r6 = map_val(map_by_idx(2)) + 0 ll\nif r0 != r6 goto +1\nr0 = *(u64 *)(r0 + 0)\nr0 = 0\nexit", "", ALL)
    ACCEPT("difference of two pointers", "r2 = r10\nr2 += -8\nr0 = r10\nr0 -= r2\nexit", "", ALL)
    ACCEPT("pointer spilled by exchange", "*(u64 *)(r10 - 8) = r1\nr2 = 0\nr2 = xchg_64(r10 - 8, r2)\nr0 = *(u8 *)(r2 + 0)\nexit", "", ALL)
    ACCEPT("many branches that do not matter", "r6 = *(u64 *)(r1 + 0)\nr0 = 0\nif r6 == 0 goto +1\nr0 += 0\nif r6 == 1 goto +1\nr0 += 1\nif r6 == 2 goto +1\nr0 += 2\nif r6 == 3 goto +1\nr0 += 3\nif r6 == 4 goto +1\nr0 += 4\nif r6 == 5 goto +1\nr0 += 5\nif r6 == 6 goto +1\nr0 += 6\nif r6 == 7 goto +1\nr0 += 7\nif r6 == 8 goto +1\nr0 += 8\nif r6 == 9 goto +1\nr0 += 9\nif r6 == 10 goto +1\nr0 += 10\nif r6 == 11 goto +1\nr0 += 11\nif r6 == 12 goto +1\nr0 += 12\nif r6 == 13 goto +1\nr0 += 13\nif r6 == 14 goto +1\nr0 += 14\nif r6 == 15 goto +1\nr0 += 15\nif r6 == 16 goto +1\nr0 += 16\nif r6 == 17 goto +1\nr0 += 17\nif r6 == 18 goto +1\nr0 += 18\nif r6 == 19 goto +1\nr0 += 19\nif r6 == 20 goto +1\nr0 += 20\nif r6 == 21 goto +1\nr0 += 21\nif r6 == 22 goto +1\nr0 += 22\nif r6 == 23 goto +1\nr0 += 23\nexit", "", ALL)
};
#undef ACCEPT
#undef LOOKUP
/* clang-format on */

#endif
