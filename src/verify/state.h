/* state.h: what the verifier knows at one place of one path: the frames of the functions that are running,
 * with their registers and stacks.
 *
 *   state.h   the types
 *   state.c   making states, saving and restoring them, comparing and joining them */
#ifndef MYBPF__STATE_H
#define MYBPF__STATE_H

#include "../map/map_impl.h"
#include "scalar.h"
#include "verify_impl.h"

#ifndef MYBPF_NO_PROVER

typedef enum mybpf__kind {
    MYBPF__UNSET = 0, /* not written on this path */
    MYBPF__NUMBER,
    MYBPF__CTX,        /* this and what follows are pointers, to `off` + `num` from: the context */
    MYBPF__STACK,      /* r10 of frame `index` */
    MYBPF__VALUE,      /* a value of map `index` */
    MYBPF__MEM,        /* `range` bytes that a helper or the context gave; `index`: what object they are */
    MYBPF__PACKET,     /* the packet; up to `range` bytes from `num` on were compared with its end */
    MYBPF__META,       /* the packet's metadata, in front of it */
    MYBPF__PACKET_END, /* its first byte behind */
    MYBPF__MAP,        /* map `index` itself */
    MYBPF__FUNC,       /* function `index` */
    MYBPF__ARENA,      /* what a cast made to access an arena by: any address, which is checked at run time */
    MYBPF__DYNPTR, /* on the stack alone: one of the 2 slots, `index`, of a struct bpf_dynptr; owned: `id` is
                      its record */
    MYBPF__KINDS
} mybpf__kind;

typedef struct mybpf__value {
    uint8_t kind; /* mybpf__kind */
    uint8_t or_null;
    uint8_t precise; /* saved numbers: something was decided by what is known of it */
    uint8_t owned; /* MEM: 1: `id` is a reference that must be released; 2: it is a dynptr's, until that is */
    uint32_t index;
    uint32_t id; /* numbers that are the same one; results of one call; the base of packet pointers */
    int32_t off;
    uint32_t range;    /* VALUE: not 0 where it has a lock, and `id` says which value it is */
    uint64_t from;     /* numbers: places of the last saved state that it comes from, see mybpf__place_bit */
    mybpf__scalar num; /* the number, or what was added to a pointer */
} mybpf__value;

/* 8 bytes of stack; bit i of the masks is the byte at offset i. */
typedef struct mybpf__slot {
    mybpf__value value;
    uint8_t span; /* bytes from offset 0 that hold `value`: 0, 1, 2, 4 or 8 */
    uint8_t written, zero;
} mybpf__slot;

#    define MYBPF__MEM_CONSTANT 0x80000000u /* in `index` of MEM: it is not for writing */
#    define MYBPF__MEM_OBJECT   0x7fffffffu /* the kind of object, 0: none */

/* A map that was found in map of maps `index`, and its values, have this in their index. */
#    define MYBPF__INNER_MAP 0x80000000u

enum {
    MYBPF__REGS = 11,
    MYBPF__SLOTS = MYBPF_STACK_FRAME / 8,
    MYBPF__REFS = 4,      /* references a path may hold */
    MYBPF__FAR = 1 << 29, /* pointers stay nearer to their object than this */
    MYBPF__PACKET_MAX = 0xffff,
    MYBPF__FRAME_EFFORT = 8 /* places */
};

typedef struct mybpf__frame {
    uint32_t func, call_at; /* what runs, and the slot that called it */
    uint32_t turns; /* a name of the running call of a helper that calls back; 0: it is in none */
    mybpf__value reg[MYBPF__REGS];
    uint64_t used;  /* slots with written bytes, a bit each; slot i is at r10 - 8 (i + 1) */
    uint64_t fresh; /* slots wholly written since the last saved state */
    mybpf__slot slot[MYBPF__SLOTS];
} mybpf__frame;

typedef struct mybpf__state {
    uint32_t pc, depth; /* `depth`: of the running frame */
    uint32_t spent;     /* a may_goto has jumped: the run's turns are used up, and all others jump too */
    uint32_t rounds;    /* of loops that end by themselves, so far */
    uint32_t ref_count, refs[MYBPF__REFS];
    uint32_t lock_map, lock_id; /* the lock that is held: 1 + its map, and the id of the value; 0: none */
    mybpf__frame frame[MYBPF_CALL_DEPTH];
} mybpf__state;

/* One known place in a saved state; `num` follows as its shape says. */
typedef struct mybpf__saved_place {
    uint8_t frame, place; /* register, or MYBPF__REGS + slot */
    uint8_t kind, or_null : 1, precise : 1, owned : 2;
    uint8_t shape; /* words of `num`: 0 it may be anything, 1 it is this number, more: the scalar */
    uint8_t span, written, zero;
    uint32_t id;
    int32_t off;
    uint64_t from; /* of pointers: index << 32 | range */
} mybpf__saved_place;

typedef struct mybpf__saved_frame {
    uint32_t func, call_at, turns; /* as in mybpf__frame */
    uint64_t fresh;
    uint64_t read;  /* slots that a path from here has read */
} mybpf__saved_frame;

/* A state put away: to be continued with, or to be compared with later ones at the same place. Behind it
 * stand its frames, then its places. */
typedef struct mybpf__saved {
    struct mybpf__saved *next;   /* in its list */
    struct mybpf__saved *parent; /* the saved state that the path came from */
    struct mybpf__saved *whole_to; /* not NULL: from here up to that one all of the path's are `whole` */
    uint64_t bits;               /* places of its numbers */
    uint32_t pc, bytes;
    uint32_t length;   /* of the path, in saved states */
    uint32_t branches; /* paths from here that have not ended */
    uint32_t hash;     /* of everything known */
    uint16_t misses, hits;
    uint16_t places;
    uint8_t depth, ref_count;
    uint8_t whole;  /* compare everything: a path from here ended in one that has not ended */
    uint8_t listed; /* known at its point */
    uint8_t spent;  /* as in mybpf__state */
    uint8_t taken;  /* to be continued with the jump at `pc` taken */
    uint32_t path;  /* of mybpf__sim, when it was put away */
    uint32_t refs[MYBPF__REFS];
    uint32_t lock_map, lock_id;
    uint32_t rounds;
} mybpf__saved;

/* Where paths may meet. */
typedef struct mybpf__point {
    mybpf__saved *known;  /* states that later ones are compared with, the newest first */
    mybpf__saved *anchor; /* one of the running path, to notice that it comes back unchanged */
    uint32_t visits, count;
} mybpf__point;

/* The verifier at work: tables, the state of the running path, states put away. */
typedef struct mybpf__sim { /* what is used most stands first: short instructions reach it */
    mybpf__state *state;
    mybpf__frame *top; /* the running frame of `state` */
    mybpf_object *object;
    const mybpf_insn *insns; /* its */
    int verified;
    uint32_t policies; /* MYBPF_POLICY_*; none in guarded mode */
    mybpf_error *error;
    const mybpf_load_opts *opts; /* where somebody wants to be told; else NULL */
    mybpf_program *program;      /* that the path began with; NULL: a function of it that others call */
    const struct mybpf__context
        *context;         /* of the running program's type; NULL: plain memory of ctx_size bytes */
    uint8_t *points;      /* by slot: MYBPF__POINT_*, MYBPF__SEEN_* */
    mybpf__saved *parent; /* the last saved state on the running path */
    uint64_t touched; /* effort besides instructions: places of states that were saved, compared and so on */
    uint8_t *entered; /* by function: to be simulated as if anyone may call it, MYBPF__ENTER_* */
    uint32_t ids, ctx_size;
    uint16_t *live;     /* by slot: registers that may be read from there on, a bit each */
    uint32_t *timers;   /* by function: 1 + the map whose timers call it */
    uint32_t *point_at; /* by slot: its meeting point, 0 where there is none */
    mybpf__point *meets;
    uint64_t *scratch;    /* where states are packed */
    uint64_t *slots_read; /* by function: slots of its stack that may be read */
    mybpf__saved *work;   /* paths to continue with, the newest first */
    const mybpf__proto
        *global; /* of the function that the path began with, where that is verified by itself */
    const mybpf__kptr *kptr; /* the one that is an argument of the helper that is called */
    uint32_t storages[2]; /* of cgroups, per CPU and not: 1 + the map that the running program uses, 0: none */
    uint32_t *globals, global_count; /* those that the running program has called so far */
    int follow_all; /* global functions are followed at each call, too: there is none, or a callx, so that how
                       deep calls nest is only known where they are; or one would be refused by itself */
    int loops_end;       /* there is a may_goto, or a helper that calls back: states may be joined */
    int joined, patient; /* some would be; none is: loops are followed turn by turn */
    int moves_packet; /* somewhere a helper is called after which the packet may be elsewhere */
    int path_lost;    /* no memory for it */
    uint32_t *path;   /* ways taken at branches from the start on: slot << 2 | way, see report.c */
    uint32_t path_count, path_room;
    uint32_t *depths;  /* by function: bytes of stack in use */
    mybpf__seen *seen; /* by slot: facts.c */
    mybpf__state *other;
    size_t kept;                       /* bytes of all states put away */
    uint64_t visited;                  /* instructions, by the running program */
    uint64_t limit, touch_limit;       /* of these, and of `touched` */
    uint64_t all_visited, all_touched; /* the same, by all programs so far */
    uint32_t since_insns, since_jumps;
    uint64_t put_away;
    mybpf_verify_stats stats;
} mybpf__sim;

#endif
#endif
