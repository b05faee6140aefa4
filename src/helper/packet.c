/* packet.c: Base helpers on packets and their checksums. */
#ifndef MYBPF__HELPER_PACKET_C
#define MYBPF__HELPER_PACKET_C

#include "helper_impl.h"
#include "list.h"

#ifndef MYBPF_NO_PROVER

/* From the packet that the run was given. */
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

/* In ones' complement. */
MYBPF__FN uint32_t mybpf__sum(uint32_t a, uint32_t b)
{
    uint64_t sum = (uint64_t)a + b;
    return (uint32_t)(sum + (sum >> 32));
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
    sum = (sum & 0xffff) + (sum >> 16);
    return (sum & 0xffff) + (sum >> 16);
}

static const mybpf_helper mybpf__packet_helpers[] = {MYBPF_PACKET_HELPERS(MYBPF__HELPER_ROW)};

#endif
#endif
