/* packet.c: Base helpers on packets: reading and writing them, their checksums and their size, and where they
 * go. Results are the kernel's; where its packets have more than the one stretch of bytes, here that is all.
 */
#ifndef MYBPF__HELPER_PACKET_C
#define MYBPF__HELPER_PACKET_C

#include "helper_impl.h"
#include "list.h"

#ifndef MYBPF_NO_PROVER

/* What helpers use of struct __sk_buff. */
enum {
    MYBPF__SKB_PKT_TYPE = 4,
    MYBPF__SKB_PROTOCOL = 16,
    MYBPF__SKB_VLAN_PRESENT = 20,
    MYBPF__SKB_VLAN_TCI = 24,
    MYBPF__SKB_VLAN_PROTO = 28,
    MYBPF__SKB_HASH = 68,
    MYBPF__SKB_TSTAMP = 152,
    MYBPF__SKB_TSTAMP_TYPE = 180,
    MYBPF__SKB_LONGEST = 16064 /* bytes that a packet may grow to */
};

/* The 16 bits that the network calls `number`, as a packet holds them. */
MYBPF__FN uint16_t mybpf__network(uint16_t number)
{
    return MYBPF_BIG_ENDIAN ? number : (uint16_t)(number << 8 | number >> 8);
}

/* ---- bytes ---- */

MYBPF__HELPER(skb_load_bytes)
{
    uint64_t size = 0, offset = (uint32_t)r2, wanted = (uint32_t)r4;
    const uint8_t *packet = (const uint8_t *)mybpf__run_packet(env, &size);
    if (!packet || offset > size || wanted > size - offset) {
        mybpf__zero(mybpf__pointer(r3), (size_t)wanted);
        return MYBPF__ERRNO(MYBPF__EFAULT);
    }
    mybpf__copy(mybpf__pointer(r3), packet + offset, (size_t)wanted);
    return 0;
}

/* From the Ethernet header (0) or that of the network (1) on. */
MYBPF__HELPER(skb_load_bytes_relative)
{
    uint32_t network = mybpf__network_header(env), offset = (uint32_t)r2;
    if (r5 > 1 || offset > INT32_MAX || (!r5 && !network)) offset = UINT32_MAX;
    return mybpf__helper_skb_load_bytes(r1, r5 && offset <= INT32_MAX ? offset + network : offset, r3, r4, 0,
                                        env);
}

MYBPF__HELPER(skb_store_bytes)
{
    uint64_t offset = (uint32_t)r2, size = (uint32_t)r4;
    uint8_t *to;
    if (r5 & ~(uint64_t)3) return MYBPF__ERRNO(MYBPF__EINVAL); /* RECOMPUTE_CSUM, INVALIDATE_HASH */
    to = offset > INT32_MAX ? NULL : mybpf__packet_writable(env, offset, size);
    if (!to) return MYBPF__ERRNO(MYBPF__EFAULT);
    mybpf__move(to, mybpf__pointer(r3), (size_t)size); /* which may be part of it */
    if (r5 & 2 && mybpf__is_skb(env)) mybpf__context_set_word(env, MYBPF__SKB_HASH, 0);
    return 0;
}

MYBPF__HELPER(xdp_get_buff_len)
{
    uint64_t size = 0;
    (void)mybpf__run_packet(env, &size);
    return size;
}

MYBPF__HELPER(xdp_load_bytes)
{
    uint64_t size = 0, offset = (uint32_t)r2, wanted = (uint32_t)r4, status = 0;
    const uint8_t *packet = (const uint8_t *)mybpf__run_packet(env, &size);
    if (offset > 0xffff || wanted > 0xffff) status = MYBPF__ERRNO(MYBPF__EFAULT);
    if (!status && (!packet || offset + wanted > size)) status = MYBPF__ERRNO(MYBPF__EINVAL);
    if (status)
        mybpf__zero(mybpf__pointer(r3), (size_t)wanted);
    else
        mybpf__copy(mybpf__pointer(r3), packet + offset, (size_t)wanted);
    return status;
}

MYBPF__HELPER(xdp_store_bytes)
{
    uint64_t offset = (uint32_t)r2, size = (uint32_t)r4;
    uint8_t *to;
    if (offset > 0xffff || size > 0xffff) return MYBPF__ERRNO(MYBPF__EFAULT);
    to = mybpf__packet_writable(env, offset, size);
    if (!to) return MYBPF__ERRNO(MYBPF__EINVAL);
    mybpf__move(to, mybpf__pointer(r3), (size_t)size);
    return 0;
}

/* ---- checksums ---- */

/* In ones' complement. */
MYBPF__FN uint32_t mybpf__sum(uint32_t a, uint32_t b)
{
    uint64_t sum = (uint64_t)a + b;
    return (uint32_t)(sum + (sum >> 32));
}

MYBPF__FN uint32_t mybpf__sum_fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

/* `sum` and the 32-bit words of `size` bytes, each as the host stores it. */
MYBPF__FN uint32_t mybpf__checksum(const uint8_t *bytes, uint32_t size, uint32_t sum)
{
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word;
        mybpf__copy(&word, bytes + i, sizeof word);
        sum = mybpf__sum(sum, word);
    }
    return sum;
}

/* What a checksum changes by when the bytes `from` become `to`: 16 bits, to be folded into it. */
MYBPF__HELPER(csum_diff)
{
    uint32_t from_size = (uint32_t)r2, to_size = (uint32_t)r4, sum = (uint32_t)r5;
    if (from_size % 4 || to_size % 4) return MYBPF__ERRNO(MYBPF__EINVAL);
    sum = mybpf__checksum((const uint8_t *)mybpf__pointer(r3), to_size, sum);
    if (from_size) sum = mybpf__sum(sum, ~mybpf__checksum((const uint8_t *)mybpf__pointer(r1), from_size, 0));
    return mybpf__sum_fold(sum);
}

/* A checksum after `from` (of `size` bytes; 0: `to` is the difference) became `to`. */
MYBPF__FN uint16_t mybpf__csum_replaced(uint16_t old, uint32_t from, uint32_t to, uint32_t size)
{
    uint32_t sum = ~(uint32_t)old;
    if (size == 2) { /* in 16 bits all the way, as the kernel has it: of two zeros the same one */
        uint32_t part = (old ^ 0xffffu) + (~from & 0xffff);
        part = (part & 0xffff) + (part >> 16) + (to & 0xffff);
        return (uint16_t) ~((part & 0xffff) + (part >> 16));
    }
    if (size) sum = mybpf__sum(sum, ~from);
    return (uint16_t)~mybpf__sum_fold(mybpf__sum(sum, to));
}

/* The checksum's place in the packet, and whether sizes and flags fit; 0, or the errno. */
MYBPF__FN uint64_t mybpf__csum_place(mybpf_env *env, uint64_t offset, uint64_t from, uint64_t flags,
                                     uint64_t more, uint8_t **at)
{
    uint64_t size = flags & 15;
    if (flags & ~(15 | more)) return MYBPF__ERRNO(MYBPF__EINVAL);
    *at = (uint32_t)offset > 0xffff || offset & 1 ? NULL : mybpf__packet_writable(env, (uint32_t)offset, 2);
    if (!*at) return MYBPF__ERRNO(MYBPF__EFAULT);
    return (size || from) && size != 2 && size != 4 ? MYBPF__ERRNO(MYBPF__EINVAL) : 0;
}

MYBPF__HELPER(l3_csum_replace)
{
    uint8_t *at;
    uint64_t status = mybpf__csum_place(env, r2, r3, r5, 0, &at);
    uint16_t sum;
    if (status) return status;
    mybpf__copy(&sum, at, 2);
    sum = mybpf__csum_replaced(sum, (uint32_t)r3, (uint32_t)r4, r5 & 15);
    mybpf__copy(at, &sum, 2);
    return 0;
}

/* Flags: PSEUDO_HDR 16, MARK_MANGLED_0 32, MARK_ENFORCE 64, IPV6 128. */
MYBPF__HELPER(l4_csum_replace)
{
    uint8_t *at;
    uint32_t size = r5 & 15, wide = size == 2 ? 0xffff : UINT32_MAX;
    uint64_t zero_is_none = r5 & 32, status;
    uint16_t sum = 1;
    if (!(r5 & ~(uint64_t)0xff) && zero_is_none && !(r5 & 64) && !((uint32_t)r2 & 1) &&
        (uint32_t)r2 <= 0xffff) {
        at = mybpf__packet_writable(env, (uint32_t)r2, 2);
        if (at) mybpf__copy(&sum, at, 2);
        if (!sum) return 0;
    }
    status = mybpf__csum_place(env, r2, r3, r5, 0xf0, &at);
    if (status) return status;
    mybpf__copy(&sum, at, 2);
    sum = mybpf__csum_replaced(sum, (uint32_t)r3 & wide, (uint32_t)r4 & wide, size ? 4 : 0);
    if (zero_is_none && !sum) sum = 0xffff;
    mybpf__copy(at, &sum, 2);
    return 0;
}

/* The packet's own checksum is not kept here, as where the device did not compute one. */
MYBPF__HELPER(csum_update) { return MYBPF__ERRNO(MYBPF__ENOTSUPP); }

/* ---- the size of frames ---- */

MYBPF__HELPER(xdp_adjust_head)
{
    uint64_t size = 0;
    uint32_t meta = mybpf__packet_meta(env);
    int32_t delta = (int32_t)(uint32_t)r2;
    uint8_t *data = mybpf__packet_writable(env, 0, 0);
    (void)mybpf__run_packet(env, &size);
    if (!data || (int64_t)delta > (int64_t)size - MYBPF__ETHERNET) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (mybpf__packet_resize(env, -(int64_t)delta, 0, meta)) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (meta) mybpf__move(data + delta - meta, data - meta, meta);
    return 0;
}

MYBPF__HELPER(xdp_adjust_tail)
{
    uint64_t size = 0;
    int32_t delta = (int32_t)(uint32_t)r2;
    (void)mybpf__run_packet(env, &size);
    if ((int64_t)size + delta < MYBPF__ETHERNET ||
        mybpf__packet_resize(env, 0, delta, mybpf__packet_meta(env)))
        return MYBPF__ERRNO(MYBPF__EINVAL);
    return 0;
}

MYBPF__HELPER(xdp_adjust_meta)
{
    int64_t meta = (int64_t)mybpf__packet_meta(env) - (int32_t)(uint32_t)r2;
    if (meta < 0) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (meta > 255 || meta % 4) return MYBPF__ERRNO(MYBPF__EACCES);
    if (mybpf__packet_resize(env, 0, 0, (uint32_t)meta)) return MYBPF__ERRNO(MYBPF__EINVAL);
    return 0;
}

MYBPF__HELPER(skb_pull_data)
{
    uint64_t size = 0;
    const void *packet = mybpf__run_packet(env, &size);
    return packet && (uint32_t)r2 <= size ? 0 : MYBPF__ERRNO(MYBPF__ENOMEM);
}

MYBPF__HELPER(skb_change_tail)
{
    uint64_t size = 0;
    uint32_t length = (uint32_t)r2;
    (void)mybpf__run_packet(env, &size);
    if (r3 || length > MYBPF__SKB_LONGEST || length < mybpf__network_header(env))
        return MYBPF__ERRNO(MYBPF__EINVAL);
    return mybpf__packet_resize(env, 0, (int64_t)length - (int64_t)size, mybpf__packet_meta(env))
               ? MYBPF__ERRNO(MYBPF__ENOMEM)
               : 0;
}

MYBPF__HELPER(skb_change_head)
{
    uint64_t size = 0;
    (void)mybpf__run_packet(env, &size);
    if (r3 || size + (uint32_t)r2 > MYBPF__SKB_LONGEST) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (mybpf__packet_resize(env, (uint32_t)r2, 0, 0)) return MYBPF__ERRNO(MYBPF__ENOMEM);
    mybpf__zero(mybpf__packet_writable(env, 0, 0), (uint32_t)r2);
    return 0;
}

/* Makes room of `size` bytes behind the first `at` (closes it, if negative): 0, or the errno. */
MYBPF__FN uint64_t mybpf__packet_insert(mybpf_env *env, uint32_t at, int64_t size)
{
    uint64_t length = 0;
    uint8_t *data = mybpf__packet_writable(env, 0, 0);
    (void)mybpf__run_packet(env, &length);
    if (!data || at > length || (size < 0 && (uint64_t)-size > length - at))
        return MYBPF__ERRNO(MYBPF__EFAULT);
    if (size < 0) mybpf__move(data - size, data, at);
    if (mybpf__packet_resize(env, size, 0, 0)) {
        if (size < 0) mybpf__move(data, data - size, at);
        return MYBPF__ERRNO(MYBPF__ENOMEM);
    }
    if (size > 0) {
        mybpf__move(data - size, data, at);
        mybpf__zero(data - size + at, (size_t)size);
    }
    return 0;
}

enum { MYBPF__PROTOCOL_IP = 0x0800, MYBPF__PROTOCOL_IPV6 = 0x86dd };

/* Between IPv4 and IPv6, whose header is 20 bytes longer. */
MYBPF__HELPER(skb_change_proto)
{
    uint16_t to = mybpf__network((uint16_t)r2),
             from = mybpf__network((uint16_t)mybpf__context_word(env, MYBPF__SKB_PROTOCOL));
    uint64_t status;
    if (r3) return MYBPF__ERRNO(MYBPF__EINVAL);
    if (!((from == MYBPF__PROTOCOL_IP && to == MYBPF__PROTOCOL_IPV6) ||
          (from == MYBPF__PROTOCOL_IPV6 && to == MYBPF__PROTOCOL_IP)))
        return MYBPF__ERRNO(MYBPF__ENOTSUPP);
    status = mybpf__packet_insert(env, MYBPF__ETHERNET, to == MYBPF__PROTOCOL_IPV6 ? 20 : -20);
    if (!status) mybpf__context_set_word(env, MYBPF__SKB_PROTOCOL, (uint16_t)r2);
    return status;
}

MYBPF__HELPER(skb_change_type)
{
    if (mybpf__context_word(env, MYBPF__SKB_PKT_TYPE) > 3 || (uint32_t)r2 > 3)
        return MYBPF__ERRNO(MYBPF__EINVAL);
    mybpf__context_set_word(env, MYBPF__SKB_PKT_TYPE, (uint32_t)r2);
    return 0;
}

/* Mode 0: behind the network header, 1: before it. Flags: 1 FIXED_GSO, 2 and 4 ENCAP_L3_IPV4 and IPV6, 8 and
 * 16 ENCAP_L4, 32 NO_CSUM_RESET, 64 ENCAP_L2_ETH, 128 and 256 DECAP_L3_IPV4 and IPV6, from bit 56 on
 * ENCAP_L2. */
MYBPF__HELPER(skb_adjust_room)
{
    uint16_t protocol = mybpf__network((uint16_t)mybpf__context_word(env, MYBPF__SKB_PROTOCOL));
    uint32_t header = protocol == MYBPF__PROTOCOL_IP ? 20 : protocol == MYBPF__PROTOCOL_IPV6 ? 40 : 0, least;
    int32_t more = (int32_t)(uint32_t)r2;
    uint64_t size = 0, encaps = r4 & 0x5e, decaps = r4 & 0x180, status;
    (void)mybpf__run_packet(env, &size);
    if (r4 & ~(((uint64_t)0xff << 56) | 0x1ff) || (more >= 0 && decaps) || (more < 0 && encaps) ||
        decaps == 0x180 || (r4 & 6) == 6 || (r4 & 24) == 24)
        return MYBPF__ERRNO(MYBPF__EINVAL);
    if (more > 0xfff || more < -0xfff) return MYBPF__ERRNO(MYBPF__EFAULT);
    if (!header || (uint32_t)r3 > 1) return MYBPF__ERRNO(MYBPF__ENOTSUPP);
    least = decaps ? (decaps & 128 ? 20 : 40) : header;
    if ((more < 0 && (int64_t)size - MYBPF__ETHERNET + more < (int64_t)least) ||
        (more > 0 && size + (uint32_t)more > MYBPF__SKB_LONGEST))
        return MYBPF__ERRNO(MYBPF__ENOTSUPP);
    status = mybpf__packet_insert(env, MYBPF__ETHERNET + (r3 ? 0 : header), more);
    if (status || !(r4 & 0x186)) return status;
    protocol = r4 & (2 | 128) ? MYBPF__PROTOCOL_IP : MYBPF__PROTOCOL_IPV6;
    mybpf__context_set_word(env, MYBPF__SKB_PROTOCOL, mybpf__network(protocol));
    return 0;
}

/* ---- VLAN tags: one beside the packet, as devices give it, more in it ---- */

MYBPF__FN int mybpf__is_vlan(uint16_t protocol) { return protocol == 0x8100 || protocol == 0x88a8; }

MYBPF__FN void mybpf__vlan_set(mybpf_env *env, uint32_t present, uint32_t tci, uint16_t protocol)
{
    mybpf__context_set_word(env, MYBPF__SKB_VLAN_PRESENT, present);
    mybpf__context_set_word(env, MYBPF__SKB_VLAN_TCI, tci);
    mybpf__context_set_word(env, MYBPF__SKB_VLAN_PROTO, present ? mybpf__network(protocol) : 0);
}

/* Writes the 16 bits of a packet's Ethernet header at `at`, in network order. */
MYBPF__FN void mybpf__vlan_put(uint8_t *at, uint32_t number)
{
    at[0] = (uint8_t)(number >> 8);
    at[1] = (uint8_t)number;
}

MYBPF__HELPER(skb_vlan_push)
{
    uint16_t protocol = mybpf__network((uint16_t)r2);
    if (!mybpf__is_vlan(protocol)) protocol = 0x8100;
    if (mybpf__context_word(env, MYBPF__SKB_VLAN_PRESENT)) { /* that goes into the packet */
        uint16_t outer = mybpf__network((uint16_t)mybpf__context_word(env, MYBPF__SKB_VLAN_PROTO));
        uint64_t status = mybpf__packet_insert(env, 12, 4);
        uint8_t *data = mybpf__packet_writable(env, 0, 16);
        if (status || !data) return status ? status : MYBPF__ERRNO(MYBPF__ENOMEM);
        mybpf__vlan_put(data + 12, outer);
        mybpf__vlan_put(data + 14, mybpf__context_word(env, MYBPF__SKB_VLAN_TCI));
        mybpf__context_set_word(env, MYBPF__SKB_PROTOCOL, mybpf__network(outer));
    }
    mybpf__vlan_set(env, 1, (uint16_t)r3, protocol);
    return 0;
}

MYBPF__HELPER(skb_vlan_pop)
{
    for (int moves = 0; moves < 2; moves++) {
        uint32_t present = mybpf__context_word(env, MYBPF__SKB_VLAN_PRESENT);
        uint8_t *data = mybpf__packet_writable(env, 0, MYBPF__ETHERNET + 4);
        uint16_t protocol = mybpf__network((uint16_t)mybpf__context_word(env, MYBPF__SKB_PROTOCOL)), tci;
        if (!moves && present) {
            mybpf__vlan_set(env, 0, 0, 0);
            continue;
        }
        if (!mybpf__is_vlan(protocol)) return 0;
        if (!data) return MYBPF__ERRNO(MYBPF__ENOMEM);
        tci = (uint16_t)(data[14] << 8 | data[15]);
        mybpf__context_set_word(env, MYBPF__SKB_PROTOCOL,
                                mybpf__network((uint16_t)(data[16] << 8 | data[17])));
        if (mybpf__packet_insert(env, 12, -4)) return MYBPF__ERRNO(MYBPF__ENOMEM);
        if (moves)
            mybpf__vlan_set(env, 1, tci, protocol); /* what was next is the one beside the packet now */
    }
    return 0;
}

/* ---- marks ---- */

/* Of its addresses and ports, where it has none. */
MYBPF__HELPER(get_hash_recalc)
{
    uint32_t hash = mybpf__context_word(env, MYBPF__SKB_HASH);
    uint64_t size = 0, mix = 0;
    const uint8_t *packet = (const uint8_t *)mybpf__run_packet(env, &size);
    uint32_t at = mybpf__network_header(env), first = 12, last = 24;
    if (hash || !packet || size < at + 40) return hash;
    if (packet[at] >> 4 == 6) first = 8, last = 44;
    for (uint32_t i = at + first; i < at + last && i < size; i++) mix = mybpf__mix(mix ^ packet[i]);
    hash = (uint32_t)mix ? (uint32_t)mix : 1;
    mybpf__context_set_word(env, MYBPF__SKB_HASH, hash);
    return hash;
}

MYBPF__HELPER(set_hash)
{
    mybpf__context_set_word(env, MYBPF__SKB_HASH, (uint32_t)r2);
    return 0;
}

MYBPF__HELPER(set_hash_invalid) { return mybpf__helper_set_hash(r1, 0, 0, 0, 0, env); }

/* Type 0: there is none, 1 to 3: by one of the clocks. */
MYBPF__HELPER(skb_set_tstamp)
{
    uint32_t half = MYBPF_BIG_ENDIAN ? 4 : 0, word = mybpf__context_word(env, MYBPF__SKB_TSTAMP_TYPE);
    uint16_t protocol = mybpf__network((uint16_t)mybpf__context_word(env, MYBPF__SKB_PROTOCOL));
    if (protocol != MYBPF__PROTOCOL_IP && protocol != MYBPF__PROTOCOL_IPV6)
        return MYBPF__ERRNO(MYBPF__EOPNOTSUPP);
    if ((uint32_t)r3 > 2 || ((uint32_t)r3 && !r2)) return MYBPF__ERRNO(MYBPF__EINVAL);
    mybpf__context_set_word(env, MYBPF__SKB_TSTAMP + half, (uint32_t)r2);
    mybpf__context_set_word(env, MYBPF__SKB_TSTAMP + 4 - half, (uint32_t)(r2 >> 32));
    mybpf__copy(&word, MYBPF_BIG_ENDIAN ? (const uint8_t *)&r3 + 7 : (const uint8_t *)&r3, 1);
    mybpf__context_set_word(env, MYBPF__SKB_TSTAMP_TYPE, word);
    return 0;
}

/* Marks IP packets of transports that can tell of congestion: 1 when it is marked. */
MYBPF__HELPER(skb_ecn_set_ce)
{
    uint32_t at = mybpf__network_header(env), shift;
    uint8_t *ip = mybpf__packet_writable(env, at, 20);
    uint16_t sum;
    if (!ip || (ip[0] >> 4 != 4 && ip[0] >> 4 != 6)) return 0;
    shift = ip[0] >> 4 == 4 ? 0 : 4;
    if (!(ip[1] >> shift & 3)) return 0;
    if (!shift && (ip[1] & 3) != 3) {
        mybpf__copy(&sum, ip + 10, 2);
        sum = mybpf__csum_replaced(sum, mybpf__network((uint16_t)(ip[0] << 8 | ip[1])),
                                   mybpf__network((uint16_t)(ip[0] << 8 | ip[1] | 3)), 2);
        mybpf__copy(ip + 10, &sum, 2);
    }
    ip[1] = (uint8_t)(ip[1] | 3 << shift);
    return 1;
}

/* ---- where packets go: the host is told, and does it when the program's verdict says so ---- */

#    define MYBPF__ASK(number, answer) mybpf__asked(env, number, r1, r2, r3, r4, r5, answer)

MYBPF__FN uint64_t mybpf__asked(mybpf_env *env, uint32_t helper, uint64_t r1, uint64_t r2, uint64_t r3,
                                uint64_t r4, uint64_t r5, uint64_t answer)
{
    uint64_t args[5];
    args[0] = r1, args[1] = r2, args[2] = r3, args[3] = r4, args[4] = r5;
    return mybpf__ask(env, helper, args, answer);
}

enum { MYBPF__TC_SHOT = 2, MYBPF__TC_REDIRECT = 7, MYBPF__XDP_REDIRECT = 4 };

MYBPF__HELPER(redirect)
{
    int xdp = mybpf__is_xdp(env);
    if (r2 > (xdp ? 0u : 1u)) return xdp ? 0 : MYBPF__TC_SHOT; /* 1: to where packets come in */
    return MYBPF__ASK(23, (uint64_t)(xdp ? MYBPF__XDP_REDIRECT : MYBPF__TC_REDIRECT));
}

MYBPF__HELPER(redirect_peer)
{
    if (r2) return MYBPF__TC_SHOT;
    return MYBPF__ASK(155, MYBPF__TC_REDIRECT);
}

MYBPF__HELPER(redirect_neigh)
{
    uint32_t size = (uint32_t)r3;
    if (r4 || (size && size < 20)) return MYBPF__TC_SHOT;
    return MYBPF__ASK(152, MYBPF__TC_REDIRECT);
}

MYBPF__HELPER(clone_redirect)
{
    return r3 & ~(uint64_t)1 ? MYBPF__ERRNO(MYBPF__EINVAL) : MYBPF__ASK(13, MYBPF__ERRNO(MYBPF__EINVAL));
}

#    ifndef MYBPF_NO_MORE_HELPERS
static const mybpf_helper mybpf__packet_helpers[] = {MYBPF_PACKET_HELPERS(MYBPF__HELPER_ROW)};
#    endif

#endif
#endif
