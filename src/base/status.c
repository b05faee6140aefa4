/* status.c: status codes as text. */
#include "status.h"

MYBPF_API const char *mybpf_status_name(int code)
{
    switch (code) {
#define MYBPF__STATUS_CASE(name, value, text)                                                      \
    case (value): return #name;
        MYBPF_STATUSES(MYBPF__STATUS_CASE)
#undef MYBPF__STATUS_CASE
    default: return "UNKNOWN";
    }
}

MYBPF_API const char *mybpf_status_text(int code)
{
    switch (code) {
#define MYBPF__STATUS_CASE(name, value, text)                                                      \
    case (value): return text;
        MYBPF_STATUSES(MYBPF__STATUS_CASE)
#undef MYBPF__STATUS_CASE
    default: return "unknown status";
    }
}
