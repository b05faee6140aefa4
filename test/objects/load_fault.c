/* load_fault.c: a program that reads where nothing is, in a function of its own. */
static __attribute__((noinline)) int reach(long address)
{
    return *(volatile int *)address; /* line 4: the test expects the fault here */
}

__attribute__((section("xdp"), used)) int fault(long address) { return reach(address) + 1; }
