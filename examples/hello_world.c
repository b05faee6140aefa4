/* hello_world.c: the smallest app: one include, one function in a "tcmd" section. */
#include "mybpf.h"

SEC("tcmd/hello_world") int main(void)
{
    printf("Hello world!\n");
    return 0;
}
