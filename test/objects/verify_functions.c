/* verify_functions.c: functions called through tables that do not change. */
#define SEC(name) __attribute__((section(name), used))
#define SEPARATE  __attribute__((noinline))

typedef unsigned long u64;
typedef u64 (*operation)(u64 value);

static SEPARATE u64 twice(u64 value) { return value * 2; }
static SEPARATE u64 thrice(u64 value) { return value * 3; }
static SEPARATE u64 square(u64 value) { return value * value; }
static SEPARATE u64 negate(u64 value) { return -value; }

static const operation operations[4] = {twice, thrice, square, negate};
static const volatile operation one_operation = square;
static const char first[] = "a", second[] = "b";
static const char *const names[2] = {first, second};

SEC("tcmd/table")
u64 table(u64 value) { return operations[value & 3](value); }

SEC("tcmd/entry")
u64 entry(u64 value) { return one_operation(value); }

SEC("tcmd/text")
u64 text(u64 value) { return (u64)names[value & 1][0]; }
