/* Reads the head of an HTTP request: a state machine over bytes. */
#include "kernel.h"

static const char request[] =
    "GET /over/there?name=value HTTP/1.1\r\nHost: example.org\r\nUser-Agent: bench\r\n"
    "Accept: */*\r\nContent-Length: 1234\r\nConnection: close\r\n\r\n";

KERNEL(http)
{
    u64 sum = 0;
    for (u32 at = 0; at < sizeof request; at++) memory[at] = (u8)request[at];
    for (u64 i = 0; i < count; i++) {
        u32 state = 0, names = 0, hash = (u32)i, number = 0;
        for (u32 at = 0; at < sizeof request - 1; at++) {
            u8 c = memory[at];
            switch (state) {
            case 0: /* the request line */
                if (c == '\n')
                    state = 1;
                else if (c == '?')
                    hash += at;
                break;
            case 1: /* a name */
                if (c == ':')
                    names++, state = 2;
                else if (c == '\r')
                    state = 4;
                else
                    hash = hash * 31 + (c | 32u);
                break;
            case 2: /* blanks */
                if (c != ' ') state = 3, number = c - '0' < 10u ? c - (u32)'0' : 0;
                break;
            case 3: /* a value */
                if (c == '\n')
                    sum += number, state = 1;
                else if (c - '0' < 10u)
                    number = number * 10 + (c - (u32)'0');
                break;
            default: break;
            }
        }
        sum += hash + names;
    }
    return sum;
}
