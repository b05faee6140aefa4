/* load_missing.c: a symbol that nothing defines. */
extern int nowhere(int);
__attribute__((section("xdp"), used)) int missing(void *ctx) { return nowhere(1); }
