/* externs_call.c: a call of a helper by number, which the test makes one of a kernel function. */
static int (*some_helper)(int a, int b) = (void *)7;

__attribute__((section("socket"), used)) int program(void *c) { return some_helper(3, 4); }
