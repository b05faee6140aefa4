/* load_globals.c: everything a linker has to place: sections of every kind, pointers between them,
 * function pointers, static and global functions, a symbol that is missing. */
#define SEC(name) __attribute__((section(name), used))
#define NOINLINE  __attribute__((noinline))

typedef int (*function)(int);

static NOINLINE int twice(int x) { return 2 * x; }
NOINLINE int thrice(int x) { return 3 * x; }
static NOINLINE int unused_callee(int x) { return x - 1; }
NOINLINE int unused(int x) { return unused_callee(x) + 1; }
__attribute__((weak)) NOINLINE int weak_one(int x) { return x + 1000; }

int number = 5;
int zeroes[4];
static int hidden;
const int constants[4] = {10, 20, 30, 40};
const char *text = "hello";                /* .data -> .rodata.str1.1 */
int *into_data = &number;                  /* .data -> .data */
const int *into_constants = &constants[2]; /* .data -> .rodata, with an addend */
function table[2] = {twice, thrice};       /* a static and a global function */
const function const_table[2] = {thrice, twice};
int custom SEC(".data.custom") = 7;
int other_name SEC("counters") = 9; /* a section of no special name, in use */
extern int missing __attribute__((weak));

/* One digit or more for each of the above, so that a wrong answer tells which one it was. */
SEC("tcmd/globals") int globals(int argc)
{
    zeroes[argc & 3]++;
    hidden += 2;
    function volatile address = twice;
    long sum = number;                /*         5 */
    sum += zeroes[argc & 3] * 10;     /*        10 */
    sum += hidden * 100;              /*       200 */
    sum += constants[argc & 3] * 100; /*      2000 (argc 1) */
    sum += (text[argc] == 'e') * 10000;
    sum += (*into_data == 5) * 20000;
    sum += (*into_constants == 30) * 40000;
    sum += table[argc & 1](5) * 100000;        /*   1500000 */
    sum += const_table[argc & 1](10) * 100000; /*   2000000 */
    sum += (address(4) == 8) * 10000000l;
    sum += (custom == 7 && other_name == 9) * 20000000l;
    sum += (&missing == 0) * 40000000l;
    sum += weak_one(0) * 100000l; /* 100000000 */
    return (int)sum;
}
