/* func_ptr_global.c: a table of functions in initialised data. */
#include "mybpf.h"

static __noinline long add(long a, long b) { return a + b; }
static __noinline long subtract(long a, long b) { return a - b; }
static __noinline long multiply(long a, long b) { return a * b; }

struct operation {
    long (*run)(long a, long b);
    char sign;
};

static struct operation operations[] = {{add, '+'}, {subtract, '-'}, {multiply, '*'}};

SEC("tcmd/func_ptr_global") int main(void)
{
    long total = 0;
    for (int i = 0; i < 3; i++) {
        volatile struct operation *op = &operations[i]; /* read it at run time */
        long result = op->run(6, 7);
        printf("6 %c 7 = %ld\n", op->sign, result);
        total += result;
    }
    return (int)total;
}
