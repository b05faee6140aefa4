/* target.h: what a back end provides, and the assembler state it writes to. docs/codegen.md. */
#ifndef MYBPF__TARGET_H
#define MYBPF__TARGET_H

#include "ir.h"

/* Code is written without its branches: each is a fixup that stands between two bytes, and gets its size and
 * its bytes when everything is known (layout.c). So short and long forms cost no guessing. */
typedef struct mybpf__fixup {
    uint32_t at;    /* position in the code without fixups */
    uint32_t label; /* what it refers to; MYBPF__NO_LABEL: the address in `extra` */
    uint64_t extra; /* the target's: condition, register; for alignments the label of the loop's end */
    uint8_t kind;   /* the target's, or MYBPF__FIXUP_ALIGN */
    uint8_t form;   /* chosen by layout: index of the form */
    uint8_t size;   /* bytes of that form, of padding */
} mybpf__fixup;

#define MYBPF__NO_LABEL 0xffffffffu
#define MYBPF__FIXUP_ALIGN                                                                                   \
    0xff /* label: a loop's head; extra: label behind its end; or a function's start and NO_LABEL */
#define MYBPF__FORMS 4

/* A place: in front of fixup number `fixup`, at position `at`. */
typedef struct mybpf__place {
    uint32_t at, fixup;
} mybpf__place;

/* Code kept out of the way: what happens when a check fails. Emitted behind its function. */
typedef struct mybpf__cold {
    uint8_t kind;      /* the target's */
    uint32_t label;    /* where the cold code starts */
    uint32_t back;     /* label to return to, or NO_LABEL */
    uint32_t insn;     /* the fault's instruction */
    uint32_t position; /* of the block it belongs to, in ir->order */
    int64_t value;
} mybpf__cold;

/* Shared pieces behind all functions; emitted where used. Not every target needs all. */
typedef enum mybpf__stub {
    MYBPF__STUB_UNWIND,
    MYBPF__STUB_STOP,
    MYBPF__STUB_ACCESS,
    MYBPF__STUB_DEPTH,
    MYBPF__STUB_BUDGET,
    MYBPF__STUB_CALL,
    MYBPF__STUB_GUARD_READ,
    MYBPF__STUB_GUARD_WRITE,
    MYBPF__STUB_GUARD_CALL,
    MYBPF__STUB_RESOLVE,
    MYBPF__STUB_CALL_HELPER,
    MYBPF__STUB_LEAVE, /* inside the entry stub, which places it */
    MYBPF__STUB_COUNT
} mybpf__stub;

typedef struct mybpf__emit {
    mybpf__buf code; /* its `failed` is everyone's */
    const mybpf__gen_request *request;
    const mybpf_code *object_code;
    mybpf__ir *ir;
    mybpf__fixup *fixups;
    uint32_t fixup_count, fixup_capacity;
    mybpf__place *labels; /* function i is label i */
    uint32_t label_count, label_capacity;
    mybpf__cold *cold;
    uint32_t cold_count, cold_capacity;
    uint32_t block_labels; /* label of block 0 of this function */
    uint32_t position;     /* of the block whose code is emitted, in ir->order */
    uint32_t stubs[MYBPF__STUB_COUNT];
    uint32_t stubs_used; /* a set; bits */
    uint32_t saved;      /* callee-saved registers any function uses (a set) */
    int uses_env;        /* the environment register is needed */
    int tail_jumps;      /* code that asks at ABI_TAIL_JUMP has been made */
    int calls_out;       /* code of others is called: it wants the stack aligned */
    uint32_t stack;      /* this function: bytes below the saved registers */
    uint32_t enter;      /* label of the entry stub */
    uint64_t base;       /* where the code will run, 0 if not known */
    mybpf__import *imports;
    uint32_t import_count, import_capacity;
    uint32_t *import_index; /* hash table of import numbers + 1 */
    uint32_t import_index_size;
} mybpf__emit;

/* Fused shapes that passes may make for a target. */
enum {
    MYBPF__CAN_ADD3 = 1,   /* dst = a + b without moving a first */
    MYBPF__CAN_INDEX = 2,  /* loads and stores at a + b * {1,2,4,8} + disp */
    MYBPF__CAN_ROTATE = 4, /* ROTL */
    /* SUB_BRANCH: a subtraction whose flags also tell how its operands compared. dst is a; `sub`, which is
     * not SET or CLEAR, compares what a held before with b or imm, both at the operation's width. */
    MYBPF__CAN_SUB_BRANCH = 8,
    MYBPF__CAN_JOIN = 16,  /* accesses to any address cost little; MYBPF__F_SWAPPED */
    MYBPF__CAN_SIGNS = 32, /* operations of 4 bytes extend the sign: wants the flags of upper.c */
    MYBPF__CAN_INDEX_ALONE =
        64,                  /* CAN_INDEX, but with a scale of 1 or the width alone, and no displacement */
    MYBPF__CAN_MEMORY = 128, /* MYBPF__F_MEMORY, where dst is a; MYBPF__F_UPDATE; BRANCH and SELECT of width 1
                                and 2, unsigned, with an imm */
    MYBPF__CAN_TEST = 512,   /* comparing by SET and CLEAR costs no more than comparing with 0 */
    MYBPF__CAN_POPCNT = 1024, /* POPCNT */
    MYBPF__CAN_SWAP = 2048,   /* STORE swaps at no cost */
    MYBPF__CAN_SELECT = 256   /* SELECT, where c is absent the number in disp is moved; ADD_IF */
};

enum { /* mybpf_abi: offsets of its fields */
       MYBPF__ABI_TABLE = 0,
       MYBPF__ABI_FN = 8,
       MYBPF__ABI_SP = 16,
       MYBPF__ABI_FRAME = 24,
       MYBPF__ABI_STEPS = 32,
       MYBPF__ABI_STOP = 40,
       MYBPF__ABI_STOP_INSN = 48,
       MYBPF__ABI_GUARD = 56,
       MYBPF__ABI_TAIL_CALL = 64,
       MYBPF__ABI_RESOLVE = 72,
       MYBPF__ABI_PACKET = 80,
       MYBPF__ABI_RESULT = 88,
       MYBPF__ABI_LIMIT = 96,
       MYBPF__ABI_MAY_GOTO = 104,
       MYBPF__ABI_GUARD_CALL = 112,
       MYBPF__ABI_TAIL_JUMP = 120,
       MYBPF__ABI_WINDOW = 128, /* mybpf_env.window, behind it: of this process alone */
       MYBPF__WINDOW_SIZE = 152 /* bytes, one of two */
};

struct mybpf__target {
    const mybpf__target *next; /* the list of all, see targets.h */
    const char *name;          /* as in MYBPF__IMAGE_TARGETS */
    uint8_t is_host;           /* this machine runs its code */
    uint8_t big_endian;
    uint8_t line;          /* bytes that are fetched at once: loops should straddle few such lines */
    uint8_t home[11];      /* register of each BPF register */
    uint32_t callee_saved; /* sets of registers */
    uint32_t can;          /* MYBPF__CAN_* */
    uint32_t vectors;      /* MYBPF__CPU_*: what LOAD16 and STORE16 need; 0: there are none */
    struct {
        uint32_t can, feature;
    } with[2]; /* MYBPF__CAN_*, where the processor has MYBPF__CPU_* */

    /* Registers that hold nothing in this function, which is not guarded: a set. Those that are not
     * callee-saved are not kept by calls. `frame`: r10 is more than a base of accesses. */
    uint32_t (*spare)(const mybpf__ir *ir, int frame);
    void (*prologue)(mybpf__emit *as);
    void (*op)(mybpf__emit *as, const mybpf__op *op, uint64_t live_after);
    void (*jump)(mybpf__emit *as, uint32_t label);
    void (*cold)(mybpf__emit *as, const mybpf__cold *cold);
    void (*enter)(mybpf__emit *as);
    /* The stubs. `unwind` goes back to the stack of the entry stub, and out through STUB_LEAVE; `fault`
     * records the status (0: STUB_STOP) and its instruction, and unwinds; `service` calls abi.resolve or
     * abi.guard_call with r1..r5 as an array; `call_helper` calls the helper whose number CALLX found. */
    void (*unwind)(mybpf__emit *as);
    void (*fault)(mybpf__emit *as, int status);
    void (*guard)(mybpf__emit *as, int write);
    void (*service)(mybpf__emit *as, int resolve);
    void (*call_helper)(mybpf__emit *as);
    /* Fixups: bytes of a form (0: there is no such form), whether it reaches, and its bytes. `from` and `to`
     * are offsets in the code, or addresses when the fixup has no label. */
    uint32_t (*fixup_size)(const mybpf__fixup *fixup, unsigned form);
    int (*fixup_reaches)(const mybpf__fixup *fixup, unsigned form, uint64_t from, uint64_t to, int known);
    void (*fixup_write)(uint8_t *at, const mybpf__fixup *fixup, uint64_t from, uint64_t to);
    void (*nops)(uint8_t *at, uint32_t count);
};

/* Has the target this shape, or the processor what it needs? */
MYBPF__FN int mybpf__target_can(const mybpf__gen_request *request, uint32_t shape)
{
    const mybpf__target *target = request->target;
    for (unsigned i = 0; i < sizeof target->with / sizeof *target->with; i++)
        if (target->with[i].can & shape) return mybpf__cpu_has(request->features, target->with[i].feature);
    return (target->can & shape) != 0;
}

/* The list grows at its head: a back end takes this as its `next`, and defines it anew as its own record. */
#define MYBPF__TARGET_LIST NULL

/* ---- what back ends call ---- */

/* New labels, not yet placed: the first one. */
MYBPF__FN uint32_t mybpf__emit_labels(mybpf__emit *as, uint32_t count)
{
    uint32_t first = as->label_count;
    mybpf__place *labels = (mybpf__place *)mybpf__room(as->code.vm, as->labels, &as->label_capacity,
                                                       first + count, sizeof *labels);
    if (!labels) {
        as->code.failed = 1;
        return 0;
    }
    if (labels != as->labels) mybpf__expect(as->request, labels, first + count, sizeof *labels);
    as->labels = labels;
    as->label_count += count;
    if (count) mybpf__zero(labels + first, count * sizeof *labels);
    return first;
}
MYBPF__FN uint32_t mybpf__emit_label(mybpf__emit *as) { return mybpf__emit_labels(as, 1); }

MYBPF__FN void mybpf__emit_place(mybpf__emit *as, uint32_t label) /* here */
{
    if (as->code.failed) return;
    as->labels[label].at = (uint32_t)as->code.size;
    as->labels[label].fixup = as->fixup_count;
}

MYBPF__FN void mybpf__emit_fixup(mybpf__emit *as, uint8_t kind, uint32_t label, uint64_t extra)
{
    mybpf__fixup *fixups = (mybpf__fixup *)mybpf__room(as->code.vm, as->fixups, &as->fixup_capacity,
                                                       as->fixup_count + 1, sizeof *fixups);
    if (!fixups) {
        as->code.failed = 1;
        return;
    }
    as->fixups = fixups;
    mybpf__fixup *fixup = &fixups[as->fixup_count++];
    fixup->at = (uint32_t)as->code.size;
    fixup->label = label;
    fixup->extra = extra;
    fixup->kind = kind;
    fixup->form = 0;
    fixup->size = kind == MYBPF__FIXUP_ALIGN ? 0 : (uint8_t)as->request->target->fixup_size(fixup, 0);
}

/* Does the guard know the memory that was accessed last? Not of an arena: pages come and go. */
MYBPF__FN int mybpf__emit_windows(const mybpf__emit *as, const mybpf__op *op)
{
    return as->request->mode == MYBPF__GEN_JIT && !MYBPF__ARENA_OF(as->object_code) &&
           !(op->flags & MYBPF__F_ATOMIC);
}

/* Are tail calls jumps where they can be? Then the library is asked at ABI_TAIL_JUMP. */
MYBPF__FN int mybpf__emit_tail_jumps(mybpf__emit *as)
{
    if (as->request->mode == MYBPF__GEN_BARE || as->request->disable & MYBPF__PASS_TAIL_CALLS) return 0;
    as->tail_jumps = 1;
    return 1;
}

/* Registers cold code of the target's kind; returns the label to jump to. */
MYBPF__FN uint32_t mybpf__emit_cold(mybpf__emit *as, uint8_t kind, uint32_t insn, int64_t value,
                                    uint32_t back)
{
    mybpf__cold *cold = (mybpf__cold *)mybpf__room(as->code.vm, as->cold, &as->cold_capacity,
                                                   as->cold_count + 1, sizeof *cold);
    if (!cold) {
        as->code.failed = 1;
        return 0;
    }
    as->cold = cold;
    cold += as->cold_count++;
    cold->kind = kind;
    cold->label = mybpf__emit_label(as);
    cold->back = back;
    cold->insn = insn;
    cold->position = as->position;
    cold->value = value;
    return cold->label;
}

MYBPF__FN uint32_t mybpf__emit_stub(mybpf__emit *as, mybpf__stub stub)
{
    as->stubs_used |= 1u << stub;
    return as->stubs[stub];
}

MYBPF__FN uint32_t mybpf__emit_block(const mybpf__emit *as, uint32_t block)
{
    return as->block_labels + block;
}
/* The block whose code is laid out behind the current one's. */
MYBPF__FN uint32_t mybpf__emit_following(const mybpf__emit *as)
{
    uint32_t position = as->position + 1;
    while (position < as->ir->block_count && mybpf__block_is_dead(&as->ir->blocks[as->ir->order[position]]))
        position++;
    return position < as->ir->block_count ? as->ir->order[position] : MYBPF__NO_BLOCK;
}

/* Slot of the context table for this import, a new one at its first use. */
MYBPF__FN uint32_t mybpf__emit_import(mybpf__emit *as, mybpf__import_kind kind, uint32_t index);

/* What MAP, MAP_VALUE and FUNC stand for, op->imm not yet added: for the JIT an address in this process, for
 * images the offset of a slot in the context table. (BARE has code addresses instead of FUNC.) */
MYBPF__FN uint64_t mybpf__emit_address(const mybpf__emit *as, const mybpf__op *op);
MYBPF__FN int32_t mybpf__emit_slot(mybpf__emit *as, const mybpf__op *op);
/* The same for the helper of HELPER; the JIT's address is 0 when there is none. */
MYBPF__FN uint64_t mybpf__emit_helper_address(const mybpf__emit *as, const mybpf__op *op);
MYBPF__FN int32_t mybpf__emit_helper_slot(mybpf__emit *as, const mybpf__op *op);
/* A lookup in an array of an image: slots of its map (MAP), of the address of its elements (MAP_VALUE), of
 * their number (CONST). */
MYBPF__FN int32_t mybpf__emit_lookup_slot(mybpf__emit *as, const mybpf__op *op, mybpf__ir_code what);

/* layout.c: chooses the forms of all fixups and writes the final code; `where` receives the final offset of
 * any (position, fixup) pair through mybpf__layout_offset. */
MYBPF__FN int mybpf__layout(mybpf__emit *as, mybpf__gen_result *result, mybpf_error *error);

#endif
