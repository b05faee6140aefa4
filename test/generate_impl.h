/* generate_impl.h: what the parts of the generator share. generate.c: the frame and plain code;
 * generate_memory.c: memory, maps and faults; generate_calls.c: everything that is called. */
#ifndef GENERATE_IMPL_H
#define GENERATE_IMPL_H

#include "generate.h"

#include <string.h>

/* Registers 0 to 8 hold numbers between statements, 8 counts a loop while in one. */
#define COUNTER 8
#define MEMORY  9 /* address of the block, in every function */
#define FRAME   10

#define STACK 64            /* bytes of stack a function uses, all written at its start */
#define KEY   (-STACK - 16) /* where keys of maps are written, below those */

/* Opcodes that need their name. */
enum {
    LDDW = 0x18,
    ADD = 0x07,
    ADD_REG = 0x0f,
    MOV = 0xb7,
    MOV_REG = 0xbf,
    MOV32 = 0xb4,
    AND = 0x57,
    LSH = 0x67,
    LDXB = 0x71,
    STW = 0x62,
    STDW = 0x7a,
    STXW = 0x63,
    STXDW = 0x7b,
    JA = 0x05,
    JA32 = 0x06,
    JEQ = 0x15,
    JNE = 0x55,
    MAY_GOTO = 0xe5,
    CALL = 0x85,
    CALLX = 0x8d,
    EXIT = 0x95
};

typedef struct generator {
    entropy *e;
    unit *unit;
    unsigned flags;
    unsigned func; /* being written */
    unsigned subs; /* functions that are no programs and that somebody asked for: they follow */
    int in_loop;
    struct {
        uint32_t at, sub;
    } calls[64]; /* to be patched */
    size_t call_count;
} generator;

/* generate.c */
unsigned pick(generator *g, unsigned below);
int chance(generator *g, unsigned percent);
uint64_t number(generator *g); /* often one at which something changes */
mybpf_insn *emit(generator *g, int code, unsigned dst, unsigned src, int off, int64_t imm);
void emit_lddw(generator *g, unsigned dst, unsigned src, uint64_t value);
unsigned scalar(generator *g); /* a register that holds a number */
void set_scalar(generator *g, unsigned reg);
void clobbered(generator *g);                                     /* gives r1 to r5 numbers, after a call */
uint32_t jump(generator *g, int code, unsigned dst, int32_t imm); /* forward, to be ended by land() */
void land(generator *g, uint32_t jump);
void alu(generator *g);

/* generate_memory.c */
#define TEXT "%d|%u 0x%llx\0-129\0 0x7fz\0yellow" /* the read-only section */
enum { TEXT_NUMBER = 13, TEXT_HEX = 18, TEXT_WORD = 25 };
int map_with(generator *g, uint32_t type); /* a map of that type, -1: none; type 1 for a section */
void make_maps(generator *g);
void memory(generator *g);
void atomic(generator *g);
void indexed(generator *g); /* an address with a variable part */
void map_access(generator *g);
void map_change(generator *g);
void wild(generator *g); /* an access that may fault */

/* generate_calls.c */
void call(generator *g);      /* one of the following */
void tail_call(generator *g); /* to a program, or to none */
void wild_call(generator *g); /* recursion and bad arguments */

#endif
