/* sockets.c: Base helpers that find sockets and give them back. The host has the sockets: it is asked, and
 * gives the address of a struct bpf_sock (for tcp_sock of a struct bpf_tcp_sock) that stays until it is told
 * of sk_release. */
#ifndef MYBPF__HELPER_SOCKETS_C
#define MYBPF__HELPER_SOCKETS_C

#include "host.c"

#ifndef MYBPF_NO_PROVER

/* A run that ends early gives its sockets back, too. */
MYBPF__FN void mybpf__socket_dropped(mybpf_env *env, void *socket)
{
    uint64_t args[5] = {0, 0, 0, 0, 0};
    args[0] = mybpf__address(socket);
    (void)mybpf__ask(env, 86, args, 0);
}

/* What the host found, to be released; 0 when it found nothing, or the run holds too much. */
MYBPF__FN uint64_t mybpf__socket_found(mybpf_env *env, uint64_t socket)
{
    if (!socket || !mybpf_env_hold(env, mybpf__pointer(socket), mybpf__socket_dropped)) return socket;
    mybpf__socket_dropped(env, mybpf__pointer(socket));
    return 0;
}

MYBPF__HELPER(sk_lookup_tcp) { return mybpf__socket_found(env, MYBPF__ASK(84, 0)); }
MYBPF__HELPER(sk_lookup_udp) { return mybpf__socket_found(env, MYBPF__ASK(85, 0)); }
MYBPF__HELPER(skc_lookup_tcp) { return mybpf__socket_found(env, MYBPF__ASK(99, 0)); }

MYBPF__HELPER(sk_release)
{
    mybpf_env_drop(env, mybpf__pointer(r1));
    mybpf__socket_dropped(env, mybpf__pointer(r1));
    return 0;
}

MYBPF__HELPER(sk_fullsock) { return MYBPF__ASK(95, 0); }
MYBPF__HELPER(tcp_sock) { return MYBPF__ASK(96, 0); }
MYBPF__HELPER(get_listener_sock) { return MYBPF__ASK(98, 0); }
MYBPF__HELPER(sk_assign)
{
    if (r3) return MYBPF__ERRNO(MYBPF__EINVAL);
    return MYBPF__ASK(124, MYBPF__ERRNO(MYBPF__EOPNOTSUPP));
}

/* Arguments are sockets of any kind. */
#    define MYBPF__SOCKET_ROW(number, name, ret, a1, a2, a3, a4, a5, flags, types, result, parameters)       \
        {number,                                                                                             \
         #name,                                                                                              \
         mybpf__helper_##name,                                                                               \
         MYBPF_RET_##ret,                                                                                    \
         {MYBPF_ARG_##a1, MYBPF_ARG_##a2, MYBPF_ARG_##a3, MYBPF_ARG_##a4, MYBPF_ARG_##a5},                   \
         (uint8_t)(MYBPF_HELPER_##flags | MYBPF_HELPER_PACKET |                                              \
                   (MYBPF_RET_##ret == MYBPF_RET_MEM_OR_NULL ? MYBPF_HELPER_CONSTANT : 0)),                  \
         NULL,                                                                                               \
         (number) < 86 ? MYBPF_OBJECT_SOCKET : MYBPF_OBJECT_SOCK_COMMON,                                     \
         {MYBPF_RET_##ret == MYBPF_RET_MEM_OR_NULL ? (number) == 96 ? 112 : 80 : 0, 0, 0, 0, 0, 0},          \
         MYBPF__TYPES_##types},

#    ifndef MYBPF_NO_MORE_HELPERS
static const mybpf_helper mybpf__socket_helpers[] = {MYBPF_SOCKET_HELPERS(MYBPF__SOCKET_ROW)};
#    endif
#    undef MYBPF__SOCKET_ROW

#endif
#endif
