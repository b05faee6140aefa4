/* fuzz_bare.c: a BARE image from anywhere, for both of its readers. The bare runtime does not run it. */
#include "fuzz_image.h"
#define MYBPF_BARE_IMPLEMENTATION
#include "mybpf_bare.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint64_t table[65536], bss[65536];
    uint8_t *copy = fuzz_repair(bytes, size, "BAR\1");
    mybpf_bare bare;
    if (!mybpf_bare_open(&bare, copy, size) && bare.bss_size <= sizeof bss) {
        const mybpf_bare_helper helpers[] = {{6, NULL}, {1000040, NULL}};
        bare.table = table;
        bare.bss = (volatile uint8_t *)bss;
        mybpf_bare_bind(&bare, helpers, 2);
    }
    free(copy);
    fuzz_image(bytes, size, "BAR\1", mybpf_aot_bare);
    return 0;
}
