/* verify_globals.c: functions of global linkage, which are verified once, by their types. */
#define SEC(name) __attribute__((section(name), used))
#define SEPARATE  __attribute__((noinline))

typedef unsigned long u64;
struct pair {
    u64 a, b;
};

/* A thousand turns. */
SEPARATE u64 triangle(u64 from)
{
    u64 sum = from;
    for (u64 i = 0; i < 1000; i++) {
        sum += i;
        __asm__ volatile("" : "+r"(sum));
    }
    return sum;
}

SEPARATE int swap(struct pair *pair)
{
    if (!pair) return -1;
    u64 a = pair->a;
    pair->a = pair->b;
    pair->b = a;
    return 0;
}

SEPARATE u64 outer(u64 value) { return triangle(value) + 1; }

/* No BTF type tells how much this may read: followed at each call. */
SEPARATE u64 first(const void *memory) { return *(const u64 *)memory; }

SEC("tcmd/triangles") u64 triangles(u64 value)
{
    u64 sum = 0;
    sum += triangle(value);
    sum += triangle(sum);
    sum += triangle(sum);
    sum += triangle(sum);
    sum += triangle(sum);
    sum += triangle(sum);
    return sum + outer(sum);
}

SEC("tcmd/swapped") u64 swapped(u64 value)
{
    struct pair pair = {value, 7};
    if (swap(&pair)) return 0;
    return pair.a * 100 + pair.b + (u64)swap(0);
}

SEC("tcmd/first_of") u64 first_of(u64 value)
{
    u64 memory = value + 1;
    return first(&memory);
}
