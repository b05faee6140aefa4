/* status.c: status codes as text. */
#ifndef MYBPF__STATUS_C
#define MYBPF__STATUS_C

#include "bytes.h"
#include "status.h"

/* A code's two texts: its name (0) or its meaning (1). */
MYBPF__FN const char *mybpf__status(int code, uint32_t which)
{
#define MYBPF__STATUS_CODE(name, value, text)  (value),
#define MYBPF__STATUS_TEXTS(name, value, text) #name "\0" text "\0"
    static const int8_t mybpf__codes[] = {MYBPF_STATUSES(MYBPF__STATUS_CODE)};
    uint32_t i = 0;
    while (i < sizeof mybpf__codes && mybpf__codes[i] != code) i++;
    return mybpf__nth_text(MYBPF_STATUSES(MYBPF__STATUS_TEXTS) "UNKNOWN\0unknown status\0", 2 * i + which);
#undef MYBPF__STATUS_CODE
#undef MYBPF__STATUS_TEXTS
}

MYBPF_API const char *mybpf_status_name(int code) { return mybpf__status(code, 0); }
MYBPF_API const char *mybpf_status_text(int code) { return mybpf__status(code, 1); }

#endif
