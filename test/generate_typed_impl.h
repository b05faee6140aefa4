/* generate_typed_impl.h: what the parts of the generator share. generate_typed.c: numbers, calls, structure;
 * generate_typed_memory.c: accesses, packets, maps; generate_typed_meet.c: ways that meet and know different
 * things. */
#ifndef GENERATE_TYPED_IMPL_H
#define GENERATE_TYPED_IMPL_H

#include "generate_typed.h"

#include <string.h>

/* What a register or a slot holds. */
enum { NONE, NUMBER, STACKED, CONTEXT, VALUE, OR_NULL, PACKET, END, KINDS };
enum { SLOTS = 12, REGS = 10, FUNCS = 4, OUTS = 64, CTX_SLOT = 11 };

typedef struct known {
    uint16_t kind, map; /* no padding: it is compared byte by byte */
    int off;            /* pointers: from the first byte; of the stack: from r10 */
    uint32_t bound;     /* numbers: at most this, unsigned; packets: bytes compared from the base on */
} known;

typedef struct frame_known {
    known reg[REGS];
    known slot[SLOTS];  /* 8 bytes at r10 - 8 (i + 1): what was stored there whole, NONE if nothing was */
    uint8_t has[SLOTS]; /* something is written */
} frame_known;

typedef struct maker {
    entropy *e;
    typed *t;
    unsigned flags, sloppy; /* in a thousand */
    unsigned nesting, loops;
    frame_known now;
    uint32_t outs[OUTS], out_count; /* jumps to the running function's end */
    int is_sub, is_body;            /* is_body: bpf_loop calls it, for 0 or 1 */
    struct {
        uint32_t at;
        int callback, sub;
        known args[5];
    } calls[8];
    uint32_t call_count, sub_count;
} maker;

/* generate_typed.c */
extern const uint8_t typed_size_codes[4]; /* of instructions that access 1, 2, 4, 8 bytes */
unsigned typed_below(maker *m, unsigned limit);
int typed_maybe(maker *m, unsigned percent);
int typed_wrong(maker *m);
uint32_t typed_put(maker *m, int code, unsigned dst, unsigned src, int off, int64_t imm);
void typed_land_here(maker *m, uint32_t at);
void typed_out(maker *m, uint32_t at);
known typed_number_up_to(uint32_t bound);
void typed_clobber(maker *m);
int typed_find(maker *m, unsigned kind);
unsigned typed_target(maker *m, int but);
void typed_set(maker *m, unsigned r, known k);
int64_t typed_some_number(maker *m);
void typed_number(maker *m, unsigned r);
unsigned typed_bounded(maker *m, uint32_t bound);
uint32_t typed_some_branch(maker *m);

/* generate_typed_memory.c */
int typed_size_of(const maker *m, const known *k);
int typed_some_pointer(maker *m);
int typed_stack_pointer(maker *m, unsigned r, int bytes);
void typed_access_within(maker *m, unsigned p, int low, int high);
void typed_stack_access(maker *m);
void typed_access(maker *m);
void typed_indexed_access(maker *m);
void typed_packet(maker *m);
void typed_key(maker *m, unsigned map);
void typed_check_null(maker *m);
void typed_lookup(maker *m);
void typed_change(maker *m);

/* generate_typed_meet.c */
void typed_meet(maker *m);
void typed_meet_twice(maker *m);

#endif
