/* load_bpfel.c: an object for little-endian machines, whatever this one is. */
unsigned long long number = 42;

__attribute__((section("tcmd"), used)) int first_byte(void) { return *(volatile unsigned char *)&number; }
