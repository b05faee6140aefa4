/* print_argv.c: a command gets its arguments as a C program does. */
#include "mybpf.h"

SEC("tcmd/print_argv") int main(int argc, char **argv)
{
    printf("argc = %d\n", argc);
    for (int i = 0; i < argc; i++) printf("argv[%d] = %s\n", i, argv[i]);
    return argc;
}
