/* verify_global_refused.c: a function of global linkage that reads more than it is given. */
struct pair {
    unsigned long a, b;
};

__attribute__((noinline)) unsigned long behind(const struct pair *pair) { return pair ? pair[1].b : 0; }

__attribute__((section("tcmd/refused"), used)) unsigned long refused(unsigned long value)
{
    struct pair pair = {value, value};
    return behind(&pair);
}
