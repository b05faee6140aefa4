/* fib_kernel.c: the kernel of bench/fib_engines.c, for the host's compiler and for eBPF alike: the loop of
 * examples/fibonacci.c. */
__attribute__((section("bench"), used)) unsigned long long fib(unsigned long long count)
{
    unsigned long long a = 0, b = 1;
    for (unsigned long long i = 0; i < count; i++) {
        unsigned long long next = a + b;
        a = b;
        b = next;
    }
    return a;
}
