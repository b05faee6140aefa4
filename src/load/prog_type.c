/* prog_type.c: program types: their names, and which helpers they may call. */
#ifndef MYBPF__PROG_TYPE_C
#define MYBPF__PROG_TYPE_C

#include "object_impl.h"

MYBPF_API const char *mybpf_prog_type_name(uint32_t type)
{
#ifdef MYBPF_NO_MESSAGES
    (void)type;
    return NULL;
#else
#    define MYBPF__PROG_TYPE_TEXT(number, name, text) text "\0"
    if (type == (uint32_t)MYBPF_PROG_TYPE_TCMD) return "tcmd";
    return mybpf__nth_text(MYBPF_PROG_TYPES(MYBPF__PROG_TYPE_TEXT) "", type);
#    undef MYBPF__PROG_TYPE_TEXT
#endif
}

#endif
