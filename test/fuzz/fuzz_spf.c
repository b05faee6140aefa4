/* fuzz_spf.c: an SPF image from anywhere: opened, loaded, its bytecode run, written again. */
#include "fuzz_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_image(bytes, size, "SPF\1", mybpf_aot_spf);
    return 0;
}
