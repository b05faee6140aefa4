/* error.h: filling mybpf_error, and the small formatter behind it. */
#ifndef MYBPF__ERROR_H
#define MYBPF__ERROR_H

#include "bytes.h"
#include "status.h"

/* vsnprintf for our own messages: d i u x X c s p %, l ll z, width, zero padding, `.*s`. Always
 * terminates when size is not 0; returns the whole length. */
MYBPF__FN size_t mybpf__vprint(char *text, size_t size, const char *format, va_list args);
MYBPF__FN size_t mybpf__print(char *text, size_t size, const char *format, ...) MYBPF__PRINTF(3, 4);

/* Fills `error` (NULL allowed) and returns `code`, so that a failure is one line:
 *     return mybpf__fail(error, MYBPF_ERR_FORMAT, MYBPF_NO_INSN, "section %u: ...", i); */
#ifndef MYBPF_NO_MESSAGES
#    define MYBPF__TEXT(text) text /* a part of a message */
MYBPF__FN int mybpf__fail(mybpf_error *error, int code, int64_t insn, const char *format, ...)
    MYBPF__PRINTF(4, 5);
#else /* what the message would say is looked at by the compiler alone */
#    define MYBPF__TEXT(text) ""
MYBPF__FN int mybpf__fail_code(mybpf_error *error, int code, int64_t insn);
#    define mybpf__fail(error, code, insn, ...)                                                              \
        (0 ? (int)mybpf__print(NULL, 0, __VA_ARGS__) : mybpf__fail_code(error, code, insn))
#endif

#endif
