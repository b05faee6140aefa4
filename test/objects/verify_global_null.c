/* verify_global_null.c: a function of global linkage that takes its pointer for granted: by itself it would
 * be refused, but no call gives it NULL. */
struct pair {
    unsigned long a, b;
};

__attribute__((noinline)) unsigned long second(const struct pair *pair) { return pair->b; }

__attribute__((section("tcmd/null"), used)) unsigned long null(unsigned long value)
{
    struct pair pair = {value, value};
    return second(&pair);
}
