/* guard_kernel.c: packet parsers for guard_cost.c: nothing tells the verifier where packets are or end. Each
 * gets 64 packets of 128 bytes and how many to parse. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define ETH_IP   0x0008 /* in memory's order, little-endian */
#define ETH_IPV6 0xdd86
#define ETH_VLAN 0x0081

struct eth {
    u8 to[6], from[6];
    u16 type;
} __attribute__((packed));
struct ipv4 {
    u8 version, tos;
    u16 length, id, fragment;
    u8 ttl, protocol;
    u16 sum;
    u32 from, to;
} __attribute__((packed));
struct ipv6 {
    u32 flow;
    u16 length;
    u8 next, hops;
    u64 from[2], to[2];
} __attribute__((packed));
struct ports {
    u16 from, to;
} __attribute__((packed));

/* A flow's hash from the addresses and ports of each packet. */
__attribute__((section("bench/parse"), used)) u64 parse(const u8 *packets, u64 count)
{
    u64 sum = 0;
    for (u64 i = 0; i < count; i++) {
        const u8 *p = packets + (i & 63) * 128;
        const struct eth *eth = (const struct eth *)p;
        u16 type = eth->type;
        u8 protocol;
        u64 key;
        p += sizeof *eth;
        if (type == ETH_VLAN) {
            type = *(const u16 *)(p + 2);
            p += 4;
        }
        if (type == ETH_IP) {
            const struct ipv4 *ip = (const struct ipv4 *)p;
            if (ip->version >> 4 != 4 || ip->ttl == 0) continue;
            key = (u64)ip->from << 32 | ip->to;
            protocol = ip->protocol;
            p += (ip->version & 15) * 4;
        } else if (type == ETH_IPV6) {
            const struct ipv6 *ip = (const struct ipv6 *)p;
            key = ip->from[0] ^ ip->from[1] ^ ip->to[0] ^ ip->to[1];
            protocol = ip->next;
            p += sizeof *ip;
        } else {
            continue;
        }
        if (protocol == 6 || protocol == 17) {
            const struct ports *ports = (const struct ports *)p;
            key ^= (u64)ports->from << 16 | ports->to;
        }
        key = (key ^ protocol) * 0x9e3779b97f4a7c15u;
        sum += key >> 32;
    }
    return sum;
}
