/* status.h: status codes and the error record that every fallible call fills. */
#ifndef MYBPF__STATUS_H
#define MYBPF__STATUS_H

#include "config.h"

/* Every function that can fail returns one of these: 0 or a negative number. The FAULT ones end a
 * running program; the others refuse a request. X(name, value, text) */
#define MYBPF_STATUSES(X)                                                                                    \
    X(OK, 0, "success")                                                                                      \
    X(ERR_ARGUMENT, -1, "wrong argument")                                                                    \
    X(ERR_MEMORY, -2, "out of memory")                                                                       \
    X(ERR_FORMAT, -3, "malformed file")                                                                      \
    X(ERR_UNSUPPORTED, -4, "not supported")                                                                  \
    X(ERR_VERIFY, -5, "refused by the verifier")                                                             \
    X(ERR_NOT_FOUND, -6, "not found")                                                                        \
    X(ERR_EXISTS, -7, "exists already")                                                                      \
    X(ERR_PERMISSION, -8, "not granted")                                                                     \
    X(ERR_LIMIT, -9, "limit exceeded")                                                                       \
    X(ERR_TARGET, -10, "made for another machine")                                                           \
    X(ERR_STATE, -11, "not possible now")                                                                    \
    X(ERR_SYNTAX, -12, "syntax error")                                                                       \
    X(FAULT_ACCESS, -32, "bad memory access")                                                                \
    X(FAULT_STACK, -33, "stack overflow")                                                                    \
    X(FAULT_DEPTH, -34, "calls nested too deep")                                                             \
    X(FAULT_BUDGET, -35, "step budget used up")                                                              \
    X(FAULT_CALL, -36, "call through something that is no function")                                         \
    X(FAULT_HELPER, -37, "helper failed")

typedef enum mybpf_status {
#define MYBPF__STATUS_ENUM(name, value, text) MYBPF_##name = (value),
    MYBPF_STATUSES(MYBPF__STATUS_ENUM)
#undef MYBPF__STATUS_ENUM
        MYBPF__STATUS_FORCE_INT = INT_MAX
} mybpf_status;

#define MYBPF_NO_INSN (-1)

/* Owned by the caller; `{0}` to begin with; may be NULL wherever one is taken. A failing call fills
 * every field, a succeeding one leaves it alone. Nothing in it needs to be freed. */
typedef struct mybpf_error {
    int code;                     /* a mybpf_status */
    int32_t insn;                 /* index in the linked code, or MYBPF_NO_INSN */
    uint32_t line;                /* C source line (of a text: its own), 0 if not known */
    char file[MYBPF_NAME_MAX];    /* C source file without its folders, or "" */
    char program[MYBPF_NAME_MAX]; /* function the instruction is in, or "" */
    char message[512];            /* one line, no newline: what and why; the fields above say where */
} mybpf_error;

/* The code's name ("ERR_FORMAT") and a short text ("malformed file"); never NULL. Any thread. */
MYBPF_API const char *mybpf_status_name(int code);
MYBPF_API const char *mybpf_status_text(int code);

#endif
