/* fibonacci.c: the benchmark's kernel. One source: clang makes a program of it, gcc a native command. */
#ifdef __bpf__
#    include "mybpf.h"
#else
#    include <stdio.h>
#    include <stdlib.h>
#    define SEC(name)
#endif

SEC("tcmd/fibonacci") int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 50;
    unsigned long a = 0, b = 1;
    for (unsigned long i = 0; i < count; i++) {
        unsigned long next = a + b;
        a = b;
        b = next;
    }
    printf("fibonacci(%lu) = %lu\n", count, a);
    return 0;
}
