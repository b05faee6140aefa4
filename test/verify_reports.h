/* verify_reports.h: the whole report of refusals of verify_cases.h, by their names. */
#ifndef VERIFY_REPORTS_H
#define VERIFY_REPORTS_H

/* clang-format off */
#define REPORT(name, text) {name, text},
static const struct report {
    const char *name, *text;
} reports[] = {
    REPORT("write to r10",
           "main: 0: r10 = 1\n"
           "  what:   write to r10\n"
           "  why:    the frame pointer is read-only\n"
           "  help:   copy r10 to another register and change that\n")
    REPORT("jump out forwards",
           "main: 1: goto +1\n"
           "  what:   control leaves function main for instruction 3\n"
           "  why:    what follows it is not this function's code\n"
           "  help:   end every path of the function with exit\n")
    REPORT("jump into lddw",
           "main: 1: if r0 == 0 goto +1\n"
           "  what:   jump to 3, the second half of an lddw\n"
           "  why:    half an instruction means nothing\n"
           "  help:   jump to its first half\n")
    REPORT("unreachable",
           "main: 2: r0 = 1\n"
           "  what:   unreachable instruction in function main\n"
           "  why:    what is never run cannot be looked at\n"
           "  help:   remove it, or load the program guarded\n")
    REPORT("unknown helper",
           "main: 0: call 1999999\n"
           "  what:   unknown helper 1999999\n"
           "  why:    nobody has registered it\n"
           "  help:   register it with mybpf_helper_register before loading\n")
    REPORT("unavailable helper",
           "main: 0: call 2000003\n"
           "  what:   helper user_gone (2000003) is not available\n"
           "  why:    this host has no clock\n"
           "  help:   call something else, or run it where the helper exists\n")
    REPORT("helper without grant",
           "main: 0: call 2000099\n"
           "  what:   helper user_secret (2000099) was not granted to this load\n"
           "  why:    it reaches out of the program\n"
           "  help:   grant it: mybpf_load_opts.grants, or --grant\n")
    REPORT("unset r0 at exit",
           "main: 0: exit\n"
           "  state:  r0 is not written\n"
           "  path:   straight from the start of main\n"
           "  what:   r0 is read, but not written on every path\n"
           "  why:    what it holds is left over from something else\n"
           "  help:   give it a value on every path that comes here\n")
    REPORT("unset operand",
           "main: 0: r0 = r6\n"
           "  state:  r6 is not written\n"
           "  path:   straight from the start of main\n"
           "  what:   r6 is read, but not written on every path\n"
           "  why:    what it holds is left over from something else\n"
           "  help:   give it a value on every path that comes here\n")
    REPORT("unset in a condition",
           "main: 1: if r7 > 1 goto +0\n"
           "  state:  r7 is not written\n"
           "  path:   straight from the start of main\n"
           "  what:   r7 is read, but not written on every path\n"
           "  why:    what it holds is left over from something else\n"
           "  help:   give it a value on every path that comes here\n")
    REPORT("r1 after a call",
           "main: 1: r0 = r1\n"
           "  state:  r1 is not written\n"
           "  path:   straight from the start of main\n"
           "  what:   r1 is read, but not written on every path\n"
           "  why:    what it holds is left over from something else\n"
           "  help:   give it a value on every path that comes here\n")
    REPORT("r3 at the start",
           "main: 0: r0 = r3\n"
           "  state:  r3 is not written\n"
           "  path:   straight from the start of main\n"
           "  what:   r3 is read, but not written on every path\n"
           "  why:    what it holds is left over from something else\n"
           "  help:   give it a value on every path that comes here\n")
    REPORT("argument that a caller does not set",
           "func_5: 5: r0 = r2\n"
           "  state:  r2 is not written\n"
           "  path:   from the start of main\n"
           "          2: call pc+2  ; func_5\n"
           "          6: exit (back to the caller)\n"
           "          3: call pc+1  ; func_5\n"
           "  what:   r2 is read, but not written on every path\n"
           "  why:    what it holds is left over from something else\n"
           "  help:   give it a value on every path that comes here\n")
    REPORT("value of a hash",
           "main: 0: r1 = map_val(map_by_idx(1)) + 0 ll\n"
           "  what:   lddw of a value of map table\n"
           "  why:    only an array of one entry has a fixed one\n"
           "  help:   look the element up with map_lookup_elem\n")
    REPORT("value beyond the end",
           "main: 0: r1 = map_val(map_by_idx(2)) + 17 ll\n"
           "  what:   lddw of offset 17 in fixed, which has 16 bytes\n"
           "  why:    it points behind the value\n"
           "  help:   make the offset smaller, or the value larger\n")
    REPORT("kernel function",
           "main: 0: call kfunc 7\n"
           "  what:   call of kernel function 7 (BTF id)\n"
           "  why:    there is no kernel here\n"
           "  help:   call a helper\n")
    REPORT("recursion",
           "func_3: 4: call pc-2  ; func_3\n"
           "  what:   function func_3 calls itself\n"
           "  why:    its end cannot be proven\n"
           "  help:   write it as a loop, or load it guarded\n")
    REPORT("nine frames",
           "main: 0: call pc+1  ; func_2\n"
           "  what:   calls nest deeper than 8 functions\n"
           "  why:    the stack has room for no more\n"
           "  help:   make one of the functions inline\n")
    REPORT("callx",
           "main: 1: callx r2\n"
           "  state:  r2 is the number 5\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the call through a register\n"
           "  why:    it is not known to be a function\n"
           "  help:   take the address of a function, or load it guarded, which checks it at run time\n")
    REPORT("endless loop",
           "main: 1: goto -1\n"
           "  path:   straight from the start of main\n"
           "  what:   the loop through this instruction does not end\n"
           "  why:    it comes back with nothing changed\n"
           "  help:   count its turns and compare, or use may_goto\n")
    REPORT("below the stack",
           "main: 0: r0 = *(u8 *)(r10 - 513)\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 1-byte read at r10 - 513\n"
           "  why:    it may lie in front of the first byte\n"
           "  help:   make the offset unsigned, or check `i >= 0`\n")
    REPORT("above the stack",
           "main: 1: *(u64 *)(r10 - 7) = 0\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 8-byte write at r10 - 7\n"
           "  why:    it may lie behind the last byte\n"
           "  help:   bound the offset, `if (i < size)`\n")
    REPORT("stack with an unknown index",
           "main: 1: r1 += r2\n"
           "  state:  r1 is the stack at r10 + 0\n"
           "  state:  r2 is any number\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    it may point anywhere then\n"
           "  help:   bound the index: `if (i < 64)`\n")
    REPORT("stack not written",
           "main: 0: r0 = *(u64 *)(r10 - 8)\n"
           "  state:  the stack at r10 - 8 is ???????? (m written, 0 zero, ? not written)\n"
           "  path:   straight from the start of main\n"
           "  what:   the 8-byte read of the stack at r10 + -8\n"
           "  why:    some of these bytes are not written on this path\n"
           "  help:   initialise them\n")
    REPORT("piece of a pointer",
           "main: 1: r0 = *(u32 *)(r10 - 8)\n"
           "  state:  the stack at r10 - 8 is mmmm (m written, 0 zero, ? not written)\n"
           "  path:   straight from the start of main\n"
           "  what:   the 4-byte read of the stack at r10 + -8\n"
           "  why:    it is part of a stored pointer, which is read whole or not at all\n"
           "  help:   read all 8 bytes of it\n")
    REPORT("atomic in the context",
           "main: 1: lock *(u64 *)(r1 + 0) += r0\n"
           "  state:  r0 is the number 0\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 8-byte atomic access at r1 + 0\n"
           "  why:    how it is aligned is not known\n"
           "  help:   do it in a map value or on the stack\n")
    REPORT("misaligned atomic",
           "main: 3: lock *(u64 *)(r10 - 12) += r0\n"
           "  state:  r0 is the number 0\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 8-byte atomic access at r10 - 12\n"
           "  why:    its address may be no multiple of its size\n"
           "  help:   align what it points to, and keep offsets multiples of the size\n")
    REPORT("number as a pointer",
           "main: 1: r0 = *(u8 *)(r2 + 0)\n"
           "  state:  r2 is the number 4096\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 1-byte read at r2 + 0\n"
           "  why:    whatever is at this address may be anybody's\n"
           "  help:   keep the pointer itself, whole and 64 bits wide, from where it came\n")
    REPORT("map as memory",
           "main: 2: r0 = *(u64 *)(r1 + 0)\n"
           "  state:  r1 is map counts\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 8-byte read at r1 + 0\n"
           "  why:    this is no memory that programs may access\n"
           "  help:   pass it to a helper\n")
    REPORT("write to a read-only map",
           "main: 3: *(u64 *)(r1 + 0) = 1\n"
           "  state:  r1 is a value of map table_ro (8 bytes) + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 8-byte write at r1 + 0\n"
           "  why:    programs may not write there\n"
           "  help:   copy it to the stack and change that\n")
    REPORT("value not compared with 0",
           "main: 6: r0 = *(u64 *)(r0 + 0)\n"
           "  state:  r0 is a value of map counts (8 bytes) or NULL + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove the 8-byte read at r0 + 0\n"
           "  why:    it may be NULL\n"
           "  help:   compare it with NULL before this: `if (!p) return 0;`\n")
    REPORT("value moved before the comparison",
           "main: 6: r0 += 8\n"
           "  state:  r0 is a value of map counts (8 bytes) or NULL + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    it may be NULL\n"
           "  help:   compare it with NULL before it is moved\n")
    REPORT("returned stack",
           "func_3: 4: exit\n"
           "  state:  r0 is the stack at r10 + 0\n"
           "  path:   from the start of main\n"
           "          0: call pc+2  ; func_3\n"
           "  what:   r0 is a pointer to this function's stack\n"
           "  why:    its stack is gone then\n"
           "  help:   let the caller pass the memory in\n")
    REPORT("result of a tail call in a function",
           "func_3: 6: call 12  ; tail_call\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  state:  r2 is map counts\n"
           "  state:  r3 is the number 0\n"
           "  path:   from the start of main\n"
           "          0: call pc+2  ; func_3\n"
           "  what:   cannot prove argument 2 of tail_call\n"
           "  why:    the helper does not work on maps of this type\n"
           "  help:   give it a map of a type that it works on\n")
    REPORT("key not written",
           "main: 4: call 1  ; map_lookup_elem\n"
           "  state:  r1 is map counts\n"
           "  state:  r2 is the stack at r10 - 4\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 2 of map_lookup_elem\n"
           "  why:    some of these bytes are not written on this path\n"
           "  help:   initialise them\n")
    REPORT("key too short",
           "main: 5: call 1  ; map_lookup_elem\n"
           "  state:  r1 is map table\n"
           "  state:  r2 is the stack at r10 - 4\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 2 of map_lookup_elem\n"
           "  why:    it may lie behind the last byte\n"
           "  help:   bound the offset, `if (i < size)`\n")
    REPORT("no map",
           "main: 3: call 1  ; map_lookup_elem\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  state:  r2 is the stack at r10 - 4\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of map_lookup_elem\n"
           "  why:    it is not what this argument must be\n"
           "  help:   pass what the helper's prototype asks for\n")
    REPORT("size not known",
           "main: 0: call 2000001  ; user_read\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  state:  r2 is any number\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of user_read\n"
           "  why:    the size may be 0\n"
           "  help:   check `if (n > 0)`\n")
    REPORT("negative size",
           "main: 1: call 2000001  ; user_read\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  state:  r2 is the number -1\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of user_read\n"
           "  why:    the size may be too large\n"
           "  help:   bound it, `if (n <= sizeof buffer)`\n")
    REPORT("NULL with a size",
           "main: 2: call 2000002  ; user_write\n"
           "  state:  r1 is the number 0\n"
           "  state:  r2 is the number 1\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of user_write\n"
           "  why:    whatever is at this address may be anybody's\n"
           "  help:   keep the pointer itself, whole and 64 bits wide, from where it came\n")
    REPORT("helper writes to a read-only map",
           "main: 3: call 2000002  ; user_write\n"
           "  state:  r1 is a value of map table_ro (8 bytes) + 0\n"
           "  state:  r2 is the number 8\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of user_write\n"
           "  why:    programs may not write there\n"
           "  help:   copy it to the stack and change that\n")
    REPORT("text that may change",
           "main: 2: call 2000006  ; user_print\n"
           "  state:  r1 is a value of map fixed (16 bytes) + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of user_print\n"
           "  why:    where the text ends is not known\n"
           "  help:   use a string literal, which is in .rodata\n")
    REPORT("stack with an index, not all written",
           "main: 6: r0 = *(u8 *)(r7 + 0)\n"
           "  state:  r7 is the stack at r10 - 16 + scalar(smin=smin32=0,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf))\n"
           "  path:   straight from the start of main\n"
           "  what:   the 1-byte read of the stack at r10 + -16\n"
           "  why:    some of these bytes are not written on this path\n"
           "  help:   initialise them\n")
    REPORT("pointer plus pointer",
           "main: 0: r1 += r10\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    two pointers cannot be added\n"
           "  help:   subtract them for a distance, add numbers\n")
    REPORT("number minus pointer",
           "main: 1: r0 -= r10\n"
           "  state:  r0 is the number 0\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    it cannot be subtracted from a number\n"
           "  help:   turn it round: pointer minus number\n")
    REPORT("pointer times a number",
           "main: 0: r1 *= 2\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    the result points anywhere\n"
           "  help:   add or subtract; to look at its bits, copy it through the stack\n")
    REPORT("32-bit sum with a pointer",
           "main: 0: w1 += 4\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    half a pointer points anywhere\n"
           "  help:   calculate with 64 bits\n")
    REPORT("map moved",
           "main: 2: r1 += 8\n"
           "  state:  r1 is map counts\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    it stands for what it is and cannot be moved\n"
           "  help:   use it as it is\n")
    REPORT("offset too far",
           "main: 0: r1 += 536870912\n"
           "  state:  r1 is the context (16 bytes) + 0\n"
           "  path:   straight from the start of main\n"
           "  what:   arithmetic on a pointer\n"
           "  why:    the offset is too large to be followed\n"
           "  help:   bound the index: `if (i < 64)`\n")
    REPORT("pointer to a frame in its caller's",
           "func_5: 5: *(u64 *)(r1 + 0) = r10\n"
           "  state:  r1 is the caller's stack at r10 - 8\n"
           "  path:   from the start of main\n"
           "          2: call pc+2  ; func_5\n"
           "  what:   a pointer to the stack must not be stored in a caller's\n"
           "  why:    it may outlive its function\n"
           "  help:   give the caller numbers, or memory that it passed in\n")
    REPORT("two frames too large",
           "main: 1: call pc+1  ; func_3\n"
           "  what:   functions that call each other up to here take 608 bytes of stack, more than 512\n"
           "  why:    the stack has room for no more\n"
           "  help:   use a map for what is large, or make a function inline\n")
    REPORT("tail call below a large frame",
           "func_3: 6: call 12  ; tail_call\n"
           "  what:   a tail call inside of functions whose callers take 256 bytes of stack\n"
           "  why:    they stay, so it must be less than 256\n"
           "  help:   keep large variables of functions that lead to a tail call in a map\n")
#ifndef MYBPF_MAX_VISITED /* the usual limit */
    REPORT("loop of two million turns",
           "main: 2: if r0 < 2000000 goto -2\n"
           "  state:  r0 is the number 500004\n"
           "  path:   from the start of main\n"
           "          2: if r0 < 2000000 goto -2 (taken), 500003 times\n"
           "  what:   more than 1000008 instructions visited\n"
           "  why:    its end was not found so far\n"
           "  help:   give loops fewer turns, or load it guarded, with a budget\n")
#endif
    REPORT("helper with a value or NULL",
           "main: 8: call 2000001  ; user_read\n"
           "  state:  r1 is a value of map counts (8 bytes) or NULL + 0\n"
           "  state:  r2 is the number 8\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of user_read\n"
           "  why:    it may be NULL\n"
           "  help:   compare it with NULL before this: `if (!p) return 0;`\n")
    REPORT("misaligned long",
           "main: 3: call 2000005  ; user_long\n"
           "  state:  r1 is the stack at r10 - 12\n"
           "  state:  r2 is the number 0\n"
           "  path:   straight from the start of main\n"
           "  what:   cannot prove argument 1 of user_long\n"
           "  why:    its address may be no multiple of its size\n"
           "  help:   align what it points to, and keep offsets multiples of the size\n")
};
#undef REPORT
/* clang-format on */

#endif
