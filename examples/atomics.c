/* atomics.c: what the compiler makes of C's atomic built-ins (32-bit ones need -mcpu=v3). */
#include "mybpf.h"

static u64 counter, flags, lock;

SEC("tcmd/atomics") int main(void)
{
    counter = 40;
    flags = 0xf0;
    u64 before = __sync_fetch_and_add(&counter, 2);
    u64 or_before = __sync_fetch_and_or(&flags, 0x0f);
    u64 and_before = __sync_fetch_and_and(&flags, 0x3c);
    u64 xor_before = __sync_fetch_and_xor(&flags, 0xff);
    u64 won = __sync_val_compare_and_swap(&lock, 0, 1), lost = __sync_val_compare_and_swap(&lock, 0, 2);
    u64 old = __sync_lock_test_and_set(&counter, 7);
    printf("add: %lu -> %lu\n", before, old);
    printf("or: %lx, and: %lx, xor: %lx -> %lx\n", or_before, and_before, xor_before, flags);
    printf("compare and swap: %lu, then %lu\n", won, lost);
    __sync_lock_test_and_set(&lock, 0);
    return (int)counter;
}
